"""What a receipt, or cash that was moved, adds to the sums of a day: counted anew, by the words of the text form.

Source: the words are those of ``states.fiscal.totals``; IR 2.9 for the tax of a rate.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from controller.verify_money import line_cents
from states.fiscal.receipt import Item, Sale

Facts = defaultdict[tuple[str, int], Decimal | int]
"""Amounts in hundredths, by their word and their place between its slashes; one receipt is 100 of them, as one euro."""

ONE = 100

_ITEMS = {
    "VO": "packaging-bought",
    "V": "returned",
    "O": "correction",
    "Z": "discount",
    "OZ": "advance",
    "VP": "voucher",
}
_SOLD = {"packaging": "packaging-sold", "line": "surcharge", "total": "surcharge", "": "sold"}


def sums_of_sale(sale: Sale) -> Facts:
    """What one receipt adds; one that repairs another, practice, and moves of cash are no sales."""
    facts = Facts(int)
    if sale.repairs:
        facts["repaired", 0] += ONE
        return facts
    _count(facts, sale.type.value, sale.total_cents)
    if sale.type in ("VK", "VY"):
        _count_move(facts, sale.total_cents if sale.type == "VK" else -sale.total_cents)
    if sale.type in ("PD", "UF"):
        _add_sale(facts, sale)
    return facts


def sums_of_move(cents: int) -> Facts:
    """What cash that was moved adds."""
    facts = Facts(int)
    _count_move(facts, cents)
    return facts


def merge(facts: Facts, more: Facts) -> None:
    """Add the second to the first."""
    for place, amount in more.items():
        facts[place] += amount


def drawer_of(facts: Facts) -> Decimal | int:
    """The cents in the drawer after these sums."""
    return facts["opening", 0] + facts["cash", 0] + facts["deposits", 1] + facts["withdrawals", 1]


def _add_sale(facts: Facts, sale: Sale) -> None:
    facts["receipts", 0] += ONE
    facts["total", 0] += sale.total_cents
    facts["rounding", 0] += sale.rounding_cents
    for tender in sale.tenders:
        facts[tender.kind.value, 0] += tender.cents
        if tender.foreign:
            facts[tender.foreign.code, 0] += tender.foreign.amount * ONE
            facts[tender.foreign.code, 1] += tender.cents
    facts["cash", 0] -= sale.change_cents
    if sale.invoice:
        _count(facts, "invoices-paid" if sale.invoice.cents >= 0 else "invoices-returned", sale.invoice.cents)
    gross: defaultdict[int, int] = defaultdict(int)
    for item in sale.items:
        cents = line_cents(item)
        _count(facts, f"items-{_word(item)}", cents)
        if item.type != "OZ" or item.vat_rate:
            gross[item.vat_rate] += cents
    for rate, cents in gross.items():
        _add_rate(facts, rate, cents)


def _word(item: Item) -> str:
    return _ITEMS.get(item.type.value) or _SOLD[item.role.value]


def _add_rate(facts: Facts, rate: int, gross: int) -> None:
    """Base, tax and gross; the tax of a rate is rounded once, from the sum of the receipt without free advances."""
    whole = 100 + rate
    size = (2 * abs(gross) * rate + whole) // (2 * whole) if rate > 0 else 0
    vat = size if gross >= 0 else -size
    for place, amount in enumerate((gross - vat, vat, gross)):
        facts[str(rate), place] += amount


def _count_move(facts: Facts, cents: int) -> None:
    _count(facts, "deposits" if cents >= 0 else "withdrawals", cents)


def _count(facts: Facts, word: str, cents: int) -> None:
    facts[word, 0] += ONE
    facts[word, 1] += cents
