"""From effect to port and back: every way in which a port may end is an answer, or stops the register."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from controller.outputs import Outputs, Ports
from drivers.ports import Medium, NoAnswer, PortError
from drivers.simulated.training import PORTABLE_IDENTITY, TRAINING_IDENTITY
from drivers.storage_journal import open_journal
from states import effects as do, events as on
from states.fiscal.codes import create_date
from states.fiscal.day import Day, ReportKind
from states.fiscal.identity import Identity
from states.fiscal.journal import (
    Attempted,
    CashMoved,
    Closed,
    Delivered,
    History,
    Intent,
    Moved,
    MovedAnswered,
    MovedAttempted,
    Outcome,
    Record,
    Resolved,
    Stored,
)
from states.fiscal.original import TRAINING, VOID
from states.fiscal.paper import Line, Text
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Form, MailResult, Paragon, Receipt, Sale, Verdict, Way
from states.fiscal.slip import CashOrder, CashSlip, CopyOrder, ReportOrder, SampleOrder, UnsentList, UnsentOrder
from states.fiscal.slip_lines import slip_lines
from states.fiscal.totals import totals
from states.view import View
from tests.authority_kit import OTHER, make_location, signer
from tests.fiscal_examples import OKP, SW_ID, UID, numbered, sale

NOON = datetime.now(UTC).replace(microsecond=0)
WRITTEN_AT = create_date(NOON - timedelta(hours=1))
RECEIPT = numbered(1)
ATTEMPT = Attempt("uuid-1", RECEIPT.create_date, 1)
LOCATION = make_location()
LOCATED = MovedAnswered(LOCATION.id, 0, "<reply/>")
SLIP = CashSlip(500, RECEIPT.create_date, "Jana", 1500)

SEAL = do.Seal(sale())
REGISTER = do.Register(RECEIPT, ATTEMPT)
EMAIL = do.Email(RECEIPT, UID, "jana@example.sk", "<okp@ekasa.invalid>")
PRINT = do.Print(RECEIPT, UID, torn=False)
REATTEMPT = do.Reattempt(RECEIPT, 2)
REATTEMPT_PLACE = do.Reattempt(LOCATION, 2)
RESEND = do.Resend(RECEIPT, ATTEMPT)
RESEND_PLACE = do.Resend(LOCATION, ATTEMPT)
ANNOUNCE = do.Announce(OTHER)
LOCATE = do.Locate(LOCATION, ATTEMPT)
PRINT_SLIP = do.PrintSlip(SLIP)
KEPT = (
    do.Keep(Delivered(OKP, Way.PRINT, "")),
    do.Resolve(Resolved(OKP, UID, 0, "<reply/>")),
    do.Resolve(LOCATED),
    do.KeepPlace(LOCATED),
)
"""Effects whose record is made durable as it is."""

GATHERS = tuple(do.Gather(order) for order in (CashOrder(500, "Jana"), ReportOrder(ReportKind.Z), CopyOrder(7)))
"""These tell of every failure themselves, as a slip that is missing."""

STORED: tuple[do.Effect, ...] = (
    *(SEAL, *KEPT, REATTEMPT, REATTEMPT_PLACE, ANNOUNCE, *GATHERS),
    *(do.Find(UID), do.CheckParagon(0, "2026-01-02T09:05:00+01:00")),
)
SENT: tuple[do.Effect, ...] = (REGISTER, LOCATE, RESEND, RESEND_PLACE)
UNAWAITED: tuple[do.Effect, ...] = (do.OpenDrawer(), do.Beep("price"))
ELSEWHERE: tuple[do.Effect, ...] = (*SENT, EMAIL, PRINT, PRINT_SLIP, *UNAWAITED)
ALL = (*STORED, *ELSEWHERE)
ACCEPTED = MailResult(Verdict.ACCEPTED, "dot", 250, "250 2.0.0 queued")


class Peers:
    """Every port in one: what was asked is kept, then ``fate`` decides, then a good answer is given."""

    columns = 48
    certificate_serial = "1"
    certificate_der = b""

    def __init__(self, fate: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint, at: datetime = NOON) -> None:
        self.fate = fate
        self.at = at
        self.not_after = at + timedelta(days=365)
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
        await self._meet("last_number")
        return 0

    async def last_create_date(self) -> str:
        """Storage."""
        await self._meet("last_create_date")
        return ""

    async def last_paragon(self) -> int:
        """Storage."""
        await self._meet("last_paragon")
        return 11

    async def last_closed(self) -> int:
        """Storage."""
        await self._meet("last_closed")
        return 0

    async def last_of(self, kind: type[Record]) -> Stored | None:
        """Storage."""
        await self._meet("last_of")
        return None

    async def find(self, key: str) -> History | None:
        """Storage."""
        await self._meet("find")
        return None

    async def examine(self) -> Medium:
        """Storage."""
        await self._meet("examine")
        return Medium(0, 1)

    async def repair_of(self, okp: str) -> History | None:
        """Storage."""
        await self._meet("repair_of")
        return None

    async def open_histories(self) -> tuple[History, ...]:
        """Storage."""
        await self._meet("open_histories")
        return ()

    async def records_of(self, *kinds: type[Record]) -> AsyncIterator[Stored]:
        """Storage."""
        async for stored in self.records():
            if isinstance(stored.record, kinds):
                yield stored

    async def records(self, after_seq: int = 0) -> AsyncIterator[Stored]:
        """Storage: the third daily report was the last thing that happened."""
        await self._meet("records")
        yield Stored(1, 0, bytes(32), Closed(3, 1, totals(Day())))

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """Authority."""
        await self._meet("register")
        return self.answer

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """Authority."""
        await self._meet("locate")
        return replace(self.answer, uid="") if isinstance(self.answer, Acceptance) else self.answer

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
        await self._meet("show")

    async def beep(self) -> None:
        """Display."""
        await self._meet("beep")

    def sign(self, message: bytes) -> bytes:
        """Signer."""
        return signer().sign(message)

    def now(self) -> datetime:
        """Clock."""
        return self.at


def outputs(peers: Peers, *, seller: Identity = TRAINING_IDENTITY, training: bool = True, **more: Any) -> Outputs:
    """Outputs whose ports are these peers, but for those that are named."""
    own = {name: more.pop(name) for name in Ports.__dataclass_fields__ if name in more}
    ports = replace(Ports(peers, peers, peers, peers, peers, peers, peers), **own)
    return Outputs(ports, seller, SW_ID, training, new_uuid=lambda: "fresh", **more)


async def perform(one: Outputs, effect: do.Effect, heard: list[on.Event] | None = None) -> on.Answer | None:
    """The effect's answer; what stops the register comes in a group, and what is still under way ends here."""
    posted: list[on.Event] = [] if heard is None else heard
    async with trio.open_nursery() as nursery:
        answer = await one.perform(effect, one.sending(nursery, posted.append))
        nursery.cancel_scope.cancel()
    return answer


