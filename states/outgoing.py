"""The outbox's states, and what is done in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from states import effects as do, events as on
from states.fiscal.place import Location
from states.fiscal.receipt import OVERLOADED, Attempt, Form
from states.queueing import (
    UNBELIEVABLE,
    Box,
    Message,
    Unsent,
    alarm_h,
    answering,
    end_of,
    failed,
    given_up,
    has,
    joined,
    name_of,
    passed_over,
    repairable,
    taken_back,
    taken_out,
    wait_s,
)
from states.table import Then, then


@dataclass(frozen=True, slots=True)
class Resting:
    """Nothing is under way; the next one is tried at ``not_before``, which the next tick sets where it is None."""

    box: Box
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reattempting:
    """A further attempt of the first in the queue is on its way to the journal."""

    box: Box


@dataclass(frozen=True, slots=True)
class Resending:
    """The first in the queue is on its way to the authority."""

    box: Box
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolving:
    """The answer for this message, the first in the queue or not, is on its way to the journal."""

    box: Box
    message: Message
    code: int = 0


Waiting = TypeVar("Waiting", Resting, Reattempting, Resending, Resolving)
Busy = TypeVar("Busy", Reattempting, Resending, Resolving)
Answered = on.WentOnline | on.AnsweredLate


# --- In every state --------------------------------------------------------------------------------------


def queue(state: Waiting, event: on.WentOffline) -> Then[Waiting]:
    """One more waits; the authority has just failed, so not at once."""
    under_way = int(not isinstance(state, Resting))
    return then(replace(state, box=joined(state.box, Unsent(event.message, event.sending_count), under_way)))


def forget_repaired(state: Waiting, event: on.ReceiptEnded) -> Then[Waiting]:
    """The receipt that this one replaces needs no repair any more, unless this one was refused too."""
    repaired = event.ended.receipt.sale.repairs if event.ended.form is not Form.REFUSED else ""
    kept = tuple(one for one in state.box.aside if one.receipt.okp != repaired)
    return then(replace(state, box=replace(state.box, aside=kept)))


def hasten(state: Busy, _event: on.WentOnline) -> Then[Busy]:
    """The authority answers again: should this one fail, it does not rest for long."""
    return then(replace(state, box=answering(state.box)))


def is_repairable(state: Waiting, _event: on.RepairKeyed) -> bool:
    """A receipt was refused for its time only."""
    return repairable(state.box) is not None


def begin_repair(state: Waiting, _event: on.RepairKeyed) -> Then[Waiting]:
    """The oldest one is registered anew, with today's number and time."""
    receipt = repairable(state.box)
    assert receipt is not None
    return then(state, on.RepairBegun(receipt))


def refuse_repair(state: Waiting, _event: on.RepairKeyed) -> Then[Waiting]:
    """There is nothing to repair."""
    return then(state, do.Beep("nothing-to-repair"))


# --- Resting ---------------------------------------------------------------------------------------------


def has_queue(state: Resting, _event: on.SendNowKeyed) -> bool:
    """Something waits."""
    return bool(state.box.queue)


def has_sound(state: Resting, _event: Answered) -> bool:
    """Something waits that only an authority without an answer kept back."""
    return bool(state.box.queue) and not state.box.queue[0].is_poison


def reattempting(box: Box) -> Then[Reattempting]:
    """The first is tried once more: first the attempt is made durable."""
    first = box.queue[0]
    return then(Reattempting(box), do.Reattempt(first.message, first.sending_count + 1))


def reattempt(state: Resting, _event: on.Ticked) -> Then[Reattempting]:
    """Its time has come."""
    return reattempting(state.box)


def send_now(state: Resting, _event: on.SendNowKeyed) -> Then[Reattempting]:
    """A person wants it, and is told that it is being done."""
    begun = reattempting(state.box)
    return then(begun.state, *begun.wishes, do.Beep("sending-now"))


def has_given_up(state: Resting, _event: on.SendNowKeyed) -> bool:
    """Nothing waits but what the register gave up."""
    return given_up(state.box) is not None


def send_given_up(state: Resting, event: on.SendNowKeyed) -> Then[Reattempting]:
    """Perhaps the program was mended since: it waits again as any other, if a person wants it."""
    return send_now(replace(state, box=taken_back(state.box)), event)


def reattempt_afresh(state: Resting, _event: Answered) -> Then[Reattempting]:
    """The authority answers again."""
    return reattempting(answering(state.box))


def stay(state: Resting, _event: Answered | on.Ticked) -> Then[Resting]:
    """Nothing to do."""
    return then(state)


def is_queued(state: Resting, event: on.AnsweredLate) -> bool:
    """The receipt still waits: the late answer is the one it waits for."""
    return has(state.box, event.okp)


