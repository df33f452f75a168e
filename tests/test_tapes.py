"""Tapes: every path of a receipt as a script that people can read.

``<`` is what happens: keys, ``TEXT words``, an answer with what it says, ``Ticked`` with a time, or ``POWER CUT``.
``>`` is what the register wants, ``=`` a machine's new state, ``!`` the notice. ``#`` is told to the reader,
``@`` sets up the shop. ``python -m tests.test_tapes`` plays all tapes anew; the difference is then to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from states import effects as do, events as on
from states.fiscal import journal
from states.fiscal.day import Day, ReportKind, Sums
from states.fiscal.money import format_cents
from states.fiscal.receipt import Attempt, Tender, Verdict
from states.journey import Composing, Ended
from states.keying import Counted, Ready, Spelling, Typing
from states.machines.menu import Choosing, Reporting, ReportPrinting, Shut
from states.machines.outbox import Reattempting, Resending, Resolving, Resting
from states.register import Register
from states.till import Department, Till
from tests.fiscal_examples import UID, numbered
from tests.walk_rules import RULES
from tests.world_walk import DATE, REPLY, Step, World, hear, home, may_bring, restarted

TAPES = Path(__file__).with_name("tapes")
SHOP = Till((Department(1, "Tovar", 23), Department(2, "Chlieb", 5)))
SHOWN_MAX = 40


# --- What happens ----------------------------------------------------------------------------------------


def happening(line: str, world: World) -> Iterator[on.Event]:
    """The events of one line."""
    word, _, rest = line.partition(" ")
    if word in ANSWERS:
        yield ANSWERS[word](rest.split(" "), world)
    elif word == "TEXT":
        yield on.TextTyped(rest)
    elif word == "UNKNOWN":
        yield on.UnknownPressed(rest)
    elif word == "Ticked":
        yield on.Ticked(datetime.fromisoformat(f"2026-11-23T{rest}+01:00"))
    else:
        yield from (on.KEYS[name] for name in line.split(" "))


def sealed(_words: list[str], world: World) -> on.Sealed:
    """The next number."""
    question = next(effect for effect in world.asked if isinstance(effect, do.Seal))
    number = len(world.journal) + 1
    return on.Sealed(numbered(number, question.sale), Attempt(f"uuid-{number}-1", DATE, 1))


def reattempted(_words: list[str], world: World) -> on.Reattempted:
    """A further Uuid."""
    question = next(effect for effect in world.asked if isinstance(effect, do.Reattempt))
    return on.Reattempted(
        Attempt(f"uuid-{question.receipt.number}-{question.sending_count}", DATE, question.sending_count)
    )


ANSWERS: dict[str, Callable[[list[str], World], on.Answer]] = {
    "Sealed": sealed,
    "SealFailed": lambda words, _: on.SealFailed(words[0]),
    "Registered": lambda _words, _: on.Registered(UID, REPLY),
    "RegisterRefused": lambda words, _: on.RegisterRefused(int(words[0]), " ".join(words[1:]), REPLY),
    "RegisterFailed": lambda words, _: on.RegisterFailed(words[0], "not" not in words),
    "Kept": lambda _words, _: on.Kept(),
    "Emailed": lambda words, _: on.Emailed(" ".join(words)),
    "EmailFailed": lambda words, _: on.EmailFailed(" ".join(words[3:]), Verdict(words[0]), words[1], int(words[2])),
    "Printed": lambda _words, _: on.Printed(),
    "PrintFailed": lambda words, _: on.PrintFailed(words[0]),
    "Reattempted": reattempted,
    "Resent": lambda _words, _: on.Resent(UID, REPLY),
    "ResendRefused": lambda words, _: on.ResendRefused(int(words[0]), " ".join(words[1:]), REPLY),
    "ResendFailed": lambda words, _: on.ResendFailed(words[0], "not" not in words),
    "Resolved": lambda _words, _: on.Resolved(),
    "Reported": lambda words, _: on.Reported(Sums(ReportKind.Z, Day(), int(words[0]), DATE, "c0ffee")),
    "ReportMissing": lambda _words, _: on.ReportMissing(),
    "ReportPrinted": lambda _words, _: on.ReportPrinted(),
    "ReportFailed": lambda words, _: on.ReportFailed(words[0]),
}


# --- What is told of it ------------------------------------------------------------------------------------


def told_effect(effect: do.Effect) -> str:
    """An effect in a few words."""
    name = type(effect).__name__
    match effect:
        case do.Seal(sale):
            change = f", change {format_cents(sale.change_cents)}" if sale.change_cents else ""
            rounding = f", rounding {format_cents(sale.rounding_cents)}" if sale.rounding_cents else ""
            mail = f", mail to {sale.email_masked}" if sale.email_masked else ""
            return f"{name} {format_cents(sale.total_cents)}: {told_tenders(sale.tenders)}{change}{rounding}{mail}"
        case do.Register(receipt, attempt) | do.Resend(receipt, attempt):
            return f"{name} {receipt.key} attempt {attempt.sending_count}"
        case do.Reattempt(receipt, count):
            return f"{name} {receipt.key} attempt {count}"
        case do.Keep(record) | do.Resolve(record):
            return f"{name} {told_record(record)}"
        case do.Email(receipt, _, address, _):
            return f"{name} {receipt.key} to {address}"
        case do.Print(receipt, uid, torn):
            return f"{name} {receipt.key} {'online' if uid else 'OFF-LINE'}{', voiding the torn part' if torn else ''}"
        case do.Report(kind):
            return f"{name} {kind}"
        case do.PrintReport(sums):
            return f"{name} {sums.number}"
        case do.Beep(notice):
            return f"{name} {notice}"
    return name


def told_record(record: journal.Record) -> str:
    """A record in a few words."""
    match record:
        case journal.Outcome(_, form, _, code, reason, way, _, _):
            words = (f"Outcome {form}", str(code) if code else "", reason, f"by {way}" if way else "")
            return " ".join(filter(None, words))
        case journal.MailFailed(_, verdict, phase, code, _):
            return f"MailFailed {verdict} {phase} {code}"
        case journal.PrintInterrupted(_, reason):
            return f"PrintInterrupted {reason}"
        case journal.Delivered(_, way, evidence):
            return f"Delivered by {way} {evidence}".rstrip()
        case journal.Resolved(_, uid, code, _):
            return "Resolved with a UID" if uid else f"Resolved {code}"
    return type(record).__name__


def told_tenders(tenders: tuple[Tender, ...]) -> str:
    """``cash 20.00 + card 5.00``."""
    return " + ".join(f"{tender.kind} {format_cents(tender.cents)}" for tender in tenders)


def told_state(register: Register) -> dict[str, str]:
    """Each machine's state in a few words."""
    return {
        "entry": told_entry(register),
        "receipt": told_receipt(register),
        "outbox": told_outbox(register),
        "menu": told_menu(register),
    }


