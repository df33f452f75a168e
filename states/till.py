"""What the shop set on its register: departments, PLU, currencies, cashiers, and how amounts are typed."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from states.fiscal.product import Product


@dataclass(frozen=True, slots=True)
class Currency:
    """A foreign currency: the number of its key, its ISO 4217 code, and how much of it is one euro."""

    number: int
    code: str
    per_euro: Decimal


@dataclass(frozen=True, slots=True)
class Cashier:
    """Who sells; the name stands on the receipt."""

    number: int
    name: str


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The PLU in the order of their numbers; equal only to itself, since it is large and never changes."""

    products: tuple[Product, ...] = ()

    def find(self, number: int) -> Product | None:
        """The PLU of this number."""
        place = bisect_left(self.products, number, key=attrgetter("number"))
        found = self.products[place : place + 1]
        return found[0] if found and found[0].number == number else None


EMPTY = Catalogue()


@dataclass(frozen=True, slots=True)
class Till:
    """Departments by number; with ``implied_cents`` 1250 is 12.50, as older registers have it."""

    departments: tuple[Product, ...]
    implied_cents: bool = False
    catalogue: Catalogue = EMPTY
    currencies: tuple[Currency, ...] = ()
    cashiers: tuple[Cashier, ...] = ()

    def department(self, number: int) -> Product | None:
        """The department of this key, if the shop set one."""
        return next((one for one in self.departments if one.number == number), None)

    def currency(self, number: int) -> Currency | None:
        """The currency of this key, if the shop set one."""
        return next((one for one in self.currencies if one.number == number), None)
