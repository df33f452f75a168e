"""The folder of the journal: its lock, its files, and the few operations of the kernel that make them durable."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from drivers.ports import PortError

LOCK_NAME = "lock"
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class Disk:
    """A folder that one register at a time may write; a power cut may come between any two of these steps.

    ``is_copy_lost`` is True if there was to be a second copy and it is no longer written.
    """

    is_copy_lost = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = -1
        self._open: dict[str, int] = {}

    def lock(self) -> None:
        """Create the folder if need be and take it; PortError(``busy``) if another register has it."""
        if not self.folder.is_dir():
            self.folder.mkdir(mode=_FOLDER_MODE, parents=True)
            _sync_folder(self.folder.parent)
        self.folder.chmod(_FOLDER_MODE)
        self._lock = os.open(self.folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise PortError("busy", f"another register has opened {self.folder}") from error

    def close(self) -> None:
        """Close all files and give the folder back."""
        for descriptor in (*self._open.values(), self._lock):
            with suppress(OSError):
                os.close(descriptor)
        self._open.clear()
        self._lock = -1

    def names(self) -> list[str]:
        """The files in the folder, sorted."""
        return sorted(os.listdir(self.folder))

    def size(self, name: str) -> int:
        """The size of a file in bytes."""
        return os.stat(self.folder / name).st_size

    def free_bytes(self) -> int:
        """What the file system still has for this user."""
        figures = os.statvfs(self.folder)
        return figures.f_bavail * figures.f_frsize

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Up to this many bytes from there."""
        return os.pread(self._file(name), length, offset)

    def create(self, name: str) -> None:
        """Make an empty file; one of that name is emptied."""
        self._forget(name)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._open[name] = os.open(self.folder / name, flags, _FILE_MODE)

    def write(self, name: str, offset: int, content: bytes) -> None:
        """Write all of it with one call; OSError if the kernel took less, as it does when the medium is nearly full."""
        written = os.pwrite(self._file(name), content, offset)
        if written != len(content):
            raise OSError(errno.ENOSPC, f"short write to {name}, {written} of {len(content)} bytes")

    def sync(self, name: str) -> None:
        """Return when the content of the file is on the medium."""
        os.fdatasync(self._file(name))

    def forget_cached(self, name: str) -> None:
        """Let the next read of the file come from the medium rather than from memory."""
        os.posix_fadvise(self._file(name), 0, 0, os.POSIX_FADV_DONTNEED)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name at once and whole; what had that name is gone."""
        self._forget(old)
        self._forget(new)
        os.rename(self.folder / old, self.folder / new)

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens if there is none."""
        self._forget(name)
        (self.folder / name).unlink(missing_ok=True)

    def sync_folder(self) -> None:
        """Return when the names of the files are on the medium."""
        _sync_folder(self.folder)

    def _file(self, name: str) -> int:
        """The descriptor of a file; one file besides the lock is open at a time, and the last one used stays open."""
        if name not in self._open:
            for other in tuple(self._open):
                self._forget(other)
            self._open[name] = os.open(self.folder / name, os.O_RDWR | os.O_CLOEXEC)
        return self._open[name]

    def _forget(self, name: str) -> None:
        if name in self._open:
            os.close(self._open.pop(name))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
