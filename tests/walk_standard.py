"""Representatives: the world that stands for all that differ from it in identifiers, amounts and counts only.

What no guard reads is forgotten: texts, Uuids, times of records, who sold. Amounts are five euros (of a discount one),
typed numbers are zero, five, or the number of a PLU; words are right, wrong or none. A receipt is kept as long as the
journal has work with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from states import effects as do
from states.asking import Words
from states.fiscal import journal
from states.fiscal.day import Sums
from states.fiscal.journal import History
from states.fiscal.place import Location, Place
from states.fiscal.receipt import (
    TIME_CODES,
    Attempt,
    Foreign,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Role,
    Sale,
    Tender,
    TenderKind,
)
from states.fiscal.rules import Rules
from states.fiscal.slip import CashOrder, CopyOrder, UnsentList
from states.fiscal.typed import is_named
from states.journey import Composing, Refused, Sealing
from states.keying import Counted, Invoicing, Looking, Pricing, Ready, Returning, Spelling, Typing
from states.machines.menu import Listing
from states.machines.outbox import Resting
from states.machines.place import Locating, Placed
from states.queueing import PASSED_OVER_MAX, Aside, Unsent, name_of
from states.register import TABLES, Register
from states.spelling import amiss
from tests.fiscal_examples import UID
from tests.world_walk import ADDRESS, DATE, LATE, Durable, World, issued, locations

GONE = 9
"""The number of a receipt that the journal is done with."""
DAY = "2026-11-22"
MOMENT = "2026-11-22 10:15"
PARAGON = Paragon(5, DATE)
COUNT_MAX = 2
"""What tells a location's first sending from the others; nobody reads how often a receipt was sent."""
TOLD = {"text", "phase", "reply", "evidence", "message_id", "request_date"}
"""What is only told to people and auditors: no guard reads it."""


def stands_for(before: World, after: World) -> World:
    """The representative of a world; most keys change nothing, and this is seen quickly."""
    same = after.journal is before.journal and machines(after.register) == machines(before.register)
    return before if same and (after.asked, after.late) == (before.asked, before.late) else representative(after)


def machines(register: Register) -> tuple[object, ...]:
    """The states of all machines, without what is told."""
    return tuple([getattr(register, name) for name in TABLES])


def representative(world: World) -> World:
    """The world that stands for all that differ from this one in identifiers, amounts and counts only."""
    live = in_order(world)
    names = Names(
        standards(live),
        {one.id: f"place-{place}" for place, one in enumerate(dict.fromkeys(locations(world.journal.places)), 1)},
    )
    register = world.register
    register = replace(
        register,
        entry=plain_entry(register.entry),
        receipt=plain_receipt(register.receipt, names),
        outbox=plain_outbox(register.outbox, names),
        place=names.rewrite(register.place),
        menu=plain_menu(register.menu),
        slip=names.rewrite(register.slip),
        notice="",
        ended=None,
    )
    durable = Durable(
        tuple(names.rewrite(plain_history(one)) for one in live),
        names.rewrite(world.journal.places) if names.places else world.journal.places,
    )
    late = names.receipts[world.late].okp if world.late in names.receipts else world.late and GONE_OKP
    asked = names.rewrite(world.asked)
    return replace(world, register=register, asked=asked, journal=durable, begun=world.begun[-1:], late=late)


def in_order(world: World) -> tuple[History, ...]:
    """What the journal has work with: what was set aside, what waits in the outbox's order, then the rest."""
    waiting = [name_of(one.message) for one in world.register.outbox.box.queue]
    live = [one for one in world.journal.receipts if one.is_undelivered or one.is_unsent or one.is_aside]
    return tuple(sorted(live, key=lambda one: (not one.is_aside, place_in(waiting, one.receipt.okp))))


def place_in(names: list[str], name: str) -> int:
    """Where the name stands, or behind all."""
    return names.index(name) if name in names else len(names)


# --- Receipts and locations --------------------------------------------------------------------------------


