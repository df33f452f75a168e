"""The walk: every world of a scene is visited, and the rules are checked on every step between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from states import effects as do, events as on
from states.journey import Composing
from states.table import NeverHappens, Rest, Table, Then
from tests.fiscal_examples import UID
from tests.walk_rules import RULES, every_beep_has_a_sentence
from tests.walk_standard import machines, stands_for
from tests.world_walk import REPLY, PowerCut, Step, World, answers, cuts, hear, may_bring

Phrase = tuple[on.Event, ...]
"""Keys that are pressed one after another, with the answers that the cashier waits for between them."""


def everything(world: World) -> World:
    """A scene that asks about every machine forgets none."""
    return world


def everywhere(_world: World) -> bool:
    """A scene that goes on in every world."""
    return True


@dataclass(frozen=True)
class Scene:
    """What may happen in a walk.

    ``keys`` are pressed wherever keys are heard, and what follows from one is checked, but not gone into; ``phrases``
    are pressed and gone into. Questions of the kinds in ``openly`` are answered in every way, but not by the answers
    that are ``spared``; others are answered well. ``forget`` leaves out what this scene does not ask about; where
    ``within`` is false nobody goes on. ``ticks`` happen by themselves; with ``has_thirds`` every start may be the third
    in a row with the same receipt.
    """

    name: str
    starts: tuple[World, ...]
    phrases: tuple[Phrase, ...]
    keys: tuple[on.Key, ...] = ()
    ticks: tuple[on.Ticked | on.MediumTold, ...] = ()
    openly: frozenset[type[do.Effect]] = frozenset()
    spared: tuple[on.Answer, ...] = ()
    forget: Callable[[World], World] = everything
    within: Callable[[World], bool] = everywhere
    has_cuts: bool = True
    has_thirds: bool = False


class Violation(Exception):
    """A rule is broken; the message says which one and by what events it came to it."""


class Remembering(Table):
    """A table that remembers its steps: they are functions of state and event, so none needs to be made twice."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.name, table.initial, table.rest, table.rows, table.refusal)
        self._steps: dict[tuple[object, on.Event], Then[Any] | Rest] = {}

    def step(self, state: object, event: on.Event) -> Then[Any] | Rest:
        """As ever."""
        asked = (state, event)
        if asked not in self._steps:
            self._steps[asked] = super().step(state, event)
        return self._steps[asked]


