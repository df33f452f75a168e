"""The sums of a day: a fold over the journal's records since the last closing.

A receipt belongs to the stretch that holds both its intent and its outcome, so a day ends before an intent that has no
outcome yet. A refused receipt and an invalid one (ND) count in no sum. An off-line receipt counts even if the authority
sets it aside later: the customer holds it, so the one that repairs it moves no money a second time. A receipt that the
register gave up before its outcome counts nowhere: the paragón that the customer gets instead is registered later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from states.fiscal.day import NOTHING, Day, Exchanged, Sold, Tally, kind_of
from states.fiscal.journal import CashMoved, Delivered, Intent, Outcome, Record, Resolved, SetAside, Stored
from states.fiscal.receipt import CASH_MOVES, Form, Item, Receipt, ReceiptType, Role, Sale, TenderKind, Way
from states.fiscal.vat import VatLine, supplies, vat_lines

A = TypeVar("A", bound="_Adds")
H = TypeVar("H")
K = TypeVar("K", bound=StrEnum)


class _Adds(Protocol):
    def __add__(self: A, other: A, /) -> A: ...


@dataclass(frozen=True, slots=True)
class Counting:
    """A day while it is counted, one record after the other: ``whole`` is the day up to a receipt still open."""

    reached: Day = NOTHING
    whole: Day = NOTHING
    pending: tuple[Receipt, ...] = ()

    def then(self, stored: Stored) -> Counting:
        """The counting after the next record."""
        pending = self.pending
        before = self.whole if pending else replace(self.reached, up_to_seq=stored.seq - 1)
        reached = _after(self.reached, stored.record, pending)
        match stored.record:
            case Intent(receipt):
                pending = (*pending, receipt)
            case Outcome(okp=okp) | SetAside(okp=okp):
                pending = tuple(receipt for receipt in pending if receipt.okp != okp)
        reached = replace(reached, up_to_seq=stored.seq)
        return Counting(reached, before if pending else reached, pending)


def fold(records: Iterable[Stored]) -> Day:
    """The day of these records, oldest first."""
    counting = Counting()
    for stored in records:
        counting = counting.then(stored)
    return counting.whole


def civil_day(record: Record) -> str:
    """``2026-11-22``, the day that a receipt or a move of cash belongs to; empty for what has no day of its own."""
    match record:
        case Intent(receipt):
            return receipt.create_date[:10]
        case CashMoved(at=at):
            return at[:10]
    return ""


def _after(day: Day, record: Record, pending: tuple[Receipt, ...]) -> Day:
    match record:
        case Outcome(okp=okp, form=form):
            for receipt in pending:
                if receipt.okp == okp:
                    return _add_receipt(day, receipt, form)
        case Delivered(way=Way.EMAIL):
            return replace(day, emailed=day.emailed + 1)
        case Delivered():
            return replace(day, printed=day.printed + 1)
        case Resolved(okp=okp, uid=uid):
            return replace(day, waiting=day.waiting - {okp}, set_aside=day.set_aside + (not uid))
        case CashMoved(cents=cents):
            return _move_cash(replace(day, newest=max(day.newest, civil_day(record))), cents)
    return day


def _add_receipt(day: Day, receipt: Receipt, form: Form) -> Day:
    sale = receipt.sale
    cents = sale.total_cents
    newest = max(day.newest, receipt.create_date[:10])
    day = replace(day, first_key=day.first_key or receipt.key, last_key=receipt.key, newest=newest)
    if form is Form.REFUSED:
        return replace(day, by_form=_plus(day.by_form, form, Tally(1, cents)))
    if form is Form.OFFLINE:
        day = replace(day, waiting=day.waiting | {receipt.okp})
    if sale.repairs:
        return replace(day, repaired=day.repaired + 1)
    day = replace(day, by_type=_plus(day.by_type, sale.type, Tally(1, cents)))
    if sale.type is ReceiptType.ND:
        return day
    if sale.type in CASH_MOVES:
        return _move_cash(day, abs(cents) if sale.type is ReceiptType.VK else -abs(cents))
    return _add_items(_add_money(day, sale, form), sale.items)


def _move_cash(day: Day, cents: int) -> Day:
    if cents < 0:
        return replace(day, withdrawals=day.withdrawals + Tally(1, cents))
    return replace(day, deposits=day.deposits + Tally(1, cents))


def _add_money(day: Day, sale: Sale, form: Form) -> Day:
    """What was paid, how, and to whom."""
    whole = Tally(1, sale.total_cents)
    by_tender, by_currency = day.by_tender, day.by_currency
    for tender in sale.tenders:
        by_tender = _plus(by_tender, tender.kind, Tally(1, tender.cents))
        if given := tender.foreign:
            by_currency = _with(by_currency, given.code, Exchanged(1, given.amount, tender.cents), Exchanged())
    invoice = sale.invoice.cents if sale.invoice else None
    paid, returned = _invoice(invoice)
    return replace(
        day,
        total=day.total + whole,
        rounding=day.rounding + Tally(int(sale.rounding_cents != 0), sale.rounding_cents),
        by_form=_plus(day.by_form, form, whole),
        by_tender=_plus(by_tender, TenderKind.CASH, Tally(0, -sale.change_cents)),
        by_currency=by_currency,
        by_cashier=_with(day.by_cashier, sale.cashier, whole, Tally()),
        invoices_paid=day.invoices_paid + paid,
        invoices_returned=day.invoices_returned + returned,
    )


def _invoice(cents: int | None) -> tuple[Tally, Tally]:
    if cents is None:
        return Tally(), Tally()
    return (Tally(1, cents), Tally()) if cents >= 0 else (Tally(), Tally(1, cents))


def _add_items(day: Day, items: tuple[Item, ...]) -> Day:
    """What was sold, and what came back."""
    by_item, departments, plus = day.by_item, dict(day.by_department), dict(day.by_plu)
    for item, goods in _with_goods(items):
        by_item = _plus(by_item, kind_of(item), Tally(1, item.price_cents))
        tally = Tally(int(item is goods), item.price_cents)
        departments[goods.department] = departments.get(goods.department, Tally()) + tally
        if goods.plu:
            key = goods.plu, goods.name
            plus[key] = plus.get(key, Sold()) + _sold(item, goods)
    by_rate = _add_rates(day.by_rate, vat_lines(supplies(items)))
    return replace(day, by_item=by_item, by_department=departments, by_plu=plus, by_rate=by_rate)


def _with_goods(items: tuple[Item, ...]) -> Iterator[tuple[Item, Item]]:
    """Each item with the one whose department and PLU it is: what adjusts a line belongs to that line."""
    goods: Item | None = None
    for item in items:
        goods = goods if goods is not None and item.role is Role.ON_LINE else item
        yield item, goods


def _sold(item: Item, goods: Item) -> Sold:
    """Quantities are never negative, so the price says which way the goods went; an adjustment moves none."""
    if item is not goods:
        return Sold(cents=item.price_cents)
    return Sold(-item.quantity if item.unit_price < 0 else item.quantity, item.price_cents)


def _plus(known: tuple[tuple[K, Tally], ...], kind: K, more: Tally) -> tuple[tuple[K, Tally], ...]:
    return tuple((one, tally + more if one is kind else tally) for one, tally in known)


def _with(known: Mapping[H, A], key: H, more: A, nothing: A) -> Mapping[H, A]:
    return {**known, key: known.get(key, nothing) + more}


def _add_rates(lines: tuple[VatLine, ...], more: tuple[VatLine, ...]) -> tuple[VatLine, ...]:
    rates = {line.rate: line for line in lines}
    for line in more:
        rates[line.rate] = rates[line.rate] + line if line.rate in rates else line
    return tuple(rates[rate] for rate in sorted(rates, reverse=True))
