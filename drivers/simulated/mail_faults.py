"""Faults of the simulated mail provider as data: in which phase, what happens, to whom.

A script is TOML::

    [[fault]]
    phase = "rcpt"                    # see PHASES
    action = "refuse"                 # see Action
    code = 550                        # refuse: the reply's code
    text = "5.1.1 no such mailbox"    # refuse: its words
    recipient = "nikto@example.sk"    # only mails to this address (from rcpt on); empty: all
    session = 2                       # only the second connection; 0: all
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec


class Action(StrEnum):
    """What the server does in a phase instead of its duty."""

    REFUSE = "refuse"
    DROP = "drop"
    RESET = "reset"
    HANG = "hang"
    DRIP = "drip"
    GARBAGE = "garbage"
    LONG_LINE = "long-line"
    ENDLESS = "endless"
    LATE = "late"
    WITHHOLD = "withhold"
    INJECT = "inject"


Duty = Literal["banner", "tls", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot", "quit"]
PHASES: tuple[str, ...] = get_args(Duty)


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault; ``seconds`` is the pause between two octets of DRIP and the delay of LATE.

    WITHHOLD leaves the extension of the phase (STARTTLS or AUTH) unannounced. INJECT sends the right reply with
    another one behind it in the same segment. In phase ``dot`` all but REFUSE keep the message.
    """

    phase: Duty
    action: Action = Action.REFUSE
    code: Annotated[int, msgspec.Meta(ge=200, le=599)] = 451
    text: Annotated[str, msgspec.Meta(pattern=r"^[ -~]{0,500}\Z")] = "4.3.0 simulated fault"
    recipient: str = ""
    session: Annotated[int, msgspec.Meta(ge=0)] = 0
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.05

    def hits(self, phase: str, session: int, recipient: str) -> bool:
        """True when this fault is due."""
        return phase == self.phase and self.session in (0, session) and self.recipient in ("", recipient)


class _Script(msgspec.Struct, forbid_unknown_fields=True):
    fault: Annotated[list[Fault], msgspec.Meta(max_length=1000)] = []


def read_faults(path: Path) -> list[Fault]:
    """The faults of a script; ValueError names the file, the entry and what was expected."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Script).fault
    except ValueError as problem:
        raise ValueError(f"{path.name}: {problem}") from problem
