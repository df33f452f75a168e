"""The second copy: what differs between it and the journal, power cuts between the two, and a copy that fails."""

from __future__ import annotations

import inspect
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.journal_book import Book
from drivers.journal_compare import Side
from drivers.journal_copy import FolderOfCopy, MirroredDisk, mirrored
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, segment_name, segment_number
from drivers.journal_log import JournalFailed, Log
from drivers.ports import PortError
from drivers.storage_journal import open_storage
from states.fiscal.journal import TailDropped, encode_record, kind_of
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk, Power, PowerCutError

SEGMENT_BYTES = 1024
LIFE_BYTES = 400
RECORDS = [(9, b'{"day": %d, "text": "%s"}' % (number, b"x" * (37 * number % 200))) for number in range(12)]
Record = tuple[int, bytes]


def new_log(disk: Disk) -> Log:
    """A log of small segments whose clock stands still."""
    return Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, wall_ns=lambda: 10**18, mono_ns=lambda: 7)


def start(disk: Disk) -> Log:
    """Open as the register does: take the folders, verify, drop a torn tail and record that."""
    disk.lock()
    log = new_log(disk)
    log.open()
    if dropped := log.tidy():
        log.append(kind_of(dropped), encode_record(dropped))
    return log


def kept(log: Log) -> list[Record]:
    """What stands in the log, without the drops of torn tails."""
    return [(frame.kind, frame.payload) for _, frame in log.frames(-1) if frame.kind != kind_of(TailDropped(0, ""))]


def write(disk: Disk, records: list[Record], acknowledged: list[Record] | None = None) -> None:
    """Start and append these, and note what was acknowledged."""
    log = start(disk)
    for kind, payload in records:
        log.reserve()
        log.append(kind, payload)
        if acknowledged is not None:
            acknowledged.append((kind, payload))


def segments(disk: CrashDisk) -> dict[str, bytes]:
    """The segments that are not blank."""
    return {name: disk.image(name) for name in disk.names() if segment_number(name) and any(disk.image(name))}


# --- What may differ: every combination --------------------------------------------------------------------


def of_records(count: int, *, last: bytes = b"", cut: int = 0) -> CrashDisk:
    """A disk with so many records; then one with this payload, torn after so many bytes if that is not 0."""
    disk = CrashDisk()
    write(disk, [*RECORDS[:count], *([(9, last)] if last else [])])
    name = max(segments(disk))
    end = len(disk.image(name).rstrip(b"\0"))
    return disk if not cut else with_content(disk, name, disk.image(name)[: end - cut].ljust(SEGMENT_BYTES, b"\0"))


def with_content(disk: CrashDisk, name: str, content: bytes) -> CrashDisk:
    """This disk with another content of one file, which may be a new one."""
    files = {each: disk.image(each) for each in disk.names()} | {name: content}
    return CrashDisk({each: number for number, each in enumerate(files)}, dict(enumerate(files.values())))


def without(disk: CrashDisk, name: str) -> CrashDisk:
    files = {each: disk.image(each) for each in disk.names() if each != name}
    return CrashDisk({each: number for number, each in enumerate(files)}, dict(enumerate(files.values())))


def flipped_first(disk: CrashDisk) -> CrashDisk:
    """A bit of the first record of the register is turned over."""
    return disk.flipped(segment_name(1), 200, 4)


def goes_on_after_a_hole() -> CrashDisk:
    """Seven records, and the first segment has lost its last one."""
    disk = of_records(7)
    content = disk.image(segment_name(1))
    log = new_log(disk)
    log.open()
    last = [place for place, _ in log.frames(-1) if place.segment == 1][-1]
    return with_content(disk, segment_name(1), content[: last.offset].ljust(SEGMENT_BYTES, b"\0"))


def forged_switch() -> CrashDisk:
    """Five records, then a segment change too early, and the other records in the next segment."""
    disk = of_records(2)
    log = new_log(disk)
    log.open()
    log._prepare(2)
    log._switch()
    for kind, payload in RECORDS[2:7]:
        log.append(kind, payload)
    return disk


