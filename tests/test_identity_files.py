"""identdata and authdata: the official files, own ones, broken ones, and a signature that openssl verifies."""

from __future__ import annotations

import base64
import os
import subprocess
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from hypothesis import given, settings, strategies as st
from lxml import etree

from drivers.identity_files import (
    FILE_BYTES_MAX,
    FileSigner,
    check_match,
    read_identity,
    read_password,
    read_signer,
)
from drivers.identity_schema import Kind, NotXmlError, kind_of, parse_authdata, parse_identity
from drivers.ports import PortError, Signer
from states.fiscal.identity import Identity, RegisterType
from tests.fiscal_examples import PAYER, SEAT
from tests.identity_kit import IDENTDATA, NAMESPACE, NOW, PASSWORD, Key, authdata, certificate, key_store, rsa_key

P = ParamSpec("P")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file and says where."""

    def write(content: bytes) -> Path:
        path = tmp_path / "authdata.xml"
        path.write_bytes(content)
        return path

    return write


def reason_of(call: Callable[P, object], *arguments: P.args, **more: P.kwargs) -> tuple[str, str]:
    """The stable word and the detail of the PortError that the call brings."""
    with pytest.raises(PortError) as caught:
        call(*arguments, **more)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return caught.value.reason, caught.value.detail


# --- identdata -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("standard-payer", replace(PAYER, unit_address=SEAT)),
        ("standard-non-payer", replace(PAYER, unit_address=SEAT, ic_dph="")),
        ("portable-payer", replace(PAYER, cash_register_type=RegisterType.PORTABLE)),
        ("portable-non-payer", replace(PAYER, cash_register_type=RegisterType.PORTABLE, ic_dph="")),
    ],
)
def test_the_official_identities(shared_fs: Path, name: str, expected: Identity) -> None:
    """Each of the four kinds is read and matches the certificate of the same seller."""
    identity = read_identity(shared_fs / f"identdata-{name}.xml")
    assert identity == replace(expected, organization_unit_name="nepovinný názov predajne")
    check_match(identity, FileSigner(rsa_key(), certificate(rsa_key())), NOW)


def test_the_incorrect_official_identity(shared_fs: Path) -> None:
    """It is well formed and by the schema, but of another seller and register than the certificate."""
    identity = read_identity(shared_fs / "identdata-incorrect.xml")
    assert (identity.dic, identity.cash_register_code) == ("0987654321", "88809876543210001")
    signer = FileSigner(rsa_key(), certificate(rsa_key()))
    reason, detail = reason_of(check_match, identity, signer, NOW)
    assert reason == "identity-mismatch"
    assert "0987654321" in detail
    assert "1234567890" in detail


def test_the_official_certificate(shared_fs: Path) -> None:
    """DIČ and register code are read from the subject of the certificate in the official samples."""
    root = etree.fromstring((shared_fs / "samples" / "pd-payer.xml").read_bytes())
    token = next(element for element in root.iter() if str(element.tag).endswith("}BinarySecurityToken"))
    official = x509.load_der_x509_certificate(base64.b64decode(str(token.text)))
    signer = FileSigner(rsa_key(), official)
    assert (signer.dic, signer.cash_register_code) == ("1234567890", "88812345678900001")
    assert signer.not_before == datetime(2019, 1, 30, 15, 7, 1, tzinfo=UTC)
    assert signer.not_after < NOW
    check_match(PAYER, signer, NOW)


def test_our_identity(written: Callable[[bytes], Path]) -> None:
    """The prefix does not matter, nor do a byte order mark, comments and references to characters."""
    assert read_identity(written(IDENTDATA.encode())) == PAYER
    assert read_identity(written(b"\xef\xbb\xbf" + IDENTDATA.encode())) == PAYER
    other = IDENTDATA.replace("<Dic>", "<!-- who --><?x y?><Dic>").replace("Horná", "Horn&#225;")
    assert read_identity(written(other.encode())) == PAYER


INVALID = {
    "Dic: expected 10 digits": ("<Dic>1234567890", "<Dic>12345"),
    "IdentityData: expected Dic before Ico": ("<Dic>1234567890</Dic>", ""),
    "IdentityData: expected CorporateBodyFullName before Dic": ("<Ico>", "<Dic>1234567890</Dic><Ico>"),
    "IdentityData: Extra is not expected there": ("</IdentityData>", "<Extra/></IdentityData>"),
    "Ico: expected text": ("<Ico>76543210</Ico>", "<Ico/>"),
    "IcDph: expected SK": ("SK1234567890", "CZ1234567890"),
    "CashRegisterType: expected STANDARD or PORTABLE": ("STANDARD", "MOBILE"),
    "CashRegisterCode: expected 16 or 17 digits": ("88812345678900001", "888"),
    "IdentityData: text between its elements": ("<Ico>", "x<Ico>"),
    "Dic: attributes are not expected": ("<Dic>", '<Dic unit="x">'),
    "expected IdentityData in the namespace": (NAMESPACE, "urn:other"),
    "DeliveryAddress: expected PostalCode": ("<PostalCode>98045</PostalCode>", ""),
    "Municipality: expected 1 to 255 characters": ("Štrkovec", "Š" * 256),
}


@pytest.mark.parametrize(("detail", "change"), INVALID.items())
def test_an_invalid_identity(written: Callable[[bytes], Path], detail: str, change: tuple[str, str]) -> None:
    """The error names the element and what was expected."""
    assert change[0] in IDENTDATA
    path = written(IDENTDATA.replace(*change, 1).encode())
    reason, said = reason_of(read_identity, path)
    assert reason == "identity-invalid"
    assert detail in said


UNREADABLE = {
    "empty": b"",
    "text": b"hello",
    "cut": IDENTDATA.encode()[:-20],
    "latin": IDENTDATA.encode("iso-8859-2"),
    "utf-16": IDENTDATA.encode("utf-16"),
    "document type": IDENTDATA.replace("<IdentityData", "<!DOCTYPE IdentityData><IdentityData", 1).encode(),
    "entities": IDENTDATA.replace(
        "<IdentityData", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><IdentityData', 1
    ).encode(),
    "unknown entity": IDENTDATA.replace("Horná", "&lol;").encode(),
    "too large": IDENTDATA.encode() + b" " * FILE_BYTES_MAX,
    "too deep": b"<a>" * 5000 + b"</a>" * 5000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_identity(written: Callable[[bytes], Path], content: bytes) -> None:
    """What is not a plain UTF-8 document is not read, and nothing is expanded or fetched."""
    path = written(content)
    assert reason_of(read_identity, path)[0] == "identity-unreadable"
    assert reason_of(read_signer, path, PASSWORD)[0] == "auth-unreadable"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe bring an answer at once; a missing one has a word of its own."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert reason_of(read_identity, path)[0] == "identity-unreadable"
        assert reason_of(read_signer, path, PASSWORD)[0] == "auth-unreadable"
    assert reason_of(read_identity, tmp_path / "missing.xml") == ("identity-missing", "missing.xml")
    assert reason_of(read_signer, tmp_path / "missing.xml", PASSWORD) == ("auth-missing", "missing.xml")


def test_a_password_is_one_line(tmp_path: Path) -> None:
    """Whatever follows it is not a part of it; what cannot be a password is called missing."""
    path = tmp_path / "authdata.password"
    for content in (PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\nsecond"):
        path.write_bytes(content.encode())
        assert read_password(path) == PASSWORD
    for content in ("", "x" * (FILE_BYTES_MAX + 1)):
        path.write_bytes(content.encode())
        assert reason_of(read_password, path) == ("password-missing", path.name)
    path.write_bytes(b"\xff\xfe")
    assert reason_of(read_password, path) == ("password-missing", path.name)
    assert reason_of(read_password, tmp_path) == ("password-missing", tmp_path.name)


def test_a_file_is_known_by_its_content() -> None:
    """By the root and its namespace, whatever the prefix; another document is neither, and no document is refused."""
    assert kind_of(IDENTDATA.encode()) is Kind.IDENTITY
    assert kind_of(authdata(b"whatever")) is Kind.AUTH
    assert kind_of(authdata(b"whatever").replace(b"eu:", b"x:").replace(b":eu=", b":x=")) is Kind.AUTH
    assert kind_of(IDENTDATA.replace(NAMESPACE, "urn:other").encode()) is None
    assert kind_of(b"<AuthData/>") is None
    for content in UNREADABLE.values():
        if len(content) < FILE_BYTES_MAX:
            with pytest.raises(NotXmlError):
                kind_of(content)


def schema_accepts(schema: etree.XMLSchema, content: bytes) -> bool:
    """What the official schema says."""
    try:
        return bool(schema.validate(etree.fromstring(content)))
    except etree.XMLSyntaxError:
        return False


def we_accept(parse: Callable[[bytes], object], content: bytes) -> bool:
    """What our reader says; a ValueError is its only way to refuse."""
    try:
        parse(content)
    except ValueError:
        return False
    return True


@settings(deadline=None)
@given(data=st.data())
def test_we_agree_with_the_official_schema(shared_fs: Path, data: st.DataObject) -> None:
    """Elements dropped, doubled, moved or filled with other text: both accept, or both refuse."""
    schema = etree.XMLSchema(etree.parse(shared_fs / "identdata.xsd"))
    root = etree.fromstring((shared_fs / "identdata-standard-payer.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(data, data.draw(st.sampled_from([element for element in root.iter() if element is not root])))
    content = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    assert we_accept(parse_identity, content) == schema_accepts(schema, content)


def mutate(data: st.DataObject, element: etree._Element) -> None:
    """Change one element of a document in place."""
    parent = element.getparent()
    change = data.draw(st.sampled_from(("text", "drop", "move", "empty", "attribute")))
    if change == "text" and not len(element):
        texts = st.sampled_from(
            ("1234567890", "SK12345678", "8" * 17, "76543210", "PORTABLE", " ", "x" * 300, "x" * 1025)
        )
        element.text = data.draw(texts)
    elif change == "drop" and parent is not None:
        parent.remove(element)
    elif change == "move" and parent is not None:
        parent.append(element)
    elif change == "empty":
        element.clear()
    elif change == "attribute":
        element.set("x", "1")


@pytest.mark.parametrize("alias", ["88812345678900001", "x" * 51, ""])
@pytest.mark.parametrize("kind", ["PKCS12", "JKS", ""])
def test_authdata_agrees_with_the_official_schema(shared_fs: Path, kind: str, alias: str) -> None:
    """The kind of the store and the length of the alias."""
    schema = etree.XMLSchema(etree.parse(shared_fs / "authdata.xsd"))
    content = authdata(b"whatever", kind, alias)
    assert we_accept(parse_authdata, content) == schema_accepts(schema, content)


# --- authdata --------------------------------------------------------------------------------------------


def test_a_signer(written: Callable[[bytes], Path]) -> None:
    """All that is asked of the port, and the seller from the certificate's subject."""
    signer: Signer = read_signer(written(authdata(key_store())), PASSWORD)
    assert isinstance(signer, FileSigner)
    assert (signer.dic, signer.cash_register_code) == ("1234567890", "88812345678900001")
    assert signer.certificate_serial == "11052"
    assert signer.not_after == NOW + timedelta(days=365)
    assert x509.load_der_x509_certificate(signer.certificate_der) == certificate(rsa_key())
    check_match(PAYER, signer, NOW)


