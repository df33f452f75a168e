"""Examining: what is stored is read again from the medium, piece by piece, and damage is named before it is needed."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from drivers import journal_patrol
from drivers.journal_book import Book
from drivers.journal_checkpoint import CHECKPOINT_NAME, read_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, Place, encode_frame, segment_name
from drivers.journal_index import INDEX_NAME
from drivers.journal_log import JournalFailed, Log
from states.fiscal.journal import Closed, Record, encode_record
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk
from tests.storage_kit import (
    LIFE_BYTES,
    SEGMENT_BYTES,
    fill,
    go_round,
    image,
    kept,
    listed,
    new_log,
    put,
    recover,
    small,
)


class SeenDisk(CrashDisk):
    """Notes where it was read since it was told to forget, and how much at once; a file may be unreadable."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten: list[str] = []
        self.lengths: list[int] = []
        self.unreadable = ""

    def forget_cached(self, name: str) -> None:
        self.forgotten.append(name)

    def read(self, name: str, offset: int, length: int) -> bytes:
        if name == self.unreadable:
            raise OSError(errno.EIO, "the sector is gone")
        content = super().read(name, offset, length)
        self.lengths.append(len(content))
        return content


def five_segments(disk: CrashDisk) -> Log:
    """An open log whose fifth segment is in use."""
    log = recover(disk)
    number = 0
    while len(log._segments) < 5:
        number += 1
        for record in samples.printed_life(samples.signed_receipt(number)):
            put(log, record)
    return log


