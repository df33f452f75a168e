"""The whole register on the days before and after each change of the law: one journal, one run through midnight.

The same keys are pressed on both days. The simulated authority has the clock of the shop, so that it judges each
message by the certificates and times of that day.

Sources: law 222/2004 § 27 (rates), law 18/1996 § 3 (rounding since 1.7.2022), the authority's notices to vendors of
2024-10 and 2026-03 (recap, limit, VK and VY).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from controller.reading import read_journal
from controller.receipts import tell
from controller.settings import Department, Settings
from controller.settings_model import Authority
from controller.verify import verify
from drivers.clock_system import BRATISLAVA
from drivers.simulated.authority_rules import RECAP
from states.fiscal.journal import CashMoved, Intent, Outcome, Record, Resolved
from states.fiscal.receipt import Form, Receipt
from states.register import Register
from tests.virtual_shop import VirtualShop, Weather, digits

RATES = (23, 20, 19, 10, 5, 0)
"""Of departments 1 to 6."""

SETTINGS = Settings(
    authority=Authority(limit_s=2.0),
    department=tuple(Department(number, f"Tovar {rate}", rate) for number, rate in enumerate(RATES, 1)),
)
"""The shop set the shortest limit there ever was: the law of the day stands above it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a day makes of the same keys: rates sold, euro cents for 10.02 of each in cash, limit, recap, VK and VY."""

    day: str
    rates: frozenset[int]
    cash_cents: int
    limit_s: float
    is_recap_sent: bool
    are_moves_sent: bool


OLD, NEW = frozenset({20, 10, 0}), frozenset({23, 19, 5, 0})
# fmt: off
CHANGES = (
    #         day           rates  cash  limit recap  moves sent
    (Expected("2022-06-30", OLD,   3006, 2.0,  True,  True),
     Expected("2022-07-01", OLD,   3005, 2.0,  True,  True)),
    (Expected("2024-12-31", OLD,   3005, 2.0,  True,  True),
     Expected("2025-01-01", NEW,   4010, 2.0,  False, True)),
    (Expected("2025-12-31", NEW,   4010, 2.0,  False, True),
     Expected("2026-01-01", NEW,   4010, 5.0,  True,  False)),
)
# fmt: on
IDS = [after.day for _, after in CHANGES]


@dataclass
class Till:
    """The shop's counter, and what followed from what was pressed at it."""

    shop: VirtualShop
    weather: Weather = Weather.FAIR
    notices: list[str] = field(default_factory=list)

    async def press(self, *keys: str) -> Register:
        """Press them and keep what the display says."""
        register = await self.shop.press(*keys)
        self.notices.append(register.notice)
        return register

    def records(self) -> list[Record]:
        """The journal until now."""
        return [one.record for one in read_journal(self.shop.folder)]

    def last(self) -> Receipt:
        """The newest receipt."""
        return self.shop.sealed[-1]

    def form(self) -> Form:
        """What became of it at once."""
        outcomes = [record for record in self.records() if isinstance(record, Outcome)]
        assert outcomes[-1].okp == self.last().okp
        return outcomes[-1].form

    def facts(self, receipt: Receipt) -> dict[str, str]:
        """What the authority has of it."""
        return dict(self.shop.authority.receipts[receipt.okp].content.facts)

    async def sleep_until(self, day: str, time: str) -> None:
        """Until this time of the day."""
        moment = datetime.fromisoformat(f"{day} {time}").replace(tzinfo=BRATISLAVA)
        await trio.sleep((moment - self.shop.true.now()).total_seconds())

    async def until_sent(self) -> None:
        """Until nothing is unsent."""
        await self.shop.until(lambda register: not register.outbox.box.queue)


def open_till(folder: Path, day: str) -> Till:
    """A till at half past eleven in the evening of this day."""
    shop = VirtualShop(folder, datetime.fromisoformat(f"{day} 23:30").replace(tzinfo=BRATISLAVA), SETTINGS)
    till = Till(shop)
    shop.weather = lambda now, okp: till.weather
    shop.authority.recap_required = day < "2024-12-31"
    return till


