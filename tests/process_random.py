"""kill -9 of the real register at random moments while a script keys sales: afterwards all books agree.

Each sale has a price of its own, so that the script, too, has a book: of the sales keyed in one life those that came
to be are the first ones, and none came to be twice. The seed decides what is keyed and when the kill is due; how far
the register has come by then is the machine's business.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Timer

from states.fiscal.journal import Attempted, MailFailed, Outcome, PrintInterrupted
from states.fiscal.original import VOID
from states.fiscal.receipt import Form
from tests.process_audit import Auditor
from tests.process_lives import (
    DOUBTFUL,
    LATE,
    REFUSED,
    Tally,
    await_or_death,
    forget_keys,
    is_near_poison,
    kept_if_wrong,
    kill,
    open_for_kills,
    recover,
    sold,
)
from tests.shop import LIMIT_S, Shop, await_that

TENDERS = (
    ("CASH",),
    ("CARD",),
    *(("EMAIL", f"TEXT {address}", "ENTER", "CARD") for address in ("jana@example.sk", REFUSED, LATE, DOUBTFUL)),
)
MORE_ITEMS = (0, 0, 40)
"""A long receipt goes to the printer in several parts, so that a kill finds a torn one on paper."""

SILENCES = ("none", "none", "none", "whole", "from", "until")
"""How the authority's silence lies in a life: up to a moment of it, from there on, or all of it; half have none."""
AUDIT_EVERY = 40
STARTING_SHARE = 0.25
WORK_S = 1.0
FAULT_KINDS = (
    'kind = "code"\ncode = -1',
    'kind = "delay"\nseconds = 0.3',
    'kind = "delay"\nseconds = 0.8',
    'kind = "drop-after-processing"',
    'kind = "half"',
    'kind = "http"\nstatus = 503',
)


@dataclass(slots=True)
class Plan:
    """One life as the seed wants it: killed so long after its spawn or after its start, with such a silence."""

    is_starting: bool
    share: float
    silence: str
    turn: float


def plans(chance: Random) -> Iterator[Plan]:
    """Lives without end."""
    while True:
        yield Plan(chance.random() < STARTING_SHARE, chance.random(), chance.choice(SILENCES), chance.random())


