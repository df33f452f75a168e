"""A line of the receipt from what was keyed: a department or a PLU, how many, at what price, sold or coming back.

Source: IR 2.9 (Item) and what the authority answered on items of special kind (protocol 6.3).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Item, ItemType, Role
from states.keying import Counted, Pricing, Ready, Returning, Spelling, Typing, euros
from states.table import Then, then

Priced = TypeVar("Priced", Typing, Pricing)
Waiting = TypeVar("Waiting", Ready, Counted)
Completing = on.DepartmentPressed | on.PluPressed | on.EnterPressed

TYPES = {
    ProductKind.GOODS: ItemType.SOLD,
    ProductKind.PACKAGING: ItemType.SOLD,
    ProductKind.ADVANCE: ItemType.ADVANCE,
    ProductKind.VOUCHER: ItemType.VOUCHER,
}
"""What a product of each kind is when it is sold; advances and vouchers are taken off the sum."""

RETURNS = {ItemType.RETURNED: ProductKind.GOODS, ItemType.PACKAGING: ProductKind.PACKAGING}
"""What may come back: goods with the reference of their receipt, packaging without one."""


def keyed_item(state: Typing | Pricing, event: Completing) -> Item | str:
    """The line that this key completes, or the word that says why there is none."""
    product = _product(state, event)
    if product is None:
        return "department" if isinstance(event, on.DepartmentPressed) else "plu-unknown"
    is_department = isinstance(event, on.DepartmentPressed)
    price = euros(state.till, state.typed) if is_department or product.price is None else product.price
    item = _sold(product, price, Decimal(1) if state.quantity is None else state.quantity)
    item = replace(item, department=product.number) if is_department else replace(item, plu=product.number)
    if not 0 < abs(item.price_cents) <= AMOUNT_MAX_CENTS:
        return "line-high" if item.price_cents else "price"
    return item if state.returning is None else _returned(item, product.kind, state.returning)


def _product(state: Typing | Pricing, event: Completing) -> Product | None:
    if isinstance(state, Pricing):
        return state.product
    if isinstance(event, on.DepartmentPressed):
        return state.till.department(event.number)
    return state.till.catalogue.find(int(state.typed)) if state.typed.isdigit() else None


def _sold(product: Product, price: Decimal, quantity: Decimal) -> Item:
    """Packaging bears no VAT; what is taken off is below zero."""
    is_packaging = product.kind is ProductKind.PACKAGING
    kind = TYPES[product.kind]
    return Item(
        name=product.name,
        quantity=quantity,
        unit=product.unit,
        unit_price=price if kind is ItemType.SOLD else -price,
        vat_rate=0 if is_packaging else product.vat_rate,
        type=kind,
        regulation=product.regulation,
        seller_id=product.seller_id,
        seller_id_type=product.seller_id_type,
        role=Role.PACKAGING if is_packaging else Role.GOODS,
        department=product.department,
    )


def _returned(item: Item, kind: ProductKind, returning: Returning) -> Item | str:
    if returning.type is ItemType.CORRECTION:
        return _corrected(item, returning)
    if RETURNS[returning.type] is not kind:
        return "only-packaging" if returning.type is ItemType.PACKAGING else "only-goods"
    if returning.items is not None and (refused := _why_not_back(item, returning.items)):
        return refused
    back = replace(item, type=returning.type, reference=returning.reference, role=Role.GOODS)
    return replace(back, unit_price=-abs(item.unit_price))


def _why_not_back(item: Item, original: tuple[Item, ...]) -> str:
    """Goods come back at the original's rate, and for no more than was paid at it."""
    at_rate = [one.price_cents for one in original if one.vat_rate == item.vat_rate]
    if not at_rate:
        return "not-on-original"
    return "above-original" if item.price_cents > sum(at_rate) else ""


def _corrected(item: Item, returning: Returning) -> Item | str:
    """The exact negation of the original's item with this price and rate; of an unknown original the item below zero.

    Of several such items that of the same name is meant, else the first.
    """
    correction = replace(item, type=ItemType.CORRECTION, reference=returning.reference, voucher="")
    if returning.items is None:
        return replace(correction, unit_price=-abs(item.unit_price))
    alike = [
        one
        for one in returning.items
        if abs(one.price_cents) == abs(item.price_cents) and one.vat_rate == item.vat_rate
    ]
    if not alike:
        return "not-on-original"
    original = max(alike, key=lambda one: one.name == item.name)
    return replace(
        original,
        type=correction.type,
        reference=correction.reference,
        voucher="",
        unit_price=-original.unit_price,
        role=original.role if original.role is Role.PACKAGING else Role.GOODS,
    )


# --- Guards and actions --------------------------------------------------------------------------------------


def is_item(state: Typing | Pricing, event: Completing) -> bool:
    """A line is complete."""
    return isinstance(keyed_item(state, event), Item)


def sell(state: Typing | Pricing, event: Completing) -> Then[Ready]:
    """The line is announced."""
    item = keyed_item(state, event)
    assert isinstance(item, Item)
    return then(Ready(state.till), on.ItemKeyed(item))


def refuse_item(state: Priced, event: Completing) -> Then[Priced]:
    """Say why there is no line; the number stays."""
    word = keyed_item(state, event)
    return then(state, do.Beep(str(word)))


def is_voucher(state: Typing | Pricing, event: Completing) -> bool:
    """A voucher is redeemed, and its number is still to be told."""
    item = keyed_item(state, event)
    return isinstance(item, Item) and item.type is ItemType.VOUCHER


def ask_voucher(state: Typing | Pricing, event: Completing) -> Then[Spelling]:
    """The line waits for the voucher's number."""
    item = keyed_item(state, event)
    assert isinstance(item, Item)
    return then(Spelling(state.till, Words.VOUCHER, item=item))


def has_no_price(state: Typing, event: on.PluPressed) -> bool:
    """The PLU is known, but its price is not."""
    product = _product(state, event)
    return product is not None and product.price is None


def ask_price(state: Typing, event: on.PluPressed) -> Then[Pricing]:
    """The price is typed next."""
    product = _product(state, event)
    assert product is not None
    return then(Pricing(state.till, state.returning, state.quantity, product))


def refuse_no_price(state: Waiting, _event: on.DepartmentPressed) -> Then[Waiting]:
    """A department has no price of its own."""
    return then(state, do.Beep("price"))


def refuse_no_number(state: Waiting, _event: on.PluPressed) -> Then[Waiting]:
    """First the number of the PLU."""
    return then(state, do.Beep("plu-first"))
