"""One register and one cashier in a day in which fate lays faults for many a customer, until it comes to its end."""

from __future__ import annotations

import sqlite3
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import trio

from drivers.clock_system import BRATISLAVA
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from tests import sim_faults
from tests.sim_authority import OUTAGES
from tests.sim_cashier import Cashier, Visit
from tests.sim_chance import one_in, stream, weighted
from tests.sim_faults import CLOCKS, Drawer
from tests.sim_judge import Judge
from tests.sim_power import Power
from tests.sim_recover import differences
from tests.sim_wire import WireAuthority
from tests.sim_world import StuckError, World, is_of

SPELL_ONE_IN = 6
CLOCK_TURNS_S = 6.0
"""As long as a sale takes whose authority is silent."""

SEEN_S = 0.001
"""In no time at all the display has not shown the last turn yet."""

WIRED_ONE_IN = 20
RECOVERED_ONE_IN = 12
DRAIN_S = 1200.0
OF_MEDIUM = (JournalFailed, OSError, sqlite3.Error, PortError)
"""With one of these a register may stop itself after its medium failed."""

DAYS = {
    "2026-03-10 09:00:00": 30,
    "2026-11-30 23:58:00": 25,
    "2026-12-31 23:58:30": 10,
    "2026-03-29 01:58:00": 12,
    "2026-10-25 02:57:00": 12,
    "2026-02-28 23:59:00": 11,
}
"""When a life begins: an ordinary day, the turn of a month and of a year, the nights in which the clock is changed."""


@dataclass
class Told:
    """What a life came to; ``violations`` are invariants and sentences, ``ended`` is ``lived`` or how it was ended."""

    seed: int
    receipts: int = 0
    with_fault: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, str]] = field(default_factory=list)
    chain: str = ""
    ended: str = "lived"


