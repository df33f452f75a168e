"""Invariants of a whole register that are about its ports: the drawer, exchanges at a time, the display, its starts.

As in ``sim_rules_day`` they are asked after every customer for what is new, and never look into the register.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from states.fiscal.journal import (
    Attempted,
    CashMoved,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    SetAside,
    okp_of,
)
from states.fiscal.tender import CASH_KINDS
from tests.sim_durable import Seen
from tests.sim_rules_day import Day

CUSTOMER_COLUMNS = 20
EXCHANGES_MAX = 4
"""A sale, the outbox, and two that outlive their customers."""

STARTS_BEFORE_ASIDE = 3
POWER_CUT = "power-cut"


def drawer_follows_a_record(day: Day) -> Iterator[str]:
    """I4: since a start it opened no more often than cash was durable, and than its key was pressed."""
    world = day.world
    pulses = world.printer.pulses
    for place in range(day.pulses, len(pulses)):
        head = pulses[place][1]
        run = list(_run_until(world.durable.seen, head))
        opened = sum(pulse[1] >= run[-1].seq for pulse in pulses[: place + 1])
        moves = sum(moves_cash(one.record) for one in run)
        if opened > moves + world.keys.pressed["DRAWER"]:
            yield f"the drawer opened {opened} times after record {run[-1].seq}, and cash was durable {moves} times"
    day.pulses = len(pulses)


def _run_until(seen: list[Seen], head: int) -> Iterator[Seen]:
    """The records from this one back to the start before it."""
    for one in reversed(seen):
        if one.seq <= head:
            yield one
            if isinstance(one.record, Opened):
                return


def moves_cash(record: Record) -> bool:
    """Notes or coins are taken or given."""
    if isinstance(record, Intent):
        return any(tender.kind in CASH_KINDS for tender in record.receipt.sale.tenders)
    return isinstance(record, CashMoved)


def exchanges_have_bounds(day: Day) -> Iterator[str]:
    """I27: no more of them at a time than the authority's driver has connections for."""
    arrivals = day.world.authority.arrivals
    for place in range(day.arrivals, len(arrivals)):
        now_s = arrivals[place].began_s
        before = arrivals[max(0, place - 4 * EXCHANGES_MAX) : place]
        under_way = 1 + sum(not one.ended_s or one.ended_s > now_s for one in before)
        if under_way > EXCHANGES_MAX:
            yield f"{under_way} exchanges with the authority at a time"
    day.arrivals = len(arrivals)


def display_has_bounds(day: Day) -> Iterator[str]:
    """I27: whatever it showed, every line of the customer's display fitted."""
    if day.world.display.widest > CUSTOMER_COLUMNS:
        yield f"the customer's display was to show {day.world.display.widest} characters in a line"


def set_aside_at_the_third_start(day: Day) -> Iterator[str]:
    """I21: a receipt is given up when two starts before have come no further with it, and neither sooner nor later."""
    for one in day.fresh:
        if isinstance(one.record, SetAside):
            if (starts := _starts_in_vain(day, one)) < STARTS_BEFORE_ASIDE:
                yield f"{one.record.okp} was set aside after {starts} starts"
        elif _is_recovery(day, one) and (starts := _starts_in_vain(day, one)) >= STARTS_BEFORE_ASIDE:
            yield f"{okp_of(one.record)} was begun again at start {starts} in a row"


def _starts_in_vain(day: Day, one: Seen) -> int:
    """Starts since the register last came further with the receipt of this record."""
    okp, starts = okp_of(one.record), 0
    for before in reversed(day.world.durable.seen[: bisect_left(day.world.durable.seen, one.seq, key=seq_of)]):
        if okp_of(before.record) == okp and _came_further(before.record):
            break
        starts += isinstance(before.record, Opened)
    return starts


def seq_of(one: Seen) -> int:
    """The number of a record."""
    return one.seq


def _is_recovery(day: Day, one: Seen) -> bool:
    """A start goes on with a receipt that nobody has."""
    match one.record:
        case MailFailed(phase=reason) | PrintInterrupted(reason=reason):
            return reason == POWER_CUT
        case Attempted(okp=okp):
            known = day.world.durable.by_okp[okp]
            return not any(isinstance(each.record, Outcome) for each in known if each.seq < one.seq)
    return False


def _came_further(record: Record) -> bool:
    match record:
        case MailFailed(phase=reason) | PrintInterrupted(reason=reason):
            return reason != POWER_CUT
    return isinstance(record, Intent | Outcome | Delivered)
