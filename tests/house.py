"""The rules of the house: who may import whom, sizes, names, laws, drivers, locks, no traces of a machine.

A rule is a function from the tree to its violations, each a line ``file:line what is wrong``.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

OURS = {"states", "drivers", "controller", "diagrams", "tests"}
FUNCTION_LINES_MAX = 40
FUNCTION_LINES_MEDIAN_MAX = 8
MODULE_LINES_MAX = 300

PURE = {
    *("__future__", "abc", "base64", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum"),
    *("functools", "graphlib", "hashlib", "heapq", "inspect", "itertools", "json", "math", "operator", "re", "string"),
    *("struct", "textwrap", "types", "typing", "unicodedata", "zlib", "msgspec", "transitions"),
}
"""What ``states`` may import besides itself: nothing in it reads a clock, rolls dice or touches the world."""

IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "now", "today", "utcnow", "uuid4", "urandom", "getLogger"}
"""Calls that bring the clock, chance or the world into a module whose imports are pure."""

ROLES_OF_FAMILY = {
    "attachment": {"mail"},
    "chdu": {"storage"},
    "escpos": {"printer"},
    "journal": {"storage"},
    "serial": {"printer", "keypad", "display"},
    "soap": {"authority"},
    "terminal": {"keypad", "display"},
    "wssecurity": {"authority"},
}
"""Private siblings of drivers that are named after a technology: the first word of the file, and whose they are."""

EVERY_PORT = {"Authority", "Mail", "Printer", "Storage", "Signer", "Keypad", "Display", "Clock"}
PORT_CALLERS = {
    "controller/outputs.py": EVERY_PORT,
    "controller/sending.py": {"Authority", "Storage"},
    "controller/gathering.py": {"Storage"},
    "controller/gathering_days.py": {"Storage"},
    "controller/lookups.py": {"Storage"},
    "controller/catalogue.py": {"Storage"},
    "controller/till.py": {"Storage"},
    "controller/app.py": {"Display"},
    "controller/starting.py": {"Storage", "Clock"},
    "controller/loop.py": {"Keypad", "Display", "Clock", "Storage"},
}
"""Who may call a port: outputs on a machine's behalf, for the authority by sending, for slips and lookups by files of
their own; starting when it recovers, app when the storage is opened again, the PLU import, loop for keys, views and the
storage's examination."""

SAID_BY_OTHERS_TOO = {"send"}
"""Names of port methods that trio's channels have as well: they count only when said to a port by its name."""

EMPTY_NAMES = {"manager", "handler", "helper", "helpers", "util", "utils", "process", "data", "common", "misc"}

