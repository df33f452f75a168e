"""The sums of a day, and the reports of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings, strategies as st

from states.fiscal.counting import Counting, civil_day, fold
from states.fiscal.day import NOTHING, Day, Exchanged, ItemKind, ReportKind, Sold, Sums, Tally, kind_of
from states.fiscal.journal import Attempted, CashMoved, Closed, Delivered, Intent, Outcome, Record, Resolved, Stored
from states.fiscal.paper import Cut, Line, Text, to_text
from states.fiscal.receipt import (
    Attempt,
    Form,
    Invoice,
    Item,
    ItemType,
    Receipt,
    ReceiptType,
    Role,
    Sale,
    Tender,
    TenderKind,
    Way,
)
from states.fiscal.slip_lines import slip_lines
from states.fiscal.totals import drawer_cents_of, is_before, totals
from states.fiscal.vat import vat_line
from tests.fiscal_examples import (
    BASKET,
    NON_PAYER,
    PAYER,
    UID,
    adjusting,
    card,
    cash,
    cash_move,
    currency,
    item,
    moves,
    numbered,
    paid_invoice,
    sale,
    sales,
)

AT = "2026-11-22T20:00:00+01:00"
CHAIN = "ab" * 32
ATTEMPT = Attempt("0f0d9f0e-6a0c-4a0e-9c52-1a2b3c4d5e6f", AT, 1)


def outcome(sealed: Receipt, form: Form, way: Way | None = Way.PRINT) -> Outcome:
    """What the authority made of the receipt."""
    online = form is Form.ONLINE
    return Outcome(sealed.okp, form, UID if online else "", 0, "", None if form is Form.REFUSED else way, "", "")


def journey(sealed: Receipt, form: Form = Form.ONLINE, way: Way = Way.PRINT) -> Iterator[Record]:
    """The records of a receipt that comes to its end."""
    yield Intent(sealed, ATTEMPT)
    yield outcome(sealed, form, way)
    if form is not Form.REFUSED:
        yield Delivered(sealed.okp, way, "ok")


def stored(*records: Record, after: int = 0) -> list[Stored]:
    """The records as the journal has them."""
    numbers = count(after + 1)
    return [Stored(seq, seq * 10**9, bytes(32), record) for seq, record in zip(numbers, records, strict=False)]


def day_of(*sold: Sale) -> Day:
    """The day on which these were sold, on-line."""
    return fold(stored(*(record for number, paid in enumerate(sold, 1) for record in journey(numbered(number, paid)))))


def paper(lines: Iterable[Line], columns: int = 42) -> str:
    """The lines as text."""
    return to_text(tuple(lines), columns)


def test_an_empty_day() -> None:
    """Nothing sold: everything is zero and named."""
    assert fold(()) == NOTHING
    assert dict(Day().by_tender) == dict.fromkeys(TenderKind, Tally())
    assert dict(Day().by_type) == dict.fromkeys(ReceiptType, Tally())


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
    assert dict(day.by_type)[ReceiptType.PD] == day.total
    tenders = dict(day.by_tender)
    assert tenders.pop(TenderKind.CASH) == Tally(3, 1495 + 300 - 1000)
    assert tenders.pop(TenderKind.CARD) == Tally(2, 1200)
    assert set(tenders.values()) == {Tally()}
    assert dict(day.by_item)[ItemKind.RETURNED] == Tally(1, -1000)
    assert dict(day.by_item)[ItemKind.SOLD] == Tally(6, 1494 + 1000 + 500)
    assert day.by_rate == (
        vat_line(23, 1000) + vat_line(23, 1000) + vat_line(23, -1000),
        vat_line(19, 279) + vat_line(19, 500),
        vat_line(5, 200),
        vat_line(0, 15),
    )
    assert (day.emailed, day.printed, day.unsent, day.set_aside, day.repaired) == (1, 3, 1, 0, 0)


def test_every_kind_of_item_has_its_sum() -> None:
    """Surcharges and packaging hide among the sold items of the message; the report tells them apart."""
    goods = item("10.00")
    packaging = replace(item("0.15", 0), role=Role.PACKAGING)
    items = (
        goods,
        adjusting(goods, -10),
        goods,
        adjusting(goods, 5),
        packaging,
        item("-0.30", 0, kind=ItemType.PACKAGING),
        item("-1.00", kind=ItemType.CORRECTION, reference=UID),
        item("-2.00", kind=ItemType.ADVANCE),
        item("-3.00", kind=ItemType.VOUCHER),
        adjusting(goods, 20, Role.ON_TOTAL),
    )
    assert dict(day_of(sale(items)).by_item) == {
        ItemKind.SOLD: Tally(2, 2000),
        ItemKind.SURCHARGE: Tally(2, 250),
        ItemKind.DISCOUNT: Tally(1, -100),
        ItemKind.PACKAGING_SOLD: Tally(1, 15),
        ItemKind.PACKAGING_BOUGHT: Tally(1, -30),
        ItemKind.RETURNED: Tally(),
        ItemKind.CORRECTION: Tally(1, -100),
        ItemKind.ADVANCE: Tally(1, -200),
        ItemKind.VOUCHER: Tally(1, -300),
    }


def test_an_advance_without_vat_lowers_no_rate() -> None:
    """It counts among the items and in the total only; with a rate it lowers that rate."""
    free = (item("10.00"), item("5.00", 0), item("-4.00", 0, kind=ItemType.ADVANCE))
    day = day_of(sale(free), sale((item("3.00"), item("-1.00", kind=ItemType.ADVANCE))))
    assert day.by_rate == (vat_line(23, 1000) + vat_line(23, 200), vat_line(0, 500))
    assert dict(day.by_item)[ItemKind.ADVANCE] == Tally(2, -500)
    assert day.total == Tally(2, 1300)
    assert day_of(sale((item("1.00"), item("-1.00", 0, kind=ItemType.ADVANCE)))).by_rate == (vat_line(23, 100),)


def test_an_adjustment_belongs_to_its_line() -> None:
    """By department and by PLU a line counts with its discount; a discount on the whole belongs to none."""
    bread = replace(item("2.00", 5, name="Chlieb"), plu=7, department=2, quantity=Decimal(3))
    tool = replace(item("10.00"), department=1)
    back = replace(item("-2.00", 5, name="Chlieb", kind=ItemType.RETURNED, reference=UID), plu=7, department=2)
    day = day_of(
        sale((bread, adjusting(bread, -50), tool, adjusting(tool, -10), adjusting(tool, -1, Role.ON_TOTAL))),
        sale((back,)),
    )
    assert day.by_department == {2: Tally(2, 300 - 200), 1: Tally(1, 900), 0: Tally(1, -10)}
    assert day.by_plu == {(7, "Chlieb"): Sold(Decimal(2), 100)}


def test_invoices_count_apart_from_items() -> None:
    """Paid and given back; both are takings, with no VAT of their own."""
    day = day_of(paid_invoice(Invoice("1", 5675)), paid_invoice(Invoice("2", -1000)))
    assert (day.invoices_paid, day.invoices_returned) == (Tally(1, 5675), Tally(1, -1000))
    assert day.total == Tally(2, 4675) == dict(day.by_type)[ReceiptType.UF]
    assert (day.by_rate, dict(day.by_item)) == ((), dict.fromkeys(ItemKind, Tally()))


def test_foreign_money_counts_by_its_code() -> None:
    """In its own amount and in its worth; the change is given in euros, so the drawer has less of them."""
    paid = sale((item("10.00"),), (currency("20.00", "1.0000"),))
    day = day_of(paid, sale((item("10.00"),), (currency("5.00", "1.0000"), cash(500))))
    assert day.by_currency == {"USD": Exchanged(2, Decimal("25.00"), 2500)}
    assert dict(day.by_tender)[TenderKind.CURRENCY] == Tally(2, 2500)
    assert dict(day.by_tender)[TenderKind.CASH] == Tally(1, 500 - 1000)
    assert day.drawer_cents == -500


def test_the_drawer_holds_cash_and_what_was_moved() -> None:
    """What it held, cash less change, deposits less withdrawals; neither kind of move is takings."""
    moved = [CashMoved(10_000, AT, "Jana"), CashMoved(-2_500, AT, "")]
    old = [numbered(8, cash_move(700)), numbered(9, cash_move(-300))]
    records = stored(*journey(numbered(1)), *moved, *(record for one in old for record in journey(one)))
    day = replace(fold(records), opening_cents=50)
    assert (day.deposits, day.withdrawals) == (Tally(2, 10_700), Tally(2, -2_800))
    assert day.drawer_cents == 50 + 1495 + 10_700 - 2_800
    assert day.total == Tally(1, 1495)
    assert dict(day.by_type)[ReceiptType.VY] == Tally(1, 300)


def test_takings_by_cashier() -> None:
    """Customers served, and for how much; nobody has a name too."""
    sold = [replace(sale(), cashier=name) for name in ("Jana", "", "Jana")]
    assert day_of(*sold).by_cashier == {"Jana": Tally(2, 2990), "": Tally(1, 1495)}


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


@pytest.mark.parametrize("form", [Form.ONLINE, Form.OFFLINE])
def test_a_repair_moves_no_money_a_second_time(form: Form) -> None:
    """The off-line paper counts already; the repair is told, and waits like any other if it is off-line."""
    offline = numbered(1)
    repair = numbered(2, replace(sale(), basket_id=f"{offline.okp}-1", repairs=offline.okp))
    begun = [*journey(offline, Form.OFFLINE), Resolved(offline.okp, "", -103, "")]
    alone, both = fold(stored(*begun)), fold(stored(*begun, *journey(repair, form)))
    assert (both.repaired, both.set_aside, both.unsent) == (1, 1, int(form is Form.OFFLINE))
    for name in ("total", "by_form", "by_type", "by_tender", "by_item", "by_rate", "by_cashier", "drawer_cents"):
        assert getattr(both, name) == getattr(alone, name)


def test_answers_to_yesterday_leave_the_sums() -> None:
    """A resend or a delivery of a receipt that is closed already moves no money."""
    okp = numbered(1).okp
    day = fold(stored(Resolved(okp, UID, 0, ""), Delivered(okp, Way.PRINT, "ok"), after=40))
    assert day == Day(up_to_seq=42, printed=1)


@pytest.mark.parametrize("form", [Form.ONLINE, Form.OFFLINE])
def test_an_invalid_document_counts_in_no_sum(form: Form) -> None:
    """Training (ND) is not turnover; off-line it waits for the authority all the same."""
    training = numbered(1, replace(sale(), type=ReceiptType.ND))
    day = fold(stored(*journey(training, form)))
    assert dict(day.by_type)[ReceiptType.ND] == Tally(1, 1495)
    assert (day.total, day.by_rate, day.by_form, day.drawer_cents) == (Tally(), (), Day().by_form, 0)
    assert day.unsent == int(form is Form.OFFLINE)


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


def test_other_records_count_nothing() -> None:
    """A closing moves no sums, and has no day of its own."""
    assert fold(stored(Closed(1, 0, ""))) == Day(up_to_seq=1)
    assert civil_day(Closed(1, 0, "")) == ""


# --- Against sums that know nothing of the fold ------------------------------------------------------------


def told(text: str) -> dict[str, str]:
    """What the journal keeps of a closing, by name."""
    return dict(fact.split("=") for fact in text.split())


def euros(cents: int) -> str:
    """An amount as the journal has it."""
    return f"{Decimal(cents) / 100:.2f}"


def expected_totals(records: list[Record]) -> dict[str, str]:
    """What a closing must say, from the raw records, name by name.

    Only two things are the program's own: what an item is, and how much VAT is in a gross amount.
    """
    forms = {record.okp: record.form for record in records if isinstance(record, Outcome)}
    intents = [record.receipt for record in records if isinstance(record, Intent)]
    held = [one for one in intents if forms[one.okp] is not Form.REFUSED and not one.sale.repairs]
    cents: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for kind in ReceiptType:
        cents[kind] = sum(one.sale.total_cents for one in held if one.sale.type is kind)
        number[kind] = sum(one.sale.type is kind for one in held)
    sold = [one.sale for one in held if one.sale.type in (ReceiptType.PD, ReceiptType.UF)]
    for each in (each for paid in sold for each in paid.items):
        cents[f"items-{kind_of(each)}"] += each.price_cents
        number[f"items-{kind_of(each)}"] += 1
    for paid in sold:
        name = "" if paid.invoice is None else "invoices-returned" if paid.invoice.cents < 0 else "invoices-paid"
        cents[name] += paid.invoice.cents if paid.invoice else 0
        number[name] += 1
    moved = [record.cents for record in records if isinstance(record, CashMoved)]
    moved += [one.sale.total_cents for one in held if one.sale.type is ReceiptType.VK]
    moved += [-one.sale.total_cents for one in held if one.sale.type is ReceiptType.VY]
    for name, parts in (("deposits", [x for x in moved if x >= 0]), ("withdrawals", [x for x in moved if x < 0])):
        cents[name], number[name] = sum(parts), len(parts)
    names = [*ReceiptType, *(f"items-{kind}" for kind in ItemKind), "invoices-paid", "invoices-returned"]
    facts = {name: f"{number[name]}/{euros(cents[name])}" for name in (*names, "deposits", "withdrawals")}
    repaired = sum(bool(one.sale.repairs) and forms[one.okp] is not Form.REFUSED for one in intents)
    days = [one.create_date[:10] for one in intents]
    days += [record.at[:10] for record in records if isinstance(record, CashMoved)]
    facts |= {"repaired": str(repaired), "newest": max(days, default="-"), "opening": "0.00"}
    return facts | expected_money(sold, sum(moved))


def expected_money(sold: list[Sale], moved_cents: int) -> dict[str, str]:
    """What came in, by tender, currency and rate."""
    tenders = [tender for paid in sold for tender in paid.tenders]
    given = {kind: sum(tender.cents for tender in tenders if tender.kind is kind) for kind in TenderKind}
    given[TenderKind.CASH] -= sum(paid.change_cents for paid in sold)
    facts = {str(kind): euros(cents) for kind, cents in given.items()}
    for code in {tender.foreign.code for tender in tenders if tender.foreign}:
        of_it = [tender for tender in tenders if tender.foreign and tender.foreign.code == code]
        amount = sum(tender.foreign.amount for tender in of_it if tender.foreign)
        facts[code] = f"{amount:f}/{euros(sum(tender.cents for tender in of_it))}"
    taxed = [[each for each in paid.items if not is_free_advance(each)] for paid in sold]
    for rate in {each.vat_rate for items in taxed for each in items}:
        gross = [sum(each.price_cents for each in items if each.vat_rate == rate) for items in taxed]
        vat = sum(vat_line(rate, one).vat_cents for one in gross)
        facts[str(rate)] = f"{euros(sum(gross) - vat)}/{euros(vat)}/{euros(sum(gross))}"
    total, rounding = sum(paid.total_cents for paid in sold), sum(paid.rounding_cents for paid in sold)
    facts |= {"receipts": str(len(sold)), "total": euros(total), "rounding": euros(rounding)}
    return facts | {"drawer": euros(given[TenderKind.CASH] + moved_cents)}


def is_free_advance(each: Item) -> bool:
    """An advance of rate 0 lowers what is to be paid, and no rate."""
    return each.type is ItemType.ADVANCE and each.vat_rate == 0


cash_moves = st.integers(-1_000_000, 1_000_000).filter(bool).map(lambda cents: CashMoved(cents, AT, ""))


@st.composite
def lives(draw: st.DrawFn, number: int) -> list[Record]:
    """What the journal gets of one sale, or of one move of cash."""
    if draw(st.integers(0, 4)) == 0:
        return [draw(cash_moves)]
    sealed = numbered(number, draw(sales() | moves))
    form = draw(st.sampled_from(Form))
    records = list(journey(sealed, form, draw(st.sampled_from(Way))))
    answers = st.sampled_from((None, Resolved(sealed.okp, UID, 0, ""), Resolved(sealed.okp, "", -103, "")))
    answer = draw(answers) if form is Form.OFFLINE else None
    return [*records, answer] if answer else records


@st.composite
def journals(draw: st.DrawFn) -> list[Record]:
    """Some lives, mixed in any order that leaves each life its own."""
    begun = [draw(lives(number)) for number in range(1, draw(st.integers(0, 6)) + 1)]
    turns = draw(st.permutations([place for place, life in enumerate(begun) for _ in life]))
    rest = [iter(life) for life in begun]
    return [next(rest[place]) for place in turns]


@settings(deadline=None)
@given(journals())
def test_totals_equal_an_independent_sum(records: list[Record]) -> None:
    """To the cent, whatever was sold and in whatever order its records came."""
    day = fold(stored(*records))
    assert told(totals(day)) == expected_totals(records)
    assert drawer_cents_of(totals(day)) == day.drawer_cents


def free_advances(records: list[Record]) -> int:
    """What was deducted at rate 0 on the receipts that count."""
    forms = {record.okp: record.form for record in records if isinstance(record, Outcome)}
    sold = [record.receipt for record in records if isinstance(record, Intent)]
    counted = [one.sale for one in sold if forms[one.okp] is not Form.REFUSED and one.sale.type is not ReceiptType.ND]
    return sum(each.price_cents for paid in counted if not paid.repairs for each in paid.items if is_free_advance(each))


@settings(deadline=None)
@given(journals(), st.integers(0, 40))
def test_a_day_adds_up(records: list[Record], cut: int) -> None:
    """All sums tell the same total, and closing anywhere in between loses and doubles nothing."""
    everything = stored(*records)
    day = fold(everything)
    invoices = day.invoices_paid.cents + day.invoices_returned.cents
    assert sum(tally.cents for _, tally in day.by_tender) == day.total.cents
    assert sum(tally.cents for _, tally in day.by_item) + invoices + day.rounding.cents == day.total.cents
    vat_and_base = sum(line.base_cents + line.vat_cents for line in day.by_rate)
    assert vat_and_base + free_advances(records) + invoices + day.rounding.cents == day.total.cents
    assert sum(tally.cents for form, tally in day.by_form if form is not Form.REFUSED) == day.total.cents
    assert sum(day.by_cashier.values(), start=Tally()) == day.total
    assert sum(one.cents for one in day.by_department.values()) == sum(tally.cents for _, tally in day.by_item)
    first = fold(everything[:cut])
    second = replace(fold(everything[first.up_to_seq :]), opening_cents=first.drawer_cents)
    assert first.total + second.total == day.total
    assert (first.emailed + second.emailed, first.printed + second.printed) == (day.emailed, day.printed)
    assert (first.set_aside + second.set_aside, first.repaired + second.repaired) == (day.set_aside, day.repaired)
    assert second.drawer_cents == day.drawer_cents


def test_counting_one_by_one_is_the_fold() -> None:
    """A journal that arrives record by record gives the same day."""
    counting = Counting()
    for record in a_day():
        counting = counting.then(record)
    assert counting.whole == fold(a_day())


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
Pokladničné doklady (4)              19.95
Zaokrúhlenie (1)                      0.01
SPOLU (4)                            19.95
------------------------------------------
PLATBY
Hotovosť (3)                          7.95
Platobná karta (2)                   12.00
------------------------------------------
POLOŽKY
Predaj (6)                           29.94
Vrátený tovar (1)                   -10.00
------------------------------------------
ZÁSUVKA
Počiatočný stav                       0.00
Hotovosť                              7.95
Vklady (0)                            0.00
Výbery (0)                            0.00
STAV ZÁSUVKY                          7.95
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
Opravené                                 0
------------------------------------------
Odtlačok denníka:
ababababababababababababababababababababab
ababababababababababab
- - - - - - - - - - - - - - - - - - - - -
"""


