"""kill -9 of the real register at every boundary of a record: the receipt goes on and ends once, never neither.

``before`` kills on entering the write of a record: nothing of it is there, all that came before it has happened.
``after`` stops the process when the sync of a record has returned and kills it there: the record is durable, and
not a byte of what it announces has left. Source: reliability 3.2 (W1 to W4) and 3.3 (what is done in each gap).
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from controller.receipts import tell
from controller.verify import verify
from drivers.simulated.authority_faults import FaultKind
from states.fiscal.codes import offline_qr, online_qr
from states.fiscal.journal import Attempted, Delivered, Intent, Opened, Outcome, Record, Resolved, fold_histories
from states.fiscal.original import VOID
from states.fiscal.receipt import Form, Way
from tests.shop import LIMIT_S, SALE, SEGMENT, Shop, await_that, end, mailed, open_shop, run_ekasa

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")

REFUSED = "nikto@example.sk"
LATE = "pomaly@example.sk"
MAIL_FAULTS = f"""
[[fault]]
phase = "rcpt"
code = 550
recipient = "{REFUSED}"

[[fault]]
phase = "dot"
action = "late"
seconds = 1.0
recipient = "{LATE}"
"""
SILENT = f'[[fault]]\nkind = "{FaultKind.SILENCE}"\n'
SLOW = f'[[fault]]\nkind = "{FaultKind.DELAY}"\nseconds = 1.0\n'
SLOW_PAPER = "[[cue]]\ndocument = 1\nfaults = {line_s = 0.02}\n"

KEYS = {"print": SALE, "mail": mailed(), "refused": mailed(REFUSED), "offline": SALE}
SYNCS_BEFORE_SALE = 2
WRITES_BEFORE_SALE = 1
"""A start syncs the segment as it finds it, and then writes and syncs the record that the register was opened."""


@dataclass(frozen=True)
class Cut:
    """Where the power is cut, and what must have come of the receipt in the end.

    ``sent`` are the SendingCounts that the authority saw, ``originals`` the whole ones on paper, ``voids`` the slips
    that void a torn one, ``mails`` what the mail server took.
    """

    path: str
    record: int
    moment: str
    sent: tuple[int, ...]
    form: Form = Form.ONLINE
    way: Way = Way.PRINT
    originals: int = 1
    voids: int = 0
    mails: int = 0

    def __str__(self) -> str:
        return f"{self.path}-{self.moment}-W{self.record}"


CUTS = (
    Cut("print", 1, "after", (2,)),
    Cut("print", 2, "before", (1, 2)),
    Cut("print", 2, "after", (1,), voids=1),
    Cut("print", 3, "before", (1,), originals=2, voids=1),
    Cut("print", 3, "after", (1,)),
    Cut("mail", 1, "after", (2,)),
    Cut("mail", 2, "before", (1, 2)),
    Cut("mail", 2, "after", (1,)),
    Cut("mail", 3, "before", (1,), mails=1),
    Cut("mail", 3, "after", (1,), way=Way.EMAIL, originals=0, mails=1),
    Cut("refused", 3, "before", (1,)),
    Cut("refused", 3, "after", (1,), voids=1),
    Cut("refused", 4, "before", (1,), originals=2, voids=1),
    Cut("refused", 4, "after", (1,)),
    Cut("offline", 1, "after", (2, 3), Form.OFFLINE),
    Cut("offline", 2, "before", (1, 2)),
    Cut("offline", 2, "after", (1, 2), Form.OFFLINE, voids=1),
    Cut("offline", 3, "before", (1, 2), Form.OFFLINE, originals=2, voids=1),
    Cut("offline", 3, "after", (1, 2), Form.OFFLINE),
    Cut("offline", 4, "before", (1, 2), Form.OFFLINE),
    Cut("offline", 4, "after", (1, 3), Form.OFFLINE),
    Cut("offline", 5, "before", (1, 2, 3), Form.OFFLINE),
    Cut("offline", 5, "after", (1, 2), Form.OFFLINE),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop for all cuts; the other sides live through them, as they do when only the shop's fuse blows."""
    with open_shop(tmp_path_factory.mktemp("kill"), mail=MAIL_FAULTS) as shop:
        shop.set("authority", "limit_s", "1.5")
        shop.set("authority", "resend_s", "1.0")
        end(shop.run())
        yield shop


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_receipt_ends_once_after_kill(shop: Shop, cut: Cut) -> None:
    if cut.path == "offline":
        new_authority(shop, SILENT)
    seen = Seen(shop)
    sell_and_kill(shop, cut)
    assert len(seen.intents()) == 1
    receipt = seen.intents()[0].receipt
    durable = shop.of(receipt.okp)
    assert len(durable) == cut.record - (cut.moment == "before"), [type(one).__name__ for one in durable]
    finish(shop, receipt.okp)
    assert [one.receipt for one in seen.intents()] == [receipt]
    seen.check(cut)


