"""The journal and its index together: what Storage promises, for one thread at a time that may be blocked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from drivers.journal_answers import Answers, decoded, stored
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, Place, segment_name
from drivers.journal_index import Doubt, Index, is_open, names_of, remove_index
from drivers.journal_log import Log
from drivers.ports import Medium, PortError
from states.fiscal.journal import KINDS, History, Intent, Record, Stored, encode_record, kind_of, okp_of

INDEX_ROOM_BYTES = 16 * 1024 * 1024
"""The index and the checkpoint are not preallocated: a sale is begun only while the file system has this much left."""

_SPOILT = (Doubt, sqlite3.Error, UnicodeDecodeError)
"""What a damaged index may raise; nothing that it held is lost."""

_BATCH = 1000
_RECENT_MAX = 64
_Answer = TypeVar("_Answer")


class Book:
    """An open journal; histories of receipts that are done are read from the journal, not kept in memory."""

    def __init__(self, disk: Disk, log: Log, *, index_room_bytes: int = INDEX_ROOM_BYTES) -> None:
        self._disk = disk
        self._log = log
        self._index_room_bytes = index_room_bytes
        self._index: Index | None = None
        self._recent: dict[str, History] = {}

    def open(self) -> None:
        """Take the folder, verify the journal, bring the index up to it, and record a torn tail that was dropped."""
        self._disk.lock()
        self._log.open()
        try:
            self._catch_up()
        except _SPOILT:
            self._rebuild()
        if dropped := self._log.tidy():
            self.append(dropped)

    def close(self) -> None:
        """Close the files and give the folder back."""
        try:
            if self._index:
                self._index.close()
        finally:
            self._disk.close()

    # --- Writing -----------------------------------------------------------------------------------------

    def append(self, record: Record) -> Stored:
        """As Storage has it. ValueError, with nothing written, for a record that cannot be read back, one of an
        unknown receipt, or an Intent whose OKP, number or basket is in the journal already."""
        payload = encode_record(record)
        history = self._history_to_be(record)
        place, frame = self._log.append(kind_of(record), payload)
        try:
            self._known.begin()
            self._known.add(place, frame, record, history)
            self._known.commit()
        except _SPOILT as error:
            self._take_anew(error)
        self._remember(history)
        return stored(frame, record)

    def _history_to_be(self, record: Record) -> History | None:
        """The receipt with this new record; what forbids it must stand in the journal, and not in the index alone."""
        try:
            return self._ask(lambda answers: self._history_with(record, answers))
        except ValueError:
            self._ask(lambda _: self._rebuild())
            return self._ask(lambda answers: self._history_with(record, answers))

    def _take_anew(self, error: Exception) -> None:
        """The record is durable, and the index cannot take it: it is made anew, for which there must be room."""
        if _is_full(error):
            self._log.fail(error)
        try:
            self._ask(lambda _: self._rebuild())
        except PortError as full:
            self._log.fail(full)

    def reserve(self) -> None:
        """As Storage has it."""
        self._log.reserve()
        if self._ask(lambda _: self._disk.free_bytes()) < self._index_room_bytes:
            raise PortError("full", f"the file system has less than {self._index_room_bytes} bytes left")

    def examine(self) -> Medium:
        """As Storage has it; an index that does not know what was read is made anew. Its room is not the journal's."""
        walked = self._log.examine()
        if walked:
            self._ask(lambda _: self._check_places(walked))
        medium = self._ask(lambda _: self._log.medium())
        return replace(medium, capacity_bytes=max(medium.used_bytes, medium.capacity_bytes - self._index_room_bytes))

    def _check_places(self, walked: list[tuple[Place, int]]) -> None:
        first, last = walked[0][0].seq, walked[-1][0].seq
        if self._known.places_between(first, last) != walked:
            raise Doubt(f"the index does not know the records {first} to {last} as they are")

    def _history_with(self, record: Record, answers: Answers) -> History | None:
        """The receipt with this new record, None for a record of the register; ValueError if it must not be there."""
        okp = okp_of(record)
        if not okp:
            return None
        if isinstance(record, Intent):
            history = History(record.receipt, (record.attempt,))
            if taken := [name for name in names_of(history) if self._known.find(name) is not None]:
                raise ValueError(f"the journal has a receipt {taken[0]} already")
            return history
        known = self._recent.get(okp) or answers.find(okp)
        if known is None:
            raise ValueError(f"{type(record).__name__} of a receipt that is not in the journal: {okp}")
        return known.after(record)

    def _remember(self, history: History | None) -> None:
        """Keep the receipts that are being worked on; of an open one of long ago the journal is asked again."""
        if history is None:
            return
        self._recent.pop(history.receipt.okp, None)
        if is_open(history):
            self._recent[history.receipt.okp] = history
        if len(self._recent) > _RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    # --- Reading -----------------------------------------------------------------------------------------

    def find(self, name: str) -> History | None:
        """As Storage has it."""
        return self._ask(lambda answers: answers.find(name))

    def last_number(self, month: str) -> int:
        """As Storage has it."""
        return self._ask(lambda answers: answers.last_number(month))

    def last_create_date(self) -> str:
        """As Storage has it."""
        return self._ask(Answers.last_create_date)

    def last_paragon(self) -> int:
        """As Storage has it."""
        return self._ask(Answers.last_paragon)

    def repair_of(self, okp: str) -> History | None:
        """As Storage has it."""
        return self._ask(lambda answers: answers.repair_of(okp))

    def open_histories(self) -> tuple[History, ...]:
        """As Storage has it."""
        return self._ask(Answers.open_histories)

    def last_closed(self) -> int:
        """As Storage has it."""
        return self._ask(Answers.last_closed)

    def last_of(self, kind: type[Record]) -> Stored | None:
        """As Storage has it."""
        return self._ask(lambda answers: answers.last_of(kind))

    def records(self, after_seq: int, limit: int) -> list[Stored]:
        """The next records with a greater sequence number, oldest first."""
        return self._ask(lambda answers: answers.records(after_seq, limit))

    def records_of(self, kinds: Collection[type[Record]], after_seq: int, limit: int) -> list[Stored]:
        """The next records of these kinds with a greater sequence number, oldest first."""
        return self._ask(lambda answers: answers.records_of(kinds, after_seq, limit))

    def _ask(self, question: Callable[[Answers], _Answer]) -> _Answer:
        """The answer, if need be from an index made anew; JournalFailed if the medium cannot be read."""
        try:
            try:
                return question(self._answers)
            except _SPOILT:
                self._rebuild()
                return question(self._answers)
        except OSError as error:
            self._log.fail(error)

    # --- The index ---------------------------------------------------------------------------------------

    @property
    def _known(self) -> Index:
        assert self._index is not None
        return self._index

    @property
    def _answers(self) -> Answers:
        return Answers(self._log, self._known)

    def _catch_up(self) -> None:
        self._index = Index(self._disk.folder)
        head = self._index.head()
        if head.seq > self._log.seq:
            place = self._index.place(head.seq)
            what = "the index has seen this record written, and the journal no longer has it"
            raise JournalCorrupt(segment_name(place.segment), place.offset, head.seq, what)
        if head.seq >= 0 and self._answers.stored_at(self._index.place(head.seq)).chain != head.chain:
            raise Doubt("the index is of another journal")
        self._feed(head.seq)
        self._index.open_receipts()
        self._check_counts()
        self._check_last_number()

    def _check_counts(self) -> None:
        """No record may be missing among those of its kind, since nobody would notice."""
        if self._known.counts() != {kind: self._log.counts[kind] for kind in KINDS if self._log.counts[kind]}:
            raise Doubt("the index does not know every record by its kind")

    def _check_last_number(self) -> None:
        """The number that the next one follows must not rest on the index alone."""
        if self._log.last_intent is None:
            return
        last = self._answers.stored_at(self._log.last_intent)
        assert isinstance(last.record, Intent)
        if self._known.last_of_month(last.record.receipt.month) != last.seq:
            raise Doubt("the index does not know the last receipt")

    def _rebuild(self) -> None:
        if self._index:
            self._index.close()
        remove_index(self._disk.folder)
        self._recent.clear()
        try:
            self._index = Index(self._disk.folder)
            self._feed(-1)
        except sqlite3.Error as error:
            if _is_full(error):
                raise PortError("full", "no room for the index of the journal") from error
            self._log.fail(error)

    def _feed(self, after_seq: int) -> None:
        frames = self._log.frames(after_seq)
        while batch := list(islice(frames, _BATCH)):
            self._known.begin()
            for place, frame in batch:
                record = decoded(place, frame)
                history = self._history_lenient(record)
                self._known.add(place, frame, record, history)
                self._remember(history)
            self._known.commit()

    def _history_lenient(self, record: Record) -> History | None:
        """As above, but None for a record that must not be there: the audit names it, the register goes on."""
        try:
            return self._history_with(record, self._answers)
        except ValueError:
            return None


def _is_full(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
