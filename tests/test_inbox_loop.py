"""The inbox, the lanes, the display, the tick and the heart, on a clock that jumps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import structlog
import trio
from hypothesis import given, settings, strategies as st
from structlog.testing import capture_logs
from trio.testing import Sequencer, wait_all_tasks_blocked

from controller.inbox import ANSWERS_MAX, Inbox
from controller.loop import LANE_MAX, TICK_S, Lanes, Shown, listen, run_heart, tick
from drivers.ports import PortError
from states import effects as do, events as on
from states.events import KEYS, Key
from states.fiscal.journal import Delivered
from states.fiscal.receipt import Way
from states.register import Register
from states.view import View
from tests.world_walk import home

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEPT, LATER = on.Kept(), on.Resolved()
FIVE, SEVEN = KEYS["5"], KEYS["7"]
KEEP = do.Keep(Delivered("okp", Way.PRINT, ""))


def ticked(second: int) -> on.Ticked:
    """The tick of this second."""
    return on.Ticked(NOON + timedelta(seconds=second))


# --- The inbox -------------------------------------------------------------------------------------------------


async def test_answers_come_before_the_tick_and_the_tick_before_the_key() -> None:
    inbox = Inbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.type, FIVE)
        await wait_all_tasks_blocked()
        inbox.tick(ticked(1))
        inbox.post(KEPT)
        inbox.post(LATER)
        heard = [await inbox.receive(hears_keys=True) for _ in range(4)]
        assert heard == [KEPT, LATER, ticked(1), FIVE]
        nursery.cancel_scope.cancel()


async def test_of_the_ticks_that_nobody_heard_only_the_newest_is_told() -> None:
    inbox = Inbox()
    for second in range(5):
        inbox.tick(ticked(second))
    assert await inbox.receive(hears_keys=False) == ticked(4)
    with trio.move_on_after(0) as over:
        await inbox.receive(hears_keys=False)
    assert over.cancelled_caught, "nothing is left"


async def test_a_key_waits_until_keys_are_heard(autojump_clock: trio.testing.MockClock) -> None:
    inbox = Inbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inbox.type, FIVE)
        with trio.move_on_after(3) as busy:
            await inbox.receive(hears_keys=False)
        assert busy.cancelled_caught
        assert await inbox.receive(hears_keys=True) == FIVE
        nursery.cancel_scope.cancel()


async def test_the_keypad_waits_until_the_turn_of_its_key_is_over() -> None:
    """A key may decide what the next means: the second is read only when the first was heard and decided upon."""
    inbox, order = Inbox(), Sequencer()

    async def keypad() -> None:
        await inbox.type(FIVE)
        async with order(1):
            pass
        await inbox.type(SEVEN)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keypad)
        assert await inbox.receive(hears_keys=True) == FIVE
        await wait_all_tasks_blocked()
        async with order(0):
            pass  # The first key was taken, and its turn is not over: the keypad must still wait for order 1.
        assert await inbox.receive(hears_keys=True) == SEVEN
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("come", [KEPT, ticked(1)], ids=["answer", "tick"])
async def test_the_inbox_is_woken_by_whatever_comes_first(come: on.Event) -> None:
    inbox, heard = Inbox(), list[on.Event]()

    async def reader() -> None:
        heard.append(await inbox.receive(hears_keys=True))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        await wait_all_tasks_blocked()
        if isinstance(come, on.Ticked):
            inbox.tick(come)
        else:
            inbox.post(come)
    assert heard == [come]


def test_answers_are_bounded() -> None:
    """More answers than questions can be under way is a bug, and stops the register."""
    inbox = Inbox()
    for _ in range(ANSWERS_MAX):
        inbox.post(KEPT)
    with pytest.raises(AssertionError):
        inbox.post(KEPT)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["key", "answer", "tick", "busy", "free"]), max_size=40))
def test_no_key_and_no_answer_is_lost_and_none_overtakes(script: list[str]) -> None:
    trio.run(play, script)


async def play(script: list[str]) -> None:
    """Keys and answers are numbered; whatever the order of things, each kind is heard in its own order, once."""
    inbox, heard = Inbox(), list[on.Event]()
    keys = [on.TextTyped(str(number)) for number in range(script.count("key"))]
    answers = [on.SealFailed(str(number)) for number in range(script.count("answer"))]
    free = trio.Event()
    send, waiting = trio.open_memory_channel[Key](len(script) + 1)

    async def keypad() -> None:
        async for key in waiting:
            await inbox.type(key)

    async def reader() -> None:
        while True:
            heard.append(await inbox.receive(hears_keys=free.is_set()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keypad)
        nursery.start_soon(reader)
        await act(script, inbox, send, iter(keys), iter(answers), free)
        free.set()
        inbox.tick(ticked(60))
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [event for event in heard if isinstance(event, on.TextTyped)] == keys
    assert [event for event in heard if isinstance(event, on.SealFailed)] == answers


async def act(
    script: list[str],
    inbox: Inbox,
    send: trio.MemorySendChannel[Key],
    keys: Iterator[Key],
    answers: Iterator[on.Event],
    free: trio.Event,
) -> None:
    """Do what the script says."""
    for second, word in enumerate(script):
        match word:
            case "key":
                send.send_nowait(next(keys))
            case "answer":
                inbox.post(next(answers))
            case "tick":
                inbox.tick(ticked(second))
            case "free":
                free.set()
            case _:
                await wait_all_tasks_blocked()


# --- The lanes -------------------------------------------------------------------------------------------------


async def test_a_lane_works_in_order_and_lanes_do_not_wait_for_each_other(
    autojump_clock: trio.testing.MockClock,
) -> None:
    lanes, inbox, done = Lanes(), Inbox(), list[tuple[float, str]]()
    began = trio.current_time()

    async def perform(effect: do.Effect) -> on.Answer | None:
        await trio.sleep(8.0 if effect.lane is do.Lane.PRINTER else 1.0)
        done.append((trio.current_time() - began, str(effect.lane)))
        return KEPT if effect.brings else None

    async with trio.open_nursery() as nursery:
        for lane in do.Lane:
            nursery.start_soon(lanes.run, lane, perform, inbox)
        for effect in (do.OpenDrawer(), KEEP, KEEP, do.Beep("x")):
            lanes.post(effect)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    assert sorted(done) == [(1.0, "sound"), (1.0, "storage"), (2.0, "storage"), (8.0, "printer")]
    assert [await inbox.receive(hears_keys=False) for _ in range(2)] == [KEPT, KEPT]


def test_a_full_lane_drops_what_nobody_waits_for_and_nothing_else() -> None:
    lanes = Lanes()
    for effect in (do.Beep("x"), do.OpenDrawer(), KEEP):
        for _ in range(LANE_MAX):
            lanes.post(effect)
    lanes.post(do.Beep("one too many"))
    lanes.post(do.OpenDrawer())
    with pytest.raises(trio.WouldBlock):
        lanes.post(KEEP)


@pytest.mark.parametrize(("effect", "answer"), [(KEEP, None), (do.OpenDrawer(), KEPT)])
async def test_an_answer_too_few_or_too_many_is_a_bug(effect: do.Effect, answer: on.Answer | None) -> None:
    lanes, inbox = Lanes(), Inbox()

    async def perform(_effect: do.Effect) -> on.Answer | None:
        await trio.lowlevel.checkpoint()
        return answer

    lanes.post(effect)
    with pytest.raises(AssertionError):
        await lanes.run(effect.lane, perform, inbox)


# --- The display, the tick and the keypad ----------------------------------------------------------------------


class SlowDisplay:
    """A display that takes a second for a view."""

    def __init__(self) -> None:
        self.views: list[View] = []

    async def show(self, view: View) -> None:
        """Show it slowly."""
        await trio.sleep(1.0)
        self.views.append(view)

    async def beep(self) -> None:
        """Nothing."""


async def test_a_slow_display_shows_the_newest_view(autojump_clock: trio.testing.MockClock) -> None:
    shown, display = Shown(View(total="0")), SlowDisplay()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(shown.run, display)
        for number in range(1, 36):
            await trio.sleep(0.1)
            shown.set(View(total=str(number)))
        await trio.sleep(5)
        nursery.cancel_scope.cancel()
    totals = [int(view.total) for view in display.views]
    assert totals[0] == 0
    assert totals[-1] == 35
    assert len(totals) <= 6
    assert totals == sorted(set(totals)), "none is shown twice, none goes back"


class Clock:
    """A clock whose second is a second of trio's."""

    def now(self) -> datetime:
        """The time."""
        return NOON + timedelta(seconds=trio.current_time())


