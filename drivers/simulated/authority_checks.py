"""What the authority checks of a request, in the order of the interface document.

Source: IR (checks of a data message: encoding, schema, certificate, signature, time zone, PKP, OKP, DIČ, code, times).
The version of the interface is the number in the namespace: another one than 2 is refused before the schema (-8).
The time zone is computed with the system's zone data, apart from the register's own rule.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from lxml import etree

from drivers.simulated.authority_rules import CONTENT_RULES, Content, RefusedError
from drivers.soap import BODY, EKASA, EnvelopeError, parse_envelope
from drivers.wssecurity import SignatureError, read_certificate, verify_body

ZONE = ZoneInfo("Europe/Bratislava")
SYSTEM_START = datetime(2019, 4, 1, tzinfo=ZONE)
LATENESS = timedelta(hours=96)

_CODE = NameOID.ORGANIZATIONAL_UNIT_NAME
_VERSIONS = re.compile(r"http://financnasprava\.sk/ekasa/schema/v[0-9]{1,9}")
_DECLARATION = re.compile(rb"<\?xml version=[\"']1\.[01][\"'] encoding=[\"'][Uu][Tt][Ff]-8[\"']")
_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")
_ANY_TEXT = frozenset({"Name", "Municipality", "StreetName", "Other"})
_SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("ekasa_v2.xsd"))))


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose certificates are taken, and which of the optional rules hold.

    ``earlier`` are the register certificates issued before: a PKP may have been made with one that has expired since.
    """

    authorities: tuple[x509.Certificate, ...]
    earlier: tuple[x509.Certificate, ...] = ()
    revoked: frozenset[int] = frozenset()
    recap_required: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that passed every check: its header and content; a receipt's codes, a location's ``place``."""

    kind: str
    header: dict[str, str]
    content: Content
    pkp: str = ""
    okp: str = ""
    place: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        """True for a receipt, false for a location."""
        return self.kind == "RegisterReceiptRequest"


def check_request(message: bytes, policy: Policy, now: datetime) -> Accepted:
    """Check everything, in order; the first rule that is broken decides.

    Raises:
      RefusedError: with its EkasaErrorCode.
    """
    envelope = _check_encoding(message)
    _check_schema(envelope)
    certificate = _check_certificate(envelope, policy, now)
    request = _check_signature(envelope)
    accepted = _read(request)
    _check_zones(accepted)
    if accepted.is_receipt:
        _check_codes(accepted, (certificate, *_same_register(policy.earlier, certificate)))
    _check_register(accepted.content.facts, certificate)
    _check_times(accepted, now)
    if accepted.is_receipt:
        _check_content(accepted.content, policy)
    return accepted


def _check_encoding(message: bytes) -> etree._Element:
    if not _DECLARATION.match(message):
        raise RefusedError(-2, "no XML declaration with UTF-8 on the first line")
    try:
        return parse_envelope(message)
    except EnvelopeError as error:
        raise RefusedError(-2, str(error)) from error


def _check_schema(envelope: etree._Element) -> None:
    content = envelope.findall(f"{BODY}/*")
    if len(content) != 1:
        raise RefusedError(-2, f"{len(content)} requests")
    _check_version(content[0])
    try:
        _SCHEMA.assertValid(content[0])
    except etree.DocumentInvalid as error:
        raise RefusedError(-2, str(error)[:300]) from error
    for element in content[0].iter("*"):
        named = {name: text for name, text in _attributes(element).items() if name not in _ANY_TEXT}
        if etree.QName(element).localname not in _ANY_TEXT:
            named[""] = element.text or ""
        if not all(_PLAIN.fullmatch(text) for text in named.values()):
            raise RefusedError(-2, "a character that is not allowed")


def _check_version(request: etree._Element) -> None:
    namespace = etree.QName(request).namespace or "" if isinstance(request.tag, str) else ""
    if namespace != EKASA and _VERSIONS.fullmatch(namespace):
        raise RefusedError(-8, namespace)


def _check_certificate(envelope: etree._Element, policy: Policy, now: datetime) -> x509.Certificate:
    try:
        certificate = read_certificate(envelope)
    except SignatureError as error:
        raise RefusedError(-12, str(error)) from error
    if not (_subject(certificate, NameOID.ORGANIZATION_IDENTIFIER) and _subject(certificate, _CODE)):
        raise RefusedError(-12, "the subject names no register")
    if not any(_is_issued_by(certificate, authority) for authority in policy.authorities):
        raise RefusedError(-13, "not issued by a known authority")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise RefusedError(-13, "not in force")
    if certificate.serial_number in policy.revoked:
        raise RefusedError(-13, "revoked")
    return certificate


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _check_signature(envelope: etree._Element) -> etree._Element:
    try:
        return verify_body(envelope).body.findall("*")[0]
    except (SignatureError, EnvelopeError) as error:
        raise RefusedError(-10, str(error)) from error


def _read(request: etree._Element) -> Accepted:
    header, data = request.findall("*")[:2]
    items = tuple(_attributes(item) for item in data.iter(f"{{{EKASA}}}Item"))
    pkp, okp = (request.findtext(f"{{{EKASA}}}ValidationCode/{{{EKASA}}}{name}") or "" for name in ("PKP", "OKP"))
    kind = etree.QName(request).localname
    content = Content(_attributes(data), items)
    return Accepted(kind, _attributes(header), content, pkp, okp, _place(data))


def _place(data: etree._Element) -> dict[str, str]:
    """What LocationData says of the place: the attributes of its one kind, or the words of Other."""
    given = data.find(f"{{{EKASA}}}Location/*")
    if given is None:
        return {}
    return _attributes(given) or {etree.QName(given).localname: given.text or ""}


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.items()}


def _check_zones(accepted: Accepted) -> None:
    dates = (accepted.header["RequestDate"], *(_dates(accepted.content)))
    for text in dates:
        written = datetime.fromisoformat(text)
        if written.astimezone(ZONE).utcoffset() != written.utcoffset():
            raise RefusedError(-132, text)


def _dates(content: Content) -> Iterable[str]:
    return (content.facts[name] for name in ("IssueDate", "CreateDate") if name in content.facts)


def _check_codes(accepted: Accepted, certificates: Iterable[x509.Certificate]) -> None:
    facts = accepted.content.facts
    names = ("Dic", "CashRegisterCode", "ReceiptType", "ReceiptNumber", "CreateDate", "Amount")
    base = "|".join(facts[name] for name in names).encode()
    signature = b64decode(accepted.pkp)
    if not any(_verifies(certificate, signature, base) for certificate in certificates):
        raise RefusedError(-100)
    if accepted.okp.replace("-", "").lower() != sha1(signature, usedforsecurity=False).hexdigest():
        raise RefusedError(-111)


def _verifies(certificate: x509.Certificate, signature: bytes, message: bytes) -> bool:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _same_register(earlier: Iterable[x509.Certificate], certificate: x509.Certificate) -> list[x509.Certificate]:
    return [known for known in earlier if _subject(known, _CODE) == _subject(certificate, _CODE)]


def _check_register(facts: Mapping[str, str], certificate: x509.Certificate) -> None:
    if f"VATSK-{facts['Dic']}" != _subject(certificate, NameOID.ORGANIZATION_IDENTIFIER):
        raise RefusedError(-101)
    if facts["CashRegisterCode"] != _subject(certificate, _CODE):
        raise RefusedError(-102)


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(oid)
    return str(values[0].value) if values else ""


def _check_times(accepted: Accepted, now: datetime) -> None:
    """The rules of the two dates; of a location there is one date and it has codes of its own."""
    facts = accepted.content.facts
    first = accepted.header["SendingCount"] == "1"
    created = datetime.fromisoformat(facts["CreateDate"]).astimezone(UTC)
    issued = datetime.fromisoformat(facts.get("IssueDate", facts["CreateDate"])).astimezone(UTC)
    late, old, before_start = (-104, -105, -107) if accepted.is_receipt else (-108, -109, -110)
    rules = (
        (-103 if accepted.is_receipt else late, issued > now + LATENESS),
        (late, created > now + LATENESS),
        (-106 if accepted.is_receipt else before_start, issued < SYSTEM_START),
        (old, first and created < now - LATENESS),
        (before_start, not first and created < SYSTEM_START),
    )
    for code, broken in rules:
        if broken:
            raise RefusedError(code)


def _check_content(content: Content, policy: Policy) -> None:
    for code, broken in CONTENT_RULES:
        if broken(content) and (code != -119 or policy.recap_required):
            raise RefusedError(code)
