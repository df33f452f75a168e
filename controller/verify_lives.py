"""The life of each receipt: attempts, the authority's answers, the one way to the customer.

Source: reliability 2.1 (I4, I5, I8, I9, I11 to I21, I26).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from controller.verify_frames import Broken, Found
from controller.verify_shelf import Shelf
from controller.verify_times import DEADLINE_NS, HOUR_NS, Times
from states.fiscal.journal import (
    Attempted,
    Delivered,
    Intent,
    MailFailed,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    SetAside,
)
from states.fiscal.receipt import Attempt, Form, ReceiptType, Verdict, Way

POWER_CUT = "power-cut"
STARTS_MIN = 3
"""With so many starts a receipt must have come no further before it may be set aside."""

_NO_ANSWER_CODES = (0, -1)
_UID = re.compile(r"[OV]-(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{27}-TEST)")
_MASK = "***"

Later = Outcome | MailFailed | PrintInterrupted | Delivered | Attempted | Resolved | SetAside
"""The records that follow a receipt's first."""


@dataclass(slots=True)
class Life:
    """What is known so far of one receipt; ``is_repaired`` is true while another one replaces it.

    ``starts`` is how often the register had been started when it last came further; ``aside`` with how many starts it
    was given up, 0 unless it is; ``is_doomed`` is true once it was, for then it is never handed out.
    """

    seq: int
    segment: int
    offset: int
    began_ns: int
    key: str
    type: ReceiptType
    email_masked: str
    starts: int
    sending_count: int = 0
    form: Form | None = None
    way: Way | None = None
    is_mail_failed: bool = False
    is_delivered: bool = False
    is_resolved: bool = False
    is_answered_late: bool = False
    code: int = 0
    is_repaired: bool = False
    repairs: str = ""
    aside: int = 0
    is_doomed: bool = False

    @property
    def is_unsent(self) -> bool:
        """True while the authority has not answered."""
        return self.form is None or (self.form is Form.OFFLINE and not self.is_resolved)

    @property
    def pending(self) -> str:
        """What is still to be done, empty for nothing."""
        is_to_hand_out = self.form is not Form.REFUSED and not self.is_delivered
        if self.is_doomed and (self.aside or is_to_hand_out):
            return "was set aside when the register did not come further with it: somebody must look at it"
        if self.form is None:
            return "waits for the authority's answer to be recorded"
        if is_to_hand_out:
            return "waits for its delivery"
        if self.is_unsent:
            return "waits to be sent to the authority"
        if self.code and not self.is_answered_late and not self.is_repaired:
            return f"was refused later, with code {self.code}"
        return ""


