"""WS-Security as the tax authority has it: one RSA-SHA256 signature over the exclusive canonical SOAP Body.

Sources: IR (security of messages) and the form of the official samples; WSS 1.0 X.509 token profile; XML-DSig.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from drivers.soap import BODY, ENVELOPE, HEADER, parse_xml, wire_bytes

PREFIXES_MAX = 16
KEY_MIN_BITS = 2048
CERTIFICATE_MAX_BYTES = 16_384

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{WSS}-wssecurity-secext-1.0.xsd"
WSU = f"{WSS}-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
X509V3 = f"{WSS}-x509-token-profile-1.0#X509v3"
BASE64 = f"{WSS}-soap-message-security-1.0#Base64Binary"

SECURITY, TOKEN = f"{{{WSSE}}}Security", f"{{{WSSE}}}BinarySecurityToken"
SIGNATURE, SIGNED_INFO, REFERENCE = (f"{{{DS}}}{name}" for name in ("Signature", "SignedInfo", "Reference"))
WSU_ID = f"{{{WSU}}}Id"

_SECURITY = f"""<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">\
<wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{X509V3}" wsu:Id="X509-{{name}}">{{token}}\
</wsse:BinarySecurityToken>\
<ds:Signature Id="SIG-{{name}}" xmlns:ds="{DS}"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">\
<ec:InclusiveNamespaces PrefixList="{{prefix}}" xmlns:ec="{EXCLUSIVE}"/></ds:CanonicalizationMethod>\
<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>\
<ds:Reference URI="#id-{{name}}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}">\
<ec:InclusiveNamespaces PrefixList="" xmlns:ec="{EXCLUSIVE}"/></ds:Transform></ds:Transforms>\
<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{{digest}}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
<ds:SignatureValue/>\
<ds:KeyInfo Id="KI-{{name}}"><wsse:SecurityTokenReference wsu:Id="STR-{{name}}">\
<wsse:Reference URI="#X509-{{name}}" ValueType="{X509V3}"/></wsse:SecurityTokenReference></ds:KeyInfo>\
</ds:Signature></wsse:Security>"""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}|#default")


class SignatureError(ValueError):
    """The message is not signed in the one way that is accepted."""


@dataclass(frozen=True, slots=True)
class SignedBody:
    """The Body, parsed anew from exactly the bytes that were hashed, and whose key signed it.

    Nothing that was not signed is in ``body``. Whether the certificate may be believed is not said here.
    """

    body: etree._Element
    certificate: x509.Certificate


def is_signed(envelope: etree._Element) -> bool:
    """True if there is any signature in the message, good or bad."""
    return next(envelope.iter(SIGNATURE), None) is not None


def sign_body(
    envelope: etree._Element, *, name: str, certificate_der: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """The message with its Body signed; not one byte of it may be touched afterwards.

    The envelope has an empty Header and a Body. ``name`` makes the ids, ``sign`` is RSASSA-PKCS1-v1_5 with SHA-256.
    """
    # lxml drops, silently, a PrefixList of names that its parser has never read: hence the detour through bytes.
    envelope = parse_xml(wire_bytes(envelope))
    header, body = _only(envelope, HEADER), _only(envelope, BODY)
    body.set(WSU_ID, f"id-{name}")
    prefix, token, digest = envelope.prefix or "", _text64(certificate_der), _text64(_digest(body, ()))
    header.append(etree.fromstring(_SECURITY.format(name=name, prefix=prefix, token=token, digest=digest)))
    signature = _only(_only(header, SECURITY), SIGNATURE)
    info = _only(signature, SIGNED_INFO)
    _only(signature, f"{{{DS}}}SignatureValue").text = _text64(sign(_canonical(info, (prefix,))))
    return wire_bytes(envelope)


def read_certificate(envelope: etree._Element) -> x509.Certificate:
    """The certificate that the message says it is signed with.

    Raises:
      SignatureError: there is not exactly one, or it is not an X.509 certificate.
    """
    token = _only(_only(_only(envelope, HEADER), SECURITY), TOKEN)
    if token.get("ValueType") != X509V3 or token.get("EncodingType", BASE64) != BASE64:
        raise SignatureError("the token is not an X.509 certificate in base64")
    der = _bytes64(token.text or "", CERTIFICATE_MAX_BYTES)
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise SignatureError("the token is not an X.509 certificate") from error


def verify_body(envelope: etree._Element) -> SignedBody:
    """The Body that is signed by the one signature of the message.

    Raises:
      SignatureError: any other algorithm, place, number or shape of signatures, or one that does not hold.
    """
    _check_places(envelope)
    body = _only(envelope, BODY)
    security = _only(_only(envelope, HEADER), SECURITY)
    certificate = read_certificate(envelope)
    info = _verify_info(_only(security, SIGNATURE), _token_id(security), certificate)
    reference = _only(info, REFERENCE)
    _check_reference(envelope, reference, body)
    transform = _only(_only(reference, f"{{{DS}}}Transforms"), f"{{{DS}}}Transform")
    canonical = _canonical(body, _prefixes(transform))
    if sha256(canonical).digest() != _bytes64(_text(reference, "DigestValue"), 32):
        raise SignatureError("the digest of the Body differs")
    return SignedBody(parse_xml(canonical), certificate)


def _check_places(envelope: etree._Element) -> None:
    for tag in (ENVELOPE, HEADER, BODY, SECURITY, TOKEN, SIGNATURE, SIGNED_INFO, REFERENCE):
        count = sum(1 for _ in envelope.iter(tag))
        if count != 1:
            raise SignatureError(f"{count} times {tag}")


def _verify_info(signature: etree._Element, token_id: str, certificate: x509.Certificate) -> etree._Element:
    """SignedInfo, parsed anew from the bytes that the certificate's key signed."""
    path = (f"{{{DS}}}KeyInfo", f"{{{WSSE}}}SecurityTokenReference", f"{{{WSSE}}}Reference")
    pointer = signature
    for tag in path:
        pointer = _only(pointer, tag)
    if pointer.get("URI") != f"#{token_id}":
        raise SignatureError("the key reference does not name the certificate")
    info = _only(signature, SIGNED_INFO)
    canonical = _canonical(info, _prefixes(_only(info, f"{{{DS}}}CanonicalizationMethod")))
    _check_rsa_sha256(certificate, _bytes64(_text(signature, "SignatureValue"), 1024), canonical)
    verified = parse_xml(canonical)
    _expect(verified, "CanonicalizationMethod", EXCLUSIVE)
    _expect(verified, "SignatureMethod", RSA_SHA256)
    return verified


