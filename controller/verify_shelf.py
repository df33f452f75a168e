"""What an audit must remember of a journal of any length, in bounded memory: the rest lies in a temporary database.

The database has no name, is never synced and is gone when the audit ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

import msgspec

NEAR_MAX = 2000
"""So many of each kind are in memory: those that were put or fetched last."""

_CACHE_KIB = 4096


class Remembered(Protocol):
    """Something with a life of its own; ``pending`` says what is left to do, empty for nothing."""

    @property
    def seq(self) -> int:
        """The record that began it."""

    @property
    def pending(self) -> str:
        """What is left to do."""


T = TypeVar("T", bound=Remembered)


def open_store() -> sqlite3.Connection:
    """A database without a name; sqlite3.Error from it means that there is no room for what must be remembered."""
    connection = sqlite3.connect("", isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = FILE"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


class Shelf(Generic[T]):
    """Everything of one kind by its name; what was got may be changed until the next is got or put."""

    def __init__(self, store: sqlite3.Connection, table: str, kind: type[T]) -> None:
        self._store = store
        self._table = table
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._near: dict[str, T] = {}
        columns = "name TEXT PRIMARY KEY, seq INTEGER, is_open INTEGER, content BLOB"
        store.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")

    def get(self, name: str) -> T | None:
        """What has this name; None for nothing."""
        if name in self._near:
            return self._near[name]
        for (content,) in self._store.execute(f"SELECT content FROM {self._table} WHERE name = ?", (name,)):
            self.put(name, self._decoder.decode(content))
            return self._near[name]
        return None

    def put(self, name: str, one: T) -> None:
        """Remember it, in the place of what had this name before."""
        if len(self._near) >= NEAR_MAX:
            self._put_away(NEAR_MAX // 2)
        self._near[name] = one

    def open(self) -> Iterator[T]:
        """All with something left to do, in the order in which they began."""
        self._put_away(len(self._near))
        for (content,) in self._store.execute(f"SELECT content FROM {self._table} WHERE is_open ORDER BY seq"):
            yield self._decoder.decode(content)

    def _put_away(self, count: int) -> None:
        oldest = sorted(list(self._near)[:count])
        rows = ((name, one.seq, bool(one.pending), msgspec.msgpack.encode(one)) for name, one in
                ((name, self._near.pop(name)) for name in oldest))  # fmt: skip
        self._store.execute("BEGIN")
        self._store.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?,?,?,?)", rows)
        self._store.execute("COMMIT")
