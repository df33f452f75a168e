"""A coverage-guided run of one target, or of all: ``python -m tests.fuzz_atheris TARGET --runs N``.

It needs the fuzzer ``atheris``, which is no dependency of the project: only this long run, made by hand, uses it. A
failing input is printed by the fuzzer and kept in the folder of ``--keep``; then it becomes a seed of its target.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGES = ["drivers", "states", "controller"]


def main() -> int:
    """Run the target in this process, or each of them in a process of its own."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz_atheris", description=__doc__)
    words.add_argument("target", help="the name of a target, or all")
    words.add_argument("--runs", type=int, default=100_000, help="inputs for each target")
    words.add_argument("--seconds", type=int, default=0, help="no longer than this for each target; 0: all the runs")
    words.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="where failing inputs are kept")
    chosen = words.parse_args()
    chosen.keep.mkdir(parents=True, exist_ok=True)
    if chosen.target == "all":
        return run_all(sys.argv[2:])
    with TemporaryDirectory(prefix="ekasa-corpus-") as corpus:
        limits = [f"-runs={chosen.runs}", f"-max_total_time={chosen.seconds}"]
        fuzz(chosen.target, [*limits, f"-artifact_prefix={chosen.keep}/{chosen.target}-"], Path(corpus))
    return 0


def run_all(options: list[str]) -> int:
    """Every target; 1 if one of them failed."""
    names = importlib.import_module("tests.fuzz_targets").TARGETS
    command = [sys.executable, "-m", "tests.fuzz_atheris"]
    codes = [subprocess.run([*command, name, *options], check=False).returncode for name in names]
    return int(any(codes))


def fuzz(name: str, options: list[str], corpus: Path) -> None:
    """Run the target from its seeds on; the fuzzer ends the process, at a failure or at the end of its runs."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=PACKAGES):
        targets = importlib.import_module("tests.fuzz_targets")
    target = targets.TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        (corpus / str(number)).write_bytes(seed)
    fixed = ["-max_len=16384", "-timeout=20", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *fixed, *options, str(corpus)], lambda content: targets.attempt(target, content))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
