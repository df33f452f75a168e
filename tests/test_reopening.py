"""When the medium fails, nothing is sold until the journal was closed, opened and verified; at last the register stops.

The journal is real; only the fault is planted, in the step that reads it again in the background.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from controller import app, loop
from controller.app import REOPENED_MAX, REOPENED_WITHIN_S, StoppedError, is_hopeless, run_opened
from controller.failures import explain
from controller.opening import Opening, open_all
from controller.settings import load_settings
from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import Medium, PortError
from drivers.storage_journal import open_journal
from states import effects as do, events as on
from states.fiscal.journal import Intent, Opened, Outcome, Record
from states.journey import AwaitingPaper
from states.machines.medium import Ailing
from states.register import Register
from states.view import View
from states.words import say
from tests.test_app import quiet_folder

EIO = JournalFailed("the journal failed: EIO")
CORRUPT = JournalCorrupt("segment-000001.ekj", 64, 1, "x")
SOUND = Medium(0, 100)
Examined = Medium | Exception


class Seen:
    """A display that remembers what it showed."""

    def __init__(self) -> None:
        self.views: list[View] = []

    async def show(self, view: View) -> None:
        """As Display has it."""
        self.views.append(view)
        await trio.lowlevel.checkpoint()

    async def beep(self) -> None:
        """As Display has it."""
        await trio.lowlevel.checkpoint()

    @property
    def notices(self) -> list[str]:
        """What was said, each thing once."""
        return list(dict.fromkeys(view.notice for view in self.views if view.notice))


class Shop:
    """A register that runs; every view, turn and end of it is kept."""

    def __init__(self, opening: Opening) -> None:
        self.display = Seen()
        ports = replace(opening.outputs.ports, display=self.display)
        self.opening = replace(opening, outputs=replace(opening.outputs, ports=ports))
        self.events: list[on.Event] = []
        self.registers: list[Register] = []
        self._turned = trio.Event()

    def watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """As Watcher has it."""
        self.events.append(event)
        self.registers.append(after)
        self._turned.set()

    async def run_until(self, is_done: Callable[[], bool]) -> None:
        """Run, and be interrupted when this is so."""
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                await nursery.start(run_opened, self.opening, self.watch)
                while not is_done():
                    self._turned = trio.Event()
                    await self._turned.wait()
                nursery.cancel_scope.cancel()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    """The register of this folder with all its drivers, switched on."""
    async with AsyncExitStack() as stack:
        yield Shop(await open_all(stack, load_settings(folder), folder))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training register that nobody serves, and that waits for nothing."""
    monkeypatch.setattr(app, "REOPENING_PAUSE_S", 0.01)
    monkeypatch.setattr(loop, "EXAMINE_S", 0.01)
    return quiet_folder(tmp_path)


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> deque[Examined]:
    """What the next examinations of the medium find; afterwards it is sound."""
    planned: deque[Examined] = deque()

    def examine(_: Book) -> Medium:
        found = planned.popleft() if planned else SOUND
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(Book, "examine", examine)
    return planned


async def records_of(folder: Path, kind: type[Record]) -> list[Record]:
    """What the journal has of this kind, read when the register is off."""
    async with open_journal(folder / "journal") as storage:
        return [stored.record async for stored in storage.records_of(kind)]


async def test_the_storage_is_opened_and_verified_again(folder: Path, plan: deque[Examined]) -> None:
    """F7: the shop sells on after a moment, and the cashier reads why."""
    plan.extend((SOUND, EIO, SOUND))
    async with opened(folder) as shop:
        first = shop.opening.outputs.ports.storage
        await shop.run_until(lambda: not plan and say("storage-reopened", "sk") in shop.display.notices)
    assert say("storage-reopening", "sk") in shop.display.notices
    assert len(await records_of(folder, Opened)) == 2
    assert shop.opening.outputs.ports.storage is first


async def test_a_medium_that_goes_on_failing_stops_the_register(folder: Path, plan: deque[Examined]) -> None:
    """Three times in ten minutes it is opened again; then a person has to look."""
    plan.extend([EIO] * (REOPENED_MAX + 2))
    async with opened(folder) as shop:
        with pytest.raises(ExceptionGroup) as caught:
            await shop.run_until(lambda: False)
    stopped = caught.value.exceptions[0]
    assert isinstance(stopped, StoppedError)
    assert "EIO" in explain(stopped, "en")[1]
    assert len(plan) == 1
    assert len(await records_of(folder, Opened)) == REOPENED_MAX + 1


