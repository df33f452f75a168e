"""The demo day, judged from outside: by xmlsec1, openssl, a QR reader, a mail parser and a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from lxml import etree
from PIL import Image

from drivers.escpos_profiles import load_profile
from states.fiscal.original import TRAINING
from tests.shop import Message, json_of, run_ekasa

DAY_S = 90.0
INVOICE = 9
"""The number of the receipt that pays an invoice."""
ADDRESSES = ("jana@example.sk", "nikto@example.sk", "peter@example.sk", "eva@example.sk")
SOAP_BODY = "http://www.w3.org/2003/05/soap-envelope:Body"
UID = re.compile(r"O-[0-9A-F]{27}-TEST|O-[0-9A-F]{32}")
OKP = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{8}){4}")


@dataclass
class Day:
    """The folder after the day, what the terminal told, and how long it took."""

    folder: Path
    told: str = ""
    lasted_s: float = 0.0
    receipts: list[dict[str, Any]] = field(default_factory=list)

    def messages(self) -> list[Message]:
        """The requests as they were on the wire."""
        paths = sorted((self.folder / "authority").glob("*-request.xml"))
        return [Message(int(path.name[:4]), path.read_text(encoding="utf-8")) for path in paths]

    def scene(self, **wanted: Any) -> dict[str, Any]:
        """The one receipt that is like this."""
        (found,) = [one for one in self.receipts if all(one[name] == value for name, value in wanted.items())]
        return found


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The day, played once by the command that ``make demo`` calls."""
    folder = tmp_path_factory.mktemp("demo") / "day"
    began = time.monotonic()
    done = run_ekasa("demo", "--out", folder, limit_s=2 * DAY_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = (folder / "receipts.jsonl").read_text(encoding="utf-8").splitlines()
    return Day(folder, done.stdout, time.monotonic() - began, [json.loads(line) for line in lines])


# --- The story and the folder --------------------------------------------------------------------------------


def test_the_day_is_short_and_told(day: Day) -> None:
    assert day.lasted_s < DAY_S
    for words in ("ODOSLANÉ na j***@example.sk", "VYTLAČENÉ OFF-LINE", "ODMIETNUTÉ (-10)"):
        assert words in day.told
    assert "Dodatočne odoslané, UID O-" in day.told
    assert " !! " not in day.told
    for receipt in day.receipts:
        key = f"{receipt['month']}/{receipt['number']}"
        assert re.search(rf"(?m)^ {key} .*{' > '.join(receipt['path'])}$", day.told), key


def test_the_folder_is_complete(day: Day) -> None:
    wanted = ["register.toml", "identdata.xml", "authdata.xml", "authdata.password", "receipts.jsonl", "journal"]
    assert [name for name in wanted if not (day.folder / name).exists()] == []
    silent = [message.number for message in day.messages() if not reply_of(day, message).exists()]
    assert len(silent) == 1
    for folder, suffixes in {"paper": (".escpos", ".txt", ".png"), "mail": (".eml",)}.items():
        for suffix in suffixes:
            names = sorted(path.name for path in (day.folder / folder).glob(f"*{suffix}"))
            assert names
            assert names == [f"{number:04d}{suffix}" for number in range(1, len(names) + 1)]


def reply_of(day: Day, message: Message) -> Path:
    """Where the reply to a request is, if there was one."""
    return day.folder / "authority" / f"{message.number:04d}-reply.xml"


def test_receipts_tell_what_the_contract_says(day: Day) -> None:
    fields = ["month", "number", "type", "amount_cents", "form", "uid", "okp", "delivery", "reason", "path"]
    for number, receipt in enumerate(day.receipts, 1):
        assert list(receipt) == fields
        assert (receipt["number"], receipt["type"]) == (number, "UF" if number == INVOICE else "PD")
        assert OKP.fullmatch(receipt["okp"])
        assert isinstance(receipt["amount_cents"], int)
        assert receipt["reason"]
        assert receipt["path"][0] == "Composing"
        assert receipt["path"][-1] == {"sent": "Sent", "printed": "Printed", None: "Refused"}[receipt["delivery"]]
        assert bool(UID.fullmatch(receipt["uid"] or "")) == (receipt["form"] != "refused")


def test_every_scene_of_the_contract_was_played(day: Day) -> None:
    mailed = day.scene(form="online", delivery="sent")
    assert mailed["amount_cents"] == 1250
    doubtful = [one for one in day.receipts if "IN_DOUBT" in one["reason"]]
    refused_mail = [one for one in day.receipts if "NOT_SENT" in one["reason"]]
    for one in (*doubtful, *refused_mail):
        assert "Emailing" in one["path"]
        assert (one["form"], one["delivery"]) == ("online", "printed")
    assert (len(doubtful), len(refused_mail)) == (1, 1)
    offline = day.scene(form="offline")
    assert offline["delivery"] == "printed"
    assert "Emailing" not in offline["path"]
    assert day.scene(form="refused")["uid"] is None
    assert day.scene(amount_cents=-1250)["delivery"] == "printed"
    assert any(one["path"][3:5] == ["Online", "Printing"] for one in day.receipts)
    reports = [paper for paper in papers(day) if "DENNÁ" in paper.upper()]
    assert len(reports) == 1


def papers(day: Day) -> list[str]:
    """The text of each paper."""
    return [path.read_text(encoding="utf-8") for path in sorted((day.folder / "paper").glob("*.txt"))]


# --- The messages --------------------------------------------------------------------------------------------


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a program that is not ours."""
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"NOT JUDGED: {words[0]} is not installed; make test installs it")
    return subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def certificate(message: Message, folder: Path) -> Path:
    """The certificate that the message brings along, as PEM."""
    path = folder / "certificate.pem"
    der = base64.b64decode(message.element("BinarySecurityToken"))
    body = base64.encodebytes(der).decode()
    path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    return path


def xmlsec1(text: str, pem: Path, folder: Path) -> int:
    """What xmlsec1 thinks of a message."""
    (folder / "message.xml").write_bytes(text.encode())
    command = ("xmlsec1", "--verify", "--insecure", "--pubkey-cert-pem", pem, "--id-attr:Id", SOAP_BODY)
    return run(*command, folder / "message.xml").returncode


def test_every_message_is_signed_and_a_tampered_copy_is_not(day: Day, tmp_path: Path) -> None:
    messages = day.messages()
    assert len(messages) == len(day.receipts) + 1
    for message in messages:
        pem = certificate(message, tmp_path)
        assert xmlsec1(message.text, pem, tmp_path) == 0, message.number
        amount = message.attribute("Amount")
        tampered = message.text.replace(f'Amount="{amount}"', f'Amount="{amount}1"')
        assert tampered != message.text
        assert xmlsec1(tampered, pem, tmp_path) != 0, message.number


def test_every_pkp_is_a_signature_and_every_okp_its_digest(day: Day, tmp_path: Path) -> None:
    for message in day.messages():
        pem = certificate(message, tmp_path)
        (tmp_path / "key.pem").write_text(run("openssl", "x509", "-in", pem, "-pubkey", "-noout").stdout)
        names = ("Dic", "CashRegisterCode", "ReceiptType", "ReceiptNumber", "CreateDate", "Amount")
        facts = "|".join(message.attribute(name) for name in names)
        pkp = base64.b64decode(message.element("PKP"), validate=True)
        (tmp_path / "pkp").write_bytes(pkp)
        for text, verdict in ((facts, 0), (f"{facts}0", 1)):
            (tmp_path / "facts").write_bytes(text.encode())
            verify = ("openssl", "dgst", "-sha256", "-verify", tmp_path / "key.pem", "-signature", tmp_path / "pkp")
            assert run(*verify, tmp_path / "facts").returncode == verdict
        digest = hashlib.sha1(pkp, usedforsecurity=False).hexdigest().upper()
        assert message.element("OKP") == "-".join(digest[at : at + 8] for at in range(0, 40, 8))


def test_each_message_is_a_receipt_of_the_day(day: Day) -> None:
    for receipt in day.receipts:
        for message in of_receipt(day, receipt):
            assert message.attribute("ReceiptNumber") == str(receipt["number"])
            assert Decimal(message.attribute("Amount")) * 100 == receipt["amount_cents"]
            assert message.attribute("CreateDate").startswith(receipt["month"])
    uuids = [message.attribute("Uuid") for message in day.messages()]
    assert len(set(uuids)) == len(uuids)


def of_receipt(day: Day, receipt: dict[str, Any]) -> list[Message]:
    """The messages of one receipt."""
    return [message for message in day.messages() if receipt["okp"] in message.text]


def test_the_off_line_receipt_was_sent_twice_and_nothing_else(day: Day) -> None:
    """Only Uuid, RequestDate, SendingCount and the signature may differ between two attempts."""
    for receipt in day.receipts:
        messages = of_receipt(day, receipt)
        counts = [message.attribute("SendingCount") for message in messages]
        assert counts == (["1", "2"] if receipt["form"] == "offline" else ["1"])
    first, second = of_receipt(day, day.scene(form="offline"))
    assert [header(first)[name] for name in CHANGING] != [header(second)[name] for name in CHANGING]
    assert header(first)["Uuid"] != header(second)["Uuid"]
    assert header(first)["RequestDate"] < header(second)["RequestDate"]
    same = [{name: value for name, value in header(one).items() if name not in CHANGING} for one in (first, second)]
    assert same[0] == same[1]
    assert content(first) == content(second)


CHANGING = ("Uuid", "RequestDate", "SendingCount")


def header(message: Message) -> dict[str, str]:
    """The attributes of the request's Header."""
    found = request_of(message)[0]
    return {str(name): str(value) for name, value in found.items()}


def content(message: Message) -> list[bytes]:
    """ReceiptData and ValidationCode as bytes."""
    _, facts, codes = request_of(message)
    return [etree.tostring(one, method="c14n") for one in (facts, codes)]


def request_of(message: Message) -> list[etree._Element]:
    """The three parts of the request: Header, ReceiptData, ValidationCode."""
    (request,) = etree.fromstring(message.text.encode()).iter("{*}RegisterReceiptRequest")
    return list(request)


def test_the_return_names_the_receipt_that_is_returned(day: Day) -> None:
    (message,) = of_receipt(day, day.scene(amount_cents=-1250))
    assert message.attribute("ReferenceReceiptId") == day.receipts[0]["uid"]
    assert message.attribute("ItemType") == "V"
    assert sum("ReferenceReceiptId" in one.text for one in day.messages()) == 1


# --- Paper and mail ------------------------------------------------------------------------------------------


def test_every_qr_code_on_paper_is_the_right_text_and_large_enough(day: Day) -> None:
    dots_per_mm = load_profile("generic-80", day.folder).dots_per_inch / 25.4
    read: list[str] = []
    for path in sorted((day.folder / "paper").glob("*.png")):
        with Image.open(path) as picture:
            codes = zxingcpp.read_barcodes(picture)
        assert len(codes) == path.with_suffix(".txt").read_text(encoding="utf-8").count("[QR: ")
        for code in codes:
            corners = code.position
            assert (corners.top_right.x - corners.top_left.x + 1) / dots_per_mm >= 22
            assert (corners.bottom_left.y - corners.top_left.y + 1) / dots_per_mm >= 22
            read.append(code.text)
    assert read == [qr_text(day, one) for one in day.receipts if one["delivery"] == "printed"]


def qr_text(day: Day, receipt: dict[str, Any]) -> str:
    """What the law wants in the code: the UID, or for an off-line receipt its facts."""
    if receipt["form"] == "online":
        return str(receipt["uid"])
    message = of_receipt(day, receipt)[0]
    created = re.sub(r"\D", "", message.attribute("CreateDate")[2:19])
    facts = (message.attribute("CashRegisterCode"), created, str(receipt["number"]), message.attribute("Amount"))
    return ":".join((receipt["okp"], *facts))


def test_the_paper_carries_the_codes_and_the_off_line_mark(day: Day) -> None:
    for receipt in (one for one in day.receipts if one["delivery"] == "printed"):
        (paper,) = [text for text in papers(day) if f"[QR: {qr_text(day, receipt)}]" in text]
        is_offline = receipt["form"] == "offline"
        assert paper.lstrip().startswith("OFF-LINE DOKLAD") == is_offline
        assert receipt["okp"] in paper
        assert paper.count(TRAINING) == 2
        assert (str(receipt["uid"]) in paper) != is_offline
    refused = day.scene(form="refused")
    assert not any(refused["okp"] in paper for paper in papers(day))


def mails(day: Day) -> Iterator[EmailMessage]:
    """The mails as the server took them, read by the standard library."""
    for path in sorted((day.folder / "mail").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        assert isinstance(message, EmailMessage)
        yield message


def test_the_mail_is_the_one_of_the_question_557(day: Day) -> None:
    uids = [one["uid"] for one in day.receipts if one["delivery"] == "sent" or "IN_DOUBT" in one["reason"]]
    for message, uid in zip(mails(day), uids, strict=True):
        (sender,) = message["From"].addresses
        assert sender.display_name == "MRP eKASA 8000"
        assert message["Subject"] == f"Elektronický doklad: {uid}.html"
        body = message.get_body(("plain",))
        assert body is not None
        assert body.get_content().strip() == "Vystavený elektronický doklad je v prílohe emailu."
        (attachment,) = message.iter_attachments()
        assert attachment.get_filename() == f"{uid}.html"
        assert (attachment.get_content_type(), attachment.get_content_charset()) == ("text/html", "utf-8")
        assert not message.defects
        assert not attachment.defects
    assert [message["To"] for message in mails(day)] == ["jana@example.sk", "peter@example.sk"]


def test_the_attached_page_shows_the_qr_code_and_asks_nobody(day: Day, tmp_path: Path) -> None:
    message = next(mails(day))
    (attachment,) = message.iter_attachments()
    page = attachment.get_payload(decode=True)
    assert isinstance(page, bytes)
    assert TRAINING.encode() in page
    assert isinstance(page, bytes)
    check_asks_nobody(page.decode("utf-8"))
    (tmp_path / "page.html").write_bytes(page)
    switches = ["headless", "no-sandbox", "disable-gpu", "hide-scrollbars", "no-first-run", "disable-dev-shm-usage"]
    switches += [f"user-data-dir={tmp_path / 'profile'}", f"screenshot={tmp_path / 'page.png'}", "window-size=700,1800"]
    shown = run("chromium", *(f"--{switch}" for switch in switches), (tmp_path / "page.html").as_uri())
    assert shown.returncode == 0, shown.stderr
    with Image.open(tmp_path / "page.png") as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == day.receipts[0]["uid"]


CSP = "Content-Security-Policy"
FETCHING = {"script", "link", "img", "iframe", "frame", "object", "embed", "audio", "video", "source", "form", "base"}


def check_asks_nobody(page: str) -> None:
    """Nothing in the page can make a browser ask anybody, and its policy forbids it besides."""
    root = etree.HTML(page)
    (forbids,) = [one.get("content") for one in root.iter("meta") if one.get("http-equiv") == CSP]
    assert forbids
    assert "default-src 'none'" in forbids
    assert not FETCHING & {str(one.tag) for one in root.iter()}
    names = [str(name) for one in root.iter("*") for name in one.attrib]
    assert [name for name in names if name.startswith("on") or name in ("src", "href", "action")] == []
    assert not re.search(r"url\(|@import", page, re.IGNORECASE)
    assert set(re.findall(r"[a-z]+://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}


# --- Verify, replay and secrets ------------------------------------------------------------------------------


def test_verify_holds(day: Day) -> None:
    text = run_ekasa("verify", day.folder)
    assert (text.returncode, text.stderr) == (0, "")
    assert "every invariant holds" in text.stdout
    as_json = run_ekasa("verify", day.folder, "--json")
    assert as_json.returncode == 0
    report = json_of(as_json.stdout)
    assert report["holds"] is True
    assert (report["receipts"], report["violations"], report["open"]) == (len(day.receipts), [], [])


def test_replay_agrees(day: Day) -> None:
    done = run_ekasa("replay", day.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("OKP ") == len(day.receipts)
    assert "DIFFERS" not in done.stdout


def test_replay_finds_a_receipt_by_each_kind_of_key(day: Day) -> None:
    offline, mailed = day.scene(form="offline"), day.receipts[0]
    basket = re.search(rb'"basket_id":"([0-9a-f]{12}-\d+)"', segment(day))
    assert basket
    keys = {
        mailed["uid"]: mailed,
        mailed["uid"].lower(): mailed,
        offline["uid"]: offline,
        offline["okp"]: offline,
        f"{offline['month']}/{offline['number']}": offline,
        basket[1].decode(): mailed,
    }
    for key, receipt in keys.items():
        done = run_ekasa("replay", day.folder, key)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("OKP ") == 1
        assert f"OKP {receipt['okp']}" in done.stdout
        for state in receipt["path"]:
            assert re.search(rf"\d\d:\d\d:\d\d\.\d+  {state}\b", done.stdout)


def test_replay_of_an_unknown_key_says_so(day: Day) -> None:
    done = run_ekasa("replay", day.folder, "O-00000000000000000000000000000000")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def segment(day: Day) -> bytes:
    """The journal's bytes."""
    return (day.folder / "journal" / "segment-000001.ekj").read_bytes()


def test_no_secret_and_no_whole_address_is_kept(day: Day) -> None:
    """I26: passwords and addresses are in no file but those they belong to."""
    secrets = [(day.folder / name).read_text().strip() for name in ("authdata.password", "smtp.password")]
    canaries = [secret.encode() for secret in (*secrets, *ADDRESSES)]
    assert all(len(canary) > 8 for canary in canaries)
    kept = [day.folder / "log.jsonl", day.folder / "receipts.jsonl", *(day.folder / "journal").iterdir()]
    kept += [*(day.folder / "paper").iterdir(), *(day.folder / "authority").iterdir()]
    for path in kept:
        content = path.read_bytes()
        assert [canary for canary in canaries if canary in content] == [], path.name
    assert "j***@example.sk" in (day.folder / "log.jsonl").read_text(encoding="utf-8") + day.told
    assert not any(secret in day.told for secret in secrets)


def test_files_with_secrets_are_the_owners_alone(day: Day) -> None:
    secret = [day.folder / name for name in ("authdata.password", "authdata.xml", "smtp.password", "log.jsonl")]
    secret += [*(day.folder / "journal").iterdir(), *day.folder.rglob("*.key")]
    assert len(secret) > 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE(day.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((day.folder / "journal").stat().st_mode) == 0o700


# --- What the command leaves alone -----------------------------------------------------------------------------


def test_the_day_is_not_played_over_a_shop(tmp_path: Path) -> None:
    """A folder with a journal that is not an earlier demo's is left as it is."""
    shop = tmp_path / "shop"
    assert run_ekasa("init", shop, "--training").returncode == 0
    (shop / "journal" / "segment-000001.ekj").write_bytes(b"a year of sales")
    before = {path: path.stat().st_mtime_ns for path in shop.rglob("*")}
    done = run_ekasa("demo", "--out", shop)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in shop.rglob("*")} == before


def test_the_day_is_not_played_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    done = run_ekasa("demo", "--out", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_day_can_be_played_again(day: Day) -> None:
    """The same command in the same place, as ``make demo`` does it; in English this time."""
    done = run_ekasa("demo", "--out", day.folder, "--language", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PRINTED OFF-LINE, will be sent later" in done.stdout
    assert "SENT to j***@example.sk" in done.stdout
