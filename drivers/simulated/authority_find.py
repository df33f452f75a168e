"""The public search of the application Over doklad: a receipt by its UID, or an off-line one by what its QR code says.

Source: protocol 2.8 (request, names of the answer's fields, 499 for bare libraries, about 60 searches an hour). What
``vatSummary`` and ``searchIdentification`` hold, and the status of too many searches, are guesses. Dates are compared
with IssueDate and with CreateDate, for the QR code has the latter and the field is named after the former.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from drivers.simulated.authority_store import Registered
from drivers.simulated.authority_world import AuthorityWorld, Reply
from states.fiscal.codes import paper_time
from states.fiscal.identity import Identity, PhysicalAddress
from states.fiscal.rules import rules_of

FIND_PATH = b"/mdu/api/v1/opd/receipt/find"
FIND_MAX_BYTES = 4096
HOUR = timedelta(hours=1)
JSON_TYPE = "application/json; charset=utf-8"

_LIBRARIES = "axios|curl|dart|go-http|java|libwww|node|okhttp|php|python|ruby|wget"
_LIBRARY = re.compile(rf"\s*(?:$|(?:{_LIBRARIES})\b)", re.IGNORECASE)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What is searched: ``receipt_id`` alone, or all of the rest."""

    receipt_id: str | None = None
    okp: str | None = None
    cash_register_code: str | None = None
    issue_date_formatted: str | None = None
    receipt_number: int | None = None
    total_amount: Decimal | None = None

    @property
    def is_whole(self) -> bool:
        """True if there is enough to search by."""
        offline = (self.okp, self.cash_register_code, self.issue_date_formatted, self.receipt_number, self.total_amount)
        return self.receipt_id is not None or None not in offline


def answer_search(world: AuthorityWorld, body: bytes, agent: str, address: str) -> Reply:
    """The answer to one search; nothing found is no error."""
    if _LIBRARY.match(agent):
        return _said(499, "Zamietnutie požiadavky z bezpečnostných dôvodov")
    if len(body) > FIND_MAX_BYTES:
        return _said(413, "Požiadavka je príliš dlhá")
    if not _may_search(world, address):
        return _said(429, "Príliš veľa požiadaviek")
    query = parse_query(body)
    if query is None:
        return _said(400, "Chyba pri spracovaní požiadavky")
    return Reply(body=_ENCODER.encode(search(world, query)), content_type=JSON_TYPE)


def parse_query(body: bytes) -> Query | None:
    """The query of a request's body; None for anything that is none."""
    try:
        query = msgspec.json.decode(body[: FIND_MAX_BYTES + 1], type=Query)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return query if query.is_whole else None


def search(world: AuthorityWorld, query: Query) -> dict[str, Any]:
    """The answer as its fields; ``receipt`` is None if there is none."""
    known = world.find(query.receipt_id or query.okp or "")
    if known is None or not _agrees(known, query):
        return {"returnValue": 0, "receipt": None, "searchIdentification": None}
    at = int(world.now().timestamp() * 1000)
    identification = {"createDate": at, "bucket": 0, "internalReceiptId": known.uid, "searchUuid": str(uuid4())}
    receipt = _receipt(known, world.sellers.get(known.register))
    return {"returnValue": 0, "receipt": receipt, "searchIdentification": identification}


def _agrees(known: Registered, query: Query) -> bool:
    """True if the receipt is the one that was asked for, and not only of the same code."""
    if query.receipt_id is not None:
        return query.receipt_id.upper() in {sending.uid for sending in known.sendings}
    facts = known.content.facts
    return (
        known.okp == (query.okp or "").upper()
        and known.register == query.cash_register_code
        and query.issue_date_formatted in (paper_time(facts["IssueDate"]), paper_time(facts["CreateDate"]))
        and int(facts["ReceiptNumber"]) == query.receipt_number
        and Decimal(facts["Amount"]) == query.total_amount
    )


