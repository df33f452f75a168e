"""Verification side by side with its floor: the same bytes read and hashed frame by frame, and nothing else.

Three contenders: the floor, the bytes of the journal (frames, checksums, chain), and the whole audit (each record
decoded, each signature and invariant judged). Their times are of one pass over a journal of ``receipts`` receipts.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import process_time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from controller.bench_journal import Maker, write_journal
from controller.bench_series import Contender
from controller.opening import read_keys
from controller.settings import load_settings
from controller.verify import verify
from drivers.clock_system import SystemClock
from drivers.journal_frames import ALIGN, HEAD, TAIL

BYTES, AUDIT, FLOOR = "verify bytes", "verify all", "read and hash"

_SEGMENTS = "segment-*.ekj"


async def checks(folder: Path, receipts: int) -> dict[str, Contender]:
    """The contenders, on a journal that is made now with the keys of the register of this folder."""
    journal = folder.with_name("verified")
    seller, signer = await read_keys(load_settings(folder), folder)
    pem = x509.load_der_x509_certificate(signer.certificate_der).public_bytes(Encoding.PEM).decode()
    write_journal(journal, receipts, Maker(seller, signer.sign, pem, SystemClock().now()))
    return {
        FLOOR: _timed(lambda: hash_frames(journal)),
        BYTES: _timed(lambda: _hold(journal, only_bytes=True)),
        AUDIT: _timed(lambda: _hold(journal, only_bytes=False)),
    }


def hash_frames(journal: Path) -> int:
    """Read every segment; SHA-256 and CRC-32 of each frame; how many there were. Nothing is compared."""
    frames = 0
    for path in sorted(journal.glob(_SEGMENTS)):
        content = path.read_bytes()
        offset, end = 0, len(content)
        while offset < end and (length := HEAD.unpack_from(content, offset)[1]):
            frame = content[offset : offset + HEAD.size + TAIL.size + length + -length % ALIGN]
            sha256(frame).digest()
            zlib.crc32(frame)
            offset += len(frame)
            frames += 1
    return frames


def _hold(journal: Path, *, only_bytes: bool) -> None:
    report = verify(journal, only_bytes=only_bytes)
    assert report.holds, report.violations[0]


def _timed(work: Callable[[], object]) -> Contender:
    """Seconds of the processor: neither waits for anything but the disk, whose bytes the kernel has by now."""

    async def once() -> float:
        began_s = process_time()
        work()
        return process_time() - began_s

    return once