KEPT = (int, type(None), StrEnum, Rules, Place, Sums, UnsentList)
"""What has no names in it."""
NAMED = (
    *(Receipt, Sale, Location, Placed, Unsent, Aside, Locating, do.Locate, CashOrder, CopyOrder),
    *(Attempt, do.Find, do.CheckParagon),
)
"""What is rewritten in a way of its own."""
PLAIN = {
    Attempt: Attempt("u", DATE, 1),
    do.Find: do.Find("x"),
    do.CheckParagon: do.CheckParagon(PARAGON.number, PARAGON.issue_date),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The standard receipts by their OKP now, and the standard ids of locations by theirs."""

    receipts: dict[str, Receipt]
    places: dict[str, str]

    def rewrite(self, value: Any) -> Any:
        """The value with the standard names, and with no other Uuids, counts, sums and times than the standard ones."""
        if isinstance(value, KEPT):
            return value
        if isinstance(value, str):
            return self.receipts[value].okp if value in self.receipts else self.places.get(value, value)
        if isinstance(value, tuple):
            return tuple([self.rewrite(one) for one in value]) if value else value
        return self.rewrite_named(value) if isinstance(value, NAMED) else self.rewrite_parts(value)

    def rewrite_named(self, value: Any) -> Any:
        """The same of what is rewritten in a way of its own."""
        match value:
            case Receipt():
                return self.receipts.get(value.okp) or issued(GONE, plain_sale(value.sale, self))
            case Sale():
                return plain_sale(value, self)
            case Location():
                return replace(value, id=self.places.get(value.id, "place-gone"))
            case Placed(place, name):
                return Placed(place, self.places.get(name, "place-gone"))
            case Unsent(message, count, passed_over):
                most = COUNT_MAX if isinstance(message, Location) else 1
                return Unsent(self.rewrite(message), min(count, most), passed_over and PASSED_OVER_MAX)
            case Aside(receipt, code, count):
                return Aside(self.rewrite(receipt), plain_code(code), min(count, 1))
            case Locating(location, attempt) | do.Locate(location, attempt):
                count = min(attempt.sending_count, COUNT_MAX)
                return type(value)(self.rewrite(location), Attempt("u", DATE, count))
            case CashOrder(cents):
                return CashOrder(500 if cents > 0 else -500)
            case CopyOrder(number):
                return CopyOrder(number and 5)
        return PLAIN[type(value)]

    def rewrite_parts(self, value: Any) -> Any:
        """The same of everything else, field by field."""
        kind, names = value.__class__, names_of(value.__class__)
        return kind(*[self.rewrite_part(name, getattr(value, name)) for name in names]) if names else value

    def rewrite_part(self, name: str, part: Any) -> Any:
        """One field."""
        if name in TOLD:
            return type(part)()
        if name == "code":
            return plain_code(part)
        if name == "reason":
            return part and "late"
        if name == "sending_count":
            return min(part, COUNT_MAX)
        return self.rewrite(part)


@cache
def names_of(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass; nothing of any other class."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


def plain_code(code: int) -> int:
    """No refusal, overload, a refusal for the time, or any other."""
    if code >= 0:
        return 0
    return -103 if code in TIME_CODES else max(code, -100)


def standards(live: tuple[History, ...]) -> dict[str, Receipt]:
    """The receipt at each place of the journal; what was sold still matters while it may be refused."""
    found: dict[str, Receipt] = {}
    for place, history in enumerate(live, 1):
        sale = plain_sale(history.receipt.sale, Names(found, {}))
        if history.outcome is not None or history.is_given_up:
            kind = sale.type if history.is_undelivered else ReceiptType.PD
            sale = Sale("s-1", (), (), 0, 0, 0, type=kind, repairs=sale.repairs if history.is_undelivered else "")
        found[history.receipt.okp] = issued(place, sale)
    return found


def plain_history(history: History) -> History:
    """What recovery and the outbox read of it: not how often things were tried, nor why it was off-line."""
    outcome = history.outcome and replace(history.outcome, code=0, reason="")
    short = replace(history, attempts=history.attempts[-1:], outcome=outcome)
    if history.is_undelivered:
        return replace(short, interruptions=history.interruptions[:1])
    delivered = history.delivered and journal.Delivered(history.receipt.okp, history.delivered.way, "")
    return replace(short, interruptions=(), mail_failed=None, delivered=delivered)


def plain_outbox(state: Any, names: Names) -> Any:
    """No counts of failures: whoever was passed over once stands for those that were often."""
    old = state.box
    box = replace(old, queue=names.rewrite(old.queue), aside=names.rewrite(old.aside), failures=0)
    if isinstance(state, Resting):
        return Resting(box, state.not_before and LATE)
    _, *others = names_of(state.__class__)
    return type(state)(box, *[names.rewrite_part(name, getattr(state, name)) for name in others])


def plain_menu(state: Any) -> Any:
    """A list is at its top, or it is not."""
    return Listing(min(state.top, 1)) if isinstance(state, Listing) else state


# --- What is typed -----------------------------------------------------------------------------------------

Entry = Ready | Counted | Typing | Pricing | Spelling | Looking | Invoicing


def plain_typed(typed: str, plus: str = "") -> str:
    """Zero or not, a PLU's number, with a point or not, and how many places: nothing else of a number decides."""
    whole, dot, fraction = typed.partition(".")
    if not Decimal(f"{whole or 0}.{fraction}0"):
        return typed and "0" + dot
    if typed in plus:
        return typed
    return "5" + dot + "5" * len(fraction)


def plain_entry(entry: Entry) -> Entry:
    """The entry with a representative number or word."""
    match entry:
        case Spelling():
            return plain_spelling(entry)
        case Looking(till, spelling):
            return Looking(till, plain_spelling(spelling))
        case Typing(till, returning, quantity, typed):
            return Typing(till, plain_returning(returning), quantity and Decimal(5), plain_typed(typed, "1234"))
        case Pricing(till, returning, quantity, product, typed):
            return Pricing(till, plain_returning(returning), quantity and Decimal(5), product, plain_typed(typed))
        case Invoicing(till, _, typed):
            return Invoicing(till, "5", plain_typed(typed))
        case Counted(till, returning, _):
            return Counted(till, plain_returning(returning), Decimal(5))
        case Ready(till, returning):
            return Ready(till, plain_returning(returning))


def plain_returning(returning: Returning | None) -> Returning | None:
    """With a standard reference."""
    return returning and replace(returning, reference=returning.reference and UID)


WHOLE = {
    Words.ADDRESS: ADDRESS,
    Words.INVOICE: "5",
    Words.VOUCHER: "5",
    Words.PARAGON_NUMBER: "5",
    Words.PARAGON_DATE: MOMENT,
    Words.SINCE: DAY,
    Words.UNTIL: DAY,
    Words.PLACE: "AUTO",
    Words.CASHIER: "1",
}
WRONG = {Words.INVOICE: "ž", Words.VOUCHER: "ž", Words.PLACE: "1"}
"""What is no such words, where ``x`` would be."""


def plain_spelling(state: Spelling) -> Spelling:
    """Right words, wrong ones, or none; of a reference whether the authority would know it too."""
    first = state.first and (DAY if state.words is Words.UNTIL else "5")
    item = state.item and plain_item(state.item)
    return replace(
        state,
        typed=plain_words(state),
        returning=plain_returning(state.returning),
        first=first,
        item=item,
        unknown=state.unknown and UID,
    )


def plain_words(state: Spelling) -> str:
    """What was typed; nothing may be right too, for the next number of a slip written by hand."""
    if amiss(state):
        return state.typed and WRONG.get(state.words, "x")
    if state.words in WHOLE:
        return state.typed and WHOLE[state.words]
    return UID if is_named(state.typed) else "5"


# --- What is in the basket -----------------------------------------------------------------------------------


def plain_receipt(state: Any, names: Names) -> Any:
    """A basket with plain lines and money; a receipt's other states are what they are."""
    match state:
        case Composing():
            return plain_basket(state)
        case Sealing(sale, address, rules, is_owed):
            return Sealing(plain_sale(sale, names), address and ADDRESS, rules, is_owed)
        case Refused(receipt, fault, address):
            kept = issued(GONE, plain_sale(receipt.sale, names))
            return Refused(kept, names.rewrite(fault), address and ADDRESS)
    return names.rewrite(state)


def plain_basket(basket: Composing) -> Composing:
    """Nobody sells, and amounts are standard."""
    return replace(
        basket,
        basket_id="s-1",
        items=tuple(map(plain_item, basket.items)),
        tenders=plain_tenders(basket.tenders),
        address=basket.address and ADDRESS,
        cashier="",
        invoice=plain_invoice(basket.invoice),
        paragon=basket.paragon and PARAGON,
    )


def plain_sale(sale: Sale, names: Names) -> Sale:
    """What is sold, plainly; a receipt that it repairs is a live one, or gone."""
    return Sale(
        "s-1",
        tuple(map(plain_item, sale.items)),
        plain_tenders(sale.tenders),
        0,
        0,
        0,
        type=sale.type,
        invoice=plain_invoice(sale.invoice),
        paragon=sale.paragon and PARAGON,
        repairs=names.receipts[sale.repairs].okp if sale.repairs in names.receipts else sale.repairs and GONE_OKP,
    )


def plain_invoice(invoice: Invoice | None) -> Invoice | None:
    """Paid or given back."""
    return invoice and Invoice("5", 500 if invoice.cents > 0 else -500)


def plain_tenders(tenders: tuple[Tender, ...]) -> tuple[Tender, ...]:
    """A euro each, given or paid out, in an order of their own: cash, foreign or not, or anything else."""
    return tuple(sorted(map(plain_tender, tenders), key=lambda tender: (tender.kind, tender.cents)))


@cache
def plain_tender(tender: Tender) -> Tender:
    """A euro, given or paid out, or nothing."""
    kind = tender.kind if tender.kind in (TenderKind.CASH, TenderKind.CURRENCY) else TenderKind.CARD
    foreign = tender.foreign and Foreign("USD", Decimal(1), Decimal(1))
    return Tender(kind, 100 * ((tender.cents > 0) - (tender.cents < 0)), foreign)


@cache
def plain_item(item: Item) -> Item:
    """A line of five euros, or of one that adjusts; sold or coming back."""
    adjusts = item.role in (Role.ON_LINE, Role.ON_TOTAL)
    price = Decimal(1 if adjusts else 5).copy_sign(item.unit_price)
    name = ("Z" if item.type is ItemType.DISCOUNT else "P") if adjusts else "Tovar"
    return Item(
        name,
        Decimal(1),
        "",
        price,
        item.vat_rate,
        item.type,
        item.reference and UID,
        item.voucher and "5",
        role=item.role,
    )


GONE_OKP = issued(GONE, Sale("s-1", (), (), 0, 0, 0)).okp
