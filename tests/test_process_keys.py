"""What people and cats do to a keypad: floods, keys typed ahead, names that attack. Nothing is sold twice."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from lxml import etree

from controller.verify import verify
from drivers.escpos_profiles import load_profile
from drivers.simulated.escpos_paper import Paper, next_command
from states.events import KEYS
from states.fiscal.journal import Delivered, Intent
from states.fiscal.receipt import NAME_MAX
from tests.shop import SALE, Shop, await_that, end, mailed, new_shop, open_shop, run_ekasa

FLOOD_KEYS = 2000
SEED = 20261123
WORDS = ("TEXT jana@example.sk", "TEXT O-7DBCDA8A56EE426DBCDA8A56EE426D1A", "TEXT ahoj", "NONSENSE", "", "# words")
BAD_NAMES = {
    "script": "<script>alert(1)</script>",
    "markup": "</td>&amp;\"'><img src=//x>",
    "emoji": "Káva 🍵☕ pre dvoch",
    "longest": "č" * NAME_MAX,
    "decomposed": "S\u030cala\u0301t",
    "template": "{{ 7 * 7 }} {% raw %} %s {0}",
    "dot": ".",
    "spaces": "Tovar" + " " * 40 + "x",
}
REFUSED_NAMES = {
    "escape": "Tovar\\u001Bp\\u0000",
    "lines": "Tovar\\r\\nBcc: x@example.sk",
    "delete": "Tovar\\u007F",
    "right-to-left": "Tovar \\u202Eabc\\u202C",
    "long": "Ž" * 300,
    "nothing visible": "\u0301",
    "half a character": "\uffff",
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose other sides run."""
    with open_shop(tmp_path / "shop") as shop:
        yield shop


def test_a_flood_of_keys_leaves_a_register_that_sells(shop: Shop) -> None:
    """Two thousand keys in any order, faster than anyone types; then one sale, and every record is in order."""
    chance = random.Random(SEED)
    keys = [chance.choice([*KEYS, *WORDS]) for _ in range(FLOOD_KEYS)]
    process = shop.run()
    shop.press(*keys)
    settle(shop)
    sold = len(shop.intents())
    shop.press(*SALE)
    await_that("the last sale", lambda: len(shop.intents()) == sold + 1 and shop.state() == "Composing")
    assert end(process) == 0
    assert shop.said() == ""
    assert shop.intents()[-1].receipt.sale.total_cents == 1250
    assert len(shop.records(Delivered)) == len(shop.intents())
    report = verify(shop.folder)
    assert (report.holds, report.open) == (True, ())
    assert run_ekasa("replay", shop.folder).returncode == 0


def settle(shop: Shop) -> None:
    """Bring the keypad to rest, from wherever the flood left it: no menu, no words, no basket."""
    shop.press("CLEAR", "CLEAR", "CLEAR", "VOID_RECEIPT", "CLEAR", "UP", "DOWN")
    heard = ["ClearPressed", "UpPressed", "DownPressed"]

    def is_quiet() -> bool:
        last = [line["heard"] for line in shop.log()[-30:] if line.get("heard", "").endswith("Pressed")]
        return last[-3:] == heard

    await_that("the last key is heard", is_quiet)


@pytest.mark.parametrize("tender", ["CASH", "CARD", "OTHER"])
def test_fifty_times_the_last_key_is_one_receipt(shop: Shop, tender: str) -> None:
    process = shop.run()
    shop.press(*SALE[:-1], *([tender] * 50), "UP", "DOWN")
    shop.await_record(Delivered)
    await_that("the last key is heard", lambda: shop.log()[-1].get("heard") == "DownPressed")
    assert end(process) == 0
    assert len(shop.intents()) == 1
    assert len(shop.papers()) == 1
    assert len(shop.messages()) == 1


