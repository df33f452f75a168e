"""The rules that hold on every step of the register, and the walk that visits every world and checks them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.receipt import Form, Way
from states.journey import Composing, Refused, Sealing
from states.machines.outbox import Unsent
from states.register import TABLES
from states.table import NeverHappens
from tests.world_walk import (
    PowerCut,
    Step,
    World,
    awaited,
    cuts,
    happenings,
    hear,
    home,
    machine_of,
    may_bring,
    stands_for,
)

# --- The rules: what is wrong with a step, or nothing --------------------------------------------------------

Rule = Callable[[Step], Iterator[str]]


def one_question_at_a_time(step: Step) -> Iterator[str]:
    """A machine that waits for answers has asked exactly the question that brings them; any other has asked none."""
    for name, table in TABLES.items():
        state = getattr(step.after.register, name)
        asked = [may_bring(type(effect)) for effect in step.after.asked if machine_of(effect) == name]
        waits_for = awaited(table, type(state).__name__)
        if asked != ([waits_for] if waits_for else []):
            yield f"{name} in {type(state).__name__} waits for {len(asked)} answers"


def nothing_is_announced_too_late(step: Step) -> Iterator[str]:
    """I4: a message leaves for the authority only when its attempt is durable, and only while it has no answer."""
    for effect in step.effects:
        if isinstance(effect, do.Register | do.Resend):
            history = step.after.history(effect.receipt.okp)
            if history is None or history.attempts[-1] != effect.attempt:
                yield "a message leaves before its attempt is durable"
            elif history.resolved or (history.outcome is None) != isinstance(effect, do.Register):
                yield "a message leaves that was answered"


def mail_is_online_and_once(step: Step) -> Iterator[str]:
    """I14, I16, I18: a mail leaves once, with consent, when the UID and the way are durable."""
    for effect in step.effects:
        if isinstance(effect, do.Email):
            history = step.after.history(effect.receipt.okp)
            outcome = history.outcome if history else None
            if outcome is None or (outcome.form, outcome.uid, outcome.way) != (Form.ONLINE, effect.uid, Way.EMAIL):
                yield "a mail leaves before the UID and the way are durable"
            if step.before.begun or not effect.address:
                yield "a mail leaves again, or without an address"


def paper_is_announced_and_whole(step: Step) -> Iterator[str]:
    """I4, I13, I19: paper is durable as the way; a second print voids the torn one, which is journaled."""
    for effect in step.effects:
        if not isinstance(effect, do.Print):
            continue
        history = step.after.history(effect.receipt.okp)
        outcome = history.outcome if history else None
        if history is None or outcome is None or (outcome.way is not Way.PRINT and history.mail_failed is None):
            yield "a print leaves before paper is durable as the way"
        elif outcome.form is not (Form.ONLINE if effect.uid else Form.OFFLINE) or outcome.uid != effect.uid:
            yield "a print has another form than the journal"
        elif effect.torn and not history.interruptions:
            yield "a torn print is voided that was not journaled"
        elif not effect.torn and Way.PRINT in step.before.begun:
            yield "the original is printed twice"


def the_drawer_opens_for_a_sale(step: Step) -> Iterator[str]:
    """R-24: the drawer opens for the cashier's own key, or once when the sale is durable."""
    pulses = sum(isinstance(effect, do.OpenDrawer) for effect in step.effects)
    if pulses > isinstance(step.event, on.Sealed | on.DrawerPressed):
        yield "the drawer opens before the sale is durable, or twice"


def records_are_kept_once(step: Step) -> Iterator[str]:
    """I14, I15: one outcome, one verdict on the mail, and one delivery on the way that was begun last."""
    for effect in step.effects:
        if not isinstance(effect, do.Keep):
            continue
        history = step.after.history(journal.okp_of(effect.record))
        if history is None or history.delivered:
            yield f"{type(effect.record).__name__} is kept of a receipt that is done with"
        elif isinstance(effect.record, journal.Outcome) and history.outcome:
            yield "an outcome is kept twice"
        elif isinstance(effect.record, journal.MailFailed) and history.mail_failed:
            yield "a mail fails twice"
        elif isinstance(effect.record, journal.Delivered) and step.before.begun[-1:] != (effect.record.way,):
            yield "a delivery is kept of a way that was not begun"


def every_customer_is_served(step: Step) -> Iterator[str]:
    """I15: while a customer waits, the receipt's machine is about that receipt; it turns to the next one only after."""
    state, undelivered = step.after.register.receipt, step.after.undelivered
    if isinstance(state, Composing | Sealing | Refused):
        if undelivered is not None:
            yield f"{type(state).__name__} while a customer has neither mail nor paper"
    elif undelivered is None or undelivered.receipt != state.receipt:
        yield f"{type(state).__name__} of a receipt that nobody waits for"


