"""The simulated tax authority: a real TLS server with keep-alive, which checks, registers, signs and keeps everything.

Sources: IR 2.1 (transport) and its two addresses, protocol 2.8 (the public search). The number in the address is the
version of the interface. The page of what is held is for browsers of this machine.
"""

from __future__ import annotations

import re
import socket
import struct
from functools import partial
from ipaddress import ip_address

import h11
import trio

from drivers.simulated.authority_find import FIND_PATH, answer_search
from drivers.simulated.authority_page import answer_page
from drivers.simulated.authority_world import AuthorityWorld, Delivery, Reply, respond
from drivers.soap import ENVELOPE_MAX_BYTES

SOAP_PATH = re.compile(rb"(?:/mdu)?/soap/services/v([0-9]{1,9})")
READ_BYTES = 65_536

Stream = trio.SSLStream[trio.SocketStream]


async def serve_authority(
    world: AuthorityWorld,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; ``task_status`` is given the port, which is a free one for port 0."""
    listeners = await trio.open_tcp_listeners(port, host=host)
    task_status.started(listeners[0].socket.getsockname()[1])
    secured = [trio.SSLListener(listener, world.tls, https_compatible=True) for listener in listeners]
    await trio.serve_listeners(partial(_visit, world), secured)


async def _visit(world: AuthorityWorld, stream: Stream) -> None:
    """One connection: request after request until either side has had enough."""
    world.connections += 1
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=16_384)
    try:
        while await _exchange(world, stream, connection):
            connection.start_next_cycle()
        await stream.aclose()
    except (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
        await trio.aclose_forcefully(stream)


async def _exchange(world: AuthorityWorld, stream: Stream, connection: h11.Connection) -> bool:
    """Answer one request; True if another one may follow."""
    with trio.move_on_after(world.idle_s) as patience:
        request, message = await _receive(stream, connection)
    if patience.cancelled_caught or request is None:
        return False
    asked = SOAP_PATH.fullmatch(request.target.split(b"?")[0])
    if request.method == b"POST" and asked:
        number, reply = respond(world, message, int(asked[1]))
        await trio.sleep(reply.wait_s)
        await _deliver(world, number, reply, stream, connection)
    else:
        address = str(stream.transport_stream.socket.getpeername()[0])
        await _send_whole(stream, connection, _answer_visitor(world, request, message, address))
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


def _answer_visitor(world: AuthorityWorld, request: h11.Request, body: bytes, address: str) -> Reply:
    """The answer to whoever is not a register: the search for everybody, the page for this machine alone."""
    path = request.target.split(b"?")[0]
    if request.method == b"POST" and path == FIND_PATH:
        agents = [value for name, value in request.headers if name == b"user-agent"]
        return answer_search(world, body, b"".join(agents[:1]).decode("latin-1"), address)
    if request.method == b"GET" and path == b"/" and ip_address(address).is_loopback:
        return answer_page(world)
    return Reply(404, b"", "text/plain")


async def _receive(stream: Stream, connection: h11.Connection) -> tuple[h11.Request | None, bytes]:
    """The next request and its whole body; None when the client has hung up."""
    request, body = None, bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(READ_BYTES)))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > ENVELOPE_MAX_BYTES:
                raise h11.RemoteProtocolError("the request is too long", 413)
        elif isinstance(event, h11.EndOfMessage):
            return request, bytes(body)
        else:
            return None, b""


async def _deliver(
    world: AuthorityWorld, number: int, reply: Reply, stream: Stream, connection: h11.Connection
) -> None:
    """Put the reply on the wire in its own way, and keep what was put there."""
    if reply.delivery is Delivery.HOLD:
        while await stream.receive_some(READ_BYTES):
            pass
        return
    if reply.delivery in (Delivery.CUT, Delivery.DROP):
        await _hang_up(stream, reset=reply.delivery is Delivery.CUT)
        return
    sent = reply.body[: len(reply.body) // 2] if reply.delivery is Delivery.HALF else reply.body
    world.keep(number, "reply", sent)
    match reply.delivery:
        case Delivery.WHOLE:
            await _send_whole(stream, connection, reply)
        case Delivery.HALF:
            await stream.send_all(_head(connection, reply) + sent)
            await _hang_up(stream, reset=False)
        case Delivery.DRIP:
            await _drip(stream, _head(connection, reply) + sent, reply.pause_s)
        case Delivery.ENDLESS:
            await _send_endlessly(stream, reply)


def _head(connection: h11.Connection, reply: Reply) -> bytes:
    headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body))), *reply.headers]
    return connection.send(h11.Response(status_code=reply.status, headers=headers)) or b""


async def _send_whole(stream: Stream, connection: h11.Connection, reply: Reply) -> None:
    head = _head(connection, reply)
    body = connection.send(h11.Data(data=reply.body)) or b""
    await stream.send_all(head + body + (connection.send(h11.EndOfMessage()) or b""))


async def _drip(stream: Stream, message: bytes, pause_s: float) -> None:
    for place in range(len(message)):
        await stream.send_all(message[place : place + 1])
        await trio.sleep(pause_s)


async def _send_endlessly(stream: Stream, reply: Reply) -> None:
    """A chunked body without an end: the answer, then blanks for as long as somebody reads them."""
    await stream.send_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = reply.body
    while True:
        await stream.send_all(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        chunk = b" " * 4096


async def _hang_up(stream: Stream, *, reset: bool) -> None:
    """Close without a TLS farewell; ``reset`` answers with RST instead of FIN."""
    if reset:
        stream.transport_stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(stream)
