"""A life of a seed: ``live(seed, receipts)`` lives it in virtual time and tells what it came to.

The same seed gives the same journal, byte for byte, in any process.
"""

from __future__ import annotations

import gc
import logging
import shutil
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import structlog
import trio
import trio.testing

from tests.sim_chance import fix_scheduler, stream, uuid_objects, weighted
from tests.sim_day import Life, Told as Told
from tests.sim_wire import seed_server
from tests.sim_world import World

MEMORY = Path("/dev/shm")
TICKS_S = {1.0: 1, 6.0: 4}
"""A tick does nothing for most sales: in most lives the register hears of the time less often than once a second."""


def live(seed: int, receipts: int, arrange: Callable[[World], None] = lambda world: None) -> Told:
    """A life in virtual time, its index in memory; ``arrange`` may change the world before it begins."""
    structlog.configure(processors=[_drop])
    folder = Path(mkdtemp(prefix="ekasa-life-", dir=MEMORY if MEMORY.is_dir() else None))
    gc.disable()
    logging.disable()
    try:
        fix_scheduler(seed)
        return trio.run(_live, seed, receipts, folder, arrange, clock=trio.testing.MockClock(autojump_threshold=0))
    finally:
        gc.enable()
        logging.disable(logging.NOTSET)
        structlog.reset_defaults()
        shutil.rmtree(folder)


async def _live(seed: int, receipts: int, folder: Path, arrange: Callable[[World], None]) -> Told:
    life = Life(seed, receipts, folder)
    arrange(life.world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("controller.starting.uuid4", uuid_objects(stream(seed, "session")))
        patch.setattr("controller.loop.TICK_S", weighted(stream(seed, "tick"), TICKS_S))
        patch.setattr("transitions.core._LOGGER", NoLog())
        seed_server(seed, patch)
        return await life.live()


class NoLog:
    """The log of the library of machines, which is asked ten times a turn."""

    def debug(self, *_words: object) -> None:
        """Nothing is written."""

    warning = info = debug


def _drop(_logger: Any, _method: str, _line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The log of a life is not kept."""
    raise structlog.DropEvent
