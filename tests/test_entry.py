"""The entry alone: each key sequence of the contract becomes its fact; what is keyed amiss is refused with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.day import ReportKind
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.place import Gps, Place
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import (
    Foreign,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Regulation,
    Role,
    SellerIdType,
    TenderKind,
)
from states.fiscal.slip import CopyOrder, ReportOrder, SampleOrder
from states.keying import Counted, Invoicing, Looking, Pricing, Ready, Returning, Spelling, Typing
from states.machines.entry import ENTRY
from states.table import NeverHappens, Rest
from states.till import Cashier, Catalogue, Currency, Till
from states.words import WORDS
from tests.fiscal_examples import OKP, UID, item, receipt, sale

TOUR = Product(3, "Zájazd", 0, regulation=Regulation.CK, seller_id="SK2020202020", seller_id_type=SellerIdType.IC_DPH)
TILL = Till(
    departments=(
        Product(1, "Tovar", 23),
        Product(2, "Knihy", 5),
        TOUR,
        Product(4, "Fľaša", 23, ProductKind.PACKAGING),
        Product(5, "Odpočet zálohy", 23, ProductKind.ADVANCE),
        Product(6, "Poukaz", 19, ProductKind.VOUCHER),
        Product(7, "Staré", 20),
    ),
    catalogue=Catalogue(
        (
            Product(7, "Mlieko", 19, unit="l", price=Decimal("1.29"), department=2),
            Product(42, "Jablká", 19, unit="kg"),
            Product(50, "Prepravka", 0, ProductKind.PACKAGING, price=Decimal("3.50")),
            Product(60, "Poukaz 10", 23, ProductKind.VOUCHER, price=Decimal(10)),
            Product(61, "Poukaz", 23, ProductKind.VOUCHER),
            Product(90, "Zlato", 23, price=Decimal(10_000_000)),
        )
    ),
    currencies=(Currency(1, "CZK", Decimal("25.37")), Currency(2, "USD", Decimal("1.0850"))),
    cashiers=(Cashier(1, "Jana"), Cashier(12, "Peter")),
)
IMPLIED = replace(TILL, implied_cents=True)
TENDERS = {key.kind: name for name, key in on.KEYS.items() if isinstance(key, on.TenderPressed)}
ADJUSTMENTS = ("PERCENT_DISCOUNT", "PERCENT_SURCHARGE", "AMOUNT_DISCOUNT", "AMOUNT_SURCHARGE")
GOODS = Item("Tovar", Decimal(1), "ks", Decimal("12.50"), 23, department=1)


@dataclass
class Desk:
    """The entry, and all that came of what was keyed."""

    state: Any
    heard: list[on.Fact] = field(default_factory=list)
    wanted: list[do.Effect] = field(default_factory=list)

    def press(self, line: str) -> str:
        """Press keys by their names, ``TEXT`` to the next bar; the reason of the last beep, empty without one."""
        beep = ""
        for word in _keys(line):
            beep = self.hear(word)
        return beep

    def hear(self, event: on.Event) -> str:
        """One event; the reason of its beep."""
        result = ENTRY.step(self.state, event)
        if isinstance(result, Rest):
            assert result is Rest.REFUSE
            return ENTRY.refusal
        self.state = result.state
        beeps = [wish.notice for wish in result.wishes if isinstance(wish, do.Beep)]
        self.heard += [wish for wish in result.wishes if isinstance(wish, on.Fact)]
        self.wanted += [wish for wish in result.wishes if isinstance(wish, do.Effect) and not isinstance(wish, do.Beep)]
        assert all(beep in WORDS for beep in beeps), beeps
        return "".join(beeps)

    def is_in(self, state: type[object]) -> bool:
        """Whether the entry is in a state of this class."""
        return isinstance(self.state, state)

    @property
    def fact(self) -> on.Fact:
        """The only fact so far."""
        (fact,) = self.heard
        return fact

    @property
    def item(self) -> Item:
        """The only line so far."""
        assert isinstance(self.fact, on.ItemKeyed)
        return self.fact.item


def _keys(line: str) -> Iterable[on.Key]:
    """``12.50 D1`` is 1 2 DOT 5 0 DEPARTMENT_1; what stands between bars is text."""
    for index, part in enumerate(line.split("|")):
        if index % 2:
            yield on.TextTyped(part)
            continue
        for word in part.split():
            if word in on.KEYS:
                yield on.KEYS[word]
            elif word[0].isdigit():
                yield from (on.KEYS["DOT" if char == "." else char] for char in word)
            else:
                yield on.KEYS[f"DEPARTMENT_{word.removeprefix('D')}"]


@pytest.fixture
def desk() -> Desk:
    """Nothing is typed."""
    return Desk(Ready(TILL))


def returning(kind: ItemType, *items: Item, unknown: bool = False) -> Ready:
    """A return or a correction was announced."""
    return Ready(TILL, Returning(kind, "" if kind is ItemType.PACKAGING else UID, None if unknown else items))


# --- Goods by department ---------------------------------------------------------------------------------------


def test_a_price_and_a_department_are_a_line(desk: Desk) -> None:
    assert desk.press("12.50 D1") == ""
    assert desk.item == GOODS
    assert desk.state == Ready(TILL)


def test_a_line_carries_what_its_department_says(desk: Desk) -> None:
    desk.press("100 D3")
    expected = ("Zájazd", 0, Regulation.CK, "SK2020202020", SellerIdType.IC_DPH, "ks", Role.GOODS, 3, 0)
    one = desk.item
    assert expected == (
        *(one.name, one.vat_rate, one.regulation, one.seller_id, one.seller_id_type, one.unit, one.role),
        *(one.department, one.plu),
    )


@pytest.mark.parametrize(
    ("keys", "quantity", "price", "cents"),
    [
        ("2 TIMES 12.50 D1", "2", "12.50", 2500),
        ("0.1234 TIMES 10 D1", "0.1234", "10", 123),
        ("3 TIMES 0.333333 D1", "3", "0.333333", 100),
        ("DOT 5 D1", "1", "0.5", 50),
        ("00 DOT 50 D1", "1", "0.5", 50),
        ("10000000 TIMES 1 D1", "10000000", "1", AMOUNT_MAX_CENTS),
        ("2 TIMES DOT 5 D1", "2", "0.5", 100),
        ("0.01 D1", "1", "0.01", 1),
    ],
)
def test_quantities_and_prices(desk: Desk, keys: str, quantity: str, price: str, cents: int) -> None:
    desk.press(keys)
    assert (desk.item.quantity, desk.item.unit_price) == (Decimal(quantity), Decimal(price))
    assert desk.item.price_cents == cents


def test_older_registers_have_no_point(desk: Desk) -> None:
    desk.state = Ready(IMPLIED)
    desk.press("1250 D1")
    assert desk.item == GOODS
    desk.press("1250 CASH 12.5 CARD 10 PERCENT_DISCOUNT 250 AMOUNT_DISCOUNT")
    assert desk.heard[1:] == [
        on.TenderKeyed(TenderKind.CASH, 1250),
        on.TenderKeyed(TenderKind.CARD, 1250),
        on.AdjustmentKeyed(True, Decimal(10), None),
        on.AdjustmentKeyed(True, None, 250),
    ]


@pytest.mark.parametrize(
    ("keys", "reason", "typed"),
    [
        ("0 D1", "price", "0"),
        ("0.004 D1", "price", "0.004"),
        ("10000000.01 D1", "line-high", "10000000.01"),
        ("999999999999 D1", "line-high", "999999999999"),
        ("2 TIMES 5000000.01 D1", "line-high", "5000000.01"),
        ("12.50 D8", "department", "12.50"),
        ("0 TIMES", "quantity-zero", "0"),
        ("0.0 TIMES", "quantity-zero", "0.0"),
        ("0.12345 TIMES", "quantity-places", "0.12345"),
        ("10000001 TIMES", "quantity-max", "10000001"),
        ("2 TIMES 3 TIMES", "quantity-twice", "3"),
        ("0.123456 7", "number", "0.123456"),
        ("123456789012 3", "number", "123456789012"),
        ("12345678901 00", "number", "12345678901"),
        ("1.5 DOT", "number", "1.5"),
        ("123456789012 DOT", "number", "123456789012"),
    ],
)
def test_a_wrong_line_is_refused_and_stays_to_be_mended(desk: Desk, keys: str, reason: str, typed: str) -> None:
    assert desk.press(keys) == reason
    assert desk.is_in(Typing)
    assert desk.state.typed == typed
    assert desk.heard == []


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("D1", "price"),
        ("PLU", "plu-first"),
        ("PERCENT_DISCOUNT", "percent-first"),
        ("PERCENT_SURCHARGE", "percent-first"),
    ]
    + [(key, "amount-first") for key in ("AMOUNT_DISCOUNT", "AMOUNT_SURCHARGE", "DEPOSIT", "WITHDRAWAL")]
    + [("CURRENCY_1", "currency-amount"), ("CURRENCY_3", "currency-unset")],
)
def test_a_key_that_needs_a_number_says_so(desk: Desk, keys: str, reason: str) -> None:
    assert desk.press(keys) == reason
    assert desk == Desk(Ready(TILL))


@pytest.mark.parametrize(("key", "reason"), [("D1", "price"), ("PLU", "plu-first"), ("CASH", "key-refused")])
def test_a_quantity_stays_when_its_item_is_keyed_amiss(desk: Desk, key: str, reason: str) -> None:
    assert desk.press(f"3 TIMES {key}") == reason
    assert desk.state == Counted(TILL, None, Decimal(3))
    desk.press("1 D1")
    assert desk.item.price_cents == 300


def test_clear_takes_what_was_typed_and_then_the_return() -> None:
    desk = Desk(returning(ItemType.RETURNED))
    for keys in ("12.50", "2 TIMES", "2 TIMES 5", "42 PLU", "42 PLU 5"):
        desk.press(f"{keys} CLEAR")
        assert desk.state == returning(ItemType.RETURNED), keys
    desk.press("CLEAR")
    assert desk.state == Ready(TILL)


# --- Goods by PLU ----------------------------------------------------------------------------------------------


def test_a_plu_with_a_price_sells_at_it(desk: Desk) -> None:
    desk.press("7 PLU")
    assert desk.item == Item("Mlieko", Decimal(1), "l", Decimal("1.29"), 19, department=2, plu=7)


def test_quantity_and_number_sell_so_many(desk: Desk) -> None:
    desk.press("2.5 TIMES 007 PLU")
    assert (desk.item.quantity, desk.item.plu, desk.item.price_cents) == (Decimal("2.5"), 7, 323)


@pytest.mark.parametrize("key", ["PLU", "ENTER"])
def test_a_plu_without_a_price_asks_for_it(desk: Desk, key: str) -> None:
    desk.press("1.5 TIMES 42 PLU")
    assert desk.state == Pricing(TILL, None, Decimal("1.5"), TILL.catalogue.products[1])
    assert desk.press(key) == "price"
    desk.press(f"DOT 8 {key}")
    assert desk.item == Item("Jablká", Decimal("1.5"), "kg", Decimal("0.8"), 19, plu=42)
    assert desk.state == Ready(TILL)


def test_the_price_of_a_plu_is_refused_like_any_other(desk: Desk) -> None:
    desk.press("42 PLU 0")
    assert desk.press("ENTER") == "price"
    assert desk.press("0 DOT 00 DOT") == "number"
    desk.press("CLEAR 2 TIMES 42 PLU 5000000.01")
    assert desk.press("ENTER") == "line-high"
    assert desk.press("000000") == "number"
    assert desk.press("CASH") == "key-refused"
    assert desk.is_in(Pricing)
    assert desk.heard == []


@pytest.mark.parametrize("keys", ["8 PLU", "7.0 PLU", "0 PLU", "999999999999 PLU"])
def test_an_unknown_plu_is_refused(desk: Desk, keys: str) -> None:
    assert desk.press(keys) == "plu-unknown"
    assert desk.state == Typing(TILL, None, None, keys.split()[0])


def test_a_plu_at_the_limit_is_sold_once_and_not_twice(desk: Desk) -> None:
    assert desk.press("2 TIMES 90 PLU") == "line-high"
    desk.press("CLEAR 90 PLU")
    assert desk.item.price_cents == AMOUNT_MAX_CENTS


# --- Packaging, advances, vouchers -----------------------------------------------------------------------------


def test_packaging_is_sold_at_rate_0(desk: Desk) -> None:
    desk.press("2 TIMES 0.15 D4")
    one = desk.item
    assert (one.type, one.vat_rate, one.role, one.price_cents) == (ItemType.SOLD, 0, Role.PACKAGING, 30)


def test_packaging_is_bought_back_without_a_receipt(desk: Desk) -> None:
    assert desk.press("RETURN ENTER") == ""
    assert desk.state == Ready(TILL, Returning(ItemType.PACKAGING))
    desk.press("3 TIMES 0.15 D4")
    one = desk.item
    assert (one.type, one.vat_rate, one.reference, one.price_cents) == (ItemType.PACKAGING, 0, "", -45)
    desk.heard.clear()
    desk.press("RETURN ENTER 50 PLU")
    assert (desk.item.type, desk.item.price_cents, desk.item.plu) == (ItemType.PACKAGING, -350, 50)


@pytest.mark.parametrize("keys", ["1 D1", "1 D5", "1 D6", "7 PLU", "60 PLU"])
def test_only_packaging_comes_back_without_a_receipt(keys: str) -> None:
    desk = Desk(returning(ItemType.PACKAGING))
    assert desk.press(keys) == "only-packaging"
    assert desk.is_in(Typing)
    assert desk.heard == []


def test_an_advance_is_taken_off(desk: Desk) -> None:
    desk.press("20 D5")
    assert (desk.item.type, desk.item.vat_rate, desk.item.price_cents) == (ItemType.ADVANCE, 23, -2000)


@pytest.mark.parametrize("keys", ["10 D6", "60 PLU", "61 PLU 10 ENTER", "61 PLU 10 PLU"])
def test_a_voucher_asks_for_its_number(desk: Desk, keys: str) -> None:
    desk.press(keys)
    assert desk.is_in(Spelling)
    assert desk.state.words is Words.VOUCHER
    assert desk.press("ENTER") == "words-empty"
    assert desk.press("|JUP č. 5| ENTER") == "words-plain"
    desk.press("LEFT " * 9 + "|JUP 2026/| 15 ENTER")
    assert (desk.item.type, desk.item.voucher, desk.item.price_cents) == (ItemType.VOUCHER, "JUP 2026/15", -1000)
    assert desk.state == Ready(TILL)


def test_a_voucher_without_its_number_is_dropped_and_the_cashier_is_told(desk: Desk) -> None:
    assert desk.press("10 D6 5 CLEAR") == "voucher-dropped"
    assert desk == Desk(Ready(TILL))


# --- Returns and corrections -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind"), [("RETURN", ItemType.RETURNED), ("CORRECTION", ItemType.CORRECTION)], ids=["return", "correction"]
)
def test_the_original_is_looked_up(desk: Desk, key: str, kind: ItemType) -> None:
    original = receipt(sale((GOODS,)))
    desk.press(f"{key} |{OKP}| ENTER")
    assert desk.wanted == [do.Find(OKP)]
    assert desk.is_in(Looking)
    assert desk.press("1") == "key-refused"
    desk.hear(on.OriginalFound(UID, original))
    assert desk.state == Ready(TILL, Returning(kind, UID, (GOODS,)))


def test_returned_goods_are_below_zero_and_carry_the_reference() -> None:
    desk = Desk(returning(ItemType.RETURNED, replace(GOODS, vat_rate=20, unit_price=Decimal("6.20"))))
    desk.press("2 TIMES 3.10 D7")
    one = desk.item
    assert (one.type, one.reference, one.vat_rate, one.price_cents) == (ItemType.RETURNED, UID, 20, -620)
    assert desk.state == Ready(TILL)


@pytest.mark.parametrize(("keys", "word"), [("6.21 D7", "above-original"), ("1 D1", "not-on-original")])
def test_goods_come_back_at_their_rate_and_for_what_was_paid_at_most(keys: str, word: str) -> None:
    """R-22: a discount on the original counts; of another register's receipt nothing is known."""
    sold = replace(GOODS, vat_rate=20, unit_price=Decimal("7.20"))
    discount = replace(sold, type=ItemType.DISCOUNT, unit_price=Decimal("-1.00"), role=Role.ON_LINE)
    desk = Desk(returning(ItemType.RETURNED, sold, discount))
    assert desk.press(keys) == word
    assert desk.heard == []


