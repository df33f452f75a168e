"""What README promises is true: its commands exist and run, its targets and links lead somewhere."""

from __future__ import annotations

import os
import re
import select
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
    near, far = os.openpty()
    words = [*EKASA, "run", str(folder), "--simulators"]
    register = subprocess.Popen(words, cwd=ROOT, stdin=far, stdout=far, stderr=far, start_new_session=True)
    os.close(far)
    try:
        assert "CVIČNÝ REŽIM".encode() in shown_until(near, b"SUMA")
        os.write(near, b"12.50q@jana@example.sk\rh")
        shown_until(near, "ODOSLANÉ".encode())
        (mail,) = (folder / "mail").glob("*.eml")
        assert b"\r\nTo: jana@example.sk\r\n" in mail.read_bytes(), "not a letter of what was typed ahead is lost"
        register.send_signal(signal.SIGINT)
        shown_until(near, b"")
        assert register.wait(10) == 0
    finally:
        register.kill()
        os.close(near)


def shown_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal showed until this was there, or to its end if nothing is wanted; at most 20 s."""
    shown, until = b"", time.monotonic() + 20
    while not wanted or wanted not in shown:
        assert select.select([terminal], [], [], max(0, until - time.monotonic()))[0], shown
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    return shown


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README))
def test_each_link_leads_to_a_file(link: tuple[str, str]) -> None:
    assert (ROOT / (link[0] or link[1])).exists()
