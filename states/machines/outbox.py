"""The outbox: off-line receipts on their way to the authority, oldest first, beside the sales."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.receipt import OVERLOADED, Attempt, Receipt
from states.table import Rest, Row, Table, Then, otherwise, then

UNBELIEVABLE = frozenset(
    {
        "bad-uid",
        "encoding",
        "http-status",
        "oversize",
        "signature",
        "unparsable",
        "unsigned",
        "wrong-signer",
        "wrong-uuid",
    }
)
"""Reasons of a NoAnswer that are about a reply."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A receipt that waits for the authority, and how often its message was sent."""

    receipt: Receipt
    sending_count: int


@dataclass(frozen=True, slots=True)
class Resting:
    """Nothing is under way; the oldest is tried at ``not_before`` (None: at the next tick's time + ``resend_s``)."""

    resend_s: float
    queue: tuple[Unsent, ...] = ()
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reattempting:
    """A further attempt of the oldest is on its way to the journal."""

    resend_s: float
    queue: tuple[Unsent, ...]


@dataclass(frozen=True, slots=True)
class Resending:
    """The oldest is on its way to the authority."""

    resend_s: float
    queue: tuple[Unsent, ...]
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolving:
    """The answer for the oldest is on its way to the journal."""

    resend_s: float
    queue: tuple[Unsent, ...]


Waiting = TypeVar("Waiting", Resting, Reattempting, Resending, Resolving)


def queue(state: Waiting, event: on.WentOffline) -> Then[Waiting]:
    """One more waits; the authority has just failed, so not at once."""
    return then(replace(state, queue=(*state.queue, Unsent(event.receipt, event.sending_count))))


def has_queue(state: Resting, _event: on.WentOnline) -> bool:
    """Something waits."""
    return bool(state.queue)


def reattempt(state: Resting, _event: on.WentOnline | on.Ticked) -> Then[Reattempting]:
    """The oldest is tried once more: first the attempt is made durable."""
    oldest = state.queue[0]
    wish = do.Reattempt(oldest.receipt, oldest.sending_count + 1)
    return then(Reattempting(state.resend_s, state.queue), wish)


def stay(state: Resting, _event: on.WentOnline | on.Ticked) -> Then[Resting]:
    """Nothing to do."""
    return then(state)


def is_due(state: Resting, event: on.Ticked) -> bool:
    """The oldest has waited long enough, or the clock was set back, which is no reason to wait longer."""
    if not state.queue or state.not_before is None:
        return False
    return not state.not_before - timedelta(seconds=state.resend_s) <= event.at < state.not_before


def is_unplanned(state: Resting, _event: on.Ticked) -> bool:
    """Something waits, and no time is set for it."""
    return bool(state.queue) and state.not_before is None


def plan(state: Resting, event: on.Ticked) -> Then[Resting]:
    """The clock is known now: set the time of the next attempt."""
    return then(replace(state, not_before=event.at + timedelta(seconds=state.resend_s)))


def resend(state: Reattempting, event: on.Reattempted) -> Then[Resending]:
    """The attempt is durable: the message may leave."""
    oldest = replace(state.queue[0], sending_count=event.attempt.sending_count)
    after = Resending(state.resend_s, (oldest, *state.queue[1:]), event.attempt)
    return then(after, do.Resend(oldest.receipt, event.attempt))


def keep_uid(state: Resending, event: on.Resent) -> Then[Resolving]:
    """The UID is stored with the receipt; the customer keeps the off-line paper."""
    record = journal.Resolved(state.queue[0].receipt.okp, event.uid, 0, event.reply)
    return then(Resolving(state.resend_s, state.queue), do.Resolve(record))


def is_overloaded(_state: Resending, event: on.ResendRefused) -> bool:
    """-1 is an overloaded server, not a refusal."""
    return event.code == OVERLOADED


def set_aside(state: Resending, event: on.ResendRefused) -> Then[Resolving]:
    """The refusal is stored, so that the next one flows."""
    record = journal.Resolved(state.queue[0].receipt.okp, "", event.code, event.reply)
    return then(Resolving(state.resend_s, state.queue), do.Resolve(record), do.Beep("resend-refused"))


def rest(state: Resending, _event: on.ResendFailed | on.ResendRefused) -> Then[Resting]:
    """Later again, oldest first."""
    return then(Resting(state.resend_s, state.queue))


def is_answered_badly(_state: Resending, event: on.ResendFailed) -> bool:
    """The authority answers, but not so that it may be believed: perhaps only for this receipt."""
    return event.reason in UNBELIEVABLE


def rest_behind(state: Resending, _event: on.ResendFailed) -> Then[Resting]:
    """Later again, behind the others, so that they flow."""
    return then(Resting(state.resend_s, (*state.queue[1:], state.queue[0])))


def has_next(state: Resolving, _event: on.Resolved) -> bool:
    """More wait behind it."""
    return len(state.queue) > 1


def reattempt_next(state: Resolving, _event: on.Resolved) -> Then[Reattempting]:
    """The authority answers: go on with the next oldest."""
    queue = state.queue[1:]
    return then(Reattempting(state.resend_s, queue), do.Reattempt(queue[0].receipt, queue[0].sending_count + 1))


def empty(state: Resolving, _event: on.Resolved) -> Then[Resting]:
    """All is sent."""
    return then(Resting(state.resend_s))


# fmt: off
OUTBOX = Table(
    name="outbox",
    initial=Resting,
    rest={on.Ticked: Rest.IGNORE, on.WentOnline: Rest.IGNORE, on.WentOffline: Rest.NEVER, on.Answer: Rest.NEVER},
    rows=(
        #   in state      on event          when               go to         doing               because
        Row(Resting,      on.WentOffline,   otherwise,         Resting,      queue,              "R-18"),
        Row(Resting,      on.WentOnline,    has_queue,         Reattempting, reattempt,          "R-18"),
        Row(Resting,      on.WentOnline,    otherwise,         Resting,      stay,               "R-18"),
        Row(Resting,      on.Ticked,        is_due,            Reattempting, reattempt,          "R-18"),
        Row(Resting,      on.Ticked,        is_unplanned,      Resting,      plan,               "R-18"),
        Row(Resting,      on.Ticked,        otherwise,         Resting,      stay,               "R-18"),
        Row(Reattempting, on.WentOffline,   otherwise,         Reattempting, queue,              "R-18"),
        Row(Reattempting, on.Reattempted,   otherwise,         Resending,    resend,             "R-19"),
        Row(Resending,    on.WentOffline,   otherwise,         Resending,    queue,              "R-18"),
        Row(Resending,    on.Resent,        otherwise,         Resolving,    keep_uid,           "R-20"),
        Row(Resending,    on.ResendRefused, is_overloaded,     Resting,      rest,               "R-16"),
        Row(Resending,    on.ResendRefused, otherwise,         Resolving,    set_aside,          "R-20"),
        Row(Resending,    on.ResendFailed,  is_answered_badly, Resting,      rest_behind,        "R-20"),
        Row(Resending,    on.ResendFailed,  otherwise,         Resting,      rest,               "R-18"),
        Row(Resolving,    on.WentOffline,   otherwise,         Resolving,    queue,              "R-18"),
        Row(Resolving,    on.Resolved,      has_next,          Reattempting, reattempt_next,     "R-20"),
        Row(Resolving,    on.Resolved,      otherwise,         Resting,      empty,              "R-20"),
    ),
)
# fmt: on
