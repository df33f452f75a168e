"""The mail provider of a simulated world: how far each mail came, and what was said to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import trio

from states.fiscal.receipt import MailResult, Receipt, Verdict
from tests.sim_fate import Fate

MAIL_S = 0.7
LIMIT_S = 8.0
"""The driver's own deadline."""

PHASES = ("connect", "banner", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data")
"""Before the final dot: what ends there was not sent."""

ENDS = {"4xx": 451, "5xx": 550, "drop": 0, "hang": 0}
FAULTS: dict[str, tuple[str, str]] = {
    **{f"mail-{phase}-{end}": (phase, end) for phase in PHASES for end in ENDS},
    **{f"mail-dot-{end}": ("dot", end) for end in ENDS},
    "mail-lost-answer": ("dot", "lost"),
    "mail-late": ("dot", "late"),
    "mail-quit-error": ("quit", "drop"),
}
"""Where a mail ends, and how; ``late`` is a driver that keeps no deadline of its own."""


@dataclass
class Mailed:
    """One mail: ``head`` is the last durable record when it began; ``dotted`` once the whole of it had been sent, and
    ``accepted`` if the server took it; ``verdict`` is empty if nobody heard how it ended."""

    okp: str
    uid: str
    message_id: str
    head: int
    began_s: float
    fault: str
    dotted: bool = False
    accepted: bool = False
    verdict: str = ""
    ended_s: float = 0.0


@dataclass
class Post:
    """The provider with its drawer of faults."""

    fate: Fate
    chance: Random
    mails: list[Mailed] = field(default_factory=list)
    by_okp: dict[str, list[Mailed]] = field(default_factory=dict)

    async def send(self, receipt: Receipt, uid: str, address: str, message_id: str) -> MailResult:
        """As Mail has it."""
        await self.fate.live()
        fault = self.fate.draw("mail")
        mail = Mailed(receipt.okp, uid, message_id, self.fate.head(), trio.current_time(), fault)
        self.mails.append(mail)
        self.by_okp.setdefault(receipt.okp, []).append(mail)
        assert address
        try:
            result = await self._deliver(mail, *FAULTS.get(fault, ("quit", "")))
        except trio.Cancelled:
            mail.dotted = mail.dotted or self.chance.random() < 0.5
            mail.accepted = mail.dotted and self.chance.random() < 0.5
            mail.ended_s = trio.current_time()
            raise
        mail.verdict, mail.ended_s = result.verdict, trio.current_time()
        return result

    async def _deliver(self, mail: Mailed, phase: str, end: str) -> MailResult:
        await trio.sleep(LIMIT_S if end == "hang" else MAIL_S)
        if phase in PHASES:
            return MailResult(Verdict.NOT_SENT, phase, ENDS[end], end)
        mail.dotted = True
        if phase == "quit":
            mail.accepted = True
            return MailResult(Verdict.ACCEPTED, "dot", 250, "250 ok")
        if ENDS.get(end):
            return MailResult(Verdict.NOT_SENT, "dot", ENDS[end], end)
        mail.accepted = end in ("lost", "late") or self.chance.random() < 0.5
        if end == "late":
            await trio.sleep(60.0)
        return MailResult(Verdict.IN_DOUBT, "dot", 0, end)
