"""``ekasa load``: identification and authentication data, in either order, proved before anything is changed.

Sources: the authority's test scenarios TS_01_01 to TS_02_01 (loading in both orders, renewal); IA (at most two valid
certificates of one register at once, the same subject in all of them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from controller.opening import LoadError
from controller.reading import read_journal
from controller.settings import IdentityFiles, load_settings
from drivers.clock_system import BRATISLAVA
from drivers.identity_change import finish_change, replace_together
from drivers.identity_files import (
    NO_KEY,
    FileSigner,
    check_begun,
    check_match,
    is_certificate,
    open_identity,
    open_signer,
    read_file,
    read_identity,
    read_password,
)
from drivers.identity_schema import Kind, kind_of
from drivers.ports import PortError
from states.fiscal.identity import Identity
from states.fiscal.journal import Intent
from states.words import Language, say

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was read once."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """What a register's folder holds, or why that cannot be used."""

    identity: Identity | PortError
    signer: FileSigner | PortError


def load(folder: Path, paths: Sequence[Path], password_path: Path | None, now: datetime) -> tuple[str, ...]:
    """Prove the files against each other and against the folder, then replace the folder's: what to tell, line by line.

    Raises:
      SettingsError: the folder has no usable ``register.toml``.
      LoadError: a file was refused, and nothing was changed.
    """
    settings = load_settings(folder)
    names = settings.identity
    finish_change(folder)
    files = recognise(paths)
    contents, keys = {}, keys_in(folder, names)
    if Kind.IDENTITY in files:
        keys = replace(keys, identity=new_identity(files[Kind.IDENTITY]))
        contents[names.identdata] = files[Kind.IDENTITY].content
    if Kind.AUTH in files:
        password = given_password(password_path or folder / names.password_file)
        keys = replace(keys, signer=new_signer(files[Kind.AUTH], password, keys.signer, now))
        contents[names.authdata] = files[Kind.AUTH].content
        if password_path:
            contents[names.password_file] = password.encode()
    with about(paths[-1]):
        check_together(keys, register_of(folder, settings.storage.path), now)
    replace_together(folder, with_previous(folder, contents))
    return tuple(told(files, keys, "en" if settings.language == "en" else "sk"))


@contextmanager
def about(path: Path) -> Iterator[None]:
    """A PortError is the fault of this file."""
    try:
        yield
    except PortError as error:
        raise LoadError(path, error) from error


def attempt(read: Callable[[], T]) -> T | PortError:
    """What is read, or why it is not."""
    try:
        return read()
    except PortError as error:
        return error


# --- What is there -------------------------------------------------------------------------------------------


def recognise(paths: Sequence[Path]) -> dict[Kind, File]:
    """The files by what is in them, whatever they are called."""
    files: dict[Kind, File] = {}
    for path in paths:
        with about(path):
            file = File(path, read_file(path, "load"))
            kind = kind_in(file.content)
            if kind in files:
                raise PortError("load-twice", files[kind].path.name)
            files[kind] = file
    return files


def kind_in(content: bytes) -> Kind:
    """What the content is; PortError when it is neither."""
    try:
        kind = kind_of(content)
    except ValueError as error:
        if is_certificate(content):
            raise PortError("auth-unreadable", NO_KEY) from None
        raise PortError("load-unknown", str(error)) from None
    if kind is None:
        raise PortError("load-unknown", f"expected {' or '.join(Kind)}")
    return kind


def keys_in(folder: Path, names: IdentityFiles) -> Keys:
    """What the folder has now."""
    return Keys(attempt(lambda: read_identity(folder / names.identdata)), attempt(lambda: signer_in(folder, names)))


def signer_in(folder: Path, names: IdentityFiles) -> FileSigner:
    """The folder's key; that it has none is said before that its password is missing."""
    path = folder / names.authdata
    content = read_file(path, "auth")
    return open_signer(content, path.name, read_password(folder / names.password_file))


def register_of(folder: Path, journal: str) -> tuple[str, str] | None:
    """DIČ and code of the register whose receipts the journal holds, None when it holds none."""
    if not (folder / journal).is_dir():
        return None
    records = (stored.record for stored in read_journal(folder))
    return next((named(record.receipt.seller) for record in records if isinstance(record, Intent)), None)


# --- What is proved ------------------------------------------------------------------------------------------


def given_password(path: Path) -> str:
    """The password of the authentication data."""
    with about(path):
        return read_password(path)


def new_identity(file: File) -> Identity:
    """The identity in the file; LoadError if there is none."""
    with about(file.path):
        return open_identity(file.content, file.path.name)


def new_signer(file: File, password: str, present: FileSigner | PortError, now: datetime) -> FileSigner:
    """The key in the file: valid now, and not for a shorter time than the present one; else LoadError."""
    with about(file.path):
        signer = open_signer(file.content, file.path.name, password)
        check_begun(signer, now)
        if now > signer.not_after:
            raise PortError("load-expired", until(signer))
        if isinstance(present, FileSigner) and named(present) == named(signer) and signer.not_after < present.not_after:
            raise PortError("load-ends-earlier", f"{until(signer)} < {until(present)}")
        return signer


def named(one: Identity | FileSigner) -> tuple[str, str]:
    """Which register it is: DIČ and register code."""
    return one.dic, one.cash_register_code


def check_together(keys: Keys, register: tuple[str, str] | None, now: datetime) -> None:
    """What the folder will hold is of one register: that one whose receipts are in its journal."""
    if isinstance(keys.identity, Identity) and isinstance(keys.signer, FileSigner):
        check_match(keys.identity, keys.signer, now)
    for one in (keys.identity, keys.signer):
        if register and not isinstance(one, PortError) and named(one) != register:
            raise PortError("load-other-register", "DIČ {}, {}".format(*register))


# --- What is changed, and told -------------------------------------------------------------------------------


def with_previous(folder: Path, contents: dict[str, bytes]) -> dict[str, bytes]:
    """The contents that differ from the folder's, each behind a copy of the present one as ``NAME.previous``."""
    changes: dict[str, bytes] = {}
    for name, content in contents.items():
        present = present_content(folder / name)
        if present == content:
            continue
        if present is not None:
            changes[f"{name}.previous"] = present
        changes[name] = content
    return changes


def present_content(path: Path) -> bytes | None:
    """What the file holds, None without one; LoadError if it is no file that can be replaced."""
    try:
        return read_file(path, "load")
    except PortError as error:
        if error.reason == "load-missing":
            return None
        raise LoadError(path, error) from error


def told(files: dict[Kind, File], keys: Keys, language: Language) -> Iterator[str]:
    """What was loaded and until when it is valid, what is still missing, and when the register takes it."""
    if Kind.IDENTITY in files and isinstance(one := keys.identity, Identity):
        yield say("loaded-identity", language, one.corporate_body_full_name, one.dic, one.cash_register_code)
    if Kind.AUTH in files and isinstance(signer := keys.signer, FileSigner):
        yield say("loaded-auth", language, signer.certificate_serial, until(signer))
    for missing in (keys.identity, keys.signer):
        if isinstance(missing, PortError):
            yield say(missing.reason, language)
    yield say("loaded-taken", language)


def until(signer: FileSigner) -> str:
    """The last minute of the certificate, in Slovakia."""
    return f"{signer.not_after.astimezone(BRATISLAVA):%d.%m.%Y %H:%M}"