def fails(error: Exception) -> Callable[[], Awaitable[None]]:
    """A fate: the port fails like this."""

    async def fate() -> None:
        await trio.lowlevel.checkpoint()
        raise error

    return fate


def stops(error: type[Exception], match: str) -> Any:
    """The register is stopped by this."""
    return pytest.RaisesGroup(pytest.RaisesExc(error, match=match))


def named(effect: do.Effect) -> str:
    """The effect's class."""
    return type(effect).__name__


def texts(lines: tuple[Line, ...]) -> list[str]:
    """The words on paper."""
    return [line.text for line in lines if isinstance(line, Text)]


# --- What goes well --------------------------------------------------------------------------------------------


def test_every_effect_is_tried_here() -> None:
    """Nobody forgot one, here or in the lanes."""
    assert {named(effect) for effect in ALL} == {one.__name__ for one in do.Effect.__subclasses__()}
    assert {effect.lane is do.Lane.STORAGE for effect in STORED} == {True}
    assert {effect.lane is do.Lane.STORAGE for effect in ELSEWHERE} == {False}


async def test_nobody_performs_an_unknown_effect() -> None:
    """An effect without a case is a bug, found at its first use and never taken for an answer."""
    unknown: Any = SimpleNamespace(limit_s=1.0, lane=do.Lane.STORAGE, brings=(), failed=None)
    with stops(AssertionError, "nobody performs SimpleNamespace"):
        await perform(outputs(Peers()), unknown)


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_every_effect_reaches_its_port_and_brings_one_of_its_answers(effect: do.Effect) -> None:
    """One answer for whoever waits, and None for what nobody waits for."""
    peers = Peers()
    answer = await perform(outputs(peers), effect)
    assert peers.asked
    assert type(answer) in effect.brings if effect.brings else answer is None