def addresses_are_forgotten(step: Step) -> Iterator[str]:
    """I26: a receipt's address does not outlive it; a basket that was not sealed, or is to be mended, keeps it."""
    before, after = step.before.register.receipt, step.after.register.receipt
    fresh = isinstance(after, Composing) and not isinstance(before, Composing | Refused)
    if fresh and not isinstance(step.event, on.SealFailed) and after.address:
        yield "the address outlives its receipt"


def the_outbox_is_the_journal(step: Step) -> Iterator[str]:
    """I20, I28: the queue is what the journal says of unsent receipts, and no count is made twice."""
    queue = step.after.register.outbox.queue
    durable = [Unsent(one.receipt, one.attempts[-1].sending_count) for one in step.after.journal if one.is_unsent]
    if len(queue) != len(durable) or not all(one in durable for one in queue):
        yield f"the outbox has {len(queue)} receipts and the journal {len(durable)}, or with other counts"
    for effect in step.effects:
        if isinstance(effect, do.Reattempt):
            history = step.after.history(effect.receipt.okp)
            if history is None or effect.sending_count != history.attempts[-1].sending_count + 1:
                yield "an attempt is counted wrongly"


RULES: tuple[Rule, ...] = (
    one_question_at_a_time,
    nothing_is_announced_too_late,
    mail_is_online_and_once,
    paper_is_announced_and_whole,
    the_drawer_opens_for_a_sale,
    records_are_kept_once,
    every_customer_is_served,
    addresses_are_forgotten,
    the_outbox_is_the_journal,
)


# --- The walk ----------------------------------------------------------------------------------------------


class Violation(Exception):
    """A rule is broken; the message says which one and by what events it came to it."""


@dataclass
class Walk:
    """The worlds that were seen, from where each was seen first, and who leads to whom without a power cut."""

    worlds: dict[World, int] = field(default_factory=dict)
    first: list[tuple[int, on.Event]] = field(default_factory=list)
    sources: list[list[int]] = field(default_factory=list)
    steps: int = 0

    def see(self, world: World, source: int, event: on.Event) -> int:
        """The number of this world."""
        if world not in self.worlds:
            self.worlds[world] = len(self.worlds)
            self.first.append((source, event))
            self.sources.append([])
        return self.worlds[world]

    def path(self, number: int) -> str:
        """The events that led here first."""
        names: list[str] = []
        while number:
            number, event = self.first[number]
            names.insert(0, type(event).__name__)
        return " ".join(names)

    def stranded(self) -> list[int]:
        """The worlds from which no events lead home."""
        reached = {number for world, number in self.worlds.items() if world.is_home}
        todo = list(reached)
        while todo:
            new = set(self.sources[todo.pop()]) - reached
            reached |= new
            todo += new
        return sorted(set(range(len(self.worlds))) - reached)


def steps(seen: Walk, world: World, pressed: tuple[on.Key, ...]) -> Iterator[Step]:
    """Everything that may happen in this world, with what follows; Violation where the table says *stop*."""
    for event, question in happenings(world, pressed):
        try:
            yield hear(world, event, question)
        except NeverHappens as error:
            raise Violation(f"{error}\n  after {seen.path(seen.worlds[world])} {type(event).__name__}") from error
    yield from cuts(world)


def is_quiet(step: Step) -> bool:
    """Nothing but a beep came of it: every rule holds as it did."""
    if any(not isinstance(effect, do.Beep) for effect in step.effects) or isinstance(step.event, PowerCut):
        return False
    return stands_for(step.before, step.after) is step.before


def checked(seen: Walk, number: int, step: Step) -> Step:
    """The step, if it breaks no rule."""
    for rule in RULES:
        for found in rule(step):
            raise Violation(f"{rule.__name__}: {found}\n  after {seen.path(number)} {type(step.event).__name__}")
    return step


def walk(pressed: tuple[on.Key, ...], followed: tuple[on.Key, ...], room: int) -> Walk:
    """Visit every world; Violation at the first step that breaks a rule, or for a world without a way home."""
    seen = Walk()
    todo = deque([World(home(), room=room)])
    seen.see(todo[0], 0, PowerCut())
    while todo:
        world = todo.popleft()
        number = seen.worlds[world]
        for step in steps(seen, world, pressed):
            seen.steps += 1
            if is_quiet(step):
                continue
            checked(seen, number, step)
            if isinstance(step.event, on.Key) and step.event not in followed:
                continue
            after, known = stands_for(world, step.after), len(seen.worlds)
            target = seen.see(after, number, step.event)
            if not isinstance(step.event, PowerCut):
                seen.sources[target].append(number)
            if target == known:
                todo.append(after)
    for number in seen.stranded():
        raise Violation(f"no way home after {seen.path(number)}")
    return seen
