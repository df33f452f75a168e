"""Sealing: what the PKP signs for every document, once, and what the off-line QR code says of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from states.fiscal.codes import offline_qr, okp
from states.fiscal.receipt import (
    Invoice,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Regulation,
    Sale,
    SellerIdType,
    Tender,
    TenderKind,
)
from states.fiscal.sealing import seal
from states.fiscal.shape import ITEM_RULES, SALE_RULES, flaw
from tests.fiscal_examples import (
    CREATED,
    NON_PAYER,
    OKP,
    PARAGON,
    PAYER,
    PKP,
    SW_ID,
    cash_move,
    item,
    paid_invoice,
    receipts,
    sale,
)

OFFICIAL = "2019-01-31T12:01:14+01:00"
GOODS = sale((item("237.23"),), (Tender(TenderKind.CARD, 23_723),))
BY_HAND = replace(GOODS, paragon=Paragon(1, "2018-12-12T15:50:14+01:00"))
BILL = paid_invoice(Invoice("1", 5675))
BASE = "1234567890|88812345678900001"

VECTORS = [
    (GOODS, 101, f"{BASE}|PD|101|{OFFICIAL}|237.23"),
    (cash_move(10_000), 1, f"{BASE}|VK|1|{OFFICIAL}|100.00"),
    (BILL, 6, f"{BASE}|UF|6|{OFFICIAL}|56.75"),
    (BY_HAND, 5, f"{BASE}|PD|5|{OFFICIAL}|237.23"),
]
"""The texts of the protocol facts, 3.1: a sale, a deposit, an invoice, and a paragón, whose own date is not in it."""


def sealed(sold: Sale, signed: list[bytes], *, number: int = 57, created: str = CREATED) -> Receipt:
    """The sale sealed with the published PKP; what was to be signed is noted down."""

    def sign(base: bytes) -> bytes:
        signed.append(base)
        return base64.b64decode(PKP)

    return seal(sold, PAYER, number, created, sign=sign, sw_id=SW_ID, certificate_serial="11052")


@pytest.mark.parametrize(("sold", "number", "base"), VECTORS, ids=["PD", "VK", "UF", "paragon"])
def test_the_published_texts_are_signed_once(sold: Sale, number: int, base: str) -> None:
    """The very texts of the official vectors, and the OKP of their PKP."""
    signed: list[bytes] = []
    receipt = sealed(sold, signed, number=number, created=OFFICIAL)
    assert signed == [base.encode()]
    assert (receipt.pkp, receipt.okp, receipt.month) == (PKP, OKP, "2019-01")
    assert receipt.create_date == OFFICIAL


def test_a_slip_written_by_hand_is_created_when_it_is_registered() -> None:
    """Number, month, PKP and off-line QR code are of the registration; only the IssueDate is the slip's."""
    receipt = sealed(replace(sale(), paragon=PARAGON), [])
    assert receipt.issue_date == PARAGON.issue_date
    assert offline_qr(receipt) == f"{OKP}:88812345678900001:261122101530:57:14.95"


def test_nobody_is_exempt_who_does_not_say_so() -> None:
    """The exemption is kept as it was on that day."""
    assert not sealed(sale(), []).exemption
    exempt = seal(sale(), PAYER, 1, CREATED, sign=bytes, sw_id=SW_ID, certificate_serial="1", exemption=True)
    assert exempt.exemption


