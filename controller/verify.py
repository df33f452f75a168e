"""``ekasa verify``: an independent check of a journal, from its bytes to the invariants of its receipts.

The JSON is one object: ``holds``; ``segments``, ``records`` and ``receipts`` (null if only the bytes were checked);
``chain``; ``violation_count`` and ``violations``, the first of them, each with ``seq`` (the record), ``segment`` and
``offset`` (where its frame or the damage begins), ``invariant`` and ``sentence``; ``open_count`` and ``open``, each
with ``seq``, ``segment``, ``offset``, ``key`` and ``sentence``; ``notes``. Fields may be added, none changes.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from decimal import Context, localcontext
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TextIO

from controller.progress import RECORDS_AT_ONCE, Progress
from controller.verify_frames import KEPT_MAX, Findings, Found, FrameReader, Violation
from controller.verify_lives import Life
from controller.verify_names import SUSPECTS_MAX, Comparison
from controller.verify_places import Stay
from controller.verify_rules import Audit
from states.fiscal.journal import Record, decode_record

PRECISION = 100
"""So many digits that no amount of a record, however absurd, is beyond the audit's arithmetic."""

_SETTINGS_NAME = "register.toml"
_JOURNAL_NAME = "journal"


@dataclass(frozen=True, slots=True)
class Pending:
    """A message with something left to do; a power cut leaves such, and the next start goes on with them."""

    seq: int
    segment: int
    offset: int
    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; ``chain`` is the last chain hash, to compare with the one on the daily report.

    Of violations and open messages the first KEPT_MAX are told; the counts are those of all.
    """

    segments: int
    records: int
    receipts: int | None
    chain: str
    violation_count: int
    violations: tuple[Violation, ...]
    open_count: int
    open: tuple[Pending, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True if no invariant is broken."""
        return not self.violation_count


def verify(folder: Path, progress: Progress | None = None, *, only_bytes: bool = False) -> Report:
    """Check the journal of a register's folder, or the journal in this folder, without changing anything.

    ``only_bytes``: frames, checksums and chain, and not what the records say.
    ValueError if the folder has no journal and no settings that name one; OSError if it cannot be read; sqlite3.Error
    if there is no room for what an audit must remember.
    """
    check = Check(journal_of(folder), progress or Progress("verify", sys.stderr, is_wanted=False))
    if only_bytes:
        check.read()
        return check.report(None, 0, ())
    with closing(Audit()) as audit, localcontext(Context(prec=PRECISION)):
        check.audit(audit)
        count, pending = _pending(audit)
        return check.report(audit.lives.receipts, count, pending, *audit.notes)


class Check:
    """One reading of a journal, and what it has found."""

    def __init__(self, journal: Path, progress: Progress) -> None:
        self._journal = journal
        self._progress = progress
        self._findings = Findings()
        self._reader = FrameReader(journal)
        self._records = 0

    def read(self) -> None:
        """Only the bytes."""
        for _ in self._found(self._reader):
            self._records += 1

    def audit(self, audit: Audit) -> None:
        """The bytes and the records; those whose names seem to be repeated are read once more."""
        for found in self._found(self._reader):
            self._records += 1
            if record := self._decoded(found):
                for broken in audit.judge(found, record):
                    self._violate(found, *broken)
        for life, sentence in audit.late():
            self._findings.add(Violation(life.seq, life.segment, life.offset, "I20", sentence))
        if suspects := audit.names.suspects():
            self._compare(suspects)

    def report(self, receipts: int | None, open_count: int, pending: tuple[Pending, ...], *notes: str) -> Report:
        """What was found."""
        kept = sorted([*self._reader.findings.kept, *self._findings.kept], key=lambda one: (one.segment, one.offset))
        return Report(
            segments=len(self._reader.paths),
            records=self._records,
            receipts=receipts,
            chain=self._reader.chain.hex(),
            violation_count=self._reader.findings.count + self._findings.count,
            violations=tuple(kept[:KEPT_MAX]),
            open_count=open_count,
            open=pending,
            notes=(*notes, *self._reader.notes),
        )

    def _compare(self, suspects: set[int]) -> None:
        comparison = Comparison()
        for found in self._found(FrameReader(self._journal)):
            if found.seq in suspects and (record := self._decoded(found)):
                for broken in comparison.judge(record):
                    self._violate(found, *broken)
        if len(suspects) == SUSPECTS_MAX:
            self._reader.notes.append(
                f"names were compared in {SUSPECTS_MAX} records only: too many seem to be repeated"
            )

    def _found(self, reader: FrameReader) -> Iterator[Found]:
        all_bytes = max(1, reader.all_bytes)
        for count, found in enumerate(reader, start=1):
            yield found
            if not count % RECORDS_AT_ONCE:
                self._progress.tell(count, reader.done_bytes / all_bytes)
        self._progress.close()

    def _decoded(self, found: Found) -> Record | None:
        try:
            return decode_record(found.kind, found.payload)
        except ValueError as error:
            self._violate(found, "I2", f"the record cannot be read: {error}")
        return None

    def _violate(self, found: Found, invariant: str, sentence: str) -> None:
        self._findings.add(Violation(found.seq, found.segment, found.offset, invariant, sentence))


