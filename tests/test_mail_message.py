"""The mail as octets: what FAQ 557 says, read back by an independent parser, and nothing that could be injected."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, strategies as st

from drivers.attachment_html import render_attachment
from drivers.mail_message import LINE_MAX, compose, is_name
from drivers.mail_session import stuff
from tests.mail_receipts import ADDRESS, CREATED, MESSAGE_ID, RICH, UID, receipt

SENDER = "pokladna@example.sk"
HTML = "<!doctype html>\n<p>ľščťž\r\n.\r\nMAIL FROM:<x>\r\n".encode()
VALUES: dict[str, Any] = {
    "name": "MRP eKASA 8000",
    "sender": SENDER,
    "recipient": ADDRESS,
    "uid": UID,
    "created": CREATED,
    "message_id": MESSAGE_ID,
    "html": HTML,
}
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def composed(**changed: object) -> bytes:
    """A message, with some values changed."""
    return compose(**(VALUES | changed))


def parsed(octets: bytes) -> EmailMessage:
    """The message as the library reads it; it finds no defect."""
    message = message_from_bytes(octets, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    assert not [defect for value in message.values() for defect in value.defects]
    return message


def parts(message: EmailMessage) -> list[EmailMessage]:
    """The text and the attachment."""
    assert message.get_content_type() == "multipart/mixed"
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def test_the_message_is_what_faq_557_says() -> None:
    message = parsed(composed())
    assert message.keys() == HEADERS
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("MRP eKASA 8000", SENDER)
    assert message["To"] == ADDRESS
    assert message["Subject"] == f"Elektronický doklad: {UID}.html"
    assert message["Date"].datetime.isoformat() == CREATED
    assert message["Message-ID"] == MESSAGE_ID
    assert message["Auto-Submitted"] == "auto-generated"
    body, attachment = parts(message)
    assert (body.get_content_type(), body.get_content_charset()) == ("text/plain", "utf-8")
    assert body.get_content().rstrip() == "Vystavený elektronický doklad je v prílohe emailu."
    assert (attachment.get_content_type(), attachment.get_content_charset()) == ("text/html", "utf-8")
    assert attachment.get_content_disposition() == "attachment"
    assert attachment.get_filename() == f"{UID}.html"
    assert attachment["Content-Transfer-Encoding"] == "base64"
    assert attachment.get_payload(decode=True) == HTML


def check_octets(octets: bytes) -> None:
    """Seven bits, whole CRLF lines, none of them a dot, none too long."""
    assert octets.isascii()
    assert octets.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", octets)
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_MAX
    assert not [line for line in lines if line.startswith(b".")]
    assert stuff(octets) == octets


def test_the_octets_are_plain_whole_lines() -> None:
    check_octets(composed())
    check_octets(composed(html=render_attachment(receipt(RICH), UID)))
    assert composed() == composed()


def test_what_is_sent_word_for_word() -> None:
    head = composed().split(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert head[:2] == ['From: "MRP eKASA 8000" <pokladna@example.sk>', f"To: {ADDRESS}"]
    assert head[2].startswith("Subject: =?utf-8?B?")
    assert "Date: Sun, 22 Nov 2026 10:15:30 +0100" in head
    assert f"Message-ID: {MESSAGE_ID}" in head


def test_the_longest_address_stands_on_a_line_of_its_own() -> None:
    longest = f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 62}.sk"
    octets = composed(recipient=longest, sender=longest)
    message = parsed(octets)
    assert message["To"].strip() == longest
    assert message["From"].addresses[0].addr_spec == longest
    assert max(map(len, octets.split(b"\r\n"))) <= 998


@given(html=st.binary(max_size=3000))
def test_any_attachment_comes_out_as_it_went_in(html: bytes) -> None:
    octets = composed(html=html)
    check_octets(octets)
    attachment = parts(parsed(octets))[1]
    assert attachment.get_payload(decode=True) == html


@given(name=st.text(min_size=1, max_size=64).filter(is_name))
def test_any_name_that_is_allowed_comes_out_and_adds_no_header(name: str) -> None:
    octets = composed(name=name)
    check_octets(octets)
    message = parsed(octets)
    assert message.keys() == HEADERS
    assert message["From"].addresses[0].addr_spec == SENDER
    # The newer parser puts a blank between adjacent encoded words of a phrase, against RFC 2047 6.2.
    raw = message_from_bytes(octets, policy=policy.compat32)["From"]
    shown = str(make_header(decode_header(raw))).removesuffix(f"<{SENDER}>")
    assert " ".join(shown.strip(' "').split()) == " ".join(name.split())


INJECTED = {
    "name": ["", 'x" <a@b.sk>, "y', "a\r\nBcc: x@y.sk", "=?UTF-8?Q?=0A?=Bcc: x@y", "a\\", "\u2028", "x" * 65, "a\x00"],
    "sender": ["", "a@b.sk\r\nBcc: x@y", "a", '"x" <a@b.sk>', "=?UTF-8?Q?=0A?=@b.sk"],
    "recipient": ["", "a@b.sk\r\nBcc: x@y", "a@b.sk, c@d.sk", "a@b.sk> SIZE=1", "j@pošta.sk", "=?UTF-8?Q?=0A?=@b.sk"],
    "uid": ["", f"{UID}\r\nBcc: x@y", f'{UID}"; x="', "../../etc/passwd", "=?UTF-8?Q?=0A?=", f"{UID}\n"],
    "created": ["", "now", f"{CREATED}\r\nBcc: x@y", "2026-11-22T10:15:30"],
    "message_id": ["", "a", "<a@b.sk>\r\nBcc: x@y", f"{MESSAGE_ID}\n", "<a@b@c.sk>", "<=?UTF-8?Q?=0A?=@b.sk>"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in INJECTED.items() for value in values])
def test_nothing_that_could_be_injected_is_composed(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        composed(**{key: value})
