"""Reading a folder's journal from outside the register: for replay, the demo and export."""

from __future__ import annotations

from pathlib import Path

from controller.settings import load_settings
from drivers.registry import opener
from states.fiscal.journal import Stored


async def read_journal(folder: Path) -> tuple[Stored, ...]:
    """All records of the folder's journal, oldest first; PortError(``busy``) while a register runs on it."""
    settings = load_settings(folder)
    async with opener("storage", settings.storage.driver)(path=settings.storage.path, folder=folder) as storage:
        return tuple([stored async for stored in storage.records()])
