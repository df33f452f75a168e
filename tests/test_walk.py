"""A proof by walk: every world that can be reached in a scene is visited, and the rules hold on every step between.

The scenes of ``walk_scenes`` say what each of them asks about and what it leaves out; together they use every row of
every table, but for those named here. Then faults are planted, and each must be found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest

from states import effects as do, events as on, register
from states.journey import AwaitingPaper, Composing, Emailing, Interrupting, Offline, Online, Printed, Printing
from states.machines.outbox import Reattempting
from states.register import TABLES
from states.table import Row, Table, Then
from tests.walk_faults import FAULTS, Fault, printing, rebuilt
from tests.walk_scenes import CLOSED, DOCUMENTS, OUTBOX, QUESTIONS, SCENES, SERVICE
from tests.walking import Remembering, Scene, Violation, Walk, walk
from tests.world_walk import awaited, awaits, may_bring

WORLDS_MIN = 15_000
STEPS_MIN = 250_000

CAUTIOUS = {
    "receipt: Composing on ParagonKeyed when otherwise",
    "receipt: Composing on TrainingChosen when otherwise",
    "receipt: Composing on CashierChosen when otherwise",
    "receipt: Composing on RepairBegun when otherwise",
}
"""Rows that no step uses: the menu opens between two sales only, but the receipt does not rely on it."""


# --- The tables that are walked ------------------------------------------------------------------------------


@dataclass
class Walked:
    """All walks by the names of their scenes, and the rows that no step has used."""

    walks: dict[str, Walk]
    unused: set[str]


def noted(row: Row, used: set[Row]) -> Row:
    """The row, which notes that it was used."""

    @wraps(row.doing)
    def doing(state: Any, event: Any) -> Then[Any]:
        used.add(row)
        return row.doing(state, event)

    return Row(row.source, row.event, row.when, row.target, doing, row.because)


def said(table: Table, row: Row) -> str:
    """A row as it is spoken of."""
    return f"{table.name}: {row.source.__name__} on {row.event.__name__} when {row.when.__name__}"


def walk_all(scenes: Iterable[Scene]) -> Walked:
    """Walk through these scenes, and see which rows they use."""
    tables, used = dict(TABLES), set[Row]()
    with pytest.MonkeyPatch.context() as patch:
        for name, table in tables.items():
            patch.setitem(TABLES, name, Remembering(rebuilt(table, (noted(row, used) for row in table.rows))))
        walks = {scene.name: walk(scene) for scene in scenes}
    unused = {said(table, row) for table in tables.values() for row in table.rows if row not in used}
    return Walked(walks, unused)


@pytest.fixture(scope="module")
def walked() -> Walked:
    """Every scene; a Violation ends here."""
    return walk_all(SCENES)


def test_every_world_keeps_the_rules_and_every_row_is_used(walked: Walked) -> None:
    """No rule is broken, no *stop* is reached, every world has a way home, and no row is there in vain."""
    assert walked.unused == CAUTIOUS
    assert sum(len(one.worlds) for one in walked.walks.values()) > WORLDS_MIN
    assert sum(one.steps for one in walked.walks.values()) > STEPS_MIN


def test_the_world_gives_every_answer(walked: Walked) -> None:
    """Nothing that a question may bring is left out of the walk, and every question is asked in it."""
    given: dict[type[do.Effect], set[type[on.Event]]] = {}
    for one in walked.walks.values():
        for effect, answers in one.given.items():
            given.setdefault(effect, set()).update(answers)
    assert given == {effect: may_bring(effect) for effect in QUESTIONS}


def test_people_hear_of_everything(walked: Walked) -> None:
    """The walk meets the beeps of every machine; a rule has found a sentence for each."""
    heard = {notice for one in walked.walks.values() for notice in one.beeps}
    assert {"key-refused", "discount-packaging", "refused", "resend-refused", "line-lost", "place-same"} <= heard
    assert {"certificate-expired", "unsent-24h", "report-lost", "cash-slip-lost", "nothing-to-repair"} <= heard


# --- What the design says of waiting --------------------------------------------------------------------------


def waiting(name: str) -> set[str]:
    """The states of a machine that wait for answers."""
    return {state.__name__ for state in TABLES[name].states if awaited(TABLES[name], state.__name__)}


def test_receipt_states_wait_as_their_names_say() -> None:
    """-ing waits for an answer, except Composing; so do the card's own Online, Offline, Sent and Printed."""
    named = {state.__name__ for state in TABLES["receipt"].states if state.__name__.endswith("ing")}
    assert waiting("receipt") == named - {"Composing"} | {"Online", "Offline", "Sent", "Printed"}


