"""The rules that hold on every step of the register: each says what is wrong with a step, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.discount import contradiction
from states.fiscal.place import Location
from states.fiscal.receipt import CASH_MOVES, TIME_CODES, Form, Receipt, ReceiptType, Sale, TenderKind, Way
from states.fiscal.slip import CashOrder
from states.fiscal.tender import settle
from states.journey import Composing, Refused, Sealing
from states.machines.line import Unreachable
from states.machines.medium import notices_of
from states.machines.outbox import Reattempting, Resolving
from states.machines.place import Fixed, Locating, Placed, PlaceKeeping, Unplaced
from states.machines.service import Blocked
from states.queueing import name_of
from states.register import TABLES
from states.words import WORDS
from tests.world_walk import PowerCut, Step, World, awaited, machine_of, may_bring

Rule = Callable[[Step], Iterator[str]]


# --- What leaves for the authority -------------------------------------------------------------------------


def one_question_at_a_time(step: Step) -> Iterator[str]:
    """A machine that waits for answers has asked exactly the question that brings them; any other has asked none."""
    asked: dict[str, list[set[type[on.Event]]]] = {}
    for effect in step.after.asked:
        asked.setdefault(machine_of(effect), []).append(may_bring(type(effect)))
    for name, table in TABLES.items():
        state = type(getattr(step.after.register, name)).__name__
        waits_for, mine = awaited(table, state), asked.get(name, [])
        if not (len(mine) == 1 and mine[0] <= waits_for if waits_for else not mine):
            yield f"{name} in {state} waits for {len(mine)} answers"


def nothing_is_announced_too_late(step: Step) -> Iterator[str]:
    """I4: a message leaves for the authority only when its attempt is durable, and only while it has no answer."""
    for effect in step.effects:
        match effect:
            case do.Register(receipt, attempt) | do.Resend(Receipt() as receipt, attempt):
                history = step.after.journal.history(receipt.okp)
                if history is None or history.attempts[-1] != attempt:
                    yield "a message leaves before its attempt is durable"
                elif history.resolved or (history.outcome is None) != isinstance(effect, do.Register):
                    yield "a message leaves that was answered"
            case do.Locate(location, attempt) | do.Resend(Location() as location, attempt):
                counts = {name_of(one.message): one.sending_count for one in step.after.journal.places.unsent}
                if counts.get(location.id) != attempt.sending_count:
                    yield "a location leaves before its attempt is durable, or was answered"


def the_line_asks_once_for_each_sale(step: Step) -> Iterator[str]:
    """R-05, R-36: each sealed receipt leaves at once and once; briefly only while the authority is unreachable."""
    if isinstance(step.event, PowerCut):
        return
    asked = [effect for effect in step.effects if isinstance(effect, do.Register)]
    sealed = [(step.event.receipt, step.event.attempt)] if isinstance(step.event, on.Sealed) else []
    if [(effect.receipt, effect.attempt) for effect in asked] != sealed:
        yield f"{len(asked)} messages leave for {len(sealed)} sealed receipts"
    if any(effect.briefly != isinstance(step.before.register.line, Unreachable) for effect in asked):
        yield "the customer waits as if the line were another"


def the_outbox_is_the_journal(step: Step) -> Iterator[str]:
    """I20, I28, R-20, R-32: the outbox is what the journal says of unsent messages and of those that were refused."""
    box = step.after.register.outbox.box
    queue = sorted((name_of(one.message), one.sending_count) for one in box.queue)
    back = taken_back(step.after)
    if queue != sorted((*durable_queue(step.after), *back)):
        yield f"the outbox has {len(queue)} messages, and the journal others, or with other counts"
    aside = {one.receipt.okp for one in box.aside}
    durable = {one.receipt.okp for one in step.after.journal.receipts if one.is_aside}
    if aside != durable - {name for name, _ in back}:
        yield f"the outbox has {len(aside)} receipts aside, and the journal others"
    for effect in step.effects:
        if isinstance(effect, do.Reattempt) and (name_of(effect.message), effect.sending_count - 1) not in queue:
            yield "an attempt is counted wrongly"


def durable_queue(world: World) -> Iterator[tuple[str, int]]:
    """Names and counts of what waits; a location waits in the outbox when nobody else waits for it."""
    for one in world.journal.receipts:
        if one.is_unsent:
            yield one.receipt.okp, one.attempts[-1].sending_count
    place = world.register.place
    mine = place.location.id if isinstance(place, Locating | PlaceKeeping) else ""
    for waiting in world.journal.places.unsent:
        if name_of(waiting.message) != mine:
            yield name_of(waiting.message), waiting.sending_count


def taken_back(world: World) -> tuple[tuple[str, int], ...]:
    """Name and count of what was given up and is to be sent once more, while its attempt is not durable yet."""
    outbox = world.register.outbox
    if not isinstance(outbox, Reattempting):
        return ()
    first = outbox.box.queue[0]
    history = world.journal.history(name_of(first.message))
    return ((name_of(first.message), first.sending_count),) if history and history.is_given_up else ()


def what_was_given_up_rests(step: Step) -> Iterator[str]:
    """R-45, I21: what ended the process again and again leaves no more, but for a person who wants it sent."""
    for effect in step.effects:
        if isinstance(effect, do.Register | do.Resend | do.Reattempt | do.Email | do.Print):
            message = effect.message if isinstance(effect, do.Resend | do.Reattempt) else effect.receipt
            history = step.after.journal.history(name_of(message))
            is_wanted = isinstance(effect, do.Reattempt) and isinstance(step.event, on.Key)
            if history and history.is_given_up and not is_wanted:
                yield f"{type(effect).__name__} of what was given up"
            if history and history.set_aside and isinstance(effect, do.Email | do.Print):
                yield "what was given up is handed out"


def an_answer_is_kept_where_it_belongs(step: Step) -> Iterator[str]:
    """R-07, R-20, R-34: an answer is stored for the message that it answers, once, and for no other."""
    asked = answered(step)
    if asked is None:
        return
    kept = [named(effect.record) for effect in step.effects if isinstance(effect, do.Keep | do.Resolve | do.KeepPlace)]
    if isinstance(step.event, on.AnsweredLate):
        if any(name != asked for name in kept):
            yield "a late answer is stored for another receipt"
        if any(isinstance(effect, do.Keep | do.Print | do.Email | do.Register) for effect in step.effects):
            yield "a late answer changes what the customer has"
    elif isinstance(step.event, on.Registered | on.Resent | on.Located) and kept != [asked]:
        yield "an answer is not stored for its message"


def answered(step: Step) -> str | None:
    """The message that this event is an answer to, by its name."""
    if isinstance(step.event, on.AnsweredLate):
        return step.event.okp
    match step.question:
        case do.Register(receipt, _):
            return receipt.okp
        case do.Resend(message, _):
            return name_of(message)
        case do.Locate(location, _):
            return location.id
    return None


def named(record: journal.Record) -> str:
    """The message that a record is of."""
    return record.id if isinstance(record, journal.MovedAnswered) else journal.okp_of(record)


# --- What reaches the customer -----------------------------------------------------------------------------


def mail_is_online_and_once(step: Step) -> Iterator[str]:
    """I14, I16, I18, R-29: a mail leaves once, with consent, when UID and way are durable; never of practice."""
    for effect in step.effects:
        if isinstance(effect, do.Email):
            history = step.after.journal.history(effect.receipt.okp)
            outcome = history.outcome if history else None
            if outcome is None or (outcome.form, outcome.uid, outcome.way) != (Form.ONLINE, effect.uid, Way.EMAIL):
                yield "a mail leaves before the UID and the way are durable"
            if step.before.begun or not effect.address:
                yield "a mail leaves again, or without an address"
            if effect.receipt.sale.type is ReceiptType.ND:
                yield "practice is mailed"


def paper_is_announced_and_whole(step: Step) -> Iterator[str]:
    """I4, I13, I19: paper is durable as the way; a second print voids the torn one, which is journaled."""
    for effect in step.effects:
        if not isinstance(effect, do.Print):
            continue
        history = step.after.journal.history(effect.receipt.okp)
        outcome = history.outcome if history else None
        if history is None or outcome is None or (outcome.way is not Way.PRINT and history.mail_failed is None):
            yield "a print leaves before paper is durable as the way"
        elif outcome.form is not (Form.ONLINE if effect.uid else Form.OFFLINE) or outcome.uid != effect.uid:
            yield "a print has another form than the journal"
        elif effect.torn and not history.interruptions:
            yield "a torn print is voided that was not journaled"
        elif not effect.torn and Way.PRINT in step.before.begun:
            yield "the original is printed twice"


def records_are_kept_once(step: Step) -> Iterator[str]:
    """I14, I15: one outcome, one verdict on the mail, and one delivery on the way that was begun last."""
    for effect in step.effects:
        if not isinstance(effect, do.Keep):
            continue
        history = step.after.journal.history(journal.okp_of(effect.record))
        if history is None or history.delivered:
            yield f"{type(effect.record).__name__} is kept of a receipt that is done with"
        elif isinstance(effect.record, journal.Outcome) and history.outcome:
            yield "an outcome is kept twice"
        elif isinstance(effect.record, journal.MailFailed) and history.mail_failed:
            yield "a mail fails twice"
        elif isinstance(effect.record, journal.Delivered) and step.before.begun[-1:] != (effect.record.way,):
            yield "a delivery is kept of a way that was not begun"


def every_customer_is_served(step: Step) -> Iterator[str]:
    """I15: while a customer waits, the receipt's machine is about that receipt; it turns to the next one only after."""
    state, undelivered = step.after.register.receipt, step.after.journal.undelivered
    if isinstance(state, Composing | Sealing | Refused):
        if undelivered is not None:
            yield f"{type(state).__name__} while a customer has neither mail nor paper"
    elif undelivered is None or undelivered.receipt != state.receipt:
        yield f"{type(state).__name__} of a receipt that nobody waits for"


