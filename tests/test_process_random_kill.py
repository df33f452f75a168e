"""Forty kills at random moments while a script keys sales: the script's own book agrees with all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random

import pytest

from tests.process_kills import WORKERS, at_random
from tests.process_lives import Tally
from tests.process_random import Script

KILLS = 40
SEED = 20261125


@pytest.fixture(scope="module")
def tallies() -> Iterator[list[Future[Tally]]]:
    """All kills, in two shops at once."""
    with ThreadPoolExecutor(WORKERS) as pool:
        yield [pool.submit(task) for task in at_random(KILLS, SEED)]


@pytest.mark.parametrize("part", range(len(at_random(KILLS, SEED))))
def test_every_book_agrees_after_the_kills(tallies: list[Future[Tally]], part: int) -> None:
    """The script's, the authority's, the mail server's, the papers and the journal: nothing lost, nothing twice."""
    tally = tallies[part].result()
    assert tally.violations == []
    counts = tally.counts
    assert counts["kills"] == counts["killed selling"] + counts["killed starting"] == KILLS // WORKERS
    assert counts["receipts"] > counts["kills"] // 4
    assert counts["receipts"] <= counts["sales keyed"]


@pytest.mark.parametrize(
    ("had", "wrong"),
    [
        ({}, []),
        ({101: 1, 103: 1}, []),
        ({101: 1, 102: 1, 103: 1}, []),
        ({101: 2}, ["the sale of 101 cents came to be 2 times"]),
        ({102: 1}, ["of the sales [101, 102] not the first ones came to be: [False, True]"]),
        ({999: 1}, ["nobody keyed 999 cents"]),
    ],
    ids=["none", "the first", "all", "twice", "one is lost", "one is new"],
)
def test_the_script_has_a_book_of_its_own(had: dict[int, int], wrong: list[str]) -> None:
    """Two sales were keyed in the first life and one in the second."""
    script = Script(Random(SEED), [[101, 102], [103]])
    assert list(script.disagreements(Counter(had))) == wrong
