"""A campaign: lives of a simulated register, one seed each, judged by every invariant after each receipt.

``make campaign`` or ``python -m tests.campaign --receipts N | --minutes M [--seed S] [--workers 2]``: the life of seed
S is followed by that of S + 1, and so on. A life in which an invariant is broken is told with the command that repeats
it, and its seed is kept in ``tests/seeds/campaign.txt``, which every run of the tests lives again. ``--plant NAME``
breaks the register on purpose first (``sim_plants``) and tells which invariants notice.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from tests.evidence import commit, keep, result
from tests.sim_chance import stream
from tests.sim_faults import DRAWER_OF, Drawer
from tests.sim_life import Told, live
from tests.sim_plants import PLANTS, planted

SEEDS = Path(__file__).with_name("seeds") / "campaign.txt"
LENGTHS = 50, 150
SEED_BITS = 48
SAY_EVERY_S = 10.0
FAILURES_MAX = 5
CUTS = ("run dark",)


@dataclass
class Campaign:
    """What was found so far; ``failures`` are seeds with the invariants that were broken in their lives."""

    seed: int
    receipts: int = 0
    with_fault: int = 0
    lives: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, list[tuple[str, str]]]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def take(self, told: Told) -> None:
        """One more life."""
        self.lives += 1
        self.receipts += told.receipts
        self.with_fault += told.with_fault
        self.counts += told.counts
        self.ends[told.ended] += 1
        self.faults += told.faults
        if told.violations:
            self.failures.append((told.seed, told.violations))

    @property
    def seconds(self) -> float:
        """How long it takes already."""
        return time.monotonic() - self.began_s

    @property
    def violations(self) -> int:
        """How often an invariant was broken."""
        return sum(len(found) for _, found in self.failures)

    @property
    def by_drawer(self) -> Counter[Drawer]:
        """How many faults of each kind struck."""
        kinds: Counter[Drawer] = Counter()
        for name, times in self.faults.items():
            kinds[DRAWER_OF[name]] += times
        return kinds

    @property
    def line(self) -> str:
        """The report line."""
        all_faults = max(1, self.faults.total())
        shares = ", ".join(f"{kind} {100 * times / all_faults:.1f} %" for kind, times in self.by_drawer.most_common())
        return (
            f"receipts={self.receipts} faults={self.faults.total()} ({shares}) states={self.counts['run dark']} "
            f"violations={self.violations} commit={commit()} seed={self.seed}"
        )

    @property
    def progress(self) -> str:
        """How far it is, and how fast."""
        rate = self.receipts / max(0.001, self.seconds)
        return f"{self.receipts:,} receipts in {self.lives:,} lives, {rate:.0f}/s, {self.violations} violations"

    def as_json(self, command: str) -> dict[str, object]:
        """As it is kept in ``out/campaign``."""
        counts = {
            "receipts": self.receipts,
            "receipts with a fault": self.with_fault,
            "lives": self.lives,
            "faults": self.faults.total(),
            **dict(sorted(self.counts.items())),
            **{f"lives {name}": times for name, times in sorted(self.ends.items())},
        }
        return {
            **result("receipts", counts, self.violations, seed=self.seed, began_s=self.began_s, command=command),
            "drawers": {str(kind): times for kind, times in sorted(self.by_drawer.items())},
            "faults": dict(sorted(self.faults.items())),
        }


def length_of(seed: int) -> int:
    """How many receipts the life of a seed has."""
    return stream(seed, "length").randint(*LENGTHS)


def life_of(seed: int, plant: str = "") -> Told:
    """The life of a seed, on a register that was broken first if a plant is named."""
    with planted(plant):
        return live(seed, length_of(seed))


def run(receipts: int, minutes: float, seed: int, workers: int, plant: str = "") -> Iterator[Campaign]:
    """The campaign after each life; it ends with so many receipts or minutes, or with a few failures."""
    campaign = Campaign(seed)
    seeds = count(seed)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        under_way: set[Future[Told]] = set()
        while not is_over(campaign, receipts, minutes):
            while len(under_way) < workers + 1 and (workers > 1 or not under_way):
                under_way.add(pool.submit(life_of, next(seeds), plant))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for life in done:
                campaign.take(life.result())
            yield campaign
        for life in under_way:
            if not life.cancel():
                campaign.take(life.result())
    yield campaign


def is_over(campaign: Campaign, receipts: int, minutes: float) -> bool:
    """It came to its end, or to enough failures."""
    is_done = campaign.receipts >= receipts if not minutes else campaign.seconds >= 60 * minutes
    return is_done or len(campaign.failures) >= FAILURES_MAX


def seed_of_commit() -> int:
    """The first seed of the run that belongs to a commit: its hash, so that each commit has lives of its own."""
    return int.from_bytes(hashlib.sha256(commit().encode()).digest()[: SEED_BITS // 8], "big")


# --- Seeds that failed once ------------------------------------------------------------------------------------


def remember(seed: int, found: list[tuple[str, str]]) -> None:
    """Every run of the tests lives this seed from now on."""
    if seed not in kept_seeds():
        number, said = found[0]
        with SEEDS.open("a", encoding="utf-8") as file:
            file.write(f"{seed}  # {number} {said.splitlines()[0][:100]}\n")


def kept_seeds() -> tuple[int, ...]:
    """The seeds in whose lives an invariant was broken once."""
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return tuple(int(seed) for line in lines if (seed := line.partition("#")[0].strip()))


def failures_of(campaign: Campaign) -> list[str]:
    """What is wrong with each life that failed, with the command that repeats it."""
    told = []
    for seed, found in campaign.failures:
        lines = "\n".join(f"  {number}  {said}" for number, said in found[:6])
        told.append(f"{lines}\nrepeat it with: make campaign COUNT=1 SEED={seed}")
    return told


# --- The command -----------------------------------------------------------------------------------------------


def main() -> int:
    """Run it, and tell how it goes; 1 if an invariant is broken, or if a planted bug was not noticed."""
    asked = parse()
    seed = asked.seed if asked.seed is not None else secrets.randbits(SEED_BITS)
    print(f"seed {seed}", flush=True)
    campaign, said_s = Campaign(seed), time.monotonic()
    workers = 1 if asked.receipts == 1 and not asked.minutes else asked.workers
    for campaign in run(asked.receipts, asked.minutes, seed, workers, asked.plant):
        if time.monotonic() - said_s > SAY_EVERY_S:
            print(campaign.progress, flush=True)
            said_s = time.monotonic()
    print(campaign.progress)
    print(campaign.line)
    for failure in failures_of(campaign):
        print(f"\n{failure}", file=sys.stderr)
    if asked.plant:
        return tell_plant(asked.plant, campaign)
    for failed_seed, found in campaign.failures:
        remember(failed_seed, found)
    command = f"python -m tests.campaign --receipts {campaign.receipts} --seed {seed}"
    keep(f"receipts-{seed}", campaign.as_json(command))
    return 1 if campaign.failures else 0


def tell_plant(name: str, campaign: Campaign) -> int:
    """Which invariants noticed the bug; 0 if the one that it breaks did."""
    noticed = Counter(number for _, found in campaign.failures for number, _ in found)
    print(f"plant={name} ({PLANTS[name].says}) noticed by {dict(noticed) or 'nobody'}")
    return 0 if PLANTS[name].invariant in noticed else 1


def parse() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__)
    parser.add_argument("--receipts", type=int, default=10_000, help="so many receipts at least")
    parser.add_argument("--minutes", type=float, default=0.0, help="so many minutes, whatever the receipts")
    parser.add_argument("--seed", type=int, help="the first life's; without it any")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plant", choices=sorted(PLANTS), default="", help="a bug that is planted first")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
