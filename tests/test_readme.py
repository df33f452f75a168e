"""What README promises is true: its commands exist and run, its targets and links lead somewhere."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]
EKASA = [sys.executable, "-m", "controller"]


def test_every_line_of_every_block_is_tested_here() -> None:
    assert LINES == [
        "make demo",
        "make test",
        ".venv/bin/ekasa init out/training --training",
        ".venv/bin/ekasa run out/training --simulators",
    ]


@pytest.mark.parametrize("target", sorted({*re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE)}))
def test_each_make_target_exists(target: str) -> None:
    plan = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert plan.returncode == 0, plan.stderr


@pytest.mark.parametrize("command", sorted({*re.findall(r"`ekasa ([a-z]+)", README)}))
def test_each_command_exists(command: str) -> None:
    shown = subprocess.run([*EKASA, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr


def test_the_first_steps_lead_to_a_register_on_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "training"
    subprocess.run([*EKASA, "init", str(folder), "--training"], cwd=ROOT, check=True, capture_output=True)
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*EKASA, "run", str(folder), "--simulators"])
    shown = read_until(terminal, b"SUMA")
    os.kill(child, signal.SIGINT)
    assert os.waitstatus_to_exitcode(wait_for(child, terminal)) == 0
    assert "CVIČNÝ REŽIM".encode() in shown


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal showed until this was there; at most 20 s."""
    shown, until = b"", time.monotonic() + 20
    while wanted not in shown and time.monotonic() < until:
        shown += os.read(terminal, 65536)
    assert wanted in shown
    return shown


def wait_for(child: int, terminal: int) -> int:
    """The child's status; what it still writes is read, so that it never waits for a reader."""
    while True:
        try:
            os.read(terminal, 65536)
        except OSError:
            return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README))
def test_each_link_leads_to_a_file(link: tuple[str, str]) -> None:
    assert (ROOT / (link[0] or link[1])).exists()
