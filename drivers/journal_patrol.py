"""Reading what is stored again and again, a piece at a time, so that damage is found before it is needed."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.journal_checkpoint import NOTHING, Checkpoint, write_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_frames import FRAME_BYTES_MAX, SEGMENT_KIND, Place, segment_name
from drivers.journal_walk import Segment, SegmentWalk

PIECE_BYTES = 256 * 1024
"""What one step reads; of a frame that is longer all of it."""


class Patrol:
    """Goes round all segments; ``verified`` are those that were closed when they were read whole from the medium."""

    def __init__(self, disk: Disk) -> None:
        self.verified: Checkpoint = NOTHING
        self._disk = disk
        self._walk: SegmentWalk | None = None
        self._next = 1
        self._zeros_to = 0

    def step(self, segments: Sequence[Segment], seq: int, chain: bytes, end: int) -> list[tuple[Place, int]]:
        """Verify the next piece and say which records are in it, with their kinds.

        ``seq`` and ``chain`` are those of the last frame, which ends at ``end`` of the last segment.

        Raises:
          JournalCorrupt: a record that was durable is damaged.
          OSError: the medium cannot be read, or the checkpoint not be written.
        """
        if not segments:
            return []
        self._walk = walk = self._walk or self._begin(segments)
        is_closed = walk.number < len(segments)
        if is_closed:
            after = segments[walk.number]
            seq, chain, end = after.first_seq - 1, after.chain, walk.segment.size_bytes
        if walk.seq < seq:
            return self._records(walk, end)
        if (walk.seq, walk.chain) != (seq, chain):
            raise walk.damage(walk.end, "the segment does not end with the record that the next one follows")
        if not is_closed or self._are_zeros(walk, end):
            self._finish(walk, segments)
        return []

    def _begin(self, segments: Sequence[Segment]) -> SegmentWalk:
        """A segment that was closed lately goes before the others, so that the next start need not read it."""
        unknown = len(self.verified.segments) + 1
        number = unknown if unknown < len(segments) else self._next
        self._disk.forget_cached(segment_name(number))
        self._zeros_to = 0
        return SegmentWalk(number, segments[number - 1])

    def _records(self, walk: SegmentWalk, end: int) -> list[tuple[Place, int]]:
        for length in (PIECE_BYTES, FRAME_BYTES_MAX):
            piece = self._disk.read(segment_name(walk.number), walk.end, min(length, end - walk.end))
            if taken := walk.take(piece):
                return [(place, kind) for place, kind in taken if kind != SEGMENT_KIND]
        raise walk.damage(walk.end, "a record that was whole can no longer be read")

    def _are_zeros(self, walk: SegmentWalk, end: int) -> bool:
        """True when all that follows the last record was read; nothing but zeros may follow it."""
        offset = max(walk.end, self._zeros_to)
        length = min(PIECE_BYTES, end - offset)
        if self._disk.read(segment_name(walk.number), offset, length) != bytes(length):
            raise walk.damage(offset, "a closed segment must have nothing but zeros behind its last record")
        self._zeros_to = offset + PIECE_BYTES
        return self._zeros_to >= end

    def _finish(self, walk: SegmentWalk, segments: Sequence[Segment]) -> None:
        self._walk = None
        if walk.number == self._next:
            self._next = walk.number % len(segments) + 1
        if walk.number < len(segments) and walk.number == len(self.verified.segments) + 1:
            self.verified = self.verified.after(walk)
            write_checkpoint(self._disk, self.verified)
