"""``ekasa load``: both orders, renewal, everything that is refused, and power that goes in the middle."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings, strategies as st

from controller.failures import explain
from controller.loading import load
from controller.opening import LoadError
from controller.settings import FILE_NAME, SettingsError
from drivers.identity_change import LIST, finish_change, replace_together
from drivers.identity_files import FILE_BYTES_MAX, FileSigner, read_identity, read_password, read_signer
from drivers.ports import PortError
from drivers.storage_journal import open_journal
from states.fiscal.journal import Intent
from states.words import LANGUAGES, say
from tests.fiscal_examples import PAYER
from tests.identity_kit import IDENTDATA, NOW, PASSWORD, YEAR, Key, authdata, certificate, key_store, rsa_key
from tests.journal_samples import attempt, signed_receipt
from tests.shop import run_ekasa

ROOT = Path(__file__).parents[1]
NEW_PASSWORD = "nové heslo"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DIC, CODE = "VATSK-1234567890", "88812345678900001"


def auth(
    password: str = PASSWORD,
    *,
    key: Key | None = None,
    dic: str = DIC,
    code: str = CODE,
    since: datetime = NOW - YEAR,
    until: datetime = NOW + YEAR,
) -> bytes:
    """An authdata file of a certificate with this subject and validity."""
    key = key or rsa_key()
    return authdata(key_store(key, certificate(key, dic=dic, code=code, since=since, until=until), password))


class Desk:
    """A register's folder with nothing but its settings, and a table with downloaded files on it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "shop"
        self.table = root / "downloads"
        self.folder.mkdir(parents=True)
        self.table.mkdir()
        (self.folder / FILE_NAME).write_text('language = "en"\n')

    def put(self, content: bytes | str, name: str = "stiahnuté (1).xml") -> Path:
        """A file on the table."""
        path = self.table / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *contents: bytes | str, password: str | None = PASSWORD, now: datetime = NOW) -> str:
        """Load files with these contents; what was told."""
        paths = [self.put(content, f"{place}.xml") for place, content in enumerate(contents)]
        secret = None if password is None else self.put(f"{password}\n", "password.txt")
        return "\n".join(load(self.folder, paths, secret, now))

    def refuses(self, *contents: bytes | str, password: str | None = PASSWORD, now: datetime = NOW) -> PortError:
        """The refusal of files with these contents, which changed nothing."""
        before = self.files()
        with pytest.raises(LoadError) as caught:
            self.load(*contents, password=password, now=now)
        assert self.files() == before
        for language in LANGUAGES:
            code, line = explain(caught.value, language)
            assert code == 2
            assert line.startswith(f"{caught.value.path}: {say(caught.value.error.reason, language)}")
            assert caught.value.error.reason not in line, "a reason that nobody put into words"
            assert PASSWORD not in line
        return caught.value.error

    def files(self) -> dict[str, bytes]:
        """Everything in the folder."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    @property
    def signer(self) -> FileSigner:
        """The folder's key, opened with the folder's password."""
        return read_signer(self.folder / "authdata.xml", read_password(self.folder / "authdata.password"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A new register."""
    return Desk(tmp_path)


# --- Both orders, and renewal ------------------------------------------------------------------------------------


def test_ts_01_02_authentication_after_identification(desk: Desk) -> None:
    """TS_01_02; what is still missing is said, and until when the certificate is valid."""
    said = desk.load(IDENTDATA)
    assert "Finančná správa i.n.t., DIČ 1234567890, register code 88812345678900001" in said
    assert "authentication data (authdata) are missing" in said
    said = desk.load(auth())
    assert "the certificate 11052 is valid until 22.11.2027 11:15" in said
    assert "missing" not in said
    assert "at its next start" in said
    assert read_identity(desk.folder / "identdata.xml") == PAYER
    assert desk.signer.dic == "1234567890"


