"""Any shop on any day: who sells, what the keys sell, how wide the paper is, and a moment near the law's changes.

Everything is drawn from one ``Random``, so that a seed is a shop. Names are of any characters, but never look like an
amount: the paper is read back by its amounts alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from controller.till import untaxed
from drivers.simulated.training import PORTABLE_IDENTITY, TRAINING_IDENTITY
from states.fiscal.identity import Identity
from states.fiscal.names import carry
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Regulation, SellerIdType
from states.till import Cashier, Catalogue, Currency, Till

T = TypeVar("T")

ZONE = ZoneInfo("Europe/Bratislava")
ERAS = {
    "2019": (date(2019, 4, 1), date(2022, 6, 30)),
    "2022-07": (date(2022, 7, 1), date(2024, 12, 31)),
    "2025": (date(2025, 1, 1), date(2025, 12, 31)),
    "2026": (date(2026, 1, 1), date(2031, 12, 31)),
}
"""The first and the last day of each stretch of the law; the last one has today in it."""

RATES = {"2019": (20, 10, 0), "2022-07": (20, 20, 10, 0), "2025": (23, 19, 5, 0), "2026": (23, 19, 5, 5, 0)}
ALL_RATES = (23, 20, 19, 10, 5, 0)
PAYER, NON_PAYER = TRAINING_IDENTITY, replace(TRAINING_IDENTITY, ic_dph="")
COLUMNS = (32, 40, 42, 48, 64)

_LETTERS = "aábcčdďeéfghiíjklĺľmnňoópqrŕsštťuúvwyýzžAÁČĎEŠŤŽ&<>\"'()/+*#€ßжשあ😀0123456789"
_UNITS = ("ks", "kg", "l", "m", "bal", "hod", "g", "m²", "kilogramov")
_PLU_MAX = (9, 99, 99, 9_999, 999_999)
_RATE_TEXTS = ("24.285", "1.0862", "395.5", "4.2635", "0.85", "0.000001", "999999.999999", "1", "7")


@dataclass(frozen=True, slots=True)
class Shop:
    """Who sells, what each key sells, and how wide the paper is."""

    seller: Identity
    till: Till
    columns: int


def weighted(rng: Random, chances: dict[T, int]) -> T:
    """One of the keys, each as likely as its weight says."""
    left = rng.randrange(sum(chances.values()))
    for one, chance in chances.items():
        if left < chance:
            return one
        left -= chance
    raise AssertionError("weights do not add up")


def one_in(rng: Random, count: int) -> bool:
    """True once in so many times."""
    return rng.randrange(count) == 0


def some_shop(rng: Random, era: str) -> Shop:
    """A shop of this stretch of the law; most of its rates are those of the day, some are over or still to come."""
    seller = weighted(rng, {PAYER: 16, NON_PAYER: 3, replace(PORTABLE_IDENTITY, ico=""): 1})
    kinds = (ProductKind.GOODS,) * 3 + (ProductKind.PACKAGING, ProductKind.ADVANCE, ProductKind.VOUCHER)
    departments = tuple(
        some_product(rng, era, number, kinds[number - 1] if number <= len(kinds) else rng.choice(tuple(ProductKind)))
        for number in range(1, 9)
    )
    products = tuple(
        some_plu(rng, era, number) for number in sorted({rng.randint(1, rng.choice(_PLU_MAX)) for _ in range(5)})
    )
    if not seller.is_vat_payer:
        departments, products = untaxed(departments), untaxed(products)
    codes = ("CZK", "USD", "HUF", "PLN")
    return Shop(
        seller,
        Till(
            departments,
            implied_cents=one_in(rng, 4),
            catalogue=Catalogue(products),
            currencies=tuple(Currency(n, code, Decimal(rng.choice(_RATE_TEXTS))) for n, code in enumerate(codes, 1)),
            cashiers=(Cashier(1, "Jana"), Cashier(2, some_name(rng, 40))),
        ),
        rng.choice(COLUMNS),
    )


def some_product(rng: Random, era: str, number: int, kind: ProductKind) -> Product:
    """A department of this kind."""
    rates = ALL_RATES if one_in(rng, 8) else RATES[era]
    rate = 0 if kind is ProductKind.PACKAGING else rng.choice(rates)
    regulation = rng.choice(tuple(Regulation)) if rate == 0 and kind is ProductKind.GOODS and one_in(rng, 2) else None
    seller = rng.choice((("1234567891", SellerIdType.DIC), ("SK9876543210", SellerIdType.IC_DPH)))
    seller_id, seller_id_type = seller if kind is ProductKind.GOODS and one_in(rng, 6) else ("", None)
    name = some_name(rng, 255 if one_in(rng, 40) else 24)
    unit = rng.choice(_UNITS)
    return Product(number, name, rate, kind, unit, None, 0, regulation, seller_id, seller_id_type)


def some_plu(rng: Random, era: str, number: int) -> Product:
    """A PLU, most of them with a price of their own."""
    kind = weighted(rng, {ProductKind.GOODS: 5, **dict.fromkeys(tuple(ProductKind)[1:], 1)})
    price = None if one_in(rng, 3) else some_price(rng)
    return replace(some_product(rng, era, number, kind), price=price, department=rng.randint(0, 8))


def some_price(rng: Random) -> Decimal:
    """Euros above zero: mostly a few, sometimes a cent, a fraction of one, or all that a message can hold."""
    how = weighted(rng, {"cents": 12, "usual": 60, "large": 16, "fine": 10, "huge": 2})
    if how == "fine":
        return Decimal(rng.randint(1, 99_999_999)).scaleb(-rng.randint(3, 6))
    most = {"cents": 9, "usual": 5_000, "large": 200_000, "huge": 1_000_000_000}[how]
    return Decimal(rng.randint(1, most)).scaleb(-2)


def some_name(rng: Random, length_max: int) -> str:
    """A name of the letters that a shop may set, as the settings carry it."""
    words = ("".join(_some_of(rng, _LETTERS, rng.randint(2, 9))) for _ in range(rng.randint(1, 1 + length_max // 12)))
    return carry("T" + " ".join(words)[: length_max - 1])


def _some_of(rng: Random, among: Sequence[T], count: int) -> list[T]:
    return [rng.choice(among) for _ in range(count)]


def some_moment(rng: Random, era: str) -> datetime:
    """An aware moment of this stretch of the law: often on its first or last days, and seconds before they are over."""
    first, last = ERAS[era]
    day = {
        "first": first + timedelta(days=rng.randint(0, 2)),
        "within": first + timedelta(days=rng.randint(0, (last - first).days)),
        "last": last - timedelta(days=rng.randint(0, 2)),
        "eve": last,
    }
    name = weighted(rng, {"first": 3, "within": 7, "last": 3, "eve": 3})
    second = rng.randint(86_380, 86_399) if name == "eve" or one_in(rng, 16) else rng.randrange(86_400)
    wall = datetime.combine(day[name], datetime.min.time(), ZONE) + timedelta(seconds=second)
    return wall.astimezone(UTC)
