"""Discounts and surcharges, and what makes a basket impossible.

A discount is an item Z, a surcharge an item K; on the whole it is one item for each rate, in proportion to what is sold
at the rate, by largest remainder to the cent. Packaging and what comes back (V, O) are no base of either.

Sources: IR 2.10 (Z, OZ, VP); rules of a certified register: a discount has the rate of what it lowers, no rate's sum
goes below zero by it, and an advance deducted with rate 0 may not exceed the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from states.fiscal.money import AMOUNT_MAX_CENTS, percent_of_cents
from states.fiscal.receipt import ITEMS_MAX, Item, ItemType, Role

LOWERING = frozenset({ItemType.DISCOUNT, ItemType.VOUCHER, ItemType.ADVANCE})
BASE = LOWERING | {ItemType.SOLD}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A discount or surcharge: so many per cent, or so many cents, above zero; exactly one of them."""

    is_discount: bool
    percent: Decimal | None
    cents: int | None

    @property
    def name(self) -> str:
        """As the item is called, in the language of the receipt: ``Zľava 12,5 %``."""
        word = "Zľava" if self.is_discount else "Prirážka"
        if self.percent is None:
            return word
        return f"{word} {self.percent.normalize():f} %".replace(".", ",")


def on_line(items: Sequence[Item], wanted: Adjustment) -> tuple[Item, ...] | str:
    """The item that adjusts the last line, after those that adjusted it before; or why not, as a word.

    ``discount-packaging``: nothing is taken off a deposit. ``discount-nothing``: the last line is not sold goods.
    ``discount-zero``: it comes to no cent. ``discount-above``: it is more than the line.
    """
    line = items[blocks(items)[-1].start] if items else None
    if line is None or line.type is not ItemType.SOLD or line.role is not Role.GOODS:
        is_packaging = line is not None and _is_packaging(line)
        return "discount-packaging" if is_packaging else "discount-nothing"
    base_cents = sum(items[index].price_cents for index in blocks(items)[-1])
    cents = _size_cents(wanted, base_cents)
    return _refusal(wanted, cents, base_cents) or (_part(wanted, cents, line.vat_rate, Role.ON_LINE, line),)


def on_total(items: Sequence[Item], wanted: Adjustment) -> tuple[Item, ...] | str:
    """The items that adjust the whole, the highest rate first; or why not, by the words of ``on_line``."""
    bases = base_cents_by_rate(items)
    if not bases:
        return "discount-packaging" if any(map(_is_packaging, items)) else "discount-nothing"
    base_cents = sum(bases.values())
    cents = _size_cents(wanted, base_cents)
    refused = _refusal(wanted, cents, base_cents)
    if refused:
        return refused
    shares = spread_cents(cents, bases)
    return tuple(
        _part(wanted, shares[rate], rate, Role.ON_TOTAL) for rate in sorted(shares, reverse=True) if shares[rate]
    )


def base_cents_by_rate(items: Sequence[Item]) -> dict[int, int]:
    """What is left of the goods sold at each rate, where that is above zero."""
    sums = _sums_by_rate([item for item in items if _is_counted(item) and item.type in BASE])
    return {rate: cents for rate, cents in sums.items() if cents > 0}


def spread_cents(cents: int, bases: Mapping[int, int]) -> dict[int, int]:
    """A share of the cents for each rate's base, in proportion, by largest remainder; among equals the higher rate.

    The shares add up to the cents, and none is above its base unless the cents are above all bases together.
    """
    whole_cents = sum(bases.values())
    shares = {rate: cents * base_cents // whole_cents for rate, base_cents in bases.items()}
    left = cents - sum(shares.values())
    for rate in sorted(bases, key=lambda rate: (cents * bases[rate] % whole_cents, rate), reverse=True)[:left]:
        shares[rate] += 1
    return shares


def contradiction(items: Sequence[Item]) -> str:
    """Why these items can be no receipt, as a stable word; empty when they can.

    ``items-max``: more than 500. ``amount-max``: an item, a rate's sum or the total is beyond the message's limit.
    ``rate-below-zero``: a discount, voucher or advance exceeds what there is at its rate. ``total-below-zero``: an
    advance deducted with rate 0 exceeds the total.
    """
    if len(items) > ITEMS_MAX:
        return "items-max"
    total_cents = sum(item.price_cents for item in items)
    sums = _sums_by_rate(items).values()
    if max(map(abs, (total_cents, *sums, *(item.price_cents for item in items)))) > AMOUNT_MAX_CENTS:
        return "amount-max"
    counted = _sums_by_rate([item for item in items if _is_counted(item)])
    lowered = {item.vat_rate for item in items if item.type in LOWERING and _is_counted(item)}
    if any(counted[rate] < 0 for rate in lowered):
        return "rate-below-zero"
    has_untaxed_advance = any(_is_untaxed_advance(item) for item in items)
    return "total-below-zero" if has_untaxed_advance and total_cents < 0 else ""


def blocks(items: Sequence[Item]) -> tuple[range, ...]:
    """The places of what belongs together: a line with its own adjustments, or the parts of one on the whole."""
    found: list[range] = []
    for place, item in enumerate(items):
        if found and _belongs(items[place - 1], item):
            found[-1] = range(found[-1].start, place + 1)
        else:
            found.append(range(place, place + 1))
    return tuple(found)


def _belongs(before: Item, item: Item) -> bool:
    """Parts of one adjustment on the whole bear one name, the higher rate first."""
    if item.role is Role.ON_TOTAL:
        is_same = (before.role, before.type, before.name) == (item.role, item.type, item.name)
        return is_same and before.vat_rate > item.vat_rate
    return item.role is Role.ON_LINE


def _size_cents(wanted: Adjustment, base_cents: int) -> int:
    if wanted.percent is None:
        return wanted.cents or 0
    return percent_of_cents(base_cents, wanted.percent)


def _refusal(wanted: Adjustment, cents: int, base_cents: int) -> str:
    if wanted.is_discount and (cents > base_cents or (wanted.percent or 0) > 100):
        return "discount-above"
    return "discount-zero" if cents <= 0 else ""


def _part(wanted: Adjustment, cents: int, vat_rate: int, role: Role, line: Item | None = None) -> Item:
    """What lowers or raises a line is sold for the same seller and by the same regulation."""
    return Item(
        name=wanted.name,
        quantity=Decimal(1),
        unit="",
        unit_price=Decimal(-cents if wanted.is_discount else cents).scaleb(-2),
        vat_rate=vat_rate,
        type=ItemType.DISCOUNT if wanted.is_discount else ItemType.SOLD,
        regulation=line.regulation if line else None,
        seller_id=line.seller_id if line else "",
        seller_id_type=line.seller_id_type if line else None,
        role=role,
    )


def _is_packaging(item: Item) -> bool:
    return item.role is Role.PACKAGING or item.type is ItemType.PACKAGING


def _is_untaxed_advance(item: Item) -> bool:
    return item.type is ItemType.ADVANCE and item.vat_rate == 0


def _is_counted(item: Item) -> bool:
    """Packaging stands apart; an advance with rate 0 lowers only what is to be paid."""
    return not _is_packaging(item) and not _is_untaxed_advance(item)


def _sums_by_rate(items: Sequence[Item]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for item in items:
        sums[item.vat_rate] = sums.get(item.vat_rate, 0) + item.price_cents
    return sums