def test_keys_typed_ahead_are_played_afterwards(shop: Shop) -> None:
    """Three sales in one breath, the second to be mailed: three receipts in this order, each with its own tender."""
    process = shop.run()
    shop.press(*SALE, *mailed(), "7", "DEPARTMENT_2", "CARD")
    shop.await_record(Delivered, 3)
    assert end(process) == 0
    sales = [intent.receipt.sale for intent in shop.intents()]
    assert [sale.total_cents for sale in sales] == [1250, 1250, 700]
    assert [str(sale.tenders[0].kind) for sale in sales] == ["cash", "card", "card"]
    assert [str(record.way) for record in shop.records(Delivered)] == ["print", "email", "print"]
    assert (len(shop.papers()), len(shop.mails())) == (2, 1)


def test_unknown_lines_beep_and_are_logged(shop: Shop) -> None:
    process = shop.run()
    lines = ("NONSENSE", "cash", "TEXT", "DEPARTMENT_9", "x" * 5000, "TEXT \x1b[2J", "jana@example.sk", "\udcff\udcfe")
    shop.press_bytes(b"".join(line.encode(errors="surrogateescape") + b"\n" for line in lines))
    shop.press(*SALE)
    shop.await_record(Delivered)
    assert end(process) == 0
    unknown = [line["key"] for line in shop.log() if line["event"] == "keypad.unknown"]
    assert len(unknown) == len(lines)
    assert unknown[:4] == ["NONSENSE", "cash", "TEXT", "DEPARTMENT_9"]
    beeps = [line for line in shop.log() if line.get("heard") == "UnknownPressed"]
    assert len(beeps) == len(lines)
    assert all(line["wants"] == ["Beep"] and line["notice"] == "key-refused" for line in beeps)
    assert "jana@example.sk" not in (shop.folder / "log.jsonl").read_text(encoding="utf-8")


# --- Names that attack -----------------------------------------------------------------------------------------


def test_a_name_reaches_message_paper_and_page_in_a_form_that_they_carry(shop: Shop) -> None:
    """Every department has a bad name; all are sold on one receipt, on paper and by mail."""
    accepted = [number for number, name in enumerate(BAD_NAMES.values(), 1) if rename(shop, number, name)]
    assert accepted == list(range(1, len(BAD_NAMES) + 1))
    process = shop.run()
    keys = [key for number in accepted for key in ("1", f"DEPARTMENT_{number}")]
    shop.press(*keys, "CARD")
    shop.await_record(Delivered)
    shop.press(*keys, "EMAIL", "TEXT jana@example.sk", "ENTER", "CARD")
    shop.await_record(Delivered, 2)
    assert end(process) == 0
    assert [str(record.way) for record in shop.records(Delivered)] == ["print", "email"]
    kept = [item.name for item in shop.intents()[0].receipt.sale.items]
    check_message(shop, kept)
    check_paper(shop)
    check_page(shop, kept)


def rename(shop: Shop, number: int, name: str) -> bool:
    """Give a department this name; whether the register takes it, as it says itself."""
    before = shop.settings.read_text(encoding="utf-8")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    pattern = rf'(number = {number}\nname = )"[^"]*"'
    text = re.sub(pattern, lambda found: f'{found[1]}"{quoted}"', before)
    assert text != before
    shop.settings.write_text(text, encoding="utf-8")
    if is_taken(shop.folder):
        return True
    shop.settings.write_text(before, encoding="utf-8")
    return False


def is_taken(folder: Path) -> bool:
    """Whether the settings are accepted; if not, one line says which key is wrong and nothing else happens."""
    done = run_ekasa("replay", folder, "-")
    if done.returncode == 2:
        assert done.stderr.count("\n") == 1
        assert re.search(r"register\.toml: department\[\d\]\.name: ", done.stderr)
    return done.returncode != 2


def check_message(shop: Shop, kept: list[str]) -> None:
    """The message is XML that says the names as they are kept."""
    for message in shop.messages():
        items = etree.fromstring(message.text.encode()).iter("{*}Item")
        assert [item.get("Name") for item in items] == kept


