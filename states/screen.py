"""What both displays show: a view of the state, never a command. A slow display shows the newest and blocks nothing."""

from __future__ import annotations

from states.fiscal.paper import wrap
from states.fiscal.receipt import Form, ItemType, Way
from states.fiscal.refusals import refusal_of
from states.journey import AwaitingPaper, Ended, Refused
from states.keying import Counted, Invoicing, Looking, Pricing, Returning, Spelling, Typing
from states.machines.menu import Shut
from states.machines.place import Fixed, Placed, Unplaced
from states.machines.slip import NoSlip
from states.register import Register, keys_that_act
from states.showing import Body, body, is_practice
from states.view import CUSTOMER_COLUMNS, OPERATOR_COLUMNS, OPERATOR_LINES, View
from states.words import LANGUAGES, Language, say

ENDINGS = ("", "mail-failed", "mail-in-doubt", "recovered", "line-lost", "line-back", "sale-given-up")
"""Notices that the end of the receipt says better, or that can wait until it was said."""

RETURNING = {ItemType.RETURNED: "returning", ItemType.CORRECTION: "correcting", ItemType.PACKAGING: "taking-back"}


def screen(register: Register, language: Language, *, training: bool) -> View:
    """The view of this moment."""
    entry = entry_text(register, language)
    notice, brief = notice_text(register, language), brief_text(register, language)
    waiting = "" if register.hears_keys else waiting_text(register, language)
    shown, mode = body(register, language), mode_of(register)
    said = wrap(brief or notice or waiting, OPERATOR_COLUMNS)[:2] or wrap(entry, OPERATOR_COLUMNS)[-2:]
    return View(
        mode=mode,
        operator=operator_lines(f"{mode} {say('title', language)}", shown, said),
        customer=customer(register, shown, language, waiting),
        lines=shown.lines,
        total=shown.total,
        entry=entry,
        notice=notice,
        waiting=waiting,
        training=training,
        keys=keys_that_act(register),
        departments=tuple(f"{one.number} {one.vat_rate} % {one.name}" for one in register.entry.till.departments),
    )


def halted(word: str, language: Language, *, training: bool) -> View:
    """The view while nothing is heard and nothing is sold: only this sentence."""
    sentence = say(word, language)
    operator = (say("title", language), *wrap(sentence, OPERATOR_COLUMNS))
    return View(operator=operator[:OPERATOR_LINES], notice=sentence, waiting=sentence, training=training)


def mode_of(register: Register) -> str:
    """The letter at the top left: R sells, T practises (ND), X is the menu."""
    if not isinstance(register.menu, Shut):
        return "X"
    return "T" if is_practice(register) else "R"


def operator_lines(title: str, shown: Body, said: tuple[str, ...]) -> tuple[str, ...]:
    """The device's own display: mode, as many of the lines as fit, the sum, and what is said or typed, in two rows."""
    sums = (shown.total[-OPERATOR_COLUMNS:],) if shown.total else ()
    room = OPERATOR_LINES - 1 - len(sums) - len(said)
    rows = [row for line in shown.lines for row in (wrap(line, OPERATOR_COLUMNS) if shown.is_text else (line,))]
    last = len(rows) if shown.seen is None else max(room, shown.seen + 1)
    return tuple(row[:OPERATOR_COLUMNS] for row in (title, *rows[max(0, last - room) : last], *sums, *said))


def entry_text(register: Register, language: Language) -> str:
    """What is being typed."""
    entry = register.entry
    match entry:
        case Spelling(words=words, typed=typed) | Looking(spelling=Spelling(words=words, typed=typed)):
            return f"{say('ask-' + words, language)} {typed}"
        case Invoicing(number=number, typed=typed):
            return f"{say('ask-amount', language, number)} {typed}"
        case Pricing(product=product, typed=typed):
            return f"{product.name}: {typed}"
        case Counted():
            return f"{entry.quantity} x"
        case Typing():
            count = f"{entry.quantity} x " if entry.quantity is not None else ""
            return f"{count}{entry.typed}"
    return returning_text(entry.returning, language) if entry.returning else ""


def returning_text(returning: Returning, language: Language) -> str:
    """Which goods come back."""
    return f"{say(RETURNING[returning.type], language)} {returning.reference}".rstrip()


def notice_text(register: Register, language: Language) -> str:
    """What the cashier must know: the last refusal, or what the state itself says."""
    receipt = register.receipt
    if isinstance(receipt, Refused):
        advice = refusal_of(receipt.fault.code).advice[LANGUAGES.index(language)]
        return say("refused-by-authority", language, receipt.fault.code, advice)
    if isinstance(receipt, AwaitingPaper):
        return f"{say(receipt.reason, language)} {say('press-enter', language)}"
    if register.ended is not None and register.notice in ENDINGS:
        return ended_text(register.ended, language)
    return say(register.notice, language) if register.notice else ""


def brief_text(register: Register, language: Language) -> str:
    """What must fit into two lines of the device's own display; empty when the notice is short enough."""
    receipt = register.receipt
    if not isinstance(receipt, Refused):
        return ""
    return refusal_of(receipt.fault.code).brief[LANGUAGES.index(language)]


def ended_text(ended: Ended, language: Language) -> str:
    """SENT to j***@example.sk, or PRINTED and why; or that it was refused, or given up, and what to do."""
    if ended.form is Form.REFUSED:
        return say("ended-repair-refused" if ended.receipt.sale.repairs else "ended-refused", language)
    if ended.way is None:
        return say("ended-given-up" if ended.form is None else "ended-left", language, ended.receipt.key)
    if ended.way is Way.EMAIL:
        return say("ended-sent", language, ended.receipt.sale.email_masked)
    if ended.mail is not None:
        return say("ended-printed-instead", language, say("verdict-" + ended.mail.verdict, language))
    return say("ended-offline" if ended.form is Form.OFFLINE else "ended-printed", language)


def waiting_text(register: Register, language: Language) -> str:
    """What is awaited: the machine that keeps the keys waiting says it by its state."""
    awaited = (
        (not isinstance(register.slip, NoSlip), register.slip),
        (not isinstance(register.place, Fixed | Unplaced | Placed), register.place),
        (isinstance(register.entry, Looking), register.entry),
    )
    state = next((state for waits, state in awaited if waits), register.receipt)
    return say("waiting-" + type(state).__name__, language)


def customer(register: Register, shown: Body, language: Language, waiting: str) -> tuple[str, ...]:
    """The customer's display: the last line and the sum; after the sale thanks and the change."""
    is_idle = register.is_between_sales and register.ended is None
    shown = Body(()) if is_idle or not isinstance(register.menu, Shut) else shown
    is_served = register.ended is not None and register.ended.way is not None
    first = say("thanks", language) if is_served else (shown.lines[-1] if shown.lines else say("welcome", language))
    if isinstance(register.entry, Spelling):
        first = register.entry.typed[-CUSTOMER_COLUMNS:]
    return (first[:CUSTOMER_COLUMNS], waiting[:CUSTOMER_COLUMNS] or shown.total[-CUSTOMER_COLUMNS:])
