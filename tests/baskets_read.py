"""What stands on the paper, in the message, in the journal and on the page: read back by small readers of their own.

None of them uses what wrote it: the paper is text, the message is read by the standard library, the journal is JSON,
the page is text between tags. Amounts are whole cents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from tests.baskets_move import half_up

LABELS = {
    "cash": "Hotovosť",
    "card": "Platobná karta",
    "cheque": "Šek",
    "voucher": "Poukaz",
    "other": "Iná platba",
    "currency": "Cudzia mena",
}
_CENTS = r"(-?\d+\.\d\d)"
_ITEM = re.compile(
    r"(?:(?P<quantity>\d+(?:\.\d+)?) (?:(?P<unit>\S+) )?x (?P<unit_price>-?\d+\.\d{2,}) )?"
    r"(?:(?P<rate>\d+)% )?(?<!\S)(?P<price>-?\d+\.\d\d)(?!\S)"
)
_TENDER = re.compile(rf"({'|'.join(LABELS.values())})((?: [\d.]+ [A-Z]{{3}})?) {_CENTS}(?: EUR)?(?!\S)")
_EXCHANGE = re.compile(r"Kurz: 1 EUR = ([\d.]+) ([A-Z]{3})(?!\S)")
_TABLE = re.compile(rf"(\d+) % {_CENTS} {_CENTS} {_CENTS}(?!\S)")
_STACK = re.compile(rf"Základ (\d+) % {_CENTS} Daň \1 % {_CENTS} Spolu \1 % {_CENTS}(?!\S)")


def cents(text: str) -> int:
    """``-12.50`` as cents; ValueError for what is no amount."""
    if not re.fullmatch(_CENTS, text):
        raise ValueError(f"no amount: {text!r}")
    return int(text.replace(".", ""))


@dataclass(frozen=True, slots=True)
class Line:
    """An item as it is read: how many (None where it is not said), the rate (None where it is not said), the price."""

    quantity: Fraction | None
    rate: int | None
    price: int


@dataclass(frozen=True, slots=True)
class Vat:
    """One rate: base, tax and their sum."""

    base: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a paper or a page tells; ``subtotal`` and ``rounding`` are None where cash was not rounded.

    ``exchanges`` are the rates of foreign money, each with its code.
    """

    head: str
    items: tuple[Line, ...]
    item_text: str
    subtotal: int | None
    rounding: int | None
    total: int
    tenders: tuple[tuple[str, int], ...]
    exchanges: tuple[tuple[str, str], ...]
    change: int
    recap: dict[int, Vat]
    free: int | None
    codes: str

    @property
    def amounts(self) -> tuple[object, ...]:
        """All that is money."""
        prices = tuple((line.rate, line.price) for line in self.items)
        return (
            prices,
            self.subtotal,
            self.rounding,
            self.total,
            self.tenders,
            self.exchanges,
            self.change,
            self.recap,
            self.free,
        )


def read_paper(text: str, columns: int) -> Told:
    """The paper's text: its parts stand between rules."""
    parts: list[list[str]] = [[]]
    for row in text.splitlines():
        if row == "-" * columns:
            parts.append([])
        else:
            parts[-1].append(row)
    head, *middle, codes = [" ".join(" ".join(part).split()) for part in parts]
    items = middle.pop(0) if not middle[0].startswith(("SUMA", "Medzisúčet")) else ""
    payment, recap = middle if len(middle) == 2 else (*middle, "")
    return _told(head, items, payment, recap, codes)


def _told(head: str, items: str, payment: str, recap: str, codes: str) -> Told:
    return Told(
        head,
        tuple(_lines(items)),
        items,
        _after("Medzisúčet", payment),
        _after("Zaokrúhlenie", payment),
        _sum(payment),
        tuple((label + more, cents(worth)) for label, more, worth in _TENDER.findall(payment)),
        tuple((rate, code) for rate, code in _EXCHANGE.findall(payment)),
        _after("Výdavok", payment) or 0,
        {int(rate): Vat(*map(cents, amounts)) for rate, *amounts in (*_TABLE.findall(recap), *_STACK.findall(recap))},
        _after("Oslobodené od dane", recap),
        codes,
    )