def test_ts_01_03_identification_after_authentication(desk: Desk) -> None:
    """TS_01_03; the folder ends up with the same files."""
    assert "identification data (identdata) are missing" in desk.load(auth())
    assert "missing" not in desk.load(IDENTDATA)
    assert sorted(desk.files()) == ["authdata.password", "authdata.xml", "identdata.xml", FILE_NAME]
    assert desk.signer.cash_register_code == read_identity(desk.folder / "identdata.xml").cash_register_code


@pytest.mark.parametrize("order", [1, -1])
def test_ts_01_01_both_at_once(desk: Desk, order: int) -> None:
    """TS_01_01; the names of the files say nothing, and nobody else may read what is written."""
    files: list[bytes | str] = [IDENTDATA, auth()]
    said = desk.load(*files[::order])
    assert "Identification data" in said
    assert "Authentication data" in said
    assert "missing" not in said
    modes = {stat.S_IMODE((desk.folder / name).stat().st_mode) for name in desk.files() if name != FILE_NAME}
    assert modes == {0o600}


def test_ts_02_01_renewal_while_the_old_one_is_valid(desk: Desk) -> None:
    """TS_02_01: updated identification and new authentication data, with another password; the old ones are kept."""
    old = auth()
    desk.load(IDENTDATA, old)
    new, moved = auth(NEW_PASSWORD, until=NOW + 2 * YEAR), IDENTDATA.replace("Horná", "Dolná")
    assert "valid until 21.11.2028" in desk.load(moved, new, password=NEW_PASSWORD)
    assert desk.signer.not_after == NOW + 2 * YEAR
    assert read_identity(desk.folder / "identdata.xml").physical_address.street_name == "Dolná"
    files = desk.files()
    assert files["authdata.xml.previous"] == old
    assert files["authdata.password.previous"] == PASSWORD.encode()
    assert files["identdata.xml.previous"] == IDENTDATA.encode()
    assert read_signer(desk.folder / "authdata.xml.previous", PASSWORD).not_after == NOW + YEAR


def test_renewal_without_a_password_file_takes_the_present_password(desk: Desk) -> None:
    desk.load(auth())
    desk.load(auth(until=NOW + 2 * YEAR), password=None)
    assert desk.signer.not_after == NOW + 2 * YEAR
    assert "authdata.password.previous" not in desk.files()


def test_an_expired_one_is_renewed(desk: Desk) -> None:
    """The register is blocked until then."""
    desk.load(IDENTDATA, auth())
    desk.load(auth(since=NOW, until=NOW + 3 * YEAR), now=NOW + YEAR + DAY)
    assert desk.signer.not_after == NOW + 3 * YEAR


def test_the_same_files_again_change_nothing(desk: Desk) -> None:
    files = IDENTDATA, auth()
    desk.load(*files)
    before = desk.files()
    assert "Identification data" in desk.load(*files)
    assert desk.files() == before


def test_what_the_folder_has_and_cannot_be_used_is_replaced(desk: Desk) -> None:
    """Damaged files hinder nobody from loading good ones, one after the other."""
    for name in ("identdata.xml", "authdata.xml", "authdata.password"):
        (desk.folder / name).write_bytes(b"\xff damaged")
    assert "password file is missing" in desk.load(IDENTDATA)
    assert "missing" not in desk.load(auth())
    assert desk.signer.dic == PAYER.dic
    assert desk.files()["authdata.xml.previous"] == b"\xff damaged"
    (desk.folder / "identdata.xml").unlink()
    (desk.folder / "authdata.xml").write_bytes(b"damaged again")
    assert "authentication data cannot be read" in desk.load(IDENTDATA)


# --- What is refused ---------------------------------------------------------------------------------------------

OTHERS = {"dic": {"dic": "VATSK-1234567891"}, "code": {"code": "88812345678900002"}}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_of_another_register(desk: Desk, other: dict[str, str]) -> None:
    """DIČ and register code are the same in both, whichever comes first, or both at once."""
    stranger = auth(dic=other.get("dic", DIC), code=other.get("code", CODE))
    assert desk.refuses(IDENTDATA, stranger).reason == "identity-mismatch"
    desk.load(IDENTDATA)
    refusal = desk.refuses(stranger)
    assert refusal.reason == "identity-mismatch"
    assert next(iter(other.values())).removeprefix("VATSK-") in refusal.detail


