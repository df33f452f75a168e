"""The other side of the ports, at the addresses that ``register.toml`` names: for training, the demo and tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trio

from controller.settings import Settings
from drivers.escpos_profiles import load_profile
from drivers.simulated.authority import serve_authority
from drivers.simulated.authority_faults import read_script
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.mail import serve_mail
from drivers.simulated.mail_faults import read_faults as read_mail_faults
from drivers.simulated.mail_visit import MailWorld
from drivers.simulated.printer import PrinterWorld, load_script, serve_printer
from drivers.simulated.training import MAIL_FOLDER, load_authority_world

PORTS = ("authority", "mail", "printer")


@dataclass(frozen=True, slots=True)
class World:
    """The three other sides; what they receive is kept in the folders authority, mail and paper."""

    authority: AuthorityWorld
    mail: MailWorld
    printer: PrinterWorld


def load_world(folder: Path, settings: Settings, faults: dict[str, Path] | None = None) -> World:
    """The world of this training folder; ``faults`` names a script for each port that misbehaves.

    ValueError or OSError for a script or a file that cannot be read.
    """
    scripts = faults or {}
    for kept in ("authority", "mail", "paper"):
        (folder / kept).mkdir(parents=True, exist_ok=True)
    users = {settings.mail.username: (folder / settings.mail.password_file).read_text(encoding="utf-8").strip()}
    world = World(
        load_authority_world(folder, record=folder / "authority"),
        MailWorld(users=users, folder=folder / "mail"),
        PrinterWorld(
            load_profile(settings.printer.profile, folder),
            folder / "paper",
            load_script(scripts["printer"]) if "printer" in scripts else (),
        ),
    )
    if "authority" in scripts:
        world.authority.play(read_script(scripts["authority"]))
    if "mail" in scripts:
        world.mail.faults += read_mail_faults(scripts["mail"])
    return world


async def serve_world(
    world: World,
    folder: Path,
    settings: Settings,
    ports: tuple[str, ...] = PORTS,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Be the other side of these ports until cancelled; started when all of them listen."""
    async with trio.open_nursery() as nursery:
        if "authority" in ports:
            url = urlsplit(settings.authority.url)
            await nursery.start(
                lambda task_status: serve_authority(
                    world.authority, host=url.hostname or "127.0.0.1", port=url.port or 443, task_status=task_status
                )
            )
        if "mail" in ports:
            keys, mail = folder / MAIL_FOLDER, settings.mail
            await nursery.start(
                lambda task_status: serve_mail(
                    world.mail,
                    host=mail.host,
                    port=mail.port,
                    security=mail.security,
                    certificate=keys / "tls.pem",
                    key=keys / "tls.key",
                    task_status=task_status,
                )
            )
        if "printer" in ports:
            await nursery.start(
                lambda task_status: serve_printer(world.printer, port=settings.printer.port, task_status=task_status)
            )
        task_status.started()
