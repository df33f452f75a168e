"""A shop in a folder: the register as a real process, and the other sides of its ports as processes of their own.

Keys go into a FIFO; what happened is read where an outsider reads it: journal, log, papers, mails and messages.
Nothing here sleeps for a guessed time: everything is waited for, with a limit.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import msgspec

from controller.training import free_ports, init_training
from drivers.journal_frames import GENESIS, SEGMENT_KIND, walk
from states.fiscal.journal import Intent, Record, Stored, decode_record, okp_of

EKASA = str(Path(sys.executable).with_name("ekasa"))
SEGMENT = "segment-000001.ekj"
LIMIT_S = 30.0
STEP_BYTES = 128 * 1024
SALE = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "CASH")
KEPT = {"authority": "authority", "mail": "mail", "printer": "paper"}
PORTS = tuple(KEPT)
"""The simulators, and the folder where each keeps what it received."""

_Found = TypeVar("_Found")
_LISTENS = re.compile(r"^\s*\d+: 0100007F:([0-9A-F]{4}) 00000000:0000 0A ", re.MULTILINE)


def mailed(address: str = "jana@example.sk") -> tuple[str, ...]:
    """The keys of a sale of 12.50 to be e-mailed."""
    return (*SALE[:-1], "EMAIL", f"TEXT {address}", "ENTER", "CARD")


@dataclass(frozen=True, slots=True)
class Message:
    """A request as the authority received it."""

    number: int
    text: str

    def attribute(self, name: str) -> str:
        """The first attribute of this name."""
        found = re.search(rf'\b{name}="([^"]*)"', self.text)
        assert found, f"request {self.number} has no {name}"
        return found[1]

    def element(self, name: str) -> str:
        """The text of the first element of this name."""
        found = re.search(rf"<(?:\w+:)?{name}[ >][^<]*?>?([^<>]*)</", self.text)
        assert found, f"request {self.number} has no {name}"
        return found[1]


def await_that(what: str, found: Callable[[], _Found], limit_s: float = LIMIT_S) -> _Found:
    """What ``found`` finds, as soon as it is true."""
    end = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end, f"after {limit_s:g} s still not: {what}"
        time.sleep(0.01)
    return value


def end(process: subprocess.Popen[bytes], limit_s: float = LIMIT_S) -> int:
    """Ask a process to end as a service manager does; its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def run_ekasa(*arguments: object, limit_s: float = LIMIT_S, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of ``ekasa`` to its end."""
    words = [EKASA, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=limit_s, check=False, **options)


class Shop:
    """A working folder and the processes around it; ``close`` ends what is still running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "register.toml"
        self._stack = ExitStack()
        os.mkfifo(folder / "keys", 0o600)
        self._keys = os.open(folder / "keys", os.O_RDWR | os.O_NONBLOCK)
        self._stack.callback(os.close, self._keys)
        self._runs = 0
        self._logged = 0
        self._log: list[dict[str, Any]] = []
        self._simulators: dict[str, subprocess.Popen[bytes]] = {}

    def close(self) -> None:
        """End everything that was started here."""
        self._stack.close()

    # --- Settings ------------------------------------------------------------------------------------------

    def set(self, section: str, key: str, value: str) -> None:
        """Replace the value of a key; an empty section is the top of the file."""
        head, mark, tail = ("", "", self.settings.read_text()) if not section else self._cut(section)
        changed, count = re.subn(rf"(?m)^{key} = .*$", lambda _: f"{key} = {value}", tail, count=1)
        assert count, f"no {section}.{key}"
        self.settings.write_text(head + mark + changed, encoding="utf-8")

    def _cut(self, section: str) -> tuple[str, str, str]:
        head, mark, tail = self.settings.read_text(encoding="utf-8").partition(f"[{section}]")
        assert mark, f"no [{section}]"
        return head, mark, tail

    # --- Processes -----------------------------------------------------------------------------------------

    def spawn(self, words: list[str], name: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a process that is ended with the shop; what it says is in ``NAME.err`` of the folder."""
        with open(self.folder / f"{name}.err", "wb") as errors:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": errors, "stderr": errors} | options
            process: subprocess.Popen[bytes] = subprocess.Popen(words, **streams)
        self._stack.callback(end, process)
        return process

    def simulate(self, port: str, faults: str = "") -> subprocess.Popen[bytes]:
        """Be the other side of a port in a process of its own, with this script of faults; it listens."""
        words = [EKASA, "simulate", port, str(self.folder)]
        if faults:
            script = self.folder / f"{port}-faults.toml"
            script.write_text(faults, encoding="utf-8")
            words += ["--faults", str(script)]
        process = self._simulators[port] = self.spawn(words, f"simulate-{port}")
        await_that(f"the {port} listens", lambda: self._listens(port) or process.poll() is not None)
        assert process.poll() is None, self.said(f"simulate-{port}")
        return process

    def simulate_again(self, port: str, faults: str = "") -> subprocess.Popen[bytes]:
        """Another one in the place of a simulator; what the first one kept is put aside."""
        end(self._simulators.pop(port))
        kept = self.folder / KEPT[port]
        if port != "printer":
            kept.rename(self.folder / f"{KEPT[port]}-{time.monotonic_ns()}")
        return self.simulate(port, faults)

    def _listens(self, port: str) -> bool:
        table = Path("/proc/net/tcp").read_text()
        return self.port(port) in {int(found, 16) for found in _LISTENS.findall(table)}

    def port(self, port: str) -> int:
        """The TCP port of a simulator."""
        pattern = {"authority": r"https://127.0.0.1:(\d+)/", "mail": r"(?m)^port = (\d+)$"}.get(port, r"tcp://.*:(\d+)")
        found = re.search(pattern, self.settings.read_text(encoding="utf-8"))
        assert found
        return int(found[1])

    def run(self, *prefix: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start the register, and return when it hears keys (or has ended, which it must not)."""
        began = self.starts()
        process = self.start(*prefix, **options)
        await_that("the register has started", lambda: self.starts() > began or process.poll() is not None)
        assert process.poll() is None, self.said(f"run-{self._runs}")
        return process

    def start(self, *prefix: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start the register, perhaps under another program."""
        self._runs += 1
        return self.spawn([*prefix, EKASA, "run", str(self.folder)], f"run-{self._runs}", **options)

    def said(self, name: str = "") -> str:
        """What a process has said; the last run of the register without a name."""
        return (self.folder / f"{name or f'run-{self._runs}'}.err").read_text(encoding="utf-8", errors="replace")

    def press(self, *keys: str) -> None:
        """Press keys; what does not fit into the FIFO waits until there is room."""
        self.press_bytes("".join(f"{key}\n" for key in keys).encode())

    def press_bytes(self, rest: bytes) -> None:
        """The same for lines that need not be keys at all."""
        while rest:
            rest = rest[await_that("there is room for keys", partial(self._write, rest)) :]

    def _write(self, keys: bytes) -> int:
        try:
            return os.write(self._keys, keys[:4096])
        except BlockingIOError:
            return 0

    # --- What an outsider sees -----------------------------------------------------------------------------

    def log(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        path = self.folder / "log.jsonl"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._logged)
                new = file.read().rpartition(b"\n")
            self._logged += len(new[0] + new[1])
            self._log += [json.loads(line) for line in new[0].splitlines()]
        return self._log

    def starts(self) -> int:
        """How often the register has started."""
        return sum(line["event"] == "started" for line in self.log())

    def stored(self) -> list[Stored]:
        """The journal's records, read without touching the journal."""
        path = self.folder / "journal" / SEGMENT
        if not path.exists():
            return []
        with path.open("rb") as file:
            content = file.read(STEP_BYTES)
            while content[-STEP_BYTES // 2 :].strip(b"\0") and (more := file.read(STEP_BYTES)):
                content += more
        frames = [frame for frame in walk(content, 0, GENESIS) if frame.kind != SEGMENT_KIND]
        return [Stored(one.seq, one.wall_ns, one.chain, decode_record(one.kind, one.payload)) for one in frames]

    def records(self, kind: type[_Found] | None = None) -> list[Any]:
        """The records, perhaps of one kind."""
        return [one.record for one in self.stored() if kind is None or isinstance(one.record, kind)]

    def intents(self) -> list[Intent]:
        """The receipts that were numbered."""
        return self.records(Intent)

    def of(self, okp: str) -> list[Record]:
        """The records of one receipt."""
        return [record for record in self.records() if okp_of(record) == okp]

    def await_record(self, kind: type[_Found], count: int = 1, limit_s: float = LIMIT_S) -> Any:
        """The newest record of a kind, once there are so many."""
        await_that(f"{count} x {kind.__name__}", lambda: len(self.records(kind)) >= count, limit_s)
        return self.records(kind)[-1]

    def await_state(self, state: str, limit_s: float = LIMIT_S) -> None:
        """Wait until the last turn of the receipt led to this state."""
        await_that(state, lambda: self.state() == state, limit_s)

    def state(self) -> str:
        """The state that the receipt went to last, as the log tells."""
        went = [line["receipt_went"][1] for line in self.log() if "receipt_went" in line]
        return str(went[-1]) if went else ""

    def papers(self) -> list[str]:
        """The text of each paper, in order."""
        return [path.read_text(encoding="utf-8") for path in sorted((self.folder / "paper").glob("*.txt"))]

    def mails(self) -> list[bytes]:
        """Each mail that the server took."""
        return [path.read_bytes() for path in sorted((self.folder / "mail").glob("*.eml"))]

    def messages(self, okp: str = "") -> list[Message]:
        """Each request that the authority received, perhaps only of one receipt."""
        paths = sorted((self.folder / "authority").glob("*-request.xml"))
        found = [Message(int(path.name[:4]), path.read_text(encoding="utf-8")) for path in paths]
        return [message for message in found if okp in message.text]


# --- Opening shops -------------------------------------------------------------------------------------------


@cache
def template() -> Path:
    """A training folder that is copied, because making keys takes a second."""
    folder = Path(mkdtemp(prefix="ekasa-shop-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    init_training(folder / "shop")
    return folder / "shop"


def new_shop(folder: Path) -> Shop:
    """A shop of its own: keys from a FIFO, no display, ports that nobody else has, an outbox in a hurry."""
    shutil.copytree(template(), folder, dirs_exist_ok=True)
    shop = Shop(folder)
    text = shop.settings.read_text(encoding="utf-8")
    for port, number in zip(PORTS, free_ports(3), strict=True):
        text = text.replace(str(shop.port(port)), str(number))
    shop.settings.write_text(text, encoding="utf-8")
    shop.set("keypad", "driver", '"text"')
    shop.set("keypad", "port", '"keys"')
    shop.set("display", "driver", '"none"')
    shop.set("authority", "resend_s", "0.2")
    return shop


@contextmanager
def open_shop(folder: Path, **faults: str) -> Iterator[Shop]:
    """A shop whose other sides run, each with its script of faults; the register is not running yet."""
    shop = new_shop(folder)
    try:
        for port in PORTS:
            shop.simulate(port, faults.get(port, ""))
        yield shop
    finally:
        shop.close()


def json_of(text: str) -> Any:
    """What a command printed as JSON."""
    return msgspec.json.decode(text)


__all__ = [
    "EKASA",
    "LIMIT_S",
    "SALE",
    "SEGMENT",
    "Message",
    "Shop",
    "await_that",
    "end",
    "json_of",
    "mailed",
    "new_shop",
    "open_shop",
    "run_ekasa",
]
