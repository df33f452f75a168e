"""Slips: what was ordered is gathered from the journal, made durable where it must be, and printed."""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.fiscal.day import ReportKind
from states.fiscal.slip import CashOrder, Order, ReportOrder
from states.table import Rest, Row, Table, Then, otherwise, then

CLOSINGS = frozenset({ReportKind.Z, ReportKind.AGAIN})


@dataclass(frozen=True, slots=True)
class NoSlip:
    """No slip is wanted."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """The journal is being read; a closing, or cash moved, is being made durable."""

    order: Order


@dataclass(frozen=True, slots=True)
class SlipPrinting:
    """The slip is leaving for paper."""

    order: Order


def gather(_state: NoSlip, event: on.SlipOrdered) -> Then[Gathering]:
    """What the slip says is in the journal."""
    return then(Gathering(event.order), do.Gather(event.order))


def moves_cash(state: Gathering, _event: on.SlipGathered) -> bool:
    """Cash goes into the drawer, or out of it."""
    return isinstance(state.order, CashOrder)


def open_and_print(state: Gathering, event: on.SlipGathered) -> Then[SlipPrinting]:
    """It is durable that the cash moves: it may."""
    return then(SlipPrinting(state.order), do.OpenDrawer(), do.PrintSlip(event.slip))


def print_slip(state: Gathering, event: on.SlipGathered) -> Then[SlipPrinting]:
    """What the slip says is known, and a closing is durable."""
    return then(SlipPrinting(state.order), do.PrintSlip(event.slip))


def say_missing(_state: Gathering, event: on.SlipMissing) -> Then[NoSlip]:
    """The cashier is told why there is nothing to print."""
    return then(NoSlip(), do.Beep(event.reason))


def is_report(state: SlipPrinting, _event: on.SlipPrinted) -> bool:
    """It was a report."""
    return isinstance(state.order, ReportOrder)


def end_report(_state: SlipPrinting, _event: on.SlipPrinted) -> Then[NoSlip]:
    """Back to the sale."""
    return then(NoSlip(), do.Beep("report-printed"))


def end_slip(_state: SlipPrinting, _event: on.SlipPrinted) -> Then[NoSlip]:
    """Back to the sale."""
    return then(NoSlip(), do.Beep("slip-printed"))


def is_closed(state: SlipPrinting, _event: on.SlipFailed) -> bool:
    """It was a daily report: it stays closed, and the menu prints it again."""
    return isinstance(state.order, ReportOrder) and state.order.kind in CLOSINGS


def say_lost(_state: SlipPrinting, _event: on.SlipFailed) -> Then[NoSlip]:
    """The cashier is told how to print the report again."""
    return then(NoSlip(), do.Beep("report-lost"))


def is_moved(state: SlipPrinting, _event: on.SlipFailed) -> bool:
    """The cash has moved, with or without its slip."""
    return isinstance(state.order, CashOrder)


def say_slip_lost(_state: SlipPrinting, _event: on.SlipFailed) -> Then[NoSlip]:
    """The cashier is told that the cash counts, so that nobody keys it once more."""
    return then(NoSlip(), do.Beep("cash-slip-lost"))


def fail_slip(_state: SlipPrinting, event: on.SlipFailed) -> Then[NoSlip]:
    """The cashier is told why; what only tells of the journal is ordered again."""
    return then(NoSlip(), do.Beep(event.reason))


# fmt: off
SLIP = Table(
    name="slip",
    initial=NoSlip,
    rest={on.SlipOrdered: Rest.NEVER, on.Answer: Rest.NEVER},
    rows=(
        #   in state      on event         when        go to         doing           because
        Row(NoSlip,       on.SlipOrdered,  otherwise,  Gathering,    gather,         "R-23"),
        Row(Gathering,    on.SlipGathered, moves_cash, SlipPrinting, open_and_print, "R-24"),
        Row(Gathering,    on.SlipGathered, otherwise,  SlipPrinting, print_slip,     "R-23"),
        Row(Gathering,    on.SlipMissing,  otherwise,  NoSlip,       say_missing,    "R-25"),
        Row(SlipPrinting, on.SlipPrinted,  is_report,  NoSlip,       end_report,     "R-23"),
        Row(SlipPrinting, on.SlipPrinted,  otherwise,  NoSlip,       end_slip,       "R-23"),
        Row(SlipPrinting, on.SlipFailed,   is_closed,  NoSlip,       say_lost,       "R-23"),
        Row(SlipPrinting, on.SlipFailed,   is_moved,   NoSlip,       say_slip_lost,  "R-23"),
        Row(SlipPrinting, on.SlipFailed,   otherwise,  NoSlip,       fail_slip,      "R-23"),
    ),
)
# fmt: on
