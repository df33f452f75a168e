"""Certificates of a training world, made on the spot: authorities, servers, registers, the signer of answers.

Source: IA (subject and usage of a register's certificate; two years, RSA 2048).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 730
BACKDATED = timedelta(days=1)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key

    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """The key alone, not encrypted: for files that nobody else may read."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_pair(certificate_pem: bytes, key_pem: bytes) -> Pair:
    """What ``certificate_pem`` and ``key_pem`` wrote; the key is not proved again, which would take 30 ms."""
    key = serialization.load_pem_private_key(key_pem, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(f"not a key of a training world: {type(key).__name__}")
    return Pair(x509.load_pem_x509_certificate(certificate_pem), key)


def make_authority(name: str, now: datetime) -> Pair:
    """A certificate authority of its own, with an RSA key, for ten years."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name.from_rfc4514_string(name)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    extensions = (x509.BasicConstraints(ca=True, path_length=0), usage)
    return Pair(_certify(subject, key, None, now, timedelta(days=AUTHORITY_DAYS), extensions), key)


def make_server(issuer: Pair, now: datetime, hosts: Iterable[str] = LOOPBACK) -> Pair:
    """A TLS server's certificate for these names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    subject = x509.Name.from_rfc4514_string("CN=localhost")
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    life = timedelta(days=CERTIFICATE_DAYS)
    return Pair(_certify(subject, key, issuer, now, life, (names, usage)), key)


def make_signer(issuer: Pair, name: str, now: datetime) -> Pair:
    """The certificate that signs answers."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name.from_rfc4514_string(name)
    return Pair(_certify(subject, key, issuer, now, timedelta(days=CERTIFICATE_DAYS), (_SIGNING,)), key)


def make_register(
    issuer: Pair, dic: str, cash_register_code: str, now: datetime, days: int = CERTIFICATE_DAYS
) -> Pair:
    """A register's certificate, its subject as eKasa zóna has it."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"VATSK-{dic} POKLADNICA {cash_register_code}"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, cash_register_code),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATSK-{dic}"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SK"),
        ]
    )
    return Pair(_certify(subject, key, issuer, now, timedelta(days=days), (_SIGNING,)), key)


_SIGNING = x509.KeyUsage(True, True, False, False, False, False, False, False, False)


def _certify(
    subject: x509.Name,
    key: Key,
    issuer: Pair | None,
    now: datetime,
    life: timedelta,
    extensions: Iterable[x509.ExtensionType],
) -> x509.Certificate:
    """A certificate in force from a day before ``now``; signed by its own key when it has no issuer."""
    signing = key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=not isinstance(extension, x509.SubjectAlternativeName))
    return builder.sign(signing, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
