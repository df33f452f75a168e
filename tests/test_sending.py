"""What leaves for the authority: over real TLS to the simulated one, within the customer's limit and beyond it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from controller import sending as sending_module
from controller.sending import LATE_MAX, LATE_S, Sending
from drivers.clock_system import SystemClock
from drivers.ports import NoAnswer, PortError
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.training import PORTABLE_IDENTITY, TRAINING_IDENTITY
from drivers.storage_journal import open_journal
from states import effects as do, events as on
from states.fiscal.codes import is_uid
from states.fiscal.identity import Identity
from states.fiscal.journal import Attempted, Intent, Moved, MovedAttempted, Record
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Receipt
from tests.authority_kit import ADDRESS, GPS, OTHER, both, make_attempt, make_receipt, make_world, signer
from tests.fiscal_examples import UID, numbered

SLACK_S = 0.4
SW_ID = "8639BA17" * 5
SILENCE = AuthorityFault(FaultKind.SILENCE, times=99)


@dataclass
class Expired:
    """The register's key under a certificate whose time is over."""

    certificate_serial: str = "1"
    certificate_der: bytes = b""
    not_after: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=1))

    def sign(self, message: bytes) -> bytes:
        """As ever."""
        return signer().sign(message)


@dataclass
class Office:
    """A register's sending, the world it sends to, and what was posted after its limit."""

    sending: Sending
    world: AuthorityWorld
    journal: Any
    heard: list[on.Event]

    async def records(self) -> list[Record]:
        """What is durable."""
        return [stored.record async for stored in self.journal.records()]

    async def late(self) -> list[on.Event]:
        """What is posted once every exchange is over; a test fails that waits too long for it."""
        with trio.fail_after(5):
            for exchange in tuple(self.sending.late):
                await exchange.ended.wait()
        assert not self.sending.late
        return self.heard


@asynccontextmanager
async def office(tmp_path: Path, seller: Identity = TRAINING_IDENTITY, **ports: Any) -> AsyncIterator[Office]:
    """Everything real but the authority at the other end of the line."""
    world, heard = make_world(), list[on.Event]()
    async with both(world) as authority, open_journal(tmp_path / "journal") as journal, trio.open_nursery() as nursery:
        every: dict[str, Any] = {
            "authority": authority,
            "storage": journal,
            "clock": SystemClock(),
            "signer": signer(),
        } | ports
        sending = Sending(**every, seller=seller, sw_id=SW_ID, nursery=nursery, post=heard.append)
        yield Office(sending, world, journal, heard)
        nursery.cancel_scope.cancel()


def delayed(seconds: float, times: int = 1) -> AuthorityFault:
    """The receipt is registered at once, and the answer comes so late."""
    return AuthorityFault(FaultKind.DELAY, seconds=seconds, times=times)


def asked(receipt: Receipt | None = None, *, briefly: bool = False) -> do.Register:
    """A sale's first sending."""
    return do.Register(receipt or make_receipt(), make_attempt(), briefly)


async def silent(sending: Sending, effect: do.Register, limit_s: float) -> tuple[NoAnswer, float]:
    """The failure of a sale that must fail, and how long the customer waited for it."""
    began = trio.current_time()
    with pytest.raises(NoAnswer) as caught:
        await sending.register(effect, limit_s)
    return caught.value, trio.current_time() - began


# --- A sale ----------------------------------------------------------------------------------------------


async def test_an_answer_in_time_is_the_answer(tmp_path: Path) -> None:
    """The UID is the one that the authority keeps; nothing comes later."""
    async with office(tmp_path) as one:
        receipt = make_receipt()
        answer = await one.sending.register(asked(receipt), 5)
        assert isinstance(answer, on.Registered)
        assert answer.uid == one.world.receipts[receipt.okp].uid
        assert answer.uid in answer.reply
        assert (one.heard, one.sending.late) == ([], [])


@pytest.mark.parametrize("code", [-1, -100, -104])
async def test_a_refusal_in_time_is_an_answer(tmp_path: Path, code: int) -> None:
    """Its code and text are the authority's."""
    async with office(tmp_path) as one:
        one.world.faults.append(AuthorityFault(FaultKind.CODE, code=code))
        answer = await one.sending.register(asked(), 5)
        assert isinstance(answer, on.RegisterRefused)
        assert answer.code == code


