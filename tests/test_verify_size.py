"""``ekasa verify`` and ``ekasa replay`` on a journal of 20,000 receipts, and on what no journal should be.

The journal is made as the register makes it, every receipt signed. Memory is that of the command's own process.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings, strategies as st

from controller import verify_days, verify_frames, verify_names, verify_shelf
from controller.bench_journal import Maker, write_journal
from controller.bench_verify import hash_frames
from controller.progress import Progress
from controller.verify import verify
from controller.verify_frames import judge_bytes
from drivers.journal_frames import GENESIS, SEGMENT, SEGMENT_KIND, encode_frame, frame_bytes, segment_name
from states.fiscal.journal import Record, encode_record, kind_of
from tests import journal_samples as samples
from tests.test_verify import write

RECEIPTS = 20_000
MEMORY_MAX_KIB = 64 * 1024
ROOT = Path(__file__).parents[1]
MEASURED = """
import sys
from controller.__main__ import main
code = main(sys.argv[1:])
status = open("/proc/self/status").read()
print(code, status.split("VmHWM:")[1].split()[0], file=sys.stderr)
"""


def maker() -> Maker:
    """The register of the samples, from the second of January."""
    key = samples.key("register")
    pad, algorithm = padding.PKCS1v15(), hashes.SHA256()
    start = datetime.fromisoformat("2026-01-02T08:00:00+01:00")
    return Maker(
        samples.SELLER, lambda base: key.sign(base, pad, algorithm), samples.certificate_pem("register"), start
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of several segments."""
    folder = tmp_path_factory.mktemp("large")
    write_journal(folder, RECEIPTS, maker())
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred receipts in many small segments."""
    folder = tmp_path_factory.mktemp("small")
    write_journal(folder, 300, maker(), segment_bytes=32768)
    return folder


def measured(*arguments: object) -> tuple[list[str], int]:
    """The lines that the command prints, and the most memory that its process ever had, in KiB."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    code, kib = done.stderr.split()
    assert code == "0", done.stdout[-2000:]
    return done.stdout.splitlines(), int(kib)


def test_verification_of_many_receipts_needs_little_memory(large: Path) -> None:
    """Everything holds, and what a journal ten times as long needs is no more: nothing grows with it in memory."""
    lines, kib = measured("verify", large)
    assert lines[0].startswith(f"{RECEIPTS} receipts in ")
    assert lines[-1] == "every invariant holds"
    assert kib <= MEMORY_MAX_KIB


def test_only_the_bytes_can_be_checked(large: Path) -> None:
    """No receipt is looked at, and the chain is the same; each frame is one that the floor of the benchmark hashes."""
    lines, kib = measured("verify", large, "--bytes")
    whole = verify(large, only_bytes=True)
    assert lines == [
        f"{whole.records} records in {whole.segments} segments",
        f"chain {whole.chain}",
        "the chain is whole",
    ]
    assert whole.records + whole.segments == hash_frames(large)
    assert kib <= MEMORY_MAX_KIB


def test_replay_of_many_receipts_needs_little_memory(large: Path) -> None:
    """Every receipt is told, with why, and none differs."""
    lines, kib = measured("replay", large)
    assert lines[-1] == f"{RECEIPTS} receipts replayed, 0 differ"
    assert sum(line.startswith("  = ") for line in lines) == RECEIPTS
    assert kib <= MEMORY_MAX_KIB


# --- What does not fit into memory ---------------------------------------------------------------------------------


