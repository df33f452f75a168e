"""The mail server fails in every phase, in every way: what the driver says, and whether paper follows at the counter.

Reliability 2.2, F13; 3.3, 3.4; I15 to I18. ``test_mail_smtp`` has the matrix of the phases between greeting and final
dot; here are the rest of its rows and columns (no connection at all, within the content, a right reply that is late),
the whole register, and servers that are not ours: ``smtp-sink``, and Postfix in ``test_mail_postfix``.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from controller.verify import verify
from drivers.simulated.mail_faults import Action, Duty, Fault
from drivers.simulated.mail_visit import MailWorld
from states.fiscal.journal import Delivered, MailFailed, Outcome, Record
from states.fiscal.receipt import MailResult, Verdict, Way
from tests.contracts_mail import check_result
from tests.counter import Counter, open_counter
from tests.postfix_server import SBIN
from tests.test_mail_smtp import BOTH, PHASES, SHORT_S, Play, folder as folder, playing
from tests.test_security_slow import pass_on

CODES = (421, 450, 451, 452, 500, 535, 550, 552, 554)
WAYS = tuple(action for action in Action if action not in (Action.REFUSE, Action.WITHHOLD, Action.INJECT))


# --- No connection -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("reset", [False, True])
async def test_a_connection_that_ends_as_it_begins_has_sent_nothing(folder: Path, security: str, reset: bool) -> None:
    """Accepted, and closed or reset before a word: the first thing that was waited for is the phase."""

    async def hang_up(stream: trio.SocketStream) -> None:
        if reset:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await trio.aclose_forcefully(stream)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, hang_up, listeners)
        port = listeners[0].socket.getsockname()[1]
        result = await Play(folder, security, port, MailWorld()).send()
        nursery.cancel_scope.cancel()
    check_result(result)
    assert result.verdict is Verdict.NOT_SENT
    assert result.phase in ("connect", "tls" if security == "tls" else "banner")


@BOTH
async def test_a_connection_that_is_never_made_ends_with_the_deadline(folder: Path, security: str) -> None:
    """The queue of the listener is full, so that nobody answers; the till does not wait longer than it must."""
    with full_listener() as port:
        began = trio.current_time()
        result = await Play(folder, security, port, MailWorld()).send(limit_s=SHORT_S)
        assert trio.current_time() - began < SHORT_S + 5
    assert (result.verdict, result.phase) == (Verdict.NOT_SENT, "connect")
    assert result.text.startswith("no answer within ")


@contextmanager
def full_listener() -> Iterator[int]:
    """A port where the kernel lets further connections wait for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for each in waiting:
            each.close()


# --- Within the content, and late ------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("action", [action for action in WAYS if action not in (Action.DRIP, Action.LATE, Action.HANG)])
async def test_within_the_content_nothing_is_taken_for_accepted(folder: Path, security: str, action: Action) -> None:
    """The dot may be on its way when the server fails, so NOT_SENT or IN_DOUBT; paper follows both."""
    async with playing(folder, security, Fault(phase="content", action=action)) as play:
        result = await play.send()
        await play.last_end()
    check_result(result)
    assert result.verdict is not Verdict.ACCEPTED
    assert result.phase in ("content", "dot")
    if action in (Action.DROP, Action.RESET):
        assert not play.world.kept


@pytest.mark.parametrize("code", CODES)
async def test_a_refusal_within_the_content_keeps_its_code(folder: Path, code: int) -> None:
    """As some servers do when a mail grows too large."""
    async with playing(folder, "tls", Fault(phase="content", code=code)) as play:
        result = await play.send()
    assert (result.verdict, result.phase, result.code) == (Verdict.NOT_SENT, "dot", code)


@BOTH
async def test_silence_within_the_content_is_in_doubt(folder: Path, security: str) -> None:
    """All was written, and nothing was heard."""
    async with playing(folder, security, Fault(phase="content", action=Action.HANG)) as play:
        result = (await play.send_slowly("content"))[0]
    assert (result.verdict, result.phase) == (Verdict.IN_DOUBT, "dot")


@BOTH
@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase != "tls"])
async def test_a_right_reply_that_is_late_is_still_right(folder: Path, security: str, phase: Duty) -> None:
    """A tenth of a second later in each phase."""
    if security == "tls" and phase == "starttls":
        return
    async with playing(folder, security, Fault(phase=phase, action=Action.LATE, seconds=0.1)) as play:
        result = await play.send()
    assert (result.verdict, result.code, len(play.world.kept)) == (Verdict.ACCEPTED, 250, 1)


