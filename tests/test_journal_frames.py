"""The journal's format: what is written is read, what is torn is told from what is damaged, and junk is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from drivers.journal_frames import (
    GENESIS,
    HEAD,
    MAGIC,
    PAYLOAD_BYTES_MAX,
    SEGMENT,
    TAIL,
    Damage,
    Frame,
    decode_frame,
    encode_frame,
    frame_bytes,
    objection,
    segment_name,
    segment_number,
    torn_tail,
    walk,
)
from drivers.journal_log import _INTENT_BYTES_MAX, SEGMENT_BYTES
from states.fiscal.identity import PhysicalAddress
from states.fiscal.journal import (
    KINDS,
    CatalogueSet,
    Delivered,
    Intent,
    Record,
    Resolved,
    SetAside,
    TailDropped,
    decode_record,
    encode_record,
    fold_histories,
    kind_of,
    okp_of,
)
from states.fiscal.product import PLU_MAX, UNIT_MAX, Product, ProductKind
from states.fiscal.receipt import (
    INVOICE_MAX,
    ITEMS_MAX,
    NAME_MAX,
    NUMBER_MAX,
    REFERENCE_MAX,
    SELLER_ID_MAX,
    VOUCHER_MAX,
    Foreign,
    Form,
    Invoice,
    Item,
    ItemType,
    Paragon,
    Regulation,
    Role,
    SellerIdType,
    Tender,
    TenderKind,
    Way,
)
from states.fiscal.tender import TENDERS_MAX
from tests import journal_samples as samples

FEW = settings(max_examples=150, deadline=None)
PAYLOADS = [b"", b"1", b"seven b", b"eight by", b"{}" * 300, "ľščťžýáíé".encode() * 50]


def row(payloads: list[bytes], size: int = 8192) -> bytes:
    """A segment of these payloads, in frames of kind 2 that are numbered from 0."""
    content, chain = b"", GENESIS
    for seq, payload in enumerate(payloads):
        frame = encode_frame(chain, seq, 2, 10**18 + seq, 5 * seq, payload)
        chain = frame[-TAIL.size : -8]
        content += frame
    return content.ljust(size, b"\0")


def read(segment: bytes) -> list[Frame]:
    """The frames at the start of a segment."""
    return list(walk(segment, 0, GENESIS))


def tail_after(segment: bytes, frames: list[Frame]) -> bytes:
    """The torn tail behind these frames."""
    last = frames[-1] if frames else None
    return torn_tail(segment, last.end if last else 0, len(frames), last.chain if last else GENESIS)


# --- Frames ----------------------------------------------------------------------------------------------


def test_what_is_written_is_read() -> None:
    """Every field comes back; every frame begins and ends on eight bytes."""
    segment = row(PAYLOADS)
    frames = read(segment)
    assert [frame.payload for frame in frames] == PAYLOADS
    assert [(frame.seq, frame.kind, frame.mono_ns) for frame in frames] == [(n, 2, 5 * n) for n in range(6)]
    assert [frame.end - frame.offset for frame in frames] == [frame_bytes(len(payload)) for payload in PAYLOADS]
    assert all(frame.offset % 8 == 0 for frame in frames)
    assert tail_after(segment, frames) == b""


def test_the_layout_is_the_documented_one() -> None:
    """Magic and length, then number, kind and version, times, payload, hash, checksum and the length again."""
    frame = encode_frame(GENESIS, 0x0102, 7, 3, 4, b"abc")
    assert frame[:8] == MAGIC + b"\3\0\0\0"
    assert frame[8:18] == b"\2\1\0\0\0\0\0\0\7\1"
    assert frame[18:24] == bytes(6)
    assert (len(frame), frame[-4:], frame[40:48]) == (88, b"\3\0\0\0", b"abc\0\0\0\0\0")
    assert (HEAD.size, TAIL.size) == (40, 40)


def test_a_payload_that_is_too_long_is_refused() -> None:
    """The limit holds when writing, and when reading a length that claims more."""
    with pytest.raises(ValueError, match="at most"):
        encode_frame(GENESIS, 0, 2, 0, 0, bytes(PAYLOAD_BYTES_MAX + 1))
    head = HEAD.pack(MAGIC, PAYLOAD_BYTES_MAX + 8, 0, 2, 1, 0, 0)
    assert decode_frame(head + bytes(100), 0) is None


def test_the_magic_is_in_no_text() -> None:
    """No payload of UTF-8 can hold what looks like the start of a frame."""
    with pytest.raises(UnicodeDecodeError):
        MAGIC.decode()
    assert all(byte not in "".join(map(chr, range(0xD800))).encode() for byte in (MAGIC[0], MAGIC[-1]))


@pytest.mark.parametrize("swap", [(0, 1), (1, 2), (2, 4)])
def test_frames_in_another_order_are_damage(swap: tuple[int, int]) -> None:
    """A frame that is sound in itself but not due is told apart from a torn tail."""
    first, second = swap
    frames = read(row(PAYLOADS))
    pieces = [row(PAYLOADS)[frame.offset : frame.end] for frame in frames]
    pieces[first], pieces[second] = pieces[second], pieces[first]
    segment = b"".join(pieces).ljust(8192, b"\0")
    with pytest.raises(Damage, match="stands where"):
        tail_after(segment, read(segment))


def test_a_frame_of_another_journal_is_damage() -> None:
    """The right number is not enough: the hash must follow from the frame before."""
    good, other = row([b"a", b"b"]), row([b"x", b"b"])
    at = read(good)[1].offset
    segment = good[:at] + other[at:]
    with pytest.raises(Damage, match="does not follow"):
        tail_after(segment, read(segment))


def test_a_frame_of_a_later_format_is_named() -> None:
    """A program that went back to an older version refuses cleanly."""
    frame = decode_frame(row([b"a"]), 0)
    assert frame is not None
    assert "format 2" in objection(row([b"a"]), replace(frame, version=2), 0, GENESIS)


@pytest.mark.parametrize("payload", PAYLOADS[1:])
def test_a_last_frame_cut_at_any_byte_is_a_torn_tail(payload: bytes) -> None:
    """Whatever part of the last write is there, the frames before stay and nothing is damage."""
    frames = read(row([b"first", payload]))
    last, whole = frames[-1], row([b"first", payload])
    for cut in range(last.offset, last.end):
        segment = whole[:cut].ljust(8192, b"\0")
        kept = read(segment)
        if len(kept) == 2:
            assert segment == whole
        else:
            left = len(whole[last.offset : cut].rstrip(b"\0"))
            assert len(tail_after(segment, kept)) == left + -left % 8


def test_a_missing_sector_is_a_torn_tail_and_a_changed_byte_is_not() -> None:
    """A write that reached its end can only lack whole sectors; a record with other bytes had once been whole."""
    whole = row([b"first", b"x" * 3000])
    last = read(whole)[-1]
    hole = whole[:1024] + bytes(512) + whole[1536:]
    assert len(tail_after(hole, read(hole))) == last.end - last.offset
    for at in range(last.offset, last.end - 4):
        changed = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
        with pytest.raises(Damage, match="written to its end"):
            tail_after(changed, read(changed))


def test_a_damaged_frame_before_a_good_one_is_damage_at_every_byte() -> None:
    """No byte of a record that others follow can change unseen, or be taken for a tail."""
    whole = row(PAYLOADS)
    frames = read(whole)
    for at in range(frames[-1].offset):
        changed = whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :]
        with pytest.raises(Damage):
            tail_after(changed, read(changed))


def test_segment_names() -> None:
    """Names sort as numbers; other files are none."""
    assert segment_name(1) == "segment-000001.ekj"
    assert [segment_number(name) for name in (segment_name(12), "segment-000001.ekj.tmp", "lock", "x")] == [12, 0, 0, 0]


@FEW
@given(st.binary(max_size=400), st.integers(0, 9))
def test_the_scanner_survives_any_bytes(junk: bytes, good: int) -> None:
    """After any good frames any junk is either a tail or damage, and the good frames stay."""
    content = row([b"p" * n for n in range(good)], 0)
    segment = (content + junk).ljust(8192, b"\0")
    frames = read(segment)
    assert len(frames) >= good
    try:
        tail = tail_after(segment, frames)
    except Damage:
        return
    assert len(tail) % 8 == 0
    assert segment[len(content) :].startswith(tail.rstrip(b"\0"))


@FEW
@given(st.data())
def test_the_scanner_survives_changed_segments(data: st.DataObject) -> None:
    """Frames with bytes changed, cut out or doubled: never more than a prefix of the truth is read."""
    segment = bytearray(row(PAYLOADS))
    for _ in range(data.draw(st.integers(1, 4))):
        at, until = sorted(data.draw(st.tuples(st.integers(0, 3000), st.integers(0, 3000))))
        change = data.draw(st.sampled_from(["set", "cut", "double"]))
        if change == "set":
            segment[at] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del segment[at:until]
        else:
            segment[at:at] = segment[at:until]
    whole = read(row(PAYLOADS))
    frames = read(bytes(segment))
    assert frames == whole[: len(frames)]


# --- Records ---------------------------------------------------------------------------------------------


def sample(kind: int) -> Record:
    """A record of this kind."""
    records = {kind_of(record): record for record in reversed([*samples.five_receipts(), *samples.afternoon()])}
    rare: dict[int, Record] = {10: TailDropped(512, "00" * 32), 16: SetAside(samples.signed_receipt().okp, 3)}
    return records.get(kind) or rare[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_record_comes_back_equal(kind: int) -> None:
    """Decimals keep their places, enumerations their class, names their letters."""
    record = sample(kind)
    back = decode_record(kind, encode_record(record))
    assert back == record
    assert repr(back) == repr(record)


def changed(payload: bytes, path: tuple[Any, ...], value: object) -> bytes:
    """The payload with one value set anew."""
    tree: Any = json.loads(payload)
    place = tree
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


ITEM = ("receipt", "sale", "items", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("colour",), "red"),
        ((*ITEM, "colour"), "red"),
        ((*ITEM, "quantity"), 1.0),
        ((*ITEM, "quantity"), 1),
        ((*ITEM, "quantity"), "NaN"),
        ((*ITEM, "quantity"), "-Infinity"),
        ((*ITEM, "unit_price"), "sNaN"),
        ((*ITEM, "unit_price"), "1E+999999"),
        ((*ITEM, "unit_price"), "0E-999999"),
        ((*ITEM, "unit_price"), "two"),
        ((*ITEM, "unit_price"), "٣"),
        ((*ITEM, "vat_rate"), "23"),
        ((*ITEM, "vat_rate"), 23.0),
        ((*ITEM, "vat_rate"), True),
        ((*ITEM, "type"), "X"),
        (("receipt", "number"), None),
        (("attempt",), None),
        (("receipt", "sale", "items"), {}),
    ],
)
def test_a_value_that_is_not_as_written_is_refused(path: tuple[Any, ...], value: object) -> None:
    """Unknown fields, floats for decimals, no numbers, other types: all are errors, none is guessed."""
    payload = encode_record(sample(2))
    assert decode_record(2, changed(payload, ("receipt", "number"), 1)) == sample(2)
    with pytest.raises(ValueError, match=r"."):
        decode_record(2, changed(payload, path, value))


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"null", b"[]", b'{"okp":"A","way":"print"}', b'{"okp": "A","way":"print","evidence":""}', b"\xff",
     b'{"okp":"A","okp":"B","way":"print","evidence":""}', b'{"way":"print","okp":"A","evidence":""}',
     b'{"okp":"\\u0041","way":"print","evidence":""}', b'{"okp":"A","way":"print","evidence":""} ',
     b'{"x":' + b"[" * 100_000],
)  # fmt: skip
def test_json_in_another_form_is_refused(payload: bytes) -> None:
    """There is one way to write a record: no spaces, no doubled, missing or moved fields, no needless escapes."""
    with pytest.raises(ValueError, match=r"."):
        decode_record(6, payload)


def test_a_field_with_a_default_may_be_absent() -> None:
    """A journal that was written before the field existed can be read."""
    payload = encode_record(sample(2)).replace(b',"reference":""', b"")
    assert payload != encode_record(sample(2))
    assert decode_record(2, payload) == sample(2)


@pytest.mark.parametrize("record", samples.afternoon(), ids=lambda record: type(record).__name__)
def test_whatever_the_law_knows_comes_back_equal(record: Record) -> None:
    """Invoices without items, slips written by hand, every kind of item, foreign money, locations, PLU."""
    assert repr(decode_record(kind_of(record), encode_record(record))) == repr(record)


def test_a_journal_of_an_older_program_is_read() -> None:
    """Every record of it, its receipts as they were: sales of goods, paid, with nothing that was not known then."""
    records = [decode_record(kind, payload) for kind, payload in samples.older()]
    assert len(records) == len(samples.five_receipts())
    assert any(encode_record(record) != payload for record, (_, payload) in zip(records, samples.older(), strict=True))
    then, now = (fold_histories(each).values() for each in (records, samples.five_receipts()))
    for old, new in zip(then, now, strict=True):
        assert (old.receipt.sale, old.receipt.seller) == (new.receipt.sale, new.receipt.seller)
        assert old.receipt.issue_date == old.receipt.create_date
        assert (old.receipt.exemption, old.receipt.sale.invoice, old.receipt.sale.paragon) == (False, None, None)


def test_an_older_record_is_as_strict_as_a_new_one() -> None:
    """No field is unknown, moved or doubled, and none of those that were always there is missing."""
    payload = next(payload for kind, payload in samples.older() if kind == 2)
    name, reference = b'"name":"\xc4\x8cajov\xc3\xa1 zmes \xc4\x8fumbier",', b',"reference":""'
    for wrong in (
        payload.replace(reference, b',"colour":""', 1),
        payload.replace(name, b"", 1).replace(reference, reference + b"," + name[:-1], 1),
        payload.replace(name, name * 2, 1),
        payload.replace(name, b"", 1),
    ):
        assert wrong != payload
        with pytest.raises(ValueError, match=r"."):
            decode_record(2, wrong)


@pytest.mark.parametrize("kind", [0, 17, 255])
def test_an_unknown_kind_is_refused(kind: int) -> None:
    """A kind that a later program may have is named."""
    with pytest.raises(ValueError, match=f"kind of record {kind}"):
        decode_record(kind, b"{}")


def test_what_could_not_be_read_back_is_not_written() -> None:
    """A bug cannot put a record into the journal that stops the next start."""
    receipt = samples.signed_receipt()
    numbers: list[Any] = [Decimal("NaN"), Decimal("1E+40"), 0.5]
    for number in numbers:
        bad = replace(receipt.sale.items[0], quantity=number)
        broken = replace(receipt, sale=replace(receipt.sale, items=(bad,)))
        with pytest.raises(ValueError, match=r"."):
            encode_record(samples.intent(broken))
    with pytest.raises(ValueError, match="surrogates"):
        encode_record(Delivered("A", Way.PRINT, "\ud800"))


@FEW
@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=200))
def test_junk_is_refused_with_a_value_error(kind: int, junk: bytes) -> None:
    """Whatever the bytes, there is a record or a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        decode_record(kind, junk)


