"""The journal on a disk: what was acknowledged stays, what is damaged is named, what does not fit is refused."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio

from drivers import journal_frames
from drivers.journal_book import Book
from drivers.journal_checkpoint import CHECKPOINT_NAME
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, encode_frame, frame_bytes, segment_name
from drivers.journal_index import INDEX_NAME
from drivers.journal_log import JournalFailed, Log
from drivers.ports import PortError, Storage
from drivers.storage_journal import open_journal, open_storage
from states.fiscal.journal import (
    CashMoved,
    CatalogueSet,
    Closed,
    Delivered,
    History,
    Intent,
    Moved,
    MovedAnswered,
    Record,
    Resolved,
    Stored,
    TailDropped,
    decode_record,
    encode_record,
    fold_histories,
    kind_of,
    okp_of,
)
from states.fiscal.receipt import Way
from tests import journal_samples as samples
from tests.contracts_storage import NOTHING, everything
from tests.crash_disk import CrashDisk, PowerCutError
from tests.storage_kit import (
    LIFE_BYTES,
    SEGMENT_BYTES,
    FailingDisk,
    Kept,
    fill,
    go_round,
    image,
    kept,
    listed,
    morning_in,
    new_log,
    put,
    recover,
    small,
    small_disk,
    wanted,
)

ROOT = Path(__file__).parents[1]


# --- Power cuts, on a disk in memory -----------------------------------------------------------------------


def wanted_all() -> Kept:
    """What a morning writes and what the register's own records of an afternoon are."""
    afternoon = [record for record in samples.afternoon() if not okp_of(record)]
    return [*wanted(), *((kind_of(record), encode_record(record)) for record in afternoon)]


def write_day(disk: CrashDisk, acknowledged: Kept) -> None:
    """Write it all, reserving before each receipt and examining after it, and note what was acknowledged."""
    log = recover(disk)
    for kind, payload in wanted_all():
        if kind == 2:
            log.reserve()
        log.append(kind, payload)
        acknowledged.append((kind, payload))
        log.examine()


def cut_at_every_step() -> Iterator[tuple[CrashDisk, Kept]]:
    """The disk at the moment of each power cut, and what had been acknowledged."""
    whole = CrashDisk()
    write_day(whole, [])
    for step in range(1, whole.steps + 1):
        disk, acknowledged = CrashDisk(), list[tuple[int, bytes]]()
        disk.cut_after = step
        with suppress(PowerCutError):
            write_day(disk, acknowledged)
        yield disk, acknowledged


def is_filling(disk: CrashDisk) -> bool:
    """True while a segment is only being prepared."""
    return disk.last_write is not None and not any(disk.last_write[2])


def check_recovered(disk: CrashDisk, acknowledged: Kept, all_wanted: Kept) -> tuple[Log, Kept]:
    """All that was acknowledged is there, at most one record more, and the drop of a torn one is recorded."""
    log = recover(disk)
    found = kept(log)
    records = [each for each in found if each[0] != 10]
    assert records == all_wanted[: len(records)]
    assert 0 <= len(records) - len(acknowledged) <= 1
    assert [kind for kind, _ in found[len(records) :]] in ([], [10])
    return log, found


def test_a_power_cut_at_every_byte_of_every_write_loses_nothing_acknowledged() -> None:
    """I1, I2 and I28: each step, each form in which the disk may be found, twice recovered."""
    all_wanted, futures, dropped = wanted_all(), 0, 0
    for disk, acknowledged in cut_at_every_step():
        for future in disk.futures(SEGMENT_BYTES if is_filling(disk) else 1, seed=futures):
            futures += 1
            log, found = check_recovered(future, acknowledged, all_wanted)
            dropped += any(kind == 10 for kind, _ in found[-1:])
            again = recover(CrashDisk(future._names, {i: bytes(c) for i, c in future._now.items()}))
            assert (again.seq, again.chain) == (log.seq, log.chain)
    assert futures > 26_000
    assert dropped > futures // 2


def test_a_second_power_cut_during_recovery_changes_nothing() -> None:
    """I28: recovery may be cut at each of its steps, and its own writes torn."""
    all_wanted, futures = wanted_all(), 0
    chance = random.Random(5)
    for disk, acknowledged in cut_at_every_step():
        torn = [future for future in disk.futures(97, seed=3) if not is_filling(disk)]
        for first in chance.sample(torn, min(4, len(torn))):
            for second in recovery_cuts(first):
                futures += 1
                check_recovered(second, acknowledged, all_wanted)
    assert futures > 2_000


def recovery_cuts(disk: CrashDisk) -> Iterator[CrashDisk]:
    """The disks that may be found when recovery is cut at each of its steps."""
    contents = {inode: bytes(content) for inode, content in disk._now.items()}
    for step in range(1, 1000):
        copy = CrashDisk(disk._names, contents)
        copy.cut_after = step
        with suppress(PowerCutError):
            recover(copy)
            return
        yield from copy.futures(61, seed=step)


