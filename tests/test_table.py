"""A table refuses to be built wrongly, runs as it reads, and is safe from the pitfalls of `transitions`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from states import effects as do, events as on
from states.laws import LAWS
from states.register import TABLES
from states.table import NeverHappens, Rest, Row, Table, Then, otherwise, then


@dataclass(frozen=True, slots=True)
class Closed:
    """A door that is closed; ``knocks`` so far."""

    knocks: int = 0


@dataclass(frozen=True, slots=True)
class Ajar:
    """A door that is open."""


@dataclass(frozen=True, slots=True)
class Walled:
    """No door any more."""


def knock(state: Closed, _event: on.EnterPressed) -> Then[Closed]:
    """Somebody knocked."""
    return then(Closed(state.knocks + 1), do.Beep("knock"))


def is_polite(state: Closed, _event: on.EnterPressed) -> bool:
    """Somebody knocked twice."""
    return state.knocks >= 2


def open_door(_state: Closed, _event: on.Event) -> Then[Ajar]:
    """The door opens."""
    return then(Ajar(), on.WentOnline())


def shut(_state: Ajar, _event: on.Event) -> Then[Closed]:
    """The door closes."""
    return then(Closed())


def brick_up(_state: Any, _event: on.Event) -> Then[Walled]:
    """The door is gone."""
    return then(Walled())


def slam(_state: Closed, _event: on.Event) -> Then[Any]:
    """An action that leads elsewhere than its row says."""
    return then(Closed())


def fail(_state: Any, _event: on.Event) -> Then[Any]:
    """An action with a bug."""
    raise ZeroDivisionError


KNOCK = Row(Closed, on.EnterPressed, is_polite, Ajar, open_door, "R-21")
WAIT = Row(Closed, on.EnterPressed, otherwise, Closed, knock, "R-25")
SHUT = Row(Ajar, on.ClearPressed, otherwise, Closed, shut, "R-21")
REST = {on.Key: Rest.REFUSE, on.Ticked: Rest.IGNORE, on.Answer: Rest.NEVER}


def door(*rows: Row, rest: dict[type[on.Event], Rest] | None = None) -> Table:
    """A door that opens to whoever knocks three times."""
    return Table("door", Closed, REST if rest is None else rest, rows)


DOOR = door(KNOCK, WAIT, SHUT)
OTHER: type[Any] = type("Closed", (), {})
LEAVE_OTHER = Row(OTHER, on.ClearPressed, otherwise, Ajar, fail, "R-21")

BROKEN: dict[str, Callable[[], Table]] = {
    "Closed on EnterPressed does not end in an unguarded row": lambda: door(KNOCK, SHUT),
    "Closed on EnterPressed has a row after the unguarded one": lambda: door(
        WAIT, Row(Closed, on.EnterPressed, otherwise, Ajar, open_door, "R-21"), SHUT
    ),
    "door: no law R-00": lambda: door(KNOCK, WAIT, Row(Ajar, on.ClearPressed, otherwise, Closed, shut, "R-00")),
    "door: no way into Ajar": lambda: door(WAIT, SHUT),
    "door: no way into Walled": lambda: door(
        KNOCK, WAIT, SHUT, Row(Walled, on.ClearPressed, otherwise, Walled, brick_up, "R-21")
    ),
    "door: no way out of Walled": lambda: door(
        KNOCK, WAIT, SHUT, Row(Ajar, on.EnterPressed, otherwise, Walled, brick_up, "R-21")
    ),
    "door: EnterPressed has no rest": lambda: door(KNOCK, WAIT, SHUT, rest={on.Answer: Rest.NEVER}),
    "door: a name stands for two things": lambda: door(
        KNOCK, WAIT, SHUT, Row(Ajar, on.EnterPressed, otherwise, OTHER, fail, "R-21"), LEAVE_OTHER
    ),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_wrong_table_is_not_built(message: str) -> None:
    """Import time says what is wrong with it."""
    with pytest.raises((AssertionError, KeyError), match=message):
        BROKEN[message]()


def test_rows_of_a_cell_are_tried_in_order() -> None:
    """The first guard that holds decides; the state and the wishes are those of the action."""
    assert DOOR.step(Closed(0), on.EnterPressed()) == then(Closed(1), do.Beep("knock"))
    assert DOOR.step(Closed(2), on.EnterPressed()) == then(Ajar(), on.WentOnline())
    assert DOOR.step(Ajar(), on.ClearPressed()) == then(Closed(0))


def test_a_cell_without_rows_rests() -> None:
    """People may err, ticks are nobody's concern, and an answer to no question is a bug."""
    assert DOOR.step(Ajar(), on.EnterPressed()) is Rest.REFUSE
    assert DOOR.step(Ajar(), on.UpPressed()) is Rest.REFUSE
    assert DOOR.step(Ajar(), on.Ticked.__new__(on.Ticked)) is Rest.IGNORE
    with pytest.raises(NeverHappens, match="door: Kept in Ajar"):
        DOOR.step(Ajar(), on.Kept())
    with pytest.raises(KeyError, match="door: WentOnline has no rest"):
        DOOR.step(Ajar(), on.WentOnline())


