"""Planted faults: one row of a table is wrong, and the walk must say what is wrong with the register."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from states import basket, beginning, effects as do, events as on, looking, outgoing, settling
from states.fiscal import journal
from states.fiscal.place import Location
from states.fiscal.receipt import Attempt, Form, Item, ItemType, MailResult, Role, Way
from states.fiscal.slip import CashOrder
from states.journey import (
    AwaitingPaper,
    Composing,
    Diverting,
    Emailing,
    Offline,
    Online,
    Printing,
    Refusing,
    Registering,
    Sealing,
    Sent,
)
from states.keying import Ready, Spelling
from states.machines import line, receipt, service, slip
from states.machines.line import Reaching, Unreachable
from states.machines.medium import Ailing, is_sound, notices_of
from states.machines.outbox import Reattempting, Resending, Resolving, Resting
from states.machines.place import Locating, Placed, PlaceKeeping, Unplaced
from states.machines.service import Expiring, InService
from states.machines.slip import Gathering, NoSlip, SlipPrinting
from states.outgoing import reattempting
from states.queueing import Unsent, end_of, given_up, taken_back
from states.register import TABLES
from states.spelling import is_reference
from states.table import Row, Table, Then, otherwise, then
from tests.fiscal_examples import PAYER, SW_ID, UID
from tests.walk_scenes import ALARMS, BASKET, DOCUMENTS, KEYPAD, LINE, MEDIUM, OUTBOX, PLACE, POISON, SCENES, SERVICE
from tests.walking import Scene
from tests.world_walk import ADDRESS, DATE, gathered

Doing = Callable[[Any, Any], Then[Any]]
LAW = "R-25"
"""A wrong row has no law of its own."""
KEEP = do.Keep(journal.PrintInterrupted("", ""))
"""A record of no receipt, to be asked for beside something else."""


@dataclass(frozen=True)
class Fault:
    """A wrong row, the scene that meets it, and what the walk says then."""

    says: str
    scene: Scene
    row: Row

    @property
    def table(self) -> Table:
        """The table that has states of this kind."""
        return next(table for table in TABLES.values() if self.row.source in table.states)

    @property
    def planted(self) -> Table:
        """The table with the row: instead of the unguarded one of its cell, or before all others."""
        wrong, table = self.row, self.table
        cell = [row for row in table.rows if (row.source, row.event) == (wrong.source, wrong.event)]
        rest = [row for row in table.rows if row not in cell]
        is_last = wrong.when is otherwise
        return rebuilt(table, [*rest, *cell[:-1], wrong] if is_last else [*rest, wrong, *cell])


def rebuilt(table: Table, rows: Iterable[Row]) -> Table:
    """The same machine with other rows."""
    return Table(table.name, table.initial, table.rest, tuple(rows), table.refusal)


# --- Guards ------------------------------------------------------------------------------------------------


def perhaps(_state: object, _event: object) -> bool:
    """A planted row that stands before the right ones."""
    return True


def late(_state: object, event: on.Failed) -> bool:
    """A planted row that is taken now and then."""
    return event.reason == "late"


# --- Whatever the row was to do ----------------------------------------------------------------------------


def stay(state: Any, _event: on.Event) -> Then[Any]:
    """Nothing ever comes of it."""
    return then(state)


def also(doing: Doing, *wishes: do.Effect) -> Doing:
    """The action wants more."""
    return lambda state, event: Then(doing(state, event).state, (*doing(state, event).wishes, *wishes))


def silently(doing: Doing) -> Doing:
    """The action wants nothing."""
    return lambda state, event: Then(doing(state, event).state)


# --- The receipt -------------------------------------------------------------------------------------------


def mail_at_once(state: Registering, event: on.Registered) -> Then[Emailing]:
    """W2 is forgotten."""
    return then(Emailing(state.receipt, event.uid), do.Email(state.receipt, event.uid, state.address, ""))


def mail_offline(state: Offline, _event: on.Kept) -> Then[Emailing]:
    """An off-line receipt by mail."""
    return then(Emailing(state.receipt, UID), do.Email(state.receipt, UID, ADDRESS, ""))


def mail_again(state: Diverting, _event: on.Kept) -> Then[Emailing]:
    """Perhaps it goes better the second time."""
    return then(Emailing(state.receipt, state.uid), do.Email(state.receipt, state.uid, ADDRESS, ""))


def print_at_once(state: Emailing, event: on.EmailFailed) -> Then[Printing]:
    """W3' is forgotten."""
    mail = MailResult(event.verdict, event.phase, event.code, event.reason)
    return then(Printing(state.receipt, state.uid, mail), do.Print(state.receipt, state.uid, torn=False))


