"""Every document on paper: its heading, what only it has, and the words that the law wants on some items."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from states.fiscal.codes import offline_qr, paper_time
from states.fiscal.content_items import REGULATIONS
from states.fiscal.money import format_cents
from states.fiscal.original import OFFLINE, TRAINING, code_lines, content_lines, original_lines
from states.fiscal.paper import Align, Cut, Line, Qr, Text, to_text
from states.fiscal.receipt import (
    CASH_MOVES,
    Invoice,
    Item,
    ItemType,
    Receipt,
    ReceiptType,
    Regulation,
    Role,
    SellerIdType,
    Tender,
    TenderKind,
)
from tests.fiscal_examples import (
    BASKET,
    NON_PAYER,
    OKP,
    OTHER_OKP,
    PARAGON,
    PKP,
    UID,
    adjusting,
    card,
    cash,
    cash_move,
    currency,
    item,
    paid_invoice,
    receipt,
    receipts,
    sale,
)

COLUMNS = (32, 42, 48)

INVOICE_42 = """\
          Finančná správa i.n.t.
       Horná 560/7, 98045 Štrkovec
              IČO: 76543210
             DIČ: 1234567890
           IČ DPH: SK1234567890
Kód pokladnice:          88812345678900001
              ÚHRADA FAKTÚRY
Vyhotovené:            22.11.2026 10:15:30
Číslo dokladu:                          57
Číslo faktúry:                    20260042
------------------------------------------
Medzisúčet                           56.73
Zaokrúhlenie                          0.02
SUMA        56.75 EUR
Hotovosť                             56.75
------------------------------------------
"""
"""All but the codes; there is no item and no VAT."""

PARAGON_FACTS = """\
             ÚHRADA FAKTÚRY
Vyhotovené:            22.11.2026 10:15:30
Číslo dokladu:                          57
Číslo faktúry:                    20260042
Číslo paragónu:                         12
Dátum paragónu:        20.11.2026 09:05:00
Oprava neprijatej dátovej správy, OKP:
C44B3977-0E415CC6-EE663AA1-776C973A-
A143B660
Pokladník:                           Jana
"""

KETTLE = item("50.00", name="Kanvica")
EVERYTHING = (
    KETTLE,
    adjusting(KETTLE, -10),
    item("20.00", 19, name="Káva"),
    adjusting(item("20.00", 19), 5),
    Item("Fľaša", Decimal(2), "ks", Decimal("0.15"), 0, role=Role.PACKAGING),
    Item("Fľaša", Decimal(4), "ks", Decimal("-0.15"), 0, ItemType.PACKAGING, role=Role.PACKAGING),
    item("-10.00", 20, name="Kladivo", kind=ItemType.RETURNED, reference=UID),
    item("-3.00", name="Klince", kind=ItemType.CORRECTION, reference="57"),
    item("-5.00", name="Záloha z 1.11.", kind=ItemType.ADVANCE),
    replace(item("-8.00", 19, name="Masáž", kind=ItemType.VOUCHER), voucher="JUP-2026/17"),
    replace(item("7.00", 0, name="Starý bicykel"), regulation=Regulation.PT),
    replace(item("12.00", name="Lístok"), seller_id="2020123456", seller_id_type=SellerIdType.DIC),
    adjusting(item("30.00"), -10, Role.ON_TOTAL),
)
ITEMS_42 = """\
Kanvica
  1 ks x 50.00               23%     50.00
  Zľava 10 %                 23%     -5.00
Káva
  1 ks x 20.00               19%     20.00
  Prirážka 5 %               19%      1.00
Fľaša
  2 ks x 0.15                         0.30
Fľaša
  4 ks x -0.15                       -0.60
  Vrátené obaly
Kladivo
  1 ks x -10.00              20%    -10.00
  Vrátené k dokladu:
O-7DBCDA8A56EE426DBCDA8A56EE426D1A
Klince
  1 ks x -3.00               23%     -3.00
  Oprava dokladu: 57
