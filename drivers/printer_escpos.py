"""A receipt printer that speaks ESC/POS: on a serial line, over TCP, or as a file that takes the bytes.

On a serial line and over TCP ``printed`` is what the printer has confirmed, part by part, and silence is a fault. A
document that was broken off is dropped from the printer's buffers, so that new paper does not bring out its rest, and
what came out of it is struck by a row of slashes before anything else is printed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import trio

from drivers import ports
from drivers.escpos_encode import drawer_pulse, encode_line, opening, parts
from drivers.escpos_profiles import Profile, load_profile
from drivers.escpos_talk import Talk
from drivers.ports import PortError
from drivers.serial_stream import SerialStream, open_serial
from states.fiscal.paper import Line, Text

CONNECT_S = 3.0
ABANDON_S = 0.5
BITS_PER_BYTE = 10
STRIKE = "/"
BUSY = {errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}

Connect = Callable[[], Awaitable[trio.abc.Stream]]


@asynccontextmanager
async def open_printer(*, port: str, baud: int, profile: str, folder: Path) -> AsyncIterator[ports.Printer]:
    """The printer at ``port``: a serial device or pseudo-terminal, ``tcp://HOST:PORT`` or ``file:PATH``.

    Relative paths are relative to the folder. A serial device must be there; later, and over TCP, each document looks
    for the printer anew.

    Raises:
      ValueError: no such profile, or the port is none of these.
      PortError: the serial device is ``gone``, or ``busy`` with another program.
    """
    known = load_profile(profile, folder)
    if port.startswith("file:"):
        yield FilePrinter(folder / port.removeprefix("file:"), known)
        return
    if port.startswith("tcp://"):
        printer = EscposPrinter(_over_tcp(port), known, line_s=0)
    else:
        connect = _over_serial(folder / port, baud)
        await trio.aclose_forcefully(await connect())
        printer = EscposPrinter(connect, known, known.window_bytes * BITS_PER_BYTE / baud)
    try:
        yield printer
    finally:
        await printer.aclose()


class EscposPrinter:
    """A printer that answers; ``line_s`` is how long the line takes for one window of bytes."""

    def __init__(self, connect: Connect, profile: Profile, line_s: float) -> None:
        self.columns = profile.columns
        self._connect = connect
        self._profile = profile
        self._line_s = line_s
        self._lock = trio.Lock()
        self._stream: trio.abc.Stream | None = None
        self._talk: Talk | None = None
        self._clean = False
        self._torn = False

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """Print the lines; return when the printer has confirmed that the last of them has left the head.

        Before the first byte the printer must say that it can print. At most a window of bytes is on the way
        unconfirmed, so no flow control of the line is needed. There is no limit for the whole but the caller's.

        Raises:
          PortError: as the port says: paper-out, cover-open, silent, error, gone.
          ValueError: a line that cannot be on this paper; nothing was sent.
        """
        document = parts(lines, self._profile)
        async with self._lock, self._conversation() as talk:
            if self._torn:
                await talk.post(strike(self._profile))
            self._torn = True
            for part in document:
                await talk.confirm(1)
                await talk.post(part)
            await talk.confirm(0)
            self._torn = False

    async def open_drawer(self) -> None:
        """Send one pulse to the drawer, once; nothing is sent to a printer that would keep it for later.

        Raises:
          PortError: as for printing.
        """
        async with self._lock, self._conversation() as talk:
            await talk.post(drawer_pulse(self._profile))
            await talk.confirm(0)

    async def aclose(self) -> None:
        """Close the line."""
        stream, self._stream, self._talk, self._clean = self._stream, None, None, False
        if stream is not None:
            await trio.aclose_forcefully(stream)

    @asynccontextmanager
    async def _conversation(self) -> AsyncIterator[Talk]:
        """A printer that can print, with empty buffers before and, if it can still be reached, after a failure."""
        try:
            talk = await self._ready()
            self._clean = False
            yield talk
            self._clean = True
        except BaseException:
            with trio.CancelScope(shield=True):
                await self._abandon()
            raise

    async def _ready(self) -> Talk:
        """The connection of the last document, or a new one if the other side has closed that since."""
        if self._talk is not None and self._clean:
            try:
                await self._talk.check()
            except PortError as error:
                if error.reason != "gone":
                    raise
                await self.aclose()
            else:
                return self._talk
        return await self._begin()

    async def _begin(self) -> Talk:
        if self._talk is None:
            self._stream = await self._connect()
            self._talk = Talk(self._stream, self._profile, self._line_s)
        await self._talk.clear()
        await self._talk.check()
        return self._talk

    async def _abandon(self) -> None:
        """Drop what the printer still holds; close the line if it does not say that it did."""
        if isinstance(self._stream, SerialStream):
            self._stream.discard()
        with trio.move_on_after(ABANDON_S):
            try:
                if self._talk is not None and self._profile.clears:
                    await self._talk.clear()
                    self._clean = True
                    return
            except PortError:
                pass
        await self.aclose()


class FilePrinter:
    """Appends the bytes to a file (or to a device such as a USB printer's); nobody confirms that they were printed.

    ``print_lines`` returns when the system has taken all bytes: that, and no more, is known.
    """

    def __init__(self, path: Path, profile: Profile) -> None:
        self.columns = profile.columns
        self._path = path
        self._profile = profile
        self._torn = False

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """Append the document.

        Raises:
          PortError: ``gone`` or ``error``; a part of it may be in the file.
        """
        document = b"".join(parts(lines, self._profile))
        struck = strike(self._profile) if self._torn else b""
        self._torn = True
        await self._append(struck + document)
        self._torn = False

    async def open_drawer(self) -> None:
        """Append one pulse."""
        await self._append(drawer_pulse(self._profile))

    async def _append(self, data: bytes) -> None:
        try:
            await trio.to_thread.run_sync(self._write, data, abandon_on_cancel=True)
        except FileNotFoundError as error:
            raise PortError("gone", str(error)) from error
        except OSError as error:
            raise PortError("error", str(error)) from error

    def _write(self, data: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(data)


def strike(profile: Profile) -> bytes:
    """A row that shows: what stands above it on this paper was broken off."""
    return opening(profile) + encode_line(Text(STRIKE * profile.columns), profile)


def _over_tcp(port: str) -> Connect:
    address = urlsplit(port)
    host, number = address.hostname, address.port
    if host is None or number is None or address.path or not _is_name(host):
        raise ValueError(f"printer port {port!r}: expected tcp://HOST:PORT")

    async def connect() -> trio.abc.Stream:
        try:
            with trio.fail_after(CONNECT_S):
                return await trio.open_tcp_stream(host, number)
        except (OSError, trio.TooSlowError) as error:
            raise PortError("gone", f"{port}: {error or 'no connection'}") from error

    return connect


def _is_name(host: str) -> bool:
    """True for what a resolver can be asked for."""
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _over_serial(path: Path, baud: int) -> Connect:
    async def connect() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        try:
            return open_serial(path, baud)
        except OSError as error:
            reason = "busy" if error.errno in BUSY else "gone"
            raise PortError(reason, f"{path}: {os.strerror(error.errno) if error.errno else error}") from error

    return connect
