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
    expected = [KEYS[str(number % 10)] for number in range(100)]
    heard: list[Key] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_press_digits, press, len(expected))
        while len(heard) < len(expected):
            with trio.move_on_after(0.0005):
                heard.append(await keypad.next_key())
    assert heard == expected


async def _press_digits(press: Press, count: int) -> None:
    for number in range(count):
        await press(str(number % 10))
        await trio.sleep(0.0007)
