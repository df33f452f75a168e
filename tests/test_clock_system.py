"""The system's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from drivers.clock_system import BRATISLAVA, SystemClock


def test_now_is_aware_and_in_bratislava() -> None:
    now = SystemClock().now()
    assert now.tzinfo is BRATISLAVA
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=1)
    assert datetime(2026, 7, 1, 12, tzinfo=BRATISLAVA).isoformat() == "2026-07-01T12:00:00+02:00"
    assert datetime(2026, 12, 1, 12, tzinfo=BRATISLAVA).isoformat() == "2026-12-01T12:00:00+01:00"
