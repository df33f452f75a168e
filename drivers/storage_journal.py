"""Protected storage as a hash-chained journal in a folder; why it is not a database: a flipped bit must not pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from drivers.journal_book import INDEX_ROOM_BYTES, Book
from drivers.journal_copy import mirrored
from drivers.journal_disk import Disk
from drivers.journal_log import LIFE_BYTES, SEGMENT_BYTES, Log
from drivers.journal_port import JournalStorage as JournalStorage
from drivers.ports import PortError


@asynccontextmanager
async def open_storage(*, path: str, folder: Path, copy: str = "", **device: object) -> AsyncIterator[JournalStorage]:
    """The journal in this folder below the register's, and its copy in another if one is named; it is made if there is
    none.

    PortError(``settings``): a port is named, which only a storage at a line has, or the copy's folder cannot be one.
    """
    if device.get("port"):
        raise PortError("settings", "storage.port: a journal is in a folder, not at a port")
    disk = mirrored(folder / path, folder / copy) if copy else Disk(folder / path)
    async with _opened(Book(disk, Log(disk))) as storage:
        yield storage


@asynccontextmanager
async def open_journal(
    folder: Path,
    *,
    segment_bytes: int = SEGMENT_BYTES,
    life_bytes: int = LIFE_BYTES,
    index_room_bytes: int = INDEX_ROOM_BYTES,
) -> AsyncIterator[JournalStorage]:
    """A journal of other sizes than the register's own."""
    disk = Disk(folder)
    log = Log(disk, segment_bytes=segment_bytes, life_bytes=life_bytes)
    async with _opened(Book(disk, log, index_room_bytes=index_room_bytes)) as storage:
        yield storage


@asynccontextmanager
async def _opened(book: Book) -> AsyncIterator[JournalStorage]:
    storage = JournalStorage(book)
    try:
        await storage.open()
        yield storage
    finally:
        await storage.close()
