"""What the machines want from the world: plain data, each with its lane, limit, answers and failure.

An effect with answers is waited for and brings exactly one of them; one without is neither waited for nor
repeated. Limits in seconds are facts of the class, so that an auditor reads them all on this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from states import events as on
from states.fiscal.journal import MovedAnswered, Record, Resolved as ResolvedRecord
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Attempt, Receipt, Sale
from states.fiscal.slip import Order, Slip

BRIEF_S = 1.0
"""How long a customer waits for an authority that did not answer the last sales."""


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
    """Ask the tax authority for the UID; the law gives it five seconds.

    ``briefly``: the authority did not answer the last sales, so the customer waits BRIEF_S only; the message leaves all
    the same, and an answer that comes later is heard as AnsweredLate.
    """

    lane: ClassVar[Lane] = Lane.AUTHORITY
    limit_s: ClassVar[float] = 5.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Registered, on.RegisterRefused)
    failed: ClassVar[type[on.Failed] | None] = on.RegisterFailed
    receipt: Receipt
    attempt: Attempt
    briefly: bool = False


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
    """Make a further attempt of a message durable: W4."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Reattempted,)
    message: Receipt | Location
    sending_count: int


@dataclass(frozen=True, slots=True)
class Resend(Effect):
    """Send a message again, beside the sales."""

    lane: ClassVar[Lane] = Lane.OUTBOX
    limit_s: ClassVar[float] = 20.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Resent, on.ResendRefused)
    failed: ClassVar[type[on.Failed] | None] = on.ResendFailed
    message: Receipt | Location
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolve(Effect):
    """Make the end of a message's way durable: W4."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Resolved,)
    record: ResolvedRecord | MovedAnswered


@dataclass(frozen=True, slots=True)
class Find(Effect):
    """Look the original of returned goods up by what the cashier typed: UID, OKP, key, or number of this month."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.OriginalFound, on.OriginalMissing)
    typed: str


@dataclass(frozen=True, slots=True)
class CheckParagon(Effect):
    """Compare a slip written by hand with the journal's last one and with the clock; ``number`` 0 is the next one."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.ParagonAllowed, on.ParagonRefused)
    number: int
    issued: str


@dataclass(frozen=True, slots=True)
class Announce(Effect):
    """Date the place and make W1 of its location durable."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Announced,)
    place: Place


@dataclass(frozen=True, slots=True)
class Locate(Effect):
    """Tell the authority the place, within the same limit as a sale."""

    lane: ClassVar[Lane] = Lane.AUTHORITY
    limit_s: ClassVar[float] = 5.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.Located, on.LocateRefused)
    failed: ClassVar[type[on.Failed] | None] = on.LocateFailed
    location: Location
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class KeepPlace(Effect):
    """Make the authority's answer to a location durable."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 30.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.PlaceKept,)
    record: MovedAnswered


@dataclass(frozen=True, slots=True)
class Gather(Effect):
    """Read from the journal what a slip says, and make durable what must be so before it is printed."""

    lane: ClassVar[Lane] = Lane.STORAGE
    limit_s: ClassVar[float] = 60.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.SlipGathered, on.SlipMissing)
    order: Order


@dataclass(frozen=True, slots=True)
class PrintSlip(Effect):
    """Print a slip."""

    lane: ClassVar[Lane] = Lane.PRINTER
    limit_s: ClassVar[float] = 60.0
    brings: ClassVar[tuple[type[on.Answer], ...]] = (on.SlipPrinted,)
    failed: ClassVar[type[on.Failed] | None] = on.SlipFailed
    slip: Slip


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
