"""What a power cut leaves behind has one reading: every combination of clues, and every crash inside the recovery."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

import pytest

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.journal import History, Record
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Attempt, Form, MailResult, Verdict, Way
from states.journey import Printing, Registering
from states.laws import LAWS
from states.machines.place import Locating, Placed, Unplaced
from states.poison import STARTS_MAX
from states.queueing import Aside, Unsent
from states.recovery import (
    ASIDE,
    CASES,
    EITHER,
    FORMS,
    WAYS,
    Clues,
    Fresh,
    Places,
    Resumption,
    ask_again,
    case_of,
    clues,
    give_up,
    leave,
    locate_again,
    places,
    print_doubtful_mail,
    print_whole,
    resume,
    resume_place,
    set_aside,
    stop,
    unsent,
)
from states.register import Register, turn
from states.table import NeverHappens
from tests.fiscal_examples import PAYER, SW_ID, UID, numbered
from tests.world_walk import home

RECEIPT = numbered(7, replace(numbered(7).sale, basket_id="s-7"))
OKP = RECEIPT.okp
FIRST = Attempt("first", "2026-11-23T10:00:00+01:00", 1)
FRESH = Fresh("fresh", "2026-11-23T10:05:00+01:00")
LATER = Fresh("later", "2026-11-23T10:06:00+01:00")

EVERY = [Clues(*found) for found in product(FORMS, WAYS, EITHER, EITHER, EITHER, (None, *Way), ASIDE, EITHER)]
DECIDED = {each: case_of(each) for each in EVERY}
GOING_ON = [each for each, case in DECIDED.items() if case.decision not in (leave, give_up, stop)]
CONTRADICTIONS = [each for each, case in DECIDED.items() if case.decision is stop]


def of(each: Clues) -> History:
    """A history with these clues; a way without an outcome cannot be written down and is left out."""
    uid = UID if each.form is Form.ONLINE else ""
    found = History(RECEIPT, (FIRST,))
    records: list[Record] = []
    if each.form is not None:
        records.append(journal.Outcome(OKP, each.form, uid, 0, "", each.way, "", ""))
    if each.mail_failed:
        records.append(journal.MailFailed(OKP, Verdict.NOT_SENT, "rcpt", 550, "no such user"))
    if each.interrupted:
        records.append(journal.PrintInterrupted(OKP, "paper-out"))
    if each.answered:
        records.append(journal.Resolved(OKP, UID, 0, ""))
    if each.delivered is not None:
        records.append(journal.Delivered(OKP, each.delivered, ""))
    if each.aside is not None:
        records.append(journal.SetAside(OKP, STARTS_MAX))
    if each.aside is False:
        records.append(journal.Attempted(OKP, Attempt("second", FRESH.request_date, 2)))
    return reduce(History.after, records, found)


WRITABLE = [each for each in EVERY if each.form is not None or each.way is None]
"""A way stands in the outcome."""


# --- The table ---------------------------------------------------------------------------------------------


def test_every_combination_of_clues_is_accounted_for() -> None:
    """I28: 1728 combinations, each decided by one case; every case decides some, and none is left over."""
    assert len(EVERY) == len(set(EVERY)) == 4 * 3 * 2 * 2 * 2 * 3 * 3 * 2
    counts = Counter(case.decision for case in DECIDED.values())
    assert counts == {leave: 1564, give_up: 92, ask_again: 1, print_doubtful_mail: 1, print_whole: 8, stop: 62}
    assert set(DECIDED.values()) == set(CASES), "a case that decides nothing"


def test_cases_of_one_receipt_that_goes_on_exclude_each_other() -> None:
    """What goes on, or contradicts itself, is taken by exactly the cases of its decision."""
    for each in (*GOING_ON, *CONTRADICTIONS):
        assert {case.decision is stop for case in CASES if case.takes(each)} == {each in CONTRADICTIONS}


def test_every_case_cites_a_law_and_every_contradiction_says_why() -> None:
    for case in CASES:
        assert (case.because in LAWS) == (case.decision is not stop)
        assert case.because


def test_clues_are_read_from_the_journal_alone() -> None:
    """What was written down is what is read."""
    for each in WRITABLE:
        assert clues(of(each), STARTS_MAX if each.third else 1) == each


@pytest.mark.parametrize("each", [each for each in CONTRADICTIONS if each in WRITABLE], ids=str)
def test_a_journal_that_contradicts_itself_stops_the_register_twice(each: Clues) -> None:
    """I21: at the third start it is set aside as any other that does not come further."""
    with pytest.raises(NeverHappens, match="contradicts itself"):
        resume(of(each), FRESH)
    assert resume(of(each), FRESH, STARTS_MAX) == Resumption(journal.SetAside(OKP, STARTS_MAX))


def test_whoever_is_done_with_is_left_and_whoever_waits_is_not() -> None:
    """I13, I15: by the history's own words: an undelivered one goes on, stops the register, or is given up."""
    for each in WRITABLE:
        decision = DECIDED[each].decision
        if of(each).is_undelivered:
            assert decision is not leave
            assert (decision is give_up) == each.third
        else:
            assert decision is leave or (decision is give_up and of(each).is_unsent)