def _check_rsa_sha256(certificate: x509.Certificate, signature: bytes, message: bytes) -> None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("the certificate's key cannot be read") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_MIN_BITS:
        raise SignatureError(f"the key is not RSA of at least {KEY_MIN_BITS} bits")
    try:
        key.verify(signature, message, PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise SignatureError("the signature does not hold") from error


def _check_reference(envelope: etree._Element, reference: etree._Element, body: etree._Element) -> None:
    """One transform, exclusive; SHA-256; and the URI names the Body and nothing else."""
    identifier = body.get(WSU_ID, "")
    if not identifier or reference.get("URI") != f"#{identifier}":
        raise SignatureError("the Reference does not name the Body")
    same = [e for e in envelope.iter() for name, value in e.items() if value == identifier and _is_id(str(name))]
    if same != [body]:
        raise SignatureError("the Body's Id is not unique")
    _expect(_only(reference, f"{{{DS}}}Transforms"), "Transform", EXCLUSIVE)
    _expect(reference, "DigestMethod", SHA256)


def _is_id(name: str) -> bool:
    return etree.QName(name).localname.lower() == "id"


def _token_id(security: etree._Element) -> str:
    identifier = _only(security, TOKEN).get(WSU_ID, "")
    if not identifier:
        raise SignatureError("the token has no Id")
    return identifier


def _expect(parent: etree._Element, name: str, algorithm: str) -> None:
    if _only(parent, f"{{{DS}}}{name}").get("Algorithm") != algorithm:
        raise SignatureError(f"{name} is not {algorithm}")


def _prefixes(method: etree._Element) -> tuple[str, ...]:
    """The PrefixList found in the message; it changes the bytes that were signed."""
    found = method.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = () if found is None else tuple((found.get("PrefixList") or "").split())
    if len(prefixes) > PREFIXES_MAX or not all(_NAME.fullmatch(prefix) for prefix in prefixes):
        raise SignatureError("a PrefixList that is too long or not of names")
    return prefixes


def _canonical(element: etree._Element, prefixes: tuple[str, ...]) -> bytes:
    try:
        return etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            with_tail=False,
            inclusive_ns_prefixes=list(prefixes),
        )
    except (etree.LxmlError, ValueError) as error:
        raise SignatureError("cannot be made canonical") from error


def _digest(element: etree._Element, prefixes: tuple[str, ...]) -> bytes:
    return sha256(_canonical(element, prefixes)).digest()


def _only(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise SignatureError(f"{len(found)} times {tag}")
    return found[0]


def _text(parent: etree._Element, name: str) -> str:
    return _only(parent, f"{{{DS}}}{name}").text or ""


def _bytes64(text: str, limit: int) -> bytes:
    joined = "".join(text.split())
    if len(joined) > (limit + 2) // 3 * 4:
        raise SignatureError("base64 that is too long")
    try:
        return b64decode(joined, validate=True)
    except ValueError as error:
        raise SignatureError("not base64") from error


def _text64(message: bytes) -> str:
    return b64encode(message).decode("ascii")
