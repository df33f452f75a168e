"""A simulated CHDÚ without its line: commands in, answers out, blocks that are written once, and a drawer of faults.

Source: as ``drivers/chdu_codec.py``, which also says what is assumed. Like a real one it does not know when a command
was garbled on its way: it waits for the bytes that the length promises, and stores what it understood.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

import msgspec

from drivers.chdu_codec import (
    ACK,
    BEL,
    BLOCK_BYTES_MAX,
    DEVICE_LOCK,
    EOT,
    NAK,
    READ,
    STATUS,
    STORAGE_OK,
    STX,
    VERSION,
    VOLUME,
    WRITE,
    Code,
)

SERIAL, VOLUME_SERIAL, FIRMWARE = 150300, 1_700_000_000, b"v1.3.1"
TOTAL_BLOCKS = 1 << 20
WRITE_PRINT = 0xB3
_NUL = 0
_RESENDS_MAX = 8
_ALL_ONES = 0xFFFFFFFF


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the device, or will be.

    Counts go down: so many exchanges are refused as ``busy``, so many blocks are written and not acknowledged
    (``lost``), so many blocks are garbled on their way to it (``garbled_in``) or answers on their way from it
    (``garbled_out``), so many answers are swallowed (``silent``), so many addresses are skipped before the next block
    (``jump``), so many blocks can still be written before the power fails (``power_blocks``). ``rotten`` are addresses
    whose checksum no longer fits.
    """

    busy: int = 0
    lost: int = 0
    garbled_in: int = 0
    garbled_out: int = 0
    silent: int = 0
    jump: int = 0
    power_blocks: int | None = None
    rotten: frozenset[int] = frozenset()
    hardware: bool = False
    locked: bool = False
    has_version: bool = True


class Rewritten(Exception):
    """Somebody tried to write a block a second time: a simulated device never does."""


class PowerCut(Exception):
    """The power failed, after the block was written or before."""


class Medium:
    """Blocks by their address; each is written once. ``keep`` is told each block before it counts as written."""

    def __init__(
        self,
        total: int = TOTAL_BLOCKS,
        blocks: Mapping[int, bytes] | None = None,
        keep: Callable[[int, bytes], None] = lambda address, content: None,
    ) -> None:
        self.total = total
        self.blocks = dict(blocks or {})
        self.next = max(self.blocks, default=-1) + 1
        self._keep = keep

    def write(self, address: int, content: bytes) -> None:
        """Write a block; Rewritten if one is there."""
        if address in self.blocks:
            raise Rewritten(f"block {address}")
        self._keep(address, content)
        self.blocks[address] = content
        self.next = address + 1


