"""What the journal knows: found by the index, read back from the journal, and doubted where the two do not agree."""

from __future__ import annotations

from collections.abc import Callable, Collection

from drivers.journal_frames import Frame, JournalCorrupt, Place, segment_name
from drivers.journal_index import Doubt, Index, names_of
from drivers.journal_log import Log
from states.fiscal.journal import (
    KINDS,
    Closed,
    History,
    Record,
    Stored,
    decode_record,
    fold_histories,
)

_KIND_OF = {record: kind for kind, record in KINDS.items()}


class Answers:
    """The questions of Storage; each raises Doubt, or an error of SQLite, if the index has to be made anew."""

    def __init__(self, log: Log, index: Index) -> None:
        self._log = log
        self._index = index

    def find(self, name: str) -> History | None:
        """The receipt of this name."""
        receipt = self._index.find(name)
        if receipt is None:
            return None
        history = self._history_of(receipt)
        if name not in names_of(history):
            raise Doubt(f"{name} is not a name of {history.receipt.key}")
        return history

    def last_number(self, month: str) -> int:
        """As Storage has it."""
        last = self._receipt_at(self._index.last_of_month(month))
        if last and last.receipt.month != month:
            raise Doubt(f"{last.receipt.key} is not of {month}")
        return last.receipt.number if last else 0

    def last_create_date(self) -> str:
        """As Storage has it."""
        last = self._receipt_at(self._index.last_created())
        return last.receipt.create_date if last else ""

    def last_paragon(self) -> int:
        """As Storage has it."""
        last = self._receipt_at(self._index.last_paragon())
        return last.receipt.sale.paragon.number if last and last.receipt.sale.paragon else 0

    def repair_of(self, okp: str) -> History | None:
        """As Storage has it."""
        repair = self._receipt_at(self._index.repair_of(okp))
        if repair is not None and repair.receipt.sale.repairs != okp:
            raise Doubt(f"{repair.receipt.key} repairs another receipt than {okp}")
        return repair if repair is not None and not repair.is_refused else None

    def open_histories(self) -> tuple[History, ...]:
        """As Storage has it."""
        found = map(self._history_of, self._index.open_receipts())
        return tuple(
            one for one in found if one.is_undelivered or not one.is_aside or not self._is_repaired(one.receipt.okp)
        )

    def _is_repaired(self, okp: str) -> bool:
        """A repair that is still on its way may be refused as well."""
        repair = self.repair_of(okp)
        return repair is not None and not repair.is_undelivered

    def last_closed(self) -> int:
        """As Storage has it."""
        last = self.last_of(Closed)
        return last.record.up_to_seq if last and isinstance(last.record, Closed) else 0

    def last_of(self, kind: type[Record]) -> Stored | None:
        """As Storage has it."""
        found = self._of_kinds([kind], lambda kinds: self._index.last_of_kind(*kinds))
        return found[-1] if found else None

    def records(self, after_seq: int, limit: int) -> list[Stored]:
        """The next records with a greater sequence number, oldest first."""
        return [self.stored_at(place) for place in self._index.places_after(after_seq, limit)]

    def records_of(self, kinds: Collection[type[Record]], after_seq: int, limit: int) -> list[Stored]:
        """The next records of these kinds with a greater sequence number, oldest first."""
        return self._of_kinds(kinds, lambda them: self._index.next_of_kinds(them, after_seq, limit))

    def stored_at(self, place: Place) -> Stored:
        """The record at this place."""
        try:
            frame = self._log.read(place)
        except JournalCorrupt as error:
            raise Doubt(str(error)) from error
        return stored(frame, decoded(place, frame))

    def _of_kinds(
        self, kinds: Collection[type[Record]], places: Callable[[Collection[int]], list[Place]]
    ) -> list[Stored]:
        found = [self.stored_at(place) for place in places([_KIND_OF[kind] for kind in kinds])]
        if others := [each.seq for each in found if type(each.record) not in kinds]:
            raise Doubt(f"records {others} are of other kinds")
        return found

    def _receipt_at(self, receipt: int | None) -> History | None:
        return None if receipt is None else self._history_of(receipt)

    def _history_of(self, receipt: int) -> History:
        records = [self.stored_at(place) for place in self._index.places_of(receipt)]
        histories = list(fold_histories(each.record for each in records).values())
        if len(histories) != 1 or records[0].seq != receipt:
            raise Doubt(f"record {receipt} does not begin a receipt")
        return histories[0]


def decoded(place: Place, frame: Frame) -> Record:
    """The record in a frame; JournalCorrupt if there is none that this program can read."""
    try:
        return decode_record(frame.kind, frame.payload)
    except ValueError as error:
        raise JournalCorrupt(segment_name(place.segment), place.offset, frame.seq, str(error)) from error


def stored(frame: Frame, record: Record) -> Stored:
    """The record as Storage gives it."""
    return Stored(frame.seq, frame.wall_ns, frame.chain, record)
