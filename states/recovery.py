"""What a power cut left behind, and what is done about it: one decision table, read from the journal alone.

A receipt that is undelivered at start is described by three clues. A combination of them has one
row, or none: then it is a journal that this program cannot have written, and the register stops. Nothing here
asks the world: what recovery decides is journaled first, and then the receipt goes on by its own table.
Source: reliability, chapter 3.3; I8, I10, I15, I18, I19, I28.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from states import effects as do
from states.fiscal import journal
from states.fiscal.codes import read_date
from states.fiscal.journal import History, Record
from states.fiscal.place import Location
from states.fiscal.receipt import Attempt, Form, MailResult, Verdict, Way
from states.journey import Printing, Registering
from states.machines.place import Locating, Placed, Unplaced
from states.queueing import Aside, Unsent, name_of
from states.table import NeverHappens

POWER_CUT = "power-cut"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Chance and time, given to the recovery: a Uuid that was never used, and the time of the attempt."""

    uuid: str
    request_date: str


@dataclass(frozen=True, slots=True)
class Resumption:
    """What is journaled before anything else, the state that the receipt goes on from, and its question."""

    record: Record
    state: Any
    effect: do.Effect


Resume = Callable[[History, Fresh], Resumption]


def ask_again(history: History, fresh: Fresh) -> Resumption:
    """W1 and no W2: the authority may know it; the same receipt is sent again, and no address survived the cut."""
    attempt = Attempt(fresh.uuid, fresh.request_date, history.attempts[-1].sending_count + 1)
    record = journal.Attempted(history.receipt.okp, attempt)
    return Resumption(record, Registering(history.receipt, attempt, ""), do.Register(history.receipt, attempt))


def print_doubtful_mail(history: History, _fresh: Fresh) -> Resumption:
    """W2 for e-mail: the mail may have been accepted; it is never sent again, paper is certain."""
    mail = MailResult(Verdict.IN_DOUBT, POWER_CUT, 0, POWER_CUT)
    record = journal.MailFailed(history.receipt.okp, mail.verdict, mail.phase, mail.code, mail.text)
    return _print(history, record, mail, torn=False)


def print_whole(history: History, _fresh: Fresh) -> Resumption:
    """The way was paper: how much came out is not known; the torn part is voided and the original printed whole."""
    failed = history.mail_failed
    mail = MailResult(failed.verdict, failed.phase, failed.code, failed.text) if failed else None
    return _print(history, journal.PrintInterrupted(history.receipt.okp, POWER_CUT), mail, torn=True)


def _print(history: History, record: Record, mail: MailResult | None, *, torn: bool) -> Resumption:
    uid = history.outcome.uid if history.outcome else ""
    state = Printing(history.receipt, uid, mail)
    return Resumption(record, state, do.Print(history.receipt, uid, torn=torn))


Clues = tuple[Form | None, Way | None, bool]

CASES: dict[Clues, Resume] = {
    #  outcome     way          mail failed
    (None, None, False): ask_again,
    (Form.ONLINE, Way.EMAIL, False): print_doubtful_mail,
    (Form.ONLINE, Way.EMAIL, True): print_whole,
    (Form.ONLINE, Way.PRINT, False): print_whole,
    (Form.OFFLINE, Way.PRINT, False): print_whole,
}
"""Every other combination is a journal that this program cannot have written: the register stops."""


def clues(history: History) -> Clues:
    """What the journal says of an undelivered receipt."""
    outcome = history.outcome
    return (outcome.form if outcome else None, outcome.way if outcome else None, history.mail_failed is not None)


def resume(history: History, fresh: Fresh) -> Resumption:
    """How an undelivered receipt goes on; NeverHappens if its records contradict each other."""
    assert history.is_undelivered
    case = CASES.get(clues(history))
    if case is None:
        raise NeverHappens(f"the journal of {history.receipt.key} contradicts itself: {clues(history)}")
    return case(history, fresh)


def unsent(histories: Iterable[History], locations: tuple[Unsent, ...] = ()) -> tuple[Unsent, ...]:
    """The outbox's queue, oldest first; a receipt that is being printed again is in it too."""
    receipts = [Unsent(one.receipt, one.attempts[-1].sending_count) for one in histories if one.is_unsent]
    return tuple(sorted((*receipts, *locations), key=lambda one: read_date(one.message.create_date)))


def set_aside(histories: Iterable[History]) -> tuple[Aside, ...]:
    """The off-line receipts that were refused later, in the order given; the storage leaves out what was repaired."""
    return tuple(
        Aside(one.receipt, one.resolved.code) for one in histories if one.resolved is not None and one.is_aside
    )


@dataclass(frozen=True, slots=True)
class Places:
    """What the records of locations say: the one that the register is at, which was taken or waits; and those that
    wait, oldest first."""

    here: Location | None = None
    unsent: tuple[Unsent, ...] = ()

    def after(self, record: Record) -> Places:
        """With one more record, whatever its kind; NeverHappens for one of a location that does not wait."""
        match record:
            case journal.Moved(location, attempt):
                return Places(location, (*self.unsent, Unsent(location, attempt.sending_count)))
            case journal.MovedAttempted(name, attempt):
                counted = replace(self._find(name), sending_count=attempt.sending_count)
                return replace(self, unsent=tuple(counted if one == self._find(name) else one for one in self.unsent))
            case journal.MovedAnswered(name, code):
                answered = self._find(name)
                waiting = tuple(one for one in self.unsent if one != answered)
                is_lost = bool(code) and self.here is not None and self.here.id == name
                return Places(None if is_lost else self.here, waiting)
        return self

    def _find(self, name: str) -> Unsent:
        found = next((one for one in self.unsent if name_of(one.message) == name), None)
        if found is None:
            raise NeverHappens(f"a record of a location that does not wait: {name}")
        return found

    @property
    def first(self) -> Unsent | None:
        """The place of now while the authority has not answered: it is asked again before anything is sold."""
        return next((one for one in self.unsent if one.message == self.here), None)

    @property
    def later(self) -> tuple[Unsent, ...]:
        """The places of before that still wait: they are for the outbox."""
        return tuple(one for one in self.unsent if one.message != self.here)


def places(records: Iterable[Record]) -> Places:
    """Fold the journal's records of locations, oldest first."""
    return reduce(Places.after, records, Places())


def resume_place(found: Places) -> Unplaced | Placed:
    """Where a portable register starts that the authority has answered; what was not durable is keyed again."""
    return Unplaced() if found.here is None else Placed(found.here.place, found.here.id)


def locate_again(location: Location, sending_count: int, fresh: Fresh) -> Resumption:
    """W1 of a place and no answer: the same location is sent again, as a receipt is."""
    attempt = Attempt(fresh.uuid, fresh.request_date, sending_count + 1)
    record = journal.MovedAttempted(location.id, attempt)
    return Resumption(record, Locating(location, attempt), do.Locate(location, attempt))
