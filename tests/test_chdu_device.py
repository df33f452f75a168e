"""A CHDÚ with each of its faults: what can be ridden out is, and what cannot is final and says why."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.chdu_blocks import decode_block
from drivers.chdu_codec import READ, STATUS, VERSION, VOLUME, WRITE, encode_command, read_arguments
from drivers.chdu_device import Chdu, ChduCorrupt, ChduFailed
from drivers.chdu_line import open_line
from drivers.chdu_mirror import ChduDisk
from drivers.chdu_reading import first_address
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from drivers.simulated.chdu import ChduWorld
from drivers.simulated.chdu_device import TOTAL_BLOCKS, WRITE_PRINT, Device, Medium, Rewritten
from states.fiscal.journal import Closed, encode_record
from tests import journal_samples as samples
from tests.chdu_lines import DirectLine, Kept, host, kept, put, reach, recover

FRAME = bytes(range(256)) * 5


def stored(device: Device, seq: int) -> list[bytes]:
    """The pieces of this record that stand on the device, in the order of their addresses, without repetitions."""
    blocks = [decode_block(device.medium.blocks[address]) for address in sorted(device.medium.blocks)]
    pieces = {block.part: block.piece for block in blocks if block and block.seq == seq}
    return [pieces[part] for part in sorted(pieces)]


# --- What is ridden out ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "used"),
    [
        ({}, 3),
        ({"busy": 20}, 3),
        ({"lost": 1}, 3),
        ({"lost": 3}, 3),
        ({"silent": 1}, 3),
        ({"silent": 3}, 3),
        ({"garbled_in": 1}, 4),
        ({"garbled_in": 3}, 6),
        ({"garbled_out": 1}, 3),
        ({"garbled_out": 3}, 3),
        ({"jump": 7}, 10),
        ({"jump": 7, "lost": 1, "busy": 2}, 10),
        ({"has_version": False}, 3),
    ],
)
def test_a_passing_fault_costs_time_only(faults: dict[str, int], used: int) -> None:
    """The frame is there once; only a block that was garbled on its way to the device is written again."""
    device = Device()
    chdu = reach(device)
    device.set(**faults)
    chdu.append(1, FRAME)
    assert b"".join(stored(device, 1)) == FRAME
    assert device.medium.next == used
    assert set(device.heard) <= {0x5A, 0x5B, 0x5C, 0xB1, 0xB2}


def test_a_noisy_line_spoils_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """With a flipped bit in every three thousand bytes, both ways, many starts and writes fail; every record that was
    acknowledged stands on the device, and nothing else."""
    device, acknowledged = Device(), list[tuple[int, bytes]]()
    failures = 0
    for seed in range(60):
        failures += not write_noisily(tmp_path / f"{seed % 4}", device, acknowledged, seed)
    disk, log = recover(tmp_path / "clean", device)
    disk.close()
    found = kept_again(tmp_path / "clean", device)
    records = [each for each in found if each[0] == 9]
    assert set(acknowledged) <= set(records)
    assert len(records) == len(set(records))
    assert failures > 0
    assert len(acknowledged) > 100
    assert log.seq > len(acknowledged)


def write_noisily(folder: Path, device: Device, acknowledged: Kept, seed: int) -> bool:
    """Append some records over a bad line; False if the line was too bad for that."""
    try:
        disk, log = recover(folder, device, flip_every=3000, seed=seed)
    except (OSError, JournalCorrupt, PortError):
        return False
    try:
        for number in range(10):
            record = Closed(100 * seed + number, 1, "{}" * random.Random(seed).randrange(600))
            put(log, record)
            acknowledged.append((9, encode_record(record)))
    except JournalFailed:
        return False
    finally:
        disk.close()
    return True


def kept_again(folder: Path, device: Device) -> Kept:
    """What a clean line reads."""
    disk, log = recover(folder, device)
    try:
        return kept(log)
    finally:
        disk.close()


# --- What is final ---------------------------------------------------------------------------------------


def lock(device: Device) -> None:
    device.set(locked=True)


def break_down(device: Device) -> None:
    device.set(hardware=True)


def fall_silent(device: Device) -> None:
    device.set(silent=10**6)


def stay_busy(device: Device) -> None:
    device.set(busy=10**6)


def garble(device: Device) -> None:
    device.set(garbled_in=10**6)


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (lock, "locked"),
        (break_down, "locked, or its medium does not work"),
        (fall_silent, "does not answer"),
        (stay_busy, "busy"),
        (garble, "cannot be read back"),
    ],
)
def test_a_lasting_fault_is_final(fault: Callable[[Device], None], what: str) -> None:
    """The first cause is what is told ever after, also when the device is well again: only a new start looks anew."""
    device = Device()
    chdu = reach(device)
    fault(device)
    with pytest.raises(ChduFailed, match=what):
        chdu.append(1, FRAME)
    device.faults = type(device.faults)()
    heard = len(device.heard)
    for call in (chdu.status, chdu.reserve, chdu.examine):
        with pytest.raises(ChduFailed, match=what):
            call()
    assert len(device.heard) == heard
    assert reach(device).identity == chdu.identity


def test_an_unplugged_device_is_final() -> None:
    """The line is gone: no try is made again."""
    line = DirectLine(Device())
    chdu = Chdu(lambda: line)
    chdu.open()
    line.is_gone = True
    with pytest.raises(ChduFailed, match="unplugged"):
        chdu.append(1, FRAME)
    line.is_gone = False
    with pytest.raises(ChduFailed, match="unplugged"):
        chdu.status()


def test_a_full_device_takes_a_whole_frame_or_nothing() -> None:
    """Not one block is written of a frame that does not fit."""
    device = Device(Medium(3 + 15))
    chdu = reach(device)
    with pytest.raises(PortError, match="full"):
        chdu.append(1, FRAME)
    assert device.medium.next == 0
    with pytest.raises(PortError, match="18 free blocks"):
        chdu.reserve()
    chdu.append(1, FRAME[:900])
    assert device.medium.next == 2


def test_a_rotten_block_is_damage_that_names_device_and_block() -> None:
    """The device keeps a checksum of its own, and says when it does not fit."""
    device = Device()
    chdu = reach(device)
    chdu.append(1, FRAME)
    device.set(rotten=frozenset({1}))
    with pytest.raises(ChduCorrupt, match="CHDÚ 150300, block 1 "):
        chdu.block(1)


# --- What a start makes of it ----------------------------------------------------------------------------


def test_a_hole_in_what_was_durable_stops_the_start(tmp_path: Path) -> None:
    """A block that is no longer there, or that became somebody else's, is damage, and nothing is written."""
    for instead in ({}, {4: b"?" * 40}):
        device = Device()
        disk, log = recover(tmp_path / "journal", device)
        for record in samples.five_receipts():
            put(log, record)
        disk.close()
        del device.medium.blocks[4]
        device.medium.blocks |= instead
        used = device.medium.next
        with pytest.raises(ChduCorrupt, match="record"):
            recover(tmp_path / "new", device)
        assert device.medium.next == used
        for name in ("journal", "new"):
            for path in (tmp_path / name).iterdir():
                path.unlink()


