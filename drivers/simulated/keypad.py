"""A keypad whose keys come from a script: names of the text keypad's lines, and seconds to wait between them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import trio

from drivers.keypad_text_codec import decode_line
from drivers.ports import Keypad, PortError
from states.events import Key

Step = str | float


class SimulatedKeypad:
    """Plays the script, then what is pressed; the input is over when the script is, unless it ``stays``."""

    def __init__(self, script: Iterable[Step] = (), *, stays: bool = False) -> None:
        self._steps = deque(script)
        self._stays = stays
        self._pressed = trio.lowlevel.ParkingLot()

    def press(self, *steps: Step) -> None:
        """More keys, as a person would press them now."""
        self._steps.extend(steps)
        self._pressed.unpark_all()

    async def next_key(self) -> Key:
        """The next key of the script, after its waits."""
        await trio.lowlevel.checkpoint()
        while (key := await self._step()) is None:
            pass
        return key

    def wants_words(self, wanted: bool) -> None:
        """Words stand in the script as such, so nothing changes."""

    async def _step(self) -> Key | None:
        while not self._steps:
            if not self._stays:
                raise PortError("ended", "the script is over")
            await self._pressed.park()
        step = self._steps[0]
        if not isinstance(step, str):
            await trio.sleep(step)
        self._steps.popleft()
        return decode_line(step.encode()) if isinstance(step, str) else None


@asynccontextmanager
async def open_keypad(*, script: Iterable[Step] = (), stays: bool = False) -> AsyncIterator[Keypad]:
    """A keypad that plays this script."""
    yield SimulatedKeypad(script, stays=stays)
