"""What ``ekasa replay`` and the demo tell of each receipt: its end, its path, what was answered, and why.

A journal of any length is told as it is read: a receipt that is done is told after some more have begun, so that only
those that wait, and the newest, are in memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from controller.progress import Progress
from controller.reading import read_journal
from controller.replay import Passage, Replay, ReplayDiffers, path_of, replay
from controller.replay_reasons import why
from states.fiscal.journal import Delivered, Intent, Outcome, Resolved, SetAside, Stored, okp_of
from states.fiscal.receipt import Form, Receipt, Way

DELIVERIES = {Way.EMAIL: "sent", Way.PRINT: "printed"}

_AT_ONCE = 500
"""So many receipts more are gathered before those that are done are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt's records, and their replay or the reason why they cannot be replayed."""

    records: tuple[Stored, ...]
    replayed: Replay | None
    differs: str = ""

    @property
    def intent(self) -> Intent:
        """The first record."""
        first = self.records[0].record
        assert isinstance(first, Intent)
        return first


def tell(stored: Iterable[Stored]) -> tuple[Told, ...]:
    """Every receipt of the journal, in the order in which they began."""
    return tuple(sorted(telling(stored), key=lambda told: told.records[0].seq))


def telling(stored: Iterable[Stored], key: str = "") -> Iterator[Told]:
    """Every receipt, or those of this name, as they come to their end; what is not done when the journal ends, last."""
    gathered: dict[str, list[Stored]] = {}
    originals: dict[str, Receipt] = {}
    enough = _AT_ONCE
    for each in stored:
        okp = okp_of(each.record)
        if not okp:
            continue
        if len(gathered) >= enough:
            yield from _tell_done(gathered, originals, key)
            enough = len(gathered) + _AT_ONCE
        records = gathered.setdefault(okp, [])
        records.append(each)
        first = records[0].record
        if isinstance(each.record, Resolved) and each.record.code and isinstance(first, Intent):
            originals[okp] = first.receipt
    for records in gathered.values():
        yield from _tell(records, originals, key)


def _tell_done(gathered: dict[str, list[Stored]], originals: Mapping[str, Receipt], key: str) -> Iterator[Told]:
    """Tell and forget the older half of those that are done, for late records of the newest may still come."""
    done = [okp for okp, records in gathered.items() if _is_done(records)]
    for okp in done[: len(done) // 2 + 1]:
        yield from _tell(gathered.pop(okp), originals, key)


def _is_done(records: list[Stored]) -> bool:
    """No record may follow: refused at once, or handed out and answered."""
    kinds = {type(each.record) for each in records}
    forms = {each.record.form for each in records if isinstance(each.record, Outcome)}
    if SetAside in kinds or not forms or Form.REFUSED in forms:
        return SetAside not in kinds and Form.REFUSED in forms
    return Delivered in kinds and (Resolved in kinds or Form.OFFLINE not in forms)


def _tell(records: list[Stored], originals: Mapping[str, Receipt], key: str) -> Iterator[Told]:
    if key and not _has_name(records, key):
        return
    if not isinstance(records[0].record, Intent):
        name = type(records[0].record).__name__
        yield Told(tuple(records), None, f"record {records[0].seq}, {name}, of a receipt that ended or never began")
        return
    try:
        yield Told(tuple(records), replay(records, originals))
    except ReplayDiffers as error:
        yield Told(tuple(records), None, str(error))


def is_of(told: Told, key: str) -> bool:
    """Whether this UID, OKP, ``YYYY-MM/number`` or basket id names the receipt."""
    return _has_name(told.records, key)


def _has_name(records: Iterable[Stored], key: str) -> bool:
    names: set[str] = set()
    for each in records:
        names.add(okp_of(each.record))
        match each.record:
            case Intent(receipt):
                names |= {receipt.key, receipt.sale.basket_id}
            case Outcome(uid=uid) | Resolved(uid=uid):
                names.add(uid)
    return key.upper() in {name.upper() for name in names if name}


def summary(told: Told) -> dict[str, Any]:
    """The object of ``receipts.jsonl``."""
    receipt = told.intent.receipt
    base = {
        "month": receipt.month,
        "number": receipt.number,
        "type": str(receipt.sale.type),
        "amount_cents": receipt.sale.total_cents,
    }
    if told.replayed is None:
        return base | {
            "form": None,
            "uid": None,
            "okp": receipt.okp,
            "delivery": None,
            "reason": told.differs,
            "path": [],
        }
    history = told.replayed.history
    outcome, resolved = history.outcome, history.resolved
    uid = (outcome.uid if outcome else "") or (resolved.uid if resolved else "")
    return base | {
        "form": str(outcome.form) if outcome else None,
        "uid": uid or None,
        "okp": receipt.okp,
        "delivery": DELIVERIES[history.delivered.way] if history.delivered else None,
        "reason": why(history),
        "path": list(path_of(told.replayed)),
    }


def as_line(told: Told) -> str:
    """The object as one line of JSON."""
    return json.dumps(summary(told), ensure_ascii=False)


def as_text(told: Told) -> str:
    """The path with times, what was answered, and why, for a person."""
    if not isinstance(told.records[0].record, Intent):
        return f"OKP {okp_of(told.records[0].record)}\n  DIFFERS: {told.differs}"
    receipt = told.intent.receipt
    head = f"{receipt.key}  {receipt.sale.type}  {receipt.amount} EUR  OKP {receipt.okp}"
    if told.replayed is None:
        return f"{head}\n  DIFFERS: {told.differs}"
    lines = [*told.replayed.path[: len(path_of(told.replayed))], *told.replayed.later]
    return "\n".join([head, *map(_line, lines), f"  = {why(told.replayed.history)}"])


def _line(passage: Passage) -> str:
    because = f"{passage.because} ({passage.detail})" if passage.detail else passage.because
    return f"  {passage.at:%Y-%m-%d %H:%M:%S.%f}  {passage.state:<14}{because}".rstrip()


def run_replay(folder: Path, key: str | None, out: TextIO, progress: Progress | None = None) -> int:
    """Tell every receipt, or that of this name, and how many differ; 1 if any does, or if there is none of the name."""
    count = differing = 0
    for told in telling(read_journal(folder, progress), key or ""):
        out.write(f"{as_text(told)}\n\n")
        count += 1
        differing += bool(told.differs)
    if key is not None and not count:
        print(f"ekasa replay: no receipt {key}", file=sys.stderr)
        return 1
    out.write(f"{count} receipts replayed, {differing} differ\n")
    return 1 if differing else 0