def _receipt(known: Registered, seller: Identity | None) -> dict[str, Any]:
    facts = known.content.facts
    basic, reduced = _rates(facts["CreateDate"])
    return {
        "receiptId": known.uid,
        "okp": known.okp,
        "pkp": known.pkp,
        "ico": facts.get("Ico"),
        "dic": facts["Dic"],
        "icDph": facts.get("IcDph"),
        "cashRegisterCode": known.register,
        "issueDate": paper_time(facts["IssueDate"]),
        "createDate": paper_time(facts["CreateDate"]),
        "receiptNumber": int(facts["ReceiptNumber"]),
        "type": facts["ReceiptType"],
        "paragon": facts["Paragon"] == "true",
        "paragonNumber": int(facts["ParagonNumber"]) if "ParagonNumber" in facts else None,
        "invoiceNumber": facts.get("InvoiceNumber"),
        "customerId": facts.get("CustomerId"),
        "totalPrice": Decimal(facts["Amount"]),
        "taxBaseBasic": _amount(facts, "TaxBaseBasic"),
        "taxBaseReduced": _amount(facts, "TaxBaseReduced"),
        "freeTaxAmount": _amount(facts, "TaxFreeAmount"),
        "vatAmountBasic": _amount(facts, "BasicVatAmount"),
        "vatAmountReduced": _amount(facts, "ReducedVatAmount"),
        "vatRateBasic": basic,
        "vatRateReduced": reduced,
        "items": [_item(item) for item in known.content.items],
        "organization": _organization(facts, seller),
        "unit": _unit(known.register, seller),
        "exemption": known.exemption,
        "vatSummary": _summary(known),
    }


def _rates(create_date: str) -> tuple[int, int]:
    """The basic rate of the day and the higher of the reduced ones."""
    basic, reduced, *_ = sorted(rules_of(create_date).rates, reverse=True)
    return basic, reduced


def _amount(facts: Mapping[str, str], name: str) -> Decimal | None:
    return Decimal(facts[name]) if name in facts else None


def _item(item: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": item["Name"],
        "itemType": item["ItemType"],
        "quantity": Decimal(item["Quantity"]),
        "vatRate": Decimal(item["VatRate"]),
        "price": Decimal(item["Price"]),
    }


def _summary(known: Registered) -> list[dict[str, Decimal]]:
    """The sum of the items of each rate, the highest rate first."""
    sums: dict[Decimal, Decimal] = {}
    for item in known.content.items:
        rate = Decimal(item["VatRate"])
        sums[rate] = sums.get(rate, Decimal("0.00")) + Decimal(item["Price"])
    return [{"vatRate": rate, "totalPrice": sums[rate]} for rate in sorted(sums, reverse=True)]


def _organization(facts: Mapping[str, str], seller: Identity | None) -> dict[str, Any]:
    own = {"dic": facts["Dic"], "icDph": facts.get("IcDph"), "ico": facts.get("Ico"), "vatPayer": "IcDph" in facts}
    name = seller.corporate_body_full_name if seller else None
    return {"name": name, **own, **_address(seller.physical_address if seller else None)}


def _unit(register: str, seller: Identity | None) -> dict[str, Any]:
    place = _address(seller.unit_address if seller else None)
    name = seller.organization_unit_name or None if seller else None
    kind = seller.cash_register_type.value if seller else None
    return {"cashRegisterCode": register, "name": name, "unitType": kind, **place}


def _address(address: PhysicalAddress | None) -> dict[str, str | None]:
    return {
        "country": address.country if address else None,
        "municipality": address.municipality if address else None,
        "streetName": address.street_name if address else None,
        "buildingNumber": (address.building_number or None) if address else None,
        "propertyRegistrationNumber": (address.property_registration_number or None) if address else None,
        "postalCode": (address.postal_code or None) if address else None,
    }


def _may_search(world: AuthorityWorld, address: str) -> bool:
    """Count this search of the address; False if it made too many in the last hour."""
    if not world.finds_per_hour:
        return True
    times, now = world.finds.setdefault(address, deque(maxlen=world.finds_per_hour)), world.now()
    while times and times[0] <= now - HOUR:
        times.popleft()
    if len(times) >= world.finds_per_hour:
        return False
    times.append(now)
    return True


def _said(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), "text/plain; charset=utf-8")
