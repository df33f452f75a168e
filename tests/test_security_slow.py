"""A peer that gives a byte now and then, in each place where one could wait for ever: the one deadline ends it.

The mail driver's places are in ``test_mail_smtp`` (its own fault DRIP, in every phase), the whole register's row is in
``test_refusals_played``; these are the places of the authority's driver.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trio

from drivers.ports import NoAnswer
from tests.authority_kit import client, make_attempt, make_receipt, make_world, served
from tests.test_authority_ekasa import accepted, by

LIMIT_S = 0.4
SLACK_S = 5.0
PAUSE_S = 0.02
"""Of a byte; no deadline of a single read would ever strike."""

OK = b"HTTP/1.1 200 OK\r\n"

Visit = Callable[[trio.abc.Stream], Awaitable[None]]


async def drip(stream: trio.abc.Stream, first: bytes, drop: bytes) -> None:
    """Send ``first`` at once and then ``drop`` again and again, slowly, until the peer has enough."""
    try:
        await stream.send_all(first)
        while True:
            await stream.send_all(drop)
            await trio.sleep(PAUSE_S)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


async def read_request(stream: trio.abc.Stream) -> None:
    """Take the whole message."""
    request = b""
    while b"</soapenv:Envelope>" not in request:
        request += await stream.receive_some()


@asynccontextmanager
async def visited(visit: Visit) -> AsyncIterator[int]:
    """A plain TCP server on a free port of loopback."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, visit, listeners)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def in_the_handshake(stream: trio.abc.Stream) -> None:
    """The header of a TLS record that announces 16 kB, and then its bytes, one by one."""
    await drip(stream, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x03")


def after_the_request(first: bytes, drop: bytes) -> Visit:
    """Real TLS, the message taken, and an answer that never ends."""

    async def visit(stream: trio.abc.Stream) -> None:
        context = make_world().tls
        assert isinstance(context, ssl.SSLContext)
        secured: trio.SSLStream[trio.abc.Stream] = trio.SSLStream(stream, context, server_side=True)
        await read_request(secured)
        await drip(secured, first, drop)

    return visit


PLACES: dict[str, Visit] = {
    "handshake": in_the_handshake,
    "status": after_the_request(b"HTTP/1.1 ", b"2"),
    "header": after_the_request(OK + b"X: ", b"y"),
    "headers": after_the_request(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": after_the_request(OK + b"Content-Length: 1000\r\n\r\n", b" "),
    "body without an end": after_the_request(OK + b"Connection: close\r\n\r\n", b" "),
    "chunk": after_the_request(OK + b"Transfer-Encoding: chunked\r\n\r\n400\r\n", b" "),
    "chunks": after_the_request(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "chunk size": after_the_request(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunk extension": after_the_request(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailer": after_the_request(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y"),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_byte_now_and_then_does_not_hold_the_register(place: str) -> None:
    """The caller's deadline ends the attempt wherever it is; the driver's own errors are fine as well."""
    async with visited(PLACES[place]) as port, client(port) as authority:
        began = trio.current_time()
        with by(LIMIT_S), suppress(NoAnswer):
            assert not await authority.register(make_receipt(), make_attempt())
        assert trio.current_time() - began < LIMIT_S + SLACK_S


@pytest.mark.parametrize("place", ["handshake", "body"])
async def test_the_next_sale_is_heard_after_it(place: str) -> None:
    """The same client reaches a server that behaves, at the same port."""
    world = make_world()
    slow = [True]

    async def visit(stream: trio.abc.Stream) -> None:
        if slow:
            await PLACES[place](stream)
        else:
            await pass_on(stream, behind)

    async with served(world) as behind, visited(visit) as port, client(port) as authority:
        with by(LIMIT_S) as scope:
            await authority.register(make_receipt(), make_attempt())
        assert scope.cancelled_caught
        slow.clear()
        with trio.fail_after(10):
            await accepted(authority)


async def pass_on(stream: trio.abc.Stream, port: int) -> None:
    """Carry bytes both ways between this connection and that port."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as other, trio.open_nursery() as nursery:

        async def carry(source: trio.abc.Stream, target: trio.abc.Stream) -> None:
            try:
                async for part in source:
                    await target.send_all(part)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            nursery.cancel_scope.cancel()

        nursery.start_soon(carry, stream, other)
        nursery.start_soon(carry, other, stream)
