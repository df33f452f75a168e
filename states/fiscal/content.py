"""What stands on a receipt, in the order of the paper and not yet laid out; paper and page are both made of it.

Its words are Slovak by law, whatever the language of the register. Sources: IR 2.9 and 2.10 with law 384/2025 for the
contents of each document; the authority's answer of 2024-10 for VK and VY (no QR code).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.fiscal.codes import offline_qr, online_qr, paper_time
from states.fiscal.identity import Identity, RegisterType
from states.fiscal.names import one_line
from states.fiscal.receipt import CASH_MOVES, Receipt, ReceiptType, Sale

OFFLINE = "OFF-LINE DOKLAD"
INVALID = "NEPLATNÝ DOKLAD"
TRAINING = "CVIČNÝ REŽIM - NEPLATNÝ DOKLAD"
PORTABLE = "Prenosná pokladňa"
CHECK = "Overte doklad pomocou QR kódu"

HEADINGS = {
    ReceiptType.PD: "POKLADNIČNÝ DOKLAD",
    ReceiptType.UF: "ÚHRADA FAKTÚRY",
    ReceiptType.ND: INVALID,
    ReceiptType.VK: "VKLAD",
    ReceiptType.VY: "VÝBER",
}
INVOICE_BACK = "VRÁTENIE ÚHRADY FAKTÚRY"


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value, which may be empty; a code is never broken but between its groups."""

    label: str
    value: str = ""
    is_code: bool = False

    @property
    def text(self) -> str:
        """Both on one line."""
        return f"{self.label} {self.value}".rstrip()


def heading(sale: Sale) -> str:
    """What kind of document it is; an invoice below zero is money given back."""
    is_back = sale.invoice is not None and sale.invoice.cents < 0
    return INVOICE_BACK if is_back else HEADINGS[sale.type]


def marks(receipt: Receipt, *, training: bool) -> tuple[str, ...]:
    """What a document that is no sale says of itself, at its top and at its end."""
    said = (receipt.sale.type is ReceiptType.ND, INVALID), (training, TRAINING)
    return tuple(mark for holds, mark in said if holds)


def seller_names(seller: Identity) -> tuple[str, str]:
    """The seller's name and seat."""
    return one_line(seller.corporate_body_full_name), one_line(seller.physical_address.one_line)


def seller_numbers(seller: Identity) -> tuple[Fact, ...]:
    """What the state calls the seller; a number that was not assigned is absent."""
    numbers = (("IČO:", seller.ico), ("DIČ:", seller.dic), ("IČ DPH:", seller.ic_dph))
    return tuple(Fact(label, value) for label, value in numbers if value)


def seller_places(seller: Identity) -> tuple[str, ...]:
    """Where the register stands when that is not the seat, and whether it moves about."""
    unit = [seller.organization_unit_name] if seller.organization_unit_name else []
    if seller.unit_address is not None and seller.unit_address != seller.physical_address:
        unit.append(seller.unit_address.one_line)
    places = [one_line(f"Prevádzka: {', '.join(unit)}")] if unit else []
    if seller.cash_register_type is RegisterType.PORTABLE:
        places.append(PORTABLE)
    return tuple(places)


def register_code(seller: Identity) -> Fact:
    """Which register it is."""
    return Fact("Kód pokladnice:", seller.cash_register_code)


def facts(receipt: Receipt) -> tuple[Fact, ...]:
    """When it was made, its number, and what only some documents have."""
    return (
        Fact("Vyhotovené:", paper_time(receipt.create_date)),
        Fact("Číslo dokladu:", str(receipt.number)),
        *_some_facts(receipt),
    )


def _some_facts(receipt: Receipt) -> Iterator[Fact]:
    sale = receipt.sale
    if sale.invoice is not None:
        yield Fact("Číslo faktúry:", one_line(sale.invoice.number))
    if sale.paragon is not None:
        yield Fact("Číslo paragónu:", str(sale.paragon.number))
        yield Fact("Dátum paragónu:", paper_time(sale.paragon.issue_date))
    if sale.repairs:
        yield Fact("Oprava neprijatej dátovej správy, OKP:", sale.repairs, is_code=True)
    if sale.cashier:
        yield Fact("Pokladník:", one_line(sale.cashier))


def codes(receipt: Receipt, uid: str) -> tuple[Fact, ...]:
    """UID and OKP of an on-line receipt; without a UID the OKP and the PKP."""
    okp = Fact("OKP:", receipt.okp, is_code=True)
    if uid:
        return Fact("UID:", uid, is_code=True), okp
    return okp, Fact("PKP:", receipt.pkp, is_code=True)


def qr_text(receipt: Receipt, uid: str) -> str:
    """What the QR code says; empty for money moved (VK, VY), which has none."""
    if receipt.sale.type in CASH_MOVES:
        return ""
    return online_qr(uid) if uid else offline_qr(receipt)
