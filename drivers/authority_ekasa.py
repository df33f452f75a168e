"""The tax authority over HTTPS: one message, one answer, and nothing sent twice.

Sources: IR 2.1 (transport); RFC 9325 (TLS). Trust comes from the settings' own file, never from the system or the
environment. There is no time-out in here: the one deadline is the caller's, around everything. A name that is being
looked up when it strikes leaves a thread behind for as long as the resolver takes.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpcore
import httpx
import structlog
import trio

from drivers.authority_location import encode_location
from drivers.authority_message import encode_request
from drivers.authority_reply import REPLY_MAX_BYTES, TO_LOCATION, TO_RECEIPT, Reading, read_reply
from drivers.authority_trust import SignerTrust, read_trust
from drivers.ports import NoAnswer, PortError, Signer
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Receipt

HEADERS_MAX = 64
HEADER_MAX_BYTES = 8192
CONNECTIONS_MAX = 4
KEEPALIVE_S = 60.0
"""Long enough for a queue at the till, shorter than the patience of a firewall that forgets silent connections."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
REQUEST_HEADERS = {
    "Content-Type": "application/soap+xml; charset=utf-8",
    "Accept": "application/soap+xml",
    "Accept-Encoding": "identity",
    "User-Agent": "ekasa",
}

_log = structlog.get_logger("authority")


class EkasaAuthority:
    """The authority's server as a port (``ports.Authority``)."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, signer: Signer, trust: SignerTrust, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._url = url
        self._signer = signer
        self._trust = trust
        self._now = now

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """Send the receipt's message once and return the verified answer.

        Raises:
          NoAnswer: no answer that may be believed. Unless ``sent`` is False the authority may have
              registered the receipt; the same is true if this is cancelled.
        """
        return await self._ask(encode_request(receipt, attempt, self._signer), attempt.uuid, TO_RECEIPT)

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """Send the location's message once and return the verified answer; an Acceptance of it has no UID.

        Raises:
          NoAnswer: as for a receipt.
        """
        return await self._ask(encode_location(location, attempt, self._signer), attempt.uuid, TO_LOCATION)

    async def _ask(self, message: bytes, uuid: str, response: str) -> Acceptance | Fault:
        status, reply = await self._exchange(message)
        reading = self._read(status, reply, uuid, response)
        if not reading.signed:
            _log.warning("unsigned-fault", uuid=uuid, status=status)
        if reading.warning:
            _log.warning("warning-of-the-authority", uuid=uuid, warning=reading.warning)
        return reading.answer

    async def _exchange(self, message: bytes) -> tuple[int, bytes]:
        """The status and the whole body of the one answer; no redirect is followed, nothing is sent again."""
        try:
            trace = {"trace": _Handshake().trace}
            async with self._client.stream("POST", self._url, content=message, extensions=trace) as response:
                _check_headers(response.headers)
                return response.status_code, await _read_limited(response)
        except httpx.TransportError as error:
            raise _no_answer(error) from error

    def _read(self, status: int, reply: bytes, uuid: str, response: str) -> Reading:
        """A fault counts whatever the status; without one, a status other than 200 is the better reason."""
        try:
            return read_reply(reply, uuid=uuid, trust=self._trust, now=self._now(), response=response)
        except NoAnswer as error:
            if status == httpx.codes.OK:
                raise
            raise NoAnswer("http-status", f"{status} ({error})", sent=True) from error


class _Handshake:
    """Closes the socket of a handshake that was cut short; httpcore leaves it to the garbage collector."""

    def __init__(self) -> None:
        self._stream: object = None

    async def trace(self, event: str, info: dict[str, object]) -> None:
        """Hear what httpcore does while it connects (its documented trace extension)."""
        if event == "connection.connect_tcp.complete":
            self._stream = info.get("return_value")
        elif event == "connection.start_tls.failed" and isinstance(self._stream, httpcore.AsyncNetworkStream):
            with trio.CancelScope(shield=True):
                await self._stream.aclose()


@asynccontextmanager
async def open_authority(
    *,
    url: str,
    ca_file: str,
    signer_ca_file: str,
    signer_subject: str,
    signer: Signer,
    folder: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[EkasaAuthority]:
    """The authority at ``url``; nothing is sent before the first ``register``. Files are relative to ``folder``.

    Raises:
      PortError: ``settings``, with the key that is wrong.
    """
    _check_url(url)
    context = _tls_context(folder / ca_file)
    trust = _signer_trust(folder / signer_ca_file, signer_subject)
    async with httpx.AsyncClient(
        verify=context,
        trust_env=False,
        follow_redirects=False,
        timeout=None,
        headers=REQUEST_HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=httpx.Limits(
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=KEEPALIVE_S,
        ),
    ) as client:
        yield EkasaAuthority(client, url, signer, trust, now)


def _check_url(url: str) -> None:
    """A name that no resolver could be asked for is refused here; later it would be no PortError."""
    try:
        parsed = httpx.URL(url)
        host = parsed.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise PortError("settings", f"authority.url: {error}") from error
    if parsed.scheme != "https" or not host or parsed.userinfo:
        raise PortError("settings", f"authority.url: expected https://HOST/PATH, found {url!r}")


def _tls_context(ca_file: Path) -> ssl.SSLContext:
    """A context that knows the authorities of the file and no others; it is not asked of the environment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise PortError("settings", f"authority.ca_file: {ca_file}: {error}") from error
    return context


