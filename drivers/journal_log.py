"""The row of segments on a disk: opened only when whole, appended to by one writer, durable when ``append`` returns."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NoReturn

from drivers.journal_checkpoint import FULL, TEMPORARY, remove_checkpoint, write_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_frames import (
    ALIGN,
    GENESIS,
    SEGMENT,
    SEGMENT_KIND,
    Frame,
    JournalCorrupt,
    Place as Place,
    decode_frame,
    encode_frame,
    frame_bytes,
    segment_name,
    walk,
)
from drivers.journal_opening import Opening
from drivers.journal_patrol import Patrol
from drivers.journal_walk import Segment
from drivers.ports import Medium, PortError
from states.fiscal.journal import TailDropped
from states.fiscal.receipt import ITEMS_MAX, NAME_MAX, REFERENCE_MAX, SELLER_ID_MAX, VOUCHER_MAX

SEGMENT_BYTES = 16 * 1024 * 1024
_ITEM_BYTES_MAX = 6 * (NAME_MAX + REFERENCE_MAX + VOUCHER_MAX + SELLER_ID_MAX) + 512
_INTENT_BYTES_MAX = ITEMS_MAX * _ITEM_BYTES_MAX + 64 * 1024
_ANSWER_BYTES_MAX = 3 * 256 * 1024 + 64 * 1024
LIFE_BYTES = _INTENT_BYTES_MAX + 2 * _ANSWER_BYTES_MAX + 256 * 1024
"""Room for the worst life of one receipt: 500 items with texts that JSON escapes to six bytes a character, the two
longest answers of the authority, and 256 KiB of attempts, interruptions, mail replies and records between them."""

_FILL_BYTES = 1024 * 1024


class JournalFailed(Exception):
    """The medium failed: whether the record is durable is not known until the journal was opened again."""


class Log:
    """``seq`` and ``chain`` are those of the last frame, -1 and GENESIS without one.

    ``last_intent`` is where the newest Intent stood when the journal was opened, and ``counts`` is how many records of
    each kind there were then.
    """

    def __init__(
        self,
        disk: Disk,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        life_bytes: int = LIFE_BYTES,
        wall_ns: Callable[[], int] = time.time_ns,
        mono_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if segment_bytes % ALIGN or life_bytes > segment_bytes - frame_bytes(SEGMENT.size):
            raise ValueError(f"segments of {segment_bytes} bytes cannot hold a receipt's life of {life_bytes}")
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._life_bytes = life_bytes
        self._wall_ns = wall_ns
        self._mono_ns = mono_ns
        self._failure: Exception | None = None
        self._segments: list[Segment] = []
        self._noted = 0
        self._prepared = 0
        self._end = 0
        self._torn: tuple[int, int, bytes] | None = None
        self._patrol = Patrol(disk)
        self.seq = -1
        self.chain = GENESIS
        self.last_intent: Place | None = None
        self.counts: Counter[int] = Counter()

    @property
    def _number(self) -> int:
        """The segment that is written to, 0 before the first."""
        return len(self._segments)

    @property
    def _size(self) -> int:
        """The size of that segment."""
        return self._segments[-1].size_bytes if self._segments else 0

    # --- Opening -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Verify every frame, those before the checkpoint by its word, and change nothing; JournalCorrupt if what had
        been durable is not whole."""
        found = Opening(self._disk)
        found.read()
        self._segments, self._end, self._torn = list(found.whole.segments), found.end, found.torn
        self._prepared, self._noted, self._patrol.verified = found.prepared, found.noted, found.closed
        self.seq, self.chain, self.last_intent = found.whole.seq, found.whole.chain, found.whole.last_intent
        self.counts = Counter(dict(found.whole.counts))

    def tidy(self) -> TailDropped | None:
        """Make ready for appending: remove half-made files, note what was verified, drop a torn tail and say what it
        was, to be recorded."""
        leftovers = [name for name in self._disk.names() if name.endswith(TEMPORARY)]
        in_use = max(self._number, self._torn[0] if self._torn else 0)
        spare = [segment_name(number) for number in range(in_use + 1, self._prepared + 1)]
        if any(self._disk.size(name) != self._segment_bytes for name in spare):
            leftovers += spare[::-1]
            self._prepared = in_use
        for name in leftovers:
            self._disk.remove(name)
        if len(self._patrol.verified.segments) > self._noted:
            write_checkpoint(self._disk, self._patrol.verified)
        return self._drop_tail() if self._torn else None

    def _drop_tail(self) -> TailDropped:
        assert self._torn
        number, offset, torn = self._torn
        self._disk.write(segment_name(number), offset, bytes(len(torn)))
        self._disk.sync(segment_name(number))
        self._torn = None
        return TailDropped(len(torn), hashlib.sha256(torn).hexdigest())

    # --- Appending ---------------------------------------------------------------------------------------

    def append(self, kind: int, payload: bytes) -> tuple[Place, Frame]:
        """Write one frame and return once it is on the medium.

        Raises:
          PortError: ``full``, and nothing was written.
          JournalFailed: the medium failed, now or before.
          ValueError: the payload is too long for a segment, and nothing was written.
        """
        self._refuse_if_failed()
        length = frame_bytes(len(payload))
        if length > self._segment_bytes - frame_bytes(SEGMENT.size):
            raise ValueError(f"a record of {len(payload)} bytes does not fit a segment")
        try:
            while self._end + length > self._size:
                self._switch()
            return self._write(kind, payload)
        except OSError as error:
            self.fail(error)

    def reserve(self) -> None:
        """Prepare the next segment if the worst life of a receipt might not fit into this one."""
        self._refuse_if_failed()
        if self._size - self._end < self._life_bytes and self._prepared == self._number:
            self._prepare(self._number + 1)

    def fail(self, cause: Exception) -> NoReturn:
        """Let nothing be appended any more, and the next start verify everything; the first cause is what is reported
        ever after."""
        self._distrust(cause)
        raise JournalFailed(f"the journal failed: {self._failure}") from self._failure

    def _distrust(self, cause: Exception) -> None:
        if self._failure is None:
            self._failure = cause
            remove_checkpoint(self._disk)

    def _refuse_if_failed(self) -> None:
        if self._failure:
            self.fail(self._failure)

    def _switch(self) -> None:
        if self._prepared == self._number:
            self._prepare(self._number + 1)
        size_bytes = self._disk.size(segment_name(self._number + 1))
        self._segments.append(Segment(self.seq + 1, size_bytes, self.chain))
        self._end = 0
        self._write(SEGMENT_KIND, SEGMENT.pack(self._number, size_bytes, self.chain))

    def _write(self, kind: int, payload: bytes) -> tuple[Place, Frame]:
        content = encode_frame(self.chain, self.seq + 1, kind, self._wall_ns(), self._mono_ns(), payload)
        name = segment_name(self._number)
        self._disk.write(name, self._end, content)
        self._disk.sync(name)
        frame = decode_frame(content, 0)
        assert frame is not None
        place = Place(frame.seq, self._number, self._end, len(content))
        self.seq, self.chain, self._end = frame.seq, frame.chain, self._end + len(content)
        return place, frame

    def _prepare(self, number: int) -> None:
        """Make a segment full of zeros durable, content and name, before it is used."""
        temporary = segment_name(number) + TEMPORARY
        try:
            self._fill(temporary)
            self._disk.rename(temporary, segment_name(number))
            self._disk.sync_folder()
        except OSError as error:
            with suppress(OSError):
                self._disk.remove(temporary)
            if error.errno in FULL:
                raise PortError("full", f"no room for a segment of {self._segment_bytes} bytes") from error
            self.fail(error)
        self._prepared = number

    def _fill(self, name: str) -> None:
        self._disk.create(name)
        for offset in range(0, self._segment_bytes, _FILL_BYTES):
            self._disk.write(name, offset, bytes(min(_FILL_BYTES, self._segment_bytes - offset)))
        self._disk.sync(name)

    # --- Reading -----------------------------------------------------------------------------------------

    def read(self, place: Place) -> Frame:
        """The frame of this number at this place, its CRC verified again; JournalCorrupt if it is not there."""
        name = segment_name(place.segment)
        frame = None
        if 0 < place.segment <= self._number:
            frame = decode_frame(self._disk.read(name, place.offset, place.length), 0)
        if frame is None or frame.seq != place.seq:
            raise JournalCorrupt(name, place.offset, place.seq, "the record cannot be read there")
        return frame

    def frames(self, after_seq: int) -> Iterator[tuple[Place, Frame]]:
        """Records with a greater number, oldest first, and where they stand; a segment is in memory at a time."""
        for number in range(1, self._number + 1):
            if self._last_of(number) > after_seq:
                yield from self._frames_of(number, after_seq)

    def _last_of(self, number: int) -> int:
        return self.seq if number == self._number else self._segments[number].first_seq - 1

    def _frames_of(self, number: int, after_seq: int) -> Iterator[tuple[Place, Frame]]:
        name, segment = segment_name(number), self._segments[number - 1]
        content = self._disk.read(name, 0, self._end if number == self._number else segment.size_bytes)
        end, seq = 0, segment.first_seq - 1
        for frame in walk(content, segment.first_seq, segment.chain):
            end, seq = frame.end, frame.seq
            if seq > after_seq and frame.kind != SEGMENT_KIND:
                yield Place(seq, number, frame.offset, frame.end - frame.offset), frame
        if seq != self._last_of(number):
            damage = JournalCorrupt(name, end, seq + 1, "a record that was whole can no longer be read")
            self._distrust(damage)
            raise damage

    # --- Examining ---------------------------------------------------------------------------------------

    def examine(self) -> list[tuple[Place, int]]:
        """Verify a further piece from the medium, round and round; the records in it and their kinds.

        Raises:
          JournalCorrupt: a record that was durable is damaged.
          JournalFailed: the medium failed, now or before.
        """
        self._refuse_if_failed()
        try:
            return self._patrol.step(self._segments, self.seq, self.chain, self._end)
        except JournalCorrupt as damage:
            self._distrust(damage)
            raise
        except OSError as error:
            self.fail(error)

    def medium(self) -> Medium:
        """Used is what the records take; the capacity is that, the rest of the segment files, and what the file system
        still has for this user."""
        closed_bytes = sum(segment.size_bytes for segment in self._segments[:-1])
        files_bytes = sum(self._disk.size(segment_name(number)) for number in range(1, self._prepared + 1))
        return Medium(closed_bytes + self._end, files_bytes + self._disk.free_bytes(), self._disk.is_copy_lost)
