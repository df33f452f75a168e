"""Reports on a real journal: what counts in which, and the last daily one once more."""

from __future__ import annotations

from pathlib import Path

from controller.outputs import last_daily
from drivers.storage_journal import JournalStorage, open_journal
from states.fiscal.day import ReportKind, fold
from states.fiscal.journal import Closed, Delivered
from states.fiscal.receipt import Way
from tests import journal_samples as samples


async def sell(storage: JournalStorage, number: int) -> int:
    """A printed sale; the sequence number of its end."""
    receipt = samples.signed_receipt(number)
    await storage.append(samples.intent(receipt))
    await storage.append(samples.online(receipt))
    return (await storage.append(Delivered(receipt.okp, Way.PRINT, ""))).seq


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
        since = fold([stored async for stored in storage.records(await storage.last_closed())])
        assert (since.first_key, since.total.count) == ("2026-11/4", 1)
