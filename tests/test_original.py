"""The original on paper: what the law wants on it, and that it fits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from states.fiscal.codes import offline_qr
from states.fiscal.identity import PhysicalAddress, RegisterType
from states.fiscal.money import format_cents
from states.fiscal.original import TRAINING, original_lines, plain, vat_rows, void_lines
from states.fiscal.paper import Align, Cut, Line, Qr, Text, pair, to_text, wrap, wrap_code
from states.fiscal.receipt import Invoice, Item, ItemType, Receipt, ReceiptType, Sale
from states.fiscal.vat import vat_line
from tests.fiscal_examples import (
    BASKET,
    NON_PAYER,
    OKP,
    PAYER,
    PKP,
    SEAT,
    UID,
    card,
    cash,
    item,
    names,
    paid_invoice,
    receipt,
    sale,
    sales,
)

COLUMNS = (32, 42, 48)

ONLINE_42 = """\
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
Kladivo
  1 ks x 10.00               23%     10.00
Šalát
  0.5 kg x 5.58              19%      2.79
Chlieb
  1 ks x 2.00                 5%      2.00
Záloha obal
  1 ks x 0.15                 0%      0.15
------------------------------------------
Medzisúčet                           14.94
Zaokrúhlenie                          0.01
SUMA        14.95 EUR
Platobná karta                        4.00
Hotovosť                             20.00
Výdavok                               9.05
------------------------------------------
DPH         Základ         Daň       Spolu
23 %          8.13        1.87       10.00
19 %          2.34        0.45        2.79
5 %           1.90        0.10        2.00
Oslobodené od dane                    0.15
------------------------------------------
UID: O-7DBCDA8A56EE426DBCDA8A56EE426D1A
OKP:
B1873CE0-46DB4D14-EFC72036-62C71AE1-
71628710
 [QR: O-7DBCDA8A56EE426DBCDA8A56EE426D1A]
      Overte doklad pomocou QR kódu
- - - - - - - - - - - - - - - - - - - - -
"""

OFFLINE_32 = """\
        OFF-LINE DOKLAD
 CVIČNÝ REŽIM - NEPLATNÝ DOKLAD
     Finančná správa i.n.t.
  Horná 560/7, 98045 Štrkovec
         IČO: 76543210
        DIČ: 1234567890
Kód pokladnice:
               88812345678900001
       POKLADNIČNÝ DOKLAD
Vyhotovené:  22.11.2026 10:15:30
Číslo dokladu:                57
--------------------------------
Kladivo
  1 ks x -10.00           -10.00
  Vrátené k dokladu:
O-
7DBCDA8A56EE426DBCDA8A56EE426D1A
--------------------------------
SUMA  -10.00 EUR
Hotovosť                  -10.00
--------------------------------
OKP:
B1873CE0-46DB4D14-EFC72036-
62C71AE1-71628710
PKP:
soFHZ6XRckBVEJWd01KGFDcUKjtYVnfO
xucypKv69wzsHbGP83rOmE/Inq0/CHnP
M2Ip+yL1u9ccTRQVatOOubeLrkCjbwZv
pPTz5lxCu9EJ9DyGODTdEK1S42O+wjIo
UBISDdHBR2jBpFkGLScjkcQpyPgOYBAL
rny4lNAJFkdtPoSASqcVmRrZShYS4LIx
jJfR3nHVXoQ6+McF5LRX0nMc/fv0H8Ol
RbdX5Dp34Nny9rl//cswaeXa13IJmTtY
nrQg1k2vMcTYT6pgLRHttahiYd/gdqrR
GrP4te0ouEY2n610SxfuHLhfQDZfVihF
7vav+Jvb1zaqNT81n+aD5w==
[QR: B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710:88812345678900001:261122101530:57:-10.00]
 Overte doklad pomocou QR kódu
 CVIČNÝ REŽIM - NEPLATNÝ DOKLAD
