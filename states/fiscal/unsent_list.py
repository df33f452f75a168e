"""The list of unsent messages on paper.

Source: protocol facts, chapters 5 (96 hours from the first attempt) and 7.1 (the list goes without VAT).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from states.fiscal.codes import create_date, paper_time, read_date
from states.fiscal.identity import Identity
from states.fiscal.journal import Moved, MovedAnswered, MovedAttempted, Record
from states.fiscal.original import seller_lines
from states.fiscal.paper import Cut, Line, centred, lefts, pair, rule, wrap_code
from states.fiscal.slip import UnsentList, UnsentRow

TITLE = "NEODOSLANÉ DÁTOVÉ SPRÁVY"
DEADLINE = timedelta(hours=96)


@dataclass(frozen=True, slots=True)
class Locations:
    """The locations without the authority's consent, folded from the journal, oldest first."""

    rows: tuple[UnsentRow, ...] = ()

    def after(self, record: Record) -> Locations:
        """With one more record; a new location replaces those that were refused."""
        match record:
            case Moved(location, attempt):
                waiting = tuple(row for row in self.rows if not row.code)
                new = UnsentRow(location.id, "", "", location.create_date, attempt.sending_count, 0)
                return Locations((*waiting, new))
            case MovedAttempted(id=id_, attempt=attempt):
                count = attempt.sending_count
                return Locations(
                    tuple(replace(row, sending_count=count) if row.key == id_ else row for row in self.rows)
                )
            case MovedAnswered(id=id_, code=0):
                return Locations(tuple(row for row in self.rows if row.key != id_))
            case MovedAnswered(id=id_, code=code):
                return Locations(tuple(replace(row, code=code) if row.key == id_ else row for row in self.rows))
        return self


def unsent_lines(unsent: UnsentList, identity: Identity, columns: int) -> tuple[Line, ...]:
    """The list on paper, oldest first; what was refused will not be sent as it is, so it has no deadline."""
    return (
        *seller_lines(identity, columns),
        *centred(TITLE, columns, bold=True),
        *lefts(pair("Vyhotovené:", paper_time(unsent.at), columns)),
        *lefts(pair("Počet:", str(len(unsent.rows)), columns)),
        *(line for row in unsent.rows for line in (rule(columns), *_row(row, columns))),
        rule(columns),
        Cut(),
    )


def deadline_of(date: str) -> str:
    """Until when a message of this date (25 characters) must have been sent, in the same form."""
    return create_date(read_date(date) + DEADLINE)


def _row(row: UnsentRow, columns: int) -> Iterator[Line]:
    amount = f"{row.amount} EUR" if row.amount else ""
    yield from lefts(pair(row.key if row.okp else f"Poloha {row.key}", amount, columns), bold=True)
    if row.okp:
        yield from lefts(("OKP:", *wrap_code(row.okp, columns)))
    until = "Odoslať do:", paper_time(deadline_of(row.create_date))
    fate = ("Odmietnuté kódom:", str(row.code)) if row.code else until
    for label, value in (("Vyhotovené:", paper_time(row.create_date)), fate, ("Pokusy:", str(row.sending_count))):
        yield from lefts(pair(label, value, columns))
