"""The electronic receipt as one HTML file: the facts of the paper, and nothing that is fetched from anywhere.

Sources: FAQ 557 of the maker (an HTML file in UTF-8); FS 405217 (its content equals the paper's); IR for the QR code
(the UID, version 3, level M, at least 22 mm).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from states.fiscal import original
from states.fiscal.codes import is_uid, online_qr, paper_time
from states.fiscal.identity import Identity, RegisterType
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
from states.fiscal.receipt import Item, Receipt, Sale
from states.fiscal.vat import vat_lines

QR_VERSION = 3
QUIET_ZONE_MODULES = 4

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _ItemRow(NamedTuple):
    name: str
    quantity: str
    unit_price: str
    rate: str
    price: str
    reference_label: str
    reference: str


class _VatRow(NamedTuple):
    rate: str
    base: str
    vat: str
    gross: str


def render_attachment(receipt: Receipt, uid: str, *, training: bool = False) -> bytes:
    """The file for an on-line receipt, in UTF-8; ValueError when ``uid`` is no UID, for only those may be mailed."""
    if not is_uid(uid):
        raise ValueError("only a receipt with a UID may be mailed")
    facts = {
        "uid": uid,
        "receipt": receipt,
        "notice": original.TRAINING if training else "",
        "heading": original.HEADINGS[receipt.sale.type],
        "created": paper_time(receipt.create_date),
        "items": [_item_row(item) for item in receipt.sale.items],
        "total": format_cents(receipt.sale.total_cents),
        "check": original.CHECK,
        "qr": _qr(uid),
        **_seller(receipt.seller),
        **_payment(receipt.sale),
        **_vat(receipt),
    }
    return _TEMPLATES.get_template("attachment.html.j2").render(facts).encode()


def _seller(seller: Identity) -> dict[str, Any]:
    numbers = (("IČO", seller.ico), ("DIČ", seller.dic), ("IČ DPH", seller.ic_dph))
    return {
        "name": one_line(seller.corporate_body_full_name),
        "address": one_line(seller.physical_address.one_line),
        "places": list(_places(seller)),
        "numbers": [(label, value) for label, value in numbers if value],
        "register_code": seller.cash_register_code,
    }


def _places(seller: Identity) -> Iterator[str]:
    unit = [seller.organization_unit_name] if seller.organization_unit_name else []
    if seller.unit_address is not None and seller.unit_address != seller.physical_address:
        unit.append(seller.unit_address.one_line)
    if unit:
        yield one_line(f"Prevádzka: {', '.join(unit)}")
    if seller.cash_register_type is RegisterType.PORTABLE:
        yield original.PORTABLE


def _item_row(item: Item) -> _ItemRow:
    label = original.REFERENCES.get(item.type, "")
    return _ItemRow(
        name=one_line(item.name),
        quantity=f"{original.plain(item.quantity)} {one_line(item.unit)}",
        unit_price=original.plain(item.unit_price, 2),
        rate=f"{item.vat_rate}%",
        price=format_cents(item.price_cents),
        reference_label=label,
        reference=one_line(item.reference) if label else "",
    )


def _payment(sale: Sale) -> dict[str, Any]:
    before = []
    if sale.rounding_cents:
        before.append(("Medzisúčet", format_cents(sale.total_cents - sale.rounding_cents)))
        before.append(("Zaokrúhlenie", format_cents(sale.rounding_cents)))
    after = [(original.TENDERS[tender.kind], format_cents(tender.cents)) for tender in sale.tenders]
    if sale.change_cents:
        after.append(("Výdavok", format_cents(sale.change_cents)))
    return {"before_total": before, "after_total": after}


def _vat(receipt: Receipt) -> dict[str, Any]:
    lines = vat_lines(receipt.sale.items) if receipt.seller.is_vat_payer else ()
    taxed = [
        _VatRow(f"{line.rate} %", *map(format_cents, (line.base_cents, line.vat_cents, line.gross_cents)))
        for line in lines
        if line.rate
    ]
    free = [(original.FREE, format_cents(line.gross_cents)) for line in lines if not line.rate]
    return {"is_vat_payer": receipt.seller.is_vat_payer, "taxed": taxed, "free": free}


def _qr(uid: str) -> Markup:
    code = segno.make_qr(online_qr(uid), version=QR_VERSION, error="m", boost_error=False)
    svg = code.svg_inline(border=QUIET_ZONE_MODULES, dark="#000", light="#fff", omitsize=True, svgclass=None)
    # The picture is segno's and holds nothing but numbers, so it may stand unescaped.
    return Markup(svg)
