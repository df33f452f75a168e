"""A machine is a table of rows; this file builds `transitions` from the rows and runs it.

Nothing else in the program says what follows what. The rows are executed by `transitions.Machine`, drawn by
`diagrams`, walked by the tests, and read by auditors as a matrix in which every cell is decided:

* a cell with rows: they are tried in order, the last one is unguarded (``otherwise``);
* a cell without rows rests: *beep* (people may err), *stop* (bugs may not go on), *-* (no concern of this machine).

A state is a frozen dataclass; its class is the state's name in the table, its fields are all that is true in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from transitions import Machine

from states import events as on
from states.effects import Effect
from states.laws import LAWS

S = TypeVar("S")
E = TypeVar("E")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

Wish = Effect | on.Fact


class Rest(StrEnum):
    """What an unlisted cell means."""

    REFUSE = "beep"
    NEVER = "stop"
    IGNORE = "-"


class NeverHappens(Exception):
    """A cell that no run can reach was reached: a bug, so the register stops and the journal decides."""


@dataclass(frozen=True, slots=True)
class Then(Generic[T_co]):
    """Where an action leads: the new state, and the wishes (effects and facts) in the order they are made."""

    state: T_co
    wishes: tuple[Wish, ...] = ()


def then(state: T, *wishes: Wish) -> Then[T]:
    """The new state with its wishes."""
    return Then(state, wishes)


def otherwise(_state: object, _event: object) -> bool:
    """The guard of the last row of each cell."""
    return True


@dataclass(frozen=True, init=False, slots=True)
class Row:
    """In ``source``, on ``event``, when the guard holds, go to ``target`` by ``doing``, because of a law."""

    source: type[Any]
    event: type[on.Event]
    when: Callable[[Any, Any], bool]
    target: type[Any]
    doing: Callable[[Any, Any], Then[Any]]
    because: str

    def __init__(
        self,
        source: type[S],
        event: type[E],
        when: Callable[[S, E], bool],
        target: type[T],
        doing: Callable[[S, E], Then[T]],
        because: str,
    ) -> None:
        for name, value in zip(self.__slots__, (source, event, when, target, doing, because), strict=True):
            object.__setattr__(self, name, value)


class _Run:
    """The model of one step: `transitions` reads the guards' verdicts and leaves the action's result here."""

    def __init__(self, configuration: object) -> None:
        self.state = type(configuration).__name__
        self.configuration = configuration
        self.then: Then[Any] | None = None


def _condition(row: Row) -> Callable[[Any], bool]:
    return lambda data: row.when(data.model.configuration, data.args[0])


def _action(row: Row) -> Callable[[Any], None]:
    def act(data: Any) -> None:
        result = row.doing(data.model.configuration, data.args[0])
        if type(result.state) is not row.target:
            raise NeverHappens(f"{row.doing.__name__} led to {type(result.state).__name__}, not {row.target.__name__}")
        data.model.then = result

    return act


class Table:
    """A machine: its rows, its initial state, and how unlisted cells rest, by the nearest base of the event.

    ``refusal`` is the notice of a cell that rests with a beep.
    """

    def __init__(
        self,
        name: str,
        initial: type[Any],
        rest: Mapping[type[on.Event], Rest],
        rows: tuple[Row, ...],
        refusal: str = "key-refused",
    ) -> None:
        self.name = name
        self.refusal = refusal
        self.initial = initial
        self.rest = dict(rest)
        self.rows = rows
        self.states = tuple(dict.fromkeys([initial, *(row.source for row in rows), *(row.target for row in rows)]))
        self.events = tuple(dict.fromkeys(row.event for row in rows))
        self.cells: dict[tuple[type[Any], type[on.Event]], tuple[Row, ...]] = {}
        for row in rows:
            self.cells[row.source, row.event] = (*self.cells.get((row.source, row.event), ()), row)
        self._check()
        self._machine = self._build()

    def step(self, state: object, event: on.Event) -> Then[Any] | Rest:
        """What follows from this event in this state; NeverHappens where the table says *stop*."""
        if (type(state), type(event)) not in self.cells:
            rest = self.rest_of(type(event))
            if rest is Rest.NEVER:
                raise NeverHappens(f"{self.name}: {type(event).__name__} in {type(state).__name__}")
            return rest
        run = _Run(state)
        self._machine.events[type(event).__name__].trigger(run, event)
        if run.then is None:
            raise NeverHappens(f"{self.name}: no row took {type(event).__name__} in {type(state).__name__}")
        return run.then

    def rest_of(self, event: type[on.Event]) -> Rest:
        """How a cell without rows rests for this event."""
        for base in event.__mro__:
            if base in self.rest:
                return self.rest[base]
        raise KeyError(f"{self.name}: {event.__name__} has no rest")

    def knows(self, event: on.Event) -> bool:
        """Whether any row listens to this event."""
        return type(event) in self.events

    def _check(self) -> None:
        """Import time proves that the table is complete and says why."""
        for (source, event), rows in self.cells.items():
            guards = [row.when for row in rows]
            where = f"{self.name}: {source.__name__} on {event.__name__}"
            assert guards[-1] is otherwise, f"{where} does not end in an unguarded row"
            assert otherwise not in guards[:-1], f"{where} has a row after the unguarded one"
        for row in self.rows:
            assert row.because in LAWS, f"{self.name}: no law {row.because}"
        for event in self.events:
            self.rest_of(event)
        entered = {row.target for row in self.rows if row.target is not row.source} | {self.initial}
        for state in self.states:
            assert state in entered, f"{self.name}: no way into {state.__name__}"
            assert any(row.source is state for row in self.rows), f"{self.name}: no way out of {state.__name__}"
        for things in (self.states, self.events):
            assert len({thing.__name__ for thing in things}) == len(things), (
                f"{self.name}: a name stands for two things"
            )

    def _build(self) -> Machine:
        machine = Machine(
            model=None,
            states=[state.__name__ for state in self.states],
            initial=self.initial.__name__,
            auto_transitions=False,
            send_event=True,
            model_override=True,
        )
        for row in self.rows:
            machine.add_transition(
                trigger=row.event.__name__,
                source=row.source.__name__,
                dest=row.target.__name__,
                conditions=[_condition(row)],
                before=[_action(row)],
            )
        return machine
