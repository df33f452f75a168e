"""An outage day: 3,000 receipts around a month's turn, two of five without the authority, and what a cashier did.

The night begins on 31 October and goes on beyond midnight; four short ones follow, because one message has to wait for
ninety hours. On the way the power goes six times, the paper runs out, the certificate is renewed in the middle of an
outage, and the register's clock is set back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import trio
import trio.testing

from controller.settings import Cashier, Settings
from controller.settings_model import Authority
from drivers.clock_system import BRATISLAVA
from states import events as on
from states.journey import AwaitingPaper, Composing
from states.register import Register
from tests.counter import menu_path
from tests.outage_baskets import CURRENCIES, DEPARTMENTS, Account, Basket, Sold, basket_of, last_tender
from tests.virtual_shop import Cut, VirtualShop, Weather, digits

RETRY_S = 60.0
"""So long the cashier waits before the money is tried again."""
PAPER_RUNS_OUT = 0.004
CHANGE_CENTS, TAKEN_CENTS = 20_000, 5_000
"""What is in the drawer at the beginning, and what is taken from it each evening."""
BEHIND = timedelta(minutes=20)

SETTINGS = Settings(
    authority=Authority(limit_s=5.0, resend_s=60.0),
    department=DEPARTMENTS,
    currency=CURRENCIES,
    cashier=(Cashier(1, "Jana"),),
)


def at(text: str) -> datetime:
    """A civil time of the shop: ``10-31 14:00``."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BRATISLAVA)


# --- The plan ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shift:
    """The shop is open: so many customers come, evenly but for chance; the register is off outside of it."""

    opens: datetime
    closes: datetime
    customers: int


