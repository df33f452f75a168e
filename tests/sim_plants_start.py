"""Planted bugs of starts and of the outbox: what recovery makes of a journal, and what is forgotten or never sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from controller import starting
from controller.outputs import Outputs
from controller.starting import Recovered
from states import effects as do, events as on, outgoing, queueing, recovery
from states.fiscal.journal import Delivered, History, MailFailed, Outcome, Record
from states.fiscal.receipt import Form, Receipt, Way
from states.journey import Composing, next_basket_id
from states.outgoing import Resending, Resolving
from states.queueing import Box, Message, Unsent
from states.recovery import Fresh, Resumption
from states.table import Then, then
from tests import sim_day, sim_power
from tests.sim_cashier import VISITS
from tests.sim_faults import WEIGHTS, Drawer
from tests.sim_planting import Patch, Plant, row

CUTS: tuple[Patch, ...] = ((WEIGHTS, Drawer.POWER, 120),)
NESTED: tuple[Patch, ...] = (*CUTS, (sim_power, "NESTED_ONE_IN", 1))
LIVED: tuple[Patch, ...] = (
    *NESTED,
    (sim_day, "RECOVERED_ONE_IN", 10**9),
    (sim_power, "FLIPPED_ONE_IN", 10**9),
)
OUTAGES: tuple[Patch, ...] = ((WEIGHTS, Drawer.AUTHORITY, 200),)
MAILED_CUTS: tuple[Patch, ...] = (*CUTS, (VISITS, "mailed", 200))

TRUE_RESUME = recovery.resume
TRUE_RECOVER = starting.recover_receipts


# --- Recovery --------------------------------------------------------------------------------------------


def recovering(append: Callable[[Any, Record], Awaitable[Any]]) -> Callable[[], tuple[Patch, ...]]:
    """What recovery decides is stored in another way."""

    class Other:
        def __init__(self, storage: Any) -> None:
            self._storage = storage

        def __getattr__(self, name: str) -> Any:
            return getattr(self._storage, name)

        async def append(self, record: Record) -> Any:
            return await append(self._storage, record)

    async def recover(outputs: Outputs, seq: int) -> Recovered:
        other: Any = Other(outputs.ports.storage)
        return await TRUE_RECOVER(replace(outputs, ports=replace(outputs.ports, storage=other)), seq)

    return lambda: ((starting, "recover_receipts", recover),)


async def not_at_all(_storage: Any, _record: Record) -> None:
    """It is only done."""


async def twice(storage: Any, record: Record) -> Any:
    """To be sure."""
    await storage.append(record)
    return await storage.append(record)


def recovered_once() -> tuple[Patch, ...]:
    """What a start had begun to recover when the power went again is left where it is."""

    def resume(history: History, fresh: Fresh, starts: int) -> Resumption | None:
        is_second = history.outcome is None and len(history.attempts) > 1
        return None if is_second else TRUE_RESUME(history, fresh, starts)

    return ((starting, "resume", resume),)


def doubt_is_delivered() -> tuple[Patch, ...]:
    """A mail that was under way when the power went is taken for accepted."""

    def resume(history: History, fresh: Fresh, starts: int) -> Resumption | None:
        found = TRUE_RESUME(history, fresh, starts)
        if found is None or not isinstance(found.record, MailFailed):
            return found
        basket = Composing(next_basket_id(history.receipt.sale.basket_id))
        return Resumption(Delivered(history.receipt.okp, Way.EMAIL, ""), basket)

    return ((starting, "resume", resume),)


def aside_too_early() -> tuple[Patch, ...]:
    """The second start gives a receipt up."""
    return ((recovery, "STARTS_MAX", 2),)


def never_aside() -> tuple[Patch, ...]:
    """No start ever gives a receipt up."""
    return ((recovery, "STARTS_MAX", 10**6),)


def forgotten_at_start() -> tuple[Patch, ...]:
    """What waits for the authority is not read from the journal."""
    return ((starting, "unsent", lambda histories, later: ()),)


# --- The outbox ------------------------------------------------------------------------------------------


def forgotten_while_sending() -> tuple[Patch, ...]:
    """A message that joins while another is under way is lost."""
    true_joined = queueing.joined

    def joined(box: Box, unsent: Unsent, under_way: int = 0) -> Box:
        return box if under_way else true_joined(box, unsent)

    return ((outgoing, "joined", joined),)


def late_uid_replaces() -> tuple[Patch, ...]:
    """A UID that comes later is a new outcome."""

    def keep(state: Resending, event: on.Resent) -> Then[Resolving]:
        message: Message = state.box.queue[0].message
        assert isinstance(message, Receipt)
        outcome: Any = Outcome(message.okp, Form.ONLINE, event.uid, 0, "", Way.PRINT, "", event.reply)
        return then(Resolving(state.box, message), do.Resolve(outcome))

    return (row(Resending, on.Resent, Resolving, keep),)


def answered_and_sent_again() -> tuple[Patch, ...]:
    """A message that was answered joins the others again."""
    true_out = queueing.taken_out

    def taken_out(box: Box, message: Message, code: int) -> Box:
        return replace(true_out(box, message, code), queue=(*box.queue[1:], box.queue[0]))

    return ((outgoing, "taken_out", taken_out),)


def sales_wait_for_the_outbox() -> tuple[Patch, ...]:
    """One line for all that leaves for the authority."""
    return ((do.Resend, "lane", do.Lane.AUTHORITY),)


# fmt: off
STARTS: dict[str, Plant] = {
    "recovery-not-durable":      Plant("what recovery does is not in the journal", "I4", recovering(not_at_all), CUTS),
    "recovery-writes-twice":     Plant("recovery writes twice", "I9", recovering(twice), CUTS),
    "late-uid-replaces":         Plant("a later UID replaces the outcome", "I12", late_uid_replaces, OUTAGES),
    "answered-and-sent-again":   Plant("what was answered is sent again", "I12", answered_and_sent_again, OUTAGES),
    "doubt-is-delivered":        Plant("a mail that was cut off was accepted", "I15", doubt_is_delivered, MAILED_CUTS),
    "forgotten-at-start":        Plant("a start forgets what waits", "I20", forgotten_at_start, (*CUTS, *OUTAGES)),
    "forgotten-while-sending":   Plant("what joins the outbox is lost", "I20", forgotten_while_sending, OUTAGES),
    "aside-too-early":           Plant("a receipt is given up at its second start", "I21", aside_too_early, LIVED),
    "never-aside":               Plant("poison is never set aside", "I21", never_aside, LIVED),
    "sales-wait-for-the-outbox": Plant("a sale waits for the outbox", "I22", sales_wait_for_the_outbox, OUTAGES),
    "recovered-once":            Plant("a recovery that was cut off is left there", "I28", recovered_once, NESTED),
}
# fmt: on
