"""The official scenarios TS_04_01 to TS_04_08, and ND, VK and VY of the later ones: every document from its keys.

One register plays them all; each scenario looks at what it sold: screen, paper, message, and journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from drivers.clock_system import BRATISLAVA
from states.fiscal.journal import CashMoved
from tests.scenario_kit import (
    NON_PAYER,
    PARAGON,
    TRAINING,
    Scene,
    Sold,
    attributes,
    open_scene,
    pkp_of,
    row,
    said,
    signer_of,
    typed,
)
from tests.shop import SALE

ITEM = ("1", "0", "DEPARTMENT_1")
"""A hammer for ten euros."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A shop of a payer of VAT, its register running."""
    with open_scene(tmp_path_factory.mktemp("documents") / "shop") as scene:
        scene.run()
        yield scene


def check_registered(sold: Sold) -> None:
    """One message was sent and accepted; paper and journal say so; PKP and OKP are of what was sent."""
    assert sold.names == ["Intent", "Outcome", "Delivered"]
    assert len(sold.messages) == 1
    assert attributes(sold.messages[0], "Header")["SendingCount"] == "1"
    assert f"UID: {sold.outcome.uid}" in sold.paper
    assert sold.codes == [sold.outcome.uid]
    assert sold.facts["Amount"] == sold.receipt.amount
    assert row(sold.paper, "Číslo dokladu:") == f"Číslo dokladu: {sold.facts['ReceiptNumber']}"
    assert row(sold.paper, "SUMA") == f"SUMA {sold.facts['Amount']} EUR"
    check_codes(sold)


def check_codes(sold: Sold) -> None:
    """The PKP is a signature of the attributes by the certificate in the message, and the OKP its hash."""
    (message,) = sold.messages
    digest = hashlib.sha1(pkp_of(message, signer_of(message))).hexdigest().upper()
    assert message.element("OKP") == "-".join(digest[start : start + 8] for start in range(0, 40, 8))


def moment(ago: timedelta) -> tuple[str, str]:
    """A time in the past as a cashier types it and as a message has it."""
    local = (datetime.now(UTC) - ago).astimezone(BRATISLAVA).replace(second=0, microsecond=0)
    return f"{local:%d.%m.%Y %H:%M}", local.isoformat()


def test_ts_04_01_a_sale_of_a_payer_of_vat(scene: Scene) -> None:
    """TS_04_01, PD of a payer of VAT: all rates, rounding of cash, the recap in the message and on paper."""
    two_buns = ("2", "TIMES", *typed("1.395"), "DEPARTMENT_2")
    bread, paper, tea = ("2", "DEPARTMENT_3"), (*typed("0.15"), "DEPARTMENT_8"), ("1", "0", "DEPARTMENT_1")
    scene.press(*tea, *two_buns, *bread, *paper)
    scene.shows("SUMA 14.94", "2x Potraviny", "Chlieb a mlieko", "Oslobodené od DPH")
    sold = scene.sell("CASH")
    check_registered(sold)
    recap = {name: sold.facts[name] for name in sold.facts if name.startswith(("Tax", "Basic", "Reduced"))}
    assert recap == {
        "TaxBaseBasic": "8.13",
        "BasicVatAmount": "1.87",
        "TaxBaseReduced": "4.24",
        "ReducedVatAmount": "0.55",
        "TaxFreeAmount": "0.15",
    }
    assert (sold.facts["ReceiptType"], sold.facts["Amount"], sold.facts["Paragon"]) == ("PD", "14.95", "false")
    assert (sold.facts["Dic"], sold.facts["IcDph"], sold.facts["Ico"]) == ("1234567890", "SK1234567890", "76543210")
    assert [(one["ItemType"], one["Quantity"], one["Price"], one["VatRate"]) for one in sold.items] == [
        ("K", "1.0000", "10.00", "23.00"),
        ("K", "2.0000", "2.79", "19.00"),
        ("K", "1.0000", "2.00", "5.00"),
        ("K", "1.0000", "0.15", "0.00"),
    ]
    assert [row(sold.paper, rate) for rate in ("23 %", "19 %", "5 %", "Oslobodené od dane")] == [
        "23 % 8.13 1.87 10.00",
        "19 % 2.34 0.45 2.79",
        "5 % 1.90 0.10 2.00",
        "Oslobodené od dane 0.15",
    ]
    assert row(sold.paper, "Zaokrúhlenie") == "Zaokrúhlenie 0.01"
    assert row(sold.paper, "IČ DPH") == "IČ DPH: SK1234567890"
    scene.shows("VYTLAČENÉ", "SUMA 14.95")