async def test_a_receipt_is_sealed_into_the_journal_before_its_answer() -> None:
    """W1: there is room for its whole life before it has a number."""
    peers = Peers()
    answer = await perform(outputs(peers), SEAL)
    assert isinstance(answer, on.Sealed)
    assert peers.asked == ["last_create_date", "reserve", "last_number", "append"]
    assert peers.appended == [Intent(answer.receipt, answer.attempt)]
    assert (answer.receipt.number, answer.receipt.sw_id) == (1, SW_ID)
    assert answer.attempt == Attempt("fresh", answer.receipt.create_date, 1)


@pytest.mark.parametrize("effect", KEPT, ids=named)
async def test_a_record_is_durable_as_it_is(effect: do.Keep | do.Resolve | do.KeepPlace) -> None:
    """Nothing is added to what a machine wants kept."""
    peers = Peers()
    assert await perform(outputs(peers), effect) == effect.brings[0]()
    assert peers.appended == [effect.record]


@pytest.mark.parametrize("effect", [REATTEMPT, REATTEMPT_PLACE], ids=["Receipt", "Location"])
async def test_a_further_attempt_is_durable_before_its_answer(effect: do.Reattempt) -> None:
    """W4, of a receipt by its OKP and of a location by its id."""
    peers = Peers()
    answer = await perform(outputs(peers), effect)
    again = Attempt("fresh", create_date(NOON), 2)
    assert answer == on.Reattempted(again)
    is_receipt = isinstance(effect.message, Receipt)
    assert peers.appended == [Attempted(RECEIPT.okp, again) if is_receipt else MovedAttempted(LOCATION.id, again)]


async def test_a_place_is_dated_and_durable_before_its_answer() -> None:
    """W1 of a location: it carries the seller, and the Uuid and date of its first attempt."""
    peers = Peers()
    answer = await perform(outputs(peers, seller=PORTABLE_IDENTITY), ANNOUNCE)
    date = create_date(NOON)
    location = Location("fresh", OTHER, PORTABLE_IDENTITY, date, SW_ID)
    assert answer == on.Announced(location, Attempt("fresh", date, 1))
    assert peers.appended == [Moved(location, answer.attempt)]


async def test_an_answer_of_the_authority_is_passed_on() -> None:
    """A receipt gets its UID; a location has none, now or later."""
    one = outputs(Peers())
    assert await perform(one, REGISTER) == on.Registered(UID, "<reply/>")
    assert await perform(one, RESEND) == on.Resent(UID, "<reply/>")
    assert await perform(one, LOCATE) == on.Located("<reply/>")
    assert await perform(one, RESEND_PLACE) == on.Resent("", "<reply/>")


async def test_a_refusal_is_an_answer() -> None:
    """Code, text and reply reach the machine, of a receipt and of a location."""
    peers = Peers()
    peers.answer = Fault(-101, "Nesprávne DIČ", "<fault/>")
    told = (-101, "Nesprávne DIČ", "<fault/>")
    one = outputs(peers)
    assert await perform(one, REGISTER) == on.RegisterRefused(*told)
    assert await perform(one, LOCATE) == on.LocateRefused(*told)
    assert await perform(one, RESEND) == on.ResendRefused(*told)
    assert await perform(one, RESEND_PLACE) == on.ResendRefused(*told)


@pytest.mark.parametrize("verdict", [Verdict.NOT_SENT, Verdict.IN_DOUBT])
async def test_a_mail_that_is_not_accepted_has_failed(verdict: Verdict) -> None:
    """What the server said is kept for the journal."""
    peers = Peers()
    peers.mail = MailResult(verdict, "rcpt", 550, "5.1.1 unknown")
    assert await perform(outputs(peers), EMAIL) == on.EmailFailed("5.1.1 unknown", verdict, "rcpt", 550)


@pytest.mark.parametrize("torn", [False, True])
async def test_a_torn_part_is_voided_first_and_the_original_is_whole(torn: bool) -> None:
    """Never two originals: what may hang out of the printer is declared void."""
    peers = Peers()
    await perform(outputs(peers), do.Print(RECEIPT, UID, torn=torn))
    assert [VOID in text for text in texts(peers.lines)[:1]] == [torn]
    assert sum(VOID in text for text in texts(peers.lines)) == torn
    whole = Peers()
    await perform(outputs(whole), PRINT)
    assert peers.lines[-len(whole.lines) :] == whole.lines


