"""Messages that break one rule of the authority, forged from a whole one: edited, sealed anew and signed again."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lxml import etree

from drivers.authority_message import encode_request
from drivers.identity_files import FileSigner
from drivers.soap import BODY, EKASA, HEADER, parse_envelope
from drivers.wssecurity import sign_body
from states.fiscal.codes import create_date, okp
from tests.authority_kit import make_attempt, make_receipt, signer

NOW = datetime.now(UTC)
NAMES = ("Dic", "CashRegisterCode", "ReceiptType", "ReceiptNumber", "CreateDate", "Amount")

Edit = Callable[[etree._Element], None]


def element(request: etree._Element, name: str) -> etree._Element:
    """The first element of this name."""
    return next(request.iter(f"{{{EKASA}}}{name}"))


def attributes(target: etree._Element) -> dict[str, str]:
    """The attributes as plain text."""
    return {str(name): str(value) for name, value in target.items()}


def facts(**changes: str | None) -> Edit:
    """Change attributes of ReceiptData; None takes one away."""
    return lambda request: change(element(request, "ReceiptData"), changes)


def item(**changes: str | None) -> Edit:
    """Change attributes of the first item."""
    return lambda request: change(element(request, "Item"), changes)


def header(**changes: str | None) -> Edit:
    """Change attributes of the Header."""
    return lambda request: change(element(request, "Header"), changes)


def change(target: etree._Element, changes: dict[str, str | None]) -> None:
    """Set or delete attributes."""
    for name, value in changes.items():
        if value is None:
            del target.attrib[name]
        else:
            target.set(name, value)


def no_items(request: etree._Element) -> None:
    """Take the items away."""
    data = element(request, "ReceiptData")
    data.remove(element(request, "Items"))


def all_of(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(request: etree._Element) -> None:
        for one in edits:
            one(request)

    return edit


def seal_codes(request: etree._Element, key: FileSigner) -> None:
    """Make PKP and OKP anew for the attributes as they are now."""
    data = element(request, "ReceiptData")
    signature = key.sign("|".join(data.get(name, "") for name in NAMES).encode())
    element(request, "PKP").text = b64encode(signature).decode()
    element(request, "OKP").text = okp(signature)


def forged(edit: Edit, *, codes: bool = True, key: FileSigner | None = None) -> bytes:
    """A receipt's message, edited, with its codes made anew unless they are what was edited, and signed again."""
    envelope = parse_envelope(encode_request(make_receipt(), make_attempt(), signer()))
    envelope.findall(HEADER)[0].clear()
    request = envelope.findall(f"{BODY}/*")[0]
    edit(request)
    signing = key or signer()
    if codes:
        seal_codes(request, signing)
    return sign_body(envelope, name="1", certificate_der=signing.certificate_der, sign=signing.sign)


OTHER = ("Other", "Taxi ABC EČV=BA123AA")


def location(create: str, count: str = "1", place: tuple[str, str | dict[str, str]] = OTHER) -> bytes:
    """A location's message: the kind of the place, and its attributes or its words."""
    envelope = parse_envelope(encode_request(make_receipt(), make_attempt(), signer()))
    envelope.findall(HEADER)[0].clear()
    body = envelope.findall(BODY)[0]
    values = attributes(element(body, "Header"))
    values.pop("Exception")
    body.clear()
    request = etree.SubElement(body, f"{{{EKASA}}}RegisterLocationRequest")
    etree.SubElement(request, f"{{{EKASA}}}Header", values | {"SendingCount": count})
    who = {"Dic": "1234567890", "CashRegisterCode": "88812345678900001", "CreateDate": create}
    parent = etree.SubElement(etree.SubElement(request, f"{{{EKASA}}}LocationData", who), f"{{{EKASA}}}Location")
    kind, content = place
    if isinstance(content, str):
        etree.SubElement(parent, f"{{{EKASA}}}{kind}").text = content
    else:
        etree.SubElement(parent, f"{{{EKASA}}}{kind}", content)
    return sign_body(envelope, name="1", certificate_der=signer().certificate_der, sign=signer().sign)


def hours(count: float, now: datetime = NOW) -> str:
    """A date so many hours from now."""
    return create_date(now + timedelta(hours=count))


