"""The authority's faults and its rules about the content of a request, as data.

Source: IR, table of errors (texts as they are sent; -1 has none there) and the tables of receipt and item types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from states.fiscal.refusals import REFUSALS

TEXTS = {code: refusal.text[0] for code, refusal in REFUSALS.items()}
"""In Slovak, as they are sent."""


class RefusedError(Exception):
    """The request is answered with this EkasaErrorCode; ``detail`` is for the integration environment."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code} {TEXTS.get(code, '')} {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Content:
    """The attributes of ReceiptData and of its items, as they came."""

    facts: Mapping[str, str]
    items: tuple[Mapping[str, str], ...]

    @property
    def type(self) -> str:
        """The ReceiptType."""
        return self.facts["ReceiptType"]

    def any_of(self, *names: str) -> bool:
        """True if ReceiptData has at least one of the attributes."""
        return any(name in self.facts for name in names)

    def any_item(self, types: str, wrong: Callable[[Mapping[str, str]], bool]) -> bool:
        """True if an item of one of the types (words of a string) is wrong."""
        return any(item["ItemType"] in types.split() and wrong(item) for item in self.items)


Broken = Callable[[Content], bool]

RECAP = ("TaxBaseBasic", "BasicVatAmount", "TaxBaseReduced", "ReducedVatAmount", "TaxFreeAmount")
REFERENCE = "ReferenceReceiptId"
MONEY = ("UF", "VK", "VY")
GOODS = ("PD", "ND")


def _one_of(names: Mapping[str, str], first: str, second: str) -> bool:
    return (first in names) != (second in names)


CONTENT_RULES: tuple[tuple[int, Broken], ...] = (
    (-112, lambda c: c.type == "UF" and not c.any_of("InvoiceNumber")),
    (-113, lambda c: c.type in MONEY and c.any_of(*RECAP)),
    (-114, lambda c: c.type in MONEY and bool(c.items)),
    (-115, lambda c: c.type != "UF" and c.any_of("InvoiceNumber")),
    (-116, lambda c: c.type in GOODS and not c.items),
    (-117, lambda c: c.any_item("V O", lambda item: REFERENCE not in item)),
    (-118, lambda c: c.any_item("K VO Z OZ VP", lambda item: REFERENCE in item)),
    (-119, lambda c: c.type in GOODS and not c.any_of(*RECAP)),
    (-120, lambda c: _one_of(c.facts, "TaxBaseBasic", "BasicVatAmount")),
    (-121, lambda c: _one_of(c.facts, "TaxBaseReduced", "ReducedVatAmount")),
    (-122, lambda c: _one_of(c.facts, "CustomerId", "CustomerIdType")),
    (-123, lambda c: c.type in ("ND", "VK", "VY") and c.any_of("CustomerId", "CustomerIdType")),
    (-124, lambda c: c.facts["Paragon"] == "true" and not c.any_of("ParagonNumber")),
    (-125, lambda c: c.facts["Paragon"] == "false" and c.any_of("ParagonNumber")),
    (-126, lambda c: c.facts["Paragon"] == "true" and c.type in ("ND", "VK", "VY")),
    (-127, lambda c: c.any_item("K", lambda item: Decimal(item["Price"]) < 0)),
    (-128, lambda c: c.any_item("VO V Z OZ VP", lambda item: Decimal(item["Price"]) > 0)),
    (-129, lambda c: any(_one_of(item, "SellerId", "SellerIdType") for item in c.items)),
    (-130, lambda c: any("SpecialRegulation" in item and Decimal(item["VatRate"]) != 0 for item in c.items)),
    (-131, lambda c: c.any_item("K VO V Z OZ", lambda item: "VoucherNumber" in item)),
)
"""In the order of the document: the code, and what is true of a receipt that is refused with it."""
