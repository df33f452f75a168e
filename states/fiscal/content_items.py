"""The items of a receipt in words and numbers: name, quantity, rate, price, and the law's words about some of them.

Sources: IR 2.10 (kinds of items, words of the special regulations); protocol facts, chapter 6.3 (packaging stands
without a rate).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from states.fiscal.content import Fact
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
from states.fiscal.receipt import Item, ItemType, Receipt, Regulation, Role, SellerIdType

REFERENCES = {ItemType.RETURNED: "Vrátené k dokladu:", ItemType.CORRECTION: "Oprava dokladu:"}
WORDS = {
    ItemType.PACKAGING: "Vrátené obaly",
    ItemType.DISCOUNT: "Zľava",
    ItemType.ADVANCE: "Odpočítaná záloha",
    ItemType.VOUCHER: "Výmena poukazu",
}
SURCHARGE = "Prirážka"
VOUCHER_NUMBER = "Číslo poukazu:"
REGULATIONS = {
    Regulation.PDP: "prenesenie daňovej povinnosti",
    Regulation.OOD: "oslobodené od dane",
    Regulation.CK: "úprava zdaňovania prirážky - cestovné kancelárie",
    Regulation.PT: "úprava zdaňovania prirážky - použitý tovar",
    Regulation.UD: "úprava zdaňovania prirážky - umelecké diela",
    Regulation.ZPS: "úprava zdaňovania prirážky - zberateľské predmety a starožitnosti",
}
SELLER = "Predaj v mene:"
SELLER_IDS = {SellerIdType.DIC: "DIČ", SellerIdType.IC_DPH: "IČ DPH"}

ADJUSTMENTS = frozenset({Role.ON_LINE, Role.ON_TOTAL})


@dataclass(frozen=True, slots=True)
class ItemText:
    """An item to be read; ``quantity`` is empty for a discount or surcharge, ``rate`` where none is said.

    ``is_below``: it belongs to the line above it.
    """

    name: str
    quantity: str
    unit_price: str
    rate: str
    price: str
    notes: tuple[Fact, ...]
    is_below: bool


def item_texts(receipt: Receipt) -> tuple[ItemText, ...]:
    """The items in the order in which they were keyed, so that a discount stands below what it adjusts."""
    return tuple(_item(item, receipt.seller.is_vat_payer) for item in receipt.sale.items)


def plain(number: Decimal, places: int = 0) -> str:
    """A quantity or unit price with at least ``places`` decimals and no needless zero: ``2``, ``0.5``, ``1.20``."""
    whole, _, fraction = f"{number or abs(number):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _item(item: Item, is_vat_payer: bool) -> ItemText:
    is_counted = item.role not in ADJUSTMENTS or item.quantity != 1
    return ItemText(
        name=one_line(item.name),
        quantity=f"{plain(item.quantity)} {one_line(item.unit)}".rstrip() if is_counted else "",
        unit_price=plain(item.unit_price, 2) if is_counted else "",
        rate=f"{item.vat_rate}%" if is_vat_payer and not _is_packaging(item) else "",
        price=format_cents(item.price_cents),
        notes=tuple(_notes(item)),
        is_below=item.role is Role.ON_LINE,
    )


def _is_packaging(item: Item) -> bool:
    return item.vat_rate == 0 and (item.role is Role.PACKAGING or item.type is ItemType.PACKAGING)


def _notes(item: Item) -> Iterator[Fact]:
    word = SURCHARGE if item.type is ItemType.SOLD and item.role in ADJUSTMENTS else WORDS.get(item.type, "")
    if word.lower() not in one_line(item.name).lower():
        yield Fact(word)
    if item.type in REFERENCES:
        yield Fact(REFERENCES[item.type], one_line(item.reference), is_code=True)
    if item.voucher:
        yield Fact(VOUCHER_NUMBER, one_line(item.voucher))
    if item.regulation is not None:
        yield Fact(REGULATIONS[item.regulation])
    if item.seller_id_type is not None:
        yield Fact(SELLER, f"{SELLER_IDS[item.seller_id_type]} {one_line(item.seller_id)}")
