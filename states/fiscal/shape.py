"""What a sale must be to become a message at all; the keypad lets nothing else through, and nothing else is sealed.

Sources: IR 2.10 (lengths, what an item has), chapter 5 (what each type of receipt holds), error table (-112 to -131).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from states.fiscal.identity import Identity
from states.fiscal.money import AMOUNT_MAX_CENTS, QUANTITY_MAX, QUANTITY_PLACES
from states.fiscal.receipt import (
    INVOICE_MAX,
    ITEMS_MAX,
    NAME_MAX,
    NUMBER_MAX,
    REFERENCE_MAX,
    SELLER_ID_MAX,
    VOUCHER_MAX,
    Item,
    ItemType,
    ReceiptType,
    Sale,
)
from states.fiscal.vat import GROUPS

WITH_ITEMS = frozenset({ReceiptType.PD, ReceiptType.ND})
WITH_PARAGON = frozenset({ReceiptType.PD, ReceiptType.UF})
WITH_REFERENCE = frozenset({ItemType.RETURNED, ItemType.CORRECTION})

_SELLER_ID = re.compile("[0-9a-zA-Z]*")

# fmt: off
SALE_RULES: tuple[tuple[str, Callable[[Sale], bool]], ...] = (
    ("amount",  lambda sale: abs(sale.total_cents) <= AMOUNT_MAX_CENTS),
    ("items",   lambda sale: bool(sale.items) == (sale.type in WITH_ITEMS) and len(sale.items) <= ITEMS_MAX),
    ("invoice", lambda sale: (sale.invoice is not None) == (sale.type is ReceiptType.UF)),
    ("invoice", lambda sale: sale.invoice is None or _is_plain(sale.invoice.number, 1, INVOICE_MAX)),
    ("paragon", lambda sale: sale.paragon is None or sale.type in WITH_PARAGON),
    ("paragon", lambda sale: sale.paragon is None or 1 <= sale.paragon.number <= NUMBER_MAX),
)
ITEM_RULES: tuple[tuple[str, Callable[[Item], bool]], ...] = (
    ("name",      lambda item: 1 <= len(item.name) <= NAME_MAX),
    ("quantity",  lambda item: 0 <= item.quantity <= QUANTITY_MAX),
    ("quantity",  lambda item: item.quantity == round(item.quantity, QUANTITY_PLACES)),
    ("price",     lambda item: abs(item.price_cents) <= AMOUNT_MAX_CENTS),
    ("rate",      lambda item: item.vat_rate in GROUPS),
    ("reference", lambda item: bool(item.reference) == (item.type in WITH_REFERENCE)),
    ("reference", lambda item: _is_plain(item.reference, 0, REFERENCE_MAX)),
    ("voucher",   lambda item: not item.voucher or item.type is ItemType.VOUCHER),
    ("voucher",   lambda item: _is_plain(item.voucher, 0, VOUCHER_MAX)),
    ("seller",    lambda item: bool(item.seller_id) == (item.seller_id_type is not None)),
    ("seller",    lambda item: len(item.seller_id) <= SELLER_ID_MAX and bool(_SELLER_ID.fullmatch(item.seller_id))),
)
# fmt: on
"""What is named does not hold where the function is False."""


def flaw(sale: Sale, seller: Identity) -> str:
    """The name of the first rule that the sale breaks; empty when it may be sealed."""
    broken = [name for name, holds in SALE_RULES if not holds(sale)]
    for item in sale.items:
        broken += [name for name, holds in ITEM_RULES if not holds(item)]
        if item.regulation is not None and item.vat_rate and seller.is_vat_payer:
            broken.append("regulation")
    return broken[0] if broken else ""


def _is_plain(text: str, length_min: int, length_max: int) -> bool:
    """True for a text of printable ASCII, which is all that the message takes in most places."""
    return text.isascii() and text.isprintable() and length_min <= len(text) <= length_max
