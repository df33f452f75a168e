"""How the register ends: at SIGTERM and SIGINT within two seconds, alone on its folder, and with a sane terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.verify import verify
from drivers.simulated.authority_faults import FaultKind
from states.fiscal.journal import Delivered, Intent
from tests.shop import EKASA, LIMIT_S, SALE, SEGMENT, Shop, await_that, end, mailed, open_shop

END_S = 2.0
SLOW = f'[[fault]]\nkind = "{FaultKind.DELAY}"\nseconds = 2.0\n'
SLOW_MAIL = '[[fault]]\nphase = "dot"\naction = "late"\nseconds = 4.0\nrecipient = "pomaly@example.sk"\n'
SIGNALS = pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose other sides run."""
    with open_shop(tmp_path_factory.mktemp("ends"), mail=SLOW_MAIL) as shop:
        end(shop.run())
        yield shop


def ends(process: subprocess.Popen[bytes], sent: signal.Signals) -> float:
    """How long the process took to end with exit code 0 after the signal."""
    began = time.monotonic()
    process.send_signal(sent)
    assert process.wait(LIMIT_S) == 0
    return time.monotonic() - began


@SIGNALS
def test_a_signal_ends_an_idle_register(shop: Shop, sent: signal.Signals) -> None:
    process = shop.run()
    assert ends(process, sent) < END_S
    assert shop.said() == ""


@SIGNALS
@pytest.mark.parametrize("library", ["_ssl", "_rust", "_core", "etree"])
def test_a_signal_ends_a_register_that_is_still_starting(shop: Shop, sent: signal.Signals, library: str) -> None:
    """Wherever the start has come to (as the libraries in memory tell), there is no traceback and nothing is lost."""
    journal = shop.folder / "journal" / SEGMENT
    before = journal.read_bytes().rstrip(b"\0")
    process = shop.start()
    memory = Path(f"/proc/{process.pid}/maps")
    await_that(f"{library} is in memory", lambda: f"/{library}." in memory.read_text() or process.poll() is not None)
    process.send_signal(sent)
    assert process.wait(LIMIT_S) in (0, -sent)
    assert shop.said() == ""
    assert journal.read_bytes().startswith(before)


@SIGNALS
@pytest.mark.parametrize(
    ("busy", "keys"), [("Registering", SALE), ("Emailing", mailed("pomaly@example.sk"))], ids=["message", "mail"]
)
def test_a_signal_ends_a_register_at_work_and_the_next_run_finishes(
    shop: Shop, sent: signal.Signals, busy: str, keys: tuple[str, ...]
) -> None:
    shop.simulate_again("authority", SLOW if busy == "Registering" else "")
    sold, delivered = len(shop.intents()), len(shop.records(Delivered))
    process = shop.run()
    shop.press(*keys)
    shop.await_state(busy)
    assert ends(process, sent) < END_S
    assert shop.said() == ""
    assert (len(shop.intents()), len(shop.records(Delivered))) == (sold + 1, delivered)
    process = shop.run()
    shop.await_record(Delivered, delivered + 1)
    assert end(process) == 0
    assert len(shop.intents()) == sold + 1
    assert verify(shop.folder).holds


@pytest.mark.parametrize(("language", "words"), [("sk", "používa iný program"), ("en", "used by another program")])
def test_a_second_register_on_the_same_folder_is_refused(shop: Shop, language: str, words: str) -> None:
    shop.set("", "language", f'"{language}"')
    first = shop.run()
    records, log = shop.stored(), (shop.folder / "log.jsonl").read_bytes()
    second = subprocess.run([EKASA, "run", str(shop.folder)], capture_output=True, timeout=LIMIT_S, check=False)
    said = second.stderr.decode()
    assert (second.returncode, second.stdout, said.count("\n")) == (2, b"", 1), said
    assert words in said
    assert "storage.path" in said
    assert shop.stored() == records
    assert (shop.folder / "log.jsonl").read_bytes().startswith(log)
    delivered = len(shop.records(Delivered))
    shop.press(*SALE)
    shop.await_record(Delivered, delivered + 1)
    assert ends(first, signal.SIGTERM) < END_S


def test_a_keypad_that_ends_leaves_the_register_running(shop: Shop) -> None:
    """Standard input may be a script: its last sale is finished, and the register waits for a signal."""
    shop.set("keypad", "port", '"-"')
    sold = len(shop.intents())
    process = shop.run(stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write("".join(f"{key}\n" for key in (*SALE, *SALE)).encode())
    process.stdin.close()
    shop.await_record(Delivered, sold + 2)
    await_that("the end of the keys is logged", lambda: shop.log()[-1]["event"] == "keypad ended" or ended(shop))
    assert process.poll() is None
    assert len(shop.records(Intent)) == sold + 2
    assert ends(process, signal.SIGTERM) < END_S
    shop.set("keypad", "port", '"keys"')


def ended(shop: Shop) -> bool:
    """The log tells that the keypad has ended."""
    return any(line["event"] == "keypad ended" for line in shop.log())


# --- The terminal ----------------------------------------------------------------------------------------------


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal, the person's and the program's."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def read(ours: int, sought: bytes) -> bytes:
    """What the program has written, up to what is sought."""
    seen = b""

    def more() -> bool:
        nonlocal seen
        if select.select([ours], [], [], 0)[0]:
            seen += os.read(ours, 65536)
        return sought in seen

    await_that(f"{sought!r} on the screen", more)
    return seen


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, b"\x03"], ids=["SIGTERM", "SIGINT", "ctrl-c"])
def test_the_terminal_is_left_as_it_was(shop: Shop, terminal: tuple[int, int], sent: signal.Signals | bytes) -> None:
    """Raw mode, the alternate screen and the hidden cursor are undone, however the person leaves."""
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    shop.set("keypad", "driver", '"terminal"')
    shop.set("keypad", "port", '""')
    shop.set("display", "driver", '"terminal"')
    sold = len(shop.intents())
    process = shop.run("setsid", "--ctty", stdin=theirs, stdout=theirs)
    assert termios.tcgetattr(theirs) != before
    screen = read(ours, b"POKLADNICA" if shop_is_slovak(shop) else b"REGISTER")
    assert len(shop.intents()) == sold
    if isinstance(sent, bytes):
        os.write(ours, sent)
    else:
        process.send_signal(sent)
    assert process.wait(END_S) == 0
    assert termios.tcgetattr(theirs) == before
    while select.select([ours], [], [], 0)[0]:
        screen += os.read(ours, 65536)
    assert screen.count(b"\x1b[?1049h") == screen.count(b"\x1b[?1049l")
    assert screen.rfind(b"\x1b[?25h") >= screen.rfind(b"\x1b[?25l")


def shop_is_slovak(shop: Shop) -> bool:
    """The language of the settings."""
    return 'language = "sk"' in shop.settings.read_text(encoding="utf-8")
