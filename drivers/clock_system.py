"""Civil time of the machine; that it is right is the business of NTP, which the network ladder checks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

BRATISLAVA = ZoneInfo("Europe/Bratislava")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time now, aware, in Europe/Bratislava."""
        return datetime.now(BRATISLAVA)
