"""An index of the journal in SQLite: fast, never synced, and thrown away at any doubt.

It holds nothing that the journal does not hold. Each answer is read back from the journal by whoever asked.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drivers.journal_frames import PAYLOAD_BYTES_MAX, Frame, frame_bytes
from drivers.journal_log import Place
from states.fiscal.journal import Closed, History, Intent, Record

INDEX_NAME = "index.sqlite"
FRAME_BYTES_MAX = frame_bytes(PAYLOAD_BYTES_MAX)
_SCHEMA_VERSION = 1
_WAL_PAGES_MAX = 100
_SCHEMA = """
CREATE TABLE head (seq INTEGER NOT NULL, chain BLOB NOT NULL, open_count INTEGER NOT NULL);
INSERT INTO head VALUES (-1, x'', 0);
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, receipt INTEGER
);
CREATE INDEX record_of_receipt ON record (receipt, seq) WHERE receipt IS NOT NULL;
CREATE TABLE receipt (
    seq INTEGER PRIMARY KEY, month TEXT NOT NULL, number INTEGER NOT NULL, created INTEGER, is_open INTEGER NOT NULL
);
CREATE INDEX receipt_of_month ON receipt (month, number);
CREATE INDEX receipt_created ON receipt (created);
CREATE INDEX receipt_open ON receipt (seq) WHERE is_open;
CREATE TABLE name (name TEXT PRIMARY KEY, receipt INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE closed (seq INTEGER PRIMARY KEY);
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
    """True while something is still to be done for the receipt: deliver it, or send it to the authority."""
    return history.is_undelivered or history.is_unsent


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
        if isinstance(record, Closed):
            self._do("INSERT INTO closed VALUES (?)", frame.seq)
        self._do("INSERT INTO record VALUES (?,?,?,?,?)", frame.seq, place.segment, place.offset, place.length, receipt)
        if history and receipt is not None:
            self._update_receipt(receipt, history)
        self._do("UPDATE head SET seq = ?, chain = ?", frame.seq, frame.chain)

    def _add_receipt(self, seq: int, history: History) -> None:
        receipt = history.receipt
        created = _instant(receipt.create_date)
        self._do("INSERT INTO receipt VALUES (?,?,?,?,0)", seq, receipt.month, receipt.number, created)

    def _update_receipt(self, seq: int, history: History) -> None:
        for name in names_of(history):
            self._do("INSERT OR IGNORE INTO name VALUES (?,?)", name, seq)
        is_now = is_open(history)
        if self._do("UPDATE receipt SET is_open = ? WHERE seq = ? AND is_open != ?", is_now, seq, is_now):
            self._do("UPDATE head SET open_count = open_count + ?", 1 if is_now else -1)

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
        """The receipt with the newest CreateDate."""
        return self._first("SELECT seq FROM receipt ORDER BY created DESC, seq DESC LIMIT 1")

    def last_closed(self) -> int | None:
        """The last Closed record."""
        return self._first("SELECT max(seq) FROM closed")

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