Záloha z 1.11.
  1 ks x -5.00               23%     -5.00
  Odpočítaná záloha
Masáž
  1 ks x -8.00               19%     -8.00
  Výmena poukazu
  Číslo poukazu: JUP-2026/17
Starý bicykel
  1 ks x 7.00                 0%      7.00
  úprava zdaňovania prirážky - použitý
  tovar
Lístok
  1 ks x 12.00               23%     12.00
  Predaj v mene: DIČ 2020123456
Zľava 10 %                   23%     -3.00
------------------------------------------
"""

PAYMENT_42 = """\
SUMA        14.95 EUR
Šek                               1.00 EUR
Poukaz                            2.00 EUR
Platobná karta                    0.50 EUR
Iná platba                        0.45 EUR
Cudzia mena 20.00 USD            18.45 EUR
Kurz:                 1 EUR = 1.085 USD
Výdavok                           7.45 EUR
"""


def text_of(sealed: Receipt, columns: int = 42, uid: str = UID) -> str:
    """The original as plain text, the on-line one if not otherwise."""
    return to_text(original_lines(sealed, uid, columns), columns)


def squeezed(text: str) -> str:
    """A text without white space at the ends of its rows, so that a column more or less does not matter."""
    return "\n".join(" ".join(row.split()) for row in text.splitlines())


def words(lines: tuple[Line, ...]) -> str:
    """All the text without white space, so that wrapping does not matter."""
    return "".join("".join(line.text.split()) for line in lines if isinstance(line, Text))


# --- Documents -------------------------------------------------------------------------------------------


def test_an_invoice_to_the_letter() -> None:
    """The payment of an invoice in cash."""
    text = text_of(receipt(paid_invoice(Invoice("20260042", 5673))))
    assert text.startswith(INVOICE_42)


def test_the_longest_number_of_an_invoice_is_whole() -> None:
    """Fifty characters, on the narrowest paper."""
    number = "2026/" + "0123456789" * 4 + "-ABCD"
    lines = original_lines(receipt(paid_invoice(Invoice(number, 100))), UID, 32)
    assert number in words(lines)


def test_a_slip_written_by_hand_a_repair_and_a_cashier() -> None:
    """The slip's own number and date stand beside the time of registration."""
    sold = replace(paid_invoice(), paragon=PARAGON, repairs=OTHER_OKP, cashier="Jana")
    assert squeezed(PARAGON_FACTS) in squeezed(text_of(receipt(sold)))
    for word in ("paragón", "Oprava", "Pokladník", "faktúr"):
        assert word not in text_of(receipt())


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("uid", ["", UID])
@pytest.mark.parametrize("training", [False, True])
def test_a_training_document_says_so_at_both_ends(columns: int, uid: str, training: bool) -> None:
    """NEPLATNÝ DOKLAD in big letters, above everything but the off-line mark, and again below the QR code."""
    lines = original_lines(receipt(sale(type=ReceiptType.ND)), uid, columns, training=training)
    invalid = Text("NEPLATNÝ DOKLAD", Align.CENTER, bold=True, big=True)
    places = [at for at, line in enumerate(lines) if line == invalid]
    assert places == [0 if uid else 1, len(lines) - 2 - training]
    assert (lines[0] == Text(OFFLINE, Align.CENTER, bold=True, big=True)) is (not uid)
    assert invalid not in original_lines(receipt(), uid, columns, training=training)


@pytest.mark.parametrize(("cents", "heading"), [(10_000, "VKLAD"), (-10_000, "VÝBER")])
def test_cash_moved_has_no_qr_code(cents: int, heading: str) -> None:
    """While it was a message: UID and OKP, the amount, and nothing to be scanned."""
    moved = receipt(cash_move(cents), created="2025-06-01T10:00:00+02:00")
    lines = original_lines(moved, UID, 42)
    text = to_text(lines, 42)
    assert not any(isinstance(line, Qr) for line in lines)
    assert heading in text
    assert "SUMA       100.00 EUR" in text
    assert UID in text
    assert OKP[:9] in text
    assert not {"QR", "DPH:", "Oslobodené"} & set(text.replace("IČ DPH:", "").split())


