"""Money is integer cents; quantities and unit prices are decimals; rounding is half up, away from zero.

Sources: IR 2.9 (Price, BasicVatAmount); law 18/1996 § 3 for cash rounding, in force since 1.7.2022.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

AMOUNT_MAX_CENTS = 1_000_000_000
QUANTITY_MAX = Decimal(10_000_000)
QUANTITY_PLACES = 4
UNIT_PRICE_PLACES = 6

_AMOUNT = re.compile(r"(-?)([0-9]{1,9})\.([0-9]{2})")


def format_cents(cents: int) -> str:
    """The amount as the message, the PKP and the QR carry it: ``14.95``, ``-0.05``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros}.{rest:02d}"


def parse_cents(text: str) -> int:
    """Read an amount of exactly two places; ValueError for anything else."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError(f"not an amount with two places: {text!r}")
    cents = int(found[2]) * 100 + int(found[3])
    return -cents if found[1] else cents


def to_cents(euros: Decimal) -> int:
    """Euros to cents, half up and away from zero."""
    return int((euros * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def line_price_cents(unit_price: Decimal, quantity: Decimal) -> int:
    """The price of a line: unit price (euros) x quantity, rounded half up to the cent."""
    return to_cents(unit_price * quantity)


def percent_of_cents(cents: int, percent: Decimal) -> int:
    """So many per cent of an amount, rounded half up to the cent."""
    return to_cents(Decimal(cents) * percent / 10_000)


def round_cash_cents(cents: int) -> int:
    """What is paid in cash for ``cents``: the nearest five cents, and never nothing for something."""
    size = abs(cents)
    rounded = 5 if 0 < size < 5 else (size + 2) // 5 * 5
    return -rounded if cents < 0 else rounded
