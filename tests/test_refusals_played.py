"""Every refusal and every failure of the authority, played at one counter: state, paper, journal and display.

One register plays them all, one sale after the other, as a shop would meet them; each test looks at one of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trio

from controller.verify import Report, verify
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_store import Registered
from states import events as on
from states.fiscal.codes import offline_qr
from states.fiscal.journal import (
    Attempted,
    Delivered,
    Intent,
    Moved,
    MovedAnswered,
    MovedAttempted,
    Outcome,
    Record,
    Resolved,
)
from states.fiscal.receipt import OVERLOADED, Form, Receipt, Way
from states.fiscal.refusals import REFUSALS, refusal_of
from states.machines.place import Placed, Unplaced
from states.words import LANGUAGES, Language, say
from tests.counter import Counter, Played, open_counter

SALE = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "CASH")
UNKNOWN = -999
CODES = (*(code for code in REFUSALS if code != OVERLOADED), UNKNOWN)
UID = re.compile(r"[OV]-[0-9A-F]{27}-TEST")

NO_ANSWER = AuthorityFault(FaultKind.HTTP, status=500)
SOLD = ("Composing", "Sealing", "Registering")
OFFLINE = (*SOLD, "Offline", "Printing", "Printed", "Composing")


def once(kind: FaultKind, seconds: float = 0.05, status: int = 500) -> tuple[AuthorityFault, ...]:
    """One fault, for the next request."""
    return (AuthorityFault(kind, seconds=seconds, status=status),)


# fmt: off
FAILURES: dict[str, tuple[tuple[AuthorityFault, ...], str, bool]] = {
    # what fails:       the fault                                   the reason          was it registered all the same
    "silence":         (once(FaultKind.SILENCE),                    "late",             False),
    "cut-tls":         (once(FaultKind.CUT_TLS),                    "reset",            False),
    "http-301":        (once(FaultKind.HTTP, status=301),           "http-status",      False),
    "http-400":        (once(FaultKind.HTTP, status=400),           "http-status",      False),
    "http-499":        (once(FaultKind.HTTP, status=499),           "http-status",      False),
    "http-500":        (once(FaultKind.HTTP, status=500),           "http-status",      False),
    "garbage":         (once(FaultKind.GARBAGE),                    "unparsable",       False),
    "doctype":         (once(FaultKind.DOCTYPE),                    "unparsable",       False),
    "dropped":         (once(FaultKind.DROP_AFTER_PROCESSING),      "reset",            True),
    "half":            (once(FaultKind.HALF),                       "reset",            True),
    "drip":            (once(FaultKind.DRIP),                       "late",             True),
    "oversize":        (once(FaultKind.OVERSIZE),                   "oversize",         True),
    "endless":         (once(FaultKind.ENDLESS),                    "oversize",         True),
    "gzip":            (once(FaultKind.GZIP),                       "encoding",         True),
    "headers":         (once(FaultKind.HEADERS),                    "oversize",         True),
    "unsigned":        (once(FaultKind.UNSIGNED),                   "unsigned",         True),
    "wrong-signer":    (once(FaultKind.WRONG_SIGNER),               "wrong-signer",     True),
    "wrong-uuid":      (once(FaultKind.WRONG_UUID),                 "wrong-uuid",       True),
    "bad-uid":         (once(FaultKind.BAD_UID),                    "bad-uid",          True),
    "replay":          (once(FaultKind.REPLAY),                     "wrong-uuid",       True),
    "delay":           (once(FaultKind.DELAY, seconds=5.0),         "late",             True),
    "refused":         ((),                                         "connect-refused",  False),
    "overloaded":      ((AuthorityFault(FaultKind.CODE, code=-1),), "overloaded",       False),
}
# fmt: on


@dataclass(slots=True)
class Day:
    """What was played, by code or by the name of the failure; what the journal and the authority hold afterwards."""

    refused: dict[int, tuple[Played, Played, Played]] = field(default_factory=dict)
    later: dict[int, tuple[Played, Played]] = field(default_factory=dict)
    failed: dict[str, tuple[Played, Played]] = field(default_factory=dict)
    unsigned: list[Played] = field(default_factory=list)
    overloaded: list[Played] = field(default_factory=list)
    late: list[Played] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    receipts: dict[str, Registered] = field(default_factory=dict)
    report: Report | None = None


async def play_day(folder: Path) -> Day:
    """Every case, one after the other."""
    day = Day()
    async with open_counter(folder) as counter:
        await counter.play(*SALE)
        for name, (faults, _, _) in FAILURES.items():
            day.failed[name] = await play_failure(counter, name, faults)
        for code in CODES:
            day.refused[code] = await play_refusal(counter, AuthorityFault(FaultKind.CODE, code=code))
        day.unsigned += await play_refusal(counter, AuthorityFault(FaultKind.CODE, code=-100, signed=False))
        day.late.append(await counter.play(*SALE, faults=once(FaultKind.DELAY, seconds=1.0)))
        await counter.until_sent()
        day.overloaded.append(await counter.play(*SALE, faults=(NO_ANSWER,)))
        day.overloaded.append(await counter.send_now((AuthorityFault(FaultKind.CODE, code=OVERLOADED),)))
        day.overloaded.append(await counter.send_now())
        for code in CODES:
            sold = await counter.play(*SALE, faults=(NO_ANSWER,))
            day.later[code] = sold, await counter.send_now((AuthorityFault(FaultKind.CODE, code=code),))
        day.records, day.receipts = counter.records(), counter.authority.receipts
    day.report = verify(folder)
    return day


async def play_failure(counter: Counter, name: str, faults: tuple[AuthorityFault, ...]) -> tuple[Played, Played]:
    """A sale that is not answered as it should be, and then sent again without a fault."""
    if name == "refused":
        await counter.close_authority()
    sold = await counter.play(*SALE, faults=faults)
    if name == "refused":
        await counter.open_authority()
    return sold, await counter.send_now()


async def play_refusal(counter: Counter, fault: AuthorityFault) -> tuple[Played, Played, Played]:
    """A sale that is refused, acknowledged, and issued anew."""
    refused = await counter.play(*SALE, until="Refused", faults=(fault,))
    acknowledged = await counter.play("CLEAR")
    return refused, acknowledged, await counter.play("CASH")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The whole day, played once."""
    return trio.run(play_day, tmp_path_factory.mktemp("shop") / "counter")


