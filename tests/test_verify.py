"""``ekasa verify``: a good journal passes, and each broken invariant is named with its record."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controller.verify import Report, run_verify, verify
from drivers.journal_disk import Disk
from drivers.journal_frames import GENESIS, HEAD, SEGMENT, SEGMENT_KIND, TAIL, encode_frame, frame_bytes, segment_name
from drivers.journal_log import Log
from drivers.storage_journal import open_journal
from states.fiscal.journal import (
    Attempted,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    TailDropped,
    encode_record,
    kind_of,
)
from states.fiscal.receipt import Attempt, Form, Receipt, Verdict, Way
from tests import journal_samples as samples
from tests.crash_disk import CrashDisk

SEGMENT_BYTES = 8192
OPENED_BYTES = frame_bytes(SEGMENT.size) + frame_bytes(len(encode_record(samples.opened())))
"""Where record 2 begins after the first of all."""


def write(folder: Path, records: list[Record]) -> Path:
    """A journal of these records, whatever they are; its frames are sound."""
    folder.mkdir(exist_ok=True)
    disk = Disk(folder)
    log = Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=4096)
    log.open()
    for record in records:
        log.append(kind_of(record), encode_record(record))
    disk.close()
    return folder


def broken(folder: Path, records: list[Record]) -> list[tuple[int, str]]:
    """Record and invariant of each violation in a journal of these records."""
    return [(each.seq, each.invariant) for each in verify(write(folder, records)).violations]


def content_end(content: bytes) -> int:
    """Where the zeros begin."""
    end = len(content.rstrip(b"\0"))
    return end + -end % 8


# --- Good journals -----------------------------------------------------------------------------------------


async def test_a_morning_holds(tmp_path: Path) -> None:
    """Every kind of life, a restart, two daily reports, two months, several segments: no violation, nothing open."""
    morning, month = samples.five_receipts(), samples.signed_receipt(1, "2026-12")
    async with open_journal(tmp_path, segment_bytes=SEGMENT_BYTES, life_bytes=4096, index_room_bytes=0) as storage:
        records = [*morning, samples.opened("2"), *samples.printed_life(month), samples.closed(2, 22, morning[-3:-1])]
        chains = [(await storage.append(record)).chain for record in records]
    report = verify(tmp_path)
    assert (report.violations, report.open, report.notes) == ((), (), ())
    assert (report.records, report.receipts) == (len(morning) + 5, 6)
    assert report.segments >= 2
    assert report.chain == chains[-1].hex()


def test_a_cut_off_life_is_open_and_no_violation(tmp_path: Path) -> None:
    """Wherever the power was cut, what is left to do is listed."""
    sealed, undelivered, unsent, failed = (samples.signed_receipt(number) for number in (1, 2, 3, 4))
    mail: list[Record] = [samples.intent(failed), samples.online(failed, Way.EMAIL), samples.mail_failed(failed)]
    lives = [
        samples.printed_life(sealed)[:1],
        samples.printed_life(undelivered)[:2],
        samples.offline_life(unsent)[:4],
        mail,
    ]
    report = verify(write(tmp_path, [samples.opened(), *(record for life in lives for record in life)]))
    assert report.violations == ()
    waits = [(each.key, each.sentence.split()[-1]) for each in report.open]
    assert waits == [("2026-11/1", "recorded"), ("2026-11/2", "delivery"), ("2026-11/3", "authority"),
                     ("2026-11/4", "delivery")]  # fmt: skip


def test_what_recovery_writes_holds(tmp_path: Path) -> None:
    """A second attempt before the outcome, a mail in doubt that is printed, two interrupted prints, a dropped tail."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    again = Attempted(first.okp, samples.attempt(first, 2))
    doubt = samples.mail_failed(second, Verdict.IN_DOUBT)
    torn = PrintInterrupted(second.okp, "power")
    paper = samples.printed_life(first)[2]
    lives: list[Record] = [samples.intent(first), samples.opened("2"), again, samples.online(first), paper]
    mail: list[Record] = [samples.intent(second), samples.online(second, Way.EMAIL), doubt, torn, torn]
    end: list[Record] = [Delivered(second.okp, Way.PRINT, "fed"), TailDropped(512, "00" * 32)]
    report = verify(write(tmp_path, [samples.opened(), *lives, *mail, *end]))
    assert (report.violations, report.open) == ((), ())
    assert "512 bytes" in report.notes[0]