def told_entry(register: Register) -> str:
    """What is typed."""
    match register.entry:
        case Ready(_, reference):
            return f"Ready, returned goods of {reference[:10]}" if reference else "Ready"
        case Counted(_, _, quantity):
            return f"Counted {quantity} x"
        case Typing(_, _, quantity, typed):
            return f"Typing {'' if quantity is None else f'{quantity} x '}{typed}"
        case Spelling(_, words, typed):
            return f"Spelling {words}: {typed[:SHOWN_MAX]}".rstrip()


def told_receipt(register: Register) -> str:
    """The basket, or the receipt and where it is."""
    state = register.receipt
    name = type(state).__name__
    if isinstance(state, Composing):
        lines = [f"{item.quantity} x {item.unit_price} {item.name}" for item in state.items]
        if state.chosen is not None:
            lines[state.chosen] = f">{lines[state.chosen]}"
        paid = [f"paid {told_tenders(state.tenders)}"] if state.tenders else []
        mail = [f"mail to {state.address}"] if state.address else []
        ended = [told_ended(register.ended)] if register.ended else []
        return f"{name} {format_cents(state.total_cents)}: {', '.join([*lines, *paid, *mail, *ended]) or 'empty'}"
    reason = getattr(state, "reason", "") or (f"{state.fault.code}" if hasattr(state, "fault") else "")
    key = state.receipt.key if hasattr(state, "receipt") else format_cents(state.sale.total_cents)
    return f"{name} {key} {reason}".rstrip()