# --- The whole register ----------------------------------------------------------------------------------------

KEYS = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "EMAIL", "TEXT jana@example.sk", "ENTER", "CARD")
AT_THE_COUNTER: tuple[Duty, ...] = ("banner", "tls", "ehlo", "auth", "mail", "rcpt", "data", "content", "dot", "quit")
QUICK = (Action.DROP, Action.RESET, Action.GARBAGE, Action.LONG_LINE, Action.ENDLESS)
CELLS: tuple[Fault, ...] = tuple(
    fault
    for phase in AT_THE_COUNTER
    for fault in (
        *(Fault(phase=phase, code=code, text="4.3.0 simulated") for code in (421, 451, 550)),
        *(Fault(phase=phase, action=action) for action in QUICK),
    )
)
SLOW: tuple[Fault, ...] = (
    Fault(phase="rcpt", action=Action.HANG),
    Fault(phase="data", action=Action.DRIP, seconds=0.5),
    Fault(phase="dot", action=Action.HANG),
    Fault(phase="dot", action=Action.LATE, seconds=60),
)


async def test_paper_follows_every_mail_that_is_not_confirmed(tmp_path: Path) -> None:
    """W3' before it; what was confirmed is not printed, whatever the server did to QUIT."""
    folder = tmp_path / "counter"
    async with open_counter(folder, ports=("printer", "mail")) as counter:
        for fault in (None, *CELLS, None):
            await mail_once(counter, fault)
        counted = [len(counter.world.mail.visits), len(counter.records()) - 1]
    assert counted == [len(CELLS) + 2, len(CELLS) + 2]
    assert verify(folder).violations == ()


async def test_paper_follows_when_the_time_is_up(tmp_path: Path) -> None:
    """In doubt from the dot on, and only then."""
    folder = tmp_path / "counter"
    async with open_counter(folder, {"mail.limit_s": "2.0"}, ports=("printer", "mail")) as counter:
        for fault in SLOW:
            await mail_once(counter, fault)
    assert verify(folder).violations == ()


async def mail_once(counter: Counter, fault: Fault | None) -> None:
    """One sale to be mailed, and all that must be true of it afterwards."""
    world = counter.world.mail
    kept, visits = len(world.kept), len(world.visits)
    world.faults[:] = [fault] if fault else []
    sold = await counter.play(*KEYS)
    records = counter.records()[sold.okp]
    is_sent = fault is None or fault.phase == "quit"
    assert [type(record) for record in records][1:] == (
        [Outcome, Delivered] if is_sent else [Outcome, MailFailed, Delivered]
    )
    assert len(world.visits) == visits + 1, "never mailed again"
    if is_sent:
        assert (way_of(records), sold.papers, len(world.kept)) == (Way.EMAIL, (), kept + 1)
        return
    assert fault is not None
    (failed,) = [record for record in records if isinstance(record, MailFailed)]
    check_result(MailResult(failed.verdict, failed.phase, failed.code, failed.text))
    (paper,) = sold.papers
    assert sold.okp in paper
    assert way_of(records) is Way.PRINT
    assert failed.verdict in wanted(fault), (fault, failed)
    if failed.verdict is Verdict.NOT_SENT and fault.phase not in ("content", "dot"):
        assert len(world.kept) == kept


def wanted(fault: Fault) -> tuple[Verdict, ...]:
    """What may be said of a mail that met this fault before QUIT."""
    if fault.phase == "content" and fault.action is not Action.REFUSE:
        return Verdict.NOT_SENT, Verdict.IN_DOUBT
    is_doubtful = fault.phase == "dot" and fault.action is not Action.REFUSE
    return (Verdict.IN_DOUBT if is_doubtful else Verdict.NOT_SENT,)


def way_of(records: list[Record]) -> Way | None:
    """How it was delivered."""
    (delivered,) = [record for record in records if isinstance(record, Delivered)]
    return delivered.way


# --- A server that is not ours: smtp-sink ------------------------------------------------------------------------

