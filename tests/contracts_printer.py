"""The contract of the printer port: what every driver keeps with every printer, real or simulated."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest
import trio

from drivers.ports import PortError, Printer
from drivers.simulated.escpos_device import Faults
from states.fiscal.paper import Align, Cut, Line, Qr, Text, to_text

LIMIT_S = 30.0
PANGRAM = "Kŕdeľ šťastných ďatľov učí pri ústí Váhu mĺkveho koňa obhrýzať kôru a žrať čerstvé mäso"

OpenPrinter = Callable[[], AbstractAsyncContextManager[Printer]]


class PaperTray(Protocol):
    """The printer's other side."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The documents that were cut."""

    @property
    def torn(self) -> str:
        """What came out since."""

    @property
    def drawer_pulses(self) -> int:
        """How often the drawer was told to open."""

    def set(self, faults: Faults) -> None:
        """Make the printer like this."""


def a_receipt(columns: int, items: int = 3) -> tuple[Line, ...]:
    """A document with everything in it."""
    return (
        Text("DOKLAD", Align.CENTER, big=True),
        *(Text(f"{n:>4} {PANGRAM}"[:columns], bold=n % 2 == 0) for n in range(items)),
        Text("-" * columns),
        Text("SUMA:" + "10.15 EUR".rjust(columns - 5), bold=True),
        Qr("O-6FF27E7B194F490DB27E7B194FE-TEST"),
        Text("ĎAKUJEME", Align.CENTER),
        Cut(),
    )


def on_paper(lines: tuple[Line, ...], columns: int) -> str:
    """What the lines look like as text when they are on paper."""
    return to_text(tuple(line for line in lines if not isinstance(line, Cut)), columns)


async def check_printer(open_printer: OpenPrinter, paper: PaperTray) -> None:
    """Run the whole contract against a healthy printer that has printed nothing yet."""
    for check in (
        check_prints_whole,
        check_refuses_what_does_not_fit,
        check_opens_drawer,
        check_says_why_it_cannot,
        check_goes_on_after_trouble,
        check_stops_when_cancelled,
    ):
        paper.set(Faults())
        with trio.fail_after(LIMIT_S):
            async with open_printer() as printer:
                await check(printer, paper)


async def check_prints_whole(printer: Printer, paper: PaperTray) -> None:
    """Each document is on paper, once, when ``print_lines`` returns."""
    before = len(paper.texts)
    receipt = a_receipt(printer.columns)
    await printer.print_lines(receipt)
    assert paper.texts[before:] == (on_paper(receipt, printer.columns),)
    await printer.print_lines((Text("druhý"), Cut(), Text("tretí"), Cut()))
    assert paper.texts[before + 1 :] == ("druhý\n", "tretí\n")
    assert paper.torn == ""


async def check_refuses_what_does_not_fit(printer: Printer, paper: PaperTray) -> None:
    """A line that is too long is a bug of the caller's: nothing of the document is printed."""
    before = len(paper.texts)
    for line in (Text("x" * (printer.columns + 1)), Text("x" * (printer.columns // 2 + 1), big=True), Qr("dĺžka")):
        with pytest.raises(ValueError, match=r"columns|QR"):
            await printer.print_lines((Text("before"), line, Cut()))
    assert (len(paper.texts), paper.torn) == (before, "")


async def check_opens_drawer(printer: Printer, paper: PaperTray) -> None:
    """One call, one pulse; printing never sends one."""
    before = paper.drawer_pulses
    await printer.print_lines((Text("\x1bp\x00\x19\xfa \x10\x14\x01\x00\x01"), Cut()))
    assert paper.drawer_pulses == before
    await printer.open_drawer()
    assert paper.drawer_pulses == before + 1


async def check_says_why_it_cannot(printer: Printer, paper: PaperTray) -> None:
    """A printer in trouble gets no byte of the document, and no pulse that it might keep for later."""
    before = (paper.texts, paper.torn, paper.drawer_pulses)
    for faults, reason in (
        (Faults(paper_lines=0), "paper-out"),
        (Faults(cover_open=True), "cover-open"),
        (Faults(cutter_jammed=True), "error"),
        (Faults(overheated=True), "error"),
        (Faults(silent=True), "silent"),
        (Faults(noise=True), "silent"),
    ):
        paper.set(faults)
        with pytest.raises(PortError) as caught:
            await printer.print_lines(a_receipt(printer.columns))
        assert caught.value.reason == reason
        with pytest.raises(PortError):
            await printer.open_drawer()
        paper.set(Faults())
        await trio.sleep(0.05)
        assert (paper.texts, paper.torn, paper.drawer_pulses) == before


async def check_goes_on_after_trouble(printer: Printer, paper: PaperTray) -> None:
    """After trouble in the middle nothing comes out by itself; the next document is whole, below what was torn."""
    receipt = a_receipt(printer.columns)
    whole = on_paper(receipt, printer.columns)
    for faults, reason in ((Faults(paper_lines=4), "paper-out"), (Faults(paper_lines=9), "paper-out")):
        before = len(paper.texts)
        paper.set(faults)
        with pytest.raises(PortError) as caught:
            await printer.print_lines(receipt)
        assert caught.value.reason == reason
        torn = paper.torn
        assert torn
        assert whole.startswith(torn)
        paper.set(Faults())
        await trio.sleep(0.05)
        assert (len(paper.texts), paper.torn) == (before, torn)
        await printer.print_lines(receipt)
        assert paper.texts[before:] == (f"{torn}{'/' * printer.columns}\n{whole}",)


async def check_stops_when_cancelled(printer: Printer, paper: PaperTray) -> None:
    """A cancelled document stops; the next one is whole."""
    before = len(paper.texts)
    receipt = a_receipt(printer.columns, items=60)
    paper.set(Faults(line_s=0.005))
    with trio.move_on_after(0.1) as cancelled:
        await printer.print_lines(receipt)
    assert cancelled.cancelled_caught
    await trio.sleep(0.1)
    torn = paper.torn
    assert on_paper(receipt, printer.columns).startswith(torn)
    assert len(paper.texts) == before
    paper.set(Faults())
    await printer.print_lines((Text("celý"), Cut()))
    assert paper.texts[before:] == (f"{torn}{'/' * printer.columns}\ncelý\n",)
