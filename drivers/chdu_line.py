"""A serial line for one thread that may be blocked: pyserial with a limit of time for every byte.

Sources: pyserial 3.5, serialposix.py; termios(3).
"""

from __future__ import annotations

import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import serial

from drivers.chdu_codec import Command, Misheard, converse

POLL_S = 0.05
BITS_PER_BYTE = 10


class Line(Protocol):
    """Bytes to a device and back; OSError once it is gone."""

    def send(self, content: bytes) -> None:
        """Hand all bytes over; Misheard if the line does not take them in time."""

    def receive(self, count: int, until_s: float) -> bytes:
        """So many bytes; Misheard if they are not there at this time of the monotonic clock."""

    def discard(self) -> None:
        """Forget what came and was not read."""

    def close(self) -> None:
        """Give the line back."""


class SerialLine:
    """A device or pseudo-terminal."""

    def __init__(self, device: serial.Serial) -> None:
        self._device = device

    def send(self, content: bytes) -> None:
        """As Line has it; ``gone`` is an OSError of pyserial's own."""
        try:
            self._device.write(content)
        except serial.SerialTimeoutException as error:
            raise Misheard("the line takes nothing") from error

    def receive(self, count: int, until_s: float) -> bytes:
        """As Line has it."""
        received = bytearray()
        while len(received) < count:
            received += self._device.read(count - len(received))
            if len(received) < count and time.monotonic() > until_s:
                raise Misheard(f"{len(received)} of {count} bytes came in time")
        return bytes(received)

    def discard(self) -> None:
        """As Line has it."""
        try:
            self._device.reset_input_buffer()
        except termios.error as error:
            raise OSError(*error.args) from error

    def close(self) -> None:
        """As Line has it; what was not sent is dropped, because the system would wait for a stuck line."""
        with suppress(termios.error):
            self._device.reset_output_buffer()
        self._device.close()


def open_line(path: Path, baud: int, limit_s: float) -> SerialLine:
    """Open the device for this program alone, 8 data bits, no parity, raw.

    Raises:
      OSError: it is not there, not a serial line, or in use.
      ValueError: the system does not know this baud rate.
    """
    return SerialLine(serial.Serial(str(path), baudrate=baud, timeout=POLL_S, write_timeout=limit_s, exclusive=True))


def perform(line: Line, command: Command, arguments: bytes, limit_s: float) -> bytes:
    """One command and its answer within this time, which the line itself needs in part.

    Raises:
      Misheard, Refused, Rotten: as ``converse`` has it; Misheard for silence, too.
      OSError: the device is gone.
    """
    until_s = time.monotonic() + limit_s
    dialogue = converse(command, arguments)
    turn = next(dialogue)
    while True:
        if turn.send:
            line.send(turn.send)
        heard = line.receive(turn.count, until_s)
        try:
            turn = dialogue.send(heard)
        except StopIteration as end:
            content: bytes = end.value
            return content