@pytest.mark.parametrize(
    "end",
    [
        JournalCorrupt("segment-000001.ekj", 64, 1, "x"),
        ExceptionGroup("", [EIO, JournalCorrupt("x", 0, 0, "x")]),
        OSError(),
    ],
    ids=["corrupt", "corrupt beside it", "another"],
)
async def test_nothing_else_is_opened_again(folder: Path, plan: deque[Examined], end: Exception) -> None:
    """I2: damage is never sold on; and a bug is no error of the medium."""
    plan.append(end)
    async with opened(folder) as shop:
        with pytest.raises(ExceptionGroup) as caught:
            await shop.run_until(lambda: False)
    assert isinstance(caught.value.exceptions[0], StoppedError)
    assert len(await records_of(folder, Opened)) == 1


async def test_a_storage_that_cannot_be_opened_is_tried_again(
    folder: Path, plan: deque[Examined], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was pulled out for a moment, or for good."""
    whole = Book.open
    gone = deque([OSError(5, "EIO"), PortError("unusable")])

    def open_book(book: Book) -> None:
        if gone:
            raise gone.popleft()
        whole(book)

    plan.append(EIO)
    async with opened_first(folder, monkeypatch, open_book) as shop:
        await shop.run_until(lambda: not plan and say("storage-reopened", "sk") in shop.display.notices)
    assert not gone
    assert len(await records_of(folder, Opened)) == 2


@asynccontextmanager
async def opened_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, open_book: Callable[[Book], None]
) -> AsyncIterator[Shop]:
    """Switched on; whoever opens the journal from now on opens it so."""
    async with opened(folder) as shop:
        monkeypatch.setattr(Book, "open", open_book)
        yield shop


async def test_a_sale_under_way_is_finished_under_its_number(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """I10: the write after W1 fails; the same receipt is recovered, and there is no second."""
    sync, failures = Disk.sync, deque([OSError(5, "Input/output error")])
    (folder / "keys").write_text("5\nDEPARTMENT_1\nCASH\n", encoding="utf-8")
    async with opened(folder) as shop:

        def failing(disk: Disk, name: str) -> None:
            if failures and any(isinstance(event, on.Sealed) for event in shop.events):
                raise failures.popleft()
            sync(disk, name)

        monkeypatch.setattr(Disk, "sync", failing)
        await shop.run_until(lambda: not failures and isinstance(shop.registers[-1].receipt, AwaitingPaper))
    (receipt,) = {intent.receipt for intent in await records_of(folder, Intent) if isinstance(intent, Intent)}
    outcomes = [one for one in await records_of(folder, Outcome) if isinstance(one, Outcome)]
    assert {one.okp for one in outcomes} == {receipt.okp}
    assert say("storage-reopening", "sk") in shop.display.notices


def test_r_46_failures_are_counted_in_ten_minutes() -> None:
    """A medium that fails once a day is opened again each time."""
    times = [0.0, 1.0, REOPENED_WITHIN_S + 1, REOPENED_WITHIN_S + 2, REOPENED_WITHIN_S + 3, 1000.0]
    failures: deque[float] = deque(maxlen=REOPENED_MAX + 1)
    hopeless = []
    for at_s in times:
        failures.append(at_s)
        hopeless.append(is_hopeless(failures))
    assert hopeless == [False, False, False, False, False, True]


async def test_only_what_changes_is_told(folder: Path, plan: deque[Examined]) -> None:
    """R-46: a sound medium is silent, and a filling one says each per cent once."""
    plan.extend((Medium(0, 100), Medium(94, 100), Medium(94, 100), Medium(95, 100), Medium(95, 100, is_copy_lost=True)))
    async with opened(folder) as shop:
        await shop.run_until(
            lambda: shop.registers[-1:] != [] and isinstance(shop.registers[-1].medium, Ailing) and not plan
        )
    told = [event for event in shop.events if isinstance(event, on.MediumTold)]
    assert told[:3] == [on.MediumTold(94, False), on.MediumTold(95, False), on.MediumTold(95, True)]
