"""A disk in memory on which the power may fail after any step, and every state in which it may then be found.

What was written and not synced may be lost, be there, or be there in part: up to any byte, with zeros or garbage after
it, or by sectors in any order. A name that was given and not synced may be lost or be there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from drivers.journal_disk import Disk

SECTOR = 512
NOWHERE = Path("in memory")
Contents = dict[int, bytes]
Names = dict[str, int]


class PowerCutError(Exception):
    """The power failed."""


class Power:
    """Counts the steps of all disks that hang on it, and fails after the one asked for."""

    def __init__(self, cut_after: int = -1) -> None:
        self.steps = 0
        self.cut_after = cut_after

    def step(self) -> None:
        """PowerCutError after this step if it is the one."""
        self.steps += 1
        if self.steps == self.cut_after:
            raise PowerCutError


class CrashDisk(Disk):
    """Hangs on a power of its own if it is not given one; ``futures`` are the disks that may be found after a cut."""

    def __init__(
        self, names: Names | None = None, contents: Contents | None = None, power: Power | None = None
    ) -> None:
        super().__init__(NOWHERE)
        self.power = power or Power()
        self._names = dict(names or {})
        self._kept_names = dict(self._names)
        self._kept = dict(contents or {})
        self._now = {inode: bytearray(content) for inode, content in self._kept.items()}
        self._pending: list[tuple[int, int, bytes]] = []

    @property
    def steps(self) -> int:
        """How many steps its power has counted."""
        return self.power.steps

    @property
    def cut_after(self) -> int:
        """The step after which the power fails, -1 if it never does."""
        return self.power.cut_after

    @cut_after.setter
    def cut_after(self, step: int) -> None:
        self.power.cut_after = step

    # --- The operations of Disk --------------------------------------------------------------------------

    def lock(self) -> None:
        """Nobody else can see this disk."""

    def close(self) -> None:
        """Nothing is open."""

    def names(self) -> list[str]:
        return sorted(self._names)

    def size(self, name: str) -> int:
        return len(self._now[self._names[name]])

    def free_bytes(self) -> int:
        return 1 << 40

    def read(self, name: str, offset: int, length: int) -> bytes:
        return bytes(self._now[self._names[name]][offset : offset + length])

    def create(self, name: str) -> None:
        inode = max(self._now, default=0) + 1
        self._names[name] = inode
        self._now[inode] = bytearray()
        self._kept[inode] = b""
        self.power.step()

    def write(self, name: str, offset: int, content: bytes) -> None:
        inode = self._names[name]
        _put(self._now[inode], offset, content)
        self._pending.append((inode, offset, content))
        self.power.step()

    def sync(self, name: str) -> None:
        inode = self._names[name]
        self._kept[inode] = bytes(self._now[inode])
        self._pending = [each for each in self._pending if each[0] != inode]
        self.power.step()

    def forget_cached(self, name: str) -> None:
        """There is no cache."""

    def rename(self, old: str, new: str) -> None:
        self._names[new] = self._names.pop(old)
        self.power.step()

    def remove(self, name: str) -> None:
        self._names.pop(name, None)
        self.power.step()

    def sync_folder(self) -> None:
        self._kept_names = dict(self._names)
        self.power.step()

    # --- After the power cut -----------------------------------------------------------------------------

    @property
    def last_write(self) -> tuple[int, int, bytes] | None:
        """The write that was under way: inode, offset, content."""
        return self._pending[-1] if self._pending else None

    def futures(self, byte_step: int, seed: int) -> Iterator[CrashDisk]:
        """Every disk that may be found; writes torn at every ``byte_step``-th byte, garbage from the seed."""
        for names in [self._kept_names, *([self._names] if self._names != self._kept_names else [])]:
            for contents in self._possible_contents(byte_step, random.Random(seed)):
                yield CrashDisk(names, contents)

    def twin(self, power: Power | None = None) -> CrashDisk:
        """Another disk with the same files, all of them durable, and its own power if it is not given one."""
        return CrashDisk(self._names, {inode: bytes(content) for inode, content in self._now.items()}, power)

    def after_loss(self) -> CrashDisk:
        """The disk that is found if all is lost that was not synced."""
        return CrashDisk(self._kept_names, self._kept)

    def image(self, name: str) -> bytes:
        """The content of a file."""
        return bytes(self._now[self._names[name]])

    def flipped(self, name: str, position: int, mask: int) -> CrashDisk:
        """This disk with some bits of a byte turned over."""
        contents = {inode: bytes(content) for inode, content in self._now.items()}
        damaged = bytearray(contents[self._names[name]])
        damaged[position] ^= mask
        return CrashDisk(self._names, {**contents, self._names[name]: bytes(damaged)})

    def _possible_contents(self, byte_step: int, chance: random.Random) -> Iterator[Contents]:
        yield dict(self._kept)
        if self.last_write is None:
            return
        inode, offset, content = self.last_write
        before = {each: bytearray(kept) for each, kept in self._kept.items()}
        for other, at, earlier in self._pending[:-1]:
            _put(before[other], at, earlier)
        whole = {each: bytes(kept) for each, kept in before.items()}
        for torn in _torn(whole[inode][offset : offset + len(content)], content, offset, byte_step, chance):
            after = bytearray(whole[inode])
            _put(after, offset, torn)
            yield {**whole, inode: bytes(after)}


def _torn(old: bytes, new: bytes, offset: int, byte_step: int, chance: random.Random) -> Iterator[bytes]:
    """The forms that a write may take on the medium."""
    old = old.ljust(len(new), b"\0")
    for cut in range(byte_step, len(new), byte_step):
        yield new[:cut] + old[cut:]
        if any(old[cut:]):
            yield new[:cut] + bytes(len(new) - cut)
        yield new[:cut] + chance.randbytes(len(new) - cut)
    edges = [0, *range(SECTOR - offset % SECTOR, len(new), SECTOR), len(new)]
    for _ in range(4):
        pieces = [chance.choice((old, new))[a:b] for a, b in pairwise(edges)]
        yield b"".join(pieces)
    yield new


def _put(content: bytearray, offset: int, piece: bytes) -> None:
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(piece)] = piece
