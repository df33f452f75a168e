"""The answer of the authority: what is believed, what is refused and why, and that nothing else ever comes out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography import x509
from hypothesis import given, settings, strategies as st
from lxml import etree

from drivers.authority_reply import REPLY_MAX_BYTES, TEXT_MAX, TO_LOCATION, TO_RECEIPT, read_reply
from drivers.authority_trust import SignerTrust, read_trust
from drivers.ports import NoAnswer
from drivers.simulated.authority_answers import fault, response, sealed
from drivers.simulated.authority_rules import TEXTS
from drivers.simulated.certificates import Pair, make_authority, make_signer
from drivers.soap import BODY, EKASA, FAULT, SOAP, parse_xml, wire_bytes
from states.fiscal.receipt import Acceptance, Fault
from tests.authority_kit import make_world, training_folder, trust
from tests.test_wssecurity import ATTACKS, Attack

UUID = "0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f"
UID = "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST"
DATE = "2026-11-22T10:15:32+01:00"
NOW = datetime.now(UTC)
WORLD = make_world()

REASONS = {"oversize", "unparsable", "unsigned", "signature", "wrong-signer", "wrong-uuid", "bad-uid"}


def answer(uid: str = UID, uuid: str = UUID, date: str = DATE, warning: str = "") -> etree._Element:
    """The authority's answer, not yet signed."""
    values = {"uuid": str(uuid4()), "request_uuid": uuid, "date": date, "uid": uid, "warning": warning}
    return response("RegisterReceiptRequest", **values)


def seal(envelope: etree._Element, signer: Pair = WORLD.signer) -> bytes:
    """The answer as the authority signs it, always with the same ids."""
    return sealed(envelope, signer, "1")


def located(uuid: str = UUID, warning: str = "") -> etree._Element:
    """The authority's answer to a location, not yet signed."""
    values = {"uuid": str(uuid4()), "request_uuid": uuid, "date": DATE, "uid": "", "warning": warning}
    return response("RegisterLocationRequest", **values)


ACCEPTED = seal(answer())
LOCATED = seal(located())
REFUSED = wire_bytes(fault(-100))


def read(
    message: bytes, now: datetime = NOW, believed: SignerTrust | None = None, to: str = TO_RECEIPT
) -> Acceptance | Fault:
    """The answer alone."""
    return read_reply(message, uuid=UUID, trust=believed or trust(), now=now, response=to).answer


def refused(message: bytes, now: datetime = NOW, believed: SignerTrust | None = None, to: str = TO_RECEIPT) -> str:
    """The reason why a message is no answer."""
    with pytest.raises(NoAnswer) as caught:
        read(message, now, believed, to)
    assert caught.value.sent
    return caught.value.reason


# --- What is believed ------------------------------------------------------------------------------------


def test_an_acceptance_is_read_from_what_was_signed() -> None:
    """UID, date and the message as it came."""
    reading = read_reply(ACCEPTED, uuid=UUID, trust=trust(), now=NOW)
    assert reading.answer == Acceptance(UID, DATE, ACCEPTED.decode())
    assert (reading.signed, reading.warning) == (True, "")


@pytest.mark.parametrize("uid", ["O-7DBCDA8A56EE426DBCDA8A56EE426D1A", "V-7dbcda8a56ee426dbcda8a56ee4-TEST"])
def test_uids_of_both_environments_are_taken(uid: str) -> None:
    """Of production and of the integration environment."""
    found = read(seal(answer(uid)))
    assert isinstance(found, Acceptance)
    assert found.uid == uid


def test_the_request_uuid_is_a_number_and_has_no_case() -> None:
    """A server may write hexadecimal digits in its own way."""
    assert isinstance(read(seal(answer(uuid=UUID.upper()))), Acceptance)


def test_a_warning_is_told_and_changes_nothing() -> None:
    """The element is reserved; the answer is an acceptance all the same."""
    message = seal(answer(warning="Pozor\n\x85zajtra odstávka"))
    reading = read_reply(message, uuid=UUID, trust=trust(), now=NOW)
    assert isinstance(reading.answer, Acceptance)
    assert reading.warning == "1 Pozor zajtra odstávka"


def test_the_order_of_elements_does_not_matter() -> None:
    """They are found by name."""
    envelope = answer()
    content = envelope.find("*/*")
    assert content is not None
    content.insert(0, content[-1])
    assert isinstance(read(seal(envelope)), Acceptance)


