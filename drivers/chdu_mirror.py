"""The folder beside a CHDÚ: the journal of the device once more, in the journal's own files.

The device is the truth and slow to read (1 MB takes 100 s), so what it holds stands in the folder again, byte for byte,
as ordinary segments; index, verify, replay and the register's own questions read those. Each frame is durable on the
device before it is written here. A start compares the last record of both by its chain hash, which stands for all
before it, and reads from the device what the folder lacks. The folder may be thrown away; the device may not.
"""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from drivers.chdu_blocks import Gathering
from drivers.chdu_device import SPARE_BLOCKS, Chdu, ChduCorrupt, ChduFailed
from drivers.chdu_reading import frames
from drivers.journal_checkpoint import remove_checkpoint
from drivers.journal_disk import Disk
from drivers.journal_frames import (
    GENESIS,
    HEAD,
    MAGIC,
    SEGMENT,
    SEGMENT_KIND,
    Frame,
    decode_frame,
    frame_bytes,
    objection,
    segment_name,
    segment_number,
    walk,
)
from drivers.ports import PortError
from states.fiscal.journal import TailDropped

VOLUME_NAME = "volume"
"""The file that says of which device the folder is a copy."""

SET_ASIDE = ".replaced"
SEGMENT_BYTES_MAX = 256 * 1024 * 1024
_FILL_BYTES = 1024 * 1024
_TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True)
class End:
    """Where the folder's last sound frame ends: segment 0 if there is none."""

    number: int = 0
    offset: int = 0
    size_bytes: int = 0
    seq: int = -1
    chain: bytes = GENESIS


