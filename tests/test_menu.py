"""The menu: a tree that announces what other machines do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.day import ReportKind
from states.fiscal.slip import ReportOrder, SampleOrder, UnsentOrder
from states.machines.menu import ENTRIES, LISTED_MAX, MENU, Choosing, Entry, Listing, Shut, entries_at
from states.table import Rest, Then
from states.words import WORDS

UP, DOWN, ENTER, CLEAR = on.UpPressed(), on.DownPressed(), on.EnterPressed(), on.ClearPressed()


def step(state: object, event: on.Event) -> Then[Any]:
    """What follows; the cell must have a row."""
    result = MENU.step(state, event)
    assert not isinstance(result, Rest)
    return result


def press(*keys: on.Key) -> Then[Any]:
    """Open the menu and press keys, each of which must only lead on; what the last one does."""
    result = step(Shut(), on.MenuPressed())
    for key in keys:
        assert result.wishes == ()
        result = step(result.state, key)
    return result


def digits(text: str) -> tuple[on.Key, ...]:
    """The keys of a number."""
    return tuple(on.DigitPressed(digit) for digit in text)


def leaves(entries: tuple[Entry, ...] = ENTRIES, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Entry]]:
    """Every entry that is no menu, with the way to it, counted from 0."""
    for place, entry in enumerate(entries):
        if isinstance(entry.gives, tuple):
            yield from leaves(entry.gives, (*path, place))
        else:
            yield (*path, place), entry


def test_scripts_keep_their_numbers() -> None:
    """The first three entries are binding."""
    for number, kind in (("1", ReportKind.X), ("2", ReportKind.Z), ("3", ReportKind.AGAIN)):
        assert press(*digits(number)) == Then(Shut(), (on.SlipOrdered(ReportOrder(kind)),))


WAYS = {
    "4": on.WordsAsked(Words.SINCE),
    "51": on.SlipOrdered(ReportOrder(ReportKind.CASHIERS)),
    "52": on.SlipOrdered(ReportOrder(ReportKind.DEPARTMENTS)),
    "53": on.SlipOrdered(ReportOrder(ReportKind.PLUS)),
    "62": on.SlipOrdered(UnsentOrder()),
    "63": on.SendNowKeyed(),
    "64": on.RepairKeyed(),
    "71": on.WordsAsked(Words.PARAGON_NUMBER),
    "72": on.TrainingChosen(),
    "73": on.WordsAsked(Words.PLACE),
    "74": on.SlipOrdered(SampleOrder()),
    "8": on.WordsAsked(Words.CASHIER),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_by_its_numbers(way: str) -> None:
    """The menu shuts as it announces."""
    assert press(*digits(way)) == Then(Shut(), (WAYS[way],))


@pytest.mark.parametrize(("path", "entry"), list(leaves()))
def test_every_entry_is_reached_by_the_mark_too(path: tuple[int, ...], entry: Entry) -> None:
    """DOWN to it, and ENTER."""
    keys = [key for place in path for key in (*[DOWN] * place, ENTER)]
    result = press(*keys)
    if isinstance(entry.gives, Listing):
        assert result == Then(Listing())
    else:
        assert isinstance(entry.gives, on.Fact)
        assert result == Then(Shut(), (entry.gives,))


def test_the_tree_fits_the_keys_and_the_languages() -> None:
    """At most nine entries a level, each with its sentences."""
    paths = {path[:depth] for path, _ in leaves() for depth in range(len(path))}
    for path in paths:
        assert 1 <= len(entries_at(path)) <= 9
        assert all(entry.word in WORDS for entry in entries_at(path))


def test_the_mark_stays_in_the_menu() -> None:
    """Up from the first, down from the last."""
    assert press(UP).state == Choosing()
    assert press(*[DOWN] * 20).state == Choosing((), len(ENTRIES) - 1)
    assert press(*digits("5"), *[DOWN] * 20).state == Choosing((4,), 2)


@pytest.mark.parametrize("number", ["9", "0", "00"])
def test_there_is_no_such_entry(number: str) -> None:
    """A beep with its reason; the menu stays."""
    assert press(on.DigitPressed(number)) == Then(Choosing(), (do.Beep("menu-number"),))
    below = press(*digits("5"), on.DigitPressed(number))
    assert below == Then(Choosing((4,)), (do.Beep("menu-number"),))


def test_clear_goes_one_level_up_where_the_mark_was() -> None:
    """And from the first level back to the sale."""
    assert press(*digits("6"), DOWN, CLEAR).state == Choosing((), 5)
    assert press(*digits("6"), CLEAR, CLEAR) == Then(Shut())
    assert press(*digits("6"), on.MenuPressed()) == Then(Shut())


def test_the_list_on_the_display() -> None:
    """It scrolls, is printed by ENTER, and is left by CLEAR and MENU."""
    way = digits("61")
    assert press(*way).state == Listing()
    assert press(*way, UP).state == Listing()
    assert press(*way, DOWN, DOWN, UP).state == Listing(1)
    assert step(Listing(LISTED_MAX), DOWN).state == Listing(LISTED_MAX)
    assert press(*way, ENTER) == Then(Shut(), (on.SlipOrdered(UnsentOrder()),))
    assert press(*way, CLEAR) == press(*way, on.MenuPressed()) == Then(Shut())


@pytest.mark.parametrize("state", [Choosing(), Listing()])
def test_other_keys_are_refused(state: object) -> None:
    """A sale's keys do nothing here."""
    assert MENU.step(state, on.KEYS["CASH"]) is Rest.REFUSE
