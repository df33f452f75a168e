"""Messages that wait for the authority: which one is next, how long it waits, and how old it may grow.

Sources: FS 629663 (96 hours from the first attempt, which is the message's CreateDate); protocol 5; reliability 5.8
(full jitter, so that the registers of a country do not come back all at once).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from states.fiscal.codes import read_date
from states.fiscal.journal import MovedAnswered, Resolved
from states.fiscal.place import Location
from states.fiscal.receipt import TIME_CODES, Receipt

DEADLINE_H = 96
ALARMS_H = (24, 72, 90, DEADLINE_H)
"""Ages in hours at which the cashier is told, once each."""

CAP_S = 900.0
FAILURES_MAX = 16
PASSED_OVER_MAX = 3

UNBELIEVABLE = frozenset(
    {
        "bad-uid",
        "encoding",
        "http-status",
        "oversize",
        "signature",
        "unparsable",
        "unsigned",
        "wrong-signer",
        "wrong-uuid",
    }
)
"""Reasons of a NoAnswer that are about a reply."""

Message = Receipt | Location


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that waits for the authority, and how often it was sent.

    ``passed_over`` counts how often it failed while the authority answered others: then something is amiss with it.
    """

    message: Message
    sending_count: int
    passed_over: int = 0

    @property
    def is_poison(self) -> bool:
        """It is no more tried after each sale, but when its time comes."""
        return self.passed_over >= PASSED_OVER_MAX


@dataclass(frozen=True, slots=True)
class Aside:
    """An off-line receipt that the authority refused later, and the code; or with code 0 one that the register gave up.

    ``sending_count`` is how often one that was given up was sent, if a person may have it sent once more; else 0.
    """

    receipt: Receipt
    code: int
    sending_count: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """What waits, the next one first, and what was set aside, oldest first.

    ``resend_s`` is the longest wait after the first failure, ``failures`` how many there were in a row (at most
    FAILURES_MAX); ``alarmed_h`` is the age in hours of which the cashier was told last, 0 for none.
    ``is_answering``: the authority has answered something since the last failure.
    """

    resend_s: float
    queue: tuple[Unsent, ...] = ()
    aside: tuple[Aside, ...] = ()
    failures: int = 0
    alarmed_h: int = 0
    is_answering: bool = False


def name_of(message: Message) -> str:
    """What names the message in the journal: a receipt's OKP, a location's id."""
    return message.okp if isinstance(message, Receipt) else message.id


def deadline(message: Message) -> datetime:
    """The aware time by which the authority must have the message."""
    return read_date(message.create_date) + timedelta(hours=DEADLINE_H)


def age_h(message: Message, at: datetime) -> float:
    """Hours since the message's first attempt; below zero if the clock was set back since."""
    return (at - datetime.fromisoformat(message.create_date)) / timedelta(hours=1)


def alarm_h(box: Box, at: datetime) -> int:
    """The last of ALARMS_H that the oldest message has passed, 0 for none."""
    oldest_h = max((age_h(one.message, at) for one in box.queue), default=0.0)
    return max((hours for hours in ALARMS_H if hours <= oldest_h), default=0)


def wait_s(box: Box) -> float:
    """How long the next one waits before it is tried: by chance, from nothing to the back-off's limit, at most CAP_S.

    The chance is that of the message's name (the hash of a signature, or a random Uuid) and of its count: each try of
    each register has another, and a replay has the same.
    """
    unsent = box.queue[0]
    digest = sha256(f"{name_of(unsent.message)} {unsent.sending_count}".encode()).digest()
    chance = int.from_bytes(digest[:6], "big") / 2**48
    return chance * min(CAP_S, box.resend_s * (1 << box.failures))


def failed(box: Box) -> Box:
    """The box after one more failure in a row."""
    return replace(box, failures=min(box.failures + 1, FAILURES_MAX), is_answering=False)


def answering(box: Box) -> Box:
    """The box when the authority answers again: whoever failed before did not fail for its message."""
    return replace(box, failures=0, is_answering=True)


def joined(box: Box, unsent: Unsent, under_way: int = 0) -> Box:
    """The box with one more: behind those that wait, and before those with which something is amiss.

    So many ``under_way`` at its head stay where they are: the first that is being sent is still the first.
    """
    head, rest = box.queue[:under_way], (*box.queue[under_way:], unsent)
    return replace(box, queue=(*head, *sorted(rest, key=lambda one: one.is_poison)))


def passed_over(box: Box) -> Box:
    """The box after its first message failed alone: it goes behind the others, so that they flow."""
    first, *others = box.queue
    behind = replace(first, passed_over=min(first.passed_over + 1, PASSED_OVER_MAX))
    return joined(replace(box, queue=tuple(others)), behind)


def has(box: Box, okp: str) -> bool:
    """The receipt of this OKP waits."""
    return any(name_of(one.message) == okp for one in box.queue)


def taken_out(box: Box, message: Message, code: int) -> Box:
    """The box without a message that was answered; a receipt that was refused (``code`` not 0) is set aside."""
    rest = tuple(one for one in box.queue if name_of(one.message) != name_of(message))
    more = (Aside(message, code),) if code and isinstance(message, Receipt) else ()
    return replace(box, queue=rest, aside=(*box.aside, *more), failures=0, is_answering=True)


def repairable(box: Box) -> Receipt | None:
    """The oldest receipt that was refused for its time only."""
    return next((one.receipt for one in box.aside if one.code in TIME_CODES), None)


def given_up(box: Box) -> Aside | None:
    """The oldest receipt that the register gave up and that a person may have sent once more."""
    return next((one for one in box.aside if one.sending_count), None)


def taken_back(box: Box) -> Box:
    """The box in which that one waits again, behind the others."""
    one = given_up(box)
    assert one is not None
    kept = tuple(other for other in box.aside if other is not one)
    return joined(replace(box, aside=kept), Unsent(one.receipt, one.sending_count))


def end_of(message: Message, uid: str, code: int, reply: str) -> Resolved | MovedAnswered:
    """The record of the authority's answer to a message of the outbox."""
    if isinstance(message, Receipt):
        return Resolved(message.okp, uid, code, reply)
    return MovedAnswered(message.id, code, reply)
