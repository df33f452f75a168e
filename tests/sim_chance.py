"""Chance that follows from a seed alone: streams for each part of the world, and the order in which tasks run.

trio runs tasks that are ready at the same time in an order of its own chance. As its plugin for hypothesis does, the
tasks are sorted first and shuffled by a chance that is seeded here, so a life is the same in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeVar
from uuid import UUID

from trio._core import _run

One = TypeVar("One")


def stream(seed: int, name: str) -> Random:
    """The chance of one part of the world; what another part draws does not change it."""
    return Random(f"{seed} {name}")


def fix_scheduler(seed: int) -> None:
    """From now on tasks of this process run in an order that follows from the seed."""
    _run._hypothesis_plugin_setup()
    _run._r.seed(seed)


def one_in(chance: Random, count: float) -> bool:
    """True once in so many times."""
    return chance.random() * count < 1


def weighted(chance: Random, weights: Mapping[One, float]) -> One:
    """One of the keys, as often as its weight says."""
    return chance.choices(tuple(weights), tuple(weights.values()))[0]


def uuids(chance: Random) -> Callable[[], str]:
    """Uuids of version 4, none twice."""

    def fresh() -> str:
        digits = f"{chance.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:]))

    return fresh


def uuid_objects(chance: Random) -> Callable[[], UUID]:
    """The same as the objects of the standard library."""
    fresh = uuids(chance)
    return lambda: UUID(fresh())
