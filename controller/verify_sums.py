"""What a receipt, or cash that was moved, adds to the sums of a day: counted anew, by the words of the text form.

Source: the words are those of ``states.fiscal.totals``; IR 2.9 for the tax of a rate.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from controller.verify_money import line_cents
from states.fiscal.receipt import Item, Sale

Facts = defaultdict[tuple[str, int], Decimal]
"""Counts, and amounts in euros, by their word and their place between its slashes."""

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
    facts = Facts(Decimal)
    if sale.repairs:
        facts["repaired", 0] += 1
        return facts
    _count(facts, sale.type.value, sale.total_cents)
    if sale.type in ("VK", "VY"):
        _count_move(facts, sale.total_cents if sale.type == "VK" else -sale.total_cents)
    if sale.type in ("PD", "UF"):
        _add_sale(facts, sale)
    return facts


def sums_of_move(cents: int) -> Facts:
    """What cash that was moved adds."""
    facts = Facts(Decimal)
    _count_move(facts, cents)
    return facts


def merge(facts: Facts, more: Facts) -> None:
    """Add the second to the first."""
    for place, amount in more.items():
        facts[place] += amount


def drawer_of(facts: Facts) -> Decimal:
    """The euros in the drawer after these sums."""
    places = (("opening", 0), ("cash", 0), ("deposits", 1), ("withdrawals", 1))
    return sum((facts[place] for place in places), Decimal(0))


def _add_sale(facts: Facts, sale: Sale) -> None:
    facts["receipts", 0] += 1
    facts["total", 0] += _euros(sale.total_cents)
    facts["rounding", 0] += _euros(sale.rounding_cents)
    for tender in sale.tenders:
        facts[tender.kind.value, 0] += _euros(tender.cents)
        if tender.foreign:
            facts[tender.foreign.code, 0] += tender.foreign.amount
            facts[tender.foreign.code, 1] += _euros(tender.cents)
    facts["cash", 0] -= _euros(sale.change_cents)
    if sale.invoice:
        _count(facts, "invoices-paid" if sale.invoice.cents >= 0 else "invoices-returned", sale.invoice.cents)
    for item in sale.items:
        _count(facts, f"items-{_ITEMS.get(item.type.value) or _SOLD[item.role.value]}", line_cents(item))
    taxed = [item for item in sale.items if item.type != "OZ" or item.vat_rate]
    for rate in {item.vat_rate for item in taxed}:
        _add_rate(facts, rate, [item for item in taxed if item.vat_rate == rate])


def _add_rate(facts: Facts, rate: int, items: list[Item]) -> None:
    """Base, tax and gross; the tax of a rate is rounded once, from the sum of the receipt without free advances."""
    gross = _euros(sum(map(line_cents, items)))
    vat = (gross * rate / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP) if rate > 0 else Decimal(0)
    for place, amount in enumerate((gross - vat, vat, gross)):
        facts[str(rate), place] += amount


def _count_move(facts: Facts, cents: int) -> None:
    _count(facts, "deposits" if cents >= 0 else "withdrawals", cents)


def _count(facts: Facts, word: str, cents: int) -> None:
    facts[word, 0] += 1
    facts[word, 1] += _euros(cents)


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100
