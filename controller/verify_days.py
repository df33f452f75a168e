"""Daily reports: numbered in order, each counting on where the last one ended, with the sums of its records.

Source: reliability 2.1 (I23); the text form is that of ``states.fiscal.totals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from controller.verify_frames import Broken
from controller.verify_sums import Facts, drawer_of, merge, sums_of_move, sums_of_sale
from states.fiscal.journal import CashMoved, Closed, Intent, Outcome, Record
from states.fiscal.receipt import Form, Receipt

_ALWAYS = {"receipts", "total", "rounding"}
_FIRST_VERSION = _ALWAYS | {"cash", "card", "other", "23", "20", "19", "10", "5", "0"}
"""All that a report of the first version of the program tells; one of it has no ``drawer``."""
_PLACES = 3
_NO_DAY = "-"


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a record adds to the day, and its civil day."""

    seq: int
    day: str
    facts: Facts


class Days:
    """Remembers what there was since the last daily report, record by record."""

    def __init__(self) -> None:
        self._closed = Closed(0, 0, "")
        self._drawer = Decimal(0)
        self._receipts: dict[str, Receipt] = {}
        self._counted: list[_Counted] = []

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Intent(receipt):
                self._receipts[receipt.okp] = receipt
            case Outcome(okp=okp) if okp in self._receipts:
                receipt = self._receipts.pop(okp)
                facts = Facts(Decimal) if record.form is Form.REFUSED else sums_of_sale(receipt.sale)
                self._counted.append(_Counted(seq, receipt.create_date[:10], facts))
            case CashMoved(cents, at):
                self._counted.append(_Counted(seq, at[:10], sums_of_move(cents)))
            case Closed():
                yield from self._close(seq, record)

    def _close(self, seq: int, record: Closed) -> Iterator[Broken]:
        name, before = f"daily report {record.number}", self._closed
        if not before.up_to_seq <= record.up_to_seq < seq:
            yield "I23", f"{name} counts up to record {record.up_to_seq}, after {before.up_to_seq}"
        if record.number != before.number + 1:
            yield "I23", f"{name} follows daily report {before.number}"
        counted = [one for one in self._counted if one.seq <= record.up_to_seq]
        told, due = _words(record.totals), self._due(counted)
        for word in _differing(told, due):
            said = "/".join(f"{due[word, place]:f}" for place in range(_PLACES))
            yield "I23", f"{name} tells {word}={told.get(word)}, and its records say {said}"
        newest = max((one.day for one in counted), default=_NO_DAY)
        if told.get("newest", newest) != newest:
            yield "I23", f"{name} tells newest={told['newest']}, and its records say {newest}"
        self._counted = [one for one in self._counted if one.seq > record.up_to_seq]
        self._closed, self._drawer = record, (_amounts(told.get("drawer", "0")) or (Decimal(0),))[0]

    def _due(self, counted: list[_Counted]) -> Facts:
        facts = Facts(Decimal, {("opening", 0): self._drawer})
        for one in counted:
            merge(facts, one.facts)
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
        expected = tuple(due[word, place] for place in range(_PLACES))
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
