"""From effect to port and back: every way in which a port may end is an answer, or stops the register."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from controller.outputs import Outputs, Ports
from drivers.identity_files import FileSigner
from drivers.ports import NoAnswer, PortError
from drivers.simulated.training import TRAINING_IDENTITY
from drivers.storage_journal import open_journal
from states import effects as do, events as on
from states.fiscal.day import Day, ReportKind, Sums
from states.fiscal.journal import Attempted, Closed, Delivered, History, Intent, Record, Resolved, Stored
from states.fiscal.original import VOID
from states.fiscal.paper import Line, Text
from states.fiscal.receipt import Acceptance, Attempt, Fault, MailResult, Receipt, Sale, Verdict, Way
from states.view import View
from tests.authority_kit import signer
from tests.fiscal_examples import OKP, UID, numbered, sale

NOON = datetime.now(UTC).replace(microsecond=0)
RECEIPT = numbered(1)
ATTEMPT = Attempt("uuid-1", RECEIPT.create_date, 1)
KEPT = Resolved(OKP, UID, 0, "<reply/>")

SEAL = do.Seal(sale())
REGISTER = do.Register(RECEIPT, ATTEMPT)
KEEP = do.Keep(Delivered(OKP, Way.PRINT, ""))
EMAIL = do.Email(RECEIPT, UID, "jana@example.sk", "<okp@ekasa.invalid>")
PRINT = do.Print(RECEIPT, UID, torn=False)
REATTEMPT = do.Reattempt(RECEIPT, 2)
RESEND = do.Resend(RECEIPT, ATTEMPT)
RESOLVE = do.Resolve(KEPT)
REPORT = do.Report(ReportKind.Z)
PRINT_REPORT = do.PrintReport(Sums(ReportKind.X, Day(), 0, RECEIPT.create_date, "ab" * 32))
ALL: tuple[do.Effect, ...] = (
    *(SEAL, REGISTER, KEEP, EMAIL, PRINT, REATTEMPT, RESEND, RESOLVE, REPORT, PRINT_REPORT),
    *(do.OpenDrawer(), do.Beep("price")),
)
STORED = (SEAL, KEEP, REATTEMPT, RESOLVE, REPORT)
UNAWAITED = (do.OpenDrawer(), do.Beep("price"))
ACCEPTED = MailResult(Verdict.ACCEPTED, "dot", 250, "250 2.0.0 queued")


class Peers:
    """Every port in one: what was asked is kept, then ``fate`` decides, then a good answer is given."""

    columns = 48
    certificate_serial = "1"
    certificate_der = b""
    not_after = NOON + timedelta(days=365)

    def __init__(self, fate: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint) -> None:
        self.fate = fate
        self.asked: list[str] = []
        self.appended: list[Record] = []
        self.lines: tuple[Line, ...] = ()
        self.answer: Acceptance | Fault = Acceptance(UID, RECEIPT.create_date, "<reply/>")
        self.mail = ACCEPTED

    async def _meet(self, name: str) -> None:
        self.asked.append(name)
        await self.fate()

    async def append(self, record: Record) -> Stored:
        """Storage."""
        await self._meet("append")
        self.appended.append(record)
        return Stored(len(self.appended), 0, bytes(32), record)

    async def reserve(self) -> None:
        """Storage."""
        await self._meet("reserve")

    async def last_number(self, month: str) -> int:
        """Storage."""
        await trio.lowlevel.checkpoint()
        return 0

    async def last_create_date(self) -> str:
        """Storage."""
        await trio.lowlevel.checkpoint()
        return ""

    async def last_closed(self) -> int:
        """Storage."""
        await trio.lowlevel.checkpoint()
        return 0

    async def find(self, key: str) -> History | None:
        """Storage."""
        await trio.lowlevel.checkpoint()
        return None

    async def open_histories(self) -> tuple[History, ...]:
        """Storage."""
        await trio.lowlevel.checkpoint()
        return ()

    async def records(self, after_seq: int = 0) -> AsyncIterator[Stored]:
        """Storage."""
        await self._meet("records")
        yield Stored(1, 0, bytes(32), Closed(3, 1, "{}"))

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """Authority."""
        await self._meet("register")
        return self.answer

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """Mail."""
        await self._meet("send")
        return self.mail

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """Printer."""
        await self._meet("print_lines")
        self.lines = lines

    async def open_drawer(self) -> None:
        """Printer."""
        await self._meet("open_drawer")

    async def show(self, view: View) -> None:
        """Display."""
        await trio.lowlevel.checkpoint()

    async def beep(self) -> None:
        """Display."""
        await self._meet("beep")

    def sign(self, content: bytes) -> bytes:
        """Signer."""
        return signer().sign(content)

    def now(self) -> datetime:
        """Clock."""
        return NOON


def outputs(peers: Peers, limits_s: dict[type[do.Effect], float] | None = None, **ports: Any) -> Outputs:
    """Outputs whose ports are these peers."""
    names = ("storage", "authority", "mail", "printer", "display", "signer", "clock")
    every: dict[str, Any] = dict.fromkeys(names, peers) | ports
    return Outputs(Ports(**every), TRAINING_IDENTITY, "A" * 40, True, limits_s or {}, lambda: "fresh")


def fails(error: Exception) -> Callable[[], Awaitable[None]]:
    """A fate: the port fails like this."""

    async def fate() -> None:
        await trio.lowlevel.checkpoint()
        raise error

    return fate


def named(effect: do.Effect) -> str:
    """The effect's class."""
    return type(effect).__name__


