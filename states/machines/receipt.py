"""The receipt: from a basket to e-mail or paper. The table at the end is the specification."""

from __future__ import annotations

from dataclasses import replace

from states import adjusting, basket, beginning, effects as do, events as on, settling
from states.fiscal import journal
from states.fiscal.receipt import (
    CASH_MOVES,
    OVERLOADED,
    Fault,
    Form,
    MailResult,
    Receipt,
    ReceiptType,
    Sale,
    Verdict,
    Way,
)
from states.fiscal.rules import rules_of
from states.fiscal.tender import CASH_KINDS
from states.journey import (
    AwaitingPaper,
    Composing,
    Diverting,
    Emailing,
    Ended,
    Interrupting,
    Offline,
    Online,
    Printed,
    Printing,
    Refused,
    Refusing,
    Registering,
    Sealing,
    Sent,
    basket_of,
    form_of,
    next_basket_id,
)
from states.table import Rest, Row, Table, Then, otherwise, then


def message_id(okp: str) -> str:
    """The Message-ID of a receipt's one mail, a pure function of its OKP (RFC 5322 3.6.4, RFC 2606 for the domain)."""
    return f"<{okp.lower()}@ekasa.invalid>"


def was_basket(sale: Sale) -> bool:
    """A customer is there; nobody is for a receipt that is registered anew, or for cash that moves."""
    return not sale.repairs and sale.type not in CASH_MOVES


def comes_back(state: Sealing, _event: on.SealFailed) -> bool:
    """It was a basket."""
    return was_basket(state.sale)


def show_again(state: Sealing, event: on.SealFailed) -> Then[Composing]:
    """The basket comes back as it was before the last tender."""
    sale = state.sale
    back = basket_of(sale, sale.basket_id, state.rules, state.address, sale.tenders[:-1])
    return then(replace(back, is_owed=state.is_owed), do.Beep(event.reason))


def give_up(state: Sealing, event: on.SealFailed) -> Then[Composing]:
    """There was no basket, so an empty one is left; the cashier may try again."""
    sale = state.sale
    return then(Composing(sale.basket_id, rules=state.rules, cashier=sale.cashier), do.Beep(event.reason))


def _next(receipt: Receipt) -> Composing:
    """The next customer's basket, of the same cashier and day."""
    sale = receipt.sale
    return Composing(next_basket_id(sale.basket_id), rules=rules_of(receipt.create_date), cashier=sale.cashier)


def moves_cash(sale: Sale) -> bool:
    """Notes and coins are taken or given; practice moves none, and a repaired receipt moved them before."""
    if sale.type is ReceiptType.ND or sale.repairs:
        return False
    return sale.type in CASH_MOVES or any(tender.kind in CASH_KINDS and tender.cents for tender in sale.tenders)


def await_answer(state: Sealing, event: on.Sealed) -> Then[Registering]:
    """W1 is durable: the line may send the message, and the drawer may open for cash."""
    wishes = (do.OpenDrawer(),) if moves_cash(event.receipt.sale) else ()
    return then(Registering(event.receipt, event.attempt, state.address), *wishes)


def keep_uid(state: Registering, event: on.Registered) -> Then[Online]:
    """W2: the UID and the way to the customer."""
    way = Way.EMAIL if state.address else Way.PRINT
    mid = message_id(state.receipt.okp) if state.address else ""
    record = journal.Outcome(state.receipt.okp, Form.ONLINE, event.uid, 0, "", way, mid, event.reply)
    return then(Online(state.receipt, event.uid, state.address, mid), do.Keep(record), on.WentOnline())


def go_offline(state: Registering, event: on.RegisterFailed) -> Then[Offline]:
    """W2: no UID in time; the way is paper."""
    record = journal.Outcome(state.receipt.okp, Form.OFFLINE, "", 0, event.reason, Way.PRINT, "", "")
    return then(Offline(state.receipt, state.attempt, event.reason), do.Keep(record))


def is_overloaded(_state: Registering, event: on.RegisterRefused) -> bool:
    """-1 is an overloaded server, not a refusal."""
    return event.code == OVERLOADED


