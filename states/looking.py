"""What only the journal knows: the receipt that goods come back from, and whether a slip by hand may be registered.

Source: IR 2.9 (ReferenceReceiptId: UID, OKP, or the number of an older register's receipt); protocol 6.3.
"""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.asking import Words
from states.fiscal.receipt import ItemType
from states.fiscal.typed import is_named, read_reference
from states.keying import Looking, Ready, Returning, Spelling
from states.table import Then, then

TYPES = {Words.RETURNED: ItemType.RETURNED, Words.CORRECTED: ItemType.CORRECTION}
"""What the next item is, by the words that its original was asked for with."""


def ask_returned(state: Ready, _event: on.ReturnPressed) -> Then[Spelling]:
    """Goods come back; the original receipt is asked for."""
    return then(Spelling(state.till, Words.RETURNED))


def ask_corrected(state: Ready, _event: on.CorrectionPressed) -> Then[Spelling]:
    """An item is put right; the original receipt is asked for."""
    return then(Spelling(state.till, Words.CORRECTED))


def is_packaging(state: Spelling, _event: on.EnterPressed) -> bool:
    """Something comes back without a receipt, which only packaging may."""
    return state.words is Words.RETURNED and not state.typed.strip()


def return_packaging(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """Packaging is bought back next."""
    return then(Ready(state.till, Returning(ItemType.PACKAGING)))


def insists(state: Spelling, _event: on.EnterPressed) -> bool:
    """The cashier was told that this register has no such receipt, and says that it is another register's."""
    return bool(state.unknown) and state.typed == state.unknown


def return_unknown(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The reference is taken as it was typed."""
    return then(Ready(state.till, _returning(state)))


def look_up(state: Spelling, _event: on.EnterPressed) -> Then[Looking]:
    """The journal is asked for the original."""
    return then(Looking(state.till, state), do.Find(read_reference(state.typed)))


def return_found(state: Looking, event: on.OriginalFound) -> Then[Ready]:
    """The original is known, and its items with it."""
    returning = Returning(TYPES[state.spelling.words], event.reference, event.receipt.sale.items)
    return then(Ready(state.till, returning))


def is_old_number(_state: Looking, event: on.OriginalMissing) -> bool:
    """It is the number of a receipt from before the on-line registers."""
    return event.reason == "old-number"


def return_old(state: Looking, _event: on.OriginalMissing) -> Then[Ready]:
    """The number is taken as it was typed, and the cashier is told that this register has no such receipt."""
    return then(Ready(state.till, _returning(state.spelling)), do.Beep("old-number"))


def may_insist(state: Looking, event: on.OriginalMissing) -> bool:
    """It may be the UID or OKP of another register's receipt."""
    return event.reason == "unknown-original" and is_named(read_reference(state.spelling.typed))


def refuse_once(state: Looking, _event: on.OriginalMissing) -> Then[Spelling]:
    """Say that this register has no such receipt; ENTER again insists."""
    return then(replace(state.spelling, unknown=state.spelling.typed), do.Beep("unknown-original"))


def refuse_original(state: Looking, event: on.OriginalMissing) -> Then[Spelling]:
    """Say why it does not do; what was typed stays, to be mended."""
    reason = "no-original" if event.reason == "unknown-original" else event.reason
    return then(replace(state.spelling, unknown=""), do.Beep(reason))


def give_paragon(state: Looking, event: on.ParagonAllowed) -> Then[Ready]:
    """What is keyed next was sold by hand before."""
    return then(Ready(state.till), on.ParagonKeyed(event.paragon))


def is_number_refused(_state: Looking, event: on.ParagonRefused) -> bool:
    """It is the number that does not do; such words begin with ``paragon-number``."""
    return event.reason.startswith("paragon-number")


def mend_paragon_number(state: Looking, event: on.ParagonRefused) -> Then[Spelling]:
    """Say why, and go back to the number."""
    return then(Spelling(state.till, Words.PARAGON_NUMBER, state.spelling.first), do.Beep(event.reason))


def mend_paragon_date(state: Looking, event: on.ParagonRefused) -> Then[Spelling]:
    """Say why; the date stays, to be mended."""
    return then(state.spelling, do.Beep(event.reason))


def _returning(state: Spelling) -> Returning:
    return Returning(TYPES[state.words], read_reference(state.typed))
