"""A small world around the register: a person who may press anything, and peers that may answer whatever they may.

A World is a configuration: the register, the questions that nobody has answered yet, and what is durable of messages
that are not yet done with. What may happen in it is here, and what follows; ``walk_standard`` replaces identifiers,
amounts and counts by representatives, so that there are finitely many worlds and a walk can visit them all. A power
cut is one more thing that may happen anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.day import Day, Sums
from states.fiscal.journal import History
from states.fiscal.place import Location
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Attempt, Form, Item, Paragon, Receipt, Sale, Verdict, Way
from states.fiscal.slip import (
    CashOrder,
    CashSlip,
    Copy,
    CopyOrder,
    Order,
    ReportOrder,
    Sample,
    SampleOrder,
    Slip,
    UnsentList,
    UnsentOrder,
)
from states.journey import Composing
from states.keying import Ready
from states.machines.line import Reaching
from states.machines.medium import Sound
from states.machines.menu import Shut
from states.machines.outbox import Resending, Resting
from states.machines.place import Fixed, Placed
from states.machines.service import InService
from states.machines.slip import NoSlip
from states.poison import STARTS_MAX
from states.queueing import Box, name_of
from states.recovery import (
    Fresh,
    Places,
    Resumption,
    locate_again,
    resume,
    resume_place,
    set_aside,
    unsent,
)
from states.register import TABLES, Register, turn
from states.table import Rest, Table
from states.till import Cashier, Catalogue, Currency, Till
from tests.fiscal_examples import PAYER, SW_ID, UID, numbered


class OneTill(Till):
    """A till that is equal to itself only, so that worlds are compared quickly."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


TILL = OneTill(
    departments=(
        Product(1, "Tovar", 23),
        Product(2, "Chlieb", 5),
        Product(3, "Fľaša", 0, ProductKind.PACKAGING),
        Product(4, "Záloha", 23, ProductKind.ADVANCE),
        Product(5, "Poukaz", 23, ProductKind.VOUCHER),
    ),
    catalogue=Catalogue(
        (
            Product(1, "Rožok", 5, price=Decimal("0.12")),
            Product(2, "Kupón", 23, ProductKind.VOUCHER, price=Decimal(5)),
            Product(3, "Syr", 5),
            Product(4, "Darček", 23, ProductKind.VOUCHER),
        )
    ),
    currencies=(Currency(1, "USD", Decimal("1.0850")),),
    cashiers=(Cashier(1, "Eva"), Cashier(2, "Ján")),
)
"""A department and a PLU of each kind, with and without a price of its own; PLU 5 and department 6 are not set."""

ADDRESS = "jana@example.sk"
REPLY = "<Envelope/>"
RESEND_S = 60.0
DATE = "2026-11-23T10:00:00+01:00"
EARLY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATE = EARLY + timedelta(seconds=RESEND_S)
END = EARLY + timedelta(days=365)
"""When the certificate expires."""

FRESH = Fresh("fresh", DATE)


@dataclass(frozen=True, slots=True)
class Durable:
    """What the journal says: of receipts that are not done with, oldest first, and of the register's places."""

    receipts: tuple[History, ...] = ()
    places: Places = field(default_factory=Places)

    def history(self, okp: str) -> History | None:
        """What is durable of this receipt."""
        return next((one for one in self.receipts if one.receipt.okp == okp), None)

    @property
    def undelivered(self) -> History | None:
        """The receipt whose customer still waits."""
        return next((one for one in self.receipts if one.is_undelivered), None)

    def after(self, record: journal.Record) -> Durable:
        """With one more record; what a receipt repairs is done with when its customer has it, or it was given up."""
        if not (okp := journal.okp_of(record)):
            return replace(self, places=self.places.after(record))
        found = self.history(okp)
        assert found is not None, f"{type(record).__name__} of a receipt that is done with"
        gone = found.receipt.sale.repairs if isinstance(record, journal.Delivered | journal.SetAside) else ""
        kept = (one.after(record) if one.receipt.okp == okp else one for one in self.receipts)
        return replace(self, receipts=tuple(one for one in kept if one.receipt.okp != gone))

    def sealed(self, receipt: Receipt, attempt: Attempt) -> Durable:
        """With a new receipt."""
        return replace(self, receipts=(*self.receipts, History(receipt, (attempt,))))


