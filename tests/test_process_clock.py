"""A wall clock that jumps under the running register: numbers and dates stay in order, and limits are not its business.

The other sides of the ports have the same clock. Source: reliability 2.2 F12; I5, I14, I24.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from controller.verify import verify
from drivers.simulated.authority_faults import FaultKind
from states.fiscal.codes import is_slovak_time, read_date
from states.fiscal.journal import Delivered, Outcome
from states.fiscal.receipt import Form
from states.words import say
from tests.process_faults import Clock, Glass, watched
from tests.process_lives import Silent, has_ended, open_for_kills
from tests.shop import LIMIT_S, SALE, Shop, await_that, end

HOUR_S, DAY_S = 3600.0, 86400.0
NEARLY_DAY_S = 23 * HOUR_S
"""The training certificates are valid from the day before they were made."""

CLOCK_BACK = say("clock-back", "sk")
CLOCK_WRONG = say("certificate-not-yet-valid", "sk")
SLOW = f'[[fault]]\nkind = "{FaultKind.DELAY}"\nrequest = 1\nseconds = 2.0\n'
WRONG = 2


@dataclass(frozen=True, slots=True)
class Scene:
    """A running register, the clock that all processes share, and the screen."""

    shop: Shop
    clock: Clock
    glass: Glass
    silent: Silent

    def sell(self) -> None:
        """One sale, which reaches its customer."""
        delivered = len(self.shop.records(Delivered))
        self.shop.press(*SALE)
        self.shop.await_record(Delivered, delivered + 1)

    def refuse(self) -> None:
        """A sale that is refused with a sentence; the basket is dropped."""
        sold = len(self.shop.intents())
        self.shop.press(*SALE)
        self.glass.await_words(CLOCK_BACK)
        assert len(self.shop.intents()) == sold
        self.shop.press("CLEAR", "VOID_RECEIPT")
        await_that("nothing of it is on the screen", lambda: CLOCK_BACK not in self.glass.text())


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, authority: str = "") -> Iterator[Scene]:
    """A register that is to run under a clock of our own."""
    clock = Clock(folder)
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    with open_for_kills(folder, authority) as (shop, process), watched() as glass:
        shop.set("display", "driver", '"terminal"')
        yield Scene(shop, clock, glass, Silent(process))


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A shop whose authority answers at once."""
    with opened(tmp_path, monkeypatch) as scene:
        yield scene


@pytest.fixture
def slow_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A shop whose authority takes two seconds for the first answer."""
    with opened(tmp_path, monkeypatch, SLOW) as scene:
        yield scene


def check(scene: Scene, count: int) -> None:
    """All is finished; so many receipts, numbered without a gap in each month, at times that only go forward."""
    shop = scene.shop
    await_that("everything has ended", lambda: has_ended(shop))
    receipts = [intent.receipt for intent in shop.intents()]
    assert len(receipts) == count
    months: dict[str, list[int]] = {}
    for receipt in receipts:
        assert is_slovak_time(receipt.create_date)
        assert receipt.month == receipt.create_date[:7]
        months.setdefault(receipt.month, []).append(receipt.number)
    assert list(months.values()) == [list(range(1, len(numbers) + 1)) for numbers in months.values()]
    times = [read_date(receipt.create_date) for receipt in receipts]
    assert all(before <= after for before, after in pairwise(times)), times
    report = verify(shop.folder)
    assert report.holds, report.violations


def last_sunday(year: int, month: int) -> datetime:
    """01:00 UTC on it, when the time in Europe changes; the month has 31 days."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def coming(month: int) -> datetime:
    """The next change of time in this month."""
    soon = datetime.now(UTC) + timedelta(days=2)
    return next(turn for year in (soon.year, soon.year + 1) if (turn := last_sunday(year, month)) > soon)


def month_turn() -> datetime:
    """A coming midnight in Slovakia that begins January: 23:00 UTC of the day before."""
    return datetime((datetime.now(UTC) + timedelta(days=2)).year, 12, 31, 23, tzinfo=UTC)


def test_a_clock_that_is_set_back_stops_sales_until_it_has_caught_up(scene: Scene) -> None:
    """By an hour, then by a day: the refusal is said; a receipt that waits for the authority is sent all the same."""
    process = scene.shop.run(stdout=scene.glass.theirs)
    with scene.silent:
        scene.sell()
        scene.clock.step(-HOUR_S)
        scene.refuse()
        scene.clock.step(HOUR_S - NEARLY_DAY_S)
        scene.refuse()
    await_that("what waited is sent", lambda: has_ended(scene.shop))
    scene.clock.step(NEARLY_DAY_S + 1)
    scene.sell()
    assert end(process) == 0
    check(scene, 2)


