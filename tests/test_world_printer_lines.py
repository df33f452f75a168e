"""The printer fails at every line of twenty receipts: what came out is void, and the original comes whole, once.

Reliability 2.2, F14; I15, I19, R-15. The driver and the whole register are real, and so is the printer's language; in
virtual time there is no line to lose bytes on, so some of it is done once more over TCP and a pseudo-terminal.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, islice
from pathlib import Path

import pytest
import trio
import trio.testing

from controller.reading import read_journal
from controller.verify import verify
from drivers.escpos_profiles import PROFILES, Profile
from drivers.ports import PortError
from drivers.simulated.escpos_device import Faults
from states import events as on
from states.fiscal.journal import Delivered, Intent, Outcome, PrintInterrupted
from states.fiscal.original import original_lines, void_lines
from states.fiscal.receipt import Receipt, Way
from states.journey import AwaitingPaper, Composing
from tests.counter import Counter, open_counter
from tests.outage_baskets import Basket, basket_of
from tests.outage_day import SETTINGS, at
from tests.virtual_shop import VirtualShop, Weather
from tests.world_paper import MemoryLine, Torn, journal_folder, lines_of, memory_line, papers

RECEIPTS = 20
LIT = 14
"""So many of them are sold while the authority answers."""

AT_THE_COUNTER = (0, 7, 15)
"""These are sold again for each of their lines; the others are printed by the driver alone."""

LINES_MIN = 30
FAULTS: dict[str, Callable[[int], Faults]] = {
    "paper out": lambda lines: Faults(paper_lines=lines),
    "cover open": lambda lines: Faults(cover_lines=lines),
    "silent": lambda lines: Faults(silent_lines=lines),
    "unplugged": lambda lines: Faults(hang_up_lines=lines),
}
REASONS = {"paper out": "paper-out", "cover open": "cover-open", "silent": "silent", "unplugged": "gone"}


def baskets() -> Iterator[Basket]:
    """Different sales for paper, of every kind that needs none before it."""
    for seed in count():
        basket = basket_of(seed, (), seed)
        if "EMAIL" not in basket.keys:
            yield basket


@dataclass
class Stall:
    """The shop, its printer, and what was torn: at the counter, and by the driver alone."""

    shop: VirtualShop
    line: MemoryLine
    sold: list[tuple[Receipt, str]] = field(default_factory=list)
    torn: list[Torn] = field(default_factory=list)
    printed: list[Torn] = field(default_factory=list)
    is_dark: bool = False

    async def sell_all(self) -> None:
        """Every sale once without trouble, some of them off-line; and of these some once for each of their lines."""
        await self.shop.until_ready()
        chosen = list(islice(baskets(), RECEIPTS))
        for number, basket in enumerate(chosen):
            self.is_dark = number >= LIT
            await self.shop.press(*basket.keys)
            receipt = self.shop.sealed[-1]
            uid = "" if self.is_dark else self.shop.authority.receipts[receipt.okp].uid
            self.sold.append((receipt, uid))
        for number in AT_THE_COUNTER:
            self.is_dark = number >= LIT
            for fault, lines in attempts(number, *self.sold[number]):
                await self.sell_torn(chosen[number], fault, lines)

    async def sell_torn(self, basket: Basket, fault: str, lines: int) -> None:
        """One sale whose printer fails after so many lines; the cashier sees to it and presses ENTER."""
        world = self.line.world
        before = len(world.documents)
        world.set(FAULTS[fault](lines))
        register = await self.shop.press(*basket.keys)
        receipt = self.shop.sealed[-1]
        assert isinstance(register.receipt, AwaitingPaper), (fault, lines, register.receipt)
        uid, reason = register.receipt.uid, register.receipt.reason
        world.set(Faults())
        register = await self.shop.press("ENTER")
        assert isinstance(register.receipt, Composing), (fault, lines, register.receipt)
        self.torn.append(Torn(fault, lines, receipt, uid, reason, papers(world, before)))

    async def print_all(self, line: MemoryLine) -> None:
        """Every line of every receipt, by the driver."""
        printer, world = line.printer(None), line.world
        for number, (receipt, uid) in enumerate(self.sold):
            original = original_lines(receipt, uid, printer.columns)
            for fault, lines in attempts(number, receipt, uid):
                before = len(world.documents)
                world.set(FAULTS[fault](lines))
                with pytest.raises(PortError) as caught:
                    await printer.print_lines(original)
                world.set(Faults())
                await printer.print_lines((*void_lines(printer.columns), *original))
                self.printed.append(Torn(fault, lines, receipt, uid, caught.value.reason, papers(world, before)))

    def weather(self, _now: datetime, _okp: str) -> Weather:
        """Nobody is at the authority's address when the last receipts are sold."""
        return Weather.REFUSED if self.is_dark else Weather.FAIR


def attempts(number: int, receipt: Receipt, uid: str) -> Iterator[tuple[str, int]]:
    """A fault for each line of the receipt: another one for the next line, and for this line of the next receipt."""
    names = list(FAULTS)
    for lines in range(lines_of(receipt, uid) + 1):
        yield names[(number + lines) % len(names)], lines