@pytest.mark.parametrize("keys", ["1 D4", "1 D5", "1 D6", "50 PLU"])
def test_with_a_receipt_only_goods_come_back(keys: str) -> None:
    desk = Desk(returning(ItemType.RETURNED))
    assert desk.press(keys) == "only-goods"
    assert desk.heard == []


def test_a_correction_is_the_exact_negation_of_the_originals_item() -> None:
    sold = replace(GOODS, name="Kladivo", quantity=Decimal(2), unit_price=Decimal("6.25"), plu=3)
    desk = Desk(returning(ItemType.CORRECTION, item("1.00"), sold))
    desk.press("12.50 D1")
    assert desk.item == replace(sold, type=ItemType.CORRECTION, reference=UID, unit_price=Decimal("-6.25"))


def test_of_items_alike_that_of_the_same_name_is_corrected() -> None:
    other = replace(GOODS, name="Kladivo")
    for items in ((other, GOODS), (GOODS, other)):
        desk = Desk(returning(ItemType.CORRECTION, *items))
        desk.press("12.50 D1")
        assert desk.item.name == "Tovar"
    desk = Desk(returning(ItemType.CORRECTION, other, replace(GOODS, name="Píla")))
    desk.press("12.50 D1")
    assert desk.item.name == "Kladivo"


