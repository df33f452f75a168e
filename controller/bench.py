"""``ekasa bench``: how much dearer the register is than what it cannot do without, and than what others would write.

Everything is measured in one run, in turns, and told as ratios of medians: no number of another machine, or of this
one at another time, means anything here. If the base of a ratio moved by more than ``drift_max`` between the halves of
the run, the machine was not steady: that part is measured once more, and if it does not help the benchmark fails.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import trio

from controller.bench_boot import boots
from controller.bench_peer import missing_libraries
from controller.bench_receipts import sellers
from controller.bench_register import prepare
from controller.bench_report import Report, as_json, as_table
from controller.bench_series import Bound, Times, drift, find, interleave
from controller.bench_server import serving
from controller.bench_verify import AUDIT, BYTES, FLOOR, checks
from controller.settings import load_settings

DISK = "/var/tmp"
"""On a disk, as the journal is; /tmp is often memory, where a sync costs nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often what is measured, and what must hold."""

    receipts: int = 120
    receipts_warm_up: int = 20
    boots: int = 14
    boots_warm_up: int = 2
    verified_receipts: int = 2000
    verifications: int = 10
    verifications_warm_up: int = 2
    drift_max: float = 0.15
    bounds: tuple[Bound, ...] = (
        Bound("register", "floor", 2.0),
        Bound("register", "peer", 0.75),
        Bound("boot", "imports", 1.5),
        Bound(BYTES, FLOOR, 2.0),
        Bound(AUDIT, FLOOR, 50.0),
    )


PLAN = Plan()


def run_bench(as_json_object: bool, out: TextIO, plan: Plan = PLAN) -> int:
    """Measure and print; 0 if every bound holds that could be measured, 1 if one is broken or the machine unsteady."""
    with tempfile.TemporaryDirectory(prefix="ekasa-bench-", dir=DISK if os.path.isdir(DISK) else None) as name:
        report = measure(Path(name) / "register", plan)
    print((as_json if as_json_object else as_table)(report), file=out)
    return 0 if report.holds else 1


def measure(folder: Path, plan: Plan) -> Report:
    """Receipts first, then boots of the register that has made them, then the verification of a longer journal."""
    prepare(folder)
    port = urlsplit(load_settings(folder).authority.url).port
    assert port is not None
    with serving(folder, port):
        receipts, moved = steadily(partial(measure_receipts, folder, plan), "floor", plan)
    starts, moved_too = steadily(partial(measure_boots, folder, plan), "imports", plan)
    verified, moved_last = steadily(partial(measure_verification, folder, plan), FLOOR, plan)
    times = receipts | starts | verified
    missing = [f"no peer: {name} is not installed" for name in missing_libraries()]
    return Report(
        times, tuple(find(bound, times) for bound in plan.bounds), (*moved, *moved_too, *moved_last), tuple(missing)
    )


def steadily(part: Callable[[], Awaitable[Times]], base: str, plan: Plan) -> tuple[Times, tuple[str, ...]]:
    """A part of the benchmark, done again if its base moved; and the base, if it moved again."""
    times = trio.run(part)
    if drift(times[base]) > plan.drift_max:
        times = trio.run(part)
    return times, (base,) if drift(times[base]) > plan.drift_max else ()


async def measure_receipts(folder: Path, plan: Plan) -> Times:
    """Whole receipts."""
    async with sellers(folder) as contenders:
        return await interleave(contenders, plan.receipts, plan.receipts_warm_up)


async def measure_boots(folder: Path, plan: Plan) -> Times:
    """Starts of processes."""
    return await interleave(boots(folder, folder.with_name("compiled")), plan.boots, plan.boots_warm_up)


async def measure_verification(folder: Path, plan: Plan) -> Times:
    """Passes over a journal."""
    contenders = await checks(folder, plan.verified_receipts)
    return await interleave(contenders, plan.verifications, plan.verifications_warm_up)
