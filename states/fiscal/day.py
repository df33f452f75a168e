"""The sums of a day as values; ``counting`` makes them from the journal.

Source: protocol facts, chapter 7.1 (what registers of this class tell of a day; no law demands it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from states.fiscal.receipt import Form, Item, ItemType, ReceiptType, Role, TenderKind
from states.fiscal.vat import VatLine

K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and how much."""

    count: int = 0
    cents: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.count + other.count, self.cents + other.cents)


@dataclass(frozen=True, slots=True)
class Sold:
    """A PLU: how much of it, and for how much; what came back is taken off."""

    quantity: Decimal = Decimal(0)
    cents: int = 0

    def __add__(self, other: Sold) -> Sold:
        """Both together."""
        return Sold(self.quantity + other.quantity, self.cents + other.cents)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A foreign currency: how often it was taken, how much of it, and what that was worth in cents."""

    count: int = 0
    amount: Decimal = Decimal(0)
    cents: int = 0

    def __add__(self, other: Exchanged) -> Exchanged:
        """Both together."""
        return Exchanged(self.count + other.count, self.amount + other.amount, self.cents + other.cents)


class ItemKind(StrEnum):
    """What a line of a receipt is in a report: the kinds of items, and what hides among the sold ones."""

    SOLD = "sold"
    SURCHARGE = "surcharge"
    DISCOUNT = "discount"
    PACKAGING_SOLD = "packaging-sold"
    PACKAGING_BOUGHT = "packaging-bought"
    RETURNED = "returned"
    CORRECTION = "correction"
    ADVANCE = "advance"
    VOUCHER = "voucher"


KINDS = {
    ItemType.SOLD: ItemKind.SOLD,
    ItemType.PACKAGING: ItemKind.PACKAGING_BOUGHT,
    ItemType.RETURNED: ItemKind.RETURNED,
    ItemType.CORRECTION: ItemKind.CORRECTION,
    ItemType.DISCOUNT: ItemKind.DISCOUNT,
    ItemType.ADVANCE: ItemKind.ADVANCE,
    ItemType.VOUCHER: ItemKind.VOUCHER,
}
SOLD_KINDS = {
    Role.GOODS: ItemKind.SOLD,
    Role.PACKAGING: ItemKind.PACKAGING_SOLD,
    Role.ON_LINE: ItemKind.SURCHARGE,
    Role.ON_TOTAL: ItemKind.SURCHARGE,
}


def kind_of(item: Item) -> ItemKind:
    """What the item is in a report."""
    return SOLD_KINDS[item.role] if item.type is ItemType.SOLD else KINDS[item.type]


def tallies(kinds: type[K]) -> tuple[tuple[K, Tally], ...]:
    """A tally of nothing for every member of the enumeration, in its order."""
    return tuple((kind, Tally()) for kind in kinds)


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of the records up to ``up_to_seq``.

    ``total`` is what was taken, by PD and UF; it is ``by_form`` without REFUSED (which counts nowhere else),
    ``by_tender`` (cash less the change), ``by_cashier``, and ``by_item`` with the invoices and ``rounding``.
    ``by_type`` tells of ND, VK and VY too. These tuples name every member of their kind, in order; the mappings, which
    nobody may change, only what there was: cashiers by name, departments by number (0 for none), PLU by number and
    name. ``opening_cents`` is what the drawer held before; ``waiting`` are the OKPs of off-line receipts without an
    answer yet, ``set_aside`` counts those that the authority refused later, ``repaired`` those registered anew.
    ``newest`` is the latest civil day of a receipt or a move of cash, as ``2026-11-22``.
    """

    up_to_seq: int = 0
    first_key: str = ""
    last_key: str = ""
    newest: str = ""
    total: Tally = Tally()
    rounding: Tally = Tally()
    by_form: tuple[tuple[Form, Tally], ...] = tallies(Form)
    by_type: tuple[tuple[ReceiptType, Tally], ...] = tallies(ReceiptType)
    by_tender: tuple[tuple[TenderKind, Tally], ...] = tallies(TenderKind)
    by_item: tuple[tuple[ItemKind, Tally], ...] = tallies(ItemKind)
    by_rate: tuple[VatLine, ...] = ()
    invoices_paid: Tally = Tally()
    invoices_returned: Tally = Tally()
    by_currency: Mapping[str, Exchanged] = field(default_factory=dict, hash=False)
    by_cashier: Mapping[str, Tally] = field(default_factory=dict, hash=False)
    by_department: Mapping[int, Tally] = field(default_factory=dict, hash=False)
    by_plu: Mapping[tuple[int, str], Sold] = field(default_factory=dict, hash=False)
    opening_cents: int = 0
    deposits: Tally = Tally()
    withdrawals: Tally = Tally()
    emailed: int = 0
    printed: int = 0
    waiting: frozenset[str] = frozenset()
    set_aside: int = 0
    repaired: int = 0

    @property
    def unsent(self) -> int:
        """How many off-line receipts of this day wait for the authority."""
        return len(self.waiting)

    @property
    def drawer_cents(self) -> int:
        """The euros in the drawer: what it held, cash taken less change, deposits less withdrawals."""
        cash_cents = dict(self.by_tender)[TenderKind.CASH].cents
        return self.opening_cents + cash_cents + self.deposits.cents + self.withdrawals.cents


NOTHING = Day()
"""A day on which nothing happened."""


class ReportKind(StrEnum):
    """An interim report (X), a daily one that closes the day (Z), or the last daily one once more.

    An interval is days of the past; CASHIERS, DEPARTMENTS and PLUS are the open day by who sold, and what.
    """

    X = "X"
    Z = "Z"
    AGAIN = "again"
    INTERVAL = "interval"
    CASHIERS = "cashiers"
    DEPARTMENTS = "departments"
    PLUS = "plus"


@dataclass(frozen=True, slots=True)
class Sums:
    """A day as a report shows it: made ``at`` (25 characters), the journal's hash then; ``number`` the Z's, or 0.

    ``since`` and ``until`` are the days of an interval, empty otherwise.
    """

    kind: ReportKind
    day: Day
    number: int
    at: str
    chain_hex: str
    since: str = ""
    until: str = ""