SIDES = {
    "none": CrashDisk(),
    "blank": CrashDisk({segment_name(1): 1}, {1: bytes(SEGMENT_BYTES)}),
    "two": of_records(2),
    "two and torn": of_records(2, last=RECORDS[2][1], cut=20),
    "three": of_records(3),
    "two and another": of_records(2, last=b'{"other": true}'),
    "seven": of_records(7),
    "seven, torn": of_records(7, last=b"z" * 90, cut=9),
    "early switch": forged_switch(),
    "damaged": flipped_first(of_records(3)),
    "hole": goes_on_after_a_hole(),
}
GO_ON, CAUGHT_UP = "", "caught up"
LOST, FORKED, JOURNAL, COPY, BOTH = (
    "the journal lost this record",
    "hold different records",
    "the copy in copy (is whole to record [0-9]+(: to restore the journal.*)?|has no record)$",
    "the copy in copy is damaged",
    "damaged too",
)
# What the copy is:  none    blank   two       two+torn  three     other     seven     torn      early     damaged hole
# fmt: off
_, C, L, F, J, D, B = GO_ON, CAUGHT_UP, LOST, FORKED, JOURNAL, COPY, BOTH
TABLE = {
    "none":           (_,      _,      L,        L,        L,        L,        L,        L,        L,        D,      D),
    "blank":          (C,      _,      L,        L,        L,        L,        L,        L,        L,        D,      D),
    "two":            (C,      C,      _,        C,        L,        L,        L,        L,        L,        D,      D),
    "two and torn":   (C,      C,      _,        _,        L,        L,        L,        L,        L,        D,      D),
    "three":          (C,      C,      C,        C,        _,        F,        L,        L,        F,        D,      D),
    "two and another":(C,      C,      C,        C,        F,        _,        F,        F,        F,        D,      D),
    "seven":          (C,      C,      C,        C,        C,        F,        _,        C,        F,        D,      D),
    "seven, torn":    (C,      C,      C,        C,        C,        F,        _,        _,        F,        D,      D),
    "early switch":   (C,      C,      C,        C,        F,        F,        F,        F,        _,        D,      D),
    "damaged":        (J,      J,      J,        J,        J,        J,        J,        J,        J,        _,      B),
    "hole":           (J,      J,      J,        J,        J,        J,        J,        J,        J,        B,      _),
}
# fmt: on


@pytest.mark.parametrize("ours", SIDES)
@pytest.mark.parametrize("theirs", SIDES)
def test_every_combination_is_decided(ours: str, theirs: str) -> None:
    """The journal is the truth where the copy only ends earlier; anything else is refused, and nothing is changed."""
    due = TABLE[ours][list(SIDES).index(theirs)]
    journal, copy = SIDES[ours].twin(), SIDES[theirs].twin()
    copy.folder = Path("copy")
    disk = MirroredDisk(journal, copy)
    before = segments(copy)
    if due not in (GO_ON, CAUGHT_UP):
        with pytest.raises(JournalCorrupt, match=due):
            disk.lock()
        assert (segments(journal), segments(copy)) == (segments(SIDES[ours]), before)
        return
    disk.lock()
    assert segments(journal) == segments(SIDES[ours])
    assert (segments(copy) != before) == (due == CAUGHT_UP and ours != "blank")
    if ours not in ("damaged", "hole"):
        start(disk)
        assert segments(copy) == segments(journal)
    assert not disk.is_copy_lost


def test_a_refusal_says_what_to_do() -> None:
    """Which side is whole and to which record, and how to restore it; never to throw away what knows more."""
    texts = {}
    for ours, theirs in [("two", "seven"), ("damaged", "three"), ("three", "damaged"), ("none", "hole")]:
        copy = SIDES[theirs].twin()
        copy.folder = Path("copy")
        with pytest.raises(JournalCorrupt) as caught:
            MirroredDisk(SIDES[ours].twin(), copy).lock()
        texts[ours, theirs] = str(caught.value)
    assert texts["two", "seven"] == (
        "segment-000001.ekj at byte 376, record 3: the journal lost this record; the copy in copy is whole to record 8:"
        " to restore the journal, keep its folder in memory under another name"
        " and put the copy's segments into a new one"
    )
    assert "record 1: " in texts["damaged", "three"]
    assert "copy is whole to record 3: to restore the journal" in texts["damaged", "three"]
    assert "the journal is whole to record 3: to renew the copy, empty its folder" in texts["three", "damaged"]
    assert texts["none", "hole"].endswith("; the journal has no record")


# --- Power cuts --------------------------------------------------------------------------------------------

FEW = 37


