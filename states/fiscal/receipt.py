"""A receipt's life as values: basket, sale ready to be sealed, sealed receipt, attempt, answer, verdict.

Source: IR 2.9 and 2.10 (ReceiptData, Item); protocol facts in chapters 2 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from states.fiscal.identity import Identity
from states.fiscal.money import line_price_cents

ITEMS_MAX = 500
NAME_MAX = 255
REFERENCE_MAX = 44
OVERLOADED = -1
"""The one EkasaErrorCode that is no refusal."""


class ItemType(StrEnum):
    """The kinds of an item that the message knows."""

    SOLD = "K"
    PACKAGING = "VO"
    RETURNED = "V"
    CORRECTION = "O"
    DISCOUNT = "Z"
    ADVANCE = "OZ"
    VOUCHER = "VP"


class ReceiptType(StrEnum):
    """The kinds of a receipt that the message knows."""

    PD = "PD"
    UF = "UF"
    ND = "ND"


class TenderKind(StrEnum):
    """How the customer pays."""

    CASH = "cash"
    CARD = "card"
    OTHER = "other"


class Form(StrEnum):
    """What the authority's answer, or its silence, made of a receipt."""

    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"


class Way(StrEnum):
    """How the one original reaches the customer."""

    EMAIL = "email"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the receipt; ``quantity`` is never negative, ``unit_price`` (euros) carries the sign."""

    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat_rate: int
    type: ItemType = ItemType.SOLD
    reference: str = ""

    @property
    def price_cents(self) -> int:
        """The price of the line."""
        return line_price_cents(self.unit_price, self.quantity)


@dataclass(frozen=True, slots=True)
class Tender:
    """Money given: for cash above the rest due the whole note, so that change follows from it."""

    kind: TenderKind
    cents: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A basket that is paid: what Sealing turns into a receipt. ``email_masked`` is empty without consent."""

    basket_id: str
    items: tuple[Item, ...]
    tenders: tuple[Tender, ...]
    rounding_cents: int
    total_cents: int
    change_cents: int
    email_masked: str = ""
    type: ReceiptType = ReceiptType.PD


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sealed sale: numbered, dated, with PKP and OKP made once. ``amount`` is the signed text."""

    sale: Sale
    seller: Identity
    month: str
    number: int
    create_date: str
    amount: str
    pkp: str
    okp: str
    sw_id: str
    certificate_serial: str

    @property
    def key(self) -> str:
        """``2026-11/57``, the stable name of a sale on this register."""
        return f"{self.month}/{self.number}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a receipt's message; the Uuid is never used again."""

    uuid: str
    request_date: str
    sending_count: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A verified answer with the UID; ``reply`` is the message as it came."""

    uid: str
    process_date: str
    reply: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer with an EkasaErrorCode; ``reply`` is the message as it came."""

    code: int
    text: str
    reply: str


class Verdict(StrEnum):
    """What is known of a mail after its one attempt."""

    ACCEPTED = "ACCEPTED"
    NOT_SENT = "NOT_SENT"
    IN_DOUBT = "IN_DOUBT"


@dataclass(frozen=True, slots=True)
class MailResult:
    """The verdict, the SMTP phase it was reached in, and the reply's code (0 without one) and text."""

    verdict: Verdict
    phase: str
    code: int
    text: str
