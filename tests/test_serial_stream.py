"""The serial stream on real pseudo-terminals."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given, settings, strategies as st

from drivers.serial_stream import SerialStream, open_serial


@dataclass
class Terminal:
    """Both ends of a pseudo-terminal."""

    master: int
    slave: int

    @property
    def path(self) -> Path:
        return Path(os.ttyname(self.slave))

    def hang_up(self) -> None:
        for end in (self.master, self.slave):
            with suppress(OSError):
                os.close(end)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    both = Terminal(master, slave)
    yield both
    both.hang_up()


async def test_every_byte_value_goes_both_ways(terminal: Terminal) -> None:
    every = bytes(range(256))
    async with open_serial(terminal.path, 115200) as line:
        await line.send_all(every)
        assert os.read(terminal.master, 1000) == every
        os.write(terminal.master, every)
        assert await line.receive_some() == every


async def test_an_idle_line_is_not_a_hang_up(terminal: Terminal) -> None:
    async with open_serial(terminal.path, 9600) as line:
        with trio.move_on_after(0.1) as idle:
            await line.receive_some()
        assert idle.cancelled_caught
        os.write(terminal.master, b"here")
        line.discard()
        with trio.move_on_after(0.05) as flushed:
            await line.receive_some()
        assert flushed.cancelled_caught


async def test_a_cancelled_read_loses_nothing(terminal: Terminal) -> None:
    async with open_serial(terminal.path, 115200) as line:
        got = b""
        for letter in b"abcdefgh":
            with trio.move_on_after(0.002):
                got += await line.receive_some()
            os.write(terminal.master, bytes((letter,)))
        while len(got) < 8:
            got += await line.receive_some()
        assert got == b"abcdefgh"


async def test_a_line_that_takes_nothing_is_waited_for_and_can_be_left(terminal: Terminal) -> None:
    async with open_serial(terminal.path, 115200) as line:
        with trio.move_on_after(0.1) as stuck:
            await line.send_all(bytes(1_000_000))
        assert stuck.cancelled_caught
        line.discard()
        with trio.fail_after(2):
            await line.wait_send_all_might_not_block()
            await line.send_all(b"free")


async def test_a_slow_reader_gets_everything(terminal: Terminal) -> None:
    sent = bytes(range(256)) * 400
    got = bytearray()

    async def read_slowly() -> None:
        while len(got) < len(sent):
            with suppress(BlockingIOError):
                got.extend(os.read(terminal.master, 1500))
            await trio.sleep(0.0005)

    async with open_serial(terminal.path, 115200) as line, trio.open_nursery() as nursery:
        nursery.start_soon(read_slowly)
        await line.send_all(sent)
    assert bytes(got) == sent


@pytest.mark.parametrize("reads", [True, False])
async def test_a_hang_up_is_told(terminal: Terminal, reads: bool) -> None:
    async with open_serial(terminal.path, 115200) as line:
        os.write(terminal.master, b"last")
        assert await line.receive_some() == b"last"
        async with trio.open_nursery() as nursery:

            async def hear_of_it() -> None:
                with pytest.raises(trio.BrokenResourceError):
                    await (line.receive_some() if reads else line.send_all(bytes(1_000_000)))

            nursery.start_soon(hear_of_it)
            await trio.sleep(0.05)
            terminal.hang_up()
        with pytest.raises(trio.BrokenResourceError):
            await line.send_all(b"x")


async def test_closing_wakes_whoever_waits(terminal: Terminal) -> None:
    line = open_serial(terminal.path, 115200)
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await line.receive_some()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        await line.aclose()
    await line.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await line.send_all(b"x")


async def test_closing_does_not_wait_for_a_stuck_line(terminal: Terminal) -> None:
    line = open_serial(terminal.path, 115200)
    with trio.move_on_after(0.02):
        await line.send_all(bytes(100_000))
    with trio.fail_after(1):
        await line.aclose()


async def test_one_program_at_a_time(terminal: Terminal) -> None:
    async with open_serial(terminal.path, 115200):
        with pytest.raises(OSError, match="lock"):
            open_serial(terminal.path, 115200)


@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_no_serial_line_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"absent|ioctl|port"):
        open_serial(tmp_path / name, 115200)


def test_a_baud_rate_that_is_none_is_refused(terminal: Terminal) -> None:
    with pytest.raises(ValueError, match="baud"):
        open_serial(terminal.path, -5)


@settings(max_examples=30, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=300), max_size=8))
async def test_any_bytes_arrive_in_order(pieces: list[bytes]) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        async with open_serial(Path(os.ttyname(slave)), 115200) as line:
            assert isinstance(line, SerialStream)
            for piece in pieces:
                os.write(master, piece)
            got = b""
            while len(got) < len(b"".join(pieces)):
                got += await line.receive_some(100)
            assert got == b"".join(pieces)
    finally:
        os.close(master)
        os.close(slave)
