"""What a slip says, read from the journal; a closing, or cash moved, is durable before its slip is printed."""

from __future__ import annotations

from datetime import datetime

from controller.gathering_days import close_day, interim, interval, last_daily, open_day
from drivers.ports import PortError, Storage
from states import events as on
from states.fiscal.codes import create_date, month_of, read_date
from states.fiscal.day import ReportKind, Sums
from states.fiscal.identity import Identity
from states.fiscal.journal import CashMoved, Delivered, History, Moved, MovedAnswered, MovedAttempted, okp_of
from states.fiscal.receipt import Form
from states.fiscal.sample import sample_receipt
from states.fiscal.slip import (
    CashOrder,
    CashSlip,
    Copy,
    CopyOrder,
    Order,
    ReportOrder,
    Sample,
    SampleOrder,
    Slip,
    UnsentList,
    UnsentOrder,
    UnsentRow,
)
from states.fiscal.unsent_list import Locations


async def gather(order: Order, storage: Storage, now: datetime, seller: Identity) -> on.SlipGathered | on.SlipMissing:
    """What the slip says, or by a word why there is none; ``full`` means that nothing was written."""
    at = create_date(now)
    try:
        found = await _gather(order, storage, at, seller)
    except PortError as error:
        found = error.reason
    return on.SlipMissing(found) if isinstance(found, str) else on.SlipGathered(found)


async def _gather(order: Order, storage: Storage, at: str, seller: Identity) -> Slip | str:
    match order:
        case ReportOrder():
            return await _report(order, storage, at)
        case CashOrder():
            return await _move_cash(order, storage, at)
        case CopyOrder():
            return await _copy(order, storage, at)
        case UnsentOrder():
            return UnsentList(await _unsent(storage), at)
        case SampleOrder():
            return Sample(sample_receipt(seller, at))


async def _report(order: ReportOrder, storage: Storage, at: str) -> Sums | str:
    match order.kind:
        case ReportKind.Z:
            return await close_day(storage, at)
        case ReportKind.AGAIN:
            return await last_daily(storage) or "report-none"
        case ReportKind.INTERVAL:
            return await interval(storage, order.since, order.until, at)
    return await interim(storage, order.kind, at)


async def _move_cash(order: CashOrder, storage: Storage, at: str) -> CashSlip | str:
    """Nobody takes more from the drawer than it holds."""
    drawer_cents = (await open_day(storage)).day.drawer_cents + order.cents
    if order.cents < 0 and drawer_cents < 0:
        return "drawer-short"
    await storage.append(CashMoved(order.cents, at, order.cashier))
    return CashSlip(order.cents, at, order.cashier, drawer_cents)


async def _copy(order: CopyOrder, storage: Storage, at: str) -> Copy | str:
    key = f"{month_of(at)}/{order.number}"
    found = await storage.find(key) if order.number else await _last_receipt(storage)
    form = _form_of_receipt(found) if found else None
    return Copy(found.receipt, form, at) if found and form else "no-such-receipt"


async def _last_receipt(storage: Storage) -> History | None:
    """The newest receipt that a customer got, whatever was refused since then and whichever month it is of."""
    last = await storage.last_of(Delivered)
    return await storage.find(okp_of(last.record)) if last else None


def _form_of_receipt(history: History) -> Form | None:
    """How it was made, None for what never became a receipt: refused, or not handed out yet."""
    outcome = history.outcome
    return outcome.form if outcome and history.delivered else None


async def _unsent(storage: Storage) -> tuple[UnsentRow, ...]:
    """Receipts and locations that wait or were set aside; what was made anew since then the storage leaves out."""
    locations = Locations()
    async for stored in storage.records_of(Moved, MovedAttempted, MovedAnswered):
        locations = locations.after(stored.record)
    rows = list(locations.rows)
    for history in await storage.open_histories():
        if history.is_unsent or history.is_aside:
            rows.append(_row(history))
    return tuple(sorted(rows, key=lambda row: read_date(row.create_date)))


def _row(history: History) -> UnsentRow:
    receipt, count = history.receipt, history.attempts[-1].sending_count
    code = history.resolved.code if history.resolved else 0
    return UnsentRow(receipt.key, receipt.amount, receipt.okp, receipt.create_date, count, code)
