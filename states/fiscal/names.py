"""What text may stand on a receipt: in the message, on the paper and in HTML alike.

Sources: IR 2.10 (Name: 1 to 255 characters, any); XML 1.0, production 2 (Char); Unicode Standard Annex 15 (NFC).
"""

from __future__ import annotations

import re
import unicodedata

from states.fiscal.receipt import NAME_MAX

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]")
_C0_C1 = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_REORDERING = re.compile("[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]")


def one_line(text: str) -> str:
    """The text on one line: each run of white space is one space, and no control or reordering character is left."""
    spaced = " ".join(text.split())
    bare = _REORDERING.sub("", _C0_C1.sub("", spaced))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def carry(text: str) -> str:
    """The text as message, paper and page can all carry it, NFC, on one line.

    Raises:
      ValueError: ``name-illegal`` for a character that XML forbids (other than a control character, which is
          dropped), ``name-empty`` when nothing visible is left, ``name-too-long`` above 255 characters.
    """
    carried = one_line(text)
    if _NOT_XML.search(carried):
        raise ValueError("name-illegal")
    if not any(unicodedata.category(character)[0] in "LNPS" for character in carried):
        raise ValueError("name-empty")
    if len(carried) > NAME_MAX:
        raise ValueError("name-too-long")
    return carried
