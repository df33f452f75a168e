"""The invariants that the records of a journal must hold, each checked as the records go by."""

from __future__ import annotations

from collections.abc import Iterator

from controller.verify_content import judge_content
from controller.verify_days import Days
from controller.verify_frames import KEPT_MAX, Broken, Found
from controller.verify_lives import Life, Lives
from controller.verify_money import judge_money
from controller.verify_names import Names
from controller.verify_places import Places
from controller.verify_seals import Seals
from controller.verify_series import Series
from controller.verify_shelf import open_store
from controller.verify_times import Times
from states.fiscal.journal import Intent, Opened, Record, TailDropped


class Audit:
    """All that must be remembered of a journal to judge its next record, a part for each idea."""

    def __init__(self) -> None:
        store = open_store()
        self.names, self._times = Names(store), Times()
        self.lives, self.places = Lives(store, self._times), Places(store)
        self.notes: list[str] = []
        self._store = store
        self._series, self._seals, self._days = Series(), Seals(), Days()

    def judge(self, found: Found, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards, its names for ``names`` to be compared in the end."""
        yield from self._times.judge(found, record)
        if isinstance(record, Intent):
            yield from judge_content(record.receipt)
            yield from judge_money(record.receipt)
        elif isinstance(record, Opened):
            self.lives.starts += 1
        elif isinstance(record, TailDropped) and len(self.notes) < KEPT_MAX:
            self.notes.append(f"record {found.seq}: a torn tail of {record.length} bytes was dropped at start")
        self.names.take(found.seq, record)
        yield from self._series.judge(found.seq, record)
        yield from self._seals.judge(found.seq, record)
        yield from self.lives.judge(found, record)
        yield from self.places.judge(found, record)
        yield from self._days.judge(found.seq, record)

    def late(self) -> Iterator[tuple[Life, str]]:
        """Receipts that have waited for the authority for too long when the journal ends (I20), and how long."""
        yield from self.lives.late()

    def close(self) -> None:
        """Give back what lies in files."""
        self._store.close()