def print_refused(state: Refusing, _event: on.Kept) -> Then[Printing]:
    """A receipt that the authority refused is handed out."""
    return then(Printing(state.receipt, "", None), do.Print(state.receipt, "", torn=False))


def printing(*, torn: bool) -> Doing:
    """A print that takes the paper's state for granted."""
    return lambda state, event: then(
        Printing(state.receipt, state.uid, None), do.Print(state.receipt, state.uid, torn=torn)
    )


def open_early(state: Composing, event: on.TenderKeyed) -> Then[Sealing]:
    """The drawer is quicker than the journal."""
    done = settling.seal(state, event)
    return then(done.state, *done.wishes, do.OpenDrawer())


def open_always(state: Sealing, event: on.Sealed) -> Then[Registering]:
    """The drawer opens for a card too."""
    return then(Registering(event.receipt, event.attempt, state.address), do.OpenDrawer())


def keep_outcome_again(state: Emailing, _event: on.Emailed) -> Then[Sent]:
    """Another outcome where the delivery should be."""
    record = journal.Outcome(state.receipt.okp, Form.ONLINE, state.uid, 0, "", Way.EMAIL, "", "")
    return then(Sent(state.receipt), do.Keep(record))


def keep_wrong_way(state: Emailing, _event: on.Emailed) -> Then[Sent]:
    """A delivery on paper that was never printed."""
    return then(Sent(state.receipt), do.Keep(journal.Delivered(state.receipt.okp, Way.PRINT, "")))


def give_up(state: Printing, _event: on.PrintFailed) -> Then[Composing]:
    """The customer goes without paper."""
    return then(Composing(state.receipt.sale.basket_id))


def remember(state: Sent, event: on.Kept) -> Then[Composing]:
    """The next customer is written to as well."""
    return then(replace(receipt.end_sent(state, event).state, address=ADDRESS))


def ask_as_well(state: Sealing, event: on.Sealed) -> Then[Registering]:
    """The receipt sends its message itself, beside the line."""
    done = receipt.await_answer(state, event)
    return then(done.state, *done.wishes, do.Register(event.receipt, event.attempt))


def discount_all(state: Composing, event: on.AdjustmentKeyed) -> Then[Composing]:
    """Fifty euros off, whatever there is."""
    item = Item("Z", Decimal(1), "", Decimal(-50), 23, ItemType.DISCOUNT, role=Role.ON_LINE)
    return then(replace(state, items=(*state.items, item)))


def pay_promise(state: Composing, event: on.TenderKeyed) -> Then[Sealing]:
    """A part is enough."""
    return settling.seal(state, event)


def refund_repair(state: Composing, event: on.RepairBegun) -> Then[Sealing]:
    """The repair is mailed to whom the first one was not."""
    done = beginning.repair(state, event)
    sale = replace(done.state.sale, email_masked="j***@example.sk")
    return then(replace(done.state, sale=sale), do.Seal(sale))


# --- Line and outbox -----------------------------------------------------------------------------------------


def ask_briefly(state: Reaching, event: on.Sealed) -> Then[Reaching]:
    """The customer never waits the full limit."""
    return then(state, do.Register(event.receipt, event.attempt, briefly=True))


def ask_patiently(state: Unreachable, event: on.Sealed) -> Then[Unreachable]:
    """The customer always waits the full limit."""
    return then(state, do.Register(event.receipt, event.attempt))


def resend_at_once(state: Resting, _event: on.WentOnline) -> Then[Resending]:
    """W4 is forgotten."""
    attempt = Attempt("u", DATE, 2)
    return then(Resending(state.box, attempt), do.Resend(state.box.queue[0].message, attempt))


def count_again(state: Resting, _event: on.Ticked) -> Then[Reattempting]:
    """The count is not raised."""
    oldest = state.box.queue[0]
    return then(Reattempting(state.box), do.Reattempt(oldest.message, oldest.sending_count))


def forget(state: Resending, _event: on.ResendFailed) -> Then[Resting]:
    """The queue is lost."""
    return then(Resting(replace(state.box, queue=())))


