"""The place of a portable register: the authority hears of a new one before the first sale there.

Sources: IR (RegisterLocationRequest); protocol 8. A location is sent like a receipt: durable first (W1), within the
limit of a sale, and by the outbox if there was no answer; then the register may sell.
"""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.fiscal.journal import MovedAnswered
from states.fiscal.place import Location, Place
from states.fiscal.receipt import OVERLOADED, TIME_CODES, Attempt
from states.table import Rest, Row, Table, Then, otherwise, then


@dataclass(frozen=True, slots=True)
class Fixed:
    """The register is not portable."""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """The authority knows no place of this portable register: nothing may be sold."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The register sells here; the authority knows it, or the outbox has its location, of this id."""

    place: Place
    id: str


@dataclass(frozen=True, slots=True)
class Announcing:
    """A new location is on its way to the journal."""

    place: Place


@dataclass(frozen=True, slots=True)
class Locating:
    """The location is on its way to the authority."""

    location: Location
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class PlaceKeeping:
    """The authority's answer is on its way to the journal; ``code`` is 0 if it took the location."""

    location: Location
    code: int


def announce(_state: Unplaced | Placed, event: on.PlaceKeyed) -> Then[Announcing]:
    """The location gets its date and becomes durable."""
    return then(Announcing(event.place), do.Announce(event.place))


def is_same(state: Placed, event: on.PlaceKeyed) -> bool:
    """It is the place of now."""
    return event.place == state.place


def refuse_fixed(state: Fixed, _event: on.PlaceKeyed) -> Then[Fixed]:
    """The place of this register stands in its identity data."""
    return then(state, do.Beep("not-portable"))


def refuse_same(state: Placed, _event: on.PlaceKeyed) -> Then[Placed]:
    """The authority is told of changes only."""
    return then(state, do.Beep("place-same"))


def is_elsewhere(state: Placed, event: on.PlaceRefused) -> bool:
    """The register has moved on since."""
    return event.location.id != state.id


def stay(state: Placed, _event: on.PlaceRefused) -> Then[Placed]:
    """What was refused is of no concern any more."""
    return then(state)


def is_mistimed(_state: Placed, event: on.PlaceRefused) -> bool:
    """It was refused for its time only."""
    return event.code in TIME_CODES


def announce_anew(state: Placed, _event: on.PlaceRefused) -> Then[Announcing]:
    """The same place, with the time of now."""
    return then(Announcing(state.place), do.Announce(state.place))


def lose_place(_state: Placed, _event: on.PlaceRefused) -> Then[Unplaced]:
    """The authority does not know where the register is: the cashier keys the place again before the next sale."""
    return then(Unplaced(), do.Beep("place-refused"))


def locate(_state: Announcing, event: on.Announced) -> Then[Locating]:
    """W1 is durable: the location may leave."""
    return then(Locating(event.location, event.attempt), do.Locate(event.location, event.attempt))


def keep_taken(state: Locating, event: on.Located) -> Then[PlaceKeeping]:
    """The authority knows the place."""
    record = MovedAnswered(state.location.id, 0, event.reply)
    return then(PlaceKeeping(state.location, 0), do.KeepPlace(record))


def is_overloaded(_state: Locating, event: on.LocateRefused) -> bool:
    """-1 is an overloaded server, not a refusal."""
    return event.code == OVERLOADED


def keep_refused(state: Locating, event: on.LocateRefused) -> Then[PlaceKeeping]:
    """The authority does not take the place."""
    record = MovedAnswered(state.location.id, event.code, event.reply)
    return then(PlaceKeeping(state.location, event.code), do.KeepPlace(record))


def go_offline(state: Locating, _event: on.LocateFailed | on.LocateRefused) -> Then[Placed]:
    """W1 is durable, so the outbox sends the location later, and the register sells here."""
    location = state.location
    return then(Placed(location.place, location.id), on.WentOffline(location, state.attempt.sending_count))


def is_taken(state: PlaceKeeping, _event: on.PlaceKept) -> bool:
    """The authority took it."""
    return not state.code


def settle(state: PlaceKeeping, _event: on.PlaceKept) -> Then[Placed]:
    """The register sells here."""
    return then(Placed(state.location.place, state.location.id), on.WentOnline())


def give_up(_state: PlaceKeeping, _event: on.PlaceKept) -> Then[Unplaced]:
    """The register is no longer where it was, and where it is nobody knows: the cashier keys the place again."""
    return then(Unplaced(), do.Beep("place-refused"))


# fmt: off
PLACE = Table(
    name="place",
    initial=Fixed,
    rest={
        on.Key: Rest.REFUSE,
        on.Beginning: Rest.REFUSE,
        on.PlaceRefused: Rest.IGNORE,
        on.Fact: Rest.NEVER,
        on.Answer: Rest.NEVER,
    },
    refusal="place-unknown",
    rows=(
        #   in state      on event          when           go to         doing          because
        Row(Fixed,        on.PlaceKeyed,    otherwise,     Fixed,        refuse_fixed,  "R-25"),
        Row(Unplaced,     on.PlaceKeyed,    otherwise,     Announcing,   announce,      "R-37"),
        Row(Placed,       on.PlaceKeyed,    is_same,       Placed,       refuse_same,   "R-25"),
        Row(Placed,       on.PlaceKeyed,    otherwise,     Announcing,   announce,      "R-37"),
        Row(Placed,       on.PlaceRefused,  is_elsewhere,  Placed,       stay,          "R-37"),
        Row(Placed,       on.PlaceRefused,  is_mistimed,   Announcing,   announce_anew, "R-38"),
        Row(Placed,       on.PlaceRefused,  otherwise,     Unplaced,     lose_place,    "R-37"),
        Row(Announcing,   on.Announced,     otherwise,     Locating,     locate,        "R-37"),
        Row(Locating,     on.Located,       otherwise,     PlaceKeeping, keep_taken,    "R-37"),
        Row(Locating,     on.LocateRefused, is_overloaded, Placed,       go_offline,    "R-16"),
        Row(Locating,     on.LocateRefused, otherwise,     PlaceKeeping, keep_refused,  "R-37"),
        Row(Locating,     on.LocateFailed,  otherwise,     Placed,       go_offline,    "R-37"),
        Row(PlaceKeeping, on.PlaceKept,     is_taken,      Placed,       settle,        "R-37"),
        Row(PlaceKeeping, on.PlaceKept,     otherwise,     Unplaced,     give_up,       "R-37"),
    ),
)
# fmt: on
