"""Fate: which faults are laid ready for each port, which of them struck, and whether there is power."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import trio

MEDIUM = frozenset({"disk-write-error", "disk-sync-error"})
"""Faults after which a register may stop itself."""


@dataclass
class Fate:
    """``head`` is the last durable record; ``struck`` counts faults by name, ``of_visit`` has this customer's."""

    head: Callable[[], int] = lambda: -1
    is_on: bool = False
    struck: Counter[str] = field(default_factory=Counter)
    of_visit: set[str] = field(default_factory=set)
    ready: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    spell: str = ""
    spell_count: int = 0
    medium_failed: bool = False

    async def live(self) -> None:
        """Return at once while there is power, and never without it: nothing leaves a register that is off."""
        if not self.is_on:
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()

    def lay(self, port: str, fault: str) -> None:
        """The next use of the port meets this fault."""
        self.ready[port].append(fault)

    def begin_spell(self, fault: str, count: int) -> None:
        """So many exchanges with the authority in a row meet it: an outage."""
        self.spell, self.spell_count = fault, count

    def draw(self, port: str) -> str:
        """The fault that strikes now, empty for none."""
        if self.ready[port]:
            fault = self.ready[port].popleft()
        elif port == "authority" and self.spell_count:
            self.spell_count -= 1
            fault = self.spell
        else:
            return ""
        self.strike(fault)
        return fault

    def strike(self, fault: str) -> None:
        """It struck."""
        self.struck[fault] += 1
        self.of_visit.add(fault)
        self.medium_failed |= fault in MEDIUM

    def relent(self, *, spell: bool = True) -> None:
        """What was laid ready and did not strike is put back; an outage may go on."""
        self.ready.clear()
        self.spell_count = 0 if spell else self.spell_count

    def take_visit(self) -> frozenset[str]:
        """The faults that struck since the last question."""
        faults, self.of_visit = frozenset(self.of_visit), set()
        return faults
