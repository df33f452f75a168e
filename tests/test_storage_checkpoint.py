"""The checkpoint: a start reads only the open segment, and whoever cannot believe the checkpoint reads everything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from drivers.journal_book import Book
from drivers.journal_checkpoint import (
    CHECKPOINT_NAME,
    TEMPORARY,
    Checkpoint,
    decode_checkpoint,
    encode_checkpoint,
    read_checkpoint,
)
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, Place, segment_name
from drivers.journal_log import JournalFailed
from drivers.journal_walk import Segment
from states.fiscal.journal import Closed
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk
from tests.storage_kit import LIFE_BYTES, SEGMENT_BYTES, FailingDisk, go_round, kept, new_log, put, recover

FEW = settings(max_examples=150, deadline=None)
SAMPLE = Checkpoint(
    (Segment(0, 4096, bytes(32)), Segment(7, 8192, b"\1" * 32)),
    11,
    b"\2" * 32,
    ((0, 2), (2, 3), (9, 7)),
    Place(8, 2, 96, 88),
)


class SeenDisk(CrashDisk):
    """Notes what is done to it, and how many bytes were read."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[tuple[str, str]] = []
        self.read_bytes = 0

    def create(self, name: str) -> None:
        self.done.append(("create", name))
        super().create(name)

    def read(self, name: str, offset: int, length: int) -> bytes:
        content = super().read(name, offset, length)
        self.done.append(("read", name))
        self.read_bytes += len(content)
        return content

    def write(self, name: str, offset: int, content: bytes) -> None:
        self.done.append(("write", name))
        super().write(name, offset, content)

    def sync(self, name: str) -> None:
        self.done.append(("sync", name))
        super().sync(name)

    def rename(self, old: str, new: str) -> None:
        self.done.append(("rename", new))
        super().rename(old, new)

    def sync_folder(self) -> None:
        self.done.append(("sync", "."))
        super().sync_folder()


def filled(segments: int, disk: CrashDisk | None = None) -> CrashDisk:
    """A disk with this many segments in use, opened once more so that all but the last are in the checkpoint."""
    disk = disk or SeenDisk()
    log = recover(disk)
    while len(log._segments) < segments:
        put(log, Closed(log.seq, 1, "x" * 300))
    recover(disk)
    return disk


def test_a_start_reads_the_open_segment_and_no_other() -> None:
    """P13: a journal of 40 segments is opened with as many bytes read as one of two, and everything is known."""
    read = {}
    for segments in (2, 40):
        disk = filled(segments)
        assert isinstance(disk, SeenDisk)
        whole = new_log(CrashDisk(disk._names, {i: bytes(c) for i, c in disk._now.items()}))
        whole._disk.remove(CHECKPOINT_NAME)
        whole.open()
        disk.done.clear()
        disk.read_bytes = 0
        log = recover(disk)
        read[segments] = disk.read_bytes
        assert {name for step, name in disk.done if step == "read"} == {CHECKPOINT_NAME, segment_name(segments)}
        for attribute in ("seq", "chain", "counts", "last_intent", "_segments", "_end"):
            assert getattr(log, attribute) == getattr(whole, attribute)
        assert log.counts[9] == len(kept(log))
    row_bytes = 48
    assert read[40] - read[2] <= 38 * row_bytes + 400


def test_the_newest_intent_is_known_from_the_checkpoint() -> None:
    """The number that the next one follows never rests on the index, however long ago the last receipt was."""
    disk = CrashDisk()
    log = recover(disk)
    for record in samples.five_receipts():
        put(log, record)
    filled(9, disk)
    again = recover(disk)
    intents = [place for place, frame in again.frames(-1) if frame.kind == 2]
    assert again._noted == 8
    assert again.last_intent == intents[-1]
    assert again.counts[2] == len(intents)


def test_a_checkpoint_costs_two_syncs_and_none_of_them_while_a_record_is_written() -> None:
    """Appending and reserving never touch it; examining writes it when a closed segment was read to its end."""
    disk = SeenDisk()
    log = recover(disk)
    for number in range(200):
        log.reserve()
        put(log, Closed(number, 1, "x" * 300))
    assert not any(name.startswith(CHECKPOINT_NAME) for _, name in disk.done)
    temporary = CHECKPOINT_NAME + TEMPORARY
    disk.done.clear()
    go_round(log)
    steps = [step for step in disk.done if step[0] != "read"]
    once = [
        ("create", temporary),
        ("write", temporary),
        ("sync", temporary),
        ("rename", CHECKPOINT_NAME),
        ("sync", "."),
    ]
    assert steps == once * (len(log._segments) - 1)
    assert len(read_checkpoint(disk).segments) == len(log._segments) - 1
    disk.done.clear()
    for _ in range(50):
        log.examine()
    assert {step for step, _ in disk.done} == {"read"}


