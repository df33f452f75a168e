"""Any slip on paper; one of a training register says so at its top and at its end."""

from __future__ import annotations

from states.fiscal.cash_slip import cash_slip_lines
from states.fiscal.copy import copy_lines
from states.fiscal.day import Sums
from states.fiscal.identity import Identity
from states.fiscal.original import TRAINING, mark_lines
from states.fiscal.paper import COLUMNS_MIN, Cut, Line
from states.fiscal.report import report_lines
from states.fiscal.sample import sample_lines
from states.fiscal.slip import CashSlip, Copy, Sample, Slip, UnsentList
from states.fiscal.unsent_list import unsent_lines


def slip_lines(slip: Slip, identity: Identity, columns: int, *, training: bool = False) -> tuple[Line, ...]:
    """The slip laid out, for 32 columns or more, and cut at its end."""
    if columns < COLUMNS_MIN:
        raise ValueError(f"at least {COLUMNS_MIN} columns, not {columns}")
    marks = mark_lines(TRAINING, columns) if training else ()
    *content, cut = _content(slip, identity, columns)
    assert cut == Cut()
    return (*marks, *content, *marks, cut)


def _content(slip: Slip, identity: Identity, columns: int) -> tuple[Line, ...]:
    match slip:
        case Sums():
            return report_lines(slip, identity, columns)
        case CashSlip():
            return cash_slip_lines(slip, identity, columns)
        case Copy():
            return copy_lines(slip, columns)
        case UnsentList():
            return unsent_lines(slip, identity, columns)
        case Sample():
            return sample_lines(slip, columns)
