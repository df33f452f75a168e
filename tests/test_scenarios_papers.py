"""The later official scenarios about papers and storage: QR codes, copies, the long receipt, the electronic receipt,
numbering, and the protected storage (CHDÚ): written before sending, read without the register, full.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from lxml import etree

from drivers.clock_system import BRATISLAVA, SystemClock
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from states.fiscal.journal import Attempted, Intent, Outcome, Resolved
from states.fiscal.receipt import Receipt
from tests.counter import Counter, Played, open_counter
from tests.scenario_kit import (
    FAULT,
    SILENT,
    Scene,
    Sold,
    attributes,
    code_width_mm,
    codes_on,
    is_offline_code,
    open_scene,
    row,
    said,
)
from tests.shop import SALE, SEGMENT, await_that, mailed, run_ekasa

QR_MM_MIN = 22
ITEMS = 500
DISK_BYTES = 48 * 1024 * 1024


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A shop with its register running."""
    with open_scene(tmp_path_factory.mktemp("papers") / "shop") as scene:
        scene.run()
        yield scene


# --- QR codes, copies, and a long receipt ------------------------------------------------------------------------


def test_ts_later_qr_online(scene: Scene) -> None:
    """QR of an on-line receipt, read from the picture of its paper: the UID and nothing else, 22 mm or more."""
    sold = scene.sell(*SALE)
    assert sold.codes == [sold.outcome.uid]
    assert sold.picture
    assert code_width_mm(sold.picture) >= QR_MM_MIN


def test_ts_later_qr_offline(scene: Scene) -> None:
    """QR of an off-line receipt: OKP, register, CreateDate, number and Amount as they were sent, 22 mm or more."""
    scene.authority(FAULT.format("cut-tls"))
    sold = scene.sell(*SALE)
    assert sold.picture
    assert code_width_mm(sold.picture) >= QR_MM_MIN
    (code,) = sold.codes
    assert is_offline_code(code)
    assert f"[QR: {code[:20]}" in sold.paper
    okp, register, date, number, amount = code.split(":")
    assert okp == sold.messages[0].element("OKP")
    assert (register, number, amount) == tuple(
        sold.facts[name] for name in ("CashRegisterCode", "ReceiptNumber", "Amount")
    )
    created = datetime.fromisoformat(sold.facts["CreateDate"])
    assert date == f"{created:%y%m%d%H%M%S}"


def test_ts_later_copy(scene: Scene) -> None:
    """A copy of the last receipt and of one by its number: marked, without UID, QR, OKP and PKP, and never sent."""
    first = scene.sell("7", "DEPARTMENT_2", "CARD")
    last = scene.sell(*SALE)
    messages = len(scene.messages())
    number = tuple(str(first.receipt.number))
    for sold, keys in ((last, ("COPY",)), (first, (*number, "COPY"))):
        paper = scene.slip(*keys)
        check_copy(paper, sold)
        assert row(paper, "Spracované:") == "Spracované: on-line"
        assert codes_on(scene.picture()) == []
    assert len(scene.messages()) == messages
    assert scene.sell(*SALE).receipt.number == last.receipt.number + 1


def check_copy(paper: str, sold: Sold) -> None:
    """All that the original says, but for what there is only one of."""
    assert paper.count("KÓPIA") == 2
    for word in ("UID", "OKP", "PKP", "[QR", sold.receipt.okp, sold.outcome.uid or "O-"):
        assert word not in paper
    code = ("UID:", "OKP:", "PKP:", "[QR", "Overte", sold.receipt.okp, "OFF-LINE")
    wanted = [line for line in sold.paper.splitlines() if line.strip() and not line.strip().startswith(code)]
    assert [line for line in wanted if line not in paper.splitlines()] == []


def test_ts_later_copy_of_an_offline_receipt(scene: Scene) -> None:
    """The copy says that the receipt was processed off-line, and has no PKP either."""
    scene.authority(FAULT.format("cut-tls"))
    sold = scene.sell("7", "DEPARTMENT_2", "CARD")
    paper = scene.slip("COPY")
    assert row(paper, "Spracované:") == "Spracované: off-line"
    assert sold.receipt.pkp[:40] not in paper
    assert codes_on(scene.picture()) == []


def test_ts_later_long_receipt(scene: Scene) -> None:
    """A receipt of 500 items is sent and printed whole; the 501st item is refused, and the 500 stay."""
    keys = ("1", "DEPARTMENT_1") * ITEMS
    scene.hears(*keys)
    scene.refuses("1", "DEPARTMENT_1", says="Najviac 500 položiek; ukončite doklad")
    scene.hears("CLEAR")
    sold = scene.sell("CASH")
    assert len(sold.items) == ITEMS
    assert {(one["Name"], one["Price"]) for one in sold.items} == {("Tovar", "1.00")}
    assert sold.facts["Amount"] == "500.00"
    assert sold.outcome.uid
    assert sold.paper.splitlines().count("Tovar") == ITEMS
    assert sold.codes == [sold.outcome.uid]


