"""Where everything that happens waits its turn: answers first, then the tick, then keys when they are heard.

Keys that come while the register is busy are kept, so nothing that was typed is lost; when KEYS_MAX wait, the
keypad waits too. Answers are bounded by the lanes: one each.
"""

from __future__ import annotations

from collections import deque

import trio

from states import events as on

KEYS_MAX = 64
ANSWERS_MAX = 64


class Inbox:
    """A bounded inbox with one reader; ``post`` and ``tick`` never wait."""

    def __init__(self) -> None:
        self._answers: deque[on.Event] = deque()
        self._keys: deque[on.Key] = deque()
        self._tick: on.Ticked | None = None
        self._changed = trio.Event()
        self._room = trio.Event()

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
        """A key was pressed: it is kept, and if too many wait, so does the keypad."""
        while len(self._keys) >= KEYS_MAX:
            self._room = trio.Event()
            await self._room.wait()
        self._keys.append(key)
        self._changed.set()

    async def receive(self, *, hears_keys: bool) -> on.Event:
        """The next event; a key only if keys are heard now."""
        await trio.lowlevel.checkpoint()
        while True:
            if self._answers:
                return self._answers.popleft()
            if self._tick is not None:
                tick, self._tick = self._tick, None
                return tick
            if hears_keys and self._keys:
                self._room.set()
                return self._keys.popleft()
            self._changed = trio.Event()
            await self._changed.wait()
