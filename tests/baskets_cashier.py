"""A cashier who does anything that a till lets one do, and much that it does not: moves drawn from one ``Random``.

The cashier sees what a cashier sees: the till's keys, the lines, the sum, and which receipts were handed out before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Item, ItemType, Role
from tests.baskets_move import Adjusted, Billed, Fate, Move, Moved, Paid, Sold, Voided, half_up, price_of
from tests.baskets_play import Play, Sealed
from tests.baskets_shop import ZONE, one_in, some_price, weighted
from tests.counter import menu_path

NOISE = ("UP", "DOWN", "SUBTOTAL", "CLEAR", "RIGHT", "FEED", "DRAWER", "F13", "ENTER", "TIMES", "PLU", "CURRENCY_1")
CLEARS_MAX = 6
PAYMENTS_MAX = 8
LINES_MAX = 502
_PLAIN = "ABCXYZabc0189 !\"#$%&'()*+,/;<=>?@[]^_`{|}~"
_TAKEN_OFF = {ProductKind.ADVANCE, ProductKind.VOUCHER}


# --- Keys ----------------------------------------------------------------------------------------------------


def keys_of(number: str) -> tuple[str, ...]:
    """The keys of a number; two zeros in a row are one key."""
    return tuple({".": "DOT", "_": "00"}.get(key, key) for key in number.replace("00", "_"))


def money_keys(play: Play, rng: Random, euros: Decimal) -> tuple[str, ...]:
    """The keys of an amount or a price, as this shop types them."""
    text = f"{euros:.2f}" if euros == round(euros, 2) else f"{euros:f}"
    if not play.shop.till.implied_cents or len(text.partition(".")[2]) > 2 or one_in(rng, 2):
        return keys_of(text)
    return keys_of(str(int(euros * 100)))


def cents_keys(play: Play, rng: Random, cents: int) -> tuple[str, ...]:
    """The keys of so many cents."""
    return money_keys(play, rng, Decimal(cents).scaleb(-2))


def words(rng: Random, length_max: int) -> str:
    """Printable words, as the number of an invoice or a voucher may be."""
    return "N" + "".join(rng.choice(_PLAIN) for _ in range(rng.randrange(length_max)))


def some_quantity(rng: Random) -> Decimal | None:
    """How many, or nothing typed for one."""
    how = weighted(rng, {"one": 50, "few": 30, "weighed": 18, "heaps": 2})
    if how == "one":
        return None
    if how == "few":
        return Decimal(rng.randint(1, 20))
    if how == "weighed":
        return Decimal(rng.randint(1, 99_999)).scaleb(-rng.randint(1, 4))
    return Decimal(rng.randint(1, 10_000_000))


# --- Lines ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes back: the keys that announce it, what it is, and the original's items if they are known."""

    keys: tuple[str, ...]
    type: ItemType
    items: tuple[Item, ...] | None = None


def line_move(
    play: Play, rng: Random, product: Product, quantity: Decimal | None, price: Decimal, coming: Coming | None = None
) -> Move:
    """One line by a department or a PLU, sold or coming back."""
    is_department = product in play.shop.till.departments
    counted = (*keys_of(f"{quantity:f}"), "TIMES") if quantity is not None else ()
    typed = money_keys(play, rng, price)
    if is_department:
        named: tuple[str, ...] = (*typed, f"DEPARTMENT_{product.number}")
    else:
        named = (*keys_of(str(product.number)), "PLU")
        named += (*typed, rng.choice(("PLU", "ENTER"))) if product.price is None else ()
    told = (f"TEXT {words(rng, 50)}", "ENTER") if product.kind is ProductKind.VOUCHER and coming is None else ()
    cents = half_up(Fraction(quantity or 1) * Fraction(price) * 100)
    keys = (*(coming.keys if coming else ()), *counted, *named, *told)
    return Move(keys, Sold(_prices(product, cents, coming)))


def _prices(product: Product, cents: int, coming: Coming | None) -> frozenset[int]:
    """What the line may cost: what comes back, and what is taken off, is below zero; a correction negates its item."""
    if coming is not None and coming.items is not None and coming.type is ItemType.CORRECTION:
        alike = (item for item in coming.items if item.vat_rate == product.vat_rate)
        return frozenset(-price_of(item) for item in alike if abs(price_of(item)) == cents)
    return frozenset({-cents if coming is not None or product.kind in _TAKEN_OFF else cents})


