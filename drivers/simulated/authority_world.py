"""The simulated authority's memory and judgement: what it registered, what it answers, and which fault is due.

Sources: IR 2.3 to 2.6; what the document is silent about (the same OKP twice, unsigned faults, their HTTP status) is a
setting (``authority_habits``). Nothing in here waits; how a reply is put on the wire is ``Delivery``, carried out by
the server.
"""

from __future__ import annotations

import gzip
import secrets
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from cryptography import x509

from drivers.simulated.authority_answers import fault, response, sealed
from drivers.simulated.authority_checks import ZONE, Accepted, Policy, check_request
from drivers.simulated.authority_faults import AuthorityFault, FaultKind, Script, take_fault
from drivers.simulated.authority_habits import Duplicates, Habits
from drivers.simulated.authority_rules import RefusedError
from drivers.simulated.authority_store import Located, Refused, Registered, Sending
from drivers.simulated.certificates import Pair
from drivers.soap import wire_bytes
from states.fiscal.identity import Identity

SOAP_TYPE = "application/soap+xml; charset=utf-8"
VERSION = 2
OVERSIZE_BYTES = 300 * 1024
BOMB_BYTES = 50_000_000
REFUSALS_MAX = 1000


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


@dataclass(kw_only=True)
class AuthorityWorld(Habits):
    """Everything the simulated authority is and knows; a test may change any field while the server runs.

    ``folder`` keeps the bytes of each request and reply; ``issued`` is a file of every certificate that was issued,
    read again when it has grown to other than ``issued_bytes``; ``faults`` is the script, used up from the front;
    ``receipts`` are found by OKP in upper case, ``locations`` by register code and CreateDate, both in the order in
    which they came; ``refusals`` are the newest ones; ``sellers`` are known by the codes of their registers;
    ``finds`` are the times of the last searches by address.
    """

    tls: ssl.SSLContext
    policy: Policy
    signer: Pair
    other_signer: Pair
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    folder: Path | None = None
    faults: list[AuthorityFault] = field(default_factory=list)
    issued: Path | None = None
    issued_bytes: int = 0
    sellers: dict[str, Identity] = field(default_factory=dict)
    idle_s: float = 75.0
    requests: int = 0
    connections: int = 0
    receipts: dict[str, Registered] = field(default_factory=dict)
    locations: dict[tuple[str, str], Located] = field(default_factory=dict)
    refusals: deque[Refused] = field(default_factory=lambda: deque(maxlen=REFUSALS_MAX))
    finds: dict[str, deque[datetime]] = field(default_factory=dict)
    last_body: bytes = b""
    kept_before: int = field(init=False)

    def __post_init__(self) -> None:
        """What an earlier server kept in the folder stays."""
        self.kept_before = len(list(self.folder.glob("*-request.xml"))) if self.folder else 0

    def now(self) -> datetime:
        """The time by the authority's own clock."""
        return self.clock() + timedelta(seconds=self.clock_s)

    def play(self, script: Script) -> None:
        """Add the script's faults to those that wait, and take over its settings."""
        self.faults += script.faults
        for name, value in script.habits.items():
            setattr(self, name, value)

    def keep(self, number: int, side: str, content: bytes) -> None:
        """Keep ``NNNN-request.xml`` or ``NNNN-reply.xml`` as it was on the wire, if there is a folder for it."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{self.kept_before + number:04d}-{side}.xml").write_bytes(content)

    def find(self, code: str) -> Registered | None:
        """The receipt of this OKP, or of any UID that it was given."""
        name = code.upper()
        if name in self.receipts:
            return self.receipts[name]
        same = (one for one in self.receipts.values() if any(sending.uid == name for sending in one.sendings))
        return next(same, None)

    def duplicates_count(self) -> int:
        """How many requests were for receipts that were registered already."""
        return sum(len(known.sendings) - 1 for known in self.receipts.values())


def respond(world: AuthorityWorld, message: bytes, version: int = VERSION) -> tuple[int, Reply]:
    """The number of the request and what it gets; the request is kept, and its fault used up.

    ``version`` is the interface's number in the address that was asked.
    """
    world.requests += 1
    world.keep(world.requests, "request", message)
    due = take_fault(world.faults, world.requests)
    if due is not None and due.kind in _UNPROCESSED:
        return world.requests, _UNPROCESSED[due.kind](world, due)
    reply = _judged(world, message, due, version)
    if due is not None and due.kind in _ALTERED:
        reply = _ALTERED[due.kind](world, due, reply)
    world.last_body = reply.body
    return world.requests, reply


def _judged(world: AuthorityWorld, message: bytes, due: AuthorityFault | None, version: int) -> Reply:
    kind = None if due is None else due.kind
    now = world.now() + (timedelta(seconds=due.seconds) if due and kind is FaultKind.CLOCK else timedelta())
    try:
        if version != VERSION:
            raise RefusedError(-8, f"services/v{version}")
        accepted = check_request(message, _policy(world), now)
        uid = _remember(world, accepted, now)
    except RefusedError as error:
        return _refusal(world, error.code, error.detail)
    envelope = response(
        accepted.kind,
        uuid=str(uuid4()),
        request_uuid=str(uuid4()) if kind is FaultKind.WRONG_UUID else accepted.header["Uuid"],
        date=now.astimezone(ZONE).replace(microsecond=0).isoformat(),
        uid="O-NOT-A-UID" if uid and kind is FaultKind.BAD_UID else uid,
        warning="Skúšobné upozornenie." if kind is FaultKind.WARNING else "",
    )
    if kind is FaultKind.UNSIGNED:
        return Reply(body=wire_bytes(envelope))
    signer = world.other_signer if kind is FaultKind.WRONG_SIGNER else world.signer
    return Reply(body=sealed(envelope, signer, str(uuid4())))


def _policy(world: AuthorityWorld) -> Policy:
    """The rules of now: certificates that were issued while the server runs count too."""
    if world.issued is not None and (length := world.issued.stat().st_size) != world.issued_bytes:
        issued = tuple(x509.load_pem_x509_certificates(world.issued.read_bytes()))
        world.policy, world.issued_bytes = replace(world.policy, earlier=issued), length
    return replace(world.policy, recap_required=True) if world.recap_required else world.policy


def _refusal(world: AuthorityWorld, code: int, detail: str = "", *, signed: bool = True) -> Reply:
    world.refusals.append(Refused(world.kept_before + world.requests, world.now(), code, detail))
    envelope = fault(code, detail if world.test_uids else "")
    is_signed = signed and world.faults_signed
    body = sealed(envelope, world.signer, str(uuid4())) if is_signed else wire_bytes(envelope)
    return Reply(status=world.fault_status, body=body)


def _remember(world: AuthorityWorld, accepted: Accepted, now: datetime) -> str:
    """The UID of a receipt; a location gets none."""
    if accepted.is_receipt:
        return _register(world, accepted, now)
    facts = accepted.content.facts
    key = facts["CashRegisterCode"], facts["CreateDate"]
    before = world.locations[key].sendings if key in world.locations else ()
    world.locations[key] = Located(facts, accepted.place, (*before, _sending(accepted, now)))
    return ""


def _register(world: AuthorityWorld, accepted: Accepted, now: datetime) -> str:
    """The UID of the receipt; a receipt that is registered already is counted, and treated by the authority's habit."""
    okp = accepted.okp.upper()
    known = world.receipts.get(okp)
    if known is None:
        uid = _new_uid(test=world.test_uids)
        is_exempt = accepted.header["Exception"] == "true"
        known = Registered(uid, okp, accepted.content, (), accepted.pkp, is_exempt)
    elif world.duplicates is Duplicates.REFUSED:
        raise RefusedError(world.duplicate_code, f"the OKP {okp} is registered already")
    else:
        uid = known.uid if world.duplicates is Duplicates.SAME_UID else _new_uid(test=world.test_uids)
    world.receipts[okp] = replace(known, sendings=(*known.sendings, _sending(accepted, now, uid)))
    return uid


def _sending(accepted: Accepted, now: datetime, uid: str = "") -> Sending:
    return Sending(accepted.header["Uuid"], int(accepted.header["SendingCount"]), now, uid)


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
    FaultKind.CODE: lambda world, due: _refusal(world, due.code, signed=due.signed),
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