def test_an_identity_of_another_register(desk: Desk) -> None:
    desk.load(auth())
    assert desk.refuses(IDENTDATA.replace(CODE, "88812345678900002")).reason == "identity-mismatch"
    assert desk.refuses(IDENTDATA.replace("<Dic>1", "<Dic>2")).reason == "identity-mismatch"


async def test_a_journal_of_another_register(desk: Desk) -> None:
    """Its receipts wait for, and are numbered for, the register that made them; a new one needs a new folder."""
    receipt = signed_receipt()
    async with open_journal(desk.folder / "journal") as storage:
        await storage.append(Intent(receipt, attempt(receipt)))
    other = IDENTDATA.replace(CODE, "88812345678900002")
    refusal = desk.refuses(other)
    assert (refusal.reason, CODE in refusal.detail) == ("load-other-register", True)
    assert desk.refuses(auth(code="88812345678900002")).reason == "load-other-register"
    assert desk.refuses(other, auth(code="88812345678900002")).reason == "load-other-register"
    desk.load(IDENTDATA, auth())


def test_a_journal_without_receipts_is_nobodys(desk: Desk) -> None:
    (desk.folder / "journal").mkdir()
    desk.load(IDENTDATA.replace(CODE, "88812345678900002"), auth(code="88812345678900002"))


def test_a_wrong_or_missing_password(desk: Desk) -> None:
    assert desk.refuses(auth(), password="guess").reason == "password-wrong"
    assert desk.refuses(auth(), password=None).reason == "password-missing"
    assert desk.refuses(auth(), password="").reason == "password-wrong"
    desk.load(auth())
    assert desk.refuses(auth(NEW_PASSWORD, until=NOW + 2 * YEAR), password=None).reason == "password-wrong"
    desk.load(IDENTDATA, password="not needed")
    assert desk.signer.dic == PAYER.dic


@pytest.mark.parametrize(
    "key", [rsa_key(1024), rsa_key(3072), ec.generate_private_key(ec.SECP256R1())], ids=["1024", "3072", "ec"]
)
def test_a_key_of_another_kind(desk: Desk, key: Key) -> None:
    assert desk.refuses(auth(key=key)).reason == "key-weak"


def test_validity(desk: Desk) -> None:
    """Expired, not yet valid, or ending before the present one; each to the second."""
    expired = desk.refuses(auth(until=NOW), now=NOW + SECOND)
    assert (expired.reason, expired.detail) == ("load-expired", "22.11.2026 11:15")
    desk.load(auth(until=NOW + SECOND), now=NOW + SECOND)
    assert desk.refuses(auth(since=NOW + SECOND)).reason == "certificate-not-yet-valid"
    desk.load(auth(since=NOW + DAY, until=NOW + YEAR), now=NOW + DAY)
    earlier = desk.refuses(auth(until=NOW + YEAR - SECOND))
    assert (earlier.reason, earlier.detail) == ("load-ends-earlier", "22.11.2027 11:15 < 22.11.2027 11:15")
    assert desk.refuses(IDENTDATA, auth(until=NOW + DAY)).reason == "load-ends-earlier", "the good one waits for it"


GARBAGE = {
    "empty": (b"", "load-unknown"),
    "text": (b"hello", "load-unknown"),
    "binary": (bytes(range(256)), "load-unknown"),
    "other-xml": (b"<register/>", "load-unknown"),
    "other-namespace": (IDENTDATA.replace("financnasprava.sk", "example.sk").encode(), "load-unknown"),
    "entities": (IDENTDATA.replace("<Id", '<!DOCTYPE x [<!ENTITY a "b">]><Id', 1).encode(), "load-unknown"),
    "cut": (IDENTDATA.encode()[:-30], "load-unknown"),
    "by-no-schema": (IDENTDATA.replace("1234567890</Dic>", "1</Dic>").encode(), "identity-invalid"),
    "huge": (IDENTDATA.encode() + b" " * FILE_BYTES_MAX, "load-unreadable"),
    "crt-pem": (certificate(rsa_key()).public_bytes(Encoding.PEM), "auth-unreadable"),
    "crt-der": (certificate(rsa_key()).public_bytes(Encoding.DER), "auth-unreadable"),
    "crt-in-authdata": (authdata(certificate(rsa_key()).public_bytes(Encoding.DER)), "auth-unreadable"),
    "bare-key-store": (key_store(), "load-unknown"),
    "no-key-store": (authdata(b"nonsense"), "auth-unreadable"),
}


