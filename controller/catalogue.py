"""The shop's PLU: read at the start, and set anew by ``ekasa plu DIR FILE.csv``, all of them with one record."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TextIO

import trio

from controller.catalogue_csv import FILE_MAX_BYTES, Parsed, Unusable, parse, table
from controller.opening import StartError, blaming, enter
from controller.reading import read_journal
from controller.settings import Settings, load_settings
from drivers.ports import Storage
from states.fiscal.journal import CatalogueSet
from states.till import EMPTY, Catalogue
from states.words import Language, say

DONE, FAILED, WRONG = 0, 1, 2
TOLD_MAX = 100


def run_plu(folder: Path, file: Path | None, is_partial: bool, out: TextIO) -> int:
    """Set the PLU of a table, or without a file write them as one.

    0 when done; 1 when lines were refused and so, unless ``is_partial``, nothing was set; 2 (with a line on stderr)
    when the file is no table of PLU, or a register is running. SettingsError and StartError as for the register.
    """
    settings = load_settings(folder)
    language: Language = "en" if settings.language == "en" else "sk"
    if file is None:
        out.write(table(set_in(folder).products, language))
        return DONE
    try:
        parsed = parse(_content(file))
        if not parsed.refusals or (is_partial and parsed.products):
            trio.run(_set, settings, folder, parsed)
    except Unusable as error:
        return _wrong(f"{file}: {say(error.word, language, *error.values)}")
    except StartError as error:
        if error.error.reason != "busy":
            raise
        return _wrong(say("plu-busy", language))
    out.writelines(f"{line}\n" for line in _lines(parsed, is_partial, language))
    return DONE if not parsed.refusals or (is_partial and parsed.products) else FAILED


def set_in(folder: Path) -> Catalogue:
    """The PLU in the journal of a folder, whose register may be running."""
    catalogue = EMPTY
    for stored in read_journal(folder):
        if isinstance(stored.record, CatalogueSet):
            catalogue = Catalogue(stored.record.products)
    return catalogue


async def _set(settings: Settings, folder: Path, parsed: Parsed) -> None:
    async with AsyncExitStack() as stack:
        storage: Storage = await enter(stack, "storage", settings.storage, folder=folder)
        async with blaming("storage.path"):
            await storage.append(CatalogueSet(parsed.products))


def _content(file: Path) -> bytes:
    """The file, or one byte more than it may have."""
    with file.open("rb") as opened:
        return opened.read(FILE_MAX_BYTES + 1)


def _wrong(sentence: str) -> int:
    print(f"ekasa plu: {sentence}", file=sys.stderr)
    return WRONG


def _lines(parsed: Parsed, is_partial: bool, language: Language) -> Iterator[str]:
    for one in parsed.refusals[:TOLD_MAX]:
        yield say("plu-refused", language, one.line, say(one.word, language), one.shown)
    if len(parsed.refusals) > TOLD_MAX:
        yield say("plu-more", language, len(parsed.refusals) - TOLD_MAX)
    if parsed.refusals and not (is_partial and parsed.products):
        yield say("plu-none", language, len(parsed.refusals))
    else:
        yield say("plu-set", language, len(parsed.products), len(parsed.refusals))
