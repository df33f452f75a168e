"""The scenes of the walk: nine machines at once have too many worlds, so each scene asks about some of them.

* ``KEYPAD``: every key in every state of the entry and of the menu, all that is looked up, and every slip, also one
  that fails. A basket has one line or none, and nothing is sold.
* ``BASKET``: up to two lines of every kind, what adjusts them, and money for them, until the sale would be sealed.
* ``DOCUMENTS``: every kind of receipt on its whole way with every answer, and recovery, by the rules of today and of
  2021 (when moves of cash were messages, and nothing was rounded). What waits for the authority is forgotten when its
  customer was served.
* ``OUTBOX``: sales in cash beside an outbox of up to two messages, one set aside, late answers, repair, and sending on
  demand. What gives a basket back is left to ``DOCUMENTS``.
* ``LINE``: sales in cash while the authority answers, is silent, overloaded, or unreachable; one message waits as a
  probe. It begins also where the line is after two silent sales, and where it is unreachable.
* ``PLACE``: a portable register that goes from place to place, beside an outbox of up to two messages, of which none
  was passed over; its sales are answered well.
* ``SERVICE``: the certificate's end, on a fixed and on a portable register: every key at every step of a sale.
* ``CLOSED``: the same with all that a sale may begin with, when a key was pressed just before.
* ``ALARMS``: the ages of an unsent message.
* ``POISON``: a sale beside an outbox of one message, where each start may be the third with what is under way; so it is
  in ``DOCUMENTS``.
* ``MEDIUM``: what the storage tells of itself, between and during sales.

Together they use every row of every table; that a row is used in one scene says nothing of its behaviour beside what
that scene leaves out. In ``KEYPAD`` all keys are pressed and gone into; elsewhere people press what makes sense
(``phrases``), and one key of each kind anywhere (``SOME``). The power may be cut in every world but those of
``BASKET``, where nothing is durable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from states import effects as do, events as on
from states.fiscal.receipt import Paragon, Role
from states.journey import Composing, Sealing
from states.machines.line import Reaching, Unreachable
from states.machines.menu import ENTRIES, Entry
from states.machines.outbox import Resting
from states.machines.place import Unplaced
from states.machines.service import THRESHOLDS_DAYS
from states.queueing import ALARMS_H, Box, name_of
from tests.fiscal_examples import UID
from tests.walk_standard import DAY, MOMENT, PARAGON, plain_item
from tests.walking import Phrase, Scene
from tests.world_walk import ADDRESS, EARLY, END, LATE, ORIGINAL, REPLY, RESEND_S, World, home

TEXTS = (ADDRESS, UID, MOMENT, DAY, "ž")
KEYS: tuple[on.Key, ...] = (*on.KEYS.values(), *map(on.TextTyped, TEXTS), on.UnknownPressed("F13"))
SOME: tuple[on.Key, ...] = (
    *(on.KEYS[name] for name in ("5", "DEPARTMENT_1", "CASH", "CLEAR", "ENTER", "MENU", "UP", "DRAWER")),
    on.TextTyped(ADDRESS),
)
"""One key of each kind."""

SOON = LATE - timedelta(milliseconds=1)
TICKS = (on.Ticked(EARLY), on.Ticked(SOON), on.Ticked(LATE))
"""At LATE the outbox tries again; just before it waits; at EARLY the clock was set back."""

IN_2021 = on.Ticked(datetime(2021, 6, 1, 10, 0, tzinfo=UTC))
QUESTIONS = frozenset(effect for effect in vars(do).values() if getattr(effect, "brings", ()))


# --- What a person says with keys ------------------------------------------------------------------------------


def press(*words: str | on.Event) -> Phrase:
    """Keys by their names, several in one word, and other events as they are."""
    events: list[on.Event] = []
    for word in words:
        events += [word] if isinstance(word, on.Event) else [on.KEYS[name] for name in word.split()]
    return tuple(events)


def each(*phrases: str) -> tuple[Phrase, ...]:
    """Phrases of keys only."""
    return tuple(press(phrase) for phrase in phrases)


def menu(word: str) -> str:
    """The keys that choose this entry of the menu."""
    (path,) = menu_paths(ENTRIES, word)
    return " ".join(("MENU", *path))


def menu_paths(entries: tuple[Entry, ...], word: str) -> Iterator[tuple[str, ...]]:
    """The digits that lead to this entry."""
    for number, entry in enumerate(entries, 1):
        if entry.word == word:
            yield (str(number),)
        elif isinstance(entry.gives, tuple):
            yield from ((str(number), *path) for path in menu_paths(entry.gives, word))


TO_ADDRESS = press("EMAIL", on.TextTyped(ADDRESS), "ENTER")
FOUND, MISSING = on.OriginalFound(UID, ORIGINAL), on.OriginalMissing("unknown-original")
RETURNED = press("RETURN", on.TextTyped(UID), "ENTER", FOUND, "5 DEPARTMENT_1")
CORRECTED = press("CORRECTION", on.TextTyped(UID), "ENTER", MISSING, "ENTER 5 DEPARTMENT_2")
BOUGHT_BACK = press("RETURN ENTER 5 DEPARTMENT_3")
VOUCHER = press("5 DEPARTMENT_5 5 ENTER")
INVOICE = press("INVOICE 5 ENTER 5 ENTER")
INVOICE_BACK = press("INVOICE 5 ENTER 5 RETURN")
ALLOWED = on.ParagonAllowed(Paragon(5, PARAGON.issue_date))
BY_HAND = press(menu("menu-paragon"), "5 ENTER", on.TextTyped(MOMENT), "ENTER", ALLOWED)
PRACTICE = press(menu("menu-training"))
CASHIER = press(menu("menu-cashier"), "1 ENTER")
SEND_NOW = press(menu("menu-unsent-send"))
REPAIR = press(menu("menu-unsent-repair"))
PLACES = tuple(press(menu("menu-place"), on.TextTyped(name), "ENTER") for name in ("AUTO", "TAXI"))
SALE = press("5 DEPARTMENT_1 CASH")

LINES = (
    *each(*(f"5 DEPARTMENT_{number}" for number in range(1, 5)), "UP", "DOWN"),
    *each("VOID_LINE", "VOID_LAST", "VOID_RECEIPT"),
    *(VOUCHER, RETURNED, CORRECTED, BOUGHT_BACK, TO_ADDRESS),
    *each("SUBTOTAL", "5 PERCENT_DISCOUNT", "5 AMOUNT_SURCHARGE", "5 0 AMOUNT_DISCOUNT", "EMAIL CLEAR"),
    *each("CASH", "1 CASH", "1 CARD", "1 CURRENCY_1"),
)


# --- What a scene forgets, and where it ends ---------------------------------------------------------------------


def with_machines(world: World, **states: Any) -> World:
    """The world with these states of machines."""
    return replace(world, register=replace(world.register, **states))


def one_line(world: World) -> World:
    """A basket has one line, or none."""
    basket = world.register.receipt
    if not isinstance(basket, Composing):
        return world
    full = Composing("s-1", items=(plain_item(ORIGINAL.sale.items[0]),))
    return with_machines(world, receipt=Composing("s-1") if basket.is_untouched else full)


def is_composing(world: World) -> bool:
    """Nothing is being sealed."""
    return isinstance(world.register.receipt, Composing)


def is_small(world: World) -> bool:
    """At most two lines, of which one is plain goods, adjusted once, and one tender; nothing is sealed yet."""
    basket = world.register.receipt
    if not isinstance(basket, Composing):
        return False
    roles = [item.role for item in basket.items if item.role in (Role.ON_LINE, Role.ON_TOTAL)]
    lines = [item for item in basket.items if item.role not in roles]
    is_plain = plain_item(ORIGINAL.sale.items[0]) in lines
    is_once = len(roles) <= 1 or (set(roles) == {Role.ON_TOTAL} and len(roles) == 2)
    return len(lines) <= 1 + is_plain and is_once and len(basket.tenders) <= 1


def is_single(world: World) -> bool:
    """One line is enough."""
    state = world.register.receipt
    lines = state.items if isinstance(state, Composing) else state.sale.items if isinstance(state, Sealing) else ()
    return len(lines) <= 1


def two_wait(world: World) -> bool:
    """Two messages are enough for "there is another one", and beside a sale one."""
    return len(world.register.outbox.box.queue) <= 1 + isinstance(world.register.receipt, Composing)


def before_money(world: World) -> World:
    """Marks, subtotals and addresses are of interest in a basket of a line or two that nobody pays yet."""
    basket = world.register.receipt
    if not isinstance(basket, Composing) or not (basket.tenders or len(basket.items) > 2):
        return world
    return with_machines(world, receipt=replace(basket, address="", chosen=None, is_summed=False))


def no_line(world: World) -> World:
    """Whether the authority answers the next sale is another scene's question."""
    return with_machines(world, line=Reaching())


