"""A shop's counter in one process: the real register, its authority over TLS and its printer on loopback.

What a test presses goes through the real keypad driver; what it sees are the turns of the register, the views of its
display, the papers that were cut, and at the end the journal.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import trio

from controller.app import run_register
from controller.reading import read_journal
from controller.settings import Settings, load_settings
from controller.simulate import World, serve_world
from controller.training import change_setting, init_training
from drivers.escpos_profiles import load_profile
from drivers.simulated.authority import serve_authority
from drivers.simulated.authority_faults import AuthorityFault
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.mail_visit import MailWorld
from drivers.simulated.printer import PrinterWorld
from drivers.simulated.training import load_authority_world
from states import effects as do, events as on
from states.fiscal.journal import Record, okp_of
from states.machines.menu import ENTRIES, Entry
from states.machines.outbox import Resting
from states.register import Register
from states.screen import screen
from states.view import View

LIMIT_S = 20.0
KEYS = "keys"
SETTINGS = {
    "keypad.driver": '"text"',
    "keypad.port": f'"{KEYS}"',
    "display.driver": '"none"',
    "authority.limit_s": "0.5",
    "authority.resend_s": "900.0",
}
"""The authority has half a second; the outbox sends when it is told to, or when the authority answers again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: what was heard, the register after it, and what it wanted."""

    event: on.Event
    after: Register
    effects: tuple[do.Effect, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What followed from some keys: the turns, and the papers that were cut meanwhile."""

    turns: tuple[Turn, ...]
    papers: tuple[str, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The states that the receipt went through, in order, whenever the clock ticked."""
        names = [type(turn.after.receipt).__name__ for turn in self.turns if not isinstance(turn.event, on.Ticked)]
        return tuple(name for place, name in enumerate(names) if place == 0 or names[place - 1] != name)

    @property
    def register(self) -> Register:
        """As it is afterwards."""
        return self.turns[-1].after

    @property
    def okp(self) -> str:
        """The one receipt that was sealed."""
        (sealed,) = [turn.event for turn in self.turns if isinstance(turn.event, on.Sealed)]
        return sealed.receipt.okp

    def view(self, language: str = "sk") -> View:
        """What the display shows afterwards."""
        return screen(self.register, "en" if language == "en" else "sk", training=True)

    def beeps(self) -> list[str]:
        """The notices that drew the cashier's attention."""
        wanted = (effect for turn in self.turns for effect in turn.effects)
        return [effect.notice for effect in wanted if isinstance(effect, do.Beep)]


@dataclass(slots=True)
class Counter:
    """The counter; ``authority`` may be told what to do wrong, ``close_authority`` leaves nobody at its address."""

    folder: Path
    settings: Settings
    world: World
    nursery: trio.Nursery
    turns: list[Turn] = field(default_factory=list)
    turned: trio.Event = field(default_factory=trio.Event)
    descriptor: int = -1
    serving: trio.CancelScope = field(default_factory=trio.CancelScope)
    left: trio.Event = field(default_factory=trio.Event)

    @property
    def authority(self) -> AuthorityWorld:
        """The other side."""
        return self.world.authority

    def watch(self, _before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """Keep the turn."""
        self.turns.append(Turn(event, after, effects))
        self.turned.set()
        self.turned = trio.Event()

    async def play(self, *keys: str, until: str = "Composing", faults: tuple[AuthorityFault, ...] = ()) -> Played:
        """Press the keys while the authority has these faults; over when the receipt is in this state at rest."""
        began, papers = len(self.turns), len(self.world.printer.texts)
        self.authority.faults[:] = faults
        os.write(self.descriptor, "".join(f"{key}\n" for key in keys).encode())
        with trio.fail_after(LIMIT_S):
            while not self._is_over(began, len(keys), until):
                await self.turned.wait()
        return Played(tuple(self.turns[began:]), self.world.printer.texts[papers:])

    async def choose(self, word: str, *keys: str, faults: tuple[AuthorityFault, ...] = ()) -> Played:
        """Choose an entry of the menu by its digits, and press these keys after it."""
        return await self.play("MENU", *map(str, menu_path(word)), *keys, faults=faults)

    async def send_now(self, faults: tuple[AuthorityFault, ...] = ()) -> Played:
        """Send what is unsent, from the menu."""
        return await self.choose("menu-unsent-send", faults=faults)

    async def until_sent(self) -> None:
        """Wait until nothing is unsent any more."""
        with trio.fail_after(LIMIT_S):
            while self.turns[-1].after.outbox.box.queue:
                await self.turned.wait()

    def _is_over(self, began: int, keys: int, until: str) -> bool:
        heard = sum(isinstance(turn.event, on.Key) for turn in self.turns[began:])
        if heard < keys:
            return False
        after = self.turns[-1].after
        return after.hears_keys and type(after.receipt).__name__ == until and isinstance(after.outbox, Resting)

    def records(self) -> dict[str, list[Record]]:
        """The journal's records of each receipt, by its OKP."""
        found: dict[str, list[Record]] = {}
        for stored in read_journal(self.folder):
            found.setdefault(okp_of(stored.record), []).append(stored.record)
        return found

    async def open_authority(self) -> None:
        """Somebody is at the authority's address."""
        self.left = trio.Event()
        self.serving = await self.nursery.start(self._serve)

    async def close_authority(self) -> None:
        """Nobody is there any more; its port refuses."""
        self.serving.cancel()
        await self.left.wait()

    async def _serve(self, *, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        port = urlsplit(self.settings.authority.url).port or 0
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(serve_authority, self.authority, port=port))
            task_status.started(nursery.cancel_scope)
        self.left.set()


@asynccontextmanager
async def open_counter(
    folder: Path,
    settings: dict[str, str] | None = None,
    *,
    portable: bool = False,
    ports: tuple[str, ...] = ("printer",),
) -> AsyncIterator[Counter]:
    """A counter in an empty folder, with these settings changed; it hears keys. ``ports`` are served besides the
    authority's.
    """
    init_training(folder, portable=portable)
    for key, value in (SETTINGS | (settings or {})).items():
        change_setting(folder, key, value)
    os.mkfifo(folder / KEYS, 0o600)
    loaded = load_settings(folder)
    printer = PrinterWorld(load_profile(loaded.printer.profile, folder))
    users = {loaded.mail.username: (folder / loaded.mail.password_file).read_text(encoding="utf-8").strip()}
    world = World(load_authority_world(folder), MailWorld(users=users), printer)
    async with trio.open_nursery() as nursery:
        counter = Counter(folder, loaded, world, nursery, descriptor=os.open(folder / KEYS, os.O_RDWR))
        await nursery.start(serve_world, world, folder, loaded, ports)
        await counter.open_authority()
        await nursery.start(run_register, folder, counter.watch)
        yield counter
        os.close(counter.descriptor)
        nursery.cancel_scope.cancel()


def menu_path(word: str) -> tuple[int, ...]:
    """The digits that lead to an entry of the menu."""
    (path,) = _paths(ENTRIES, word)
    return path


def _paths(entries: tuple[Entry, ...], word: str) -> Iterator[tuple[int, ...]]:
    for number, entry in enumerate(entries, 1):
        if entry.word == word:
            yield (number,)
        elif isinstance(entry.gives, tuple):
            yield from ((number, *path) for path in _paths(entry.gives, word))
