"""The sums of a day: a fold over the journal's records since the last closing.

A receipt belongs to the stretch that holds both its intent and its outcome, so a day ends before an intent that has no
outcome yet. A refused receipt and an invalid one (ND) count in no sum. An off-line receipt counts even if the authority
sets it aside later: the customer holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from states.fiscal.journal import Delivered, Intent, Outcome, Resolved, Stored
from states.fiscal.receipt import Form, ItemType, Receipt, ReceiptType, Sale, TenderKind, Way
from states.fiscal.vat import VatLine, vat_lines

K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how much."""

    count: int = 0
    cents: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.count + other.count, self.cents + other.cents)


def _sorted(kinds: type[K], found: Iterable[tuple[K, Tally]] = ()) -> tuple[tuple[K, Tally], ...]:
    """A tally for every member of the enumeration, in its order."""
    tallies = {kind: Tally() for kind in kinds}
    for kind, tally in found:
        tallies[kind] += tally
    return tuple(tallies.items())


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of the records up to ``up_to_seq``; each ``by_`` names every member of its kind, in order.

    ``by_tender`` is what stays with the seller: its cash is the balance of the drawer. ``waiting`` are the OKPs of
    off-line receipts without an answer yet, ``set_aside`` counts those that the authority refused later.
    """

    up_to_seq: int = 0
    first_key: str = ""
    last_key: str = ""
    total: Tally = Tally()
    rounding: Tally = Tally()
    by_form: tuple[tuple[Form, Tally], ...] = _sorted(Form)
    by_tender: tuple[tuple[TenderKind, Tally], ...] = _sorted(TenderKind)
    by_item: tuple[tuple[ItemType, Tally], ...] = _sorted(ItemType)
    by_rate: tuple[VatLine, ...] = ()
    emailed: int = 0
    printed: int = 0
    invalid: int = 0
    waiting: frozenset[str] = frozenset()
    set_aside: int = 0

    @property
    def unsent(self) -> int:
        """How many off-line receipts of this day wait for the authority."""
        return len(self.waiting)


class ReportKind(StrEnum):
    """An interim report (X), a daily one that closes the day (Z), or the last daily one once more."""

    X = "X"
    Z = "Z"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Sums:
    """A day as a report shows it: made ``at`` (25 characters), the journal's hash then; ``number`` the Z's, or 0."""

    kind: ReportKind
    day: Day
    number: int
    at: str
    chain_hex: str


@dataclass(frozen=True, slots=True)
class Counting:
    """A day while it is counted, one record after the other."""

    reached: Day = Day()
    whole: Day = Day()
    pending: tuple[Receipt, ...] = ()

    def then(self, stored: Stored) -> Counting:
        """The counting after the next record."""
        reached, pending = self.reached, self.pending
        before = self.whole if pending else replace(reached, up_to_seq=stored.seq - 1)
        match stored.record:
            case Intent(receipt):
                pending = (*pending, receipt)
            case Outcome(okp=okp, form=form):
                ended = [receipt for receipt in pending if receipt.okp == okp]
                pending = tuple(receipt for receipt in pending if receipt.okp != okp)
                for receipt in ended:
                    reached = _add_receipt(reached, receipt, form)
            case Delivered(way=Way.EMAIL):
                reached = replace(reached, emailed=reached.emailed + 1)
            case Delivered():
                reached = replace(reached, printed=reached.printed + 1)
            case Resolved(okp=okp, uid=uid):
                aside = reached.set_aside + (not uid)
                reached = replace(reached, waiting=reached.waiting - {okp}, set_aside=aside)
            case _:
                pass
        reached = replace(reached, up_to_seq=stored.seq)
        return Counting(reached, before if pending else reached, pending)


def fold(records: Iterable[Stored]) -> Day:
    """The day of these records, oldest first."""
    counting = Counting()
    for stored in records:
        counting = counting.then(stored)
    return counting.whole


def _add_receipt(day: Day, receipt: Receipt, form: Form) -> Day:
    sale = receipt.sale
    named = replace(day, first_key=day.first_key or receipt.key, last_key=receipt.key)
    if sale.type is ReceiptType.ND:
        return replace(named, invalid=day.invalid + 1)
    by_form = _sorted(Form, (*day.by_form, (form, Tally(1, sale.total_cents))))
    if form is Form.REFUSED:
        return replace(named, by_form=by_form)
    waiting = day.waiting | {receipt.okp} if form is Form.OFFLINE else day.waiting
    return _add_sale(replace(named, by_form=by_form, waiting=waiting), sale)


def _add_sale(day: Day, sale: Sale) -> Day:
    paid = ((tender.kind, Tally(1, tender.cents)) for tender in sale.tenders)
    change = (TenderKind.CASH, Tally(0, -sale.change_cents))
    sold = ((item.type, Tally(1, item.price_cents)) for item in sale.items)
    return replace(
        day,
        total=day.total + Tally(1, sale.total_cents),
        rounding=day.rounding + Tally(int(sale.rounding_cents != 0), sale.rounding_cents),
        by_tender=_sorted(TenderKind, (*day.by_tender, *paid, change)),
        by_item=_sorted(ItemType, (*day.by_item, *sold)),
        by_rate=_add_rates(day.by_rate, vat_lines(sale.items)),
    )


def _add_rates(lines: tuple[VatLine, ...], more: tuple[VatLine, ...]) -> tuple[VatLine, ...]:
    rates = {line.rate: line for line in lines}
    for line in more:
        rates[line.rate] = rates[line.rate] + line if line.rate in rates else line
    return tuple(rates[rate] for rate in sorted(rates, reverse=True))
