"""The register's log: structlog as JSON lines, with masked addresses and without secrets.

One line a turn: what was heard, what changed, what is wanted, and the receipt it concerns. The file keeps at most
LOG_MAX_BYTES and one older file of the same size.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from states import effects as do, events as on
from states.fiscal.address import mask
from states.fiscal.receipt import Receipt
from states.register import TABLES, Register

LOG_MAX_BYTES = 8 * 1024 * 1024
LOG_FILE = "log.jsonl"
_ADDRESS = re.compile(r"[^\s<>\"',;:()]+@[^\s<>\"',;:()]+")
_TELLING = ("uid", "reason", "verdict", "phase", "code", "text", "sent", "kind", "number", "notice", "closing")


def mask_addresses(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No line carries a whole e-mail address, wherever it came from."""
    return {key: _masked(value) for key, value in line.items()}


def mask_text(text: str) -> str:
    """The text with each e-mail address in it masked."""
    return _ADDRESS.sub(lambda found: mask(found[0]), text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return value


class LogFile:
    """Lines in a file of its owner (0600), LOG_MAX_BYTES of them and as many older ones; it never stops a sale.

    A line that cannot be written (a full disk, a folder that is gone) is dropped and counted, and the next line that
    can be written says how many were.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dropped = 0

    def msg(self, text: str) -> None:
        """Append the text as a line."""
        lost = f'{{"event": "log lines lost", "count": {self._dropped}}}\n' if self._dropped else ""
        try:
            self._append(f"{lost}{text}\n".encode())
        except OSError:
            self._dropped += 1
        else:
            self._dropped = 0

    debug = info = warning = error = exception = msg

    def _append(self, line: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size > LOG_MAX_BYTES:
            self._path.replace(self._path.with_suffix(".1.jsonl"))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if os.write(descriptor, line) < len(line):
                os.ftruncate(descriptor, size)
                raise OSError("a part of a line")
        finally:
            os.close(descriptor)


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Write the log of this folder until the end of the block."""
    log_file = LogFile(folder / LOG_FILE)
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            mask_addresses,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=lambda *_names: log_file,
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.reset_defaults()


def log_turn(before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
    """One line for a turn that changed something; ticks that change nothing are left out."""
    changed = {
        name: [type(getattr(before, name)).__name__, type(getattr(after, name)).__name__]
        for name in TABLES
        if type(getattr(before, name)) is not type(getattr(after, name))
    }
    if isinstance(event, on.Ticked) and not changed:
        return
    structlog.get_logger().info(
        "turn",
        heard=type(event).__name__,
        **telling(event),
        **{f"{name}_went": states for name, states in changed.items()},
        wants=[type(effect).__name__ for effect in effects],
        receipt=receipt_key(after) or receipt_key(before),
        notice=after.notice,
    )


def telling(event: on.Event) -> dict[str, Any]:
    """The fields of an event that explain it; never what a person typed, never a message."""
    if isinstance(event, on.Key):
        return {}
    fields = [field.name for field in dataclasses.fields(event)]
    return {name: getattr(event, name) for name in fields if name in _TELLING and name != "notice"}


def receipt_key(register: Register) -> str:
    """``2026-11/57`` while a sealed receipt is on its way."""
    receipt = getattr(register.receipt, "receipt", None)
    return receipt.key if isinstance(receipt, Receipt) else ""