def test_what_a_killed_register_left_is_durable_before_it_is_believed() -> None:
    """A record that only the kernel's memory held is on the medium once the next start has read it."""
    for disk, acknowledged in cut_at_every_step():
        disk.cut_after = -1
        _, found = check_recovered(disk, acknowledged, wanted_all())
        worst = next(disk.futures(1, seed=1))
        assert kept(recover(worst)) == found


def test_a_register_goes_on_after_each_cut() -> None:
    """What is appended after a recovery stands behind what was kept, and is found by the next start."""
    all_wanted = wanted_all()
    for disk, acknowledged in cut_at_every_step():
        for future in disk.futures(400, seed=1):
            log, before = check_recovered(future, acknowledged, all_wanted)
            log.reserve()
            put(log, Closed(9, 1, "{}"))
            assert kept(recover(future)) == [*before, (9, encode_record(Closed(9, 1, "{}")))]


def test_a_flipped_bit_in_every_byte_is_noticed() -> None:
    """Each byte of a whole journal: refused as damage, at the start or when it is examined and then at each start; only
    a cut within the last length passes as a torn tail. The checkpoint misleads nobody."""
    disk = CrashDisk()
    write_day(disk, [])
    log = recover(disk)
    in_use = {name: len(disk.image(name).rstrip(b"\0")) for name in disk.names()}
    assert len(in_use) >= 3
    tails = 0
    for name, length in in_use.items():
        for position in range(-(-length // 8) * 8 if name != CHECKPOINT_NAME else length):
            damaged = disk.flipped(name, position, 1 << position % 8)
            is_noticed, again = noticed(damaged)
            if name == CHECKPOINT_NAME:
                assert not is_noticed
                assert kept(again) == kept(log)
            elif not is_noticed:
                tails += 1
                assert kept(again)[-1][0] == 10
                assert kept(again)[:-1] == kept(log)[:-1]
    assert tails <= 4


def noticed(disk: CrashDisk) -> tuple[bool, Log]:
    """True if the damage is refused at the start, or at the next one after it was found."""
    log = new_log(disk)
    with suppress(JournalCorrupt):
        log = recover(disk)
        go_round(log)
        return False, log
    with pytest.raises(JournalCorrupt):
        recover(disk)
    return True, log


def test_damage_in_the_zeros_is_dropped_and_recorded() -> None:
    """A bit that was set behind the last record hides nothing and is written down."""
    disk = CrashDisk()
    write_day(disk, [])
    last = [name for name in disk.names() if name.startswith("segment") and any(disk.image(name))][-1]
    end = len(disk.image(last).rstrip(b"\0"))
    for position in range(end + 8, SEGMENT_BYTES, 501):
        found = kept(recover(disk.flipped(last, position, 16)))
        assert found[:-1] == wanted_all()
        assert found[-1][0] == 10


# --- Damage that is more than a bit ------------------------------------------------------------------------


def cut_last_segment(folder: Path) -> None:
    path = folder / segment_name(2)
    path.write_bytes(path.read_bytes()[:-512])


def swap_segments(folder: Path) -> None:
    one, two = (folder / segment_name(number) for number in (1, 2))
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def lose_first_segment(folder: Path) -> None:
    (folder / segment_name(1)).unlink()


def empty_first_segment(folder: Path) -> None:
    (folder / segment_name(1)).write_bytes(bytes(SEGMENT_BYTES))


def repeat_first_segment(folder: Path) -> None:
    shutil.copy(folder / segment_name(1), folder / segment_name(2))


def append_a_forgery(folder: Path) -> None:
    """A sound frame whose hash follows from nothing."""
    path = folder / segment_name(2)
    content = path.read_bytes()
    end = len(content.rstrip(b"\0"))
    end += -end % 8
    payload = encode_record(Closed(2, 1, "{}"))
    forged = encode_frame(bytes(32), 99, 9, 0, 0, payload)
    path.write_bytes(content[:end] + forged + content[end + len(forged) :])


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (cut_last_segment, "segment 2 of"),
        (swap_segments, "stands where"),
        (lose_first_segment, "missing"),
        (empty_first_segment, "goes on"),
        (repeat_first_segment, "stands where"),
        (append_a_forgery, "stands where"),
    ],
)
async def test_damage_is_refused_and_nothing_is_changed(
    damage: Callable[[Path], None], what: str, tmp_path: Path
) -> None:
    """Segments lost, shortened, swapped, repeated or forged: the error says where, the files stay as they are."""
    folder = tmp_path / "journal"
    morning_in(folder)
    assert len(image(folder)) == 2
    damage(folder)
    before = image(folder)
    with pytest.raises(JournalCorrupt, match=what) as caught:
        async with small(folder):
            raise AssertionError("it opened")
    assert caught.value.segment.startswith("segment-")
    assert caught.value.what in str(caught.value)
    assert image(folder) == before


async def test_a_record_that_no_program_can_read_stops_the_start(tmp_path: Path) -> None:
    """A kind of a later version, in a sound frame, is named and not skipped."""
    disk = Disk(tmp_path)
    disk.lock()
    log = recover(disk)
    log.append(77, b"{}")
    disk.close()
    with pytest.raises(JournalCorrupt, match="unknown kind of record 77"):
        async with small(tmp_path):
            raise AssertionError("it opened")


