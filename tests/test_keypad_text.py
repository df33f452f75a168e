"""The text keypad on real FIFOs, pseudo-terminals, files and standard input."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings, strategies as st
from structlog.testing import capture_logs

from drivers.keypad_text import open_keypad
from drivers.keypad_text_codec import LINE_MAX_BYTES, Lines, decode_line
from drivers.ports import Keypad, PortError
from states.events import KEYS, Key, TextTyped, UnknownPressed
from tests.contracts_keypad import check_keypad

READ_ALL = """
import trio
from pathlib import Path
from drivers.keypad_text import open_keypad
from drivers.ports import PortError

async def main():
    async with open_keypad(port="-", folder=Path(".")) as keypad:
        try:
            while True:
                print(await keypad.next_key(), flush=True)
        except PortError as error:
            print(error.reason, flush=True)

trio.run(main)
"""


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    ours, theirs = os.openpty()
    yield ours, theirs
    for fd in (ours, theirs):
        with suppress(OSError):
            os.close(fd)


def write(path: Path, content: bytes) -> None:
    """As a script does: open, write, close."""
    with path.open("wb", buffering=0) as file:
        file.write(content)


# --- The codec -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEYS)
def test_every_name_is_its_key(name: str) -> None:
    assert decode_line(name.encode()) == KEYS[name]
    assert decode_line(f"  {name}\t".encode()) == KEYS[name]


@pytest.mark.parametrize("line", ["", "   ", "# a comment", "  # another"])
def test_blank_lines_and_comments_are_no_keys(line: str) -> None:
    assert decode_line(line.encode()) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"cash", "cash"),
        (b"DEPARTMENT_9", "DEPARTMENT_9"),
        (b"jana@example.sk", ""),
        (b"CASH CARD", ""),
        (b"TEXT ", "TEXT"),
        (b"TEXT a\x1bb", "TEXT"),
        (b"TEXT a\xe2\x80\xaeb", "TEXT"),
        (b"TEXT \xff", ""),
        (b"\xff\xfe", ""),
        (b"A" * 33, ""),
    ],
)
def test_anything_else_is_unknown_and_tells_no_secret(line: bytes, name: str) -> None:
    assert decode_line(line) == UnknownPressed(name)


def test_words_are_kept_as_they_are() -> None:
    assert decode_line(b" TEXT x") == UnknownPressed("")
    assert decode_line("TEXT  # žltý  kôň ".encode()) == TextTyped(" # žltý  kôň ")


def test_a_line_as_long_as_allowed_is_read_and_a_longer_one_is_dropped_whole() -> None:
    words = "x" * (LINE_MAX_BYTES - len("TEXT "))
    assert Lines().feed(f"TEXT {words}\n".encode()) == [TextTyped(words)]
    assert Lines().feed(f"TEXT {words}y\nCASH\n".encode()) == [UnknownPressed(""), KEYS["CASH"]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=700), max_size=8))
def test_an_overlong_line_in_pieces_is_one_unknown_key(pieces: list[bytes]) -> None:
    lines = Lines()
    filler = b"x" * (LINE_MAX_BYTES + 1)
    cut = [filler, *(piece.replace(b"\n", b"").replace(b"\r", b"") for piece in pieces)]
    assert [key for piece in cut for key in lines.feed(piece)] == []
    assert lines.feed(b"\nCASH\n") == [UnknownPressed(""), KEYS["CASH"]]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000), max_size=6))
def test_any_bytes_in_any_pieces_are_the_same_keys(content: bytes, cuts: list[int]) -> None:
    whole, pieces = Lines(), Lines()
    expected = [*whole.feed(content), *whole.end()]
    places = [0, *sorted(cuts), len(content)]
    heard: list[Key] = []
    for start, end in itertools.pairwise(places):
        heard += pieces.feed(content[start:end])
    assert heard + pieces.end() == expected


# --- FIFO and serial line --------------------------------------------------------------------------------


async def test_contract_on_a_fifo(fifo: Path) -> None:
    async with open_keypad(port=fifo.name, folder=fifo.parent) as keypad:

        async def press(line: str) -> None:
            write(fifo, f"{line}\n".encode())

        await check_keypad(keypad, press)


async def test_contract_on_a_serial_line(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:

        async def press(line: str) -> None:
            os.write(pty[0], f"{line}\r\n".encode())

        await check_keypad(keypad, press)
        os.set_blocking(pty[0], False)
        with pytest.raises(BlockingIOError):
            os.read(pty[0], 1)  # Nothing was echoed to the device.


async def test_writers_of_a_fifo_come_and_go(fifo: Path) -> None:
    async with open_keypad(port=str(fifo), folder=Path("/nowhere")) as keypad:
        for _ in range(3):
            write(fifo, b"CASH\n")
            assert await keypad.next_key() == KEYS["CASH"]
            with trio.move_on_after(0.02) as waited:
                await keypad.next_key()
            assert waited.cancelled_caught


async def test_an_unplugged_line_is_gone(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:
        os.close(pty[1])
        os.close(pty[0])
        with trio.fail_after(1), pytest.raises(PortError) as caught:
            await keypad.next_key()
    assert caught.value.reason == "gone"


async def test_the_mode_of_a_serial_line_returns(pty: tuple[int, int]) -> None:
    before = termios.tcgetattr(pty[1])
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()):
        assert termios.tcgetattr(pty[1]) != before
    assert termios.tcgetattr(pty[1]) == before


async def test_a_file_is_played_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("# A sale\n1\n\nDEPARTMENT_1\nCASH")
    (tmp_path / "keys.txt").chmod(0o444)
    async with open_keypad(port="keys.txt", folder=tmp_path) as keypad:
        assert [await keypad.next_key() for _ in range(3)] == [KEYS["1"], KEYS["DEPARTMENT_1"], KEYS["CASH"]]
        for _ in range(2):
            with pytest.raises(PortError, match="ended"):
                await keypad.next_key()


@pytest.mark.parametrize("port", ["missing", "", "a\0b", "x" * 5000])
async def test_what_cannot_be_opened_is_gone(port: str, tmp_path: Path) -> None:
    with pytest.raises(PortError) as caught:
        async with open_keypad(port=port, folder=tmp_path):
            pass
    assert caught.value.reason == "gone"


async def test_an_unknown_line_is_logged_without_its_content(fifo: Path) -> None:
    async with open_keypad(port=fifo.name, folder=fifo.parent) as keypad:
        write(fifo, b"TEXR jana@example.sk\nNOPE\n")
        with capture_logs() as logs:
            assert await keypad.next_key() == UnknownPressed("")
            assert await keypad.next_key() == UnknownPressed("NOPE")
    assert [(entry["event"], entry["key"]) for entry in logs] == [("keypad.unknown", ""), ("keypad.unknown", "NOPE")]


async def test_no_descriptor_is_left_open(fifo: Path) -> None:
    before = os.listdir("/proc/self/fd")
    async with open_keypad(port=fifo.name, folder=fifo.parent) as keypad:
        await _hear_nothing(keypad)
    assert len(os.listdir("/proc/self/fd")) == len(before)


async def _hear_nothing(keypad: Keypad) -> None:
    with trio.move_on_after(0.01):
        await keypad.next_key()


# --- Standard input --------------------------------------------------------------------------------------


def run_reader(stdin: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", READ_ALL], stdin=stdin, stdout=subprocess.PIPE, text=True)


def test_standard_input_from_a_pipe() -> None:
    ours, theirs = os.pipe()
    with run_reader(ours) as reader:
        os.write(theirs, b"1\nDOT\nCA")
        assert reader.stdout is not None
        assert [reader.stdout.readline().strip() for _ in range(2)] == [str(KEYS["1"]), str(KEYS["DOT"])]
        assert os.get_blocking(ours), "a running keypad leaves the shared descriptor as it is"
        os.write(theirs, b"SH\nTEXT a b")
        os.close(theirs)
        rest = reader.stdout.read().splitlines()
    assert rest == [str(KEYS["CASH"]), str(TextTyped("a b")), "ended"]
    assert os.get_blocking(ours)
    os.close(ours)


def test_standard_input_from_a_file_and_from_nowhere(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"7\n" * 10_000)
    for path, count in ((str(tmp_path / "keys"), 10_000), (os.devnull, 0)):
        with open(path, "rb") as file, run_reader(file.fileno()) as reader:
            assert reader.stdout is not None
            assert reader.stdout.read().splitlines() == [str(KEYS["7"])] * count + ["ended"]


def test_standard_input_from_a_terminal(pty: tuple[int, int]) -> None:
    with run_reader(pty[1]) as reader:
        os.write(pty[0], b"5\nCASH\n\x04")
        assert reader.stdout is not None
        assert reader.stdout.read().splitlines() == [str(KEYS["5"]), str(KEYS["CASH"]), "ended"]


def test_closed_standard_input_is_gone() -> None:
    found = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -c "$1" <&-', sys.executable, READ_ALL], capture_output=True, text=True, timeout=20
    )
    assert "gone: standard input is closed" in found.stderr