def only(records: list[Record], kind: type[Record]) -> Record:
    """The one record of this kind."""
    (found,) = [record for record in records if isinstance(record, kind)]
    return found


def kinds(records: list[Record]) -> list[type[Record]]:
    """What was made durable, in order."""
    return [type(record) for record in records]


def receipt_of(records: list[Record]) -> Receipt:
    """The receipt that the first record sealed."""
    intent = records[0]
    assert isinstance(intent, Intent)
    return intent.receipt


def outcome_of(records: list[Record]) -> Outcome:
    """What the authority's answer made of it."""
    outcome = only(records, Outcome)
    assert isinstance(outcome, Outcome)
    return outcome


def resolved_of(records: list[Record]) -> Resolved:
    """What became of it later."""
    resolved = only(records, Resolved)
    assert isinstance(resolved, Resolved)
    return resolved


def letters_below(played: Played, language: Language) -> str:
    """What the device's own display says in its last lines, below the refusal, without blanks."""
    operator = played.view(language).operator
    sum_at = next(place for place, line in enumerate(operator) if line.startswith(("ODMIETNUTÉ", "REFUSED")))
    return "".join("".join(operator[sum_at + 1 :]).split())


# --- Refused at once ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_refused_sale_leaves_no_paper_and_says_why(day: Day, code: int) -> None:
    """State, paper, journal, authority, and both displays in both languages."""
    refused, _, _ = day.refused[code]
    assert refused.path == (*SOLD, "Refusing", "Refused")
    assert refused.papers == ()
    records = day.records[refused.okp]
    assert kinds(records) == [Intent, Outcome]
    outcome = outcome_of(records)
    assert (outcome.form, outcome.code, outcome.uid, outcome.way) == (Form.REFUSED, code, "", None)
    assert f'EkasaErrorCode="{code}"' in outcome.reply
    assert refused.okp not in day.receipts
    assert refused.view().keys == {"CLEAR"}
    for place, language in enumerate(LANGUAGES):
        view = refused.view(language)
        assert f"({code})" in view.notice
        assert refusal_of(code).advice[place] in view.notice
        assert str(code) in view.total
        assert letters_below(refused, language) == "".join(refusal_of(code).brief[place].split())
        assert say("thanks", language) not in view.customer


