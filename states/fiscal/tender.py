"""Settling a receipt: what is still due, what cash rounds to, and what change is given back.

Only the part paid in cash is rounded, to five cents; the sums do not depend on the order of the tenders. Coppers count
towards a part in cash only in whole five cents, what is above is change. Foreign currency is cash in other money,
always worth whole five cents; change is given in euros. A total below zero (a return) is settled by payouts below zero.

Source: law 18/1996 § 3, in force since 1.7.2022; on days before it nothing is rounded (``is_rounded`` is false).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from states.fiscal.money import round_cash_cents
from states.fiscal.receipt import Tender, TenderKind

TENDERS_MAX = 20
CASH_KINDS = frozenset({TenderKind.CASH, TenderKind.CURRENCY})
CASH_OVER_MAX_CENTS = 50_000
"""Nobody gives more above what is due than the largest note; more is a slip, or a bar code scanned as money."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a receipt stands; until ``is_covered`` there is neither rounding nor change.

    ``total_cents`` is the Amount of the message: the sum of the items and ``rounding_cents``.
    """

    rounding_cents: int
    total_cents: int
    change_cents: int
    is_covered: bool


def rest_due(total_cents: int, tenders: Sequence[Tender], next_kind: TenderKind, *, is_rounded: bool = True) -> int:
    """What is still to be paid if the next tender is of this kind, and the last: below zero it is paid out."""
    cash_cents, other_cents = _paid(tenders)
    if next_kind in CASH_KINDS:
        return _in_cash(total_cents - other_cents, is_rounded) - cash_cents
    return total_cents - other_cents - (_whole_fives(cash_cents) if is_rounded else cash_cents)


def refusal(total_cents: int, tenders: Sequence[Tender], tender: Tender, *, is_rounded: bool = True) -> str:
    """Why this tender may not follow those, as a stable word; empty when it may.

    ``nothing-due``: all is paid. ``wrong-sign``: zero, a payout on a sale, or money taken on a return.
    ``above-rest-due``: more than is due by anything but cash, or a payout larger than is due. ``not-five-cents``: a
    part paid out in cash that is not in whole five cents. ``cash-max``: change above CASH_OVER_MAX_CENTS.
    ``currency-payout``: foreign currency paid out. ``too-many-tenders``: the last of
    TENDERS_MAX that does not cover the rest.
    """
    if total_cents == 0:
        return "nothing-due" if tenders or tender.cents else ""
    if settle(total_cents, tenders, is_rounded=is_rounded).is_covered:
        return "nothing-due"
    if total_cents < 0 and tender.kind is TenderKind.CURRENCY:
        return "currency-payout"
    if tender.cents == 0 or (tender.cents < 0) != (total_cents < 0):
        return "wrong-sign"
    due_cents = rest_due(total_cents, tenders, tender.kind, is_rounded=is_rounded)
    room = TENDERS_MAX - len(tenders)
    if room < 1 or (room == 1 and abs(tender.cents) < abs(due_cents)):
        return "too-many-tenders"
    return _payout_refusal(due_cents, tender, is_rounded) if total_cents < 0 else _payment_refusal(due_cents, tender)


def _payment_refusal(due_cents: int, tender: Tender) -> str:
    if tender.kind not in CASH_KINDS:
        return "above-rest-due" if tender.cents > due_cents else ""
    return "cash-max" if tender.cents > due_cents + CASH_OVER_MAX_CENTS else ""


def _payout_refusal(due_cents: int, tender: Tender, is_rounded: bool) -> str:
    if tender.cents < due_cents:
        return "above-rest-due"
    is_copper = is_rounded and tender.kind in CASH_KINDS and tender.cents % 5 != 0
    return "not-five-cents" if is_copper and tender.cents != due_cents else ""


def settle(total_cents: int, tenders: Sequence[Tender], *, is_rounded: bool = True) -> Settlement:
    """How the tenders settle the total of the items; they are tenders that ``refusal`` let pass."""
    cash_cents, other_cents = _paid(tenders)
    exact_cents = total_cents - other_cents
    cash_due_cents = _in_cash(exact_cents, is_rounded)
    if abs(cash_cents) < abs(cash_due_cents):
        return Settlement(0, total_cents, 0, is_covered=False)
    rounding_cents = cash_due_cents - exact_cents
    return Settlement(rounding_cents, total_cents + rounding_cents, cash_cents - cash_due_cents, is_covered=True)


def _paid(tenders: Sequence[Tender]) -> tuple[int, int]:
    """What was given in cash, and otherwise."""
    cash_cents = sum(tender.cents for tender in tenders if tender.kind in CASH_KINDS)
    return cash_cents, sum(tender.cents for tender in tenders) - cash_cents


def _in_cash(cents: int, is_rounded: bool) -> int:
    return round_cash_cents(cents) if is_rounded else cents


def _whole_fives(cents: int) -> int:
    size = abs(cents) // 5 * 5
    return -size if cents < 0 else size
