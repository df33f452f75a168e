"""What happens on a tape: keys, answers in the words of its script, the clock, and what comes late."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from states import effects as do, events as on
from states.fiscal.codes import create_date
from states.fiscal.journal import History
from states.fiscal.place import Location
from states.fiscal.receipt import Attempt, Form, Paragon, Receipt, Verdict
from states.fiscal.slip import Copy, CopyOrder
from states.queueing import name_of
from tests.fiscal_examples import PAYER, SW_ID, UID, receipt
from tests.world_walk import REPLY, World, gathered

Q = TypeVar("Q", bound=do.Effect)


def happening(line: str, world: World, at: datetime) -> Iterator[on.Event]:
    """The events of one line of the script, at this moment."""
    word, _, rest = line.partition(" ")
    if word in ANSWERS:
        yield ANSWERS[word](rest.split(" "), world, create_date(at))
    elif word == "TEXT":
        yield on.TextTyped(rest)
    elif word == "UNKNOWN":
        yield on.UnknownPressed(rest)
    elif word == "Ticked":
        yield on.Ticked(moment(rest, at))
    elif word == "MediumTold":
        percent, _, more = rest.partition(", ")
        yield on.MediumTold(int(percent), is_copy_lost=more == "copy lost")
    elif word == "AnsweredLate":
        yield on.AnsweredLate(named(rest, world).receipt.okp, UID, REPLY)
    else:
        yield from (on.KEYS[name] for name in line.split(" "))


def moment(text: str, at: datetime) -> datetime:
    """``10:01:00`` of the same day, or ``2026-11-24 10:01:00``."""
    return datetime.fromisoformat(f"{text if ' ' in text else f'{at:%Y-%m-%d} {text}'}+01:00")


def named(key: str, world: World) -> History:
    """What the journal says of this receipt, or of the last one."""
    histories = world.journal.receipts
    return next((one for one in histories if one.receipt.key == key), histories[-1])


def question(world: World, wanted: type[Q]) -> Q:
    """The question that is answered."""
    asked = [effect for effect in world.asked if isinstance(effect, wanted)]
    assert asked, f"nobody asked for the answer to {wanted.__name__}"
    return asked[0]


def sealed(_words: list[str], world: World, at: str) -> on.Sealed:
    """The next number."""
    number = 1 + max((one.receipt.number for one in world.journal.receipts), default=0)
    return on.Sealed(issued(number, question(world, do.Seal), at), Attempt(f"uuid-{number}-1", at, 1))


def issued(number: int, seal: do.Seal, at: str) -> Receipt:
    """A receipt with a number, a date and codes of its own."""
    return receipt(seal.sale, number=number, created=at, pkp=b64encode(number.to_bytes(256)).decode())


def reattempted(_words: list[str], world: World, at: str) -> on.Reattempted:
    """A further Uuid."""
    count = question(world, do.Reattempt).sending_count
    return on.Reattempted(Attempt(f"uuid-{count}", at, count))


def original_found(words: list[str], world: World, _at: str) -> on.OriginalFound:
    """The receipt of this key, by its UID, or its OKP while it has none."""
    found = named(words[0], world)
    uid = found.outcome.uid if found.outcome else ""
    return on.OriginalFound(uid or found.receipt.okp, found.receipt)


def paragon_allowed(_words: list[str], world: World, _at: str) -> on.ParagonAllowed:
    """As it was asked for; without a number the next one."""
    asked = question(world, do.CheckParagon)
    used = (one.receipt.sale.paragon.number for one in world.journal.receipts if one.receipt.sale.paragon)
    return on.ParagonAllowed(Paragon(asked.number or 1 + max(used, default=0), asked.issued))


def slip_gathered(_words: list[str], world: World, at: str) -> on.SlipGathered:
    """The slip as it was ordered; a copy is of a receipt of this tape."""
    order = question(world, do.Gather).order
    if not isinstance(order, CopyOrder):
        return on.SlipGathered(gathered(order))
    found = named(f"{at[:7]}/{order.number}", world)
    return on.SlipGathered(Copy(found.receipt, found.outcome.form if found.outcome else Form.ONLINE, at))


def announced(_words: list[str], world: World, at: str) -> on.Announced:
    """The location of this place; its id is the next one."""
    places = world.journal.places
    used = {name_of(one.message) for one in places.unsent} | ({places.here.id} if places.here else set())
    name = f"place-{1 + max((int(one.removeprefix('place-')) for one in used), default=0)}"
    return on.Announced(Location(name, question(world, do.Announce).place, PAYER, at, SW_ID), Attempt("u", at, 1))


Answering = Callable[[list[str], World, str], on.Answer]

ANSWERS: dict[str, Answering] = {
    "Sealed": sealed,
    "SealFailed": lambda words, *_: on.SealFailed(words[0]),
    "Registered": lambda *_: on.Registered(UID, REPLY),
    "RegisterRefused": lambda words, *_: on.RegisterRefused(int(words[0]), " ".join(words[1:]), REPLY),
    "RegisterFailed": lambda words, *_: on.RegisterFailed(words[0], "not" not in words),
    "Kept": lambda *_: on.Kept(),
    "Emailed": lambda words, *_: on.Emailed(" ".join(words)),
    "EmailFailed": lambda words, *_: on.EmailFailed(" ".join(words[3:]), Verdict(words[0]), words[1], int(words[2])),
    "Printed": lambda *_: on.Printed(),
    "PrintFailed": lambda words, *_: on.PrintFailed(words[0]),
    "Reattempted": reattempted,
    "Resent": lambda *_: on.Resent(UID, REPLY),
    "ResendRefused": lambda words, *_: on.ResendRefused(int(words[0]), " ".join(words[1:]), REPLY),
    "ResendFailed": lambda words, *_: on.ResendFailed(words[0], "not" not in words),
    "Resolved": lambda *_: on.Resolved(),
    "OriginalFound": original_found,
    "OriginalMissing": lambda words, *_: on.OriginalMissing(words[0]),
    "ParagonAllowed": paragon_allowed,
    "ParagonRefused": lambda words, *_: on.ParagonRefused(words[0]),
    "SlipGathered": slip_gathered,
    "SlipMissing": lambda words, *_: on.SlipMissing(words[0]),
    "SlipPrinted": lambda *_: on.SlipPrinted(),
    "SlipFailed": lambda words, *_: on.SlipFailed(words[0]),
    "Announced": announced,
    "Located": lambda *_: on.Located(REPLY),
    "LocateRefused": lambda words, *_: on.LocateRefused(int(words[0]), " ".join(words[1:]), REPLY),
    "LocateFailed": lambda words, *_: on.LocateFailed(words[0]),
    "PlaceKept": lambda *_: on.PlaceKept(),
}
