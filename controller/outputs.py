"""From effect to port: the one place that calls a port on a machine's behalf.

A PortError, or an effect that takes longer than its limit, is the effect's failure; an effect that has none, and
every other exception, stops the register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import trio

from controller.gathering import gather
from controller.lookups import check_paragon, find_original
from controller.sending import Sending
from drivers.ports import Authority, Clock, Display, Mail, NoAnswer, PortError, Printer, Signer, Storage
from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.codes import create_date, read_date
from states.fiscal.identity import Identity
from states.fiscal.original import original_lines, void_lines
from states.fiscal.receipt import Attempt, Sale, Verdict
from states.fiscal.rules import rules_of
from states.fiscal.sealing import seal
from states.fiscal.slip import Slip
from states.fiscal.slip_lines import slip_lines
from states.recovery import Fresh


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port that effects need, opened."""

    storage: Storage
    authority: Authority
    mail: Mail
    printer: Printer
    display: Display
    signer: Signer
    clock: Clock


@dataclass(frozen=True, slots=True)
class Outputs:
    """Performs effects on the ports.

    ``answer_limit_s`` is how long a customer waits for the authority, outside training never less than the day's law.
    ``limits_s`` are limits of the lanes that replace those of a class; ``exemption`` is the seller's from sending.
    """

    ports: Ports
    seller: Identity
    sw_id: str
    training: bool
    answer_limit_s: float = do.Register.limit_s
    limits_s: dict[type[do.Effect], float] = field(default_factory=dict)
    exemption: bool = False
    new_uuid: Callable[[], str] = lambda: str(uuid4())

    def sending(self, nursery: trio.Nursery, post: Callable[[on.Event], None]) -> Sending:
        """What leaves for the authority, with tasks of this nursery and late answers for this inbox."""
        ports = self.ports
        return Sending(
            ports.authority,
            ports.storage,
            ports.clock,
            ports.signer,
            self.seller,
            self.sw_id,
            nursery,
            post,
            self.new_uuid,
        )

    async def perform(self, effect: do.Effect, sending: Sending) -> on.Answer | None:
        """Do it within its limit and bring its one answer; None for an effect that is not waited for."""
        limit_s = self.limits_s.get(type(effect), effect.limit_s)
        try:
            with trio.fail_after(limit_s):
                return await self._do(effect, sending)
        except trio.TooSlowError as late:
            error = PortError("late", f"{limit_s:g} s")
            # A late journal may be durable or not: only the next start can tell, so nothing may follow from it here.
            if effect.lane is do.Lane.STORAGE:
                raise error from late
        except PortError as caught:
            error = caught
            if effect.brings and effect.failed is None:
                raise
        return failure(effect, error)

    def fresh(self) -> Fresh:
        """A Uuid and the time, for an attempt."""
        return Fresh(self.new_uuid(), create_date(self.ports.clock.now()))

    async def _do(self, effect: do.Effect, sending: Sending) -> on.Answer | None:
        match effect:
            case do.Register():
                return await sending.register(effect, self._answer_limit_s())
            case do.Reattempt():
                return await sending.reattempt(effect)
            case do.Resend():
                return await sending.resend(effect)
            case do.Announce():
                return await sending.announce(effect)
            case do.Locate():
                return await sending.locate(effect)
            case do.Email():
                return await self._email(effect)
            case do.Print():
                return await self._print(effect)
            case do.PrintSlip():
                return await self._print_slip(effect.slip)
            case do.OpenDrawer():
                await self.ports.printer.open_drawer()
                return None
            case do.Beep():
                await self.ports.display.beep()
                return None
        return await self._store(effect)

    async def _store(self, effect: do.Effect) -> on.Answer:
        """What the journal is written or read for."""
        storage, now = self.ports.storage, self.ports.clock.now()
        match effect:
            case do.Seal():
                return await self._seal(effect.sale)
            case do.Keep() | do.Resolve() | do.KeepPlace():
                await storage.append(effect.record)
                return effect.brings[0]()
            case do.Find():
                return await find_original(storage, now, effect.typed)
            case do.CheckParagon():
                return await check_paragon(storage, now, effect.number, effect.issued)
            case do.Gather():
                return await gather(effect.order, storage, now, self.seller)
        raise AssertionError(f"nobody performs {type(effect).__name__}")

    def _answer_limit_s(self) -> float:
        """The law of today stands above the settings."""
        if self.training:
            return self.answer_limit_s
        legal_s = rules_of(create_date(self.ports.clock.now())).response_limit_s
        return max(self.answer_limit_s, legal_s)

    async def _seal(self, sale: Sale) -> on.Answer:
        """W1: number, date and signature are made once, and are a receipt's only when they are durable."""
        storage, signer = self.ports.storage, self.ports.signer
        now = self.ports.clock.now()
        date = create_date(now)
        _check_time(now, signer.not_after, await storage.last_create_date())
        await storage.reserve()
        number = await storage.last_number(date[:7]) + 1
        receipt = seal(
            sale,
            self.seller,
            number,
            date,
            sign=signer.sign,
            sw_id=self.sw_id,
            certificate_serial=signer.certificate_serial,
            exemption=self.exemption,
        )
        attempt = Attempt(self.new_uuid(), date, 1)
        await storage.append(journal.Intent(receipt, attempt))
        return on.Sealed(receipt, attempt)

    async def _email(self, effect: do.Email) -> on.Answer:
        result = await self.ports.mail.send(effect.receipt, effect.uid, effect.address, effect.message_id)
        if result.verdict is Verdict.ACCEPTED:
            return on.Emailed(result.text)
        return on.EmailFailed(result.text, result.verdict, result.phase, result.code)

    async def _print(self, effect: do.Print) -> on.Answer:
        printer = self.ports.printer
        void = void_lines(printer.columns) if effect.torn else ()
        original = original_lines(effect.receipt, effect.uid, printer.columns, training=self.training)
        await printer.print_lines((*void, *original))
        return on.Printed()

    async def _print_slip(self, slip: Slip) -> on.Answer:
        printer = self.ports.printer
        await printer.print_lines(slip_lines(slip, self.seller, printer.columns, training=self.training))
        return on.SlipPrinted()


def _check_time(now: datetime, not_after: datetime, last_create_date: str) -> None:
    """A sale is sealed only under a valid certificate and never before the receipt that came before it."""
    if now > not_after:
        raise PortError("certificate-expired", not_after.isoformat())
    if last_create_date and now.replace(microsecond=0) < read_date(last_create_date):
        raise PortError("clock-back", last_create_date)


def failure(effect: do.Effect, error: PortError) -> on.Answer | None:
    """The answer of an effect that failed: its own class, with what is known of the failure."""
    sent = error.sent if isinstance(error, NoAnswer) else True
    match effect:
        case do.Register():
            return on.RegisterFailed(error.reason, sent)
        case do.Resend():
            return on.ResendFailed(error.reason, sent)
        case do.Email():
            return on.EmailFailed(error.reason, Verdict.IN_DOUBT, "unknown", 0)
    return effect.failed(error.reason) if effect.failed is not None else None
