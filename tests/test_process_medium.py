"""A medium that fills, fails or is slow, under the real register: what was said is kept, and nothing is sold unsaid.

Source: reliability 2.2 F7 and 3.1; I1, I25. The screen is read as the cashier reads it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.simulated.authority_faults import FaultKind
from states.fiscal.journal import Closed, Delivered, Opened, Outcome, Resolved
from states.fiscal.receipt import Form
from states.words import say
from tests.process_audit import Auditor
from tests.process_faults import Glass, command, disk_folder, fill, free_bytes, small_folder, watched
from tests.process_lives import Silent, has_ended, open_for_kills, recover
from tests.shop import LIMIT_S, SALE, SEGMENT, Shop, await_that, end, open_shop, run_ekasa

SMALL_MIB = 48
INDEX_ROOM_MIB = 16
DISK_MIB = 64
TOO_LITTLE_BYTES = (4 << 20) + 12345
SLOW = f'[[fault]]\nkind = "{FaultKind.DELAY}"\nseconds = 1.5\ntimes = 99\n'
SLOW_SYNC_MS = 2000
FULL, REOPENING, REOPENED = (say(word, "sk") for word in ("full", "storage-reopening", "storage-reopened"))
FAILED = say("journal-failed", "sk", "").partition(" ()")[0]
STOPPED = 3

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def show(shop: Shop) -> None:
    """The register has a display from now on."""
    shop.set("display", "driver", '"terminal"')


def injecting(shop: Shop, what: str) -> tuple[str, ...]:
    """Under strace, which does this to calls about the journal's segment."""
    segment = shop.folder / "journal" / SEGMENT
    call = what.partition(":")[0]
    traced = ("-e", f"trace={call}", "-e", f"inject={what}", "-P", str(segment))
    return ("strace", "-D", "-f", "-qq", "-o", str(shop.folder / "trace"), *traced)


# --- Full --------------------------------------------------------------------------------------------------------


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[tuple[Shop, Glass]]:
    """A register whose whole folder is on a small medium, and its screen."""
    with small_folder(tmp_path / "shop", SMALL_MIB) as folder, open_shop(folder) as shop, watched() as glass:
        show(shop)
        yield shop, glass


def test_a_full_medium_refuses_the_sale_and_sells_when_there_is_room(cramped: tuple[Shop, Glass]) -> None:
    """The cashier is told, the basket stays, and nothing of it is anywhere."""
    shop, glass = cramped
    process = shop.run(stdout=glass.theirs)
    shop.press(*SALE)
    shop.await_record(Delivered)
    filler = fill(shop.folder, INDEX_ROOM_MIB << 19)
    shop.press(*SALE)
    glass.await_words(FULL)
    assert (len(shop.intents()), len(shop.messages()), len(shop.papers())) == (1, 1, 1)
    filler.unlink()
    shop.press("CASH")
    shop.await_record(Delivered, 2)
    assert end(process) == 0
    assert [intent.receipt.number for intent in shop.intents()] == [1, 2]
    assert [intent.receipt.sale.total_cents for intent in shop.intents()] == [1250, 1250]
    assert Auditor(shop).audit() == []


def test_what_was_begun_is_finished_on_a_medium_without_a_byte_left(tmp_path: Path) -> None:
    """The reserve is there for it: an off-line receipt is sent, a day is closed, and the register starts again."""
    with small_folder(tmp_path / "shop", SMALL_MIB) as folder, open_for_kills(folder) as (shop, authority):
        process = shop.run()
        with Silent(authority):
            for sale in range(1, 4):
                shop.press(*SALE)
                shop.await_record(Delivered, sale)
            filler = fill(folder, 0)
            assert free_bytes(folder) == 0
        shop.await_record(Resolved, 3)
        shop.press("MENU", "2")
        shop.await_record(Closed)
        await_that("the report is printed", lambda: len(shop.papers()) == 4)
        assert end(process) == 0, shop.said()
        opened = len(shop.records(Opened))
        process = shop.start()
        shop.await_record(Opened, opened + 1)
        assert end(process) == 0, shop.said()
        filler.unlink()
        recover(shop)
        assert Auditor(shop).audit() == []


def test_a_register_that_has_no_room_to_begin_says_so_and_begins_when_there_is(tmp_path: Path) -> None:
    """A part of a segment was written, the last of it shorter than asked; nothing of it stays."""
    with small_folder(tmp_path / "shop", SMALL_MIB) as folder, open_shop(folder) as shop:
        filler = fill(folder, TOO_LITTLE_BYTES)
        refused = run_ekasa("run", folder)
        assert (refused.returncode, refused.stderr.count("\n")) == (STOPPED, 1), refused.stderr
        assert FULL in refused.stderr
        assert not list((folder / "journal").glob("segment-*"))
        filler.unlink()
        process = shop.run()
        shop.press(*SALE)
        shop.await_record(Delivered)
        assert end(process) == 0


# --- Failing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """A call about the journal that fails: the so-manieth after the start, and so many receipts it still needs."""

    call: str
    record: int

    def __str__(self) -> str:
        return f"{self.call}-W{self.record}"


CALLS = ("pwrite64", "fdatasync")
FAILURES = [Failure(call, record) for call in CALLS for record in (1, 2, 3)]


@pytest.fixture(scope="module")
def shaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop whose medium fails again and again."""
    with open_for_kills(tmp_path_factory.mktemp("shaky")) as (shop, _):
        end(shop.run())
        show(shop)
        yield shop


@pytest.fixture(scope="module")
def made_at_start(shaky: Shop) -> dict[str, int]:
    """How often a start makes each call about the journal: a sale's calls come after those."""
    made = {}
    for call in CALLS:
        with watched() as glass:
            end(shaky.run(*injecting(shaky, f"{call}:delay_enter=1:when=9999"), stdout=glass.theirs))
        made[call] = (shaky.folder / "trace").read_text(errors="replace").count(f" {call}(")
    return made


