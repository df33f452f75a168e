"""A shop day with secrets that are looked for afterwards in everything that any process wrote, said or showed."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.app import StoppedError
from controller.failures import explain
from controller.settings import load_settings
from controller.training import free_ports
from drivers.identity_files import read_signer
from drivers.mail_session import Access, Letter, submission
from states.fiscal.journal import Delivered, MailFailed, Outcome
from states.screen import screen
from tests.canary import ADDRESS, KEY_PASSWORD, MASKED, SMTP_PASSWORD, Canary, find, plant
from tests.counter import open_counter
from tests.shop import EKASA, PORTS, Shop, await_that, mailed, run_ekasa

ECHO = f"5.1.1 {ADDRESS}> unknown, you said {SMTP_PASSWORD.encode('ascii', 'ignore').decode()} to me, {ADDRESS.upper()}"
MAIL_FAULTS = f"""
[[fault]]
phase = "rcpt"
code = 550
text = "{ECHO}"
session = 2

[[fault]]
phase = "dot"
action = "drop"
session = 3
"""

BREAK = """
import sys
import drivers.mail_smtp
def fail(*, recipient, **values):
    raise RuntimeError(f"no mail to {recipient}: {values}")
drivers.mail_smtp.compose = fail
from controller.__main__ import main
sys.argv = ["ekasa", "run", sys.argv[1]]
sys.exit(main())
"""
"""The register with a mail driver that breaks with the address in its exception: a bug, and the worst case of one."""


@dataclass(frozen=True, slots=True)
class Day:
    """The folder after the day, and what the commands said about it."""

    shop: Shop
    canaries: tuple[Canary, ...]
    said: dict[str, str]
    written_by_the_register: dict[str, int]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """One mail that arrives, one refused with an echo of secrets, one in doubt, and a program that breaks."""
    folder = tmp_path_factory.mktemp("canary") / "shop"
    assert run_ekasa("init", folder, "--training").returncode == 0
    canaries = plant(folder)
    shop = open_at(folder)
    try:
        play(shop)
        said = {"verify": "", "verify --json": "", "replay": "", "plu": ""}
        for command in said:
            name, *options = command.split()
            done = run_ekasa(name, folder, *options)
            said[command] = done.stdout + done.stderr
        yield Day(shop, canaries, said, modes(folder))
    finally:
        shop.close()


def open_at(folder: Path) -> Shop:
    """The shop of this folder, with keys from a FIFO and ports of its own."""
    shop = Shop(folder)
    text = shop.settings.read_text(encoding="utf-8")
    for port, number in zip(PORTS, free_ports(3), strict=True):
        text = text.replace(str(shop.port(port)), str(number))
    shop.settings.write_text(text, encoding="utf-8")
    for section, key, value in [
        ("keypad", "driver", "text"),
        ("keypad", "port", "keys"),
        ("display", "driver", "none"),
    ]:
        shop.set(section, key, f'"{value}"')
    return shop


def play(shop: Shop) -> None:
    """The day."""
    for port in PORTS:
        shop.simulate(port, MAIL_FAULTS if port == "mail" else "")
    process = shop.run()
    for number in (1, 2, 3):
        shop.press(*mailed(ADDRESS))
        shop.await_record(Delivered, number)
    process.terminate()
    assert process.wait(20) == 0
    broken = shop.spawn([sys.executable, "-c", BREAK, str(shop.folder)], "broken")
    shop.press(*mailed(ADDRESS))
    await_that("the broken register has ended", lambda: broken.poll() is not None)
    assert broken.returncode == 3
    shop.run()
    shop.await_record(Delivered, 4)


def modes(folder: Path) -> dict[str, int]:
    """The permissions of everything in the folder."""
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_the_day_was_as_it_should_be(day: Day) -> None:
    """What was to happen has happened, or the search below would prove nothing."""
    assert len(day.shop.records(Outcome)) == 4
    assert len(day.shop.records(MailFailed)) >= 2
    assert [bytes(ADDRESS, "ascii") in mail for mail in day.shop.mails()] == [True, True]
    assert "RuntimeError" in day.shop.said("broken")
    assert "RuntimeError: no mail to" in (day.shop.folder / "log.jsonl").read_text()
    assert all(day.said.values())
    assert MASKED in (day.shop.folder / "log.jsonl").read_text()


def test_no_file_gives_a_secret_away(day: Day) -> None:
    """Journal, index, log, papers, messages, and what the processes said: each secret is in its own file alone."""
    own = {"smtp.password": {"smtp"}, "authdata.password": {"password"}}
    for path in sorted(day.shop.folder.rglob("*")):
        name = str(path.relative_to(day.shop.folder))
        if not path.is_file() or name.startswith("mail/") or name == "mail-faults.toml":
            continue
        assert find(path.read_bytes(), day.canaries) == own.get(name, set()), name


def test_no_command_gives_a_secret_away(day: Day) -> None:
    """Whoever audits the register learns no address and no password."""
    for command, said in day.said.items():
        assert find(said.encode(), day.canaries) == set(), command


def test_the_address_is_in_the_mail_once(day: Day) -> None:
    """In the header To, and in nothing else that the customer's provider gets; no other secret is there at all."""
    for mail in day.shop.mails():
        assert find(mail, day.canaries) == {"address"}
        assert mail.count(ADDRESS.encode()) == 1
        assert re.search(rb"(?m)^To:\s+" + re.escape(ADDRESS.encode()) + rb"\r$", mail)
        rest = mail.replace(ADDRESS.encode(), b"")
        assert find(rest, day.canaries) == set()


