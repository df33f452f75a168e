"""The simulated printer by itself: what it does with bytes, with trouble, and what it leaves in its folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import zxingcpp
from hypothesis import given, settings, strategies as st
from PIL import Image

from drivers.escpos_profiles import GENERIC_80, PROFILES
from drivers.serial_stream import open_serial
from drivers.simulated.escpos_device import BUFFER_BYTES, Device, Faults
from drivers.simulated.escpos_paper import UnknownCommand, next_command
from drivers.simulated.paper_png import draw
from drivers.simulated.printer import Cue, PrinterWorld, load_script, serve_printer
from tests.contracts_printer import PANGRAM

CLEAR = bytes.fromhex("10140801031401060208")
CUT = b"\x1dVB\x00"
START = b"\x1b@\x1c.\x1bt\x12"
QR = b"\x1d(k\x03\x001C\x08\x1d(k\x03\x001E1\x1d(k\x06\x001P0ABC\x1d(k\x03\x001Q0"
FRAGMENTS = [START, CUT, CLEAR, QR, b"\x1d(k", b"\x10\x04", b"text\n"]


def work(device: Device, data: bytes = b"") -> bytes:
    """Let the device have the bytes and do all it can; what it says."""
    device.receive(data)
    while device.step() >= 0:
        pass
    said = bytes(device.outbox)
    device.outbox.clear()
    return said


def with_faults(faults: Faults) -> Device:
    device = Device(GENERIC_80)
    device.faults = faults
    return device


async def until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await trio.sleep(0.01)
    pytest.fail("it never became true")


@asynccontextmanager
async def served(world: PrinterWorld, port: str = "pty") -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(partial(serve_printer, world, port=port))
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "command",
    [
        *(b"\x1bX", b"\x1b!\x00", b"\x1bt\x63", b"\x1ba\x02", b"\x1d!\x22", b"\x1dVA\x00", b"\x1dV\x00\x00"),
        *(b"\x1d(k\x04\x001A1\x00", b"\x1d(k\x03\x001Q0", b"\x1d(H\x06\x0001abcd", b"\x1d(L\x02\x0000"),
        *(b"\x1dr\x02", b"\x1dk", b"\x07", b"\x0c", b"\x10\x05\x01", b"text\x1dVB\x00", b"a\x1bE\x01b\n"),
        *(b"x" * 49 + b"\n", b"\x1d!\x11" + b"x" * 25 + b"\n"),
    ],
)
def test_a_command_that_we_do_not_send_is_an_error(command: bytes) -> None:
    with pytest.raises(UnknownCommand):
        work(Device(GENERIC_80), START + command)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from(FRAGMENTS), max_size=8))
def test_any_bytes_are_worked_off_or_refused(pieces: list[bytes]) -> None:
    device = Device(GENERIC_80)
    try:
        for piece in pieces:
            work(device, piece)
    except UnknownCommand:
        work(device, CLEAR)
    assert device.paper.torn().text(48) is not None
    assert len(device.paper.documents) <= sum(piece.count(CUT) for piece in pieces) + len(pieces)


def test_a_command_may_come_in_any_pieces() -> None:
    receipt = START + b"\x1ba\x01\x1bE\x01abc\x1bE\x00\n\x1ba\x00" + b"\x1d(k\x06\x001P0ABC\x1d(k\x03\x001Q0" + CUT
    device = Device(GENERIC_80)
    for byte in receipt:
        work(device, bytes((byte,)))
    assert device.paper.documents[0].text(48).split() == ["abc", "[QR:", "ABC]"]
    assert device.paper.documents[0].raw == receipt
    assert next_command(receipt[:1]) is None


def test_real_time_commands_act_at_once_and_in_the_middle_of_others() -> None:
    device = with_faults(Faults(paper_lines=0))
    assert work(device, START + b"abc\n\x1d(k\x06\x001P") == b""
    assert work(device, b"\x10") + work(device, b"\x04") + work(device, b"\x02") == b"\x32"
    assert work(device, b"\x10\x04\x01\x10\x04\x03\x10\x04\x04") == b"\x1a\x12\x7e"
    assert work(device, CLEAR) == b"\x37\x25\x00"
    device.faults = Faults()
    assert work(device, b"\x10\x04\x01") == b"\x12"
    assert device.paper.torn().text(48) == ""


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        (Faults(), b"\x12\x12\x12\x12"),
        (Faults(near_end=True), b"\x12\x12\x12\x1e"),
        (Faults(paper_lines=0), b"\x1a\x32\x12\x7e"),
        (Faults(cover_open=True), b"\x1a\x16\x12\x12"),
        (Faults(cutter_jammed=True), b"\x1a\x52\x1a\x12"),
        (Faults(overheated=True), b"\x1a\x52\x52\x12"),
        (Faults(silent=True), b""),
        (Faults(noise=True), b"\xff" * 4),
    ],
)
def test_each_fault_shows_in_the_status(faults: Faults, status: bytes) -> None:
    assert work(with_faults(faults), b"".join(b"\x10\x04" + bytes((n,)) for n in (1, 2, 3, 4))) == status


def test_when_the_paper_ends_the_rest_waits_in_the_buffer() -> None:
    device = with_faults(Faults(paper_lines=2))
    work(device, START + b"1\n2\n3\n4\n" + CUT)
    assert device.paper.torn().text(48) == "1\n2\n"
    device.faults = Faults()
    work(device)
    assert [document.text(48) for document in device.paper.documents] == ["1\n2\n3\n4\n"]


def test_what_does_not_fit_the_buffer_is_lost() -> None:
    device = with_faults(Faults(cover_open=True))
    work(device, START + b"x\n" * BUFFER_BYTES)
    assert device.lost_bytes == len(START) + BUFFER_BYTES


def test_a_process_id_is_answered_when_it_is_its_turn() -> None:
    device = with_faults(Faults(paper_lines=1))
    assert work(device, START + b"1\n2\n\x1d(H\x06\x0000abcd") == b""
    device.faults = Faults()
    assert work(device) == b"\x37\x22abcd\x00"
    assert work(device, b"\x1dr\x01") == b"\x00"


async def test_a_document_leaves_bytes_text_and_picture(tmp_path: Path) -> None:
    receipt = START + PANGRAM[:48].encode("cp852") + b"\n" + QR + CUT
    for number in (1, 2):
        world = PrinterWorld(GENERIC_80, tmp_path)
        async with served(world) as address, open_serial(Path(address), 9600) as line:
            await line.send_all(receipt + b"\x1d(H\x06\x0000abcd")
            assert await line.receive_some() == b"\x37\x22abcd\x00"
        assert (tmp_path / f"{number:04}.escpos").read_bytes() == receipt
        assert (tmp_path / f"{number:04}.txt").read_text("utf-8").startswith(PANGRAM[:48].rstrip() + "\n")
        with Image.open(tmp_path / f"{number:04}.png") as picture:
            assert zxingcpp.read_barcodes(picture)[0].text == "ABC"


@pytest.mark.parametrize(("name", "paper_mm"), [("generic-80", 80), ("generic-58", 58)])
def test_the_picture_has_eight_dots_a_millimetre(name: str, paper_mm: int) -> None:
    device = Device(PROFILES[name])
    work(device, START + b"H" * PROFILES[name].columns + b"\n" + CUT)
    picture = draw(device.paper.documents[0], PROFILES[name])
    row = picture.crop((0, 96, picture.width, 126))
    dark = [x for x in range(row.width) if min(row.crop((x, 0, x + 1, 30)).tobytes()) < 100]
    white = [x for x in range(row.width) if row.getpixel((x, 29)) == 255]
    assert len(white) == pytest.approx(paper_mm * 8, abs=1)
    assert PROFILES[name].dots - 12 <= dark[-1] - dark[0] + 1 <= PROFILES[name].dots


def test_every_slovak_letter_has_a_picture_of_its_own() -> None:
    letters = "ÁÄČĎÉÍĹĽŇÓÔŔŠŤÚÝŽáäčďéíĺľňóôŕšťúýž"
    pictures = set()
    for letter in letters + "□":
        device = Device(GENERIC_80)
        work(device, START + (letter.encode("cp852", "ignore") or b"\xfe") + b"\n" + CUT)
        pictures.add(draw(device.paper.documents[0], GENERIC_80).tobytes())
    assert len(pictures) == len(letters) + 1


def test_a_script_is_read_or_refused(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text("[[cue]]\ndocument = 2\nfaults = {paper_lines = 5, lasts_s = 10.0}\n", encoding="utf-8")
    assert load_script(script) == (Cue(2, Faults(paper_lines=5, lasts_s=10.0)),)
    for wrong in ("[[cue]]\ndocument = 2\nfaults = {paper = 5}", "[[cue]]\nfaults = {}", "cue = 3", "="):
        script.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=r"faults\.toml"):
            load_script(script)
    with pytest.raises(ValueError, match="absent"):
        load_script(tmp_path / "absent")


async def test_a_script_sets_faults_and_lets_them_pass() -> None:
    world = PrinterWorld(script=(Cue(2, Faults(cover_open=True, lasts_s=0.1)),))
    async with served(world) as address, open_serial(Path(address), 9600) as line:
        await line.send_all(START + b"1\n" + CUT)
        await until(lambda: world.faults.cover_open)
        await line.send_all(b"2\n" + CUT)
        await until(lambda: len(world.texts) == 2)
    assert world.texts == ("1\n", "2\n")


async def test_a_link_leads_to_the_printer_and_nothing_is_overwritten(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    world = PrinterWorld()
    async with served(world, str(link)) as address:
        assert address == str(link)
        before = link.readlink()
        world.set(Faults(hung_up=True))
        await until(lambda: not link.is_symlink())
        world.set(Faults())
        await until(link.is_symlink)
        async with open_serial(link, 9600) as line:
            await line.send_all(b"\x10\x04\x01")
            assert await line.receive_some() == b"\x12"
        assert before.name
    assert not link.is_symlink()
    link.write_text("precious", encoding="utf-8")
    with pytest.RaisesGroup(FileExistsError, flatten_subgroups=True):
        async with served(PrinterWorld(), str(link)):
            pass
    assert link.read_text("utf-8") == "precious"


@pytest.mark.parametrize("port", ["file:paper", "tcp://", "tcp://127.0.0.1"])
async def test_a_port_without_another_side_is_refused(port: str) -> None:
    with pytest.RaisesGroup(ValueError, flatten_subgroups=True, allow_unwrapped=True):
        async with served(PrinterWorld(), port):
            pass
