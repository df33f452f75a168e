"""The electronic receipt as one HTML file: what the paper says, and nothing that is fetched from anywhere.

Sources: FAQ 557 of the maker (an HTML file in UTF-8); FS 405217 (its content equals the paper's); IR for the QR code
(the UID, version 3, level M, at least 22 mm).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from states.fiscal import content, content_payment as payment
from states.fiscal.codes import is_uid
from states.fiscal.content_items import item_texts
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.receipt import Receipt

QR_VERSION = 3
QUIET_ZONE_MODULES = 4

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _VatRow(NamedTuple):
    rate: str
    base: str
    vat: str
    gross: str


def render_attachment(receipt: Receipt, uid: str, *, training: bool = False) -> bytes:
    """The file for an on-line receipt, in UTF-8; ValueError when ``uid`` is no UID, for only those may be mailed."""
    if not is_uid(uid):
        raise ValueError("only a receipt with a UID may be mailed")
    sale = receipt.sale
    facts = {
        "uid": uid,
        "marks": content.marks(receipt, training=training),
        "heading": content.heading(sale),
        "facts": content.facts(receipt),
        "items": item_texts(receipt),
        "has_rates": receipt.seller.is_vat_payer,
        "amount": format_cents(sale.total_cents),
        "before_sum": payment.before_sum(sale),
        "total": payment.total(sale),
        "after_sum": payment.after_sum(sale),
        "codes": content.codes(receipt, uid),
        "check": content.CHECK,
        "qr": _qr(content.qr_text(receipt, uid)),
        **_seller(receipt.seller),
        **_vat(receipt),
    }
    return _TEMPLATES.get_template("attachment.html.j2").render(facts).encode()


def _seller(seller: Identity) -> dict[str, Any]:
    name, address = content.seller_names(seller)
    return {
        "name": name,
        "address": address,
        "places": content.seller_places(seller),
        "numbers": content.seller_numbers(seller),
        "register_code": content.register_code(seller),
    }


def _vat(receipt: Receipt) -> dict[str, Any]:
    lines = payment.recap(receipt)
    taxed = [
        _VatRow(f"{line.rate} %", *map(format_cents, (line.base_cents, line.vat_cents, line.gross_cents)))
        for line in lines
        if line.rate
    ]
    free = [content.Fact(payment.FREE, format_cents(line.gross_cents)) for line in lines if not line.rate]
    return {"taxed": taxed, "free": free}


def _qr(text: str) -> Markup:
    """The picture of the code; empty for a document without one."""
    if not text:
        return Markup()
    code = segno.make_qr(text, version=QR_VERSION, error="m", boost_error=False)
    svg = code.svg_inline(border=QUIET_ZONE_MODULES, dark="#000", light="#fff", omitsize=True, svgclass=None)
    # The picture is segno's and holds nothing but numbers, so it may stand unescaped.
    return Markup(svg)
