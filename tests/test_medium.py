"""The storage's health: each trouble is said once, stands on the display while it lasts, and goes."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.ports import Medium
from states import effects as do, events as on
from states.machines.medium import COPY_LOST, FILLING, MEDIUM, Ailing, Sound
from states.register import turn
from states.screen import screen
from states.table import Rest, Then
from states.words import say
from tests.table_rows import unused
from tests.world_walk import home

FULL, LOST, BOTH, WELL = (
    on.MediumTold(95, is_copy_lost=False),
    on.MediumTold(94, is_copy_lost=True),
    on.MediumTold(100, is_copy_lost=True),
    on.MediumTold(94, is_copy_lost=False),
)
CASES: list[tuple[Any, on.MediumTold, Any, tuple[str, ...]]] = [
    (Sound(), WELL, Sound(), ()),
    (Sound(), FULL, Ailing((FILLING,)), (FILLING,)),
    (Sound(), LOST, Ailing((COPY_LOST,)), (COPY_LOST,)),
    (Sound(), BOTH, Ailing((COPY_LOST, FILLING)), (COPY_LOST, FILLING)),
    (Ailing((FILLING,)), FULL, Ailing((FILLING,)), ()),
    (Ailing((FILLING,)), BOTH, Ailing((COPY_LOST, FILLING)), (COPY_LOST,)),
    (Ailing((FILLING,)), LOST, Ailing((COPY_LOST,)), (COPY_LOST,)),
    (Ailing((COPY_LOST, FILLING)), LOST, Ailing((COPY_LOST,)), ()),
    (Ailing((COPY_LOST, FILLING)), WELL, Sound(), ()),
]


@pytest.mark.parametrize(("state", "event", "after", "beeps"), CASES)
def test_each_row(state: object, event: on.MediumTold, after: object, beeps: tuple[str, ...]) -> None:
    """R-46: 95 % is the first that is told."""
    assert MEDIUM.step(state, event) == Then(after, tuple(map(do.Beep, beeps)))


def test_no_row_is_left_out() -> None:
    """The cases above drive the whole table."""
    assert unused(MEDIUM, [(state, event, after, ()) for state, event, after, _ in CASES]) == []


def test_nothing_else_is_its_concern() -> None:
    """Neither keys nor time."""
    assert set(MEDIUM.events) == {on.MediumTold}
    assert MEDIUM.rest_of(on.ClearPressed) is Rest.IGNORE


def test_the_display_says_it_while_it_lasts() -> None:
    """First as a notice, and after the next key among what is to be remembered."""
    register, effects = turn(home(), BOTH)
    assert effects == (do.Beep(COPY_LOST), do.Beep(FILLING))
    register, _ = turn(register, on.ClearPressed())
    shown = screen(register, "en", training=False).lines
    assert {say(COPY_LOST, "en"), say(FILLING, "en")} <= set(shown)
    register, _ = turn(register, WELL)
    assert not {say(COPY_LOST, "en"), say(FILLING, "en")} & set(screen(register, "en", training=False).lines)


def test_how_full_a_medium_is() -> None:
    """Rounded down, and never more than all of it."""
    assert [Medium(used, 1000).used_percent for used in (0, 949, 950, 1000, 1001)] == [0, 94, 95, 100, 100]
    assert Medium(1, 0).used_percent == 100