def sell(play: Play, rng: Random) -> Move:
    """Any product; what is taken off is mostly no more than there is at its rate."""
    product = any_product(play, rng, _is_goods) if one_in(rng, 2) else any_product(play, rng)
    quantity = some_quantity(rng)
    price = product.price if product.price is not None else some_price(rng)
    there = sum(price_of(item) for item in play.basket.items if item.vat_rate == product.vat_rate)
    if product.kind in _TAKEN_OFF and product.price is None and there > 0 and not one_in(rng, 5):
        quantity, price = None, Decimal(there if one_in(rng, 3) else rng.randint(1, there)).scaleb(-2)
    return line_move(play, rng, product, quantity, price)


def any_product(play: Play, rng: Random, of: Callable[[Product], bool] = lambda _: True) -> Product:
    """A department or PLU of which this holds, or any."""
    till = play.shop.till
    return rng.choice([one for one in (*till.departments, *till.catalogue.products) if of(one)] or till.departments)


def _is_goods(product: Product) -> bool:
    return product.kind is ProductKind.GOODS


def buy_packaging_back(play: Play, rng: Random) -> Move:
    """Packaging comes back without a receipt."""
    product = any_product(play, rng, lambda one: one.kind is ProductKind.PACKAGING)
    price = product.price if product.price is not None else Decimal(rng.randint(1, 500)).scaleb(-2)
    coming = Coming(("RETURN", "ENTER"), ItemType.PACKAGING)
    return line_move(play, rng, product, some_quantity(rng), price, coming)


def give_back(play: Play, rng: Random) -> Move:
    """Goods come back, or a line is put right: of a receipt of this till, of another one, or of an older register."""
    is_return = one_in(rng, 2)
    key, type = ("RETURN", ItemType.RETURNED) if is_return else ("CORRECTION", ItemType.CORRECTION)
    originals = [one for one in play.handed_out if one.receipt.sale.type == "PD"]
    if not originals or one_in(rng, 6):
        code = f"{rng.getrandbits(128):032X}"
        insisted = (f"TEXT O-{code}", "ENTER", "ENTER")
        keys = insisted if one_in(rng, 2) else (*keys_of(str(rng.randint(1, 10**10))), "ENTER")
        product = any_product(play, rng, _is_goods)
        price = product.price if product.price is not None else some_price(rng)
        return line_move(play, rng, product, some_quantity(rng), price, Coming((key, *keys), type))
    original = rng.choice(originals)
    items = original.receipt.sale.items
    item = rng.choice(items)
    coming = Coming((key, f"TEXT {_name(rng, original)}", "ENTER"), type, items)
    return line_move(play, rng, *_as_sold(play, rng, item), coming)


def _name(rng: Random, original: Sealed) -> str:
    receipt = original.receipt
    return rng.choice((original.uid, receipt.okp, receipt.okp.lower(), receipt.key, str(receipt.number)))


def _as_sold(play: Play, rng: Random, item: Item) -> tuple[Product, Decimal, Decimal]:
    """The product, quantity and price that this item was keyed with; of an adjustment any product of its rate."""
    till = play.shop.till
    plu = till.catalogue.find(item.plu) if item.plu else None
    department = till.department(item.department) if item.department else None
    product = plu or department or any_product(play, rng, lambda one: one.vat_rate == item.vat_rate)
    if product.price is None or plu:
        return product, item.quantity, abs(item.unit_price)
    return product, Decimal(1), product.price


def adjust(play: Play, rng: Random) -> Move:
    """A discount or surcharge on the last line or one chosen by the arrows, or after SUBTOTAL on the whole."""
    is_discount = not one_in(rng, 3)
    first = rng.choice((("SUBTOTAL",), ("SUBTOTAL",), (), ("UP",), ("UP", "UP")))
    kind = "DISCOUNT" if is_discount else "SURCHARGE"
    if one_in(rng, 2):
        percent = Decimal(rng.choice((5, 10, 15, 33, 50, 100)))
        if one_in(rng, 2):
            percent = Decimal(rng.randint(1, 10_000)).scaleb(-2)
        keys = (*first, *keys_of(f"{percent:f}"), f"PERCENT_{kind}")
        return Move(keys, Adjusted(is_discount, percent, 0))
    items = play.basket.items
    whole = sum(map(price_of, items))
    most = max(1, whole if "SUBTOTAL" in first else price_of(items[-1]) if items else 1)
    cents = most if one_in(rng, 6) else rng.randint(1, most)
    return Move((*first, *cents_keys(play, rng, cents), f"AMOUNT_{kind}"), Adjusted(is_discount, None, cents))


