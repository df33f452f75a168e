"""PLU as a table of comma- or semicolon-separated values, as spreadsheets write it; each column is one row below.

Sources: IR 2.10 (Name, SpecialRegulation only with rate 0, SellerId and SellerIdType both or none).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from states.fiscal.money import AMOUNT_MAX_CENTS, UNIT_PRICE_PLACES
from states.fiscal.names import carry
from states.fiscal.product import PLU_MAX, PLU_NUMBER_MAX, UNIT_MAX, Product, ProductKind
from states.fiscal.receipt import SELLER_ID_MAX, Regulation, SellerIdType
from states.fiscal.vat import GROUPS
from states.words import Language

_Found = TypeVar("_Found")

FILE_MAX_BYTES = 8 * 1024 * 1024
DEPARTMENT_MAX = 8
SHOWN_MAX = 40
FORMULA = ("=", "+", "-", "@")
"""A spreadsheet takes a cell that begins so for a formula; it is written, and read, behind an apostrophe."""

_WHOLE = re.compile("[0-9]{1,9}")
_PRICE = re.compile(rf"[0-9]{{1,8}}(?:[.,][0-9]{{1,{UNIT_PRICE_PLACES}}})?")
_RATE = re.compile(r"([0-9]{1,2})(?:[.,]0{1,2})? ?%?")
_SELLER_ID = re.compile(f"[0-9a-zA-Z]{{0,{SELLER_ID_MAX}}}")
_KINDS = {
    **{kind.value: kind for kind in ProductKind},
    "": ProductKind.GOODS,
    "tovar": ProductKind.GOODS,
    "obal": ProductKind.PACKAGING,
    "zaloha": ProductKind.ADVANCE,
    "poukaz": ProductKind.VOUCHER,
}


class Unusable(ValueError):
    """The file is no table of PLU: ``word`` says why, ``values`` go into its sentence."""

    def __init__(self, word: str, *values: object) -> None:
        super().__init__(word, *values)
        self.word, self.values = word, values


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is no PLU: its number, why (a word), and what stood there, fit to be shown."""

    line: int
    word: str
    shown: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The PLU of the good lines in the order of their numbers, and the other lines."""

    products: tuple[Product, ...]
    refusals: tuple[Refusal, ...]


# --- Cells -------------------------------------------------------------------------------------------------------


def _number(text: str) -> int:
    return _whole(text, 1, PLU_NUMBER_MAX, "plu-number")


def _department(text: str) -> int:
    return _whole(text or "0", 0, DEPARTMENT_MAX, "plu-department")


def _whole(text: str, least: int, most: int, word: str) -> int:
    if not (_WHOLE.fullmatch(text) and least <= int(text) <= most):
        raise ValueError(word)
    return int(text)


def _bare(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from reckoning."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _name(text: str) -> str:
    return carry(_bare(text))


def _price(text: str) -> Decimal | None:
    if not text:
        return None
    price = Decimal(text.replace(",", ".")) if _PRICE.fullmatch(text) else Decimal(0)
    if not 0 < price * 100 <= AMOUNT_MAX_CENTS:
        raise ValueError("plu-price")
    return price


def _rate(text: str) -> int:
    found = _RATE.fullmatch(text)
    if found is None or int(found[1]) not in GROUPS:
        raise ValueError("plu-vat")
    return int(found[1])


def _unit(text: str) -> str:
    if not text:
        return "ks"
    try:
        unit = carry(_bare(text))
    except ValueError:
        unit = ""
    if not 0 < len(unit) <= UNIT_MAX:
        raise ValueError("plu-unit")
    return unit


def _kind(text: str) -> ProductKind:
    return _one_of(_KINDS, _folded(text), "plu-kind")


def _regulation(text: str) -> Regulation | None:
    return _one_of({"": None, **{one.value: one for one in Regulation}}, text.upper(), "plu-regulation")


def _seller_id(text: str) -> str:
    if not _SELLER_ID.fullmatch(text):
        raise ValueError("plu-seller")
    return text


def _seller_id_type(text: str) -> SellerIdType | None:
    known = {"": None, **{one.value: one for one in SellerIdType}}
    return _one_of(known, text.upper().replace(" ", "_"), "plu-seller")


def _one_of(known: Mapping[str, _Found], text: str, word: str) -> _Found:
    if text not in known:
        raise ValueError(word)
    return known[text]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the product's field, its titles (Slovak, English, then others), and how a cell is read."""

    field: str
    titles: tuple[str, ...]
    read: Callable[[str], Any]
    is_required: bool = False


