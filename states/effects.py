"""What the machines want from the world: plain data, each with its lane, limit, answers and failure.

An effect with answers is waited for and brings exactly one of them; one without is neither waited for nor
repeated. Limits in seconds are facts of the class, so that an auditor reads them all on this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from states import events as on
from states.fiscal.day import ReportKind, Sums
from states.fiscal.journal import Record, Resolved as ResolvedRecord
from states.fiscal.receipt import Attempt, Receipt, Sale


class Lane(StrEnum):
    """Effects of one lane are performed in order by one task; lanes do not wait for each other."""

    STORAGE = "storage"
    AUTHORITY = "authority"
    OUTBOX = "outbox"
    MAIL = "mail"
    PRINTER = "printer"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Effect:
    """A wish; ``brings`` are its answers, ``failed`` the one for a PortError or lateness (None: the register stops)."""

    lane: ClassVar[Lane]
    limit_s: ClassVar[float]
    brings: ClassVar[tuple[type[on.Answer], ...]] = ()
    failed: ClassVar[type[on.Failed] | None] = None


@dataclass(frozen=True, slots=True)
class Seal(Effect):
    """Number, date and sign the sale and make W1 durable."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Sealed,)
    failed: ClassVar[type[on.Failed] | None] = on.SealFailed
    sale: Sale


@dataclass(frozen=True, slots=True)
class Register(Effect):
    """Ask the tax authority for the UID; the law gives it five seconds."""

    lane: ClassVar[Lane] = Lane.AUTHORITY
    limit_s: ClassVar[float] = 5.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Registered, on.RegisterRefused)
    failed: ClassVar[type[on.Failed] | None] = on.RegisterFailed
    receipt: Receipt
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Keep(Effect):
    """Make a record of the receipt durable; if that fails the register stops and the journal decides."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Kept,)
    record: Record


@dataclass(frozen=True, slots=True)
class Email(Effect):
    """Mail the on-line receipt, once; the driver's own limit (8 s) is the shorter one."""

    lane: ClassVar[Lane] = Lane.MAIL
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Emailed,)
    failed: ClassVar[type[on.Failed] | None] = on.EmailFailed
    receipt: Receipt
    uid: str
    address: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Print(Effect):
    """Print the one original; ``torn`` voids a part of it that an earlier print may have left behind."""

    lane: ClassVar[Lane] = Lane.PRINTER
    limit_s: ClassVar[float] = 180.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Printed,)
    failed: ClassVar[type[on.Failed] | None] = on.PrintFailed
    receipt: Receipt
    uid: str
    torn: bool


@dataclass(frozen=True, slots=True)
class Reattempt(Effect):
    """Make a further attempt of an off-line receipt durable: W4."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Reattempted,)
    receipt: Receipt
    sending_count: int


@dataclass(frozen=True, slots=True)
class Resend(Effect):
    """Send an off-line receipt again, beside the sales."""

    lane: ClassVar[Lane] = Lane.OUTBOX
    limit_s: ClassVar[float] = 20.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Resent, on.ResendRefused)
    failed: ClassVar[type[on.Failed] | None] = on.ResendFailed
    receipt: Receipt
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolve(Effect):
    """Make the end of an off-line receipt's way durable: W4."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Resolved,)
    record: ResolvedRecord


@dataclass(frozen=True, slots=True)
class Report(Effect):
    """Fold the journal since the last closing; a daily report is journaled with its sums, and can be read again."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 60.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Reported, on.ReportMissing)
    kind: ReportKind


@dataclass(frozen=True, slots=True)
class PrintReport(Effect):
    """Print a report."""

    lane: ClassVar[Lane] = Lane.PRINTER
    limit_s: ClassVar[float] = 60.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.ReportPrinted,)
    failed: ClassVar[type[on.Failed] | None] = on.ReportFailed
    sums: Sums


@dataclass(frozen=True, slots=True)
class OpenDrawer(Effect):
    """One pulse to the drawer; never waited for, never repeated."""

    lane: ClassVar[Lane] = Lane.PRINTER
    limit_s: ClassVar[float] = 3.0


@dataclass(frozen=True, slots=True)
class Beep(Effect):
    """Draw the cashier's attention to ``notice``; like the drawer's pulse it may be dropped."""

    lane: ClassVar[Lane] = Lane.SOUND
    limit_s: ClassVar[float] = 1.0
    notice: str