# --- The port ----------------------------------------------------------------------------------------------


async def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    """An absent folder and an empty one are new journals."""
    for path in ("absent/below", "."):
        async with open_storage(path=path, folder=tmp_path) as storage:
            assert await everything(storage) == NOTHING


async def test_what_is_stored_is_found_by_each_of_its_names(tmp_path: Path) -> None:
    """By UID (of the answer or a later one), OKP, month and number, and basket id; the same after a restart."""
    records = samples.five_receipts()
    histories = fold_histories(records)
    for _ in range(2):
        async with small(tmp_path / "journal") as storage:
            stored = await fill(storage, records)
            records = []
            for history in histories.values():
                receipt = history.receipt
                answer = history.resolved or history.outcome
                names = {receipt.okp, receipt.key, receipt.sale.basket_id, answer.uid if answer else ""} - {""}
                assert len(names) == (3 if receipt.number == 5 else 4)
                assert [await storage.find(name) for name in names] == [history] * len(names)
            assert await storage.find("2026-11/6") is None
            assert await storage.find("") is None
            assert [each.seq for each in stored] == sorted({each.seq for each in stored})


async def test_records_come_back_as_they_were_stored(tmp_path: Path) -> None:
    """Sequence number, time, chain and record; from any number on; across segments and batches."""
    records = [*samples.five_receipts(), *(Closed(number, 1, "{}") for number in range(300))]
    async with small(tmp_path) as storage:
        stored = await fill(storage, records)
        assert [each.record for each in stored] == records
        assert await listed(storage.records()) == stored
        for after in (0, 1, 17, 160, stored[-1].seq):
            assert await listed(storage.records(after)) == [each for each in stored if each.seq > after]
    assert len(image(tmp_path)) > 5
    async with small(tmp_path) as storage:
        assert await listed(storage.records()) == stored


async def test_counters_come_from_the_journal(tmp_path: Path) -> None:
    """The last number of each month, the newest CreateDate whatever its offset, the last daily report."""
    receipts = [
        samples.signed_receipt(1, "2026-10", create_date="2026-10-25T02:30:00+02:00"),
        samples.signed_receipt(2, "2026-10", create_date="2026-10-25T02:10:00+01:00"),
        samples.signed_receipt(1, "2026-11"),
    ]
    async with small(tmp_path) as storage:
        await storage.append(samples.intent(receipts[0]))
        await storage.append(samples.intent(receipts[1]))
        assert await storage.last_create_date() == "2026-10-25T02:10:00+01:00"
        await storage.append(samples.intent(receipts[2]))
        assert [await storage.last_number(month) for month in ("2026-10", "2026-11", "2026-12")] == [2, 1, 0]
        assert await storage.last_create_date() == receipts[2].create_date
        for closed in (Closed(1, 2, "{}"), Closed(2, 3, "{}")):
            await storage.append(closed)
            assert await storage.last_closed() == closed.up_to_seq


async def test_records_are_found_by_their_kind(tmp_path: Path) -> None:
    """Oldest first, however many there are and whatever lies between; the last one; the same after a restart."""
    records = [*samples.five_receipts(), *samples.afternoon()]
    records += [CashMoved(cents, "2026-11-02T12:00:00+01:00", "") for cents in range(250)]
    kinds = CashMoved, Moved, MovedAnswered
    async with small(tmp_path) as storage:
        stored = await fill(storage, records)
        truth = [each for each in stored if isinstance(each.record, kinds)]
        assert len(truth) == 253
        assert await listed(storage.records_of(*kinds)) == truth
    async with small(tmp_path) as storage:
        assert await listed(storage.records_of(*kinds)) == truth
        assert await listed(storage.records_of(TailDropped)) == []
        assert [each.record for each in await listed(storage.records_of(CatalogueSet))] == [samples.catalogue()]
        assert await storage.last_of(CashMoved) == truth[-1]
        assert await storage.last_of(TailDropped) is None
        sold = [each for each in stored if isinstance(each.record, Intent | Delivered)]
        assert await listed(storage.records_of(Intent, Delivered)) == sold
        assert await storage.last_of(Delivered) == sold[-1]


async def test_the_last_paragon_is_the_highest_that_was_not_refused(tmp_path: Path) -> None:
    """Whatever becomes of it later: who has paper has a number; a refused one never came into the world."""
    receipts = [samples.paragon_receipt(number, paragon) for number, paragon in ((1, 7), (2, 8), (3, 9), (4, 9))]
    steps: list[list[Record]] = [
        samples.printed_life(receipts[0]),
        samples.offline_life(receipts[1])[:3],
        [Resolved(receipts[1].okp, "", -130, "")],
        [samples.intent(receipts[2])],
        [samples.refused(receipts[2])],
        [samples.intent(receipts[3])],
        samples.printed_life(samples.signed_receipt(5)),
    ]
    seen = []
    async with small(tmp_path) as storage:
        for records in steps:
            await fill(storage, records)
            seen.append(await storage.last_paragon())
    assert seen == [7, 8, 8, 9, 8, 9, 9]
    async with small(tmp_path) as storage:
        assert await storage.last_paragon() == 9


