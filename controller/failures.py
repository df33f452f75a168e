"""From an exception that ended a command to its exit code and one clear line, in the language of the settings."""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from controller.app import StoppedError
from controller.causes import most_telling
from controller.log import mask_text
from controller.opening import LoadError, StartError
from controller.settings import FILE_NAME, SettingsError
from controller.training import FolderInUse
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from states.words import Language, say

WRONG, STOPPED = 2, 3


def tell_end(error: BaseException, options: argparse.Namespace) -> int:
    """One line on stderr about the exception that ended the command, and the command's code."""
    code, line = explain(most_telling(error), language_of(getattr(options, "dir", Path())))
    print(f"ekasa: {line}", file=sys.stderr)
    return code


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
            return STOPPED, explain_stop(most_telling(error.__cause__ or error), language)
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
        case JournalCorrupt():
            return one_line(say("journal-corrupt", language, error))
        case JournalFailed():
            return one_line(say("journal-failed", language, error.__cause__ or error))
        case PortError():
            return one_line(say("port-stopped", language, f"{say(error.reason, language)} {error.detail}"))
    return one_line(say("stopped", language, f"{type(error).__name__}: {error}"))


def one_line(text: str) -> str:
    """Whatever a message contains, it stays one line without a whole e-mail address."""
    return mask_text(" ".join(text.split()))


def language_of(folder: Path) -> Language:
    """The language of the folder's settings, Slovak where they cannot be read."""
    try:
        with open(folder / FILE_NAME, "rb") as file:
            return "en" if tomllib.load(file).get("language") == "en" else "sk"
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return "sk"
