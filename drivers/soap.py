"""SOAP 1.2 envelopes in UTF-8: the names (the authority's too), and the one way to parse what comes from outside.

Sources: IR 2 (transport); W3C SOAP 1.2. What libxml2 must not do is switched off by name, not left to defaults.
"""

from __future__ import annotations

import re

from lxml import etree

ENVELOPE_MAX_BYTES = 1_048_576
ATTRIBUTES_MAX = 64
"""No element of the interface has half as many; to sort and to read them costs the square of their number."""

SOAP = "http://www.w3.org/2003/05/soap-envelope"
EKASA = "http://financnasprava.sk/ekasa/schema/v2"
ENVELOPE, HEADER, BODY, FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))

_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{0,40})")


class EnvelopeError(ValueError):
    """The bytes are not an XML message that may be read at all."""


def parse_envelope(message: bytes) -> etree._Element:
    """Read a SOAP 1.2 envelope in UTF-8; no DOCTYPE, no entities, no network, no huge trees or elements.

    Raises:
      EnvelopeError: anything else.
    """
    if len(message) > ENVELOPE_MAX_BYTES:
        raise EnvelopeError(f"more than {ENVELOPE_MAX_BYTES} bytes")
    if b"<!DOCTYPE" in message or b"<!ENTITY" in message:
        raise EnvelopeError("has a DOCTYPE")
    declared = _DECLARED.match(message)
    if declared is not None and declared[1].lower() != b"utf-8":
        raise EnvelopeError("declares an encoding other than UTF-8")
    envelope = parse_xml(message)
    if envelope.tag != ENVELOPE:
        raise EnvelopeError("is not a SOAP 1.2 envelope")
    if any(len(element.attrib) > ATTRIBUTES_MAX for element in envelope.iter(etree.Element)):
        raise EnvelopeError(f"has an element of more than {ATTRIBUTES_MAX} attributes")
    return envelope


def parse_xml(message: bytes) -> etree._Element:
    """Read any XML in UTF-8: no entities, no network, no DTD, no huge trees; comments are dropped.

    Raises:
      EnvelopeError: it is not well-formed, or not UTF-8.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        message.decode("utf-8")
        return etree.fromstring(message, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError, ValueError) as error:
        raise EnvelopeError(f"is not XML in UTF-8: {' '.join(str(error).split())[:120]}") from error


def wire_bytes(envelope: etree._Element) -> bytes:
    """The envelope as it goes on the wire, with the XML declaration that the authority wants on the first line."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(envelope, encoding="UTF-8")
