"""The register of the benchmark: the real program in a training folder, its keys pressed through a FIFO."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import trio
import trio.testing

from controller.log import log_turn
from controller.training import change_setting, init_training
from states import effects as do, events as on
from states.fiscal.receipt import Attempt, Form, Receipt
from states.journey import Composing, Printed, Registering
from states.register import Register

SALE_S = 10.0
KEYS_FIFO = "keys"
SETTINGS = {
    "keypad.driver": '"text"',
    "keypad.port": f'"{KEYS_FIFO}"',
    "display.driver": '"none"',
    "printer.port": '"file:paper.escpos"',
}
ITEMS = (
    ("1", "2", "DOT", "5", "0", "DEPARTMENT_1"),
    ("2", "TIMES", "3", "DOT", "1", "9", "DEPARTMENT_2"),
    ("7", "DOT", "4", "0", "DEPARTMENT_7"),
)
TENDER = "CASH"


def prepare(folder: Path) -> None:
    """A training folder whose register hears a FIFO and prints into a file."""
    init_training(folder)
    for key, value in SETTINGS.items():
        change_setting(folder, key, value)
    os.mkfifo(folder / KEYS_FIFO, 0o600)


class Shop:
    """Presses the keys of sales and sees every turn."""

    def __init__(self, folder: Path) -> None:
        self._keys = os.open(folder / KEYS_FIFO, os.O_RDWR)
        self._register: Register | None = None
        self._turned_s = 0.0
        self._turned = trio.Event()
        self._sealed: tuple[Receipt, Attempt] | None = None
        self._printed: list[Form] = []

    def watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """One turn of the register, logged as always."""
        log_turn(before, event, after, effects)
        self._turned_s = perf_counter()
        self._register = after
        if isinstance(after.receipt, Registering):
            self._sealed = after.receipt.receipt, after.receipt.attempt
        if isinstance(after.receipt, Printed):
            self._printed = [after.receipt.form]
        self._turned.set()
        self._turned = trio.Event()

    async def sell(self) -> float:
        """One sale: seconds from before the tender's key is in the FIFO until the register is composing again."""
        self._printed.clear()
        with trio.fail_after(SALE_S):
            for keys in ITEMS:
                self._press(*keys)
            await self._until(lambda basket: len(basket.items) == len(ITEMS))
            await trio.testing.wait_all_tasks_blocked()
            pressed_s = perf_counter()
            self._press(TENDER)
            await self._until(lambda basket: not basket.items)
        assert self._printed == [Form.ONLINE], f"the sale did not end with an on-line receipt on paper: {self._printed}"
        return self._turned_s - pressed_s

    @property
    def sealed(self) -> tuple[Receipt, Attempt]:
        """The last receipt that was sold, with its attempt."""
        assert self._sealed is not None
        return self._sealed

    def close(self) -> None:
        """Give the FIFO back."""
        os.close(self._keys)

    def _press(self, *keys: str) -> None:
        os.write(self._keys, "".join(f"{key}\n" for key in keys).encode())

    async def _until(self, holds: Callable[[Composing], bool]) -> None:
        while not (self._register and isinstance(self._register.receipt, Composing) and holds(self._register.receipt)):
            await self._turned.wait()
