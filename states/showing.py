"""The lines of the displays: a basket with its sum, the menu, the list of unsent messages, and what to remember."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.fiscal.address import mask
from states.fiscal.codes import paper_time
from states.fiscal.discount import blocks
from states.fiscal.money import format_cents
from states.fiscal.receipt import Form, Invoice, Item, Paragon, Receipt, ReceiptType, Sale, Tender, TenderKind
from states.fiscal.tender import rest_due
from states.journey import Composing, Refused, Sealing
from states.machines.line import Unreachable
from states.machines.medium import Ailing
from states.machines.menu import Choosing, Listing, entries_at
from states.machines.place import Unplaced
from states.machines.service import notice_of
from states.queueing import Box, Message, deadline
from states.register import Register
from states.words import Language, say


@dataclass(frozen=True, slots=True)
class Body:
    """Lines, and the sum below them; where not all fit, ``seen`` is one that must be, None the last.

    ``is_text``: they are sentences, which a narrow display breaks; lines of goods and of the menu it cuts.
    """

    lines: tuple[str, ...]
    total: str = ""
    seen: int | None = None
    is_text: bool = False


def body(register: Register, language: Language) -> Body:
    """What the operator's display shows between its title and what is being typed."""
    match register.menu:
        case Choosing(path, chosen):
            return Body(tuple(menu_lines(path, chosen, language)), seen=chosen)
        case Listing(top):
            unsent = unsent_lines(register.outbox.box, language)
            return Body(unsent[min(top, len(unsent) - 1) :], seen=0, is_text=True)
    if isinstance(register.receipt, Refused):
        refused = register.receipt
        return Body(sale_lines(refused.receipt.sale, language), say("refused-total", language, refused.fault.code))
    if not isinstance(register.receipt, Composing):
        sale = sale_of(register)
        assert sale is not None
        return Body(sale_lines(sale, language), total_text(sale.total_cents, sale.change_cents, language))
    if register.is_between_sales and register.ended is None:
        return Body(tuple(reminders(register, language)), total_text(0, 0, language), seen=0, is_text=True)
    return composing_body(register, register.receipt, language)


def menu_lines(path: tuple[int, ...], chosen: int, language: Language) -> Iterator[str]:
    """The entries with their numbers, from 1, and the mark."""
    for place, entry in enumerate(entries_at(path)):
        yield f"{'>' if place == chosen else ' '}{place + 1} {say(entry.word, language)}"


def sale_of(register: Register) -> Sale | None:
    """The sale that is under way, None while its basket is still open."""
    state = register.receipt
    if isinstance(state, Composing):
        return None
    sale: Sale = state.sale if isinstance(state, Sealing) else state.receipt.sale
    return sale


def is_practice(register: Register) -> bool:
    """What is shown is no sale (ND)."""
    sale = sale_of(register)
    return register.receipt.is_training if sale is None else sale.type is ReceiptType.ND


def composing_body(register: Register, basket: Composing, language: Language) -> Body:
    """The basket with the mark, its tenders, and what is due; after a sale, the change."""
    if basket.is_untouched and register.ended is not None:
        sale = register.ended.receipt.sale
        return Body((), total_text(sale.total_cents, sale.change_cents, language))
    marked = next((block for block in blocks(basket.items) if basket.chosen in block), range(0))
    lines = [*document_lines(basket.invoice, basket.paragon, language)]
    seen = len(lines) + marked[-1] if marked else None
    lines += [(">" if place in marked else "") + item_text(item) for place, item in enumerate(basket.items)]
    lines += [tender_text(tender, language) for tender in basket.tenders]
    lines += [say("taken", language, text) for text in taken_before(register, language)]
    lines += [f"E-MAIL {mask(basket.address)}"] if basket.address else []
    rounds = basket.law.is_cash_rounded
    due_cents = rest_due(basket.total_cents, basket.tenders, TenderKind.CARD, is_rounded=rounds)
    word = "rest" if basket.tenders else "total"
    return Body(tuple(lines), f"{say(word, language)} {format_cents(due_cents)}", seen)


def taken_before(register: Register, language: Language) -> Iterator[str]:
    """Money that was taken for a receipt that the authority refused: it is keyed again, or given back."""
    if register.ended is not None and register.ended.form is Form.REFUSED and not register.receipt.is_untouched:
        for tender in register.ended.receipt.sale.tenders:
            yield tender_text(tender, language)


def sale_lines(sale: Sale, language: Language) -> tuple[str, ...]:
    """What is being sold."""
    return (*document_lines(sale.invoice, sale.paragon, language), *map(item_text, sale.items))


def document_lines(invoice: Invoice | None, paragon: Paragon | None, language: Language) -> Iterator[str]:
    """What kind of receipt it is, if not a plain sale."""
    if paragon is not None:
        yield say("showing-paragon", language, paragon.number)
    if invoice is not None:
        yield f"{format_cents(invoice.cents)} {say('showing-invoice', language, invoice.number)}"


def reminders(register: Register, language: Language) -> Iterator[str]:
    """What the cashier should not forget while nobody is served."""
    if isinstance(register.place, Unplaced):
        yield say("place-unknown", language)
    if word := notice_of(register.service):
        yield say(word, language)
    if isinstance(register.medium, Ailing):
        yield from (say(word, language) for word in register.medium.notices)
    if isinstance(register.line, Unreachable):
        yield say("line-unreachable", language)
    box = register.outbox.box
    if box.queue:
        by = min(deadline(one.message) for one in box.queue)
        yield say("unsent-count", language, len(box.queue), f"{by:%d.%m. %H:%M}")
    refused = sum(bool(one.code) for one in box.aside)
    for word, count in (("aside-count", refused), ("given-up-count", len(box.aside) - refused)):
        if count:
            yield say(word, language, count)


def unsent_lines(box: Box, language: Language) -> tuple[str, ...]:
    """One line for each message that waits, and for each that was set aside, with the code if it was refused."""
    waiting = (
        say("unsent-line", language, key_of(one.message), f"{deadline(one.message):%d.%m. %H:%M}") for one in box.queue
    )
    aside = (
        say("aside-line" if one.code else "given-up-line", language, one.receipt.key, one.code) for one in box.aside
    )
    return (*waiting, *aside) or (say("nothing-unsent", language),)


def key_of(message: Message) -> str:
    """What the cashier knows a message by: the receipt's number, or when the place was keyed."""
    return message.key if isinstance(message, Receipt) else paper_time(message.create_date)


def item_text(item: Item) -> str:
    """A line of the basket, its price first so that a narrow display shows it."""
    count = f"{item.quantity.normalize():f}x " if item.quantity != 1 else ""
    return f"{format_cents(item.price_cents)} {count}{item.name}"


def tender_text(tender: Tender, language: Language) -> str:
    """Money given, in the money it was given in."""
    if tender.foreign is not None:
        return f"{tender.foreign.code} {tender.foreign.amount} = {format_cents(tender.cents)}"
    return f"{say('tender-' + tender.kind, language)} {format_cents(tender.cents)}"


def total_text(total_cents: int, change_cents: int, language: Language) -> str:
    """The sum, or the change when there is any."""
    if change_cents:
        return f"{say('change', language)} {format_cents(change_cents)}"
    return f"{say('total', language)} {format_cents(total_cents)}"