def other_zone(text: str) -> str:
    """The same moment, written with the offset that is not in force."""
    other = timedelta(hours=1 if text.endswith("+02:00") else 2)
    written = (datetime.fromisoformat(text).astimezone(UTC) + other).replace(tzinfo=None).isoformat()
    return f"{written}+0{other.seconds // 3600}:00"


RECAP_GONE = facts(
    TaxBaseBasic=None, BasicVatAmount=None, TaxBaseReduced=None, ReducedVatAmount=None, TaxFreeAmount=None
)
INVOICE = all_of(no_items, RECAP_GONE, facts(ReceiptType="UF", InvoiceNumber="2026001"))

BROKEN: tuple[tuple[int, Edit], ...] = (
    (-2, facts(Amount="14.9")),
    (-2, facts(Amount="14,94")),
    (-2, facts(Dic="12345678")),
    (-2, facts(Dic=None)),
    (-2, facts(Surplus="1")),
    (-2, facts(ReceiptNumber="0")),
    (-2, facts(ReceiptNumber="4294967296")),
    (-2, facts(CreateDate="2026-11-22T10:15:30Z")),
    (-2, facts(CreateDate="2026-02-30T10:15:30+01:00")),
    (-2, facts(ReceiptType="XX")),
    (-2, item(Name="")),
    (-2, item(Name="x" * 256)),
    (-2, item(Quantity="1")),
    (-2, item(Quantity="-1.0000")),
    (-2, item(ItemType="OP")),
    (-2, item(VatRate="23.000")),
    (-2, item(VatRate="21.00")),
    (-2, item(VatRate="15")),
    (-2, item(VatRate="-5")),
    (-2, item(ItemType="V", Price="-1.00", ReferenceReceiptId="číslo")),
    (-2, header(Uuid="0f0d9f0e-6a0c-4a0e-cc52-1a2b3c4d5e6f")),
    (-2, header(SwId="x")),
    (-2, header(SendingCount="0")),
    (-132, header(RequestDate=other_zone(hours(0)))),
    (-132, facts(CreateDate=other_zone(hours(-1)))),
    (-132, facts(IssueDate=other_zone(hours(-1)))),
    (-101, facts(Dic="1234567891")),
    (-102, facts(CashRegisterCode="88812345678900002")),
    (-103, facts(IssueDate=hours(97))),
    (-104, facts(CreateDate=hours(97))),
    (-105, facts(CreateDate=hours(-97))),
    (-106, facts(IssueDate="2019-03-31T23:59:59+02:00")),
    (-107, all_of(header(SendingCount="2"), facts(CreateDate="2019-03-31T23:59:59+02:00"))),
    (-112, all_of(INVOICE, facts(InvoiceNumber=None))),
    (-113, all_of(INVOICE, facts(TaxFreeAmount="1.00"))),
    (-114, all_of(RECAP_GONE, facts(ReceiptType="UF", InvoiceNumber="2026001"))),
    (-115, facts(InvoiceNumber="2026001")),
    (-116, no_items),
    (-117, item(ItemType="V", Price="-10.00")),
    (-117, item(ItemType="O", Price="-10.00")),
    (-118, item(ReferenceReceiptId="O-7DBCDA8A56EE426DBCDA8A56EE4-TEST")),
    (-120, facts(BasicVatAmount=None)),
    (-121, facts(TaxBaseReduced=None)),
    (-122, facts(CustomerId="1")),
    (-123, facts(CustomerId="1", CustomerIdType="INE", ReceiptType="ND")),
    (-124, facts(Paragon="true")),
    (-125, facts(ParagonNumber="1")),
    (-126, facts(Paragon="true", ParagonNumber="1", ReceiptType="ND")),
    (-127, item(Price="-10.00")),
    (-128, item(ItemType="Z")),
    (-129, item(SellerId="1")),
    (-130, item(SpecialRegulation="OOD")),
    (-130, item(SpecialRegulation="PDP", VatRate="5.00")),
    (-130, item(SpecialRegulation="UD", VatRate="20.00", ItemType="V", Price="-1.00", ReferenceReceiptId="57")),
    (-131, item(VoucherNumber="1")),
)
