"""The locations of a portable register: each is announced once, sent with a new count and Uuid, and answered once.

Sources: reliability 2.1 (I5, I9, I14); IR, RegisterLocationRequest (exactly one of GPS, address and other words).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from controller.verify_content import is_moment
from controller.verify_frames import Broken, Found
from controller.verify_lives import judge_attempt
from controller.verify_shelf import Shelf
from states.fiscal.journal import Moved, MovedAnswered, MovedAttempted, Record
from states.fiscal.place import Location
from states.fiscal.receipt import OVERLOADED


@dataclass(slots=True)
class Stay:
    """What is known so far of one location."""

    seq: int
    segment: int
    offset: int
    key: str
    sending_count: int
    is_answered: bool = False

    @property
    def pending(self) -> str:
        """What is still to be done, empty for nothing."""
        return "" if self.is_answered else "waits to be sent to the authority"


class Places:
    """Remembers every location, by its id."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self.shelf = Shelf(store, "stay", Stay)

    def judge(self, found: Found, record: Record) -> Iterator[Broken]:
        """What this record of a location breaks; it is remembered afterwards."""
        match record:
            case Moved(location, attempt):
                key = f"location {location.id}"
                yield from _content(location)
                yield from judge_attempt(key, attempt, 0)
                place = found.seq, found.segment, found.offset
                self.shelf.put(location.id, Stay(*place, key, attempt.sending_count))
            case MovedAttempted(name) | MovedAnswered(name):
                stay = self.shelf.get(name)
                if stay is None:
                    yield "I5", f"{type(record).__name__} of location {name}, which was never announced"
                elif isinstance(record, MovedAttempted):
                    yield from _attempted(stay, record)
                else:
                    yield from _answered(stay, record)


def _attempted(stay: Stay, record: MovedAttempted) -> Iterator[Broken]:
    yield from judge_attempt(stay.key, record.attempt, stay.sending_count)
    if stay.is_answered:
        yield "I9", f"{stay.key}: sent again after it was answered"
    stay.sending_count = record.attempt.sending_count


def _content(location: Location) -> Iterator[Broken]:
    place = location.place
    if sum(map(bool, (place.gps, place.address, place.other))) != 1:
        yield "-2", f"location {location.id} is not exactly one of GPS, an address and other words"
    if not is_moment(location.create_date):
        yield "I24", f"location {location.id} has no date and time with an offset: {location.create_date!r}"


def _answered(stay: Stay, record: MovedAnswered) -> Iterator[Broken]:
    if stay.is_answered:
        yield "I14", f"{stay.key}: answered twice"
    if record.code == OVERLOADED:
        yield "I14", f"{stay.key}: an overloaded server is no answer"
    stay.is_answered = True
