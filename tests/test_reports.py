"""Reports on a real journal: what counts in which, and the last daily one once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from controller.gathering import gather
from controller.gathering_days import last_daily, open_day
from drivers.ports import PortError
from drivers.storage_journal import JournalStorage, open_journal
from states import events as on
from states.fiscal.day import Day, ReportKind, Sums, Tally
from states.fiscal.journal import CashMoved, Closed, Record, Stored
from states.fiscal.receipt import Receipt
from states.fiscal.slip import CashOrder, ReportOrder
from states.fiscal.slip_lines import slip_lines
from states.fiscal.totals import totals
from tests import journal_samples as samples
from tests.fiscal_examples import cash

NOW = datetime.fromisoformat("2026-11-22T20:00:00+01:00")
PRICE_CENTS = samples.signed_receipt(1).sale.total_cents


async def sell(storage: JournalStorage, number: int, **sale: Any) -> int:
    """A printed sale; the sequence number of its end."""
    return await keep(storage, samples.printed_life(samples.receipt_of(number, **sale)))


async def keep(storage: JournalStorage, records: list[Record]) -> int:
    """Make the records durable; the sequence number of the last."""
    return [(await storage.append(record)).seq for record in records][-1]


async def report(storage: JournalStorage, kind: ReportKind, since: str = "", until: str = "") -> Sums:
    """A report that there is."""
    answer = await gather(ReportOrder(kind, since, until), storage, NOW, samples.SELLER)
    assert isinstance(answer, on.SlipGathered)
    assert isinstance(answer.slip, Sums)
    return answer.slip


async def closings(storage: JournalStorage) -> list[Stored]:
    """Every closing in the journal."""
    return [stored async for stored in storage.records() if isinstance(stored.record, Closed)]


async def test_the_last_daily_report_counts_what_it_counted_when_it_was_closed(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        assert await last_daily(storage) is None
        await sell(storage, 1)
        await storage.append(Closed(1, await sell(storage, 2), "first"))
        second = await storage.append(Closed(2, await sell(storage, 3), "second"))
        await sell(storage, 4)
        again = await last_daily(storage)
        assert again is not None
        assert (again.kind, again.number, again.chain_hex) == (ReportKind.AGAIN, 2, second.chain.hex())
        assert (again.day.first_key, again.day.last_key, again.day.total.count) == ("2026-11/3", "2026-11/3", 1)
        since = (await open_day(storage)).day
        assert (since.first_key, since.total.count) == ("2026-11/4", 1)


async def test_an_overview_closes_nothing(tmp_path: Path) -> None:
    """X may be read as often as wished: the journal stays as it is, and the sums too."""
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        last_seq = await sell(storage, 1)
        first, second = await report(storage, ReportKind.X), await report(storage, ReportKind.X)
        assert first == second
        assert (first.number, first.day.total) == (0, Tally(1, PRICE_CENTS))
        assert [stored.seq async for stored in storage.records()][-1] == last_seq


async def test_a_daily_report_is_one_record_that_says_its_sums(tmp_path: Path) -> None:
    """R-23: and the next day begins at nothing, but for the drawer."""
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        await sell(storage, 1, tenders=(cash(PRICE_CENTS),))
        await gather(CashOrder(5_000, "Jana"), storage, NOW, samples.SELLER)
        first = await report(storage, ReportKind.Z)
        await sell(storage, 2, tenders=(cash(PRICE_CENTS),))
        await gather(CashOrder(-1_000), storage, NOW, samples.SELLER)
        second = await report(storage, ReportKind.Z)
        found = await closings(storage)
        assert [stored.chain.hex() for stored in found] == [first.chain_hex, second.chain_hex]
        assert [stored.record for stored in found] == [
            Closed(number, sums.day.up_to_seq, totals(sums.day)) for number, sums in ((1, first), (2, second))
        ]
        assert (first.number, first.day.opening_cents, first.day.drawer_cents) == (1, 0, PRICE_CENTS + 5_000)
        assert (second.number, second.day.total) == (2, Tally(1, PRICE_CENTS))
        assert second.day.drawer_cents == 2 * PRICE_CENTS + 5_000 - 1_000


async def test_a_daily_report_survives_a_power_cut_before_its_paper(tmp_path: Path) -> None:
    """The journal is opened again, and the same sums are printed, to the letter but for the title and the time."""
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        await storage.append(Closed(1, await sell(storage, 1), totals(Day())))
        await sell(storage, 2, tenders=(cash(PRICE_CENTS),), cashier="Jana")
        await gather(CashOrder(5_000), storage, NOW, samples.SELLER)
        closed = await report(storage, ReportKind.Z)
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened("2"))
        await sell(storage, 3)
        again = await report(storage, ReportKind.AGAIN)
    assert replace(again, kind=closed.kind, at=closed.at) == closed
    assert slip_lines(replace(again, kind=closed.kind, at=closed.at), samples.SELLER, 42) == slip_lines(
        closed, samples.SELLER, 42
    )


async def test_without_a_daily_report_there_is_none_again(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        assert await gather(ReportOrder(ReportKind.AGAIN), storage, NOW, samples.SELLER) == on.SlipMissing(
            "report-none"
        )


class FullStorage(JournalStorage):
    """A real journal whose medium is full."""

    async def append(self, record: Record) -> Stored:
        """Nothing fits."""
        raise PortError("full")


@pytest.mark.parametrize("order", [ReportOrder(ReportKind.Z), CashOrder(100)])
async def test_a_full_journal_closes_nothing(tmp_path: Path, order: ReportOrder | CashOrder) -> None:
    """The cashier is told; the day stays open, and nothing is printed that the journal does not know."""
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        await sell(storage, 1)
        full = FullStorage(storage._book)
        assert await gather(order, full, NOW, samples.SELLER) == on.SlipMissing("full")
        assert await closings(storage) == []
        assert (await open_day(storage)).day.total == Tally(1, PRICE_CENTS)


# --- Intervals -------------------------------------------------------------------------------------------


def made_on(number: int, date: str) -> Receipt:
    """A receipt of this day."""
    return samples.signed_receipt(number, date[:7], create_date=f"{date}T23:59:58+01:00")


async def three_days(storage: JournalStorage) -> None:
    """A receipt on each of three days, one across the turn of the month, the first two days closed."""
    await storage.append(samples.opened())
    for number, date, offline in ((1, "2026-11-29", True), (2, "2026-11-30", False), (1, "2026-12-01", True)):
        life = samples.offline_life if offline else samples.printed_life
        await keep(storage, [*life(made_on(number, date)), CashMoved(100, f"{date}T23:59:59+01:00", "")])
        if date < "2026-12":
            await report(storage, ReportKind.Z)


INTERVALS = {
    ("2026-11-29", "2026-12-01"): ("2026-11/1", "2026-12/1", 3),
    ("2026-11-30", "2026-11-30"): ("2026-11/2", "2026-11/2", 1),
    ("2026-11-30", "2026-12-31"): ("2026-11/2", "2026-12/1", 2),
    ("2026-12-01", "2026-12-01"): ("2026-12/1", "2026-12/1", 1),
    ("2026-12-02", "2026-12-31"): ("", "", 0),
    ("2026-01-01", "2026-11-28"): ("", "", 0),
}


@pytest.mark.parametrize("days", INTERVALS)
async def test_an_interval_counts_through_closings(tmp_path: Path, days: tuple[str, str]) -> None:
    """The receipts of its civil days, with the cash moved on them; both ends are included."""
    async with open_journal(tmp_path / "journal") as storage:
        await three_days(storage)
        sums = await report(storage, ReportKind.INTERVAL, *days)
        first, last, count = INTERVALS[days]
        assert (sums.day.first_key, sums.day.last_key) == (first, last)
        assert sums.day.total == Tally(count, count * PRICE_CENTS)
        assert sums.day.deposits == Tally(count, count * 100)
        assert (sums.number, sums.since, sums.until) == (0, *days)
        end = [stored async for stored in storage.records()][-1]
        assert sums.chain_hex == end.chain.hex()


async def test_an_interval_does_not_read_what_was_closed_before_it(tmp_path: Path) -> None:
    """Years of a journal stay unread, unless an older program closed them without saying their days."""
    for closing, first_read in ((None, True), (Closed(9, 3, "receipts=1 total=3.55"), False)):
        async with open_journal(tmp_path / f"journal-{first_read}") as storage:
            if closing:
                await keep(storage, [samples.opened(), *samples.printed_life(made_on(9, "2026-11-28"))])
                await storage.append(closing)
            await three_days(storage)
            read = Reading(storage._book)
            sums = await report(read, ReportKind.INTERVAL, "2026-12-01", "2026-12-01")
            assert (read.after_seq > 0) is first_read
            assert sums.day.total == Tally(1, PRICE_CENTS)


class Reading(JournalStorage):
    """A real journal that remembers from where its records were read last."""

    after_seq = -1

    async def records(self, after_seq: int = 0) -> AsyncIterator[Stored]:
        """As Storage has it."""
        self.after_seq = after_seq
        async for stored in super().records(after_seq):
            yield stored


async def test_a_receipt_of_a_wrong_clock_is_found_on_its_day(tmp_path: Path) -> None:
    """Its date lay ahead when its day was closed: an interval of that date has it all the same."""
    async with open_journal(tmp_path / "journal") as storage:
        await storage.append(samples.opened())
        ahead = made_on(1, "2026-12-24")
        await keep(storage, samples.offline_life(ahead)[:4])
        await report(storage, ReportKind.Z)
        await keep(storage, samples.printed_life(made_on(1, "2026-11-30")))
        await report(storage, ReportKind.Z)
        sums = await report(storage, ReportKind.INTERVAL, "2026-12-24", "2026-12-24")
        assert (sums.day.total.count, sums.day.first_key) == (1, ahead.key)


async def test_reports_of_a_journal_of_the_first_version(tmp_path: Path) -> None:
    """Records without what came later fold as ever."""
    async with open_journal(tmp_path / "journal") as storage:
        await keep(storage, samples.five_receipts()[:-1])
        day = (await report(storage, ReportKind.Z)).day
        assert (day.total, day.unsent, day.emailed, day.printed) == (Tally(4, 4 * PRICE_CENTS), 0, 1, 3)