def test_openssl_verifies_the_signature(written: Callable[[bytes], Path], tmp_path: Path) -> None:
    """RSASSA-PKCS1-v1_5 with SHA-256, said by another implementation; a changed message is refused."""
    signer = read_signer(written(authdata(key_store())), PASSWORD)
    message = b"1234567890|88812345678900001|PD|57|2026-11-22T10:15:30+01:00|14.95"
    public = x509.load_der_x509_certificate(signer.certificate_der).public_key()
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    signature = signer.sign(message)
    assert len(signature) == 256
    assert signature == signer.sign(message)
    (tmp_path / "signature").write_bytes(signature)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature"]
    done = subprocess.run(command, input=message, cwd=tmp_path, capture_output=True, check=False, timeout=10)
    assert done.stdout == b"Verified OK\n"
    done = subprocess.run(command, input=message + b"0", cwd=tmp_path, capture_output=True, check=False, timeout=10)
    assert done.returncode == 1


@pytest.mark.parametrize("legacy", [[], ["-legacy"]], ids=["aes", "rc2-and-3des"])
def test_a_key_store_made_by_openssl(written: Callable[[bytes], Path], tmp_path: Path, legacy: list[str]) -> None:
    """Both the ciphers of today and those that older Java writes are opened."""
    key_pem = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(key_pem + certificate(rsa_key()).public_bytes(Encoding.PEM))
    command = ["openssl", "pkcs12", "-export", *legacy, "-in", "both.pem", "-passout", "pass:heslo1"]
    store = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=10).stdout
    assert read_signer(written(authdata(store)), "heslo1").dic == "1234567890"


