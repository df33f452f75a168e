"""The heart: one task owns the register and never waits while it decides; one task a lane performs effects.

From key to paper is one wheel: driver -> inbox -> turn -> lanes -> outputs -> driver, turned once per question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
import trio

from controller.inbox import Inbox
from drivers.ports import Clock, Display, Keypad, PortError, Storage
from states import effects as do, events as on
from states.register import Register, turn
from states.view import View

LANE_MAX = 16
TICK_S = 1.0

EXAMINE_S = 10.0
"""A piece is some hundred kilobytes: a segment is read anew in minutes, a million receipts in a day or so."""

Perform = Callable[[do.Effect], Awaitable[on.Answer | None]]


class Watcher(Protocol):
    """Whoever wants to see each turn: the log, the demo, the tests. It must neither wait nor raise."""

    def __call__(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """A turn was made."""


class Lanes:
    """One bounded queue a lane; the heart posts without waiting, and only what nobody waits for may be dropped."""

    def __init__(self) -> None:
        pairs = {lane: trio.open_memory_channel[do.Effect](LANE_MAX) for lane in do.Lane}
        self._senders = {lane: pair[0] for lane, pair in pairs.items()}
        self._receivers = {lane: pair[1] for lane, pair in pairs.items()}

    def post(self, effect: do.Effect) -> None:
        """Queue the effect in its lane; a full lane drops a beep or a drawer pulse, and is a bug for all else."""
        try:
            self._senders[effect.lane].send_nowait(effect)
        except trio.WouldBlock:
            if effect.brings:
                raise

    async def run(self, lane: do.Lane, perform: Perform, inbox: Inbox) -> None:
        """Perform the lane's effects in order; what is waited for brings exactly one answer."""
        async for effect in self._receivers[lane]:
            answer = await perform(effect)
            assert (answer is not None) == bool(effect.brings), f"{type(effect).__name__} brought {answer}"
            if answer is not None:
                inbox.post(answer)


class Shown:
    """The newest view, and whoever waits for a newer one."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._newer = trio.Event()

    def set(self, view: View) -> None:
        """Replace the view."""
        if view != self.view:
            self.view = view
            self._newer.set()
            self._newer = trio.Event()

    async def run(self, display: Display) -> None:
        """Show each newest view; a slow display skips the ones between."""
        while True:
            view, newer = self.view, self._newer
            await display.show(view)
            await newer.wait()


async def tick(clock: Clock, inbox: Inbox) -> None:
    """Say the time once a second."""
    while True:
        inbox.tick(on.Ticked(clock.now()))
        await trio.sleep(TICK_S)


async def examine(storage: Storage, inbox: Inbox) -> None:
    """Verify what is stored, a piece at a time, as long as the register lives; say what has changed of the medium."""
    told = on.MediumTold(0, is_copy_lost=False)
    while True:
        medium = await storage.examine()
        news = on.MediumTold(medium.used_percent, medium.is_copy_lost)
        if news != told:
            inbox.post(news)
            told = news
        await trio.sleep(EXAMINE_S)


async def listen(keypad: Keypad, inbox: Inbox) -> None:
    """Bring keys from the keypad to the inbox, in order; a script that ends leaves the register running."""
    try:
        while True:
            await inbox.type(await keypad.next_key())
    except PortError as error:
        if error.reason != "ended":
            raise
        structlog.get_logger().info("keypad ended")


async def run_heart(
    register: Register,
    effects: tuple[do.Effect, ...],
    inbox: Inbox,
    lanes: Lanes,
    show: Callable[[Register], None],
    watch: Watcher,
) -> None:
    """Turn for ever: hear an event, show the view, post the effects."""
    for effect in effects:
        lanes.post(effect)
    while True:
        show(register)
        event = await inbox.receive(hears_keys=register.hears_keys)
        before = register
        register, effects = turn(register, event)
        for effect in effects:
            lanes.post(effect)
        watch(before, event, register, effects)
