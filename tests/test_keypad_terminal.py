"""The terminal keypad: its codec, and the driver on real pseudo-terminals, with real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings, strategies as st
from structlog.testing import capture_logs

from drivers.keypad_terminal import open_keypad
from drivers.keypad_terminal_codec import ESCAPE_S, PASTE_S, STROKES, WORDS_MAX_BYTES, Keystrokes
from drivers.ports import PortError
from drivers.terminal_legend import LEGEND
from states.events import KEYS, Key, TextTyped, UnknownPressed
from tests.contracts_keypad import check_keypad

CLEAR, ENTER, LEFT = KEYS["CLEAR"], KEYS["ENTER"], KEYS["LEFT"]


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    ours, theirs = os.openpty()
    yield ours, theirs
    for fd in (ours, theirs):
        with suppress(OSError):
            os.close(fd)


def strokes_of(line: str) -> bytes:
    """What a person strikes on the keyboard for a line of the text keypad."""
    if line.startswith("TEXT "):
        return line.removeprefix("TEXT ").encode()
    return next((stroke for stroke, key in STROKES.items() if key == KEYS.get(line)), b"\x01")


def keys_of(content: bytes, *, words: bool = False, quiet: bool = True) -> list[Key]:
    """All keys of these bytes, when nothing follows them."""
    strokes = Keystrokes()
    strokes.feed(content)
    keys = []
    while key := strokes.take(words=words, quiet=False) or (quiet and strokes.take(words=words, quiet=True)) or None:
        keys.append(key)
    return keys


# --- The legend and the codec ----------------------------------------------------------------------------


def test_the_legend_names_every_key_and_no_stroke_twice() -> None:
    assert {name for _, name, _, _ in LEGEND} | set("0123456789") == set(KEYS)
    alternatives = [alternative for text, _, _, _ in LEGEND for alternative in text.split()]
    assert len(alternatives) == len(set(alternatives))
    assert set(STROKES.values()) == set(KEYS.values())
    shown = [labels for _, name, *labels in LEGEND if not name.startswith("DEPARTMENT_")]
    assert all(len(label) <= 11 for labels in shown for label in labels), "labels are whole on the screen"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"12.50q", ["1", "2", "DOT", "5", "0", "DEPARTMENT_1"]),
        (b"2X3,10W", ["2", "TIMES", "3", "DOT", "1", "0", "DEPARTMENT_2"]),
        (b"\x1bOP\x1b[12~\x1b[[C\x1b[15~\x1b[19~", [f"DEPARTMENT_{n}" for n in (1, 2, 3, 5, 8)]),
        (b"\x1b[A\x1bOB\x1b[C\x1b[D", ["UP", "DOWN", "RIGHT", "LEFT"]),
        (b"\x7f\x08", ["LEFT", "LEFT"]),
        (b"\r\n\x1bOM", ["ENTER", "ENTER", "ENTER"]),
        (b"\x1b", ["CLEAR"]),
        (b"\x1b\x1b\x1b[A", ["CLEAR", "CLEAR", "UP"]),
        (b"\x1bq", ["CLEAR", "DEPARTMENT_1"]),
        (b"c\x18\x1b[3~", ["CLEAR", "VOID_RECEIPT", "VOID_LINE"]),
        (b"#b&\x1b[24~", ["CHEQUE", "VOUCHER", "AMOUNT_SURCHARGE", "SAMPLE"]),
        (b"$![]", [f"CURRENCY_{n}" for n in (1, 2, 3, 4)]),
    ],
)
def test_strokes_are_keys(content: bytes, names: list[str]) -> None:
    assert keys_of(content) == [KEYS[name] for name in names]


@pytest.mark.parametrize(
    "content", [b"\x01", b"`", b"\x1b[5~", b"\x1b[1;5A", b"\x1b[99999", "č".encode(), b"\xc4", b"\xff"]
)
def test_other_strokes_are_one_unknown_key(content: bytes) -> None:
    (key,) = keys_of(content)
    assert isinstance(key, UnknownPressed)
    assert keys_of(content + b"5")[-1] == KEYS["5"] or content == b"\x1b[99999"


def test_a_sequence_may_come_in_pieces_and_a_lone_escape_must_wait() -> None:
    strokes = Keystrokes()
    for piece in (b"\x1b", b"[", b"1", b"5"):
        strokes.feed(piece)
        assert strokes.take(words=False, quiet=False) is None
        assert strokes.patience_s == ESCAPE_S
    strokes.feed(b"~")
    assert strokes.take(words=False, quiet=False) == KEYS["DEPARTMENT_5"]
    assert strokes.patience_s == float("inf")


def test_a_letter_may_come_in_pieces() -> None:
    strokes = Keystrokes()
    first, second = "ž".encode()[:1], "ž".encode()[1:]
    strokes.feed(b"a" + first)
    assert strokes.take(words=True, quiet=False) == TextTyped("a")
    assert strokes.take(words=True, quiet=False) is None
    strokes.feed(second)
    assert strokes.take(words=True, quiet=False) == TextTyped("ž")


def test_the_meaning_of_bytes_is_decided_when_they_are_taken() -> None:
    strokes = Keystrokes()
    strokes.feed(b"@jana@example.sk\rh")
    assert strokes.take(words=False, quiet=False) == KEYS["EMAIL"]
    assert strokes.take(words=True, quiet=False) == TextTyped("jana@example.sk")
    assert strokes.take(words=True, quiet=False) == ENTER
    assert strokes.take(words=False, quiet=False) == KEYS["CASH"]


def test_words_keep_backspace_escape_and_arrows_as_keys() -> None:
    assert keys_of("Žltý q\x7f\x1b[D\x1b".encode(), words=True) == [TextTyped("Žltý q"), LEFT, LEFT, CLEAR]


@pytest.mark.parametrize("words", [True, False])
def test_a_paste_is_words_whatever_is_asked_for(words: bool) -> None:
    content = b"\x1b[200~ jana@example.sk\r\n\x1b[201~5"
    assert keys_of(content, words=words)[0] == TextTyped("jana@example.sk")


def test_a_paste_that_is_too_long_or_unfit_is_one_unknown_key() -> None:
    for inside in (b"x" * (WORDS_MAX_BYTES + 1), b"x" * 100_000, b"a\x1b[31mb", b"", b" \n"):
        assert keys_of(b"\x1b[200~" + inside + b"\x1b[201~\r") == [UnknownPressed("text"), ENTER]
    assert keys_of(b"\x1b[200~" + b"x" * WORDS_MAX_BYTES + b"\x1b[201~") == [TextTyped("x" * WORDS_MAX_BYTES)]


def test_an_endless_paste_takes_no_more_room() -> None:
    strokes = Keystrokes()
    strokes.feed(b"\x1b[200~")
    for _ in range(1000):
        strokes.feed(b"x" * 1000)
        assert strokes.take(words=True, quiet=False) is None
        assert strokes.patience_s == PASTE_S
    assert len(strokes._buffer) < 2 * WORDS_MAX_BYTES
    strokes.feed(b"\x1b[201~")
    assert strokes.take(words=True, quiet=False) == UnknownPressed("text")


def test_the_end_of_an_overlong_paste_is_found_wherever_it_is_cut() -> None:
    for cut in range(1, 6):
        strokes = Keystrokes()
        strokes.feed(b"\x1b[200~" + b"x" * 5000 + b"\x1b[201~"[:cut])
        assert strokes.take(words=True, quiet=False) is None
        strokes.feed(b"\x1b[201~"[cut:] + b"\r")
        assert strokes.take(words=True, quiet=False) == UnknownPressed("text")
        assert strokes.take(words=True, quiet=False) == ENTER


PIECES = st.sampled_from([b"\x1b", b"[", b"[200~", b"[201~", b"O", b"1", b"q", b"\r", b"\xc5", b"\xbe", b"~"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=9)), st.booleans())
def test_any_bytes_become_keys_and_none_stay(pieces: list[bytes], words: bool) -> None:
    strokes = Keystrokes()
    for piece in pieces:
        strokes.feed(piece)
        while key := strokes.take(words=words, quiet=False):
            assert isinstance(key, Key)
            assert not isinstance(key, TextTyped) or (key.text and key.text.isprintable())
    while strokes.take(words=words, quiet=True):
        pass
    assert strokes._buffer == b""


# --- The driver on a pseudo-terminal ---------------------------------------------------------------------


async def test_contract(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:

        async def press(line: str) -> None:
            os.write(pty[0], strokes_of(line))

        await check_keypad(keypad, press)


async def test_a_lone_escape_is_clear_after_thirty_milliseconds(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:
        os.write(pty[0], b"\x1b")
        began = time.monotonic()
        assert await keypad.next_key() == CLEAR
        assert time.monotonic() - began > 0.025
        os.write(pty[0], b"\x1b")
        with trio.move_on_after(0.005) as waited:
            await keypad.next_key()
        assert waited.cancelled_caught
        os.write(pty[0], b"[A")
        assert await keypad.next_key() == KEYS["UP"], "a cancelled wait keeps what had begun"


async def test_nothing_is_echoed_and_paste_is_marked(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:
        os.write(pty[0], b"12\x13\x11")
        assert [await keypad.next_key() for _ in range(2)] == [KEYS["1"], KEYS["2"]]
        assert isinstance(await keypad.next_key(), UnknownPressed)
    shown = b""
    while len(shown) < len(b"\x1b[?2004h\x1b[?2004l"):
        shown += os.read(pty[0], 100)
    assert shown == b"\x1b[?2004h\x1b[?2004l"


async def test_a_typed_letter_is_not_logged(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:
        os.write(pty[0], "č".encode())
        with capture_logs() as logs:
            assert await keypad.next_key() == UnknownPressed("č")
    assert [sorted(entry) for entry in logs] == [["event", "log_level"]]


async def test_a_terminal_that_hangs_up_is_gone(pty: tuple[int, int]) -> None:
    async with open_keypad(port=os.ttyname(pty[1]), folder=Path()) as keypad:
        os.close(pty[1])
        os.close(pty[0])
        with trio.fail_after(1), pytest.raises(PortError) as caught:
            await keypad.next_key()
    assert caught.value.reason == "gone"


async def test_what_is_no_terminal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for port, reason in (("file", "no-terminal"), ("missing", "gone")):
        with pytest.raises(PortError) as caught:
            async with open_keypad(port=port, folder=tmp_path):
                pass
        assert caught.value.reason == reason


# --- A whole process on its controlling terminal ---------------------------------------------------------

PROGRAM = """
import fcntl, os, signal, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)

