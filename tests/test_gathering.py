"""What slips say, gathered from a real journal: cash moved, copies, the unsent list, the sample."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from controller.gathering import gather
from drivers.storage_journal import JournalStorage, open_journal
from states import events as on
from states.fiscal.identity import Identity
from states.fiscal.journal import CashMoved, Delivered, Moved, MovedAnswered, MovedAttempted, Record, Resolved
from states.fiscal.receipt import Foreign, Form, Receipt, Tender, TenderKind, Way
from states.fiscal.slip import (
    CashOrder,
    CashSlip,
    Copy,
    CopyOrder,
    Order,
    Sample,
    SampleOrder,
    Slip,
    UnsentList,
    UnsentOrder,
    UnsentRow,
)
from tests import journal_samples as samples
from tests.fiscal_examples import NON_PAYER, cash

NOW = datetime.fromisoformat("2026-11-22T20:00:00+01:00")
AT = NOW.isoformat()


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[JournalStorage]:
    """An open journal."""
    async with open_journal(tmp_path / "journal") as opened:
        await opened.append(samples.opened())
        yield opened


async def keep(storage: JournalStorage, *lives: list[Record]) -> None:
    """Make these lives durable, one after the other."""
    for life in lives:
        for record in life:
            await storage.append(record)


async def gathered(order: Order, storage: JournalStorage, seller: Identity = samples.SELLER) -> Slip:
    """A slip that there is."""
    answer = await gather(order, storage, NOW, seller)
    assert isinstance(answer, on.SlipGathered), answer
    return answer.slip


# --- Cash moved ------------------------------------------------------------------------------------------


async def test_cash_moved_is_durable_and_the_drawer_is_told(storage: JournalStorage) -> None:
    """Deposits, sales in cash less their change, withdrawals."""
    assert await gathered(CashOrder(10_000, "Jana"), storage) == CashSlip(10_000, AT, "Jana", 10_000)
    sale = samples.receipt_of(1).sale
    await keep(
        storage,
        samples.printed_life(samples.receipt_of(1, tenders=(cash(sale.total_cents + 645),), change_cents=645)),
        samples.printed_life(samples.receipt_of(2)),
    )
    held = 10_000 + sale.total_cents
    assert await gathered(CashOrder(-held), storage) == CashSlip(-held, AT, "", 0)
    moved = [stored.record async for stored in storage.records_of(CashMoved)]
    assert moved == [CashMoved(10_000, AT, "Jana"), CashMoved(-held, AT, "")]


async def test_nobody_takes_more_than_the_drawer_holds(storage: JournalStorage) -> None:
    """Refused with its reason; nothing is journaled, and all of it may still be taken."""
    await gathered(CashOrder(500), storage)
    assert await gather(CashOrder(-501), storage, NOW, samples.SELLER) == on.SlipMissing("drawer-short")
    assert len([stored async for stored in storage.records_of(CashMoved)]) == 1
    assert await gathered(CashOrder(-500), storage) == CashSlip(-500, AT, "", 0)


async def test_foreign_money_is_no_euro_to_take(storage: JournalStorage) -> None:
    """The drawer's balance is in euros."""
    dollars = Foreign("USD", Decimal("3.55"), Decimal(1))
    tenders = (Tender(TenderKind.CURRENCY, 355, dollars),)
    await keep(storage, samples.printed_life(samples.receipt_of(1, tenders=tenders)))
    assert await gather(CashOrder(-1), storage, NOW, samples.SELLER) == on.SlipMissing("drawer-short")


# --- Copies ----------------------------------------------------------------------------------------------


