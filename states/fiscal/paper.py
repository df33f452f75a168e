"""The lines of the paper, laid out to a number of columns: nothing is cut, what is too long goes on below."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

COLUMNS_MIN = 32


class Align(StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of characters that fits the columns; ``big`` is double width and height, so half of them."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    big: bool = False


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred, at least 22 mm wide."""

    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper is fed out and cut: the end of a document."""


Line = Text | Qr | Cut


def wrap(text: str, columns: int) -> tuple[str, ...]:
    """The text in rows of at most ``columns``, broken at spaces; a longer word is broken where the row ends."""
    rows: list[str] = []
    for word in text.split():
        if rows and len(rows[-1]) + 1 + len(word) <= columns:
            rows[-1] += f" {word}"
        else:
            rows.extend(_pieces(word, columns))
    return tuple(rows)


def wrap_code(code: str, columns: int) -> tuple[str, ...]:
    """A UID, OKP or PKP in rows, broken after a hyphen where there is one; joined they are the code again."""
    rows = [""]
    for group in re.findall("[^-]*-|[^-]+", code):
        if len(rows[-1]) + len(group) > columns:
            rows.append("")
        first, *more = _pieces(group, columns)
        rows[-1] += first
        rows.extend(more)
    return tuple(row for row in rows if row)


def pair(left: str, right: str, columns: int) -> tuple[str, ...]:
    """``left`` and ``right`` at the two edges, on one row when they fit, else ``right`` below."""
    gap = columns - len(left) - len(right)
    if gap > 0:
        return (left + " " * gap + right,)
    return (*wrap(left, columns), *(row.rjust(columns) for row in wrap(right, columns)))


def lefts(rows: tuple[str, ...], *, bold: bool = False) -> tuple[Text, ...]:
    """The rows as lines at the left edge."""
    return tuple(Text(row, bold=bold) for row in rows)


def centred(text: str, columns: int, *, bold: bool = False) -> tuple[Text, ...]:
    """The text as centred lines."""
    return tuple(Text(row, Align.CENTER, bold=bold) for row in wrap(text, columns))


def rule(columns: int, mark: str = "-") -> Text:
    """A line across the paper."""
    return Text(mark * columns)


def to_text(lines: tuple[Line, ...], columns: int) -> str:
    """The lines as plain text, one row each: a QR code as ``[QR: its text]``, a cut as a dashed row."""
    return "".join(f"{row}\n" for line in lines for row in _plain(line, columns))


def _plain(line: Line, columns: int) -> tuple[str, ...]:
    match line:
        case Text(text, Align.CENTER):
            return (text.center(columns).rstrip(),)
        case Text(text):
            return (text.rstrip(),)
        case Qr(text):
            return (f"[QR: {text}]".center(columns).rstrip(),)
        case Cut():
            return (("- " * columns)[: columns - 1].rstrip(),)


def _pieces(word: str, columns: int) -> tuple[str, ...]:
    return tuple(word[start : start + columns] for start in range(0, len(word), columns))
