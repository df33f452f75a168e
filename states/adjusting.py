"""Discounts and surcharges in a basket: on the marked line or the last one, or after SUBTOTAL on the whole."""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.basket import marked_items, why_not_lines
from states.fiscal.discount import Adjustment, contradiction, on_line, on_total
from states.fiscal.receipt import Item
from states.journey import Composing
from states.table import Then, then


def adjusted(basket: Composing, event: on.AdjustmentKeyed) -> tuple[Item, ...] | str:
    """The items with what adjusts them, or why they are not adjusted, as a notice."""
    refused = why_not_lines(basket) or ("" if basket.items else "basket-empty")
    if refused:
        return refused
    wanted = Adjustment(event.is_discount, event.percent, event.cents)
    end = len(basket.items) if basket.is_summed else marked_items(basket).stop
    before, after = basket.items[:end], basket.items[end:]
    parts = on_total(before, wanted) if basket.is_summed else on_line(before, wanted)
    if isinstance(parts, str):
        return parts
    items = (*before, *parts, *after)
    return contradiction(items) or items


def may_adjust(basket: Composing, event: on.AdjustmentKeyed) -> bool:
    """There is what the discount or surcharge can be of."""
    return not isinstance(adjusted(basket, event), str)


def adjust(basket: Composing, event: on.AdjustmentKeyed) -> Then[Composing]:
    """It follows the line, or all of them."""
    items = adjusted(basket, event)
    assert not isinstance(items, str)
    return then(replace(basket, items=items, chosen=None, is_summed=False))


def refuse(basket: Composing, event: on.AdjustmentKeyed) -> Then[Composing]:
    """Say why nothing was adjusted."""
    refused = adjusted(basket, event)
    assert isinstance(refused, str)
    return then(basket, do.Beep(refused))
