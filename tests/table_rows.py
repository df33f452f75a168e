"""How a table is driven row by row: a case says what one event makes of one state, and by which row."""

from __future__ import annotations

from typing import Any

from states import events as on
from states.table import Rest, Row, Table, Then, Wish

Case = tuple[Any, on.Event, Any, tuple[Wish, ...]]
"""A state, an event, the state after it, and the wishes."""


def taken(table: Table, state: Any, event: on.Event) -> Row:
    """The row that takes this event in this state."""
    return next(row for row in table.cells[type(state), type(event)] if row.when(state, event))


def hear(table: Table, state: Any, event: on.Event) -> Then[Any]:
    """One step that a row must take."""
    result = table.step(state, event)
    assert not isinstance(result, Rest), f"{type(event).__name__} rests in {type(state).__name__}"
    assert type(result.state) is taken(table, state, event).target
    return result


def unused(table: Table, cases: list[Case]) -> list[str]:
    """The rows that none of the cases takes."""
    used = {id(taken(table, state, event)) for state, event, *_ in cases}
    return [
        f"{row.source.__name__} on {row.event.__name__} when {row.when.__name__}"
        for row in table.rows
        if id(row) not in used
    ]


def named(case: Case) -> str:
    """A case as a test is called."""
    state, event, after, _ = case
    return f"{type(state).__name__}-{type(event).__name__}-{type(after).__name__}"
