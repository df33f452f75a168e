"""The one original on paper: what ``content`` says, laid out to a number of columns, with marks and codes.

Source: IR for the top line OFF-LINE DOKLAD and for the QR codes.
"""

from __future__ import annotations

from collections.abc import Iterator

from states.fiscal import content
from states.fiscal.content import CHECK as CHECK, OFFLINE as OFFLINE, TRAINING as TRAINING, Fact
from states.fiscal.content_items import ItemText, item_texts, plain as plain
from states.fiscal.content_payment import FREE, TENDERS as TENDERS, after_sum, before_sum, recap, total
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.paper import (
    COLUMNS_MIN,
    Align,
    Cut,
    Line,
    Qr,
    Text,
    centred,
    lefts,
    pair,
    rule,
    wrap,
    wrap_code,
)
from states.fiscal.receipt import Receipt, Sale
from states.fiscal.vat import VatLine

VOID = "=== NEPLATNÉ: prerušená tlač ==="

_RATE_COLUMNS = 6
_INDENT = "  "


def original_lines(receipt: Receipt, uid: str, columns: int, *, training: bool = False) -> tuple[Line, ...]:
    """The original of a receipt, on-line with its ``uid`` or off-line when that is empty, for 32 columns or more."""
    if columns < COLUMNS_MIN:
        raise ValueError(f"at least {COLUMNS_MIN} columns, not {columns}")
    marks = tuple(line for mark in content.marks(receipt, training=training) for line in mark_lines(mark, columns))
    return (
        *(() if uid else mark_lines(OFFLINE, columns)),
        *marks,
        *content_lines(receipt, columns),
        rule(columns),
        *code_lines(receipt, uid, columns),
        *marks,
        Cut(),
    )


def content_lines(receipt: Receipt, columns: int) -> tuple[Line, ...]:
    """All that a receipt says, from the seller to the recap, without marks and codes: what a copy repeats."""
    items = tuple(line for item in item_texts(receipt) for line in _item(item, columns))
    return (
        *seller_lines(receipt.seller, columns),
        *centred(content.heading(receipt.sale), columns, bold=True),
        *(line for fact in content.facts(receipt) for line in _fact(fact, columns)),
        rule(columns),
        *((*items, rule(columns)) if items else ()),
        *_payment(receipt.sale, columns),
        *_recap(recap(receipt), columns),
    )


def code_lines(receipt: Receipt, uid: str, columns: int) -> tuple[Line, ...]:
    """UID or PKP, the OKP, and the QR code of all but deposits and withdrawals."""
    named = (line for code in content.codes(receipt, uid) for line in _code(code, columns))
    qr = content.qr_text(receipt, uid)
    check: tuple[Line, ...] = (Qr(qr), *centred(CHECK, columns)) if qr else ()
    return (*named, *check)


def mark_lines(mark: str, columns: int) -> tuple[Text, ...]:
    """A mark in letters of double size, or where the paper is too narrow for that, in bold ones."""
    if 2 * len(mark) <= columns:
        return (Text(mark, Align.CENTER, bold=True, big=True),)
    return centred(mark, columns, bold=True)


def void_lines(columns: int) -> tuple[Line, ...]:
    """What ends the torn part of an interrupted print, before the whole original is printed again."""
    return (*centred(VOID, columns, bold=True), Cut())


def seller_lines(seller: Identity, columns: int) -> tuple[Text, ...]:
    """Who sells, where and on which register."""
    name, seat = content.seller_names(seller)
    numbers = (fact.text for fact in content.seller_numbers(seller))
    below = (seat, *numbers, *content.seller_places(seller))
    return (
        *centred(name, columns, bold=True),
        *(line for text in below for line in centred(text, columns)),
        *_fact(content.register_code(seller), columns),
    )


def vat_rows(lines: tuple[VatLine, ...], columns: int) -> tuple[str, ...]:
    """The recap by rate: a table, or one amount on a row where amounts are too long for a table."""
    taxed = tuple(line for line in lines if line.rate)
    width = (columns - _RATE_COLUMNS) // 3
    fits = all(len(format_cents(line.gross_cents)) < width for line in taxed)
    rows = _table(taxed, columns - 3 * width, width) if fits else _stacked(taxed, columns)
    free = (pair(FREE, format_cents(line.gross_cents), columns) for line in lines if not line.rate)
    return (*rows, *(row for rows in free for row in rows))


def _fact(fact: Fact, columns: int) -> tuple[Text, ...]:
    if fact.is_code:
        return _code(fact, columns)
    return lefts(pair(fact.label, fact.value, columns))


def _code(fact: Fact, columns: int) -> tuple[Text, ...]:
    if len(fact.text) <= columns:
        return (Text(fact.text),)
    return lefts((*wrap(fact.label, columns), *wrap_code(fact.value, columns)))


def _item(item: ItemText, columns: int) -> Iterator[Line]:
    amounts = f"{item.rate} {item.price:>9}".lstrip() if item.rate else f"{item.price:>9}"
    indent = _INDENT if item.is_below else ""
    if item.quantity:
        yield from lefts(_indented(item.name, indent, columns))
        yield from lefts(pair(f"{indent}{_INDENT}{item.quantity} x {item.unit_price}", amounts, columns))
    else:
        yield from lefts(pair(f"{indent}{item.name}", amounts, columns))
    for note in item.notes:
        yield from _note(note, columns)


def _note(note: Fact, columns: int) -> tuple[Text, ...]:
    """Indented; a code that is too long for that stands below its label, at the left edge, where it has most room."""
    if note.is_code and len(_INDENT + note.text) > columns:
        return lefts((*_indented(note.label, _INDENT, columns), *wrap_code(note.value, columns)))
    return lefts(_indented(note.text, _INDENT, columns))


def _indented(text: str, indent: str, columns: int) -> tuple[str, ...]:
    return tuple(indent + row for row in wrap(text, columns - len(indent)))


def _payment(sale: Sale, columns: int) -> Iterator[Line]:
    for fact in before_sum(sale):
        yield from _fact(fact, columns)
    yield from _total(total(sale), columns)
    for fact in after_sum(sale):
        yield from _fact(fact, columns)


def _total(fact: Fact, columns: int) -> tuple[Text, ...]:
    big = pair(fact.label, fact.value, columns // 2)
    if len(big) == 1:
        return (Text(big[0], bold=True, big=True),)
    return lefts(pair(fact.label, fact.value, columns), bold=True)


def _recap(lines: tuple[VatLine, ...], columns: int) -> Iterator[Line]:
    rows = vat_rows(lines, columns)
    if rows:
        yield rule(columns)
    yield from lefts(rows)


def _table(lines: tuple[VatLine, ...], rate_width: int, width: int) -> Iterator[str]:
    if lines:
        yield "DPH".ljust(rate_width) + "".join(title.rjust(width) for title in ("Základ", "Daň", "Spolu"))
    for line in lines:
        amounts = (line.base_cents, line.vat_cents, line.gross_cents)
        yield f"{line.rate} %".ljust(rate_width) + "".join(format_cents(cents).rjust(width) for cents in amounts)


def _stacked(lines: tuple[VatLine, ...], columns: int) -> Iterator[str]:
    for line in lines:
        yield from pair(f"Základ {line.rate} %", format_cents(line.base_cents), columns)
        yield from pair(f"Daň {line.rate} %", format_cents(line.vat_cents), columns)
        yield from pair(f"Spolu {line.rate} %", format_cents(line.gross_cents), columns)
