"""What text may stand on an item."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st
from lxml import etree

from states.fiscal.names import carry, one_line

REASONS = {"name-empty", "name-illegal", "name-too-long"}

CARRIED = {
    "Kladivo": "Kladivo",
    "  Kladivo\r\n\tveľké  ": "Kladivo veľké",
    "a\x00b\x07\x1bc": "abc",
    "a\u0085b\u2028c\u00a0d": "a b c d",
    "S\u030cala\u0301t": "Šalát",
    "Káva ☕ 🧑\u200d🍳": "Káva ☕ 🧑\u200d🍳",
    "<b>&amp;\"'": "<b>&amp;\"'",
    "\u202etxt.exe": "txt.exe",
    "\ufeffCena 5 €": "Cena 5 €",
    "x" * 255: "x" * 255,
    " " + "x" * 255 + "\n": "x" * 255,
}

REFUSED = {
    "": "name-empty",
    " \r\n\t": "name-empty",
    "\x00\x1b\x9f": "name-empty",
    "\u200b\u200d": "name-empty",
    "\u0301": "name-empty",
    "x" * 256: "name-too-long",
    "a\ud800": "name-illegal",
    "a\ufffe": "name-illegal",
    "\uffff": "name-illegal",
}


@pytest.mark.parametrize(("typed", "carried"), CARRIED.items(), ids=ascii)
def test_carried(typed: str, carried: str) -> None:
    """Breaks become spaces, controls go, letters and emoji stay."""
    assert carry(typed) == carried


@pytest.mark.parametrize(("typed", "reason"), REFUSED.items(), ids=ascii)
def test_refused(typed: str, reason: str) -> None:
    """The reason is a stable word."""
    with pytest.raises(ValueError, match=f"^{reason}$"):
        carry(typed)


@given(
    st.text(st.characters(codec=None), max_size=300) | st.text(st.characters(categories=("Cc", "Cf", "Zs", "Mn", "L")))
)
def test_what_is_carried_arrives(typed: str) -> None:
    """It survives an XML attribute and a second reading, is NFC and holds no control character."""
    carried = carried_or_reason(typed)
    if carried in REASONS:
        return
    element = etree.Element("Item", Name=carried)
    assert etree.fromstring(etree.tostring(element)).get("Name") == carried
    assert carry(carried) == carried
    assert unicodedata.is_normalized("NFC", carried)
    assert not any(unicodedata.category(character) == "Cc" for character in carried)
    assert 1 <= len(carried) <= 255


def carried_or_reason(typed: str) -> str:
    """What ``carry`` makes of it, or the word it refuses it with."""
    try:
        return carry(typed)
    except ValueError as error:
        return str(error)


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    """Whatever stands in the seller's name, the paper gets a line of it."""
    line = one_line(text)
    assert line == one_line(line)
    assert len(line.splitlines()) <= 1