def test_a_folder_that_tells_another_story_stops_the_start(tmp_path: Path) -> None:
    """As many records on the device, but not these: neither side is believed, and nothing is changed."""
    devices = [Device(), Device()]
    for device, folder in zip(devices, ("one", "two"), strict=True):
        disk, log = recover(tmp_path / folder, device)
        put(log, Closed(len(folder), 1, folder))
        disk.close()
    blocks = dict(devices[1].medium.blocks)
    with pytest.raises(ChduCorrupt, match="another record of this number"):
        recover(tmp_path / "one", devices[1])
    assert devices[1].medium.blocks == blocks
    disk, _ = recover(tmp_path / "one", devices[0])
    disk.close()


class LyingLine(DirectLine):
    """The first question for the block at ``address`` arrives as one for the block before it."""

    address = 0

    def send(self, content: bytes) -> None:
        asked = encode_command(READ, read_arguments(self.address))
        if self.address and content == asked:
            content, self.address = encode_command(READ, read_arguments(self.address - 1)), 0
        super().send(content)


def test_a_block_that_was_misheard_does_not_end_a_record(tmp_path: Path) -> None:
    """The last record seems to lack its last part: it is heard once more before anything is written after it."""
    device, line = Device(), LyingLine(Device())
    disk, log = recover(tmp_path / "one", device)
    put(log, Closed(1, 1, "{}" * 600))
    disk.close()
    blocks = dict(device.medium.blocks)
    line.device, line.address = device, device.medium.next - 1
    with pytest.raises(ChduFailed, match="differently each time"):
        ChduDisk(tmp_path / "two", Chdu(lambda: line, sleep=lambda seconds: None)).lock()
    assert line.address == 0
    assert device.medium.blocks == blocks


