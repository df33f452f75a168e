"""Text to the letters that a printer has: what its code page lacks is spelled otherwise, and no control gets through.

Sources: Unicode Standard Annex 15 (NFC, NFKD); general categories: Unicode Standard, table 4-4.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

UNKNOWN = "*"
"""Stands for a character that can be neither printed nor spelled, such as an emoji."""

_DROPPED = frozenset({"Cc", "Cf", "Mn", "Me"})
_CONTROLS = bytes([*range(0x20), 0x7F])

_SPELLINGS: dict[str, str] = tomllib.loads(Path(__file__).with_name("escpos_spelling.toml").read_text("utf-8"))
_SPELLED = {character: spelling for spelling, characters in _SPELLINGS.items() for character in characters}


@lru_cache(maxsize=256)
def letters(text: str, encoding: str, room: int) -> bytes:
    """The text in this code page, one byte a column, at most ``room`` of them; printable bytes only.

    A spelling of several letters (``EUR``) is used where the whole line still fits, else its first letter.

    Raises:
      ValueError: the text is longer than ``room`` characters.
    """
    if len(text) > room:
        raise ValueError(f"{len(text)} characters do not fit {room} columns: {text!r}")
    spelled = [_spelling(character, encoding) for character in unicodedata.normalize("NFC", text)]
    if sum(map(len, spelled)) > room:
        spelled = [spelling[:1] for spelling in spelled]
    return "".join(spelled).encode(encoding).translate(None, _CONTROLS)


@lru_cache(maxsize=4096)
def _spelling(character: str, encoding: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in _DROPPED:
        return ""
    if _has(encoding, character):
        return character
    if character in _SPELLED:
        return _SPELLED[character]
    plain = "".join(_SPELLED.get(part, part) for part in unicodedata.normalize("NFKD", character))
    return "".join(part for part in plain if " " < part < "\x7f") or UNKNOWN


def _has(encoding: str, character: str) -> bool:
    try:
        return len(character.encode(encoding)) == 1
    except UnicodeEncodeError:
        return False
