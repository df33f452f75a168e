"""Every receipt of the journal, played again through the tables to the same end.

The records of a receipt are turned back into the events that made them; the table must then want exactly the
records that the journal holds, in the same order. The path is what an auditor reads: states, times and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from drivers.clock_system import BRATISLAVA
from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.journal import History, Stored
from states.fiscal.receipt import OVERLOADED, Form, Way
from states.journey import AwaitingPaper, Composing
from states.machines.outbox import OUTBOX, Resending, Resting, Unsent
from states.machines.receipt import RECEIPT
from states.recovery import POWER_CUT, Fresh, resume
from states.table import NeverHappens, Rest


class ReplayDiffers(Exception):
    """The tables lead elsewhere than the journal says."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A state that the receipt was in, since when (the durable record before it), and the event that led there."""

    state: str
    at: datetime
    because: str


@dataclass(slots=True)
class Replay:
    """One receipt on its way through the table."""

    history: History
    state: Any
    at: datetime
    path: list[Passage] = field(default_factory=list)

    def step(self, event: on.Event) -> do.Effect | None:
        """Hear the event; the question that follows from it, if any."""
        result = RECEIPT.step(self.state, event)
        if isinstance(result, Rest):
            raise ReplayDiffers(f"{type(event).__name__} rests in {type(self.state).__name__}")
        self.enter(result.state, type(event).__name__)
        questions = [wish for wish in result.wishes if isinstance(wish, do.Effect) and wish.brings]
        return questions[0] if questions else None

    def enter(self, state: Any, because: str) -> None:
        """The receipt is in this state now."""
        self.state = state
        self.path.append(Passage(type(state).__name__, self.at, because))

    def keep(self, event: on.Event, record: journal.Record) -> None:
        """The event must make the table want exactly this record; then it is durable."""
        wanted = self.step(event)
        if not isinstance(wanted, do.Keep) or wanted.record != record:
            raise ReplayDiffers(f"{type(event).__name__} does not lead to the {type(record).__name__} of the journal")
        self.step(on.Kept())


def replay(stored: Iterable[Stored]) -> Replay:
    """Play the records of one receipt, oldest first, its Intent first.

    Raises:
      ReplayDiffers: the tables lead elsewhere than the journal says.
    """
    records = list(stored)
    first = records[0].record
    assert isinstance(first, journal.Intent)
    sale = first.receipt.sale
    one = Replay(History(first.receipt, (first.attempt,)), None, at_of(records[0]))
    one.enter(Composing(sale.basket_id, sale.items, sale.tenders[:-1], sale.email_masked), "")
    wanted = one.step(on.TenderKeyed(sale.tenders[-1].kind, sale.tenders[-1].cents))
    if wanted != do.Seal(sale):
        raise ReplayDiffers("the tenders do not settle the basket as the journal says")
    one.step(on.Sealed(first.receipt, first.attempt))
    for each in records[1:]:
        one.at = at_of(each)
        try:
            follow(one, each.record)
        except NeverHappens as error:
            raise ReplayDiffers(str(error)) from error
        one.history = one.history.after(each.record)
    return one


def follow(one: Replay, record: journal.Record) -> None:
    """Turn a record back into the event that made it, and play that."""
    if is_recovery(one.history, record):
        follow_recovery(one, record)
    elif isinstance(record, journal.Attempted | journal.Resolved):
        follow_outbox(one.history, record)
    else:
        if isinstance(one.state, AwaitingPaper):
            one.step(on.EnterPressed())
        one.keep(event_of(record), record)


def event_of(record: journal.Record) -> on.Event:
    """The answer of the world behind a record."""
    match record:
        case journal.Outcome():
            return answer_of(record)
        case journal.MailFailed():
            return on.EmailFailed(record.text, record.verdict, record.phase, record.code)
        case journal.PrintInterrupted():
            return on.PrintFailed(record.reason)
        case journal.Delivered(way=Way.EMAIL):
            return on.Emailed(record.evidence)
        case journal.Delivered():
            return on.Printed()
    raise ReplayDiffers(f"a second {type(record).__name__}")


