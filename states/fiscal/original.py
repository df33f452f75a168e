"""The one original on paper; its words are Slovak by law, whatever the language of the register.

Sources: IR 2.9 and 2.10 with law 384/2025 for the contents; law 18/1996 § 3 for the rounding line; IR for the top line
OFF-LINE DOKLAD and for the QR codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from states.fiscal.codes import offline_qr, online_qr, paper_time
from states.fiscal.identity import Identity, RegisterType
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
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
from states.fiscal.receipt import Item, ItemType, Receipt, ReceiptType, Sale, TenderKind
from states.fiscal.vat import VatLine, vat_lines

OFFLINE = "OFF-LINE DOKLAD"
TRAINING = "CVIČNÝ REŽIM - NEPLATNÝ DOKLAD"
VOID = "=== NEPLATNÉ: prerušená tlač ==="
PORTABLE = "Prenosná pokladňa"
FREE = "Oslobodené od dane"
CHECK = "Overte doklad pomocou QR kódu"

HEADINGS = {
    ReceiptType.PD: "POKLADNIČNÝ DOKLAD",
    ReceiptType.UF: "ÚHRADA FAKTÚRY",
    ReceiptType.ND: "NEPLATNÝ DOKLAD",
}
REFERENCES = {ItemType.RETURNED: "Vrátené k dokladu:", ItemType.CORRECTION: "Oprava dokladu:"}
TENDERS = {TenderKind.CASH: "Hotovosť", TenderKind.CARD: "Platobná karta", TenderKind.OTHER: "Iná platba"}

_RATE_COLUMNS = 6


def original_lines(receipt: Receipt, uid: str, columns: int, *, training: bool = False) -> tuple[Line, ...]:
    """The original of a receipt, on-line with its ``uid`` or off-line when that is empty, for 32 columns or more."""
    if columns < COLUMNS_MIN:
        raise ValueError(f"at least {COLUMNS_MIN} columns, not {columns}")
    notice = centred(TRAINING, columns, bold=True) if training else ()
    return (
        *(() if uid else (Text(OFFLINE, Align.CENTER, bold=True, big=True),)),
        *notice,
        *seller_lines(receipt.seller, columns),
        *centred(HEADINGS[receipt.sale.type], columns, bold=True),
        *lefts(pair("Vyhotovené:", paper_time(receipt.create_date), columns)),
        *lefts(pair("Číslo dokladu:", str(receipt.number), columns)),
        rule(columns),
        *(line for item in receipt.sale.items for line in _item(item, columns, receipt.seller.is_vat_payer)),
        rule(columns),
        *_payment(receipt.sale, columns),
        *(_recap(receipt.sale, columns) if receipt.seller.is_vat_payer else ()),
        rule(columns),
        *_codes(receipt, uid, columns),
        *notice,
        Cut(),
    )


def void_lines(columns: int) -> tuple[Line, ...]:
    """What ends the torn part of an interrupted print, before the whole original is printed again."""
    return (*centred(VOID, columns, bold=True), Cut())


def seller_lines(seller: Identity, columns: int) -> tuple[Text, ...]:
    """Who sells, where and on which register."""
    numbers = (("IČO", seller.ico), ("DIČ", seller.dic), ("IČ DPH", seller.ic_dph))
    return (
        *centred(one_line(seller.corporate_body_full_name), columns, bold=True),
        *centred(one_line(seller.physical_address.one_line), columns),
        *(line for name, value in numbers if value for line in centred(f"{name}: {value}", columns)),
        *(line for place in _places(seller) for line in centred(place, columns)),
        *lefts(pair("Kód pokladnice:", seller.cash_register_code, columns)),
    )


def vat_rows(lines: tuple[VatLine, ...], columns: int) -> tuple[str, ...]:
    """The recap by rate: a table, or one amount on a row where amounts are too long for a table."""
    taxed = tuple(line for line in lines if line.rate)
    width = (columns - _RATE_COLUMNS) // 3
    fits = all(len(format_cents(line.gross_cents)) < width for line in taxed)
    rows = _table(taxed, columns - 3 * width, width) if fits else _stacked(taxed, columns)
    free = (pair(FREE, format_cents(line.gross_cents), columns) for line in lines if not line.rate)
    return (*rows, *(row for rows in free for row in rows))


def plain(number: Decimal, places: int = 0) -> str:
    """A quantity or unit price with at least ``places`` decimals and no needless zero: ``2``, ``0.5``, ``1.20``."""
    whole, _, fraction = f"{number:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _places(seller: Identity) -> Iterator[str]:
    unit = [seller.organization_unit_name] if seller.organization_unit_name else []
    if seller.unit_address is not None and seller.unit_address != seller.physical_address:
        unit.append(seller.unit_address.one_line)
    if unit:
        yield one_line(f"Prevádzka: {', '.join(unit)}")
    if seller.cash_register_type is RegisterType.PORTABLE:
        yield PORTABLE


def _item(item: Item, columns: int, is_vat_payer: bool) -> Iterator[Line]:
    yield from lefts(wrap(one_line(item.name), columns))
    rate = f"{item.vat_rate}% " if is_vat_payer else ""
    quantity = f"{plain(item.quantity)} {one_line(item.unit)}".rstrip()
    each = f"  {quantity} x {plain(item.unit_price, 2)}"
    yield from lefts(pair(each, f"{rate}{format_cents(item.price_cents):>9}", columns))
    if item.type in REFERENCES:
        yield from lefts((f"  {REFERENCES[item.type]}", *wrap_code(one_line(item.reference), columns)))


def _payment(sale: Sale, columns: int) -> Iterator[Line]:
    if sale.rounding_cents:
        yield from lefts(pair("Medzisúčet", format_cents(sale.total_cents - sale.rounding_cents), columns))
        yield from lefts(pair("Zaokrúhlenie", format_cents(sale.rounding_cents), columns))
    yield from _total(sale.total_cents, columns)
    for tender in sale.tenders:
        yield from lefts(pair(TENDERS[tender.kind], format_cents(tender.cents), columns))
    if sale.change_cents:
        yield from lefts(pair("Výdavok", format_cents(sale.change_cents), columns))


def _total(total_cents: int, columns: int) -> tuple[Text, ...]:
    amount = f"{format_cents(total_cents)} EUR"
    big = pair("SUMA", amount, columns // 2)
    if len(big) == 1:
        return (Text(big[0], bold=True, big=True),)
    return lefts(pair("SUMA", amount, columns), bold=True)


def _recap(sale: Sale, columns: int) -> Iterator[Line]:
    rows = vat_rows(vat_lines(sale.items), columns)
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


def _codes(receipt: Receipt, uid: str, columns: int) -> Iterator[Line]:
    if uid:
        yield from _code("UID:", uid, columns)
    yield from _code("OKP:", receipt.okp, columns)
    if not uid:
        yield from _code("PKP:", receipt.pkp, columns)
    yield Qr(online_qr(uid) if uid else offline_qr(receipt))
    yield from centred(CHECK, columns)


def _code(label: str, code: str, columns: int) -> tuple[Text, ...]:
    if len(label) + 1 + len(code) <= columns:
        return (Text(f"{label} {code}"),)
    return lefts((label, *wrap_code(code, columns)))