def test_a_report_to_the_letter() -> None:
    """The daily report, below the seller's lines."""
    text = paper(slip_lines(Sums(ReportKind.Z, fold(a_day()), 7, AT, CHAIN), PAYER, 42))
    assert text[text.index("            DENNÁ") :] == REPORT
    assert "Finančná správa" in text


def test_a_report_of_everything_else() -> None:
    """What the day above did not have: invoices, foreign money, moved cash, a repair, an invalid document."""
    training = numbered(3, replace(sale(), type=ReceiptType.ND))
    repair = numbered(4, replace(sale(), repairs="x"))
    foreign = numbered(2, sale((item("10.00"),), (currency("20.00", "1.0000"),)))
    sold = (numbered(1, paid_invoice()), foreign, training, repair)
    moved = (CashMoved(5_000, AT, ""), CashMoved(-1_000, AT, ""))
    day = replace(fold(stored(*(r for one in sold for r in journey(one)), *moved)), opening_cents=300)
    text = paper(slip_lines(Sums(ReportKind.X, day, 0, AT, CHAIN), PAYER, 42))
    for left, right in (
        ("Úhrady faktúr (1)", "56.75"),
        ("Neplatné, nezapočítané (1)", "14.95"),
        ("Cudzia mena (1)", "20.00"),
        ("20.00 USD (1)", "20.00"),
        ("Uhradené (1)", "56.75"),
        ("Počiatočný stav", "3.00"),
        ("Vklady (1)", "50.00"),
        ("Výbery (1)", "-10.00"),
        ("STAV ZÁSUVKY", "89.75"),
        ("Opravené", "1"),
    ):
        assert left + right.rjust(42 - len(left)) in text.splitlines()


