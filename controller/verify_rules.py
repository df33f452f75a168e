"""The invariants that the records of a journal must hold, each checked as the records go by."""

from __future__ import annotations

from collections.abc import Iterator

from controller.verify_content import judge_content
from controller.verify_days import Days
from controller.verify_frames import Broken
from controller.verify_lives import Attempts, Lives
from controller.verify_money import judge_money
from controller.verify_places import Places
from controller.verify_seals import Seals
from controller.verify_series import Series
from states.fiscal.journal import Intent, Record, TailDropped


class Audit:
    """All that must be remembered of a journal to judge its next record, a part for each idea."""

    def __init__(self) -> None:
        attempts = Attempts()
        self.lives, self.places = Lives(attempts), Places(attempts)
        self.notes: list[str] = []
        self._parts = (Series(), Seals(), self.lives, self.places, Days())

    def judge(self, seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks; it is remembered afterwards."""
        if isinstance(record, Intent):
            yield from judge_content(record.receipt)
            yield from judge_money(record.receipt)
        elif isinstance(record, TailDropped):
            self.notes.append(f"record {seq}: a torn tail of {record.length} bytes was dropped at start")
        for part in self._parts:
            yield from part.judge(seq, record)
