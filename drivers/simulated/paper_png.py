"""A picture of the paper as a thermal printer would have made it: one dot is one pixel.

The letters are DejaVu Sans Mono from the python-barcode distribution, which has all that Slovak needs.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files

import segno
from PIL import Image, ImageDraw, ImageFont

from drivers.escpos_profiles import Profile
from drivers.simulated.escpos_paper import LINE_DOTS, Document, Gap, Mark, Row, Symbol

LETTER_WIDTH, LETTER_HEIGHT = 12, 24
HEAD_DOTS = 72
DESK, PAPER, INK = 214, 255, 24
DESK_DOTS = 24
TOOTH_DOTS = 8
BASELINE = 19
FONT_SIZE = 20
BIG_HEIGHT = LETTER_HEIGHT * 2 + LINE_DOTS - LETTER_HEIGHT


def draw(document: Document, profile: Profile) -> Image.Image:
    """The document on paper of its real width, lying on a grey desk, in shades of grey."""
    width = -(-profile.paper_mm * profile.dots_per_inch * 10 // 254)
    strip = Image.new("L", (width, HEAD_DOTS + sum(_height(mark) for mark in document.marks)), PAPER)
    y = HEAD_DOTS
    for mark in document.marks:
        _put(strip, mark, (width - profile.dots) // 2, y, profile.dots)
        y += _height(mark)
    return _on_the_desk(strip)


def _height(mark: Mark) -> int:
    match mark:
        case Row(big=True):
            return BIG_HEIGHT
        case Row():
            return LINE_DOTS
    return mark.dots


def _put(strip: Image.Image, mark: Mark, left: int, y: int, dots: int) -> None:
    match mark:
        case Row():
            _put_row(strip, mark, left, y, dots)
        case Symbol():
            margin = (dots - mark.dots) // 2 if mark.centred else 0
            strip.paste(_symbol(mark), (left + margin, y))
        case Gap():
            pass


def _put_row(strip: Image.Image, row: Row, left: int, y: int, dots: int) -> None:
    step = LETTER_WIDTH * (2 if row.big else 1)
    x = left + ((dots - step * len(row.text)) // 2 if row.centred else 0)
    for place, letter in enumerate(row.text):
        if letter != " ":
            strip.paste(_letter(letter, row.bold, row.big), (x + place * step, y))


@lru_cache(maxsize=1024)
def _letter(letter: str, bold: bool, big: bool) -> Image.Image:
    times = 2 if big else 1
    cell = Image.new("L", (LETTER_WIDTH * times, LINE_DOTS * times), PAPER)
    pen, font, at = ImageDraw.Draw(cell), _font(FONT_SIZE * times), (0, BASELINE * times)
    pen.text(at, letter, INK, font, anchor="ls", stroke_width=0.5 * times if bold else 0)
    return cell


@lru_cache(maxsize=2)
def _font(size: int) -> ImageFont.FreeTypeFont:
    with as_file(files("barcode") / "fonts" / "DejaVuSansMono.ttf") as path:
        return ImageFont.truetype(path, size)


def _symbol(symbol: Symbol) -> Image.Image:
    modules = segno.make(symbol.text, error=symbol.level, boost_error=False, micro=False).matrix
    picture = Image.new("L", (len(modules), len(modules)))
    picture.putdata([INK if module else PAPER for row in modules for module in row])
    return picture.resize((symbol.dots, symbol.dots), Image.Resampling.NEAREST)


def _on_the_desk(strip: Image.Image) -> Image.Image:
    desk = Image.new("L", (strip.width + 2 * DESK_DOTS, strip.height + 2 * DESK_DOTS), DESK)
    desk.paste(strip, (DESK_DOTS, DESK_DOTS))
    pen = ImageDraw.Draw(desk)
    for x in range(DESK_DOTS, DESK_DOTS + strip.width, TOOTH_DOTS):
        tooth = min(x + TOOTH_DOTS, DESK_DOTS + strip.width)
        for edge, point in ((DESK_DOTS, DESK_DOTS + 4), (DESK_DOTS + strip.height, DESK_DOTS + strip.height - 4)):
            pen.polygon([(x, edge), ((x + tooth) // 2, point), (tooth, edge)], fill=DESK)
    return desk
