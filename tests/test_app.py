"""How the controller puts a register together: the till, the recovery at start, and what an ended run says."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.app import StoppedError, run_register, start
from controller.causes import most_telling
from controller.failures import explain
from controller.opening import StartError, open_all, read_keys
from controller.settings import load_settings
from controller.training import change_setting, init_training
from drivers.identity_change import LIST
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from drivers.simulated.training import issue_authdata
from states import effects as do
from states.fiscal.identity import RegisterType
from states.machines.service import Blocked, Expiring, Health, InService

NOW = datetime.now(UTC)


def test_the_most_telling_of_several_ends_is_explained() -> None:
    corrupt = ExceptionGroup("", [JournalCorrupt("segment-000001.ekj", 8, 1, "x")])
    group = ExceptionGroup("", [OSError(5, "EIO"), corrupt])
    code, line = explain(most_telling(group), "en")
    assert code == 3
    assert "the journal is damaged" in line


@pytest.mark.parametrize("cause", [ValueError("bug"), OSError(28, "full"), JournalFailed("x"), PortError("gone")])
def test_whatever_ends_a_running_register_is_code_3(cause: Exception) -> None:
    stopped = StoppedError()
    stopped.__cause__ = ExceptionGroup("", [cause])
    for language in ("sk", "en"):
        code, line = explain(stopped, "en" if language == "en" else "sk")
        assert code == 3
        assert "\n" not in line


def quiet_folder(folder: Path) -> Path:
    """A training folder whose register needs neither a terminal nor other sides."""
    init_training(folder)
    (folder / "keys").touch()
    for key, value in {"keypad.driver": '"text"', "keypad.port": '"keys"', "display.driver": '"none"'}.items():
        change_setting(folder, key, value)
    return folder


def reissue(folder: Path, now: datetime, days: int) -> None:
    """Another certificate in the folder, valid from a day before ``now``."""
    password = (folder / "authdata.password").read_text(encoding="utf-8")
    (folder / "authdata.xml").write_bytes(issue_authdata(folder, password=password, now=now, days=days))


@pytest.mark.parametrize(
    ("days", "kind"), [(730, InService), (61, InService), (29, Expiring), (-1, Blocked)], ids=["new", "61", "29", "-1"]
)
async def test_the_register_starts_with_the_health_of_its_certificate(
    tmp_path: Path, days: int, kind: type[Health]
) -> None:
    """An expired certificate is no reason not to start: reports and the menu work."""
    folder = quiet_folder(tmp_path)
    reissue(folder, NOW - timedelta(days=30), days + 30)
    async with AsyncExitStack() as stack:
        opening = await open_all(stack, load_settings(folder), folder)
        register, _ = await start(opening)
    assert type(register.service) is kind


@pytest.mark.parametrize("missing", ["identdata", "authdata"])
async def test_what_is_missing_is_named_with_the_way_to_load_it(tmp_path: Path, missing: str) -> None:
    """Its password may be missing as well: the file is said first."""
    folder = quiet_folder(tmp_path)
    (folder / f"{missing}.xml").unlink()
    if missing == "authdata":
        (folder / "authdata.password").unlink()
    with pytest.raises(StartError) as caught:
        await read_keys(load_settings(folder), folder)
    assert caught.value.key == f"identity.{missing}"
    for language in ("sk", "en"):
        code, line = explain(caught.value, "en" if language == "en" else "sk")
        assert code == 2
        assert "ekasa load" in line
        assert missing in line


async def test_a_certificate_of_the_future_is_an_error(tmp_path: Path) -> None:
    folder = quiet_folder(tmp_path)
    reissue(folder, NOW + timedelta(days=3), 30)
    with pytest.raises(StartError) as caught:
        await read_keys(load_settings(folder), folder)
    assert (caught.value.key, caught.value.error.reason) == ("identity.authdata", "certificate-not-yet-valid")


async def test_a_start_finishes_a_loading_that_power_interrupted(tmp_path: Path) -> None:
    """The new key store was renamed, its password was not yet."""
    folder = quiet_folder(tmp_path)
    (folder / "authdata.xml").write_bytes(issue_authdata(folder, password="nové", now=NOW))
    (folder / "authdata.password.next").write_text("nové", encoding="utf-8")
    (folder / LIST).write_text('["authdata.xml", "authdata.password"]')
    seller, _ = await read_keys(load_settings(folder), folder)
    assert seller.dic == "1234567890"
    assert not (folder / LIST).exists()


async def test_a_portable_training_register(tmp_path: Path) -> None:
    """It has no address of its own."""
    init_training(tmp_path, portable=True)
    seller, _ = await read_keys(load_settings(tmp_path), tmp_path)
    assert seller.cash_register_type is RegisterType.PORTABLE
    assert seller.unit_address is None


async def test_the_limits_of_the_settings_are_those_of_the_effects(tmp_path: Path) -> None:
    quiet_folder(tmp_path)
    change_setting(tmp_path, "authority.limit_s", "1.5")
    change_setting(tmp_path, "mail.limit_s", "45.0")
    change_setting(tmp_path, "identity.exemption", "true")
    async with AsyncExitStack() as stack:
        opening = await open_all(stack, load_settings(tmp_path), tmp_path)
    assert opening.outputs.answer_limit_s == 1.5
    assert opening.outputs.limits_s[do.Email] > 45.0, "the driver's own limit comes first: it knows the phase"
    assert opening.outputs.training
    assert opening.outputs.exemption


async def test_a_driver_that_cannot_open_is_blamed_by_its_key(tmp_path: Path) -> None:
    quiet_folder(tmp_path)
    change_setting(tmp_path, "keypad.port", '"nowhere/keys"')
    assert load_settings(tmp_path).keypad.port == "nowhere/keys"
    with pytest.raises(StartError) as caught:
        await run_register(tmp_path)
    assert caught.value.key == "keypad.port"
