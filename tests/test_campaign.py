"""A hundred thousand simulated receipts, a fault in a third of them, and no invariant broken.

The lives are those of seeds that follow from the commit: the first one is the hash of its name, so each commit lives
lives of its own, and whoever has the commit has the seeds. Seeds that failed once are lived again before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import campaign, campaign_report
from tests.campaign import Campaign, kept_seeds, length_of, life_of, run, seed_of_commit
from tests.evidence import ROOT
from tests.sim_faults import ALL, Drawer
from tests.sim_judge import DAY_RULES, ELSEWHERE, RECEIPT_RULES, WITNESSED
from tests.sim_life import Told, live
from tests.sim_plants import PLANTS, planted

RECEIPTS = 20_000
"""So many fit a run of all tests; `make campaign` goes on as long as told."""

WORKERS = 2
WITH_FAULT_MIN = 0.30
SHARES_MIN = {
    Drawer.AUTHORITY: 0.15,
    Drawer.MAIL: 0.02,
    Drawer.PRINTER: 0.05,
    Drawer.DISK: 0.03,
    Drawer.POWER: 0.03,
    Drawer.KEYPAD: 0.05,
    Drawer.CLOCK: 0.003,
    Drawer.INDEX: 0.003,
    Drawer.CERTIFICATE: 0.0005,
}
"""So much of all faults is of each kind; a drawer that is never opened is a defect of the campaign."""

CHAINS = "from tests.sim_life import live; print(*(live(seed, 25).chain for seed in (1, 2, 3)))"


def test_a_campaign_of_the_lives_of_this_commit(capsys: pytest.CaptureFixture[str]) -> None:
    """Every kind of fault, any cut of power, each invariant after each receipt."""
    *_, whole = run(RECEIPTS, 0.0, seed_of_commit(), WORKERS)
    with capsys.disabled():
        print(f"\n{whole.progress}\n{whole.line}")
    assert not whole.failures, "\n\n".join(campaign.failures_of(whole))
    assert whole.receipts >= RECEIPTS
    assert whole.with_fault >= WITH_FAULT_MIN * whole.receipts
    all_faults = whole.faults.total()
    few = {kind: whole.by_drawer[kind] for kind in Drawer if whole.by_drawer[kind] < SHARES_MIN[kind] * all_faults}
    assert not few, f"of {all_faults} faults too few are of {few}"
    never = {name for names in ALL.values() for name in names} - set(whole.faults)
    assert not never, f"never struck: {sorted(never)}"
    assert min(whole.counts[name] for name in ("lives on the wire", "recovered twice", "run dark")) > 0


def test_the_seeds_that_failed_once_are_lived_in_peace() -> None:
    """Nothing that was put right comes back."""
    assert [(seed, found) for seed in kept_seeds() if (found := life_of(seed).violations)] == []


def test_a_seed_is_the_same_life_in_any_process() -> None:
    """The same bytes in the journal, to the last chain hash, whatever the hashes of the process."""
    here = " ".join(live(seed, 25).chain for seed in (1, 2, 3))
    words = [sys.executable, "-c", CHAINS]
    there = subprocess.run(
        words, check=True, capture_output=True, text=True, cwd=ROOT, env={"PYTHONHASHSEED": "7"}
    ).stdout
    assert there.split() == here.split()


def test_nothing_is_planted_for_no_name() -> None:
    """And what was planted is taken out again."""
    before = live(1, 10).violations
    with planted(next(iter(PLANTS))):
        pass
    assert live(1, 10).violations == before == []


def test_every_invariant_is_asked_for() -> None:
    """I1 to I28: by a rule, by the world itself, or by a test of a real process that is named."""
    asked = {number for number, _ in (*RECEIPT_RULES, *DAY_RULES)} | {*WITNESSED, *ELSEWHERE}
    assert asked == {f"I{number}" for number in range(1, 29)}


def test_a_failing_seed_is_told_and_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that repeats it."""
    seeds = tmp_path / "campaign.txt"
    seeds.write_text("# Seeds.\n7  # I5 before\n", encoding="utf-8")
    monkeypatch.setattr(campaign, "SEEDS", seeds)
    broken = Campaign(1)
    broken.take(Told(12, receipts=3, violations=[("I5", "2026-11/1 is given a second time\nmore")]))
    for seed, found in broken.failures * 2:
        campaign.remember(seed, found)
    assert kept_seeds() == (7, 12)
    assert "repeat it with: make campaign COUNT=1 SEED=12" in campaign.failures_of(broken)[0]
    assert "violations=1" in broken.line


def test_a_life_is_as_long_as_its_seed_says() -> None:
    """Whatever the campaign asked for, so that a life can be repeated alone."""
    assert {length_of(seed) for seed in range(400)} <= set(range(campaign.LENGTHS[0], campaign.LENGTHS[1] + 1))
    assert len({length_of(seed) for seed in range(400)}) > 20


def test_the_evidence_is_what_the_campaigns_found(tmp_path: Path) -> None:
    """Each figure of the page stands in a result."""
    small, great = Campaign(1), Campaign(2)
    small.take(Told(1, receipts=10))
    great.take(Told(2, receipts=2_100, with_fault=700, faults=Counter({"paper-out": 4_321}), counts=Counter(mails=99)))
    for name, one in (("a", small), ("b", great)):
        content = one.as_json(f"python -m tests.campaign --seed {one.seed}")
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    states = {"what": "crash states", "counts": {"states": 1_000_000}, "violations": 0, "seed": 3, "commit": "abc"}
    (tmp_path / "c.json").write_text(json.dumps(states | {"seconds": 60, "command": "make crash"}), encoding="utf-8")
    bugs = [{"bug": "a sync is skipped", "invariant": "I1", "caught_by": "sim_judge"}]
    (tmp_path / "d.json").write_text(json.dumps(bugs), encoding="utf-8")
    page = campaign_report.page(campaign_report.results(tmp_path))
    for said in ("| receipts | 2,100 |", "4,321", "33.3 %", "--seed 2", "1,000,000", "3.0e-06", "a sync is skipped"):
        assert said in page, said
    assert "--seed 1\n" not in page
