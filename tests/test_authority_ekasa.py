"""The driver against a real TLS server: one message, one answer, every way in which there may be none, and in time."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
import trio

from drivers.authority_ekasa import HEADERS_MAX, EkasaAuthority, open_authority
from drivers.authority_reply import REPLY_MAX_BYTES
from drivers.ports import NoAnswer, PortError
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.certificates import LOOPBACK, Pair, make_authority, make_server, read_pair
from drivers.simulated.training import SIGNER_SUBJECT
from states.fiscal.receipt import Acceptance, Fault, ItemType, ReceiptType, Sale
from tests.authority_kit import (
    both,
    client,
    make_attempt,
    make_receipt,
    make_world,
    sealed,
    served,
    signer,
    training_folder,
)
from tests.fiscal_examples import PARAGON, UID, item, paid_invoice, sale

NOW = datetime.now(UTC)
SLACK_S = 0.5


async def refused(authority: EkasaAuthority) -> NoAnswer:
    """The failure of an attempt that must fail."""
    with pytest.raises(NoAnswer) as caught:
        await authority.register(make_receipt(), make_attempt())
    return caught.value


async def accepted(authority: EkasaAuthority) -> Acceptance:
    """The answer to an attempt that must succeed."""
    answer = await authority.register(make_receipt(), make_attempt())
    assert isinstance(answer, Acceptance)
    return answer


def by(seconds: float) -> trio.CancelScope:
    """The one deadline, as a lane puts it around a port."""
    return trio.move_on_after(seconds)


# --- Answers ---------------------------------------------------------------------------------------------


async def test_a_receipt_gets_its_uid() -> None:
    """The UID that the driver returns is the one that the authority keeps under the receipt's OKP."""
    world, receipt = make_world(), make_receipt()
    async with both(world) as authority:
        answer = await authority.register(receipt, make_attempt())
    assert isinstance(answer, Acceptance)
    assert answer.uid == world.receipts[receipt.okp].uid
    assert abs(datetime.fromisoformat(answer.process_date) - NOW) < timedelta(minutes=10)
    assert answer.uid in answer.reply


@pytest.mark.parametrize(
    "sold",
    [
        paid_invoice(),
        replace(paid_invoice(), paragon=PARAGON),
        sale(paragon=PARAGON),
        sale(type=ReceiptType.ND),
        sale((item("-10.00", kind=ItemType.RETURNED, reference=UID),)),
        sale((item("10.00"), item("-10.00", kind=ItemType.DISCOUNT))),
    ],
    ids=["invoice", "invoice-by-hand", "by-hand", "practice", "below-zero", "zero"],
)
async def test_every_document_gets_its_uid(sold: Sale) -> None:
    """What the authority keeps is what was sold."""
    world, receipt = make_world(), sealed(sold)
    async with both(world) as authority:
        answer = await authority.register(receipt, make_attempt())
    assert isinstance(answer, Acceptance)
    kept = world.receipts[receipt.okp].content.facts
    assert (kept["ReceiptType"], kept["Amount"]) == (sold.type, receipt.amount)
    assert kept["IssueDate"] == receipt.issue_date


async def test_receipts_share_a_connection() -> None:
    """One handshake for many receipts; each has a UID of its own."""
    world = make_world()
    async with both(world) as authority:
        uids = {(await authority.register(make_receipt(number=n), make_attempt())) for n in range(1, 6)}
    assert len(uids) == 5
    assert (world.connections, world.requests) == (1, 5)