@pytest.mark.parametrize("training", [True, False])
async def test_a_slip_is_printed_as_it_is_laid_out(training: bool) -> None:
    """Every paper of a training register says so, the slip and the original."""
    peers = Peers()
    one = outputs(peers, training=training)
    await perform(one, PRINT_SLIP)
    assert peers.lines == slip_lines(SLIP, TRAINING_IDENTITY, 48, training=training)
    for effect in (PRINT_SLIP, PRINT):
        await perform(one, effect)
        assert any(TRAINING in text for text in texts(peers.lines)) is training


@pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind is not ReportKind.INTERVAL])
async def test_a_closing_is_durable_before_it_is_printed_and_other_reports_write_nothing(kind: ReportKind) -> None:
    """Only Z counts the days; the last one once more is still the third."""
    peers = Peers()
    answer = await perform(outputs(peers), do.Gather(ReportOrder(kind)))
    assert isinstance(answer, on.SlipGathered)
    assert [type(record) for record in peers.appended] == [Closed] * (kind is ReportKind.Z)
    number = getattr(answer.slip, "number", None)
    assert number == {ReportKind.Z: 4, ReportKind.AGAIN: 3}.get(kind, 0)


async def test_cash_is_moved_durably_and_a_list_or_a_sample_writes_nothing() -> None:
    """What a slip says of the drawer is journaled; a sample is no receipt."""
    peers = Peers()
    date = create_date(NOON)
    assert await perform(outputs(peers), GATHERS[0]) == on.SlipGathered(CashSlip(500, date, "Jana", 500))
    assert peers.appended == [CashMoved(500, date, "Jana")]
    assert await perform(outputs(peers), do.Gather(UnsentOrder())) == on.SlipGathered(UnsentList((), date))
    assert isinstance(await perform(outputs(peers), do.Gather(SampleOrder())), on.SlipGathered)
    assert len(peers.appended) == 1


# --- What goes wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ELSEWHERE, ids=named)
async def test_lateness_is_the_failure_of_the_effect(effect: do.Effect, autojump_clock: MockClock) -> None:
    """A port that never comes back costs the limit of its class, to the second, and no more."""
    began = trio.current_time()
    answer = await perform(outputs(Peers(trio.sleep_forever)), effect)
    assert trio.current_time() - began == pytest.approx(effect.limit_s)
    if effect in UNAWAITED:
        assert answer is None
    else:
        assert effect.failed is not None
        assert isinstance(answer, effect.failed)
        assert answer.reason == "late"


async def test_a_late_answer_of_the_authority_may_have_been_registered(autojump_clock: MockClock) -> None:
    """The message left, so nobody may say that the authority does not know the receipt."""
    one = outputs(Peers(trio.sleep_forever))
    assert await perform(one, REGISTER) == on.RegisterFailed("late", sent=True)
    assert await perform(one, RESEND) == on.ResendFailed("late", sent=True)
    assert await perform(one, LOCATE) == on.LocateFailed("late")


async def test_a_late_slip_may_be_on_paper(autojump_clock: MockClock) -> None:
    """It failed; what was made durable for it is not done again by the failure."""
    peers = Peers(trio.sleep_forever)
    assert await perform(outputs(peers), PRINT_SLIP) == on.SlipFailed("late")
    assert (peers.asked, peers.appended) == (["print_lines"], [])


async def test_a_mail_that_is_cut_off_here_is_in_doubt(autojump_clock: MockClock) -> None:
    """The driver has a limit of its own; if that fails, nobody knows whether the mail went."""
    answer = await perform(outputs(Peers(trio.sleep_forever)), EMAIL)
    assert isinstance(answer, on.EmailFailed)
    assert answer.verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("effect", STORED, ids=named)
async def test_a_late_journal_stops_the_register(effect: do.Effect, autojump_clock: MockClock) -> None:
    """Whether the record is durable only the next start can tell; it takes the limit to know, and no more."""
    began = trio.current_time()
    with stops(PortError, "late"):
        await perform(outputs(Peers(trio.sleep_forever)), effect)
    assert trio.current_time() - began == pytest.approx(effect.limit_s)


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_a_failure_of_the_port_is_the_effects_own_or_stops_the_register(effect: do.Effect) -> None:
    """The class says which; a slip that cannot be gathered is a missing one."""
    one = outputs(Peers(fails(PortError("gone", "unplugged"))))
    if effect in GATHERS:
        assert await perform(one, effect) == on.SlipMissing("gone")
    elif effect in UNAWAITED:
        assert await perform(one, effect) is None
    elif effect.failed is None:
        with stops(PortError, "gone"):
            await perform(one, effect)
    else:
        answer = await perform(one, effect)
        assert isinstance(answer, effect.failed)
        assert answer.reason == "gone"


