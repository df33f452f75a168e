"""Files that change together: all of them or none, whenever the power goes.

Each new content is first written and synced beside its file, as ``NAME.next``. Then their list becomes a file by one
rename, and from that moment on the change holds: whoever finds the list finishes it, here or at the next start.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

LIST = "identity.change"


def replace_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Give the files of these names, relative to the folder, new contents that only their owner may read.

    An OSError before the list is there has changed nothing.
    """
    with _locked(folder):
        _finish(folder)
        for name, content in contents.items():
            _write(_next(folder / name), content)
        _write(_next(folder / LIST), json.dumps(list(contents)).encode())
        _sync({folder, *((folder / name).parent for name in contents)})
        os.replace(_next(folder / LIST), folder / LIST)
        _sync([folder])
        _finish(folder)


def finish_change(folder: Path) -> None:
    """Finish what an interrupted ``replace_together`` had decided; what it had not decided is left undone."""
    if (folder / LIST).exists():
        with _locked(folder):
            _finish(folder)


def _finish(folder: Path) -> None:
    try:
        names = json.loads((folder / LIST).read_bytes())
    except FileNotFoundError:
        return
    for name in names:
        if _next(folder / name).exists():
            os.replace(_next(folder / name), folder / name)
    _sync({(folder / name).parent for name in names})
    (folder / LIST).unlink()
    _sync([folder])


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _write(path: Path, content: bytes) -> None:
    """Write a file anew that nobody else may read, not even for a moment, and wait until it is durable."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One change at a time; the lock ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folders: Iterable[Path]) -> None:
    """Make renames durable."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
