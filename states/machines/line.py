"""The line to the authority: whether it answers, and so how long a customer waits for it.

The law wants every sale's message sent at once, and an off-line receipt only where no answer came. Both hold while the
authority is known to be silent: each message is journaled and leaves as its first attempt, SendingCount 1, as soon as
the sale is sealed. Only the paper does not wait the full limit for an authority that left the last sales without an
answer; the exchange itself goes on, and an answer that comes after all is taken (AnsweredLate). What the outbox sends
again is the probe: with any answer at all the next customer's sale has the full limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.fiscal.receipt import OVERLOADED
from states.table import Rest, Row, Table, Then, otherwise, then

FAILURES_MAX = 3


@dataclass(frozen=True, slots=True)
class Reaching:
    """The authority answers, but for the last ``failures`` sales in a row."""

    failures: int = 0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The authority has not answered since FAILURES_MAX sales."""


Silence = on.RegisterFailed | on.RegisterRefused
Refusal = on.RegisterRefused | on.ResendRefused | on.LocateRefused
Reply = on.Registered | on.Resent | on.AnsweredLate | on.Located | Refusal


def register(state: Reaching, event: on.Sealed) -> Then[Reaching]:
    """W1 is durable: the message leaves, and the customer waits the full limit."""
    return then(state, do.Register(event.receipt, event.attempt))


def register_briefly(state: Unreachable, event: on.Sealed) -> Then[Unreachable]:
    """W1 is durable: the message leaves, and the customer hardly waits."""
    return then(state, do.Register(event.receipt, event.attempt, briefly=True))


def is_overloaded(_state: Reaching | Unreachable, event: Refusal) -> bool:
    """-1 is an overloaded server, which is as good as none."""
    return event.code == OVERLOADED


def is_last(state: Reaching, _event: on.RegisterFailed) -> bool:
    """So many sales in a row are enough."""
    return state.failures + 1 >= FAILURES_MAX


def is_last_overload(state: Reaching, event: on.RegisterRefused) -> bool:
    """So many sales in a row are enough, the last one overloaded."""
    return is_overloaded(state, event) and state.failures + 1 >= FAILURES_MAX


def lose(_state: Reaching, _event: Silence) -> Then[Unreachable]:
    """The cashier is told why receipts are off-line from now on."""
    return then(Unreachable(), do.Beep("line-lost"))


def count(state: Reaching, _event: Silence) -> Then[Reaching]:
    """One more in a row."""
    return then(Reaching(state.failures + 1))


def reach(_state: Reaching, _event: Reply) -> Then[Reaching]:
    """It answers."""
    return then(Reaching())


def come_back(_state: Unreachable, _event: Reply) -> Then[Reaching]:
    """It answers again."""
    return then(Reaching(), do.Beep("line-back"))


def stay(state: Reaching, _event: Refusal) -> Then[Reaching]:
    """Not a sale: it does not count."""
    return then(state)


def stay_lost(state: Unreachable, _event: Refusal) -> Then[Unreachable]:
    """It does not answer yet."""
    return then(state)


# fmt: off
LINE = Table(
    name="line",
    initial=Reaching,
    rest={on.Event: Rest.IGNORE},
    rows=(
        #   in state     on event            when              go to        doing             because
        Row(Reaching,    on.Sealed,          otherwise,        Reaching,    register,         "R-05"),
        Row(Reaching,    on.RegisterFailed,  is_last,          Unreachable, lose,             "R-36"),
        Row(Reaching,    on.RegisterFailed,  otherwise,        Reaching,    count,            "R-36"),
        Row(Reaching,    on.RegisterRefused, is_last_overload, Unreachable, lose,             "R-36"),
        Row(Reaching,    on.RegisterRefused, is_overloaded,    Reaching,    count,            "R-16"),
        Row(Reaching,    on.RegisterRefused, otherwise,        Reaching,    reach,            "R-36"),
        Row(Reaching,    on.Registered,      otherwise,        Reaching,    reach,            "R-36"),
        Row(Reaching,    on.AnsweredLate,    otherwise,        Reaching,    reach,            "R-34"),
        Row(Reaching,    on.Resent,          otherwise,        Reaching,    reach,            "R-36"),
        Row(Reaching,    on.ResendRefused,   is_overloaded,    Reaching,    stay,             "R-16"),
        Row(Reaching,    on.ResendRefused,   otherwise,        Reaching,    reach,            "R-36"),
        Row(Reaching,    on.Located,         otherwise,        Reaching,    reach,            "R-36"),
        Row(Reaching,    on.LocateRefused,   is_overloaded,    Reaching,    stay,             "R-16"),
        Row(Reaching,    on.LocateRefused,   otherwise,        Reaching,    reach,            "R-36"),
        Row(Unreachable, on.Sealed,          otherwise,        Unreachable, register_briefly, "R-36"),
        Row(Unreachable, on.RegisterRefused, is_overloaded,    Unreachable, stay_lost,        "R-16"),
        Row(Unreachable, on.RegisterRefused, otherwise,        Reaching,    come_back,        "R-36"),
        Row(Unreachable, on.Registered,      otherwise,        Reaching,    come_back,        "R-36"),
        Row(Unreachable, on.AnsweredLate,    otherwise,        Reaching,    come_back,        "R-34"),
        Row(Unreachable, on.Resent,          otherwise,        Reaching,    come_back,        "R-36"),
        Row(Unreachable, on.ResendRefused,   is_overloaded,    Unreachable, stay_lost,        "R-16"),
        Row(Unreachable, on.ResendRefused,   otherwise,        Reaching,    come_back,        "R-36"),
        Row(Unreachable, on.Located,         otherwise,        Reaching,    come_back,        "R-36"),
        Row(Unreachable, on.LocateRefused,   is_overloaded,    Unreachable, stay_lost,        "R-16"),
        Row(Unreachable, on.LocateRefused,   otherwise,        Reaching,    come_back,        "R-36"),
    ),
)
# fmt: on
