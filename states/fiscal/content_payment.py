"""What was paid and how, and the VAT in it, in words and numbers.

Sources: law 18/1996 § 3 for the rounding line; protocol facts, chapter 6.3 for documents without a recap.
"""

from __future__ import annotations

from collections.abc import Iterator

from states.fiscal.content import Fact
from states.fiscal.content_items import plain
from states.fiscal.money import format_cents
from states.fiscal.receipt import ItemType, Receipt, Sale, Tender, TenderKind
from states.fiscal.vat import VatLine, supplies, vat_lines

FREE = "Oslobodené od dane"
SUM = "SUMA"
TENDERS = {
    TenderKind.CASH: "Hotovosť",
    TenderKind.CARD: "Platobná karta",
    TenderKind.CHEQUE: "Šek",
    TenderKind.VOUCHER: "Poukaz",
    TenderKind.OTHER: "Iná platba",
    TenderKind.CURRENCY: "Cudzia mena",
}


def before_sum(sale: Sale) -> tuple[Fact, ...]:
    """How the sum came to be, when cash was rounded."""
    if not sale.rounding_cents:
        return ()
    subtotal = Fact("Medzisúčet", format_cents(sale.total_cents - sale.rounding_cents))
    return subtotal, Fact("Zaokrúhlenie", format_cents(sale.rounding_cents))


def total(sale: Sale) -> Fact:
    """What is to be paid; the Amount of the message."""
    return Fact(SUM, f"{format_cents(sale.total_cents)} EUR")


def after_sum(sale: Sale) -> tuple[Fact, ...]:
    """The money that was given, and what was given back; euros are named where there was other money too."""
    unit = " EUR" if any(tender.foreign for tender in sale.tenders) else ""
    given = (fact for tender in sale.tenders for fact in _tender(tender, unit))
    change = (Fact("Výdavok", f"{format_cents(sale.change_cents)}{unit}"),) if sale.change_cents else ()
    return *given, *change


def recap(receipt: Receipt) -> tuple[VatLine, ...]:
    """The lines of VAT, of a payer only; none for packaging alone, nor where a voucher pays for all."""
    sale = receipt.sale
    kinds = {item.type for item in sale.items}
    paid_by_voucher = ItemType.VOUCHER in kinds and sale.sum_cents == 0
    if not receipt.seller.is_vat_payer or paid_by_voucher or not kinds - {ItemType.PACKAGING}:
        return ()
    return vat_lines(supplies(sale.items))


def _tender(tender: Tender, unit: str) -> Iterator[Fact]:
    label, worth = TENDERS[tender.kind], f"{format_cents(tender.cents)}{unit}"
    if tender.foreign is None:
        yield Fact(label, worth)
        return
    foreign = tender.foreign
    yield Fact(f"{label} {plain(foreign.amount, 2)} {foreign.code}", worth)
    yield Fact("Kurz:", f"1 EUR = {plain(foreign.per_euro)} {foreign.code}")
