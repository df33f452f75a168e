"""The journey of each document: what it begins with, what is sealed, when the drawer opens, what comes after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from states import effects as do, events as on
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import (
    Attempt,
    Foreign,
    Form,
    Invoice,
    ItemType,
    Paragon,
    Receipt,
    ReceiptType,
    Sale,
    TenderKind,
    Verdict,
    Way,
)
from states.fiscal.rules import NEWEST, RULES, Rules, rules_of
from states.fiscal.slip import CashOrder
from states.journey import (
    Composing,
    Emailing,
    Ended,
    Offline,
    Online,
    Printed,
    Printing,
    Refused,
    Registering,
    Sealing,
    next_basket_id,
)
from states.machines.receipt import RECEIPT
from states.table import NeverHappens, Rest, Then
from states.words import WORDS
from tests.fiscal_examples import UID, cash_move, item, receipt

EMPTY = Composing("session-1", cashier="Jana")
ATTEMPT = Attempt("0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f", "2026-11-22T10:15:31+01:00", 1)
GOODS = on.ItemKeyed(item("12.52"))
ADDRESS = on.AddressKeyed("jana@example.sk")
PARAGON = Paragon(3, "2026-11-20T09:05:00+01:00")
INVOICE = Invoice("2026001", 12_002)
CASH, CARD = on.TenderKeyed(TenderKind.CASH, None), on.TenderKeyed(TenderKind.CARD, None)
DOLLARS = on.TenderKeyed(TenderKind.CURRENCY, 2000, Foreign("USD", item("21.70").unit_price, item("1.085").unit_price))
TRAINING = on.TrainingChosen()


def hear(state: object, *events: on.Event) -> Then[object]:
    """The last step after these events."""
    result = Then(state)
    for event in events:
        step = RECEIPT.step(result.state, event)
        assert isinstance(step, Then)
        result = step
    return result


def sealed(state: object, *events: on.Event) -> Sealing:
    """The sale that these events complete, with nothing wanted but its seal."""
    result = hear(state, *events)
    assert isinstance(result.state, Sealing), result
    assert result.wishes == (do.Seal(result.state.sale),)
    return result.state


def on_paper(sale: Sale, created: str = "2026-11-22T10:15:30+01:00") -> Receipt:
    """The sale with its number and codes."""
    return replace(receipt(sale), create_date=created, month=created[:7])


def answer(state: Sealing, created: str = "2026-11-22T10:15:30+01:00") -> on.Sealed:
    """W1 is durable."""
    return on.Sealed(on_paper(state.sale, created), ATTEMPT)


def refused(state: Composing, event: on.Event) -> str:
    """The word with which this is refused; the basket stays as it is."""
    result = hear(state, event)
    assert result.state == state
    (beep,) = result.wishes
    assert isinstance(beep, do.Beep)
    assert beep.notice in WORDS
    return beep.notice


@pytest.mark.parametrize(
    ("keyed", "type_", "drawer"),
    [
        ((GOODS, CASH), ReceiptType.PD, True),
        ((GOODS, CARD), ReceiptType.PD, False),
        ((GOODS, DOLLARS), ReceiptType.PD, True),
        ((GOODS, on.TenderKeyed(TenderKind.CHEQUE, None)), ReceiptType.PD, False),
        ((GOODS, on.TenderKeyed(TenderKind.CARD, 1000), CASH), ReceiptType.PD, True),
        ((on.ItemKeyed(item("0.00")), CASH), ReceiptType.PD, False),
        ((on.ItemKeyed(item("-5.00", kind=ItemType.RETURNED, reference="7")), CASH), ReceiptType.PD, True),
        ((on.InvoiceKeyed(INVOICE), CASH), ReceiptType.UF, True),
        ((on.InvoiceKeyed(INVOICE), CARD), ReceiptType.UF, False),
        ((TRAINING, GOODS, CASH), ReceiptType.ND, False),
    ],
)
def test_the_drawer_opens_once_the_sale_is_durable(
    keyed: tuple[on.Event, ...], type_: ReceiptType, drawer: bool
) -> None:
    """R-24: for cash and foreign currency, never for practice; the question to the authority is the line's."""
    state = sealed(EMPTY, *keyed)
    assert state.sale.type is type_
    result = hear(state, answer(state))
    assert result.wishes == ((do.OpenDrawer(),) if drawer else ())
    assert result.state == Registering(answer(state).receipt, ATTEMPT, "")


