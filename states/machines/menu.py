"""The menu: a tree of data. It opens only between sales, and shuts as it announces what was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.day import ReportKind
from states.fiscal.slip import ReportOrder, SampleOrder, UnsentOrder
from states.table import Rest, Row, Table, Then, otherwise, then

LISTED_MAX = 9_999


@dataclass(frozen=True, slots=True)
class Shut:
    """The keys belong to the sale."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """The cashier walks the menu: ``path`` are the entries gone into, counted from 0, ``chosen`` is the marked one."""

    path: tuple[int, ...] = ()
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The messages that wait for the authority are on the display, from the one numbered ``top``, counted from 0."""

    top: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu by its word, and what it gives: a fact, the list on the display, or a menu below it."""

    word: str
    gives: on.Fact | Listing | tuple[Entry, ...]


def _report(word: str, kind: ReportKind) -> Entry:
    return Entry(word, on.SlipOrdered(ReportOrder(kind)))


ENTRIES: tuple[Entry, ...] = (
    _report("menu-report-x", ReportKind.X),
    _report("menu-report-z", ReportKind.Z),
    _report("menu-report-again", ReportKind.AGAIN),
    Entry("menu-report-interval", on.WordsAsked(Words.SINCE)),
    Entry(
        "menu-reports",
        (
            _report("menu-report-cashiers", ReportKind.CASHIERS),
            _report("menu-report-departments", ReportKind.DEPARTMENTS),
            _report("menu-report-plus", ReportKind.PLUS),
        ),
    ),
    Entry(
        "menu-unsent",
        (
            Entry("menu-unsent-show", Listing()),
            Entry("menu-unsent-print", on.SlipOrdered(UnsentOrder())),
            Entry("menu-unsent-send", on.SendNowKeyed()),
            Entry("menu-unsent-repair", on.RepairKeyed()),
        ),
    ),
    Entry(
        "menu-documents",
        (
            Entry("menu-paragon", on.WordsAsked(Words.PARAGON_NUMBER)),
            Entry("menu-training", on.TrainingChosen()),
            Entry("menu-place", on.WordsAsked(Words.PLACE)),
            Entry("menu-sample", on.SlipOrdered(SampleOrder())),
        ),
    ),
    Entry("menu-cashier", on.WordsAsked(Words.CASHIER)),
)
"""The menu; its first three entries keep their numbers, because merchants' scripts press them."""


def entries_at(path: tuple[int, ...]) -> tuple[Entry, ...]:
    """The entries of the menu at the end of a path."""
    entries = ENTRIES
    for place in path:
        below = entries[place].gives
        assert isinstance(below, tuple), f"no menu below {entries[place].word}"
        entries = below
    return entries


