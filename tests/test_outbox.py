"""The outbox: oldest first, beside the sales, with patience and alarms; a late answer at every moment; nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from states import effects as do, events as on
from states.fiscal.codes import create_date, read_date
from states.fiscal.journal import MovedAnswered, Resolved
from states.fiscal.place import Location, Place
from states.fiscal.receipt import TIME_CODES, Attempt, Form, Receipt
from states.journey import Ended
from states.machines.outbox import OUTBOX, Reattempting, Resending, Resolving, Resting
from states.queueing import (
    ALARMS_H,
    CAP_S,
    FAILURES_MAX,
    PASSED_OVER_MAX,
    UNBELIEVABLE,
    Aside,
    Box,
    Message,
    Unsent,
    age_h,
    alarm_h,
    deadline,
    failed,
    name_of,
    taken_out,
    wait_s,
)
from states.table import NeverHappens, Rest
from states.words import WORDS
from tests.fiscal_examples import PAYER, SW_ID, UID, numbered
from tests.table_rows import Case, hear, named, unused

OLD, NEW, LATEST = numbered(1), numbered(2), numbered(3)
CREATED = read_date(OLD.create_date)
TAXI = Place(other="Taxi ABC EČV=BA123AA")
MOVED = Location("u-m", TAXI, PAYER, OLD.create_date, SW_ID)
REPLY = "<reply/>"
RESEND_S = 60.0
SECOND = Attempt("u-2", OLD.create_date, 2)
ASIDE = (Aside(numbered(8), -100), Aside(numbered(9), -104))
GIVEN_UP = Box(RESEND_S, aside=(Aside(numbered(9), 0), Aside(OLD, 0, 2), Aside(NEW, 0, 1)))
"""The first never had an outcome, so it cannot be sent."""
TAKEN_BACK = Box(RESEND_S, (Unsent(OLD, 2),), (Aside(numbered(9), 0), Aside(NEW, 0, 1)))
SOON = on.Ticked(CREATED + timedelta(minutes=1))
REPAIR = replace(numbered(4), sale=replace(numbered(4).sale, repairs=numbered(9).okp))


def unsent(*messages: Message) -> tuple[Unsent, ...]:
    """Messages that were sent once."""
    return tuple(Unsent(message, 1) for message in messages)


BOX = Box(RESEND_S, unsent(OLD, NEW), ASIDE, failures=3)
SENT_TWICE = replace(BOX, queue=(Unsent(OLD, 2), *unsent(NEW)))
PLACE_FIRST = Box(RESEND_S, unsent(MOVED, NEW))
ONE = Box(RESEND_S, unsent(OLD), failures=3)
EMPTY = Box(RESEND_S)
POISON = Unsent(OLD, 9, passed_over=PASSED_OVER_MAX)
POISONED = Box(RESEND_S, (POISON,))
STATES: tuple[Any, ...] = (Resting(BOX), Reattempting(BOX), Resending(BOX, SECOND), Resolving(BOX, OLD))
BUSY = STATES[1:]
DUE = SOON.at + timedelta(seconds=wait_s(BOX))


def with_box(state: Any, **changes: Any) -> Any:
    """The state with another box."""
    return replace(state, box=replace(state.box, **changes))


def late(receipt: Receipt) -> on.AnsweredLate:
    """The UID of a receipt, after its limit."""
    return on.AnsweredLate(receipt.okp, UID, REPLY)


def ended(receipt: Receipt, form: Form) -> on.ReceiptEnded:
    """How a receipt came to its end."""
    return on.ReceiptEnded(Ended(receipt, form, None))


def again(message: Message, count: int = 2) -> do.Reattempt:
    """The question for a further attempt."""
    return do.Reattempt(message, count)


AFRESH = replace(BOX, failures=0, is_answering=True)
EMPTIED = replace(EMPTY, is_answering=True)
UID_KEPT, CODE_KEPT = do.Resolve(Resolved(OLD.okp, UID, 0, REPLY)), do.Resolve(Resolved(OLD.okp, "", -100, REPLY))
PLACE_KEPT, PLACE_REFUSED = (do.Resolve(MovedAnswered("u-m", code, REPLY)) for code in (0, -110))
MISTIMED = do.Resolve(MovedAnswered("u-m", -108, REPLY))

CASES: list[Case] = [
    # In every state
    *((one, on.WentOffline(LATEST, 1), with_box(one, queue=(*BOX.queue, Unsent(LATEST, 1))), ()) for one in STATES),
    *((one, on.WentOffline(MOVED, 1), with_box(one, queue=(*BOX.queue, Unsent(MOVED, 1))), ()) for one in STATES),
    *((one, on.RepairKeyed(), one, (on.RepairBegun(numbered(9)),)) for one in STATES),
    *(
        (
            with_box(one, aside=ASIDE[:1]),
            on.RepairKeyed(),
            with_box(one, aside=ASIDE[:1]),
            (do.Beep("nothing-to-repair"),),
        )
        for one in STATES
    ),
    *((one, ended(REPAIR, Form.OFFLINE), with_box(one, aside=ASIDE[:1]), ()) for one in STATES),
    *((one, ended(REPAIR, Form.REFUSED), one, ()) for one in STATES),
    *((one, ended(LATEST, Form.ONLINE), one, ()) for one in STATES),
    *((with_box(one, failures=3), on.WentOnline(), with_box(one, failures=0, is_answering=True), ()) for one in BUSY),
    # Resting
    (Resting(BOX), on.WentOnline(), Reattempting(AFRESH), (again(OLD),)),
    (Resting(EMPTY), on.WentOnline(), Resting(EMPTY), ()),
    (Resting(BOX), late(OLD), Resolving(BOX, OLD), (UID_KEPT,)),
    (Resting(BOX), late(NEW), Resolving(BOX, NEW), (do.Resolve(Resolved(NEW.okp, UID, 0, REPLY)),)),
    (Resting(BOX), late(LATEST), Reattempting(AFRESH), (again(OLD),)),
    (Resting(EMPTY), late(LATEST), Resting(EMPTY), ()),
    (Resting(BOX), SOON, Resting(BOX, DUE), ()),
    (Resting(BOX, DUE), on.Ticked(DUE), Reattempting(BOX), (again(OLD),)),
    (Resting(BOX, DUE), SOON, Resting(BOX, DUE), ()),
    (Resting(BOX, DUE), on.Ticked(CREATED - timedelta(hours=1)), Reattempting(BOX), (again(OLD),)),
    (Resting(EMPTY), SOON, Resting(EMPTY), ()),
    (
        Resting(BOX, DUE),
        on.Ticked(CREATED + timedelta(hours=25)),
        Resting(replace(BOX, alarmed_h=24), DUE),
        (do.Beep("unsent-24h"),),
    ),
    (Resting(replace(BOX, alarmed_h=72), DUE), SOON, Resting(BOX, DUE), ()),
    (Resting(BOX, DUE), on.SendNowKeyed(), Reattempting(BOX), (again(OLD), do.Beep("sending-now"))),
    (Resting(PLACE_FIRST), on.SendNowKeyed(), Reattempting(PLACE_FIRST), (again(MOVED), do.Beep("sending-now"))),
    (Resting(EMPTY), on.SendNowKeyed(), Resting(EMPTY), (do.Beep("nothing-unsent"),)),
    (Resting(GIVEN_UP), on.SendNowKeyed(), Reattempting(TAKEN_BACK), (again(OLD, 3), do.Beep("sending-now"))),
    # Under way
    *((one, on.SendNowKeyed(), one, (do.Beep("already-sending"),)) for one in BUSY),
    (Reattempting(BOX), on.Reattempted(SECOND), Resending(SENT_TWICE, SECOND), (do.Resend(OLD, SECOND),)),
    (Resending(BOX, SECOND), on.Resent(UID, REPLY), Resolving(BOX, OLD), (UID_KEPT,)),
    (Resending(PLACE_FIRST, SECOND), on.Resent("", REPLY), Resolving(PLACE_FIRST, MOVED), (PLACE_KEPT,)),
    (Resending(BOX, SECOND), on.ResendRefused(-1, "", REPLY), Resting(replace(BOX, failures=4)), ()),
    (
        Resending(BOX, SECOND),
        on.ResendRefused(-100, "", REPLY),
        Resolving(BOX, OLD, -100),
        (CODE_KEPT, do.Beep("resend-refused")),
    ),
    (
        Resending(PLACE_FIRST, SECOND),
        on.ResendRefused(-110, "", REPLY),
        Resolving(PLACE_FIRST, MOVED, -110),
        (PLACE_REFUSED, on.PlaceRefused(MOVED, -110)),
    ),
    (
        Resending(PLACE_FIRST, SECOND),
        on.ResendRefused(-108, "", REPLY),
        Resolving(PLACE_FIRST, MOVED, -108),
        (MISTIMED, on.PlaceRefused(MOVED, -108)),
    ),
    (Resending(BOX, SECOND), on.ResendFailed("late", True), Resting(replace(BOX, failures=4)), ()),
    (
        Resending(BOX, SECOND),
        on.ResendFailed("signature", True),
        Resting(replace(BOX, queue=(*unsent(NEW), Unsent(OLD, 1, passed_over=1)), failures=4)),
        (),
    ),
    (
        Resending(AFRESH, SECOND),
        on.ResendFailed("late", True),
        Resting(replace(BOX, queue=(*unsent(NEW), Unsent(OLD, 1, passed_over=1)), failures=1)),
        (),
    ),
    (Resting(POISONED), on.WentOnline(), Resting(POISONED), ()),
    (Resting(POISONED), late(LATEST), Resting(POISONED), ()),
    (
        Reattempting(POISONED),
        on.WentOffline(NEW, 1),
        Reattempting(replace(POISONED, queue=(POISON, *unsent(NEW)))),
        (),
    ),
    (Resting(POISONED), on.WentOffline(NEW, 1), Resting(replace(POISONED, queue=(*unsent(NEW), POISON))), ()),
    (Resolving(BOX, OLD), on.Resolved(), Reattempting(replace(AFRESH, queue=unsent(NEW))), (again(NEW),)),
    (Resolving(BOX, NEW), on.Resolved(), Reattempting(replace(AFRESH, queue=unsent(OLD))), (again(OLD),)),
    (Resolving(ONE, OLD), on.Resolved(), Resting(EMPTIED), ()),
    (Resolving(ONE, OLD, -103), on.Resolved(), Resting(replace(EMPTIED, aside=(Aside(OLD, -103),))), ()),
    (
        Resolving(PLACE_FIRST, MOVED, -108),
        on.Resolved(),
        Reattempting(Box(RESEND_S, unsent(NEW), is_answering=True)),
        (again(NEW),),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_each_row(case: Case) -> None:
    """What one event makes of one state."""
    state, event, after, wishes = case
    result = hear(OUTBOX, state, event)
    assert (result.state, result.wishes) == (after, wishes)


def test_no_row_is_left_out() -> None:
    """The cases above drive the whole table."""
    assert unused(OUTBOX, CASES) == []


@pytest.mark.parametrize("state", BUSY, ids=lambda state: type(state).__name__)
@pytest.mark.parametrize("event", [SOON, late(OLD), late(NEW), late(LATEST)])
def test_what_is_under_way_goes_on(state: object, event: on.Event) -> None:
    """R-34: a late answer then is not taken: the next sending brings the same UID. Nor is anything begun twice."""
    assert OUTBOX.step(state, event) is Rest.IGNORE


@pytest.mark.parametrize("state", [Resting(BOX), Resolving(BOX, OLD)])
def test_an_answer_that_nobody_asked_for_stops_the_register(state: object) -> None:
    """It cannot happen."""
    with pytest.raises(NeverHappens):
        OUTBOX.step(state, on.Resent(UID, REPLY))


@pytest.mark.parametrize("code", sorted(TIME_CODES))
def test_what_was_refused_for_its_time_may_be_repaired(code: int) -> None:
    """R-32: the oldest of them first, whatever else was set aside before it."""
    box = Box(RESEND_S, aside=(ASIDE[0], Aside(OLD, code), Aside(NEW, code)))
    assert hear(OUTBOX, Resting(box), on.RepairKeyed()).wishes == (on.RepairBegun(OLD),)


def test_every_notice_has_a_sentence() -> None:
    """In both languages."""
    notices = {wish.notice for *_, wishes in CASES for wish in wishes if isinstance(wish, do.Beep)}
    assert notices | {f"unsent-{hours}h" for hours in ALARMS_H} <= WORDS.keys()


# --- Patience --------------------------------------------------------------------------------------------

boxes = st.builds(
    Box,
    st.floats(0.01, 3_600),
    st.builds(lambda number, count: (Unsent(numbered(number), count),), st.integers(1, 2**32), st.integers(1, 10_000)),
    failures=st.integers(0, FAILURES_MAX),
)


@given(boxes)
def test_the_wait_is_within_its_bounds(box: Box) -> None:
    """Full jitter: nothing to resend_s doubled with each failure, at most CAP_S; the same again for the same box."""
    assert 0 <= wait_s(box) < min(CAP_S, box.resend_s * 2**box.failures)
    assert wait_s(box) == wait_s(replace(box, alarmed_h=24))


@pytest.mark.parametrize("failures", [0, 2, FAILURES_MAX])
def test_the_waits_of_many_registers_are_spread(failures: int) -> None:
    """Of a thousand tries a tenth falls into each tenth of the time, more or less."""
    limit_s = min(CAP_S, RESEND_S * 2**failures)
    waits = [wait_s(Box(RESEND_S, (Unsent(numbered(n), 1),), failures=failures)) for n in range(1, 1_001)]
    tenths = [sum(limit_s * tenth / 10 <= one < limit_s * (tenth + 1) / 10 for one in waits) for tenth in range(10)]
    assert sum(tenths) == 1_000
    assert min(tenths) > 60


def test_each_try_has_its_own_chance() -> None:
    """A register that fails again and again does not wait in step with another one."""
    waits = {wait_s(Box(RESEND_S, (Unsent(OLD, count),))) for count in range(1, 51)}
    assert len(waits) == 50


def test_failures_are_counted_to_a_limit() -> None:
    """However long an outage lasts."""
    box = ONE
    for _ in range(10 * FAILURES_MAX):
        box = failed(box)
    assert box.failures == FAILURES_MAX
    assert wait_s(box) < CAP_S


@given(boxes, st.integers(-100_000, 100_000))
def test_it_is_tried_when_its_time_has_come_and_not_before(box: Box, seconds: int) -> None:
    """A clock that was set back is no reason to wait longer."""
    now = SOON.at
    planned = hear(OUTBOX, Resting(box), on.Ticked(now)).state
    at = now + timedelta(seconds=seconds)
    state = hear(OUTBOX, planned, on.Ticked(at)).state
    waits = now <= at < planned.not_before
    assert isinstance(state, Resting) == (waits or alarm_h(box, at) != 0)


# --- Ninety-six hours ------------------------------------------------------------------------------------


def test_the_deadline_is_that_of_the_first_attempt() -> None:
    """R-35: in hours of the world, whatever summer time does to the clock."""
    autumn = replace(OLD, create_date="2026-10-24T12:00:00+02:00")
    assert create_date(deadline(autumn)) == "2026-10-28T11:00:00+01:00"
    assert create_date(deadline(replace(MOVED, create_date="2026-11-22T10:15:30+01:00"))) == "2026-11-26T10:15:30+01:00"
    assert age_h(autumn, deadline(autumn)) == 96
    assert age_h(autumn, read_date(autumn.create_date)) == 0


def ticks(state: Any, hours: Iterator[float]) -> list[tuple[float, str]]:
    """The alarms of a box that only rests, each with the age at which it was heard."""
    heard = []
    for hour in hours:
        result = OUTBOX.step(state, on.Ticked(CREATED + timedelta(hours=hour)))
        assert not isinstance(result, Rest)
        if isinstance(result.state, Resting):
            state = result.state
        heard += [(hour, wish.notice) for wish in result.wishes if isinstance(wish, do.Beep)]
    return heard


def quarters(first: float, last: float) -> Iterator[float]:
    """Every quarter of an hour."""
    return (quarter / 4 for quarter in range(int(first * 4), int(last * 4)))


ALL_ALARMS = [(24, "unsent-24h"), (72, "unsent-72h"), (90, "unsent-90h"), (96, "unsent-96h")]


@pytest.mark.parametrize("queue", [unsent(OLD), unsent(MOVED), unsent(NEW, OLD)])
def test_r_35_the_cashier_is_told_once_at_each_age(queue: tuple[Unsent, ...]) -> None:
    """At 24, 72 and 90 hours, and when the deadline is over; for the oldest, wherever it stands in the queue."""
    late_one = replace(NEW, create_date=create_date(CREATED + timedelta(hours=2)))
    queue = tuple(Unsent(late_one, 1) if one.message == NEW else one for one in queue)
    assert ticks(Resting(Box(RESEND_S, queue)), quarters(0, 200)) == ALL_ALARMS


def test_a_register_that_was_off_tells_the_last_age_only() -> None:
    """And again after each start."""
    for _ in range(2):
        assert ticks(Resting(ONE), quarters(91, 95)) == [(91, "unsent-90h")]


def test_what_was_sent_takes_its_alarm_with_it() -> None:
    """The next one rings at its own ages, and not for one that was told with the older one."""
    younger = replace(NEW, create_date=create_date(CREATED + timedelta(hours=60)))
    state: Any = Resting(Box(RESEND_S, unsent(OLD, younger)))
    assert ticks(state, quarters(0, 95)) == ALL_ALARMS[:3]
    rang = Resolving(Box(RESEND_S, unsent(OLD, younger), alarmed_h=90), OLD)
    resting = Resting(taken_out(rang.box, OLD, 0))
    assert ticks(resting, quarters(95, 160)) == [(132, "unsent-72h"), (150, "unsent-90h"), (156, "unsent-96h")]


def test_a_clock_that_goes_back_rings_nothing() -> None:
    """Before the message was made it has no age."""
    assert alarm_h(ONE, CREATED - timedelta(days=400)) == 0
    assert alarm_h(EMPTY, CREATED) == 0


# --- A world of chance -----------------------------------------------------------------------------------


@dataclass
class World:
    """The outbox with a journal and an authority that says anything; what is wrong is asserted where it happens.

    ``waiting`` is oldest first, but for whose reply could not be believed: then it is behind those that waited then.
    """

    state: Any = field(default_factory=lambda: Resting(EMPTY))
    asked: list[do.Effect] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def hear(self, event: on.Event) -> None:
        """One event, and the rules of every step."""
        result = OUTBOX.step(self.state, event)
        if isinstance(result, Rest):
            return
        self.state = result.state
        questions = [wish for wish in result.wishes if isinstance(wish, do.Effect) and wish.brings]
        assert len(self.asked) + len(questions) == (not isinstance(self.state, Resting))
        self.asked += questions
        for wish in questions:
            self.look(wish)

    def look(self, wish: do.Effect) -> None:
        """Oldest first, counted without a gap, answered once, and sent only when that is durable."""
        match wish:
            case do.Reattempt(message, count):
                assert message == self.state.box.queue[0].message
                assert count == self.counts[name_of(message)] + 1
            case do.Resend(message, attempt):
                assert attempt.sending_count == self.counts[name_of(message)]
            case do.Resolve(Resolved(okp=name)) | do.Resolve(MovedAnswered(id=name)):
                assert name in map(name_of, self.waiting)

    def lose(self, *, is_place: bool) -> None:
        """One more message has no answer."""
        self.made += 1
        message = replace(MOVED, id=f"u-{self.made}") if is_place else numbered(self.made)
        self.waiting.append(message)
        self.counts[name_of(message)] = 1
        self.hear(on.WentOffline(message, 1))

    def answer(self, chance: int) -> None:
        """The world answers the one question."""
        if not self.asked:
            return
        match self.asked.pop():
            case do.Reattempt(message, count):
                self.counts[name_of(message)] = count
                self.hear(on.Reattempted(Attempt(f"u-{count}", OLD.create_date, count)))
            case do.Resend(message):
                self.resent(message, chance)
            case do.Resolve(Resolved(okp=name, code=code)) | do.Resolve(MovedAnswered(id=name, code=code)):
                self.waiting = [one for one in self.waiting if name_of(one) != name]
                self.codes[name] = code
                self.hear(on.Resolved())

    def resent(self, message: Message, chance: int) -> None:
        """Taken, refused, overloaded, silent, or not to be believed."""
        refusals = [on.ResendRefused(code, "", REPLY) for code in (-1, -100, -104, -108)]
        silences = [on.ResendFailed(reason, True) for reason in ("late", min(UNBELIEVABLE))]
        event = (on.Resent(UID, REPLY), *refusals, *silences)[chance % 7]
        self.hear(event)


things = st.lists(
    st.one_of(
        st.tuples(st.just("lose"), st.integers(0, 3)),
        st.tuples(st.just("answer"), st.integers(0, 6)),
        st.tuples(st.just("tick"), st.integers(0, 10_000)),
        st.tuples(st.just("late"), st.integers(1, 12)),
        st.tuples(st.just("online"), st.just(0)),
        st.tuples(st.just("send"), st.just(0)),
    ),
    max_size=60,
)


def happen(world: World, what: str, chance: int) -> None:
    """One thing happens."""
    match what:
        case "lose":
            world.lose(is_place=chance == 0)
        case "answer":
            world.answer(chance)
        case "tick":
            world.hear(on.Ticked(CREATED + timedelta(seconds=chance)))
        case "late":
            world.hear(late(numbered(chance)))
        case "online":
            world.hear(on.WentOnline())
        case "send":
            world.hear(on.SendNowKeyed())


@given(things)
def test_whatever_happens_nothing_is_lost_and_the_oldest_goes_first(things: list[tuple[str, int]]) -> None:
    """The queue is what waits, the refused receipts are set aside, and a willing authority empties the box."""
    world = World()
    for what, chance in things:
        happen(world, what, chance)
        queue = world.state.box.queue
        waiting = [name_of(one) for one in world.waiting]
        assert sorted(name_of(one.message) for one in queue) == sorted(waiting)
        sound = [name_of(one.message) for one in queue if not one.passed_over]
        assert sound == [name for name in waiting if name in sound]
        resting = queue if isinstance(world.state, Resting) else queue[1:]
        assert [one.is_poison for one in resting] == sorted(one.is_poison for one in resting)
        aside = [one.receipt.okp for one in world.state.box.aside]
        assert aside == [name for name, code in world.codes.items() if code and not name.startswith("u-")]
    world.hear(on.SendNowKeyed())
    for _ in range(3 * len(world.waiting) + 3):
        world.answer(0)
        world.hear(on.SendNowKeyed())
    assert world.waiting == []
    assert isinstance(world.state, Resting)


def test_a_message_that_never_gets_an_answer_does_not_keep_the_others_back() -> None:
    """The authority answers every sale and every message but one: the others flow, and that one is tried ever less."""
    world = World()
    for _ in range(4):
        world.lose(is_place=False)
    stuck = name_of(world.waiting[0])
    for _ in range(50):
        world.hear(on.WentOnline())
        while world.asked:
            question = world.asked[-1]
            silent = isinstance(question, do.Resend) and name_of(question.message) == stuck
            world.answer(5 if silent else 0)
    assert [name_of(one) for one in world.waiting] == [stuck]
    assert world.counts[stuck] <= 2 + PASSED_OVER_MAX
