"""Sellers, items and receipts for the tests of fiscal values: fixed ones, and strategies for every document."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from states.fiscal.codes import okp
from states.fiscal.identity import Identity, PhysicalAddress, RegisterType
from states.fiscal.money import AMOUNT_MAX_CENTS, format_cents, to_cents
from states.fiscal.names import one_line
from states.fiscal.receipt import (
    Foreign,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Regulation,
    Role,
    Sale,
    SellerIdType,
    Tender,
    TenderKind,
)
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
OTHER_OKP = "C44B3977-0E415CC6-EE663AA1-776C973A-A143B660"
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


def currency(amount: str, per_euro: str = "1.0850", code: str = "USD") -> Tender:
    """Money in another currency, worth whole five cents as the till takes it."""
    worth_cents = to_cents(Decimal(amount) / Decimal(per_euro) / 5) * 5
    return Tender(TenderKind.CURRENCY, worth_cents, Foreign(code, Decimal(amount), Decimal(per_euro)))


BASKET = (
    item("10.00"),
    Item("Šalát", Decimal("0.5000"), "kg", Decimal("5.58"), 19),
    item("2.00", 5, name="Chlieb"),
    item("0.15", 0, name="Záloha obal"),
)
"""The basket of the protocol facts, 2.7: 14.94, in cash 14.95."""

CREATED = "2026-11-22T10:15:30+01:00"
PARAGON = Paragon(12, "2026-11-20T09:05:00+01:00")
INVOICE = Invoice("20260042", 5675)


def sale(
    items: Sequence[Item] = BASKET,
    tenders: Sequence[Tender] | None = None,
    *,
    type: ReceiptType = ReceiptType.PD,
    invoice: Invoice | None = None,
    paragon: Paragon | None = None,
) -> Sale:
    """The items or the invoice, paid by the tenders, or in cash without change."""
    sum_cents = invoice.cents if invoice else sum(each.price_cents for each in items)
    if tenders is None:
        tenders = (cash(rest_due(sum_cents, (), TenderKind.CASH)),)
    settled = settle(sum_cents, tenders)
    assert settled.is_covered
    amounts = settled.rounding_cents, settled.total_cents, settled.change_cents
    sold = () if invoice else tuple(items)
    return Sale("b", sold, tuple(tenders), *amounts, type=type, invoice=invoice, paragon=paragon)


def paid_invoice(invoice: Invoice = INVOICE, tenders: Sequence[Tender] | None = None) -> Sale:
    """The payment of an invoice, in cash without change if not otherwise."""
    return sale((), tenders, type=ReceiptType.UF, invoice=invoice)


def cash_move(cents: int) -> Sale:
    """Cash put into the drawer, as it was sent until the end of 2025: VK, or below zero VY."""
    kind = ReceiptType.VK if cents >= 0 else ReceiptType.VY
    return Sale("b", (), (), 0, abs(cents), 0, type=kind)


def receipt(
    paid: Sale | None = None,
    *,
    seller: Identity = PAYER,
    number: int = 57,
    pkp: str = PKP,
    created: str = CREATED,
    exemption: bool = False,
) -> Receipt:
    """A sealed receipt with a PKP that nobody verifies."""
    paid = paid or sale()
    return Receipt(
        sale=paid,
        seller=seller,
        month=created[:7],
        number=number,
        create_date=created,
        amount=format_cents(paid.total_cents),
        pkp=pkp,
        okp=okp(base64.b64decode(pkp)),
        sw_id=SW_ID,
        certificate_serial="11052",
        exemption=exemption,
    )


def numbered(number: int, paid: Sale | None = None) -> Receipt:
    """A receipt with a number and codes of its own."""
    return receipt(paid, number=number, pkp=base64.b64encode(number.to_bytes(256, "big")).decode())


prices = st.decimals(min_value=0, max_value=9_999, places=2)
quantities = st.decimals(min_value=Decimal("0.0001"), max_value=999, places=4)
names = st.text(st.characters(exclude_categories=["C"]), max_size=255).map(one_line).filter(bool)
rates = st.sampled_from((23, 20, 19, 10, 5, 0))
ascii_words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=50)
"""Numbers of invoices and vouchers: the wire takes printable ASCII."""

_NEGATIVE = frozenset(ItemType) - {ItemType.SOLD, ItemType.CORRECTION}
_WITH_REFERENCE = frozenset({ItemType.RETURNED, ItemType.CORRECTION})


@st.composite
def items(draw: st.DrawFn) -> Item:
    """A line of any kind but a discount, with the sign and the particulars that its kind demands."""
    kind = draw(st.sampled_from([each for each in ItemType if each is not ItemType.DISCOUNT]))
    is_packaging = kind is ItemType.PACKAGING or (kind is ItemType.SOLD and draw(st.integers(0, 9)) == 0)
    rate = 0 if is_packaging else draw(rates)
    is_negative = kind in _NEGATIVE or (kind is ItemType.CORRECTION and draw(st.booleans()))
    seller = draw(st.sampled_from((None, None, None, *SellerIdType)))
    return Item(
        name=draw(names),
        quantity=draw(quantities),
        unit=draw(st.sampled_from(("ks", "kg", "m", ""))),
        unit_price=draw(prices) * (-1 if is_negative else 1),
        vat_rate=rate,
        type=kind,
        reference=draw(st.sampled_from((UID, OTHER_OKP, "57"))) if kind in _WITH_REFERENCE else "",
        voucher=draw(ascii_words) if kind is ItemType.VOUCHER else "",
        regulation=None if rate or is_packaging else draw(st.sampled_from((None, *Regulation))),
        seller_id="" if seller is None else draw(st.from_regex(r"[0-9A-Za-z]{1,50}", fullmatch=True)),
        seller_id_type=seller,
        role=Role.PACKAGING if is_packaging else Role.GOODS,
    )


def adjusting(item: Item, percent: int, role: Role = Role.ON_LINE) -> Item:
    """A surcharge of so many per cent on this item, or below zero a discount."""
    euros = (item.unit_price * item.quantity * percent / 100).quantize(Decimal("0.01"))
    kind = ItemType.SOLD if euros > 0 else ItemType.DISCOUNT
    name = f"{'Prirážka' if percent > 0 else 'Zľava'} {abs(percent)} %"
    return Item(name, Decimal(1), "", euros, item.vat_rate, kind, role=role)


@st.composite
def lines(draw: st.DrawFn) -> list[Item]:
    """A line, perhaps with the discount or surcharge on it."""
    item = draw(items())
    if item.type is not ItemType.SOLD or draw(st.booleans()):
        return [item]
    role = draw(st.sampled_from((Role.ON_LINE, Role.ON_TOTAL)))
    return [item, adjusting(item, draw(st.integers(-100, 100).filter(bool)), role)]


def fits(basket: list[Item]) -> bool:
    """No sum of these items is beyond the message's limit, nor becomes so by the rounding of cash."""
    return sum(abs(each.price_cents) for each in basket) <= AMOUNT_MAX_CENTS - 4


