"""The mail driver against a real TLS server that does everything a server may do wrong, in every phase."""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trio

from drivers.mail_connection import Connection
from drivers.mail_session import Access, Dialog, Letter, Phase, submission
from drivers.mail_smtp import open_mail
from drivers.ports import Mail, PortError
from drivers.simulated.mail import Action, Fault, MailWorld, read_faults, serve_mail
from drivers.simulated.mail_faults import Duty
from states.fiscal.receipt import MailResult, Verdict
from tests.contracts_mail import check_mail, check_result
from tests.mail_certificates import Issuer
from tests.mail_receipts import ADDRESS, MESSAGE_ID, UID, receipt

USERNAME = "pokladna@example.sk"
SECRET = "canary-Heslo č. 1"
SHORT_S = 0.25
LONG_S = 5.0
NOBODY = Access("tls", "none", "", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register's folder with the CA that it trusts, one that it does not, and the password."""
    folder = tmp_path_factory.mktemp("mail")
    issuer = Issuer(folder)
    issuer.issue("server", ("127.0.0.1",))
    issuer.issue("elsewhere", ("mail.example.com", "127.0.0.2"))
    issuer.issue("expired", ("127.0.0.1",), days=-1)
    Issuer(folder, "stranger").issue("unknown", ("127.0.0.1",))
    (folder / "smtp.password").write_text(f"{SECRET}\n", encoding="utf-8")
    return folder


class Play:
    """A simulated provider and how to open the driver for it."""

    def __init__(self, folder: Path, security: str, port: int, world: MailWorld) -> None:
        self.folder, self.security, self.port, self.world = folder, security, port, world

    @asynccontextmanager
    async def mail(
        self, *, limit_s: float = LONG_S, auth: str = "auto", ca_file: str = "mail-ca.pem"
    ) -> AsyncIterator[Mail]:
        """The driver."""
        async with open_mail(
            host="127.0.0.1",
            port=self.port,
            security=self.security,
            auth=auth,
            username=USERNAME,
            password_file="smtp.password",
            sender="",
            ca_file=ca_file,
            limit_s=limit_s,
            name="MRP eKASA 8000",
            folder=self.folder,
        ) as mail:
            yield mail

    async def send(self, *, limit_s: float = LONG_S, auth: str = "auto", ca_file: str = "mail-ca.pem") -> MailResult:
        """One mail."""
        async with self.mail(limit_s=limit_s, auth=auth, ca_file=ca_file) as mail:
            return await mail.send(receipt(), UID, ADDRESS, MESSAGE_ID)

    async def send_slowly(self, phase: Duty) -> tuple[MailResult, float]:
        """One mail whose time is up in this phase, and how long it took; more time if a busy machine needs it."""
        for limit_s in (SHORT_S, 4 * SHORT_S, 16 * SHORT_S):
            began = trio.current_time()
            result = await self.send(limit_s=limit_s)
            took_s = trio.current_time() - began
            if phase in self.world.visits[-1].duties:
                return result, took_s - limit_s
        raise AssertionError(f"{phase} was not reached")

    async def last_end(self) -> str:
        """How the last visit ended, once the server has seen it end."""
        with trio.fail_after(LONG_S):
            await self.world.visits[-1].over.wait()
        return self.world.visits[-1].end


@asynccontextmanager
async def playing(folder: Path, security: str, *faults: Fault, certificate: str = "server") -> AsyncIterator[Play]:
    """A simulated provider on a free port while the block lasts."""
    world = MailWorld(users={USERNAME: SECRET}, faults=list(faults))
    async with trio.open_nursery() as nursery:
        files = {"certificate": folder / f"{certificate}.pem", "key": folder / f"{certificate}.key"}
        port: int = await nursery.start(_serve, world, security, files)
        yield Play(folder, security, port, world)
        nursery.cancel_scope.cancel()


async def _serve(world: MailWorld, security: str, files: dict[str, Path], *, task_status: trio.TaskStatus[int]) -> None:
    await serve_mail(
        world,
        host="127.0.0.1",
        port=0,
        security=security,
        certificate=files["certificate"],
        key=files["key"],
        task_status=task_status,
    )


BOTH = pytest.mark.parametrize("security", ["tls", "starttls"])


# --- What goes right -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("auth", ["auto", "plain", "login", "xoauth2", "none"])
async def test_a_receipt_is_accepted_and_kept(folder: Path, security: str, auth: str) -> None:
    async with playing(folder, security) as play:
        play.world.mechanisms = ("LOGIN", "PLAIN", "XOAUTH2")
        if auth == "none":
            play.world.users.clear()
        result = await play.send(auth=auth)
        assert result == MailResult(Verdict.ACCEPTED, "dot", 250, "2.0.0 queued as 0001")
        (kept,) = play.world.kept
        assert (kept.sender, kept.recipient) == (USERNAME, ADDRESS)
        message = message_from_bytes(kept.octets, policy=policy.default)
        assert message["Message-ID"] == MESSAGE_ID
        assert await play.last_end() == "quit"
        assert play.world.visits[0].mechanism == {"auto": "PLAIN", "none": ""}.get(auth, auth.upper())


async def test_auto_takes_login_where_plain_is_not_offered(folder: Path) -> None:
    async with playing(folder, "tls") as play:
        play.world.mechanisms = ("LOGIN",)
        assert (await play.send()).verdict is Verdict.ACCEPTED
        assert play.world.visits[0].mechanism == "LOGIN"


@pytest.mark.parametrize("auth", ["plain", "login", "xoauth2"])
async def test_a_wrong_password_keeps_its_code(folder: Path, auth: str) -> None:
    async with playing(folder, "tls") as play:
        play.world.mechanisms = ("LOGIN", "PLAIN", "XOAUTH2")
        play.world.users[USERNAME] = "other"
        result = await play.send(auth=auth)
        assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "auth", 535)


