"""From settings and catalogue to the till: every key of every table arrives, and who pays no VAT sells without it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from controller.settings import Cashier, Currency, Department, Settings
from controller.till import till_of
from states.fiscal.product import Product, ProductKind
from states.fiscal.receipt import Regulation, SellerIdType
from states.till import Cashier as Seller, Catalogue, Currency as Money
from tests.fiscal_examples import NON_PAYER, PAYER

SHOP = Settings(
    department=(
        Department(1, "Tovar", 23),
        Department(2, "Fľaša", 0, kind="packaging"),
        Department(3, "Syr", 5, unit="kg"),
        Department(4, "Starožitnosti", 0, regulation="UD"),
        Department(5, "Lístok", 19, seller_id="SK2023456789", seller_id_type="IC_DPH"),
    ),
    currency=(Currency(1, "CZK", "24.285"), Currency(3, "HUF", "388.6")),
    cashier=(Cashier(1, "Jana"), Cashier(7, "Peter  Malý")),
)
CATALOGUE = Catalogue((Product(7, "Rožok", 5, price=Decimal("0.12")), Product(12, "Káva", 19, department=1)))


def test_every_key_of_a_department_arrives() -> None:
    assert till_of(SHOP, PAYER).departments == (
        Product(1, "Tovar", 23),
        Product(2, "Fľaša", 0, ProductKind.PACKAGING),
        Product(3, "Syr", 5, unit="kg"),
        Product(4, "Starožitnosti", 0, regulation=Regulation.UD),
        Product(5, "Lístok", 19, seller_id="SK2023456789", seller_id_type=SellerIdType.IC_DPH),
    )


def test_a_non_payer_sells_everything_at_rate_0() -> None:
    till = till_of(SHOP, NON_PAYER, CATALOGUE)
    assert [one.vat_rate for one in till.departments] == [0] * 5
    assert [one.name for one in till.departments] == [one.name for one in SHOP.department]
    assert till.catalogue.products == tuple(replace(one, vat_rate=0) for one in CATALOGUE.products)


def test_the_catalogue_of_a_payer_is_the_very_same() -> None:
    """It is large, and compared by identity."""
    assert till_of(SHOP, PAYER, CATALOGUE).catalogue is CATALOGUE
    assert till_of(SHOP, PAYER) == till_of(SHOP, PAYER), "without a catalogue too"


def test_currencies_and_cashiers() -> None:
    till = till_of(SHOP, PAYER)
    assert till.currencies == (Money(1, "CZK", Decimal("24.285")), Money(3, "HUF", Decimal("388.6")))
    assert till.currency(3) == Money(3, "HUF", Decimal("388.6"))
    assert till.currency(2) is None
    assert till.cashiers == (Seller(1, "Jana"), Seller(7, "Peter Malý"))


def test_older_registers_type_cents_without_a_point() -> None:
    assert not till_of(SHOP, PAYER).implied_cents
    assert till_of(replace(SHOP, keypad=replace(SHOP.keypad, decimal="implied")), PAYER).implied_cents
