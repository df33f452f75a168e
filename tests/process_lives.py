"""Lives of a register that end with kill -9: what is keyed in them, and when a receipt must be let come further.

A receipt that is unfinished at start after start without any progress is set aside as poison, and rightly so. A killer
that is not to cause that lets a life in which this is near (``is_near_poison``) finish what it has.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from states.fiscal.journal import (
    Attempted,
    Delivered,
    History,
    Intent,
    Opened,
    Outcome,
    Record,
    fold_histories,
    okp_of,
)
from tests.evidence import FOUND
from tests.shop import LIMIT_S, Shop, await_that, end, new_shop

REFUSED = "nikto@example.sk"
LATE = "pomaly@example.sk"
DOUBTFUL = "mlcky@example.sk"
MAIL_FAULTS = f"""
[[fault]]
phase = "rcpt"
code = 550
recipient = "{REFUSED}"

[[fault]]
phase = "dot"
action = "late"
seconds = 0.3
recipient = "{LATE}"

[[fault]]
phase = "dot"
action = "drop"
recipient = "{DOUBTFUL}"
"""
SLOW_PAPER = "[[cue]]\ndocument = 1\nfaults = {line_s = 0.005}\n"
"""A receipt takes a quarter of a second or more, so that a kill finds it in the middle."""


@dataclass(slots=True)
class Tally:
    """What was done and what was found."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def note(self, found: list[str], last: str) -> None:
        """Violations that an audit after this kill has found; one that was found before is not new."""
        self.violations += [f"{wrong} (after {last})" for wrong in found if wrong not in self._known]
        self._known.update(found)

    def add(self, other: Tally) -> None:
        """Both together."""
        self.counts += other.counts
        self.violations += other.violations


_OPENING = threading.Lock()
"""Free ports are found and taken by one shop at a time."""


@contextmanager
def open_for_kills(folder: Path, authority: str = "") -> Iterator[tuple[Shop, subprocess.Popen[bytes]]]:
    """A shop of an impatient register, whose other sides live through all kills; the authority's process with it."""
    with _OPENING:
        shop = new_shop(folder)
        process = shop.simulate("authority", authority)
        shop.simulate("mail", MAIL_FAULTS)
        shop.simulate("printer", SLOW_PAPER)
    try:
        shop.set("authority", "limit_s", "0.5")
        yield shop, process
    finally:
        shop.close()


@dataclass(frozen=True, slots=True)
class Silent:
    """The authority's process is stopped inside the block: it takes connections and says nothing."""

    process: subprocess.Popen[bytes]
    is_wanted: bool = True

    def __enter__(self) -> None:
        if self.is_wanted:
            self.process.send_signal(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGCONT)


def unfinished(records: Sequence[Record]) -> dict[str, History]:
    """The receipts that wait for their customer or for the authority."""
    found = fold_histories(records)
    return {okp: one for okp, one in found.items() if one.is_undelivered or one.is_unsent}


def has_ended(shop: Shop) -> bool:
    """All receipts are delivered and sent."""
    return not unfinished(shop.records())


def is_near_poison(records: Sequence[Record]) -> bool:
    """A receipt is unfinished that was so at the last start already, and has come no further since then."""
    starts = [place for place, record in enumerate(records) if isinstance(record, Opened)]
    if not starts:
        return False
    before, since = records[: starts[-1]], records[starts[-1] :]
    began = {record.receipt.okp for record in before if isinstance(record, Intent)}
    waiting = {okp: one for okp, one in unfinished(records).items() if okp in began}
    return any(is_stuck(one, since) for one in waiting.values())


def is_stuck(history: History, since: Sequence[Record]) -> bool:
    """Nothing came nearer to the customer who waits; or the last that was done was to send it to the authority."""
    own = [record for record in since if okp_of(record) == history.receipt.okp]
    if history.is_undelivered:
        return not any(isinstance(record, Outcome | Delivered) for record in own)
    return isinstance(since[-1], Attempted) and own[-1:] == [since[-1]]


@contextmanager
def kept_if_wrong(folder: Path, tally: Tally, name: str) -> Iterator[None]:
    """What a shop whose books disagree has left is put aside, for whoever looks into it."""
    yield
    if tally.violations:
        shutil.copytree(folder, FOUND / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("keys"))


def sold(shop: Shop) -> int:
    """How many receipts have reached their customers."""
    return sum(not one.is_undelivered for one in fold_histories(shop.records()).values())


def await_or_death(shop: Shop, process: subprocess.Popen[bytes], what: str, found: Callable[[], object]) -> bool:
    """Wait until it is found, or until the process has died; whether it was found. It is sought as the log grows."""
    seen = -1

    def is_over() -> bool:
        nonlocal seen
        before, seen = seen, len(shop.log())
        return process.poll() is not None or (seen != before and bool(found()))

    await_that(what, is_over)
    return process.poll() is None


def kill(process: subprocess.Popen[bytes]) -> None:
    """The power is cut, if it is not yet."""
    process.kill()
    code = process.wait(LIMIT_S)
    assert code == -signal.SIGKILL, f"the register ended by itself with {code}"


def recover(shop: Shop) -> None:
    """Let the register finish all that it has, unharmed."""
    process = shop.run()
    await_that("everything has ended", lambda: has_ended(shop))
    assert end(process) == 0, shop.said()


def forget_keys(shop: Shop) -> int:
    """Nobody hears what was typed into a register that is off: empty the FIFO, and say how many bytes were in it."""
    fifo = os.open(shop.folder / "keys", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return len(os.read(fifo, 1 << 20))
    except BlockingIOError:
        return 0
    finally:
        os.close(fifo)
