"""kill -9 as a campaign: ``python -m tests.process_kills --random 500 --seed 7``, or ``--all`` for every system call.

Two shops are killed at once, each with its own authority, mail server and printer. What was found is said, and kept in
``out/campaign``; the exit code is 1 if any book disagrees with another.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.evidence import keep, result
from tests.process_lives import Tally
from tests.process_random import run_random
from tests.process_syscalls import CHAINS, every, run_chain, sampled

WORKERS = 2
POINTS = 204
PARTS = 2
"""So many shops have a chain of routes."""

SHOP_KILLS_MAX = 50


Task = Callable[[], Tally]


def together(tasks: Sequence[Task]) -> Tally:
    """All tasks, so many at once as there are workers; their tallies as one."""
    total = Tally()
    with ThreadPoolExecutor(WORKERS) as pool:
        for tally in pool.map(lambda task: task(), tasks):
            total.add(tally)
            for wrong in tally.violations:
                print(wrong, file=sys.stderr)
            print(f"{total.counts['kills']} kills, {len(total.violations)} violations", file=sys.stderr, flush=True)
    return total


def at_random(kills: int, seed: int) -> list[Task]:
    """So many kills at random moments, an equal part of them in each shop."""
    shops = max(WORKERS, -(-kills // SHOP_KILLS_MAX))
    return [partial(run_random, (kills + place) // shops, seed + place) for place in range(shops)]


def at_calls(points: int, seed: int) -> list[Task]:
    """Kills at so many system calls, an equal part of them on each route."""
    each = -(-points // (PARTS * len(CHAINS)))
    return [partial(run_chain, chain, each, sampled(seed + part)) for part in range(PARTS) for chain in CHAINS]


def at_every_call() -> list[Task]:
    """A kill at every system call of every route."""
    return [partial(run_chain, chain, 0, every(part, PARTS)) for part in range(PARTS) for chain in CHAINS]


def main() -> int:
    """Run what is asked; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.process_kills", description=__doc__)
    parser.add_argument("--random", type=int, metavar="KILLS", help="so many kills at random moments")
    parser.add_argument("--points", type=int, default=POINTS, help="so many system calls, chosen by the seed")
    parser.add_argument("--all", action="store_true", help="every system call of every route")
    parser.add_argument("--seed", type=int, help="without it any")
    asked = parser.parse_args()
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    began_s = time.monotonic()
    if asked.random:
        name, what, how = "kills", "kill -9 at random moments", f"--random {asked.random} --seed {seed}"
        tasks = at_random(asked.random, seed)
    elif asked.all:
        name, what, how = "syscalls", "kill -9 at every system call", "--all"
        tasks = at_every_call()
    else:
        name, what, how = "syscalls", "kill -9 at system calls", f"--points {asked.points} --seed {seed}"
        tasks = at_calls(asked.points, seed)
    tally = together(tasks)
    command = f"python -m tests.process_kills {how}"
    told = result(what, tally.counts, len(tally.violations), seed=seed, began_s=began_s, command=command)
    keep(name, told)
    print(json.dumps(told, ensure_ascii=False, indent=2))
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
