"""The authority's answer: bytes from the network to a UID, a fault, or the reason why they are neither.

Sources: IR 2.3 (responses), 2.5 (faults, EkasaErrorCode by local name). First the signature is verified, then only the
node that it covers is read. A fault without a signature is taken, as the document's own example has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from drivers.authority_trust import SignerTrust, WrongSignerError
from drivers.ports import NoAnswer
from drivers.soap import BODY, EKASA, FAULT, SOAP, EnvelopeError, parse_envelope
from drivers.wssecurity import SignatureError, is_signed, verify_body
from states.fiscal.codes import is_uid
from states.fiscal.receipt import Acceptance, Fault

REPLY_MAX_BYTES = 256 * 1024
TEXT_MAX = 500

TO_RECEIPT = "RegisterReceiptResponse"
TO_LOCATION = "RegisterLocationResponse"
"""The answer to a location has no UID: that it was taken is all that it says."""

_CODE = re.compile(r"-?[1-9][0-9]{0,2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer; whether a signature vouches for it; the text of a Warning, empty without one."""

    answer: Acceptance | Fault
    signed: bool
    warning: str = ""


def read_reply(message: bytes, *, uuid: str, trust: SignerTrust, now: datetime, response: str = TO_RECEIPT) -> Reading:
    """Read the answer to the request of this Uuid; ``response`` is the element that such a request is answered with.

    Raises:
      NoAnswer: ``oversize``, ``unparsable``, ``unsigned``, ``signature``, ``wrong-signer``, ``wrong-uuid`` or
          ``bad-uid``; always ``sent``.
    """
    if len(message) > REPLY_MAX_BYTES:
        raise _refused("oversize", f"more than {REPLY_MAX_BYTES} bytes")
    try:
        envelope = parse_envelope(message)
    except EnvelopeError as error:
        raise _refused("unparsable", str(error)) from error
    reply = message.decode("utf-8")
    if not is_signed(envelope):
        return Reading(_unsigned_fault(envelope, reply), signed=False)
    body = _believed(envelope, trust, now)
    return Reading(_answer(body, uuid, reply, response), signed=True, warning=_warning(body))


def _believed(envelope: etree._Element, trust: SignerTrust, now: datetime) -> etree._Element:
    """The Body that the authority signed, without anything that it did not."""
    try:
        signed = verify_body(envelope)
        trust.check(signed.certificate, now)
    except (SignatureError, EnvelopeError) as error:
        raise _refused("signature", str(error)) from error
    except WrongSignerError as error:
        raise _refused("wrong-signer", str(error)) from error
    return signed.body


def _unsigned_fault(envelope: etree._Element, reply: str) -> Fault:
    bodies = envelope.findall(BODY)
    if len(bodies) != 1 or sum(1 for _ in envelope.iter(BODY)) != 1:
        raise _refused("unparsable", "not exactly one Body")
    content = _content(bodies[0])
    if content.tag != FAULT:
        raise _refused("unsigned", f"{content.tag[:200]} without a signature")
    return _fault(content, reply)


def _answer(body: etree._Element, uuid: str, reply: str, response: str) -> Acceptance | Fault:
    content = _content(body)
    if content.tag == FAULT:
        return _fault(content, reply)
    if content.tag != _tag(response):
        raise _refused("unparsable", f"{content.tag[:200]} is not an answer")
    header = _one(content, "Header")
    if header.get("RequestUuid", "").lower() != uuid.lower():
        raise _refused("wrong-uuid", f"an answer to {header.get('RequestUuid', '')[:60]}")
    uid = _uid(content) if response == TO_RECEIPT else ""
    date = header.get("ProcessDate", "")
    return Acceptance(uid, date if _DATE.fullmatch(date) else "", reply)


def _uid(content: etree._Element) -> str:
    uid = _one(content, "ReceiptData").get("Id", "")
    if not is_uid(uid):
        raise _refused("bad-uid", f"{uid[:60]!r} is no UID")
    return uid


def _fault(fault: etree._Element, reply: str) -> Fault:
    codes = [str(value) for name, value in fault.items() if etree.QName(str(name)).localname == "EkasaErrorCode"]
    if len(codes) != 1 or not _CODE.fullmatch(codes[0]):
        raise _refused("unparsable", f"a Fault with the codes {[code[:20] for code in codes[:3]]}")
    text = fault.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text") or ""
    return Fault(int(codes[0]), _shown(text), reply)


def _warning(body: etree._Element) -> str:
    warning = body.find(f"*/{_tag('Warning')}")
    return "" if warning is None else _shown(f"{warning.get('Code', '')} {warning.text or ''}")


def _content(body: etree._Element) -> etree._Element:
    content = [child for child in body if isinstance(child.tag, str)]
    if len(content) != 1:
        raise _refused("unparsable", f"a Body of {len(content)} elements")
    return content[0]


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(_tag(name))
    if len(found) != 1:
        raise _refused("unparsable", f"{len(found)} times {name}")
    return found[0]


def _shown(text: str) -> str:
    """Text from outside on one line, without control characters, and short enough to be shown."""
    return "".join(c for c in " ".join(text[: 4 * TEXT_MAX].split()) if c.isprintable())[:TEXT_MAX]


def _refused(reason: str, detail: str) -> NoAnswer:
    return NoAnswer(reason, detail, sent=True)


def _tag(name: str) -> str:
    return f"{{{EKASA}}}{name}"
