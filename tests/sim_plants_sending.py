"""Planted bugs of what leaves for the authority: when it is durable, attempts, content, seals, answers, and limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import trio

from controller import sending
from controller.outputs import Outputs
from controller.sending import Exchange, Sending
from drivers import authority_reply, journal_book
from drivers.ports import NoAnswer
from drivers.simulated.authority_faults import FaultKind
from states import effects as do, events as on
from states.fiscal import sealing
from states.fiscal.codes import create_date, okp, pkp_base
from states.fiscal.journal import Attempted, Intent, Outcome, Record
from states.fiscal.receipt import Acceptance, Attempt, Receipt
from states.fiscal.sealing import seal
from states.journey import Offline, Refusing, Registering
from states.machines import receipt as receipts
from tests import sim_day, sim_wire
from tests.sim_faults import WEIGHTS, Drawer
from tests.sim_planting import Patch, Plant, row
from tests.sim_plants_journal import nameless

OUTAGES: Patch = (WEIGHTS, Drawer.AUTHORITY, 200)
SPELLS: Patch = (sim_day, "SPELL_ONE_IN", 1)
CLOCKS: Patch = (WEIGHTS, Drawer.CLOCK, 200)
REPLAYS: tuple[Patch, ...] = ((sim_day, "WIRED_ONE_IN", 1), (sim_wire.FORGED, "unparsable", (FaultKind.REPLAY,)))
POLL_S = 0.05


# --- What is durable before ------------------------------------------------------------------------------


class Late:
    """A storage that says of some records that they are durable, and writes them with the next one."""

    def __init__(self, storage: Any, owed: list[tuple[Any, Record]], is_late: Callable[[Record], bool]) -> None:
        self._storage, self._owed, self._is_late = storage, owed, is_late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def append(self, record: Record) -> Any:
        """Whoever was started anew has forgotten what he owed."""
        owed = [one for storage, one in self._owed if storage is self._storage]
        self._owed.clear()
        for one in owed:
            await self._storage.append(one)
        if not self._is_late(record):
            return await self._storage.append(record)
        self._owed.append((self._storage, record))
        return None


def written_late(kind: type[Record]) -> Callable[[], tuple[Patch, ...]]:
    """Records of this kind are written with the next one."""

    def plant() -> tuple[Patch, ...]:
        true_store, true_sending = Outputs._store, Outputs.sending
        owed: list[tuple[Any, Record]] = []

        def careless(outputs: Outputs) -> Outputs:
            storage: Any = Late(outputs.ports.storage, owed, lambda record: isinstance(record, kind))
            return replace(outputs, ports=replace(outputs.ports, storage=storage))

        async def store(outputs: Outputs, effect: do.Effect) -> on.Answer:
            return await true_store(careless(outputs), effect)

        def make_sending(outputs: Outputs, *rest: Any) -> Sending:
            return true_sending(careless(outputs), *rest)

        return (Outputs, "_store", store), (Outputs, "sending", make_sending)

    return plant


# --- Attempts --------------------------------------------------------------------------------------------


def made(attempt: Callable[[Sending, Attempt], Attempt]) -> tuple[Patch, ...]:
    """The attempts of the outbox are other ones."""
    true_attempt = Sending._attempt

    def make(self: Sending, sending_count: int) -> Attempt:
        return attempt(self, true_attempt(self, sending_count))

    return ((Sending, "_attempt", make),)


def same_uuid() -> tuple[Patch, ...]:
    """The Uuid of the first one that is sent again is everybody's."""
    uuids: list[str] = []

    def attempt(_sending: Sending, fresh: Attempt) -> Attempt:
        uuids.append(fresh.uuid)
        return replace(fresh, uuid=uuids[0])

    return made(attempt)


def count_not_raised() -> tuple[Patch, ...]:
    """Each attempt is the first."""
    return made(lambda _, fresh: replace(fresh, sending_count=1))


def sent_again(other: Callable[[Sending, Receipt], Receipt]) -> tuple[Patch, ...]:
    """What the outbox sends is not what was sealed."""
    true_resend = Sending.resend

    async def resend(self: Sending, effect: do.Resend) -> on.Answer:
        if isinstance(effect.message, Receipt):
            effect = replace(effect, message=other(self, effect.message))
        return await true_resend(self, effect)

    return ((Sending, "resend", resend),)


def sealed_now(by: Sending, receipt: Receipt, number: int) -> Receipt:
    """The sale of a receipt, sealed once more."""
    signer, date = by.signer, create_date(by.clock.now())
    serial = signer.certificate_serial
    return seal(receipt.sale, by.seller, number, date, sign=signer.sign, sw_id=by.sw_id, certificate_serial=serial)


def seal_again() -> tuple[Patch, ...]:
    """PKP and OKP are made anew when a receipt is sent again."""
    return sent_again(lambda by, receipt: sealed_now(by, receipt, receipt.number))


def program_of_today() -> tuple[Patch, ...]:
    """The message says which program sends it, not which one sealed it."""
    return sent_again(lambda _, receipt: replace(receipt, sw_id="0" * 40))


def new_number() -> tuple[Patch, ...]:
    """A receipt without an answer is registered under a number of its own again, and the journal does not look."""
    true_reattempt, numbered = Sending.reattempt, dict[str, Receipt]()

    async def reattempt(self: Sending, effect: do.Reattempt) -> on.Answer:
        old = effect.message
        if not isinstance(old, Receipt):
            return await true_reattempt(self, effect)
        number = await self.storage.last_number(create_date(self.clock.now())[:7]) + 1
        new, attempt = numbered.setdefault(old.okp, sealed_now(self, old, number)), self._attempt(1)
        await self.storage.append(Intent(new, attempt))
        return on.Reattempted(attempt)

    again = sent_again(lambda _, receipt: numbered.get(receipt.okp, receipt))
    return (Sending, "reattempt", reattempt), (journal_book, "names_of", nameless), *again


