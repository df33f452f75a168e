"""The certificate's health: thresholds, warnings once each, the block, and clocks that go forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from states import effects as do, events as on
from states.machines.service import (
    EXPIRED,
    SERVICE,
    THRESHOLDS_DAYS,
    Blocked,
    Expiring,
    Health,
    InService,
    health,
    notice_of,
)
from states.table import Rest, Then
from states.words import say

END = datetime(2028, 11, 21, 10, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MOMENTS = st.timedeltas(timedelta(days=-100), timedelta(days=100)).map(lambda away: END + away)


def ticked(state: Health, at: datetime) -> tuple[Health, list[str]]:
    """The state after a tick, and what was said."""
    result = SERVICE.step(state, on.Ticked(at))
    assert isinstance(result, Then)
    beeps = [wish.notice for wish in result.wishes if isinstance(wish, do.Beep)]
    assert len(beeps) == len(result.wishes)
    return result.state, beeps


@pytest.mark.parametrize("days", THRESHOLDS_DAYS)
def test_a_threshold_is_reached_to_the_second(days: int) -> None:
    """Just before it the threshold above holds, or none."""
    above = [one for one in THRESHOLDS_DAYS if one > days]
    assert health(END, END - days * DAY) == Expiring(END, days)
    assert health(END, END - days * DAY - SECOND) == (Expiring(END, min(above)) if above else InService(END))


def test_the_last_second_is_valid() -> None:
    """TS_03_02: after it the register is blocked."""
    assert health(END, END) == Expiring(END, 1)
    assert health(END, END + SECOND) == Blocked(END)


def test_every_warning_is_said_once_in_the_last_three_months() -> None:
    """TS_03_01: a tick each hour; the words in their order, and the states that go with them."""
    state, said = health(END, END - 90 * DAY), []
    for hour in range(91 * 24):
        state, beeps = ticked(state, END - 90 * DAY + timedelta(hours=hour))
        said += beeps
        assert not beeps or beeps == [notice_of(state)]
    assert said == [*(f"certificate-{days}" for days in (60, 30, 14, 7, 1)), EXPIRED]
    assert state == Blocked(END)


def test_a_register_that_slept_for_a_month_says_the_nearest_only() -> None:
    assert ticked(InService(END), END - 10 * DAY) == (Expiring(END, 14), ["certificate-14"])
    assert ticked(InService(END), END + DAY) == (Blocked(END), [EXPIRED])
    assert ticked(Expiring(END, 60), END + DAY) == (Blocked(END), [EXPIRED])


@pytest.mark.parametrize(
    ("state", "at", "expected"),
    [
        (Blocked(END), END - 5 * DAY, (Expiring(END, 7), ["certificate-7"])),
        (Blocked(END), END - 90 * DAY, (InService(END), [])),
        (Expiring(END, 1), END - 20 * DAY, (Expiring(END, 30), [])),
        (Expiring(END, 1), END - 90 * DAY, (InService(END), [])),
        (Blocked(END), END + 90 * DAY, (Blocked(END), [])),
    ],
)
def test_a_clock_that_was_set_back(state: Health, at: datetime, expected: tuple[Health, list[str]]) -> None:
    """The block ends when the certificate is valid again by the clock."""
    assert ticked(state, at) == expected


@given(first=MOMENTS, second=MOMENTS)
def test_a_tick_leads_where_a_start_would(first: datetime, second: datetime) -> None:
    """Whatever was before, the state is the one of the moment; it is silent when nothing got worse."""
    before = health(END, first)
    after, beeps = ticked(before, second)
    assert after == health(END, second)
    assert beeps in ([], [notice_of(after)])
    if after == before:
        assert beeps == []
    if isinstance(after, Blocked) and not isinstance(before, Blocked):
        assert beeps == [EXPIRED]


@pytest.mark.parametrize("state", [InService(END), Expiring(END, 7), Blocked(END)])
def test_no_key_is_its_own(state: Health) -> None:
    """A key of a sale that comes here, since the register is blocked, is refused with the certificate's word."""
    for key in on.KEYS.values():
        assert SERVICE.step(state, key) is Rest.REFUSE
    assert SERVICE.refusal == EXPIRED


@pytest.mark.parametrize("language", ["sk", "en"])
def test_every_notice_has_its_sentence(language: str) -> None:
    """With the days in it."""
    for days in THRESHOLDS_DAYS:
        word = notice_of(Expiring(END, days))
        sentence = say(word, "en" if language == "en" else "sk")
        assert sentence != word
        assert f" {days} " in sentence
    assert say(notice_of(Blocked(END)), "sk") == "Certifikát vypršal: predaj je blokovaný."
    assert notice_of(InService(END)) == ""


def test_only_ticks_are_heard() -> None:
    """Everything else is no concern of the certificate."""
    assert set(SERVICE.events) == {on.Ticked}
