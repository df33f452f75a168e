"""What the journal knows of what a cashier types: the original of returned goods, and slips written by hand.

Sources: IR 2.9 and 2.10 (ReferenceReceiptId: the UID, or the OKP of an original without one; ParagonNumber ascending
without gaps); the on-line registers began on 1.4.2019.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from drivers.ports import Storage
from states import events as on
from states.fiscal.codes import create_date, is_okp, is_uid, month_of, read_date
from states.fiscal.journal import History
from states.fiscal.receipt import NUMBER_MAX, REFERENCE_MAX, Paragon, ReceiptType
from states.fiscal.rules import RULES

_KEY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])/[1-9][0-9]{0,9}")
_NUMBER = re.compile(f"[0-9]{{1,{REFERENCE_MAX}}}")
_TYPE_REASONS = {
    ReceiptType.ND: "original-training",
    ReceiptType.UF: "original-invoice",
    ReceiptType.VK: "original-invoice",
    ReceiptType.VY: "original-invoice",
}


async def find_original(storage: Storage, now: datetime, typed: str) -> on.OriginalFound | on.OriginalMissing:
    """The receipt that goods come back from, by UID, OKP, ``2026-11/57``, or its number if it is of this month.

    Where it was refused later and registered anew, that is the one which took its place.
    The reasons: ``reference`` (none of these forms), ``unknown-original``, ``old-number`` (a number that this month
    does not know), ``original-refused``, ``original-training``, ``original-invoice`` (it has no goods).
    """
    wanted = typed.strip()
    is_number = _NUMBER.fullmatch(wanted) is not None and bool(wanted.strip("0"))
    if not (is_number or is_uid(wanted) or is_okp(wanted) or _KEY.fullmatch(wanted)):
        return on.OriginalMissing("reference")
    history = await _find(storage, f"{month_of(create_date(now))}/{wanted}" if is_number else wanted)
    if history is None or history.outcome is None:
        return on.OriginalMissing("old-number" if is_number else "unknown-original")
    if reason := _why_not(history):
        return on.OriginalMissing(reason)
    return on.OriginalFound(history.outcome.uid or history.receipt.okp, history.receipt)


async def _find(storage: Storage, name: str) -> History | None:
    """The receipt of this name, however its letters were typed."""
    for one in dict.fromkeys((name, name.upper(), name.lower())):
        if found := await storage.find(one):
            return await _in_force(storage, found)
    return None


async def _in_force(storage: Storage, history: History) -> History:
    """What the authority has of this sale; a receipt made in place of another may itself be refused later."""
    while history.is_aside and (repair := await storage.repair_of(history.receipt.okp)):
        history = repair
    return history


def _why_not(history: History) -> str:
    """Why goods cannot come back from this receipt, empty if they can."""
    return "original-refused" if history.is_refused else _TYPE_REASONS.get(history.receipt.sale.type, "")


async def check_paragon(
    storage: Storage, now: datetime, number: int, issued: str
) -> on.ParagonAllowed | on.ParagonRefused:
    """Whether a slip of this number (0 is the next one) and date (25 characters) may be registered now.

    The reasons: ``paragon-number-used``, ``-gap`` or ``-high`` of the number; ``paragon-future`` and
    ``paragon-too-old`` of the date. The first slip of a journal may have any number.
    """
    last = await storage.last_paragon()
    number = number or last + 1
    reason = _number_reason(number, last) or _date_reason(now, read_date(issued))
    return on.ParagonRefused(reason) if reason else on.ParagonAllowed(Paragon(number, issued))


def _number_reason(number: int, last: int) -> str:
    if number > NUMBER_MAX:
        return "paragon-number-high"
    if number <= last:
        return "paragon-number-used"
    return "paragon-number-gap" if last and number > last + 1 else ""


def _date_reason(now: datetime, issued: datetime) -> str:
    if issued > now.astimezone(UTC):
        return "paragon-future"
    return "paragon-too-old" if issued.date() < RULES[0].since else ""