# Spelt in pieces, so that this file does not name what it looks for.
HOSTS = [("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("deb", "debian", "org")]
FOLDERS = "|".join(("work", "farm", "root", "opt"))
TRACES = re.compile("|".join([*(r"\.".join(host) for host in HOSTS), rf"(?<![\w.])/(?:{FOLDERS})/"]))
MARKS = re.compile(r"#.*\b(noqa|type:\s*ignore|mypy:\s*ignore|TODO|FIXME|XXX)\b")
LAW = re.compile(r"R-\d\d")


# --- The tree --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A text file of the tree; ``name`` is its path from the root."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax of a Python file."""
        return ast.parse(self.text, self.name)

    @property
    def module(self) -> str:
        """``states/fiscal/money.py`` is the module ``states.fiscal.money``."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def family(self) -> str:
        """The first word of the file's name: files of one driver or one machine share it."""
        return Path(self.name).stem.split("_")[0]


@dataclass(frozen=True, repr=False)
class Tree:
    """The text files of a folder that git would track."""

    sources: tuple[Source, ...]

    def python(self, *folders: str) -> Iterator[Source]:
        """The Python files below these folders; all without folders."""
        for source in self.sources:
            if source.name.endswith(".py") and (not folders or source.name.startswith(folders)):
                yield source

    @cached_property
    def modules(self) -> set[str]:
        """The modules of the tree."""
        return {source.module for source in self.python()}

    def imports(self, source: Source) -> Iterator[tuple[int, str]]:
        """Line and module of each import; a name that is a module is named in full."""
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    yield node.lineno, full if full in self.modules else base

    def text(self, name: str) -> str:
        """The text of a file, empty without it."""
        return next((source.text for source in self.sources if source.name == name), "")


def read_tree(root: Path) -> Tree:
    """The files that git tracks or would track; where there is no repository, all but hidden and made ones."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
        names = [name for name in listed.split("\0") if name]
    else:
        found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        made = {"out", "__pycache__"}
        names = [
            path.as_posix()
            for path in found
            if not any(part in made or (part.startswith(".") and part != ".ci") for part in path.parts[:-1])
        ]
    return Tree(tuple(read_sources(root, sorted(set(names)))))


def read_sources(root: Path, names: list[str]) -> Iterator[Source]:
    """The files that are there and are text."""
    for name in names:
        path = root / name
        if path.is_file():
            try:
                yield Source(name, path.read_text(encoding="utf-8"))
            except UnicodeDecodeError:
                continue


Rule = Callable[[Tree], Iterator[str]]


# --- Who may import whom ---------------------------------------------------------------------------------


def states_are_pure(tree: Tree) -> Iterator[str]:
    """``states`` imports itself and what is pure; it neither waits nor looks at the clock."""
    for source in tree.python("states/"):
        for line, module in tree.imports(source):
            if module.split(".")[0] not in PURE | {"states"} or module.startswith("transitions.ext"):
                yield f"{source.name}:{line} states is pure but imports {module}"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                yield f"{source.name}:{node.lineno} states is pure but waits"
            if isinstance(node, ast.Call) and (name := last_name(node.func)) in IMPURE_CALLS:
                yield f"{source.name}:{node.lineno} states is pure but calls {name}"


def layers_hold(tree: Tree) -> Iterator[str]:
    """states <- drivers <- controller; diagrams draw states; nobody imports tests; no import is relative."""
    below = {"states/": {"states"}, "diagrams/": {"states", "diagrams"}, "drivers/": {"states", "drivers"}}
    below["controller/"] = OURS - {"tests"}
    for folder, allowed in below.items():
        for source in tree.python(folder):
            for line, module in tree.imports(source):
                top = module.split(".")[0]
                if not top or (top in OURS and top not in allowed):
                    yield f"{source.name}:{line} {folder} imports {module}"


def roles_of(module: str) -> set[str]:
    """The ports that a module of drivers serves, by the first word of its file."""
    family = module.split(".")[-1].split("_")[0]
    return ROLES_OF_FAMILY.get(family, {family})


def openers(tree: Tree) -> dict[str, str]:
    """Each driver's module that pyproject.toml names, and its opener."""
    project = tomllib.loads(tree.text("pyproject.toml")).get("project", {})
    points = [point for group in project.get("entry-points", {}).values() for point in group.values()]
    return dict(point.split(":") for point in points)


def drivers_know_no_reasons(tree: Tree) -> Iterator[str]:
    """Drivers know values, events and views, not effects or machines, and never another driver."""
    known = ("states.fiscal", "states.events", "states.view")
    drivers = openers(tree).keys()
    for source in tree.python("drivers/"):
        for line, module in tree.imports(source):
            if module.startswith("states") and not module.startswith(known):
                yield f"{source.name}:{line} a driver imports {module}"
            if module.startswith("drivers.") and not is_its_own(source, module, drivers):
                yield f"{source.name}:{line} a driver imports {module}, which is another's"


def is_its_own(source: Source, module: str, drivers: Collection[str]) -> bool:
    """True for ports, and for pure siblings of the same role; the simulated other side may use any of those."""
    if module == "drivers.ports" or source.name.startswith("drivers/simulated/"):
        return module not in drivers
    foreign = module in drivers or module.startswith("drivers.simulated")
    return not foreign and bool(roles_of(module) & roles_of(source.module))


def machines_do_not_meet(tree: Tree) -> Iterator[str]:
    """A machine imports files of its own family only; register.py alone knows them all."""
    for source in tree.python("states/machines/"):
        for line, module in tree.imports(source):
            foreign = module.startswith("states.machines.") and module.split(".")[2].split("_")[0] != source.family
            if foreign or module in {"states.register", "states.recovery"}:
                yield f"{source.name}:{line} a machine imports {module}"


def ports(tree: Tree) -> dict[str, set[str]]:
    """Each port of drivers/ports.py with its methods that wait."""
    found = {}
    for node in ast.walk(ast.parse(tree.text("drivers/ports.py"))):
        if isinstance(node, ast.ClassDef) and any(last_name(base) == "Protocol" for base in node.bases):
            found[node.name] = {item.name for item in node.body if isinstance(item, ast.AsyncFunctionDef)}
    return found


def only_outputs_call_ports(tree: Tree) -> Iterator[str]:
    """A machine's wish reaches a port in outputs.py and nowhere else."""
    methods = ports(tree)
    for source in tree.python("controller/"):
        allowed = PORT_CALLERS.get(source.name, set())
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Await) and isinstance(call := node.value, ast.Call)):
                continue
            if not isinstance(called := call.func, ast.Attribute):
                continue
            whose = {port for port, names in methods.items() if called.attr in names}
            if called.attr in SAID_BY_OTHERS_TOO:
                whose &= {last_name(called.value).strip("_").capitalize()}
            if whose and not whose & allowed:
                yield f"{source.name}:{node.lineno} calls {called.attr} of {', '.join(sorted(whose))}"