# --- Round and round ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece_bytes", [256, 1000, 4096, 1 << 20])
def test_every_record_is_examined_in_every_round(piece_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a piece is: all places once, oldest first, each segment from the medium; a step reads no more than a
    piece, or one frame that is longer."""
    monkeypatch.setattr(journal_patrol, "PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(journal_patrol, "FRAME_BYTES_MAX", 3000)
    disk = SeenDisk()
    log = five_segments(disk)
    truth = [(place, frame.kind) for place, frame in log.frames(-1)]
    examine_until(log, lambda: is_noted(log) and not log._patrol._walk and log._patrol._next == 1)
    for _ in range(3):
        disk.forgotten.clear()
        disk.lengths.clear()
        seen: list[tuple[Place, int]] = []
        for _ in range(400):
            seen += log.examine() if len(seen) < len(truth) else []
        assert seen == truth
        assert disk.forgotten == [segment_name(number) for number in range(1, 6)]
        assert max(disk.lengths) <= max(piece_bytes, 3000)
        examine_until(log, lambda: not log._patrol._walk)


def test_a_segment_that_was_closed_lately_goes_before_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the next start need not read it."""
    monkeypatch.setattr(journal_patrol, "PIECE_BYTES", 4096)
    disk = SeenDisk()
    log = five_segments(disk)
    examine_until(log, lambda: is_noted(log))
    examine_until(log, lambda: log._patrol._next == 2)
    examine_until(log, lambda: log._patrol._walk is not None)
    while len(log._segments) < 7:
        put(log, Closed(log.seq, 1, "x" * 300))
    disk.forgotten.clear()
    examine_until(log, lambda: is_noted(log))
    log.examine()
    assert disk.forgotten == [segment_name(number) for number in (5, 6, 3)]


def test_a_journal_may_grow_while_it_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pieces records come and segments are closed; nothing is taken for damage, and all is noted."""
    monkeypatch.setattr(journal_patrol, "PIECE_BYTES", 700)
    for rhythm in (1, 2, 3, 7):
        disk = CrashDisk()
        log = recover(disk)
        assert log.examine() == []
        for number in range(300):
            put(log, Closed(number, 1, "x" * (number * 37 % 400)))
            if number % rhythm == 0:
                log.examine()
        examine_until(log, partial(is_noted, log))
        again = recover(disk)
        assert again._noted == len(again._segments) - 1
        assert (again.seq, again.chain, again.counts[9]) == (log.seq, log.chain, 300)


def is_noted(log: Log) -> bool:
    """True if every closed segment is in the checkpoint."""
    return len(log._patrol.verified.segments) == len(log._segments) - 1


def examine_until(log: Log, is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        log.examine()
    raise AssertionError("it is never so")


# --- Damage ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("where", ["head", "middle", "last record", "zeros"])
def test_damage_is_found_while_the_register_runs(number: int, where: str) -> None:
    """Which segment, where, which record; then nothing is appended, and no start believes the checkpoint."""
    disk = CrashDisk()
    log = five_segments(disk)
    go_round(log)
    assert len(read_checkpoint(disk).segments) == 4
    places = [place for place, _ in log.frames(-1) if place.segment == number]
    place = {"head": places[0], "middle": places[len(places) // 2]}.get(where, places[-1])
    at = {"head": 50, "zeros": place.offset + place.length + 3}.get(where, place.offset + 60)
    disk._now[disk._names[segment_name(number)]][at] ^= 8
    if (number, where) == (5, "zeros"):
        go_round(log)
        return
    with pytest.raises(JournalCorrupt) as caught:
        go_round(log)
    damage = caught.value
    seq = {"head": place.seq - 1, "zeros": place.seq + 1}.get(where, place.seq)
    offset = {"head": 0, "zeros": place.offset + place.length}.get(where, place.offset)
    assert (damage.segment, damage.seq, damage.offset) == (segment_name(number), seq, offset)
    assert CHECKPOINT_NAME not in disk.names()
    for attempt in (lambda: put(log, Closed(1, 1, "{}")), log.reserve, log.examine):
        with pytest.raises(JournalFailed, match=segment_name(number)):
            attempt()
    with pytest.raises(JournalCorrupt, match=segment_name(number)):
        recover(disk)


def test_a_closed_segment_that_became_shorter_or_was_swapped_is_damage() -> None:
    """Bytes that are no longer there, and a whole segment of another journal or another place."""
    for change in ("shorter", "swapped", "foreign"):
        disk, other = CrashDisk(), CrashDisk()
        log = five_segments(disk)
        go_round(log)
        put(recover(other), Closed(5, 1, "{}"))
        five_segments(other)
        inodes = [disk._names[segment_name(number)] for number in (2, 3)]
        if change == "shorter":
            del disk._now[inodes[0]][-8:]
        elif change == "swapped":
            disk._now[inodes[0]], disk._now[inodes[1]] = disk._now[inodes[1]], disk._now[inodes[0]]
        else:
            disk._now[inodes[0]] = bytearray(other.image(segment_name(2)))
        with pytest.raises(JournalCorrupt, match=r"segment-00000[23]"):
            go_round(log)


@pytest.mark.parametrize("is_behind", [True, False])
def test_a_record_that_was_forged_is_damage_though_it_follows_from_the_one_before(is_behind: bool) -> None:
    """The last record of a closed segment, put in another's place or behind it: the next segment follows neither."""
    disk = CrashDisk()
    log = five_segments(disk)
    go_round(log)
    *_, before, last = [each for each in log.frames(-1) if each[0].segment == 2]
    (place, frame), payload = last, encode_record(Closed(1, 1, "{}"))
    at, seq, chain = place.offset, frame.seq, before[1].chain
    if is_behind:
        at, seq, chain = place.offset + place.length, frame.seq + 1, frame.chain
    content = disk._now[disk._names[segment_name(2)]]
    forged = encode_frame(chain, seq, 9, 0, 0, payload)
    content[at:] = (forged + bytes(SEGMENT_BYTES))[: len(content) - at]
    with pytest.raises(JournalCorrupt, match="the next one follows"):
        go_round(log)


def test_a_segment_that_cannot_be_read_fails_the_journal() -> None:
    """An unreadable sector of an old record stops sales; the next start reads everything and meets it as well."""
    disk = SeenDisk()
    log = five_segments(disk)
    go_round(log)
    disk.unreadable = segment_name(2)
    with pytest.raises(JournalFailed, match="sector is gone"):
        go_round(log)
    with pytest.raises(JournalFailed, match="sector is gone"):
        put(log, Closed(1, 1, "{}"))
    assert CHECKPOINT_NAME not in disk.names()
    with pytest.raises(OSError, match="sector is gone"):
        recover(disk)
    disk.unreadable = ""
    assert kept(recover(disk)) == kept(log)


def test_whoever_reads_everything_finds_damage_too() -> None:
    """An index made anew reads all records: damage that it meets is treated like damage that was looked for."""
    disk = CrashDisk()
    log = five_segments(disk)
    go_round(log)
    disk._now[disk._names[segment_name(3)]][4000] ^= 1
    with pytest.raises(JournalCorrupt, match=segment_name(3)):
        kept(log)
    assert CHECKPOINT_NAME not in disk.names()
    with pytest.raises(JournalFailed, match=segment_name(3)):
        put(log, Closed(1, 1, "{}"))


# --- The index, the port and the condition -----------------------------------------------------------------


def day() -> list[Record]:
    """Five receipts and records that fill some segments."""
    return [*samples.five_receipts(), *(Closed(number, 1, "x" * 200) for number in range(60))]


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM record WHERE seq = 9",
        "UPDATE record SET offset = offset + 8 WHERE seq = 9",
        "UPDATE record SET length = length - 8 WHERE seq = 9",
        "UPDATE record SET segment = 2 WHERE seq = 9",
        "UPDATE record SET kind = 9 WHERE seq = 9",
        "UPDATE record SET seq = 0 WHERE seq = 9",
        "UPDATE record SET offset = -1 WHERE seq = 9",
        "DROP TABLE record",
    ],
)
async def test_an_index_that_tells_other_places_is_made_anew_while_the_register_runs(harm: str, tmp_path: Path) -> None:
    """A record that is missing, stands elsewhere or is of another kind: all answers are right again, nothing stops."""
    async with small(tmp_path) as storage:
        stored = await fill(storage, day())
        with sqlite3.connect(tmp_path / INDEX_NAME) as index:
            index.execute(harm)
        for _ in range(40):
            await storage.examine()
        with sqlite3.connect(tmp_path / INDEX_NAME) as index:
            rows = index.execute("SELECT seq, kind FROM record ORDER BY seq").fetchall()
        assert rows == [(place.seq, frame.kind) for place, frame in recover(Disk(tmp_path)).frames(-1)]
        assert await listed(storage.records()) == stored
        await fill(storage, samples.printed_life(samples.signed_receipt(6)))