- - - - - - - - - - - - - - - -
"""

RETURN = item("-10.00", kind=ItemType.RETURNED, reference=UID)


def text_of(sealed: Receipt, columns: int = 42) -> str:
    """The on-line original as plain text."""
    return to_text(original_lines(sealed, UID, columns), columns)


def test_an_online_original_to_the_letter() -> None:
    """A mixed payment with rounding and change, four rates, 42 columns."""
    sealed = receipt(sale(BASKET, (card(400), cash(2000))))
    assert to_text(original_lines(sealed, UID, 42), 42) == ONLINE_42


def test_an_offline_original_to_the_letter() -> None:
    """A return by a seller without VAT, in training, 32 columns."""
    sealed = receipt(sale((RETURN,)), seller=NON_PAYER)
    assert to_text(original_lines(sealed, "", 32, training=True), 32) == OFFLINE_32


def widths_fit(lines: tuple[Line, ...], columns: int) -> bool:
    """Every line of text fits the paper."""
    texts = [line for line in lines if isinstance(line, Text)]
    return all(len(line.text) <= (columns // 2 if line.big else columns) for line in texts)


def joined(lines: tuple[Line, ...]) -> str:
    """All the text without white space, so that wrapping does not matter."""
    return "".join("".join(line.text.split()) for line in lines if isinstance(line, Text))


@settings(deadline=None)
@given(sales(), st.sampled_from(COLUMNS), st.booleans(), st.booleans(), names, st.integers(1, 4_294_967_295))
def test_nothing_is_cut_and_all_fits(
    paid: Sale, columns: int, online: bool, training: bool, name: str, number: int
) -> None:
    """Names of any length, amounts of any size, on any paper: every word of the law is there, one QR, one cut."""
    sealed = receipt(paid, seller=replace(PAYER, corporate_body_full_name=f"{name} " * 4), number=number)
    lines = original_lines(sealed, UID if online else "", columns, training=training)
    assert widths_fit(lines, columns)
    words = joined(lines)
    for each in paid.items:
        assert "".join(each.name.split()) in words
        assert format_cents(each.price_cents) in words
        assert not each.reference or each.reference in words
    assert "".join(name.split()) * 4 in words
    assert f"Číslodokladu:{number}" in words
    assert f"SUMA{format_cents(paid.total_cents)}EUR" in words
    assert ("Zaokrúhlenie" in words) == (paid.rounding_cents != 0)
    assert ("Výdavok" in words) == (paid.change_cents != 0)
    assert sealed.okp in words
    assert (UID in words) == (online or any(each.reference == UID for each in paid.items))
    assert (f"PKP:{PKP}" in words) != online
    assert [line for line in lines if isinstance(line, Qr)] == [Qr(UID if online else offline_qr(sealed))]
    assert [at for at, line in enumerate(lines) if isinstance(line, Cut)] == [len(lines) - 1]
    assert words.count("".join(TRAINING.split())) == 2 * training


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("training", [False, True])
def test_offline_is_said_first(columns: int, training: bool) -> None:
    """The top line of an off-line receipt, in training too; never on an on-line one."""
    first = original_lines(receipt(), "", columns, training=training)[0]
    assert first == Text("OFF-LINE DOKLAD", Align.CENTER, bold=True, big=True)
    assert "OFF-LINE" not in to_text(original_lines(receipt(), UID, columns, training=training), columns)


def test_a_non_payer_has_no_vat() -> None:
    """Neither rate nor recap nor IČ DPH."""
    text = text_of(receipt(sale((item("10.00", 0),)), seller=NON_PAYER))
    assert "DPH" not in text
    assert "%" not in text
    assert "Oslobodené" not in text


def test_places() -> None:
    """The unit's address only when it is not the seat, its name when it has one; a portable register says so."""
    assert "Prevádzka" not in text_of(receipt())
    same = replace(PAYER, unit_address=SEAT)
    assert "Prevádzka" not in text_of(receipt(seller=same))
    other = PhysicalAddress("Slovenská republika", "Zvolen", "Dolná", "", "8", "96001")
    unit = replace(PAYER, unit_address=other, organization_unit_name="U Jany")
    assert "Prevádzka: U Jany, Dolná 8, 96001 Zvolen" in text_of(receipt(seller=unit), columns=48)
    portable = replace(PAYER, cash_register_type=RegisterType.PORTABLE)
    assert "Prenosná pokladňa" in text_of(receipt(seller=portable))
    assert "Prenosná pokladňa" not in text_of(receipt())


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (ReceiptType.PD, "POKLADNIČNÝ DOKLAD"),
        (ReceiptType.UF, "ÚHRADA FAKTÚRY"),
        (ReceiptType.ND, "NEPLATNÝ DOKLAD"),
    ],
)
def test_headings(kind: ReceiptType, heading: str) -> None:
    """Each type says what it is."""
    assert heading in text_of(receipt(replace(sale(), type=kind)))


