"""The journal's bytes read by other code than wrote them; only the format's constants are shared.

It reads what is there, also beyond damage, changes nothing, and may look on while a register is writing.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant (``I5``), the record that breaks it, and how, in a sentence."""

    seq: int
    invariant: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Found:
    """A record's frame that is sound in itself, its wall time in ns and its chain hash."""

    seq: int
    wall_ns: int
    kind: int
    payload: bytes
    chain: bytes


class FrameReader:
    """Reads the segments of a folder once; afterwards it has what it saw: chain hash, violations and notes."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("segment-??????.ekj"))
        self.violations: list[Violation] = []
        self.notes: list[str] = []
        self.seq = -1
        self.chain = GENESIS
        self._is_broken = False
        self._end = ""

    def __iter__(self) -> Iterator[Found]:
        # A register may be writing: its newest segments are read first, the later one before the earlier, so that
        # what is seen of the earlier is never older than what is seen of the later.
        newest = {path: path.read_bytes() for path in self.paths[:-3:-1]}
        for number, path in enumerate(self.paths, start=1):
            content = newest.get(path) or path.read_bytes()
            if path.name != f"segment-{number:06d}.ekj":
                self._violate("I2", f"segment {number} is missing; the next file is {path.name}")
                return
            if not content.strip(b"\0"):
                self._end = self._end or f"{path.name} has no records"
                continue
            if self._end:
                self._violate("I2", f"{self._end}, but {path.name} goes on")
            yield from self._segment(number, content)
        if self._end.startswith("torn"):
            self.notes.append(f"{self._end}: a write that was cut off, or is under way; it is not acknowledged")

    def _segment(self, number: int, content: bytes) -> Iterator[Found]:
        offset = 0
        while offset < len(content):
            size = _frame_size(content, offset)
            if size:
                yield from self._frame(number, content, offset, size)
                offset += size
            else:
                offset = self._gap(number, content, offset)

    def _frame(self, number: int, content: bytes, offset: int, size: int) -> Iterator[Found]:
        _, length, seq, kind, version, wall_ns, _ = HEAD.unpack_from(content, offset)
        hashed = content[offset : offset + size - TAIL.size]
        (chain, _, _) = TAIL.unpack_from(content, offset + size - TAIL.size)
        if version != FORMAT_VERSION:
            self._violate("I2", f"format {version} is not known", seq)
        if not self._is_broken:
            self._check_place(seq, chain, hashed)
        if (kind == SEGMENT_KIND) != (offset == 0):
            self._violate("I3", f"segment {number} does not begin with its own frame, or has a second one", seq)
        payload = hashed[HEAD.size : HEAD.size + length]
        if kind == SEGMENT_KIND:
            self._check_segment(number, len(content), seq, payload)
        self.seq, self.chain, self._is_broken = seq, chain, False
        if kind != SEGMENT_KIND:
            yield Found(seq, wall_ns, kind, payload, chain)

    def _check_place(self, seq: int, chain: bytes, hashed: bytes) -> None:
        if seq != self.seq + 1:
            self._violate("I2", f"record {seq} stands where {self.seq + 1} is due", seq)
        if hashlib.sha256(self.chain + hashed).digest() != chain:
            self._violate("I3", "the chain hash does not follow from the record before", seq)

    def _check_segment(self, number: int, size: int, seq: int, payload: bytes) -> None:
        bound = SEGMENT.unpack(payload) if len(payload) == SEGMENT.size else ()
        if bound != (number, size, self.chain) and not self._is_broken:
            self._violate("I3", f"this is not segment {number} of {size} bytes that follows the one before", seq)

    def _gap(self, number: int, content: bytes, offset: int) -> int:
        """Judge bytes that are no frame, and say where to read on."""
        rest = content[offset:].rstrip(b"\0")
        if not rest:
            return len(content)
        later = offset + 8
        while (later := content.find(MAGIC, later)) >= 0:
            if _frame_size(content, later):
                self._violate("I2", f"segment {number} is damaged at byte {offset}, and goes on at byte {later}")
                self._is_broken = True
                return later
            later += 1
        if _is_whole(content, offset, offset + len(rest)):
            self._violate("I2", f"segment {number} is damaged at byte {offset}, where a whole record had been")
            self._is_broken = True
        else:
            self._end = f"torn tail of {len(rest)} bytes at byte {offset} of segment {number}"
        return len(content)

    def _violate(self, invariant: str, sentence: str, seq: int | None = None) -> None:
        self.violations.append(Violation(self.seq + 1 if seq is None else seq, invariant, sentence))


def _frame_size(content: bytes, offset: int) -> int:
    """The size of a frame with sound lengths and checksum at this offset, 0 if there is none."""
    if not content.startswith(MAGIC, offset) or offset % 8 or offset + HEAD.size > len(content):
        return 0
    length = HEAD.unpack_from(content, offset)[1]
    size = HEAD.size + (length + 7) // 8 * 8 + TAIL.size
    if length > PAYLOAD_BYTES_MAX or offset + size > len(content):
        return 0
    _, checksum, again = TAIL.unpack_from(content, offset + size - TAIL.size)
    return size if again == length and zlib.crc32(content[offset : offset + size - 8]) == checksum else 0


def _is_whole(content: bytes, start: int, end: int) -> bool:
    """True if a frame ends just there and none of its sectors is empty: it had been written, and then damaged.

    Its length stands at both ends, or the checksum is right once the length at the end is put in front too.
    """
    end += -end % 8
    checksum, again = (int.from_bytes(content[at : at + 4], "little") for at in (end - 8, end - 4))
    if again == 0 or HEAD.size + (again + 7) // 8 * 8 + TAIL.size != end - start:
        return False
    is_same = content[start + 4 : start + 8] == content[end - 4 : end]
    is_mended = zlib.crc32(MAGIC + content[end - 4 : end] + content[start + 8 : end - 8]) == checksum
    edges = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    return (is_same or is_mended) and all(any(content[a:b]) for a, b in pairwise(edges))