async def sell_everything(till: Till, expected: Expected) -> Receipt:
    """Goods of every rate for 10.02 each, in cash; a rate that is not of the day is refused, and the rest is sold."""
    till.notices.clear()
    for department in range(1, len(RATES) + 1):
        await till.press(*digits(1002), f"DEPARTMENT_{department}")
    assert till.notices == ["" if rate in expected.rates else "rate-over" for rate in RATES]
    await till.press("CASH")
    receipt, facts = till.last(), till.facts(till.last())
    assert receipt.create_date.startswith(expected.day)
    assert {item.vat_rate for item in receipt.sale.items} == expected.rates
    assert receipt.sale.total_cents == expected.cash_cents
    assert receipt.sale.rounding_cents == expected.cash_cents - 1002 * len(expected.rates)
    assert facts["Amount"] == f"{expected.cash_cents // 100}.{expected.cash_cents % 100:02d}"
    assert any(name in facts for name in RECAP) is expected.is_recap_sent
    return receipt


async def take_back(till: Till, expected: Expected) -> None:
    """Goods come back at any rate there ever was; here at 20 per cent, from a receipt of an older register."""
    await till.press("RETURN", "TEXT 57", "ENTER", *digits(1002), "DEPARTMENT_2", "CASH")
    receipt = till.last()
    assert [(item.vat_rate, item.reference) for item in receipt.sale.items] == [(20, "57")]
    assert receipt.sale.total_cents == (-1002 if expected.day < "2022-07-01" else -1000)
    assert till.facts(receipt)["Amount"] == receipt.amount


async def move_cash(till: Till, expected: Expected) -> None:
    """A deposit and a withdrawal: messages until the end of 2025, slips of the shop's own since."""
    before = len(till.shop.sealed), len(till.shop.sent), len(till.shop.printer.papers)
    await till.press(*digits(5000), "DEPOSIT")
    await till.press(*digits(2000), "WITHDRAWAL")
    sealed, sent = till.shop.sealed[before[0] :], till.shop.sent[before[1] :]
    assert len(till.shop.printer.papers) == before[2] + 2
    moved = [record.cents for record in till.records() if isinstance(record, CashMoved)]
    if expected.are_moves_sent:
        assert [(one.sale.type.value, one.amount) for one in sealed] == [("VK", "50.00"), ("VY", "20.00")]
        assert [till.facts(one)["ReceiptType"] for one in sealed] == ["VK", "VY"]
        assert not any(name in till.facts(one) for one in sealed for name in RECAP)
        assert (len(sent), moved) == (2, [])
    else:
        assert (sealed, sent, moved) == ([], [], [5000, -2000])


async def wait_for_the_slow_one(till: Till, expected: Expected) -> None:
    """An answer after three seconds and more: on-line where the law gives it five, off-line where it gives two."""
    till.weather = Weather.SLOW
    await till.press(*digits(1000), "DEPARTMENT_6", "CARD")
    wait = till.shop.waits[-1]
    is_in_time = expected.limit_s > 3.0
    assert till.form() is (Form.ONLINE if is_in_time else Form.OFFLINE)
    assert wait.seconds > 3.0 if is_in_time else wait.seconds == pytest.approx(expected.limit_s)
    till.weather = Weather.FAIR
    await till.until_sent()


async def play(till: Till, expected: Expected) -> None:
    """The same keys, whatever the day."""
    await sell_everything(till, expected)
    await take_back(till, expected)
    await move_cash(till, expected)
    await wait_for_the_slow_one(till, expected)


async def through_midnight(till: Till, before: Expected, after: Expected) -> None:
    """The register runs on from one day to the next."""
    await till.shop.until_ready()
    await play(till, before)
    await till.sleep_until(after.day, "00:00:02")
    await play(till, after)


