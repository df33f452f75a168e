"""The menu: reports of the day. It opens only between sales."""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.fiscal.day import ReportKind
from states.table import Rest, Row, Table, Then, otherwise, then

ENTRIES: dict[str, ReportKind] = {
    "menu-report-x": ReportKind.X,
    "menu-report-z": ReportKind.Z,
    "menu-report-again": ReportKind.AGAIN,
}
"""What the menu offers, in order, by its word."""
KINDS = tuple(ENTRIES.values())


@dataclass(frozen=True, slots=True)
class Shut:
    """The keys belong to the sale."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """The cashier walks the menu."""

    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Reporting:
    """The journal is being read; a daily report is being closed."""

    kind: ReportKind


@dataclass(frozen=True, slots=True)
class ReportPrinting:
    """The report is leaving for paper."""

    kind: ReportKind


def open_menu(_state: Shut, _event: on.MenuPressed) -> Then[Choosing]:
    """The first entry is marked."""
    return then(Choosing())


def up(state: Choosing, _event: on.UpPressed) -> Then[Choosing]:
    """The mark goes up and stays in the menu."""
    return then(Choosing(max(0, state.chosen - 1)))


def down(state: Choosing, _event: on.DownPressed) -> Then[Choosing]:
    """The mark goes down and stays in the menu."""
    return then(Choosing(min(len(ENTRIES) - 1, state.chosen + 1)))


def is_entry(_state: Choosing, event: on.DigitPressed) -> bool:
    """Entries are numbered from 1."""
    return event.digits.isdigit() and 1 <= int(event.digits) <= len(ENTRIES)


def begin_numbered(_state: Choosing, event: on.DigitPressed) -> Then[Reporting]:
    """The entry of this number."""
    kind = KINDS[int(event.digits) - 1]
    return then(Reporting(kind), do.Report(kind))


def refuse_number(state: Choosing, _event: on.DigitPressed) -> Then[Choosing]:
    """There is no such entry."""
    return then(state, do.Beep("menu-number"))


def begin(state: Choosing, _event: on.EnterPressed) -> Then[Reporting]:
    """The marked entry."""
    kind = KINDS[state.chosen]
    return then(Reporting(kind), do.Report(kind))


def shut(_state: Choosing, _event: on.MenuPressed | on.ClearPressed) -> Then[Shut]:
    """Back to the sale."""
    return then(Shut())


def print_report(state: Reporting, event: on.Reported) -> Then[ReportPrinting]:
    """The sums are known, and a closing is durable."""
    return then(ReportPrinting(state.kind), do.PrintReport(event.sums))


def say_missing(_state: Reporting, _event: on.ReportMissing) -> Then[Shut]:
    """There is nothing to print again."""
    return then(Shut(), do.Beep("report-none"))


def end_report(_state: ReportPrinting, _event: on.ReportPrinted) -> Then[Shut]:
    """Back to the sale."""
    return then(Shut(), do.Beep("report-printed"))


def is_closed(state: ReportPrinting, _event: on.ReportFailed) -> bool:
    """It was a daily report: it stays closed, and the menu prints it again."""
    return state.kind is not ReportKind.X


def say_lost(_state: ReportPrinting, _event: on.ReportFailed) -> Then[Shut]:
    """The cashier is told how to print it again."""
    return then(Shut(), do.Beep("report-lost"))


def fail_report(_state: ReportPrinting, event: on.ReportFailed) -> Then[Shut]:
    """The cashier is told why."""
    return then(Shut(), do.Beep(event.reason))


# fmt: off
MENU = Table(
    name="menu",
    initial=Shut,
    rest={on.Key: Rest.REFUSE, on.Answer: Rest.NEVER},
    rows=(
        #   in state        on event          when       go to           doing           because
        Row(Shut,           on.MenuPressed,   otherwise, Choosing,       open_menu,      "R-23"),
        Row(Choosing,       on.UpPressed,     otherwise, Choosing,       up,             "R-23"),
        Row(Choosing,       on.DownPressed,   otherwise, Choosing,       down,           "R-23"),
        Row(Choosing,       on.DigitPressed,  is_entry,  Reporting,      begin_numbered, "R-23"),
        Row(Choosing,       on.DigitPressed,  otherwise, Choosing,       refuse_number,  "R-25"),
        Row(Choosing,       on.EnterPressed,  otherwise, Reporting,      begin,          "R-23"),
        Row(Choosing,       on.MenuPressed,   otherwise, Shut,           shut,           "R-23"),
        Row(Choosing,       on.ClearPressed,  otherwise, Shut,           shut,           "R-23"),
        Row(Reporting,      on.Reported,      otherwise, ReportPrinting, print_report,   "R-23"),
        Row(Reporting,      on.ReportMissing, otherwise, Shut,           say_missing,    "R-23"),
        Row(ReportPrinting, on.ReportPrinted, otherwise, Shut,           end_report,     "R-23"),
        Row(ReportPrinting, on.ReportFailed,  is_closed, Shut,           say_lost,       "R-23"),
        Row(ReportPrinting, on.ReportFailed,  otherwise, Shut,           fail_report,    "R-23"),
    ),
)
# fmt: on