def in_time(world: World) -> World:
    """So are late answers."""
    return replace(no_line(world), late="")


def one_trouble(world: World) -> World:
    """Late answers are of interest while nothing was set aside, and what was passed over while neither is so."""
    world = in_time(world) if world.register.outbox.box.aside else no_line(world)
    return sound(world) if world.late or world.register.outbox.box.aside else world


def sound(world: World) -> World:
    """Nothing was passed over."""
    outbox = world.register.outbox
    queue = tuple(replace(one, passed_over=0) for one in outbox.box.queue)
    return with_machines(world, outbox=replace(outbox, box=replace(outbox.box, queue=queue, is_answering=False)))


def alone(world: World) -> World:
    """Neither late answers nor messages that were passed over."""
    return sound(in_time(world))


def without_served(world: World, kept: int) -> World:
    """What waits for the authority though its customer was served is forgotten, but for so many messages."""
    box, receipts = world.register.outbox.box, world.journal.receipts
    served = [one.receipt.okp for one in receipts if not one.is_undelivered]
    gone = set(served[: len(served) - kept])
    queue = tuple(one for one in box.queue if name_of(one.message) not in gone)
    durable = replace(world.journal, receipts=tuple(one for one in receipts if one.receipt.okp not in gone))
    return replace(with_machines(world, outbox=Resting(Box(RESEND_S, queue))), journal=durable)