def test_beside_the_sale_few_states_wait() -> None:
    """The line and the menu wait for nobody, the entry for what it looks up, the others for what they asked."""
    assert {name: waiting(name) for name in TABLES if name != "receipt"} == {
        "entry": {"Looking"},
        "outbox": {"Reattempting", "Resending", "Resolving"},
        "line": set(),
        "menu": set(),
        "slip": {"Gathering", "SlipPrinting"},
        "service": set(),
        "medium": set(),
        "place": {"Announcing", "Locating", "PlaceKeeping"},
    }


def test_each_answer_is_awaited_by_one_machine() -> None:
    """Others may hear it by the way."""
    for effect in QUESTIONS:
        for answer in may_bring(effect):
            assert sum(awaits(table, answer) for table in TABLES.values()) == 1, answer.__name__


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


# --- Planted faults ---------------------------------------------------------------------------------------------


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The tables as they are, remembering; a test may replace one."""
    for name, table in TABLES.items():
        monkeypatch.setitem(TABLES, name, Remembering(table))
    return monkeypatch


def fault_id(fault: Fault) -> str:
    """``outbox: Resting on Ticked when is_due``, and what it does."""
    return f"{said(fault.table, fault.row)} {fault.row.doing.__name__}"


@pytest.mark.parametrize("fault", FAULTS, ids=fault_id)
def test_the_walk_finds_a_planted_fault(fault: Fault, tables: pytest.MonkeyPatch) -> None:
    """One wrong row is enough."""
    tables.setitem(TABLES, fault.table.name, Remembering(fault.planted))
    with pytest.raises(Violation, match=fault.says):
        walk(fault.scene)


def test_the_walk_finds_a_missing_row(tables: pytest.MonkeyPatch) -> None:
    """An outbox that cannot queue while it counts an attempt comes to a *stop*."""
    rows = [row for row in TABLES["outbox"].rows if (row.source, row.event) != (Reattempting, on.WentOffline)]
    tables.setitem(TABLES, "outbox", Remembering(rebuilt(TABLES["outbox"], rows)))
    with pytest.raises(Violation, match="outbox: WentOffline in Reattempting"):
        walk(OUTBOX)


@pytest.mark.parametrize("scene", [SERVICE, CLOSED], ids=lambda scene: str(scene.name))
def test_the_walk_finds_that_a_closed_register_sells(scene: Scene, tables: pytest.MonkeyPatch) -> None:
    """Neither an expired certificate nor a missing place keeps keys and facts from the sale."""
    tables.setattr(register, "closed_by", lambda _now: "")
    with pytest.raises(Violation, match="begins while nothing may be sold"):
        walk(scene)


def test_the_walk_finds_a_row_that_is_never_used() -> None:
    """A row behind a guard that never holds is named."""
    table = TABLES["receipt"]
    again = printing(torn=True)
    row = Row(AwaitingPaper, on.EnterPressed, lambda state, _: state.reason == "never", Printing, again, "R-15")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TABLES, "receipt", rebuilt(table, [row, *table.rows]))
        unused = walk_all([DOCUMENTS]).unused
    assert "receipt: AwaitingPaper on EnterPressed when <lambda>" in unused
