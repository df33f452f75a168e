"""What the journal says of an original and of a slip written by hand: each answer over a real journal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from controller.lookups import _number_reason, check_paragon, find_original
from drivers.storage_journal import JournalStorage, open_journal
from states import events as on
from states.fiscal.journal import Record, Resolved
from states.fiscal.receipt import NUMBER_MAX, Paragon, Receipt
from states.words import WORDS
from tests import journal_samples as samples

NOW = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
"""A second before the month ends in Slovakia."""

DAY = "2026-11-02T07:00:00+01:00"
STRANGER = "B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710"


def receipts() -> dict[str, Receipt]:
    """One of each fate and kind, by a word."""
    return {
        "online": samples.signed_receipt(1),
        "offline": samples.signed_receipt(2),
        "refused": samples.signed_receipt(3),
        "training": samples.training_receipt(4),
        "invoice": samples.invoice_receipt(5),
        "october": samples.signed_receipt(7, "2026-10"),
        "sealed": samples.signed_receipt(6),
    }


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[JournalStorage]:
    """A journal of them; what is sealed has no outcome yet."""
    known = receipts()
    records: list[Record] = [
        *samples.printed_life(known["october"]),
        *samples.printed_life(known["online"]),
        *samples.offline_life(known["offline"]),
        *samples.refused_life(known["refused"]),
        *samples.printed_life(known["training"]),
        *samples.printed_life(known["invoice"]),
        samples.intent(known["sealed"]),
    ]
    async with open_journal(tmp_path / "journal", index_room_bytes=0) as opened:
        for record in records:
            await opened.append(record)
        yield opened


def names(receipt: Receipt) -> tuple[str, ...]:
    """All that the cashier may type for a receipt of this month."""
    return receipt.okp, receipt.okp.lower(), receipt.key, str(receipt.number), f"  {receipt.number} "


async def test_the_reference_is_what_stands_on_the_original(storage: JournalStorage) -> None:
    """The UID of a receipt that was on-line; the OKP of one that was printed off-line, even if it has a UID now."""
    online, offline = receipts()["online"], receipts()["offline"]
    for receipt, reference in ((online, samples.uid_of(online)), (offline, offline.okp)):
        uid = samples.uid_of(receipt)
        for typed in (*names(receipt), uid, uid[:2] + uid[2:].lower(), f"{uid}\n"):
            assert await find_original(storage, NOW, typed) == on.OriginalFound(reference, receipt), typed


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("refused", "original-refused"),
        ("training", "original-training"),
        ("invoice", "original-invoice"),
        ("sealed", "unknown-original"),
    ],
)
async def test_an_original_that_does_not_do_is_named(kind: str, reason: str, storage: JournalStorage) -> None:
    """Refused, a mere training, without goods, or not yet a receipt."""
    receipt = receipts()[kind]
    for typed in (receipt.okp, receipt.key):
        assert await find_original(storage, NOW, typed) == on.OriginalMissing(reason)


async def test_a_bare_number_is_one_of_this_month_or_an_older_registers(storage: JournalStorage) -> None:
    """October's 7 is not November's; in Slovakia the month turns an hour before it does in UTC."""
    october = receipts()["october"]
    assert await find_original(storage, NOW, "7") == on.OriginalMissing("old-number")
    assert await find_original(storage, NOW, "1000123") == on.OriginalMissing("old-number")
    assert await find_original(storage, NOW, "01") == on.OriginalMissing("old-number")
    assert await find_original(storage, NOW, "9" * 44) == on.OriginalMissing("old-number")
    assert await find_original(storage, NOW.replace(month=12, day=1), "1") == on.OriginalMissing("old-number")
    next_second = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    assert await find_original(storage, next_second, "1") == on.OriginalMissing("old-number")
    earlier = datetime(2026, 10, 9, tzinfo=UTC)
    found = on.OriginalFound(samples.uid_of(october), october)
    assert await find_original(storage, earlier, "7") == found
    assert await find_original(storage, NOW, "2026-10/7") == found


async def test_a_reference_of_another_register_is_unknown(storage: JournalStorage) -> None:
    """It is well formed, so the cashier may insist."""
    for typed in (STRANGER, STRANGER.lower(), "V-" + "7" * 27 + "-TEST", "O-" + "A" * 32, "2026-11/999", "2019-04/1"):
        assert await find_original(storage, NOW, typed) == on.OriginalMissing("unknown-original")


@pytest.mark.parametrize(
    "typed",
    ["", " ", "0", "000", "-1", "1.5", "x", "9" * 45, "2026-13/1", "2026-11/", "2026-11/0", "2026-11/01", "26-11/1",
     "2026-11/12345678901", STRANGER[:-1], "O-" + "G" * 32, "\u0661", "1\x00", "2026-11/1;DROP"],
)  # fmt: skip
async def test_what_is_no_reference_is_refused(typed: str, storage: JournalStorage) -> None:
    assert await find_original(storage, NOW, typed) == on.OriginalMissing("reference")


async def test_no_words_that_may_be_typed_break_the_lookup(storage: JournalStorage) -> None:
    """Lone surrogates too: the keypad may be a terminal."""
    for typed in ("\ud800", "'", "\x00" * 40, "\U0001d7d9", "2026-11/1\n2026-11/2"):
        assert await find_original(storage, NOW, typed) == on.OriginalMissing("reference")


# --- Slips written by hand ---------------------------------------------------------------------------------------


async def test_slips_follow_each_other(tmp_path: Path) -> None:
    """Without a last one any number; then the next one only; 0 is the next one; a refused one does not count."""
    first, refused = samples.paragon_receipt(1, 41), samples.paragon_receipt(2, 42)
    async with open_journal(tmp_path, index_room_bytes=0) as storage:

        async def asked(number: int) -> Paragon | str:
            answer = await check_paragon(storage, NOW, number, DAY)
            return answer.paragon if isinstance(answer, on.ParagonAllowed) else answer.reason

        assert [await asked(number) for number in (0, 1, 41)] == [Paragon(number, DAY) for number in (1, 1, 41)]
        for record in samples.printed_life(first):
            await storage.append(record)
        assert await asked(0) == await asked(42) == Paragon(42, DAY)
        assert [await asked(number) for number in (1, 41, 43, NUMBER_MAX)] == [
            *["paragon-number-used"] * 2,
            *["paragon-number-gap"] * 2,
        ]
        for record in samples.refused_life(refused):
            await storage.append(record)
        assert await asked(0) == Paragon(42, DAY)


async def test_after_the_last_number_there_is_none(tmp_path: Path) -> None:
    """The message has room for 4294967295."""
    async with open_journal(tmp_path, index_room_bytes=0) as storage:
        for record in samples.printed_life(samples.paragon_receipt(1, NUMBER_MAX)):
            await storage.append(record)
        for number in (0, NUMBER_MAX + 1):
            assert await check_paragon(storage, NOW, number, DAY) == on.ParagonRefused("paragon-number-high")


@pytest.mark.parametrize(
    ("issued", "reason"),
    [
        ("2026-11-30T23:59:59+01:00", ""),
        ("2026-12-01T00:00:00+01:00", "paragon-future"),
        ("2027-01-01T00:00:00+01:00", "paragon-future"),
        ("2019-04-01T00:00:00+02:00", ""),
        ("2019-03-31T23:59:59+02:00", "paragon-too-old"),
        ("1999-12-31T23:59:59+01:00", "paragon-too-old"),
    ],
)
async def test_a_slip_was_written_in_the_time_of_the_system(issued: str, reason: str, tmp_path: Path) -> None:
    """Not in the future, by the second, and not before 1.4.2019."""
    async with open_journal(tmp_path, index_room_bytes=0) as storage:
        expected = on.ParagonRefused(reason) if reason else on.ParagonAllowed(Paragon(5, issued))
        assert await check_paragon(storage, NOW, 5, issued) == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(1, NUMBER_MAX + 9), st.integers(0, NUMBER_MAX))
def test_numbers_ascend_without_gaps(number: int, last: int) -> None:
    """Whatever the numbers: allowed is exactly the next one, or any one after none."""
    allowed = _number_reason(number, last) == ""
    assert allowed == (number <= NUMBER_MAX and (last == 0 or number == last + 1))


async def test_a_slip_whose_receipt_is_set_aside_keeps_its_number(tmp_path: Path) -> None:
    """The customer holds paper with it."""
    receipt = samples.paragon_receipt(1, 3)
    async with open_journal(tmp_path, index_room_bytes=0) as storage:
        for record in (*samples.offline_life(receipt)[:-1], Resolved(receipt.okp, "", -103, "")):
            await storage.append(record)
        assert await check_paragon(storage, NOW, 0, DAY) == on.ParagonAllowed(Paragon(4, DAY))


@pytest.mark.parametrize(
    "reason",
    ["reference", "unknown-original", "original-refused", "original-training", "original-invoice",
     "paragon-number-used", "paragon-number-gap", "paragon-number-high", "paragon-future", "paragon-too-old"],
)  # fmt: skip
def test_every_reason_has_its_sentence(reason: str) -> None:
    assert reason in WORDS


async def test_a_second_later_answer_changes_no_reference(storage: JournalStorage) -> None:
    """What is on paper stays what it is."""
    offline = receipts()["offline"]
    await storage.append(replace(Resolved(offline.okp, samples.uid_of(offline), 0, ""), reply="<again/>"))
    assert await find_original(storage, NOW, offline.key) == on.OriginalFound(offline.okp, offline)


# --- What was registered anew --------------------------------------------------------------------------------------


def aside(receipt: Receipt, code: int = -103) -> list[Record]:
    """Handed out off-line, and refused later."""
    return [*samples.offline_life(receipt)[:5], Resolved(receipt.okp, "", code, "<fault/>")]


async def test_goods_come_back_to_what_the_authority_knows_of_them(tmp_path: Path) -> None:
    """Refused later it is its own reference while nothing better is there; then what was registered in its place is."""
    first = samples.signed_receipt(1)
    refused, again, third = (
        samples.receipt_of(number, repairs=okp, basket_id=f"again-{number}")
        for number, okp in ((2, first.okp), (3, first.okp), (4, ""))
    )
    third = samples.receipt_of(4, repairs=again.okp, basket_id="again-4")
    lives = (aside(first), samples.refused_life(refused), aside(again), samples.printed_life(third))
    seen = []
    async with open_journal(tmp_path, index_room_bytes=0) as storage:
        for life in lives:
            for record in life:
                await storage.append(record)
            found = [await find_original(storage, NOW, typed) for typed in names(first)]
            assert len(set(map(repr, found))) == 1
            seen.append(found[0])
        assert await find_original(storage, NOW, refused.key) == on.OriginalMissing("original-refused")
    own = on.OriginalFound(first.okp, first)
    assert seen == [own, own, on.OriginalFound(again.okp, again), on.OriginalFound(samples.uid_of(third), third)]
    assert third.sale.items == first.sale.items


async def test_a_repair_without_an_answer_is_no_original_yet(tmp_path: Path) -> None:
    """It has no reference: neither UID nor paper with an OKP."""
    first = samples.signed_receipt(1)
    again = samples.receipt_of(2, repairs=first.okp, basket_id="again")
    async with open_journal(tmp_path, index_room_bytes=0) as storage:
        for record in (*aside(first), samples.intent(again)):
            await storage.append(record)
        assert await find_original(storage, NOW, first.okp) == on.OriginalMissing("unknown-original")
