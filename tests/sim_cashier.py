"""The cashier of a simulated shop: what a customer wants, how it is keyed, and what is done when something is amiss.

Whatever a register asks of a cashier is done here: paper is put in, refusals are acknowledged, a clock that went back
is set right, and what was left half-keyed is cleared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import trio

from states.journey import AwaitingPaper, Composing, Refused
from states.keying import Ready
from states.machines.menu import Shut
from states.register import Register
from tests.counter import menu_path
from tests.outage_baskets import Account, Basket, Sold, basket_of, fives
from tests.sim_chance import one_in, weighted
from tests.sim_world import World

STEPS_MAX = 40
NOISE = (
    *map(str, range(10)),
    *("00", "DOT", "CLEAR", "ENTER", "UP", "DOWN", "LEFT", "RIGHT", "TIMES", "PLU", "SUBTOTAL", "MENU", "EMAIL"),
    *("CASH", "CARD", "VOUCHER", "VOID_LAST", "VOID_LINE", "VOID_RECEIPT", "DEPARTMENT_1", "DEPARTMENT_3", "DRAWER"),
    *("RETURN", "CORRECTION", "COPY", "FEED", "DEPOSIT", "WITHDRAWAL", "PERCENT_DISCOUNT", "AMOUNT_DISCOUNT", "F13"),
)
BURST_KEYS_MAX = 16
BURST_S = 0.02
"""Fifty keys a second."""

GAPS_S = {0.0: 40, 0.3: 30, 1.0: 22, 4.0: 7, 15.0: 1, 130.0: 0.15}
"""How long until the next customer comes, and how often."""

VISITS = {
    "light": 76,
    "full": 6,
    "mailed": 9,
    "withdrawn": 2,
    "report-x": 0.5,
    "report-z": 0.7,
    "copy": 1,
    "unsent": 0.6,
    "send-now": 0.8,
    "repair": 1,
    "move": 1,
    "stray": 0.5,
}
REPORTS = {"report-x": "menu-report-x", "report-z": "menu-report-z", "unsent": "menu-unsent-print"}


@dataclass
class Visit:
    """A customer: the keys, what a receipt of them must be (None where a wrong key may have changed it), the fault of
    the keypad, the OKPs of what was sealed meanwhile, and how often the journal had been opened before."""

    kind: str
    basket: Basket | None
    number: int
    keypad: str = ""
    okps: list[str] = field(default_factory=list)
    account: Account | None = None
    opened: int = 0


def light(number: int, chance: Random) -> Basket:
    """One piece of whole euros, in few keys, so that a campaign has many customers."""
    basket = Basket(number)
    euros, department = (
        chance.randint(1, 9) if not one_in(chance, 3) else chance.randint(10, 99),
        chance.choice((1, 2, 3)),
    )
    basket.only = euros * 100, department
    basket.key(*str(euros), f"DEPARTMENT_{department}")
    basket.account.gross_cents[{1: 23, 2: 19, 3: 5}[department]] += euros * 100
    return basket


def pay_light(basket: Basket, chance: Random) -> None:
    """By card, or in cash without change."""
    due = basket.account.sum_cents
    if one_in(chance, 2):
        basket.key("CARD")
        basket.account.tenders_cents["card"] += due
    else:
        basket.key("CASH")
        basket.account.tenders_cents["cash"] += fives(due)
        basket.account.rounding_cents = fives(due) - due


class Cashier:
    """Serves customers at a register; ``sold`` are receipts of one piece, which may come back."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world, self._chance = world, chance
        self.sold: list[Sold] = []

    def next_visit(self, number: int) -> Visit:
        """Who comes next, and what is wanted."""
        chance, kind = self._chance, weighted(self._chance, VISITS)
        if kind == "full":
            basket = basket_of(chance.getrandbits(32), self.sold, number)
        elif kind in ("light", "mailed", "withdrawn"):
            basket = light(number, chance)
            if kind != "light":
                basket.key("EMAIL", f"TEXT zakaznik{number}@example.sk", "ENTER")
            if kind == "withdrawn":
                basket.key("EMAIL", "CLEAR")
            pay_light(basket, chance)
        else:
            return Visit(kind, None, number)
        return Visit(kind, basket, number, account=basket.account)

    @property
    def gap_s(self) -> float:
        """How long nobody comes."""
        return weighted(self._chance, GAPS_S)

    # --- At the counter ------------------------------------------------------------------------------------

    async def tidy(self) -> Register:
        """Do what the register asks for until it is ready for the next customer."""
        register = await self._world.until_ready()
        for _ in range(STEPS_MAX):
            key = next_key(register)
            if not key:
                return register
            if isinstance(register.receipt, AwaitingPaper):
                await trio.sleep(self._chance.choice((0.5, 2.0)))
            register = await self._world.press(key)
        raise AssertionError(f"the register is never ready: {type(register.receipt).__name__} {register.notice}")

    async def serve(self, visit: Visit) -> str:
        """One customer, from the first key to the receipt or the refusal; the notice of a sale that was not sealed."""
        visit.opened, keys = self._world.opened, self._keys(visit)
        if visit.keypad:
            visit.account = None
            self._world.fate.strike(visit.keypad)
            await self._press_badly(visit, keys)
        else:
            await self._world.press(*keys)
        register = self._world.register
        notice = register.notice if register and not visit.okps else ""
        assert isinstance((await self.tidy()).receipt, Composing)
        return notice

    def _keys(self, visit: Visit) -> list[str]:
        chance = self._chance
        if visit.basket is not None:
            return visit.basket.keys
        if visit.kind in REPORTS:
            return ["MENU", *map(str, menu_path(REPORTS[visit.kind]))]
        if visit.kind == "send-now":
            return ["MENU", *map(str, menu_path("menu-unsent-send"))]
        if visit.kind == "repair":
            return ["MENU", *map(str, menu_path("menu-unsent-repair"))]
        if visit.kind == "move":
            return [*str(chance.randint(1, 50)), chance.choice(("DEPOSIT", "WITHDRAWAL"))]
        if visit.kind == "copy":
            return [*(str(chance.randint(1, 30)) if one_in(chance, 2) else ""), "COPY"]
        return [chance.choice(NOISE) for _ in range(chance.randint(1, 8))]

    async def _press_badly(self, visit: Visit, keys: list[str]) -> None:
        chance, world = self._chance, self._world
        at = chance.randrange(len(keys))
        match visit.keypad:
            case "key-bounce":
                await world.press(*keys[: at + 1], *keys[at : at + 1], *keys[at + 1 :])
            case "key-two-at-once":
                await world.press(*keys[:at], chance.choice(NOISE), *keys[at:])
            case "key-stray":
                await world.press(*keys[:at], *keys[at:][::-1])
            case "key-type-ahead":
                world.type_ahead(*keys, *keys)
                await world.until_ready()
            case "key-burst":
                world.type_ahead(*keys)
                await self._burst()
                await world.until_ready()
            case "key-while-busy":
                world.type_ahead(*keys)
                for _ in range(4):
                    await trio.sleep(chance.random())
                    world.type_ahead(chance.choice(NOISE))
                await world.until_ready()

    def remember(self, visit: Visit) -> None:
        """What was sold may come back."""
        if visit.basket and visit.basket.only:
            self.sold.append(Sold(visit.okps[0], *visit.basket.only))

    async def close_day(self) -> None:
        """The daily report is printed."""
        await self._world.press("MENU", *map(str, menu_path("menu-report-z")))
        await self.tidy()

    @property
    def send_now(self) -> tuple[int, ...]:
        """The digits that send what waits."""
        return menu_path("menu-unsent-send")

    async def _burst(self) -> None:
        for _ in range(self._chance.randint(2, BURST_KEYS_MAX)):
            self._world.type_ahead(self._chance.choice(NOISE))
            await trio.sleep(BURST_S)


def next_key(register: Register) -> str:
    """What brings the register nearer to the next customer, empty if it is ready for one."""
    if isinstance(register.receipt, AwaitingPaper):
        return "ENTER"
    if isinstance(register.receipt, Refused) or not isinstance(register.menu, Shut):
        return "CLEAR"
    if register.is_between_sales:
        return ""
    return "CLEAR" if register.entry != Ready(register.entry.till) else "VOID_RECEIPT"