@pytest.mark.parametrize(("content", "reason"), GARBAGE.values(), ids=GARBAGE)
def test_wrong_content(desk: Desk, content: bytes, reason: str) -> None:
    desk.load(IDENTDATA, auth())
    refusal = desk.refuses(content)
    assert refusal.reason == reason
    if content in (GARBAGE["crt-pem"][0], GARBAGE["crt-der"][0]):
        assert "without its private key" in refusal.detail


def test_two_of_a_kind_and_files_that_are_none(desk: Desk) -> None:
    assert desk.refuses(IDENTDATA, IDENTDATA.replace("Horná", "Dolná")).reason == "load-twice"
    os.mkfifo(desk.table / "pipe")
    for name, reason in (("pipe", "load-unreadable"), (".", "load-unreadable"), ("nothing", "load-missing")):
        with pytest.raises(LoadError) as caught:
            load(desk.folder, [desk.table / name], None, NOW)
        assert caught.value.error.reason == reason
    with pytest.raises(LoadError) as caught:
        load(desk.folder, [desk.put(auth())], desk.table / "pipe", NOW)
    assert caught.value.error.reason == "password-missing"
    assert list(desk.files()) == [FILE_NAME]


def test_a_target_that_is_no_file(desk: Desk) -> None:
    """It is found out before anything is changed."""
    (desk.folder / "authdata.xml").mkdir()
    assert desk.refuses(IDENTDATA, auth()).reason == "load-unreadable"


def test_a_folder_without_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load(tmp_path, [tmp_path / "identdata.xml"], None, NOW)
    assert list(tmp_path.iterdir()) == []


def test_files_may_lie_elsewhere(desk: Desk) -> None:
    """As the settings say; folders are made."""
    text = '[identity]\nidentdata = "keys/i.xml"\nauthdata = "keys/a.xml"\npassword_file = "keys/p"\n'
    (desk.folder / FILE_NAME).write_text(text)
    desk.load(IDENTDATA, auth())
    assert sorted(path.name for path in (desk.folder / "keys").iterdir()) == ["a.xml", "i.xml", "p"]
    assert stat.S_IMODE((desk.folder / "keys").stat().st_mode) == 0o700


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=500) | st.text(alphabet="<>/!?&;=\"' aDic[]%", max_size=200).map(str.encode))
def test_any_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    """And change nothing."""
    desk = Desk(tmp_path / str(len(list(tmp_path.iterdir()))))
    assert desk.refuses(content).reason in {"load-unknown", "auth-unreadable"}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_still_good(tmp_path: Path, data: st.DataObject) -> None:
    """One byte of it is another; nothing but a refusal or a usable register comes of it."""
    desk = Desk(Path(tmp_path, str(len(list(tmp_path.iterdir())))))
    content = bytearray(data.draw(st.sampled_from([IDENTDATA.encode(), AUTH])))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        desk.load(bytes(content))
    except LoadError:
        assert list(desk.files()) == [FILE_NAME]
    else:
        assert len(desk.files()) in (2, 3)


AUTH = auth()


# --- Power that goes in the middle -------------------------------------------------------------------------------

