"""The records of the journal: what is durable, and when (W1 to W4). Each is a frozen dataclass of one kind."""

from __future__ import annotations

from dataclasses import dataclass

from states.fiscal.identity import Identity
from states.fiscal.place import Location
from states.fiscal.product import Product
from states.fiscal.receipt import Attempt, Form, Receipt, Verdict, Way


@dataclass(frozen=True, slots=True)
class Opened:
    """The register was started on this journal."""

    session: str
    version: str
    sw_id: str
    identity: Identity
    certificate_pem: str


@dataclass(frozen=True, slots=True)
class Intent:
    """W1: the sealed receipt and its first attempt, before the first byte to the authority."""

    receipt: Receipt
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Outcome:
    """W2: what the authority made of it, and the way to the customer, before that way is begun.

    ``uid`` only when online; ``code`` the EkasaErrorCode or 0; ``reason`` why there was no answer; ``way`` is
    None only when refused; ``message_id`` only when the way is e-mail.
    """

    okp: str
    form: Form
    uid: str
    code: int
    reason: str
    way: Way | None
    message_id: str
    reply: str


@dataclass(frozen=True, slots=True)
class MailFailed:
    """W3': the mail was not confirmed, so the receipt will be printed."""

    okp: str
    verdict: Verdict
    phase: str
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PrintInterrupted:
    """A print of the original ended without the printer's confirmation; the original may be printed again."""

    okp: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """W3: the one original reached the customer; ``evidence`` is the SMTP reply or the printer's confirmation."""

    okp: str
    way: Way
    evidence: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """W4: a further attempt, before its first byte to the authority."""

    okp: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resolved:
    """W4: the answer to a further attempt of an off-line receipt: a UID, or the code that set it aside."""

    okp: str
    uid: str
    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A daily report (Z) was closed: its number and the sequence number up to which it counts."""

    number: int
    up_to_seq: int
    totals: str


@dataclass(frozen=True, slots=True)
class TailDropped:
    """A torn, never acknowledged tail of this many bytes was dropped at start."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CashMoved:
    """Cash was put into the drawer, or below zero taken from it, ``at`` (25 characters)."""

    cents: int
    at: str
    cashier: str


@dataclass(frozen=True, slots=True)
class Moved:
    """W1 of a location: a portable register is at a new place; its first attempt, before its first byte."""

    location: Location
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class MovedAttempted:
    """W4 of a location: a further attempt, before its first byte."""

    id: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class MovedAnswered:
    """The authority's answer to a location: taken (``code`` 0) or refused."""

    id: str
    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class CatalogueSet:
    """The PLU that the register sells from now on, all of them: each replaces what was set before."""

    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A receipt with which the register was started so many times, the last included, and never came further: it goes
    on without it, and somebody must look at it."""

    okp: str
    starts: int


Record = (
    Opened
    | Intent
    | Outcome
    | MailFailed
    | PrintInterrupted
    | Delivered
    | Attempted
    | Resolved
    | Closed
    | TailDropped
    | CashMoved
    | Moved
    | MovedAttempted
    | MovedAnswered
    | CatalogueSet
    | SetAside
)

KINDS: dict[int, type[Record]] = {
    1: Opened,
    2: Intent,
    3: Outcome,
    4: MailFailed,
    5: PrintInterrupted,
    6: Delivered,
    7: Attempted,
    8: Resolved,
    9: Closed,
    10: TailDropped,
    11: CashMoved,
    12: Moved,
    13: MovedAttempted,
    14: MovedAnswered,
    15: CatalogueSet,
    16: SetAside,
}
"""The byte that names each kind in its frame."""
