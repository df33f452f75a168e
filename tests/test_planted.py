"""The check of the checkers: every planted bug is noticed by the invariant that it breaks, within a few lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from drivers.mail_connection import Connection
from drivers.simulated.mail import Action, Fault
from states.fiscal.receipt import Verdict
from tests import campaign_planted
from tests.campaign_planted import OF_THE_DISK, SIMULATOR, Found, find, find_all
from tests.invariants import INVARIANTS
from tests.mail_certificates import Issuer
from tests.sim_life import live
from tests.sim_planting import Plant, replaced
from tests.sim_plants import PLANTS
from tests.test_crash_states import PLANTED
from tests.test_mail_smtp import SECRET, playing

LIVES = 6
CONTROL_RECEIPTS = 60
PLANTED_MIN = 30


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """What was noticed of each bug."""
    return {one.name: one for one in find_all(list(PLANTS), LIVES)}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_noticed(name: str, found: dict[str, Found]) -> None:
    """By its invariant, though others may notice it as well."""
    assert found[name].is_caught, found[name].noticed


@pytest.mark.parametrize("number", INVARIANTS)
def test_a_bug_that_breaks_one_invariant_alone_is_noticed_by_it_alone(number: str, found: dict[str, Found]) -> None:
    """So no other rule stands in for one that does nothing."""
    names = [name for name in INVARIANTS[number].alone if name in PLANTS]
    assert {name: found[name].invariants for name in names} == {name: {number} for name in names}


def test_there_are_enough_of_them() -> None:
    """Of all families; no two break the same thing in the same words."""
    assert len(PLANTS) >= PLANTED_MIN
    assert len({plant.says for plant in PLANTS.values()}) == len(PLANTS)
    assert [plant.__name__ for plant in PLANTED] == list(OF_THE_DISK)


def conditions() -> Iterator[str]:
    """The first bug of each condition under which bugs are noticed soon."""
    seen: list[object] = []
    for name, plant in PLANTS.items():
        if plant.where and plant.where not in seen:
            seen.append(plant.where)
            yield name


@pytest.mark.parametrize("name", tuple(conditions()))
def test_the_condition_without_the_bug_breaks_nothing(name: str) -> None:
    """What is noticed is the bug, and not that more faults strike."""
    with replaced(PLANTS[name].where):
        assert live(1, CONTROL_RECEIPTS).violations == []


def test_a_bug_that_is_none_is_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nobody says that he has seen something."""
    monkeypatch.setitem(PLANTS, "none", Plant("nothing is broken", "I1", tuple))
    none = find("none", 1)
    assert not none.is_caught
    assert none.caught_by == ""


def test_who_noticed_is_told_with_the_expected_one_first() -> None:
    """As it stands in the report."""
    noticed = {SIMULATOR: {"I4": "said", "I1": "said"}, "verify": {"I3": "said"}}
    assert Found("skip-a-sync", 1, 5, noticed).caught_by == "simulator I1, I4; verify I3"
    assert [campaign_planted.who(said) for said in ("verify, record 1: no", "x")] == ["verify", SIMULATOR]


async def test_an_error_of_quit_taken_for_a_failure_would_be_noticed(tmp_path: Path) -> None:
    """The driver and a real connection: a mail that was accepted before QUIT fails counts as accepted."""
    Issuer(tmp_path).issue("server", ("127.0.0.1",))
    (tmp_path / "smtp.password").write_text(f"{SECRET}\n", encoding="utf-8")
    verdicts = []
    for patches in ((), ((Connection, "farewell", strict_farewell),)):
        async with playing(tmp_path, "tls", Fault(phase="quit", action=Action.DROP)) as play:
            with replaced(patches):
                verdicts.append((await play.send()).verdict)
            assert len(play.world.kept) == 1
    assert verdicts[0] is Verdict.ACCEPTED
    assert verdicts[1] is not Verdict.ACCEPTED


async def strict_farewell(connection: Connection) -> None:
    """QUIT must be answered."""
    with trio.fail_after(1):
        await connection._stream.send_all(b"QUIT\r\n")
        await connection._read()
