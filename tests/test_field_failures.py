"""What failed in certified registers in the field, played on this one: the first list of regressions.

Source: reliability 2.4, from the release notes and support pages of the makers. Each test says what was seen, at whom
and when, and what holds here. The register is the real one; its world is in virtual time where only time matters, at a
counter with real TLS, SMTP and paper where the wire does, and a process of its own where memory is counted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from controller.app import StoppedError
from controller.bench_journal import Maker, records as made_records, write_journal
from controller.reading import read_journal
from controller.settings import Department
from controller.verify import verify
from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_log import Log
from drivers.ports import Authority, PortError
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.mail_faults import Fault as MailFault
from drivers.simulated.training import write_training_files
from drivers.storage_journal import JournalStorage
from states.fiscal.journal import Attempted, Delivered, Intent, MailFailed, Outcome, Record, Resolved, SetAside, Stored
from states.fiscal.paper import Line
from states.fiscal.place import Location
from states.fiscal.receipt import OVERLOADED, TIME_CODES, Acceptance, Attempt, Fault, Form, Receipt, Verdict, Way
from states.journey import AwaitingPaper, Composing
from states.machines.outbox import Resending, Resting
from states.register import Register
from states.words import LANGUAGES, say
from tests import journal_samples as samples
from tests.counter import Counter, open_counter
from tests.outage_day import SETTINGS, at
from tests.shop import SALE as KEYS, await_that, end, open_shop
from tests.virtual_shop import PASSWORD, PRINT_S, Tray, VirtualShop, VirtualStorage, Weather

BEGINS = at("10-31 23:55")
SALE = ("5", "DEPARTMENT_1", "CASH")
ANSWERED_S = 0.56
"""A fair answer of the virtual authority takes no longer."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a virtual shop, whose keys take a second to make."""
    folder = tmp_path_factory.mktemp("template")
    write_training_files(folder, password=PASSWORD, now=BEGINS, certificate_days=730)
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VirtualShop:
    """A shop at five minutes to midnight of the last of October."""

    def copy(folder: Path, **_: object) -> None:
        shutil.copytree(template, folder, dirs_exist_ok=True)

    monkeypatch.setattr("tests.virtual_shop.write_training_files", copy)
    return VirtualShop(tmp_path / "shop", BEGINS, SETTINGS)


def kept(shop: VirtualShop) -> list[Record]:
    """The journal's records."""
    return [stored.record for stored in read_journal(shop.folder)]


async def sleep_until(shop: VirtualShop, moment: datetime) -> None:
    """Let time pass; answers are still heard."""
    await trio.sleep((moment - shop.true.now()).total_seconds())


async def until_sent(shop: VirtualShop) -> None:
    """Nothing is unsent any more."""
    await shop.until(lambda register: not register.outbox.box.queue and isinstance(register.outbox, Resting))


async def sell_offline(shop: VirtualShop, count: int) -> set[str]:
    """So many sales while nobody is at the authority's address; their OKPs."""
    shop.weather = lambda now, okp: Weather.REFUSED
    for _ in range(count):
        await shop.press(*SALE)
    return {receipt.okp for receipt in shop.sealed[-count:]}


# --- 1 ---------------------------------------------------------------------------------------------------------


