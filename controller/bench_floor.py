"""The floor of the benchmark: what no register can do without for a receipt, and nothing else.

Two signatures of the law (PKP and message), three syncs (announced, registered, delivered) and one exchange with the
authority, each in its barest form: no thread, no event loop, no XML, no check of the answer.
"""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from controller.bench_server import read_http
from drivers.ports import Signer

SIGNATURES, SYNCS = 2, 3
RECORD_BYTES = 4096
RECORDS_MAX = 4096

_HEAD = "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/soap+xml\r\nContent-Length: {length}\r\n\r\n"


class Floor:
    """An open connection, an open file that is full of zeros, and a key; ``message`` is a request of the register."""

    def __init__(self, folder: Path, url: str, ca_file: Path, signer: Signer, message: bytes) -> None:
        self._signer = signer
        self._message = message
        self._stream = _connect(url, ca_file)
        address = urlsplit(url)
        self._head = _HEAD.format(path=address.path, host=address.netloc, length=len(message)).encode()
        self._file = os.open(folder / "floor", os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(self._file, bytes(RECORD_BYTES * RECORDS_MAX), 0)
        os.fsync(self._file)
        self._records = 0

    def pay(self) -> None:
        """Do it once."""
        for _ in range(SIGNATURES):
            self._signer.sign(self._message[:1024])
        for _ in range(SYNCS):
            os.pwrite(self._file, self._message[:RECORD_BYTES].ljust(RECORD_BYTES), self._next_place())
            os.fdatasync(self._file)
        self._stream.sendall(self._head + self._message)
        assert read_http(self._stream)

    def close(self) -> None:
        """Close the connection and the file."""
        self._stream.close()
        os.close(self._file)

    def _next_place(self) -> int:
        self._records += 1
        return (self._records - 1) % RECORDS_MAX * RECORD_BYTES


def _connect(url: str, ca_file: Path) -> ssl.SSLSocket:
    address = urlsplit(url)
    assert address.hostname is not None
    connection = socket.create_connection((address.hostname, address.port or 443))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return ssl.create_default_context(cafile=ca_file).wrap_socket(connection, server_hostname=address.hostname)
