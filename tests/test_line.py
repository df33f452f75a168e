"""The line: three silent sales make it unreachable, any answer brings it back, and every message leaves at once."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from states import effects as do, events as on
from states.fiscal.receipt import Attempt
from states.machines.line import FAILURES_MAX, LINE, Reaching, Unreachable
from states.table import Rest
from states.words import WORDS
from tests.fiscal_examples import UID, numbered
from tests.table_rows import Case, hear, named, unused

RECEIPT = numbered(7)
FIRST = Attempt("u-1", RECEIPT.create_date, 1)
SEALED = on.Sealed(RECEIPT, FIRST)
REPLY = "<reply/>"
SILENT = on.RegisterFailed("late", True)
OVERLOADED = on.RegisterRefused(-1, "overloaded", REPLY)
LOST, BACK = do.Beep("line-lost"), do.Beep("line-back")

ANSWERS: tuple[on.Event, ...] = (
    on.Registered(UID, REPLY),
    on.RegisterRefused(-100, "", REPLY),
    on.AnsweredLate(RECEIPT.okp, UID, REPLY),
    on.Resent(UID, REPLY),
    on.ResendRefused(-104, "", REPLY),
    on.Located(REPLY),
    on.LocateRefused(-108, "", REPLY),
)
NO_ANSWERS: tuple[on.Event, ...] = (on.ResendRefused(-1, "", REPLY), on.LocateRefused(-1, "", REPLY))

CASES: list[Case] = [
    (Reaching(2), SEALED, Reaching(2), (do.Register(RECEIPT, FIRST),)),
    (Unreachable(), SEALED, Unreachable(), (do.Register(RECEIPT, FIRST, briefly=True),)),
    (Reaching(0), SILENT, Reaching(1), ()),
    (Reaching(1), OVERLOADED, Reaching(2), ()),
    (Reaching(2), SILENT, Unreachable(), (LOST,)),
    (Reaching(2), OVERLOADED, Unreachable(), (LOST,)),
    (Unreachable(), OVERLOADED, Unreachable(), ()),
    *((Reaching(2), answer, Reaching(0), ()) for answer in ANSWERS),
    *((Unreachable(), answer, Reaching(0), (BACK,)) for answer in ANSWERS),
    *((Reaching(2), other, Reaching(2), ()) for other in NO_ANSWERS),
    *((Unreachable(), other, Unreachable(), ()) for other in NO_ANSWERS),
]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_each_row(case: Case) -> None:
    """What one event makes of one state."""
    state, event, after, wishes = case
    result = hear(LINE, state, event)
    assert (result.state, result.wishes) == (after, wishes)


def test_no_row_is_left_out() -> None:
    """The cases above drive the whole table."""
    assert unused(LINE, CASES) == []


@pytest.mark.parametrize("state", [Reaching(1), Unreachable()])
def test_a_silent_outbox_says_nothing_new(state: object) -> None:
    """Only sales are counted: what the outbox tries in an outage is tried for that very reason."""
    assert LINE.step(state, on.ResendFailed("late", True)) is Rest.IGNORE
    assert LINE.step(state, on.LocateFailed("late")) is Rest.IGNORE


def test_a_silent_sale_in_an_outage_changes_nothing() -> None:
    """It is unreachable already, and the cashier has been told."""
    assert LINE.step(Unreachable(), SILENT) is Rest.IGNORE


sales = st.lists(st.sampled_from((SILENT, OVERLOADED, *ANSWERS, *NO_ANSWERS)), max_size=20)


@given(sales)
def test_r_36_every_message_leaves_at_once_and_waits_briefly_only_after_three_silent_sales(
    heard: list[on.Event],
) -> None:
    """Whatever came before: one Register for each sale, and brief exactly while the last three sales had no answer."""
    state: object = Reaching()
    silent, lost = 0, False
    for event in heard:
        (wish,) = hear(LINE, state, SEALED).wishes
        assert wish == do.Register(RECEIPT, FIRST, briefly=lost)
        result = LINE.step(state, event)
        state = state if isinstance(result, Rest) else result.state
        silent = 0 if event in ANSWERS else silent + (event in (SILENT, OVERLOADED))
        lost = silent >= FAILURES_MAX


def test_the_cashier_is_told_in_words() -> None:
    """Both beeps have a sentence."""
    assert {LOST.notice, BACK.notice} <= WORDS.keys()