def entry_of(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> Entry | None:
    """The marked entry, or that of the number pressed, from 1; None if there is no such number."""
    entries = entries_at(state.path)
    return entries[place] if 0 <= (place := _place(state, event)) < len(entries) else None


def _place(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> int:
    return int(event.digits) - 1 if isinstance(event, on.DigitPressed) else state.chosen


def open_menu(_state: Shut, _event: on.MenuPressed) -> Then[Choosing]:
    """The first entry is marked."""
    return then(Choosing())


def up(state: Choosing, _event: on.UpPressed) -> Then[Choosing]:
    """The mark goes up and stays in the menu."""
    return then(Choosing(state.path, max(0, state.chosen - 1)))


def down(state: Choosing, _event: on.DownPressed) -> Then[Choosing]:
    """The mark goes down and stays in the menu."""
    return then(Choosing(state.path, min(len(entries_at(state.path)) - 1, state.chosen + 1)))


def is_menu(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> bool:
    """There is a menu below this entry."""
    entry = entry_of(state, event)
    return entry is not None and isinstance(entry.gives, tuple)


def go_into(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> Then[Choosing]:
    """One level down."""
    return then(Choosing((*state.path, _place(state, event))))


def is_list(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> bool:
    """The entry is the list on the display."""
    entry = entry_of(state, event)
    return entry is not None and isinstance(entry.gives, Listing)


def list_unsent(_state: Choosing, _event: on.DigitPressed | on.EnterPressed) -> Then[Listing]:
    """The oldest message is on top."""
    return then(Listing())


def is_entry(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> bool:
    """There is such an entry."""
    return entry_of(state, event) is not None


def announce(state: Choosing, event: on.DigitPressed | on.EnterPressed) -> Then[Shut]:
    """What was chosen is other machines' work."""
    entry = entry_of(state, event)
    assert entry is not None
    assert isinstance(entry.gives, on.Fact)
    return then(Shut(), entry.gives)


def refuse_number(state: Choosing, _event: on.DigitPressed | on.EnterPressed) -> Then[Choosing]:
    """There is no such entry."""
    return then(state, do.Beep("menu-number"))


def is_below(state: Choosing, _event: on.ClearPressed) -> bool:
    """There is a menu above this one."""
    return bool(state.path)


def go_back(state: Choosing, _event: on.ClearPressed) -> Then[Choosing]:
    """One level up, where the mark was."""
    return then(Choosing(state.path[:-1], state.path[-1]))


def shut(_state: Choosing | Listing, _event: on.MenuPressed | on.ClearPressed) -> Then[Shut]:
    """Back to the sale."""
    return then(Shut())


def scroll_up(state: Listing, _event: on.UpPressed) -> Then[Listing]:
    """Towards the oldest."""
    return then(Listing(max(0, state.top - 1)))


def scroll_down(state: Listing, _event: on.DownPressed) -> Then[Listing]:
    """Towards the newest; the display stops at the last one."""
    return then(Listing(min(LISTED_MAX, state.top + 1)))


def print_list(_state: Listing, _event: on.EnterPressed) -> Then[Shut]:
    """The whole list on paper."""
    return then(Shut(), on.SlipOrdered(UnsentOrder()))


# fmt: off
MENU = Table(
    name="menu",
    initial=Shut,
    rest={on.Key: Rest.REFUSE},
    rows=(
        #   in state  on event         when       go to     doing          because
        Row(Shut,     on.MenuPressed,  otherwise, Choosing, open_menu,     "R-23"),
        Row(Choosing, on.UpPressed,    otherwise, Choosing, up,            "R-23"),
        Row(Choosing, on.DownPressed,  otherwise, Choosing, down,          "R-23"),
        Row(Choosing, on.DigitPressed, is_menu,   Choosing, go_into,       "R-23"),
        Row(Choosing, on.DigitPressed, is_list,   Listing,  list_unsent,   "R-23"),
        Row(Choosing, on.DigitPressed, is_entry,  Shut,     announce,      "R-23"),
        Row(Choosing, on.DigitPressed, otherwise, Choosing, refuse_number, "R-25"),
        Row(Choosing, on.EnterPressed, is_menu,   Choosing, go_into,       "R-23"),
        Row(Choosing, on.EnterPressed, is_list,   Listing,  list_unsent,   "R-23"),
        Row(Choosing, on.EnterPressed, otherwise, Shut,     announce,      "R-23"),
        Row(Choosing, on.ClearPressed, is_below,  Choosing, go_back,       "R-23"),
        Row(Choosing, on.ClearPressed, otherwise, Shut,     shut,          "R-23"),
        Row(Choosing, on.MenuPressed,  otherwise, Shut,     shut,          "R-23"),
        Row(Listing,  on.UpPressed,    otherwise, Listing,  scroll_up,     "R-23"),
        Row(Listing,  on.DownPressed,  otherwise, Listing,  scroll_down,   "R-23"),
        Row(Listing,  on.EnterPressed, otherwise, Shut,     print_list,    "R-23"),
        Row(Listing,  on.ClearPressed, otherwise, Shut,     shut,          "R-23"),
        Row(Listing,  on.MenuPressed,  otherwise, Shut,     shut,          "R-23"),
    ),
)
# fmt: on