# fmt: off
COLUMNS = (
    #      field             titles                                         read             required
    Column("number",         ("Číslo", "Number", "PLU"),                    _number,         is_required=True),
    Column("name",           ("Názov", "Name", "Tovar"),                    _name,           is_required=True),
    Column("price",          ("Cena", "Price"),                             _price),
    Column("vat_rate",       ("DPH", "VAT", "Sadzba", "Sadzba DPH"),        _rate,           is_required=True),
    Column("department",     ("Oddelenie", "Department"),                   _department),
    Column("unit",           ("Jednotka", "Unit", "MJ", "Merná jednotka"),  _unit),
    Column("kind",           ("Druh", "Kind", "Typ", "Type"),               _kind),
    Column("regulation",     ("Úprava dane", "Regulation", "Úprava"),       _regulation),
    Column("seller_id",      ("Predajca", "Seller", "Seller ID"),           _seller_id),
    Column("seller_id_type", ("Druh predajcu", "Seller ID type"),           _seller_id_type),
)
# fmt: on

JOINT: tuple[tuple[Callable[[Product], bool], str], ...] = (
    (lambda one: one.kind is not ProductKind.PACKAGING or one.vat_rate == 0, "plu-packaging-rate"),
    (lambda one: one.regulation is None or one.vat_rate == 0, "plu-regulation-rate"),
    (lambda one: bool(one.seller_id) == (one.seller_id_type is not None), "plu-seller"),
)
"""What the cells of a line must be together, and the word where they are not."""


# --- Reading -----------------------------------------------------------------------------------------------------


def parse(content: bytes) -> Parsed:
    """The PLU of a file; Unusable if it is too large, no text, no table, or has columns that nobody knows."""
    text = _text(content)
    rows = _rows(text)
    _, header = next(rows, (1, []))
    columns = _columns(header)
    products: dict[int, Product] = {}
    refusals: list[Refusal] = []
    for line, cells in rows:
        try:
            product = _product(columns, cells)
            if product.number in products:
                raise ValueError("plu-twice")
            products[product.number] = product
        except ValueError as error:
            refusals.append(Refusal(line, str(error), _shown(cells)))
        if len(products) + len(refusals) > PLU_MAX:
            raise Unusable("csv-many", PLU_MAX)
    if not products and not refusals:
        raise Unusable("csv-empty")
    return Parsed(tuple(products[number] for number in sorted(products)), tuple(refusals))


def _text(content: bytes) -> str:
    if len(content) > FILE_MAX_BYTES:
        raise Unusable("csv-large", FILE_MAX_BYTES // 1024**2)
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unusable("csv-encoding")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, each with the number of its first one."""
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    line = 1
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            raise Unusable("csv-quotes", line) from None
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _columns(header: Sequence[str]) -> list[Column | None]:
    """The column of each cell; a last one without a title has none."""
    known = {_folded(title): column for column in COLUMNS for title in column.titles}
    found = [known.get(_folded(title)) for title in header]
    for title, column in zip(header, found, strict=True):
        if title and column is None:
            raise Unusable("csv-unknown", _shown([title]))
        if column and found.count(column) > 1:
            raise Unusable("csv-twice", column.titles[0], column.titles[1])
    for column in COLUMNS:
        if column.is_required and column not in found:
            raise Unusable("csv-missing", column.titles[0], column.titles[1])
    return found


def _product(columns: Sequence[Column | None], cells: Sequence[str]) -> Product:
    missing = len(columns) - len(cells)
    columns, cells = [*columns, *[None] * -missing], [*cells, *[""] * missing]
    titled = [(column, cell) for column, cell in zip(columns, cells, strict=True) if column or cell]
    if not all(column for column, _ in titled):
        raise ValueError("plu-cells")
    product = Product(**{column.field: column.read(cell) for column, cell in titled if column})
    for holds, word in JOINT:
        if not holds(product):
            raise ValueError(word)
    return product


def _folded(title: str) -> str:
    """Without accents, capitals and needless spaces."""
    bare = (char for char in unicodedata.normalize("NFKD", title) if not unicodedata.combining(char))
    return " ".join("".join(bare).casefold().replace("_", " ").split())


def _shown(cells: Iterable[str]) -> str:
    text = "; ".join(cells)
    return "".join(char if char.isprintable() else " " for char in text)[:SHOWN_MAX]


# --- Writing -----------------------------------------------------------------------------------------------------


def table(products: Iterable[Product], language: Language) -> str:
    """The PLU as a table that ``parse`` reads back."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(column.titles[language == "en"] for column in COLUMNS)
    for product in products:
        writer.writerow(_cell(getattr(product, column.field), language) for column in COLUMNS)
    return out.getvalue()


def _cell(value: object, language: Language) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", "." if language == "en" else ",")
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
