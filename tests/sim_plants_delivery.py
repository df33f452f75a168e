"""Planted bugs on the way to the customer: mail, paper, drawer, and what is said of a customer's address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import trio

from controller.outputs import Outputs
from drivers.ports import PortError
from states import effects as do, events as on, settling
from states.fiscal import copy as copies, journal, original
from states.fiscal.paper import Line
from states.fiscal.receipt import Form, Verdict, Way
from states.journey import Composing, Online, Printing, Refusing, Registering, Sealing
from states.machines import receipt as receipts
from states.table import Then, then
from tests.sim_cashier import VISITS
from tests.sim_faults import WEIGHTS, Drawer
from tests.sim_planting import Patch, Plant, row

MAILS: tuple[Patch, ...] = ((VISITS, "mailed", 80), (WEIGHTS, Drawer.MAIL, 60))
TORN: tuple[Patch, ...] = ((WEIGHTS, Drawer.PRINTER, 80),)
COPIES: tuple[Patch, ...] = ((VISITS, "copy", 30),)
LATE_S = 4.0
NO_UID = f"O-{0:032X}"

Mailing = Callable[[Outputs, do.Email], Awaitable[on.Answer]]
TRUE_EMAIL: Mailing = Outputs._email


def mailing(email: Mailing) -> Callable[[], tuple[Patch, ...]]:
    """Mails are sent in another way."""
    return lambda: ((Outputs, "_email", email),)


async def mail_twice(outputs: Outputs, effect: do.Email) -> on.Answer:
    """To be sure."""
    await TRUE_EMAIL(outputs, effect)
    return await TRUE_EMAIL(outputs, effect)


async def mail_again_in_doubt(outputs: Outputs, effect: do.Email) -> on.Answer:
    """Once more where it is not known whether it was taken."""
    answer = await TRUE_EMAIL(outputs, effect)
    in_doubt = isinstance(answer, on.EmailFailed) and answer.verdict is Verdict.IN_DOUBT
    return await TRUE_EMAIL(outputs, effect) if in_doubt else answer


async def doubt_is_accepted(outputs: Outputs, effect: do.Email) -> on.Answer:
    """No answer after the dot is a good answer."""
    answer = await TRUE_EMAIL(outputs, effect)
    in_doubt = isinstance(answer, on.EmailFailed) and answer.verdict is Verdict.IN_DOUBT
    return on.Emailed("250") if in_doubt else answer


async def refusal_not_noticed(outputs: Outputs, effect: do.Email) -> on.Answer:
    """Whatever the server said, it was mailed."""
    await TRUE_EMAIL(outputs, effect)
    return on.Emailed("250")


async def accepted_is_failed(outputs: Outputs, effect: do.Email) -> on.Answer:
    """An error of what comes after the acceptance is an error of the mail."""
    await TRUE_EMAIL(outputs, effect)
    return on.EmailFailed("closed", Verdict.IN_DOUBT, "quit", 0)


async def paper_waits(outputs: Outputs, effect: do.Email) -> on.Answer:
    """After a failure the register waits a while before it prints."""
    answer = await TRUE_EMAIL(outputs, effect)
    if isinstance(answer, on.EmailFailed):
        await trio.sleep(LATE_S)
    return answer


async def other_name(outputs: Outputs, effect: do.Email) -> on.Answer:
    """The Message-ID is made anew for each mail."""
    return await TRUE_EMAIL(outputs, replace(effect, message_id=f"<{outputs.new_uuid()}@ekasa.invalid>"))


def mail_offline() -> tuple[Patch, ...]:
    """A receipt without a UID is mailed as any other."""

    def go_offline(state: Registering, event: on.RegisterFailed) -> Then[Online]:
        mid = receipts.message_id(state.receipt.okp)
        record = journal.Outcome(state.receipt.okp, Form.OFFLINE, "", 0, event.reason, Way.EMAIL, mid, "")
        return then(Online(state.receipt, "", state.address, mid), do.Keep(record))

    return (row(Registering, on.RegisterFailed, Online, go_offline, lambda state, _: bool(state.address)),)


def print_refused() -> tuple[Patch, ...]:
    """The authority refused it, and the customer has it."""

    def doing(state: Refusing, _event: on.Kept) -> Then[Printing]:
        return then(Printing(state.receipt, NO_UID, None), do.Print(state.receipt, NO_UID, torn=False))

    return (row(Refusing, on.Kept, Printing, doing),)


Printed = Callable[[Outputs, do.Print], Awaitable[on.Answer]]
TRUE_PRINT: Printed = Outputs._print


def printing(printed: Printed) -> Callable[[], tuple[Patch, ...]]:
    """Originals are printed in another way."""
    return lambda: ((Outputs, "_print", printed),)


async def print_at_once_again(outputs: Outputs, effect: do.Print) -> on.Answer:
    """A printer that failed is tried again, and nothing is written of it."""
    try:
        return await TRUE_PRINT(outputs, effect)
    except PortError:
        return await TRUE_PRINT(outputs, effect)


async def not_voided(outputs: Outputs, effect: do.Print) -> on.Answer:
    """The torn part stays a receipt."""
    return await TRUE_PRINT(outputs, replace(effect, torn=False))


async def silence_is_printed(outputs: Outputs, effect: do.Print) -> on.Answer:
    """A printer that does not answer has printed."""
    try:
        return await TRUE_PRINT(outputs, effect)
    except PortError:
        return on.Printed()


async def without_uid(outputs: Outputs, effect: do.Print) -> on.Answer:
    """Each paper is an off-line one."""
    return await TRUE_PRINT(outputs, replace(effect, uid=""))


def copy_with_codes() -> tuple[Patch, ...]:
    """A copy has all that the original had."""

    def content(receipt: Any, columns: int) -> tuple[Line, ...]:
        return *TRUE_CONTENT(receipt, columns), *original.code_lines(receipt, "", columns)

    return ((copies, "content_lines", content),)


TRUE_CONTENT = original.content_lines


def drawer_before() -> tuple[Patch, ...]:
    """The drawer opens when the money is keyed."""

    def seal(basket: Composing, event: on.TenderKeyed) -> Then[Sealing]:
        sealing = settling.seal(basket, event)
        wishes = (do.OpenDrawer(),) if receipts.moves_cash(sealing.state.sale) else ()
        return then(sealing.state, *sealing.wishes, *wishes)

    return (row(Composing, on.TenderKeyed, Sealing, seal, settling.covers),)


def whole_address() -> tuple[Patch, ...]:
    """The customer's address is in the receipt as it was keyed."""
    return ((settling, "mask", lambda address: address),)


