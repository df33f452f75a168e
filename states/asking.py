"""What words the register asks a person for."""

from __future__ import annotations

from enum import StrEnum


class Words(StrEnum):
    """What words are asked for; the date of a paragón follows its number, the end of an interval its beginning."""

    ADDRESS = "address"
    RETURNED = "returned"
    CORRECTED = "corrected"
    INVOICE = "invoice"
    VOUCHER = "voucher"
    PARAGON_NUMBER = "paragon-number"
    PARAGON_DATE = "paragon-date"
    SINCE = "since"
    UNTIL = "until"
    PLACE = "place"
    CASHIER = "cashier"