@pytest.mark.parametrize(
    ("original", "keys", "role"),
    [
        (item("-2.00", kind=ItemType.DISCOUNT), "2 D1", Role.GOODS),
        (replace(item("-2.00", kind=ItemType.VOUCHER), voucher="JUP 5"), "2 D1", Role.GOODS),
        (replace(item("2.00"), role=Role.ON_TOTAL), "2 D1", Role.GOODS),
        (replace(item("2.00", 0), role=Role.PACKAGING), "2 D4", Role.PACKAGING),
        (item("-2.00", kind=ItemType.RETURNED, reference=OKP), "2 D1", Role.GOODS),
    ],
)
def test_items_of_any_kind_can_be_corrected(original: Item, keys: str, role: Role) -> None:
    desk = Desk(returning(ItemType.CORRECTION, original))
    desk.press(keys)
    one = desk.item
    assert (one.type, one.reference, one.voucher, one.role) == (ItemType.CORRECTION, UID, "", role)
    assert one.price_cents == -original.price_cents


@pytest.mark.parametrize("keys", ["12.51 D1", "12.50 D2", "2 TIMES 12.50 D1"])
def test_a_correction_of_what_was_not_sold_is_refused(keys: str) -> None:
    desk = Desk(returning(ItemType.CORRECTION, GOODS))
    assert desk.press(keys) == "not-on-original"
    assert desk.is_in(Typing)
    assert desk.heard == []


