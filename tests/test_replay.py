"""Replay: each receipt of the journal goes through the tables to the same end; a record that was changed does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from controller.receipts import Told, as_line, as_text, is_of, summary, tell, telling
from controller.replay import ReplayDiffers, path_of, replay
from drivers.storage_journal import open_journal
from states.fiscal.journal import (
    Attempted,
    Closed,
    Delivered,
    Intent,
    MailFailed,
    Opened,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    SetAside,
    Stored,
)
from states.fiscal.receipt import (
    Foreign,
    Form,
    Paragon,
    Receipt,
    ReceiptType,
    Tender,
    TenderKind,
    Verdict,
    Way,
)
from states.machines.receipt import message_id
from states.poison import POWER_CUT
from tests import journal_samples as samples
from tests.shop import run_ekasa

MASKED = "j***@example.sk"
AT_NS = 1_790_000_000_000_000_000
Life = list[Record]


def stored(life: Life) -> list[Stored]:
    """The records as they stand in a journal, a second apart."""
    return [Stored(seq, AT_NS + seq * 10**9, bytes(32), record) for seq, record in enumerate(life, 1)]


def sold(number: int = 1, *, mailed: bool = False) -> Receipt:
    """A sealed receipt, perhaps with a consent."""
    return samples.signed_receipt(number, email_masked=MASKED if mailed else "")


def printed(receipt: Receipt) -> Delivered:
    """W3 on paper."""
    return Delivered(receipt.okp, Way.PRINT, "")


def mail_outcome(receipt: Receipt) -> Outcome:
    """W2 for a mail."""
    return replace(samples.online(receipt, Way.EMAIL), message_id=message_id(receipt.okp))


# --- The lives that the register leads ---------------------------------------------------------------------------


def on_paper() -> Life:
    receipt = sold()
    return [samples.intent(receipt), samples.online(receipt), printed(receipt)]


def by_mail() -> Life:
    receipt = sold(mailed=True)
    return [samples.intent(receipt), mail_outcome(receipt), Delivered(receipt.okp, Way.EMAIL, "250 queued")]


def mail_then_paper() -> Life:
    receipt = sold(mailed=True)
    failed = MailFailed(receipt.okp, Verdict.NOT_SENT, "rcpt", 550, "5.1.1 unknown")
    return [samples.intent(receipt), mail_outcome(receipt), failed, printed(receipt)]


def offline() -> Life:
    receipt = sold()
    again = Attempted(receipt.okp, samples.attempt(receipt, 2))
    answer = Resolved(receipt.okp, samples.uid_of(receipt), 0, "<reply/>")
    return [samples.intent(receipt), samples.offline(receipt), printed(receipt), again, answer]


def overloaded() -> Life:
    receipt = sold()
    outcome = Outcome(receipt.okp, Form.OFFLINE, "", -1, "overloaded", Way.PRINT, "", "<fault/>")
    return [samples.intent(receipt), outcome, printed(receipt)]


def refused() -> Life:
    receipt = sold()
    return [samples.intent(receipt), samples.refused(receipt)]


def out_of_paper() -> Life:
    receipt = sold()
    torn = PrintInterrupted(receipt.okp, "paper-out")
    return [samples.intent(receipt), samples.online(receipt), torn, torn, printed(receipt)]


def cut_after_w1() -> Life:
    receipt = sold(mailed=True)
    again = Attempted(receipt.okp, samples.attempt(receipt, 2))
    return [samples.intent(receipt), again, samples.online(receipt), printed(receipt)]


def cut_amid_mail() -> Life:
    receipt = sold(mailed=True)
    doubt = MailFailed(receipt.okp, Verdict.IN_DOUBT, POWER_CUT, 0, POWER_CUT)
    return [samples.intent(receipt), mail_outcome(receipt), doubt, printed(receipt)]


def cut_amid_paper() -> Life:
    receipt = sold()
    cut = PrintInterrupted(receipt.okp, POWER_CUT)
    return [samples.intent(receipt), samples.online(receipt), cut, cut, printed(receipt)]


def unfinished() -> Life:
    return on_paper()[:1]


def issued(receipt: Receipt) -> Life:
    """On-line and on paper."""
    return [samples.intent(receipt), samples.online(receipt), printed(receipt)]


def practice() -> Life:
    return issued(samples.training_receipt(1))


def invoice() -> Life:
    return issued(samples.invoice_receipt(1, 1983, tenders=(Tender(TenderKind.CASH, 2000),), rounding_cents=2,
                                          change_cents=15))  # fmt: skip


def invoice_given_back() -> Life:
    return issued(samples.invoice_receipt(1, -1983))


def invoice_by_hand() -> Life:
    return issued(samples.invoice_receipt(1, paragon=Paragon(7, "2026-11-02T07:00:00+01:00")))


def by_hand() -> Life:
    return issued(samples.paragon_receipt(1))


def everything() -> Life:
    foreign = Tender(TenderKind.CURRENCY, 1000, Foreign("CZK", Decimal(250), Decimal(25)))
    tenders = (Tender(TenderKind.CARD, 100), foreign)
    return issued(samples.receipt_of(1, items=samples.special_items(), tenders=tenders, rounding_cents=-2,
                                     change_cents=50, cashier="Eva"))  # fmt: skip


def cash_moved(kind: ReceiptType) -> Life:
    receipt = samples.receipt_of(1, items=(), type=kind, tenders=(), total_cents=5000, cashier="Eva")
    return issued(replace(receipt, create_date="2025-11-02T08:00:06+01:00", month="2025-11"))


def deposited() -> Life:
    return cash_moved(ReceiptType.VK)


def withdrawn() -> Life:
    return cash_moved(ReceiptType.VY)


def before_rounding() -> Life:
    goods = replace(samples.ITEMS[0], vat_rate=20, unit_price=Decimal("2.79"))
    receipt = samples.receipt_of(1, items=(goods,), tenders=(Tender(TenderKind.CASH, 279),))
    return issued(replace(receipt, create_date="2022-06-30T08:00:06+02:00", month="2022-06"))


def begun_before_midnight() -> Life:
    (life,) = [record for record in before_rounding() if isinstance(record, Intent)]
    return issued(replace(life.receipt, create_date="2022-07-01T00:00:01+02:00", month="2022-07"))


def by_hand_before_the_rates() -> Life:
    goods = replace(samples.ITEMS[0], vat_rate=20, unit_price=Decimal("2.79"))
    return issued(samples.receipt_of(1, items=(goods,), paragon=Paragon(7, "2024-12-31T23:59:59+01:00")))


def by_hand_before_rounding() -> Life:
    (life,) = [record for record in before_rounding() if isinstance(record, Intent)]
    paragon = Paragon(7, "2022-06-30T23:59:59+02:00")
    return issued(replace(life.receipt, sale=replace(life.receipt.sale, paragon=paragon),
                          create_date="2022-08-01T08:00:06+02:00", month="2022-08"))  # fmt: skip


def answered_late() -> Life:
    return [*offline()[:3], offline()[4]]


def set_aside() -> Life:
    receipt = sold()
    return [*offline()[:4], Resolved(receipt.okp, "", -103, "<fault/>")]


def given_up() -> Life:
    receipt = sold()
    again = [Attempted(receipt.okp, samples.attempt(receipt, count)) for count in (2, 3)]
    return [samples.intent(receipt), *again, SetAside(receipt.okp, 3)]


def given_up_unsent() -> Life:
    return [*offline()[:4], SetAside(sold().okp, 3)]


def given_up_and_sent_again() -> Life:
    again = Attempted(sold().okp, samples.attempt(sold(), 3))
    return [*given_up_unsent(), again, offline()[4]]


LIVES: dict[Callable[[], Life], str] = {
    on_paper: "Registering Online Printing Printed",
    by_mail: "Registering Online Emailing Sent",
    mail_then_paper: "Registering Online Emailing Diverting Printing Printed",
    offline: "Registering Offline Printing Printed",
    overloaded: "Registering Offline Printing Printed",
    refused: "Registering Refusing Refused",
    out_of_paper: "Registering Online Printing " + "Interrupting AwaitingPaper Printing " * 2 + "Printed",
    cut_after_w1: "Registering Registering Online Printing Printed",
    cut_amid_mail: "Registering Online Emailing Printing Printed",
    cut_amid_paper: "Registering Online Printing Printing Printing Printed",
    unfinished: "Registering",
    **dict.fromkeys(
        (
            practice,
            invoice,
            invoice_given_back,
            invoice_by_hand,
            by_hand,
            everything,
            deposited,
            withdrawn,
            before_rounding,
            begun_before_midnight,
            by_hand_before_the_rates,
            by_hand_before_rounding,
        ),
        "Registering Online Printing Printed",
    ),
    answered_late: "Registering Offline Printing Printed",
    set_aside: "Registering Offline Printing Printed",
    given_up: "Registering Registering Registering",
    given_up_unsent: "Registering Offline Printing Printed",
    given_up_and_sent_again: "Registering Offline Printing Printed",
}


def name_of(one: object) -> str:
    """The name of a function."""
    return getattr(one, "__name__", "")


@pytest.mark.parametrize("life", LIVES, ids=name_of)
def test_each_life_is_replayed_to_its_end(life: Callable[[], Life]) -> None:
    (told,) = tell(stored(life()))
    assert told.differs == ""
    assert told.replayed is not None
    assert " ".join(path_of(told.replayed)) == f"Composing Sealing {LIVES[life]}"


# --- One record changed ------------------------------------------------------------------------------------------


def changed(life: Life, place: int, **changes: Any) -> Life:
    """The life with other values in one record."""
    record: Any = life[place]
    assert all(getattr(record, name) != value for name, value in changes.items())
    return [*life[:place], replace(record, **changes), *life[place + 1 :]]


def other_tender() -> Life:
    life = on_paper()
    (intent,) = [record for record in life if isinstance(record, Intent)]
    sale = intent.receipt.sale
    less = replace(sale, tenders=(replace(sale.tenders[0], cents=sale.tenders[0].cents - 1),))
    return [replace(intent, receipt=replace(intent.receipt, sale=less)), *life[1:]]


CHANGES: dict[str, Life] = {
    "Intent": other_tender(),
    "Intent, rounding of another day": [
        replace(record, receipt=replace(record.receipt, create_date="2022-07-09T08:00:06+02:00"))
        if isinstance(record, Intent)
        else record
        for record in before_rounding()
    ],
    "Intent, cash moved in 2026": issued(
        samples.receipt_of(1, items=(), type=ReceiptType.VK, tenders=(), total_cents=5000)
    ),
    "Intent, nobody paid": issued(samples.receipt_of(1, tenders=())),
    "Intent, repair of nothing": issued(samples.receipt_of(1, repairs=samples.signed_receipt(2).okp)),
    "Intent, practice to be mailed": issued(samples.receipt_of(1, type=ReceiptType.ND, email_masked="j***@x")),
    "Outcome, way": changed(by_mail(), 1, way=Way.PRINT, message_id=""),
    "Outcome, Message-ID": changed(by_mail(), 1, message_id="<x@ekasa.invalid>"),
    "Outcome, form": changed(on_paper(), 1, form=Form.OFFLINE),
    "Outcome, refused": changed(on_paper(), 1, form=Form.REFUSED, uid="", code=-10, way=None),
    "MailFailed, moved": [*(life := mail_then_paper())[:1], life[2], life[1], life[3]],
    "MailFailed, missing": [*life[:2], life[3]],
    "MailFailed, power cut": changed(life, 2, phase=POWER_CUT),
    "PrintInterrupted, after the delivery": [*on_paper(), out_of_paper()[2]],
    "PrintInterrupted, before the outcome": [*(life := out_of_paper())[:1], life[2], life[1], life[4]],
    "Delivered, way": changed(on_paper(), 2, way=Way.EMAIL),
    "Delivered, way of a mail": changed(by_mail(), 2, way=Way.PRINT),
    "Delivered, evidence": changed(on_paper(), 2, evidence="fed"),
    "Delivered, twice": [*on_paper(), on_paper()[2]],
    "Delivered, though refused": [*refused(), on_paper()[2]],
    "Attempted, count": [
        *(life := cut_after_w1())[:1],
        Attempted(sold(mailed=True).okp, samples.attempt(sold(mailed=True), 5)),
        *life[2:],
    ],
    "Attempted by the outbox, count": [
        *(life := offline())[:3],
        Attempted(sold().okp, samples.attempt(sold(), 3)),
        *life[4:],
    ],
    "Attempted by the outbox, though on-line": [*on_paper(), offline()[3]],
    "Resolved, twice": [*offline(), offline()[4]],
    "Resolved, though on-line": [*on_paper(), offline()[4]],
    "SetAside, too early": changed(given_up(), 3, starts=2),
    "SetAside, though done": [*on_paper(), given_up()[3]],
    "SetAside, and printed": [*given_up(), samples.online(sold()), printed(sold())],
}


@pytest.mark.parametrize("life", CHANGES.values(), ids=CHANGES)
def test_a_life_that_the_tables_cannot_lead_differs(life: Life) -> None:
    with pytest.raises(ReplayDiffers):
        replay(stored(life))
    (told,) = tell(stored(life))
    assert told.differs
    assert "DIFFERS" in as_text(told)
    assert json.loads(as_line(told))["path"] == []


def repaired(**sale: Any) -> Life:
    """Set aside for its time, registered anew."""
    first = sold()
    again = samples.receipt_of(2, items=first.sale.items, repairs=first.okp, basket_id="session-9", **sale)
    return [*set_aside(), *issued(again)]


def test_a_repair_is_played_from_the_receipt_that_it_repairs() -> None:
    """From an empty basket; both receipts say what became of them, and another content differs."""
    first, again = tell(stored(repaired()))
    assert (first.differs, again.differs) == ("", "")
    assert again.replayed is not None
    assert path_of(again.replayed)[:3] == ("Composing", "Sealing", "Registering")
    assert "refused it later with -103" in summary(first)["reason"]
    assert f"anew OKP {sold().okp}" in summary(again)["reason"]
    _, other = tell(stored(repaired(cashier="Eva", rounding_cents=1)))
    assert other.differs


async def written(folder: Path, life: Life) -> Path:
    """A real journal of the receipt; what the storage refuses was never written by this program."""
    async with open_journal(folder / "journal") as storage:
        await storage.append(samples.opened())
        for record in life:
            await storage.append(record)
    return folder / "journal"


@pytest.mark.parametrize(
    "change", ["Intent", "Outcome, way", "MailFailed, power cut", "Delivered, evidence", "Attempted, count"]
)
async def test_the_command_exits_1_for_a_changed_record(tmp_path: Path, change: str) -> None:
    folder = await written(tmp_path, CHANGES[change])
    done = run_ekasa("replay", folder)
    assert done.returncode == 1, done.stderr
    assert "DIFFERS" in done.stdout


async def test_the_command_exits_0_for_what_the_register_wrote(tmp_path: Path) -> None:
    folder = await written(tmp_path, mail_then_paper())
    done = run_ekasa("replay", folder, "2026-11/1")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2026-11/1  PD  3.55 EUR  OKP ")
    assert [line.split()[2:] for line in lines[1:-3]] == [
        ["Composing"],
        ["Sealing", "TenderKeyed"],
        ["Registering", "Sealed"],
        ["Online", "Registered", "(UID", f"{samples.uid_of(sold())})"],
        ["Emailing", "Kept"],
        ["Diverting", "EmailFailed", "(NOT_SENT", "in", "rcpt", "550:", "5.1.1", "unknown)"],
        ["Printing", "Kept"],
        ["Printed", "Printed"],
    ]
    assert lines[-3:] == [
        "  = printed, because the mail was NOT_SENT in phase rcpt 550: 5.1.1 unknown",
        "",
        "1 receipts replayed, 0 differ",
    ]


# --- Telling -----------------------------------------------------------------------------------------------------


def test_receipts_are_told_in_the_order_of_their_numbers_whatever_lies_between() -> None:
    """Records of other receipts and of the register itself lie between those of one receipt."""
    first, second = sold(1), sold(2)
    records: Life = [samples.opened(), samples.intent(first), samples.offline(first), printed(first)]
    records += [samples.intent(second), Attempted(first.okp, samples.attempt(first, 2)), samples.online(second)]
    records += [Resolved(first.okp, samples.uid_of(first), 0, ""), printed(second), Closed(1, 9, "{}")]
    told = tell(stored(records))
    assert [one.intent.receipt.number for one in told] == [1, 2]
    assert [one.differs for one in told] == ["", ""]
    assert [type(each.record) for each in told[0].records] == [Intent, Outcome, Delivered, Attempted, Resolved]
    assert not any(isinstance(each.record, Opened) for one in told for each in one.records)


def many(count: int) -> Iterator[Stored]:
    """A journal of so many receipts, one after the other; the first waits for the authority until the end."""
    receipt = sold(1)
    *unsent, attempted, answered = offline()
    records: Life = [*unsent]
    for number in range(2, count + 1):
        other = replace(
            receipt, number=number, okp=f"OKP-{number}", sale=replace(receipt.sale, basket_id=f"b-{number}")
        )
        records += [replace(samples.intent(receipt), receipt=other), samples.online(other), printed(other)]
    yield from stored([*records, attempted, answered])


def test_receipts_are_told_while_the_journal_is_read() -> None:
    """Those that are done are not kept; one that waits is told in the end; a record of one that was told differs."""
    read = 0

    def reading() -> Iterator[Stored]:
        nonlocal read
        for each in many(2000):
            read = each.seq
            yield each
        yield replace(each, record=printed(replace(sold(), okp="OKP-2")))

    behind, told = [], []
    for one in telling(reading()):
        behind.append(read - one.records[-1].seq)
        told.append(one)
    assert max(behind[:-600]) < 3 * 1100
    assert [one.intent.receipt.number for one in told if one.records[0].seq == 1] == [1]
    assert len(told) == 2001
    (stray,) = [one for one in told if one.differs]
    assert "Delivered, of a receipt that ended or never began" in stray.differs
    assert "DIFFERS" in as_text(stray)
    assert [one.intent.receipt.number for one in telling(many(2000), "b-1700")] == [1700]


def test_what_the_outbox_did_is_told_after_the_path() -> None:
    """The later attempt and its answer, and the sentence says both."""
    (told,) = tell(stored(offline()))
    *_, attempted, resolved, reason = as_text(told).splitlines()
    assert "Attempted     outbox (SendingCount 2, Uuid" in attempted
    assert f"Resolved      outbox (UID {samples.uid_of(sold())})" in resolved
    assert reason == "  = printed OFF-LINE, because there was no UID in time (late); the authority registered it later"
    (told,) = tell(stored(given_up()))
    assert "never handed out: set aside at start 3" in as_text(told)


def test_a_receipt_is_found_by_each_of_its_names_and_by_no_part_of_them() -> None:
    (told,) = tell(stored(offline()))
    receipt = told.intent.receipt
    names = [receipt.okp, receipt.key, receipt.sale.basket_id, samples.uid_of(receipt)]
    for name in names:
        assert is_of(told, name)
        assert is_of(told, name.lower())
        assert not is_of(told, name[:-1])
    assert not is_of(told, "")


@pytest.mark.parametrize("life", LIVES, ids=name_of)
def test_a_reason_is_always_told(life: Callable[[], Life]) -> None:
    (told,) = tell(stored(life()))
    line = json.loads(as_line(told))
    assert line["reason"]
    assert line["reason"] in as_text(told)
    assert MASKED.replace("***", "ana") not in as_text(told)
    assert isinstance(told, Told)
