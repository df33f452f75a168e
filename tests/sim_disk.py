"""A disk in memory with a page cache: what was not synced may be lost, torn or there after the power was cut.

Beside the power cut at any step it knows the failures of real ones: an error of a write or a sync (after which the
kernel takes what it could not write for written), no room, and a disk that is slow.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

from drivers.journal_disk import Disk
from drivers.journal_frames import SECTOR

ROOM_BYTES = 1 << 40


class PowerCutError(Exception):
    """The power failed, or the process was killed, in the middle of what it did."""


@dataclass
class File:
    """``now`` is what reads see, ``kept`` what the medium holds, ``pending`` what was written and not synced."""

    now: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes]] = field(default_factory=list)
    is_stale: bool = False


class SimDisk(Disk):
    """``steps`` are counted since it was made; ``is_off`` once the power is cut. ``cut_in`` and the armed faults are
    set by whoever plays fate; ``told`` hears of each that struck, ``synced`` of each file whose content is durable."""

    def __init__(self, folder: Path, chance: Random) -> None:
        super().__init__(folder)
        self._chance = chance
        self._files: dict[str, File] = {}
        self._kept_names: dict[str, File] = {}
        self.steps = 0
        self.cut_in = 0
        self.is_off = False
        self.armed: set[str] = set()
        self.slow_s = 0.0
        self.told: Callable[[str], None] = lambda fault: None
        self.cut: Callable[[], None] = lambda: None
        self.synced: Callable[[str], None] = lambda name: None

    # --- The operations of Disk --------------------------------------------------------------------------

    def lock(self) -> None:
        """Nobody else can see this disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fail_if_off()

    def close(self) -> None:
        """Nothing is open."""

    def names(self) -> list[str]:
        """As Disk has it."""
        return sorted(self._files)

    def size(self, name: str) -> int:
        """As Disk has it."""
        return len(self._files[name].now)

    def free_bytes(self) -> int:
        """As Disk has it."""
        return 0 if self._strikes("disk-full", "free") else ROOM_BYTES

    def read(self, name: str, offset: int, length: int) -> bytes:
        """As Disk has it."""
        self._fail_if_off()
        return bytes(memoryview(self._files[name].now)[offset : offset + length])

    def create(self, name: str) -> None:
        """As Disk has it."""
        self._fail_if_off()
        if self._strikes("disk-full", "create"):
            raise OSError(errno.ENOSPC, "no room", name)
        self._files[name] = File()
        self._step()

    def write(self, name: str, offset: int, content: bytes) -> None:
        """As Disk has it."""
        self._fail_if_off()
        if self._strikes("disk-write-error", "write"):
            self._put_pending(name, offset, content[: self._chance.randrange(len(content) + 1)])
            raise OSError(errno.EIO, "the write failed", name)
        self._put_pending(name, offset, content)
        self._step()

    def _put_pending(self, name: str, offset: int, content: bytes) -> None:
        file = self._files[name]
        _put(file.now, offset, content)
        file.pending.append((offset, content))

    def sync(self, name: str) -> None:
        """As Disk has it; a cut in the middle of it may come before the medium has it, or after."""
        self._fail_if_off()
        file = self._files[name]
        if self._strikes("disk-sync-error", "sync"):
            self._drop_pending(file)
            raise OSError(errno.EIO, "the sync failed", name)
        if self.cut_in == 1 and self._chance.random() < 0.5:
            self._step()
        for offset, content in file.pending:
            _put(file.kept, offset, content)
        file.pending.clear()
        self.synced(name)
        self._step()

    def _drop_pending(self, file: File) -> None:
        """Some of it reached the medium; the cache takes all of it for written."""
        for offset, content in file.pending:
            if self._chance.random() < 0.5:
                _put(file.kept, offset, content)
        file.pending.clear()
        file.is_stale = True

    def forget_cached(self, name: str) -> None:
        """The next read comes from the medium."""
        file = self._files[name]
        if file.is_stale and not file.pending:
            file.now[:] = file.kept
            file.is_stale = False

    def rename(self, old: str, new: str) -> None:
        """As Disk has it."""
        self._fail_if_off()
        self._files[new] = self._files.pop(old)
        self._step()

    def remove(self, name: str) -> None:
        """As Disk has it."""
        self._fail_if_off()
        self._files.pop(name, None)
        self._step()

    def sync_folder(self) -> None:
        """As Disk has it."""
        self._fail_if_off()
        self._kept_names = dict(self._files)
        self._step()

    # --- Fate ---------------------------------------------------------------------------------------------

    def _strikes(self, fault: str, where: str) -> bool:
        """An armed fault strikes once; no room lasts until it is disarmed."""
        if fault not in self.armed:
            return False
        if fault != "disk-full":
            self.armed.discard(fault)
        self.told(fault)
        return True

    def _fail_if_off(self) -> None:
        if self.is_off:
            raise PowerCutError

    def _step(self) -> None:
        self.steps += 1
        if self.cut_in:
            self.cut_in -= 1
            if not self.cut_in:
                self.is_off = True
                self.cut()
                raise PowerCutError

    def take_slow_s(self) -> float:
        """How long the operations since the last question took."""
        slow_s, self.slow_s = self.slow_s, 0.0
        return slow_s

    def switch_on(self, *, keeps_cache: bool) -> None:
        """After the power was cut, or after a process was killed, whose cache the kernel still has."""
        self.is_off, self.cut_in, self.slow_s = False, 0, 0.0
        self.armed.clear()
        if keeps_cache:
            return
        if self._kept_names != self._files:
            self._files = dict(self._kept_names if self._chance.random() < 0.5 else self._files)
            self._kept_names = dict(self._files)
        for file in self._files.values():
            if file.pending or file.is_stale:
                self._lose(file)

    def _lose(self, file: File) -> None:
        """Whole writes up to some place, then a torn one; what comes after it is lost."""
        survivors = self._chance.randint(0, len(file.pending))
        for offset, content in file.pending[:survivors]:
            _put(file.kept, offset, content)
        if survivors < len(file.pending):
            offset, content = file.pending[survivors]
            _put(file.kept, offset, self._torn(bytes(file.kept[offset : offset + len(content)]), content, offset))
        file.pending.clear()
        file.now[:] = file.kept
        file.is_stale = False

    def _torn(self, old: bytes, new: bytes, offset: int) -> bytes:
        """A form that a write may take on the medium."""
        cut, form = self._chance.randrange(len(new) + 1), self._chance.randrange(5)
        old = old.ljust(len(new), b"\0")
        if form == 0:
            return old
        if form == 1:
            return new[:cut] + old[cut:]
        if form == 2:
            return new[:cut] + bytes(len(new) - cut)
        if form == 3:
            return new[:cut] + self._chance.randbytes(len(new) - cut)
        first = SECTOR - offset % SECTOR
        edges = [0, *range(first, len(new), SECTOR), len(new)]
        return b"".join(self._chance.choice((old, new))[a:b] for a, b in pairwise(edges))

    # --- The world's own look at it ------------------------------------------------------------------------

    def kept(self, name: str) -> bytearray:
        """What the medium holds of a file; empty if there is none."""
        file = self._files.get(name)
        return file.kept if file else bytearray()

    def flip(self, name: str, position: int, mask: int) -> None:
        """Turn some bits of a byte on the medium."""
        self._files[name].kept[position] ^= mask
        self._files[name].now[position] ^= mask

    def image(self) -> dict[str, bytes]:
        """What reads would see of each file."""
        return {name: bytes(file.now) for name, file in self._files.items()}

    def load(self, image: dict[str, bytes]) -> None:
        """Hold these files, all of them durable."""
        self._files = {name: File(bytearray(content), bytearray(content)) for name, content in image.items()}
        self._kept_names = dict(self._files)


def _put(content: bytearray, offset: int, piece: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(piece)] = piece