def test_a_wrong_password(written: Callable[[bytes], Path]) -> None:
    """It is called wrong, and neither the right one nor the wrong one is said."""
    path = written(authdata(key_store()))
    for wrong in ("", "heslo", PASSWORD + "\n"):
        reason, detail = reason_of(read_signer, path, wrong)
        assert reason == "password-wrong"
        assert "heslo" not in detail


@pytest.mark.parametrize(
    "key", [rsa_key(1024), rsa_key(3072), ec.generate_private_key(ec.SECP256R1())], ids=["1024", "3072", "ec"]
)
def test_a_key_of_another_kind(written: Callable[[bytes], Path], key: Key) -> None:
    """The message takes a PKP of 344 characters only, hence RSA of 2048 bits."""
    reason, detail = reason_of(lambda: read_signer(written(authdata(key_store(key))), PASSWORD))
    assert reason == "key-weak"
    assert "2048" in detail


@pytest.mark.parametrize(
    "content",
    [
        certificate(rsa_key()).public_bytes(Encoding.PEM),
        certificate(rsa_key()).public_bytes(Encoding.DER),
        authdata(certificate(rsa_key()).public_bytes(Encoding.DER)),
        authdata(
            pkcs12.serialize_key_and_certificates(
                None, None, certificate(rsa_key()), None, BestAvailableEncryption(PASSWORD.encode())
            )
        ),
        authdata(
            pkcs12.serialize_key_and_certificates(
                None, rsa_key(), None, [certificate(rsa_key(3072))], BestAvailableEncryption(PASSWORD.encode())
            )
        ),
    ],
    ids=["crt-pem", "crt-der", "crt-in-authdata", "p12-without-key", "p12-with-another-key"],
)
def test_a_certificate_without_its_key(written: Callable[[bytes], Path], content: bytes) -> None:
    """Shops take the .crt for the key; the error says so."""
    reason, detail = reason_of(read_signer, written(content), PASSWORD)
    assert reason == "auth-unreadable"
    assert "without its private key" in detail


