"""Opening every port that the settings name; whatever is wrong is the fault of a key of the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from controller.outputs import Outputs, Ports
from controller.settings import Settings
from drivers.clock_system import SystemClock
from drivers.identity_change import finish_change
from drivers.identity_files import check_match, open_signer, read_file, read_identity, read_password as read_password
from drivers.ports import Keypad, PortError, Signer, Storage
from drivers.registry import opener
from states import effects as do
from states.fiscal.codes import sw_id
from states.fiscal.identity import Identity

OWN_KEYS = {"authority": {"driver", "resend_s", "limit_s"}, "keypad": {"driver", "decimal"}}
"""Keys of a section that are the controller's own business, not the driver's."""
BLAMED_KEYS = {
    "storage": "path",
    "printer": "port",
    "authority": "url",
    "mail": "host",
    "display": "driver",
    "keypad": "port",
}
"""The key that a PortError while opening is most likely about."""
BLAMED_FOR = {
    "auth-invalid": "auth",
    "ca-invalid": "ca_file",
    "ca-missing": "ca_file",
    "driver-ambiguous": "driver",
    "driver-broken": "driver",
    "driver-unknown": "driver",
    "no-terminal": "driver",
    "password-invalid": "password_file",
    "password-missing": "password_file",
    "security-invalid": "security",
    "sender-invalid": "sender",
    "username-invalid": "username",
    "username-missing": "username",
}
"""The key that a reason is about, whatever the port."""
BLAMED_VALUE = {"printer": "profile"}
"""The key that a wrong value is most likely about."""
BACKSTOP_S = 5.0
"""The mail driver and Sending keep their own limits, since they know the phase and hear late answers; the lane's is
only behind them."""
MAKER, PROGRAM = "ekasa", "ekasa PPEKK"


class StartError(Exception):
    """The register cannot start: ``key`` of the settings, and the PortError that says why."""

    def __init__(self, key: str, error: PortError) -> None:
        super().__init__(key, error)
        self.key = key
        self.error = error


class LoadError(Exception):
    """A file was refused, and nothing was changed: which one, and the PortError that says why."""

    def __init__(self, path: Path, error: PortError) -> None:
        super().__init__(path, error)
        self.path = path
        self.error = error


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything that was opened for one run; ``reopen_storage`` closes the storage and gives it verified anew."""

    settings: Settings
    seller: Identity
    keypad: Keypad
    outputs: Outputs
    reopen_storage: Callable[[], Awaitable[Storage]] | None = None

    def with_storage(self, storage: Storage) -> Opening:
        """The same with the storage that was opened again."""
        ports = replace(self.outputs.ports, storage=storage)
        return replace(self, outputs=replace(self.outputs, ports=ports))


@asynccontextmanager
async def blaming(key: str) -> AsyncIterator[None]:
    """A PortError while opening is the fault of this key of the settings."""
    try:
        yield
    except PortError as error:
        raise StartError(key, error) from error


async def enter(stack: AsyncExitStack, port: str, section: Any, **more: Any) -> Any:
    """Open the driver that the section names, with the section's keys; what it opens is closed with the stack."""
    options = {name: value for name, value in asdict(section).items() if name not in OWN_KEYS.get(port, {"driver"})}
    try:
        return await stack.enter_async_context(opener(port, section.driver)(**options, **more))
    except PortError as error:
        raise blame(port, error) from error
    except ValueError as error:
        raise StartError(
            f"{port}.{BLAMED_VALUE.get(port, BLAMED_KEYS[port])}", PortError("settings", str(error))
        ) from error
    except OSError as error:
        detail = f"{error.filename or ''} {error.strerror or error}".strip()
        raise StartError(f"{port}.{BLAMED_KEYS[port]}", PortError("unusable", detail)) from error


def blame(port: str, error: PortError) -> StartError:
    """Name the key: the one that the driver names itself, the one that the reason is about, or the likeliest."""
    named, colon, detail = error.detail.partition(": ")
    if colon and named.startswith(f"{port}."):
        return StartError(named, PortError(error.reason, detail))
    return StartError(f"{port}.{BLAMED_FOR.get(error.reason, BLAMED_KEYS[port])}", error)


async def read_keys(settings: Settings, folder: Path) -> tuple[Identity, Signer]:
    """Identity and signing key, proved to belong together; an expired certificate is left to the service machine."""
    identity = settings.identity
    finish_change(folder)
    async with blaming("identity.identdata"):
        seller = read_identity(folder / identity.identdata)
    authdata = folder / identity.authdata
    async with blaming("identity.authdata"):
        content = read_file(authdata, "auth")
    async with blaming("identity.password_file"):
        password = read_password(folder / identity.password_file)
    async with blaming("identity.authdata"):
        signer = open_signer(content, authdata.name, password)
        check_match(seller, signer, SystemClock().now())
    return seller, signer


async def open_all(stack: AsyncExitStack, settings: Settings, folder: Path) -> Opening:
    """Open every port; the keypad last, so that nobody types into the void."""
    seller, signer = await read_keys(settings, folder)
    shelf = await stack.enter_async_context(AsyncExitStack())

    async def open_storage() -> Storage:
        await shelf.aclose()
        storage: Storage = await enter(shelf, "storage", settings.storage, folder=folder)
        return storage

    storage = await open_storage()
    printer = await enter(stack, "printer", settings.printer, folder=folder)
    authority = await enter(stack, "authority", settings.authority, folder=folder, signer=signer)
    mail = await enter(
        stack, "mail", settings.mail, folder=folder, name=settings.device.name, training=settings.training
    )
    legend = {"legend": settings.keypad.driver == "terminal"} if settings.display.driver == "terminal" else {}
    display = await enter(stack, "display", settings.display, language=settings.language, **legend)
    keypad = await enter(stack, "keypad", settings.keypad, folder=folder)
    ports = Ports(storage, authority, mail, printer, display, signer, SystemClock())
    own_version = version("ekasa")
    outputs = Outputs(
        ports,
        seller,
        sw_id(MAKER, PROGRAM, f"ekasa {settings.storage.driver}", own_version, own_version),
        settings.training,
        answer_limit_s=settings.authority.limit_s,
        limits_s={
            do.Register: settings.authority.limit_s + BACKSTOP_S,
            do.Locate: settings.authority.limit_s,
            do.Email: settings.mail.limit_s + BACKSTOP_S,
        },
        exemption=settings.identity.exemption,
    )
    return Opening(settings, seller, keypad, outputs, open_storage)
