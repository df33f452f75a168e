"""The journal and its index together: what Storage promises, for one thread at a time that may be blocked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from itertools import islice
from typing import TypeVar

from drivers.journal_disk import Disk
from drivers.journal_frames import Frame, JournalCorrupt, segment_name
from drivers.journal_index import Doubt, Index, is_open, names_of, remove_index
from drivers.journal_log import Log, Place
from drivers.ports import PortError
from states.fiscal.journal import (
    KINDS,
    Closed,
    History,
    Intent,
    Record,
    Stored,
    decode_record,
    encode_record,
    fold_histories,
    kind_of,
    okp_of,
)

INDEX_ROOM_BYTES = 16 * 1024 * 1024
"""The index is not preallocated, so a sale is begun only while the file system has this much left for it."""

_KIND_OF = {record: kind for kind, record in KINDS.items()}
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
        except (Doubt, sqlite3.Error):
            self._rebuild()
        if dropped := self._log.tidy():
            self.append(dropped)

    def close(self) -> None:
        """Close the files and give the folder back."""
        if self._index:
            self._index.close()
        self._disk.close()

    # --- Writing -----------------------------------------------------------------------------------------

    def append(self, record: Record) -> Stored:
        """As Storage has it. ValueError, with nothing written, for a record that cannot be read back, one of an
        unknown receipt, or an Intent whose OKP, number or basket is in the journal already."""
        payload = encode_record(record)
        history = self._ask(lambda: self._history_with(record))
        place, frame = self._log.append(kind_of(record), payload)
        try:
            self._take(place, frame, record, history)
        except sqlite3.Error as error:
            self._log.fail(error)
        return _stored(frame, record)

    def reserve(self) -> None:
        """As Storage has it."""
        self._log.reserve()
        if self._disk.free_bytes() < self._index_room_bytes:
            raise PortError("full", f"the file system has less than {self._index_room_bytes} bytes left")

    def _history_with(self, record: Record) -> History | None:
        """The receipt with this new record, None for a record of the register; ValueError if it must not be there."""
        okp = okp_of(record)
        if not okp:
            return None
        if isinstance(record, Intent):
            history = History(record.receipt, (record.attempt,))
            if taken := [name for name in names_of(history) if self._known.find(name) is not None]:
                raise ValueError(f"the journal has a receipt {taken[0]} already")
            return history
        known = self._history(okp)
        if known is None:
            raise ValueError(f"{type(record).__name__} of a receipt that is not in the journal: {okp}")
        return known.after(record)

    def _take(self, place: Place, frame: Frame, record: Record, history: History | None) -> None:
        self._known.begin()
        self._known.add(place, frame, record, history)
        self._known.commit()
        self._remember(history)

    # --- Reading -----------------------------------------------------------------------------------------

    def find(self, name: str) -> History | None:
        """As Storage has it."""
        return self._ask(lambda: self._find(name))

    def last_number(self, month: str) -> int:
        """As Storage has it."""
        last = self._ask(lambda: self._receipt_at(self._known.last_of_month(month), month))
        return last.receipt.number if last else 0

    def last_create_date(self) -> str:
        """As Storage has it."""
        last = self._ask(lambda: self._receipt_at(self._known.last_created()))
        return last.receipt.create_date if last else ""

    def last_paragon(self) -> int:
        """As Storage has it."""
        last = self._ask(lambda: self._receipt_at(self._known.last_paragon()))
        return last.receipt.sale.paragon.number if last and last.receipt.sale.paragon else 0

    def repair_of(self, okp: str) -> History | None:
        """As Storage has it."""
        return self._ask(lambda: self._repair_of(okp))

    def open_histories(self) -> tuple[History, ...]:
        """As Storage has it."""
        return self._ask(self._open_histories)

    def last_closed(self) -> int:
        """As Storage has it."""
        last = self.last_of(Closed)
        return last.record.up_to_seq if last and isinstance(last.record, Closed) else 0

    def last_of(self, kind: type[Record]) -> Stored | None:
        """As Storage has it."""
        found = self._ask(lambda: self._of_kinds([kind], lambda kinds: self._known.last_of_kind(*kinds)))
        return found[-1] if found else None

    def records(self, after_seq: int, limit: int) -> list[Stored]:
        """The next records with a greater sequence number, oldest first."""
        return self._ask(lambda: [self._stored_at(place) for place in self._known.places_after(after_seq, limit)])

    def records_of(self, kinds: Collection[type[Record]], after_seq: int, limit: int) -> list[Stored]:
        """The next records of these kinds with a greater sequence number, oldest first."""
        return self._ask(lambda: self._of_kinds(kinds, lambda them: self._known.next_of_kinds(them, after_seq, limit)))

    def _of_kinds(
        self, kinds: Collection[type[Record]], places: Callable[[Collection[int]], list[Place]]
    ) -> list[Stored]:
        found = [self._stored_at(place) for place in places([_KIND_OF[kind] for kind in kinds])]
        if others := [stored.seq for stored in found if type(stored.record) not in kinds]:
            raise Doubt(f"records {others} are of other kinds")
        return found

    def _open_histories(self) -> tuple[History, ...]:
        found = map(self._history_of, self._known.open_receipts())
        return tuple(
            one for one in found if one.is_undelivered or not one.is_aside or not self._repair_of(one.receipt.okp)
        )

    def _repair_of(self, okp: str) -> History | None:
        repair = self._receipt_at(self._known.repair_of(okp))
        if repair is not None and repair.receipt.sale.repairs != okp:
            raise Doubt(f"{repair.receipt.key} repairs another receipt than {okp}")
        return repair if repair is not None and not repair.is_refused else None

    def _find(self, name: str) -> History | None:
        receipt = self._known.find(name)
        if receipt is None:
            return None
        history = self._history_of(receipt)
        if name not in names_of(history):
            raise Doubt(f"{name} is not a name of {history.receipt.key}")
        return history

    def _receipt_at(self, receipt: int | None, month: str = "") -> History | None:
        if receipt is None:
            return None
        history = self._history_of(receipt)
        if month and history.receipt.month != month:
            raise Doubt(f"{history.receipt.key} is not of {month}")
        return history

    def _history(self, okp: str) -> History | None:
        return self._recent.get(okp) or self._find(okp)

    def _history_of(self, receipt: int) -> History:
        stored = [self._stored_at(place) for place in self._known.places_of(receipt)]
        histories = list(fold_histories(each.record for each in stored).values())
        if len(histories) != 1 or stored[0].seq != receipt:
            raise Doubt(f"record {receipt} does not begin a receipt")
        return histories[0]

    def _stored_at(self, place: Place) -> Stored:
        try:
            frame = self._log.read(place)
        except JournalCorrupt as error:
            raise Doubt(str(error)) from error
        return _stored(frame, _decoded(place, frame))

    def _remember(self, history: History | None) -> None:
        """Keep the receipts that are being worked on; of an open one of long ago the journal is asked again."""
        if history is None:
            return
        self._recent.pop(history.receipt.okp, None)
        if is_open(history):
            self._recent[history.receipt.okp] = history
        if len(self._recent) > _RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    # --- The index ---------------------------------------------------------------------------------------

    @property
    def _known(self) -> Index:
        assert self._index is not None
        return self._index

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer, if need be from an index made anew."""
        try:
            return question()
        except (Doubt, sqlite3.Error):
            self._rebuild()
            return question()

    def _catch_up(self) -> None:
        self._index = Index(self._disk.folder)
        head = self._index.head()
        if head.seq > self._log.seq:
            place = self._index.place(head.seq)
            what = "the index has seen this record written, and the journal no longer has it"
            raise JournalCorrupt(segment_name(place.segment), place.offset, head.seq, what)
        if head.seq >= 0 and self._stored_at(self._index.place(head.seq)).chain != head.chain:
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
        stored = self._stored_at(self._log.last_intent)
        assert isinstance(stored.record, Intent)
        if self._known.last_of_month(stored.record.receipt.month) != stored.seq:
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
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                raise PortError("full", "no room for the index of the journal") from error
            raise

    def _feed(self, after_seq: int) -> None:
        frames = self._log.frames(after_seq)
        while batch := list(islice(frames, _BATCH)):
            self._known.begin()
            for place, frame in batch:
                record = _decoded(place, frame)
                history = self._history_lenient(record)
                self._known.add(place, frame, record, history)
                self._remember(history)
            self._known.commit()

    def _history_lenient(self, record: Record) -> History | None:
        """As above, but None for a record that must not be there: the audit names it, the register goes on."""
        try:
            return self._history_with(record)
        except ValueError:
            return None


def _decoded(place: Place, frame: Frame) -> Record:
    try:
        return decode_record(frame.kind, frame.payload)
    except ValueError as error:
        raise JournalCorrupt(segment_name(place.segment), place.offset, frame.seq, str(error)) from error


def _stored(frame: Frame, record: Record) -> Stored:
    return Stored(frame.seq, frame.wall_ns, frame.chain, record)
