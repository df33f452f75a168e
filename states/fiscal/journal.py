"""The records of the journal: what is durable, and when (W1 to W4).

Each record is a frozen dataclass; its kind is one byte in the frame and its payload strict JSON. A reader folds
the records of one receipt, found by its OKP, into a History.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from states.fiscal.identity import Identity
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
}

_KIND_OF = {record: kind for kind, record in KINDS.items()}
_ENCODER = msgspec.json.Encoder()
_DECODERS = {kind: msgspec.json.Decoder(record) for kind, record in KINDS.items()}
_DECIMAL_EXPONENT_MAX = 12


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it stands in the journal: its sequence number, wall time (ns) and chain hash."""

    seq: int
    at_ns: int
    chain: bytes
    record: Record


@dataclass(frozen=True, slots=True)
class History:
    """One receipt's records, folded; ``path`` of durable facts in journal order."""

    receipt: Receipt
    attempts: tuple[Attempt, ...]
    outcome: Outcome | None = None
    mail_failed: MailFailed | None = None
    interruptions: tuple[PrintInterrupted, ...] = ()
    delivered: Delivered | None = None
    resolved: Resolved | None = None

    @property
    def is_undelivered(self) -> bool:
        """True while the customer has neither paper nor mail, and may have one."""
        return self.delivered is None and not (self.outcome and self.outcome.form is Form.REFUSED)

    @property
    def is_unsent(self) -> bool:
        """True while an off-line receipt waits for the authority."""
        return self.outcome is not None and self.outcome.form is Form.OFFLINE and self.resolved is None

    def after(self, record: Record) -> History:
        """This history with one more record of the same receipt; of two answers or deliveries the first stays.

        ValueError for a record of another receipt, of none, or a second Intent.
        """
        if okp_of(record) != self.receipt.okp:
            raise ValueError(f"{type(record).__name__} is no record of {self.receipt.key}")
        match record:
            case Outcome():
                return replace(self, outcome=self.outcome or record)
            case MailFailed():
                return replace(self, mail_failed=self.mail_failed or record)
            case PrintInterrupted():
                return replace(self, interruptions=(*self.interruptions, record))
            case Delivered():
                return replace(self, delivered=self.delivered or record)
            case Attempted():
                return replace(self, attempts=(*self.attempts, record.attempt))
            case Resolved():
                known = self.resolved is not None and bool(self.resolved.uid)
                return self if known else replace(self, resolved=record)
        raise ValueError(f"a second {type(record).__name__} of {self.receipt.key}")


def okp_of(record: Record) -> str:
    """The OKP of the receipt that a record belongs to, empty for a record of the register itself."""
    match record:
        case Intent():
            return record.receipt.okp
        case Opened() | Closed() | TailDropped():
            return ""
    return record.okp


def fold_histories(records: Iterable[Record]) -> dict[str, History]:
    """The receipts whose Intent is among the records, by OKP, in the order of their Intents.

    Records of the register itself, and of receipts begun before, are left out.
    """
    histories: dict[str, History] = {}
    for record in records:
        okp = okp_of(record)
        if okp in histories:
            histories[okp] = histories[okp].after(record)
        elif isinstance(record, Intent):
            histories[okp] = History(record.receipt, (record.attempt,))
    return histories


def kind_of(record: Record) -> int:
    """The record's kind, one byte in its frame."""
    return _KIND_OF[type(record)]


def encode_record(record: Record) -> bytes:
    """The record as JSON in UTF-8: decimals as text, fields in the order above. It can always be read back.

    ValueError for a value that ``decode_record`` would refuse.
    """
    payload = _ENCODER.encode(record)
    if decode_record(kind_of(record), payload) != record:
        raise ValueError(f"{type(record).__name__} would not be read back as it is")
    return payload


def decode_record(kind: int, payload: bytes) -> Record:
    """Read a record strictly; fields that have a default may be absent, as an older program wrote them.

    ValueError for an unknown kind or field, a wrong type, a decimal that is not text or not a number of
    reasonable size, or JSON in any other form than ``encode_record`` gives it.
    """
    if kind not in _DECODERS:
        raise ValueError(f"unknown kind of record {kind}")
    try:
        record: Record = _DECODERS[kind].decode(payload)
        canonical = _ENCODER.encode(record)
        if canonical != payload and not _is_older(payload, canonical):
            raise ValueError("not in the form in which records are written")
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if isinstance(record, Intent):
        _check_decimals(record)
    return record


def _is_older(payload: bytes, canonical: bytes) -> bool:
    """True if nothing but fields is missing from the payload."""
    given: object = msgspec.json.decode(payload)
    return _ENCODER.encode(given) == payload and _is_within(given, msgspec.json.decode(canonical))


def _is_within(given: object, whole: object) -> bool:
    """True if each given field is in the whole with an equal value of the same type."""
    if isinstance(given, dict) and isinstance(whole, dict):
        return all(name in whole and _is_within(value, whole[name]) for name, value in given.items())
    if isinstance(given, list) and isinstance(whole, list):
        return len(given) == len(whole) and all(map(_is_within, given, whole))
    return type(given) is type(whole) and given == whole


def _check_decimals(intent: Intent) -> None:
    for item in intent.receipt.sale.items:
        for number in (item.quantity, item.unit_price):
            if not _is_reasonable(number):
                raise ValueError(f"not a number of reasonable size: {number}")


def _is_reasonable(number: Decimal) -> bool:
    return number.is_finite() and abs(number.adjusted()) <= _DECIMAL_EXPONENT_MAX