@pytest.mark.parametrize("code", CODES)
def test_a_refused_sale_is_issued_anew_under_the_next_number(day: Day, code: int) -> None:
    """After CLEAR the basket is there again; its own number is not used twice."""
    refused, acknowledged, anew = day.refused[code]
    assert acknowledged.papers == ()
    assert [item.name for item in acknowledged.register.receipt.items] == ["Tovar"]
    assert acknowledged.view().notice == say("ended-refused", "sk")
    assert anew.path == ("Sealing", "Registering", "Online", "Printing", "Printed", "Composing")
    first, second = (receipt_of(day.records[one.okp]) for one in (refused, anew))
    assert (second.number, second.sale.items) == (first.number + 1, first.sale.items)
    (paper,) = anew.papers
    assert day.receipts[anew.okp].uid in paper


def test_a_refusal_without_a_signature_refuses_too(day: Day) -> None:
    """The document's own example has none, and to hand out nothing is the safe side."""
    refused, _, anew = day.unsigned
    assert refused.path[-1] == "Refused"
    assert outcome_of(day.records[refused.okp]).code == -100
    assert anew.path[-1] == "Composing"


# --- Not answered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAILURES)
def test_a_sale_without_a_believable_answer_is_offline_on_paper(day: Day, name: str) -> None:
    """The paper has OKP, PKP and the off-line QR code, and no UID, even if the authority gave one."""
    _, reason, _ = FAILURES[name]
    sold, _ = day.failed[name]
    assert sold.path == OFFLINE
    records = day.records[sold.okp]
    outcome, receipt = outcome_of(records), receipt_of(records)
    code = OVERLOADED if name == "overloaded" else 0
    assert (outcome.form, outcome.reason, outcome.code, outcome.uid) == (Form.OFFLINE, reason, code, "")
    assert outcome.way is Way.PRINT
    (paper,) = sold.papers
    assert UID.search(paper) is None
    assert receipt.okp in paper
    assert receipt.pkp in paper.replace("\n", "").replace(" ", "")
    assert f"[QR: {offline_qr(receipt)}]" in paper
    assert sold.view().notice == say("ended-offline", "sk")
    assert sold.view("en").notice == say("ended-offline", "en")


@pytest.mark.parametrize("name", FAILURES)
def test_it_is_sent_again_with_the_same_content_and_gets_its_uid(day: Day, name: str) -> None:
    """Its first UID if it was registered all the same; nothing more is printed."""
    _, _, was_registered = FAILURES[name]
    sold, again = day.failed[name]
    records = day.records[sold.okp]
    assert kinds(records) == [Intent, Outcome, Delivered, Attempted, Resolved]
    known, resolved = day.receipts[sold.okp], resolved_of(records)
    assert (resolved.uid, resolved.code) == (known.uid, 0)
    assert [sending.count for sending in known.sendings] == ([1, 2] if was_registered else [2])
    assert len({sending.uuid for sending in known.sendings}) == len(known.sendings)
    assert known.content.facts["Amount"] == receipt_of(records).amount
    assert again.papers == ()
    assert again.register.outbox.box.queue == ()
    assert again.view().notice == say("sending-now", "sk")


def test_an_answer_beyond_the_limit_is_taken(day: Day) -> None:
    """The customer has the off-line paper; the UID is stored without a further sending."""
    (sold,) = day.late
    assert sold.path == OFFLINE
    records = day.records[sold.okp]
    assert kinds(records) == [Intent, Outcome, Delivered, Resolved]
    assert resolved_of(records).uid == day.receipts[sold.okp].uid
    assert len(day.receipts[sold.okp].sendings) == 1


def test_an_overloaded_authority_is_asked_again(day: Day) -> None:
    """-1 to a further sending refuses nothing either: the message stays the first in the queue."""
    sold, overloaded, again = day.overloaded
    assert [unsent.message.okp for unsent in overloaded.register.outbox.box.queue] == [sold.okp]
    assert overloaded.papers == ()
    assert kinds(day.records[sold.okp]) == [Intent, Outcome, Delivered, Attempted, Attempted, Resolved]
    assert again.register.outbox.box.queue == ()


# --- Refused later -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_an_offline_receipt_that_is_refused_is_set_aside(day: Day, code: int) -> None:
    """The journal has the code, the cashier is told, nothing is printed, and it is not sent a third time."""
    sold, refused = day.later[code]
    assert sold.path == OFFLINE
    assert (refused.path, refused.papers) == (("Composing",), ())
    assert any(isinstance(turn.event, on.ResendRefused) for turn in refused.turns)
    records = day.records[sold.okp]
    assert kinds(records) == [Intent, Outcome, Delivered, Attempted, Resolved]
    resolved = resolved_of(records)
    assert (resolved.uid, resolved.code) == ("", code)
    assert f'EkasaErrorCode="{code}"' in resolved.reply
    box = refused.register.outbox.box
    assert (box.queue, box.aside[-1].receipt.okp, box.aside[-1].code) == ((), sold.okp, code)
    assert refused.beeps()[-1:] == ["resend-refused"]
    assert refused.view().notice == say("resend-refused", "sk")
    assert sold.okp not in day.receipts


