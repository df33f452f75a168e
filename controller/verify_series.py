"""What follows one after the other: receipt numbers, dates, slips written by hand, repairs.

Sources: reliability 2.1 (I5, I6, I10, I24); IR 2.9 (ReceiptNumber by month, ParagonNumber ascending without gaps).
Of receipts that the authority can no longer refuse only the last is remembered.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from controller.verify_content import is_moment
from controller.verify_frames import Broken
from states.fiscal.journal import Intent, Outcome, Record, Resolved
from states.fiscal.receipt import TIME_CODES, Form, Receipt, Sale


@dataclass(slots=True)
class _Month:
    """The numbers of a month: the highest, and those below it that were left out."""

    last: int = 0
    left_out: list[range] = field(default_factory=list)

    def take(self, number: int) -> str:
        """Give a number, and say what it breaks: I5, I6 or nothing."""
        due = self.last + 1
        if number >= due:
            self.left_out += [range(due, number)] if number > due else []
            self.last = number
            return "I6" if number > due else ""
        gap = next((gap for gap in self.left_out if number in gap), None)
        if gap is None and number > 0:
            return "I5"
        if gap is not None:
            self.left_out.remove(gap)
            self.left_out += [rest for rest in (range(gap.start, number), range(number + 1, gap.stop)) if rest]
        return "I6"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A receipt that the authority may still refuse: its date, the number of its slip, and what it is about."""

    created: datetime | None
    slip: int
    content: bytes
    repairs: str


class Series:
    """Remembers the last of each series, and what the next one must not follow because it was refused."""

    def __init__(self) -> None:
        self._months: dict[tuple[str, str], _Month] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._dates: list[tuple[datetime, str]] = []
        self._newest: datetime | None = None
        self._slips: list[tuple[int, str]] = []
        self._slip = 0
        self._aside: dict[str, bytes] = {}
        self._repaired: dict[str, str] = {}

    def judge(self, _seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Intent(receipt):
                yield from self._number(receipt)
                yield from self._created(receipt)
                yield from self._paragon(receipt)
                yield from self._repair(receipt)
            case Outcome():
                self._outcome(record)
            case Resolved():
                self._resolved(record)

    def _number(self, receipt: Receipt) -> Iterator[Broken]:
        month = self._months.setdefault((receipt.seller.cash_register_code, receipt.month), _Month())
        due = month.last + 1
        invariant = month.take(receipt.number)
        if invariant == "I5":
            yield "I5", f"the number {receipt.key} was given before"
        elif invariant:
            yield "I6", f"the number {receipt.key} was given where {due} is due"
        if not receipt.create_date.startswith(f"{receipt.month}-"):
            yield "I5", f"{receipt.key} was created on {receipt.create_date}, in another month"

    def _created(self, receipt: Receipt) -> Iterator[Broken]:
        """A receipt that was refused because its date lies ahead holds up no later one."""
        sale = receipt.sale
        created = datetime.fromisoformat(receipt.create_date) if is_moment(receipt.create_date) else None
        self._waiting[receipt.okp] = _Waiting(created, 0, _content(sale), sale.repairs)
        if created is None:
            return
        newest = max(filter(None, (self._newest, *(date for date, _ in self._dates[-1:]))), default=None)
        if newest and created < newest:
            yield "I24", f"{receipt.key} was created on {receipt.create_date}, before the receipt before it"
        insort(self._dates, (created, receipt.okp))

    def _paragon(self, receipt: Receipt) -> Iterator[Broken]:
        """Only a repair has the number of a slip once more: of the one that it repairs."""
        paragon = receipt.sale.paragon
        if paragon is None or receipt.sale.repairs:
            return
        last = max(self._slip, *(number for number, _ in self._slips[-1:]), 0)
        if paragon.number <= last:
            yield "I5", f"{receipt.key}: slip {paragon.number} follows slip {last}"
            return
        if last and paragon.number > last + 1:
            yield "I6", f"{receipt.key}: slip {paragon.number} follows slip {last}"
        self._slips.append((paragon.number, receipt.okp))

    def _repair(self, receipt: Receipt) -> Iterator[Broken]:
        """It registers once more, and once only, what was set aside for its time, with the same content."""
        okp = receipt.sale.repairs
        if not okp:
            return
        if okp in self._repaired:
            yield "I10", f"{receipt.key} repairs OKP {okp}, which another receipt repaired"
        elif okp not in self._aside:
            yield "I10", f"{receipt.key} repairs OKP {okp}, which was not refused later for its time"
        elif self._aside[okp] != _content(receipt.sale):
            yield "I10", f"{receipt.key} repairs OKP {okp}, and has another content"
        self._repaired[okp] = receipt.okp

    def _outcome(self, record: Outcome) -> None:
        waiting = self._waiting.get(record.okp)
        if waiting is None or record.form is Form.OFFLINE:
            self._slip_stays(record.okp)
            return
        is_refused = record.form is Form.REFUSED
        self._settle(record.okp, waiting, is_ahead=record.code in TIME_CODES)
        if is_refused:
            self._slips = [each for each in self._slips if each[1] != record.okp]
        self._slip_stays(record.okp)
        if is_refused and self._repaired.get(waiting.repairs) == record.okp:
            del self._repaired[waiting.repairs]

    def _resolved(self, record: Resolved) -> None:
        waiting = self._waiting.get(record.okp)
        if waiting is None:
            return
        is_ahead = record.code in TIME_CODES
        self._settle(record.okp, waiting, is_ahead=is_ahead)
        if is_ahead and not record.uid:
            self._aside[record.okp] = waiting.content

    def _settle(self, okp: str, waiting: _Waiting, *, is_ahead: bool) -> None:
        """The authority has answered: the date counts for ever, or if it lies ahead no longer."""
        del self._waiting[okp]
        if waiting.created is None:
            return
        place = bisect_left(self._dates, (waiting.created, okp))
        del self._dates[place : place + 1]
        if not is_ahead:
            self._newest = max(filter(None, (self._newest, waiting.created)))

    def _slip_stays(self, okp: str) -> None:
        """Only the first answer may refuse it, so from then on its number counts for ever."""
        for number in [number for number, owner in self._slips if owner == okp]:
            self._slips.remove((number, okp))
            self._slip = max(self._slip, number)


def _content(sale: Sale) -> bytes:
    parts = sale.type, sale.items, sale.invoice, sale.paragon, sale.tenders, sale.total_cents
    return hashlib.sha256(msgspec.json.encode(parts)).digest()
