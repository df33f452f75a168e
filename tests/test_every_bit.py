"""F6: every single bit of a journal of 50 receipts is turned over and named by the audit; index and settings too."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import pytest

from controller import verify_frames
from controller.settings import FILE_NAME, Settings, SettingsError, load_settings
from controller.training import init_training
from controller.verify import verify
from controller.verify_frames import Frames, Violation, judge_bytes
from drivers.identity_files import check_match, open_identity, open_signer
from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_frames import HEAD, JournalCorrupt, segment_name
from drivers.journal_index import INDEX_NAME
from drivers.journal_log import Log
from drivers.ports import PortError
from states.fiscal.journal import Intent, Record
from tests import identity_kit, journal_samples as samples
from tests.crash_disk import CrashDisk

SEGMENT_BYTES = 4096
FEW_SEGMENTS_BYTES = 128 * 1024
LIFE_BYTES = 3000
RECEIPTS = 50
WORKERS = 2
HEAD_BYTES = 128
"""The first frame of a segment."""

LIVES = (
    samples.printed_life,
    samples.mailed_life,
    samples.mail_then_paper_life,
    samples.offline_life,
    samples.refused_life,
)
Task = tuple[Path, tuple[int, ...]]


def fifty_receipts() -> list[Record]:
    """A day of 50 receipts with full lives, each kind in turn."""
    records: list[Record] = []
    for number in range(1, RECEIPTS + 1):
        life = LIVES[number % len(LIVES)]
        is_mailed = life in (samples.mailed_life, samples.mail_then_paper_life)
        records += life(samples.signed_receipt(number, email_masked="j***@example.sk" if is_mailed else ""))
    return records


def write_day(folder: Path, segment_bytes: int) -> None:
    """That day with its report, in segments of this size."""
    book = book_in(folder, segment_bytes)
    records = fifty_receipts()
    stored = [book.append(record) for record in (samples.opened(), *records)]
    book.append(samples.closed(1, stored[-1].seq, records))
    book.close()


def book_in(folder: Path, segment_bytes: int) -> Book:
    """The journal in a folder, open."""
    disk = Disk(folder)
    book = Book(disk, Log(disk, segment_bytes=segment_bytes, life_bytes=LIFE_BYTES), index_room_bytes=0)
    book.open()
    return book


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that day, closed."""
    folder = tmp_path_factory.mktemp("fifty") / "journal"
    write_day(folder, SEGMENT_BYTES)
    return folder


def segments_of(folder: Path) -> list[bytes]:
    """All that are in use, the first one first."""
    contents = [path.read_bytes() for path in sorted(folder.glob("segment-*"))]
    return [content for content in contents if any(content)]


def used_bytes(content: bytes) -> int:
    """Where the zeros at the end begin."""
    end = len(content.rstrip(b"\0"))
    return end + -end % 8


# --- Every bit of the segments -----------------------------------------------------------------------------


@dataclass
class Tally:
    """How many bits were tried, and what the audit said: a violation at the record, a note about the end, nothing."""

    named: int = 0
    noted: list[tuple[int, int]] = field(default_factory=list)
    missed: list[tuple[int, int, tuple[Violation, ...]]] = field(default_factory=list)


class Audited:
    """One segment with what the audit knows when it comes to it, and the first frame of the next one."""

    def __init__(self, contents: list[bytes], number: int) -> None:
        before = judge_bytes(contents[: number - 1])
        self.number = number
        self.content = contents[number - 1]
        self.is_last = number == len(contents)
        self._next = b"" if self.is_last else contents[number][:HEAD_BYTES]
        self._seq, self._chain = before.seq, before.chain
        found = list(Frames().segment(number, self.content, len(self.content)))
        self.starts = [0, *(each.offset for each in found), used_bytes(self.content)]
        assert [each.seq for each in found] == list(range(before.seq + 2, before.seq + 2 + len(found)))

    def judged(self, content: bytes) -> Frames:
        """The audit of the segment with this content."""
        frames = Frames()
        frames.seq, frames.chain = self._seq, self._chain
        for _ in frames.segment(self.number, content, len(content)):
            pass
        for _ in frames.segment(self.number + 1, self._next, len(self.content)):
            pass
        frames.close()
        return frames

    def try_byte(self, tally: Tally, frame: int, position: int) -> None:
        """Turn over each bit of a byte of a frame, the first of which is 0."""
        damaged = bytearray(self.content)
        for bit in range(8):
            damaged[position] ^= 1 << bit
            self._tell(tally, self.judged(bytes(damaged)), frame, position)
            damaged[position] ^= 1 << bit

    def _tell(self, tally: Tally, frames: Frames, frame: int, position: int) -> None:
        """Named is the very record, by its number and where its frame begins."""
        offset, seq = self.starts[frame], self._seq + 1 + frame
        where = f"at byte {offset} of segment {self.number}"
        match frames.violations:
            case (Violation(seq=told, segment=in_, offset=at), *_) if (told, in_, at) == (seq, self.number, offset):
                tally.named += 1
            case (Violation(seq=told, sentence=sentence), *_) if told == seq and where in sentence:
                tally.named += 1
            case () if any(where in note for note in frames.notes):
                tally.noted.append((self.number, position))
            case violations:
                tally.missed.append((self.number, position, violations))


