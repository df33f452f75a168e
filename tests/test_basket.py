"""What keys do to a basket, heard by the receipt's table: lines, discounts, voids, and the limits of each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from states import effects as do, events as on
from states.fiscal.discount import blocks, contradiction
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import (
    ITEMS_MAX,
    NAME_MAX,
    Foreign,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Role,
    Tender,
    TenderKind,
)
from states.fiscal.rules import RULES
from states.journey import Composing, Sealing
from states.machines.receipt import RECEIPT
from states.table import Then
from states.words import WORDS
from tests.fiscal_examples import card, item

EMPTY = Composing("session-1")
ADDRESS = on.AddressKeyed("jana@example.sk")
INVOICE = on.InvoiceKeyed(Invoice("2026001", 12_002))
PARAGON = on.ParagonKeyed(Paragon(3, "2026-11-20T09:05:00+01:00"))
TEN_OFF = on.AdjustmentKeyed(is_discount=True, percent=Decimal(10), cents=None)
EURO_MORE = on.AdjustmentKeyed(is_discount=False, percent=None, cents=100)
SUBTOTAL, LAST, LINE, VOID = on.SubtotalKeyed(), on.LastVoided(), on.LineVoided(), on.BasketVoided()
UP, DOWN = on.LineChosen(-1), on.LineChosen(1)


def hear(state: object, *events: on.Event) -> tuple[Composing, str]:
    """The basket after these events, and the word that the cashier hears at the last one."""
    word = ""
    for event in events:
        result = RECEIPT.step(state, event)
        assert isinstance(result, Then)
        word = next((wish.notice for wish in result.wishes if isinstance(wish, do.Beep)), "")
        state = result.state
    assert isinstance(state, Composing)
    return state, word


def paid(state: Composing, event: on.Event) -> Sealing:
    """The sale that this event completes."""
    result = RECEIPT.step(state, event)
    assert isinstance(result, Then)
    assert isinstance(result.state, Sealing), result
    assert result.wishes == (do.Seal(result.state.sale),)
    return result.state


def refused(state: Composing, event: on.Event) -> str:
    """The word with which this is refused; the basket stays as it is."""
    after, word = hear(state, event)
    assert after == state
    assert word in WORDS
    return word


def keyed(*items: Item) -> Composing:
    """A basket with these lines."""
    return hear(EMPTY, *(on.ItemKeyed(one) for one in items))[0] if items else EMPTY


def cents(basket: Composing) -> list[int]:
    """The prices of the lines."""
    return [one.price_cents for one in basket.items]


def pay(kind: TenderKind = TenderKind.CASH, amount: int | None = None) -> on.TenderKeyed:
    """Money, or the rest due."""
    return on.TenderKeyed(kind, amount)


def test_five_hundred_items_fit_and_no_more() -> None:
    almost = replace(EMPTY, items=(item("0.01"),) * (ITEMS_MAX - 1))
    full, word = hear(almost, on.ItemKeyed(item("1.00")))
    assert (len(full.items), word) == (ITEMS_MAX, "")
    assert refused(full, on.ItemKeyed(item("0.01"))) == "items-max"
    assert refused(full, TEN_OFF) == "items-max"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_total_stays_within_the_amount_of_the_message(sign: int) -> None:
    euros = Decimal(AMOUNT_MAX_CENTS) / 100
    kind = ItemType.SOLD if sign > 0 else ItemType.RETURNED
    most = keyed(Item("Dom", Decimal(1), "ks", sign * euros, 23, kind))
    assert cents(most) == [sign * AMOUNT_MAX_CENTS]
    assert refused(most, on.ItemKeyed(Item("Cent", Decimal(1), "ks", Decimal(sign) / 100, 23, kind))) == "amount-max"


def test_items_come_before_money() -> None:
    part, _ = hear(keyed(item("5.00")), pay(TenderKind.CARD, 100))
    for event in (on.ItemKeyed(item("1.00")), TEN_OFF, LAST, LINE):
        assert refused(part, event) == "finish-payment"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00b", "\ufffe", "x" * (NAME_MAX + 1), "\u202eabc"])
def test_a_name_that_paper_and_message_cannot_carry_is_refused(name: str) -> None:
    assert refused(EMPTY, on.ItemKeyed(item("1.00", name=name))) == "item-name"


@pytest.mark.parametrize("kind", [ItemType.RETURNED, ItemType.CORRECTION, ItemType.PACKAGING])
@pytest.mark.parametrize("rate", [23, 20, 19, 10, 5, 0])
def test_what_comes_back_may_have_been_sold_at_any_rate(kind: ItemType, rate: int) -> None:
    assert cents(keyed(item("-1.00", rate, kind=kind, reference="7"))) == [-100]
    for rules in RULES:
        sold = on.ItemKeyed(item("1.00", rate))
        today = replace(EMPTY, rules=rules)
        assert rate in rules.rates or refused(today, sold) == "rate-over"
        assert rate not in rules.rates or hear(today, sold)[1] == ""
    assert refused(EMPTY, on.ItemKeyed(item("-1.00", 9, kind=kind, reference="7"))) == "rate-over"


def test_a_voucher_and_an_advance_never_exceed_the_goods() -> None:
    goods = keyed(item("5.00"))
    for kind in (ItemType.VOUCHER, ItemType.ADVANCE):
        assert cents(hear(goods, on.ItemKeyed(item("-5.00", kind=kind)))[0]) == [500, -500]
        assert refused(goods, on.ItemKeyed(item("-5.01", kind=kind))) == "rate-below-zero"
    assert refused(goods, on.ItemKeyed(item("-5.01", 0, kind=ItemType.ADVANCE))) == "total-below-zero"
    assert refused(EMPTY, on.ItemKeyed(item("-0.01", 0, kind=ItemType.ADVANCE))) == "total-below-zero"


def test_a_discount_is_on_the_last_line_and_after_subtotal_on_the_whole() -> None:
    both = keyed(item("10.00"), item("20.00", 5))
    line, _ = hear(both, TEN_OFF)
    assert [(one.price_cents, one.vat_rate) for one in line.items[2:]] == [(-200, 5)]
    whole, _ = hear(both, SUBTOTAL, TEN_OFF)
    assert [(one.price_cents, one.vat_rate) for one in whole.items[2:]] == [(-100, 23), (-200, 5)]
    assert not whole.is_summed
    assert refused(whole, TEN_OFF) == "discount-nothing"
    again, _ = hear(whole, SUBTOTAL, EURO_MORE)
    assert sum(cents(again)) == 2800


def test_a_line_after_subtotal_is_a_line_again() -> None:
    basket, _ = hear(keyed(item("10.00")), SUBTOTAL, on.ItemKeyed(item("20.00", 5)), TEN_OFF)
    assert cents(basket) == [1000, 2000, -200]
    shorter, _ = hear(keyed(item("10.00"), item("20.00", 5), item("1.00")), SUBTOTAL, LAST, TEN_OFF)
    assert cents(shorter) == [1000, 2000, -200]


@pytest.mark.parametrize(
    ("basket", "word"),
    [
        (EMPTY, "basket-empty"),
        (hear(EMPTY, INVOICE)[0], "invoice-open"),
        (keyed(replace(item("1.00", 0), role=Role.PACKAGING)), "discount-packaging"),
        (keyed(item("-1.00", kind=ItemType.RETURNED, reference="7")), "discount-nothing"),
        (keyed(item("0.04")), "discount-zero"),
        (keyed(item("1.00"), item("-1.00", kind=ItemType.VOUCHER), item("0.00")), "discount-zero"),
        (keyed(item("-5.00", kind=ItemType.RETURNED, reference="7"), item("1.00")), "rate-below-zero"),
    ],
)
def test_a_discount_of_nothing_is_refused(basket: Composing, word: str) -> None:
    assert refused(basket, TEN_OFF) == word


def test_a_discount_above_its_line_is_refused() -> None:
    euro_off = on.AdjustmentKeyed(is_discount=True, percent=None, cents=100)
    assert refused(keyed(item("0.99")), euro_off) == "discount-above"
    assert refused(hear(keyed(item("0.99")), SUBTOTAL)[0], euro_off) == "discount-above"
    assert cents(hear(keyed(item("1.00")), euro_off)[0]) == [100, -100]


def test_void_last_takes_back_what_was_keyed_last() -> None:
    """The discount on the whole with all its parts, then the discount of the line, then the line."""
    goods = keyed(item("10.00", 5), item("20.00"))
    line = hear(goods, TEN_OFF)[0]
    steps = [goods, line, hear(line, EURO_MORE)[0]]
    whole = hear(steps[-1], SUBTOTAL, TEN_OFF)[0]
    assert len(whole.items) == 6
    for before in reversed(steps):
        whole, word = hear(whole, LAST)
        assert (whole, word) == (before, "")


def test_void_line_takes_the_marked_line_with_its_adjustments() -> None:
    goods = hear(keyed(item("10.00", 5)), TEN_OFF, on.ItemKeyed(item("20.00")), SUBTOTAL, TEN_OFF)[0]
    assert cents(goods) == [1000, -100, 2000, -200, -90]
    places = []
    state = goods
    for _ in range(4):
        state = hear(state, UP)[0]
        places.append(state.chosen)
    assert places == [3, 2, 0, 0], "the mark moves over lines, and over a discount on the whole as one"
    assert cents(hear(state, DOWN, DOWN, DOWN, LINE)[0]) == [1000, -100, 2000]
    assert cents(hear(goods, LINE)[0]) == [1000, -100, 2000], "without a mark the last one"
    assert cents(hear(goods, LINE, UP, UP, LINE)[0]) == [2000]


def test_a_void_that_leaves_a_contradiction_is_refused() -> None:
    voucher = keyed(item("10.00"), item("5.00", 5), item("-4.00", kind=ItemType.VOUCHER))
    first = hear(voucher, UP, UP, UP)[0]
    assert refused(first, LINE) == "rate-below-zero"
    assert cents(hear(voucher, UP, UP, LINE)[0]) == [1000, -400]
    free = hear(keyed(item("1.00"), item("1.00")), SUBTOTAL, on.AdjustmentKeyed(True, Decimal(100), None))[0]
    assert refused(hear(free, UP, UP)[0], LINE) == "rate-below-zero"
    advance = keyed(item("9.00"), item("3.00"), item("-10.00", 0, kind=ItemType.ADVANCE))
    assert refused(hear(advance, UP, UP)[0], LINE) == "total-below-zero"


def test_there_is_nothing_to_void() -> None:
    for event in (LAST, LINE, VOID, SUBTOTAL, UP):
        assert refused(EMPTY, event) == "basket-empty"
    assert refused(hear(EMPTY, INVOICE)[0], LAST) == "invoice-open"


def test_the_mark_stays_in_the_basket() -> None:
    state = keyed(item("1.00"), item("2.00"), item("3.00"))
    assert hear(state, *[UP] * 5)[0].chosen == 0
    state, _ = hear(state, UP, *[DOWN] * 5)
    assert state.chosen == 2
    assert cents(hear(state, LINE)[0]) == [100, 200]
    assert hear(state, SUBTOTAL)[0].chosen is None


def test_the_address_goes_with_the_last_line() -> None:
    basket, _ = hear(keyed(item("1.00"), item("2.00")), ADDRESS, LAST)
    assert basket.address
    assert hear(basket, LAST) == (EMPTY, "address-dropped")


def test_money_that_was_taken_is_given_back_with_the_basket() -> None:
    goods = keyed(item("5.00"))
    assert hear(goods, pay(TenderKind.CARD, 100), VOID) == (EMPTY, "give-back")
    assert hear(goods, VOID) == (EMPTY, "")


@pytest.mark.parametrize("begun", [INVOICE, PARAGON, on.TrainingChosen(), ADDRESS, on.ItemKeyed(item("1.00"))])
def test_a_basket_that_was_begun_goes_whole(begun: on.Event) -> None:
    """The rules of the day and the cashier stay."""
    fresh = replace(EMPTY, rules=RULES[1], cashier="Jana")
    if isinstance(begun, on.ItemKeyed):
        begun = on.ItemKeyed(item("1.00", 20))
    assert hear(fresh, begun, VOID) == (fresh, "")


def test_a_sale_of_nothing_is_paid_with_nothing() -> None:
    state = keyed(item("5.00"), item("-5.00", kind=ItemType.RETURNED, reference="7"))
    assert paid(state, pay()).sale.total_cents == 0
    assert refused(EMPTY, pay()) == "basket-empty"
    free = hear(keyed(item("5.00")), on.AdjustmentKeyed(True, Decimal(100), None))[0]
    assert paid(free, pay(TenderKind.CARD)).sale.tenders == (Tender(TenderKind.CARD, 0),)


@pytest.mark.parametrize("kind", [kind for kind in TenderKind if kind is not TenderKind.CURRENCY])
def test_the_rest_due_in_any_tender(kind: TenderKind) -> None:
    sale = paid(keyed(item("14.94")), pay(kind)).sale
    assert sale.tenders == (Tender(kind, 1495 if kind is TenderKind.CASH else 1494),)
    assert sale.total_cents == sum(tender.cents for tender in sale.tenders)


@pytest.mark.parametrize("kind", [TenderKind.CARD, TenderKind.CHEQUE, TenderKind.VOUCHER, TenderKind.OTHER])
def test_only_cash_may_exceed_what_is_due(kind: TenderKind) -> None:
    assert refused(keyed(item("14.94")), pay(kind, 1495)) == "above-rest-due"


def test_foreign_currency_is_cash_in_other_money() -> None:
    """Twenty dollars for 14.94: worth 18.45, change in euros, and the cash is rounded."""
    note = Foreign("USD", Decimal(20), Decimal("1.0850"))
    goods = keyed(item("14.94"))
    sale = paid(goods, on.TenderKeyed(TenderKind.CURRENCY, 1845, note)).sale
    assert sale.tenders == (Tender(TenderKind.CURRENCY, 1845, note),)
    assert (sale.total_cents, sale.rounding_cents, sale.change_cents) == (1495, 1, 350)
    part, word = hear(goods, on.TenderKeyed(TenderKind.CURRENCY, 500, note))
    assert (part.tenders, word) == ((Tender(TenderKind.CURRENCY, 500, note),), "")
    assert paid(part, pay()).sale.tenders[1] == Tender(TenderKind.CASH, 995)
    assert refused(goods, pay(TenderKind.CURRENCY)) == "currency-amount"
    back = keyed(item("-5.00", kind=ItemType.RETURNED, reference="7"))
    assert refused(back, on.TenderKeyed(TenderKind.CURRENCY, 500, note)) == "currency-payout"


prices = st.decimals(min_value=0, max_value=500, places=2)


@st.composite
def keys(draw: st.DrawFn) -> on.Event:
    """What a cashier may key next, right or wrong."""
    kind = draw(st.sampled_from(("item", "item", "item", "adjust", "adjust", "sum", "last", "line", "move", "tick")))
    match kind:
        case "item":
            type_ = draw(st.sampled_from(ItemType))
            sign = 1 if type_ is ItemType.SOLD else -1
            is_deposit = type_ is ItemType.PACKAGING or (type_ is ItemType.SOLD and draw(st.integers(0, 4)) == 0)
            role = Role.PACKAGING if is_deposit else Role.GOODS
            rate = 0 if role is Role.PACKAGING else draw(st.sampled_from((23, 19, 5, 0, 20)))
            return on.ItemKeyed(replace(item(str(draw(prices) * sign), rate, kind=type_), role=role))
        case "adjust":
            if draw(st.booleans()):
                percent = draw(st.decimals(min_value=Decimal("0.01"), max_value=120, places=2))
                return on.AdjustmentKeyed(draw(st.booleans()), percent, None)
            return on.AdjustmentKeyed(draw(st.booleans()), None, draw(st.integers(1, 60_000)))
        case "sum":
            return SUBTOTAL
        case "move":
            return on.LineChosen(draw(st.sampled_from((-1, 1, -5, 5))))
        case "last":
            return LAST
        case "line":
            return LINE
    return PARAGON


@settings(max_examples=300)
@given(st.lists(keys(), max_size=25), st.sampled_from(TenderKind))
def test_whatever_is_keyed_the_basket_can_become_a_receipt(events: list[on.Event], kind: TenderKind) -> None:
    """A refusal changes nothing and says why; no rate that is lowered is below zero; what is left can be paid."""
    state = EMPTY
    for event in events:
        after, word = hear(state, event)
        assert word == "" or after == state or word == "address-dropped"
        assert word == "" or word in WORDS
        state = after
        assert contradiction(state.items) == ""
        lowered = {one.vat_rate for one in state.items if one.type in (ItemType.DISCOUNT, ItemType.VOUCHER)}
        for rate in lowered:
            counted = [one for one in state.items if one.vat_rate == rate and one.role is not Role.PACKAGING]
            untaxed = sum(one.price_cents for one in counted if rate == 0 and one.type is ItemType.ADVANCE)
            assert sum(one.price_cents for one in counted) - untaxed >= 0
        assert state.chosen is None or state.chosen in {block.start for block in blocks(state.items)}
        for place, one in enumerate(state.items):
            assert one.role is not Role.ON_LINE or state.items[place - 1].role in (Role.ON_LINE, Role.GOODS)
    if state.items and kind is not TenderKind.CURRENCY:
        sale = paid(state, pay(kind)).sale
        assert sale.total_cents == sale.sum_cents + sale.rounding_cents == sum(one.cents for one in sale.tenders)
        assert sale.items == state.items


@given(st.lists(keys(), max_size=15), st.sampled_from((TEN_OFF, EURO_MORE)), st.booleans())
def test_void_last_takes_back_exactly_one_discount(
    events: list[on.Event], event: on.AdjustmentKeyed, is_whole: bool
) -> None:
    """After goods, a discount and VOID_LAST leave the basket as it was."""
    state, _ = hear(hear(EMPTY, *events)[0], on.ItemKeyed(item("1.00")), *[SUBTOTAL] * is_whole)
    after, word = hear(state, event)
    if word == "":
        assert hear(after, LAST)[0] == replace(state, chosen=None, is_summed=False)


def test_card_and_cash_together() -> None:
    """Only the rest in cash is rounded."""
    part, _ = hear(keyed(item("10.02")), pay(TenderKind.CARD, 500))
    assert part.tenders == (card(500),)
    assert paid(part, pay()).sale.rounding_cents == -2


def test_a_refund_may_be_paid_out_in_parts() -> None:
    """R-22: on a total below zero what is keyed is paid out; only whole five cents of it in cash."""
    back = keyed(item("-10.00", kind=ItemType.RETURNED, reference="O-1"))
    part, word = hear(back, pay(TenderKind.CARD, 400))
    assert ([one.cents for one in part.tenders], word) == ([-400], "")
    assert refused(part, pay(TenderKind.CASH, 605)) == "above-rest-due"
    assert refused(part, pay(TenderKind.CASH, 101)) == "not-five-cents"
    sale = paid(part, pay(TenderKind.CASH)).sale
    assert [(one.kind, one.cents) for one in sale.tenders] == [(TenderKind.CARD, -400), (TenderKind.CASH, -600)]
    assert (sale.total_cents, sale.change_cents) == (-1000, 0)


def test_a_discount_is_on_the_marked_line() -> None:
    """R-26: the mark says which line is meant; the discount follows it and the mark goes."""
    basket = keyed(item("10.00", 23), item("4.00", 19))
    marked, _ = hear(basket, on.LineChosen(-1), on.LineChosen(-1))
    after, word = hear(marked, on.AdjustmentKeyed(is_discount=True, percent=Decimal(50), cents=None))
    assert (cents(after), [one.vat_rate for one in after.items], word) == ([1000, -500, 400], [23, 23, 19], "")
    assert after.chosen is None
