"""A hostile name of an item, from the table of goods to all that is made of it: text everywhere, a command nowhere.

Each name is imported as a PLU, sold, sent to the authority, printed, mailed, exported and logged, by the real parts.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import lxml.html
import pytest
import structlog

from controller.catalogue_csv import Parsed, Unusable, parse, table
from controller.log import LOG_FILE, logging_to
from drivers.attachment_html import render_attachment
from drivers.authority_message import encode_request
from drivers.escpos_profiles import GENERIC_80
from drivers.mail_message import compose
from drivers.mail_session import stuff
from drivers.simulated.escpos_paper import Row, Symbol
from drivers.soap import EKASA, parse_envelope
from drivers.wssecurity import verify_body
from states.fiscal.content import qr_text
from states.fiscal.names import carry
from states.fiscal.original import original_lines
from states.fiscal.product import Product
from states.fiscal.receipt import Item, Receipt
from tests.authority_kit import make_attempt, sealed, signer
from tests.fiscal_examples import sale
from tests.mail_receipts import ADDRESS, MESSAGE_ID, UID
from tests.test_escpos_encode import printed

TO_XML = ('"/><ek:Item Price="-99"/>', "]]>", "&xxe;", "<!-- x", "<![CDATA[x]]>", "&#x0;", "<?xml version='1.0'?>")
TO_PRINTER = (
    "A\x1bp\x00",
    "A\x1d(k",
    "A\x10\x14\x01\x00\x05",
    "A\x10\x04\x01",
    "A\x9bK",
    "A\x7f\x08\x08",
    "A\x1b@\x1dV\x00",
)
TO_HTML = (
    "<img src=//x>",
    '"><script>alert(1)</script>',
    "&#x41;",
    "</td>",
    "<!--",
    "javascript:x",
    "{{ 7*7 }}{% x %}",
)
TO_MAIL = (".\r\nMAIL FROM:<x>", ".Tovar", "\r\n.\r\nQUIT", "=?UTF-8?Q?=0A?=Bcc: x@y", "A\r\nBcc: x@y.sk", "--=_x--")
TO_TABLES = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", 'a";"b', "a;b:c", "|calc", "%0A", "\u202etxt.exe")
TO_LOGS = ("A\n{'event': 'started'}", '"}\n{"event":"x"}', "A\x1b[2J", "%n%s", "A\u2028B", "A\u0085B")
NAMES = (*TO_XML, *TO_PRINTER, *TO_HTML, *TO_MAIL, *TO_TABLES, *TO_LOGS)
ILLEGAL = ("A\ufffe", "A\uffff", "A\ud800", "\x00", "\x1b", "", " \r\n")

EVERY = pytest.mark.parametrize("name", NAMES, ids=ascii)


def sold(name: str) -> Receipt:
    """A receipt of one such item and one of good name."""
    item = Item(carry(name), Decimal(1), "ks", Decimal("12.50"), 23)
    return sealed(sale((item, replace(item, name="Kladivo"))))


def test_the_names_are_those_of_the_table() -> None:
    """One of every kind that the threat table names; whoever takes one away must take it from there too."""
    named = ('"/><ek:Item Price="-99"/>', "]]>", "&xxe;", "<img src=//x>", "</td>", ".\r\nMAIL FROM:<x>", TO_TABLES[0])
    assert set(named) <= set(NAMES)
    assert {"\x1bp\x00", "\x1d(k", "\x10\x14", "\x10\x04"} <= {part for name in TO_PRINTER for part in pieces(name)}


def pieces(text: str) -> set[str]:
    """All short parts of a text."""
    return {text[first : first + length] for first in range(len(text)) for length in (2, 3)}


@pytest.mark.parametrize("name", ILLEGAL, ids=ascii)
def test_what_xml_forbids_or_nobody_sees_is_refused_before_a_receipt_has_a_number(name: str) -> None:
    """At the import already: no such PLU can be sold."""
    with pytest.raises(ValueError, match=r"^name-(illegal|empty)$"):
        carry(name)


@EVERY
def test_a_name_from_a_table_is_one_cell(name: str) -> None:
    """Imported, exported and imported again it is the same PLU, and no spreadsheet takes it for a formula."""
    line = io.StringIO()
    csv.writer(line, delimiter=";").writerows([["PLU", "Názov", "Cena", "DPH"], ["1", name, "12,50", "23"]])
    if "\0" in name:
        with pytest.raises(Unusable, match="csv-encoding"):
            parse(line.getvalue().encode())
        return
    found: Parsed = parse(line.getvalue().encode())
    [product] = found.products
    assert product.name == carry(name).removeprefix("'")
    exported = table([product], "sk")
    assert parse(exported.encode()).products == (product,)
    rows = list(csv.reader(io.StringIO(exported), delimiter=";"))
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])


@EVERY
def test_a_name_is_text_in_the_message(name: str) -> None:
    """Two items at their prices, in a message whose signature holds; the name is the name."""
    message = encode_request(sold(name), make_attempt(), signer())
    body = verify_body(parse_envelope(message)).body
    items = list(body.iter(f"{{{EKASA}}}Item"))
    assert [(item.get("Name"), item.get("Price")) for item in items] == [(carry(name), "12.50"), ("Kladivo", "12.50")]


@EVERY
def test_a_name_is_text_on_the_paper(name: str) -> None:
    """The printer's interpreter meets no command that the register does not send, no pulse and no reversed feed."""
    lines = original_lines(sold(name), UID, GENERIC_80.columns)
    plain = original_lines(sold("A" * len(carry(name))), UID, GENERIC_80.columns)
    device, control = printed(lines, GENERIC_80), printed(plain, GENERIC_80)
    assert device.paper.drawer_pulses == 0
    assert device.outbox == control.outbox == b""
    [document], [expected] = device.paper.documents, control.paper.documents
    assert [m for m in document.marks if isinstance(m, Symbol)] == [m for m in expected.marks if isinstance(m, Symbol)]
    shown = " ".join(mark.text for mark in document.marks if isinstance(mark, Row))
    assert "Kladivo" in shown
    assert "SPOLU" in shown.upper()


