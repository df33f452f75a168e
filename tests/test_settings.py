"""``register.toml``: what is accepted, and that every refusal is one line with file, key and expectation."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from controller.settings import (
    FILE_MAX_BYTES,
    Cashier,
    Currency,
    Department,
    Settings,
    SettingsError,
    load_settings,
)
from controller.settings_rules import RULES, broken_rules
from controller.settings_tables import KEY_RULES
from controller.training_settings import DEPARTMENTS, training_toml
from states.fiscal.rules import NEWEST
from states.fiscal.vat import GROUPS

TRAINING = training_toml(authority_port=8443, mail_port=8465, printer_port=9100)
SECTIONS = {name: model for name, model in get_type_hints(Settings).items() if is_dataclass(model)}
KEYS = [(section, field.name) for section, model in SECTIONS.items() for field in fields(model)]
TABLES = {"department": Department, "currency": Currency, "cashier": Cashier}
TABLE_KEYS = [(table, field.name) for table, model in TABLES.items() for field in fields(model)]
GOODS = '[[department]]\nnumber = 1\nname = "a"\nvat = 0\n'
CZK = '[[currency]]\nnumber = 1\ncode = "CZK"\nper_euro = "24.285"\n'
BAD_RATES = ("", "0", "0.000", "-24", "24,285", "1e3", "24.1234567", "1234567", " 24", "NaN", "Infinity", "٢٤", "24.")
JANA = '[[cashier]]\nnumber = 1\nname = "Jana"\n'


def load(folder: Path, content: str | bytes) -> Settings:
    (folder / "register.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_settings(folder)


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, content)
    message = str(caught.value)
    assert message.startswith("register.toml: ")
    assert message.isprintable()
    return message.removeprefix("register.toml: ")


# --- What is accepted ------------------------------------------------------------------------------------


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, "")
    assert found == Settings()
    assert found.authority.limit_s == 5.0
    assert found.mail.port == 465
    assert found.department == (Department(1, "Tovar", 23),)
    assert found.network.ntp == ("sk.pool.ntp.org",)
    assert not found.training
    assert not found.identity.exemption
    assert (found.currency, found.cashier) == ((), ())


def test_every_key_of_the_model_has_a_rule_and_a_default_that_keeps_it() -> None:
    ruled = {*RULES, "mail.sender", "identity.exemption"}
    assert {f"{section}.{key}" for section, key in KEYS} | {"language"} == ruled
    assert list(broken_rules(Settings(), date(2026, 11, 22))) == []


def test_every_key_of_a_repeated_table_has_a_rule() -> None:
    """And every repeated table is known here."""
    hints = get_type_hints(Settings)
    assert {table for table, hint in hints.items() if get_args(hint)} == set(TABLES) == set(KEY_RULES)
    assert {(table, key) for table, rules in KEY_RULES.items() for key in rules} == set(TABLE_KEYS)


def test_the_training_file_loads_and_says_what_init_promises(tmp_path: Path) -> None:
    found = load(tmp_path, TRAINING)
    assert found.training
    assert found.language == "sk"
    assert found.authority.url == "https://127.0.0.1:8443/soap/services/v2"
    assert (found.mail.host, found.mail.port, found.mail.security, found.mail.ca_file) == (
        "127.0.0.1",
        8465,
        "tls",
        "mail-ca.pem",
    )
    assert found.printer.port == "tcp://127.0.0.1:9100"
    assert [(one.number, one.name, one.vat) for one in found.department] == [
        (number, name, vat) for number, (name, vat) in enumerate(DEPARTMENTS, 1)
    ]
    assert {one.vat for one in found.department} == NEWEST.rates
    assert [(one.code, one.per_euro) for one in found.currency] == [("CZK", "24.285")]
    assert [one.name for one in found.cashier] == ["Jana", "Peter"]
    assert not found.identity.exemption


def test_the_training_file_leaves_no_key_out() -> None:
    written = tomllib.loads(TRAINING)
    model = asdict(Settings())
    assert {name: set(section) for name, section in written.items() if isinstance(section, dict)} == {
        name: set(section) for name, section in model.items() if isinstance(section, dict)
    }
    assert set(written) == set(model)


@pytest.mark.parametrize("name", ["Bar U Jána 7", "cvičná"])
def test_names_in_the_training_file_are_quoted(name: str, tmp_path: Path) -> None:
    text = training_toml(authority_port=1, mail_port=2, printer_port=3, name=name, username="a@example.sk")
    assert load(tmp_path, text).device.name == name


@pytest.mark.parametrize(
    "content",
    [
        "\ufefflanguage = 'en'\r\n",
        "[authority]\nlimit_s = 8\nresend_s = 0.1",
        "training = true\n[authority]\nlimit_s = 0.5",
        '[authority]\nurl = "https://[::1]:8443/soap"',
        '[mail]\nauth = "xoauth2"\nusername = "shop@example.sk"\nsecurity = "starttls"\nport = 587',
        '[mail]\nhost = "::1"\nauth = "none"\nsender = "shop@example.sk"',
        "department = []",
        '[printer]\nport = "file:paper.bin"\nbaud = 9600',
        '[keypad]\ndriver = "evdev"\n[display]\ndriver = "serial"',
        '[keypad]\ndriver = "text"\nport = "-"\ndecimal = "implied"',
        '[network]\ndns = ["127.0.0.1:5353", "::1"]\nntp = []',
        "[identity]\nexemption = true",
        GOODS + 'kind = "packaging"\nunit = "prepravka"',
        GOODS.replace("vat = 0", 'vat = 20\nkind = "advance"\nunit = "m²"'),
        GOODS + 'regulation = "PDP"\nkind = "voucher"',
        GOODS + 'seller_id = "1234567890"\nseller_id_type = "DIC"',
        GOODS + 'seller_id = "SK1234567890"\nseller_id_type = "IC_DPH"',
        CZK,
        CZK + CZK.replace("1\n", "4\n").replace("24.285", "0.000001"),
        CZK.replace("24.285", "999999.999999"),
        JANA + JANA.replace("1", "99").replace("Jana", "Ž" * 99),
    ],
)
def test_accepted(content: str, tmp_path: Path) -> None:
    load(tmp_path, content)


# --- What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "slovak", "english"),
    [
        ("[mail]\nport = 0", "mail.port: očakáva sa port od 1 do 65535", "mail.port: expected a port from 1 to 65535"),
        ('[mail]\nport = "465"', "mail.port: očakáva sa celé číslo", "mail.port: expected a whole number"),
        ("[mail]\nport = true", "mail.port: očakáva sa celé číslo", "mail.port: expected a whole number"),
        ("mail = 5", "mail: očakáva sa oddiel s kľúčmi", "mail: expected a table of keys"),
        ("department = 5", "department: očakáva sa zoznam", "department: expected a list"),
        ('[mail]\nprot = "x"', "mail.prot: neznámy kľúč", "mail.prot: unknown key"),
        ("[authority]\nlimit_s = 4.9", "authority.limit_s: zákon žiada", "authority.limit_s: the law demands"),
        (
            '[[department]]\nnumber = 1\nname = "Tovar"',
            "department[0].vat: kľúč chýba",
            "department[0].vat: the key is missing",
        ),
        ("x = ?", "riadok 1, stĺpec 5: nie je to platný", "line 2, column 5: this is not valid TOML"),
        ("x = ", "koniec súboru: nie je to platný", "end of the file: this is not valid TOML"),
    ],
)
def test_in_the_language_of_the_settings(content: str, slovak: str, english: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, content).startswith(slovak)
    assert english in refusal(tmp_path, f'language = "en"\n{content}')


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('language = "de"', "language"),
        ('training = "yes"', "training"),
        ('[device]\nname = " "', "device.name"),
        ('[device]\nname = "a\\r\\nBcc: b"', "device.name"),
        ('[identity]\nauthdata = ""', "identity.authdata"),
        ('[authority]\nurl = "http://example.sk/"', "authority.url"),
        ('[authority]\nurl = "https://user:secret@example.sk/"', "authority.url"),
        ('[authority]\nurl = "https://[::1"', "authority.url"),
        ('[authority]\nurl = "https://example.sk:99999/"', "authority.url"),
        ('[authority]\nurl = "https://"', "authority.url"),
        ("[authority]\nresend_s = 0", "authority.resend_s"),
        ("[authority]\nresend_s = -1.0", "authority.resend_s"),
        ("[authority]\nlimit_s = inf", "authority.limit_s"),
        ("training = true\n[authority]\nlimit_s = nan", "authority.limit_s"),
        ("training = true\n[authority]\nlimit_s = 0", "authority.limit_s"),
        (f"[authority]\nlimit_s = 1{'0' * 400}", "authority.limit_s"),
        ('[mail]\nsecurity = "none"', "mail.security"),
        ('[mail]\nauth = "cram-md5"', "mail.auth"),
        ('[mail]\nhost = "a b"', "mail.host"),
        ('[mail]\nauth = "plain"', "mail.username"),
        ('[mail]\nsender = "Shop <a@example.sk>"', "mail.sender"),
        ('[mail]\nsender = "a@example.sk\\nBcc: b@example.sk"', "mail.sender"),
        ('[mail]\nusername = "shop"', "mail.sender"),
        ('[[department]]\nnumber = 9\nname = "a"\nvat = 23', "department[0].number"),
        ('[[department]]\nnumber = 1\nname = ""\nvat = 23', "department[0].name"),
        ('[[department]]\nnumber = 1\nname = "a"\nvat = 21', "department[0].vat"),
        (GOODS + 'kind = "service"', "department[0].kind"),
        (GOODS.replace("0", "23") + 'kind = "packaging"', "department[0].vat"),
        (GOODS + 'unit = ""', "department[0].unit"),
        (GOODS + f'unit = "{"k" * 11}"', "department[0].unit"),
        (GOODS + 'regulation = "XYZ"', "department[0].regulation"),
        (GOODS.replace("0", "5") + 'regulation = "PDP"', "department[0].regulation"),
        (GOODS + 'seller_id = "1234567890"', "department[0].seller_id_type"),
        (GOODS + 'seller_id_type = "DIC"', "department[0].seller_id_type"),
        (GOODS + 'seller_id = "12 34"\nseller_id_type = "DIC"', "department[0].seller_id"),
        (GOODS + f'seller_id = "{"1" * 51}"\nseller_id_type = "DIC"', "department[0].seller_id"),
        (GOODS + 'seller_id = "1"\nseller_id_type = "ICO"', "department[0].seller_id_type"),
        (CZK.replace("1", "5"), "currency[0].number"),
        (CZK.replace("CZK", "czk"), "currency[0].code"),
        (CZK.replace("CZK", "EUR"), "currency[0].code"),
        (CZK.replace("CZK", "ČZK"), "currency[0].code"),
        (CZK.replace('"24.285"', "24.285"), "currency[0].per_euro"),
        *((CZK.replace("24.285", rate), "currency[0].per_euro") for rate in BAD_RATES),
        (CZK + "rate = 1", "currency[0].rate"),
        (CZK * 2, "currency"),
        ('[[currency]]\nnumber = 1\ncode = "CZK"', "currency[0].per_euro"),
        (JANA.replace("1", "0"), "cashier[0].number"),
        (JANA.replace("1", "100"), "cashier[0].number"),
        (JANA.replace("Jana", ""), "cashier[0].name"),
        (JANA.replace("Jana", "\\u202e"), "cashier[0].name"),
        (JANA.replace("Jana", "J" * 100), "cashier[0].name"),
        (JANA + 'pin = "1"', "cashier[0].pin"),
        (JANA * 2, "cashier"),
        ("[currency]\nnumber = 1", "currency"),
        ('[identity]\nexemption = "no"', "identity.exemption"),
        ('[[department]]\nnumber = 1\nname = "a"\nvat = 23\ncolour = 1', "department[0].colour"),
        ('[[department]]\nnumber = 1\nname = "a"\nvat = 23\n' * 2, "department"),
        ('[printer]\nport = "ttyUSB0"', "printer.port"),
        ('[printer]\nport = "tcp://127.0.0.1"', "printer.port"),
        ('[printer]\nport = "file:"', "printer.port"),
        ("[printer]\nbaud = 115201", "printer.baud"),
        ('[keypad]\ndriver = "text"', "keypad.port"),
        ('[keypad]\ndriver = "../evil"', "keypad.driver"),
        ('[keypad]\ndecimal = "comma"', "keypad.decimal"),
        ('[network]\nntp = ["a b"]', "network.ntp"),
        ("[network]\ndns = ['::1'" + ", '::1'" * 8 + "]", "network.dns"),
        ("[network]\ndns = [5]", "network.dns[0]"),
        ('[api]\nlisten = "127.0.0.1:8080"', "api.listen"),
        ('[console]\ndriver = "serial"', "console.driver"),
        ('[device]\nname = "Bar \\"U Jána\\""', "device.name"),
        ('[device]\nname = "a =?UTF-8?Q?=0A?= b"', "device.name"),
        ('"a\\nb" = 1', "a b"),
    ],
)
def test_refused_with_the_path_of_the_key(content: str, key: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, content).startswith(f"{key}: ")


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_no_key_takes_another_type(section: str, key: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, f"[{section}]\n{key} = 1979-05-27").startswith(f"{section}.{key}: očakáva sa ")
    assert refusal(tmp_path, f"[{section}.{key}]\nx = 1").startswith(f"{section}.{key}: očakáva sa ")


@pytest.mark.parametrize(("table", "key"), TABLE_KEYS)
def test_no_key_of_a_table_takes_another_type(table: str, key: str, tmp_path: Path) -> None:
    entry = {"department": GOODS, "currency": CZK, "cashier": JANA}[table]
    content = "".join(line for line in entry.splitlines(keepends=True) if not line.startswith(f"{key} "))
    assert refusal(tmp_path, f"{content}{key} = 1979-05-27").startswith(f"{table}[0].{key}: očakáva sa ")


@pytest.mark.parametrize("limit_s", [4.9, 2.0, 1.9])
def test_the_shortest_limit_is_the_one_of_the_day(limit_s: float, tmp_path: Path) -> None:
    """Two seconds before 2026, five since; in training any."""
    content = f"[authority]\nlimit_s = {limit_s}"
    (tmp_path / "register.toml").write_text(content)
    with pytest.raises(SettingsError, match=r"najmenej 5\.0 sekundy"):
        load_settings(tmp_path, date(2026, 1, 1))
    if limit_s < 2:
        with pytest.raises(SettingsError, match=r"najmenej 2\.0 sekundy"):
            load_settings(tmp_path, date(2025, 12, 31))
    else:
        assert load_settings(tmp_path, date(2025, 12, 31)).authority.limit_s == limit_s
    assert load(tmp_path, f"training = true\n{content}").authority.limit_s == limit_s


def test_every_rate_that_ever_was_may_be_set(tmp_path: Path) -> None:
    """20 and 10 per cent are needed for goods that come back."""
    for rate in GROUPS:
        assert load(tmp_path, GOODS.replace("vat = 0", f"vat = {rate}")).department[0].vat == rate


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_takes_another_key(section: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, f"[{section}]\nunknown_key = 1") == f"{section}.unknown_key: neznámy kľúč"


def test_the_missing_and_the_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"register\.toml: súbor chýba v priečinku"):
        load_settings(tmp_path)
    (tmp_path / "register.toml").mkdir()
    with pytest.raises(SettingsError, match=r"register\.toml: súbor sa nedá čítať"):
        load_settings(tmp_path)
    with pytest.raises(SettingsError, match=r"register\.toml: súbor sa nedá čítať"):
        load_settings(tmp_path / "a\0b")


def test_sizes_and_encodings(tmp_path: Path) -> None:
    comment = b"#" * FILE_MAX_BYTES
    load(tmp_path, comment)
    assert refusal(tmp_path, comment + b"#") == "súbor je väčší ako 256 kB"
    assert refusal(tmp_path, b"language = 'en'\n\n# \xe8") == "line 3: the text is not UTF-8"


@pytest.mark.parametrize(
    "content", ["x = " + "[" * 100_000, "x = 1" + "0" * 5000, "[a]\n[a]", "x = 2026-99-99", "a.b=1\na=1"]
)
def test_hostile_toml(content: str, tmp_path: Path) -> None:
    assert "nie je to platný zápis TOML" in refusal(tmp_path, content)


def test_the_message_is_short_and_on_one_line(tmp_path: Path) -> None:
    assert len(refusal(tmp_path, f'"{"x" * 10_000}" = 1')) <= 300


CHARACTERS = st.characters(min_codepoint=32, exclude_characters="'\x7f", exclude_categories=["Cs"])
TOML_VALUES = st.one_of(
    st.integers().map(str),
    st.floats().map(lambda number: str(number) if math.isfinite(number) else "nan"),
    st.booleans().map(lambda flag: str(flag).lower()),
    st.text(CHARACTERS).map(lambda text: f"'{text}'"),
    st.sampled_from(["[]", "[1]", "['a']", "{}", "{a = 1}", "1979-05-27", "07:32:00", "[[[]]]"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_random_bytes_are_only_ever_refused(tmp_path: Path, content: bytes) -> None:
    _load_or_refuse(tmp_path, content)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*KEYS, *TABLE_KEYS]), TOML_VALUES)
def test_random_values_are_only_ever_refused(tmp_path: Path, key: tuple[str, str], value: str) -> None:
    _load_or_refuse(tmp_path, f"[{key[0]}]\n{key[1]} = {value}".encode())
    _load_or_refuse(tmp_path, f"[[{key[0]}]]\n{key[1]} = {value}".encode())
    _load_or_refuse(tmp_path, f"{key[0]} = {value}".encode())
    for entry in (GOODS, CZK, JANA):
        _load_or_refuse(tmp_path, re.sub(f"(?m)^{key[1]} = .*$", lambda _: f"{key[1]} = {value}", entry).encode())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(TRAINING.encode()) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_only_ever_refused(tmp_path: Path, place: int, damage: bytes) -> None:
    content = TRAINING.encode()
    _load_or_refuse(tmp_path, content[:place] + damage + content[place + len(damage) :])


def _load_or_refuse(folder: Path, content: bytes) -> None:
    try:
        said = repr(load(folder, content))
    except SettingsError as error:
        said = str(error)
    assert said.startswith("Settings(") or re.fullmatch(r"register\.toml: .{1,300}", said)


def test_settings_can_be_varied() -> None:
    assert replace(Settings(), language="en").language == "en"