def addresses_are_forgotten(step: Step) -> Iterator[str]:
    """I26: a receipt's address does not outlive it; a basket that was not sealed, or is to be mended, keeps it."""
    before, after = step.before.register.receipt, step.after.register.receipt
    fresh = isinstance(after, Composing) and not isinstance(before, Composing | Refused)
    if fresh and not isinstance(step.event, on.SealFailed) and after.address:
        yield "the address outlives its receipt"


# --- What is sold --------------------------------------------------------------------------------------------


def a_sale_makes_sense(step: Step) -> Iterator[str]:
    """R-04, R-26, R-27, R-29, R-30: a sale is paid, within its limits, and of one kind."""
    for effect in step.effects:
        if isinstance(effect, do.Seal) and not effect.sale.repairs:
            yield from senseless(effect.sale, step.before.register.receipt)
    basket = step.after.register.receipt
    if not isinstance(basket, Composing):
        return
    if found := contradiction(basket.items):
        yield f"a basket that can be no receipt: {found}"
    if basket.invoice and (basket.items or basket.is_training):
        yield "an invoice beside goods or practice"
    if basket.is_training and (basket.address or basket.paragon):
        yield "practice with an address or of a slip by hand"


def senseless(sale: Sale, basket: Composing) -> Iterator[str]:
    """What is wrong with a sale that is to be sealed."""
    settled = settle(sale.sum_cents, sale.tenders, is_rounded=basket.law.is_cash_rounded)
    amounts = settled.rounding_cents, settled.total_cents, settled.change_cents
    if sale.type in CASH_MOVES:
        if not basket.rules.are_cash_moves_sent or sale.tenders:
            yield "cash that moves is sent where it is not"
    elif not settled.is_covered or amounts != (sale.rounding_cents, sale.total_cents, sale.change_cents):
        yield "a sale is sealed that is not paid"
    if any(item.type == "K" and item.vat_rate not in basket.law.rates for item in sale.items):
        yield "goods are sold at a rate of another day"
    if (sale.type is ReceiptType.UF) != (sale.invoice is not None):
        yield "an invoice is no receipt of its own kind"


