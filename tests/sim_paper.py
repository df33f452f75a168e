"""The printer of a simulated world: what was asked of it, and what came out of it line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import trio

from drivers.ports import PortError
from states.fiscal.content import OFFLINE
from states.fiscal.content_payment import SUM
from states.fiscal.original import VOID
from states.fiscal.paper import Cut, Line, Qr, Text
from tests.sim_fate import Fate

COLUMNS = 48
PRINT_S = 0.4
SILENT_S = 4.0
CODE = re.compile(r"OKP:([0-9A-F]{8}(?:-[0-9A-F]{8}){4})")


@dataclass
class Print:
    """One call of the printer: ``head`` is the last durable record then, ``came_out`` so many lines, in the end."""

    text: tuple[str, ...]
    okp: str
    is_void_first: bool
    is_offline: bool
    head: int
    at_s: float
    came_out: int = 0
    confirmed: bool = False

    @cached_property
    def total(self) -> str:
        """The line of the sum, with what stands below it."""
        at = next((place for place, line in enumerate(self.text) if line.startswith(SUM)), None)
        return "" if at is None else " ".join("".join(self.text[at : at + 2]).split())

    @property
    def is_whole(self) -> bool:
        """Every line came out."""
        return self.came_out == len(self.text)


@dataclass
class Tray:
    """A printer with its drawer of faults; ``fate`` says which one strikes."""

    fate: Fate
    chance: Random
    columns: int = COLUMNS
    prints: list[Print] = field(default_factory=list)
    by_okp: dict[str, list[Print]] = field(default_factory=dict)
    pulses: list[tuple[float, int]] = field(default_factory=list)
    roll: list[str] = field(default_factory=list)

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """As Printer has it."""
        await self.fate.live()
        text = tuple(map(text_of, lines))
        whole = "\n".join(text)
        is_original = "\nUID:" in whole or "\nPKP:" in whole
        okp = CODE.findall(re.sub(r"\s", "", whole))[-1] if is_original else ""
        okp = okp.strip("0-") and okp
        one = Print(text, okp, VOID in whole, OFFLINE in whole, self.fate.head(), trio.current_time())
        self.prints.append(one)
        if okp:
            self.by_okp.setdefault(okp, []).append(one)
        try:
            await self._print(one)
        except trio.Cancelled:
            # The printer may have its own power, and print what it was given.
            one.came_out = self.chance.choice((one.came_out, len(text), self.chance.randint(0, len(text))))
            raise
        finally:
            self.roll += text[: one.came_out]

    async def _print(self, one: Print) -> None:
        fault = self.fate.draw("printer")
        if not fault:
            await trio.sleep(PRINT_S)
            one.came_out, one.confirmed = len(one.text), True
            return
        one.came_out = self.chance.randint(0, len(one.text))
        await trio.sleep(PRINT_S * one.came_out / len(one.text))
        reason = FAULTS[fault]
        if reason in ("silent", "unconfirmed"):
            one.came_out = len(one.text) if reason == "unconfirmed" else one.came_out
            await trio.sleep(SILENT_S)
            reason = "silent"
        raise PortError(reason, fault)

    async def open_drawer(self) -> None:
        """As Printer has it."""
        await self.fate.live()
        self.pulses.append((trio.current_time(), self.fate.head()))
        if self.fate.draw("drawer"):
            raise PortError("silent", "no pulse")
        await trio.lowlevel.checkpoint()


FAULTS = {
    "paper-out": "paper-out",
    "cover-open": "cover-open",
    "printer-silent": "silent",
    "printer-unplugged": "gone",
    "printer-error": "error",
    "printer-unconfirmed": "unconfirmed",
}
"""What a print ends with; of one that is not confirmed every line came out."""


def text_of(line: Line) -> str:
    """A line as it can be read on paper."""
    match line:
        case Text():
            return line.text
        case Qr():
            return f"QR:{line.text}"
        case Cut():
            return "-- cut --"
