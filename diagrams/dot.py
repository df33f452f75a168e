"""A table as the text of a picture, for Graphviz: the same table gives the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise

from diagrams.reading import Kind, branches, guard_of, kind_of, leaving, stamp, staying, straight_on, waits_for
from states.table import Row, Table

FONT = "DejaVu Sans"
INK = "#1a1a1a"
PALE_INK = "#555555"
STAMP_SHOWN = 16
SPACE = "&#160;"
"""Between words of different faces: a browser drops a plain space at the end of a piece of text."""

COLOURS: dict[Kind, tuple[str, str]] = {
    Kind.PERSON: ("#fff3d6", "#b7791f"),
    Kind.STORAGE: ("#e3eef9", "#2b6cb0"),
    Kind.WORLD: ("#e2f3e4", "#2f855a"),
    Kind.CLOCK: ("#eeeaf6", "#6b46c1"),
}
"""Fill and line of a state; the fills are light enough to print, the lines dark enough to copy."""

HEAD = f"""\
  graph [rankdir=TB, newrank=true, nodesep=0.22, ranksep=0.34, fontname="{FONT}", pad=0.2, bgcolor=white];
  node [shape=box, style="rounded,filled", fontname="{FONT}", fontcolor="{INK}", penwidth=1.4, margin="0.1,0.05"];
  edge [fontname="{FONT}", fontcolor="{INK}", fontsize=10, arrowsize=0.75, color="#444444"];
  begin [shape=circle, fillcolor="{INK}", width=0.16, label=""];"""


def dot_text(table: Table) -> str:
    """The picture of a table: states with what they wait for, and between them every row that leaves one."""
    lines = [f"digraph {table.name} {{", HEAD, f"  label=<{title(table)}>; labelloc=t; labeljust=l;"]
    lines += [f"  {state.__name__} [{looks(table, state)}];" for state in table.states]
    lines.append(f"  begin -> {table.initial.__name__};")
    lines += arrows(table)
    lines += sides(table)
    lines.append(f"  legend [shape=plain, fillcolor=none, label=<{legend(table)}>];")
    lines.append(f"  {straight_on(table)[-1].__name__} -> legend [style=invis];")
    return "\n".join([*lines, "}", ""])


def looks(table: Table, state: type[object]) -> str:
    """A state: its name, who it waits for, and the events that do not lead away from it."""
    fill, line = COLOURS[kind_of(table, state)]
    rows = [centred(f"<B>{state.__name__}</B>", 15, INK), centred(waits_for(table, state), 10, PALE_INK)]
    if staying(table, state):
        rows += ["<HR/>", f"<TR><TD>{grid(stays(table, state))}</TD></TR>"]
    return f'fillcolor="{fill}", color="{line}", label=<{boxed("".join(rows))}>'


def stays(table: Table, state: type[object]) -> Iterator[tuple[str, str]]:
    """Event and doings of the rows that stay in a state."""
    by_event: dict[str, list[str]] = {}
    for row in staying(table, state):
        guard = guard_of(table, row)
        doing = f"{italic(guard)}{SPACE if guard else ''}{escape(row.doing.__name__)} {row.because}"
        by_event.setdefault(row.event.__name__, []).append(doing)
    for event, doings in by_event.items():
        yield f"<B>{event}</B>", f",{SPACE}{SPACE}".join(doings)


def arrows(table: Table) -> Iterator[str]:
    """One arrow for all rows from one state to another; where nothing fails it is thick and straight.

    A way back is drawn from its end, so that it does not turn the picture upside down.
    """
    path = straight_on(table)
    straight = set(pairwise(path))
    for (source, target), rows in leaving(table).items():
        look = f"label=<{arrow_label(table, rows)}>"
        if table.states.index(target) < table.states.index(source):
            yield f"  {target.__name__} -> {source.__name__} [{look}, dir=back];"
        else:
            thick = ", weight=30, penwidth=2.4" if (source, target) in straight else ""
            yield f"  {source.__name__} -> {target.__name__} [{look}{thick}];"


def arrow_label(table: Table, rows: Iterable[Row]) -> str:
    """Event and guard, and below them what is done and why."""
    lines: list[str] = []
    for row in rows:
        guard = guard_of(table, row)
        lines.append(left(f"<B>{row.event.__name__}</B>{SPACE if guard else ''}{italic(guard)}", 11, INK))
        lines.append(left(f"{escape(row.doing.__name__)} {row.because}", 10, PALE_INK))
    return boxed("".join(lines))


def sides(table: Table) -> Iterator[str]:
    """Branches are left of the straight way, so that its way back, at its right, crosses nothing."""
    for branch, ahead in branches(table):
        yield f"  {{ rank=same; {branch.__name__} -> {ahead.__name__} [style=invis]; }}"


def title(table: Table) -> str:
    """The machine's name, its size, and the stamp of its rows."""
    count = f"{len(table.states)} states, {len(table.rows)} rows, stamp {stamp(table)[:STAMP_SHOWN]}"
    return boxed(left(f"<B>{table.name}</B>", 22, INK) + left(count, 10, PALE_INK))


def legend(table: Table) -> str:
    """The colours that the picture has, and how to read it."""
    kinds = [kind for kind in Kind if kind in {kind_of(table, state) for state in table.states}]
    rows = [swatch(kind) for kind in kinds]
    rows.append(left(f"<B>Event</B>{SPACE}{italic('when guard')}", 10, INK))
    rows += [left(line, 10, PALE_INK) for line in READING]
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2">{"".join(rows)}</TABLE>'


READING = (
    "action and the law that it follows",
    "below a name: question, lane, limit",
    "in a box: events that do not lead away",
    "thick: the way on which nothing fails",
    "all other cells: see the matrix",
)


def swatch(kind: Kind) -> str:
    """A colour and what it means."""
    fill, line = COLOURS[kind]
    cell = f'ALIGN="LEFT" BGCOLOR="{fill}" COLOR="{line}" BORDER="1" CELLPADDING="3"'
    return f"<TR><TD {cell}>{text(f'waits for {kind}', 10, INK)}</TD></TR>"


def text(words: str, size: int, colour: str) -> str:
    """Words of a size and colour."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{words}</FONT>'


def italic(words: str) -> str:
    """Words in italics; nothing for none."""
    return f"<I>{escape(words)}</I>" if words else ""


def centred(words: str, size: int, colour: str) -> str:
    """A line in the middle."""
    return f"<TR><TD>{text(words, size, colour)}</TD></TR>"


def left(words: str, size: int, colour: str) -> str:
    """A line at the left."""
    return f'<TR><TD ALIGN="LEFT">{text(words, size, colour)}</TD></TR>'


def boxed(rows: str) -> str:
    """Lines in a box without a border."""
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>'


def grid(pairs: Iterable[tuple[str, str]]) -> str:
    """Lines of two columns; bold words are wider than Graphviz believes, so a space follows them."""
    rows = (f"{cell(one + SPACE)}{cell(other)}" for one, other in pairs)
    cells = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{cells}</TABLE>'


def cell(words: str) -> str:
    """A cell of two columns."""
    return f'<TD ALIGN="LEFT">{text(words, 10, INK)}</TD>'
