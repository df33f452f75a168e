"""``ekasa demo``: a day of a shop, played on the real register over real TLS, with the other sides simulated.

What happens is told on the terminal as it happens; at the end every receipt is compared with what the day's
script expects, the journal is verified and replayed, and a table is shown.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import trio

from controller.app import run_register
from controller.demo_day import DAY, Act
from controller.log import log_turn
from controller.reading import read_journal
from controller.receipts import Told, as_line, summary, tell
from controller.settings import FILE_NAME, Settings, load_settings
from controller.simulate import World, load_world, serve_world
from controller.training import change_setting, init_training
from controller.verify import verify
from states import effects as do, events as on
from states.fiscal.money import format_cents
from states.machines.outbox import Resting
from states.register import Register
from states.screen import notice_text, waiting_text
from states.words import Language

KEYS_FIFO = "keys"
ACT_S = 30.0
SETTINGS = {
    "keypad.driver": '"text"',
    "keypad.port": f'"{KEYS_FIFO}"',
    "display.driver": '"none"',
    "authority.resend_s": "1.0",
}


@dataclass(slots=True)
class Story:
    """Tells turns on the terminal, and knows when an act is over."""

    out: TextIO
    language: Language
    began: float = 0.0
    register: Register | None = None
    keys_heard: int = 0
    uids: list[str] = field(default_factory=list)
    turned: trio.Event = field(default_factory=trio.Event)
    said: str = ""

    def watch(self, before: Register, event: on.Event, after: Register, effects: tuple[do.Effect, ...]) -> None:
        """One turn of the register."""
        log_turn(before, event, after, effects)
        self.register = after
        self.keys_heard += isinstance(event, on.Key)
        if isinstance(event, on.Registered):
            self.uids.append(event.uid)
        if type(before.receipt) is not type(after.receipt) or type(before.slip) is not type(after.slip):
            self.tell(after)
        if isinstance(event, on.Resent):
            self.line(f"{SENT_LATER[self.language]} {event.uid}")
        self.turned.set()
        self.turned = trio.Event()

    def tell(self, register: Register) -> None:
        """What is awaited now, or how it ended."""
        text = notice_text(register, self.language) if register.hears_keys else waiting_text(register, self.language)
        if text and text != self.said:
            self.line(text)
        self.said = text

    def line(self, text: str) -> None:
        """A line with the seconds since the act began."""
        print(f"     {trio.current_time() - self.began:6.2f} s  {text}", file=self.out, flush=True)

    def is_in(self, state: str) -> bool:
        """Whether the act is over."""
        register = self.register
        return register is not None and register.hears_keys and type(register.receipt).__name__ == state

    @property
    def is_all_sent(self) -> bool:
        """Whether nothing waits for the authority any more."""
        outbox = self.register.outbox if self.register else None
        return isinstance(outbox, Resting) and not outbox.box.queue


HELD = {
    "sk": "Všetko sedí: {receipts} dokladov, {records} overených záznamov denníka, každá cesta prehraná. {folder}",
    "en": "Everything held: {receipts} receipts, {records} journal records verified, each path replayed. {folder}",
}
SENT_LATER = {"sk": "Dodatočne odoslané, UID", "en": "Sent later, UID"}


async def play_demo(folder: Path, language: Language, out: TextIO) -> bool:
    """Play the day in this folder, which is emptied first; whether every expectation held."""
    settings = prepare(folder, language)
    world = load_world(folder, settings)
    story = Story(out, language)
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_world, world, folder, settings)
        async with trio.open_nursery() as register:
            await register.start(run_register, folder, story.watch)
            await play_day(folder, story, world)
            register.cancel_scope.cancel()
        nursery.cancel_scope.cancel()
    return conclude(folder, out, language)


def prepare(folder: Path, language: Language) -> Settings:
    """An empty training folder, its keypad a FIFO; a folder that is not an earlier demo's is left alone."""
    if folder.exists():
        if any(folder.iterdir()) and not is_demo(folder):
            raise FileExistsError(f"{folder}: not empty, and not an earlier demo's folder; nothing was changed")
        shutil.rmtree(folder)
    init_training(folder)
    for key, value in {"language": f'"{language}"', **SETTINGS}.items():
        change_setting(folder, key, value)
    os.mkfifo(folder / KEYS_FIFO, 0o600)
    return load_settings(folder)


def is_demo(folder: Path) -> bool:
    """Whether a demo made this folder: a shop's own journal must never be emptied by a slip of the finger."""
    return (folder / FILE_NAME).exists() and (folder / KEYS_FIFO).is_fifo() and load_settings(folder).training


