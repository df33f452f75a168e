"""What is being keyed: the states of the entry, and how a typed number is read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from states.asking import Words
from states.fiscal.product import Product
from states.fiscal.receipt import Item, ItemType
from states.till import Till

TYPED_MAX = 12


@dataclass(frozen=True, slots=True)
class Returning:
    """Goods come back (V), or an item is put right (O); packaging comes back without a reference (VO).

    ``items`` are those of the original if the journal knows it: a correction must negate one of them.
    """

    type: ItemType
    reference: str = ""
    items: tuple[Item, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing is typed; ``returning`` is what the item that is keyed next will be, if not sold."""

    till: Till
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity was keyed, and its item comes next."""

    till: Till
    returning: Returning | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Typing:
    """A number is being typed; ``quantity`` is None until TIMES."""

    till: Till
    returning: Returning | None
    quantity: Decimal | None
    typed: str


@dataclass(frozen=True, slots=True)
class Pricing:
    """The price of a PLU that has none of its own is being typed."""

    till: Till
    returning: Returning | None
    quantity: Decimal | None
    product: Product
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words are being typed; ``first`` is what was typed before them (a number before its date), ``item`` the voucher's
    item that waits for its number, ``unknown`` the reference that the journal does not know: ENTER again insists."""

    till: Till
    words: Words
    typed: str = ""
    returning: Returning | None = None
    first: str = ""
    item: Item | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Looking:
    """What was typed is being looked up in the journal; ``spelling`` is where the cashier is if it is not there."""

    till: Till
    spelling: Spelling

    @property
    def returning(self) -> Returning | None:
        """As in Ready."""
        return self.spelling.returning


@dataclass(frozen=True, slots=True)
class Invoicing:
    """The amount of an invoice is being typed."""

    till: Till
    number: str
    typed: str = ""


def euros(till: Till, typed: str) -> Decimal:
    """What was typed, as euros."""
    value = Decimal(typed if typed not in ("", ".") else "0")
    return value / 100 if till.implied_cents and "." not in typed else value


def places(typed: str) -> int:
    """How many digits stand after the point."""
    return len(typed.partition(".")[2])
