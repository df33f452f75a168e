"""Words: how they grow, what each of them may be, and what they become when ENTER completes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.address import ADDRESS_MAX, check_address
from states.fiscal.day import ReportKind
from states.fiscal.place import OTHER_MAX
from states.fiscal.receipt import INVOICE_MAX, VOUCHER_MAX
from states.fiscal.slip import ReportOrder
from states.fiscal.typed import read_day, read_moment, read_paragon_number, read_place, read_plain, read_reference
from states.keying import Looking, Ready, Spelling
from states.table import Then, then

ROOM: dict[Words, int] = {
    Words.ADDRESS: ADDRESS_MAX,
    Words.RETURNED: 128,
    Words.CORRECTED: 128,
    Words.INVOICE: INVOICE_MAX,
    Words.VOUCHER: VOUCHER_MAX,
    Words.PARAGON_NUMBER: 10,
    Words.PARAGON_DATE: 25,
    Words.SINCE: 25,
    Words.UNTIL: 25,
    Words.PLACE: OTHER_MAX,
    Words.CASHIER: 6,
}
"""How many characters are taken; a reference may come from a scanner as a whole off-line QR code."""

READERS: dict[Words, Callable[[str], object]] = {
    Words.ADDRESS: check_address,
    Words.RETURNED: read_reference,
    Words.CORRECTED: read_reference,
    Words.INVOICE: read_plain,
    Words.VOUCHER: read_plain,
    Words.PARAGON_NUMBER: read_paragon_number,
    Words.PARAGON_DATE: read_moment,
    Words.SINCE: read_day,
    Words.UNTIL: read_day,
    Words.PLACE: read_place,
}
"""What refuses words by their form, with a ValueError; a cashier is known to the till alone."""


def ask_address(state: Ready, _event: on.EmailPressed) -> Then[Spelling]:
    """The customer agrees; the address is asked for."""
    return then(Spelling(state.till, Words.ADDRESS, returning=state.returning))


def ask_words(state: Ready, event: on.WordsAsked) -> Then[Spelling]:
    """The menu wants words."""
    return then(Spelling(state.till, event.words))


# --- Growing -----------------------------------------------------------------------------------------------


def _spell(state: Spelling, text: str) -> Then[Spelling]:
    if len(state.typed) + len(text) > ROOM[state.words]:
        return then(state, do.Beep("words-long"))
    return then(replace(state, typed=state.typed + text))


def spell_text(state: Spelling, event: on.TextTyped) -> Then[Spelling]:
    """The words grow."""
    return _spell(state, event.text)


def spell_digit(state: Spelling, event: on.DigitPressed) -> Then[Spelling]:
    """The words grow by a digit."""
    return _spell(state, event.digits)


def spell_dot(state: Spelling, _event: on.DotPressed) -> Then[Spelling]:
    """The words grow by a point."""
    return _spell(state, ".")


def spell_back(state: Spelling, _event: on.LeftPressed) -> Then[Spelling]:
    """The last character goes."""
    return then(replace(state, typed=state.typed[:-1]))


# --- Leaving without them ------------------------------------------------------------------------------------


def is_consent(state: Spelling, _event: on.ClearPressed) -> bool:
    """An address was asked for."""
    return state.words is Words.ADDRESS


def withdraw(state: Spelling, _event: on.ClearPressed) -> Then[Ready]:
    """EMAIL, CLEAR withdraws the consent."""
    return then(Ready(state.till, state.returning), on.AddressWithdrawn())


def is_of_voucher(state: Spelling, _event: on.ClearPressed) -> bool:
    """A voucher's line waits for its number."""
    return state.item is not None


def drop_voucher(state: Spelling, _event: on.ClearPressed) -> Then[Ready]:
    """The line goes too, and the cashier is told."""
    return then(Ready(state.till), do.Beep("voucher-dropped"))


def leave(state: Spelling, _event: on.ClearPressed) -> Then[Ready]:
    """The words are dropped."""
    return then(Ready(state.till))


# --- What is amiss -------------------------------------------------------------------------------------------


def amiss(state: Spelling) -> str:
    """Why these words are not what was asked for, as a word; empty when they are."""
    if state.words is Words.CASHIER:
        return "" if _cashier_name(state) else "cashier-unknown"
    try:
        READERS[state.words](state.typed)
    except ValueError as error:
        return "address" if state.words is Words.ADDRESS else str(error)
    if state.words is Words.UNTIL and read_day(state.typed) < state.first:
        return "until-before-since"
    return ""


def refuse_words(state: Spelling, _event: on.EnterPressed) -> Then[Spelling]:
    """The words stay, to be mended."""
    return then(state, do.Beep(amiss(state)))


def _are(state: Spelling, words: Words) -> bool:
    return state.words is words and not amiss(state)


def is_address(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are an e-mail address."""
    return _are(state, Words.ADDRESS)


def is_reference(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words name a receipt: its UID, its OKP, or a number."""
    return _are(state, Words.RETURNED) or _are(state, Words.CORRECTED)


def is_voucher_number(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the number of a voucher."""
    return _are(state, Words.VOUCHER)


def is_invoice_number(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the number of an invoice."""
    return _are(state, Words.INVOICE)


def is_paragon_number(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the number of a slip written by hand, or nothing for the next one."""
    return _are(state, Words.PARAGON_NUMBER)


def is_paragon_date(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are a date with its time."""
    return _are(state, Words.PARAGON_DATE)


def is_first_day(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the first day of an interval."""
    return _are(state, Words.SINCE)


def is_last_day(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the last day of an interval, and no day before the first."""
    return _are(state, Words.UNTIL)


def is_place(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are a place."""
    return _are(state, Words.PLACE)


def is_cashier(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are the number of a cashier."""
    return _are(state, Words.CASHIER)


# --- What they become ----------------------------------------------------------------------------------------


def give_address(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The consent is complete."""
    return then(Ready(state.till, state.returning), on.AddressKeyed(check_address(state.typed)))


def give_voucher(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The voucher's line is complete."""
    assert state.item is not None
    return then(Ready(state.till), on.ItemKeyed(replace(state.item, voucher=read_plain(state.typed))))


def ask_paragon_date(state: Spelling, _event: on.EnterPressed) -> Then[Spelling]:
    """After its number the date of a slip written by hand."""
    return then(Spelling(state.till, Words.PARAGON_DATE, first=str(read_paragon_number(state.typed))))


def check_paragon(state: Spelling, _event: on.EnterPressed) -> Then[Looking]:
    """Whether the slip may be registered, the journal and the clock must say."""
    return then(Looking(state.till, state), do.CheckParagon(int(state.first), read_moment(state.typed)))


def ask_last_day(state: Spelling, _event: on.EnterPressed) -> Then[Spelling]:
    """After the first day the last one."""
    return then(Spelling(state.till, Words.UNTIL, first=read_day(state.typed)))


def order_interval(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """A report of these days."""
    order = ReportOrder(ReportKind.INTERVAL, since=state.first, until=read_day(state.typed))
    return then(Ready(state.till), on.SlipOrdered(order))


def give_place(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The register is there now."""
    return then(Ready(state.till), on.PlaceKeyed(read_place(state.typed)))


def choose_cashier(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """Who sells from now on."""
    return then(Ready(state.till), on.CashierChosen(_cashier_name(state)))


def _cashier_name(state: Spelling) -> str:
    number = state.typed.strip()
    return next((one.name for one in state.till.cashiers if str(one.number) == number), "")
