"""What a power cut leaves behind has one reading: every combination of clues, and every crash inside the recovery."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from states import effects as do
from states.fiscal import journal
from states.fiscal.journal import History, Record
from states.fiscal.place import Location, Place
from states.fiscal.receipt import Attempt, Form, MailResult, Verdict, Way
from states.journey import Printing, Registering
from states.machines.place import Locating, Placed, Unplaced
from states.queueing import Aside, Unsent
from states.recovery import (
    CASES,
    Clues,
    Fresh,
    Places,
    Resumption,
    clues,
    locate_again,
    places,
    resume,
    resume_place,
    set_aside,
    unsent,
)
from states.table import NeverHappens
from tests.fiscal_examples import PAYER, SW_ID, UID, numbered

RECEIPT = numbered(7)
OKP = RECEIPT.okp
FIRST = Attempt("first", "2026-11-23T10:00:00+01:00", 1)
FRESH = Fresh("fresh", "2026-11-23T10:05:00+01:00")
LATER = Fresh("later", "2026-11-23T10:06:00+01:00")

FORMS: tuple[Form | None, ...] = (None, *Form)
WAYS: tuple[Way | None, ...] = (None, *Way)


def history(form: Form | None, way: Way | None, *, mail_failed: bool) -> History:
    """The receipt's records that give these clues."""
    uid = UID if form is Form.ONLINE else ""
    outcome = journal.Outcome(OKP, form, uid, 0, "", way, "", "") if form else None
    failed = journal.MailFailed(OKP, Verdict.NOT_SENT, "rcpt", 550, "no such user") if mail_failed else None
    return History(RECEIPT, (FIRST,), outcome, failed)


def possible(form: Form | None, way: Way | None) -> bool:
    """A way stands in the outcome, so without an outcome there is none to write down."""
    return form is not None or way is None


EVERY: list[Clues] = [(form, way, failed) for form, way, failed in product(FORMS, WAYS, (False, True))]
WRITABLE = [each for each in EVERY if possible(each[0], each[1])]
UNDELIVERED = [each for each in WRITABLE if each[0] is not Form.REFUSED]


def of(each: Clues) -> History:
    """The history with these clues."""
    return history(each[0], each[1], mail_failed=each[2])


def test_all_combinations_are_accounted_for() -> None:
    """24 combinations: 4 cannot be written down, 6 are refused and done with, 5 go on, 9 contradict themselves."""
    assert len(EVERY) == 24
    assert len(EVERY) - len(WRITABLE) == 4
    assert len(WRITABLE) - len(UNDELIVERED) == 6
    assert set(CASES) < set(UNDELIVERED)
    assert len(UNDELIVERED) - len(CASES) == 9


@pytest.mark.parametrize("each", WRITABLE, ids=str)
def test_clues_are_read_from_the_journal_alone(each: Clues) -> None:
    """What was written down is what is read."""
    assert clues(of(each)) == each


@pytest.mark.parametrize("each", UNDELIVERED, ids=str)
def test_exactly_the_cases_resume(each: Clues) -> None:
    """Any other combination stops the register."""
    if each in CASES:
        resumption = resume(of(each), FRESH)
        assert resumption.record
        assert resumption.effect.brings
    else:
        with pytest.raises(NeverHappens, match="contradicts itself"):
            resume(of(each), FRESH)


@pytest.mark.parametrize("each", [each for each in WRITABLE if each[0] is Form.REFUSED], ids=str)
def test_a_refused_receipt_is_done_with(each: Clues) -> None:
    """I13: nobody waits for it, whatever else the journal says."""
    assert not of(each).is_undelivered
    assert not of(each).is_unsent


def test_without_an_outcome_the_authority_is_asked_again() -> None:
    """W1 only: a further attempt with a raised count, durable first; the address did not survive the cut."""
    resumption = resume(history(None, None, mail_failed=False), FRESH)
    attempt = Attempt("fresh", FRESH.request_date, 2)
    assert resumption.record == journal.Attempted(OKP, attempt)
    assert resumption.state == Registering(RECEIPT, attempt, "")
    assert resumption.effect == do.Register(RECEIPT, attempt)


def test_a_mail_that_may_have_left_is_in_doubt_and_printed() -> None:
    """I18: it is never sent again; I17: paper is certain. Nothing of it can be on paper yet."""
    resumption = resume(history(Form.ONLINE, Way.EMAIL, mail_failed=False), FRESH)
    mail = MailResult(Verdict.IN_DOUBT, "power-cut", 0, "power-cut")
    assert resumption.record == journal.MailFailed(OKP, Verdict.IN_DOUBT, "power-cut", 0, "power-cut")
    assert resumption.state == Printing(RECEIPT, UID, mail)
    assert resumption.effect == do.Print(RECEIPT, UID, torn=False)


