"""Journals of small segments for the tests of the storage: on a disk in memory, in a folder, and through the port."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

from drivers.journal_disk import Disk
from drivers.journal_log import Log
from drivers.ports import Storage
from drivers.storage_journal import JournalStorage, open_journal
from states.fiscal.journal import Record, Stored, encode_record, kind_of
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk

SEGMENT_BYTES = 9216
LIFE_BYTES = 6000
Kept = list[tuple[int, bytes]]
"""Kind and payload of each record."""


def new_log(disk: Disk) -> Log:
    """A log of small segments whose clock stands still, so that every run writes the same bytes."""
    return Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, wall_ns=lambda: 10**18, mono_ns=lambda: 7)


def put(log: Log, record: Record) -> None:
    """Append a record to a log."""
    log.append(kind_of(record), encode_record(record))


def recover(disk: Disk) -> Log:
    """Open as the register does: verify, drop a torn tail, record that."""
    log = new_log(disk)
    log.open()
    if dropped := log.tidy():
        put(log, dropped)
    return log


def kept(log: Log) -> Kept:
    """What stands in the log."""
    return [(frame.kind, frame.payload) for _, frame in log.frames(-1)]


def go_round(log: Log) -> None:
    """Examine every segment at least once, whichever is the next one."""
    for _ in range(4 * (len(log._segments) + 1)):
        log.examine()


def morning_in(folder: Path) -> Kept:
    """Write a morning into a folder with small segments."""
    disk = Disk(folder)
    disk.lock()
    log = recover(disk)
    for kind, payload in wanted():
        log.append(kind, payload)
    disk.close()
    return wanted()


def image(folder: Path) -> dict[str, bytes]:
    """The segments as they are."""
    return {path.name: path.read_bytes() for path in folder.glob("segment-*")}


def small(folder: Path) -> AbstractAsyncContextManager[JournalStorage]:
    """A journal of small segments."""
    return open_journal(folder, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, index_room_bytes=0)


async def fill(storage: Storage, records: list[Record]) -> list[Stored]:
    """Append all, reserving as the register does."""
    stored = []
    for record in records:
        await storage.reserve()
        stored.append(await storage.append(record))
    return stored


async def listed(records: AsyncIterator[Stored]) -> list[Stored]:
    """All of them."""
    return [stored async for stored in records]


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """A file system of this size."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


class FailingDisk(CrashDisk):
    """A disk whose next write or sync fails, once."""

    failure = ""

    def write(self, name: str, offset: int, content: bytes) -> None:
        if self._fails("write"):
            raise OSError(errno.EIO, "the medium is gone")
        if self._fails("short"):
            super().write(name, offset, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "short write")
        super().write(name, offset, content)

    def sync(self, name: str) -> None:
        if self._fails("sync"):
            raise OSError(errno.EIO, "the medium is gone")
        super().sync(name)

    def _fails(self, how: str) -> bool:
        if self.failure == how:
            self.failure = ""
            return True
        return False


def wanted() -> Kept:
    """What a morning writes."""
    return [(kind_of(record), encode_record(record)) for record in samples.five_receipts()]
