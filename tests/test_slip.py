"""Slips: their machine, and every one of them on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from states import effects as do, events as on
from states.fiscal.codes import offline_qr
from states.fiscal.day import NOTHING, ReportKind, Sums
from states.fiscal.original import original_lines
from states.fiscal.paper import Cut, Line, Qr, Text, to_text
from states.fiscal.receipt import Form, Receipt, ReceiptType
from states.fiscal.sample import sample_receipt
from states.fiscal.slip import (
    CashOrder,
    CashSlip,
    Copy,
    CopyOrder,
    Order,
    ReportOrder,
    Sample,
    SampleOrder,
    Slip,
    UnsentList,
    UnsentOrder,
    UnsentRow,
)
from states.fiscal.slip_lines import slip_lines
from states.fiscal.unsent_list import deadline_of
from states.machines.slip import SLIP, Gathering, NoSlip, SlipPrinting
from states.table import NeverHappens, Rest, Then
from states.words import WORDS
from tests.fiscal_examples import NON_PAYER, OKP, PAYER, UID, invoices, item, names, receipt, receipts, sale

AT = "2026-11-22T20:00:00+01:00"
SUMS = Sums(ReportKind.X, NOTHING, 0, AT, "ab" * 32)
ORDERS: tuple[Order, ...] = (
    *(ReportOrder(kind, "2026-11-01", "2026-11-30") for kind in ReportKind),
    CashOrder(500, "Jana"),
    CashOrder(-500),
    CopyOrder(),
    UnsentOrder(),
    SampleOrder(),
)


# --- The machine -----------------------------------------------------------------------------------------


def step(state: object, event: on.Event) -> Then[Any]:
    """What follows; the cell must have a row."""
    result = SLIP.step(state, event)
    assert not isinstance(result, Rest)
    return result


@pytest.mark.parametrize("order", ORDERS)
def test_a_slip_is_gathered_and_then_printed(order: Order) -> None:
    """R-23, R-24: only what moves cash opens the drawer, and only when it is durable."""
    assert step(NoSlip(), on.SlipOrdered(order)) == Then(Gathering(order), (do.Gather(order),))
    printing = step(Gathering(order), on.SlipGathered(SUMS))
    drawer = (do.OpenDrawer(),) if isinstance(order, CashOrder) else ()
    assert printing == Then(SlipPrinting(order), (*drawer, do.PrintSlip(SUMS)))
    notice = "report-printed" if isinstance(order, ReportOrder) else "slip-printed"
    assert step(SlipPrinting(order), on.SlipPrinted()) == Then(NoSlip(), (do.Beep(notice),))


@pytest.mark.parametrize("order", ORDERS)
def test_there_is_nothing_to_print(order: Order) -> None:
    """The cashier hears why, and sells on."""
    assert step(Gathering(order), on.SlipMissing("drawer-short")) == Then(NoSlip(), (do.Beep("drawer-short"),))


LOST = {
    ReportOrder(ReportKind.Z): "report-lost",
    ReportOrder(ReportKind.AGAIN): "report-lost",
    ReportOrder(ReportKind.X): "paper-out",
    ReportOrder(ReportKind.PLUS): "paper-out",
    CashOrder(-100): "cash-slip-lost",
    CopyOrder(3): "paper-out",
    UnsentOrder(): "paper-out",
    SampleOrder(): "paper-out",
}


@pytest.mark.parametrize("order", LOST)
def test_a_slip_that_did_not_print(order: Order) -> None:
    """What was made durable for it stays, and is said so; else the reason."""
    failed = step(SlipPrinting(order), on.SlipFailed("paper-out"))
    assert failed == Then(NoSlip(), (do.Beep(LOST[order]),))
    assert LOST[order] in WORDS


@pytest.mark.parametrize("state", [Gathering(CopyOrder()), SlipPrinting(CopyOrder())])
def test_there_is_one_slip_at_a_time(state: object) -> None:
    """Keys are not heard meanwhile, so a second order is a bug."""
    with pytest.raises(NeverHappens):
        SLIP.step(state, on.SlipOrdered(CopyOrder()))


# --- The papers ------------------------------------------------------------------------------------------


def text_of(lines: tuple[Line, ...], columns: int = 42) -> str:
    """The lines as text."""
    return to_text(lines, columns)


def joined(lines: tuple[Line, ...]) -> str:
    """Everything on the paper without its white space, so that wrapped words are whole again."""
    return "".join("".join(line.text.split()) for line in lines if isinstance(line, Text))


def fits(lines: tuple[Line, ...], columns: int) -> bool:
    """No line is wider than the paper."""
    return all(len(line.text) * (1 + line.big) <= columns for line in lines if isinstance(line, Text))


COPY = """\
                  KÓPIA
          Finančná správa i.n.t.
       Horná 560/7, 98045 Štrkovec
              IČO: 76543210
             DIČ: 1234567890
           IČ DPH: SK1234567890
