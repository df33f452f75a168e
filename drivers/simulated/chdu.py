"""A simulated CHDÚ at a pseudo-terminal, whose blocks are kept in a file so that a restart finds them again.

The file is a row of entries: length u32, address u32, CRC-32/MPEG-2 u32 of the block, the block (little-endian). It is
only ever appended to. An entry whose checksum does not fit is a block that the device calls rotten; half an entry at
the end is a block that the power cut.
"""

from __future__ import annotations

import os
import struct
import tty
from contextlib import suppress
from pathlib import Path

import trio

from drivers.chdu_codec import BLOCK_BYTES_MAX
from drivers.simulated.chdu_device import TOTAL_BLOCKS, Device, Medium, PowerCut, crc32_mpeg2

READ_BYTES = 4096
_ENTRY = struct.Struct("<III")


class ChduWorld:
    """The device as a test or a person meets it: its faults can be changed while it runs, and its plug pulled."""

    def __init__(self, path: Path | None = None, total: int = TOTAL_BLOCKS) -> None:
        self._path = path
        blocks, rotten = _read(path) if path else ({}, frozenset[int]())
        self.device = Device(Medium(total, blocks, self._keep))
        self.device.set(rotten=rotten)
        self._stream: trio.abc.Stream | None = None
        self._is_plugged = True

    def _keep(self, address: int, content: bytes) -> None:
        if self._path:
            with self._path.open("ab") as file:
                file.write(_ENTRY.pack(len(content), address, crc32_mpeg2(content)) + content)
                file.flush()
                os.fsync(file.fileno())

    async def unplug(self) -> None:
        """Pull the plug: the line hangs up."""
        self._is_plugged = False
        if self._stream:
            await self._stream.aclose()

    async def listen(self, stream: trio.abc.Stream) -> None:
        """Answer at this line until it is closed from either side; a device without power hangs up."""
        self._stream = stream
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, PowerCut):
            while self._is_plugged and (heard := await stream.receive_some(READ_BYTES)):
                self.device.receive(bytes(heard))
                said = bytes(self.device.outbox)
                self.device.outbox.clear()
                if said:
                    await stream.send_all(said)


async def serve_chdu(
    world: ChduWorld, *, port: str = "pty", task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Be the device at ``port`` until it is unplugged: ``pty``, or the path of a link to a new pseudo-terminal, which
    may replace a link but never a file. Starts with the path that the driver's ``port`` may name.

    Raises:
      OSError: something else is where the link should be.
    """
    master, slave = os.openpty()
    link = None if port == "pty" else Path(port)
    try:
        tty.setraw(slave)
        if link:
            if link.is_symlink():
                link.unlink()
            link.symlink_to(os.ttyname(slave))
        task_status.started(str(link or os.ttyname(slave)))
        async with trio.lowlevel.FdStream(master) as stream:
            await world.listen(stream)
    finally:
        os.close(slave)
        if link and link.is_symlink():
            link.unlink()


def _read(path: Path) -> tuple[dict[int, bytes], frozenset[int]]:
    """The blocks of a file and the addresses of the rotten ones; half an entry at the end is cut off."""
    content = path.read_bytes() if path.exists() else b""
    blocks, rotten, at = dict[int, bytes](), set[int](), 0
    while at + _ENTRY.size <= len(content):
        length, address, crc = _ENTRY.unpack_from(content, at)
        block = content[at + _ENTRY.size : at + _ENTRY.size + length]
        if not 1 <= length <= BLOCK_BYTES_MAX or len(block) < length:
            break
        blocks.setdefault(address, block)
        if crc32_mpeg2(block) != crc:
            rotten.add(address)
        at += _ENTRY.size + length
    if at < len(content):
        os.truncate(path, at)
    return blocks, frozenset(rotten)