def go_offline_overloaded(state: Registering, event: on.RegisterRefused) -> Then[Offline]:
    """W2: the server was overloaded; the way is paper."""
    record = journal.Outcome(state.receipt.okp, Form.OFFLINE, "", event.code, "overloaded", Way.PRINT, "", event.reply)
    return then(Offline(state.receipt, state.attempt, "overloaded"), do.Keep(record))


def keep_refusal(state: Registering, event: on.RegisterRefused) -> Then[Refusing]:
    """W2: the code; there is no way to the customer."""
    record = journal.Outcome(state.receipt.okp, Form.REFUSED, "", event.code, event.text, None, "", event.reply)
    return then(Refusing(state.receipt, Fault(event.code, event.text, event.reply), state.address), do.Keep(record))


def show_refusal(state: Refusing, _event: on.Kept) -> Then[Refused]:
    """The cashier is told, and acknowledges with CLEAR."""
    return then(Refused(state.receipt, state.fault, state.address), do.Beep("refused"))


def mend(state: Refused, _event: on.ClearPressed) -> Then[Composing]:
    """What was refused comes back with the consent, to be mended and issued under a new number, or voided."""
    back, sale = _next(state.receipt), state.receipt.sale
    if was_basket(sale):
        is_owed = any(tender.cents > 0 for tender in sale.tenders)
        back = replace(basket_of(sale, back.basket_id, back.rules, state.address), is_owed=is_owed)
    return then(back, on.ReceiptEnded(Ended(state.receipt, Form.REFUSED, None)))


def wants_email(state: Online, _event: on.Kept) -> bool:
    """The customer agreed and gave an address."""
    return bool(state.address)


def email(state: Online, _event: on.Kept) -> Then[Emailing]:
    """W2 is durable: the mail may leave, once."""
    wish = do.Email(state.receipt, state.uid, state.address, state.message_id)
    return then(Emailing(state.receipt, state.uid), wish)


def print_online(state: Online, _event: on.Kept) -> Then[Printing]:
    """W2 is durable: the original may leave for paper."""
    return then(Printing(state.receipt, state.uid, None), do.Print(state.receipt, state.uid, torn=False))


def print_offline(state: Offline, _event: on.Kept) -> Then[Printing]:
    """W2 is durable: the original may leave for paper, and the outbox has a message to send."""
    receipt = state.receipt
    queued = on.WentOffline(receipt, state.attempt.sending_count)
    return then(Printing(receipt, "", None), do.Print(receipt, "", torn=False), queued)


def keep_sent(state: Emailing, event: on.Emailed) -> Then[Sent]:
    """W3: the mail server took it."""
    return then(Sent(state.receipt), do.Keep(journal.Delivered(state.receipt.okp, Way.EMAIL, event.text)))


def keep_failure(state: Emailing, event: on.EmailFailed) -> Then[Diverting]:
    """W3': what is known of the mail, before the receipt is printed instead."""
    mail = MailResult(event.verdict, event.phase, event.code, event.reason)
    record = journal.MailFailed(state.receipt.okp, mail.verdict, mail.phase, mail.code, mail.text)
    return then(Diverting(state.receipt, state.uid, mail), do.Keep(record))


def print_instead(state: Diverting, _event: on.Kept) -> Then[Printing]:
    """W3' is durable: the original may leave for paper."""
    beep = do.Beep("mail-in-doubt" if state.mail.verdict is Verdict.IN_DOUBT else "mail-failed")
    return then(Printing(state.receipt, state.uid, state.mail), do.Print(state.receipt, state.uid, torn=False), beep)


def keep_printed(state: Printing, _event: on.Printed) -> Then[Printed]:
    """W3: the printer confirmed."""
    record = journal.Delivered(state.receipt.okp, Way.PRINT, "")
    return then(Printed(state.receipt, form_of(state.uid), state.mail), do.Keep(record))