async def play_day(folder: Path, story: Story, world: World) -> None:
    """Play the acts one after the other, each within its time."""
    descriptor = os.open(folder / KEYS_FIFO, os.O_RDWR)
    for number, act in enumerate(DAY, 1):
        print(f"\n {number:2d}. {act.sk if story.language == 'sk' else act.en}", file=story.out)
        print(f"     {act.keys}", file=story.out, flush=True)
        story.began = trio.current_time()
        act.arrange(world)
        before = artefacts(folder)
        with trio.fail_after(ACT_S):
            await play_act(descriptor, story, act)
        for path in sorted(artefacts(folder) - before):
            story.line(f"-> {folder / path}")
    with trio.fail_after(ACT_S):
        while not story.is_all_sent:
            await story.turned.wait()
    os.close(descriptor)


def artefacts(folder: Path) -> set[Path]:
    """What came out of the register so far: pictures of papers, and mails."""
    return {path.relative_to(folder) for pattern in ("paper/*.png", "mail/*.eml") for path in folder.glob(pattern)}


async def play_act(descriptor: int, story: Story, act: Act) -> None:
    """All keys at once; the act is over when the last one was heard and the receipt has come to its end."""
    last = story.keys_heard + len(act.pressed)
    keys = "".join(f"{key}\n" for key in act.pressed).format(uid=story.uids[0] if story.uids else "")
    os.write(descriptor, keys.encode())
    while story.keys_heard < last or not story.is_in(act.until):
        await story.turned.wait()


def conclude(folder: Path, out: TextIO, language: Language) -> bool:
    """Write ``receipts.jsonl``, show the table, and say what did not hold."""
    receipts = tell(read_journal(folder))
    lines = "".join(as_line(told) + "\n" for told in receipts)
    (folder / "receipts.jsonl").write_text(lines, encoding="utf-8")
    show_table(receipts, out, language)
    broken = [*unexpected(receipts), *missing(folder, receipts)]
    report = verify(folder)
    broken += [str(violation) for violation in report.violations]
    for line in broken:
        print(f" !! {line}", file=out)
    if not broken:
        print(f"\n {HELD[language].format(receipts=report.receipts, records=report.records, folder=folder)}", file=out)
    return not broken


def unexpected(receipts: tuple[Told, ...]) -> Iterator[str]:
    """Where a receipt ended otherwise than the day's script says."""
    sold = [act for act in DAY if act.form is not None]
    if len(sold) != len(receipts):
        yield f"{len(receipts)} receipts, expected {len(sold)}"
    for act, told in zip(sold, receipts, strict=False):
        one = summary(told)
        delivery = act.delivery or ("printed" if act.until == "AwaitingPaper" else None)
        if (one["form"], one["delivery"]) != (act.form, delivery) or told.differs:
            yield f"{act.en}: {one['form']}, {one['delivery']} {told.differs}"
        if act.form == "offline" and not one["uid"]:
            yield f"{act.en}: was not sent later"


def missing(folder: Path, receipts: tuple[Told, ...]) -> Iterator[str]:
    """What the folder of the day must hold beside the journal: requests, mails and papers, as many as were made."""
    ends = [summary(told) for told in receipts]
    sent = sum(end["delivery"] == "sent" for end in ends)
    papers = sum(end["delivery"] == "printed" for end in ends)
    offline = sum(end["form"] == "offline" for end in ends)
    for pattern, least in (
        ("authority/*-request.xml", len(receipts) + offline),
        ("mail/*.eml", sent),
        ("paper/*.escpos", papers),
        ("paper/*.txt", papers),
        ("paper/*.png", papers),
    ):
        found = len(list(folder.glob(pattern)))
        if found < least:
            yield f"{found} {pattern}, expected {least}"


def show_table(receipts: tuple[Told, ...], out: TextIO, language: Language) -> None:
    """The day in a table."""
    heads = {
        "sk": ("doklad", "suma", "stav", "vydanie", "cesta"),
        "en": ("receipt", "amount", "form", "delivery", "path"),
    }
    print("\n {:<12}{:>9}  {:<9}{:<9}{}".format(*heads[language]), file=out)
    for told in receipts:
        one = summary(told)
        path = " > ".join(one["path"])
        amount = format_cents(one["amount_cents"])
        print(
            f" {told.intent.receipt.key:<12}{amount:>9}  {one['form']!s:<9}{one['delivery'] or '-':<9}{path}", file=out
        )
