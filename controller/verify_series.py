"""What follows one after the other: receipt numbers, dates, slips written by hand, baskets, repairs.

Sources: reliability 2.1 (I5, I6, I10, I24); IR 2.9 (ReceiptNumber by month, ParagonNumber ascending without gaps).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from datetime import datetime

from controller.verify_content import is_moment
from controller.verify_frames import Broken
from states.fiscal.journal import Intent, Outcome, Record, Resolved
from states.fiscal.receipt import TIME_CODES, Form, Receipt, Sale


class Series:
    """Remembers the last of each series, and what the next one must not follow because it was refused."""

    def __init__(self) -> None:
        self._last_numbers: dict[tuple[str, str], int] = {}
        self._keys: set[tuple[str, str, int]] = set()
        self._baskets: set[str] = set()
        self._dates: list[tuple[datetime, str]] = []
        self._paragons: list[tuple[int, str]] = []
        self._unsent: dict[str, Sale] = {}
        self._aside: dict[str, Sale] = {}
        self._repaired: dict[str, str] = {}

    def judge(self, _seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        match record:
            case Intent(receipt):
                yield from self._number(receipt)
                yield from self._created(receipt)
                yield from self._paragon(receipt)
                yield from self._repair(receipt)
                yield from self._basket(receipt)
                self._unsent[receipt.okp] = receipt.sale
            case Outcome():
                self._outcome(record)
            case Resolved():
                self._resolved(record)

    def _number(self, receipt: Receipt) -> Iterator[Broken]:
        month = receipt.seller.cash_register_code, receipt.month
        due = self._last_numbers.get(month, 0) + 1
        if (*month, receipt.number) in self._keys:
            yield "I5", f"the number {receipt.key} was given before"
        elif receipt.number != due:
            yield "I6", f"the number {receipt.key} was given where {due} is due"
        if not receipt.create_date.startswith(f"{receipt.month}-"):
            yield "I5", f"{receipt.key} was created on {receipt.create_date}, in another month"
        self._keys.add((*month, receipt.number))
        self._last_numbers[month] = max(receipt.number, due - 1)

    def _created(self, receipt: Receipt) -> Iterator[Broken]:
        """A receipt that was refused because its date lies ahead holds up no later one."""
        if not is_moment(receipt.create_date):
            return
        created = datetime.fromisoformat(receipt.create_date)
        if self._dates and created < self._dates[-1][0]:
            yield "I24", f"{receipt.key} was created on {receipt.create_date}, before the receipt before it"
        insort(self._dates, (created, receipt.okp))

    def _paragon(self, receipt: Receipt) -> Iterator[Broken]:
        """Only a repair has the number of a slip once more: of the one that it repairs."""
        paragon, repairs = receipt.sale.paragon, receipt.sale.repairs
        if paragon is None or repairs:
            return
        last = self._paragons[-1][0] if self._paragons else 0
        if paragon.number <= last:
            yield "I5", f"{receipt.key}: slip {paragon.number} follows slip {last}"
            return
        if last and paragon.number > last + 1:
            yield "I6", f"{receipt.key}: slip {paragon.number} follows slip {last}"
        self._paragons.append((paragon.number, receipt.okp))

    def _repair(self, receipt: Receipt) -> Iterator[Broken]:
        """It registers once more, and once only, what was set aside for its time, with the same content."""
        okp = receipt.sale.repairs
        if not okp:
            return
        if okp in self._repaired:
            yield "I10", f"{receipt.key} repairs OKP {okp}, which another receipt repaired"
        elif okp not in self._aside:
            yield "I10", f"{receipt.key} repairs OKP {okp}, which was not refused later for its time"
        elif _content(self._aside[okp]) != _content(receipt.sale):
            yield "I10", f"{receipt.key} repairs OKP {okp}, and has another content"
        self._repaired[okp] = receipt.okp

    def _basket(self, receipt: Receipt) -> Iterator[Broken]:
        if receipt.sale.basket_id in self._baskets:
            yield "I10", f"basket {receipt.sale.basket_id} was sealed before"
        self._baskets.add(receipt.sale.basket_id)

    def _outcome(self, record: Outcome) -> None:
        sale = self._unsent.get(record.okp)
        if record.form is not Form.OFFLINE:
            self._unsent.pop(record.okp, None)
        if record.form is not Form.REFUSED:
            return
        self._ahead(record.okp, record.code)
        self._paragons = [each for each in self._paragons if each[1] != record.okp]
        if sale and self._repaired.get(sale.repairs) == record.okp:
            del self._repaired[sale.repairs]

    def _resolved(self, record: Resolved) -> None:
        self._ahead(record.okp, record.code)
        if record.uid:
            self._unsent.pop(record.okp, None)
        elif record.code in TIME_CODES and record.okp in self._unsent:
            self._aside[record.okp] = self._unsent.pop(record.okp)

    def _ahead(self, okp: str, code: int) -> None:
        if code in TIME_CODES:
            self._dates = [each for each in self._dates if each[1] != okp]


def _content(sale: Sale) -> tuple[object, ...]:
    return sale.type, sale.items, sale.invoice, sale.paragon, sale.tenders, sale.total_cents
