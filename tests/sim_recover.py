"""Recovery twice: a start on what a power cut left, and a start on what that start left, go on in the same way.

Both starts are made on copies; the life itself does not notice. A receipt that the second one gives up, because it is
the third start with it, is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar, TypeVarTuple

import trio

from controller.starting import start
from drivers.journal_book import Book
from drivers.journal_log import Log
from drivers.journal_port import JournalStorage
from states.fiscal.journal import SetAside, okp_of
from states.queueing import name_of
from states.register import Register
from tests.sim_disk import SimDisk
from tests.sim_world import LIFE_BYTES, SEGMENT_BYTES, World, mono_ns

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")


class CopyStorage(JournalStorage):
    """A journal without its thread."""

    async def _in_thread(self, call: Callable[[*_Arguments], _Answer], *arguments: *_Arguments) -> _Answer:
        await trio.lowlevel.checkpoint()
        return call(*arguments)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start made of a journal: the receipt it goes on with and how, what waits, and what was set aside."""

    state: str
    okp: str
    waiting: frozenset[str]
    aside: frozenset[str]

    @classmethod
    def of(cls, register: Register, aside: frozenset[str]) -> Recovered:
        """What is to be the same; ``aside`` are the receipts that any start gave up."""
        receipt = getattr(register.receipt, "receipt", None)
        waiting = frozenset(name_of(one.message) for one in register.outbox.box.queue)
        return cls(type(register.receipt).__name__ if receipt else "", receipt.okp if receipt else "", waiting, aside)


async def recovered(world: World, image: dict[str, bytes], folder: Path) -> tuple[Recovered, dict[str, bytes]]:
    """What a start makes of these files, and the files after it."""
    disk = SimDisk(folder, Random(0))
    disk.load(image)
    log = Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, wall_ns=world.clock.wall_ns, mono_ns=mono_ns)
    storage = CopyStorage(Book(disk, log, index_room_bytes=1))
    try:
        await storage.open()
        register, _ = await start(world.opening(storage, Random(1)))
        aside = frozenset([okp_of(stored.record) async for stored in storage.records_of(SetAside)])
    finally:
        await storage.close()
    return Recovered.of(register, aside), disk.image()


async def differences(world: World) -> Iterator[tuple[str, str]]:
    """I28: what is not the same after a second start."""
    folder = world.folder / f"again-{world.disk.steps}"
    first, image = await recovered(world, world.disk.image(), folder / "first")
    second, _ = await recovered(world, image, folder / "second")
    is_given_up = second.aside - first.aside
    if first != second and not is_given_up:
        return iter((("I28", f"the first start made {first} of it, the second {second}"),))
    return iter(())