@pytest.mark.parametrize("kind", [FaultKind.CUT_TLS, FaultKind.GARBAGE, FaultKind.WRONG_SIGNER])
async def test_what_is_no_answer_ends_the_wait_at_once(tmp_path: Path, kind: FaultKind) -> None:
    """Nobody waits for the limit when the line is broken."""
    async with office(tmp_path) as one:
        one.world.faults.append(AuthorityFault(kind))
        error, waited_s = await silent(one.sending, asked(), 5)
        assert error.reason in {"reset", "unparsable", "wrong-signer"}
        assert waited_s < 5 - SLACK_S
        assert (one.heard, one.sending.late) == ([], [])


async def test_r_34_a_late_answer_is_heard_after_the_paper_was_begun(tmp_path: Path) -> None:
    """The customer waits the limit and no longer; the one message that left is answered, and its UID is posted."""
    async with office(tmp_path) as one:
        one.world.faults.append(delayed(0.6))
        receipt = make_receipt()
        error, waited_s = await silent(one.sending, asked(receipt), 0.2)
        assert (error.reason, error.sent) == ("late", True)
        assert 0.2 <= waited_s < 0.2 + SLACK_S
        (answer,) = await one.late()
        assert isinstance(answer, on.AnsweredLate)
        assert (answer.okp, answer.uid) == (receipt.okp, one.world.receipts[receipt.okp].uid)
        assert answer.uid in answer.reply
        assert one.world.requests == 1


async def test_r_36_in_an_outage_the_message_leaves_and_the_customer_hardly_waits(tmp_path: Path) -> None:
    """BRIEF_S instead of the limit; what leaves and what comes back is the same."""
    async with office(tmp_path) as one:
        one.world.faults.append(delayed(do.BRIEF_S + 0.4))
        error, waited_s = await silent(one.sending, asked(briefly=True), 5)
        assert error.reason == "late"
        assert do.BRIEF_S <= waited_s < do.BRIEF_S + SLACK_S
        assert one.world.requests == 1
        assert len(await one.late()) == 1


async def test_a_limit_below_the_brief_one_stays_the_limit(tmp_path: Path) -> None:
    """A training register may be in a greater hurry."""
    async with office(tmp_path) as one:
        one.world.faults.append(delayed(0.4))
        _, waited_s = await silent(one.sending, asked(briefly=True), 0.1)
        assert waited_s < 0.1 + SLACK_S / 2


async def test_a_late_answer_that_may_not_be_believed_is_not_heard(tmp_path: Path) -> None:
    """Silence to the end, or the wrong signer: it is logged, and the outbox sends it again."""
    async with office(tmp_path) as one:
        one.world.faults.append(SILENCE)
        with capture_logs() as lines:
            await silent(one.sending, asked(), 0.05)
            (exchange,) = one.sending.late
            exchange.scope.cancel()
            assert await one.late() == []
        assert [line["event"] for line in lines] == ["not-answered-late"]
        assert lines[0]["reason"] == "given-up"