def test_ts_04_02_a_sale_of_a_seller_who_pays_no_vat(scene: Scene) -> None:
    """TS_04_02, PD of a non-payer: the loaded identity has no IČ DPH, so message and paper know no rates."""
    scene.reload(scene.identdata(NON_PAYER))
    try:
        sold = scene.sell(*ITEM, "2", "DEPARTMENT_3", "CARD")
    finally:
        scene.reload(scene.identdata())
    check_registered(sold)
    assert "IcDph" not in sold.facts
    assert sold.facts["TaxFreeAmount"] == "12.00"
    assert not {"TaxBaseBasic", "BasicVatAmount", "TaxBaseReduced", "ReducedVatAmount"} & set(sold.facts)
    assert [one["VatRate"] for one in sold.items] == ["0.00", "0.00"]
    for word in ("IČ DPH", "Základ", "%", "Oslobodené"):
        assert word not in sold.paper
    assert "IcDph" in scene.sell(*SALE).facts


def test_ts_04_03_returned_and_corrected_items(scene: Scene) -> None:
    """TS_04_03, PD with items V or O: each refers to its original, V below zero, O the exact opposite of an item."""
    original = scene.sell(*ITEM, "2", "TIMES", *typed("1.39"), "DEPARTMENT_2", "CARD")
    uid = original.outcome.uid
    scene.press("RETURN", f"TEXT {uid}", "ENTER")
    scene.shows("VRÁTENIE", uid)
    back = scene.sell(*ITEM, "CASH")
    check_registered(back)
    assert [(one["ItemType"], one["Price"], one["ReferenceReceiptId"]) for one in back.items] == [("V", "-10.00", uid)]
    assert (back.facts["Amount"], back.facts["TaxBaseBasic"], back.facts["BasicVatAmount"]) == (
        "-10.00",
        "-8.13",
        "-1.87",
    )
    assert f"Vrátené k dokladu: {uid}" in said(back.paper)
    scene.press("CORRECTION", f"TEXT {original.receipt.number}", "ENTER", "2", "TIMES", *typed("1.39"), "DEPARTMENT_2")
    right = scene.sell(*typed("1.29"), "DEPARTMENT_2", "CARD")
    check_registered(right)
    assert [(one["ItemType"], one["Quantity"], one["Price"]) for one in right.items] == [
        ("O", "2.0000", "-2.78"),
        ("K", "1.0000", "1.29"),
    ]
    assert right.items[0]["ReferenceReceiptId"] == uid
    assert "ReferenceReceiptId" not in right.items[1]
    assert right.facts["Amount"] == "-1.49"
    assert f"Oprava dokladu: {uid}" in said(right.paper)


def test_ts_04_03_a_reference_is_proved_before_anything_is_sealed(scene: Scene) -> None:
    """TS_04_03: a word that names no receipt, a receipt that is not here, an item that was not on it are refused."""
    scene.refuses("RETURN", "TEXT kladivo", "ENTER", says="Zadajte UID, OKP alebo číslo dokladu")
    foreign = "O-7DBCDA8A56EE426DBCDA8A56EE426D1A"
    scene.refuses("CLEAR", "RETURN", f"TEXT {foreign}", "ENTER", says="Doklad tu nie je. Cudzí? ENTER")
    sold = scene.sell("ENTER", *ITEM, "CARD")
    assert sold.items[0]["ReferenceReceiptId"] == foreign
    keys = ("CORRECTION", f"TEXT {scene.sell(*SALE).outcome.uid}", "ENTER", *ITEM)
    scene.refuses(*keys, says="Položka nie je na pôvod. doklade")
    scene.hears("CLEAR", "CLEAR")


