"""The same basket on days before and after each change of the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from states import effects as do, events as on
from states.fiscal.codes import create_date
from states.fiscal.receipt import Attempt, ItemType, Paragon, ReceiptType, TenderKind
from states.fiscal.rules import NEWEST, RULES, rules_of, rules_on
from states.fiscal.slip import CashOrder
from states.journey import Composing, Sealing
from states.machines.receipt import RECEIPT
from states.table import Then
from tests.fiscal_examples import UID, item, receipt

OLD, TODAY = frozenset({20, 10, 0}), frozenset({23, 19, 5, 0})

# fmt: off
DAYS = [
    # day          rates  limit  recap  moves  cash for 10.02
    ("2019-03-31", OLD,   2,     True,  True,  1002),
    ("2022-06-30", OLD,   2,     True,  True,  1002),
    ("2022-07-01", OLD,   2,     True,  True,  1000),
    ("2024-12-31", OLD,   2,     True,  True,  1000),
    ("2025-01-01", TODAY, 2,     False, True,  1000),
    ("2025-12-31", TODAY, 2,     False, True,  1000),
    ("2026-01-01", TODAY, 5,     True,  False, 1000),
    ("2030-01-01", TODAY, 5,     True,  False, 1000),
]
# fmt: on


def basket_on(day: str) -> Composing:
    """The empty basket at noon of a day, as the tick makes it."""
    result = hear(Composing("s-1"), on.Ticked(datetime.fromisoformat(f"{day}T12:00:00+00:00")))
    assert isinstance(result.state, Composing)
    return result.state


def hear(state: object, event: on.Event) -> Then[object]:
    """One step of the table."""
    result = RECEIPT.step(state, event)
    assert isinstance(result, Then)
    return result


def beep(result: Then[object]) -> str:
    """The reason that the cashier hears, if any."""
    return next((wish.notice for wish in result.wishes if isinstance(wish, do.Beep)), "")


@pytest.mark.parametrize(("day", "rates", "limit_s", "recap", "moves", "cash_cents"), DAYS)
def test_the_same_day_in_the_shop(
    day: str, rates: frozenset[int], limit_s: int, recap: bool, moves: bool, cash_cents: int
) -> None:
    """Goods at each rate, a payment in cash, a deposit: what each day makes of them."""
    rules = rules_on(date.fromisoformat(day))
    assert (rules.rates, rules.response_limit_s, rules.is_recap_sent) == (rates, limit_s, recap)
    empty = basket_on(day)
    for rate in (23, 20, 19, 10, 5, 0):
        sold = hear(empty, on.ItemKeyed(item("10.02", rate)))
        assert beep(sold) == ("" if rate in rates else "rate-over")
        back = hear(empty, on.ItemKeyed(item("-10.02", rate, kind=ItemType.RETURNED, reference="7")))
        assert beep(back) == ""
        if rate in rates:
            paid = hear(sold.state, on.TenderKeyed(TenderKind.CASH, None)).state
            assert isinstance(paid, Sealing)
            assert (paid.sale.total_cents, paid.sale.rounding_cents) == (cash_cents, cash_cents - 1002)
    moved = hear(empty, on.CashMoveKeyed(-5001))
    if moves:
        assert isinstance(moved.state, Sealing)
        assert (moved.state.sale.type, moved.state.sale.total_cents) == (ReceiptType.VY, 5001)
    else:
        assert moved == Then(empty, (on.SlipOrdered(CashOrder(-5001)),))


def test_a_change_is_one_more_line() -> None:
    """The changes are in the order of their days, and each changes something."""
    assert [rules.since for rules in RULES] == sorted({rules.since for rules in RULES})
    assert RULES[-1] is NEWEST


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_has_the_newest_rules_that_are_in_force(day: date) -> None:
    """Each rule holds from its day until the next one's."""
    known = [rules for rules in RULES if rules.since <= day]
    assert rules_on(day) == (known[-1] if known else RULES[0])


