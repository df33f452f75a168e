"""Which of several exceptions says why a register ended, and whether it was the medium."""

from __future__ import annotations

from collections.abc import Iterator

from controller.opening import StartError
from controller.settings import SettingsError
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError

_KINDS = (JournalCorrupt, JournalFailed, SettingsError, StartError, PortError, OSError)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions inside groups of groups."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def rank(error: BaseException) -> int:
    """The most telling of several exceptions has the lowest rank: the journal's first."""
    return next((place for place, kind in enumerate(_KINDS) if isinstance(error, kind)), len(_KINDS))


def most_telling(error: BaseException) -> BaseException:
    """The one of these exceptions that explains the others."""
    return min(leaves(error), key=rank)


def is_of_medium(error: BaseException) -> bool:
    """The medium failed, and nothing that was durable is known to be damaged: it may be opened and verified again."""
    return isinstance(most_telling(error), JournalFailed)