K = item("10.00")
BACK = replace(K, unit_price=Decimal("-10.00"), type=ItemType.RETURNED, reference="57")
VOUCHER = replace(K, unit_price=Decimal("-10.00"), type=ItemType.VOUCHER, voucher="JUP-1")
FLAWS = [
    ("amount", replace(sale(), total_cents=1_000_000_005)),
    ("items", replace(sale(), items=())),
    ("items", replace(sale(), items=(K,) * 501)),
    ("items", replace(paid_invoice(), items=(K,))),
    ("items", replace(cash_move(100), items=(K,))),
    ("invoice", replace(paid_invoice(), invoice=None)),
    ("invoice", replace(sale(), invoice=Invoice("1", 1494))),
    ("invoice", paid_invoice(Invoice("", 100))),
    ("invoice", paid_invoice(Invoice("x" * 51, 100))),
    ("invoice", paid_invoice(Invoice("č. 1", 100))),
    ("invoice", paid_invoice(Invoice("1\n2", 100))),
    ("paragon", sale(type=ReceiptType.ND, paragon=PARAGON)),
    ("paragon", sale(paragon=Paragon(0, CREATED))),
    ("paragon", sale(paragon=Paragon(2**32, CREATED))),
    ("name", sale((replace(K, name=""),))),
    ("name", sale((replace(K, name="x" * 256),))),
    ("quantity", sale((replace(K, quantity=Decimal(-1)),))),
    ("quantity", sale((replace(K, quantity=Decimal("0.00001")),))),
    ("quantity", sale((replace(K, quantity=Decimal("10000001"), unit_price=Decimal(0)),))),
    ("price", replace(sale(), items=(replace(K, unit_price=Decimal("10000000.01")),))),
    ("rate", sale((replace(K, vat_rate=9),))),
    ("reference", sale((replace(K, reference=OKP),))),
    ("reference", sale((replace(BACK, reference=""),))),
    ("reference", sale((replace(BACK, reference="x" * 45),))),
    ("reference", sale((replace(BACK, reference="O-ž"),))),
    ("voucher", sale((replace(K, voucher="1"),))),
    ("voucher", sale((replace(VOUCHER, voucher="x" * 51),))),
    ("regulation", sale((replace(K, regulation=Regulation.OOD),))),
    ("seller", sale((replace(K, seller_id="1234567890"),))),
    ("seller", sale((replace(K, seller_id_type=SellerIdType.DIC),))),
    ("seller", sale((replace(K, seller_id="x" * 51, seller_id_type=SellerIdType.DIC),))),
    ("seller", sale((replace(K, seller_id="SK-1", seller_id_type=SellerIdType.IC_DPH),))),
]


@pytest.mark.parametrize(("named", "sold"), FLAWS)
def test_what_no_message_could_carry_is_not_sealed(named: str, sold: Sale) -> None:
    """A bug stops the register before anything is signed, not at every start after it became durable."""
    signed: list[bytes] = []
    with pytest.raises(AssertionError, match=named):
        sealed(sold, signed)
    assert not signed


def test_every_rule_is_broken_by_a_test() -> None:
    """No rule is idle."""
    rules = {name for name, _ in (*SALE_RULES, *ITEM_RULES)} | {"regulation"}
    assert {name for name, _ in FLAWS} == rules


def test_who_pays_no_vat_may_name_a_regulation_at_any_rate() -> None:
    """What is sent has rate 0."""
    assert not flaw(sale((replace(K, regulation=Regulation.OOD),)), NON_PAYER)


@given(receipts())
def test_the_pkp_signs_the_texts_that_the_qr_code_shows(drawn: Receipt) -> None:
    """Number and amount are one text each, in the PKP and in the QR code, for every document."""
    signed: list[bytes] = []
    receipt = sealed(drawn.sale, signed, number=drawn.number, created=drawn.create_date)
    ((dic, code, kind, number, created, amount),) = [base.decode().split("|") for base in signed]
    assert (dic, code, kind) == (PAYER.dic, PAYER.cash_register_code, drawn.sale.type)
    assert created == receipt.create_date
    assert offline_qr(receipt).split(":") == [okp(base64.b64decode(PKP)), code, digits(created), number, amount]
    assert receipt.sale is drawn.sale


def digits(created: str) -> str:
    """YYMMDDHHMISS of a date."""
    return "".join(character for character in created[2:19] if character.isdigit())
