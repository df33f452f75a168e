"""The display on a terminal: the layout, the bytes that draw it, and the driver on pseudo-terminals and in tmux."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings, strategies as st

from drivers import display_none
from drivers.display_terminal import open_display, paint
from drivers.display_terminal_cells import big, ends, fit
from drivers.display_terminal_layout import lay_out
from drivers.ports import PortError
from drivers.terminal_legend import LEGEND
from states.view import View

SALE = View(
    mode="R",
    operator=("R POKLADNICA", "1.29 Mlieko", "5.00 Tovar", "SUMA 6.29", "2 x 3.10"),
    customer=("5.00 Tovar", "SUMA 6.29"),
    lines=("1.29 Mlieko", "5.00 Tovar"),
    total="SUMA 6.29",
    entry="2 x 3.10",
    departments=("1 23 % Tovar",),
)
SGR = re.compile(r"\x1b\[[0-9;]*m")
CONTROLS = re.compile(r"\x18|\x1b\[(?P<parameters>[?0-9;]*)(?P<final>[A-Za-z])|(?P<char>[^\x1b\x18])")


class Screen:
    """As much of a terminal as the driver uses: places, text and modes; anything else is an error."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.rows = [[" "] * columns for _ in range(rows)]
        self.at = (0, 0)
        self.modes: dict[str, bool] = {}

    def obey(self, content: bytes) -> None:
        text, place = content.decode(), 0
        while place < len(text):
            found = CONTROLS.match(text, place)
            assert found, ascii(text[place : place + 20])
            place = found.end()
            if found["char"]:
                self._write(found["char"])
            elif found["final"]:
                self._control(found["final"], found["parameters"])

    def _write(self, char: str) -> None:
        row, column = self.at
        assert char.isprintable(), ascii(char)
        self.rows[row][column] = char
        self.at = (row, column + 1)

    def _control(self, final: str, parameters: str) -> None:
        if final == "H":
            row, column = parameters.split(";")
            self.at = (int(row) - 1, int(column) - 1)
        elif final == "J":
            assert parameters == "2"
            self.rows = [[" "] * len(row) for row in self.rows]
        elif final in "hl":
            self.modes[parameters] = final == "h"
        else:
            assert final == "m"

    @property
    def text(self) -> str:
        return "\n".join("".join(row) for row in self.rows)


def plain(rows: tuple[str, ...]) -> list[str]:
    return [SGR.sub("", row) for row in rows]


def text_of(view: View, language: str = "sk", columns: int = 80, rows: int = 24, *, legend: bool = True) -> str:
    return "\n".join(plain(lay_out(view, language, columns, rows, legend=legend)))


# --- The layout ------------------------------------------------------------------------------------------


def test_the_usual_screen_shows_everything() -> None:
    shown = text_of(SALE)
    for line in (*SALE.operator, *SALE.customer):
        assert f"│ {line} " in shown
    assert re.search(r"│ Mlieko +1\.29 │", shown)
    assert "█▀▀   ▀▀█ █▀█" in shown
    assert " » 2 x 3.10_" in shown
    assert "CVIČNÝ" not in shown
    assert len(shown.split("\n")) == 24


@pytest.mark.parametrize("language", ["sk", "en"])
def test_the_legend_is_whole_on_the_usual_screen(language: str) -> None:
    shown = text_of(SALE, language)
    for text, name, sk, en in LEGEND:
        if name in ("UP", "DOWN", "LEFT", "RIGHT", "DOT", "00") or name.startswith(("DEPARTMENT", "CURRENCY")):
            continue
        assert f" {en if language == 'en' else sk} " in shown.replace("\n", " "), name
        assert f" {text.split()[0]} " in shown, name


def test_the_legend_names_the_departments_that_are_set() -> None:
    shown = text_of(replace(SALE, departments=("1 23 % Tovar", "6 23 % Drogéria")), "sk")
    assert " F1 q 23 % Tovar " in shown
    assert " F6 s 23 % Drogéria " in shown


@pytest.mark.parametrize(("language", "label"), [("sk", "meny 1-4"), ("en", "currencies")])
def test_the_keys_of_currencies_share_a_place_that_is_dim_without_any(language: str, label: str) -> None:
    cell = f" $![] {label}"
    assert cell in text_of(SALE, language)
    legend = "\n".join(lay_out(SALE, language, 80, 24, legend=True))
    assert f"\x1b[2m{cell}" in legend
    taken = "\n".join(lay_out(replace(SALE, keys=frozenset({"CURRENCY_3"})), language, 80, 24, legend=True))
    assert f" \x1b[1m$![]\x1b[0m {label}" in taken