def keep_late(state: Resting, event: on.AnsweredLate) -> Then[Resolving]:
    """The UID is stored as if it had come to a further attempt; the off-line paper stays what it is."""
    message = next(one.message for one in state.box.queue if name_of(one.message) == event.okp)
    return then(Resolving(state.box, message), do.Resolve(end_of(message, event.uid, 0, event.reply)))


def is_alarm_due(state: Resting, event: on.Ticked) -> bool:
    """The oldest has passed another age than the cashier was told of."""
    return alarm_h(state.box, event.at) != state.box.alarmed_h


def alarm(state: Resting, event: on.Ticked) -> Then[Resting]:
    """A greater age is told; a smaller one, because the oldest was sent, is only noted."""
    hours = alarm_h(state.box, event.at)
    beeps = (do.Beep(f"unsent-{hours}h"),) if hours > state.box.alarmed_h else ()
    return then(replace(state, box=replace(state.box, alarmed_h=hours)), *beeps)


def is_due(state: Resting, event: on.Ticked) -> bool:
    """The first has waited long enough, or the clock was set back, which is no reason to wait longer."""
    if not state.box.queue or state.not_before is None:
        return False
    return not state.not_before - timedelta(seconds=wait_s(state.box)) <= event.at < state.not_before


def is_unplanned(state: Resting, _event: on.Ticked) -> bool:
    """Something waits, and no time is set for it."""
    return bool(state.box.queue) and state.not_before is None


def plan(state: Resting, event: on.Ticked) -> Then[Resting]:
    """The clock is known now: set the time of the next attempt."""
    return then(replace(state, not_before=event.at + timedelta(seconds=wait_s(state.box))))


def refuse_empty(state: Resting, _event: on.SendNowKeyed) -> Then[Resting]:
    """There is nothing to send."""
    return then(state, do.Beep("nothing-unsent"))


# --- Under way -------------------------------------------------------------------------------------------


def refuse_busy(state: Busy, _event: on.SendNowKeyed) -> Then[Busy]:
    """It is being sent."""
    return then(state, do.Beep("already-sending"))


def resend(state: Reattempting, event: on.Reattempted) -> Then[Resending]:
    """The attempt is durable: the message may leave."""
    first = replace(state.box.queue[0], sending_count=event.attempt.sending_count)
    box = replace(state.box, queue=(first, *state.box.queue[1:]))
    return then(Resending(box, event.attempt), do.Resend(first.message, event.attempt))


def keep_uid(state: Resending, event: on.Resent) -> Then[Resolving]:
    """The answer is stored, a receipt's UID with it; the customer keeps the off-line paper."""
    message = state.box.queue[0].message
    return then(Resolving(state.box, message), do.Resolve(end_of(message, event.uid, 0, event.reply)))


def is_overloaded(_state: Resending, event: on.ResendRefused) -> bool:
    """-1 is an overloaded server, not a refusal."""
    return event.code == OVERLOADED


def is_place(state: Resending, _event: on.ResendRefused) -> bool:
    """It is a location."""
    return isinstance(state.box.queue[0].message, Location)


def drop_place(state: Resending, event: on.ResendRefused) -> Then[Resolving]:
    """The refusal is stored; what follows from it is the place's concern."""
    location = state.box.queue[0].message
    assert isinstance(location, Location)
    wish = do.Resolve(end_of(location, "", event.code, event.reply))
    return then(Resolving(state.box, location, event.code), wish, on.PlaceRefused(location, event.code))


def set_aside(state: Resending, event: on.ResendRefused) -> Then[Resolving]:
    """The refusal is stored, so that the next one flows."""
    message = state.box.queue[0].message
    wish = do.Resolve(end_of(message, "", event.code, event.reply))
    return then(Resolving(state.box, message, event.code), wish, do.Beep("resend-refused"))


def rest(state: Resending, _event: on.ResendFailed | on.ResendRefused) -> Then[Resting]:
    """Later again, the same one first."""
    return then(Resting(failed(state.box)))


def is_alone(state: Resending, event: on.ResendFailed) -> bool:
    """The authority answers, but not this message, or not so that it may be believed."""
    return state.box.is_answering or event.reason in UNBELIEVABLE


def rest_behind(state: Resending, _event: on.ResendFailed) -> Then[Resting]:
    """Later again, behind the others, so that they flow."""
    return then(Resting(failed(passed_over(state.box))))


def has_next(state: Resolving, _event: on.Resolved) -> bool:
    """More wait beside it."""
    return len(state.box.queue) > 1


def reattempt_next(state: Resolving, _event: on.Resolved) -> Then[Reattempting]:
    """The authority answers: go on with the next one."""
    return reattempting(taken_out(state.box, state.message, state.code))


def empty(state: Resolving, _event: on.Resolved) -> Then[Resting]:
    """All is sent."""
    return then(Resting(taken_out(state.box, state.message, state.code)))