def _signer_trust(signer_ca_file: Path, subject: str) -> SignerTrust:
    try:
        return read_trust(signer_ca_file.read_bytes(), subject)
    except (OSError, ValueError) as error:
        detail = f"authority.signer_ca_file, signer_subject: {signer_ca_file}, {subject!r}: {error}"
        raise PortError("settings", detail) from error


def _check_headers(headers: httpx.Headers) -> None:
    """No more and no longer headers than allowed, no coding that could unfold, no body that is announced too long."""
    if len(headers.raw) > HEADERS_MAX:
        raise NoAnswer("oversize", f"{len(headers.raw)} headers", sent=True)
    longest = max((len(name) + len(value) for name, value in headers.raw), default=0)
    if longest > HEADER_MAX_BYTES:
        raise NoAnswer("oversize", f"a header of {longest} bytes", sent=True)
    coding = headers.get("Content-Encoding", "identity")
    if coding.strip().lower() != "identity":
        raise NoAnswer("encoding", f"Content-Encoding: {coding[:40]}", sent=True)
    length = headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > REPLY_MAX_BYTES:
        raise NoAnswer("oversize", f"Content-Length: {length[:40]}", sent=True)


async def _read_limited(response: httpx.Response) -> bytes:
    """The whole body, or ``oversize``. Reading too much is cancelled: to break off would leave generators running."""
    body = bytearray()
    with trio.CancelScope() as enough:
        async for part in response.aiter_raw():
            body += part
            if len(body) > REPLY_MAX_BYTES:
                enough.cancel()
    if len(body) > REPLY_MAX_BYTES:
        raise NoAnswer("oversize", f"more than {REPLY_MAX_BYTES} bytes", sent=True)
    return bytes(body)


def _no_answer(error: httpx.TransportError) -> NoAnswer:
    """The stable reason; only a connection that never came to be has certainly carried nothing."""
    sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    causes = _causes(error)
    detail = next((str(cause) for cause in reversed(causes) if str(cause)), type(error).__name__)
    return NoAnswer(_reason(causes, sent=sent), detail[:200], sent=sent)


def _reason(causes: list[BaseException], *, sent: bool) -> str:
    reasons: tuple[tuple[type[BaseException], str], ...] = (
        (ssl.SSLCertVerificationError, "tls-untrusted"),
        (ssl.SSLError, "tls"),
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "connect-refused"),
        (ConnectionResetError, "reset"),
        (OSError, "reset" if sent else "connect-refused"),
    )
    for kind, reason in reasons:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "reset"


def _causes(error: BaseException) -> list[BaseException]:
    """The exception and everything that it was raised from, groups opened."""
    causes: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or any(cause is known for known in causes):
            continue
        causes.append(cause)
        if isinstance(cause, BaseExceptionGroup):
            waiting.extend(cause.exceptions)
        waiting += [cause.__cause__, cause.__context__]
    return causes