def test_a_key_that_only_beeps_now_is_dim() -> None:
    rows = lay_out(replace(SALE, keys=frozenset({"CASH"})), "sk", 80, 24, legend=True)
    legend = "\n".join(rows[-8:])
    assert "\x1b[1mh\x1b[0m" in legend
    assert re.search(r"\x1b\[2m z +zruš posl\.", legend)


def test_without_the_keyboard_the_basket_has_the_room() -> None:
    view = replace(SALE, lines=tuple(f"{number}.00 Tovar {number}" for number in range(14)))
    assert "Tovar 0 " in text_of(view, legend=False)
    assert "KLÁVESY" not in text_of(view, legend=False)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 60), (60, 15), (40, 8), (20, 3), (5, 1)])
@pytest.mark.parametrize("language", ["sk", "en"])
def test_training_is_visible_at_any_size(columns: int, rows: int, language: str) -> None:
    view = replace(SALE, training=True)
    first = plain(lay_out(view, language, columns, rows, legend=True))[0]
    assert ("CVIČNÝ" in first) == (columns >= 20)
    assert "\x1b[1;30;43m" in lay_out(view, language, columns, rows, legend=True)[0]


def test_waiting_takes_the_place_of_the_entry_and_a_notice_has_its_own() -> None:
    shown = text_of(replace(SALE, waiting="Čakám na finančnú správu", notice="Došiel papier."))
    assert " … Čakám na finančnú správu " in shown
    assert " ! Došiel papier. " in shown
    assert "»" not in shown


def test_a_long_basket_shows_its_end_or_the_chosen_line() -> None:
    lines = tuple(f"{number}.00 Tovar {number}." for number in range(100))
    assert "Tovar 99." in text_of(replace(SALE, lines=lines))
    assert "… skôr: 95" in text_of(replace(SALE, lines=lines))
    chosen = tuple(f">{line}" if index == 40 else line for index, line in enumerate(lines))
    assert ">Tovar 40." in text_of(replace(SALE, lines=chosen))
    assert "Tovar 99." not in text_of(replace(SALE, lines=chosen))


def test_a_long_entry_shows_its_end() -> None:
    assert f"{'x' * 60}@example.sk_ " in text_of(replace(SALE, entry="E-mail: " + "x" * 90 + "@example.sk"))


def test_large_digits_are_read_as_they_are_written() -> None:
    assert big("-12.5", 19) == [
        "      ▀█  ▀▀█   █▀▀",
        "  ▀▀   █  █▀▀   ▀▀█",
        "      ▀▀▀ ▀▀▀ ▀ ▀▀▀",
    ]
    assert big("12.50", 15) is None
    assert big("12 EUR", 60) is None
    assert "9999999.99" in text_of(replace(SALE, total="SUMA 9999999.99"), columns=60)


def test_cells() -> None:
    assert fit("žltý kôň", 6) == "žltý k"
    assert fit("日本", 3) == "日 "
    assert fit("e\u0301\u0323", 2).startswith("é") or len(fit("e\u0301\u0323", 2)) == 3
    assert fit("a\x1b[2Jb\n", 8) == "a?[2Jb? "
    assert ends("Veľmi dlhý názov", "12.50", 12) == "Veľmi  12.50"


