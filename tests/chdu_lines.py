"""A CHDÚ without a pseudo-terminal: its line is a call, so that thousands of lives fit into seconds."""

from __future__ import annotations

import random
from pathlib import Path

from drivers.chdu_codec import Misheard
from drivers.chdu_device import Chdu
from drivers.chdu_mirror import ChduDisk
from drivers.journal_log import Log
from drivers.simulated.chdu_device import Device
from states.fiscal.journal import Record, encode_record, kind_of

SEGMENT_BYTES = 9216
LIFE_BYTES = 6000
LIFE_BLOCKS = 64
Kept = list[tuple[int, bytes]]
"""Kind and payload of each record."""


class DirectLine:
    """Bytes that are not there at once never come. With ``flip_every`` about one byte in so many has a bit flipped."""

    def __init__(self, device: Device, *, flip_every: int = 0, seed: int = 0) -> None:
        self.device = device
        self.is_gone = False
        self._flip_every = flip_every
        self._chance = random.Random(seed)

    def send(self, content: bytes) -> None:
        self._check()
        self.device.receive(self._noisy(content))

    def receive(self, count: int, until_s: float) -> bytes:
        self._check()
        assert until_s > 0
        heard = bytes(self.device.outbox[:count])
        del self.device.outbox[:count]
        if len(heard) < count:
            raise Misheard("silence")
        return self._noisy(heard)

    def discard(self) -> None:
        self._check()
        self.device.outbox.clear()

    def close(self) -> None:
        """Nothing is held."""

    def _check(self) -> None:
        if self.is_gone:
            raise OSError("unplugged")

    def _noisy(self, content: bytes) -> bytes:
        if not self._flip_every:
            return content
        noisy = bytearray(content)
        for at in range(len(noisy)):
            if self._chance.randrange(self._flip_every) == 0:
                noisy[at] ^= 1 << self._chance.randrange(8)
        return bytes(noisy)


def reach(device: Device, **line: int) -> Chdu:
    """The host's side of this device, opened."""
    chdu = host(device, **line)
    chdu.open()
    return chdu


def host(device: Device, **line: int) -> Chdu:
    """The host's side, not opened yet; it never really waits."""
    return Chdu(lambda: DirectLine(device, **line), life_blocks=LIFE_BLOCKS, sleep=lambda seconds: None)


def put(log: Log, record: Record) -> None:
    """Append a record to a log."""
    log.append(kind_of(record), encode_record(record))


class HastyDisk(ChduDisk):
    """Waits for no medium: a cut is simulated by spoiling the folder, not by a kernel that loses its memory."""

    def sync(self, name: str) -> None:
        """Nothing to wait for."""

    def sync_folder(self) -> None:
        """Nothing to wait for."""


def recover(folder: Path, device: Device, **line: int) -> tuple[ChduDisk, Log]:
    """Open as the register does: bring the folder up, verify, record what was cut off."""
    disk = HastyDisk(folder, host(device, **line))
    try:
        disk.lock()
        log = Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=LIFE_BYTES, wall_ns=lambda: 10**18, mono_ns=lambda: 7)
        log.open()
        for dropped in (log.tidy(), disk.dropped):
            if dropped:
                put(log, dropped)
    except BaseException:
        disk.close()
        raise
    return disk, log


def kept(log: Log) -> Kept:
    """What stands in the log."""
    return [(frame.kind, frame.payload) for _, frame in log.frames(-1)]
