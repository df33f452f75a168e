"""What the interface document leaves open, as settings of the simulated authority.

A script of faults may set them in a table ``[authority]`` with the names below as keys; they hold for every request.

    duplicates      same-uid: a receipt sent again gets its first UID; new-uid: a new one each time; refused: a code
    duplicate_code  the code that a receipt sent again is refused with (-2, and the detail says why)
    test_uids       UIDs end in -TEST, and faults say their Detail, as in the integration environment
    faults_signed   a fault is signed, as all messages are said to be; the document's own example is not
    fault_status    the HTTP status of a fault
    recap_required  a sale without a summary of VAT is refused (-119), as it was before 2025
    clock_s         how far the authority's clock is ahead of the true time, in seconds; below zero: behind
    finds_per_hour  how many searches one address may make in an hour; 0: as many as it likes
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any

import msgspec

CLOCK_MAX_S = 10 * 365 * 24 * 3600


class Duplicates(StrEnum):
    """What a receipt gets whose OKP is registered already; nothing is registered twice whichever it is."""

    SAME_UID = "same-uid"
    NEW_UID = "new-uid"
    REFUSED = "refused"


@dataclass(kw_only=True)
class Habits:
    """The settings; their meaning is at the top of this file."""

    duplicates: Duplicates = Duplicates.SAME_UID
    duplicate_code: Annotated[int, msgspec.Meta(ge=-999, le=-2)] = -2
    test_uids: bool = True
    faults_signed: bool = True
    fault_status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 500
    recap_required: bool = False
    clock_s: Annotated[float, msgspec.Meta(ge=-CLOCK_MAX_S, le=CLOCK_MAX_S)] = 0.0
    finds_per_hour: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


def parse_habits(table: Any) -> dict[str, Any]:
    """The settings that a table of a script names; ValueError names the key that is wrong."""
    known = {field.name for field in fields(Habits)}
    if not isinstance(table, dict):
        raise ValueError("authority: expected a table")
    for key in table:
        if key not in known:
            raise ValueError(f"authority: unknown key {key!r}; expected {', '.join(sorted(known))}")
    try:
        habits = msgspec.convert(table, Habits)
    except msgspec.ValidationError as error:
        raise ValueError(f"authority: {error}") from error
    return {key: getattr(habits, key) for key in table}