async def test_a_mechanism_that_is_not_offered_is_not_tried(folder: Path) -> None:
    async with playing(folder, "tls") as play:
        play.world.mechanisms = ("LOGIN",)
        result = await play.send(auth="plain")
        assert result == MailResult(Verdict.NOT_SENT, "auth", 0, "PLAIN is not offered")
        assert "auth" not in play.world.visits[0].duties


async def test_two_mails_at_once_do_not_meet(folder: Path) -> None:
    async with playing(folder, "tls") as play, play.mail() as mail, trio.open_nursery() as nursery:
        for number in range(2):
            okp = MESSAGE_ID.replace("C44B3977", f"C44B397{number}")
            nursery.start_soon(mail.send, receipt(), UID, f"k{number}@example.sk", okp)
    assert sorted(kept.recipient for kept in play.world.kept) == ["k0@example.sk", "k1@example.sk"]


@BOTH
async def test_the_driver_keeps_the_contract_of_the_port(folder: Path, security: str) -> None:
    async with playing(folder, security) as play, play.mail() as mail:
        assert (await check_mail(mail)).verdict is Verdict.ACCEPTED
        play.world.faults.append(Fault(phase="rcpt", code=550))
        assert (await check_mail(mail)).code == 550
        play.world.faults[:] = [Fault(phase="dot", action=Action.DROP)]
        assert (await check_mail(mail)).verdict is Verdict.IN_DOUBT
    assert len(play.world.kept) == 2


# --- Every phase x every fault ---------------------------------------------------------------------------

BEFORE: list[Duty] = ["banner", "tls", "ehlo", "starttls", "auth", "mail", "rcpt", "data"]
FAST = [Action.DROP, Action.RESET, Action.GARBAGE, Action.LONG_LINE, Action.ENDLESS]
SLOW = [Action.HANG, Action.DRIP]
PHASES: list[Duty] = [*BEFORE, "dot", "quit"]
MATRIX = [
    (security, phase, action)
    for security in ("tls", "starttls")
    for phase in PHASES
    for action in [*FAST, *SLOW]
    if (security, phase) != ("tls", "starttls")
]