def test_what_was_set_aside_keeps_nobody_waiting(day: Day) -> None:
    """Every later sale was sent and refused in its own turn."""
    codes = [aside.code for aside in day.later[CODES[-1]][1].register.outbox.box.aside]
    assert codes == list(CODES)


def test_the_journal_of_the_whole_day_holds(day: Day) -> None:
    """What is open are the receipts that were refused later, and nothing else."""
    assert day.report is not None
    assert day.report.violations == ()
    keys = [receipt_of(day.records[sold.okp]).key for sold, _ in day.later.values()]
    assert [pending.key for pending in day.report.open] == keys


# --- Locations ---------------------------------------------------------------------------------------------

AT_ONCE = (-108, -109, -110, UNKNOWN)
TAXI = ("TEXT Taxi, EČV BA 123 XY", "ENTER")


async def place(counter: Counter, *faults: AuthorityFault) -> Played:
    """Key the place from the menu."""
    return await counter.choose("menu-place", *TAXI, faults=faults)


def moved(counter: Counter) -> list[tuple[type[Record], int | None]]:
    """What the journal says of locations: each record's class, and the code of an answer."""
    records = [record for found in counter.records().values() for record in found]
    kept = [record for record in records if isinstance(record, Moved | MovedAttempted | MovedAnswered)]
    return [(type(record), getattr(record, "code", None)) for record in kept]


@pytest.mark.parametrize("code", AT_ONCE)
async def test_a_place_that_is_refused_lets_nothing_be_sold(tmp_path: Path, code: int) -> None:
    """State, display, journal; keyed again it is taken, and the sale goes on."""
    async with open_counter(tmp_path / "counter", portable=True) as counter:
        refused = await place(counter, AuthorityFault(FaultKind.CODE, code=code))
        assert isinstance(refused.register.place, Unplaced)
        assert refused.view().notice == say("place-refused", "sk")
        assert (refused.papers, counter.authority.locations) == ((), {})
        assert moved(counter) == [(Moved, None), (MovedAnswered, code)]
        taken = await place(counter)
        assert isinstance(taken.register.place, Placed)
        sold = await counter.play(*SALE)
    (paper,) = sold.papers
    assert "Prenosná pokladňa" in paper
    assert len(counter.authority.locations) == 1


@pytest.mark.parametrize("kind", [FaultKind.SILENCE, FaultKind.HTTP, FaultKind.WRONG_UUID, FaultKind.UNSIGNED])
async def test_a_place_without_an_answer_is_sent_later(tmp_path: Path, kind: FaultKind) -> None:
    """Like a receipt: the register may sell, and the same location is sent again."""
    async with open_counter(tmp_path / "counter", portable=True) as counter:
        offline = await place(counter, *once(kind))
        assert isinstance(offline.register.place, Placed)
        assert len(offline.register.outbox.box.queue) == 1
        again = await counter.send_now()
        assert again.register.outbox.box.queue == ()
        assert moved(counter) == [(Moved, None), (MovedAttempted, None), (MovedAnswered, 0)]
    (known,) = counter.authority.locations.values()
    assert known.sendings[-1].count == 2


@pytest.mark.parametrize("code", AT_ONCE)
async def test_a_place_that_is_refused_later_is_told_anew_or_lost(tmp_path: Path, code: int) -> None:
    """Only -108 is repaired by the register itself: the same place with the time of now."""
    async with open_counter(tmp_path / "counter", portable=True) as counter:
        await place(counter, NO_ANSWER)
        refused = await counter.send_now((AuthorityFault(FaultKind.CODE, code=code),))
        is_repaired = refusal_of(code).is_repairable
        assert isinstance(refused.register.place, Placed if is_repaired else Unplaced)
        assert refused.view().notice == say("sending-now" if is_repaired else "place-refused", "sk")
        before = [(Moved, None), (MovedAttempted, None), (MovedAnswered, code)]
        assert moved(counter) == before + [(Moved, None), (MovedAnswered, 0)] * is_repaired
    assert len(counter.authority.locations) == is_repaired
