"""Cents in and out, rounding of lines, rounding of cash."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from states.fiscal.money import (
    AMOUNT_MAX_CENTS,
    format_cents,
    line_price_cents,
    parse_cents,
    percent_of_cents,
    round_cash_cents,
    to_cents,
)

amounts = st.integers(-AMOUNT_MAX_CENTS, AMOUNT_MAX_CENTS)

CASH = {
    1001: 1000, 1002: 1000, 1003: 1005, 1004: 1005, 1005: 1005,
    1006: 1005, 1007: 1005, 1008: 1010, 1009: 1010, 1010: 1010,
    0: 0, 1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5, 1983: 1985,
}  # fmt: skip
"""The table of the protocol facts, 6.5, and the live receipt of 19.83."""


@pytest.mark.parametrize(("total_cents", "cash_cents"), CASH.items())
def test_cash_rounds_to_five_cents(total_cents: int, cash_cents: int) -> None:
    """Half of five is never met in whole cents; one and two cents are never rounded to nothing."""
    assert round_cash_cents(total_cents) == cash_cents
    assert round_cash_cents(-total_cents) == -cash_cents


@given(amounts)
def test_rounded_cash_is_near(cents: int) -> None:
    """Cash moves by at most two cents, four when less than three are due, and is rounded once."""
    rounded = round_cash_cents(cents)
    assert rounded % 5 == 0
    assert abs(rounded - cents) <= (4 if abs(cents) < 3 else 2)
    assert round_cash_cents(rounded) == rounded
    assert bool(rounded) == bool(cents)


@given(amounts)
def test_an_amount_survives_its_text(cents: int) -> None:
    """What is formatted reads back the same, in ASCII with two places."""
    text = format_cents(cents)
    assert parse_cents(text) == cents
    assert text.isascii()
    assert Decimal(text) * 100 == cents
    assert not text.startswith("-0.00")


@pytest.mark.parametrize(
    "text", ["", "1", "1.5", "1,50", "1.500", "+1.00", " 1.00", "1.00\n", "1e2", "--1.00", "\u0661.00", "9999999999.00"]
)
def test_other_texts_are_no_amount(text: str) -> None:
    """Only the form that the PKP is made over is read."""
    with pytest.raises(ValueError, match="two places"):
        parse_cents(text)


@pytest.mark.parametrize(
    ("unit_price", "quantity", "cents"),
    [
        ("5.58", "0.5", 279),
        ("0.01", "0.5", 1),
        ("-0.01", "0.5", -1),
        ("0.01", "0.4999", 0),
        ("1.005", "1", 101),
        ("-1.005", "1", -101),
        ("2.675", "1", 268),
        ("0.333333", "3", 100),
        ("10", "0", 0),
    ],
)
def test_a_line_rounds_half_up(unit_price: str, quantity: str, cents: int) -> None:
    """Half a cent goes away from zero; binary fractions play no part."""
    assert line_price_cents(Decimal(unit_price), Decimal(quantity)) == cents


@given(
    st.decimals(min_value=-9_999_999, max_value=9_999_999, places=6),
    st.decimals(min_value=0, max_value=10_000_000, places=4),
)
def test_the_largest_line_is_exact(unit_price: Decimal, quantity: Decimal) -> None:
    """Half up holds on the exact product, whose digits the decimal context can hold."""
    exact = int(unit_price.scaleb(6)) * int(quantity.scaleb(4))
    size = (2 * abs(exact) + 10**8) // (2 * 10**8)
    assert line_price_cents(unit_price, quantity) == (-size if exact < 0 else size)


@pytest.mark.parametrize("euros", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_money(euros: str) -> None:
    """A decimal that is no number raises instead of becoming an amount."""
    with pytest.raises((ValueError, ArithmeticError)):
        to_cents(Decimal(euros))


@pytest.mark.parametrize(
    ("cents", "percent", "part"),
    [(3120, "10", 312), (5, "10", 1), (4, "10", 0), (999, "33.33", 333), (1000, "12.5", 125), (1000, "250", 2500)],
)
def test_per_cent_of_an_amount(cents: int, percent: str, part: int) -> None:
    """Half a cent goes up."""
    assert percent_of_cents(cents, Decimal(percent)) == part


@given(amounts)
def test_a_hundred_per_cent_is_all(cents: int) -> None:
    """Nothing is lost to rounding at 100 per cent, and nothing is taken at none."""
    assert percent_of_cents(cents, Decimal(100)) == cents
    assert percent_of_cents(cents, Decimal(0)) == 0