@pytest.mark.parametrize("sent", [True, False])
async def test_what_is_known_of_a_message_that_was_not_answered_is_passed_on(sent: bool) -> None:
    """Unless not a byte left the authority may know it."""
    one = outputs(Peers(fails(NoAnswer("connect", "refused", sent=sent))))
    assert await perform(one, REGISTER) == on.RegisterFailed("connect", sent=sent)
    assert await perform(one, RESEND) == on.ResendFailed("connect", sent=sent)
    assert await perform(one, RESEND_PLACE) == on.ResendFailed("connect", sent=sent)
    assert await perform(one, LOCATE) == on.LocateFailed("connect")


@pytest.mark.parametrize("effect", ALL, ids=named)
async def test_any_other_exception_stops_the_register(effect: do.Effect) -> None:
    """A bug is never an answer, not even in the task of an exchange."""
    with stops(ZeroDivisionError, "a bug"):
        await perform(outputs(Peers(fails(ZeroDivisionError("a bug")))), effect)


@pytest.mark.parametrize("effect", SENT, ids=named)
async def test_nothing_is_sent_with_an_expired_certificate(effect: do.Effect) -> None:
    """It stays durable and waits for the next certificate; the authority is not asked."""
    peers = Peers()
    peers.at = peers.not_after + timedelta(seconds=1)
    answer = await perform(outputs(peers), effect)
    assert effect.failed is not None
    assert isinstance(answer, effect.failed)
    assert (answer.reason, getattr(answer, "sent", False), peers.asked) == ("certificate-expired", False, [])


# --- How long a customer waits ---------------------------------------------------------------------------------


async def waited_s(one: Outputs, effect: do.Effect) -> float:
    """How long the effect took of a world that never answers."""
    began = trio.current_time()
    await perform(one, effect)
    return trio.current_time() - began


async def test_limits_of_the_settings_take_the_place_of_the_class(autojump_clock: MockClock) -> None:
    """Each for its own effect; the outbox keeps its class's."""
    limits_s: dict[type[do.Effect], float] = {do.Register: 6.5, do.Locate: 2.5, do.Email: 9.0}
    one = outputs(Peers(trio.sleep_forever), answer_limit_s=1.5, limits_s=limits_s)
    assert await waited_s(one, REGISTER) == pytest.approx(1.5)
    assert await waited_s(one, LOCATE) == pytest.approx(2.5)
    assert await waited_s(one, EMAIL) == pytest.approx(9)
    assert await waited_s(one, RESEND) == pytest.approx(do.Resend.limit_s)


@pytest.mark.parametrize(
    ("day", "set_s", "training", "limit_s"),
    [
        ("2025-12-31T23:59:59+01:00", 0.5, False, 2),
        ("2025-12-31T23:59:59+01:00", 3.0, False, 3),
        ("2026-01-01T00:00:00+01:00", 3.0, False, 5),
        ("2026-01-01T00:00:00+01:00", 8.0, False, 8),
        ("2026-01-01T00:00:00+01:00", 0.5, True, 0.5),
    ],
)
async def test_the_law_of_the_day_stands_above_the_settings(
    day: str, set_s: float, training: bool, limit_s: float, autojump_clock: MockClock
) -> None:
    """A register that runs into the new year obeys the new limit with its first sale; training may be shorter."""
    peers = Peers(trio.sleep_forever, datetime.fromisoformat(day))
    limits_s: dict[type[do.Effect], float] = {do.Register: 20.0}
    one = outputs(peers, training=training, answer_limit_s=set_s, limits_s=limits_s)
    assert await waited_s(one, REGISTER) == pytest.approx(limit_s)


