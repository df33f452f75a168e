"""What a basket begins as: an invoice, a paragón, practice, another cashier; and what takes its place: cash moved, or
a receipt registered anew."""

from __future__ import annotations

from dataclasses import replace

from states import effects as do, events as on
from states.fiscal.money import AMOUNT_MAX_CENTS
from states.fiscal.receipt import ReceiptType, Sale
from states.fiscal.slip import CashOrder
from states.journey import Composing, Sealing
from states.table import Then, then


def refuse_open(basket: Composing, _event: on.Event) -> Then[Composing]:
    """First the basket that was begun."""
    return then(basket, do.Beep("basket-open"))


def why_not_invoice(basket: Composing, event: on.InvoiceKeyed) -> str:
    """Why no invoice is paid now, as a notice: it may be one written by hand or mailed, but stands alone."""
    if not replace(basket, paragon=None, address="").is_untouched:
        return "basket-open"
    if event.invoice.cents == 0:
        return "wrong-sign"
    return "amount-max" if abs(event.invoice.cents) > AMOUNT_MAX_CENTS else ""


def may_invoice(basket: Composing, event: on.InvoiceKeyed) -> bool:
    """An invoice may be paid now."""
    return not why_not_invoice(basket, event)


def pay_invoice(basket: Composing, event: on.InvoiceKeyed) -> Then[Composing]:
    """The invoice is what is paid."""
    return then(replace(basket, invoice=event.invoice))


def refuse_invoice(basket: Composing, event: on.InvoiceKeyed) -> Then[Composing]:
    """Say why no invoice is paid."""
    return then(basket, do.Beep(why_not_invoice(basket, event)))


def keep_paragon(basket: Composing, event: on.ParagonKeyed) -> Then[Composing]:
    """What follows was sold by hand."""
    return then(replace(basket, paragon=event.paragon))


def practise(basket: Composing, _event: on.TrainingChosen) -> Then[Composing]:
    """What follows is no sale."""
    return then(replace(basket, is_training=True))


def change_cashier(basket: Composing, event: on.CashierChosen) -> Then[Composing]:
    """Who sells from now on."""
    return then(replace(basket, cashier=event.name))


def sends_cash(basket: Composing, event: on.CashMoveKeyed) -> bool:
    """On this day cash that moves is a message."""
    return moves_cash(basket, event) and basket.rules.are_cash_moves_sent


def moves_cash(basket: Composing, event: on.CashMoveKeyed) -> bool:
    """Nobody is being served, and it is an amount."""
    return not _why_not_cash(basket, event)


def _why_not_cash(basket: Composing, event: on.CashMoveKeyed) -> str:
    if not basket.is_untouched:
        return "basket-open"
    if event.cents == 0:
        return "wrong-sign"
    return "amount-max" if abs(event.cents) > AMOUNT_MAX_CENTS else ""


def send_cash(basket: Composing, event: on.CashMoveKeyed) -> Then[Sealing]:
    """Its amount is positive either way: the type says which."""
    kind = ReceiptType.VK if event.cents > 0 else ReceiptType.VY
    sale = Sale(basket.basket_id, (), (), 0, abs(event.cents), 0, type=kind, cashier=basket.cashier)
    return then(Sealing(sale, "", basket.rules), do.Seal(sale))


def order_slip(basket: Composing, event: on.CashMoveKeyed) -> Then[Composing]:
    """It is a slip of the shop's own."""
    return then(basket, on.SlipOrdered(CashOrder(event.cents, basket.cashier)))


def refuse_cash(basket: Composing, event: on.CashMoveKeyed) -> Then[Composing]:
    """Say why no cash moved."""
    return then(basket, do.Beep(_why_not_cash(basket, event)))


def repair(basket: Composing, event: on.RepairBegun) -> Then[Sealing]:
    """The same sale gets a new number and date; no address of its buyer was kept."""
    old = event.receipt
    sale = replace(old.sale, basket_id=basket.basket_id, repairs=old.okp, email_masked="", cashier=basket.cashier)
    return then(Sealing(sale, "", basket.rules), do.Seal(sale))