@pytest.mark.parametrize("keys", ["12.50 D1", "12.50 D5", "12.50 D6"])
def test_a_correction_of_an_unknown_original_is_below_zero(keys: str) -> None:
    desk = Desk(returning(ItemType.CORRECTION, unknown=True))
    desk.press(keys)
    assert (desk.item.type, desk.item.reference, desk.item.price_cents) == (ItemType.CORRECTION, UID, -1250)


@pytest.mark.parametrize("reference", [UID, OKP])
def test_another_registers_receipt_is_taken_only_when_the_cashier_insists(desk: Desk, reference: str) -> None:
    desk.press(f"RETURN |{reference}| ENTER")
    assert desk.hear(on.OriginalMissing("unknown-original")) == "unknown-original"
    assert desk.is_in(Spelling)
    assert desk.state.typed == reference
    desk.press("ENTER")
    assert desk.state == Ready(TILL, Returning(ItemType.RETURNED, reference, None))


def test_a_reference_that_was_changed_is_looked_up_again(desk: Desk) -> None:
    desk.press(f"CORRECTION |{UID}| ENTER")
    desk.hear(on.OriginalMissing("unknown-original"))
    desk.press("LEFT |B| ENTER")
    assert desk.wanted == [do.Find(UID), do.Find(UID[:-1] + "B")]
    assert desk.hear(on.OriginalMissing("refused")) == "refused"
    assert desk.is_in(Spelling)
    assert desk.state.unknown == ""


