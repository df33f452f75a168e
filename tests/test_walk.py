"""A proof by walk: every world that can be reached is visited, and the rules hold on every step between them.

Two walks cover the register. At the counter the authority always answers in time, and every key is pressed and
followed everywhere. On the journey receipts wait in the outbox, every answer is given everywhere and every key is
pressed everywhere, but only the keys that sell are followed. In both the power may be cut in every world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest

from states import basket, effects as do, events as on
from states.fiscal import journal
from states.fiscal.receipt import Attempt, Form, MailResult, Way
from states.journey import (
    AwaitingPaper,
    Composing,
    Diverting,
    Emailing,
    Interrupting,
    Offline,
    Online,
    Printed,
    Printing,
    Refusing,
    Registering,
    Sealing,
    Sent,
)
from states.machines.outbox import Reattempting, Resending, Resting, has_queue, is_due
from states.machines.receipt import end_sent, print_instead, print_online
from states.register import TABLES
from states.table import Row, Table, Then, otherwise, then
from tests import walk_rules
from tests.fiscal_examples import UID
from tests.walk_rules import Violation, walk
from tests.world_walk import ADDRESS, DATE, KEYS, MENU_KEYS, SELLING, Step, answers, awaited, may_bring

COUNTER_WORLDS_MIN = 1_000
COUNTER_STEPS_MIN = 50_000
JOURNEY_WORLDS_MIN = 2_000
JOURNEY_STEPS_MIN = 100_000


# --- The tables that are walked ------------------------------------------------------------------------------


def rebuilt(table: Table, rows: Iterable[Row]) -> Table:
    """The same machine with other rows."""
    return Table(table.name, table.initial, table.rest, tuple(rows))


def noted(row: Row, used: set[Row]) -> Row:
    """The row, which notes that it was used."""

    @wraps(row.doing)
    def doing(state: Any, event: Any) -> Then[Any]:
        used.add(row)
        return row.doing(state, event)

    return Row(row.source, row.event, row.when, row.target, doing, row.because)


@pytest.fixture
def unused(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What rows no step has used so far."""
    used: set[Row] = set()
    tables = dict(TABLES)
    for name, table in tables.items():
        monkeypatch.setitem(TABLES, name, rebuilt(table, (noted(row, used) for row in table.rows)))
    return lambda: [said(table, row) for table in tables.values() for row in table.rows if row not in used]


def said(table: Table, row: Row) -> str:
    """A row as it is spoken of."""
    return f"{table.name}: {row.source.__name__} on {row.event.__name__} when {row.when.__name__}"


def test_every_world_keeps_the_rules_and_every_row_is_used(unused: Callable[[], list[str]]) -> None:
    """At the counter and on the journey: no rule is broken, no *stop* is reached, every world has a way home."""
    counter = walk(KEYS, KEYS, room=0)
    journey = walk(KEYS, SELLING, room=2)
    assert len(counter.worlds) > COUNTER_WORLDS_MIN
    assert counter.steps > COUNTER_STEPS_MIN
    assert len(journey.worlds) > JOURNEY_WORLDS_MIN
    assert journey.steps > JOURNEY_STEPS_MIN
    assert unused() == []


# --- What the design says of waiting --------------------------------------------------------------------------


def waiting(table: Table) -> set[str]:
    """The states that listen to answers."""
    return {state.__name__ for state in table.states if awaited(table, state.__name__)}


def test_receipt_states_wait_as_their_names_say() -> None:
    """-ing waits for an answer, except Composing; so do the card's own Online, Offline, Sent and Printed."""
    table = TABLES["receipt"]
    named = {state.__name__ for state in table.states if state.__name__.endswith("ing")}
    assert waiting(table) == named - {"Composing"} | {"Online", "Offline", "Sent", "Printed"}


def test_beside_the_sale_few_states_wait() -> None:
    """The entry waits for nobody but the cashier, the outbox and the menu for what they asked."""
    assert waiting(TABLES["entry"]) == set()
    assert waiting(TABLES["outbox"]) == {"Reattempting", "Resending", "Resolving"}
    assert waiting(TABLES["menu"]) == {"Reporting", "ReportPrinting"}


def followers(table: Table, state: type[Any], end: type[Any]) -> set[type[Any]]:
    """The states that may follow this one before ``end``."""
    reached: set[type[Any]] = set()
    todo = [state]
    while todo:
        source = todo.pop()
        found = {row.target for row in table.rows if row.source is source} - {end} - reached
        reached |= found
        todo += found
    return reached


def test_no_path_leads_from_offline_to_emailing() -> None:
    """R-12: an off-line receipt is never mailed."""
    table = TABLES["receipt"]
    assert followers(table, Offline, Composing) == {Printing, Printed, Interrupting, AwaitingPaper}
    assert Emailing in followers(table, Online, Composing)


