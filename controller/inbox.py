"""Where everything that happens waits its turn: answers first, then the tick, then the key, when keys are heard.

A key is handed over one at a time and its turn is over before the next is asked for, because it may decide what the
next means: after EMAIL letters are words. While the register is busy the keypad waits, and what is typed meanwhile
stays in the line or the terminal, so nothing is lost. Answers are bounded by the lanes: one each.
"""

from __future__ import annotations

from collections import deque

import trio

from states import events as on

ANSWERS_MAX = 64


class Inbox:
    """A bounded inbox with one reader; ``post`` and ``tick`` never wait."""

    def __init__(self) -> None:
        self._answers: deque[on.Event] = deque()
        self._key: on.Key | None = None
        self._tick: on.Ticked | None = None
        self._changed = trio.Event()
        self._heard = trio.Event()

    def post(self, answer: on.Event) -> None:
        """An effect has ended."""
        assert len(self._answers) < ANSWERS_MAX
        self._answers.append(answer)
        self._changed.set()

    def tick(self, tick: on.Ticked) -> None:
        """A second has passed; only the newest tick is of interest."""
        self._tick = tick
        self._changed.set()

    async def type(self, key: on.Key) -> None:
        """A key was pressed: return when its turn is over. One keypad types at a time."""
        assert self._key is None
        self._key, self._heard = key, trio.Event()
        self._changed.set()
        await self._heard.wait()

    async def receive(self, *, hears_keys: bool) -> on.Event:
        """The next event; a key only if keys are heard now. Asking for it ends the turn of the one before."""
        if self._key is None:
            self._heard.set()
        await trio.lowlevel.checkpoint()
        while True:
            if self._answers:
                return self._answers.popleft()
            if self._tick is not None:
                tick, self._tick = self._tick, None
                return tick
            if hears_keys and self._key is not None:
                key, self._key = self._key, None
                return key
            self._changed = trio.Event()
            await self._changed.wait()