def test_a_number_of_this_register_that_is_unknown_can_not_be_insisted_on(desk: Desk) -> None:
    for _ in range(2):
        desk.press("RETURN |2026-11/57| ENTER")
        assert desk.hear(on.OriginalMissing("unknown-original")) == "no-original"
        desk.press("CLEAR")
    assert desk.heard == []


def test_an_old_registers_number_is_taken_as_it_is(desk: Desk) -> None:
    desk.press("RETURN 0012 57 ENTER")
    assert desk.wanted == [do.Find("001257")]
    desk.hear(on.OriginalMissing("old-number"))
    assert desk.state == Ready(TILL, Returning(ItemType.RETURNED, "001257", None))


@pytest.mark.parametrize("typed", ["O-123", "abc", "57a", "č"])
@pytest.mark.parametrize("key", ["RETURN", "CORRECTION"])
def test_what_names_no_receipt_is_refused_and_stays(desk: Desk, key: str, typed: str) -> None:
    assert desk.press(f"{key} |{typed}| ENTER") == "reference"
    assert desk.state.typed == typed
    assert desk.wanted == []


def test_a_correction_needs_a_reference(desk: Desk) -> None:
    assert desk.press("CORRECTION ENTER") == "reference"


@pytest.mark.parametrize("prefix", ["", "5 "])
@pytest.mark.parametrize("key", [*TENDERS.values(), "CURRENCY_1", *ADJUSTMENTS, "DEPOSIT", "WITHDRAWAL"])
def test_an_announced_return_is_not_forgotten(prefix: str, key: str) -> None:
    desk = Desk(returning(ItemType.RETURNED, GOODS))
    reason = desk.press(f"{prefix}{key}")
    assert reason == "return-open" or (not prefix and reason in ("percent-first", "amount-first", "currency-amount"))
    assert desk.state.returning == returning(ItemType.RETURNED, GOODS).returning
    assert desk.heard == []


def test_an_invoice_waits_for_the_announced_return_and_an_address_does_not() -> None:
    desk = Desk(returning(ItemType.RETURNED))
    assert desk.press("INVOICE") == "return-open"
    desk.press("EMAIL |jana@example.sk| ENTER")
    assert desk.fact == on.AddressKeyed("jana@example.sk")
    assert desk.state == returning(ItemType.RETURNED)


# --- Discounts and surcharges ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "fact"),
    [
        ("10 PERCENT_DISCOUNT", on.AdjustmentKeyed(True, Decimal(10), None)),
        ("12.55 PERCENT_SURCHARGE", on.AdjustmentKeyed(False, Decimal("12.55"), None)),
        ("100 PERCENT_DISCOUNT", on.AdjustmentKeyed(True, Decimal(100), None)),
        ("0.01 PERCENT_DISCOUNT", on.AdjustmentKeyed(True, Decimal("0.01"), None)),
        ("1.50 AMOUNT_DISCOUNT", on.AdjustmentKeyed(True, None, 150)),
        ("2 AMOUNT_SURCHARGE", on.AdjustmentKeyed(False, None, 200)),
    ],
)
def test_adjustments(desk: Desk, keys: str, fact: on.Fact) -> None:
    desk.press(keys)
    assert desk.fact == fact
    assert desk.state == Ready(TILL)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("0 PERCENT_DISCOUNT", "percent-range"),
        ("100.01 PERCENT_DISCOUNT", "percent-range"),
        ("101 PERCENT_SURCHARGE", "percent-range"),
        ("0.001 PERCENT_DISCOUNT", "percent-places"),
        ("2 TIMES 10 PERCENT_DISCOUNT", "amount-quantity"),
        ("0 AMOUNT_DISCOUNT", "amount-zero"),
        ("0.00 AMOUNT_SURCHARGE", "amount-zero"),
        ("0.005 AMOUNT_DISCOUNT", "amount-places"),
        ("10000000.01 AMOUNT_SURCHARGE", "amount-high"),
        ("2 TIMES 1 AMOUNT_DISCOUNT", "amount-quantity"),
    ],
)
def test_adjustments_that_are_refused(desk: Desk, keys: str, reason: str) -> None:
    assert desk.press(keys) == reason
    assert desk.is_in(Typing)
    assert desk.heard == []


