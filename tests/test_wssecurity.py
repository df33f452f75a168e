"""Signatures hold only in the authority's one form: official samples, xmlsec1, and the known attacks on XML signing."""

from __future__ import annotations

import copy
import hmac
import re
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha1, sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings, strategies as st
from lxml import etree

from drivers.soap import (
    BODY,
    EKASA,
    ENVELOPE,
    ENVELOPE_MAX_BYTES,
    HEADER,
    SOAP,
    EnvelopeError,
    parse_envelope,
    wire_bytes,
)
from drivers.wssecurity import (
    DS,
    EXCLUSIVE,
    SECURITY,
    SIGNATURE,
    SIGNED_INFO,
    TOKEN,
    WSU,
    WSU_ID,
    SignatureError,
    is_signed,
    sign_body,
    verify_body,
)
from tests.authority_kit import SAMPLES, samples, signer

FORGED = "O-FFFFFFFFFFFFFFFFFFFFFFFFFFF-TEST"
GENUINE = "O-7DBCDA8A56EE426DBCDA8A56EE4-TEST"
LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
)
TEXT = st.text(LETTERS, max_size=40)

Attack = Callable[[etree._Element], None]


def unsigned(uid: str = GENUINE, prefix: str = "soapenv") -> etree._Element:
    """An envelope whose Body says this UID."""
    envelope = etree.Element(ENVELOPE, nsmap={prefix: SOAP})
    etree.SubElement(envelope, HEADER)
    body = etree.SubElement(envelope, BODY, nsmap={"wsu": WSU})
    answer = etree.SubElement(body, f"{{{EKASA}}}RegisterReceiptResponse", nsmap={"ek": EKASA})
    etree.SubElement(answer, f"{{{EKASA}}}ReceiptData", {"Id": uid}).text = "Ľubovoľný text"
    return envelope


def signed(envelope: etree._Element | None = None) -> bytes:
    """The envelope signed by the register's key."""
    made = unsigned() if envelope is None else envelope
    return sign_body(made, name="1", certificate_der=signer().certificate_der, sign=signer().sign)


def xmlsec1(message: bytes, certificate_pem: bytes, folder: Path) -> bool:
    """What the independent verifier says, asked as the notes beside the official samples have it."""
    (folder / "message.xml").write_bytes(message)
    (folder / "cert.pem").write_bytes(certificate_pem)
    known = ["--id-attr:Id", f"{SOAP}:Body"]
    command = ["xmlsec1", "--verify", "--insecure", "--pubkey-cert-pem", "cert.pem", *known, "message.xml"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def pem_of(message: bytes) -> bytes:
    """The certificate inside a signed message."""
    return verify_body(parse_envelope(message)).certificate.public_bytes(Encoding.PEM)


# --- The official samples --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pd-payer", "nd", "uf", "paragon", "location-address"])
def test_official_samples_hold(name: str) -> None:
    """Our verifier believes what the authority signed, and names the register's certificate."""
    sample = next(path for path in samples() if path.stem == name)
    found = verify_body(parse_envelope(sample.read_bytes()))
    assert "OU=88812345678900001" in found.certificate.subject.rfc4514_string()
    assert found.body.find("*/*") is not None


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ('Name="Tovar 1"', 'Name="Tovar 9"'),
        ('Amount="237.23"', 'Amount="237.22"'),
        ("hl1xAZ+c6OXf", "hl1xAZ+c6OXg"),
        ("lJDoi41HXzVX", "lJDoi41HXzVY"),
        ('PrefixList="soapenv"', 'PrefixList=""'),
        ("MIIFrjCCA5ag", "MIIFrjCCA5bg"),
        ("</ekasa:Items>", "</ekasa:Items> "),
        ("<ekasa:Items>", "<ekasa:Items><!-- comment --> "),
        ("<ekasa:Items>", "<ekasa:Items><?php 1 ?>"),
    ],
)
def test_tampered_samples_do_not_hold(found: str, put: str) -> None:
    """One character anywhere that was signed, or in what says how, is noticed."""
    samples()
    sample = (SAMPLES / "pd-payer.xml").read_text("utf-8")
    assert found in sample
    with pytest.raises(SignatureError):
        verify_body(parse_envelope(sample.replace(found, put, 1).encode()))


def test_nothing_unsigned_comes_along() -> None:
    """The Body that is returned is a document of its own: no Header, no neighbour, no way up."""
    body = verify_body(parse_envelope(signed())).body
    assert body.getparent() is None
    assert body.getroottree().getroot() is body