def last_name(node: ast.expr) -> str:
    """``c`` of ``a.b.c`` and of ``c``; empty for anything else."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


# --- Sizes, names and habits -----------------------------------------------------------------------------


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From the line of its name to its last line."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def all_is_small(tree: Tree) -> Iterator[str]:
    """Functions have at most 40 lines, modules at most 300; tests may be longer modules."""
    for source in tree.python():
        length = len(source.text.splitlines())
        if length > MODULE_LINES_MAX and not source.name.startswith("tests/"):
            yield f"{source.name}:{length} the module has {length} lines, at most {MODULE_LINES_MAX}"
        for function in functions(source):
            if (size := lines_of(function)) > FUNCTION_LINES_MAX:
                yield f"{source.name}:{function.lineno} {function.name} has {size} lines, at most {FUNCTION_LINES_MAX}"


def nothing_is_silenced(tree: Tree) -> Iterator[str]:
    """No check is switched off, nothing is left for later, no exception is swallowed whole."""
    for source in tree.python():
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT and (found := MARKS.search(token.string)):
                yield f"{source.name}:{token.start[0]} {found[1]}"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and swallows(node):
                yield f"{source.name}:{node.lineno} an exception of any kind is caught and not raised again"


def swallows(handler: ast.ExceptHandler) -> bool:
    """True for a bare ``except``, Exception or BaseException without a ``raise`` in it."""
    broad = handler.type is None or last_name(handler.type) in {"Exception", "BaseException"}
    return broad and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def names_say_something(tree: Tree) -> Iterator[str]:
    """No module, class or function is just a manager, handler, helper, utils, process or data."""
    for source in tree.python():
        named = [(1, part) for part in source.module.split(".")]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                named.append((node.lineno, node.name))
        for line, name in named:
            if name.strip("_").lower() in EMPTY_NAMES:
                yield f"{source.name}:{line} the name {name} says nothing"


def mocks_are_not_used(tree: Tree) -> Iterator[str]:
    """The other side of a port is a real peer or a simulated one that passes the port's contract."""
    for source in tree.python():
        for line, module in tree.imports(source):
            if module.startswith(("unittest", "mock")):
                yield f"{source.name}:{line} imports {module}"


def money_is_never_float(tree: Tree) -> Iterator[str]:
    """Fiscal values are integer cents and decimals."""
    for source in tree.python("states/fiscal/"):
        for node in ast.walk(source.tree):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if isinstance(node, ast.expr) and (literal or last_name(node) == "float"):
                yield f"{source.name}:{node.lineno} a float among fiscal values"