@dataclass(frozen=True, slots=True)
class World:
    """A configuration; ``begun`` are the ways on which the undelivered receipt has been let go, the last one last.

    ``late`` is the OKP of the receipt whose answer may still come after its limit. ``room`` is how many messages may
    wait for the authority here, and ``asides`` how many it may refuse later: while so many do, it answers in time, and
    does not refuse what it had to wait for.
    """

    register: Register
    asked: tuple[do.Effect, ...] = ()
    journal: Durable = Durable()
    begun: tuple[Way, ...] = ()
    late: str = ""
    room: int = 2
    asides: int = 1

    @property
    def is_home(self) -> bool:
        """Nothing is under way and nothing is left to do, but for a technician."""
        one = self.register
        machines = one.menu, one.slip, one.service, one.medium
        at_rest = tuple(map(type, machines)) == (Shut, NoSlip, InService, Sound)
        is_quiet = at_rest and one.is_between_sales and one.line == Reaching() and isinstance(one.place, Fixed | Placed)
        return is_quiet and not (self.asked or one.outbox.box.queue)


@dataclass(frozen=True, slots=True)
class Step:
    """What one event made of a world, before it is reduced to its representative; an answer has its ``question``."""

    before: World
    event: on.Event
    effects: tuple[do.Effect, ...]
    after: World
    question: do.Effect | None = None


def home(**machines: Any) -> Register:
    """A register between sales with nothing to send, but for these machines."""
    plain = {"receipt": Composing("s-1"), "outbox": Resting(Box(RESEND_S)), "service": InService(END)}
    return Register(**{"entry": Ready(TILL), **plain, **machines})


# --- What may happen -------------------------------------------------------------------------------------


def may_bring(effect: type[do.Effect]) -> set[type[on.Event]]:
    """The answers that an effect may bring."""
    return {*effect.brings, *filter(None, (effect.failed,))}


def awaits(table: Table, answer: type[on.Event]) -> bool:
    """Whether this machine waits for such answers: in some state one would be a bug.

    A machine that hears of other machines' answers hears them in all states, or ignores them.
    """
    if answer not in table.events or table.rest_of(answer) is not Rest.NEVER:
        return False
    return any((state, answer) not in table.cells for state in table.states)


@cache
def awaited(table: Table, state: str) -> frozenset[type[on.Event]]:
    """The answers that the state of this name waits for."""
    heard = {event for source, event in table.cells if source.__name__ == state and issubclass(event, on.Answer)}
    return frozenset(event for event in heard if awaits(table, event))


def machine_of(effect: do.Effect) -> str:
    """The machine that waits for this effect."""
    return machine_awaiting(effect.brings[0].__name__)


@cache
def machine_awaiting(answer: str) -> str:
    """The machine that waits for the answers of this name."""
    (name,) = (
        name for name, table in TABLES.items() for one in table.events if one.__name__ == answer and awaits(table, one)
    )
    return name


def answers(effect: do.Effect, world: World) -> tuple[on.Answer, ...]:
    """Everything that the world may answer to this question, each class at least once, the best answer first."""
    match effect:
        case do.Seal(sale):
            receipt = issued(1 + max((one.receipt.number for one in world.journal.receipts), default=0), sale)
            return on.Sealed(receipt, Attempt("u", DATE, 1)), on.SealFailed("full"), on.SealFailed("clock-back")
        case do.Register(receipt):
            return *register_answers(world), *repair_answers(receipt, world)
        case do.Keep():
            return (on.Kept(),)
        case do.Email():
            refused = on.EmailFailed("550 no such user", Verdict.NOT_SENT, "rcpt", 550)
            return on.Emailed("250 ok"), refused, on.EmailFailed("late", Verdict.IN_DOUBT, "dot", 0)
        case do.Print():
            return on.Printed(), on.PrintFailed("paper-out"), on.PrintFailed("late")
        case do.Reattempt(_, count):
            return (on.Reattempted(Attempt("v", DATE, count)),)
        case do.Resend(message):
            return resend_answers(message, world)
        case do.Resolve():
            return (on.Resolved(),)
    return place_answers(effect, world) or slip_answers(effect)


def register_answers(world: World) -> tuple[on.Answer, ...]:
    """What the authority may answer to a sale."""
    online = on.Registered(UID, REPLY), on.RegisterRefused(-100, "unknown", REPLY)
    if len(world.register.outbox.box.queue) >= world.room:
        return online
    failed = on.RegisterFailed("late", True), on.RegisterFailed("no-route", False)
    return *online, on.RegisterRefused(-1, "overloaded", REPLY), *failed


