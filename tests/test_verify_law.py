"""``ekasa verify`` on what the law demands of a receipt's content, its money, and what follows one after the other.

Every receipt here is really numbered, signed and in a journal; only the named thing is wrong with it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from controller.verify import PRECISION, verify
from controller.verify_content import judge_content
from controller.verify_days import Days
from controller.verify_frames import Found
from controller.verify_money import judge_money
from controller.verify_rules import Audit
from states.fiscal.counting import fold
from states.fiscal.discount import contradiction
from states.fiscal.journal import (
    Attempted,
    CashMoved,
    Closed,
    Delivered,
    Intent,
    Moved,
    MovedAnswered,
    MovedAttempted,
    Opened,
    Outcome,
    Record,
    Resolved,
    Stored,
)
from states.fiscal.place import Place
from states.fiscal.receipt import (
    Foreign,
    Form,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Regulation,
    Role,
    SellerIdType,
    Tender,
    TenderKind,
    Way,
)
from states.fiscal.rules import RULES, rules_on
from states.fiscal.tender import refusal, settle
from states.fiscal.totals import totals
from tests import journal_samples as samples
from tests.journal_samples import invoice_receipt, item, paragon_receipt, receipt_of
from tests.test_verify import broken, write

OKP = "B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710"
K, VO, V, CORRECTION, Z, OZ, VP = ItemType
CASH, CARD, CHEQUE, _, OTHER, CURRENCY = TenderKind


def judged(receipt: Receipt) -> list[str]:
    """The codes of what is wrong with one receipt."""
    return [code for code, _ in (*judge_content(receipt), *judge_money(receipt))]


def of(*items: Item, **sale: Any) -> Receipt:
    """A receipt of these items, paid by card."""
    return receipt_of(1, items=items, **sale)


def dated(receipt: Receipt, day: str) -> Receipt:
    """The receipt made on another day, at noon."""
    return replace(receipt, create_date=f"{day}T12:00:00+01:00", month=day[:7])


def cash(cents: int, *paid: Tender, rounding: int = 0, change: int = 0, rate: int = 23) -> Receipt:
    """Goods of this price, paid so."""
    price = str(Decimal(cents) / 100)
    kind = V if cents < 0 else K
    goods = item(price, rate, kind, reference=OKP if cents < 0 else "")
    return of(goods, tenders=paid, rounding_cents=rounding, change_cents=change)


def found_at(seq: int) -> Found:
    """A record of this number, a second after the one before."""
    return Found(seq, 1, 0, seq * 10**9, seq * 10**9, 0, b"", b"")


# --- Content -----------------------------------------------------------------------------------------------------

ITEM = {
    "-117": (item("-1", type=V), item("-1", type=CORRECTION)),
    "-118": (item("1", reference=OKP), item("-0.01", type=Z, reference="7"), item("-1", 0, VO, reference=OKP)),
    "-127": (item("-1"),),
    "-128": (item("1", type=V, reference=OKP), item("1", 0, VO), item("1", type=Z), item("1", type=VP, voucher="1")),
    "-129": (item("1", seller_id="1234567890"), item("1", seller_id_type=SellerIdType.DIC)),
    "-130": (item("1", 23, regulation=Regulation.PT),),
    "-131": (item("1", voucher="1"), item("-1", type=V, reference=OKP, voucher="1"), item("-0.01", type=VP)),
    "-2": (
        item("1", 22),
        item("1", name=""),
        item("1", name="x" * 256),
        item("-1", type=V, reference="somewhere"),
        item("-1", type=V, reference="1" * 45),
        item("-0.01", type=VP, voucher="1" * 51),
        item("1", seller_id="12 34", seller_id_type=SellerIdType.DIC),
        Item("x", Decimal("0.00001"), "ks", Decimal(1), 23),
        Item("x", Decimal(-1), "ks", Decimal(-1), 23),
        Item("x", Decimal(10_000_001), "ks", Decimal(0), 23),
    ),
    "I24": (item("1", 20), item("1", 10)),
}


@pytest.mark.parametrize(("code", "wrong"), [(code, one) for code, items in ITEM.items() for one in items])
def test_an_item_that_the_authority_refuses_is_named_by_its_code(code: str, wrong: Item) -> None:
    assert code in judged(of(item("10", wrong.vat_rate if wrong.vat_rate in (23, 0) else 23), wrong))


def test_items_of_every_kind_hold() -> None:
    """And so do a return at a rate of the past, a correction of either sign, and a receipt of nothing but packaging."""
    assert judged(of(*samples.special_items(), rounding_cents=0)) == []
    assert judged(of(item("-5", 20, V, reference=OKP), item("-5", 10, CORRECTION, reference="0042"))) == []
    assert judged(of(item("5", 23, CORRECTION, reference=OKP))) == []
    assert judged(of(item("-0.15", 0, VO))) == []
    assert judged(of(Item("x", Decimal("3.0000"), "ks", Decimal("0.333333"), 19))) == []


@pytest.mark.parametrize(
    ("code", "receipt"),
    [
        ("-112", receipt_of(1, items=(), type=ReceiptType.UF)),
        ("-114", replace(invoice_receipt(1), sale=replace(invoice_receipt(1).sale, items=samples.ITEMS))),
        ("-115", receipt_of(1, invoice=Invoice("1", 359))),
        ("-116", of()),
        ("-116", of(type=ReceiptType.ND)),
        ("-126", paragon_receipt(1, type=ReceiptType.ND)),
        ("-2", receipt_of(1, items=(), type=ReceiptType.UF, invoice=Invoice("x" * 51, 1))),
        ("-2", receipt_of(1, items=(), type=ReceiptType.UF, invoice=Invoice("", 1))),
        ("-2", paragon_receipt(1, 0)),
        ("-2", paragon_receipt(1, 2**32)),
        ("-2", of(*[item("1")] * 501)),
        ("-103", receipt_of(1, paragon=Paragon(1, "2026-11-02T23:00:00+01:00"))),
        ("-106", receipt_of(1, paragon=Paragon(1, "2019-03-31T23:59:59+01:00"))),
        ("I24", receipt_of(1, paragon=Paragon(1, "yesterday"))),
    ],
)
def test_a_receipt_that_the_authority_refuses_is_named_by_its_code(code: str, receipt: Receipt) -> None:
    assert code in judged(receipt)


@pytest.mark.parametrize(
    ("day", "rate", "holds"),
    [
        ("2024-12-31", 20, True),
        ("2024-12-31", 23, False),
        ("2025-01-03", 20, True),
        ("2025-01-09", 20, False),
        ("2025-01-09", 5, True),
        ("2026-11-22", 10, False),
    ],
)
def test_goods_are_sold_at_the_rates_of_their_day(day: str, rate: int, holds: bool) -> None:
    """A few days after a change what was begun before it may still be told of."""
    assert (judged(dated(of(item("1", rate)), day)) == []) == holds


def test_a_slip_has_the_rates_of_the_day_it_was_written() -> None:
    paragon = Paragon(1, "2024-12-30T10:00:00+01:00")
    assert judged(dated(of(item("1", 20), paragon=paragon), "2025-02-09")) == []
    assert judged(dated(of(item("1", 23), paragon=paragon), "2025-01-02")) == ["I24"]


@pytest.mark.parametrize(("written", "rounding", "holds"), [
    ("2022-06-30", 0, True), ("2022-06-30", -2, False), ("2022-07-01", -2, True), ("2022-07-01", 0, False),
])  # fmt: skip
def test_a_slip_has_the_rounding_of_the_day_it_was_written(written: str, rounding: int, holds: bool) -> None:
    """Neither that of the day it was registered, nor of the days just before."""
    paid = {"tenders": (Tender(CASH, 1002 + rounding),), "rounding_cents": rounding}
    slip = of(item("10.02", 20), paragon=Paragon(1, f"{written}T10:00:00+02:00"), **paid)
    assert (judged(dated(slip, "2022-07-03")) == []) == holds


@pytest.mark.parametrize(("day", "holds"), [("2025-12-31", True), ("2026-01-09", False)])
@pytest.mark.parametrize("kind", [ReceiptType.VK, ReceiptType.VY])
def test_cash_moves_are_messages_until_2025(kind: ReceiptType, day: str, holds: bool) -> None:
    receipt = dated(receipt_of(1, items=(), type=kind, tenders=(), total_cents=5000), day)
    assert (judged(receipt) == []) == holds
    nothing = dated(receipt_of(1, items=(), type=kind, tenders=(), total_cents=0), "2025-06-01")
    assert judged(nothing) == ["I23"]


# --- Money -------------------------------------------------------------------------------------------------------

NOTE = Tender(CASH, 2000)


@pytest.mark.parametrize(
    "receipt",
    [
        cash(1983, Tender(CASH, 1985), rounding=2),
        cash(1983, NOTE, rounding=2, change=15),
        cash(1983, Tender(CARD, 1983)),
        cash(1983, Tender(CARD, 1000), Tender(CASH, 985), rounding=2),
        cash(1983, Tender(CHEQUE, 1000), Tender(OTHER, 983)),
        cash(1, Tender(CASH, 5), rounding=4),
        cash(-1983, Tender(CASH, -1985), rounding=-2),
        cash(-2, Tender(CASH, -5), rounding=-3),
        cash(1983, Tender(CURRENCY, 2000, Foreign("CZK", Decimal("500.10"), Decimal("25.0"))), rounding=2, change=15),
        invoice_receipt(1, 1983, tenders=(Tender(CASH, 1985),), rounding_cents=2),
        invoice_receipt(1, -1983, tenders=(Tender(CASH, -1985),), rounding_cents=-2),
        dated(cash(1983, Tender(CASH, 1983), rate=20), "2022-06-30"),
        of(item("1"), item("-1", type=Z)),
    ],
)
def test_money_that_adds_up_holds(receipt: Receipt) -> None:
    """Cash is rounded, the rest is not; change follows from what was given; of 0.01 something is paid."""
    assert judged(receipt) == []


@pytest.mark.parametrize(
    "receipt",
    [
        cash(1983, Tender(CASH, 1983)),
        cash(1983, Tender(CARD, 1985), rounding=2),
        cash(1983, Tender(CASH, 1980), rounding=-3),
        cash(1983, NOTE, rounding=2, change=20),
        cash(1983, NOTE, rounding=2, change=0),
        cash(1983, Tender(CASH, 1900), rounding=2, change=-85),
        cash(1983, Tender(CARD, 2000), change=17),
        cash(1983, Tender(CARD, 1000)),
        cash(1983, Tender(CARD, 1000), Tender(CASH, 980), rounding=-3),
        cash(1, Tender(CASH, 0), rounding=-1),
        cash(-1983, Tender(CASH, -1980), rounding=3),
        cash(1983, Tender(CURRENCY, 2000, Foreign("CZK", Decimal(400), Decimal(25))), rounding=2, change=15),
        cash(1983, Tender(CURRENCY, 2000, Foreign("CZK", Decimal(400), Decimal(0))), rounding=2, change=15),
        cash(1983, Tender(CURRENCY, 2000), rounding=2, change=15),
        cash(1983, Tender(CASH, 2000, Foreign("CZK", Decimal(500), Decimal(25))), rounding=2, change=15),
        invoice_receipt(1, 1983, tenders=(Tender(CASH, 1983),)),
        dated(cash(1983, Tender(CASH, 1985), rounding=2, rate=20), "2022-06-30"),
        dated(cash(1983, Tender(CASH, 1983), rate=20), "2022-07-09"),
        of(item("1"), item("-1.01", type=Z)),
        of(item("5", 5), item("1"), item("-1.01", type=VP, voucher="1")),
        of(item("5", 0), item("1"), item("-1.01", type=OZ)),
        of(item("1", 0, role=Role.PACKAGING), item("1"), item("-0.5", 0, Z)),
    ],
)
def test_money_that_does_not_add_up_is_named(receipt: Receipt) -> None:
    """Rounding, change, foreign money, and what is taken off at a rate."""
    assert set(judged(receipt)) == {"I23"}


MONEY = st.integers(1, 30_000)
TENDERS = st.lists(st.builds(Tender, st.sampled_from([CASH, CARD, OTHER]), MONEY), max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.integers(-30_000, 30_000), TENDERS, st.sampled_from(RULES))
def test_what_the_register_settles_holds(cents: int, offered: list[Tender], rules: Any) -> None:
    """Whatever is paid with whatever, on the days of each rule: the audit counts the same with other code."""
    paid: list[Tender] = []
    rest = Tender(CASH, 0)
    for one in (*offered, *[rest] * 2):
        left = cents - sum(tender.cents for tender in paid)
        tender = (
            one if one is not rest else Tender(CASH, settle(left, (), is_rounded=rules.is_cash_rounded).total_cents)
        )
        tender = replace(tender, cents=-abs(tender.cents) if cents < 0 else tender.cents)
        if not refusal(cents, paid, tender, is_rounded=rules.is_cash_rounded):
            paid.append(tender)
    end = settle(cents, paid, is_rounded=rules.is_cash_rounded)
    if end.is_covered:
        receipt = cash(cents, *paid, rounding=end.rounding_cents, change=end.change_cents)
        day = (rules.since if rules.since.year > 2019 else rules.since.replace(month=6)).replace(day=20)
        assert list(judge_money(dated(receipt, day.isoformat()))) == []
        assert rules_on(day) == rules


PRICES = st.integers(1, 999).map(lambda cents: str(Decimal(cents) / 100))
GOODS = st.builds(item, PRICES, st.sampled_from([23, 19, 5, 0]))
LOWERING = st.builds(item, PRICES.map(lambda price: f"-{price}"), st.sampled_from([23, 19, 5, 0]), st.just(Z))


@settings(max_examples=200, deadline=None)
@given(st.lists(GOODS | LOWERING, min_size=1, max_size=6))
def test_the_register_and_the_audit_agree_on_discounts(items: list[Item]) -> None:
    """What may not be sold is not in order, and the other way about."""
    receipt = samples.receipt_of(1, items=tuple(items))
    assert bool(list(judge_money(receipt))) == bool(contradiction(items))


# --- One after the other -----------------------------------------------------------------------------------------


def repair(number: int, original: Receipt, **sale: Any) -> Receipt:
    """The original registered anew."""
    sold = original.sale
    content = {"items": sold.items, "paragon": sold.paragon, "invoice": sold.invoice, "type": sold.type, **sale}
    return receipt_of(number, repairs=original.okp, basket_id=f"{original.okp}-{number}", **content)


def aside(receipt: Receipt, code: int = -103) -> list[Record]:
    """Off-line and printed, and refused later."""
    return [*samples.offline_life(receipt)[:5], Resolved(receipt.okp, "", code, "<fault/>")]


def ahead(receipt: Receipt) -> list[Record]:
    """Refused at once, because its time lies ahead."""
    return [samples.intent(receipt), replace(samples.refused(receipt), code=-104)]


def earlier(number: int) -> Receipt:
    """Made before the first receipt of the day."""
    receipt = replace(samples.signed_receipt(number), create_date="2026-11-02T07:00:00+01:00")
    return samples.sealed(receipt)


FIRST, SECOND, THIRD = (samples.signed_receipt(number) for number in (1, 2, 3))
SLIP, SLIP_2 = paragon_receipt(1, 7), paragon_receipt(2, 8)
printed, moved = samples.printed_life, samples.moved_life
Life = list[Record]

GOOD: dict[str, Life] = {
    "repaired": [*aside(FIRST), *printed(repair(2, FIRST))],
    "repaired off-line": [*aside(FIRST), *samples.offline_life(repair(2, FIRST))],
    "repair refused, and again": [*aside(FIRST), *ahead(repair(2, FIRST)), *printed(repair(3, FIRST))],
    "repaired slip": [*aside(SLIP), *printed(repair(2, SLIP)), *printed(paragon_receipt(3, 8))],
    "repaired invoice": [*aside(invoice_receipt(1)), *printed(repair(2, invoice_receipt(1)))],
    "slips": [*printed(SLIP), *printed(SLIP_2), *printed(paragon_receipt(3, 9))],
    "slip refused": [*printed(SLIP), *samples.refused_life(SLIP_2), *printed(paragon_receipt(3, 8))],
    "slip of an invoice": printed(invoice_receipt(1, paragon=SLIP.sale.paragon)),
    "clock set back": [*ahead(FIRST), *printed(earlier(2))],
    "clock set back later": [*aside(FIRST, -104), *printed(earlier(2))],
    "practice on paper": printed(samples.training_receipt(1)),
    "moved": moved(),
}


@pytest.mark.parametrize("life", GOOD.values(), ids=GOOD)
def test_what_may_follow_holds(life: Life, tmp_path: Path) -> None:
    """A repair, slips in their order, dates that go back where the first one was refused for its time."""
    assert broken(tmp_path, [samples.opened(), *life]) == []


WHERE = samples.location()
MOVED, AGAIN, ANSWER = moved()
assert isinstance(MOVED, Moved)

BAD: dict[str, tuple[Life, list[tuple[int, str]]]] = {
    "slip twice": ([samples.intent(SLIP), samples.intent(paragon_receipt(2, 7))], [(3, "I5")]),
    "slip goes back": ([samples.intent(SLIP), samples.intent(paragon_receipt(2, 3))], [(3, "I5")]),
    "slip left out": ([samples.intent(SLIP), samples.intent(paragon_receipt(2, 9))], [(3, "I6")]),
    "repair of nothing": ([samples.intent(repair(1, FIRST))], [(2, "I10")]),
    "repair of what is on-line": ([*printed(FIRST), samples.intent(repair(2, FIRST))], [(5, "I10")]),
    "repair of what waits": ([*samples.offline_life(FIRST)[:3], samples.intent(repair(2, FIRST))], [(5, "I10")]),
    "repair of another refusal": ([*aside(FIRST, -130), samples.intent(repair(2, FIRST))], [(8, "I10")]),
    "repaired twice": ([*aside(FIRST), *printed(repair(2, FIRST)), samples.intent(repair(3, FIRST))], [(12, "I10")]),
    "repair of another content": ([*aside(FIRST), samples.intent(repair(2, FIRST, items=(item("1"),)))],
                                  [(8, "I10")]),
    "date goes back": ([samples.intent(FIRST), samples.intent(earlier(2))], [(3, "I24")]),
    "date goes back after a refusal": ([*samples.refused_life(FIRST), samples.intent(earlier(2))], [(4, "I24")]),
    "practice to be mailed": ([samples.intent(samples.training_receipt(1)),
                               samples.online(samples.training_receipt(1), Way.EMAIL)], [(3, "I16")]),
    "location twice": ([MOVED, replace(MOVED, attempt=samples.attempt(FIRST))], [(3, "I5")]),
    "location of two kinds": ([replace(MOVED, location=replace(WHERE, place=Place(WHERE.place.gps, other="x")))],
                              [(2, "-2")]),
    "location of no kind": ([replace(MOVED, location=replace(WHERE, place=Place()))], [(2, "-2")]),
    "location without a date": ([replace(MOVED, location=replace(WHERE, create_date="today"))], [(2, "I24")]),
    "location, first attempt is 2": ([replace(MOVED, attempt=replace(MOVED.attempt, sending_count=2))], [(2, "I9")]),
    "location, uuid of a receipt": ([samples.intent(FIRST), replace(MOVED, attempt=samples.attempt(FIRST))],
                                    [(3, "I9")]),
    "location, attempt of nothing": ([AGAIN], [(2, "I5")]),
    "location, answer to nothing": ([ANSWER], [(2, "I5")]),
    "location, uuid twice": ([MOVED, MovedAttempted(WHERE.id, replace(MOVED.attempt, sending_count=2))], [(3, "I9")]),
    "location sent after its answer": ([MOVED, ANSWER, AGAIN], [(4, "I9")]),
    "location answered twice": ([MOVED, ANSWER, ANSWER], [(4, "I14")]),
    "location, no answer": ([MOVED, MovedAnswered(WHERE.id, -1, "")], [(3, "I14")]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_may_not_follow_is_named_with_its_record(case: str, tmp_path: Path) -> None:
    life, expected = BAD[case]
    assert broken(tmp_path, [samples.opened(), *life]) == expected


def test_what_is_left_to_do_is_listed(tmp_path: Path) -> None:
    """A location that waits, and a receipt that was refused later until another one repairs it."""
    report = verify(write(tmp_path / "open", [samples.opened(), *aside(FIRST), MOVED, AGAIN]))
    assert [(each.key, each.sentence) for each in report.open] == [
        ("2026-11/1", "was refused later, with code -103"),
        ("location location-1", "waits to be sent to the authority"),
    ]
    done = verify(write(tmp_path / "done", [samples.opened(), *aside(FIRST), *printed(repair(2, FIRST)), *moved()]))
    assert done.open == ()


# --- Daily reports -----------------------------------------------------------------------------------------------


def reported(records: Life, totals_text: str) -> list[str]:
    """What a daily report of this text breaks after these records."""
    days = Days()
    for seq, record in enumerate(records, start=1):
        assert list(days.judge(seq, record)) == []
    end = len(records) + 1
    return [sentence for _, sentence in days.judge(end, Closed(1, end - 1, totals_text))]


def told(records: Life) -> str:
    """What the register tells of them."""
    return samples.closed(1, 1, records).totals


def day_of_everything() -> Life:
    """Receipts of every kind and fate, and cash moved."""
    old = (
        receipt_of(20, items=(), type=kind, tenders=(), total_cents=700) for kind in (ReceiptType.VK, ReceiptType.VY)
    )
    lives: list[Life] = [
        *(printed(receipt)[:2] for receipt in old),
        printed(samples.receipt_of(5, items=(item("2.79", 19), item("2", 5)), tenders=(Tender(CASH, 500),),
                                   rounding_cents=1, change_cents=20)),
        printed(invoice_receipt(6, -500)),
        [*aside(FIRST), *printed(repair(7, FIRST))],
        [CashMoved(5000, "2026-11-02T09:00:00+01:00", ""), CashMoved(-100, "2026-11-03T09:00:00+01:00", "Eva")],
    ]  # fmt: skip
    return [*samples.five_receipts()[1:-1], *samples.afternoon(), *(record for life in lives for record in life)]


def test_a_daily_report_tells_what_its_records_say() -> None:
    """The text that the register makes is what the audit counts with other code; every word of it is checked."""
    text = told(day_of_everything())
    assert reported(day_of_everything(), text) == []
    assert reported([], told([])) == []
    for word in text.split():
        name, _, amounts = word.partition("=")
        wrong = "2026-11-04" if name == "newest" else "/".join([*amounts.split("/")[:-1], "77.77"])
        sentences = reported(day_of_everything(), text.replace(f" {word}", f" {name}={wrong}"))
        if word != text.split()[0]:
            assert [f"{name}=" in sentence for sentence in sentences] == [True], word


@pytest.mark.parametrize(
    "text", ["", "{}", "receipts", "receipts= total= rounding=", "receipts=NaN total=x rounding=1/2/3/4"]
)
def test_a_report_that_tells_nothing_is_named(text: str) -> None:
    assert len(reported(day_of_everything(), text)) >= 3


def test_a_word_that_is_missing_though_something_is_due_is_named() -> None:
    """Except that a report of the first version of the program tells less."""
    text = told(day_of_everything())
    without = " ".join(word for word in text.split() if not word.startswith("items-voucher"))
    (sentence,) = reported(day_of_everything(), without)
    assert "items-voucher=None" in sentence
    first = samples.five_receipts()[1:-1]
    kept = {"receipts", "total", "rounding", "cash", "card", "other", "23", "5"}
    older = " ".join(word for word in told(first).split() if word.partition("=")[0] in kept)
    assert reported(first, older) == []
    assert reported(first, older.replace("card=", "card=9")) != []


def test_a_day_ends_where_its_report_says() -> None:
    """What comes after is of the next day, whose drawer begins with what was in it."""
    before, after = printed(cash(500, Tender(CASH, 500))), printed(samples.signed_receipt(2))
    days = Days()
    for seq, record in enumerate([*before, *after], start=1):
        assert list(days.judge(seq, record)) == []
    assert list(days.judge(7, samples.closed(1, 3, before))) == []
    assert list(days.judge(8, samples.closed(2, 6, after, opening_cents=500))) == []
    assert list(days.judge(9, samples.closed(3, 8, [], opening_cents=500))) == []
    assert len(list(days.judge(10, samples.closed(4, 9, [])))) == 2


RECEIPTS = st.lists(st.lists(GOODS | LOWERING, min_size=1, max_size=4).map(tuple), min_size=1, max_size=3)


@settings(max_examples=100, deadline=None)
@given(RECEIPTS, st.lists(st.integers(-9999, 9999), max_size=3), st.sampled_from(Form))
def test_the_register_and_the_audit_count_alike(sold: list[tuple[Item, ...]], moves: list[int], form: Form) -> None:
    """Whatever was sold: base and tax of each rate, cash, the drawer."""
    plain = samples.signed_receipt(1)
    records: Life = [CashMoved(cents, "2026-11-02T09:00:00+01:00", "") for cents in moves]
    for number, items in enumerate(sold):
        sale = replace(plain.sale, items=items, tenders=(Tender(CASH, 1000),), total_cents=700, change_cents=300)
        receipt = replace(plain, sale=sale, okp=str(number), number=number)
        records += [Intent(receipt, samples.attempt(receipt)), Outcome(receipt.okp, form, "", 0, "", None, "", "")]
        records += [Delivered(receipt.okp, Way.PRINT, ""), Attempted(receipt.okp, samples.attempt(receipt, 2))]
    day = fold(Stored(seq, 0, b"", record) for seq, record in enumerate(records, start=1))
    assert reported(records, totals(day)) == []


# --- Whatever the journal holds ----------------------------------------------------------------------------------

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda one: abs(one.adjusted()) <= 12)
WILD_ITEMS = st.builds(
    Item,
    st.text(max_size=3),
    NUMBERS,
    st.just(""),
    NUMBERS,
    st.integers(-200, 200),
    st.sampled_from(ItemType),
    st.text(max_size=3),
    st.text(max_size=3),
)
WILD_TENDERS = st.builds(
    Tender,
    st.sampled_from(TenderKind),
    st.integers(),
    st.none() | st.builds(Foreign, st.text(max_size=3), NUMBERS, NUMBERS),
)
DATES = st.sampled_from(["", "2026", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", "2026-11-02T10:00:00"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(WILD_ITEMS, max_size=4).map(tuple),
    st.lists(WILD_TENDERS, max_size=3).map(tuple),
    st.sampled_from(ReceiptType),
    DATES,
    DATES,
    st.integers(),
    st.text(max_size=20),
)
def test_no_record_breaks_the_audit(
    items: tuple[Item, ...], tenders: tuple[Tender, ...], kind: Any, made: str, at: str, cents: int, text: str
) -> None:
    """Whatever a record holds that can be read at all, it is judged, and a good receipt after it holds."""
    plain = samples.signed_receipt(1)
    sale = replace(plain.sale, items=items, tenders=tenders, type=kind, paragon=Paragon(cents, at), total_cents=cents)
    wild = replace(plain, sale=sale, create_date=made, number=cents, okp=text or "x", pkp=text)
    records: Life = [
        Opened("", "", "", plain.seller, text),
        samples.intent(wild),
        samples.online(wild),
        Closed(cents, 3, text),
    ]
    with localcontext(Context(prec=PRECISION)), closing(Audit()) as audit:
        found = [code for seq, record in enumerate(records, 1) for code, _ in audit.judge(found_at(seq), record)]
        assert "I8" in found
        good = samples.intent(samples.signed_receipt(2))
        assert not any(code.startswith("-") for code, _ in audit.judge(found_at(5), good))
        assert list(audit.late()) == []
