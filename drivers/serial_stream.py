"""A serial line as a trio stream: pyserial opens and sets it, trio waits for it.

Sources: pyserial 3.5, serialposix.py (it sets VMIN to 0, which makes an idle line look like a hang-up); termios(3).
"""

from __future__ import annotations

import contextlib
import os
import termios
from pathlib import Path

import serial
import trio

READ_BYTES = 4096


class SerialStream(trio.abc.Stream):
    """A byte stream over a serial device or a pseudo-terminal.

    Both directions raise ``trio.BrokenResourceError`` once the device is gone; the end of the stream is never ``b""``.
    A cancelled ``receive_some`` loses nothing; after a cancelled ``send_all`` some of the bytes may have been sent.
    """

    def __init__(self, device: serial.Serial) -> None:
        self._device = device
        self._fd = device.fileno()
        os.set_blocking(self._fd, False)
        settings = termios.tcgetattr(self._fd)
        settings[6][termios.VMIN] = 1
        termios.tcsetattr(self._fd, termios.TCSANOW, settings)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Hand all bytes to the system; waits while the line takes no more."""
        await trio.lowlevel.checkpoint()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._open_fd(), rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._fd)
            except OSError as error:
                raise trio.BrokenResourceError(f"serial line: {error}") from error

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until the line takes bytes."""
        await trio.lowlevel.wait_writable(self._open_fd())

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Wait for at least one byte."""
        while True:
            await trio.lowlevel.wait_readable(self._open_fd())
            try:
                data = os.read(self._fd, max_bytes or READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(f"serial line: {error}") from error
            if not data:
                raise trio.BrokenResourceError("serial line: hang-up")
            return data

    def discard(self) -> None:
        """Forget the bytes that were not yet sent and those not yet read."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._open_fd(), termios.TCIOFLUSH)

    async def aclose(self) -> None:
        """Close at once; unsent bytes are dropped, because the system would wait for a stuck line."""
        if self._device.is_open:
            self.discard()
            trio.lowlevel.notify_closing(self._fd)
            self._device.close()
        await trio.lowlevel.checkpoint()

    def _open_fd(self) -> int:
        if not self._device.is_open:
            raise trio.ClosedResourceError("serial line: closed")
        return self._fd


def open_serial(path: Path, baud: int) -> SerialStream:
    """Open the device for this program alone, 8 data bits, no parity, raw.

    Raises:
      OSError: it is not there, not a serial line, or in use.
      ValueError: the system does not know this baud rate.
    """
    device = serial.Serial(str(path), baudrate=baud, timeout=0, write_timeout=0, exclusive=True)
    try:
        return SerialStream(device)
    except termios.error as error:
        device.close()
        raise OSError(*error.args) from error