def test_reports_by_cashier_department_and_plu() -> None:
    """Each tells its own sums, and the same total."""
    bread = replace(item("2.00", 5, name="Chlieb"), plu=7, department=2, quantity=Decimal("1.5"))
    day = day_of(replace(sale((bread, item("10.00"))), cashier="Jana"), sale((bread,)))
    rows = {
        ReportKind.CASHIERS: ("Bez mena (1)", "Jana (1)", "SPOLU (2)"),
        ReportKind.DEPARTMENTS: ("Oddelenie 2 (2)", "Bez oddelenia (1)", "SPOLU (3)"),
        ReportKind.PLUS: ("7 Chlieb", "  3 ", "SPOLU"),
    }
    for kind, expected in rows.items():
        text = paper(slip_lines(Sums(kind, day, 0, AT, CHAIN), PAYER, 42))
        places = [text.index(f"\n{row}") for row in expected]
        assert places == sorted(places)
        assert "DPH\n" not in text
        assert "ZÁSUVKA" not in text


def test_an_interval_names_its_days() -> None:
    """It has no drawer: what that held before is not known."""
    sums = Sums(ReportKind.INTERVAL, fold(a_day()), 0, AT, CHAIN, "2026-11-01", "2026-11-30")
    text = paper(slip_lines(sums, PAYER, 42))
    assert "Obdobie:           01.11.2026 - 30.11.2026\n" in text
    assert "VKLADY A VÝBERY" in text
    assert "ZÁSUVKA" not in text


