"""What reads bytes from outside, and the only errors that may come of it: the table of all fuzzing.

A target is run with any bytes at all; it returns, or raises AssertionError when a promise is broken. Hypothesis drives
the table in CI (``test_security_fuzz``), a coverage-guided fuzzer for as long as it is told (``fuzz_atheris``).
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from controller.catalogue_csv import Unusable, parse, table
from controller.settings import FILE_NAME, SettingsError, load_settings
from controller.training import init_training
from drivers.authority_reply import TO_LOCATION, TO_RECEIPT, read_reply
from drivers.authority_trust import WrongSignerError, read_trust
from drivers.escpos_status import Answers, StatusByte, trouble
from drivers.identity_files import is_certificate, open_identity, open_signer
from drivers.identity_schema import kind_of
from drivers.journal_frames import GENESIS, Damage, Frame, encode_frame, torn_tail, walk
from drivers.keypad_terminal_codec import Keystrokes
from drivers.keypad_text_codec import LINE_MAX_BYTES, Lines
from drivers.mail_reply import BadReplyError, Reply, ReplyReader
from drivers.mail_session import Access, Letter, submission, tidy
from drivers.ports import NoAnswer, PortError
from drivers.simulated.authority_answers import fault, response, sealed
from drivers.simulated.certificates import Pair
from drivers.simulated.training import SIGNER_SUBJECT
from drivers.soap import BODY, EnvelopeError, parse_xml, wire_bytes
from drivers.wssecurity import TOKEN, SignatureError, read_certificate
from states.events import Key, TextTyped
from states.fiscal.address import check_address
from states.fiscal.codes import is_uid
from states.fiscal.journal import decode_record, encode_record, kind_of as record_kind
from states.fiscal.names import carry
from states.fiscal.receipt import Acceptance, MailResult, Verdict
from tests.authority_forging import NOW
from tests.authority_kit import make_world, trust
from tests.identity_kit import IDENTDATA, PASSWORD, authdata, key_store
from tests.journal_samples import afternoon, five_receipts

SECONDS_PER_100_KB = 1.0
UUID = "0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f"
UID = "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST"


@dataclass(frozen=True, slots=True)
class Target:
    """Takes any bytes; ``seeds`` are whole inputs from which a fuzzer starts."""

    run: Callable[[bytes], None]
    seeds: Callable[[], tuple[bytes, ...]]


def attempt(target: Target, content: bytes) -> None:
    """Run the target once: nothing but AssertionError comes of it, in a second of computing for each 100 kB."""
    began = time.thread_time()
    target.run(content)
    took_s = time.thread_time() - began
    assert took_s < SECONDS_PER_100_KB * max(1, len(content) / 100_000), f"{took_s:.1f} s for {len(content)} bytes"


# --- The authority ---------------------------------------------------------------------------------------


def read_answer(content: bytes) -> None:
    """Any bytes as an answer: none is an acceptance, for the fuzzer has no key, unless it is the seed's."""
    for to in (TO_RECEIPT, TO_LOCATION):
        with suppress(NoAnswer):
            answer = read_reply(content, uuid=UUID, trust=trust(), now=NOW, response=to).answer
            assert not isinstance(answer, Acceptance) or answer.uid in ("", UID)


def read_signed_answer(content: bytes) -> None:
    """Any XML inside a Body with a good signature: what is read has the form of its type."""
    try:
        body = parse_xml(b'<x xmlns:ek="http://financnasprava.sk/ekasa/schema/v2">' + content + b"</x>")
    except EnvelopeError:
        return
    envelope = fault(-1)
    place = envelope.findall(BODY)[0]
    place.clear()
    place.text = body.text
    place.extend(list(body))
    # A relative name of a namespace cannot be signed at all.
    with suppress(NoAnswer, SignatureError):
        answer = read_reply(sealed(envelope, make_seal(), "1"), uuid=UUID, trust=trust(), now=NOW).answer
        if isinstance(answer, Acceptance):
            assert is_uid(answer.uid)
        else:
            assert -999 <= answer.code <= 999
            assert answer.text.isprintable()


def believe_certificate(content: bytes) -> None:
    """Any DER as the certificate of a good signature, and as an authority of the settings."""
    pem = b"-----BEGIN CERTIFICATE-----\n%b\n-----END CERTIFICATE-----\n" % b64encode(content)
    with suppress(ValueError):
        read_trust(pem, SIGNER_SUBJECT)
    envelope = parse_xml(ANSWERS()[0])
    next(envelope.iter(TOKEN)).text = b64encode(content).decode()
    with suppress(SignatureError):
        certificate = read_certificate(envelope)
        with suppress(WrongSignerError):
            trust().check(certificate, NOW)
    read_answer(wire_bytes(envelope))


@cache
def make_seal() -> Pair:
    """The training authority's key."""
    return make_world().signer


