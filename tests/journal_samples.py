"""Records as a real register would write them: sealed with a key of 2048 bits whose certificate is beside it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from states.fiscal.identity import Identity, PhysicalAddress, RegisterType
from states.fiscal.journal import (
    Attempted,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
)
from states.fiscal.money import format_cents
from states.fiscal.receipt import Attempt, Form, Item, Receipt, Sale, Tender, TenderKind, Verdict, Way

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


def five_receipts() -> list[Record]:
    """A morning: every kind of life once, one daily report, everything done."""
    consent = "j***@example.sk"
    receipts = [signed_receipt(number, email_masked=consent if number in (2, 3) else "") for number in range(1, 6)]
    lives = (printed_life, mailed_life, mail_then_paper_life, offline_life, refused_life)
    records = [record for life, receipt in zip(lives, receipts, strict=True) for record in life(receipt)]
    return [opened(), *records, Closed(1, len(records) + 1, "{}")]