# --- The electronic receipt --------------------------------------------------------------------------------------


def test_ts_later_electronic_receipt(scene: Scene) -> None:
    """With the customer's consent the receipt is mailed and not printed; it says what the paper would have said."""
    scene.authority()
    printed = scene.sell(*mailed()[:-4], "CARD")
    mails, papers = len(scene.shop.mails()), scene.papers_count()
    sold = scene.sell(*mailed())
    scene.shows("ODOSLANÉ na j***@example.sk")
    assert scene.papers_count() == papers
    assert sold.names == ["Intent", "Outcome", "Delivered"]
    (mail,) = scene.shop.mails()[mails:]
    words = page_of(mail, sold.outcome.uid)
    assert (sold.outcome.uid in words, sold.receipt.okp in words) == (True, True)
    assert [word for word in shared_words(printed) if word not in words] == []
    assert "jana@example.sk" not in b"".join(path.read_bytes() for path in segments(scene)).decode("latin-1")


def shared_words(sold: Sold) -> list[str]:
    """The words of a paper but for what differs from sale to sale: its time, number, and codes."""
    own = ("Vyhotovené:", "Číslo dokladu:", "UID:", "OKP:", "[QR", "-", sold.receipt.okp)
    return [word for line in sold.paper.splitlines() if not line.strip().startswith(own) for word in line.split()]