# --- Money -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "key"), TENDERS.items(), ids=TENDERS.values())
def test_tenders(desk: Desk, kind: TenderKind, key: str) -> None:
    desk.press(f"{key} 20 {key}")
    assert desk.heard == [on.TenderKeyed(kind, None), on.TenderKeyed(kind, 2000)]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("1.005 CASH", "amount-places"),
        ("2 TIMES 5 CARD", "amount-quantity"),
        ("10000000.01 CASH", "amount-high"),
        ("5 CURRENCY_3", "currency-unset"),
        ("0 CURRENCY_1", "amount-zero"),
        ("0.63 CURRENCY_1", "currency-small"),
        ("1.005 CURRENCY_1", "amount-places"),
        ("2 TIMES 5 CURRENCY_1", "amount-quantity"),
        ("0 DEPOSIT", "amount-zero"),
        ("1.005 WITHDRAWAL", "amount-places"),
        ("10000000.01 DEPOSIT", "amount-high"),
        ("2 TIMES 5 WITHDRAWAL", "amount-quantity"),
        ("0 COPY", "number"),
        ("1.0 COPY", "number"),
        ("4294967296 COPY", "number"),
        ("2 TIMES 1 COPY", "number"),
    ],
)
def test_money_and_numbers_that_are_refused_stay(desk: Desk, keys: str, reason: str) -> None:
    assert desk.press(keys) == reason
    assert desk.is_in(Typing)
    assert desk.heard == []


@pytest.mark.parametrize(
    ("keys", "cents"),
    [("500 CURRENCY_1", 1970), ("0.64 CURRENCY_1", 5), ("20 CURRENCY_2", 1845), ("10.85 CURRENCY_2", 1000)],
)
def test_foreign_money_is_worth_whole_five_cents(desk: Desk, keys: str, cents: int) -> None:
    desk.press(keys)
    amount, key = keys.split()
    currency = TILL.currency(int(key[-1]))
    assert currency is not None
    foreign = Foreign(currency.code, Decimal(amount), currency.per_euro)
    assert desk.fact == on.TenderKeyed(TenderKind.CURRENCY, cents, foreign)


def test_half_of_five_cents_is_rounded_up(desk: Desk) -> None:
    desk.state = Ready(replace(TILL, currencies=(Currency(1, "XYZ", Decimal(4)),)))
    desk.press("0.10 CURRENCY_1 0.30 CURRENCY_1 0.29 CURRENCY_1")
    assert [fact.cents for fact in desk.heard if isinstance(fact, on.TenderKeyed)] == [5, 10, 5]


def test_cash_is_moved(desk: Desk) -> None:
    desk.press("10000000 DEPOSIT 0.05 WITHDRAWAL")
    assert desk.heard == [on.CashMoveKeyed(AMOUNT_MAX_CENTS), on.CashMoveKeyed(-5)]


def test_slips(desk: Desk) -> None:
    desk.press("COPY 57 COPY SAMPLE")
    orders = on.SlipOrdered(CopyOrder()), on.SlipOrdered(CopyOrder(57)), on.SlipOrdered(SampleOrder())
    assert desk.heard == list(orders)
    assert desk.state == Ready(TILL)


def test_keys_of_the_basket(desk: Desk) -> None:
    desk.press("UP DOWN VOID_LINE VOID_LAST SUBTOTAL VOID_RECEIPT")
    moves = [on.LineChosen(-1), on.LineChosen(1), on.LineVoided(), on.LastVoided()]
    assert desk.heard == [*moves, on.SubtotalKeyed(), on.BasketVoided()]
    desk.press("DRAWER")
    assert desk.wanted == [do.OpenDrawer()]


# --- Invoices --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "cents"), [("ENTER", 12_345), ("RETURN", -12_345)])
def test_an_invoice_is_paid_or_its_payment_given_back(desk: Desk, key: str, cents: int) -> None:
    desk.press("INVOICE |FV | 2026 ENTER")
    assert desk.state == Invoicing(TILL, "FV 2026")
    desk.press(f"123.45 {key}")
    assert desk.fact == on.InvoiceKeyed(Invoice("FV 2026", cents))
    assert desk.state == Ready(TILL)


@pytest.mark.parametrize("key", ["ENTER", "RETURN"])
@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("", "amount-first"),
        ("0", "amount-zero"),
        ("0.00", "amount-zero"),
        ("1.005", "amount-places"),
        ("10000000.01", "amount-high"),
    ],
)
def test_a_wrong_amount_of_an_invoice_is_refused_and_stays(desk: Desk, keys: str, reason: str, key: str) -> None:
    assert desk.press(f"INVOICE 1 ENTER {keys} {key}") == reason
    assert desk.state == Invoicing(TILL, "1", keys)
    assert desk.heard == []


