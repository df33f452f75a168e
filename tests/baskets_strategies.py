"""Visits for hypothesis: plain shops and few moves, so that what fails is made as small as it can be, in seconds.

The many strange shops and customers are those of ``baskets_cashier``, which a seed stands for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Regulation
from states.till import Currency, Till
from tests.baskets import Visit
from tests.baskets_cashier import keys_of, menu_keys
from tests.baskets_move import Adjusted, Billed, Fate, Move, Paid, Sold, Voided, half_up
from tests.baskets_shop import ERAS, NON_PAYER, PAYER, RATES, ZONE, Shop

KINDS = (ProductKind.GOODS,) * 4 + (
    ProductKind.PACKAGING,
    ProductKind.ADVANCE,
    ProductKind.ADVANCE,
    ProductKind.VOUCHER,
)
TENDERS = ("CASH", "CARD", "OTHER", "CHEQUE", "VOUCHER")
CURRENCY = Currency(1, "CZK", Decimal("24.285"))


def shop(era: str, *, is_payer: bool) -> Shop:
    """Goods of every rate of the day, packaging, advances with and without tax, and a voucher."""
    rates = (*RATES[era][:1], *sorted(set(RATES[era][1:]), reverse=True), 0, 0)[:4]
    rates = (*rates, 0, rates[1], 0, rates[0]) if is_payer else (0,) * len(KINDS)
    regulation = Regulation.OOD
    departments = tuple(
        Product(number, f"Tovar {number}", rate, kind, regulation=regulation if number == 4 and not rate else None)
        for number, (rate, kind) in enumerate(zip(rates, KINDS, strict=True), 1)
    )
    return Shop(PAYER if is_payer else NON_PAYER, Till(departments, currencies=(CURRENCY,)), 42)


@st.composite
def sales(draw: st.DrawFn) -> Move:
    """A line by a department, perhaps so many of it; packaging may come back, goods of an older receipt too."""
    number, cents = draw(st.integers(1, len(KINDS))), draw(st.integers(1, 1_000_000))
    count = draw(st.none() | st.integers(1, 99_999))
    kind = KINDS[number - 1]
    how = draw(st.sampled_from(("sold", "back"))) if number <= 5 else "sold"
    coming = () if how == "sold" else ("RETURN", *(("7",) if kind is ProductKind.GOODS else ()), "ENTER")
    counted = () if count is None else (*keys_of(f"{Decimal(count).scaleb(-4):f}"), "TIMES")
    told = ("TEXT A1", "ENTER") if kind is ProductKind.VOUCHER else ()
    price = half_up(Fraction(count or 10_000, 10_000) * cents)
    is_below = how == "back" or kind in (ProductKind.ADVANCE, ProductKind.VOUCHER)
    keys = (*coming, *counted, *money(cents), f"DEPARTMENT_{number}", *told)
    return Move(keys, Sold(frozenset({-price if is_below else price})))


def money(cents: int) -> tuple[str, ...]:
    """The keys of so many cents."""
    return keys_of(f"{Decimal(cents).scaleb(-2):f}")


@st.composite
def adjustments(draw: st.DrawFn) -> Move:
    """A discount or surcharge, on the last line or on the whole."""
    is_discount, is_percent = draw(st.booleans()), draw(st.booleans())
    first = draw(st.sampled_from(((), ("SUBTOTAL",))))
    size = draw(st.integers(1, 10_000))
    key = f"{'PERCENT' if is_percent else 'AMOUNT'}_{'DISCOUNT' if is_discount else 'SURCHARGE'}"
    means = Adjusted(is_discount, Decimal(size).scaleb(-2) if is_percent else None, size)
    return Move((*first, *money(size), key), means)


@st.composite
def payments(draw: st.DrawFn) -> Move:
    """A part, or a note, in any tender; or foreign money."""
    cents = draw(st.integers(1, 1_000_000))
    fate = draw(st.sampled_from(tuple(Fate)))
    if draw(st.booleans()):
        return Move((*money(cents), draw(st.sampled_from(TENDERS))), Paid(cents), fate=fate)
    return Move((*money(cents), "CURRENCY_1"), Paid(None, Decimal(cents).scaleb(-2), CURRENCY.per_euro), fate=fate)


@st.composite
def invoices(draw: st.DrawFn) -> Move:
    """An invoice that is paid, or given back."""
    cents, key = draw(st.integers(1, 1_000_000)), draw(st.sampled_from(("ENTER", "RETURN")))
    means = Billed(cents if key == "ENTER" else -cents)
    return Move(("INVOICE", "TEXT F1", "ENTER", *money(cents), key), means)


VOIDS = st.sampled_from((Move(("VOID_LAST",), Voided(is_last=True)), Move(("UP", "VOID_LINE"), Voided(is_last=False))))
BEGINNINGS = st.sampled_from(((), (Move(menu_keys("menu-training")),)))


@st.composite
def moments(draw: st.DrawFn, era: str) -> datetime:
    """A moment of this stretch of the law, by preference its beginning."""
    first, last = ERAS[era]
    day = first + timedelta(days=draw(st.integers(0, (last - first).days)))
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(seconds=draw(st.integers(0, 86_399)))


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """A basket or an invoice that is paid; after money that does not do, CLEAR, and the rest in cash."""
    era = draw(st.sampled_from(tuple(ERAS)))
    more = st.lists(st.one_of(sales(), sales(), adjustments(), adjustments(), VOIDS), max_size=8)
    is_invoice = draw(st.integers(0, 7)) == 7
    wanted = [draw(invoices())] if is_invoice else [draw(sales()), *draw(more)]
    paid = [move for one in draw(st.lists(payments(), max_size=3)) for move in (one, Move(("CLEAR",)))]
    clear = Move(("CLEAR",) * 4)
    moves = [each for move in wanted for each in (move, clear)]
    rest = Move((draw(st.sampled_from(TENDERS)),), Paid(None))
    return Visit(
        shop(era, is_payer=draw(st.booleans())),
        draw(moments(era)),
        draw(st.integers(1, 99_999)),
        (*draw(BEGINNINGS), *moves, *paid, rest),
    )
