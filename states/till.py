"""What the shop set on its register: departments and how amounts are typed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Department:
    """A key that sells: the item's name and its rate of VAT."""

    number: int
    name: str
    vat_rate: int


@dataclass(frozen=True, slots=True)
class Till:
    """Departments by number; with ``implied_cents`` 1250 is 12.50, as older registers have it."""

    departments: tuple[Department, ...]
    implied_cents: bool = False

    def department(self, number: int) -> Department | None:
        """The department of this key, if the shop set one."""
        return next((one for one in self.departments if one.number == number), None)
