"""What is given once and never again: OKP, Uuid, UID, basket, location. Each is remembered as a number of 64 bits.

Two that are alike are only a suspicion, for numbers may be equal by chance: their records are read again, and the
names themselves compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from controller.verify_frames import Broken
from states.fiscal.journal import Attempted, Intent, Moved, MovedAttempted, Outcome, Record, Resolved

SUSPECTS_MAX = 10_000
"""So many records are compared: a journal that repeats more has told enough of itself."""

_BATCH = 4096


class Name(NamedTuple):
    """A name and its space; within a space another owner may not have it, and no owner twice if ``owner`` is empty."""

    space: str
    name: str
    owner: str = ""


SPACES: dict[str, Broken] = {
    "okp": ("I8", "OKP {} was used before"),
    "uuid": ("I9", "Uuid {} was used before"),
    "uid": ("I11", "UID {} belongs to another receipt"),
    "basket": ("I10", "basket {} was sealed before"),
    "location": ("I5", "location {} was announced before"),
}
"""The invariant that a second use of a name breaks, and how that is told."""

# fmt: off
_NAMES: dict[type[Record], Callable[..., tuple[Name, ...]]] = {
    Intent: lambda record: (Name("okp", record.receipt.okp), Name("basket", record.receipt.sale.basket_id),
                            _uuid(record)),
    Attempted: lambda record: (_uuid(record),),
    MovedAttempted: lambda record: (_uuid(record),),
    Moved: lambda record: (Name("location", record.location.id), _uuid(record)),
    Outcome: lambda record: _uid(record),
    Resolved: lambda record: _uid(record),
}
# fmt: on


class Names:
    """Remembers every name of the journal, and which records have one that may have been given before."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._fresh: list[tuple[int, int]] = []
        store.execute("CREATE TABLE name (hash INTEGER, seq INTEGER)")

    def take(self, seq: int, record: Record) -> None:
        """Remember the names in this record."""
        names = _NAMES.get(type(record))
        if names is None:
            return
        self._fresh += [(hash(one[:2]), seq) for one in names(record)]
        if len(self._fresh) >= _BATCH:
            self._flush()

    def suspects(self) -> set[int]:
        """The records, at most SUSPECTS_MAX, with a name that stands in another one too, or seems to."""
        self._flush()
        twice = "SELECT hash FROM name GROUP BY hash HAVING count(*) > 1"
        query = f"SELECT DISTINCT seq FROM name WHERE hash IN ({twice}) ORDER BY seq LIMIT {SUSPECTS_MAX}"
        return {seq for (seq,) in self._store.execute(query)}

    def _flush(self) -> None:
        self._store.execute("BEGIN")
        self._store.executemany("INSERT INTO name VALUES (?,?)", self._fresh)
        self._store.execute("COMMIT")
        self._fresh.clear()


class Comparison:
    """Compares the names of suspicious records, oldest first."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str] = {}

    def judge(self, record: Record) -> Iterator[Broken]:
        """What this record breaks; its names are remembered."""
        names = _NAMES.get(type(record))
        for space, name, owner in names(record) if names else ():
            first = self._owners.get((space, name))
            if first is None:
                self._owners[space, name] = owner
            elif not owner or owner != first:
                invariant, sentence = SPACES[space]
                yield invariant, sentence.format(name)


def _uuid(record: Intent | Attempted | Moved | MovedAttempted) -> Name:
    return Name("uuid", record.attempt.uuid.lower())


def _uid(record: Outcome | Resolved) -> tuple[Name, ...]:
    return (Name("uid", record.uid.lower(), record.okp),) if record.uid else ()
