"""Every receipt of the journal, played again through the tables to the same end.

The records of a receipt are turned back into the events that made them; the table must then want exactly the
records that the journal holds, in the same order. The path is what an auditor reads: states, times and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from controller.replay_reasons import detail_of
from drivers.clock_system import BRATISLAVA
from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.journal import History, Stored
from states.fiscal.receipt import CASH_MOVES, OVERLOADED, Form, Receipt, ReceiptType, Way
from states.fiscal.rules import Rules, rules_on
from states.journey import AwaitingPaper, Composing, basket_of
from states.machines.line import LINE, Reaching
from states.machines.outbox import OUTBOX, Resending, Resting
from states.machines.receipt import RECEIPT
from states.poison import POWER_CUT
from states.queueing import Box, Unsent
from states.recovery import Fresh, aside_of, resume
from states.table import NeverHappens, Rest


class ReplayDiffers(Exception):
    """The tables lead elsewhere than the journal says."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A state that the receipt was in, since when (the durable record before it), the event that led there, and in
    ``detail`` what the world had answered."""

    state: str
    at: datetime
    because: str
    detail: str = ""


@dataclass(slots=True)
class Replay:
    """One receipt on its way through the table; ``later`` is what the outbox did beside it."""

    history: History
    state: Any
    at: datetime
    path: list[Passage] = field(default_factory=list)
    later: list[Passage] = field(default_factory=list)

    def step(self, event: on.Event, detail: str = "") -> do.Effect | None:
        """Hear the event; the question that follows from it, if any."""
        result = RECEIPT.step(self.state, event)
        if isinstance(result, Rest):
            raise ReplayDiffers(f"{type(event).__name__} rests in {type(self.state).__name__}")
        self.enter(result.state, type(event).__name__, detail)
        questions = [wish for wish in result.wishes if isinstance(wish, do.Effect) and wish.brings]
        return questions[0] if questions else None

    def enter(self, state: Any, because: str, detail: str = "") -> None:
        """The receipt is in this state now."""
        self.state = state
        self.path.append(Passage(type(state).__name__, self.at, because, detail))

    def keep(self, event: on.Event, record: journal.Record) -> None:
        """The event must make the table want exactly this record; then it is durable."""
        wanted = self.step(event, detail_of(record))
        if not isinstance(wanted, do.Keep) or wanted.record != record:
            raise ReplayDiffers(f"{type(event).__name__} does not lead to the {type(record).__name__} of the journal")
        self.step(on.Kept())


Originals = Mapping[str, Receipt]
"""Receipts by their OKP: those that others repair."""


def replay(stored: Iterable[Stored], originals: Originals = MappingProxyType({})) -> Replay:
    """Play the records of one receipt, oldest first, its Intent first; ``originals`` has the one that it repairs.

    Raises:
      ReplayDiffers: the tables lead elsewhere than the journal says.
    """
    records = list(stored)
    first = records[0].record
    assert isinstance(first, journal.Intent)
    one = Replay(History(first.receipt, (first.attempt,)), None, at_of(records[0]))
    begin(one, first.receipt, originals)
    sealed = on.Sealed(first.receipt, first.attempt)
    sent = LINE.step(Reaching(), sealed)
    if isinstance(sent, Rest) or do.Register(first.receipt, first.attempt) not in sent.wishes:
        raise ReplayDiffers("the line does not send the receipt as the journal says")
    one.step(sealed)
    for each in records[1:]:
        one.at = at_of(each)
        try:
            follow(one, each.record)
        except NeverHappens as error:
            raise ReplayDiffers(str(error)) from error
        one.history = one.history.after(each.record)
    return one


def begin(one: Replay, receipt: Receipt, originals: Originals) -> None:
    """From the basket, by the rules of its day or of the day before if it was begun then, to the sale."""
    today = date.fromisoformat(receipt.create_date[:10])
    event = event_before(receipt, originals)
    for rules in dict.fromkeys((rules_on(today), rules_on(today - timedelta(days=1)))):
        result = RECEIPT.step(basket_before(receipt, rules), event)
        if not isinstance(result, Rest) and do.Seal(receipt.sale) in result.wishes:
            one.enter(basket_before(receipt, rules), "")
            one.step(event)
            return
    raise ReplayDiffers("the basket does not become the sale that the journal holds")


def basket_before(receipt: Receipt, rules: Rules) -> Composing:
    """The basket before the event that sealed it; nobody's for a repair, and where cash was moved."""
    sale = receipt.sale
    if sale.repairs or sale.type in CASH_MOVES:
        return Composing(sale.basket_id, rules=rules, cashier=sale.cashier)
    return basket_of(sale, sale.basket_id, rules, sale.email_masked, sale.tenders[:-1])


