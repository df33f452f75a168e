"""The life of each receipt: attempts, the authority's answers, the one way to the customer.

Source: reliability 2.1 (I4, I5, I8, I9, I11 to I19).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from controller.verify_frames import Broken
from states.fiscal.codes import is_uid
from states.fiscal.journal import (
    Attempted,
    Delivered,
    Intent,
    MailFailed,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    okp_of,
)
from states.fiscal.receipt import Attempt, Form, ReceiptType, Verdict, Way

_NO_ANSWER_CODES = (0, -1)


@dataclass(slots=True)
class Life:
    """What is known so far of one receipt; ``repaired`` is true while another one replaces it."""

    seq: int
    key: str
    type: ReceiptType
    sending_count: int = 0
    outcome: Outcome | None = None
    is_mail_failed: bool = False
    is_delivered: bool = False
    resolved: Resolved | None = None
    is_repaired: bool = False
    repairs: str = ""

    @property
    def pending(self) -> str:
        """What is still to be done, empty for nothing."""
        if self.outcome is None:
            return "waits for the authority's answer to be recorded"
        if self.outcome.form is not Form.REFUSED and not self.is_delivered:
            return "waits for its delivery"
        if self.outcome.form is Form.OFFLINE and self.resolved is None:
            return "waits to be sent to the authority"
        if self.resolved and self.resolved.code and not self.is_repaired:
            return f"was refused later, with code {self.resolved.code}"
        return ""


class Attempts:
    """Remembers every Uuid: none is ever used again, for a receipt or for a location."""

    def __init__(self) -> None:
        self._uuids: set[str] = set()

    def judge(self, key: str, attempt: Attempt, count_before: int) -> Iterator[Broken]:
        """What this attempt of a message breaks."""
        if attempt.sending_count != count_before + 1:
            yield "I9", f"{key}: SendingCount {attempt.sending_count} follows {count_before}"
        if attempt.uuid.lower() in self._uuids:
            yield "I9", f"{key}: Uuid {attempt.uuid} was used before"
        self._uuids.add(attempt.uuid.lower())


class Lives:
    """Remembers every receipt, by its OKP."""

    def __init__(self, attempts: Attempts) -> None:
        self.lives: dict[str, Life] = {}
        self._attempts = attempts
        self._uids: dict[str, str] = {}

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        if isinstance(record, Intent):
            yield from self._intent(seq, record)
        elif okp := okp_of(record):
            life = self.lives.get(okp)
            if life is None:
                yield "I5", f"{type(record).__name__} of OKP {okp}, which no Intent announced"
            else:
                yield from self._of_receipt(life, record)

    def _intent(self, seq: int, record: Intent) -> Iterator[Broken]:
        receipt = record.receipt
        if receipt.okp in self.lives:
            yield "I8", f"OKP {receipt.okp} was used before"
        fresh = Life(seq, receipt.key, receipt.sale.type, repairs=receipt.sale.repairs)
        life = self.lives.setdefault(receipt.okp, fresh)
        self._mark_original(life, is_repaired=True)
        yield from self._attempt(life, record.attempt)

    def _mark_original(self, life: Life, *, is_repaired: bool) -> None:
        if original := self.lives.get(life.repairs):
            original.is_repaired = is_repaired

    def _of_receipt(self, life: Life, record: Any) -> Iterator[Broken]:
        rules: dict[type[Any], Callable[[Life, Any], Iterator[Broken]]] = {
            Outcome: self._outcome,
            MailFailed: _mail_failed,
            PrintInterrupted: _print_interrupted,
            Delivered: _delivered,
            Attempted: self._attempted,
            Resolved: self._resolved,
        }
        yield from rules[type(record)](life, record)

    def _attempt(self, life: Life, attempt: Attempt) -> Iterator[Broken]:
        yield from self._attempts.judge(life.key, attempt, life.sending_count)
        life.sending_count = attempt.sending_count

    def _attempted(self, life: Life, record: Attempted) -> Iterator[Broken]:
        yield from self._attempt(life, record.attempt)
        if life.outcome and life.outcome.form is not Form.OFFLINE:
            yield "I9", f"{life.key}: sent again after it was {life.outcome.form}"

    def _outcome(self, life: Life, record: Outcome) -> Iterator[Broken]:
        if life.outcome:
            yield "I14", f"{life.key}: {record.form} after it was {life.outcome.form}"
        if (record.form is Form.ONLINE) != bool(record.uid) or not _is_uid_or_empty(record.uid):
            yield "I11", f"{life.key}: {record.form} with the UID {record.uid!r}"
        if record.form is Form.OFFLINE and (not record.reason or record.code not in _NO_ANSWER_CODES):
            yield "I14", f"{life.key}: off-line with code {record.code} and the reason {record.reason!r}"
        if record.form is Form.REFUSED:
            self._mark_original(life, is_repaired=False)
            if record.code in _NO_ANSWER_CODES:
                yield "I13", f"{life.key}: refused with code {record.code}"
        yield from _way(life, record)
        yield from self._uid(life, record.okp, record.uid)
        life.outcome = life.outcome or record

    def _resolved(self, life: Life, record: Resolved) -> Iterator[Broken]:
        if life.outcome is None or life.outcome.form is not Form.OFFLINE:
            yield "I12", f"{life.key}: a later answer to a receipt that is not off-line"
        if bool(record.uid) == bool(record.code) or not _is_uid_or_empty(record.uid):
            yield "I11", f"{life.key}: a later answer with the UID {record.uid!r} and code {record.code}"
        yield from self._uid(life, record.okp, record.uid)
        life.resolved = life.resolved if life.resolved and life.resolved.uid else record

    def _uid(self, life: Life, okp: str, uid: str) -> Iterator[Broken]:
        if uid and self._uids.setdefault(uid.lower(), okp) != okp:
            yield "I11", f"{life.key}: UID {uid} belongs to another receipt"


def _is_uid_or_empty(uid: str) -> bool:
    return not uid or is_uid(uid)


def _way(life: Life, record: Outcome) -> Iterator[Broken]:
    """What forbids the way that the outcome announces."""
    if (record.way is None) != (record.form is Form.REFUSED):
        yield "I13", f"{life.key}: {record.form}, and its way to the customer is {record.way}"
    if record.way is Way.EMAIL and (record.form is not Form.ONLINE or life.type is ReceiptType.ND):
        yield "I16", f"{life.key}: {life.type}, {record.form}, and yet to be mailed"


def _mail_failed(life: Life, record: MailFailed) -> Iterator[Broken]:
    if life.outcome is None or life.outcome.way is not Way.EMAIL:
        yield "I16", f"{life.key}: a mail failed that was never to be sent"
    if life.is_mail_failed or life.is_delivered:
        yield "I18", f"{life.key}: a mail failed after the receipt was delivered or its mail had failed"
    if record.verdict is Verdict.ACCEPTED:
        yield "I17", f"{life.key}: the mail was accepted, and yet it failed"
    life.is_mail_failed = True


def _print_interrupted(life: Life, _record: PrintInterrupted) -> Iterator[Broken]:
    yield from _may_hand_out(life, Way.PRINT)
    if life.is_delivered:
        yield "I19", f"{life.key}: the original was printed again after its delivery"


def _delivered(life: Life, record: Delivered) -> Iterator[Broken]:
    yield from _may_hand_out(life, record.way)
    if life.is_delivered:
        yield ("I19" if record.way is Way.PRINT else "I18"), f"{life.key}: the original was delivered twice"
    life.is_delivered = True


def _may_hand_out(life: Life, way: Way) -> Iterator[Broken]:
    """What forbids this way to the customer."""
    outcome = life.outcome
    if outcome is None:
        yield "I4", f"{life.key}: handed out before its outcome was recorded"
    elif outcome.form is Form.REFUSED:
        yield "I13", f"{life.key}: handed out although the authority refused it"
    elif way is Way.EMAIL and (outcome.way is not Way.EMAIL or outcome.form is not Form.ONLINE):
        yield "I16", f"{life.key}: mailed, though it was {outcome.form} and to be handed out as {outcome.way}"
    elif way is Way.EMAIL and life.is_mail_failed:
        yield "I17", f"{life.key}: the mail failed, and yet paper did not follow"
    elif way is Way.PRINT and outcome.way is Way.EMAIL and not life.is_mail_failed:
        yield "I17", f"{life.key}: printed before its mail was recorded as failed"
