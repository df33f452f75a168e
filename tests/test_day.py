"""The sums of a day, and the report of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings, strategies as st

from states.fiscal.day import Counting, Day, ReportKind, Sums, Tally, fold
from states.fiscal.journal import Attempted, Closed, Delivered, Intent, Outcome, Record, Resolved, Stored
from states.fiscal.paper import Cut, Text, to_text
from states.fiscal.receipt import Attempt, Form, ItemType, Receipt, ReceiptType, Sale, TenderKind, Way
from states.fiscal.report import report_lines, totals
from states.fiscal.vat import vat_line
from tests.fiscal_examples import BASKET, NON_PAYER, PAYER, UID, card, cash, item, numbered, sale, sales

AT = "2026-11-22T20:00:00+01:00"
CHAIN = "ab" * 32
ATTEMPT = Attempt("0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f", AT, 1)


def outcome(sealed: Receipt, form: Form, way: Way | None = Way.PRINT) -> Outcome:
    """What the authority made of the receipt."""
    online = form is Form.ONLINE
    return Outcome(sealed.okp, form, UID if online else "", 0, "", None if form is Form.REFUSED else way, "", "")


def journey(sealed: Receipt, form: Form, way: Way = Way.PRINT) -> Iterator[Record]:
    """The records of a receipt that comes to its end."""
    yield Intent(sealed, ATTEMPT)
    yield outcome(sealed, form, way)
    if form is not Form.REFUSED:
        yield Delivered(sealed.okp, way, "ok")


def stored(*records: Record, after: int = 0) -> list[Stored]:
    """The records as the journal has them."""
    numbers = count(after + 1)
    return [Stored(seq, seq * 10**9, bytes(32), record) for seq, record in zip(numbers, records, strict=False)]


def test_an_empty_day() -> None:
    """Nothing sold: everything is zero and named."""
    assert fold(()) == Day()
    assert dict(Day().by_tender) == dict.fromkeys(TenderKind, Tally())


def a_day() -> list[Stored]:
    """On-line mailed with change, on-line card printed, off-line, refused, a return."""
    mailed = numbered(1, sale(BASKET, (cash(2000),)))
    by_card = numbered(2, sale((item("10.00"),), (card(1000),)))
    offline = numbered(3, sale((item("5.00", 19),), (card(200), cash(300))))
    refused = numbered(4, sale((item("99.00"),), (card(9900),)))
    returned = numbered(5, sale((item("-10.00", kind=ItemType.RETURNED, reference=UID),)))
    return stored(
        *journey(mailed, Form.ONLINE, Way.EMAIL),
        *journey(by_card, Form.ONLINE),
        *journey(offline, Form.OFFLINE),
        *journey(refused, Form.REFUSED),
        *journey(returned, Form.ONLINE),
    )


def test_a_day() -> None:
    """Every sum of a day worked out by hand."""
    day = fold(a_day())
    assert (day.first_key, day.last_key, day.up_to_seq) == ("2026-11/1", "2026-11/5", 14)
    assert day.total == Tally(4, 1495 + 1000 + 500 - 1000)
    assert day.rounding == Tally(1, 1)
    assert day.by_form == (
        (Form.ONLINE, Tally(3, 1495)),
        (Form.OFFLINE, Tally(1, 500)),
        (Form.REFUSED, Tally(1, 9900)),
    )
    assert day.by_tender == (
        (TenderKind.CASH, Tally(3, 1495 + 300 - 1000)),
        (TenderKind.CARD, Tally(2, 1200)),
        (TenderKind.OTHER, Tally()),
    )
    assert dict(day.by_item)[ItemType.RETURNED] == Tally(1, -1000)
    assert dict(day.by_item)[ItemType.SOLD] == Tally(6, 1494 + 1000 + 500)
    assert day.by_rate == (
        vat_line(23, 1000) + vat_line(23, 1000) + vat_line(23, -1000),
        vat_line(19, 279) + vat_line(19, 500),
        vat_line(5, 200),
        vat_line(0, 15),
    )
    assert (day.emailed, day.printed, day.unsent, day.invalid, day.set_aside) == (1, 3, 1, 0, 0)


def test_an_offline_receipt_counts_whatever_becomes_of_it() -> None:
    """The customer holds it: accepted or set aside, the sums stay; only the queue shrinks."""
    offline = numbered(1, sale((item("5.00"),)))
    begun = stored(*journey(offline, Form.OFFLINE))
    before = fold(begun)
    assert before.unsent == 1
    for answer, aside in ((Resolved(offline.okp, UID, 0, ""), 0), (Resolved(offline.okp, "", -105, ""), 1)):
        after = fold([*begun, *stored(Attempted(offline.okp, ATTEMPT), answer, after=3)])
        assert (after.unsent, after.set_aside) == (0, aside)
        assert (after.total, after.by_form, after.by_rate) == (before.total, before.by_form, before.by_rate)


def test_answers_to_yesterday_leave_the_sums() -> None:
    """A resend or a delivery of a receipt that is closed already moves no money."""
    okp = numbered(1).okp
    day = fold(stored(Resolved(okp, UID, 0, ""), Delivered(okp, Way.PRINT, "ok"), after=40))
    assert day == Day(up_to_seq=42, printed=1)


def test_an_invalid_document_counts_in_no_sum() -> None:
    """Training (ND) is not turnover."""
    training = numbered(1, replace(sale(), type=ReceiptType.ND))
    day = fold(stored(*journey(training, Form.ONLINE)))
    assert (day.invalid, day.total, day.by_rate, day.by_form) == (1, Tally(), (), Day().by_form)


def test_an_open_receipt_waits_for_the_next_closing() -> None:
    """The day ends before the intent without an outcome, so the next day has both and nothing is counted twice."""
    done, still_open, later = numbered(1), numbered(2), numbered(3)
    records = stored(
        *journey(done, Form.ONLINE),
        Intent(still_open, ATTEMPT),
        Resolved("x", UID, 0, ""),
        outcome(still_open, Form.ONLINE),
        *journey(later, Form.ONLINE),
    )
    for cut in (4, 5):
        first = fold(records[:cut])
        assert (first.up_to_seq, first.total.count, first.last_key) == (3, 1, "2026-11/1")
        assert fold(records[first.up_to_seq :]).total.count == 2


def test_a_day_that_is_all_open_closes_nothing() -> None:
    """It ends where the last one ended, not at the beginning of the journal."""
    assert fold(stored(Intent(numbered(2), ATTEMPT), after=40)) == Day(up_to_seq=40)


@settings(deadline=None)
@given(st.lists(st.tuples(sales(), st.sampled_from(Form), st.sampled_from(Way)), max_size=6), st.integers(0, 30))
def test_a_day_adds_up(sold: list[tuple[Sale, Form, Way]], cut: int) -> None:
    """All sums tell the same total, and closing anywhere in between loses and doubles nothing."""
    records = stored(
        *(
            record
            for number, (paid, form, way) in enumerate(sold, 1)
            for record in journey(numbered(number, paid), form, way)
        )
    )
    day = fold(records)
    counted = [paid for paid, form, _ in sold if form is not Form.REFUSED]
    assert day.total == Tally(len(counted), sum(paid.total_cents for paid in counted))
    assert sum(tally.cents for _, tally in day.by_tender) == day.total.cents
    assert sum(tally.cents for _, tally in day.by_item) + day.rounding.cents == day.total.cents
    assert sum(line.base_cents + line.vat_cents for line in day.by_rate) + day.rounding.cents == day.total.cents
    assert sum(tally.cents for form, tally in day.by_form if form is not Form.REFUSED) == day.total.cents
    first = fold(records[:cut])
    second = fold(records[first.up_to_seq :])
    assert first.total + second.total == day.total
    assert first.emailed + second.emailed == day.emailed
    assert first.unsent + second.unsent == day.unsent


def test_counting_one_by_one_is_the_fold() -> None:
    """A journal that arrives record by record gives the same day."""
    counting = Counting()
    for record in a_day():
        counting = counting.then(record)
    assert counting.whole == fold(a_day())


def test_other_records_count_nothing() -> None:
    """A closing moves no sums."""
    assert fold(stored(Closed(1, 0, ""))) == Day(up_to_seq=1)


# --- The report ------------------------------------------------------------------------------------------

REPORT = """\
            DENNÁ UZÁVIERKA Z
