"""identdata and authdata made for the tests: any key, any seller, any validity."""

from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "ťažké heslo 1"
NOW = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
NAMESPACE = "http://financnasprava.sk/ekasa/udaje/schema/v2"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key of this size for all tests; making one takes longer than the tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certificate(
    key: Key,
    *,
    dic: str = "VATSK-1234567890",
    code: str = "88812345678900001",
    since: datetime = NOW - YEAR,
    until: datetime = NOW + YEAR,
) -> x509.Certificate:
    """A certificate with the subject that the interface prescribes, valid for two years around NOW unless said."""
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, f"{dic} POKLADNICA {code}"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, code),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, dic),
        x509.NameAttribute(NameOID.COUNTRY_NAME, "SK"),
    ]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cvičná CA")]))
        .public_key(key.public_key())
        .serial_number(11052)
        .not_valid_before(since)
        .not_valid_after(until)
        .sign(rsa_key(), SHA256())
    )


def key_store(key: Key | None = None, cert: x509.Certificate | None = None, password: str = PASSWORD) -> bytes:
    """A PKCS#12 with the key and its certificate."""
    key = key or rsa_key()
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"88812345678900001", key, cert or certificate(key), None, encryption)


def authdata(store: bytes, kind: str = "PKCS12", alias: str = "88812345678900001") -> bytes:
    """The AuthData file around a key store, its base64 folded as Java does."""
    text = "\n".join(textwrap.wrap(base64.b64encode(store).decode(), 76))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<eu:AuthData xmlns:eu="{NAMESPACE}"><eu:KeyStoreType>{kind}'
        f"</eu:KeyStoreType>\n<eu:Data>{text}</eu:Data><eu:CertificateAlias>{alias}</eu:CertificateAlias></eu:AuthData>"
    ).encode()


IDENTDATA = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IdentityData xmlns="{NAMESPACE}">
  <Dic>1234567890</Dic><Ico>76543210</Ico><IcDph>SK1234567890</IcDph>
  <CorporateBodyFullName>Finančná správa i.n.t.</CorporateBodyFullName>
  <OrganizationUnit>
    <CashRegisterCode>88812345678900001</CashRegisterCode><CashRegisterType>STANDARD</CashRegisterType>
  </OrganizationUnit>
  <PhysicalAddress>
    <Country>Slovenská republika</Country><Municipality>Štrkovec</Municipality><StreetName>Horná</StreetName>
    <BuildingNumber>7</BuildingNumber><PropertyRegistrationNumber>560</PropertyRegistrationNumber>
    <DeliveryAddress><PostalCode>98045</PostalCode></DeliveryAddress>
  </PhysicalAddress>
</IdentityData>
"""
