"""The place of a portable register: told before the first sale there, off-line like a receipt, never told twice."""

from __future__ import annotations

import pytest

from states import effects as do, events as on
from states.fiscal.journal import MovedAnswered
from states.fiscal.place import Address, Location, Place
from states.fiscal.receipt import Attempt
from states.machines.place import PLACE, Announcing, Fixed, Locating, Placed, PlaceKeeping, Unplaced
from states.table import NeverHappens, Rest
from states.words import WORDS
from tests.fiscal_examples import PAYER, SW_ID
from tests.table_rows import Case, hear, named, unused

SQUARE = Place(address=Address("Štrkovec", "Námestie", "7"))
TAXI = Place(other="Taxi ABC EČV=BA123AA")
DATE = "2026-11-23T10:00:00+01:00"
FIRST = Attempt("u-1", DATE, 1)
TAXI_SENT = Location("u-1", TAXI, PAYER, DATE, SW_ID)
REPLY = "<reply/>"
KEYED = on.PlaceKeyed(TAXI)
TAKEN = MovedAnswered("u-1", 0, REPLY)
REFUSED = MovedAnswered("u-1", -110, REPLY)
OFFLINE = on.WentOffline(TAXI_SENT, 1)

AT_SQUARE, AT_TAXI = Placed(SQUARE, "u-0"), Placed(TAXI, "u-1")
SQUARE_SENT = Location("u-0", SQUARE, PAYER, DATE, SW_ID)
GONE, MISTIMED = on.PlaceRefused(SQUARE_SENT, -110), on.PlaceRefused(SQUARE_SENT, -108)

CASES: list[Case] = [
    (Fixed(), KEYED, Fixed(), (do.Beep("not-portable"),)),
    (Unplaced(), KEYED, Announcing(TAXI), (do.Announce(TAXI),)),
    (AT_TAXI, KEYED, AT_TAXI, (do.Beep("place-same"),)),
    (AT_SQUARE, KEYED, Announcing(TAXI), (do.Announce(TAXI),)),
    (AT_SQUARE, MISTIMED, Announcing(SQUARE), (do.Announce(SQUARE),)),
    (AT_SQUARE, GONE, Unplaced(), (do.Beep("place-refused"),)),
    (AT_TAXI, GONE, AT_TAXI, ()),
    (AT_TAXI, MISTIMED, AT_TAXI, ()),
    (
        Announcing(TAXI),
        on.Announced(TAXI_SENT, FIRST),
        Locating(TAXI_SENT, FIRST),
        (do.Locate(TAXI_SENT, FIRST),),
    ),
    (
        Locating(TAXI_SENT, FIRST),
        on.Located(REPLY),
        PlaceKeeping(TAXI_SENT, 0),
        (do.KeepPlace(TAKEN),),
    ),
    (
        Locating(TAXI_SENT, FIRST),
        on.LocateRefused(-110, "", REPLY),
        PlaceKeeping(TAXI_SENT, -110),
        (do.KeepPlace(REFUSED),),
    ),
    (Locating(TAXI_SENT, FIRST), on.LocateRefused(-1, "", REPLY), AT_TAXI, (OFFLINE,)),
    (Locating(TAXI_SENT, FIRST), on.LocateFailed("late"), AT_TAXI, (OFFLINE,)),
    (PlaceKeeping(TAXI_SENT, 0), on.PlaceKept(), AT_TAXI, (on.WentOnline(),)),
    (PlaceKeeping(TAXI_SENT, -110), on.PlaceKept(), Unplaced(), (do.Beep("place-refused"),)),
]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_each_row(case: Case) -> None:
    """What one event makes of one state."""
    state, event, after, wishes = case
    result = hear(PLACE, state, event)
    assert (result.state, result.wishes) == (after, wishes)


def test_no_row_is_left_out() -> None:
    """The cases above drive the whole table."""
    assert unused(PLACE, CASES) == []


@pytest.mark.parametrize("state", [Fixed(), Unplaced(), AT_TAXI])
def test_keys_of_a_register_that_is_nowhere_are_refused_with_the_reason(state: object) -> None:
    """A key that comes here is of a sale, and nothing is sold before the place is known."""
    assert PLACE.step(state, on.DigitPressed("5")) is Rest.REFUSE
    assert PLACE.refusal == "place-unknown"


BUSY = [Announcing(TAXI), Locating(TAXI_SENT, FIRST), PlaceKeeping(TAXI_SENT, 0)]


@pytest.mark.parametrize("state", BUSY)
def test_no_other_place_is_keyed_while_one_is_on_its_way(state: object) -> None:
    """Keys are not heard then."""
    with pytest.raises(NeverHappens):
        PLACE.step(state, on.PlaceKeyed(SQUARE))


@pytest.mark.parametrize("state", BUSY)
def test_what_is_refused_of_an_earlier_place_is_no_news_on_the_way_to_another(state: object) -> None:
    """The register is leaving it."""
    assert PLACE.step(state, GONE) is Rest.IGNORE


def test_what_is_refused_of_a_register_that_is_nowhere_is_no_news() -> None:
    """It has to key a place anyway; and who is not portable any more need not."""
    assert PLACE.step(Unplaced(), GONE) is Rest.IGNORE
    assert PLACE.step(Fixed(), GONE) is Rest.IGNORE


def test_every_refusal_has_a_sentence() -> None:
    """In both languages."""
    notices = {wish.notice for *_, wishes in CASES for wish in wishes if isinstance(wish, do.Beep)}
    assert notices | {PLACE.refusal} <= WORDS.keys()