async def test_the_month_turns_while_old_messages_are_sent_again(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """OEC, January 2020: while old messages were re-sent at a month's turn, new receipts got numbers of the old one.

    Here each number is the journal's own of the month of the receipt's date: new ones begin at 1 in November, the old
    ones keep what they were sealed with, and both go out in the same seconds.
    """

    async def work() -> None:
        await shop.until_ready()
        old = await sell_offline(shop, 6)
        await sleep_until(shop, at("10-31 23:59:48"))
        shop.weather = lambda now, okp: Weather.SLOW if okp in old else Weather.FAIR
        while shop.true.now() < at("11-01 00:00:08"):
            await shop.press(*SALE)
        await until_sent(shop)
        again = [sent.at.astimezone(BEGINS.tzinfo) for sent in shop.sent if sent.okp in old]
        assert min(again) < at("11-01 00:00") < max(again)

    assert await shop.run(work)
    for month in ("2026-10", "2026-11"):
        numbers = [receipt.number for receipt in shop.sealed if receipt.create_date.startswith(month)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) > 5
    for receipt in shop.sealed:
        facts = shop.authority.receipts[receipt.okp].content.facts
        assert (facts["ReceiptNumber"], facts["CreateDate"]) == (str(receipt.number), receipt.create_date)
        assert receipt.month == receipt.create_date[:7]
    assert verify(shop.folder).violations == ()


# --- 2 ---------------------------------------------------------------------------------------------------------

STARTS_MAX = 7
LETTERS = "Kŕdeľ ŠŤASTNÝCH ďatľov: „ľúbezné žĺtky“, ½ kg, 20 °C & <kôň> 'Ä'"


@dataclass
class Crashing:
    """A driver that falls over one message when it is sent again."""

    authority: Authority
    poison: list[str] = field(default_factory=list)
    falls: int = 0

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it, but for that one."""
        if receipt.okp in self.poison and attempt.sending_count > 1:
            self.falls += 1
            raise RuntimeError("a letter that nobody expected")
        return await self.authority.register(receipt, attempt)

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it."""
        return await self.authority.locate(location, attempt)


async def test_a_message_that_restarts_the_register_is_set_aside(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """OEC, September 2019: diacritics made the server answer an unspecified error; sending it again rebooted in a loop.

    Here every letter arrives as it was keyed; and if sending one message ends the process at three starts, the fourth
    goes on without it: the others are sent, sales go on, and the cashier is told.
    """
    shop.settings = replace(SETTINGS, department=(Department(1, LETTERS, 23),))
    poison: list[str] = []
    falls: list[Crashing] = []

    def fragile(_shop: VirtualShop, authority: Authority) -> Authority:
        falls.append(Crashing(authority, poison))
        return falls[-1]

    async def work() -> None:
        await shop.until_ready()
        if not poison:
            await sell_offline(shop, 2)
            poison.append(shop.sealed[0].okp)
            shop.weather = lambda now, okp: Weather.FAIR
        await trio.sleep(600)
        await shop.press(*SALE)

    shop.authority_of = fragile
    starts = await started_until_it_lives(shop, work)
    assert (starts, sum(one.falls for one in falls)) == (4, 3)
    assert [record.okp for record in kept(shop) if isinstance(record, SetAside)] == poison
    assert set(shop.authority.receipts) == {receipt.okp for receipt in shop.sealed} - set(poison)
    (item,) = shop.authority.receipts[shop.sealed[-1].okp].content.items
    assert item["Name"] == LETTERS
    assert shop.register is not None
    assert [aside.receipt.okp for aside in shop.register.outbox.box.aside] == poison
    assert verify(shop.folder).violations == ()


async def started_until_it_lives(shop: VirtualShop, work: Callable[[], Awaitable[None]]) -> int:
    """Start again and again, as a device does that restarts by itself; how often that was."""
    starts, is_over = 0, False
    while not is_over:
        starts += 1
        assert starts < STARTS_MAX, "it would go on for ever"
        try:
            is_over = await shop.run(work)
        except* StoppedError:
            is_over = False
    return starts


# --- 3 ---------------------------------------------------------------------------------------------------------


async def test_sending_what_is_unsent_blocks_no_sale(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """OEC, September 2019: while the queue was sent, nothing could be sold.

    Here the outbox has a lane and a connection of its own: with thirty messages that take three seconds each, every
    customer waits as long as if there were none, from the tender to the paper.
    """
    took: list[float] = []
    sending: list[bool] = []

    async def work() -> None:
        await shop.until_ready()
        old = await sell_offline(shop, 30)
        shop.weather = lambda now, okp: Weather.SLOW if okp in old else Weather.FAIR
        await shop.press(*SALE)
        for _ in range(20):
            await trio.sleep(2)
            await shop.press(*SALE[:-1])
            assert shop.register is not None
            sending.append(isinstance(shop.register.outbox, Resending))
            began = trio.current_time()
            await shop.press(SALE[-1])
            took.append(trio.current_time() - began)
        await until_sent(shop)

    assert await shop.run(work)
    assert sum(sending) > 15, "the queue was being sent"
    assert max(took) <= ANSWERED_S + PRINT_S + 0.01
    assert [paper.is_offline for paper in shop.printer.papers[-20:]] == [False] * 20
    assert len(shop.authority.receipts) == 51


# --- 4 ---------------------------------------------------------------------------------------------------------


async def test_an_overloaded_server_refuses_nothing(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """OEC, July 2020: the code -1 of an overloaded server was taken for a refusal.

    Here the receipt is closed as off-line, printed, queued, and -1 to a further sending leaves it in the queue.
    """

    async def work() -> None:
        await shop.until_ready()
        shop.weather = lambda now, okp: Weather.OVERLOADED
        await shop.press(*SALE)
        assert isinstance(shop.register and shop.register.receipt, Composing)
        await trio.sleep(900)
        assert shop.register is not None
        assert [one.message.okp for one in shop.register.outbox.box.queue] == [shop.sealed[0].okp]
        shop.weather = lambda now, okp: Weather.FAIR
        await until_sent(shop)

    assert await shop.run(work)
    records = kept(shop)
    (outcome,) = [record for record in records if isinstance(record, Outcome)]
    assert (outcome.form, outcome.code, outcome.reason) == (Form.OFFLINE, OVERLOADED, "overloaded")
    assert [paper.is_offline for paper in shop.printer.papers] == [True]
    (resolved,) = [record for record in records if isinstance(record, Resolved)]
    assert (resolved.code, bool(resolved.uid)) == (0, True)
    assert sum(isinstance(record, Attempted) for record in records) > 2, "it was asked again meanwhile"


# --- 5, 6, 8, 10: at one counter -----------------------------------------------------------------------------------

NO_ANSWER = AuthorityFault(FaultKind.HTTP, status=500)
MAILED = (*KEYS[:-1], "EMAIL", "TEXT jana@example.sk", "ENTER", "CARD")
FOREIGN = -101


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Counters:
    """What was played at one counter, and the journal afterwards."""
    return trio.run(play_counter, tmp_path_factory.mktemp("counter") / "counter")


@dataclass(slots=True)
class Counters:
    """What each of the four scenes left behind, by its name."""

    seen: dict[str, object] = field(default_factory=dict)


async def play_counter(folder: Path) -> Counters:
    """The four scenes, one after the other."""
    played = Counters()
    async with open_counter(folder, ports=("printer", "mail")) as counter:
        await counter.play(*KEYS)
        for code in (*sorted(TIME_CODES), FOREIGN):
            played.seen[f"refused {code}"] = await refuse_later(counter, code)
        played.seen["together"] = await sell_quickly(counter)
        played.seen["error"] = await fail_and_succeed(counter)
        played.seen["mail"] = await refuse_mails(counter)
    assert verify(folder).violations == ()
    return played


@dataclass(frozen=True, slots=True)
class RefusedLater:
    """A message that was refused when it was sent again: requests made for it since, and what repaired it."""

    okp: str
    sendings: int
    requests_since: int
    repaired: tuple[str, Form] | None
    aside: tuple[int, ...]


async def refuse_later(counter: Counter, code: int) -> RefusedLater:
    """An off-line sale, refused later; three further orders to send; then the repair, if there is one."""
    sold = await counter.play(*KEYS, faults=(NO_ANSWER,))
    await counter.send_now((AuthorityFault(FaultKind.CODE, code=code),))
    before = counter.authority.requests
    for _ in range(3):
        await counter.send_now()
    since = counter.authority.requests - before
    again = await counter.choose("menu-unsent-repair")
    intents = [record for records in counter.records().values() for record in records if isinstance(record, Intent)]
    repairs = [intent.receipt.okp for intent in intents if intent.receipt.sale.repairs == sold.okp]
    repaired = None
    if repairs:
        (outcome,) = [record for record in counter.records()[repairs[0]] if isinstance(record, Outcome)]
        repaired = repairs[0], outcome.form
    attempts = [record for record in counter.records()[sold.okp] if isinstance(record, Intent | Attempted)]
    codes = tuple(aside.code for aside in again.register.outbox.box.aside)
    return RefusedLater(sold.okp, len(attempts), since, repaired, codes)


@pytest.mark.parametrize("code", [*sorted(TIME_CODES), FOREIGN])
def test_a_refused_message_is_not_sent_for_ever(counters: Counters, code: int) -> None:
    """OEC, January 2020: refused messages were re-sent for ever; those of -103, -104 and -108 need repair.

    Here a refusal ends the sending: the receipt is set aside and told; what was refused for its time is registered anew
    from the menu, once, and leaves the list; what was refused for another reason stays in it for a person.
    """
    seen = counters.seen[f"refused {code}"]
    assert isinstance(seen, RefusedLater)
    assert (seen.sendings, seen.requests_since) == (2, 0)
    if code in TIME_CODES:
        assert seen.repaired is not None
        assert seen.repaired[1] is Form.ONLINE
        assert seen.aside == ()
    else:
        assert (seen.repaired, seen.aside) == (None, (code,))


@dataclass(frozen=True, slots=True)
class Quickly:
    """Receipts in quick succession beside the outbox: their numbers, sendings of each, papers."""

    numbers: tuple[int, ...]
    sendings: tuple[int, ...]
    papers: int
    unsent: int
    duplicates: int


async def sell_quickly(counter: Counter) -> Quickly:
    """Three messages wait and are slow to send; ten sales are typed as fast as a script can."""
    for _ in range(3):
        await counter.play(*KEYS, faults=(NO_ANSWER,))
    duplicates = counter.authority.duplicates_count()
    played = await counter.play(*(KEYS * 10))
    await counter.until_sent()
    sealed = [turn.after.receipt.receipt for turn in played.turns if type(turn.after.receipt).__name__ == "Online"]
    unique = {receipt.okp: receipt for receipt in sealed}
    return Quickly(
        tuple(receipt.number for receipt in unique.values()),
        tuple(len(counter.authority.receipts[okp].sendings) for okp in unique),
        len(played.papers),
        len(counter.turns[-1].after.outbox.box.queue),
        counter.authority.duplicates_count() - duplicates,
    )


def test_two_requests_close_together_are_two_receipts(counters: Counters) -> None:
    """OEC, February 2022: two requests close together, receipts in quick succession, met each other.

    Here a second tender finds an empty basket, each receipt has its number before the next key is read, and the outbox
    sends beside them: every one is registered once, under a number of its own.
    """
    seen = counters.seen["together"]
    assert isinstance(seen, Quickly)
    first = seen.numbers[0]
    assert seen.numbers == tuple(range(first, first + 10))
    assert seen.sendings == (1,) * 10
    assert (seen.papers, seen.unsent, seen.duplicates) == (10, 0, 0)


@dataclass(frozen=True, slots=True)
class Told:
    """What the display said: when the second sending failed, after the third one, and after the next sale."""

    failed: tuple[int, ...]
    beeps: tuple[str, ...]
    after: tuple[str, ...]
    next: tuple[str, ...]
    listed: tuple[str, ...]


async def fail_and_succeed(counter: Counter) -> Told:
    """A sale without an answer, a failed sending, a good one; then the list of the unsent, and one more sale."""
    await counter.play(*KEYS, faults=(NO_ANSWER,))
    failed = await counter.send_now((NO_ANSWER,))
    waits = tuple(one.sending_count for one in failed.register.outbox.box.queue)
    sent = await counter.send_now()
    await counter.until_sent()
    after = tuple(f"{sent.view(language).notice} {sent.view(language).operator}" for language in LANGUAGES)
    listed = await counter.choose("menu-unsent-show")
    shown = tuple(f"{listed.view(language).lines} {listed.view(language).notice}" for language in LANGUAGES)
    await counter.play("CLEAR", "CLEAR")
    following = await counter.play(*KEYS)
    said = tuple(following.view(language).notice for language in LANGUAGES)
    return Told(waits, tuple(sent.beeps()), after, said, shown)


def test_what_was_sent_after_all_is_no_error(counters: Counters) -> None:
    """OEC, March 2022: an error was shown although the message had been sent again with success.

    Here what is shown is the state: when the answer is durable the message leaves the queue and nothing speaks of it.
    """
    seen = counters.seen["error"]
    assert isinstance(seen, Told)
    assert seen.failed == (2,)
    assert not {"resend-refused", "sending-failed"} & {*seen.beeps}
    for place, language in enumerate(LANGUAGES):
        assert say("unsent-count", language, 1, "").split()[0] not in seen.after[place]
        assert say("resend-refused", language) not in seen.after[place]
        assert seen.next[place] == say("ended-printed", language)


MAIL_REFUSALS = (
    MailFault(phase="auth", code=535, text="5.7.8 wrong password"),
    MailFault(phase="mail", code=550, text="5.7.1 sender not allowed"),
    MailFault(phase="rcpt", code=550, text="5.1.1 no such user"),
    MailFault(phase="data", code=554, text="5.7.1 policy"),
    MailFault(phase="dot", code=552, text="5.2.2 mailbox full"),
)


@dataclass(frozen=True, slots=True)
class Unmailed:
    """A mail that was refused: the journal's record, how it was delivered, and the papers."""

    failed: MailFailed
    way: Way
    papers: int
    notice: str


async def refuse_mails(counter: Counter) -> dict[str, Unmailed]:
    """One sale for each refusal."""
    seen: dict[str, Unmailed] = {}
    for fault in MAIL_REFUSALS:
        counter.world.mail.faults[:] = [fault]
        sold = await counter.play(*MAILED)
        (failed,) = [record for record in counter.records()[sold.okp] if isinstance(record, MailFailed)]
        (delivered,) = [record for record in counter.records()[sold.okp] if isinstance(record, Delivered)]
        seen[fault.phase] = Unmailed(failed, delivered.way, len(sold.papers), sold.view().notice)
    return seen


@pytest.mark.parametrize("fault", MAIL_REFUSALS, ids=lambda fault: fault.phase)
def test_a_refused_mail_is_printed(counters: Counters, fault: MailFault) -> None:
    """OEC, March 2026: a refusal of the mail server was not noticed, and the receipt neither mailed nor printed.

    Here only 250 after the dot is a mail; a refusal in any phase is journaled with its code, and the original printed.
    """
    mails = counters.seen["mail"]
    assert isinstance(mails, dict)
    seen = mails[fault.phase]
    assert (seen.failed.verdict, seen.failed.phase, seen.failed.code) == (Verdict.NOT_SENT, fault.phase, fault.code)
    assert (seen.way, seen.papers) == (Way.PRINT, 1)
    assert say("verdict-NOT_SENT", "sk") in seen.notice


# --- 7 ---------------------------------------------------------------------------------------------------------

RECEIPTS = int(os.environ.get("EKASA_FIELD_RECEIPTS", "250"))
"""More of them take minutes; 2,000 were tried."""

WARM = 100
GROWTH_MAX_KIB = 1024 + RECEIPTS // 4
DESCRIPTORS = 64


def answered(folder: Path) -> int:
    """How many messages the authority has answered."""
    return len(list((folder / "authority").glob("*-reply.xml")))


def has_answered(folder: Path, count: int) -> bool:
    """It has answered so many; not asked so often that the question is the work."""
    time.sleep(0.05)
    return answered(folder) >= count


def test_nothing_is_used_up_by_receipts(tmp_path: Path) -> None:
    """OEC, April 2020: memory leaked with each receipt until the database could open no file any more (error 14).

    Here a process with 64 descriptors sells on: neither its descriptors nor its memory grow with what it has sold.
    """
    if not shutil.which("prlimit"):
        pytest.skip("prlimit is not installed")
    counts, sizes_kib = [], []
    with open_shop(tmp_path) as shop:
        shop.set("printer", "port", '"file:paper.escpos"')
        process = shop.run("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}")
        proc = Path(f"/proc/{process.pid}")
        for sold in (WARM, RECEIPTS):
            shop.press(*(("5", "DEPARTMENT_1", "CARD") * (sold - answered(tmp_path))))
            await_that(f"{sold} receipts", partial(has_answered, tmp_path, sold), 600)
            shop.await_record(Delivered, sold)
            counts.append(len(list((proc / "fd").iterdir())))
            sizes_kib.append(int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024)
        assert end(process) == 0
        assert shop.said() == ""
    print(f"descriptors {counts}, KiB {sizes_kib}")
    assert counts[1] <= counts[0] < DESCRIPTORS
    assert sizes_kib[1] - sizes_kib[0] <= GROWTH_MAX_KIB
    assert verify(tmp_path).violations == ()


# --- 9 ---------------------------------------------------------------------------------------------------------


@dataclass
class NotReady:
    """A printer that is not ready so many times."""

    tray: Tray
    left: int
    columns: int = Tray.columns

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """As Printer has it, when it is ready."""
        if self.left:
            self.left -= 1
            await trio.sleep(3)
            raise PortError("silent", "it wakes up")
        await self.tray.print_lines(lines)

    async def open_drawer(self) -> None:
        """As Printer has it."""
        await self.tray.open_drawer()


async def test_a_printer_that_is_not_ready_is_waited_for(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """OEC, September 2019: a printer that was not ready ended the request with an error (504), its receipt registered.

    Here the receipt waits for its paper as long as it takes, the cashier is told what to do, nothing is registered
    twice, and the next customer's keys are not heard before.
    """
    shop.printer_of = lambda tray: NotReady(tray, 3)

    async def work() -> None:
        await shop.until_ready()
        register = await shop.press(*SALE)
        for _ in range(3):
            assert isinstance(register.receipt, AwaitingPaper)
            await trio.sleep(0.1)
            assert say("press-enter", "sk") in shop.display.view.notice
            register = await shop.press("5", "DEPARTMENT_1")
            assert isinstance(register.receipt, AwaitingPaper)
            await trio.sleep(20)
            register = await shop.press("ENTER")
        assert isinstance(register.receipt, Composing)

    assert await shop.run(work)
    assert len(shop.sealed) == len(shop.printer.papers) == len(shop.sent) == 1
    assert shop.printer.papers[0].okp == shop.sealed[0].okp
    assert verify(shop.folder).violations == ()


# --- 11 --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    """A record on its way to a slow medium."""

    began: datetime
    ended: datetime
    record: Record


class SlowStorage(VirtualStorage):
    """A medium that takes two seconds for each record; ``writes`` and ``now`` are the test's."""

    writes: list[Write]
    now: Callable[[], datetime]

    async def append(self, record: Record) -> Stored:
        """As Storage has it, later."""
        began = self.now()
        await trio.sleep(2)
        stored = await super().append(record)
        self.writes.append(Write(began, self.now(), record))
        return stored


async def test_a_notice_about_the_certificate_comes_while_a_sale_is_written(
    shop: VirtualShop, autojump_clock: MockClock
) -> None:
    """PROFINESA, knowledge base: a notice about the certificate was written to the store while a sale was; the store
    was corrupt, and what was unsent stuck in it.

    Here one task writes, one record after the other, and a notice is a state and no record. It comes in the middle of
    a sale on a slow medium: the sale goes on, the journal holds, and the queue is sent.
    """
    writes: list[Write] = []

    def slow(book: Book) -> JournalStorage:
        storage = SlowStorage(book)
        storage.writes, storage.now = writes, shop.true.now
        return storage

    shop.storage_of = slow

    async def offline() -> None:
        await shop.until_ready()
        await sell_offline(shop, 2)

    async def at_the_threshold() -> None:
        await shop.until_ready()
        shop.weather = lambda now, okp: Weather.FAIR
        await sleep_until(shop, near - timedelta(seconds=1))
        await shop.press(*SALE)
        await until_sent(shop)

    near = shop.load_signer().not_after - timedelta(days=7)
    shop.true.sleep_until(near - timedelta(minutes=10))
    assert await shop.run(offline)
    shop.true.sleep_until(near - timedelta(seconds=30))
    assert await shop.run(at_the_threshold)
    (told,) = [moment for moment, notice in shop.beeps if notice == "certificate-7"]
    assert [type(write.record) for write in writes if write.began < told < write.ended] == [Intent]
    assert set(shop.authority.receipts) == {receipt.okp for receipt in shop.sealed}
    assert verify(shop.folder).violations == ()


# --- 12 --------------------------------------------------------------------------------------------------------


def is_outbox(state: type, register: Register) -> bool:
    """The outbox is in this state."""
    return isinstance(register.outbox, state)


async def test_what_is_unsent_is_known_after_every_power_cut(shop: VirtualShop, autojump_clock: MockClock) -> None:
    """Varos FT5000: after a reboot the register no longer knew that messages were unsent.

    Here the queue is what the journal says: cut between sales, and in the middle of each sending, every message is
    still there, every attempt counted; in the end the authority has each of them once.
    """
    lives: list[tuple[int, ...]] = []

    async def work() -> None:
        await shop.until_ready()
        assert shop.register is not None
        lives.append(tuple(one.sending_count for one in shop.register.outbox.box.queue))
        if len(lives) == 1:
            await sell_offline(shop, 5)
            return
        if len(lives) < 6:
            shop.weather = lambda now, okp: Weather.LOST
            for state in (Resending, Resting, Resending):
                await shop.until(partial(is_outbox, state))
            await trio.sleep(0.2)
            return
        shop.weather = lambda now, okp: Weather.FAIR
        await until_sent(shop)

    while len(lives) < 6:
        assert await shop.run(work)
    assert lives[0] == ()
    assert [len(counts) for counts in lives[1:]] == [5] * 5
    assert [sum(counts) for counts in lives[1:]] == [5, 7, 9, 11, 13]
    assert set(shop.authority.receipts) == {receipt.okp for receipt in shop.sealed}
    records = kept(shop)
    assert sum(isinstance(record, Resolved) and bool(record.uid) for record in records) == 5
    assert not any(isinstance(record, SetAside) for record in records)
    assert verify(shop.folder).violations == ()


# --- 13 --------------------------------------------------------------------------------------------------------

FEW, MANY = 200, 20_000


class CountingDisk(Disk):
    """A disk that counts the bytes it is asked for and given."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read_bytes = self.written_bytes = self.syncs = 0

    def read(self, name: str, offset: int, length: int) -> bytes:
        """As a disk does."""
        content = super().read(name, offset, length)
        self.read_bytes += len(content)
        return content

    def write(self, name: str, offset: int, content: bytes) -> None:
        """As a disk does."""
        self.written_bytes += len(content)
        super().write(name, offset, content)

    def sync(self, name: str) -> None:
        """As a disk does."""
        self.syncs += 1
        super().sync(name)


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost: bytes of the journal, syncs, and steps of the index's own machine."""

    read_bytes: int
    written_bytes: int
    syncs: int
    steps: int


def cheap_maker() -> Maker:
    """A register whose signatures are made in no time; the storage does not look at them."""
    start = datetime.fromisoformat("2026-01-02T08:00:00+01:00")
    certificate = samples.certificate_pem("register")
    return Maker(samples.SELLER, lambda base: hashlib.sha512(base).digest() * 4, certificate, start)


@contextmanager
def grown(folder: Path, receipts: int) -> Iterator[tuple[Book, CountingDisk]]:
    """The open journal of a register that has sold so much."""
    write_journal(folder, receipts, cheap_maker())
    disk = CountingDisk(folder)
    book = Book(disk, Log(disk))
    book.open()
    with closing(book):
        yield book, disk


def costs(folder: Path, receipts: int) -> dict[str, Cost]:
    """What a sale's records and every question cost when so much was sold before."""
    maker = cheap_maker()
    later = replace(maker, start=maker.start + timedelta(days=900))
    intent, *rest = [record for _, record in made_records(1, later)][1:]
    assert isinstance(intent, Intent)
    sale = replace(intent.receipt.sale, basket_id="later")
    life = [replace(intent, receipt=replace(intent.receipt, sale=sale)), *rest]
    with grown(folder, receipts) as (book, disk):
        steps = [0]

        def step() -> int:
            steps[0] += 1
            return 0

        assert book._index is not None
        book._index._connection.set_progress_handler(step, 1)
        (first,) = book.records_of([Intent], -1, 1)
        old = first.record
        assert isinstance(old, Intent)
        acts: dict[str, Callable[[], object]] = {
            "append": lambda: [book.append(record) for record in life],
            "last number": lambda: book.last_number("2026-01"),
            "last date": book.last_create_date,
            "last paragon": book.last_paragon,
            "an old receipt": lambda: book.find(old.receipt.okp),
            "a number": lambda: book.find(old.receipt.key),
            "a stranger": lambda: book.find("O-7DBCDA8A56EE426DBCDA8A56EE426D1A"),
            "the last of a kind": lambda: book.last_of(Delivered),
        }
        found = {}
        for name, act in acts.items():
            disk.read_bytes = disk.written_bytes = disk.syncs = steps[0] = 0
            act()
            found[name] = Cost(disk.read_bytes, disk.written_bytes, disk.syncs, steps[0])
        return found


def test_a_receipt_costs_the_same_however_many_came_before(tmp_path: Path) -> None:
    """A-SIT Prüftool 1.1.0 and fiskaltrust RFC 0192: memory, or the time of each receipt, grew with the history.

    Here a sale's records and every question of the till cost as many bytes, syncs and steps of the index at 20,000
    receipts as at 200; counted, not timed.
    """
    few, many = costs(tmp_path / "few", FEW), costs(tmp_path / "many", MANY)
    print(*(f"{name}: {few[name]} {many[name]}" for name in few), sep="\n")
    for name, before in few.items():
        after = many[name]
        assert after.syncs == before.syncs, name
        assert after.written_bytes <= before.written_bytes + 64, name
        assert after.read_bytes <= before.read_bytes * 1.1 + 256, name
        assert after.steps <= before.steps * 1.2 + 20, name
    assert few["append"].syncs == 3