def test_the_amount_of_an_invoice_is_typed_like_any_number(desk: Desk) -> None:
    desk.press("INVOICE 1 ENTER DOT 5")
    assert desk.state == Invoicing(TILL, "1", "0.5")
    assert desk.press("DOT") == "number"
    assert desk.press("1234567") == "number"
    assert desk.press("CASH") == "key-refused"
    desk.press("CLEAR")
    assert desk.state == Invoicing(TILL, "1")
    desk.press("CLEAR")
    assert desk.state == Spelling(TILL, Words.INVOICE, "1")
    desk.press("CLEAR")
    assert desk == Desk(Ready(TILL))


@pytest.mark.parametrize(("typed", "reason"), [("", "words-empty"), ("  ", "words-empty"), ("FČ 1", "words-plain")])
def test_a_wrong_number_of_an_invoice_is_refused_and_stays(desk: Desk, typed: str, reason: str) -> None:
    assert desk.press(f"INVOICE |{typed}| ENTER") == reason
    assert desk.state == Spelling(TILL, Words.INVOICE, typed)


# --- Words -----------------------------------------------------------------------------------------------------


def test_an_address_is_the_consent_and_may_be_withdrawn(desk: Desk) -> None:
    desk.press("EMAIL |jana@| 1 |x| LEFT |.Example.SK| ENTER EMAIL |x| CLEAR")
    assert desk.heard == [on.AddressKeyed("jana@1.example.sk"), on.AddressWithdrawn()]
    assert desk.state == Ready(TILL)


def test_a_wrong_address_stays_to_be_mended(desk: Desk) -> None:
    assert desk.press("EMAIL |jana@example| ENTER") == "address"
    desk.press("DOT |sk| ENTER")
    assert desk.fact == on.AddressKeyed("jana@example.sk")


@pytest.mark.parametrize(
    ("words", "room"),
    [
        (Words.ADDRESS, 254),
        (Words.RETURNED, 128),
        (Words.INVOICE, 50),
        (Words.VOUCHER, 50),
        (Words.PARAGON_NUMBER, 10),
        (Words.PARAGON_DATE, 25),
        (Words.SINCE, 25),
        (Words.PLACE, 255),
        (Words.CASHIER, 6),
    ],
)
def test_words_have_their_room(words: Words, room: int) -> None:
    desk = Desk(Spelling(TILL, words))
    assert desk.press(f"|{'1' * room}|") == ""
    for more in ("1", "DOT", "|1|"):
        assert desk.press(more) == "words-long"
    desk.press("LEFT")
    assert desk.press(f"|{'1' * room}|") == "words-long"
    assert len(desk.state.typed) == room - 1


def asked(words: Words) -> Desk:
    """The menu has asked for these words."""
    desk = Desk(Ready(TILL))
    desk.hear(on.WordsAsked(words))
    assert desk.state == Spelling(TILL, words)
    return desk


@pytest.mark.parametrize("words", list(Words))
def test_words_that_are_asked_for_can_be_left(words: Words) -> None:
    desk = asked(words)
    desk.press("1 CLEAR")
    assert desk.state == Ready(TILL)
    assert f"ask-{words}" in WORDS


@pytest.mark.parametrize(("typed", "number"), [("", 0), ("57", 57)])
def test_a_slip_by_hand_is_checked_before_it_is_announced(typed: str, number: int) -> None:
    desk = asked(Words.PARAGON_NUMBER)
    desk.press(f"|{typed}| ENTER |22.11.2026 10:15| ENTER")
    assert desk.wanted == [do.CheckParagon(number, "2026-11-22T10:15:00+01:00")]
    paragon = Paragon(57, "2026-11-22T10:15:00+01:00")
    desk.hear(on.ParagonAllowed(paragon))
    assert desk.fact == on.ParagonKeyed(paragon)
    assert desk.state == Ready(TILL)


def test_digits_are_enough_for_a_slip_by_hand() -> None:
    desk = asked(Words.PARAGON_NUMBER)
    desk.press("12 ENTER 010720260905 ENTER")
    assert desk.wanted == [do.CheckParagon(12, "2026-07-01T09:05:00+02:00")]


def test_a_slip_by_hand_that_is_refused_goes_back_to_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDS, "paragon-future", ("", ""))
    monkeypatch.setitem(WORDS, "paragon-number-used", ("", ""))
    desk = asked(Words.PARAGON_NUMBER)
    desk.press("12 ENTER 010720990905 ENTER")
    assert desk.hear(on.ParagonRefused("paragon-future")) == "paragon-future"
    assert desk.state == Spelling(TILL, Words.PARAGON_DATE, "010720990905", first="12")
    desk.press("ENTER")
    assert desk.hear(on.ParagonRefused("paragon-number-used")) == "paragon-number-used"
    assert desk.state == Spelling(TILL, Words.PARAGON_NUMBER, "12")


