"""The script of the demo day: what the world does, what the cashier keys, and how each receipt must end."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from controller.simulate import World
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.escpos_device import Faults
from drivers.simulated.mail_faults import Action, Fault

Arrange = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Act:
    """A scene: its title in both languages, the keys, and the ``form`` and ``delivery`` expected (None: no receipt)."""

    sk: str
    en: str
    keys: str
    form: str | None = None
    delivery: str | None = None
    arrange: Arrange = lambda world: None
    until: str = "Composing"

    @property
    def pressed(self) -> tuple[str, ...]:
        """The keys one by one; what has a blank in it is in quotes."""
        return tuple(shlex.split(self.keys))


def refuse_recipient(world: World) -> None:
    """The mail provider does not know the customer."""
    world.mail.faults.append(Fault("rcpt", Action.REFUSE, 550, "5.1.1 no such mailbox", recipient="nikto@example.sk"))


def drop_after_dot(world: World) -> None:
    """The line breaks after the final dot, before the reply."""
    world.mail.faults.append(Fault("dot", Action.DROP, recipient="peter@example.sk"))


def be_silent(world: World) -> None:
    """The authority takes the message and says nothing."""
    world.authority.faults.append(AuthorityFault(FaultKind.SILENCE))


def refuse_receipt(world: World) -> None:
    """The authority answers with an error code."""
    world.authority.faults.append(AuthorityFault(FaultKind.CODE, code=-10))


def run_out_of_paper(world: World) -> None:
    """The roll ends after ten lines."""
    world.printer.set(Faults(paper_lines=10))


def load_paper(world: World) -> None:
    """The cashier puts a new roll in."""
    world.printer.set(Faults())


DAY: tuple[Act, ...] = (
    Act(
        "Predaj za 12,50 €; zákazníčka súhlasí s dokladom e-mailom",
        "A sale of 12.50; the customer agrees to an e-mailed receipt",
        "1 2 DOT 5 0 DEPARTMENT_1 EMAIL 'TEXT jana@example.sk' ENTER CASH",
        "online",
        "sent",
    ),
    Act(
        "Tri položky, časť kartou, zvyšok v hotovosti s výdavkom; zákazník chce papier",
        "Three lines, part by card, the rest in cash with change; the customer wants paper",
        "2 TIMES 1 DOT 3 9 DEPARTMENT_2 0 DOT 8 9 DEPARTMENT_3 4 DOT 2 7 DEPARTMENT_4 5 CARD 1 0 CASH",
        "online",
        "printed",
    ),
    Act(
        "E-mail, ktorý poštový server odmietne: doklad sa vytlačí",
        "An e-mail that the mail server refuses: the receipt is printed",
        "7 DOT 2 0 DEPARTMENT_6 EMAIL 'TEXT nikto@example.sk' ENTER CARD",
        "online",
        "printed",
        refuse_recipient,
    ),
    Act(
        "Spojenie s poštou spadne po odoslaní: e-mail je neistý, doklad sa vytlačí",
        "The mail connection breaks after the final dot: the e-mail is in doubt, the receipt is printed",
        "1 5 DEPARTMENT_7 EMAIL 'TEXT peter@example.sk' ENTER CARD",
        "online",
        "printed",
        drop_after_dot,
    ),
    Act(
        "Finančná správa mlčí 5 sekúnd: OFF-LINE doklad, e-mail sa nesmie poslať; odošle sa neskôr",
        "The authority is silent for 5 seconds: an OFF-LINE receipt, never e-mailed; sent later",
        "2 0 DEPARTMENT_1 EMAIL 'TEXT eva@example.sk' ENTER CASH",
        "offline",
        "printed",
        be_silent,
    ),
    Act(
        "Finančná správa doklad odmietne: nevydá sa nič; pokladník potvrdí a stornuje",
        "The authority refuses the receipt: nothing is handed out; the cashier acknowledges and voids",
        "9 DOT 9 0 DEPARTMENT_5 CASH",
        "refused",
        None,
        refuse_receipt,
        "Refused",
    ),
    Act("Pokladník potvrdí a stornuje", "The cashier acknowledges and voids", "CLEAR VOID_RECEIPT"),
    Act(
        "Vrátenie tovaru z prvého dokladu",
        "Goods of the first receipt are returned",
        "RETURN 'TEXT {uid}' ENTER 1 2 DOT 5 0 DEPARTMENT_1 CASH",
        "online",
        "printed",
    ),
    Act(
        "Zľava 10 % na položku a 1 € z celej sumy, rozložené na sadzby DPH",
        "A discount of 10 % on a line and of 1.00 on the whole, spread over the rates of VAT",
        "2 0 DEPARTMENT_1 1 0 PERCENT_DISCOUNT 5 DEPARTMENT_2 SUBTOTAL 1 AMOUNT_DISCOUNT CASH",
        "online",
        "printed",
    ),
    Act(
        "Úhrada faktúry kartou",
        "An invoice is paid by card",
        "INVOICE 'TEXT FV-2026/118' ENTER 1 2 0 ENTER CARD",
        "online",
        "printed",
    ),
    Act(
        "Uprostred dokladu dôjde papier",
        "The paper runs out in the middle of a receipt",
        "3 DOT 3 3 DEPARTMENT_8 CASH",
        "online",
        None,
        run_out_of_paper,
        "AwaitingPaper",
    ),
    Act(
        "Nový kotúč a ENTER: celý doklad ešte raz",
        "A new roll and ENTER: the whole receipt once more",
        "ENTER",
        arrange=load_paper,
    ),
    Act("Denná uzávierka", "The daily report", "MENU 2"),
)
"""The acts in order; ``{uid}`` in a key is the UID of the first receipt, known only when it is sold."""
