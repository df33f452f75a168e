"""Sellers, items and receipts for the tests of fiscal values: fixed ones, and strategies."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from states.fiscal.codes import okp
from states.fiscal.identity import Identity, PhysicalAddress, RegisterType
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
from states.fiscal.receipt import Item, ItemType, Receipt, Sale, Tender, TenderKind
from states.fiscal.tender import rest_due, settle

SEAT = PhysicalAddress("Slovenská republika", "Štrkovec", "Horná", "7", "560", "98045")
PAYER = Identity(
    dic="1234567890",
    ico="76543210",
    ic_dph="SK1234567890",
    corporate_body_full_name="Finančná správa i.n.t.",
    physical_address=SEAT,
    cash_register_code="88812345678900001",
    cash_register_type=RegisterType.STANDARD,
)
NON_PAYER = replace(PAYER, ic_dph="")

PKP = (
    "soFHZ6XRckBVEJWd01KGFDcUKjtYVnfOxucypKv69wzsHbGP83rOmE/Inq0/CHnPM2Ip+yL1u9ccTRQVatOOubeLrkCjbwZvpPTz5lxCu9EJ9DyGODTd"
    "EK1S42O+wjIoUBISDdHBR2jBpFkGLScjkcQpyPgOYBALrny4lNAJFkdtPoSASqcVmRrZShYS4LIxjJfR3nHVXoQ6+McF5LRX0nMc/fv0H8OlRbdX5Dp3"
    "4Nny9rl//cswaeXa13IJmTtYnrQg1k2vMcTYT6pgLRHttahiYd/gdqrRGrP4te0ouEY2n610SxfuHLhfQDZfVihF7vav+Jvb1zaqNT81n+aD5w=="
)
"""The PKP that the interface document publishes, and its OKP."""

OKP = "B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710"
UID = "O-7DBCDA8A56EE426DBCDA8A56EE426D1A"
SW_ID = "8639BA17A8EEEF50FF559B90D36AE13B5E93DCDE"


def item(
    euros: str, vat_rate: int = 23, *, name: str = "Kladivo", kind: ItemType = ItemType.SOLD, reference: str = ""
) -> Item:
    """One piece at this price."""
    return Item(name, Decimal(1), "ks", Decimal(euros), vat_rate, kind, reference)


def cash(cents: int) -> Tender:
    """Money in cash."""
    return Tender(TenderKind.CASH, cents)


def card(cents: int) -> Tender:
    """Money by card."""
    return Tender(TenderKind.CARD, cents)


BASKET = (
    item("10.00"),
    Item("Šalát", Decimal("0.5000"), "kg", Decimal("5.58"), 19),
    item("2.00", 5, name="Chlieb"),
    item("0.15", 0, name="Záloha obal"),
)
"""The basket of the protocol facts, 2.7: 14.94, in cash 14.95."""


def sale(items: Sequence[Item] = BASKET, tenders: Sequence[Tender] | None = None) -> Sale:
    """The items, paid by the tenders, or in cash without change."""
    total_cents = sum(each.price_cents for each in items)
    if tenders is None:
        tenders = (cash(rest_due(total_cents, (), TenderKind.CASH)),)
    settled = settle(total_cents, tenders)
    assert settled.is_covered
    return Sale("b", tuple(items), tuple(tenders), settled.rounding_cents, settled.total_cents, settled.change_cents)


def receipt(paid: Sale | None = None, *, seller: Identity = PAYER, number: int = 57, pkp: str = PKP) -> Receipt:
    """A sealed receipt with a PKP that nobody verifies."""
    paid = paid or sale()
    return Receipt(
        sale=paid,
        seller=seller,
        month="2026-11",
        number=number,
        create_date="2026-11-22T10:15:30+01:00",
        amount=format_cents(paid.total_cents),
        pkp=pkp,
        okp=okp(base64.b64decode(pkp)),
        sw_id=SW_ID,
        certificate_serial="11052",
    )


def numbered(number: int, paid: Sale | None = None) -> Receipt:
    """A receipt with a number and codes of its own."""
    return receipt(paid, number=number, pkp=base64.b64encode(number.to_bytes(256, "big")).decode())


prices = st.decimals(min_value=0, max_value=9_999, places=2)
quantities = st.decimals(min_value=Decimal("0.0001"), max_value=999, places=4)
names = st.text(st.characters(exclude_categories=["C"]), max_size=255).map(one_line).filter(bool)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """A line of any kind, with the sign that its kind demands."""
    kind = draw(st.sampled_from(ItemType))
    sign = 1 if kind is ItemType.SOLD or (kind is ItemType.CORRECTION and draw(st.booleans())) else -1
    needs_reference = kind in (ItemType.RETURNED, ItemType.CORRECTION)
    return Item(
        name=draw(names),
        quantity=draw(quantities),
        unit=draw(st.sampled_from(("ks", "kg", "m", ""))),
        unit_price=draw(prices) * sign,
        vat_rate=draw(st.sampled_from((23, 20, 19, 10, 5, 0))),
        type=kind,
        reference=draw(st.sampled_from((UID, OKP))) if needs_reference else "",
    )


baskets = st.lists(items(), min_size=1, max_size=20)


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """A basket that is paid: in part by card, the rest in cash with change, or all by one tender."""
    basket = draw(baskets)
    total_cents = sum(each.price_cents for each in basket)
    tenders: list[Tender] = []
    if total_cents > 1 and draw(st.booleans()):
        tenders.append(card(draw(st.integers(1, total_cents - 1))))
    kind = draw(st.sampled_from(TenderKind))
    due_cents = rest_due(total_cents, tenders, kind)
    more_cents = draw(st.integers(0, 9_999)) if kind is TenderKind.CASH and due_cents > 0 else 0
    return sale(basket, [*tenders, Tender(kind, due_cents + more_cents)])