def a_repair_is_of_one_that_was_refused(step: Step) -> Iterator[str]:
    """R-32: what is registered anew was refused later, for its time, and nobody else repaired it."""
    for effect in step.effects:
        if isinstance(effect, do.Seal) and effect.sale.repairs:
            history = step.before.journal.history(effect.sale.repairs)
            resolved = history.resolved if history else None
            if resolved is None or resolved.uid or resolved.code not in TIME_CODES:
                yield "a receipt is repaired that was not refused for its time"
            if effect.sale.email_masked:
                yield "a repair is mailed"


def nothing_begins_where_nothing_is_sold(step: Step) -> Iterator[str]:
    """R-37, R-43: without a valid certificate, or a place that was told, no sale begins."""
    before, after = step.before.register, step.after.register
    if not isinstance(before.receipt, Composing) or not before.receipt.is_untouched:
        return
    if not (isinstance(before.service, Blocked) or isinstance(before.place, Unplaced)):
        return
    if not isinstance(after.receipt, Composing) or not after.receipt.is_untouched:
        yield f"{type(after.receipt).__name__} begins while nothing may be sold"


# --- Cash, slips, the place ----------------------------------------------------------------------------------


def the_drawer_opens_for_money(step: Step) -> Iterator[str]:
    """R-24: the drawer opens for the cashier's own key, or once when cash that moves is durable."""
    pulses = sum(isinstance(effect, do.OpenDrawer) for effect in step.effects)
    is_allowed = pulses <= 1 if isinstance(step.event, on.DrawerPressed) else pulses == opens(step)
    if not is_allowed:
        yield "the drawer opens before the money is durable, or twice, or for none"