# fmt: off
DELIVERY: dict[str, Plant] = {
    "drawer-before":        Plant("the drawer opens before the receipt is durable", "I4", drawer_before),
    "without-uid":          Plant("the paper of an on-line receipt has no UID", "I12", printing(without_uid)),
    "print-refused":        Plant("a refused receipt is printed", "I13", print_refused),
    "silence-is-printed":   Plant("a silent printer is taken for a good one", "I15", printing(silence_is_printed)),
    "doubt-is-accepted":    Plant("a mail in doubt is taken for accepted", "I15", mailing(doubt_is_accepted), MAILS),
    "refusal-not-noticed":  Plant("a refused mail is taken for accepted", "I15", mailing(refusal_not_noticed), MAILS),
    "mail-offline":         Plant("an off-line receipt is mailed", "I16", mail_offline, MAILS),
    "accepted-is-failed":   Plant("an accepted mail is taken for failed", "I17", mailing(accepted_is_failed), MAILS),
    "paper-waits":          Plant("paper does not follow a failed mail in time", "I17", mailing(paper_waits), MAILS),
    "mail-twice":           Plant("a mail is sent twice", "I18", mailing(mail_twice), MAILS),
    "mail-again-in-doubt":  Plant("a mail in doubt is sent again", "I18", mailing(mail_again_in_doubt), MAILS),
    "other-name":           Plant("the Message-ID is made anew", "I18", mailing(other_name), MAILS),
    "print-again-at-once":  Plant("printed again, and that is not durable", "I19", printing(print_at_once_again), TORN),
    "not-voided":           Plant("torn paper is not voided", "I19", printing(not_voided), TORN),
    "copy-with-codes":      Plant("a copy has the codes of an original", "I19", copy_with_codes, COPIES),
    "whole-address":        Plant("a whole address is in the journal", "I26", whole_address, MAILS),
}
# fmt: on