async def test_a_sale_and_a_repeat_go_side_by_side() -> None:
    """The outbox does not wait for the till, nor the till for the outbox."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.DELAY, seconds=0.4))
    async with both(world) as authority:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for number in (1, 2):
                nursery.start_soon(authority.register, make_receipt(number=number), make_attempt())
        assert trio.current_time() - began < 0.4 + SLACK_S
    assert (world.connections, world.requests) == (2, 2)


@pytest.mark.parametrize("code", [-1, -2, -10, -13, -100, -101, -104, -132])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_an_answer(code: int, signed: bool, status: int) -> None:
    """Whatever the HTTP status, signed or not."""
    world = make_world()
    world.faults_signed, world.fault_status = signed, status
    world.faults.append(AuthorityFault(FaultKind.CODE, code=code))
    async with both(world) as authority:
        answer = await authority.register(make_receipt(), make_attempt())
    assert isinstance(answer, Fault)
    assert answer.code == code
    assert not world.receipts


FAULTS = {
    AuthorityFault(FaultKind.CUT_TLS): "reset",
    AuthorityFault(FaultKind.DROP_AFTER_PROCESSING): "reset",
    AuthorityFault(FaultKind.HALF): "reset",
    AuthorityFault(FaultKind.GARBAGE): "unparsable",
    AuthorityFault(FaultKind.DOCTYPE): "unparsable",
    AuthorityFault(FaultKind.OVERSIZE): "oversize",
    AuthorityFault(FaultKind.ENDLESS): "oversize",
    AuthorityFault(FaultKind.HEADERS): "oversize",
    AuthorityFault(FaultKind.GZIP): "encoding",
    AuthorityFault(FaultKind.UNSIGNED): "unsigned",
    AuthorityFault(FaultKind.WRONG_SIGNER): "wrong-signer",
    AuthorityFault(FaultKind.WRONG_UUID): "wrong-uuid",
    AuthorityFault(FaultKind.BAD_UID): "bad-uid",
    **{AuthorityFault(FaultKind.HTTP, status=status): "http-status" for status in (201, 301, 307, 400, 404, 499, 503)},
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
async def test_what_is_no_answer_has_a_reason_and_the_next_one_is_heard(fault: AuthorityFault) -> None:
    """The message had left (``sent``), it left once, and the client is as good as new."""
    world = make_world()
    world.faults.append(fault)
    async with both(world) as authority:
        with by(5) as scope:
            error = await refused(authority)
            assert (error.reason, error.sent) == (FAULTS[fault], True)
            assert world.requests == 1
            await accepted(authority)
        assert not scope.cancelled_caught
    assert world.requests == 2


async def test_the_status_is_told() -> None:
    """An operator can see that a firewall said no."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.HTTP, status=499))
    async with both(world) as authority:
        assert (await refused(authority)).detail.startswith("499 ")


async def test_an_old_answer_is_refused() -> None:
    """The answer to the receipt before is signed, and is not ours."""
    world = make_world()
    async with both(world) as authority:
        await accepted(authority)
        world.faults.append(AuthorityFault(FaultKind.REPLAY))
        assert (await refused(authority)).reason == "wrong-uuid"


async def test_a_warning_costs_nothing() -> None:
    """The receipt is registered."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.WARNING))
    async with both(world) as authority:
        await accepted(authority)


# --- Time ------------------------------------------------------------------------------------------------

SLOW = (
    AuthorityFault(FaultKind.SILENCE),
    AuthorityFault(FaultKind.DELAY, seconds=30),
    AuthorityFault(FaultKind.DRIP, seconds=0.02),
)


@pytest.mark.parametrize("fault", SLOW, ids=lambda fault: fault.kind)
async def test_the_deadline_outside_ends_it_and_the_next_one_is_heard(fault: AuthorityFault) -> None:
    """A server that says nothing, or a byte at a time, is left on time; nothing is sent again behind our back."""
    world = make_world()
    world.faults.append(fault)
    async with both(world) as authority:
        began = trio.current_time()
        with by(0.3) as scope:
            await authority.register(make_receipt(), make_attempt())
        assert scope.cancelled_caught
        assert trio.current_time() - began < 0.3 + SLACK_S
        assert world.requests == 1
        with by(5):
            await accepted(authority)
    assert world.requests == 2


async def test_cancelling_many_times_uses_nothing_up() -> None:
    """No connection, slot or task is left behind."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.SILENCE, times=20))
    async with both(world) as authority:
        for _ in range(20):
            with by(0.03):
                await authority.register(make_receipt(), make_attempt())
        world.faults.clear()
        with by(5) as scope:
            await accepted(authority)
    assert not scope.cancelled_caught