def test_a_comment_changes_nothing() -> None:
    """Canonical XML has no comments, so one in the middle of a text splits nothing."""
    message = signed().replace("Ľubovoľný".encode(), "Ľubo<!-- x -->voľný".encode())
    data = verify_body(parse_envelope(message)).body.find("*/*")
    assert data is not None
    assert data.text == "Ľubovoľný text"


# --- Our own signature -----------------------------------------------------------------------------------


def test_xmlsec1_believes_us_and_notices_tampering(tmp_path: Path) -> None:
    """An implementation that shares no code with ours agrees both ways."""
    message = signed()
    certificate = pem_of(message)
    assert xmlsec1(message, certificate, tmp_path)
    assert not xmlsec1(message.replace(b"426DB", b"426DC"), certificate, tmp_path)


def test_a_prefix_that_was_never_parsed_is_signed(tmp_path: Path) -> None:
    """lxml ignores a PrefixList of names unknown to its dictionary; the message is read once before it is signed."""
    message = signed(unsigned(prefix="never-seen-before-7"))
    assert xmlsec1(message, pem_of(message), tmp_path)


@settings(max_examples=30, deadline=None)
@given(text=TEXT, value=TEXT)
def test_any_text_survives_signing(text: str, value: str) -> None:
    """What was put in comes out of the verified Body, character by character."""
    envelope = unsigned(value)
    data = envelope.find(f"{BODY}/*/*")
    assert data is not None
    data.text = text
    found = verify_body(parse_envelope(signed(envelope))).body.find("*/*")
    assert found is not None
    assert (found.text or "", found.get("Id")) == (text, value)


def test_signing_leaves_the_envelope_alone() -> None:
    """The same envelope may be signed again for another attempt."""
    envelope = unsigned()
    before = wire_bytes(envelope)
    signed(envelope)
    assert wire_bytes(envelope) == before
    assert not is_signed(envelope)


# --- Attacks ---------------------------------------------------------------------------------------------


def parts(envelope: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element]:
    """Header, Body and Signature."""
    header, body = envelope.find(HEADER), envelope.find(BODY)
    signature = envelope.find(f"{HEADER}/{SECURITY}/{SIGNATURE}")
    assert header is not None
    assert body is not None
    assert signature is not None
    return header, body, signature


def forged_body(body: etree._Element, identifier: str | None) -> etree._Element:
    """A Body like the genuine one that says another UID."""
    forged = copy.deepcopy(body)
    data = forged.find("*/*")
    assert data is not None
    data.set("Id", FORGED)
    if identifier is None:
        del forged.attrib[WSU_ID]
    else:
        forged.set(WSU_ID, identifier)
    return forged


def xsw1(envelope: etree._Element) -> None:
    """The signed Body moves into the Header; a forged one with the same Id stands in its place."""
    header, body, _ = parts(envelope)
    envelope.append(forged_body(body, "id-1"))
    header.append(body)


def xsw2(envelope: etree._Element) -> None:
    """The same, and the forged Body has an Id of its own."""
    header, body, _ = parts(envelope)
    envelope.append(forged_body(body, "id-2"))
    header.append(body)


def xsw3(envelope: etree._Element) -> None:
    """A forged Body stands before the signed one."""
    _, body, _ = parts(envelope)
    body.addprevious(forged_body(body, "id-2"))


def xsw4(envelope: etree._Element) -> None:
    """A forged Body contains the signed one."""
    _, body, _ = parts(envelope)
    forged = forged_body(body, "id-2")
    envelope.append(forged)
    forged.append(body)


def xsw5(envelope: etree._Element) -> None:
    """The signed Body hides in an Object of the Signature; the forged one has no Id."""
    _, body, signature = parts(envelope)
    envelope.append(forged_body(body, None))
    etree.SubElement(signature, f"{{{DS}}}Object").append(body)


def xsw6(envelope: etree._Element) -> None:
    """The same, and the forged Body has the signed one's Id."""
    _, body, signature = parts(envelope)
    envelope.append(forged_body(body, "id-1"))
    etree.SubElement(signature, f"{{{DS}}}Object").append(body)


def xsw7(envelope: etree._Element) -> None:
    """The signed Body stands in an extension element after a forged one of the same Id."""
    _, body, _ = parts(envelope)
    envelope.append(forged_body(body, "id-1"))
    etree.SubElement(envelope, "Extensions").append(body)


def xsw8(envelope: etree._Element) -> None:
    """The whole genuine message hides in the Header of a forged one, which takes over its Security."""
    header, body, _ = parts(envelope)
    whole = copy.deepcopy(envelope)
    envelope.append(forged_body(body, "id-2"))
    envelope.remove(body)
    etree.SubElement(header, "Wrapper").append(whole)


