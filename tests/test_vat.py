"""VAT by rate, and the sums of the message of 2026."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, strategies as st

from states.fiscal.receipt import Item
from states.fiscal.rules import RULES, rules_on
from states.fiscal.vat import GROUPS, Summary, VatLine, summary, vat_line, vat_lines
from tests.fiscal_examples import BASKET, baskets, item

KNOWN = [
    (10, 8723, 7930, 793),  # The official sample of 2019.
    (23, 1000, 813, 187),
    (19, 279, 234, 45),
    (5, 200, 190, 10),
    (23, -249, -202, -47),
    (23, 6000, 4878, 1122),
    (0, 15, 15, 0),
    (23, 0, 0, 0),
    (23, 1, 1, 0),
    (23, 3, 2, 1),
]


@pytest.mark.parametrize(("rate", "gross_cents", "base_cents", "vat_cents"), KNOWN)
def test_known_amounts(rate: int, gross_cents: int, base_cents: int, vat_cents: int) -> None:
    """The amounts of the protocol facts, 6.4."""
    assert vat_line(rate, gross_cents) == VatLine(rate, gross_cents, base_cents, vat_cents)


@given(st.sampled_from((23, 20, 19, 10, 5, 0)), st.integers(-(10**9), 10**9))
def test_the_tax_is_rounded_half_up_away_from_zero(rate: int, gross_cents: int) -> None:
    """The tax agrees with decimal arithmetic at fifty digits, and the base is what remains."""
    line = vat_line(rate, gross_cents)
    exact = Decimal(gross_cents * rate) / Decimal(100 + rate)
    assert line.vat_cents == exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert line.base_cents + line.vat_cents == gross_cents
    assert vat_line(rate, -gross_cents).vat_cents == -line.vat_cents


@given(baskets)
def test_nothing_is_lost_between_items_and_lines(basket: list[Item]) -> None:
    """Lines add up to the items, by rate and in all, each rate once, the highest first."""
    lines = vat_lines(basket)
    by_rate: defaultdict[int, int] = defaultdict(int)
    for each in basket:
        by_rate[each.vat_rate] += each.price_cents
    assert {line.rate: line.gross_cents for line in lines} == by_rate
    assert [line.rate for line in lines] == sorted(by_rate, reverse=True)
    assert sum(line.base_cents + line.vat_cents for line in lines) == sum(each.price_cents for each in basket)


@given(baskets)
def test_the_summary_adds_up_too(basket: list[Item]) -> None:
    """Base and tax of the three groups are the whole basket; a group is None exactly when no item is of it."""
    found = summary(vat_lines(basket))
    parts = (found.base_basic, found.vat_basic, found.base_reduced, found.vat_reduced, found.free)
    assert sum(part or 0 for part in parts) == sum(each.price_cents for each in basket)
    rates = {each.vat_rate for each in basket}
    assert (found.base_basic is None) == (found.vat_basic is None) == (not rates & {23, 20})
    assert (found.base_reduced is None) == (found.vat_reduced is None) == (not rates & {19, 10, 5})
    assert (found.free is None) == (0 not in rates)


def test_the_message_of_2026() -> None:
    """19 and 5 per cent are rounded each for itself and then added; 0 is free."""
    assert summary(vat_lines(BASKET)) == Summary(813, 187, 424, 55, 15)


def test_a_group_that_cancels_out_is_still_there() -> None:
    """Goods and their return on one receipt leave zeroes, not a gap."""
    lines = vat_lines((item("10.00"), item("-10.00")))
    assert summary(lines) == Summary(0, 0, None, None, None)


def test_no_items_no_sums() -> None:
    """The payment of an invoice has no recap."""
    assert vat_lines(()) == ()
    assert summary(()) == Summary(None, None, None, None, None)


def test_a_rate_that_never_was_is_refused() -> None:
    """Nine per cent is in a vendor's samples and not in the law."""
    with pytest.raises(ValueError, match="not a VAT rate: 9"):
        summary(vat_lines((item("1.00", 9),)))


@pytest.mark.parametrize(
    ("day", "rates"),
    [
        (date(2024, 12, 31), {20, 10, 0}),
        (date(2025, 1, 1), {23, 19, 5, 0}),
        (date(2026, 11, 22), {23, 19, 5, 0}),
        (date(2019, 4, 1), {20, 10, 0}),
    ],
)
def test_rates_of_a_day(day: date, rates: set[int]) -> None:
    """The rates changed at the turn of 2025."""
    assert rules_on(day).rates == rates


def test_every_rate_that_ever_was_has_its_group() -> None:
    """Old rates stay legal on a return, so they are summed too."""
    assert set(GROUPS) == frozenset().union(*(rules.rates for rules in RULES))


def test_lines_of_different_rates_do_not_add() -> None:
    """Adding them would lose the rate."""
    assert vat_line(23, 100) + vat_line(23, 100) == VatLine(23, 200, 162, 38)
    with pytest.raises(ValueError, match="rates differ"):
        _ = vat_line(23, 100) + vat_line(19, 100)