def test_an_invoice_is_paid_and_given_back() -> None:
    """R-27: UF has the number and the amount and no items; cash is rounded by its size, and it may be mailed."""
    state = sealed(EMPTY, on.InvoiceKeyed(INVOICE), ADDRESS, CASH)
    sale = state.sale
    assert (sale.type, sale.items, sale.invoice, sale.cashier) == (ReceiptType.UF, (), INVOICE, "Jana")
    assert (sale.total_cents, sale.rounding_cents, sale.sum_cents) == (12_000, -2, 12_002)
    assert (state.address, sale.email_masked) == ("jana@example.sk", "j***@example.sk")
    back = sealed(EMPTY, on.InvoiceKeyed(Invoice("2026001", -12_003)), CASH).sale
    assert (back.total_cents, back.rounding_cents) == (-12_005, -2)


def test_an_invoice_stands_alone() -> None:
    """Neither items nor a second invoice; after an address or a paragón it may be keyed, and VOID RECEIPT drops it."""
    open_ = hear(EMPTY, on.InvoiceKeyed(INVOICE)).state
    assert isinstance(open_, Composing)
    assert not open_.is_empty
    assert refused(open_, GOODS) == "invoice-open"
    for event in (on.InvoiceKeyed(INVOICE), TRAINING, on.ParagonKeyed(PARAGON), on.CashMoveKeyed(100)):
        assert refused(open_, event) == "basket-open"
    assert hear(open_, on.SubtotalKeyed()).state == replace(open_, is_summed=True)
    assert hear(open_, on.BasketVoided()) == Then(EMPTY)
    for first in (ADDRESS, on.ParagonKeyed(PARAGON)):
        assert hear(EMPTY, first, on.InvoiceKeyed(INVOICE), CARD).wishes
    for began in (GOODS, TRAINING):
        begun = hear(EMPTY, began).state
        assert isinstance(begun, Composing)
        assert refused(begun, on.InvoiceKeyed(INVOICE)) == "basket-open"
    assert refused(EMPTY, on.InvoiceKeyed(Invoice("1", 0))) == "wrong-sign"
    assert refused(EMPTY, on.InvoiceKeyed(Invoice("1", -AMOUNT_MAX_CENTS - 1))) == "amount-max"


@pytest.mark.parametrize(("then_keyed", "type_"), [(GOODS, ReceiptType.PD), (on.InvoiceKeyed(INVOICE), ReceiptType.UF)])
def test_a_paragon_goes_with_goods_or_an_invoice(then_keyed: on.Event, type_: ReceiptType) -> None:
    """R-28: its number and date are sealed; it is issued when it was written."""
    state = sealed(EMPTY, on.ParagonKeyed(PARAGON), then_keyed, CASH)
    assert (state.sale.type, state.sale.paragon) == (type_, PARAGON)
    assert answer(state).receipt.issue_date == PARAGON.issue_date


def test_a_paragon_comes_first() -> None:
    """What was begun as something else is not turned into a paragón."""
    for event in (GOODS, ADDRESS, TRAINING, on.ParagonKeyed(PARAGON)):
        begun = hear(EMPTY, event).state
        assert isinstance(begun, Composing)
        assert refused(begun, on.ParagonKeyed(PARAGON)) == "basket-open"


def test_practice_is_never_mailed() -> None:
    """R-29: ND is sealed, registered and printed, off-line too; an address is refused."""
    practice = hear(EMPTY, TRAINING).state
    assert isinstance(practice, Composing)
    assert refused(practice, ADDRESS) == "nd-no-email"
    assert refused(practice, TRAINING) == "basket-open"
    state = sealed(practice, GOODS, CASH)
    assert (state.sale.type, state.sale.cashier) == (ReceiptType.ND, "Jana")
    journey = hear(state, answer(state), on.RegisterFailed("late", sent=True), on.Kept())
    assert isinstance(journey.state, Printing)
    assert on.WentOffline(answer(state).receipt, 1) in journey.wishes
    ended = hear(journey.state, on.Printed(), on.Kept()).state
    assert ended == Composing("session-2", cashier="Jana")


