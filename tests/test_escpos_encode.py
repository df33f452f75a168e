"""Lines to ESC/POS bytes and back: the bytes are read by the simulated printer's interpreter, QR codes by zxing."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from hypothesis import example, given, settings, strategies as st

from drivers.escpos_encode import CLEAR, END_TORN_COMMAND, drawer_pulse, encode_line, parts
from drivers.escpos_letters import letters
from drivers.escpos_profiles import GENERIC_80, PROFILES, Profile as Kind, load_profile
from drivers.escpos_qr import module_dots
from drivers.escpos_status import Answers, Cleared, Echo, InOrder, StatusByte, trouble
from drivers.simulated.escpos_device import Device
from drivers.simulated.escpos_paper import Document, Gap, Row, Symbol
from drivers.simulated.paper_png import draw
from states.fiscal.paper import Align, Cut, Line, Qr, Text
from tests.contracts_printer import PANGRAM, a_receipt, on_paper

ONLINE = "O-6FF27E7B194F490DB27E7B194FE-TEST"
OFFLINE = "9F48FA6C-E456DA6A-9C996816-94FCD75E-A54AAB7A:88812345678900001:261122101530:1234567:12345678.15"
OFFLINE_97 = OFFLINE + "25"
BOTH = (ONLINE, OFFLINE, OFFLINE_97)


def printed(lines: tuple[Line, ...], profile: Kind) -> Device:
    """The printer after it has worked off the lines; an unknown command would have been raised."""
    device = Device(profile)
    for part in parts(lines, profile):
        device.receive(part)
        while device.step() >= 0:
            pass
    assert device.lost_bytes == 0
    return device


def document(lines: tuple[Line, ...], profile: Kind) -> Document:
    [only] = printed((*lines, Cut()), profile).paper.documents
    return only


@pytest.mark.parametrize("name", PROFILES)
def test_a_receipt_is_read_back_letter_by_letter(name: str) -> None:
    profile = PROFILES[name]
    receipt = a_receipt(profile.columns)
    assert document(receipt[:-1], profile).text(profile.columns) == on_paper(receipt, profile.columns)


@pytest.mark.parametrize("name", PROFILES)
def test_slovak_needs_no_spelling(name: str) -> None:
    upper = PANGRAM.upper()
    for text in (PANGRAM, upper, "ÄÔĹŔ äôĺŕ ÁÉÍÓÚÝ Ľ Ď Ť Ň"):
        assert letters(text, PROFILES[name].encoding, 100).decode(PROFILES[name].encoding) == text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("\N{EN DASH}\N{EM DASH}\N{NON-BREAKING HYPHEN} „áno“ … •", '--- "áno" ... *'),
        ("\N{SINGLE LOW-9 QUOTATION MARK}x\N{LEFT SINGLE QUOTATION MARK}", "'x'"),
        ("10 € £ ™ © ½ № ² ≤ ≠ →", "10 EUR GBP TM (c) 1/2 No 2 <= <> ->"),
        ("Ångström, Øre, naïve, ŵ, ﬁ", "Angström, Ore, naive, w, fi"),
        ("káva ☕ 👨‍👩‍👧 日本 Ж", "káva * *** ** *"),
        ("a\u0301 n\u030c \u200b\u202ex\ufeff", "á ň x"),
        ("a\tb\nc\r\nd\u2028e\xa0f\x85g", "a b c  d e f g"),
        ("\ud800\udfff \ufffe", "** *"),
    ],
)
def test_what_the_code_page_lacks_is_spelled(text: str, spelled: str) -> None:
    assert letters(text, "cp852", 100).decode("cp852") == spelled
    assert b"?" not in letters(text, "cp852", 100)


def test_a_long_spelling_is_shortened_where_the_line_is_full() -> None:
    assert letters("Kupón 10€", "cp852", 11) == "Kupón 10EUR".encode("cp852")
    assert letters("Kupón 10€", "cp852", 10) == "Kupón 10E".encode("cp852")


@pytest.mark.parametrize(
    "line", [Text("x" * 49), Text("x" * 25, big=True), Qr(""), Qr("ž"), Qr("a\x10\x04\x01"), Qr("A" * 400)]
)
def test_a_line_that_cannot_be_printed_is_refused(line: Line) -> None:
    with pytest.raises(ValueError, match=r"columns|QR"):
        parts((Text("x"), line), GENERIC_80)


@pytest.mark.parametrize(
    "attack",
    ["\x1bp\x00\x19\xfa", "\x1d(k\x03\x001Q0", "\x10\x14\x01\x00\x01", "\x10\x04\x01", "\x1b@", "\x1dV\x00",
     "\x1bK\xff", "\x9b1m", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x1be\x05", "\x1c&", "\n\n\n", "\x7f\x00\x18"],
)  # fmt: skip
def test_a_name_cannot_command_the_printer(attack: str) -> None:
    device = printed((Text("pred"), Text(f"A{attack}B"), Text("po"), Cut()), GENERIC_80)
    [only] = device.paper.documents
    rows = [mark.text for mark in only.marks if isinstance(mark, Row)]
    assert (rows[0], len(rows), rows[2]) == ("pred", 3, "po")
    assert rows[1].startswith("A")
    assert rows[1].endswith("B")
    assert device.paper.drawer_pulses == 0
    assert device.outbox == b""


texts = st.builds(
    Text,
    st.text(st.characters(exclude_categories=()), max_size=24),
    st.sampled_from(Align),
    bold=st.booleans(),
    big=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts | st.just(Cut()) | st.just(Qr(ONLINE)), max_size=8), st.sampled_from(sorted(PROFILES)))
@example([Text("\x10"), Text("\x04\x01")], "generic-58")
def test_no_text_at_all_becomes_a_command(lines: list[Line], name: str) -> None:
    profile = PROFILES[name]
    fitting = tuple(
        Text(line.text[: profile.columns // 2], line.align, line.bold, line.big) if isinstance(line, Text) else line
        for line in lines
    )
    device = printed((*fitting, Cut()), profile)
    rows = [mark for piece in device.paper.documents for mark in piece.marks if isinstance(mark, Row)]
    wanted = [line for line in fitting if isinstance(line, Text)]
    for line, row in zip(wanted, rows, strict=True):
        if row.text:
            assert (row.centred, row.bold, row.big) == (line.align is Align.CENTER, line.bold, line.big)
    assert device.paper.drawer_pulses == 0
    assert device.outbox == b""
    assert b"\x10" not in b"".join(encode_line(line, profile) for line in wanted)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("text", BOTH)
def test_a_qr_code_is_read_from_the_picture_and_wide_enough(name: str, text: str) -> None:
    profile = PROFILES[name]
    piece = document((Text("nad"), Qr(text), Text("pod")), profile)
    [symbol] = piece.symbols()
    [code] = zxingcpp.read_barcodes(draw(piece, profile))
    assert (code.text, code.format, code.ec_level) == (text, zxingcpp.BarcodeFormat.QRCode, "M")
    width_mm = (code.position.top_right.x - code.position.top_left.x + 1) * 25.4 / profile.dots_per_inch
    assert width_mm == pytest.approx(symbol.dots * 25.4 / profile.dots_per_inch, abs=0.3)
    assert 22 <= symbol.dots * 25.4 / profile.dots_per_inch <= 40
    assert symbol.dots <= profile.dots


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"[0-9A-Z$%*+\-./:]{20,97}", fullmatch=True) | st.from_regex(r"[ -~]{20,80}", fullmatch=True))
def test_every_qr_text_is_at_least_22_mm_wide(text: str) -> None:
    symbol = Symbol(text, module_dots(text, 203), "m", centred=True)
    assert symbol.dots * 25.4 / 203 >= 22


def test_a_text_of_two_modes_is_measured_as_the_best_encoder_would() -> None:
    text = "ABCDE" + "1" * 50
    assert Symbol(text, 1, "m", centred=True).modules == 29  # segno: one mode, version 3
    assert module_dots(text, 203) == 8  # 41 + 181 bits in two segments: version 2, 25 modules


def test_the_quiet_zone_is_four_modules() -> None:
    piece = document((Text("nad"), Qr(ONLINE), Text("pod")), GENERIC_80)
    where = next(place for place, mark in enumerate(piece.marks) if isinstance(mark, Symbol))
    assert [piece.marks[where - 1], piece.marks[where + 1]] == [Gap(32), Gap(32)]


def test_parts_are_half_a_window_and_say_the_same() -> None:
    receipt = a_receipt(48, items=500)
    pieces = parts(receipt, GENERIC_80)
    assert len(pieces) > 20
    assert max(map(len, pieces)) <= GENERIC_80.window_bytes // 2
    assert document(receipt[:-1], GENERIC_80).text(48) == on_paper(receipt, 48)


def test_a_command_torn_anywhere_is_ended_before_the_next_document() -> None:
    receipt = b"".join(parts(a_receipt(48), GENERIC_80))
    for torn_at in range(len(receipt)):
        device = Device(GENERIC_80, strict=False)
        device.receive(receipt[:torn_at] + END_TORN_COMMAND + b"".join(parts((Text("celý"), Cut()), GENERIC_80)))
        while device.step() >= 0:
            pass
        assert device.paper.documents[-1].text(48).endswith("celý\n"), torn_at
        assert device.paper.drawer_pulses == 0


def test_a_printer_that_wakes_up_chinese_is_told_not_to_be() -> None:
    deaf = Kind(kanji=False)
    text = "Kôň a žaba šťastní"
    device = Device(GENERIC_80)
    device.receive(b"".join(parts((Text(text), Cut()), deaf)))
    while device.step() >= 0:
        pass
    assert text not in device.paper.documents[0].text(48)
    assert text in document((Text(text),), GENERIC_80).text(48)


def test_the_drawer_pulse_is_one_pulse() -> None:
    device = Device(GENERIC_80)
    device.receive(drawer_pulse(GENERIC_80))
    assert device.step() == 0
    assert device.paper.drawer_pulses == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ((0x12, 0x12, 0x12, 0x12), ""),
        ((0x12, 0x12, 0x12, 0x1E), ""),
        ((0x16, 0x12, 0x12, 0x12), ""),
        ((0x1A, 0x32, 0x12, 0x7E), "paper-out"),
        ((0x12, 0x12, 0x12, 0x72), "paper-out"),
        ((0x1A, 0x16, 0x12, 0x12), "cover-open"),
        ((0x1A, 0x36, 0x12, 0x7E), "cover-open"),
        ((0x1A, 0x52, 0x1A, 0x12), "error"),
        ((0x1A, 0x52, 0x32, 0x12), "error"),
        ((0x1A, 0x52, 0x52, 0x12), "error"),
        ((0x1A, 0x52, 0x12, 0x12), "error"),
        ((0x1A, 0x12, 0x12, 0x12), "error"),
    ],
)
def test_trouble_is_named_from_the_status_bytes(status: tuple[int, int, int, int], reason: str) -> None:
    assert trouble(*status)[0] == reason


def test_answers_are_told_apart() -> None:
    answers = Answers()
    found = answers.feed(b"\x12\x37\x22ABCD\x00\x00\x37\x25\x00\x11\x13\x16\xff")
    assert found == (StatusByte(0x12), Echo(b"ABCD"), InOrder(), Cleared(), StatusByte(0x16))
    assert answers.garbage_bytes == 3


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.data())
def test_answers_take_any_bytes_in_any_pieces(data: bytes, drawn: st.DataObject) -> None:
    cut = drawn.draw(st.integers(0, len(data)))
    whole, halves = Answers(), Answers()
    assert whole.feed(data) == halves.feed(data[:cut]) + halves.feed(data[cut:])
    assert whole.garbage_bytes == halves.garbage_bytes <= len(data)


def test_a_profile_is_found_by_name_or_read_from_a_file(tmp_path: Path) -> None:
    assert load_profile("generic-58", tmp_path).columns == 32
    (tmp_path / "mine.toml").write_text('columns = 42\ncode_page = 54\nencoding = "cp1250"\n', encoding="utf-8")
    mine = load_profile("mine.toml", tmp_path)
    assert (mine.columns, mine.code_page, mine.encoding, mine.dots) == (42, 54, "cp1250", 576)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("generic-81", None, "generic-80"),
        ("none.toml", None, "none.toml"),
        ("bad.toml", "colums = 42", "colums"),
        ("bad.toml", 'columns = "42"', "columns"),
        ("bad.toml", 'encoding = "cp99999"', "cp99999"),
        ("bad.toml", "= 1", "bad.toml"),
    ],
)
def test_a_bad_profile_is_named(tmp_path: Path, name: str, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        load_profile(name, tmp_path)


def test_clear_is_the_documented_sequence() -> None:
    assert bytes((16, 20, 8, 1, 3, 20, 1, 6, 2, 8)) == CLEAR