def told_ended(ended: Ended) -> str:
    """How the last receipt ended."""
    mail = f" because the mail is {ended.mail.verdict}" if ended.mail else ""
    return f"last {ended.receipt.key} {ended.form} {f'by {ended.way}' if ended.way else ''}".rstrip() + mail


def told_outbox(register: Register) -> str:
    """What waits for the authority."""
    state = register.outbox
    queue = ", ".join(f"{one.receipt.key} sent {one.sending_count}" for one in state.queue)
    match state:
        case Resting(_, _, not_before):
            return f"Resting {queue}{f' until {not_before:%H:%M:%S}' if not_before else ''}".rstrip()
        case Reattempting() | Resending() | Resolving():
            return f"{type(state).__name__} {queue}"


def told_menu(register: Register) -> str:
    """Where the cashier is in the menu."""
    match register.menu:
        case Shut():
            return "Shut"
        case Choosing(chosen):
            return f"Choosing entry {chosen + 1}"
        case Reporting(kind) | ReportPrinting(kind):
            return f"{type(register.menu).__name__} {kind}"


# --- Playing -------------------------------------------------------------------------------------------


@dataclass
class Player:
    """Plays a tape: the world, and what was told last."""

    world: World
    shown: dict[str, str]

    def play(self, text: str) -> str:
        """The tape as it goes now: its ``<``, ``#`` and ``@`` lines, with what follows from them."""
        lines: list[str] = []
        for line in text.splitlines():
            if line == "@ implied cents":
                self.open(replace(SHOP, implied_cents=True))
            if line.startswith("< "):
                lines += [line, *self.turns(line.removeprefix("< "))]
            elif not line.startswith(("> ", "= ", "! ")):
                lines.append(line)
        return "\n".join(lines) + "\n"

    def open(self, till: Till) -> None:
        """A register of this shop between sales."""
        register = replace(home(), entry=Ready(till))
        self.world, self.shown = World(register), told_state(register)

    def turns(self, line: str) -> Iterator[str]:
        """What follows from the events of a line: all effects, then what has changed."""
        if line == "POWER CUT":
            yield from self.step(restarted(self.world, self.world.journal))
        else:
            for event in happening(line, self.world):
                yield from self.step(hear(self.world, event, self.question(event)))
        told = told_state(self.world.register)
        yield from (f"= {name} {text}" for name, text in told.items() if text != self.shown[name])
        if self.world.register.notice:
            yield f"! {self.world.register.notice}"
        self.shown = told

    def step(self, step: Step) -> Iterator[str]:
        """The effects of one step, which breaks no rule."""
        broken = [found for rule in RULES for found in rule(step)]
        assert not broken, broken
        self.world = step.after
        yield from (f"> {told_effect(effect)}" for effect in step.effects)

    def question(self, event: on.Event) -> do.Effect | None:
        """The question that this answers; a tape cannot answer what was not asked."""
        asked = [effect for effect in self.world.asked if type(event) in may_bring(type(effect))]
        assert bool(asked) == isinstance(event, on.Answer), f"nobody asked for {type(event).__name__}"
        return asked[0] if asked else None


def played(text: str) -> str:
    """The tape as it goes now."""
    player = Player(World(home()), {})
    player.open(SHOP)
    return player.play(text)


@pytest.mark.parametrize("path", sorted(TAPES.glob("*.tape")), ids=lambda path: str(path.stem))
def test_a_tape_goes_as_it_is_written(path: Path) -> None:
    """Line by line; nothing is asked that the tape leaves without an answer."""
    text = path.read_text(encoding="utf-8")
    assert played(text).splitlines() == text.splitlines()


def test_a_tape_that_is_wrong_is_found() -> None:
    """A missing effect, another state and an answer that nobody asked for."""
    right = played("< 5 DEPARTMENT_1 CASH\n")
    assert right == "< 5 DEPARTMENT_1 CASH\n> Seal 5.00: cash 5.00\n= receipt Sealing 5.00\n"
    assert played(right.replace("> Seal 5.00: cash 5.00\n", "")) == right
    assert played(right.replace("Sealing", "Registering")) == right
    with pytest.raises(AssertionError, match="nobody asked for Printed"):
        played("< Printed\n")


def write_tapes() -> None:
    """Play every tape anew."""
    for path in sorted(TAPES.glob("*.tape")):
        path.write_text(played(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_tapes()
