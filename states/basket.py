"""What keys do to a basket: guards and actions of Composing."""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.fiscal.address import mask
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import ITEMS_MAX, Sale, Tender
from states.fiscal.tender import refusal, rest_due, settle
from states.journey import Composing, Sealing
from states.table import Then, then


def fits(basket: Composing, event: on.ItemKeyed) -> bool:
    """Items come before money, at most 500 of them, and the total stays within the message's limit."""
    total = basket.total_cents + event.item.price_cents
    return len(basket.items) < ITEMS_MAX and not basket.tenders and abs(total) <= AMOUNT_MAX_CENTS


def add_item(basket: Composing, event: on.ItemKeyed) -> Then[Composing]:
    """The line joins the basket."""
    return then(replace(basket, items=(*basket.items, event.item), chosen=None))


def refuse_item(basket: Composing, _event: on.ItemKeyed) -> Then[Composing]:
    """Say why the line did not join."""
    if basket.tenders:
        return then(basket, do.Beep("finish-payment"))
    return then(basket, do.Beep("items-max" if len(basket.items) >= ITEMS_MAX else "amount-max"))


def tender_of(basket: Composing, event: on.TenderKeyed) -> Tender:
    """The money keyed, or the rest due where no amount was keyed."""
    due = rest_due(basket.total_cents, basket.tenders, event.kind)
    return Tender(event.kind, due if event.cents is None else event.cents)


def why_not(basket: Composing, tender: Tender) -> str:
    """Why this money is not taken, as a notice; empty when it is."""
    return refusal(basket.total_cents, basket.tenders, tender) if basket.items else "basket-empty"


def covers(basket: Composing, event: on.TenderKeyed) -> bool:
    """With this tender the sale is paid."""
    tender = tender_of(basket, event)
    return not why_not(basket, tender) and settle(basket.total_cents, (*basket.tenders, tender)).is_covered


def is_part(basket: Composing, event: on.TenderKeyed) -> bool:
    """This tender pays a part."""
    return not why_not(basket, tender_of(basket, event))


def seal(basket: Composing, event: on.TenderKeyed) -> Then[Sealing]:
    """The basket is paid: ask for its number, PKP and OKP."""
    tenders = (*basket.tenders, tender_of(basket, event))
    settled = settle(basket.total_cents, tenders)
    sale = Sale(
        basket_id=basket.basket_id,
        items=basket.items,
        tenders=tenders,
        rounding_cents=settled.rounding_cents,
        total_cents=settled.total_cents,
        change_cents=settled.change_cents,
        email_masked=mask(basket.address) if basket.address else "",
    )
    return then(Sealing(sale, basket.address), do.Seal(sale))


def add_tender(basket: Composing, event: on.TenderKeyed) -> Then[Composing]:
    """The rest due shrinks."""
    return then(replace(basket, tenders=(*basket.tenders, tender_of(basket, event))))


def refuse_tender(basket: Composing, event: on.TenderKeyed) -> Then[Composing]:
    """Say why the money was not taken."""
    return then(basket, do.Beep(why_not(basket, tender_of(basket, event))))


def keep_address(basket: Composing, event: on.AddressKeyed) -> Then[Composing]:
    """The consent and the address belong to this basket."""
    return then(replace(basket, address=event.address))


def drop_address(basket: Composing, _event: on.AddressWithdrawn) -> Then[Composing]:
    """The customer wants paper after all."""
    return then(replace(basket, address=""))


def may_void(basket: Composing, _event: on.LastVoided | on.LineVoided) -> bool:
    """Lines are taken back before money is taken."""
    return bool(basket.items) and not basket.tenders


def void_last(basket: Composing, _event: on.LastVoided) -> Then[Composing]:
    """The last line was a slip of the finger."""
    return _without(basket, len(basket.items) - 1)


def void_line(basket: Composing, _event: on.LineVoided) -> Then[Composing]:
    """The marked line goes; without a mark the last one."""
    gone = len(basket.items) - 1 if basket.chosen is None else basket.chosen
    return _without(basket, gone)


def _without(basket: Composing, gone: int) -> Then[Composing]:
    """The address goes with the last line: whoever comes next is perhaps somebody else."""
    items = basket.items[:gone] + basket.items[gone + 1 :]
    if items or not basket.address:
        return then(replace(basket, items=items, chosen=None))
    return then(replace(basket, items=items, chosen=None, address=""), do.Beep("address-dropped"))


def refuse_void(basket: Composing, _event: on.LastVoided | on.LineVoided) -> Then[Composing]:
    """Say why no line went."""
    return then(basket, do.Beep("finish-payment" if basket.tenders else "basket-empty"))


def has_items(basket: Composing, _event: on.Event) -> bool:
    """There is something in the basket."""
    return bool(basket.items)


def has_anything(basket: Composing, _event: on.Event) -> bool:
    """There is something in the basket, or somebody's address."""
    return not basket.is_untouched


def choose_line(basket: Composing, event: on.LineChosen) -> Then[Composing]:
    """The mark moves, from below the last line, and stays within the basket."""
    start = len(basket.items) if basket.chosen is None else basket.chosen
    return then(replace(basket, chosen=max(0, min(len(basket.items) - 1, start + event.by))))


def void_basket(basket: Composing, _event: on.BasketVoided) -> Then[Composing]:
    """Everything goes: items, tenders and the address; money that was taken is given back."""
    empty = Composing(basket.basket_id)
    return then(empty, do.Beep("give-back")) if basket.tenders else then(empty)


def show_subtotal(basket: Composing, _event: on.SubtotalKeyed) -> Then[Composing]:
    """The mark goes, so that the sum is seen."""
    return then(replace(basket, chosen=None))


def refuse_empty(basket: Composing, _event: on.Event) -> Then[Composing]:
    """There is nothing to do it to."""
    return then(basket, do.Beep("basket-empty"))