@pytest.mark.parametrize("code", [-103, -104])
async def test_a_receipt_whose_time_lies_ahead_holds_up_no_later_one(code: int, tmp_path: Path) -> None:
    """Refused at once or later for its time, its CreateDate does not count; with a UID after all it does again."""
    good, ahead = samples.signed_receipt(1), samples.signed_receipt(2)
    seen = []
    async with small(tmp_path) as storage:
        for record in (
            *samples.printed_life(good),
            samples.intent(ahead),
            samples.offline(ahead),
            Resolved(ahead.okp, "", code, ""),
            Resolved(ahead.okp, samples.uid_of(ahead), 0, ""),
        ):
            await storage.append(record)
            seen.append(await storage.last_create_date())
    first, second = good.create_date, ahead.create_date
    assert seen == [first, first, first, second, second, first, second]
    async with small(tmp_path / "once") as storage:
        await fill(storage, [samples.intent(ahead), replace(samples.refused(ahead), code=-101)])
        assert await storage.last_create_date() == second
        third = samples.signed_receipt(3)
        await fill(storage, [samples.intent(third), replace(samples.refused(third), code=code)])
        assert await storage.last_create_date() == second


async def test_a_receipt_that_was_set_aside_is_open_until_another_replaces_it(tmp_path: Path) -> None:
    """Refused later, it is kept in view; a repair that is refused itself repairs nothing."""
    first, other = samples.signed_receipt(1), samples.signed_receipt(2)
    again, third = (samples.receipt_of(number, repairs=first.okp, basket_id=f"again-{number}") for number in (3, 4))
    aside = Resolved(first.okp, "", -103, "<fault/>")
    seen, places = [], []
    async with small(tmp_path) as storage:
        await fill(storage, [*samples.offline_life(first)[:3], *samples.printed_life(other)])
        for record in (
            *samples.offline_life(first)[3:5],
            aside,
            samples.intent(again),
            replace(samples.refused(again), code=-104),
            samples.intent(third),
            *samples.printed_life(third)[1:],
        ):
            await storage.append(record)
            seen.append([(one.receipt.number, one.is_aside) for one in await storage.open_histories()])
            repair = await storage.repair_of(first.okp)
            places.append(repair.receipt.number if repair else 0)
            assert await storage.repair_of(other.okp) is None
    assert seen == [
        [(1, False)],
        [(1, False)],
        [(1, True)],
        [(1, True), (3, False)],
        [(1, True)],
        [(1, True), (4, False)],
        [(1, True), (4, False)],
        [],
    ]
    assert places == [0, 0, 0, 3, 0, 4, 4, 4]
    async with small(tmp_path) as storage:
        assert await storage.open_histories() == ()
    (tmp_path / INDEX_NAME).unlink()
    async with small(tmp_path) as storage:
        assert await storage.open_histories() == ()


async def test_a_journal_of_an_older_program_goes_on(tmp_path: Path) -> None:
    """The register opens what version 0.1 wrote, knows all of it, and appends to it; so does the audit."""
    disk = Disk(tmp_path)
    disk.lock()
    log = recover(disk)
    for kind, payload in samples.older():
        log.append(kind, payload)
    disk.close()
    async with small(tmp_path) as storage:
        assert [each.record for each in await listed(storage.records())] == [
            decode_record(kind, payload) for kind, payload in samples.older()
        ]
        assert await storage.open_histories() == ()
        assert (await storage.last_number("2026-11"), await storage.last_paragon()) == (5, 0)
        await fill(storage, samples.printed_life(samples.paragon_receipt(6)))
        assert (await storage.last_number("2026-11"), await storage.last_paragon()) == (6, 1)


async def test_what_is_left_to_do_is_known(tmp_path: Path) -> None:
    """From the Intent until delivered, and off-line until answered; oldest first; the same after a restart."""
    first, second, third = (samples.signed_receipt(number) for number in (1, 2, 3))
    offline_first = samples.offline_life(first)
    async with small(tmp_path) as storage:
        seen = []
        for record in [*offline_first[:-1], samples.intent(second), *samples.refused_life(third), offline_first[-1]]:
            await storage.append(record)
            seen.append([history.receipt.number for history in await storage.open_histories()])
        assert seen == [[1]] * 5 + [[1, 2], [1, 2, 3], [1, 2], [2]]
    async with small(tmp_path) as storage:
        (left,) = await storage.open_histories()
        assert left == History(second, (samples.attempt(second),))


