"""The journal as it is read: records to bytes and back, and the records of one receipt folded into its History.

A record's kind is one byte in its frame and its payload strict JSON; the records themselves are in ``records``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from states.fiscal.receipt import TIME_CODES, Attempt, Form, Receipt
from states.fiscal.records import (
    KINDS as KINDS,
    Attempted as Attempted,
    CashMoved as CashMoved,
    CatalogueSet as CatalogueSet,
    Closed as Closed,
    Delivered as Delivered,
    Intent as Intent,
    MailFailed as MailFailed,
    Moved as Moved,
    MovedAnswered as MovedAnswered,
    MovedAttempted as MovedAttempted,
    Opened as Opened,
    Outcome as Outcome,
    PrintInterrupted as PrintInterrupted,
    Record as Record,
    Resolved as Resolved,
    SetAside as SetAside,
    TailDropped as TailDropped,
)

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
    """One receipt's records, folded.

    ``set_aside``: the register gave it up, so it is never handed out any more; ``is_given_up``: nor is it sent, unless
    a person has it sent once more.
    """

    receipt: Receipt
    attempts: tuple[Attempt, ...]
    outcome: Outcome | None = None
    mail_failed: MailFailed | None = None
    interruptions: tuple[PrintInterrupted, ...] = ()
    delivered: Delivered | None = None
    resolved: Resolved | None = None
    set_aside: SetAside | None = None
    is_given_up: bool = False

    @property
    def is_undelivered(self) -> bool:
        """True while the customer has neither paper nor mail, and may have one from the register."""
        return self.delivered is None and not self.is_refused and self.set_aside is None

    @property
    def is_refused(self) -> bool:
        """True if the authority refused it at once: it was never handed out."""
        return self.outcome is not None and self.outcome.form is Form.REFUSED

    @property
    def is_ahead(self) -> bool:
        """True if the authority refused it, at once or later, because its time lies ahead."""
        answers = (self.resolved, self.outcome)
        return any(answer is not None and answer.code in TIME_CODES for answer in answers)

    @property
    def is_aside(self) -> bool:
        """True for an off-line receipt that the authority refused later, and for one that the register gave up before
        there was any answer."""
        if self.resolved is not None:
            return not self.resolved.uid
        return self.is_given_up and (self.outcome is None or self.outcome.form is Form.OFFLINE)

    @property
    def is_unsent(self) -> bool:
        """True while an off-line receipt waits for the authority."""
        is_offline = self.outcome is not None and self.outcome.form is Form.OFFLINE
        return is_offline and self.resolved is None and not self.is_given_up

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
                return replace(self, attempts=(*self.attempts, record.attempt), is_given_up=False)
            case SetAside():
                return replace(self, set_aside=self.set_aside or record, is_given_up=True)
            case Resolved():
                known = self.resolved is not None and bool(self.resolved.uid)
                return self if known else replace(self, resolved=record)
        raise ValueError(f"a second {type(record).__name__} of {self.receipt.key}")


def okp_of(record: Record) -> str:
    """The OKP of the receipt that a record belongs to, empty for a record of the register or of a location."""
    match record:
        case Intent():
            return record.receipt.okp
        case Outcome() | MailFailed() | PrintInterrupted() | Delivered() | Attempted() | Resolved() | SetAside():
            return record.okp
    return ""


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
    for number in _decimals(record):
        if not _is_reasonable(number):
            raise ValueError(f"not a number of reasonable size: {number}")
    return record


def _is_older(payload: bytes, canonical: bytes) -> bool:
    """True if nothing but fields is missing from the payload."""
    given: object = msgspec.json.decode(payload)
    return _ENCODER.encode(given) == payload and _is_within(given, msgspec.json.decode(canonical))


def _is_within(given: object, whole: object) -> bool:
    """True if each given field is in the whole, in the same order and with an equal value of the same type."""
    if isinstance(given, dict) and isinstance(whole, dict):
        same = {name: whole[name] for name in whole if name in given}
        return list(same) == list(given) and all(map(_is_within, given.values(), same.values()))
    if isinstance(given, list) and isinstance(whole, list):
        return len(given) == len(whole) and all(map(_is_within, given, whole))
    return type(given) is type(whole) and given == whole


def _decimals(record: Record) -> Iterator[Decimal]:
    match record:
        case Intent(receipt):
            for item in receipt.sale.items:
                yield from (item.quantity, item.unit_price)
            for tender in receipt.sale.tenders:
                yield from (tender.foreign.amount, tender.foreign.per_euro) if tender.foreign else ()
        case CatalogueSet(products):
            yield from (product.price for product in products if product.price is not None)


def _is_reasonable(number: Decimal) -> bool:
    return number.is_finite() and abs(number.adjusted()) <= _DECIMAL_EXPONENT_MAX
