"""No display: a register that runs unattended, or whose screen is the panel of its LAN interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drivers.ports import Display
from states.view import View


class NoDisplay:
    """Shows nothing."""

    async def show(self, view: View) -> None:
        """Nothing happens."""

    async def beep(self) -> None:
        """Nothing happens."""


@asynccontextmanager
async def open_display(*, language: str) -> AsyncIterator[Display]:
    """A display that is not there."""
    yield NoDisplay()
