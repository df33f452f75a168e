"""A receipt that ends the process at each start is set aside at the third; whoever comes further is not.

The journals here are written record by record, a start at a time, as the register writes them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, strategies as st

from states.fiscal import journal
from states.fiscal.counting import fold
from states.fiscal.journal import History, Record, Stored, fold_histories
from states.fiscal.receipt import Attempt, Verdict, Way
from states.poison import RECENT_RECORDS, STARTS_MAX, last_sent, starts_of
from states.queueing import Aside
from states.recovery import Fresh, resume, set_aside, starts_with, unsent
from tests.journal_samples import (
    attempt,
    given_up_life,
    intent,
    offline,
    offline_life,
    online,
    opened,
    printed_life,
    set_aside_life,
    signed_receipt,
)

RECEIPT, OTHER = signed_receipt(1), signed_receipt(2)
OKP = RECEIPT.okp
START = opened()
FRESH = Fresh("fresh", RECEIPT.create_date)
CUT = journal.PrintInterrupted(OKP, "power-cut")
DOUBT = journal.MailFailed(OKP, Verdict.IN_DOUBT, "power-cut", 0, "power-cut")


def sent(count: int) -> journal.Attempted:
    """The receipt's further sending."""
    return journal.Attempted(OKP, attempt(RECEIPT, count))


def found(*records: Record, okp: str = OKP) -> int:
    """With how many starts this receipt was found by the start that these records end with."""
    assert isinstance(records[-1], journal.Opened)
    return starts_with(fold_histories(records)[okp], records[-RECENT_RECORDS:])


# --- A customer who waits ----------------------------------------------------------------------------------

SALES: dict[str, tuple[list[Record], list[Record]]] = {
    "asked again": ([intent(RECEIPT)], [sent(2)]),
    "mail in doubt": ([intent(RECEIPT), online(RECEIPT, Way.EMAIL)], [DOUBT]),
    "printed again": ([intent(RECEIPT), online(RECEIPT)], [CUT]),
    "printed again off-line": ([intent(RECEIPT), offline(RECEIPT)], [CUT]),
    "ended before recovery wrote": ([intent(RECEIPT), online(RECEIPT)], []),
    "sent beside it": ([intent(RECEIPT), offline(RECEIPT)], [CUT, sent(2)]),
}
"""How a sale stands when the power goes, and what a start writes that comes no further."""


@pytest.mark.parametrize("name", SALES)
def test_the_third_start_in_a_row_sets_a_sale_aside(name: str) -> None:
    """R-45, I21: two starts are for accidents."""
    sale, start = SALES[name]
    records: list[Record] = [START, *sale]
    for count in (1, 2, 3, 4):
        records.append(START)
        assert found(*records) == count
        decided = resume(fold_histories(records)[OKP], FRESH, count)
        assert decided is not None
        assert isinstance(decided.record, journal.SetAside) == (count >= STARTS_MAX)
        records += start


@pytest.mark.parametrize(
    "progress",
    [
        online(RECEIPT),
        journal.PrintInterrupted(OKP, "paper-out"),
        journal.MailFailed(OKP, Verdict.NOT_SENT, "x", 5, ""),
    ],
    ids=lambda record: type(record).__name__,
)
def test_whoever_came_further_begins_anew(progress: Record) -> None:
    """A printer without paper is no crash, nor is an authority that answers: a register may wait for paper for days."""
    sale: list[Record] = [START, intent(RECEIPT), START, sent(2), START, sent(3), progress]
    assert found(*sale, START) == 1
    assert found(*sale, START, CUT, START) == 2


def test_paper_that_is_out_for_a_week_sets_nothing_aside() -> None:
    """Each morning the printer says so again."""
    records: list[Record] = [START, intent(RECEIPT), online(RECEIPT)]
    for _ in range(7):
        records += [START, CUT, journal.PrintInterrupted(OKP, "paper-out")]
    assert found(*records, START) == 1


# --- A message of the outbox -------------------------------------------------------------------------------

PRINTED = offline_life(RECEIPT)[:-2]


def test_the_third_start_after_two_that_ended_in_the_sending() -> None:
    """R-45, I21: OEC 9/2019, where the sending of a message restarted the device again and again."""
    records: list[Record] = [START, *PRINTED, sent(2), START]
    assert found(*records) == 1
    records += [sent(3), START]
    assert found(*records) == 2
    records += [sent(4), START]
    assert found(*records) == STARTS_MAX
    assert last_sent(records) == OKP


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("tried twice, so the first did not end it", [sent(3), sent(4)]),
        ("a sale followed", [sent(3), *printed_life(OTHER)]),
        ("a sale was begun", [sent(3), intent(OTHER)]),
        ("nothing was sent", []),
        ("another was sent", [journal.Attempted(OTHER.okp, attempt(OTHER, 2))]),
    ],
)
def test_a_start_that_lived_on_is_no_evidence(name: str, start: list[Record]) -> None:
    """An authority that is silent for nights sets nothing aside: the next attempt follows within minutes."""
    assert name
    assert found(START, *PRINTED, START, sent(2), START, *start, START, sent(9), START) <= 2