def test_an_overview_has_no_number() -> None:
    """X does not count; a seller without VAT has no VAT section."""
    text = paper(slip_lines(Sums(ReportKind.X, Day(), 0, AT, CHAIN), NON_PAYER, 42))
    assert "PREHĽADOVÁ UZÁVIERKA X" in text
    assert "Číslo uzávierky" not in text
    assert "DPH" not in text
    assert "CVIČNÝ REŽIM" not in text


@pytest.mark.parametrize("kind", ReportKind)
@pytest.mark.parametrize("columns", [32, 42, 48])
@given(journals())
@settings(deadline=None, max_examples=10)
def test_a_report_fits(kind: ReportKind, columns: int, records: list[Record]) -> None:
    """On any paper, whole; long names go on below."""
    sums = Sums(kind, fold(stored(*records)), 4_000, AT, CHAIN, "2026-11-01", "2026-11-30")
    lines = slip_lines(sums, PAYER, columns)
    texts = [line.text for line in lines if isinstance(line, Text)]
    assert all(len(text) <= columns for text in texts)
    assert CHAIN in "".join(texts)
    assert lines[-1] == Cut()
    if kind is ReportKind.CASHIERS:
        names = "".join("".join(texts).split())
        assert all("".join(name.split()) in names for name in sums.day.by_cashier)


