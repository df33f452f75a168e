"""From an exception that ended a command to its exit code and one clear line, in the language of the settings."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from controller.app import StoppedError
from controller.opening import LoadError, StartError
from controller.settings import FILE_NAME, SettingsError
from controller.training import FolderInUse
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from states.words import Language, say

WRONG, STOPPED = 2, 3


def explained(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run the command; however it ends, there is a code and at most one line. Raises SystemExit for an exception."""
    try:
        return command(options)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        code, line = explain(min(leaves(error), key=rank), language_of(getattr(options, "dir", Path())))
        print(f"ekasa: {line}", file=sys.stderr)
        raise SystemExit(code) from None


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions inside groups of groups."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def rank(error: BaseException) -> int:
    """The most telling of several exceptions has the lowest rank: the journal's first."""
    kinds = (JournalCorrupt, JournalFailed, SettingsError, StartError, PortError, OSError)
    return next((place for place, kind in enumerate(kinds) if isinstance(error, kind)), len(kinds))


def explain(error: BaseException, language: Language) -> tuple[int, str]:
    """The exit code, and what happened and what to do, in one line."""
    match error:
        case SettingsError():
            return WRONG, str(error)
        case StartError():
            return WRONG, one_line(f"{FILE_NAME}: {error.key}: {explain_port(error.error, language)}")
        case LoadError():
            return WRONG, one_line(f"{error.path}: {explain_port(error.error, language)}")
        case FolderInUse():
            return WRONG, say("folder-in-use", language, error)
        case StoppedError():
            return STOPPED, explain_stop(min(leaves(error.__cause__ or error), key=rank), language)
        case JournalCorrupt():
            return STOPPED, one_line(say("journal-corrupt", language, error))
        case OSError():
            return WRONG, one_line(f"{error.filename or ''} {error.strerror or error}")
        case ValueError():
            return WRONG, one_line(str(error))
    return STOPPED, explain_stop(error, language)


def explain_port(error: PortError, language: Language) -> str:
    """The sentence of its reason, and what else is known."""
    return say(error.reason, language) + (f" ({error.detail})" if error.detail else "")


def explain_stop(error: BaseException, language: Language) -> str:
    """Why a running register stopped, and what to do."""
    match error:
        case JournalFailed():
            return one_line(say("journal-failed", language, error.__cause__ or error))
        case PortError():
            return one_line(say("port-stopped", language, f"{say(error.reason, language)} {error.detail}"))
    return one_line(say("stopped", language, f"{type(error).__name__}: {error}"))


def one_line(text: str) -> str:
    """Whatever a message contains, it stays one line."""
    return " ".join(text.split())


def language_of(folder: Path) -> Language:
    """The language of the folder's settings, Slovak where they cannot be read."""
    try:
        with open(folder / FILE_NAME, "rb") as file:
            return "en" if tomllib.load(file).get("language") == "en" else "sk"
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return "sk"
