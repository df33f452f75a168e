"""What both displays show: a view of the state, never a command. A slow display shows the newest and blocks nothing."""

from __future__ import annotations

from states.fiscal.address import mask
from states.fiscal.money import format_cents
from states.fiscal.receipt import Form, Item, Tender, TenderKind, Way
from states.fiscal.tender import rest_due
from states.journey import AwaitingPaper, Composing, Ended, Refused
from states.keying import Counted, Spelling, Typing
from states.machines.menu import ENTRIES, Choosing, Shut
from states.register import Register, keys_that_act
from states.view import CUSTOMER_COLUMNS, OPERATOR_COLUMNS, OPERATOR_LINES, View
from states.words import Language, say

ENDINGS = ("", "mail-failed", "mail-in-doubt", "recovered")
"""Notices that the end of the receipt says better."""


def screen(register: Register, language: Language, *, training: bool) -> View:
    """The view of this moment."""
    entry = entry_text(register, language)
    notice = notice_text(register, language)
    waiting = "" if register.hears_keys else waiting_text(register, language)
    lines, total = body(register, language)
    mode = "R" if isinstance(register.menu, Shut) else "X"
    return View(
        mode=mode,
        operator=operator_lines(f"{mode} {say('title', language)}", lines, total, notice or waiting or entry),
        customer=customer(register, language, waiting),
        lines=lines,
        total=total,
        entry=entry,
        notice=notice,
        waiting=waiting,
        training=training,
        keys=keys_that_act(register),
        departments=tuple(f"{one.number} {one.vat_rate} % {one.name}" for one in register.entry.till.departments),
    )


def operator_lines(title: str, lines: tuple[str, ...], total: str, said: str) -> tuple[str, ...]:
    """The device's own display: mode, as many of the last lines as fit, the sum, and below it what is said, in two."""
    below = [said[:OPERATOR_COLUMNS].rstrip(), said[OPERATOR_COLUMNS : 2 * OPERATOR_COLUMNS].strip()] if said else []
    below = [line for line in below if line]
    room = OPERATOR_LINES - 2 - len(below)
    shown = (title, *lines[max(0, len(lines) - room) :], total, *below)
    return tuple(line[:OPERATOR_COLUMNS] for line in shown)


def entry_text(register: Register, language: Language) -> str:
    """What is being typed."""
    entry = register.entry
    match entry:
        case Spelling():
            return f"{say('ask-' + entry.words, language)} {entry.typed}"
        case Counted():
            return f"{entry.quantity} x"
        case Typing():
            count = f"{entry.quantity} x " if entry.quantity is not None else ""
            return f"{count}{entry.typed}"
    return say("returning", language) + " " + entry.reference if entry.reference else ""


def notice_text(register: Register, language: Language) -> str:
    """What the cashier must know: the last refusal, or what the state itself says."""
    receipt = register.receipt
    if isinstance(receipt, Refused):
        return say("refused-by-authority", language, receipt.fault.code, receipt.fault.text)
    if isinstance(receipt, AwaitingPaper):
        return f"{say(receipt.reason, language)} {say('press-enter', language)}"
    if register.ended is not None and register.notice in ENDINGS:
        return ended_text(register.ended, language)
    return say(register.notice, language) if register.notice else ""


def ended_text(ended: Ended, language: Language) -> str:
    """SENT to j***@example.sk, or PRINTED and why."""
    if ended.form is Form.REFUSED:
        return say("ended-refused", language)
    if ended.way is Way.EMAIL:
        return say("ended-sent", language, ended.receipt.sale.email_masked)
    if ended.mail is not None:
        return say("ended-printed-instead", language, say("verdict-" + ended.mail.verdict, language))
    return say("ended-offline" if ended.form is Form.OFFLINE else "ended-printed", language)


def waiting_text(register: Register, language: Language) -> str:
    """What is awaited."""
    state = register.receipt if isinstance(register.menu, Shut) else register.menu
    return say("waiting-" + type(state).__name__, language)


def body(register: Register, language: Language) -> tuple[tuple[str, ...], str]:
    """The lines of the basket, or of the menu, and the sum."""
    if isinstance(register.menu, Choosing):
        marks = (">" if number == register.menu.chosen else " " for number in range(len(ENTRIES)))
        return tuple(
            f"{mark}{n} {say(name, language)}" for n, (mark, name) in enumerate(zip(marks, ENTRIES, strict=True), 1)
        ), ""
    if isinstance(register.receipt, Composing):
        return composing_body(register, register.receipt, language)
    sale = register.receipt.sale if hasattr(register.receipt, "sale") else register.receipt.receipt.sale
    return tuple(item_text(item) for item in sale.items), total_text(sale.total_cents, sale.change_cents, language)


def composing_body(register: Register, basket: Composing, language: Language) -> tuple[tuple[str, ...], str]:
    """The basket with the mark, its tenders, and what is due; after a sale, the change."""
    if not basket.items and register.ended is not None:
        sale = register.ended.receipt.sale
        return (), total_text(sale.total_cents, sale.change_cents, language)
    lines = [(">" if index == basket.chosen else "") + item_text(item) for index, item in enumerate(basket.items)]
    lines += [tender_text(tender, language) for tender in basket.tenders]
    lines += [f"E-MAIL {mask(basket.address)}"] if basket.address else []
    due = rest_due(basket.total_cents, basket.tenders, TenderKind.CARD)
    word = "rest" if basket.tenders else "total"
    return tuple(lines), f"{say(word, language)} {format_cents(due)}"


def item_text(item: Item) -> str:
    """A line of the basket, its price first so that a narrow display shows it."""
    count = f"{item.quantity.normalize():f}x " if item.quantity != 1 else ""
    return f"{format_cents(item.price_cents)} {count}{item.name}"


def tender_text(tender: Tender, language: Language) -> str:
    """Money given."""
    return f"{say('tender-' + tender.kind, language)} {format_cents(tender.cents)}"


def total_text(total_cents: int, change_cents: int, language: Language) -> str:
    """The sum, or the change when there is any."""
    if change_cents:
        return f"{say('change', language)} {format_cents(change_cents)}"
    return f"{say('total', language)} {format_cents(total_cents)}"


def customer(register: Register, language: Language, waiting: str) -> tuple[str, ...]:
    """The customer's display: the last line and the sum; after the sale thanks and the change."""
    lines, total = body(register, language) if isinstance(register.menu, Shut) else ((), "")
    served = register.ended is not None and register.ended.form is not Form.REFUSED
    first = say("thanks", language) if served else (lines[-1] if lines else say("welcome", language))
    if register.wants_words and isinstance(register.entry, Spelling):
        first = register.entry.typed[-CUSTOMER_COLUMNS:]
    return (first[:CUSTOMER_COLUMNS], (waiting or total)[:CUSTOMER_COLUMNS])
