"""Reads ``register.toml``: strictly, and with an error that names file, key and what was expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from controller.settings_model import (
    Api,
    Authority,
    Cashier,
    Console,
    Currency,
    Department,
    Device,
    Display,
    IdentityFiles,
    Keypad,
    Mail,
    Network,
    Printer,
    Settings,
    Storage,
)
from controller.settings_rules import broken_rules
from drivers.clock_system import SystemClock

__all__ = (
    "FILE_NAME",
    "Api",
    "Authority",
    "Cashier",
    "Console",
    "Currency",
    "Department",
    "Device",
    "Display",
    "IdentityFiles",
    "Keypad",
    "Mail",
    "Network",
    "Printer",
    "Settings",
    "SettingsError",
    "Storage",
    "load_settings",
)

FILE_NAME = "register.toml"
FILE_MAX_BYTES = 256 * 1024
MESSAGE_MAX = 300

_LANGUAGE = re.compile(r"""^\s*language\s*=\s*["']en["']""", re.MULTILINE)
_POSITION = re.compile(r"at line ([0-9]+), column ([0-9]+)")
_WRONG_TYPE = re.compile(r"Expected `(\w+)`, got `\w+`(?: - at `\$\.?(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(\w+)` - at `\$\.?(.*)`")

_TYPES = {
    "str": ("text", "text"),
    "int": ("celé číslo", "a whole number"),
    "float": ("číslo", "a number"),
    "bool": ("true alebo false", "true or false"),
    "array": ("zoznam", "a list"),
    "object": ("oddiel s kľúčmi", "a table of keys"),
}


class SettingsError(Exception):
    """The settings cannot be used; the text is one line for a technician, in the language of the settings."""


class _Wrong(Exception):
    """Where (a key path, or nothing) and what, in Slovak and in English."""

    def __init__(self, where: str, sk: str, en: str) -> None:
        super().__init__(where, sk, en)
        self.where, self.sk, self.en = where, sk, en


def load_settings(folder: Path, day: date | None = None) -> Settings:
    """The settings of a working folder, by the law of the day, which is today unless said.

    Raises:
      SettingsError: ``register.toml`` is missing, unreadable, not UTF-8 or TOML, or some key is wrong.
    """
    content = b""
    try:
        content = _content(folder / FILE_NAME)
        return _checked(_parsed(content), day or SystemClock().now().date())
    except _Wrong as wrong:
        english = _LANGUAGE.search(content.decode(errors="replace"))
        raise SettingsError(_one_line(FILE_NAME, wrong.where, wrong.en if english else wrong.sk)) from None


def _one_line(*parts: str) -> str:
    line = ": ".join(part for part in parts if part)
    return "".join(char if char.isprintable() else " " for char in line)[:MESSAGE_MAX]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError:
        raise _Wrong("", f"súbor chýba v priečinku {path.parent}", f"the file is missing in {path.parent}") from None
    except (OSError, ValueError) as error:
        raise _Wrong("", f"súbor sa nedá čítať ({error})", f"the file cannot be read ({error})") from error
    if len(content) > FILE_MAX_BYTES:
        raise _Wrong("", "súbor je väčší ako 256 kB", "the file is larger than 256 kB")
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Wrong("", f"riadok {line}: text nie je v UTF-8", f"line {line}: the text is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise _syntax(error) from error


def _syntax(error: Exception) -> _Wrong:
    sk, en = "nie je to platný zápis TOML", "this is not valid TOML"
    if place := _POSITION.search(str(error)):
        sk, en = f"riadok {place[1]}, stĺpec {place[2]}: {sk}", f"line {place[1]}, column {place[2]}: {en}"
    elif "end of document" in str(error):
        sk, en = f"koniec súboru: {sk}", f"end of the file: {en}"
    return _Wrong("", sk, en)


def _checked(found: dict[str, Any], day: date) -> Settings:
    for path in _unknown_keys(found, Settings):
        raise _Wrong(path, "neznámy kľúč", "unknown key")
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise _wrong_type(str(error)) from error
    for path, rule in broken_rules(settings, day):
        raise _Wrong(path, rule.sk, rule.en)
    return settings


def _unknown_keys(found: object, model: type) -> Iterator[str]:
    """Paths of keys that the model lacks; what has the wrong type is left to the conversion."""
    if not isinstance(found, dict):
        return
    hints = get_type_hints(model)
    known = {field.name for field in fields(model)}
    for key, value in found.items():
        if key not in known:
            yield key
            continue
        inner = (get_args(hints[key]) or (hints[key],))[0]
        if is_dataclass(inner) and isinstance(inner, type):
            for place, item in _items(key, value):
                yield from (f"{place}.{path}" for path in _unknown_keys(item, inner))


def _items(key: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        yield from ((f"{key}[{index}]", item) for index, item in enumerate(value))
    else:
        yield key, value


def _wrong_type(message: str) -> _Wrong:
    if missing := _MISSING.fullmatch(message):
        return _Wrong(f"{missing[2]}.{missing[1]}", "kľúč chýba", "the key is missing")
    if wrong := _WRONG_TYPE.fullmatch(message):
        sk, en = _TYPES.get(wrong[1], (wrong[1], wrong[1]))
        return _Wrong(wrong[2] or "", f"očakáva sa {sk}", f"expected {en}")
    _, _, place = message.rstrip("`").partition(" - at `$.")
    return _Wrong(place, "nesprávna hodnota", "wrong value")