# --- The decisions -----------------------------------------------------------------------------------------


def simply(form: Form | None, way: Way | None, *, mail_failed: bool = False) -> History:
    """A history with these clues and no others."""
    return of(Clues(form, way, mail_failed, False, False, None, None, False))


def test_without_an_outcome_the_authority_is_asked_again() -> None:
    """W1 only: a further attempt with a raised count, durable first; the address did not survive the cut."""
    attempt = Attempt("fresh", FRESH.request_date, 2)
    assert resume(simply(None, None), FRESH) == Resumption(
        journal.Attempted(OKP, attempt), Registering(RECEIPT, attempt, ""), do.Register(RECEIPT, attempt)
    )


def test_a_mail_that_may_have_left_is_in_doubt_and_printed() -> None:
    """I18: it is never sent again; I17: paper is certain. Nothing of it can be on paper yet."""
    mail = MailResult(Verdict.IN_DOUBT, "power-cut", 0, "power-cut")
    assert resume(simply(Form.ONLINE, Way.EMAIL), FRESH) == Resumption(
        journal.MailFailed(OKP, Verdict.IN_DOUBT, "power-cut", 0, "power-cut"),
        Printing(RECEIPT, UID, mail),
        do.Print(RECEIPT, UID, torn=False),
    )


@pytest.mark.parametrize(
    ("form", "way", "failed"),
    [(Form.ONLINE, Way.PRINT, False), (Form.OFFLINE, Way.PRINT, False), (Form.ONLINE, Way.EMAIL, True)],
)
def test_a_print_that_may_have_begun_is_voided_and_made_whole(form: Form, way: Way, failed: bool) -> None:
    """I19: the interruption is durable before the original leaves again, in the same form as before."""
    uid = UID if form is Form.ONLINE else ""
    mail = MailResult(Verdict.NOT_SENT, "rcpt", 550, "no such user") if failed else None
    assert resume(simply(form, way, mail_failed=failed), FRESH) == Resumption(
        journal.PrintInterrupted(OKP, "power-cut"), Printing(RECEIPT, uid, mail), do.Print(RECEIPT, uid, torn=True)
    )


# --- A cut in the recovery ---------------------------------------------------------------------------------


@pytest.mark.parametrize("each", GOING_ON, ids=str)
def test_recovery_is_a_function_of_the_journal(each: Clues) -> None:
    """The same journal and the same chance lead to the same end; chance is used only for an attempt's name and time."""
    assert resume(of(each), FRESH) == resume(of(each), FRESH)
    one, other = resume(of(each), FRESH), resume(of(each), LATER)
    assert without_chance(one) == without_chance(other)
    assert (one == other) == (each.form is not None)


def without_chance(resumption: object) -> str:
    """The resumption without what chance and time gave it."""
    text = repr(resumption)
    for word in (FRESH.uuid, LATER.uuid, FRESH.request_date, LATER.request_date):
        text = text.replace(word, "?")
    return text


@dataclass(frozen=True)
class Ending:
    """What a customer and the authority have at the end of a receipt."""

    form: Form
    uid: str
    way: Way
    mail_failed: bool


def lived(found: History, records_max: int) -> tuple[History, Ending | None]:
    """Start with this history and go on as the tables say, everybody answering well, until so many records are
    durable, recovery's own being the first; the Ending if the receipt came to it."""
    resumption = resume(found, FRESH)
    assert resumption is not None
    found = found.after(resumption.record)
    register = replace(home(), receipt=resumption.state)
    todo: list[do.Effect | None] = [resumption.effect]
    for _ in range(records_max - 1):
        while todo and not isinstance(todo[0], do.Keep):
            register, effects = answered_well(register, todo.pop(0))
            todo += effects
        if not todo:
            break
        keep = todo.pop(0)
        assert isinstance(keep, do.Keep)
        found = found.after(keep.record)
        register, effects = turn(register, on.Kept())
        todo += effects
    if found.delivered is None or found.outcome is None:
        return found, None
    return found, Ending(found.outcome.form, found.outcome.uid, found.delivered.way, found.mail_failed is not None)


