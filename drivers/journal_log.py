"""The row of segments on a disk: opened only when whole, appended to by one writer, durable when ``append`` returns."""

from __future__ import annotations

import errno
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from drivers.journal_disk import Disk
from drivers.journal_frames import (
    ALIGN,
    GENESIS,
    HEAD,
    SEGMENT,
    SEGMENT_KIND,
    Damage,
    Frame,
    JournalCorrupt,
    decode_frame,
    encode_frame,
    frame_bytes,
    segment_name,
    segment_number,
    torn_tail,
    walk,
)
from drivers.ports import PortError
from states.fiscal.journal import KINDS, Intent, TailDropped
from states.fiscal.receipt import ITEMS_MAX, NAME_MAX, REFERENCE_MAX, SELLER_ID_MAX, VOUCHER_MAX

SEGMENT_BYTES = 16 * 1024 * 1024
_ITEM_BYTES_MAX = 6 * (NAME_MAX + REFERENCE_MAX + VOUCHER_MAX + SELLER_ID_MAX) + 512
_INTENT_BYTES_MAX = ITEMS_MAX * _ITEM_BYTES_MAX + 64 * 1024
_ANSWER_BYTES_MAX = 3 * 256 * 1024 + 64 * 1024
LIFE_BYTES = _INTENT_BYTES_MAX + 2 * _ANSWER_BYTES_MAX + 256 * 1024
"""Room for the worst life of one receipt: 500 items with texts that JSON escapes to six bytes a character, the two
longest answers of the authority, and 256 KiB of attempts, interruptions, mail replies and records between them."""