import trio
from pathlib import Path
from drivers.keypad_terminal import open_keypad
from states.events import KEYS

async def keys():
    async with open_keypad(port="", folder=Path(".")) as keypad:
        print("ready", os.get_blocking(0), flush=True)
        while (key := await keypad.next_key()) != KEYS["ENTER"]:
            if key == KEYS["CASH"]:
                raise RuntimeError("on purpose")

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keys)
        if "signals" in sys.argv:
            with trio.open_signal_receiver(signal.SIGTERM) as signals:
                await anext(aiter(signals))
                nursery.cancel_scope.cancel()

trio.run(main)
"""


def run_program(theirs: int, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("end", "code"),
    [(b"\r", 0), (b"h", 1), (b"\x03", 1), (signal.SIGTERM, 0)],
    ids=["end", "exception", "Ctrl-C", "SIGTERM"],
)
def test_the_terminal_is_restored_however_it_ends(pty: tuple[int, int], end: bytes | signal.Signals, code: int) -> None:
    before = termios.tcgetattr(pty[1])
    arguments = ["signals"] if isinstance(end, signal.Signals) else []
    with run_program(pty[1], *arguments) as program:
        assert program.stdout is not None
        assert program.stdout.readline().split() == ["ready", "True"]
        assert termios.tcgetattr(pty[1])[3] & termios.ICANON == 0
        os.write(pty[0], b"1\x1a\x1c")  # Neither Ctrl-Z nor Ctrl-\ may stop it with a raw terminal.
        if isinstance(end, bytes):
            os.write(pty[0], end)
        else:
            program.send_signal(end)
        _, errors = program.communicate(timeout=10)
    assert program.returncode == code or (end == b"\x03" and program.returncode == -signal.SIGINT), errors
    assert termios.tcgetattr(pty[1]) == before
    assert os.get_blocking(pty[1])


def test_without_a_terminal_it_says_so() -> None:
    script = PROGRAM.replace("os.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)", "")
    found = subprocess.run(
        [sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )
    assert found.returncode == 1
    assert "no-terminal: this driver needs a terminal" in found.stderr