@pytest.mark.parametrize("code", sorted(TEXTS, reverse=True))
def test_every_fault_is_read_signed_and_unsigned(code: int) -> None:
    """The code and the text; a fault without a signature counts, and is marked."""
    for message, signed in ((seal(fault(code)), True), (wire_bytes(fault(code)), False)):
        reading = read_reply(message, uuid=UUID, trust=trust(), now=NOW)
        assert reading.answer == Fault(code, TEXTS[code], message.decode())
        assert reading.signed is signed


@pytest.mark.parametrize("attribute", ["ek:EkasaErrorCode", "EkasaErrorCode", "old:EkasaErrorCode"])
def test_the_code_is_found_in_any_namespace(attribute: str) -> None:
    """The document's own example has it in that of version 1."""
    spaces = f'xmlns:e="{SOAP}" xmlns:ek="http://financnasprava.sk/ekasa/schema/v2" xmlns:old="urn:v1"'
    text = f"<e:Envelope {spaces}><e:Header/><e:Body><e:Fault {attribute}='-100'/></e:Body></e:Envelope>"
    assert read(text.encode()) == Fault(-100, "", text)


def test_the_text_of_a_fault_is_one_short_line() -> None:
    """It will be shown to a cashier: no control characters, no end of line, no novel."""
    message = wire_bytes(fault(-100)).replace(TEXTS[-100].encode(), b"a\n\tb&#127;\xc2\x9b" + b"x" * 5000)
    found = read(message)
    assert isinstance(found, Fault)
    assert found.text.startswith("a bx")
    assert len(found.text) == TEXT_MAX


def test_a_comment_cuts_no_text() -> None:
    """The text of a fault is read whole."""
    found = read(REFUSED.replace(b"hodnota", b"hod<!-- x -->nota"))
    assert isinstance(found, Fault)
    assert found.text == TEXTS[-100]


@pytest.mark.parametrize("date", ["", "yesterday", "2026-11-22T10:15:32+01:00 or so", "x" * 1000])
def test_a_strange_date_does_not_cost_the_uid(date: str) -> None:
    """It is left empty."""
    found = read(seal(answer(date=date)))
    assert isinstance(found, Acceptance)
    assert (found.uid, found.process_date) == (UID, "")


def test_a_location_is_accepted_without_a_uid() -> None:
    """Its answer says when, and nothing else; a warning is told here too."""
    assert read(LOCATED, to=TO_LOCATION) == Acceptance("", DATE, LOCATED.decode())
    warned = seal(located(warning="zajtra odstávka"))
    reading = read_reply(warned, uuid=UUID, trust=trust(), now=NOW, response=TO_LOCATION)
    assert reading.warning == "1 zajtra odstávka"


@pytest.mark.parametrize("code", [-1, -108, -109, -110])
def test_a_location_is_refused_as_a_receipt_is(code: int) -> None:
    """Signed or not."""
    for message in (seal(fault(code)), wire_bytes(fault(code))):
        assert read(message, to=TO_LOCATION) == Fault(code, TEXTS[code], message.decode())


# --- What is not -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "unparsable"),
        (b"<html><body>Chyba</body></html>", "unparsable"),
        (b"\xef\xbb\xbf<!DOCTYPE x><x/>", "unparsable"),
        (ACCEPTED + b"<x/>", "unparsable"),
        (ACCEPTED[:-20], "unparsable"),
        (ACCEPTED.replace(b"UTF-8", b"UTF-16"), "unparsable"),
        (ACCEPTED.decode().encode("utf-16"), "unparsable"),
        (ACCEPTED + b" " * REPLY_MAX_BYTES, "oversize"),
        (wire_bytes(answer()), "unsigned"),
        (ACCEPTED.replace(UID.encode(), b"O-FFFFFFFFFFFFFFFFFFFFFFFFFFF-TEST"), "signature"),
        (seal(answer(), WORLD.other_signer), "wrong-signer"),
        (seal(answer(uuid=str(uuid4()))), "wrong-uuid"),
        (seal(answer(uuid="")), "wrong-uuid"),
        (seal(answer(uid="O-7DBCDA8A56EE426DBCDA8A56EE42")), "bad-uid"),
        (seal(answer(uid=UID + "\n")), "bad-uid"),
        (seal(answer(uid="")), "unparsable"),
        (seal(fault(0)), "unparsable"),
        (seal(fault(-1000)), "unparsable"),
        (REFUSED.replace(b'EkasaErrorCode="-100"', b'EkasaErrorCode="x"'), "unparsable"),
        (REFUSED.replace(b"ek:EkasaErrorCode=", b'EkasaErrorCode="-1" ek:EkasaErrorCode='), "unparsable"),
        (REFUSED.replace(b"ek:EkasaErrorCode=", b"ek:Code="), "unparsable"),
        (seal(response("RegisterLocationRequest", uuid=UUID, request_uuid=UUID, date=DATE, uid="")), "unparsable"),
        (f'<e:Envelope xmlns:e="{SOAP}"/>'.encode(), "unparsable"),
        (f'<e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode(), "unparsable"),
        (f'<e:Envelope xmlns:e="{SOAP}"><e:Body/><e:Body/></e:Envelope>'.encode(), "unparsable"),
    ],
)
def test_what_is_no_answer_says_why(message: bytes, reason: str) -> None:
    """Each with its stable word."""
    assert refused(message) == reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (ACCEPTED, "unparsable"),
        (wire_bytes(located()), "unsigned"),
        (LOCATED.replace(b"15:32", b"15:33"), "signature"),
        (seal(located(), WORLD.other_signer), "wrong-signer"),
        (seal(located(str(uuid4()))), "wrong-uuid"),
        (seal(located("")), "wrong-uuid"),
        (LOCATED + b" " * REPLY_MAX_BYTES, "oversize"),
        (b"", "unparsable"),
    ],
)
def test_what_is_no_answer_to_a_location_says_why(message: bytes, reason: str) -> None:
    """The same rules of trust; an answer to a receipt is none to a place, and the other way round."""
    assert refused(message, to=TO_LOCATION) == reason
    assert refused(LOCATED) == "unparsable"


