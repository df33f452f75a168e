"""The authority of the benchmark, a program of its own: signed answers over TLS with as little work as possible.

Each answer is bound to the Uuid of its request and signed anew, so it costs one signature; nothing is checked. It is
started with the folder and a port, says ``ready`` and ends with its standard input.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from drivers.simulated.authority_answers import response, sealed
from drivers.simulated.certificates import Pair, read_pair
from drivers.simulated.training import AUTHORITY_FOLDER, server_context
from drivers.soap import BODY, parse_xml
from drivers.wssecurity import DS, SIGNED_INFO

READ_BYTES = 65_536
READY = b"ready\n"

_UUID = re.compile(rb' Uuid="([0-9a-fA-F-]{36})"')
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
_ANY_UUID, _ANY_UID = str(UUID(int=0)).encode(), b"O-%027d-TEST" % 0


class Mould:
    """A signed answer in which only the Uuid of the request, the UID and what follows from them are replaced."""

    def __init__(self, signer: Pair) -> None:
        assert isinstance(signer.key, RSAPrivateKey)
        self._key = signer.key
        uuid, uid, date = _ANY_UUID.decode(), _ANY_UID.decode(), datetime.now(UTC).isoformat(timespec="seconds")
        answer = response("RegisterReceiptRequest", uuid=str(uuid4()), request_uuid=uuid, date=date, uid=uid)
        self._whole = sealed(answer, signer, str(uuid4()))
        envelope = parse_xml(self._whole)
        info = next(envelope.iter(SIGNED_INFO))
        self._body = _canonical(next(envelope.iter(BODY)), ())
        self._info = _canonical(info, (envelope.prefix or "",))
        self._digest = (info.findtext(f".//{{{DS}}}DigestValue") or "").encode()
        self._signature = (envelope.findtext(f".//{{{DS}}}SignatureValue") or "").encode()

    def answer(self, request: bytes) -> bytes:
        """The signed answer to this request."""
        uuid = _UUID.search(request)
        assert uuid is not None, "a request has a Uuid"
        uid = b"O-%b-TEST" % secrets.token_hex(14).upper()[1:].encode()
        body = self._body.replace(_ANY_UUID, uuid[1]).replace(_ANY_UID, uid)
        digest = b64encode(sha256(body).digest())
        signature = self._key.sign(self._info.replace(self._digest, digest), PKCS1v15(), SHA256())
        whole = self._whole.replace(_ANY_UUID, uuid[1]).replace(_ANY_UID, uid)
        return whole.replace(self._digest, digest).replace(self._signature, b64encode(signature))


def read_http(stream: ssl.SSLSocket) -> bytes:
    """The body of the next message, which has a Content-Length; ConnectionError when the other side has hung up."""
    message = b""
    while b"\r\n\r\n" not in message:
        message += _some(stream)
    head, _, body = message.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length is not None, "a message has a Content-Length"
    while len(body) < int(length[1]):
        body += _some(stream)
    return body


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Have the server run as a process of its own for as long as the block lasts."""
    command = [sys.executable, "-m", "controller.bench_server", str(folder.absolute()), str(port)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        if server.stdout.readline() != READY:
            raise OSError("the server of the benchmark did not start")
        yield
        server.communicate()


def main() -> None:
    """Serve until the standard input ends."""
    folder, port = Path(sys.argv[1]) / AUTHORITY_FOLDER, int(sys.argv[2])
    mould = Mould(read_pair((folder / "signer.pem").read_bytes(), (folder / "signer.key").read_bytes()))
    listener = socket.create_server(("127.0.0.1", port))
    Thread(target=_serve, args=(listener, server_context(folder), mould), daemon=True).start()
    os.write(sys.stdout.fileno(), READY)
    sys.stdin.read()


def _serve(listener: socket.socket, tls: ssl.SSLContext, mould: Mould) -> None:
    while True:
        connection, _ = listener.accept()
        Thread(target=_visit, args=(connection, tls, mould), daemon=True).start()


def _visit(connection: socket.socket, tls: ssl.SSLContext, mould: Mould) -> None:
    """Answer request after request of one client."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    with suppress(OSError), tls.wrap_socket(connection, server_side=True) as stream:
        while True:
            answer = mould.answer(read_http(stream))
            stream.sendall(_HEAD % len(answer) + answer)


def _some(stream: ssl.SSLSocket) -> bytes:
    part = stream.recv(READ_BYTES)
    if not part:
        raise ConnectionResetError("the other side has hung up")
    return part


def _canonical(element: etree._Element, prefixes: tuple[str, ...]) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False, inclusive_ns_prefixes=list(prefixes))


if __name__ == "__main__":
    main()
