"""The message that tells where a portable register sells: RegisterLocationRequest.

Sources: IR, chapter 4 (LocationData; X is the longitude); the official samples for the element Location around the
place. It has neither an Exception nor a ValidationCode.
"""

from __future__ import annotations

import re

from lxml import etree

from drivers.authority_request import any_text, begin_request, plain_text, sign_request, tag
from drivers.ports import Signer
from states.fiscal.place import OTHER_MAX, Address, Gps, Location, Place
from states.fiscal.receipt import Attempt

TOWN_MAX = 100
BUILDING_MAX = 20

_AXIS = re.compile(r"(?=.{1,20}$)-?[0-9]{1,3}(\.[0-9]{1,16})?")
_PROPERTY = re.compile("[0-9]{0,10}")
_POSTAL_CODE = re.compile("([0-9]{5})?")


def encode_location(location: Location, attempt: Attempt, signer: Signer) -> bytes:
    """The bytes that go on the wire, signed by the certificate that is in force now."""
    request = begin_request("RegisterLocationRequest", attempt, location.sw_id)
    facts = {
        "Dic": location.seller.dic,
        "CashRegisterCode": location.seller.cash_register_code,
        "CreateDate": location.create_date,
    }
    content = etree.SubElement(request, tag("LocationData"), facts)
    _append_place(etree.SubElement(content, tag("Location")), location.place)
    return sign_request(request, attempt, signer)


def _append_place(parent: etree._Element, place: Place) -> None:
    """The one of the three that the place has."""
    match place:
        case Place(Gps() as gps, None, ""):
            etree.SubElement(parent, tag("Gps"), _axes(gps))
        case Place(None, Address() as address, ""):
            etree.SubElement(parent, tag("PhysicalAddress"), _address(address))
        case Place(None, None, other):
            assert 1 <= len(other) <= OTHER_MAX
            etree.SubElement(parent, tag("Other")).text = any_text(other)
        case _:
            raise AssertionError("a place is one of GPS, address and other words")


def _axes(gps: Gps) -> dict[str, str]:
    assert _AXIS.fullmatch(gps.axis_x)
    assert _AXIS.fullmatch(gps.axis_y)
    return {"AxisX": gps.axis_x, "AxisY": gps.axis_y}


def _address(address: Address) -> dict[str, str]:
    assert 1 <= len(address.municipality) <= TOWN_MAX
    assert 1 <= len(address.street_name) <= TOWN_MAX
    assert len(address.building_number) <= BUILDING_MAX
    assert _PROPERTY.fullmatch(address.property_registration_number)
    assert _POSTAL_CODE.fullmatch(address.postal_code)
    parts = {
        "Municipality": any_text(address.municipality),
        "StreetName": any_text(address.street_name),
        "BuildingNumber": plain_text(address.building_number),
        "PropertyRegistrationNumber": address.property_registration_number,
        "PostalCode": address.postal_code,
    }
    return {name: text for name, text in parts.items() if text}