def keep_interruption(state: Printing, event: on.PrintFailed) -> Then[Interrupting]:
    """What came out is torn; the original may be printed again only when that is durable."""
    after = Interrupting(state.receipt, state.uid, state.mail, event.reason)
    return then(after, do.Keep(journal.PrintInterrupted(state.receipt.okp, event.reason)))


def ask_for_paper(state: Interrupting, _event: on.Kept) -> Then[AwaitingPaper]:
    """The cashier sees to the printer."""
    return then(AwaitingPaper(state.receipt, state.uid, state.mail, state.reason), do.Beep(state.reason))


def print_again(state: AwaitingPaper, _event: on.EnterPressed) -> Then[Printing]:
    """The torn part is voided and the same original printed whole."""
    return then(Printing(state.receipt, state.uid, state.mail), do.Print(state.receipt, state.uid, torn=True))


def end_sent(state: Sent, _event: on.Kept) -> Then[Composing]:
    """The next customer."""
    return then(_next(state.receipt), on.ReceiptEnded(Ended(state.receipt, Form.ONLINE, Way.EMAIL)))


def end_printed(state: Printed, _event: on.Kept) -> Then[Composing]:
    """The next customer."""
    return then(_next(state.receipt), on.ReceiptEnded(Ended(state.receipt, state.form, Way.PRINT, state.mail)))


