"""What a journal and its second copy have in common, and whether the copy may be brought up from the journal.

The journal is written first, so it is the truth: the copy may end earlier, at a whole record or in a write that was cut
off. Whatever else differs means that one of the two lost something, and a human decides which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NoReturn

from drivers.journal_disk import Disk
from drivers.journal_frames import (
    GENESIS,
    SEGMENT,
    SEGMENT_KIND,
    Damage,
    JournalCorrupt,
    decode_frame,
    segment_name,
    segment_number,
    torn_tail,
    walk,
)

PIECE_BYTES = 1024 * 1024
_BLOCK_BYTES = 64 * 1024


@dataclass(slots=True)
class Reading:
    """The row of sound records on one side: the last one, where it ends in each segment, and what follows it.

    ``stop`` is the segment and offset of what follows and is no record; ``fault`` says why that is more than a write
    that was cut off.
    """

    seq: int
    chain: bytes
    ends: dict[int, int] = field(default_factory=dict)
    stop: tuple[int, int] | None = None
    fault: str = ""

    @property
    def extent(self) -> str:
        """How far it goes, in words."""
        return f"is whole to record {self.seq}" if self.seq >= 0 else "has no record"


def read_on(segments: Iterable[tuple[int, bytes]], seq: int, chain: bytes) -> Reading:
    """The records that follow this one in segments of ascending numbers; one that is not there is empty."""
    reading = Reading(seq, chain)
    for number, content in segments:
        if not content.strip(b"\0"):
            reading.stop = reading.stop or (number, 0)
        elif reading.stop:
            reading.fault = f"not a record, but segment {number} goes on"
        else:
            _read_segment(reading, number, content)
        if reading.fault:
            break
    return reading


def _read_segment(reading: Reading, number: int, content: bytes) -> None:
    first = decode_frame(content, 0)
    own = SEGMENT_KIND, SEGMENT.pack(number, len(content), reading.chain)
    end = 0
    if first and (first.kind, first.payload) == own:
        for frame in walk(content, reading.seq + 1, reading.chain):
            end, reading.seq, reading.chain = frame.end, frame.seq, frame.chain
    reading.ends[number] = end
    try:
        if torn_tail(content, end, reading.seq + 1, reading.chain):
            reading.stop = number, end
    except Damage as damage:
        reading.stop = number, damage.offset
        reading.fault = damage.what or f"not segment {number} of {len(content)} bytes that follows the one before"


class Side:
    """The segments on one disk by their numbers; ``blamed`` is around each access, so that errors name their side."""

    def __init__(self, disk: Disk, where: str, blamed: Callable[[], AbstractContextManager[None]]) -> None:
        self.where = where
        self._disk = disk
        self._blamed = blamed
        with blamed():
            self._names = {number: name for name in disk.names() if (number := segment_number(name))}

    @property
    def last(self) -> int:
        """The highest number of a segment."""
        return max(self._names, default=0)

    def size(self, number: int) -> int:
        """The size of a segment in bytes, 0 without one."""
        with self._blamed():
            return self._disk.size(segment_name(number)) if number in self._names else 0

    def settle(self, number: int) -> None:
        """Make durable what only the kernel's memory held, and let it be read from the medium."""
        if number in self._names:
            with self._blamed():
                self._disk.sync(segment_name(number))
                self._disk.forget_cached(segment_name(number))

    def read(self, number: int, offset: int, length: int) -> bytes:
        """Some bytes of a segment, none without one."""
        if number not in self._names:
            return b""
        with self._blamed():
            return self._disk.read(segment_name(number), offset, length)

    def whole(self, number: int) -> bytes:
        """The content of a segment, empty without one."""
        return self.read(number, 0, self.size(number))

    def pieces(self, number: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Offsets and content of a segment's pieces, as if there were zeros from ``end`` on."""
        size = self.size(number)
        for offset in range(0, size, PIECE_BYTES):
            piece = self.read(number, offset, max(0, min(PIECE_BYTES, end - offset)))
            yield offset, piece.ljust(min(PIECE_BYTES, size - offset), b"\0")

    def holds(self, number: int, size: int, pieces: Iterable[tuple[int, bytes]]) -> bool:
        """True if the segment has this size and consists of these pieces."""
        is_there = number in self._names and self.size(number) == size
        return is_there and all(self.read(number, offset, len(piece)) == piece for offset, piece in pieces)


def lacking(journal: Side, copy: Side) -> dict[int, int]:
    """The segments that the copy must be given anew, and where the journal's records in them end; both are only read.

    Raises:
      JournalCorrupt: the two contradict each other, or one of them is damaged; it says which one is whole.
    """
    last = max(journal.last, copy.last)
    for number in range(1, last + 1):
        journal.settle(number)
        copy.settle(number)
        size = journal.size(number)
        if not copy.holds(number, size, journal.pieces(number, size)):
            return _lacking_from(number, last, journal, copy)
    return {}


def _lacking_from(number: int, last: int, journal: Side, copy: Side) -> dict[int, int]:
    """The segment before is the same on both sides, and says which record is due."""
    numbers = range(max(1, number - 1), last + 1)
    for later in range(number + 1, last + 1):
        journal.settle(later)
        copy.settle(later)
    seq, chain = _before(journal.whole(numbers[0])) if numbers[0] > 1 else (-1, GENESIS)
    ours = read_on(((each, journal.whole(each)) for each in numbers), seq, chain)
    theirs = read_on(((each, copy.whole(each)) for each in numbers), seq, chain)
    before = _before(journal.whole(number)) if number > 1 else (-1, GENESIS)
    _judge(number, before, (ours, theirs), (journal, copy))
    ends = {each: ours.ends.get(each, 0) for each in range(number, journal.last + 1)}
    return {
        each: end for each, end in ends.items() if not copy.holds(each, journal.size(each), journal.pieces(each, end))
    }


def _before(content: bytes) -> tuple[int, bytes]:
    """Number and chain hash of the record before a segment, as its first frame has them."""
    first = decode_frame(content, 0)
    if first is None or len(first.payload) != SEGMENT.size:
        return -1, GENESIS
    return first.seq - 1, SEGMENT.unpack(first.payload)[2]


def _judge(number: int, before: tuple[int, bytes], readings: tuple[Reading, Reading], sides: tuple[Side, Side]) -> None:
    """JournalCorrupt unless all that the copy lacks from this segment on, the first that differs, is its end."""
    (ours, theirs), (journal, copy) = readings, sides
    restore = f"the copy in {copy.where} {theirs.extent}"
    if theirs.seq > ours.seq:
        restore += f": to restore the journal, keep its folder {journal.where} under another name"
        restore += " and put the copy's segments into a new one"
    renew = f"the journal {ours.extent}"
    if theirs.seq <= ours.seq:
        renew += ": to renew the copy, empty its folder"
    if ours.fault and theirs.fault:
        _refuse(ours, f"{ours.fault}; the copy in {copy.where} is damaged too: {theirs.fault}")
    if ours.fault:
        _refuse(ours, f"{ours.fault}; {restore}")
    if theirs.fault:
        _refuse(theirs, f"the copy in {copy.where} is damaged: {theirs.fault}; {renew}")
    if (offset := _fork(number, readings, sides)) is not None:
        seq = _record_at(journal.whole(number), offset, *before)
        what = f"the journal and its copy in {copy.where} hold different records from this byte on"
        raise JournalCorrupt(segment_name(number), offset, seq, what)
    if theirs.seq > ours.seq:
        end = ours.ends.get(number, 0)
        raise JournalCorrupt(segment_name(number), end, ours.seq + 1, f"the journal lost this record; {restore}")


def _fork(number: int, readings: tuple[Reading, Reading], sides: tuple[Side, Side]) -> int | None:
    """The first byte of a segment in which two sound rows differ, None if the longer one begins as the shorter."""
    ours, theirs = sides
    offset = _first_difference(ours.whole(number), theirs.whole(number))
    shorter, longer = sorted(readings, key=lambda reading: reading.ends.get(number, 0))
    common = shorter.ends.get(number, 0)
    goes_on = longer.ends.get(number, 0) > common and max(shorter.ends, default=0) > number
    return offset if offset < common or goes_on else None


def _first_difference(one: bytes, other: bytes) -> int:
    """The offset of the first byte that is not the same; the end of the shorter if there is none."""
    for start in range(0, min(len(one), len(other)), _BLOCK_BYTES):
        a, b = one[start : start + _BLOCK_BYTES], other[start : start + _BLOCK_BYTES]
        differing = (at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
        if a != b and (at := next(differing, None)) is not None:
            return start + at
    return min(len(one), len(other))


def _record_at(content: bytes, offset: int, seq: int, chain: bytes) -> int:
    """The number of the record in which this byte of a segment stands."""
    return seq + 1 + sum(frame.end <= offset for frame in walk(content, seq + 1, chain))


def _refuse(reading: Reading, what: str) -> NoReturn:
    number, offset = reading.stop or (0, 0)
    raise JournalCorrupt(segment_name(number), offset, reading.seq + 1, what)
