"""The keyboard of a terminal as the register's keys (legend and codec beside it)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import structlog
import trio

from drivers.keypad_terminal_codec import Keystrokes
from drivers.ports import Keypad, PortError
from drivers.terminal import Line, open_line, raw_mode, terminal_path
from states.events import Key, UnknownPressed

STANDARD_INPUT = 0
PASTE_ON, PASTE_OFF = b"\x1b[?2004h", b"\x1b[?2004l"

log = structlog.get_logger()


class TerminalKeypad:
    """Single characters are keys; while words are wanted, they are words."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._strokes = Keystrokes()
        self._words = False

    async def next_key(self) -> Key:
        """The next key; a lone Esc is known as such after 30 ms without another byte."""
        await trio.lowlevel.checkpoint()
        quiet = False
        while (key := self._strokes.take(words=self._words, quiet=quiet)) is None:
            quiet = not await self._more()
        if isinstance(key, UnknownPressed):
            log.warning("keypad.unknown")  # Not which: it may be a letter of an address.
        return key

    def wants_words(self, wanted: bool) -> None:
        """Bytes that have come but were not asked for yet are taken in the new sense."""
        self._words = wanted

    async def _more(self) -> bool:
        with trio.move_on_after(self._strokes.patience_s):
            chunk = await self._line.receive()
            if not chunk:
                raise PortError("gone", "the terminal hung up")
            self._strokes.feed(chunk)
            return True
        return False


@asynccontextmanager
async def open_keypad(*, port: str, folder: Path) -> AsyncIterator[Keypad]:
    """The keyboard of standard input's terminal, or of the terminal at ``port``, which may be relative to the folder.

    PortError(``no-terminal``): it is not a terminal. The terminal's mode returns when this is left.
    """
    path = terminal_path(str(folder / port) if port else "", STANDARD_INPUT)
    with open_line(path) as line, raw_mode(line.fd), _bracketed_paste(line.fd):
        yield TerminalKeypad(line)


@contextmanager
def _bracketed_paste(fd: int) -> Iterator[None]:
    _write_if_possible(fd, PASTE_ON)
    try:
        yield
    finally:
        _write_if_possible(fd, PASTE_OFF)


def _write_if_possible(fd: int, content: bytes) -> None:
    # A stopped or lost terminal must hinder neither the start nor the end.
    with suppress(OSError):
        os.write(fd, content)
