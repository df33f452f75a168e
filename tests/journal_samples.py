"""Records as a real register would write them: sealed with a key of 2048 bits whose certificate is beside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from states.fiscal.counting import fold
from states.fiscal.identity import Identity, PhysicalAddress, RegisterType
from states.fiscal.journal import (
    Attempted,
    CashMoved,
    CatalogueSet,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Moved,
    MovedAnswered,
    MovedAttempted,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    SetAside,
    Stored,
)
from states.fiscal.money import format_cents
from states.fiscal.place import Gps, Location, Place
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import (
    Attempt,
    Foreign,
    Form,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Regulation,
    Role,
    Sale,
    SellerIdType,
    Tender,
    TenderKind,
    Verdict,
    Way,
)
from states.fiscal.totals import totals

SELLER = Identity(
    dic="1234567890",
    corporate_body_full_name="Obchod u Žofky, s. r. o.",
    physical_address=PhysicalAddress("Slovenská republika", "Žilina", "Ľ. Štúra", "12", postal_code="01001"),
    cash_register_code="88812345678900001",
    cash_register_type=RegisterType.STANDARD,
    ico="12345678",
    ic_dph="SK1234567890",
)
ITEMS = (
    Item("Čajová zmes ďumbier", Decimal("1.000"), "ks", Decimal("2.790000"), 23),
    Item("Rožok grahamový", Decimal("4"), "ks", Decimal("0.19"), 5),
)


@cache
def key(name: str = "register") -> rsa.RSAPrivateKey:
    """The private key of this name, made once in a test run."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate_pem(name: str = "register") -> str:
    """The self-signed certificate of the key of this name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SELLER.cash_register_code)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key(name).public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    made = builder.not_valid_after(start + timedelta(days=730)).sign(key(name), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def signed_receipt(
    number: int = 1,
    month: str = "2026-11",
    *,
    items: tuple[Item, ...] = ITEMS,
    email_masked: str = "",
    basket_id: str = "",
    create_date: str = "",
    key_name: str = "register",
) -> Receipt:
    """A receipt paid by card whose PKP is a real signature and whose OKP belongs to it; ten receipts fit a minute."""
    total_cents = sum(item.price_cents for item in items)
    sale = Sale(
        basket_id or f"basket-{month}-{number}",
        items,
        (Tender(TenderKind.CARD, total_cents),),
        rounding_cents=0,
        total_cents=total_cents,
        change_cents=0,
        email_masked=email_masked,
    )
    moment = datetime.fromisoformat(f"{month}-02T08:00:00+01:00") + timedelta(seconds=6 * number)
    receipt = Receipt(
        sale, SELLER, month, number, create_date or moment.isoformat(), format_cents(total_cents), "", "", "A" * 40, "1"
    )
    return sealed(receipt, key_name)


def receipt_of(number: int, month: str = "2026-11", *, key_name: str = "register", **sale: Any) -> Receipt:
    """The receipt of this number with other facts of its sale; amount, PKP and OKP belong to them.

    It is paid by card unless ``tenders`` say otherwise, and its total is that of what is sold and the rounding.
    """
    plain = signed_receipt(number, month)
    changed = replace(plain.sale, **sale)
    total_cents = changed.sum_cents + changed.rounding_cents
    tenders = sale.get("tenders", (Tender(TenderKind.CARD, total_cents),))
    whole = replace(changed, total_cents=total_cents, tenders=tenders)
    return sealed(replace(plain, sale=whole, amount=format_cents(total_cents)), key_name)


def invoice_receipt(number: int, cents: int = 1250, **sale: Any) -> Receipt:
    """An invoice is paid by card, or below zero its payment given back: a receipt without items."""
    return receipt_of(number, items=(), type=ReceiptType.UF, invoice=Invoice("2026/0042", cents), **sale)


def paragon_receipt(number: int, paragon: int = 1, **sale: Any) -> Receipt:
    """Goods that were sold by hand an hour before."""
    return receipt_of(number, paragon=Paragon(paragon, "2026-11-02T07:00:00+01:00"), **sale)


def training_receipt(number: int) -> Receipt:
    """A receipt for practice."""
    return receipt_of(number, type=ReceiptType.ND)


def item(price: str, vat_rate: int = 23, type: ItemType = ItemType.SOLD, **more: Any) -> Item:
    """One piece of this price."""
    return Item(more.pop("name", "Tovar"), Decimal(1), "ks", Decimal(price), vat_rate, type, **more)


def special_items() -> tuple[Item, ...]:
    """An item of every kind; the sums of the rates stay above zero."""
    dated = "O-" + "7" * 32
    return (
        item("10.00", department=1, plu=4711),
        item("-1.00", 23, ItemType.DISCOUNT, role=Role.ON_LINE, name="Zľava 10 %"),
        item("0.50", 23, role=Role.ON_TOTAL, name="Prirážka"),
        item("5.02", 0, regulation=Regulation.OOD),
        item("0.15", 0, role=Role.PACKAGING, name="Vratná fľaša"),
        item("-0.15", 0, ItemType.PACKAGING, role=Role.PACKAGING),
        item("-2.00", 23, ItemType.RETURNED, reference=dated),
        item("-1.00", 20, ItemType.CORRECTION, reference="B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710"),
        item("-3.00", 0, ItemType.ADVANCE),
        item("-2.00", 23, ItemType.VOUCHER, voucher="JUP-1"),
        item("4.00", 5, seller_id="SK1234567890", seller_id_type=SellerIdType.IC_DPH),
    )


def sealed(receipt: Receipt, key_name: str = "register") -> Receipt:
    """The receipt with PKP and OKP made anew from its content."""
    fields = (SELLER.dic, SELLER.cash_register_code, receipt.sale.type, str(receipt.number))
    base = "|".join((*fields, receipt.create_date, receipt.amount)).encode()
    pkp = key(key_name).sign(base, padding.PKCS1v15(), hashes.SHA256())
    digest = hashlib.sha1(pkp, usedforsecurity=False).hexdigest().upper()
    okp = "-".join(digest[start : start + 8] for start in range(0, 40, 8))
    return replace(receipt, pkp=base64.b64encode(pkp).decode(), okp=okp)


def attempt(receipt: Receipt, count: int = 1) -> Attempt:
    """The first or a further sending, its Uuid a function of receipt and count."""
    digits = hashlib.sha256(f"{receipt.okp} {count}".encode()).hexdigest()
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
    return Attempt(uuid, receipt.create_date, count)


def uid_of(receipt: Receipt) -> str:
    """A UID as the authority gives it."""
    return "O-" + hashlib.sha256(receipt.okp.encode()).hexdigest()[:32].upper()


def opened(session: str = "1", key_name: str = "register") -> Opened:
    """The register was started."""
    return Opened(session, "0.1.0", "A" * 40, SELLER, certificate_pem(key_name))


def location() -> Location:
    """The register stands at a market."""
    seller = replace(SELLER, cash_register_type=RegisterType.PORTABLE)
    place = Place(gps=Gps("17.165377", "48.148962"))
    return Location("location-1", place, seller, "2026-11-02T10:00:00+01:00", "A" * 40)


def moved_life() -> list[Record]:
    """The register was moved while the authority was silent, and that was sent later."""
    here = location()
    uuids = ("00000001-0000-4000-8000-000000000000", "00000002-0000-4000-8000-000000000000")
    first, second = (Attempt(uuid, here.create_date, count) for count, uuid in enumerate(uuids, start=1))
    return [Moved(here, first), MovedAttempted(here.id, second), MovedAnswered(here.id, 0, "<reply/>")]


def catalogue() -> CatalogueSet:
    """Three PLU, one with everything."""
    bottle = Product(7, "Vratná fľaša", 0, ProductKind.PACKAGING, price=Decimal("0.15"), department=2)
    full = replace(bottle, number=9, regulation=Regulation.PT, seller_id="1234567890", seller_id_type=SellerIdType.DIC)
    return CatalogueSet((Product(1, "Káva", 19), bottle, full))


def intent(receipt: Receipt) -> Intent:
    """The receipt is sealed."""
    return Intent(receipt, attempt(receipt))


def online(receipt: Receipt, way: Way = Way.PRINT) -> Outcome:
    """The authority gave a UID."""
    message_id = f"<{receipt.okp}@ekasa>" if way is Way.EMAIL else ""
    return Outcome(receipt.okp, Form.ONLINE, uid_of(receipt), 0, "", way, message_id, "<reply/>")


def offline(receipt: Receipt) -> Outcome:
    """The authority was silent."""
    return Outcome(receipt.okp, Form.OFFLINE, "", 0, "late", Way.PRINT, "", "")


def refused(receipt: Receipt) -> Outcome:
    """The authority refused."""
    return Outcome(receipt.okp, Form.REFUSED, "", -101, "Nesprávne DIČ", None, "", "<fault/>")


def mail_failed(receipt: Receipt, verdict: Verdict = Verdict.NOT_SENT) -> MailFailed:
    """The mail server refused the recipient."""
    return MailFailed(receipt.okp, verdict, "RCPT", 550, "5.1.1 unknown")


def printed_life(receipt: Receipt) -> list[Record]:
    """Online and printed."""
    return [intent(receipt), online(receipt), Delivered(receipt.okp, Way.PRINT, "fed")]


def mailed_life(receipt: Receipt) -> list[Record]:
    """Online and mailed."""
    return [intent(receipt), online(receipt, Way.EMAIL), Delivered(receipt.okp, Way.EMAIL, "250 ok")]


def mail_then_paper_life(receipt: Receipt) -> list[Record]:
    """Online, the mail failed, printed."""
    after: list[Record] = [mail_failed(receipt), Delivered(receipt.okp, Way.PRINT, "fed")]
    return [intent(receipt), online(receipt, Way.EMAIL), *after]


def offline_life(receipt: Receipt) -> list[Record]:
    """Off-line, printed at the second try, sent later."""
    paper: list[Record] = [PrintInterrupted(receipt.okp, "paper-out"), Delivered(receipt.okp, Way.PRINT, "fed")]
    again = Attempted(receipt.okp, attempt(receipt, 2))
    return [intent(receipt), offline(receipt), *paper, again, Resolved(receipt.okp, uid_of(receipt), 0, "<reply/>")]


def refused_life(receipt: Receipt) -> list[Record]:
    """Refused, so never handed out."""
    return [intent(receipt), refused(receipt)]


def set_aside_life(receipt: Receipt) -> list[Record]:
    """Three starts found it before any answer."""
    tried: list[Record] = [opened("2"), Attempted(receipt.okp, attempt(receipt, 2))]
    tried += [opened("3"), Attempted(receipt.okp, attempt(receipt, 3))]
    return [intent(receipt), *tried, opened("4"), SetAside(receipt.okp, 3)]


def given_up_life(receipt: Receipt) -> list[Record]:
    """Off-line and printed; its sending ended the process twice, and a person had it sent again later."""
    paper: list[Record] = [intent(receipt), offline(receipt), Delivered(receipt.okp, Way.PRINT, "fed")]
    tried: list[Record] = [opened("2"), Attempted(receipt.okp, attempt(receipt, 2))]
    tried += [opened("3"), Attempted(receipt.okp, attempt(receipt, 3)), opened("4"), SetAside(receipt.okp, 3)]
    again = Attempted(receipt.okp, attempt(receipt, 4))
    return [*paper, *tried, again, Resolved(receipt.okp, uid_of(receipt), 0, "<reply/>")]


def closed(number: int, up_to_seq: int, records: list[Record], opening_cents: int = 0) -> Closed:
    """The daily report of these records, with the totals that the register writes."""
    day = fold(Stored(seq, 0, b"", record) for seq, record in enumerate(records, start=1))
    return Closed(number, up_to_seq, totals(replace(day, opening_cents=opening_cents)))


def five_receipts() -> list[Record]:
    """A morning: every kind of life once, one daily report, everything done."""
    consent = "j***@example.sk"
    receipts = [signed_receipt(number, email_masked=consent if number in (2, 3) else "") for number in range(1, 6)]
    lives = (printed_life, mailed_life, mail_then_paper_life, offline_life, refused_life)
    records = [record for life, receipt in zip(lives, receipts, strict=True) for record in life(receipt)]
    return [opened(), *records, closed(1, len(records) + 1, records)]


def older() -> list[tuple[int, bytes]]:
    """Kind and payload of each record of a morning, as the program of version 0.1 wrote them."""
    lines = Path(__file__).with_name("journal_of_version_0_1.txt").read_bytes().splitlines()
    return [(int(kind), payload) for kind, payload in (line.split(b" ", 1) for line in lines)]


def afternoon() -> list[Record]:
    """What the register writes besides receipts of goods, after the morning."""
    foreign = Tender(TenderKind.CURRENCY, 1300, Foreign("CZK", Decimal("325.00"), Decimal("25.0")))
    mixed = receipt_of(9, items=special_items(), tenders=(foreign,), change_cents=250, rounding_cents=-2, cashier="Eva")
    receipts = [invoice_receipt(6), paragon_receipt(7), training_receipt(8), mixed]
    records = [record for receipt in receipts for record in printed_life(receipt)]
    drawer = CashMoved(-5000, "2026-11-02T11:00:00+01:00", "Eva")
    return [catalogue(), *moved_life(), drawer, *records]