def answered_well(register: Register, effect: do.Effect | None) -> tuple[Register, tuple[do.Effect, ...]]:
    """The register after the world has done this at once."""
    match effect:
        case do.Register():
            return turn(register, on.Registered(UID, "<reply/>"))
        case do.Print():
            return turn(register, on.Printed())
    return register, ()


@pytest.mark.parametrize("each", GOING_ON, ids=str)
def test_a_cut_after_each_record_leads_to_the_same_end(each: Clues) -> None:
    """I28: cut after each record of the recovery and of what follows from it, once and twice, with any third start."""
    _, end = lived(of(each), 10)
    assert end is not None
    for first, second in product(range(1, 6), repeat=2):
        found, reached = lived(of(each), first)
        if reached is None:
            found, reached = lived(found, second)
        if reached is None:
            found, reached = lived(found, 10)
        assert reached == end
        counts = [attempt.sending_count for attempt in found.attempts]
        assert counts == list(range(1, len(counts) + 1))
        assert not found.is_undelivered


@pytest.mark.parametrize("each", GOING_ON, ids=str)
def test_recovering_what_was_recovered_changes_nothing(each: Clues) -> None:
    """I28: recover(recover(J)) asks for what recover(J) asks for; at the third start it gives up, and that is final."""
    once = of(each)
    first = resume(once, FRESH)
    assert first is not None
    for _ in range(5):
        once = once.after(first.record)
        again = resume(once, FRESH, 2)
        assert again is not None
        assert (type(again.state), type(again.effect)) == (type(first.state), type(first.effect))
        assert getattr(again.state, "uid", "") == getattr(first.state, "uid", "")
        first = again
    last = resume(once, FRESH, STARTS_MAX)
    assert last == Resumption(journal.SetAside(OKP, STARTS_MAX))
    assert resume(once.after(last.record), FRESH, STARTS_MAX + 1) is None


def test_the_outbox_is_read_from_the_journal() -> None:
    """Oldest first, with the last count; what has its UID, or was set aside, is out of it."""
    offline = simply(Form.OFFLINE, Way.PRINT)
    tried = offline.after(journal.Attempted(OKP, Attempt("second", FRESH.request_date, 2)))
    sent = tried.after(journal.Resolved(OKP, UID, 0, ""))
    aside = tried.after(journal.Resolved(OKP, "", -100, ""))
    online = simply(Form.ONLINE, Way.PRINT)
    waiting = History(numbered(8), (FIRST,), replace(offline.outcome, okp=numbered(8).okp) if offline.outcome else None)
    assert unsent((sent, tried, aside, online, waiting)) == (Unsent(RECEIPT, 2), Unsent(numbered(8), 1))


# --- The outbox and the place ----------------------------------------------------------------------------

MORNING, NOON, NIGHT = (f"2026-11-23T{hour}:00:00+01:00" for hour in ("08", "12", "20"))
SQUARE, TAXI = Place(other="Námestie"), Place(other="Taxi EČV=BA123AA")


def moved(place: Place, name: str = "m-1", date: str = MORNING) -> Location:
    """A location of this place."""
    return Location(name, place, PAYER, date, SW_ID)


def announced(location: Location) -> journal.Moved:
    """Its W1."""
    return journal.Moved(location, Attempt(location.id, location.create_date, 1))


def tried(location: Location, count: int) -> journal.MovedAttempted:
    """A further attempt."""
    return journal.MovedAttempted(location.id, Attempt(f"{location.id}-{count}", NIGHT, count))


def answered(location: Location, code: int) -> journal.MovedAnswered:
    """The authority's answer."""
    return journal.MovedAnswered(location.id, code, "<reply/>")


AT_SQUARE, AT_TAXI = moved(SQUARE, "m-1"), moved(TAXI, "m-2", NOON)
AT_SQUARE_1, AT_TAXI_1 = Unsent(AT_SQUARE, 1), Unsent(AT_TAXI, 1)


def then_refused(location: Location, code: int) -> list[Record]:
    """Announced, sent again, and refused."""
    return [announced(location), tried(location, 2), answered(location, code)]


