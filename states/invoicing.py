"""An invoice that is paid, or whose payment is given back: first its number, then its amount.

Source: IR 2.9 (InvoiceNumber; a receipt of type UF has no items).
"""

from __future__ import annotations

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.receipt import Invoice
from states.fiscal.typed import read_plain
from states.keying import Invoicing, Ready, Spelling
from states.table import Then, then
from states.typing_numbers import typed_cents, why_no_amount


def ask_number(state: Ready, _event: on.InvoicePressed) -> Then[Spelling]:
    """The number of the invoice is asked for."""
    return then(Spelling(state.till, Words.INVOICE))


def ask_amount(state: Spelling, _event: on.EnterPressed) -> Then[Invoicing]:
    """The amount of the invoice is asked for."""
    return then(Invoicing(state.till, read_plain(state.typed)))


def is_amount(state: Invoicing, _event: on.EnterPressed | on.ReturnPressed) -> bool:
    """Money above zero."""
    return not why_no_amount(state)


def pay(state: Invoicing, _event: on.EnterPressed) -> Then[Ready]:
    """The invoice is to be paid."""
    return then(Ready(state.till), on.InvoiceKeyed(Invoice(state.number, typed_cents(state))))


def give_back(state: Invoicing, _event: on.ReturnPressed) -> Then[Ready]:
    """What was paid for the invoice is given back."""
    return then(Ready(state.till), on.InvoiceKeyed(Invoice(state.number, -typed_cents(state))))


def refuse(state: Invoicing, _event: on.EnterPressed | on.ReturnPressed) -> Then[Invoicing]:
    """Say why it is no amount."""
    return then(state, do.Beep(why_no_amount(state)))


def mend_number(state: Invoicing, _event: on.ClearPressed) -> Then[Spelling]:
    """Back to the invoice's number, which stays to be mended."""
    return then(Spelling(state.till, Words.INVOICE, state.number))
