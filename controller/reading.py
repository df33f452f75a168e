"""Reading a folder's journal from outside the register, which may be running: for replay, the demo and export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from controller.progress import RECORDS_AT_ONCE, Progress
from controller.verify import journal_of
from controller.verify_frames import FrameReader
from drivers.journal_frames import JournalCorrupt
from states.fiscal.journal import Stored, decode_record


def read_journal(folder: Path, progress: Progress | None = None) -> Iterator[Stored]:
    """All records of the folder's journal, oldest first; JournalCorrupt, after the last, if it is damaged.

    ValueError if there is no journal, OSError if it cannot be read.
    """
    reader = FrameReader(journal_of(folder))
    for count, found in enumerate(reader, start=1):
        yield Stored(found.seq, found.wall_ns, found.chain, decode_record(found.kind, found.payload))
        if progress and not count % RECORDS_AT_ONCE:
            progress.tell(count, reader.done_bytes / reader.all_bytes)
    if progress:
        progress.close()
    for one in reader.violations:
        raise JournalCorrupt(f"segment {one.segment}", one.offset, one.seq, one.sentence)