def test_a_clock_that_is_set_forward_only_dates_later(scene: Scene) -> None:
    """By an hour and then by a day."""
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.sell()
    for step_s in (HOUR_S, DAY_S):
        scene.clock.step(step_s)
        scene.sell()
    assert end(process) == 0
    check(scene, 3)
    first, second, third = (read_date(intent.receipt.create_date) for intent in scene.shop.intents())
    assert second - first >= timedelta(seconds=HOUR_S)
    assert third - second >= timedelta(seconds=DAY_S)


@pytest.mark.parametrize("step_s", [DAY_S, -HOUR_S], ids=["forward", "back"])
def test_the_wait_for_an_answer_is_not_cut_short_by_a_step(slow_scene: Scene, step_s: float) -> None:
    """The clock jumps while the customer waits; the answer that comes in time is taken."""
    scene = slow_scene
    scene.shop.set("authority", "limit_s", "10.0")
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.shop.press(*SALE)
    scene.shop.await_state("Registering")
    scene.clock.step(step_s)
    scene.shop.await_record(Delivered)
    assert end(process) == 0
    assert [record.form for record in scene.shop.records(Outcome)] == [Form.ONLINE]
    check(scene, 1)


@pytest.mark.parametrize("step_s", [DAY_S, -HOUR_S], ids=["forward", "back"])
def test_the_wait_for_an_answer_is_not_made_longer_by_a_step(scene: Scene, step_s: float) -> None:
    """The authority is silent: the paper comes at the limit, also when the clock is an hour behind by then."""
    process = scene.shop.run(stdout=scene.glass.theirs)
    with scene.silent:
        scene.shop.press(*SALE)
        scene.shop.await_state("Registering")
        scene.clock.step(step_s)
        scene.shop.await_record(Delivered)
    assert [record.form for record in scene.shop.records(Outcome)] == [Form.OFFLINE]
    check(scene, 1)
    assert end(process) == 0


def test_a_new_month_begins_with_number_one_and_the_old_one_is_sent_as_it_was(scene: Scene) -> None:
    """The turn comes while receipts of the old month wait for the authority (a field failure of January 2020)."""
    scene.clock.set(month_turn() - timedelta(minutes=1))
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.sell()
    with scene.silent:
        scene.sell()
        scene.clock.step(120)
        scene.sell()
    await_that("what waited is sent", lambda: has_ended(scene.shop))
    scene.sell()
    assert end(process) == 0
    assert [intent.receipt.number for intent in scene.shop.intents()] == [1, 2, 1, 2]
    check(scene, 4)


@pytest.mark.parametrize(
    ("month", "offsets"), [(10, ["+02:00", "+01:00"]), (3, ["+01:00", "+02:00"])], ids=["autumn", "spring"]
)
def test_the_night_when_the_time_changes_is_no_step(scene: Scene, month: int, offsets: list[str]) -> None:
    """In autumn the wall clock goes back an hour, and time does not."""
    scene.clock.set(coming(month) - timedelta(seconds=30))
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.sell()
    scene.clock.step(60)
    scene.sell()
    assert end(process) == 0
    assert [intent.receipt.create_date[-6:] for intent in scene.shop.intents()] == offsets
    check(scene, 2)


def test_a_machine_that_wakes_in_1970_does_not_start_and_goes_on_when_its_clock_is_right(scene: Scene) -> None:
    """Its battery was empty: there is a sentence, no receipt of 1970, and no message to anybody."""
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.sell()
    assert end(process) == 0
    messages = len(scene.shop.messages())
    scene.clock.set(datetime(1970, 1, 1, 1, 0, tzinfo=UTC))
    process = scene.shop.start(stdout=scene.glass.theirs)
    assert process.wait(LIMIT_S) == WRONG
    assert scene.shop.said().count("\n") == 1
    assert CLOCK_WRONG in scene.shop.said()
    assert len(scene.shop.messages()) == messages
    scene.clock.set(datetime.now(UTC))
    process = scene.shop.run(stdout=scene.glass.theirs)
    scene.sell()
    assert end(process) == 0
    check(scene, 2)
