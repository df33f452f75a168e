"""The house keeps its rules, and every rule is known to be able to fail: it is shown a tree that breaks it."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import house as rules
from tests.house import HOSTS, RULES, Rule, Tree, functions, lines_of, read_tree

ROOT = Path(__file__).parents[1]
PACKAGES = ("states/", "drivers/", "controller/", "diagrams/")


@pytest.fixture(scope="session")
def house() -> Tree:
    """This repository."""
    return read_tree(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Rule, house: Tree) -> None:
    """No violation in the whole repository."""
    violations = "\n  ".join(rule(house))
    assert not violations, f"{rule.__doc__}\n  {violations}"


def test_functions_are_short(house: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the functions outside tests have at most eight lines."""
    sizes = [lines_of(function) for source in house.python(*PACKAGES) for function in functions(source)]
    median = statistics.median(sizes)
    with capsys.disabled():
        print(f"\n{len(sizes)} functions outside tests: median {median:g} lines, longest {max(sizes)}")
    assert median <= rules.FUNCTION_LINES_MEDIAN_MAX


def test_the_wheel_ships_all_of_the_packages(house: Tree, tmp_path: Path) -> None:
    """Templates and settings inside the packages are installed with them; tests are not."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        shipped = set(wheel.namelist())
    assert not {source.name for source in house.sources if source.name.startswith(PACKAGES)} - shipped
    assert not {name for name in shipped if name.startswith("tests/")}


def test_system_packages_says_in_one_line_what_it_cannot_install(tmp_path: Path) -> None:
    """Without apt-get the missing packages are named in one line, and nothing is changed."""
    for tool in ("cat", "echo", "ls", "xargs"):
        os.symlink(f"/bin/{tool}", tmp_path / tool)
    script = (ROOT / "tests" / "system-packages").read_text(encoding="utf-8")
    alone = re.sub(r"^PATH=.*$", f"PATH={tmp_path}", script, flags=re.MULTILINE)
    done = subprocess.run(["/bin/sh", "-c", alone], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no apt-get" in done.stderr
    assert "xmlsec1" in done.stderr


# --- What each rule finds, and what it lets be -----------------------------------------------------------

PORTS = """
class Mail(Protocol):
    async def send(self): ...
class Printer(Protocol):
    async def print_lines(self): ...