def repair_answers(receipt: Receipt, world: World) -> tuple[on.Answer, ...]:
    """A repair may be refused for its time too, and then there is still something to repair."""
    is_listed = any(one.receipt.okp == receipt.sale.repairs for one in world.register.outbox.box.aside)
    return (on.RegisterRefused(-103, "ahead", REPLY),) if is_listed else ()


def resend_answers(message: Receipt | Location, world: World) -> tuple[on.Answer, ...]:
    """What the authority may answer to the outbox."""
    failed = on.ResendFailed("late", True), on.ResendFailed("signature", True)
    any_time = on.Resent(UID, REPLY), on.ResendRefused(-1, "", REPLY), *failed
    if isinstance(message, Location):
        return *any_time, on.ResendRefused(-100, "", REPLY), on.ResendRefused(-108, "", REPLY)
    if len(world.register.outbox.box.aside) >= world.asides:
        return any_time
    return *any_time, on.ResendRefused(-100, "", REPLY), on.ResendRefused(-103, "", REPLY)


def place_answers(effect: do.Effect, world: World) -> tuple[on.Answer, ...]:
    """What follows from a new place."""
    match effect:
        case do.Announce(place):
            number = 1 + len({one.id for one in locations(world.journal.places)})
            return (on.Announced(Location(f"place-{number}", place, PAYER, DATE, SW_ID), Attempt("u", DATE, 1)),)
        case do.Locate() if len(world.register.outbox.box.queue) >= world.room:
            return on.Located(REPLY), on.LocateRefused(-100, "", REPLY)
        case do.Locate():
            refused = on.LocateRefused(-100, "", REPLY), on.LocateRefused(-1, "", REPLY)
            return on.Located(REPLY), *refused, on.LocateFailed("late")
        case do.KeepPlace():
            return (on.PlaceKept(),)
    return ()


def locations(places: Places) -> tuple[Location, ...]:
    """The locations that the journal still says something of."""
    waiting = (one.message for one in places.unsent)
    return tuple(one for one in (places.here, *waiting) if isinstance(one, Location))


def slip_answers(effect: do.Effect) -> tuple[on.Answer, ...]:
    """What a journal that is read, and a printer, may answer."""
    match effect:
        case do.Gather(order):
            return on.SlipGathered(gathered(order)), on.SlipMissing("report-none")
        case do.PrintSlip():
            return on.SlipPrinted(), on.SlipFailed("paper-out")
        case do.Find():
            words = ("unknown-original", "old-number", "original-refused")
            return on.OriginalFound(UID, ORIGINAL), *map(on.OriginalMissing, words)
        case do.CheckParagon(number, issue_date):
            allowed = on.ParagonAllowed(Paragon(number or 1, issue_date))
            return allowed, on.ParagonRefused("paragon-number-gap"), on.ParagonRefused("paragon-future")
    raise AssertionError(f"{type(effect).__name__} is no question")


def gathered(order: Order) -> Slip:
    """A slip as it was ordered."""
    match order:
        case ReportOrder(kind):
            return Sums(kind, Day(), 1, DATE, "00")
        case CashOrder(cents, cashier):
            return CashSlip(cents, DATE, cashier, cents)
        case CopyOrder():
            return Copy(ORIGINAL, Form.ONLINE, DATE)
        case UnsentOrder():
            return UnsentList((), DATE)
        case SampleOrder():
            return Sample(ORIGINAL)


@cache
def issued(number: int, sale: Sale) -> Receipt:
    """A sealed receipt: one object for each number and sale."""
    made = numbered(number, sale)
    return OneReceipt(*(getattr(made, name) for name in Receipt.__slots__))