def test_an_invoice_below_zero_is_money_given_back() -> None:
    """Said by its heading; one that is paid is paid."""
    texts = [text_of(receipt(paid_invoice(Invoice("20260042", cents)))) for cents in (5675, -5675)]
    assert ["VRÁTENIE ÚHRADY FAKTÚRY" in text for text in texts] == [False, True]
    assert all("ÚHRADA FAKTÚRY" in text for text in texts[:1])
    assert "ÚHRADA" not in texts[1]


def test_a_correction_names_what_it_corrects() -> None:
    """The OKP of a receipt that had no UID is a reference too."""
    sealed = receipt(sale((item("-5.00", kind=ItemType.CORRECTION, reference=OKP.lower()),)))
    text = text_of(sealed, columns=48)
    assert f"  Oprava dokladu:\n{OKP.lower()}\n" in text


def test_long_amounts_leave_the_table() -> None:
    """Ten millions do not fit three columns of 32, so each has a row of its own."""
    rows = vat_rows((vat_line(23, 1_000_000_000), vat_line(0, 15)), 32)
    assert [row.split() for row in rows] == [
        ["Základ", "23", "%", "8130081.30"],
        ["Daň", "23", "%", "1869918.70"],
        ["Spolu", "23", "%", "10000000.00"],
        ["Oslobodené", "od", "dane", "0.15"],
    ]
    assert all(len(row) <= 32 for row in rows)
    big = receipt(sale((item("9999999.99"),), (card(999_999_999),)))
    assert "SUMA              9999999.99 EUR" in text_of(big, columns=32)


@pytest.mark.parametrize(("gross_cents", "rows"), [(999_999, 2), (-99_999, 2), (1_000_000, 3), (-100_000, 3)])
def test_the_columns_of_the_table_never_touch(gross_cents: int, rows: int) -> None:
    """On 32 columns an amount has eight, one of them a space; a longer one makes a row for each amount."""
    lines = vat_rows((vat_line(23, gross_cents),), 32)
    assert len(lines) == rows
    assert format_cents(gross_cents) in lines[-1].split()


def test_control_characters_never_reach_the_paper() -> None:
    """Even when a name came in by another door."""
    bad = Item("Kla\x1b@div\no", Decimal(1), "k\ts", Decimal(1), 23)
    lines = original_lines(receipt(sale((bad,)), seller=replace(PAYER, corporate_body_full_name="a\x07\nb")), UID, 42)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in joined(lines))


def test_too_narrow_paper_is_refused() -> None:
    """Below 32 columns the law's words do not fit."""
    with pytest.raises(ValueError, match="32"):
        original_lines(receipt(), UID, 31)


@pytest.mark.parametrize("columns", COLUMNS)
def test_the_torn_part_is_voided(columns: int) -> None:
    """One line that says so, and a cut."""
    lines = void_lines(columns)
    assert lines[-1] == Cut()
    assert to_text(lines[:-1], columns).strip() == "=== NEPLATNÉ: prerušená tlač ==="
    assert widths_fit(lines, columns)


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        ("1", 0, "1"),
        ("0.5000", 0, "0.5"),
        ("100", 0, "100"),
        ("1E+2", 0, "100"),
        ("1E-4", 0, "0.0001"),
        ("10", 2, "10.00"),
        ("-5.5", 2, "-5.50"),
        ("0.333333", 2, "0.333333"),
        ("0", 2, "0.00"),
        ("-0.00", 2, "0.00"),
    ],
)
def test_plain_numbers(number: str, places: int, text: str) -> None:
    """No exponent, no needless zero, at least the places asked for."""
    assert plain(Decimal(number), places) == text


@given(st.text(), st.integers(1, 60))
def test_wrapping_loses_nothing(text: str, columns: int) -> None:
    """The words come in order and every row fits."""
    rows = wrap(text, columns)
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert all(0 < len(row) <= columns for row in rows)


@given(st.text("AB01-", max_size=90), st.integers(1, 60))
def test_a_wrapped_code_is_the_code(code: str, columns: int) -> None:
    """Joined without anything between, for a customer who types it."""
    rows = wrap_code(code, columns)
    assert "".join(rows) == code
    assert all(0 < len(row) <= columns for row in rows)


@given(st.text("ab ", max_size=60), st.text("01.", max_size=60), st.integers(8, 60))
def test_a_pair_fits(left: str, right: str, columns: int) -> None:
    """Both parts are there, the right one at the right edge."""
    rows = pair(left, right, columns)
    assert all(len(row) <= columns for row in rows)
    assert "".join("".join(rows).split()) == "".join((left + right).split())
