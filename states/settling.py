"""Money for a basket: tenders, the rest due, and the sale when they cover it."""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.basket import is_over
from states.fiscal.address import mask
from states.fiscal.receipt import Sale, Tender, TenderKind
from states.fiscal.tender import Settlement, refusal, rest_due, settle
from states.journey import Composing, Sealing
from states.table import Then, then


def tender_of(basket: Composing, event: on.TenderKeyed) -> Tender:
    """The money keyed, or the rest due where no amount was keyed; on a total below zero it is paid out."""
    if event.cents is not None:
        return Tender(event.kind, -event.cents if basket.total_cents < 0 else event.cents, event.foreign)
    rounds = basket.law.is_cash_rounded
    return Tender(event.kind, rest_due(basket.total_cents, basket.tenders, event.kind, is_rounded=rounds))


def why_not(basket: Composing, event: on.TenderKeyed) -> str:
    """Why this money is not taken, as a notice; empty when it is."""
    if basket.is_empty:
        return "basket-empty"
    if any(is_over(item, basket.law) for item in basket.items):
        return "rate-over"
    tender = tender_of(basket, event)
    if tender.kind is TenderKind.CURRENCY and tender.foreign is None:
        return "currency-amount"
    return refusal(basket.total_cents, basket.tenders, tender, is_rounded=basket.law.is_cash_rounded)


def _settled(basket: Composing, event: on.TenderKeyed) -> Settlement:
    tenders = (*basket.tenders, tender_of(basket, event))
    return settle(basket.total_cents, tenders, is_rounded=basket.law.is_cash_rounded)


def covers(basket: Composing, event: on.TenderKeyed) -> bool:
    """With this tender the sale is paid."""
    return not why_not(basket, event) and _settled(basket, event).is_covered


def is_part(basket: Composing, event: on.TenderKeyed) -> bool:
    """This tender pays a part."""
    return not why_not(basket, event)


def seal(basket: Composing, event: on.TenderKeyed) -> Then[Sealing]:
    """The basket is paid: ask for its number, PKP and OKP."""
    settled = _settled(basket, event)
    sale = Sale(
        basket_id=basket.basket_id,
        items=basket.items,
        tenders=(*basket.tenders, tender_of(basket, event)),
        rounding_cents=settled.rounding_cents,
        total_cents=settled.total_cents,
        change_cents=settled.change_cents,
        email_masked=mask(basket.address) if basket.address else "",
        type=basket.type,
        invoice=basket.invoice,
        paragon=basket.paragon,
        cashier=basket.cashier,
    )
    return then(Sealing(sale, basket.address, basket.rules, basket.is_owed), do.Seal(sale))


def add_tender(basket: Composing, event: on.TenderKeyed) -> Then[Composing]:
    """The rest due shrinks."""
    return then(replace(basket, tenders=(*basket.tenders, tender_of(basket, event))))


def refuse_tender(basket: Composing, event: on.TenderKeyed) -> Then[Composing]:
    """Say why the money was not taken."""
    return then(basket, do.Beep(why_not(basket, event)))
