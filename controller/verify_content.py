"""What a sealed receipt must be in itself: the rules that the authority has codes for, by their codes.

Source: IR, table of errors (-103 to -131), and the tables of receipt and item types (-2 is the schema).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from controller.verify_frames import Broken
from states.fiscal.receipt import (
    INVOICE_MAX,
    ITEMS_MAX,
    NAME_MAX,
    NUMBER_MAX,
    REFERENCE_MAX,
    SELLER_ID_MAX,
    VOUCHER_MAX,
    Item,
    Receipt,
    Sale,
)
from states.fiscal.rules import RULES, Rules

_GOODS, _MONEY = ("PD", "ND"), ("UF", "VK", "VY")
_DOWN = ("VO", "V", "Z", "OZ", "VP")
_REFERRING = ("V", "O")
_RATES = {rate for rules in RULES for rate in rules.rates}
_REFERENCE = re.compile(
    rf"[VO]-(?:[0-9a-fA-F]{{32}}|[0-9a-fA-F]{{27}}-TEST)|[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{8}}){{4}}|[0-9]{{1,{REFERENCE_MAX}}}"
)
_SELLER_ID = re.compile(f"[0-9a-zA-Z]{{0,{SELLER_ID_MAX}}}")
_AFTERMATH = timedelta(days=7)
"""A payment that began before midnight ends by the rules of its beginning, and a repair repeats what was paid up to
four days before: so long after a change the rules before it are no violation."""

# fmt: off
_SALES: tuple[tuple[str, Callable[[Sale], bool], str], ...] = (
    ("-112", lambda sale: sale.type != "UF" or sale.invoice is not None, "an invoice is paid that has no number"),
    ("-114", lambda sale: sale.type not in _MONEY or not sale.items, "it moves money, and yet has items"),
    ("-115", lambda sale: sale.type == "UF" or sale.invoice is None, "it has an invoice, and pays none"),
    ("-116", lambda sale: sale.type not in _GOODS or bool(sale.items), "it has no items"),
    ("-126", lambda sale: sale.type in ("PD", "UF") or sale.paragon is None, "its kind is never written by hand"),
    ("-2", lambda sale: len(sale.items) <= ITEMS_MAX, f"it has more than {ITEMS_MAX} items"),
    ("-2", lambda sale: sale.invoice is None or 1 <= len(sale.invoice.number) <= INVOICE_MAX,
     f"the number of its invoice is not 1 to {INVOICE_MAX} characters"),
    ("-2", lambda sale: sale.paragon is None or 1 <= sale.paragon.number <= NUMBER_MAX,
     f"the number of its slip is not 1 to {NUMBER_MAX}"),
)
_ITEMS: tuple[tuple[str, Callable[[Item], bool], str], ...] = (
    ("-117", lambda item: item.type not in _REFERRING or bool(item.reference), "comes back, and refers to no original"),
    ("-118", lambda item: item.type in _REFERRING or not item.reference, "refers to an original, and may not"),
    ("-127", lambda item: item.type != "K" or item.price_cents >= 0, "is sold at a price below zero"),
    ("-128", lambda item: item.type not in _DOWN or item.price_cents <= 0, "has a price above zero, and may not"),
    ("-129", lambda item: bool(item.seller_id) == (item.seller_id_type is not None), "names half of another seller"),
    ("-130", lambda item: item.regulation is None or item.vat_rate == 0, "is taxed by a regulation and a rate"),
    ("-131", lambda item: item.type in ("VP", "O") or not item.voucher, "has a voucher, and redeems none"),
    ("-131", lambda item: item.type != "VP" or bool(item.voucher), "redeems a voucher that has no number"),
    ("-2", lambda item: 1 <= len(item.name) <= NAME_MAX, f"has a name of not 1 to {NAME_MAX} characters"),
    ("-2", lambda item: item.vat_rate in _RATES, "has a rate of VAT that never was one"),
    ("-2", lambda item: not item.reference or _REFERENCE.fullmatch(item.reference) is not None,
     "refers to what is neither UID, OKP nor number"),
    ("-2", lambda item: len(item.voucher) <= VOUCHER_MAX, f"has a voucher of more than {VOUCHER_MAX} characters"),
    ("-2", lambda item: _SELLER_ID.fullmatch(item.seller_id) is not None, "names no seller"),
    ("-2", lambda item: _fits(item.quantity, 4) and item.quantity >= 0, "has no quantity that the message can carry"),
)
# fmt: on
"""The code, what must hold, and what is said where it does not."""


def judge_content(receipt: Receipt) -> Iterator[Broken]:
    """What the receipt breaks, whatever stands in the journal before it."""
    sale = receipt.sale
    for code, holds, sentence in _SALES:
        if not holds(sale):
            yield code, f"{receipt.key} ({sale.type}): {sentence}"
    for place, item in enumerate(sale.items, start=1):
        for code, meets, sentence in _ITEMS:
            if not meets(item):
                yield code, f"{receipt.key}: item {place} ({item.type}) {sentence}"
    yield from _of_its_time(receipt)


def rules_in_force(receipt: Receipt) -> frozenset[Rules]:
    """The rules that a receipt may be made by: those of its day or just before; one written by hand by its own."""
    return _rules_in_force(receipt.issue_date, bool(receipt.sale.paragon))


@lru_cache(maxsize=64)
def _rules_in_force(issue_date: str, is_by_hand: bool) -> frozenset[Rules]:
    issued = datetime.fromisoformat(issue_date)
    days = (issued,) if is_by_hand else (issued, issued - _AFTERMATH)
    return frozenset(_rules_on(day.date()) for day in days)


def _rules_on(day: date) -> Rules:
    return next((rules for rules in reversed(RULES) if rules.since <= day), RULES[0])


@lru_cache(maxsize=64)
def is_moment(text: str) -> bool:
    """True for a date and time with an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment.year > 1


def _of_its_time(receipt: Receipt) -> Iterator[Broken]:
    if not (is_moment(receipt.create_date) and is_moment(receipt.issue_date)):
        yield "I24", f"{receipt.key} has no date and time with an offset: {receipt.issue_date!r}"
        return
    created, issued = (datetime.fromisoformat(text) for text in (receipt.create_date, receipt.issue_date))
    if issued > created:
        yield "-103", f"{receipt.key} was written by hand on {receipt.issue_date}, after it was created"
    if issued.date() < RULES[0].since:
        yield "-106", f"{receipt.key} is of {receipt.issue_date}, before there were such registers"
    rules = rules_in_force(receipt)
    if receipt.sale.type in ("VK", "VY") and not any(one.are_cash_moves_sent for one in rules):
        yield "I24", f"{receipt.key}: {receipt.sale.type} is no message of that day"
    sold = {item.vat_rate for item in receipt.sale.items if item.type == "K"}
    if late := sold - {rate for one in rules for rate in one.rates}:
        yield "I24", f"{receipt.key}: sold at {sorted(late)} %, no rate of that day"


def _fits(number: Decimal, places: int) -> bool:
    exponent = number.normalize().as_tuple().exponent
    return number <= 10_000_000 and isinstance(exponent, int) and exponent >= -places