_INTENT_KIND = next(kind for kind, record in KINDS.items() if record is Intent)
_FILL_BYTES = 1024 * 1024
_TEMPORARY = ".tmp"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class JournalFailed(Exception):
    """The medium failed: whether the record is durable is not known until the journal was opened again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the frame of this number stands."""

    seq: int
    segment: int
    offset: int
    length: int


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
        self._firsts: list[int] = []
        self._prepared = 0
        self._end = 0
        self._size = 0
        self._torn: tuple[int, int, bytes] | None = None
        self.seq = -1
        self.chain = GENESIS
        self.last_intent: Place | None = None
        self.counts: Counter[int] = Counter()

    @property
    def _number(self) -> int:
        """The segment that is written to, 0 before the first."""
        return len(self._firsts)

    # --- Opening -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Verify every frame and change nothing; JournalCorrupt if what had been durable is not whole."""
        self._disk.sync_folder()
        numbers = [number for number in map(segment_number, self._disk.names()) if number]
        for due, number in enumerate(numbers, start=1):
            if number != due:
                raise JournalCorrupt(segment_name(due), 0, self.seq + 1, "the segment is missing")
            self._read_segment(number)
        self._prepared = len(numbers)

    def _read_segment(self, number: int) -> None:
        segment = self._from_medium(segment_name(number))
        if segment == bytes(len(segment)):
            return
        at, offset, _ = self._torn or (self._number + 1, 0, b"")
        if self._torn or number != at:
            self._refuse(at, offset, self.seq + 1, f"not a record, but segment {number} goes on")
        end, seq, chain = 0, self.seq, self.chain
        for frame in walk(segment, seq + 1, chain):
            self._check_kind(number, len(segment), frame, chain)
            self.counts[frame.kind] += 1
            if frame.kind == _INTENT_KIND:
                self.last_intent = _place_of(number, frame)
            end, seq, chain = frame.end, frame.seq, frame.chain
        self._take_segment(number, segment, end, seq, chain)

    def _from_medium(self, name: str) -> bytes:
        """The whole segment; what the kernel still held in memory is made durable first and then forgotten."""
        self._disk.sync(name)
        self._disk.forget_cached(name)
        return self._disk.read(name, 0, self._disk.size(name))

    def _check_kind(self, number: int, size: int, frame: Frame, chain: bytes) -> None:
        if (frame.kind == SEGMENT_KIND) != (frame.offset == 0):
            what = "the first frame of a segment, and no other, says which segment it is"
            self._refuse(number, frame.offset, frame.seq, what)
        if frame.offset == 0 and frame.payload != SEGMENT.pack(number, size, chain):
            self._refuse(number, 0, frame.seq, f"not segment {number} of {size} bytes that follows the one before")

    def _take_segment(self, number: int, segment: bytes, end: int, seq: int, chain: bytes) -> None:
        first, self.seq, self.chain = self.seq + 1, seq, chain
        try:
            torn = torn_tail(segment, end, seq + 1, chain)
        except Damage as damage:
            self._refuse(number, damage.offset, seq + 1, damage.what)
        if torn:
            self._torn = number, end, torn
        if end:
            self._firsts.append(first)
            self._end, self._size = end, len(segment)

    def _refuse(self, number: int, offset: int, seq: int, what: str) -> NoReturn:
        raise JournalCorrupt(segment_name(number), offset, seq, what)

    def tidy(self) -> TailDropped | None:
        """Make ready for appending: remove half-made files, drop a torn tail and say what it was, to be recorded."""
        leftovers = [name for name in self._disk.names() if name.endswith(_TEMPORARY)]
        in_use = max(self._number, self._torn[0] if self._torn else 0)
        spare = [segment_name(number) for number in range(in_use + 1, self._prepared + 1)]
        if any(self._disk.size(name) != self._segment_bytes for name in spare):
            leftovers += spare[::-1]
            self._prepared = in_use
        for name in leftovers:
            self._disk.remove(name)
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
        while self._end + length > self._size:
            self._switch()
        return self._write(kind, payload)

    def reserve(self) -> None:
        """Prepare the next segment if the worst life of a receipt might not fit into this one."""
        self._refuse_if_failed()
        if self._size - self._end < self._life_bytes and self._prepared == self._number:
            self._prepare(self._number + 1)

    def fail(self, cause: Exception) -> NoReturn:
        """Let nothing be appended any more; the first cause is what is reported ever after."""
        self._failure = self._failure or cause
        raise JournalFailed(f"the journal failed: {self._failure}") from self._failure

    def _refuse_if_failed(self) -> None:
        if self._failure:
            self.fail(self._failure)

    def _switch(self) -> None:
        if self._prepared == self._number:
            self._prepare(self._number + 1)
        self._firsts.append(self.seq + 1)
        self._end, self._size = 0, self._disk.size(segment_name(self._number))
        self._write(SEGMENT_KIND, SEGMENT.pack(self._number, self._size, self.chain))

    def _write(self, kind: int, payload: bytes) -> tuple[Place, Frame]:
        content = encode_frame(self.chain, self.seq + 1, kind, self._wall_ns(), self._mono_ns(), payload)
        name = segment_name(self._number)
        try:
            self._disk.write(name, self._end, content)
            self._disk.sync(name)
        except OSError as error:
            self.fail(error)
        frame = decode_frame(content, 0)
        assert frame is not None
        place = Place(frame.seq, self._number, self._end, len(content))
        self.seq, self.chain, self._end = frame.seq, frame.chain, self._end + len(content)
        return place, frame

    def _prepare(self, number: int) -> None:
        """Make a segment full of zeros durable, content and name, before it is used."""
        temporary = segment_name(number) + _TEMPORARY
        try:
            self._fill(temporary)
            self._disk.rename(temporary, segment_name(number))
            self._disk.sync_folder()
        except OSError as error:
            with suppress(OSError):
                self._disk.remove(temporary)
            if error.errno in _FULL:
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
        return self.seq if number == self._number else self._firsts[number] - 1

    def _frames_of(self, number: int, after_seq: int) -> Iterator[tuple[Place, Frame]]:
        name = segment_name(number)
        segment = self._disk.read(name, 0, self._end if number == self._number else self._disk.size(name))
        first, (_, _, chain) = self._firsts[number - 1], SEGMENT.unpack_from(segment, HEAD.size)
        seq = first - 1
        for frame in walk(segment, first, chain):
            seq = frame.seq
            if seq > after_seq and frame.kind != SEGMENT_KIND:
                yield _place_of(number, frame), frame
        if seq != self._last_of(number):
            self._refuse(number, 0, seq + 1, "a record that was whole when the journal was opened cannot be read")


def _place_of(segment: int, frame: Frame) -> Place:
    return Place(frame.seq, segment, frame.offset, frame.end - frame.offset)
