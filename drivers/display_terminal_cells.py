"""Text in the cells of a terminal: its width, cut and padded; frames; digits three rows high."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

PLAIN, BOLD, DIM, INVERSE = "", "1", "2", "7"
TOTAL, AWAITED, WARNING = "1;32", "1;36", "30;43"

_BIG = dict(
    zip(
        "0123456789-.,",
        zip(
            ("█▀█", "▀█ ", "▀▀█", "▀▀█", "█ █", "█▀▀", "█▀▀", "▀▀█", "█▀█", "█▀█", "   ", " ", " "),
            ("█ █", " █ ", "█▀▀", " ▀█", "▀▀█", "▀▀█", "█▀█", "  █", "█▀█", "▀▀█", "▀▀ ", " ", " "),
            ("▀▀▀", "▀▀▀", "▀▀▀", "▀▀▀", "  ▀", "▀▀▀", "▀▀▀", "  ▀", "▀▀▀", "▀▀▀", "   ", "▀", "▀"),
            strict=True,
        ),
        strict=True,
    )
)


def styled(text: str, style: str) -> str:
    """The text in a style (SGR parameters) and nothing after it."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


def fit(text: str, width: int) -> str:
    """Exactly ``width`` cells: cut or padded, with a question mark for what a terminal might obey."""
    cells, kept = 0, []
    for char in unicodedata.normalize("NFC", text):
        shown = char if char.isprintable() else "?"
        size = _cells(shown)
        if cells + size > width:
            break
        cells += size
        kept.append(shown)
    return "".join(kept) + " " * (width - cells)


def ends(left: str, right: str, width: int) -> str:
    """One text at the left edge and one at the right, which is never cut before the left one."""
    room = max(width - len(right), 0)
    return fit(fit(left, max(room - 1, 0)) + (" " if room else "") + right, width)


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def frame(title: str, body: Sequence[str], width: int, height: int) -> list[str]:
    """Rows of exactly these cells; ``body`` rows are already ``width`` - 4 cells, whatever their style."""
    rows = [styled("┌" + rule(title, width - 2) + "┐", DIM)]
    blank = " " * (width - 4)
    side = styled("│", DIM)
    for index in range(height - 2):
        rows.append(f"{side} {body[index] if index < len(body) else blank} {side}")
    rows.append(styled("└" + "─" * (width - 2) + "┘", DIM))
    return rows


def rule(title: str, width: int) -> str:
    """A horizontal line with a title near its left end."""
    words = fit(title, min(len(title), max(width - 4, 0)))
    return fit(f"─ {words} {'─' * width}" if words else "─" * width, width)


def big(amount: str, width: int) -> list[str] | None:
    """The amount in large digits at the right edge of three rows; None if it has other characters or is too wide."""
    if not amount or not set(amount) <= set(_BIG):
        return None
    rows = [" ".join(_BIG[char][row] for char in amount) for row in range(3)]
    return [row.rjust(width) for row in rows] if len(rows[0]) <= width else None