def test_nothing_before_the_first_record_leaves_the_number_free(shop: Shop) -> None:
    """W1 is not there: no message, no paper, no receipt; the next sale gets the number."""
    new_authority(shop)
    seen = Seen(shop)
    sell_and_kill(shop, Cut("print", 1, "before", ()))
    assert (seen.intents(), shop.messages(), seen.papers()) == ([], [], [])
    before = shop.intents()[-1].receipt
    process = shop.run()
    shop.press(*SALE)
    await_that("the sale is delivered", lambda: seen.intents() and all_ended(shop))
    assert end(process) == 0
    assert (seen.intents()[0].receipt.month, seen.intents()[0].receipt.number) == (before.month, before.number + 1)
    seen.check(Cut("print", 1, "before", (1,)))


@pytest.mark.parametrize(
    ("busy", "keys", "cut"),
    [
        ("Registering", SALE, Cut("print", 1, "amid", (1, 2))),
        ("Emailing", mailed(LATE), Cut("mail", 2, "amid", (1,), mails=1)),
        ("Printing", SALE, Cut("print", 2, "amid", (1,), voids=1)),
    ],
    ids=["message", "mail", "paper"],
)
def test_receipt_ends_once_after_kill_amid_the_work_of_a_peer(
    shop: Shop, busy: str, keys: tuple[str, ...], cut: Cut
) -> None:
    """The peer has all of it, or a part, and its answer is still on the way."""
    new_authority(shop, SLOW if busy == "Registering" else "")
    printer = shop.simulate_again("printer", SLOW_PAPER) if busy == "Printing" else None
    seen = Seen(shop)
    process = shop.run()
    shop.press(*keys)
    shop.await_state(busy)
    if busy == "Registering":
        await_that("the authority has it", lambda: shop.messages())
    if busy == "Emailing":
        await_that("the mail server has it", lambda: seen.mails())
    process.kill()
    assert process.wait(LIMIT_S) == -signal.SIGKILL
    assert len(shop.of(seen.intents()[0].receipt.okp)) == cut.record
    if printer:
        shop.simulate_again("printer")
    finish(shop, seen.intents()[0].receipt.okp)
    seen.check(cut)