@pytest.mark.parametrize(("security", "phase", "action"), MATRIX)
async def test_a_fault_is_not_sent_before_the_dot_and_in_doubt_after_it(
    folder: Path, security: str, phase: Duty, action: Action
) -> None:
    async with playing(folder, security, Fault(phase=phase, action=action, seconds=0.1)) as play:
        result = (await play.send_slowly(phase))[0] if action in SLOW else await play.send()
        ends = await play.last_end()
    wanted = {"dot": Verdict.IN_DOUBT, "quit": Verdict.ACCEPTED}.get(phase, Verdict.NOT_SENT)
    check_result(result)
    assert (result.verdict, result.phase) == (wanted, "dot" if phase == "quit" else phase)
    assert len(play.world.kept) == (1 if phase in ("dot", "quit") else 0)
    assert ends != "cancelled"


@BOTH
@pytest.mark.parametrize("code", [421, 450, 451, 500, 535, 550, 552, 554])
@pytest.mark.parametrize("phase", PHASES)
async def test_no_code_is_lost(folder: Path, security: str, phase: Duty, code: int) -> None:
    if security == "tls" and phase == "starttls":
        return
    async with playing(folder, security, Fault(phase=phase, code=code, text="4.7.1 greylisted")) as play:
        result = await play.send()
    check_result(result)
    if phase == "quit":
        assert result.verdict is Verdict.ACCEPTED
    else:
        assert (result.verdict, result.phase) == (Verdict.NOT_SENT, phase)
        assert not play.world.kept
        assert phase == "tls" or (result.code, result.text) == (code, "4.7.1 greylisted")


@pytest.mark.parametrize("code", [200, 221, 251, 334, 354])
async def test_only_250_after_the_dot_is_accepted(folder: Path, code: int) -> None:
    async with playing(folder, "tls", Fault(phase="dot", code=code)) as play:
        result = await play.send()
    assert (result.verdict, result.phase, result.code) == (Verdict.IN_DOUBT, "dot", code)


async def test_a_late_250_counts_while_there_is_time(folder: Path) -> None:
    async with playing(folder, "tls", Fault(phase="dot", action=Action.LATE, seconds=0.2)) as play:
        assert (await play.send()).verdict is Verdict.ACCEPTED
    async with playing(folder, "tls", Fault(phase="dot", action=Action.LATE, seconds=60)) as play:
        assert (await play.send_slowly("dot"))[0].verdict is Verdict.IN_DOUBT


async def test_a_reply_before_the_dot_is_believed_when_it_refuses(folder: Path) -> None:
    async with playing(folder, "tls", Fault(phase="content", code=552, text="5.2.2 mailbox full")) as play:
        result = await play.send()
    assert (result.verdict, result.code, result.text) == (Verdict.NOT_SENT, 552, "5.2.2 mailbox full")


@pytest.mark.parametrize("action", [Action.DROP, Action.RESET])
async def test_a_drop_within_the_content_is_never_accepted(folder: Path, action: Action) -> None:
    async with playing(folder, "tls", Fault(phase="content", action=action)) as play:
        result = await play.send()
    assert result.verdict is not Verdict.ACCEPTED
    assert not play.world.kept


async def test_a_recipient_too_many_and_a_session_too_many(folder: Path) -> None:
    faults = Fault(phase="rcpt", code=550, recipient="x@example.sk"), Fault(phase="mail", session=2)
    async with playing(folder, "tls", *faults) as play:
        assert [(await play.send()).verdict for _ in range(3)] == ["ACCEPTED", "NOT_SENT", "ACCEPTED"]
        async with play.mail() as mail:
            assert (await mail.send(receipt(), UID, "x@example.sk", MESSAGE_ID)).code == 550


# --- TLS and what is said without it ---------------------------------------------------------------------


