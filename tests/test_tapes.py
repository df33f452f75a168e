"""Tapes: every path of a receipt, and of all that surrounds it, as a script that people can read.

``<`` is what happens: keys, ``TEXT words``, an answer with what it says, ``Ticked`` with a time (perhaps after a day),
``AnsweredLate`` with a receipt's key, ``MediumTold`` with a percentage, ``POWER CUT``, or ``THIRD CUT`` in a row. ``>``
is what the register wants, ``=`` a machine's new state, ``!`` the notice.
``#`` is told to the reader, ``@`` sets up the shop.
``python -m tests.test_tapes`` plays all tapes anew; the difference is then to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from states import effects as do, events as on
from states.keying import Ready
from states.machines.place import Unplaced
from states.machines.service import InService
from states.register import TABLES, Register
from tests.tape_answers import ANSWERS, happening, moment
from tests.tape_telling import told_effect, told_state
from tests.walk_rules import RULES, every_beep_has_a_sentence
from tests.world_walk import DATE, TILL, Step, World, hear, home, may_bring, restarted, under_way

TAPES = Path(__file__).with_name("tapes")
START = datetime.fromisoformat(DATE)

SETUPS: dict[str, Callable[[Register, str], Register]] = {
    "implied cents": lambda register, _: replace(register, entry=Ready(replace(TILL, implied_cents=True))),
    "portable": lambda register, _: replace(register, place=Unplaced()),
    "certificate until": lambda register, text: replace(register, service=InService(moment(text, START))),
}
"""What the shop may be, by what its ``@`` line begins with."""


@dataclass
class Player:
    """Plays a tape: the world, its clock, what was told last, and keys that were pressed while none is heard."""

    world: World
    at: datetime
    shown: dict[str, str]
    early: list[on.Event] = field(default_factory=list)

    def play(self, text: str) -> str:
        """The tape as it goes now: its ``<``, ``#`` and ``@`` lines, with what follows from them."""
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith("@ "):
                self.set_up(line.removeprefix("@ "))
            if line.startswith("< "):
                lines += [line, *self.turns(line.removeprefix("< "))]
            elif not line.startswith(("> ", "= ", "! ")):
                lines.append(line)
        return "\n".join(lines) + "\n"

    def set_up(self, line: str) -> None:
        """The shop is one of SETUPS."""
        begins = next(begins for begins in SETUPS if line.startswith(begins))
        register = SETUPS[begins](self.world.register, line.removeprefix(begins).strip())
        self.world, self.shown = replace(self.world, register=register), told_state(register)

    def turns(self, line: str) -> Iterator[str]:
        """What follows from the events of a line: all effects, then what has changed."""
        if line in ("POWER CUT", "THIRD CUT"):
            stuck = under_way(self.world, self.world.journal) if line == "THIRD CUT" else ""
            yield from self.step(restarted(self.world, self.world.journal, stuck))
        else:
            for event in happening(line, self.world, self.at):
                yield from self.hear(event)
        told = told_state(self.world.register)
        yield from (f"= {name} {text}" for name, text in told.items() if text != self.shown[name])
        if self.world.register.notice:
            yield f"! {self.world.register.notice}"
        self.shown = told

    def hear(self, event: on.Event) -> Iterator[str]:
        """What follows from one event; keys wait, as they do in the inbox, until the register hears them."""
        if isinstance(event, on.Key):
            self.early.append(event)
        else:
            self.at = event.at if isinstance(event, on.Ticked) else self.at
            yield from self.step(hear(self.world, event, self.question(event)))
        while self.early and self.world.register.hears_keys:
            yield from self.step(hear(self.world, self.early.pop(0)))

    def step(self, step: Step) -> Iterator[str]:
        """The effects of one step, which breaks no rule."""
        broken = [found for rule in (*RULES, every_beep_has_a_sentence) for found in rule(step)]
        assert not broken, broken
        self.world = step.after
        yield from (f"> {told_effect(effect)}" for effect in step.effects)

    def question(self, event: on.Event) -> do.Effect | None:
        """The question that this answers; a tape cannot answer what was not asked."""
        asked = [effect for effect in self.world.asked if type(event) in may_bring(type(effect))]
        assert bool(asked) == isinstance(event, on.Answer), f"nobody asked for {type(event).__name__}"
        return asked[0] if asked else None


def played(text: str) -> str:
    """The tape as it goes now."""
    register = home()
    return Player(World(register), START, told_state(register)).play(text)


@pytest.mark.parametrize("path", sorted(TAPES.glob("*.tape")), ids=lambda path: str(path.stem))
def test_a_tape_goes_as_it_is_written(path: Path) -> None:
    """Line by line."""
    text = path.read_text(encoding="utf-8")
    assert played(text).splitlines() == text.splitlines()


def test_a_tape_that_is_wrong_is_found() -> None:
    """A missing effect, another state and an answer that nobody asked for."""
    right = played("< 5 DEPARTMENT_1 CASH\n")
    assert right == "< 5 DEPARTMENT_1 CASH\n> Seal 5.00: cash 5.00\n= receipt Sealing 5.00\n"
    assert played(right.replace("> Seal 5.00: cash 5.00\n", "")) == right
    assert played(right.replace("Sealing", "Registering")) == right
    with pytest.raises(AssertionError, match="nobody asked for Printed"):
        played("< Printed\n")


def told_on_tapes(mark: str) -> set[str]:
    """The first word after this mark on any tape, or for a machine's state the first two."""
    count = 3 if mark == "= " else 2
    lines = (line for path in TAPES.glob("*.tape") for line in path.read_text(encoding="utf-8").splitlines())
    return {" ".join(line.split(" ")[1:count]).rstrip(",") for line in lines if line.startswith(mark)}


def test_the_tapes_tell_of_every_state_effect_and_answer() -> None:
    """Nothing that the register can be, want or hear is missing from the stories."""
    states = {f"{name} {state.__name__}" for name, table in TABLES.items() for state in table.states}
    effects = {effect.__name__ for effect in do.Effect.__subclasses__()}
    never_left = {"place Fixed"}
    assert states - never_left <= told_on_tapes("= ")
    assert effects <= told_on_tapes("> ")
    assert set(ANSWERS) <= told_on_tapes("< ")


def write_tapes() -> None:
    """Play every tape anew."""
    for path in sorted(TAPES.glob("*.tape")):
        path.write_text(played(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_tapes()
