"""The register is the sum of its machines: one turn hears one event and says what is wanted.

A key belongs to exactly one machine; an answer or a tick is heard by each machine that knows it; a fact is heard
in the same turn by each machine that knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from states import effects as do, events as on
from states.journey import AwaitingPaper, Composing, Ended, Refused
from states.keying import Looking, Ready
from states.machines.entry import ENTRY
from states.machines.line import LINE, Reaching
from states.machines.medium import MEDIUM, Sound
from states.machines.menu import MENU, Shut
from states.machines.outbox import OUTBOX
from states.machines.place import PLACE, Fixed, Placed, Unplaced
from states.machines.receipt import RECEIPT
from states.machines.service import SERVICE, Blocked
from states.machines.slip import SLIP, NoSlip
from states.table import NeverHappens, Rest, Table
from states.till import Till

_MACHINES = (RECEIPT, ENTRY, OUTBOX, LINE, MENU, SLIP, SERVICE, PLACE, MEDIUM)
TABLES: dict[str, Table] = {table.name: table for table in _MACHINES}
FACTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Register:
    """The whole configuration: the state of each machine by its table's name, and what the cashier sees until the next
    key: the ``notice`` of the last refusal, and how the last receipt ``ended``."""

    entry: Any
    receipt: Any
    outbox: Any
    service: Any
    place: Any = field(default_factory=Fixed)
    line: Any = field(default_factory=lambda: Reaching(0))
    menu: Any = field(default_factory=Shut)
    slip: Any = field(default_factory=NoSlip)
    medium: Any = field(default_factory=Sound)
    notice: str = ""
    ended: Ended | None = None

    @property
    def hears_keys(self) -> bool:
        """Keys that are pressed meanwhile are kept until this is true."""
        return (
            isinstance(self.receipt, Composing | Refused | AwaitingPaper)
            and isinstance(self.slip, NoSlip)
            and isinstance(self.place, Fixed | Unplaced | Placed)
            and not isinstance(self.entry, Looking)
        )

    @property
    def is_between_sales(self) -> bool:
        """Nothing is keyed, neither typed nor in the basket."""
        untouched = isinstance(self.receipt, Composing) and self.receipt.is_untouched
        return untouched and self.entry == Ready(self.entry.till)

    @property
    def wants_words(self) -> bool:
        """Letters are words now, not function keys."""
        return (type(self.entry), on.TextTyped) in ENTRY.cells


def turn(register: Register, event: on.Event) -> tuple[Register, tuple[do.Effect, ...]]:
    """Hear one event: the register after it, and the effects it wants, in order.

    Raises NeverHappens for an event that no run can bring here.
    """
    if isinstance(event, on.Key):
        register = replace(register, notice="", ended=None)
        hearers = [owner_of(register, event)]
    else:
        hearers = _hearers(register, event)
    effects: list[do.Effect] = []
    pending: list[tuple[str, on.Event]] = [(name, event) for name in hearers]
    for _ in range(FACTS_MAX):
        if not pending:
            return register, tuple(effects)
        (name, heard), *pending = pending
        register, wanted, facts = _step(register, name, heard)
        effects += wanted
        pending += [(hearer, fact) for fact in facts for hearer in _hearers(register, fact)]
    raise NeverHappens(f"{type(event).__name__} announces facts without end")


def _hearers(register: Register, event: on.Event) -> list[str]:
    """The machines that know the event; how a receipt ended is for the register itself."""
    if isinstance(event, on.Beginning) and register.receipt.is_untouched and (closed := closed_by(register)):
        return [closed]
    hearers = [name for name, table in TABLES.items() if table.knows(event)]
    if not hearers and not isinstance(event, on.ReceiptEnded):
        raise NeverHappens(f"nobody knows {type(event).__name__}")
    return hearers


def closed_by(register: Register) -> str:
    """The machine because of which nothing is sold, empty while the shop is open."""
    if isinstance(register.service, Blocked):
        return "service"
    return "place" if isinstance(register.place, Unplaced) else ""


def owner_of(register: Register, event: on.Key) -> str:
    """The one machine that this key belongs to; nothing is sold while the register is blocked, or nowhere."""
    if not isinstance(register.menu, Shut):
        return "menu"
    if not isinstance(register.receipt, Composing):
        return "receipt"
    if register.is_between_sales:
        if isinstance(event, on.MenuPressed):
            return "menu"
        return closed_by(register) or "entry"
    return "entry"


def keys_that_act(register: Register) -> frozenset[str]:
    """The names of the keys that do more than beep now, from the tables themselves."""
    owners = owner_of(register, on.ClearPressed()), owner_of(register, on.MenuPressed())
    states = tuple(type(getattr(register, owner)) for owner in owners)
    return _keys_that_act(owners, states, register.entry.till)


@lru_cache(maxsize=64)
def _keys_that_act(owners: tuple[str, str], states: tuple[type[Any], ...], till: Till) -> frozenset[str]:
    """The keys of the first owner, but of the second one MENU; asked again and again for a few configurations."""

    def acts(key: on.Key) -> bool:
        if isinstance(key, on.DepartmentPressed) and till.department(key.number) is None:
            return False
        if isinstance(key, on.CurrencyPressed) and till.currency(key.number) is None:
            return False
        index = int(isinstance(key, on.MenuPressed))
        return (states[index], type(key)) in TABLES[owners[index]].cells

    return frozenset(name for name, key in on.KEYS.items() if acts(key))


def _step(register: Register, name: str, event: on.Event) -> tuple[Register, list[do.Effect], list[on.Fact]]:
    """One machine hears one event."""
    table = TABLES[name]
    result = table.step(getattr(register, name), event)
    if isinstance(result, Rest):
        if result is Rest.REFUSE:
            return replace(register, notice=table.refusal), [do.Beep(table.refusal)], []
        return register, [], []
    effects = [wish for wish in result.wishes if isinstance(wish, do.Effect)]
    facts = [wish for wish in result.wishes if isinstance(wish, on.Fact)]
    changes: dict[str, Any] = {name: result.state}
    for wish in result.wishes:
        if isinstance(wish, do.Beep):
            changes["notice"] = wish.notice
        if isinstance(wish, on.ReceiptEnded):
            changes["ended"] = wish.ended
    return replace(register, **changes), effects, facts
