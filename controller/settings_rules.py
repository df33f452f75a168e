"""What may stand in ``register.toml``, key by key, outside its repeated tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from operator import attrgetter

from controller.settings_expected import (
    ANYTHING,
    DRIVER,
    HOST,
    HTTPS,
    PATH,
    PRINTER_PORT,
    SERVERS,
    Rule,
    one_of,
    seconds,
    words,
)
from controller.settings_model import Settings
from controller.settings_tables import broken_table_rules
from states.fiscal.rules import rules_on

LIMIT_MAX_S = 60.0
RESEND_MAX_S = 3600.0
DEVICE_NAME_MAX = 64
BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)

_ADDRESS = re.compile(r"[!#-;=?A-~]+@[A-Za-z0-9.-]+")


def _names_sender(settings: Settings) -> bool:
    sender = settings.mail.sender or settings.mail.username
    return not sender or bool(_ADDRESS.fullmatch(sender))


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
    "authority.url": HTTPS,
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
    "printer.port": PRINTER_PORT,
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
    "storage.copy": ANYTHING,
    "storage.port": ANYTHING,
    "storage.baud": one_of(*BAUD_RATES),
    "console.driver": one_of("none"),
    "console.port": ANYTHING,
    "api.listen": Rule(
        lambda value: not value,
        "očakáva sa prázdny text; rozhranie LAN táto verzia ešte nemá",
        "expected an empty text; this version has no LAN interface yet",
    ),
}
"""One rule for each key outside the repeated tables."""

JOINT_RULES: tuple[tuple[str, Rule], ...] = (
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
        "keypad.port",
        Rule(
            lambda settings: settings.keypad.driver != "text" or bool(settings.keypad.port.strip()),
            'pre driver = "text" sa očakáva "-" alebo cesta',
            'driver = "text" expects "-" or a path',
        ),
    ),
    (
        "storage.port",
        Rule(
            lambda settings: (settings.storage.driver == "chdu") == bool(settings.storage.port.strip()),
            'sériové zariadenie sa očakáva pri driver = "chdu", inak prázdny text',
            'driver = "chdu" expects a serial device, any other an empty text',
        ),
    ),
    (
        "storage.copy",
        Rule(
            lambda settings: settings.storage.driver != "chdu" or not settings.storage.copy,
            "úložisko CHDÚ druhú kópiu nemá: jeho kópiou je priečinok",
            "a CHDÚ has no second copy: the folder is its copy",
        ),
    ),
)
"""Rules about several keys, each at the key to change."""


def legal_limit(day: date) -> Rule:
    """How long the register waits for the authority at least, by the law of that day; in training it may be less."""
    least_s = rules_on(day).response_limit_s
    return Rule(
        lambda settings: settings.training or settings.authority.limit_s >= least_s,
        f"zákon žiada najmenej {least_s:.1f} sekundy (menej len s training = true)",
        f"the law demands at least {least_s:.1f} seconds (less only with training = true)",
    )


def broken_rules(settings: Settings, day: date) -> Iterator[tuple[str, Rule]]:
    """The key path and the rule, for each rule that does not hold on that day."""
    for path, rule in RULES.items():
        if not rule.holds(attrgetter(path)(settings)):
            yield path, rule
    yield from broken_table_rules(settings)
    for path, rule in (("authority.limit_s", legal_limit(day)), *JOINT_RULES):
        if not rule.holds(settings):
            yield path, rule