async def test_a_copy_of_the_last_receipt_or_of_one_of_this_month(storage: JournalStorage) -> None:
    """Each with its form; a receipt sent later stays an off-line one."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    await keep(storage, samples.offline_life(first), samples.mailed_life(second))
    assert await gathered(CopyOrder(), storage) == Copy(second, Form.ONLINE, AT)
    assert await gathered(CopyOrder(1), storage) == Copy(first, Form.OFFLINE, AT)


async def test_what_was_refused_is_no_receipt(storage: JournalStorage) -> None:
    """Neither by its number nor as the last one: that is the one before."""
    first, refused = samples.signed_receipt(1), samples.signed_receipt(2)
    await keep(storage, samples.printed_life(first), samples.refused_life(refused))
    assert await gather(CopyOrder(2), storage, NOW, samples.SELLER) == on.SlipMissing("no-such-receipt")
    assert await gathered(CopyOrder(), storage) == Copy(first, Form.ONLINE, AT)


@pytest.mark.parametrize("number", [0, 1, 7])
async def test_what_was_not_handed_out_is_no_receipt(storage: JournalStorage, number: int) -> None:
    """In an empty journal, and while the original is still on its way."""
    assert await gather(CopyOrder(number), storage, NOW, samples.SELLER) == on.SlipMissing("no-such-receipt")
    await keep(storage, samples.printed_life(samples.signed_receipt(1))[:2])
    assert await gather(CopyOrder(number), storage, NOW, samples.SELLER) == on.SlipMissing("no-such-receipt")


@pytest.mark.parametrize("code", [-103, -104, -130])
async def test_what_was_refused_later_was_handed_out(storage: JournalStorage, code: int) -> None:
    """The customer holds it, whatever its time was; it is the last one until another is."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    await keep(storage, aside(first, code))
    assert await gathered(CopyOrder(), storage) == Copy(first, Form.OFFLINE, AT)
    assert await gathered(CopyOrder(1), storage) == Copy(first, Form.OFFLINE, AT)
    await keep(storage, samples.printed_life(second))
    assert await gathered(CopyOrder(), storage) == Copy(second, Form.ONLINE, AT)


@pytest.mark.parametrize("month", ["2026-10", "2026-03"])
async def test_the_first_receipt_of_a_month_may_be_refused(storage: JournalStorage, month: str) -> None:
    """The last one is then of the month before, or of whichever had a sale."""
    last, refused = samples.signed_receipt(4, month), samples.signed_receipt(1)
    await keep(storage, samples.printed_life(last), samples.refused_life(refused), [samples.intent(later())])
    assert await gathered(CopyOrder(), storage) == Copy(last, Form.ONLINE, AT)


def later() -> Receipt:
    """One that is still on its way."""
    return samples.signed_receipt(2)


async def test_the_last_receipt_may_be_of_last_month(storage: JournalStorage) -> None:
    """On the first day of a month, before its first sale."""
    last = samples.signed_receipt(4, "2026-10")
    await keep(storage, samples.printed_life(last))
    assert await gathered(CopyOrder(), storage) == Copy(last, Form.ONLINE, AT)
    assert await gather(CopyOrder(4), storage, NOW, samples.SELLER) == on.SlipMissing("no-such-receipt")


# --- The unsent list -------------------------------------------------------------------------------------


def row(receipt: Receipt, sending_count: int, code: int = 0) -> UnsentRow:
    """How the receipt is listed."""
    return UnsentRow(receipt.key, receipt.amount, receipt.okp, receipt.create_date, sending_count, code)


def aside(receipt: Receipt, code: int) -> list[Record]:
    """Off-line, and refused later."""
    return [*samples.offline_life(receipt)[:5], Resolved(receipt.okp, "", code, "<fault/>")]


async def test_the_list_has_what_waits_and_what_was_set_aside(storage: JournalStorage) -> None:
    """Oldest first; what was sent, or was on-line, or was made anew, is not on it."""
    receipts = [samples.signed_receipt(number) for number in range(1, 6)]
    waiting, refused, sent, online, late = receipts
    repaired = samples.signed_receipt(6)
    await keep(
        storage,
        samples.offline_life(waiting)[:4],
        aside(refused, -105),
        samples.offline_life(sent),
        samples.printed_life(online),
        samples.offline_life(late)[:5],
        aside(repaired, -103),
    )
    before = await gathered(UnsentOrder(), storage)
    rows = (row(waiting, 1), row(refused, 2, -105), row(late, 2))
    assert before == UnsentList((*rows, row(repaired, 2, -103)), AT)
    await keep(
        storage,
        samples.refused_life(samples.receipt_of(7, repairs=repaired.okp)),
    )
    assert await gathered(UnsentOrder(), storage) == before
    await keep(
        storage,
        samples.printed_life(samples.receipt_of(8, repairs=repaired.okp)),
    )
    assert await gathered(UnsentOrder(), storage) == UnsentList(rows, AT)