async def test_an_exchange_ends_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LATE_S beyond the limit at the latest."""
    monkeypatch.setattr(sending_module, "LATE_S", 0.3)
    async with office(tmp_path) as one:
        one.world.faults.append(SILENCE)
        began = trio.current_time()
        await silent(one.sending, asked(), 0.1)
        assert await one.late() == []
        assert 0.4 <= trio.current_time() - began < 0.4 + SLACK_S


async def test_every_message_of_an_outage_leaves_at_once(tmp_path: Path) -> None:
    """However many sales: none waits for a connection that an old one holds, nor does the outbox."""
    async with office(tmp_path) as one:
        one.world.faults.append(SILENCE)
        for sales in range(1, 9):
            await silent(one.sending, asked(), 0.1)
            assert one.world.requests == sales
            assert len(one.sending.late) <= LATE_MAX + 1
        one.world.faults.clear()
        with trio.fail_after(1):
            answer = await one.sending.resend(do.Resend(make_receipt(), make_attempt(2)))
        assert isinstance(answer, on.Resent)


async def test_who_stops_waiting_stops_the_exchange(tmp_path: Path) -> None:
    """A register that ends leaves nothing under way, and hears nothing."""
    async with office(tmp_path) as one:
        one.world.faults.append(SILENCE)
        with trio.move_on_after(0.1) as scope:
            await one.sending.register(asked(), 5)
        assert scope.cancelled_caught
        await trio.sleep(SLACK_S)
        assert (one.heard, one.sending.late) == ([], [])
        assert not one.sending.nursery.child_tasks


# --- The outbox and the place ----------------------------------------------------------------------------


async def test_a_further_attempt_is_durable_and_then_answered(tmp_path: Path) -> None:
    """W4 first, with a Uuid of its own and today's time; the same receipt gets the same UID."""
    async with office(tmp_path) as one:
        receipt, first = make_receipt(), make_attempt()
        await one.journal.append(Intent(receipt, first))
        one.world.faults.append(AuthorityFault(FaultKind.DROP_AFTER_PROCESSING))
        await silent(one.sending, do.Register(receipt, first), 5)
        again = await one.sending.reattempt(do.Reattempt(receipt, 2))
        assert isinstance(again, on.Reattempted)
        assert (await one.records())[-1] == Attempted(receipt.okp, again.attempt)
        assert again.attempt.sending_count == 2
        assert again.attempt.uuid != first.uuid
        answer = await one.sending.resend(do.Resend(receipt, again.attempt))
        assert isinstance(answer, on.Resent)
        assert answer.uid == one.world.receipts[receipt.okp].uid


async def test_a_late_answer_and_a_further_attempt_bring_the_same_uid(tmp_path: Path) -> None:
    """Whoever is first: the authority knows the receipt by its OKP."""
    async with office(tmp_path) as one:
        one.world.faults.append(delayed(0.5))
        receipt = make_receipt()
        await silent(one.sending, asked(receipt), 0.1)
        again = await one.sending.resend(do.Resend(receipt, make_attempt(2)))
        (answer,) = await one.late()
        assert isinstance(again, on.Resent)
        assert isinstance(answer, on.AnsweredLate)
        assert answer.uid == again.uid


@pytest.mark.parametrize("code", [-1, -104])
async def test_a_refused_attempt_has_its_code(tmp_path: Path, code: int) -> None:
    """Of a receipt and of a location."""
    async with office(tmp_path) as one:
        one.world.faults.append(AuthorityFault(FaultKind.CODE, code=code, times=3))
        receipt = await one.sending.resend(do.Resend(make_receipt(), make_attempt(2)))
        located = await one.sending.announce(do.Announce(GPS))
        assert isinstance(located, on.Announced)
        location = await one.sending.resend(do.Resend(located.location, make_attempt(2)))
        assert isinstance(receipt, on.ResendRefused)
        assert isinstance(location, on.ResendRefused)
        assert receipt.code == location.code == code
        place = await one.sending.locate(do.Locate(located.location, make_attempt()))
        assert isinstance(place, on.LocateRefused)
        assert place.code == code


@pytest.mark.parametrize("place", [GPS, ADDRESS, OTHER])
async def test_r_37_a_place_is_durable_and_then_told(tmp_path: Path, place: Any) -> None:
    """Its id and date are those of its first attempt; the authority takes it, again and again if it must."""
    async with office(tmp_path, seller=PORTABLE_IDENTITY) as one:
        announced = await one.sending.announce(do.Announce(place))
        assert isinstance(announced, on.Announced)
        location, first = announced.location, announced.attempt
        assert await one.records() == [Moved(location, first)]
        assert (location.id, location.create_date, first.sending_count) == (first.uuid, first.request_date, 1)
        assert (location.place, location.seller, location.sw_id) == (place, PORTABLE_IDENTITY, SW_ID)
        answer = await one.sending.locate(do.Locate(location, first))
        assert isinstance(answer, on.Located)
        again = await one.sending.reattempt(do.Reattempt(location, 2))
        assert isinstance(again, on.Reattempted)
        assert (await one.records())[-1] == MovedAttempted(location.id, again.attempt)
        resent = await one.sending.resend(do.Resend(location, again.attempt))
        assert isinstance(resent, on.Resent)
        assert resent.uid == ""
        assert len(one.world.locations) == 1


