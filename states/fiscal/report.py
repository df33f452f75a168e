"""The daily report (Z) and the overview (X) on paper, in Slovak. No law demands them; shops do.

Source: the reports of registers of this class (protocol facts in chapter 7.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from states.fiscal.codes import paper_time
from states.fiscal.day import Day, ReportKind, Sums, Tally
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.original import TENDERS, TRAINING, seller_lines, vat_rows
from states.fiscal.paper import Cut, Line, Text, centred, lefts, pair, rule, wrap_code
from states.fiscal.receipt import Form, ItemType

TITLES = {
    ReportKind.X: "PREHĽADOVÁ UZÁVIERKA X",
    ReportKind.Z: "DENNÁ UZÁVIERKA Z",
    ReportKind.AGAIN: "DENNÁ UZÁVIERKA Z (opis)",
}
FORMS = {
    Form.ONLINE: "On-line",
    Form.OFFLINE: "Off-line",
    Form.REFUSED: "Odmietnuté, nezapočítané",
}
ITEMS = {
    ItemType.SOLD: "Predaj",
    ItemType.PACKAGING: "Vrátené obaly",
    ItemType.RETURNED: "Vrátený tovar",
    ItemType.CORRECTION: "Opravy",
    ItemType.DISCOUNT: "Zľavy",
    ItemType.ADVANCE: "Odpočítané zálohy",
    ItemType.VOUCHER: "Poukazy",
}


def report_lines(sums: Sums, identity: Identity, columns: int, *, training: bool = False) -> tuple[Line, ...]:
    """The report on paper; ``training`` says at its top that it is none."""
    day = sums.day
    return (
        *(centred(TRAINING, columns, bold=True) if training else ()),
        *seller_lines(identity, columns),
        *centred(TITLES[sums.kind], columns, bold=True),
        *(lefts(pair("Číslo uzávierky:", str(sums.number), columns)) if sums.number else ()),
        *lefts(pair("Vyhotovená:", paper_time(sums.at), columns)),
        *lefts(pair("Od dokladu:", day.first_key or "-", columns)),
        *lefts(pair("Po doklad:", day.last_key or "-", columns)),
        *_sums("DOKLADY", _receipt_rows(day), columns),
        *_sums("PLATBY", ((TENDERS[tender], tally) for tender, tally in day.by_tender), columns),
        *_sums("POLOŽKY", ((ITEMS[item], tally) for item, tally in day.by_item if tally.count), columns),
        *(_vat(day, columns) if identity.is_vat_payer else ()),
        *_delivery(day, columns),
        rule(columns),
        Text("Odtlačok denníka:"),
        *lefts(wrap_code(sums.chain_hex, columns)),
        Cut(),
    )


def totals(day: Day) -> str:
    """The day's sums in one line of the journal: ``receipts=2 total=24.90 cash=... 23=base/vat/gross ...``."""
    parts = [f"receipts={day.total.count}", f"total={format_cents(day.total.cents)}"]
    parts.append(f"rounding={format_cents(day.rounding.cents)}")
    parts += [f"{kind}={format_cents(tally.cents)}" for kind, tally in day.by_tender]
    for line in day.by_rate:
        amounts = (line.base_cents, line.vat_cents, line.gross_cents)
        parts.append(f"{line.rate}={'/'.join(map(format_cents, amounts))}")
    return " ".join(parts)


def _receipt_rows(day: Day) -> Iterator[tuple[str, Tally]]:
    for form, tally in day.by_form:
        yield FORMS[form], tally
    if day.invalid:
        yield "Neplatné doklady", Tally(day.invalid)
    yield "Zaokrúhlenie", day.rounding
    yield "SPOLU", day.total


def _delivery(day: Day, columns: int) -> Iterator[Line]:
    yield from _title("ODOVZDANIE", columns)
    for name, count in (
        ("E-mailom", day.emailed),
        ("Vytlačené", day.printed),
        ("Neodoslané", day.unsent),
        ("Odmietnuté dodatočne", day.set_aside),
    ):
        yield from lefts(pair(name, str(count), columns))


def _sums(title: str, rows: Iterable[tuple[str, Tally]], columns: int) -> Iterator[Line]:
    yield from _title(title, columns)
    for name, tally in rows:
        yield from lefts(pair(f"{name} ({tally.count})", format_cents(tally.cents), columns))


def _vat(day: Day, columns: int) -> Iterator[Line]:
    yield from _title("DPH", columns)
    yield from lefts(vat_rows(day.by_rate, columns))


def _title(title: str, columns: int) -> tuple[Line, ...]:
    return rule(columns), Text(title, bold=True)