def id_of_another_kind(envelope: etree._Element) -> None:
    """A forged Body claims the Id with an attribute of another name."""
    header, body, _ = parts(envelope)
    forged = forged_body(body, None)
    forged.set("Id", "id-1")
    envelope.append(forged)
    header.append(body)


def lower_id_elsewhere(envelope: etree._Element) -> None:
    """Another element has the Body's Id too."""
    header, _, _ = parts(envelope)
    etree.SubElement(header, "x", {"ID": "id-1"})


def second_signature(envelope: etree._Element) -> None:
    """There are two signatures."""
    _, _, signature = parts(envelope)
    signature.addnext(copy.deepcopy(signature))


def second_security(envelope: etree._Element) -> None:
    """There are two Security headers."""
    header, _, _ = parts(envelope)
    header.append(copy.deepcopy(header[0]))


def second_reference(envelope: etree._Element) -> None:
    """There are two References."""
    reference = next(envelope.iter(f"{{{DS}}}Reference"))
    reference.addnext(copy.deepcopy(reference))


def spare_body(envelope: etree._Element) -> None:
    """A forged Body waits in the Header for a reader that looks everywhere; the signed one is untouched."""
    header, body, _ = parts(envelope)
    header.append(forged_body(body, None))


def spare_info(envelope: etree._Element) -> None:
    """A second SignedInfo waits in the Header."""
    header, _, signature = parts(envelope)
    header.append(copy.deepcopy(signature[0]))


def second_header(envelope: etree._Element) -> None:
    """There are two Headers."""
    header, _, _ = parts(envelope)
    header.addnext(etree.Element(HEADER))


def no_token(envelope: etree._Element) -> None:
    """The certificate is missing."""
    token = next(envelope.iter(TOKEN))
    parts(envelope)[0][0].remove(token)


def token_of_rubbish(envelope: etree._Element) -> None:
    """The certificate is none."""
    next(envelope.iter(TOKEN)).text = b64encode(b"rubbish").decode()


def token_not_named(envelope: etree._Element) -> None:
    """The key reference names something else."""
    next(envelope.iter("{*}SecurityTokenReference"))[0].set("URI", "#X509-2")


def no_body_id(envelope: etree._Element) -> None:
    """The Body has no Id."""
    del parts(envelope)[1].attrib[WSU_ID]


def empty_uri(envelope: etree._Element) -> None:
    """The Reference means the whole document."""
    next(envelope.iter(f"{{{DS}}}Reference")).set("URI", "")