def test_totals_in_one_line() -> None:
    """What the journal keeps of a closing: the facts of the first version first, in its form."""
    text = totals(fold(a_day()))
    assert text.startswith("receipts=4 total=19.95 rounding=0.01 cash=7.95 card=12.00 ")
    assert " 23=8.13/1.87/10.00 19=6.54/1.25/7.79 5=1.90/0.10/2.00 0=0.15/0.00/0.15 PD=4/19.95 " in text
    assert text.endswith(" repaired=0 newest=2026-11-22 opening=0.00 drawer=7.95")


def test_a_closing_of_the_first_version_knows_no_drawer() -> None:
    """It is read all the same."""
    assert drawer_cents_of("receipts=2 total=24.90 rounding=0.00 cash=24.90 card=0.00 other=0.00") == 0
    assert drawer_cents_of("{}") == 0
    assert not is_before("{}", "2099-01-01")


def test_an_item_of_no_price_moves_forward() -> None:
    """A gift is sold, not returned."""
    gift = Item("Darček", Decimal(2), "ks", Decimal(0), 23, plu=9)
    paid = replace(sale((gift,), ()), tenders=(Tender(TenderKind.CARD, 0),))
    assert day_of(paid).by_plu == {(9, "Darček"): Sold(Decimal(2), 0)}
