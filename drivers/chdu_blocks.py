"""A frame of the journal as a row of write-once blocks: each says of which record it is a part, and which part.

A block is HEAD (magic, kind, version, sequence number of the record, part, how many parts, CRC-32 of the rest of the
block), then a piece of the frame. A record that was cut off is closed by an ABORT block, which holds nothing; the next
record then has its number. A block that is not like this was garbled on its way or is somebody else's: it stands for
nothing, because the register has written it again.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from drivers.chdu_codec import BLOCK_BYTES_MAX
from drivers.journal_frames import FRAME_BYTES_MAX, decode_frame
from states.fiscal.journal import TailDropped

_HEAD = struct.Struct("<2sBBQHHI")
_MAGIC, _VERSION, _CRC_AT = b"eK", 1, 16
PIECE_BYTES = BLOCK_BYTES_MAX - _HEAD.size
PARTS_MAX = -(-FRAME_BYTES_MAX // PIECE_BYTES)


class Kind(IntEnum):
    """What a block is."""

    PART = 1
    ABORT = 2


_KINDS = {int(kind) for kind in Kind}


class Unordered(Exception):
    """A block stands where another is due: one that was durable is not there, or not as it was."""


@dataclass(frozen=True, slots=True)
class Block:
    """Part 1, 2 and so on of the frame of the record with this sequence number."""

    kind: Kind
    seq: int
    part: int
    parts: int
    piece: bytes = b""


def encode_block(block: Block) -> bytes:
    """The bytes of a block, at most 505."""
    head = _HEAD.pack(_MAGIC, block.kind, _VERSION, block.seq, block.part, block.parts, 0)
    crc = zlib.crc32(block.piece, zlib.crc32(head))
    return head[:_CRC_AT] + struct.pack("<I", crc) + block.piece


def decode_block(content: bytes) -> Block | None:
    """The block, None if this is none of ours or was garbled."""
    if not _HEAD.size <= len(content) <= BLOCK_BYTES_MAX:
        return None
    magic, kind, version, seq, part, parts, crc = _HEAD.unpack_from(content)
    if (magic, version) != (_MAGIC, _VERSION) or kind not in _KINDS or not 1 <= part <= parts <= PARTS_MAX:
        return None
    block = Block(Kind(kind), seq, part, parts, content[_HEAD.size :])
    return block if encode_block(block)[_CRC_AT : _HEAD.size] == struct.pack("<I", crc) else None


def split(seq: int, frame: bytes) -> list[Block]:
    """The blocks of a frame, in the order in which they are written."""
    pieces = [frame[at : at + PIECE_BYTES] for at in range(0, len(frame), PIECE_BYTES)]
    return [Block(Kind.PART, seq, part, len(pieces), piece) for part, piece in enumerate(pieces, start=1)]


class Gathering:
    """Puts frames together out of blocks in the order of their addresses.

    ``open`` is the record that is not complete, None without one; ``is_dropping`` says that parts were left behind by a
    cut since the last complete record, and ``dropped`` what they were.
    """

    def __init__(self) -> None:
        self._parts: list[Block] = []
        self._last: Block | None = None
        self._dropped_bytes = 0
        self._dropped_hash = hashlib.sha256()

    @property
    def open(self) -> Block | None:
        """The last part that is there of a record that is not complete."""
        return self._parts[-1] if self._parts else None

    @property
    def is_dropping(self) -> bool:
        """True while what was cut off last is not followed by a record."""
        return self._dropped_bytes > 0

    @property
    def dropped(self) -> TailDropped:
        """All pieces that were cut off since the last complete record."""
        return TailDropped(self._dropped_bytes, self._dropped_hash.hexdigest())

    def take(self, block: Block) -> bytes | None:
        """The frame that this block completes; Unordered if it cannot stand here.

        The same block twice in a row, which an answer that was lost may have left, counts once.
        """
        if block == self._last:
            return None
        self._last = block
        if block.kind is Kind.ABORT:
            self._abort(block)
            return None
        self._check(block)
        self._parts.append(block)
        self._dropped_bytes += len(block.piece)
        self._dropped_hash.update(block.piece)
        return self._complete(block) if block.part == block.parts else None

    def _check(self, block: Block) -> None:
        here = (block.seq, block.part, block.parts)
        if self._parts:
            last = self._parts[-1]
            if here != (last.seq, last.part + 1, last.parts):
                raise Unordered(f"part {block.part} of record {block.seq} stands in the midst of record {last.seq}")
        elif block.part != 1:
            raise Unordered(f"the parts of record {block.seq} before part {block.part} are missing")

    def _abort(self, block: Block) -> None:
        if not self._parts or self._parts[-1].seq != block.seq:
            raise Unordered(f"record {block.seq} was cut off, but no part of it is there")
        self._parts.clear()

    def _complete(self, block: Block) -> bytes:
        content = b"".join(each.piece for each in self._parts)
        self._parts.clear()
        self._dropped_bytes, self._dropped_hash = 0, hashlib.sha256()
        frame = decode_frame(content, 0)
        if frame is None or (frame.seq, frame.end) != (block.seq, len(content)):
            raise Unordered(f"the parts of record {block.seq} are all there, but they are not that record")
        return content
