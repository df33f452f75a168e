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
Contents = dict[int, bytes]
Names = dict[str, int]


class PowerCutError(Exception):
    """The power failed."""


class CrashDisk(Disk):
    """Counts its steps and fails after the one asked for; ``futures`` are the disks that may be found then."""

    def __init__(self, names: Names | None = None, contents: Contents | None = None) -> None:
        super().__init__(Path("in memory"))
        self._names = dict(names or {})
        self._kept_names = dict(self._names)
        self._kept = dict(contents or {})
        self._now = {inode: bytearray(content) for inode, content in self._kept.items()}
        self._pending: list[tuple[int, int, bytes]] = []
        self.steps = 0
        self.cut_after = -1

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
        self._step()

    def write(self, name: str, offset: int, content: bytes) -> None:
        inode = self._names[name]
        _put(self._now[inode], offset, content)
        self._pending.append((inode, offset, content))
        self._step()

    def sync(self, name: str) -> None:
        inode = self._names[name]
        self._kept[inode] = bytes(self._now[inode])
        self._pending = [each for each in self._pending if each[0] != inode]
        self._step()

    def forget_cached(self, name: str) -> None:
        """There is no cache."""

    def rename(self, old: str, new: str) -> None:
        self._names[new] = self._names.pop(old)
        self._step()

    def remove(self, name: str) -> None:
        self._names.pop(name, None)
        self._step()

    def sync_folder(self) -> None:
        self._kept_names = dict(self._names)
        self._step()

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.cut_after:
            raise PowerCutError

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