def test_a_second_uid_is_refused() -> None:
    """Even signed: there is one ReceiptData or there is no answer."""
    envelope = answer()
    content = envelope.find("*/*")
    assert content is not None
    content.append(etree.fromstring(etree.tostring(content[-1])))
    assert refused(seal(envelope)) == "unparsable"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_wrapped_answers_are_refused(attack: Attack) -> None:
    """The wrapping attacks of the signature's own test, around a real answer."""
    envelope = parse_xml(ACCEPTED)
    attack(envelope)
    assert refused(wire_bytes(envelope)) == "signature"


def test_a_signature_taken_off_makes_an_unsigned_answer() -> None:
    """Stripping is not a way in."""
    envelope = parse_xml(ACCEPTED)
    envelope[0].clear()
    assert refused(wire_bytes(envelope)) == "unsigned"


def test_a_fault_that_pretends_to_be_signed_is_refused() -> None:
    """Either there is no signature, or it holds."""
    assert refused(seal(fault(-101)).replace(b'"-101"', b'"-102"')) == "signature"


# --- The signer ------------------------------------------------------------------------------------------


def other_authority(name: str = "CN=TEST e-Kasa seal CA,C=SK") -> Pair:
    """An authority of the right name and another key."""
    return make_authority(name, NOW)


def test_a_signer_of_another_authority_is_refused() -> None:
    """The names are right; the key that issued the certificate is not."""
    assert refused(seal(answer(), make_signer(other_authority(), "CN=e-Kasa,C=SK", NOW))) == "wrong-signer"


def test_a_register_cannot_answer_for_the_authority() -> None:
    """A signer that issued its own certificate is nobody."""
    assert refused(seal(answer(), other_authority("CN=e-Kasa,C=SK"))) == "wrong-signer"


@pytest.mark.parametrize("days", [-2, 731])
def test_a_certificate_out_of_its_time_is_refused(days: int) -> None:
    """Before it begins and after it ends."""
    assert refused(ACCEPTED, NOW + timedelta(days=days)) == "wrong-signer"


PEM = (training_folder() / "authority-signer-ca.pem").read_bytes()


@pytest.mark.parametrize("subject", ["CN=e-Kasa,C=SK", "C=SK,CN=e-Kasa", "C=SK, CN=e-Kasa"])
def test_the_subject_is_a_set_of_names(subject: str) -> None:
    """In any order; a space after the comma is no part of the name."""
    assert isinstance(read(ACCEPTED, believed=read_trust(PEM, subject)), Acceptance)


@pytest.mark.parametrize("subject", ["CN=e-Kasa", "CN=e-Kasa,C=SK,O=x", "CN=e-kasa,C=SK", "O=e-Kasa,C=SK"])
def test_another_subject_is_refused(subject: str) -> None:
    """Fewer names, more names, other letters, another kind of name."""
    assert refused(ACCEPTED, believed=read_trust(PEM, subject)) == "wrong-signer"


def test_the_signer_of_production_can_be_named() -> None:
    """Its subject has kinds of names that RFC 4514 gives no word for."""
    text = (
        "CN=e-Kasa,OU=Sprava IS,O=Financne riaditelstvo SR,2.5.4.97=NTRSK-42499500,L=Banska Bystrica,"
        "STREET=Lazovna 63,PostalCode=97401,C=SK"
    )
    assert len(read_trust(PEM, text).subject) == 8


