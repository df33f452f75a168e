"""Two hundred kills at system calls of every route: nothing is lost, nothing comes twice (F3, F2 in passing)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.journal_frames import GENESIS, walk
from states.fiscal.journal import Attempted, Delivered, Intent, Record, decode_record
from states.fiscal.receipt import Way
from tests.journal_samples import attempt, intent, online, opened, receipt_of
from tests.process_audit import Auditor
from tests.process_kills import POINTS, WORKERS, at_calls
from tests.process_lives import REFUSED, Silent, Tally, has_ended, is_near_poison, open_for_kills
from tests.process_syscalls import CHAINS, Point, points_of
from tests.shop import SALE, SEGMENT, Shop, await_that, end, mailed

SEED = 20261124
RESTED_MAX = POINTS // 10
TRACE = """\
101 openat(AT_FDCWD, "/usr/lib/python3/site.py", O_RDONLY|O_CLOEXEC) = 3
101 openat(AT_FDCWD, "/shop/journal/segment-000001.ekj", O_RDWR|O_CLOEXEC) = 4
101 sendto(7, "x", 1, 0, NULL, 0) = 1
102 pwrite64(4, "...", 504, 0 <unfinished ...>
101 recvfrom(7, 0x55, 1, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
102 <... pwrite64 resumed>) = 504
102 sendto(7, "x", 1, 0, NULL, 0) = 1
101 sendto(7, "x", 1, 0, NULL, 0) = 1
101 +++ exited with 0 +++
"""


@pytest.fixture(scope="module")
def tallies() -> Iterator[list[Future[Tally]]]:
    """All kills, in two shops at once."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    with ThreadPoolExecutor(WORKERS) as pool:
        yield [pool.submit(task) for task in at_calls(POINTS, SEED)]
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("part", range(len(at_calls(POINTS, SEED))))
def test_every_book_agrees_after_the_kills(tallies: list[Future[Tally]], part: int) -> None:
    """The authority's page and messages, the spool, the papers and the journal."""
    tally = tallies[part].result()
    assert tally.violations == []
    assert tally.counts["audits"] > 0


def test_the_kills_were_many_and_everywhere(tallies: list[Future[Tally]]) -> None:
    """Each route had its share, restarts that recover were killed too, and hardly a point was never reached."""
    counts = sum((future.result().counts for future in tallies), Counter[str]())
    assert counts["kills"] >= 200
    assert {route.name for chain in CHAINS for route in chain} <= counts.keys()
    assert counts["killed recovering"] > 0
    assert counts["killed at work"] > counts["kills"] // 3
    assert counts["killed at rest"] <= RESTED_MAX


def test_a_point_is_a_call_of_a_thread_and_is_counted_when_it_begins() -> None:
    assert points_of(TRACE) == [
        Point("openat", 2),
        Point("sendto", 1),
        Point("pwrite64", 1),
        Point("recvfrom", 1),
        Point("sendto", 2),
    ]


@pytest.mark.parametrize(
    ("since", "is_near"),
    [
        ([], False),
        (["opened"], True),
        (["opened", "attempted"], True),
        (["opened", "attempted", "outcome"], False),
        (["opened", "attempted", "outcome", "opened", "attempted"], True),
        (["opened", "attempted", "outcome", "delivered", "opened"], False),
    ],
    ids=["sold", "dead at once", "dead asking", "answered", "dead again", "done"],
)
def test_a_life_is_spared_before_a_receipt_would_be_taken_for_poison(since: list[str], is_near: bool) -> None:
    sold = receipt_of(1)
    records: dict[str, Record] = {
        "opened": opened(),
        "attempted": Attempted(sold.okp, attempt(sold, 2)),
        "outcome": online(sold),
        "delivered": Delivered(sold.okp, Way.PRINT, ""),
    }
    assert is_near_poison([opened(), intent(sold), *(records[name] for name in since)]) is is_near


# --- The auditor sees it -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with a printed receipt, a mailed one, one that was printed instead, and one that was off-line."""
    with open_for_kills(tmp_path_factory.mktemp("audited")) as (shop, authority):
        process = shop.run()
        for count, keys in enumerate((SALE, mailed(), mailed(REFUSED)), 1):
            shop.press(*keys)
            shop.await_record(Delivered, count)
        with Silent(authority):
            shop.press(*SALE)
            shop.await_record(Delivered, 4)
        await_that("the last one is sent", lambda: has_ended(shop))
        assert end(process) == 0
        yield shop


def test_books_that_agree_agree(audited: Shop) -> None:
    assert Auditor(audited).audit() == []


def copied(source: str, target: str) -> Callable[[Path], None]:
    """A file that is there twice."""

    def copy(folder: Path) -> None:
        (folder / target).write_bytes((folder / source).read_bytes())

    return copy


def gone(name: str) -> Callable[[Path], None]:
    """A file that is not there."""
    return lambda folder: (folder / name).unlink()


def changed(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    """A file that says something else."""

    def change(folder: Path) -> None:
        before = (folder / name).read_bytes()
        assert old in before
        (folder / name).write_bytes(before.replace(old, new))

    return change


def below_torn(folder: Path) -> None:
    """Most of a receipt stands above the receipt, and nothing says that it is void."""
    path = folder / "paper" / "0001.txt"
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((*rows[:20], *rows)))


def forgotten(folder: Path) -> None:
    """The journal ends before the last receipt was begun."""
    path = folder / "journal" / SEGMENT
    content = path.read_bytes()
    begun = max(
        frame.offset
        for frame in walk(content, 0, GENESIS)
        if frame.kind and isinstance(decode_record(frame.kind, frame.payload), Intent)
    )
    path.write_bytes(content[:begun].ljust(len(content), b"\0"))


WRONGS: dict[str, tuple[Callable[[Path], None], str]] = {
    "paper twice": (copied("paper/0001.txt", "paper/0009.txt"), "the customer did not get exactly"),
    "no paper": (gone("paper/0001.txt"), "the customer did not get exactly"),
    "mailed and printed": (gone("mail/0001.eml"), "the customer did not get exactly"),
    "half a paper": (changed("paper/0001.txt", b"SUMA", b""), "an original on paper is not whole"),
    "torn and not voided": (below_torn, "an original on paper is not whole"),
    "a paper of nobody": (changed("paper/0001.txt", b"[QR: O-", b"[QR: O-0"), "neither voided nor an original"),
    "mailed twice": (copied("mail/0001.eml", "mail/0009.eml"), "it was mailed more than once"),
    "a mail of nobody": (changed("mail/0001.eml", b"Message-ID: <", b"Message-ID: <0"), "not in the journal"),
    "another amount": (
        changed("authority/0001-request.xml", b'Amount="12.50"', b'Amount="12.51"'),
        "of another receipt",
    ),
    "sent twice": (copied("authority/0001-request.xml", "authority/0099-request.xml"), "came twice"),
    "not announced": (
        changed("authority/0001-request.xml", b'SendingCount="1"', b'SendingCount="2"'),
        "was not announced in the journal",
    ),
    "a receipt lost": (forgotten, "which is not in the journal"),
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_the_auditor_sees_what_is_wrong(audited: Shop, wrong: str) -> None:
    """Each book in turn says something else; afterwards it is as it was."""
    falsify, sentence = WRONGS[wrong]
    kept = {
        path: path.read_bytes()
        for name in ("authority", "mail", "paper", "journal")
        for path in (audited.folder / name).iterdir()
        if path.is_file()
    }
    try:
        falsify(audited.folder)
        found = Auditor(audited).audit()
    finally:
        for name in ("authority", "mail", "paper"):
            for path in (audited.folder / name).iterdir():
                if path not in kept:
                    path.unlink()
        for path, content in kept.items():
            path.write_bytes(content)
    assert any(sentence in violation for violation in found), found
