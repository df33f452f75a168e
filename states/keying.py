"""What is being keyed: the states of the entry, and how a typed number is read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from states.till import Till

TYPED_MAX = 12


class Words(StrEnum):
    """What words are asked for."""

    ADDRESS = "address"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing is typed; ``reference`` is that of the returned goods that will be keyed next, if any."""

    till: Till
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity was keyed, and its item comes next."""

    till: Till
    reference: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Typing:
    """A number is being typed; ``quantity`` is None until TIMES."""

    till: Till
    reference: str
    quantity: Decimal | None
    typed: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words are being typed; ``reference`` as in Ready."""

    till: Till
    words: Words
    typed: str
    reference: str = ""


def euros(till: Till, typed: str) -> Decimal:
    """What was typed, as euros."""
    value = Decimal(typed if typed not in ("", ".") else "0")
    return value / 100 if till.implied_cents and "." not in typed else value


def places(typed: str) -> int:
    """How many digits stand after the point."""
    return len(typed.partition(".")[2])
