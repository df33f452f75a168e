"""The table of invariants, I1 to I28, and who asks them: after each start, after each customer, and at the end.

A rule is asked for what is new since the last customer, so that a long life costs no more a receipt than a short one.
What only a real process can show is in ``ELSEWHERE``, by the test that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from controller.receipts import tell
from controller.verify import verify
from drivers.journal_frames import segment_name
from states.fiscal.journal import Resolved, SetAside, Stored, okp_of
from tests import sim_rules as of_receipt, sim_rules_bounds as of_port, sim_rules_day as of_day
from tests.outage_baskets import Account
from tests.sim_case import Case
from tests.sim_cashier import Visit
from tests.sim_rules_day import Day
from tests.sim_world import World

Violation = tuple[str, str]

# fmt: off
RECEIPT_RULES: tuple[tuple[str, Callable[[Case], Iterator[str]]], ...] = (
    ("I4",  of_receipt.written_ahead),
    ("I5",  of_receipt.nothing_comes_from_nowhere),
    ("I7",  of_receipt.content_is_frozen),
    ("I8",  of_receipt.seal_is_sound),
    ("I9",  of_receipt.attempts_are_counted),
    ("I11", of_receipt.uids_are_its_own),
    ("I12", of_receipt.first_uid_stays),
    ("I13", of_receipt.refused_is_not_handed_out),
    ("I14", of_receipt.form_is_right),
    ("I15", of_receipt.delivered_once),
    ("I16", of_receipt.mail_is_online),
    ("I17", of_receipt.failed_mail_is_printed),
    ("I18", of_receipt.mailed_once),
    ("I19", of_receipt.one_original),
    ("I22", of_receipt.sale_is_not_delayed),
    ("I23", of_receipt.money_agrees),
    ("I25", of_receipt.room_was_reserved),
)
END_RULES = (("I15", of_receipt.delivered_once), ("I17", of_receipt.failed_mail_is_printed))
DAY_RULES: tuple[tuple[str, Callable[[Day], Iterator[str]]], ...] = (
    ("I4",  of_port.drawer_follows_a_record),
    ("I2",  of_day.at_most_one_record_was_under_way),
    ("I5",  of_day.numbers_are_unique),
    ("I6",  of_day.numbers_are_dense),
    ("I8",  of_day.codes_are_unique),
    ("I9",  of_day.uuids_are_fresh),
    ("I10", of_day.one_sale_one_number),
    ("I19", of_day.copies_are_copies),
    ("I20", of_day.nothing_waits_for_long),
    ("I21", of_port.set_aside_at_the_third_start),
    ("I23", of_day.reports_are_closed_once),
    ("I24", of_day.dates_never_go_back),
    ("I27", of_day.papers_have_bounds),
    ("I27", of_port.exchanges_have_bounds),
    ("I27", of_port.display_has_bounds),
    ("I26", of_day.addresses_are_dropped),
    ("I28", of_day.recovery_leads_where_it_led),
)
# fmt: on

WITNESSED = {
    "I1": "each acknowledgement is held against the medium at that moment, and the whole journal at the end",
    "I2": "a bit that is turned in a closed record must be refused at the next start",
    "I3": "the chain is computed again as records become durable",
    "I26": "every durable record is searched for whole e-mail addresses",
    "I27": "an assertion of a limit that fails stops the register, and a stop is a violation",
}
"""Rules that the world itself asks, at the moment at which they matter."""

ELSEWHERE = {
    "I22": "bounds in real milliseconds: test_bench.py",
    "I26": "the log, tracebacks and exports of a real process: test_security_canary.py",
    "I27": "memory and descriptors of a real process: test_process_limits.py",
}
"""What of an invariant only a real process can show, and where it is shown."""


class Judge:
    """Asks the rules; ``intents_heard`` is how many receipts somebody was told of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._day = Day(world)
        self._accounts: dict[str, Account] = {}
        self._looked = [0, 0, 0]
        self.intents_heard = 0

    def after_visit(self, visit: Visit) -> list[Violation]:
        """What is wrong with anything that happened since the last customer."""
        if visit.account is not None and len(visit.okps) == 1:
            self._accounts[visit.okps[0]] = visit.account
        self._day.advance()
        found = list(of_day.frames_are_sound(self._day))
        found += [(number, said) for number, rule in DAY_RULES for said in rule(self._day)]
        for okp in self._touched():
            found += self._judged(okp)
        found += self._paid_once(visit)
        return found

    def _touched(self) -> list[str]:
        """The receipts of which there is anything new, oldest first."""
        world, looked = self._world, self._looked
        seen = [okp_of(one.record) for one in self._day.fresh]
        seen += [one.receipt.okp for one in world.authority.arrivals[looked[0] :]]
        seen += [one.okp for one in world.mail.mails[looked[1] :]]
        seen += [one.okp for one in world.printer.prints[looked[2] :]]
        self._looked = [len(world.authority.arrivals), len(world.mail.mails), len(world.printer.prints)]
        return [okp for okp in dict.fromkeys(seen) if okp]

    def _judged(self, okp: str, *, is_over: bool = False) -> Iterator[Violation]:
        case = Case(self._world, okp, self._accounts.get(okp), is_over)
        for number, rule in END_RULES if is_over else RECEIPT_RULES:
            yield from ((number, said) for said in rule(case))

    def _paid_once(self, visit: Visit) -> Iterator[Violation]:
        if not visit.keypad and len(visit.okps) > 1:
            yield "I10", f"customer {visit.number} paid once and has the receipts {visit.okps}"

    # --- At the end ----------------------------------------------------------------------------------------

    def after_drain(self, seconds: float) -> Iterator[Violation]:
        """The authority was fair for so long: it has everything, or has refused it."""
        for okp in self._world.waiting:
            records = self._world.durable.by_okp[okp]
            if not any(isinstance(one.record, Resolved | SetAside) for one in records):
                yield "I20", f"{okp} is not sent, {seconds:.0f} s after the authority answers"
        for intent in self._world.durable.intents:
            okp = intent.receipt.okp
            is_left = okp in self._world.authority.by_okp or self._world.durable.of(okp, SetAside)
            if not is_left and not self._world.clock.expired_ever:
                yield "I20", f"{intent.receipt.key} never left for the authority"

    def at_end(self) -> Iterator[Violation]:
        """Everything once more, over the whole life, and what others say of its bytes."""
        for intent in self._world.durable.intents:
            yield from self._judged(intent.receipt.okp, is_over=True)
        folder = self._world.folder / "audit"
        write_kept(self._world, folder)
        report = verify(folder)
        yield from ((one.invariant, f"verify, record {one.seq}: {one.sentence}") for one in report.violations)
        if report.chain != self._world.durable.chain.hex():
            yield "I3", "verify has another chain than the medium"
        stored = [Stored(one.seq, 0, one.chain, one.record) for one in self._world.durable.seen]
        told = tell(stored)
        yield from (("I15", f"replay of {one.intent.receipt.key}: {one.differs}") for one in told if not one.replayed)


def write_kept(world: World, folder: Path) -> None:
    """The segments as the medium has them, for whoever reads files."""
    folder.mkdir()
    number = 1
    while content := world.disk.kept(segment_name(number)):
        (folder / segment_name(number)).write_bytes(content)
        number += 1