@pytest.mark.parametrize("cents", [5_001, -5_001])
def test_cash_that_moves_was_a_message_until_2025(cents: int) -> None:
    """R-30: VK and VY have an amount above zero and nothing else, and open the drawer; the table's day decides."""
    before = replace(EMPTY, rules=RULES[2])
    state = sealed(before, on.CashMoveKeyed(cents))
    assert state.sale == replace(cash_move(cents), basket_id="session-1", cashier="Jana")
    assert state.sale.type is (ReceiptType.VK if cents > 0 else ReceiptType.VY)
    assert hear(state, answer(state)).wishes == (do.OpenDrawer(),)
    assert hear(EMPTY, on.CashMoveKeyed(cents)) == Then(EMPTY, (on.SlipOrdered(CashOrder(cents, "Jana")),))


@pytest.mark.parametrize("rules", [RULES[2], NEWEST])
def test_cash_moves_between_two_sales_only(rules: Rules) -> None:
    """Whoever is being served is served first, and nothing moves without an amount."""
    basket = replace(EMPTY, rules=rules)
    assert refused(replace(basket, items=(item("1.00", 0),)), on.CashMoveKeyed(100)) == "basket-open"
    assert refused(basket, on.CashMoveKeyed(0)) == "wrong-sign"
    assert refused(basket, on.CashMoveKeyed(AMOUNT_MAX_CENTS + 1)) == "amount-max"


def test_the_cashier_changes_between_two_sales_only() -> None:
    """R-33: who sells stands on the sale, and stays for the next one."""
    changed = hear(EMPTY, on.CashierChosen("Peter")).state
    assert isinstance(changed, Composing)
    state = sealed(changed, GOODS, CASH)
    assert state.sale.cashier == "Peter"
    begun = hear(changed, GOODS).state
    assert isinstance(begun, Composing)
    assert refused(begun, on.CashierChosen("Jana")) == "basket-open"
    done = hear(state, answer(state), on.Registered(UID, "r"), on.Kept(), on.Printed(), on.Kept()).state
    assert done == Composing("session-2", cashier="Peter")


BEGUN = [
    (GOODS,),
    (GOODS, on.AdjustmentKeyed(is_discount=True, percent=None, cents=100), ADDRESS),
    (on.InvoiceKeyed(INVOICE), ADDRESS),
    (on.ParagonKeyed(PARAGON), GOODS),
    (on.ParagonKeyed(PARAGON), on.InvoiceKeyed(INVOICE)),
    (TRAINING, GOODS),
]


@pytest.mark.parametrize("begun", BEGUN)
def test_what_could_not_be_sealed_comes_back(begun: tuple[on.Event, ...]) -> None:
    """R-06: all of it, and the tenders before the last one, under the same basket and rules."""
    basket = hear(replace(EMPTY, rules=RULES[2]), on.Ticked(datetime(2026, 11, 22, 9, tzinfo=UTC)), *begun).state
    assert isinstance(basket, Composing)
    assert basket.rules is NEWEST
    part = hear(basket, on.TenderKeyed(TenderKind.CARD, 100)).state
    for before in (basket, part):
        assert hear(sealed(before, CASH), on.SealFailed("full")) == Then(before, (do.Beep("full"),))


@pytest.mark.parametrize("begun", BEGUN)
def test_what_the_authority_refused_comes_back(begun: tuple[on.Event, ...]) -> None:
    """R-17: all but the tenders, as the next basket; the cashier acknowledges first, and owes what was paid."""
    basket = hear(EMPTY, *begun).state
    state = sealed(basket, CASH)
    shown = hear(state, answer(state), on.RegisterRefused(-101, "text", "reply"), on.Kept())
    assert isinstance(shown.state, Refused)
    assert shown.wishes == (do.Beep("refused"),)
    mended = hear(shown.state, on.ClearPressed())
    assert isinstance(basket, Composing)
    assert mended.state == replace(basket, basket_id="session-2", is_owed=True)
    assert mended.wishes == (on.ReceiptEnded(Ended(answer(state).receipt, Form.REFUSED, None)),)


def repaired(old: Receipt) -> Sealing:
    """The receipt on its way again."""
    return sealed(replace(EMPTY, cashier="Peter"), on.RepairBegun(old))


