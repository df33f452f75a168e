"""What the law demands on which day: rates of VAT, the response limit, what the message holds, rounding of cash.

Sources: law 222/2004 § 27 (rates); law 18/1996 § 3 (rounding since 1.7.2022); the authority's notices to vendors of
2024-10 (rates, no recap in the message during 2025) and 2026-03 (recap again, five seconds, no VK and VY).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds from a day on: ``rates`` in per cent at which goods are sold, the shortest response limit in seconds.

    ``is_recap_sent``: the message of a payer of VAT holds the sums by group of rates; ``are_cash_moves_sent``: deposits
    and withdrawals are messages (VK, VY); ``is_cash_rounded``: what is paid in cash is rounded to five cents.
    """

    since: date
    rates: frozenset[int]
    response_limit_s: int
    is_recap_sent: bool
    are_cash_moves_sent: bool
    is_cash_rounded: bool


_OLD_RATES, _RATES = frozenset({20, 10, 0}), frozenset({23, 19, 5, 0})

# fmt: off
RULES = (
    #     since              rates       limit  recap  moves  rounding
    Rules(date(2019, 4, 1),  _OLD_RATES, 2,     True,  True,  False),
    Rules(date(2022, 7, 1),  _OLD_RATES, 2,     True,  True,  True),
    Rules(date(2025, 1, 1),  _RATES,     2,     False, True,  True),
    Rules(date(2026, 1, 1),  _RATES,     5,     True,  False, True),
)
# fmt: on
"""The changes in the order of their days; a new one is one more line."""

NEWEST = RULES[-1]


def rules_on(day: date) -> Rules:
    """The rules of a civil day; before the system began (1.4.2019) those of its first day."""
    return next((rules for rules in reversed(RULES) if rules.since <= day), RULES[0])


def rules_of(create_date: str) -> Rules:
    """The rules of the day of a 25-character date."""
    return rules_on(date.fromisoformat(create_date[:10]))