class ChduDisk(Disk):
    """A folder in which no frame stands that is not durable on the device.

    ``dropped`` is what a cut had left on the device, to be recorded.
    """

    def __init__(self, folder: Path, chdu: Chdu) -> None:
        super().__init__(folder)
        self._chdu = chdu
        self.dropped: TailDropped | None = None

    def lock(self) -> None:
        """Take folder and device, close a record that was cut off, and bring the folder up to the device.

        Raises:
          PortError: ``busy``, another register has the folder; ``chdu-other``, it is the copy of another device.
          JournalCorrupt: the device does not hold what it held, or contradicts the folder; nothing was changed.
          OSError: the device cannot be reached, or the folder not be written.
        """
        super().lock()
        self._chdu.open()
        self._own()
        gathering = Gathering()
        self._confirm(self._bring_up(gathering), gathering)
        free_blocks = self._chdu.status().free_blocks
        if gathering.open and free_blocks:
            # Without this the next record would stand in the midst of the one that was cut off.
            self._chdu.abort(gathering.open)
        if gathering.is_dropping and free_blocks >= 2 * SPARE_BLOCKS:
            self.dropped = gathering.dropped

    def write(self, name: str, offset: int, content: bytes) -> None:
        """As Disk has it; a frame is durable on the device before a byte of it is written here.

        Raises:
          PortError: ``full``, and nothing was written.
          OSError: the device or the folder failed.
        """
        if content.startswith(MAGIC) and segment_number(name):
            self._append(content)
        super().write(name, offset, content)

    def _append(self, content: bytes) -> None:
        _, _, seq, kind, *_ = HEAD.unpack_from(content)
        try:
            self._chdu.append(seq, content)
        except PortError as error:
            if kind == SEGMENT_KIND:
                # The log cannot go on without it, so this is not the answer to one record that does not fit.
                raise OSError(errno.ENOSPC, str(error)) from error
            raise

    def close(self) -> None:
        """Give folder and device back."""
        super().close()
        self._chdu.close()

    def replace(self) -> None:
        """Set the segments aside, so that the next start reads all from the device."""
        for name in self.names():
            if segment_number(name):
                self.rename(name, name + SET_ASIDE)
        remove_checkpoint(self)
        self.sync_folder()

    # --- Bringing the folder up --------------------------------------------------------------------------

    def _own(self) -> None:
        """PortError unless the folder is this device's, or a new one."""
        names = self.names()
        if VOLUME_NAME in names:
            of = self.read(VOLUME_NAME, 0, 100).decode("ascii", "replace")
        else:
            of = "none" if any(map(segment_number, names)) else self._chdu.identity
        if of != self._chdu.identity:
            raise PortError("chdu-other", f"storage.path: the copy of {of}; {self._chdu.identity} is there")
        if VOLUME_NAME not in names:
            self.create(VOLUME_NAME + _TEMPORARY)
            super().write(VOLUME_NAME + _TEMPORARY, 0, of.encode("ascii"))
            self.sync(VOLUME_NAME + _TEMPORARY)
            self.rename(VOLUME_NAME + _TEMPORARY, VOLUME_NAME)
            self.sync_folder()

    def _bring_up(self, gathering: Gathering) -> End:
        """Compare the last record that the folder has, then take over what follows it on the device: also what was cut
        off while it was written here."""
        end = self._end()
        found = frames(self._chdu, max(end.seq, 0), gathering)
        if end.seq >= 0:
            self._compare(end, *next(found, (0, b"")))
        for address, content in found:
            end = self._take(end, address, content)
        if end.number:
            self.sync(segment_name(end.number))
        return end

    def _confirm(self, end: End, gathering: Gathering) -> None:
        """Hear the end of the device once more: nothing is written after a block that was only misheard."""
        again = Gathering()
        found = [decode_frame(content, 0) for _, content in frames(self._chdu, max(end.seq, 0), again)]
        chains = [frame.chain for frame in found if frame]
        if (chains or [GENESIS], again.open, again.dropped) != ([end.chain], gathering.open, gathering.dropped):
            raise ChduFailed("the CHDÚ failed: it tells its last record differently each time")

    def _compare(self, end: End, address: int, content: bytes) -> None:
        frame = decode_frame(content, 0)
        if frame is None or frame.seq != end.seq:
            raise self._damage(address, end.seq, "the folder has this record, and the device no longer has it")
        if frame.chain != end.chain:
            raise self._damage(address, end.seq, "the folder has another record of this number")

    def _end(self) -> End:
        """Where the last sound frame of the last segment ends that has one; the log looks at the others."""
        for name in reversed(self.names()):
            if number := segment_number(name):
                segment = self.read(name, 0, self.size(name))
                if end := _end_of(number, segment):
                    return end
        return End()

    def _take(self, end: End, address: int, content: bytes) -> End:
        frame = decode_frame(content, 0)
        assert frame is not None
        if what := objection(content, frame, end.seq + 1, end.chain):
            raise self._damage(address, end.seq + 1, what)
        if frame.kind == SEGMENT_KIND:
            end = self._begin_segment(end, address, frame)
        if end.offset + len(content) > end.size_bytes:
            raise self._damage(address, frame.seq, "the record does not fit where it must have stood")
        super().write(segment_name(end.number), end.offset, content)
        return End(end.number, end.offset + len(content), end.size_bytes, frame.seq, frame.chain)

    def _begin_segment(self, end: End, address: int, frame: Frame) -> End:
        """Put a segment full of zeros in place, as the log does."""
        number, size_bytes, _ = SEGMENT.unpack(frame.payload.ljust(SEGMENT.size, b"\0")[: SEGMENT.size])
        if number != end.number + 1 or not frame.end <= size_bytes <= SEGMENT_BYTES_MAX:
            raise self._damage(address, frame.seq, f"the head of segment {number} of {size_bytes} bytes")
        if end.number:
            self.sync(segment_name(end.number))
        self.remove(segment_name(number))
        temporary = segment_name(number) + _TEMPORARY
        self.create(temporary)
        for offset in range(0, size_bytes, _FILL_BYTES):
            super().write(temporary, offset, bytes(min(_FILL_BYTES, size_bytes - offset)))
        self.sync(temporary)
        self.rename(temporary, segment_name(number))
        self.sync_folder()
        return End(number, 0, size_bytes, end.seq, end.chain)

    def _damage(self, address: int, seq: int, what: str) -> ChduCorrupt:
        return ChduCorrupt(self._chdu.serial, address, seq, what)


def _end_of(number: int, segment: bytes) -> End | None:
    """The end of the unbroken row of frames from its start; None without its head."""
    head = decode_frame(segment[: frame_bytes(SEGMENT.size)], 0)
    if head is None or head.kind != SEGMENT_KIND or len(head.payload) != SEGMENT.size:
        return None
    *_, chain = SEGMENT.unpack(head.payload)
    last = deque(walk(segment, head.seq, chain), maxlen=1)
    return End(number, last[0].end, len(segment), last[0].seq, last[0].chain) if last else None