@dataclass
class Walk:
    """The worlds that were seen, from where each was seen first, and who leads to whom without a power cut.

    ``given`` are the answers that each question got, ``beeps`` the notices that were heard.
    """

    scene: Scene
    worlds: dict[World, int] = field(default_factory=dict)
    first: list[tuple[int, Phrase]] = field(default_factory=list)
    sources: list[set[int]] = field(default_factory=list)
    steps: int = 0
    given: dict[type[do.Effect], set[type[on.Event]]] = field(default_factory=dict)
    beeps: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Visit every world; Violation at the first step that breaks a rule, or for a world without a way home."""
        todo = deque(self.scene.starts)
        for start in self.scene.starts:
            self.see(start, 0, ())
        while todo:
            world = todo.popleft()
            number = self.worlds[world]
            for phrase, step in self.ways(world, number):
                after, known = self.standard(world, step.after), len(self.worlds)
                if after is world or not self.scene.within(after):
                    continue
                target = self.see(after, number, phrase)
                if not isinstance(step.event, PowerCut):
                    self.sources[target].add(number)
                if target == known:
                    todo.append(after)
        for number in self.stranded():
            raise Violation(f"no way home after {self.path(number, ())}")

    def see(self, world: World, source: int, phrase: Phrase) -> int:
        """The number of this world."""
        if world not in self.worlds:
            self.worlds[world] = len(self.worlds)
            self.first.append((source, phrase))
            self.sources.append(set())
        return self.worlds[world]

    def standard(self, before: World, after: World) -> World:
        """The representative of what follows, in this scene."""
        found = stands_for(before, after)
        return found if found is before else self.scene.forget(found)

    def ways(self, world: World, number: int) -> Iterator[tuple[Phrase, Step]]:
        """Everything that may happen in this world and may lead somewhere, checked."""
        if world.register.hears_keys:
            for key in self.scene.keys:
                self.turn(world, number, (key,), None)
            is_selling = isinstance(world.register.receipt, Composing)
            for phrase in self.scene.phrases:
                if is_selling or len(phrase) == 1:
                    yield from self.say(world, number, phrase)
        for event in (*self.scene.ticks, *late_answers(world)):
            yield (event,), self.turn(world, number, (event,), None)
        for effect in world.asked:
            for answer in self.answers(effect, world):
                yield (answer,), self.turn(world, number, (answer,), effect)
        if self.scene.has_cuts:
            for step in cuts(world, has_thirds=self.scene.has_thirds):
                self.steps += 1
                yield (step.event,), self.checked(step, number, (step.event,))

    def answers(self, effect: do.Effect, world: World) -> tuple[on.Answer, ...]:
        """What the world answers in this scene."""
        every = answers(effect, world)
        is_open = type(effect) in self.scene.openly
        given = tuple(one for one in every if one not in self.scene.spared) if is_open else every[:1]
        self.given.setdefault(type(effect), set()).update(map(type, given))
        return given

    def say(self, world: World, number: int, phrase: Phrase) -> Iterator[tuple[Phrase, Step]]:
        """One event after the other; whoever hears a beep stops pressing, and no answer comes that nobody asked for."""
        step, place = None, 0
        for place, event in enumerate(phrase, 1):
            asked = [effect for effect in world.asked if type(event) in may_bring(type(effect))]
            if isinstance(event, on.Answer) and not asked:
                break
            step = self.turn(world, number, phrase[:place], asked[0] if asked else None)
            world = step.after
            if isinstance(event, on.Key) and any(isinstance(effect, do.Beep) for effect in step.effects):
                break
        if step is not None:
            yield phrase[:place], step

    def turn(self, world: World, number: int, said: Phrase, question: do.Effect | None) -> Step:
        """The last event of what was said is heard, and no rule is broken."""
        self.steps += 1
        try:
            step = hear(world, said[-1], question)
        except NeverHappens as error:
            raise Violation(f"{error}\n  after {self.path(number, said)}") from error
        return self.checked(step, number, said)

    def checked(self, step: Step, number: int, said: Phrase) -> Step:
        """The step, if it breaks no rule."""
        self.beeps.update(effect.notice for effect in step.effects if isinstance(effect, do.Beep))
        for rule in (every_beep_has_a_sentence,) if is_quiet(step) else (every_beep_has_a_sentence, *RULES):
            for found in rule(step):
                raise Violation(f"{rule.__name__}: {found}\n  after {self.path(number, said)}")
        return step

    def path(self, number: int, said: Phrase) -> str:
        """The events that led here first."""
        names = [told(event) for event in said]
        while self.first[number][1]:
            number, phrase = self.first[number]
            names[:0] = map(told, phrase)
        return " ".join(names)

    def stranded(self) -> list[int]:
        """The worlds from which no events lead home."""
        reached = {number for world, number in self.worlds.items() if world.is_home}
        todo = list(reached)
        while todo:
            new = self.sources[todo.pop()] - reached
            reached |= new
            todo += new
        return sorted(set(range(len(self.worlds))) - reached)


def late_answers(world: World) -> tuple[on.Event, ...]:
    """The answer that comes after its limit."""
    return (on.AnsweredLate(world.late, UID, REPLY),) if world.late else ()


def is_quiet(step: Step) -> bool:
    """Nothing but a beep came of it: every rule holds as it did; but what the medium tells must have been heard."""
    if step.question is not None or isinstance(step.event, PowerCut | on.MediumTold):
        return False
    if any(not isinstance(effect, do.Beep) for effect in step.effects):
        return False
    return machines(step.before.register) == machines(step.after.register)


def told(event: on.Event) -> str:
    """An event in a word: a key as it is written on the keypad."""
    return next((name for name, key in on.KEYS.items() if key == event), type(event).__name__)


def walk(scene: Scene) -> Walk:
    """Visit every world of the scene; Violation at a step that breaks a rule, or for a world without a way home."""
    walked = Walk(scene)
    walked.run()
    return walked
