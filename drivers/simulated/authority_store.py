"""What the simulated authority holds: receipts with every sending of them, locations, and the refusals it gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from drivers.simulated.authority_rules import Content


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that passed the checks, and the UID that it was answered with; a location has none."""

    uuid: str
    count: int
    at: datetime
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A receipt as the authority knows it: its first UID, its content, and every sending of it."""

    uid: str
    okp: str
    content: Content
    sendings: tuple[Sending, ...]
    pkp: str = ""
    exemption: bool = False

    @property
    def month(self) -> str:
        """``2026-11``: the month in which it is numbered."""
        return self.content.facts["CreateDate"][:7]

    @property
    def register(self) -> str:
        """The code of its register."""
        return self.content.facts["CashRegisterCode"]


@dataclass(frozen=True, slots=True)
class Located:
    """A place of a portable register: ``facts`` of LocationData, ``place`` the attributes of the one that was given."""

    facts: Mapping[str, str]
    place: Mapping[str, str]
    sendings: tuple[Sending, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was answered with a code; ``request`` is its number, as its kept file has it."""

    request: int
    at: datetime
    code: int
    detail: str


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What one register registered in one month: training receipts are counted, but are no money."""

    register: str
    month: str
    receipts: int
    euros: Decimal
    sendings: int


def month_sums(receipts: Iterable[Registered]) -> list[MonthSum]:
    """A sum for each register and month, in their order."""
    groups: defaultdict[tuple[str, str], list[Registered]] = defaultdict(list)
    for one in receipts:
        groups[one.register, one.month].append(one)
    return [_sum(register, month, group) for (register, month), group in sorted(groups.items())]


def _sum(register: str, month: str, group: list[Registered]) -> MonthSum:
    amounts = [Decimal(one.content.facts["Amount"]) for one in group if one.content.type != "ND"]
    euros = sum(amounts, Decimal("0.00"))
    return MonthSum(register, month, len(group), euros, sum(len(one.sendings) for one in group))
