"""A simulated ESC/POS printer without its line: buffers, sensors, real-time commands, faults.

The model: bytes wait in a receive buffer and are worked off in order while the printer is on, the cover closed and
paper in. Real-time commands act when they arrive, also in the middle of another command and while nothing prints.
When the paper ends the rest stays in the buffer and is printed when paper is back, unless DLE DC4 8 came before.
Too many bytes are lost. Source: Epson ESC/POS reference, "real-time commands", DLE EOT, DLE DC4 function 8, ESC c 4.
"""

from __future__ import annotations

import msgspec

from drivers.escpos_profiles import Profile
from drivers.simulated.escpos_paper import Command, Paper, UnknownCommand, next_command

BUFFER_BYTES = 4096
NOISE = b"\xff\x9b\x80\xfe"
"""What a printer at the wrong baud rate answers."""

_CLEAR = bytes.fromhex("10140801031401060208")
_REAL_TIME = (*(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4)), _CLEAR)
_BEGINS = {"hang_up_lines": "hung_up", "cover_lines": "cover_open", "silent_lines": "silent"}
"""Faults that begin when so many lines have come out."""
_COUNTED = ("paper_lines", "power_lines", *_BEGINS)


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with the printer, or will be: ``..._lines`` counts the lines that still come out before it happens.

    ``line_s`` is how long a line takes; ``off_s`` how long a power cut lasts; ``lasts_s`` heals all this so long after
    the first byte that meets it. A printer that is ``hung_up`` lost its line, not its power: it goes on printing.
    """

    paper_lines: int | None = None
    near_end: bool = False
    cover_open: bool = False
    cover_lines: int | None = None
    cutter_jammed: bool = False
    overheated: bool = False
    silent: bool = False
    silent_lines: int | None = None
    noise: bool = False
    power_lines: int | None = None
    hang_up_lines: int | None = None
    hung_up: bool = False
    off_s: float = 0.5
    line_s: float = 0.0
    lasts_s: float | None = None


class Device:
    """The printer. ``outbox`` is what it has to say; ``lost_bytes`` came when the buffer was full.

    Unless ``strict`` it skips what it does not know, as real ones do; it always does after it lost bytes, until ESC @.
    """

    def __init__(self, profile: Profile, *, strict: bool = True) -> None:
        self.paper = Paper(profile.columns, profile.dots, profile.kanji)
        self.faults = Faults()
        self.outbox = bytearray()
        self.lost_bytes = 0
        self._strict = strict
        self._buffer = bytearray()
        self._arriving = b""
        self._out_of_step = False

    def receive(self, data: bytes) -> None:
        """Take bytes from the line: real-time commands at once, the rest into the buffer."""
        if self.faults.silent or self.faults.power_lines == 0:
            return
        data = self._arriving + data
        self._arriving = b""
        while data:
            plain, mark, _ = data.partition(b"\x10")
            self._store(plain)
            data = data[len(plain) :]
            if mark:
                data = self._real_time(data)

    def step(self) -> int:
        """Work off one command; return how many lines of paper it took, -1 when there is nothing to do now.

        Raises:
          UnknownCommand: what is next in the buffer is nothing that this printer knows.
        """
        if not self.can_print():
            return -1
        try:
            command = next_command(bytes(self._buffer))
            return -1 if command is None else self._work_off(command)
        except UnknownCommand:
            if self._strict and not self._out_of_step:
                raise
            del self._buffer[:1]
            return 0

    def can_print(self) -> bool:
        """Nothing keeps the printer from working off its buffer."""
        faults = self.faults
        stopped = faults.cover_open or faults.cutter_jammed or faults.overheated or faults.silent
        return not stopped and faults.paper_lines != 0 and faults.power_lines != 0

    def power_on(self) -> None:
        """Wake up after a power cut: nothing in the buffers, all settings as they were made in the factory."""
        self._forget()
        self.paper.reset()
        self._out_of_step = True

    def _work_off(self, command: Command) -> int:
        lines = self.paper.lines(command)
        left = self.faults.paper_lines
        if left is not None and lines > left:
            self.faults = msgspec.structs.replace(self.faults, paper_lines=0)
            return -1
        self._answer(self.paper.execute(command))
        del self._buffer[: len(command.raw)]
        self._count(lines)
        if command.code == b"\x1b@":
            self._out_of_step = False
        return lines

    def _count(self, lines: int) -> None:
        left = {name: max(0, value - lines) for name in _COUNTED if (value := getattr(self.faults, name)) is not None}
        begun = {state: True for name, state in _BEGINS.items() if left.get(name) == 0}
        self.faults = msgspec.structs.replace(self.faults, **left, **begun)

    def _store(self, data: bytes) -> None:
        room = BUFFER_BYTES - len(self._buffer)
        self._buffer += data[:room]
        self.lost_bytes += len(data[room:])
        self._out_of_step = self._out_of_step or len(data) > room

    def _real_time(self, data: bytes) -> bytes:
        """What is left of data that begins with DLE."""
        for command in _REAL_TIME:
            if data.startswith(command):
                self._answer(self._status(command[2]) if command != _CLEAR else self._forget())
                return data[len(command) :]
        if any(command.startswith(data) for command in _REAL_TIME):
            self._arriving = data
            return b""
        self._store(data[:1])
        return data[1:]

    def _forget(self) -> bytes:
        self._buffer.clear()
        self._arriving = b""
        self.paper.forget_row()
        return b"\x37\x25\x00"

    def _status(self, asked: int) -> bytes:
        faults = self.faults
        no_paper = faults.paper_lines == 0
        broken = faults.cutter_jammed or faults.overheated
        bits = {
            1: 0x08 * (not self.can_print()),
            2: 0x04 * faults.cover_open | 0x20 * no_paper | 0x40 * broken,
            3: 0x08 * faults.cutter_jammed | 0x40 * faults.overheated,
            4: 0x0C * (faults.near_end or no_paper) | 0x60 * no_paper,
        }
        return bytes((0x12 | bits[asked],))

    def _answer(self, data: bytes) -> None:
        self.outbox += NOISE[: len(data)] if self.faults.noise else data
