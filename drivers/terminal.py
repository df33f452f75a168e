"""A terminal or a serial line as its driver uses it: opened anew, so that no setting of it reaches the shell.

The descriptor is our own open file description: non-blocking here does not make the parent shell's standard
input non-blocking. Modes belong to the device itself and are therefore put back.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

from drivers.ports import PortError

READ_BYTES = 4096

_INPUT_CHANGES = termios.IXON | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.BRKINT
_LINE_EDITING = termios.ECHO | termios.ICANON | termios.IEXTEN
_DISABLED = b"\0"


class Line:
    """Bytes in and out on trio without a thread. Reading waits first, so the descriptor may be a blocking one."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    async def receive(self) -> bytes:
        """Some bytes, as soon as there are any, or none at the end; a cancelled call has taken none.

        PortError(``gone``): the device is no longer there.
        """
        while True:
            # A regular file and /dev/null cannot be waited for, and need not be.
            with suppress(PermissionError):
                await trio.lowlevel.wait_readable(self.fd)
            try:
                return os.read(self.fd, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise PortError("gone", str(error)) from error

    async def send(self, content: bytes) -> None:
        """Write all of it, however slow the other side is; if cancelled, some of it. PortError(``gone``)."""
        rest = memoryview(content)
        while rest:
            try:
                rest = rest[os.write(self.fd, rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self.fd)
            except OSError as error:
                raise PortError("gone", str(error)) from error
        await trio.lowlevel.checkpoint()


@contextmanager
def open_line(path: str, flags: int = os.O_RDWR) -> Iterator[Line]:
    """The device at ``path``, non-blocking; PortError(``gone``) if it cannot be opened."""
    try:
        fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise PortError("gone", f"{path!r}: {error}") from error
    try:
        yield Line(fd)
    finally:
        trio.lowlevel.notify_closing(fd)
        os.close(fd)


def terminal_path(port: str, stream: int) -> str:
    """The device of ``port``, or of a standard stream if that is empty; PortError(``no-terminal``) without one."""
    if port:
        return port
    try:
        path = os.ttyname(stream)
    except OSError as error:
        raise PortError("no-terminal", "this driver needs a terminal") from error
    # After su the terminal's own device belongs to somebody else.
    return path if os.access(path, os.R_OK | os.W_OK) else "/dev/tty"


@contextmanager
def raw_mode(fd: int, *, interrupts: bool = True) -> Iterator[None]:
    """Bytes come as they are and unechoed; Ctrl-C interrupts if it may. The former mode returns at the end."""
    try:
        before = termios.tcgetattr(fd)
    except termios.error as error:
        raise PortError("no-terminal", str(error.args[-1])) from error
    termios.tcsetattr(fd, termios.TCSANOW, _raw(before, interrupts=interrupts))
    try:
        yield
    finally:
        with suppress(termios.error):  # A terminal that was unplugged has no mode.
            termios.tcflush(fd, termios.TCIFLUSH)  # Keys that nobody took must not reach the shell.
            termios.tcsetattr(fd, termios.TCSANOW, before)


def is_own(fd: int) -> bool:
    """It is the terminal that this process was started from."""
    try:
        os.tcgetpgrp(fd)
    except OSError:
        return False
    return True


def _raw(mode: list[int | list[bytes | int]], *, interrupts: bool) -> list[int | list[bytes | int]]:
    iflag, oflag, cflag, lflag, ispeed, ospeed, chars = mode
    assert isinstance(iflag, int)
    assert isinstance(lflag, int)
    assert isinstance(chars, list)
    keys = list(chars)
    keys[termios.VMIN], keys[termios.VTIME] = 1, 0
    # Ctrl-Z and Ctrl-\ would leave the shell with a raw terminal.
    keys[termios.VSUSP] = keys[termios.VQUIT] = _DISABLED
    changes = _LINE_EDITING if interrupts else _LINE_EDITING | termios.ISIG
    return [iflag & ~_INPUT_CHANGES, oflag, cflag, lflag & ~changes, ispeed, ospeed, keys]