def answers() -> tuple[bytes, ...]:
    """An acceptance, a location's, a fault with a signature and one without."""
    facts = {"uuid": UUID, "request_uuid": UUID, "date": "2026-11-22T10:15:32+01:00"}
    accepted = response("RegisterReceiptRequest", **facts, uid=UID, warning="x")
    located = response("RegisterLocationRequest", **facts, uid="")
    envelopes = (accepted, located, fault(-100))
    return (*(sealed(one, make_seal(), "1") for one in envelopes), wire_bytes(fault(-1)))


ANSWERS = cache(answers)


def certificates() -> tuple[bytes, ...]:
    """The authority's own, and one that is none of its."""
    return tuple(pair.certificate.public_bytes(Encoding.DER) for pair in (make_seal(), make_world().other_signer))


def bodies() -> tuple[bytes, ...]:
    """What stands in the Body of those."""
    return tuple(etree.tostring(child) for one in answers() for child in parse_xml(one).findall(BODY)[0])


# --- Mail ------------------------------------------------------------------------------------------------

ACCESS = Access("starttls", "auto", "pokladna@example.sk", "canary secret")
LETTER = Letter("pokladna@example.sk", "jana@example.sk", b"Subject: x\r\n\r\n.x\r\n")
DIALOG = (
    b"220 x\r\n250-x\r\n250-STARTTLS\r\n250 SIZE 1000\r\n220 go\r\n250-x\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE\r\n"
    b"235 in\r\n250 ok\r\n251 ok\r\n354 go\r\n250 kept\r\n"
)


def read_replies(content: bytes) -> Iterator[Reply]:
    """The replies in the bytes, whatever pieces they come in: the first byte says how long a piece is."""
    reader, size = ReplyReader(), 1 + content[0] if content else 1
    for start in range(1, len(content), size):
        found = reader.feed(content[start : start + size])
        while found:
            yield found
            found = reader.feed(b"")


def hold_dialog(content: bytes) -> None:
    """Any replies as a server's: accepted is only what ends with 250 after the dot, and no secret is in the words."""
    dialog = submission(ACCESS, LETTER, "[127.0.0.1]")
    step, last = next(dialog), None
    try:
        for last in read_replies(content):
            assert b"\n" not in step.octets[:-2] or step.dot
            step = dialog.send(last)
    except BadReplyError:
        return
    except StopIteration as end:
        result: MailResult = end.value
        assert (result.verdict is Verdict.ACCEPTED) == (result.phase == "dot" and result.code == 250)
        assert not last or result.code in (last.code, 0)
        words = tidy(result.text, ACCESS)
        assert words.isascii()
        assert words.isprintable()
        assert ACCESS.secret not in words


# --- The journal -----------------------------------------------------------------------------------------


def read_frames(content: bytes) -> None:
    """Any bytes as a segment: frames in order from the start, then a tail or damage, and records or ValueError."""
    segment = content + bytes(-len(content) % 8)
    seq, chain, offset = 0, GENESIS, 0
    for frame in walk(segment, seq, chain):
        assert frame.offset == offset
        assert frame.seq == seq
        seq, chain, offset = frame.seq + 1, frame.chain, frame.end
        read_record(bytes([frame.kind]) + frame.payload)
    with suppress(Damage):
        assert len(torn_tail(segment, offset, seq, chain)) % 8 == 0


def read_record(content: bytes) -> None:
    """Any bytes as a kind and its JSON: what is read is written as the same bytes, but for fields with defaults."""
    try:
        record = decode_record(content[0] if content else 0, content[1:])
    except ValueError:
        return
    assert decode_record(content[0], encode_record(record)) == record


def records() -> tuple[bytes, ...]:
    """A record of each kind that a day has."""
    found = {record_kind(record): encode_record(record) for record in (*five_receipts(), *afternoon())}
    return tuple(bytes([kind]) + payload for kind, payload in found.items())


def segments() -> tuple[bytes, ...]:
    """All of them in one segment, and one of them alone."""
    return chain_of(records()), chain_of(records()[:1])


def chain_of(contents: tuple[bytes, ...]) -> bytes:
    """The frames of these records, from the first one on."""
    chain, segment = GENESIS, b""
    for seq, content in enumerate(contents):
        segment += encode_frame(chain, seq, content[0], 1, 1, content[1:])
        frame: Frame = list(walk(segment, 0, GENESIS))[-1]
        chain = frame.chain
    return segment


# --- Lines -----------------------------------------------------------------------------------------------