@pytest.mark.parametrize(
    ("store", "detail"),
    [
        (b"nonsense", "expected a PKCS#12"),
        (b"", "Data: expected text"),
        (key_store(cert=certificate(rsa_key(), dic="1234567890")), "2.5.4.97"),
        (key_store(cert=certificate(rsa_key(), code="pokladnica")), "2.5.4.11"),
    ],
    ids=["nonsense", "empty", "no-dic", "no-code"],
)
def test_other_key_stores(written: Callable[[bytes], Path], store: bytes, detail: str) -> None:
    """What cannot be used is named."""
    reason, said = reason_of(lambda: read_signer(written(authdata(store)), PASSWORD))
    assert reason == "auth-unreadable"
    assert detail in said


def test_a_bare_key_store_and_bad_base64(written: Callable[[bytes], Path]) -> None:
    """Neither is AuthData."""
    assert reason_of(lambda: read_signer(written(key_store()), PASSWORD))[0] == "auth-unreadable"
    broken = authdata(b"xx").replace(b"<eu:Data>", b"<eu:Data>*")
    assert "base64" in reason_of(read_signer, written(broken), PASSWORD)[1]


def test_match_and_validity() -> None:
    """Before its first second a certificate is refused; that it has expired is the business of the running register."""
    signer = FileSigner(rsa_key(), certificate(rsa_key()))
    second = timedelta(seconds=1)
    for now in (signer.not_before, signer.not_after, signer.not_after + second):
        check_match(PAYER, signer, now)
    early = reason_of(check_match, PAYER, signer, signer.not_before - second)
    assert early[0] == "certificate-not-yet-valid"
    for other in (replace(PAYER, cash_register_code="88812345678900002"), replace(PAYER, dic="1234567891")):
        assert reason_of(check_match, other, signer, NOW)[0] == "identity-mismatch"


def test_the_key_is_never_shown() -> None:
    """Neither repr nor str of a signer holds more than the serial number."""
    signer = FileSigner(rsa_key(), certificate(rsa_key()))
    assert repr(signer) == str(signer) == "FileSigner(certificate_serial=11052)"


# --- Bytes from anywhere ---------------------------------------------------------------------------------


@given(st.binary(max_size=2_000) | st.text(alphabet="<>/!?&;=\"' aDic[]%", max_size=200).map(str.encode))
def test_any_bytes(content: bytes) -> None:
    """No bytes bring anything but a refusal."""
    assert not we_accept(parse_identity, content)
    assert not we_accept(parse_authdata, content)


@given(at=st.integers(0, len(IDENTDATA) - 1), put=st.binary(max_size=4), cut=st.integers(0, 40))
def test_damaged_identdata(at: int, put: bytes, cut: int) -> None:
    """Damage is refused, or the document is another valid one."""
    content = IDENTDATA.encode()
    we_accept(parse_identity, content[:at] + put + content[at + cut :])


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_damaged_key_store(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A flipped byte in the PKCS#12 never becomes another key: it opens as it was, or with a stable word not at all."""
    store = bytearray(key_store())
    at = data.draw(st.integers(0, len(store) - 1))
    store[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.xml"
    path.write_bytes(authdata(bytes(store)))
    assert dic_or_reason(path) in {"1234567890", "auth-unreadable", "password-wrong", "key-weak"}


def dic_or_reason(path: Path) -> str:
    """The seller of an authdata file, or the word it is refused with."""
    try:
        return read_signer(path, PASSWORD).dic
    except PortError as error:
        return error.reason
