"""The small ports of a simulated world: the journal without its thread, the display, the keypad, and the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar, TypeVarTuple

import trio

from drivers.clock_system import BRATISLAVA
from drivers.journal_book import Book
from drivers.journal_port import JournalStorage
from drivers.keypad_text_codec import decode_line
from states import events as on
from states.fiscal.journal import Record, Stored
from states.view import View
from tests.sim_disk import SimDisk

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")

LATE_ANSWER_S = 1.0
"""A disk slower than this is slow after it has written, so that a record is durable long before that is known."""


class Owner(Protocol):
    """The world that a storage belongs to."""

    disk: SimDisk
    dark: trio.Event
    slow: list[tuple[float, float]]

    def acknowledge(self, stored: Stored) -> None:
        """The register may rely on it from now on."""


class SimStorage(JournalStorage):
    """The journal without its thread; what was acknowledged is remembered by the world."""

    def __init__(self, book: Book, world: Owner) -> None:
        super().__init__(book)
        self._world = world

    async def append(self, record: Record) -> Stored:
        """As Storage has it."""
        stored = await super().append(record)
        self._world.acknowledge(stored)
        return stored

    async def _in_thread(self, call: Callable[[*_Arguments], _Answer], *arguments: *_Arguments) -> _Answer:
        await trio.lowlevel.checkpoint()
        slow_s = self._world.disk.take_slow_s()
        is_late_answer = slow_s > LATE_ANSWER_S
        if slow_s and not is_late_answer:
            await self._pass(slow_s)
        answer = call(*arguments)
        if is_late_answer:
            await self._pass(slow_s)
        return answer

    async def _pass(self, seconds: float) -> None:
        """The thread cannot be cancelled; without power it is gone."""
        self._world.slow.append((trio.current_time(), seconds))
        with trio.CancelScope(shield=True), trio.move_on_after(seconds):
            await self._world.dark.wait()


@dataclass
class Screen:
    """The display: the view that is seen now, and the longest line that the customer's side was ever to show."""

    view: View = field(default_factory=View)
    widest: int = 0
    beeps: int = 0

    async def show(self, view: View) -> None:
        """As Display has it."""
        self.view = view
        self.widest = max((self.widest, *map(len, view.customer)))

    async def beep(self) -> None:
        """As Display has it."""
        self.beeps += 1
        await trio.lowlevel.checkpoint()


class Keys:
    """The keypad: what was typed waits in it until it is heard."""

    def __init__(self) -> None:
        self._give, self._take = trio.open_memory_channel[on.Key](float("inf"))
        self.taken = 0
        self.pressed: Counter[str] = Counter()

    async def next_key(self) -> on.Key:
        """As Keypad has it."""
        key = await self._take.receive()
        self.taken += 1
        return key

    def wants_words(self, wanted: bool) -> None:
        """Words come as such."""

    def press(self, name: str) -> None:
        """Press the key of this name."""
        key = decode_line(name.encode())
        assert key is not None, name
        self._give.send_nowait(key)
        self.pressed[name] += 1


@dataclass
class RegisterClock:
    """The register's own clock, so far ``ahead`` of the true time, which began at ``begins``."""

    begins: datetime
    ahead: timedelta = timedelta()
    slept: timedelta = timedelta()
    expired_ever: bool = False

    def true(self) -> datetime:
        """The true time."""
        return (self.begins + self.slept + timedelta(seconds=trio.current_time())).astimezone(BRATISLAVA)

    def now(self) -> datetime:
        """What the register takes for the time."""
        return self.true() + self.ahead

    def wall_ns(self) -> int:
        """The same in ns of Unix."""
        return (self.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


class Ended:
    """A block of the register's life that may end by an exception; ``failure`` is what ended it. It is never lost: the
    world looks at it next, and a cancellation goes on as one."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None

    def __enter__(self) -> Ended:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if error is None:
            return False
        whole = error if isinstance(error, BaseExceptionGroup) else BaseExceptionGroup("ended", [error])
        self.failure, rest = whole.split(Exception)
        if rest is not None and self.failure is not None:
            raise rest
        return rest is None