def page_of(mail: bytes, uid: str) -> str:
    """The words of the attached page, which is named after the UID."""
    message = message_from_bytes(mail, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert message["To"] == "jana@example.sk"
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == f"{uid}.html"
    page = attachment.get_payload(decode=True)
    assert isinstance(page, bytes)
    return " ".join(" ".join(map(str, etree.HTML(page.decode()).itertext())).split())


def segments(scene: Scene) -> list[Path]:
    """The files of the journal."""
    return sorted((scene.shop.folder / "journal").glob("segment-*.ekj"))


def test_ts_later_electronic_receipt_is_printed_when_it_must_be(scene: Scene) -> None:
    """Consent withdrawn, or no UID: paper, and no mail."""
    mails = len(scene.shop.mails())
    sold = scene.sell(*mailed()[:-1], "EMAIL", "CLEAR", "CARD")
    assert sold.outcome.uid in sold.paper
    scene.authority(FAULT.format("cut-tls"))
    assert "OFF-LINE DOKLAD" in scene.sell(*mailed()).paper
    assert len(scene.shop.mails()) == mails


# --- The protected storage ---------------------------------------------------------------------------------------


def test_ts_later_storage_is_written_before_sending(scene: Scene) -> None:
    """CHDÚ, write: killed while the message is on its way, the register has the sale, and hands it out at the start."""
    scene.authority(SILENT)
    scene.press(*SALE)
    scene.shop.await_state("Registering")
    await_that("the message has come", scene.shop.messages)
    assert scene.process
    scene.process.kill()
    scene.process.wait()
    intent = scene.shop.intents()[-1]
    (message,) = scene.shop.messages()
    header, data = attributes(message, "Header"), attributes(message, "ReceiptData")
    assert (intent.attempt.uuid, intent.attempt.request_date) == (header["Uuid"], header["RequestDate"])
    assert (intent.receipt.okp, intent.receipt.pkp) == (message.element("OKP"), message.element("PKP"))
    assert (intent.receipt.amount, str(intent.receipt.number)) == (data["Amount"], data["ReceiptNumber"])
    assert [type(record) for record in scene.shop.of(intent.receipt.okp)] == [Intent]
    papers = scene.papers_count()
    scene.run()
    await_that("the paper is out", lambda: scene.papers_count() > papers and scene.shop.state() == "Composing")
    assert intent.receipt.okp in said(scene.shop.papers()[-1]).replace("- ", "-")
    assert scene.sell(*SALE).receipt.number == intent.receipt.number + 1


def test_ts_later_storage_is_read_without_the_register(scene: Scene, tmp_path: Path) -> None:
    """CHDÚ, read: messages and answers stand in it unencrypted; a copy is checked by itself; a changed bit is found."""
    sold = scene.sell(*SALE)
    scene.stop()
    copy = tmp_path / "copy"
    copy.mkdir()
    for segment in segments(scene):
        shutil.copy(segment, copy)
    content = (copy / SEGMENT).read_bytes()
    for word in (sold.receipt.okp, sold.receipt.pkp, sold.outcome.uid, "Tovar", "Finančná správa i.n.t."):
        assert word.encode() in content
    done = run_ekasa("verify", copy, "--json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["holds"], report["receipts"]) == (True, len(scene.shop.intents()))
    assert sold.receipt.key in run_ekasa("replay", scene.shop.folder, sold.outcome.uid).stdout
    place = content.index(sold.outcome.uid.encode())
    changed = bytearray(content)
    changed[place] ^= 1
    (copy / SEGMENT).write_bytes(changed)
    done = run_ekasa("verify", copy)
    assert done.returncode == 1
    assert "damaged" in done.stdout
    scene.run()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for three segments of a journal."""
    if os.geteuid() != 0:
        pytest.skip("A FULL STORAGE WAS NOT TRIED: only root can mount a small one")
    disk = tmp_path / "chdu"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"A FULL STORAGE WAS NOT TRIED: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_ts_later_storage_is_full(small_disk: Path, tmp_path: Path) -> None:
    """CHDÚ, full: the sale is refused before it has a number, its basket stays; with room again it is sold."""
    with open_scene(tmp_path / "shop") as scene:
        (small_disk / "journal").mkdir(mode=0o700)
        (tmp_path / "shop" / "journal").rmdir()
        (tmp_path / "shop" / "journal").symlink_to(small_disk / "journal")
        scene.run()
        first = scene.sell(*SALE)
        free = os.statvfs(small_disk)
        (small_disk / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - 1024 * 1024))
        records, messages = len(scene.shop.stored()), len(scene.messages())
        scene.press(*SALE)
        scene.shows("Úložisko je plné: doklad nevznikol.", "Tovar", "SUMA 12.50")
        assert (len(scene.shop.stored()), len(scene.messages()), scene.papers_count()) == (records, messages, 1)
        (small_disk / "ballast").unlink()
        assert scene.sell("CASH").receipt.number == first.receipt.number + 1


# --- Numbering ---------------------------------------------------------------------------------------------------


class Watch:
    """A clock that a test sets; between two settings it goes on as time does."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """It is this time now."""
        self._ahead = at - datetime.now(UTC)

    def now(self) -> datetime:
        """The time now, aware, in Bratislava."""
        return (datetime.now(UTC) + self._ahead).astimezone(BRATISLAVA)


def receipt_of(counter: Counter, played: Played) -> Receipt:
    """The one receipt that was sold."""
    (receipt,) = [one.receipt for one in counter.records()[played.okp] if isinstance(one, Intent)]
    return receipt


async def test_ts_later_numbering_begins_anew_each_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipt numbering: one series for all documents, ascending, from 1 again at the turn of the month in Slovakia.

    An off-line receipt of the old month keeps its number when it is sent in the new one. The turn is the last one that
    has been, so that certificates of today are valid.
    """
    turn = datetime.now(BRATISLAVA).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    watch = Watch(turn - timedelta(seconds=40))
    monkeypatch.setattr(SystemClock, "now", lambda _: watch.now())
    invoice = ("INVOICE", "TEXT 118", "ENTER", "7", "ENTER", "CARD")
    async with open_counter(tmp_path / "shop") as counter:
        counter.authority.clock = watch.now
        sold = [await counter.play(*SALE), await counter.play("MENU", "7", "2", *SALE), await counter.play(*invoice)]
        offline = await counter.play(*SALE, faults=(AuthorityFault(FaultKind.CUT_TLS),))
        old = [receipt_of(counter, one) for one in (*sold, offline)]
        watch.set(turn + timedelta(seconds=1))
        new = [receipt_of(counter, await counter.play(*keys)) for keys in (SALE, invoice, SALE)]
        await counter.until_sent()
        records = counter.records()[offline.okp]
    month, before = f"{turn:%Y-%m}", f"{turn - timedelta(days=1):%Y-%m}"
    assert [one.key for one in old] == [f"{before}/{number}" for number in (1, 2, 3, 4)]
    assert [str(one.sale.type) for one in old] == ["PD", "ND", "UF", "PD"]
    assert [one.key for one in new] == [f"{month}/{number}" for number in (1, 2, 3)]
    assert [type(one) for one in records[-2:]] == [Attempted, Resolved]
    assert [one.form for one in records if isinstance(one, Outcome)] == ["offline"]
    sent = counter.authority.receipts[offline.okp]
    assert (sent.content.facts["ReceiptNumber"], sent.content.facts["CreateDate"][:7]) == ("4", before)
    assert run_ekasa("verify", tmp_path / "shop").returncode == 0
