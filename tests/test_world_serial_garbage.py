"""Five million bytes of noise on the serial line of the keypad and on that of the printer: no key invented, no fall.

Reliability 2.2, F16; 4.1, "serial console". A BREAK has no effect on a pseudo-terminal: what a line makes of it does.
"""

from __future__ import annotations

import os
import random
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from controller.verify import verify
from drivers.escpos_profiles import PROFILES, Profile
from drivers.escpos_status import Answers, Echo
from drivers.keypad_text import open_keypad
from drivers.ports import PortError
from drivers.printer_escpos import open_printer
from states.events import KEYS, Key, UnknownPressed
from states.fiscal.journal import Intent
from states.fiscal.paper import Cut, Text
from tests.counter import Counter, open_counter
from tests.world_noise import KINDS, documented, noise

NOISE_BYTES = 5_000_000
AT_THE_COUNTER_BYTES = 1_100_000
SALE = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "CASH")
PAPER = (Text("DOKLAD"), Cut())
LIMIT_S = 300.0


@contextmanager
def pseudo_terminal() -> Iterator[tuple[int, Path]]:
    """Our end, and the path of the other one."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    try:
        yield ours, Path(os.ttyname(theirs))
    finally:
        os.close(ours)
        os.close(theirs)


async def pour(descriptor: int, content: bytes) -> None:
    """Write all of it, as fast as it is taken."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest[:4096]) :]
        except BlockingIOError:
            await trio.lowlevel.wait_writable(descriptor)


def unnamed(key: Key) -> Key:
    """An unknown key, whatever it was called."""
    return UnknownPressed("") if isinstance(key, UnknownPressed) else key


# --- The keypad ------------------------------------------------------------------------------------------------


async def test_five_million_bytes_are_the_documented_keys_and_no_others() -> None:
    """Each line is what it would be alone; the sale behind it all is heard."""
    content = b"".join(noise(16, NOISE_BYTES)) + b"\n" + b"".join(f"{key}\n".encode() for key in SALE)
    expected = documented(content)
    heard: list[Key] = []
    with pseudo_terminal() as (ours, path):
        async with open_keypad(port=str(path), folder=Path()) as keypad, trio.open_nursery() as nursery:
            nursery.start_soon(pour, ours, content)
            with trio.fail_after(LIMIT_S):
                while len(heard) < len(expected):
                    heard.append(unnamed(await keypad.next_key()))
            with trio.move_on_after(0.1) as waited:
                await keypad.next_key()
            assert waited.cancelled_caught
    assert heard == expected
    assert heard[-len(SALE) :] == [KEYS[name] for name in SALE]
    assert sum(isinstance(key, UnknownPressed) for key in heard) > 10_000
    assert {*KEYS.values()} & {*heard[: -len(SALE)]}, "a digit in a line of its own is a digit"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_noise_is_lines_and_no_lines(kind: object) -> None:
    """There is something in each that a careless reader could take for a key."""
    assert callable(kind)
    content = kind(random.Random(1))
    assert isinstance(content, bytes)
    assert len(content) > 1000
    assert b"\n" in content


async def test_a_control_byte_takes_nothing_away() -> None:
    """On a serial line an interrupt character is noise: the system must not throw away what was typed before it."""
    with pseudo_terminal() as (ours, path):
        async with open_keypad(port=str(path), folder=Path()) as keypad:
            os.write(ours, b"1\n2\n\x03\x1c\x1a\nCASH\n")
            with trio.fail_after(LIMIT_S):
                heard = [unnamed(await keypad.next_key()) for _ in range(4)]
    assert heard == [KEYS["1"], KEYS["2"], UnknownPressed(""), KEYS["CASH"]]


async def test_the_register_sells_after_it(tmp_path: Path) -> None:
    """Nothing is sealed that the noise did not spell, and what was keyed by chance is cleared by the cashier."""
    folder = tmp_path / "counter"
    content = b"".join(noise(17, AT_THE_COUNTER_BYTES)) + b"\n"
    expected = documented(content)
    assert {*KEYS.values()} & {*expected}, "a digit in a line of its own is a digit"
    async with open_counter(folder) as counter:
        await counter.play(*SALE)
        os.set_blocking(counter.descriptor, False)
        await pour(counter.descriptor, content)
        os.set_blocking(counter.descriptor, True)
        count = len(SALE) + len(expected)
        with trio.fail_after(LIMIT_S):
            while len(counter.turns) < count or len(keys_heard(counter)) < count:
                await counter.turned.wait()
        assert keys_heard(counter)[len(SALE) :] == expected
        await counter.play("CLEAR", "CLEAR", "CLEAR", "MENU", "CLEAR", "CLEAR", "CLEAR")
        sold = await counter.play(*SALE)
        (paper,) = sold.papers
        assert sold.okp in counter.authority.receipts
        assert "12.50" in paper
        sealed = [record for records in counter.records().values() for record in records if isinstance(record, Intent)]
    report = verify(folder)
    assert report.violations == ()
    assert len(sealed) == report.receipts == 2


def keys_heard(counter: Counter) -> list[Key]:
    """Every key that was turned to."""
    return [unnamed(turn.event) for turn in counter.turns if isinstance(turn.event, Key)]


# --- The printer -----------------------------------------------------------------------------------------------


def test_five_million_bytes_confirm_nothing() -> None:
    """What the printer says is read byte by byte: no exception, and no confirmation of what was asked for."""
    answers, asked = Answers(), b"7Q3K"
    for piece in noise(18, NOISE_BYTES):
        for answer in answers.feed(piece):
            assert not isinstance(answer, Echo) or answer.process_id != asked
    assert answers.garbage_bytes > NOISE_BYTES // 4
    assert answers.feed(b"\0" * 7 + b"\x37\x227Q3K\x00")[-1] == Echo(asked)


@pytest.mark.parametrize("seed", range(3))
async def test_a_printer_that_babbles_has_printed_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a serial line: PortError within the driver's own limits, for the document and for the drawer."""
    monkeypatch.setitem(PROFILES, "quick", Profile(silence_s=0.3, stalled_s=0.5, quiet_s=0.2))
    with pseudo_terminal() as (ours, path):
        opened = open_printer(port=str(path), baud=115200, profile="quick", folder=Path())
        async with opened as printer, trio.open_nursery() as nursery:
            nursery.start_soon(babble, ours, seed)
            for act in (partial(printer.print_lines, PAPER), printer.open_drawer):
                with trio.fail_after(LIMIT_S), pytest.raises(PortError) as caught:
                    await act()
                assert caught.value.reason in ("silent", "paper-out", "cover-open", "error")
            nursery.cancel_scope.cancel()


async def babble(descriptor: int, seed: int) -> None:
    """Noise, for as long as somebody listens; what comes is thrown away."""
    for place, piece in enumerate(noise(seed, NOISE_BYTES)):
        if place:
            await pour(descriptor, piece)
        try:
            while os.read(descriptor, 4096):
                pass
        except BlockingIOError:
            await trio.sleep(0.001)