def _lines(items: str) -> Iterator[Line]:
    for found in _ITEM.finditer(items):
        quantity = Fraction(found["quantity"]) if found["quantity"] else None
        line = Line(quantity, int(found["rate"]) if found["rate"] else None, cents(found["price"]))
        if quantity is not None and half_up(quantity * Fraction(found["unit_price"]) * 100) != line.price:
            raise ValueError(f"{found[0]!r} does not multiply")
        yield line


def _after(label: str, text: str) -> int | None:
    found = re.search(rf"{label} {_CENTS}(?: EUR)?(?!\S)", text)
    return cents(found[1]) if found else None


def _sum(payment: str) -> int:
    (found,) = re.findall(rf"SUMA {_CENTS} EUR", payment)
    return cents(found)


# --- The message -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """The attributes of ReceiptData and of its items, and the two codes."""

    facts: dict[str, str]
    items: tuple[dict[str, str], ...]
    pkp: str
    okp: str

    @property
    def lines(self) -> tuple[Line, ...]:
        """The items as they are read."""
        return tuple(
            Line(Fraction(one["Quantity"]), int(one["VatRate"].removesuffix(".00")), cents(one["Price"]))
            for one in self.items
        )

    def amount(self, name: str) -> int | None:
        """An amount in cents, None where it is absent."""
        return cents(self.facts[name]) if name in self.facts else None


def read_message(message: bytes) -> Sent:
    """What is sent to the authority."""
    found = {element.tag.rpartition("}")[2]: element for element in ElementTree.fromstring(message).iter()}
    items = found.get("Items", ())
    return Sent(
        dict(found["ReceiptData"].attrib),
        tuple(dict(item.attrib) for item in items),
        found["PKP"].text or "",
        found["OKP"].text or "",
    )


# --- The journal -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Journaled:
    """The receipt as it stands in the journal's bytes."""

    receipt: dict[str, Any]

    @property
    def sale(self) -> dict[str, Any]:
        """The sale."""
        found: dict[str, Any] = self.receipt["sale"]
        return found

    @property
    def lines(self) -> tuple[Line, ...]:
        """The items as they are read."""
        return tuple(
            Line(Fraction(one["quantity"]), one["vat_rate"], _price(one["quantity"], one["unit_price"]))
            for one in self.sale["items"]
        )


def read_journal(payload: bytes) -> Journaled:
    """The receipt of a record's bytes."""
    return Journaled(json.loads(payload)["receipt"])


def _price(quantity: str, unit_price: str) -> int:
    return half_up(Fraction(quantity) * Fraction(unit_price) * 100)


# --- The page ----------------------------------------------------------------------------------------------------


class _Cells(HTMLParser):
    """The texts of the page, each with its tag, below the name of its list, table or other part."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[str, list[tuple[str, str]]] = {}
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("dl", "table", "footer", "header", "section", "style"):
            self._part = dict(attrs).get("class") or tag
        self.cells.setdefault(self._part, []).append((tag, ""))

    def handle_data(self, data: str) -> None:
        tag, text = self.cells[self._part][-1] if self.cells.get(self._part) else ("", "")
        self.cells.setdefault(self._part, [("", "")])[-1] = (tag, text + data)

    def text(self, *parts: str) -> str:
        """All that stands in these parts, on one line."""
        return " ".join(" ".join(text for part in parts for _, text in self.cells.get(part, ())).split())

    def rows(self, part: str) -> Iterator[list[tuple[str, str]]]:
        """The rows of a table, but its head."""
        row: list[tuple[str, str]] = []
        for tag, text in (*self.cells.get(part, ()), ("tr", "")):
            if tag == "tr":
                if any(inner == "td" for inner, _ in row):
                    yield row
                row = []
            row.append((tag, " ".join(text.split())))


def read_page(page: bytes) -> Told:
    """The page that is mailed."""
    cells = _Cells()
    cells.feed(page.decode())
    lines = tuple(map(_page_line, cells.rows("items")))
    told = _told(cells.text("sum", "pairs"), "", cells.text("rows"), cells.text("vat"), cells.text("codes", "footer"))
    return replace(told, items=lines, item_text=cells.text("items"))


def _page_line(row: list[tuple[str, str]]) -> Line:
    counted = [text for tag, text in row if tag == "small" and " \N{MULTIPLICATION SIGN} " in text]
    *rates, price = [text for tag, text in row if tag == "td"]
    rate = int(rates[0].removesuffix("%")) if any(rates) else None
    return Line(Fraction(counted[0].split()[0]) if counted else None, rate, cents(price))