"""
POINTS = '[project.entry-points."ekasa.mail"]\nsmtp = "drivers.mail_smtp:open_mail"\n'
PROJECT = '[project]\ndependencies = ["trio"]\noptional-dependencies.dev = []\n'
LOCK = f"trio==1 \\\n    --hash=sha256:{'0' * 64}\n"
LAWS = 'LAWS = {"R-01": Law("...")}\n'

Files = dict[str, str]

BROKEN: dict[Rule, list[tuple[str, Files]]] = {
    rules.states_are_pure: [
        ("states/a.py:1 states is pure but imports os", {"states/a.py": "import os\n"}),
        ("states/a.py:2", {"states/a.py": "def f():\n    from trio import sleep\n"}),
        ("states/a.py:1", {"states/a.py": "from transitions.extensions import GraphMachine\n"}),
        ("imports controller.loop", {"states/a.py": "from controller import loop\n", "controller/loop.py": ""}),
        ("states/a.py:2 states is pure but calls now", {"states/a.py": "import datetime\nx = datetime.now()\n"}),
        ("states/a.py:1 states is pure but waits", {"states/a.py": "async def f():\n    pass\n"}),
    ],
    rules.layers_hold: [
        ("drivers/a.py:1 drivers/ imports controller.app", {"drivers/a.py": "import controller.app\n"}),
        ("controller/a.py:1", {"controller/a.py": "from tests import world\n"}),
        ("diagrams/a.py:1", {"diagrams/a.py": "from drivers import ports\n"}),
        ("states/a.py:1 states/ imports .", {"states/a.py": "from . import b\n"}),
    ],
    rules.drivers_know_no_reasons: [
        ("imports states.effects", {"drivers/mail_a.py": "from states import effects\n", "states/effects.py": ""}),
        ("drivers/mail_a.py:1", {"drivers/mail_a.py": "from drivers.printer_b import print_it\n"}),
        ("drivers/printer_b.py:1", {"drivers/printer_b.py": "from drivers.soap import parse\n"}),
        ("drivers/mail_a.py:1", {"drivers/mail_a.py": "import drivers.mail_smtp\n", "pyproject.toml": POINTS}),
        ("drivers/mail_a.py:1", {"drivers/mail_a.py": "import drivers.simulated.mail\n"}),
    ],
    rules.machines_do_not_meet: [
        ("menu.py:1", {"states/machines/menu.py": "import states.machines.outbox\n"}),
        ("menu.py:1 a machine imports states.register", {"states/machines/menu.py": "import states.register\n"}),
    ],
    rules.only_outputs_call_ports: [
        (
            "controller/demo.py:2 calls print_lines of Printer",
            {"drivers/ports.py": PORTS, "controller/demo.py": "async def f(p):\n    await p.print_lines()\n"},
        ),
        (
            "controller/loop.py:2 calls send of Mail",
            {"drivers/ports.py": PORTS, "controller/loop.py": "async def f(p):\n    await p.mail.send()\n"},
        ),
    ],
    rules.all_is_small: [
        ("states/a.py:301", {"states/a.py": "\n" * 301}),
        ("tests/a.py:1 f has 41 lines", {"tests/a.py": "def f():\n" + "    x = 1\n" * 40}),
    ],
    rules.nothing_is_silenced: [
        ("states/a.py:1 noqa", {"states/a.py": "import os  # " + "noqa: F401\n"}),
        ("states/a.py:1 type: ignore", {"states/a.py": "x = 1  # " + "type: ignore[x]\n"}),
        ("states/a.py:2 TODO", {"states/a.py": "\n# " + "TODO later\n"}),
        ("drivers/a.py:3", {"drivers/a.py": "try:\n    f()\nexcept Exception:\n    pass\n"}),
    ],
    rules.names_say_something: [
        ("drivers/utils.py:1 the name utils says nothing", {"drivers/utils.py": ""}),
        ("drivers/a.py:1", {"drivers/a.py": "class Manager: ...\n"}),
        ("drivers/a.py:2", {"drivers/a.py": "\ndef _process(): ...\n"}),
    ],
    rules.mocks_are_not_used: [
        ("tests/a.py:1 imports unittest.mock", {"tests/a.py": "from unittest.mock import Mock\n"}),
    ],
    rules.money_is_never_float: [
        ("states/fiscal/a.py:1", {"states/fiscal/a.py": "x: float = 1\n"}),
        ("states/fiscal/a.py:2", {"states/fiscal/a.py": "\nx = 0.5\n"}),
    ],
    rules.laws_are_cited: [
        ("states/laws.py:1 R-01 is cited by no row and no test", {"states/laws.py": LAWS}),
        ("states/a.py:2 R-02 is no law", {"states/laws.py": LAWS, "states/a.py": 'Row("R-01")\nRow("R-02")\n'}),
    ],
    rules.drivers_can_be_opened: [
        ("pyproject.toml:2", {"pyproject.toml": POINTS, "drivers/mail_smtp.py": "def open(): ...\n"}),
    ],
    rules.locks_are_whole: [
        ("trio is not locked", {"pyproject.toml": PROJECT, "requirements.txt": "", "requirements-dev.txt": LOCK}),
        ("dev.txt:3", {"pyproject.toml": PROJECT, "requirements.txt": LOCK, "requirements-dev.txt": LOCK + "six==1\n"}),
        ("requirements.txt:1", {"pyproject.toml": PROJECT, "requirements.txt": "--index-url x\n" + LOCK}),
    ],
    rules.no_machine_is_named: [
        ("README.md:2", {"README.md": "\nsee https://" + ".".join(HOSTS[0]) + "\n"}),
        ("Makefile:2", {"Makefile": "all:\n\tls /" + "work/main\n"}),
    ],
}

KEPT: dict[Rule, list[Files]] = {
    rules.states_are_pure: [
        {"states/a.py": "from decimal import Decimal\nfrom states import b\n", "states/b.py": ""},
    ],
    rules.layers_hold: [
        {"controller/a.py": "import trio\nfrom drivers.ports import Mail\n"},
    ],
    rules.drivers_know_no_reasons: [
        {"drivers/authority_ekasa.py": "import drivers.soap\nimport drivers.ports\nimport drivers.authority_message\n"},
        {"drivers/simulated/mail.py": "import drivers.mail_message\nimport drivers.simulated.faults\n"},
    ],
    rules.machines_do_not_meet: [
        {"states/machines/menu.py": "import states.machines.menu_rows\n"},
    ],
    rules.only_outputs_call_ports: [
        {"drivers/ports.py": PORTS, "controller/outputs.py": "async def f(p):\n    await p.print_lines()\n"},
        {"drivers/ports.py": PORTS, "controller/lanes.py": "async def f(channel):\n    await channel.send()\n"},
    ],
    rules.nothing_is_silenced: [
        {"states/a.py": "x = 'a noqa in a string'\ntry:\n    f()\nexcept Exception:\n    raise\n"},
    ],
    rules.laws_are_cited: [
        {"states/laws.py": LAWS, "states/a.py": 'Row("R-01")\n'},
        {"states/laws.py": LAWS, "tests/test_a.py": "def test_r_01_holds(): ...\n"},
        {"states/laws.py": LAWS, "tests/test_a.py": 'def test_a():\n    """R-01 holds."""\n'},
    ],
    rules.drivers_can_be_opened: [
        {"pyproject.toml": POINTS, "drivers/mail_smtp.py": "async def open_mail(): ...\n"},
    ],
    rules.locks_are_whole: [
        {"pyproject.toml": PROJECT, "requirements.txt": LOCK, "requirements-dev.txt": LOCK},
    ],
}


def plant(root: Path, files: Files) -> Tree:
    """A tree with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return read_tree(root)


def name_of(value: object) -> str:
    """A parameter's name in pytest's list: the rule's, and nothing for the files."""
    return str(getattr(value, "__name__", ""))


@pytest.mark.parametrize(
    ("rule", "violation", "files"),
    [(rule, violation, files) for rule, cases in BROKEN.items() for violation, files in cases],
    ids=name_of,
)
def test_a_rule_finds_what_breaks_it(rule: Rule, violation: str, files: Files, tmp_path: Path) -> None:
    """A planted violation is found, with its file and line."""
    assert any(violation in found for found in rule(plant(tmp_path, files)))


@pytest.mark.parametrize(
    ("rule", "files"), [(rule, files) for rule, cases in KEPT.items() for files in cases], ids=name_of
)
def test_a_rule_lets_good_code_be(rule: Rule, files: Files, tmp_path: Path) -> None:
    """What is allowed is not reported."""
    assert not list(rule(plant(tmp_path, files)))


def test_every_rule_is_shown_what_breaks_it() -> None:
    """No rule goes untried."""
    assert set(RULES) == set(BROKEN)
