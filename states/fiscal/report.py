"""Reports on paper, in Slovak: of the day (X, Z), of an interval, and of the open day by cashier, department and PLU.

Source: protocol facts, chapter 7.1. No law demands them; shops do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from states.fiscal.codes import paper_time
from states.fiscal.day import Day, ReportKind, Sums
from states.fiscal.identity import Identity
from states.fiscal.original import seller_lines
from states.fiscal.paper import Cut, Line, Text, centred, lefts, pair, rule, wrap_code
from states.fiscal.report_parts import (
    Row,
    cashiers,
    currencies,
    delivery,
    departments,
    documents,
    drawer,
    invoices,
    items,
    moves,
    payments,
    plus,
    rates,
)

TITLES = {
    ReportKind.X: "PREHĽADOVÁ UZÁVIERKA X",
    ReportKind.Z: "DENNÁ UZÁVIERKA Z",
    ReportKind.AGAIN: "DENNÁ UZÁVIERKA Z (opis)",
    ReportKind.INTERVAL: "INTERVALOVÁ UZÁVIERKA",
    ReportKind.CASHIERS: "PREHĽAD PODĽA POKLADNÍKOV",
    ReportKind.DEPARTMENTS: "PREHĽAD PODĽA ODDELENÍ",
    ReportKind.PLUS: "PREHĽAD PODĽA PLU",
}

Part = tuple[str, Callable[[Day], Iterator[Row]]]

_TAKINGS: tuple[Part, ...] = (
    ("DOKLADY", documents),
    ("PLATBY", payments),
    ("CUDZIA MENA", currencies),
    ("POLOŽKY", items),
    ("ÚHRADY FAKTÚR", invoices),
)
_DAY: tuple[Part, ...] = (*_TAKINGS, ("ZÁSUVKA", drawer))

PARTS: dict[ReportKind, tuple[Part, ...]] = {
    ReportKind.X: _DAY,
    ReportKind.Z: _DAY,
    ReportKind.AGAIN: _DAY,
    ReportKind.INTERVAL: (*_TAKINGS, ("VKLADY A VÝBERY", moves)),
    ReportKind.CASHIERS: (("TRŽBA", cashiers),),
    ReportKind.DEPARTMENTS: (("TRŽBA", departments),),
    ReportKind.PLUS: (("PREDANÉ", plus),),
}
"""What each report tells, in order, under its title; a part without rows is left out."""

WITH_VAT = frozenset({ReportKind.X, ReportKind.Z, ReportKind.AGAIN, ReportKind.INTERVAL})


def report_lines(sums: Sums, identity: Identity, columns: int) -> tuple[Line, ...]:
    """The report on paper, with the journal's hash at its end."""
    day = sums.day
    whole = sums.kind in WITH_VAT
    return (
        *seller_lines(identity, columns),
        *centred(TITLES[sums.kind], columns, bold=True),
        *(row for left, right in _heading(sums) for row in lefts(pair(left, right, columns))),
        *(line for title, part in PARTS[sums.kind] for line in _part(title, part(day), columns)),
        *(_titled("DPH", lefts(rates(day, columns)), columns) if whole and identity.is_vat_payer else ()),
        *(_part("ODOVZDANIE", delivery(day), columns) if whole else ()),
        rule(columns),
        Text("Odtlačok denníka:"),
        *lefts(wrap_code(sums.chain_hex, columns)),
        Cut(),
    )


def _heading(sums: Sums) -> Iterator[Row]:
    if sums.number:
        yield "Číslo uzávierky:", str(sums.number)
    if sums.since:
        yield "Obdobie:", f"{_paper_day(sums.since)} - {_paper_day(sums.until)}"
    yield "Vyhotovená:", paper_time(sums.at)
    yield "Od dokladu:", sums.day.first_key or "-"
    yield "Po doklad:", sums.day.last_key or "-"


def _paper_day(day: str) -> str:
    return paper_time(day)[:10]


def _part(title: str, rows: Iterator[Row], columns: int) -> tuple[Line, ...]:
    return _titled(title, tuple(line for left, right in rows for line in lefts(pair(left, right, columns))), columns)


def _titled(title: str, lines: tuple[Line, ...], columns: int) -> tuple[Line, ...]:
    return (rule(columns), Text(title, bold=True), *lines) if lines else ()
