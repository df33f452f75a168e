"""The electronic receipt: every fact of the paper and no other, nothing fetched, and a browser that shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import zxingcpp
from hypothesis import given, settings, strategies as st
from lxml.etree import _Element
from PIL import Image

from drivers.attachment_html import render_attachment
from states.fiscal.original import original_lines
from states.fiscal.paper import Cut, Qr, to_text
from states.fiscal.receipt import Invoice, Receipt, ReceiptType, Tender, TenderKind
from tests.fiscal_examples import (
    PARAGON,
    cash_move,
    currency,
    paid_invoice,
    receipt as fiscal_receipt,
    receipts,
    sale,
)
from tests.mail_receipts import NON_PAYER, PLAIN, RICH, SELLER, UID, receipt
from tests.test_original_documents import EVERYTHING

MIXED = Tender(TenderKind.CARD, 1000), Tender(TenderKind.OTHER, 500), Tender(TenderKind.CASH, 1000)
RECEIPTS = {
    "plain": receipt(),
    "rich": receipt(RICH),
    "non-payer": receipt(PLAIN, NON_PAYER),
    "mixed": receipt(PLAIN, SELLER, *MIXED),
    "refund": receipt(RICH[-2:-1], SELLER, Tender(TenderKind.CASH, -2490)),
    "packaging": receipt(RICH[5:6], SELLER, Tender(TenderKind.CARD, 90)),
}
EVERY = pytest.mark.parametrize("sold", RECEIPTS.values(), ids=RECEIPTS)
WIDE_COLUMNS = 1_000
TIMES = "\u00d7"
HEADS = {"Položka", "Položky", "Cena", "Rozpis", "DPH", "Základ", "Daň", "Spolu"}
"""Words of the page's tables, which the paper has only where there is room."""

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer", "h1", "h2", "p"),
    *("strong", "small", "code", "dl", "div", "dt", "dd", "figure", "svg", "path"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "scope", "colspan", "role"),
    *("aria-label", "viewbox", "transform", "stroke", "fill", "d"),
}
"""All that the page is made of; nothing in it can fetch or run anything."""

PIXELS_PER_MM = 96 / 25.4
SMALL_UID = UID.lower().replace("o-", "V-")
TEST_UID = "O-6FF27E7B194F490DB27E7B194FE-TEST"


def page(sold: Receipt, uid: str = UID, *, training: bool = False) -> _Element:
    """The attachment as an HTML parser sees it."""
    return lxml.html.document_fromstring(render_attachment(sold, uid, training=training).decode("utf-8"))


def find(root: _Element, path: str) -> list[Any]:
    """What an XPath expression finds."""
    found: Any = root.xpath(path)
    return list(found)


def words_of_page(root: _Element) -> Counter[str]:
    """The words that a reader of the page sees."""
    (body,) = root.iter("body")
    return Counter(" ".join(str(text) for text in body.itertext()).replace(TIMES, "x").split())


def words_of_paper(sold: Receipt, uid: str = UID, *, training: bool = False) -> Counter[str]:
    """The words that a reader of the paper sees, on paper so wide that nothing is broken."""
    lines = original_lines(sold, uid, WIDE_COLUMNS, training=training)
    text = to_text(tuple(line for line in lines if not isinstance(line, Qr | Cut)), WIDE_COLUMNS)
    return Counter(word for word in text.replace(TIMES, "x").split() if word != "-" * WIDE_COLUMNS)


@EVERY
@pytest.mark.parametrize("training", [False, True])
def test_every_word_and_amount_of_the_paper_is_on_the_page_and_no_other(sold: Receipt, training: bool) -> None:
    paper = words_of_paper(sold, training=training)
    shown = words_of_page(page(sold, training=training))
    assert not paper - shown
    assert not set(shown) - set(paper) - HEADS
    assert len(paper) > 30


@pytest.mark.parametrize("kind", ReceiptType)
def test_the_heading_is_the_paper_s(kind: ReceiptType) -> None:
    sold = replace(receipt(), sale=replace(receipt().sale, type=kind))
    assert not words_of_paper(sold) - words_of_page(page(sold))


@settings(max_examples=80, deadline=None)
@given(receipts(), st.booleans())
def test_any_document_says_the_same_on_the_page_and_on_the_paper(sold: Receipt, training: bool) -> None:
    """Invoices, paragóny, discounts, vouchers, foreign money: FS 405217, the electronic receipt equals the paper."""
    paper = words_of_paper(sold, training=training)
    shown = words_of_page(page(sold, training=training))
    assert not paper - shown
    assert not set(shown) - set(paper) - HEADS