def test_a_receipt_refused_for_its_time_is_registered_anew() -> None:
    """R-32: the same sale with a number and date of its own; the drawer stays shut, since no money moves again."""
    sold = sealed(EMPTY, GOODS, ADDRESS, CASH)
    old = on_paper(sold.sale)
    state = repaired(old)
    assert state.sale == replace(old.sale, repairs=old.okp, email_masked="", cashier="Peter")
    assert (state.sale.items, state.sale.tenders, state.address) == (old.sale.items, old.sale.tenders, "")
    journey = hear(state, answer(state))
    assert journey.wishes == ()
    printing = hear(journey.state, on.Registered(UID, "r"), on.Kept())
    assert printing.wishes == (do.Print(answer(state).receipt, UID, torn=False),)
    assert hear(printing.state, on.Printed(), on.Kept()).state == Composing("session-2", cashier="Peter")


def test_a_repair_waits_for_the_customer() -> None:
    """Whoever is being served is served first."""
    begun = hear(EMPTY, GOODS).state
    assert isinstance(begun, Composing)
    assert refused(begun, on.RepairBegun(receipt())) == "basket-open"


@pytest.mark.parametrize("what", ["repair", "VK", "VY"])
def test_what_was_no_basket_leaves_an_empty_one(what: str) -> None:
    """Neither a failed seal nor a refusal puts an old sale, or cash, before the next customer."""
    before = replace(EMPTY, cashier="Peter", rules=RULES[2])
    event = on.RepairBegun(receipt()) if what == "repair" else on.CashMoveKeyed(100 if what == "VK" else -100)
    state = sealed(before, event)
    assert hear(state, on.SealFailed("full")) == Then(before, (do.Beep("full"),))
    created = "2025-11-22T10:15:30+01:00"
    shown = hear(state, answer(state, created), on.RegisterRefused(-100, "", ""), on.Kept(), on.ClearPressed())
    assert shown.state == Composing("session-2", rules=rules_of(created), cashier="Peter")


def test_after_a_receipt_the_rules_are_those_of_its_day() -> None:
    """The tick of the next second brings today's."""
    created = "2025-12-31T23:59:59+01:00"
    state = sealed(EMPTY, GOODS, ADDRESS, CARD)
    mailed = hear(state, answer(state, created), on.Registered(UID, "r"), on.Kept())
    assert isinstance(mailed.state, Emailing)
    sent = hear(mailed.state, on.Emailed("250 ok"), on.Kept())
    assert sent.state == Composing("session-2", rules=RULES[2], cashier="Jana")
    (ended,) = sent.wishes
    assert ended == on.ReceiptEnded(Ended(answer(state, created).receipt, Form.ONLINE, Way.EMAIL))


def test_an_overloaded_authority_makes_it_off_line() -> None:
    """R-16, R-12: -1 is no refusal; even with an address the receipt is printed, and the outbox hears of it."""
    state = sealed(EMPTY, GOODS, ADDRESS, CARD)
    offline = hear(state, answer(state), on.RegisterRefused(-1, "", ""))
    assert isinstance(offline.state, Offline)
    printing = hear(offline.state, on.Kept())
    sale = answer(state).receipt
    assert printing.wishes == (do.Print(sale, "", torn=False), on.WentOffline(sale, 1))


def test_a_mail_that_failed_is_printed() -> None:
    """R-13: as before, for an invoice too."""
    state = sealed(EMPTY, on.InvoiceKeyed(INVOICE), ADDRESS, CASH)
    failed = on.EmailFailed("late", Verdict.IN_DOUBT, "dot", 0)
    online = hear(state, answer(state), on.Registered(UID, "r"))
    assert isinstance(online.state, Online)
    assert on.WentOnline() in online.wishes
    printing = hear(online.state, on.Kept(), failed, on.Kept())
    assert isinstance(printing.state, Printing)
    printed = hear(printing.state, on.Printed())
    assert isinstance(printed.state, Printed)


def test_seconds_pass_unheard_on_the_way() -> None:
    """Only a basket has a day; a fact that cannot come is a bug."""
    state = sealed(EMPTY, GOODS, CASH)
    assert RECEIPT.step(state, on.Ticked(datetime(2026, 11, 22, 9, tzinfo=UTC))) is Rest.IGNORE
    with pytest.raises(NeverHappens):
        RECEIPT.step(state, GOODS)


def test_a_basket_id_is_never_that_of_another_receipt() -> None:
    """A repair takes the basket's own place in the session, so that the next sale has the next one."""
    assert repaired(receipt()).sale.basket_id == "session-1"
    assert next_basket_id("session-1") == "session-2"
