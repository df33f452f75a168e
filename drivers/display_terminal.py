"""Both displays on a terminal: drawn on the alternate screen, only what changed, and again when the size changes.

Source: XTerm Control Sequences (modes 7, 25, 1049 and 2026, the synchronized update that other terminals ignore).
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import trio

from drivers.display_terminal_layout import lay_out
from drivers.ports import Display, PortError
from drivers.terminal import Line, open_line, terminal_path
from states.view import View

STANDARD_OUTPUT = 1
LEAVE_LIMIT_S = 0.2
SIZE_USUAL = os.terminal_size((80, 24))

_BEL = b"\a"
# CAN ends an escape sequence that a cancelled write may have left half done.
_ENTER = "\x18\x1b[?1049h\x1b[?25l\x1b[?7l"
_LEAVE = "\x18\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_CLEAR = "\x18\x1b[0m\x1b[2J"


class TerminalDisplay:
    """Shows views on the terminal; a terminal that is stopped makes ``show`` wait, which may be cancelled."""

    def __init__(self, line: Line, language: str, *, legend: bool) -> None:
        self._line = line
        self._language = language
        self._legend = legend
        self._turn = trio.Lock()
        self._view: View | None = None
        self._shown: tuple[str, ...] = ()
        self._size = SIZE_USUAL

    async def show(self, view: View) -> None:
        """Draw what differs from what is on the screen."""
        async with self._turn:
            self._view = view
            await self._draw(view)

    async def beep(self) -> None:
        """Ring the terminal's bell."""
        async with self._turn:
            await self._line.send(_BEL)

    async def follow_size(self) -> None:
        """Draw the same view again whenever the terminal changes its size."""
        with trio.open_signal_receiver(signal.SIGWINCH) as changes:
            async for _ in changes:
                async with self._turn:
                    if self._view is not None:
                        await self._draw(self._view)

    async def _draw(self, view: View) -> None:
        before, size = self._shown, _size(self._line.fd)
        if size != self._size:
            before = ()
        rows = lay_out(view, self._language, size.columns, size.lines, legend=self._legend)
        # Until all is written it is not known what is on the screen.
        self._shown = ()
        await self._line.send(paint(rows, before))
        self._shown, self._size = rows, size


def paint(rows: tuple[str, ...], shown: tuple[str, ...]) -> bytes:
    """What makes the screen show ``rows``; without knowing what it shows, everything."""
    changes = "".join(_changes(rows, shown))
    if not changes:
        return b""
    return f"{_BEGIN}{'' if shown else _CLEAR}{changes}{_END}".encode()


def _changes(rows: tuple[str, ...], shown: tuple[str, ...]) -> Iterator[str]:
    for index, row in enumerate(rows):
        if not shown or row != shown[index]:
            yield f"\x1b[{index + 1};1H{row}"


def _size(fd: int) -> os.terminal_size:
    try:
        size = os.get_terminal_size(fd)
    except OSError as error:
        raise PortError("gone", str(error)) from error
    return size if size.columns and size.lines else SIZE_USUAL


@asynccontextmanager
async def open_display(*, language: str, port: str = "", legend: bool = True) -> AsyncIterator[Display]:
    """The displays on standard output's terminal, or on the terminal at ``port``; with the keyboard's legend.

    PortError(``no-terminal``): it is not a terminal. The screen as it was returns when this is left.
    """
    with open_line(terminal_path(port, STANDARD_OUTPUT)) as line:
        if not os.isatty(line.fd):
            raise PortError("no-terminal", f"{port!r} is not a terminal")
        display = TerminalDisplay(line, language, legend=legend)
        async with _alternate_screen(line), _redrawn(display):
            yield display


@asynccontextmanager
async def _alternate_screen(line: Line) -> AsyncIterator[None]:
    try:
        await line.send(_ENTER.encode())
        yield
    finally:
        with trio.move_on_after(LEAVE_LIMIT_S, shield=True):
            await _leave(line)


async def _leave(line: Line) -> None:
    try:
        await line.send(_LEAVE.encode())
    except PortError:
        return  # A terminal that hung up shows nothing that could be put back.


@asynccontextmanager
async def _redrawn(display: TerminalDisplay) -> AsyncIterator[None]:
    """Follows the size meanwhile; an exception of the body leaves as it is with its cause, not as a group."""
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(display.follow_size)
            yield
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            alone = group.exceptions[0]
            raise alone from alone.__cause__
        raise
