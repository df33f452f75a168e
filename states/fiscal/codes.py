"""The codes of a receipt and the texts they are made of: PKP base, OKP, SwId, UID, QR texts, dates.

Sources: IR 2.1 to 2.9 and 3 (codes, dates, QR); directive 2000/84/EC for summer time in the Union.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from states.fiscal.receipt import Receipt, ReceiptType

DATE_TIME_LENGTH = 25

_UID = re.compile(r"[VO]-(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{27}-TEST)")
_OKP = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{8}){4}")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")

_WINTER = timezone(timedelta(hours=1))
_SUMMER = timezone(timedelta(hours=2))


def pkp_base(
    dic: str, cash_register_code: str, receipt_type: ReceiptType, number: int, create_date: str, amount: str
) -> str:
    """The text whose signature is the PKP: the very texts of the message's attributes, joined by ``|``."""
    return "|".join((dic, cash_register_code, receipt_type, str(number), create_date, amount))


def okp(pkp: bytes) -> str:
    """The OKP of the raw PKP, in upper case, so that the off-line QR code may be alphanumeric."""
    digits = hashlib.sha1(pkp, usedforsecurity=False).hexdigest().upper()
    return "-".join(digits[start : start + 8] for start in range(0, 40, 8))


def sw_id(maker: str, program: str, storage: str, program_version: str, storage_version: str) -> str:
    """The SwId of the certified names and versions: upper-case SHA-1 of their NFC text."""
    text = unicodedata.normalize("NFC", "|".join((maker, program, storage, program_version, storage_version)))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper()


def is_uid(text: str) -> bool:
    """True for a UID of production or of the integration environment, of a register (O) or the state's own (V)."""
    return _UID.fullmatch(text) is not None


def is_okp(text: str) -> bool:
    """True for an OKP in either case."""
    return _OKP.fullmatch(text) is not None


def online_qr(uid: str) -> str:
    """The QR text of an on-line receipt: the UID, nothing else."""
    return uid


def offline_qr(receipt: Receipt) -> str:
    """The QR text of an off-line receipt: OKP, register code, CreateDate as YYMMDDHHMISS, number and amount."""
    digits = re.sub("[^0-9]", "", receipt.create_date[2:19])
    return ":".join(
        (receipt.okp, receipt.seller.cash_register_code, digits, str(receipt.number), receipt.amount),
    )


def create_date(now: datetime) -> str:
    """An aware time as the message has it: 25 characters, whole seconds, with the offset valid in Slovakia then."""
    if now.tzinfo is None:
        raise ValueError("the time must be aware")
    utc = now.astimezone(UTC).replace(microsecond=0)
    return utc.astimezone(_SUMMER if _is_summer(utc) else _WINTER).isoformat()


def read_date(text: str) -> datetime:
    """The aware time of a 25-character date; ValueError for any other form."""
    if _DATE_TIME.fullmatch(text) is None:
        raise ValueError(f"not a date and time of {DATE_TIME_LENGTH} characters: {text[:40]!r}")
    return datetime.fromisoformat(text)


def is_slovak_time(text: str) -> bool:
    """True for a 25-character date whose offset is the one valid in Slovakia at that moment (else fault -132)."""
    try:
        return create_date(read_date(text)) == text
    except (ValueError, OverflowError):
        return False


def month_of(date_text: str) -> str:
    """``2026-11``: the month in which a receipt of this CreateDate is numbered."""
    return date_text[:7]


def paper_time(date_text: str) -> str:
    """``22.11.2026 10:15:30``: the local wall time of a date, as it stands on the paper."""
    return f"{date_text[8:10]}.{date_text[5:7]}.{date_text[:4]} {date_text[11:19]}"


def _is_summer(utc: datetime) -> bool:
    return _turn(utc.year, 3) <= utc < _turn(utc.year, 10)


def _turn(year: int, month: int) -> datetime:
    """01:00 UTC on the last Sunday of March or October; both have 31 days."""
    last_day = datetime(year, month, 31, 1, tzinfo=UTC)
    return last_day - timedelta(days=(last_day.weekday() + 1) % 7)
