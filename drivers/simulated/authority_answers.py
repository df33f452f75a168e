"""The authority's answers as it writes them: a response with the UID, a fault with a code, each signed with its seal.

Sources: IR 2.3 and 2.5, its examples of answers.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from drivers.simulated.authority_rules import TEXTS
from drivers.simulated.certificates import Pair
from drivers.soap import BODY, EKASA, ENVELOPE, FAULT, HEADER, SOAP
from drivers.wssecurity import WSU, sign_body

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def response(request: str, *, uuid: str, request_uuid: str, date: str, uid: str, warning: str = "") -> etree._Element:
    """The envelope that answers ``request`` (RegisterReceiptRequest); a location's has no UID."""
    envelope, body = _envelope()
    answer = etree.SubElement(body, _tag(request.replace("Request", "Response")), nsmap={"ek": EKASA})
    header = {"Uuid": uuid, "RequestUuid": request_uuid, "ProcessDate": date}
    etree.SubElement(answer, _tag("Header"), header)
    if warning:
        etree.SubElement(answer, _tag("Warning"), {"Code": "1"}).text = warning
    if uid:
        etree.SubElement(answer, _tag("ReceiptData"), {"Id": uid})
    return envelope


def fault(code: int, detail: str = "") -> etree._Element:
    """The envelope that refuses a request with this EkasaErrorCode and its Slovak text."""
    envelope, body = _envelope()
    element = etree.SubElement(body, FAULT, {_tag("EkasaErrorCode"): str(code)}, nsmap={"ek": EKASA})
    reason = etree.Element(f"{{{SOAP}}}Reason")
    etree.SubElement(reason, f"{{{SOAP}}}Text", {XML_LANG: "sk-SK"}).text = TEXTS.get(code, "")
    code_element = etree.SubElement(element, f"{{{SOAP}}}Code")
    etree.SubElement(code_element, f"{{{SOAP}}}Value").text = "env:Sender"
    element.append(reason)
    if detail:
        etree.SubElement(element, f"{{{SOAP}}}Detail").text = detail
    return envelope


def sealed(envelope: etree._Element, signer: Pair, name: str) -> bytes:
    """The envelope's bytes, signed."""
    key = signer.key
    assert isinstance(key, RSAPrivateKey)
    return sign_body(
        envelope,
        name=name,
        certificate_der=signer.certificate.public_bytes(Encoding.DER),
        sign=lambda message: key.sign(message, PKCS1v15(), SHA256()),
    )


def _envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(ENVELOPE, nsmap={"env": SOAP})
    etree.SubElement(envelope, HEADER)
    return envelope, etree.SubElement(envelope, BODY, nsmap={"wsu": WSU})


def _tag(name: str) -> str:
    return f"{{{EKASA}}}{name}"