# --- Laws, drivers, locks and traces ---------------------------------------------------------------------


def strings(node: ast.AST) -> Iterator[ast.Constant]:
    """The string constants below a node."""
    for below in ast.walk(node):
        if isinstance(below, ast.Constant) and isinstance(below.value, str):
            yield below


def cited_in_rows(tree: Tree) -> Iterator[tuple[str, str]]:
    """Where rows cite which law: short strings in states, outside laws.py."""
    for source in tree.python("states/"):
        if source.name != "states/laws.py":
            for text in strings(source.tree):
                if re.fullmatch(r"R-\d\d([, ]+R-\d\d)*", str(text.value)):
                    yield from ((f"{source.name}:{text.lineno}", law) for law in LAW.findall(str(text.value)))


def cited_in_tests(tree: Tree) -> Iterator[tuple[str, str]]:
    """Where tests cite which law: by name (test_r_04_...) or in the docstring."""
    for source in tree.python("tests/"):
        for function in functions(source):
            if function.name.startswith("test_"):
                named = re.sub(r"_r_?(\d\d)(?=_|$)", r" R-\1 ", function.name)
                for law in LAW.findall(f"{named} {ast.get_docstring(function) or ''}"):
                    yield f"{source.name}:{function.lineno}", law


def laws_are_cited(tree: Tree) -> Iterator[str]:
    """Every law is cited by a row or a named test, and what is cited is a law."""
    source = Source("states/laws.py", tree.text("states/laws.py"))
    laws = {str(text.value): text.lineno for text in strings(source.tree) if LAW.fullmatch(str(text.value))}
    cited = [*cited_in_rows(tree), *cited_in_tests(tree)]
    for law in sorted(laws.keys() - {law for _, law in cited}):
        yield f"{source.name}:{laws[law]} {law} is cited by no row and no test"
    yield from (f"{where} {law} is no law of {source.name}" for where, law in cited if law not in laws)


def drivers_can_be_opened(tree: Tree) -> Iterator[str]:
    """What pyproject.toml names as a driver is there, with its opener."""
    for module, opener in openers(tree).items():
        name = module.replace(".", "/") + ".py"
        defined = {function.name for source in tree.python(name) for function in functions(source)}
        if opener not in defined:
            line = tree.text("pyproject.toml").split(f"{module}:")[0].count("\n") + 1
            yield f"pyproject.toml:{line} {name} has no {opener}"


def locks_are_whole(tree: Tree) -> Iterator[str]:
    """Every dependency is locked, and every lock has hashes and no address."""
    project = tomllib.loads(tree.text("pyproject.toml"))["project"]
    needed = {"requirements.txt": project["dependencies"]}
    needed["requirements-dev.txt"] = project["dependencies"] + project["optional-dependencies"]["dev"]
    for name, wanted in needed.items():
        text = tree.text(name)
        locked = set(re.findall(r"^([a-z0-9-]+)==\S.* \\\n    --hash=sha256:[0-9a-f]{64}\b", text, re.MULTILINE))
        yield from (f"{name}:1 {package} is not locked" for package in sorted(set(wanted) - locked))
        for number, line in enumerate(text.splitlines(), 1):
            unlocked = line[:1].isalnum() and line.split("==")[0] not in locked
            if unlocked or "://" in line or line.startswith("-"):
                yield f"{name}:{number} {line}"


def no_machine_is_named(tree: Tree) -> Iterator[str]:
    """No file names a package registry's host or a path of a machine."""
    for source in tree.sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if found := TRACES.search(line):
                yield f"{source.name}:{number} names {found[0]}"


RULES: tuple[Rule, ...] = (
    states_are_pure,
    layers_hold,
    drivers_know_no_reasons,
    machines_do_not_meet,
    only_outputs_call_ports,
    all_is_small,
    nothing_is_silenced,
    names_say_something,
    mocks_are_not_used,
    money_is_never_float,
    laws_are_cited,
    drivers_can_be_opened,
    locks_are_whole,
    no_machine_is_named,
)
"""All rules."""
