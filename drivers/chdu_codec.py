"""What is said on the line to a CHDÚ (P150300, "CHDU Lite"): one command, its answer, and nothing else; no I/O here.

Known, from the maker's own published client (github: ninedigit/ChduLite, read in 2026) and the list of commands:
  * to the device: STX, length u16 of what follows up to EOT, command u8, arguments, EOT; all numbers little-endian
  * from the device: ACK, or NAK and a code u8; after ACK, per packet: STX, length u16, content, end mark (EOT: the
    last; ACK: more follow; BEL: the last, and the checksum that the device keeps with the block, a CRC-32/MPEG-2,
    does not fit). Of READ the host confirms each packet with ACK within a second, before the end mark
  * the line itself has no checksum: whoever must be sure reads back
  * a block holds 1 to 505 bytes; READ (address u32, count u32) gives the command it was written with, then them;
    WRITE answers the address u32; STATUS answers 24 bytes (``parse_status``); VOLUME_SERIAL a u32; VERSION2 a text
  * 525 times EOT bring the device back to the start of a command, whatever it had heard before

Assumed, because nobody publishes it (the document itself could not be read); here and in ``chdu_device`` only:
  * addresses count from 0 and grow; what the device skipped counts as used, so that the next one is total - free
  * READ of an address that was skipped or not yet written is refused with READ_ADDRESS
  * a block that the power cut is on the medium whole or not at all, and BEL means that what was whole no longer is

Not used: WRITE_PRINT (B3, B4) and OPEN_DRAWER (12, 13), since the printer has its own driver; LOCK_REQUEST and
LOCK_ACTIVATE (C1, C2), since they end the device's life and belong into a service's hands.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum

STX, EOT, ACK, BEL, NAK = 0x02, 0x04, 0x06, 0x07, 0x15
RESET = bytes([EOT]) * 525
BLOCK_BYTES_MAX = 505
STORAGE_OK, DEVICE_LOCK = 0x0001, 0x0004

_LENGTH = struct.Struct("<BH")
_STATUS = struct.Struct("<BBHIIIII")
_ADDRESS = struct.Struct("<I")
_RANGE = struct.Struct("<II")


class Code(IntEnum):
    """Why a command was refused."""

    UNKNOWN = 0
    TIMEOUT = 1
    FRAME = 2
    COMMAND = 3
    PARAMETER = 4
    CRC = 5
    READ_ADDRESS = 6
    LOCKED = 7
    HARDWARE = 8
    PRINTER = 9
    BUSY = 10


_CODES = {int(code): code for code in Code}


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its byte, how long the content of its answer may be, whether the host confirms the answer."""

    code: int
    least_bytes: int
    most_bytes: int
    is_confirmed: bool = False


# fmt: off
STATUS  = Command(0x5A, _STATUS.size, _STATUS.size)
READ    = Command(0xB1, 2, 1 + BLOCK_BYTES_MAX, is_confirmed=True)
WRITE   = Command(0xB2, _ADDRESS.size, _ADDRESS.size)
VOLUME  = Command(0x5B, 4, 64)
VERSION = Command(0x5C, 1, 64)
# fmt: on
WRITTEN_BY = {0xB2, 0xB3, 0xB4}
"""The commands by which a block may have been written."""


class Misheard(Exception):
    """What came is no answer, or not the whole of one."""


class Refused(Exception):
    """The device said NAK; ``code`` is its reason, UNKNOWN for one that is not in the list."""

    def __init__(self, code: int) -> None:
        self.code = _CODES.get(code, Code.UNKNOWN)
        super().__init__(f"refused with {code} ({self.code.name})")


class Rotten(Exception):
    """The device says that the block it keeps is no longer the one that was written."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be sent now, and how many bytes must come after it."""

    send: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Status:
    """The condition of the device; ``next_address`` is that of the next block."""

    flags: int
    serial: int
    total_blocks: int
    free_blocks: int

    @property
    def next_address(self) -> int:
        """As assumed above."""
        return self.total_blocks - self.free_blocks

    @property
    def is_writable(self) -> bool:
        """False when it is locked for good or has not started well."""
        return bool(self.flags & STORAGE_OK) and not self.flags & DEVICE_LOCK


def encode_command(command: Command, arguments: bytes) -> bytes:
    """The bytes of a command; ValueError for arguments that are longer than a block."""
    if len(arguments) > BLOCK_BYTES_MAX:
        raise ValueError(f"{len(arguments)} bytes of arguments; at most {BLOCK_BYTES_MAX}")
    return _LENGTH.pack(STX, 1 + len(arguments)) + bytes([command.code]) + arguments + bytes([EOT])


def converse(command: Command, arguments: bytes = b"") -> Generator[Turn, bytes, bytes]:
    """The turns of one command; each is answered with exactly the bytes it asks for, and the last gives the content.

    Raises:
      Misheard, Refused, Rotten: as they say.
    """
    heard = yield Turn(encode_command(command, arguments), 1)
    if heard[0] == NAK:
        raise Refused((yield Turn(b"", 1))[0])
    if heard[0] != ACK:
        raise Misheard(f"{heard[0]:#04x} instead of ACK")
    mark, length = _LENGTH.unpack((yield Turn(b"", _LENGTH.size)))
    if mark != STX or not command.least_bytes <= length <= command.most_bytes:
        raise Misheard(f"an answer that begins with {mark:#04x} and has {length} bytes")
    content = yield Turn(b"", length)
    end = (yield Turn(bytes([ACK]) if command.is_confirmed else b"", 1))[0]
    if end == BEL:
        raise Rotten
    if end not in (EOT, ACK):
        raise Misheard(f"{end:#04x} at the end of an answer")
    return content


def parse_status(content: bytes) -> Status:
    """The answer to STATUS: firmware (two bytes), flags, serial number, blocks in all and free, size of a block, baud
    of the printer. Misheard if it is no status."""
    if len(content) != _STATUS.size:
        raise Misheard(f"a status of {len(content)} bytes")
    _, _, flags, serial, total, free, _, _ = _STATUS.unpack(content)
    return Status(flags, serial, total, min(free, total))


def read_arguments(address: int) -> bytes:
    """To read the one block at this address."""
    return _RANGE.pack(address, 1)


def parse_address(content: bytes) -> int:
    """The answer to WRITE, or the beginning of the one to VOLUME_SERIAL: a number. Misheard if it is too short."""
    if len(content) < _ADDRESS.size:
        raise Misheard(f"a number of {len(content)} bytes")
    number: int = _ADDRESS.unpack_from(content)[0]
    return number


def parse_block(content: bytes) -> bytes:
    """The answer to READ without the command by which it was written; Misheard if no such command is there."""
    if len(content) < 2 or content[0] not in WRITTEN_BY:
        raise Misheard("a block that no command has written")
    return content[1:]
