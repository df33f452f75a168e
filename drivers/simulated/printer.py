"""A simulated receipt printer: a pseudo-terminal or a TCP port on one side, documents on paper on the other."""

from __future__ import annotations

import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import trio

from drivers.escpos_profiles import GENERIC_80, Profile
from drivers.simulated.escpos_device import Device, Faults
from drivers.simulated.escpos_paper import Document
from drivers.simulated.paper_png import draw

READ_BYTES = 4096
HOST_S = 1.0
"""How long the host may leave answers unread before they are lost."""


class Cue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Faults that hold from this document on; the first since the start is 1."""

    document: int
    faults: Faults


def load_script(path: Path) -> tuple[Cue, ...]:
    """The ``[[cue]]`` tables of a TOML file: ``document = 2``, ``faults = {paper_lines = 5, lasts_s = 10.0}``.

    Raises:
      ValueError: the file is not like this.
    """
    try:
        return tuple(msgspec.toml.decode(path.read_bytes(), type=dict[str, list[Cue]]).get("cue", ()))
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


class PrinterWorld:
    """The printer as a test, a demo or a person meets it: its faults can be changed while it runs.

    With a ``folder`` each document is kept there as ``NNNN.escpos``, ``.txt`` and ``.png``, before it is confirmed.
    """

    def __init__(self, profile: Profile = GENERIC_80, folder: Path | None = None, script: tuple[Cue, ...] = ()) -> None:
        self.profile = profile
        self._device = Device(profile)
        self._folder = folder
        self._script = {cue.document: cue.faults for cue in script}
        self._stream: trio.abc.Stream | None = None
        self._woken = trio.Event()
        self._heals_at: float | None = None
        self._seen = 0
        self._kept_before = len(list(folder.glob("*.escpos"))) if folder else 0
        self._follow_script()

    @property
    def faults(self) -> Faults:
        """What is wrong now."""
        return self._device.faults

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that were cut, oldest first."""
        return tuple(self._device.paper.documents)

    @property
    def texts(self) -> tuple[str, ...]:
        """Their text."""
        return tuple(document.text(self.profile.columns) for document in self.documents)

    @property
    def torn(self) -> str:
        """The text that came out and was not cut."""
        return self._device.paper.torn().text(self.profile.columns)

    @property
    def drawer_pulses(self) -> int:
        """How many pulses the drawer got."""
        return self._device.paper.drawer_pulses

    @property
    def lost_bytes(self) -> int:
        """Bytes that came when the receive buffer was full."""
        return self._device.lost_bytes

    def set(self, faults: Faults) -> None:
        """Make the printer like this, from now on: ``Faults()`` heals it."""
        self._device.faults = faults
        self._heals_at = None
        self._wake()

    async def run(self) -> None:
        """Print what arrives, until cancelled."""
        while True:
            while (lines := self._device.step()) >= 0:
                await trio.sleep(lines * self.faults.line_s)
                self._keep_new()
                await self._say()
            await self._say()
            await self._power_cycle()
            with trio.move_on_at(self._heals_at or float("inf")):
                await self._woken.wait()
            self._woken = trio.Event()
            if self._heals_at and trio.current_time() >= self._heals_at:
                self.set(Faults())

    @asynccontextmanager
    async def connected(self, stream: trio.abc.Stream) -> AsyncIterator[None]:
        """Answers go to this stream."""
        self._stream = stream
        try:
            yield
        finally:
            if self._stream is stream:
                self._stream = None

    async def listen(self, stream: trio.abc.Stream) -> None:
        """Take what the host sends until it hangs up, or until the printer does."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async with self.connected(stream):
                while not self.faults.hung_up and (data := await stream.receive_some(READ_BYTES)):
                    if self.faults.lasts_s is not None and self._heals_at is None:
                        self._heals_at = trio.current_time() + self.faults.lasts_s
                    self._device.receive(bytes(data))
                    self._wake()

    async def plugged_in(self) -> None:
        """Wait until the printer is not hung up."""
        while self.faults.hung_up:
            await self._woken.wait()
            await trio.lowlevel.checkpoint()

    def _wake(self) -> None:
        self._woken.set()

    async def _power_cycle(self) -> None:
        if self.faults.power_lines == 0:
            await trio.sleep(self.faults.off_s)
            self._device.power_on()
            self.set(msgspec.structs.replace(self.faults, power_lines=None))

    async def _say(self) -> None:
        words = bytes(self._device.outbox)
        self._device.outbox.clear()
        if self._stream and self.faults.hung_up:
            await trio.aclose_forcefully(self._stream)
        elif self._stream and words and self.faults.power_lines != 0:
            with trio.move_on_after(HOST_S), suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self._stream.send_all(words)

    def _keep_new(self) -> None:
        for document in self.documents[self._seen :]:
            self._seen += 1
            if self._folder:
                self._keep(document, self._folder / f"{self._kept_before + self._seen:04}")
            self._follow_script()

    def _keep(self, document: Document, name: Path) -> None:
        name.with_suffix(".escpos").write_bytes(document.raw)
        name.with_suffix(".txt").write_text(document.text(self.profile.columns), encoding="utf-8")
        draw(document, self.profile).save(name.with_suffix(".png"))

    def _follow_script(self) -> None:
        if faults := self._script.get(self._seen + 1):
            self.set(faults)


async def serve_printer(
    world: PrinterWorld, *, port: str = "pty", task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Be the printer at ``port`` until cancelled: ``pty``, the path of a link to a new pseudo-terminal, or
    ``tcp://HOST:PORT`` (0 takes a free one). Starts with the address that a driver's ``port`` may name.

    A link may be replaced but never a file or a device. After a hang-up the link leads to a new pseudo-terminal.

    Raises:
      OSError: the port is taken, or something else is where the link should be.
      ValueError: a printer cannot be simulated there.
    """
    if port.startswith("file:"):
        raise ValueError(f"printer port {port!r}: a file needs no printer on its other side")
    side = partial(_serve_tcp, world, port) if port.startswith("tcp://") else partial(_serve_pty, world, port)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        address: str = await nursery.start(side)
        task_status.started(address)


async def _serve_tcp(world: PrinterWorld, port: str, task_status: trio.TaskStatus[str]) -> None:
    address = urlsplit(port)
    if address.hostname is None or address.port is None:
        raise ValueError(f"printer port {port!r}: expected tcp://HOST:PORT")

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await world.listen(stream)

    listeners = await trio.open_tcp_listeners(address.port, host=address.hostname)
    task_status.started(f"tcp://{address.hostname}:{listeners[0].socket.getsockname()[1]}")
    await trio.serve_listeners(serve, listeners)


async def _serve_pty(world: PrinterWorld, port: str, task_status: trio.TaskStatus[str]) -> None:
    link = None if port == "pty" else Path(port)
    started: str | None = None
    while True:
        master, slave = os.openpty()
        try:
            tty.setraw(slave)
            terminal = os.ttyname(slave)
            if link:
                _link(link, terminal)
            if started is None:
                started = str(link or terminal)
                task_status.started(started)
            async with trio.lowlevel.FdStream(master) as stream:
                await world.listen(stream)
        finally:
            os.close(slave)
            if link and link.is_symlink():
                link.unlink()
        await world.plugged_in()


def _link(link: Path, terminal: str) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(terminal)