class Life:
    """One life while it is lived."""

    def __init__(self, seed: int, receipts: int, folder: Path) -> None:
        self.chance = stream(seed, "life")
        begins = datetime.fromisoformat(weighted(self.chance, DAYS)).replace(tzinfo=BRATISLAVA)
        begins += timedelta(seconds=self.chance.randrange(60))
        duplicates = weighted(self.chance, {"same": 6, "new": 3, "refused": 1})
        self.world = World(seed, folder, begins, duplicates)
        self.is_wired = one_in(self.chance, WIRED_ONE_IN)
        if self.is_wired:
            self.world.authority = WireAuthority(self.world)
        self.cashier = Cashier(self.world, stream(seed, "cashier"))
        self.power = Power(self.world, stream(seed, "power"))
        self.judge = Judge(self.world)
        self.wanted = receipts
        self.told = Told(seed)
        self.visits = 0
        self.visit: Visit | None = None
        self.is_over = False
        self.world.on_durable = self._hear_durable

    # --- The day ---------------------------------------------------------------------------------------------

    async def live(self) -> Told:
        """All of it; what is found is in the story."""
        try:
            while not self.is_over and not self.told.violations:
                await self._one_run()
        except (AssertionError, StuckError) as error:
            self._violate("I22", f"{error}\n{traceback.format_exc(limit=4)}")
        if not self.told.violations and self.told.ended == "lived":
            self._hear_the_end(list(self.judge.at_end()))
        return self._tell()

    def _hear_the_end(self, found: list[tuple[str, str]]) -> None:
        """A bit that was turned and not met since is found by who reads everything."""
        if not self.power.is_flipped:
            self.told.violations += found
        elif any(number in ("I2", "I3") and said.startswith("verify") for number, said in found):
            self.told.ended = "damage found by verify"
        else:
            self._violate("I2", "a bit was turned in a closed record, and nobody has seen it")

    async def _one_run(self) -> None:
        was_dark = self.world.disk.is_off
        self.power.before_start()
        if was_dark and one_in(self.chance, RECOVERED_ONE_IN) and self.power.is_quiet:
            self.told.counts["recovered twice"] += 1
            self.told.violations += await differences(self.world)
        ended = await self.world.run(self._shift)
        self.told.counts[f"run {ended}"] += 1
        self._settle_visit()
        match ended:
            case "refused":
                self._hear_refusal()
            case "failed":
                self._hear_failure()

    def _hear_refusal(self) -> None:
        failure = self.world.failure
        if is_of(failure, JournalCorrupt):
            self._hear_damage("refused to start")
        elif "certificate-not-yet-valid" in told(failure) and self.world.clock.ahead:
            self.world.clock.ahead = timedelta()
        else:
            self._hear_failure()

    def _hear_failure(self) -> None:
        """The register stopped by itself: right only if its medium failed."""
        failure = self.world.failure
        if is_of(failure, JournalCorrupt):
            self._hear_damage("stopped by damage")
        elif is_of(failure, StuckError):
            self._violate("I22", told(failure))
        elif self.world.fate.medium_failed and any(is_of(failure, kind) for kind in OF_MEDIUM):
            self.told.counts["stopped by its medium"] += 1
            self.world.fate.medium_failed = False
        else:
            self._violate("I27", f"the register stopped by itself: {told(self.world.failure)}")

    def _hear_damage(self, ended: str) -> None:
        """Nothing is sold on a journal that is damaged: right only if it is."""
        if not self.power.is_flipped:
            self._violate("I2", f"{ended}: {told(self.world.failure)}")
        self.told.ended, self.is_over = ended, True

    async def _shift(self) -> None:
        await self.cashier.tidy()
        self.power.after_start()
        while self.told_receipts < self.wanted:
            await self._one_visit()
            if self.power.wants_renewal or self.power.wants_clock_right:
                return
        if self._is_certificate_short():
            self.power.wants_renewal = True
            return
        await self._end_well()
        self.is_over = True

    def _is_certificate_short(self) -> bool:
        return self.world.signer.not_after < self.world.clock.true() + timedelta(days=1)

    @property
    def told_receipts(self) -> int:
        """How many receipts there are."""
        return len(self.world.durable.intents)

    async def _one_visit(self) -> None:
        self.visits += 1
        visit = self.visit = self.cashier.next_visit(self.visits)
        self._lay_faults(visit)
        await trio.sleep(self.cashier.gap_s)
        notice = await self.cashier.serve(visit)
        await trio.sleep(SEEN_S)
        self.power.wants_clock_right |= notice == "clock-back"
        self.power.wants_renewal |= notice == "certificate-expired"
        self._settle_visit()

    def _settle_visit(self) -> None:
        """The customer has left, or the light went out: the rules look at what was left behind."""
        visit, self.visit = self.visit or Visit("nobody", None, 0), None
        self.world.disk.armed.discard("disk-full")
        if not visit.okps or self.world.opened > visit.opened:
            # Where the storage was opened anew in the middle of the keys, what was keyed before is gone.
            visit.account = None
        faults = self.world.fate.take_visit()
        self.told.with_fault += len(visit.okps) if faults else 0
        self.told.violations += self.judge.after_visit(visit)
        if visit.okps and visit.account and visit.basket and visit.basket.only and not visit.account.is_training:
            self.cashier.remember(visit)

    def _hear_durable(self) -> None:
        """Something became durable; a receipt belongs to the customer who is there."""
        for intent in self.world.durable.intents[self.judge.intents_heard :]:
            self.judge.intents_heard += 1
            if self.visit is not None:
                self.visit.okps.append(intent.receipt.okp)

    # --- Faults ----------------------------------------------------------------------------------------------

    def _lay_faults(self, visit: Visit) -> None:
        self.world.fate.relent(spell=False)
        self._step_clock()
        is_mailed = visit.basket is not None and "EMAIL" in visit.basket.keys
        for laid in sim_faults.draw(self.chance, is_mailed=is_mailed):
            self._lay(visit, laid)

    def _step_clock(self) -> None:
        """NTP may set a wrong clock right at any time."""
        if self.world.clock.ahead and one_in(self.chance, 4):
            self.world.clock.ahead = timedelta()

    def _lay(self, visit: Visit, laid: sim_faults.Laid) -> None:
        world, name = self.world, laid.name
        match laid.drawer:
            case Drawer.AUTHORITY if name in OUTAGES and one_in(self.chance, SPELL_ONE_IN):
                world.fate.begin_spell(name, self.chance.randint(3, 12))
            case Drawer.AUTHORITY | Drawer.MAIL:
                world.fate.lay(laid.drawer, name)
            case Drawer.PRINTER:
                world.fate.lay("drawer" if name == "drawer-dead" else "printer", name)
            case Drawer.KEYPAD:
                visit.keypad = name
            case Drawer.DISK if name == "disk-slow":
                world.disk.slow_s = self.chance.choice((0.05, 0.5, 1.5, 5.0))
                world.fate.strike(name)
            case Drawer.DISK:
                world.disk.armed.add(name)
            case Drawer.POWER:
                self.power.lay(name)
            case Drawer.CERTIFICATE:
                self.power.wants_renewal = True
            case Drawer.CLOCK:
                self._turn_clock(name)

    def _turn_clock(self, name: str) -> None:
        if self.world.clock.ahead or (name.endswith("1d") and self.told.counts["days turned"] >= 2):
            return
        after_s = self.chance.random() * CLOCK_TURNS_S if one_in(self.chance, 2) else 0.0
        self.world.nursery.start_soon(self._turn_clock_after, name, after_s, one_in(self.chance, 2))

    async def _turn_clock_after(self, name: str, seconds: float, wants_right: bool) -> None:
        """Also in the middle of a sale, unless the light goes out first."""
        if seconds:
            await trio.sleep(seconds)
        if not self.world.clock.ahead:
            self.told.counts["days turned"] += name.endswith("1d")
            self.world.clock.ahead = CLOCKS[name]
            self.world.fate.strike(name)
            self.power.wants_clock_right |= wants_right

    # --- The end ---------------------------------------------------------------------------------------------

    async def _end_well(self) -> None:
        """The world is fair: everything that waits is sent, and the day is closed."""
        self.visit = None
        self.power.relent()
        self.world.fate.relent()
        self.world.disk.armed.clear()
        began_s = trio.current_time()
        while self._waits() and trio.current_time() - began_s < DRAIN_S:
            await self.world.press("MENU", *map(str, self.cashier.send_now))
            await trio.sleep(1.5)
        self.told.violations += self.judge.after_drain(trio.current_time() - began_s)
        await self.cashier.close_day()

    def _waits(self) -> bool:
        register = self.world.register
        return register is not None and bool(register.outbox.box.queue)

    def _violate(self, invariant: str, sentence: str) -> None:
        self.told.violations.append((invariant, sentence))

    def _tell(self) -> Told:
        told, world = self.told, self.world
        told.receipts, told.faults = self.told_receipts, world.fate.struck
        told.chain = world.durable.chain.hex()
        told.counts["lives on the wire"] += self.is_wired
        told.counts["steps of the disk"] += world.disk.steps
        told.counts["records"] += len(world.durable.seen)
        told.counts["keys lost as the storage was opened anew"] += world.keys_lost
        told.counts["messages"] += len(world.authority.arrivals)
        told.counts["mails"] += len(world.mail.mails)
        told.counts["papers"] += len(world.printer.prints)
        return told


def told(error: BaseException | None) -> str:
    """An exception with what led to it, short."""
    return "".join(traceback.format_exception(error, limit=-3))[-3000:] if error else "nothing was raised"