# --- Items -----------------------------------------------------------------------------------------------


def test_every_kind_of_item_to_the_letter() -> None:
    """A discount stands right below what it adjusts; packaging has no rate; the law's words stand below their item."""
    assert ITEMS_42 in text_of(receipt(sale(EVERYTHING)))


def test_who_does_not_pay_vat_has_no_rate_anywhere() -> None:
    """The same items, without a per cent but those in the names."""
    text = text_of(receipt(sale(EVERYTHING), seller=NON_PAYER))
    assert "%" not in text.replace("10 %", "").replace("5 %", "")
    assert "DPH" not in text
    assert "Oslobodené" not in text


@pytest.mark.parametrize(("regulation", "said"), REGULATIONS.items())
@pytest.mark.parametrize("columns", COLUMNS)
def test_the_words_of_a_special_regulation(regulation: Regulation, said: str, columns: int) -> None:
    """Whole, however long."""
    lines = original_lines(receipt(sale((replace(item("7.00", 0), regulation=regulation),))), UID, columns)
    assert "".join(said.split()) in words(lines)


def test_every_special_regulation_has_words() -> None:
    """None is left out."""
    assert set(REGULATIONS) == set(Regulation)


def test_a_vat_number_of_another_seller() -> None:
    """Said by its own name."""
    sold = replace(item("7.00"), seller_id="SK2020123456", seller_id_type=SellerIdType.IC_DPH)
    assert "Predaj v mene: IČ DPH SK2020123456" in text_of(receipt(sale((sold,))))


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (ItemType.PACKAGING, "Prepravka", True),
        (ItemType.PACKAGING, "Vrátené obaly", False),
        (ItemType.DISCOUNT, "Vernostná karta", True),
        (ItemType.DISCOUNT, "ZĽAVA pre stálych", False),
        (ItemType.ADVANCE, "Odpočítaná záloha", False),
    ],
)
def test_a_word_that_the_name_says_is_not_repeated(kind: ItemType, name: str, said: bool) -> None:
    """Each word stands once."""
    word = {ItemType.PACKAGING: "vrátené obaly", ItemType.DISCOUNT: "zľava"}.get(kind, "odpočítaná záloha")
    text = text_of(receipt(sale((KETTLE, item("-1.00", 0, name=name, kind=kind))))).lower()
    assert text.count(word) == 1
    assert (f"{name.lower()}\n" in text) or not said


# --- Payment and VAT -------------------------------------------------------------------------------------


def test_every_tender_and_foreign_money_to_the_letter() -> None:
    """What was given and its rate; with other money about, euros are named."""
    kinds = ((TenderKind.CHEQUE, 100), (TenderKind.VOUCHER, 200), (TenderKind.CARD, 50), (TenderKind.OTHER, 45))
    tenders = [*(Tender(kind, cents) for kind, cents in kinds), currency("20.00")]
    assert squeezed(PAYMENT_42) in squeezed(text_of(receipt(sale(BASKET, tenders))))


def test_change_in_euro_is_not_named_without_other_money() -> None:
    """As it always was."""
    assert "Výdavok                               9.05" in text_of(receipt(sale(BASKET, (card(400), cash(2000)))))