Kód pokladnice:          88812345678900001
            POKLADNIČNÝ DOKLAD
Vyhotovené:            22.11.2026 10:15:30
Číslo dokladu:                          57
------------------------------------------
"""


def test_a_copy_to_the_letter() -> None:
    """Marked at its top and at its end, with its own time and the form of the original."""
    lines = slip_lines(Copy(receipt(sale((item("10.00"),))), Form.ONLINE, AT), NON_PAYER, 42)
    text = text_of(lines)
    assert text.startswith(COPY)
    assert text.endswith(
        "------------------------------------------\n"
        "Spracované:                        on-line\n"
        "Kópia vyhotovená:      22.11.2026 20:00:00\n"
        "                  KÓPIA\n"
        "- - - - - - - - - - - - - - - - - - - - -\n"
    )


@pytest.mark.parametrize("columns", [32, 42, 48])
@given(copied=receipts(), form=st.sampled_from((Form.ONLINE, Form.OFFLINE)))
@settings(deadline=None, max_examples=30)
def test_r_42_a_copy_says_all_but_the_codes(columns: int, copied: Receipt, form: Form) -> None:
    """Neither UID, QR code, OKP nor PKP of its own: there is one original."""
    lines = slip_lines(Copy(copied, form, AT), PAYER, columns)
    assert fits(lines, columns)
    assert not any(isinstance(line, Qr) for line in lines)
    said = joined(lines)
    assert copied.pkp not in said
    referred = {each.reference for each in copied.sale.items} | {copied.sale.repairs}
    assert copied.okp in referred or copied.okp not in said
    assert said.count("KÓPIA") >= 2
    original = original_lines(copied, UID if form is Form.ONLINE else "", columns)
    end = original.index(next(line for line in original if isinstance(line, Text) and line.text.startswith(CODES)))
    start = original.index(next(line for line in original if isinstance(line, Text) and "Finančná" in line.text))
    whole = original[start : end - 1]
    assert any(lines[at : at + len(whole)] == whole for at in range(len(lines)))


CODES = ("UID:", "OKP:")


def test_a_copy_of_an_invalid_document_stays_invalid() -> None:
    """And says how it was processed."""
    training = receipt(sale(type=ReceiptType.ND))
    text = text_of(slip_lines(Copy(training, Form.OFFLINE, AT), PAYER, 42))
    assert text.count("NEPLATNÝ DOKLAD") == 2
    assert "off-line" in text


WITHDRAWAL = """\
             VÝBER HOTOVOSTI
Vyhotovené:            22.11.2026 20:00:00
------------------------------------------
SUMA                             25.00 EUR
Stav zásuvky                      1.50 EUR
------------------------------------------
Pokladník:                            Jana

Dôvod: ___________________________________

Podpis: __________________________________

 Nie je dokladom e-kasa, finančnej správe
              sa neposiela.
- - - - - - - - - - - - - - - - - - - - -
"""


def test_a_withdrawal_to_the_letter() -> None:
    """Below the seller's lines, with room for a hand."""
    text = text_of(slip_lines(CashSlip(-2500, AT, "Jana", 150), PAYER, 42))
    assert text[text.index("             VÝBER") :] == WITHDRAWAL


def test_a_deposit_by_nobody_has_room_for_a_name() -> None:
    """Its title says the way."""
    text = text_of(slip_lines(CashSlip(2500, AT, "", 2500), PAYER, 42))
    assert "VKLAD HOTOVOSTI" in text
    assert "Pokladník: ______" in text
    assert "25.00 EUR" in text


