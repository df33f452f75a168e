"""What a campaign found, kept as JSON in ``out/campaign``: ``docs/evidence.md`` is made of that, and of that alone."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOUND = ROOT / "out" / "campaign"


@cache
def commit() -> str:
    """The commit that is tried, short, with a + if files differ from it; ``none`` outside of a repository."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return f"{head}{'+' if _git('status', '--porcelain') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True, text=True).stdout.strip()


commit()  # What is tried is what is there now, whatever is checked out when a campaign of hours ends.


def result(
    what: str, counts: Mapping[str, int], violations: int, *, seed: int, began_s: float, command: str
) -> dict[str, object]:
    """What was tried, how often (first the number of trials), and how it can be repeated; ``began_s`` is monotonic."""
    return {
        "what": what,
        "counts": dict(counts),
        "violations": violations,
        "seed": seed,
        "commit": commit(),
        "seconds": round(time.monotonic() - began_s),
        "command": command,
    }


def keep(name: str, content: object) -> None:
    """Keep a result under this name for the report."""
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
