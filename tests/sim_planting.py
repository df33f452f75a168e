"""How a bug is planted: attributes, or tables, that are replaced for one life of a simulated register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from states import events as on
from states.register import TABLES
from states.table import Row, Then
from tests.walk_faults import rebuilt

Patch = tuple[Any, str, object]
"""An object, a module or a dict; the name in it; and what stands there instead."""

LAW = "R-25"
"""A wrong row has no law of its own."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A bug: what it is, the invariant that must notice it, and what it replaces, made anew for each life; ``where``
    is what else is so in a life in which it is noticed soon: more of the faults that it takes."""

    says: str
    invariant: str
    plant: Callable[[], tuple[Patch, ...]]
    where: tuple[Patch, ...] = ()


@contextmanager
def replaced(patches: tuple[Patch, ...]) -> Iterator[None]:
    """All of them, and what was there before afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        for where, name, instead in patches:
            if isinstance(where, dict):
                patch.setitem(where, name, instead)
            else:
                patch.setattr(where, name, instead)
        yield


def always(_state: object, _event: object) -> bool:
    """The guard of a wrong row that is taken before the right ones."""
    return True


def row(
    source: type[Any],
    event: type[on.Event],
    target: type[Any],
    doing: Callable[[Any, Any], Then[Any]],
    when: Callable[[Any, Any], bool] = always,
) -> Patch:
    """The table of this state with a wrong row before the right ones of its cell."""
    table = next(table for table in TABLES.values() if source in table.states)
    return TABLES, table.name, rebuilt(table, (Row(source, event, when, target, doing, LAW), *table.rows))