def try_segments(task: Task) -> Tally:
    """Every bit of every frame in these segments."""
    folder, numbers = task
    contents, tally = segments_of(folder), Tally()
    for number in numbers:
        audited = Audited(contents, number)
        assert not audited.judged(audited.content).violations
        for frame, (start, end) in enumerate(pairwise(audited.starts)):
            for position in range(start, end):
                audited.try_byte(tally, frame, position)
    return tally


def test_every_bit_of_fifty_receipts_is_named(journal: Path) -> None:
    """By segment, byte and record. Only the last 32 bits of all, which say that the last record is whole, may pass as a
    write that was cut off; that is named as well."""
    assert verify(journal).holds
    contents = segments_of(journal)
    numbers = range(1, len(contents) + 1)
    tasks = [(journal, tuple(numbers[first::WORKERS])) for first in range(WORKERS)]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        tallies = list(pool.map(try_segments, tasks))
    bits = sum(tally.named + len(tally.noted) for tally in tallies)
    print(f"bits={bits} segments={len(contents)}")
    assert [tally.missed for tally in tallies] == [[], []]
    assert bits == 8 * sum(map(used_bytes, contents))
    assert bits > 1_000_000
    noted = sorted(where for tally in tallies for where in tally.noted)
    end = used_bytes(contents[-1])
    assert set(noted) <= {(len(contents), position) for position in range(end - 4, end)}


def test_bits_in_the_zeros_are_named(journal: Path) -> None:
    """Behind the last record they are told as a write that was cut off, behind an earlier one as damage."""
    contents, chance = segments_of(journal), random.Random(3)
    for number in range(1, len(contents) + 1):
        audited = Audited(contents, number)
        end = audited.starts[-1]
        for position in chance.sample(range(end, SEGMENT_BYTES), min(20, SEGMENT_BYTES - end)):
            damaged = bytearray(audited.content)
            damaged[position] ^= 1 << chance.randrange(8)
            frames = audited.judged(bytes(damaged))
            told = frames.notes if audited.is_last else [violation.sentence for violation in frames.violations]
            assert f"at byte {end} of segment {number}" in told[0]


def test_the_whole_audit_says_the_same(journal: Path, tmp_path: Path) -> None:
    """``ekasa verify`` itself, on files: each bit of a sample is a violation in the segment and at the record."""
    contents, chance = segments_of(journal), random.Random(5)
    folder = tmp_path / "journal"
    shutil.copytree(journal, folder)
    for _ in range(60):
        number = chance.randrange(1, len(contents))
        position = chance.randrange(used_bytes(contents[number - 1]))
        audited, damaged = Audited(contents, number), bytearray(contents[number - 1])
        start = max(start for start in audited.starts[:-1] if start <= position)
        damaged[position] ^= 1 << chance.randrange(8)
        (folder / segment_name(number)).write_bytes(damaged)
        report = verify(folder)
        assert not report.holds
        told = [(each.segment, each.offset) for each in report.violations]
        assert (number, start) in told or f"byte {start} of segment {number}" in report.violations[0].sentence
        (folder / segment_name(number)).write_bytes(contents[number - 1])
    assert verify(folder).holds