ATTACKS: tuple[Attack, ...] = (
    *(xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, id_of_another_kind, lower_id_elsewhere),
    *(second_signature, second_security, second_reference, second_header, spare_body, spare_info),
    *(no_token, token_of_rubbish, token_not_named, no_body_id, empty_uri),
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_wrapping_is_refused(attack: Attack) -> None:
    """A message that was rearranged around a good signature says nothing at all."""
    envelope = parse_envelope(signed())
    attack(envelope)
    with pytest.raises(SignatureError):
        verify_body(parse_envelope(wire_bytes(envelope)))


def resign(edit: Callable[[bytes], bytes], sign: Callable[[bytes], bytes] = lambda info: signer().sign(info)) -> bytes:
    """A message whose SignedInfo was edited and then signed by the right key: only the rules can refuse it."""
    envelope = parse_envelope(edit(signed()))
    info = next(envelope.iter(SIGNED_INFO))
    canonical = etree.tostring(info, method="c14n", exclusive=True, inclusive_ns_prefixes=["soapenv"])
    next(envelope.iter(f"{{{DS}}}SignatureValue")).text = b64encode(sign(canonical)).decode()
    return wire_bytes(envelope)


def test_resigned_messages_hold() -> None:
    """The tool of the next tests does not spoil a message by itself."""
    verify_body(parse_envelope(resign(lambda message: message)))


SHA1 = b"http://www.w3.org/2000/09/xmldsig#sha1"
XPATH = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
TRANSFORM = f'<ds:Transform Algorithm="{EXCLUSIVE}">'.encode()
METHOD = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">'.encode()


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"http://www.w3.org/2001/04/xmlenc#sha256", SHA1),
        (b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512"),
        (b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256"),
        (TRANSFORM, TRANSFORM.replace(EXCLUSIVE.encode(), XPATH)),
        (TRANSFORM, b'<ds:Transform Algorithm="%b"/>' % XSLT + TRANSFORM),
        (TRANSFORM, TRANSFORM.replace(EXCLUSIVE.encode(), EXCLUSIVE.encode() + b"WithComments")),
        (METHOD, METHOD.replace(EXCLUSIVE.encode(), b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315")),
        (b'URI="#id-1"', b'URI=""'),
        (b'URI="#id-1"', b'URI="#X509-1"'),
        (b'URI="#id-1"', b'URI="#xpointer(/)"'),
        (b'PrefixList="soapenv"', b'PrefixList="soapenv %b"' % b" ".join(b"p%d" % n for n in range(16))),
        (b'PrefixList=""', b'PrefixList="&lt;"'),
    ],
)
def test_other_algorithms_are_refused(found: bytes, put: bytes) -> None:
    """Even the right key may not sign in another way."""
    with pytest.raises(SignatureError):
        verify_body(parse_envelope(resign(lambda message: message.replace(found, put, 1))))


def test_a_prefix_list_may_name_what_is_not_there() -> None:
    """The control for its limit: fifteen names more, none of them declared, change no byte but their own."""
    more = b'PrefixList="soapenv %b"' % b" ".join(b"p%d" % n for n in range(15))
    verify_body(parse_envelope(resign(lambda message: message.replace(b'PrefixList="soapenv"', more))))


def test_hmac_with_the_public_key_is_refused() -> None:
    """The certificate's public key is no secret and makes no signature."""
    key = verify_body(parse_envelope(signed())).certificate.public_key()
    secret = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    message = resign(
        lambda message: message.replace(b"rsa-sha256", b"hmac-sha256"), lambda info: hmac.digest(secret, info, sha256)
    )
    with pytest.raises(SignatureError):
        verify_body(parse_envelope(message))


def test_a_digest_split_by_a_comment_is_read_whole() -> None:
    """The digest that counts is the one in the bytes that were signed, and so is the comment's absence."""
    message = signed()
    split = re.sub(rb"(<ds:DigestValue>.{10})", rb"\1<!-- x -->", message)
    assert split != message
    verify_body(parse_envelope(split))


# --- What may be read at all -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"<",
        b"\x00",
        b"<x/>",
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><l>&c;</l>',
        f'<Envelope xmlns="{SOAP}">&undefined;</Envelope>'.encode(),
        f'<?xml version="1.0" encoding="iso-8859-2"?><Envelope xmlns="{SOAP}"/>'.encode(),
        f'<?xml version="1.0" encoding="UTF-7"?><Envelope xmlns="{SOAP}"/>'.encode(),
        f'<Envelope xmlns="{SOAP}"/>'.encode("utf-16"),
        f'<Envelope xmlns="{SOAP}">\ud800</Envelope>'.encode("utf-8", "surrogatepass"),
        f'<Envelope xmlns="{SOAP}">'.encode() + b"<a>" * 300 + b"</a>" * 300 + b"</Envelope>",
        f'<Envelope xmlns="{SOAP}">'.encode() + b" " * ENVELOPE_MAX_BYTES + b"</Envelope>",
    ],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    """Document types, entities, other encodings, deep and long documents are never looked into."""
    with pytest.raises(EnvelopeError):
        parse_envelope(message)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 5000), byte=st.integers(0, 255), count=st.integers(0, 3))
def test_a_changed_byte_never_changes_what_is_read(place: int, byte: int, count: int) -> None:
    """Whatever happens to a byte, the verifier either refuses or reads the genuine UID."""
    message = signed()
    start = place % len(message)
    changed = message[:start] + bytes([byte]) * count + message[start + 1 :]
    try:
        data = verify_body(parse_envelope(changed)).body.find("*/*")
    except (EnvelopeError, SignatureError):
        return
    assert data is not None
    assert data.get("Id") == GENUINE


def test_the_pkp_of_a_sample_holds(tmp_path: Path) -> None:
    """openssl agrees that the sample's PKP signs the text that we think it signs, and the OKP is its hash."""
    samples()
    found = verify_body(parse_envelope((SAMPLES / "pd-payer.xml").read_bytes()))
    pkp, okp = (next(found.body.iter(f"{{{EKASA}}}{name}")).text or "" for name in ("PKP", "OKP"))
    public = found.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    (tmp_path / "pkp").write_bytes(b64decode(pkp))
    (tmp_path / "base").write_bytes(b"1234567890|88812345678900001|PD|101|2019-01-31T12:01:14+01:00|237.23")
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "pkp", "base"]
    assert b"Verified OK" in subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    assert okp.replace("-", "") == sha1(b64decode(pkp)).hexdigest()