@EVERY
def test_a_name_is_text_on_the_page(name: str) -> None:
    """The page has the elements that it has for a harmless name, and shows the name as it is."""
    page = lxml.html.document_fromstring(render_attachment(sold(name), UID).decode())
    control = lxml.html.document_fromstring(render_attachment(sold("A"), UID).decode())
    assert [element.tag for element in page.iter()] == [element.tag for element in control.iter()]
    heads = [head.text for head in page.iter("th") if head.get("scope") == "row" and head.text]
    assert carry(name) in [" ".join(text.split()) for text in heads]


@EVERY
def test_a_name_is_no_line_of_the_mail(name: str) -> None:
    """Short base64 lines, one recipient, the same headers: nothing that begins with a dot, nothing that ends a line."""
    html = render_attachment(sold(name), UID)
    octets = compose(
        name="Pokladnica", sender="a@b.sk", recipient=ADDRESS, uid=UID, created=sold(name).create_date,
        message_id=MESSAGE_ID, html=html,
    )  # fmt: skip
    assert stuff(octets) == octets, "a line begins with a dot"
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert not any(set(line) & set(b"\r\n\0") for line in lines)
    message = message_from_bytes(octets, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert "Bcc" not in message
    [attached] = [part for part in message.walk() if part.get_content_type() == "text/html"]
    assert attached.get_payload(decode=True) == html


@EVERY
def test_a_name_is_not_in_the_qr_code(name: str) -> None:
    """Neither kind of code is made of it."""
    for uid in (UID, ""):
        assert qr_text(sold(name), uid).isascii()
        assert not set(qr_text(sold(name), uid)) - set("0123456789ABCDEFabcdef-:.OVTEST")


@EVERY
def test_a_name_is_no_line_of_the_log(name: str, tmp_path: Path) -> None:
    """Even raw, even in an exception's text, it is one line of JSON."""
    with logging_to(tmp_path):
        structlog.get_logger().error("x", name=name, product=repr(Product(1, name, 23)))
    content = (tmp_path / LOG_FILE).read_bytes()
    assert content.count(b"\n") == 1
    assert not set(content) & {0x1B, 0x00, 0x0D}