def _pending(audit: Audit) -> tuple[int, tuple[Pending, ...]]:
    """How many messages have something left to do, and the first of them."""
    shelves: list[Iterator[Life | Stay]] = [audit.lives.shelf.open(), audit.places.shelf.open()]
    waiting = merge(*shelves, key=lambda one: one.seq)
    pending = (Pending(one.seq, one.segment, one.offset, one.key, one.pending) for one in waiting)
    first = tuple(islice(pending, KEPT_MAX))
    return len(first) + sum(1 for _ in pending), first


def run_verify(folder: Path, as_json: bool, out: TextIO, progress: Progress | None = None, **how: bool) -> int:
    """Print the report as text or JSON; 0 if all holds, 1 if not, 2 (and a line on stderr) if there is no journal."""
    try:
        report = verify(folder, progress, **how)
    except (OSError, ValueError, sqlite3.Error) as error:
        print(f"ekasa verify: {error}", file=sys.stderr)
        return 2
    if as_json:
        json.dump({"holds": report.holds, **asdict(report)}, out, ensure_ascii=False, indent=2)
        out.write("\n")
    else:
        out.writelines(f"{line}\n" for line in _lines(report))
    return 0 if report.holds else 1


def journal_of(folder: Path) -> Path:
    """Where the journal of a register's folder is, or the folder itself if it is one; ValueError if it is neither."""
    settings = folder / _SETTINGS_NAME
    if settings.is_file():
        match tomllib.loads(settings.read_text(encoding="utf-8")):
            case {"storage": {"path": str(path)}}:
                return _existing(folder / path)
        return _existing(folder / _JOURNAL_NAME)
    if not any(folder.glob("segment-*.ekj")):
        raise ValueError(f"{folder} has neither {_SETTINGS_NAME} nor the segments of a journal")
    return folder


def _existing(journal: Path) -> Path:
    if not journal.is_dir():
        raise ValueError(f"{journal} is no journal: it was never made, or it is gone")
    return journal


def _lines(report: Report) -> Iterator[str]:
    what = "" if report.receipts is None else f"{report.receipts} receipts in "
    yield f"{what}{report.records} records in {report.segments} segments"
    yield f"chain {report.chain}"
    yield from (f"note: {note}" for note in report.notes)
    for one in report.open:
        yield f"open: {one.key} (record {one.seq}, segment {one.segment}, byte {one.offset}) {one.sentence}"
    if report.open_count > len(report.open):
        yield f"open: {report.open_count - len(report.open)} more"
    for each in report.violations:
        place = f"record {each.seq}, segment {each.segment}, byte {each.offset}"
        yield f"violation: {place}: {each.invariant}: {each.sentence}"
    if report.violation_count > len(report.violations):
        yield f"violation: {report.violation_count - len(report.violations)} more"
    if not report.holds:
        yield f"{report.violation_count} violations"
    else:
        yield "the chain is whole" if report.receipts is None else "every invariant holds"