# --- Whom to believe ---------------------------------------------------------------------------------------


def shorten(disk: CrashDisk) -> None:
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray(disk.image(CHECKPOINT_NAME)[:-1])


def lengthen(disk: CrashDisk) -> None:
    disk._now[disk._names[CHECKPOINT_NAME]] += b"\0"


def inflate(disk: CrashDisk) -> None:
    """More than it may have, and whole in itself."""
    body = disk.image(CHECKPOINT_NAME)[:-32] + bytes(2 * 1024 * 1024)
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray(body + hashlib.sha256(body).digest())


def empty(disk: CrashDisk) -> None:
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray()


def lose(disk: CrashDisk) -> None:
    disk.remove(CHECKPOINT_NAME)


def other_chain(disk: CrashDisk) -> None:
    told = replace(decode_checkpoint(disk.image(CHECKPOINT_NAME)), chain=bytes(32))
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray(encode_checkpoint(told))


def other_journal(disk: CrashDisk) -> None:
    """The checkpoint of a journal that is as long."""
    other = CrashDisk()
    put(recover(other), Closed(77, 1, "{}"))
    told = filled(5, other).image(CHECKPOINT_NAME)
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray(told)


def other_size(disk: CrashDisk) -> None:
    """A closed segment that was cut where it is empty."""
    del disk._now[disk._names[segment_name(1)]][-8:]


def nothing(disk: CrashDisk) -> None:
    """The checkpoint is as it was."""


def spoil_a_record(disk: CrashDisk) -> None:
    """A byte in the middle of the second segment, which is closed."""
    disk._now[disk._names[segment_name(2)]][2000] ^= 4


@pytest.mark.parametrize(
    ("change", "is_believed"),
    [
        (nothing, True),
        (lose, False),
        (empty, False),
        (shorten, False),
        (lengthen, False),
        (inflate, False),
        (other_chain, False),
        (other_journal, False),
        (other_size, False),
    ],
)  # fmt: skip
def test_a_checkpoint_that_the_journal_contradicts_is_not_believed(
    change: Callable[[CrashDisk], None], is_believed: bool
) -> None:
    """Damage in a closed segment shows who read it: without belief the start refuses, with it examining does. Where
    there is no damage, nothing but the time of reading is lost."""
    whole = filled(5)
    truth = kept(recover(whole))
    change(whole)
    if change is not other_size:
        log = recover(whole)
        assert kept(log) == truth
        assert log._noted == (4 if is_believed else 0)
        assert len(read_checkpoint(whole).segments) == 4
    disk = filled(5)
    spoil_a_record(disk)
    change(disk)
    log = new_log(disk)
    if is_believed:
        log.open()
        assert log.tidy() is None
        with pytest.raises(JournalCorrupt, match=segment_name(2)):
            go_round(log)
    with pytest.raises(JournalCorrupt):
        recover(disk)


def test_a_checkpoint_that_lags_behind_saves_what_it_covers() -> None:
    """Power gone before the newest closed segment was noted: that one is read, and then noted."""
    disk = filled(5)
    assert isinstance(disk, SeenDisk)
    told = disk.image(CHECKPOINT_NAME)
    filled(7, disk)
    assert len(decode_checkpoint(disk.image(CHECKPOINT_NAME)).segments) == 6
    disk._now[disk._names[CHECKPOINT_NAME]] = bytearray(told)
    disk.done.clear()
    recover(disk)
    read = {name for step, name in disk.done if step == "read"}
    assert read == {CHECKPOINT_NAME, *map(segment_name, (5, 6, 7))}
    assert len(read_checkpoint(disk).segments) == 6


def test_a_missing_segment_is_missing_whatever_the_checkpoint_says() -> None:
    """The start refuses and names it."""
    disk = filled(5)
    disk.remove(segment_name(3))
    with pytest.raises(JournalCorrupt, match="missing") as caught:
        recover(disk)
    assert caught.value.segment == segment_name(3)


