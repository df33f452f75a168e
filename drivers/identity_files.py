"""The two files of eKasa zóna: identdata (who sells, on which register) and authdata (its key and certificate).

Source: IA, for the subject of the certificate. Both are read once at start: unlocking the key takes some 30 ms. That a
certificate has expired is no fault of the files: the register starts with it, and sells nothing.
"""

from __future__ import annotations

import re
import stat
import warnings
from datetime import datetime
from pathlib import Path
from typing import Never

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import NameOID

from drivers.identity_schema import NotXmlError, parse_authdata, parse_identity
from drivers.ports import PortError
from states.fiscal.identity import Identity

FILE_BYTES_MAX = 256 * 1024
KEY_BITS = 2048

NO_KEY = "this is a certificate without its private key; take the authdata file, which has the key in it"

_DIC = re.compile("VATSK-([0-9]{10})")
_REGISTER_CODE = re.compile("([0-9]{16,17})")
_PFX = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...)\x02\x01\x03", re.DOTALL)


class FileSigner:
    """The key and certificate of authdata; ``dic`` and ``cash_register_code`` are of the certificate's subject."""

    def __init__(self, key: RSAPrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate_serial = str(certificate.serial_number)
        self.certificate_der = certificate.public_bytes(Encoding.DER)
        self.not_before = certificate.not_valid_before_utc
        self.not_after = certificate.not_valid_after_utc
        self.dic = _from_subject(certificate, NameOID.ORGANIZATION_IDENTIFIER, _DIC)
        self.cash_register_code = _from_subject(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME, _REGISTER_CODE)

    def __repr__(self) -> str:
        return f"FileSigner(certificate_serial={self.certificate_serial})"

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256: 256 bytes."""
        return self._key.sign(message, PKCS1v15(), SHA256())


def read_identity(path: Path) -> Identity:
    """The identity of an identdata file.

    Raises:
      PortError: ``identity-missing`` (no file), ``identity-unreadable`` (above 256 kB, not XML) or
          ``identity-invalid`` (not by the schema; the detail names each element and what was expected).
    """
    return open_identity(read_file(path, "identity"), path.name)


def open_identity(content: bytes, name: str) -> Identity:
    """The identity in the content of a file of this name; PortError as from ``read_identity``."""
    try:
        return parse_identity(content)
    except ValueError as error:
        reason = "identity-unreadable" if isinstance(error, NotXmlError) else "identity-invalid"
        raise PortError(reason, f"{name}: {error}") from None


def read_signer(path: Path, password: str) -> FileSigner:
    """The unlocked key and certificate of an authdata file.

    Raises:
      PortError: ``auth-missing`` (no file), ``auth-unreadable`` (not AuthData, no PKCS#12, no key in it),
          ``password-wrong`` or ``key-weak`` (not RSA of 2048 bits, which the message demands). The password is never in
          the error.
    """
    return open_signer(read_file(path, "auth"), path.name, password)


def open_signer(content: bytes, name: str, password: str) -> FileSigner:
    """The key and certificate in the content of a file of this name; PortError as from ``read_signer``."""
    try:
        store = parse_authdata(content)
    except ValueError as error:
        _refuse(NO_KEY if is_certificate(content) else f"{name}: {error}")
    return _unlock(store, password)


def read_password(path: Path) -> str:
    """The first line of a password file; PortError ``password-missing`` without one."""
    try:
        return read_file(path, "password").decode("utf-8").splitlines()[0]
    except (PortError, UnicodeDecodeError, IndexError):
        raise PortError("password-missing", path.name) from None


def check_match(identity: Identity, signer: FileSigner, now: datetime) -> None:
    """Make sure that certificate and identity are of one seller and register, and that its validity has begun.

    Raises:
      PortError: ``identity-mismatch`` or ``certificate-not-yet-valid``.
    """
    for name, ours, theirs in (
        ("DIČ", identity.dic, signer.dic),
        ("register code", identity.cash_register_code, signer.cash_register_code),
    ):
        if ours != theirs:
            raise PortError("identity-mismatch", f"{name} is {ours} in identdata and {theirs} in the certificate")
    check_begun(signer, now)


def check_begun(signer: FileSigner, now: datetime) -> None:
    """Make sure that the certificate's validity has begun; PortError ``certificate-not-yet-valid``."""
    if now < signer.not_before:
        raise PortError("certificate-not-yet-valid", f"valid from {signer.not_before.isoformat()}")


def read_file(path: Path, kind: str) -> bytes:
    """The content of a small regular file; PortError ``<kind>-missing`` or ``<kind>-unreadable``."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > FILE_BYTES_MAX:
            raise PortError(f"{kind}-unreadable", f"{path.name}: expected a file of at most {FILE_BYTES_MAX} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise PortError(f"{kind}-missing", path.name) from None
    except OSError as error:
        raise PortError(f"{kind}-unreadable", f"{path.name}: {error.strerror}") from None


def _unlock(store: bytes, password: str) -> FileSigner:
    if "\0" in password:
        # The library would panic, which is no Exception, and write the password to stderr.
        raise PortError("password-wrong", "there is a NUL in it: the file is perhaps in UTF-16")
    try:
        with warnings.catch_warnings(category=UserWarning, action="ignore"):  # BER, where DER is expected, is read too.
            content = pkcs12.load_pkcs12(store, password.encode())
    except (UnsupportedAlgorithm, x509.InvalidVersion):
        _refuse("the PKCS#12 uses an encryption that is not supported")
    except ValueError:
        if _PFX.match(store):
            raise PortError("password-wrong", "it does not open the PKCS#12, or the file is damaged") from None
        _refuse(NO_KEY if is_certificate(store) else "Data: expected a PKCS#12")
    # The certificate that is found is the key's own; with that of another key there is none.
    if content.key is None or content.cert is None:
        _refuse(NO_KEY)
    key, certificate = content.key, content.cert.certificate
    if not isinstance(key, RSAPrivateKey) or key.key_size != KEY_BITS:
        raise PortError("key-weak", f"expected an RSA key of {KEY_BITS} bits")
    try:
        return FileSigner(key, certificate)
    except ValueError:
        _refuse("the certificate's subject or validity cannot be read")


def _refuse(detail: str) -> Never:
    raise PortError("auth-unreadable", detail) from None


def is_certificate(content: bytes) -> bool:
    """The bytes are a certificate, in PEM or DER, which shops take for their key."""
    if b"-----BEGIN CERTIFICATE-----" in content:
        return True
    try:
        x509.load_der_x509_certificate(content)
    except (ValueError, x509.InvalidVersion):
        return False
    return True


def _from_subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier, pattern: re.Pattern[str]) -> str:
    for name in certificate.subject.get_attributes_for_oid(oid):
        found = pattern.fullmatch(str(name.value))
        if found is not None:
            return found[1]
    _refuse(f"the certificate's subject has no {oid.dotted_string} of the form {pattern.pattern}")
