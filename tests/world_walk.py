"""A small world around the register: a person who may press anything, and peers that may answer whatever they may.

A World is a configuration: the register, the questions that nobody has answered yet, and the journal of the receipts
that are not yet done with. Identifiers, amounts and counts are replaced by representatives, so that there are finitely
many worlds and a walk can visit them all; a power cut is one more thing that may happen anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.day import Day, ReportKind, Sums
from states.fiscal.journal import History
from states.fiscal.receipt import Attempt, Item, Receipt, Sale, Tender, Verdict, Way
from states.journey import Composing, Refused
from states.keying import Counted, Ready, Spelling, Typing, Words
from states.machines.entry import is_address, is_reference
from states.machines.outbox import Resting, Unsent
from states.recovery import Fresh, resume, unsent
from states.register import TABLES, Register, turn
from states.table import Table
from states.till import Department, Till
from tests.fiscal_examples import UID, numbered

TILL = Till((Department(1, "Tovar", 23),))
ADDRESS = "jana@example.sk"
REPLY = "<Envelope/>"
RESEND_S = 60.0
EARLY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATE = EARLY + timedelta(seconds=RESEND_S)
DATE = "2026-11-23T10:00:00+01:00"
FRESH = Fresh("fresh", DATE)

QUEUE_MAX = 2
"""At most so many receipts wait for the authority in any world: two are enough for "there is a next one"."""

KEYS: tuple[on.Key, ...] = (*on.KEYS.values(), on.TextTyped(ADDRESS), on.TextTyped(UID), on.UnknownPressed("F13"))
SELLING: tuple[on.Key, ...] = (
    *(on.KEYS[name] for name in ("5", "DEPARTMENT_1", "CASH", "CARD", "EMAIL", "ENTER", "CLEAR", "DRAWER")),
    on.TextTyped(ADDRESS),
)
"""Enough keys for every way of a receipt."""

MENU_KEYS: tuple[on.Key, ...] = (on.KEYS["MENU"], on.KEYS["1"])


@dataclass(frozen=True, slots=True)
class World:
    """A configuration; ``begun`` are the ways on which the undelivered receipt has been let go, the last one last.

    ``room`` is how many receipts may wait for the authority here; while so many wait, it answers in time.
    """

    register: Register
    asked: tuple[do.Effect, ...] = ()
    journal: tuple[History, ...] = ()
    begun: tuple[Way, ...] = ()
    room: int = QUEUE_MAX

    @property
    def undelivered(self) -> History | None:
        """The receipt whose customer still waits."""
        return next((one for one in self.journal if one.is_undelivered), None)

    def history(self, okp: str) -> History | None:
        """What is durable of this receipt."""
        return next((one for one in self.journal if one.receipt.okp == okp), None)

    @property
    def is_home(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return self == World(home(), room=self.room)


@dataclass(frozen=True, slots=True)
class Step:
    """What one event made of a world, before it is reduced to its representative."""

    before: World
    event: on.Event
    effects: tuple[do.Effect, ...]
    after: World


def home() -> Register:
    """A register between sales with nothing to send."""
    return Register(Ready(TILL), Composing("s-1"), Resting(RESEND_S))


# --- What may happen -------------------------------------------------------------------------------------


def machine_of(effect: do.Effect) -> str:
    """The machine that waits for this effect: the one that knows its answers."""
    return next(name for name, table in TABLES.items() if effect.brings[0] in table.events)


def may_bring(effect: type[do.Effect]) -> set[type[on.Event]]:
    """The answers that an effect may bring."""
    return {*effect.brings, *filter(None, (effect.failed,))}


@cache
def awaited(table: Table, state: str) -> set[type[on.Event]]:
    """The answers that the state of this name listens to."""
    return {event for source, event in table.cells if source.__name__ == state and issubclass(event, on.Answer)}


def answers(effect: do.Effect, world: World) -> tuple[on.Answer, ...]:
    """Everything that the world may answer to this question, each class at least once."""
    match effect:
        case do.Seal(sale):
            receipt = issued(len(world.journal) + 1, sale.items)
            return on.Sealed(receipt, Attempt("u", DATE, 1)), on.SealFailed("full"), on.SealFailed("late")
        case do.Register():
            return register_answers(world)
        case do.Keep():
            return (on.Kept(),)
        case do.Email():
            refused = on.EmailFailed("550 no such user", Verdict.NOT_SENT, "rcpt", 550)
            return on.Emailed("250 ok"), refused, on.EmailFailed("late", Verdict.IN_DOUBT, "dot", 0)
        case do.Print():
            return on.Printed(), on.PrintFailed("paper-out"), on.PrintFailed("late")
        case do.Reattempt(_, count):
            return (on.Reattempted(Attempt("v", DATE, count)),)
        case do.Resend():
            failed = on.ResendFailed("late", True), on.ResendFailed("signature", True)
            return on.Resent(UID, REPLY), on.ResendRefused(-1, "", REPLY), on.ResendRefused(-100, "", REPLY), *failed
        case do.Resolve():
            return (on.Resolved(),)
        case do.Report():
            return (on.Reported(Sums(ReportKind.Z, Day(), 1, DATE, "00")), on.ReportMissing())
        case do.PrintReport():
            return on.ReportPrinted(), on.ReportFailed("paper-out")
    raise AssertionError(f"{type(effect).__name__} is no question")


def register_answers(world: World) -> tuple[on.Answer, ...]:
    """What the authority may answer to a sale."""
    online = on.Registered(UID, REPLY), on.RegisterRefused(-100, "unknown", REPLY)
    if len(world.register.outbox.queue) >= world.room:
        return online
    failed = on.RegisterFailed("late", True), on.RegisterFailed("no-route", False)
    return *online, on.RegisterRefused(-1, "overloaded", REPLY), *failed


TICKS = (on.Ticked(EARLY), on.Ticked(LATE))


def happenings(world: World, keys: Iterable[on.Key]) -> Iterator[tuple[on.Event, do.Effect | None]]:
    """Every event that may come next, and the question that it answers if it is an answer."""
    for event in (*keys, *TICKS):
        yield event, None
    for effect in world.asked:
        for answer in answers(effect, world):
            yield answer, effect


# --- What follows ----------------------------------------------------------------------------------------


def hear(world: World, event: on.Event, question: do.Effect | None) -> Step:
    """Turn once: the answered question is over, and what it made durable is in the journal."""
    register, effects = turn(world.register, event)
    asked = [effect for effect in world.asked if effect is not question]
    asked += [effect for effect in effects if effect.brings]
    durable = written(world.journal, question, event) if question is not None else world.journal
    begun = world.begun if any(history.is_undelivered for history in durable) else ()
    begun += tuple(WAYS[type(effect)] for effect in effects if type(effect) in WAYS)
    return Step(world, event, effects, World(register, tuple(asked), durable, begun, world.room))


WAYS: dict[type[do.Effect], Way] = {do.Email: Way.EMAIL, do.Print: Way.PRINT}


def written(histories: tuple[History, ...], question: do.Effect, answer: on.Event) -> tuple[History, ...]:
    """The journal after this answer."""
    match question, answer:
        case do.Seal(), on.Sealed(receipt, attempt):
            return (*histories, History(receipt, (attempt,)))
        case do.Keep(record), _:
            return added(histories, record)
        case do.Reattempt(receipt, _), on.Reattempted(attempt):
            return added(histories, journal.Attempted(receipt.okp, attempt))
        case do.Resolve(record), _:
            return added(histories, record)
    return histories


def added(histories: tuple[History, ...], record: journal.Record) -> tuple[History, ...]:
    """The journal with one more record."""
    okp = journal.okp_of(record)
    assert any(one.receipt.okp == okp for one in histories), f"{type(record).__name__} of a receipt that is done with"
    return tuple(one.after(record) if one.receipt.okp == okp else one for one in histories)


class PowerCut(on.Event):
    """The register stopped and was started again; the world tells it so by the journal only."""

    __slots__ = ()


def cuts(world: World) -> Iterator[Step]:
    """A power cut: each prefix of what storage was asked to write may have become durable before it."""
    yield restarted(world, world.journal)
    durable = world.journal
    for effect in world.asked:
        if isinstance(effect, do.Seal | do.Keep | do.Reattempt | do.Resolve):
            durable = written(durable, effect, answers(effect, world)[0])
            yield restarted(world, durable)


def restarted(world: World, durable: tuple[History, ...]) -> Step:
    """What recovery makes of this journal: its record is durable before its question is asked."""
    resting = Resting(RESEND_S, unsent(durable))
    waiting = next((one for one in durable if one.is_undelivered), None)
    if waiting is None:
        return Step(world, PowerCut(), (), World(replace(home(), outbox=resting), (), durable, (), world.room))
    resumption = resume(waiting, FRESH)
    effect = resumption.effect
    begun = (*world.begun, *((WAYS[type(effect)],) if type(effect) in WAYS else ()))
    register = replace(home(), receipt=resumption.state, outbox=resting)
    after = World(register, (effect,), added(durable, resumption.record), begun, world.room)
    return Step(world, PowerCut(), (effect,), after)


# --- Representatives -------------------------------------------------------------------------------------


def representative(world: World) -> World:
    """The world that stands for all that differ from this one in identifiers, amounts and counts only."""
    live = tuple(one for one in world.journal if one.is_undelivered or one.is_unsent)
    receipts = {one.receipt.okp: standard(place, one) for place, one in enumerate(live, 1)}
    register = world.register
    plain = replace(register, entry=plain_entry(register.entry), receipt=plain_receipt(register.receipt))
    plain = replace(plain, notice="", ended=None)
    short = World(plain, world.asked, tuple(map(plain_history, live)), world.begun[-1:], world.room)
    if not (short.asked or short.journal or isinstance(plain.receipt, Refused)):
        return replace(short, register=replace(plain, outbox=rewritten(plain.outbox, receipts)))
    rewrite = rewritten(short, receipts)
    assert isinstance(rewrite, World)
    return rewrite


def stands_for(before: World, after: World) -> World:
    """The representative of a world; most keys change nothing, and this is seen quickly."""
    same = after.journal is before.journal and machines(after.register) == machines(before.register)
    return before if same and after.asked == before.asked else representative(after)


def machines(register: Register) -> tuple[object, ...]:
    """The states of all machines, without what is told."""
    return tuple([getattr(register, name) for name in TABLES])


def standard(place: int, history: History) -> Receipt:
    """The receipt at this place of the journal; what was sold still matters while it may be refused."""
    return issued(place, history.receipt.sale.items if history.outcome is None else ())


@cache
def issued(number: int, items: tuple[Item, ...]) -> Receipt:
    """A sealed receipt: one object for each number and basket."""
    made = numbered(number, Sale("s-1", items, (), 0, 0, 0))
    return OneReceipt(*(getattr(made, name) for name in Receipt.__slots__))


class OneReceipt(Receipt):
    """A receipt that is equal to itself only, so that worlds are compared quickly."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def rewritten(value: Any, receipts: dict[str, Receipt]) -> Any:
    """The value with the standard receipts, and with no other Uuids, counts, sums and times than the standard ones."""
    match value:
        case str():
            return receipts[value].okp if value in receipts else value
        case Receipt():
            return receipts.get(value.okp) or issued(QUEUE_MAX + 2, value.sale.items)
        case Attempt():
            return Attempt("u", DATE, min(value.sending_count, 2))
        case Sale():
            return Sale("s-1", value.items, tuple(map(plain_tender, value.tenders)), 0, 0, 0)
        case Unsent():
            return Unsent(rewritten(value.receipt, receipts), min(value.sending_count, 2))
        case tuple():
            return tuple([rewritten(one, receipts) for one in value])
        case datetime():
            return LATE
        case Composing() | Ready() | Counted() | Typing() | Spelling() | Day() | StrEnum():
            return value
    parts = [(name, getattr(value, name)) for name in names_of(value.__class__)]
    if not parts:
        return value
    return type(value)(*[type(part)() if name in TOLD else rewritten(part, receipts) for name, part in parts])