def faults(chance: Random, requests: int) -> str:
    """The authority's script: something is wrong with every tenth of so many requests."""
    due = sorted(chance.sample(range(1, requests), requests // 10))
    return "".join(f"[[fault]]\nrequest = {number}\n{chance.choice(FAULT_KINDS)}\n" for number in due)


@dataclass(slots=True)
class Script:
    """Whoever keys, and their book: the prices keyed in each life, in cents."""

    chance: Random
    lives: list[list[int]] = field(default_factory=list)
    cents: int = 100

    def sale(self) -> tuple[str, ...]:
        """The keys of the next sale; it is in the book before it is keyed."""
        self.cents += 1
        self.lives[-1].append(self.cents)
        euros, cents = divmod(self.cents, 100)
        more = ("1", "DEPARTMENT_2") * self.chance.choice(MORE_ITEMS)
        return (*str(euros), "DOT", *f"{cents:02}", "DEPARTMENT_1", *more, *self.chance.choice(TENDERS))

    def disagreements(self, had: Counter[int]) -> Iterator[str]:
        """What of the book is not in the journal, whose prices in cents these are, as it must be."""
        yield from (f"the sale of {cents} cents came to be {count} times" for cents, count in had.items() if count > 1)
        yield from (
            f"nobody keyed {cents} cents" for cents in had.keys() - {one for keyed in self.lives for one in keyed}
        )
        for keyed in self.lives:
            came = [cents in had for cents in keyed]
            if came != sorted(came, reverse=True):
                yield f"of the sales {keyed} not the first ones came to be: {came}"


def prices(shop: Shop) -> Counter[int]:
    """How often each price is in the journal, in cents."""
    return Counter(round(intent.receipt.sale.items[0].unit_price * 100) for intent in shop.intents())


@contextmanager
def killing(process: subprocess.Popen[bytes], after_s: float) -> Iterator[None]:
    """Whatever the block does meanwhile, the power is cut after so long."""
    timer = Timer(after_s, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


class Campaign:
    """A shop whose register is killed again and again."""

    def __init__(self, shop: Shop, authority: subprocess.Popen[bytes], chance: Random) -> None:
        self.tally = Tally()
        self._shop = shop
        self._authority = authority
        self._script = Script(chance)
        self._auditor = Auditor(shop)
        self._start_s = 1.0

    def run(self, kills: int) -> None:
        """So many kills, audits between them and one at the end."""
        for number, plan in enumerate(plans(self._script.chance), 1):
            self._live(plan)
            if number % AUDIT_EVERY == 0 or number == kills:
                self._settle(number)
            if number == kills:
                break
        self._count()

    def _live(self, plan: Plan) -> None:
        """One life and its end."""
        shop, began, is_spared = self._shop, self._shop.starts(), is_near_poison(self._shop.records())
        self._script.lives.append([])
        self._quieten(plan.silence in ("whole", "until") and not is_spared)
        process = shop.start()
        if plan.is_starting and not is_spared:
            with killing(process, plan.share * self._start_s):
                process.wait(LIMIT_S)
        else:
            self._start(process, is_spared=is_spared)
            self._work(process, plan, is_silenced=plan.silence in ("from", "whole") and not is_spared)
        kill(process)
        self._quieten(False)
        forget_keys(shop)
        self.tally.counts["kills"] += 1
        self.tally.counts["killed selling" if shop.starts() > began else "killed starting"] += 1
        self.tally.counts["spared until progress"] += is_spared

    def _start(self, process: subprocess.Popen[bytes], *, is_spared: bool) -> None:
        """Wait until it has started, and until what is near to being taken for poison has come further."""
        shop, began, began_s = self._shop, self._shop.starts(), time.monotonic()
        assert await_or_death(shop, process, "the start", lambda: shop.starts() > began), shop.said()
        self._start_s = time.monotonic() - began_s
        if is_spared:
            await_that("some progress", lambda: not is_near_poison(shop.records()))

    def _work(self, process: subprocess.Popen[bytes], plan: Plan, *, is_silenced: bool) -> None:
        """Key one sale after another until the timer kills."""
        after_s = WORK_S * plan.share
        turn = Timer(after_s * plan.turn, self._quieten, (is_silenced,))
        turn.start()
        with killing(process, after_s):
            while process.poll() is None:
                due = len(self._shop.intents()) + 1
                self._shop.press(*self._script.sale())
                await_or_death(self._shop, process, "the sale", partial(self._has_sold, due))
        turn.cancel()
        turn.join()

    def _has_sold(self, due: int) -> bool:
        return sold(self._shop) >= due

    def _quieten(self, is_silent: bool) -> None:
        self._authority.send_signal(signal.SIGSTOP if is_silent else signal.SIGCONT)

    def _settle(self, number: int) -> None:
        recover(self._shop)
        self.tally.counts["audits"] += 1
        found = [*self._script.disagreements(prices(self._shop)), *self._auditor.audit()]
        self.tally.note(found, f"kill {number}")

    def _count(self) -> None:
        shop, counts = self._shop, self.tally.counts
        counts["sales keyed"] = sum(map(len, self._script.lives))
        counts["receipts"] = len(shop.intents())
        counts["off-line"] = sum(record.form is Form.OFFLINE for record in shop.records(Outcome))
        counts["mails failed"] = len(shop.records(MailFailed))
        counts["prints interrupted"] = len(shop.records(PrintInterrupted))
        counts["further attempts"] = len(shop.records(Attempted))
        counts["mails"] = len(shop.mails())
        counts["papers"] = len(shop.papers())
        counts["papers torn"] = sum(VOID in paper and len(paper.splitlines()) > 1 for paper in shop.papers())
        counts["requests"] = len(shop.messages())


def run_random(kills: int, seed: int) -> Tally:
    """So many kills in one shop."""
    chance = Random(seed)
    script = faults(chance, 20 * kills)
    with TemporaryDirectory(prefix="ekasa-kills-") as folder, open_for_kills(Path(folder), script) as (shop, authority):
        campaign = Campaign(shop, authority, chance)
        with kept_if_wrong(Path(folder), campaign.tally, f"random-{seed}"):
            campaign.run(kills)
        return campaign.tally
