"""PKP and OKP: each receipt's signature by the certificate that was in force.

Sources: reliability 2.1 (I8); IR 2.1 (what is signed, and how).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from controller.verify_content import is_moment
from controller.verify_frames import Broken
from states.fiscal.journal import Intent, Opened, Record
from states.fiscal.receipt import Receipt

_PKP_BYTES = 256
_PADDING, _HASH = padding.PKCS1v15(), hashes.SHA256()
_BLOCKS = re.compile("." * 8)
_NEVER = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


class Seals:
    """Remembers the certificate that the register was opened with last: its key and when it is in force."""

    def __init__(self) -> None:
        self._key: rsa.RSAPublicKey | None = None
        self._since, self._until = _NEVER

    def judge(self, _seq: int, record: Record) -> Iterator[Broken]:
        """What this record breaks."""
        match record:
            case Opened():
                yield from self._opened(record)
            case Intent(receipt):
                yield from self._codes(receipt)

    def _opened(self, record: Opened) -> Iterator[Broken]:
        key = None
        self._since, self._until = _NEVER
        try:
            certificate = x509.load_pem_x509_certificate(record.certificate_pem.encode())
            key, self._since = certificate.public_key(), certificate.not_valid_before_utc
            self._until = certificate.not_valid_after_utc
        except (ValueError, UnsupportedAlgorithm):
            pass
        self._key = key if isinstance(key, rsa.RSAPublicKey) else None
        if self._key is None:
            yield "I8", "the register was opened without a certificate of an RSA key"

    def _codes(self, receipt: Receipt) -> Iterator[Broken]:
        try:
            pkp = base64.b64decode(receipt.pkp, validate=True)
        except ValueError:
            pkp = b""
        if len(pkp) != _PKP_BYTES:
            yield "I8", f"the PKP of {receipt.key} is not {_PKP_BYTES} bytes in base64"
        digits = hashlib.sha1(pkp, usedforsecurity=False).hexdigest()
        if receipt.okp.lower() != "-".join(_BLOCKS.findall(digits)):
            yield "I8", f"the OKP of {receipt.key} is not SHA-1 of its PKP"
        if not self._is_signed(receipt, pkp):
            yield "I8", f"the PKP of {receipt.key} is no signature of its content by the register's certificate"
        elif is_moment(receipt.create_date):
            created = datetime.fromisoformat(receipt.create_date)
            if not self._since <= created <= self._until:
                yield "I8", f"{receipt.key} was created when the certificate was not in force: {receipt.create_date}"

    def _is_signed(self, receipt: Receipt, pkp: bytes) -> bool:
        seller, kind, number = receipt.seller, receipt.sale.type.value, str(receipt.number)
        base = "|".join((seller.dic, seller.cash_register_code, kind, number, receipt.create_date, receipt.amount))
        if self._key is None:
            return False
        try:
            self._key.verify(pkp, base.encode(), _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True
