"""The later official scenarios about messages: answers, off-line receipts, sending again, error answers, locations,
and the print-out of unsent messages.

One register plays them all, with an authority in its place for each scenario that does what the scenario asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from drivers.clock_system import BRATISLAVA
from drivers.simulated.training import PORTABLE_IDENTITY
from states.fiscal.codes import paper_time, read_date
from states.fiscal.journal import Moved, MovedAnswered, Resolved
from tests.scenario_kit import (
    BROKEN,
    CODE,
    FAULT,
    LIST_UNSENT,
    PLACE,
    PRINT_UNSENT,
    SEND_NOW,
    SILENT,
    Scene,
    Sold,
    attributes,
    content,
    is_offline_code,
    open_scene,
    row,
    said,
)
from tests.shop import SALE, Message, await_that, mailed

DEADLINE = timedelta(hours=96)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A shop whose authority is given up after half a second, and tried again when the cashier says so."""
    settings = {"authority.limit_s": "0.5", "authority.resend_s": "900.0"}
    with open_scene(tmp_path_factory.mktemp("sending") / "shop", settings) as scene:
        scene.run()
        yield scene


def resolved(scene: Scene, sold: Sold) -> Resolved:
    """The authority's later answer to an off-line receipt, as soon as it is journaled."""

    def found() -> list[Resolved]:
        return [record for record in scene.shop.records(Resolved) if record.okp == sold.receipt.okp]

    return await_that(f"{sold.receipt.key} is resolved", found)[-1]


def check_offline(sold: Sold) -> None:
    """Paper, journal and message of a receipt without a UID."""
    lines = sold.paper.splitlines()
    assert lines[0].strip() == "OFF-LINE DOKLAD"
    assert "UID" not in sold.paper
    assert sold.receipt.okp in said(sold.paper).replace("- ", "-")
    assert sold.receipt.pkp in "".join(sold.paper.split())
    (code,) = sold.codes
    assert is_offline_code(code)
    assert (str(sold.outcome.form), sold.outcome.uid) == ("offline", "")
    assert sold.names[:3] == ["Intent", "Outcome", "Delivered"]


def test_ts_later_response_is_processed(scene: Scene) -> None:
    """Response processing: the UID of a verified answer is printed, the answer kept as it came; a warning is fine."""
    scene.authority(FAULT.format("warning"))
    sold = scene.sell(*SALE)
    reply = (scene.shop.folder / "authority" / "0001-reply.xml").read_text(encoding="utf-8")
    assert "Skúšobné upozornenie." in reply
    assert sold.outcome.reply == reply
    assert f'Id="{sold.outcome.uid}"' in reply
    assert f'RequestUuid="{attributes(sold.messages[0], "Header")["Uuid"]}"' in reply
    assert row(sold.paper, "UID:") == f"UID: {sold.outcome.uid}"
    scene.shows("VYTLAČENÉ")


@pytest.mark.parametrize("kind", ["unsigned", "wrong-signer", "wrong-uuid"])
def test_ts_later_response_that_cannot_be_believed_is_none(scene: Scene, kind: str) -> None:
    """Response processing: not signed, by somebody else, or for another request is no UID."""
    scene.authority(FAULT.format(kind))
    sold = scene.sell(*SALE)
    check_offline(sold)
    assert sold.outcome.reason
    scene.press(*SEND_NOW)
    assert resolved(scene, sold).uid


def test_ts_later_offline_receipt(scene: Scene) -> None:
    """Off-line receipt: no answer within the limit; paper without UID and with PKP, never mailed, its message kept."""
    scene.authority(SILENT)
    sold = scene.sell(*mailed())
    check_offline(sold)
    scene.shows("VYTLAČENÉ OFF-LINE, odošle sa neskôr")
    assert scene.shop.mails() == []
    receipt = sold.receipt
    written = receipt.create_date[2:19].translate({ord(mark): None for mark in "-T:"})
    parts = (receipt.okp, "88812345678900001", written, str(receipt.number), "12.50")
    assert sold.codes == [":".join(parts)]
    scene.hears("CLEAR")
    until = (read_date(receipt.create_date) + DEADLINE).astimezone(BRATISLAVA)
    scene.shows(f"NEODOSLANÉ 1, do {until:%d.%m. %H:%M}")
    scene.press(*SEND_NOW)
    assert resolved(scene, sold).uid