class Lives:
    """Remembers every receipt, by its OKP."""

    def __init__(self, store: sqlite3.Connection, times: Times) -> None:
        self.shelf = Shelf(store, "life", Life)
        self.receipts = 0
        self.starts = 0
        self._times = times
        self._rules: dict[type[Any], Callable[[Life, Any], Iterator[Broken]]] = {
            Outcome: self._outcome,
            MailFailed: _mail_failed,
            PrintInterrupted: _print_interrupted,
            Delivered: _delivered,
            Attempted: _attempted,
            Resolved: self._resolved,
            SetAside: self._set_aside,
        }

    def judge(self, found: Found, record: Record) -> Iterator[Broken]:
        """What this record of a receipt breaks; it is remembered afterwards."""
        if isinstance(record, Intent):
            yield from self._intent(found, record)
        elif isinstance(record, Later):
            life = self.shelf.get(record.okp)
            if life is None:
                yield "I5", f"{type(record).__name__} of OKP {record.okp}, which no Intent announced"
                return
            if _is_progress(record):
                life.starts = self.starts
            yield from self._rules[type(record)](life, record)

    def late(self) -> Iterator[tuple[Life, str]]:
        """What the end of the journal breaks: receipts that wait for the authority, and have for too long."""
        for life in self.shelf.open():
            hours = (self._times.now_ns - life.began_ns) // HOUR_NS
            if life.is_unsent and not life.is_doomed and self._times.now_ns - life.began_ns > DEADLINE_NS:
                yield life, f"{life.key}: {hours} hours after its first attempt the authority has not answered"

    def _intent(self, found: Found, record: Intent) -> Iterator[Broken]:
        receipt = record.receipt
        sale = receipt.sale
        self.receipts += 1
        place = found.seq, found.segment, found.offset
        life = Life(*place, self._times.now_ns, receipt.key, sale.type, sale.email_masked, self.starts)
        life.repairs = sale.repairs
        if sale.email_masked and _MASK not in sale.email_masked:
            yield "I26", f"{life.key}: the customer's whole address is in the journal"
        self._mark_original(life, is_repaired=True)
        self.shelf.put(receipt.okp, life)
        yield from judge_attempt(life.key, record.attempt, 0)
        life.sending_count = record.attempt.sending_count

    def _mark_original(self, life: Life, *, is_repaired: bool) -> None:
        if life.repairs and (original := self.shelf.get(life.repairs)):
            original.is_repaired = is_repaired

    def _outcome(self, life: Life, record: Outcome) -> Iterator[Broken]:
        if life.form:
            yield "I14", f"{life.key}: {record.form} after it was {life.form}"
        if (record.form is Form.ONLINE) != bool(record.uid) or not _is_uid_or_empty(record.uid):
            yield "I11", f"{life.key}: {record.form} with the UID {record.uid!r}"
        if record.form is Form.OFFLINE and (not record.reason or record.code not in _NO_ANSWER_CODES):
            yield "I14", f"{life.key}: off-line with code {record.code} and the reason {record.reason!r}"
        if record.form is Form.REFUSED and record.code in _NO_ANSWER_CODES:
            yield "I13", f"{life.key}: refused with code {record.code}"
        yield from _way(life, record)
        if life.form is None:
            life.form, life.way = record.form, record.way
        if record.form is Form.REFUSED:
            self._mark_original(life, is_repaired=False)

    def _resolved(self, life: Life, record: Resolved) -> Iterator[Broken]:
        if life.form is not Form.OFFLINE and not (life.form is None and life.is_doomed):
            yield "I12", f"{life.key}: a later answer to a receipt that is not off-line"
        if bool(record.uid) == bool(record.code) or not _is_uid_or_empty(record.uid):
            yield "I11", f"{life.key}: a later answer with the UID {record.uid!r} and code {record.code}"
        after_ns = self._times.now_ns - life.began_ns
        if not life.is_resolved and not life.is_doomed and after_ns > DEADLINE_NS:
            yield "I20", f"{life.key}: answered {after_ns // HOUR_NS} hours after its first attempt"
        life.is_resolved = True
        life.is_answered_late |= bool(record.uid)
        life.code = record.code

    def _set_aside(self, life: Life, record: SetAside) -> Iterator[Broken]:
        since = self.starts - life.starts
        if record.starts < STARTS_MIN or since < STARTS_MIN:
            yield "I21", f"{life.key}: set aside after {record.starts} starts, {since} of them since it came further"
        if life.aside or not life.pending:
            yield (
                "I21",
                f"{life.key}: set aside though nothing was left to do, or once more though it was not sent again",
            )
        life.aside, life.is_doomed = record.starts, True


def judge_attempt(key: str, attempt: Attempt, count_before: int) -> Iterator[Broken]:
    """What the count of this attempt of a message breaks."""
    if attempt.sending_count != count_before + 1:
        yield "I9", f"{key}: SendingCount {attempt.sending_count} follows {count_before}"


def _is_progress(record: Later) -> bool:
    """Whether a receipt has come further by this: what recovery writes, and the outbox, brings nobody paper."""
    match record:
        case MailFailed(phase=reason) | PrintInterrupted(reason=reason):
            return reason != POWER_CUT
    return not isinstance(record, Attempted | Resolved | SetAside)


