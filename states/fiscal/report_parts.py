"""What stands in the parts of a report: rows of a name and an amount, in Slovak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeVar

from states.fiscal.day import Day, ItemKind, Tally
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
from states.fiscal.original import TENDERS, plain, vat_rows
from states.fiscal.receipt import Form, ReceiptType, TenderKind

Row = tuple[str, str]
K = TypeVar("K", bound=StrEnum)

FORMS = {
    Form.ONLINE: "On-line",
    Form.OFFLINE: "Off-line",
    Form.REFUSED: "Odmietnuté, nezapočítané",
}
TYPES = {
    ReceiptType.PD: "Pokladničné doklady",
    ReceiptType.UF: "Úhrady faktúr",
    ReceiptType.ND: "Neplatné, nezapočítané",
    ReceiptType.VK: "Vklady, nezapočítané",
    ReceiptType.VY: "Výbery, nezapočítané",
}
ITEMS = {
    ItemKind.SOLD: "Predaj",
    ItemKind.SURCHARGE: "Prirážky",
    ItemKind.DISCOUNT: "Zľavy",
    ItemKind.PACKAGING_SOLD: "Predané obaly",
    ItemKind.PACKAGING_BOUGHT: "Vykúpené obaly",
    ItemKind.RETURNED: "Vrátený tovar",
    ItemKind.CORRECTION: "Opravy",
    ItemKind.ADVANCE: "Odpočítané zálohy",
    ItemKind.VOUCHER: "Poukazy",
}
NOBODY = "Bez mena"
NO_DEPARTMENT = "Bez oddelenia"


def documents(day: Day) -> Iterator[Row]:
    """By form and by type; what counts in no sum is named so."""
    yield from (_row(FORMS[form], tally) for form, tally in day.by_form if tally.count or form is not Form.REFUSED)
    yield from _some(TYPES, day.by_type)
    yield _row("Zaokrúhlenie", day.rounding)
    yield _row("SPOLU", day.total)


def payments(day: Day) -> Iterator[Row]:
    """How it was paid; cash always, so that it is seen to be none."""
    for tender, tally in day.by_tender:
        if tally != Tally() or tender is TenderKind.CASH:
            yield _row(TENDERS[tender], tally)


def currencies(day: Day) -> Iterator[Row]:
    """Foreign money by its code, and what it was worth."""
    for code, given in sorted(day.by_currency.items()):
        yield f"{plain(given.amount, 2)} {code} ({given.count})", format_cents(given.cents)


def items(day: Day) -> Iterator[Row]:
    """What was sold, and what came back."""
    yield from _some(ITEMS, day.by_item)


def invoices(day: Day) -> Iterator[Row]:
    """Invoices that were paid, and given back."""
    if day.invoices_paid.count:
        yield _row("Uhradené", day.invoices_paid)
    if day.invoices_returned.count:
        yield _row("Vrátené", day.invoices_returned)


def moves(day: Day) -> Iterator[Row]:
    """Cash that is no takings."""
    yield _row("Vklady", day.deposits)
    yield _row("Výbery", day.withdrawals)


def drawer(day: Day) -> Iterator[Row]:
    """How much cash in euros the drawer must hold."""
    yield "Počiatočný stav", format_cents(day.opening_cents)
    yield "Hotovosť", format_cents(dict(day.by_tender)[TenderKind.CASH].cents)
    yield from moves(day)
    yield "STAV ZÁSUVKY", format_cents(day.drawer_cents)


def delivery(day: Day) -> Iterator[Row]:
    """How the documents went to the customers and to the authority."""
    yield "E-mailom", str(day.emailed)
    yield "Vytlačené", str(day.printed)
    yield "Neodoslané", str(day.unsent)
    yield "Odmietnuté dodatočne", str(day.set_aside)
    yield "Opravené", str(day.repaired)


def rates(day: Day, columns: int) -> tuple[str, ...]:
    """VAT by rate, as on a receipt."""
    return vat_rows(day.by_rate, columns)


def cashiers(day: Day) -> Iterator[Row]:
    """Who sold, for how much."""
    for name, tally in sorted(day.by_cashier.items()):
        yield _row(one_line(name) or NOBODY, tally)
    yield _row("SPOLU", day.total)


def departments(day: Day) -> Iterator[Row]:
    """What was sold by department; what belongs to none is last, as a discount on the whole."""
    for number, tally in sorted(day.by_department.items(), key=lambda one: (not one[0], one[0])):
        yield _row(f"Oddelenie {number}" if number else NO_DEPARTMENT, tally)
    yield _row("SPOLU", _sum(day.by_department.values()))


def plus(day: Day) -> Iterator[Row]:
    """What was sold by PLU: number and name, then how much of it for how much."""
    for (number, name), sold in sorted(day.by_plu.items()):
        yield f"{number} {one_line(name)}", ""
        yield f"  {plain(sold.quantity)}", format_cents(sold.cents)
    yield "SPOLU", format_cents(sum(sold.cents for sold in day.by_plu.values()))


def _some(names: dict[K, str], counted: Iterable[tuple[K, Tally]]) -> Iterator[Row]:
    yield from (_row(names[kind], tally) for kind, tally in counted if tally.count)


def _row(name: str, tally: Tally) -> Row:
    return f"{name} ({tally.count})", format_cents(tally.cents)


def _sum(parts: Iterable[Tally]) -> Tally:
    return sum(parts, start=Tally())
