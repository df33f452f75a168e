"""Everything that can happen: keys that people press, answers that effects bring, and facts.

An event is a frozen dataclass in the past tense. A key belongs to exactly one machine; an answer is heard by
each machine that knows it; a fact is announced by a machine and heard in the same turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from states.fiscal.day import Day
from states.fiscal.receipt import Attempt, Item, Receipt, TenderKind, Verdict


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened."""


# --- Keys ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key(Event):
    """A person pressed something on the device."""


@dataclass(frozen=True, slots=True)
class DigitPressed(Key):
    """``0`` to ``9``, or ``00``."""

    digits: str


@dataclass(frozen=True, slots=True)
class DotPressed(Key):
    """The decimal point."""


@dataclass(frozen=True, slots=True)
class TimesPressed(Key):
    """What was typed is a quantity."""


@dataclass(frozen=True, slots=True)
class PluPressed(Key):
    """What was typed is the number of a PLU."""


@dataclass(frozen=True, slots=True)
class DepartmentPressed(Key):
    """What was typed is a price in department 1 to 8."""

    number: int


@dataclass(frozen=True, slots=True)
class SubtotalPressed(Key):
    """Show the subtotal."""


@dataclass(frozen=True, slots=True)
class TenderPressed(Key):
    """Pay what was typed, or the rest due."""

    kind: TenderKind


@dataclass(frozen=True, slots=True)
class PercentDiscountPressed(Key):
    """What was typed is a discount in percent."""


@dataclass(frozen=True, slots=True)
class PercentSurchargePressed(Key):
    """What was typed is a surcharge in percent."""


@dataclass(frozen=True, slots=True)
class AmountDiscountPressed(Key):
    """What was typed is a discount in euros."""


@dataclass(frozen=True, slots=True)
class VoidLinePressed(Key):
    """Take the chosen line back."""


@dataclass(frozen=True, slots=True)
class VoidLastPressed(Key):
    """Take the last line back."""


@dataclass(frozen=True, slots=True)
class VoidReceiptPressed(Key):
    """Drop the whole basket."""


@dataclass(frozen=True, slots=True)
class ReturnPressed(Key):
    """The next item is returned goods."""


@dataclass(frozen=True, slots=True)
class CorrectionPressed(Key):
    """The next item corrects one of an earlier receipt."""


@dataclass(frozen=True, slots=True)
class InvoicePressed(Key):
    """An invoice is paid."""


@dataclass(frozen=True, slots=True)
class DepositPressed(Key):
    """Cash is put into the drawer."""


@dataclass(frozen=True, slots=True)
class WithdrawalPressed(Key):
    """Cash is taken from the drawer."""


@dataclass(frozen=True, slots=True)
class EmailPressed(Key):
    """The customer agrees to an electronic receipt."""


@dataclass(frozen=True, slots=True)
class CopyPressed(Key):
    """Print a copy."""


@dataclass(frozen=True, slots=True)
class DrawerPressed(Key):
    """Open the drawer."""


@dataclass(frozen=True, slots=True)
class FeedPressed(Key):
    """Feed the paper."""


@dataclass(frozen=True, slots=True)
class MenuPressed(Key):
    """Open or close the menu."""


@dataclass(frozen=True, slots=True)
class UpPressed(Key):
    """One line up."""


@dataclass(frozen=True, slots=True)
class DownPressed(Key):
    """One line down."""


@dataclass(frozen=True, slots=True)
class LeftPressed(Key):
    """One character back."""


@dataclass(frozen=True, slots=True)
class RightPressed(Key):
    """One character on."""


@dataclass(frozen=True, slots=True)
class EnterPressed(Key):
    """Confirm, or go on."""


@dataclass(frozen=True, slots=True)
class ClearPressed(Key):
    """Clear what was typed, or acknowledge an error."""


@dataclass(frozen=True, slots=True)
class TextTyped(Key):
    """Words from a keyboard or a scanner; control characters never reach this."""

    text: str


@dataclass(frozen=True, slots=True)
class UnknownPressed(Key):
    """A key that the register does not know; ``name`` is what may be told of it, perhaps nothing."""

    name: str


KEYS: dict[str, Key] = {
    **{digits: DigitPressed(digits) for digits in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "00")},
    **{f"DEPARTMENT_{n}": DepartmentPressed(n) for n in range(1, 9)},
    "DOT": DotPressed(),
    "TIMES": TimesPressed(),
    "PLU": PluPressed(),
    "SUBTOTAL": SubtotalPressed(),
    "CASH": TenderPressed(TenderKind.CASH),
    "CARD": TenderPressed(TenderKind.CARD),
    "OTHER": TenderPressed(TenderKind.OTHER),
    "PERCENT_DISCOUNT": PercentDiscountPressed(),
    "PERCENT_SURCHARGE": PercentSurchargePressed(),
    "AMOUNT_DISCOUNT": AmountDiscountPressed(),
    "VOID_LINE": VoidLinePressed(),
    "VOID_LAST": VoidLastPressed(),
    "VOID_RECEIPT": VoidReceiptPressed(),
    "RETURN": ReturnPressed(),
    "CORRECTION": CorrectionPressed(),
    "INVOICE": InvoicePressed(),
    "DEPOSIT": DepositPressed(),
    "WITHDRAWAL": WithdrawalPressed(),
    "EMAIL": EmailPressed(),
    "COPY": CopyPressed(),
    "DRAWER": DrawerPressed(),
    "FEED": FeedPressed(),
    "MENU": MenuPressed(),
    "UP": UpPressed(),
    "DOWN": DownPressed(),
    "LEFT": LeftPressed(),
    "RIGHT": RightPressed(),
    "ENTER": EnterPressed(),
    "CLEAR": ClearPressed(),
}
"""The text keypad's names (contract 5); ``TEXT some words`` is TextTyped."""


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

    day: Day
    number: int
    at: str
    chain_hex: str


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
class WentOnline(Fact):
    """The authority answered a sale in time: it is worth trying the outbox."""


@dataclass(frozen=True, slots=True)
class WentOffline(Fact):
    """A receipt without a UID is durable and waits for the authority."""

    receipt: Receipt
    sending_count: int
