"""``ekasa init DIR --training``: a working folder whose other side is simulated, with nothing in it that is valid."""

from __future__ import annotations

import os
import re
import secrets
import socket
from pathlib import Path

from controller.settings import FILE_NAME
from controller.training_settings import training_toml
from drivers.clock_system import SystemClock
from drivers.simulated.training import PORTABLE_IDENTITY, TRAINING_IDENTITY, write_training_files


class FolderInUse(Exception):
    """There is a register in this folder already; nothing was changed."""


def init_training(folder: Path, *, portable: bool = False) -> None:
    """Write settings, identity, keys and certificates of a training register; FolderInUse if there is one."""
    if (folder / FILE_NAME).exists():
        raise FolderInUse(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    identity = PORTABLE_IDENTITY if portable else TRAINING_IDENTITY
    write_training_files(folder, password=secrets.token_urlsafe(16), now=SystemClock().now(), identity=identity)
    write_secret(folder / "smtp.password", secrets.token_urlsafe(16))
    authority, mail, printer = free_ports(3)
    text = training_toml(authority_port=authority, mail_port=mail, printer_port=printer)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    (folder / "journal").mkdir(mode=0o700, exist_ok=True)


def change_setting(folder: Path, key: str, value: str) -> None:
    """Give ``section.key`` (or a key at the top) of ``register.toml`` another value, written as in TOML."""
    path = folder / FILE_NAME
    section, _, name = key.rpartition(".")
    text = path.read_text(encoding="utf-8")
    start = text.index(f"\n[{section}]") if section else 0
    changed, count = re.subn(rf"(?m)^{name} = \S+", f"{name} = {value}", text[start:], count=1)
    if count != 1:
        raise KeyError(key)
    path.write_text(text[:start] + changed, encoding="utf-8")


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner may read, from the first byte on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
