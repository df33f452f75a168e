"""The tax authority of a simulated world behind the register's port: what reached it, and what it answered.

It proves the seal of each receipt with the certificate that the register was given, and remembers it by its OKP.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from random import Random

import trio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from drivers.ports import NoAnswer
from states.fiscal.place import Location
from states.fiscal.receipt import Acceptance, Attempt, Fault, Receipt
from tests.sim_fate import Fate

ANSWER_S = 0.15
LIMIT_S, RESEND_LIMIT_S = 5.0, 20.0
MOMENT_S = 0.0005
REFUSAL_CODES = (-2, -10, -100, -101, -102, -103, -104, -105, -106, -107, -108, -109, -110, -112, -119, -127, -132)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one exchange goes: ``says`` ``uid``, ``code``, ``overloaded``, ``nothing`` or the reason of a NoAnswer, so
    many seconds after it began; a part of the limit that it has is added for ``limits``."""

    says: str = "uid"
    registers: bool = True
    after_s: float = ANSWER_S
    limits: int = 0
    sent: bool = True


# fmt: off
FAULTS: dict[str, Behaviour] = {
    "authority-slow":            Behaviour(after_s=3.2),
    "authority-at-limit-1ms":    Behaviour(after_s=-0.001, limits=1),
    "authority-at-limit":        Behaviour(after_s=0.0,    limits=1),
    "authority-at-limit+1ms":    Behaviour(after_s=0.001,  limits=1),
    "authority-late-1s":         Behaviour(after_s=1.0,    limits=1),
    "authority-late-10s":        Behaviour(after_s=10.0,   limits=1),
    "authority-silent":          Behaviour("nothing", registers=False),
    "authority-silent-taken":    Behaviour("nothing"),
    "authority-no-connection":   Behaviour("refused", registers=False, after_s=0.01, sent=False),
    "authority-reset-before":    Behaviour("reset", registers=False, after_s=0.05),
    "authority-reset-after":     Behaviour("reset", after_s=0.3),
    "authority-overloaded":      Behaviour("overloaded", registers=False),
    "authority-refused":         Behaviour("code", registers=False),
    "authority-garbage":         Behaviour("unparsable"),
    "authority-unsigned":        Behaviour("unsigned"),
}
# fmt: on
FAIR = Behaviour()
OUTAGES = (
    "authority-silent",
    "authority-silent-taken",
    "authority-no-connection",
    "authority-overloaded",
    "authority-late-10s",
    "authority-reset-before",
)


@dataclass
class Arrival:
    """One exchange that the register began: ``head`` is the last durable record then; ``ended`` how and when it ended
    for the register, ``cut`` if the register did not wait for it."""

    receipt: Receipt
    uuid: str
    count: int
    head: int
    began_s: float
    fault: str
    taken: bool = False
    uid: str = ""
    code: int = 0
    ended: str = ""
    ended_s: float = 0.0
    limit_s: float = LIMIT_S
    is_sale: bool = True

    @property
    def is_timely(self) -> bool:
        """It was answered in its time, but for an answer that came with its last moment."""
        return self.ended in ("uid", "code") and self.ended_s - self.began_s < self.limit_s + MOMENT_S


@dataclass
class Known:
    """A receipt that the authority has: as it came first, and each UID that it was given."""

    receipt: Receipt
    uids: list[str] = field(default_factory=list)


@dataclass
class SimAuthority:
    """``limits_s`` is how long the exchange of a Uuid is waited for; ``duplicates`` what a receipt gets that it has
    already: the same UID, a new one, or a refusal."""

    fate: Fate
    chance: Random
    duplicates: str
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    by_okp: dict[str, list[Arrival]] = field(default_factory=dict)
    amiss: list[tuple[str, str]] = field(default_factory=list)
    limits_s: dict[str, float] = field(default_factory=dict)

    def ask(self, uuid: str, limit_s: float) -> None:
        """The exchange of this Uuid will be waited for so long."""
        self.limits_s[uuid] = limit_s

    def arrive(self, receipt: Receipt, attempt: Attempt) -> tuple[Arrival, Behaviour]:
        """An exchange begins, and fate says how it goes."""
        fault = self.fate.draw("authority")
        arrival = Arrival(receipt, attempt.uuid, attempt.sending_count, self.fate.head(), trio.current_time(), fault)
        arrival.limit_s = self.limits_s.get(attempt.uuid, LIMIT_S)
        arrival.is_sale = arrival.limit_s != RESEND_LIMIT_S
        self.arrivals.append(arrival)
        self.by_okp.setdefault(receipt.okp, []).append(arrival)
        return arrival, FAULTS.get(fault, FAIR)

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it."""
        await self.fate.live()
        arrival, behaviour = self.arrive(receipt, attempt)
        try:
            if behaviour.says == "nothing":
                self._take(arrival, behaviour)
                await trio.sleep_forever()
            await trio.sleep(behaviour.after_s + behaviour.limits * arrival.limit_s)
        except trio.Cancelled:
            if not arrival.taken and behaviour.registers and self.chance.random() < 0.5:
                self._take(arrival, behaviour)
            arrival.ended, arrival.ended_s = "cut", trio.current_time()
            raise
        return self._answer(arrival, behaviour)

    def _answer(self, arrival: Arrival, behaviour: Behaviour) -> Acceptance | Fault:
        self._take(arrival, behaviour)
        arrival.ended, arrival.ended_s = behaviour.says, trio.current_time()
        if behaviour.says == "overloaded":
            return Fault(-1, "overloaded", "<overloaded/>")
        if behaviour.says == "code" or (behaviour.says == "uid" and arrival.code):
            arrival.code = arrival.code or self.chance.choice(REFUSAL_CODES)
            arrival.ended = "code"
            return Fault(arrival.code, "refused", f"<fault>{arrival.code}</fault>")
        if behaviour.says == "uid":
            return Acceptance(arrival.uid, arrival.receipt.create_date, f"<uid>{arrival.uid}</uid>")
        raise NoAnswer(behaviour.says, arrival.fault, sent=behaviour.sent)

    def _take(self, arrival: Arrival, behaviour: Behaviour) -> None:
        """The receipt is registered, if this exchange is one that registers."""
        if not behaviour.registers or arrival.taken:
            return
        arrival.taken = True
        receipt = arrival.receipt
        known = self.known.get(receipt.okp)
        if known is None:
            self.amiss += self._objections(receipt)
            known = self.known[receipt.okp] = Known(receipt)
        elif self.duplicates == "refused":
            arrival.code = -2
            return
        arrival.uid = known.uids[0] if known.uids and self.duplicates == "same" else self._new_uid()
        known.uids.append(arrival.uid)

    def _new_uid(self) -> str:
        return f"O-{self.chance.getrandbits(128):032X}"

    def _objections(self, receipt: Receipt) -> list[tuple[str, str]]:
        """What the authority would not take: a seal that its certificate does not prove."""
        key = self.keys.get(receipt.certificate_serial)
        if key is None:
            return [("I8", f"{receipt.key} was sealed under an unknown certificate")]
        seller, kind = receipt.seller, receipt.sale.type.value
        number, date = str(receipt.number), receipt.create_date
        base = "|".join((seller.dic, seller.cash_register_code, kind, number, date, receipt.amount))
        try:
            key.verify(b64decode(receipt.pkp), base.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return [("I8", f"the PKP of {receipt.key} is no signature of its content")]
        return []

    async def locate(self, location: Location, attempt: Attempt) -> Acceptance | Fault:
        """A register that does not move tells no place."""
        raise AssertionError(f"{location} {attempt}")
