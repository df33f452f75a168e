"""What a power cut left behind, and what is done about it: one decision table, read from the journal alone.

A receipt is described by its clues; the first case that they fit decides. The last cases are journals that this program
cannot have written: the register stops, and at the third start goes on without the receipt. Nothing here asks the
world: what recovery decides is journaled first, and then the receipt goes on by its own table.
Source: reliability, chapter 3.3; I8, I10, I15, I18, I19, I21, I28.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NamedTuple

from states import effects as do
from states.fiscal import journal
from states.fiscal.codes import read_date
from states.fiscal.journal import History, Record
from states.fiscal.place import Location
from states.fiscal.receipt import Attempt, Form, MailResult, Verdict, Way
from states.journey import Printing, Registering
from states.machines.place import Locating, Placed, Unplaced
from states.poison import POWER_CUT, STARTS_MAX, last_sent, starts_without_answer, starts_without_delivery
from states.queueing import Aside, Unsent, name_of
from states.table import NeverHappens


@dataclass(frozen=True, slots=True)
class Fresh:
    """Chance and time, given to the recovery: a Uuid that was never used, and the time of the attempt."""

    uuid: str
    request_date: str


@dataclass(frozen=True, slots=True)
class Resumption:
    """What is journaled before anything else, the state that the receipt goes on from, and its question; neither state
    nor question if it does not go on."""

    record: Record
    state: Any = None
    effect: do.Effect | None = None


Decision = Callable[[History, Fresh, int], Resumption | None]


def leave(_history: History, _fresh: Fresh, _starts: int) -> None:
    """Nothing is to be done for the customer."""


def give_up(history: History, _fresh: Fresh, starts: int) -> Resumption:
    """The third start with it: the register goes on without it, and the cashier is told."""
    return Resumption(journal.SetAside(history.receipt.okp, starts))


def ask_again(history: History, fresh: Fresh, _starts: int) -> Resumption:
    """W1 and no W2: the authority may know it; the same receipt is sent again, and no address survived the cut."""
    attempt = Attempt(fresh.uuid, fresh.request_date, history.attempts[-1].sending_count + 1)
    record = journal.Attempted(history.receipt.okp, attempt)
    return Resumption(record, Registering(history.receipt, attempt, ""), do.Register(history.receipt, attempt))


def print_doubtful_mail(history: History, _fresh: Fresh, _starts: int) -> Resumption:
    """W2 for e-mail: the mail may have been accepted; it is never sent again, paper is certain."""
    mail = MailResult(Verdict.IN_DOUBT, POWER_CUT, 0, POWER_CUT)
    record = journal.MailFailed(history.receipt.okp, mail.verdict, mail.phase, mail.code, mail.text)
    return _print(history, record, mail, torn=False)


def print_whole(history: History, _fresh: Fresh, _starts: int) -> Resumption:
    """The way was paper: how much came out is not known; the torn part is voided and the original printed whole."""
    failed = history.mail_failed
    mail = MailResult(failed.verdict, failed.phase, failed.code, failed.text) if failed else None
    return _print(history, journal.PrintInterrupted(history.receipt.okp, POWER_CUT), mail, torn=True)


def _print(history: History, record: Record, mail: MailResult | None, *, torn: bool) -> Resumption:
    uid = history.outcome.uid if history.outcome else ""
    state = Printing(history.receipt, uid, mail)
    return Resumption(record, state, do.Print(history.receipt, uid, torn=torn))


def stop(history: History, _fresh: Fresh, starts: int) -> Resumption:
    """Its records contradict each other: NeverHappens, and nothing is sold until somebody has seen it."""
    raise NeverHappens(f"the journal of {history.receipt.key} contradicts itself: {clues(history, starts)}")


class Clues(NamedTuple):
    """What the journal says of a receipt: its outcome and way, whether the mail failed, a print was interrupted, an
    answer came later, how it was delivered; ``aside``: whether it was set aside, False if a person had it sent again
    since, None if never; and whether this is the third start with it."""

    form: Form | None
    way: Way | None
    mail_failed: bool
    interrupted: bool
    answered: bool
    delivered: Way | None
    aside: bool | None
    third: bool


class Case(NamedTuple):
    """The clues that fit (of each any of these), the decision, and its law; of ``stop`` why it cannot be."""

    fits: tuple[tuple[Form | Way | bool | None, ...], ...]
    decision: Decision
    because: str

    def takes(self, found: Clues) -> bool:
        """Each clue is one of those that fit."""
        return all(clue in any_of for clue, any_of in zip(found, self.fits, strict=True))


NO, YES, EITHER = (False,), (True,), (False, True)
NONE, ON, OFF, REFUSED = (None,), (Form.ONLINE,), (Form.OFFLINE,), (Form.REFUSED,)
MAIL, PAPER, BY = (Way.EMAIL,), (Way.PRINT,), tuple(Way)
FORMS, WAYS = (None, *Form), (None, *Way)
NEVER, WAITS, ASIDE = (None,), (None, False), (None, False, True)

# fmt: off
CASES = (
    #     outcome way    mail    print     answered delivered aside third
    #                    failed  interrupt later                            decision             because
    Case((OFF,    PAPER, EITHER, EITHER,   NO,      WAYS,  WAITS,  YES),    give_up,             "R-45"),
    Case((FORMS,  WAYS,  EITHER, EITHER,   EITHER,  BY,    ASIDE,  EITHER), leave,               "R-14"),
    Case((REFUSED, WAYS, EITHER, EITHER,   EITHER,  NONE,  ASIDE,  EITHER), leave,               "R-10"),
    Case((FORMS,  WAYS,  EITHER, EITHER,   EITHER,  NONE,  EITHER, EITHER), leave,               "R-45"),
    Case((FORMS,  WAYS,  EITHER, EITHER,   EITHER,  NONE,  NEVER,  YES),    give_up,             "R-45"),
    Case((NONE,   NONE,  NO,     NO,       NO,      NONE,  NEVER,  NO),     ask_again,           "R-19"),
    Case((ON,     MAIL,  NO,     NO,       NO,      NONE,  NEVER,  NO),     print_doubtful_mail, "R-13"),
    Case((ON,     MAIL,  YES,    EITHER,   NO,      NONE,  NEVER,  NO),     print_whole,         "R-15"),
    Case((ON,     PAPER, NO,     EITHER,   NO,      NONE,  NEVER,  NO),     print_whole,         "R-15"),
    Case((OFF,    PAPER, NO,     EITHER,   EITHER,  NONE,  NEVER,  NO),     print_whole,         "R-15"),
    Case((NONE,   BY,    EITHER, EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "the outcome says the way"),
    Case((NONE,   NONE,  YES,    EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "a mail leaves after the outcome"),
    Case((NONE,   NONE,  NO,     YES,      EITHER,  NONE,  NEVER,  NO),     stop, "a print begins after the outcome"),
    Case((NONE,   NONE,  NO,     NO,       YES,     NONE,  NEVER,  NO),     stop, "what waits has an outcome"),
    Case((ON,     NONE,  EITHER, EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "what has a UID has a way"),
    Case((ON,     MAIL,  NO,     YES,      EITHER,  NONE,  NEVER,  NO),     stop, "paper follows a failed mail"),
    Case((ON,     PAPER, YES,    EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "no mail left"),
    Case((ON,     BY,    EITHER, EITHER,   YES,     NONE,  NEVER,  NO),     stop, "what has a UID does not wait"),
    Case((OFF,    NONE,  EITHER, EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "what is off-line has a way"),
    Case((OFF,    MAIL,  EITHER, EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "what is off-line is never mailed"),
    Case((OFF,    PAPER, YES,    EITHER,   EITHER,  NONE,  NEVER,  NO),     stop, "no mail left"),
)
# fmt: on
"""The first that fits decides. How often it was sent is no clue: every count may be found everywhere."""


def clues(history: History, starts: int) -> Clues:
    """What the journal says of a receipt with which the register is started so many times."""
    outcome, delivered = history.outcome, history.delivered
    return Clues(
        form=outcome.form if outcome else None,
        way=outcome.way if outcome else None,
        mail_failed=history.mail_failed is not None,
        interrupted=bool(history.interruptions),
        answered=history.resolved is not None,
        delivered=delivered.way if delivered else None,
        aside=history.is_given_up if history.set_aside else None,
        third=starts >= STARTS_MAX,
    )


def case_of(found: Clues) -> Case:
    """The case that decides."""
    return next(case for case in CASES if case.takes(found))


def resume(history: History, fresh: Fresh, starts: int = 1) -> Resumption | None:
    """How a receipt goes on that so many starts in a row, this one included, have found where it is; None if it is
    done with. NeverHappens if its records contradict each other."""
    return case_of(clues(history, starts)).decision(history, fresh, starts)


def starts_with(history: History, recent: Sequence[Record]) -> int:
    """How many starts in a row, this one included, found this receipt where it is; 1 for one that nobody waits for.

    ``recent`` are the newest records, the Opened of this start and what it wrote since among them.
    """
    if history.is_undelivered:
        return starts_without_delivery(history.receipt.okp, recent)
    if history.is_unsent and last_sent(recent) == history.receipt.okp:
        return starts_without_answer(history.receipt.okp, recent)
    return 1


def unsent(histories: Iterable[History], locations: tuple[Unsent, ...] = ()) -> tuple[Unsent, ...]:
    """The outbox's queue, oldest first; a receipt that is being printed again is in it too."""
    receipts = [Unsent(one.receipt, one.attempts[-1].sending_count) for one in histories if one.is_unsent]
    return tuple(sorted((*receipts, *locations), key=lambda one: read_date(one.message.create_date)))


def set_aside(histories: Iterable[History]) -> tuple[Aside, ...]:
    """What nobody sends by itself any more, in the order given; the storage leaves out what was repaired, and what was
    to be repaired by one that was given up is not repaired twice."""
    known = tuple(histories)
    repaired = {one.receipt.sale.repairs for one in known if one.is_given_up}
    return tuple(aside_of(one) for one in known if one.is_aside and one.receipt.okp not in repaired)


def aside_of(history: History) -> Aside:
    """A receipt that was refused later, with the code; or one that was given up, with its count if it is off-line."""
    if history.resolved is not None:
        return Aside(history.receipt, history.resolved.code)
    return Aside(history.receipt, 0, history.attempts[-1].sending_count if history.outcome else 0)


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