async def test_nothing_leaves_under_a_certificate_that_has_expired(tmp_path: Path) -> None:
    """It waits for the next one: not a byte is sent, and that is known."""
    async with office(tmp_path, signer=Expired()) as one:
        location = await one.sending.announce(do.Announce(GPS))
        assert isinstance(location, on.Announced)
        effects: list[Callable[[], Awaitable[on.Answer]]] = [
            lambda: one.sending.register(asked(), 5),
            lambda: one.sending.resend(do.Resend(make_receipt(), make_attempt(2))),
            lambda: one.sending.resend(do.Resend(location.location, make_attempt(2))),
            lambda: one.sending.locate(do.Locate(location.location, location.attempt)),
        ]
        for effect in effects:
            with pytest.raises(NoAnswer, match="certificate-expired") as caught:
                await effect()
            assert not caught.value.sent
        assert (one.world.requests, one.world.connections) == (0, 0)


# --- The moment of the limit, by a clock that jumps ----------------------------------------------------------


@dataclass
class Slow:
    """An authority that ends each exchange after so many seconds; nothing is on a wire."""

    seconds: float
    end: Acceptance | Fault | Exception

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """The end, late."""
        await trio.sleep(self.seconds)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """Nobody asks."""
        raise AssertionError(location)


TAKEN = Acceptance(UID, "2026-11-23T10:00:00+01:00", "<reply/>")
SALE = do.Register(numbered(7), Attempt("u-1", numbered(7).create_date, 1))
HEARD = on.AnsweredLate(SALE.receipt.okp, UID, "<reply/>")


async def outcome(peer: Slow, limit_s: float, after_s: float = 60) -> tuple[object, list[on.Event]]:
    """What the receipt hears, a reason if it is none, and what is posted later."""
    heard: list[on.Event] = []
    async with trio.open_nursery() as nursery:
        sending = Sending(peer, Stub(), SystemClock(), signer(), TRAINING_IDENTITY, SW_ID, nursery, heard.append)
        try:
            answer: object = await sending.register(SALE, limit_s)
        except PortError as error:
            answer = error.reason
        await trio.sleep(after_s)
        assert not sending.late
    return answer, heard


class Stub:
    """Storage that nobody asks."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


ANSWERED = on.Registered(UID, "<reply/>")


@pytest.mark.parametrize(
    ("seconds", "answer", "heard"),
    [
        (0, ANSWERED, []),
        (4.999, ANSWERED, []),
        (5.001, "late", [HEARD]),
        (5 + LATE_S - 0.001, "late", [HEARD]),
        (5 + LATE_S + 0.001, "late", []),
        (3600, "late", []),
    ],
)
async def test_an_answer_is_heard_once_or_not_at_all(
    seconds: float, answer: object, heard: list[on.Event], autojump_clock: MockClock
) -> None:
    """Within the limit by the receipt, up to LATE_S beyond it by the outbox, then by nobody."""
    assert await outcome(Slow(seconds, TAKEN), 5) == (answer, heard)


async def test_an_answer_at_the_very_limit_is_heard_once(autojump_clock: MockClock) -> None:
    """By one or by the other."""
    for _ in range(50):
        answer, heard = await outcome(Slow(5, TAKEN), 5)
        assert (answer == ANSWERED) != (heard == [HEARD])


@pytest.mark.parametrize(
    ("end", "event"),
    [
        (Fault(-104, "later", "<fault/>"), "refused-late"),
        (NoAnswer("signature", "x", sent=True), "not-answered-late"),
        (PortError("odd"), "not-answered-late"),
    ],
)
async def test_only_a_uid_is_worth_hearing_late(end: Any, event: str, autojump_clock: MockClock) -> None:
    """A refusal comes again when the outbox asks again, and is journaled then."""
    with capture_logs() as lines:
        assert await outcome(Slow(6, end), 5) == ("late", [])
    assert [line["event"] for line in lines] == [event]


@pytest.mark.parametrize("seconds", [1, 6])
async def test_a_bug_stops_the_register(seconds: float, autojump_clock: MockClock) -> None:
    """Whether somebody waits for the exchange or not."""
    with pytest.RaisesGroup(ZeroDivisionError):
        await outcome(Slow(seconds, ZeroDivisionError()), 5)


def test_uids_of_the_examples_are_uids() -> None:
    """So that what is compared above is what the authority gives."""
    assert is_uid(UID)
