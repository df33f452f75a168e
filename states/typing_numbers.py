"""Digits and the point: a number grows on the display until a key says what it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from states import effects as do, events as on
from states.fiscal.money import AMOUNT_MAX_CENTS, QUANTITY_MAX, QUANTITY_PLACES, UNIT_PRICE_PLACES, to_cents
from states.keying import TYPED_MAX, Counted, Invoicing, Pricing, Ready, Typing, euros, places
from states.table import Then, then

Numeric = Typing | Pricing | Invoicing
Keyed = TypeVar("Keyed", Typing, Pricing, Invoicing)
Kept = TypeVar("Kept", Ready, Counted, Typing, Pricing, Invoicing)


def begin(state: Ready | Counted, event: on.DigitPressed | on.DotPressed) -> Then[Typing]:
    """The first digit, or the point of a number below one."""
    quantity = state.quantity if isinstance(state, Counted) else None
    typed = event.digits if isinstance(event, on.DigitPressed) else "0."
    return then(Typing(state.till, state.returning, quantity, typed))


def has_room(state: Numeric, event: on.DigitPressed) -> bool:
    """Twelve characters hold every amount that the message allows."""
    return len(state.typed) + len(event.digits) <= TYPED_MAX and places(state.typed + event.digits) <= UNIT_PRICE_PLACES


def type_digit(state: Keyed, event: on.DigitPressed) -> Then[Keyed]:
    """The next digit."""
    return then(replace(state, typed=state.typed + event.digits))


def has_no_dot(state: Numeric, _event: on.DotPressed) -> bool:
    """A number has one point, and its place is among the twelve characters."""
    return "." not in state.typed and len(state.typed) < TYPED_MAX


def type_dot(state: Keyed, _event: on.DotPressed) -> Then[Keyed]:
    """The point; the first one stands behind a zero."""
    return then(replace(state, typed=(state.typed or "0") + "."))


def refuse_typed(state: Keyed, _event: on.Key) -> Then[Keyed]:
    """The number stays as it is."""
    return then(state, do.Beep("number"))


def has_typed(state: Numeric, _event: on.ClearPressed) -> bool:
    """There is something to clear."""
    return bool(state.typed)


def clear_number(state: Keyed, _event: on.ClearPressed) -> Then[Keyed]:
    """What was typed goes; what it was typed for stays."""
    return then(replace(state, typed=""))


def clear(state: Ready, _event: on.ClearPressed) -> Then[Ready]:
    """Nothing was typed: an announced return is dropped."""
    return then(Ready(state.till))


def clear_typed(state: Counted | Typing | Pricing, _event: on.ClearPressed) -> Then[Ready]:
    """What was typed goes; an announced return stays announced."""
    return then(Ready(state.till, state.returning))


def why_no_quantity(state: Typing) -> str:
    """Why what was typed is no quantity, as a word; empty when it is one."""
    if state.quantity is not None:
        return "quantity-twice"
    if places(state.typed) > QUANTITY_PLACES:
        return "quantity-places"
    quantity = Decimal(state.typed)
    if quantity == 0:
        return "quantity-zero"
    return "quantity-max" if quantity > QUANTITY_MAX else ""


def is_quantity(state: Typing, _event: on.TimesPressed) -> bool:
    """A quantity is above zero, has at most four places, and is keyed once."""
    return not why_no_quantity(state)


def count(state: Typing, _event: on.TimesPressed) -> Then[Counted]:
    """What was typed is how many."""
    return then(Counted(state.till, state.returning, Decimal(state.typed)))


def refuse_quantity(state: Typing, _event: on.TimesPressed) -> Then[Typing]:
    """Say why it is no quantity."""
    return then(state, do.Beep(why_no_quantity(state)))


def typed_cents(state: Numeric) -> int:
    """What was typed, in cents."""
    return to_cents(euros(state.till, state.typed))


def why_no_money(state: Numeric) -> str:
    """Why what was typed is no amount of money, as a word; empty when it is one, which may be zero."""
    if not state.typed:
        return "amount-first"
    if isinstance(state, Typing) and state.quantity is not None:
        return "amount-quantity"
    if places(state.typed) > 2:
        return "amount-places"
    return "amount-high" if typed_cents(state) > AMOUNT_MAX_CENTS else ""


def why_no_amount(state: Numeric) -> str:
    """The same for an amount that must be above zero."""
    return why_no_money(state) or ("" if typed_cents(state) else "amount-zero")


def is_returning(state: Ready | Typing, _event: on.Key) -> bool:
    """A return was announced, and its goods were not keyed yet."""
    return state.returning is not None


def refuse_returning(state: Kept, _event: on.Key) -> Then[Kept]:
    """The return is not forgotten: first its goods, or CLEAR."""
    return then(state, do.Beep("return-open"))


def refuse_no_amount(state: Ready, _event: on.Key) -> Then[Ready]:
    """This key needs an amount before it."""
    return then(state, do.Beep("amount-first"))
