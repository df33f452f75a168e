"""The real register in virtual time: journal, signer, message, reply and machines are its own; the world is simulated.

Nothing here opens a socket. A request goes from the authority's driver through its real client into ``Wire``, which
hands the bytes to the simulated authority's judgement and carries the reply out as its server would, by the weather of
the moment. The journal is on a real disk, but is touched without a thread: a thread's work takes no virtual time, so
that the clock may jump whenever every task waits.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import httpx
import trio

from controller.app import run_opened
from controller.loading import load
from controller.log import logging_to
from controller.opening import BACKSTOP_S, Opening
from controller.outputs import Outputs, Ports
from controller.settings import Settings
from drivers.authority_ekasa import EkasaAuthority
from drivers.authority_trust import read_trust
from drivers.clock_system import BRATISLAVA
from drivers.identity_files import FileSigner, check_match, read_identity, read_signer
from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_log import Log
from drivers.keypad_text_codec import decode_line
from drivers.ports import Authority, Mail, PortError, Printer
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_world import Delivery, Reply, respond
from drivers.simulated.training import SIGNER_SUBJECT, issue_authdata, load_authority_world, write_training_files
from drivers.storage_journal import JournalStorage
from states import effects as do, events as on
from states.fiscal.address import mask
from states.fiscal.content import OFFLINE
from states.fiscal.paper import Line, Text
from states.fiscal.receipt import MailResult, Receipt, Verdict
from states.register import Register
from states.view import View

PASSWORD = "Tajné heslo 1"
URL = "https://authority.invalid/soap/services/v2"
COLUMNS = 48
PRINT_S = 0.4
MAIL_S = 0.7

_Arguments = TypeVarTuple("_Arguments")
_Answer = TypeVar("_Answer")

_CODE = re.compile(rb"<(?:\w+:)?OKP [^>]*>([0-9A-Fa-f-]{44})<")
_UUID = re.compile(rb' Uuid="([^"]+)"')
_COUNT = re.compile(rb' SendingCount="([0-9]+)"')
_CONTENT = re.compile(rb"<(?:\w+:)?ReceiptData .*</(?:\w+:)?ValidationCode>", re.DOTALL)
_TOKEN = re.compile(rb"BinarySecurityToken[^>]*>([^<]+)<")
_PAPER_CODE = re.compile(r"OKP:([0-9A-F]{8}(?:-[0-9A-F]{8}){4})")


class Weather(StrEnum):
    """What becomes of a request."""

    FAIR = "fair"
    SLOW = "slow"
    LATE = "late"
    LOST = "lost"
    SILENT = "silent"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    BROKEN = "broken"


FAULTS = {
    Weather.SLOW: AuthorityFault(FaultKind.DELAY, seconds=3.0),
    Weather.LATE: AuthorityFault(FaultKind.DELAY, seconds=7.0),
    Weather.LOST: AuthorityFault(FaultKind.DELAY, seconds=1e6),
    Weather.SILENT: AuthorityFault(FaultKind.SILENCE),
    Weather.OVERLOADED: AuthorityFault(FaultKind.CODE, code=-1),
    Weather.BROKEN: AuthorityFault(FaultKind.HTTP, status=500),
}
"""SLOW answers within the limit of 2026, LATE after it, LOST registers the receipt and never says so; to a REFUSED
connection nothing is sent."""


class TrueTime:
    """Civil time: trio's clock, which stands at 0 when the world ``begins``, and what was slept through."""

    def __init__(self, begins: datetime) -> None:
        self._zero = begins

    def now(self) -> datetime:
        """The time now, in Europe/Bratislava."""
        return (self._zero + timedelta(seconds=trio.current_time())).astimezone(BRATISLAVA)

    def sleep_until(self, moment: datetime) -> None:
        """Nothing happens until this moment, which has not passed."""
        assert moment >= self.now()
        self._zero += moment - self.now()


@dataclass
class RegisterClock:
    """The register's own clock, so far ``behind`` the true time."""

    true: TrueTime
    behind: timedelta = timedelta()

    def now(self) -> datetime:
        """What the register takes for the time."""
        return self.true.now() - self.behind


