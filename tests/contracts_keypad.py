"""What every keypad promises, as a check that each driver and the simulated keypad pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from drivers.ports import Keypad
from states.events import KEYS, Key, TextTyped, UnknownPressed

WORDS = "žltý kôň 7, jana@example.sk"
LIMIT_S = 5.0

Press = Callable[[str], Awaitable[None]]
"""Presses what a line of the text keypad names, in the way of this keypad."""


async def check_keypad(keypad: Keypad, press: Press) -> None:
    """Each key is itself, order holds, words are words, an unknown key is known as such, cancelling loses nothing."""
    with trio.fail_after(LIMIT_S):
        await _check_each_key(keypad, press)
        await _check_order(keypad, press)
        await _check_words(keypad, press)
        await _check_unknown(keypad, press)
        await _check_cancelling(keypad, press)


async def _check_each_key(keypad: Keypad, press: Press) -> None:
    for name, key in KEYS.items():
        await press(name)
        assert await keypad.next_key() == key, name


async def _check_order(keypad: Keypad, press: Press) -> None:
    for name in KEYS:
        await press(name)
    assert [await keypad.next_key() for _ in KEYS] == list(KEYS.values())


async def _check_words(keypad: Keypad, press: Press) -> None:
    keypad.wants_words(True)
    await press(f"TEXT {WORDS}")
    await press("ENTER")
    typed = ""
    while isinstance(key := await keypad.next_key(), TextTyped):
        typed += key.text
    assert (typed, key) == (WORDS, KEYS["ENTER"])
    keypad.wants_words(False)
    await press("CASH")
    assert await keypad.next_key() == KEYS["CASH"]


async def _check_unknown(keypad: Keypad, press: Press) -> None:
    await press("NO_SUCH_KEY")
    await press("5")
    assert isinstance(await keypad.next_key(), UnknownPressed)
    assert await keypad.next_key() == KEYS["5"]


async def _check_cancelling(keypad: Keypad, press: Press) -> None:
    """Cancelled while nothing comes, while a key lies ready, and at any moment of a stream of keys."""
    with trio.move_on_after(0.02):
        raise AssertionError(f"nobody pressed {await keypad.next_key()}")
    await press("1")
    with trio.CancelScope() as scope:
        scope.cancel()
        raise AssertionError(f"cancelled, and yet {await keypad.next_key()}")
    assert await keypad.next_key() == KEYS["1"]
    for number in range(80):
        await _check_cancelling_after(number % 8, keypad, press)


async def _check_cancelling_after(steps: int, keypad: Keypad, press: Press) -> None:
    """A call that is cancelled so many steps of the scheduler after its start has either brought the key or left it."""
    name = str(steps)
    await press(name)
    heard: list[Key] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_hear, keypad, heard)
        for _ in range(steps):
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert heard or await keypad.next_key() == KEYS[name]
    assert heard in ([], [KEYS[name]])


async def _hear(keypad: Keypad, heard: list[Key]) -> None:
    heard.append(await keypad.next_key())
