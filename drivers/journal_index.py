"""An index of the journal in SQLite: fast, never synced, and thrown away at any doubt.

It holds nothing that the journal does not hold. Each answer is read back from the journal by whoever asked.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drivers.journal_frames import FRAME_BYTES_MAX, Frame, Place
from states.fiscal.journal import History, Intent, Record

INDEX_NAME = "index.sqlite"
_SCHEMA_VERSION = 2
_WAL_PAGES_MAX = 100
_OF_KIND = "SELECT seq, segment, offset, length FROM record WHERE kind"
_SCHEMA = """
CREATE TABLE head (seq INTEGER NOT NULL, chain BLOB NOT NULL, open_count INTEGER NOT NULL);
INSERT INTO head VALUES (-1, x'', 0);
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    kind INTEGER NOT NULL, receipt INTEGER
);
CREATE INDEX record_of_receipt ON record (receipt, seq) WHERE receipt IS NOT NULL;
CREATE INDEX record_of_kind ON record (kind, seq);
CREATE TABLE receipt (
    seq INTEGER PRIMARY KEY, month TEXT NOT NULL, number INTEGER NOT NULL, repairs TEXT,
    created INTEGER, paragon INTEGER, is_open INTEGER NOT NULL
);
CREATE INDEX receipt_of_month ON receipt (month, number);
CREATE INDEX receipt_repairs ON receipt (repairs, seq) WHERE repairs IS NOT NULL;
CREATE INDEX receipt_created ON receipt (created) WHERE created IS NOT NULL;
CREATE INDEX receipt_paragon ON receipt (paragon) WHERE paragon IS NOT NULL;
CREATE INDEX receipt_open ON receipt (seq) WHERE is_open;
CREATE TABLE name (name TEXT PRIMARY KEY, receipt INTEGER NOT NULL) WITHOUT ROWID;
"""


class Doubt(Exception):
    """The index and the journal do not agree."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last record that the index has taken in, and how many receipts are open."""

    seq: int
    chain: bytes
    open_count: int


def names_of(history: History) -> tuple[str, ...]:
    """What a receipt is found by: OKP, ``YYYY-MM/number``, basket id, and each UID it was given."""
    receipt, answers = history.receipt, (history.outcome, history.resolved)
    uids = [answer.uid for answer in answers if answer and answer.uid]
    return receipt.okp, receipt.key, receipt.sale.basket_id, *uids


def is_open(history: History) -> bool:
    """True while the receipt is to be delivered, sent to the authority, or put right after a late refusal."""
    return history.is_undelivered or history.is_unsent or history.is_aside


