"""What could attack a register, and the tests that try it: the threat table, row by row, found by name.

A cell is a concrete input; beside it stand the tests that feed it in, and words of their file that are the input.
A test that is renamed, or an input that is taken out of its test, fails here. What this program does not have yet
stands in ABSENT with the issue that brings it, and moves up when it comes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cell:
    """An input, the tests that try it (``file::test``), and what must stand in the file of the first one."""

    input: str
    tests: tuple[str, ...]
    words: tuple[str, ...] = ()


def cell(input: str, *tests: str, words: tuple[str, ...] = ()) -> Cell:
    """A cell; files are named without their ``test_``."""
    return Cell(input, tests, words)


AUTH, REPLY, WSS, ADDRESS = "authority_ekasa::", "authority_reply::", "wssecurity::", "address::"
SMTP, SESSION, MESSAGE, NAMES = "mail_smtp::", "mail_session::", "mail_message::", "security_names::"
TLS, SLOW, BOMBS, KEYS = "security_tls::", "security_slow::", "security_bombs::", "security_keys::"
CANARY, FUZZ = "security_canary::", "security_fuzz::"
ANY_INPUT = (f"{FUZZ}test_any_bytes_are_read_or_refused", f"{FUZZ}test_a_spoilt_input_is_read_or_refused")

TABLE: dict[str, tuple[Cell, ...]] = {
    "the authority's answer: who gives it": (
        cell(
            "environment with an attacker's trust and proxies",
            f"{TLS}test_a_hostile_environment_moves_no_process",
            f"{AUTH}test_the_environment_changes_nothing",
            words=("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "ALL_PROXY", "SSLKEYLOGFILE"),
        ),
        cell(
            "a certificate for localhost",
            f"{TLS}test_a_name_server_that_lies_leads_nowhere",
            words=("a certificate for localhost",),
        ),
        cell(
            "expired, not yet valid, unknown, of another host",
            f"{AUTH}test_a_stranger_gets_nothing",
            words=('"expired"', '"wrong host"'),
        ),
        cell("a SHA-1 chain", f"{TLS}test_a_chain_signed_with_sha1_is_refused", words=("-sha1",)),
    ),
    "the authority's answer: old TLS": (
        cell("s_server -tls1_1, -cipher AES128-SHA", f"{AUTH}test_old_tls_is_refused", words=("-tls1_1", "AES128-SHA")),
        cell(
            "s_server -no_tls1_3 -legacy_renegotiation",
            f"{TLS}test_a_second_handshake_is_refused",
            words=("-legacy_renegotiation", "-no_tls1_3"),
        ),
    ),
    "the authority's answer: slowly": (
        cell(
            "a byte now and then in handshake, header, body, chunk size",
            f"{SLOW}test_a_byte_now_and_then_does_not_hold_the_register",
            "refusals_played::test_a_sale_without_a_believable_answer_is_offline_on_paper",
            words=('"handshake"', '"header"', '"body"', '"chunk size"'),
        ),
        cell(
            "in an SMTP banner and reply",
            f"{SMTP}test_a_fault_is_not_sent_before_the_dot_and_in_doubt_after_it",
            words=("Action.DRIP", '"banner"'),
        ),
    ),
    "the authority's answer: large": (
        cell("a gzip bomb", f"{BOMBS}test_nothing_is_unpacked", words=("gzip.compress",)),
        cell(
            "chunks without an end",
            f"{BOMBS}test_chunks_without_an_end_are_left",
            f"{AUTH}test_what_is_no_answer_has_a_reason_and_the_next_one_is_heard",
        ),
        cell("Content-Length 10^12", f"{AUTH}test_strange_http_is_no_answer", words=("Content-Length: 1000000000000",)),
        cell("65 headers, a header of 9 kB", f"{BOMBS}test_headers_have_limits", words=('"65"', "9_000")),
    ),
    "the authority's answer: XML": (
        cell(
            "six bombs",
            f"{BOMBS}test_the_six_bombs_are_refused_and_cost_nothing",
            f"{BOMBS}test_without_the_check_for_a_doctype_nothing_is_resolved_either",
            words=("billion laughs", "quadratic", "file:///", "http://127", "depth", "attributes"),
        ),
        cell(
            "UTF-16, UTF-7, mark, NUL",
            f"{BOMBS}test_there_is_one_coding_and_no_nul",
            words=("utf-16", "utf-7", "latin behind a mark", "NUL"),
        ),
    ),
    "the authority's answer: signature": (
        cell(
            "XSW1 to XSW8",
            f"{WSS}test_wrapping_is_refused",
            f"{REPLY}test_wrapped_answers_are_refused",
            words=tuple(f"xsw{number}" for number in range(1, 9)),
        ),
        cell("HMAC with the public key", f"{WSS}test_hmac_with_the_public_key_is_refused"),
        cell(
            "empty Reference, XSLT transform", f"{WSS}test_other_algorithms_are_refused", words=('URI=""', "REC-xslt")
        ),
        cell(
            "a comment inside text",
            f"{REPLY}test_a_comment_cuts_no_text",
            f"{WSS}test_a_digest_split_by_a_comment_is_read_whole",
        ),
        cell("a second Body", f"{WSS}test_wrapping_is_refused", words=("spare_body",)),
        cell(
            "a sibling certificate of the same authority",
            f"{KEYS}test_a_sibling_of_the_signer_is_not_believed",
            words=("another name", "a register"),
        ),
        cell(
            "an old answer once more",
            f"{AUTH}test_an_old_answer_is_refused",
            "refusals_played::test_a_sale_without_a_believable_answer_is_offline_on_paper",
        ),
    ),
    "the authority's answer: poison": (
        cell(
            "any bytes, any signed XML, any certificate",
            *ANY_INPUT,
            f"{REPLY}test_noise_is_never_an_answer",
            f"{REPLY}test_signed_nonsense_is_refused_too",
            f"{KEYS}test_a_spoilt_certificate_is_refused_and_stops_nothing",
        ),
    ),
    "e-mail address": (
        cell(
            "line ends, plain and encoded; two addresses; parameters; U+2028, U+0085, marks; length",
            f"{ADDRESS}test_anything_else_is_refused_with_a_stable_word",
            words=(
                r"a@b.sk\r\nBcc: x@y",
                "a@b.sk%0d%0a",
                "=?UTF-8?Q?=0A?=Bcc: x@y",
                '"x" <a@b>, c@d',
                "NOTIFY=SUCCESS",
                "SIZE=1",
                r"\u2028",
                r"\x85",
                r"\u200f",
                "jožko@pošta.sk",
                "70_000",
            ),
        ),
        cell("254 and 255 bytes", f"{ADDRESS}test_exactly_254_octets_are_taken_and_one_more_is_not"),
        cell(
            "the same, past the grammar",
            f"{MESSAGE}test_nothing_that_could_be_injected_is_composed",
            f"{ADDRESS}test_whatever_passes_cannot_break_a_command_or_a_header",
            "process_keys::test_words_that_attack_are_refused_as_address_and_reference",
        ),
    ),
    "subject and items in a mail": (
        cell(
            "an item with a dot and a command",
            f"{NAMES}test_a_name_is_no_line_of_the_mail",
            words=(r".\r\nMAIL FROM:<x>", '".Tovar"'),
        ),
        cell(
            "bare line ends",
            f"{SESSION}test_content_that_could_smuggle_a_second_mail_is_refused",
            f"{SESSION}test_dots_are_stuffed",
        ),
    ),
    "HTML of the mail": (
        cell(
            "img, script, reference, cell",
            f"{NAMES}test_a_name_is_text_on_the_page",
            "attachment::test_names_are_escaped_and_legible",
            words=("<img src=//x>", '"><script>', "&#x41;", "</td>"),
        ),
        cell(
            "nothing is fetched",
            "attachment::test_the_page_is_one_file_that_fetches_nothing",
            words=("default-src 'none'",),
        ),
    ),
    "items in XML": (
        cell(
            "an item inside an item, ]]>, &xxe;",
            f"{NAMES}test_a_name_is_text_in_the_message",
            "authority_message::test_a_name_is_text_and_nothing_else",
            words=('"/><ek:Item Price="-99"/>', "]]>", "&xxe;"),
        ),
        cell(
            "NUL, U+FFFE, a lone surrogate",
            f"{NAMES}test_what_xml_forbids_or_nobody_sees_is_refused_before_a_receipt_has_a_number",
            "process_keys::test_a_name_that_nothing_could_carry_is_refused_at_the_start",
            words=(r"\ufffe", r"\ud800", r"\x00"),
        ),
    ),
    "items on the printer": (
        cell(
            "drawer, symbol, real-time command, status request",
            f"{NAMES}test_a_name_is_text_on_the_paper",
            "escpos_encode::test_a_name_cannot_command_the_printer",
            words=(r"\x1bp\x00", r"\x1d(k", r"\x10\x14", r"\x10\x04"),
        ),
        cell("any text", "escpos_encode::test_no_text_at_all_becomes_a_command"),
    ),
    "items in tables and QR codes": (
        cell(
            "a formula, ; and :",
            f"{NAMES}test_a_name_from_a_table_is_one_cell",
            f"{NAMES}test_a_name_is_not_in_the_qr_code",
            "catalogue::test_what_is_written_is_read_back",
            words=("=cmd|' /C calc'!A0", "a;b:c"),
        ),
    ),
    "STARTTLS": (
        cell(
            "a server without it",
            f"{SMTP}test_without_starttls_neither_password_nor_mail_leaves",
            words=("Action.WITHHOLD",),
        ),
        cell("an injected reply behind 220", f"{SMTP}test_plaintext_behind_220_is_forgotten", words=("Action.INJECT",)),
        cell("454, and no HELO", f"{SMTP}test_no_code_is_lost", f"{SESSION}test_the_dialog_word_for_word"),
        cell(
            "a server that is not proved, old TLS, the environment",
            f"{SMTP}test_a_server_that_is_not_proved_gets_nothing",
            f"{SMTP}test_old_tls_and_weak_ciphers_are_refused",
            f"{SMTP}test_the_system_store_is_not_taken_from_the_environment",
        ),
    ),
    "passwords and key store": (
        cell(
            "canaries in every output",
            f"{CANARY}test_no_file_gives_a_secret_away",
            f"{CANARY}test_no_command_gives_a_secret_away",
            f"{CANARY}test_values_do_not_show_secrets",
            f"{CANARY}test_the_address_is_in_the_mail_once",
            f"{CANARY}test_the_display_shows_the_address_only_while_it_is_typed",
            f"{SMTP}test_no_secret_and_no_address_is_in_what_is_said_about_a_mail",
        ),
        cell(
            "0600 and 0700",
            f"{CANARY}test_everything_is_its_owner_s_alone",
            f"{CANARY}test_a_careless_umask_changes_nothing",
        ),
        cell("p12 of another register", "loading::test_of_another_register", "identity_files::test_match_and_validity"),
        cell(
            "p12 of 1024 bits",
            "loading::test_a_key_of_another_kind",
            "identity_files::test_a_key_of_another_kind",
            words=("1024",),
        ),
        cell(
            "wrong password, a hundred times",
            f"{KEYS}test_a_hundred_wrong_passwords_open_nothing",
            f"{KEYS}test_a_password_with_a_nul_is_wrong_and_is_not_shown",
        ),
    ),
    "keypad and printer lines": (
        cell(
            "any bytes of a line",
            *ANY_INPUT,
            "keypad_text::test_any_bytes_in_any_pieces_are_the_same_keys",
            "escpos_encode::test_answers_take_any_bytes_in_any_pieces",
        ),
        cell(
            "a line without an end",
            "keypad_text::test_a_line_as_long_as_allowed_is_read_and_a_longer_one_is_dropped_whole",
        ),
    ),
    "files of the technician": (
        cell(
            "any bytes as settings, identdata, authdata, PLU",
            *ANY_INPUT,
            "settings::test_hostile_toml",
            "loading::test_any_bytes_are_refused",
        ),
        cell(
            "a host that no resolver takes",
            f"{TLS}test_a_name_that_no_resolver_takes_is_refused_by_settings_and_drivers",
        ),
    ),
    "DNS": (
        cell(
            "an answer that leads elsewhere",
            f"{TLS}test_a_name_server_that_lies_leads_nowhere",
            f"{AUTH}test_a_name_that_does_not_exist_is_dns",
        ),
    ),
    "logs": (
        cell(
            "a line end in a name",
            f"{NAMES}test_a_name_is_no_line_of_the_log",
            "log::test_no_line_carries_a_whole_address_or_is_two",
        ),
        cell(
            "more events than fit",
            "log::test_the_log_keeps_two_files_of_a_size",
            "log::test_a_log_that_cannot_be_written_loses_lines_and_says_how_many",
        ),
    ),
    "journal": (
        cell(
            "flip, cut, reorder, splice",
            "verify::test_a_flipped_bit_in_every_byte_is_noticed",
            "verify::test_a_record_taken_out_is_noticed",
            "verify::test_two_records_in_another_order_are_noticed",
            "verify::test_a_segment_that_claims_another_past_is_noticed",
            "verify::test_a_segment_that_is_missing_or_short_is_noticed",
        ),
        cell("any bytes as a frame or a record", *ANY_INPUT, "journal_frames::test_the_scanner_survives_any_bytes"),
    ),
}

ABSENT = {
    "keypad: PINs, service menu": 5,
    "local web panel: CSRF, DNS rebinding, clickjacking, XSS": 5,
    "serial console: shell, dump, garbage": 7,
    "LAN interface: token, Host, body limit": 7,
    "NTP: a liar, a leap, a clock behind the last receipt": 7,
    "updates: rollback, unsigned": 7,
    "SMTPUTF8: a local part of other letters, only if announced": 6,
}
"""Rows of the table whose part of the program is not there yet, and the number of the issue that brings it."""


@cache
def source(file: str) -> str:
    """The text of a test file."""
    return (TESTS / f"test_{file}.py").read_text(encoding="utf-8")


@cache
def functions(file: str) -> frozenset[str]:
    """The tests of a file."""
    nodes = ast.parse(source(file)).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(one: Cell) -> Iterator[str]:
    """What the cell names and nobody has."""
    for test in one.tests:
        file, _, name = test.partition("::")
        if not (TESTS / f"test_{file}.py").exists() or name not in functions(file):
            yield test
    file = one.tests[0].partition("::")[0]
    yield from (f"{word!r} in {file}" for word in one.words if word not in source(file))


@pytest.mark.parametrize("row", TABLE)
def test_every_input_of_the_row_is_tried(row: str) -> None:
    """By a test that is there."""
    assert TABLE[row]
    for one in TABLE[row]:
        assert one.tests, one.input
        assert list(missing(one)) == [], one.input


def test_a_cell_without_its_test_or_input_is_noticed() -> None:
    """The control."""
    assert list(missing(cell("x", f"{AUTH}test_nothing"))) == ["authority_ekasa::test_nothing"]
    assert list(missing(cell("x", "nowhere::test_x"))) == ["nowhere::test_x"]
    assert list(missing(cell("x", f"{AUTH}test_an_old_answer_is_refused", words=("no such word",)))) != []


def test_what_is_absent_is_absent() -> None:
    """As soon as a file of such a part is there, its row belongs into the table."""
    drivers = {path.name for path in (TESTS.parent / "drivers").glob("*.py")}
    assert not [name for name in drivers if name.startswith(("console_", "panel", "web_", "lan_", "update"))]
    assert set(ABSENT.values()) <= {5, 6, 7}
