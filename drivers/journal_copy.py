"""A second copy of the journal in another folder: written after the journal, compared with it at every start.

A record is durable in both before it is acknowledged, one sync after the other. What is only made from the journal
(index, checkpoint) is not copied. A copy that is away or fails is gone until the next start, and sales go on.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVarTuple

from drivers.journal_checkpoint import TEMPORARY
from drivers.journal_compare import PIECE_BYTES, Side, lacking
from drivers.journal_disk import Disk
from drivers.journal_frames import segment_name, segment_number
from drivers.ports import PortError

_Arguments = TypeVarTuple("_Arguments")


class CopyFailed(Exception):
    """The medium of the copy failed or is full."""


class FolderOfCopy(Disk):
    """A folder that is never made, because on the mount point of a stick that is away it would not be a copy."""

    def lock(self) -> None:
        """Take the folder; OSError if it is not there, PortError(``busy``) if another register has it."""
        if not self.folder.is_dir():
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.folder))
        super().lock()


class MirroredDisk(Disk):
    """Two disks as one: what is read comes from the journal's, and each segment is written to it first."""

    def __init__(self, journal: Disk, copy: Disk) -> None:
        super().__init__(journal.folder)
        self.is_copy_lost = False
        self._journal = journal
        self._copy = copy
        self._unsynced: dict[str, list[tuple[int, int]]] = {}

    # --- Opening -----------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Take both folders, compare all segments, and bring the copy up if it only lacks the newest records.

        Raises:
          PortError: ``busy``, another register has one of the folders.
          JournalCorrupt: they contradict each other; nothing was changed.
        """
        self._journal.lock()
        try:
            self._bring_up()
        except CopyFailed:
            self._lose_copy()

    def _bring_up(self) -> None:
        with _blaming_copy():
            self._copy.lock()
        journal = Side(self._journal, str(self._journal.folder), nullcontext)
        lacks = lacking(journal, Side(self._copy, str(self._copy.folder), _blaming_copy))
        with _blaming_copy():
            for name in self._copy.names():
                if name.endswith(TEMPORARY):
                    self._copy.remove(name)
        for number, end in lacks.items():
            self._renew(journal, number, end)

    def _renew(self, journal: Side, number: int, end: int) -> None:
        """Put the journal's segment up to there in place of the copy's at once, so that no cut leaves a part of it."""
        temporary = segment_name(number) + TEMPORARY
        with _blaming_copy():
            self._copy.create(temporary)
        for offset, piece in journal.pieces(number, end):
            with _blaming_copy():
                self._copy.write(temporary, offset, piece)
        with _blaming_copy():
            self._copy.sync(temporary)
            self._copy.rename(temporary, segment_name(number))
            self._copy.sync_folder()

    def close(self) -> None:
        """Close both and give the folders back."""
        self._journal.close()
        self._copy.close()

    # --- What both disks do ------------------------------------------------------------------------------

    def create(self, name: str) -> None:
        """As Disk has it, on both."""
        self._journal.create(name)
        self._unsynced.pop(name, None)
        self._too(name, self._copy.create, name)

    def write(self, name: str, offset: int, content: bytes) -> None:
        """As Disk has it; the copy gets it when it is durable in the journal, so that it never is ahead."""
        self._journal.write(name, offset, content)
        self._unsynced.setdefault(name, []).append((offset, offset + len(content)))

    def sync(self, name: str) -> None:
        """Return when the content is on the journal's medium, and then on the copy's."""
        self._journal.sync(name)
        written = self._unsynced.pop(name, [])
        for start, end in written if self._is_copied(name) else []:
            for offset in range(start, end, PIECE_BYTES):
                piece = self._journal.read(name, offset, min(PIECE_BYTES, end - offset))
                self._too(name, self._copy.write, name, offset, piece)
        if written:
            self._too(name, self._copy.sync, name)

    def rename(self, old: str, new: str) -> None:
        """As Disk has it, on both."""
        self._journal.rename(old, new)
        self._too(new, self._copy.rename, old, new)

    def remove(self, name: str) -> None:
        """As Disk has it, on both."""
        self._journal.remove(name)
        self._too(name, self._copy.remove, name)

    def sync_folder(self) -> None:
        """Return when the names are on both media."""
        self._journal.sync_folder()
        self._too(segment_name(1), self._copy.sync_folder)

    def _is_copied(self, name: str) -> bool:
        return not self.is_copy_lost and segment_number(name.removesuffix(TEMPORARY)) > 0

    def _too(self, name: str, step: Callable[[*_Arguments], object], *arguments: *_Arguments) -> None:
        """Do with a segment of the copy what was done with the journal's; a copy that cannot is lost."""
        if self._is_copied(name):
            try:
                step(*arguments)
            except OSError:
                self._lose_copy()

    def _lose_copy(self) -> None:
        self.is_copy_lost = True
        self._copy.close()

    # --- What only the journal's does --------------------------------------------------------------------

    def names(self) -> list[str]:
        """As Disk has it."""
        return self._journal.names()

    def size(self, name: str) -> int:
        """As Disk has it."""
        return self._journal.size(name)

    def free_bytes(self) -> int:
        """As Disk has it; a copy that has no room is lost, and nothing else."""
        return self._journal.free_bytes()

    def read(self, name: str, offset: int, length: int) -> bytes:
        """As Disk has it."""
        return self._journal.read(name, offset, length)

    def forget_cached(self, name: str) -> None:
        """As Disk has it."""
        self._journal.forget_cached(name)


def mirrored(journal: Path, copy: Path) -> MirroredDisk:
    """The journal in the one folder with its copy in the other.

    PortError(``settings``) if they are not two folders, one beside the other, or if the copy has links to other files.
    """
    here, there = Path(os.path.realpath(journal)), Path(os.path.realpath(copy))
    if copy.is_symlink():
        raise PortError("settings", f"storage.copy: {copy} is a symbolic link")
    if here == there or here in there.parents or there in here.parents or _is_same(here, there):
        raise PortError("settings", f"storage.copy: {copy} is not another folder than the journal's, {journal}")
    with suppress(OSError):
        if links := sorted(path.name for path in there.iterdir() if _is_link(path)):
            raise PortError("settings", f"storage.copy: {links[0]} in {copy} is a link")
    return MirroredDisk(Disk(journal), FolderOfCopy(copy))


def _is_same(here: Path, there: Path) -> bool:
    with suppress(OSError):
        return here.samefile(there)
    return False


def _is_link(path: Path) -> bool:
    """True for a symbolic link, and for a file that has another name as well."""
    status = path.lstat()
    return stat.S_ISLNK(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1)


@contextmanager
def _blaming_copy() -> Iterator[None]:
    """An error of the medium in here is the copy's."""
    try:
        yield
    except OSError as error:
        raise CopyFailed(str(error)) from error