@pytest.mark.parametrize(
    ("form", "way", "failed"),
    [(Form.ONLINE, Way.PRINT, False), (Form.OFFLINE, Way.PRINT, False), (Form.ONLINE, Way.EMAIL, True)],
)
def test_a_print_that_may_have_begun_is_voided_and_made_whole(form: Form, way: Way, failed: bool) -> None:
    """I19: the interruption is durable before the original leaves again, in the same form as before."""
    resumption = resume(history(form, way, mail_failed=failed), FRESH)
    uid = UID if form is Form.ONLINE else ""
    mail = MailResult(Verdict.NOT_SENT, "rcpt", 550, "no such user") if failed else None
    assert resumption.record == journal.PrintInterrupted(OKP, "power-cut")
    assert resumption.state == Printing(RECEIPT, uid, mail)
    assert resumption.effect == do.Print(RECEIPT, uid, torn=True)


@pytest.mark.parametrize("each", CASES, ids=str)
def test_recovery_is_a_function_of_the_journal(each: Clues) -> None:
    """The same journal and the same chance lead to the same end; chance is used only for an attempt's name and time."""
    assert resume(of(each), FRESH) == resume(of(each), FRESH)
    one, other = resume(of(each), FRESH), resume(of(each), LATER)
    if each[0] is None:
        assert replace_chance(one) == replace_chance(other)
    else:
        assert one == other


def replace_chance(resumption: object) -> str:
    """The resumption without what chance and time gave it."""
    words = (FRESH.uuid, LATER.uuid, FRESH.request_date, LATER.request_date)
    text = repr(resumption)
    for word in words:
        text = text.replace(word, "?")
    return text


@pytest.mark.parametrize("each", CASES, ids=str)
def test_a_crash_inside_recovery_leads_to_the_same_end(each: Clues) -> None:
    """I28: cut before the record it is the same case; cut after it, again and again, the way is the same."""
    found = of(each)
    first = resume(found, FRESH)
    for _ in range(5):
        found = found.after(first.record)
        again = resume(found, LATER)
        assert type(again.state) is type(first.state)
        assert type(again.effect) is type(first.effect)
        assert uid_of(again.state) == uid_of(first.state)
        first = again
    assert found.is_undelivered


def uid_of(state: object) -> str:
    """The UID that the state knows, empty for none."""
    return str(getattr(state, "uid", ""))


@pytest.mark.parametrize("each", CASES, ids=str)
def test_a_crash_inside_recovery_never_mails_and_never_forgets(each: Clues) -> None:
    """After any number of crashes: no mail, attempts counted without a gap, and every voided print journaled."""
    found = of(each)
    for number in range(1, 4):
        resumption = resume(found, Fresh(f"fresh-{number}", FRESH.request_date))
        found = found.after(resumption.record)
        assert not isinstance(resumption.effect, do.Email)
        assert not (isinstance(resumption.effect, do.Print) and resumption.effect.torn) or found.interruptions
    counts = [attempt.sending_count for attempt in found.attempts]
    assert counts == list(range(1, len(counts) + 1))
    assert len({attempt.uuid for attempt in found.attempts}) == len(counts)


def test_what_is_delivered_is_not_resumed() -> None:
    """Nobody asks, and asking would be a bug."""
    delivered = replace(
        history(Form.ONLINE, Way.PRINT, mail_failed=False), delivered=journal.Delivered(OKP, Way.PRINT, "")
    )
    assert not delivered.is_undelivered
    with pytest.raises(AssertionError):
        resume(delivered, FRESH)


def test_the_outbox_is_read_from_the_journal() -> None:
    """Oldest first, with the last count; what has its UID, or was set aside, is out of it."""
    offline = history(Form.OFFLINE, Way.PRINT, mail_failed=False)
    tried = offline.after(journal.Attempted(OKP, Attempt("second", FRESH.request_date, 2)))
    sent = tried.after(journal.Resolved(OKP, UID, 0, ""))
    aside = tried.after(journal.Resolved(OKP, "", -100, ""))
    online = history(Form.ONLINE, Way.PRINT, mail_failed=False)
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
    offline = history(Form.OFFLINE, Way.PRINT, mail_failed=False)
    one = replace(offline, receipt=replace(RECEIPT, create_date="2026-10-25T02:30:00+02:00"))
    location = replace(AT_TAXI, create_date="2026-10-25T02:10:00+01:00")
    other = replace(offline, receipt=replace(numbered(8), create_date="2026-10-25T03:10:00+01:00"))
    queue = unsent((one, other), (Unsent(location, 4),))
    assert [each.message for each in queue] == [one.receipt, location, other.receipt]
    assert queue[1].sending_count == 4


def test_what_was_set_aside_is_read_from_the_journal() -> None:
    """Every off-line receipt that was refused later."""
    offline = history(Form.OFFLINE, Way.PRINT, mail_failed=False)
    refused = offline.after(journal.Resolved(OKP, "", -103, ""))
    sent = offline.after(journal.Resolved(OKP, UID, 0, ""))
    at_once = history(Form.REFUSED, None, mail_failed=False)
    assert set_aside((refused, offline, sent, at_once)) == (Aside(RECEIPT, -103),)
