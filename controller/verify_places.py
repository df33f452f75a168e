"""The locations of a portable register: each is announced once, sent with a new count and Uuid, and answered once.

Sources: reliability 2.1 (I5, I9, I14); IR, RegisterLocationRequest (exactly one of GPS, address and other words).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.verify_content import is_moment
from controller.verify_frames import Broken
from controller.verify_lives import Attempts
from states.fiscal.journal import Moved, MovedAnswered, MovedAttempted, Record
from states.fiscal.place import Location
from states.fiscal.receipt import OVERLOADED


@dataclass(slots=True)
class Stay:
    """What is known so far of one location."""

    seq: int
    key: str
    sending_count: int
    is_answered: bool = False

    @property
    def pending(self) -> str:
        """What is still to be done, empty for nothing."""
        return "" if self.is_answered else "waits to be sent to the authority"


class Places:
    """Remembers every location, by its id."""

    def __init__(self, attempts: Attempts) -> None:
        self.stays: dict[str, Stay] = {}
        self._attempts = attempts

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Moved(location, attempt):
                yield from _content(location)
                if location.id in self.stays:
                    yield "I5", f"location {location.id} was announced before"
                yield from self._attempts.judge(f"location {location.id}", attempt, 0)
                self.stays[location.id] = Stay(seq, f"location {location.id}", attempt.sending_count)
            case MovedAttempted(name) | MovedAnswered(name) if name not in self.stays:
                yield "I5", f"{type(record).__name__} of location {name}, which was never announced"
            case MovedAttempted(name):
                yield from self._attempted(self.stays[name], record)
            case MovedAnswered(name):
                yield from _answered(self.stays[name], record)

    def _attempted(self, stay: Stay, record: MovedAttempted) -> Iterator[Broken]:
        yield from self._attempts.judge(stay.key, record.attempt, stay.sending_count)
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
