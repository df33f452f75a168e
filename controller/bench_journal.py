"""A journal of any length, made fast: the register's own records, seals, frames and chain, with nobody waiting.

Every receipt is really signed, so all invariants hold. It is made in a folder, for the benchmark and for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path

from drivers.clock_system import BRATISLAVA
from drivers.journal_frames import GENESIS, SEGMENT, SEGMENT_KIND, encode_frame, frame_bytes, segment_name
from states.fiscal.codes import create_date
from states.fiscal.counting import fold
from states.fiscal.identity import Identity
from states.fiscal.journal import (
    Attempted,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    Record,
    Resolved,
    Stored,
    encode_record,
    kind_of,
)
from states.fiscal.receipt import Attempt, Form, Item, Receipt, Sale, Tender, TenderKind, Verdict, Way
from states.fiscal.sealing import seal
from states.fiscal.totals import totals
from states.machines.receipt import message_id

RECEIPTS_A_DAY = 200
"""After so many a daily report is closed."""

_EVERY_S = 30
_DRAIN = 50
_ITEMS = (
    Item("Čajová zmes ďumbier", Decimal("1.000"), "ks", Decimal("2.79"), 23),
    Item("Rožok grahamový", Decimal(4), "ks", Decimal("0.19"), 5),
)
_SW_ID = "A" * 40


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes it: the seller, what signs, its certificate, and when the first receipt is made (aware)."""

    seller: Identity
    sign: Callable[[bytes], bytes]
    certificate_pem: str
    start: datetime


def write_journal(folder: Path, receipts: int, maker: Maker, segment_bytes: int = 16 * 1024 * 1024) -> int:
    """So many receipts, every kind of life among them, in segments of this size; how many bytes of frames there are."""
    writer = Writer(folder, segment_bytes)
    for moment, record in records(receipts, maker):
        writer.append(moment, replace(record, up_to_seq=writer.seq) if isinstance(record, Closed) else record)
    writer.close()
    return writer.bytes


def records(receipts: int, maker: Maker) -> Iterator[tuple[datetime, Record]]:
    """What the register would write, and when: most are on-line on paper, each 20th is mailed, refused, off-line.

    Up to which record a daily report counts is left to who writes them.
    """
    opened = Opened("bench", "1", _SW_ID, maker.seller, maker.certificate_pem)
    yield maker.start, opened
    day: list[Record] = []
    unsent: list[Receipt] = []
    reports, opening_cents, numbers = 0, 0, {"": 0}
    for count in range(receipts):
        moment = (maker.start + timedelta(seconds=_EVERY_S * count)).astimezone(BRATISLAVA)
        month = f"{moment:%Y-%m}"
        numbers = {month: numbers.get(month, 0) + 1}
        life = list(_life(count, numbers[month], moment, maker, unsent))
        if count % RECEIPTS_A_DAY == RECEIPTS_A_DAY - 1:
            reports += 1
            whole = replace(fold(Stored(0, 0, b"", one) for one in (*day, *life)), opening_cents=opening_cents)
            day, opening_cents = [], whole.drawer_cents
            life.append(Closed(reports, 0, totals(whole)))
        else:
            day += life
        for record in life:
            yield moment, record


def _life(count: int, number: int, moment: datetime, maker: Maker, unsent: list[Receipt]) -> Iterator[Record]:
    kind = count % 20
    receipt = _receipt(count, number, moment, maker, is_mailed=kind in (1, 2))
    okp = receipt.okp
    yield Intent(receipt, _attempt(receipt, 1))
    reply = "<reply>" + "x" * 300
    if kind == 3:
        unsent.append(receipt)
        yield Outcome(okp, Form.OFFLINE, "", 0, "late", Way.PRINT, "", "")
    elif kind == 4:
        yield Outcome(okp, Form.REFUSED, "", -101, "Nesprávne DIČ", None, "", reply)
        return
    else:
        way = Way.EMAIL if kind in (1, 2) else Way.PRINT
        yield Outcome(okp, Form.ONLINE, _uid(okp), 0, "", way, message_id(okp) if way is Way.EMAIL else "", reply)
    if kind == 2:
        yield MailFailed(okp, Verdict.NOT_SENT, "rcpt", 550, "5.1.1 unknown")
    yield Delivered(okp, Way.EMAIL, "250 queued") if kind == 1 else Delivered(okp, Way.PRINT, "")
    if len(unsent) > _DRAIN // 20:
        late = unsent.pop(0)
        yield Attempted(late.okp, _attempt(late, 2))
        yield Resolved(late.okp, _uid(late.okp), 0, reply)


def _receipt(count: int, number: int, moment: datetime, maker: Maker, *, is_mailed: bool) -> Receipt:
    cents = sum(item.price_cents for item in _ITEMS)
    tenders = (Tender(TenderKind.CARD, cents),)
    masked = "j***@example.sk" if is_mailed else ""
    sale = Sale(f"bench-{count + 1}", _ITEMS, tenders, 0, cents, 0, masked)
    date = create_date(moment)
    return seal(sale, maker.seller, number, date, sign=maker.sign, sw_id=_SW_ID, certificate_serial="1")


def _attempt(receipt: Receipt, count: int) -> Attempt:
    digits = blake2b(f"{receipt.okp} {count}".encode(), digest_size=16).hexdigest()
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
    return Attempt(uuid, receipt.create_date, count)


def _uid(okp: str) -> str:
    return "O-" + blake2b(okp.encode(), digest_size=16).hexdigest().upper()


class Writer:
    """Segments in a folder, as the register's storage makes them, without its syncs; ``bytes`` is what was written,
    ``seq`` the last record."""

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._segment = bytearray()
        self._number = 0
        self.seq = -1
        self._chain = GENESIS
        self._ns = 0
        self.bytes = 0
        self._begin(0)

    def append(self, moment: datetime, record: Record) -> None:
        """One record more, at this time."""
        payload = encode_record(record)
        wall_ns = int(moment.timestamp()) * 10**9
        if len(self._segment) + frame_bytes(len(payload)) > self._segment_bytes:
            self.close()
            self._begin(wall_ns)
        self._frame(kind_of(record), wall_ns, payload)

    def close(self) -> None:
        """Write the segment that was begun, filled up with zeros."""
        content = bytes(self._segment).ljust(self._segment_bytes, b"\0")
        (self._folder / segment_name(self._number)).write_bytes(content)

    def _begin(self, wall_ns: int) -> None:
        self._number += 1
        self._segment.clear()
        self._frame(SEGMENT_KIND, wall_ns, SEGMENT.pack(self._number, self._segment_bytes, self._chain))

    def _frame(self, kind: int, wall_ns: int, payload: bytes) -> None:
        self.seq, self._ns = self.seq + 1, self._ns + 1
        frame = encode_frame(self._chain, self.seq, kind, wall_ns, wall_ns, payload)
        self._chain = frame[-40:-8]
        self._segment += frame
        self.bytes += len(frame)