def cut_pairs() -> Iterator[tuple[MirroredDisk, CrashDisk, CrashDisk, list[Record], int]]:
    """The journal and its copy at the moment of each power cut, and what had been acknowledged."""
    whole = Power()
    write(MirroredDisk(CrashDisk(power=whole), CrashDisk(power=whole)), RECORDS)
    for step in range(1, whole.steps + 1):
        power, acknowledged = Power(step), list[Record]()
        journal, copy = CrashDisk(power=power), CrashDisk(power=power)
        disk = MirroredDisk(journal, copy)
        with suppress(PowerCutError):
            write(disk, RECORDS, acknowledged)
        yield disk, journal, copy, acknowledged, step


def futures_of(journal: CrashDisk, copy: CrashDisk, byte_step: int, seed: int) -> Iterator[tuple[CrashDisk, CrashDisk]]:
    """Each way in which the two may be found, together."""
    for ours in journal.futures(byte_step, seed):
        for theirs in copy.futures(byte_step, seed + 1):
            power = Power()
            yield ours.twin(power), theirs.twin(power)


def check(journal: CrashDisk, copy: CrashDisk, acknowledged: list[Record]) -> None:
    """All that was acknowledged is there, at most one record more, on both sides the same, and selling goes on."""
    disk = MirroredDisk(journal, copy)
    log = start(disk)
    found = kept(log)
    assert found == RECORDS[: len(found)]
    assert 0 <= len(found) - len(acknowledged) <= 1
    log.append(*RECORDS[0])
    assert segments(copy) == segments(journal)
    assert not disk.is_copy_lost


def test_a_power_cut_between_the_two_loses_nothing_and_refuses_nothing() -> None:
    """Every step, and every pair of forms in which the two may be found."""
    pairs = 0
    for _, journal, copy, acknowledged, step in cut_pairs():
        for ours, theirs in futures_of(journal, copy, FEW, step):
            check(ours, theirs, acknowledged)
            pairs += 1
    assert pairs > 1_500


def test_a_second_cut_while_the_copy_is_brought_up_changes_nothing() -> None:
    """The comparison, the renewal of a segment and the recovery after it are cut at each of their steps."""
    pairs = 0
    for _, journal, copy, acknowledged, step in cut_pairs():
        for ours, theirs in list(futures_of(journal, copy, 3 * FEW, step))[-3:]:
            for second in range(1, 1000):
                power = Power(second)
                one, other = ours.twin(power), theirs.twin(power)
                with suppress(PowerCutError):
                    start(MirroredDisk(one, other))
                    break
                for pair in futures_of(one, other, 401, second):
                    check(*pair, acknowledged)
                    pairs += 1
    assert pairs > 3_000


def copy_first(disk: MirroredDisk, name: str) -> None:
    """A sync in the wrong order."""
    for start_at, end in disk._unsynced.get(name, []):
        if disk._is_copied(name):
            disk._copy.write(name, start_at, disk._journal.read(name, start_at, end - start_at))
            disk._copy.sync(name)
    disk._unsynced.pop(name, None)
    disk._journal.sync(name)


def test_a_copy_that_is_written_first_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the proof: in the wrong order a cut leaves a copy that knows more than the journal."""
    monkeypatch.setattr(MirroredDisk, "sync", copy_first)
    with pytest.raises(JournalCorrupt, match="lost this record"):
        test_a_power_cut_between_the_two_loses_nothing_and_refuses_nothing()


def test_a_copy_that_is_believed_before_the_journal_is_durable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed register leaves a record in the kernel's memory; the copy must not get it before the medium has it."""

    def check_after_a_kill() -> None:
        for second in range(1, 12):
            for _, journal, copy, _, _ in cut_pairs():
                journal.power.steps, journal.power.cut_after = 0, second
                with suppress(PowerCutError):
                    start(MirroredDisk(journal, copy))
                start(MirroredDisk(next(journal.futures(1, 0)), next(copy.futures(1, 0))))

    check_after_a_kill()
    monkeypatch.setattr("drivers.journal_compare.Side.settle", lambda side, number: None)
    with pytest.raises(JournalCorrupt, match="lost this record"):
        check_after_a_kill()


