"""The message that tells a place: the three kinds of it, its limits, and a server that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings, strategies as st
from lxml import etree

from drivers.authority_location import encode_location
from drivers.ports import NoAnswer
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.soap import BODY, EKASA, parse_envelope
from drivers.wssecurity import verify_body
from states.fiscal.place import Address, Gps, Location, Place
from states.fiscal.receipt import Acceptance, Attempt, Fault
from states.fiscal.typed import read_place
from tests.authority_kit import (
    ADDRESS,
    GPS,
    OTHER,
    both,
    make_attempt,
    make_location,
    make_receipt,
    make_world,
    signer,
)
from tests.test_wssecurity import xmlsec1

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parents[1] / "drivers" / "simulated" / "ekasa_v2.xsd")))
CREATED = "2026-11-22T10:15:30+01:00"


def sent(location: Location, attempt: Attempt | None = None) -> etree._Element:
    """The request that tells the place, valid by the schema, its signature verified."""
    message = encode_location(location, attempt or make_attempt(), signer())
    request = verify_body(parse_envelope(message)).body.find("*")
    assert request is not None
    SCHEMA.assertValid(request)
    return request


def attributes(request: etree._Element, name: str) -> dict[str, str]:
    """The attributes of the one element of this name."""
    (found,) = request.iter(f"{{{EKASA}}}{name}")
    return {str(key): str(value) for key, value in found.items()}


def test_the_header_and_the_register() -> None:
    """Neither an exemption nor a PKP: a place is no receipt."""
    attempt = Attempt("0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f", "2026-11-22T10:15:31+01:00", 3)
    request = sent(make_location(created=CREATED), attempt)
    assert attributes(request, "Header") == {
        "Uuid": attempt.uuid,
        "RequestDate": attempt.request_date,
        "SendingCount": "3",
        "SwId": "8639BA17" * 5,
    }
    assert attributes(request, "LocationData") == {
        "Dic": "1234567890",
        "CashRegisterCode": "88812345678900001",
        "CreateDate": CREATED,
    }
    assert [etree.QName(child).localname for child in request] == ["Header", "LocationData"]


def test_gps() -> None:
    """X is the longitude."""
    assert attributes(sent(make_location(GPS)), "Gps") == {"AxisX": "17.1077", "AxisY": "48.1486"}


def test_an_address() -> None:
    """With everything, and with nothing but what must be there."""
    assert attributes(sent(make_location(ADDRESS)), "PhysicalAddress") == {
        "Municipality": "Bratislava",
        "StreetName": "Mierová",
        "BuildingNumber": "23",
        "PropertyRegistrationNumber": "202",
        "PostalCode": "82105",
    }
    bare = sent(make_location(Place(address=Address("Čičmany", "Čičmany"))))
    assert attributes(bare, "PhysicalAddress") == {"Municipality": "Čičmany", "StreetName": "Čičmany"}


def test_other_words() -> None:
    """A vehicle, for example."""
    (other,) = sent(make_location(OTHER)).iter(f"{{{EKASA}}}Other")
    assert other.text == "Taxi, EČV BA 123 XY"
    assert not other.attrib


def test_xmlsec1_verifies_the_message(tmp_path: Path) -> None:
    """The independent verifier believes it, and not with another place."""
    message = encode_location(make_location(), make_attempt(), signer())
    pem = x509.load_der_x509_certificate(signer().certificate_der).public_bytes(Encoding.PEM)
    assert message.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ')
    assert xmlsec1(message, pem, tmp_path)
    assert not xmlsec1(message.replace(b'AxisX="17', b'AxisX="18'), pem, tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=100), st.text(min_size=1, max_size=255))
def test_no_words_stop_the_register(town: str, other: str) -> None:
    """Any text makes a message that holds; characters that XML forbids are replaced by U+FFFD."""
    address = encode_location(make_location(Place(address=Address(town, town))), make_attempt(), signer())
    found = parse_envelope(address).find(f"{BODY}//{{{EKASA}}}PhysicalAddress")
    assert found is not None
    assert len(found.get("Municipality", "")) == len(town)
    words = encode_location(make_location(Place(other=other)), make_attempt(), signer())
    text = parse_envelope(words).findtext(f"{BODY}//{{{EKASA}}}Other")
    assert len(text or "") == len(other)


@pytest.mark.parametrize(
    "place",
    [
        Place(),
        Place(gps=Gps("17.1", "48.1"), other="taxi"),
        Place(gps=Gps("17.1", "48.1"), address=Address("Zvolen", "Dolná")),
        Place(gps=Gps("17,1", "48.1")),
        Place(gps=Gps("17.1", "")),
        Place(gps=Gps("17.1", "48.12345678901234567")),
        Place(gps=Gps("-179.1234567890123456", "48.1")),
        Place(gps=Gps("17.1", "48.1\n")),
        Place(other="x" * 256),
        Place(address=Address("", "Dolná")),
        Place(address=Address("Zvolen", "")),
        Place(address=Address("x" * 101, "Dolná")),
        Place(address=Address("Zvolen", "x" * 101)),
        Place(address=Address("Zvolen", "Dolná", "x" * 21)),
        Place(address=Address("Zvolen", "Dolná", "č")),
        Place(address=Address("Zvolen", "Dolná", "8", "8/a")),
        Place(address=Address("Zvolen", "Dolná", "8", "12345678901")),
        Place(address=Address("Zvolen", "Dolná", postal_code="960 01")),
    ],
)
def test_another_place_is_a_bug(place: Place) -> None:
    """It was never to be keyed."""
    with pytest.raises(AssertionError):
        encode_location(make_location(place), make_attempt(), signer())


AXES = st.from_regex(r"(1[6-9]|2[0-2])(\.[0-9]{1,16})?[ ,] ?4[7-9](\.[0-9]{1,16})?", fullmatch=True)
ADDRESSES = st.from_regex(
    r"[^,\n]{1,100}( ([0-9]{1,10}/)?[0-9]{1,5}[A-Za-z]?)?, ?[0-9]{5} [^,\n]{1,100}", fullmatch=True
)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300) | AXES | ADDRESSES)
def test_every_place_that_can_be_typed_can_be_sent(typed: str) -> None:
    """What the keypad lets through fits the message, so nothing durable can ever stop the register."""
    try:
        place = read_place(typed)
    except ValueError:
        return
    sent(make_location(place))


# --- On the wire -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [GPS, ADDRESS, OTHER], ids=["gps", "address", "other"])
async def test_a_place_is_taken(place: Place) -> None:
    """The answer is an acceptance without a UID."""
    attempt = make_attempt()
    async with both(make_world()) as authority:
        answer = await authority.locate(make_location(place), attempt)
    assert isinstance(answer, Acceptance)
    assert answer.uid == ""
    assert answer.process_date
    assert attempt.uuid in answer.reply


async def test_a_place_of_the_future_is_refused() -> None:
    """-108 is an answer."""
    async with both(make_world()) as authority:
        answer = await authority.locate(make_location(created="2036-11-22T10:15:30+01:00"), make_attempt())
    assert isinstance(answer, Fault)
    assert answer.code == -108


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(FaultKind.WRONG_UUID, "wrong-uuid"), (FaultKind.WRONG_SIGNER, "wrong-signer"), (FaultKind.UNSIGNED, "unsigned")],
)
async def test_an_answer_is_believed_as_one_to_a_receipt_is(kind: FaultKind, reason: str) -> None:
    """Signature, signer and Uuid count here too, and the next place is heard."""
    world = make_world()
    world.faults.append(AuthorityFault(kind))
    async with both(world) as authority:
        with pytest.raises(NoAnswer) as caught:
            await authority.locate(make_location(), make_attempt())
        assert isinstance(await authority.locate(make_location(), make_attempt()), Acceptance)
        assert isinstance(await authority.register(make_receipt(), make_attempt()), Acceptance)
    assert (caught.value.reason, caught.value.sent) == (reason, True)