def event_before(receipt: Receipt, originals: Originals) -> on.Event:
    """What sealed it: the last tender, cash moved, or the wish to repair."""
    sale = receipt.sale
    if sale.repairs:
        if sale.repairs not in originals:
            raise ReplayDiffers(f"it repairs OKP {sale.repairs}, which is not in the journal")
        return on.RepairBegun(originals[sale.repairs])
    if sale.type in CASH_MOVES:
        return on.CashMoveKeyed(sale.total_cents if sale.type is ReceiptType.VK else -sale.total_cents)
    if not sale.tenders:
        raise ReplayDiffers("nobody paid")
    last = sale.tenders[-1]
    return on.TenderKeyed(last.kind, abs(last.cents), last.foreign)


def follow(one: Replay, record: journal.Record) -> None:
    """Turn a record back into the event that made it, and play that."""
    if isinstance(record, journal.SetAside):
        follow_giving_up(one, record)
    elif is_recovery(one.history, record):
        follow_recovery(one, record)
    elif isinstance(record, journal.Attempted | journal.Resolved):
        follow_outbox(one.history, record)
        one.later.append(Passage(type(record).__name__, one.at, "outbox", detail_of(record)))
    elif one.history.set_aside is not None:
        raise ReplayDiffers(f"{type(record).__name__} of a receipt that was set aside")
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
    box = Box(0.0, (Unsent(history.receipt, history.attempts[-1].sending_count),))
    if isinstance(record, journal.Attempted) and history.is_given_up:
        result = OUTBOX.step(Resting(Box(0.0, aside=(aside_of(history),))), on.SendNowKeyed())
        wanted: do.Effect = do.Reattempt(history.receipt, record.attempt.sending_count)
    elif isinstance(record, journal.Attempted):
        result = OUTBOX.step(Resting(box), on.WentOnline())
        wanted = do.Reattempt(history.receipt, record.attempt.sending_count)
    else:
        result = OUTBOX.step(*answered(box, history, record))
        wanted = do.Resolve(record)
    if isinstance(result, Rest) or wanted not in result.wishes or not (history.is_unsent or history.is_given_up):
        raise ReplayDiffers(f"the outbox does not lead to the {type(record).__name__} of the journal")


def answered(box: Box, history: History, record: journal.Resolved) -> tuple[Resting | Resending, on.Event]:
    """The outbox before the answer: to a further attempt, or late to the only one."""
    if record.uid and len(history.attempts) == 1:
        return Resting(box), on.AnsweredLate(record.okp, record.uid, record.reply)
    resent = on.Resent(record.uid, record.reply) if record.uid else on.ResendRefused(record.code, "", record.reply)
    return Resending(box, history.attempts[-1]), resent


def follow_recovery(one: Replay, record: journal.Record) -> None:
    """The power was cut: the recovery table must want exactly this record."""
    attempt = record.attempt if isinstance(record, journal.Attempted) else one.history.attempts[-1]
    resumption = resume(one.history, Fresh(attempt.uuid, attempt.request_date))
    if resumption is None or resumption.record != record:
        raise ReplayDiffers(f"recovery does not lead to the {type(record).__name__} of the journal")
    one.enter(resumption.state, "power cut")


def follow_giving_up(one: Replay, record: journal.SetAside) -> None:
    """The register was started again and again and never came further: recovery must give the receipt up."""
    attempt = one.history.attempts[-1]
    resumption = resume(one.history, Fresh(attempt.uuid, attempt.request_date), record.starts)
    if resumption is None or resumption.record != record:
        raise ReplayDiffers("recovery does not set the receipt aside as the journal says")
    one.later.append(Passage("SetAside", one.at, "recovery", f"at start {record.starts} with it"))


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
