"""What the journal keeps of a closed day, in one line of text: names and amounts, in a fixed order.

The first facts, up to those by rate, stand as in the first version of the program; what came later is after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from states.fiscal.day import Day, Tally
from states.fiscal.money import format_cents, parse_cents

_DRAWER = re.compile(r"(?:^| )drawer=(\S+)")
_NEWEST = re.compile(r"(?:^| )newest=(\S+)")
_NONE = "-"


def totals(day: Day) -> str:
    """The day's sums: ``receipts=2 total=24.90 cash=... 23=base/vat/gross ... PD=2/24.90 ... drawer=24.90``."""
    return " ".join((*_first(day), *_later(day)))


def drawer_cents_of(closed: str) -> int:
    """The euros in the drawer when the day was closed; 0 in what an older program wrote."""
    found = _DRAWER.search(closed)
    return parse_cents(found[1]) if found else 0


def is_before(closed: str, day: str) -> bool:
    """Whether all that a closing counts is of an earlier civil day; not of what an older program wrote."""
    found = _NEWEST.search(closed)
    return found is not None and (found[1] == _NONE or found[1] < day)


def _first(day: Day) -> Iterator[str]:
    yield f"receipts={day.total.count}"
    yield f"total={format_cents(day.total.cents)}"
    yield f"rounding={format_cents(day.rounding.cents)}"
    for tender, tally in day.by_tender:
        yield f"{tender}={format_cents(tally.cents)}"
    for line in day.by_rate:
        amounts = (line.base_cents, line.vat_cents, line.gross_cents)
        yield f"{line.rate}={'/'.join(map(format_cents, amounts))}"


def _later(day: Day) -> Iterator[str]:
    counted: list[tuple[str, Tally]] = [(kind, tally) for kind, tally in day.by_type]
    counted += [(f"items-{kind}", tally) for kind, tally in day.by_item]
    counted += [("invoices-paid", day.invoices_paid), ("invoices-returned", day.invoices_returned)]
    counted += [("deposits", day.deposits), ("withdrawals", day.withdrawals)]
    for name, tally in counted:
        yield f"{name}={tally.count}/{format_cents(tally.cents)}"
    for code, exchanged in sorted(day.by_currency.items()):
        yield f"{code}={exchanged.amount:f}/{format_cents(exchanged.cents)}"
    yield f"repaired={day.repaired}"
    yield f"newest={day.newest or _NONE}"
    yield f"opening={format_cents(day.opening_cents)}"
    yield f"drawer={format_cents(day.drawer_cents)}"
