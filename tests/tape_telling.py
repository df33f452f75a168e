"""What a tape tells of effects and of states: a few words that a cashier or a technician would use."""

from __future__ import annotations

from collections.abc import Iterator

from states import effects as do
from states.fiscal import journal
from states.fiscal.day import ReportKind, Sums
from states.fiscal.money import format_cents
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Invoice, Item, ItemType, Paragon, ReceiptType, Sale, Tender
from states.fiscal.slip import (
    CashOrder,
    CashSlip,
    Copy,
    CopyOrder,
    Order,
    ReportOrder,
    Sample,
    SampleOrder,
    Slip,
    UnsentList,
    UnsentOrder,
)
from states.journey import Composing, Ended
from states.keying import Counted, Invoicing, Looking, Pricing, Ready, Returning, Spelling, Typing
from states.machines.line import Reaching, Unreachable
from states.machines.medium import Ailing, Sound
from states.machines.menu import Choosing, Listing, Shut
from states.machines.outbox import Reattempting, Resending, Resolving, Resting
from states.machines.place import Announcing, Fixed, Locating, Placed, PlaceKeeping, Unplaced
from states.machines.service import Blocked, Expiring, InService
from states.machines.slip import Gathering, NoSlip, SlipPrinting
from states.queueing import Box, Message
from states.register import Register

SHOWN_MAX = 40


# --- Effects -------------------------------------------------------------------------------------------------


def told_effect(effect: do.Effect) -> str:
    """An effect in a few words."""
    name = type(effect).__name__
    match effect:
        case do.Seal(sale):
            return f"{name} {', '.join(told_sale(sale))}"
        case do.Register(receipt, attempt, briefly):
            return f"{name} {receipt.key} attempt {attempt.sending_count}{', briefly' if briefly else ''}"
        case do.Resend(message, attempt):
            return f"{name} {told_message(message)} attempt {attempt.sending_count}"
        case do.Reattempt(message, count):
            return f"{name} {told_message(message)} attempt {count}"
        case do.Keep(record) | do.Resolve(record) | do.KeepPlace(record):
            return f"{name} {told_record(record)}"
        case do.Email(receipt, _, address, _):
            return f"{name} {receipt.key} to {address}"
        case do.Print(receipt, uid, torn):
            return f"{name} {receipt.key} {'online' if uid else 'OFF-LINE'}{', voiding the torn part' if torn else ''}"
        case do.Find(typed):
            return f"{name} {typed[:SHOWN_MAX]}"
        case do.CheckParagon(number, issued):
            return f"{name} {number or 'the next one'} of {issued}"
        case do.Announce(place):
            return f"{name} {told_place_of(place)}"
        case do.Locate(location, attempt):
            return f"{name} {location.id} attempt {attempt.sending_count}"
        case do.Gather(order):
            return f"{name} {told_order(order)}"
        case do.PrintSlip(slip):
            return f"{name} {told_slip_of(slip)}"
        case do.Beep(notice):
            return f"{name} {notice}"
    return name


def told_sale(sale: Sale) -> Iterator[str]:
    """What is to be sealed."""
    kind = "" if sale.type is ReceiptType.PD else f"{sale.type} "
    yield f"{kind}{format_cents(sale.total_cents)}: {told_tenders(sale.tenders)}".removesuffix(": ")
    if sale.change_cents:
        yield f"change {format_cents(sale.change_cents)}"
    if sale.rounding_cents:
        yield f"rounding {format_cents(sale.rounding_cents)}"
    yield from told_document(sale.invoice, sale.paragon)
    if sale.cashier:
        yield f"sold by {sale.cashier}"
    if sale.repairs:
        yield f"in place of {sale.repairs[:8]}"
    if sale.email_masked:
        yield f"mail to {sale.email_masked}"


def told_record(record: journal.Record) -> str:
    """A record in a few words."""
    match record:
        case journal.Outcome(_, form, _, code, reason, way, _, _):
            words = (f"Outcome {form}", str(code) if code else "", reason, f"by {way}" if way else "")
            return " ".join(filter(None, words))
        case journal.MailFailed(_, verdict, phase, code, _):
            return f"MailFailed {verdict} {phase} {code}"
        case journal.PrintInterrupted(_, reason):
            return f"PrintInterrupted {reason}"
        case journal.Delivered(_, way, evidence):
            return f"Delivered by {way} {evidence}".rstrip()
        case journal.Resolved(_, uid, code, _):
            return "Resolved with a UID" if uid else f"Resolved {code}"
        case journal.MovedAnswered(location, code, _):
            return f"MovedAnswered {location} {code or 'taken'}"
    return type(record).__name__


