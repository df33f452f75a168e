"""A simulated world around one register: its ports, its power, its clock, and everything that was seen of it.

The register is the real one from ``run_opened`` down: machines, lanes, recovery, journal and index. Time is trio's
MockClock, the journal's disk is in memory, and a thread's work takes no time unless the disk is slow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import trio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from controller.app import run_opened
from controller.opening import BACKSTOP_S, Opening
from controller.outputs import Outputs, Ports
from controller.settings import Cashier, Settings
from controller.settings_model import Authority as AuthoritySettings
from drivers.identity_files import FileSigner, check_match
from drivers.journal_book import Book
from drivers.journal_log import Log
from drivers.journal_port import JournalStorage
from drivers.simulated.training import TRAINING_IDENTITY
from states import effects as do, events as on
from states.fiscal.journal import Opened, Stored
from states.register import Register
from states.view import View
from tests.outage_baskets import CURRENCIES, DEPARTMENTS
from tests.sim_authority import RESEND_LIMIT_S, SimAuthority
from tests.sim_chance import stream, uuids
from tests.sim_disk import SimDisk
from tests.sim_durable import Durable
from tests.sim_fate import Fate
from tests.sim_identity import Office
from tests.sim_mail import LIMIT_S as MAIL_LIMIT_S, Post
from tests.sim_paper import Tray
from tests.sim_ports import Ended, Keys, RegisterClock, Screen, SimStorage

LIMIT_S = 5.0
RESEND_S = 2.0
GUARD_S = 600.0
"""In this time any register hears keys again, whatever its world does."""

SEGMENT_BYTES, LIFE_BYTES = 128 * 1024, 40 * 1024
SETTINGS = Settings(
    authority=AuthoritySettings(limit_s=LIMIT_S, resend_s=RESEND_S),
    department=DEPARTMENTS,
    currency=CURRENCIES,
    cashier=(Cashier(1, "Jana"),),
)


class StuckError(Exception):
    """The register does not hear keys any more."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a start went on with a receipt (both empty for none); ``head`` is the last durable record then."""

    state: str
    okp: str
    head: int

    @classmethod
    def of(cls, register: Register, head: int) -> Start:
        """What the register does about a receipt as it starts."""
        receipt = getattr(register.receipt, "receipt", None)
        return cls(type(register.receipt).__name__, receipt.okp, head) if receipt else cls("", "", head)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the register, of which only the newest are kept."""

    event: on.Event
    at_s: float


class World:
    """Everything of one life. ``watchers`` hear each turn; ``power`` ends whatever the register does."""

    def __init__(self, seed: int, folder: Path, begins: datetime, duplicates: str) -> None:
        self.seed, self.folder = seed, folder
        self.clock = RegisterClock(begins)
        self.disk = SimDisk(folder / "journal", stream(seed, "disk"))
        self.durable = Durable(self.disk)
        self.fate = Fate(lambda: self.durable.head)
        self.disk.told, self.disk.cut, self.disk.synced = self.fate.strike, self.go_dark, self._read_durable
        self.printer = Tray(self.fate, stream(seed, "printer"))
        self.mail = Post(self.fate, stream(seed, "mail"))
        self.authority = SimAuthority(self.fate, stream(seed, "authority"), duplicates)
        self.display = Screen()
        self.office = Office(begins - timedelta(days=900), begins + timedelta(days=900))
        self.signer = self.issue(begins - timedelta(days=1), begins + timedelta(days=300))
        self.new_uuid = uuids(stream(seed, "uuid"))
        self.acknowledged = -1
        self.acknowledged_seqs: set[int] = set()
        self.opened = 0
        self.starts: list[Start] = []
        self.offs: list[float] = []
        self.slow: list[tuple[float, float]] = []
        self.waiting: dict[str, float] = {}
        self.turns: deque[Turn] = deque(maxlen=40)
        self.watchers: list[Callable[[Register, on.Event, Register, tuple[do.Effect, ...]], None]] = []
        self.on_durable: Callable[[], None] = lambda: None
        self.on_dark: Callable[[], None] = lambda: None
        self.amiss: list[tuple[str, str]] = []
        self.power = trio.CancelScope()
        self.dark = trio.Event()
        self.register: Register | None = None
        self._open: SimStorage
        self.pressed = self.heard = self.keys_lost = 0
        self.failure: BaseException | None = None
        self.reopens = stream(seed, "reopens").random() < 0.7
        self._turned = trio.Event()

    def issue(self, since: datetime, until: datetime) -> FileSigner:
        """A new certificate of the register, known to the authority from now on."""
        signer = self.office.issue(since, until)
        key = self.office.issued[-1].certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        self.authority.keys[signer.certificate_serial] = key
        return signer

    def _read_durable(self, _name: str) -> None:
        found = self.durable.read(trio.current_time())
        self.opened += sum(isinstance(one.record, Opened) for one in found)
        if found:
            self.on_durable()

    def acknowledge(self, stored: Stored) -> None:
        """The register may rely on it from now on, so it must be on the medium now, behind what was there before."""
        if stored.seq <= self.acknowledged:
            self.amiss.append(("I2", f"record {stored.seq} was durable, and another one stands in its place"))
        self.acknowledged = max(self.acknowledged, stored.seq)
        self.acknowledged_seqs.add(stored.seq)
        if stored.seq > self.durable.head or self.durable.chains[stored.seq] != stored.chain:
            self.amiss.append(("I1", f"record {stored.seq} was acknowledged, and is not on the medium"))

    @property
    def now_s(self) -> float:
        """Virtual seconds since the life began."""
        return trio.current_time()

    def was_off_between(self, since_s: float, until_s: float) -> bool:
        """The register was off, or stopped, at some time of these."""
        return until_s > self.on_until_s() or any(since_s <= one <= until_s for one in self.offs)

    def on_until_s(self) -> float:
        """So far it is known what the register did."""
        return trio.current_time()

    def slow_between(self, since_s: float, until_s: float) -> float:
        """How long a slow disk kept the register waiting."""
        return sum(seconds for at_s, seconds in self.slow if since_s - seconds <= at_s <= until_s)

    # --- Power ---------------------------------------------------------------------------------------------

    def go_dark(self) -> None:
        """From now on nothing leaves the register any more."""
        self.on_dark()
        self.disk.is_off, self.fate.is_on = True, False
        self.dark.set()
        self.power.cancel()

    async def run(self, work: Callable[[], Awaitable[None]]) -> str:
        """Switch the register on and do the work in front of it: ``done``, ``dark``, ``refused`` or ``failed``."""
        self.power, self.dark, self.failure = trio.CancelScope(), trio.Event(), None
        self.fate.is_on = True
        self.register, self.pressed, self.heard, self.keys = None, 0, 0, Keys()
        is_done = False
        with self.power, Ended() as ended:
            async with self._storage() as storage, trio.open_nursery() as nursery:
                self.nursery = nursery
                nursery.start_soon(run_opened, self.opening(storage), self._watch, trio.TASK_STATUS_IGNORED)
                await work()
                is_done = True
                self.power.cancel()
        self.failure = ended.failure
        self.fate.is_on = False
        self.offs.append(trio.current_time())
        self.display.view = View()
        if is_done and not self.disk.is_off:
            return "done"
        if self.disk.is_off:
            return "dark"
        return "failed" if self.register is not None else "refused"

    def _new_storage(self) -> SimStorage:
        log = Log(
            self.disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, wall_ns=self.clock.wall_ns, mono_ns=mono_ns
        )
        return SimStorage(Book(self.disk, log, index_room_bytes=1), self)

    async def _reopen(self) -> JournalStorage:
        """Close the storage that failed and open it anew."""
        lost = self.keys.taken - self.heard
        self.pressed, self.keys.taken, self.keys_lost = self.pressed - lost, self.heard, self.keys_lost + lost
        await self._open.close()
        self._open = self._new_storage()
        await self._open.open()
        return self._open

    @asynccontextmanager
    async def _storage(self) -> AsyncIterator[JournalStorage]:
        storage = self._new_storage()
        self._open = storage
        try:
            await storage.open()
            yield storage
        finally:
            with trio.CancelScope(shield=True):
                await self._open.close()

    def opening(self, storage: JournalStorage, chance: Random | None = None) -> Opening:
        """As ``open_all`` puts it together; with a chance of its own for a start that is only tried."""
        check_match(TRAINING_IDENTITY, self.signer, self.clock.now())
        ports = Ports(storage, self.authority, self.mail, self.printer, self.display, self.signer, self.clock)
        limits_s: dict[type[do.Effect], float] = {
            do.Register: LIMIT_S + BACKSTOP_S,
            do.Locate: LIMIT_S,
            do.Email: MAIL_LIMIT_S + BACKSTOP_S,
        }
        sw_id = "8639BA17" * 5
        outputs = Outputs(
            ports,
            TRAINING_IDENTITY,
            sw_id,
            False,
            LIMIT_S,
            limits_s,
            new_uuid=uuids(chance) if chance else self.new_uuid,
        )
        return Opening(SETTINGS, TRAINING_IDENTITY, self.keys, outputs, self._reopen if self.reopens else None)

    # --- What is seen --------------------------------------------------------------------------------------

    def _watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        if self.opened > len(self.starts):
            self.starts += [Start.of(before, self.durable.head)] * (self.opened - len(self.starts))
        self.register = after
        self.heard += isinstance(event, on.Key)
        self.turns.append(Turn(event, trio.current_time()))
        for effect in effects:
            if isinstance(effect, do.Register):
                self.authority.ask(effect.attempt.uuid, do.BRIEF_S if effect.briefly else LIMIT_S)
            elif isinstance(effect, do.Resend):
                self.authority.ask(effect.attempt.uuid, RESEND_LIMIT_S)
        for watcher in self.watchers:
            watcher(before, event, after, effects)
        self._turned.set()

    # --- The cashier's fingers -----------------------------------------------------------------------------

    async def press(self, *names: str) -> Register:
        """Press the keys one after the other; the register when the last one was heard and the next may come."""
        self.type_ahead(*names)
        return await self.until_ready()

    def type_ahead(self, *names: str) -> None:
        """Press the keys, whether the register listens or not."""
        for name in names:
            self.keys.press(name)
            self.pressed += 1

    async def until_ready(self) -> Register:
        """Wait until all keys were heard and the next may come."""
        return await self.until(lambda register: self.heard == self.pressed and register.hears_keys)

    async def until(self, is_so: Callable[[Register], bool]) -> Register:
        """Wait until this is so of the register; StuckError if it never is."""
        with trio.move_on_after(GUARD_S):
            while self.register is None or not is_so(self.register):
                self._turned = trio.Event()
                await self._turned.wait()
            return self.register
        raise StuckError(f"after {GUARD_S:g} s: {type(self.register and self.register.receipt).__name__}")


def mono_ns() -> int:
    """The monotonic time of the register."""
    return int(trio.current_time() * 1e9)


def is_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """The exception, or one that it groups or follows from, is of this kind."""
    if error is None:
        return False
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return isinstance(error, kind) or is_of(error.__cause__, kind) or any(is_of(one, kind) for one in within)
