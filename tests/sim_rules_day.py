"""The invariants of a whole register: numbers, dates, chains, starts, what it owes, and what it may show.

As in ``sim_rules``, they are judged by what the world saw. Each is asked after every customer for what is new.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from states.fiscal.journal import (
    Closed,
    Delivered,
    Intent,
    Opened,
    Outcome,
    Resolved,
    SetAside,
    TailDropped,
    okp_of,
)
from states.fiscal.receipt import TIME_CODES, Form
from tests.sim_durable import Seen
from tests.sim_paper import COLUMNS
from tests.sim_world import World

ZONE = ZoneInfo("Europe/Bratislava")
WAITS_MAX_S = 960.0
"""A message is tried again after at most fifteen minutes, the length of a sending and a tick."""

CODES = ("UID:", "OKP:", "PKP:", "QR:")
_ADDRESS = re.compile(r"zakaznik[0-9]+@")


@dataclass
class Day:
    """What is remembered between customers; ``fresh`` are the records that became durable since the last one left."""

    world: World
    fresh: list[Seen] = field(default_factory=list)
    read: int = 0
    papers: int = 0
    numbers: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    okps: set[str] = field(default_factory=set)
    uuids: set[str] = field(default_factory=set)
    baskets: set[str] = field(default_factory=set)
    dates: list[tuple[datetime, str]] = field(default_factory=list)
    under_way: int = 0
    closed: int = 0
    pulses: int = 0
    arrivals: int = 0

    def advance(self) -> None:
        """Take what is new."""
        self.fresh = self.world.durable.seen[self.read :]
        self.read += len(self.fresh)

    @property
    def intents(self) -> list[Intent]:
        """The new receipts."""
        return [one.record for one in self.fresh if isinstance(one.record, Intent)]


def numbers_are_unique(day: Day) -> Iterator[str]:
    """I5: a month of the CreateDate has each number once."""
    for intent in day.intents:
        receipt = intent.receipt
        if receipt.month != receipt.create_date[:7]:
            yield f"{receipt.key} was created on {receipt.create_date}"
        if receipt.number <= day.numbers[receipt.month]:
            yield f"{receipt.key} is given a second time"


def numbers_are_dense(day: Day) -> Iterator[str]:
    """I6: no number is left out."""
    for intent in day.intents:
        receipt = intent.receipt
        if receipt.number > day.numbers[receipt.month] + 1:
            yield f"{receipt.key} follows {day.numbers[receipt.month]}"
        day.numbers[receipt.month] = max(day.numbers[receipt.month], receipt.number)


def codes_are_unique(day: Day) -> Iterator[str]:
    """I8: one PKP for one number."""
    for intent in day.intents:
        if intent.receipt.okp in day.okps:
            yield f"{intent.receipt.key} has an OKP of another"
        day.okps.add(intent.receipt.okp)


def uuids_are_fresh(day: Day) -> Iterator[str]:
    """I9: no Uuid is used twice in the register's life."""
    for one in day.fresh:
        attempt = getattr(one.record, "attempt", None)
        if attempt is not None:
            if attempt.uuid in day.uuids:
                yield f"the Uuid {attempt.uuid} was used before"
            day.uuids.add(attempt.uuid)


def one_sale_one_number(day: Day) -> Iterator[str]:
    """I10: a basket becomes one receipt."""
    for intent in day.intents:
        basket = intent.receipt.sale.basket_id
        if basket in day.baskets:
            yield f"{intent.receipt.key} is of the basket {basket}, which has a number"
        day.baskets.add(basket)


def dates_never_go_back(day: Day) -> Iterator[str]:
    """I24: but for what the authority refused because it lay ahead; and the offset is that of the country."""
    for intent in day.intents:
        moment = datetime.fromisoformat(intent.receipt.create_date)
        counted = [known for known, okp in day.dates if not _was_ahead(day, okp)]
        if counted and moment < counted[-1]:
            yield f"{intent.receipt.key} was created on {moment}, after {counted[-1]}"
        if moment.astimezone(ZONE).utcoffset() != moment.utcoffset():
            yield f"{intent.receipt.key} was created on {intent.receipt.create_date}, which is no Slovak time"
        kept = [one for one in day.dates[-4:] if not _was_ahead(day, one[1])]
        day.dates = [*kept, (moment, intent.receipt.okp)]


