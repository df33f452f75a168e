"""Settling: what is due, what is rounded, what is given back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from states.fiscal.money import round_cash_cents
from states.fiscal.receipt import Foreign, Tender, TenderKind
from states.fiscal.tender import CASH_KINDS, CASH_OVER_MAX_CENTS, TENDERS_MAX, Settlement, refusal, rest_due, settle
from tests.fiscal_examples import card, cash

CASH, CARD, OTHER, CURRENCY = TenderKind.CASH, TenderKind.CARD, TenderKind.OTHER, TenderKind.CURRENCY
EXACT = frozenset(TenderKind) - CASH_KINDS


def dollars(cents: int) -> Tender:
    """Foreign money that is worth so much."""
    return Tender(CURRENCY, cents, Foreign("USD", Decimal(cents) / 50, Decimal(2)))


SETTLED = [
    # total, tenders, rounding, Amount, change
    (1494, (cash(1495),), 1, 1495, 0),
    (1494, (cash(2000),), 1, 1495, 505),
    (1494, (card(1494),), 0, 1494, 0),
    (1983, (cash(1985),), 2, 1985, 0),
    (1002, (card(500), cash(500)), -2, 1000, 0),
    (1002, (cash(500), card(502)), 0, 1002, 0),
    (1002, (cash(500), card(500)), -2, 1000, 0),
    (1003, (cash(1000), card(3)), 0, 1003, 0),
    (1000, (cash(333), card(670)), 0, 1000, 3),
    (1, (cash(5),), 4, 5, 0),
    (2, (cash(100),), 3, 5, 95),
    (1, (card(1),), 0, 1, 0),
    (1002, (card(1000), cash(5)), 3, 1005, 0),
    (0, (), 0, 0, 0),
    (0, (cash(0),), 0, 0, 0),
    (-1002, (cash(-1000),), 2, -1000, 0),
    (-1003, (cash(-1005),), -2, -1005, 0),
    (-1, (cash(-5),), -4, -5, 0),
    (-1003, (card(-1003),), 0, -1003, 0),
    (-1003, (card(-500), cash(-505)), -2, -1005, 0),
    (1494, (dollars(2000),), 1, 1495, 505),
    (1002, (dollars(500), card(502)), 0, 1002, 0),
    (1002, (dollars(500), cash(500)), -2, 1000, 0),
    (1002, (card(500), dollars(505)), -2, 1000, 5),
]


@pytest.mark.parametrize(("total", "tenders", "rounding", "amount", "change"), SETTLED)
def test_settled(total: int, tenders: tuple[Tender, ...], rounding: int, amount: int, change: int) -> None:
    """Only the part in cash is rounded, also in a mixed payment and in a payout."""
    assert settle(total, tenders) == Settlement(rounding, amount, change, is_covered=True)


@pytest.mark.parametrize(
    ("total", "tenders"),
    [(1003, (cash(1000),)), (1000, ()), (1000, (card(999),)), (-1000, ()), (-1000, (cash(-500),)), (1, ())],
)
def test_not_yet(total: int, tenders: tuple[Tender, ...]) -> None:
    """Until the whole is paid there is neither rounding nor change."""
    assert settle(total, tenders) == Settlement(0, total, 0, is_covered=False)


@pytest.mark.parametrize(
    ("total", "tenders", "kind", "due"),
    [
        (1494, (), CASH, 1495),
        (1494, (), CARD, 1494),
        (1494, (), OTHER, 1494),
        (1002, (card(500),), CASH, 500),
        (1003, (cash(1000),), CASH, 5),
        (1003, (cash(1000),), CARD, 3),
        (1000, (cash(333),), CARD, 670),
        (1000, (cash(333),), CASH, 667),
        (-1002, (), CASH, -1000),
        (-1002, (), CARD, -1002),
        (0, (), CASH, 0),
    ],
)
def test_rest_due(total: int, tenders: tuple[Tender, ...], kind: TenderKind, due: int) -> None:
    """What the key without an amount pays depends on whether it is cash."""
    assert rest_due(total, tenders, kind) == due


@pytest.mark.parametrize(
    ("total", "tenders", "tender", "reason"),
    [
        (1000, (), card(1001), "above-rest-due"),
        (1000, (), card(1000), ""),
        (1000, (), cash(5000), ""),
        (1000, (), cash(1), ""),
        (1000, (card(1000),), cash(5), "nothing-due"),
        (1000, (), cash(0), "wrong-sign"),
        (1000, (), cash(-5), "wrong-sign"),
        (-1000, (), cash(1000), "wrong-sign"),
        (-1000, (), cash(-1005), "above-rest-due"),
        (-1000, (), cash(-501), "not-five-cents"),
        (-1000, (), cash(-500), ""),
        (-1002, (), cash(-1000), ""),
        (0, (), cash(0), ""),
        (0, (), card(0), ""),
        (0, (), cash(5), "nothing-due"),
        (0, (cash(0),), cash(0), "nothing-due"),
        (1000, (card(1),) * TENDERS_MAX, cash(1000), "too-many-tenders"),
        (1000, (card(1),) * (TENDERS_MAX - 1), card(1), "too-many-tenders"),
        (1000, (card(1),) * (TENDERS_MAX - 1), cash(1000), ""),
        (1000, (), cash(1000 + CASH_OVER_MAX_CENTS), ""),
        (1000, (), cash(1005 + CASH_OVER_MAX_CENTS), "cash-max"),
        (1000, (), dollars(5000), ""),
        (1000, (), dollars(1005 + CASH_OVER_MAX_CENTS), "cash-max"),
        (1000, (cash(1000),), dollars(5), "nothing-due"),
        (-1000, (), dollars(-1000), "currency-payout"),
        (-1000, (), dollars(1000), "currency-payout"),
        (0, (), dollars(5), "nothing-due"),
    ],
)
def test_refused(total: int, tenders: tuple[Tender, ...], tender: Tender, reason: str) -> None:
    """A tender is refused with a stable word, never with an exception."""
    assert refusal(total, tenders, tender) == reason


totals = st.integers(-100_000, 100_000)
keyed = st.lists(st.tuples(st.sampled_from(TenderKind), st.integers(-120_000, 120_000)), max_size=TENDERS_MAX + 2)
rounds = st.booleans()


def tender_of(kind: TenderKind, cents: int) -> Tender:
    """Foreign money is worth whole five cents."""
    return dollars(cents // 5 * 5) if kind is CURRENCY else Tender(kind, cents)


def play(total: int, keys: list[tuple[TenderKind, int]], *, is_rounded: bool) -> list[Tender]:
    """The tenders that a cashier gets past ``refusal``."""
    tenders: list[Tender] = []
    for kind, cents in keys:
        tender = tender_of(kind, cents)
        if not refusal(total, tenders, tender, is_rounded=is_rounded):
            tenders.append(tender)
    return tenders


@given(totals, keyed, st.sampled_from(sorted(EXACT | {CASH})), rounds)
def test_the_rest_due_always_settles(
    total: int, keys: list[tuple[TenderKind, int]], last: TenderKind, is_rounded: bool
) -> None:
    """Whatever was paid in part, the key without an amount ends it, and every cent is accounted for."""
    tenders = play(total, keys, is_rounded=is_rounded)
    if not settle(total, tenders, is_rounded=is_rounded).is_covered and len(tenders) < TENDERS_MAX:
        rest = Tender(last, rest_due(total, tenders, last, is_rounded=is_rounded))
        assert refusal(total, tenders, rest, is_rounded=is_rounded) == ""
        tenders.append(rest)
        assert settle(total, tenders, is_rounded=is_rounded).is_covered
    settled = settle(total, tenders, is_rounded=is_rounded)
    if not settled.is_covered:
        return
    assert sum(tender.cents for tender in tenders) - settled.change_cents == settled.total_cents
    assert settled.total_cents == total + settled.rounding_cents
    assert abs(settled.rounding_cents) <= 4 * is_rounded
    assert settled.change_cents >= 0
    kept_cash = sum(tender.cents for tender in tenders if tender.kind in CASH_KINDS) - settled.change_cents
    assert kept_cash % 5 == 0 or not is_rounded


@given(totals, keyed)
def test_only_cash_is_rounded(total: int, keys: list[tuple[TenderKind, int]]) -> None:
    """Paid without cash, or on a day before rounding, the amount is the total to the cent."""
    tenders = play(total, keys, is_rounded=True)
    assert settle(total, tenders, is_rounded=False).rounding_cents == 0
    if all(tender.kind in EXACT for tender in tenders) and settle(total, tenders).is_covered:
        assert settle(total, tenders) == Settlement(0, total, 0, is_covered=True)


@given(totals, keyed, rounds)
def test_the_order_does_not_matter(total: int, keys: list[tuple[TenderKind, int]], is_rounded: bool) -> None:
    """Settling looks at what was paid in cash and otherwise, not at what came first."""
    tenders = play(total, keys, is_rounded=is_rounded)
    assert settle(total, tenders, is_rounded=is_rounded) == settle(total, tenders[::-1], is_rounded=is_rounded)


@pytest.mark.parametrize(
    ("total", "tenders", "kind", "due", "change"),
    [
        (1494, (), CASH, 1494, 0),
        (1003, (cash(1001),), CASH, 2, 0),
        (1003, (cash(1001),), CARD, 2, 0),
        (-1002, (cash(-501),), CASH, -501, 0),
        (1494, (cash(2000),), CASH, -506, 506),
    ],
)
def test_before_rounding_coppers_count(
    total: int, tenders: tuple[Tender, ...], kind: TenderKind, due: int, change: int
) -> None:
    """Until the end of June 2022 cash was paid to the cent, in parts, payouts and change."""
    assert rest_due(total, tenders, kind, is_rounded=False) == due
    paid = (*tenders, Tender(kind, due)) if due * total > 0 else tenders
    assert settle(total, paid, is_rounded=False) == Settlement(0, total, change, is_covered=True)
    assert refusal(-1000, (), cash(-501), is_rounded=False) == ""


@given(st.integers(1, 100_000))
def test_one_tender_of_each_kind(total: int) -> None:
    """Cash alone is the rounded total; anything else is the total to the cent."""
    assert {rest_due(total, (), kind) for kind in CASH_KINDS} == {round_cash_cents(total)}
    assert {rest_due(total, (), kind) for kind in EXACT} == {total}