@pytest.mark.parametrize(
    ("pem", "subject"),
    [
        (b"", "CN=x"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "CN=x"),
        (WORLD.signer.certificate_pem(), "CN=x"),
        (PEM * 17, "CN=x"),
        (PEM, ""),
        (PEM, "e-Kasa"),
        (PEM, "XX=e-Kasa"),
    ],
)
def test_settings_that_trust_nobody_are_refused(pem: bytes, subject: str) -> None:
    """No certificate, rubbish, one that may not issue others, too many, no name, no kind of name."""
    with pytest.raises(ValueError, match=r"."):
        read_trust(pem, subject)


def test_several_authorities_may_be_trusted() -> None:
    """One file may hold the old one and the new one."""
    new = other_authority("CN=next CA")
    both = read_trust(PEM + new.certificate_pem(), "CN=e-Kasa,C=SK")
    assert isinstance(read(seal(answer(), make_signer(new, "CN=e-Kasa,C=SK", NOW)), believed=both), Acceptance)
    assert isinstance(x509.load_pem_x509_certificates(PEM)[0], x509.Certificate)


# --- Anything at all -------------------------------------------------------------------------------------


def outcome(message: bytes, to: str = TO_RECEIPT) -> Acceptance | Fault | None:
    """What comes out of a message; None for a declared reason, anything else would fail the test."""
    try:
        return read(message, to=to)
    except NoAnswer as error:
        refusal = error
    assert refusal.reason in REASONS
    assert refusal.sent
    return None


@settings(max_examples=150, deadline=None)
@given(message=st.binary(max_size=300))
def test_noise_is_never_an_answer(message: bytes) -> None:
    """Any bytes have an outcome of their own kind: none."""
    assert outcome(message) is None


SNIPPETS = st.sampled_from(
    [b"<", b">", b"&", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"<!DOCTYPE x>", b'"', b"\0", b"\xff", b"&#0;"]
)


@settings(max_examples=150, deadline=None)
@given(start=st.integers(0, len(ACCEPTED)), length=st.integers(0, 60), put=st.one_of(st.binary(max_size=6), SNIPPETS))
def test_a_spoilt_answer_is_the_same_answer_or_none(start: int, length: int, put: bytes) -> None:
    """Cutting and pasting in a good answer never makes another one of it."""
    found = outcome(ACCEPTED[:start] + put + ACCEPTED[start + length :])
    assert found is None or (isinstance(found, Acceptance) and (found.uid, found.process_date) == (UID, DATE))


@settings(max_examples=100, deadline=None)
@given(start=st.integers(0, len(LOCATED)), length=st.integers(0, 60), put=st.one_of(st.binary(max_size=6), SNIPPETS))
def test_a_spoilt_answer_to_a_location_is_the_same_answer_or_none(start: int, length: int, put: bytes) -> None:
    """As for a receipt."""
    found = outcome(LOCATED[:start] + put + LOCATED[start + length :], TO_LOCATION)
    assert found is None or (isinstance(found, Acceptance) and (found.uid, found.process_date) == ("", DATE))


@settings(max_examples=60, deadline=None)
@given(first=st.integers(0, len(ACCEPTED)), length=st.integers(1, 3000), place=st.integers(0, len(ACCEPTED)))
def test_an_answer_spliced_with_itself_is_the_same_or_none(first: int, length: int, place: int) -> None:
    """Copying any part of it to any place."""
    part = ACCEPTED[first : first + length]
    found = outcome(ACCEPTED[:place] + part + ACCEPTED[place:])
    assert found is None or (isinstance(found, Acceptance) and found.uid == UID)


WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
DIGITS = re.compile("-?[1-9][0-9]{0,2}")


@settings(max_examples=60, deadline=None)
@given(uid=WORDS, uuid=WORDS, date=WORDS)
def test_signed_nonsense_is_refused_too(uid: str, uuid: str, date: str) -> None:
    """A signature is no excuse for content that is not as it should be."""
    assert outcome(seal(answer(uid, uuid, date))) is None
    assert outcome(seal(answer(uid, UUID, date))) is None


@settings(max_examples=60, deadline=None)
@given(code=WORDS | st.integers().map(str))
def test_only_a_number_is_a_code(code: str) -> None:
    """A fault is one with a code from 1 to 999 of either sign, or it is none."""
    envelope = fault(-100)
    element = envelope.find(f"{BODY}/{FAULT}")
    assert element is not None
    element.set(f"{{{EKASA}}}EkasaErrorCode", code)
    found = outcome(wire_bytes(envelope))
    assert (found is not None) == (DIGITS.fullmatch(code) is not None)