baskets = (
    st.lists(lines(), min_size=1, max_size=10)
    .map(lambda groups: [item for group in groups for item in group])
    .filter(fits)
)
invoices = st.builds(Invoice, ascii_words, st.integers(-1_000_000, 1_000_000).filter(bool))
paragons = st.builds(Paragon, st.integers(1, 2**32 - 1), st.just("2019-04-01T08:00:00+02:00"))
"""Written on the first day of the system, so before any receipt of these tests."""

currencies = st.builds(
    currency,
    st.decimals(min_value=Decimal("0.05"), max_value=9_999, places=2).map(str),
    st.decimals(min_value=Decimal("0.01"), max_value=999, places=6).map(str),
    st.sampled_from(("USD", "CZK", "HUF")),
)
IN_EURO = tuple(kind for kind in TenderKind if kind is not TenderKind.CURRENCY)


@st.composite
def payments(draw: st.DrawFn, sum_cents: int) -> list[Tender]:
    """A part by card perhaps, foreign money perhaps, and the rest by one tender, in cash with change."""
    tenders: list[Tender] = []
    if sum_cents > 1 and draw(st.booleans()):
        tenders.append(card(draw(st.integers(1, sum_cents - 1))))
    if sum_cents > 100 and draw(st.booleans()):
        foreign = draw(currencies)
        if foreign.cents > 0:
            tenders.append(foreign)
    if tenders and settle(sum_cents, tenders).is_covered:
        return tenders
    kind = draw(st.sampled_from(IN_EURO))
    due_cents = rest_due(sum_cents, tenders, kind)
    more_cents = draw(st.integers(0, 9_999)) if kind is TenderKind.CASH and due_cents > 0 else 0
    return [*tenders, Tender(kind, due_cents + more_cents)]


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """Every document of today: PD and UF, each perhaps a paragón or a repair, and ND."""
    kind = draw(st.sampled_from((ReceiptType.PD, ReceiptType.PD, ReceiptType.UF, ReceiptType.ND)))
    invoice = draw(invoices) if kind is ReceiptType.UF else None
    basket = [] if invoice else draw(baskets)
    paragon = None if kind is ReceiptType.ND else draw(st.none() | paragons)
    sum_cents = invoice.cents if invoice else sum(each.price_cents for each in basket)
    sold = sale(basket, draw(payments(sum_cents)), type=kind, invoice=invoice, paragon=paragon)
    cashier = draw(st.just("") | names)
    return replace(sold, cashier=cashier, repairs=draw(st.sampled_from(("", "", "", OTHER_OKP))))


DATES = (
    "2019-04-01T10:15:30+02:00",
    "2022-07-01T00:00:00+02:00",
    "2024-12-31T23:59:59+01:00",
    "2025-01-01T00:00:00+01:00",
    "2025-12-31T23:59:59+01:00",
    "2026-01-01T00:00:00+01:00",
    CREATED,
)
"""Days at which the law changed, and today."""

PORTABLE = replace(PAYER, cash_register_type=RegisterType.PORTABLE, ico="")
sellers = st.sampled_from((PAYER, NON_PAYER, PORTABLE))
moves = st.integers(-1_000_000, 1_000_000).filter(bool).map(cash_move)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    """Every document on every kind of day, by every kind of seller; VK and VY while they were sent."""
    created = draw(st.sampled_from(DATES))
    kinds = sales() | moves if created < "2026" else sales()
    return receipt(
        draw(kinds),
        seller=draw(sellers),
        number=draw(st.integers(1, 2**32 - 1)),
        created=created,
        exemption=draw(st.booleans()),
    )
