"""PKP base, OKP, SwId, UID, QR texts and dates, against the published vectors and the official samples."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import segno
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, strategies as st
from lxml import etree

from states.fiscal.codes import (
    create_date,
    is_okp,
    is_slovak_time,
    is_uid,
    month_of,
    offline_qr,
    okp,
    online_qr,
    paper_time,
    pkp_base,
    read_date,
    sw_id,
)
from states.fiscal.money import format_cents
from states.fiscal.receipt import ReceiptType
from tests.fiscal_examples import OKP, PAYER, PKP, SW_ID, UID, receipt

SAMPLES = ("pd-payer", "paragon", "nd", "uf")
BRATISLAVA = ZoneInfo("Europe/Bratislava")

MESSAGE = "{http://financnasprava.sk/ekasa/schema/v2}"
TOKEN = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}BinarySecurityToken"


def test_the_published_okp() -> None:
    """The vector of the interface document."""
    assert okp(base64.b64decode(PKP)) == OKP


def test_the_published_sw_id() -> None:
    """The vector of the interface document, also when the names arrive decomposed."""
    parts = ("Názov spoločnosti a.s.", "Názov PPEKK", "Názov CHDÚ", "v1.2.33", "v3.2.11")
    assert sw_id(*parts) == SW_ID
    assert sw_id(unicodedata.normalize("NFD", parts[0]), *parts[1:]) == SW_ID


def test_the_published_pkp_base() -> None:
    """The text of the official sample PD 101."""
    base = pkp_base("1234567890", "88812345678900001", ReceiptType.PD, 101, "2019-01-31T12:01:14+01:00", "237.23")
    assert base == "1234567890|88812345678900001|PD|101|2019-01-31T12:01:14+01:00|237.23"


@pytest.mark.parametrize("name", [*SAMPLES, "pd-payer-tampered"])
def test_the_official_samples(shared_fs: Path, name: str) -> None:
    """Their OKP is the SHA-1 of their PKP, and their PKP signs our base text under the certificate they carry."""
    root = etree.fromstring((shared_fs / "samples" / f"{name.removesuffix('-tampered')}.xml").read_bytes())
    data = {str(name): str(value) for name, value in next(root.iter(MESSAGE + "ReceiptData")).attrib.items()}
    pkp = base64.b64decode(str(next(root.iter(MESSAGE + "PKP")).text))
    assert okp(pkp) == str(next(root.iter(MESSAGE + "OKP")).text).upper()
    base = pkp_base(
        data["Dic"],
        data["CashRegisterCode"],
        ReceiptType(data["ReceiptType"]),
        int(data["ReceiptNumber"]) + name.endswith("-tampered"),
        data["CreateDate"],
        data["Amount"],
    )
    certificate = x509.load_der_x509_certificate(base64.b64decode(str(next(root.iter(TOKEN)).text)))
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    if name.endswith("-tampered"):
        with pytest.raises(InvalidSignature):
            key.verify(pkp, base.encode(), PKCS1v15(), SHA256())
    else:
        key.verify(pkp, base.encode(), PKCS1v15(), SHA256())
    assert is_slovak_time(data["CreateDate"])


def test_the_official_offline_qr() -> None:
    """The example of the interface document, with our upper-case OKP."""
    official = replace(
        receipt(),
        seller=replace(PAYER, cash_register_code="99920045678900001"),
        okp="C44B3977-0E415CC6-EE663AA1-776C973A-A143B660",
        create_date="2018-02-13T09:34:14+01:00",
        number=23,
        amount="237.23",
    )
    text = offline_qr(official)
    assert text == "C44B3977-0E415CC6-EE663AA1-776C973A-A143B660:99920045678900001:180213093414:23:237.23"
    assert 80 <= len(text) <= 97
    assert segno.make_qr(text, error="m", boost_error=False).mode == "alphanumeric"
    assert int(segno.make_qr(text, error="m", boost_error=False).version) <= 5


@given(st.integers(1, 4_294_967_295), st.integers(-(10**9), 10**9))
def test_every_offline_qr_is_alphanumeric(number: int, amount_cents: int) -> None:
    """Upper case keeps the code within the sizes that the interface document recommends."""
    text = offline_qr(replace(receipt(), number=number, amount=format_cents(amount_cents)))
    assert 80 <= len(text) <= 99
    assert set(text) <= set("0123456789ABCDEF-.:")


def test_the_online_qr() -> None:
    """The UID, nothing else."""
    assert online_qr(UID) == UID


@pytest.mark.parametrize(
    "uid", [UID, "O-7dbcda8a56ee426dbcda8a56ee426d1a", "V-" + "0" * 32, "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST"]
)
def test_a_uid(uid: str) -> None:
    """Of production and integration, of a register and of the state's own, in either case: always 34 characters."""
    assert is_uid(uid)
    assert len(uid) == 34


