"""The journal's bytes read by other code than wrote them; only the format's constants are shared.

It reads what is there, also beyond damage, changes nothing, and may look on while a register is writing. One segment
at a time is in memory. Whoever has the bytes already gives them to ``judge_bytes``.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from drivers.journal_frames import (
    FORMAT_VERSION,
    GENESIS,
    HEAD,
    MAGIC,
    PAYLOAD_BYTES_MAX,
    SECTOR,
    SEGMENT,
    SEGMENT_KIND,
    TAIL,
)

Broken = tuple[str, str]
"""An invariant, or the code that the authority has for it, and how it is broken."""

KEPT_MAX = 1000
"""So many violations are told; the rest is counted, for a journal may be broken in each of its records."""

_PIECE_BYTES = 64 * 1024
_ZEROS = bytes(_PIECE_BYTES)
_HEAD_BYTES, _TAIL_BYTES = HEAD.size, TAIL.size
_new = tuple.__new__
"""Makes a named tuple without the call of a Python function, which a journal has a million times."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant (``I5``), the record that breaks it, where its frame or the damage begins, and a sentence.

    ``segment`` counts from 1 and ``offset`` is in bytes from its start; ``seq`` is the record that is due there where
    no frame can be read.
    """

    seq: int
    segment: int
    offset: int
    invariant: str
    sentence: str


@dataclass(slots=True)
class Findings:
    """Violations as they are found: the first of them, and how many there are."""

    kept: list[Violation] = field(default_factory=list)
    count: int = 0

    def add(self, violation: Violation) -> None:
        """One more."""
        self.count += 1
        if len(self.kept) < KEPT_MAX:
            self.kept.append(violation)


class Found(NamedTuple):
    """A record's frame that is sound in itself: where it stands, its times in ns, kind, payload and chain hash."""

    seq: int
    segment: int
    offset: int
    wall_ns: int
    mono_ns: int
    kind: int
    payload: bytes
    chain: bytes


class Frames:
    """Judges segments one after the other; ``chain`` is the last chain hash, ``notes`` what is no violation."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.notes: list[str] = []
        self.seq = -1
        self.chain = GENESIS
        self._is_broken = False
        self._end = ""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was found in the bytes, in their order."""
        return tuple(self.findings.kept)

    def segment(self, number: int, content: bytes, size: int) -> Iterator[Found]:
        """The records of a segment file of this size; what follows ``content`` in it is taken for zeros."""
        if not _last_byte(content, 0):
            self._end = self._end or f"segment {number} has no records"
            return
        if self._end:
            self._violate(number, 0, "I2", f"{self._end}, but segment {number} goes on")
        offset, end = 0, len(content)
        while offset < end:
            frame = _frame(content, offset)
            if frame is None:
                offset = self._gap(number, content, offset)
                continue
            (_, length, seq, kind, version, wall_ns, mono_ns), hashed, chain = frame
            follows = sha256(self.chain + hashed).digest() == chain
            payload = hashed[_HEAD_BYTES : _HEAD_BYTES + length]
            found = _new(Found, (seq, number, offset, wall_ns, mono_ns, kind, payload, chain))
            is_due = follows and seq == self.seq + 1 and version == FORMAT_VERSION
            if not is_due or kind == SEGMENT_KIND or not offset or self._is_broken:
                self._check(found, follows, version, size)
            self.seq, self.chain = seq, chain
            offset += len(hashed) + _TAIL_BYTES
            if kind != SEGMENT_KIND:
                yield found

    def missing(self, number: int, name: str) -> None:
        """The file of this segment is not there, and this one is."""
        self._violate(number, 0, "I2", f"segment {number} is missing; the next file is {name}")

    def close(self) -> None:
        """There are no more segments."""
        if self._end.startswith("torn"):
            self.notes.append(f"{self._end}: a write that was cut off, or is under way; it is not acknowledged")

    def _check(self, found: Found, follows: bool, version: int, size: int) -> None:
        """A frame that is sound in itself, and is the first of a segment, or not the one that is due there."""
        number, offset, seq = found.segment, found.offset, found.seq
        if version != FORMAT_VERSION:
            self._violate(number, offset, "I2", f"format {version} is not known", seq)
        if not self._is_broken and seq != self.seq + 1:
            self._violate(number, offset, "I2", f"record {seq} stands where {self.seq + 1} is due", seq)
        if not self._is_broken and not follows:
            self._violate(number, offset, "I3", "the chain hash does not follow from the record before", seq)
        if (found.kind == SEGMENT_KIND) != (offset == 0):
            sentence = f"segment {number} does not begin with its own frame, or has a second one"
            self._violate(number, offset, "I3", sentence, seq)
        bound = SEGMENT.unpack(found.payload) if len(found.payload) == SEGMENT.size else ()
        if found.kind == SEGMENT_KIND and bound != (number, size, self.chain) and not self._is_broken:
            sentence = f"this is not segment {number} of {size} bytes that follows the one before"
            self._violate(number, offset, "I3", sentence, seq)
        self._is_broken = False

    def _gap(self, number: int, content: bytes, offset: int) -> int:
        """Judge bytes that are no frame, and say where to read on."""
        last = _last_byte(content, offset)
        if last == offset:
            return len(content)
        later = offset + 8
        while (later := content.find(MAGIC, later, last)) >= 0:
            if _frame(content, later):
                sentence = f"segment {number} is damaged at byte {offset}, and goes on at byte {later}"
                self._violate(number, offset, "I2", sentence)
                self._is_broken = True
                return later
            later += 1
        if _is_whole(content, offset, last):
            sentence = f"segment {number} is damaged at byte {offset}, where a whole record had been"
            self._violate(number, offset, "I2", sentence)
            self._is_broken = True
        else:
            torn = len(content[offset:last].rstrip(b"\0"))
            self._end = f"torn tail of {torn} bytes at byte {offset} of segment {number}"
        return len(content)

    def _violate(self, number: int, offset: int, invariant: str, sentence: str, seq: int | None = None) -> None:
        due = self.seq + 1 if seq is None else seq
        self.findings.add(Violation(due, number, offset, invariant, sentence))


