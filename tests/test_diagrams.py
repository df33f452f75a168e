"""The pictures and matrices are what the tables say: generated, deterministic, complete, and proved fresh anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from diagrams import draw, svg
from diagrams.dot import dot_text
from diagrams.matrix import matrix_text
from diagrams.mermaid import mermaid_text
from diagrams.pages import effects_text, laws_text
from diagrams.reading import EFFECTS, Kind, kind_of, question_of, stamp, straight_on
from states import effects as do, events as on
from states.journey import Emailing, Refused, Sealing
from states.laws import LAWS
from states.machines.outbox import Resting
from states.register import TABLES
from states.table import Row, Table

ROOT = Path(__file__).parents[1]
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
WORLD = {do.Lane.AUTHORITY, do.Lane.OUTBOX, do.Lane.MAIL, do.Lane.PRINTER}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of fresh diagrams, drawn here."""
    if not svg.drawn_by():
        pytest.skip("graphviz is not installed")
    folder = tmp_path_factory.mktemp("diagrams")
    draw.write_diagrams(folder)
    return folder


@pytest.fixture
def folder(drawn: Path, tmp_path: Path) -> Path:
    """A copy to be spoilt."""
    return Path(shutil.copytree(drawn, tmp_path / "diagrams"))


# --- Freshness -------------------------------------------------------------------------------------------


def test_the_diagrams_in_the_repository_are_fresh() -> None:
    """Whoever changes a row runs ``ekasa diagrams``."""
    assert draw.stale(draw.FOLDER) == ()


def test_a_fresh_folder_is_left_alone(folder: Path) -> None:
    """Writing again changes no byte and no time."""
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert draw.stale(folder) == ()
    assert draw.write_diagrams(folder) == ()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["receipt.svg", "receipt.mmd", "receipt.md", "effects.md", "laws.md"])
def test_a_file_that_was_edited_or_lost_is_found_and_mended(folder: Path, name: str) -> None:
    """One byte is enough."""
    path = folder / name
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("Register", "Pegister", 1), encoding="utf-8")
    assert draw.stale(folder) == (f"{name}: is not what the tables say",)
    path.unlink()
    assert draw.stale(folder) == (f"{name}: is missing",)
    assert draw.write_diagrams(folder) == (path,)
    assert path.read_text(encoding="utf-8") == right


def test_a_file_of_a_table_that_is_gone_is_found_and_dropped(folder: Path) -> None:
    """Nothing is left over; what is no diagram is not touched."""
    (folder / "gone.svg").write_text("<svg/>")
    (folder / "draw.py").write_text("")
    assert draw.stale(folder) == ("gone.svg: belongs to no table",)
    draw.write_diagrams(folder)
    assert not (folder / "gone.svg").exists()
    assert (folder / "draw.py").exists()


