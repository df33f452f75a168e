"""Whom the register believes: the certificates that may sign an answer, and the name of the one that does.

Source: IR (the authority's signature: check issuer and subject, which change in time and hence are settings).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

AUTHORITIES_MAX = 16

_NAMES = {
    "2.5.4.97": NameOID.ORGANIZATION_IDENTIFIER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "PostalCode": NameOID.POSTAL_CODE,
    "STREET": NameOID.STREET_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
_BLANKS = re.compile(r"(?<!\\), +")
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class WrongSignerError(ValueError):
    """The signature is of somebody who may not answer for the authority."""


@dataclass(frozen=True, slots=True)
class SignerTrust:
    """The certificates that may issue the signer's, and the signer's own name."""

    authorities: tuple[x509.Certificate, ...]
    subject: tuple[tuple[str, str], ...]

    def check(self, certificate: x509.Certificate, now: datetime) -> None:
        """Return only for a certificate in force at ``now``, of the right name and issued by one of the authorities.

        Raises:
          WrongSignerError: any other.
        """
        try:
            self._check(certificate, now)
        except WrongSignerError:
            raise
        except (ValueError, UnsupportedAlgorithm) as error:
            # A certificate is read as far as it is asked, so each question may find that it is none.
            raise WrongSignerError(f"the signer's certificate cannot be read: {error}") from error

    def _check(self, certificate: x509.Certificate, now: datetime) -> None:
        if read_names(certificate.subject) != self.subject:
            raise WrongSignerError(f"the signer is {certificate.subject.rfc4514_string()[:200]}")
        _check_in_force(certificate, now)
        for authority in self.authorities:
            if _issued(authority, certificate):
                return _check_in_force(authority, now)
        raise WrongSignerError(f"the signer's certificate is issued by {certificate.issuer.rfc4514_string()[:200]}")


def read_trust(authorities_pem: bytes, subject: str) -> SignerTrust:
    """The trust that the settings name; ``subject`` is RFC 4514, its names in any order.

    ValueError for PEM without certificates, a certificate that may not issue others, or a name that is none.
    """
    try:
        authorities = tuple(x509.load_pem_x509_certificates(authorities_pem))
    except x509.InvalidVersion as error:
        raise ValueError(f"not a certificate: {error}") from error
    if not 1 <= len(authorities) <= AUTHORITIES_MAX:
        raise ValueError(f"expected 1 to {AUTHORITIES_MAX} certificates, found {len(authorities)}")
    for authority in authorities:
        if not _may_issue(authority):
            raise ValueError(f"not the certificate of an authority: {authority.subject.rfc4514_string()}")
    return SignerTrust(authorities, _parse_names(subject))


def _parse_names(subject: str) -> tuple[tuple[str, str], ...]:
    """The names of RFC 4514 text; blanks after a comma, as people write them, are no part of the next name."""
    try:
        names = read_names(x509.Name.from_rfc4514_string(_BLANKS.sub(",", subject), _NAMES))
    except ValueError as error:
        raise ValueError(f"not a name as in RFC 4514: {subject!r}") from error
    if not names:
        raise ValueError("an empty name")
    return names


def read_names(name: x509.Name) -> tuple[tuple[str, str], ...]:
    """The names in an order that does not depend on how they were written."""
    return tuple(sorted((attribute.oid.dotted_string, str(attribute.value)) for attribute in name))


def _check_in_force(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise WrongSignerError(f"not in force: {certificate.subject.rfc4514_string()[:200]}")


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