@pytest.mark.parametrize(
    "text",
    ["", UID[:-1], UID + "0", UID + "\n", "X" + UID[1:], "o" + UID[1:], UID[:-1] + "G", UID[:-5] + "-TEST0", OKP],
)
def test_not_a_uid(text: str) -> None:
    """Nothing else is."""
    assert not is_uid(text)


def test_an_okp() -> None:
    """Both cases are valid, anything else is not."""
    assert is_okp(OKP)
    assert is_okp(OKP.lower())
    assert not any(map(is_okp, ("", UID, OKP[:-1], OKP + "0", OKP + "\n", OKP.replace("-", ":"), OKP[:-1] + "g")))


moments = st.datetimes(min_value=datetime(2019, 1, 1), max_value=datetime(2036, 12, 31), timezones=st.just(UTC))
around_turns = st.builds(
    lambda turn, seconds: turn + timedelta(seconds=seconds),
    st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    st.integers(-7_200, 7_200),
)


@given(st.one_of(moments, around_turns))
def test_dates_agree_with_the_time_zone_database(now: datetime) -> None:
    """The rule of the directive and the IANA database are two sources of the same offset, to the second."""
    text = create_date(now)
    assert text == now.astimezone(BRATISLAVA).replace(microsecond=0).isoformat()
    assert len(text) == 25
    assert is_slovak_time(text)
    assert read_date(text) == now.replace(microsecond=0)
    assert month_of(text) == f"{now.astimezone(BRATISLAVA):%Y-%m}"
    assert paper_time(text) == f"{now.astimezone(BRATISLAVA):%d.%m.%Y %H:%M:%S}"


@pytest.mark.parametrize(
    ("utc", "text"),
    [
        ("2026-03-29T00:59:59+00:00", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25T00:59:59+00:00", "2026-10-25T02:59:59+02:00"),
        ("2026-10-25T01:00:00+00:00", "2026-10-25T02:00:00+01:00"),
        ("2026-11-30T23:00:00+00:00", "2026-12-01T00:00:00+01:00"),
    ],
)
def test_the_night_of_the_turn(utc: str, text: str) -> None:
    """The doubled hour is told apart by its offset; the month turns at Slovak midnight."""
    assert create_date(datetime.fromisoformat(utc)) == text


def test_any_zone_becomes_slovak() -> None:
    """The register's own zone does not matter; a naive time is a bug."""
    tokyo = timezone(timedelta(hours=9))
    assert create_date(datetime(2026, 11, 22, 18, 15, 30, 999_999, tokyo)) == "2026-11-22T10:15:30+01:00"
    with pytest.raises(ValueError, match="aware"):
        create_date(datetime(2026, 11, 22))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:15:30+02:00",
        "2026-07-01T10:15:30+01:00",
        "2026-03-29T02:30:00+01:00",
        "2026-11-22T10:15:30Z",
        "2026-11-22T10:15:30",
        "2026-11-22T10:15:30.5+01:00",
        "2026-11-22 10:15:30+01:00",
        "2026-02-30T10:15:30+01:00",
        "2026-11-22T24:15:30+01:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "",
    ],
)
def test_not_slovak_time(text: str) -> None:
    """Wrong offset, wrong form, no such day, or out of the calendar."""
    assert not is_slovak_time(text)


@given(st.text(max_size=40))
def test_any_text_may_be_asked(text: str) -> None:
    """The predicates answer, whatever the text."""
    assert not is_uid(text)
    assert not is_okp(text)
    assert is_slovak_time(text) in (False, True)