def test_ts_04_04_no_customer_is_ever_named(scene: Scene) -> None:
    """TS_04_04, a receipt with the customer's id, is obsolete (finding 492/2021): nothing sends or prints one."""
    scene.hears("TEXT 12345678")
    scene.shows("Tento kláves tu nemá funkciu")
    sold = scene.sell(*SALE)
    assert "12345678" not in sold.messages[0].text.replace("1234567890", "")
    assert not [message.number for message in scene.messages() if "CustomerId" in message.text]
    assert not [paper for paper in scene.shop.papers() if "kupujúc" in paper.lower()]


def test_ts_04_05_a_seller_who_is_exempt(scene: Scene) -> None:
    """TS_04_05, a seller with an exemption from sending: the setting makes every message say Exception="true"."""
    assert attributes(scene.sell(*SALE).messages[0], "Header")["Exception"] == "false"
    scene.set("identity", "exemption", "true")
    try:
        exempt = scene.sell(*SALE)
    finally:
        scene.set("identity", "exemption", "false")
    check_registered(exempt)
    assert attributes(exempt.messages[0], "Header")["Exception"] == "true"
    assert exempt.receipt.exemption
    assert attributes(scene.sell(*SALE).messages[0], "Header")["Exception"] == "false"


def test_ts_04_06_a_slip_written_by_hand(scene: Scene) -> None:
    """TS_04_06, a paragón: its number and its date are the slip's, number and CreateDate the register's of now."""
    words, issued = moment(timedelta(days=2))
    scene.press(*PARAGON, "TEXT 17", "ENTER", f"TEXT {words}", "ENTER", *ITEM)
    scene.shows("PARAGÓN 17", "SUMA 10.00")
    sold = scene.sell("CASH")
    check_registered(sold)
    assert (sold.facts["ReceiptType"], sold.facts["Paragon"], sold.facts["ParagonNumber"]) == ("PD", "true", "17")
    assert (sold.facts["IssueDate"], sold.facts["CreateDate"]) == (issued, sold.receipt.create_date)
    assert sold.facts["IssueDate"] != sold.facts["CreateDate"]
    assert row(sold.paper, "Číslo paragónu:") == "Číslo paragónu: 17"
    assert row(sold.paper, "Dátum paragónu:") == f"Dátum paragónu: {words}:00"
    after = scene.sell(*SALE)
    assert (after.facts["Paragon"], after.facts["IssueDate"]) == ("false", after.facts["CreateDate"])
    assert "ParagonNumber" not in after.facts
    check_slips_are_refused(scene, words)


def check_slips_are_refused(scene: Scene, words: str) -> None:
    """Numbers go on without gaps, and nothing was written by hand tomorrow."""
    future, _ = moment(timedelta(days=-1))
    scene.refuses(*PARAGON, "TEXT 17", "ENTER", f"TEXT {words}", "ENTER", says="Paragón s týmto číslom už je")
    scene.refuses("LEFT", "9", "ENTER", f"TEXT {words}", "ENTER", says="Čísla paragónov idú po poradí")
    scene.refuses("LEFT", "8", "ENTER", f"TEXT {future}", "ENTER", says="Dátum paragónu je v budúcnosti")
    scene.hears("CLEAR")


def test_ts_04_07_an_invoice_is_paid(scene: Scene) -> None:
    """TS_04_07, UF: number and amount of the invoice, no items and no recap; cash is rounded; it may be given back."""
    scene.press("INVOICE", "TEXT FV-2026/118", "ENTER", *typed("120.02"), "ENTER")
    scene.shows("FAKTÚRA FV-2026/118", "SUMA 120.02")
    paid = scene.sell("CASH")
    check_invoice(paid, "FV-2026/118", "120.00")
    assert row(paid.paper, "Zaokrúhlenie") == "Zaokrúhlenie -0.02"
    card = scene.sell("INVOICE", "TEXT 2026119", "ENTER", *typed("120.02"), "ENTER", "CARD")
    check_invoice(card, "2026119", "120.02")
    back = scene.sell("INVOICE", "TEXT FV-2026/118", "ENTER", "1", "2", "0", "RETURN", "CASH")
    check_invoice(back, "FV-2026/118", "-120.00")


