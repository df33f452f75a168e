"""The journal's format: frames in preallocated segments, each record chained to all before it by SHA-256.

A segment file is a row of frames, then zeros. A frame is HEAD (magic, length of the payload, sequence number, kind,
version, wall and monotonic time in ns), the payload padded to eight bytes, and TAIL (chain hash, CRC-32 of all before
it, the length again). The chain hash is SHA-256 of the chain hash before and this frame up to the hash. The first
frame of each segment says which segment it is, its size, and the chain hash it follows.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xf5eK\xff"
"""Two of its bytes never occur in UTF-8, so no payload of a record holds it."""

HEAD = struct.Struct("<4sIQBB6xqq")
TAIL = struct.Struct("<32sII")
SEGMENT = struct.Struct("<QQ32s")
"""The payload of a segment's first frame: its number, its size in bytes, the chain hash before it."""

ALIGN = 8
SECTOR = 512
FORMAT_VERSION = 1
SEGMENT_KIND = 0
PAYLOAD_BYTES_MAX = 8 * 1024 * 1024
"""Room for 5000 PLU whose names are 255 letters of four bytes each."""

FRAME_BYTES_MAX = HEAD.size + PAYLOAD_BYTES_MAX + TAIL.size
"""A whole number of ALIGN, as every frame's size is."""

GENESIS = bytes(32)
"""The chain hash before the first frame; the sequence number of that frame is 0."""

_PIECE_BYTES = 64 * 1024
_ZEROS = bytes(_PIECE_BYTES)
_SEGMENT_NAME = re.compile(r"segment-([0-9]{6})\.ekj")


class JournalCorrupt(Exception):
    """The journal is damaged where it had been whole: nothing was changed, and nothing may be appended."""

    def __init__(self, segment: str, offset: int, seq: int, what: str) -> None:
        super().__init__(f"{segment} at byte {offset}, record {seq}: {what}")
        self.segment = segment
        self.offset = offset
        self.seq = seq
        self.what = what


class Damage(Exception):
    """What is wrong at which offset of a segment that is no torn tail."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(f"at byte {offset}: {what}")
        self.offset = offset
        self.what = what


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it stands from an offset of a segment to its end, its CRC verified."""

    offset: int
    seq: int
    kind: int
    version: int
    wall_ns: int
    mono_ns: int
    payload: bytes
    chain: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the frame of this number stands."""

    seq: int
    segment: int
    offset: int
    length: int


def segment_name(number: int) -> str:
    """The file of segment 1, 2, 3 and so on."""
    return f"segment-{number:06d}.ekj"


def segment_number(name: str) -> int:
    """The number of a segment's file, 0 for any other file."""
    found = _SEGMENT_NAME.fullmatch(name)
    return int(found[1]) if found else 0


def frame_bytes(payload_bytes: int) -> int:
    """The size of the frame of a payload of this size."""
    return HEAD.size + payload_bytes + -payload_bytes % ALIGN + TAIL.size