def test_late_answers_hold(tmp_path: Path) -> None:
    """An off-line receipt may be set aside with a code, be sent again, and get its UID."""
    receipt = samples.signed_receipt()
    *life, answer = samples.offline_life(receipt)
    aside = Resolved(receipt.okp, "", -103, "<fault/>")
    again = Attempted(receipt.okp, samples.attempt(receipt, 3))
    assert broken(tmp_path, [samples.opened(), *life, aside, again, answer, answer]) == []


def stamped(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The segments and when they were changed."""
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.glob("segment-*")}


async def test_a_running_register_may_be_looked_at(tmp_path: Path) -> None:
    """While it is open, between any two records, in any segment; nothing is changed, not even a time."""
    async with open_journal(tmp_path, segment_bytes=SEGMENT_BYTES, life_bytes=4096, index_room_bytes=0) as storage:
        for count, record in enumerate(samples.five_receipts(), start=1):
            await storage.reserve()
            await storage.append(record)
            before = stamped(tmp_path)
            report = verify(tmp_path)
            assert (report.violations, report.records) == ((), count)
            assert stamped(tmp_path) == before


# --- Broken lives ------------------------------------------------------------------------------------------

R1, R2 = 1, 2
Spoil = Callable[[Receipt, Receipt], list[Record]]


def spoilt_intent(receipt: Receipt, **changes: object) -> Intent:
    """An Intent whose receipt was changed after it was signed."""
    fields: dict[str, Any] = changes
    return samples.intent(replace(receipt, **fields))


def with_sale(receipt: Receipt, **changes: object) -> Receipt:
    """The receipt with other facts of the sale."""
    fields: dict[str, Any] = changes
    return replace(receipt, sale=replace(receipt.sale, **fields))


def numbered(receipt: Receipt, number: int) -> Intent:
    """A receipt that was really signed with this number."""
    return samples.intent(samples.sealed(replace(receipt, number=number)))


def counted(receipt: Receipt, count: int) -> Attempted:
    """A further attempt with this SendingCount."""
    return Attempted(receipt.okp, samples.attempt(receipt, count))


def reused(receipt: Receipt) -> Attempted:
    """A second attempt with the Uuid of the first."""
    return Attempted(receipt.okp, Attempt(samples.attempt(receipt).uuid.upper(), receipt.create_date, 2))


def life_of(receipt: Receipt, *records: Record) -> list[Record]:
    """The Intent and these records."""
    return [samples.intent(receipt), *records]


PAPER, MAIL = Way.PRINT, Way.EMAIL
CASES: dict[str, tuple[Spoil, list[tuple[int, str]]]] = {
    "number twice": (lambda a, b: [samples.intent(a), numbered(b, 1)], [(3, "I5")]),
    "number left out": (lambda a, b: [samples.intent(a), numbered(b, 3)], [(3, "I6")]),
    "number not 1 first": (lambda a, b: [numbered(a, 2), numbered(b, 3)], [(2, "I6")]),
    "other month": (lambda a, b: [spoilt_intent(a, month="2026-12")], [(2, "I5")]),
    "answer to nothing": (lambda a, b: [samples.online(a)], [(2, "I5")]),
    "okp of another pkp": (lambda a, b: [spoilt_intent(a, okp=b.okp)], [(2, "I8")]),
    "pkp of another receipt": (lambda a, b: [spoilt_intent(a, pkp=b.pkp, okp=b.okp)], [(2, "I8")]),
    "pkp too short": (lambda a, b: [spoilt_intent(a, pkp=a.pkp[:340])], [(2, "I8")] * 3),
    "pkp no base64": (lambda a, b: [spoilt_intent(a, pkp="?" * 344)], [(2, "I8")] * 3),
    "date not as signed": (lambda a, b: [samples.intent(a), spoilt_intent(b, create_date=a.create_date)], [(3, "I8")]),
    "okp twice": (lambda a, b: [samples.intent(a), samples.intent(replace(b, okp=a.okp, pkp=a.pkp))],
                  [(3, "I8"), (3, "I8"), (3, "I9")]),
    "other key": (lambda a, b: [samples.intent(samples.sealed(a, "stranger"))], [(2, "I8")]),
    "amount not as signed": (lambda a, b: [spoilt_intent(a, amount="3.56")], [(2, "I23"), (2, "I8")]),
    "sum of items": (lambda a, b: [samples.intent(with_sale(a, items=a.sale.items[:1]))], [(2, "I23")] * 2),
    "rounding": (lambda a, b: [samples.intent(with_sale(a, rounding_cents=5))], [(2, "I23")] * 2),
    "total": (lambda a, b: [samples.intent(with_sale(a, total_cents=1))], [(2, "I23")]),
    "basket twice": (lambda a, b: [samples.intent(a), samples.intent(with_sale(b, basket_id=a.sale.basket_id))],
                     [(3, "I10")]),
    "date goes back": (lambda a, b: [samples.intent(a), samples.intent(samples.sealed(
        replace(b, create_date="2026-11-01T23:00:00+01:00")))], [(3, "I24")]),
    "date without offset": (lambda a, b: [samples.intent(samples.sealed(
        replace(a, create_date="2026-11-02T08:00:00")))], [(2, "I24")]),
    "first attempt is 2": (lambda a, b: [Intent(a, samples.attempt(a, 2))], [(2, "I9")]),
    "attempt repeated": (lambda a, b: life_of(a, counted(a, 1)), [(3, "I9"), (3, "I9")]),
    "attempt left out": (lambda a, b: life_of(a, counted(a, 3)), [(3, "I9")]),
    "uuid twice": (lambda a, b: life_of(a, reused(a)), [(3, "I9")]),
    "uuid of another": (lambda a, b: [samples.intent(a), Intent(b, samples.attempt(a))], [(3, "I9")]),
    "sent again though online": (lambda a, b: life_of(a, samples.online(a), counted(a, 2)), [(4, "I9")]),
    "two forms": (lambda a, b: life_of(a, samples.offline(a), samples.online(a)), [(4, "I14")]),
    "no uid": (lambda a, b: life_of(a, replace(samples.online(a), uid="")), [(3, "I11")]),
    "junk uid": (lambda a, b: life_of(a, replace(samples.online(a), uid="O-123")), [(3, "I11")]),
    "uid though off-line": (lambda a, b: life_of(a, replace(samples.offline(a), uid=samples.uid_of(a))), [(3, "I11")]),
    "uid of another": (lambda a, b: [*life_of(a, samples.online(a)),
                                     *life_of(b, replace(samples.online(b), uid=samples.uid_of(a)))], [(5, "I11")]),
    "off-line without reason": (lambda a, b: life_of(a, replace(samples.offline(a), reason="")), [(3, "I14")]),
    "off-line with a fault": (lambda a, b: life_of(a, replace(samples.offline(a), code=-101)), [(3, "I14")]),
    "refused for overload": (lambda a, b: life_of(a, replace(samples.refused(a), code=-1)), [(3, "I13")]),
    "refused with a way": (lambda a, b: life_of(a, replace(samples.refused(a), way=PAPER)), [(3, "I13")]),
    "online without a way": (lambda a, b: life_of(a, replace(samples.online(a), way=None)), [(3, "I13")]),
    "off-line by mail": (lambda a, b: life_of(a, replace(samples.online(a, MAIL), form=Form.OFFLINE, uid="",
                                                               reason="late")), [(3, "I16")]),
    "refused and printed": (lambda a, b: life_of(a, samples.refused(a), Delivered(a.okp, PAPER, "")), [(4, "I13")]),
    "refused, half printed": (lambda a, b: life_of(a, samples.refused(a), PrintInterrupted(a.okp, "")), [(4, "I13")]),
    "printed too early": (lambda a, b: life_of(a, Delivered(a.okp, PAPER, "")), [(3, "I4")]),
    "printed twice": (lambda a, b: [*samples.printed_life(a), Delivered(a.okp, PAPER, "")], [(5, "I19")]),
    "printed again": (lambda a, b: [*samples.printed_life(a), PrintInterrupted(a.okp, "")], [(5, "I19")]),
    "mailed twice": (lambda a, b: [*samples.mailed_life(a), Delivered(a.okp, MAIL, "250")], [(5, "I18")]),
    "off-line and mailed": (lambda a, b: life_of(a, samples.offline(a), Delivered(a.okp, MAIL, "250")), [(4, "I16")]),
    "paper and mailed": (lambda a, b: life_of(a, samples.online(a), Delivered(a.okp, MAIL, "250")), [(4, "I16")]),
    "mail failed, mailed": (lambda a, b: [*samples.mail_then_paper_life(a)[:3], Delivered(a.okp, MAIL, "250")],
                            [(5, "I17")]),
    "mail skipped": (lambda a, b: life_of(a, samples.online(a, MAIL), Delivered(a.okp, PAPER, "")), [(4, "I17")]),
    "mail skipped, half printed": (lambda a, b: life_of(a, samples.online(a, MAIL), PrintInterrupted(a.okp, "")),
                                   [(4, "I17")]),
    "mail failed twice": (lambda a, b: [*samples.mail_then_paper_life(a)[:3], samples.mail_failed(a)], [(5, "I18")]),
    "mail failed after delivery": (lambda a, b: [*samples.mailed_life(a), samples.mail_failed(a)], [(5, "I18")]),
    "mail failed unasked": (lambda a, b: life_of(a, samples.online(a), samples.mail_failed(a)), [(4, "I16")]),
    "mail failed though accepted": (lambda a, b: life_of(a, samples.online(a, MAIL),
                                                         samples.mail_failed(a, Verdict.ACCEPTED)), [(4, "I17")]),
    "later answer though online": (lambda a, b: life_of(
        a, samples.online(a), Resolved(a.okp, samples.uid_of(a), 0, "")), [(4, "I12")]),
    "later answer of nothing": (lambda a, b: life_of(a, samples.offline(a), Resolved(a.okp, "", 0, "")), [(4, "I11")]),
    "later answer of both": (lambda a, b: life_of(a, samples.offline(a), Resolved(a.okp, samples.uid_of(a), -5, "")),
                             [(4, "I11")]),
    "report of the future": (lambda a, b: [samples.closed(1, 2, [])], [(2, "I23")]),
    "report goes back": (lambda a, b: [samples.intent(a), samples.closed(1, 2, []), samples.closed(2, 1, [])],
                         [(4, "I23")]),
    "report left out": (lambda a, b: [samples.closed(2, 1, [])], [(2, "I23")]),
    "report twice": (lambda a, b: [samples.closed(1, 1, []), samples.closed(1, 1, [])], [(3, "I23")]),
    "no certificate": (lambda a, b: [replace(samples.opened(), certificate_pem="junk"), samples.intent(a)],
                       [(2, "I8"), (3, "I8")]),
}  # fmt: skip


def test_what_the_law_knows_holds(tmp_path: Path) -> None:
    """Invoices, slips written by hand, practice, every kind of item, foreign money, cash moved, a location, PLU."""
    records = [*samples.five_receipts(), *samples.afternoon()]
    afternoon = samples.closed(2, 40, samples.afternoon())
    report = verify(write(tmp_path, [*records, afternoon]))
    assert (report.violations, report.open) == ((), ())
    assert report.receipts == 9


def test_a_journal_of_an_older_program_holds(tmp_path: Path) -> None:
    """Its records, and its daily report that tells less."""
    disk = Disk(tmp_path)
    log = Log(disk, segment_bytes=SEGMENT_BYTES, life_bytes=4096)
    log.open()
    for kind, payload in samples.older():
        log.append(kind, payload)
    disk.close()
    report = verify(tmp_path)
    assert (report.violations, report.open, report.receipts) == ((), (), 5)


@pytest.mark.parametrize("case", CASES)
def test_a_broken_invariant_is_named_with_its_record(case: str, tmp_path: Path) -> None:
    """Each case is one thing that must never be in a journal; record 1 opened the register."""
    spoil, expected = CASES[case]
    records = spoil(samples.signed_receipt(R1), samples.signed_receipt(R2))
    assert broken(tmp_path, [samples.opened(), *records]) == expected


def test_every_kind_of_record_is_spoilt_by_some_case() -> None:
    """No kind goes unjudged."""
    receipts = samples.signed_receipt(R1), samples.signed_receipt(R2)
    last = {type(spoil(*receipts)[seq - 2]) for spoil, expected in CASES.values() for seq, _ in expected}
    judged = {Opened, Intent, Outcome, MailFailed, PrintInterrupted, Delivered, Attempted, Resolved, Closed}
    assert judged <= last


def test_the_certificate_is_that_of_the_last_start(tmp_path: Path) -> None:
    """After a change of the certificate the new key signs; the old one's receipts stay good."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2, key_name="next")
    good: list[Record] = [samples.opened(), samples.intent(first), samples.opened("2", "next"), samples.intent(second)]
    assert broken(tmp_path / "good", good) == []
    assert broken(tmp_path / "early", [good[0], samples.intent(second)]) == [(2, "I6"), (2, "I8")]
    assert broken(tmp_path / "none", [samples.intent(first)]) == [(1, "I8")]


# --- Broken bytes ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of five receipts in several small segments."""
    return write(tmp_path_factory.mktemp("verify") / "morning", samples.five_receipts())


@pytest.fixture
def copy(morning: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(morning, tmp_path / "copy"))


def test_a_flipped_bit_in_every_byte_is_noticed(morning: Path) -> None:
    """Open refuses or verify complains, for each byte of each segment; only the very last four are a torn tail."""
    images = {path.name: path.read_bytes() for path in sorted(morning.glob("segment-*"))}
    names = dict(zip(images, range(len(images)), strict=True))
    disk = CrashDisk(names, dict(enumerate(images.values())))
    noticed = unnoticed = 0
    for name, content in images.items():
        for position in range(0, content_end(content), 7):
            damaged = morning.parent / "damaged"
            shutil.copytree(morning, damaged, dirs_exist_ok=True)
            (damaged / name).write_bytes(disk.flipped(name, position, 1 << position % 8).image(name))
            report = verify(damaged)
            noticed += not report.holds
            unnoticed += report.holds
            assert report.violations or "torn tail" in report.notes[0]
    assert noticed > 1500
    assert unnoticed <= 1


def reframed(folder: Path, number: int, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the frames of a segment and put them back without touching them."""
    path = folder / segment_name(number)
    content, frames, offset = path.read_bytes(), [], 0
    while content[offset : offset + 4] == b"\xf5eK\xff":
        size = 80 + (int.from_bytes(content[offset + 4 : offset + 8], "little") + 7) // 8 * 8
        frames.append(content[offset : offset + size])
        offset += size
    path.write_bytes(b"".join(change(frames)).ljust(len(content), b"\0"))


def first_violation(folder: Path) -> tuple[int, str]:
    """The first record that is complained of, and why."""
    violation = verify(folder).violations[0]
    return violation.seq, violation.invariant


def test_a_record_taken_out_is_noticed(copy: Path) -> None:
    """The record after the gap is named."""
    reframed(copy, 1, lambda frames: frames[:3] + frames[4:])
    assert first_violation(copy) == (4, "I2")


def test_the_last_records_of_a_segment_taken_out_are_noticed(copy: Path) -> None:
    """The next segment follows a record that is not there."""
    reframed(copy, 1, lambda frames: frames[:-1])
    assert first_violation(copy)[1] == "I2"


def test_two_records_in_another_order_are_noticed(copy: Path) -> None:
    """Sequence and chain are both broken."""
    reframed(copy, 1, lambda frames: [*frames[:3], frames[4], frames[3], *frames[5:]])
    assert first_violation(copy) == (4, "I2")


def test_a_record_written_anew_is_noticed(copy: Path) -> None:
    """Who rewrites the past with good checksums breaks the chain at the next record."""

    def rewrite(frames: list[bytes]) -> list[bytes]:
        chain = frames[1][-TAIL.size : -8]
        wall_ns, mono_ns = HEAD.unpack_from(frames[2])[-2:]
        report = encode_record(samples.closed(1, 1, []))
        return [*frames[:2], encode_frame(chain, 2, 9, wall_ns, mono_ns, report), *frames[3:]]

    reframed(copy, 1, rewrite)
    assert first_violation(copy) == (3, "I3")


def test_a_segment_that_claims_another_past_is_noticed(copy: Path) -> None:
    """The binding in the first frame is checked by itself."""

    def rebind(frames: list[bytes]) -> list[bytes]:
        return [encode_frame(GENESIS, 0, SEGMENT_KIND, 0, 0, SEGMENT.pack(7, SEGMENT_BYTES, GENESIS)), *frames[1:]]

    reframed(copy, 1, rebind)
    assert first_violation(copy) == (0, "I3")


def test_a_segment_that_is_missing_or_short_is_noticed(copy: Path) -> None:
    """The file names are dense, and the size is part of the first frame."""
    last = sorted(copy.glob("segment-*"))[-1]
    content = last.read_bytes()
    last.write_bytes(content[:-8])
    assert [each.invariant for each in verify(copy).violations] == ["I3"]
    last.write_bytes(content)
    (copy / segment_name(1)).unlink()
    assert [each.invariant for each in verify(copy).violations] == ["I2"]


def test_damage_does_not_hide_what_comes_after(copy: Path) -> None:
    """Behind a damaged record the check goes on; a later violation is still seen."""
    path = copy / segment_name(1)
    content = bytearray(path.read_bytes())
    content[300] ^= 1
    path.write_bytes(bytes(content))
    report = verify(copy)
    assert report.violations[0].invariant == "I2"
    assert report.records == len(samples.five_receipts()) - 1


def test_a_torn_tail_is_a_note(copy: Path) -> None:
    """A write that was cut off breaks nothing."""
    last = sorted(copy.glob("segment-*"))[-1]
    content = last.read_bytes()
    end = content_end(content)
    torn = content[:70]
    last.write_bytes((content[:end] + torn).ljust(len(content), b"\0"))
    report = verify(copy)
    assert report.holds
    assert "torn tail of 70 bytes" in report.notes[-1]


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A sound frame with another content than a record."""
    write(tmp_path, [samples.opened()])
    reframed(tmp_path, 1, lambda frames: [*frames, encode_frame(frames[-1][-TAIL.size : -8], 2, 6, 0, 0, b'{"okp":1}')])
    assert first_violation(tmp_path) == (2, "I2")


# --- The command -------------------------------------------------------------------------------------------


def run(folder: Path, as_json: bool = False) -> tuple[int, str]:
    """Exit code and output."""
    out = io.StringIO()
    return run_verify(folder, as_json, out), out.getvalue()


def test_the_text_says_what_was_found(morning: Path, tmp_path: Path) -> None:
    """Counts and chain, then what is open, then each violation on a line; 0 or 1."""
    code, text = run(morning)
    assert code == 0
    assert text.splitlines()[0].startswith("5 receipts in 20 records in ")
    assert text.splitlines()[-1] == "every invariant holds"
    code, text = run(write(tmp_path, [samples.opened(), numbered(samples.signed_receipt(), 2)]))
    assert code == 1
    place = f"record 2, segment 1, byte {OPENED_BYTES}"
    assert f"violation: {place}: I6: the number 2026-11/2 was given where 1 is due" in text
    assert f"open: 2026-11/2 ({place}) waits for the authority's answer" in text


def test_the_json_says_the_same(tmp_path: Path) -> None:
    """Every field of the report, and whether it holds."""
    code, text = run(write(tmp_path, [samples.opened(), numbered(samples.signed_receipt(), 2)]), as_json=True)
    found = json.loads(text)
    assert (code, found["holds"], found["records"]) == (1, False, 2)
    assert set(found) == {"holds", *Report.__slots__}
    place = {"seq": 2, "segment": 1, "offset": OPENED_BYTES}
    sentence = "the number 2026-11/2 was given where 1 is due"
    assert found["violations"] == [place | {"invariant": "I6", "sentence": sentence}]
    assert (found["violation_count"], found["open_count"]) == (1, 1)
    assert found["open"][0]["key"] == "2026-11/2"


def test_the_journal_of_a_register_is_found_by_its_settings(morning: Path, tmp_path: Path) -> None:
    """The folder of a register names its journal; an empty one holds, one that is gone does not."""
    (tmp_path / "register.toml").write_text("")
    (tmp_path / "journal").mkdir()
    assert run(tmp_path)[0] == 0
    (tmp_path / "journal").rmdir()
    assert run(tmp_path)[0] == 2
    shutil.copytree(morning, tmp_path / "journal")
    assert verify(tmp_path).receipts == 5
    (tmp_path / "register.toml").write_text('[storage]\npath = "protected"\n')
    assert run(tmp_path)[0] == 2


def test_a_folder_without_a_journal_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr, exit code 2."""
    assert run(tmp_path) == (2, "")
    assert run(tmp_path / "absent") == (2, "")
    assert capsys.readouterr().err.count("\n") == 2


def test_a_refused_receipt_keeps_its_number(tmp_path: Path) -> None:
    """I6: the next number follows the refused one."""
    first, second = samples.signed_receipt(1), samples.signed_receipt(2)
    assert broken(tmp_path, [samples.opened(), *samples.refused_life(first), *samples.printed_life(second)]) == []
    assert samples.refused(first).form is Form.REFUSED
