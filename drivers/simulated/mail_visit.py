"""One visit to the simulated mail provider: the commands of a client and the duties that follow from them."""

from __future__ import annotations

import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import trio

from drivers.simulated.mail_faults import Action, Fault
from drivers.simulated.mail_line import MailLine, OverError

SIZE_MAX = 10 * 1024 * 1024
VISIT_LIMIT_S = 600.0
_PATH = re.compile(rb"(?:FROM|TO):<([^<>\s]*)>( [!-~ ]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that the server took: its envelope, and its octets without dot-stuffing."""

    sender: str
    recipient: str
    octets: bytes
    session: int


@dataclass(slots=True)
class Visit:
    """One connection: the duties that came up, and how it ended; ``end`` is empty until ``over`` is set."""

    session: int
    duties: list[str] = field(default_factory=list)
    mechanism: str = ""
    end: str = ""
    over: trio.Event = field(default_factory=trio.Event, repr=False)


@dataclass(slots=True)
class MailWorld:
    """The provider's memory, open to whoever plays the world; ``users`` are names with passwords or tokens.

    ``folder`` gets each message as ``0001.eml``, ``0002.eml`` and so on.
    """

    users: dict[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    faults: list[Fault] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    kept_before: int = field(init=False)

    def __post_init__(self) -> None:
        """What an earlier server kept in the folder stays."""
        self.kept_before = len(list(self.folder.glob("*.eml"))) if self.folder else 0

    def keep(self, message: Kept) -> None:
        """Remember the message before anyone is told that it was accepted."""
        self.kept.append(message)
        if self.folder:
            (self.folder / f"{self.kept_before + len(self.kept):04d}.eml").write_bytes(message.octets)


async def receive(world: MailWorld, visit: Visit, line: MailLine, context: ssl.SSLContext, *, implicit: bool) -> None:
    """Serve one client to the end of its visit; ``implicit`` says that TLS comes first."""
    session = _Session(world, visit, line, context)
    try:
        with trio.move_on_after(VISIT_LIMIT_S):
            await session.run(implicit)
    except OverError as over:
        visit.end = str(over)
    finally:
        visit.end = visit.end or "cancelled"
        visit.over.set()
        await line.close()


class _Session:
    def __init__(self, world: MailWorld, visit: Visit, line: MailLine, context: ssl.SSLContext) -> None:
        self._world, self._visit, self._line, self._context = world, visit, line, context
        self._secured = False
        self._may_send = False
        self._sender: str | None = None
        self._recipient = ""

    async def run(self, implicit: bool) -> None:
        if implicit:
            await self._secure()
        await self._answer("banner", "220 mail.example.sk ESMTP simulated")
        await self._obey()

    async def _obey(self) -> None:
        duties: dict[bytes, Callable[[bytes], Awaitable[bool]]] = {
            b"EHLO": self._ehlo,
            b"STARTTLS": self._starttls,
            b"AUTH": self._auth,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._take,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"QUIT": self._quit,
        }
        while True:
            verb, _, words = (await self._line.hear()).partition(b" ")
            duty = duties.get(verb.upper())
            if duty:
                await duty(words)
            else:
                await self._line.say(b"500 5.5.1 unknown command\r\n")

    def _due(self, duty: str) -> Fault | None:
        self._visit.duties.append(duty)
        return self._find(duty)

    def _find(self, duty: str) -> Fault | None:
        session, recipient = self._visit.session, self._recipient
        return next((fault for fault in self._world.faults if fault.hits(duty, session, recipient)), None)

    async def _answer(self, duty: str, *lines: str) -> bool:
        """Give the right reply, or do what a fault says; True when the reply was the right one."""
        right = "".join(f"{line}\r\n" for line in lines).encode("ascii")
        fault = self._due(duty)
        if fault is None:
            await self._line.say(right)
            return True
        refusal = f"{fault.code} {fault.text}\r\n".encode("ascii")
        return await self._line.misbehave(fault, right=right, refusal=refusal)

    async def _refuse(self, reply: str) -> bool:
        await self._line.say(f"{reply}\r\n".encode("ascii"))
        return False

    async def _secure(self) -> None:
        await self._line.secure(self._context, self._due("tls"))
        self._secured = True
        self._may_send = not self._world.users

    async def _ehlo(self, words: bytes) -> bool:
        offers = ["mail.example.sk", f"SIZE {SIZE_MAX}"]
        if self._secured and self._world.users and not self._withheld("auth"):
            offers.append(f"AUTH {' '.join(self._world.mechanisms)}")
        if not self._secured and not self._withheld("starttls"):
            offers.append("STARTTLS")
        lines = [f"250-{offer}" for offer in offers[:-1]]
        return await self._answer("ehlo", *lines, f"250 {offers[-1]}")

    def _withheld(self, duty: str) -> bool:
        fault = self._find(duty)
        return fault is not None and fault.action is Action.WITHHOLD

    async def _starttls(self, words: bytes) -> bool:
        if self._secured:
            return await self._refuse("503 5.5.1 TLS is in use")
        if await self._answer("starttls", "220 2.0.0 go on"):
            await self._secure()
        return True

    async def _auth(self, words: bytes) -> bool:
        mechanism, _, first = words.decode("ascii", "replace").partition(" ")
        if not self._secured or mechanism.upper() not in self._world.mechanisms:
            return await self._refuse("504 5.5.4 unknown mechanism")
        self._visit.mechanism = mechanism.upper()
        username, secret = await self._credentials(mechanism.upper(), first)
        if self._world.users.get(username) != secret or not secret:
            return await self._refuse("535 5.7.8 credentials not accepted")
        self._may_send = await self._answer("auth", "235 2.7.0 welcome")
        return self._may_send

    async def _credentials(self, mechanism: str, first: str) -> tuple[str, str]:
        if mechanism == "LOGIN":
            return await self._challenge("Username:"), await self._challenge("Password:")
        words = _decode(first) if first else await self._challenge("")
        if mechanism == "PLAIN":
            found = re.fullmatch("[^\0]*\0([^\0]+)\0([^\0]+)", words)
            return (found[1], found[2]) if found else ("", "")
        found = re.fullmatch("user=(.*)\x01auth=Bearer (.*)\x01\x01", words)
        if found and self._world.users.get(found[1]) == found[2]:
            return found[1], found[2]
        await self._challenge('{"status":"401"}')
        return "", ""

    async def _challenge(self, words: str) -> str:
        await self._line.say(b"334 " + b64encode(words.encode()) + b"\r\n")
        return _decode((await self._line.hear()).decode("ascii", "replace"))

    async def _mail(self, words: bytes) -> bool:
        found = _PATH.fullmatch(words)
        if not found:
            return await self._refuse("501 5.5.4 syntax")
        if not self._secured or not self._may_send:
            return await self._refuse("530 5.7.0 log in first")
        self._sender = found[1].decode("ascii", "replace") if await self._answer("mail", "250 2.1.0 ok") else None
        return self._sender is not None

    async def _rcpt(self, words: bytes) -> bool:
        found = _PATH.fullmatch(words)
        if not found or self._sender is None:
            return await self._refuse("503 5.5.1 MAIL first" if found else "501 5.5.4 syntax")
        if self._recipient:
            return await self._refuse("452 4.5.3 one recipient only")
        self._recipient = found[1].decode("ascii", "replace")
        if not await self._answer("rcpt", "250 2.1.5 ok"):
            self._recipient = ""
        return bool(self._recipient)

    async def _take(self, words: bytes) -> bool:
        if not self._recipient:
            return await self._refuse("503 5.5.1 RCPT first")
        if not await self._answer("data", "354 end with a dot"):
            return False
        octets = await self._content()
        fault = self._find("dot")
        if fault is None or fault.action is not Action.REFUSE:
            self._world.keep(Kept(self._sender or "", self._recipient, octets, self._visit.session))
        answered = await self._answer("dot", f"250 2.0.0 queued as {len(self._world.kept):04d}")
        self._sender, self._recipient = None, ""
        return answered

    async def _content(self) -> bytes:
        lines = []
        length = 0
        line = await self._line.hear()
        if self._find("content"):
            await self._answer("content", "250 2.0.0 too early")
        while line != b".":
            lines.append(line.removeprefix(b"."))
            length += len(line) + 2
            if length > SIZE_MAX:
                raise OverError("dropped")
            line = await self._line.hear()
        return b"".join(line + b"\r\n" for line in lines)

    async def _rset(self, words: bytes) -> bool:
        self._sender, self._recipient = None, ""
        await self._line.say(b"250 2.0.0 ok\r\n")
        return True

    async def _noop(self, words: bytes) -> bool:
        await self._line.say(b"250 2.0.0 ok\r\n")
        return True

    async def _quit(self, words: bytes) -> bool:
        if await self._answer("quit", "221 2.0.0 bye"):
            raise OverError("quit")
        return False


def _decode(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return ""