def test_what_lies_in_the_database_is_judged_as_what_is_in_memory(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for two receipts, and a day of which ten records are kept one by one, the same is found."""
    broken: list[Record] = [samples.opened()]
    receipts = [samples.signed_receipt(number) for number in range(1, 9)]
    broken += [record for receipt in receipts for record in samples.offline_life(receipt)[:4]]
    broken += [samples.offline_life(receipt)[5] for receipt in receipts]
    broken += [samples.printed_life(receipts[0])[2], samples.mail_failed(receipts[3])]
    spoilt = write(tmp_path / "spoilt", broken)
    before = verify(small), verify(spoilt)
    for module, name, value in ((verify_shelf, "NEAR_MAX", 2), (verify_names, "_BATCH", 3)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(verify_days, "_NEWEST_MAX", 10)
    assert (verify(small), verify(spoilt)) == before
    assert before[0].holds
    assert [each.invariant for each in before[1].violations] == ["I19", "I16", "I18"]


def test_a_number_that_is_alike_by_chance_is_no_violation(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If all names had the same hash, all would be compared, and be found different."""
    monkeypatch.setattr(verify_names, "hash", lambda _name: 7, raising=False)
    assert verify(small).violations == ()


def test_a_journal_that_breaks_everything_is_told_in_part(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first violations, and how many there are."""
    monkeypatch.setattr(verify_frames, "KEPT_MAX", 5)
    monkeypatch.setattr("controller.verify.KEPT_MAX", 5)
    monkeypatch.setattr("controller.verify_lives.judge_attempt", lambda *_: [("I9", "planted")])
    report = verify(small)
    assert len(report.violations) == 5
    assert report.violation_count > 300


def told(moments: list[float], *, is_wanted: bool | None) -> str:
    """What is said at these seconds after the beginning, each time of 4096 records more."""
    now, out = [0.0], io.StringIO()
    progress = Progress("verify", out, is_wanted, clock=lambda: now[0])
    for count, now[0] in enumerate(moments, start=1):
        progress.tell(4096 * count, count / len(moments))
    progress.close()
    return out.getvalue()


def test_progress_is_a_line_that_is_written_over() -> None:
    """Nothing in the first seconds, then once a second; whoever has no terminal hears nothing."""
    assert told([0.5, 2.9], is_wanted=True) == ""
    said = told([1, 4, 4.5, 65.2], is_wanted=True).split("\r")
    assert [line.strip() for line in said] == ["", "verify: 8,192 records, 50 %, 0:04",
                                               "verify: 16,384 records, 100 %, 1:05", "", ""]  # fmt: skip
    assert told([9, 19], is_wanted=None) == ""


# --- Whatever stands in the files ------------------------------------------------------------------------------------


def images(folder: Path) -> list[bytes]:
    """The segments of a journal."""
    return [path.read_bytes() for path in sorted(folder.glob("segment-*"))]


def test_bytes_in_memory_are_judged_as_files(small: Path, tmp_path: Path) -> None:
    """The same violations at the same places, whether a frame is taken out, a byte changed or nothing."""
    contents = images(small)
    assert judge_bytes(contents).violations == ()
    assert judge_bytes(contents).chain.hex() == verify(small).chain
    contents[2] = contents[2][:5000] + b"?" + contents[2][5001:]
    for number, content in enumerate(contents, start=1):
        (tmp_path / segment_name(number)).write_bytes(content)
    violations = judge_bytes(contents).violations
    assert violations == verify(tmp_path, only_bytes=True).violations
    assert {one.segment for one in violations} == {3}
    assert violations[0].offset <= 5000 < violations[0].offset + 4096


def test_after_damage_that_cost_nothing_the_next_one_is_named_too() -> None:
    """Garbage between two records that follow each other, and further on a record that is missing."""
    segment = framed(GOOD).rstrip(b"\0")
    frames = [b"\xf5eK\xff" + rest for rest in segment.split(b"\xf5eK\xff")[1:]]
    spoilt = b"".join([*frames[:3], b"garbage.", *frames[3:6], *frames[7:]]).ljust(65536, b"\0")
    first, second, *_ = judge_bytes([spoilt]).violations
    assert (first.seq, first.invariant, first.offset) == (3, "I2", sum(map(len, frames[:3])))
    assert (second.seq, second.sentence) == (7, "record 7 stands where 6 is due")


def framed(payloads: list[tuple[int, bytes, int]]) -> bytes:
    """A segment whose frames are sound, whatever they hold: kind, payload, monotonic time."""
    size = 65536
    content, chain = b"", GENESIS
    rows = [(SEGMENT_KIND, SEGMENT.pack(1, size, GENESIS), 0), *payloads]
    for seq, (kind, payload, mono_ns) in enumerate(rows):
        if len(content) + frame_bytes(len(payload)) > size:
            break
        frame = encode_frame(chain, seq, kind, 0, mono_ns, payload)
        content, chain = content + frame, frame[-40:-8]
    return content.ljust(size, b"\0")


GOOD = [(kind_of(one), encode_record(one), 0) for one in samples.five_receipts()]
FRAMES = st.lists(
    st.sampled_from(GOOD) | st.tuples(st.integers(0, 255), st.binary(max_size=99), st.integers(-(2**62), 2**62)),
    max_size=30,
)
PIECES = st.binary(max_size=300) | st.sampled_from([framed(GOOD)[:4000], framed(GOOD), b"\xf5eK\xff", bytes(512)])
JUNK = st.lists(PIECES, max_size=4).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAMES.map(framed) | JUNK, min_size=1, max_size=3))
def test_whatever_the_segments_hold_is_judged(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    """Arbitrary bytes, and arbitrary records in sound frames, never end in an exception; only what is sound holds."""
    folder = tmp_path_factory.mktemp("junk")
    for number, content in enumerate(contents, start=1):
        (folder / segment_name(number)).write_bytes(content)
    report = verify(folder)
    assert report.holds == (not report.violations)
    assert all(1 <= one.segment <= len(contents) and one.offset >= 0 for one in report.violations)
    assert set(judge_bytes(contents).violations) <= set(report.violations)


# --- Independence ----------------------------------------------------------------------------------------------------

SHARED = {
    "drivers.journal_frames": None,
    "states.fiscal.receipt": None,
    "states.fiscal.records": None,
    "states.fiscal.place": {"Location"},
    "states.fiscal.rules": {"RULES", "Rules"},
    "states.fiscal.journal": None,
}
"""What the audit may take from the program that wrote the journal: constants, dataclasses, and how a record is read."""


def imported(source: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each import of ours."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("states", "drivers"):
            yield from ((node.module, alias.name) for alias in node.names)


def test_the_audit_shares_nothing_with_the_writer_but_the_format() -> None:
    """Only constants and records, which begin with a capital letter, and ``decode_record``."""
    taken = {pair for source in (ROOT / "controller").glob("verify*.py") for pair in imported(source)}
    assert taken
    for module, name in taken:
        assert module in SHARED, module
        assert name in (SHARED[module] or {name}), name
        assert name[0].isupper() or name == "decode_record", name