def test_an_audit_without_the_checksum_would_be_found_out(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the proof: bits that only the checksum or the chain can tell are then missed."""

    def gullible(content: bytes, offset: int) -> tuple[tuple[object, ...], bytes, bytes] | None:
        head = HEAD.unpack_from(content, offset) if content.startswith(b"\xf5eK\xff", offset) else None
        tail = offset + 40 + (head[1] + 7 & ~7) if head else 0
        if head is None or tail + 40 > len(content):
            return None
        return head, content[offset:tail], content[tail : tail + 32]

    monkeypatch.setattr(verify_frames, "_frame", gullible)
    contents, tally = segments_of(journal), Tally()
    audited = Audited(contents, 2)
    for position in range(audited.starts[2] - 8, audited.starts[2]):
        audited.try_byte(tally, 1, position)
    assert len(tally.missed) == 64


# --- The index and the settings ----------------------------------------------------------------------------


def test_a_flipped_bit_in_the_index_changes_no_number(tmp_path: Path) -> None:
    """What a number, a date or a delivery rests on is right, from an index that is made anew if need be."""
    write_day(tmp_path / "day", FEW_SEGMENTS_BYTES)
    whole, chance = index_of(tmp_path / "day"), random.Random(7)
    last = [record for record in fifty_receipts() if isinstance(record, Intent)][-1].receipt
    for position in [*range(0, 100, 10), *chance.sample(range(100, len(whole)), 30)]:
        folder = tmp_path / str(position)
        shutil.copytree(tmp_path / "day", folder)
        damaged = bytearray(whole)
        damaged[position] ^= 1 << chance.randrange(8)
        (folder / INDEX_NAME).write_bytes(damaged)
        book = book_in(folder, FEW_SEGMENTS_BYTES)
        assert (book.last_number("2026-11"), book.last_create_date()) == (RECEIPTS, last.create_date)
        assert (book.open_histories(), book.last_paragon()) == ((), 0)
        found = book.find(last.okp)
        assert found is None or found.receipt == last
        book.close()
        shutil.rmtree(folder)


def index_of(folder: Path) -> bytes:
    """The index as one file."""
    with sqlite3.connect(folder / INDEX_NAME) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / INDEX_NAME).read_bytes()


def flipped(content: bytes, step: int = 1) -> Iterator[bytes]:
    """The content with one bit turned over in each byte, or in each of so many bytes one; the bit by chance."""
    chance = random.Random(9)
    for position in range(0, len(content), step):
        damaged = bytearray(content)
        damaged[position] ^= 1 << chance.randrange(8)
        yield bytes(damaged)


def test_a_flipped_bit_in_the_settings_is_refused_or_harmless(tmp_path: Path) -> None:
    """A name of the shop may change unseen; what breaks a rule is refused with file and key; nothing else is raised."""
    init_training(tmp_path)
    whole, told = (tmp_path / FILE_NAME).read_bytes(), 0
    for damaged in flipped(whole, 3):
        (tmp_path / FILE_NAME).write_bytes(damaged)
        try:
            assert isinstance(load_settings(tmp_path), Settings)
        except SettingsError as error:
            told += FILE_NAME in str(error)
    assert told > len(whole) // 30


def test_a_flipped_bit_in_each_byte_of_the_identity_leaves_tax_number_and_register(tmp_path: Path) -> None:
    """Both stand in the certificate too: another one is refused, whichever bit it is."""
    signer = open_signer(identity_kit.authdata(identity_kit.key_store()), "authdata.xml", identity_kit.PASSWORD)
    refused: Counter[str] = Counter()
    for damaged in flipped(identity_kit.IDENTDATA.encode()):
        try:
            seller = open_identity(damaged, "identdata.xml")
            check_match(seller, signer, identity_kit.NOW)
        except PortError as error:
            refused[error.reason] += 1
        else:
            assert (seller.dic, seller.cash_register_code) == (signer.dic, signer.cash_register_code)
    assert set(refused) == {"identity-unreadable", "identity-invalid", "identity-mismatch"}
    assert refused.total() > 100


def test_the_register_itself_names_a_flipped_bit_at_its_start(journal: Path) -> None:
    """A start that verifies everything is refused, with segment, byte and record."""
    contents, chance = segments_of(journal), random.Random(11)
    names = {segment_name(number): number for number in range(1, len(contents) + 1)}
    whole = CrashDisk(names, dict(enumerate(contents, start=1)))
    for _ in range(100):
        number = chance.randrange(1, len(contents))
        audited = Audited(contents, number)
        position = chance.randrange(audited.starts[-1])
        damaged = whole.flipped(segment_name(number), position, 1 << chance.randrange(8))
        start = max(start for start in audited.starts[:-1] if start <= position)
        with pytest.raises(JournalCorrupt) as caught:
            Log(damaged, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES).open()
        assert (caught.value.segment, caught.value.offset) == (segment_name(number), start)
