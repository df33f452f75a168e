"""Everything that can happen: keys that people press (``keys``), answers that effects bring, and facts.

An event is a frozen dataclass in the past tense. A key belongs to exactly one machine; an answer is heard by
each machine that knows it; a fact is announced by a machine and heard in the same turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from states.event import Event as Event
from states.fiscal.day import Sums
from states.fiscal.receipt import Attempt, Item, Receipt, TenderKind, Verdict
from states.journey import Ended
from states.keys import (
    KEYS as KEYS,
    AmountDiscountPressed as AmountDiscountPressed,
    ClearPressed as ClearPressed,
    CopyPressed as CopyPressed,
    CorrectionPressed as CorrectionPressed,
    DepartmentPressed as DepartmentPressed,
    DepositPressed as DepositPressed,
    DigitPressed as DigitPressed,
    DotPressed as DotPressed,
    DownPressed as DownPressed,
    DrawerPressed as DrawerPressed,
    EmailPressed as EmailPressed,
    EnterPressed as EnterPressed,
    FeedPressed as FeedPressed,
    InvoicePressed as InvoicePressed,
    Key as Key,
    LeftPressed as LeftPressed,
    MenuPressed as MenuPressed,
    PercentDiscountPressed as PercentDiscountPressed,
    PercentSurchargePressed as PercentSurchargePressed,
    PluPressed as PluPressed,
    ReturnPressed as ReturnPressed,
    RightPressed as RightPressed,
    SubtotalPressed as SubtotalPressed,
    TenderPressed as TenderPressed,
    TextTyped as TextTyped,
    TimesPressed as TimesPressed,
    UnknownPressed as UnknownPressed,
    UpPressed as UpPressed,
    VoidLastPressed as VoidLastPressed,
    VoidLinePressed as VoidLinePressed,
    VoidReceiptPressed as VoidReceiptPressed,
    WithdrawalPressed as WithdrawalPressed,
)

# --- Time ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticked(Event):
    """A second has passed; ``at`` is aware."""

    at: datetime


# --- Answers: each effect that is waited for brings exactly one --------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """An effect has ended."""


@dataclass(frozen=True, slots=True)
class Failed(Answer):
    """An effect has ended with a PortError (``reason`` is its word) or was late (``late``)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sealed(Answer):
    """W1 is durable: the sale has its number, PKP and OKP, and its first attempt may leave."""

    receipt: Receipt
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class SealFailed(Failed):
    """Nothing was written: the sale is not sealed."""


@dataclass(frozen=True, slots=True)
class Registered(Answer):
    """A verified answer with the UID."""

    uid: str
    reply: str


@dataclass(frozen=True, slots=True)
class RegisterRefused(Answer):
    """An answer with an EkasaErrorCode."""

    code: int
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class RegisterFailed(Failed):
    """No answer within the limit; unless ``sent`` is False the authority may know the receipt."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Kept(Answer):
    """The record of the receipt is durable."""


@dataclass(frozen=True, slots=True)
class Emailed(Answer):
    """250 after the final dot; ``text`` is the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class EmailFailed(Failed):
    """The mail is NOT_SENT or IN_DOUBT; the receipt will be printed."""

    verdict: Verdict
    phase: str
    code: int


@dataclass(frozen=True, slots=True)
class Printed(Answer):
    """The printer confirmed that the last line has left the head."""


@dataclass(frozen=True, slots=True)
class PrintFailed(Failed):
    """Some, all or none of the original may be on paper."""


@dataclass(frozen=True, slots=True)
class Reattempted(Answer):
    """A further attempt of an off-line receipt is durable and may leave."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resent(Answer):
    """An off-line receipt got its UID."""

    uid: str
    reply: str


@dataclass(frozen=True, slots=True)
class ResendRefused(Answer):
    """An off-line receipt was answered with an EkasaErrorCode."""

    code: int
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class ResendFailed(Failed):
    """An off-line receipt is still without an answer."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Resolved(Answer):
    """The end of an off-line receipt's way to the authority is durable."""


@dataclass(frozen=True, slots=True)
class Reported(Answer):
    """The sums of the day; for a daily report (Z) the closing is durable."""

    sums: Sums


@dataclass(frozen=True, slots=True)
class ReportMissing(Answer):
    """There was no daily report yet."""


@dataclass(frozen=True, slots=True)
class ReportPrinted(Answer):
    """The report is on paper."""


@dataclass(frozen=True, slots=True)
class ReportFailed(Failed):
    """Some, all or none of the report may be on paper; a closing stays closed."""


# --- Facts: announced by one machine, heard by others in the same turn ---------------------------------------


@dataclass(frozen=True, slots=True)
class Fact(Event):
    """Something that a machine concluded."""


@dataclass(frozen=True, slots=True)
class ItemKeyed(Fact):
    """A complete line was keyed."""

    item: Item


@dataclass(frozen=True, slots=True)
class TenderKeyed(Fact):
    """Money was keyed; ``cents`` is None for the rest due."""

    kind: TenderKind
    cents: int | None


@dataclass(frozen=True, slots=True)
class AddressKeyed(Fact):
    """The customer agreed to an electronic receipt and gave this address."""

    address: str


@dataclass(frozen=True, slots=True)
class AddressWithdrawn(Fact):
    """The customer wants paper after all."""


@dataclass(frozen=True, slots=True)
class LineChosen(Fact):
    """The mark moves by so many lines (-1 is up)."""

    by: int


@dataclass(frozen=True, slots=True)
class LineVoided(Fact):
    """The marked line, or without a mark the last one, is taken back."""


@dataclass(frozen=True, slots=True)
class LastVoided(Fact):
    """The last line is taken back."""


@dataclass(frozen=True, slots=True)
class BasketVoided(Fact):
    """The whole basket is dropped before it was paid."""


@dataclass(frozen=True, slots=True)
class SubtotalKeyed(Fact):
    """The cashier wants to see the subtotal."""


@dataclass(frozen=True, slots=True)
class ReceiptEnded(Fact):
    """The receipt came to its end; the cashier sees how until the next key."""

    ended: Ended


@dataclass(frozen=True, slots=True)
class WentOnline(Fact):
    """The authority answered a sale in time: it is worth trying the outbox."""


@dataclass(frozen=True, slots=True)
class WentOffline(Fact):
    """A receipt without a UID is durable and waits for the authority."""

    receipt: Receipt
    sending_count: int
