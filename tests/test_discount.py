"""Discounts and surcharges: what they are of, how they are spread, and what no basket may be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from states.fiscal.discount import (
    Adjustment,
    base_cents_by_rate,
    blocks,
    contradiction,
    on_line,
    on_total,
    spread_cents,
)
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import ITEMS_MAX, Item, ItemType, Regulation, Role, SellerIdType
from tests.fiscal_examples import item

RATES = (23, 19, 5, 0)


def off(percent: str = "", *, cents: int | None = None) -> Adjustment:
    """A discount."""
    return Adjustment(is_discount=True, percent=Decimal(percent) if percent else None, cents=cents)


def more(percent: str = "", *, cents: int | None = None) -> Adjustment:
    """A surcharge."""
    return replace(off(percent, cents=cents), is_discount=False)


def packaging(euros: str = "0.15") -> Item:
    """A deposit, or below zero packaging that is bought back."""
    kind = ItemType.PACKAGING if euros.startswith("-") else ItemType.SOLD
    return replace(item(euros, 0, name="Obal", kind=kind), role=Role.PACKAGING)


def lowered(euros: str, rate: int, kind: ItemType) -> Item:
    """An advance or a voucher."""
    return item(euros, rate, kind=kind)


def returned(euros: str, rate: int = 23) -> Item:
    """Goods that came back."""
    return item(euros, rate, kind=ItemType.RETURNED, reference="7")


def only(found: tuple[Item, ...] | str) -> Item:
    """The one part."""
    assert not isinstance(found, str), found
    (part,) = found
    return part


def prices(found: tuple[Item, ...] | str) -> dict[int, int]:
    """The parts by rate."""
    assert not isinstance(found, str), found
    return {part.vat_rate: part.price_cents for part in found}


SPREAD = [
    # cents, bases,                       shares
    (10, {23: 100}, {23: 10}),
    (100, {23: 100, 5: 100}, {23: 50, 5: 50}),
    (1, {23: 100, 5: 100}, {23: 1, 5: 0}),
    (1, {23: 100, 5: 101}, {23: 0, 5: 1}),
    (100, {23: 100, 19: 100, 5: 100}, {23: 34, 19: 33, 5: 33}),
    (301, {23: 100, 19: 1, 5: 200}, {23: 100, 19: 1, 5: 200}),
    (149, {23: 1000, 19: 279, 5: 200, 0: 15}, {23: 100, 19: 28, 5: 20, 0: 1}),
]


@pytest.mark.parametrize(("cents", "bases", "shares"), SPREAD)
def test_spread_by_largest_remainder(cents: int, bases: dict[int, int], shares: dict[int, int]) -> None:
    """In proportion, the cents that are left over go to the largest remainders, among equals to the higher rate."""
    assert spread_cents(cents, bases) == shares
    assert spread_cents(cents, dict(reversed(bases.items()))) == shares


bases = st.dictionaries(st.sampled_from(RATES), st.integers(1, 1_000_000), min_size=1)


@given(bases, st.data())
def test_no_cent_is_lost_and_no_base_exceeded(by_rate: dict[int, int], data: st.DataObject) -> None:
    """The shares add up to the cent; each is within a cent of its proportion, and never above what there is."""
    whole = sum(by_rate.values())
    cents = data.draw(st.integers(0, whole))
    shares = spread_cents(cents, by_rate)
    assert sum(shares.values()) == cents
    for rate, base in by_rate.items():
        assert 0 <= shares[rate] <= base
        assert abs(shares[rate] * whole - cents * base) < whole


def test_a_discount_on_a_line_is_of_what_the_line_is_by_now() -> None:
    """Ten per cent of 31.20, then ten per cent of what is left."""
    line = item("31.20", 19)
    first = only(on_line((line,), off("10")))
    assert first == Item("Zľava 10 %", Decimal(1), "", Decimal("-3.12"), 19, ItemType.DISCOUNT, role=Role.ON_LINE)
    assert only(on_line((line, first), off("10"))).price_cents == -281
    assert only(on_line((line, first), more(cents=50))) == Item(
        "Prirážka", Decimal(1), "", Decimal("0.50"), 19, role=Role.ON_LINE
    )


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (off("10"), "Zľava 10 %"),
        (off("12.50"), "Zľava 12,5 %"),
        (off("100"), "Zľava 100 %"),
        (off(cents=1), "Zľava"),
        (more("5"), "Prirážka 5 %"),
        (more(cents=1), "Prirážka"),
    ],
)
def test_it_is_named_as_people_write_it(wanted: Adjustment, name: str) -> None:
    """A comma, no zeros at the end, no exponent."""
    assert wanted.name == name


def test_what_is_sold_for_another_is_lowered_for_another() -> None:
    """The discount names the same seller and regulation as its line."""
    line = replace(item("5.00", 0), seller_id="1234567890", seller_id_type=SellerIdType.DIC, regulation=Regulation.OOD)
    part = only(on_line((line,), off("50")))
    assert (part.seller_id, part.seller_id_type, part.regulation) == ("1234567890", SellerIdType.DIC, Regulation.OOD)


@pytest.mark.parametrize(
    ("items", "wanted", "refused"),
    [
        ((), off("10"), "discount-nothing"),
        ((returned("-5.00"),), off("10"), "discount-nothing"),
        ((item("5.00"), lowered("-5.00", 23, ItemType.VOUCHER)), off("10"), "discount-nothing"),
        ((item("5.00"), packaging()), off("10"), "discount-packaging"),
        ((item("5.00"), packaging("-0.15")), more("10"), "discount-packaging"),
        ((item("5.00"),), off(cents=501), "discount-above"),
        ((item("5.00"),), off("100.01"), "discount-above"),
        ((item("5.00"),), off("100"), ""),
        ((item("5.00"),), more("250"), ""),
        ((item("0.04"),), off("10"), "discount-zero"),
        ((item("0.05"),), off("10"), ""),
        ((item("0.00"),), off(cents=1), "discount-above"),
    ],
)
def test_why_a_line_is_not_adjusted(items: tuple[Item, ...], wanted: Adjustment, refused: str) -> None:
    """Only sold goods are, by a cent at least, and never below zero."""
    found = on_line(items, wanted)
    assert (found if isinstance(found, str) else "") == refused


def test_after_a_discount_on_the_whole_there_is_no_last_line() -> None:
    """It would not stand beside its line, so it is refused."""
    items = (item("5.00"),)
    parts = on_total(items, off("10"))
    assert not isinstance(parts, str)
    assert on_line((*items, *parts), off("10")) == "discount-nothing"


@pytest.mark.parametrize(
    ("items", "wanted", "refused"),
    [
        ((), off("10"), "discount-nothing"),
        ((returned("-5.00"),), off("10"), "discount-nothing"),
        ((packaging(), packaging("-0.30")), off("10"), "discount-packaging"),
        ((item("5.00"), item("5.00", 5), packaging()), off(cents=1001), "discount-above"),
        ((item("5.00"), item("5.00", 5), packaging()), off(cents=1000), ""),
        ((item("0.03"),), off("10"), "discount-zero"),
        ((item("5.00"), lowered("-5.00", 23, ItemType.VOUCHER)), off("10"), "discount-nothing"),
    ],
)
def test_why_the_whole_is_not_adjusted(items: tuple[Item, ...], wanted: Adjustment, refused: str) -> None:
    """The whole is what is left of the goods sold; packaging and what comes back is no part of it."""
    found = on_total(items, wanted)
    assert (found if isinstance(found, str) else "") == refused


def test_the_whole_is_spread_over_its_rates() -> None:
    """One part for each rate, the highest first; neither packaging nor returned goods draw a part."""
    items = (item("2.00", 5), item("10.00"), item("2.79", 19), packaging("1.50"), returned("-3.00", 5))
    parts = on_total(items, off("10"))
    assert prices(parts) == {23: -100, 19: -28, 5: -20}
    assert [part.vat_rate for part in parts if isinstance(part, Item)] == [23, 19, 5]
    assert {part.role for part in parts if isinstance(part, Item)} == {Role.ON_TOTAL}
    assert prices(on_total(items, more(cents=100))) == {23: 68, 19: 19, 5: 13}


def test_what_a_voucher_took_is_not_lowered_again() -> None:
    """A rate that is paid by a voucher or an advance draws no part; an advance with rate 0 takes from no rate."""
    items = (item("10.00"), item("4.00", 5), lowered("-10.00", 23, ItemType.VOUCHER))
    assert prices(on_total(items, off("10"))) == {5: -40}
    assert prices(on_total((item("10.00"), lowered("-9.00", 0, ItemType.ADVANCE)), off("10"))) == {23: -100}


def test_a_part_of_no_cent_is_no_item() -> None:
    """One cent cannot be shared."""
    assert prices(on_total((item("5.00"), item("5.00", 5)), off(cents=1))) == {23: -1}


SUMS = st.decimals(min_value=0, max_value=9_999, places=2)


@st.composite
def lines(draw: st.DrawFn) -> Item:
    """A line of any kind, at its sign."""
    kind = draw(st.sampled_from(ItemType))
    euros = draw(SUMS)
    if kind is ItemType.PACKAGING or (kind is ItemType.SOLD and draw(st.integers(0, 5)) == 0):
        return packaging(str(euros if kind is ItemType.SOLD else -euros - Decimal("0.01")))
    sign = 1 if kind is ItemType.SOLD or (kind is ItemType.CORRECTION and draw(st.booleans())) else -1
    reference = "7" if kind in (ItemType.RETURNED, ItemType.CORRECTION) else ""
    return replace(
        item(str(euros), draw(st.sampled_from(RATES)), kind=kind, reference=reference), unit_price=sign * euros
    )


percents = st.decimals(min_value=Decimal("0.01"), max_value=100, places=2)
adjustments = st.builds(Adjustment, st.booleans(), percents, st.none()) | st.builds(
    Adjustment, st.booleans(), st.none(), st.integers(1, 200_000)
)
baskets = st.lists(lines(), min_size=1, max_size=12)


@given(baskets, adjustments)
def test_on_the_whole_every_cent_has_its_rate(items: list[Item], wanted: Adjustment) -> None:
    """The parts are so many per cent, or cents, of the bases, to the cent; no base goes below zero."""
    before = base_cents_by_rate(items)
    parts = on_total(items, wanted)
    if isinstance(parts, str):
        return
    assert [part.vat_rate for part in parts] == sorted({part.vat_rate for part in parts}, reverse=True)
    cents = abs(sum(part.price_cents for part in parts))
    if wanted.percent is None:
        assert cents == wanted.cents
    else:
        assert abs(cents * 10_000 - sum(before.values()) * wanted.percent * 100) <= 5_000
    for part in parts:
        assert (part.price_cents < 0) == (part.type is ItemType.DISCOUNT) == wanted.is_discount
        assert before[part.vat_rate] + part.price_cents >= 0
    assert not wanted.is_discount or cents <= sum(before.values())


@given(baskets, adjustments, st.data())
def test_the_order_of_the_lines_does_not_matter(items: list[Item], wanted: Adjustment, data: st.DataObject) -> None:
    """The whole is the same whole in any order."""
    shuffled = data.draw(st.permutations(items))
    assert on_total(shuffled, wanted) == on_total(items, wanted)
    assert contradiction(shuffled) == contradiction(items)


@given(baskets, st.lists(adjustments, max_size=4))
def test_discounts_alone_never_contradict(items: list[Item], wanted: list[Adjustment]) -> None:
    """However often goods are lowered, their rates stay at zero or above."""
    goods = tuple(one for one in items if one.type is ItemType.SOLD)
    for one in wanted:
        parts = on_total(goods, one)
        goods = goods if isinstance(parts, str) else (*goods, *parts)
        assert contradiction(goods) == ""


CONTRADICTIONS = [
    ((), ""),
    ((item("5.00"), lowered("-5.00", 23, ItemType.VOUCHER)), ""),
    ((item("5.00"), lowered("-5.01", 23, ItemType.VOUCHER)), "rate-below-zero"),
    ((item("5.00"), lowered("-1.00", 5, ItemType.VOUCHER)), "rate-below-zero"),
    ((item("5.00"), lowered("-5.01", 23, ItemType.ADVANCE)), "rate-below-zero"),
    ((item("5.00"), item("-5.01", kind=ItemType.DISCOUNT)), "rate-below-zero"),
    ((item("5.00", 0), item("-5.01", 0, kind=ItemType.DISCOUNT)), "rate-below-zero"),
    ((item("1.00", 0), packaging("9.00"), item("-1.01", 0, kind=ItemType.DISCOUNT)), "rate-below-zero"),
    ((item("1.00", 0), packaging("-9.00"), item("-1.00", 0, kind=ItemType.DISCOUNT)), ""),
    ((item("5.00"), lowered("-5.00", 0, ItemType.ADVANCE)), ""),
    ((item("5.00"), lowered("-5.01", 0, ItemType.ADVANCE)), "total-below-zero"),
    ((item("5.00"), packaging(), lowered("-5.15", 0, ItemType.ADVANCE)), ""),
    (
        (
            item("5.00"),
            item("1.00", 0),
            item("-1.00", 0, kind=ItemType.DISCOUNT),
            lowered("-5.00", 0, ItemType.ADVANCE),
        ),
        "",
    ),
    ((returned("-5.00"),), ""),
    ((returned("-5.00"), item("1.00"), item("-0.10", kind=ItemType.DISCOUNT)), "rate-below-zero"),
    ((returned("-5.00"), item("1.00", 5), item("-0.10", 5, kind=ItemType.DISCOUNT)), ""),
    ((item("0.01"),) * ITEMS_MAX, ""),
    ((item("0.01"),) * (ITEMS_MAX + 1), "items-max"),
    ((item(str(Decimal(AMOUNT_MAX_CENTS) / 100)),), ""),
    ((item(str(Decimal(AMOUNT_MAX_CENTS) / 100)), item("0.01", 5)), "amount-max"),
    ((item(str(Decimal(AMOUNT_MAX_CENTS) / 100)), item("0.01"), returned("-0.01", 5)), "amount-max"),
]


@pytest.mark.parametrize(("items", "refused"), CONTRADICTIONS)
def test_what_no_receipt_can_be(items: tuple[Item, ...], refused: str) -> None:
    """A rate that is lowered stays above zero, an advance below the total, and everything within the message."""
    assert contradiction(items) == refused


def test_what_belongs_together() -> None:
    """A line keeps its own adjustments; each adjustment on the whole is one, and two of them are two."""
    items: tuple[Item, ...] = (item("10.00"),)
    for wanted, is_whole in ((off("10"), False), (more(cents=5), False), (off("10"), True), (off("10"), True)):
        parts = (on_total if is_whole else on_line)((*items,), wanted)
        assert not isinstance(parts, str)
        items = (*items, *parts)
    items = (*items, item("3.00", 5))
    parts = on_total(items, off("10"))
    assert not isinstance(parts, str)
    items = (*items, *parts)
    assert [(block.start, len(block)) for block in blocks(items)] == [(0, 3), (3, 1), (4, 1), (5, 1), (6, 2)]
