"""Everything that leaves for the authority: sales, locations, and what the outbox sends again.

Sources: IR 2.1; protocol 5 (a late answer that is read is taken); reliability 3.3. The exchange of a sale is a task of
its own, so that it may outlive the customer's wait: the paper comes at the limit, the answer perhaps after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import structlog
import trio

from drivers.ports import Authority, Clock, NoAnswer, PortError, Signer, Storage
from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.codes import create_date
from states.fiscal.identity import Identity
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Receipt

LATE_S = 20.0
"""So long beyond its limit an exchange of a sale goes on."""

LATE_MAX = 2
"""So many exchanges may go on beyond their limits: the authority's driver has connections for them, a sale and the
outbox. A message that waited for a connection would not leave at once."""

End = Acceptance | Fault | PortError


@dataclass(eq=False, slots=True)
class Exchange:
    """One sending of a sale's message; ``end`` is None while it is under way, and if it was given up."""

    receipt: Receipt
    attempt: Attempt
    scope: trio.CancelScope
    ended: trio.Event = field(default_factory=trio.Event)
    end: End | None = None


@dataclass(slots=True)
class Sending:
    """Performs what machines want of the authority; exchanges are tasks of ``nursery``, late answers go to ``post``.

    An exception that is no PortError ends the nursery, and the register with it.
    """

    authority: Authority
    storage: Storage
    clock: Clock
    signer: Signer
    seller: Identity
    sw_id: str
    nursery: trio.Nursery
    post: Callable[[on.Event], None]
    new_uuid: Callable[[], str] = lambda: str(uuid4())
    late: list[Exchange] = field(default_factory=list, init=False)

    async def register(self, effect: do.Register, limit_s: float) -> on.Answer:
        """The answer to a sale's message, if it comes within the limit, which is kept here and not by the caller.

        After it the exchange goes on for LATE_S, and a verified UID is posted as AnsweredLate. If the caller is
        cancelled, so is the exchange.

        Raises:
          NoAnswer: ``late``, or the authority's reason; ``certificate-expired``, and nothing was sent.
        """
        self._check_certificate()
        wait_s = min(limit_s, do.BRIEF_S) if effect.briefly else limit_s
        scope = trio.CancelScope(deadline=trio.current_time() + wait_s + LATE_S)
        exchange = Exchange(effect.receipt, effect.attempt, scope)
        self._make_room()
        self.nursery.start_soon(self._run, exchange)
        try:
            with trio.move_on_after(wait_s):
                await exchange.ended.wait()
        except trio.Cancelled:
            scope.cancel()
            raise
        if exchange.end is None:
            self.late.append(exchange)
            raise NoAnswer("late", f"{wait_s:g} s", sent=True)
        return registered(exchange.end)

    async def resend(self, effect: do.Resend) -> on.Answer:
        """The answer to a message of the outbox; NoAnswer as for a sale."""
        self._check_certificate()
        if isinstance(effect.message, Location):
            answer = await self.authority.locate(effect.message, effect.attempt)
        else:
            answer = await self.authority.register(effect.message, effect.attempt)
        if isinstance(answer, Acceptance):
            return on.Resent(answer.uid, answer.reply)
        return on.ResendRefused(answer.code, answer.text, answer.reply)

    async def locate(self, effect: do.Locate) -> on.Answer:
        """The answer to a new location; NoAnswer as for a sale."""
        self._check_certificate()
        answer = await self.authority.locate(effect.location, effect.attempt)
        if isinstance(answer, Acceptance):
            return on.Located(answer.reply)
        return on.LocateRefused(answer.code, answer.text, answer.reply)

    async def announce(self, effect: do.Announce) -> on.Answer:
        """W1 of a location: its date and its id are those of its first attempt."""
        first = self._attempt(1)
        location = Location(first.uuid, effect.place, self.seller, first.request_date, self.sw_id)
        await self.storage.append(journal.Moved(location, first))
        return on.Announced(location, first)

    async def reattempt(self, effect: do.Reattempt) -> on.Answer:
        """W4: the SendingCount is raised durably before anything leaves, even if nothing will."""
        attempt = self._attempt(effect.sending_count)
        await self.storage.append(attempted(effect.message, attempt))
        return on.Reattempted(attempt)

    def _attempt(self, sending_count: int) -> Attempt:
        return Attempt(self.new_uuid(), create_date(self.clock.now()), sending_count)

    def _check_certificate(self) -> None:
        """Nothing is sent under a certificate that has expired; it waits for the next one."""
        if self.clock.now() > self.signer.not_after:
            raise NoAnswer("certificate-expired", self.signer.not_after.isoformat(), sent=False)

    def _make_room(self) -> None:
        """The oldest exchanges beyond their limits are given up before one more begins."""
        for exchange in self.late[:-LATE_MAX]:
            exchange.scope.cancel()

    async def _run(self, exchange: Exchange) -> None:
        with exchange.scope:
            exchange.end = await self._exchange(exchange)
        exchange.ended.set()
        if exchange in self.late:
            self.late.remove(exchange)
            self._hear_late(exchange)

    async def _exchange(self, exchange: Exchange) -> End:
        try:
            return await self.authority.register(exchange.receipt, exchange.attempt)
        except PortError as error:
            return error

    def _hear_late(self, exchange: Exchange) -> None:
        """A UID is posted; what else came, or that nothing came, is only logged: the outbox sends it again."""
        end = exchange.end
        told = {"receipt": exchange.receipt.key, "uuid": exchange.attempt.uuid}
        if isinstance(end, Acceptance):
            self.post(on.AnsweredLate(exchange.receipt.okp, end.uid, end.reply))
            structlog.get_logger().info("answered-late", uid=end.uid, **told)
        elif isinstance(end, Fault):
            structlog.get_logger().warning("refused-late", code=end.code, text=end.text, **told)
        else:
            reason = end.reason if end is not None else "given-up"
            structlog.get_logger().info("not-answered-late", reason=reason, **told)


def registered(end: End) -> on.Answer:
    """What the receipt hears of the end of its exchange; a PortError is raised."""
    match end:
        case Acceptance():
            return on.Registered(end.uid, end.reply)
        case Fault():
            return on.RegisterRefused(end.code, end.text, end.reply)
    raise end


def attempted(message: Receipt | Location, attempt: Attempt) -> journal.Attempted | journal.MovedAttempted:
    """The record of a further attempt."""
    if isinstance(message, Receipt):
        return journal.Attempted(message.okp, attempt)
    return journal.MovedAttempted(message.id, attempt)
