"""Who may answer for the authority: a hostile environment, a hostile name server, old chains, a second handshake."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

import pytest
import trio

from controller.settings_expected import HOST, HTTPS
from drivers.mail_smtp import open_mail
from drivers.ports import PortError
from drivers.simulated.certificates import LOOPBACK, Pair, make_authority, make_server
from states.fiscal.journal import Outcome
from tests.authority_forging import NOW
from tests.authority_kit import client, make_attempt, make_receipt, make_world, served
from tests.shop import SALE, Shop, open_shop
from tests.test_authority_ekasa import accepted, by, context_of, refused, training_tls, trusting

REGISTERED_HOST = "ekasa.example.sk"


# --- The environment of a real process -------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    """A register with the other sides of its ports."""
    with open_shop(tmp_path / "shop") as shop:
        yield shop


def hostile(folder: Path, ca_file: Path) -> dict[str, str]:
    """An environment that names an attacker's trust and proxy, and asks for the session keys."""
    proxy = "http://127.0.0.1:1"
    proxies = {name: proxy for word in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY") for name in (word, word.lower())}
    bundles = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(ca_file))
    more = {"SSL_CERT_DIR": str(ca_file.parent), "SSLKEYLOGFILE": str(folder / "session-keys.log"), "NO_PROXY": ""}
    return dict(os.environ) | proxies | bundles | more


def test_a_hostile_environment_moves_no_process(shop: Shop, tmp_path: Path) -> None:
    """The right authority is reached past all proxies; one that only the environment vouches for gets not one byte."""
    environment = hostile(tmp_path, shop.folder / "authority-ca.pem")
    process = shop.run(env=environment)
    shop.press(*SALE)
    assert shop.await_record(Outcome).uid
    process.terminate()
    assert process.wait(20) == 0
    received = len(shop.messages())
    (shop.folder / "pinned.pem").write_bytes(training_tls().certificate_pem())
    shop.set("authority", "ca_file", '"pinned.pem"')
    shop.run(env=environment)
    shop.press(*SALE)
    assert not shop.await_record(Outcome, 2).uid
    shop.await_state("Composing")
    assert len(shop.messages()) == received
    assert "tls-untrusted" in (shop.folder / "log.jsonl").read_text()
    assert not (tmp_path / "session-keys.log").exists()


# --- Names and their addresses ---------------------------------------------------------------------------


class LyingResolver(trio.abc.HostnameResolver):
    """Whatever is asked for is at loopback."""

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """The attacker's address."""
        await trio.lowlevel.checkpoint()
        assert isinstance(port, int)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def getnameinfo(self, sockaddr: tuple[Any, ...], flags: int) -> tuple[str, str]:
        """Nobody asks."""
        raise AssertionError(f"{sockaddr}, {flags}")


