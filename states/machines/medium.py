"""The storage's health: the register warns before it is full, and when its second copy is no longer written.

A full storage refuses the next sale by itself (``Seal`` fails), so nothing is blocked here.
Source: I25; reliability 3.1 and F8.
"""

from __future__ import annotations

from dataclasses import dataclass

from states import effects as do, events as on
from states.table import Rest, Row, Table, Then, otherwise, then

FULL_PERCENT = 95
FILLING = "medium-filling"
COPY_LOST = "medium-copy-lost"


@dataclass(frozen=True, slots=True)
class Sound:
    """There is room, and a copy that was wanted is written."""


@dataclass(frozen=True, slots=True)
class Ailing:
    """Something is amiss; ``notices`` are the words of what the cashier must know."""

    notices: tuple[str, ...]


def notices_of(event: on.MediumTold) -> tuple[str, ...]:
    """The words of what is amiss with such a medium, none while nothing is."""
    ills = ((COPY_LOST, event.is_copy_lost), (FILLING, event.used_percent >= FULL_PERCENT))
    return tuple(notice for notice, is_so in ills if is_so)


def is_sound(_state: Sound | Ailing, event: on.MediumTold) -> bool:
    """Nothing is amiss."""
    return not notices_of(event)


def is_worse(state: Ailing, event: on.MediumTold) -> bool:
    """Something more is amiss."""
    return bool(set(notices_of(event)) - set(state.notices))


def relax(_state: Sound | Ailing, _event: on.MediumTold) -> Then[Sound]:
    """There is room, or room again."""
    return then(Sound())


def warn(_state: Sound, event: on.MediumTold) -> Then[Ailing]:
    """Each is said once."""
    notices = notices_of(event)
    return then(Ailing(notices), *map(do.Beep, notices))


def warn_again(state: Ailing, event: on.MediumTold) -> Then[Ailing]:
    """Only what is new is said."""
    notices = notices_of(event)
    return then(Ailing(notices), *(do.Beep(notice) for notice in notices if notice not in state.notices))


def keep(_state: Ailing, event: on.MediumTold) -> Then[Ailing]:
    """The same, or less of it."""
    return then(Ailing(notices_of(event)))


# fmt: off
MEDIUM = Table(
    name="medium",
    initial=Sound,
    rest={on.Event: Rest.IGNORE},
    rows=(
        #   in state on event       when       go to   doing       because
        Row(Sound,  on.MediumTold, is_sound,  Sound,  relax,      "R-46"),
        Row(Sound,  on.MediumTold, otherwise, Ailing, warn,       "R-46"),
        Row(Ailing, on.MediumTold, is_sound,  Sound,  relax,      "R-46"),
        Row(Ailing, on.MediumTold, is_worse,  Ailing, warn_again, "R-46"),
        Row(Ailing, on.MediumTold, otherwise, Ailing, keep,       "R-46"),
    ),
)
# fmt: on
