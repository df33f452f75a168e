"""How large the modules of a QR symbol must be for the symbol to reach its legal width, whatever the printer's encoder.

Sources: IR 2.10 (at least 22 mm); ISO/IEC 18004, 7.4 (bits of a mode) and table 7 (capacity), level M, versions 1 to 9.
"""

from __future__ import annotations

WIDTH_MIN_MM = 22

_CAPACITY_BITS = tuple(codewords * 8 for codewords in (16, 28, 44, 64, 86, 108, 124, 154, 182))
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_MODE_BITS = {"digits": 4 + 10, "alphanumeric": 4 + 9, "bytes": 4 + 8}
_SIXTHS_OF_A_BIT = {"digits": 20, "alphanumeric": 33, "bytes": 48}


def module_dots(text: str, dots_per_inch: int) -> int:
    """The dots of one module, so that even the smallest symbol that can hold the text is 22 mm wide.

    The printer chooses version and modes itself, and may split the text better than another encoder would.

    Raises:
      ValueError: the text is empty, not printable ASCII, or too long for version 9.
    """
    if not text or not (text.isascii() and text.isprintable()):
        raise ValueError(f"a QR text is printable ASCII, not {text!r}")
    dots_min_x10 = WIDTH_MIN_MM * dots_per_inch * 10
    return -(-dots_min_x10 // (254 * _modules_min(text)))


def _modules_min(text: str) -> int:
    bits = _bits_min(text)
    for version, capacity_bits in enumerate(_CAPACITY_BITS, start=1):
        if bits <= capacity_bits:
            return 17 + 4 * version
    raise ValueError(f"{len(text)} characters are too many for a QR symbol of version 9")


def _bits_min(text: str) -> int:
    """The fewest bits of any split into segments: per character, the cost of each mode in which the next may be."""
    costs = {mode: bits * 6 for mode, bits in _MODE_BITS.items()}
    ended = 0
    for character in text:
        read = {mode: costs[mode] + _SIXTHS_OF_A_BIT[mode] for mode in _modes(character)}
        ended = -(-min(read.values()) // 6) * 6
        costs = {mode: min(read.get(mode, ended + bits * 6), ended + bits * 6) for mode, bits in _MODE_BITS.items()}
    return ended // 6


def _modes(character: str) -> tuple[str, ...]:
    if character.isdigit():
        return ("digits", "alphanumeric", "bytes")
    return ("alphanumeric", "bytes") if character in _ALPHANUMERIC else ("bytes",)