@dataclass(frozen=True, slots=True)
class Spell:
    """The weather on the line from then on."""

    since: datetime
    weather: Weather


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that happens, by the true time.

    ``stuck``: the first sale after the first of these times that has no answer is one that the authority cannot take
    before the second of them. From ``set_back_at`` the register's clock is late, until the next shift.
    """

    shifts: tuple[Shift, ...]
    spells: tuple[Spell, ...]
    cuts: tuple[Cut, ...]
    renewed_at: datetime
    set_back_at: datetime
    stuck: tuple[datetime, datetime]
    certificate_days: int = 1

    def weather(self, now: datetime) -> Weather:
        """The weather of this moment."""
        return next((spell.weather for spell in reversed(self.spells) if spell.since <= now), Weather.FAIR)


# fmt: off
WHOLE = Plan(
    shifts=(
        Shift(at("10-31 21:00"), at("11-01 03:00"), 2_200),
        Shift(at("11-01 21:30"), at("11-01 23:00"),   200),
        Shift(at("11-02 21:30"), at("11-02 23:00"),   200),
        Shift(at("11-03 21:30"), at("11-03 23:00"),   200),
        Shift(at("11-04 15:30"), at("11-04 17:00"),   200),
    ),
    spells=(
        Spell(at("10-31 21:30"), Weather.SILENT),
        Spell(at("10-31 21:45"), Weather.FAIR),
        Spell(at("10-31 22:15"), Weather.OVERLOADED),
        Spell(at("10-31 22:35"), Weather.SLOW),
        Spell(at("10-31 23:00"), Weather.REFUSED),
        Spell(at("10-31 23:10"), Weather.FAIR),
        Spell(at("10-31 23:50"), Weather.SILENT),
        Spell(at("11-01 00:45"), Weather.FAIR),
        Spell(at("11-01 01:05"), Weather.LATE),
        Spell(at("11-01 01:20"), Weather.LOST),
        Spell(at("11-01 01:35"), Weather.FAIR),
        Spell(at("11-01 02:15"), Weather.SILENT),
        Spell(at("11-01 02:35"), Weather.FAIR),
        Spell(at("11-01 22:00"), Weather.BROKEN),
        Spell(at("11-01 22:40"), Weather.FAIR),
        Spell(at("11-02 22:00"), Weather.SILENT),
        Spell(at("11-02 22:45"), Weather.SLOW),
        Spell(at("11-03 21:40"), Weather.REFUSED),
        Spell(at("11-03 22:10"), Weather.FAIR),
        Spell(at("11-04 15:40"), Weather.OVERLOADED),
        Spell(at("11-04 16:10"), Weather.FAIR),
    ),
    cuts=(
        Cut(at("10-31 21:10"), "receipt", "Registering", 0.03),
        Cut(at("10-31 21:35"), "receipt", "Printing",    0.2),
        Cut(at("10-31 22:05"), "receipt", "Emailing",    0.3),
        Cut(at("11-01 00:10"), "receipt", "Registering", 0.5),
        Cut(at("11-01 01:25"), "outbox",  "Resending",   0.3),
        Cut(at("11-02 22:10"), "receipt", "Offline",     0.0),
    ),
    renewed_at=at("11-01 00:30"),
    set_back_at=at("10-31 23:20"),
    stuck=(at("10-31 22:15"), at("11-04 16:40")),
)
"""Ninety hours after 22:20 on 31 October it is 16:20 on 4 November."""

SHORT = Plan(
    shifts=(
        Shift(at("10-31 23:40"), at("11-01 00:40"), 90),
        Shift(at("11-01 08:00"), at("11-01 08:15"), 10),
    ),
    spells=(
        Spell(at("10-31 23:50"), Weather.SILENT),
        Spell(at("11-01 00:15"), Weather.FAIR),
    ),
    cuts=(Cut(at("11-01 00:08"), "receipt", "Printing", 0.2),),
    renewed_at=at("11-01 00:12"),
    set_back_at=at("10-31 23:42"),
    stuck=(at("10-31 23:50"), at("11-01 08:05")),
)
"""The same in little, to break things in."""
# fmt: on


# --- The day -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Customer:
    """Who comes when; what is wanted, the seed decides."""

    comes: datetime
    seed: int


def customers(shift: Shift, chance: random.Random) -> list[Customer]:
    """Who comes in a shift; nobody in the last two minutes."""
    length = shift.closes - shift.opens - timedelta(minutes=2)
    arrivals = sorted(shift.opens + length * chance.random() for _ in range(shift.customers))
    return [Customer(comes, chance.getrandbits(32)) for comes in arrivals]


@dataclass
class Day:
    """The shop on this day, its cashier, and the books that the cashier kept: an account for each sealed receipt."""

    plan: Plan
    shop: VirtualShop
    accounts: list[Account] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)
    moved_cents: int = 0
    refused_for_clock: list[tuple[datetime, str]] = field(default_factory=list)
    stuck_okp: str = ""
    is_renewed: bool = False
    is_set_back: bool = False

    def weather(self, now: datetime, okp: str) -> Weather:
        """That of the plan, but for the message that the authority cannot take."""
        since, until = self.plan.stuck
        if not self.stuck_okp and now >= since and self.plan.weather(now) not in (Weather.FAIR, Weather.SLOW):
            self.stuck_okp = okp
        if okp == self.stuck_okp and now < until and self.plan.weather(now) is not Weather.REFUSED:
            return Weather.BROKEN
        return self.plan.weather(now)

    async def live(self) -> None:
        """Every shift, and what is between them."""
        chance = random.Random(20_261_031)
        for shift in self.plan.shifts:
            coming = customers(shift, chance)
            self.shop.true.sleep_until(shift.opens)
            self.shop.clock.behind = timedelta()
            while not await self._stand(shift, coming):
                pass

    async def _stand(self, shift: Shift, coming: list[Customer]) -> bool:
        """Until the power is cut, or the register is switched off; True when that was for the night."""
        if not await self.shop.run(partial(self._serve_all, shift, coming)):
            return False
        if self._is_renewal_due():
            self.is_renewed = True
            self.shop.renew()
            return False
        return True

    async def _serve_all(self, shift: Shift, coming: list[Customer]) -> None:
        """Everybody who comes, until it is time to renew the certificate; in the evening the Z."""
        await self._begin()
        while coming:
            await self._wait_until(coming[0].comes if self.is_renewed else min(coming[0].comes, self.plan.renewed_at))
            if self._is_renewal_due():
                return
            await self._serve(coming)
        await self._wait_until(shift.closes - timedelta(seconds=60))
        await self._move(TAKEN_CENTS, "WITHDRAWAL")
        await self.shop.press("MENU", *map(str, menu_path("menu-report-z")))
        await self._wait_until(shift.closes)

    async def _begin(self) -> None:
        """In the morning change is put into the drawer; after a power cut the last receipt is finished."""
        register = await self.shop.until_ready()
        if isinstance(register.receipt, AwaitingPaper):
            await self.shop.press("ENTER")
        if not self.accounts and not self.moved_cents:
            await self._move(CHANGE_CENTS, "DEPOSIT")

    def _is_renewal_due(self) -> bool:
        return not self.is_renewed and self.shop.true.now() >= self.plan.renewed_at

    async def _wait_until(self, moment: datetime) -> None:
        if not self.is_set_back and self.plan.set_back_at <= moment:
            await self._sleep_until(self.plan.set_back_at)
            self.is_set_back = True
            self.shop.clock.behind = BEHIND
        await self._sleep_until(moment)

    async def _sleep_until(self, moment: datetime) -> None:
        await trio.sleep(max(0.0, (moment - self.shop.true.now()).total_seconds()))

    async def _serve(self, coming: list[Customer]) -> None:
        """The first in the row; whoever has a sealed receipt is served, even if the power is cut before it is paper."""
        basket = basket_of(coming[0].seed, self.sold, len(self.accounts))
        sealed = len(self.shop.sealed)
        self.shop.on_sealed = partial(self._account, coming, basket)
        register = await self.shop.press(*basket.keys)
        while len(self.shop.sealed) == sealed:
            register = await self._try_again(register, basket)
        while isinstance(register.receipt, AwaitingPaper):
            register = await self.shop.press("ENTER")
        assert isinstance(register.receipt, Composing), register.receipt
        assert register.receipt.is_untouched, self.shop.display.view

    def _account(self, coming: list[Customer], basket: Basket, event: on.Sealed) -> None:
        coming.pop(0)
        self.accounts.append(basket.account)
        if basket.only and not basket.account.is_training:
            self.sold.append(Sold(event.receipt.okp, *basket.only))

    async def _try_again(self, register: Register, basket: Basket) -> Register:
        """The clock is before the last receipt: the basket is there, and the money is taken a minute later."""
        assert register.notice == "clock-back", (register.notice, basket.keys, self.shop.display.view)
        await trio.sleep(0.1)
        self.refused_for_clock.append((self.shop.clock.now(), self.shop.display.view.notice))
        await trio.sleep(RETRY_S)
        return await self.shop.press(*last_tender(basket.keys))

    async def _move(self, cents: int, key: str) -> None:
        await self.shop.press(*digits(cents), key)
        self.moved_cents += cents if key == "DEPOSIT" else -cents


def live(folder: Path, plan: Plan, arrange: Callable[[VirtualShop], None] = lambda shop: None) -> Day:
    """A day that was lived in virtual time; ``arrange`` may plant a fault in the shop."""
    return trio.run(_live, folder, plan, arrange, clock=trio.testing.MockClock(autojump_threshold=0))


async def _live(folder: Path, plan: Plan, arrange: Callable[[VirtualShop], None]) -> Day:
    paper = random.Random(7)
    shop = VirtualShop(
        folder,
        plan.shifts[0].opens,
        SETTINGS,
        certificate_days=plan.certificate_days,
        runs_out=lambda: paper.random() < PAPER_RUNS_OUT,
        cuts=list(plan.cuts),
    )
    day = Day(plan, shop)
    shop.weather = day.weather
    arrange(shop)
    await day.live()
    return day
