"""What customers of the outage day want, by a seeded chance, and what a cashier's own arithmetic makes of it.

Nothing here knows how the register counts: prices are added up in cents, a part of a kilogram and a percentage are
rounded half up, and cash to five cents.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from controller.settings import Currency, Department
from tests.counter import menu_path
from tests.virtual_shop import digits, typed

RATES = {1: 23, 2: 19, 3: 5, 4: 0}
"""The rates of the departments of goods."""
PACKAGING, ADVANCE, VOUCHER = 5, 6, 7
DEPARTMENTS = (
    Department(1, "Kladivo", 23),
    Department(2, "Šalát", 19),
    Department(3, "Chlieb", 5),
    Department(4, "Známka", 0),
    Department(PACKAGING, "Záloha obal", 0, kind="packaging"),
    Department(ADVANCE, "Odpočet zálohy", 23, kind="advance"),
    Department(VOUCHER, "Poukaz", 23, kind="voucher"),
)
KORUNAS_PER_EURO = 25
CURRENCIES = (Currency(1, "CZK", str(KORUNAS_PER_EURO)),)
MAILED = 0.3
"""So many agree to an electronic receipt."""
WAYS = {"cash": 40, "note": 20, "card": 25, "mixed": 10, "currency": 5}
"""How often a customer pays in which way."""
RECENT = 200
"""Goods come back from one of so many receipts."""


@dataclass
class Account:
    """What a receipt must be: cents by rate, and by tender less the change; of practice nothing counts."""

    gross_cents: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    tenders_cents: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    invoice_cents: int = 0
    rounding_cents: int = 0
    is_training: bool = False

    @property
    def sum_cents(self) -> int:
        """Before the rounding."""
        return sum(self.gross_cents.values()) + self.invoice_cents

    @property
    def total_cents(self) -> int:
        """The amount on the receipt."""
        return self.sum_cents + self.rounding_cents


@dataclass(frozen=True, slots=True)
class Sold:
    """A receipt of one piece, which may come back."""

    okp: str
    cents: int
    department: int


@dataclass
class Basket:
    """The keys of a sale, and its account; ``number`` makes the numbers of invoices and vouchers different.

    ``only`` is the price and the department of its one piece.
    """

    number: int
    keys: list[str] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    only: tuple[int, int] | None = None

    def key(self, *names: str) -> None:
        """More keys."""
        self.keys += names

    def sell(self, cents: int, department: int, thousandths: int = 1000) -> None:
        """A line of so many pieces, or of a part of a kilogram."""
        if thousandths != 1000:
            self.key(*typed(f"{thousandths // 1000}.{thousandths % 1000:03d}"), "TIMES")
        self.key(*digits(cents), f"DEPARTMENT_{department}")
        self.account.gross_cents[RATES.get(department, 0)] += (cents * thousandths + 500) // 1000


def basket_of(seed: int, sold: Sequence[Sold], number: int) -> Basket:
    """What a customer wants and how it is paid, by a chance of its own."""
    chance, basket = random.Random(seed), Basket(number)
    kinds, weights = zip(*KINDS, strict=True)
    kind: Kind = chance.choices(kinds, weights)[0]
    kind(basket, chance, sold)
    if not basket.account.is_training and chance.random() < MAILED:
        basket.key("EMAIL", f"TEXT zakaznik{number}@example.sk", "ENTER")
    pay(basket, chance)
    return basket


# --- What is bought ------------------------------------------------------------------------------------------


def goods(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Several lines."""
    for _ in range(chance.randint(2, 5)):
        basket.sell(chance.randint(20, 4_999), chance.choice(tuple(RATES)), 1000 * chance.randint(1, 3))