Číslo uzávierky:                         7
Vyhotovená:            22.11.2026 20:00:00
Od dokladu:                      2026-11/1
Po doklad:                       2026-11/5
------------------------------------------
DOKLADY
On-line (3)                          14.95
Off-line (1)                          5.00
Odmietnuté, nezapočítané (1)         99.00
Zaokrúhlenie (1)                      0.01
SPOLU (4)                            19.95
------------------------------------------
PLATBY
Hotovosť (3)                          7.95
Platobná karta (2)                   12.00
Iná platba (0)                        0.00
------------------------------------------
POLOŽKY
Predaj (6)                           29.94
Vrátený tovar (1)                   -10.00
------------------------------------------
DPH
DPH         Základ         Daň       Spolu
23 %          8.13        1.87       10.00
19 %          6.54        1.25        7.79
5 %           1.90        0.10        2.00
Oslobodené od dane                    0.15
------------------------------------------
ODOVZDANIE
E-mailom                                 1
Vytlačené                                3
Neodoslané                               1
Odmietnuté dodatočne                     0
------------------------------------------
Odtlačok denníka:
ababababababababababababababababababababab
ababababababababababab
- - - - - - - - - - - - - - - - - - - - -
"""


def test_a_report_to_the_letter() -> None:
    """The daily report, below the seller's lines."""
    text = to_text(report_lines(Sums(ReportKind.Z, fold(a_day()), 7, AT, CHAIN), PAYER, 42), 42)
    assert text[text.index("            DENNÁ") :] == REPORT
    assert "Finančná správa" in text


