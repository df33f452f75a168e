"""What effects bring: each effect that is waited for brings exactly one answer."""

from __future__ import annotations

from dataclasses import dataclass

from states.event import Event
from states.fiscal.place import Location
from states.fiscal.receipt import Attempt, Paragon, Receipt, Verdict
from states.fiscal.slip import Slip


@dataclass(frozen=True, slots=True)
class Answer(Event):
    """An effect has ended."""


@dataclass(frozen=True, slots=True)
class Failed(Answer):
    """An effect has ended with a PortError (``reason`` is its word) or was late (``late``)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sealed(Answer):
    """W1 is durable: the sale has its number, PKP and OKP, and its first attempt may leave."""

    receipt: Receipt
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class SealFailed(Failed):
    """Nothing was written: the sale is not sealed."""


@dataclass(frozen=True, slots=True)
class Registered(Answer):
    """A verified answer with the UID."""

    uid: str
    reply: str


@dataclass(frozen=True, slots=True)
class RegisterRefused(Answer):
    """An answer with an EkasaErrorCode."""

    code: int
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class RegisterFailed(Failed):
    """No answer within the limit; unless ``sent`` is False the authority may know the receipt."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Kept(Answer):
    """The record of the receipt is durable."""


@dataclass(frozen=True, slots=True)
class Emailed(Answer):
    """250 after the final dot; ``text`` is the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class EmailFailed(Failed):
    """The mail is NOT_SENT or IN_DOUBT; the receipt will be printed."""

    verdict: Verdict
    phase: str
    code: int


@dataclass(frozen=True, slots=True)
class Printed(Answer):
    """The printer confirmed that the last line has left the head."""


@dataclass(frozen=True, slots=True)
class PrintFailed(Failed):
    """Some, all or none of the original may be on paper."""


@dataclass(frozen=True, slots=True)
class Reattempted(Answer):
    """A further attempt of a message of the outbox is durable and may leave."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resent(Answer):
    """A message of the outbox was taken; a receipt's got its UID, a location's has none."""

    uid: str
    reply: str


@dataclass(frozen=True, slots=True)
class ResendRefused(Answer):
    """A message of the outbox was answered with an EkasaErrorCode."""

    code: int
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class ResendFailed(Failed):
    """A message of the outbox is still without an answer."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Resolved(Answer):
    """The end of a message's way to the authority is durable."""


@dataclass(frozen=True, slots=True)
class SlipGathered(Answer):
    """What the slip says is known; what it had to make durable (a closing, cash moved) is durable."""

    slip: Slip


@dataclass(frozen=True, slots=True)
class SlipMissing(Answer):
    """There is nothing to print, by the word of ``reason``."""

    reason: str


@dataclass(frozen=True, slots=True)
class SlipPrinted(Answer):
    """The slip is on paper."""


@dataclass(frozen=True, slots=True)
class SlipFailed(Failed):
    """Some, all or none of the slip may be on paper; what was made durable for it stays."""


@dataclass(frozen=True, slots=True)
class OriginalFound(Answer):
    """The receipt that goods come back from: its ``reference`` (UID, or OKP while it has none)."""

    reference: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class OriginalMissing(Answer):
    """No receipt to refer to: ``unknown-original`` (perhaps another register's), or why this one does not do."""

    reason: str


@dataclass(frozen=True, slots=True)
class ParagonAllowed(Answer):
    """The number follows the last one, and the date has been."""

    paragon: Paragon


@dataclass(frozen=True, slots=True)
class ParagonRefused(Answer):
    """Why a slip of this number and date may not be registered, as a word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Announced(Answer):
    """W1 of a location is durable: its first attempt may leave."""

    location: Location
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Located(Answer):
    """The authority took the location."""

    reply: str


@dataclass(frozen=True, slots=True)
class LocateRefused(Answer):
    """The authority answered a location with an EkasaErrorCode."""

    code: int
    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class LocateFailed(Failed):
    """No answer to a location within the limit."""


@dataclass(frozen=True, slots=True)
class PlaceKept(Answer):
    """The authority's answer to a location is durable."""