CHANGE = """
import sys
from pathlib import Path
from drivers.identity_change import replace_together
table = Path(sys.argv[2])
replace_together(Path(sys.argv[1]), {path.name: path.read_bytes() for path in sorted(table.iterdir())})
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("call", ["fsync", "rename", "unlink"])
def test_killed_at_any_call(tmp_path: Path, call: str) -> None:
    """Killed behind each sync, rename and removal: after the next start all files are old, or all are new.

    A key store that does not fit its password would be a register that does not start.
    """
    table, old, new = tmp_path / "new", {}, {}
    table.mkdir()
    for name, before, after in (("authdata.xml", AUTH, auth(NEW_PASSWORD)), ("password", PASSWORD, NEW_PASSWORD)):
        old[name] = before if isinstance(before, bytes) else before.encode()
        new[name] = after if isinstance(after, bytes) else after.encode()
        (table / name).write_bytes(new[name])
    was_new, killed, count = False, True, 0
    while killed:
        count += 1
        folder = tmp_path / f"{call}-{count}"
        folder.mkdir()
        for name, content in old.items():
            (folder / name).write_bytes(content)
        killed = change_killed_at(call, count, folder, table)
        finish_change(folder)
        found = {name: (folder / name).read_bytes() for name in old}
        assert found in (old, new)
        assert read_signer(folder / "authdata.xml", read_password(folder / "password")).dic == PAYER.dic
        assert found == new or not was_new, "what was decided stays decided"
        was_new = found == new
        assert not (folder / LIST).exists()
    assert was_new
    assert count > 2


def change_killed_at(call: str, count: int, folder: Path, table: Path) -> bool:
    """Replace the files in a process that is killed behind its nth call of this kind; whether it came so far."""
    inject = f"inject={call}:signal=KILL:when={count}"
    command = ["strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject, sys.executable, "-c", CHANGE]
    done = subprocess.run([*command, folder, table], cwd=ROOT, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0 or b"Traceback" not in done.stderr, done.stderr
    return done.returncode != 0


def test_an_undecided_change_is_forgotten(tmp_path: Path) -> None:
    """What was staged by a change that never came to its list is not taken by the next one."""
    (tmp_path / "authdata.xml.next").write_bytes(b"stale")
    finish_change(tmp_path)
    assert not (tmp_path / "authdata.xml").exists()
    replace_together(tmp_path, {"identdata.xml": b"new"})
    assert not (tmp_path / "authdata.xml").exists()
    replace_together(tmp_path, {"authdata.xml": b"fresh"})
    assert (tmp_path / "authdata.xml").read_bytes() == b"fresh"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["authdata.xml", "identdata.xml"]


def test_a_decided_change_is_finished_by_the_next_load(desk: Desk) -> None:
    """The list is there, and some of the renames are not done."""
    desk.load(IDENTDATA, AUTH)
    new = auth(NEW_PASSWORD, until=NOW + 2 * YEAR)
    (desk.folder / "authdata.xml.next").write_bytes(new)
    (desk.folder / "authdata.password").write_text(NEW_PASSWORD)
    (desk.folder / LIST).write_text('["authdata.password", "authdata.xml"]')
    with pytest.raises(LoadError):
        desk.load(AUTH)
    assert desk.signer.not_after == NOW + 2 * YEAR


# --- The command -------------------------------------------------------------------------------------------------


def test_the_command(desk: Desk) -> None:
    """Exit code 0 with what was loaded on standard output; 2 with one line about the file on the other."""
    identity = desk.put(IDENTDATA, "a file.bin")
    done = run_ekasa("load", desk.folder, identity)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith("Identification data: Finančná správa i.n.t.")
    assert "To load them: ekasa load DIR FILE --password-file PASSWORD" in done.stdout
    secret = desk.put(PASSWORD, "secret")
    done = run_ekasa("load", desk.folder, desk.put(auth(code="88812345678900002")), "--password-file", secret)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "DIČ or register code differ from the certificate" in done.stderr
    done = run_ekasa("load", desk.folder, desk.put(auth(), "b.xml"), identity, "--password-file", secret)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert desk.signer.dic == PAYER.dic


@pytest.mark.parametrize("arguments", [[], ["register.toml"], ["nowhere.xml"]])
def test_the_command_without_a_shop_or_a_file(tmp_path: Path, arguments: list[str]) -> None:
    done = run_ekasa("load", tmp_path, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []
