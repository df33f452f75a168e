"""Drivers are found by entry points: those of real distributions on the path, and the register's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from drivers.ports import PortError
from drivers.registry import opener

ENTRY_POINTS = """\
[ekasa.toaster]
good = toaster_drivers:open_toaster
broken = toaster_without_this_module:open_toaster
hollow = toaster_drivers:open_nothing
twice = toaster_drivers:open_toaster
untouched = toaster_that_explodes:open_toaster
"""

DRIVERS = """\
from contextlib import asynccontextmanager

@asynccontextmanager
async def open_toaster(*, slices):
    yield slices
"""


def distribute(folder: Path, name: str, entry_points: str) -> None:
    """A distribution as an installer leaves it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


@pytest.fixture(autouse=True)
def toasters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    distribute(tmp_path, "toasters", ENTRY_POINTS)
    (tmp_path / "toaster_drivers.py").write_text(DRIVERS)
    (tmp_path / "toaster_that_explodes.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


async def test_the_named_driver_is_opened_and_no_other_imported() -> None:
    async with opener("toaster", "good")(slices=2) as toaster:
        assert toaster == 2
    assert "toaster_that_explodes" not in sys.modules


def reason_of(port: str, driver: str) -> tuple[str, str]:
    with pytest.raises(PortError) as caught:
        opener(port, driver)
    return caught.value.reason, caught.value.detail


def test_an_unknown_driver_names_those_that_exist() -> None:
    reason, detail = reason_of("toaster", "evdev")
    assert reason == "driver-unknown"
    assert detail == "toaster has no driver 'evdev'; it has: broken, good, hollow, twice, untouched"
    assert reason_of("kettle", "good") == ("driver-unknown", "kettle has no driver 'good'; it has: none")


def test_a_driver_that_cannot_be_imported_says_why() -> None:
    reason, detail = reason_of("toaster", "broken")
    assert reason == "driver-broken"
    assert "No module named 'toaster_without_this_module'" in detail
    reason, detail = reason_of("toaster", "hollow")
    assert (reason, "open_nothing" in detail) == ("driver-broken", True)


def test_a_name_that_two_packages_claim_is_refused(toasters: Path) -> None:
    distribute(toasters, "rivals", "[ekasa.toaster]\ntwice = rival:open_toaster\ngood = toaster_drivers:open_toaster\n")
    reason, detail = reason_of("toaster", "twice")
    assert reason == "driver-ambiguous"
    assert "rival:open_toaster and toaster_drivers:open_toaster" in detail
    assert opener("toaster", "good").__name__ == "open_toaster", "the same driver found twice is one driver"
