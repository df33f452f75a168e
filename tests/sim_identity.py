"""Keys and certificates of a simulated register that are the same in every process: RSA of 2048 bits, from a name.

They sign nothing but simulated receipts: whoever reads this file can make them.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from math import gcd, prod
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from drivers.identity_files import FileSigner
from drivers.simulated.certificates import Pair
from drivers.simulated.training import SIGNER_SUBJECT, TRAINING_IDENTITY

EXPONENT = 65537
PRIME_BITS = 1024
ROUNDS = 12
"""Rounds of Miller and Rabin; for a random number of this size fewer are enough."""

_SMALL = [number for number in range(3, 2000, 2) if all(number % one for one in range(3, int(number**0.5) + 1, 2))]
_PRIMORIAL = prod(_SMALL)

SIGNING = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
ISSUING = x509.KeyUsage(False, False, False, False, False, True, True, False, False)


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    """The key of this name."""
    chance = Random(f"key {name}")
    p, q = _prime(chance), _prime(chance)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key(unsafe_skip_rsa_key_validation=True)


def _prime(chance: Random) -> int:
    while True:
        number = chance.getrandbits(PRIME_BITS) | 3 << (PRIME_BITS - 2) | 1
        if gcd(number, _PRIMORIAL) == 1 and number % EXPONENT != 1 and _is_prime(number, chance):
            return number


def _is_prime(number: int, chance: Random) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, chance.randrange(2, number - 1), odd, twos) for _ in range(ROUNDS))


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    return any((power := power * power % number) == number - 1 for _ in range(twos - 1))


def certify(subject: x509.Name, key: str, issuer: Pair | None, since: datetime, until: datetime, serial: int) -> Pair:
    """A certificate of the key of this name; its own issuer if it has none."""
    signing = key_of(key) if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key_of(key).public_key())
        .serial_number(serial)
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(SIGNING if issuer else ISSUING, critical=True)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key_of(key).public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    return Pair(builder.sign(signing, hashes.SHA256()), key_of(key))


class Office:
    """The tax authority's own certificates, and the registers' that it issues; the dates are those of a life."""

    def __init__(self, since: datetime, until: datetime) -> None:
        name, signer_name = "CN=TEST e-Kasa SK CA,C=SK", "CN=TEST e-Kasa seal CA,C=SK"
        self.register_ca = certify(x509.Name.from_rfc4514_string(name), "office", None, since, until, 1)
        self.signer_ca = certify(x509.Name.from_rfc4514_string(signer_name), "office", None, since, until, 2)
        subject, other = x509.Name.from_rfc4514_string(SIGNER_SUBJECT), x509.Name.from_rfc4514_string("CN=two,C=SK")
        self.signer = certify(subject, "seal", self.signer_ca, since, until, 3)
        self.other_signer = certify(other, "seal", self.signer_ca, since, until, 4)
        self.issued: list[Pair] = []

    def issue(self, since: datetime, until: datetime) -> FileSigner:
        """A further certificate of the register; its keys take turns."""
        dic, code = TRAINING_IDENTITY.dic, TRAINING_IDENTITY.cash_register_code
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, f"VATSK-{dic} POKLADNICA {code}"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, code),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATSK-{dic}"),
                x509.NameAttribute(NameOID.COUNTRY_NAME, "SK"),
            ]
        )
        key, serial = f"register {len(self.issued) % 2}", 100 + len(self.issued)
        pair = certify(subject, key, self.register_ca, since, until, serial)
        self.issued.append(pair)
        assert isinstance(pair.key, rsa.RSAPrivateKey)
        return FileSigner(pair.key, pair.certificate)
