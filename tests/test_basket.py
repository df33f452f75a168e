"""What keys do to a basket at its limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from states import basket, effects as do, events as on
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import ITEMS_MAX, Item, ItemType, TenderKind
from states.journey import Composing
from states.table import Then
from tests.fiscal_examples import card, item

EMPTY = Composing("session-1")


def of(*items: Item) -> Composing:
    """A basket with these lines."""
    return replace(EMPTY, items=items)


def beeps(result: Then[Composing]) -> list[str]:
    """The reasons that the cashier hears."""
    return [wish.notice for wish in result.wishes if isinstance(wish, do.Beep)]


def test_five_hundred_items_fit_and_no_more() -> None:
    line = on.ItemKeyed(item("0.01"))
    assert basket.fits(of(*[line.item] * (ITEMS_MAX - 1)), line)
    full = of(*[line.item] * ITEMS_MAX)
    assert not basket.fits(full, line)
    assert beeps(basket.refuse_item(full, line)) == ["items-max"]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_total_stays_within_the_amount_of_the_message(sign: int) -> None:
    euros = Decimal(AMOUNT_MAX_CENTS) / 100
    kind = ItemType.SOLD if sign > 0 else ItemType.RETURNED
    most = on.ItemKeyed(Item("Dom", Decimal(1), "ks", sign * euros, 23, kind))
    cent = on.ItemKeyed(Item("Cent", Decimal(1), "ks", Decimal(sign) / 100, 23, kind))
    assert basket.fits(EMPTY, most)
    assert not basket.fits(of(most.item), cent)
    assert beeps(basket.refuse_item(of(most.item), cent)) == ["amount-max"]


def test_items_come_before_money() -> None:
    paid = replace(of(item("5.00")), tenders=(card(100),))
    assert not basket.fits(paid, on.ItemKeyed(item("1.00")))
    assert beeps(basket.refuse_item(paid, on.ItemKeyed(item("1.00")))) == ["finish-payment"]


def test_the_mark_stays_in_the_basket() -> None:
    state = of(item("1.00"), item("2.00"), item("3.00"))
    for _ in range(5):
        state = basket.choose_line(state, on.LineChosen(-1)).state
    assert state.chosen == 0
    for _ in range(5):
        state = basket.choose_line(state, on.LineChosen(1)).state
    assert state.chosen == 2
    assert [one.price_cents for one in basket.void_line(state, on.LineVoided()).state.items] == [100, 200]


def test_money_that_was_taken_is_given_back_with_the_basket() -> None:
    paid = replace(of(item("5.00")), tenders=(card(100),))
    assert beeps(basket.void_basket(paid, on.BasketVoided())) == ["give-back"]
    assert beeps(basket.void_basket(of(item("5.00")), on.BasketVoided())) == []


def test_a_sale_of_nothing_is_paid_with_nothing() -> None:
    state = of(item("5.00"), item("-5.00", kind=ItemType.RETURNED, reference="7"))
    assert basket.covers(state, on.TenderKeyed(TenderKind.CASH, None))
    assert not basket.covers(EMPTY, on.TenderKeyed(TenderKind.CASH, None))
