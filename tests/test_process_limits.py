"""Little memory and few descriptors: every kind of work is done within them, and nothing is used up by doing it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from states.fiscal.journal import Closed, Delivered, Outcome
from states.fiscal.receipt import Form, Way
from tests.process_audit import Auditor
from tests.process_faults import memory_group, within
from tests.process_lives import REFUSED, Silent, has_ended, open_for_kills
from tests.shop import SALE, Shop, await_that, end, mailed

DESCRIPTORS = 64
MEMORY_MIB = 96
ROUNDS = 3


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Shop, subprocess.Popen[bytes]]]:
    """A shop and its authority."""
    with open_for_kills(tmp_path) as opened:
        yield opened


def work(shop: Shop, authority: subprocess.Popen[bytes]) -> None:
    """A sale on paper, one by mail, one whose mail fails, one off-line that is sent later, and a daily report."""
    done, closed = len(shop.records(Delivered)), len(shop.records(Closed))
    for count, keys in enumerate((SALE, mailed(), mailed(REFUSED)), done + 1):
        shop.press(*keys)
        shop.await_record(Delivered, count)
    with Silent(authority):
        shop.press(*SALE)
        shop.await_record(Delivered, done + 4)
    await_that("the last one is sent", lambda: has_ended(shop))
    shop.press("MENU", "2")
    shop.await_record(Closed, closed + 1)
    await_that("the report is printed", lambda: len(shop.papers()) == (done // 4 + 1) * 4)


def check(shop: Shop) -> None:
    """Every kind of work was done, and every book agrees."""
    assert {record.way for record in shop.records(Delivered)} == set(Way)
    assert sum(record.form is Form.OFFLINE for record in shop.records(Outcome)) == ROUNDS
    assert shop.said() == ""
    assert Auditor(shop).audit() == []


def test_sixty_four_descriptors_are_enough_for_all_work(shop: tuple[Shop, subprocess.Popen[bytes]]) -> None:
    """And after three rounds no more of them are open than after the first."""
    if not shutil.which("prlimit"):
        pytest.skip("prlimit is not installed")
    opened, authority = shop
    process = opened.run("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}")
    folder = Path(f"/proc/{process.pid}/fd")
    counts = []
    for _ in range(ROUNDS):
        work(opened, authority)
        counts.append(len(list(folder.iterdir())))
    assert f"Max open files            {DESCRIPTORS} " in Path(f"/proc/{process.pid}/limits").read_text()
    assert counts[-1] <= counts[0] < DESCRIPTORS
    assert end(process) == 0
    check(opened)


def test_ninety_six_mebibytes_are_enough_for_all_work(shop: tuple[Shop, subprocess.Popen[bytes]]) -> None:
    """The control group counts what the register uses and what the kernel keeps for it, and kills what uses more."""
    opened, authority = shop
    with memory_group(MEMORY_MIB) as group:
        process = opened.run(*within(group))
        assert str(process.pid) in (group / "cgroup.procs").read_text().split()
        for _ in range(ROUNDS):
            work(opened, authority)
        assert process.poll() is None
        assert "under_oom 0" in (group / "memory.oom_control").read_text()
        status = Path(f"/proc/{process.pid}/status").read_text()
        used_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
        assert used_kib < MEMORY_MIB * 1024, "what is used counts, whatever the group allows"
        assert end(process) == 0
    check(opened)