# fmt: off
SINK: tuple[tuple[str, Verdict, str, int, int], ...] = (
    # options          verdict              phase     code  whole mails in its folder
    ("",               Verdict.ACCEPTED,    "dot",    250,  1),
    ("-f CONNECT",     Verdict.NOT_SENT,    "banner", 500,  0),
    ("-q CONNECT",     Verdict.NOT_SENT,    "banner", 0,    0),
    ("-f EHLO",        Verdict.NOT_SENT,    "ehlo",   500,  0),
    ("-q EHLO",        Verdict.NOT_SENT,    "ehlo",   0,    0),
    ("-r MAIL",        Verdict.NOT_SENT,    "mail",   450,  0),
    ("-Q MAIL",        Verdict.NOT_SENT,    "mail",   421,  0),
    ("-r RCPT",        Verdict.NOT_SENT,    "rcpt",   450,  0),
    ("-q RCPT",        Verdict.NOT_SENT,    "rcpt",   0,    0),
    ("-f DATA",        Verdict.NOT_SENT,    "data",   500,  0),
    ("-q DATA",        Verdict.NOT_SENT,    "data",   0,    0),
    ("-f .",           Verdict.NOT_SENT,    "dot",    500,  1),
    ("-r .",           Verdict.NOT_SENT,    "dot",    450,  1),
    ("-Q .",           Verdict.NOT_SENT,    "dot",    421,  1),
    ("-q .",           Verdict.IN_DOUBT,    "dot",    0,    1),
    ("-q QUIT",        Verdict.ACCEPTED,    "dot",    250,  1),
    ("-f QUIT",        Verdict.ACCEPTED,    "dot",    250,  1),
    ("-W RCPT:9",      Verdict.NOT_SENT,    "rcpt",   0,    0),
    ("-W .:9",         Verdict.IN_DOUBT,    "dot",    0,    1),
)
# fmt: on
"""It writes down whatever came with its dot, before it judges; what it then says nothing of is in doubt."""


@pytest.mark.parametrize(("options", "verdict", "phase", "code", "kept"), SINK, ids=[row[0] or "none" for row in SINK])
async def test_the_verdict_is_the_same_with_smtp_sink(
    folder: Path, open_to_all: Path, options: str, verdict: Verdict, phase: str, code: int, kept: int
) -> None:
    """Through a TLS front, for smtp-sink has none; what it took lies in its folder."""
    async with sink(open_to_all, options) as plain, fronted(folder, plain) as port:
        play = Play(folder, "tls", port, MailWorld())
        result = await play.send(auth="none", limit_s=2.0 if "-W" in options else 10.0)
    check_result(result)
    assert (result.verdict, result.phase, result.code) == (verdict, phase, code)
    assert whole_mails(open_to_all) == kept


def whole_mails(folder: Path) -> int:
    """How many mails with their end lie there."""
    return sum(path.read_bytes().rstrip().endswith(b"--") for path in folder.iterdir())


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that smtp-sink may write to as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="ekasa-sink-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@asynccontextmanager
async def sink(kept: Path, options: str) -> AsyncIterator[int]:
    """smtp-sink on a free port, its mails in this folder."""
    program = SBIN / "smtp-sink"
    if not program.exists():
        pytest.skip("smtp-sink is not installed: make test installs it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [str(program), *user, "-d", f"{kept}/mail.", *options.split(), f"127.0.0.1:{port}", "10"]
    async with trio.open_nursery() as nursery:
        run = partial(trio.run_process, command, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process = await nursery.start(run)
        with trio.fail_after(10):
            while not is_listening(port):
                assert process.poll() is None
                await trio.sleep(0.01)
        yield port
        process.kill()


def is_listening(port: int) -> bool:
    """Somebody is there; seen from outside, for a connection would be a visit."""
    table = Path("/proc/net/tcp").read_text()
    return f"0100007F:{port:04X} 00000000:0000 0A" in table


@asynccontextmanager
async def fronted(folder: Path, plain: int) -> AsyncIterator[int]:
    """TLS in front of a server that has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")

    async def visit(stream: trio.SSLStream[trio.SocketStream]) -> None:
        # What the server behind does is to be seen in its own phase, not in that of TLS.
        await stream.do_handshake()
        await pass_on(stream, plain)

    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_ssl_over_tcp, host="127.0.0.1")
        listeners = await nursery.start(serve, visit, 0, context)
        yield listeners[0].transport_listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()
