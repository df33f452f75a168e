"""The register of a shop, played by its keys: what it asks is answered at once, and what it seals is kept to be judged.

Nothing here decides by chance: the moves say how the world answers, and numbers and Uuids are counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from drivers.authority_message import encode_request
from drivers.identity_files import FileSigner
from drivers.keypad_text_codec import decode_line
from drivers.simulated.authority_checks import Policy
from drivers.simulated.certificates import make_authority, make_register
from drivers.simulated.training import TRAINING_IDENTITY
from states import effects as do, events as on
from states.fiscal.codes import create_date, read_date
from states.fiscal.journal import Intent, Record, encode_record
from states.fiscal.receipt import Attempt, Paragon, Receipt, Sale
from states.fiscal.rules import rules_of
from states.fiscal.sealing import seal
from states.journey import Composing, Refused
from states.keying import Ready
from states.machines.outbox import Resting
from states.machines.service import InService
from states.queueing import Box
from states.register import Register, turn
from tests.baskets_move import Basket, Fate, Move, amiss, basket_of
from tests.baskets_shop import Shop

SYSTEM_START = datetime(2019, 3, 31, 22, tzinfo=UTC)
CERTIFICATE_DAYS = 5_000
SW_ID = "8639BA17A8EEEF50FF559B90D36AE13B5E93DCDE"
SEALED_AFTER = timedelta(seconds=1)
"""The clock strikes once a second; so long after it the sale may be dated, perhaps on the next day."""


class Disagreement(AssertionError):
    """Something does not agree; the message says what."""


@dataclass(frozen=True, eq=False)
class Sealed:
    """A receipt with all that came of it; ``paid_on`` is the civil day whose rules it was paid by.

    That is the day on which the first money was taken, or on which it was sold by hand.
    """

    receipt: Receipt
    attempt: Attempt
    message: bytes
    payload: bytes
    at: datetime
    paid_on: str
    shop: Shop

    @property
    def uid(self) -> str:
        """The UID that it gets when the authority answers."""
        return f"O-{self.receipt.okp.replace('-', '')[:32]}"


@cache
def keys_of_the_run() -> tuple[FileSigner, Policy]:
    """One key and certificate for the whole run, and whom the authority believes."""
    issuer = make_authority("CN=TEST e-Kasa SK CA,C=SK", SYSTEM_START)
    seller = TRAINING_IDENTITY
    pair = make_register(issuer, seller.dic, seller.cash_register_code, SYSTEM_START, CERTIFICATE_DAYS)
    key = pair.key
    assert not hasattr(key, "curve")
    return FileSigner(key, pair.certificate), Policy((issuer.certificate,))


@dataclass
class Play:
    """A register between sales, and what happened to it; ``known`` are the sealed receipts by their names.

    ``judge`` is told of each receipt as it is sealed, and raises Disagreement if anything is wrong with it.
    """

    shop: Shop
    at: datetime
    number: int
    judge: Callable[[Sealed], None]
    register: Register = field(init=False)
    moves: list[Move] = field(default_factory=list)
    sealed: list[Sealed] = field(default_factory=list)
    handed_out: list[Sealed] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    fate: Fate = Fate.ONLINE
    counted: int = 0
    day: str = ""
    paid_on: str = ""

    def __post_init__(self) -> None:
        """Start as the register does."""
        signer, _ = keys_of_the_run()
        basket = Composing("basket-1", rules=rules_of(create_date(self.at)))
        service, outbox = InService(signer.not_after), Resting(Box(60.0))
        self.register = Register(Ready(self.shop.till), basket, outbox, service)
        self.strike(self.at)

    @property
    def basket(self) -> Basket:
        """What is in the basket now."""
        return basket_of(self.register.receipt)

    @property
    def is_free(self) -> bool:
        """Nobody is being served."""
        return self.register.is_between_sales

    @property
    def is_typing(self) -> bool:
        """Something is being keyed."""
        return bool(self.register.entry != Ready(self.shop.till))

    def press(self, move: Move) -> None:
        """Press the keys of a move; Disagreement if they do what they do not mean."""
        self.moves.append(move)
        self.fate = move.fate
        if move.at is not None:
            self.strike(move.at)
        before, count = self.basket, len(self.sealed)
        for place, key in enumerate(move.keys, 1):
            event = decode_line(key.encode())
            assert event is not None
            if place == len(move.keys):
                before = self.basket
            self.hear(event)
        after = _sealed_basket(self.sealed[count].receipt.sale) if len(self.sealed) > count else self.basket
        for wrong in amiss(move, before, after):
            raise Disagreement(f"{type(move.means).__name__}: {wrong}")

    def strike(self, at: datetime) -> None:
        """The clock says what time it is."""
        self.at, self.day = at, create_date(at)[:10]
        self.hear(on.Ticked(at))

    def hear(self, event: on.Event) -> None:
        """One event, and the answers to all that it makes the register ask."""
        pending = deque([event])
        while pending:
            self.register, effects = turn(self.register, pending.popleft())
            basket = self.register.receipt
            if isinstance(basket, Composing) and not basket.tenders:
                self.paid_on = basket.paragon.issue_date[:10] if basket.paragon else self.day
            for effect in effects:
                if isinstance(effect, do.Beep):
                    self.refused.append(effect.notice)
                elif not isinstance(effect, do.OpenDrawer):
                    pending.append(self.answer(effect))

    def answer(self, effect: do.Effect) -> on.Event:
        """What the effect brings."""
        match effect:
            case do.Seal(sale):
                return on.SealFailed("full") if self.fate is Fate.FULL else self.seal(sale)
            case do.Register():
                return self.register_it(effect.receipt)
            case do.Keep(record):
                self.records.append(record)
                return on.Kept()
            case do.Print():
                return on.Printed()
            case do.Email():
                return on.Emailed("250 ok")
            case do.Find(typed):
                return self.find(typed)
            case do.CheckParagon(number, issued):
                return self.check_paragon(number, issued)
            case do.Gather():
                return on.SlipMissing("no-receipt")
            case do.Reattempt(_, sending_count):
                return on.Reattempted(self.attempt(sending_count))
            case do.Resend():
                ahead = self.fate is Fate.AHEAD
                return on.ResendRefused(-104, "", "") if ahead else on.Resent(self.handed_out[-1].uid, "")
            case do.Resolve(record):
                self.records.append(record)
                return on.Resolved()
        raise AssertionError(f"nobody answers {effect}")

    def attempt(self, sending_count: int) -> Attempt:
        """A further attempt, with a Uuid of its own."""
        self.counted += 1
        uuid = UUID(int=self.counted << 64 | self.number, version=4)
        return Attempt(str(uuid), create_date(self.at + SEALED_AFTER), sending_count)

    def seal(self, sale: Sale) -> on.Sealed:
        """The receipt is numbered, dated, signed and written down as the program does it, and judged."""
        signer, _ = keys_of_the_run()
        attempt = self.attempt(1)
        receipt = seal(
            sale,
            self.shop.seller,
            self.number + len(self.sealed),
            attempt.request_date,
            sign=signer.sign,
            sw_id=SW_ID,
            certificate_serial=signer.certificate_serial,
        )
        paid_on = next((one.paid_on for one in self.sealed if one.receipt.okp == sale.repairs), self.paid_on)
        self.records.append(Intent(receipt, attempt))
        message, payload = encode_request(receipt, attempt, signer), encode_record(self.records[-1])
        sealed = Sealed(receipt, attempt, message, payload, read_date(receipt.create_date), paid_on, self.shop)
        self.judge(sealed)
        self.sealed.append(sealed)
        self.day = receipt.create_date[:10]
        return on.Sealed(receipt, attempt)

    def register_it(self, receipt: Receipt) -> on.Answer:
        """The authority's answer, by the move's fate."""
        if self.fate is Fate.REFUSED:
            return on.RegisterRefused(-10, "Chyba v podpise dátovej správy.", "")
        self.handed_out.append(self.sealed[-1])
        if self.fate is Fate.OFFLINE:
            return on.RegisterFailed("silent", sent=True)
        return on.Registered(self.sealed[-1].uid, "")

    def find(self, typed: str) -> on.OriginalFound | on.OriginalMissing:
        """The receipt of this name among those that were handed out here."""
        for one in self.handed_out:
            receipt = one.receipt
            if typed in (one.uid, receipt.okp, receipt.key, str(receipt.number)) and receipt.sale.type == "PD":
                return on.OriginalFound(one.uid, receipt)
        return on.OriginalMissing("old-number" if typed.isdigit() else "unknown-original")

    def check_paragon(self, number: int, issued: str) -> on.ParagonAllowed | on.ParagonRefused:
        """A slip may be of any number, and of any time before now that had such registers."""
        if not SYSTEM_START <= read_date(issued) <= self.at:
            return on.ParagonRefused("paragon-future" if read_date(issued) > self.at else "paragon-too-old")
        return on.ParagonAllowed(Paragon(number or 1, issued))

    def is_refused(self) -> bool:
        """The authority refused the last receipt, and the cashier has to know."""
        return isinstance(self.register.receipt, Refused)


def _sealed_basket(sale: Sale) -> Basket:
    return Basket(sale.items, sale.tenders, sale.invoice, sale)