def test_an_overview_has_no_number() -> None:
    """X does not count; a seller without VAT has no VAT section."""
    text = to_text(report_lines(Sums(ReportKind.X, Day(), 0, AT, CHAIN), NON_PAYER, 42), 42)
    assert "PREHĽADOVÁ UZÁVIERKA X" in text
    assert "Číslo uzávierky" not in text
    assert "DPH" not in text
    assert "CVIČNÝ REŽIM" not in text


def test_a_report_of_a_training_register_says_so_at_its_top() -> None:
    """So that nobody takes it for takings."""
    lines = report_lines(Sums(ReportKind.Z, fold(a_day()), 7, AT, CHAIN), PAYER, 42, training=True)
    assert to_text(lines[:1], 42).strip() == "CVIČNÝ REŽIM - NEPLATNÝ DOKLAD"


@pytest.mark.parametrize("columns", [32, 42, 48])
@given(st.lists(sales(), max_size=3))
@settings(deadline=None, max_examples=20)
def test_a_report_fits(columns: int, sold: list[Sale]) -> None:
    """On any paper, whole."""
    days = fold(stored(*(r for n, paid in enumerate(sold, 1) for r in journey(numbered(n, paid), Form.ONLINE))))
    lines = report_lines(Sums(ReportKind.Z, days, 4_000, AT, CHAIN), PAYER, columns)
    texts = [line.text for line in lines if isinstance(line, Text)]
    assert all(len(text) <= columns for text in texts)
    assert CHAIN in "".join(texts)
    assert lines[-1] == Cut()


def test_totals_in_one_line() -> None:
    """What the journal keeps of a closing."""
    assert totals(fold(a_day())) == (
        "receipts=4 total=19.95 rounding=0.01 cash=7.95 card=12.00 other=0.00"
        " 23=8.13/1.87/10.00 19=6.54/1.25/7.79 5=1.90/0.10/2.00 0=0.15/0.00/0.15"
    )
