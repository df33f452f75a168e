"""Where on the screen what stands: a view and a size to rows of text, without any I/O."""

from __future__ import annotations

import re

from drivers.display_terminal_cells import (
    AWAITED,
    BOLD,
    DIM,
    INVERSE,
    PLAIN,
    TOTAL,
    WARNING,
    big,
    ends,
    fit,
    frame,
    rule,
    styled,
)
from drivers.terminal_legend import LEGEND
from states.view import CUSTOMER_COLUMNS, CUSTOMER_LINES, OPERATOR_COLUMNS, OPERATOR_LINES, View

COLUMNS_MAX = 120
COLUMNS_MIN = 60
LEFT_COLUMNS = CUSTOMER_COLUMNS + 4
OPERATOR_ROWS = OPERATOR_LINES + 2
CUSTOMER_ROWS = CUSTOMER_LINES + 2
TOTAL_ROWS = 5
FRAMES_ROWS_MIN = OPERATOR_ROWS + CUSTOMER_ROWS + 1
MESSAGE_ROWS = 2
LEGEND_COLUMNS = 16
DEPARTMENTS_ROW = 4
KEY_COLUMNS = 3

_AMOUNT_FIRST = re.compile(r"(>?)(-?[0-9]+\.[0-9]{2}) (.+)")
_AMOUNT_LAST = re.compile(r"(.*?) ?(-?[0-9]+\.[0-9]{2})")
_UNEXPLAINED = {"UP", "DOWN", "LEFT", "RIGHT", "DOT", "00", *(f"DEPARTMENT_{number}" for number in range(1, 9))}


def _is_currency(name: str) -> bool:
    return name.startswith("CURRENCY_")


_CURRENCIES = "".join(text for text, name, *_ in LEGEND if _is_currency(name))
"""The four keys of currencies share one place."""

WORDS: dict[str, tuple[str, str]] = {
    "R": ("PREDAJ", "SALE"),
    "X": ("PREHĽADY", "REPORTS"),
    "Z": ("UZÁVIERKA", "DAILY REPORT"),
    "P": ("NASTAVENIE", "SETTINGS"),
    "training": ("CVIČNÝ REŽIM - doklady sú neplatné", "CVIČNÝ REŽIM - training, receipts are not valid"),
    "operator": ("OBSLUHA", "OPERATOR"),
    "customer": ("ZÁKAZNÍK", "CUSTOMER"),
    "receipt": ("DOKLAD", "RECEIPT"),
    "earlier": ("… skôr: {0}", "… earlier: {0}"),
    "keys": ("KLÁVESY", "KEYS"),
    "currencies": ("meny 1-4", "currencies"),
}
"""The words that stand on the screen itself, in Slovak and in English."""


def lay_out(view: View, language: str, columns: int, rows: int, *, legend: bool) -> tuple[str, ...]:
    """Rows of the same number of cells, ``rows`` of them; what is small shows the most important things."""
    width = min(columns, COLUMNS_MAX)
    keys = _legend(view, language, width) if legend else []
    room = rows - 1 - MESSAGE_ROWS
    if room - len(keys) < FRAMES_ROWS_MIN:
        keys = []
    if width < COLUMNS_MIN or room < FRAMES_ROWS_MIN:
        return tuple(_small(view, language, width)[:rows])
    frames = _frames(view, language, width, room - len(keys))
    return (_bar(view, language, width), *frames, *_messages(view, width), *keys)


def _say(word: str, language: str) -> str:
    return WORDS[word][language == "en"] if word in WORDS else ""


