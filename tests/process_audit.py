"""An auditor who believes nobody: what authority, mail server and printer kept, against the journal, by receipt.

What must hold is a table (``RULES``), after the semantics of reliability 3.2: number and PKP exactly once, mail at most
once, paper at least once if mail is not confirmed, and no more complete originals than journaled interruptions allow.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path

from controller.receipts import tell
from controller.verify import verify
from states.fiscal.codes import offline_qr, online_qr
from states.fiscal.journal import Delivered, History, SetAside, fold_histories
from states.fiscal.original import VOID, original_lines
from states.fiscal.paper import Cut, to_text
from states.fiscal.receipt import Way
from states.fiscal.report import TITLES
from tests.shop import Message, Shop

COLUMNS = 48
PAGE_LIMIT_S = 20.0
HEADING = "POKLADNIČNÝ DOKLAD"
FACTS = ("ReceiptNumber", "CreateDate", "Amount")

_ROW = re.compile(r"<tr>\s*<th scope=\"row\"><code>.*?</tr>", re.DOTALL)
_UID = re.compile(r"\bO-(?:[0-9A-F]{27}-TEST|[0-9A-F]{32})\b")
_OKP = re.compile(r"\b[0-9A-F]{8}(?:-[0-9A-F]{8}){4}\b")
_CELL = re.compile(r"<td class=\"number\">([^<]*)</td>")
_TOTAL = re.compile(r"<dt>Doklady</dt><dd>(\d+)</dd>")
_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*<([0-9A-F-]+)@")
_QR = re.compile(r"\[QR: ([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Held:
    """A receipt as the authority's own page shows it: every UID that it gave, the number and the amount."""

    uids: frozenset[str]
    number: str
    amount: str


@dataclass(slots=True)
class Life:
    """One receipt in everybody's books: the journal's, the authority's, the mail server's and on paper."""

    history: History
    sent: list[Message] = field(default_factory=list)
    held: Held | None = None
    mails: list[bytes] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """``2026-11/57``."""
        return self.history.receipt.key

    @property
    def uids(self) -> set[str]:
        """Those that the journal knows."""
        answers = (self.history.outcome, self.history.resolved)
        return {answer.uid for answer in answers if answer is not None and answer.uid}

    @property
    def way(self) -> Way | None:
        """How it reached the customer."""
        return self.history.delivered.way if self.history.delivered else None

    @property
    def paper(self) -> str:
        """The whole original as it must be on paper."""
        uid = self.history.outcome.uid if self.history.outcome else ""
        lines = original_lines(self.history.receipt, uid, COLUMNS, training=True)
        return to_text(tuple(line for line in lines if not isinstance(line, Cut)), COLUMNS)


def is_same_receipt(life: Life) -> bool:
    """Every message has the number, the time, the amount and the PKP of the journal."""
    receipt = life.history.receipt
    expected = (str(receipt.number), receipt.create_date, receipt.amount, receipt.pkp)
    return all((*map(one.attribute, FACTS), one.element("PKP")) == expected for one in life.sent)


def is_announced(life: Life) -> bool:
    """Every message is an attempt that the journal knows, and none came twice."""
    known = {(str(one.sending_count), one.uuid) for one in life.history.attempts}
    sent = [(one.attribute("SendingCount"), one.attribute("Uuid")) for one in life.sent]
    return len(set(sent)) == len(sent) and set(sent) <= known


def is_counted(life: Life) -> bool:
    """The attempts are 1, 2, 3 and so on, each with a Uuid of its own."""
    attempts = life.history.attempts
    counts = [one.sending_count for one in attempts]
    return counts == list(range(1, len(counts) + 1)) and len({one.uuid for one in attempts}) == len(counts)


def is_held(life: Life) -> bool:
    """The authority holds it once, with this number and amount, and the journal's UIDs are of those that it gave."""
    receipt, held = life.history.receipt, life.held
    if held is None or not life.uids:
        return False
    return life.uids <= held.uids and (held.number, held.amount) == (str(receipt.number), receipt.amount)


def is_mailed_once(life: Life) -> bool:
    """At most one mail, only where that was the way, and with the journal's UID in it."""
    outcome = life.history.outcome
    if not life.mails:
        return True
    is_way = outcome is not None and outcome.way is Way.EMAIL
    return len(life.mails) == 1 and is_way and all(uid.encode() in life.mails[0] for uid in life.uids)


def is_delivered_as_said(life: Life) -> bool:
    """Mailed: one mail and no original; printed: one whole original, and one more for each journaled interruption."""
    if life.way is Way.EMAIL:
        return len(life.mails) == 1 and not life.originals
    return life.way is Way.PRINT and 1 <= len(life.originals) <= 1 + len(life.history.interruptions)


def is_whole(life: Life) -> bool:
    """Each original ends as this receipt does, in its one form, to the last letter; above it is nothing of a receipt.

    A part of a report may stand above it: that a report was torn is in no journal (ARCHITECTURE, known limits).
    """
    return all(paper.endswith(life.paper) and HEADING not in paper.removesuffix(life.paper) for paper in life.originals)


