"""What people type for dates, places and references: read as meant, or refused with a word that has a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings, strategies as st

from states.fiscal.codes import create_date, is_slovak_time
from states.fiscal.place import Address, Gps, Place
from states.fiscal.typed import (
    is_named,
    read_day,
    read_moment,
    read_paragon_number,
    read_place,
    read_plain,
    read_reference,
)
from states.words import WORDS
from tests.fiscal_examples import OKP, UID

READERS = (read_moment, read_day, read_reference, read_plain, read_paragon_number, read_place)
READ_BACK = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31), timezones=st.just(UTC))


def refused(read: Callable[[str], object], text: str) -> str:
    """The word with which this text is refused."""
    with pytest.raises(ValueError, match=r"^[a-z-]+$") as caught:
        read(text)
    return str(caught.value)


def word_for(read: Callable[[str], object], text: str) -> str:
    """The same, empty if it is read."""
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("221120261015", "2026-11-22T10:15:00+01:00"),
        ("22.11.2026 10:15", "2026-11-22T10:15:00+01:00"),
        ("22.11.2026 10:15:30", "2026-11-22T10:15:30+01:00"),
        ("2. 7. 2026 9:05", "2026-07-02T09:05:00+02:00"),
        ("2026-11-22 10:15", "2026-11-22T10:15:00+01:00"),
        (" 2026-11-22T10:15:59 ", "2026-11-22T10:15:59+01:00"),
        ("29.03.2026 01:59", "2026-03-29T01:59:00+01:00"),
        ("29.03.2026 03:00", "2026-03-29T03:00:00+02:00"),
        ("25.10.2026 02:30", "2026-10-25T02:30:00+02:00"),
        ("25.10.2026 03:00", "2026-10-25T03:00:00+01:00"),
        ("29.02.2028 23:59:59", "2028-02-29T23:59:59+01:00"),
        ("31.12.9999 23:59", "9999-12-31T23:59:00+01:00"),
    ],
)
def test_a_moment_has_the_offset_that_is_valid_then(text: str, moment: str) -> None:
    assert read_moment(text) == moment
    assert is_slovak_time(moment)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "date-form"),
        ("22.11.26 10:15", "date-form"),
        ("22112026101", "date-form"),
        ("22/11/2026 10:15", "date-form"),
        ("22.11.2026 10:15 extra", "date-form"),
        ("٢٢١١٢٠٢٦١٠١٥", "date-form"),
        ("22112026", "date-time"),
        ("22.11.2026", "date-time"),
        ("29.03.2026 02:30", "date-never"),
        ("29.02.2026 10:15", "date-never"),
        ("31.04.2026 10:15", "date-never"),
        ("22.13.2026 10:15", "date-never"),
        ("22.11.2026 24:00", "date-never"),
        ("22.11.2026 10:60", "date-never"),
        ("00.01.2026 10:15", "date-never"),
        ("01.01.0000 10:15", "date-never"),
        ("01.01.0001 00:15", "date-never"),
    ],
)
def test_a_moment_that_is_none_is_refused(text: str, word: str) -> None:
    assert refused(read_moment, text) == word


@pytest.mark.parametrize("text", ["22112026", "22.11.2026", "22. 11. 2026", "2026-11-22", " 22.11.2026 "])
def test_a_day_is_read(text: str) -> None:
    assert read_day(text) == "2026-11-22"


@pytest.mark.parametrize(
    ("text", "word"), [("22.11.2026 10:15", "date-day"), ("30.02.2026", "date-never"), ("november", "date-form")]
)
def test_a_day_that_is_none_is_refused(text: str, word: str) -> None:
    assert refused(read_day, text) == word


@given(READ_BACK)
def test_every_moment_of_the_paper_is_read_back(moment: datetime) -> None:
    dated = create_date(moment)
    local = datetime.fromisoformat(dated).replace(tzinfo=None)
    for form in ("%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        read = read_moment(local.strftime(form))
        assert read[:19] == dated[:19]
        assert is_slovak_time(read)
    assert read_moment(local.strftime("%d%m%Y%H%M"))[:16] == dated[:16]
    assert read_day(local.strftime("%d%m%Y")) == dated[:10]


# --- References ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [UID, OKP, OKP.lower(), "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST", "57", "2026-11/57"])
def test_a_reference_is_a_name_or_a_number(text: str) -> None:
    assert read_reference(f"  {text} ") == text
    assert is_named(text) == (len(text) > 30)


def test_an_off_line_qr_code_is_read_as_its_okp() -> None:
    assert read_reference(f"{OKP}:88812345678900001:261122101530:57:12.50") == OKP


@pytest.mark.parametrize(
    "text", ["", " ", "O-123", UID[:-1], OKP + "0", "1" * 45, "57a", "\u0665\u0667", "2026-11/", "2026/57"]
)
def test_anything_else_is_no_reference(text: str) -> None:
    assert refused(read_reference, text) == "reference"


# --- Invoices, vouchers, slips by hand -----------------------------------------------------------------------


def test_plain_words_are_those_that_the_message_takes() -> None:
    assert read_plain(" FV 2026/0001 ") == "FV 2026/0001"
    assert read_plain("".join(map(chr, range(33, 127)))) == "".join(map(chr, range(33, 127)))
    assert refused(read_plain, "  ") == "words-empty"
    for text in ("FČ-1", "a\tb", "a\nb", "a\u00a0b", "\x7f", "€5"):
        assert refused(read_plain, text) == "words-plain"


def test_the_number_of_a_slip_by_hand() -> None:
    assert [read_paragon_number(text) for text in ("", " ", "1", "007", "4294967295")] == [0, 0, 1, 7, 4294967295]
    for text in ("0", "4294967296", "99999999999", "-1", "1.5", "a", "²", "1" * 5000):
        assert refused(read_paragon_number, text) == "paragon-digits"


# --- Places --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["17.165377 48.148962", "17.165377,48.148962", " 17.165377,  48.148962 "])
def test_two_figures_are_a_place_on_the_globe(text: str) -> None:
    assert read_place(text) == Place(gps=Gps(axis_x="17.165377", axis_y="48.148962"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("48.148962 17.165377", "place-range"),
        ("16.7999 48", "place-range"),
        ("22.6001 48", "place-range"),
        ("17 47.6999", "place-range"),
        ("17 49.6001", "place-range"),
        ("17.165377", "place-form"),
        ("17,165377 48,148962", "place-form"),
        ("17.165377 48.148962 200", "place-form"),
        ("-17.1 48.1", "place-form"),
        ("", "place"),
        ("x" * 256, "place"),
        ("a\u202eb", "place"),
    ],
)
def test_a_place_that_is_none_is_refused(text: str, word: str) -> None:
    assert refused(read_place, text) == word


def test_the_edges_of_the_country_are_in_it() -> None:
    for text in ("16.8 47.7", "22.6 49.6"):
        assert read_place(text).gps is not None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Horná 560/7, 98045 Štrkovec", Address("Štrkovec", "Horná", "7", "560", "98045")),
        ("Nám. SNP 17A, 811 06 Bratislava", Address("Bratislava", "Nám. SNP", "17A", "", "81106")),
        ("Trhovisko, 04001 Košice", Address("Košice", "Trhovisko", "", "", "04001")),
        ("29. augusta 36/B, 811 09 Bratislava", Address("Bratislava", "29. augusta 36/B", "", "", "81109")),
    ],
)
def test_street_and_town_are_an_address(text: str, address: Address) -> None:
    assert read_place(text) == Place(address=address)


@pytest.mark.parametrize("text", ["BA-123XY", "Vianočné trhy, Hlavné námestie", "č. 5", "x" * 255])
def test_anything_else_is_other_words(text: str) -> None:
    assert read_place(text) == Place(other=text)


# --- Anything at all -----------------------------------------------------------------------------------------


@settings(max_examples=300)
@example("9" * 20_000)
@example(" " * 20_000)
@example("a " * 10_000 + ", 98045 x")
@given(st.one_of(st.text(), st.text("0123456789.:- ,/T", max_size=60)))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in READERS:
        assert word_for(read, text) in {"", *WORDS}


@given(st.text("0123456789.:- T", max_size=30))
def test_whatever_is_read_as_a_moment_is_a_slovak_time(text: str) -> None:
    try:
        assert is_slovak_time(read_moment(text))
    except ValueError:
        return


@given(st.text(max_size=300))
def test_whatever_is_read_as_a_place_fits_its_message(text: str) -> None:
    try:
        place = read_place(text)
    except ValueError:
        return
    assert sum(map(bool, (place.gps, place.address, place.other))) == 1
    if place.gps:
        assert all(1 <= len(axis) <= 20 for axis in (place.gps.axis_x, place.gps.axis_y))
    if place.address:
        assert all(1 <= len(part) <= 100 for part in (place.address.municipality, place.address.street_name))
        assert len(place.address.building_number) <= 20
        assert len(place.address.property_registration_number) <= 10
        assert len(place.address.postal_code) in (0, 5)