# --- Room and errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", ["short", "write", "sync"])
def test_a_checkpoint_that_cannot_be_written(failure: str) -> None:
    """Without room it is left out and everything goes on; an error of the medium fails the journal."""
    disk = FailingDisk()
    log = recover(disk)
    while len(log._segments) < 2:
        put(log, Closed(log.seq, 1, "x" * 300))
    disk.failure = failure
    if failure == "short":
        go_round(log)
        put(log, Closed(0, 1, "{}"))
        assert CHECKPOINT_NAME not in disk.names()
    else:
        with pytest.raises(JournalFailed, match="medium is gone"):
            go_round(log)
        with pytest.raises(JournalFailed, match="medium is gone"):
            put(log, Closed(0, 1, "{}"))
    assert not any(name.endswith(TEMPORARY) for name in disk.names())
    before = kept(log)
    again = recover(disk)
    assert kept(again) == before
    assert len(read_checkpoint(disk).segments) == 1


async def test_every_start_on_a_real_disk_goes_by_it(tmp_path: Path) -> None:
    """The file is there after the second start, is read by the third, and only its owner may read it."""
    numbers = iter(range(1, 100))
    for start in range(4):
        disk = Disk(tmp_path)
        log = new_log(disk)
        book = Book(disk, log, index_room_bytes=0)
        book.open()
        assert log._noted == (len(log._segments) - 1 if start > 1 else 0)
        while len(log._segments) < 3:
            for record in samples.printed_life(samples.signed_receipt(next(numbers))):
                book.append(record)
        book.close()
        assert (tmp_path / CHECKPOINT_NAME).exists() == (start > 0)
    assert (tmp_path / CHECKPOINT_NAME).stat().st_mode & 0o777 == 0o600
    assert LIFE_BYTES < SEGMENT_BYTES


# --- The file ----------------------------------------------------------------------------------------------


def sealed(body: bytes) -> bytes:
    """With the hash that belongs to it."""
    return body + hashlib.sha256(body).digest()


def refused(content: bytes) -> bool:
    """True if it is no checkpoint; what is one is written again as the same bytes."""
    try:
        assert encode_checkpoint(decode_checkpoint(content)) == content
    except ValueError:
        return True
    return False


def test_what_is_written_is_read() -> None:
    """With and without an Intent."""
    assert decode_checkpoint(encode_checkpoint(SAMPLE)) == SAMPLE
    without = replace(SAMPLE, last_intent=None, counts=((0, 2), (9, 10)))
    assert decode_checkpoint(encode_checkpoint(without)) == without


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SAMPLE, segments=SAMPLE.segments[1:]),
        replace(SAMPLE, segments=SAMPLE.segments[::-1]),
        replace(SAMPLE, seq=6),
        replace(SAMPLE, seq=12),
        replace(SAMPLE, counts=((0, 3), (2, 3), (9, 6))),
        replace(SAMPLE, counts=((0, 2), (9, 10))),
        replace(SAMPLE, last_intent=None),
        replace(SAMPLE, last_intent=Place(12, 2, 96, 88)),
    ],
)
def test_a_checkpoint_that_contradicts_itself_is_refused(wrong: Checkpoint) -> None:
    """Numbers that do not rise from 0, counts that do not add up, a newest Intent that is missing or too new."""
    assert refused(encode_checkpoint(wrong))


def test_every_flipped_bit_is_refused() -> None:
    """And every shortening."""
    content = encode_checkpoint(SAMPLE)
    for at in range(len(content)):
        assert refused(content[:at])
        for bit in range(8):
            assert refused(content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :])


@FEW
@given(st.binary(max_size=300), st.booleans())
def test_junk_is_refused(junk: bytes, is_sealed: bool) -> None:
    """Also with the right hash behind it."""
    assert refused(sealed(junk) if is_sealed else junk)


@FEW
@given(st.data())
def test_a_changed_and_sealed_file_is_refused_or_means_what_it_says(data: st.DataObject) -> None:
    """Whatever counts and sizes stand there: a checkpoint or a ValueError, at once and in little memory."""
    body = bytearray(encode_checkpoint(SAMPLE)[:-32])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        body = body or bytearray(1)
    refused(sealed(bytes(body)))
