"""The campaign of power cuts: a million states without a violation, and planted bugs that it must find."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from drivers import journal_log, journal_opening
from drivers.journal_disk import Disk
from drivers.journal_frames import Damage, Frame, Place, encode_frame, segment_name, torn_tail
from drivers.journal_log import Log
from states.fiscal.journal import TailDropped
from tests.crash_disk import CrashDisk
from tests.crash_states import Player, play, run

SEEDS = range(6)
Patch = tuple[object, str, object]


def test_a_million_disks_after_a_power_cut_are_recovered_right() -> None:
    """F1 and F2: I1, I2, I3 and I28 hold in each of them; and every damaged record is refused."""
    counts = run(1_000_000, seed=1)
    print(counts)
    assert counts.violations == []
    assert counts.states >= 1_000_000
    assert counts.nested >= 100_000
    assert counts.recoveries >= 2 * (counts.states + counts.nested)
    assert counts.flipped > 10_000
    assert counts.folders > 100


def test_states_are_counted_once() -> None:
    """The same path gives the same figures, and no disk of one path is one of another."""
    assert str(play(3, byte_step=50)) == str(play(3, byte_step=50))
    players = [Player(seed, byte_step=50) for seed in SEEDS]
    for player in players:
        player.play()
    seen = [player._seen for player in players]
    assert sum(map(len, seen)) == len(set().union(*seen))
    counted = sum(player.counts.states + player.counts.nested + player.counts.flipped for player in players)
    assert counted == sum(map(len, seen))


def test_a_path_without_planted_bugs_holds() -> None:
    """What the planted bugs are compared with."""
    assert [play(seed, byte_step=50).violations for seed in SEEDS] == [[]] * len(SEEDS)


# --- Planted bugs ------------------------------------------------------------------------------------------


def without(step: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A method of the log during which a step of the disk is left out."""

    def planted(method: Callable[..., Any]) -> Callable[..., Any]:
        def lazy(log: Log, *arguments: Any) -> Any:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(CrashDisk, step, lambda disk, *_: None)
                return method(log, *arguments)

        return lazy

    return planted


def unsynced_record() -> Patch:
    return Log, "_write", without("sync")(Log._write)


def unsynced_names() -> Patch:
    return Log, "_prepare", without("sync_folder")(Log._prepare)


def unsynced_drop() -> Patch:
    return Log, "_drop_tail", without("sync")(Log._drop_tail)


def kept_tail() -> Patch:
    return Log, "_drop_tail", without("write")(Log._drop_tail)


def silent_drop() -> Patch:
    original = Log.tidy

    def tidy(log: Log) -> None:
        original(log)

    return Log, "tidy", tidy


def acknowledged_before_written() -> Patch:
    """Every other record is written when the next one comes."""
    original, waiting = Log.append, dict[Log, tuple[int, bytes]]()

    def append(log: Log, kind: int, payload: bytes) -> None:
        if log in waiting:
            original(log, *waiting.pop(log))
            original(log, kind, payload)
        else:
            waiting[log] = kind, payload

    return Log, "append", append


def synced_one_record_late() -> Patch:
    """A record is durable only when the next one comes."""
    original = Log._write

    def write(log: Log, kind: int, payload: bytes) -> Any:
        if log._end:
            log._disk.sync(segment_name(log._number))
        return without("sync")(original)(log, kind, payload)

    return Log, "_write", write


def truncated_at_corruption() -> Patch:
    """Whatever is no sound record is taken for a torn tail."""

    def everything(segment: bytes, offset: int, seq: int, chain: bytes) -> bytes:
        with suppress(Damage):
            return torn_tail(segment, offset, seq, chain)
        return segment[offset:].rstrip(b"\0")

    return journal_opening, "torn_tail", everything


def half_dropped() -> Patch:
    """Only the first bytes of a torn tail are overwritten."""

    def drop(log: Log) -> TailDropped:
        assert log._torn
        number, offset, torn = log._torn
        log._disk.write(segment_name(number), offset, bytes(8))
        log._disk.sync(segment_name(number))
        log._torn = None
        return TailDropped(len(torn), hashlib.sha256(torn).hexdigest())

    return Log, "_drop_tail", drop


def believed_from_memory() -> Patch:
    """What a killed register left in the kernel's memory is not made durable before it is believed."""

    def read(opening: journal_opening.Opening, name: str) -> bytes:
        return opening._disk.read(name, 0, opening._disk.size(name))

    return journal_opening.Opening, "_from_medium", read


def unchained() -> Patch:
    """The chain does not go on from the record before."""

    def frame(chain: bytes, *rest: Any) -> bytes:
        return encode_frame(bytes(32), *rest)

    return journal_log, "encode_frame", frame


def written_twice() -> Patch:
    """A record is repeated behind itself."""
    original = Log.append

    def append(log: Log, kind: int, payload: bytes) -> tuple[Place, Frame]:
        original(log, kind, payload)
        return original(log, kind, payload)

    return Log, "append", append


def written_in_two() -> Patch:
    """The end of a frame is written before the rest."""
    original = CrashDisk.write

    def write(disk: CrashDisk, name: str, offset: int, content: bytes) -> None:
        original(disk, name, offset + len(content) - 8, content[-8:])
        original(disk, name, offset, content[:-8])

    return CrashDisk, "write", write


PLANTED = [unsynced_record, synced_one_record_late, unsynced_names, unsynced_drop, kept_tail, silent_drop,
           acknowledged_before_written, truncated_at_corruption, half_dropped, believed_from_memory, unchained,
           written_twice, written_in_two]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_bug_is_found(plant: Callable[[], Patch], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them within a few paths, though writes are torn at few bytes only."""
    assert issubclass(CrashDisk, Disk)
    monkeypatch.setattr(*plant())
    found = next((violations for seed in SEEDS if (violations := play(seed, byte_step=50).violations)), None)
    print(found)
    assert found