class VirtualStorage(JournalStorage):
    """The journal without its thread; the disk is as real as ever."""

    async def _in_thread(self, call: Callable[[*_Arguments], _Answer], *arguments: *_Arguments) -> _Answer:
        await trio.lowlevel.checkpoint()
        return call(*arguments)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that reached the authority: ``content`` is the hash of ReceiptData and codes, ``signer`` that of the
    certificate in it."""

    at: datetime
    okp: str
    uuid: str
    count: int
    content: bytes
    signer: bytes
    weather: Weather


class Wire(httpx.AsyncBaseTransport):
    """The way to the simulated authority and back; every request that reaches it is kept."""

    def __init__(self, shop: VirtualShop, seed: int) -> None:
        self._shop = shop
        self._chance = random.Random(seed)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; it may never come back, and the caller's deadline ends it."""
        message = await request.aread()
        now = self._shop.true.now()
        okp = _found(_CODE, message).upper()
        weather = self._shop.weather(now, okp)
        if weather is Weather.REFUSED:
            await trio.sleep(0.01)
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        self._shop.sent.append(_sent(now, okp, message, weather))
        self._shop.authority.faults[:] = [FAULTS[weather]] if weather in FAULTS else []
        _, reply = respond(self._shop.authority, message)
        return await self._carried(reply)

    async def _carried(self, reply: Reply) -> httpx.Response:
        await trio.sleep(0.05 + reply.wait_s + self._chance.random() / 2)
        if reply.delivery is Delivery.HOLD:
            await trio.sleep_forever()
        assert reply.delivery is Delivery.WHOLE
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body))


def _sent(now: datetime, okp: str, message: bytes, weather: Weather) -> Sent:
    content, signer = (sha256(_found(pattern, message).encode()).digest() for pattern in (_CONTENT, _TOKEN))
    return Sent(now, okp, _found(_UUID, message), int(_found(_COUNT, message)), content, signer, weather)


def _found(pattern: re.Pattern[bytes], message: bytes) -> str:
    found = pattern.search(message)
    assert found, pattern.pattern
    return (found[1] if pattern.groups else found[0]).decode()


@dataclass(frozen=True, slots=True)
class Paper:
    """An original or a slip that was cut: ``okp`` is empty on a slip."""

    okp: str
    is_offline: bool
    text: str


class Tray:
    """The printer; each hundredth paper or so runs out in the middle when ``runs_out`` says so."""

    columns = COLUMNS

    def __init__(self, runs_out: Callable[[], bool]) -> None:
        self._runs_out = runs_out
        self.papers: list[Paper] = []

    async def print_lines(self, lines: tuple[Line, ...]) -> None:
        """As Printer has it."""
        await trio.sleep(PRINT_S)
        if self._runs_out():
            raise PortError("paper-out")
        text = "\n".join(line.text for line in lines if isinstance(line, Text))
        codes = _PAPER_CODE.search(re.sub(r"\s", "", text))
        self.papers.append(Paper(codes[1] if codes else "", OFFLINE in text, text))

    async def open_drawer(self) -> None:
        """As Printer has it."""
        await trio.lowlevel.checkpoint()