def drop_at_once(state: Resting, event: on.RepairKeyed) -> Then[Resting]:
    """What is repaired is forgotten before it is."""
    done = outgoing.begin_repair(state, event)
    return then(Resting(replace(state.box, aside=())), *done.wishes)


def repair_any(state: Resting, _event: on.RepairKeyed) -> Then[Resting]:
    """Whatever the authority's reason was, it is registered anew."""
    return then(state, on.RepairBegun(state.box.aside[0].receipt))


def has_aside(state: Resting, _event: on.RepairKeyed) -> bool:
    """Something was set aside."""
    return bool(state.box.aside)


def queue_before(state: Reattempting, event: on.WentOffline) -> Then[Reattempting]:
    """Whoever comes takes the place of the one that is under way."""
    unsent = Unsent(event.message, event.sending_count)
    return then(Reattempting(replace(state.box, queue=(unsent, *state.box.queue))))


def resolve_first(state: Resting, event: on.AnsweredLate) -> Then[Resolving]:
    """Whoever answers late means the oldest."""
    message = state.box.queue[0].message
    return then(Resolving(state.box, message), do.Resolve(end_of(message, event.uid, 0, event.reply)))


def resolve_last(state: Resending, event: on.Resent) -> Then[Resolving]:
    """The answer is stored for whoever came last."""
    message = state.box.queue[-1].message
    return then(Resolving(state.box, message), do.Resolve(end_of(message, event.uid, 0, event.reply)))


def send_given_up(state: Resting, _event: on.Ticked) -> Then[Reattempting]:
    """What ended the process is tried again and again."""
    return reattempting(taken_back(state.box))


def has_given_up(state: Resting, _event: on.Ticked) -> bool:
    """Something was given up."""
    return given_up(state.box) is not None


def print_late(state: Resting, event: on.AnsweredLate) -> Then[Resolving]:
    """The customer gets another paper, now that there is a UID."""
    done = outgoing.keep_late(state, event)
    (message,) = (one.message for one in state.box.queue if getattr(one.message, "okp", "") == event.okp)
    assert not isinstance(message, Location)
    return then(done.state, *done.wishes, do.Print(message, event.uid, torn=False))


def lose_refused(state: Resolving, _event: on.Resolved) -> Then[Resting]:
    """What the authority refused later is nobody's concern."""
    return then(Resting(replace(state.box, queue=state.box.queue[1:])))


# --- Slips and the place -------------------------------------------------------------------------------------


def print_ungathered(_state: NoSlip, event: on.SlipOrdered) -> Then[SlipPrinting]:
    """The slip is printed before the journal was read, and before anything of it is durable."""
    return then(SlipPrinting(event.order), do.PrintSlip(gathered(event.order)))


def open_for_all(state: Gathering, event: on.SlipGathered) -> Then[SlipPrinting]:
    """The drawer opens for a report too."""
    return then(SlipPrinting(state.order), do.OpenDrawer(), do.PrintSlip(event.slip))


def close_again(state: SlipPrinting, _event: on.SlipFailed) -> Then[Gathering]:
    """Another daily report, because the first did not come out."""
    return then(Gathering(state.order), do.Gather(state.order))


def print_another(state: Gathering, _event: on.SlipGathered) -> Then[SlipPrinting]:
    """Not the slip that was gathered."""
    return then(SlipPrinting(state.order), do.PrintSlip(gathered(CashOrder(1))))


def sell_at_once(_state: Unplaced, event: on.PlaceKeyed) -> Then[Placed]:
    """The register sells before W1 of its place."""
    return then(Placed(event.place, "nowhere"))


def locate_at_once(_state: Unplaced, event: on.PlaceKeyed) -> Then[Locating]:
    """W1 of the place is forgotten."""
    location, attempt = Location("hasty", event.place, PAYER, DATE, SW_ID), Attempt("u", DATE, 1)
    return then(Locating(location, attempt), do.Locate(location, attempt))


def sell_unsent(state: Locating, _event: on.LocateFailed) -> Then[Placed]:
    """Nobody sends the location later."""
    return then(Placed(state.location.place, state.location.id))


def settle_refused(state: PlaceKeeping, _event: on.PlaceKept) -> Then[Placed]:
    """The authority did not take the place; never mind."""
    return then(Placed(state.location.place, state.location.id))


# --- Entry and service ---------------------------------------------------------------------------------------


