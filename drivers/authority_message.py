"""The message that registers a receipt: RegisterReceiptRequest, signed anew for every attempt.

Sources: IR 2.9 and 2.10 (attributes, limits), chapter 5 (what each type of receipt holds).
ReceiptData and ValidationCode follow from the receipt alone, so every attempt carries the same ones.
"""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from drivers.authority_request import any_text, begin_request, plain_text, sign_request, tag
from drivers.ports import Signer
from states.fiscal.money import QUANTITY_MAX, QUANTITY_PLACES, format_cents
from states.fiscal.receipt import NUMBER_MAX, Attempt, Item, Receipt
from states.fiscal.rules import rules_of
from states.fiscal.shape import flaw
from states.fiscal.vat import Summary, summary, vat_lines

PKP_LENGTH = 344
OKP_LENGTH = 44


def encode_request(receipt: Receipt, attempt: Attempt, signer: Signer) -> bytes:
    """The bytes that go on the wire, signed by the certificate that is in force now."""
    exception = _flag(receipt.exemption)
    request = begin_request("RegisterReceiptRequest", attempt, receipt.sw_id, Exception=exception)
    _append_receipt(request, receipt)
    return sign_request(request, attempt, signer)


def _append_receipt(request: etree._Element, receipt: Receipt) -> None:
    """ReceiptData and ValidationCode: a pure function of the receipt (invariant I7)."""
    assert not flaw(receipt.sale, receipt.seller), flaw(receipt.sale, receipt.seller)
    assert len(receipt.pkp) == PKP_LENGTH
    assert len(receipt.okp) == OKP_LENGTH
    facts = etree.SubElement(request, tag("ReceiptData"), _facts(receipt) | _recap(receipt))
    if receipt.sale.items:
        items = etree.SubElement(facts, tag("Items"))
        for item in receipt.sale.items:
            etree.SubElement(items, tag("Item"), _item(item, payer=receipt.seller.is_vat_payer))
    codes = etree.SubElement(request, tag("ValidationCode"))
    pkp = {"digest": "SHA256", "cipher": "RSA2048", "encoding": "base64"}
    etree.SubElement(codes, tag("PKP"), pkp).text = receipt.pkp
    etree.SubElement(codes, tag("OKP"), {"digest": "SHA1", "encoding": "base16"}).text = receipt.okp


def _facts(receipt: Receipt) -> dict[str, str]:
    assert 1 <= receipt.number <= NUMBER_MAX
    sale, seller = receipt.sale, receipt.seller
    facts = {
        "ReceiptType": sale.type.value,
        "Amount": receipt.amount,
        "IssueDate": receipt.issue_date,
        "CreateDate": receipt.create_date,
        "ReceiptNumber": str(receipt.number),
        "Dic": seller.dic,
        "IcDph": seller.ic_dph,
        "Ico": seller.ico,
        "CashRegisterCode": seller.cash_register_code,
        "Paragon": _flag(sale.paragon is not None),
    }
    if sale.paragon is not None:
        facts["ParagonNumber"] = str(sale.paragon.number)
    if sale.invoice is not None:
        facts["InvoiceNumber"] = sale.invoice.number
    return {name: plain_text(text) for name, text in facts.items() if text}


def _recap(receipt: Receipt) -> dict[str, str]:
    """The sums by group of rates where the day's rules want them; who does not pay VAT has one sum, free of it."""
    items = receipt.sale.items
    if not items or not rules_of(receipt.create_date).is_recap_sent:
        return {}
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
    fields = {
        "ItemType": item.type.value,
        "Name": any_text(item.name),
        "Quantity": format_quantity(item.quantity),
        "Price": format_cents(item.price_cents),
        "VatRate": f"{item.vat_rate if payer else 0}.00",
    }
    particulars = {
        "SpecialRegulation": item.regulation or "",
        "SellerId": item.seller_id,
        "SellerIdType": item.seller_id_type or "",
        "VoucherNumber": item.voucher,
        "ReferenceReceiptId": item.reference,
    }
    return fields | {name: plain_text(str(text)) for name, text in particulars.items() if text}


def format_quantity(quantity: Decimal) -> str:
    """A quantity with exactly four places; it has no more and no sign (asserted)."""
    text = f"{quantity:.{QUANTITY_PLACES}f}"
    assert Decimal(text) == quantity
    assert 0 <= quantity <= QUANTITY_MAX
    return text


def _flag(holds: bool) -> str:
    return "true" if holds else "false"
