"""The message for the authority: its facts, its frozen part, its signature, and its limits."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings, strategies as st
from lxml import etree

from drivers.authority_message import encode_request, format_quantity
from drivers.soap import EKASA, ENVELOPE_MAX_BYTES, parse_envelope
from drivers.wssecurity import verify_body
from states.fiscal.codes import pkp_base
from states.fiscal.receipt import Attempt, Item, ItemType, Receipt, ReceiptType
from tests.authority_kit import ITEMS, NON_PAYER, K, make_attempt, make_receipt, returned, signer
from tests.fiscal_examples import CREATED
from tests.test_wssecurity import xmlsec1

RECAP = ("TaxBaseBasic", "BasicVatAmount", "TaxBaseReduced", "ReducedVatAmount", "TaxFreeAmount")


def body_of(receipt: Receipt, attempt: Attempt | None = None) -> etree._Element:
    """The signed Body of the receipt's message."""
    return verify_body(parse_envelope(encode_request(receipt, attempt or make_attempt(), signer()))).body


def attributes(body: etree._Element, name: str) -> dict[str, str]:
    """The attributes of the first element of this name."""
    return {str(key): str(value) for key, value in next(body.iter(f"{{{EKASA}}}{name}")).items()}


def frozen_bytes(message: bytes) -> bytes:
    """ReceiptData and ValidationCode as they are on the wire."""
    found = re.search(rb"<ekasa:ReceiptData.*</ekasa:ValidationCode>", message, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_receipt_of_the_interface_example() -> None:
    """The facts, sums and item lines of the example, with its Amount rounded for cash."""
    body = body_of(make_receipt(created=CREATED, amount="14.95"))
    assert attributes(body, "ReceiptData") == {
        "ReceiptType": "PD",
        "Amount": "14.95",
        "IssueDate": CREATED,
        "CreateDate": CREATED,
        "ReceiptNumber": "57",
        "Dic": "1234567890",
        "IcDph": "SK1234567890",
        "Ico": "76543210",
        "CashRegisterCode": "88812345678900001",
        "Paragon": "false",
        "TaxBaseBasic": "8.13",
        "BasicVatAmount": "1.87",
        "TaxBaseReduced": "4.24",
        "ReducedVatAmount": "0.55",
        "TaxFreeAmount": "0.15",
    }
    names = ("ItemType", "Name", "Quantity", "Price", "VatRate")
    lines = [tuple(item.get(name) for name in names) for item in body.iter(f"{{{EKASA}}}Item")]
    assert lines == [
        ("K", "Kladivo", "1.0000", "10.00", "23.00"),
        ("K", "Šalát", "0.5000", "2.79", "19.00"),
        ("K", "Chlieb", "1.0000", "2.00", "5.00"),
        ("K", "Záloha obal", "1.0000", "0.15", "0.00"),
    ]


def test_the_header_is_of_the_attempt() -> None:
    """Uuid, date and count are the attempt's; nobody is exempt who does not say so."""
    attempt = Attempt("0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f", "2026-11-22T10:15:31+01:00", 3)
    assert attributes(body_of(make_receipt(), attempt), "Header") == {
        "Uuid": attempt.uuid,
        "RequestDate": attempt.request_date,
        "SendingCount": "3",
        "SwId": "8639BA17" * 5,
        "Exception": "false",
    }


def test_every_attempt_carries_the_same_receipt() -> None:
    """Invariant I7: ReceiptData, PKP and OKP are byte-equal; the whole message is not."""
    receipt = make_receipt()
    first, second = (encode_request(receipt, make_attempt(count), signer()) for count in (1, 2))
    assert frozen_bytes(first) == frozen_bytes(second)
    assert first != second


def test_the_same_attempt_is_the_same_message() -> None:
    """Nothing in the message comes from a clock or from chance."""
    receipt, attempt = make_receipt(), make_attempt()
    assert encode_request(receipt, attempt, signer()) == encode_request(receipt, attempt, signer())


def test_xmlsec1_verifies_the_message(tmp_path: Path) -> None:
    """The independent verifier believes the message, and not one with another price."""
    message = encode_request(make_receipt(), make_attempt(), signer())
    pem = x509.load_der_x509_certificate(signer().certificate_der).public_bytes(Encoding.PEM)
    assert message.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ')
    assert xmlsec1(message, pem, tmp_path)
    assert not xmlsec1(message.replace(b'Price="10.00"', b'Price="10.01"'), pem, tmp_path)


def test_openssl_verifies_the_pkp_in_the_message(tmp_path: Path) -> None:
    """The PKP signs the very texts of the attributes beside it."""
    body = body_of(make_receipt())
    facts = attributes(body, "ReceiptData")
    number = int(facts["ReceiptNumber"])
    values = (facts["Dic"], facts["CashRegisterCode"], ReceiptType.PD, number, facts["CreateDate"], facts["Amount"])
    key = x509.load_der_x509_certificate(signer().certificate_der).public_key()
    (tmp_path / "key.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "pkp").write_bytes(b64decode(next(body.iter(f"{{{EKASA}}}PKP")).text or ""))
    (tmp_path / "base").write_text(pkp_base(*values), "utf-8")
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "pkp", "base"]
    assert b"Verified OK" in subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout


def test_only_the_groups_that_occur_are_summed() -> None:
    """Both values of a group or none of them."""
    facts = attributes(body_of(make_receipt((K,))), "ReceiptData")
    assert {name: facts[name] for name in RECAP if name in facts} == {
        "TaxBaseBasic": "8.13",
        "BasicVatAmount": "1.87",
    }


def test_who_does_not_pay_vat_has_one_sum() -> None:
    """No IČ DPH, no rate above nothing, and the sum of all items as free of tax."""
    body = body_of(make_receipt(seller=NON_PAYER))
    facts = attributes(body, "ReceiptData")
    assert "IcDph" not in facts
    assert {name: facts[name] for name in RECAP if name in facts} == {"TaxFreeAmount": "14.94"}
    assert {item.get("VatRate") for item in body.iter(f"{{{EKASA}}}Item")} == {"0.00"}


def test_who_has_no_ico_sends_none() -> None:
    """An empty part of the identity is no attribute."""
    assert "Ico" not in attributes(body_of(make_receipt(seller=replace(NON_PAYER, ico=""))), "ReceiptData")


def test_returned_goods_name_their_receipt() -> None:
    """The price is negative, the quantity is not, and the reference is there."""
    body = body_of(make_receipt((returned("O-7DBCDA8A56EE426DBCDA8A56EE4-TEST"),)))
    assert attributes(body, "Item") == {
        "ItemType": "V",
        "Name": "Kladivo",
        "Quantity": "1.0000",
        "Price": "-10.00",
        "VatRate": "23.00",
        "ReferenceReceiptId": "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST",
    }
    assert attributes(body, "ReceiptData")["BasicVatAmount"] == "-1.87"


def test_a_training_receipt_is_of_its_own_type() -> None:
    """ND carries the same facts."""
    assert attributes(body_of(make_receipt(type=ReceiptType.ND)), "ReceiptData")["ReceiptType"] == "ND"


NASTY = ('"/><ekasa:Item Price="-99"/>', "]]>", "&xxe;", "<!-- x -->", "a\tb\nc", "\u2028\u200b\u202e", "日本 😀", "€")


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    """Markup in a name stays a name: one item, its own price, the same characters."""
    body = body_of(make_receipt((replace(K, name=name),)))
    assert [item.get("Name") for item in body.iter(f"{{{EKASA}}}Item")] == [name]
    assert attributes(body, "Item")["Price"] == "10.00"


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=255))
def test_no_name_stops_the_register(name: str) -> None:
    """Any text makes a message that holds; characters that XML forbids are replaced by U+FFFD."""
    found = attributes(body_of(make_receipt((replace(K, name=name),))), "Item")["Name"]
    assert len(found) == len(name)
    assert all(got in (was, "\ufffd") for got, was in zip(found, name, strict=True))