STRANGERS: dict[str, Any] = {
    "an attacker's own authority": lambda: make_server(make_authority("CN=A", NOW), NOW, [REGISTERED_HOST]),
    "the right authority, another name": lambda: make_server(training_tls(), NOW, ["other.example.sk"]),
    "a certificate for localhost": lambda: make_server(training_tls(), NOW, LOOPBACK),
    "a certificate for the name above": lambda: make_server(training_tls(), NOW, ["example.sk", "*.sk"]),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_name_server_that_lies_leads_nowhere(stranger: str, tmp_path: Path) -> None:
    """The name leads to a server that cannot prove it: nothing of the receipt is sent there."""
    world = make_world()
    world.tls = context_of(STRANGERS[stranger](), tmp_path)
    trio.socket.set_custom_hostname_resolver(LyingResolver())
    ca_pem = training_tls().certificate_pem()
    async with served(world) as port, trusting(port, ca_pem, tmp_path, REGISTERED_HOST) as authority:
        error = await refused(authority)
    assert (error.reason, error.sent, world.requests) == ("tls-untrusted", False, 0)


async def test_a_name_server_may_lead_to_the_right_server(tmp_path: Path) -> None:
    """The control: the same answer of the name server, and a server that proves the name."""
    world = make_world()
    world.tls = context_of(make_server(training_tls(), NOW, [REGISTERED_HOST]), tmp_path)
    trio.socket.set_custom_hostname_resolver(LyingResolver())
    ca_pem = training_tls().certificate_pem()
    async with served(world) as port, trusting(port, ca_pem, tmp_path, REGISTERED_HOST) as authority:
        await accepted(authority)


BAD_NAMES = ["smtp..example.sk", f"{'a' * 64}.sk", "example.sk..", ".sk"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: name[:20])
async def test_a_name_that_no_resolver_takes_is_refused_by_settings_and_drivers(name: str, tmp_path: Path) -> None:
    """It used to pass, and then every sale ended in an error of the resolver that is no PortError."""
    assert not HOST.holds(name)
    assert not HTTPS.holds(f"https://{name}/soap")
    with pytest.raises(PortError, match=r"^settings: authority\.url"):
        async with client(443, host=name):
            raise AssertionError("opened")
    settings: dict[str, Any] = {"username": "", "password_file": "", "ca_file": "", "name": "x", "folder": tmp_path}
    with pytest.raises(PortError, match=r"^host-invalid"):
        async with open_mail(host=name, port=465, security="tls", auth="none", sender="a@b.sk", limit_s=1, **settings):
            raise AssertionError("opened")


@pytest.mark.parametrize("name", ["example.sk", "a", "127.0.0.1", "xn--pota-i6a.sk", f"{'a' * 63}.sk", "a_b.sk", "::1"])
def test_names_that_servers_have_are_taken(name: str) -> None:
    """The control, and one character too many."""
    assert HOST.holds(name)
    assert not HOST.holds(f"{name}.{'a.' * 126}sk")


# --- openssl's own server --------------------------------------------------------------------------------


def openssl(folder: Path, *words: str) -> None:
    """Run a command of openssl in the folder."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=20)


def make_chain(folder: Path, digest: str) -> bytes:
    """``tls.pem`` and ``tls.key`` below an intermediate authority that was signed with this digest; the root's PEM."""
    (folder / "leaf.cnf").write_text("subjectAltName=IP:127.0.0.1\n")
    (folder / "ca.cnf").write_text("basicConstraints=critical,CA:TRUE\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(folder, *new, "-x509", "-sha256", "-days", "2", "-subj", "/CN=root", "-keyout", "0.key", "-out", "0.pem")
    for number, (subject, signed_with, extensions) in enumerate(
        [("/CN=middle", digest, "ca.cnf"), ("/CN=127.0.0.1", "-sha256", "leaf.cnf")], start=1
    ):
        openssl(folder, *new, "-subj", subject, "-keyout", f"{number}.key", "-out", f"{number}.csr")
        issuer = ("-CA", f"{number - 1}.pem", "-CAkey", f"{number - 1}.key", "-extfile", extensions, "-CAcreateserial")
        request = ("x509", "-req", "-days", "2", signed_with, "-in", f"{number}.csr", "-out", f"{number}.pem")
        openssl(folder, *request, *issuer)
    (folder / "tls.pem").write_bytes((folder / "2.pem").read_bytes() + (folder / "1.pem").read_bytes())
    (folder / "tls.key").write_bytes((folder / "2.key").read_bytes())
    return (folder / "0.pem").read_bytes()


class Server:
    """``openssl s_server``: what it printed, and its console."""

    def __init__(self, process: trio.Process) -> None:
        self.process, self.seen = process, bytearray()

    async def until(self, text: bytes) -> None:
        """Wait until it has printed this."""
        assert self.process.stdout is not None
        with trio.fail_after(10):
            while text not in self.seen:
                part = await self.process.stdout.receive_some()
                assert part, bytes(self.seen)
                self.seen.extend(part)

    async def type(self, text: bytes) -> None:
        """Type at its console."""
        assert self.process.stdin is not None
        await self.process.stdin.send_all(text)


@asynccontextmanager
async def openssl_server(folder: Path, *options: str) -> AsyncIterator[tuple[int, Server]]:
    """The server with the folder's ``tls.pem`` and ``tls.key``, and its port."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "tls.pem", "-key", "tls.key", *options]
    run = partial(trio.run_process, command, cwd=folder, check=False, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    async with trio.open_nursery() as nursery:
        server = Server(await nursery.start(run))
        await server.until(b"ACCEPT 127.0.0.1:")
        await server.until(b"\n")
        yield int(server.seen.split(b"ACCEPT 127.0.0.1:")[1].split()[0]), server
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(("digest", "is_believed"), [("-sha1", False), ("-sha256", True)])
async def test_a_chain_signed_with_sha1_is_refused(digest: str, is_believed: bool, tmp_path: Path) -> None:
    """One SHA-1 signature anywhere in the chain is one too many; the same chain with SHA-256 gets the message."""
    root = make_chain(tmp_path, digest)
    options = ("-cert_chain", "tls.pem", "-cipher", "DEFAULT:@SECLEVEL=0")
    async with openssl_server(tmp_path, *options) as (port, server), trusting(port, root, tmp_path) as authority:
        if is_believed:
            with by(0.5):
                await authority.register(make_receipt(), make_attempt())
            await server.until(b"</ekasa:RegisterReceiptRequest>")
        else:
            with trio.fail_after(10):
                error = await refused(authority)
            assert (error.reason, error.sent) == ("tls-untrusted", False)


@pytest.mark.parametrize("command", [b"r\n", b"R\n"], ids=["anew", "with a certificate"])
async def test_a_second_handshake_is_refused(command: bytes, tmp_path: Path) -> None:
    """A server without TLS 1.3 that asks for renegotiation, legacy or not, gets an alert and no new session."""
    pair: Pair = make_server(training_tls(), NOW)
    context_of(pair, tmp_path)
    options = ("-no_tls1_3", "-legacy_renegotiation", "-msg")
    ca_pem = training_tls().certificate_pem()
    async with (
        openssl_server(tmp_path, *options) as (port, server),
        trusting(port, ca_pem, tmp_path) as authority,
        trio.open_nursery() as nursery,
    ):

        async def ask() -> None:
            with by(5):
                await refused(authority)

        nursery.start_soon(ask)
        await server.until(b"</soapenv:Envelope>")
        hellos = server.seen.count(b"ClientHello")
        await server.type(command)
        await server.until(b"no_renegotiation")
        assert server.seen.count(b"HelloRequest") == 1
        assert server.seen.count(b"ClientHello") == hellos == 1
        nursery.cancel_scope.cancel()