@given(st.datetimes(datetime(2019, 4, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_the_day_is_the_one_in_slovakia(at: datetime) -> None:
    """The civil day, summer time included, and not the day of Greenwich, decides."""
    ticked = hear(Composing("s-1", rules=RULES[0]), on.Ticked(at)).state
    assert isinstance(ticked, Composing)
    assert ticked.rules == rules_of(create_date(at))


@pytest.mark.parametrize(
    ("at", "since"),
    [
        ("2022-06-30T21:59:59+00:00", "2019-04-01"),
        ("2022-06-30T22:00:00+00:00", "2022-07-01"),
        ("2024-12-31T22:59:59+00:00", "2022-07-01"),
        ("2024-12-31T23:00:00+00:00", "2025-01-01"),
        ("2025-12-31T22:59:59+00:00", "2025-01-01"),
        ("2025-12-31T23:00:00+00:00", "2026-01-01"),
    ],
)
def test_a_change_comes_at_midnight(at: str, since: str) -> None:
    """Two hours before midnight in Greenwich in summer, one hour in winter."""
    ticked = hear(Composing("s-1"), on.Ticked(datetime.fromisoformat(at))).state
    assert isinstance(ticked, Composing)
    assert str(ticked.rules.since) == since


def test_goods_keyed_before_midnight_are_not_sold_after_it_at_their_old_rate() -> None:
    """The lines stay, the money is refused until they are voided."""
    evening = hear(basket_on("2024-12-31"), on.ItemKeyed(item("10.00", 20))).state
    night = hear(evening, on.Ticked(datetime(2024, 12, 31, 23, 0, 1, tzinfo=UTC))).state
    refused = hear(night, on.TenderKeyed(TenderKind.CARD, None))
    assert (beep(refused), refused.state) == ("rate-over", night)
    assert not isinstance(hear(evening, on.TenderKeyed(TenderKind.CARD, None)).state, Composing)


def test_a_payment_ends_by_the_rules_of_its_beginning() -> None:
    """What was paid in part before midnight stays settled as it was shown."""
    evening = hear(basket_on("2022-06-30"), on.ItemKeyed(item("10.02", 20))).state
    half = hear(evening, on.TenderKeyed(TenderKind.CASH, 501)).state
    assert hear(half, on.Ticked(datetime(2022, 7, 1, tzinfo=UTC) + timedelta(hours=1))) == Then(half)
    paid = hear(half, on.TenderKeyed(TenderKind.CASH, None)).state
    assert isinstance(paid, Sealing)
    assert (paid.sale.total_cents, paid.sale.rounding_cents) == (1002, 0)


def test_a_tick_that_changes_nothing_changes_nothing() -> None:
    """The very same basket, so that a second costs nothing."""
    basket = basket_on("2026-11-22")
    assert hear(basket, on.Ticked(datetime(2026, 11, 22, 13, tzinfo=UTC))).state is basket


# --- Written by hand on another day ------------------------------------------------------------------------------


def slip_of(day: str) -> on.ParagonKeyed:
    """A slip written by hand at noon of a day."""
    return on.ParagonKeyed(Paragon(3, create_date(datetime.fromisoformat(f"{day}T12:00:00+00:00"))))


@pytest.mark.parametrize(("written", "rates", "_limit_s", "_recap", "_moves", "cash_cents"), DAYS)
@pytest.mark.parametrize("today", ["2024-12-31", "2026-11-22"])
def test_a_slip_is_sold_by_the_rules_of_its_own_day(
    today: str, written: str, rates: frozenset[int], _limit_s: int, _recap: bool, _moves: bool, cash_cents: int
) -> None:
    """Rates and rounding, whatever the clock says meanwhile; the sale before and after it has those of today."""
    empty = basket_on(today)
    begun = hear(empty, slip_of(written)).state
    for rate in (23, 20, 19, 10, 5, 0):
        sold = hear(begun, on.ItemKeyed(item("10.02", rate)))
        assert beep(sold) == ("" if rate in rates else "rate-over")
        if rate in rates:
            ticked = hear(sold.state, on.Ticked(datetime.fromisoformat(f"{today}T12:00:01+00:00"))).state
            paid = hear(ticked, on.TenderKeyed(TenderKind.CASH, None)).state
            assert isinstance(paid, Sealing)
            assert (paid.sale.total_cents, paid.sale.rounding_cents) == (cash_cents, cash_cents - 1002)
            assert hear(paid, on.SealFailed("full")).state == ticked
    assert hear(begun, on.BasketVoided()).state == empty


@pytest.mark.parametrize("refused", [False, True])
def test_after_a_slip_the_rules_are_todays_again(refused: bool) -> None:
    """For the next customer, and for the slip itself still its own when it comes back refused."""
    sold = hear(hear(basket_on("2026-11-22"), slip_of("2024-12-31")).state, on.ItemKeyed(item("10.00", 20))).state
    paid = hear(sold, on.TenderKeyed(TenderKind.CARD, None)).state
    assert isinstance(paid, Sealing)
    sealed = replace(receipt(paid.sale), create_date="2026-11-22T12:00:05+01:00")
    state = hear(paid, on.Sealed(sealed, Attempt("uuid", sealed.create_date, 1))).state
    answers = (on.RegisterRefused(-101, "", ""), on.Kept(), on.ClearPressed())
    for event in answers if refused else (on.Registered(UID, ""), on.Kept(), on.Printed(), on.Kept()):
        state = hear(state, event).state
    assert isinstance(state, Composing)
    if refused:
        assert not beep(hear(state, on.ItemKeyed(item("10.00", 20))))
        state = hear(state, on.BasketVoided()).state
    assert state == replace(basket_on("2026-11-22"), basket_id="s-2")
    assert beep(hear(state, on.ItemKeyed(item("10.00", 20)))) == "rate-over"
    assert not beep(hear(state, on.ItemKeyed(item("10.00", 23))))
