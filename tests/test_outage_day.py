"""An outage day of 3,000 receipts: numbers dense, every message accepted before 96 hours, reports right to the cent.

The whole day is lived once, in virtual time, and each rule is a test of it. The same rules then watch a short night in
which one thing is broken on purpose, and must see it.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest

from controller.reading import read_journal
from controller.receipts import tell
from controller.verify import verify
from drivers.ports import Authority
from drivers.simulated.authority_store import month_sums
from states.fiscal.journal import Attempted, Closed, History, Intent, MailFailed, Opened, Outcome, Resolved, Stored
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Form, Receipt, Verdict
from states.fiscal.sealing import seal
from states.fiscal.vat import vat_lines
from tests.outage_baskets import Account
from tests.outage_day import SHORT, WHOLE, Day, Plan, Spell, live
from tests.virtual_shop import VirtualShop, VirtualStorage, Weather

MEMORY = Path("/dev/shm")
RECEIPTS_MIN = 3_000
OFFLINE_MIN = 0.40
LATEST = timedelta(hours=96)
ALARMS_H = (24, 72, 90)
RINGING = timedelta(seconds=5)
"""An alarm waits for the end of a sending."""
FULL_S, BRIEF_S = 5.0, 1.0
FAILURES = 3
SETTLED = timedelta(seconds=30)
"""So long after the weather turned an answer of before may still come."""
DARK = {Weather.SILENT, Weather.OVERLOADED, Weather.REFUSED, Weather.LOST, Weather.BROKEN}
"""Weather in which no sale is answered at all."""


@dataclass(frozen=True)
class Seen:
    """A day that was lived, and its journal as anybody may read it afterwards."""

    day: Day

    @property
    def shop(self) -> VirtualShop:
        """The shop of that day."""
        return self.day.shop

    @cached_property
    def stored(self) -> tuple[Stored, ...]:
        """Every record of the journal."""
        return tuple(read_journal(self.shop.folder))

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """The sealed receipts, in the order of the journal."""
        return tuple(one.record.receipt for one in self.stored if isinstance(one.record, Intent))

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each receipt by its OKP."""
        return {one.record.okp: one.record for one in self.stored if isinstance(one.record, Outcome)}

    @cached_property
    def offline(self) -> frozenset[str]:
        """The OKPs of the off-line receipts."""
        return frozenset(okp for okp, outcome in self.outcomes.items() if outcome.form is Form.OFFLINE)

    @cached_property
    def known_at(self) -> dict[str, datetime]:
        """When the register knew, durably, that the authority has it."""
        return {
            one.record.okp: datetime.fromtimestamp(one.at_ns / 1e9, UTC)
            for one in self.stored
            if isinstance(one.record, Outcome | Resolved) and one.record.uid
        }

    @property
    def is_whole(self) -> bool:
        """It is the long day, about which more can be said."""
        return self.day.plan is WHOLE


Rule = Callable[[Seen], Iterator[str]]


# --- Numbers and money ---------------------------------------------------------------------------------------


def there_are_enough_receipts(seen: Seen) -> Iterator[str]:
    """As many as customers came, and two of five off-line."""
    planned = sum(shift.customers for shift in seen.day.plan.shifts)
    if len(seen.receipts) != planned or (seen.is_whole and planned < RECEIPTS_MIN):
        yield f"{len(seen.receipts)} receipts of {planned} customers"
    if len(seen.offline) < OFFLINE_MIN * len(seen.receipts):
        yield f"only {len(seen.offline)} off-line receipts of {len(seen.receipts)}"


def numbers_are_dense(seen: Seen) -> Iterator[str]:
    """From 1 in each month, and the month is the one of the date."""
    months = defaultdict[str, list[int]](list)
    for receipt in seen.receipts:
        months[receipt.create_date[:7]].append(receipt.number)
    if sorted(months) != ["2026-10", "2026-11"]:
        yield f"the months are {sorted(months)}"
    for month, numbers in months.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the numbers of {month} are not 1 to {len(numbers)}"


def every_receipt_is_what_was_keyed(seen: Seen) -> Iterator[str]:
    """To the cent, by the cashier's own books."""
    for receipt, account in zip(seen.receipts, seen.day.accounts, strict=True):
        if (receipt.sale.total_cents, receipt.sale.rounding_cents) != (account.total_cents, account.rounding_cents):
            yield f"{receipt.key} is {receipt.amount}, keyed were {account}"