WORDS = st.text(max_size=40)
PRICED = st.from_regex(r">?-?[0-9]{1,7}\.[0-9]{2} [a-zá-ž ]{0,60}", fullmatch=True)
LINES = st.lists(WORDS | PRICED, max_size=60).map(tuple)
VIEWS = st.builds(
    View,
    mode=st.sampled_from("RXZP?"),
    operator=LINES,
    customer=LINES,
    lines=LINES,
    total=WORDS | st.from_regex(r"[A-Z]{0,9} ?-?[0-9]{1,8}\.[0-9]{2}", fullmatch=True),
    entry=WORDS,
    notice=WORDS,
    waiting=WORDS,
    training=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(VIEWS, st.integers(1, 150), st.integers(1, 50), st.sampled_from(["sk", "en"]), st.booleans())
def test_any_view_fits_any_size(view: View, columns: int, rows: int, language: str, legend: bool) -> None:
    shown = lay_out(view, language, columns, rows, legend=legend)
    assert len(shown) <= rows
    for row in plain(shown):
        assert fit(row, min(columns, 120)) == row, "each row has exactly its cells and nothing that a terminal obeys"


# --- The bytes -------------------------------------------------------------------------------------------


NEIGHBOURS = st.builds(replace, st.just(SALE), entry=st.text("0123.", max_size=9), training=st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(NEIGHBOURS, min_size=1, max_size=5))
def test_drawing_what_changed_is_drawing_everything(views: list[View]) -> None:
    screen = Screen()
    shown: tuple[str, ...] = ()
    for view in views:
        rows = lay_out(view, "sk", 80, 24, legend=True)
        screen.obey(paint(rows, shown))
        shown = rows
    assert screen.text.split("\n") == plain(shown)


def test_what_is_the_same_is_not_drawn() -> None:
    rows = lay_out(SALE, "sk", 80, 24, legend=True)
    assert paint(rows, rows) == b""
    other = lay_out(replace(SALE, entry="2 x 3.1"), "sk", 80, 24, legend=True)
    assert len(paint(other, rows)) < 150
    assert b"\x1b[2J" not in paint(other, rows)


# --- The driver on a pseudo-terminal ---------------------------------------------------------------------


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    resize(theirs, 80, 24)
    yield ours, theirs
    for fd in (ours, theirs):
        with suppress(OSError):
            os.close(fd)


def resize(fd: int, columns: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def drained(fd: int) -> bytes:
    content = b""
    with suppress(BlockingIOError):
        while chunk := os.read(fd, 65536):
            content += chunk
    return content.replace(b"\r\n", b"\n")


async def test_views_come_to_the_screen_and_the_screen_returns(pty: tuple[int, int]) -> None:
    screen = Screen()
    async with open_display(language="sk", port=os.ttyname(pty[1])) as display:
        await display.show(SALE)
        screen.obey(drained(pty[0]))
        assert "» 2 x 3.10_" in screen.text
        assert (screen.modes["?1049"], screen.modes["?25"], screen.modes["?2026"]) == (True, False, False)
        await display.show(replace(SALE, entry="7"))
        screen.obey(drained(pty[0]))
        assert "» 7_ " in screen.text
        await display.show(replace(SALE, entry="7"))
        assert drained(pty[0]) == b""
        await display.beep()
        assert drained(pty[0]) == b"\a"
    screen.obey(drained(pty[0]))
    assert (screen.modes["?1049"], screen.modes["?25"], screen.modes["?7"]) == (False, True, True)


async def test_a_new_size_is_drawn_at_once(pty: tuple[int, int]) -> None:
    async with open_display(language="en", port=os.ttyname(pty[1])) as display:
        await display.show(SALE)
        drained(pty[0])
        resize(pty[1], 100, 30)
        os.kill(os.getpid(), signal.SIGWINCH)
        screen = Screen(100, 30)
        with trio.fail_after(10):
            while screen.text.split("\n") != plain(lay_out(SALE, "en", 100, 30, legend=True)):
                await trio.sleep(0.02)
                screen.obey(drained(pty[0]))


async def test_a_stopped_terminal_only_delays_and_is_then_drawn_whole(pty: tuple[int, int]) -> None:
    async with open_display(language="sk", port=os.ttyname(pty[1])) as display:
        await display.show(SALE)
        screen = Screen()
        screen.obey(drained(pty[0]))
        termios.tcflow(pty[1], termios.TCOOFF)
        for _ in range(2):
            with trio.move_on_after(0.05) as waited:
                await display.show(replace(SALE, entry="999"))
            assert waited.cancelled_caught
        with trio.move_on_after(0.05) as waited:
            await display.beep()
        assert waited.cancelled_caught
        termios.tcflow(pty[1], termios.TCOON)
        await display.show(replace(SALE, entry="1000"))
        screen.obey(drained(pty[0]))
        assert screen.text.split("\n") == plain(lay_out(replace(SALE, entry="1000"), "sk", 80, 24, legend=True))


async def test_a_frame_cut_in_the_middle_is_drawn_again(pty: tuple[int, int]) -> None:
    """Nobody reads until the line is full: what was cut may end within an escape sequence or a letter."""
    async with open_display(language="sk", port=os.ttyname(pty[1])) as display:
        for number in range(1000):
            with trio.move_on_after(0.05) as waited:
                await display.show(replace(SALE, entry=str(number), training=number % 2 == 0))
            if waited.cancelled_caught:
                break
        else:
            pytest.fail("the line was never full")
        drained(pty[0])
        await display.show(SALE)
        again = drained(pty[0])
    assert again.startswith(b"\x1b[?2026h\x18")
    screen = Screen()
    screen.obey(again)
    assert screen.text.split("\n") == plain(lay_out(SALE, "sk", 80, 24, legend=True))


async def test_leaving_a_stopped_terminal_takes_no_time(pty: tuple[int, int]) -> None:
    began = time.monotonic()
    async with open_display(language="sk", port=os.ttyname(pty[1])):
        termios.tcflow(pty[1], termios.TCOOFF)
    assert time.monotonic() - began < 1
    termios.tcflow(pty[1], termios.TCOON)


async def test_an_error_of_the_body_leaves_as_it_is(pty: tuple[int, int]) -> None:
    with pytest.raises(PortError, match="on purpose"):
        async with open_display(language="sk", port=os.ttyname(pty[1])):
            raise PortError("on purpose")
    assert drained(pty[0]).endswith(b"\x1b[?1049l")


async def test_cancelling_leaves_the_screen_as_it_was(pty: tuple[int, int]) -> None:
    with trio.move_on_after(0.02):
        async with open_display(language="sk", port=os.ttyname(pty[1])):
            await trio.sleep_forever()
    assert drained(pty[0]).endswith(b"\x1b[?1049l")


async def test_a_terminal_that_hung_up_is_gone(pty: tuple[int, int]) -> None:
    path = os.ttyname(pty[1])
    async with open_display(language="sk", port=path) as display:
        os.close(pty[1])
        os.close(pty[0])
        with pytest.raises(PortError) as caught:
            await display.show(SALE)
    assert caught.value.reason == "gone"


async def test_what_is_no_terminal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PortError, match="no-terminal"):
        async with open_display(language="sk", port=str(tmp_path / "file")):
            pass


async def test_no_display_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    async with display_none.open_display(language="sk") as display:
        await display.show(SALE)
        await display.beep()
    assert capfd.readouterr() == ("", "")


# --- Both drivers in a real terminal ---------------------------------------------------------------------

PROGRAM = """
import trio
from dataclasses import replace
from pathlib import Path
from drivers.display_terminal import open_display
from drivers.keypad_terminal import open_keypad
from states.events import KEYS
from states.view import View

async def main():
    view = View(total="SUMA 12.50", training=True)
    async with open_display(language="sk") as display, open_keypad(port="", folder=Path(".")) as keypad:
        await display.show(view)
        while (key := await keypad.next_key()) != KEYS["ENTER"]:
            view = replace(view, entry=f"{view.entry} {type(key).__name__}")
            await display.show(view)

trio.run(main)
"""


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = ["tmux", "-S", str(tmp_path / "tmux"), "-f", os.devnull, "-u"]
    subprocess.run([*command, "new-session", "-d", "-x", "80", "-y", "24", "/bin/sh"], check=True)
    yield command
    subprocess.run([*command, "kill-server"], check=True)


def captured(tmux: list[str], expected: str) -> str:
    """The text of the pane, as soon as it shows what is expected."""
    until, shown = time.monotonic() + 15, ""
    while time.monotonic() < until:
        shown = subprocess.run([*tmux, "capture-pane", "-p"], check=True, capture_output=True, text=True).stdout
        if expected in shown:
            return shown
        time.sleep(0.05)
    pytest.fail(f"{expected!r} did not appear in:\n{shown}")


def test_in_tmux(tmux: list[str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    root = Path(__file__).parents[1]
    line = f"cd '{root}' && echo before && PYTHONPATH=. '{sys.executable}' '{tmp_path / 'program.py'}'; echo after $?"
    subprocess.run([*tmux, "send-keys", "-l", line], check=True)
    subprocess.run([*tmux, "send-keys", "Enter"], check=True)
    shown = captured(tmux, "CVIČNÝ REŽIM")
    assert "▀▀▀ ▀▀▀ ▀ ▀▀▀ ▀▀▀ │" in shown
    subprocess.run([*tmux, "send-keys", "5", "F3", "Up", "Escape"], check=True)
    captured(tmux, "» DigitPressed DepartmentPressed UpPressed ClearPressed_".replace("» ", "»  "))
    subprocess.run([*tmux, "resize-window", "-x", "100", "-y", "30"], check=True)
    assert any(len(row.rstrip()) == 100 for row in captured(tmux, "─" * 90).split("\n"))
    subprocess.run([*tmux, "send-keys", "Enter"], check=True)
    assert "before" in captured(tmux, "after 0")
