"""The rules of the identity data's schema."""

from __future__ import annotations

from dataclasses import replace

import pytest

from states.fiscal.identity import IDENTITY_RULES, Identity, PhysicalAddress, violations
from tests.fiscal_examples import NON_PAYER, PAYER, SEAT


def test_the_official_identities_are_in_order() -> None:
    """With and without VAT, with and without what may be absent."""
    assert violations(PAYER) == ()
    assert violations(NON_PAYER) == ()
    assert violations(replace(NON_PAYER, ico="", unit_address=SEAT, organization_unit_name="Predajňa")) == ()


@pytest.mark.parametrize(
    ("broken", "violation"),
    [
        (replace(PAYER, dic="123456789"), "Dic: expected 10 digits"),
        (replace(PAYER, dic="١٢٣٤٥٦٧٨٩٠"), "Dic: expected 10 digits"),
        (replace(PAYER, dic="1234567890\n"), "Dic: expected 10 digits"),
        (replace(PAYER, ico="1234567"), "Ico: expected 8 digits"),
        (replace(PAYER, ic_dph="1234567890"), "IcDph: expected SK and 8 to 10 digits"),
        (replace(PAYER, corporate_body_full_name=""), "CorporateBodyFullName: expected 1 to 1024 characters"),
        (replace(PAYER, cash_register_code="8" * 15), "OrganizationUnit/CashRegisterCode: expected 16 or 17 digits"),
        (replace(PAYER, cash_register_code="8" * 18), "OrganizationUnit/CashRegisterCode: expected 16 or 17 digits"),
        (
            replace(PAYER, organization_unit_name="x" * 1025),
            "OrganizationUnit/OrganizationUnitName: expected 1 to 1024 characters",
        ),
        (
            replace(PAYER, physical_address=replace(SEAT, municipality="")),
            "PhysicalAddress/Municipality: expected 1 to 255 characters",
        ),
        (
            replace(PAYER, unit_address=replace(SEAT, postal_code="x" * 256)),
            "OrganizationUnit/PhysicalAddress/DeliveryAddress/PostalCode: expected 1 to 255 characters",
        ),
    ],
)
def test_each_rule_names_its_element(broken: Identity, violation: str) -> None:
    """A violation says where and what was expected, and comes alone."""
    assert violations(broken) == (violation,)


def test_all_violations_are_named_at_once() -> None:
    """The seller mends the file once."""
    nothing = replace(
        PAYER, dic="", corporate_body_full_name="", cash_register_code="", physical_address=replace(SEAT, country="")
    )
    assert len(violations(nothing)) == 4
    assert len({rule.element for rule in IDENTITY_RULES}) == len(IDENTITY_RULES)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (SEAT, "Horná 560/7, 98045 Štrkovec"),
        (replace(SEAT, building_number=""), "Horná 560, 98045 Štrkovec"),
        (replace(SEAT, property_registration_number="", postal_code=""), "Horná 7, Štrkovec"),
        (PhysicalAddress("Česko", "Brno", "Dlouhá"), "Dlouhá, Brno, Česko"),
    ],
)
def test_an_address_on_one_line(address: PhysicalAddress, line: str) -> None:
    """As Slovaks write it; the country only when it is another."""
    assert address.one_line == line
