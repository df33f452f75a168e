"""The contract of the storage port: what every driver keeps on every medium, real or simulated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import trio

from drivers.ports import Storage
from states.fiscal.journal import (
    CashMoved,
    CatalogueSet,
    Closed,
    Delivered,
    Intent,
    Moved,
    MovedAnswered,
    MovedAttempted,
    Opened,
    Record,
    Stored,
    fold_histories,
)
from states.fiscal.receipt import Way
from tests import journal_samples as samples

LIMIT_S = 120.0
OpenStorage = Callable[[], AbstractAsyncContextManager[Storage]]


async def fill(storage: Storage, records: list[Record]) -> list[Stored]:
    """Append all, reserving as the register does."""
    stored = []
    for record in records:
        if isinstance(record, Intent):
            await storage.reserve()
        stored.append(await storage.append(record))
    return stored


async def listed(records: AsyncIterator[Stored]) -> list[Stored]:
    """All of them."""
    return [stored async for stored in records]


async def everything(storage: Storage) -> tuple[Any, ...]:
    """Every answer that the port can give about a morning."""
    names = [f"2026-11/{number}" for number in range(7)]
    return (
        await listed(storage.records()),
        await storage.open_histories(),
        [await storage.find(name) for name in names],
        [await storage.last_number(month) for month in ("2026-10", "2026-11", "2026-12")],
        await storage.last_create_date(),
        await storage.last_closed(),
        await storage.last_paragon(),
        await listed(storage.records_of(CashMoved, Moved, MovedAttempted, MovedAnswered)),
        await storage.last_of(CatalogueSet),
        await storage.last_of(Opened),
    )


NOTHING: tuple[Any, ...] = ([], (), [None] * 7, [0, 0, 0], "", 0, 0, [], None, None)


async def check_storage(open_storage: OpenStorage) -> None:
    """Run the whole contract against a healthy medium on which nothing is stored yet."""
    with trio.fail_after(LIMIT_S):
        async with open_storage() as storage:
            assert await everything(storage) == NOTHING
            before = await storage.examine()
            stored = await fill(storage, [*samples.five_receipts(), *samples.afternoon()])
            answers = await everything(storage)
            await check_answers(storage, stored)
            await check_refusals(storage, stored)
            assert await everything(storage) == answers
            after = await storage.examine()
            assert 0 <= before.used_bytes < after.used_bytes <= after.capacity_bytes
            assert not after.is_copy_lost
        await check_restart(open_storage, answers)


async def check_answers(storage: Storage, stored: list[Stored]) -> None:
    """Records come back as they were stored; receipts are found by each of their names; counters follow them."""
    assert [each.seq for each in stored] == sorted({each.seq for each in stored})
    assert await listed(storage.records()) == stored
    middle = stored[len(stored) // 2].seq
    assert await listed(storage.records(middle)) == [each for each in stored if each.seq > middle]
    kinds = CashMoved, Opened
    assert await listed(storage.records_of(*kinds)) == [each for each in stored if isinstance(each.record, kinds)]
    for history in fold_histories(each.record for each in stored).values():
        receipt = history.receipt
        for name in (receipt.okp, receipt.key, receipt.sale.basket_id):
            assert await storage.find(name) == history
    numbers = [each.record.receipt.number for each in stored if isinstance(each.record, Intent)]
    assert await storage.last_number("2026-11") == max(numbers)
    assert await storage.find("2026-11/99") is None


async def check_refusals(storage: Storage, stored: list[Stored]) -> None:
    """A second receipt of the same name and a record of an unknown one are refused, and nothing is written."""
    first = next(each.record for each in stored if isinstance(each.record, Intent))
    for record in (first, Delivered("0" * 44, Way.PRINT, "")):
        with pytest.raises(ValueError, match="journal"):
            await storage.append(record)


async def check_restart(open_storage: OpenStorage, answers: tuple[Any, ...]) -> None:
    """All of it is there after a restart, and what is appended then too; a cancelled call is done, not half done."""
    async with open_storage() as storage:
        assert await everything(storage) == answers
        with trio.CancelScope() as scope:
            scope.cancel()
            await storage.append(Closed(1, 1, "{}"))
    async with open_storage() as storage:
        records = await listed(storage.records())
        assert records[:-1] == answers[0]
        assert records[-1].record == Closed(1, 1, "{}")
        assert await storage.last_closed() == 1
