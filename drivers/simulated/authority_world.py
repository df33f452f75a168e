"""The simulated authority's memory and judgement: what it registered, what it answers, and which fault is due.

Sources: IR 2.3 to 2.6; what the document is silent about (the same OKP twice, unsigned faults, their HTTP status) is a
setting here. Nothing in here waits; how a reply is put on the wire is ``Delivery``, carried out by the server.
"""

from __future__ import annotations

import gzip
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from drivers.simulated.authority_answers import fault, response, sealed
from drivers.simulated.authority_checks import ZONE, Accepted, Policy, check_request
from drivers.simulated.authority_faults import AuthorityFault, FaultKind, take_fault
from drivers.simulated.authority_rules import Content, RefusedError
from drivers.simulated.certificates import Pair
from drivers.soap import wire_bytes

SOAP_TYPE = "application/soap+xml; charset=utf-8"
OVERSIZE_BYTES = 300 * 1024
BOMB_BYTES = 50_000_000


class Delivery(StrEnum):
    """How a reply goes on the wire."""

    WHOLE = "whole"
    HALF = "half"
    DRIP = "drip"
    ENDLESS = "endless"
    DROP = "drop"
    CUT = "cut"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: after ``wait_s``, with ``pause_s`` after each byte of a drip."""

    status: int = 200
    body: bytes = b""
    content_type: str = SOAP_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = Delivery.WHOLE
    wait_s: float = 0.0
    pause_s: float = 0.0


class Duplicates(StrEnum):
    """What a receipt gets whose OKP is registered already."""

    SAME_UID = "same-uid"
    NEW_UID = "new-uid"


@dataclass(frozen=True, slots=True)
class Sending:
    """One request for a receipt that passed the checks."""

    uuid: str
    count: int
    at: datetime
    uid: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A receipt as the authority knows it: its first UID, its content, and every sending of it."""

    uid: str
    okp: str
    content: Content
    sendings: tuple[Sending, ...]


