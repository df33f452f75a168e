"""Every document on the wire: what each must hold and must not, the official samples, the authority's own checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from drivers.authority_location import encode_location
from drivers.authority_message import encode_request
from drivers.simulated.authority_checks import Accepted, check_request
from drivers.simulated.authority_world import AuthorityWorld
from drivers.soap import BODY, EKASA, parse_envelope
from states.fiscal.identity import Identity, RegisterType
from states.fiscal.money import format_cents, parse_cents
from states.fiscal.place import Address, Location, Place
from states.fiscal.receipt import (
    Attempt,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Regulation,
    Sale,
    SellerIdType,
)
from states.fiscal.rules import rules_of
from tests.authority_kit import NON_PAYER, K, make_attempt, make_world, sealed, signer
from tests.fiscal_examples import (
    BASKET,
    CREATED,
    DATES,
    NON_PAYER as PLAIN_SELLER,
    OKP,
    PARAGON,
    SEAT,
    UID,
    cash_move,
    item as an_item,
    paid_invoice,
    receipts,
    sale,
)

RECAP = ("TaxBaseBasic", "BasicVatAmount", "TaxBaseReduced", "ReducedVatAmount", "TaxFreeAmount")
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parents[1] / "drivers" / "simulated" / "ekasa_v2.xsd")))


@cache
def world() -> AuthorityWorld:
    """One authority for all the checks."""
    return make_world()


def request_of(message: bytes) -> etree._Element:
    """The request in a message, valid by the schema."""
    request = parse_envelope(message).find(f"{BODY}/*")
    assert request is not None
    SCHEMA.assertValid(request)
    return request


def sent(receipt: Receipt) -> etree._Element:
    """The request that registers this receipt, valid by the schema."""
    return request_of(encode_request(receipt, make_attempt(2), signer()))


def attributes(element: etree._Element) -> dict[str, str]:
    """All of an element's attributes."""
    return {str(name): str(value) for name, value in element.items()}


def facts(request: etree._Element) -> dict[str, str]:
    """The attributes of ReceiptData."""
    return attributes(next(request.iter(f"{{{EKASA}}}ReceiptData")))


def items(request: etree._Element) -> list[dict[str, str]]:
    """The attributes of each item."""
    return [attributes(item) for item in request.iter(f"{{{EKASA}}}Item")]


def recap(request: etree._Element) -> dict[str, str]:
    """The sums by group of rates."""
    return {name: value for name, value in facts(request).items() if name in RECAP}


# --- Documents -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cents", "amount"), [(5675, "56.75"), (-5675, "-56.75"), (1, "0.05"), (-2, "-0.05")])
def test_the_payment_of_an_invoice(cents: int, amount: str) -> None:
    """UF has the invoice's number, and neither items nor recap; a payment given back is below zero, cash is rounded."""
    request = sent(sealed(paid_invoice(Invoice("20260042", cents)), created=CREATED))
    assert facts(request) == {
        "ReceiptType": "UF",
        "Amount": amount,
        "IssueDate": CREATED,
        "CreateDate": CREATED,
        "ReceiptNumber": "57",
        "Dic": "1234567890",
        "IcDph": "SK1234567890",
        "Ico": "76543210",
        "CashRegisterCode": "88812345678900001",
        "Paragon": "false",
        "InvoiceNumber": "20260042",
    }
    assert not items(request)
    assert next(request.iter(f"{{{EKASA}}}ReceiptData")).find("*") is None


@pytest.mark.parametrize("sold", [sale(paragon=PARAGON), replace(paid_invoice(), paragon=PARAGON)], ids=["PD", "UF"])
def test_a_slip_written_by_hand(sold: Sale) -> None:
    """A paragón was issued when it was written, and created when it is registered."""
    found = facts(sent(sealed(sold, created=CREATED)))
    assert (found["Paragon"], found["ParagonNumber"]) == ("true", "12")
    assert (found["IssueDate"], found["CreateDate"]) == (PARAGON.issue_date, CREATED)


