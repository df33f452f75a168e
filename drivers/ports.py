"""Every port of the register: what is promised, and what is not known after a failure.

A driver is an async context manager found by entry point (group ``ekasa.<port>``); what it opens it closes.
``PortError`` is an answer that the register expects; any other exception stops it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from states.events import Key
from states.fiscal.journal import History, Record, Stored
from states.fiscal.paper import Line
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, MailResult, Receipt
from states.view import View


class PortError(Exception):
    """An expected failure of the world: ``reason`` is a stable word, ``detail`` what was seen."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class NoAnswer(PortError):
    """The authority did not answer; ``sent`` is False only when no byte of the message can have left."""

    def __init__(self, reason: str, detail: str = "", *, sent: bool) -> None:
        super().__init__(reason, detail)
        self.sent = sent


class Authority(Protocol):
    """The tax authority's server."""

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """Send the receipt's message once and return the verified answer.

        Raises:
          NoAnswer: no answer that may be believed. Unless ``sent`` is False the authority may have
              registered the receipt; the same is true if this is cancelled.
        """

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """Send a portable register's location once; an Acceptance of it has no UID.

        Raises:
          NoAnswer: as for a receipt.
        """


class Mail(Protocol):
    """The submission server of the seller's mail provider."""

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """Make one attempt to mail the receipt, within the driver's own limit, and say how it ended.

        Never raises for what a server, the network or the time does: NOT_SENT before the final dot,
        ACCEPTED on 250 after it, IN_DOUBT when the dot was sent and no reply came. If this is cancelled
        the mail is in doubt.
        """


class Printer(Protocol):
    """The receipt printer."""

    columns: int

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """Print and cut; return when the printer confirms that the last line has left the head.

        Raises:
          PortError: no paper (``paper-out``), an open cover (``cover-open``), no answer (``silent``) or another
              fault (``error``, ``gone``). Some, all or none of the lines may be on paper; the same is true if
              this is cancelled.
        """

    async def open_drawer(self) -> None:
        """Send one pulse to the drawer; PortError if it cannot be sent. Nobody confirms that it opened."""


@dataclass(frozen=True, slots=True)
class Medium:
    """The condition of a storage: bytes used and bytes there are in all, and whether a second copy that was configured
    is no longer written."""

    used_bytes: int
    capacity_bytes: int
    is_copy_lost: bool = False

    @property
    def used_percent(self) -> int:
        """How full it is, 0 to 100, rounded down."""
        return min(100, 100 * self.used_bytes // max(1, self.capacity_bytes))


class Storage(Protocol):
    """Protected storage: append only, one writer, durable when ``append`` returns."""

    async def append(self, record: Record) -> Stored:
        """Write the record and return it as stored, once it is on the medium.

        Raises:
          PortError: ``full``, and nothing was written. Any other exception (an I/O error) means that it is
              not known whether the record is durable: nothing may be appended until the journal was
              opened and verified again.
        """

    async def reserve(self) -> None:
        """Make sure that the worst-case life of one more receipt fits; PortError(``full``) otherwise."""

    async def examine(self) -> Medium:
        """Verify a further piece of what is stored, for some milliseconds, and tell the medium's condition.

        Any exception means that what was durable is damaged, or that the medium failed: nothing may be sold.
        """

    async def last_number(self, month: str) -> int:
        """The highest ReceiptNumber of ``2026-11`` in the journal, 0 without one."""

    async def last_create_date(self) -> str:
        """The newest CreateDate in the journal, empty without one.

        A receipt that the authority refused for lying in the future (-103, -104) does not count.
        """

    async def last_paragon(self) -> int:
        """The highest ParagonNumber of a receipt that was not refused, 0 without one."""

    async def find(self, key: str) -> History | None:
        """The receipt of this UID, OKP, ``YYYY-MM/number`` or basket id."""

    async def repair_of(self, okp: str) -> History | None:
        """The receipt that was registered in place of this one and not refused itself."""

    async def open_histories(self) -> tuple[History, ...]:
        """Receipts that are undelivered, unsent, or refused later and so set aside, oldest first."""

    def records_of(self, *kinds: type[Record]) -> AsyncIterator[Stored]:
        """The records of these kinds, oldest first, without reading the others."""

    async def last_of(self, kind: type[Record]) -> Stored | None:
        """The newest record of this kind, None without one."""

    def records(self, after_seq: int = 0) -> AsyncIterator[Stored]:
        """All records with a greater sequence number, oldest first."""

    async def last_closed(self) -> int:
        """The sequence number up to which the last daily report counts, 0 without one."""


class Signer(Protocol):
    """The register's key and certificate (authdata)."""

    certificate_serial: str
    certificate_der: bytes
    not_after: datetime

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256: 256 bytes."""


class Keypad(Protocol):
    """The keys under the cashier's fingers."""

    async def next_key(self) -> Key:
        """Wait for a key. An unknown one is logged and returned as UnknownPressed, so that it is answered with a beep.

        Raises:
          PortError: ``gone`` when the device was unplugged, ``ended`` when the input is over. A cancelled
              call loses no key.
        """

    def wants_words(self, wanted: bool) -> None:
        """From the next key on letters are words (TextTyped), or function keys again; others ignore this."""


class Display(Protocol):
    """What the cashier and the customer see."""

    async def show(self, view: View) -> None:
        """Show the view in full; a newer one replaces it. If this is cancelled a part of it may show."""

    async def beep(self) -> None:
        """Draw attention once."""


class Clock(Protocol):
    """Civil time; the monotonic clock of deadlines is trio's own."""

    def now(self) -> datetime:
        """The time now, aware, in Europe/Bratislava."""