async def test_a_sale_asked_briefly_waits_briefly_and_its_answer_is_heard_late(autojump_clock: MockClock) -> None:
    """Whatever law and settings give: the message left, and its answer goes to the inbox of this register."""

    async def slow() -> None:
        await trio.sleep(4)

    heard: list[on.Event] = []
    one = outputs(Peers(slow), training=False, answer_limit_s=8.0)
    async with trio.open_nursery() as nursery:
        answer = await one.perform(replace(REGISTER, briefly=True), one.sending(nursery, heard.append))
        assert (answer, heard) == (on.RegisterFailed("late", sent=True), [])
    assert heard == [on.AnsweredLate(RECEIPT.okp, UID, "<reply/>")]
    assert trio.current_time() == pytest.approx(4)


# --- Sealing in a real journal ---------------------------------------------------------------------------------


async def test_numbers_are_dense_and_time_does_not_go_back(tmp_path: Path) -> None:
    """R-06: with the clock before the last receipt nothing is written, and the next number is not lost."""
    peers = Peers()
    async with open_journal(tmp_path / "journal") as storage:
        real = outputs(peers, storage=storage)
        first = await perform(real, do.Seal(basket(1)))
        peers.at = NOON - timedelta(seconds=1)
        refused = await perform(real, do.Seal(basket(2)))
        peers.at = NOON
        second = await perform(real, do.Seal(basket(2)))
        records = [stored.record async for stored in storage.records()]
    assert refused == on.SealFailed("clock-back")
    assert isinstance(first, on.Sealed)
    assert isinstance(second, on.Sealed)
    assert (first.receipt.number, second.receipt.number) == (1, 2)
    assert records == [Intent(first.receipt, first.attempt), Intent(second.receipt, second.attempt)]


async def test_nothing_is_sealed_with_an_expired_certificate(tmp_path: Path) -> None:
    """Not a byte is written of it."""
    async with open_journal(tmp_path / "journal") as storage:
        late = Peers(at=signer().not_after + timedelta(seconds=1))
        answer = await perform(outputs(late, storage=storage, signer=signer()), SEAL)
        assert answer == on.SealFailed("certificate-expired")
        assert [stored async for stored in storage.records()] == []


@pytest.mark.parametrize("exemption", [False, True])
async def test_the_exemption_is_the_receipts_own_for_ever(tmp_path: Path, exemption: bool) -> None:
    """What the seller held when it was sealed is in the journal, so that it is sent and printed so later too."""
    async with open_journal(tmp_path / "journal") as storage:
        answer = await perform(outputs(Peers(), storage=storage, exemption=exemption), SEAL)
        assert isinstance(answer, on.Sealed)
        assert answer.receipt.exemption is exemption
    async with open_journal(tmp_path / "journal") as storage:
        history = await storage.find(answer.receipt.okp)
    assert history is not None
    assert history.receipt == answer.receipt


async def test_what_was_sealed_is_found_and_what_was_announced_is_kept(tmp_path: Path) -> None:
    """One journal for all of them: lookups see what another effect made durable a moment ago."""
    async with open_journal(tmp_path / "journal") as storage:
        real = outputs(Peers(), seller=PORTABLE_IDENTITY, storage=storage)
        written = replace(basket(1), paragon=await paragon_of(real, 41))
        sealed = await perform(real, do.Seal(written))
        assert isinstance(sealed, on.Sealed)
        offline = Outcome(sealed.receipt.okp, Form.OFFLINE, "", 0, "late", Way.PRINT, "", "")
        assert await perform(real, do.Keep(offline)) == on.Kept()
        found = await perform(real, do.Find(sealed.receipt.key))
        assert found == on.OriginalFound(sealed.receipt.okp, sealed.receipt)
        assert (await paragon_of(real, 0)).number == 42
        assert await perform(real, do.CheckParagon(41, WRITTEN_AT)) == on.ParagonRefused("paragon-number-used")
        announced = await perform(real, ANNOUNCE)
        assert isinstance(announced, on.Announced)
        assert await perform(real, do.KeepPlace(MovedAnswered(announced.location.id, 0, ""))) == on.PlaceKept()
        moved = [stored.record async for stored in storage.records_of(Moved, MovedAnswered)]
    assert moved == [Moved(announced.location, announced.attempt), MovedAnswered("fresh", 0, "")]


async def paragon_of(real: Outputs, number: int) -> Paragon:
    """A slip written by hand that may be registered."""
    answer = await perform(real, do.CheckParagon(number, WRITTEN_AT))
    assert isinstance(answer, on.ParagonAllowed)
    return answer.paragon


def basket(number: int) -> Sale:
    """A sale of its own."""
    return replace(sale(), basket_id=f"session-{number}")