async def test_a_handshake_that_hangs_is_ended_too() -> None:
    """A peer that accepts and then says nothing, not even in TLS, sees the connection closed at once."""
    hung_up = trio.Event()
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, partial(_swallow, hung_up), listeners)
        async with client(listeners[0].socket.getsockname()[1]) as authority:
            with by(0.3) as scope:
                await authority.register(make_receipt(), make_attempt())
            assert scope.cancelled_caught
            with trio.fail_after(1):
                await hung_up.wait()
        nursery.cancel_scope.cancel()


async def _swallow(hung_up: trio.Event, stream: trio.SocketStream) -> None:
    while await stream.receive_some():
        pass
    hung_up.set()


async def test_a_connection_closed_while_idle_costs_nothing() -> None:
    """The client notices, opens another one, and sends the message once."""
    world = make_world()
    world.idle_s = 0.1
    async with both(world) as authority:
        await accepted(authority)
        await trio.sleep(0.3)
        await accepted(authority)
    assert (world.connections, world.requests) == (2, 2)


async def test_a_server_that_comes_back_is_found() -> None:
    """Refused while it is away; nothing was sent; the next attempt reaches the new server at the old port."""
    world = make_world()
    async with served(world) as port:
        pass
    async with client(port) as authority:
        error = await refused(authority)
        assert (error.reason, error.sent) == ("connect-refused", False)
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(_serve_at, world, port))
            await accepted(authority)
            nursery.cancel_scope.cancel()


async def _serve_at(
    world: AuthorityWorld, port: int, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
) -> None:
    from drivers.simulated.authority import serve_authority

    await serve_authority(world, port=port, task_status=task_status)


# --- Who is at the other end -----------------------------------------------------------------------------


@cache
def training_tls() -> Pair:
    """An authority for TLS of the tests' own; its key is at hand, as the training folder's is not."""
    return make_authority("CN=Test TLS CA", NOW)


