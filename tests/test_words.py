"""Every word that the register says has its sentence, in both languages: collected from the source, not from a list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from states.asking import Words
from states.fiscal.receipt import TenderKind, Verdict
from states.machines.menu import ENTRIES, Entry
from states.machines.service import THRESHOLDS_DAYS, Blocked, Expiring, notice_of
from states.queueing import ALARMS_H
from states.register import TABLES
from states.words import WORDS, say
from tests.world_walk import END, awaited

ROOT = Path(__file__).parents[1]
WORD = re.compile("[a-z]+(-[a-z0-9]+)*")
FACTS = ("controller/lookups.py", "controller/gathering.py", "controller/gathering_days.py", "controller/outputs.py")
FISCAL = ("states/fiscal/discount.py", "states/fiscal/tender.py", "states/fiscal/typed.py")
SAYING = {"Beep", "PortError", "OriginalMissing", "ParagonRefused", "SlipMissing", "ValueError", "say"}
KNOWING_WHY = re.compile(
    "_?(why|refus|amiss|contradiction|keyed|adjusted|on_|corrected|returned|report|move|copy|trouble)|.*_reason|.*refusal"
)
"""Functions whose name says that they return a word for why not."""


def parsed(name: str) -> ast.Module:
    """A file of ours."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def literals(node: ast.AST) -> Iterator[str]:
    """The words that are written out in this piece of source."""
    computed = {id(part) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for part in ast.walk(one)}
    texts = (one for one in ast.walk(node) if isinstance(one, ast.Constant) and id(one) not in computed)
    yield from (text.value for text in texts if isinstance(text.value, str) and WORD.fullmatch(text.value))


def said(tree: ast.Module, saying: set[str]) -> Iterator[str]:
    """The words that are given to one of these: ``do.Beep("word")``, or one word of two."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield from literals(node.args[0]) if name in saying else ()


def returned(tree: ast.Module) -> Iterator[str]:
    """The words that functions return, or tables hold, which know why not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and KNOWING_WHY.match(node.name):
            yield from (word for one in ast.walk(node) if isinstance(one, ast.Return) for word in literals(one))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("REASONS"):
            yield from literals(node.value)


def entries_below(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """The menu and all menus below it."""
    for entry in entries:
        yield entry
        yield from entries_below(entry.gives) if isinstance(entry.gives, tuple) else ()


def spoken() -> set[str]:
    """Every word that can reach the displays and is written out in the source."""
    ours = [path.relative_to(ROOT).as_posix() for path in (ROOT / "states").rglob("*.py") if "fiscal" not in path.parts]
    trees = [parsed(name) for name in (*ours, *FACTS, *FISCAL)]
    ports = [parsed(path.relative_to(ROOT).as_posix()) for path in (ROOT / "drivers").glob("*.py")]
    status = parsed("drivers/escpos_status.py")
    found = {word for tree in trees for word in (*said(tree, SAYING), *returned(tree))}
    found |= {word for tree in ports for word in (*said(tree, {"PortError"}), *returned(status))}
    found |= {entry.word for entry in entries_below(ENTRIES)}
    return found | {table.refusal for table in TABLES.values()}


def computed() -> set[str]:
    """Every word that is made of a value."""
    waiting = {state for table in TABLES.values() for state in table.states if awaited(table, state.__name__)}
    return {
        *(f"ask-{words}" for words in Words),
        *(f"tender-{kind}" for kind in TenderKind if kind is not TenderKind.CURRENCY),
        *(f"verdict-{verdict}" for verdict in Verdict if verdict is not Verdict.ACCEPTED),
        *(f"unsent-{hours}h" for hours in ALARMS_H),
        *(notice_of(Expiring(END, days)) for days in THRESHOLDS_DAYS),
        notice_of(Blocked(END)),
        *(f"waiting-{state.__name__}" for state in waiting if state.__name__ not in OUTBOX_STATES),
    }


OUTBOX_STATES = {state.__name__ for state in TABLES["outbox"].states}
"""The outbox works beside the sales: nobody waits for it."""


def test_words_are_collected_from_the_source() -> None:
    """A sample of each place where they are written; with fewer of them the next test would say nothing."""
    samples = {"basket-open", "price", "rate-over", "not-five-cents", "date-form", "report-none", "paragon-future"}
    samples |= {"original-training", "menu-cashier", "menu-unsent-repair", "certificate-expired", "place-unknown"}
    samples |= {"full", "clock-back", "gone", "discount-above", "drawer-short", "not-on-original", "line-lost"}
    assert not samples - spoken()
    assert {"waiting-Gathering", "waiting-Locating", "waiting-Looking", "waiting-Sealing"} <= computed()


@pytest.mark.parametrize("word", sorted(spoken() | computed()))
def test_each_word_has_a_sentence(word: str) -> None:
    """Nothing is said that only a programmer understands."""
    assert word in WORDS


def test_every_sentence_is_in_both_languages() -> None:
    for word, (sk, en) in WORDS.items():
        assert sk.strip(), word
        assert en.strip(), word
        assert sk.count("{") == en.count("{"), word


def test_a_word_without_a_sentence_is_said_as_it_is() -> None:
    """A new reason of a foreign driver hides nothing."""
    assert say("printer-on-fire", "sk") == "printer-on-fire"
