"""What the tests of the authority's driver share: one training folder a run, messages, and a server on loopback."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
import trio

from drivers.authority_ekasa import EkasaAuthority, open_authority
from drivers.authority_trust import SignerTrust, read_trust
from drivers.identity_files import FileSigner, read_signer
from drivers.simulated.authority import serve_authority
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.training import (
    PORTABLE_IDENTITY,
    SIGNER_SUBJECT,
    TRAINING_IDENTITY,
    load_authority_world,
    write_training_files,
)
from states.fiscal.codes import create_date, okp, pkp_base
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.place import Address, Gps, Location, Place
from states.fiscal.receipt import Attempt, Item, ItemType, Receipt, ReceiptType, Sale
from states.fiscal.sealing import seal

PASSWORD = "Tajné heslo 1"
SAMPLES = Path(__file__).parents[1].parent / "shared" / "fs" / "samples"
NON_PAYER = replace(TRAINING_IDENTITY, ic_dph="")

K = Item("Kladivo", Decimal(1), "ks", Decimal("10.00"), 23)
ITEMS = (
    K,
    Item("Šalát", Decimal("0.5"), "kg", Decimal("5.58"), 19),
    Item("Chlieb", Decimal(1), "ks", Decimal("2.00"), 5),
    Item("Záloha obal", Decimal(1), "ks", Decimal("0.15"), 0),
)
GPS = Place(gps=Gps("17.1077", "48.1486"))
ADDRESS = Place(address=Address("Bratislava", "Mierová", "23", "202", "82105"))
OTHER = Place(other="Taxi, EČV BA 123 XY")


@cache
def training_folder() -> Path:
    """A training world for the whole run; nothing in it may be changed."""
    folder = Path(tempfile.mkdtemp(prefix="ekasa-training-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_training_files(folder, password=PASSWORD, now=datetime.now(UTC))
    return folder


@cache
def signer() -> FileSigner:
    """The register's key and certificate."""
    return read_signer(training_folder() / "authdata.xml", PASSWORD)


@cache
def trust() -> SignerTrust:
    """Whom the register of the training world believes."""
    return read_trust((training_folder() / "authority-signer-ca.pem").read_bytes(), SIGNER_SUBJECT)


def make_world(record: Path | None = None) -> AuthorityWorld:
    """A fresh authority of the training world."""
    return load_authority_world(training_folder(), record=record)


def make_receipt(
    items: tuple[Item, ...] = ITEMS,
    *,
    number: int = 57,
    seller: Identity = TRAINING_IDENTITY,
    type: ReceiptType = ReceiptType.PD,
    created: str = "",
    amount: str = "",
) -> Receipt:
    """A receipt sealed with the training key."""
    date = created or create_date(datetime.now(UTC))
    text = amount or format_cents(sum(item.price_cents for item in items))
    base = pkp_base(seller.dic, seller.cash_register_code, type, number, date, text)
    pkp = signer().sign(base.encode())
    sale = Sale("basket", items, (), 0, 0, 0, type=type)
    code, serial = b64encode(pkp).decode(), signer().certificate_serial
    return Receipt(sale, seller, date[:7], number, date, text, code, okp(pkp), "8639BA17" * 5, serial)


def sealed(
    sale: Sale,
    *,
    seller: Identity = TRAINING_IDENTITY,
    number: int = 57,
    created: str = "",
    exemption: bool = False,
) -> Receipt:
    """A sale sealed with the training key, as the register seals it."""
    return seal(
        sale,
        seller,
        number,
        created or create_date(datetime.now(UTC)),
        sign=signer().sign,
        sw_id="8639BA17" * 5,
        certificate_serial=signer().certificate_serial,
        exemption=exemption,
    )


def make_location(place: Place = GPS, *, created: str = "") -> Location:
    """A portable register's new place, told now."""
    return Location("location-1", place, PORTABLE_IDENTITY, created or create_date(datetime.now(UTC)), "8639BA17" * 5)


def make_attempt(count: int = 1, uuid: str = "") -> Attempt:
    """A sending, now, with a Uuid of its own."""
    return Attempt(uuid or str(uuid4()), create_date(datetime.now(UTC)), count)


def returned(reference: str, cents: int = 1000) -> Item:
    """Goods that come back."""
    return Item("Kladivo", Decimal(1), "ks", Decimal(-cents) / 100, 23, ItemType.RETURNED, reference)


@asynccontextmanager
async def served(world: AuthorityWorld) -> AsyncIterator[int]:
    """The authority on a free port of loopback."""
    async with trio.open_nursery() as nursery:
        port = await nursery.start(serve_authority, world)
        yield port
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def client(port: int, *, host: str = "127.0.0.1", folder: Path | None = None) -> AsyncIterator[EkasaAuthority]:
    """The register's driver, its settings as the training folder has them."""
    async with open_authority(
        url=f"https://{host}:{port}/soap/services/v2",
        ca_file="authority-ca.pem",
        signer_ca_file="authority-signer-ca.pem",
        signer_subject=SIGNER_SUBJECT,
        signer=signer(),
        folder=folder or training_folder(),
    ) as authority:
        yield authority


@asynccontextmanager
async def both(world: AuthorityWorld) -> AsyncIterator[EkasaAuthority]:
    """The driver, connected to this authority over real TLS."""
    async with served(world) as port, client(port) as authority:
        yield authority


def samples() -> list[Path]:
    """The official signed samples, or a skipped test."""
    if not SAMPLES.is_dir():
        pytest.skip("the official samples are not beside this working tree")
    return sorted(SAMPLES.glob("*.xml"))