async def test_without_starttls_neither_password_nor_mail_leaves(folder: Path) -> None:
    async with playing(folder, "starttls", Fault(phase="starttls", action=Action.WITHHOLD)) as play:
        assert await play.send() == MailResult(Verdict.NOT_SENT, "starttls", 0, "STARTTLS is not offered")
        assert play.world.visits[0].duties == ["banner", "ehlo", "quit"]


async def test_plaintext_behind_220_is_forgotten(folder: Path) -> None:
    injected = Fault(phase="starttls", action=Action.INJECT)
    async with playing(folder, "starttls", injected, Fault(phase="auth", action=Action.WITHHOLD)) as play:
        result = await play.send()
        assert result == MailResult(Verdict.NOT_SENT, "auth", 0, "PLAIN or LOGIN is not offered")
        play.world.faults.pop()
        assert (await play.send()).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("phase", ["ehlo", "auth", "mail", "rcpt", "data"])
async def test_two_replies_at_once_are_one_too_many(folder: Path, phase: Duty) -> None:
    async with playing(folder, "tls", Fault(phase=phase, action=Action.INJECT)) as play:
        result = await play.send()
    assert (result.verdict, result.text) == (Verdict.NOT_SENT, "more than a reply")
    assert not play.world.kept


@BOTH
@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        ("unknown", "unable to get local issuer"),
        ("elsewhere", "IP address mismatch"),
        ("expired", "certificate has expired"),
    ],
)
async def test_a_server_that_is_not_proved_gets_nothing(
    folder: Path, security: str, certificate: str, why: str
) -> None:
    async with playing(folder, security, certificate=certificate) as play:
        result = await play.send()
        assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "tls")
        assert why in result.text
        assert "auth" not in play.world.visits[0].duties


async def test_the_system_store_is_not_taken_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "mail-ca.pem"))
    assert ssl.create_default_context().get_ca_certs()
    async with playing(folder, "tls") as play:
        result = await play.send(ca_file="")
        assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "tls")


async def test_a_port_that_speaks_the_other_way_gets_nothing(folder: Path) -> None:
    async with playing(folder, "starttls") as play:
        play.security = "tls"
        result = await play.send()
        assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "tls")
    async with playing(folder, "tls") as play:
        play.security = "starttls"
        result = await play.send(limit_s=SHORT_S)
        assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "banner")


@pytest.mark.parametrize(
    ("newest", "ciphers"),
    [(ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"), (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA")],
)
async def test_old_tls_and_weak_ciphers_are_refused(folder: Path, newest: ssl.TLSVersion, ciphers: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = newest
        context.maximum_version = newest
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_shake_hands, listener, context)
        result = await Play(folder, "tls", listener.socket.getsockname()[1], MailWorld()).send()
    assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "tls")
    assert result.text, "the reason is told; its words are OpenSSL's and differ by version"


async def _shake_hands(listener: trio.SocketListener, context: ssl.SSLContext) -> None:
    async with listener, trio.SSLStream(await listener.accept(), context, server_side=True) as stream:
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()


# --- The deadline ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["banner", "tls", "ehlo", "auth", "data", "dot"])
async def test_after_the_deadline_the_socket_is_closed_and_no_thread_is_left(folder: Path, phase: Duty) -> None:
    async with playing(folder, "tls", Fault(phase=phase, action=Action.HANG)) as play:
        threads = threading.active_count()
        result, late_s = await play.send_slowly(phase)
        assert 0 <= late_s < 5
        assert result.text.startswith("no answer within ")
        assert await play.last_end() in ("closed", "broken")
        assert threading.active_count() == threads


async def test_a_server_that_hangs_in_quit_delays_only_a_little(folder: Path) -> None:
    async with playing(folder, "tls", Fault(phase="quit", action=Action.HANG)) as play:
        began = trio.current_time()
        assert (await play.send()).verdict is Verdict.ACCEPTED
        assert trio.current_time() - began < LONG_S / 2


async def test_nobody_listens(folder: Path) -> None:
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    result = await Play(folder, "tls", port, MailWorld()).send()
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "connect", 0)
    assert "refused" in result.text


