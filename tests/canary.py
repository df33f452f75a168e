"""Secrets that are looked for afterwards: planted before a day begins, in every form in which they could leak."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12

from drivers.identity_schema import parse_authdata
from drivers.simulated.training import issue_authdata
from tests.authority_forging import NOW

SMTP_PASSWORD = "Kanárik-smtp žltý 7!"
KEY_PASSWORD = "Kanárik-kľúč modrý 3!"
ADDRESS = "kanarik.cerveny.4711@kanarik-posta.sk"
MASKED = "k***@kanarik-posta.sk"
KEY_PIECE_BYTES = 24


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret: what it is called, and its bytes."""

    name: str
    content: bytes

    def forms(self) -> Iterator[bytes]:
        """The secret as it is, and as programs write it: base64 at any offset, hexadecimal, escaped, wide, decimal."""
        yield self.content
        for offset in range(3):
            # The letters at both ends also hold bits of their neighbours.
            code = b64encode(bytes(offset) + self.content)
            yield code[4 if offset else 0 : len(code) // 4 * 4 - 4]
        yield self.content.hex().encode()
        yield self.content.hex().upper().encode()
        if self.name != "key":
            text = self.content.decode()
            yield from (text.encode("utf-16-le"), quote(text).encode(), json.dumps(text)[1:-1].encode())
        else:
            # A longer number that begins with these bytes has other decimal digits: hexadecimal and base64 must do.
            yield self.content[::-1]


def find(content: bytes, canaries: tuple[Canary, ...]) -> set[str]:
    """The names of the canaries that the content gives away."""
    return {canary.name for canary in canaries for form in canary.forms() if form in content}


def plant(folder: Path) -> tuple[Canary, ...]:
    """Give the shop of this training folder passwords and a key that can be looked for."""
    (folder / "smtp.password").write_text(SMTP_PASSWORD, encoding="utf-8")
    (folder / "authdata.password").write_text(KEY_PASSWORD, encoding="utf-8")
    (folder / "authdata.xml").write_bytes(issue_authdata(folder, password=KEY_PASSWORD, now=NOW))
    return (
        Canary("smtp", SMTP_PASSWORD.encode()),
        Canary("password", KEY_PASSWORD.encode()),
        Canary("address", ADDRESS.encode()),
        *key_canaries(folder),
    )


def key_canaries(folder: Path) -> Iterator[Canary]:
    """Pieces of the numbers that are the private key, as authdata holds it under its password."""
    store = parse_authdata((folder / "authdata.xml").read_bytes())
    key = pkcs12.load_pkcs12(store, KEY_PASSWORD.encode()).key
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q):
        yield Canary("key", number.to_bytes((number.bit_length() + 7) // 8, "big")[:KEY_PIECE_BYTES])
