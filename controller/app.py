"""A register's life: read the settings, open the drivers, recover, and run until interrupted."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

import structlog
import trio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from controller.inbox import Inbox
from controller.log import log_turn, logging_to
from controller.loop import Lanes, Shown, Watcher, listen, run_heart, tick
from controller.opening import Opening, open_all
from controller.outputs import Outputs
from controller.settings import load_settings
from controller.till import catalogue_of, till_of
from states import effects as do
from states.fiscal.codes import create_date
from states.fiscal.identity import RegisterType
from states.fiscal.journal import History, Moved, MovedAnswered, MovedAttempted, Opened
from states.fiscal.place import Location
from states.fiscal.rules import rules_of
from states.journey import Composing
from states.keying import Ready
from states.machines.outbox import Resting
from states.machines.service import health
from states.queueing import Box
from states.recovery import Places, locate_again, places, resume, resume_place, set_aside, unsent
from states.register import Register
from states.screen import screen
from states.view import View
from states.words import Language


class StoppedError(Exception):
    """The register stopped itself while it ran; the cause says why, and the journal is safe."""


async def start(opening: Opening) -> tuple[Register, tuple[do.Effect, ...]]:
    """The register as the journal left it; what recovery decides is durable before anything else happens."""
    outputs, storage = opening.outputs, opening.outputs.ports.storage
    session, now = uuid4().hex[:12], outputs.ports.clock.now()
    certificate = x509.load_der_x509_certificate(outputs.ports.signer.certificate_der)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    await storage.append(Opened(session, version("ekasa"), outputs.sw_id, opening.seller, pem))
    till = till_of(opening.settings, opening.seller, await catalogue_of(storage))
    histories = await storage.open_histories()
    found = places([stored.record async for stored in storage.records_of(Moved, MovedAttempted, MovedAnswered)])
    cashier = till.cashiers[0].name if till.cashiers else ""
    box = Box(opening.settings.authority.resend_s, unsent(histories, found.later), set_aside(histories))
    register = Register(
        entry=Ready(till),
        receipt=Composing(f"{session}-1", rules=rules_of(create_date(now)), cashier=cashier),
        outbox=Resting(box),
        service=health(outputs.ports.signer.not_after, now),
    )
    if opening.seller.cash_register_type is RegisterType.PORTABLE:
        register = replace(register, place=resume_place(found))
    return await resume_all(outputs, register, histories, found)


async def resume_all(
    outputs: Outputs, register: Register, histories: tuple[History, ...], found: Places
) -> tuple[Register, tuple[do.Effect, ...]]:
    """Go on with what waited for an answer: the place that was keyed last, then the receipt whose customer waits."""
    effects: list[do.Effect] = []
    if found.first is not None and isinstance(found.first.message, Location):
        resumption = locate_again(found.first.message, found.first.sending_count, outputs.fresh())
        await outputs.ports.storage.append(resumption.record)
        register = replace(register, place=resumption.state)
        effects.append(resumption.effect)
    undelivered = [history for history in histories if history.is_undelivered]
    assert len(undelivered) <= 1, "a register has one sale at a time"
    for history in undelivered:
        resumption = resume(history, outputs.fresh())
        await outputs.ports.storage.append(resumption.record)
        register = replace(register, receipt=resumption.state, notice="recovered")
        effects.append(resumption.effect)
    return register, tuple(effects)


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
    """Recover and run; whatever ends this ended a register that had started."""
    try:
        register, effects = await start(opening)
        receipt = type(register.receipt).__name__
        structlog.get_logger().info("started", receipt=receipt, unsent=len(register.outbox.box.queue))
        await run_tasks(opening, register, effects, watch, task_status)
    except Exception as error:
        raise StoppedError from error


async def run_tasks(
    opening: Opening,
    register: Register,
    effects: tuple[do.Effect, ...],
    watch: Watcher,
    task_status: trio.TaskStatus[None],
) -> None:
    """One nursery: the heart, its lanes, the display, the clock and the keypad; if one fails, all end."""
    settings, ports = opening.settings, opening.outputs.ports
    inbox, lanes = Inbox(), Lanes()

    language: Language = "en" if settings.language == "en" else "sk"

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
        nursery.start_soon(run_heart, register, effects, inbox, lanes, show, watch)
        task_status.started()
