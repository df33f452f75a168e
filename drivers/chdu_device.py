"""A CHDÚ as a medium of the journal's frames: what ``append`` returned from was read back from the device.

Nothing on the line has a checksum, an answer may be lost, and a block can be written only once. So after each write the
block is looked for and compared: at the address that was answered, or, without an answer, wherever the device has
written since. Only when it is not there is it written again; a reader takes the same block twice in a row for one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.chdu_blocks import PIECE_BYTES, Block, Kind, decode_block, encode_block, split
from drivers.chdu_codec import (
    READ,
    RESET,
    STATUS,
    VERSION,
    VOLUME,
    WRITE,
    Code,
    Command,
    Misheard,
    Refused,
    Rotten,
    Status,
    parse_address,
    parse_block,
    parse_status,
    read_arguments,
)
from drivers.chdu_line import Line, perform
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import LIFE_BYTES
from drivers.ports import PortError

LIMIT_S = 3.0
"""How long one exchange may take; the longest needs 0.1 s of a line at 115200 baud, 1.1 s at 9600."""

SETTLE_S = 0.05
"""How long a device may take to begin anew, besides the time that the bytes need which tell it to."""

TRIES = 4
BUSY_S, BUSY_TRIES = 0.05, 100
LOOK_BLOCKS_MAX = 64
SPARE_BLOCKS = 16
LIFE_BLOCKS = -(-LIFE_BYTES // PIECE_BYTES) + 64
"""Blocks for the worst life of one more receipt, each of its records with a last block that is not full."""


class ChduFailed(OSError):
    """The device is gone, locked or broken, or does not answer: what it holds is known only when it is opened again."""


class ChduCorrupt(JournalCorrupt):
    """What was durable on the device is not there, or no longer what it was."""

    def __init__(self, serial: int, address: int, seq: int, what: str) -> None:
        super().__init__(f"CHDÚ {serial}, block {address}", 0, seq, what)


class Chdu:
    """``identity`` names device and medium. After a ChduFailed nothing is asked of the device any more."""

    def __init__(
        self,
        connect: Callable[[], Line],
        *,
        life_blocks: int = LIFE_BLOCKS,
        limit_s: float = LIMIT_S,
        settle_s: float = SETTLE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = connect
        self._life_blocks = life_blocks
        self._limit_s = limit_s
        self._settle_s = settle_s
        self._sleep = sleep
        self._line: Line | None = None
        self._failure: ChduFailed | None = None
        self._patrol = 0
        self.serial = 0
        self.identity = ""
        self.firmware = ""

    def open(self) -> None:
        """Reach the device and learn which one it is.

        Raises:
          OSError, ValueError: the line cannot be opened.
          ChduFailed: nothing that is a CHDÚ and can be written answers there.
        """
        self._line = self._connect()
        self._resync()
        self.serial = self._writable().serial
        self.identity = f"{self.serial}-{parse_address(self._twice(VOLUME))}"
        try:
            self.firmware = self._perform(VERSION, b"").decode("ascii", "replace")
        except (Refused, Misheard, Rotten):
            self._resync()

    def close(self) -> None:
        """Give the line back."""
        if self._line:
            self._line.close()
        self._line = None

    # --- Asking ------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The condition of the device."""
        return parse_status(self._twice(STATUS))

    def block(self, address: int) -> Block | None:
        """The block at this address; None for one that was skipped, that is garbled or not ours. What looks garbled is
        asked for again, since that may have happened on the way here. ChduCorrupt if the device no longer has it."""
        before = None
        for _ in range(TRIES):
            content = self._content(address)
            block = decode_block(content)
            if block or content == before:
                return block
            before = content
        raise self._failed(f"block {address} is never the same twice")

    def reserve(self) -> None:
        """PortError(``full``) unless the worst life of one more receipt fits."""
        status = self._writable()
        if status.free_blocks < self._life_blocks:
            raise PortError("full", f"the CHDÚ has {status.free_blocks} free blocks")

    def examine(self) -> Status:
        """Let the device verify its checksum of one further block, round and round, and tell its condition."""
        status = self.status()
        if status.next_address:
            self._patrol %= status.next_address
            self.block(self._patrol)
            self._patrol += 1
        return status

    def _content(self, address: int) -> bytes:
        """What stands there, nothing where nothing does."""
        try:
            return parse_block(self._ask(READ, read_arguments(address)))
        except Misheard:
            return b""
        except Refused:
            return b""
        except Rotten as error:
            what = "the device no longer has what was written"
            raise ChduCorrupt(self.serial, address, -1, what) from error

    def _twice(self, command: Command) -> bytes:
        """An answer told twice alike, because it has no checksum that would betray a flipped bit."""
        for _ in range(TRIES):
            if (told := self._ask(command)) == self._ask(command):
                return told
        raise self._failed("it never says the same twice")

    def _ask(self, command: Command, arguments: bytes = b"") -> bytes:
        """The answer to a command that may be said twice. Rotten, of READ, when it comes twice; Refused for an address
        where nothing stands. Any other refusal may be of a command that was garbled, or itself garbled, unless it comes
        each time."""
        seen, is_rotten = "it does not answer", False
        for _ in range(TRIES):
            try:
                return self._perform(command, arguments)
            except Misheard:
                self._resync()
            except Rotten:
                if is_rotten and command is READ:
                    raise
                is_rotten = True
                self._resync()
            except Refused as refused:
                if refused.code is Code.READ_ADDRESS and command is READ:
                    raise
                seen = str(refused)
                self._resync()
        raise self._failed(seen)

    def _perform(self, command: Command, arguments: bytes) -> bytes:
        """One command, waiting while the device is busy; ChduFailed once it is gone."""
        for _ in range(BUSY_TRIES):
            try:
                return perform(self._open_line, command, arguments, self._limit_s)
            except Refused as refused:
                if refused.code is not Code.BUSY:
                    raise
                self._sleep(BUSY_S)
            except OSError as error:
                raise self._failed(f"the line is gone: {error}") from error
        raise self._failed("it is busy all the time")

    def _resync(self) -> None:
        """Bring both sides back to the start of a command, and forget answers that come late."""
        try:
            self._open_line.send(RESET)
            self._sleep(self._settle_s)
            self._open_line.discard()
        except Misheard as error:
            raise self._failed(str(error)) from error
        except OSError as error:
            raise self._failed(f"the line is gone: {error}") from error

    @property
    def _open_line(self) -> Line:
        if self._failure:
            raise self._failure
        if self._line is None:
            raise self._failed("the line is closed")
        return self._line

    def _failed(self, what: str) -> ChduFailed:
        """The first failure, which is what is reported ever after."""
        self._failure = self._failure or ChduFailed(f"the CHDÚ failed: {what}")
        return self._failure

    # --- Writing -----------------------------------------------------------------------------------------

    def append(self, seq: int, frame: bytes) -> None:
        """Write a frame and return when each of its blocks was read back; PortError(``full``), and nothing was written,
        if there is no room for it."""
        blocks = split(seq, frame)
        status = self._writable()
        if status.free_blocks < len(blocks) + SPARE_BLOCKS:
            raise PortError("full", f"the CHDÚ has {status.free_blocks} free blocks")
        address = status.next_address
        for block in blocks:
            address = self._put(encode_block(block), address)

    def abort(self, last: Block) -> None:
        """Close a record of which this part is the last that is there."""
        self._put(encode_block(Block(Kind.ABORT, last.seq, last.part, last.parts)), self._writable().next_address)

    def _writable(self) -> Status:
        status = self.status()
        if not status.is_writable:
            raise self._failed("it is locked, or its medium does not work")
        return status

    def _put(self, content: bytes, address: int) -> int:
        """Write one block that may stand at this address or further on; the address that the next one may have."""
        for _ in range(TRIES):
            answered = self._try_write(content)
            if answered is not None and self._content(answered) == content:
                return answered + 1
            due = self.status().next_address
            for candidate in range(address, min(due, address + LOOK_BLOCKS_MAX)):
                if self._content(candidate) == content:
                    return candidate + 1
            address = due
        raise self._failed("what is written cannot be read back")

    def _try_write(self, content: bytes) -> int | None:
        """The address that was answered; None if it is not known whether anything was written."""
        try:
            return parse_address(self._perform(WRITE, content))
        except (Misheard, Refused, Rotten):
            self._resync()
        return None
