"""The certificate's health: the register warns before its end, and after it nothing is sold.

Sources: the authority's test scenarios TS_03_01 (the register shows that its authentication data end) and TS_03_02 (it
blocks after that). Thirty days before are asked for; the other thresholds are for the shop's convenience.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from states import effects as do, events as on
from states.table import Rest, Row, Table, Then, otherwise, then

THRESHOLDS_DAYS = (1, 7, 14, 30, 60)
"""So many days before the certificate's end the register warns, the nearest first."""
EXPIRED = "certificate-expired"


@dataclass(frozen=True, slots=True)
class InService:
    """The certificate is valid for long; ``not_after`` (aware) is the last moment of its validity."""

    not_after: datetime


@dataclass(frozen=True, slots=True)
class Expiring:
    """The certificate is valid for at most so many days more; they are one of the thresholds."""

    not_after: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The certificate has expired: nothing is sold until a new one is loaded."""

    not_after: datetime


Health = InService | Expiring | Blocked


def health(not_after: datetime, at: datetime) -> Health:
    """The state of a certificate that is valid until ``not_after``, at this moment; both are aware."""
    if at > not_after:
        return Blocked(not_after)
    for days in THRESHOLDS_DAYS:
        if not_after - at <= timedelta(days=days):
            return Expiring(not_after, days)
    return InService(not_after)


def notice_of(state: Health) -> str:
    """The word of what the cashier must know, empty while nothing is amiss."""
    match state:
        case Expiring(days=days):
            return f"certificate-{days}"
        case Blocked():
            return EXPIRED
    return ""


def is_over(state: Health, event: on.Ticked) -> bool:
    """The certificate has expired by now."""
    return isinstance(health(state.not_after, event.at), Blocked)


def is_near(state: Health, event: on.Ticked) -> bool:
    """The certificate is near its end."""
    return isinstance(health(state.not_after, event.at), Expiring)


def is_nearer(state: Expiring, event: on.Ticked) -> bool:
    """The next threshold was crossed."""
    now = health(state.not_after, event.at)
    return isinstance(now, Expiring) and now.days < state.days


def block(state: InService | Expiring, _event: on.Ticked) -> Then[Blocked]:
    """Said once, and again at each key of a sale."""
    return then(Blocked(state.not_after), do.Beep(EXPIRED))


def warn(state: Health, event: on.Ticked) -> Then[Expiring]:
    """Said once for each threshold."""
    expiring = nearness(state, event)
    return then(expiring, do.Beep(notice_of(expiring)))


def keep(state: Expiring, event: on.Ticked) -> Then[Expiring]:
    """The same threshold, or an earlier one because the clock was set back."""
    return then(nearness(state, event))


def relax(state: Health, _event: on.Ticked) -> Then[InService]:
    """The clock was set back, or it is still long."""
    return then(InService(state.not_after))


def stay(state: Blocked, _event: on.Ticked) -> Then[Blocked]:
    """A new certificate is taken at the next start."""
    return then(state)


def nearness(state: Health, event: on.Ticked) -> Expiring:
    """The threshold that the guards have found."""
    now = health(state.not_after, event.at)
    assert isinstance(now, Expiring)
    return now


# fmt: off
SERVICE = Table(
    name="service",
    initial=InService,
    rest={on.Key: Rest.REFUSE, on.Beginning: Rest.REFUSE, on.Ticked: Rest.NEVER},
    refusal=EXPIRED,
    rows=(
        #   in state   on event   when       go to      doing  because
        Row(InService, on.Ticked, is_over,   Blocked,   block, "R-43"),
        Row(InService, on.Ticked, is_near,   Expiring,  warn,  "R-44"),
        Row(InService, on.Ticked, otherwise, InService, relax, "R-44"),
        Row(Expiring,  on.Ticked, is_over,   Blocked,   block, "R-43"),
        Row(Expiring,  on.Ticked, is_nearer, Expiring,  warn,  "R-44"),
        Row(Expiring,  on.Ticked, is_near,   Expiring,  keep,  "R-44"),
        Row(Expiring,  on.Ticked, otherwise, InService, relax, "R-44"),
        Row(Blocked,   on.Ticked, is_over,   Blocked,   stay,  "R-43"),
        Row(Blocked,   on.Ticked, is_near,   Expiring,  warn,  "R-44"),
        Row(Blocked,   on.Ticked, otherwise, InService, relax, "R-44"),
    ),
)
# fmt: on
