"""Replies of an SMTP server: octets in, values out, with a limit on everything.

Source: RFC 5321 4.2 (replies); the limits are our own and larger than those of 4.5.3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE_MAX = 1000
LINES_MAX = 100
REPLY_MAX = 64 * 1024

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n]*))?\r\n")


class BadReplyError(Exception):
    """What the server sent is not a reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: its code, 200 to 599, and the words of its lines, at least one line."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one."""
        return " ".join(self.lines)


class ReplyReader:
    """Collects octets until they are one reply."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._lines: list[str] = []
        self._code = 0
        self._length = 0

    @property
    def is_idle(self) -> bool:
        """True when nothing was fed beyond the last whole reply."""
        return not self._unread and not self._lines

    def forget(self) -> None:
        """Drop everything that was not yet returned: after STARTTLS none of it may be believed."""
        self._unread.clear()
        self._finish()

    def feed(self, octets: bytes | bytearray) -> Reply | None:
        """Take what was received; return a reply once it is whole. More may be buffered: see ``is_idle``.

        Raises:
          BadReplyError: this is no reply, or longer than the limits.
        """
        self._unread += octets
        while (end := self._unread.find(b"\n", 0, LINE_MAX) + 1) > 0:
            line = bytes(self._unread[:end])
            del self._unread[:end]
            if self._take(line):
                return self._finish()
        if len(self._unread) >= LINE_MAX:
            raise BadReplyError("line too long")
        return None

    def _take(self, line: bytes) -> bool:
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadReplyError("not a reply")
        code, separator, words = int(found[1]), found[2], found[3] or b""
        if self._lines and code != self._code:
            raise BadReplyError("code changes within a reply")
        self._code = code
        self._lines.append(words.decode("ascii", "replace"))
        self._length += len(line)
        if len(self._lines) > LINES_MAX or self._length > REPLY_MAX:
            raise BadReplyError("reply too long")
        return separator != b"-"

    def _finish(self) -> Reply:
        reply = Reply(self._code, tuple(self._lines))
        self._lines, self._code, self._length = [], 0, 0
        return reply
