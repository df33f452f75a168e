"""The matrix: no invariant without a bug that breaks it alone, and none without a test of something real."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests import test_crash_states
from tests.invariants import INVARIANTS
from tests.sim_plants import PLANTS

TESTS = Path(__file__).parent
DISK = {plant.__name__ for plant in test_crash_states.PLANTED}


def test_there_is_a_row_for_each_and_for_no_other() -> None:
    """In their order."""
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 29)]
    assert len({row.says for row in INVARIANTS.values()}) == len(INVARIANTS)


@pytest.mark.parametrize("number", INVARIANTS)
def test_what_a_row_names_is_there(number: str) -> None:
    """The bugs that break it alone are planted, and its tests exist."""
    row = INVARIANTS[number]
    assert row.alone
    assert row.tests
    assert missing_bugs(number, row.alone) == []
    assert missing_tests(row.tests) == []


def test_what_is_not_there_is_noticed() -> None:
    """The control."""
    assert missing_bugs("I1", ("no-such-bug", "mail-twice", "crash_states::no_such_bug")) != []
    assert missing_tests(("outputs::test_nothing", "nowhere::test_x")) == ["outputs::test_nothing", "nowhere::test_x"]


def missing_bugs(number: str, names: tuple[str, ...]) -> list[str]:
    """Names that are no planted bug of this invariant."""
    disk = {f"crash_states::{name}" for name in DISK}
    return [name for name in names if name not in disk and (name not in PLANTS or PLANTS[name].invariant != number)]


def missing_tests(names: tuple[str, ...]) -> list[str]:
    """Names that are no test."""
    return [name for name in names if name.partition("::")[2] not in functions(name.partition("::")[0])]


@cache
def functions(file: str) -> frozenset[str]:
    """The tests of a file, none if there is no such file."""
    path = TESTS / f"test_{file}.py"
    nodes = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
