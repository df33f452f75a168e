"""One receipt as the world saw it: what the medium holds of it, what left for whom, and what came out on paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from states.fiscal.journal import Intent, Outcome
from states.fiscal.receipt import Receipt
from tests.outage_baskets import Account
from tests.sim_authority import Arrival
from tests.sim_durable import Seen
from tests.sim_mail import Mailed
from tests.sim_paper import Print
from tests.sim_world import World

Kind = TypeVar("Kind")


@dataclass
class Case:
    """One receipt; ``account`` is what the cashier's books say of it, None where a wrong key may have changed it."""

    world: World
    okp: str
    account: Account | None = None
    is_over: bool = False

    @cached_property
    def seen(self) -> list[Seen]:
        """Its durable records."""
        return self.world.durable.by_okp.get(self.okp, [])

    @cached_property
    def receipt(self) -> Receipt | None:
        """As it was sealed, None if no Intent is durable."""
        first = self.seen[0].record if self.seen else None
        return first.receipt if isinstance(first, Intent) else None

    @cached_property
    def arrivals(self) -> list[Arrival]:
        """What left for the authority."""
        return self.world.authority.by_okp.get(self.okp, [])

    @cached_property
    def mails(self) -> list[Mailed]:
        """What left for the mail server."""
        return self.world.mail.by_okp.get(self.okp, [])

    @cached_property
    def prints(self) -> list[Print]:
        """Each time that the original was given to the printer."""
        return self.world.printer.by_okp.get(self.okp, [])

    @cached_property
    def outcome(self) -> Seen | None:
        """Its outcome."""
        return next((one for one in self.seen if isinstance(one.record, Outcome)), None)

    @property
    def outcome_reason(self) -> str:
        """Why there was no answer, as the outcome says."""
        return self.outcome.record.reason if self.outcome and isinstance(self.outcome.record, Outcome) else ""

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Its durable records of a kind."""
        return [one.record for one in self.seen if isinstance(one.record, kind)]

    def has(self, kind: type[object], head: int) -> int:
        """How many records of a kind were durable when ``head`` was the last one."""
        return sum(isinstance(one.record, kind) and one.seq <= head for one in self.seen)
