"""Bytes of a terminal to keys: UTF-8, control characters, escape sequences (ECMA-48) and bracketed paste."""

from __future__ import annotations

import codecs
import math
import re

from drivers.terminal_legend import LEGEND
from states.events import KEYS, Key, TextTyped, UnknownPressed

ESCAPE_S = 0.03
PASTE_S = 1.0
SEQUENCE_MAX_BYTES = 32
WORDS_MAX_BYTES = 1024

_PASTE, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_UNFIT = b"\0"
_SEQUENCE = re.compile(rb"\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-Z\\-~]|O[@-~])")
_UNFINISHED = re.compile(rb"\x1b(?:\[\[?|\[[0-?]*[ -/]*|O)?")
_PRINTABLE = re.compile(rb"[^\x00-\x1f\x7f]+")

# xterm, vt220, the Linux console and PuTTY disagree on F1 to F5.
_NAMED: dict[str, tuple[bytes, ...]] = {
    "F1": (b"\x1bOP", b"\x1b[11~", b"\x1b[[A"),
    "F2": (b"\x1bOQ", b"\x1b[12~", b"\x1b[[B"),
    "F3": (b"\x1bOR", b"\x1b[13~", b"\x1b[[C"),
    "F4": (b"\x1bOS", b"\x1b[14~", b"\x1b[[D"),
    "F5": (b"\x1b[15~", b"\x1b[[E"),
    "F6": (b"\x1b[17~",),
    "F7": (b"\x1b[18~",),
    "F8": (b"\x1b[19~",),
    "F9": (b"\x1b[20~",),
    "F10": (b"\x1b[21~",),
    "F12": (b"\x1b[24~",),
    "Del": (b"\x1b[3~",),
    "↑": (b"\x1b[A", b"\x1bOA"),
    "↓": (b"\x1b[B", b"\x1bOB"),
    "→": (b"\x1b[C", b"\x1bOC"),
    "←": (b"\x1b[D", b"\x1bOD", b"\x7f", b"\x08"),
    "Enter": (b"\r", b"\n", b"\x1bOM"),
    "Esc": (b"\x1b",),
    "Space": (b" ",),
    "^X": (b"\x18",),
}

STROKES: dict[bytes, Key] = {
    **{digit.encode(): KEYS[digit] for digit in "0123456789"},
    **{
        stroke: KEYS[name]
        for text, name, _, _ in LEGEND
        for alternative in text.split()
        for stroke in _NAMED.get(alternative, (alternative.encode(),))
    },
}
"""What a key of the keyboard sends, to the key of the register."""


class Keystrokes:
    """Takes keys one by one from the bytes so far; so a key may change the meaning of the next one."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> None:
        """More bytes have come."""
        self._buffer += chunk

    @property
    def patience_s(self) -> float:
        """How long to wait for the rest of what has begun before it is taken as it is."""
        if not self._buffer:
            return math.inf
        return PASTE_S if self._buffer.startswith(_PASTE) else ESCAPE_S

    def take(self, *, words: bool, quiet: bool) -> Key | None:
        """The first key, or None if more bytes are needed; ``quiet`` says that patience is over."""
        found, size = self._first(words, quiet) if self._buffer else (None, 0)
        del self._buffer[:size]
        return found

    def _first(self, words: bool, quiet: bool) -> tuple[Key | None, int]:
        if self._buffer.startswith(_PASTE):
            return self._paste(quiet)
        if self._buffer.startswith(b"\x1b"):
            return self._escape(quiet)
        if run := _PRINTABLE.match(self._buffer, 0, WORDS_MAX_BYTES):
            return self._characters(run[0], words, quiet)
        control = bytes(self._buffer[:1])
        return STROKES.get(control, UnknownPressed(f"^{chr(control[0] ^ 0x40)}")), 1

    def _escape(self, quiet: bool) -> tuple[Key | None, int]:
        if found := _SEQUENCE.match(self._buffer, 0, SEQUENCE_MAX_BYTES):
            return STROKES.get(found[0], UnknownPressed("Esc sequence")), len(found[0])
        size = len(self._buffer)
        if not _UNFINISHED.fullmatch(self._buffer):
            return STROKES[b"\x1b"], 1
        if not quiet and size < SEQUENCE_MAX_BYTES:
            return None, 0
        return (STROKES[b"\x1b"] if size == 1 else UnknownPressed("Esc sequence")), size

    def _characters(self, run: bytes, words: bool, quiet: bool) -> tuple[Key | None, int]:
        text, size = _decode(run)
        if not text and len(run) == len(self._buffer) and size == 0 and not quiet:
            return None, 0
        if not text:
            return UnknownPressed("bytes"), size or len(run)
        if words:
            return _typed(text), size
        return STROKES.get(text[0].lower().encode(), UnknownPressed(text[0])), len(text[0].encode())

    def _paste(self, quiet: bool) -> tuple[Key | None, int]:
        end = self._buffer.find(_PASTE_END, len(_PASTE))
        if end >= 0:
            content = self._buffer[len(_PASTE) : end].decode(errors="replace")
            fits = end <= len(_PASTE) + WORDS_MAX_BYTES
            return _typed(" ".join(content.split()) if fits else ""), end + len(_PASTE_END)
        if quiet:
            return UnknownPressed("paste"), len(self._buffer)
        if len(self._buffer) > len(_PASTE) + WORDS_MAX_BYTES + len(_PASTE_END):
            # Only what the end mark may begin with is kept, behind a byte that makes the whole unfit.
            self._buffer[len(_PASTE) : 1 - len(_PASTE_END)] = _UNFIT
        return None, 0


def _typed(text: str) -> Key:
    return TextTyped(text) if text and text.isprintable() else UnknownPressed("text")


def _decode(run: bytes) -> tuple[str, int]:
    """What is whole of it, and how many bytes that is; no text and the size of what is no UTF-8 at its start."""
    try:
        return codecs.utf_8_decode(run, "strict", False)
    except UnicodeDecodeError as error:
        return (run[: error.start].decode(), error.start) if error.start else ("", error.end)
