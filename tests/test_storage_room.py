"""Room: what ``reserve`` promises holds on a disk that is full to the last reserved byte, and memory stays bounded."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from drivers.journal_book import Book
from drivers.journal_checkpoint import CHECKPOINT_NAME, read_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_index import INDEX_NAME
from drivers.ports import PortError
from drivers.storage_journal import open_storage
from states.fiscal.journal import Closed, encode_record, kind_of
from tests import journal_samples as samples
from tests.storage_kit import SEGMENT_BYTES, image, new_log, recover, small_disk

INDEX_ROOM_BYTES = 1024 * 1024


def leave(folder: Path, free_bytes: int) -> None:
    """Fill the file system until no more than this is free."""
    figures = os.statvfs(folder)
    with (folder / "ballast").open("wb") as file:
        file.write(bytes(max(0, figures.f_bavail * figures.f_frsize - free_bytes)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_reserved_sale_needs_no_more_than_was_left_for_it(tmp_path: Path) -> None:
    """I25: after ``reserve`` the rest of the disk fills up: the sale, a change of segment in it, the index and the
    checkpoint have what they need."""
    disk = Disk(tmp_path / "disk" / "journal")
    with small_disk(tmp_path / "disk", 4 * INDEX_ROOM_BYTES):
        log = new_log(disk)
        book = Book(disk, log, index_room_bytes=INDEX_ROOM_BYTES)
        book.open()
        changes = 0
        for number in range(1, 41):
            book.reserve()
            files, segments = set(image(disk.folder)), len(log._segments)
            leave(tmp_path / "disk", INDEX_ROOM_BYTES)
            for record in samples.offline_life(samples.signed_receipt(number)):
                book.append(record)
                book.examine()
            changes += len(log._segments) - segments
            assert set(image(disk.folder)) == files
            (tmp_path / "disk" / "ballast").unlink()
        assert changes > 10
        for _ in range(20):
            book.examine()
        assert len(read_checkpoint(disk).segments) == len(log._segments) - 1
        leave(tmp_path / "disk", INDEX_ROOM_BYTES - 8192)
        with pytest.raises(PortError, match="full"):
            book.reserve()
        book.close()


class FastDisk(Disk):
    """Makes nothing durable, since no power fails here."""

    def sync(self, name: str) -> None:
        assert name

    def sync_folder(self) -> None:
        assert self.folder


def peak_bytes(folder: Path, segments: int) -> int:
    """The most memory that a start takes which walks so many segments and makes their index."""
    disk = FastDisk(folder)
    disk.lock()
    log = recover(disk)
    payloads = [encode_record(Closed(number, 1, "{}")) for number in range(60)]
    while len(log._segments) < segments:
        for payload in payloads:
            log.append(kind_of(Closed(1, 1, "")), payload)
    disk.close()
    del log
    (folder / CHECKPOINT_NAME).unlink(missing_ok=True)
    assert not (folder / INDEX_NAME).exists()
    book = Book(disk, new_log(disk), index_room_bytes=0)
    tracemalloc.start()
    book.open()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    book.close()
    return peak


def test_a_start_that_reads_everything_takes_no_more_memory_for_a_long_journal(tmp_path: Path) -> None:
    """Walking and making the index anew hold a segment and a batch of records, not the journal."""
    short, long = (peak_bytes(tmp_path / str(segments), segments) for segments in (40, 160))
    assert long < 1.25 * short
    assert long < 160 * SEGMENT_BYTES


async def test_settings_that_only_a_device_at_a_line_has_are_refused(tmp_path: Path) -> None:
    """A port is not silently left out; a rate that nobody set is."""
    with pytest.raises(PortError, match=r"storage\.port"):
        async with open_storage(path="journal", folder=tmp_path, copy="", port="/dev/ttyS0", baud=115200):
            raise AssertionError("it opened")
    async with open_storage(path="journal", folder=tmp_path, copy="copy", port="", baud=115200) as storage:
        assert (await storage.examine()).is_copy_lost
    (tmp_path / "copy").mkdir()
    async with open_storage(path="journal", folder=tmp_path, copy="copy", port="", baud=115200) as storage:
        await storage.append(Closed(1, 1, "{}"))
        assert not (await storage.examine()).is_copy_lost
    assert image(tmp_path / "copy") == image(tmp_path / "journal")