async def play(folder: Path) -> Stall:
    """The whole shop, and then its printer alone."""
    shop = VirtualShop(folder, at("11-03 08:00"), SETTINGS)
    async with memory_line() as line:
        shop.printer_of = line.printer
        stall = Stall(shop, line)
        shop.weather = stall.weather
        assert await shop.run(stall.sell_all)
    async with memory_line() as line:
        await stall.print_all(line)
    return stall


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """Twenty receipts and all their lines, once."""
    folder = Path(tempfile.mkdtemp(prefix="ekasa-stall-", dir=journal_folder(tmp_path_factory.getbasetemp())))
    try:
        yield trio.run(play, folder, clock=trio.testing.MockClock(autojump_threshold=0))
    finally:
        shutil.rmtree(folder)


def test_every_line_of_twenty_receipts_was_tried(stall: Stall) -> None:
    """With each fault, on-line and off-line; three of them at the counter too."""
    assert [number for number, _ in enumerate(stall.sold)] == list(range(RECEIPTS))
    for number, (receipt, uid) in enumerate(stall.sold):
        tried = [torn.lines for torn in stall.printed if torn.receipt == receipt]
        assert tried == list(range(lines_of(receipt, uid) + 1))
        assert len(tried) >= LINES_MIN, number
    heights = [lines_of(*stall.sold[number]) for number in AT_THE_COUNTER]
    assert [torn.lines for torn in stall.torn] == [line for height in heights for line in range(height + 1)]
    for torn in (stall.torn, stall.printed):
        assert {one.fault for one in torn} == set(FAULTS)
        assert {bool(one.uid) for one in torn} == {True, False}


def test_the_failure_is_named(stall: Stall) -> None:
    """PortError, with the reason that the cashier is told."""
    wrong = [torn for torn in (*stall.printed, *stall.torn) if torn.reason != REASONS[torn.fault]]
    assert [(torn.fault, torn.lines, torn.reason) for torn in wrong] == []


def test_one_whole_original_stands_and_what_was_torn_is_void(stall: Stall) -> None:
    """Whatever failed, wherever: the last paper is the original, as the journal has it; nothing else stands."""
    assert [wrong for torn in (*stall.printed, *stall.torn) for wrong in torn.judge()] == []


def test_each_interruption_is_in_the_journal_once(stall: Stall) -> None:
    """W3 after it; numbers are dense; every invariant holds."""
    interrupted, delivered = [], []
    for stored in read_journal(stall.shop.folder):
        if isinstance(stored.record, PrintInterrupted):
            interrupted.append((stored.record.okp, stored.record.reason))
        elif isinstance(stored.record, Delivered):
            assert stored.record.way is Way.PRINT
            delivered.append(stored.record.okp)
    assert interrupted == [(torn.receipt.okp, torn.reason) for torn in stall.torn]
    assert delivered == [receipt.okp for receipt in stall.shop.sealed]
    assert verify(stall.shop.folder).violations == ()


def test_a_paper_that_was_not_voided_would_be_seen(stall: Stall) -> None:
    """The rules above can fail: no void line, no original after it, one original too many, a wrong sum."""
    torn = next(torn for torn in stall.torn if torn.lines == LINES_MIN)
    whole, (void, *_) = torn.whole, torn.papers
    other = next(one.whole for one in stall.torn if one.receipt.amount != torn.receipt.amount)
    for wrong in ([whole, whole], [void, void], [void, whole, whole], [whole], [void, other]):
        assert replace(torn, papers=wrong).judge() != []
    assert torn.judge() == []


# --- On a line that exists ---------------------------------------------------------------------------------------

SALE = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "CASH")
QUICK = Profile(silence_s=0.4, stalled_s=0.6, quiet_s=0.2)


@pytest.mark.parametrize("port", ["tcp", "pty"])
async def test_over_a_real_line(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter whose printer hangs on TCP or a pseudo-terminal: every few lines, with each fault in turn."""
    monkeypatch.setitem(PROFILES, "quick", QUICK)
    folder = tmp_path / "counter"
    settings = {"printer.profile": '"quick"'}
    if port == "pty":
        settings["printer.port"] = f'"{tmp_path / "printer"}"'
    async with open_counter(folder, settings) as counter:
        await counter.play(*SALE)
        for number, lines in enumerate(range(0, 40, 5)):
            torn = await sell_torn(counter, list(FAULTS)[number % len(FAULTS)], lines)
            assert torn.judge() == []
            assert torn.reason == REASONS[torn.fault]
    assert verify(folder).violations == ()


async def sell_torn(counter: Counter, fault: str, lines: int) -> Torn:
    """One sale whose printer fails after so many lines."""
    before = len(counter.world.printer.documents)
    counter.world.printer.set(FAULTS[fault](lines))
    sold = await counter.play(*SALE, until="AwaitingPaper")
    counter.world.printer.set(Faults())
    await trio.sleep(0.1)
    again = await counter.play("ENTER")
    assert [type(turn.event) for turn in again.turns if isinstance(turn.event, on.Printed)] == [on.Printed]
    records = counter.records()[sold.okp]
    (intent,) = [record for record in records if isinstance(record, Intent)]
    (outcome,) = [record for record in records if isinstance(record, Outcome)]
    (interrupted,) = [record for record in records if isinstance(record, PrintInterrupted)]
    after = papers(counter.world.printer, before)
    return Torn(fault, lines, intent.receipt, outcome.uid, interrupted.reason, after, is_training=True)
