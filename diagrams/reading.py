"""What can be read from tables and effects alone: who is waited for, which way goes straight on, a table's stamp."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

from states import effects as do, events as on
from states.table import Row, Table, otherwise


class Kind(StrEnum):
    """Who a state waits for."""

    PERSON = "a person"
    STORAGE = "storage"
    WORLD = "the world"
    CLOCK = "the clock"


EFFECTS: tuple[type[do.Effect], ...] = tuple(
    effect
    for effect in vars(do).values()
    if isinstance(effect, type) and issubclass(effect, do.Effect) and effect is not do.Effect
)
"""Every effect, in the order of its file."""


def answers_of(effect: type[do.Effect]) -> tuple[type[on.Event], ...]:
    """What the effect may bring."""
    return (*effect.brings, *((effect.failed,) if effect.failed else ()))


def question_of(table: Table, state: type[object]) -> type[do.Effect] | None:
    """The effect whose answers this state listens to, if it listens to any."""
    heard = {event for source, event in table.cells if source is state}
    return next((effect for effect in EFFECTS if heard & set(answers_of(effect))), None)


def kind_of(table: Table, state: type[object]) -> Kind:
    """Who this state waits for: whoever answers its question, or the clock, or else a person."""
    question = question_of(table, state)
    if question is not None:
        return Kind.STORAGE if question.lane is do.Lane.STORAGE else Kind.WORLD
    by_itself = any((state, event) in table.cells for event in (on.Ticked, on.MediumTold))
    return Kind.CLOCK if by_itself else Kind.PERSON


def waits_for(table: Table, state: type[object]) -> str:
    """``Register: authority, 5 s``, which is its question, its lane and its limit; or who else is waited for."""
    question = question_of(table, state)
    if question is None:
        return f"waits for {kind_of(table, state)}"
    return f"{question.__name__}: {question.lane}, {question.limit_s:g} s"


def straight_on(table: Table) -> tuple[type[object], ...]:
    """The way on which nothing fails: from the initial state by each state's first row that leaves it."""
    path = [table.initial]
    while True:
        ahead = next((row.target for row in table.rows if row.source is path[-1] is not row.target), None)
        if ahead is None or ahead in path:
            return tuple(path)
        path.append(ahead)


def staying(table: Table, state: type[object]) -> tuple[Row, ...]:
    """The rows that do not leave the state."""
    return tuple(row for row in table.rows if row.source is state is row.target)


def leaving(table: Table) -> dict[tuple[type[object], type[object]], tuple[Row, ...]]:
    """The rows from one state to another, in the order of the table."""
    found: dict[tuple[type[object], type[object]], tuple[Row, ...]] = {}
    for row in table.rows:
        if row.source is not row.target:
            found[row.source, row.target] = (*found.get((row.source, row.target), ()), row)
    return found


def guard_of(table: Table, row: Row) -> str:
    """``when covers``; ``else`` for the unguarded row after guarded ones; nothing where no guard is asked."""
    if row.when is not otherwise:
        return f"when {row.when.__name__}"
    return "else" if len(table.cells[row.source, row.event]) > 1 else ""


def branches(table: Table) -> Iterator[tuple[type[object], type[object]]]:
    """Where a state is left for another than the next one straight on, which only leads there from it."""
    path = straight_on(table)
    ahead = dict(pairwise(path))
    for source, target in leaving(table):
        entered = {row.source for row in table.rows if row.target is target is not row.source}
        if source in ahead and target not in path and entered == {source}:
            yield target, ahead[source]


def sentence_of(thing: object) -> str:
    """The first sentence of a docstring."""
    text = " ".join((thing.__doc__ or "").split())
    return text.split(". ")[0].removesuffix(".") + "."


def facts_of(table: Table) -> Iterator[str]:
    """Everything that the table says, line by line."""
    yield f"{table.name} begins in {table.initial.__name__}"
    for event, rest in table.rest.items():
        yield f"{event.__name__} rests as {rest}"
    for row in table.rows:
        words = (row.source, row.event, row.when, row.target, row.doing)
        yield " ".join((*(word.__name__ for word in words), row.because))


def stamp(table: Table) -> str:
    """The SHA-256 of everything that the table says: two pictures with one stamp are of the same machine."""
    return sha256("\n".join(facts_of(table)).encode()).hexdigest()
