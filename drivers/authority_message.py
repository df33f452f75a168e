"""The message that registers a receipt: RegisterReceiptRequest, signed anew for every attempt.

Sources: IR 2.9 and 2.10 (attributes, limits), 2.1 (characters); the official samples for the form of the envelope.
ReceiptData and ValidationCode follow from the receipt alone, so every attempt carries the same ones.
"""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree

from drivers.ports import Signer
from drivers.soap import BODY, EKASA, ENVELOPE, ENVELOPE_MAX_BYTES, HEADER, SOAP
from drivers.wssecurity import WSU, sign_body
from states.fiscal.money import QUANTITY_MAX, QUANTITY_PLACES, format_cents
from states.fiscal.receipt import ITEMS_MAX, NAME_MAX, REFERENCE_MAX, Attempt, Item, Receipt, ReceiptType
from states.fiscal.vat import Summary, summary, vat_lines

PKP_LENGTH = 344
OKP_LENGTH = 44
COUNT_MAX = 2**32 - 1

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")


def encode_request(receipt: Receipt, attempt: Attempt, signer: Signer) -> bytes:
    """The bytes that go on the wire, signed by the certificate that is in force now.

    ValueError for a kind of receipt that is not registered yet (UF), before anything is signed.
    """
    envelope = etree.Element(ENVELOPE, nsmap={"soapenv": SOAP})
    etree.SubElement(envelope, HEADER)
    body = etree.SubElement(envelope, BODY, nsmap={"wsu": WSU})
    request = etree.SubElement(body, _tag("RegisterReceiptRequest"), nsmap={"ekasa": EKASA})
    etree.SubElement(request, _tag("Header"), _header(receipt, attempt))
    _append_receipt(request, receipt)
    message = sign_body(envelope, name=attempt.uuid, certificate_der=signer.certificate_der, sign=signer.sign)
    assert len(message) <= ENVELOPE_MAX_BYTES
    return message


def _header(receipt: Receipt, attempt: Attempt) -> dict[str, str]:
    assert 1 <= attempt.sending_count <= COUNT_MAX
    return {
        "Uuid": attempt.uuid,
        "RequestDate": attempt.request_date,
        "SendingCount": str(attempt.sending_count),
        "SwId": receipt.sw_id,
        "Exception": "false",
    }


def _append_receipt(request: etree._Element, receipt: Receipt) -> None:
    """ReceiptData and ValidationCode: a pure function of the receipt (invariant I7)."""
    if receipt.sale.type not in (ReceiptType.PD, ReceiptType.ND):
        raise ValueError(f"a receipt of type {receipt.sale.type} has no invoice number to register")
    assert 1 <= len(receipt.sale.items) <= ITEMS_MAX
    assert len(receipt.pkp) == PKP_LENGTH
    assert len(receipt.okp) == OKP_LENGTH
    facts = etree.SubElement(request, _tag("ReceiptData"), _facts(receipt) | _recap(receipt))
    items = etree.SubElement(facts, _tag("Items"))
    for item in receipt.sale.items:
        etree.SubElement(items, _tag("Item"), _item(item, payer=receipt.seller.is_vat_payer))
    codes = etree.SubElement(request, _tag("ValidationCode"))
    pkp = {"digest": "SHA256", "cipher": "RSA2048", "encoding": "base64"}
    etree.SubElement(codes, _tag("PKP"), pkp).text = receipt.pkp
    etree.SubElement(codes, _tag("OKP"), {"digest": "SHA1", "encoding": "base16"}).text = receipt.okp


def _facts(receipt: Receipt) -> dict[str, str]:
    assert 1 <= receipt.number <= COUNT_MAX
    seller = receipt.seller
    facts = {
        "ReceiptType": receipt.sale.type.value,
        "Amount": receipt.amount,
        "IssueDate": receipt.create_date,
        "CreateDate": receipt.create_date,
        "ReceiptNumber": str(receipt.number),
        "Dic": seller.dic,
        "IcDph": seller.ic_dph,
        "Ico": seller.ico,
        "CashRegisterCode": seller.cash_register_code,
        "Paragon": "false",
    }
    return {name: _plain(text) for name, text in facts.items() if text}


def _recap(receipt: Receipt) -> dict[str, str]:
    """The sums by group of rates; a seller who does not pay VAT has one sum, free of it."""
    items = receipt.sale.items
    if receipt.seller.is_vat_payer:
        sums = summary(vat_lines(items))
    else:
        sums = Summary(None, None, None, None, sum(item.price_cents for item in items))
    named = {
        "TaxBaseBasic": sums.base_basic,
        "BasicVatAmount": sums.vat_basic,
        "TaxBaseReduced": sums.base_reduced,
        "ReducedVatAmount": sums.vat_reduced,
        "TaxFreeAmount": sums.free,
    }
    return {name: format_cents(cents) for name, cents in named.items() if cents is not None}


def _item(item: Item, *, payer: bool) -> dict[str, str]:
    assert 1 <= len(item.name) <= NAME_MAX
    assert len(item.reference) <= REFERENCE_MAX
    fields = {
        "ItemType": item.type.value,
        "Name": _NOT_XML.sub("\ufffd", item.name),
        "Quantity": format_quantity(item.quantity),
        "Price": format_cents(item.price_cents),
        "VatRate": f"{item.vat_rate if payer else 0}.00",
    }
    return fields | ({"ReferenceReceiptId": _plain(item.reference)} if item.reference else {})


def format_quantity(quantity: Decimal) -> str:
    """A quantity with exactly four places; it has no more and no sign (asserted)."""
    text = f"{quantity:.{QUANTITY_PLACES}f}"
    assert Decimal(text) == quantity
    assert 0 <= quantity <= QUANTITY_MAX
    return text


def _plain(text: str) -> str:
    assert _PLAIN.fullmatch(text)
    return text


def _tag(name: str) -> str:
    return f"{{{EKASA}}}{name}"
