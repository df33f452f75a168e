"""Boot: from the start of a process until the register is ready, against importing the same libraries and no more.

The libraries are those that a running register really has loaded: everything that is not its own, submodules and the
standard library included. Both find their code compiled, as it is shipped, whatever the environment says: the first
start of each, which is not to be counted, compiles it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from controller.bench_series import Contender

OWN = frozenset({"controller", "states", "drivers", "diagrams", "__main__"})
READY = b"ready\n"

_ROOT = Path(__file__).parents[1]


def boots(folder: Path, compiled: Path) -> dict[str, Contender]:
    """The register of this folder, which has been prepared, and the bare imports; ``compiled`` keeps compiled code."""
    libraries = libraries_of(folder)
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)

    async def boot() -> float:
        return _seconds(environment, "start_register", str(folder))

    async def imports() -> float:
        return _seconds(environment, "import_modules", *libraries)

    return {"boot": boot, "imports": imports}


def libraries_of(folder: Path) -> list[str]:
    """The names of all modules that a register of this folder loads and that are not its own, in their order."""
    command = _command("start_register", "--modules", str(folder))
    loaded = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    return [name for name in loaded if name.partition(".")[0] not in OWN]


def _seconds(environment: dict[str, str], function: str, *arguments: str) -> float:
    """How long a new interpreter takes to say that it is ready; then it may end in peace."""
    began_s = perf_counter()
    command = _command(function, *arguments)
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        taken_s = perf_counter() - began_s
    if said != READY:
        raise OSError(f"{function} did not get ready")
    return taken_s


def _command(function: str, *arguments: str) -> list[str]:
    code = f"from controller.bench_start import {function}; {function}()"
    return [sys.executable, "-c", code, *arguments]