@pytest.mark.parametrize(("written", "created", "is_sent"), [
    ("2024-12-31", "2025-01-01", False), ("2025-12-31", "2026-01-01", True),
])  # fmt: skip
def test_the_recap_of_a_slip_is_that_of_the_day_it_is_registered(written: str, created: str, is_sent: bool) -> None:
    """Its rates are of the day when it was written, its message is of the day when it is created."""
    slip = sale((an_item("12.00", 20),), paragon=Paragon(12, f"{written}T10:00:00+01:00"))
    sums = recap(sent(sealed(slip, created=f"{created}T10:00:00+01:00")))
    assert sums == ({"TaxBaseBasic": "10.00", "BasicVatAmount": "2.00"} if is_sent else {})


def test_a_training_document() -> None:
    """ND has items and recap as a sale has them."""
    practice = sent(sealed(sale(type=ReceiptType.ND), created=CREATED))
    assert facts(practice)["ReceiptType"] == "ND"
    assert recap(practice) == recap(sent(sealed(sale(), created=CREATED)))
    assert len(items(practice)) == len(BASKET)


@pytest.mark.parametrize(("cents", "kind"), [(10_000, "VK"), (-10_000, "VY")])
def test_cash_moved_while_it_was_a_message(cents: int, kind: str) -> None:
    """VK and VY have neither items nor recap, and an amount above zero."""
    request = sent(sealed(cash_move(cents), created="2025-12-31T10:00:00+01:00"))
    assert (facts(request)["ReceiptType"], facts(request)["Amount"]) == (kind, "100.00")
    assert not items(request)
    assert not recap(request)


@pytest.mark.parametrize("day", DATES)
def test_the_same_basket_on_the_days_at_which_the_law_changed(day: str) -> None:
    """The sums are sent until the end of 2024 and again since 2026, of whoever sells."""
    is_sent = not day.startswith("2025")
    assert bool(recap(sent(sealed(sale(), created=day)))) is is_sent
    assert bool(recap(sent(sealed(sale(), seller=NON_PAYER, created=day)))) is is_sent
    assert not recap(sent(sealed(paid_invoice(), seller=NON_PAYER, created=day)))


def test_who_does_not_pay_vat_has_one_sum() -> None:
    """All of a sale is free of tax; an invoice has no sum."""
    request = sent(sealed(sale(), seller=NON_PAYER, created=CREATED))
    assert recap(request) == {"TaxFreeAmount": "14.94"}
    assert {item["VatRate"] for item in items(request)} == {"0.00"}
    assert facts(request)["Amount"] == "14.95"


@pytest.mark.parametrize("exempt", [False, True])
def test_an_exemption_is_of_the_receipt(exempt: bool) -> None:
    """The Header says what held when the receipt was made, at every attempt."""
    receipt = sealed(sale(), exemption=exempt)
    header = next(sent(receipt).iter(f"{{{EKASA}}}Header"))
    assert receipt.exemption is exempt
    assert header.get("Exception") == str(exempt).lower()