ROWS = (
    UnsentRow("2026-10/57", "12.50", OKP, "2026-10-24T12:00:00+02:00", 3, 0),
    UnsentRow("location-1", "", "", "2026-11-20T10:00:00+01:00", 1, 0),
    UnsentRow("2026-11/9", "-1.00", OKP, "2026-11-21T10:00:00+01:00", 2, -105),
)
UNSENT = f"""\
         NEODOSLANÉ DÁTOVÉ SPRÁVY
Vyhotovené:            22.11.2026 20:00:00
Počet:                                   3
------------------------------------------
2026-10/57                       12.50 EUR
OKP:
{OKP[:36]}
{OKP[36:]}
Vyhotovené:            24.10.2026 12:00:00
Odoslať do:            28.10.2026 11:00:00
Pokusy:                                  3
------------------------------------------
Poloha location-1
Vyhotovené:            20.11.2026 10:00:00
Odoslať do:            24.11.2026 10:00:00
Pokusy:                                  1
------------------------------------------
2026-11/9                        -1.00 EUR
OKP:
{OKP[:36]}
{OKP[36:]}
Vyhotovené:            21.11.2026 10:00:00
Odmietnuté kódom:                     -105
Pokusy:                                  2
------------------------------------------
- - - - - - - - - - - - - - - - - - - - -
"""


def test_the_unsent_list_to_the_letter() -> None:
    """The deadline is 96 hours later, by the clock on the wall of that day; what was refused has none."""
    text = text_of(slip_lines(UnsentList(ROWS, AT), PAYER, 42))
    assert text[text.index("         NEODOSLANÉ") :] == UNSENT


def test_ninety_six_hours_across_the_end_of_summer_time() -> None:
    """An hour less on the wall."""
    assert deadline_of("2026-10-24T12:00:00+02:00") == "2026-10-28T11:00:00+01:00"


@pytest.mark.parametrize("seller", [PAYER, NON_PAYER])
@pytest.mark.parametrize("columns", [32, 42, 48])
def test_r_42_a_sample_is_an_offline_receipt_that_says_what_it_is(columns: int, seller: Any) -> None:
    """The very layout of an off-line receipt, with codes of zeros and the QR code of that form, between its marks."""
    sample = sample_receipt(seller, AT)
    lines = slip_lines(Sample(sample), seller, columns)
    marks = [line.text for line in lines if isinstance(line, Text) and line.text in ("VZOR", "NEPLATNÝ DOKLAD")]
    assert marks == ["VZOR", "NEPLATNÝ DOKLAD"] * 2
    *original, _cut = original_lines(sample, "", columns)
    assert list(lines[2 : 2 + len(original)]) == original
    assert {line.text for line in lines if isinstance(line, Qr)} == {offline_qr(sample)}
    assert offline_qr(sample) == "00000000-00000000-00000000-00000000-00000000:88812345678900001:261122200000:0:12.50"
    assert "OFF-LINEDOKLAD" in joined(lines)
    assert "UID" not in joined(lines)


cash_slips = st.builds(CashSlip, st.integers(-(10**9), 10**9), st.just(AT), names | st.just(""), st.integers(0, 10**9))
unsent_rows = st.builds(
    UnsentRow,
    st.from_regex(r"20[0-9]{2}-[01][0-9]/[0-9]{1,10}", fullmatch=True) | st.uuids().map(str),
    st.sampled_from(("", "0.00", "-9999999.99")),
    st.sampled_from(("", OKP)),
    st.just(AT),
    st.integers(1, 10**6),
    st.integers(-999, 0),
)
unsent_lists = st.builds(UnsentList, st.lists(unsent_rows, max_size=5).map(tuple), st.just(AT))
copies = st.builds(Copy, receipts(), st.sampled_from((Form.ONLINE, Form.OFFLINE)), st.just(AT))
slips = cash_slips | unsent_lists | copies | st.just(Sample(sample_receipt(PAYER, AT)))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("columns", [32, 42, 48])
@given(slip=slips)
@settings(deadline=None, max_examples=25)
def test_every_slip_fits_and_ends_in_a_cut(columns: int, training: bool, slip: Slip) -> None:
    """Nothing is wider than the paper; one of a training register says so twice, at its top and at its end."""
    lines = slip_lines(slip, PAYER, columns, training=training)
    assert fits(lines, columns)
    assert lines[-1] == Cut()
    assert sum(isinstance(line, Cut) for line in lines) == 1
    ends = joined(lines[:2]), joined(lines[-3:])
    assert all(("CVIČNÝREŽIM" in end) is training for end in ends)


def test_a_narrow_paper_is_refused() -> None:
    """As for an original."""
    with pytest.raises(ValueError, match="at least 32 columns"):
        slip_lines(SUMS, PAYER, 31)


@given(invoice=invoices)
@settings(max_examples=10, deadline=None)
def test_a_copy_of_a_paid_invoice_has_its_number(invoice: Any) -> None:
    """All that the original said."""
    paid = replace(sale((), type=ReceiptType.UF, invoice=invoice))
    assert "".join(invoice.number.split()) in joined(slip_lines(Copy(receipt(paid), Form.ONLINE, AT), PAYER, 42))