def check_invoice(sold: Sold, number: str, amount: str) -> None:
    """A payment of this invoice."""
    check_registered(sold)
    assert (sold.facts["ReceiptType"], sold.facts["InvoiceNumber"], sold.facts["Amount"]) == ("UF", number, amount)
    assert sold.items == []
    assert not [name for name in sold.facts if name.startswith(("Tax", "Basic", "Reduced"))]
    assert ("VRÁTENIE ÚHRADY FAKTÚRY" if amount.startswith("-") else "ÚHRADA FAKTÚRY") in sold.paper
    assert row(sold.paper, "Číslo faktúry:") == f"Číslo faktúry: {number}"
    assert "Základ" not in sold.paper


def test_ts_04_08_an_invoice_that_was_paid_by_hand(scene: Scene) -> None:
    """TS_04_08, a paragón of UF: both numbers, the slip's date; without a number the slip gets the next one."""
    words, issued = moment(timedelta(hours=5))
    first = scene.sell(*PARAGON, "ENTER", f"TEXT {words}", "ENTER", *ITEM, "CARD")
    keys = (*PARAGON, "ENTER", f"TEXT {words}", "ENTER", "INVOICE", "TEXT FV-2026/120", "ENTER", "7", "ENTER")
    scene.press(*keys)
    number = str(int(first.facts["ParagonNumber"]) + 1)
    scene.shows(f"PARAGÓN {number}", "FAKTÚRA FV-2026/120")
    sold = scene.sell("CASH")
    check_invoice(sold, "FV-2026/120", "7.00")
    assert (sold.facts["Paragon"], sold.facts["ParagonNumber"], sold.facts["IssueDate"]) == ("true", number, issued)
    assert row(sold.paper, "Číslo paragónu:") == f"Číslo paragónu: {number}"


def test_ts_later_nd_a_document_for_practice(scene: Scene) -> None:
    """ND: registered with items and recap, NEPLATNÝ DOKLAD on paper, never mailed; the next customer's is a sale."""
    scene.hears(*TRAINING)
    scene.shows("T POKLADNICA")
    scene.refuses("EMAIL", "TEXT jana@example.sk", "ENTER", says="Cvičný doklad sa neposiela e-mailom")
    sold = scene.sell(*ITEM, "CASH")
    check_registered(sold)
    assert (sold.facts["ReceiptType"], sold.facts["TaxBaseBasic"]) == ("ND", "8.13")
    assert sold.paper.count("NEPLATNÝ DOKLAD") >= 3
    assert "POKLADNIČNÝ DOKLAD" not in sold.paper
    assert scene.sell(*SALE).facts["ReceiptType"] == "PD"
    uid = sold.outcome.uid
    scene.refuses("RETURN", f"TEXT {uid}", "ENTER", says="To je cvičný NEPLATNÝ DOKLAD")
    scene.hears("CLEAR")


def test_ts_later_vk_vy_cash_moves_without_a_message(scene: Scene) -> None:
    """VK and VY, abolished since 2026: a slip of the shop's own, journaled, without number, UID or QR, and not sent."""
    before, number = len(scene.messages()), scene.sell(*SALE).receipt.number
    deposit, withdrawal = scene.slip("1", "0", "0", "DEPOSIT"), scene.slip("3", "0", "WITHDRAWAL")
    moved = scene.shop.records(CashMoved)[-2:]
    assert [(record.cents, record.cashier) for record in moved] == [(10000, "Jana"), (-3000, "Jana")]
    for paper, title, amount in ((deposit, "VKLAD HOTOVOSTI", "100.00"), (withdrawal, "VÝBER HOTOVOSTI", "30.00")):
        assert title in paper
        assert row(paper, "SUMA") == f"SUMA {amount} EUR"
        assert "finančnej správe sa neposiela" in said(paper)
        for word in ("UID", "OKP", "PKP", "[QR"):
            assert word not in paper
    scene.refuses("9", "9", "9", "9", "9", "WITHDRAWAL", says="Toľko hotovosti v zásuvke nie je")
    assert scene.sell(*SALE).receipt.number == number + 1
    assert len(scene.messages()) == before + 2
    assert not [message for message in scene.messages() if 'ReceiptType="V' in message.text]
