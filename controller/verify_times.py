"""The time of the journal: how long ago a record was written, as far as its own clocks tell.

Sources: reliability 2.1 (I20, I24). The wall clock may be set, in either direction; the monotonic clock never goes
back while one program has the journal open, and means nothing afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller.verify_frames import Broken, Found
from states.fiscal.journal import CatalogueSet, Opened, Record, TailDropped

HOUR_NS = 3600 * 10**9
DEADLINE_NS = 96 * HOUR_NS
"""So long after its first attempt a message must have been answered (FS 629663)."""

_FIRST_OF_A_PROGRAM = (Opened, TailDropped, CatalogueSet)
"""A program that opens the journal begins with one of these."""


class Times:
    """``now_ns`` since the first record: the monotonic clock's within a program, the wall clock's between them, as far
    as it is beyond all it ever showed: a start in 1970 is no wait of years."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._highest_wall_ns: int | None = None
        self._mono_ns = 0

    def judge(self, found: Found, record: Record) -> Iterator[Broken]:
        """What the clocks of this record break."""
        highest_ns = self._highest_wall_ns
        if highest_ns is not None and isinstance(record, _FIRST_OF_A_PROGRAM):
            self.now_ns += max(0, found.wall_ns - highest_ns)
        elif highest_ns is not None:
            if found.mono_ns < self._mono_ns:
                yield "I24", "the monotonic clock goes back while the register runs"
            self.now_ns += max(0, found.mono_ns - self._mono_ns)
        self._highest_wall_ns = found.wall_ns if highest_ns is None else max(highest_ns, found.wall_ns)
        self._mono_ns = found.mono_ns
