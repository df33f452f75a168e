"""The paper of a simulated ESC/POS printer: commands in, marks on the paper out. A command that is unknown is an error.

Source: Epson ESC/POS reference. Written from the reference, not from the encoder of the driver that it judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import segno

LINE_DOTS = 30
CUT_FEED_LINES = 4
"""The head is about 15 mm before the knife."""

PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 45: "cp1250", 54: "cp852"}


class UnknownCommand(Exception):
    """These bytes are none of the commands that this printer has."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of letters."""

    text: str
    centred: bool
    bold: bool
    big: bool


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol of model 2; ``module_dots`` is the side of its smallest square."""

    text: str
    module_dots: int
    level: str
    centred: bool

    @property
    def modules(self) -> int:
        """How many modules a side has."""
        return _modules(self.text, self.level)

    @property
    def dots(self) -> int:
        """The width, which is the height."""
        return self.modules * self.module_dots


@dataclass(frozen=True, slots=True)
class Gap:
    """Paper fed without printing."""

    dots: int


@lru_cache
def _modules(text: str, level: str) -> int:
    return int(segno.make(text, error=level, boost_error=False, micro=False).symbol_size(border=0)[0])


Mark = Row | Symbol | Gap


@dataclass(frozen=True, slots=True)
class Document:
    """What is on one piece of paper, from cut to cut, and the bytes that made it."""

    marks: tuple[Mark, ...]
    raw: bytes

    def text(self, columns: int) -> str:
        """The rows as plain text; a QR symbol as ``[QR: its text]``."""
        return "".join(f"{row.rstrip()}\n" for mark in self.marks for row in _plain(mark, columns))

    def symbols(self) -> tuple[Symbol, ...]:
        """The QR symbols."""
        return tuple(mark for mark in self.marks if isinstance(mark, Symbol))


@dataclass(frozen=True, slots=True)
class Command:
    """One command (``code``) with its parameters, or a run of letters (``text``)."""

    code: bytes
    parameters: bytes
    raw: bytes


_PARAMETERS = {
    b"\n": 0, b"\x00": 0, b"\x1b@": 0, b"\x1c.": 0,
    b"\x1bR": 1, b"\x1bt": 1, b"\x1ba": 1, b"\x1bE": 1, b"\x1bJ": 1, b"\x1d!": 1, b"\x1dr": 1,
    b"\x1dV": 2, b"\x1bp": 3,
}  # fmt: skip
_BLOCKS = (b"\x1d(k", b"\x1d(H")
_PREFIXES = (b"\x1b", b"\x1c", b"\x1d", b"\x1d(")
TEXT = b"text"


def next_command(buffer: bytes) -> Command | None:
    """The first command of the buffer, None while it is incomplete.

    Raises:
      UnknownCommand: no command begins like this.
    """
    letters = len(buffer) - len(buffer.lstrip(bytes([*range(0x20, 0x7F), *range(0x80, 0x100)])))
    if letters:
        return Command(TEXT, buffer[:letters], buffer[:letters])
    for code in (buffer[:1], buffer[:2]):
        if code in _PARAMETERS:
            size = len(code) + _PARAMETERS[code]
            return Command(code, buffer[len(code) : size], buffer[:size]) if len(buffer) >= size else None
    if buffer[:3] in _BLOCKS:
        size = 5 + int.from_bytes(buffer[3:5], "little")
        return Command(buffer[:3], buffer[5:size], buffer[:size]) if len(buffer) >= max(size, 6) else None
    if not buffer or buffer in _PREFIXES:
        return None
    raise UnknownCommand(buffer[:16].hex(" "))


@dataclass(slots=True)
class Paper:
    """What is printed and what is set; ``dots`` is the printable width, ``columns`` how many letters it has.

    A ``kanji`` printer reads two bytes as one Chinese character until FS . tells it not to, as clones do.
    """

    columns: int
    dots: int
    kanji: bool = False
    drawer_pulses: int = 0
    documents: list[Document] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    _raw: bytearray = field(default_factory=bytearray)
    _row: bytearray = field(default_factory=bytearray)
    _look: tuple[bool, bool] = (False, False)
    _settings: dict[bytes, int] = field(default_factory=dict)
    _symbol: bytes = b""

    def torn(self) -> Document:
        """What has come out since the last cut."""
        return Document(tuple(self.marks), bytes(self._raw))

    def forget_row(self) -> None:
        """Drop the letters that are not yet on paper."""
        self._row.clear()
        self._look = (False, False)

    def reset(self) -> None:
        """Back to the settings after power-on; the paper stays."""
        self.forget_row()
        self._settings.clear()
        self._symbol = b""

    def lines(self, command: Command) -> int:
        """How many lines of paper the command needs."""
        match command.code, command.parameters:
            case b"\n", _:
                return 2 if self._look[1] else 1
            case b"\x1bJ", dots:
                return -(-dots[0] // LINE_DOTS)
            case b"\x1dV", _:
                return CUT_FEED_LINES
            case b"\x1d(k", b"1Q0":
                return -(-self._stored().dots // LINE_DOTS)
        return 0

    def execute(self, command: Command) -> bytes:
        """Do what the command says and return the printer's answer to it, if it has one.

        Raises:
          UnknownCommand: its parameters are none of this printer's.
        """
        self._raw += command.raw
        match command.code, command.parameters:
            case b"text", letters:
                self._write(letters)
            case b"\n", _:
                self._print_row()
            case b"\x1b@", _:
                self.reset()
            case b"\x1bJ", dots:
                self.marks.append(Gap(dots[0]))
            case b"\x1dV", b"B\x00":
                self._cut()
            case b"\x1bp", _:
                self.drawer_pulses += 1
            case b"\x1dr", b"\x01":
                return b"\x00"
            case b"\x1d(H", bytes(process_id) if process_id[:2] == b"00" and len(process_id) == 6:
                return b"\x37\x22" + process_id[2:] + b"\x00"
            case b"\x1d(k", function:
                self._qr(function)
            case b"\x1c.", _:
                self._settings[b"\x1c."] = 1
            case b"\x00", _:
                pass
            case code, value if _may_be_set(code, value):
                self._settings[code] = value[0]
            case _:
                raise UnknownCommand(command.raw.hex(" "))
        return b""

    def _write(self, letters: bytes) -> None:
        look = (self._settings.get(b"\x1bE", 0) == 1, self._settings.get(b"\x1d!", 0) == 0x11)
        if self._row and look != self._look:
            raise UnknownCommand("a row of two looks")
        self._row += letters
        self._look = look

    def _print_row(self) -> None:
        kanji = self.kanji and b"\x1c." not in self._settings
        encoding = "gb18030" if kanji else PAGES[self._settings.get(b"\x1bt", 0)]
        bold, big = self._look
        row = Row(self._row.decode(encoding, "replace"), self._centred(), bold, big)
        if len(row.text) > self.columns // (2 if row.big else 1):
            raise UnknownCommand(f"{len(row.text)} letters run over the edge: {row.text!r}")
        self.marks.append(row)
        self.forget_row()

    def _cut(self) -> None:
        if self._row:
            raise UnknownCommand("a cut in the middle of a row is ignored by printers")
        self.marks.append(Gap(CUT_FEED_LINES * LINE_DOTS))
        self.documents.append(self.torn())
        self.marks.clear()
        self._raw.clear()

    def _qr(self, function: bytes) -> None:
        match function[:2], function[2:]:
            case b"1A", b"2\x00":
                pass
            case b"1C", module if len(module) == 1 and 1 <= module[0] <= 16:
                self._settings[b"qr"] = module[0]
            case b"1E", b"1":
                pass
            case b"1P", stored if stored[:1] == b"0" and len(stored) > 1:
                self._symbol = stored[1:]
            case b"1Q", b"0":
                self._print_symbol()
            case _:
                raise UnknownCommand(f"GS ( k {function.hex(' ')}")

    def _print_symbol(self) -> None:
        symbol = self._stored()
        if self._row or not self._symbol or symbol.dots > self.dots:
            raise UnknownCommand(f"a symbol of {symbol.dots} dots cannot be printed here")
        self.marks.append(symbol)

    def _stored(self) -> Symbol:
        return Symbol(self._symbol.decode("ascii"), self._settings.get(b"qr", 3), "m", self._centred())

    def _centred(self) -> bool:
        return self._settings.get(b"\x1ba", 0) == 1


def _may_be_set(code: bytes, value: bytes) -> bool:
    allowed = {b"\x1bR": {0}, b"\x1bt": set(PAGES), b"\x1ba": {0, 1}, b"\x1bE": {0, 1}, b"\x1d!": {0, 0x11}}
    return code in allowed and value[0] in allowed[code]


def _plain(mark: Mark, columns: int) -> tuple[str, ...]:
    match mark:
        case Row(text, centred):
            return (text.center(columns) if centred else text,)
        case Symbol(text):
            return (f"[QR: {text}]".center(columns),)
    return ()
