"""What a person types for a date, a place or a reference, read into what a message holds.

Each function returns the value, or raises ValueError with the word of a sentence that says what was expected.

Sources: IR, chapters 2.2 (dates, references, invoices, vouchers) and 2.4 (the parts of a place and their lengths); the
ranges of a place are those of Slovakia.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from states.fiscal.codes import is_okp, is_slovak_time, is_uid
from states.fiscal.place import OTHER_MAX, Address, Gps, Place
from states.fiscal.receipt import NUMBER_MAX, REFERENCE_MAX

LONGITUDES = Decimal("16.8"), Decimal("22.6")
LATITUDES = Decimal("47.7"), Decimal("49.6")

_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
_DATES = tuple(
    map(
        re.compile,
        (
            r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{4})(?:(?P<hour>[0-9]{2})(?P<minute>[0-9]{2}))?",
            rf"(?P<day>[0-9]{{1,2}})\. ?(?P<month>[0-9]{{1,2}})\. ?(?P<year>[0-9]{{4}})(?: +{_TIME})?",
            rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})(?:[ T]{_TIME})?",
        ),
    )
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_KEY = re.compile(r"[0-9]{4}-[0-9]{2}/[0-9]{1,10}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_PLAIN = re.compile(r"[ -~]+")
_AXES = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,16})?)(?:, ?| )([0-9]{1,3}(?:\.[0-9]{1,16})?)")
_FIGURES = re.compile(r"[0-9 .,;+-]+")
_ADDRESS = re.compile(
    r"(?P<street>[^,]{1,100}?)"
    r"(?: (?:(?P<property>[0-9]{1,10})/)?(?P<building>[0-9]{1,5}[A-Za-z]?))?"
    r", ?(?P<postal>[0-9]{3} ?[0-9]{2}) (?P<town>[^,]{1,100})"
)


def read_moment(text: str) -> str:
    """A date with its time as 25 characters in Slovak time; of an hour that comes twice in October the first is meant.

    ``221120261015``, ``22.11.2026 10:15`` or ``2026-11-22 10:15``, perhaps with seconds.
    """
    moment, has_time = _wall_time(text)
    if not has_time:
        raise ValueError("date-time")
    for offset in ("+02:00", "+01:00"):
        if is_slovak_time(dated := f"{moment.isoformat()}{offset}"):
            return dated
    raise ValueError("date-never")


def read_day(text: str) -> str:
    """A day as ``2026-11-22``, written in one of the ways of a moment but without a time."""
    moment, has_time = _wall_time(text)
    if has_time:
        raise ValueError("date-day")
    return moment.date().isoformat()


def _wall_time(text: str) -> tuple[datetime, bool]:
    found = next(filter(None, (pattern.fullmatch(text.strip()) for pattern in _DATES)), None)
    if found is None:
        raise ValueError("date-form")
    parts = found.groupdict()
    year, month, day, hour, minute, second = (int(parts.get(name) or 0) for name in _PARTS)
    try:
        return datetime(year, month, day, hour, minute, second), parts["hour"] is not None
    except ValueError:
        raise ValueError("date-never") from None


def read_reference(text: str) -> str:
    """What names a receipt: its UID, OKP, ``2026-11/57`` or number; of an off-line QR code its OKP."""
    reference = text.strip().partition(":")[0]
    is_number = reference.isascii() and reference.isdigit() and len(reference) <= REFERENCE_MAX
    if not (is_number or is_named(reference) or _KEY.fullmatch(reference)):
        raise ValueError("reference")
    return reference


def is_named(reference: str) -> bool:
    """True for the names that the authority knows too, wherever the receipt was made: a UID or an OKP."""
    return is_uid(reference) or is_okp(reference)


def read_plain(text: str) -> str:
    """The number of an invoice or a voucher: characters 32 to 126, which is all that the message takes there."""
    plain = text.strip()
    if not plain:
        raise ValueError("words-empty")
    if not _PLAIN.fullmatch(plain):
        raise ValueError("words-plain")
    return plain


def read_paragon_number(text: str) -> int:
    """The number of a slip written by hand; nothing typed is 0, which stands for the next one."""
    digits = text.strip()
    if not digits:
        return 0
    if not (_NUMBER.fullmatch(digits) and 1 <= int(digits) <= NUMBER_MAX):
        raise ValueError("paragon-digits")
    return int(digits)


def read_place(text: str) -> Place:
    """``17.165377 48.148962`` (longitude, latitude) or ``Horná 560/7, 98045 Štrkovec``; else other words."""
    place = " ".join(text.split())
    if not place or not place.isprintable() or len(place) > OTHER_MAX:
        raise ValueError("place")
    if _FIGURES.fullmatch(place):
        return Place(gps=_gps(place))
    if found := _ADDRESS.fullmatch(place):
        return Place(address=_address(found))
    return Place(other=place)


def _gps(text: str) -> Gps:
    found = _AXES.fullmatch(text)
    if found is None:
        raise ValueError("place-form")
    for axis, (least, greatest) in zip(found.groups(), (LONGITUDES, LATITUDES), strict=True):
        if not least <= Decimal(axis) <= greatest:
            raise ValueError("place-range")
    return Gps(axis_x=found[1], axis_y=found[2])


def _address(found: re.Match[str]) -> Address:
    return Address(
        municipality=found["town"],
        street_name=found["street"],
        building_number=found["building"] or "",
        property_registration_number=found["property"] or "",
        postal_code=found["postal"].replace(" ", ""),
    )
