"""Whatever is wrong at the start: one clear line in the language of the settings, exit 2 or 3, and nothing lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.simulated.training import TRAINING_IDENTITY, encode_identity, write_training_files
from states.fiscal.journal import Delivered
from tests.shop import EKASA, LIMIT_S, SALE, SEGMENT, Shop, await_that, end, json_of, new_shop, open_shop, run_ekasa

WRONG, STOPPED = 2, 3
Spoil = Callable[[Shop], None]


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The journal of a shop that has sold something, to be copied into others."""
    with open_shop(tmp_path_factory.mktemp("sold")) as shop:
        process = shop.run()
        for count in (1, 2, 3):
            shop.press(*SALE)
            shop.await_record(Delivered, count)
        assert end(process) == 0
        yield shop.folder / "journal"


@pytest.fixture(params=["sk", "en"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, sold: Path) -> Iterator[Shop]:
    """A shop with a journal, in one of the two languages; its other sides do not run."""
    shop = new_shop(tmp_path / "shop")
    shutil.copytree(sold, shop.folder / "journal", dirs_exist_ok=True)
    shop.set("", "language", f'"{request.param}"')
    yield shop
    shop.close()


def said_by_run(shop: Shop, code: int) -> str:
    """The one line with which the register refused to run or stopped itself."""
    command = [EKASA, "run", str(shop.folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert re.fullmatch(r"ekasa: [^\n]+\n", done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def language(shop: Shop) -> str:
    """The language of the settings."""
    return "en" if 'language = "en"' in shop.settings.read_text(encoding="utf-8") else "sk"


def journal(shop: Shop) -> dict[str, bytes]:
    """The segments of the journal; what is in the index is not worth anything."""
    return {path.name: path.read_bytes() for path in (shop.folder / "journal").glob("*.ekj")}


# --- What is wrong before anything was opened --------------------------------------------------------------------


def no_identity(shop: Shop) -> None:
    (shop.folder / "identdata.xml").unlink()


def torn_identity(shop: Shop) -> None:
    path = shop.folder / "identdata.xml"
    path.write_bytes(path.read_bytes()[:200])


def binary_identity(shop: Shop) -> None:
    (shop.folder / "identdata.xml").write_bytes(bytes(range(256)) * 10)


def invalid_identity(shop: Shop) -> None:
    path = shop.folder / "identdata.xml"
    path.write_text(path.read_text(encoding="utf-8").replace(">1234567890<", ">12345<"), encoding="utf-8")


def mismatched_identity(shop: Shop) -> None:
    xml = encode_identity(TRAINING_IDENTITY).replace(b"88812345678900001", b"88812345678900002")
    (shop.folder / "identdata.xml").write_bytes(xml)


def folder_for_identity(shop: Shop) -> None:
    (shop.folder / "identdata.xml").unlink()
    (shop.folder / "identdata.xml").mkdir()


def wrong_password(shop: Shop) -> None:
    (shop.folder / "authdata.password").write_text("guess")


def no_password(shop: Shop) -> None:
    (shop.folder / "authdata.password").unlink()


def empty_password(shop: Shop) -> None:
    (shop.folder / "authdata.password").write_bytes(b"")


def no_authdata(shop: Shop) -> None:
    (shop.folder / "authdata.xml").unlink()


def torn_authdata(shop: Shop) -> None:
    path = shop.folder / "authdata.xml"
    path.write_bytes(path.read_bytes()[:-500])


def future_certificate(shop: Shop) -> None:
    renew(shop, datetime.now(UTC) + timedelta(days=40), days=700)


def renew(shop: Shop, now: datetime, days: int) -> None:
    """Keys that were made at another time."""
    password = (shop.folder / "authdata.password").read_text(encoding="utf-8")
    write_training_files(shop.folder, password=password, now=now, certificate_days=days)


def no_mail_password(shop: Shop) -> None:
    (shop.folder / "smtp.password").unlink()


def no_authority_ca(shop: Shop) -> None:
    (shop.folder / "authority-ca.pem").unlink()


def broken_signer_ca(shop: Shop) -> None:
    (shop.folder / "authority-signer-ca.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n")


def no_mail_ca(shop: Shop) -> None:
    (shop.folder / "mail-ca.pem").unlink()


def missing_device(shop: Shop) -> None:
    shop.set("printer", "port", '"/dev/ttyUSB77"')


def no_serial_device(shop: Shop) -> None:
    shop.set("printer", "port", '"/dev/null"')


def no_keypad(shop: Shop) -> None:
    (shop.folder / "keys").unlink()


def no_terminal(shop: Shop) -> None:
    shop.set("keypad", "driver", '"terminal"')
    shop.set("keypad", "port", '""')


def unknown_key(shop: Shop) -> None:
    shop.set("printer", "baud", '115200\nspeed = "fast"')


def wrong_type(shop: Shop) -> None:
    shop.set("mail", "port", '"465"')


def wrong_value(shop: Shop) -> None:
    shop.set("mail", "security", '"none"')


def unknown_profile(shop: Shop) -> None:
    shop.set("printer", "profile", '"nosuch"')


def unknown_driver(shop: Shop) -> None:
    shop.set("printer", "driver", '"laser"')


def below_the_law(shop: Shop) -> None:
    shop.set("", "training", "false")
    shop.set("authority", "limit_s", "2.0")


BAD: dict[Spoil, tuple[str, str, str]] = {
    no_identity: ("identity.identdata", "Chýbajú identifikačné údaje", "identification data (identdata) are missing"),
    torn_identity: ("identity.identdata", "nedajú prečítať", "cannot be read"),
    binary_identity: ("identity.identdata", "nedajú prečítať", "cannot be read"),
    folder_for_identity: ("identity.identdata", "nedajú prečítať", "cannot be read"),
    invalid_identity: ("identity.identdata", "nezodpovedajú schéme", "do not fit the schema"),
    mismatched_identity: ("identity", "líši od certifikátu", "differ from the certificate"),
    wrong_password: ("identity.authdata", "Nesprávne heslo", "Wrong password"),
    no_password: ("identity.password_file", "Chýba súbor s heslom", "password file is missing"),
    empty_password: ("identity.password_file", "Chýba súbor s heslom", "password file is missing"),
    no_authdata: ("identity.authdata", "Chýbajú autentifikačné údaje", "authentication data (authdata) are missing"),
    torn_authdata: ("identity.authdata", "nedajú prečítať", "cannot be read"),
    future_certificate: ("identity.authdata", "Certifikát ešte neplatí", "not valid yet"),
    no_mail_password: ("mail.password_file", "Chýba súbor s heslom", "password file is missing"),
    no_authority_ca: ("authority.ca_file", "Nesprávne nastavenie", "Wrong setting"),
    broken_signer_ca: ("authority.signer_ca_file", "Nesprávne nastavenie", "Wrong setting"),
    no_mail_ca: ("mail.ca_file", "Chýba súbor s certifikátmi", "certificates is missing"),
    missing_device: ("printer.port", "odpojené", "gone"),
    no_serial_device: ("printer.port", "odpojené", "gone"),
    unknown_profile: ("printer", "Nesprávne nastavenie", "Wrong setting"),
    no_keypad: ("keypad.port", "odpojené", "gone"),
    no_terminal: ("keypad.driver", "nie je terminál", "not a terminal"),
    unknown_key: ("printer.speed", "neznámy kľúč", "unknown key"),
    wrong_type: ("mail.port", "očakáva sa celé číslo", "expected a whole number"),
    wrong_value: ("mail.security", "očakáva sa jedno z: tls, starttls", "expected one of: tls, starttls"),
    unknown_driver: ("printer.driver", "Taký ovládač nie je", "no such driver"),
    below_the_law: ("authority.limit_s", "najmenej 5.0 sekundy", "at least 5.0 seconds"),
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: str(spoil.__name__))
def test_the_register_does_not_start_and_names_the_key(shop: Shop, spoil: Spoil) -> None:
    spoil(shop)
    key, *words = BAD[spoil]
    before = journal(shop)
    said = said_by_run(shop, WRONG)
    assert said.startswith(f"ekasa: register.toml: {key}"), said
    assert words[language(shop) == "en"] in said
    assert journal(shop) == before, "a start that fails writes nothing"
    assert not re.search(r": [a-z]+(-[a-z]+)+ \(", said), "a reason that nobody put into words"


def test_settings_that_are_missing_or_no_toml(shop: Shop) -> None:
    before = journal(shop)
    text = shop.settings.read_text(encoding="utf-8")
    shop.settings.write_text(text + "\n= 5\n", encoding="utf-8")
    assert {"sk": "nie je to platný zápis TOML", "en": "not valid TOML"}[language(shop)] in said_by_run(shop, WRONG)
    shop.settings.unlink()
    assert "súbor chýba" in said_by_run(shop, WRONG), "without settings the language is Slovak"
    assert journal(shop) == before


@pytest.mark.parametrize("command", [["verify"], ["replay"], ["simulate", "mail"], ["run"], ["run", "--simulators"]])
def test_every_command_says_in_one_line_that_there_is_no_shop(tmp_path: Path, command: list[str]) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        words = [word for word in command if not word.startswith("--")]
        done = run_ekasa(*words, folder, *(word for word in command if word.startswith("--")))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (WRONG, "", 1), done.stderr
        assert list(tmp_path.iterdir()) == []


def test_init_changes_no_shop_that_is_there(shop: Shop) -> None:
    before = {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")}
    done = run_ekasa("init", shop.folder, "--training")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (WRONG, "", 1)
    assert {"sk": "už pokladnica je", "en": "there is a register"}[language(shop)] in done.stderr
    assert {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")} == before


def test_init_wants_to_know_what_for(tmp_path: Path) -> None:
    done = run_ekasa("init", tmp_path / "shop")
    assert (done.returncode, done.stderr.count("\n")) == (WRONG, 1)
    assert not (tmp_path / "shop").exists()


# --- The journal -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [0, 2, 5], ids=["first", "middle", "late"])
def test_a_flipped_bit_stops_the_register_and_is_found_by_verify(shop: Shop, record: int) -> None:
    """I2: a record that had been durable is damaged; nothing is cut off, and nothing is appended."""
    path = shop.folder / "journal" / SEGMENT
    content = bytearray(path.read_bytes())
    starts = [found.start() for found in re.finditer(rb"\xf5eK\xff", content)]
    content[starts[record] + 60] ^= 0x10
    path.write_bytes(content)
    said = said_by_run(shop, STOPPED)
    assert {"sk": "denník je poškodený", "en": "the journal is damaged"}[language(shop)] in said
    assert SEGMENT in said
    assert "JournalCorrupt" in shop.log()[-1]["exception"], "what is sent to the service tells where it stopped"
    assert path.read_bytes() == content
    verified = run_ekasa("verify", shop.folder, "--json")
    assert verified.returncode == 1
    assert {"I2", "I3"} & {one["invariant"] for one in json_of(verified.stdout)["violations"]}
    replayed = run_ekasa("replay", shop.folder)
    assert replayed.returncode != 0
    assert replayed.stderr.count("\n") == 1
    assert path.read_bytes() == content


def test_a_journal_that_was_thrown_away_is_missed(shop: Shop) -> None:
    """A segment in the middle is gone: the register does not begin a new life with number 1."""
    (shop.folder / "journal" / SEGMENT).rename(shop.folder / "journal" / "segment-000002.ekj")
    before = journal(shop)
    said = said_by_run(shop, STOPPED)
    assert {"sk": "denník je poškodený", "en": "the journal is damaged"}[language(shop)] in said
    assert journal(shop) == before


def test_a_torn_tail_is_dropped_and_written_down(shop: Shop) -> None:
    """A write that was cut off is no damage: the register starts, and tells the journal what it dropped."""
    path = shop.folder / "journal" / SEGMENT
    content = path.read_bytes()
    ended = len(content.rstrip(b"\0")) + -len(content.rstrip(b"\0")) % 8
    torn = content[:ended] + content[72:172] + content[ended + 100 :]
    path.write_bytes(torn)
    process = shop.run()
    assert end(process) == 0
    assert path.read_bytes().startswith(content[:ended])
    assert [type(record).__name__ for record in shop.records()[-2:]] == ["TailDropped", "Opened"]
    assert run_ekasa("verify", shop.folder).returncode == 0


# --- A full disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MB, of which a journal's first segment takes 16."""
    if os.geteuid() != 0:
        pytest.skip("A FULL DISK WAS NOT TRIED: only root can mount a small one")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"A FULL DISK WAS NOT TRIED: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave_bytes: int) -> None:
    """Leave so much room."""
    free = os.statvfs(folder)
    with open(folder / "ballast", "wb") as file:
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - leave_bytes)))


@pytest.mark.parametrize(("language", "words"), [("sk", "Úložisko je plné"), ("en", "Storage is full")])
def test_no_room_for_a_journal(small_disk: Path, language: str, words: str) -> None:
    shop = new_shop(small_disk / "shop")
    try:
        shop.set("", "language", f'"{language}"')
        fill(small_disk, 4 * 1024 * 1024)
        assert words in said_by_run(shop, STOPPED)
        assert journal(shop) == {}
    finally:
        shop.close()


def test_a_disk_that_fills_up_stops_sales_but_not_the_register(small_disk: Path) -> None:
    """I25: no room, no receipt: the basket comes back with a message, and nothing is written; with room it is sold."""
    with open_shop(small_disk / "shop") as shop:
        process = shop.run()
        before = shop.stored()
        fill(small_disk, 1024 * 1024)
        shop.press(*SALE)
        await_that("the sale has failed", lambda: shop.log()[-1].get("heard") == "SealFailed")
        assert shop.log()[-1]["notice"] == "full"
        assert (shop.stored(), shop.messages(), shop.papers()) == (before, [], [])
        (small_disk / "ballast").unlink()
        shop.press("CASH")
        shop.await_record(Delivered)
        assert end(process) == 0
        assert shop.said() == ""
