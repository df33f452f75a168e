"""Who sells and on which register: the content of identdata, with the rules of its schema.

Source: IA, identifikacneUdaje_v2.0_20190117.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class RegisterType(StrEnum):
    """Whether the register stands in a shop or moves about."""

    STANDARD = "STANDARD"
    PORTABLE = "PORTABLE"


@dataclass(frozen=True, slots=True)
class PhysicalAddress:
    """A postal address as identdata has it; absent parts are empty."""

    country: str
    municipality: str
    street_name: str
    building_number: str = ""
    property_registration_number: str = ""
    postal_code: str = ""

    @property
    def one_line(self) -> str:
        """``Horná 560/7, 98045 Štrkovec``, and the country when it is not Slovakia."""
        numbers = "/".join(filter(None, (self.property_registration_number, self.building_number)))
        street = " ".join(filter(None, (self.street_name, numbers)))
        town = " ".join(filter(None, (self.postal_code, self.municipality)))
        country = "" if self.country in _SLOVAKIA else self.country
        return ", ".join(filter(None, (street, town, country)))


_SLOVAKIA = frozenset({"Slovenská republika", "Slovensko", "SR", "SK"})


@dataclass(frozen=True, slots=True)
class Identity:
    """The seller (predávajúci) and the register's code; absent parts are empty or None."""

    dic: str
    corporate_body_full_name: str
    physical_address: PhysicalAddress
    cash_register_code: str
    cash_register_type: RegisterType
    ico: str = ""
    ic_dph: str = ""
    organization_unit_name: str = ""
    unit_address: PhysicalAddress | None = None

    @property
    def is_vat_payer(self) -> bool:
        """Only a payer of VAT has an IČ DPH."""
        return bool(self.ic_dph)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the schema expects of one element; ``field`` is where the value stands here."""

    element: str
    field: str
    pattern: re.Pattern[str]
    expected: str
    is_optional: bool = False


def _text(length_max: int) -> tuple[re.Pattern[str], str]:
    return re.compile(f"(?s:.{{1,{length_max}}})"), f"1 to {length_max} characters"


IDENTITY_RULES = (
    Rule("Dic", "dic", re.compile("[0-9]{10}"), "10 digits"),
    Rule("Ico", "ico", re.compile("[0-9]{8}"), "8 digits", is_optional=True),
    Rule("IcDph", "ic_dph", re.compile("SK[0-9]{8,10}"), "SK and 8 to 10 digits", is_optional=True),
    Rule("CorporateBodyFullName", "corporate_body_full_name", *_text(1024)),
    Rule("OrganizationUnit/OrganizationUnitName", "organization_unit_name", *_text(1024), is_optional=True),
    Rule("OrganizationUnit/CashRegisterCode", "cash_register_code", re.compile("[0-9]{16,17}"), "16 or 17 digits"),
    Rule(
        "OrganizationUnit/CashRegisterType",
        "cash_register_type",
        re.compile("STANDARD|PORTABLE"),
        "STANDARD or PORTABLE",
    ),
)
"""The schema's simple types of IdentityData, in the order of the schema."""

ADDRESS_RULES = (
    Rule("Country", "country", *_text(255)),
    Rule("Municipality", "municipality", *_text(255)),
    Rule("StreetName", "street_name", *_text(255)),
    Rule("BuildingNumber", "building_number", *_text(255), is_optional=True),
    Rule("PropertyRegistrationNumber", "property_registration_number", *_text(255), is_optional=True),
    Rule("DeliveryAddress/PostalCode", "postal_code", *_text(255), is_optional=True),
)
"""The schema's simple types of a PhysicalAddress, in the order of the schema."""


def violations(identity: Identity) -> tuple[str, ...]:
    """What the schema would refuse: for each element its name and what was expected; empty when all is well."""
    found = list(_broken(IDENTITY_RULES, identity, ""))
    if identity.unit_address is not None:
        found += _broken(ADDRESS_RULES, identity.unit_address, "OrganizationUnit/PhysicalAddress/")
    found += _broken(ADDRESS_RULES, identity.physical_address, "PhysicalAddress/")
    return tuple(found)


def _broken(rules: tuple[Rule, ...], value: Identity | PhysicalAddress, prefix: str) -> Iterator[str]:
    for rule in rules:
        text = str(getattr(value, rule.field))
        if not (rule.is_optional and text == "") and rule.pattern.fullmatch(text) is None:
            yield f"{prefix}{rule.element}: expected {rule.expected}"
