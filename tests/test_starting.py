"""A start on a real journal: what recovery decides is durable, once, and what stays without progress is given up."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from controller.opening import Opening, open_all
from controller.settings import load_settings
from controller.starting import start
from states import effects as do
from states.fiscal.journal import Attempted, Delivered, Intent, Opened, PrintInterrupted, Record, SetAside
from states.fiscal.receipt import Way
from states.journey import Composing, Ended, Printing, Registering
from states.queueing import Aside
from states.register import Register
from states.screen import screen
from tests.journal_samples import attempt, intent, offline, online, printed_life, signed_receipt
from tests.test_app import quiet_folder

RECEIPT, OTHER = signed_receipt(1), signed_receipt(2)
OKP = RECEIPT.okp


async def started_with(folder: Path, *records: Record) -> tuple[Register, tuple[do.Effect, ...], list[Record]]:
    """Start on what is there; then the process ends when these records are durable; with all that is in the journal."""
    async with AsyncExitStack() as stack:
        opening: Opening = await open_all(stack, load_settings(folder), folder)
        storage = opening.outputs.ports.storage
        register, effects = await start(opening)
        for record in records:
            await storage.append(record)
        return register, effects, [stored.record async for stored in storage.records()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A training register that nobody serves."""
    return quiet_folder(tmp_path)


async def test_r_45_the_third_start_goes_on_without_the_receipt(folder: Path) -> None:
    """I21: two starts ask the authority again, the third sells on, and the next ones know of nothing."""
    await started_with(folder, intent(RECEIPT))
    for count in (2, 3):
        register, effects, _ = await started_with(folder)
        assert isinstance(register.receipt, Registering)
        assert [type(effect) for effect in effects] == [do.Register]
        assert register.receipt.attempt.sending_count == count
    register, effects, records = await started_with(folder)
    assert isinstance(register.receipt, Composing)
    assert effects == (do.Beep("sale-given-up"),)
    assert [type(record) for record in records] == [Opened, Intent, *[Opened, Attempted] * 2, Opened, SetAside]
    assert records[-1] == SetAside(OKP, 3)
    assert register.ended == Ended(RECEIPT, None, None)
    assert register.outbox.box.aside == (Aside(RECEIPT, 0),)
    for _ in range(2):
        register, effects, records = await started_with(folder)
        assert (effects, register.notice) == ((), "")
        assert isinstance(records[-1], Opened)


@pytest.mark.parametrize(("language", "word"), [("sk", "paragón"), ("en", "paragon")])
async def test_the_cashier_reads_which_receipt_and_what_to_do(folder: Path, language: str, word: str) -> None:
    """Its number, a paragón for a customer without paper, and service; and nobody is thanked."""
    await started_with(folder, intent(RECEIPT), online(RECEIPT))
    for _ in range(2):
        await started_with(folder)
    register, _, _ = await started_with(folder)
    view = screen(register, "en" if language == "en" else "sk", training=True)
    assert RECEIPT.key in view.notice
    assert word in view.notice
    assert not {"Ďakujeme", "Thank you"} & {row.strip() for row in view.customer}
    assert register.outbox.box.aside == (), "the authority knows it"


async def test_sales_go_on_after_it(folder: Path) -> None:
    """I21: others flow: the next receipt is recovered as ever while the first stays aside."""
    await started_with(folder, intent(RECEIPT))
    for _ in range(3):
        await started_with(folder)
    await started_with(folder, intent(OTHER), online(OTHER))
    register, _, records = await started_with(folder)
    assert isinstance(register.receipt, Printing)
    assert (register.receipt.receipt, register.notice) == (OTHER, "recovered")
    assert records[-1] == PrintInterrupted(OTHER.okp, "power-cut")
    assert register.outbox.box.aside == (Aside(RECEIPT, 0),)


async def test_r_45_a_message_whose_sending_ends_the_process(folder: Path) -> None:
    """OEC 9/2019: the device restarted in a loop. The third start leaves it aside; the queue flows."""
    paper: list[Record] = [intent(RECEIPT), offline(RECEIPT), Delivered(OKP, Way.PRINT, "")]
    waits: list[Record] = [intent(OTHER), offline(OTHER), Delivered(OTHER.okp, Way.PRINT, "")]
    await started_with(folder, *paper, *waits, Attempted(OKP, attempt(RECEIPT, 2)))
    for count in (3, 4):
        register, _, _ = await started_with(folder, Attempted(OKP, attempt(RECEIPT, count)))
        assert [one.message for one in register.outbox.box.queue] == [RECEIPT, OTHER]
    register, effects, records = await started_with(folder)
    assert records[-1] == SetAside(OKP, 3)
    assert effects == (do.Beep("message-given-up"),)
    assert [one.message for one in register.outbox.box.queue] == [OTHER]
    assert register.outbox.box.aside == (Aside(RECEIPT, 0, 4),)


async def test_a_silent_authority_sets_nothing_aside(folder: Path) -> None:
    """Each night the register is switched off while a message waits, tried again and again."""
    paper: list[Record] = [intent(RECEIPT), offline(RECEIPT), Delivered(OKP, Way.PRINT, "")]
    await started_with(folder, *paper)
    for night in range(4):
        tries = [Attempted(OKP, attempt(RECEIPT, 2 + 3 * night + count)) for count in range(3)]
        await started_with(folder, *tries)
    register, _, records = await started_with(folder, *printed_life(OTHER))
    assert not any(isinstance(record, SetAside) for record in records)
    assert [one.message for one in register.outbox.box.queue] == [RECEIPT]
