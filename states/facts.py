"""What machines conclude and announce to each other; a fact is heard in the same turn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from states.asking import Words
from states.event import Event
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Foreign, Invoice, Item, Paragon, Receipt, TenderKind
from states.fiscal.slip import Order
from states.journey import Ended


@dataclass(frozen=True, slots=True)
class Fact(Event):
    """Something that a machine concluded."""


@dataclass(frozen=True, slots=True)
class Beginning(Fact):
    """A basket may begin with it, but not where nothing is sold."""


@dataclass(frozen=True, slots=True)
class ItemKeyed(Beginning):
    """A complete line was keyed."""

    item: Item


@dataclass(frozen=True, slots=True)
class AdjustmentKeyed(Fact):
    """A discount (or surcharge) was keyed: so many per cent, or so many cents, above zero; exactly one of them."""

    is_discount: bool
    percent: Decimal | None
    cents: int | None


@dataclass(frozen=True, slots=True)
class InvoiceKeyed(Beginning):
    """An invoice is to be paid, or below zero its payment given back."""

    invoice: Invoice


@dataclass(frozen=True, slots=True)
class ParagonKeyed(Beginning):
    """The next basket was sold by hand before."""

    paragon: Paragon


@dataclass(frozen=True, slots=True)
class TrainingChosen(Beginning):
    """The next basket is for practice (ND)."""


@dataclass(frozen=True, slots=True)
class CashierChosen(Fact):
    """Who sells from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class CashMoveKeyed(Fact):
    """Cash is put into the drawer, or below zero taken from it."""

    cents: int


@dataclass(frozen=True, slots=True)
class SlipOrdered(Fact):
    """A paper that is no receipt is wanted."""

    order: Order


@dataclass(frozen=True, slots=True)
class WordsAsked(Fact):
    """The menu wants words from the keypad."""

    words: Words


@dataclass(frozen=True, slots=True)
class PlaceKeyed(Fact):
    """A portable register is at a new place."""

    place: Place


@dataclass(frozen=True, slots=True)
class PlaceRefused(Fact):
    """A location was refused when the outbox sent it: the authority does not know that the register is there."""

    location: Location
    code: int


@dataclass(frozen=True, slots=True)
class SendNowKeyed(Fact):
    """Whoever waits for the authority is to be tried at once."""


@dataclass(frozen=True, slots=True)
class RepairKeyed(Fact):
    """The oldest receipt that was refused for its time is to be registered anew."""


@dataclass(frozen=True, slots=True)
class RepairBegun(Beginning):
    """This receipt is registered anew now."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class TenderKeyed(Fact):
    """Money was keyed; ``cents`` is None for the rest due, ``foreign`` only for foreign currency."""

    kind: TenderKind
    cents: int | None
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class AddressKeyed(Beginning):
    """The customer agreed to an electronic receipt and gave this address."""

    address: str


@dataclass(frozen=True, slots=True)
class AddressWithdrawn(Fact):
    """The customer wants paper after all."""


@dataclass(frozen=True, slots=True)
class LineChosen(Fact):
    """The mark moves by so many lines (-1 is up)."""

    by: int


@dataclass(frozen=True, slots=True)
class LineVoided(Fact):
    """The marked line, or without a mark the last one, is taken back."""


@dataclass(frozen=True, slots=True)
class LastVoided(Fact):
    """The last line is taken back."""


@dataclass(frozen=True, slots=True)
class BasketVoided(Fact):
    """The whole basket is dropped before it was paid."""


@dataclass(frozen=True, slots=True)
class SubtotalKeyed(Fact):
    """The cashier wants to see the subtotal."""


@dataclass(frozen=True, slots=True)
class ReceiptEnded(Fact):
    """The receipt came to its end; the cashier sees how until the next key."""

    ended: Ended


@dataclass(frozen=True, slots=True)
class WentOnline(Fact):
    """The authority answered: it is worth trying the outbox."""


@dataclass(frozen=True, slots=True)
class WentOffline(Fact):
    """A message without an answer is durable and waits for the authority."""

    message: Receipt | Location
    sending_count: int
