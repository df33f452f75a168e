"""The states of a receipt's journey; each holds exactly what is true in it.

A state whose name ends in -ing waits for an answer or, in Composing, for the cashier; Online, Offline, Sent and
Printed wait for storage; Refused and AwaitingPaper wait for the cashier.
"""

from __future__ import annotations

from dataclasses import dataclass

from states.fiscal.receipt import (
    Attempt,
    Fault,
    Form,
    Invoice,
    Item,
    MailResult,
    Paragon,
    Receipt,
    ReceiptType,
    Sale,
    Tender,
    Way,
)
from states.fiscal.rules import NEWEST, Rules, rules_of


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last receipt ended, shown until the next key: its form, its way and, if it was to be mailed, why not.

    Without a way it was refused, or else given up at a start; then without a form if nobody knows an answer.
    """

    receipt: Receipt
    form: Form | None
    way: Way | None
    mail: MailResult | None = None


@dataclass(frozen=True, slots=True)
class Composing:
    """A basket that is nobody's receipt yet; ``address`` is the customer's consent to e-mail.

    ``rules`` are those of today; ``is_summed`` is true between SUBTOTAL and the next line, when a discount is on the
    whole; ``is_owed``: money was taken for it before the authority refused it. At most one of ``invoice`` (UF),
    ``is_training`` (ND) is set; ``paragon`` goes with goods or an invoice.
    """

    basket_id: str
    items: tuple[Item, ...] = ()
    tenders: tuple[Tender, ...] = ()
    address: str = ""
    chosen: int | None = None
    rules: Rules = NEWEST
    cashier: str = ""
    invoice: Invoice | None = None
    paragon: Paragon | None = None
    is_training: bool = False
    is_summed: bool = False
    is_owed: bool = False

    @property
    def law(self) -> Rules:
        """The rules it is sold by: those of the day on which its paragón was written, or of today."""
        return rules_of(self.paragon.issue_date) if self.paragon else self.rules

    @property
    def is_untouched(self) -> bool:
        """Nothing was keyed for this customer."""
        return not (self.items or self.address or self.invoice or self.paragon or self.is_training)

    @property
    def is_empty(self) -> bool:
        """There is nothing to pay for."""
        return not self.items and self.invoice is None

    @property
    def type(self) -> ReceiptType:
        """The kind of receipt that it will be."""
        if self.invoice is not None:
            return ReceiptType.UF
        return ReceiptType.ND if self.is_training else ReceiptType.PD

    @property
    def total_cents(self) -> int:
        """What is to be paid, before cash rounding."""
        return self.invoice.cents if self.invoice else sum(item.price_cents for item in self.items)


@dataclass(frozen=True, slots=True)
class Sealing:
    """The sale is on its way to the journal; ``rules`` and ``is_owed`` are those that its basket had."""

    sale: Sale
    address: str
    rules: Rules = NEWEST
    is_owed: bool = False


@dataclass(frozen=True, slots=True)
class Registering:
    """The message is on its way to the authority; the receipt is durable."""

    receipt: Receipt
    attempt: Attempt
    address: str


@dataclass(frozen=True, slots=True)
class Online:
    """There is a verified UID; the outcome is on its way to the journal."""

    receipt: Receipt
    uid: str
    address: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Offline:
    """There was no UID in time; the outcome is on its way to the journal."""

    receipt: Receipt
    attempt: Attempt
    reason: str


@dataclass(frozen=True, slots=True)
class Refusing:
    """The authority answered with an error code; the outcome is on its way to the journal."""

    receipt: Receipt
    fault: Fault
    address: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No receipt may be handed out; the cashier has to know."""

    receipt: Receipt
    fault: Fault
    address: str


@dataclass(frozen=True, slots=True)
class Emailing:
    """The mail is on its way; the address is dropped with this state."""

    receipt: Receipt
    uid: str


@dataclass(frozen=True, slots=True)
class Diverting:
    """The mail was not confirmed; that the receipt will be printed is on its way to the journal."""

    receipt: Receipt
    uid: str
    mail: MailResult


@dataclass(frozen=True, slots=True)
class Printing:
    """The one original is leaving for paper; ``uid`` is empty for an off-line receipt."""

    receipt: Receipt
    uid: str
    mail: MailResult | None


@dataclass(frozen=True, slots=True)
class Interrupting:
    """The printer did not confirm; that is on its way to the journal."""

    receipt: Receipt
    uid: str
    mail: MailResult | None
    reason: str


@dataclass(frozen=True, slots=True)
class AwaitingPaper:
    """The cashier sees to the printer and presses ENTER; then the same original is printed whole."""

    receipt: Receipt
    uid: str
    mail: MailResult | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The mail server took the mail; the delivery is on its way to the journal."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer confirmed the original; the delivery is on its way to the journal."""

    receipt: Receipt
    form: Form
    mail: MailResult | None


def basket_of(
    sale: Sale, basket_id: str, rules: Rules, address: str = "", tenders: tuple[Tender, ...] = ()
) -> Composing:
    """The basket that a sale was made of, with the tenders that are taken again."""
    return Composing(
        basket_id,
        sale.items,
        tenders,
        address,
        rules=rules,
        cashier=sale.cashier,
        invoice=sale.invoice,
        paragon=sale.paragon,
        is_training=sale.type is ReceiptType.ND,
    )


def next_basket_id(basket_id: str) -> str:
    """``session-7`` is followed by ``session-8``: the session is chance, given once at start."""
    session, _, ordinal = basket_id.rpartition("-")
    return f"{session}-{int(ordinal) + 1}"


def form_of(uid: str) -> Form:
    """A receipt with a UID is on-line, one without is off-line."""
    return Form.ONLINE if uid else Form.OFFLINE
