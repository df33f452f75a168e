"""Planted bugs of what a receipt says: money, reports, times, and the bounds of what is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from controller import gathering_days, outputs
from states import screen
from states.fiscal import money, original, tender
from states.fiscal.content import Fact
from states.fiscal.content_payment import SUM
from states.fiscal.day import Day
from states.fiscal.money import format_cents
from states.fiscal.receipt import Sale, Tender
from states.fiscal.totals import totals
from tests import sim_day
from tests.sim_cashier import VISITS
from tests.sim_faults import WEIGHTS, Drawer
from tests.sim_planting import Patch, Plant

CENTS: tuple[Patch, ...] = ((VISITS, "full", 150),)
REPORTS: tuple[Patch, ...] = ((VISITS, "report-z", 8),)
CLOCKS: tuple[Patch, ...] = ((WEIGHTS, Drawer.CLOCK, 200),)
SUMMER: tuple[Patch, ...] = ((sim_day, "DAYS", {"2026-07-01 09:00:00": 1}),)
_RATE = re.compile(r" 5=\S+")


def binary_floats() -> tuple[Patch, ...]:
    """Cents are what is left of a float."""

    def to_cents(euros: Decimal) -> int:
        return int(float(euros) * 100)

    return ((money, "to_cents", to_cents),)


def cards_are_rounded() -> tuple[Patch, ...]:
    """All money is rounded as cash is."""

    def paid(tenders: Sequence[Tender]) -> tuple[int, int]:
        return sum(one.cents for one in tenders), 0

    return ((tender, "_paid", paid),)


def sum_before_rounding() -> tuple[Patch, ...]:
    """The paper says the sum before it was rounded."""

    def total(sale: Sale) -> Fact:
        return Fact(SUM, f"{format_cents(sale.total_cents - sale.rounding_cents)} EUR")

    return ((original, "total", total),)


def report_without_a_rate() -> tuple[Patch, ...]:
    """A daily report has not the lowest rate in it."""

    def less(day: Day) -> str:
        return _RATE.sub("", totals(day))

    return ((gathering_days, "totals", less),)


def clock_not_compared() -> tuple[Patch, ...]:
    """A clock that went back is believed."""
    return ((outputs, "_check_time", lambda *_times: None),)


def winter_time() -> tuple[Patch, ...]:
    """There is no summer."""

    def create_date(now: datetime) -> str:
        return now.astimezone(UTC).replace(microsecond=0).astimezone(timezone(timedelta(hours=1))).isoformat()

    return ((outputs, "create_date", create_date),)


def lines_without_end() -> tuple[Patch, ...]:
    """What the customer's display cannot show is not cut off."""
    return ((screen, "CUSTOMER_COLUMNS", 10**6),)


# fmt: off
CONTENT: dict[str, Plant] = {
    "binary-floats":          Plant("money is a binary float", "I23", binary_floats, CENTS),
    "cards-are-rounded":      Plant("what is paid by card is rounded", "I23", cards_are_rounded, CENTS),
    "sum-before-rounding":    Plant("the paper has the sum before rounding", "I23", sum_before_rounding, CENTS),
    "report-without-a-rate":  Plant("a daily report leaves a rate out", "I23", report_without_a_rate, REPORTS),
    "clock-not-compared":     Plant("CreateDate follows a clock that went back", "I24", clock_not_compared, CLOCKS),
    "winter-time":            Plant("CreateDate has winter time in summer", "I24", winter_time, SUMMER),
    "lines-without-end":      Plant("the customer's display has no bound", "I27", lines_without_end, CENTS),
}
# fmt: on
