"""Receipts that the register cannot get past: what the newest records say of the last starts, and nothing else does.

A receipt whose recovery, or whose sending, ends the process would end it at each start. So the third start in a row
without progress sets it aside, and the others flow. What ended a start the journal cannot tell: three power cuts, each
in the few seconds that the authority or the printer takes after a start, look alike. The receipt is then set aside too,
which is why the cashier is told of it by its number. A night, or an orderly end, is no such cut: by then each print and
each question has its record. Source: I21.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from states.fiscal.journal import (
    Attempted,
    CatalogueSet,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    SetAside,
    TailDropped,
    okp_of,
)

STARTS_MAX = 3
"""At the so-manieth start in a row that finds a receipt where the one before found it, it is set aside."""

RECENT_RECORDS = 256
"""So many of the newest records are looked at: a process that wrote more of them did not end for its first task."""

POWER_CUT = "power-cut"
"""What recovery writes as the reason of an end that nobody saw."""

Start = list[Record]
"""The records from one start to the next, the first an Opened."""


def starts_of(records: Iterable[Record]) -> list[Start]:
    """The newest records by the start that wrote them; those of a start that began before them are left out,
    and what a program writes before its Opened."""
    starts: list[Start] = []
    for record in records:
        if isinstance(record, Opened):
            starts.append([record])
        elif starts and not isinstance(record, TailDropped | CatalogueSet):
            starts[-1].append(record)
    return starts


def starts_without_delivery(okp: str, records: Iterable[Record]) -> int:
    """How many starts in a row, the present one included, found this undelivered receipt at the same place."""
    return _in_a_row([_comes_no_further(okp, start) for start in starts_of(records)])


def starts_without_answer(okp: str, records: Iterable[Record]) -> int:
    """How many starts in a row, the present one included, followed an end in this receipt's first sending of a start.

    An authority that does not answer lets the register live, so that its next attempt, or a sale, follows.
    """
    *past, _ = starts_of(records)
    return _in_a_row([*(_ends_in_sending(okp, start) and _comes_no_further(okp, start) for start in past), True])


def last_sent(records: Iterable[Record]) -> str:
    """The OKP of the receipt with whose sending the start before the present one ended, empty for none."""
    *past, _ = starts_of(records)
    last = past[-1][-1] if past else None
    return last.okp if isinstance(last, Attempted) else ""


def is_progress(okp: str, record: Record) -> bool:
    """The receipt came further by this record, or was given up; what recovery writes, and the outbox, is none."""
    match record:
        case MailFailed(phase=reason) | PrintInterrupted(reason=reason):
            return record.okp == okp and reason != POWER_CUT
        case Intent() | Outcome() | Delivered() | SetAside():
            return okp_of(record) == okp
    return False


def _comes_no_further(okp: str, start: Start) -> bool:
    return not any(is_progress(okp, record) for record in start)


def _ends_in_sending(okp: str, start: Start) -> bool:
    own = [record for record in start if isinstance(record, Attempted) and record.okp == okp]
    return len(own) == 1 and start[-1] is own[0]


def _in_a_row(are_stuck: Sequence[bool]) -> int:
    """How many of the last are so."""
    return next((count for count, is_stuck in enumerate(reversed(are_stuck)) if not is_stuck), len(are_stuck))