@cache
def names_of(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass; nothing of any other class."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()


TOLD = {"code", "text", "phase", "reply", "reason", "evidence", "message_id", "request_date"}
"""What is only told to people and auditors: no guard reads it."""


def plain_typed(typed: str) -> str:
    """Zero or not, with a point or not, and how many places: nothing else of a number decides anything."""
    whole, dot, fraction = typed.partition(".")
    if not Decimal(f"{whole}.{fraction}0"):
        return "0" + dot
    return "5" + dot + "5" * len(fraction)


def plain_entry(entry: Ready | Counted | Typing | Spelling) -> Ready | Counted | Typing | Spelling:
    """The entry with a representative number or word."""
    match entry:
        case Spelling(till, words, typed):
            whole = is_address(entry, on.EnterPressed()) or is_reference(entry, on.EnterPressed())
            return Spelling(till, words, WHOLE_WORDS[words] if whole else typed and "x")
        case Typing(till, reference, quantity, typed):
            return Typing(till, reference and UID, quantity and Decimal(5), plain_typed(typed))
        case Counted(till, reference, _):
            return Counted(till, reference and UID, Decimal(5))
        case Ready(till, reference):
            return Ready(till, reference and UID)


WHOLE_WORDS = {Words.ADDRESS: ADDRESS, Words.REFERENCE: UID}


def plain_item(item: Item) -> Item:
    """A line of five euros, sold or returned."""
    price = Decimal(5).copy_sign(item.unit_price)
    return replace(item, unit_price=price, quantity=Decimal(1), reference=item.reference and UID)


def plain_tender(tender: Tender) -> Tender:
    """Five euros, given or paid out, or nothing."""
    return Tender(tender.kind, 500 * ((tender.cents > 0) - (tender.cents < 0)))


def plain_receipt(state: Any) -> Any:
    """A basket of at most two lines; a receipt's other states are what they are."""
    if not isinstance(state, Composing):
        return state
    items = tuple(sorted(map(plain_item, state.items), key=lambda item: item.unit_price)[-2:])
    tenders = tuple(map(plain_tender, state.tenders))
    return Composing("s-1", items, tenders, state.address and ADDRESS, None if state.chosen is None else 0)


def plain_history(history: History) -> History:
    """What recovery and the outbox read of it: not how often things were tried."""
    first, *more = history.attempts
    if history.is_undelivered:
        return replace(history, attempts=(first, *more[-1:]), interruptions=history.interruptions[:1])
    return replace(history, attempts=(first, *more[-1:]), interruptions=(), mail_failed=None)
