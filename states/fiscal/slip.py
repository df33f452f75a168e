"""Slips: papers that are no receipts. An order says which one is wanted, a slip is what is printed.

Sources: protocol 6.1 (copy, KÓPIA), 7.1 (reports, list of unsent messages); deposits and withdrawals are no messages
since 1.1.2026.
"""

from __future__ import annotations

from dataclasses import dataclass

from states.fiscal.day import ReportKind, Sums
from states.fiscal.receipt import Form, Receipt


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report; ``since`` and ``until`` (``2026-11-01``, both days included) only for an interval."""

    kind: ReportKind
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class CashOrder:
    """Cash put into the drawer, or below zero taken from it: journaled before the slip."""

    cents: int
    cashier: str = ""


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """A copy of the last receipt, or with a number of that one of this month."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class UnsentOrder:
    """The list of messages that wait for the authority or were refused by it later."""


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """A sample of an off-line receipt: marked as a sample, never numbered, never sent."""


Order = ReportOrder | CashOrder | CopyOrder | UnsentOrder | SampleOrder


@dataclass(frozen=True, slots=True)
class CashSlip:
    """A deposit or withdrawal as it was journaled; ``drawer_cents`` is the drawer's balance after it."""

    cents: int
    at: str
    cashier: str
    drawer_cents: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a receipt: its form says whether it was processed on-line."""

    receipt: Receipt
    form: Form
    at: str


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """A message on the list: ``code`` is 0 while it waits, else the code that set it aside; ``key`` names it."""

    key: str
    amount: str
    okp: str
    create_date: str
    sending_count: int
    code: int


@dataclass(frozen=True, slots=True)
class UnsentList:
    """Every unsent message, oldest first."""

    rows: tuple[UnsentRow, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample: a receipt that is none, with codes of zeros."""

    receipt: Receipt


Slip = Sums | CashSlip | Copy | UnsentList | Sample