def test_the_world_gives_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a question may bring is left out of the walk, and every question is asked in it."""
    given: dict[type[do.Effect], set[type[on.Event]]] = {}

    def note(step: Step) -> Iterator[str]:
        for effect in step.after.asked:
            given.setdefault(type(effect), set()).update(type(answer) for answer in answers(effect, step.after))
        yield from ()

    monkeypatch.setattr(walk_rules, "RULES", (note,))
    walk((*SELLING, *MENU_KEYS), (*SELLING, *MENU_KEYS), room=1)
    questions = [effect for effect in vars(do).values() if getattr(effect, "brings", ())]
    assert given == {effect: may_bring(effect) for effect in questions}


# --- Planted bugs: one cell of a table is changed, and the walk must say what is wrong ------------------------------

Doing = Callable[[Any, Any], Then[Any]]
KEEP = do.Keep(journal.PrintInterrupted("", ""))
"""A record of no receipt, to be asked for beside something else."""


def mail_at_once(state: Registering, event: on.Registered) -> Then[Emailing]:
    """W2 is forgotten."""
    return then(Emailing(state.receipt, event.uid), do.Email(state.receipt, event.uid, state.address, ""))


def mail_offline(state: Offline, _event: on.Kept) -> Then[Emailing]:
    """An off-line receipt by mail."""
    return then(Emailing(state.receipt, UID), do.Email(state.receipt, UID, ADDRESS, ""))


def mail_again(state: Diverting, _event: on.Kept) -> Then[Emailing]:
    """Perhaps it goes better the second time."""
    return then(Emailing(state.receipt, state.uid), do.Email(state.receipt, state.uid, ADDRESS, ""))


def print_at_once(state: Emailing, event: on.EmailFailed) -> Then[Printing]:
    """W3' is forgotten."""
    mail = MailResult(event.verdict, event.phase, event.code, event.reason)
    return then(Printing(state.receipt, state.uid, mail), do.Print(state.receipt, state.uid, torn=False))


def print_refused(state: Refusing, _event: on.Kept) -> Then[Printing]:
    """A receipt that the authority refused is handed out."""
    return then(Printing(state.receipt, "", None), do.Print(state.receipt, "", torn=False))


def printing(*, torn: bool) -> Doing:
    """A print that takes the paper's state for granted."""
    return lambda state, event: then(
        Printing(state.receipt, state.uid, None), do.Print(state.receipt, state.uid, torn=torn)
    )


def resend_at_once(state: Resting, _event: on.WentOnline) -> Then[Resending]:
    """W4 is forgotten."""
    attempt = Attempt("u", DATE, 2)
    after = Resending(state.resend_s, state.queue, attempt)
    return then(after, do.Resend(state.queue[0].receipt, attempt))


def count_again(state: Resting, _event: on.Ticked) -> Then[Reattempting]:
    """The count is not raised."""
    oldest = state.queue[0]
    return then(Reattempting(state.resend_s, state.queue), do.Reattempt(oldest.receipt, oldest.sending_count))


def also(doing: Doing, *wishes: do.Effect) -> Doing:
    """The action wants more."""
    return lambda state, event: Then(doing(state, event).state, (*doing(state, event).wishes, *wishes))


def silently(doing: Doing) -> Doing:
    """The action wants nothing."""
    return lambda state, event: Then(doing(state, event).state)


def open_early(state: Composing, event: on.TenderKeyed) -> Then[Sealing]:
    """The drawer is quicker than the journal."""
    done = basket.seal(state, event)
    return then(done.state, *done.wishes, do.OpenDrawer())


def keep_outcome_again(state: Emailing, _event: on.Emailed) -> Then[Sent]:
    """Another outcome where the delivery should be."""
    record = journal.Outcome(state.receipt.okp, Form.ONLINE, state.uid, 0, "", Way.EMAIL, "", "")
    return then(Sent(state.receipt), do.Keep(record))


def keep_wrong_way(state: Emailing, _event: on.Emailed) -> Then[Sent]:
    """A delivery on paper that was never printed."""
    return then(Sent(state.receipt), do.Keep(journal.Delivered(state.receipt.okp, Way.PRINT, "")))


def give_up(state: Printing, _event: on.PrintFailed) -> Then[Composing]:
    """The customer goes without paper."""
    return then(Composing(state.receipt.sale.basket_id))


def remember(state: Sent, event: on.Kept) -> Then[Composing]:
    """The next customer is written to as well."""
    return then(replace(end_sent(state, event).state, address=ADDRESS))


def stay(state: Any, _event: on.Event) -> Then[Any]:
    """Nothing ever comes of it."""
    return then(state)


def forget(state: Resending, _event: on.ResendFailed) -> Then[Resting]:
    """The queue is lost."""
    return then(Resting(state.resend_s))