# --- Seals and answers -----------------------------------------------------------------------------------


def sign_another_text() -> tuple[Patch, ...]:
    """The date that is signed is without its offset."""

    def base(dic: str, code: str, kind: Any, number: int, date: str, amount: str) -> str:
        return pkp_base(dic, code, kind, number, date[:19], amount)

    return ((sealing, "pkp_base", base),)


def okp_of_the_text() -> tuple[Patch, ...]:
    """The OKP is the hash of the PKP as it is written, not of its bytes."""
    return ((sealing, "okp", lambda pkp: okp(b64encode(pkp))),)


def believe_any_answer() -> tuple[Patch, ...]:
    """An answer to another request is taken for the answer to this one."""
    true_answer = authority_reply._answer

    def answer(body: Any, _uuid: str, reply: str, response: str) -> Any:
        header = body.find("*/{*}Header")
        return true_answer(body, "" if header is None else header.get("RequestUuid", ""), reply, response)

    return ((authority_reply, "_answer", answer),)


def late_uid_to_the_newest() -> tuple[Patch, ...]:
    """A late answer is taken for the receipt that was sent last."""
    true_register, newest = Sending.register, dict[int, str]()

    async def register(self: Sending, effect: do.Register, limit_s: float) -> on.Answer:
        newest[0] = effect.receipt.okp
        return await true_register(self, effect, limit_s)

    def hear_late(self: Sending, exchange: Exchange) -> None:
        if isinstance(exchange.end, Acceptance):
            self.post(on.AnsweredLate(newest[0], exchange.end.uid, exchange.end.reply))

    return (Sending, "register", register), (Sending, "_hear_late", hear_late)


def overload_is_a_refusal() -> tuple[Patch, ...]:
    """The server had no time, and the sale is refused."""
    return (row(Registering, on.RegisterRefused, Refusing, receipts.keep_refusal),)


def refusal_is_an_overload() -> tuple[Patch, ...]:
    """Whatever the code is, the customer gets an off-line receipt."""
    return (row(Registering, on.RegisterRefused, Offline, receipts.go_offline_overloaded),)


# --- Limits ----------------------------------------------------------------------------------------------


def half_the_limit() -> tuple[Patch, ...]:
    """Nobody waits as long as the law says."""
    true_register = Sending.register

    async def register(self: Sending, effect: do.Register, limit_s: float) -> on.Answer:
        return await true_register(self, effect, limit_s / 2)

    return ((Sending, "register", register),)


def wall_clock() -> tuple[Patch, ...]:
    """The wait is over when the clock on the wall says so."""
    true_register = Sending.register

    async def register(self: Sending, effect: do.Register, limit_s: float) -> on.Answer:
        began, scope = self.clock.now(), trio.CancelScope()

        async def watch() -> None:
            await trio.sleep(POLL_S)
            if (self.clock.now() - began).total_seconds() >= limit_s:
                scope.cancel()
            nursery.start_soon(watch)

        end: on.Answer | NoAnswer = NoAnswer("late", "the clock says so", sent=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            try:
                with scope:
                    end = await true_register(self, effect, limit_s)
            except NoAnswer as error:
                end = error
            nursery.cancel_scope.cancel()
        if isinstance(end, NoAnswer):
            raise end
        return end

    return ((Sending, "register", register),)


def unbounded() -> tuple[Patch, ...]:
    """Exchanges beyond their limits are never given up for a new one."""
    return ((sending, "LATE_MAX", 10**6),)


# fmt: off
SENDING: dict[str, Plant] = {
    "intent-written-late":     Plant("a message leaves before its receipt is durable", "I4", written_late(Intent)),
    "deliver-before-uid":      Plant("paper leaves before the outcome is durable", "I4", written_late(Outcome)),
    "count-raised-after":      Plant("SendingCount is raised after sending", "I4", written_late(Attempted)),
    "seal-again":              Plant("PKP and OKP are made anew at a re-send", "I7", seal_again),
    "program-of-today":        Plant("a re-send names another program than was sealed", "I7", program_of_today),
    "sign-another-text":       Plant("the PKP signs another text", "I8", sign_another_text),
    "okp-of-the-text":         Plant("the OKP is the hash of another form of the PKP", "I8", okp_of_the_text),
    "same-uuid":               Plant("a Uuid is used again", "I9", same_uuid),
    "count-not-raised":        Plant("SendingCount is not raised", "I9", count_not_raised),
    "new-number":              Plant("a retry has a number of its own", "I10", new_number),
    "believe-any-answer":      Plant("RequestUuid is not compared", "I11", believe_any_answer, REPLAYS),
    "late-uid-to-the-newest":  Plant("a late UID goes to the newest", "I11", late_uid_to_the_newest, (OUTAGES, SPELLS)),
    "overload-is-a-refusal":   Plant("-1 is taken for a refusal", "I13", overload_is_a_refusal),
    "refusal-is-an-overload":  Plant("a refusal is taken for -1", "I14", refusal_is_an_overload),
    "half-the-limit":          Plant("off-line before the limit", "I14", half_the_limit),
    "wall-clock":              Plant("the limit is measured on the wall clock", "I14", wall_clock, (CLOCKS, OUTAGES)),
    "unbounded":               Plant("the row of late exchanges has no bound", "I27", unbounded, (OUTAGES, SPELLS)),
}
# fmt: on