def test_a_copy_that_is_mended_in_place_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that was away lacks many records; written over, a cut leaves some of them behind a hole."""

    def check_after_a_day() -> None:
        for seed in range(20):
            power = Power()
            journal, copy = SIDES["seven"].twin(power), SIDES["two"].twin(power)
            for step in range(1, 20):
                power.steps, power.cut_after = 0, step
                one, other = journal.twin(power), copy.twin(power)
                with suppress(PowerCutError):
                    start(MirroredDisk(one, other))
                for ours, theirs in futures_of(one, other, 300, seed):
                    start(MirroredDisk(ours, theirs))

    def in_place(disk: MirroredDisk, journal: Side, number: int, end: int) -> None:
        for offset, piece in journal.pieces(number, end):
            if segment_name(number) not in disk._copy.names():
                disk._copy.create(segment_name(number))
            disk._copy.write(segment_name(number), offset, piece)
        disk._copy.sync(segment_name(number))

    check_after_a_day()
    monkeypatch.setattr(MirroredDisk, "_renew", in_place)
    with pytest.raises(JournalCorrupt, match=r"copy in .* is damaged"):
        check_after_a_day()


# --- A copy that fails or is away --------------------------------------------------------------------------


class FailingDisk(CrashDisk):
    """A medium that is pulled out after so many steps: everything after that is an error."""

    def __init__(self, last: int, power: Power) -> None:
        super().__init__(power=power)
        self.last = last

    def write(self, name: str, offset: int, content: bytes) -> None:
        self._fail()
        super().write(name, offset, content)

    def sync(self, name: str) -> None:
        self._fail()
        super().sync(name)

    def create(self, name: str) -> None:
        self._fail()
        super().create(name)

    def rename(self, old: str, new: str) -> None:
        self._fail()
        super().rename(old, new)

    def sync_folder(self) -> None:
        self._fail()
        super().sync_folder()

    def read(self, name: str, offset: int, length: int) -> bytes:
        self._fail()
        return super().read(name, offset, length)

    def _fail(self) -> None:
        self.last -= 1
        if self.last < 0:
            raise OSError(5, "pulled out")


def test_a_copy_that_fails_at_any_step_stops_no_sale_and_is_caught_up_by_the_next_start() -> None:
    """All records are acknowledged and in the journal; the copy is told lost; what it has is a part, and is mended."""
    is_lost = True
    for last in range(1000):
        journal, copy = CrashDisk(), FailingDisk(last, Power())
        disk = MirroredDisk(journal, copy)
        write(disk, RECORDS)
        is_lost = disk.is_copy_lost
        for theirs in copy.futures(FEW, last):
            again, ours = MirroredDisk(journal.twin(), theirs), journal.twin()
            assert kept(start(again)) == RECORDS
            assert segments(theirs) == segments(ours)
            assert not again.is_copy_lost
        if not is_lost:
            break
    assert last > 40
    assert not is_lost


def test_an_error_of_the_journal_is_not_taken_for_one_of_the_copy() -> None:
    """While the two are compared, and while a record is carried over."""
    for last in (3, 5):
        disk = MirroredDisk(FailingDisk(last, Power()), CrashDisk())
        with pytest.raises((OSError, JournalFailed), match="pulled out"):
            write(disk, RECORDS)
        assert not disk.is_copy_lost


# --- Real folders ------------------------------------------------------------------------------------------


def book_of(disk: Disk) -> Book:
    """An open journal of small segments."""
    book = Book(disk, Log(disk, segment_bytes=9216, life_bytes=6000), index_room_bytes=0)
    book.open()
    return book


def real_segments(folder: Path) -> dict[str, bytes]:
    """Their content."""
    return {path.name: path.read_bytes() for path in folder.glob("segment-*")}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A journal that is not there yet, and an empty folder for its copy."""
    (tmp_path / "stick").mkdir()
    return tmp_path / "journal", tmp_path / "stick"


