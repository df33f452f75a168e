"""What an EkasaErrorCode means to people: cause, advice, and whether the money and the receipt are safe.

Sources: IR, table of errors (texts); protocol 2.5 (what may be sent again, what may be repaired).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Pair = tuple[str, str]
"""A sentence in Slovak and in English."""

LOCATION_CODES = frozenset({-108, -109, -110})


class Remedy(StrEnum):
    """What helps: nothing but time (-1), a message with the right time, a mended sale, or a technician."""

    WAIT = "wait"
    REPAIR = "repair"
    MEND = "mend"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Safety:
    """What is true of the money and of the receipt: refused ``at_once``, and refused ``later`` when sent again."""

    at_once: Pair
    later: Pair


@dataclass(frozen=True, slots=True)
class Refusal:
    """One code: the authority's own ``text``, and what the register says; ``brief`` fits into two lines of 16."""

    code: int
    remedy: Remedy
    text: Pair
    brief: Pair
    cause: Pair
    advice: Pair

    @property
    def is_retryable(self) -> bool:
        """The message is sent again by itself: the code refuses nothing, and the receipt is OFF-LINE."""
        return self.remedy is Remedy.WAIT

    @property
    def is_repairable(self) -> bool:
        """The same sale or place may be registered by a message with the right time."""
        return self.remedy is Remedy.REPAIR

    @property
    def is_final(self) -> bool:
        """This message is never sent again."""
        return not (self.is_retryable or self.is_repairable)

    @property
    def safety(self) -> Safety:
        """Whether the money and the receipt are safe."""
        return OF_PLACE if self.code in LOCATION_CODES else SAFETY[self.remedy]


_RETURNED = (
    "Doklad nevznikol a zákazník nedostal nič; číslo dokladu sa už nepoužije. Predaj zostáva na displeji: vydá sa "
    "znova pod novým číslom, alebo sa stornuje a peniaze sa vrátia.",
    "No receipt came to be and the customer got nothing; its number is not used again. The sale stays on the display: "
    "it is issued anew under a new number, or voided and the money given back.",
)
_SET_ASIDE = (
    "Zákazník má OFF-LINE doklad a peniaze sú v zásuvke. Správa zostáva v denníku odložená a znova sa neposiela; "
    "ostatné správy idú ďalej. Predaj treba so servisom doriešiť.",
    "The customer has the OFF-LINE receipt and the money is in the drawer. The message stays in the journal, set aside "
    "and not sent again; the others go on. The sale must be settled with service.",
)
_TO_REPAIR = (
    "Zákazník má OFF-LINE doklad a peniaze sú v zásuvke. Správa je odložená; oprava v menu zaregistruje ten istý "
    "predaj s novým číslom a správnym časom.",
    "The customer has the OFF-LINE receipt and the money is in the drawer. The message is set aside; the repair in the "
    "menu registers the same sale with a new number and the right time.",
)
_OFFLINE = (
    "Peniaze aj doklad sú v poriadku: zákazník dostane OFF-LINE doklad a správa čaká v pokladnici.",
    "Money and receipt are safe: the customer gets an OFF-LINE receipt and the message waits in the register.",
)
_WAITING = (
    "Peniaze aj doklad sú v poriadku: správa čaká v pokladnici ďalej, najviac 96 hodín.",
    "Money and receipt are safe: the message waits in the register on, for 96 hours at most.",
)
_NO_PLACE = (
    "Peniaze ani doklady sa to netýka: odmietnutá je len poloha pokladnice, ktorá zatiaľ nie je ohlásená.",
    "Neither money nor receipts are concerned: only the register's place was refused, and is not announced yet.",
)

OF_PLACE = Safety(_NO_PLACE, _NO_PLACE)
SAFETY = {
    Remedy.WAIT: Safety(_OFFLINE, _WAITING),
    Remedy.REPAIR: Safety(_RETURNED, _TO_REPAIR),
    Remedy.MEND: Safety(_RETURNED, _SET_ASIDE),
    Remedy.SERVICE: Safety(_RETURNED, _SET_ASIDE),
}
