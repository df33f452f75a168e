"""Answers that are small on the wire and large or slow for whoever believes them: packing, headers, kinds of XML."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import pytest
import trio

from drivers.authority_ekasa import HEADER_MAX_BYTES, HEADERS_MAX
from drivers.authority_message import encode_request
from drivers.authority_reply import REPLY_MAX_BYTES, read_reply
from drivers.ports import NoAnswer
from drivers.soap import ATTRIBUTES_MAX, SOAP, EnvelopeError, parse_envelope, parse_xml
from states.fiscal.receipt import Fault
from tests.authority_forging import NOW
from tests.authority_kit import client, make_attempt, make_receipt, signer, trust
from tests.test_authority_ekasa import OK, raw_server, refused

FAULT = '<s:Fault EkasaErrorCode="-1"/>'
SECONDS_PER_100_KB = 1.0


def envelope(body: str = FAULT, before: str = "", header: str = "") -> bytes:
    """A SOAP envelope of this body."""
    return f'{before}<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def read(message: bytes) -> object:
    """What the register makes of an answer."""
    return read_reply(message, uuid="", trust=trust(), now=NOW).answer


def test_the_fault_in_these_bombs_is_read_without_them() -> None:
    """The control: nothing but the bomb makes them unreadable."""
    assert read(envelope()) == Fault(-1, "", envelope().decode())


# --- HTTP ------------------------------------------------------------------------------------------------

MEGABYTES = b"\0" * 50_000_000
BOMBS = {
    "gzip": (gzip.compress(MEGABYTES), b"gzip"),
    "deflate": (zlib.compress(MEGABYTES), b"deflate"),
    "twice": (gzip.compress(gzip.compress(MEGABYTES)), b"gzip, gzip"),
    "behind identity": (gzip.compress(MEGABYTES), b"identity, gzip"),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_nothing_is_unpacked(name: str) -> None:
    """The bomb is refused by its name, and memory never holds a tenth of what it would have become."""
    packed, coding = BOMBS[name]
    reply = OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(packed)) + packed
    tracemalloc.start()
    try:
        async with raw_server(reply) as (port, _), client(port) as authority:
            with trio.fail_after(10):
                assert (await refused(authority)).reason == "encoding"
        assert tracemalloc.get_traced_memory()[1] < len(MEGABYTES) / 10
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (b"X: " + b"y" * (HEADER_MAX_BYTES - 1) + b"\r\n", "unparsable"),
        (b"X: " + b"y" * HEADER_MAX_BYTES + b"\r\n", "oversize"),
        (b"X: " + b"y" * 9_000 + b"\r\n", "oversize"),
        (b"y" * 9_000 + b": x\r\n", "oversize"),
        (b"X: y\r\n" + b" z\r\n" * 9_000, "oversize"),
        (b"X: y\r\n" * (HEADERS_MAX - 1), "unparsable"),
        (b"X: y\r\n" * HEADERS_MAX, "oversize"),
        (b"Transfer-Encoding: chunked\r\n", "reset"),
    ],
    ids=["8 kB", "one more", "9 kB", "9 kB of name", "folded", "64", "65", "two lengths"],
)
async def test_headers_have_limits(extra: bytes, reason: str) -> None:
    """64 headers of 8 kB, one of them the length of an empty body; ``unparsable`` says that they were let through."""
    reply = OK + b"Content-Length: 0\r\n" + extra + b"\r\n"
    async with raw_server(reply) as (port, _), client(port) as authority:
        with trio.fail_after(10):
            assert (await refused(authority)).reason == reason


@pytest.mark.parametrize("chunk", [b"1000\r\n" + b"x" * 4096 + b"\r\n", b"1;x=y\r\nx\r\n"], ids=["large", "tiny"])
async def test_chunks_without_an_end_are_left(chunk: bytes) -> None:
    """After 256 kB it is enough, whatever the size of a chunk."""
    count = 2 * REPLY_MAX_BYTES // len(chunk.split(b"\r\n")[1])
    reply = OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * count
    async with raw_server(reply) as (port, _), client(port) as authority:
        with trio.fail_after(30):
            assert (await refused(authority)).reason in ("oversize", "reset")


# --- XML -------------------------------------------------------------------------------------------------


def doctype(subset: str, use: str) -> bytes:
    """A message with this internal subset, and a use of what it declares."""
    return envelope(f"<s:Fault EkasaErrorCode='-1'>{use}</s:Fault>", f"<!DOCTYPE x [{subset}]>")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SIX = {
    "billion laughs": doctype(f'<!ENTITY l0 "ha">{LAUGHS}', "&l9;"),
    "quadratic": doctype(f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 10_000),
    "file": doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
    "network": doctype('<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;', ""),
    "depth": envelope("<a>" * 20_000 + "</a>" * 20_000),
    "attributes": envelope("<s:Fault {}/>".format(" ".join(f"a{n}=''" for n in range(30_000)))),
}


@pytest.mark.parametrize("name", SIX)
def test_the_six_bombs_are_refused_and_cost_nothing(name: str) -> None:
    """No entity, no file, no network, no depth, no width: and in a fraction of a second."""
    began = time.process_time()
    with pytest.raises(NoAnswer, match=r"^(unparsable|oversize)"):
        read(SIX[name])
    with pytest.raises(EnvelopeError):
        parse_envelope(SIX[name])
    assert time.process_time() - began < SECONDS_PER_100_KB * max(1, len(SIX[name]) / 100_000)


@pytest.mark.parametrize("name", ["billion laughs", "quadratic", "file", "network", "depth"])
def test_without_the_check_for_a_doctype_nothing_is_resolved_either(name: str) -> None:
    """The second line of defence, alone: libxml2 was told to leave entities, files and the network alone."""
    try:
        found = parse_xml(SIX[name])
    except EnvelopeError:
        return
    assert "root:" not in "".join(str(text) for text in found.itertext())
    assert len("".join(str(text) for text in found.itertext())) < len(SIX[name])


def test_attributes_have_a_limit() -> None:
    """One more than allowed is refused, and as many are read: without a limit, time grows with their square."""
    attributes = [f'a{n}=""' for n in range(ATTRIBUTES_MAX)]
    read(envelope(f'<s:Fault EkasaErrorCode="-1" {" ".join(attributes[1:])}/>'))
    with pytest.raises(NoAnswer, match="attributes"):
        read(envelope(f'<s:Fault EkasaErrorCode="-1" {" ".join(attributes)}/>'))


NAMES = 4_000
DECLARED = " ".join(f'xmlns:p{n}="urn:p:{n}"' for n in range(NAMES))
SLOW_TO_SIGN = {
    "declared": (DECLARED, ""),
    "declared and used": (DECLARED, "".join(f"<p{n}:x/>" for n in reversed(range(NAMES)))),
    "used again and again": (DECLARED, f"<p{NAMES - 1}:x/>" * 8_000),
    "deep": ("", "".join(f'<q{n}:x xmlns:q{n}="urn:q:{n}">' for n in range(200)) + "<c/>" * 20_000),
}


@pytest.mark.parametrize("name", SLOW_TO_SIGN)
def test_what_is_made_canonical_before_it_is_believed_costs_little(name: str) -> None:
    """SignedInfo is a stranger's until its signature holds: names in it must not cost more than linear time."""
    declared, content = SLOW_TO_SIGN[name]
    ends = "".join(f"</q{n}:x>" for n in reversed(range(200))) if name == "deep" else ""
    message = encode_request(make_receipt(), make_attempt(), signer())
    spoilt = message.replace(b"<ds:SignedInfo>", f"<ds:SignedInfo {declared}>{content}{ends}".encode())
    assert message != spoilt
    assert len(spoilt) < REPLY_MAX_BYTES
    began = time.process_time()
    with pytest.raises(NoAnswer, match=r"^(signature|wrong-signer)"):
        read(spoilt)
    assert time.process_time() - began < SECONDS_PER_100_KB * len(spoilt) / 100_000