@pytest.mark.parametrize(
    ("sold", "rates"),
    [
        ((item("-0.60", 0, name="Fľaše", kind=ItemType.PACKAGING),), []),
        ((item("10.00"), replace(item("-10.00", kind=ItemType.VOUCHER), voucher="1")), []),
        ((item("10.00"), replace(item("-4.00", kind=ItemType.VOUCHER), voucher="1")), ["23 %"]),
        ((item("10.00"), item("-10.00", kind=ItemType.DISCOUNT)), ["23 %"]),
        ((item("10.00"), item("-4.00", 0, kind=ItemType.ADVANCE)), ["23 %"]),
        ((item("5.00", 0), item("-4.00", 0, kind=ItemType.ADVANCE)), ["Oslobodené od dane"]),
        ((item("1.00", 0), item("2.00", 20), item("3.00", 5)), ["20 %", "5 %", "Oslobodené od dane"]),
    ],
    ids=[
        "packaging",
        "whole-voucher",
        "part-voucher",
        "free-of-charge",
        "advance-without-vat",
        "advance-on-free-goods",
        "rates",
    ],
)
def test_the_recap_has_the_rates_that_matter(sold: tuple[Item, ...], rates: list[str]) -> None:
    """None for packaging alone, none where a voucher pays for all; an advance without VAT leaves the VAT whole."""
    text = text_of(receipt(sale(sold)))
    _, _, below = text.partition("SUMA")
    payment, *recap = below.partition("\nUID")[0].split("-" * 42)
    assert "Základ" not in payment
    rows = [row for part in recap for row in part.splitlines() if row and not row.startswith("DPH")]
    assert [row[:18].split("  ")[0].strip() for row in rows] == rates


def test_an_advance_without_vat_frees_nothing() -> None:
    """The row of what is free has the goods alone."""
    text = text_of(receipt(sale((item("5.00", 0), item("-4.00", 0, kind=ItemType.ADVANCE)))))
    assert [row.split()[-1] for row in text.splitlines() if row.startswith("Oslobodené")] == ["5.00"]


# --- Anything --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(receipts(), st.sampled_from(COLUMNS), st.booleans(), st.booleans())
def test_marks_content_and_codes_are_the_original(sealed: Receipt, columns: int, online: bool, training: bool) -> None:
    """What a copy repeats is part of the original, and holds no code, no QR and no mark."""
    uid = UID if online else ""
    lines = original_lines(sealed, uid, columns, training=training)
    content, codes = content_lines(sealed, columns), code_lines(sealed, uid, columns)
    text, whole = to_text(content, columns), to_text(lines, columns)
    assert whole.count(text) == 1
    assert whole.count(to_text(codes, columns)) == 1
    assert lines[-1] == Cut()
    assert not any(isinstance(line, Qr | Cut) for line in content)
    said = words(content)
    assert sealed.okp not in said
    assert PKP not in said
    assert TRAINING not in text
    assert [line.text for line in codes if isinstance(line, Qr)] == qr_texts(sealed, uid)


def qr_texts(sealed: Receipt, uid: str) -> list[str]:
    """The one QR text that there must be, or none; off-line its date is that of the registration."""
    if sealed.sale.type in CASH_MOVES:
        return []
    return [uid or offline_qr(sealed)]


@settings(deadline=None)
@given(receipts(), st.sampled_from(COLUMNS))
def test_every_fact_is_on_the_paper(sealed: Receipt, columns: int) -> None:
    """Printed = sealed: names, prices, numbers, tenders and dates, whole on any paper that they fit."""
    lines = content_lines(sealed, columns)
    said, sold = words(lines), sealed.sale
    facts = [f"SUMA{format_cents(sold.total_cents)}EUR", f"Číslodokladu:{sealed.number}", sold.cashier, sold.repairs]
    facts.append(paper_time(sealed.create_date))
    for each in sold.items:
        facts += [each.name, format_cents(each.price_cents), each.reference, each.voucher, each.seller_id]
        facts += [REGULATIONS[each.regulation]] if each.regulation else []
    facts += [sold.invoice.number] if sold.invoice else []
    facts += [str(sold.paragon.number), paper_time(sold.paragon.issue_date)] if sold.paragon else []
    for tender in sold.tenders:
        facts += [format_cents(tender.cents), tender.foreign.code if tender.foreign else ""]
    missing = [fact for fact in facts if "".join(fact.split()) not in said]
    assert not missing
    wide = [line for line in lines if isinstance(line, Text) and len(line.text) > columns // (1 + line.big)]
    assert not wide