def test_everything_holds_in_the_end(shop: Shop) -> None:
    """After all those cuts: every invariant, every path through the tables, and no sale twice."""
    verified = run_ekasa("verify", shop.folder)
    assert verified.returncode == 0, verified.stdout
    assert "open:" not in verified.stdout
    replayed = run_ekasa("replay", shop.folder)
    assert replayed.returncode == 0, replayed.stdout
    assert replayed.stdout.count("power cut") >= len(CUTS) - 6
    numbers = [intent.receipt.number for intent in shop.intents()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({intent.receipt.okp for intent in shop.intents()}) == len(numbers)


# --- Cutting and finishing -------------------------------------------------------------------------------


def sell_and_kill(shop: Shop, cut: Cut) -> None:
    """Sell under strace, until the process is killed."""
    call, before = ("pwrite64", WRITES_BEFORE_SALE) if cut.moment == "before" else ("fdatasync", SYNCS_BEFORE_SALE)
    word = "SIGKILL" if cut.moment == "before" else "SIGSTOP"
    trace = shop.folder / "trace"
    trace.unlink(missing_ok=True)
    inject = f"inject={call}:signal={word}:when={before + cut.record}"
    options = ("-D", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", inject)
    process = shop.run("strace", *options, "-P", str(shop.folder / "journal" / SEGMENT))
    shop.press(*KEYS[cut.path])
    if word == "SIGSTOP":
        await_that("the register has stopped", lambda: "stopped by SIGSTOP" in trace.read_text())
        process.kill()
    assert process.wait(LIMIT_S) == -signal.SIGKILL


def finish(shop: Shop, okp: str) -> None:
    """Run the register again until it has nothing left to do, and end it."""
    process = shop.run()
    await_that("the receipt has ended", lambda: all_ended(shop))
    assert end(process) == 0, shop.said()
    assert okp in {intent.receipt.okp for intent in shop.intents()}


def all_ended(shop: Shop) -> bool:
    """All receipts are delivered and sent."""
    return not any(one.is_undelivered or one.is_unsent for one in fold_histories(shop.records()).values())


def new_authority(shop: Shop, faults: str = "") -> None:
    """Another authority with this script, and an empty folder of messages."""
    shop.simulate_again("authority", faults)


class Seen:
    """What has come since: records, papers, mails and messages."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._records = len(shop.records())
        self._papers = len(shop.papers())
        self._mails = len(shop.mails())

    def intents(self) -> list[Intent]:
        """The receipts that were numbered."""
        return [record for record in self.shop.records()[self._records :] if isinstance(record, Intent)]

    def papers(self) -> list[str]:
        """The papers."""
        return self.shop.papers()[self._papers :]

    def mails(self) -> list[bytes]:
        """The mails."""
        return self.shop.mails()[self._mails :]

    def check(self, cut: Cut) -> None:
        """The one receipt has ended as it must, and the journal and each peer say the same."""
        (intent,) = self.intents()
        okp = intent.receipt.okp
        records = self.shop.of(okp)
        self._check_ends(cut, records)
        self._check_messages(cut, intent, records)
        papers = self.papers()
        assert sum(VOID in paper for paper in papers) == cut.voids, papers
        assert sum(is_original(paper, records) for paper in papers) == cut.originals, papers
        assert len(self.mails()) == cut.mails
        report = verify(self.shop.folder)
        assert report.holds, report.violations
        told = [one for one in tell(self.shop.stored()) if one.intent.receipt.okp == okp]
        assert [one.differs for one in told] == [""]

    def _check_ends(self, cut: Cut, records: list[Record]) -> None:
        (outcome,) = [record for record in records if isinstance(record, Outcome)]
        (delivered,) = [record for record in records if isinstance(record, Delivered)]
        assert (outcome.form, delivered.way) == (cut.form, cut.way)
        assert sum(isinstance(record, Resolved) for record in records) == (cut.form is Form.OFFLINE)

    def _check_messages(self, cut: Cut, intent: Intent, records: list[Record]) -> None:
        """Every message is the same receipt, under a Uuid and a SendingCount of its own that the journal knows."""
        receipt = intent.receipt
        messages = self.shop.messages(receipt.okp)
        facts = {tuple(message.attribute(name) for name in FACTS) for message in messages}
        assert facts == {(str(receipt.number), receipt.create_date, receipt.amount)}
        assert {message.element("PKP") for message in messages} == {receipt.pkp}
        again = [record.attempt for record in records if isinstance(record, Attempted)]
        known = {str(one.sending_count): one.uuid for one in (intent.attempt, *again)}
        assert list(known) == [str(count + 1) for count in range(len(known))]
        sent = [(message.attribute("SendingCount"), message.attribute("Uuid")) for message in messages]
        assert tuple(int(count) for count, _ in sent) == cut.sent
        assert all(known[count] == uuid for count, uuid in sent)


FACTS = ("ReceiptNumber", "CreateDate", "Amount")


def is_original(paper: str, records: list[Record]) -> bool:
    """A whole original of the receipt: its QR code is on it, and the lines after the code."""
    (receipt,) = [record.receipt for record in records if isinstance(record, Intent)]
    (uid,) = [record.uid for record in records if isinstance(record, Outcome)]
    return f"[QR: {online_qr(uid) if uid else offline_qr(receipt)}]" in paper and VOID not in paper


def test_opened_is_written_at_each_start(shop: Shop) -> None:
    """The counts above rest on it: a start writes one record and nothing else."""
    before = shop.records()
    end(shop.run())
    assert [type(record) for record in shop.records()[len(before) :]] == [Opened]
