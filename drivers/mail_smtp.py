"""The seller's mail provider over SMTP: one attempt, one deadline around everything, a verdict that never guesses.

Sources: RFC 8314 (implicit TLS, mandatory STARTTLS), RFC 8997 and 9325 (TLS 1.2 and newer), FAQ 557 of the maker.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import trio

from drivers.attachment_html import render_attachment
from drivers.mail_connection import Connection, ConnectionFault, broken
from drivers.mail_message import compose, is_name
from drivers.mail_session import Access, Letter, Phase, submission, tidy
from drivers.ports import Mail, PortError
from states.fiscal.address import check_address
from states.fiscal.receipt import MailResult, Receipt

MECHANISMS = ("auto", "plain", "login", "xoauth2", "none")
SECRET_MAX = 4096
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")


class SmtpMail:
    """A submission server; each ``send`` is a connection of its own."""

    def __init__(
        self,
        host: str,
        port: int,
        trust: ssl.SSLContext,
        access: Access,
        *,
        sender: str,
        name: str,
        limit_s: float,
        training: bool,
    ) -> None:
        self._host, self._port, self._trust, self._access = host, port, trust, access
        self._sender, self._name, self._limit_s, self._training = sender, name, limit_s, training

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """See the port. ValueError when the address, the UID or the Message-ID could never be right."""
        recipient = check_address(address)
        content = compose(
            name=self._name,
            sender=self._sender,
            recipient=recipient,
            uid=uid,
            created=receipt.create_date,
            message_id=message_id,
            html=render_attachment(receipt, uid, training=self._training),
        )
        result = await self._attempt(Letter(self._sender, recipient, content))
        return replace(result, text=tidy(result.text, self._access))

    async def _attempt(self, letter: Letter) -> MailResult:
        connection = Connection(self._host, self._port, self._trust)
        result: MailResult | None = None
        with trio.move_on_after(self._limit_s):
            try:
                async with connection:
                    result = await connection.carry(submission(self._access, letter, connection.client))
                    await connection.farewell()
            except ConnectionFault as fault:
                result = broken(connection.phase, _why(fault))
        return result or broken(connection.phase, f"no answer within {self._limit_s:g} s")


class NoMail:
    """Mail that is not set up yet: nothing is sent, so everything is printed."""

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """See the port."""
        await trio.lowlevel.checkpoint()
        return broken(Phase.CONNECT, "no sender is set up")


def _why(fault: BaseException) -> str:
    """The innermost cause, for trio wraps what the TLS library and the system say."""
    cause = fault
    while (inner := cause.__cause__) is not None:
        cause = inner.exceptions[0] if isinstance(inner, ExceptionGroup) else inner
    return str(cause) or type(cause).__name__


@asynccontextmanager
async def open_mail(
    *,
    host: str,
    port: int,
    security: str,
    auth: str,
    username: str,
    password_file: str,
    sender: str,
    ca_file: str,
    limit_s: float,
    name: str,
    folder: Path,
    training: bool = False,
) -> AsyncIterator[Mail]:
    """A mail port at ``host``; relative files are in ``folder``; an empty sender is the username.

    The password is read once, here; ``auto`` without a username logs in nowhere; without sender and username every
    mail is NOT_SENT, so that a register sells before its mail is set up. ``training`` marks every receipt as void.

    Raises:
      PortError: a setting cannot be right, or its file cannot be read: the word is ``host``, ``security``, ``auth``,
          ``username``, ``password``, ``sender``, ``name`` or ``ca``, followed by ``-missing`` or ``-invalid``.
    """
    _check(host, security, auth, name)
    if not (sender or username):
        yield NoMail()
        return
    mechanism = "none" if auth == "auto" and not username else auth
    secret = "" if mechanism == "none" else _read_secret(username, folder / password_file)
    yield SmtpMail(
        host,
        port,
        _trust(folder / ca_file if ca_file else None),
        Access(security, mechanism, username, secret),
        sender=_sender(sender or username),
        name=name,
        limit_s=limit_s,
        training=training,
    )


def _check(host: str, security: str, auth: str, name: str) -> None:
    _require(_is_host(host), "host-invalid" if host else "host-missing", host)
    _require(security in ("tls", "starttls"), "security-invalid", security)
    _require(auth in MECHANISMS, "auth-invalid", auth)
    _require(is_name(name), "name-invalid", name)


def _is_host(host: str) -> bool:
    """True for a name that a resolver can be asked for; trio would raise its own error for another one at each mail."""
    try:
        return _HOST.fullmatch(host) is not None and bool(host.encode("idna"))
    except UnicodeError:
        return False


def _require(holds: bool, reason: str, detail: str = "") -> None:
    if not holds:
        raise PortError(reason, detail)


def _sender(text: str) -> str:
    try:
        return check_address(text)
    except ValueError as refusal:
        raise PortError("sender-invalid", str(refusal)) from None


def _read_secret(username: str, path: Path) -> str:
    _require(bool(username), "username-missing")
    _require(username.isprintable(), "username-invalid")
    try:
        with path.open("rb") as file:
            octets = file.read(SECRET_MAX + 1).rstrip(b"\r\n")
    except OSError as problem:
        raise PortError("password-missing", f"{path.name}: {problem.strerror}") from problem
    _require(bool(octets), "password-missing", f"{path.name} is empty")
    secret = octets.decode("utf-8", "replace")
    fits = len(octets) < SECRET_MAX and secret.isprintable() and "\ufffd" not in secret
    _require(fits, "password-invalid", path.name)
    return secret


def _trust(ca: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    try:
        if ca is None:
            _load_system_store(context)
        else:
            context.load_verify_locations(ca)
    except FileNotFoundError as problem:
        raise PortError("ca-missing", str(ca or problem)) from problem
    except OSError as problem:
        raise PortError("ca-invalid", f"{ca}: {problem}") from problem
    return context


def _load_system_store(context: ssl.SSLContext) -> None:
    """Load what OpenSSL was built with, and not what SSL_CERT_FILE in the environment would put in its place."""
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if not file.is_file() and not folder.is_dir():
        raise FileNotFoundError("the system has no trust store")
    context.load_verify_locations(file if file.is_file() else None, folder if folder.is_dir() else None)
