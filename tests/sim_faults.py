"""The drawers of faults: what each is called, where it strikes, and how often it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from tests import sim_authority, sim_mail, sim_paper
from tests.sim_chance import one_in, weighted


class Drawer(StrEnum):
    """The kinds of faults, as the report counts them."""

    AUTHORITY = "authority"
    MAIL = "mail"
    PRINTER = "printer"
    DISK = "disk"
    POWER = "power"
    KEYPAD = "keypad"
    CLOCK = "clock"
    INDEX = "index"
    CERTIFICATE = "certificate"


CLOCKS: dict[str, timedelta] = {
    "clock+1s": timedelta(seconds=1),
    "clock-1s": timedelta(seconds=-1),
    "clock+1h": timedelta(hours=1),
    "clock-1h": timedelta(hours=-1),
    "clock+1d": timedelta(days=1),
    "clock-1d": timedelta(days=-1),
}
BOOT_1970 = "clock-1970-at-boot"

KEYPADS = ("key-bounce", "key-two-at-once", "key-burst", "key-while-busy", "key-type-ahead", "key-stray")
DISKS = ("disk-write-error", "disk-sync-error", "disk-full", "disk-slow")
CUTS = ("power-cut-at-step", "power-cut-in-state", "power-cut-any-time", "process-killed")
NESTED = "power-cut-in-recovery"
INDEXES = ("index-lost", "index-spoilt", "index-old")
RENEWED = "certificate-renewed"
EXPIRED = "certificate-expired"
FLIPPED = "bit-flipped"

NAMES: dict[Drawer, tuple[str, ...]] = {
    Drawer.AUTHORITY: tuple(sim_authority.FAULTS),
    Drawer.MAIL: tuple(sim_mail.FAULTS),
    Drawer.PRINTER: (*sim_paper.FAULTS, "drawer-dead"),
    Drawer.DISK: DISKS,
    Drawer.POWER: CUTS,
    Drawer.KEYPAD: KEYPADS,
    Drawer.CLOCK: tuple(CLOCKS),
    Drawer.CERTIFICATE: (RENEWED,),
}
"""What may be laid ready for one customer; the other drawers are opened while the register is off."""

LAID_ONE_IN = 2.2
WEIGHTS: dict[Drawer, float] = {
    Drawer.AUTHORITY: 30,
    Drawer.MAIL: 16,
    Drawer.PRINTER: 14,
    Drawer.DISK: 8,
    Drawer.POWER: 10,
    Drawer.KEYPAD: 10,
    Drawer.CLOCK: 2,
    Drawer.CERTIFICATE: 0.4,
}
ALL: dict[Drawer, tuple[str, ...]] = NAMES | {
    Drawer.CLOCK: (*CLOCKS, BOOT_1970),
    Drawer.POWER: (*CUTS, NESTED),
    Drawer.INDEX: INDEXES,
    Drawer.CERTIFICATE: (RENEWED, EXPIRED),
    Drawer.DISK: (*DISKS, FLIPPED),
}
DRAWER_OF = {name: drawer for drawer, names in ALL.items() for name in names}


@dataclass(frozen=True, slots=True)
class Laid:
    """A fault that was drawn for a customer."""

    drawer: Drawer
    name: str


def draw(chance: Random, *, is_mailed: bool) -> list[Laid]:
    """What is laid ready for one customer: nothing for most, at most three faults."""
    if not one_in(chance, LAID_ONE_IN):
        return []
    count = weighted(chance, {1: 70, 2: 22, 3: 8})
    weights = dict(WEIGHTS)
    if is_mailed:
        weights[Drawer.MAIL] *= 3
    else:
        del weights[Drawer.MAIL]
    drawers = [weighted(chance, weights) for _ in range(count)]
    return [Laid(drawer, chance.choice(NAMES[drawer])) for drawer in dict.fromkeys(drawers)]