def test_a_changed_row_makes_its_files_stale(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix, picture, Mermaid text, and the page of laws."""
    table = TABLES["receipt"]
    last = table.rows[-1]
    changed = Row(last.source, last.event, last.when, last.target, last.doing, "R-01")
    monkeypatch.setitem(TABLES, "receipt", Table(table.name, table.initial, table.rest, (*table.rows[:-1], changed)))
    names = [line.partition(":")[0] for line in draw.stale(folder)]
    assert names == ["laws.md", "receipt.md", "receipt.mmd", "receipt.svg"]


@pytest.mark.parametrize("drawer", ["", "dot - graphviz version 99.0.0 (0), Other.ttf"])
def test_freshness_is_proved_without_the_same_drawer(
    folder: Path, drawer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Graphviz, or with another one, or with other fonts, the hashes in the picture speak."""
    monkeypatch.setattr(svg, "drawn_by", lambda: drawer)
    assert draw.stale(folder) == ()
    picture = folder / "menu.svg"
    right = picture.read_text(encoding="utf-8")
    picture.write_text(right.replace("Shut", "Open", 1), encoding="utf-8")
    assert draw.stale(folder) == ("menu.svg: is not what the tables say",)
    picture.write_text("<svg/>")
    assert draw.stale(folder) == ("menu.svg: is not what the tables say",)
    picture.write_text((folder / "outbox.svg").read_text(encoding="utf-8"), encoding="utf-8")
    assert draw.stale(folder) == ("menu.svg: is not what the tables say",)


def test_the_command_says_what_is_stale(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a file on stderr and exit 1; 0 when all is well."""
    monkeypatch.setattr(draw, "FOLDER", folder)
    assert draw.run_diagrams(check=True) == 0
    (folder / "laws.md").unlink()
    assert draw.run_diagrams(check=True) == 1
    assert capsys.readouterr().err == "diagrams/laws.md: is missing; write it with: ekasa diagrams\n"
    assert draw.run_diagrams(check=False) == 0
    assert capsys.readouterr().out == "diagrams/laws.md\n"
    assert draw.run_diagrams(check=True) == 0


def test_without_graphviz_the_command_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only a stale picture needs it."""
    monkeypatch.setattr(draw, "FOLDER", folder)
    monkeypatch.setenv("PATH", "")
    assert draw.run_diagrams(check=False) == 0
    (folder / "menu.svg").unlink()
    assert draw.run_diagrams(check=False) == 1
    assert "install the package graphviz" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_every_byte_is_the_same_in_every_run(drawn: Path, tmp_path: Path, seed: str) -> None:
    """Whatever the order of hashes."""
    code = (
        f"from pathlib import Path; from diagrams.draw import write_diagrams; write_diagrams(Path({str(tmp_path)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    for path in drawn.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


# --- Contents --------------------------------------------------------------------------------------------


@EVERY
def test_every_row_is_in_every_form(table: Table) -> None:
    """Picture, Mermaid text and matrix say the same; each action stands in the Mermaid text as often as in the rows."""
    for text in (dot_text(table), mermaid_text(table), matrix_text(table)):
        for row in table.rows:
            assert row.doing.__name__ in text
            assert row.event.__name__ in text
            assert row.because in text
    for row in table.rows:
        same = [each for each in table.rows if each.doing is row.doing]
        assert mermaid_text(table).count(f"/ {row.doing.__name__}, ") == len(same)
        assert 0 < matrix_text(table).count(f"`{row.doing.__name__}` ") <= len(same), "equal states share a line"


@EVERY
def test_every_cell_is_in_the_matrix(table: Table) -> None:
    """In each piece each state stands once; in all pieces together each event once."""
    pieces = matrix_text(table).split("\n### ")[1:]
    columns = [column for piece in pieces for column in piece.splitlines()[2].split(" | ")[1:]]
    assert sorted(column.removesuffix(" |") for column in columns if "any other" not in column) == sorted(
        event.__name__ for event in table.events
    )
    for piece in pieces:
        lines = [line.split(" | ")[0] for line in piece.splitlines()[4:] if line]
        states = [name.strip("*") for line in lines for name in line.removeprefix("| ").split(", ")]
        assert sorted(states) == sorted(state.__name__ for state in table.states)


@EVERY
def test_the_picture_is_a_picture(table: Table, drawn: Path) -> None:
    """Well-formed, with a group for each state and each arrow, and small enough for a large page."""
    root = ET.parse(drawn / f"{table.name}.svg").getroot()
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert {state.__name__ for state in table.states} <= set(titles)
    width, height = (float(root.attrib[name].removesuffix("pt")) for name in ("width", "height"))
    assert width < 2200
    assert height < 2100


@EVERY
def test_colours_are_read_from_the_effects(table: Table) -> None:
    """Whoever answers a state's question is whom it waits for."""
    for state in table.states:
        question = question_of(table, state)
        kind = kind_of(table, state)
        assert (kind is Kind.STORAGE) == (question is not None and question.lane is do.Lane.STORAGE)
        assert (kind is Kind.WORLD) == (question is not None and question.lane in WORLD)


def test_kinds_of_some_states() -> None:
    """One of each."""
    receipt, outbox = TABLES["receipt"], TABLES["outbox"]
    assert kind_of(receipt, Refused) is Kind.PERSON
    assert kind_of(receipt, Sealing) is Kind.STORAGE
    assert kind_of(receipt, Emailing) is Kind.WORLD
    assert kind_of(outbox, Resting) is Kind.CLOCK


def test_the_straight_way_of_the_receipt() -> None:
    """The vendor's first sentence: sealed, registered, on-line, e-mailed."""
    path = [state.__name__ for state in straight_on(TABLES["receipt"])]
    assert path == ["Composing", "Sealing", "Registering", "Online", "Emailing", "Sent"]
    text = dot_text(TABLES["receipt"])
    assert all(f"  {source} -> {target} [" in text for source, target in pairwise(path))


def test_a_stamp_is_of_all_that_a_table_says() -> None:
    """A guard, a law, a rest or the order of rows: anything changes it."""
    table = TABLES["menu"]
    first = table.rows[0]
    law = Row(first.source, first.event, first.when, first.target, first.doing, "R-01")
    others = [
        Table(table.name, table.initial, table.rest, (law, *table.rows[1:])),
        Table(table.name, table.initial, {**table.rest, on.Fact: table.rest[on.Key]}, table.rows),
        Table(table.name, table.initial, table.rest, (*table.rows[1:], first)),
    ]
    assert len({stamp(table), *map(stamp, others)}) == 4
    assert stamp(Table(table.name, table.initial, table.rest, table.rows)) == stamp(table)


def test_all_limits_are_on_one_page() -> None:
    """Every effect with its lane, limit, answers and failure."""
    lines = effects_text(TABLES.values()).splitlines()
    for effect in EFFECTS:
        (line,) = (line for line in lines if line.startswith(f"| **{effect.__name__}** |"))
        assert f"| {effect.lane} | {effect.limit_s:g} s |" in line
        assert all(answer.__name__ in line for answer in effect.brings)
    assert {effect.__name__ for effect in EFFECTS} == {effect.__name__ for effect in do.Effect.__subclasses__()}


def test_all_laws_are_on_one_page() -> None:
    """With their sources and every row that cites them."""
    text = laws_text(TABLES.values())
    for name, law in LAWS.items():
        (line,) = (line for line in text.splitlines() if line.startswith(f"| **{name}** |"))
        assert law.text in line
        assert law.source in line
        cited = sum(row.because == name for table in TABLES.values() for row in table.rows)
        assert line.count("`") == 2 * cited
