"""Planted bugs of the journal: what is synced, in which order, what a damaged one becomes, and how it is numbered."""

from __future__ import annotations

from itertools import count
from typing import Any

from drivers import journal_book, journal_frames, journal_log, journal_opening
from drivers.journal_book import Book
from drivers.journal_disk import Disk
from drivers.journal_frames import GENESIS, SEGMENT_KIND, Damage, Frame, JournalCorrupt, Place
from drivers.journal_index import Doubt
from drivers.journal_log import Log
from drivers.journal_port import JournalStorage
from states.fiscal import sealing
from states.fiscal.codes import month_of
from states.fiscal.journal import Delivered, History, kind_of
from states.fiscal.receipt import Way
from states.machines import receipt as receipts
from tests import sim_power
from tests.sim_faults import WEIGHTS, Drawer
from tests.sim_planting import Patch, Plant

ONE_IN = 7
BAD_DISK: Patch = (WEIGHTS, Drawer.DISK, 80)
FLIPS: tuple[Patch, ...] = ((sim_power, "FLIPPED_ONE_IN", 1), (WEIGHTS, Drawer.POWER, 60))


class Wrapped:
    """A disk of which some operations are replaced."""

    def __init__(self, disk: Disk, **instead: Any) -> None:
        self._disk = disk
        self.__dict__.update(instead)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk, name)


def writing_on(log: Log, disk: Any, kind: int, payload: bytes) -> tuple[Place, Frame]:
    """Write a frame of a log on another disk."""
    true_disk = log._disk
    log._disk = disk
    try:
        return TRUE_WRITE(log, kind, payload)
    finally:
        log._disk = true_disk


TRUE_WRITE = Log._write


def skip_a_sync() -> tuple[Patch, ...]:
    """Every seventh record is written and not synced."""
    made = count(1)

    def write(log: Log, kind: int, payload: bytes) -> tuple[Place, Frame]:
        if next(made) % ONE_IN:
            return TRUE_WRITE(log, kind, payload)
        return writing_on(log, Wrapped(log._disk, sync=lambda name: None), kind, payload)

    return ((Log, "_write", write),)


def unsynced_delivery() -> tuple[Patch, ...]:
    """What nothing follows from is not worth a sync."""
    lazy = kind_of(Delivered("", Way.PRINT, ""))

    def write(log: Log, kind: int, payload: bytes) -> tuple[Place, Frame]:
        if kind != lazy:
            return TRUE_WRITE(log, kind, payload)
        return writing_on(log, Wrapped(log._disk, sync=lambda name: None), kind, payload)

    return ((Log, "_write", write),)


def sync_before_write() -> tuple[Patch, ...]:
    """The order is turned round."""

    def write(log: Log, kind: int, payload: bytes) -> tuple[Place, Frame]:
        disk = log._disk

        def sync_and_write(name: str, offset: int, content: bytes) -> None:
            disk.sync(name)
            disk.write(name, offset, content)

        return writing_on(log, Wrapped(disk, write=sync_and_write, sync=lambda name: None), kind, payload)

    return ((Log, "_write", write),)


def sync_again() -> tuple[Patch, ...]:
    """A sync that failed is tried once more, and the kernel, which dropped what it could not write, says yes."""

    def write(log: Log, kind: int, payload: bytes) -> tuple[Place, Frame]:
        disk = log._disk

        def sync(name: str) -> None:
            try:
                disk.sync(name)
            except OSError:
                disk.sync(name)

        return writing_on(log, Wrapped(disk, sync=sync), kind, payload)

    return ((Log, "_write", write),)


def truncate_at_damage() -> tuple[Patch, ...]:
    """What follows a damaged record is taken for a torn tail, and an index that knows better is made anew."""
    true_catch_up = Book._catch_up

    def torn_tail(segment: bytes, offset: int, seq: int, chain: bytes) -> bytes:
        try:
            return journal_frames.torn_tail(segment, offset, seq, chain)
        except Damage:
            return segment[offset : journal_frames.last_byte(segment, offset)]

    def catch_up(book: Book) -> None:
        try:
            true_catch_up(book)
        except JournalCorrupt as error:
            raise Doubt(str(error)) from error

    return (journal_opening, "torn_tail", torn_tail), (Book, "_catch_up", catch_up)


