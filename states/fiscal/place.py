"""Where a portable register sells: the content of a location message.

Source: IR, RegisterLocationRequest: GPS if it is known (X is the longitude), else an address, else other words.
"""

from __future__ import annotations

from dataclasses import dataclass

from states.fiscal.identity import Identity

OTHER_MAX = 255


@dataclass(frozen=True, slots=True)
class Gps:
    """WGS 84 in decimal degrees, as text: ``axis_x`` is the longitude, ``axis_y`` the latitude."""

    axis_x: str
    axis_y: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; absent parts are empty."""

    municipality: str
    street_name: str
    building_number: str = ""
    property_registration_number: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Exactly one of them: GPS, an address, or other words, for example a vehicle with its number plate (EČV)."""

    gps: Gps | None = None
    address: Address | None = None
    other: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A location as it is sent: ``id`` names it in the journal; the message carries its first Uuid, date and SwId."""

    id: str
    place: Place
    seller: Identity
    create_date: str
    sw_id: str
