"""The printer driver against the simulated printer, over real pseudo-terminals and TCP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import serial
import trio

from drivers.escpos_encode import parts
from drivers.escpos_profiles import GENERIC_80, PROFILES, Profile
from drivers.ports import PortError, Printer
from drivers.printer_escpos import open_printer
from drivers.simulated.escpos_device import Device, Faults
from drivers.simulated.printer import PrinterWorld, serve_printer
from states.fiscal.paper import Cut, Line, Text
from tests.contracts_printer import a_receipt, check_printer, on_paper

PORTS = ("pty", "tcp://127.0.0.1:0")
QUICK = "silence_s = 0.5\nstalled_s = 0.6\nquiet_s = 0.2\n"
SIMPLE = 'completion = "in-order"\nclears = false\n'


class Setup:
    """A simulated printer and how to open the driver for it."""

    def __init__(self, world: PrinterWorld, address: str, folder: Path) -> None:
        self.world = world
        self.address = address
        self.folder = folder

    def open(self, profile: str = "quick.toml") -> AbstractAsyncContextManager[Printer]:
        return open_printer(port=self.address, baud=115200, profile=profile, folder=self.folder)


@asynccontextmanager
async def a_printer(
    folder: Path, port: str = "pty", profile: Profile = GENERIC_80, more: str = ""
) -> AsyncIterator[Setup]:
    (folder / "quick.toml").write_text(QUICK + more, encoding="utf-8")
    world = PrinterWorld(profile)
    async with trio.open_nursery() as nursery:
        if port == "link":
            port = str(folder / "printer")
        address = await nursery.start(partial(serve_printer, world, port=port))
        yield Setup(world, address, folder)
        assert world.lost_bytes == 0
        nursery.cancel_scope.cancel()


async def reason_of(printer: Printer, lines: tuple[Line, ...]) -> str:
    with pytest.raises(PortError) as caught:
        await printer.print_lines(lines)
    return caught.value.reason


@pytest.mark.parametrize("port", PORTS)
async def test_the_contract_holds(tmp_path: Path, port: str) -> None:
    async with a_printer(tmp_path, port) as setup:
        await check_printer(setup.open, setup.world)


@pytest.mark.parametrize("name", ["generic-58", "generic-80-42", "epson-tm-t88", "pos-5890"])
async def test_every_profile_prints(tmp_path: Path, name: str) -> None:
    async with a_printer(tmp_path, profile=PROFILES[name]) as setup, setup.open(name) as printer:
        receipt = a_receipt(printer.columns, items=60)
        await printer.print_lines(receipt)
        await printer.open_drawer()
    assert setup.world.texts == (on_paper(receipt, printer.columns),)
    assert setup.world.drawer_pulses == 1


@pytest.mark.parametrize(("port", "every"), [("pty", 1), ("tcp://127.0.0.1:0", 6)])
async def test_paper_out_at_each_line(tmp_path: Path, port: str, every: int) -> None:
    receipt = a_receipt(48)
    whole = on_paper(receipt, 48)
    async with a_printer(tmp_path, port) as setup, setup.open() as printer:
        for left in range(0, lines_of(receipt), every):
            before = len(setup.world.texts)
            setup.world.set(Faults(paper_lines=left))
            assert await reason_of(printer, receipt) == "paper-out"
            torn = setup.world.torn
            assert whole.startswith(torn)
            assert (left > 1) == bool(torn)
            setup.world.set(Faults())
            await printer.print_lines(receipt)
            struck = f"{torn}{'/' * 48}\n" if left else ""
            assert setup.world.texts[before:] == (struck + whole,)


async def test_paper_that_ends_with_the_document_leaves_it_unconfirmed(tmp_path: Path) -> None:
    receipt = a_receipt(48)
    async with a_printer(tmp_path) as setup, setup.open() as printer:
        setup.world.set(Faults(paper_lines=lines_of(receipt)))
        assert await reason_of(printer, receipt) == "paper-out"
        setup.world.set(Faults(paper_lines=lines_of(receipt) + 1))
        await printer.open_drawer()
        assert setup.world.texts == (on_paper(receipt, 48),)


def lines_of(receipt: tuple[Line, ...]) -> int:
    """How many lines of paper a document takes."""
    device = Device(GENERIC_80)
    device.faults = Faults(paper_lines=1000)
    for part in parts(receipt, GENERIC_80):
        device.receive(part)
        while device.step() >= 0:
            pass
    return 1000 - (device.faults.paper_lines or 0)


@pytest.mark.parametrize("port", PORTS)
async def test_silence_is_an_error_within_the_stated_limit(tmp_path: Path, port: str) -> None:
    async with a_printer(tmp_path, port) as setup, setup.open("generic-80") as printer:
        setup.world.set(Faults(silent=True))
        began = trio.current_time()
        assert await reason_of(printer, a_receipt(48)) == "silent"
        assert 2.9 < trio.current_time() - began < 6
        setup.world.set(Faults())
        await printer.print_lines((Text("znova"), Cut()))
    assert setup.world.texts == ("znova\n",)


@pytest.mark.parametrize("port", ["link", "tcp://127.0.0.1:0"])
@pytest.mark.parametrize("lines", [None, 3])
async def test_a_hang_up_is_gone_and_the_printer_may_come_back(tmp_path: Path, port: str, lines: int | None) -> None:
    receipt = a_receipt(48)
    async with a_printer(tmp_path, port) as setup, setup.open() as printer:
        await printer.print_lines((Text("prvý"), Cut()))
        setup.world.set(Faults(hung_up=True) if lines is None else Faults(hang_up_lines=lines))
        assert await reason_of(printer, receipt) == "gone"
        assert await reason_of(printer, receipt) == "gone"
        setup.world.set(Faults())
        await trio.sleep(0.05)
        await printer.print_lines(receipt)
        whole = on_paper(receipt, 48)
        struck = (whole, f"{'/' * 48}\n{whole}")
        assert setup.world.texts == ("prvý\n", *((whole,) if lines is None else struck))


async def test_a_connection_that_was_closed_while_idle_is_made_anew(tmp_path: Path) -> None:
    async with a_printer(tmp_path, "link") as setup, setup.open() as printer:
        await printer.print_lines((Text("prvý"), Cut()))
        setup.world.set(Faults(hung_up=True))
        await trio.sleep(0.05)
        setup.world.set(Faults())
        await trio.sleep(0.05)
        await printer.print_lines((Text("druhý"), Cut()))
    assert setup.world.texts == ("prvý\n", "druhý\n")


async def test_a_printer_that_is_not_there_is_gone(tmp_path: Path) -> None:
    async with open_printer(port="tcp://127.0.0.1:1", baud=9600, profile="generic-80", folder=tmp_path) as printer:
        assert await reason_of(printer, a_receipt(48)) == "gone"
        with pytest.raises(PortError):
            await printer.open_drawer()


async def opened_reason(folder: Path, port: str) -> str:
    """Why the device cannot even be opened."""
    with pytest.raises(PortError) as caught:
        async with open_printer(port=port, baud=9600, profile="generic-80", folder=folder):
            pass
    return caught.value.reason


async def test_a_serial_device_must_be_there_and_free(tmp_path: Path) -> None:
    assert await opened_reason(tmp_path, "absent") == "gone"
    near, far = os.openpty()
    with serial.Serial(os.ttyname(far), exclusive=True):
        assert await opened_reason(tmp_path, os.ttyname(far)) == "busy"
    os.close(near)
    os.close(far)


@pytest.mark.parametrize("off_s", [0.1, 0.9])
@pytest.mark.parametrize("lines", [1, 30, 70])
async def test_a_power_cut_in_the_middle_is_never_success(tmp_path: Path, lines: int, off_s: float) -> None:
    receipt = a_receipt(48, items=80)
    async with a_printer(tmp_path) as setup, setup.open() as printer:
        setup.world.set(Faults(power_lines=lines, off_s=off_s))
        assert await reason_of(printer, receipt) in ("silent", "error")
        await trio.sleep(off_s)
        setup.world.set(Faults())
        await printer.print_lines(receipt)
    assert setup.world.texts[-1].endswith(f"{'/' * 48}\n{on_paper(receipt, 48)}")


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (Faults(cover_open=True), "cover-open"),
        (Faults(cutter_jammed=True), "error"),
        (Faults(silent=True), "silent"),
        (Faults(noise=True), "silent"),
    ],
)
async def test_trouble_in_the_middle(tmp_path: Path, faults: Faults, expected: str) -> None:
    receipt = a_receipt(48, items=60)
    async with a_printer(tmp_path) as setup, setup.open() as printer, trio.open_nursery() as nursery:
        setup.world.set(Faults(line_s=0.005))

        async def break_it() -> None:
            await trio.sleep(0.15)
            setup.world.set(faults)

        nursery.start_soon(break_it)
        assert await reason_of(printer, receipt) == expected
        setup.world.set(Faults())
        await printer.print_lines((Text("celý"), Cut()))
    torn, rest = setup.world.texts[-1].split("/" * 48 + "\n")
    assert on_paper(receipt, 48).startswith(torn)
    assert rest == "celý\n"


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("more", ["", SIMPLE])
async def test_five_hundred_items_on_a_slow_printer_lose_no_byte(tmp_path: Path, port: str, more: str) -> None:
    receipt = a_receipt(48, items=500)
    async with a_printer(tmp_path, port, more=more) as setup, setup.open() as printer:
        setup.world.set(Faults(line_s=0.001))
        await printer.print_lines(receipt)
    assert setup.world.texts == (on_paper(receipt, 48),)


@pytest.mark.parametrize("after_s", [0.001, 0.003, 0.006, 0.02, 0.05, 0.1])
async def test_a_document_cancelled_anywhere_never_merges_with_the_next(tmp_path: Path, after_s: float) -> None:
    receipt = a_receipt(48, items=40)
    async with a_printer(tmp_path) as setup, setup.open() as printer:
        setup.world.set(Faults(line_s=0.002))
        with trio.move_on_after(after_s):
            await printer.print_lines(receipt)
        setup.world.set(Faults())
        await printer.print_lines((Text("celý"), Cut()))
    torn, _, rest = setup.world.texts[-1].rpartition("/" * 48 + "\n")
    assert rest == "celý\n"
    assert on_paper(receipt, 48).startswith(torn)


async def test_a_simple_printer_recovers_too(tmp_path: Path) -> None:
    receipt = a_receipt(48)
    async with a_printer(tmp_path, profile=PROFILES["simple-80"], more=SIMPLE) as setup, setup.open() as printer:
        setup.world.set(Faults(paper_lines=5))
        assert await reason_of(printer, receipt) == "paper-out"
        setup.world.set(Faults())
        await printer.print_lines(receipt)
    assert setup.world.texts[-1].endswith(on_paper(receipt, 48))


async def test_old_answers_of_a_simple_printer_are_not_taken_for_new_ones(tmp_path: Path) -> None:
    async with a_printer(tmp_path, more=SIMPLE) as setup, setup.open() as printer:
        await printer.print_lines((Text("prvý"), Cut()))
        setup.world.set(Faults(line_s=0.005))
        with trio.move_on_after(0.15):
            await printer.print_lines(a_receipt(48, items=60))
        for number in range(3):
            await printer.print_lines((Text(f"ďalší {number}"), Cut()))
            assert setup.world.texts[-1].endswith(f"ďalší {number}\n")


async def test_two_documents_at_once_come_out_one_after_the_other(tmp_path: Path) -> None:
    async with a_printer(tmp_path) as setup, setup.open() as printer, trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(printer.print_lines, (Text(f"{number}a"), Text(f"{number}b"), Cut()))
    assert sorted(setup.world.texts) == [f"{number}a\n{number}b\n" for number in range(5)]


async def test_a_file_takes_the_bytes(tmp_path: Path) -> None:
    receipt = a_receipt(48)
    async with open_printer(port="file:out.escpos", baud=9600, profile="generic-80", folder=tmp_path) as printer:
        assert printer.columns == 48
        await printer.print_lines(receipt)
        await printer.print_lines((Text("druhý"), Cut()))
        await printer.open_drawer()
    device = Device(GENERIC_80)
    device.receive((tmp_path / "out.escpos").read_bytes())
    while device.step() >= 0:
        pass
    assert [document.text(48) for document in device.paper.documents] == [on_paper(receipt, 48), "druhý\n"]
    assert device.paper.drawer_pulses == 1


async def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    for name, reason in (("absent/out", "gone"), ("", "error"), ("/dev/full", "error")):
        async with open_printer(port=f"file:{name}", baud=9600, profile="generic-80", folder=tmp_path) as printer:
            assert await reason_of(printer, a_receipt(48)) == reason


@pytest.mark.parametrize("port", ["tcp://", "tcp://printer", "tcp://printer:9100/x", "tcp://printer:99999"])
async def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(ValueError, match=r"tcp|Port"):
        async with open_printer(port=port, baud=9600, profile="generic-80", folder=tmp_path):
            pass