def check_paper(shop: Shop) -> None:
    """The printer was told nothing but what our encoder tells, and its commands are few and known."""
    profile = load_profile("generic-80", shop.folder)
    (path,) = (shop.folder / "paper").glob("*.escpos")
    raw, codes = path.read_bytes(), set()
    paper = Paper(profile.columns, profile.dots, profile.kanji)
    while raw and (command := next_command(raw)):
        codes.add(command.code)
        paper.execute(command)
        raw = raw[len(command.raw) :]
    assert raw == b""
    assert (len(paper.documents), paper.drawer_pulses) == (1, 0)
    text = paper.documents[0].text(profile.columns)
    assert "<script>alert(1)</script>" in text
    assert max(len(line) for line in text.splitlines() if "[QR" not in line) <= profile.columns
    assert text.isprintable() or set(text) - {"\n"} == {char for char in text if char.isprintable()}


def check_page(shop: Shop, kept: list[str]) -> None:
    """The page has the names as words: no element, no expression came of them."""
    (octets,) = shop.mails()
    message = message_from_bytes(octets, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert message["Bcc"] is None
    (attachment,) = message.iter_attachments()
    page = attachment.get_payload(decode=True)
    assert isinstance(page, bytes)
    root = etree.HTML(page.decode("utf-8"))
    assert not {"script", "img"} & {str(one.tag) for one in root.iter()}
    words = " ".join(" ".join(map(str, root.itertext())).split())
    for name in kept:
        assert " ".join(name.split()) in words


@pytest.mark.parametrize("name", REFUSED_NAMES.values(), ids=REFUSED_NAMES)
@pytest.mark.parametrize(("language", "words"), [("sk", "riadiacich znakov"), ("en", "control characters")])
def test_a_name_that_nothing_could_carry_is_refused_at_the_start(
    tmp_path: Path, name: str, language: str, words: str
) -> None:
    shop = new_shop(tmp_path / "shop")
    try:
        shop.set("", "language", f'"{language}"')
        text = shop.settings.read_text(encoding="utf-8")
        shop.settings.write_text(text.replace('name = "Tovar"', f'name = "{name}"'), encoding="utf-8")
        done = run_ekasa("run", shop.folder)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert words in done.stderr
        assert "department[0].name" in done.stderr
        assert "\x1b" not in done.stderr
    finally:
        shop.close()


def test_words_that_attack_are_refused_as_address_and_reference(shop: Shop) -> None:
    """None of them becomes an address or a reference; the register says so, and sells on paper afterwards."""
    process = shop.run()
    words = ["<script>alert(1)</script>", "a@b.sk> NOTIFY=SUCCESS", "a@b.sk%0d%0aBcc: x@example.sk", "🍵@čaj.sk"]
    words += ["x" * 300 + "@example.sk", "jana@example.sk, eva@example.sk", '"x" <a@b.sk>', "a@b.sk\u2028Bcc: c@d.sk"]
    for asking in ("EMAIL", "RETURN"):
        for word in words:
            shop.press(asking, f"TEXT {word}", "ENTER", "CLEAR", "CLEAR")
    shop.press(*SALE)
    shop.await_record(Delivered)
    assert end(process) == 0
    (intent,) = shop.records(Intent)
    assert intent.receipt.sale.email_masked == ""
    assert [item.reference for item in intent.receipt.sale.items] == [""]
    notices = {line["notice"] for line in shop.log() if line.get("wants") == ["Beep"]}
    assert {"address", "reference", "words-long"} <= notices
    log = (shop.folder / "log.jsonl").read_text(encoding="utf-8")
    assert not [word for word in words if word in log]


def test_words_with_control_characters_are_no_words(shop: Shop) -> None:
    """Escape, carriage return and the rest end the line or make it unknown; nothing of it is typed."""
    process = shop.run()
    lines = b"EMAIL\nTEXT a\x1b[2J@b.sk\nTEXT a\x00@b.sk\nTEXT a@b.sk\rBcc: x@example.sk\nENTER\nCLEAR\n"
    shop.press_bytes(lines)
    shop.press("CLEAR", *SALE)
    shop.await_record(Delivered)
    assert end(process) == 0
    assert [line["key"] for line in shop.log() if line["event"] == "keypad.unknown"] == ["TEXT", "TEXT", ""]
    assert len(shop.intents()) == 1
