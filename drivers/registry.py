"""Which drivers exist: entry points of the group ``ekasa.<port>``, so that others may add theirs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from drivers.ports import PortError

Opener = Callable[..., AbstractAsyncContextManager[Any]]


def opener(port: str, driver: str) -> Opener:
    """What opens this driver of this port; only the chosen one is imported.

    Raises:
      PortError: ``driver-unknown`` names the drivers that exist, ``driver-ambiguous`` says that two packages
          claim the name, ``driver-broken`` why the chosen one cannot be imported.
    """
    points = _select(tuple(sys.path))(group=f"ekasa.{port}")
    values = {point.value: point for point in points if point.name == driver}
    if not values:
        known = ", ".join(sorted({point.name for point in points})) or "none"
        raise PortError("driver-unknown", f"{port} has no driver {driver!r}; it has: {known}")
    if len(values) > 1:
        raise PortError("driver-ambiguous", f"{port} {driver!r} is claimed by {' and '.join(sorted(values))}")
    return _loaded(*values.values())


@cache
def _select(_path: tuple[str, ...]) -> Callable[..., EntryPoints]:
    """Chooses among all entry points on this ``sys.path``: reading them takes some 5 ms, so it is done once."""
    return entry_points().select


def _loaded(point: EntryPoint) -> Opener:
    try:
        found: Opener = point.load()
    except (ImportError, AttributeError) as error:
        raise PortError("driver-broken", f"{point.value}: {error}") from error
    return found
