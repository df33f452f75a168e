"""A register's life: read the settings, open the drivers, recover, and run until interrupted."""

from __future__ import annotations

from collections import deque
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
import trio

from controller.causes import is_of_medium
from controller.inbox import Inbox
from controller.log import log_turn, logging_to
from controller.loop import Lanes, Shown, Watcher, examine, listen, run_heart, tick
from controller.opening import Opening, StartError, open_all
from controller.settings import Settings, load_settings
from controller.starting import start as start
from drivers.journal_log import JournalFailed
from states import effects as do
from states.register import Register
from states.screen import halted, screen
from states.view import View
from states.words import Language

REOPENED_MAX, REOPENED_WITHIN_S = 3, 600.0
"""So often the storage is opened again in so many seconds; a medium that fails once more is not to be sold on."""

REOPENING_PAUSE_S = 2.0
"""A medium that was pulled out for a moment is given this long."""


class StoppedError(Exception):
    """The register stopped itself while it ran; the cause says why, and the journal is safe."""


async def run_register(
    folder: Path, watch: Watcher = log_turn, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Run the register of this folder until cancelled.

    Raises:
      SettingsError, StartError, JournalCorrupt: it cannot start, and nothing was changed.
      StoppedError: it stopped itself; the journal is safe and decides at the next start.
    """
    settings = load_settings(folder)
    with logging_to(folder):
        log = structlog.get_logger()
        try:
            async with AsyncExitStack() as stack:
                opening = await open_all(stack, settings, folder)
                await run_opened(opening, watch, task_status)
        except Exception:
            log.exception("stopped")
            raise


async def run_opened(opening: Opening, watch: Watcher, task_status: trio.TaskStatus[None]) -> None:
    """Recover and run; whatever ends this is a StoppedError, because the journal was open and may have been written.

    When the medium fails, nothing is sold until the storage was closed, opened and verified, as after a power cut.
    """
    failures: deque[float] = deque(maxlen=REOPENED_MAX + 1)
    started = StartedOnce(task_status)
    while True:
        try:
            if failures:
                opening = await reopened(opening)
            await run_life(opening, watch, started, notice="storage-reopened" if failures else "")
        except Exception as error:
            failures.append(trio.current_time())
            if not is_of_medium(error) or opening.reopen_storage is None or is_hopeless(failures):
                raise StoppedError from error
            structlog.get_logger().exception("medium-failed")


def is_hopeless(failures: deque[float]) -> bool:
    """The medium failed once more than it may in that time."""
    return len(failures) > REOPENED_MAX and failures[-1] - failures[0] <= REOPENED_WITHIN_S


async def reopened(opening: Opening) -> Opening:
    """The same with a storage that was closed, opened and verified from the medium; meanwhile the display says so.

    Raises:
      JournalFailed: it cannot be opened now.
      JournalCorrupt: what was durable is damaged.
    """
    assert opening.reopen_storage is not None
    display = opening.outputs.ports.display
    await display.show(halted("storage-reopening", language_of(opening.settings), training=opening.settings.training))
    await display.beep()
    await trio.sleep(REOPENING_PAUSE_S)
    try:
        return opening.with_storage(await opening.reopen_storage())
    except (StartError, OSError) as error:
        raise JournalFailed("the storage cannot be opened") from error


class StartedOnce:
    """Tells whoever waits for the start that it is over, once: a storage may be reopened before and after."""

    def __init__(self, task_status: trio.TaskStatus[None]) -> None:
        self._task_status: trio.TaskStatus[None] | None = task_status

    def started(self) -> None:
        """The register runs."""
        if self._task_status is not None:
            self._task_status.started()
        self._task_status = None


async def run_life(opening: Opening, watch: Watcher, started: StartedOnce, *, notice: str) -> None:
    """Recover and run on the storage that is open; ``notice`` is what the cashier is told first."""
    register, effects = await start(opening)
    register = replace(register, notice=register.notice or notice)
    receipt = type(register.receipt).__name__
    structlog.get_logger().info("started", receipt=receipt, unsent=len(register.outbox.box.queue))
    await run_tasks(opening, register, effects, watch, started)


async def run_tasks(
    opening: Opening,
    register: Register,
    effects: tuple[do.Effect, ...],
    watch: Watcher,
    started: StartedOnce,
) -> None:
    """One nursery: the heart, its lanes, the display, the clock and the keypad; if one fails, all end."""
    settings, ports = opening.settings, opening.outputs.ports
    inbox, lanes, language = Inbox(), Lanes(), language_of(opening.settings)

    def view(register: Register) -> View:
        return screen(register, language, training=settings.training)

    shown = Shown(view(register))

    def show(register: Register) -> None:
        opening.keypad.wants_words(register.wants_words)
        shown.set(view(register))

    async with trio.open_nursery() as nursery:
        sending = opening.outputs.sending(nursery, inbox.post)
        perform = partial(opening.outputs.perform, sending=sending)
        for lane in do.Lane:
            nursery.start_soon(lanes.run, lane, perform, inbox)
        nursery.start_soon(shown.run, ports.display)
        nursery.start_soon(tick, ports.clock, inbox)
        nursery.start_soon(listen, opening.keypad, inbox)
        nursery.start_soon(examine, ports.storage, inbox)
        nursery.start_soon(run_heart, register, effects, inbox, lanes, show, watch)
        started.started()


def language_of(settings: Settings) -> Language:
    """The language of these settings."""
    return "en" if settings.language == "en" else "sk"
