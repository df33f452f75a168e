"""A register's life: read the settings, open the drivers, recover, and run until interrupted."""

from __future__ import annotations

from contextlib import AsyncExitStack
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
from controller.settings import Settings, load_settings
from states import effects as do
from states.fiscal.identity import Identity
from states.fiscal.journal import Opened
from states.fiscal.names import carry
from states.journey import Composing
from states.keying import Ready
from states.machines.outbox import Resting
from states.recovery import resume, unsent
from states.register import Register
from states.screen import screen
from states.till import Department, Till
from states.view import View
from states.words import Language


class StoppedError(Exception):
    """The register stopped itself while it ran; the cause says why, and the journal is safe."""


def till_of(settings: Settings, seller: Identity) -> Till:
    """The shop's departments; who is no payer of VAT sells at rate 0."""
    departments = tuple(
        Department(one.number, carry(one.name), one.vat if seller.is_vat_payer else 0) for one in settings.department
    )
    return Till(departments, implied_cents=settings.keypad.decimal == "implied")


async def start(opening: Opening) -> tuple[Register, tuple[do.Effect, ...]]:
    """The register as the journal left it; what recovery decides is durable before anything else happens."""
    outputs, storage = opening.outputs, opening.outputs.ports.storage
    session = uuid4().hex[:12]
    certificate = x509.load_der_x509_certificate(outputs.ports.signer.certificate_der)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    await storage.append(Opened(session, version("ekasa"), outputs.sw_id, opening.seller, pem))
    histories = await storage.open_histories()
    resting = Resting(opening.settings.authority.resend_s, unsent(histories))
    register = Register(Ready(till_of(opening.settings, opening.seller)), Composing(f"{session}-1"), resting)
    undelivered = [history for history in histories if history.is_undelivered]
    if not undelivered:
        return register, ()
    assert len(undelivered) == 1, "a register has one sale at a time"
    resumption = resume(undelivered[0], outputs.fresh())
    await storage.append(resumption.record)
    return Register(register.entry, resumption.state, resting, notice="recovered"), (resumption.effect,)


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
        structlog.get_logger().info("started", receipt=receipt, unsent=len(register.outbox.queue))
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
        for lane in do.Lane:
            nursery.start_soon(lanes.run, lane, opening.outputs.perform, inbox)
        nursery.start_soon(shown.run, ports.display)
        nursery.start_soon(tick, ports.clock, inbox)
        nursery.start_soon(listen, opening.keypad, inbox)
        nursery.start_soon(run_heart, register, effects, inbox, lanes, show, watch)
        task_status.started()
