"""What a start finds in the folder: every frame verified that was not verified before, and nothing changed."""

from __future__ import annotations

from drivers.journal_checkpoint import NOTHING, read_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_frames import Damage, JournalCorrupt, last_byte, segment_name, segment_number, torn_tail
from drivers.journal_walk import Segment, SegmentWalk


class Opening:
    """``whole`` are all segments in use, ``closed`` all but the last of them, and ``noted`` is how many of those the
    checkpoint told.

    The last record ends at ``end``; ``torn`` is segment, offset and bytes of a torn tail behind it. ``prepared`` is how
    many segment files there are.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.whole = NOTHING
        self.closed = NOTHING
        self.noted = 0
        self.end = 0
        self.torn: tuple[int, int, bytes] | None = None
        self.prepared = 0

    def read(self) -> None:
        """Verify the journal; JournalCorrupt if what had been durable is not whole."""
        self._disk.sync_folder()
        self.whole = self.closed = read_checkpoint(self._disk)
        self.noted = len(self.whole.segments)
        numbers = [number for number in map(segment_number, self._disk.names()) if number]
        for due, number in enumerate(numbers, start=1):
            if number != due:
                raise self._damage(due, 0, "the segment is missing")
            if number > self.noted:
                self._read_segment(number)
        self.prepared = len(numbers)
        if self.noted and len(self.whole.segments) == self.noted:
            raise self._damage(self.noted + 1, 0, "the segment's first record was there a moment ago, and is gone")

    def _read_segment(self, number: int) -> None:
        content = self._from_medium(segment_name(number))
        if not last_byte(content, 0):
            return
        at, offset, _ = self.torn or (len(self.whole.segments) + 1, 0, b"")
        if self.torn or number != at:
            raise self._damage(at, offset, f"not a record, but segment {number} goes on")
        walk = SegmentWalk(number, Segment(self.whole.seq + 1, len(content), self.whole.chain))
        walk.take(content)
        try:
            torn = torn_tail(content, walk.end, walk.seq + 1, walk.chain)
        except Damage as error:
            raise walk.damage(error.offset, error.what) from error
        if torn:
            self.torn = number, walk.end, torn
        if walk.end:
            self.closed, self.whole, self.end = self.whole, self.whole.after(walk), walk.end

    def _from_medium(self, name: str) -> bytes:
        """The whole segment; what the kernel still held in memory is made durable first and then forgotten."""
        self._disk.sync(name)
        self._disk.forget_cached(name)
        return self._disk.read(name, 0, self._disk.size(name))

    def _damage(self, number: int, offset: int, what: str) -> JournalCorrupt:
        return JournalCorrupt(segment_name(number), offset, self.whole.seq + 1, what)