async def test_a_server_that_stops_reading_within_the_content_has_not_got_it(folder: Path) -> None:
    """Content larger than all buffers on the way: the dot cannot have been written when the time is up."""
    replies = [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
    letter = Letter("a@example.sk", "b@example.sk", (b"x" * 70 + b"\r\n") * 200_000)
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    connection = Connection("127.0.0.1", listener.socket.getsockname()[1], ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(_answer_then_sleep, listener, replies)
        with trio.move_on_after(SHORT_S * 2):
            async with connection:
                await connection.carry(unsecured(submission(NOBODY, letter, "[127.0.0.1]")))
        nursery.cancel_scope.cancel()
    assert connection.phase is Phase.CONTENT


def unsecured(dialog: Dialog) -> Dialog:
    """The same dialog over bare TCP."""
    step = next(dialog)
    while True:
        reply = yield replace(step, secured=False)
        step = dialog.send(reply)


async def _answer_then_sleep(listener: trio.SocketListener, replies: list[bytes]) -> None:
    async with await listener.accept() as stream:
        for reply in replies:
            await stream.send_all(reply)
            await stream.receive_some(4096)
        await trio.sleep_forever()


# --- Settings --------------------------------------------------------------------------------------------

SETTINGS: dict[str, Any] = {
    "host": "127.0.0.1",
    "port": 465,
    "security": "tls",
    "auth": "auto",
    "username": USERNAME,
    "password_file": "smtp.password",
    "sender": "",
    "ca_file": "mail-ca.pem",
    "limit_s": 1.0,
    "name": "MRP eKASA 8000",
}


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("host", "", "host-missing"),
        ("host", "smtp.example.sk\r\n", "host-invalid"),
        ("security", "plain", "security-invalid"),
        ("auth", "cram-md5", "auth-invalid"),
        ("username", "a\0b", "username-invalid"),
        ("password_file", "nowhere", "password-missing"),
        ("password_file", "", "password-missing"),
        ("password_file", "empty", "password-missing"),
        ("password_file", "latin", "password-invalid"),
        ("password_file", "long", "password-invalid"),
        ("password_file", "two-lines", "password-invalid"),
        ("sender", "pokladna", "sender-invalid"),
        ("name", 'a" <b@c.sk>', "name-invalid"),
        ("name", "=?UTF-8?Q?=0A?=Bcc: x@y", "name-invalid"),
        ("name", "a\nb", "name-invalid"),
        ("ca_file", "nowhere.pem", "ca-missing"),
        ("ca_file", "smtp.password", "ca-invalid"),
    ],
)
async def test_a_setting_that_cannot_be_right_is_named(folder: Path, key: str, value: str, reason: str) -> None:
    (folder / "empty").write_bytes(b"\n")
    (folder / "latin").write_bytes(SECRET.encode("latin-1", "replace") + b"\xe9")
    (folder / "long").write_bytes(b"x" * 5000)
    (folder / "two-lines").write_text(f"{SECRET}\n{SECRET}\n", encoding="utf-8")
    with pytest.raises(PortError) as caught:
        async with open_mail(folder=folder, **(SETTINGS | {key: value})):
            pass
    assert caught.value.reason == reason
    assert SECRET not in repr(caught.value)


async def test_a_mechanism_needs_a_name_to_log_in(folder: Path) -> None:
    bare = SETTINGS | {"username": "", "sender": USERNAME, "auth": "plain"}
    with pytest.raises(PortError, match="username-missing"):
        async with open_mail(folder=folder, **bare):
            pass


async def test_auto_without_a_name_logs_in_nowhere(folder: Path) -> None:
    async with playing(folder, "tls") as play:
        play.world.users.clear()
        bare = SETTINGS | {"port": play.port, "username": "", "password_file": "", "sender": USERNAME}
        async with open_mail(folder=folder, **bare) as mail:
            assert (await mail.send(receipt(), UID, ADDRESS, MESSAGE_ID)).verdict is Verdict.ACCEPTED


