"""A portable register on the road: its place, its outbox and its journal, and a power cut at every moment."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.journal import Record
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Attempt
from states.machines.outbox import OUTBOX, Resending, Resolving, Resting
from states.machines.place import PLACE, Announcing, Locating, Placed, PlaceKeeping, Unplaced
from states.queueing import Box, Unsent, name_of
from states.recovery import places, resume_place
from states.table import Rest
from tests.fiscal_examples import PAYER, SW_ID
from tests.table_rows import hear

DATE = "2026-11-23T08:00:00+01:00"
PLACES = (Place(other="Námestie"), Place(other="Taxi EČV=BA123AA"))
REFUSALS = (-1, -108, -110)


class Travels:
    """Two machines that hear each other's facts; what was asked is durable when it is answered."""

    def __init__(self) -> None:
        self.place: Any = Unplaced()
        self.box: Any = Resting(Box(60.0))
        self.asked: list[do.Effect] = []
        self.records: list[Record] = []

    def hear(self, event: on.Event) -> None:
        """One event, heard by each of the two that knows it, with the facts that follow."""
        for table, name in ((PLACE, "place"), (OUTBOX, "box")):
            result = table.step(getattr(self, name), event) if table.knows(event) else Rest.IGNORE
            if isinstance(result, Rest):
                continue
            setattr(self, name, hear(table, getattr(self, name), event).state)
            self.asked += [wish for wish in result.wishes if isinstance(wish, do.Effect) and wish.brings]
            for fact in result.wishes:
                if isinstance(fact, on.Fact):
                    self.hear(fact)

    def move(self, place: Place) -> None:
        """The cashier keys a place, if keys are heard."""
        if isinstance(self.place, Placed | Unplaced):
            self.hear(on.PlaceKeyed(place))

    def send(self) -> None:
        """The authority is tried."""
        self.hear(on.SendNowKeyed())

    def answer(self, chance: int) -> None:
        """The world answers one of the questions, those to the journal in their order."""
        stored = [wish for wish in self.asked if wish.lane is do.Lane.STORAGE][:1]
        open_now = [wish for wish in self.asked if wish.lane is not do.Lane.STORAGE] + stored
        if open_now:
            question = open_now[chance % len(open_now)]
            self.asked.remove(question)
            self.hear(self.brought(question, chance // 3))

    def hear_last(self, event: on.Event) -> None:
        """This is the answer to what was asked last."""
        self.asked.pop()
        self.hear(event)

    def brought(self, question: do.Effect, chance: int) -> on.Event:
        """The answer; what it makes durable is in the journal."""
        code, how = REFUSALS[chance % 3], chance // 3 % 3
        match question:
            case do.Announce(place):
                name = f"m-{len(self.records)}"
                moved = journal.Moved(Location(name, place, PAYER, DATE, SW_ID), Attempt(name, DATE, 1))
                self.records.append(moved)
                return on.Announced(moved.location, moved.attempt)
            case do.Locate():
                return (on.Located(""), on.LocateFailed("late"), on.LocateRefused(code, "", ""))[how]
            case do.KeepPlace(record):
                self.records.append(record)
                return on.PlaceKept()
            case do.Reattempt(message, count):
                assert isinstance(message, Location)
                attempt = Attempt(f"{message.id}-{count}", DATE, count)
                self.records.append(journal.MovedAttempted(message.id, attempt))
                return on.Reattempted(attempt)
            case do.Resend():
                return (on.Resent("", ""), on.ResendFailed("late", True), on.ResendRefused(code, "", ""))[
                    chance // 3 % 3
                ]
            case do.Resolve(record):
                self.records.append(record)
                return on.Resolved()
        raise AssertionError(question)


def counted(waiting: Iterable[Unsent]) -> list[tuple[str, int]]:
    """What waits and how often it was sent, oldest first; with which something seems amiss is not in the journal."""
    return sorted((name_of(one.message), one.sending_count) for one in waiting)


def check_restart(travels: Travels) -> None:
    """What the journal says now is what the machines know, but for what is not durable yet."""
    found = places(travels.records)
    queue: tuple[Unsent, ...] = travels.box.box.queue
    state = resume_place(found)
    match travels.place:
        case Locating(location=location) | PlaceKeeping(location=location):
            assert found.first == Unsent(location, 1)
            assert counted(found.later) == counted(queue)
            return
    assert counted(found.unsent) == counted(queue)
    if isinstance(travels.box, Resolving) and travels.box.code:
        return
    if not isinstance(travels.place, Announcing):
        assert state == travels.place


def check_knowledge(travels: Travels) -> None:
    """R-37: where it sells the authority knows it, or has its location in the outbox."""
    if isinstance(travels.place, Placed):
        taken = [one.id for one in travels.records if isinstance(one, journal.MovedAnswered) and not one.code]
        waiting = [one.message.id for one in travels.box.box.queue if isinstance(one.message, Location)]
        assert travels.place.id in (*taken, *waiting)


@pytest.mark.parametrize("seed", range(20))
def test_a_power_cut_on_the_road_changes_nothing(seed: int) -> None:
    """I28: after any moves and answers the journal leads to the same place, and to the same locations that wait."""
    chance = Random(seed)
    for _ in range(20):
        travels = Travels()
        for _ in range(60):
            what = chance.randrange(6)
            if what == 0:
                travels.move(chance.choice(PLACES))
            elif what == 1:
                travels.send()
            else:
                travels.answer(chance.randrange(54))
            check_restart(travels)
            check_knowledge(travels)


def test_r_38_a_place_whose_time_lay_ahead_is_announced_anew_once() -> None:
    """Off-line, refused with -108 by the outbox, announced with the time of now, taken."""
    travels = Travels()
    travels.move(PLACES[0])
    travels.answer(0)
    travels.hear_last(on.LocateFailed("late"))
    travels.send()
    travels.answer(0)
    assert isinstance(travels.box, Resending)
    travels.hear_last(on.ResendRefused(-108, "", ""))
    assert travels.place == Announcing(PLACES[0])
    for _ in range(4):
        travels.answer(0)
    names = [type(record).__name__ for record in travels.records]
    assert names == ["Moved", "MovedAttempted", "MovedAnswered", "Moved", "MovedAnswered"]
    assert isinstance(travels.place, Placed)
    assert (travels.asked, travels.box.box.queue) == ([], ())
