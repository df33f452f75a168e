"""Finding records on a CHDÚ by their sequence numbers, which never go down from one block to the next."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from drivers.chdu_blocks import Block, Gathering, Unordered
from drivers.chdu_device import Chdu, ChduCorrupt

_TOLD_EVERY_BLOCKS = 500
_log = structlog.get_logger("chdu")


def frames(chdu: Chdu, seq: int, gathering: Gathering) -> Iterator[tuple[int, bytes]]:
    """The frames from this number on, oldest first, each with the address of its last block; ``gathering`` knows then
    what was cut off behind them.

    ChduCorrupt if a block that was durable is not there.
    """
    end = chdu.status().next_address
    start = first_address(chdu, seq, end) if seq else 0
    for address in range(start, end):
        if address % _TOLD_EVERY_BLOCKS == _TOLD_EVERY_BLOCKS - 1:
            _log.info("chdu-reading", block=address + 1, first=start, end=end)
        block = chdu.block(address)
        if block is None:
            continue
        try:
            frame = gathering.take(block)
        except Unordered as error:
            raise ChduCorrupt(chdu.serial, address, block.seq, str(error)) from error
        if frame is not None:
            yield address, frame


def first_address(chdu: Chdu, seq: int, end: int) -> int:
    """An address from which on, up to ``end``, stand the blocks of this record and later ones, and no others.

    Looked for from the end with steps that double, because it is nearly always there.
    """
    low, high, step = 0, end, 1
    while high > 0:
        middle = max(end - step, 0)
        if _is_before(_nearest(chdu, middle, high), seq):
            low = middle + 1
            break
        high, step = middle, 2 * step
    while low < high:
        middle = (low + high) // 2
        if _is_before(_nearest(chdu, middle, high), seq):
            low = middle + 1
        else:
            high = middle
    return high


def _is_before(block: Block | None, seq: int) -> bool:
    return block is not None and block.seq < seq


def _nearest(chdu: Chdu, address: int, end: int) -> Block | None:
    """The first block from there on that is one."""
    return next((block for each in range(address, end) if (block := chdu.block(each))), None)