def told_tenders(tenders: tuple[Tender, ...]) -> str:
    """``cash 20.00 + card 5.00``."""
    return " + ".join(map(told_tender, tenders))


def told_tender(tender: Tender) -> str:
    """``cash 20.00``, or ``USD 20 for 18.45``."""
    if tender.foreign is not None:
        return f"{tender.foreign.code} {tender.foreign.amount} for {format_cents(tender.cents)}"
    return f"{tender.kind} {format_cents(tender.cents)}"


def told_message(message: Message) -> str:
    """What is sent, by its name."""
    return message.id if isinstance(message, Location) else message.key


def told_place_of(place: Place) -> str:
    """Where."""
    if place.gps is not None:
        return f"{place.gps.axis_x} {place.gps.axis_y}"
    return place.address.municipality if place.address is not None else place.other


def told_order(order: Order) -> str:
    """What slip is wanted."""
    match order:
        case ReportOrder(ReportKind.INTERVAL, since, until):
            return f"report from {since} until {until}"
        case ReportOrder(kind):
            return f"report {kind}"
        case CashOrder(cents):
            return f"cash {format_cents(cents)}"
        case CopyOrder(number):
            return f"copy of {number or 'the last one'}"
        case UnsentOrder():
            return "unsent list"
        case SampleOrder():
            return "sample"


def told_slip_of(slip: Slip) -> str:
    """What slip is printed."""
    match slip:
        case Sums(kind, _, number):
            return f"report {kind} {number}"
        case CashSlip(cents):
            return f"cash {format_cents(cents)}"
        case Copy(receipt, form):
            return f"copy of {receipt.key} {form}"
        case UnsentList():
            return "unsent list"
        case Sample():
            return "sample"


# --- States --------------------------------------------------------------------------------------------------


def told_state(register: Register) -> dict[str, str]:
    """Each machine's state in a few words."""
    return {
        "entry": told_entry(register),
        "receipt": told_receipt(register),
        "outbox": told_outbox(register),
        "line": told_line(register),
        "service": told_service(register),
        "medium": told_medium(register),
        "place": told_place(register),
        "menu": told_menu(register),
        "slip": told_slip(register),
    }


def told_entry(register: Register) -> str:
    """What is typed."""
    match register.entry:
        case Ready(_, returning):
            return f"Ready{told_returning(returning)}"
        case Counted(_, _, quantity):
            return f"Counted {quantity} x"
        case Typing(_, _, quantity, typed):
            return f"Typing {'' if quantity is None else f'{quantity} x '}{typed}"
        case Pricing(_, _, quantity, product, typed):
            return f"Pricing {'' if quantity is None else f'{quantity} x '}{product.name}: {typed}".rstrip()
        case Spelling(_, words, typed):
            return f"Spelling {words}: {typed[:SHOWN_MAX]}".rstrip()
        case Looking(_, Spelling(words=words)):
            return f"Looking {words}"
        case Invoicing(_, number, typed):
            return f"Invoicing {number}: {typed}".rstrip()
    raise AssertionError(register.entry)


RETURNS = {
    ItemType.RETURNED: "goods come back",
    ItemType.CORRECTION: "an item is corrected",
    ItemType.PACKAGING: "packaging comes back",
}


def told_returning(returning: Returning | None) -> str:
    """What the next item will be."""
    if returning is None:
        return ""
    of = f" of {returning.reference[:10]}" if returning.reference else ""
    return f", {RETURNS[returning.type]}{of}{', which is here' if returning.items is not None else ''}"


def told_receipt(register: Register) -> str:
    """The basket, or the receipt and where it is."""
    state = register.receipt
    if isinstance(state, Composing):
        ended = [told_ended(register.ended)] if register.ended else []
        told = ", ".join([*told_basket(state), *ended])
        return f"Composing {format_cents(state.total_cents)}: {told or 'empty'}"
    reason = getattr(state, "reason", "") or (f"{state.fault.code}" if hasattr(state, "fault") else "")
    key = state.receipt.key if hasattr(state, "receipt") else format_cents(state.sale.total_cents)
    return f"{type(state).__name__} {key} {reason}".rstrip()


