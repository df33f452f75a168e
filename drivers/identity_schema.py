"""identdata and authdata as documents: strict readers of bytes, pure.

Sources: IA, identifikacneUdaje_v2.0_20190117.xsd and autentifikacneUdaje_v2.0_20190117.xsd. A document type is refused
before the parser sees it, so there are no entities to expand and nothing to fetch.
"""

from __future__ import annotations

import base64
from enum import StrEnum

from lxml import etree

from states.fiscal.identity import Identity, PhysicalAddress, RegisterType, violations

ALIAS_MAX = 50
NAMESPACE = "http://financnasprava.sk/ekasa/udaje/schema/v2"

IDENTITY = ("Dic", "Ico?", "IcDph?", "CorporateBodyFullName", "OrganizationUnit", "PhysicalAddress")
UNIT = ("OrganizationUnitName?", "PhysicalAddress?", "CashRegisterCode", "CashRegisterType")
ADDRESS = (
    "Country",
    "Municipality",
    "StreetName",
    "BuildingNumber?",
    "PropertyRegistrationNumber?",
    "DeliveryAddress?",
)
DELIVERY = ("PostalCode",)
AUTH = ("KeyStoreType", "Data", "CertificateAlias")
"""The sequences of the schemas; a question mark says that the element may be absent."""

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_LOCATIONS = frozenset({_XSI + "schemaLocation", _XSI + "noNamespaceSchemaLocation"})
_SPACE = " \t\r\n"


class Kind(StrEnum):
    """What eKasa zóna gives to a seller, by the name of the document's root."""

    IDENTITY = "IdentityData"
    AUTH = "AuthData"


class NotXmlError(ValueError):
    """The bytes are not a document that may be read."""


class NotBySchemaError(ValueError):
    """The document is not as the schema has it; the text names the element and what was expected."""


def kind_of(content: bytes) -> Kind | None:
    """Which of the two the bytes are, None for any other document; NotXmlError if they are none."""
    root = _root(content)
    return next((kind for kind in Kind if root.tag == f"{{{NAMESPACE}}}{kind}"), None)


def parse_identity(content: bytes) -> Identity:
    """The identity in the bytes of an identdata file, or NotXmlError, or NotBySchemaError."""
    parts = _sequence(_document(content, Kind.IDENTITY), IDENTITY)
    unit = _sequence(parts["OrganizationUnit"], UNIT)
    register_type = _text(unit, "CashRegisterType")
    if register_type not in tuple(RegisterType):
        raise NotBySchemaError("OrganizationUnit/CashRegisterType: expected STANDARD or PORTABLE")
    identity = Identity(
        dic=_text(parts, "Dic"),
        ico=_text(parts, "Ico"),
        ic_dph=_text(parts, "IcDph"),
        corporate_body_full_name=_text(parts, "CorporateBodyFullName"),
        organization_unit_name=_text(unit, "OrganizationUnitName"),
        unit_address=_address(unit["PhysicalAddress"]) if "PhysicalAddress" in unit else None,
        cash_register_code=_text(unit, "CashRegisterCode"),
        cash_register_type=RegisterType(register_type),
        physical_address=_address(parts["PhysicalAddress"]),
    )
    broken = violations(identity)
    if broken:
        raise NotBySchemaError("; ".join(broken))
    return identity


def parse_authdata(content: bytes) -> bytes:
    """The PKCS#12 in the bytes of an authdata file, or NotXmlError, or NotBySchemaError."""
    parts = _sequence(_document(content, Kind.AUTH), AUTH)
    if _text(parts, "KeyStoreType") != "PKCS12":
        raise NotBySchemaError("KeyStoreType: expected PKCS12")
    if len(_text(parts, "CertificateAlias")) > ALIAS_MAX:
        raise NotBySchemaError(f"CertificateAlias: expected 1 to {ALIAS_MAX} characters")
    text = "".join(_text(parts, "Data").split())
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise NotBySchemaError("Data: expected base64") from None


def _document(content: bytes, kind: Kind) -> etree._Element:
    root = _root(content)
    if root.tag != f"{{{NAMESPACE}}}{kind}":
        raise NotBySchemaError(f"expected {kind} in the namespace {NAMESPACE}")
    return root


def _root(content: bytes) -> etree._Element:
    """The root of a UTF-8 document without a document type."""
    try:
        if "<!DOCTYPE" in content.decode("utf-8"):
            raise NotXmlError("a document type is not allowed")
        return etree.fromstring(content, _parser())
    except (UnicodeDecodeError, etree.XMLSyntaxError):
        raise NotXmlError("expected an XML document in UTF-8") from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _sequence(parent: etree._Element, names: tuple[str, ...]) -> dict[str, etree._Element]:
    """The children by name: just these, in this order, with no text between them."""
    _refuse_attributes(parent)
    if "".join((parent.text or "", *(child.tail or "" for child in parent))).strip(_SPACE):
        raise NotBySchemaError(f"{_name(parent)}: text between its elements")
    found: dict[str, etree._Element] = {}
    rest = list(parent)
    for expected in names:
        name = expected.removesuffix("?")
        if rest and rest[0].tag == f"{{{NAMESPACE}}}{name}":
            found[name] = rest.pop(0)
        elif name == expected:
            raise NotBySchemaError(f"{_name(parent)}: expected {name}" + (f" before {_name(rest[0])}" if rest else ""))
    if rest:
        raise NotBySchemaError(f"{_name(parent)}: {_name(rest[0])} is not expected there")
    return found


def _text(parts: dict[str, etree._Element], name: str) -> str:
    """The text of the element; empty when it is absent, never when it is there."""
    if name not in parts:
        return ""
    _refuse_attributes(parts[name])
    if len(parts[name]) or not parts[name].text:
        raise NotBySchemaError(f"{name}: expected text")
    return str(parts[name].text)


def _address(element: etree._Element) -> PhysicalAddress:
    parts = _sequence(element, ADDRESS)
    delivery = _sequence(parts["DeliveryAddress"], DELIVERY) if "DeliveryAddress" in parts else {}
    return PhysicalAddress(
        country=_text(parts, "Country"),
        municipality=_text(parts, "Municipality"),
        street_name=_text(parts, "StreetName"),
        building_number=_text(parts, "BuildingNumber"),
        property_registration_number=_text(parts, "PropertyRegistrationNumber"),
        postal_code=_text(delivery, "PostalCode"),
    )


def _refuse_attributes(element: etree._Element) -> None:
    if not _LOCATIONS.issuperset(element.attrib):
        raise NotBySchemaError(f"{_name(element)}: attributes are not expected")


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
