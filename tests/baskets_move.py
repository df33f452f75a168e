"""What a cashier does at once: some keys, what they mean in cents, and how the world answers meanwhile.

A row of moves can be played again without chance, so a failure is shown by its keys and made smaller by leaving moves
out. What a move means is worked out here from what was typed, apart from the register's own arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from states.fiscal.receipt import Invoice, Item, Sale, Tender
from states.journey import Composing, Sealing


class Fate(StrEnum):
    """How the world answers what follows from a move."""

    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"
    FULL = "full"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Sold:
    """A line joins the basket, at one of these prices in cents."""

    prices: frozenset[int]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The marked or last line, or after SUBTOTAL the whole, is lowered or raised by so many per cent or cents."""

    is_discount: bool
    percent: Decimal | None
    cents: int


@dataclass(frozen=True, slots=True)
class Paid:
    """Money is taken, or on a total below zero paid out: so many cents, the rest due (None), or an amount of another
    currency, of which so much is a euro."""

    cents: int | None
    amount: Decimal | None = None
    per_euro: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Voided:
    """A line with its adjustments, or else what was keyed last, is taken back."""

    is_last: bool


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice of so many cents is paid, or below zero given back."""

    cents: int


@dataclass(frozen=True, slots=True)
class Moved:
    """So many cents are put into the drawer, or below zero taken from it."""

    cents: int


Meaning = Sold | Adjusted | Paid | Voided | Billed | Moved


@dataclass(frozen=True, slots=True)
class Move:
    """Keys as on a text keypad (contract 5), pressed after the clock struck ``at`` if it did."""

    keys: tuple[str, ...] = ()
    means: Meaning | None = None
    at: datetime | None = None
    fate: Fate = Fate.ONLINE

    def __str__(self) -> str:
        """As it is told when something is wrong."""
        clock = f"[{self.at.isoformat()}] " if self.at else ""
        fate = "" if self.fate is Fate.ONLINE else f" ({self.fate})"
        return f"{clock}{', '.join(self.keys)}{fate}"


@dataclass(frozen=True, slots=True)
class Basket:
    """What a person at the till sees of a basket: its lines, the marked one, its invoice, the money taken."""

    items: tuple[Item, ...] = ()
    tenders: tuple[Tender, ...] = ()
    invoice: Invoice | None = None
    sale: Sale | None = None
    is_summed: bool = False
    chosen: int | None = None

    @property
    def total(self) -> int:
        """What is to be paid before cash is rounded."""
        return self.invoice.cents if self.invoice else sum(map(price_of, self.items))

    @property
    def content(self) -> tuple[object, ...]:
        """What stays or changes when a move is refused or not."""
        return self.items, self.tenders, self.invoice, self.sale


def basket_of(state: object) -> Basket:
    """What is in the basket in this state of the receipt; nothing when there is none."""
    if isinstance(state, Sealing):
        sale = state.sale
        return Basket(sale.items, sale.tenders, sale.invoice, sale)
    if isinstance(state, Composing):
        return Basket(state.items, state.tenders, state.invoice, None, state.is_summed, state.chosen)
    return Basket()


def half_up(amount: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    size = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return size if amount >= 0 else -size


def price_of(item: Item) -> int:
    """The price of a line in cents, from its quantity and unit price."""
    return half_up(Fraction(item.quantity) * Fraction(item.unit_price) * 100)


# --- Whether a move did what it means ------------------------------------------------------------------------


def amiss(move: Move, before: Basket, after: Basket) -> Iterator[str]:
    """What the last key of the move did to the basket but does not mean; one that was refused changed nothing."""
    if move.means is None or before.content == after.content:
        return
    match move.means:
        case Sold(prices):
            new = after.items[len(before.items) :]
            if after.items[:-1] != before.items or {price_of(item) for item in new} - prices:
                yield f"one line at {sorted(prices)} cents was keyed, and not {[price_of(item) for item in new]}"
        case Adjusted():
            yield from _amiss_adjusted(move.means, before, after)
        case Paid():
            yield from _amiss_paid(move.means, before, after)
        case Voided(is_last):
            yield from _amiss_voided(is_last, before.items, after.items)
        case Billed(cents):
            if after.invoice is None or after.invoice.cents != cents:
                yield f"an invoice of {cents} cents was keyed, and not {after.invoice}"
        case Moved(cents):
            kind = "VK" if cents > 0 else "VY"
            if after.sale is None or (after.sale.type, after.sale.total_cents) != (kind, abs(cents)):
                yield f"{cents} cents were moved, and not {after.sale}"


def _amiss_voided(is_last: bool, before: tuple[Item, ...], after: tuple[Item, ...]) -> Iterator[str]:
    """What is gone stood together, was one thing, and for VOID_LAST was keyed last."""
    count = len(before) - len(after)
    places = [len(after)] if is_last else range(len(after) + 1)
    gone = [range(at, at + count) for at in places if count > 0 and before[:at] + before[at + count :] == after]
    if not any(_is_one_thing(before, places, is_last) for places in gone):
        yield f"{[item.name for item in before]} became {[item.name for item in after]}"


def _is_one_thing(items: tuple[Item, ...], places: range, is_last: bool) -> bool:
    """A line with all its adjustments, or one adjustment on the whole with all its parts; at the end a single line."""
    if is_last and items[places.start].role != "total":
        return len(places) == 1
    joined = [_is_joined(items, place) for place in (*places, places.stop)]
    return joined == [False, *[True] * (len(places) - 1), False]


def _is_joined(items: tuple[Item, ...], place: int) -> bool:
    """The item belongs to the one before it: it adjusts it, or both are parts of one adjustment, of falling rates."""
    if not 0 < place < len(items):
        return False
    before, item = items[place - 1], items[place]
    is_alike = (before.role, before.type, before.name) == (item.role, item.type, item.name)
    return item.role == "line" or (item.role == "total" and is_alike and before.vat_rate > item.vat_rate)


def _amiss_paid(means: Paid, before: Basket, after: Basket) -> Iterator[str]:
    if after.tenders[:-1] != before.tenders or after.items != before.items:
        yield "the money of before, or the lines, are not what they were"
    elif means.cents is None and means.amount is None and after.sale is None:
        yield "the rest due was taken, and yet it is not paid"
    elif means.cents is not None and after.tenders[-1].cents != (means.cents if before.total >= 0 else -means.cents):
        yield f"{means.cents} cents were taken, and not {after.tenders[-1]}"
    elif means.amount is not None and means.per_euro is not None:
        worth = half_up(Fraction(means.amount) / Fraction(means.per_euro) * 20) * 5
        if after.tenders[-1].cents != worth or after.tenders[-1].foreign is None:
            yield f"{means.amount} at {means.per_euro} for a euro are {worth} cents, and not {after.tenders[-1]}"


def _amiss_adjusted(means: Adjusted, before: Basket, after: Basket) -> Iterator[str]:
    place = len(before.items) if before.is_summed else _end_of_line(before)
    count = len(after.items) - len(before.items)
    parts = after.items[place : place + count]
    if after.items[:place] + after.items[place + count :] != before.items or not parts or after.tenders:
        yield f"the adjustment is not at {place}, or the lines of before are not what they were"
        return
    bases = _bases(before.items) if before.is_summed else _last_line(before.items[:place])
    base, sign = sum(bases.values()), -1 if means.is_discount else 1
    size = means.cents if means.percent is None else half_up(base * Fraction(means.percent) / 100)
    if sum(map(price_of, parts)) != sign * size:
        yield f"{sign * size} cents of {base} were keyed, and not {[price_of(part) for part in parts]}"
    shares = {part.vat_rate: price_of(part) for part in parts}
    if len(shares) != len(parts) or not shares.keys() <= bases.keys():
        yield f"the rates {[part.vat_rate for part in parts]} are not those of {bases}"
    for rate, due in bases.items():
        exact = Fraction(sign * size * due, base) if base else Fraction(sign * size)
        if abs(shares.get(rate, 0) - exact) >= 1:
            yield f"the share of {rate} % is {shares.get(rate, 0)} cents, and not about {float(exact):.2f}"
        if means.is_discount and shares.get(rate, 0) + due < 0:
            yield f"at {rate} % more is taken off than there is"


def _end_of_line(basket: Basket) -> int:
    """Behind the marked line and what adjusts it, or behind the last one."""
    if basket.chosen is None:
        return len(basket.items)
    after = range(basket.chosen + 1, len(basket.items))
    return next((place for place in after if not _is_joined(basket.items, place)), len(basket.items))


def _last_line(items: Sequence[Item]) -> dict[int, int]:
    """The last line with what adjusted it, by its rate."""
    cents = 0
    for item in reversed(items):
        cents += price_of(item)
        if item.role != "line":
            return {item.vat_rate: cents}
    return {}


def _bases(items: Sequence[Item]) -> dict[int, int]:
    """What is left of the goods sold at each rate: no packaging, nothing that comes back, no untaxed advance."""
    sums: defaultdict[int, int] = defaultdict(int)
    for item in items:
        is_untaxed = item.type == "OZ" and item.vat_rate == 0
        if item.type in ("K", "Z", "OZ", "VP") and item.role != "packaging" and not is_untaxed:
            sums[item.vat_rate] += price_of(item)
    return {rate: cents for rate, cents in sums.items() if cents > 0}
