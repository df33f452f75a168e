"""Money that was keyed: tenders, foreign currency, cash into and out of the drawer, discounts and surcharges."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from states import effects as do, events as on
from states.fiscal.receipt import Foreign, TenderKind
from states.keying import Ready, Typing, euros, places
from states.table import Then, then
from states.till import Currency
from states.typing_numbers import typed_cents, why_no_amount, why_no_money

PERCENT_MAX = 100
PERCENT_PLACES = 2

Percent = on.PercentDiscountPressed | on.PercentSurchargePressed
Amount = on.AmountDiscountPressed | on.AmountSurchargePressed
Move = on.DepositPressed | on.WithdrawalPressed


def pay_rest(state: Ready, event: on.TenderPressed) -> Then[Ready]:
    """The rest due in this tender."""
    return then(Ready(state.till), on.TenderKeyed(event.kind, None))


def is_money(state: Typing, _event: on.TenderPressed) -> bool:
    """Money has at most two places and no quantity."""
    return not why_no_money(state)


def pay_amount(state: Typing, event: on.TenderPressed) -> Then[Ready]:
    """So much in this tender."""
    return then(Ready(state.till), on.TenderKeyed(event.kind, typed_cents(state)))


def refuse_money(state: Typing, _event: on.TenderPressed) -> Then[Typing]:
    """Say why it is no money."""
    return then(state, do.Beep(why_no_money(state)))


# --- Foreign currency --------------------------------------------------------------------------------------


def worth_cents(amount: Decimal, currency: Currency) -> int:
    """What foreign money is worth as cash: to five cents, half up, so that change and rounding are those of cash."""
    return int((amount * 20 / currency.per_euro).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * 5


def why_no_currency(state: Typing, event: on.CurrencyPressed) -> str:
    """Why this is no foreign money, as a word; empty when it is."""
    currency = state.till.currency(event.number)
    if currency is None:
        return "currency-unset"
    amiss = why_no_amount(state)
    return amiss or ("" if worth_cents(euros(state.till, state.typed), currency) else "currency-small")


def is_currency(state: Typing, event: on.CurrencyPressed) -> bool:
    """The shop takes this currency, and the money is worth five cents at least."""
    return not why_no_currency(state, event)


def pay_currency(state: Typing, event: on.CurrencyPressed) -> Then[Ready]:
    """So much in foreign currency."""
    currency = state.till.currency(event.number)
    assert currency is not None
    amount = euros(state.till, state.typed)
    foreign = Foreign(currency.code, amount, currency.per_euro)
    return then(Ready(state.till), on.TenderKeyed(TenderKind.CURRENCY, worth_cents(amount, currency), foreign))


def refuse_currency(state: Typing, event: on.CurrencyPressed) -> Then[Typing]:
    """Say why it is no foreign money."""
    return then(state, do.Beep(why_no_currency(state, event)))


def refuse_no_currency(state: Ready, event: on.CurrencyPressed) -> Then[Ready]:
    """How much was given must be counted and keyed."""
    return then(state, do.Beep("currency-amount" if state.till.currency(event.number) else "currency-unset"))


# --- The drawer --------------------------------------------------------------------------------------------


def is_amount(state: Typing, _event: Amount | Move) -> bool:
    """Money above zero."""
    return not why_no_amount(state)


def move_cash(state: Typing, event: Move) -> Then[Ready]:
    """Cash into the drawer, or out of it."""
    cents = typed_cents(state)
    return then(Ready(state.till), on.CashMoveKeyed(cents if isinstance(event, on.DepositPressed) else -cents))


def refuse_amount(state: Typing, _event: Amount | Move) -> Then[Typing]:
    """Say why it is no amount."""
    return then(state, do.Beep(why_no_amount(state)))


# --- Discounts and surcharges ------------------------------------------------------------------------------


def adjust_amount(state: Typing, event: Amount) -> Then[Ready]:
    """So many cents less, or more."""
    is_discount = isinstance(event, on.AmountDiscountPressed)
    return then(Ready(state.till), on.AdjustmentKeyed(is_discount, None, typed_cents(state)))


def why_no_percent(state: Typing) -> str:
    """Why what was typed is no percentage, as a word; empty when it is one."""
    if state.quantity is not None:
        return "amount-quantity"
    if places(state.typed) > PERCENT_PLACES:
        return "percent-places"
    return "" if 0 < Decimal(state.typed) <= PERCENT_MAX else "percent-range"


def is_percent(state: Typing, _event: Percent) -> bool:
    """Above zero, at most a hundred, with at most two places."""
    return not why_no_percent(state)


def adjust_percent(state: Typing, event: Percent) -> Then[Ready]:
    """So many per cent less, or more."""
    is_discount = isinstance(event, on.PercentDiscountPressed)
    return then(Ready(state.till), on.AdjustmentKeyed(is_discount, Decimal(state.typed), None))


def refuse_percent(state: Typing, _event: Percent) -> Then[Typing]:
    """Say why it is no percentage."""
    return then(state, do.Beep(why_no_percent(state)))


def refuse_no_percent(state: Ready, _event: Percent) -> Then[Ready]:
    """First how many per cent."""
    return then(state, do.Beep("percent-first"))