def test_a_document_of_everything_is_the_paper_s() -> None:
    sold = fiscal_receipt(replace(sale(EVERYTHING, (currency("100.00"),)), paragon=PARAGON, cashier="Jana"))
    paper, shown = words_of_paper(sold), words_of_page(page(sold))
    assert not paper - shown
    assert {"Prirážka", "Číslo", "poukazu:", "použitý", "Predaj", "USD", "Kurz:", "paragónu:", "Pokladník:"} <= set(
        shown
    )
    below = find(page(sold), "//tr[@class='below']/th")
    assert [cell.text.strip() for cell in below] == ["Zľava 10 %", "Prirážka 5 %"]


def test_an_invoice_given_back_says_so() -> None:
    sold = fiscal_receipt(paid_invoice(Invoice("20260042", -5675)))
    assert "VRÁTENIE ÚHRADY FAKTÚRY" in render_attachment(sold, UID).decode()
    assert not words_of_paper(sold) - words_of_page(page(sold))
    assert "VRÁTENIE" not in render_attachment(fiscal_receipt(paid_invoice()), UID).decode()


def test_an_invoice_has_no_table_and_cash_moved_no_qr_code() -> None:
    assert not find(page(fiscal_receipt(paid_invoice())), "//table")
    assert len(find(page(fiscal_receipt(paid_invoice())), "//figure")) == 1
    moved = page(fiscal_receipt(cash_move(100), created="2025-06-01T10:00:00+02:00"))
    assert not find(moved, "//figure")
    assert not find(moved, "//p[@class='check']")


def test_a_fact_that_is_left_out_is_noticed() -> None:
    shown = words_of_page(page(receipt()))
    other = receipt((*PLAIN[:-1], RICH[4]))
    assert words_of_paper(other) - shown


@EVERY
def test_the_page_is_one_file_that_fetches_nothing(sold: Receipt) -> None:
    octets = render_attachment(sold, UID)
    root = page(sold)
    assert octets.startswith(b'<!doctype html>\n<html lang="sk">\n<head>\n<meta charset="utf-8">')
    assert root.get("lang") == "sk"
    assert {element.tag for element in root.iter()} <= TAGS
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    (policy,) = find(root, "//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; ")
    (style,) = find(root, "//style/text()")
    assert not re.search(r"url\(|@import|expression", style)


def test_names_are_escaped_and_legible() -> None:
    sold = receipt(RICH)
    octets = render_attachment(sold, UID)
    assert b"<script" not in octets
    assert b"<img" not in octets
    names = [head.text.strip() for head in find(page(sold), "//table[@class='items']/tbody//th")]
    assert names == [item.name for item in sold.sale.items]


def test_the_tables_are_tables() -> None:
    root = page(receipt(RICH))
    items, vat = find(root, "//table")
    assert [row.xpath("count(*)") for row in items.xpath(".//tr")] == [3.0] * (1 + len(RICH))
    assert [cell.text for cell in vat.xpath(".//th[@scope='row']")] == ["23 %", "19 %", "5 %", "Oslobodené od dane"]
    assert not find(page(receipt(PLAIN, NON_PAYER)), "//*[text()='DPH']")


@pytest.mark.parametrize("uid", ["", "O-1", f"{UID} ", UID.replace("O-", "X-")])
def test_only_an_on_line_receipt_becomes_a_page(uid: str) -> None:
    with pytest.raises(ValueError, match="UID"):
        render_attachment(receipt(), uid)


def screenshot(folder: Path, octets: bytes, width: int, height: int) -> Image.Image:
    """What headless Chromium shows of the file."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("THE PAGE WAS NOT SHOWN: chromium is not installed; make test installs it")
    (folder / "receipt.html").write_bytes(octets)
    switches = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "hide-scrollbars"]
    switches += ["disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"]
    switches += [f"user-data-dir={folder / 'profile'}", f"window-size={width},{height}"]
    command = [chromium, *(f"--{switch}" for switch in switches), f"--screenshot={folder / 'page.png'}"]
    address = (folder / "receipt.html").as_uri()
    subprocess.run([*command, address], capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
    with Image.open(folder / "page.png") as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize(
    ("uid", "sold", "width", "height"),
    [(UID, receipt(), 900, 1500), (TEST_UID, receipt(RICH), 360, 2400), (SMALL_UID, receipt(), 320, 1800)],
    ids=["desk", "phone", "small-phone"],
)
def test_a_browser_shows_a_qr_code_that_is_the_uid(
    tmp_path: Path, uid: str, sold: Receipt, width: int, height: int
) -> None:
    picture = screenshot(tmp_path, render_attachment(sold, uid), width, height)
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == uid
    corners = code.position
    sides_mm = [
        (corners.top_right.x - corners.top_left.x) / PIXELS_PER_MM,
        (corners.bottom_left.y - corners.top_left.y) / PIXELS_PER_MM,
    ]
    assert min(sides_mm) >= 22
    assert picture.width == width
