"""What a journal must be after a power cut, told by code that is not the journal's; only the format's constants are.

A path is the life of a receipt, or what else a register writes, in segments so small that it may need several.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from drivers.journal_disk import Disk
from drivers.journal_frames import FORMAT_VERSION, GENESIS, HEAD, MAGIC, SEGMENT, SEGMENT_KIND, TAIL, segment_number
from drivers.journal_log import Log
from states.fiscal.journal import CashMoved, Record, TailDropped, decode_record, encode_record, kind_of
from states.fiscal.receipt import Receipt, Sale, Tender, TenderKind
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk

DROPPED_KIND = kind_of(TailDropped(0, ""))
MONO_NS = 7
Images = dict[int, bytes]
"""Segments by their numbers."""


class Violated(Exception):
    """What was found, or made of it by recovery, is not what had to be."""


# --- What is written ---------------------------------------------------------------------------------------


def receipt_of(chance: Random, number: int) -> Receipt:
    """A receipt whose PKP is random bytes: nothing here looks at what is in a record."""
    items = samples.ITEMS[: chance.randrange(1, 3)]
    cents = sum(item.price_cents for item in items)
    sale = Sale(f"{chance.getrandbits(64):x}", items, (Tender(TenderKind.CARD, cents),), 0, cents, 0)
    pkp, okp = chance.randbytes(256), chance.randbytes(20).hex().upper()
    okp = "-".join(okp[start : start + 8] for start in range(0, 40, 8))
    date = "2026-11-02T08:00:00+01:00"
    return Receipt(sale, samples.SELLER, "2026-11", number, date, "5.55", base64.b64encode(pkp).decode(), okp, "A", "1")


def day_of(chance: Random) -> list[Record]:
    """What a register writes besides receipts."""
    drawer = [CashMoved(chance.randrange(10**6), "2026-11-02T11:00:00+01:00", "Eva") for _ in range(3)]
    return [*samples.moved_life(), *drawer, samples.closed(1, 7, list(drawer))]


LIVES: tuple[Callable[[Receipt], list[Record]], ...] = (
    samples.printed_life,
    samples.mailed_life,
    samples.mail_then_paper_life,
    samples.offline_life,
    samples.refused_life,
)


INTENT_KIND = kind_of(samples.intent(receipt_of(Random(0), 1)))


@dataclass(frozen=True)
class Written:
    """The records of a path, and the sizes and the time that its journal has."""

    records: list[tuple[int, bytes]]
    segment_bytes: int
    life_bytes: int
    wall_ns: int

    def log(self, disk: Disk) -> Log:
        """A log of these sizes whose clock stands still."""
        return Log(
            disk,
            segment_bytes=self.segment_bytes,
            life_bytes=self.life_bytes,
            wall_ns=lambda: self.wall_ns,
            mono_ns=lambda: MONO_NS,
        )

    def write(self, disk: Disk, acknowledged: list[int]) -> None:
        """Start, reserve before each receipt, append everything, and note after each record how many there are."""
        log = self.recover(disk)
        for kind, payload in self.records:
            if kind == INTENT_KIND:
                log.reserve()
            log.append(kind, payload)
            acknowledged.append(len(acknowledged) + 1)

    def recover(self, disk: Disk) -> Log:
        """As the register starts: verify, drop a torn tail, record that."""
        log = self.log(disk)
        log.open()
        if dropped := log.tidy():
            log.append(kind_of(dropped), encode_record(dropped))
        return log


def path_of(chance: Random) -> Written:
    """A drawer, then a receipt's life or what is no receipt, in segments that end within it or not."""
    drawn = chance.randrange(len(LIVES) + 1)
    life = LIVES[drawn](receipt_of(chance, 1)) if drawn < len(LIVES) else day_of(chance)
    first = CashMoved(chance.randrange(10**6), "2026-11-02T07:00:00+01:00", "Eva")
    records = [(kind_of(record), encode_record(record)) for record in [first, *life]]
    longest = max(len(payload) for _, payload in records)
    segment_bytes = -(-(longest + 300 + chance.randrange(1200)) // 8) * 8
    return Written(records, segment_bytes, chance.randrange(1, segment_bytes - 200), 10**18 + chance.getrandbits(40))


# --- What must come of it, told by code that is not the journal's ------------------------------------------


@dataclass(frozen=True)
class Spot:
    """The end of a sound frame, its number and chain hash, and how many records of the path there are up to there."""

    segment: int
    offset: int
    seq: int
    chain: bytes
    records: int


BEGIN = Spot(0, 0, -1, GENESIS, 0)


def frame_of(spot: Spot, kind: int, wall_ns: int, payload: bytes) -> bytes:
    """The frame that must follow."""
    content = HEAD.pack(MAGIC, len(payload), spot.seq + 1, kind, FORMAT_VERSION, wall_ns, MONO_NS)
    content += payload + bytes(-len(payload) % 8)
    content += hashlib.sha256(spot.chain + content).digest()
    return content + zlib.crc32(content).to_bytes(4, "little") + len(payload).to_bytes(4, "little")


def frames_from(images: Images, spot: Spot) -> Iterator[tuple[Spot, int, bytes]]:
    """The sound frames that follow, with their kinds and payloads; also those of the next segments."""
    while True:
        found = _frame_at(images, spot, spot.segment, spot.offset) or _frame_at(images, spot, spot.segment + 1, 0)
        if found is None:
            return
        yield found
        spot = found[0]


def _frame_at(images: Images, spot: Spot, number: int, offset: int) -> tuple[Spot, int, bytes] | None:
    image = images.get(number, b"")
    if not image.startswith(MAGIC, offset) or len(image) < offset + HEAD.size:
        return None
    _, length, _, kind, _, wall_ns, _ = HEAD.unpack_from(image, offset)
    payload = image[offset + HEAD.size : offset + HEAD.size + length]
    frame = frame_of(spot, kind, wall_ns, payload)
    is_head = kind == SEGMENT_KIND and payload == SEGMENT.pack(number, len(image), spot.chain)
    if not image.startswith(frame, offset) or is_head != (offset == 0):
        return None
    chain = frame[-TAIL.size : -8]
    records = spot.records + (kind not in (SEGMENT_KIND, DROPPED_KIND))
    return Spot(number, offset + len(frame), spot.seq + 1, chain, records), kind, payload


def images_of(disk: CrashDisk) -> Images:
    """The segments of a disk as they are."""
    return {number: disk.image(name) for name in disk.names() if (number := segment_number(name))}


def is_blank(image: bytes) -> bool:
    """True if there are only zeros."""
    return image == bytes(len(image))


class Truth:
    """What a path writes if nothing happens, proved to be its records in an unbroken chain."""

    def __init__(self, written: Written) -> None:
        self.written = written
        disk = CrashDisk()
        written.write(disk, [])
        self.steps = disk.steps
        self.images = images_of(disk)
        found = list(frames_from(self.images, BEGIN))
        self.spots = [BEGIN, *(spot for spot, _, _ in found)]
        if [(kind, payload) for _, kind, payload in found if kind != SEGMENT_KIND] != written.records:
            raise Violated("what was written is not what stands there")

    def kept_in(self, images: Images, acknowledged: int) -> Spot:
        """How far a disk holds this, at least all that was acknowledged and at most one record more; if recovery was
        cut before, its own records follow."""
        kept = next(spot for spot in self.spots if spot.records == acknowledged)
        for number in range(1, kept.segment + 1):
            end = kept.offset if number == kept.segment else len(self.images[number])
            if images.get(number, b"")[:end] != self.images[number][:end]:
                raise Violated(f"the disk itself lost one of {acknowledged} acknowledged records")
        for spot, kind, payload in frames_from(images, kept):
            if kind == DROPPED_KIND:
                decode_record(kind, payload)
            elif kind != SEGMENT_KIND and (spot not in self.spots or spot.records > acknowledged + 1):
                raise Violated(f"record {spot.seq} is not what was written")
            kept = spot
        return kept

    def recovered(self, images: Images, acknowledged: int) -> tuple[Spot, Images]:
        """What recovery must make of a disk: the last frame, and all segments that are not blank."""
        kept = self.kept_in(images, acknowledged)
        due = {number: image for number, image in images.items() if number < kept.segment}
        rests = {number: image for number, image in images.items() if number > kept.segment and not is_blank(image)}
        if kept.segment:
            image, rest = images[kept.segment], images[kept.segment][kept.offset :]
            due[kept.segment] = image[: kept.offset] + bytes(len(rest))
            if not is_blank(rest):
                rests[kept.segment] = rest
        if len(rests) > 1:
            raise Violated("the disk itself is torn in two places")
        for rest in rests.values():
            torn = rest.rstrip(b"\0")
            torn += bytes(-len(torn) % 8)
            kept = self._add(due, kept, encode_record(TailDropped(len(torn), hashlib.sha256(torn).hexdigest())))
        return kept, due

    def _add(self, due: Images, kept: Spot, payload: bytes) -> Spot:
        frame = frame_of(kept, DROPPED_KIND, self.written.wall_ns, payload)
        if not kept.segment or kept.offset + len(frame) > len(due[kept.segment]):
            number, size = kept.segment + 1, self.written.segment_bytes
            head = frame_of(kept, SEGMENT_KIND, self.written.wall_ns, SEGMENT.pack(number, size, kept.chain))
            due[number] = head + bytes(size - len(head))
            kept = Spot(number, len(head), kept.seq + 1, head[-TAIL.size : -8], kept.records)
            frame = frame_of(kept, DROPPED_KIND, self.written.wall_ns, payload)
        image, end = due[kept.segment], kept.offset + len(frame)
        due[kept.segment] = image[: kept.offset] + frame + image[end:]
        return Spot(kept.segment, end, kept.seq + 1, frame[-TAIL.size : -8], kept.records)
