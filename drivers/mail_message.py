"""The mail that carries a receipt, as octets: RFC 5322 and MIME, every header from a checked value.

Sources: FAQ 557 of the maker (sender, subject, words, attachment); RFC 5322, 2045, 2047, 2183, 3834.
It is written by hand because the library's folding of headers decodes encoded words again (CVE-2024-6923).
"""

from __future__ import annotations

import re
from base64 import b64encode, encodebytes
from email.utils import format_datetime

from states.fiscal.address import check_address
from states.fiscal.codes import is_uid, read_date

LINE_MAX = 76
NAME_MAX = 64
WORDS = "Vystavený elektronický doklad je v prílohe emailu."

_MESSAGE_ID = re.compile(r"<[0-9A-Fa-f-]{1,64}@[a-z0-9.-]{1,254}>")
_ENCODED_WORD_OCTETS = 39
"""As base64 52 characters; with 12 for the frame and 9 for ``Subject: `` they fit a line."""


def is_name(name: str) -> bool:
    """True for a display name that may stand in a header: printable, one line, and no encoded word in disguise."""
    return 0 < len(name) <= NAME_MAX and name.isprintable() and not set('"\\<>') & set(name) and "=?" not in name


def compose(*, name: str, sender: str, recipient: str, uid: str, created: str, message_id: str, html: bytes) -> bytes:
    """The message in CRLF lines, not dot-stuffed: the same octets for the same values.

    ``created`` is the receipt's CreateDate. ValueError for a value that could not stand in a header.
    """
    if not (is_name(name) and is_uid(uid) and _MESSAGE_ID.fullmatch(message_id)):
        raise ValueError("name, UID or Message-ID is not fit for a header")
    boundary = f"=_{uid}"
    file_name = f"{uid}.html"
    lines = [
        _header("From:", *_phrase(name), f"<{check_address(sender)}>"),
        _header("To:", check_address(recipient)),
        _header("Subject:", *_encoded_words(f"Elektronický doklad: {file_name}")),
        _header("Date:", format_datetime(read_date(created))),
        _header("Message-ID:", message_id),
        _header("Auto-Submitted:", "auto-generated"),
        _header("MIME-Version:", "1.0"),
        _header("Content-Type:", "multipart/mixed;", f'boundary="{boundary}"'),
        "",
        f"--{boundary}",
        *_part("text/plain", "inline", f"{WORDS}\r\n".encode()),
        f"--{boundary}",
        *_part("text/html", f'attachment; filename="{file_name}"', html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def _part(kind: str, disposition: str, octets: bytes) -> list[str]:
    return [
        f"Content-Type: {kind}; charset=utf-8",
        _header("Content-Disposition:", *disposition.split(" ")),
        "Content-Transfer-Encoding: base64",
        "",
        *encodebytes(octets).decode("ascii").splitlines(),
    ]


def _header(*words: str) -> str:
    """The words on as few lines as hold them; only an address or a Message-ID may be longer than a line."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= LINE_MAX:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines)


def _phrase(name: str) -> list[str]:
    return [f'"{name}"'] if name.isascii() else _encoded_words(name)


def _encoded_words(text: str) -> list[str]:
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > _ENCODED_WORD_OCTETS:
            chunks.append("")
        chunks[-1] += character
    return [f"=?utf-8?B?{b64encode(chunk.encode()).decode('ascii')}?=" for chunk in chunks]
