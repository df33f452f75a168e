"""A campaign of baskets: so many receipts, sealed by the register and judged, on all cores.

``python -m tests.campaign_baskets --count 1000000 [--seed N]``: the visit of seed N is followed by that of N + 1, and
so on, until so many receipts are sealed. A visit in which something does not agree is told with the command that
repeats it, and its seed is kept in ``tests/seeds/baskets.txt``, which every run of the tests plays again.
"""

from __future__ import annotations

import argparse
import os
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
from random import Random

from tests.baskets import SHARES, Wrong, count_traits, missing, visit

SEEDS = Path(__file__).with_name("seeds") / "baskets.txt"
CHUNK_VISITS = 50
SEED_BITS = 48
FEW = 5_000
"""Of fewer receipts the shares say nothing."""

SAY_EVERY_S = 10.0


@dataclass
class Campaign:
    """What was found so far; ``failures`` are seeds with what was wrong."""

    wanted: int
    first_seed: int
    found: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    @property
    def sealed(self) -> int:
        """How many receipts were sealed and agree."""
        return self.found["sealed"]

    @property
    def progress(self) -> str:
        """How far it is, and how fast."""
        rate = self.sealed / max(0.001, time.monotonic() - self.began_s)
        left_min = (self.wanted - self.sealed) / max(0.001, rate) / 60
        return f"{self.sealed:,} of {self.wanted:,} sealed, {rate:.0f}/s, {max(0.0, left_min):.1f} min left"

    @property
    def faults(self) -> list[str]:
        """Everything that makes it a failure, the commands that repeat it included."""
        told = [f"{wrong}\nrepeat it with: make baskets COUNT=1 SEED={seed}" for seed, wrong in self.failures]
        few = missing(self.found) if self.sealed >= max(FEW, self.wanted) else []
        return [*told, *(f"in less than 1 % of the receipts: {name}" for name in few)]


def play_chunk(first_seed: int, visits: int) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Some visits one after the other: what was sealed, and what went wrong."""
    found: Counter[str] = Counter()
    failures = []
    for seed in range(first_seed, first_seed + visits):
        try:
            found += count_traits(visit(Random(seed)))
        except Wrong as wrong:
            failures.append((seed, str(wrong)))
    return found, failures


def run(wanted: int, first_seed: int, workers: int) -> Iterator[Campaign]:
    """The campaign after each chunk; it ends with so many receipts, or with the first failure."""
    campaign = Campaign(wanted, first_seed)
    visits = min(CHUNK_VISITS, wanted)
    seeds = count(first_seed, visits)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        under_way: set[Future[tuple[Counter[str], list[tuple[int, str]]]]] = set()
        while campaign.sealed < wanted and not campaign.failures:
            while len(under_way) <= workers:
                under_way.add(pool.submit(play_chunk, next(seeds), visits))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for chunk in done:
                found, failures = chunk.result()
                campaign.found += found
                campaign.failures += failures
            yield campaign
        pool.shutdown(cancel_futures=True)


def keep(seed: int, wrong: str) -> None:
    """Every run of the tests plays this seed from now on."""
    if seed not in kept_seeds():
        with SEEDS.open("a", encoding="utf-8") as file:
            file.write(f"{seed}  # {wrong.splitlines()[0]}\n")


def kept_seeds() -> tuple[int, ...]:
    """The seeds in which something did not agree once."""
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return tuple(int(seed) for line in lines if (seed := line.partition("#")[0].strip()))


def main() -> int:
    """Run it, and tell how it goes; 1 if anything does not agree."""
    parser = argparse.ArgumentParser(prog="make baskets", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many receipts are sealed")
    parser.add_argument("--seed", type=int, help="the first visit's; without it any")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    first_seed = secrets.randbits(SEED_BITS) if asked.seed is None else asked.seed
    print(f"seed {first_seed}", flush=True)
    campaign, said_s = Campaign(asked.count, first_seed), 0.0
    for campaign in run(asked.count, first_seed, 1 if asked.count == 1 else asked.workers):
        if time.monotonic() - said_s > SAY_EVERY_S:
            print(campaign.progress, flush=True)
            said_s = time.monotonic()
    for seed, wrong in campaign.failures:
        keep(seed, wrong)
    shares = (f"{name} {100 * campaign.found[name] / max(1, campaign.sealed):.1f} %" for name in SHARES)
    print(campaign.progress if campaign.failures else f"{campaign.progress}\n{', '.join(shares)}")
    for fault in campaign.faults:
        print(f"\n{fault}", file=sys.stderr)
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    sys.exit(main())