RETURN = replace(K, unit_price=Decimal("-10.00"))
PARTICULARS = [
    (replace(RETURN, type=ItemType.RETURNED, reference=UID), {"ItemType": "V", "ReferenceReceiptId": UID}),
    (replace(RETURN, type=ItemType.CORRECTION, reference=OKP), {"ItemType": "O", "ReferenceReceiptId": OKP}),
    (replace(K, type=ItemType.CORRECTION, reference="57"), {"ItemType": "O", "ReferenceReceiptId": "57"}),
    (replace(RETURN, type=ItemType.VOUCHER, voucher="JUP 1/26"), {"ItemType": "VP", "VoucherNumber": "JUP 1/26"}),
    (replace(RETURN, type=ItemType.DISCOUNT, unit=""), {"ItemType": "Z"}),
    (replace(RETURN, type=ItemType.ADVANCE), {"ItemType": "OZ"}),
    (replace(RETURN, type=ItemType.ADVANCE, vat_rate=0), {"ItemType": "OZ", "VatRate": "0.00"}),
    (replace(RETURN, type=ItemType.PACKAGING, vat_rate=0), {"ItemType": "VO", "VatRate": "0.00"}),
    (replace(K, vat_rate=0, regulation=Regulation.PDP), {"SpecialRegulation": "PDP", "VatRate": "0.00"}),
    (replace(K, seller_id="2020123456", seller_id_type=SellerIdType.DIC), {"SellerIdType": "DIC"}),
    (replace(K, seller_id="SK2020123456", seller_id_type=SellerIdType.IC_DPH), {"SellerId": "SK2020123456"}),
    (
        replace(RETURN, type=ItemType.RETURNED, reference=UID, vat_rate=20),
        {"VatRate": "20.00", "ReferenceReceiptId": UID},
    ),
    (replace(K, unit_price=Decimal(0)), {"Price": "0.00"}),
]
"""Items of every type, and what each has that others have not."""


@pytest.mark.parametrize(("item", "expected"), PARTICULARS)
def test_an_item_has_what_its_kind_demands_and_nothing_else(item: Item, expected: dict[str, str]) -> None:
    """Each optional attribute is there for the items that need it only."""
    usual = {"ItemType", "Name", "Quantity", "Price", "VatRate"}
    (found,) = items(sent(sealed(sale((item,)))))
    assert found | expected == found
    named = expected.keys() | ({"SellerId", "SellerIdType"} if item.seller_id else set())
    assert found.keys() == usual | named
    assert found["Price"] == format_cents(item.price_cents)


# --- Any receipt -----------------------------------------------------------------------------------------


def accepted(receipt: Receipt) -> Accepted:
    """The receipt's message as the authority took it; the sums are demanded on days that want them."""
    policy = replace(world().policy, recap_required=rules_of(receipt.create_date).is_recap_sent)
    return check_request(encode_request(receipt, make_attempt(2), signer()), policy, datetime.now(UTC))


@settings(max_examples=150, deadline=None)
@given(receipts())
def test_the_authority_takes_every_receipt_and_reads_what_was_sold(drawn: Receipt) -> None:
    """Schema, signature, codes and contents hold, and each value comes back as it was."""
    receipt = sealed(
        drawn.sale,
        seller=drawn.seller,
        number=drawn.number,
        created=drawn.create_date,
        exemption=drawn.exemption,
    )
    content = accepted(receipt).content
    lines = receipt.sale.items
    assert [read_item(found) for found in content.items] == [sent_item(item, receipt.seller) for item in lines]
    assert parse_cents(content.facts["Amount"]) == receipt.sale.total_cents
    assert content.facts["IssueDate"] == receipt.issue_date
    assert content.facts.get("InvoiceNumber") == (receipt.sale.invoice.number if receipt.sale.invoice else None)
    sums = [parse_cents(value) for name, value in content.facts.items() if name in RECAP]
    if lines and rules_of(receipt.create_date).is_recap_sent:
        assert sum(sums) == sum(item.price_cents for item in lines)
    else:
        assert not sums


def read_item(found: Mapping[str, str]) -> tuple[object, ...]:
    """An item as values."""
    particulars = ("ReferenceReceiptId", "VoucherNumber", "SpecialRegulation", "SellerId", "SellerIdType")
    return (
        found["ItemType"],
        found["Name"],
        Decimal(found["Quantity"]),
        parse_cents(found["Price"]),
        Decimal(found["VatRate"]),
        *(found.get(name, "") for name in particulars),
    )


def sent_item(item: Item, seller: Identity) -> tuple[object, ...]:
    """What must come back of an item."""
    rate = Decimal(item.vat_rate if seller.is_vat_payer else 0)
    particulars = item.reference, item.voucher, item.regulation or "", item.seller_id, item.seller_id_type or ""
    return item.type.value, item.name, item.quantity, item.price_cents, rate, *map(str, particulars)


# --- The official samples --------------------------------------------------------------------------------


