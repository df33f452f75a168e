"""Writes this folder from the tables, or says which of its files the tables do not say any more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from diagrams.dot import dot_text
from diagrams.matrix import matrix_text
from diagrams.mermaid import mermaid_text
from diagrams.pages import effects_text, laws_text
from diagrams.recovery import recovery_text
from diagrams.refusals import refusals_page
from diagrams.svg import NoDot, draw, is_fresh
from states.register import TABLES

FOLDER = Path(__file__).parent
GENERATED = (".svg", ".mmd", ".md")
"""Every file of these kinds in the folder is generated; one that no table asks for is a leftover."""


def texts() -> dict[str, str]:
    """The generated text files, by name."""
    pages = {
        "effects.md": effects_text(TABLES.values()),
        "laws.md": laws_text(TABLES.values()),
        "recovery.md": recovery_text(),
        "refusals.md": refusals_page(),
    }
    matrices = {f"{name}.md": matrix_text(table) for name, table in TABLES.items()}
    return {**pages, **matrices, **{f"{name}.mmd": mermaid_text(table) for name, table in TABLES.items()}}


def pictures() -> dict[str, str]:
    """The generated pictures, by name, as the text that Graphviz draws."""
    return {f"{name}.svg": dot_text(table) for name, table in TABLES.items()}


def write_diagrams(folder: Path) -> tuple[Path, ...]:
    """Make every file of the folder fresh, and return those that were not; NoDot if a picture cannot be drawn here."""
    folder.mkdir(parents=True, exist_ok=True)
    old = [folder / line.partition(":")[0] for line in stale(folder)]
    made = {**texts(), **{name: draw(text) for name, text in pictures().items() if folder / name in old}}
    for path in old:
        if path.name in made:
            path.write_text(made[path.name], encoding="utf-8")
        else:
            path.unlink()
    return tuple(old)


def stale(folder: Path) -> tuple[str, ...]:
    """A line for each file that is missing, is not what the tables say, or belongs to no table; none if all is well."""
    return tuple(sorted(_stale(folder)))


def _stale(folder: Path) -> Iterator[str]:
    for name, text in texts().items():
        if (wrong := _missing(folder / name)) or _read(folder / name) != text:
            yield f"{name}: {wrong or 'is not what the tables say'}"
    for name, text in pictures().items():
        if (wrong := _missing(folder / name)) or not is_fresh(_read(folder / name), text):
            yield f"{name}: {wrong or 'is not what the tables say'}"
    expected = texts().keys() | pictures().keys()
    yield from (f"{path.name}: belongs to no table" for path in folder.iterdir() if _is_leftover(path, expected))


def _missing(path: Path) -> str:
    return "" if path.is_file() else "is missing"


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def _is_leftover(path: Path, expected: set[str]) -> bool:
    return path.suffix in GENERATED and path.name not in expected


def run_diagrams(check: bool) -> int:
    """``ekasa diagrams [--check]``: write this folder, or say what in it is stale; 0 if all is well, else 1."""
    try:
        wrong = stale(FOLDER) if check else ()
        written = () if check else write_diagrams(FOLDER)
    except NoDot as error:
        print(f"ekasa diagrams: {error}", file=sys.stderr)
        return 1
    for line in wrong:
        print(f"diagrams/{line}; write it with: ekasa diagrams", file=sys.stderr)
    for path in written:
        print(f"diagrams/{path.name}")
    return 1 if wrong else 0
