"""What a benchmark says of its measurements: medians of interleaved rounds, ratios of them, and bounds.

Times of different runs are never compared: whatever the machine does beside, it does to all contenders of a run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

Contender = Callable[[], Awaitable[float]]
"""Does its work once; the seconds that it took."""

Times = dict[str, list[float]]
"""Seconds by the name of the contender, in the order in which they were measured."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The median of ``what`` is at most ``limit`` times the median of ``base``."""

    what: str
    base: str
    limit: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A bound and the ratio found, None if one of the two was not measured."""

    bound: Bound
    ratio: float | None

    @property
    def holds(self) -> bool | None:
        """None if it was not measured."""
        return None if self.ratio is None else self.ratio <= self.bound.limit


async def interleave(contenders: Mapping[str, Contender], rounds: int, warm_up: int) -> Times:
    """Let all contenders do their work in every round, each time another one first; the first rounds do not count."""
    times: Times = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(warm_up + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken_s = await contenders[name]()
            if number >= warm_up:
                times[name].append(taken_s)
    return times


def find(bound: Bound, times: Times) -> Finding:
    """The ratio of the two medians."""
    if bound.what not in times or bound.base not in times:
        return Finding(bound, None)
    return Finding(bound, median(times[bound.what]) / median(times[bound.base]))


def drift(times: list[float]) -> float:
    """How much the medians of the two halves of a run differ, as a part of the smaller one."""
    half = len(times) // 2
    medians = sorted((median(times[:half]), median(times[half:])))
    return medians[1] / medians[0] - 1


def percentile_95(times: list[float]) -> float:
    """The time that 95 of 100 do not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def in_ms(times: list[float]) -> dict[str, Any]:
    """How often, the median and the 95th percentile, in milliseconds."""
    return {
        "count": len(times),
        "median_ms": round(median(times) * 1000, 3),
        "p95_ms": round(percentile_95(times) * 1000, 3),
    }
