"""``ekasa verify``: an independent check of a journal, from its bytes to the invariants of its receipts."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Context, localcontext
from pathlib import Path
from typing import TextIO

from controller.verify_frames import Found, FrameReader, Violation
from controller.verify_rules import Audit
from states.fiscal.journal import decode_record

PRECISION = 100
"""So many digits that no amount of a record, however absurd, is beyond the audit's arithmetic."""

_SETTINGS_NAME = "register.toml"
_JOURNAL_NAME = "journal"


@dataclass(frozen=True, slots=True)
class Pending:
    """A message with something left to do; a power cut leaves such, and the next start goes on with them."""

    seq: int
    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; ``chain`` is the last chain hash, to compare with the one on the daily report."""

    segments: int
    records: int
    receipts: int
    chain: str
    violations: tuple[Violation, ...]
    open: tuple[Pending, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True if no invariant is broken."""
        return not self.violations


def verify(folder: Path) -> Report:
    """Check the journal of a register's folder, or the journal in this folder, without changing anything.

    ValueError if the folder has no journal and no settings that name one; OSError if it cannot be read.
    """
    reader, audit = FrameReader(journal_of(folder)), Audit()
    violations: list[Violation] = []
    records = 0
    with localcontext(Context(prec=PRECISION)):
        for found in reader:
            records += 1
            violations += _judged(audit, found)
    pending = [Pending(one.seq, one.key, one.pending) for one in audit.lives.lives.values() if one.pending]
    pending += [Pending(one.seq, one.key, one.pending) for one in audit.places.stays.values() if one.pending]
    return Report(
        segments=len(reader.paths),
        records=records,
        receipts=len(audit.lives.lives),
        chain=reader.chain.hex(),
        violations=tuple(sorted(reader.violations + violations, key=lambda violation: violation.seq)),
        open=tuple(pending),
        notes=(*audit.notes, *reader.notes),
    )


def run_verify(folder: Path, as_json: bool, out: TextIO) -> int:
    """Print the report as text or JSON; 0 if all holds, 1 if not, 2 (and a line on stderr) if there is no journal."""
    try:
        report = verify(folder)
    except (OSError, ValueError) as error:
        print(f"ekasa verify: {error}", file=sys.stderr)
        return 2
    if as_json:
        json.dump({"holds": report.holds, **asdict(report)}, out, ensure_ascii=False, indent=2)
        out.write("\n")
    else:
        out.writelines(f"{line}\n" for line in _lines(report))
    return 0 if report.holds else 1


def _judged(audit: Audit, found: Found) -> Iterator[Violation]:
    try:
        record = decode_record(found.kind, found.payload)
    except ValueError as error:
        yield Violation(found.seq, "I2", f"the record cannot be read: {error}")
        return
    for invariant, sentence in audit.judge(found.seq, record):
        yield Violation(found.seq, invariant, sentence)


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
    yield f"{report.receipts} receipts in {report.records} records in {report.segments} segments"
    yield f"chain {report.chain}"
    yield from (f"note: {note}" for note in report.notes)
    yield from (f"open: {each.key} (record {each.seq}) {each.sentence}" for each in report.open)
    yield from (f"violation: record {each.seq} {each.invariant}: {each.sentence}" for each in report.violations)
    yield "every invariant holds" if report.holds else f"{len(report.violations)} violations"