async def test_the_time_is_told_once_a_second(autojump_clock: trio.testing.MockClock) -> None:
    inbox, told = Inbox(), list[on.Event]()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick, Clock(), inbox)
        for _ in range(4):
            told.append(await inbox.receive(hears_keys=False))
        nursery.cancel_scope.cancel()
    times = [event.at for event in told if isinstance(event, on.Ticked)]
    assert [(after - before).total_seconds() for before, after in pairwise(times)] == [TICK_S] * 3


class Script:
    """A keypad that types some keys and then ends for a reason."""

    def __init__(self, reason: str, *keys: Key) -> None:
        self._keys = [*keys]
        self._reason = reason

    async def next_key(self) -> Key:
        """The next one."""
        await trio.lowlevel.checkpoint()
        if not self._keys:
            raise PortError(self._reason)
        return self._keys.pop(0)

    def wants_words(self, wanted: bool) -> None:
        """Nothing."""


async def test_a_keypad_that_has_ended_is_logged_and_one_that_is_gone_stops_the_register() -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        await listen(Script("ended"), Inbox())
    assert [line["event"] for line in logs] == ["keypad ended"]
    with pytest.raises(PortError, match="gone"):
        await listen(Script("gone"), Inbox())


async def test_keys_come_to_the_inbox_in_order() -> None:
    inbox, keys = Inbox(), [KEYS[name] for name in ("1", "2", "DOT", "5", "0")]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen, Script("ended", *keys), inbox)
        heard = [await inbox.receive(hears_keys=True) for _ in keys]
        nursery.cancel_scope.cancel()
    assert heard == keys