def test_ts_later_resend(scene: Scene) -> None:
    """Sending again: the same data, PKP and OKP, a new Uuid, one more in SendingCount; the paper stays what it is."""
    scene.authority(BROKEN)
    sold = scene.sell(*SALE)
    papers = scene.papers_count()
    scene.press(*SEND_NOW)
    await_that("it was sent again in vain", lambda: len(scene.sold(sold.receipt.okp).messages) > 1)
    scene.authority()
    scene.shows("NEODOSLANÉ 1")
    scene.sell(*SALE)
    uid = resolved(scene, sold).uid
    messages = scene.sold(sold.receipt.okp).messages
    headers = [attributes(message, "Header") for message in messages]
    assert [int(header["SendingCount"]) for header in headers] == list(range(1, len(headers) + 1))
    assert len(headers) > 2
    assert len({header["Uuid"] for header in headers}) == len(headers)
    assert [header["RequestDate"] for header in headers] == sorted(header["RequestDate"] for header in headers)
    for name in ("ReceiptData", "PKP", "OKP"):
        assert len({parts(message, name) for message in messages}) == 1
    assert uid.startswith("O-")
    assert scene.papers_count() == papers + 1
    assert not [paper for paper in scene.shop.papers() if uid in paper]


def parts(message: Message, name: str) -> str:
    """An element as text, with all that is in it."""
    (found,) = content(message).iter(f"{{*}}{name}")
    return str([(one.tag, sorted(one.attrib.items()), one.text) for one in found.iter()])


def test_ts_later_error_answer(scene: Scene) -> None:
    """Error answer: no receipt is handed out; the cashier is told what to do, and sells anew under a new number."""
    scene.authority(CODE.format(-101))
    papers = scene.papers_count()
    scene.press(*SALE)
    scene.shows("ODMIETNUTÉ -101", "ODMIETNUTÉ (-101)")
    refused = scene.shop.intents()[-1].receipt
    assert scene.papers_count() == papers
    assert [type(record).__name__ for record in scene.shop.of(refused.okp)] == ["Intent", "Outcome"]
    scene.hears("CLEAR")
    scene.shows("Tovar", "SUMA 12.50")
    again = scene.sell("CASH")
    assert again.receipt.number == refused.number + 1
    assert again.outcome.uid
    assert scene.papers_count() == papers + 1


def test_ts_later_error_answer_of_an_overloaded_server(scene: Scene) -> None:
    """Error answer -1: the server is overloaded, which is no refusal: an off-line receipt, and it is sent again."""
    scene.authority(CODE.format(-1))
    sold = scene.sell(*SALE)
    check_offline(sold)
    assert sold.outcome.code == -1
    scene.press(*SEND_NOW)
    assert resolved(scene, sold).uid


def test_ts_later_error_answer_to_an_offline_receipt(scene: Scene) -> None:
    """Error answer to a receipt that the customer has: it is set aside, and what waits behind it flows."""
    scene.authority(BROKEN)
    first, second = scene.sell(*SALE), scene.sell("7", "DEPARTMENT_2", "CARD")
    scene.authority(CODE.format(-103))
    scene.press(*SEND_NOW)
    assert resolved(scene, first).code == -103
    assert resolved(scene, second).uid
    scene.hears("CLEAR")
    scene.shows("ODMIETNUTÉ DODATOČNE 1: MENU")
    assert "-103" in scene.slip(*PRINT_UNSENT)
    repaired = scene.sell("MENU", "6", "4")
    assert repaired.outcome.uid
    assert repaired.receipt.number == second.receipt.number + 1
    assert (repaired.facts["Amount"], repaired.items) == (first.facts["Amount"], first.items)
    scene.hears("CLEAR")
    scene.shows("SUMA 0.00")
    assert "DODATOČNE" not in scene.glass.text()


