"""An authority whose reply breaks off: real TLS, the first bytes of the whole HTTP reply, and then an end of some kind.

``python -m tests.world_cuts`` tries every byte of every form with every end, for which a test run has no time.
"""

from __future__ import annotations

import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from itertools import product
from pathlib import Path

import trio

from drivers.authority_ekasa import EkasaAuthority, open_authority
from drivers.ports import NoAnswer
from drivers.simulated.authority_world import respond
from drivers.simulated.training import SIGNER_SUBJECT
from states.fiscal.receipt import Acceptance
from tests.authority_kit import make_attempt, make_receipt, make_world, signer, training_folder
from tests.mail_certificates import Issuer

LIMIT_S = 10.0
CHUNK_BYTES = 1000


class End(StrEnum):
    """What follows the last byte: TLS and TCP closed, TCP alone closed, or TCP reset."""

    FAREWELL = "farewell"
    CLOSED = "closed"
    RESET = "reset"


class Form(StrEnum):
    """How the reply says where its body ends."""

    LENGTH = "length"
    CHUNKS = "chunks"
    CLOSE = "close"


Cut = Callable[[bytes], tuple[int, End]]
"""How many bytes of this whole reply go out, and what follows."""


def whole_reply(body: bytes, form: Form) -> bytes:
    """The answer as it would stand on the wire, status line and all; it says that the connection ends with it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=utf-8\r\nConnection: close\r\n"
    match form:
        case Form.LENGTH:
            return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        case Form.CHUNKS:
            parts = (body[at : at + CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES))
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        case Form.CLOSE:
            return head + b"\r\n" + body


def at_this(size: int, end: End, _whole: bytes) -> tuple[int, End]:
    """The same cut whatever the reply."""
    return size, end


class Breaker:
    """The server: ``answer`` is the whole reply to a message, ``cut`` says how much of it goes out; each connection
    takes one message, and ``received`` counts them."""

    def __init__(self, context: ssl.SSLContext, answer: Callable[[bytes], bytes], cut: Cut) -> None:
        self._context = context
        self._answer = answer
        self.cut = cut
        self.received = 0

    async def visit(self, tcp: trio.SocketStream) -> None:
        """One connection."""
        stream = trio.SSLStream(tcp, self._context, server_side=True)
        try:
            whole = self._answer(await read_message(stream))
            self.received += 1
            size, end = self.cut(whole)
            await stream.send_all(whole[:size])
            await finish(stream, end)
        except trio.BrokenResourceError:
            await trio.aclose_forcefully(stream)


async def read_message(stream: trio.abc.Stream) -> bytes:
    """The body of the one request."""
    request = bytearray()
    while not request.endswith(b"</soapenv:Envelope>"):
        part = await stream.receive_some(65_536)
        if not part:
            raise trio.BrokenResourceError("hung up")
        request += part
    return bytes(request.partition(b"\r\n\r\n")[2])


async def finish(stream: trio.SSLStream[trio.SocketStream], end: End) -> None:
    """Close in this way."""
    if end is End.FAREWELL:
        await stream.aclose()
        return
    if end is End.RESET:
        stream.transport_stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(stream)


def server_context(folder: Path) -> ssl.SSLContext:
    """A server whose authority is ``mail-ca.pem`` in the folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Issuer(folder).issue("server", ("127.0.0.1",)))
    return context


@asynccontextmanager
async def connected(breaker: Breaker, folder: Path) -> AsyncIterator[EkasaAuthority]:
    """The real driver, whose address is the breaker's."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, breaker.visit, listeners))
        async with open_authority(
            url=f"https://127.0.0.1:{port}/soap/services/v2",
            ca_file="mail-ca.pem",
            signer_ca_file=str(training_folder() / "authority-signer-ca.pem"),
            signer_subject=SIGNER_SUBJECT,
            signer=signer(),
            folder=folder,
        ) as authority:
            yield authority
        nursery.cancel_scope.cancel()


async def try_cuts(folder: Path, form: Form, cuts: Callable[[int], Iterator[tuple[int, End]]]) -> tuple[int, list[str]]:
    """The same message, and its one answer broken off in each of these ways: how many there were, and what is wrong.

    ``cuts`` is given the length of the whole reply.
    """
    world, receipt, attempt = make_world(), make_receipt(), make_attempt()
    replies: list[bytes] = []

    def answer(message: bytes) -> bytes:
        if not replies:
            replies.append(whole_reply(respond(world, message)[1].body, form))
        return replies[0]

    wrong: list[str] = []
    breaker = Breaker(server_context(folder), answer, lambda whole: (len(whole), End.FAREWELL))
    async with connected(breaker, folder) as authority:
        first = await authority.register(receipt, attempt)
        assert isinstance(first, Acceptance)
        for size, end in cuts(len(replies[0])):
            breaker.cut = partial(at_this, size, end)
            try:
                with trio.fail_after(LIMIT_S):
                    result: object = await authority.register(receipt, attempt)
            except NoAnswer as error:
                result = error
            wrong += judge(result, first, len(replies[0]) - size, end, form)
    return breaker.received - 1, wrong


def judge(result: object, first: Acceptance, missing: int, end: End, form: Form) -> Iterator[str]:
    """What is wrong with a result when so many bytes are missing: a part is no answer, the whole is the answer.

    A reset may overtake what was sent before it, and takes the end from a body that has no other.
    """
    where = f"{form}, {missing} bytes missing, {end}"
    if isinstance(result, NoAnswer):
        if not result.sent:
            yield f"{where}: not sent, it says ({result.reason})"
        if not missing and end is not End.RESET:
            yield f"{where}: the whole answer was not taken ({result.reason} {result.detail})"
    elif missing:
        yield f"{where}: {result}"
    elif result != first:
        yield f"{where}: another answer: {result}"


def every_end(length: int) -> Iterator[tuple[int, End]]:
    """Every byte with every end."""
    yield from product(range(length + 1), End)


def main() -> None:
    """Try everything and say what was seen."""
    for form in Form:
        with tempfile.TemporaryDirectory() as folder:
            tried, wrong = trio.run(try_cuts, Path(folder), form, every_end)
        print(f"{form}: {tried} replies broken off, {len(wrong)} wrong", *wrong[:10], sep="\n  ")


if __name__ == "__main__":
    main()