def test_the_end_is_found_with_few_questions(tmp_path: Path) -> None:
    """Of a device with two thousand blocks and holes a start reads a handful, and any record is found by halving."""
    device = Device()
    disk, log = recover(tmp_path, device)
    for number in range(700):
        device.set(jump=number % 3)
        put(log, Closed(number, 1, "{}"))
    disk.close()
    device.heard.clear()
    disk, log = recover(tmp_path, device)
    disk.close()
    assert device.heard.count(0xB1) < 60
    chdu = reach(device)
    blocks = {address: decode_block(content) for address, content in device.medium.blocks.items()}
    for seq in (1, 2, 350, 699, log.seq, log.seq + 1):
        first = first_address(chdu, seq, device.medium.next)
        assert all((block.seq >= seq) == (address >= first) for address, block in blocks.items() if block)


# --- The simulated device --------------------------------------------------------------------------------


def test_a_block_cannot_be_written_twice() -> None:
    """The medium itself refuses."""
    medium = Medium()
    medium.write(3, b"a")
    with pytest.raises(Rewritten, match="block 3"):
        medium.write(3, b"a")
    assert medium.next == 4


def test_the_file_outlives_the_device(tmp_path: Path) -> None:
    """Blocks come back; half of the last one is cut off; one whose bytes changed is rotten."""
    path = tmp_path / "blocks"
    first = ChduWorld(path)
    reach(first.device).append(1, FRAME)
    blocks = first.device.medium.blocks
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert ChduWorld(path).device.medium.blocks == {0: blocks[0], 1: blocks[1]}
    assert len(path.read_bytes()) < len(whole) - 1
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert ChduWorld(path).device.faults.rotten == frozenset({0})
    assert struct.unpack_from("<II", whole) == (505, 0)


def test_the_device_says_what_it_is_asked() -> None:
    """Serial number, firmware, capacity; a block that was printed too; an unknown command is refused."""
    device = Device()
    chdu = reach(device)
    assert (chdu.identity, chdu.firmware) == ("150300-1700000000", "v1.3.1")
    assert chdu.status().total_blocks == TOTAL_BLOCKS
    device.receive(encode_command(WRITE, b"abc").replace(bytes([WRITE.code]), bytes([WRITE_PRINT])))
    device.outbox.clear()
    assert chdu.block(0) is None
    device.receive(b"\x02\x01\x00\x77\x04")
    assert bytes(device.outbox) == b"\x15\x03"
    for command in (STATUS, VOLUME, VERSION):
        device.outbox.clear()
        device.receive(encode_command(command, b"!"))
        assert bytes(device.outbox) == b"\x15\x03"


def test_a_port_without_a_device_is_no_chdu(tmp_path: Path) -> None:
    """A file is not a serial line, and silence is not an answer."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(OSError, match="configure"):
        open_line(path, 115200, 1.0)
    device = Device()
    fall_silent(device)
    with pytest.raises(ChduFailed, match="does not answer"):
        host(device).open()