def opens(step: Step) -> bool:
    """Whether the drawer has to open now."""
    match step.event, step.question:
        case on.Sealed(receipt, _), _:
            return not receipt.sale.repairs and moves_cash(receipt.sale)
        case on.SlipGathered(), do.Gather(CashOrder()):
            return True
    return False


def moves_cash(sale: Sale) -> bool:
    """Notes and coins are taken or given for it."""
    if sale.type in CASH_MOVES:
        return True
    kinds = {tender.kind for tender in sale.tenders if tender.cents}
    return sale.type is not ReceiptType.ND and bool(kinds & {TenderKind.CASH, TenderKind.CURRENCY})


def a_slip_is_gathered_once_and_printed_then(step: Step) -> Iterator[str]:
    """R-23: what a slip says (and closes) is durable before it is printed; it is gathered for a person only."""
    printed = [effect.slip for effect in step.effects if isinstance(effect, do.PrintSlip)]
    if printed != ([step.event.slip] if isinstance(step.event, on.SlipGathered) else []):
        yield "a slip is printed before it is durable, or another one"
    gathers = sum(isinstance(effect, do.Gather) for effect in step.effects)
    if gathers > isinstance(step.event, on.Key):
        yield "a slip is gathered that nobody wants"


def the_place_is_the_journals(step: Step) -> Iterator[str]:
    """R-37: the register sells where the journal says that it is, or nowhere."""
    place, here = step.after.register.place, step.after.journal.places.here
    outbox = step.after.register.outbox
    is_losing = isinstance(outbox, Resolving) and isinstance(outbox.message, Location) and bool(outbox.code)
    if isinstance(place, Fixed) and here is not None:
        yield "a fixed register has a place"
    if isinstance(place, Placed) and (here is None or here.id != place.id):
        yield "the register sells where the authority does not know it"
    if isinstance(place, Unplaced) and here is not None and not is_losing:
        yield "the register is nowhere, and the journal knows better"


def the_medium_is_told_of_once(step: Step) -> Iterator[str]:
    """R-46: what is amiss with the medium is said when it begins, stands on the display, and goes when it is over."""
    if not isinstance(step.event, on.MediumTold):
        return
    before, after = (getattr(one.register.medium, "notices", ()) for one in (step.before, step.after))
    said = [effect.notice for effect in step.effects if isinstance(effect, do.Beep)]
    if after != notices_of(step.event):
        yield "the display says other things of the medium than it told"
    if said != [notice for notice in after if notice not in before]:
        yield "what is amiss with the medium is said again, or not at all"


RULES: tuple[Rule, ...] = (
    an_answer_is_kept_where_it_belongs,
    one_question_at_a_time,
    mail_is_online_and_once,
    paper_is_announced_and_whole,
    records_are_kept_once,
    every_customer_is_served,
    addresses_are_forgotten,
    nothing_is_announced_too_late,
    the_line_asks_once_for_each_sale,
    the_outbox_is_the_journal,
    what_was_given_up_rests,
    a_sale_makes_sense,
    a_repair_is_of_one_that_was_refused,
    nothing_begins_where_nothing_is_sold,
    the_drawer_opens_for_money,
    a_slip_is_gathered_once_and_printed_then,
    the_place_is_the_journals,
    the_medium_is_told_of_once,
)


def every_beep_has_a_sentence(step: Step) -> Iterator[str]:
    """Whatever the cashier hears is explained on the display."""
    for effect in step.effects:
        if isinstance(effect, do.Beep) and effect.notice not in WORDS:
            yield f"nothing explains the beep {effect.notice}"
