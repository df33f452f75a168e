"""What is done to a running register from outside: media that fill and fail, limits, a clock that jumps, a screen.

Every one of them is taken away again, and says in a sentence why it is not there where rights or tools are missing.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest

from tests.shop import KEPT, await_that
from tests.test_display_terminal import Screen

GROUPS = Path("/sys/fs/cgroup/memory")
FAKETIME = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")
_FRAME_END = b"\x1b[?2026l"


def demand_root() -> None:
    """Skip without the rights of root."""
    if os.geteuid():
        pytest.skip("mounting needs root")


def demand(tool: str) -> None:
    """Skip without this command."""
    if not shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin"):
        pytest.skip(f"{tool} is not installed")


def command(*words: object) -> None:
    """Run a command of the system that must succeed."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stderr}"


# --- Media -------------------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path, *options: object) -> Iterator[Path]:
    """Something is mounted on the folder; skips where the machine does not let it."""
    demand_root()
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *map(str, options), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        command("umount", "--lazy", folder)


@contextmanager
def small_folder(folder: Path, mib: int) -> Iterator[Path]:
    """A folder on a medium of so many MiB; what the other sides keep lies beside it."""
    with mounted(folder, "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs"):
        for kept in KEPT.values():
            (folder.parent / kept).mkdir()
            (folder / kept).symlink_to(folder.parent / kept)
        yield folder


@contextmanager
def disk_folder(image: Path, folder: Path, mib: int) -> Iterator[Path]:
    """A folder on a real file system of its own; ``image`` is made if it is not there."""
    demand("mkfs.ext4")
    demand_root()
    if not image.exists():
        image.touch()
        os.truncate(image, mib << 20)
        command("mkfs.ext4", "-q", image)
    with mounted(folder, "-o", "loop", image):
        yield folder


def fill(folder: Path, leave_bytes: int) -> Path:
    """Fill the medium of this folder up to so many bytes; the file to remove."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        while (room := free_bytes(folder) - leave_bytes) > 0:
            try:
                file.write(bytes(min(room, 1 << 20)))
            except OSError:
                break
    return filler


def free_bytes(folder: Path) -> int:
    """What is left on the medium."""
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


# --- Limits ------------------------------------------------------------------------------------------------------


@contextmanager
def memory_group(mib: int) -> Iterator[Path]:
    """A control group of so many MiB; skips where none can be made."""
    group = GROUPS / f"ekasa-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(mib << 20))
    except OSError as error:
        pytest.skip(f"no memory control group can be made: {error}")
    try:
        yield group
    finally:
        await_that("the group is empty", lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()


def within(group: Path) -> tuple[str, ...]:
    """What to put before a command so that it runs in the group."""
    return ("/bin/sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")


# --- Time --------------------------------------------------------------------------------------------------------


class Clock:
    """The wall clock of every process that has ``environment``; the monotonic one is not touched."""

    def __init__(self, folder: Path) -> None:
        found = next((path for pattern in FAKETIME for path in Path("/").glob(pattern[1:])), None)
        if found is None:
            pytest.skip("faketime is not installed")
        self._file = folder / "clock"
        self.move(0.0)
        self.environment = {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def move(self, seconds: float) -> None:
        """So far from the true time, from now on."""
        self._offset_s = seconds
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+.3f}\n")
        new.replace(self._file)

    def step(self, seconds: float) -> None:
        """So far from where it is."""
        self.move(self._offset_s + seconds)

    def set(self, at: datetime) -> None:
        """To this time."""
        self.move(at.timestamp() - time.time())


# --- The screen --------------------------------------------------------------------------------------------------


class Glass:
    """What the cashier sees: the display of a register whose standard output is ``theirs``."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self._seen = b""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while more := os.read(self._ours, 65536):
                self._seen += more
        except OSError:
            return  # The other end is closed: nothing more will be shown.

    def text(self) -> str:
        """The screen as it is now; words that are wrapped on it are one line of words."""
        whole, mark, _ = self._seen.rpartition(_FRAME_END)
        screen = Screen()
        screen.obey((whole + mark).replace(b"\a", b""))
        return " ".join(screen.text.replace("│", " ").split())

    def await_words(self, words: str) -> None:
        """Wait until these words are shown."""
        await_that(f"{words!r} on the screen", lambda: words in self.text())

    def close(self) -> None:
        """Nobody looks any more."""
        os.close(self.theirs)
        os.close(self._ours)


@contextmanager
def watched() -> Iterator[Glass]:
    """A screen that is looked at."""
    glass = Glass()
    try:
        yield glass
    finally:
        glass.close()