@asynccontextmanager
async def ended(till: Till, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """The work is done and the register off; whatever the law was, the audit holds and each receipt can be replayed."""
    assert await till.shop.run(work)
    yield
    report = verify(till.shop.folder)
    assert (report.violations, report.open) == ((), ())
    assert [one.differs for one in tell(read_journal(till.shop.folder)) if one.replayed is None] == []


@pytest.mark.parametrize(("before", "after"), CHANGES, ids=IDS)
async def test_the_same_keys_on_both_days(
    before: Expected, after: Expected, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """Rates, rounding, the recap in the message, VK and VY, the limit; numbers from 1: it is a new month."""
    till = open_till(tmp_path, before.day)
    async with ended(till, partial(through_midnight, till, before, after)):
        numbers = [
            (one.record.receipt.month, one.record.receipt.number)
            for one in read_journal(tmp_path)
            if isinstance(one.record, Intent)
        ]
    months = [before.day[:7]] * (5 if before.are_moves_sent else 3) + [after.day[:7]] * (
        5 if after.are_moves_sent else 3
    )
    assert numbers == [(month, months[:place].count(month) + 1) for place, month in enumerate(months)]
    assert not till.shop.authority.refusals


async def over_the_change(till: Till, before: Expected, after: Expected) -> None:
    """Off-line just before midnight, sent after it."""
    await till.shop.until_ready()
    till.weather = Weather.REFUSED
    await till.sleep_until(before.day, "23:59:30")
    await till.press(*digits(1002), "DEPARTMENT_6", "CASH")
    if before.are_moves_sent:
        await till.press(*digits(5000), "DEPOSIT")
    await till.sleep_until(after.day, "00:00:05")
    till.weather = Weather.FAIR
    await till.until_sent()


@pytest.mark.parametrize(("before", "after"), CHANGES, ids=IDS)
async def test_what_is_sent_later_is_what_was_sealed(
    before: Expected, after: Expected, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """A message of the old day keeps its content and its PKP on the new one, and the authority takes it."""
    till = open_till(tmp_path, before.day)
    async with ended(till, partial(over_the_change, till, before, after)):
        sealed = till.shop.sealed
        resolved = {record.okp: record.uid for record in till.records() if isinstance(record, Resolved)}
    assert len(sealed) == 2
    for receipt in sealed:
        known = till.shop.authority.receipts[receipt.okp]
        assert (known.pkp, known.uid) == (receipt.pkp, resolved[receipt.okp])
        assert known.content.facts["CreateDate"].startswith(before.day)
        assert known.sendings[0].at - datetime.fromisoformat(receipt.create_date) > timedelta(seconds=30)
    goods = till.facts(sealed[0])
    assert any(name in goods for name in RECAP) is before.is_recap_sent
    assert sealed[0].sale.total_cents == (1002 if before.day < "2022-07-01" else 1000)


async def keyed_too_late(till: Till) -> None:
    """Twenty per cent on the last evening that had it, and paid after midnight."""
    await till.shop.until_ready()
    await till.sleep_until("2024-12-31", "23:59:50")
    await till.press(*digits(1000), "DEPARTMENT_2")
    await till.sleep_until("2025-01-01", "00:00:02")
    await till.press("CASH")
    assert till.notices[-1] == "rate-over"
    assert not till.shop.sealed
    await till.press("VOID_LAST")
    await till.press(*digits(1000), "DEPARTMENT_1", "CASH")


async def test_a_rate_that_ended_at_midnight_is_not_sold_after_it(tmp_path: Path, autojump_clock: MockClock) -> None:
    till = open_till(tmp_path, "2024-12-31")
    async with ended(till, partial(keyed_too_late, till)):
        (receipt,) = till.shop.sealed
    assert [item.vat_rate for item in receipt.sale.items] == [23]
    assert receipt.key == "2025-01/1"
