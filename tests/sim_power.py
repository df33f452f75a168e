"""When the power goes, what is then lost, and what befalls a register while it is off.

A cut comes at a step of the disk, a while after a machine entered a state, or at any time; also in the middle of the
start that follows a cut. A killed process leaves the kernel's cache, a power cut only what was on the medium.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import trio

from drivers.journal_index import INDEX_NAME
from states import effects as do, events as on
from states.register import Register
from tests.sim_chance import one_in
from tests.sim_faults import BOOT_1970, EXPIRED, FLIPPED, INDEXES, NESTED, RENEWED
from tests.sim_world import World

STEPS_MAX = 16
NESTED_STEPS_MAX = 12
NESTED_ONE_IN = 4
INDEX_ONE_IN = 5
PAGE_BYTES = 4096
"""A page of the index is spoilt as a whole, and not the first."""

FLIPPED_ONE_IN = 150
BOOT_1970_ONE_IN = 12
EXPIRES_ONE_IN = 3
LATEST_S = 6.0
STATES = (
    ("receipt", "Sealing"),
    ("receipt", "Registering"),
    ("receipt", "Online"),
    ("receipt", "Offline"),
    ("receipt", "Refusing"),
    ("receipt", "Refused"),
    ("receipt", "Emailing"),
    ("receipt", "Diverting"),
    ("receipt", "Printing"),
    ("receipt", "Interrupting"),
    ("receipt", "AwaitingPaper"),
    ("receipt", "Sent"),
    ("receipt", "Printed"),
    ("outbox", "Reattempting"),
    ("outbox", "Resending"),
    ("outbox", "Resolving"),
    ("slip", "Gathering"),
    ("slip", "PrintingSlip"),
)
AFTER_S = (0.0, 0.0, 0.01, 0.2, 0.5)


class Power:
    """``is_flipped`` once a bit of a closed record was turned: the next start must refuse."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world, self._chance = world, chance
        self._kind = ""
        self._keeps_cache = False
        self._awaited: tuple[str, str] | None = None
        self._was_dark = False
        self.is_flipped = False
        self.is_nested_laid = False
        self.wants_renewal = False
        self.wants_clock_right = False
        world.watchers.append(self._watch)
        world.on_dark = self._hear_dark

    # --- While it is on ------------------------------------------------------------------------------------

    def lay(self, kind: str) -> None:
        """The power will go, in one of the ways."""
        chance, self._kind = self._chance, kind
        self._keeps_cache = kind == "process-killed"
        way = kind if kind != "process-killed" else chance.choice(("power-cut-at-step", "power-cut-in-state"))
        if way == "power-cut-at-step":
            self._world.disk.cut_in = chance.randint(1, STEPS_MAX)
        elif way == "power-cut-in-state":
            self._awaited = chance.choice(STATES)
        else:
            self._world.nursery.start_soon(self._cut_after, chance.random() * LATEST_S)

    def _watch(self, before: Register, _event: on.Event, after: Register, _effects: tuple[do.Effect, ...]) -> None:
        if self._awaited is None:
            return
        machine, state = self._awaited
        if type(getattr(after, machine)).__name__ == state != type(getattr(before, machine)).__name__:
            self._awaited = None
            self._world.nursery.start_soon(self._cut_after, self._chance.choice(AFTER_S))

    async def _cut_after(self, seconds: float) -> None:
        await trio.sleep(seconds)
        if self._kind:
            self._world.go_dark()

    def _hear_dark(self) -> None:
        self._world.fate.strike(self._kind or NESTED)
        self._kind, self._awaited, self._was_dark = "", None, True

    def relent(self) -> None:
        """It stays on."""
        self._kind, self._awaited, self._world.disk.cut_in = "", None, 0

    def after_start(self) -> None:
        """It is up: a cut in the middle of the start did not come, and does not come any more."""
        if self.is_nested_laid:
            self.is_nested_laid = False
            self._world.disk.cut_in = 0

    @property
    def is_quiet(self) -> bool:
        """The journal is whole and the clock believable: a start will succeed."""
        return not self.is_flipped and not self._world.clock.ahead

    # --- While it is off -----------------------------------------------------------------------------------

    def before_start(self) -> None:
        """What befalls a register that is off, and what a technician does; then it is switched on."""
        world, chance, was_dark = self._world, self._chance, self._was_dark
        world.disk.switch_on(keeps_cache=not was_dark or self._keeps_cache)
        self._kind, self._was_dark, self._keeps_cache, self.is_nested_laid = "", False, False, False
        if was_dark and one_in(chance, INDEX_ONE_IN):
            self._harm_index()
        if was_dark and one_in(chance, FLIPPED_ONE_IN):
            self._flip()
        if self.wants_renewal:
            self._renew()
        if self.wants_clock_right:
            self._set_clock()
        elif one_in(chance, BOOT_1970_ONE_IN):
            world.fate.strike(BOOT_1970)
            world.clock.ahead = datetime.fromtimestamp(3600, world.clock.true().tzinfo) - world.clock.true()
        if was_dark and one_in(chance, NESTED_ONE_IN):
            world.disk.cut_in, self.is_nested_laid = chance.randint(1, NESTED_STEPS_MAX), True

    def _set_clock(self) -> None:
        """A technician sets it; if the last receipt lies ahead, the shop is shut until then."""
        clock, self.wants_clock_right = self._world.clock, False
        clock.ahead = timedelta()
        if intents := self._world.durable.intents:
            last = max(datetime.fromisoformat(one.receipt.create_date) for one in intents)
            clock.slept += max(timedelta(), last - clock.true() + timedelta(seconds=1))

    def _renew(self) -> None:
        world, self.wants_renewal = self._world, False
        true = world.clock.true()
        is_short = one_in(self._chance, EXPIRES_ONE_IN)
        until = true + (timedelta(seconds=self._chance.randint(30, 200)) if is_short else timedelta(days=300))
        world.signer = world.issue(true - timedelta(days=1), until)
        world.clock.expired_ever |= is_short
        world.fate.strike(EXPIRED if is_short else RENEWED)

    def _harm_index(self) -> None:
        path, kind = self._world.disk.folder / INDEX_NAME, self._chance.choice(INDEXES)
        if not path.exists() or path.stat().st_size <= PAGE_BYTES:
            return
        self._world.fate.strike(kind)
        content = bytearray(path.read_bytes())
        if kind == "index-lost":
            path.unlink()
        elif kind == "index-spoilt":
            page = self._chance.randrange(0, len(content), PAGE_BYTES)
            content[page : page + PAGE_BYTES] = self._chance.randbytes(len(content[page : page + PAGE_BYTES]))
            path.write_bytes(content)
        else:
            path.write_bytes(self._older or content[: len(content) // 2])
        self._older = bytes(content)

    _older = b""

    def _flip(self) -> None:
        """Some bits of one byte of a closed record."""
        disk, chance = self._world.disk, self._chance
        segments = [name for name in disk.names() if self._world.durable.end_of(name)]
        if not segments:
            return
        name = chance.choice(segments)
        end = self._world.durable.end_of(name)
        disk.flip(name, chance.randrange(end), 1 << chance.randrange(8))
        self.is_flipped = True
        self._world.fate.strike(FLIPPED)