def encode_frame(chain: bytes, seq: int, kind: int, wall_ns: int, mono_ns: int, payload: bytes) -> bytes:
    """The frame that follows the one with this chain hash; ValueError for a payload that is too long."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"a record of {len(payload)} bytes; at most {PAYLOAD_BYTES_MAX}")
    head = HEAD.pack(MAGIC, len(payload), seq, kind, FORMAT_VERSION, wall_ns, mono_ns)
    content = head + payload + bytes(-len(payload) % ALIGN)
    hashed = content + chain_after(chain, content)
    return hashed + struct.pack("<II", zlib.crc32(hashed), len(payload))


def chain_after(chain: bytes, content: bytes) -> bytes:
    """The chain hash of a frame with this content (all of it before the hash)."""
    return hashlib.sha256(chain + content).digest()


def decode_frame(segment: bytes, offset: int) -> Frame | None:
    """The frame at this offset, if its lengths and its CRC are right; the chain is not looked at."""
    if segment[offset : offset + 4] != MAGIC or len(segment) - offset < HEAD.size:
        return None
    _, length, seq, kind, version, wall_ns, mono_ns = HEAD.unpack_from(segment, offset)
    tail_at = offset + frame_bytes(length) - TAIL.size
    if length > PAYLOAD_BYTES_MAX or tail_at + TAIL.size > len(segment):
        return None
    chain, crc, length_again = TAIL.unpack_from(segment, tail_at)
    if length_again != length or zlib.crc32(segment[offset : tail_at + len(chain)]) != crc:
        return None
    payload = segment[offset + HEAD.size : offset + HEAD.size + length]
    return Frame(offset, seq, kind, version, wall_ns, mono_ns, payload, chain, tail_at + TAIL.size)


def objection(segment: bytes, frame: Frame, seq: int, chain: bytes) -> str:
    """Why a frame cannot be the one of this number after this chain hash, empty if it can."""
    if frame.version != FORMAT_VERSION:
        return f"written in format {frame.version}, this program reads {FORMAT_VERSION}"
    if frame.seq != seq:
        return f"record {frame.seq} stands where {seq} is due"
    if frame.chain != chain_after(chain, segment[frame.offset : frame.end - TAIL.size]):
        return "its chain hash does not follow from the record before"
    return ""


def walk(segment: bytes, seq: int, chain: bytes) -> Iterator[Frame]:
    """The unbroken row of frames from the segment's start, the first with this number after this chain hash."""
    offset = 0
    while (frame := decode_frame(segment, offset)) and not objection(segment, frame, seq, chain):
        yield frame
        offset, seq, chain = frame.end, frame.seq + 1, frame.chain


def torn_tail(segment: bytes, offset: int, seq: int, chain: bytes) -> bytes:
    """What a write that was cut off left after the last good frame, up to its last byte that is not zero.

    Raises:
      Damage: a good frame stands there or further on, or the frame there had been written to its end; so a
          record that had been durable is damaged.
    """
    last = last_byte(segment, offset)
    tail = segment[offset:last]
    tail += bytes(-len(tail) % ALIGN)
    if (frame := decode_frame(segment, offset)) is not None:
        raise Damage(offset, objection(segment, frame, seq, chain))
    if (later := _find_frame(segment, offset + ALIGN, last)) is not None:
        raise Damage(offset, f"not a record, but record {later.seq} follows at byte {later.offset}")
    if tail and _was_whole(tail, offset):
        raise Damage(offset, "a record that had been written to its end is damaged")
    return tail


def last_byte(segment: bytes, offset: int) -> int:
    """The offset after the last byte that is not zero, found from the end without a copy of all the zeros."""
    end = len(segment)
    while end - offset > _PIECE_BYTES and segment[end - _PIECE_BYTES : end] == _ZEROS:
        end -= _PIECE_BYTES
    start = max(offset, end - _PIECE_BYTES)
    return start + len(segment[start:end].rstrip(b"\0"))


def _find_frame(segment: bytes, offset: int, end: int) -> Frame | None:
    while (offset := segment.find(MAGIC, offset, end)) >= 0:
        if offset % ALIGN == 0 and (frame := decode_frame(segment, offset)):
            return frame
        offset += 1
    return None


def _was_whole(tail: bytes, offset: int) -> bool:
    """True if the end of the frame reached the medium and no sector of it is missing; a torn write lacks some.

    The end is known by the length that stands there, and in the head as well, or that mends the frame's checksum.
    """
    crc, length_again = struct.unpack("<II", tail[-8:])
    if not length_again or frame_bytes(length_again) != len(tail):
        return False
    mended = MAGIC + tail[-4:] + tail[8:-8]
    first = SECTOR - offset % SECTOR
    pieces = [tail[:first], *(tail[at : at + SECTOR] for at in range(first, len(tail), SECTOR))]
    return all(map(any, pieces)) and (tail[4:8] == tail[-4:] or zlib.crc32(mended) == crc)
