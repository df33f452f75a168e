"""Lines of text to keys: one key a line by its name, or ``TEXT some words``."""

from __future__ import annotations

import re

from states.events import KEYS, Key, TextTyped, UnknownPressed

LINE_MAX_BYTES = 1024

_LINE_END = re.compile(rb"[\r\n]")
_NAME = re.compile(r"[A-Za-z0-9_]{1,32}")
_WORDS = "TEXT "


def decode_line(line: bytes) -> Key | None:
    """The key that a line names; None for a blank line and for a comment, which starts with ``#``."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return UnknownPressed("")
    name = text.strip()
    if not name or name.startswith("#"):
        return None
    if text.startswith(_WORDS):
        words = text.removeprefix(_WORDS)
        return TextTyped(words) if words.strip() and words.isprintable() else UnknownPressed("TEXT")
    return KEYS.get(name) or unknown(name)


def unknown(name: str) -> UnknownPressed:
    """The unknown key of this name, which is told only if it cannot be a part of an address or of words."""
    return UnknownPressed(name if _NAME.fullmatch(name) else "")


class Lines:
    """Cuts a stream of bytes into lines and remembers no more than one unfinished line."""

    def __init__(self) -> None:
        self._rest = b""
        self._overlong = False

    def feed(self, chunk: bytes) -> list[Key]:
        """The keys of the lines that this chunk ends; a line longer than the limit is one unknown key."""
        *ended, rest = _LINE_END.split(self._rest + chunk)
        keys = [self._key(line) for line in ended]
        self._overlong |= len(rest) > LINE_MAX_BYTES
        self._rest = b"" if self._overlong else rest
        return [key for key in keys if key is not None]

    def end(self) -> list[Key]:
        """The key of a last line that nothing ended."""
        return self.feed(b"\n")

    def _key(self, line: bytes) -> Key | None:
        overlong, self._overlong = self._overlong or len(line) > LINE_MAX_BYTES, False
        return UnknownPressed("") if overlong else decode_line(line)
