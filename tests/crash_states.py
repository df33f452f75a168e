"""A campaign of power cuts: so many different disks that may be found after one, recovered and judged, on all cores.

``python -m tests.crash_states --count 1000000 [--seed N]``: the path of seed N is followed by that of N + 1, and so on.
The power is cut after each step of the journal's own code; each disk that may be found then (``crash_disk``) is
recovered by that code, and what recovery makes of it must be, byte for byte, what ``crash_truth`` foretells. A second
cut follows at once, and for a sample of disks at each step within recovery. A bit that is turned over in what was
durable must be refused. A violation is told with the seed that repeats it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_frames import JournalCorrupt, segment_name
from drivers.journal_log import JournalFailed, Log
from drivers.ports import PortError
from states.fiscal.journal import decode_record
from tests.crash_disk import CrashDisk, PowerCutError
from tests.crash_truth import (
    BEGIN,
    DROPPED_KIND,
    Images,
    Spot,
    Truth,
    Violated,
    frames_from,
    images_of,
    is_blank,
    path_of,
)
from tests.evidence import keep, result

SEED_BITS = 48
SAY_EVERY_S = 10.0
NESTED_PER_PATH = 70
"""Of so many disks recovery is cut once more, at each of its steps."""

NESTED_BYTE_STEP = 17
FLIPS_PER_CUT = 8
FOLDERS_PER_PATH = 2
"""So many disks are also written into a real folder and opened there with an index."""


@dataclass
class Counts:
    """Disks that differ from all others of their path: found after one cut, after a second one, with a bit turned over.

    ``recoveries`` is how often a journal was recovered in all, ``folders`` how many were opened in a real folder. A
    blank disk, which every path begins with, is judged and not counted.
    """

    states: int = 0
    nested: int = 0
    flipped: int = 0
    recoveries: int = 0
    folders: int = 0
    paths: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Take in what was found elsewhere."""
        for name in ("states", "nested", "flipped", "recoveries", "folders", "paths"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.violations += other.violations

    def __str__(self) -> str:
        figures = f"states={self.states} nested={self.nested} flipped={self.flipped} recoveries={self.recoveries}"
        return f"{figures} folders={self.folders} paths={self.paths} violations={len(self.violations)}"


class Player:
    """Finds and judges the disks of one path."""

    def __init__(self, seed: int, byte_step: int) -> None:
        self.counts = Counts(paths=1)
        self._chance = Random(seed)
        self._byte_step = byte_step
        self._seen: set[bytes] = set()
        self._judged: set[tuple[bytes, int]] = set()
        self._written = path_of(self._chance)

    def play(self) -> None:
        """Every cut of this path, and every disk that may be found after it; Violated at the first that is wrong.

        At last only the program is killed at this step, and what it wrote is still in the kernel's memory.
        """
        self._truth = Truth(self._written)
        steps = range(1, self._truth.steps + 1)
        nested = self._chance.choices(steps, k=NESTED_PER_PATH)
        folders = self._chance.choices(steps, k=FOLDERS_PER_PATH)
        for step in steps:
            disk, acknowledged = CrashDisk(), list[int]()
            disk.cut_after = step
            with suppress(PowerCutError):
                self._written.write(disk, acknowledged)
            self._flip(next(disk.futures(1, step)), len(acknowledged))
            wanted = nested.count(step) + folders.count(step)
            found = self._judge_all(disk, len(acknowledged), wanted)
            for first in found[: nested.count(step)]:
                self._cut_again(first, len(acknowledged))
            for first in found[nested.count(step) :]:
                self._open_folder(first, len(acknowledged))
            disk.cut_after = -1
            self._judge(disk, len(acknowledged))

    def _judge_all(self, disk: CrashDisk, acknowledged: int, wanted: int) -> list[CrashDisk]:
        """Judge each disk that may be found, and return so many of them as they were, drawn by chance."""
        drawn: list[CrashDisk] = []
        for index, future in enumerate(self._futures(disk, self._byte_step)):
            slot = index if index < wanted else self._chance.randrange(index + 1)
            if slot < wanted:
                drawn[slot : slot + 1] = [future.twin()]
            self.counts.states += self._judge_once(future, acknowledged)
        return drawn

    def _futures(self, disk: CrashDisk, byte_step: int) -> Iterator[CrashDisk]:
        """A segment that is only being filled with zeros is not torn at every byte."""
        is_filling = disk.last_write is not None and not any(disk.last_write[2])
        return disk.futures(self._written.segment_bytes if is_filling else byte_step, self._chance.getrandbits(32))

    def _key(self, disk: CrashDisk) -> bytes:
        """The digest of all files of a disk, empty if they are blank."""
        digest, blank = hashlib.sha256(), True
        for name in disk.names():
            image = disk.image(name)
            digest.update(b"%s %d " % (name.encode(), len(image)))
            digest.update(image)
            blank = blank and is_blank(image)
        return b"" if blank else digest.digest()[:16]

    def _is_new(self, key: bytes) -> bool:
        """True once for each key."""
        seen = len(self._seen)
        self._seen |= {key} - {b""}
        return len(self._seen) > seen

    def _judge_once(self, disk: CrashDisk, acknowledged: int) -> bool:
        """Judge a disk unless it was, as one with so many acknowledged records; True if no such disk was counted."""
        key = self._key(disk)
        if (key, acknowledged) not in self._judged:
            self._judged.add((key, acknowledged))
            self._judge(disk, acknowledged)
        return self._is_new(key)

    def _judge(self, disk: CrashDisk, acknowledged: int) -> None:
        """I1, I2 and I3: recovery makes the one right journal of it; I28: the power may fail when it has ended."""
        spot, due = self._truth.recovered(images_of(disk), acknowledged)
        self._compare(disk, self._recover(disk), spot, due)
        found = disk.after_loss()
        self._compare(found, self._recover(found), spot, due)

    def _recover(self, disk: CrashDisk) -> Log:
        self.counts.recoveries += 1
        return self._written.recover(disk)

    def _compare(self, disk: CrashDisk, log: Log, spot: Spot, due: Images) -> None:
        if (log.seq, log.chain) != (spot.seq, spot.chain):
            raise Violated(f"recovered up to record {log.seq}, not {spot.seq}")
        if {number: image for number, image in images_of(disk).items() if not is_blank(image)} != due:
            raise Violated("the segments are not what recovery had to make of them")

    def _cut_again(self, first: CrashDisk, acknowledged: int) -> None:
        """I28: recovery is cut at each of its steps, its own writes are lost, kept or torn, and it begins again."""
        for step in count(1):
            disk = first.twin()
            disk.cut_after = step
            with suppress(PowerCutError):
                self._recover(disk)
                return
            for future in self._futures(disk, NESTED_BYTE_STEP):
                self.counts.nested += self._judge_once(future, acknowledged)

    def _flip(self, disk: CrashDisk, acknowledged: int) -> None:
        """I2: a damaged record with a sound one after it is refused, and nothing is changed."""
        kept = self._truth.kept_in(images_of(disk), acknowledged)
        for one, other in pairwise(self._truth.spots):
            if other == kept and one.segment == kept.segment and one.offset:
                for _ in range(FLIPS_PER_CUT):
                    position, mask = self._chance.randrange(one.offset), 1 << self._chance.randrange(8)
                    self._refuse(disk.flipped(segment_name(kept.segment), position, mask))

    def _refuse(self, disk: CrashDisk) -> None:
        self.counts.flipped += self._is_new(self._key(disk))
        before = images_of(disk)
        with suppress(JournalCorrupt):
            self._recover(disk)
            raise Violated("a flipped bit before a sound record was not refused")
        if images_of(disk) != before:
            raise Violated("a damaged journal was changed")

    def _open_folder(self, found: CrashDisk, acknowledged: int) -> None:
        """The same with a real folder and an index: the records of the path are read back."""
        spot, due = self._truth.recovered(images_of(found), acknowledged)
        self.counts.folders += 1
        with TemporaryDirectory() as folder:
            for name in found.names():
                (Path(folder) / name).write_bytes(found.image(name))
            disk = Disk(Path(folder))
            book = Book(disk, self._written.log(disk), index_room_bytes=0)
            book.open()
            records = [stored.record for stored in book.records(0, 1000)]
            book.close()
        frames = [(kind, payload) for _, kind, payload in frames_from(due, BEGIN) if kind]
        if records != [decode_record(kind, payload) for kind, payload in frames]:
            raise Violated("the records that are read back are not those that are there")
        if [each for each in frames if each[0] != DROPPED_KIND] != self._written.records[: spot.records]:
            raise Violated("the records that are there are not those that were written")


def play(seed: int, byte_step: int = 1) -> Counts:
    """The path of a seed, writes torn at every ``byte_step``-th byte."""
    player = Player(seed, byte_step)
    try:
        player.play()
    except (Violated, JournalCorrupt, JournalFailed, PortError, OSError, ValueError) as wrong:
        player.counts.violations.append(f"seed {seed}: {type(wrong).__name__}: {wrong}")
    return player.counts


def campaign(states: int, first_seed: int, workers: int) -> Iterator[Counts]:
    """What was found after each path; it ends with so many states after one cut, or with a violation."""
    counts, seeds = Counts(), count(first_seed)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        under_way: set[Future[Counts]] = set()
        while counts.states < states and not counts.violations:
            while len(under_way) <= workers:
                under_way.add(pool.submit(play, next(seeds)))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for path in done:
                counts.add(path.result())
            yield counts
        pool.shutdown(cancel_futures=True)


def run(states: int, seed: int, workers: int = 2) -> Counts:
    """At least so many different states, from the path of this seed on."""
    *_, counts = campaign(states, seed, workers)
    return counts


def as_json(counts: Counts, seed: int, began_s: float) -> dict[str, object]:
    """As it is kept for the evidence."""
    told = {
        "crash states": counts.states,
        "states after a second cut": counts.nested,
        "bits turned over": counts.flipped,
        "recoveries": counts.recoveries,
        "paths": counts.paths,
    }
    command = f"python -m tests.crash_states --count {counts.states} --seed {seed}"
    return result("crash states", told, len(counts.violations), seed=seed, began_s=began_s, command=command)


def main() -> int:
    """Run it, and tell how it goes; 1 if there is a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash_states", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many different states after one cut")
    parser.add_argument("--seed", type=int, help="the first path's; without it any")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    first_seed = secrets.randbits(SEED_BITS) if asked.seed is None else asked.seed
    began_s = said_s = time.monotonic()
    print(f"seed={first_seed}", flush=True)
    counts = Counts()
    for counts in campaign(asked.count, first_seed, asked.workers):
        if time.monotonic() - said_s > SAY_EVERY_S:
            said_s = time.monotonic()
            print(f"{counts} rate={counts.states / (said_s - began_s):.0f}/s", flush=True)
    spent_s = time.monotonic() - began_s
    print(f"{counts} seed={first_seed} seconds={spent_s:.0f} rate={counts.states / spent_s:.0f}/s")
    keep("crash_states", as_json(counts, first_seed, began_s))
    for violation in counts.violations:
        print(f"{violation}\nrepeat it with: python -m tests.crash_states --count 1 --seed {violation.split()[1][:-1]}")
    return 1 if counts.violations else 0


if __name__ == "__main__":
    sys.exit(main())