def _attempted(life: Life, record: Attempted) -> Iterator[Broken]:
    yield from judge_attempt(life.key, record.attempt, life.sending_count)
    life.sending_count, life.aside = record.attempt.sending_count, 0
    if life.form and life.form is not Form.OFFLINE:
        yield "I9", f"{life.key}: sent again after it was {life.form}"


def _is_uid_or_empty(uid: str) -> bool:
    return not uid or _UID.fullmatch(uid) is not None


def _way(life: Life, record: Outcome) -> Iterator[Broken]:
    """What forbids the way that the outcome announces."""
    if (record.way is None) != (record.form is Form.REFUSED):
        yield "I13", f"{life.key}: {record.form}, and its way to the customer is {record.way}"
    if record.way is Way.EMAIL and (record.form is not Form.ONLINE or life.type is ReceiptType.ND):
        yield "I16", f"{life.key}: {life.type}, {record.form}, and yet to be mailed"
    if bool(record.message_id) != (record.way is Way.EMAIL):
        yield "I18", f"{life.key}: to be handed out as {record.way}, with the Message-ID {record.message_id!r}"
    elif record.message_id and not record.message_id.lower().startswith(f"<{record.okp.lower()}@"):
        yield "I18", f"{life.key}: the Message-ID {record.message_id!r} does not follow from its OKP"


def _mail_failed(life: Life, record: MailFailed) -> Iterator[Broken]:
    if life.way is not Way.EMAIL:
        yield "I16", f"{life.key}: a mail failed that was never to be sent"
    if life.is_mail_failed or life.is_delivered:
        yield "I18", f"{life.key}: a mail failed after the receipt was delivered or its mail had failed"
    if record.verdict is Verdict.ACCEPTED:
        yield "I17", f"{life.key}: the mail was accepted, and yet it failed"
    yield from _secret(life, record.text)
    life.is_mail_failed = True


def _print_interrupted(life: Life, _record: PrintInterrupted) -> Iterator[Broken]:
    yield from _may_hand_out(life, Way.PRINT)
    if life.is_delivered:
        yield "I19", f"{life.key}: the original was printed again after its delivery"


def _delivered(life: Life, record: Delivered) -> Iterator[Broken]:
    yield from _may_hand_out(life, record.way)
    if life.is_delivered:
        yield ("I19" if record.way is Way.PRINT else "I18"), f"{life.key}: the original was delivered twice"
    yield from _secret(life, record.evidence)
    life.is_delivered = True


def _secret(life: Life, text: str) -> Iterator[Broken]:
    """The customer's address must not stand in what the mail server said."""
    first, _, domain = life.email_masked.partition(_MASK)
    address = rf"(?<![\w.*]){re.escape(first)}[^\s<>*@]*{re.escape(domain)}"
    if first and domain.startswith("@") and re.search(address, text, re.IGNORECASE):
        yield "I26", f"{life.key}: the customer's whole address is in the journal"


def _may_hand_out(life: Life, way: Way) -> Iterator[Broken]:
    """What forbids this way to the customer."""
    if life.is_doomed:
        yield "I21", f"{life.key}: handed out after it was set aside, when the customer had a slip written by hand"
    if life.form is None:
        yield "I4", f"{life.key}: handed out before its outcome was recorded"
    elif life.form is Form.REFUSED:
        yield "I13", f"{life.key}: handed out although the authority refused it"
    elif way is Way.EMAIL and (life.way is not Way.EMAIL or life.form is not Form.ONLINE):
        yield "I16", f"{life.key}: mailed, though it was {life.form} and to be handed out as {life.way}"
    elif way is Way.EMAIL and life.is_mail_failed:
        yield "I17", f"{life.key}: the mail failed, and yet paper did not follow"
    elif way is Way.PRINT and life.way is Way.EMAIL and not life.is_mail_failed:
        yield "I17", f"{life.key}: printed before its mail was recorded as failed"
