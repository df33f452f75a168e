"""How far a long check has come: a line on stderr that is written over, once it has taken some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

RECORDS_AT_ONCE = 4096
"""So many records should pass between two calls."""

_SILENT_S = 3.0
_EVERY_S = 1.0


class Progress:
    """Tells of ``what``, if ``is_wanted``; None means if the stream is a terminal."""

    def __init__(
        self, what: str, out: TextIO, is_wanted: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._out = out
        self._is_wanted = out.isatty() if is_wanted is None else is_wanted
        self._clock = clock
        self._began_s = clock()
        self._next_s = self._began_s + _SILENT_S
        self._width = 0

    def tell(self, records: int, part: float) -> None:
        """So many records are done, and this part of the bytes (0 to 1)."""
        if not self._is_wanted or self._clock() < self._next_s:
            return
        self._next_s = self._clock() + _EVERY_S
        passed_s = int(self._clock() - self._began_s)
        line = f"{self._what}: {records:,} records, {int(100 * part)} %, {passed_s // 60}:{passed_s % 60:02d}"
        self._say(line)
        self._width = len(line)

    def close(self) -> None:
        """Leave no trace of it on the line."""
        if self._width:
            self._say("")
            self._out.write("\r")
            self._out.flush()

    def _say(self, line: str) -> None:
        self._out.write(f"\r{line:{self._width}}")
        self._out.flush()