def test_the_nearest_base_decides_how_a_cell_rests() -> None:
    """A rest of an event's own class is nearer than that of its kind."""
    table = door(KNOCK, WAIT, SHUT, rest={**REST, on.Failed: Rest.IGNORE, on.UpPressed: Rest.NEVER})
    assert table.rest_of(on.SealFailed) is Rest.IGNORE
    assert table.rest_of(on.Sealed) is Rest.NEVER
    assert table.rest_of(on.UpPressed) is Rest.NEVER
    assert table.rest_of(on.DownPressed) is Rest.REFUSE


def test_an_action_that_leads_elsewhere_never_happens() -> None:
    """The row's target is a promise; the old state stays, and the next event is heard as if nothing was."""
    table = door(Row(Closed, on.EnterPressed, otherwise, Ajar, slam, "R-21"), SHUT)
    state = Closed(7)
    with pytest.raises(NeverHappens, match="slam led to Closed, not Ajar"):
        table.step(state, on.EnterPressed())
    assert state == Closed(7)
    assert table.step(Ajar(), on.ClearPressed()) == then(Closed())


def test_an_exception_in_an_action_propagates_and_changes_nothing() -> None:
    """`transitions` keeps no state between steps that a bug could leave half changed."""
    table = door(KNOCK, WAIT, SHUT, Row(Ajar, on.EnterPressed, otherwise, Closed, fail, "R-21"))
    with pytest.raises(ZeroDivisionError):
        table.step(Ajar(), on.EnterPressed())
    assert table.step(Ajar(), on.ClearPressed()) == then(Closed())


def test_an_action_may_not_return_a_subclass() -> None:
    """A state is exactly its class, since its name is its place in the table."""
    near = type("Ajar", (Ajar,), {"__slots__": ()})
    table = door(KNOCK, WAIT, SHUT, Row(Ajar, on.EnterPressed, otherwise, Ajar, lambda *_: then(near()), "R-21"))
    with pytest.raises(NeverHappens, match="led to Ajar, not Ajar"):
        table.step(Ajar(), on.EnterPressed())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_machine_is_the_rows_and_nothing_else(table: Table) -> None:
    """No automatic ``to_X``, no callback by name, no second unguarded transition, and as many of them as rows."""
    events = table._machine.events
    assert set(events) == {event.__name__ for event in table.events}
    made = [made for event in events.values() for each in event.transitions.values() for made in each]
    assert len(made) == len(table.rows)
    assert all(len(each.conditions) == len(each.before) == 1 and not each.after and not each.prepare for each in made)
    assert table._machine.models == []
    assert not any(state.on_enter or state.on_exit for state in table._machine.states.values())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_state_or_event_has_a_name_that_transitions_would_bind(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    """`transitions` skips with a mere log line what a model already has; here it binds nothing and says nothing."""
    with caplog.at_level(logging.DEBUG, "transitions"):
        again = Table(table.name, table.initial, table.rest, table.rows)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert again.states == table.states


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_cell_is_decided(table: Table) -> None:
    """Rows or a rest, for each state and each event that the table knows."""
    for state in table.states:
        for event in table.events:
            assert (state, event) in table.cells or table.rest_of(event) in Rest


def test_every_row_cites_a_law_and_every_action_says_what_it_does() -> None:
    """The matrix for auditors is made of these words."""
    for table in TABLES.values():
        for row in table.rows:
            assert row.because in LAWS
            assert row.doing.__doc__, row.doing.__name__
            assert row.when.__doc__, row.when.__name__
            assert row.source.__doc__, row.source.__name__


def test_a_row_cannot_be_changed() -> None:
    """Rows are values."""
    with pytest.raises(AttributeError):
        object.__getattribute__(WAIT, "__setattr__")("because", "R-01")
    assert len({KNOCK, WAIT, SHUT, KNOCK}) == 3
