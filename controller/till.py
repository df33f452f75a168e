"""From the settings and the catalogue to the till that the machines know."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from controller.settings import Department, Settings
from drivers.ports import Storage
from states.fiscal.identity import Identity
from states.fiscal.journal import CatalogueSet
from states.fiscal.names import carry
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Regulation, SellerIdType
from states.till import EMPTY, Cashier, Catalogue, Currency, Till


async def catalogue_of(storage: Storage) -> Catalogue:
    """The PLU that were set last; none before the first time."""
    last = await storage.last_of(CatalogueSet)
    return Catalogue(last.record.products) if last and isinstance(last.record, CatalogueSet) else EMPTY


def till_of(settings: Settings, seller: Identity, catalogue: Catalogue = EMPTY) -> Till:
    """The shop's departments, PLU, currencies and cashiers; who is no payer of VAT sells everything at rate 0."""
    departments = tuple(map(product_of, settings.department))
    if not seller.is_vat_payer:
        departments = untaxed(departments)
        catalogue = Catalogue(untaxed(catalogue.products))
    return Till(
        departments,
        implied_cents=settings.keypad.decimal == "implied",
        catalogue=catalogue,
        currencies=tuple(Currency(one.number, one.code, Decimal(one.per_euro)) for one in settings.currency),
        cashiers=tuple(Cashier(one.number, carry(one.name)) for one in settings.cashier),
    )


def product_of(one: Department) -> Product:
    """What a department's key sells."""
    return Product(
        one.number,
        carry(one.name),
        one.vat,
        kind=ProductKind(one.kind),
        unit=carry(one.unit),
        regulation=Regulation(one.regulation) if one.regulation else None,
        seller_id=one.seller_id,
        seller_id_type=SellerIdType(one.seller_id_type) if one.seller_id_type else None,
    )


def untaxed(products: tuple[Product, ...]) -> tuple[Product, ...]:
    """The same at rate 0."""
    return tuple(replace(one, vat_rate=0) for one in products)
