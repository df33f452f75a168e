"""Lines of the paper as ESC/POS bytes.

Source: Epson ESC/POS reference: ESC @, ESC R, ESC t, ESC a, ESC E, GS !, ESC J, ESC p, GS V function B,
GS ( k functions 165, 167, 169, 180, 181, GS ( H function 48, GS r, DLE DC4 function 8; FS . of the kanji models.
Every command used is parsed back by the simulated printer, which knows these and no others.
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.escpos_letters import letters
from drivers.escpos_profiles import Profile
from drivers.escpos_qr import module_dots
from states.fiscal.paper import Align, Cut, Line, Qr, Text

CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
"""DLE DC4 8 empties both buffers at once, in the middle of a command and off-line too; nothing may follow until it
is answered."""

END_TORN_COMMAND = bytes(256)
"""As many zero bytes as any command of ours may still be waiting for; between commands the printer ignores them."""

_CUT = b"\x1dVB\x00"
_CENTRE, _LEFT = b"\x1ba\x01", b"\x1ba\x00"
_QUIET_MODULES = 4


def opening(profile: Profile) -> bytes:
    """Drop an unfinished line and set everything that our lines rely on: letters, alignment, weight, size."""
    kanji_off = b"\x1c." if profile.kanji else b""
    return b"\x1b@" + kanji_off + b"\x1bR\x00" + b"\x1bt" + bytes((profile.code_page,))


def encode_line(line: Line, profile: Profile) -> bytes:
    """One line, complete in itself: it begins and ends left-aligned, light and of normal size.

    Raises:
      ValueError: a text is longer than the columns, or a QR text cannot be printed.
    """
    match line:
        case Text():
            return _text(line, profile)
        case Qr(text):
            return _qr(text, profile)
        case Cut():
            return _CUT


def parts(lines: Iterable[Line], profile: Profile) -> tuple[bytes, ...]:
    """The document in parts of whole lines, each at most half a window long (a longer line is a part of its own) and
    each with its own opening.

    Raises:
      ValueError: as ``encode_line``; nothing of the document may be sent.
    """
    full = [opening(profile)]
    for encoded in [encode_line(line, profile) for line in lines]:
        if len(full[-1]) + len(encoded) > profile.window_bytes // 2:
            full.append(opening(profile))
        full[-1] += encoded
    return tuple(full)


def marker(profile: Profile, process_id: bytes) -> bytes:
    """Ask to be told when all before it has been printed."""
    if profile.completion == "process-id":
        return b"\x1d(H\x06\x00\x30\x30" + process_id
    return b"\x1dr\x01"


def drawer_pulse(profile: Profile) -> bytes:
    """One pulse of 100 ms to the drawer, then half a second of rest."""
    return b"\x1bp" + bytes((profile.drawer_pin, 50, 250))


def _text(line: Text, profile: Profile) -> bytes:
    printed = letters(line.text, profile.encoding, profile.columns // 2 if line.big else profile.columns)
    if line.big:
        printed = b"\x1d!\x11" + printed + b"\x1d!\x00"
    if line.bold:
        printed = b"\x1bE\x01" + printed + b"\x1bE\x00"
    return _CENTRE + printed + b"\n" + _LEFT if line.align is Align.CENTER else printed + b"\n"


def _qr(text: str, profile: Profile) -> bytes:
    module = module_dots(text, profile.dots_per_inch)
    quiet = b"\x1bJ" + bytes((_QUIET_MODULES * module,))
    drawn = _symbol(b"A2\x00") + _symbol(b"C" + bytes((module,))) + _symbol(b"E1")
    return _CENTRE + quiet + drawn + _symbol(b"P0" + text.encode("ascii")) + _symbol(b"Q0") + quiet + _LEFT


def _symbol(function: bytes) -> bytes:
    return b"\x1d(k" + (len(function) + 1).to_bytes(2, "little") + b"1" + function
