"""A note beside the journal of which closed segments were verified, so that a start need not read them again.

It is made anew at any time, and believed only if the journal agrees: every closed segment has its size, and the next
one follows them. The file is HEAD (magic, how many segments and kinds, number and chain hash of the last frame, place
of the newest Intent, its number -1 without one), for each segment its first frame's number, its size and the chain
hash before it, for each kind its byte and how many frames have it, and the SHA-256 of all this.
"""

from __future__ import annotations

import errno
import hashlib
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from drivers.journal_disk import Disk
from drivers.journal_frames import GENESIS, SEGMENT, SEGMENT_KIND, JournalCorrupt, Place, frame_bytes, segment_name
from drivers.journal_walk import INTENT_KIND, Segment, SegmentWalk

CHECKPOINT_NAME = "checkpoint"
TEMPORARY = ".tmp"
"""What is so named was never finished, and the next start removes it."""

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors that say there is no room; any other is one of the medium."""

_BYTES_MAX = 1024 * 1024
_MAGIC = b"ekj-seen"
_HEAD = struct.Struct("<8sIIQ32sqQQQ")
_SEGMENT = struct.Struct("<QQ32s")
_COUNT = struct.Struct("<QQ")
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Closed segments from the first on that were verified, number and chain hash of the last frame in them, how many
    frames of each kind they hold (by kind), and where the newest Intent stands."""

    segments: tuple[Segment, ...] = ()
    seq: int = -1
    chain: bytes = GENESIS
    counts: tuple[tuple[int, int], ...] = ()
    last_intent: Place | None = None

    def after(self, walk: SegmentWalk) -> Checkpoint:
        """This and the next segment, which was walked to its end."""
        counts = Counter(dict(self.counts)) + walk.counts
        segments = (*self.segments, walk.segment)
        return Checkpoint(
            segments, walk.seq, walk.chain, tuple(sorted(counts.items())), walk.last_intent or self.last_intent
        )


NOTHING = Checkpoint()


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The content of the file."""
    place = checkpoint.last_intent or Place(-1, 0, 0, 0)
    where = place.seq, place.segment, place.offset, place.length
    sizes = len(checkpoint.segments), len(checkpoint.counts)
    pieces = [_HEAD.pack(_MAGIC, *sizes, checkpoint.seq, checkpoint.chain, *where)]
    pieces += [_SEGMENT.pack(each.first_seq, each.size_bytes, each.chain) for each in checkpoint.segments]
    pieces += [_COUNT.pack(*count) for count in checkpoint.counts]
    content = b"".join(pieces)
    return content + hashlib.sha256(content).digest()


def decode_checkpoint(content: bytes) -> Checkpoint:
    """What the file says; ValueError unless it is whole and does not contradict itself."""
    body = content[:-_DIGEST_BYTES]
    if len(body) < _HEAD.size or hashlib.sha256(body).digest() != content[-_DIGEST_BYTES:]:
        raise ValueError("not a whole checkpoint")
    magic, segments, kinds, seq, chain, *where = _HEAD.unpack_from(body)
    counts_at = _HEAD.size + segments * _SEGMENT.size
    if magic != _MAGIC or len(body) != counts_at + kinds * _COUNT.size:
        raise ValueError("a checkpoint of another form")
    rows = tuple(Segment(*row) for row in _SEGMENT.iter_unpack(body[_HEAD.size : counts_at]))
    counts = tuple((kind, count) for kind, count in _COUNT.iter_unpack(body[counts_at:]))
    checkpoint = Checkpoint(rows, seq, chain, counts, Place(*where) if where[0] >= 0 else None)
    if not _is_consistent(checkpoint) or encode_checkpoint(checkpoint) != content:
        raise ValueError("a checkpoint that contradicts itself")
    return checkpoint


def _is_consistent(checkpoint: Checkpoint) -> bool:
    firsts = [*(each.first_seq for each in checkpoint.segments), checkpoint.seq + 1]
    counts, place = dict(checkpoint.counts), checkpoint.last_intent
    return (
        len(firsts) > 1
        and firsts[0] == 0
        and all(one < other for one, other in pairwise(firsts))
        and sum(counts.values()) == checkpoint.seq + 1
        and counts.get(SEGMENT_KIND) == len(checkpoint.segments)
        and (INTENT_KIND in counts) == (place is not None)
        and (place is None or place.seq <= checkpoint.seq)
    )


def read_checkpoint(disk: Disk) -> Checkpoint:
    """What was verified before, NOTHING if that cannot be believed."""
    if CHECKPOINT_NAME not in disk.names():
        return NOTHING
    try:
        checkpoint = decode_checkpoint(disk.read(CHECKPOINT_NAME, 0, _BYTES_MAX))
        return checkpoint if _is_agreed(disk, checkpoint) else NOTHING
    except (OSError, ValueError, JournalCorrupt):
        return NOTHING


def _is_agreed(disk: Disk, checkpoint: Checkpoint) -> bool:
    """True if the closed segments have their sizes and the one after them begins as it must."""
    following = len(checkpoint.segments) + 1
    names = [segment_name(number) for number in range(1, following + 1)]
    if not set(names) <= set(disk.names()):
        return False
    *sizes, size_bytes = map(disk.size, names)
    walk = SegmentWalk(following, Segment(checkpoint.seq + 1, size_bytes, checkpoint.chain))
    walk.take(disk.read(names[-1], 0, frame_bytes(SEGMENT.size)))
    return walk.end > 0 and sizes == [each.size_bytes for each in checkpoint.segments]


def write_checkpoint(disk: Disk, checkpoint: Checkpoint) -> None:
    """Put it in place of the one before, with two syncs; without room nothing happens. OSError if the medium fails."""
    content, temporary = encode_checkpoint(checkpoint), CHECKPOINT_NAME + TEMPORARY
    if len(content) > _BYTES_MAX:
        return
    try:
        disk.create(temporary)
        disk.write(temporary, 0, content)
        disk.sync(temporary)
        disk.rename(temporary, CHECKPOINT_NAME)
        disk.sync_folder()
    except OSError as error:
        with suppress(OSError):
            disk.remove(temporary)
        if error.errno not in FULL:
            raise


def remove_checkpoint(disk: Disk) -> None:
    """Let the next start verify everything, as far as the medium still takes that."""
    with suppress(OSError):
        disk.remove(CHECKPOINT_NAME)
        disk.sync_folder()
