"""Keys as text, one a line: from standard input, a FIFO, a serial device or a file (codec beside it)."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import trio

from drivers.keypad_text_codec import Lines
from drivers.ports import Keypad, PortError
from drivers.terminal import Line, is_own, open_line, raw_mode
from states.events import Key, UnknownPressed

STANDARD_INPUT = "-"

log = structlog.get_logger()


class TextKeypad:
    """Keys in the order of their lines; ``over`` is the reason to give when no more bytes can come."""

    def __init__(self, line: Line, over: str) -> None:
        self._line = line
        self._over = over
        self._lines = Lines()
        self._keys: deque[Key] = deque()
        self._ended = False

    async def next_key(self) -> Key:
        """The key of the next line that names one."""
        await trio.lowlevel.checkpoint()
        while not self._keys:
            if self._ended:
                raise PortError(self._over, "no more keys")
            self._take(await self._line.receive())
        key = self._keys.popleft()
        if isinstance(key, UnknownPressed):
            log.warning("keypad.unknown", key=key.name)
        return key

    def wants_words(self, wanted: bool) -> None:
        """Words have a line of their own, so nothing changes."""

    def _take(self, chunk: bytes) -> None:
        self._ended = not chunk
        self._keys.extend(self._lines.feed(chunk) if chunk else self._lines.end())


@asynccontextmanager
async def open_keypad(*, port: str, folder: Path) -> AsyncIterator[Keypad]:
    """The text keypad at ``port``: ``-``, or a path that may be relative to the folder.

    A FIFO stays open when its writers leave. PortError(``gone``): it cannot be opened.
    """
    if port == STANDARD_INPUT:
        yield TextKeypad(Line(_standard_input()), "ended")
        return
    path = folder / port
    with open_line(str(path), _flags(path)) as line:
        if os.isatty(line.fd):
            # On a serial line a Ctrl-C is noise, for which the system would throw away what was typed before it.
            with raw_mode(line.fd, interrupts=is_own(line.fd)):
                yield TextKeypad(line, "gone")
        else:
            yield TextKeypad(line, "ended")


def _flags(path: Path) -> int:
    try:
        return os.O_RDONLY if stat.S_ISREG(path.stat().st_mode) else os.O_RDWR
    except (OSError, ValueError):
        return os.O_RDWR


def _standard_input() -> int:
    """Its descriptor, as it is: the parent shell may share it, so that nothing about it is changed."""
    if sys.__stdin__ is None:
        raise PortError("gone", "standard input is closed")
    return sys.__stdin__.fileno()
