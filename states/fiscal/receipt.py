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
VOUCHER_MAX = 50
INVOICE_MAX = 50
SELLER_ID_MAX = 50
NUMBER_MAX = 2**32 - 1
OVERLOADED = -1
"""The one EkasaErrorCode that is no refusal."""
TIME_CODES = frozenset({-103, -104, -108})
"""Refusals for a time that lies ahead of the authority's: they are repaired by a message with the right time."""


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
    VK = "VK"
    VY = "VY"


CASH_MOVES = frozenset({ReceiptType.VK, ReceiptType.VY})
"""Money put into the drawer, and taken from it: sent to the authority until the end of 2025."""


class Regulation(StrEnum):
    """Why an item is taxed by a special regulation (SpecialRegulation); only with rate 0."""

    PDP = "PDP"
    OOD = "OOD"
    CK = "CK"
    PT = "PT"
    UD = "UD"
    ZPS = "ZPS"


class SellerIdType(StrEnum):
    """What names the other seller in whose name an item is sold."""

    DIC = "DIC"
    IC_DPH = "IC_DPH"


class Role(StrEnum):
    """What an item is to the register, where the message does not say it."""

    GOODS = ""
    PACKAGING = "packaging"
    ON_LINE = "line"
    ON_TOTAL = "total"


class TenderKind(StrEnum):
    """How the customer pays; foreign currency is cash in other money."""

    CASH = "cash"
    CARD = "card"
    CHEQUE = "cheque"
    VOUCHER = "voucher"
    OTHER = "other"
    CURRENCY = "currency"


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
    """A line of the receipt; ``quantity`` is never negative, ``unit_price`` (euros) carries the sign.

    ``reference`` only of types V and O, ``voucher`` only of VP; ``seller_id`` when it is sold for another seller. A
    surcharge is an item K with the role of a discount. ``department`` and ``plu`` are 0 where none was keyed.
    """

    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat_rate: int
    type: ItemType = ItemType.SOLD
    reference: str = ""
    voucher: str = ""
    regulation: Regulation | None = None
    seller_id: str = ""
    seller_id_type: SellerIdType | None = None
    role: Role = Role.GOODS
    department: int = 0
    plu: int = 0

    @property
    def price_cents(self) -> int:
        """The price of the line."""
        return line_price_cents(self.unit_price, self.quantity)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Money in another currency: its ISO 4217 code, how much of it, and how much of it is one euro."""

    code: str
    amount: Decimal
    per_euro: Decimal


@dataclass(frozen=True, slots=True)
class Tender:
    """Money given: for cash above the rest due the whole note, so that change follows from it.

    ``cents`` is what it is worth; ``foreign`` what it was, for foreign currency only.
    """

    kind: TenderKind
    cents: int
    foreign: Foreign | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """The invoice that is paid (UF); its amount is below zero when the payment is given back."""

    number: str
    cents: int


@dataclass(frozen=True, slots=True)
class Paragon:
    """The slip written by hand while the register was out of order: its number, and its date (25 characters)."""

    number: int
    issue_date: str


@dataclass(frozen=True, slots=True)
class Sale:
    """A basket that is paid: what Sealing turns into a receipt. ``email_masked`` is empty without consent.

    ``invoice`` only of UF; ``paragon`` when it was written by hand before; ``cashier`` is who sold, perhaps nobody;
    ``repairs`` is the OKP of an off-line receipt that the authority refused for its time and that this one replaces.
    """

    basket_id: str
    items: tuple[Item, ...]
    tenders: tuple[Tender, ...]
    rounding_cents: int
    total_cents: int
    change_cents: int
    email_masked: str = ""
    type: ReceiptType = ReceiptType.PD
    invoice: Invoice | None = None
    paragon: Paragon | None = None
    cashier: str = ""
    repairs: str = ""

    @property
    def sum_cents(self) -> int:
        """What is settled, before the rounding of cash: the items, the invoice, or the money moved (VK, VY)."""
        if self.invoice is not None:
            return self.invoice.cents
        if self.type in CASH_MOVES:
            return self.total_cents
        return sum(item.price_cents for item in self.items)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sealed sale: numbered, dated, with PKP and OKP made once. ``amount`` is the signed text.

    ``exemption``: the seller held an exemption from sending (Exception of the message) when it was made.
    """

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
    exemption: bool = False

    @property
    def issue_date(self) -> str:
        """When it was handed out: a slip written by hand has its own time."""
        return self.sale.paragon.issue_date if self.sale.paragon else self.create_date

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
