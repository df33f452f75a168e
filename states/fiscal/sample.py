"""A sample of an off-line receipt, as inspectors ask for it: its codes are zeros, it is never numbered or sent."""

from __future__ import annotations

from decimal import Decimal

from states.fiscal.codes import month_of
from states.fiscal.content import INVALID
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.original import mark_lines, original_lines
from states.fiscal.paper import Cut, Line
from states.fiscal.receipt import Item, Receipt, Sale, Tender, TenderKind
from states.fiscal.rules import rules_of
from states.fiscal.slip import Sample

SAMPLE = "VZOR"
OKP = "-".join(["0" * 8] * 5)
PKP = "0" * 344
SW_ID = "0" * 40


def sample_receipt(seller: Identity, create_date: str) -> Receipt:
    """What the sample says: two items at rates of the day (0 for who is no payer of VAT), paid by card."""
    rates = sorted(rules_of(create_date).rates, reverse=True) if seller.is_vat_payer else [0, 0]
    items = (
        Item("Vzorový tovar", Decimal(1), "ks", Decimal("10.00"), rates[0]),
        Item("Vzorová služba", Decimal(2), "ks", Decimal("1.25"), rates[1]),
    )
    cents = sum(item.price_cents for item in items)
    return Receipt(
        sale=Sale("sample", items, (Tender(TenderKind.CARD, cents),), 0, cents, 0),
        seller=seller,
        month=month_of(create_date),
        number=0,
        create_date=create_date,
        amount=format_cents(cents),
        pkp=PKP,
        okp=OKP,
        sw_id=SW_ID,
        certificate_serial="",
    )


def sample_lines(sample: Sample, columns: int) -> tuple[Line, ...]:
    """The sample on paper, marked at its top and at its end."""
    marks = (*mark_lines(SAMPLE, columns), *mark_lines(INVALID, columns))
    *lines, _cut = original_lines(sample.receipt, "", columns)
    return (*marks, *lines, *marks, Cut())