def chain_begins_anew() -> tuple[Patch, ...]:
    """The first frame of a segment follows from nothing."""

    def encode(chain: bytes, seq: int, kind: int, *rest: Any) -> bytes:
        return journal_frames.encode_frame(GENESIS if kind == SEGMENT_KIND else chain, seq, kind, *rest)

    return ((journal_log, "encode_frame", encode),)


def reserve_nothing() -> tuple[Patch, ...]:
    """Nobody asks for room before a sale."""

    async def reserve(_storage: JournalStorage) -> None:
        return None

    return ((JournalStorage, "reserve", reserve),)


# --- Numbers ---------------------------------------------------------------------------------------------


def number_from_memory() -> tuple[Patch, ...]:
    """The journal is asked for a number once in a life; then it is counted on, whatever the month."""
    true_number = JournalStorage.last_number
    last: list[int] = []

    async def last_number(storage: JournalStorage, month: str) -> int:
        last.append(last[-1] + 1 if last else await true_number(storage, month))
        return last[-1]

    return ((JournalStorage, "last_number", last_number),)


def number_left_out() -> tuple[Patch, ...]:
    """One number in so many is given to nobody."""
    true_number, asked = JournalStorage.last_number, count(1)

    async def last_number(storage: JournalStorage, month: str) -> int:
        return await true_number(storage, month) + (next(asked) % ONE_IN == 0)

    return ((JournalStorage, "last_number", last_number),)


def nameless(history: History) -> tuple[str, ...]:
    """The journal compares nothing but OKPs before it takes a receipt."""
    return (history.receipt.okp,)


def number_twice() -> tuple[Patch, ...]:
    """One number in so many is given to the next receipt too, and the journal does not look."""
    true_number, asked = JournalStorage.last_number, count(1)

    async def last_number(storage: JournalStorage, month: str) -> int:
        return max(0, await true_number(storage, month) - (next(asked) % ONE_IN == 0))

    return (JournalStorage, "last_number", last_number), (journal_book, "names_of", nameless)


def month_of_the_start() -> tuple[Patch, ...]:
    """The month in which the register was started is the month of all its receipts."""
    true_number = JournalStorage.last_number
    months: list[str] = []

    def month(date_text: str) -> str:
        months.append(month_of(date_text))
        return months[0]

    async def last_number(storage: JournalStorage, asked: str) -> int:
        return await true_number(storage, months[0] if months else asked)

    return (sealing, "month_of", month), (JournalStorage, "last_number", last_number)


def one_basket() -> tuple[Patch, ...]:
    """The next customer's basket has the name of the last one's, and the journal does not look."""
    return (receipts, "next_basket_id", lambda basket_id: basket_id), (journal_book, "names_of", nameless)


# fmt: off
JOURNAL: dict[str, Plant] = {
    "skip-a-sync":         Plant("a record is acknowledged without a sync", "I1", skip_a_sync),
    "unsynced-delivery":   Plant("a delivery is acknowledged without a sync", "I1", unsynced_delivery),
    "sync-before-write":   Plant("a record is synced before it is written", "I1", sync_before_write),
    "sync-again":          Plant("a sync that failed is tried again and believed", "I1", sync_again, (BAD_DISK,)),
    "truncate-at-damage":  Plant("what follows a damaged record is cut off", "I2", truncate_at_damage, FLIPS),
    "chain-begins-anew":   Plant("each segment begins a chain of its own", "I3", chain_begins_anew),
    "month-of-the-start":  Plant("receipts are numbered in the month of the start", "I5", month_of_the_start),
    "number-twice":        Plant("a number is given to two receipts", "I5", number_twice),
    "number-from-memory":  Plant("the number is counted on, not asked for", "I6", number_from_memory),
    "number-left-out":     Plant("a number is given to nobody", "I6", number_left_out),
    "one-basket":          Plant("all customers of a day have one basket", "I10", one_basket),
    "reserve-nothing":     Plant("a sale begins without room for its life", "I25", reserve_nothing),
}
# fmt: on
