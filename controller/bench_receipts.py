"""Receipts side by side: the floor, the register and the peer, one after the other in every round of one run.

All three talk to the same server, which signs its answer for each alike: its share is in all three times.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from time import perf_counter

import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12

from controller.app import run_register
from controller.bench_floor import Floor
from controller.bench_peer import Peer, missing_libraries
from controller.bench_register import Shop
from controller.bench_series import Contender
from controller.opening import read_keys, read_password
from controller.settings import Settings, load_settings
from drivers.authority_message import encode_request
from drivers.identity_schema import parse_authdata


@asynccontextmanager
async def sellers(folder: Path) -> AsyncIterator[dict[str, Contender]]:
    """The contenders, open; without its libraries there is no peer."""
    settings = load_settings(folder)
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(trio.open_nursery())
        stack.callback(nursery.cancel_scope.cancel)
        shop = stack.enter_context(closing(Shop(folder)))
        await nursery.start(run_register, folder, shop.watch)
        await shop.sell()
        floor = stack.enter_context(closing(await open_floor(folder, settings, shop)))
        contenders = {"floor": timed(floor.pay), "register": shop.sell}
        if not missing_libraries():
            peer = stack.enter_context(closing(open_peer(folder, settings, shop)))
            contenders["peer"] = timed(peer.sell)
        yield contenders


def timed(work: Callable[[], None]) -> Contender:
    """Work that blocks, begun when the register has nothing left to do."""

    async def once() -> float:
        await trio.testing.wait_all_tasks_blocked()
        began_s = perf_counter()
        work()
        return perf_counter() - began_s

    return once


async def open_floor(folder: Path, settings: Settings, shop: Shop) -> Floor:
    """The floor with the register's key, and with the message of its last receipt."""
    _, signer = await read_keys(settings, folder)
    message = encode_request(*shop.sealed, signer)
    return Floor(folder, settings.authority.url, folder / settings.authority.ca_file, signer, message)


def open_peer(folder: Path, settings: Settings, shop: Shop) -> Peer:
    """The peer with the register's key, selling what the register sold last."""
    password = read_password(folder / settings.identity.password_file).encode()
    store = pkcs12.load_pkcs12(parse_authdata((folder / settings.identity.authdata).read_bytes()), password)
    assert isinstance(store.key, RSAPrivateKey)
    assert store.cert is not None
    return Peer(
        folder,
        url=settings.authority.url,
        ca_file=folder / settings.authority.ca_file,
        signer_ca_file=folder / settings.authority.signer_ca_file,
        key=store.key,
        certificate=store.cert.certificate,
        like=shop.sealed[0],
    )
