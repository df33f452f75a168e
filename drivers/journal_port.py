"""The Storage port over a book: one thread at a time, and a call is never half done because nobody waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar, TypeVarTuple

import trio

from drivers.journal_book import Book
from drivers.ports import Medium
from states.fiscal.journal import History, Record, Stored

RECORDS_AT_ONCE = 100

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")


class JournalStorage:
    """A Storage whose disk is touched by one thread at a time, and never by a cancelled half of a call."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._one = trio.CapacityLimiter(1)

    async def open(self) -> None:
        """Take the folder and verify the journal.

        Raises:
          PortError: ``busy``, another register has the folder; ``full``, there is no room even to begin.
          JournalCorrupt: what was durable is damaged; nothing was changed.
        """
        await self._in_thread(self._book.open)

    async def close(self) -> None:
        """Close the files and give the folder back."""
        await self._in_thread(self._book.close)

    async def append(self, record: Record) -> Stored:
        """As Storage has it; JournalFailed for an I/O error, now or before.

        ValueError, with nothing written, for what must never be in a journal: a second receipt with this OKP,
        number or basket, or a record of a receipt that is not there.
        """
        return await self._in_thread(self._book.append, record)

    async def reserve(self) -> None:
        """As Storage has it; JournalFailed after an I/O error."""
        await self._in_thread(self._book.reserve)

    async def examine(self) -> Medium:
        """As Storage has it: a piece of the segments is read from the medium, and the index held against it.

        Raises:
          JournalCorrupt: what was durable is damaged.
          JournalFailed: the medium failed, now or before.
          PortError: ``full``, there is no room to make the index anew.
        """
        return await self._in_thread(self._book.examine)

    async def last_number(self, month: str) -> int:
        """As Storage has it."""
        return await self._in_thread(self._book.last_number, month)

    async def last_create_date(self) -> str:
        """As Storage has it."""
        return await self._in_thread(self._book.last_create_date)

    async def last_paragon(self) -> int:
        """As Storage has it."""
        return await self._in_thread(self._book.last_paragon)

    async def find(self, key: str) -> History | None:
        """As Storage has it."""
        return await self._in_thread(self._book.find, key)

    async def repair_of(self, okp: str) -> History | None:
        """As Storage has it."""
        return await self._in_thread(self._book.repair_of, okp)

    async def open_histories(self) -> tuple[History, ...]:
        """As Storage has it."""
        return await self._in_thread(self._book.open_histories)

    async def records(self, after_seq: int = 0) -> AsyncIterator[Stored]:
        """As Storage has it; what is appended meanwhile is among them."""
        while batch := await self._in_thread(self._book.records, after_seq, RECORDS_AT_ONCE):
            for stored in batch:
                yield stored
            after_seq = batch[-1].seq

    async def records_of(self, *kinds: type[Record]) -> AsyncIterator[Stored]:
        """As Storage has it."""
        after_seq = 0
        while batch := await self._in_thread(self._book.records_of, kinds, after_seq, RECORDS_AT_ONCE):
            for stored in batch:
                yield stored
            after_seq = batch[-1].seq

    async def last_of(self, kind: type[Record]) -> Stored | None:
        """As Storage has it."""
        return await self._in_thread(self._book.last_of, kind)

    async def last_closed(self) -> int:
        """As Storage has it."""
        return await self._in_thread(self._book.last_closed)

    async def _in_thread(self, call: Callable[[*_Arguments], _Answer], *arguments: *_Arguments) -> _Answer:
        """Whether a record was written must never be unknown because somebody stopped waiting for it."""
        with trio.CancelScope(shield=True):
            return await trio.to_thread.run_sync(call, *arguments, limiter=self._one)
        raise AssertionError("a shield is never cancelled")