class FrameReader(Frames):
    """Reads the segments of a folder once; afterwards it has what it saw: chain hash, violations and notes."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.paths = sorted(folder.glob("segment-??????.ekj"))
        self.done_bytes = 0

    @property
    def all_bytes(self) -> int:
        """The size of all segments."""
        return sum(path.stat().st_size for path in self.paths)

    def __iter__(self) -> Iterator[Found]:
        # A register may be writing: the newest segments are read as far as they went when the reading began, and the
        # later one is looked at first, so that what is seen of the earlier is never older than what is seen of it.
        ends = {path: _end_of(path) for path in self.paths[:-3:-1]}
        for number, path in enumerate(self.paths, start=1):
            if path.name != f"segment-{number:06d}.ekj":
                self.missing(number, path.name)
                return
            yield from self._segment(number, path, ends.get(path, -1))
        self.close()

    def _segment(self, number: int, path: Path, end: int) -> Iterator[Found]:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            yield from self.segment(number, file.read(end), size)
        self.done_bytes += size


def judge_bytes(segments: Iterable[bytes]) -> Frames:
    """The whole segments of a journal, the first one first, judged without a file; the records are passed over."""
    frames = Frames()
    for number, content in enumerate(segments, start=1):
        for _ in frames.segment(number, content, len(content)):
            pass
    frames.close()
    return frames


def _frame(content: bytes, offset: int) -> tuple[tuple[Any, ...], bytes, bytes] | None:
    """Head, all before the chain hash, and the chain hash of the frame here whose lengths and checksum are sound."""
    try:
        head = HEAD.unpack_from(content, offset)
        length = head[1]
        tail = offset + _HEAD_BYTES + (length + 7 & ~7)
        chain, checksum, again = TAIL.unpack_from(content, tail)
    except struct.error:
        return None
    hashed = content[offset:tail]
    if head[0] != MAGIC or again != length or length > PAYLOAD_BYTES_MAX or offset & 7:
        return None
    return (head, hashed, chain) if zlib.crc32(chain, zlib.crc32(hashed)) == checksum else None


def _end_of(path: Path) -> int:
    """Where the zeros at the end of a file begin, a multiple of eight."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        for start in range((size - 1) // _PIECE_BYTES * _PIECE_BYTES, -1, -_PIECE_BYTES):
            file.seek(start)
            piece = file.read(_PIECE_BYTES)
            if piece != _ZEROS and (end := _last_byte(piece, 0)):
                return start + end
    return 0


def _last_byte(content: bytes, start: int) -> int:
    """Where the zeros at the end begin, a multiple of eight; they are compared in pieces, without a copy of all."""
    end = len(content)
    while end - start > _PIECE_BYTES and content[end - _PIECE_BYTES : end] == _ZEROS:
        end -= _PIECE_BYTES
    first = max(start, end - _PIECE_BYTES)
    end = first + len(content[first:end].rstrip(b"\0"))
    return min(len(content), end + -end % 8)


def _is_whole(content: bytes, start: int, end: int) -> bool:
    """True if a frame ends just there and none of its sectors is empty: it had been written, and then damaged.

    Its length stands at both ends, or the checksum is right once the length at the end is put in front too.
    """
    checksum, again = (int.from_bytes(content[at : at + 4], "little") for at in (end - 8, end - 4))
    if again == 0 or HEAD.size + (again + 7) // 8 * 8 + TAIL.size != end - start:
        return False
    is_same = content[start + 4 : start + 8] == content[end - 4 : end]
    is_mended = zlib.crc32(MAGIC + content[end - 4 : end] + content[start + 8 : end - 8]) == checksum
    edges = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    return (is_same or is_mended) and all(any(content[a:b]) for a, b in pairwise(edges))