# --- The heart -------------------------------------------------------------------------------------------------


class Seen:
    """Everything that the heart shows and tells."""

    def __init__(self) -> None:
        self.shown: list[Register] = []
        self.turns: list[tuple[on.Event, tuple[do.Effect, ...]]] = []

    def show(self, register: Register) -> None:
        """A view is due."""
        self.shown.append(register)

    def watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """A turn was made."""
        assert before is self.shown[-1]
        self.turns.append((event, effects))


async def test_a_sale_is_sealed_once_however_often_the_last_key_is_pressed() -> None:
    """While the answer is awaited keys wait: fifty times CASH ask one question."""
    inbox, lanes, seen = Inbox(), Lanes(), Seen()
    asked: list[do.Effect] = []

    async def perform(effect: do.Effect) -> on.Answer | None:
        asked.append(effect)
        await trio.sleep_forever()

    keys = [KEYS["5"], KEYS["DEPARTMENT_1"], *([KEYS["CASH"]] * 50)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_heart, home(), (), inbox, lanes, seen.show, seen.watch)
        nursery.start_soon(listen, Script("ended", *keys), inbox)
        for lane in do.Lane:
            nursery.start_soon(lanes.run, lane, perform, inbox)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [type(effect) for effect in asked] == [do.Seal]
    assert [event for event, _ in seen.turns] == keys[:3]


async def test_what_recovery_wants_comes_before_anything_that_is_heard() -> None:
    inbox, lanes, seen, asked = Inbox(), Lanes(), Seen(), list[do.Effect]()

    async def perform(effect: do.Effect) -> on.Answer | None:
        assert seen.turns == []
        asked.append(effect)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_heart, home(), (KEEP,), inbox, lanes, seen.show, seen.watch)
        nursery.start_soon(lanes.run, do.Lane.STORAGE, perform, inbox)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert asked == [KEEP]


async def test_a_beep_that_nobody_hears_does_not_stop_the_heart() -> None:
    """A display that hangs: every wrong key wants a beep, the lane is full, and the register goes on."""
    inbox, lanes, seen = Inbox(), Lanes(), Seen()
    keys = [KEYS["SUBTOTAL"]] * (LANE_MAX * 3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_heart, home(), (), inbox, lanes, seen.show, seen.watch)
        nursery.start_soon(listen, Script("ended", *keys), inbox)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert len(seen.turns) == len(keys)
    assert all([type(effect) for effect in effects] == [do.Beep] for _, effects in seen.turns)