@FEW
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_changed_payload_is_refused_or_means_what_it_says(kind: int, data: st.DataObject) -> None:
    """What is accepted is written again as the very same bytes."""
    payload = bytearray(encode_record(sample(kind)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    try:
        record = decode_record(kind, bytes(payload))
    except ValueError:
        return
    assert encode_record(record) == bytes(payload)


@FEW
@given(st.text(max_size=40), st.decimals(-9999, 9999, places=4), st.integers(0, 99))
def test_any_item_comes_back(name: str, quantity: Decimal, vat_rate: int) -> None:
    """Names of any letters (but lone surrogates) and any sensible numbers survive."""
    item = Item(name.encode("utf-8", "replace").decode(), quantity, "ks", quantity, vat_rate)
    receipt = replace(samples.signed_receipt(), sale=replace(samples.signed_receipt().sale, items=(item,)))
    assert decode_record(2, encode_record(samples.intent(receipt))) == samples.intent(receipt)


def test_the_longest_receipt_fits_what_is_reserved_for_it() -> None:
    """500 items whose every character JSON writes with six."""
    lengths = (NAME_MAX, UNIT_MAX, REFERENCE_MAX, VOUCHER_MAX, SELLER_ID_MAX)
    name, unit, reference, voucher, seller_id = ("\x01" * length for length in lengths)
    item = Item(
        name, Decimal("9999999.9999"), unit, Decimal("-9999999.999999"), 23, ItemType.PACKAGING, reference, voucher,
        Regulation.PDP, seller_id, SellerIdType.IC_DPH, Role.PACKAGING, 8, 999_999,
    )  # fmt: skip
    foreign = Foreign("CZK", Decimal("999999999.99"), Decimal("999999.999999"))
    tender = Tender(TenderKind.CURRENCY, 999_999_999, foreign)
    receipt, paragon = samples.signed_receipt(), Paragon(NUMBER_MAX, "x" * 25)
    long: dict[str, Any] = {"cashier": name, "invoice": Invoice("\x01" * INVOICE_MAX, 1), "paragon": paragon}
    sale = replace(receipt.sale, items=(item,) * ITEMS_MAX, tenders=(tender,) * TENDERS_MAX, **long)
    seller = replace(receipt.seller, corporate_body_full_name="\x01" * 1024, organization_unit_name="\x01" * 1024)
    place = PhysicalAddress(*["\x01" * 255] * 6)
    receipt = replace(receipt, sale=sale, seller=replace(seller, physical_address=place, unit_address=place))
    size = frame_bytes(len(encode_record(samples.intent(receipt))))
    assert _INTENT_BYTES_MAX * 0.8 < size < _INTENT_BYTES_MAX < PAYLOAD_BYTES_MAX


def test_the_largest_catalogue_fits_a_frame() -> None:
    """5000 PLU with the longest names, in letters of four bytes, and with everything else that a PLU may have."""
    price = Decimal("9999999.999999")
    full = Product(999_999, "\U00010400" * NAME_MAX, 23, ProductKind.PACKAGING, "\U00010400" * UNIT_MAX, price, 8)
    full = replace(full, regulation=Regulation.PDP, seller_id="X" * SELLER_ID_MAX, seller_id_type=SellerIdType.IC_DPH)
    size = frame_bytes(len(encode_record(CatalogueSet((full,) * PLU_MAX))))
    assert PAYLOAD_BYTES_MAX * 0.7 < size < PAYLOAD_BYTES_MAX
    assert size < SEGMENT_BYTES - frame_bytes(SEGMENT.size)


# --- Histories -------------------------------------------------------------------------------------------


def test_a_life_folds_into_its_history() -> None:
    """Every record of a receipt is in its history, in order; those of the register are in none."""
    records = samples.five_receipts()
    histories = list(fold_histories(records).values())
    assert [history.receipt.number for history in histories] == [1, 2, 3, 4, 5]
    assert [history.outcome and history.outcome.form for history in histories][3:] == [Form.OFFLINE, Form.REFUSED]
    late = histories[3]
    assert [attempt.sending_count for attempt in late.attempts] == [1, 2]
    assert (len(late.interruptions), late.resolved and late.resolved.code) == (1, 0)
    assert histories[2].mail_failed == samples.mail_failed(histories[2].receipt)
    assert not any(history.is_undelivered or history.is_unsent for history in histories)


def test_a_history_step_by_step_says_what_is_left_to_do() -> None:
    """Undelivered from the Intent to the delivery, unsent from off-line to the later answer."""
    intent, *rest = samples.offline_life(samples.signed_receipt(7))
    history = fold_histories([intent])[okp_of(intent)]
    seen = [(history.is_undelivered, history.is_unsent)]
    for record in rest:
        history = history.after(record)
        seen.append((history.is_undelivered, history.is_unsent))
    assert seen == [(True, False), (True, True), (True, True), (False, True), (False, True), (False, False)]


def test_the_first_answer_stays() -> None:
    """A second outcome, delivery or UID changes nothing; a UID replaces the code that had set the receipt aside."""
    receipt = samples.signed_receipt(8)
    intent, offline, *_, resolved = samples.offline_life(receipt)
    assert isinstance(resolved, Resolved)
    history = fold_histories([intent, offline, resolved])[receipt.okp]
    assert history.after(samples.online(receipt)).outcome == offline
    assert history.after(replace(resolved, uid="O-" + "F" * 32)).resolved == resolved
    aside = replace(resolved, uid="", code=-103)
    assert fold_histories([intent, offline, aside, resolved])[receipt.okp].resolved == resolved


def test_a_record_of_another_receipt_is_refused() -> None:
    """A history takes in nothing that is not its own."""
    mine, other = samples.signed_receipt(1), samples.signed_receipt(2)
    history = fold_histories(samples.printed_life(mine))[mine.okp]
    for record in (samples.online(other), samples.opened(), samples.intent(mine)):
        with pytest.raises(ValueError, match="2026-11/1"):
            history.after(record)


def test_records_without_their_intent_are_left_out() -> None:
    """A fold that begins in the middle knows only what begins there."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    records = [*samples.printed_life(first)[1:], *samples.printed_life(second)]
    assert list(fold_histories(records)) == [second.okp]
    assert isinstance(records[2], Intent)