RULES: dict[str, Callable[[Life], bool]] = {
    "a message is of another receipt": is_same_receipt,
    "a message was not announced in the journal, or came twice": is_announced,
    "the attempts are not numbered as they must be": is_counted,
    "the authority does not hold it as the journal has it": is_held,
    "it was mailed more than once, or otherwise than on-line": is_mailed_once,
    "the customer did not get exactly what the journal says": is_delivered_as_said,
    "an original on paper is not whole": is_whole,
    "it has not ended": lambda life: not (life.history.is_undelivered or life.history.is_unsent),
}
"""What is wrong where a rule does not hold."""


class Auditor:
    """Reads the books of a shop whose authority was never started anew; what was read once is not read again.

    ``below_reports`` is how many originals the last audit found on paper below a part of a report.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._messages: dict[Path, Message] = {}
        self._held: dict[str, Held] = {}
        self.below_reports = 0

    def audit(self) -> list[str]:
        """Every violation, as a sentence; nothing may be under way."""
        lives = {okp: Life(history) for okp, history in fold_histories(self._shop.records()).items()}
        strange = [*self._file_messages(lives), *self._file_page(lives), *self._file_mails(lives)]
        strange += self._file_papers(lives)
        self.below_reports = sum(paper != life.paper for life in lives.values() for paper in life.originals)
        return [*strange, *self._of_each(lives), *self._of_all(lives)]

    def _of_each(self, lives: dict[str, Life]) -> Iterator[str]:
        for life in lives.values():
            yield from (f"{life.key}: {wrong}" for wrong, holds in RULES.items() if not holds(life))

    def _of_all(self, lives: dict[str, Life]) -> Iterator[str]:
        numbers: dict[str, list[int]] = {}
        for life in lives.values():
            numbers.setdefault(life.history.receipt.month, []).append(life.history.receipt.number)
        yield from (f"{month}: the numbers are {has}" for month, has in numbers.items() if not is_dense(has))
        yield from (f"{one.okp} was set aside" for one in self._shop.records(SetAside))
        yield from self._of_delivered()
        report = verify(self._shop.folder)
        yield from (f"verify: {one.seq} {one.invariant} {one.sentence}" for one in report.violations)
        yield from (
            f"replay: {one.intent.receipt.key} {one.differs}" for one in tell(self._shop.stored()) if one.differs
        )

    def _of_delivered(self) -> Iterator[str]:
        okps = [record.okp for record in self._shop.records(Delivered)]
        yield from (f"{okp} was delivered twice" for okp in set(okps) if okps.count(okp) > 1)

    # --- The books: each entry goes to its receipt, and what no receipt explains is a violation ---------------

    def _file_messages(self, lives: dict[str, Life]) -> Iterator[str]:
        for path in sorted((self._shop.folder / "authority").glob("*-request.xml")):
            if path not in self._messages:
                self._messages[path] = Message(int(path.name[:4]), path.read_text(encoding="utf-8"))
        for message in self._messages.values():
            okp = message.element("OKP").upper()
            if okp in lives:
                lives[okp].sent.append(message)
            else:
                yield f"request {message.number} is of a receipt that is not in the journal"

    def _file_page(self, lives: dict[str, Life]) -> Iterator[str]:
        page = read_page(self._shop)
        self._held |= held_of(page)
        total = _TOTAL.search(page)
        if total is None or int(total[1]) != len(self._held):
            yield f"the authority's page has {total and total[1]} receipts, and shows {len(self._held)}"
        for okp, held in self._held.items():
            if okp in lives:
                lives[okp].held = held
            else:
                yield f"the authority holds {held.number}, which is not in the journal"

    def _file_mails(self, lives: dict[str, Life]) -> Iterator[str]:
        for number, mail in enumerate(self._shop.mails(), 1):
            found = _MESSAGE_ID.search(mail)
            okp = found[1].decode().upper() if found else ""
            if okp in lives:
                lives[okp].mails.append(mail)
            else:
                yield f"mail {number} is of a receipt that is not in the journal"

    def _file_papers(self, lives: dict[str, Life]) -> Iterator[str]:
        codes = {code: life for life in lives.values() for code in codes_of(life)}
        for number, paper in enumerate(self._shop.papers(), 1):
            *_, last = paper.splitlines()
            if last.strip() == VOID or is_slip(paper):
                continue
            found = _QR.findall(paper)
            if found and found[-1] in codes:
                codes[found[-1]].originals.append(paper)
            else:
                yield f"paper {number} is neither voided nor an original: {paper[-200:]!r}"


def is_dense(numbers: list[int]) -> bool:
    """1 to n, in order."""
    return numbers == list(range(1, len(numbers) + 1))


def codes_of(life: Life) -> set[str]:
    """Every QR code that could ever be on a paper of this receipt."""
    return {offline_qr(life.history.receipt), *map(online_qr, life.uids)}


def is_slip(paper: str) -> bool:
    """A report: no code of a receipt is on its last lines."""
    return any(title in paper for title in TITLES.values()) and not _QR.search(paper)


def read_page(shop: Shop) -> str:
    """The page of the simulated authority, over TLS as a browser reads it."""
    context = ssl.create_default_context(cafile=shop.folder / "authority-ca.pem")
    connection = HTTPSConnection("127.0.0.1", shop.port("authority"), timeout=PAGE_LIMIT_S, context=context)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def held_of(page: str) -> dict[str, Held]:
    """The receipts on the page, by OKP."""
    found = {}
    for row in _ROW.findall(page):
        (okp,) = set(_OKP.findall(row))
        number, amount = _CELL.findall(row)
        found[okp] = Held(frozenset(_UID.findall(row)), number, amount)
    return found