def one_piece(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """One piece, which may come back."""
    basket.only = chance.randint(20, 9_999), chance.choice(tuple(RATES))
    basket.sell(*basket.only)


def weighed(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """A part of a kilogram."""
    basket.sell(chance.randint(100, 2_999), 2, chance.randint(80, 4_000))


def discounted(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Per cent off a line."""
    cents, percent = chance.randint(100, 4_999), chance.choice((5, 10, 25))
    basket.sell(cents, 1)
    basket.key(*typed(str(percent)), "PERCENT_DISCOUNT")
    basket.account.gross_cents[23] -= (cents * percent + 50) // 100


def adjusted(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Cents off the whole, which is of one rate, or on top of it."""
    basket.sell(chance.randint(500, 4_999), 3)
    basket.sell(chance.randint(100, 999), 3)
    cents, is_discount = chance.randint(1, 300), chance.random() < 0.7
    basket.key("SUBTOTAL", *digits(cents), "AMOUNT_DISCOUNT" if is_discount else "AMOUNT_SURCHARGE")
    basket.account.gross_cents[5] += -cents if is_discount else cents


def bottles(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Drinks with the deposit on their bottles."""
    basket.sell(chance.randint(50, 300), 1, 2000)
    basket.sell(15, PACKAGING, 2000)


def empties(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Bottles come back and nothing is bought."""
    cents = 15 * chance.randint(1, 9)
    basket.key("RETURN", "ENTER", *digits(cents), f"DEPARTMENT_{PACKAGING}")
    basket.account.gross_cents[0] -= cents


def deducted(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """An advance that was paid before."""
    cents = chance.randint(5_000, 19_999)
    basket.sell(cents, 1)
    basket.key(*digits(cents // 2), f"DEPARTMENT_{ADVANCE}")
    basket.account.gross_cents[23] -= cents // 2


def redeemed(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """A voucher that was bought before."""
    basket.sell(chance.randint(2_000, 4_999), 1)
    basket.key(*digits(1_000), f"DEPARTMENT_{VOUCHER}", f"TEXT P-{basket.number}", "ENTER")
    basket.account.gross_cents[23] -= 1_000


def invoice(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """An invoice, or its payment given back."""
    cents, is_back = chance.randint(1_000, 99_999), chance.random() < 0.2
    basket.key("INVOICE", f"TEXT 2026{basket.number:04d}", "ENTER", *digits(cents), "RETURN" if is_back else "ENTER")
    basket.account.invoice_cents = -cents if is_back else cents


def practice(basket: Basket, chance: random.Random, _sold: Sequence[Sold]) -> None:
    """Somebody learns; it is no sale."""
    basket.key("MENU", *map(str, menu_path("menu-training")))
    basket.account.is_training = True
    basket.sell(chance.randint(100, 999), 2)


def returned(basket: Basket, chance: random.Random, sold: Sequence[Sold]) -> None:
    """Goods come back; before there were any, another piece is bought."""
    if not sold:
        one_piece(basket, chance, sold)
        return
    one = chance.choice(sold[-RECENT:])
    basket.key("RETURN", f"TEXT {one.okp}", "ENTER", *digits(one.cents), f"DEPARTMENT_{one.department}")
    basket.account.gross_cents[RATES[one.department]] -= one.cents


Kind = Callable[[Basket, random.Random, Sequence[Sold]], None]

KINDS: tuple[tuple[Kind, int], ...] = (
    (goods, 30),
    (one_piece, 20),
    (weighed, 10),
    (discounted, 8),
    (adjusted, 4),
    (bottles, 5),
    (empties, 3),
    (deducted, 2),
    (redeemed, 2),
    (invoice, 6),
    (practice, 1),
    (returned, 6),
)
"""Every kind of sale, and how often it comes."""


# --- How it is paid ------------------------------------------------------------------------------------------


def fives(cents: int) -> int:
    """The nearest five cents, as cash is paid."""
    size = (abs(cents) + 2) // 5 * 5
    return size if cents >= 0 else -size


def pay(basket: Basket, chance: random.Random) -> None:
    """In one of the ways that make sense for the sum."""
    account, due = basket.account, basket.account.sum_cents
    way = chance.choices(tuple(WAYS), tuple(WAYS.values()))[0]
    if way == "card":
        basket.key("CARD")
        account.tenders_cents["card"] += due
        return
    is_small = due < 1_000
    card = due // 3 if way == "mixed" and not is_small else 0
    if card:
        basket.key(*digits(card), "CARD")
    cash = fives(due - card)
    account.rounding_cents = cash - (due - card)
    account.tenders_cents["card"] += card
    account.tenders_cents["cash"] += cash
    if way == "currency" and not is_small:
        _pay_korunas(basket, cash)
        return
    if way == "note" and due > 0:
        basket.key(*digits(-(-cash // 1_000) * 1_000))
    basket.key("CASH")


def _pay_korunas(basket: Basket, cash: int) -> None:
    """In notes of a thousand korunas; the change is in euros."""
    notes = -(-cash * KORUNAS_PER_EURO // 100_000)
    worth = notes * 100_000 // KORUNAS_PER_EURO
    basket.account.tenders_cents["currency"] += worth
    basket.account.tenders_cents["cash"] -= worth
    basket.key(*typed(str(notes * 1_000)), "CURRENCY_1")


def last_tender(keys: Sequence[str]) -> Sequence[str]:
    """The keys of the last tender: its amount, if one was keyed, and its key."""
    start = len(keys) - 1
    while start and keys[start - 1] in {*map(str, range(10)), "DOT"}:
        start -= 1
    return keys[start:]
