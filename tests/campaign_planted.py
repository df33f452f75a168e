"""Every planted bug in lives of its own, until its invariant notices it: who noticed, and how soon.

``python -m tests.campaign_planted [--lives 12] [--workers 2] [NAME ...]`` plants the bugs of ``sim_plants`` and those
of the disk (``test_crash_states``), and keeps ``out/campaign/planted.json`` for the report. When a life has ended, the
unbroken ``ekasa verify`` reads the journal that it left as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from controller.verify import verify
from tests import crash_states, test_crash_states
from tests.campaign import length_of
from tests.evidence import keep
from tests.sim_judge import write_kept
from tests.sim_life import live
from tests.sim_planting import replaced
from tests.sim_plants import PLANTS, planted
from tests.sim_world import World

LIVES_MAX = 12
WORKERS = 2
BYTE_STEP = 50
"""In the campaign of the disk writes are torn at every so-manieth byte here."""

CHECKERS = {"verify": "verify", "replay": "replay", "the first start": "recovery twice"}
"""Who said a sentence, by how it begins; all others are the simulator's own."""

OF_THE_DISK = {
    "unsynced_record": "I1",
    "synced_one_record_late": "I1",
    "unsynced_names": "I1",
    "unsynced_drop": "I28",
    "kept_tail": "I28",
    "silent_drop": "I2",
    "acknowledged_before_written": "I1",
    "truncated_at_corruption": "I2",
    "half_dropped": "I28",
    "believed_from_memory": "I1",
    "unchained": "I3",
    "written_twice": "I1",
    "written_in_two": "I2",
}
"""What the bugs of the campaign of power cuts break."""

SIMULATOR = "simulator"
AUDITOR = "verify afterwards"

Noticed = dict[str, dict[str, str]]
"""By who noticed and invariant, what was said first."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a bug was found: in which life, after how many receipts of all its lives, and by whom."""

    name: str
    life: int
    receipts: int
    noticed: Noticed

    @property
    def invariants(self) -> set[str]:
        """All that were broken."""
        return {number for said in self.noticed.values() for number in said}

    @property
    def is_caught(self) -> bool:
        """The invariant that it breaks was noticed."""
        return PLANTS[self.name].invariant in self.invariants

    @property
    def caught_by(self) -> str:
        """For the report: ``simulator I4, I9; verify afterwards I9``, the expected one first; empty if nobody did."""
        if not self.is_caught:
            return ""
        first = PLANTS[self.name].invariant
        order = {who: sorted(said, key=lambda one: (one != first, int(one[1:]))) for who, said in self.noticed.items()}
        return "; ".join(f"{who} {', '.join(said)}" for who, said in order.items() if said)


def find(name: str, lives_max: int = LIVES_MAX) -> Found:
    """Live with the bug until its invariant notices, at most so many lives."""
    receipts, found = 0, Found(name, 0, 0, {})
    for seed in range(1, lives_max + 1):
        worlds: list[World] = []
        with planted(name):
            told = live(seed, length_of(seed), worlds.append)
        receipts += told.receipts
        noticed: Noticed = {}
        for number, said in (
            *told.violations,
            *((number, f"{AUDITOR}: {said}") for number, said in audited(worlds[0])),
        ):
            noticed.setdefault(who(said), {}).setdefault(number, said)
        found = Found(name, seed, receipts, noticed)
        if found.is_caught:
            break
    return found


def who(said: str) -> str:
    """Who noticed."""
    if said.startswith(AUDITOR):
        return AUDITOR
    return next((checker for beginning, checker in CHECKERS.items() if said.startswith(beginning)), SIMULATOR)


def audited(world: World) -> Iterator[tuple[str, str]]:
    """What an unbroken program says of the journal that a life left."""
    with TemporaryDirectory() as folder, suppress(ValueError):
        write_kept(world, Path(folder) / "journal")
        report = verify(Path(folder) / "journal")
        yield from ((one.invariant, one.sentence) for one in report.violations)


def find_all(names: list[str], lives_max: int = LIVES_MAX, workers: int = WORKERS) -> Iterator[Found]:
    """Each of these, in the order given."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(find, names, [lives_max] * len(names))


def of_the_disk() -> Iterator[dict[str, str]]:
    """The bugs of the journal's own campaign of power cuts, found by its own truth."""
    for plant in test_crash_states.PLANTED:
        with replaced((plant(),)):
            paths = (crash_states.play(seed, byte_step=BYTE_STEP).violations for seed in test_crash_states.SEEDS)
            is_caught = any(paths)
        bug = f"journal: {plant.__name__.replace('_', ' ')}"
        caught_by = "states of the disk" if is_caught else ""
        yield {"bug": bug, "invariant": OF_THE_DISK[plant.__name__], "caught_by": caught_by}


def main() -> int:
    """Plant them all, tell of each, and keep the result; 1 if one was not noticed."""
    asked = parse()
    rows = []
    for found in find_all(asked.names or list(PLANTS), asked.lives, asked.workers):
        plant = PLANTS[found.name]
        soon = f"life {found.life}, {found.receipts} receipts"
        print(f"{found.name:27} {plant.invariant:4} {soon}: {found.caught_by or 'NOBODY'}", flush=True)
        rows.append({"bug": plant.says, "invariant": plant.invariant, "caught_by": found.caught_by})
    if not asked.names:
        rows += of_the_disk()
        keep("planted", rows)
    missed = [row["bug"] for row in rows if not row["caught_by"]]
    print(f"{len(rows)} planted, {len(missed)} not noticed {missed or ''}")
    return 1 if missed else 0


def parse() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign_planted", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*PLANTS, []], help="these only, and nothing is kept")
    parser.add_argument("--lives", type=int, default=LIVES_MAX, help="at most so many lives each")
    parser.add_argument("--workers", type=int, default=WORKERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
