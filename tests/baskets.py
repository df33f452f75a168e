"""Any basket: a shop, a day and some customers, all from one ``Random``, played on the register and judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from states.table import NeverHappens
from tests.baskets_cashier import keys_of, kinds_of, serve
from tests.baskets_move import Move
from tests.baskets_play import Disagreement, Play, Sealed
from tests.baskets_rules import judge, judge_day
from tests.baskets_shop import ERAS, Shop, some_moment, some_shop, weighted

CUSTOMERS = {1: 3, 2: 4, 3: 2, 4: 1}
BUGS = (AssertionError, NeverHappens, ArithmeticError, LookupError, TypeError, ValueError)
"""What is raised where something is wrong: Disagreement is one of them."""


class Wrong(AssertionError):
    """Something does not agree; the message tells what, and the fewest keys that show it."""


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """All that is needed to play some customers once more, without chance."""

    shop: Shop
    at: datetime
    number: int
    moves: tuple[Move, ...]

    def __repr__(self) -> str:
        """The shop and the keys, as a person would try them."""
        till, payer = self.shop.till, "payer" if self.shop.seller.is_vat_payer else "non-payer"
        typed = "implied cents" if till.implied_cents else "decimal point"
        head = f"{self.at.isoformat()}, receipt {self.number}, {self.shop.columns} columns, {payer}, {typed}"
        keys = [f"  > {move}" for move in self.moves]
        known = {f"DEPARTMENT_{one.number}": one for one in till.departments}
        known |= {f"{', '.join(keys_of(str(one.number)))}, PLU": one for one in till.catalogue.products}
        named = [f"  {name}: {one}" for name, one in known.items() if any(name in key for key in keys)]
        named += [f"  {one}" for one in till.currencies if any(f"CURRENCY_{one.number}" in key for key in keys)]
        return "\n".join((head, *named, *keys))


def visit(rng: Random) -> list[Sealed]:
    """Some customers of some shop on some day; the receipts that were sealed. Wrong if anything does not agree."""
    era = rng.choice(tuple(ERAS))
    began, shop, number = some_moment(rng, era), some_shop(rng, era), rng.randint(1, 99_999)
    play = Play(shop, began, number, judge)
    try:
        for _ in range(weighted(rng, CUSTOMERS)):
            serve(play, rng)
        judge_day(play)
    except BUGS as error:
        least = smallest(Visit(shop, began, number, tuple(play.moves)), error)
        raise Wrong(f"{told(failure(least) or error)}\n{least}") from error
    return play.sealed


def told(error: Exception) -> str:
    """What went wrong: its kind, unless that says nothing, and its words."""
    return str(error) if isinstance(error, Disagreement) else f"{type(error).__name__}: {error}"


def failure(tried: Visit) -> Exception | None:
    """What goes wrong when the visit is played again; None if nothing does."""
    try:
        play = Play(tried.shop, tried.at, tried.number, judge)
        for move in tried.moves:
            play.press(move)
        judge_day(play)
    except BUGS as error:
        return error
    return None


def smallest(whole: Visit, error: Exception) -> Visit:
    """As few moves as still go wrong in the same way: halves are left out first, then quarters, at last single ones."""
    least, size = whole, max(1, len(whole.moves) // 2)
    while True:
        found = next((one for one in _without(least, size) if _is_alike(failure(one), error)), None)
        if found is not None:
            least = found
        elif size == 1:
            return least
        else:
            size //= 2


def _without(whole: Visit, size: int) -> list[Visit]:
    moves = whole.moves
    return [replace(whole, moves=moves[:at] + moves[at + size :]) for at in range(0, len(moves), size)]


def _is_alike(found: Exception | None, error: Exception) -> bool:
    """The same kind of error, of the same rule where it names one."""
    return type(found) is type(error) and str(found).partition(":")[0] == str(error).partition(":")[0]


# --- What a run was made of ------------------------------------------------------------------------------------

SHARES = (
    *(f"type {name}" for name in ("PD", "UF", "ND", "VK", "VY")),
    *(f"item {name}" for name in ("K", "VO", "V", "O", "Z", "OZ", "VP", "packaging", "surcharge")),
    *(f"tender {name}" for name in ("cash", "card", "cheque", "voucher", "other", "currency")),
    *(f"rules of {name}" for name in ERAS),
    *(f"rate {name}" for name in (23, 20, 19, 10, 5, 0)),
    *("payer", "non-payer", "paragon", "invoice back", "below zero", "nothing", "rounded", "change", "mixed", "mailed"),
    *("regulation", "other seller", "on the whole", "repair", "paid before midnight"),
)
"""What must be in a fair share of the receipts of any large run."""


def traits(sealed: Sealed) -> set[str]:
    """What is in this receipt."""
    sale, seller = sealed.receipt.sale, sealed.receipt.seller
    kinds = [tender.kind for tender in sale.tenders]
    day = sealed.receipt.create_date[:10]
    era = max(name for name, (first, _) in ERAS.items() if first.isoformat() <= day)
    some = {
        "payer": seller.is_vat_payer,
        "non-payer": not seller.is_vat_payer,
        "paragon": sale.paragon is not None,
        "invoice back": sale.invoice is not None and sale.invoice.cents < 0,
        "below zero": sale.total_cents < 0,
        "nothing": sale.total_cents == 0,
        "rounded": bool(sale.rounding_cents),
        "change": bool(sale.change_cents),
        "mixed": len(set(kinds)) > 1,
        "mailed": bool(sale.email_masked),
        "regulation": any(item.regulation for item in sale.items),
        "other seller": any(item.seller_id for item in sale.items),
        "on the whole": any(item.role == "total" for item in sale.items),
        "repair": bool(sale.repairs),
        "paid before midnight": sealed.paid_on < day and sale.paragon is None,
    }
    found = {name for name, holds in some.items() if holds}
    found |= {f"type {sale.type}", f"rules of {era}"} | {f"tender {kind}" for kind in kinds}
    found |= {f"item {kind}" for kind in kinds_of(sale.items)} | {f"rate {item.vat_rate}" for item in sale.items}
    return found


def count_traits(sealed: list[Sealed]) -> Counter[str]:
    """How many receipts have each trait, and how many there are ("sealed")."""
    found = Counter({"sealed": len(sealed)})
    for one in sealed:
        found.update(traits(one))
    return found


def missing(found: Counter[str], percent: float = 1.0) -> list[str]:
    """The traits that too few of the receipts have."""
    return [f"{name}: {found[name]}" for name in SHARES if found[name] * 100 < percent * found["sealed"]]
