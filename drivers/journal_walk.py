"""Verifying the frames of one segment: all at once at a start, or piece by piece in the background."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from drivers.journal_frames import (
    SEGMENT,
    SEGMENT_KIND,
    Frame,
    JournalCorrupt,
    Place,
    segment_name,
    walk,
)
from states.fiscal.journal import KINDS, Intent

INTENT_KIND = next(kind for kind, record in KINDS.items() if record is Intent)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment in use: the number of its first frame, the size of its file, the chain hash before it."""

    first_seq: int
    size_bytes: int
    chain: bytes


class SegmentWalk:
    """``seq`` and ``chain`` are those of the last sound frame so far, and ``end`` is where it ends in the segment.

    ``counts`` is how many frames of each kind there were, ``last_intent`` where the newest Intent among them stands.
    """

    def __init__(self, number: int, segment: Segment) -> None:
        self.number = number
        self.segment = segment
        self.seq = segment.first_seq - 1
        self.chain = segment.chain
        self.end = 0
        self.counts: Counter[int] = Counter()
        self.last_intent: Place | None = None

    def take(self, piece: bytes) -> list[tuple[Place, int]]:
        """Place and kind of each sound frame in the unbroken row that begins at ``end``, where this piece begins too.

        JournalCorrupt if a sound frame says that this is another segment.
        """
        base, taken = self.end, []
        for frame in walk(piece, self.seq + 1, self.chain):
            self._check_head(base + frame.offset, frame)
            place = Place(frame.seq, self.number, base + frame.offset, frame.end - frame.offset)
            taken.append((place, frame.kind))
            self.counts[frame.kind] += 1
            if frame.kind == INTENT_KIND:
                self.last_intent = place
            self.end, self.seq, self.chain = base + frame.end, frame.seq, frame.chain
        return taken

    def _check_head(self, offset: int, frame: Frame) -> None:
        if (frame.kind == SEGMENT_KIND) != (offset == 0):
            raise self.damage(offset, "the first frame of a segment, and no other, says which segment it is")
        size_bytes = self.segment.size_bytes
        if offset == 0 and frame.payload != SEGMENT.pack(self.number, size_bytes, self.segment.chain):
            raise self.damage(0, f"not segment {self.number} of {size_bytes} bytes that follows the one before")

    def damage(self, offset: int, what: str) -> JournalCorrupt:
        """What is wrong with the frame that is due next."""
        return JournalCorrupt(segment_name(self.number), offset, self.seq + 1, what)