def reports_are_right(seen: Seen) -> Iterator[str]:
    """The daily reports together tell what the cashier's books tell, and so does the drawer."""
    told, closings = defaultdict[tuple[str, int], Decimal](Decimal), 0
    drawer = Decimal(0)
    for one in seen.stored:
        if isinstance(one.record, Closed):
            closings += 1
            for word, place, amount in _facts(one.record.totals):
                told[word, place] += amount
                drawer = amount if word == "drawer" else drawer
    due = _due(seen.day.accounts)
    if closings != len(seen.day.plan.shifts):
        yield f"{closings} daily reports"
    yield from (f"{fact} is {told[fact]}, due is {amount}" for fact, amount in due.items() if told[fact] != amount)
    cash = due["cash", 0] + Decimal(seen.day.moved_cents) / 100
    if drawer != cash:
        yield f"the drawer holds {drawer}, due is {cash}"


def the_authority_has_the_same_sums(seen: Seen) -> Iterator[str]:
    """By month: how many receipts, and how much money."""
    due = defaultdict[str, list[Account]](list)
    for receipt, account in zip(seen.receipts, seen.day.accounts, strict=True):
        due[receipt.month].append(account)
    sums = {one.month: (one.receipts, one.euros) for one in month_sums(seen.shop.authority.receipts.values())}
    for month, accounts in due.items():
        euros = Decimal(sum(one.total_cents for one in accounts if not one.is_training)) / 100
        if sums.get(month) != (len(accounts), euros):
            yield f"{month}: {len(accounts)} receipts of {euros}, the authority has {sums.get(month)}"


def _facts(totals: str) -> Iterator[tuple[str, int, Decimal]]:
    for word in totals.split():
        name, _, amounts = word.partition("=")
        if name != "newest":
            yield from ((name, place, Decimal(amount)) for place, amount in enumerate(amounts.split("/")))