def look_and_go(state: Spelling, event: on.EnterPressed) -> Then[Ready]:
    """The journal is asked, and nobody waits for it."""
    done = looking.look_up(state, event)
    return then(Ready(state.till), *done.wishes)


def order_twice(state: Ready, _event: on.CopyPressed) -> Then[Ready]:
    """Two copies at once."""
    return then(state, on.SlipOrdered(CashOrder(1)), on.SlipOrdered(CashOrder(1)))


def warn_in_riddles(state: InService, event: on.Ticked) -> Then[Expiring]:
    """A notice without a sentence."""
    return then(service.warn(state, event).state, do.Beep("certificate-61"))


def warn_always(_state: Ailing, event: on.MediumTold) -> Then[Ailing]:
    """The cashier hears it every few seconds."""
    return then(Ailing(notices_of(event)), *map(do.Beep, notices_of(event)))


# --- The faults ----------------------------------------------------------------------------------------------

PLANTED: dict[str, tuple[tuple[str, Row], ...]] = {
    DOCUMENTS.name: (
        ("an answer is not stored", Row(Registering, on.Registered, perhaps, Emailing, mail_at_once, LAW)),
        ("a mail leaves before the UID", Row(Offline, on.Kept, perhaps, Emailing, mail_offline, LAW)),
        ("a mail leaves again", Row(Diverting, on.Kept, perhaps, Emailing, mail_again, LAW)),
        ("a print leaves before paper", Row(Emailing, on.EmailFailed, late, Printing, print_at_once, LAW)),
        ("a print leaves before paper", Row(Refusing, on.Kept, perhaps, Printing, print_refused, LAW)),
        ("a torn print is voided", Row(Online, on.Kept, otherwise, Printing, printing(torn=True), LAW)),
        ("printed twice", Row(AwaitingPaper, on.EnterPressed, otherwise, Printing, printing(torn=False), LAW)),
        ("the drawer opens before", Row(Composing, on.TenderKeyed, settling.covers, Sealing, open_early, LAW)),
        ("the drawer opens before", Row(Sealing, on.Sealed, otherwise, Registering, open_always, LAW)),
        ("an outcome is kept twice", Row(Emailing, on.Emailed, otherwise, Sent, keep_outcome_again, LAW)),
        ("a way that was not begun", Row(Emailing, on.Emailed, otherwise, Sent, keep_wrong_way, LAW)),
        ("neither mail nor paper", Row(Printing, on.PrintFailed, late, Composing, give_up, LAW)),
        ("the address outlives", Row(Sent, on.Kept, otherwise, Composing, remember, LAW)),
        ("waits for 0 answers", Row(Diverting, on.Kept, otherwise, Printing, silently(receipt.print_instead), LAW)),
        ("waits for 2 answers", Row(Online, on.Kept, otherwise, Printing, also(receipt.print_online, KEEP), LAW)),
        ("no way home", Row(AwaitingPaper, on.EnterPressed, otherwise, AwaitingPaper, stay, LAW)),
        ("waits for 2 answers", Row(Sealing, on.Sealed, otherwise, Registering, ask_as_well, LAW)),
        (
            "practice with an address",
            Row(Composing, on.AddressKeyed, otherwise, Composing, basket.keep_address, LAW),
        ),
        (
            "an invoice beside goods",
            Row(Composing, on.InvoiceKeyed, otherwise, Composing, beginning.pay_invoice, LAW),
        ),
        (
            "sent where it is not",
            Row(Composing, on.CashMoveKeyed, beginning.moves_cash, Sealing, beginning.send_cash, LAW),
        ),
    ),
    BASKET.name: (
        ("can be no receipt", Row(Composing, on.AdjustmentKeyed, otherwise, Composing, discount_all, LAW)),
        ("can be no receipt", Row(Composing, on.ItemKeyed, otherwise, Composing, basket.add_item, LAW)),
        ("can be no receipt", Row(Composing, on.LineVoided, basket.has_items, Composing, basket.void, LAW)),
        (
            "a sale is sealed that is not",
            Row(Composing, on.TenderKeyed, settling.is_part, Sealing, pay_promise, LAW),
        ),
    ),
    OUTBOX.name: (
        ("a repair is mailed", Row(Composing, on.RepairBegun, perhaps, Sealing, refund_repair, LAW)),
        (
            "before its attempt is durable",
            Row(Resting, on.WentOnline, outgoing.has_sound, Resending, resend_at_once, LAW),
        ),
        (
            "before its attempt is durable",
            Row(Reattempting, on.WentOffline, otherwise, Reattempting, queue_before, LAW),
        ),
        (
            "stored for another receipt",
            Row(Resting, on.AnsweredLate, outgoing.has_sound, Resolving, resolve_first, LAW),
        ),
        ("not stored for its message", Row(Resending, on.Resent, otherwise, Resolving, resolve_last, LAW)),
        ("a late answer changes", Row(Resting, on.AnsweredLate, outgoing.is_queued, Resolving, print_late, LAW)),
        ("0 receipts aside", Row(Resolving, on.Resolved, otherwise, Resting, lose_refused, LAW)),
        ("0 receipts aside", Row(Resting, on.RepairKeyed, outgoing.is_repairable, Resting, drop_at_once, LAW)),
        ("1 receipts aside", Row(Resting, on.ReceiptEnded, otherwise, Resting, stay, LAW)),
        ("that was not refused for its time", Row(Resting, on.RepairKeyed, has_aside, Resting, repair_any, LAW)),
    ),
    LINE.name: (
        ("waits for 0 answers", Row(Reaching, on.Sealed, otherwise, Reaching, silently(line.register), LAW)),
        (
            "waits for 0 answers",
            Row(Unreachable, on.Sealed, otherwise, Unreachable, silently(line.register_briefly), LAW),
        ),
        ("as if the line were another", Row(Reaching, on.Sealed, otherwise, Reaching, ask_briefly, LAW)),
        ("as if the line were another", Row(Unreachable, on.Sealed, otherwise, Unreachable, ask_patiently, LAW)),
    ),
    ALARMS.name: (
        ("an attempt is counted wrongly", Row(Resting, on.Ticked, outgoing.is_due, Reattempting, count_again, LAW)),
        ("the outbox has 0 messages", Row(Resending, on.ResendFailed, otherwise, Resting, forget, LAW)),
    ),
    KEYPAD.name: (
        ("a slip is printed before", Row(NoSlip, on.SlipOrdered, perhaps, SlipPrinting, print_ungathered, LAW)),
        ("or another one", Row(Gathering, on.SlipGathered, perhaps, SlipPrinting, print_another, LAW)),
        ("or for none", Row(Gathering, on.SlipGathered, perhaps, SlipPrinting, open_for_all, LAW)),
        (
            "a slip is gathered that nobody",
            Row(SlipPrinting, on.SlipFailed, slip.is_closed, Gathering, close_again, LAW),
        ),
        ("slip: SlipOrdered in Gathering", Row(Ready, on.CopyPressed, otherwise, Ready, order_twice, LAW)),
        ("entry in Ready waits for 1", Row(Spelling, on.EnterPressed, is_reference, Ready, look_and_go, LAW)),
    ),
    PLACE.name: (
        ("sells where the authority", Row(Unplaced, on.PlaceKeyed, otherwise, Placed, sell_at_once, LAW)),
        ("a location leaves before", Row(Unplaced, on.PlaceKeyed, otherwise, Locating, locate_at_once, LAW)),
        ("the outbox has 0 messages", Row(Locating, on.LocateFailed, otherwise, Placed, sell_unsent, LAW)),
        ("sells where the authority", Row(PlaceKeeping, on.PlaceKept, otherwise, Placed, settle_refused, LAW)),
        ("sells where the authority", Row(Placed, on.PlaceRefused, otherwise, Placed, stay, LAW)),
    ),
    SERVICE.name: (
        ("nothing explains the beep", Row(InService, on.Ticked, service.is_near, Expiring, warn_in_riddles, LAW)),
    ),
    POISON.name: (
        ("Reattempt of what was given up", Row(Resting, on.Ticked, has_given_up, Reattempting, send_given_up, LAW)),
    ),
    MEDIUM.name: (
        ("is said again", Row(Ailing, on.MediumTold, otherwise, Ailing, warn_always, LAW)),
        ("says other things of the medium", Row(Ailing, on.MediumTold, is_sound, Ailing, stay, LAW)),
    ),
}
"""What the walk of a scene says of each wrong row."""

FAULTS = tuple(Fault(says, scene, row) for scene in SCENES for says, row in PLANTED.get(scene.name, ()))
