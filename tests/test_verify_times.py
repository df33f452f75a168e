"""``ekasa verify`` on what needs a clock, a count of starts or a secret to be seen: I8, I18, I20, I21, I24, I26."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from controller.verify import Report, verify
from drivers.journal_disk import Disk
from drivers.journal_log import Log
from states.fiscal.journal import (
    Attempted,
    Delivered,
    MailFailed,
    Outcome,
    PrintInterrupted,
    Record,
    Resolved,
    SetAside,
    TailDropped,
    encode_record,
    kind_of,
)
from states.fiscal.receipt import Receipt, Verdict, Way
from states.poison import POWER_CUT
from tests import journal_samples as samples

HOUR_NS = 3600 * 10**9
Life = list[Record]


@dataclass
class Hours:
    """The clocks of the register from here on: hours since it began, by the wall clock and by the monotonic one."""

    wall: float
    mono: float


class Clocks:
    """Both clocks of a register, to be set."""

    def __init__(self) -> None:
        self.hours = Hours(0, 0)

    def wall_ns(self) -> int:
        return 1_790_000_000 * 10**9 + int(self.hours.wall * HOUR_NS)

    def mono_ns(self) -> int:
        return int(self.hours.mono * HOUR_NS)


def written(folder: Path, life: list[Record | Hours]) -> Report:
    """What is said of a journal of these records, the clocks set between them."""
    folder.mkdir(exist_ok=True)
    disk, clocks = Disk(folder), Clocks()
    log = Log(disk, segment_bytes=65536, life_bytes=4096, wall_ns=clocks.wall_ns, mono_ns=clocks.mono_ns)
    log.open()
    for one in life:
        if isinstance(one, Hours):
            clocks.hours = one
        else:
            log.append(kind_of(one), encode_record(one))
    disk.close()
    return verify(folder)


def of(report: Report) -> list[tuple[int, str]]:
    """Record and invariant of each violation."""
    return [(each.seq, each.invariant) for each in report.violations]


OPENED: Record = samples.opened()
AGAIN: Record = samples.opened("2")
FIRST, SECOND = samples.signed_receipt(1), samples.signed_receipt(2)
MAILED = samples.signed_receipt(1, email_masked="j***@example.sk")
*UNSENT, ATTEMPTED, ANSWERED = samples.offline_life(FIRST)
REFUSED_LATER = Resolved(FIRST.okp, "", -103, "<fault/>")
Timed = list[Record | Hours]

# --- I20, I24: times ---------------------------------------------------------------------------------------------

TIMES: dict[str, tuple[Timed, list[tuple[int, str]]]] = {
    "answered in time": ([OPENED, *UNSENT, Hours(95, 95), ATTEMPTED, ANSWERED], []),
    "answered late": ([OPENED, *UNSENT, Hours(97, 97), ATTEMPTED, ANSWERED], [(7, "I20")]),
    "refused late": ([OPENED, *UNSENT, Hours(97, 97), ATTEMPTED, REFUSED_LATER], [(7, "I20")]),
    "refused in time, sent again": (
        [OPENED, *UNSENT, Hours(95, 95), REFUSED_LATER, Hours(99, 99), ATTEMPTED, ANSWERED],
        [],
    ),
    "open": ([OPENED, *UNSENT, Hours(95, 95), AGAIN], []),
    "open for too long": ([OPENED, *UNSENT, Hours(97, 97), AGAIN], [(2, "I20")]),
    "sealed, open for too long": ([OPENED, *UNSENT[:1], Hours(97, 0), AGAIN], [(2, "I20")]),
    "off for too long": ([OPENED, *UNSENT, Hours(97, 0), AGAIN, ATTEMPTED, ANSWERED], [(8, "I20")]),
    "set aside before": ([OPENED, *UNSENT, *[AGAIN] * 3, SetAside(FIRST.okp, 3), Hours(97, 97), AGAIN], []),
    "clock set forward": ([OPENED, *UNSENT, Hours(9999, 1), ATTEMPTED, ANSWERED], []),
    "clock set back": ([OPENED, Hours(-9999, 1), *UNSENT], []),
    "clock set back, off": ([OPENED, *UNSENT, Hours(-9999, 0), AGAIN, ATTEMPTED, ANSWERED], []),
    "mono goes back": ([Hours(0, 9), OPENED, Hours(1, 8), *UNSENT], [(2, "I24")]),
    "mono of another boot": ([Hours(0, 9), OPENED, *UNSENT, Hours(1, 0), TailDropped(8, "00" * 32), AGAIN], []),
    "mono of an import of PLU": ([Hours(0, 9), OPENED, Hours(1, 0), samples.catalogue(), AGAIN, *UNSENT], []),
}


@pytest.mark.parametrize("case", TIMES)
def test_the_clocks_of_the_journal(case: str, tmp_path: Path) -> None:
    """96 hours pass by the monotonic clock while the register runs, by the wall clock while it does not."""
    life, expected = TIMES[case]
    assert of(written(tmp_path, life)) == expected


# --- I21: what was set aside ---------------------------------------------------------------------------------------


def again(receipt: Receipt, count: int) -> Attempted:
    """Recovery sends the receipt once more."""
    return Attempted(receipt.okp, samples.attempt(receipt, count))


SEALED: Life = [OPENED, samples.intent(FIRST)]
POISON: Life = [*SEALED, AGAIN, again(FIRST, 2), AGAIN, again(FIRST, 3), AGAIN]
CUT: Record = PrintInterrupted(FIRST.okp, POWER_CUT)
ASIDE: Record = SetAside(FIRST.okp, 3)

STARTS: dict[str, tuple[Life, list[tuple[int, str]]]] = {
    "third start": ([*POISON, ASIDE, *samples.printed_life(SECOND)], []),
    "third start while printing": ([*SEALED, samples.online(FIRST), *[AGAIN, CUT] * 2, AGAIN, ASIDE], []),
    "unsent": ([OPENED, *UNSENT, *[AGAIN] * 3, ASIDE], []),
    "a second one": ([*POISON, ASIDE, again(FIRST, 4), *[AGAIN] * 3, ASIDE], []),
    "answered though set aside": ([*POISON, ASIDE, again(FIRST, 4), ANSWERED], []),
    "second start": ([*POISON[:-1], ASIDE], [(7, "I21")]),
    "says two": ([*POISON, SetAside(FIRST.okp, 2)], [(8, "I21")]),
    "progress between": ([*POISON, samples.online(FIRST), AGAIN, ASIDE], [(10, "I21")]),
    "paper out between": ([*SEALED, samples.online(FIRST), *[AGAIN] * 3, PrintInterrupted(FIRST.okp, "paper-out"),
                           ASIDE], [(8, "I21")]),
    "twice": ([*POISON, ASIDE, ASIDE], [(9, "I21")]),
    "though done": ([OPENED, *samples.printed_life(FIRST), *[AGAIN] * 3, ASIDE], [(8, "I21")]),
    "handed out after it": ([*SEALED, samples.online(FIRST), *[AGAIN] * 3, ASIDE, Delivered(FIRST.okp, Way.PRINT, "")],
                            [(8, "I21")]),
    "of nothing": ([OPENED, *[AGAIN] * 3, ASIDE], [(5, "I5")]),
}  # fmt: skip


@pytest.mark.parametrize("case", STARTS)
def test_three_starts_set_a_receipt_aside(case: str, tmp_path: Path) -> None:
    """What recovery itself writes is no progress; anything else about the receipt is."""
    life, expected = STARTS[case]
    assert of(written(tmp_path, [*life])) == expected


def test_what_was_set_aside_waits_for_a_person(tmp_path: Path) -> None:
    """It is listed and breaks nothing; once it was answered and handed out, nothing is left."""
    (pending,) = written(tmp_path / "open", [*POISON, ASIDE]).open
    assert (pending.key, pending.seq) == ("2026-11/1", 2)
    assert "somebody must look at it" in pending.sentence
    done = written(tmp_path / "done", [OPENED, *UNSENT, *[AGAIN] * 3, ASIDE, ATTEMPTED, ANSWERED])
    assert done.open == ()


# --- I8, I18, I26 --------------------------------------------------------------------------------------------------


def mail_outcome(message_id: str) -> Outcome:
    """The mail of FIRST is announced under this Message-ID."""
    return replace(samples.online(FIRST, Way.EMAIL), message_id=message_id)


def created(date: str, number: int = 1) -> Record:
    """Really signed at this time."""
    receipt = replace(samples.signed_receipt(number, date[:7]), create_date=date)
    return samples.intent(samples.sealed(receipt))


def said(text: str) -> Life:
    """The mail server said this when it refused."""
    return [samples.intent(MAILED), samples.online(MAILED, Way.EMAIL),
            MailFailed(MAILED.okp, Verdict.NOT_SENT, "RCPT", 550, text)]  # fmt: skip


SECRETS: dict[str, tuple[Life, list[tuple[int, str]]]] = {
    "certificate not yet in force": ([created("2025-12-31T23:59:59+01:00")], [(2, "I8")]),
    "certificate in force": ([created("2026-01-01T01:00:00+01:00")], []),
    "certificate ended": ([created("2028-01-02T08:00:00+01:00")], [(2, "I8")]),
    "no Message-ID": ([samples.intent(FIRST), mail_outcome("")], [(3, "I18")]),
    "Message-ID of chance": ([samples.intent(FIRST), mail_outcome("<4711@ekasa.invalid>")], [(3, "I18")]),
    "Message-ID of paper": ([samples.intent(FIRST), replace(samples.online(FIRST), message_id="<x@y>")], [(3, "I18")]),
    "address in the sale": ([samples.intent(samples.signed_receipt(email_masked="jana@example.sk"))], [(2, "I26")]),
    "address in a refusal": (said("5.1.1 <jana@example.sk> unknown"), [(4, "I26")]),
    "masked in a refusal": (said("5.1.1 <j***@example.sk> unknown"), []),
    "another address in a refusal": (said("ask postmaster@example.sk or 7@example.sk"), []),
    "address in a reply": ([samples.intent(MAILED), samples.online(MAILED, Way.EMAIL),
                            Delivered(MAILED.okp, Way.EMAIL, "250 to JANA@EXAMPLE.SK")], [(4, "I26")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SECRETS)
def test_certificate_message_id_and_address(case: str, tmp_path: Path) -> None:
    """The certificate is in force, the Message-ID follows from the OKP, the address is nowhere."""
    life, expected = SECRETS[case]
    assert of(written(tmp_path, [OPENED, *life])) == expected


def test_every_invariant_of_these_is_broken_by_some_case() -> None:
    """A table row that cannot fail proves nothing."""
    tables: tuple[dict[str, tuple[Life, list[tuple[int, str]]]], ...] = (STARTS, SECRETS)
    found = {code for table in tables for _, expected in table.values() for _, code in expected}
    found |= {code for _, expected in TIMES.values() for _, code in expected}
    assert found >= {"I8", "I18", "I20", "I21", "I24", "I26"}