def is_recovery(history: History, record: journal.Record) -> bool:
    """Whether recovery wrote it: after a power cut, or a further attempt before there was an outcome."""
    match record:
        case journal.MailFailed(phase=reason) | journal.PrintInterrupted(reason=reason):
            return reason == POWER_CUT
    return isinstance(record, journal.Attempted) and history.outcome is None


def follow_outbox(history: History, record: journal.Attempted | journal.Resolved) -> None:
    """The outbox sent it again: its table must want exactly this attempt, or this end."""
    unsent = (Unsent(history.receipt, history.attempts[-1].sending_count),)
    if isinstance(record, journal.Attempted):
        result = OUTBOX.step(Resting(0, unsent), on.WentOnline())
        wanted: do.Effect = do.Reattempt(history.receipt, record.attempt.sending_count)
    else:
        resent = on.Resent(record.uid, record.reply) if record.uid else on.ResendRefused(record.code, "", record.reply)
        result = OUTBOX.step(Resending(0, unsent, history.attempts[-1]), resent)
        wanted = do.Resolve(record)
    if isinstance(result, Rest) or wanted not in result.wishes or not history.is_unsent:
        raise ReplayDiffers(f"the outbox does not lead to the {type(record).__name__} of the journal")


def follow_recovery(one: Replay, record: journal.Record) -> None:
    """The power was cut: the recovery table must want exactly this record."""
    attempt = record.attempt if isinstance(record, journal.Attempted) else one.history.attempts[-1]
    resumption = resume(one.history, Fresh(attempt.uuid, attempt.request_date))
    if resumption.record != record:
        raise ReplayDiffers(f"recovery does not lead to the {type(record).__name__} of the journal")
    one.enter(resumption.state, "power cut")


def answer_of(outcome: journal.Outcome) -> on.Event:
    """The authority's answer, or its silence, behind an outcome."""
    if outcome.form is Form.ONLINE:
        return on.Registered(outcome.uid, outcome.reply)
    if outcome.form is Form.REFUSED or outcome.code == OVERLOADED:
        return on.RegisterRefused(outcome.code, "" if outcome.code == OVERLOADED else outcome.reason, outcome.reply)
    return on.RegisterFailed(outcome.reason, sent=True)


def at_of(stored: Stored) -> datetime:
    """When the record was written, in Slovak time."""
    return datetime.fromtimestamp(stored.at_ns / 1e9, UTC).astimezone(BRATISLAVA)


def path_of(one: Replay) -> tuple[str, ...]:
    """The names of the states in order, without the next customer's basket."""
    names = [passage.state for passage in one.path]
    return tuple(names[:-1] if len(names) > 1 and names[-1] == "Composing" else names)


def why(history: History) -> str:
    """In one sentence: how the receipt reached the customer, and why in this way."""
    outcome, failed = history.outcome, history.mail_failed
    if outcome is None:
        return "the power was cut before the authority's answer was durable"
    if outcome.form is not Form.REFUSED and history.delivered is None:
        return "not handed out yet: the next start goes on with it"
    if outcome.form is Form.REFUSED:
        return f"the authority answered {outcome.code}: {outcome.reason}; no receipt was handed out"
    if failed is not None:
        code = f" {failed.code}" if failed.code else ""
        return f"printed, because the mail was {failed.verdict} in phase {failed.phase}{code}: {failed.text}"
    if outcome.form is Form.OFFLINE:
        return f"printed OFF-LINE, because there was no UID in time ({outcome.reason})"
    if outcome.way is Way.EMAIL:
        return f"mailed to {history.receipt.sale.email_masked}, who agreed"
    if history.receipt.sale.email_masked:
        return "printed, because the power was cut and the address was not kept"
    return "printed, because the customer wanted paper"