@dataclass(slots=True)
class AuthorityWorld:
    """Everything that a simulated authority is; a test may change any field while the server runs.

    ``folder`` keeps the bytes of each request and reply; ``faults`` is the script, used up from the front;
    ``receipts`` are found by OKP in upper case, in the order in which they were registered.
    """

    tls: ssl.SSLContext
    policy: Policy
    signer: Pair
    other_signer: Pair
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    folder: Path | None = None
    faults: list[AuthorityFault] = field(default_factory=list)
    duplicates: Duplicates = Duplicates.SAME_UID
    test_uids: bool = True
    faults_signed: bool = True
    fault_status: int = 500
    idle_s: float = 75.0
    requests: int = 0
    connections: int = 0
    receipts: dict[str, Registered] = field(default_factory=dict)
    last_body: bytes = b""
    kept_before: int = field(init=False)

    def __post_init__(self) -> None:
        """What an earlier server kept in the folder stays."""
        self.kept_before = len(list(self.folder.glob("*-request.xml"))) if self.folder else 0

    def keep(self, number: int, side: str, content: bytes) -> None:
        """Keep ``NNNN-request.xml`` or ``NNNN-reply.xml`` as it was on the wire, if there is a folder for it."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{self.kept_before + number:04d}-{side}.xml").write_bytes(content)

    def find(self, code: str) -> Registered | None:
        """The receipt of this UID or OKP."""
        same = (known for known in self.receipts.values() if code.upper() in (known.uid, known.okp))
        return next(same, None)

    def duplicates_count(self) -> int:
        """How many requests were for receipts that were registered already."""
        return sum(len(known.sendings) - 1 for known in self.receipts.values())


def respond(world: AuthorityWorld, message: bytes) -> tuple[int, Reply]:
    """The number of the request and what it gets; the request is kept, and its fault used up."""
    world.requests += 1
    world.keep(world.requests, "request", message)
    due = take_fault(world.faults, world.requests)
    if due is not None and due.kind in _UNPROCESSED:
        return world.requests, _UNPROCESSED[due.kind](world, due)
    reply = _judged(world, message, due)
    if due is not None and due.kind in _ALTERED:
        reply = _ALTERED[due.kind](world, due, reply)
    world.last_body = reply.body
    return world.requests, reply


def _judged(world: AuthorityWorld, message: bytes, due: AuthorityFault | None) -> Reply:
    kind = None if due is None else due.kind
    now = world.clock() + (timedelta(seconds=due.seconds) if due and kind is FaultKind.CLOCK else timedelta())
    try:
        accepted = check_request(message, world.policy, now)
    except RefusedError as error:
        return _refusal(world, error.code, error.detail)
    uid = _register(world, accepted, now) if accepted.kind == "RegisterReceiptRequest" else ""
    envelope = response(
        accepted.kind,
        uuid=str(uuid4()),
        request_uuid=str(uuid4()) if kind is FaultKind.WRONG_UUID else accepted.header["Uuid"],
        date=now.astimezone(ZONE).replace(microsecond=0).isoformat(),
        uid="O-NOT-A-UID" if kind is FaultKind.BAD_UID else uid,
        warning="Skúšobné upozornenie." if kind is FaultKind.WARNING else "",
    )
    if kind is FaultKind.UNSIGNED:
        return Reply(body=wire_bytes(envelope))
    signer = world.other_signer if kind is FaultKind.WRONG_SIGNER else world.signer
    return Reply(body=sealed(envelope, signer, str(uuid4())))


def _refusal(world: AuthorityWorld, code: int, detail: str = "") -> Reply:
    envelope = fault(code, detail if world.test_uids else "")
    body = sealed(envelope, world.signer, str(uuid4())) if world.faults_signed else wire_bytes(envelope)
    return Reply(status=world.fault_status, body=body)


def _register(world: AuthorityWorld, accepted: Accepted, now: datetime) -> str:
    """The UID of the receipt; a receipt that is registered already keeps its first one, and the sending is counted."""
    okp = accepted.okp.upper()
    known = world.receipts.get(okp)
    again = known is not None and world.duplicates is Duplicates.SAME_UID
    uid = known.uid if known is not None and again else _new_uid(test=world.test_uids)
    sending = Sending(accepted.header["Uuid"], int(accepted.header["SendingCount"]), now, uid)
    before = () if known is None else known.sendings
    first = uid if known is None else known.uid
    world.receipts[okp] = Registered(first, okp, accepted.content, (*before, sending))
    return uid


def _new_uid(*, test: bool) -> str:
    digits = secrets.token_hex(16).upper()
    return f"O-{digits[:27]}-TEST" if test else f"O-{digits}"


def _page(due: AuthorityFault) -> Reply:
    page = f"<html><body><h1>{due.status}</h1>Chyba pri spracovaní požiadavky</body></html>"
    moved = (("Location", "https://localhost:1/elsewhere"),) if 300 <= due.status < 400 else ()
    return Reply(due.status, page.encode(), "text/html; charset=utf-8", moved)


_UNPROCESSED: dict[FaultKind, Callable[[AuthorityWorld, AuthorityFault], Reply]] = {
    FaultKind.SILENCE: lambda _, __: Reply(delivery=Delivery.HOLD),
    FaultKind.CUT_TLS: lambda _, __: Reply(delivery=Delivery.CUT),
    FaultKind.HTTP: lambda _, due: _page(due),
    FaultKind.GARBAGE: lambda _, __: Reply(body=b"\x00\xff\xfe<<<&&& not XML at all"),
    FaultKind.DOCTYPE: lambda _, __: Reply(body=b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'),
    FaultKind.CODE: lambda world, due: _refusal(world, due.code),
}
"""Faults before the request is looked at."""

_ALTERED: dict[FaultKind, Callable[[AuthorityWorld, AuthorityFault, Reply], Reply]] = {
    FaultKind.DELAY: lambda _, due, reply: replace(reply, wait_s=due.seconds),
    FaultKind.DROP_AFTER_PROCESSING: lambda _, __, reply: replace(reply, delivery=Delivery.DROP),
    FaultKind.HALF: lambda _, __, reply: replace(reply, delivery=Delivery.HALF),
    FaultKind.DRIP: lambda _, due, reply: replace(reply, delivery=Delivery.DRIP, pause_s=due.seconds),
    FaultKind.OVERSIZE: lambda _, __, reply: replace(reply, body=reply.body + b" " * OVERSIZE_BYTES),
    FaultKind.ENDLESS: lambda _, __, reply: replace(reply, delivery=Delivery.ENDLESS),
    FaultKind.GZIP: lambda _, __, reply: replace(
        reply, body=gzip.compress(b" " * BOMB_BYTES, 9), headers=(("Content-Encoding", "gzip"),)
    ),
    FaultKind.HEADERS: lambda _, __, reply: replace(reply, headers=tuple((f"X-{n}", "1") for n in range(100))),
    FaultKind.REPLAY: lambda world, _, reply: replace(reply, body=world.last_body or reply.body),
}
"""Faults after it: the receipt is registered, and the answer is spoilt."""
