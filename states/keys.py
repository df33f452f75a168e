"""Every key of the device, and what it is called on a text keypad (contract 5)."""

from __future__ import annotations

from dataclasses import dataclass

from states.event import Event
from states.fiscal.receipt import TenderKind


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
class CurrencyPressed(Key):
    """Pay what was typed in foreign currency 1 to 4."""

    number: int


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
class AmountSurchargePressed(Key):
    """What was typed is a surcharge in euros."""


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
class SamplePressed(Key):
    """Print a sample of an off-line receipt."""


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
    "CHEQUE": TenderPressed(TenderKind.CHEQUE),
    "VOUCHER": TenderPressed(TenderKind.VOUCHER),
    **{f"CURRENCY_{n}": CurrencyPressed(n) for n in range(1, 5)},
    "PERCENT_DISCOUNT": PercentDiscountPressed(),
    "PERCENT_SURCHARGE": PercentSurchargePressed(),
    "AMOUNT_DISCOUNT": AmountDiscountPressed(),
    "AMOUNT_SURCHARGE": AmountSurchargePressed(),
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
    "SAMPLE": SamplePressed(),
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
"""The text keypad's names: those of contract 5, and CHEQUE, VOUCHER, CURRENCY_n, AMOUNT_SURCHARGE and SAMPLE beside
them; ``TEXT some words`` is TextTyped."""
