"""Daily reports: numbered in order, each counting on where the last one ended, with the sums of its records.

Source: reliability 2.1 (I23); the text form is that of ``states.fiscal.totals``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from controller.verify_frames import Broken
from controller.verify_sums import ONE, Facts, drawer_of, merge, sums_of_move, sums_of_sale
from states.fiscal.journal import CashMoved, Closed, Intent, Outcome, Record, SetAside
from states.fiscal.receipt import Form, Receipt

_ALWAYS = {"receipts", "total", "rounding"}
_FIRST_VERSION = _ALWAYS | {"cash", "card", "other", "23", "20", "19", "10", "5", "0"}
"""All that a report of the first version of the program tells; one of it has no ``drawer``."""
_PLACES = 3
_NO_DAY = "-"
_NEWEST_MAX = 2000
"""So many records at most may stand between the end of a day and its report; what is older is only summed up."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a record adds to the day, and its civil day."""

    seq: int
    day: str
    facts: Facts


class Days:
    """Remembers what there was since the last daily report: the sums, and record by record the newest of them."""

    def __init__(self) -> None:
        self._closed = Closed(0, 0, "")
        self._drawer = Decimal(0)
        self._receipts: dict[str, Receipt] = {}
        self._sums = _Counted(0, _NO_DAY, Facts(int))
        self._counted: deque[_Counted] = deque()

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Intent(receipt):
                self._receipts[receipt.okp] = receipt
            case Outcome(okp=okp) if okp in self._receipts:
                receipt = self._receipts.pop(okp)
                facts = Facts(int) if record.form is Form.REFUSED else sums_of_sale(receipt.sale)
                self._count(seq, receipt.create_date[:10], facts)
            case SetAside(okp=okp):
                self._receipts.pop(okp, None)
            case CashMoved(cents, at):
                self._count(seq, at[:10], sums_of_move(cents))
            case Closed():
                yield from self._close(seq, record)

    def _count(self, seq: int, day: str, facts: Facts) -> None:
        self._counted.append(_Counted(seq, day, facts))
        if len(self._counted) > _NEWEST_MAX:
            self._sum_up()

    def _sum_up(self) -> None:
        """The oldest record becomes a part of the sums."""
        oldest, sums = self._counted.popleft(), self._sums
        merge(sums.facts, oldest.facts)
        self._sums = _Counted(oldest.seq, oldest.day if sums.day == _NO_DAY else max(sums.day, oldest.day), sums.facts)

    def _close(self, seq: int, record: Closed) -> Iterator[Broken]:
        name, before = f"daily report {record.number}", self._closed
        if not before.up_to_seq <= record.up_to_seq < seq:
            yield "I23", f"{name} counts up to record {record.up_to_seq}, after {before.up_to_seq}"
        if record.number != before.number + 1:
            yield "I23", f"{name} follows daily report {before.number}"
        if record.up_to_seq < self._sums.seq:
            yield "I23", f"{name} leaves out more than {_NEWEST_MAX} records before it"
        while self._counted and self._counted[0].seq <= record.up_to_seq:
            self._sum_up()
        told, due, newest = _words(record.totals), self._due(), self._sums.day
        for word in _differing(told, due):
            said = "/".join(f"{Decimal(due[word, place]) / ONE:f}" for place in range(_PLACES))
            yield "I23", f"{name} tells {word}={told.get(word)}, and its records say {said}"
        if told.get("newest", newest) != newest:
            yield "I23", f"{name} tells newest={told['newest']}, and its records say {newest}"
        self._sums = _Counted(0, _NO_DAY, Facts(int))
        self._closed, self._drawer = record, (_amounts(told.get("drawer", "0")) or (Decimal(0),))[0]

    def _due(self) -> Facts:
        facts = self._sums.facts
        facts["opening", 0] += self._drawer * ONE
        facts["drawer", 0] = drawer_of(facts)
        return facts


def _words(totals: str) -> dict[str, str]:
    parts = (word.partition("=") for word in totals.split())
    return {name: amounts for name, _, amounts in parts}


def _differing(told: dict[str, str], due: Facts) -> Iterator[str]:
    """The words that tell another amount than is due, and those that are missing though something is due."""
    needed = {word for (word, _), amount in due.items() if amount} | _ALWAYS
    if "drawer" not in told:
        needed &= _FIRST_VERSION
    for word in sorted((needed | told.keys()) - {"newest"}):
        expected = tuple(Decimal(due[word, place]) / ONE for place in range(_PLACES))
        amounts = _amounts(told.get(word, ""))
        if not amounts or amounts + (Decimal(0),) * (_PLACES - len(amounts)) != expected:
            yield word


def _amounts(text: str) -> tuple[Decimal, ...]:
    """The amounts between slashes; nothing if they are none."""
    try:
        amounts = tuple(map(Decimal, text.split("/")))
    except InvalidOperation:
        return ()
    return amounts if all(amount.is_finite() for amount in amounts) else ()
