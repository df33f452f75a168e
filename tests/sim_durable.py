"""What the medium holds of the journal, read record by record as it becomes durable: the witness of every rule.

It reads the bytes on the medium and nothing that the register keeps in memory; the chain is computed again here.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeVar

from drivers.journal_frames import GENESIS, SEGMENT_KIND, TAIL, Frame, decode_frame, segment_name
from states.fiscal.journal import Intent, Record, decode_record, okp_of
from tests.sim_disk import SimDisk

Kind = TypeVar("Kind")
ADDRESS = re.compile(rb"zakaznik[0-9]+@")


@dataclass(frozen=True, slots=True)
class Seen:
    """A durable record, and when it became so in virtual seconds; ``room_bytes`` was left behind it in its segment."""

    seq: int
    chain: bytes
    record: Record
    at_s: float
    room_bytes: int
    is_next_ready: bool


class Durable:
    """``head`` is the number of the last durable frame, -1 before the first; ``amiss`` is what is wrong with frames."""

    def __init__(self, disk: SimDisk) -> None:
        self._disk = disk
        self._segment, self._offset = 1, 0
        self.head = -1
        self.chain = GENESIS
        self.seen: list[Seen] = []
        self.chains: list[bytes] = []
        self.by_okp: defaultdict[str, list[Seen]] = defaultdict(list)
        self.intents: list[Intent] = []
        self.amiss: list[tuple[str, str]] = []
        self._ends: dict[str, int] = {}

    def read(self, at_s: float) -> list[Seen]:
        """What has become durable since the last time."""
        found: list[Seen] = []
        while (content := self._disk.kept(segment_name(self._segment))) or self._offset:
            frame = decode_frame(piece_of(content, self._offset), 0) if content else None
            if frame is None:
                if self._offset and self._next_begins():
                    self._segment, self._offset = self._segment + 1, 0
                    continue
                break
            self._take(frame, len(content), at_s, found)
        return found

    def _next_begins(self) -> bool:
        return decode_frame(piece_of(self._disk.kept(segment_name(self._segment + 1)), 0), 0) is not None

    def _take(self, frame: Frame, size: int, at_s: float, found: list[Seen]) -> None:
        content = self._disk.kept(segment_name(self._segment))
        start = self._offset
        hashed = bytes(content[start : start + frame.end - TAIL.size])
        if frame.seq != self.head + 1:
            self.amiss.append(("I2", f"record {frame.seq} stands where {self.head + 1} is due"))
        if hashlib.sha256(self.chain + hashed).digest() != frame.chain:
            self.amiss.append(("I3", f"the chain is broken at record {frame.seq}"))
        self.head, self.chain = frame.seq, frame.chain
        self.chains.append(frame.chain)
        self._offset += frame.end
        self._ends[segment_name(self._segment)] = self._offset
        if frame.kind == SEGMENT_KIND:
            return
        if ADDRESS.search(frame.payload):
            self.amiss.append(("I26", f"record {frame.seq} has a whole e-mail address in it"))
        record = decode_record(frame.kind, frame.payload)
        is_next_ready = bool(self._disk.kept(segment_name(self._segment + 1)))
        one = Seen(frame.seq, frame.chain, record, at_s, size - self._offset, is_next_ready)
        found.append(one)
        self._sort_in(one)

    def _sort_in(self, one: Seen) -> None:
        self.seen.append(one)
        if isinstance(one.record, Intent):
            self.intents.append(one.record)
        if okp := okp_of(one.record):
            self.by_okp[okp].append(one)

    def end_of(self, name: str) -> int:
        """Where the durable records of a segment end."""
        return self._ends.get(name, 0)

    def of(self, okp: str, kind: type[Kind]) -> list[Kind]:
        """The durable records of a receipt, of one kind."""
        return [one.record for one in self.by_okp.get(okp, ()) if isinstance(one.record, kind)]


def piece_of(content: bytearray, offset: int) -> bytes:
    """The rest of a segment from an offset, as far as one frame can reach, in bytes of its own."""
    return bytes(content[offset : offset + FRAME_PIECE_BYTES])


FRAME_PIECE_BYTES = 64 * 1024
