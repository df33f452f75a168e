"""Certificates and key stores that are not what they say: none of them is believed, and none of them is a crash."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.authority_reply import read_reply
from drivers.authority_trust import SignerTrust, read_trust
from drivers.identity_files import is_certificate, open_signer, read_password
from drivers.ports import NoAnswer, PortError
from drivers.simulated.authority_answers import response, sealed
from drivers.simulated.certificates import Pair, make_authority, make_register, make_signer
from drivers.simulated.training import SIGNER_SUBJECT
from drivers.soap import parse_envelope, wire_bytes
from drivers.wssecurity import TOKEN
from states.fiscal.receipt import Acceptance
from tests.authority_forging import NOW
from tests.fuzz_targets import UID, UUID
from tests.identity_kit import PASSWORD, authdata, key_store

RSA_KEY = bytes.fromhex("2a864886f70d010101")
RSA_SHA256 = bytes.fromhex("2a864886f70d01010b")


@cache
def issuer() -> Pair:
    """The authority whose signer is believed."""
    return make_authority("CN=Seal CA,C=SK", NOW)


@cache
def genuine() -> Pair:
    """The signer that is believed."""
    return make_signer(issuer(), SIGNER_SUBJECT, NOW)


@cache
def believed() -> SignerTrust:
    """The trust that names both."""
    return read_trust(issuer().certificate_pem(), SIGNER_SUBJECT)


def answered(pair: Pair, token: bytes = b"") -> bytes:
    """An acceptance signed by this key, perhaps with another certificate beside it."""
    facts = {"uuid": UUID, "request_uuid": UUID, "date": "2026-11-22T10:15:32+01:00", "uid": UID}
    message = sealed(response("RegisterReceiptRequest", **facts), pair, "1")
    if not token:
        return message
    envelope = parse_envelope(message)
    next(envelope.iter(TOKEN)).text = x509_text(token)
    return wire_bytes(envelope)


def x509_text(der: bytes) -> str:
    """The certificate as a token holds it."""
    return b64encode(der).decode()


def reason(message: bytes) -> str:
    """Why it is refused."""
    with pytest.raises(NoAnswer) as info:
        read_reply(message, uuid=UUID, trust=believed(), now=NOW)
    return info.value.reason


def test_the_genuine_signer_is_believed() -> None:
    """The control for everything below."""
    answer = read_reply(answered(genuine()), uuid=UUID, trust=believed(), now=NOW).answer
    assert isinstance(answer, Acceptance)


SIBLINGS: dict[str, Callable[[], Pair]] = {
    "another name": lambda: make_signer(issuer(), "CN=e-Kasa two,C=SK", NOW),
    "a longer name": lambda: make_signer(issuer(), f"{SIGNER_SUBJECT},O=x", NOW),
    "the name in other letters": lambda: make_signer(issuer(), "CN=e-kasa,C=SK", NOW),
    "the name twice": lambda: make_signer(issuer(), "CN=e-Kasa,CN=e-Kasa,C=SK", NOW),
    "a register": lambda: make_register(issuer(), "1234567890", "88812345678900001", NOW),
    "the authority itself": issuer,
    "expired": lambda: make_signer(issuer(), SIGNER_SUBJECT, NOW - timedelta(days=740)),
    "not yet in force": lambda: make_signer(issuer(), SIGNER_SUBJECT, NOW + timedelta(days=2)),
    "the name, from another authority": lambda: make_signer(
        make_authority("CN=Seal CA,C=SK", NOW), SIGNER_SUBJECT, NOW
    ),
    "the name, from a sibling": lambda: make_signer(make_signer(issuer(), "CN=Seal CA,C=SK", NOW), SIGNER_SUBJECT, NOW),
    "the name, from itself": lambda: make_authority(SIGNER_SUBJECT, NOW),
}


@pytest.mark.parametrize("name", SIBLINGS)
def test_a_sibling_of_the_signer_is_not_believed(name: str) -> None:
    """Its signature holds; it is not the one that may answer."""
    assert reason(answered(SIBLINGS[name]())) == "wrong-signer"


def spoilt(der: bytes, found: bytes, place: int, byte: int) -> bytes:
    """The certificate with one byte of each of these pieces changed."""
    assert found in der
    piece = bytearray(found)
    piece[place] = byte
    return der.replace(found, bytes(piece))


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "a key of an unknown kind": lambda der: spoilt(der, RSA_KEY, -1, 99),
    "a signature of an unknown kind": lambda der: spoilt(der, RSA_SHA256, -1, 99),
    "version 6": lambda der: spoilt(der, b"\xa0\x03\x02\x01\x02", -1, 5),
    "a name that is no text": lambda der: spoilt(der, b"e-Kasa", 0, 0xFF),
    "a month 13": lambda der: spoilt(
        der, genuine().certificate.not_valid_before_utc.strftime("%y%m%d").encode(), 3, 57
    ),
    "not one byte": lambda der: b"",
    "a byte more": lambda der: der + b"\0",
    "the half of it": lambda der: der[: len(der) // 2],
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_certificate_is_refused_and_stops_nothing(name: str) -> None:
    """A fuzzer found that the first three raised what nobody expected, and so stopped the register."""
    der = genuine().certificate.public_bytes(Encoding.DER)
    token = SPOILT[name](der) or b"\0"
    assert reason(answered(genuine(), token)) in ("signature", "wrong-signer")
    assert is_certificate(token) in (True, False)
    pem = b"-----BEGIN CERTIFICATE-----\n%b\n-----END CERTIFICATE-----\n" % x509_text(token).encode()
    with pytest.raises(ValueError, match=r"."):
        read_trust(pem, SIGNER_SUBJECT)


@pytest.mark.parametrize("content", [b"a\0b", b"\0", "heslo".encode("utf-16-le"), f"{PASSWORD}\0".encode()], ids=repr)
def test_a_password_with_a_nul_is_wrong_and_is_not_shown(
    content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As an editor leaves it that writes UTF-16; the library used to panic and to print it."""
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(PortError, match=r"^password-wrong"):
        open_signer(authdata(key_store()), "authdata.xml", read_password(tmp_path / "password"))
    assert capfd.readouterr() == ("", "")


def test_a_hundred_wrong_passwords_open_nothing() -> None:
    """Nor do they say anything; the right one opens it afterwards as before."""
    content = authdata(key_store())
    guesses = ["", PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD}\0", f" {PASSWORD}", *(f"heslo {n}" for n in range(95))]
    for guess in guesses:
        with pytest.raises(PortError) as info:
            open_signer(content, "authdata.xml", guess)
        assert info.value.reason == "password-wrong"
        assert "heslo" not in str(info.value)
        assert PASSWORD not in str(info.value)
    assert open_signer(content, "authdata.xml", PASSWORD).dic