LATIN = "<?xml version='1.0' encoding='iso-8859-2'?>"
MARK = b"\xef\xbb\xbf"
CODED: dict[str, bytes] = {
    "utf-16": envelope().decode().encode("utf-16"),
    "utf-16 without a mark": envelope().decode().encode("utf-16-be"),
    "utf-16 that says so": envelope(before='<?xml version="1.0" encoding="UTF-16"?>').decode().encode("utf-16-le"),
    "utf-32": envelope().decode().encode("utf-32"),
    "utf-7": envelope(before='<?xml version="1.0" encoding="UTF-7"?>'),
    "utf-7 that does not say so": envelope().replace(b"<", b"+ADw-"),
    "utf-7 within": envelope().replace(b"<s:Fault", b"+ADw-s:Fault"),
    "utf-16 that says utf-8": envelope(before='<?xml version="1.0" encoding="UTF-8"?>').decode().encode("utf-16"),
    "a lie": envelope(before='<?xml version="1.0" encoding="UTF-16"?>'),
    "latin": envelope(before=LATIN),
    "latin behind a mark": MARK + envelope(before=LATIN),
    "two marks": MARK + MARK + envelope(),
    "the other mark": b"\xfe\xff" + envelope(),
    "NUL at the end": envelope() + b"\0",
    "NUL before": b"\0" + envelope(),
    "NUL within": envelope().replace(b"-1", b"-1\0"),
    "NUL as a reference": envelope('<s:Fault EkasaErrorCode="-1">&#0;</s:Fault>'),
    "overlong": envelope().replace(b"-1", b"-\xc0\xb1"),
    "surrogates": envelope().replace(b"-1", b"-1\xed\xa0\x80"),
    "ebcdic": envelope().decode().encode("cp500"),
}


@pytest.mark.parametrize("name", CODED)
def test_there_is_one_coding_and_no_nul(name: str) -> None:
    """What could be read in two ways is not read."""
    with pytest.raises(NoAnswer, match=r"^unparsable"):
        read(CODED[name])


def test_a_mark_of_utf_8_is_let_through() -> None:
    """It changes nothing: the rest is UTF-8 as it says."""
    assert isinstance(read(MARK + envelope()), Fault)