def _bar(view: View, language: str, width: int) -> str:
    mode = f" {view.mode}  {_say(view.mode, language)}"
    if not view.training:
        return styled(ends(mode, "eKasa ", width), INVERSE)
    training = _say("training", language)
    left = fit(mode, max((width - len(training)) // 2, min(len(mode) + 2, width)))
    return styled(fit(left + training, width), f"{BOLD};{WARNING}")


def _frames(view: View, language: str, width: int, height: int) -> list[str]:
    wide = width - LEFT_COLUMNS - 1
    operator = [styled(fit(line, OPERATOR_COLUMNS), BOLD) for line in view.operator]
    customer = [styled(fit(line, CUSTOMER_COLUMNS), BOLD) for line in view.customer]
    margin = " " * (LEFT_COLUMNS - OPERATOR_COLUMNS - 4)
    left = [
        *(row + margin for row in frame(_say("operator", language), operator, OPERATOR_COLUMNS + 4, OPERATOR_ROWS)),
        *frame(_say("customer", language), customer, LEFT_COLUMNS, CUSTOMER_ROWS),
        *[" " * LEFT_COLUMNS] * (height - OPERATOR_ROWS - CUSTOMER_ROWS),
    ]
    basket = _basket(view.lines, language, wide - 4, height - TOTAL_ROWS - 2)
    right = [
        *frame(_say("receipt", language), basket, wide, height - TOTAL_ROWS),
        *_total(view.total, wide),
    ]
    return [f"{one} {other}" for one, other in zip(left, right, strict=True)]


def _basket(lines: tuple[str, ...], language: str, width: int, height: int) -> list[str]:
    """The last lines, or those up to the chosen one; what does not fit above is counted."""
    chosen = next((index for index, line in enumerate(lines) if line.startswith(">")), len(lines) - 1)
    start = max(0, min(len(lines) - height, chosen - height // 2))
    shown = [_basket_line(line, width) for line in lines[start : start + height]]
    if start:
        shown[0] = fit(_say("earlier", language).format(start + 1), width)
    return shown


def _basket_line(line: str, width: int) -> str:
    found = _AMOUNT_FIRST.fullmatch(line)
    if found:
        text = ends(found[1] + found[3], found[2], width)
    else:
        last = _AMOUNT_LAST.fullmatch(line)
        text = ends(last[1], last[2], width) if last else fit(line, width)
    return styled(text, INVERSE if line.startswith(">") else PLAIN)


def _total(total: str, width: int) -> list[str]:
    found = _AMOUNT_LAST.fullmatch(total)
    digits = big(found[2], width - 4) if found else None
    if found and digits:
        return frame(found[1], [styled(row, TOTAL) for row in digits], width, TOTAL_ROWS)
    return frame("", [" " * (width - 4), styled(fit(total, width - 4), TOTAL)], width, TOTAL_ROWS)


def _messages(view: View, width: int) -> list[str]:
    doing = styled(fit(f" … {view.waiting}", width), AWAITED) if view.waiting else ""
    typed = (
        ends(" » ", f"{view.entry[-(width - 6) :]}_ ", width) if len(view.entry) > width - 6 else f" » {view.entry}_"
    )
    notice = styled(fit(f" ! {view.notice}", width), INVERSE) if view.notice else " " * width
    return [doing or styled(fit(typed, width), BOLD), notice]


def _legend(view: View, language: str, width: int) -> list[str]:
    entries = [(text, label[language == "en"], name in view.keys) for text, name, *label in LEGEND if _has_cell(name)]
    entries.append((_CURRENCIES, _say("currencies", language), any(map(_is_currency, view.keys))))
    height = -(-len(entries) // max(width // LEGEND_COLUMNS, 1))
    cells = [_legend_cell(text, label, acts=acts) for text, label, acts in entries]
    return [
        rule(_say("keys", language), width),
        *(_padded(cells[row::height], width, LEGEND_COLUMNS) for row in range(height)),
        *_departments(view, width),
    ]


def _has_cell(name: str) -> bool:
    return name not in _UNEXPLAINED and not _is_currency(name)


def _legend_cell(text: str, label: str, *, acts: bool) -> str:
    """A key that only beeps now is dim, key and label."""
    key = text if len(text) <= KEY_COLUMNS else text.split()[0]
    space = " " * max(KEY_COLUMNS - len(key), 0)
    shown = fit(label, LEGEND_COLUMNS - 2 - len(key + space))
    return f" {styled(key, BOLD)}{space} {shown}" if acts else styled(f" {key}{space} {shown}", DIM)


def _departments(view: View, width: int) -> list[str]:
    """The department keys with what they sell, four in a row."""
    texts = [text for text, name, *_ in LEGEND if name.startswith("DEPARTMENT_")]
    columns = width // DEPARTMENTS_ROW
    cells = [
        f" {styled(texts[int(label.split()[0]) - 1], BOLD)} {fit(label.partition(' ')[2], columns - 7)} "
        for label in view.departments
    ]
    return [_padded(cells[at : at + DEPARTMENTS_ROW], width, columns) for at in range(0, len(cells), DEPARTMENTS_ROW)]


def _padded(cells: list[str], width: int, columns: int) -> str:
    return "".join(cells) + " " * (width - columns * len(cells))


def _small(view: View, language: str, width: int) -> list[str]:
    """For a window too small for frames: training first, then what the device itself shows, then the sentences."""
    operator = [styled(fit(line, width), BOLD) for line in (*view.operator, *[""] * OPERATOR_LINES)[:OPERATOR_LINES]]
    rows = [_bar(view, language, width), *operator, styled(fit(view.total, width), TOTAL), *_messages(view, width)]
    customer = [fit(line, width) for line in view.customer]
    return [*rows, *customer]