@needs_strace
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_an_error_of_the_medium_stops_sales_until_the_journal_was_read_back(
    shaky: Shop, made_at_start: dict[str, int], failure: Failure
) -> None:
    """The register says so, opens the journal again by itself, finishes what was begun, and sells on."""
    shop, starts = shaky, shaky.starts()
    due, sold = made_at_start[failure.call] + failure.record, len(shop.intents())
    with watched() as glass:
        process = shop.run(*injecting(shop, f"{failure.call}:error=EIO:when={due}"), stdout=glass.theirs)
        shop.press(*SALE)
        glass.await_words(REOPENING)
        await_that("it has started again by itself", lambda: shop.starts() == starts + 2)
        await_that("what was begun is finished", lambda: has_ended(shop))
        if len(shop.intents()) == sold:
            glass.await_words(REOPENED)
        began = len(shop.intents())
        shop.press(*SALE)
        await_that("one more is sold", lambda: len(shop.intents()) == began + 1 and has_ended(shop))
        assert end(process) == 0, shop.said()
    assert began - sold == (failure.record > 1 or failure.call == "fdatasync")
    assert Auditor(shop).audit() == []


@needs_strace
@pytest.mark.parametrize("call", CALLS)
def test_a_medium_that_fails_for_ever_stops_the_register_with_a_sentence(
    shaky: Shop, made_at_start: dict[str, int], call: str
) -> None:
    """It tried again, says what to do, and on a sound medium the next start finishes what was begun."""
    shop = shaky
    due = made_at_start[call] + 2
    with watched() as glass:
        process = shop.run(*injecting(shop, f"{call}:error=EIO:when={due}+"), stdout=glass.theirs)
        shop.press(*SALE)
        glass.await_words(REOPENING)
        assert process.wait(LIMIT_S) == STOPPED
    assert shop.said().count("\n") == 1, shop.said()
    assert FAILED in shop.said()
    with watched() as glass:
        process = shop.run(stdout=glass.theirs)
        await_that("what was begun is finished", lambda: has_ended(shop))
        assert end(process) == 0
    assert Auditor(shop).audit() == []


def test_a_file_system_that_becomes_read_only_stops_sales_and_loses_nothing(tmp_path: Path) -> None:
    """As a card does that wears out: every write is refused from one moment on, until it is mounted anew."""
    image = tmp_path / "image"
    with open_for_kills(tmp_path) as (shop, _), watched() as glass:
        show(shop)
        with disk_folder(image, shop.folder / "journal", DISK_MIB) as journal:
            process = shop.run(stdout=glass.theirs)
            shop.press(*SALE)
            shop.await_record(Delivered)
            command("mount", "-o", "remount,abort", journal)
            shop.press(*SALE)
            glass.await_words(REOPENING)
            assert process.wait(LIMIT_S) == STOPPED
            assert shop.said().count("\n") == 1, shop.said()
            assert (len(shop.intents()), len(shop.messages())) == (1, 1)
        with disk_folder(image, shop.folder / "journal", DISK_MIB):
            process = shop.run(stdout=glass.theirs)
            shop.press(*SALE)
            shop.await_record(Delivered, 2)
            assert end(process) == 0
            assert Auditor(shop).audit() == []


# --- Slow --------------------------------------------------------------------------------------------------------


@needs_strace
def test_a_slow_medium_delays_the_sale_and_nothing_else(tmp_path: Path) -> None:
    """Each sync takes two seconds: keys are shown at once, and the authority's time begins when its message leaves."""
    with open_for_kills(tmp_path, SLOW) as (shop, authority), watched() as glass:
        end(shop.run())
        show(shop)
        shop.set("authority", "limit_s", "3.0")
        slow = injecting(shop, f"fdatasync:delay_exit={SLOW_SYNC_MS * 1000}:when=5+")
        process = shop.run(*slow, stdout=glass.theirs)
        shop.press(*SALE[:-1])
        glass.await_words("12.50 Tovar")
        shop.press("CASH")
        shop.await_record(Delivered)
        assert [record.form for record in shop.records(Outcome)] == [Form.ONLINE]
        with Silent(authority):
            shop.press(*SALE)
            shop.await_record(Delivered, 2)
            heard_before_the_sync_returns(shop, "7")
            glass.await_words("» 7_")
        shop.press("CLEAR")
        await_that("it is sent", lambda: has_ended(shop))
        assert end(process) == 0
        assert Auditor(shop).audit() == []


def heard_before_the_sync_returns(shop: Shop, key: str) -> None:
    """A key that is pressed while the outbox has a record written is heard before that is durable."""
    begun = len(shop.log())
    await_that(
        "a record is being written", lambda: any("Reattempt" in line.get("wants", ()) for line in later(shop, begun))
    )
    shop.press(key)
    await_that("the record is durable", lambda: "Reattempted" in heard(shop, begun))
    assert "DigitPressed" in heard(shop, begun)[: heard(shop, begun).index("Reattempted")]


def later(shop: Shop, begun: int) -> list[dict[str, Any]]:
    """The lines of the log since then."""
    return shop.log()[begun:]


def heard(shop: Shop, begun: int) -> list[str]:
    """What the register heard since its next attempt began."""
    lines = later(shop, begun)
    first = next((place for place, line in enumerate(lines) if "Reattempt" in line.get("wants", ())), len(lines))
    return [line["heard"] for line in lines[first + 1 :] if "heard" in line]
