"""The invariants that the records of a journal must hold, each checked as the records go by.

Sources: reliability 2.1 for the numbers I5 to I24; IR 2.1 for PKP and OKP.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from states.fiscal.journal import (
    Attempted,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    TailDropped,
)
from states.fiscal.money import format_cents
from states.fiscal.receipt import Attempt, Form, Receipt, Verdict, Way

Broken = tuple[str, str]
"""An invariant and how it is broken."""

UID = re.compile(r"[VO]-([0-9a-fA-F]{32}|[0-9a-fA-F]{27}-TEST)")
_PKP_BYTES = 256
_NO_ANSWER_CODES = (0, -1)


@dataclass(slots=True)
class Life:
    """What is known so far of one receipt."""

    seq: int
    key: str
    sending_count: int = 0
    outcome: Outcome | None = None
    is_mail_failed: bool = False
    is_delivered: bool = False
    resolved: Resolved | None = None

    @property
    def pending(self) -> str:
        """What is still to be done, empty for nothing."""
        if self.outcome is None:
            return "waits for the authority's answer to be recorded"
        if self.outcome.form is not Form.REFUSED and not self.is_delivered:
            return "waits for its delivery"
        is_unsent = self.outcome.form is Form.OFFLINE and self.resolved is None
        return "waits to be sent to the authority" if is_unsent else ""


@dataclass(slots=True)
class Audit:
    """All that must be remembered of a journal to judge its next record."""

    lives: dict[str, Life] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    key: rsa.RSAPublicKey | None = None
    last_numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    keys: set[tuple[str, str, int]] = field(default_factory=set)
    baskets: set[str] = field(default_factory=set)
    uuids: set[str] = field(default_factory=set)
    uids: dict[str, str] = field(default_factory=dict)
    last_created: datetime | None = None
    closed_up_to: int = 0

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Intent():
                yield from self._intent(seq, record)
            case Opened():
                yield from self._opened(record)
            case Closed():
                yield from self._closed(seq, record)
            case TailDropped():
                self.notes.append(f"record {seq}: a torn tail of {record.length} bytes was dropped at start")
            case _:
                yield from self._of_receipt(record)

    # --- The register ------------------------------------------------------------------------------------

    def _opened(self, record: Opened) -> Iterator[Broken]:
        try:
            key = x509.load_pem_x509_certificate(record.certificate_pem.encode()).public_key()
        except ValueError:
            key = None
        self.key = key if isinstance(key, rsa.RSAPublicKey) else None
        if self.key is None:
            yield "I8", "the register was opened without a certificate of an RSA key"

    def _closed(self, seq: int, record: Closed) -> Iterator[Broken]:
        if not self.closed_up_to <= record.up_to_seq < seq:
            yield "I23", f"the daily report counts up to record {record.up_to_seq}, after {self.closed_up_to}"
        self.closed_up_to = max(self.closed_up_to, record.up_to_seq)

    # --- The sealed receipt ------------------------------------------------------------------------------

    def _intent(self, seq: int, record: Intent) -> Iterator[Broken]:
        receipt = record.receipt
        yield from self._number(receipt)
        yield from self._created(receipt)
        yield from _money(receipt)
        yield from self._codes(receipt)
        if receipt.sale.basket_id in self.baskets:
            yield "I10", f"basket {receipt.sale.basket_id} was sealed before"
        if receipt.okp in self.lives:
            yield "I8", f"OKP {receipt.okp} was used before"
        self.baskets.add(receipt.sale.basket_id)
        life = self.lives.setdefault(receipt.okp, Life(seq, receipt.key))
        yield from self._attempt(life, record.attempt)

    def _number(self, receipt: Receipt) -> Iterator[Broken]:
        month = receipt.seller.cash_register_code, receipt.month
        due = self.last_numbers.get(month, 0) + 1
        if (*month, receipt.number) in self.keys:
            yield "I5", f"the number {receipt.key} was given before"
        elif receipt.number != due:
            yield "I6", f"the number {receipt.key} was given where {due} is due"
        self.keys.add((*month, receipt.number))
        self.last_numbers[month] = max(receipt.number, due - 1)

    def _created(self, receipt: Receipt) -> Iterator[Broken]:
        if not receipt.create_date.startswith(f"{receipt.month}-"):
            yield "I5", f"{receipt.key} was created on {receipt.create_date}, in another month"
        created = _moment(receipt.create_date)
        if created is None:
            yield "I24", f"CreateDate {receipt.create_date!r} is no date and time with an offset"
        elif self.last_created and created < self.last_created:
            yield "I24", f"{receipt.key} was created on {receipt.create_date}, before the receipt before it"
        self.last_created = max(filter(None, (created, self.last_created)), default=None)

    def _codes(self, receipt: Receipt) -> Iterator[Broken]:
        try:
            pkp = base64.b64decode(receipt.pkp, validate=True)
        except ValueError:
            pkp = b""
        if len(pkp) != _PKP_BYTES:
            yield "I8", f"the PKP of {receipt.key} is not {_PKP_BYTES} bytes in base64"
        digits = hashlib.sha1(pkp, usedforsecurity=False).hexdigest()
        if receipt.okp.lower() != "-".join(re.findall("." * 8, digits)):
            yield "I8", f"the OKP of {receipt.key} is not SHA-1 of its PKP"
        if not self._is_signed(receipt, pkp):
            yield "I8", f"the PKP of {receipt.key} is no signature of its content by the register's certificate"

    def _is_signed(self, receipt: Receipt, pkp: bytes) -> bool:
        seller, kind, number = receipt.seller, receipt.sale.type.value, str(receipt.number)
        base = "|".join((seller.dic, seller.cash_register_code, kind, number, receipt.create_date, receipt.amount))
        if self.key is None:
            return False
        try:
            self.key.verify(pkp, base.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    # --- Its life ----------------------------------------------------------------------------------------

    def _of_receipt(self, record: Any) -> Iterator[Broken]:
        life = self.lives.get(record.okp)
        if life is None:
            yield "I5", f"{type(record).__name__} of OKP {record.okp}, which no Intent announced"
            return
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
        if attempt.sending_count != life.sending_count + 1:
            yield "I9", f"{life.key}: SendingCount {attempt.sending_count} follows {life.sending_count}"
        if attempt.uuid.lower() in self.uuids:
            yield "I9", f"{life.key}: Uuid {attempt.uuid} was used before"
        self.uuids.add(attempt.uuid.lower())
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
        if record.form is Form.REFUSED and record.code in _NO_ANSWER_CODES:
            yield "I13", f"{life.key}: refused with code {record.code}"
        if (record.way is None) != (record.form is Form.REFUSED):
            yield "I13", f"{life.key}: {record.form}, and its way to the customer is {record.way}"
        if record.way is Way.EMAIL and record.form is not Form.ONLINE:
            yield "I16", f"{life.key}: {record.form}, and yet to be mailed"
        yield from self._uid(life, record.okp, record.uid)
        life.outcome = life.outcome or record

    def _resolved(self, life: Life, record: Resolved) -> Iterator[Broken]:
        if life.outcome is None or life.outcome.form is not Form.OFFLINE:
            yield "I12", f"{life.key}: a later answer to a receipt that is not off-line"
        if bool(record.uid) == bool(record.code) or not _is_uid_or_empty(record.uid):
            yield "I11", f"{life.key}: a later answer with the UID {record.uid!r} and code {record.code}"
        yield from self._uid(life, record.okp, record.uid)
        life.resolved = life.resolved or record

    def _uid(self, life: Life, okp: str, uid: str) -> Iterator[Broken]:
        if uid and self.uids.setdefault(uid.lower(), okp) != okp:
            yield "I11", f"{life.key}: UID {uid} belongs to another receipt"


def _is_uid_or_empty(uid: str) -> bool:
    return not uid or UID.fullmatch(uid) is not None


def _money(receipt: Receipt) -> Iterator[Broken]:
    sale = receipt.sale
    cents = sum(item.price_cents for item in sale.items) + sale.rounding_cents
    if not receipt.amount == format_cents(cents) == format_cents(sale.total_cents):
        sums = f"items and rounding make {format_cents(cents)}, the total says {format_cents(sale.total_cents)}"
        yield "I23", f"{receipt.key}: the amount {receipt.amount} was signed, {sums}"


def _mail_failed(life: Life, record: MailFailed) -> Iterator[Broken]:
    if life.outcome is None or life.outcome.way is not Way.EMAIL:
        yield "I16", f"{life.key}: a mail failed that was never to be sent"
    if life.is_mail_failed or life.is_delivered:
        yield "I18", f"{life.key}: a mail failed after the receipt was delivered or its mail had failed"
    if record.verdict is Verdict.ACCEPTED:
        yield "I17", f"{life.key}: the mail was accepted, and yet it failed"
    life.is_mail_failed = True


def _print_interrupted(life: Life, record: PrintInterrupted) -> Iterator[Broken]:
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


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