def press_lines(content: bytes) -> None:
    """Any bytes on the keypad's line: keys, whatever pieces they come in, and never more than a line is kept."""
    whole, pieces = Lines(), Lines()
    keys = whole.feed(content) + whole.end()
    size = 1 + (content[0] if content else 0)
    parts = [key for start in range(0, len(content), size) for key in pieces.feed(content[start : start + size])]
    assert keys == parts + pieces.end()
    assert len(keys) <= content.count(b"\n") + content.count(b"\r") + 1
    for key in keys:
        assert isinstance(key, Key)
        assert not isinstance(key, TextTyped) or (key.text.isprintable() and len(key.text) <= LINE_MAX_BYTES)


def press_strokes(content: bytes) -> None:
    """Any bytes of a terminal: keys until nothing is left."""
    strokes, words = Keystrokes(), bool(content[:1] > b"\x80")
    for start in range(1, len(content), 512):
        strokes.feed(content[start : start + 512])
        while key := strokes.take(words=words, quiet=False):
            assert isinstance(key, Key)
    while key := strokes.take(words=words, quiet=True):
        assert isinstance(key, Key)


def hear_printer(content: bytes) -> None:
    """Any bytes of a printer: answers and garbage, together not more than the bytes."""
    told = Answers()
    found = told.feed(content)
    assert len(found) + told.garbage_bytes <= len(content)
    status = [answer.value for answer in found if isinstance(answer, StatusByte)]
    for first in range(len(status) - 3):
        reason, _ = trouble(*status[first : first + 4])
        assert reason in ("", "cover-open", "paper-out", "error")


# --- Files -----------------------------------------------------------------------------------------------


@cache
def folder() -> Path:
    """A training folder whose settings are overwritten."""
    made = Path(mkdtemp(prefix="ekasa-fuzz-"))
    init_training(made)
    return made


def load_toml(content: bytes) -> None:
    """Any bytes as register.toml: settings, or one line that says what is wrong."""
    (folder() / "fuzzed").mkdir(exist_ok=True)
    (folder() / "fuzzed" / FILE_NAME).write_bytes(content)
    said = ""
    try:
        load_settings(folder() / "fuzzed")
    except SettingsError as error:
        said = str(error)
    assert not said or said.isprintable()


def open_identdata(content: bytes) -> None:
    """Any bytes as identdata."""
    with suppress(ValueError):
        kind_of(content)
    with suppress(PortError):
        open_identity(content, "identdata.xml")


def open_authdata(content: bytes) -> None:
    """Any bytes as authdata: a key of 2048 bits or an error that says nothing of the password."""
    is_certificate(content)
    said = ""
    try:
        assert open_signer(content, "authdata.xml", PASSWORD).dic
    except PortError as error:
        said = str(error)
    assert PASSWORD not in said


def import_plu(content: bytes) -> None:
    """Any bytes as a table of goods: what is read can be written and is read again as the same."""
    with suppress(Unusable):
        found = parse(content)
        assert all(refusal.shown.isprintable() for refusal in found.refusals)
        if found.products:
            assert parse(table(found.products, "sk").encode()).products == found.products


def type_text(content: bytes) -> None:
    """Any text as an address and as a name."""
    text = content.decode("utf-8", "surrogatepass" if len(content) % 2 else "replace") if _is_text(content) else ""
    with suppress(ValueError):
        assert check_address(text).isprintable()
    with suppress(ValueError):
        assert carry(carry(text)) == carry(text)


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


PLU = 'PLU;Názov;Cena;DPH;Jednotka\n1;Kladivo;12,50;23;ks\n2;"Šalát; hlávkový";0,89;19;kg\n'.encode()

TARGETS: dict[str, Target] = {
    "answer": Target(read_answer, answers),
    "certificate": Target(believe_certificate, certificates),
    "signed-answer": Target(read_signed_answer, bodies),
    "smtp": Target(hold_dialog, lambda: (b"\xff" + DIALOG, b"\x00" + DIALOG, b"\x10554 no\r\n")),
    "frames": Target(read_frames, segments),
    "record": Target(read_record, records),
    "keypad-line": Target(press_lines, lambda: (b"1\nDOT\n5\nDEPARTMENT_1\nTEXT jana@example.sk\r\nCASH\n",)),
    "keypad-strokes": Target(
        press_strokes, lambda: (b"\x0012.5q\x1b[A\x1bOP\x1b[200~a\xc5\xbe\x1b[201~h\r", b"\xffa@b.sk")
    ),
    "printer-status": Target(hear_printer, lambda: (b"\x12\x12\x12\x12\x37\x22abcd\x00\x37\x25\x00\x00",)),
    "settings": Target(load_toml, lambda: ((folder() / FILE_NAME).read_bytes(),)),
    "identdata": Target(open_identdata, lambda: (IDENTDATA.encode(),)),
    "authdata": Target(open_authdata, lambda: (authdata(key_store()), key_store())),
    "goods": Target(import_plu, lambda: (PLU, PLU.decode().encode("cp1250"))),
    "typed-text": Target(type_text, lambda: (b"jana@example.sk", "Šalát 🧑‍🍳".encode())),
}
