"""The simulated mail provider's end of a connection: whole lines in, replies out, or a fault in their place."""

from __future__ import annotations

import socket
import ssl
import struct

import trio

from drivers.simulated.mail_faults import Action, Fault

LINE_MAX = 16 * 1024
ENDLESS_LINES = 1_000_000
ALERT = bytes.fromhex("15 0303 0002 0228")
"""A TLS record that refuses a handshake."""
JUNK = bytes(range(256)) + b"\r\n"


class OverError(Exception):
    """The visit is over: ``closed`` or ``broken`` by the client, ``dropped`` or ``reset`` by a fault."""


class MailLine:
    """One connection; every method raises OverError when it ends."""

    def __init__(self, tcp: trio.SocketStream) -> None:
        self._tcp = tcp
        self._stream: trio.abc.Stream = tcp
        self._unread = bytearray()

    async def secure(self, context: ssl.SSLContext, fault: Fault | None) -> None:
        """Take part in a TLS handshake, or in none if there is a fault."""
        if fault:
            await self.misbehave(fault, right=b"", refusal=ALERT)
            raise OverError("dropped")
        secured = trio.SSLStream(self._tcp, context, server_side=True)
        try:
            await secured.do_handshake()
        except trio.BrokenResourceError as problem:
            raise OverError("broken") from problem
        self._stream = secured
        self._unread.clear()

    async def say(self, octets: bytes) -> None:
        """Write."""
        try:
            await self._stream.send_all(octets)
        except trio.BrokenResourceError as problem:
            raise OverError("broken") from problem

    async def hear(self) -> bytes:
        """The next line, without its CRLF."""
        while (end := self._unread.find(b"\r\n")) < 0:
            if len(self._unread) > LINE_MAX:
                raise OverError("dropped")
            self._unread += await self._receive()
        line = bytes(self._unread[:end])
        del self._unread[: end + 2]
        return line

    async def _receive(self) -> bytes | bytearray:
        try:
            octets = await self._stream.receive_some()
        except trio.BrokenResourceError as problem:
            raise OverError("broken") from problem
        if not octets:
            raise OverError("closed")
        return octets

    async def close(self) -> None:
        """Close in order, whatever the client did."""
        await self._stream.aclose()

    async def misbehave(self, fault: Fault, *, right: bytes, refusal: bytes) -> bool:
        """Do what the fault says; True when the client has got the right reply all the same."""
        match fault.action:
            case Action.REFUSE:
                await self.say(refusal)
            case Action.DRIP:
                await self._drip(right or bytes(LINE_MAX), fault.seconds)
            case Action.LATE:
                await trio.sleep(fault.seconds)
                await self.say(right)
            case Action.INJECT:
                await self.say(right + b"250-AUTH PLAIN LOGIN\r\n250 injected\r\n")
            case Action.GARBAGE:
                await self.say(JUNK)
            case Action.LONG_LINE:
                await self.say(right[:4] + b"x" * 1_000_000 + b"\r\n")
            case Action.ENDLESS:
                await self._ramble(right[:3] + b"-and so on\r\n")
            case Action.WITHHOLD:
                await self.say(right)
            case Action.HANG:
                await self._ignore()
            case Action.DROP | Action.RESET:
                await self._cut(fault.action)
        return fault.action in (Action.DRIP, Action.LATE, Action.INJECT, Action.WITHHOLD)

    async def _drip(self, octets: bytes, seconds: float) -> None:
        for octet in octets:
            await self.say(bytes([octet]))
            await trio.sleep(seconds)

    async def _ramble(self, line: bytes) -> None:
        for _ in range(ENDLESS_LINES // 1000):
            await self.say(line * 1000)

    async def _ignore(self) -> None:
        while True:
            await self._receive()

    async def _cut(self, action: Action) -> None:
        if action is Action.RESET:
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await trio.aclose_forcefully(self._stream)
        raise OverError("reset" if action is Action.RESET else "dropped")