async def test_before_mail_is_set_up_everything_is_printed(folder: Path) -> None:
    async with open_mail(folder=folder, **(SETTINGS | {"username": "", "password_file": ""})) as mail:
        result = await check_mail(mail)
    assert result == MailResult(Verdict.NOT_SENT, "connect", 0, "no sender is set up")


# --- Secrets and addresses -------------------------------------------------------------------------------


async def test_no_secret_and_no_address_is_in_what_is_said_about_a_mail(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = Fault(phase="rcpt", code=550, text=f"5.1.1 <{ADDRESS}>: {ADDRESS.upper()} of {USERNAME} unknown")
    async with playing(folder, "tls", echo) as play, play.mail() as mail:
        result = await mail.send(receipt(), UID, ADDRESS, MESSAGE_ID)
        said = f"{result!r} {mail!r} {vars(mail)!r} {play.world.visits!r} {caplog.text} {''.join(capfd.readouterr())}"
    assert "5.1.1 <j***@example.sk>: J***@EXAMPLE.SK of p***@example.sk unknown" in result.text
    assert SECRET not in said + repr(play.world)
    assert ADDRESS not in said
    assert "jana" not in result.text.lower()


# --- The simulated provider ------------------------------------------------------------------------------


@BOTH
async def test_another_client_gets_on_with_the_simulated_provider(folder: Path, tmp_path: Path, security: str) -> None:
    """The library's own client logs in, sends what needs dot-stuffing, and finds what it sent in the folder."""
    async with playing(folder, security) as play:
        play.world.folder = tmp_path
        play.world.users["tim"] = "heslo"
        await trio.to_thread.run_sync(_send_by_library, play, b"Subject: a\r\n\r\n.b\r\n..\r\n")
    assert (tmp_path / "0001.eml").read_bytes() == b"Subject: a\r\n\r\n.b\r\n..\r\n"
    assert [(kept.sender, kept.recipient) for kept in play.world.kept] == [("a@example.sk", "b@example.sk")]


def _send_by_library(play: Play, content: bytes) -> None:
    trust = ssl.create_default_context(cafile=play.folder / "mail-ca.pem")
    if play.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", play.port, context=trust)
    else:
        client = smtplib.SMTP("127.0.0.1", play.port)
        client.starttls(context=trust)
    with client:
        client.login("tim", "heslo")
        client.noop()
        client.rset()
        client.sendmail("a@example.sk", "b@example.sk", content)


# --- The drawer of faults --------------------------------------------------------------------------------


def test_faults_are_read_from_a_script(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text(
        '[[fault]]\nphase = "rcpt"\ncode = 550\nrecipient = "x@example.sk"\n'
        '[[fault]]\nphase = "dot"\naction = "drop"\nsession = 2\nseconds = 1\n'
    )
    assert read_faults(script) == [
        Fault(phase="rcpt", code=550, recipient="x@example.sk"),
        Fault(phase="dot", action=Action.DROP, session=2, seconds=1.0),
    ]
    script.write_text("")
    assert read_faults(script) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[fault]]\nphase = 'nowhere'\n", r"faults.toml: .*\$\.fault\[0\]\.phase"),
        ("[[fault]]\nphase = 'dot'\ncode = '550'\n", r"\$\.fault\[0\]\.code"),
        ("[[fault]]\nphase = 'dot'\ncode = 99\n", r"\$\.fault\[0\]\.code"),
        ('[[fault]]\nphase = "dot"\ntext = "a\\nb\\n"\n', r"\$\.fault\[0\]\.text"),
        ("[[fault]]\nphase = 'dot'\nwhen = 1\n", r"unknown field `when`"),
        ("[[fault]]\n", r"phase"),
        ("fault = 1\n", r"\$\.fault"),
        ("fault", r"faults.toml"),
    ],
)
def test_a_script_that_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    script = tmp_path / "faults.toml"
    script.write_text(text)
    with pytest.raises(ValueError, match=why):
        read_faults(script)
