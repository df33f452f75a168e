"""The format as ARCHITECTURE.md describes it is enough to read a journal: ``Reader`` was written from that text alone.

It is the documented example, imports nothing of ours, and is held against the register's own reading of good, torn and
damaged journals.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import pytest

from drivers.journal_checkpoint import CHECKPOINT_NAME, decode_checkpoint
from drivers.journal_frames import JournalCorrupt, segment_name
from drivers.journal_log import Log
from states.fiscal.journal import encode_record, kind_of
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk
from tests.storage_kit import fill, go_round, image, kept, listed, new_log, put, recover, small

# --- The documented example --------------------------------------------------------------------------------


def frame_at(content: bytes, at: int) -> tuple[int, int, bytes, bytes, bytes, int] | None:
    """Number, kind, payload, chain hash, what is hashed, and where the next frame begins."""
    if content[at : at + 4] != b"\xf5\x65\x4b\xff" or len(content) < at + 80:
        return None
    length, seq, kind, version = struct.unpack_from("<IQBB", content, at + 4)
    tail = at + 40 + (length + 7) // 8 * 8
    if length > 8 << 20 or tail + 40 > len(content):
        return None
    chain, crc, again = struct.unpack_from("<32sII", content, tail)
    if again != length or crc != zlib.crc32(content[at : tail + 32]):
        return None
    return seq, kind if version == 1 else -1, content[at + 40 : at + 40 + length], chain, content[at:tail], tail + 40


def is_torn(content: bytes, at: int) -> bool:
    """True if a write that was cut off left this, False if it had been whole."""
    end = at + (len(content[at:].rstrip(b"\0")) + 7) // 8 * 8
    if any(frame_at(content, later) for later in range(at, end, 8)):
        return False
    tail, length = content[at:end], content[end - 4 : end]
    sectors = [content[max(at, cut) : min(end, cut + 512)] for cut in range(at // 512 * 512, end, 512)]
    is_length = len(tail) >= 80 and len(tail) == 80 + (int.from_bytes(length, "little") + 7) // 8 * 8 and any(length)
    mended = zlib.crc32(b"\xf5\x65\x4b\xff" + length + tail[8:-8]) == int.from_bytes(tail[-8:-4], "little")
    return not (is_length and all(map(any, sectors)) and (tail[4:8] == length or mended))


def read_records(segments: list[bytes]) -> list[tuple[int, bytes]]:
    """Kind and payload of each record; ValueError if the journal is damaged."""
    records, due, chain, is_over = list[tuple[int, bytes]](), 0, bytes(32), False
    for number, content in enumerate(segments, start=1):
        if is_over and any(content):
            raise ValueError(f"segment {number} goes on behind the end")
        at = 0
        while (frame := frame_at(content, at)) and not is_over:
            seq, kind, payload, after, hashed, end = frame
            if seq != due or kind < 0 or after != hashlib.sha256(chain + hashed).digest() or (kind == 0) != (at == 0):
                raise ValueError(f"record {seq} is not the one that is due")
            if kind == 0 and payload != struct.pack("<QQ32s", number, len(content), chain):
                raise ValueError(f"this is not segment {number}")
            records += [(kind, payload)] if kind else []
            due, chain, at = due + 1, after, end
        if any(content[at:]) and not is_torn(content, at):
            raise ValueError(f"damaged at byte {at} of segment {number}")
        is_over = is_over or any(content[at:]) or at == 0
    return records


# --- Held against the register's own -----------------------------------------------------------------------


def segments_of(disk: CrashDisk) -> list[bytes]:
    return [disk.image(name) for name in disk.names() if name.endswith(".ekj")]


def day_on(disk: CrashDisk) -> None:
    """A day of small segments, examined so that there is a checkpoint."""
    log = recover(disk)
    for record in [*samples.five_receipts(), *samples.afternoon()]:
        put(log, record)
    go_round(log)


async def test_a_journal_that_the_register_wrote_is_read_by_the_documented_example(tmp_path: Path) -> None:
    """The same records, of every kind that a day has."""
    records = [*samples.five_receipts(), *samples.afternoon()]
    async with small(tmp_path) as storage:
        await fill(storage, records)
        stored = await listed(storage.records())
    segments = [content for _, content in sorted(image(tmp_path).items())]
    assert len(segments) > 2
    assert read_records(segments) == [(kind_of(one.record), encode_record(one.record)) for one in stored]


def test_the_example_and_the_register_agree_on_every_torn_and_every_damaged_journal() -> None:
    """Each byte of the last record cut off or changed, and some of all others: both refuse, or both read the same."""
    disk = CrashDisk()
    day_on(disk)
    *_, (place, _) = new_log_of(disk).frames(-1)
    name, end = segment_name(place.segment), place.offset + place.length
    broken = [disk.flipped(name, at, 1 << at % 8) for at in range(place.offset, end + 16)]
    for cut in range(place.offset, end):
        torn = CrashDisk(disk._names, {inode: bytes(content) for inode, content in disk._now.items()})
        torn._now[torn._names[name]][cut:end] = bytes(end - cut)
        broken.append(torn)
    for other in disk.names():
        broken += [disk.flipped(other, at, 2) for at in range(0, disk.size(other), 151) if other != CHECKPOINT_NAME]
    verdicts = [agreed(each) for each in broken]
    assert min(verdicts.count(True), verdicts.count(False)) > 50


def new_log_of(disk: CrashDisk) -> Log:
    log = new_log(disk)
    log.open()
    return log


def agreed(disk: CrashDisk) -> bool:
    """True if both read it (and find the same), False if both refuse it."""
    disk.remove(CHECKPOINT_NAME)
    try:
        truth = kept(new_log_of(disk))
    except JournalCorrupt:
        with pytest.raises(ValueError, match=r"."):
            read_records(segments_of(disk))
        return False
    assert read_records(segments_of(disk)) == truth
    return True


def test_the_checkpoint_is_as_documented() -> None:
    """The offsets of the text, read with nothing but them."""
    disk = CrashDisk()
    day_on(disk)
    content = disk.image(CHECKPOINT_NAME)
    assert content[-32:] == hashlib.sha256(content[:-32]).digest()
    magic, segments, kinds, seq, chain = struct.unpack_from("<8sIIQ32s", content)
    place = struct.unpack_from("<qQQQ", content, 56)
    rows = [struct.unpack_from("<QQ32s", content, 88 + 48 * row) for row in range(segments)]
    counts = [struct.unpack_from("<QQ", content, 88 + 48 * segments + 16 * row) for row in range(kinds)]
    told = decode_checkpoint(content)
    assert (magic, seq, chain, tuple(counts)) == (b"ekj-seen", told.seq, told.chain, told.counts)
    assert len(content) == 88 + 48 * segments + 16 * kinds + 32
    assert [tuple(row) for row in rows] == [(one.first_seq, one.size_bytes, one.chain) for one in told.segments]
    assert told.last_intent is not None
    assert place == (told.last_intent.seq, told.last_intent.segment, told.last_intent.offset, told.last_intent.length)
