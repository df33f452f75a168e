"""Protected storage on a CHDÚ at a serial line: the journal is written to the device first, and read from a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import structlog

from drivers.chdu_codec import BLOCK_BYTES_MAX, RESET
from drivers.chdu_device import LIFE_BLOCKS, LIMIT_S, SETTLE_S, Chdu, ChduCorrupt, ChduFailed
from drivers.chdu_line import BITS_PER_BYTE, Line, open_line
from drivers.chdu_mirror import ChduDisk
from drivers.journal_book import INDEX_ROOM_BYTES, Book
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import LIFE_BYTES, SEGMENT_BYTES, JournalFailed, Log
from drivers.journal_port import JournalStorage
from drivers.ports import Medium, PortError

BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}
_log = structlog.get_logger("chdu")
_Answer = TypeVar("_Answer")


class ChduStorage(JournalStorage):
    """The journal's own Storage over a folder that never has a frame which the device does not have."""

    def __init__(self, book: Book, disk: ChduDisk, chdu: Chdu) -> None:
        super().__init__(book)
        self._disk = disk
        self._chdu = chdu

    async def open(self) -> None:
        """Take device and folder, bring the folder up, and record what a cut had left on the device.

        Raises:
          PortError: as the journal has it; ``chdu-failed``, nothing that can be written answers at the port;
              ``chdu-other``, the folder belongs to another device.
          ChduCorrupt: what was durable on the device is damaged; nothing was changed.
          JournalCorrupt: the folder is damaged; ``replace`` helps.
        """
        try:
            await super().open()
        except ChduFailed as error:
            raise PortError("chdu-failed", f"storage.port: {error}") from error
        _log.info("chdu-opened", identity=self._chdu.identity, firmware=self._chdu.firmware)
        if self._disk.dropped:
            await self.append(self._disk.dropped)

    async def replace(self) -> None:
        """Set the folder's segments aside: the next start reads all from the device."""
        await self._in_thread(self._disk.replace)

    async def reserve(self) -> None:
        """As Storage has it, on the device and in the folder."""
        await self._on_device(self._chdu.reserve)
        await super().reserve()

    async def examine(self) -> Medium:
        """As Storage has it: a piece of the folder, and one block of the device; the condition is the device's."""
        await super().examine()
        status = await self._on_device(self._chdu.examine)
        return Medium(status.next_address * BLOCK_BYTES_MAX, status.total_blocks * BLOCK_BYTES_MAX)

    async def _on_device(self, call: Callable[[], _Answer]) -> _Answer:
        try:
            return await self._in_thread(call)
        except ChduFailed as error:
            raise JournalFailed(str(error)) from error


@asynccontextmanager
async def open_storage(*, path: str, copy: str, port: str, baud: int, folder: Path) -> AsyncIterator[ChduStorage]:
    """The CHDÚ at this port, a serial device or pseudo-terminal; its copy is in this folder below the register's.

    PortError and JournalCorrupt as ``ChduStorage.open`` has it, and ``gone``, ``busy`` or ``settings`` for the port.
    """
    if copy:
        raise PortError("settings", "storage.copy: the folder beside a CHDÚ is a second copy already")
    if not port:
        raise PortError("settings", "storage.port: no port of a CHDÚ")
    settle_s = SETTLE_S + len(RESET) * BITS_PER_BYTE / max(baud, 1)
    async with open_chdu(folder / path, lambda: _connect(folder / port, baud), settle_s=settle_s) as storage:
        yield storage


@asynccontextmanager
async def open_chdu(
    folder: Path,
    connect: Callable[[], Line],
    *,
    segment_bytes: int = SEGMENT_BYTES,
    life_bytes: int = LIFE_BYTES,
    life_blocks: int = LIFE_BLOCKS,
    index_room_bytes: int = INDEX_ROOM_BYTES,
    limit_s: float = LIMIT_S,
    settle_s: float = SETTLE_S,
) -> AsyncIterator[ChduStorage]:
    """A CHDÚ over any line, and a folder of other sizes than the register's own."""

    def made() -> ChduStorage:
        chdu = Chdu(connect, life_blocks=life_blocks, limit_s=limit_s, settle_s=settle_s)
        disk = ChduDisk(folder, chdu)
        log = Log(disk, segment_bytes=segment_bytes, life_bytes=life_bytes)
        return ChduStorage(Book(disk, log, index_room_bytes=index_room_bytes), disk, chdu)

    storage = made()
    try:
        try:
            await storage.open()
        except ChduCorrupt:
            raise
        except JournalCorrupt as damage:
            _log.warning("chdu-folder-replaced", damage=str(damage))
            await storage.replace()
            await storage.close()
            storage = made()
            await storage.open()
        yield storage
    finally:
        await storage.close()


def _connect(path: Path, baud: int) -> Line:
    try:
        return open_line(path, baud, LIMIT_S)
    except ValueError as error:
        raise PortError("settings", f"storage.baud: {error}") from error
    except OSError as error:
        reason = "busy" if error.errno in BUSY else "gone"
        said = os.strerror(error.errno) if error.errno else str(error)
        raise PortError(reason, f"storage.port: {path}: {said}") from error