def told_basket(basket: Composing) -> Iterator[str]:
    """What is in it."""
    if basket.is_training:
        yield "practice"
    if basket.cashier:
        yield f"sold by {basket.cashier}"
    yield from told_document(basket.invoice, basket.paragon)
    for place, item in enumerate(basket.items):
        yield f"{'>' if place == basket.chosen else ''}{told_item(item)}"
    if basket.is_summed:
        yield "subtotal"
    if basket.tenders:
        yield f"paid {told_tenders(basket.tenders)}"
    if basket.address:
        yield f"mail to {basket.address}"


def told_document(invoice: Invoice | None, paragon: Paragon | None) -> Iterator[str]:
    """What it is beside a plain sale."""
    if invoice is not None:
        yield f"invoice {invoice.number}"
    if paragon is not None:
        yield f"paragon {paragon.number} of {paragon.issue_date}"


def told_item(item: Item) -> str:
    """A line; its kind stands before it if goods are not plainly sold."""
    kind = "" if item.type is ItemType.SOLD else f"{item.type} "
    voucher = f" {item.voucher}" if item.voucher else ""
    return f"{kind}{item.quantity} x {item.unit_price} {item.name}{voucher}"


def told_ended(ended: Ended) -> str:
    """How the last receipt ended."""
    mail = f" because the mail is {ended.mail.verdict}" if ended.mail else ""
    return f"last {ended.receipt.key} {ended.form} {f'by {ended.way}' if ended.way else ''}".rstrip() + mail


def told_outbox(register: Register) -> str:
    """What waits for the authority, and what it refused later."""
    state = register.outbox
    told = f"{type(state).__name__} {told_box(state.box)}".rstrip()
    match state:
        case Resting(_, not_before):
            return f"{told} until {not_before:%H:%M:%S}" if not_before else told
        case Resolving(_, message, code):
            return f"{told}, answered {told_message(message)}{f' {code}' if code else ''}"
        case Reattempting() | Resending():
            return told
    raise AssertionError(state)


def told_box(box: Box) -> str:
    """Each message with its count, and each receipt that is aside with its code, 0 for one that was given up."""
    waiting = [f"{told_message(one.message)} sent {one.sending_count}" for one in box.queue]
    return ", ".join([*waiting, *(f"aside {one.receipt.key} {one.code}" for one in box.aside)])


def told_line(register: Register) -> str:
    """Whether the authority answers."""
    match register.line:
        case Reaching(0):
            return "Reaching"
        case Reaching(failures):
            return f"Reaching, {failures} without an answer"
        case Unreachable():
            return "Unreachable"
    raise AssertionError(register.line)


def told_service(register: Register) -> str:
    """How long the certificate is valid."""
    match register.service:
        case InService() | Blocked():
            return type(register.service).__name__
        case Expiring(_, days):
            return f"Expiring within {days} {'day' if days == 1 else 'days'}"
    raise AssertionError(register.service)


def told_medium(register: Register) -> str:
    """What is amiss with the storage."""
    match register.medium:
        case Sound():
            return "Sound"
        case Ailing(notices):
            return f"Ailing {', '.join(notices)}"
    raise AssertionError(register.medium)


def told_place(register: Register) -> str:
    """Where the register is."""
    state = register.place
    match state:
        case Fixed() | Unplaced():
            return type(state).__name__
        case Placed(place):
            return f"Placed {told_place_of(place)}"
        case Announcing(place):
            return f"Announcing {told_place_of(place)}"
        case Locating(location):
            return f"Locating {told_place_of(location.place)}"
        case PlaceKeeping(location, code):
            return f"PlaceKeeping {told_place_of(location.place)} {code or ''}".rstrip()
    raise AssertionError(state)


def told_menu(register: Register) -> str:
    """Where the cashier is in the menu."""
    match register.menu:
        case Shut():
            return "Shut"
        case Choosing(path, chosen):
            return f"Choosing entry {'.'.join(str(place + 1) for place in (*path, chosen))}"
        case Listing(top):
            return f"Listing from {top + 1}"
    raise AssertionError(register.menu)


def told_slip(register: Register) -> str:
    """Which slip is under way."""
    match register.slip:
        case NoSlip():
            return "NoSlip"
        case Gathering(order) | SlipPrinting(order):
            return f"{type(register.slip).__name__} {told_order(order)}"
    raise AssertionError(register.slip)
