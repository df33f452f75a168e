"""A training world in a folder: the register's files, and apart from them the keys of the other side.

Sources: IA (authdata, identdata, names of certificates). The identity is the one of the authority's test material.
Every key is made here and is worth nothing anywhere else.
"""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from lxml import etree

from drivers.identity_files import read_identity
from drivers.simulated.authority_checks import Policy
from drivers.simulated.authority_world import AuthorityWorld
from drivers.simulated.certificates import (
    CERTIFICATE_DAYS,
    Pair,
    make_authority,
    make_register,
    make_server,
    make_signer,
    read_pair,
)
from states.fiscal.identity import Identity, PhysicalAddress, RegisterType

NAMESPACE = "http://financnasprava.sk/ekasa/udaje/schema/v2"
AUTHORITY_FOLDER = "simulated-authority"
MAIL_FOLDER = "simulated-mail"
SIGNER_SUBJECT = "CN=e-Kasa,C=SK"

_STREET = PhysicalAddress("Slovenská republika", "Štrkovec", "Horná", "7", "560", "98045")

TRAINING_IDENTITY = Identity(
    dic="1234567890",
    ico="76543210",
    ic_dph="SK1234567890",
    corporate_body_full_name="Finančná správa i.n.t.",
    organization_unit_name="Cvičná predajňa",
    unit_address=_STREET,
    cash_register_code="88812345678900001",
    cash_register_type=RegisterType.STANDARD,
    physical_address=_STREET,
)

PORTABLE_IDENTITY = replace(TRAINING_IDENTITY, unit_address=None, cash_register_type=RegisterType.PORTABLE)
"""The same seller's register that moves about: it has no address of its own."""


def write_training_files(
    folder: Path,
    *,
    password: str,
    now: datetime,
    identity: Identity = TRAINING_IDENTITY,
    certificate_days: int = CERTIFICATE_DAYS,
) -> None:
    """Write what a register in training needs, and the other side's keys into two folders beside it.

    The register's: ``identdata.xml``, ``authdata.xml``, ``authdata.password``, ``authority-ca.pem``,
    ``authority-signer-ca.pem``, ``mail-ca.pem``. Files with a key or password are readable by the owner alone.
    """
    tls, register_ca = make_authority("CN=Training TLS CA", now), make_authority("CN=TEST e-Kasa SK CA,C=SK", now)
    signer_ca = make_authority("CN=TEST e-Kasa seal CA,C=SK", now)
    register = make_register(register_ca, identity.dic, identity.cash_register_code, now, certificate_days)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "identdata.xml").write_bytes(encode_identity(identity))
    _write_secret(folder / "authdata.xml", encode_authdata(register, identity.cash_register_code, password))
    _write_secret(folder / "authdata.password", password.encode())
    (folder / "authority-ca.pem").write_bytes(tls.certificate_pem())
    (folder / "authority-signer-ca.pem").write_bytes(signer_ca.certificate_pem())
    (folder / "mail-ca.pem").write_bytes(tls.certificate_pem())
    _write_pair(folder / MAIL_FOLDER, "tls", make_server(tls, now))
    authority = folder / AUTHORITY_FOLDER
    _write_pair(authority, "tls", make_server(tls, now))
    (authority / "identdata.xml").write_bytes(encode_identity(identity))
    _write_pair(authority, "register-ca", register_ca)
    _write_pair(authority, "signer", make_signer(signer_ca, SIGNER_SUBJECT, now))
    _write_pair(authority, "other-signer", make_signer(signer_ca, "CN=e-Kasa two,C=SK", now))
    (authority / "issued.pem").write_bytes(register.certificate_pem())


def load_authority_world(
    folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), record: Path | None = None
) -> AuthorityWorld:
    """The other side of a folder that ``write_training_files`` wrote; ``record`` keeps what is on the wire."""
    authority = folder / AUTHORITY_FOLDER
    issued = tuple(x509.load_pem_x509_certificates((authority / "issued.pem").read_bytes()))
    register_ca = _read_pair(authority, "register-ca").certificate
    return AuthorityWorld(
        tls=server_context(authority),
        policy=Policy((register_ca,), earlier=issued),
        signer=_read_pair(authority, "signer"),
        other_signer=_read_pair(authority, "other-signer"),
        issued=authority / "issued.pem",
        sellers=_read_sellers(authority / "identdata.xml"),
        clock=clock,
        folder=record,
    )