def _was_ahead(day: Day, okp: str) -> bool:
    durable = day.world.durable
    answers: list[Outcome | Resolved] = [*durable.of(okp, Outcome), *durable.of(okp, Resolved)]
    return any(answer.code in TIME_CODES for answer in answers)


def at_most_one_record_was_under_way(day: Day) -> Iterator[str]:
    """I2: between two starts at most one durable record was never acknowledged."""
    for one in day.fresh:
        if isinstance(one.record, Opened | TailDropped):
            day.under_way = 0
        day.under_way += 1
        if one.seq in day.world.acknowledged_seqs:
            day.under_way = 0
        elif day.under_way > 1:
            yield f"record {one.seq} is durable, and neither it nor one before it was acknowledged"


def frames_are_sound(day: Day) -> Iterator[tuple[str, str]]:
    """I2, I3, I26: what the reader of the medium and the authority object to, with its invariant."""
    for amiss in (day.world.durable.amiss, day.world.authority.amiss, day.world.amiss):
        yield from amiss
        amiss.clear()


def nothing_waits_for_long(day: Day) -> Iterator[str]:
    """I20: while the power is on no message waits longer than its turn."""
    world = day.world
    for okp in list(world.waiting):
        since_s = world.waiting[okp]
        if any(isinstance(one.record, Resolved | SetAside) for one in world.durable.by_okp[okp]):
            del world.waiting[okp]
            continue
        last_s = max([since_s, *(one.began_s for one in world.authority.by_okp.get(okp, ()))])
        if world.now_s - last_s > WAITS_MAX_S:
            yield f"{okp} has not been tried for {world.now_s - last_s:.0f} s"
    for one in day.fresh:
        if isinstance(one.record, Outcome) and one.record.form is Form.OFFLINE:
            world.waiting[one.record.okp] = one.at_s


def recovery_leads_where_it_led(day: Day) -> Iterator[str]:
    """I28: two starts with nothing between them go on with the same receipt in the same way."""
    starts = day.world.starts
    while len(starts) > 1:
        first, second = starts[0], starts[1]
        del starts[0]
        records = day.world.durable.seen
        since, until = (bisect_right(records, start.head, key=lambda one: one.seq) for start in (first, second))
        between = [one.record for one in records[since:until]]
        has_moved = any(isinstance(one, _PROGRESS) and okp_of(one) == first.okp for one in between)
        if first.okp and not has_moved and (first.state, first.okp) != (second.state, second.okp):
            yield f"{first.okp} was {first.state} at one start, and {second.state or 'forgotten'} at the next"


_PROGRESS = (Outcome, Delivered, SetAside)


def copies_are_copies(day: Day) -> Iterator[str]:
    """I19: a copy has neither UID nor OKP."""
    for one in day.world.printer.prints[day.papers :]:
        if "KÓPIA" in one.text[0] + one.text[-2] and any(line.startswith(CODES) for line in one.text):
            yield "a copy has the codes of an original"


def papers_have_bounds(day: Day) -> Iterator[str]:
    """I27: no line is wider than the paper."""
    for one in day.world.printer.prints[day.papers :]:
        if any(len(line) > COLUMNS for line in one.text if not line.startswith("QR:")):
            yield "a line is wider than the paper"


def addresses_are_dropped(day: Day) -> Iterator[str]:
    """I26: neither paper nor, once the customer has left, the display shows a whole e-mail address."""
    for one in day.world.printer.prints[day.papers :]:
        if _ADDRESS.search("".join(one.text)):
            yield "an e-mail address was printed"
    day.papers = len(day.world.printer.prints)
    if _ADDRESS.search(str(day.world.display.view)):
        yield "the display shows an e-mail address after its customer has left"


def reports_are_closed_once(day: Day) -> Iterator[str]:
    """I23: the numbers of daily reports are 1, 2, 3."""
    for one in day.fresh:
        if isinstance(one.record, Closed):
            day.closed += 1
            if one.record.number != day.closed:
                yield f"the daily report {one.record.number} follows {day.closed - 1}"