def perhaps(_state: object, _event: object) -> bool:
    """The guard of a planted row that stands before the right ones."""
    return True


def late(_state: object, event: on.Failed) -> bool:
    """The guard of a planted row that is taken now and then."""
    return event.reason == "late"


PLANTED: tuple[tuple[str, str, Row], ...] = (
    (
        "a mail leaves before the UID",
        "receipt",
        Row(Registering, on.Registered, perhaps, Emailing, mail_at_once, "R-07"),
    ),
    ("a mail leaves before the UID", "receipt", Row(Offline, on.Kept, perhaps, Emailing, mail_offline, "R-12")),
    ("a mail leaves again", "receipt", Row(Diverting, on.Kept, perhaps, Emailing, mail_again, "R-13")),
    ("a print leaves before paper", "receipt", Row(Emailing, on.EmailFailed, late, Printing, print_at_once, "R-13")),
    ("a print leaves before paper", "receipt", Row(Refusing, on.Kept, perhaps, Printing, print_refused, "R-10")),
    ("a torn print is voided", "receipt", Row(Online, on.Kept, otherwise, Printing, printing(torn=True), "R-09")),
    (
        "printed twice",
        "receipt",
        Row(AwaitingPaper, on.EnterPressed, otherwise, Printing, printing(torn=False), "R-15"),
    ),
    ("the drawer opens", "receipt", Row(Composing, on.TenderKeyed, basket.covers, Sealing, open_early, "R-24")),
    ("an outcome is kept twice", "receipt", Row(Emailing, on.Emailed, otherwise, Sent, keep_outcome_again, "R-11")),
    ("a way that was not begun", "receipt", Row(Emailing, on.Emailed, otherwise, Sent, keep_wrong_way, "R-11")),
    ("neither mail nor paper", "receipt", Row(Printing, on.PrintFailed, late, Composing, give_up, "R-15")),
    ("the address outlives", "receipt", Row(Sent, on.Kept, otherwise, Composing, remember, "R-14")),
    ("waits for 0 answers", "receipt", Row(Diverting, on.Kept, otherwise, Printing, silently(print_instead), "R-13")),
    ("waits for 2 answers", "receipt", Row(Online, on.Kept, otherwise, Printing, also(print_online, KEEP), "R-09")),
    ("no way home", "receipt", Row(AwaitingPaper, on.EnterPressed, otherwise, AwaitingPaper, stay, "R-15")),
    (
        "before its attempt is durable",
        "outbox",
        Row(Resting, on.WentOnline, has_queue, Resending, resend_at_once, "R-18"),
    ),
    ("an attempt is counted wrongly", "outbox", Row(Resting, on.Ticked, is_due, Reattempting, count_again, "R-18")),
    ("the outbox has 0 receipts", "outbox", Row(Resending, on.ResendFailed, otherwise, Resting, forget, "R-18")),
)


def planted(table: Table, bug: Row) -> Table:
    """The table with this row: instead of the unguarded one, or before all others of its cell."""
    cell = [row for row in table.rows if (row.source, row.event) == (bug.source, bug.event)]
    rest = [row for row in table.rows if row not in cell]
    kept = cell[:-1] if bug.when is otherwise else cell
    return rebuilt(table, [*rest, *kept, bug] if bug.when is otherwise else [*rest, bug, *kept])


@pytest.mark.parametrize(("said", "name", "bug"), PLANTED)
def test_the_walk_finds_a_planted_bug(said: str, name: str, bug: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong row is enough."""
    monkeypatch.setitem(TABLES, name, planted(TABLES[name], bug))
    with pytest.raises(Violation, match=said):
        walk(SELLING, SELLING, room=1)


def test_the_walk_finds_a_missing_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox that cannot queue while it counts an attempt comes to a *stop*."""
    rows = [row for row in TABLES["outbox"].rows if (row.source, row.event) != (Reattempting, on.WentOffline)]
    monkeypatch.setitem(TABLES, "outbox", rebuilt(TABLES["outbox"], rows))
    with pytest.raises(Violation, match="outbox: WentOffline in Reattempting"):
        walk(SELLING, SELLING, room=2)


def test_the_walk_finds_a_row_that_is_never_used(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A row behind a guard that never holds is named."""
    row = Row(
        AwaitingPaper, on.EnterPressed, lambda state, _: state.reason == "never", Printing, printing(torn=True), "R-15"
    )
    monkeypatch.setitem(TABLES, "receipt", planted(TABLES["receipt"], row))
    unused: Callable[[], list[str]] = request.getfixturevalue("unused")
    walk(SELLING, SELLING, room=1)
    assert any("receipt: AwaitingPaper on EnterPressed when <lambda>" in found for found in unused())
