"""What may stand in ``register.toml``, key by key, and how to say it in Slovak and in English.

Sources: the authority's notice of 2026-03 to vendors (response limit of five seconds) and of 2024-10 (rates of VAT).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from controller.settings_model import Settings
from states.fiscal.names import carry
from states.fiscal.receipt import NAME_MAX

DEPARTMENTS_MAX = 8
VAT_RATES = (23, 19, 5, 0)
AUTHORITY_LIMIT_LEGAL_S = 5.0
LIMIT_MAX_S = 60.0
RESEND_MAX_S = 3600.0
SERVERS_MAX = 8
DEVICE_NAME_MAX = 64
BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_DRIVER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ADDRESS = re.compile(r"[!#-;=?A-~]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """A predicate, and what it expects, in both languages."""

    holds: Callable[[Any], bool]
    sk: str
    en: str


def one_of(*values: object) -> Rule:
    """One of these values."""
    listed = ", ".join(str(value) for value in values)
    return Rule(lambda value: value in values, f"očakáva sa jedno z: {listed}", f"expected one of: {listed}")


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


def _is_carried(name: str) -> bool:
    try:
        return bool(carry(name))
    except ValueError:
        return False


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "https" and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return whole and "@" not in parts.netloc and url.isprintable() and " " not in url and not parts.fragment


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


def _names_sender(settings: Settings) -> bool:
    sender = settings.mail.sender or settings.mail.username
    return not sender or bool(_ADDRESS.fullmatch(sender))


PATH = words(1024)
ANYTHING = Rule(lambda value: value.isprintable(), "očakáva sa text bez riadiacich znakov", "expected printable text")
NAME = replace(words(NAME_MAX), holds=lambda name: words(NAME_MAX).holds(name) and _is_carried(name))
"""A name as message, paper and page can all carry it."""

DRIVER = Rule(
    lambda value: bool(_DRIVER.fullmatch(value)),
    "očakáva sa meno ovládača (malé písmená a číslice)",
    "expected the name of a driver (small letters and digits)",
)
HOST = Rule(_is_host, "očakáva sa meno alebo adresa servera", "expected the name or the address of a server")
SERVERS = Rule(
    lambda value: len(value) <= SERVERS_MAX and all(_is_server(server) for server in value),
    f"očakáva sa najviac {SERVERS_MAX} mien alebo adries serverov",
    f"expected {SERVERS_MAX} names or addresses of servers at most",
)

RULES: dict[str, Rule] = {
    "language": one_of("sk", "en"),
    "device.name": Rule(
        lambda value: words(DEVICE_NAME_MAX).holds(value) and not set('"\\<>') & set(value) and "=?" not in value,
        f'očakáva sa text bez ", \\, < a >, najviac {DEVICE_NAME_MAX} znakov',
        f'expected text without ", \\, < and >, {DEVICE_NAME_MAX} characters at most',
    ),
    "identity.identdata": PATH,
    "identity.authdata": PATH,
    "identity.password_file": PATH,
    "authority.driver": DRIVER,
    "authority.url": Rule(
        _is_https,
        "očakáva sa adresa https://SERVER/CESTA bez mena a hesla",
        "expected an address https://SERVER/PATH without user and password",
    ),
    "authority.ca_file": PATH,
    "authority.signer_ca_file": PATH,
    "authority.signer_subject": words(1024),
    "authority.resend_s": seconds(RESEND_MAX_S),
    "authority.limit_s": seconds(LIMIT_MAX_S),
    "mail.driver": DRIVER,
    "mail.host": HOST,
    "mail.port": Rule(
        lambda value: 0 < value <= 65535, "očakáva sa port od 1 do 65535", "expected a port from 1 to 65535"
    ),
    "mail.security": one_of("tls", "starttls"),
    "mail.auth": one_of("auto", "plain", "login", "xoauth2", "none"),
    "mail.username": ANYTHING,
    "mail.password_file": PATH,
    "mail.ca_file": ANYTHING,
    "mail.limit_s": seconds(LIMIT_MAX_S),
    "printer.driver": DRIVER,
    "printer.port": Rule(
        _is_printer_port,
        "očakáva sa sériové zariadenie (/dev/...), tcp://SERVER:PORT alebo file:CESTA",
        "expected a serial device (/dev/...), tcp://HOST:PORT or file:PATH",
    ),
    "printer.baud": one_of(*BAUD_RATES),
    "printer.profile": DRIVER,
    "keypad.driver": DRIVER,
    "keypad.port": ANYTHING,
    "keypad.decimal": one_of("dot", "implied"),
    "display.driver": DRIVER,
    "network.dns": SERVERS,
    "network.ntp": SERVERS,
    "storage.driver": DRIVER,
    "storage.path": PATH,
    "console.driver": one_of("none"),
    "console.port": ANYTHING,
    "api.listen": Rule(
        lambda value: not value,
        "očakáva sa prázdny text; rozhranie LAN táto verzia ešte nemá",
        "expected an empty text; this version has no LAN interface yet",
    ),
}
"""One rule for each key outside ``department``."""

DEPARTMENT_RULES: dict[str, Rule] = {
    "number": one_of(*range(1, DEPARTMENTS_MAX + 1)),
    "name": NAME,
    "vat": one_of(*VAT_RATES),
}

JOINT_RULES: tuple[tuple[str, Rule], ...] = (
    (
        "authority.limit_s",
        Rule(
            lambda settings: settings.training or settings.authority.limit_s >= AUTHORITY_LIMIT_LEGAL_S,
            "zákon žiada najmenej 5.0 sekundy (menej len s training = true)",
            "the law demands at least 5.0 seconds (less only with training = true)",
        ),
    ),
    (
        "mail.username",
        Rule(
            lambda settings: settings.mail.auth in ("auto", "none") or bool(settings.mail.username.strip()),
            "pri tomto mail.auth sa očakáva prihlasovacie meno",
            "this mail.auth expects a user name",
        ),
    ),
    (
        "mail.sender",
        Rule(_names_sender, "očakáva sa adresa odosielateľa MENO@DOMÉNA", "expected the sender's address NAME@DOMAIN"),
    ),
    (
        "department",
        Rule(
            lambda settings: len({department.number for department in settings.department}) == len(settings.department),
            "každé oddelenie má mať iné číslo (number)",
            "each department needs a number of its own",
        ),
    ),
    (
        "keypad.port",
        Rule(
            lambda settings: settings.keypad.driver != "text" or bool(settings.keypad.port.strip()),
            'pre driver = "text" sa očakáva "-" alebo cesta',
            'driver = "text" expects "-" or a path',
        ),
    ),
)
"""Rules about several keys, each at the key to change."""


def broken_rules(settings: Settings) -> Iterator[tuple[str, Rule]]:
    """The key path and the rule, for each rule that does not hold."""
    for path, rule in RULES.items():
        if not rule.holds(attrgetter(path)(settings)):
            yield path, rule
    for index, department in enumerate(settings.department):
        for key, rule in DEPARTMENT_RULES.items():
            if not rule.holds(getattr(department, key)):
                yield f"department[{index}].{key}", rule
    for path, rule in JOINT_RULES:
        if not rule.holds(settings):
            yield path, rule
