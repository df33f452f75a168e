"""The connection that carries a submission: TCP, TLS, and the phase in which everything else happens."""

from __future__ import annotations

import ssl
from types import TracebackType

import trio

from drivers.mail_reply import BadReplyError, Reply, ReplyReader
from drivers.mail_session import Dialog, Phase, Step
from states.fiscal.receipt import MailResult, Verdict

CHUNK_MAX = 4096
FAREWELL_LIMIT_S = 0.5

ConnectionFault = (OSError, trio.BrokenResourceError, BadReplyError)
"""What the world may do to a connection; anything else is a bug."""


class Connection:
    """A client's connection; ``phase`` says what may have happened at the other end when it breaks."""

    def __init__(self, host: str, port: int, trust: ssl.SSLContext) -> None:
        self.phase = Phase.CONNECT
        self._host, self._port, self._trust = host, port, trust
        self._reader = ReplyReader()
        self._tcp: trio.SocketStream
        self._stream: trio.abc.Stream

    async def __aenter__(self) -> Connection:
        # A host name is resolved in a thread of trio's; if that outlives the deadline it is abandoned and harms nobody.
        self._tcp = await trio.open_tcp_stream(self._host, self._port)
        self._stream = self._tcp
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await trio.aclose_forcefully(self._stream)

    @property
    def client(self) -> str:
        """Our own address, the name that RFC 5321 4.1.3 lets a nameless client give."""
        address = str(self._tcp.socket.getsockname()[0])
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    async def carry(self, dialog: Dialog) -> MailResult:
        """Take the dialog to its end.

        Raises:
          OSError, trio.BrokenResourceError, BadReplyError: the connection failed in ``phase``.
        """
        try:
            step = next(dialog)
            while True:
                step = dialog.send(await self._take(step))
        except StopIteration as end:
            result: MailResult = end.value
            return result

    async def _take(self, step: Step) -> Reply:
        if step.secured:
            await self._begin_tls()
        self.phase = step.phase
        if not self._reader.is_idle:
            raise BadReplyError("more than a reply")
        if step.octets:
            await self._stream.send_all(step.octets)
        if step.dot:
            self.phase = Phase.DOT
            await self._stream.send_all(step.dot)
        return await self._read()

    async def _begin_tls(self) -> None:
        self.phase = Phase.TLS
        self._reader.forget()
        secured = trio.SSLStream(self._tcp, self._trust, server_hostname=self._host)
        self._stream = secured
        await secured.do_handshake()

    async def _read(self) -> Reply:
        while True:
            octets = await self._stream.receive_some(CHUNK_MAX)
            if not octets:
                raise BadReplyError("closed without a reply")
            reply = self._reader.feed(octets)
            if reply:
                return reply

    async def farewell(self) -> None:
        """Say QUIT and close in order, for politeness and a short time only; the verdict stands already."""
        with trio.move_on_after(FAREWELL_LIMIT_S):
            try:
                await self._stream.send_all(b"QUIT\r\n")
                await self._read()
                await self._stream.aclose()
            except ConnectionFault:
                await trio.aclose_forcefully(self._stream)


def broken(phase: Phase, why: str) -> MailResult:
    """The verdict when a connection ends without a reply in this phase."""
    verdict = Verdict.IN_DOUBT if phase is Phase.DOT else Verdict.NOT_SENT
    return MailResult(verdict, phase, 0, why)