class Index:
    """The index in a folder; a receipt is named by the sequence number of its Intent."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / INDEX_NAME
        self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_MAX}")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != _SCHEMA_VERSION:
                connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file; what is in it stays."""
        self._connection.close()

    def begin(self) -> None:
        """Let what is added from now on come into force at once, with ``commit``."""
        self._connection.execute("BEGIN")

    def commit(self) -> None:
        """End what ``begin`` began."""
        self._connection.execute("COMMIT")

    # --- Feeding -----------------------------------------------------------------------------------------

    def add(self, place: Place, frame: Frame, record: Record, history: History | None) -> None:
        """Take a record in; ``history`` is its receipt with this record, None for a record of the register."""
        receipt = None
        if history and isinstance(record, Intent):
            receipt = frame.seq
            self._add_receipt(frame.seq, history)
        elif history:
            receipt = self.find(history.receipt.okp)
        where = place.segment, place.offset, place.length
        self._do("INSERT INTO record VALUES (?,?,?,?,?,?)", frame.seq, *where, frame.kind, receipt)
        if history and receipt is not None:
            self._update_receipt(receipt, history)
        self._do("UPDATE head SET seq = ?, chain = ?", frame.seq, frame.chain)

    def _add_receipt(self, seq: int, history: History) -> None:
        receipt = history.receipt
        values = receipt.month, receipt.number, receipt.sale.repairs or None, *_counted(history)
        self._do("INSERT INTO receipt VALUES (?,?,?,?,?,?,0)", seq, *values)

    def _update_receipt(self, seq: int, history: History) -> None:
        for name in names_of(history):
            self._do("INSERT OR IGNORE INTO name VALUES (?,?)", name, seq)
        is_now = is_open(history)
        if self._do("UPDATE receipt SET is_open = ? WHERE seq = ? AND is_open != ?", is_now, seq, is_now):
            self._do("UPDATE head SET open_count = open_count + ?", 1 if is_now else -1)
        if history.is_refused or history.resolved:
            self._do("UPDATE receipt SET created = ?, paragon = ? WHERE seq = ?", *_counted(history), seq)

    def _do(self, statement: str, *values: object) -> int:
        return self._connection.execute(statement, values).rowcount

    # --- Asking ------------------------------------------------------------------------------------------

    def head(self) -> Head:
        """The last record taken in; Doubt if the index contradicts itself."""
        heads = self._connection.execute("SELECT seq, chain, open_count FROM head").fetchall()
        ((last,),) = self._connection.execute("SELECT coalesce(max(seq), -1) FROM record")
        if len(heads) != 1 or heads[0][0] != last:
            raise Doubt(f"the index ends at record {last} and says {heads}")
        return Head(*heads[0])

    def find(self, name: str) -> int | None:
        """The receipt of this name, if there is one."""
        return self._first("SELECT receipt FROM name WHERE name = ?", name)

    def place(self, seq: int) -> Place:
        """Where a record stands; Doubt if it is not in the index."""
        for row in self._connection.execute("SELECT seq, segment, offset, length FROM record WHERE seq = ?", (seq,)):
            return _place(row)
        raise Doubt(f"record {seq} is not in the index")

    def places_of(self, receipt: int) -> list[Place]:
        """Where the records of a receipt stand, oldest first."""
        query = "SELECT seq, segment, offset, length FROM record WHERE receipt = ? ORDER BY seq"
        return [_place(row) for row in self._connection.execute(query, (receipt,))]

    def places_after(self, seq: int, limit: int) -> list[Place]:
        """Where the next records after this number stand, oldest first."""
        query = "SELECT seq, segment, offset, length FROM record WHERE seq > ? ORDER BY seq LIMIT ?"
        return [_place(row) for row in self._connection.execute(query, (seq, limit))]

    def places_between(self, first_seq: int, last_seq: int) -> list[tuple[Place, int]]:
        """Where the records from this number to that one stand, oldest first, and their kinds."""
        query = "SELECT seq, segment, offset, length, kind FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq"
        return [(_place(row[:4]), row[4]) for row in self._connection.execute(query, (first_seq, last_seq))]

    def open_receipts(self) -> list[int]:
        """Receipts that something is still to be done for, oldest first; Doubt if their count is wrong."""
        found = [seq for (seq,) in self._connection.execute("SELECT seq FROM receipt WHERE is_open ORDER BY seq")]
        if len(found) != self.head().open_count:
            raise Doubt(f"{len(found)} receipts are open, not {self.head().open_count}")
        return found

    def last_of_month(self, month: str) -> int | None:
        """The receipt with the highest number of a month."""
        return self._first("SELECT seq FROM receipt WHERE month = ? ORDER BY number DESC LIMIT 1", month)

    def last_created(self) -> int | None:
        """The receipt with the newest CreateDate that counts."""
        return self._first("SELECT seq FROM receipt WHERE created IS NOT NULL ORDER BY created DESC, seq DESC LIMIT 1")

    def last_paragon(self) -> int | None:
        """The receipt with the highest ParagonNumber that counts."""
        return self._first("SELECT seq FROM receipt WHERE paragon IS NOT NULL ORDER BY paragon DESC, seq DESC LIMIT 1")

    def repair_of(self, okp: str) -> int | None:
        """The last receipt that was made to replace this one."""
        return self._first("SELECT seq FROM receipt WHERE repairs = ? ORDER BY seq DESC LIMIT 1", okp)

    def counts(self) -> dict[int, int]:
        """How many records of each kind there are."""
        return dict(self._connection.execute("SELECT kind, count(*) FROM record GROUP BY kind"))

    def last_of_kind(self, kind: int) -> list[Place]:
        """Where the last record of this kind stands, if there is one."""
        query = f"{_OF_KIND} IN (?) ORDER BY seq DESC LIMIT 1"
        return [_place(row) for row in self._connection.execute(query, (kind,))]

    def next_of_kinds(self, kinds: Collection[int], after_seq: int, limit: int) -> list[Place]:
        """Where the next records of these kinds stand, oldest first."""
        query = f"{_OF_KIND} IN ({','.join('?' * len(kinds))}) AND seq > ? ORDER BY seq LIMIT ?"
        return [_place(row) for row in self._connection.execute(query, (*kinds, after_seq, limit))]

    def _first(self, query: str, *values: object) -> int | None:
        for (seq,) in self._connection.execute(query, values):
            if seq is not None and not isinstance(seq, int):
                raise Doubt(f"the index names the record {seq!r}")
            return seq
        return None


def remove_index(folder: Path) -> None:
    """Throw the index away."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        (folder / (INDEX_NAME + suffix)).unlink(missing_ok=True)


def _counted(history: History) -> tuple[int | None, int | None]:
    """Date and paragón number as far as the next ones follow them: a refused receipt does not count."""
    paragon = history.receipt.sale.paragon
    created = None if history.is_ahead else _instant(history.receipt.create_date)
    return created, paragon.number if paragon and not history.is_refused else None


def _instant(create_date: str) -> int | None:
    """The instant of a CreateDate in seconds, to compare; None if it is none."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(create_date)
        return int(moment.timestamp()) if moment.tzinfo else None
    return None


def _place(row: tuple[object, ...]) -> Place:
    """The place that a row names; Doubt if it names none."""
    match row:
        case (int(seq), int(segment), int(offset), int(length)) if offset >= 0 and 0 < length <= FRAME_BYTES_MAX:
            return Place(seq, segment, offset, length)
    raise Doubt(f"the index names the place {row}")