async def test_the_port_tells_how_full_the_medium_is(tmp_path: Path) -> None:
    """Used is what the records take, to the byte; the capacity is all segment files and what is free."""
    async with small(tmp_path) as storage:
        assert (await storage.examine()).used_bytes == 0
        used = 0
        for number in range(40):
            await fill(storage, [Closed(number, 1, "x" * 500)])
            medium = await storage.examine()
            files = image(tmp_path)
            *closed, last = sorted(name for name, content in files.items() if any(content))
            assert medium.used_bytes == SEGMENT_BYTES * len(closed) + -(-len(files[last].rstrip(b"\0")) // 8) * 8
            assert medium.used_bytes > used
            assert medium.capacity_bytes - sum(map(len, files.values())) > 1024 * 1024
            assert not medium.is_copy_lost
            used = medium.used_bytes


async def test_damage_comes_out_of_the_port(tmp_path: Path) -> None:
    """The storage raises it, and refuses what is to be stored afterwards."""
    async with small(tmp_path) as storage:
        await fill(storage, day())
        path = tmp_path / segment_name(1)
        content = bytearray(path.read_bytes())
        content[3000] ^= 2
        with path.open("r+b") as file:
            file.write(content)
        with pytest.raises(JournalCorrupt, match=segment_name(1)):
            await examine_often(storage.examine)
        with pytest.raises(JournalFailed, match=segment_name(1)):
            await storage.append(Closed(1, 1, "{}"))
    with pytest.raises(JournalCorrupt, match=segment_name(1)):
        async with small(tmp_path):
            raise AssertionError("it opened")


async def examine_often(examine: Callable[[], Awaitable[object]]) -> None:
    for _ in range(40):
        await examine()


# --- Opened again in the same process ----------------------------------------------------------------------


class BadDisk(Disk):
    """A folder on a medium that fails once, or for ever, as it is told; it notes what is read of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.failure = ""
        self.done: list[tuple[str, str]] = []

    def write(self, name: str, offset: int, content: bytes) -> None:
        self._note("write", name)
        super().write(name, offset, content)

    def sync(self, name: str) -> None:
        self._note("sync", name)
        super().sync(name)

    def read(self, name: str, offset: int, length: int) -> bytes:
        self._note("read", name)
        return super().read(name, offset, length)

    def forget_cached(self, name: str) -> None:
        self._note("forget", name)
        super().forget_cached(name)

    def _note(self, step: str, name: str) -> None:
        self.done.append((step, name))
        if step == self.failure:
            raise OSError(errno.EIO, "the medium is gone")


@pytest.mark.parametrize("failure", ["write", "sync", "read"])
@pytest.mark.parametrize("is_same", [True, False])
def test_a_journal_that_failed_is_opened_again_in_the_same_process(failure: str, is_same: bool, tmp_path: Path) -> None:
    """Nothing but a failure as long as it is open; closed and opened, all is read from the medium, nothing that was
    acknowledged is lost, and it goes on; with the same disk or another."""
    disk = BadDisk(tmp_path)
    book = Book(disk, new_log(disk), index_room_bytes=0)
    book.open()
    acknowledged = [book.append(record) for record in day()]
    while book._log._size - book._log._end < LIFE_BYTES:
        acknowledged.append(book.append(Closed(1, 1, "{}")))
    for _ in range(40):
        book.examine()
    assert (tmp_path / CHECKPOINT_NAME).exists()
    disk.failure = failure
    old, lost = samples.signed_receipt(1), samples.signed_receipt(7)
    with pytest.raises(JournalFailed, match="medium is gone"):
        book.append(samples.intent(lost)) if failure != "read" else book.find(old.okp)
    disk.failure = ""
    for attempt in (lambda: book.append(samples.opened()), book.reserve, book.examine):
        with pytest.raises(JournalFailed, match="medium is gone"):
            attempt()
    assert not (tmp_path / CHECKPOINT_NAME).exists()
    book.close()
    again_disk = disk if is_same else BadDisk(tmp_path)
    again_disk.done.clear()
    again = Book(again_disk, new_log(again_disk), index_room_bytes=0)
    again.open()
    names = sorted(image(tmp_path))
    for name in names:
        first = [step for step, each in again_disk.done if each == name][:3]
        assert first == ["sync", "forget", "read"]
    found = again.records(-1, 1000)
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) - len(acknowledged) == (failure == "sync")
    if failure != "sync":
        again.append(samples.intent(lost))
    for record in samples.printed_life(lost)[1:]:
        again.append(record)
    again.close()
    with pytest.raises(JournalFailed, match="medium is gone"):
        book.append(samples.opened())


@pytest.mark.parametrize("failure", ["write", "sync"])
def test_a_medium_that_stays_bad_is_never_written_to_as_if_it_were_good(failure: str, tmp_path: Path) -> None:
    """Opened again and again, each append fails with the error, and what was acknowledged is there in the end."""
    disk = BadDisk(tmp_path)
    book = Book(disk, new_log(disk), index_room_bytes=0)
    book.open()
    acknowledged = [book.append(record) for record in samples.five_receipts()]
    book.close()
    for _ in range(3):
        bad = BadDisk(tmp_path)
        book = Book(bad, new_log(bad), index_room_bytes=0)
        book.open()
        bad.failure = failure
        with pytest.raises(JournalFailed, match="medium is gone"):
            book.append(samples.opened())
        book.close()
    disk = BadDisk(tmp_path)
    book = Book(disk, new_log(disk), index_room_bytes=0)
    book.open()
    assert book.records(-1, 1000)[: len(acknowledged)] == acknowledged
    book.close()
