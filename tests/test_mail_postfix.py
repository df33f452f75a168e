"""The mail driver against a real Postfix: what it accepted lies in the mailbox, once, octet for octet."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import trio

from drivers.attachment_html import render_attachment
from drivers.mail_message import compose
from drivers.mail_smtp import open_mail
from states.fiscal.receipt import MailResult, Verdict
from tests.mail_certificates import Issuer
from tests.mail_receipts import ADDRESS, CREATED, OKP, RICH, UID, receipt
from tests.postfix_server import REFUSALS, Postfix, running_postfix

USERNAME = "pokladna@example.sk"
LATE = REFUSALS["dot"][-1]
PASSWORD = "heslo s medzerou č. 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register's folder."""
    folder = tmp_path_factory.mktemp("postfix")
    Issuer(folder).issue("server", ("127.0.0.1",))
    (folder / "smtp.password").write_text(PASSWORD, encoding="utf-8")
    (folder / "wrong.password").write_text("uhádnuté", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def postfix(folder: Path) -> Iterator[Postfix]:
    """One server for all tests of this file."""
    with running_postfix(folder / "server.pem", folder / "server.key", {USERNAME: PASSWORD}) as postfix:
        yield postfix


async def send(
    postfix: Postfix,
    folder: Path,
    security: str,
    auth: str,
    okp: str,
    address: str = ADDRESS,
    password: str = "smtp",
    limit_s: float = 10.0,
) -> MailResult:
    """One mail to the real server."""
    async with open_mail(
        host="127.0.0.1",
        port=postfix.tls if security == "tls" else postfix.starttls,
        security=security,
        auth=auth,
        username=USERNAME,
        password_file=f"{password}.password",
        sender="",
        ca_file="mail-ca.pem",
        limit_s=limit_s,
        name="MRP eKASA 8000",
        folder=folder,
    ) as mail:
        return await mail.send(receipt(RICH), UID, address, f"<{okp}@example.sk>")


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("auth", ["plain", "login", "auto"])
async def test_one_mail_arrives_as_it_was_sent(postfix: Postfix, folder: Path, security: str, auth: str) -> None:
    okp = f"{len(security):08X}-{len(auth):08X}-{ord(auth[0]):08X}{OKP[26:]}"
    result = await send(postfix, folder, security, auth, okp)
    assert (result.verdict, result.phase, result.code) == (Verdict.ACCEPTED, "dot", 250)
    assert "queued as" in result.text
    (arrived,) = await trio.to_thread.run_sync(postfix.delivered, okp)
    html = render_attachment(receipt(RICH), UID)
    sent = compose(
        name="MRP eKASA 8000",
        sender=USERNAME,
        recipient=ADDRESS,
        uid=UID,
        created=CREATED,
        message_id=f"<{okp}@example.sk>",
        html=html,
    )
    assert arrived.endswith(sent.replace(b"\r\n", b"\n"))
    (attachment,) = message_from_bytes(arrived, policy=policy.default).iter_attachments()
    assert attachment.get_payload(decode=True) == html


async def test_a_wrong_password_is_refused_and_nothing_arrives(postfix: Postfix, folder: Path) -> None:
    okp = OKP.replace("C44B3977", "00000535")
    result = await send(postfix, folder, "tls", "plain", okp, password="wrong")
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "auth", 535)
    assert await trio.to_thread.run_sync(postfix.delivered, okp, 0.2) == []


async def test_without_logging_in_the_recipient_is_refused(postfix: Postfix, folder: Path) -> None:
    result = await send(postfix, folder, "starttls", "none", OKP.replace("C44B3977", "00000554"))
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "rcpt", 554)
    assert ADDRESS not in result.text


async def test_an_unknown_certificate_ends_before_the_banner(postfix: Postfix, folder: Path) -> None:
    Issuer(folder, "stranger")
    (folder / "elsewhere").mkdir()
    for name in ("stranger.pem", "smtp.password"):
        (folder / "elsewhere" / name.replace("stranger", "mail-ca")).write_bytes((folder / name).read_bytes())
    result = await send(postfix, folder / "elsewhere", "tls", "auto", OKP.replace("C44B3977", "00000001"))
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "tls", 0)
    assert "certificate verify failed" in result.text


async def test_the_longest_address_goes_through(postfix: Postfix, folder: Path) -> None:
    okp = OKP.replace("C44B3977", "00000064")
    address = f"{'a' * 64}@example.sk"
    assert (await send(postfix, folder, "tls", "auto", okp, address)).verdict is Verdict.ACCEPTED
    (arrived,) = await trio.to_thread.run_sync(postfix.delivered, okp)
    assert message_from_bytes(arrived, policy=policy.default)["To"] == address


# --- What a real server refuses, phase by phase --------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("phase", "row"), [(phase, row) for phase, rows in REFUSALS.items() for row in rows if row != LATE]
)
async def test_a_refusal_keeps_its_phase_and_code(
    postfix: Postfix, folder: Path, security: str, phase: str, row: str
) -> None:
    """Greylisting, a full mailbox, a server that closes: NOT_SENT, so that paper follows, and nothing arrives."""
    address, code, _ = row.split(maxsplit=2)
    okp = f"{int(code):08X}-{len(security):08X}-{len(address):08X}{OKP[26:]}"
    result = await send(postfix, folder, security, "auto", okp, address)
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, phase, int(code))
    assert address not in result.text
    assert await trio.to_thread.run_sync(postfix.delivered, okp, 0.0) == []


async def test_what_is_in_doubt_may_arrive_all_the_same(postfix: Postfix, folder: Path) -> None:
    """The server says nothing until the time is up, and then delivers: paper and mail, and never two mails."""
    okp = OKP.replace("C44B3977", "00000250")
    result = await send(postfix, folder, "tls", "auto", okp, LATE.split()[0], limit_s=1.5)
    assert (result.verdict, result.phase, result.code) == (Verdict.IN_DOUBT, "dot", 0)
    assert len(await trio.to_thread.run_sync(postfix.delivered, okp, 10.0)) == 1
