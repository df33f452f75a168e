"""What every request to the authority has: the envelope, the Header of its attempt, and the signature.

Sources: IR 2.1 (characters), 2.3 (Header); the official samples for the form of the envelope.
"""

from __future__ import annotations

import re

from lxml import etree

from drivers.ports import Signer
from drivers.soap import BODY, EKASA, ENVELOPE, ENVELOPE_MAX_BYTES, HEADER, SOAP
from drivers.wssecurity import WSU, sign_body
from states.fiscal.receipt import NUMBER_MAX, Attempt

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")


def begin_request(name: str, attempt: Attempt, sw_id: str, **more: str) -> etree._Element:
    """The element of this name in an envelope of its own, with its Header; ``more`` are attributes of that."""
    assert 1 <= attempt.sending_count <= NUMBER_MAX
    envelope = etree.Element(ENVELOPE, nsmap={"soapenv": SOAP})
    etree.SubElement(envelope, HEADER)
    body = etree.SubElement(envelope, BODY, nsmap={"wsu": WSU})
    request = etree.SubElement(body, tag(name), nsmap={"ekasa": EKASA})
    header = {
        "Uuid": attempt.uuid,
        "RequestDate": attempt.request_date,
        "SendingCount": str(attempt.sending_count),
        "SwId": sw_id,
    }
    etree.SubElement(request, tag("Header"), header | more)
    return request


def sign_request(request: etree._Element, attempt: Attempt, signer: Signer) -> bytes:
    """The bytes that go on the wire, signed by the certificate that is in force now."""
    envelope = request.getroottree().getroot()
    message = sign_body(envelope, name=attempt.uuid, certificate_der=signer.certificate_der, sign=signer.sign)
    assert len(message) <= ENVELOPE_MAX_BYTES
    return message


def any_text(text: str) -> str:
    """Text of which any character may be sent; one that XML forbids becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def plain_text(text: str) -> str:
    """Text of printable ASCII and white space (asserted), as all but names and places must be."""
    assert _PLAIN.fullmatch(text)
    return text


def tag(name: str) -> str:
    """The name in the authority's namespace."""
    return f"{{{EKASA}}}{name}"
