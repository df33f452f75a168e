"""VAT: which rates there are, and how much of a receipt is base and how much is tax; since when is in ``rules``.

Sources: law 222/2004 § 27 (23, 19 and 5 per cent since 1.1.2025; 20 and 10 before); IR 2.9 (TaxBaseBasic,
BasicVatAmount); the message of 2026 adds 19 and 5 per cent together as Reduced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from states.fiscal.receipt import Item, ItemType


class Group(StrEnum):
    """Where the message counts a rate."""

    BASIC = "basic"
    REDUCED = "reduced"
    FREE = "free"


GROUPS = {23: Group.BASIC, 20: Group.BASIC, 19: Group.REDUCED, 10: Group.REDUCED, 5: Group.REDUCED, 0: Group.FREE}
"""Every rate there is or was, in per cent; one that is over stays legal on a return of goods that were sold at it."""


@dataclass(frozen=True, slots=True)
class VatLine:
    """One rate of a receipt; ``base_cents + vat_cents == gross_cents`` always."""

    rate: int
    gross_cents: int
    base_cents: int
    vat_cents: int

    def __add__(self, other: VatLine) -> VatLine:
        """Amounts of the same rate, already rounded, added up."""
        if self.rate != other.rate:
            raise ValueError(f"rates differ: {self.rate} and {other.rate}")
        return VatLine(
            self.rate,
            self.gross_cents + other.gross_cents,
            self.base_cents + other.base_cents,
            self.vat_cents + other.vat_cents,
        )


def vat_line(rate: int, gross_cents: int) -> VatLine:
    """The tax in a gross amount, rounded half up and away from zero; the base is what remains."""
    whole = 100 + rate
    size = (2 * abs(gross_cents) * rate + whole) // (2 * whole)
    vat_cents = -size if gross_cents < 0 else size
    return VatLine(rate, gross_cents, gross_cents - vat_cents, vat_cents)


def vat_lines(items: Iterable[Item]) -> tuple[VatLine, ...]:
    """One line for each rate of the items, the highest rate first; each is rounded once, from its sum."""
    gross_cents: defaultdict[int, int] = defaultdict(int)
    for item in items:
        gross_cents[item.vat_rate] += item.price_cents
    return tuple(vat_line(rate, gross_cents[rate]) for rate in sorted(gross_cents, reverse=True))


def supplies(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items that a recap for people counts: an advance of rate 0 lowers only the sum to pay, and frees nothing."""
    return tuple(item for item in items if item.type is not ItemType.ADVANCE or item.vat_rate)


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums of the message in cents; None where the receipt has no item of that group."""

    base_basic: int | None
    vat_basic: int | None
    base_reduced: int | None
    vat_reduced: int | None
    free: int | None


def summary(lines: Iterable[VatLine]) -> Summary:
    """The lines added up by group; ValueError for a rate that never was one."""
    groups: defaultdict[Group, list[VatLine]] = defaultdict(list)
    for line in lines:
        if line.rate not in GROUPS:
            raise ValueError(f"not a VAT rate: {line.rate}")
        groups[GROUPS[line.rate]].append(line)
    basic, reduced, free = (groups[group] for group in Group)
    return Summary(*_base_and_vat(basic), *_base_and_vat(reduced), _base_and_vat(free)[0])


def _base_and_vat(lines: list[VatLine]) -> tuple[int | None, int | None]:
    if not lines:
        return None, None
    return sum(line.base_cents for line in lines), sum(line.vat_cents for line in lines)