def only_the_customer(world: World) -> World:
    """What waits for the authority when its customer was served, and what is late, is another scene's question."""
    return without_served(in_time(world), 0)


def one_waits(world: World) -> World:
    """One message that waits is a probe as good as many; a late answer is of interest beside none."""
    if not isinstance(world.register.outbox, Resting):
        return replace(world, late="")
    return without_served(world, 1)


# --- The scenes ------------------------------------------------------------------------------------------------

COMES_BACK = (on.SealFailed("full"), on.SealFailed("clock-back"), on.RegisterRefused(-100, "unknown", REPLY))
"""After these the basket is on the display again, which is a question of DOCUMENTS."""

AROUND_THE_END = tuple(
    on.Ticked(END - timedelta(days=days, seconds=-seconds)) for days in (*THRESHOLDS_DAYS, 0) for seconds in (0, 1)
)
"""At each threshold of the certificate's life, and a second after it."""

OVERDUE = tuple(on.Ticked(EARLY + timedelta(hours=hours + 1)) for hours in ALARMS_H)
"""After each age at which the cashier is told of an unsent message."""

KEYPAD = Scene(
    name="keypad",
    starts=(World(home()),),
    phrases=tuple((key,) for key in KEYS),
    openly=QUESTIONS,
    forget=one_line,
    within=is_composing,
)

BASKET = Scene(
    name="basket",
    starts=(World(home()),),
    phrases=LINES,
    keys=SOME,
    forget=before_money,
    within=is_small,
    has_cuts=False,
)

DOCUMENTS = Scene(
    name="documents",
    starts=(World(home()),),
    phrases=(
        *each("5 DEPARTMENT_1", "CASH", "CARD", "VOID_RECEIPT", "5 DEPOSIT", "5 WITHDRAWAL", "CLEAR", "ENTER"),
        *(TO_ADDRESS, INVOICE, INVOICE_BACK, BY_HAND, PRACTICE, CASHIER),
    ),
    keys=SOME,
    ticks=(on.Ticked(EARLY), IN_2021),
    openly=QUESTIONS,
    forget=only_the_customer,
    within=is_single,
    has_thirds=True,
)

OUTBOX = Scene(
    name="outbox",
    starts=(World(home()),),
    phrases=(SALE, SEND_NOW, REPAIR, *each("CLEAR", "ENTER")),
    keys=SOME,
    ticks=TICKS,
    openly=QUESTIONS,
    spared=COMES_BACK,
    forget=one_trouble,
    within=is_single,
)

LINE = Scene(
    name="line",
    starts=tuple(World(home(line=line), asides=0) for line in (Reaching(), Reaching(2), Unreachable())),
    phrases=(SALE, SEND_NOW, *each("CLEAR", "VOID_RECEIPT")),
    keys=SOME,
    openly=frozenset({do.Register, do.Resend}),
    forget=one_waits,
    within=is_single,
)

PLACE = Scene(
    name="place",
    starts=(World(home(place=Unplaced())), World(home(place=Unplaced(), line=Unreachable()))),
    phrases=(SALE, SEND_NOW, *PLACES, press("CLEAR")),
    keys=SOME,
    openly=frozenset({do.Resend, do.Locate}),
    forget=sound,
    within=two_wait,
)

SERVICE = Scene(
    name="service",
    starts=(World(home()), World(home(place=Unplaced()))),
    phrases=(SALE, INVOICE, PLACES[0], *each("5 DEPARTMENT_1", "CARD", "VOID_RECEIPT", "5 DEPOSIT", "CLEAR", "DRAWER")),
    keys=KEYS,
    ticks=(on.Ticked(EARLY), *AROUND_THE_END),
    forget=no_line,
    within=is_single,
)

CLOSED = replace(
    SERVICE,
    name="closed",
    phrases=(*SERVICE.phrases, BY_HAND, PRACTICE, REPAIR, *each("5", "MENU")),
    keys=(),
)

ALARMS = Scene(
    name="alarms",
    starts=(World(home(), room=1, asides=0),),
    phrases=(SALE,),
    ticks=(on.Ticked(EARLY), *OVERDUE),
    openly=frozenset({do.Register, do.Resend}),
    spared=COMES_BACK,
    forget=in_time,
)

POISON = Scene(
    name="poison",
    starts=(World(home(), room=1),),
    phrases=(SALE, SEND_NOW),
    ticks=(on.Ticked(LATE),),
    openly=frozenset({do.Register, do.Resend}),
    spared=COMES_BACK,
    forget=alone,
    within=is_single,
    has_thirds=True,
)

MEDIUM = Scene(
    name="medium",
    starts=(World(home()),),
    phrases=(SALE,),
    keys=SOME,
    ticks=tuple(on.MediumTold(percent, is_lost) for percent in (0, 94, 95, 100) for is_lost in (False, True)),
    forget=no_line,
    within=is_single,
)

SCENES = (KEYPAD, BASKET, DOCUMENTS, OUTBOX, LINE, PLACE, SERVICE, CLOSED, ALARMS, POISON, MEDIUM)
