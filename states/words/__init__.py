"""Every sentence that the register says to a person, in Slovak and in English, by a stable word."""

from __future__ import annotations

from typing import Literal

from states.words.basket import BASKET
from states.words.catalogue import CATALOGUE
from states.words.certificate import CERTIFICATE
from states.words.displays import DISPLAYS
from states.words.endings import ENDINGS
from states.words.ends import ENDS
from states.words.entry import ENTRY
from states.words.journey import JOURNEY
from states.words.keypad import KEYPAD
from states.words.lookups import LOOKUPS
from states.words.ports import PORTS
from states.words.sending import SENDING
from states.words.slips import SLIPS
from states.words.storage import STORAGE
from states.words.waiting import WAITING

Language = Literal["sk", "en"]

LANGUAGES: tuple[Language, ...] = ("sk", "en")
"""The order in which each sentence stands in its pair."""

_PARTS = (
    DISPLAYS,
    WAITING,
    ENDINGS,
    KEYPAD,
    JOURNEY,
    PORTS,
    ENDS,
    ENTRY,
    LOOKUPS,
    BASKET,
    SLIPS,
    SENDING,
    CERTIFICATE,
    CATALOGUE,
    STORAGE,
)

WORDS: dict[str, tuple[str, str]] = {word: pair for part in _PARTS for word, pair in part.items()}

assert len(WORDS) == sum(map(len, _PARTS)), "a word stands for two sentences"


def say(word: str, language: Language, *values: object) -> str:
    """The sentence of this word; a word without one is said as it is, so that nothing is hidden."""
    pair = WORDS.get(word)
    if pair is None:
        return word
    return pair[LANGUAGES.index(language)].format(*values)
