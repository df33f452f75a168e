"""From effect to port: the one place that calls a port on a machine's behalf.

A PortError, or an effect that takes longer than its limit, is the effect's failure; an effect that has none, and
every other exception, stops the register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import trio

from drivers.ports import Authority, Clock, Display, Mail, NoAnswer, PortError, Printer, Signer, Storage
from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.codes import create_date, read_date
from states.fiscal.day import ReportKind, Sums, fold
from states.fiscal.identity import Identity
from states.fiscal.original import original_lines, void_lines
from states.fiscal.receipt import Acceptance, Attempt, Receipt, Sale, Verdict
from states.fiscal.report import report_lines, totals
from states.fiscal.sealing import seal
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
    """Performs effects on the ports; ``limits_s`` are settings that replace the limit of a class."""

    ports: Ports
    seller: Identity
    sw_id: str
    training: bool
    limits_s: dict[type[do.Effect], float] = field(default_factory=dict)
    new_uuid: Callable[[], str] = lambda: str(uuid4())

    async def perform(self, effect: do.Effect) -> on.Answer | None:
        """Do it within its limit and bring its one answer; None for an effect that is not waited for."""
        limit_s = self.limits_s.get(type(effect), effect.limit_s)
        try:
            with trio.fail_after(limit_s):
                return await self._do(effect)
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

    async def _do(self, effect: do.Effect) -> on.Answer | None:
        match effect:
            case do.Seal():
                return await self._seal(effect.sale)
            case do.Register():
                return await self._register(effect.receipt, effect.attempt)
            case do.Keep():
                await self.ports.storage.append(effect.record)
                return on.Kept()
            case do.Email():
                return await self._email(effect)
            case do.Print():
                return await self._print(effect)
            case do.Reattempt():
                return await self._reattempt(effect)
            case do.Resend():
                return await self._resend(effect.receipt, effect.attempt)
            case do.Resolve():
                await self.ports.storage.append(effect.record)
                return on.Resolved()
            case do.Report():
                return await self._report(effect.kind)
            case do.PrintReport():
                return await self._print_report(effect.sums)
            case do.OpenDrawer():
                await self.ports.printer.open_drawer()
                return None
            case do.Beep():
                await self.ports.display.beep()
                return None
        raise AssertionError(f"nobody performs {type(effect).__name__}")

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
        )
        attempt = Attempt(self.new_uuid(), date, 1)
        await storage.append(journal.Intent(receipt, attempt))
        return on.Sealed(receipt, attempt)

    async def _register(self, receipt: Receipt, attempt: Attempt) -> on.Answer:
        answer = await self.ports.authority.register(receipt, attempt)
        if isinstance(answer, Acceptance):
            return on.Registered(answer.uid, answer.reply)
        return on.RegisterRefused(answer.code, answer.text, answer.reply)

    async def _resend(self, receipt: Receipt, attempt: Attempt) -> on.Answer:
        answer = await self.ports.authority.register(receipt, attempt)
        if isinstance(answer, Acceptance):
            return on.Resent(answer.uid, answer.reply)
        return on.ResendRefused(answer.code, answer.text, answer.reply)

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

    async def _reattempt(self, effect: do.Reattempt) -> on.Answer:
        """W4: the SendingCount is raised durably before anything leaves, even if nothing will."""
        fresh = self.fresh()
        attempt = Attempt(fresh.uuid, fresh.request_date, effect.sending_count)
        await self.ports.storage.append(journal.Attempted(effect.receipt.okp, attempt))
        return on.Reattempted(attempt)

    async def _report(self, kind: ReportKind) -> on.Answer:
        """The sums since the last closing; a closing is one record, durable before it is printed."""
        storage = self.ports.storage
        if kind is ReportKind.AGAIN:
            last = await last_daily(storage)
            return on.Reported(last) if last else on.ReportMissing()
        records = [stored async for stored in storage.records(await storage.last_closed())]
        closed = [stored.record.number for stored in records if isinstance(stored.record, journal.Closed)]
        day, end = fold(records), records[-1]
        number = (closed[-1] if closed else 0) + 1 if kind is ReportKind.Z else 0
        if kind is ReportKind.Z:
            end = await storage.append(journal.Closed(number, day.up_to_seq, totals(day)))
        return on.Reported(Sums(kind, day, number, create_date(self.ports.clock.now()), end.chain.hex()))

    async def _print_report(self, sums: Sums) -> on.Answer:
        printer = self.ports.printer
        await printer.print_lines(report_lines(sums, self.seller, printer.columns, training=self.training))
        return on.ReportPrinted()


async def last_daily(storage: Storage) -> Sums | None:
    """The last daily report, folded again from the records that it counts; None if there was none."""
    since: list[journal.Stored] = []
    found: Sums | None = None
    async for stored in storage.records():
        if isinstance(stored.record, journal.Closed):
            up_to = stored.record.up_to_seq
            day = fold(one for one in since if one.seq <= up_to)
            at = create_date(datetime.fromtimestamp(stored.at_ns / 1e9, UTC))
            found = Sums(ReportKind.AGAIN, day, stored.record.number, at, stored.chain.hex())
            since = [one for one in since if one.seq > up_to]
        since.append(stored)
    return found


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
        case do.Seal():
            return on.SealFailed(error.reason)
        case do.Register():
            return on.RegisterFailed(error.reason, sent)
        case do.Resend():
            return on.ResendFailed(error.reason, sent)
        case do.Email():
            return on.EmailFailed(error.reason, Verdict.IN_DOUBT, "unknown", 0)
        case do.Print():
            return on.PrintFailed(error.reason)
        case do.PrintReport():
            return on.ReportFailed(error.reason)
    return None