@pytest.mark.parametrize(
    ("words", "typed", "reason"),
    [
        (Words.PARAGON_NUMBER, "0", "paragon-digits"),
        (Words.PARAGON_NUMBER, "x", "paragon-digits"),
        (Words.PARAGON_DATE, "", "date-form"),
        (Words.PARAGON_DATE, "22.11.2026", "date-time"),
        (Words.PARAGON_DATE, "29.03.2026 02:30", "date-never"),
        (Words.SINCE, "22.11.2026 10:15", "date-day"),
        (Words.SINCE, "31.11.2026", "date-never"),
        (Words.PLACE, "", "place"),
        (Words.PLACE, "48.148962 17.165377", "place-range"),
        (Words.CASHIER, "", "cashier-unknown"),
        (Words.CASHIER, "2", "cashier-unknown"),
    ],
)
def test_wrong_words_are_refused_and_stay(words: Words, typed: str, reason: str) -> None:
    desk = asked(words)
    assert desk.press(f"|{typed}| ENTER") == reason
    assert desk.state == Spelling(TILL, words, typed)
    assert (desk.heard, desk.wanted) == ([], [])


def test_an_interval_is_ordered_from_its_first_day_to_its_last() -> None:
    desk = asked(Words.SINCE)
    assert desk.press("01112026 ENTER |31.10.2026| ENTER") == "until-before-since"
    assert desk.state == Spelling(TILL, Words.UNTIL, "31.10.2026", first="2026-11-01")
    desk.press("LEFT " * 10 + "|1.11.2026| ENTER")
    assert desk.fact == on.SlipOrdered(ReportOrder(ReportKind.INTERVAL, "2026-11-01", "2026-11-01"))


def test_a_place_and_a_cashier() -> None:
    desk = asked(Words.PLACE)
    desk.press("17.165377 | | 48.148962 ENTER")
    assert desk.fact == on.PlaceKeyed(Place(gps=Gps("17.165377", "48.148962")))
    desk = asked(Words.CASHIER)
    desk.press("12 ENTER")
    assert desk.fact == on.CashierChosen("Peter")


# --- Any keys at all -------------------------------------------------------------------------------------------


def test_answers_and_questions_at_the_wrong_time_are_bugs() -> None:
    wrong: list[tuple[Any, on.Event]] = [
        (Ready(TILL), on.OriginalMissing("unknown-original")),
        (Typing(TILL, None, None, "1"), on.WordsAsked(Words.PLACE)),
        (Invoicing(TILL, "1"), on.ParagonRefused("paragon-future")),
    ]
    for state, event in wrong:
        with pytest.raises(NeverHappens):
            ENTRY.step(state, event)


OF_MENU = [Words.PARAGON_NUMBER, Words.SINCE, Words.PLACE, Words.CASHIER]
ANY_KEY = st.one_of(
    st.sampled_from(list(on.KEYS.values())),
    st.sampled_from([on.KEYS[name] for name in ("1", "5", "DOT", "PLU", "ENTER", "RETURN", "INVOICE")]),
    st.sampled_from([UID, OKP, "57", "jana@example.sk", "22.11.2026 10:15", "č", " "]).map(on.TextTyped),
    st.text(min_size=1).map(on.TextTyped),
)
ANSWERS: dict[type[do.Effect], tuple[on.Answer, ...]] = {
    do.Find: (on.OriginalFound(UID, receipt(sale((GOODS,)))), on.OriginalMissing("unknown-original")),
    do.CheckParagon: (on.ParagonAllowed(Paragon(1, "2026-11-22T10:15:00+01:00")),),
}


@settings(max_examples=400)
@given(st.data(), st.lists(ANY_KEY, max_size=60), st.sampled_from([TILL, IMPLIED]), st.sampled_from(OF_MENU))
def test_whatever_is_keyed_only_whole_facts_come_of_it(
    data: st.DataObject, keys: list[on.Key], till: Till, words: Words
) -> None:
    desk = Desk(Ready(till))
    if data.draw(st.booleans()):
        desk.hear(on.WordsAsked(words))
    for key in keys:
        desk.hear(key)
        if isinstance(desk.state, Looking):
            desk.hear(data.draw(st.sampled_from(ANSWERS[type(desk.wanted[-1])])))
    for fact in desk.heard:
        match fact:
            case on.ItemKeyed(item=one):
                assert 0 < abs(one.price_cents) <= AMOUNT_MAX_CENTS
                assert one.quantity > 0
                assert bool(one.voucher) == (one.type is ItemType.VOUCHER)
                assert bool(one.reference) == (one.type in (ItemType.RETURNED, ItemType.CORRECTION))
                assert (one.unit_price > 0) == (one.type is ItemType.SOLD)
            case on.AdjustmentKeyed(percent=percent, cents=cents):
                assert (percent is None) != (cents is None)
                assert (percent or cents or 0) > 0
            case on.InvoiceKeyed(invoice=Invoice(number=number, cents=cents)):
                assert 1 <= len(number) <= 50
                assert 0 < abs(cents) <= AMOUNT_MAX_CENTS
            case on.TenderKeyed(cents=cents, foreign=foreign) if foreign is not None:
                assert cents is not None
                assert cents % 5 == 0 < cents