async def test_locations_are_on_the_list(storage: JournalStorage) -> None:
    """In their place by time: waiting, refused, and gone when taken or when a newer place was announced."""
    here, first = samples.location(), samples.moved_life()[0]
    assert isinstance(first, Moved)
    before, after = samples.signed_receipt(1), samples.signed_receipt(2, create_date="2026-11-02T11:00:00+01:00")
    await keep(storage, samples.offline_life(before)[:4], [first], samples.offline_life(after)[:4])
    place = UnsentRow(here.id, "", "", here.create_date, 1, 0)
    assert await gathered(UnsentOrder(), storage) == UnsentList((row(before, 1), place, row(after, 1)), AT)
    again = replace(first.attempt, uuid=first.attempt.uuid[:-1] + "9", sending_count=2)
    await keep(storage, [MovedAttempted(here.id, again), MovedAnswered(here.id, -108, "<fault/>")])
    refused = replace(place, sending_count=2, code=-108)
    assert await gathered(UnsentOrder(), storage) == UnsentList((row(before, 1), refused, row(after, 1)), AT)
    newer = Moved(replace(here, id="location-2"), replace(again, uuid=again.uuid[:-1] + "8", sending_count=1))
    await keep(storage, [newer])
    listed = replace(place, key="location-2")
    assert await gathered(UnsentOrder(), storage) == UnsentList((row(before, 1), listed, row(after, 1)), AT)
    await keep(storage, [MovedAnswered("location-2", 0, "<reply/>")])
    assert await gathered(UnsentOrder(), storage) == UnsentList((row(before, 1), row(after, 1)), AT)


async def test_an_empty_list_is_a_list(storage: JournalStorage) -> None:
    """The paper says that nothing waits."""
    await keep(storage, samples.printed_life(samples.signed_receipt(1)))
    assert await gathered(UnsentOrder(), storage) == UnsentList((), AT)


# --- The sample ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seller", "rates"), [(samples.SELLER, {23, 19}), (NON_PAYER, {0})])
async def test_a_sample_is_never_journaled(storage: JournalStorage, seller: Identity, rates: set[int]) -> None:
    """It has no number and codes of zeros, and leaves no trace."""
    await storage.append(CashMoved(1, AT, ""))
    slip = await gathered(SampleOrder(), storage, seller)
    assert isinstance(slip, Sample)
    assert (slip.receipt.number, slip.receipt.create_date, slip.receipt.seller) == (0, AT, seller)
    assert set(slip.receipt.okp) == {"0", "-"}
    assert set(slip.receipt.pkp) == {"0"}
    assert {item.vat_rate for item in slip.receipt.sale.items} == rates
    assert [stored.seq async for stored in storage.records()][-1] == 2
    assert await storage.last_number("2026-11") == 0
    assert await storage.find(slip.receipt.okp) is None
    assert await gather(CopyOrder(), storage, NOW, seller) == on.SlipMissing("no-such-receipt")


async def test_a_receipt_by_mail_may_be_copied_on_paper(storage: JournalStorage) -> None:
    """A copy is no second original."""
    mailed = samples.signed_receipt(1, email_masked="j***@example.sk")
    await keep(storage, samples.mailed_life(mailed)[:2], [Delivered(mailed.okp, Way.EMAIL, "250 ok")])
    assert await gathered(CopyOrder(1), storage) == Copy(mailed, Form.ONLINE, AT)
