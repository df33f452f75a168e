"""What keys do to the lines of a basket: guards and actions of Composing."""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.fiscal.codes import create_date
from states.fiscal.discount import blocks, contradiction
from states.fiscal.names import carry
from states.fiscal.receipt import Item, ItemType, ReceiptType, Role
from states.fiscal.rules import Rules, rules_of
from states.fiscal.vat import GROUPS
from states.journey import Composing
from states.table import Then, then


def why_not_lines(basket: Composing) -> str:
    """Why no line may come or go now, as a notice: lines come before money, and an invoice has none."""
    if basket.tenders:
        return "finish-payment"
    return "invoice-open" if basket.invoice else ""


def is_over(item: Item, rules: Rules) -> bool:
    """Goods are sold at the rates of their day; what comes back, or was paid before, at any that there ever was."""
    return item.vat_rate not in (rules.rates if item.type is ItemType.SOLD else GROUPS)


def why_not_item(basket: Composing, item: Item) -> str:
    """Why this line may not join the basket, as a notice; empty when it may."""
    return (
        why_not_lines(basket)
        or ("rate-over" if is_over(item, basket.law) else "")
        or ("" if _is_carried(item.name) else "item-name")
        or contradiction((*basket.items, item))
    )


def _is_carried(name: str) -> bool:
    try:
        return carry(name) == name
    except ValueError:
        return False


def fits(basket: Composing, event: on.ItemKeyed) -> bool:
    """The line may join the basket."""
    return not why_not_item(basket, event.item)


def add_item(basket: Composing, event: on.ItemKeyed) -> Then[Composing]:
    """The line joins the basket."""
    return then(replace(basket, items=(*basket.items, event.item), chosen=None, is_summed=False))


def refuse_item(basket: Composing, event: on.ItemKeyed) -> Then[Composing]:
    """Say why the line did not join."""
    return then(basket, do.Beep(why_not_item(basket, event.item)))


def last_items(basket: Composing) -> range:
    """The places of what was keyed last: a line, one adjustment of it, or all parts of one on the whole."""
    count = len(basket.items)
    is_whole = bool(count) and basket.items[-1].role is Role.ON_TOTAL
    return blocks(basket.items)[-1] if is_whole else range(max(0, count - 1), count)


def marked_items(basket: Composing) -> range:
    """The places of the marked line and its adjustments; without a mark of the last one."""
    found = blocks(basket.items)
    return next((block for block in found if basket.chosen in block), found[-1] if found else range(0))


def _gone(basket: Composing, event: on.LastVoided | on.LineVoided) -> range:
    return last_items(basket) if isinstance(event, on.LastVoided) else marked_items(basket)


def _rest(basket: Composing, event: on.LastVoided | on.LineVoided) -> tuple[Item, ...]:
    gone = _gone(basket, event)
    return tuple(item for place, item in enumerate(basket.items) if place not in gone)


def why_not_void(basket: Composing, event: on.LastVoided | on.LineVoided) -> str:
    """Why nothing may be taken back, as a notice: the rest has to make sense without it."""
    return why_not_lines(basket) or ("" if basket.items else "basket-empty") or contradiction(_rest(basket, event))


def may_void(basket: Composing, event: on.LastVoided | on.LineVoided) -> bool:
    """It may be taken back."""
    return not why_not_void(basket, event)


def void(basket: Composing, event: on.LastVoided | on.LineVoided) -> Then[Composing]:
    """It goes, and with the last line the address: whoever comes next is perhaps somebody else."""
    items = _rest(basket, event)
    after = replace(basket, items=items, chosen=None, is_summed=False)
    if items or not basket.address:
        return then(after)
    return then(replace(after, address=""), do.Beep("address-dropped"))


def refuse_void(basket: Composing, event: on.LastVoided | on.LineVoided) -> Then[Composing]:
    """Say why nothing went."""
    return then(basket, do.Beep(why_not_void(basket, event)))


def has_items(basket: Composing, _event: on.Event) -> bool:
    """There is something in the basket."""
    return bool(basket.items)


def choose_line(basket: Composing, event: on.LineChosen) -> Then[Composing]:
    """The mark moves, from below the last line, and stays within the basket; adjustments go with their line."""
    starts = [block.start for block in blocks(basket.items)]
    place = len(starts) if basket.chosen is None else starts.index(marked_items(basket).start)
    return then(replace(basket, chosen=starts[max(0, min(len(starts) - 1, place + event.by))]))


def has_anything(basket: Composing, _event: on.Event) -> bool:
    """Something was keyed for this customer."""
    return not basket.is_untouched


def is_untouched(basket: Composing, _event: on.Event) -> bool:
    """Nothing was keyed for this customer."""
    return basket.is_untouched


def void_basket(basket: Composing, _event: on.BasketVoided) -> Then[Composing]:
    """Everything of this customer goes; money that was taken is given back."""
    empty = Composing(basket.basket_id, rules=basket.rules, cashier=basket.cashier)
    return then(empty, do.Beep("give-back")) if basket.tenders or basket.is_owed else then(empty)


def has_sum(basket: Composing, _event: on.Event) -> bool:
    """There is something to pay for."""
    return not basket.is_empty


def show_subtotal(basket: Composing, _event: on.SubtotalKeyed) -> Then[Composing]:
    """The mark goes, so that the sum is seen; a discount that is keyed next is on the whole."""
    return then(replace(basket, chosen=None, is_summed=True))


def refuse_empty(basket: Composing, _event: on.Event) -> Then[Composing]:
    """There is nothing to do it to."""
    return then(basket, do.Beep("basket-empty"))


def may_mail(basket: Composing, _event: on.AddressKeyed) -> bool:
    """A receipt for practice is nobody's, so it is not mailed."""
    return basket.type is not ReceiptType.ND


def keep_address(basket: Composing, event: on.AddressKeyed) -> Then[Composing]:
    """The consent and the address belong to this basket."""
    return then(replace(basket, address=event.address))


def refuse_address(basket: Composing, _event: on.AddressKeyed) -> Then[Composing]:
    """Say why no address is taken."""
    return then(basket, do.Beep("nd-no-email"))


def drop_address(basket: Composing, _event: on.AddressWithdrawn) -> Then[Composing]:
    """The customer wants paper after all."""
    return then(replace(basket, address=""))


def keep_day(basket: Composing, event: on.Ticked) -> Then[Composing]:
    """The civil day brings its rules; a payment that has begun ends by those of its beginning."""
    rules = rules_of(create_date(event.at))
    return then(basket if basket.tenders or rules == basket.rules else replace(basket, rules=rules))
