"""The scripted keypad, by the contract of all keypads."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from drivers.ports import PortError
from drivers.simulated.keypad import SimulatedKeypad, open_keypad
from states.events import KEYS, TextTyped
from tests.contracts_keypad import check_keypad


async def test_contract() -> None:
    keypad = SimulatedKeypad(stays=True)

    async def press(line: str) -> None:
        keypad.press(line)

    await check_keypad(keypad, press)


async def test_script_with_waits_ends(autojump_clock: MockClock) -> None:
    async with open_keypad(script=["1", 2.5, "DOT", "TEXT dobrý deň", 1.0]) as keypad:
        assert [await keypad.next_key() for _ in range(3)] == [KEYS["1"], KEYS["DOT"], TextTyped("dobrý deň")]
        assert trio.current_time() == pytest.approx(2.5, abs=0.1)
        with pytest.raises(PortError, match="ended"):
            await keypad.next_key()


async def test_cancelled_wait_starts_again(autojump_clock: MockClock) -> None:
    keypad = SimulatedKeypad([1.0, "CASH"])
    with trio.move_on_after(0.5):
        await keypad.next_key()
    assert await keypad.next_key() == KEYS["CASH"]
