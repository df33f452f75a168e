"""One submission of one mail over SMTP as a dialog without I/O: steps out, replies in, a verdict at the end.

Sources: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 and 4616 (AUTH, PLAIN), RFC 8314 (submission over TLS).
There is no HELO, no retry and no way round TLS: whatever a server leaves out ends in NOT_SENT, and so on paper.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.mail_reply import Reply
from states.fiscal.address import mask
from states.fiscal.receipt import MailResult, Verdict

TEXT_MAX = 200
_RAW_MAX = 1000


class Phase(StrEnum):
    """Where a submission is; only from DOT on may the server have the mail."""

    CONNECT = "connect"
    TLS = "tls"
    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Access:
    """How to log in: ``security`` is tls or starttls, ``mechanism`` auto, plain, login, xoauth2 or none."""

    security: str
    mechanism: str
    username: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope and its content, which consists of whole CRLF lines and is not yet dot-stuffed."""

    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Begin TLS if ``secured`` and forget what was read before; write ``octets``, then ``dot``; read one reply.

    The phase is TLS while it begins, and DOT from the first octet of ``dot`` on.
    """

    phase: Phase
    octets: bytes = field(default=b"", repr=False)
    secured: bool = False
    dot: bytes = b""


Dialog = Generator[Step, Reply, MailResult]
Extensions = dict[str, tuple[str, ...]]


class _RefusedError(Exception):
    def __init__(self, phase: Phase, reply: Reply) -> None:
        super().__init__(phase)
        self.result = MailResult(Verdict.NOT_SENT, phase, reply.code, reply.text)


def submission(access: Access, letter: Letter, client: str) -> Dialog:
    """The whole dialog but QUIT; ``client`` is our name for EHLO. The text of the result is the server's own."""
    try:
        yield from _ask_to_send(access, letter, client)
    except _RefusedError as refused:
        return refused.result
    reply = yield Step(Phase.CONTENT, stuff(letter.content), dot=b".\r\n")
    return MailResult(_verdict(reply.code), Phase.DOT, reply.code, reply.text)


def _verdict(code: int) -> Verdict:
    if code == 250:
        return Verdict.ACCEPTED
    return Verdict.NOT_SENT if code >= 400 else Verdict.IN_DOUBT


def _ask_to_send(access: Access, letter: Letter, client: str) -> Generator[Step, Reply, None]:
    yield from _ask(Step(Phase.BANNER, secured=access.security == "tls"), 220)
    extensions = yield from _greet(client)
    if access.security != "tls":
        _require("STARTTLS" in extensions, Phase.STARTTLS, "STARTTLS is not offered")
        yield from _ask(Step(Phase.STARTTLS, b"STARTTLS\r\n"), 220)
        extensions = yield from _greet(client, secured=True)
    yield from _log_in(access, extensions.get("AUTH", ()))
    size = _size(letter.content, extensions.get("SIZE"))
    yield from _ask(Step(Phase.MAIL, f"MAIL FROM:<{letter.sender}>{size}\r\n".encode("ascii")), 250)
    yield from _ask(Step(Phase.RCPT, f"RCPT TO:<{letter.recipient}>\r\n".encode("ascii")), 250, 251)
    yield from _ask(Step(Phase.DATA, b"DATA\r\n"), 354)


def _ask(step: Step, *wanted: int) -> Generator[Step, Reply, Reply]:
    reply = yield step
    if reply.code not in wanted:
        raise _RefusedError(step.phase, reply)
    return reply


def _require(holds: bool, phase: Phase, otherwise: str) -> None:
    if not holds:
        raise _RefusedError(phase, Reply(0, (otherwise,)))


def _greet(client: str, *, secured: bool = False) -> Generator[Step, Reply, Extensions]:
    reply = yield from _ask(Step(Phase.EHLO, f"EHLO {client}\r\n".encode("ascii"), secured=secured), 250)
    words = (line.upper().split() for line in reply.lines[1:])
    return {name: tuple(values) for name, *values in filter(None, words)}


def _size(content: bytes, limit: tuple[str, ...] | None) -> str:
    if limit is None:
        return ""
    size = len(stuff(content))
    largest = int(limit[0]) if limit and limit[0].isdecimal() else 0
    _require(not 0 < largest < size, Phase.MAIL, f"{size} octets are more than the server's SIZE")
    return f" SIZE={size}"


def _log_in(access: Access, offered: tuple[str, ...]) -> Generator[Step, Reply, None]:
    if access.mechanism == "none":
        return
    wanted = ("PLAIN", "LOGIN") if access.mechanism == "auto" else (access.mechanism.upper(),)
    chosen = next((name for name in wanted if name in offered), None)
    _require(chosen is not None, Phase.AUTH, f"{' or '.join(wanted)} is not offered")
    if chosen == "LOGIN":
        yield from _ask(Step(Phase.AUTH, b"AUTH LOGIN\r\n"), 334)
        yield from _ask(Step(Phase.AUTH, _base64(access.username) + b"\r\n"), 334)
        yield from _ask(Step(Phase.AUTH, _base64(access.secret) + b"\r\n"), 235)
    elif chosen == "PLAIN":
        yield from _ask(Step(Phase.AUTH, b"AUTH PLAIN " + _plain(access) + b"\r\n"), 235)
    else:
        yield from _show_token(access)


def _show_token(access: Access) -> Generator[Step, Reply, None]:
    # XOAUTH2 puts a refusal into a challenge; only the empty answer to it brings the reply with the code.
    step = Step(Phase.AUTH, b"AUTH XOAUTH2 " + _bearer(access) + b"\r\n")
    reply = yield step
    if reply.code == 334:
        reply = yield Step(Phase.AUTH, b"\r\n")
    if reply.code != 235:
        raise _RefusedError(Phase.AUTH, reply)


def _base64(text: str) -> bytes:
    return b64encode(text.encode("utf-8"))


def _plain(access: Access) -> bytes:
    return _base64(f"\0{access.username}\0{access.secret}")


def _bearer(access: Access) -> bytes:
    return _base64(f"user={access.username}\x01auth=Bearer {access.secret}\x01\x01")


def stuff(content: bytes) -> bytes:
    """Dot-stuffed content; ValueError unless it consists of whole CRLF lines with no other CR or LF."""
    if not content.endswith(b"\r\n") or re.search(rb"\r(?!\n)|(?<!\r)\n", content):
        raise ValueError("the content is not CRLF lines")
    return re.sub(rb"^\.", b"..", content, flags=re.MULTILINE)


def tidy(text: str, access: Access) -> str:
    """Words of the world made fit for a journal: one printable ASCII line without addresses and our secrets."""
    text = text[:_RAW_MAX]
    for hidden in sorted(_hidden(access), key=len, reverse=True):
        text = text.replace(hidden, "***")
    text = re.sub(r"[^\s<>()\[\]:;,\"]+@[^\s<>()\[\]:;,\"]+", lambda found: mask(found[0]), text)
    return re.sub(r"[^ -~]+", " ", text)[:TEXT_MAX].strip()


def _hidden(access: Access) -> set[str]:
    """What a server could echo: the secret, and all that was sent to log in."""
    sent = (_base64(access.username), _base64(access.secret), _plain(access), _bearer(access))
    return {access.secret, *(octets.decode("ascii") for octets in sent)} - {""}
