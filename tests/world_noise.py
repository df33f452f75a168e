"""Noise on a serial line: seeded, of every kind that a bad cable, a modem or a curious person makes."""

from __future__ import annotations

import random
from collections.abc import Iterator

from states.events import KEYS, Key, TextTyped, UnknownPressed

LONG_LINE_BYTES = 1_000_000
LINE_MAX_BYTES = 1024
PIECE_BYTES = 20_000


def any_bytes(chance: random.Random) -> bytes:
    """Whatever there is."""
    return chance.randbytes(8 * PIECE_BYTES)


def breaks(chance: random.Random) -> bytes:
    """BREAK as a line without PARMRK tells it, with parity and overrun as one with it would."""
    return b"".join(
        chance.choice([b"\0", b"\xff\0\0", b"\xff\xff", b"\0" * 50, b"\n"]) for _ in range(PIECE_BYTES // 10)
    )


def controls(chance: random.Random) -> bytes:
    """Bytes that a terminal acts upon: interrupt, end, stop, suspend, erase, and the rest of them."""
    return bytes(
        chance.choice(b"\x03\x04\x11\x13\x15\x16\x17\x1a\x1c\x7f\x08\x0f\n12") for _ in range(PIECE_BYTES // 4)
    )


def escapes(chance: random.Random) -> bytes:
    """ESC sequences: cursor keys, pastes, reports, strings without an end."""
    sequences = (
        b"\x1b[A",
        b"\x1b[200~CASH\n\x1b[201~",
        b"\x1b]0;CASH\x07",
        b"\x1bP",
        b"\x1b[6n",
        b"\x1b[99999m",
        b"\x9b1;1H",
    )
    return b"".join(chance.choice((*sequences, b"\n", b"\x1b")) for _ in range(PIECE_BYTES // 8))


def bad_utf8(chance: random.Random) -> bytes:
    """What is no text, alone and behind the word that begins text."""
    bad = (
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\xff\xfe",
        b"\xc5",
        b"\xe2\x80\xae",
        b"\xef\xbb\xbf",
    )
    starts = (b"", b"TEXT ", b"TEXT \xc4\x8d", b"CASH")
    return b"".join(chance.choice(starts) + chance.choice(bad) + b"\n" for _ in range(PIECE_BYTES // 8))


def near_keys(chance: random.Random) -> bytes:
    """Names of keys with a bit flipped, a letter lost or doubled, in lines of their own."""
    lines = []
    for _ in range(PIECE_BYTES // 8):
        name = bytearray(chance.choice(list(KEYS)).encode())
        place = chance.randrange(len(name))
        match chance.randrange(3):
            case 0:
                name[place] ^= 1 << chance.randrange(8)
            case 1:
                del name[place]
            case 2:
                name.insert(place, name[place])
        lines.append(bytes(name) + chance.choice([b"\n", b"\r", b"\r\n"]))
    return b"".join(lines)


def shell(chance: random.Random) -> bytes:
    """Commands, for whoever hopes that somebody listens."""
    lines = (
        b"reboot\n",
        b"../../etc/passwd\n",
        b"%n%n%s\n",
        b"$(id)\n",
        b"'; DROP TABLE record;--\n",
        b"TEXT\n",
        b"TEXT  \n",
        b"root\n",
    )
    return b"".join(chance.choice(lines) for _ in range(PIECE_BYTES // 16))


def long_line(_chance: random.Random) -> bytes:
    """A million bytes without an end, and then one."""
    return b"C" * LONG_LINE_BYTES + b"\n"


KINDS = (any_bytes, breaks, controls, escapes, bad_utf8, near_keys, shell)


def noise(seed: int, size_bytes: int) -> Iterator[bytes]:
    """At least so many bytes: a million in one line, and the rest of every kind, in turn."""
    chance = random.Random(seed)
    made = 0
    while made < size_bytes:
        piece = long_line(chance) if not made else chance.choice(KINDS)(chance)
        made += len(piece)
        yield piece


def documented(content: bytes) -> list[Key]:
    """The keys of the lines in this, as the README has it: the name of a key, or TEXT and words; nothing else is one.

    Written without the codec. A blank line and a comment are no keys; what is none of these is one unknown key.
    """
    keys: list[Key] = []
    for line in content.replace(b"\r", b"\n").split(b"\n"):
        try:
            text = line.decode() if len(line) <= LINE_MAX_BYTES else "?" * 99
        except UnicodeDecodeError:
            text = "?" * 99
        if not text.strip() or text.strip()[0] == "#":
            continue
        words = text[5:] if text[:5] == "TEXT " else ""
        if text.strip() in KEYS:
            keys.append(KEYS[text.strip()])
        elif words.strip() and all(sign.isprintable() for sign in words):
            keys.append(TextTyped(words))
        else:
            keys.append(UnknownPressed(""))
    return keys