def give_all_away(_play: Play, _rng: Random) -> Move:
    """All of it for nothing."""
    return Move(("SUBTOTAL", "1", "00", "PERCENT_DISCOUNT"), Adjusted(True, Decimal(100), 0))


def take_back(play: Play, rng: Random) -> Move:
    """The last line, or one chosen by the arrows, is voided."""
    if one_in(rng, 2):
        return Move(("VOID_LAST",), Voided(is_last=True))
    arrows = ["UP"] * rng.randint(0, min(6, len(play.basket.items))) + ["DOWN"] * rng.randint(0, 1)
    return Move((*arrows, "VOID_LINE"), Voided(is_last=False))


# --- Money ---------------------------------------------------------------------------------------------------


def tender(play: Play, rng: Random) -> Move:
    """Money: the rest due in any tender, a part of it, a note above it, or foreign money."""
    basket = play.basket
    due = basket.total - sum(one.cents for one in basket.tenders)
    fate = weighted(rng, {Fate.ONLINE: 40, Fate.OFFLINE: 9, Fate.REFUSED: 1, Fate.FULL: 1})
    key = weighted(rng, {"CASH": 8, "CARD": 6, "OTHER": 2, "CHEQUE": 2, "VOUCHER": 2})
    how = weighted(rng, {"rest": 8, "part": 5, "note": 4, "foreign": 3 if due > 0 else 0}) if due else "rest"
    if how == "rest":
        return Move((key,), Paid(None), fate=fate)
    if how == "foreign":
        return _foreign(play, rng, due, fate)
    if how == "part":
        cents = rng.randint(1, abs(due)) if one_in(rng, 2) else rng.randint(0, abs(due) // 5) * 5 or 1
    elif due < 0:
        cents = -due
    else:
        key, cents = "CASH", due + rng.choice((0, 1, 2, 3, 4, 5, -due % 500, -due % 5_000, 50_000))
    return Move((*cents_keys(play, rng, cents), key), Paid(cents), fate=fate)


def _foreign(play: Play, rng: Random, due: int, fate: Fate) -> Move:
    """About as much as is due, or a part of it, in a currency of the till."""
    currency = rng.choice(play.shop.till.currencies)
    wanted = Decimal(rng.randint(1, due) if one_in(rng, 2) else due + rng.randint(0, 2_000)).scaleb(-2)
    amount = max(Decimal("0.01"), round(min(wanted * currency.per_euro, Decimal(9_999_999)), rng.choice((0, 2))))
    typed = money_keys(play, rng, amount)
    return Move((*typed, f"CURRENCY_{currency.number}"), Paid(None, amount, currency.per_euro), fate=fate)


def invoice_move(play: Play, rng: Random) -> Move:
    """An invoice is paid, or its payment is given back."""
    euros = round(some_price(rng), 2) or Decimal("0.01")
    is_back = one_in(rng, 3)
    keys = ("INVOICE", f"TEXT {words(rng, 50)}", "ENTER", *money_keys(play, rng, euros))
    return Move((*keys, "RETURN" if is_back else "ENTER"), Billed(int(euros * (-100 if is_back else 100))))


def cash_move(play: Play, rng: Random) -> Move:
    """Money is put into the drawer, or taken from it."""
    cents, is_deposit = rng.randint(1, 100_000), one_in(rng, 2)
    key = "DEPOSIT" if is_deposit else "WITHDRAWAL"
    return Move((*cents_keys(play, rng, cents), key), Moved(cents if is_deposit else -cents))


# --- What a basket may begin with ------------------------------------------------------------------------------


def menu_keys(word: str) -> tuple[str, ...]:
    """The keys that choose this entry of the menu."""
    return ("MENU", *map(str, menu_path(word)))


def training(_play: Play, _rng: Random) -> Move:
    """What follows is practice."""
    return Move(menu_keys("menu-training"))


def paragon(play: Play, rng: Random) -> Move:
    """What follows was sold by hand, some time ago, or by a slip of the tongue some time from now."""
    issued = (play.at - timedelta(minutes=rng.randint(-20, 40_000))).astimezone(ZONE)
    form = rng.choice(("%d%m%Y%H%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S"))
    number = (f"TEXT {rng.randint(1, 2**32 - 1)}",) if one_in(rng, 2) else ()
    return Move((*menu_keys("menu-paragon"), *number, "ENTER", f"TEXT {issued.strftime(form)}", "ENTER"))


def cashier(_play: Play, rng: Random) -> Move:
    """Somebody else sells from now on."""
    return Move((*menu_keys("menu-cashier"), str(rng.randint(1, 3)), "ENTER"))


def email(_play: Play, _rng: Random) -> Move:
    """The customer wants the receipt by mail."""
    return Move(("EMAIL", "TEXT jana@example.sk", "ENTER"))


def noise(_play: Play, rng: Random) -> Move:
    """A key that was not meant."""
    return Move((rng.choice(NOISE),))


def wait(play: Play, rng: Random) -> Move:
    """The clock strikes; before midnight it may strike after it."""
    return Move(at=play.at + timedelta(seconds=rng.choice((0, 1, 1, 60, 3_600))))


# --- A customer ----------------------------------------------------------------------------------------------

Step = Callable[[Play, Random], Move]


def do_it(play: Play, rng: Random, step: Step) -> None:
    """One move, and CLEAR until nothing is half-typed; somebody may press a wrong key, or time may pass."""
    if one_in(rng, 12):
        play.press(rng.choice((noise, wait))(play, rng))
    play.press(step(play, rng))
    for _ in range(CLEARS_MAX):
        if not play.is_typing:
            return
        play.press(Move(("CLEAR",)))


def serve(play: Play, rng: Random) -> None:
    """One customer: what is wanted is keyed and paid, or else voided."""
    play.press(wait(play, rng))
    wanted = weighted(rng, {"goods": 60, "back": 18, "invoice": 9, "cash": 8, "repair": 5, "packaging": 2})
    if wanted == "cash":
        do_it(play, rng, cash_move)
    elif wanted == "repair":
        repair(play, rng)
    else:
        _begin(play, rng)
        _compose(play, rng, wanted)
        if one_in(rng, 5):
            do_it(play, rng, email)
        pay(play, rng)
    if not play.is_free:
        play.press(Move(("VOID_RECEIPT",)))


def _begin(play: Play, rng: Random) -> None:
    begins: Sequence[Step] = (training, paragon, cashier)
    if one_in(rng, 4):
        do_it(play, rng, rng.choice(begins))


def _compose(play: Play, rng: Random, wanted: str) -> None:
    if wanted == "invoice":
        do_it(play, rng, invoice_move)
        return
    if wanted == "back":
        for _ in range(rng.randint(1, 3)):
            do_it(play, rng, give_back)
    if wanted == "packaging":
        do_it(play, rng, buy_packaging_back)
    lines = {"goods": rng.randint(1, 5), "back": rng.randint(0, 2), "packaging": 0}[wanted]
    if wanted == "goods" and one_in(rng, 1_000):
        _fill(play, rng)
    for _ in range(lines):
        do_it(play, rng, sell)
        if step := weighted(rng, {None: 14, adjust: 5, take_back: 1, buy_packaging_back: 1, sell: 1}):
            do_it(play, rng, step)
            if one_in(rng, 8):
                do_it(play, rng, take_back)
    if one_in(rng, 20):
        do_it(play, rng, give_all_away)


def _fill(play: Play, rng: Random) -> None:
    """As many lines as a receipt holds, and some more."""
    for _ in range(LINES_MAX):
        play.press(Move(("1", "DEPARTMENT_1")))


def pay(play: Play, rng: Random) -> None:
    """Money until the receipt is sealed; what the authority refused is issued anew, or voided."""
    for _ in range(PAYMENTS_MAX):
        do_it(play, rng, tender)
        if play.basket.tenders and one_in(rng, 3):
            play.press(wait(play, rng))
        if play.is_refused():
            play.press(Move(("CLEAR",)))
        if play.is_free:
            return
    play.press(Move(("CASH",), Paid(None)))


def repair(play: Play, rng: Random) -> None:
    """A receipt without an answer is sent later, perhaps days later, refused for its time, and registered anew."""
    do_it(play, rng, rng.choice((sell, sell, invoice_move)))
    play.press(Move(("CASH",), Paid(None), fate=Fate.OFFLINE))
    if one_in(rng, 2):
        play.press(Move(at=play.at + timedelta(hours=rng.randint(1, 80)), fate=Fate.AHEAD))
    play.press(Move(menu_keys("menu-unsent-send"), fate=Fate.AHEAD))
    play.press(Move(menu_keys("menu-unsent-repair")))


def kinds_of(items: Iterable[Item]) -> set[str]:
    """The kinds of items by their codes, with those that the code does not tell apart."""
    kinds = set()
    for item in items:
        is_surcharge = item.type is ItemType.SOLD and item.role in (Role.ON_LINE, Role.ON_TOTAL)
        kinds.add("surcharge" if is_surcharge else "packaging" if item.role is Role.PACKAGING else str(item.type))
    return kinds