def _due(accounts: Iterable[Account]) -> dict[tuple[str, int], Decimal]:
    """What the reports must tell: the words of a closing, each with its places."""
    due = defaultdict[tuple[str, int], Decimal](Decimal)
    for account in accounts:
        if account.is_training:
            continue
        due["receipts", 0] += 1
        due["total", 0] += Decimal(account.total_cents) / 100
        due["rounding", 0] += Decimal(account.rounding_cents) / 100
        for tender, cents in account.tenders_cents.items():
            due[tender, 0] += Decimal(cents) / 100
        for rate, cents in account.gross_cents.items():
            gross = Decimal(cents) / 100
            vat = (gross * rate / (100 + rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            for place, amount in enumerate((gross - vat, vat, gross)):
                due[str(rate), place] += amount
    return dict(due)


# --- The authority -------------------------------------------------------------------------------------------


def the_authority_has_each_receipt_once(seen: Seen) -> Iterator[str]:
    """Every OKP of the journal and no other, with one content in all its messages."""
    ours, theirs = {receipt.okp for receipt in seen.receipts}, set(seen.shop.authority.receipts)
    yield from (f"the authority does not have {okp}" for okp in sorted(ours - theirs))
    yield from (f"the authority has {okp}, which is not in the journal" for okp in sorted(theirs - ours))
    contents = defaultdict[str, set[bytes]](set)
    for sent in seen.shop.sent:
        contents[sent.okp].add(sent.content)
    yield from (f"{okp} was sent with {len(found)} contents" for okp, found in contents.items() if len(found) > 1)
    pkps = {one.okp: one.pkp for one in seen.shop.authority.receipts.values()}
    yield from (f"{one.key} has another PKP there" for one in seen.receipts if pkps.get(one.okp) != one.pkp)
    numbers = Counter((one.month, one.content.facts["ReceiptNumber"]) for one in seen.shop.authority.receipts.values())
    yield from (f"{count} receipts of {key}" for key, count in numbers.items() if count > 1)


def attempts_are_counted(seen: Seen) -> Iterator[str]:
    """SendingCount goes up by one in the journal, and up on the wire; no Uuid is used twice."""
    counts = defaultdict[str, list[int]](list)
    for sent in seen.shop.sent:
        counts[sent.okp].append(sent.count)
    for okp, found in counts.items():
        if any(first >= second for first, second in pairwise(found)):
            yield f"{okp} was sent with the counts {found}"
    attempts = defaultdict[str, list[Attempt]](list)
    for one in seen.stored:
        if isinstance(one.record, Intent):
            attempts[one.record.receipt.okp].append(one.record.attempt)
        elif isinstance(one.record, Attempted):
            attempts[one.record.okp].append(one.record.attempt)
    for okp, made in attempts.items():
        if [attempt.sending_count for attempt in made] != list(range(1, len(made) + 1)):
            yield f"{okp} was attempted as {made}"
    uuids = Counter(sent.uuid for sent in seen.shop.sent)
    yield from (f"the Uuid {uuid} was sent {count} times" for uuid, count in uuids.items() if count > 1)


def every_message_is_accepted_in_time(seen: Seen) -> Iterator[str]:
    """Before 96 hours after the first attempt the authority had it, and the register knew."""
    for receipt in seen.receipts:
        created = datetime.fromisoformat(receipt.create_date)
        known = seen.shop.authority.receipts.get(receipt.okp)
        if known is None or known.sendings[0].at - created >= LATEST:
            yield f"{receipt.key} was not taken in time"
        if receipt.okp not in seen.known_at or seen.known_at[receipt.okp] - created >= LATEST:
            yield f"the register does not know the UID of {receipt.key} in time"
    assert seen.shop.register is not None
    if (box := seen.shop.register.outbox.box).queue or box.aside:
        yield f"{box} is left in the outbox"


def one_message_waits_and_the_cashier_is_told(seen: Seen) -> Iterator[str]:
    """The one that the authority cannot take; the alarm of each age comes at once, since the shop is open then."""
    stuck = next(receipt for receipt in seen.receipts if receipt.okp == seen.day.stuck_okp)
    created = datetime.fromisoformat(stuck.create_date)
    known = seen.known_at.get(stuck.okp, created)
    if seen.is_whole and known - created < timedelta(hours=90):
        yield f"it waited only {known - created}"
    if known < seen.day.plan.stuck[1]:
        yield f"it was taken at {known}"
    for hours in ALARMS_H if seen.is_whole else ():
        due = created + timedelta(hours=hours)
        rung = [moment for moment, notice in seen.shop.beeps if notice == f"unsent-{hours}h"]
        if not rung or not timedelta() <= rung[0] - due < RINGING:
            yield f"the alarm of {hours} h was due at {due}, and rang at {rung[:1]}"


def the_new_certificate_sends_what_the_old_one_sealed(seen: Seen) -> Iterator[str]:
    """Messages that waited when it was renewed are signed anew; their PKP stays, and the authority takes it."""
    signers = defaultdict[str, set[bytes]](set)
    for sent in seen.shop.sent:
        signers[sent.okp].add(sent.signer)
    both = {okp for okp, found in signers.items() if len(found) == 2}
    serials = {receipt.okp: receipt.certificate_serial for receipt in seen.receipts}
    if len(both) < 10 or any(okp not in seen.known_at for okp in both):
        yield f"only {len(both & seen.known_at.keys())} messages were sent under both"
    if len({serials[okp] for okp in both if okp in serials}) != 1 or len(set(serials.values())) != 2:
        yield "receipts were not sealed under two certificates"
    opened = [one.record.certificate_pem for one in seen.stored if isinstance(one.record, Opened)]
    if len(set(opened)) != 2:
        yield f"the register was opened with {len(set(opened))} certificates"


# --- The counter ---------------------------------------------------------------------------------------------


def offline_receipts_are_paper(seen: Seen) -> Iterator[str]:
    """Printed once, marked as off-line, never mailed; on-line ones are mailed or printed once, and not so marked."""
    papers = Counter((paper.okp, paper.is_offline) for paper in seen.shop.printer.papers if paper.okp)
    mailed = Counter(okp for okp, _ in seen.shop.mail.mailed)
    failed = {one.record.okp for one in seen.stored if isinstance(one.record, MailFailed)}
    enough = {okp for okp, verdict in seen.shop.mail.mailed if verdict is Verdict.ACCEPTED} - failed
    for receipt in seen.receipts:
        okp, is_offline = receipt.okp, receipt.okp in seen.offline
        printed = papers[okp, is_offline], papers[okp, not is_offline]
        if mailed[okp] > (0 if is_offline else 1):
            yield f"{receipt.key} was mailed {mailed[okp]} times"
        if printed != (0 if okp in enough else 1, 0):
            yield f"{receipt.key}, mailed {mailed[okp]} times, was printed {printed}"


def nobody_waits_for_a_silent_authority(seen: Seen) -> Iterator[str]:
    """Nobody longer than the law's limit; and after three failures in a row a second at most, in every outage."""
    for wait in seen.shop.waits:
        if wait.seconds > (BRIEF_S if wait.briefly else FULL_S) + 0.001:
            yield f"{wait} is too long"
    for spell, until in _dark_spells(seen.day.plan):
        waits = [wait for wait in seen.shop.waits if spell.since + SETTLED <= wait.began < until]
        long = [wait for wait in waits if not wait.briefly]
        starts = 1 + sum(spell.since <= moment < until for moment in seen.shop.started)
        if len(long) > FAILURES * starts:
            yield f"{len(long)} of {len(waits)} sales had the full limit in the {spell.weather} since {spell.since}"


def _dark_spells(plan: Plan) -> Iterator[tuple[Spell, datetime]]:
    ends = [*(spell.since for spell in plan.spells[1:]), plan.shifts[-1].closes]
    return ((one, end) for one, end in zip(plan.spells, ends, strict=True) if one.weather in DARK)


def nothing_is_sealed_before_the_last_receipt(seen: Seen) -> Iterator[str]:
    """Dates never go back; while the clock is, the cashier is told so and the basket waits."""
    dates = [datetime.fromisoformat(receipt.create_date) for receipt in seen.receipts]
    if any(second < first for first, second in pairwise(dates)):
        yield "a receipt was created before the one before it"
    since = seen.day.plan.set_back_at
    gap = [wait for wait in seen.shop.waits if since <= wait.began < since + timedelta(minutes=19)]
    if gap:
        yield f"{len(gap)} receipts were sealed while the clock was back"
    if len(seen.day.refused_for_clock) < 15:
        yield f"only {len(seen.day.refused_for_clock)} refusals"
    if {said for _, said in seen.day.refused_for_clock} != {"Hodiny idú pred posledným dokladom: nastavte čas."}:
        yield f"the display said {seen.day.refused_for_clock[:3]}"


def it_was_switched_on_again(seen: Seen) -> Iterator[str]:
    """Once a shift, after each power cut, and for the certificate."""
    plan = seen.day.plan
    if len(seen.shop.started) != len(plan.shifts) + len(plan.cuts) + 1 or seen.shop.cuts:
        yield f"{len(seen.shop.started)} starts, and {seen.shop.cuts} never came"


# --- The auditor ---------------------------------------------------------------------------------------------


def the_audit_finds_nothing(seen: Seen) -> Iterator[str]:
    """``ekasa verify``: no invariant is broken, and nothing is left to do."""
    report = verify(seen.shop.folder)
    yield from (f"{one.invariant} {one.sentence}" for one in report.violations)
    yield from (f"{one.key} {one.sentence}" for one in report.open)


def every_receipt_can_be_replayed(seen: Seen) -> Iterator[str]:
    """``ekasa replay``: the tables lead where the journal says."""
    told = tell(seen.stored)
    if len(told) != len(seen.receipts):
        yield f"{len(told)} receipts were told"
    yield from (f"{one.intent.receipt.key} {one.differs}" for one in told if one.replayed is None)


RULES: tuple[Rule, ...] = (
    there_are_enough_receipts,
    numbers_are_dense,
    every_receipt_is_what_was_keyed,
    reports_are_right,
    the_authority_has_the_same_sums,
    the_authority_has_each_receipt_once,
    attempts_are_counted,
    every_message_is_accepted_in_time,
    one_message_waits_and_the_cashier_is_told,
    the_new_certificate_sends_what_the_old_one_sealed,
    offline_receipts_are_paper,
    nobody_waits_for_a_silent_authority,
    nothing_is_sealed_before_the_last_receipt,
    it_was_switched_on_again,
    the_audit_finds_nothing,
    every_receipt_can_be_replayed,
)
"""What must hold of a day; each yields what is wrong."""


def lived(plan: Plan, arrange: Callable[[VirtualShop], None] = lambda shop: None) -> Iterator[Seen]:
    """A day in a folder of its own, in memory if the machine has such a place: it is the sums that count here."""
    folder = Path(mkdtemp(prefix="ekasa-day-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield Seen(live(folder, plan, arrange))
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def whole() -> Iterator[Seen]:
    """The long day, lived once."""
    yield from lived(WHOLE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_day_of_3000_receipts(whole: Seen, rule: Rule) -> None:
    assert list(rule(whole)) == []


# --- Broken on purpose ---------------------------------------------------------------------------------------


class FromMemory(VirtualStorage):
    """The journal is asked for the last number once; then it is counted on."""

    last = -1

    async def last_number(self, month: str) -> int:
        """One more than before, whatever the month."""
        self.last = self.last + 1 if self.last >= 0 else await super().last_number(month)
        return self.last


class Forgetful(VirtualStorage):
    """One receipt that waits is lost at each start."""

    async def open_histories(self) -> tuple[History, ...]:
        """All but the newest."""
        return (await super().open_histories())[:-1]


@dataclass
class Resealing:
    """What is sent again gets a PKP of the key that is in force now."""

    shop: VirtualShop
    authority: Authority

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it."""
        if attempt.sending_count == 1:
            return await self.authority.register(receipt, attempt)
        signer = self.shop.load_signer()
        again = seal(
            receipt.sale,
            receipt.seller,
            receipt.number,
            receipt.create_date,
            sign=signer.sign,
            sw_id=receipt.sw_id,
            certificate_serial=signer.certificate_serial,
        )
        return await self.authority.register(again, attempt)

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it."""
        return await self.authority.locate(location, attempt)


def number_from_memory(shop: VirtualShop, _patch: pytest.MonkeyPatch) -> None:
    """The number is counted on, not asked for."""
    shop.storage_of = FromMemory


def pkp_made_anew(shop: VirtualShop, _patch: pytest.MonkeyPatch) -> None:
    """The seal is not what was sealed."""
    shop.authority_of = Resealing


def message_dropped(shop: VirtualShop, _patch: pytest.MonkeyPatch) -> None:
    """An off-line receipt is never sent."""
    shop.storage_of = Forgetful


def uuid_used_twice(shop: VirtualShop, _patch: pytest.MonkeyPatch) -> None:
    """Every other Uuid is the one before it."""
    fresh = shop.new_uuid
    made: list[str] = []

    def stale() -> str:
        made.append(made[-1] if len(made) % 2 else fresh())
        return made[-1]

    shop.new_uuid = stale


def line_never_given_up(_shop: VirtualShop, patch: pytest.MonkeyPatch) -> None:
    """Every customer of an outage waits for the full limit."""
    patch.setattr("states.machines.line.FAILURES_MAX", 10**6)


def clock_not_looked_at(_shop: VirtualShop, patch: pytest.MonkeyPatch) -> None:
    """A receipt may be dated before the last one."""
    patch.setattr("controller.outputs._check_time", lambda now, not_after, last: None)


def rate_forgotten(_shop: VirtualShop, patch: pytest.MonkeyPatch) -> None:
    """The daily report leaves out what was sold at one rate."""
    patch.setattr(
        "states.fiscal.counting.vat_lines", lambda items: tuple(line for line in vat_lines(items) if line.rate != 5)
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_short_night(short: Seen, rule: Rule) -> None:
    """What is broken below holds when nothing is."""
    assert list(rule(short)) == []


@pytest.fixture(scope="module")
def short() -> Iterator[Seen]:
    """The short night, lived once."""
    yield from lived(SHORT)


BROKEN: tuple[tuple[Callable[[VirtualShop, pytest.MonkeyPatch], None], Rule], ...] = (
    (number_from_memory, numbers_are_dense),
    (pkp_made_anew, the_authority_has_each_receipt_once),
    (message_dropped, every_message_is_accepted_in_time),
    (uuid_used_twice, attempts_are_counted),
    (line_never_given_up, nobody_waits_for_a_silent_authority),
    (clock_not_looked_at, nothing_is_sealed_before_the_last_receipt),
    (rate_forgotten, reports_are_right),
)


@pytest.mark.parametrize(("broken", "rule"), BROKEN, ids=lambda one: one.__name__)
def test_what_is_broken_is_seen(
    broken: Callable[[VirtualShop, pytest.MonkeyPatch], None], rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault by the rule that is about it."""
    for seen in lived(SHORT, lambda shop: broken(shop, monkeypatch)):
        found = list(rule(seen))
        print(*found[:3], sep="\n")
        assert found != []