# --- What goes well --------------------------------------------------------------------------------------------


def test_every_effect_is_tried_here() -> None:
    assert {named(effect) for effect in ALL} == {one.__name__ for one in do.Effect.__subclasses__()}


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_every_effect_reaches_its_port_and_brings_one_of_its_answers(effect: do.Effect) -> None:
    peers = Peers()
    answer = await outputs(peers).perform(effect)
    assert peers.asked
    assert type(answer) in effect.brings if effect.brings else answer is None


async def test_a_receipt_is_sealed_into_the_journal_before_its_answer() -> None:
    peers = Peers()
    answer = await outputs(peers).perform(SEAL)
    assert isinstance(answer, on.Sealed)
    assert peers.asked == ["reserve", "append"]
    assert peers.appended == [Intent(answer.receipt, answer.attempt)]
    assert (answer.receipt.number, answer.attempt.sending_count, answer.attempt.uuid) == (1, 1, "fresh")


async def test_a_further_attempt_is_durable_before_its_answer() -> None:
    peers = Peers()
    answer = await outputs(peers).perform(REATTEMPT)
    assert isinstance(answer, on.Reattempted)
    assert peers.appended == [Attempted(RECEIPT.okp, answer.attempt)]
    assert (answer.attempt.sending_count, answer.attempt.uuid) == (2, "fresh")


async def test_a_refusal_is_an_answer() -> None:
    peers = Peers()
    peers.answer = Fault(-101, "Nesprávne DIČ", "<fault/>")
    assert await outputs(peers).perform(REGISTER) == on.RegisterRefused(-101, "Nesprávne DIČ", "<fault/>")
    assert await outputs(peers).perform(RESEND) == on.ResendRefused(-101, "Nesprávne DIČ", "<fault/>")


@pytest.mark.parametrize("verdict", [Verdict.NOT_SENT, Verdict.IN_DOUBT])
async def test_a_mail_that_is_not_accepted_has_failed(verdict: Verdict) -> None:
    peers = Peers()
    peers.mail = MailResult(verdict, "rcpt", 550, "5.1.1 unknown")
    assert await outputs(peers).perform(EMAIL) == on.EmailFailed("5.1.1 unknown", verdict, "rcpt", 550)


@pytest.mark.parametrize("torn", [False, True])
async def test_a_torn_part_is_voided_first_and_the_original_is_whole(torn: bool) -> None:
    peers = Peers()
    await outputs(peers).perform(do.Print(RECEIPT, UID, torn=torn))
    texts = [line.text for line in peers.lines if isinstance(line, Text)]
    assert [VOID in text for text in texts[:1]] == [torn]
    assert sum(VOID in text for text in texts) == torn
    whole = Peers()
    await outputs(whole).perform(PRINT)
    assert peers.lines[-len(whole.lines) :] == whole.lines


async def test_a_closing_is_durable_before_it_is_printed_and_an_interim_report_writes_nothing() -> None:
    for kind, number in {ReportKind.Z: 4, ReportKind.X: 0}.items():
        peers = Peers()
        answer = await outputs(peers).perform(do.Report(kind))
        assert isinstance(answer, on.Reported)
        assert [type(record) for record in peers.appended] == [Closed] * (kind is ReportKind.Z)
        assert answer.sums.number == number


# --- What goes wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [one for one in ALL if one not in STORED], ids=named)
async def test_lateness_is_the_failure_of_the_effect(effect: do.Effect, autojump_clock: trio.testing.MockClock) -> None:
    """A port that never comes back costs the limit of its class, to the second, and no more."""
    began = trio.current_time()
    answer = await outputs(Peers(trio.sleep_forever)).perform(effect)
    assert trio.current_time() - began == pytest.approx(effect.limit_s)
    if effect in UNAWAITED:
        assert answer is None
    else:
        assert effect.failed is not None
        assert isinstance(answer, effect.failed)
        assert answer.reason == "late"