def test_a_copy_is_made_in_an_empty_folder_and_kept_up(folders: tuple[Path, Path]) -> None:
    """The segments are the same; index and checkpoint are not copied; nobody else can read any of it."""
    journal, copy = folders
    for records in (samples.five_receipts(), samples.afternoon()):
        disk = mirrored(*folders)
        book = book_of(disk)
        for record in records:
            book.reserve()
            book.append(record)
        assert not disk.is_copy_lost
        book.close()
        assert real_segments(copy) == real_segments(journal)
    assert len(real_segments(copy)) > 2
    assert {path.name for path in copy.iterdir()} == {"lock", *real_segments(copy)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


def test_a_stick_that_was_away_for_a_day_is_caught_up(folders: tuple[Path, Path]) -> None:
    """Without the folder the register sells and says that the copy is lost; nothing is made in its place."""
    journal, copy = folders
    book_of(mirrored(*folders)).close()
    away = copy.rename(copy.with_name("away"))
    disk = mirrored(*folders)
    book = book_of(disk)
    for record in samples.five_receipts():
        book.append(record)
    book.close()
    assert disk.is_copy_lost
    assert not copy.exists()
    away.rename(copy)
    (copy / "segment-000009.ekj.tmp").write_bytes(b"half")
    disk = mirrored(*folders)
    book_of(disk).close()
    assert not disk.is_copy_lost
    assert real_segments(copy) == real_segments(journal)
    assert not list(copy.glob("*.tmp"))


def test_a_folder_that_cannot_be_used_is_a_lost_copy(folders: tuple[Path, Path]) -> None:
    """A file in its place, or a folder in a segment's: the register sells."""
    _, copy = folders
    copy.rmdir()
    copy.write_bytes(b"")
    disk = mirrored(*folders)
    book_of(disk).close()
    assert disk.is_copy_lost
    copy.unlink()
    (copy / segment_name(1)).mkdir(parents=True)
    disk = mirrored(*folders)
    book_of(disk).close()
    assert disk.is_copy_lost
    assert not any(copy.glob("*/*"))


def test_two_registers_cannot_share_a_copy(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """The second one is refused."""
    book = book_of(mirrored(*folders))
    with pytest.raises(PortError, match="busy"):
        mirrored(tmp_path / "other", folders[1]).lock()
    book.close()


@pytest.mark.parametrize("copy", ["journal", "journal/copy", ".", "to-journal", "to-stick", "to-journal/../journal"])
def test_a_copy_must_be_a_folder_of_its_own(copy: str, folders: tuple[Path, Path], tmp_path: Path) -> None:
    """The journal's folder, one in it or around it, a symbolic link, however it is spelt."""
    folders[0].mkdir()
    (tmp_path / "to-journal").symlink_to(folders[0])
    (tmp_path / "to-stick").symlink_to(folders[1])
    with pytest.raises(PortError, match=r"settings: storage\.copy: "):
        mirrored(folders[0], tmp_path / copy)
    assert not any(folders[1].iterdir())


def test_a_link_in_the_copy_is_refused(folders: tuple[Path, Path]) -> None:
    """A segment that is a link to the journal's own would be no copy."""
    journal, copy = folders
    book = book_of(mirrored(*folders))
    book.append(samples.opened())
    book.close()
    for link in (os.symlink, os.link):
        (copy / segment_name(1)).unlink()
        link(journal / segment_name(1), copy / segment_name(1))
        with pytest.raises(PortError, match=r"storage\.copy: segment-000001\.ekj in .* is a link"):
            mirrored(*folders)


def test_a_journal_that_is_gone_is_not_begun_anew(folders: tuple[Path, Path]) -> None:
    """With a whole copy beside it an empty journal is a loss; the copy's files put in its place are the journal."""
    journal, copy = folders
    book = book_of(mirrored(*folders))
    for record in samples.five_receipts():
        book.append(record)
    book.close()
    truth = real_segments(journal)
    for path in journal.iterdir():
        path.unlink()
    disk = mirrored(*folders)
    with pytest.raises(JournalCorrupt, match=r"record 0: the journal lost this record; the copy in .* is whole to"):
        disk.lock()
    disk.close()
    assert real_segments(copy) == truth
    for name, content in truth.items():
        (journal / name).write_bytes(content)
    book = book_of(mirrored(*folders))
    assert book.last_number("2026-11") == 5
    book.close()


async def test_the_port_tells_whether_its_copy_is_lost(tmp_path: Path) -> None:
    """Through the settings' own opener: without the folder it is lost, with it the copy is the journal."""
    for is_there in (False, True):
        if is_there:
            (tmp_path / "stick").mkdir()
        async with open_storage(path="journal", folder=tmp_path, copy="stick") as storage:
            await storage.append(samples.opened())
            assert (await storage.examine()).is_copy_lost is not is_there
    assert real_segments(tmp_path / "stick") == real_segments(tmp_path / "journal")
    with pytest.raises(PortError, match=r"settings: storage\.copy: "):
        async with open_storage(path="journal", folder=tmp_path, copy="./journal"):
            raise AssertionError("it opened")


def test_both_disks_hear_of_everything() -> None:
    """No public method of Disk is left to the class that MirroredDisk comes from."""
    methods = {name for name, _ in inspect.getmembers(Disk, inspect.isfunction) if not name.startswith("_")}
    assert methods <= set(vars(MirroredDisk))
    assert issubclass(FolderOfCopy, Disk)