def context_of(pair: Pair, folder: Path) -> ssl.SSLContext:
    """A server with this certificate."""
    (folder / "tls.pem").write_bytes(pair.certificate_pem())
    (folder / "tls.key").write_bytes(pair.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    return context


@asynccontextmanager
async def trusting(port: int, ca_pem: bytes, folder: Path, host: str = "127.0.0.1") -> AsyncIterator[EkasaAuthority]:
    """A client that trusts just this authority for TLS."""
    (folder / "ca.pem").write_bytes(ca_pem)
    async with open_authority(
        url=f"https://{host}:{port}/soap/services/v2",
        ca_file="ca.pem",
        signer_ca_file=str(training_folder() / "authority-signer-ca.pem"),
        signer_subject=SIGNER_SUBJECT,
        signer=signer(),
        folder=folder,
    ) as authority:
        yield authority


SERVERS: dict[str, Callable[[], Pair]] = {
    "unknown authority": lambda: make_server(make_authority("CN=Test TLS CA", NOW), NOW),
    "wrong host": lambda: make_server(training_tls(), NOW, ["ekasa.example.sk", "127.0.0.2"]),
    "expired": lambda: make_server(training_tls(), NOW - timedelta(days=740)),
    "not yet valid": lambda: make_server(training_tls(), NOW + timedelta(days=3)),
    "issued by itself": lambda: make_authority("CN=127.0.0.1", NOW),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_a_stranger_gets_nothing(server: str, tmp_path: Path) -> None:
    """Not one byte of a receipt leaves for a server that is not the one we trust."""
    world = make_world()
    world.tls = context_of(SERVERS[server](), tmp_path)
    async with served(world) as port, trusting(port, training_tls().certificate_pem(), tmp_path) as authority:
        error = await refused(authority)
    assert (error.reason, error.sent, world.requests) == ("tls-untrusted", False, 0)
    assert "certificate" in error.detail


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_right_server_is_believed(host: str, tmp_path: Path) -> None:
    """The control for the test above: by address and by name."""
    world = make_world()
    world.tls = context_of(make_server(training_tls(), NOW, LOOPBACK), tmp_path)
    async with served(world) as port, trusting(port, training_tls().certificate_pem(), tmp_path, host) as authority:
        await accepted(authority)


async def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreign trust, proxies and key logs of the environment are not heard: refused stays refused, trusted trusted."""
    stranger = make_authority("CN=Attacker", NOW)
    (tmp_path / "attacker.pem").write_bytes(stranger.certificate_pem())
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "attacker.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    good, bad = make_world(), make_world()
    bad.tls = context_of(make_server(stranger, NOW), tmp_path)
    async with both(good) as authority:
        await accepted(authority)
    async with served(bad) as port, client(port) as authority:
        assert (await refused(authority)).reason == "tls-untrusted"
    assert bad.requests == 0
    assert not (tmp_path / "keys.log").exists()


OLD_TLS = [
    "-tls1_1 -cipher ALL:@SECLEVEL=0",
    "-tls1 -cipher ALL:@SECLEVEL=0",
    "-tls1_2 -cipher AES128-SHA:@SECLEVEL=0",
    "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
]


@pytest.mark.parametrize("options", OLD_TLS)
async def test_old_tls_is_refused(options: str, tmp_path: Path) -> None:
    """openssl's own server, at an old version or with old ciphers, gets no message."""
    context_of(make_server(training_tls(), NOW), tmp_path)
    ca_pem = training_tls().certificate_pem()
    async with openssl_server(options, tmp_path) as (port, _), trusting(port, ca_pem, tmp_path) as authority:
        with by(5):
            error = await refused(authority)
    assert (error.reason, error.sent) == ("tls", False)


@pytest.mark.parametrize("options", ["-tls1_2", "-tls1_3"])
async def test_new_tls_is_spoken(options: str, tmp_path: Path) -> None:
    """The control: with these the same server gets the message."""
    context_of(make_server(training_tls(), NOW), tmp_path)
    ca_pem = training_tls().certificate_pem()
    async with openssl_server(options, tmp_path) as (port, printed), trusting(port, ca_pem, tmp_path) as authority:
        with by(0.5):
            await authority.register(make_receipt(), make_attempt())
        with trio.fail_after(5):
            await printed(b"</ekasa:RegisterReceiptRequest>")


@asynccontextmanager
async def openssl_server(options: str, folder: Path) -> AsyncIterator[tuple[int, Callable[[bytes], Awaitable[bytes]]]]:
    """``openssl s_server`` with the folder's certificate: its port, and what waits until it has printed some bytes."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "tls.pem", "-key", "tls.key", *options.split()]
    run = partial(trio.run_process, command, cwd=folder, check=False, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    async with trio.open_nursery() as nursery:
        process = await nursery.start(run)
        seen = bytearray()

        async def printed(text: bytes) -> bytes:
            while text not in seen:
                part = await process.stdout.receive_some()
                assert part, seen
                seen.extend(part)
            return bytes(seen)

        with trio.fail_after(10):
            await printed(b"ACCEPT 127.0.0.1:")
            while not seen.endswith(b"\n"):
                seen.extend(await process.stdout.receive_some())
        yield int(seen.split(b"ACCEPT 127.0.0.1:")[1].split()[0]), printed
        nursery.cancel_scope.cancel()


async def test_a_peer_that_does_not_speak_tls_is_refused() -> None:
    """Something else answers at the port."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, _greet, listeners)
        async with client(listeners[0].socket.getsockname()[1]) as authority:
            error = await refused(authority)
        nursery.cancel_scope.cancel()
    assert (error.reason, error.sent) == ("tls", False)


async def _greet(stream: trio.SocketStream) -> None:
    await stream.send_all(b"220 mail.example.sk ESMTP\r\n" * 10)
    await trio.sleep(1)


async def test_a_name_that_does_not_exist_is_dns() -> None:
    """The reserved name of RFC 6761 is nowhere."""
    async with client(443, host="ekasa.invalid") as authority:
        with by(60):
            error = await refused(authority)
    assert (error.reason, error.sent) == ("dns", False)


# --- Bytes that no simulated authority sends -------------------------------------------------------------


@asynccontextmanager
async def raw_server(reply: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Real TLS, and then whatever bytes a test wants; what it receives is kept."""
    received: list[bytes] = []

    async def visit(stream: trio.SSLStream[trio.SocketStream]) -> None:
        request = b""
        while b"</soapenv:Envelope>" not in request:
            part = await stream.receive_some(65536)
            if not part:
                return
            request += part
        received.append(request)
        with trio.move_on_after(1):
            await stream.send_all(reply)

    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_ssl_over_tcp, host="127.0.0.1", https_compatible=True)
        listeners = await nursery.start(serve, visit, 0, make_world().tls)
        yield listeners[0].transport_listener.socket.getsockname()[1], received
        nursery.cancel_scope.cancel()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "reset"),
        (b"\x16\x03\x01 not HTTP\r\n\r\n", "reset"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "unparsable"),
        (OK + b"Content-Length: 1000000000000\r\n\r\n", "oversize"),
        (OK + b"Content-Length: -1\r\n\r\n", "reset"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "reset"),
        (OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n", "reset"),
        (OK + b"X: y\r\n" * (HEADERS_MAX + 1) + b"\r\n", "oversize"),
        (OK + b"Connection: close\r\n\r\n" + b" " * (REPLY_MAX_BYTES + 1), "oversize"),
        (OK + b"Connection: close\r\n\r\n<x", "unparsable"),
        (OK + b"Content-Length: 0\r\n\r\n", "unparsable"),
        (OK + b"Content-Encoding: br\r\nContent-Length: 0\r\n\r\n", "encoding"),
        (OK + b"Content-Encoding: IDENTITY\r\nContent-Length: 0\r\n\r\n", "unparsable"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "reset"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "reset"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "reset"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "reset"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "http-status"),
    ],
)
async def test_strange_http_is_no_answer(reply: bytes, reason: str) -> None:
    """Each in its place, and in time."""
    async with raw_server(reply) as (port, received), client(port) as authority:
        with trio.fail_after(4):
            error = await refused(authority)
    assert (error.reason, error.sent, len(received)) == (reason, True, 1)


async def test_the_request_on_the_wire() -> None:
    """What the interface asks for, and nothing that unfolds, follows, or remembers."""
    cookie = OK + b"Set-Cookie: trap=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(cookie) as (port, received), client(port) as authority:
        for _ in range(2):
            await refused(authority)
    head, _, body = received[1].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /soap/services/v2 http/1.1"
    assert b"content-type: application/soap+xml; charset=utf-8" in lines
    assert b"accept-encoding: identity" in lines
    assert f"content-length: {len(body)}".encode() in lines
    assert not any(line.startswith((b"cookie:", b"soapaction:")) for line in lines)
    assert body.startswith(b"<?xml ")


# --- Settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://127.0.0.1/soap"),
        ("url", "https://"),
        ("url", "https://user:secret@127.0.0.1/"),
        ("url", "ekasa"),
        ("url", "https://[::1/"),
        ("ca_file", "missing.pem"),
        ("ca_file", "identdata.xml"),
        ("signer_ca_file", "missing.pem"),
        ("signer_ca_file", "identdata.xml"),
        ("signer_subject", "e-Kasa"),
    ],
)
async def test_wrong_settings_name_their_key(key: str, value: str) -> None:
    """Before anything is opened."""
    names = {
        "url": "https://127.0.0.1:1/",
        "ca_file": "authority-ca.pem",
        "signer_ca_file": "authority-signer-ca.pem",
        "signer_subject": SIGNER_SUBJECT,
        key: value,
    }
    with pytest.raises(PortError, match=key) as caught:
        async with open_authority(
            url=names["url"],
            ca_file=names["ca_file"],
            signer_ca_file=names["signer_ca_file"],
            signer_subject=names["signer_subject"],
            signer=signer(),
            folder=training_folder(),
        ):
            pass
    assert caught.value.reason == "settings"


def test_the_training_key_is_read_back() -> None:
    """Certificates and keys survive being written."""
    folder = training_folder() / "simulated-authority"
    pair = read_pair((folder / "tls.pem").read_bytes(), (folder / "tls.key").read_bytes())
    assert pair.key.public_key() == pair.certificate.public_key()