class OneReceipt(Receipt):
    """A receipt that is equal to itself only, so that worlds are compared quickly."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


ORIGINAL = issued(1, Sale("s-0", (Item("Tovar", Decimal(1), "ks", Decimal(5), 23),), (), 0, 500, 0))
"""What goods come back from."""


# --- What follows ----------------------------------------------------------------------------------------


def hear(world: World, event: on.Event, question: do.Effect | None = None) -> Step:
    """Turn once: the answered question is over, and what it made durable is in the journal."""
    register, effects = turn(world.register, event)
    asked = [effect for effect in world.asked if effect is not question]
    asked += [effect for effect in effects if effect.brings]
    durable = written(world.journal, question, event) if question is not None else world.journal
    begun = world.begun if durable.undelivered else ()
    begun += tuple(WAYS[type(effect)] for effect in effects if type(effect) in WAYS)
    late = still_late(world.late, event, question)
    after = World(register, tuple(asked), durable, begun, late, world.room, world.asides)
    return Step(world, event, effects, after, question)


WAYS: dict[type[do.Effect], Way] = {do.Email: Way.EMAIL, do.Print: Way.PRINT}


def still_late(late: str, event: on.Event, question: do.Effect | None) -> str:
    """An exchange that was late goes on; only the newest of them is of interest here."""
    if isinstance(event, on.RegisterFailed) and isinstance(question, do.Register) and event.sent:
        return question.receipt.okp
    return "" if isinstance(event, on.AnsweredLate) else late


def written(durable: Durable, question: do.Effect, answer: on.Event) -> Durable:
    """The journal after this answer."""
    match question, answer:
        case do.Seal(), on.Sealed(receipt, attempt):
            return durable.sealed(receipt, attempt)
        case ((do.Keep(record) | do.Resolve(record) | do.KeepPlace(record)), _):
            return durable.after(record)
        case do.Reattempt(Receipt() as receipt, _), on.Reattempted(attempt):
            return durable.after(journal.Attempted(receipt.okp, attempt))
        case do.Reattempt(Location() as location, _), on.Reattempted(attempt):
            return durable.after(journal.MovedAttempted(location.id, attempt))
        case do.Announce(), on.Announced(location, attempt):
            return durable.after(journal.Moved(location, attempt))
    return durable


class PowerCut(on.Event):
    """The register stopped and was started again; the world tells it so by the journal only."""

    __slots__ = ()


STORED = do.Seal | do.Keep | do.Reattempt | do.Resolve | do.Announce | do.KeepPlace


def cuts(world: World, *, has_thirds: bool = False) -> Iterator[Step]:
    """A power cut: each prefix of what storage was asked to write may have become durable before it.

    With ``has_thirds`` every start may also be the third in a row with what is under way.
    """
    durable = world.journal
    yield from restarts(world, durable, has_thirds)
    for effect in world.asked:
        if isinstance(effect, STORED):
            durable = written(durable, effect, answers(effect, world)[0])
            yield from restarts(world, durable, has_thirds)


def restarts(world: World, durable: Durable, has_thirds: bool) -> Iterator[Step]:
    """The next start, and the third with the same receipt if so much may be set aside here."""
    yield restarted(world, durable)
    found = durable.history(under_way(world, durable))
    if has_thirds and found is not None and sum(one.is_aside for one in durable.receipts) < world.asides:
        yield restarted(world, durable, found.receipt.okp)


def under_way(world: World, durable: Durable) -> str:
    """The OKP of the receipt whose customer waits, or else of what the outbox sends; empty for none."""
    outbox = world.register.outbox
    if durable.undelivered is None and isinstance(outbox, Resending):
        return name_of(outbox.box.queue[0].message)
    return durable.undelivered.receipt.okp if durable.undelivered else ""


def restarted(world: World, durable: Durable, stuck: str = "") -> Step:
    """What recovery makes of this journal, at the third start with the receipt of the OKP ``stuck``: its records are
    durable before their questions are asked."""
    old, places = world.register, durable.places
    is_fixed = isinstance(old.place, Fixed)
    place = old.place if is_fixed else resume_place(places)
    resumed: dict[str, Resumption] = {}
    if places.first is not None and isinstance(places.first.message, Location):
        resumed["place"] = locate_again(places.first.message, places.first.sending_count, FRESH)
    for history in durable.receipts:
        starts = STARTS_MAX if history.receipt.okp == stuck else 1
        if (resumption := resume(history, FRESH, starts)) is not None:
            resumed["receipt"] = resumption
    for decided in resumed.values():
        durable = durable.after(decided.record)
    box = Box(RESEND_S, unsent(durable.receipts, places.later), set_aside(durable.receipts))
    register = home(outbox=Resting(box), service=old.service, place=place, medium=old.medium)
    going_on = {name: one for name, one in resumed.items() if one.effect}
    register = replace(register, **{name: one.state for name, one in going_on.items()})
    effects = tuple(one.effect for one in going_on.values() if one.effect)
    begun = world.begun if durable.undelivered else ()
    begun += tuple(WAYS[type(effect)] for effect in effects if type(effect) in WAYS)
    after = World(register, effects, durable, begun, "", world.room, world.asides)
    return Step(world, PowerCut(), effects, after)
