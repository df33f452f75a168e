"""The storage driver of a CHDÚ at a real pseudo-terminal, with the simulated device behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import trio

from controller.verify import verify
from drivers.chdu_device import ChduCorrupt
from drivers.journal_frames import JournalCorrupt, segment_name
from drivers.journal_log import JournalFailed
from drivers.ports import Medium, PortError
from drivers.simulated.chdu import ChduWorld, serve_chdu
from drivers.simulated.chdu_device import Device
from drivers.storage_chdu import ChduStorage, open_chdu, open_storage
from drivers.storage_journal import open_journal
from states.fiscal.journal import Closed, TailDropped
from tests import journal_samples as samples
from tests.chdu_lines import LIFE_BYTES, SEGMENT_BYTES, DirectLine
from tests.contracts_storage import check_storage, everything, fill, listed

LIMIT_S = 60.0


@asynccontextmanager
async def plugged(world: ChduWorld, folder: Path) -> AsyncIterator[None]:
    """The device is at the link ``chdu`` of the folder."""
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve_chdu, world, port=str(folder / "chdu")))
        yield
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def storage_at(folder: Path) -> AsyncIterator[ChduStorage]:
    """The driver as the register opens it."""
    with trio.fail_after(LIMIT_S):
        async with open_storage(path="journal", copy="", port="chdu", baud=115200, folder=folder) as storage:
            yield storage


async def test_both_drivers_keep_the_contract_of_the_port(tmp_path: Path) -> None:
    """The journal on a disk and the one on a CHDÚ answer alike."""
    await check_storage(partial(open_journal, tmp_path / "disk"))
    async with plugged(ChduWorld(tmp_path / "blocks"), tmp_path):
        await check_storage(partial(storage_at, tmp_path))
    report = verify(tmp_path / "journal")
    assert report.records > 20


async def test_the_device_alone_gives_everything_back(tmp_path: Path) -> None:
    """Without the folder, on another day with the blocks from the file: the same answers, the same bytes."""
    async with plugged(ChduWorld(tmp_path / "blocks"), tmp_path), storage_at(tmp_path) as storage:
        await fill(storage, samples.five_receipts())
        answers = await everything(storage)
    before = (tmp_path / "journal" / segment_name(1)).read_bytes()
    (tmp_path / "journal").rename(tmp_path / "away")
    async with plugged(ChduWorld(tmp_path / "blocks"), tmp_path), storage_at(tmp_path) as storage:
        assert await everything(storage) == answers
    assert (tmp_path / "journal" / segment_name(1)).read_bytes() == before
    assert verify(tmp_path / "journal").holds


async def test_a_damaged_end_of_the_folder_is_read_from_the_device(tmp_path: Path) -> None:
    """A flipped bit costs some questions and nothing else: the folder is byte for byte as before."""
    segment = tmp_path / "journal" / segment_name(1)
    async with plugged(ChduWorld(), tmp_path):
        async with storage_at(tmp_path) as storage:
            await fill(storage, samples.five_receipts())
            answers = await everything(storage)
        whole = segment.read_bytes()
        flip(segment)
        async with storage_at(tmp_path) as storage:
            assert await everything(storage) == answers
    assert segment.read_bytes() == whole


async def test_a_damaged_folder_is_set_aside_and_read_anew(tmp_path: Path) -> None:
    """A bit of an older segment is noticed at the start or when it is examined; the next start reads all again."""
    device, segment = Device(), tmp_path / segment_name(1)
    opened = partial(
        open_chdu, tmp_path, lambda: DirectLine(device), segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES
    )
    async with opened() as storage:
        await fill(storage, samples.five_receipts())
        answers = await everything(storage)
    whole = segment.read_bytes()
    flip(segment)
    with suppress(JournalCorrupt):
        async with opened() as storage:
            await go_round(storage, 20)
    async with opened() as storage:
        assert await everything(storage) == answers
    assert segment.read_bytes() == whole
    assert (tmp_path / (segment_name(1) + ".replaced")).read_bytes() != whole
    assert verify(tmp_path).holds


def flip(path: Path) -> None:
    """Change one bit some records into the file."""
    content = path.read_bytes()
    path.write_bytes(content[:3000] + bytes([content[3000] ^ 4]) + content[3001:])


async def test_what_a_cut_left_on_the_device_is_recorded(tmp_path: Path) -> None:
    """A record of which two blocks were written is closed, and the record of that says how much it was."""
    world = ChduWorld()
    async with plugged(world, tmp_path), storage_at(tmp_path) as storage:
        stored = await fill(storage, samples.five_receipts())
        world.device.set(power_blocks=2)
        with pytest.raises(JournalFailed):
            await storage.append(samples.intent(samples.signed_receipt(9)))
    world.device.power_on()
    async with plugged(world, tmp_path), storage_at(tmp_path) as storage:
        *records, last = await listed(storage.records())
    assert records == stored
    assert isinstance(last.record, TailDropped)
    assert last.record.length == 2 * 485


async def test_an_unplugged_device_stops_the_register_for_good(tmp_path: Path) -> None:
    """What is asked afterwards fails at once; when it is plugged in again all is verified and goes on."""
    world = ChduWorld(tmp_path / "blocks")
    async with plugged(world, tmp_path), storage_at(tmp_path) as storage:
        stored = await fill(storage, samples.five_receipts())
        await world.unplug()
        for _ in range(2):
            with pytest.raises(JournalFailed):
                await storage.append(Closed(1, 1, "{}"))
        for call in (storage.reserve, storage.examine):
            with pytest.raises(JournalFailed):
                await call()
        assert await storage.last_number("2026-11") == 5
    with pytest.raises(PortError, match=r"gone: storage\.port"):
        async with storage_at(tmp_path):
            raise AssertionError("it opened")
    async with plugged(ChduWorld(tmp_path / "blocks"), tmp_path), storage_at(tmp_path) as storage:
        assert await listed(storage.records()) == stored
        await storage.append(Closed(1, 1, "{}"))


async def test_another_device_is_not_taken_for_the_one_of_the_folder(tmp_path: Path) -> None:
    """Neither with the folder of another CHDÚ, nor with that of a journal that was never on one."""
    async with plugged(ChduWorld(), tmp_path):
        async with storage_at(tmp_path) as storage:
            await fill(storage, samples.five_receipts())
        (tmp_path / "journal" / "volume").write_text("77-1")
        with pytest.raises(PortError, match=r"chdu-other: storage\.path"):
            async with storage_at(tmp_path):
                raise AssertionError("it opened")
        (tmp_path / "journal" / "volume").unlink()
        with pytest.raises(PortError, match="chdu-other"):
            async with storage_at(tmp_path):
                raise AssertionError("it opened")


async def test_an_empty_device_under_a_full_folder_is_damage(tmp_path: Path) -> None:
    """Records that were acknowledged are no longer on the device: nobody goes on selling over that."""
    async with plugged(ChduWorld(), tmp_path), storage_at(tmp_path) as storage:
        await fill(storage, samples.five_receipts())
    async with plugged(ChduWorld(), tmp_path):
        with pytest.raises(ChduCorrupt, match="no longer has it"):
            async with storage_at(tmp_path):
                raise AssertionError("it opened")
    assert verify(tmp_path / "journal").records > 10


async def go_round(storage: ChduStorage, steps: int) -> Medium:
    """Examine so often, and tell what was said last."""
    for _ in range(steps - 1):
        await storage.examine()
    return await storage.examine()


async def test_a_rotten_block_is_found_while_nothing_else_happens(tmp_path: Path) -> None:
    """The rounds of ``examine`` meet every block of the device."""
    world = ChduWorld()
    async with plugged(world, tmp_path), storage_at(tmp_path) as storage:
        await fill(storage, samples.five_receipts())
        used = world.device.medium.next
        medium = await go_round(storage, used)
        assert (medium.used_bytes, medium.capacity_bytes) == (used * 505, (1 << 20) * 505)
        world.device.set(rotten=frozenset({used // 2}))
        with pytest.raises(JournalCorrupt, match=f"block {used // 2} .*no longer has what was written"):
            await go_round(storage, used)


async def test_a_device_that_is_nearly_full_refuses_the_next_receipt(tmp_path: Path) -> None:
    """At 95 percent nothing is refused; when one more life does not fit ``reserve`` says full, while what was begun is
    still written."""
    world = ChduWorld(total=1 << 14)
    async with plugged(world, tmp_path):
        async with storage_at(tmp_path) as storage:
            *_, last = await fill(storage, samples.five_receipts())
            world.device.medium.total = world.device.medium.next * 100 // 95
            assert (await storage.examine()).used_percent == 95
        async with storage_at(tmp_path) as storage:
            with pytest.raises(PortError, match="full"):
                await storage.reserve()
            world.device.medium.total = world.device.medium.next + 17
            await storage.append(Closed(1, 1, "{}"))
            world.device.medium.total = world.device.medium.next
            with pytest.raises(PortError, match="full"):
                await storage.append(Closed(2, 1, "{}"))
            assert (await storage.examine()).used_percent == 100
            assert [each.seq for each in await listed(storage.records(last.seq))] == [last.seq + 1]


@pytest.mark.parametrize(
    ("options", "what"),
    [({"port": ""}, r"settings: storage\.port"), ({"copy": "copy"}, r"settings: storage\.copy")],
)
async def test_settings_that_cannot_be_are_refused(options: dict[str, str], what: str, tmp_path: Path) -> None:
    """The key is named, and no folder is made."""
    arguments = {"path": "journal", "copy": "", "port": "chdu", **options}
    with pytest.raises(PortError, match=what):
        async with open_storage(
            path=arguments["path"], copy=arguments["copy"], port=arguments["port"], baud=115200, folder=tmp_path
        ):
            raise AssertionError("it opened")
    assert not (tmp_path / "journal").exists()


async def test_a_baud_rate_that_no_line_has_is_refused(tmp_path: Path) -> None:
    """The key is named."""
    async with plugged(ChduWorld(), tmp_path):
        with pytest.raises(PortError, match=r"settings: storage\.baud"):
            async with open_storage(path="journal", copy="", port="chdu", baud=-5, folder=tmp_path):
                raise AssertionError("it opened")


async def test_a_device_that_is_locked_is_not_opened(tmp_path: Path) -> None:
    """PortError names the port."""
    world = ChduWorld()
    world.device.set(locked=True)
    async with plugged(world, tmp_path):
        with pytest.raises(PortError, match=r"chdu-failed: storage\.port: .*locked"):
            async with storage_at(tmp_path):
                raise AssertionError("it opened")
