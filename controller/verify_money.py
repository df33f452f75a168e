"""The money of a sealed receipt, counted anew: lines, rounding of cash, change, discounts.

Sources: IR 2.9 and 2.10 (Amount, Price); law 18/1996 § 3 (only what is paid in cash is rounded, to five cents).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from controller.verify_content import is_moment, rules_in_force
from controller.verify_frames import Broken
from states.fiscal.receipt import Item, Receipt, Sale, Tender

_CASH = ("cash", "currency")


def judge_money(receipt: Receipt) -> Iterator[Broken]:
    """What does not add up in this receipt."""
    sale = receipt.sale
    cents = settled_cents(sale)
    if not receipt.amount == euros(cents + sale.rounding_cents) == euros(sale.total_cents):
        sums = f"{euros(cents)} and rounding {euros(sale.rounding_cents)}"
        yield "I23", f"{receipt.key}: {receipt.amount} was signed of {euros(sale.total_cents)} in all: {sums}"
    if sale.type in ("VK", "VY"):
        if sale.total_cents <= 0 or sale.rounding_cents:
            yield "I23", f"{receipt.key}: {sale.type} of {euros(sale.total_cents)}"
        return
    yield from _settled(receipt, cents)
    for tender in sale.tenders:
        if not _is_worth(tender):
            yield "I23", f"{receipt.key}: {euros(tender.cents)} is not what {tender.foreign} is worth"
    for rate, left in _lowered(sale.items).items():
        if left < 0:
            yield "I23", f"{receipt.key}: what is taken off at {rate} % exceeds its goods by {euros(-left)}"


def euros(cents: int) -> str:
    """The amount as it is signed."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def settled_cents(sale: Sale) -> int:
    """What the receipt is about, before cash is rounded."""
    if sale.invoice is not None:
        return sale.invoice.cents
    return sale.total_cents if sale.type in ("VK", "VY") else sum(map(line_cents, sale.items))


def line_cents(item: Item) -> int:
    """The line's price, half up to the cent and away from zero."""
    return int((item.unit_price * item.quantity * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _settled(receipt: Receipt, cents: int) -> Iterator[Broken]:
    """Rounding and change follow from what was given in cash and otherwise, by rules in force on that day."""
    sale = receipt.sale
    in_cash = [tender.cents for tender in sale.tenders if tender.kind in _CASH]
    exact = cents - sum(tender.cents for tender in sale.tenders) + sum(in_cash)
    if not is_moment(receipt.create_date) or not is_moment(receipt.issue_date):
        return
    dues = {_in_fives(exact) if rules.is_cash_rounded else exact for rules in rules_in_force(receipt)}
    if exact + sale.rounding_cents not in dues:
        yield "I23", f"{receipt.key}: rounded by {euros(sale.rounding_cents)}, in cash {euros(exact)}"
    elif sum(in_cash) != exact + sale.rounding_cents + sale.change_cents:
        paid, back = euros(sum(in_cash)), euros(sale.change_cents)
        yield "I23", f"{receipt.key}: in cash {euros(exact + sale.rounding_cents)}, paid {paid}, change {back}"
    if sale.change_cents < 0:
        yield "I23", f"{receipt.key}: change of {euros(sale.change_cents)}"


def _in_fives(cents: int) -> int:
    """The nearest five cents; what is not nothing never becomes nothing."""
    size = max(5, (abs(cents) * 2 + 5) // 10 * 5) if cents else 0
    return size if cents >= 0 else -size


def _is_worth(tender: Tender) -> bool:
    if tender.foreign is None or tender.kind != "currency":
        return tender.foreign is None and tender.kind != "currency"
    if tender.foreign.per_euro <= 0:
        return False
    worth = tender.foreign.amount / tender.foreign.per_euro
    return tender.cents == int((worth * 20).quantize(Decimal(1), ROUND_HALF_UP)) * 5


def _lowered(items: tuple[Item, ...]) -> dict[int, int]:
    """What is left at each rate at which a discount, an advance or a voucher is taken off.

    Packaging stands apart, and an advance of rate 0 lowers only what is to be paid.
    """
    left: Counter[int] = Counter()
    rates = set()
    for item in items:
        is_packaging = item.type == "VO" or item.role == "packaging"
        if is_packaging or (item.type == "OZ" and item.vat_rate == 0):
            continue
        left[item.vat_rate] += line_cents(item)
        if item.type in ("Z", "OZ", "VP"):
            rates.add(item.vat_rate)
    return {rate: left[rate] for rate in sorted(rates, reverse=True)}