@pytest.mark.parametrize("what", ["okp", "number", "basket", "orphan", "unreadable"])
async def test_what_must_never_be_in_a_journal_is_not_written(what: str, tmp_path: Path) -> None:
    """A number, a basket or a PKP is used once, an answer belongs to a receipt; the journal stays usable."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    sale = replace(second.sale, basket_id=first.sale.basket_id)
    wrong: dict[str, Record] = {
        "okp": samples.intent(replace(second, okp=first.okp)),
        "number": samples.intent(replace(second, number=1)),
        "basket": samples.intent(replace(second, sale=sale)),
        "orphan": samples.online(second),
        "unreadable": Delivered(first.okp, Way.PRINT, "\ud800"),
    }
    async with small(tmp_path) as storage:
        await fill(storage, samples.printed_life(first))
        before = image(tmp_path)
        with pytest.raises(ValueError, match=r"."):
            await storage.append(wrong[what])
        assert image(tmp_path) == before
        await fill(storage, samples.printed_life(second))


async def test_only_one_register_at_a_time(tmp_path: Path) -> None:
    """A second one is told so, and may have the journal when the first has gone."""
    async with small(tmp_path):
        with pytest.raises(PortError, match="busy"):
            async with small(tmp_path):
                raise AssertionError("it opened twice")
    async with small(tmp_path):
        pass


async def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """The folder is 0700 and each file 0600, also while it is open, and whatever the umask."""
    umask = os.umask(0)
    try:
        async with small(tmp_path / "journal") as storage:
            await fill(storage, samples.five_receipts())
            paths = list((tmp_path / "journal").iterdir())
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert {"lock", INDEX_NAME, segment_name(1), segment_name(2)} <= set(modes)


async def test_a_cancelled_append_is_whole(tmp_path: Path) -> None:
    """Whoever stops waiting, the record is written to its end and returned."""
    receipt = samples.signed_receipt()
    async with small(tmp_path) as storage:
        with trio.CancelScope() as scope:
            scope.cancel()
            stored = await storage.append(samples.intent(receipt))
        assert stored.record == samples.intent(receipt)
        assert await storage.find(receipt.okp) is not None


async def test_many_tasks_append_one_after_the_other(tmp_path: Path) -> None:
    """Whoever asks at once, the chain is one row and every record is in it once."""
    async with small(tmp_path) as storage:
        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(storage.append, Closed(number, 1, "{}"))
        stored = await listed(storage.records())
    numbers = [each.record.number for each in stored if isinstance(each.record, Closed)]
    assert sorted(numbers) == list(range(40))
    async with small(tmp_path) as storage:
        assert await listed(storage.records()) == stored


async def test_a_torn_tail_is_dropped_recorded_and_overwritten(tmp_path: Path) -> None:
    """On a real disk, through the port: the length and hash of what was dropped are in the next record."""
    morning_in(tmp_path)
    path = tmp_path / segment_name(2)
    content = path.read_bytes()
    end = len(content.rstrip(b"\0"))
    end += -end % 8
    torn = content[:40] + b'{"okp":"half a rec'
    path.write_bytes(content[:end] + torn + content[end + len(torn) :])
    async with small(tmp_path) as storage:
        *before, last = await listed(storage.records())
    assert [each.record for each in before] == samples.five_receipts()
    assert isinstance(last.record, TailDropped)
    assert last.record.length == len(torn) + -len(torn) % 8
    assert b"half a rec" not in path.read_bytes()
    async with small(tmp_path) as storage:
        assert await listed(storage.records()) == [*before, last]


async def test_a_preparation_that_was_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """Half a segment under its temporary name is removed; a prepared one is used; one of another size is replaced."""
    morning_in(tmp_path)
    (tmp_path / "segment-000003.ekj.tmp").write_bytes(bytes(100))
    (tmp_path / segment_name(3)).write_bytes(bytes(4096))
    async with small(tmp_path) as storage:
        assert set(image(tmp_path)) == {segment_name(1), segment_name(2)}
        await fill(storage, [Closed(number, 1, "{}") for number in range(80)])
    assert {len(content) for content in image(tmp_path).values()} == {SEGMENT_BYTES}
    async with small(tmp_path) as storage:
        assert len(await listed(storage.records())) == len(wanted()) + 80


# --- Room and failing disks --------------------------------------------------------------------------------


@contextmanager
def small_files(size_bytes: int) -> Iterator[None]:
    """No file may become larger than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def fill_to_the_brim(storage: Storage, stored: list[Stored]) -> None:
    """Append and note what was acknowledged until something fails."""
    for number in range(1000):
        await storage.reserve()
        stored.append(await storage.append(Closed(number, 1, "x" * 5000)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
async def test_a_full_disk_refuses_the_sale_before_anything_is_written(tmp_path: Path) -> None:
    """I25: ``reserve`` says full and changes nothing; what was acknowledged is there after a restart."""
    folder = tmp_path / "disk" / "journal"
    sizes = {"segment_bytes": SEGMENT_BYTES, "life_bytes": LIFE_BYTES, "index_room_bytes": 1024 * 1024}
    with small_disk(tmp_path / "disk", 3 * 1024 * 1024):
        stored: list[Stored] = []
        async with open_journal(folder, **sizes) as storage:
            with pytest.raises(PortError, match="full"):
                await fill_to_the_brim(storage, stored)
            before = image(folder)
            with pytest.raises(PortError, match="full"):
                await storage.reserve()
            assert image(folder) == before
        assert len(stored) > 100
        for lost in ("", INDEX_NAME):
            if lost:
                (folder / lost).unlink()
            async with open_journal(folder, **sizes) as storage:
                assert await listed(storage.records()) == stored


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
async def test_without_room_for_the_index_the_register_stops_and_says_full_at_the_start(tmp_path: Path) -> None:
    """Even who never reserves loses nothing: the records are durable, only the index has no room for them."""
    folder = tmp_path / "disk" / "journal"
    with small_disk(tmp_path / "disk", 1024 * 1024):
        stored: list[Stored] = []
        async with small(folder) as storage:
            with pytest.raises((JournalFailed, PortError), match="full"):
                await fill_to_the_brim(storage, stored)
        log = new_log(Disk(folder))
        log.open()
        assert [payload for _, payload in kept(log)][: len(stored)] == [encode_record(each.record) for each in stored]
        assert len(kept(log)) - len(stored) in (0, 1)


async def test_a_limit_on_files_counts_as_full_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A segment is there whole, or not at all."""
    async with open_journal(tmp_path, segment_bytes=1 << 20, life_bytes=LIFE_BYTES, index_room_bytes=0) as storage:
        with small_files(1 << 19), pytest.raises(PortError, match="full"):
            await storage.reserve()
        assert image(tmp_path) == {}
        await storage.reserve()
        await storage.append(Closed(1, 1, "{}"))


async def test_a_sale_that_was_reserved_fits_on_a_disk_that_is_full_meanwhile(tmp_path: Path) -> None:
    """After ``reserve`` the worst life needs no room that is not there yet."""
    async with small(tmp_path) as storage:
        for number in range(1, 30):
            await storage.reserve()
            segments = set(image(tmp_path))
            for record in samples.offline_life(samples.signed_receipt(number)):
                await storage.append(record)
            assert set(image(tmp_path)) == segments


async def test_room_for_the_index_is_asked_for(tmp_path: Path) -> None:
    """The index grows on the free part of the disk, so a sale needs some of it."""
    async with open_journal(
        tmp_path, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, index_room_bytes=1 << 60
    ) as storage:
        with pytest.raises(PortError, match="full"):
            await storage.reserve()


@pytest.mark.parametrize("failure", ["write", "short", "sync"])
def test_after_an_error_of_the_medium_nothing_is_appended(failure: str) -> None:
    """The first cause is reported ever after; opened again, the acknowledged part is there and goes on."""
    disk = FailingDisk()
    log = recover(disk)
    put(log, Closed(1, 1, "{}"))
    disk.failure = failure
    causes = []
    attempts: list[Callable[[], None]] = [lambda: put(log, Closed(2, 1, "{}")), lambda: put(log, Closed(3, 1, "{}"))]
    for attempt in (*attempts, log.reserve):
        with pytest.raises(JournalFailed) as caught:
            attempt()
        causes.append((str(caught.value), caught.value.__cause__))
    assert len(set(causes)) == 1
    again = recover(disk)
    assert kept(again)[0] == (9, encode_record(Closed(1, 1, "{}")))
    assert (9, encode_record(Closed(3, 1, "{}"))) not in kept(again)
    put(again, Closed(4, 1, "{}"))
    assert kept(recover(disk))[-1] == (9, encode_record(Closed(4, 1, "{}")))


def test_a_segment_that_cannot_be_prepared_fails_the_journal_unless_the_disk_is_full() -> None:
    """An I/O error is not taken for a full disk."""
    disk = FailingDisk()
    log = recover(disk)
    disk.failure = "short"
    with pytest.raises(PortError, match="full"):
        log.reserve()
    assert disk.names() == []
    disk.failure = "write"
    with pytest.raises(JournalFailed, match="medium is gone"):
        log.reserve()


def test_a_life_that_no_segment_can_hold_is_refused_at_once() -> None:
    """The sizes are checked before the first sale, and a record against its segment."""
    with pytest.raises(ValueError, match="cannot hold"):
        Log(CrashDisk(), segment_bytes=4096, life_bytes=4096)
    log = recover(CrashDisk())
    with pytest.raises(ValueError, match="does not fit"):
        put(log, Closed(1, 1, "x" * SEGMENT_BYTES))
    assert kept(log) == []
    assert frame_bytes(journal_frames.PAYLOAD_BYTES_MAX) < 16 * 1024 * 1024


# --- The kernel's view: real processes under strace --------------------------------------------------------

DRIVER = textwrap.dedent("""
    import sys
    sys.path[:0] = sys.argv[1:3]
    import os, trio, journal_samples as samples
    from pathlib import Path
    from drivers.journal_log import JournalFailed
    from drivers.storage_journal import open_storage
    from states.fiscal.journal import Closed

    async def main():
        receipts = [samples.signed_receipt(number) for number in range(1, 4)]
        lives = [samples.printed_life, samples.mailed_life, samples.mail_then_paper_life]
        async with open_storage(path="journal", folder=Path(sys.argv[3])) as storage:
            await storage.reserve()
            await storage.append(samples.opened())
            for number, (life, receipt) in enumerate(zip(lives, receipts), start=1):
                os.access(f"sale-{number}", 0)
                for record in life(receipt):
                    try:
                        await storage.reserve()
                        await storage.append(record)
                        print("stored", type(record).__name__, flush=True)
                    except JournalFailed as failure:
                        print("failed", failure, flush=True)
                await storage.find(receipt.key)
            os.access("over", 0)

    trio.run(main)
""")


def run_traced(folder: Path, *options: str) -> tuple[str, list[str]]:
    """Run the driver under strace; its output and the lines of the trace."""
    trace = folder / "trace"
    program = [sys.executable, "-c", DRIVER, str(ROOT), str(ROOT / "tests"), str(folder)]
    command = ["strace", "-f", "-qq", "-o", str(trace), *options, *program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, trace.read_text().splitlines()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_three_syncs_for_a_receipt_and_four_for_mail_then_paper(tmp_path: Path) -> None:
    """P3: what the kernel saw, the index included: one write and one fdatasync for each record and nothing else."""
    calls = "trace=fsync,fdatasync,msync,sync,syncfs,sync_file_range,access,faccessat,faccessat2,pwrite64"
    _, lines = run_traced(tmp_path, "-y", "-e", calls)
    sales: list[list[str]] = []
    for line in lines:
        if "sale-" in line or '"over"' in line:
            sales.append([])
        elif sales and re.search(r"sync\w*\(", line):
            sales[-1].append(line)
        elif sales and re.search(r"pwrite64\([^,]*segment-", line):
            sales[-1].append("written")
    assert [sum("fdatasync(" in call for call in sale) for sale in sales] == [3, 3, 4, 0]
    assert [sum("written" in call for call in sale) for sale in sales] == [3, 3, 4, 0]
    assert [len(sale) for sale in sales] == [6, 6, 8, 0]
    assert all("segment-000001.ekj" in call for sale in sales for call in sale if "fdatasync" in call)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_segment_is_durable_before_it_has_its_name_and_its_name_before_it_is_used(tmp_path: Path) -> None:
    """What the kernel saw of the first segment: content, sync, name, sync of the folder, and only then a record."""
    _, lines = run_traced(tmp_path, "-y", "-e", "trace=fsync,fdatasync,rename,pwrite64")
    mine = [line for line in lines if "segment-" in line or re.search(r"fsync\(\d+<[^>]*/journal>", line)]
    steps = [line.split("(")[0].split()[1] + (" .tmp" if ".tmp" in line else "") for line in mine]
    after_fill = steps[steps.index("fdatasync .tmp") :]
    assert set(steps[: -len(after_fill)]) <= {"fsync", "pwrite64 .tmp"}
    assert after_fill[:5] == ["fdatasync .tmp", "rename .tmp", "fsync", "pwrite64", "fdatasync"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    "fault", ["fdatasync:error=EIO:when=4", "pwrite64:error=EIO:when=4", "pwrite64:retval=100:when=4"]
)
def test_an_error_of_the_kernel_stops_the_journal_of_a_real_process(fault: str, tmp_path: Path) -> None:
    """A failing sync, a failing write, a short write: everything after it fails with the first cause."""
    segment = tmp_path / "journal" / segment_name(1)
    segment.parent.mkdir()
    output, lines = run_traced(tmp_path, "-P", str(segment), "-e", f"inject={fault}")
    assert any("INJECTED" in line for line in lines)
    words = [line.split(" ", 1) for line in output.splitlines()]
    failed = [text for word, text in words if word == "failed"]
    assert [word for word, _ in words] == ["stored"] * (10 - len(failed)) + ["failed"] * len(failed)
    assert len(failed) >= 3
    assert len(set(failed)) == 1
    assert "short write" in failed[0] if "retval" in fault else "Input/output error" in failed[0]


# --- The index ---------------------------------------------------------------------------------------------


def index_bytes(folder: Path) -> bytes:
    return (folder / INDEX_NAME).read_bytes()


def delete(folder: Path) -> None:
    (folder / INDEX_NAME).unlink()


def scribble(folder: Path) -> None:
    (folder / INDEX_NAME).write_bytes(b"no database" * 1000)


def halve(folder: Path) -> None:
    content = index_bytes(folder)
    (folder / INDEX_NAME).write_bytes(content[: len(content) // 2])


def empty(folder: Path) -> None:
    (folder / INDEX_NAME).write_bytes(b"")


def forget(folder: Path) -> None:
    """The index as it was after the first receipt."""
    chain = recover(Disk(folder)).frames(3)
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("DELETE FROM record WHERE seq > 4")
        index.execute("DELETE FROM receipt WHERE seq > 4")
        index.execute("DELETE FROM name WHERE receipt > 4")
        index.execute("UPDATE head SET open_count = 0")
        index.execute("UPDATE head SET seq = 4, chain = ?", (next(chain)[1].chain,))


def other_chain(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE head SET chain = zeroblob(32)")


def lose_open_receipts(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE receipt SET is_open = 0")


def lose_last_receipt(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("DELETE FROM receipt WHERE number = 6")


def renumber_last_receipt(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE receipt SET number = 3 WHERE number = 6")


def other_journal(folder: Path) -> None:
    """The index of a journal that is as long and tells of other receipts."""
    other = folder / "other"
    receipts = [samples.signed_receipt(number, "2026-12") for number in range(1, 6)]
    with sqlite3.connect(folder / INDEX_NAME) as index:
        (length,) = index.execute("SELECT count(*) FROM record").fetchone()
    disk = Disk(other)
    log = Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES)
    book = Book(disk, log, index_room_bytes=0)
    book.open()
    for record in [samples.intent(receipt) for receipt in receipts] + [Closed(1, 1, "{}")] * (length - 5):
        book.append(record)
    book.close()
    shutil.copy(other / INDEX_NAME, folder / INDEX_NAME)
    shutil.rmtree(other)


def other_places(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE record SET offset = 0 WHERE seq < 20")


def lose_a_record_of_the_register(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE record SET kind = 11 WHERE kind = 9")


def older_index(folder: Path) -> None:
    """An index of the schema before: it has other tables and its version is 1."""
    delete(folder)
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("CREATE TABLE head (seq INTEGER NOT NULL, chain BLOB NOT NULL, open_count INTEGER NOT NULL)")
        index.execute("CREATE TABLE closed (seq INTEGER PRIMARY KEY)")
        index.execute("PRAGMA user_version = 1")


def other_version(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("PRAGMA user_version = 99")


SEEN_AT_START = [delete, scribble, halve, empty, forget, other_chain, lose_open_receipts, lose_last_receipt,
                 renumber_last_receipt, other_journal, lose_a_record_of_the_register, older_index,
                 other_version]  # fmt: skip
SPOILS = [*SEEN_AT_START, other_places]
TABLES = ("head", "record", "receipt", "name")


def dumped(folder: Path) -> list[list[Any]]:
    """All that the index holds."""
    with sqlite3.connect(folder / INDEX_NAME) as index:
        return [sorted(index.execute(f"SELECT * FROM {table}")) for table in TABLES]


@pytest.mark.parametrize("spoil", SEEN_AT_START)
async def test_a_spoilt_index_is_noticed_at_the_start(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    """Before anything is asked the index is row for row what it was."""
    await morning_with_one_open(tmp_path)
    truth = dumped(tmp_path)
    spoil(tmp_path)
    async with small(tmp_path):
        pass
    assert dumped(tmp_path) == truth


async def morning_with_one_open(folder: Path) -> tuple[Any, ...]:
    """A morning, and a sixth receipt that is not delivered; the next start goes by the checkpoint."""
    afternoon = [record for record in samples.afternoon() if not okp_of(record)]
    async with small(folder) as storage:
        await fill(storage, [*samples.five_receipts(), *afternoon, samples.intent(samples.signed_receipt(6))])
    async with small(folder) as storage:
        assert (folder / CHECKPOINT_NAME).exists()
        return await everything(storage)


@pytest.mark.parametrize("spoil", SPOILS)
async def test_an_index_that_is_lost_damaged_or_behind_is_made_anew(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    """Every answer is as before, and the next number is right."""
    truth = await morning_with_one_open(tmp_path)
    spoil(tmp_path)
    async with small(tmp_path) as storage:
        assert await everything(storage) == truth
        await storage.append(samples.intent(samples.signed_receipt(7)))
        assert await storage.last_number("2026-11") == 7


async def test_a_flipped_bit_in_the_index_misleads_nobody(tmp_path: Path) -> None:
    """F6: the number, the dates and what is left to do are right whichever byte is damaged; what is found is right."""
    truth = await morning_with_one_open(tmp_path / "truth")
    whole = index_bytes(tmp_path / "truth")
    chance = random.Random(11)
    for position in chance.sample(range(len(whole)), 60):
        folder = tmp_path / str(position)
        shutil.copytree(tmp_path / "truth", folder)
        damaged = bytearray(whole)
        damaged[position] ^= 1 << chance.randrange(8)
        (folder / INDEX_NAME).write_bytes(damaged)
        async with small(folder) as storage:
            _, left, found, *counters = await everything(storage)
        assert (left, counters) == (truth[1], list(truth[3:])), position
        assert all(a in (b, None) for a, b in zip(found, truth[2], strict=True)), position
        shutil.rmtree(folder)


async def test_a_record_that_only_the_index_remembers_is_damage(tmp_path: Path) -> None:
    """The index takes in what was durable; if the journal no longer has it, the journal lost it."""
    await morning_with_one_open(tmp_path)
    last = tmp_path / max(name for name, content in image(tmp_path).items() if any(content))
    content = last.read_bytes()
    end = len(content.rstrip(b"\0"))
    last.write_bytes(content[: end - 4].ljust(len(content), b"\0"))
    with pytest.raises(JournalCorrupt, match="index has seen"):
        async with small(tmp_path):
            raise AssertionError("it opened")


async def test_old_receipts_are_not_kept_in_memory(tmp_path: Path) -> None:
    """However many receipts are open, the journal keeps the latest few at hand and reads the others again."""
    async with small(tmp_path) as storage:
        receipts = [samples.signed_receipt(number) for number in range(1, 101)]
        for receipt in receipts:
            await fill(storage, [samples.intent(receipt), samples.offline(receipt)])
        assert len(storage._book._recent) <= 64
        assert len(await storage.open_histories()) == 100
        await fill(storage, samples.offline_life(receipts[0])[2:])
        assert len(await storage.open_histories()) == 99
    records = [decode_record(kind, payload) for kind, payload in kept(recover(Disk(tmp_path)))]
    assert len(fold_histories(records)) == 100
