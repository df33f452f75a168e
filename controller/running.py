"""Programs that run until SIGINT or SIGTERM: the register, and the simulators."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from controller.app import run_register
from controller.opening import BLAMED_KEYS, StartError
from controller.settings import load_settings
from drivers.ports import PortError


async def until_interrupted(start: Callable[[trio.Nursery], Awaitable[None]]) -> None:
    """Run until interrupted; what was under way is taken up again at the next start."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            await start(nursery)
            await anext(aiter(signals))
            nursery.cancel_scope.cancel()


async def run_until_interrupted(folder: Path, simulators: bool) -> None:
    """``ekasa run``; with ``simulators`` the other sides run in the same process."""

    async def start(nursery: trio.Nursery) -> None:
        if simulators:
            await start_simulators(nursery, folder, ("authority", "mail", "printer"), None)
        nursery.start_soon(run_register, folder)

    await until_interrupted(start)


async def simulate_until_interrupted(folder: Path, port: str, faults: Path | None) -> None:
    """``ekasa simulate``"""

    async def start(nursery: trio.Nursery) -> None:
        await start_simulators(nursery, folder, (port,), faults)

    await until_interrupted(start)


async def start_simulators(nursery: trio.Nursery, folder: Path, ports: tuple[str, ...], faults: Path | None) -> None:
    """Be the other side of these ports; the simulators are imported only where they are wanted."""
    from controller.simulate import load_world, serve_world

    settings = load_settings(folder)
    world = load_world(folder, settings, dict.fromkeys(ports, faults) if faults else {})
    for port in ports:
        try:
            await nursery.start(serve_world, world, folder, settings, (port,))
        except* OSError as errors:
            raise StartError(f"{port}.{BLAMED_KEYS[port]}", PortError("address-busy")) from errors
