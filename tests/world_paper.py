"""A shop whose paper comes from the real ESC/POS driver and the simulated printer behind it, all in virtual time.

The line between them is a memory stream: nothing on it takes time, so that every line of every receipt can be tried.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import trio
import trio.testing

from drivers.escpos_encode import parts
from drivers.escpos_profiles import GENERIC_80
from drivers.ports import PortError, Printer
from drivers.printer_escpos import EscposPrinter
from drivers.simulated.escpos_device import Device, Faults
from drivers.simulated.printer import PrinterWorld
from states.fiscal.original import VOID, original_lines
from states.fiscal.receipt import Receipt
from tests.baskets_read import Told, read_paper
from tests.contracts_printer import on_paper

COLUMNS = GENERIC_80.columns
PLENTY = 10_000


@dataclass
class MemoryLine:
    """The line to the printer: a new stream for each connection, refused while the printer is unplugged."""

    world: PrinterWorld
    nursery: trio.Nursery
    connections: int = 0

    async def connect(self) -> trio.abc.Stream:
        """As a driver connects; PortError(``gone``) if there is no printer at the other end."""
        await trio.lowlevel.checkpoint()
        if self.world.faults.hung_up:
            raise PortError("gone", "unplugged")
        self.connections += 1
        ours, theirs = trio.testing.memory_stream_pair()
        self.nursery.start_soon(self._serve, theirs)
        return ours

    async def _serve(self, stream: trio.abc.Stream) -> None:
        async with stream:
            await self.world.listen(stream)

    def printer(self, _tray: object) -> Printer:
        """The real driver at this end."""
        return EscposPrinter(self.connect, self.world.profile, line_s=0)


@asynccontextmanager
async def memory_line() -> AsyncIterator[MemoryLine]:
    """A printer that works, and its line."""
    world = PrinterWorld()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        yield MemoryLine(world, nursery)
        nursery.cancel_scope.cancel()


def papers(world: PrinterWorld, before: int) -> list[str]:
    """The text of each document that was cut after so many others."""
    return [document.text(world.profile.columns) for document in world.documents[before:]]


def lines_of(receipt: Receipt, uid: str) -> int:
    """How many lines of paper the original takes, with the feed to the knife."""
    device = Device(GENERIC_80)
    device.faults = Faults(paper_lines=PLENTY)
    for part in parts(original_lines(receipt, uid, COLUMNS), GENERIC_80):
        device.receive(part)
        while device.step() >= 0:
            pass
    return PLENTY - (device.faults.paper_lines or 0)


@dataclass(frozen=True, slots=True)
class Torn:
    """A receipt whose print failed with this reason after so many lines; ``papers`` were cut from then on."""

    fault: str
    lines: int
    receipt: Receipt
    uid: str
    reason: str
    papers: Sequence[str]
    is_training: bool = False

    @property
    def whole(self) -> str:
        """The original, by the journal."""
        return on_paper(original_lines(self.receipt, self.uid, COLUMNS, training=self.is_training), COLUMNS)

    def judge(self) -> list[str]:
        """What is wrong: exactly one whole original may stand, it is the last paper, and all before it is void."""
        standing = [
            paper
            for paper, following in pairwise([*self.papers, ""])
            if paper.endswith(self.whole) and VOID not in following
        ]
        *before, last = self.papers
        rules = {
            "the last paper is the whole original": last == self.whole,
            "one original stands": len(standing) == 1,
            "what was torn is void": bool(before) and before[-1].rstrip().endswith(VOID),
            "only a whole paper is cut before the void line": all(paper == self.whole for paper in before[:-1]),
            "it says what was sold": self._tells(read_paper(last, COLUMNS)),
        }
        where = f"{self.fault} at line {self.lines} of {self.receipt.key}"
        return [f"{where}: not so: {rule}" for rule, holds in rules.items() if not holds]

    def _tells(self, told: Told) -> bool:
        """Read back by a reader that shares nothing with who wrote it."""
        sale, codes = self.receipt.sale, "".join(told.codes.split())
        return (
            [line.price for line in told.items] == [item.price_cents for item in sale.items]
            and told.total == sale.total_cents
            and (self.uid or self.receipt.pkp) in codes
            and self.receipt.okp in codes
            and ("OFF-LINE" in told.head) == (not self.uid)
        )


def journal_folder(folder: Path) -> Path:
    """A place in memory for a shop's folder, if the machine has one."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else folder