# fmt: off
RECEIPT = Table(
    name="receipt",
    initial=Composing,
    rest={on.Key: Rest.REFUSE, on.Fact: Rest.NEVER, on.Answer: Rest.NEVER, on.Ticked: Rest.IGNORE},
    rows=(
        #   in state       on event             when                   go to          doing                     because
        Row(Composing,     on.ItemKeyed,        basket.fits,           Composing,     basket.add_item,          "R-01"),
        Row(Composing,     on.ItemKeyed,        otherwise,             Composing,     basket.refuse_item,       "R-25"),
        Row(Composing,     on.AdjustmentKeyed,  adjusting.may_adjust,  Composing,     adjusting.adjust,         "R-26"),
        Row(Composing,     on.AdjustmentKeyed,  otherwise,             Composing,     adjusting.refuse,         "R-25"),
        Row(Composing,     on.LineChosen,       basket.has_items,      Composing,     basket.choose_line,       "R-02"),
        Row(Composing,     on.LineChosen,       otherwise,             Composing,     basket.refuse_empty,      "R-25"),
        Row(Composing,     on.LastVoided,       basket.may_void,       Composing,     basket.void,              "R-02"),
        Row(Composing,     on.LastVoided,       otherwise,             Composing,     basket.refuse_void,       "R-25"),
        Row(Composing,     on.LineVoided,       basket.may_void,       Composing,     basket.void,              "R-02"),
        Row(Composing,     on.LineVoided,       otherwise,             Composing,     basket.refuse_void,       "R-25"),
        Row(Composing,     on.BasketVoided,     basket.has_anything,   Composing,     basket.void_basket,       "R-02"),
        Row(Composing,     on.BasketVoided,     otherwise,             Composing,     basket.refuse_empty,      "R-25"),
        Row(Composing,     on.SubtotalKeyed,    basket.has_sum,        Composing,     basket.show_subtotal,     "R-21"),
        Row(Composing,     on.SubtotalKeyed,    otherwise,             Composing,     basket.refuse_empty,      "R-25"),
        Row(Composing,     on.AddressKeyed,     basket.may_mail,       Composing,     basket.keep_address,      "R-03"),
        Row(Composing,     on.AddressKeyed,     otherwise,             Composing,     basket.refuse_address,    "R-29"),
        Row(Composing,     on.AddressWithdrawn, otherwise,             Composing,     basket.drop_address,      "R-03"),
        Row(Composing,     on.Ticked,           otherwise,             Composing,     basket.keep_day,          "R-31"),
        Row(Composing,     on.InvoiceKeyed,     beginning.may_invoice, Composing,     beginning.pay_invoice,    "R-27"),
        Row(Composing,     on.InvoiceKeyed,     otherwise,             Composing,     beginning.refuse_invoice, "R-25"),
        Row(Composing,     on.ParagonKeyed,     basket.is_untouched,   Composing,     beginning.keep_paragon,   "R-28"),
        Row(Composing,     on.ParagonKeyed,     otherwise,             Composing,     beginning.refuse_open,    "R-25"),
        Row(Composing,     on.TrainingChosen,   basket.is_untouched,   Composing,     beginning.practise,       "R-29"),
        Row(Composing,     on.TrainingChosen,   otherwise,             Composing,     beginning.refuse_open,    "R-25"),
        Row(Composing,     on.CashierChosen,    basket.is_untouched,   Composing,     beginning.change_cashier, "R-33"),
        Row(Composing,     on.CashierChosen,    otherwise,             Composing,     beginning.refuse_open,    "R-25"),
        Row(Composing,     on.CashMoveKeyed,    beginning.sends_cash,  Sealing,       beginning.send_cash,      "R-30"),
        Row(Composing,     on.CashMoveKeyed,    beginning.moves_cash,  Composing,     beginning.order_slip,     "R-30"),
        Row(Composing,     on.CashMoveKeyed,    otherwise,             Composing,     beginning.refuse_cash,    "R-25"),
        Row(Composing,     on.RepairBegun,      basket.is_untouched,   Sealing,       beginning.repair,         "R-32"),
        Row(Composing,     on.RepairBegun,      otherwise,             Composing,     beginning.refuse_open,    "R-25"),
        Row(Composing,     on.TenderKeyed,      settling.covers,       Sealing,       settling.seal,            "R-04"),
        Row(Composing,     on.TenderKeyed,      settling.is_part,      Composing,     settling.add_tender,      "R-04"),
        Row(Composing,     on.TenderKeyed,      otherwise,             Composing,     settling.refuse_tender,   "R-25"),
        Row(Sealing,       on.Sealed,           otherwise,             Registering,   await_answer,             "R-05"),
        Row(Sealing,       on.SealFailed,       comes_back,            Composing,     show_again,               "R-06"),
        Row(Sealing,       on.SealFailed,       otherwise,             Composing,     give_up,                  "R-06"),
        Row(Registering,   on.Registered,       otherwise,             Online,        keep_uid,                 "R-07"),
        Row(Registering,   on.RegisterFailed,   otherwise,             Offline,       go_offline,               "R-08"),
        Row(Registering,   on.RegisterRefused,  is_overloaded,         Offline,       go_offline_overloaded,    "R-16"),
        Row(Registering,   on.RegisterRefused,  otherwise,             Refusing,      keep_refusal,             "R-10"),
        Row(Online,        on.Kept,             wants_email,           Emailing,      email,                    "R-11"),
        Row(Online,        on.Kept,             otherwise,             Printing,      print_online,             "R-09"),
        Row(Offline,       on.Kept,             otherwise,             Printing,      print_offline,            "R-12"),
        Row(Refusing,      on.Kept,             otherwise,             Refused,       show_refusal,             "R-10"),
        Row(Refused,       on.ClearPressed,     otherwise,             Composing,     mend,                     "R-17"),
        Row(Emailing,      on.Emailed,          otherwise,             Sent,          keep_sent,                "R-11"),
        Row(Emailing,      on.EmailFailed,      otherwise,             Diverting,     keep_failure,             "R-13"),
        Row(Diverting,     on.Kept,             otherwise,             Printing,      print_instead,            "R-13"),
        Row(Printing,      on.Printed,          otherwise,             Printed,       keep_printed,             "R-14"),
        Row(Printing,      on.PrintFailed,      otherwise,             Interrupting,  keep_interruption,        "R-15"),
        Row(Interrupting,  on.Kept,             otherwise,             AwaitingPaper, ask_for_paper,            "R-15"),
        Row(AwaitingPaper, on.EnterPressed,     otherwise,             Printing,      print_again,              "R-15"),
        Row(Sent,          on.Kept,             otherwise,             Composing,     end_sent,                 "R-14"),
        Row(Printed,       on.Kept,             otherwise,             Composing,     end_printed,              "R-14"),
    ),
)
# fmt: on
