"""What ``ekasa replay`` and the demo tell of each receipt: its end, its path and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.replay import Replay, ReplayDiffers, path_of, replay, why
from states.fiscal.journal import Intent, Stored, okp_of
from states.fiscal.receipt import Receipt, Way

DELIVERIES = {Way.EMAIL: "sent", Way.PRINT: "printed"}


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
    """Every receipt of the journal, in the order of their numbers."""
    by_okp: dict[str, list[Stored]] = {}
    for each in stored:
        okp = okp_of(each.record)
        if okp:
            by_okp.setdefault(okp, []).append(each)
    intents = {okp: records[0].record for okp, records in by_okp.items()}
    originals = {okp: intent.receipt for okp, intent in intents.items() if isinstance(intent, Intent)}
    return tuple(_tell(records, originals) for records in by_okp.values())


def _tell(records: list[Stored], originals: Mapping[str, Receipt]) -> Told:
    try:
        return Told(tuple(records), replay(records, originals))
    except ReplayDiffers as error:
        return Told(tuple(records), None, str(error))


def is_of(told: Told, key: str) -> bool:
    """Whether this UID, OKP, ``YYYY-MM/number`` or basket id names the receipt."""
    receipt = told.intent.receipt
    names = {receipt.okp, receipt.key, receipt.sale.basket_id}
    if told.replayed is not None:
        history = told.replayed.history
        names |= {history.outcome.uid if history.outcome else "", history.resolved.uid if history.resolved else ""}
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
    """The path with times, for a person."""
    receipt = told.intent.receipt
    head = f"{receipt.key}  {receipt.amount} EUR  OKP {receipt.okp}"
    if told.replayed is None:
        return f"{head}\n  DIFFERS: {told.differs}"
    lines = [
        f"  {passage.at:%Y-%m-%d %H:%M:%S.%f}  {passage.state:<14}{passage.because}"
        for passage in told.replayed.path[: len(path_of(told.replayed))]
    ]
    return "\n".join([head, *lines, f"  {why(told.replayed.history)}"])