def test_everything_is_its_owner_s_alone(day: Day) -> None:
    """Files 0600 and folders 0700, whatever wrote them; only what the test itself made does not count."""
    ours = {"authority-faults.toml", "mail-faults.toml", "broken.err"}
    found = {name: mode for name, mode in day.written_by_the_register.items() if name not in ours}
    found = {name: mode for name, mode in found.items() if not re.fullmatch(r"(simulate|run)-\w+\.err", name)}
    assert len(found) > 20
    wrong = {name: oct(mode) for name, mode in found.items() if mode not in (0o600, 0o700)}
    assert wrong == {}
    assert {name for name, mode in found.items() if mode == 0o700} == {
        name for name in found if (day.shop.folder / name).is_dir()
    }


def test_a_careless_umask_changes_nothing(tmp_path: Path) -> None:
    """A new folder and the first thing that is written into it, by a user who gives everything away."""
    words = ["/bin/sh", "-c", 'umask 000; exec "$0" init "$1" --training', EKASA, str(tmp_path / "x")]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    assert set(modes(tmp_path / "x").values()) == {0o600, 0o700}


# --- Values of the program -------------------------------------------------------------------------------


def test_values_do_not_show_secrets(day: Day) -> None:
    """What a debugger, an assertion or a traceback with its values would print."""
    folder = day.shop.folder
    signer = read_signer(folder / "authdata.xml", KEY_PASSWORD)
    access = Access("tls", "plain", "pokladna@example.sk", SMTP_PASSWORD)
    letter = Letter("pokladna@example.sk", ADDRESS, f"To: {ADDRESS}\r\n".encode())
    dialog = submission(access, letter, "[127.0.0.1]")
    shown = [repr(one) for one in (load_settings(folder), signer, vars(signer), access, letter, dialog, next(dialog))]
    for text in shown:
        assert find(text.encode(), day.canaries) == set(), text[:200]


@pytest.mark.parametrize("language", ["sk", "en"])
def test_the_last_words_of_a_program_have_no_address(language: str) -> None:
    """Whatever an exception says."""
    for error in (RuntimeError(f"<{ADDRESS}>"), ValueError(ADDRESS), OSError(5, ADDRESS), StoppedError()):
        if isinstance(error, StoppedError):
            error.__cause__ = KeyError(f"Sale(email='{ADDRESS}')")
        _, line = explain(error, "en" if language == "en" else "sk")
        assert ADDRESS not in line


async def test_the_display_shows_the_address_only_while_it_is_typed(tmp_path: Path) -> None:
    """Once it is entered, the cashier sees enough of it to recognise it; no paper has it at all."""
    async with open_counter(tmp_path / "shop") as counter:
        typed = await counter.play("5", "DEPARTMENT_1", "EMAIL", f"TEXT {ADDRESS}")
        assert ADDRESS in str(typed.view())
        entered = await counter.play("ENTER")
        sold = await counter.play("CARD")
        for turn in (*entered.turns, *sold.turns):
            assert ADDRESS not in str(screen(turn.after, "sk", training=True))
        assert MASKED in str(entered.view())
        assert not any(ADDRESS in paper for paper in counter.world.printer.texts)


# --- The search itself -----------------------------------------------------------------------------------


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda text: text,
    "in base64 at some offset": lambda text: b64encode(b"xy" + text + b"zzz"),
    "hexadecimal": lambda text: text.hex().encode(),
    "wide": lambda text: text.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_what_it_looks_for(form: str) -> None:
    """The control: a canary in the middle of other bytes, in each form."""
    for secret in (SMTP_PASSWORD, KEY_PASSWORD, ADDRESS):
        canary = Canary("x", secret.encode())
        assert find(b"...." + FORMS[form](secret.encode()) + b"....", (canary,)) == {"x"}
        assert find(b"...." + secret[:-3].encode() + b"....", (canary,)) == set()