async def test_a_late_answer_of_the_authority_may_have_been_registered(autojump_clock: trio.testing.MockClock) -> None:
    answer = await outputs(Peers(trio.sleep_forever)).perform(REGISTER)
    assert answer == on.RegisterFailed("late", sent=True)


async def test_a_mail_that_is_cut_off_here_is_in_doubt(autojump_clock: trio.testing.MockClock) -> None:
    """The driver has a limit of its own; if that fails, nobody knows whether the mail went."""
    answer = await outputs(Peers(trio.sleep_forever)).perform(EMAIL)
    assert isinstance(answer, on.EmailFailed)
    assert answer.verdict is Verdict.IN_DOUBT


async def test_the_limit_of_the_settings_takes_the_place_of_the_class(autojump_clock: trio.testing.MockClock) -> None:
    began = trio.current_time()
    await outputs(Peers(trio.sleep_forever), {do.Register: 1.5}).perform(REGISTER)
    assert trio.current_time() - began == pytest.approx(1.5)
    await outputs(Peers(trio.sleep_forever), {do.Register: 1.5}).perform(RESEND)
    assert trio.current_time() - began == pytest.approx(1.5 + do.Resend.limit_s)


@pytest.mark.parametrize("effect", STORED, ids=named)
async def test_a_late_journal_stops_the_register(effect: do.Effect, autojump_clock: trio.testing.MockClock) -> None:
    """Whether the record is durable only the next start can tell."""
    with pytest.raises(PortError, match="late"):
        await outputs(Peers(trio.sleep_forever)).perform(effect)


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_a_failure_of_the_port_is_the_effects_own_or_stops_the_register(effect: do.Effect) -> None:
    peers = outputs(Peers(fails(PortError("gone", "unplugged"))))
    if effect.brings and effect.failed is None:
        with pytest.raises(PortError, match="gone"):
            await peers.perform(effect)
        return
    answer = await peers.perform(effect)
    assert answer is None if effect.failed is None else isinstance(answer, effect.failed)
    if isinstance(answer, on.Failed):
        assert answer.reason == "gone"


@pytest.mark.parametrize("sent", [True, False])
async def test_what_is_known_of_a_message_that_was_not_answered_is_passed_on(sent: bool) -> None:
    peers = Peers(fails(NoAnswer("connect", "refused", sent=sent)))
    assert await outputs(peers).perform(REGISTER) == on.RegisterFailed("connect", sent=sent)
    assert await outputs(peers).perform(RESEND) == on.ResendFailed("connect", sent=sent)


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_any_other_exception_stops_the_register(effect: do.Effect) -> None:
    """A bug is never an answer."""
    with pytest.raises(ZeroDivisionError):
        await outputs(Peers(fails(ZeroDivisionError()))).perform(effect)


# --- Sealing in a real journal ---------------------------------------------------------------------------------


class Fixed:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The time."""
        return self.at


async def test_numbers_are_dense_and_time_does_not_go_back(tmp_path: Path) -> None:
    """R-06: with the clock before the last receipt nothing is written, and the next number is not lost."""
    clock = Fixed(NOON)
    async with open_journal(tmp_path / "journal") as storage:
        real = outputs(Peers(), storage=storage, signer=signer(), clock=clock)
        first = await real.perform(do.Seal(basket(1)))
        clock.at = NOON - timedelta(seconds=1)
        refused = await real.perform(do.Seal(basket(2)))
        clock.at = NOON
        second = await real.perform(do.Seal(basket(2)))
        records = [stored.record async for stored in storage.records()]
    assert refused == on.SealFailed("clock-back")
    assert isinstance(first, on.Sealed)
    assert isinstance(second, on.Sealed)
    assert (first.receipt.number, second.receipt.number) == (1, 2)
    assert records == [Intent(first.receipt, first.attempt), Intent(second.receipt, second.attempt)]


async def test_nothing_is_sealed_with_an_expired_certificate(tmp_path: Path) -> None:
    real: FileSigner = signer()
    async with open_journal(tmp_path / "journal") as storage:
        late = Fixed(real.not_after + timedelta(seconds=1))
        answer = await outputs(Peers(), storage=storage, signer=real, clock=late).perform(SEAL)
        assert answer == on.SealFailed("certificate-expired")
        assert [stored async for stored in storage.records()] == []


def basket(number: int) -> Sale:
    """A sale of its own."""
    return replace(sale(), basket_id=f"session-{number}")
