"""Everything that can happen: keys that people press (``keys``), answers that effects bring
(``answers``), facts (``facts``), and what happens by itself.

An event is a frozen dataclass in the past tense. A key belongs to exactly one machine; an answer is heard by
each machine that knows it; a fact is announced by a machine and heard in the same turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from states.answers import (
    Announced as Announced,
    Answer as Answer,
    Emailed as Emailed,
    EmailFailed as EmailFailed,
    Failed as Failed,
    Kept as Kept,
    Located as Located,
    LocateFailed as LocateFailed,
    LocateRefused as LocateRefused,
    OriginalFound as OriginalFound,
    OriginalMissing as OriginalMissing,
    ParagonAllowed as ParagonAllowed,
    ParagonRefused as ParagonRefused,
    PlaceKept as PlaceKept,
    Printed as Printed,
    PrintFailed as PrintFailed,
    Reattempted as Reattempted,
    Registered as Registered,
    RegisterFailed as RegisterFailed,
    RegisterRefused as RegisterRefused,
    ResendFailed as ResendFailed,
    ResendRefused as ResendRefused,
    Resent as Resent,
    Resolved as Resolved,
    Sealed as Sealed,
    SealFailed as SealFailed,
    SlipFailed as SlipFailed,
    SlipGathered as SlipGathered,
    SlipMissing as SlipMissing,
    SlipPrinted as SlipPrinted,
)
from states.event import Event as Event
from states.facts import (
    AddressKeyed as AddressKeyed,
    AddressWithdrawn as AddressWithdrawn,
    AdjustmentKeyed as AdjustmentKeyed,
    BasketVoided as BasketVoided,
    Beginning as Beginning,
    CashierChosen as CashierChosen,
    CashMoveKeyed as CashMoveKeyed,
    Fact as Fact,
    InvoiceKeyed as InvoiceKeyed,
    ItemKeyed as ItemKeyed,
    LastVoided as LastVoided,
    LineChosen as LineChosen,
    LineVoided as LineVoided,
    ParagonKeyed as ParagonKeyed,
    PlaceKeyed as PlaceKeyed,
    PlaceRefused as PlaceRefused,
    ReceiptEnded as ReceiptEnded,
    RepairBegun as RepairBegun,
    RepairKeyed as RepairKeyed,
    SendNowKeyed as SendNowKeyed,
    SlipOrdered as SlipOrdered,
    SubtotalKeyed as SubtotalKeyed,
    TenderKeyed as TenderKeyed,
    TrainingChosen as TrainingChosen,
    WentOffline as WentOffline,
    WentOnline as WentOnline,
    WordsAsked as WordsAsked,
)
from states.keys import (
    KEYS as KEYS,
    AmountDiscountPressed as AmountDiscountPressed,
    AmountSurchargePressed as AmountSurchargePressed,
    ClearPressed as ClearPressed,
    CopyPressed as CopyPressed,
    CorrectionPressed as CorrectionPressed,
    CurrencyPressed as CurrencyPressed,
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
    SamplePressed as SamplePressed,
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


@dataclass(frozen=True, slots=True)
class Ticked(Event):
    """A second has passed; ``at`` is aware."""

    at: datetime


@dataclass(frozen=True, slots=True)
class MediumTold(Event):
    """The storage's condition: how full it is (0 to 100), and whether its second copy is no longer written."""

    used_percent: int
    is_copy_lost: bool


@dataclass(frozen=True, slots=True)
class AnsweredLate(Event):
    """A verified answer to a sale came after its limit: the UID of a receipt that is off-line by now."""

    okp: str
    uid: str
    reply: str