def _read_sellers(identdata: Path) -> dict[str, Identity]:
    """The seller whose register the authority knows, by its code; a folder of an older version has none."""
    if not identdata.exists():
        return {}
    identity = read_identity(identdata)
    return {identity.cash_register_code: identity}


def issue_authdata(
    folder: Path,
    *,
    password: str,
    now: datetime,
    days: int = CERTIFICATE_DAYS,
    identity: Identity = TRAINING_IDENTITY,
) -> bytes:
    """A further ``authdata.xml`` for a register, valid from a day before ``now`` for ``days`` days after it.

    The authority of the folder issues the certificate and remembers it, as it does the earlier ones.
    """
    authority = folder / AUTHORITY_FOLDER
    issuer = _read_pair(authority, "register-ca")
    register = make_register(issuer, identity.dic, identity.cash_register_code, now, days)
    issued = authority / "issued.pem"
    issued.write_bytes(issued.read_bytes() + register.certificate_pem())
    return encode_authdata(register, identity.cash_register_code, password)


def renew_authdata(folder: Path, *, password: str, now: datetime, identity: Identity = TRAINING_IDENTITY) -> None:
    """Put a new certificate of the same register into ``authdata.xml``; the authority remembers the old one too."""
    _write_secret(folder / "authdata.xml", issue_authdata(folder, password=password, now=now, identity=identity))


def server_context(folder: Path) -> ssl.SSLContext:
    """The TLS side of a server whose ``tls.pem`` and ``tls.key`` are in the folder (the authority's or the mail's)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    return context


def encode_authdata(register: Pair, alias: str, password: str) -> bytes:
    """``authdata.xml``: the key and certificate as PKCS#12 under the password."""
    assert isinstance(register.key, RSAPrivateKey)
    lock = BestAvailableEncryption(password.encode())
    store = pkcs12.serialize_key_and_certificates(alias.encode(), register.key, register.certificate, None, lock)
    root = etree.Element(_tag("AuthData"), nsmap={"eu": NAMESPACE})
    _append(root, {"KeyStoreType": "PKCS12", "Data": b64encode(store).decode("ascii"), "CertificateAlias": alias})
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def encode_identity(identity: Identity) -> bytes:
    """``identdata.xml``, its elements in the order of the schema."""
    root = etree.Element(_tag("IdentityData"), nsmap={"eu": NAMESPACE})
    seller = {"Dic": identity.dic, "Ico": identity.ico, "IcDph": identity.ic_dph}
    _append(root, seller | {"CorporateBodyFullName": identity.corporate_body_full_name})
    unit = etree.SubElement(root, _tag("OrganizationUnit"))
    _append(unit, {"OrganizationUnitName": identity.organization_unit_name})
    if identity.unit_address is not None:
        _append_address(unit, identity.unit_address)
    register_type = identity.cash_register_type.value
    _append(unit, {"CashRegisterCode": identity.cash_register_code, "CashRegisterType": register_type})
    _append_address(root, identity.physical_address)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _append_address(parent: etree._Element, address: PhysicalAddress) -> None:
    element = etree.SubElement(parent, _tag("PhysicalAddress"))
    parts = {
        "Country": address.country,
        "Municipality": address.municipality,
        "StreetName": address.street_name,
        "BuildingNumber": address.building_number,
        "PropertyRegistrationNumber": address.property_registration_number,
    }
    _append(element, parts)
    if address.postal_code:
        _append(etree.SubElement(element, _tag("DeliveryAddress")), {"PostalCode": address.postal_code})


def _append(parent: etree._Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        if text:
            etree.SubElement(parent, _tag(name)).text = text


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _write_pair(folder: Path, name: str, pair: Pair) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pem").write_bytes(pair.certificate_pem())
    _write_secret(folder / f"{name}.key", pair.key_pem())


def _read_pair(folder: Path, name: str) -> Pair:
    return read_pair((folder / f"{name}.pem").read_bytes(), (folder / f"{name}.key").read_bytes())


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, not even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