FOUND: list[tuple[list[Record], Places]] = [
    ([], Places()),
    ([journal.CashMoved(100, NOON, "")], Places()),
    ([announced(AT_SQUARE)], Places(AT_SQUARE, unsent=(AT_SQUARE_1,))),
    ([announced(AT_SQUARE), answered(AT_SQUARE, 0)], Places(AT_SQUARE)),
    (
        [announced(AT_SQUARE), tried(AT_SQUARE, 2), tried(AT_SQUARE, 3)],
        Places(AT_SQUARE, unsent=(Unsent(AT_SQUARE, 3),)),
    ),
    ([announced(AT_SQUARE), answered(AT_SQUARE, -108)], Places()),
    (then_refused(AT_SQUARE, -110), Places()),
    (then_refused(AT_SQUARE, -108), Places()),
    ([announced(AT_SQUARE), announced(AT_TAXI)], Places(AT_TAXI, (AT_SQUARE_1, AT_TAXI_1))),
    ([announced(AT_SQUARE), announced(AT_TAXI), answered(AT_TAXI, -110)], Places(unsent=(AT_SQUARE_1,))),
    ([announced(AT_SQUARE), announced(AT_TAXI), answered(AT_SQUARE, 0)], Places(AT_TAXI, (AT_TAXI_1,))),
    ([announced(AT_SQUARE), announced(AT_TAXI), answered(AT_SQUARE, -110)], Places(AT_TAXI, unsent=(AT_TAXI_1,))),
    ([announced(AT_SQUARE), *then_refused(AT_TAXI, -108)], Places(unsent=(AT_SQUARE_1,))),
    ([*then_refused(AT_SQUARE, -108), announced(AT_TAXI)], Places(AT_TAXI, unsent=(AT_TAXI_1,))),
]


@pytest.mark.parametrize(("records", "found"), FOUND)
def test_the_place_is_read_from_the_journal(records: list[Record], found: Places) -> None:
    """Where it is, and what the authority has not answered."""
    assert places(records) == found


@pytest.mark.parametrize("record", [tried(AT_SQUARE, 2), answered(AT_SQUARE, 0)])
@pytest.mark.parametrize("before", [[announced(AT_TAXI)], [announced(AT_SQUARE), answered(AT_SQUARE, 0)]])
def test_a_record_of_nothing_that_waits_is_no_journal_of_ours(before: list[Record], record: Record) -> None:
    """It stops the register, as every contradiction does."""
    with pytest.raises(NeverHappens, match="does not wait"):
        places([*before, record])


def test_a_register_starts_where_it_was() -> None:
    """R-37: nowhere, or at its place."""
    assert resume_place(Places()) == Unplaced()
    assert resume_place(Places(AT_SQUARE)) == Placed(SQUARE, "m-1")


def test_a_place_without_an_answer_is_asked_again_before_anything_is_sold() -> None:
    """R-37: the place of now is for the place machine, those of before are for the outbox."""
    found = Places(AT_TAXI, (AT_SQUARE_1, AT_TAXI_1))
    assert (found.first, found.later) == (AT_TAXI_1, (AT_SQUARE_1,))
    assert (Places(AT_TAXI, (AT_SQUARE_1,)).first, Places(AT_TAXI).later) == (None, ())
    fresh = Fresh("fresh", NIGHT)
    attempt = Attempt("fresh", NIGHT, 2)
    resumption = locate_again(AT_TAXI, 1, fresh)
    assert resumption == Resumption(
        journal.MovedAttempted("m-2", attempt), Locating(AT_TAXI, attempt), do.Locate(AT_TAXI, attempt)
    )


def test_receipts_and_locations_wait_in_the_order_of_their_dates() -> None:
    """Oldest first, in hours of the world: 02:30 of summer time is before 02:10 of winter time."""
    offline = simply(Form.OFFLINE, Way.PRINT)
    one = replace(offline, receipt=replace(RECEIPT, create_date="2026-10-25T02:30:00+02:00"))
    location = replace(AT_TAXI, create_date="2026-10-25T02:10:00+01:00")
    other = replace(offline, receipt=replace(numbered(8), create_date="2026-10-25T03:10:00+01:00"))
    queue = unsent((one, other), (Unsent(location, 4),))
    assert [each.message for each in queue] == [one.receipt, location, other.receipt]
    assert queue[1].sending_count == 4


def test_what_was_set_aside_is_read_from_the_journal() -> None:
    """Every off-line receipt that was refused later."""
    offline = simply(Form.OFFLINE, Way.PRINT)
    refused = offline.after(journal.Resolved(OKP, "", -103, ""))
    sent = offline.after(journal.Resolved(OKP, UID, 0, ""))
    at_once = simply(Form.REFUSED, None)
    assert set_aside((refused, offline, sent, at_once)) == (Aside(RECEIPT, -103),)
