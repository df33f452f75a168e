"""A deposit or a withdrawal on paper: a slip of the shop, with room for a hand.

Source: since 1.1.2026 cash moved is no message to the authority (protocol facts, chapter 0.1).
"""

from __future__ import annotations

from states.fiscal.codes import paper_time
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.names import one_line
from states.fiscal.original import seller_lines
from states.fiscal.paper import Cut, Line, Text, centred, lefts, pair, rule
from states.fiscal.slip import CashSlip

DEPOSIT = "VKLAD HOTOVOSTI"
WITHDRAWAL = "VÝBER HOTOVOSTI"
LOCAL = "Nie je dokladom e-kasa, finančnej správe sa neposiela."


def cash_slip_lines(slip: CashSlip, identity: Identity, columns: int) -> tuple[Line, ...]:
    """The slip on paper; its title says the way, so the amount has no sign."""
    who = one_line(slip.cashier)
    return (
        *seller_lines(identity, columns),
        *centred(WITHDRAWAL if slip.cents < 0 else DEPOSIT, columns, bold=True),
        *lefts(pair("Vyhotovené:", paper_time(slip.at), columns)),
        rule(columns),
        *lefts(pair("SUMA", f"{format_cents(abs(slip.cents))} EUR", columns), bold=True),
        *lefts(pair("Stav zásuvky", f"{format_cents(slip.drawer_cents)} EUR", columns)),
        rule(columns),
        *(lefts(pair("Pokladník:", who, columns)) if who else _to_fill("Pokladník:", columns)),
        *_to_fill("Dôvod:", columns),
        *_to_fill("Podpis:", columns),
        Text(""),
        *centred(LOCAL, columns),
        Cut(),
    )


def _to_fill(label: str, columns: int) -> tuple[Line, ...]:
    """A label and a line to write on, with room above it."""
    return Text(""), Text(label + " " + "_" * (columns - len(label) - 1))