class Post:
    """The mail provider: most mails are taken, some refused, and of some nothing is heard after the final dot."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.mailed: list[tuple[str, Verdict]] = []

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """As Mail has it."""
        verdict = self._chance.choices(tuple(Verdict), (18, 1, 1))[0]
        phase, code = ("dot", 250) if verdict is Verdict.ACCEPTED else ("rcpt", 550)
        self.mailed.append((receipt.okp, verdict))
        await trio.sleep(MAIL_S)
        text = f"{uid} {mask(address)} {message_id}"
        return MailResult(verdict, phase, 0 if verdict is Verdict.IN_DOUBT else code, text)


class Screen:
    """The display: the view that is seen now."""

    view = View()

    async def show(self, view: View) -> None:
        """As Display has it."""
        self.view = view

    async def beep(self) -> None:
        """As Display has it."""
        await trio.lowlevel.checkpoint()


class Keys:
    """The keypad, under somebody's fingers; a key is given when the one before it was heard."""

    def __init__(self) -> None:
        self._give, self._take = trio.open_memory_channel[on.Key](0)

    async def next_key(self) -> on.Key:
        """As Keypad has it."""
        return await self._take.receive()

    def wants_words(self, wanted: bool) -> None:
        """Words come as such."""

    async def press(self, name: str) -> None:
        """Press the key of this name and return when it was taken."""
        key = decode_line(name.encode())
        assert key is not None, name
        await self._give.send(key)


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes: the first time after ``at`` that this machine enters this state, and then ``after_s`` later."""

    at: datetime
    machine: str
    state: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Waited:
    """How long a customer waited for the authority; ``briefly`` as the effect said."""

    okp: str
    began: datetime
    briefly: bool
    seconds: float


@dataclass
class VirtualShop:
    """The world around one register, and what was seen of it.

    ``weather`` is asked for each request by true time and OKP. ``storage_of``, ``authority_of``, ``printer_of`` and
    ``mail_of`` may put something before a port or in its place, to plant a fault.
    """

    folder: Path
    begins: datetime
    settings: Settings
    certificate_days: int = 730
    seed: int = 1
    weather: Callable[[datetime, str], Weather] = lambda now, okp: Weather.FAIR
    runs_out: Callable[[], bool] = lambda: False
    cuts: list[Cut] = field(default_factory=list)
    storage_of: Callable[[Book], JournalStorage] = VirtualStorage
    authority_of: Callable[[VirtualShop, Authority], Authority] = lambda shop, authority: authority
    printer_of: Callable[[Tray], Printer] = lambda tray: tray
    mail_of: Callable[[Post], Mail] = lambda post: post
    sent: list[Sent] = field(default_factory=list)
    beeps: list[tuple[datetime, str]] = field(default_factory=list)
    sealed: list[Receipt] = field(default_factory=list)
    waits: list[Waited] = field(default_factory=list)
    on_sealed: Callable[[on.Sealed], None] = lambda event: None
    started: list[datetime] = field(default_factory=list)
    pressed: int = 0
    heard: int = 0

    def __post_init__(self) -> None:
        self.true = TrueTime(self.begins)
        self.clock = RegisterClock(self.true)
        write_training_files(self.folder, password=PASSWORD, now=self.begins, certificate_days=self.certificate_days)
        (self.folder / "register.toml").write_text('language = "sk"\n', encoding="utf-8")
        self.authority = load_authority_world(self.folder, clock=self.true.now)
        self.trust = read_trust((self.folder / "authority-signer-ca.pem").read_bytes(), SIGNER_SUBJECT)
        self.seller = read_identity(self.folder / "identdata.xml")
        self.wire = Wire(self, self.seed)
        self.printer, self.mail, self.display = Tray(self.runs_out), Post(self.seed), Screen()
        self.new_uuid = _uuids(self.seed)
        self._asked: dict[str, tuple[datetime, bool, float]] = {}
        self._turned = trio.Event()
        self.register: Register | None = None

    # --- The register ----------------------------------------------------------------------------------------

    def load_signer(self) -> FileSigner:
        """The key and certificate in the folder, proved as at a start."""
        signer = read_signer(self.folder / "authdata.xml", PASSWORD)
        check_match(self.seller, signer, self.clock.now())
        return signer

    def renew(self, days: int = 730) -> None:
        """Load further authentication data of the authority, as a technician does while the register is off."""
        path = self.folder / "new-authdata.xml"
        path.write_bytes(issue_authdata(self.folder, password=PASSWORD, now=self.true.now(), days=days))
        load(self.folder, [path], None, self.clock.now())

    async def run(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Switch the register on and do the work in front of it; False if the power was cut before it was done."""
        is_done = False
        with trio.CancelScope() as self.power, logging_to(self.folder):
            async with self._storage() as storage, self._client() as client, trio.open_nursery() as nursery:
                self.nursery, self.keys, self.register, self.pressed, self.heard = nursery, Keys(), None, 0, 0
                await nursery.start(run_opened, self._opening(storage, client), self._watch)
                self.started.append(self.true.now())
                self._asked.clear()
                await work()
                is_done = True
                self.power.cancel()
        return is_done

    @asynccontextmanager
    async def _storage(self) -> AsyncIterator[JournalStorage]:
        disk = Disk(self.folder / "journal")
        log = Log(disk, wall_ns=self._wall_ns, mono_ns=lambda: int(trio.current_time() * 1e9))
        storage = self.storage_of(Book(disk, log))
        try:
            await storage.open()
            yield storage
        finally:
            with trio.CancelScope(shield=True):
                await storage.close()

    def _wall_ns(self) -> int:
        return (self.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.wire, timeout=None, trust_env=False)

    def _opening(self, storage: JournalStorage, client: httpx.AsyncClient) -> Opening:
        """As ``open_all`` puts it together."""
        signer, settings = self.load_signer(), self.settings
        driver = EkasaAuthority(client, URL, signer, self.trust, self.true.now)
        authority = self.authority_of(self, driver)
        mail, printer = self.mail_of(self.mail), self.printer_of(self.printer)
        ports = Ports(storage, authority, mail, printer, self.display, signer, self.clock)
        limit_s = settings.authority.limit_s
        limits_s: dict[type[do.Effect], float] = {
            do.Register: limit_s + BACKSTOP_S,
            do.Locate: limit_s,
            do.Email: settings.mail.limit_s + BACKSTOP_S,
        }
        sw_id = "8639BA17" * 5
        outputs = Outputs(ports, self.seller, sw_id, settings.training, limit_s, limits_s, new_uuid=self.new_uuid)
        return Opening(settings, self.seller, self.keys, outputs)

    # --- What is seen ----------------------------------------------------------------------------------------

    def _watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        self.register, now = after, self.true.now()
        self.heard += isinstance(event, on.Key)
        for effect in effects:
            if isinstance(effect, do.Beep):
                self.beeps.append((now, effect.notice))
            elif isinstance(effect, do.Register):
                self._asked[effect.receipt.okp] = now, effect.briefly, trio.current_time()
        if isinstance(event, on.Sealed):
            self.sealed.append(event.receipt)
            self.on_sealed(event)
        elif isinstance(event, on.Registered | on.RegisterFailed | on.RegisterRefused):
            self._count_wait(before.receipt.receipt.okp)
        self._turned.set()
        self._cut_power(before, after, now)

    def _count_wait(self, okp: str) -> None:
        if okp in self._asked:
            began, briefly, at_s = self._asked.pop(okp)
            self.waits.append(Waited(okp, began, briefly, trio.current_time() - at_s))

    def _cut_power(self, before: Register, after: Register, now: datetime) -> None:
        if not self.cuts or now < self.cuts[0].at:
            return
        cut = self.cuts[0]
        states = [type(getattr(one, cut.machine)).__name__ for one in (before, after)]
        if states[1] == cut.state != states[0]:
            self.nursery.start_soon(self._cut_later, self.cuts.pop(0).after_s)

    async def _cut_later(self, after_s: float) -> None:
        await trio.sleep(after_s)
        self.power.cancel()

    # --- The cashier's fingers -------------------------------------------------------------------------------

    async def press(self, *names: str) -> Register:
        """Press the keys one after the other; the register when the last one was heard and the next may come."""
        for name in names:
            await self.keys.press(name)
            self.pressed += 1
        return await self.until(lambda register: self.heard == self.pressed and register.hears_keys)

    async def until_ready(self) -> Register:
        """Wait until the first second has been told and the register, perhaps after a recovery, hears keys."""
        return await self.until(lambda register: register.hears_keys)

    async def until(self, is_so: Callable[[Register], bool]) -> Register:
        """Wait until this is so of the register."""
        while self.register is None or not is_so(self.register):
            self._turned = trio.Event()
            await self._turned.wait()
        return self.register


def digits(cents: int) -> tuple[str, ...]:
    """The keys of an amount: ``12.50``."""
    return typed(f"{cents // 100}.{cents % 100:02d}")


def typed(number: str) -> tuple[str, ...]:
    """The keys of a number."""
    return tuple("DOT" if sign == "." else sign for sign in number)


def _uuids(seed: int) -> Callable[[], str]:
    """Uuids of a seeded chance, so that a day is the same whenever it is played."""
    chance = random.Random(seed)
    return partial(_uuid, chance)


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:]))
