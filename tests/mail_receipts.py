"""Receipts for the tests of mail: a plain one, and one with everything that may stand on it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from states.fiscal.identity import Identity, PhysicalAddress, RegisterType
from states.fiscal.money import format_cents
from states.fiscal.receipt import Item, ItemType, Receipt, Sale, Tender, TenderKind
from states.fiscal.tender import settle

UID = "O-7DBCDA8A56EE426DBCDA8A56EE426D1A"
OKP = "C44B3977-0E415CC6-EE663AA1-776C973A-A143B660"
MESSAGE_ID = f"<{OKP}@example.sk>"
CREATED = "2026-11-22T10:15:30+01:00"
ADDRESS = "jana.novakova@example.sk"

SELLER = Identity(
    dic="2020123456",
    corporate_body_full_name="Potraviny pod Lipou, s. r. o.",
    physical_address=PhysicalAddress("Slovenská republika", "Štrkovec", "Dolná", "8", "560", "98045"),
    cash_register_code="88820201234560001",
    cash_register_type=RegisterType.STANDARD,
    ico="76543210",
    ic_dph="SK2020123456",
    organization_unit_name="Predajňa na námestí",
    unit_address=PhysicalAddress("Slovenská republika", "Štrkovec", "Horná", "7", "560", "98045"),
)
NON_PAYER = replace(
    SELLER, ic_dph="", cash_register_type=RegisterType.PORTABLE, organization_unit_name="", unit_address=None
)

PLAIN = (
    Item("Chlieb konzumný krájaný", Decimal(1), "ks", Decimal("1.79"), 5),
    Item("Bryndza ovčia letná", Decimal("0.435"), "kg", Decimal("9.90"), 5),
    Item("Káva zrnková Bratislavská zmes 250 g", Decimal(2), "ks", Decimal("6.49"), 19),
    Item("Tašky papierové", Decimal(1), "ks", Decimal("0.35"), 23),
)
RICH = (
    *PLAIN,
    Item("Minerálka jemne perlivá 1,5 l", Decimal(6), "ks", Decimal("0.89"), 23),
    Item("Záloha za obal", Decimal(6), "ks", Decimal("0.15"), 0),
    Item("Zľava 10 %", Decimal(1), "ks", Decimal("-1.30"), 19, ItemType.DISCOUNT),
    Item("Žehlička naparovacia", Decimal(1), "ks", Decimal("-24.90"), 23, ItemType.RETURNED, UID.replace("7", "9")),
    Item("<script>alert('č')</script><img src=//x> & Co. &#x41; </td>", Decimal(1), "ks", Decimal("39.99"), 23),
)


def receipt(
    items: tuple[Item, ...] = PLAIN, seller: Identity = SELLER, *tenders: Tender, created: str = CREATED
) -> Receipt:
    """A sealed receipt of these items; paid in cash with a banknote of 100 euros unless tenders are given."""
    paid = tenders or (Tender(TenderKind.CASH, 10_000),)
    settled = settle(sum(item.price_cents for item in items), paid)
    assert settled.is_covered
    sale = Sale(
        basket_id="basket-1",
        items=items,
        tenders=paid,
        rounding_cents=settled.rounding_cents,
        total_cents=settled.total_cents,
        change_cents=settled.change_cents,
        email_masked="j***@example.sk",
    )
    return Receipt(
        sale=sale,
        seller=seller,
        month=created[:7],
        number=57,
        create_date=created,
        amount=format_cents(settled.total_cents),
        pkp="UEtQ" * 86,
        okp=OKP,
        sw_id="0123456789ABCDEF0123456789ABCDEF01234567",
        certificate_serial="1a2b",
    )