class Device:
    """The device behind its line. ``outbox`` is what it has to say; ``heard`` are the commands it understood."""

    def __init__(self, medium: Medium | None = None) -> None:
        self.medium = medium or Medium()
        self.faults = Faults()
        self.outbox = bytearray()
        self.heard: list[int] = []
        self._inbox = bytearray()
        self._packet = b""
        self._end = EOT
        self._resends = 0
        self._turn = 0

    @property
    def is_off(self) -> bool:
        """True after a power cut, until ``power_on``."""
        return self.faults.power_blocks == -1

    def power_on(self) -> None:
        """Start anew with what is on the medium."""
        self._inbox.clear()
        self.outbox.clear()
        self._packet = b""
        self.set(power_blocks=None)

    def set(self, **faults: object) -> None:
        """Change some of the faults."""
        self.faults = msgspec.structs.replace(self.faults, **faults)

    def receive(self, content: bytes) -> None:
        """Take bytes from the line. PowerCut when the power fails over them."""
        if self.is_off:
            return
        self._inbox += content
        while self._inbox and self._step():
            pass

    def _step(self) -> bool:
        """Work off what is next; False when more bytes are needed."""
        if self._packet:
            self._confirmed(self._inbox.pop(0))
        elif self._inbox[0] != STX:
            del self._inbox[0]
        elif len(self._inbox) < 3:
            return False
        else:
            return self._frame(int.from_bytes(self._inbox[1:3], "little"))
        return True

    def _frame(self, length: int) -> bool:
        if not 1 <= length <= 1 + BLOCK_BYTES_MAX:
            del self._inbox[0]
            self._refuse(Code.FRAME)
            return True
        if len(self._inbox) < length + 4:
            return False
        frame = bytes(self._inbox[: length + 4])
        if frame[-1] != EOT:
            del self._inbox[0]
            self._refuse(Code.FRAME)
            return True
        del self._inbox[: length + 4]
        self.heard.append(frame[3])
        self._answer(frame[3], frame[4:-1])
        return True

    # --- Answering ---------------------------------------------------------------------------------------

    def _answer(self, code: int, arguments: bytes) -> None:
        if self._counts("busy"):
            self._refuse(Code.BUSY)
        elif code == STATUS.code and not arguments:
            self._give(self._status())
        elif code == VOLUME.code and not arguments:
            self._give(struct.pack("<I", VOLUME_SERIAL))
        elif code == VERSION.code and not arguments and self.faults.has_version:
            self._give(FIRMWARE)
        elif code == READ.code:
            self._read(arguments)
        elif code in (WRITE.code, WRITE_PRINT):
            self._write(arguments)
        else:
            self._refuse(Code.COMMAND)

    def _status(self) -> bytes:
        flags = (0 if self.faults.hardware else STORAGE_OK) | (DEVICE_LOCK if self.faults.locked else 0)
        free = self.medium.total - self.medium.next
        return struct.pack("<BBHIIIII", 3, 1, flags, SERIAL, self.medium.total, free, 508, 115200)

    def _read(self, arguments: bytes) -> None:
        address, count = struct.unpack("<II", arguments) if len(arguments) == 8 else (0, 0)
        if self.faults.hardware:
            self._refuse(Code.HARDWARE)
        elif count != 1:
            self._refuse(Code.PARAMETER)
        elif address not in self.medium.blocks:
            self._refuse(Code.READ_ADDRESS)
        else:
            content = bytes([WRITE.code]) + self.medium.blocks[address]
            self._packet = _packet(content)
            self._end = BEL if address in self.faults.rotten else EOT
            self._resends = 0
            self._say(bytes([ACK]) + self._packet)

    def _confirmed(self, mark: int) -> None:
        """The host has heard a packet of READ, wants it again, or wants no more."""
        if mark == NAK and self._resends < _RESENDS_MAX:
            self._resends += 1
            self._say(self._packet)
            return
        self._packet = b""
        if mark == ACK:
            self._say(bytes([self._end]))
        elif mark not in (_NUL, NAK):
            self._inbox.insert(0, mark)

    def _write(self, content: bytes) -> None:
        if self.faults.hardware or self.faults.locked:
            self._refuse(Code.HARDWARE if self.faults.hardware else Code.LOCKED)
        elif not content or self.medium.next + self.faults.jump >= self.medium.total:
            self._refuse(Code.PARAMETER)
        else:
            address = self.medium.next + self.faults.jump
            self._power()
            self.set(jump=0)
            self.medium.write(address, self._flipped(content) if self._counts("garbled_in") else content)
            if not self._counts("lost"):
                self._give(struct.pack("<I", address))

    def _power(self) -> None:
        left = self.faults.power_blocks
        if left is not None:
            self.set(power_blocks=left - 1)
            if left == 0:
                raise PowerCut

    def _give(self, content: bytes) -> None:
        self._say(bytes([ACK]) + _packet(content) + bytes([EOT]))

    def _refuse(self, code: Code) -> None:
        self._say(bytes([NAK, code]))

    def _say(self, content: bytes) -> None:
        if self._counts("silent"):
            return
        self.outbox += self._flipped(content) if self._counts("garbled_out") else content

    def _counts(self, fault: str) -> bool:
        """True, and one less to come, if there are any left of this fault."""
        left: int = getattr(self.faults, fault)
        if left:
            self.set(**{fault: left - 1})
        return left > 0

    def _flipped(self, content: bytes) -> bytes:
        """The same with one bit flipped, another one each time."""
        self._turn += 1
        at = self._turn * 7919 % (8 * len(content))
        return content[: at // 8] + bytes([content[at // 8] ^ 1 << at % 8]) + content[at // 8 + 1 :]


def _packet(content: bytes) -> bytes:
    return struct.pack("<BH", STX, len(content)) + content


def crc32_mpeg2(content: bytes) -> int:
    """The checksum that the device keeps with each block: polynomial 04C11DB7, from all ones, not reflected."""
    crc = _ALL_ONES
    for byte in content:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & _ALL_ONES
    return crc