def test_a_message_that_is_never_sent_first_is_found_too() -> None:
    """The one before it brings no answer that can be believed, and lets the register live."""
    before = [journal.Attempted(OTHER.okp, attempt(OTHER, count)) for count in (2, 3)]
    assert found(START, *PRINTED, START, before[0], sent(2), START, before[1], sent(3), START) == STARTS_MAX


def test_only_the_message_that_was_sent_last_is_suspected() -> None:
    """The others flow."""
    life: list[Record] = [*PRINTED, *offline_life(OTHER)[:-2]]
    records: list[Record] = [START, *life, START, sent(2), START, sent(3), START]
    assert (found(*records), found(*records, okp=OTHER.okp)) == (STARTS_MAX, 1)


# --- What was set aside ------------------------------------------------------------------------------------


def test_what_was_set_aside_is_nobodys_any_more() -> None:
    """It is neither handed out nor sent; the list of the unsent has it with code 0."""
    history = fold_histories([START, *set_aside_life(RECEIPT)])[OKP]
    assert (history.is_undelivered, history.is_unsent, history.is_aside) == (False, False, True)
    assert (unsent((history,)), set_aside((history,))) == ((), (Aside(RECEIPT, 0),))
    assert resume(history, FRESH, STARTS_MAX + 1) is None


def test_what_has_its_uid_is_not_in_the_list() -> None:
    """The authority knows it; that the customer has none was told at the start."""
    records: list[Record] = [intent(RECEIPT), online(RECEIPT), journal.SetAside(OKP, 3)]
    history = fold_histories(records)[OKP]
    assert (history.is_undelivered, history.is_unsent, history.is_aside) == (False, False, False)


def test_a_message_may_be_sent_again_by_hand() -> None:
    """Then it waits as any other; if it ends the process again, it is set aside again; an answer is an answer."""
    *before, resolved = given_up_life(RECEIPT)
    history = fold_histories([START, *before[:-1]])[OKP]
    assert set_aside((history,)) == (Aside(RECEIPT, 0, 3),)
    waits = history.after(before[-1])
    assert (waits.is_undelivered, waits.is_unsent, waits.is_aside) == (False, True, False)
    assert found(START, *before, START, sent(5), START, sent(6), START) == STARTS_MAX
    again = resume(waits, FRESH, STARTS_MAX)
    assert again is not None
    assert waits.after(again.record).is_aside
    assert not waits.after(resolved).is_aside


def test_an_off_line_receipt_that_was_not_handed_out_is_never_printed_when_it_is_sent_by_hand() -> None:
    """The cashier gave a paragón instead."""
    records: list[Record] = [intent(RECEIPT), offline(RECEIPT), journal.SetAside(OKP, 3), sent(2)]
    history = fold_histories(records)[OKP]
    assert (history.is_undelivered, history.is_unsent) == (False, True)
    assert resume(history, FRESH) is None


def test_what_a_receipt_that_was_given_up_was_to_repair_is_not_repaired_again() -> None:
    """The authority may know the repair."""
    refused = fold_histories([*PRINTED, journal.Resolved(OKP, "", -103, "")])[OKP]
    repair = replace(OTHER, sale=replace(OTHER.sale, repairs=OKP))
    given_up = History(repair, (attempt(repair),)).after(journal.SetAside(repair.okp, 3))
    assert set_aside((refused, given_up)) == (Aside(repair, 0),)


def test_a_day_can_be_closed_beyond_a_receipt_that_was_given_up() -> None:
    """It counts nowhere: the customer has a paragón, which is registered later."""
    records = [*set_aside_life(RECEIPT), *printed_life(OTHER)]
    day = fold(Stored(seq, 0, b"", record) for seq, record in enumerate(records, start=1))
    assert (day.up_to_seq, day.total.count, day.total.cents) == (len(records), 1, OTHER.sale.total_cents)


# --- Whatever the newest records are -----------------------------------------------------------------------

SOME: list[Record] = [START, sent(2), CUT, DOUBT, journal.Attempted(OTHER.okp, Attempt("u", "", 2)), intent(OTHER)]


@given(st.lists(st.sampled_from(SOME), max_size=12), st.sampled_from(list(SALES)))
def test_any_newest_records_are_counted(records: list[Record], name: str) -> None:
    """Never fewer than this start, never more than there were, and never more by looking at fewer records."""
    sale, _ = SALES[name]
    newest = [*records, START]
    history = reduce(History.after, sale[1:], fold_histories(sale[:1])[OKP])
    count = starts_with(history, newest)
    assert 1 <= count <= len(starts_of(newest))
    for cut in range(len(newest)):
        assert starts_with(history, newest[cut:]) <= count
