"""What may be expected of a value in ``register.toml``, and how to say it in Slovak and in English."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from states.fiscal.names import carry

SERVERS_MAX = 8

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\]")
"""Labels of 1 to 63 characters: with any other the resolver itself refuses to be asked."""

_DRIVER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A predicate, and what it expects, in both languages."""

    holds: Callable[[Any], bool]
    sk: str
    en: str


def one_of(*values: object) -> Rule:
    """One of these values."""
    listed = ", ".join(str(value) or '""' for value in values)
    return Rule(lambda value: value in values, f"očakáva sa jedno z: {listed}", f"expected one of: {listed}")


def whole(least: int, most: int) -> Rule:
    """A whole number in these limits."""
    return Rule(
        lambda value: least <= value <= most,
        f"očakáva sa číslo od {least} do {most}",
        f"expected a number from {least} to {most}",
    )


def seconds(most_s: float) -> Rule:
    """More than no seconds, and at most so many."""
    return Rule(
        lambda value: 0 < value <= most_s,
        f"očakáva sa kladný počet sekúnd, najviac {most_s:g}",
        f"expected a positive number of seconds, {most_s:g} at most",
    )


def words(most: int) -> Rule:
    """Printable text that is not empty."""
    return Rule(
        lambda value: bool(value.strip()) and value.isprintable() and len(value) <= most,
        f"očakáva sa neprázdny text bez riadiacich znakov, najviac {most} znakov",
        f"expected text without control characters, not empty, {most} characters at most",
    )


def label(most: int) -> Rule:
    """Words as message, paper and page can all carry them."""
    rule = words(most)
    return Rule(lambda value: rule.holds(value) and _is_carried(value), rule.sk, rule.en)


def _is_carried(name: str) -> bool:
    try:
        return bool(carry(name))
    except ValueError:
        return False


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        complete = parts.scheme == "https" and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return complete and "@" not in parts.netloc and url.isprintable() and " " not in url and not parts.fragment


def _is_host(host: str) -> bool:
    try:
        return bool(_HOST.fullmatch(host)) or bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_endpoint(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return _is_host(host) and port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) <= 65535


def _is_server(text: str) -> bool:
    return _is_host(text) or _is_endpoint(text)


def _is_printer_port(port: str) -> bool:
    scheme, _, rest = port.partition(":")
    if scheme == "tcp":
        return rest.startswith("//") and _is_endpoint(rest[2:])
    return port.isprintable() and (bool(rest) if scheme == "file" else port.startswith("/") and len(port) > 1)


PATH = words(1024)
ANYTHING = Rule(lambda value: value.isprintable(), "očakáva sa text bez riadiacich znakov", "expected printable text")
DRIVER = Rule(
    lambda value: bool(_DRIVER.fullmatch(value)),
    "očakáva sa meno ovládača (malé písmená a číslice)",
    "expected the name of a driver (small letters and digits)",
)
HTTPS = Rule(
    _is_https,
    "očakáva sa adresa https://SERVER/CESTA bez mena a hesla",
    "expected an address https://SERVER/PATH without user and password",
)
HOST = Rule(_is_host, "očakáva sa meno alebo adresa servera", "expected the name or the address of a server")
SERVERS = Rule(
    lambda value: len(value) <= SERVERS_MAX and all(_is_server(server) for server in value),
    f"očakáva sa najviac {SERVERS_MAX} mien alebo adries serverov",
    f"expected {SERVERS_MAX} names or addresses of servers at most",
)
PRINTER_PORT = Rule(
    _is_printer_port,
    "očakáva sa sériové zariadenie (/dev/...), tcp://SERVER:PORT alebo file:CESTA",
    "expected a serial device (/dev/...), tcp://HOST:PORT or file:PATH",
)