def test_ts_later_unsent_messages_are_listed_and_printed(scene: Scene) -> None:
    """Print-out of unsent messages: each with its number, amount, OKP, count and the end of its 96 hours."""
    scene.authority(BROKEN)
    sold = [scene.sell(*SALE), scene.sell("7", "DEPARTMENT_2", "CARD")]
    scene.hears(*LIST_UNSENT)
    shown = scene.shows(*(one.receipt.key for one in sold))
    assert shown.index(sold[0].receipt.key) < shown.index(sold[1].receipt.key)
    scene.hears("CLEAR")
    paper = scene.slip(*PRINT_UNSENT)
    assert "NEODOSLANÉ DÁTOVÉ SPRÁVY" in paper
    assert row(paper, "Počet:") == "Počet: 2"
    for one in sold:
        assert row(paper, one.receipt.key) == f"{one.receipt.key} {one.receipt.amount} EUR"
        assert one.receipt.okp in said(paper).replace("- ", "-")
        assert paper_time(one.receipt.create_date) in paper
    scene.authority()
    scene.press(*SEND_NOW)
    assert all(resolved(scene, one).uid for one in sold)
    assert row(scene.slip(*PRINT_UNSENT), "Počet:") == "Počet: 0"


# --- Locations -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def van(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The same seller's register that moves about; it has not been anywhere yet."""
    settings = {"authority.limit_s": "0.5", "authority.resend_s": "900.0"}
    with open_scene(tmp_path_factory.mktemp("van") / "shop", settings) as scene:
        assert scene.load(scene.identdata(PORTABLE_IDENTITY), scene.authdata()).returncode == 0
        scene.run()
        yield scene


PLACES = {
    "gps": ("17.165377 48.148962", "Gps", {"AxisX": "17.165377", "AxisY": "48.148962"}),
    "address": (
        "Mierová 202/23, 82105 Bratislava",
        "PhysicalAddress",
        {
            "Municipality": "Bratislava",
            "StreetName": "Mierová",
            "BuildingNumber": "23",
            "PropertyRegistrationNumber": "202",
            "PostalCode": "82105",
        },
    ),
    "other": ("Taxi ABC EČV=BA123AA", "Other", {}),
}


@pytest.mark.parametrize("kind", PLACES)
def test_ts_later_location(van: Scene, kind: str) -> None:
    """Location by GPS, by address and by other words: announced before the first sale there, once for each place."""
    words, name, wanted = PLACES[kind]
    if not van.shop.records(Moved):
        van.refuses(*SALE, says="Prenosná pokladňa: najprv zadajte polohu (MENU)")
    answers, messages = len(van.shop.records(MovedAnswered)), len(van.messages())
    van.press(*PLACE, f"TEXT {words}", "ENTER")
    assert van.shop.await_record(MovedAnswered, answers + 1).code == 0
    (message,) = van.messages()[messages:]
    location = van.shop.records(Moved)[-1].location
    assert attributes(message, "LocationData") == {
        "Dic": "1234567890",
        "CashRegisterCode": "88812345678900001",
        "CreateDate": location.create_date,
    }
    assert attributes(message, "Header")["SendingCount"] == "1"
    assert attributes(message, name) == wanted
    assert message.element(name) == (words if kind == "other" else "")
    assert "ValidationCode" not in message.text
    van.hears("CLEAR")
    van.refuses(*PLACE, f"TEXT {words}", "ENTER", says="Táto poloha je už ohlásená")
    assert "Prenosná pokladňa" in van.sell(*SALE).paper


def test_ts_later_location_offline(van: Scene) -> None:
    """A location without an answer does not stop the sale: it is journaled, and sent again before anything else."""
    van.authority(FAULT.format("cut-tls"))
    van.press(*PLACE, "TEXT Jarmok, Trnava", "ENTER")
    van.shows("NEODOSLANÉ 1")
    place = van.shop.records(Moved)[-1].location
    assert van.sell(*SALE).outcome.uid
    await_that("the location is known", lambda: van.shop.records(MovedAnswered)[-1].id == place.id)
    sent = [message for message in van.messages() if "Jarmok, Trnava" in message.text]
    assert [attributes(message, "Header")["SendingCount"] for message in sent] == ["1", "2"]
    assert len({attributes(message, "LocationData")["CreateDate"] for message in sent}) == 1
