"""How the controller puts a register together: the till, the recovery at start, and what an ended run says."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from controller.app import StoppedError, run_register, till_of
from controller.failures import explain, leaves, rank
from controller.opening import StartError, open_all
from controller.settings import Department, Settings, load_settings
from controller.training import change_setting, init_training
from drivers.journal_frames import JournalCorrupt
from drivers.journal_log import JournalFailed
from drivers.ports import PortError
from states import effects as do
from states.till import Department as Key
from tests.fiscal_examples import NON_PAYER, PAYER

SHOP = Settings(department=(Department(1, "Tovar", 23), Department(2, "Knihy", 5)))


def test_departments_have_their_rates_and_a_non_payer_none() -> None:
    assert till_of(SHOP, PAYER).departments == (Key(1, "Tovar", 23), Key(2, "Knihy", 5))
    assert [one.vat_rate for one in till_of(SHOP, NON_PAYER).departments] == [0, 0]


def test_older_registers_type_cents_without_a_point() -> None:
    assert not till_of(SHOP, PAYER).implied_cents
    assert till_of(replace(SHOP, keypad=replace(SHOP.keypad, decimal="implied")), PAYER).implied_cents


def test_the_most_telling_of_several_ends_is_explained() -> None:
    corrupt = ExceptionGroup("", [JournalCorrupt("segment-000001.ekj", 8, 1, "x")])
    group = ExceptionGroup("", [OSError(5, "EIO"), corrupt])
    code, line = explain(min(leaves(group), key=rank), "en")
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


async def test_the_limits_of_the_settings_are_those_of_the_effects(tmp_path: Path) -> None:
    init_training(tmp_path)
    (tmp_path / "keys").touch()
    for key, value in {
        "keypad.driver": '"text"',
        "keypad.port": '"keys"',
        "display.driver": '"none"',
        "authority.limit_s": "1.5",
        "mail.limit_s": "45.0",
    }.items():
        change_setting(tmp_path, key, value)
    async with AsyncExitStack() as stack:
        opening = await open_all(stack, load_settings(tmp_path), tmp_path)
    assert opening.outputs.limits_s[do.Register] == 1.5
    assert opening.outputs.limits_s[do.Email] > 45.0, "the driver's own limit comes first: it knows the phase"
    assert opening.outputs.training


async def test_a_driver_that_cannot_open_is_blamed_by_its_key(tmp_path: Path) -> None:
    init_training(tmp_path)
    change_setting(tmp_path, "keypad.driver", '"text"')
    change_setting(tmp_path, "keypad.port", '"nowhere/keys"')
    change_setting(tmp_path, "display.driver", '"none"')
    assert load_settings(tmp_path).keypad.port == "nowhere/keys"
    with pytest.raises(StartError) as caught:
        await run_register(tmp_path)
    assert caught.value.key == "keypad.port"