def seller_of(data: dict[str, str]) -> Identity:
    """As much of a seller as a message has."""
    return replace(
        PLAIN_SELLER,
        dic=data["Dic"],
        ic_dph=data.get("IcDph", ""),
        ico=data.get("Ico", ""),
        cash_register_code=data["CashRegisterCode"],
        physical_address=SEAT,
        cash_register_type=RegisterType.STANDARD,
    )


def item_of(found: dict[str, str]) -> Item:
    """An item whose line has the sample's price."""
    quantity = Decimal(found["Quantity"])
    return Item(
        found["Name"],
        quantity,
        "ks",
        Decimal(found["Price"]) / quantity,
        int(Decimal(found["VatRate"])),
        ItemType(found["ItemType"]),
    )


def receipt_of(request: etree._Element) -> Receipt:
    """The receipt that a sample registers, built from nothing but its values."""
    data, header = facts(request), attributes(next(request.iter(f"{{{EKASA}}}Header")))
    cents = parse_cents(data["Amount"])
    invoice = Invoice(data["InvoiceNumber"], cents) if "InvoiceNumber" in data else None
    number = data.get("ParagonNumber", "")
    paragon = Paragon(int(number), data["IssueDate"]) if number else None
    sold = tuple(map(item_of, items(request)))
    kind = ReceiptType(data["ReceiptType"])
    pkp, okp = (str(next(request.iter(f"{{{EKASA}}}{name}")).text) for name in ("PKP", "OKP"))
    return Receipt(
        sale=Sale("b", sold, (), 0, cents, 0, type=kind, invoice=invoice, paragon=paragon),
        seller=seller_of(data),
        month=data["CreateDate"][:7],
        number=int(data["ReceiptNumber"]),
        create_date=data["CreateDate"],
        amount=data["Amount"],
        pkp=pkp,
        okp=okp,
        sw_id=header["SwId"],
        certificate_serial="",
    )


def attempt_of(request: etree._Element) -> Attempt:
    """The sending that a sample is."""
    header = attributes(next(request.iter(f"{{{EKASA}}}Header")))
    return Attempt(header["Uuid"], header["RequestDate"], int(header["SendingCount"]))


def shape(request: etree._Element) -> list[tuple[str, dict[str, str], str]]:
    """Every element in order: its name, its attributes and its text."""
    return [
        (etree.QName(element).localname, attributes(element), (element.text or "").strip())
        for element in request.iter("*")
    ]


@pytest.mark.parametrize("name", ["pd-payer", "paragon", "nd", "uf"])
def test_an_official_sample_is_what_the_register_would_send(shared_fs: Path, name: str) -> None:
    """Element by element and attribute by attribute, the sums computed anew.

    One sample is issued a month before it was created without being a paragón, which no register does.
    """
    official = request_of((shared_fs / "samples" / f"{name}.xml").read_bytes())
    receipt = receipt_of(official)
    expected = shape(official)
    if name == "pd-payer":
        assert expected[2][1].pop("IssueDate") != receipt.create_date
        expected[2][1]["IssueDate"] = receipt.create_date
    assert shape(request_of(encode_request(receipt, attempt_of(official), signer()))) == expected


def test_the_official_location_is_what_the_register_would_send(shared_fs: Path) -> None:
    """Element by element and attribute by attribute."""
    official = request_of((shared_fs / "samples" / "location-address.xml").read_bytes())
    data = attributes(next(official.iter(f"{{{EKASA}}}LocationData")))
    place = attributes(next(official.iter(f"{{{EKASA}}}PhysicalAddress")))
    names = ("Municipality", "StreetName", "BuildingNumber", "PropertyRegistrationNumber", "PostalCode")
    location = Location(
        "location-1",
        Place(address=Address(*(place[each] for each in names))),
        seller_of(data),
        data["CreateDate"],
        attributes(official[0])["SwId"],
    )
    assert shape(request_of(encode_location(location, attempt_of(official), signer()))) == shape(official)
