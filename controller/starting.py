"""The register as the journal left it: what recovery decides is durable before anything else happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from uuid import uuid4

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from controller.opening import Opening
from controller.outputs import Outputs
from controller.till import catalogue_of, till_of
from states import effects as do
from states.fiscal.codes import create_date
from states.fiscal.identity import RegisterType
from states.fiscal.journal import History, Moved, MovedAnswered, MovedAttempted, Opened, Record, SetAside
from states.fiscal.place import Location
from states.fiscal.rules import rules_of
from states.journey import Composing, Ended
from states.keying import Ready
from states.machines.outbox import Resting
from states.machines.service import health
from states.poison import RECENT_RECORDS
from states.queueing import Box
from states.recovery import (
    Places,
    Resumption,
    locate_again,
    places,
    resume,
    resume_place,
    set_aside,
    starts_with,
    unsent,
)
from states.register import Register

Started = tuple[Register, tuple[do.Effect, ...]]
"""A register and what it wants first."""


@dataclass(slots=True)
class Recovered:
    """The receipts that are not done with, as they are now, those that go on, and those that were given up."""

    open: list[History] = field(default_factory=list)
    resumed: list[Resumption] = field(default_factory=list)
    given_up: list[History] = field(default_factory=list)


async def start(opening: Opening) -> Started:
    """The register of this journal, and the questions of what was interrupted."""
    outputs, storage = opening.outputs, opening.outputs.ports.storage
    session, now = uuid4().hex[:12], outputs.ports.clock.now()
    certificate = x509.load_der_x509_certificate(outputs.ports.signer.certificate_der)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    opened = await storage.append(Opened(session, version("ekasa"), outputs.sw_id, opening.seller, pem))
    till = till_of(opening.settings, opening.seller, await catalogue_of(storage))
    found = places([stored.record async for stored in storage.records_of(Moved, MovedAttempted, MovedAnswered)])
    located = await recover_place(outputs, found)
    receipts = await recover_receipts(outputs, opened.seq)
    cashier = till.cashiers[0].name if till.cashiers else ""
    box = Box(opening.settings.authority.resend_s, unsent(receipts.open, found.later), set_aside(receipts.open))
    register = Register(
        entry=Ready(till),
        receipt=Composing(f"{session}-1", rules=rules_of(create_date(now)), cashier=cashier),
        outbox=Resting(box),
        service=health(outputs.ports.signer.not_after, now),
    )
    if opening.seller.cash_register_type is RegisterType.PORTABLE:
        register = replace(register, place=resume_place(found))
    if located is not None:
        register = replace(register, place=located.state)
    return going_on(register, located, receipts)


async def recover_place(outputs: Outputs, found: Places) -> Resumption | None:
    """The place that was keyed last is asked again if the authority has not answered."""
    if found.first is None or not isinstance(found.first.message, Location):
        return None
    resumption = locate_again(found.first.message, found.first.sending_count, outputs.fresh())
    await outputs.ports.storage.append(resumption.record)
    return resumption


async def recover_receipts(outputs: Outputs, seq: int) -> Recovered:
    """What is decided of each receipt that is not done with is durable; ``seq`` is that of this start's Opened."""
    storage, recovered, fresh = outputs.ports.storage, Recovered(), outputs.fresh()
    histories = await storage.open_histories()
    recent: Sequence[Record] = ()
    if histories:
        recent = [stored.record async for stored in storage.records(max(0, seq - RECENT_RECORDS))]
    for before in histories:
        resumption, after = resume(before, fresh, starts_with(before, recent)), before
        if resumption is not None:
            await storage.append(resumption.record)
            after = before.after(resumption.record)
            if isinstance(resumption.record, SetAside):
                recovered.given_up.append(before)
            else:
                recovered.resumed.append(resumption)
        recovered.open.append(after)
    assert len(recovered.resumed) <= 1, "a register has one sale at a time"
    return recovered


def going_on(register: Register, located: Resumption | None, receipts: Recovered) -> Started:
    """The customer who waits comes first; what was given up is told."""
    effects = [located.effect] if located is not None else []
    for before in receipts.given_up:
        structlog.get_logger().warning("set-aside", receipt=before.receipt.key, delivered=not before.is_undelivered)
        register = told(register, before)
        effects.append(do.Beep("sale-given-up" if before.is_undelivered else "message-given-up"))
    for resumption in receipts.resumed:
        register = replace(register, receipt=resumption.state, notice="recovered", ended=None)
        effects.append(resumption.effect)
    return register, tuple(effect for effect in effects if effect is not None)


def told(register: Register, before: History) -> Register:
    """The cashier is told of a receipt that was given up: of one that nobody has, which, and what to do."""
    if not before.is_undelivered:
        return replace(register, notice=register.notice or "message-given-up")
    form = before.outcome.form if before.outcome else None
    return replace(register, notice="sale-given-up", ended=Ended(before.receipt, form, None))