@pytest.mark.parametrize(
    ("quantity", "text"),
    [("1", "1.0000"), ("0.5", "0.5000"), ("0.0001", "0.0001"), ("10000000", "10000000.0000"), ("1E+2", "100.0000")],
)
def test_quantities_have_four_places(quantity: str, text: str) -> None:
    """Written out, never with an exponent."""
    assert format_quantity(Decimal(quantity)) == text


@pytest.mark.parametrize("quantity", ["-1", "10000000.0001", "0.00001", "NaN"])
def test_other_quantities_are_a_bug(quantity: str) -> None:
    """A sign, a fifth place or too much is never rounded away in silence."""
    with pytest.raises((AssertionError, ArithmeticError)):
        format_quantity(Decimal(quantity))


LONG = Item("x" * 255, Decimal(1), "ks", Decimal(1), 23, ItemType.RETURNED, "x" * 44)


def test_limits_hold_at_their_edge() -> None:
    """Five hundred items with the longest names, in the characters that take most room, fit into a message."""
    widest = tuple(replace(LONG, name='"' * 255) for _ in range(500))
    message = encode_request(make_receipt(widest, number=2**32 - 1), make_attempt(2**32 - 1), signer())
    assert len(message) <= ENVELOPE_MAX_BYTES
    assert message.count(b"<ekasa:Item ") == 500


@pytest.mark.parametrize(
    "receipt",
    [
        lambda: make_receipt(()),
        lambda: make_receipt((), type=ReceiptType.UF),
        lambda: make_receipt((K,), type=ReceiptType.VK),
        lambda: make_receipt((K,) * 501),
        lambda: make_receipt((replace(K, name=""),)),
        lambda: make_receipt((replace(K, name="x" * 256),)),
        lambda: make_receipt((replace(LONG, reference="x" * 45),)),
        lambda: make_receipt((replace(LONG, reference="O-ž"),)),
        lambda: make_receipt(number=0),
        lambda: make_receipt(number=2**32),
        lambda: replace(make_receipt(), pkp="x" * 343),
        lambda: replace(make_receipt(), okp="x" * 43),
    ],
)
def test_beyond_a_limit_is_a_bug(receipt: object) -> None:
    """Such a receipt was never to be sealed; it stops the register instead of going on the wire."""
    assert callable(receipt)
    with pytest.raises(AssertionError):
        encode_request(receipt(), make_attempt(), signer())


@pytest.mark.parametrize("count", [0, 2**32])
def test_sending_counts_have_limits(count: int) -> None:
    """From 1 to 4294967295."""
    with pytest.raises(AssertionError):
        encode_request(make_receipt(ITEMS), make_attempt(count), signer())
