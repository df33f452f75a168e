"""The sums of days, counted from the journal: the open day, the last closed one, an interval of days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile

from drivers.ports import Storage
from states.fiscal.codes import create_date
from states.fiscal.counting import Counting, civil_day
from states.fiscal.day import Day, ReportKind, Sums
from states.fiscal.journal import Closed, Stored, okp_of
from states.fiscal.totals import drawer_cents_of, is_before, totals


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The day since the last closing, that closing's number (0 without one), and the last record of the journal."""

    day: Day
    closed_number: int
    end: Stored


async def open_day(storage: Storage) -> OpenDay:
    """The sums since the last closing; the drawer holds what it held then."""
    counting, closed, end = Counting(), Closed(0, 0, ""), None
    async for stored in storage.records(await storage.last_closed()):
        counting, end = counting.then(stored), stored
        if isinstance(stored.record, Closed):
            closed = stored.record
    assert end is not None, "a journal in use holds at least its opening or its last closing"
    return OpenDay(_opened_with(closed, counting), closed.number, end)


async def interim(storage: Storage, kind: ReportKind, at: str) -> Sums:
    """The open day, for a report that closes nothing."""
    found = await open_day(storage)
    return Sums(kind, found.day, 0, at, found.end.chain.hex())


async def close_day(storage: Storage, at: str) -> Sums:
    """The daily report: one record closes the day, and is durable before anything is printed.

    Raises PortError(``full``), and then the day is open as before.
    """
    found = await open_day(storage)
    number = found.closed_number + 1
    closed = await storage.append(Closed(number, found.day.up_to_seq, totals(found.day)))
    return Sums(ReportKind.Z, found.day, number, at, closed.chain.hex())


async def last_daily(storage: Storage) -> Sums | None:
    """The last daily report, counted again from the records that it counted; None if there was none."""
    before, last, end = Closed(0, 0, ""), Closed(0, 0, ""), None
    async for stored in storage.records_of(Closed):
        if isinstance(stored.record, Closed):
            before, last, end = last, stored.record, stored
    if end is None:
        return None
    counting = Counting()
    async for stored in storage.records(before.up_to_seq):
        if stored.seq <= last.up_to_seq:
            counting = counting.then(stored)
    at = create_date(datetime.fromtimestamp(end.at_ns // 10**9, UTC))
    return Sums(ReportKind.AGAIN, _opened_with(before, counting), last.number, at, end.chain.hex())


async def interval(storage: Storage, since: str, until: str, at: str) -> Sums:
    """The receipts made, and the cash moved, on these civil days (both included), whenever the days were closed."""
    counting, okps, chain = Counting(), set[str](), b""
    async for stored in storage.records(await _end_of_days_before(storage, since)):
        okp, day, chain = okp_of(stored.record), civil_day(stored.record), stored.chain
        is_counted = since <= day <= until if day else okp in okps
        if is_counted:
            counting = counting.then(stored)
            okps.add(okp)
    return Sums(ReportKind.INTERVAL, counting.whole, 0, at, chain.hex(), since, until)


async def _end_of_days_before(storage: Storage, since: str) -> int:
    """Up to where no closed day has anything of this civil day or later, so that years need not be read."""
    closings = [one.record async for one in storage.records_of(Closed) if isinstance(one.record, Closed)]
    before = takewhile(lambda closed: is_before(closed.totals, since), closings)
    return max((closed.up_to_seq for closed in before), default=0)


def _opened_with(before: Closed, counting: Counting) -> Day:
    return replace(counting.whole, opening_cents=drawer_cents_of(before.totals))
