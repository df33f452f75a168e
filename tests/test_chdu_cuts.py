"""F8: the power fails between any two blocks, answers are lost, addresses jump, and nothing acknowledged is lost."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from controller.verify import verify
from drivers.ports import PortError
from drivers.simulated.chdu_device import Device, Medium, PowerCut
from states.fiscal.journal import Record, encode_record, kind_of
from tests import journal_samples as samples
from tests.chdu_lines import Kept, kept, put, recover

TRIALS = 2000
DROPPED_KIND = 10


def wanted() -> list[Record]:
    """What a short morning writes: records of one block to a dozen."""
    return samples.five_receipts()


def pairs(records: list[Record]) -> Kept:
    """Kind and payload of each."""
    return [(kind_of(record), encode_record(record)) for record in records]


def work(folder: Path, device: Device, todo: Kept, acknowledged: Kept) -> None:
    """Open, and write what is still to be written. What was acknowledged before is there, and at most one record more,
    whose acknowledgement the cut swallowed."""
    disk, log = recover(folder, device)
    try:
        done = [each for each in kept(log) if each[0] != DROPPED_KIND]
        assert done == todo[: len(done)]
        assert 0 <= len(done) - len(acknowledged) <= 1
        acknowledged[:] = done
        for kind, payload in todo[len(done) :]:
            if kind == 2:
                log.reserve()
            log.append(kind, payload)
            acknowledged.append((kind, payload))
    finally:
        disk.close()


def spoil(folder: Path, chance: random.Random) -> None:
    """What the same power cut may have done to the folder, which nobody needs: the end is torn, a segment is gone or a
    bit of the last record flipped, or there is no folder at all."""
    match chance.randrange(6):
        case 0:
            shutil.rmtree(folder)
        case 1 | 2:
            segments = sorted(folder.glob("segment-*.ekj"))
            last = next((path for path in reversed(segments) if any(path.read_bytes())), None)
            if last:
                content = last.read_bytes()
                end = len(content.rstrip(b"\0"))
                torn = max(0, end - chance.randrange(1, 700))
                last.write_bytes(content[:torn] + bytes(len(content) - torn))
        case _:
            pass


def jolt(device: Device, chance: random.Random) -> None:
    """Faults that the driver must ride out, and a power cut some blocks ahead."""
    device.set(
        power_blocks=chance.randrange(40),
        busy=chance.choice((0, 0, 3)),
        lost=chance.choice((0, 0, 1, 2)),
        garbled_in=chance.choice((0, 0, 1)),
        garbled_out=chance.choice((0, 0, 1)),
        jump=chance.choice((0, 0, 1, 5)),
    )


@pytest.mark.parametrize("part", range(4))
def test_f8_a_life_full_of_faults_loses_nothing(part: int, tmp_path: Path) -> None:
    """I1 to I6 and I28: each trial is one cut; what was acknowledged is there after it, once, and at most one record
    more. Each life goes on through cuts, also cuts of recovery itself, until the morning is written."""
    chance = random.Random(part)
    todo = pairs(wanted())
    trials = lives = dropped = 0
    while trials < TRIALS // 4:
        folder, device = tmp_path / f"life-{lives}", Device(Medium(1 << 16))
        lives += 1
        acknowledged: Kept = []
        while len(acknowledged) < len(todo):
            jolt(device, chance)
            with suppress(PowerCut):
                work(folder, device, todo, acknowledged)
            if device.is_off:
                trials += 1
                spoil(folder, chance)
                device.power_on()
        dropped += check_whole(folder, device, todo)
    assert lives > 20
    assert dropped > lives // 2


def test_a_record_that_is_cut_off_on_a_nearly_full_device_stands_in_nobodys_way(tmp_path: Path) -> None:
    """Whatever room is left, what was cut off is closed, and the device is read at each start after that."""
    record = wanted()[0]
    cuts = 0
    for left in range(12, 40):
        folder, device = tmp_path / str(left), Device(Medium(1 << 12))
        written = grow(folder, device, record)
        device.medium.total = device.medium.next + left
        device.set(power_blocks=2)
        with suppress(PowerCut, PortError):
            grow(folder, device, record)
        cuts += device.is_off
        device.power_on()
        device.set(power_blocks=None)
        for _ in range(3):
            with suppress(PortError):
                grow(folder, device, record)
        found = [each for each in kept_of(folder, device) if each[0] != DROPPED_KIND]
        assert found[: len(written)] == written
    assert cuts > 10


def grow(folder: Path, device: Device, record: Record) -> Kept:
    """Open, append a record, and say what is there now."""
    disk, log = recover(folder, device)
    try:
        put(log, record)
        return [each for each in kept(log) if each[0] != DROPPED_KIND]
    finally:
        disk.close()


def check_whole(folder: Path, device: Device, todo: Kept) -> int:
    """All of the morning, once and in order, from a folder made anew out of the device alone, and nothing is wrong with
    it; how many cuts were recorded."""
    shutil.rmtree(folder, ignore_errors=True)
    device.set(busy=0, lost=0, garbled_in=0, garbled_out=0, jump=0, power_blocks=None)
    disk, log = recover(folder, device)
    disk.close()
    found = kept_of(folder, device)
    assert [each for each in found if each[0] != DROPPED_KIND] == todo
    report = verify(folder)
    assert report.holds, report.violations
    assert report.chain == log.chain.hex()
    return sum(kind == DROPPED_KIND for kind, _ in found)


def kept_of(folder: Path, device: Device) -> Kept:
    """What stands in the folder once it was opened."""
    disk, log = recover(folder, device)
    try:
        return kept(log)
    finally:
        disk.close()
