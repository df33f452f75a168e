"""E-mail addresses of customers: a grammar much stricter than RFC 5321, because nobody's real address needs more.

Sources: RFC 5321 4.1.2 and 4.5.3.1 (limits), RFC 5890 2.3.1 (A-labels), RFC 2047 5(3) (no encoded words in addresses).
"""

from __future__ import annotations

import re

ADDRESS_MAX = 254
LOCAL_MAX = 64
REASONS = ("empty", "not-ascii", "too-long", "at-sign", "local-part", "local-too-long", "domain")
"""Why an address is refused: the stable words of the ValueError."""

# The routing characters % and ! are left out: with them a relay may read another destination than the customer means.
_LOCAL = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_address(text: str) -> str:
    """The address without surrounding spaces and with a lower-case domain; ValueError with one of REASONS otherwise."""
    address = text.strip(" ")
    if not address:
        raise ValueError("empty")
    if not address.isascii():
        raise ValueError("not-ascii")
    if len(address) > ADDRESS_MAX:
        raise ValueError("too-long")
    if address.count("@") != 1:
        raise ValueError("at-sign")
    local, _, domain = address.partition("@")
    _check_local(local)
    return f"{local}@{_check_domain(domain)}"


def _check_local(local: str) -> None:
    # "=?" would begin an encoded word, which some readers decode even inside an address.
    if not _LOCAL.fullmatch(local) or "=?" in local:
        raise ValueError("local-part")
    if len(local) > LOCAL_MAX:
        raise ValueError("local-too-long")


def _check_domain(text: str) -> str:
    labels = text.lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_is_label, labels)):
        raise ValueError("domain")
    return ".".join(labels)


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    return label[2:4] != "--" or _is_a_label(label)


def _is_a_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return False
    try:
        return not label[4:].encode("ascii").decode("punycode").isascii()
    except UnicodeError:
        return False


def mask(address: str) -> str:
    """``j***@example.sk``: enough for the cashier to recognise, too little to write to. True of any text."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"
