"""What the displays show of a register's states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from states import events as on
from states.asking import Words
from states.fiscal.codes import read_date
from states.fiscal.day import ReportKind
from states.fiscal.money import format_cents
from states.fiscal.place import Location, Place
from states.fiscal.product import Product
from states.fiscal.receipt import Attempt, Fault, Form, ReceiptType, Way
from states.fiscal.refusals import REFUSALS
from states.fiscal.rules import RULES
from states.fiscal.slip import ReportOrder
from states.journey import AwaitingPaper, Composing, Ended, Printing, Refused, Sealing
from states.keying import Invoicing, Looking, Pricing, Spelling
from states.machines.line import Unreachable
from states.machines.menu import Choosing, Listing, entries_at
from states.machines.outbox import Resting
from states.machines.place import Announcing, Locating, PlaceKeeping, Unplaced
from states.machines.service import Blocked, Expiring
from states.machines.slip import Gathering, SlipPrinting
from states.queueing import Aside, Box, Unsent
from states.register import TABLES, Register, turn
from states.screen import ended_text, screen
from states.view import CUSTOMER_COLUMNS, OPERATOR_COLUMNS, OPERATOR_LINES, View
from states.words import LANGUAGES, WORDS, Language, say
from tests.fiscal_examples import (
    INVOICE,
    PARAGON,
    PAYER,
    SW_ID,
    baskets,
    card,
    cash,
    currency,
    invoices,
    item,
    numbered,
    paid_invoice,
    receipt,
    sale,
)
from tests.world_walk import DATE, END, RESEND_S, TILL, World, answers, awaited, hear, home

languages = st.sampled_from(LANGUAGES)


def after(*names: str, register: Register | None = None) -> Register:
    """The register after these keys."""
    register = register or home()
    for name in names:
        register, _ = turn(register, on.KEYS.get(name) or on.TextTyped(name))
    return register


def shown(register: Register, language: Language = "sk") -> View:
    """The view, which always fits both displays, and never cuts the digits of a sum."""
    view = screen(register, language, training=False)
    assert len(view.operator) <= OPERATOR_LINES
    assert all(len(line) <= OPERATOR_COLUMNS for line in view.operator)
    assert len(view.customer) == 2
    assert all(len(line) <= CUSTOMER_COLUMNS for line in view.customer)
    assert all(line.isprintable() for line in (*view.operator, *view.customer))
    if view.total:
        assert any(line.endswith(view.total.split(" ")[-1]) for line in view.operator)
    return view


def waiting(*numbers: int, aside: tuple[Aside, ...] = ()) -> Resting:
    """An outbox with receipts of these numbers."""
    return Resting(Box(RESEND_S, tuple(Unsent(numbered(number), 1) for number in numbers), aside))


# --- Sales ---------------------------------------------------------------------------------------------------


def test_a_line_with_its_sum_on_both_displays() -> None:
    view = shown(after("2", "TIMES", "1", "DOT", "5", "0", "DEPARTMENT_1"))
    assert view.operator == ("R POKLADNICA", "3.00 2x Tovar", "SUMA 3.00")
    assert view.customer == ("3.00 2x Tovar", "SUMA 3.00")


def test_what_is_said_has_two_rows_on_the_device() -> None:
    view = shown(after("5", "DEPARTMENT_1", "DEPARTMENT_2"))
    assert view.notice == "Najprv cena nad 0, potom oddelenie"
    assert view.operator == ("R POKLADNICA", "5.00 Tovar", "SUMA 5.00", "Najprv cena nad", "0, potom")


def test_of_what_is_typed_the_end_is_seen() -> None:
    view = shown(after("EMAIL", "petra.novakova-kovacova@example.sk"))
    assert view.operator[-2:] == ("ovacova@example.", "sk")
    assert view.customer[0] == "kovacova@example.sk".rjust(20, "-")


def test_a_marked_line_is_marked_with_its_discount_and_seen() -> None:
    ten = ("1", "0", "DEPARTMENT_1")
    register = after(*ten, "1", "0", "PERCENT_DISCOUNT", *ten, *ten, *ten, "UP", "UP", "UP", "UP")
    view = shown(register)
    assert [line[0] for line in view.lines] == [">", ">", "1", "1", "1"]
    assert ">10.00 Tovar" in view.operator
    assert ">-1.00 Zľava 10 " in view.operator
    assert view.total == "SUMA 39.00"


def test_the_newest_lines_are_seen_without_a_mark() -> None:
    keys = [key for digit in "12345" for key in (digit, "DEPARTMENT_1")]
    assert shown(after(*keys)).operator[1:-1] == ("3.00 Tovar", "4.00 Tovar", "5.00 Tovar")


def test_foreign_money_is_shown_as_it_was_given() -> None:
    view = shown(after("1", "00", "DEPARTMENT_1", "2", "0", "CURRENCY_1"))
    assert view.lines[-1] == "USD 20 = 18.45"
    assert view.total == "DOPLATIŤ 81.55"


def test_an_invoice_and_a_slip_by_hand_stand_above_all() -> None:
    basket = Composing("s-1", invoice=INVOICE, paragon=PARAGON)
    view = shown(home(receipt=basket))
    assert view.lines == ("PARAGÓN 12", "56.75 FAKTÚRA 20260042")
    assert view.total == "SUMA 56.75"
    assert shown(home(receipt=Sealing(paid_invoice(), ""))).lines == ("56.75 FAKTÚRA 20260042",)


def test_the_rest_due_is_that_of_the_days_rules() -> None:
    """Before 1.7.2022 coppers were worth something; of a slip by hand its own day counts."""
    tenders = (cash(503),)
    basket = Composing("s-1", (item("10.00"),), tenders)
    before = replace(basket, rules=RULES[0])
    assert shown(home(receipt=basket)).total == "DOPLATIŤ 5.00"
    assert shown(home(receipt=before)).total == "DOPLATIŤ 4.97"
    by_hand = replace(basket, paragon=replace(PARAGON, issue_date="2022-06-30T12:00:00+02:00"))
    assert shown(home(receipt=by_hand)).total == "DOPLATIŤ 4.97"


def test_a_large_sum_is_never_cut() -> None:
    lines = (item("9999999.99"),)
    view = shown(home(receipt=Composing("s-1", lines, (card(99),))))
    assert view.operator[-1].endswith("9999999.00")


def test_only_departments_and_currencies_that_are_set_act() -> None:
    keys = shown(after("5")).keys
    assert {"DEPARTMENT_1", "DEPARTMENT_5", "CURRENCY_1", "CASH", "PLU"} <= keys
    assert not {"DEPARTMENT_6", "CURRENCY_2", "MENU", "FEED"} & keys


@pytest.mark.parametrize(
    ("form", "way", "thanked"),
    [(Form.ONLINE, Way.EMAIL, True), (Form.OFFLINE, Way.PRINT, True), (Form.REFUSED, None, False)],
)
def test_a_customer_is_thanked_for_what_was_sold(form: Form, way: Way | None, thanked: bool) -> None:
    view = shown(home(ended=Ended(receipt(), form, way)))
    assert (view.customer[0] == "Ďakujeme") == thanked
    assert view.notice


def test_after_the_sale_the_change_is_shown() -> None:
    sold = receipt(sale((item("5.00"),), (cash(1000),)))
    view = shown(home(ended=Ended(sold, Form.ONLINE, Way.PRINT)))
    assert view.customer == ("Ďakujeme", "VÝDAVOK 5.00")


# --- What the cashier must know ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_says_what_to_do(code: int, language: Language) -> None:
    """At length where there is room, in two rows on the device, with the code in both."""
    found, place = REFUSALS[code], LANGUAGES.index(language)
    view = shown(home(receipt=Refused(receipt(), Fault(code, "Text.", ""), "")), language)
    assert found.advice[place] in view.notice
    assert "CLEAR" in view.notice
    assert " ".join(view.operator).endswith(f"{say('refused-total', language, code)} {found.brief[place]}")
    assert view.total == say("refused-total", language, code)


def test_an_unknown_code_has_advice_too() -> None:
    view = shown(home(receipt=Refused(receipt(), Fault(-999, "Nové.", ""), "")))
    assert view.total == "ODMIETNUTÉ -999"
    assert len(view.notice) > 60


def test_the_printer_says_what_to_press() -> None:
    view = shown(home(receipt=AwaitingPaper(receipt(), "", None, "paper-out")))
    assert view.notice == "Došiel papier. Potom ENTER."
    assert view.keys == {"ENTER"}


@pytest.mark.parametrize(("word", "how"), [("line-lost", "OFF-LINE"), ("mail-failed", "VYTLAČENÉ"), ("", "VYTLAČENÉ")])
def test_how_the_receipt_ended_is_said_first(word: str, how: str) -> None:
    form = Form.OFFLINE if word == "line-lost" else Form.ONLINE
    assert how in shown(home(ended=Ended(receipt(), form, Way.PRINT), notice=word)).notice


def test_money_that_was_taken_for_a_refused_receipt_is_not_forgotten() -> None:
    """It is keyed again, or given back."""
    refused = home(
        receipt=Refused(
            numbered(1, replace(sale((item("5.00"),), (cash(1000),)), basket_id="s-1")), Fault(-100, "PKP", ""), ""
        )
    )
    view = shown(after("CLEAR", register=refused))
    assert view.lines == ("5.00 Kladivo", "PRIJATÉ HOTOVOSŤ 10.00")
    assert view.notice == WORDS["ended-refused"][0]


def test_a_repair_that_is_refused_stays_aside() -> None:
    mended = receipt(replace(sale(), repairs="B1873CE0-46DB4D14-EFC72036-62C71AE1-71628710"))
    register = home(ended=Ended(mended, Form.REFUSED, None))
    assert shown(register).notice == WORDS["ended-repair-refused"][0]


# --- Reminders while idle ------------------------------------------------------------------------------------


def test_an_idle_register_says_nothing_when_nothing_is_amiss() -> None:
    assert shown(home()).operator == ("R POKLADNICA", "SUMA 0.00")
    assert shown(home()).customer == ("Vitajte", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("machines", "word", "values"),
    [
        ({"place": Unplaced()}, "place-unknown", ()),
        ({"service": Blocked(END)}, "certificate-expired", ()),
        ({"service": Expiring(END, 30)}, "certificate-30", ()),
        ({"line": Unreachable()}, "line-unreachable", ()),
        ({"outbox": waiting(1, 2)}, "unsent-count", (2, "26.11. 10:15")),
        ({"outbox": waiting(aside=(Aside(numbered(3), -103),))}, "aside-count", (1,)),
    ],
)
def test_each_worry_is_shown_while_idle(
    machines: dict[str, Any], word: str, values: tuple[object, ...], language: Language
) -> None:
    """In full on a large screen, from its beginning on the device; and gone as soon as a sale begins."""
    register = home(**machines)
    view, sentence = shown(register, language), say(word, language, *values)
    assert view.lines == (sentence,)
    assert sentence.startswith(view.operator[1])
    assert sentence not in shown(replace(register, receipt=Composing("s-1", (item("1.00"),)))).lines


def test_the_deadline_is_that_of_the_oldest_and_fits_the_device() -> None:
    late = numbered(1)
    early = replace(numbered(2), create_date="2026-11-20T08:00:00+01:00")
    register = home(outbox=Resting(Box(RESEND_S, (Unsent(late, 1), Unsent(early, 2)))))
    assert shown(register).operator[1:-1] == ("NEODOSLANÉ 2, do", "24.11. 08:00")
    assert read_date(early.create_date) + timedelta(hours=96) == read_date("2026-11-24T08:00:00+01:00")


def test_what_stops_sales_is_seen_first() -> None:
    worries = {"place": Unplaced(), "service": Blocked(END), "line": Unreachable(), "outbox": waiting(1)}
    view = shown(home(**worries))
    assert len(view.lines) == 4
    assert view.operator[1] == "Prenosná"


# --- The menu ------------------------------------------------------------------------------------------------


def test_the_menu_is_another_mode_and_shows_its_mark() -> None:
    for chosen in range(len(entries_at(()))):
        view = shown(after("MENU", *["DOWN"] * chosen))
        assert view.mode == "X"
        assert [line[0] for line in view.lines].index(">") == chosen
        assert sum(line.startswith(">") for line in view.operator) == 1
        assert view.customer == ("Vitajte", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [(), (4,), (5,), (6,)])
def test_every_entry_of_the_menu_has_its_words(path: tuple[int, ...], language: Language) -> None:
    view = shown(home(menu=Choosing(path)), language)
    words = [say(entry.word, language) for entry in entries_at(path)]
    assert [line[1:] for line in view.lines] == [f"{number} {text}" for number, text in enumerate(words, 1)]


def test_the_list_of_unsent_messages_begins_with_the_oldest() -> None:
    place = Location("place-1", Place(other="trh"), PAYER, DATE, SW_ID)
    box = Box(RESEND_S, (Unsent(numbered(7), 1), Unsent(place, 2)), (Aside(numbered(5), -103),))
    register = home(outbox=Resting(box), menu=Listing())
    assert shown(register).lines == (
        "2026-11/7 do 26.11. 10:15",
        "23.11.2026 10:00:00 do 27.11. 10:00",
        "2026-11/5 odmietnuté -103",
    )
    assert shown(register).operator[1:3] == ("2026-11/7 do", "26.11. 10:15")


@pytest.mark.parametrize("top", [0, 2, 5, 9_999])
def test_the_list_stops_at_its_last_line(top: int) -> None:
    """It never scrolls into nothing, however often DOWN is pressed."""
    register = home(outbox=waiting(1, 2, 3), menu=Listing(top))
    view = shown(register)
    assert view.lines[-1].startswith("2026-11/3")
    assert len(view.lines) == max(1, 3 - top)


def test_an_empty_list_says_so() -> None:
    assert shown(home(menu=Listing(3))).lines == ("Nič nečaká na odoslanie",)


# --- Modes and what is awaited -------------------------------------------------------------------------------


def test_practice_is_mode_t_from_its_beginning_to_its_paper() -> None:
    register = after("MENU", "7", "2")
    assert shown(register).mode == "T"
    register = after("5", "DEPARTMENT_1", register=register)
    assert shown(register).operator[0] == "T POKLADNICA"
    practice = receipt(sale(type=ReceiptType.ND))
    assert shown(home(receipt=Printing(practice, "", None))).mode == "T"
    assert shown(home(receipt=Printing(receipt(), "", None))).mode == "R"
    assert shown(home(receipt=Composing("s-1", is_training=True), menu=Choosing())).mode == "X"


LOCATION = Location("place-1", Place(other="trh"), PAYER, DATE, SW_ID)


@pytest.mark.parametrize(
    ("machines", "text"),
    [
        ({"slip": Gathering(ReportOrder(ReportKind.X))}, "Čítam denník"),
        ({"slip": SlipPrinting(ReportOrder(ReportKind.X))}, "Tlačím"),
        ({"place": Announcing(LOCATION.place)}, "Zapisujem miesto predaja"),
        ({"place": Locating(LOCATION, Attempt("u", DATE, 1))}, "Oznamujem miesto predaja"),
        ({"place": PlaceKeeping(LOCATION, 0)}, "Zapisujem odpoveď"),
        ({"entry": Looking(TILL, Spelling(TILL, Words.RETURNED, "57"))}, "Hľadám v denníku"),
        ({"receipt": Sealing(sale(), "")}, "Zapisujem doklad"),
        ({"receipt": Printing(receipt(), "", None)}, "Tlačím doklad"),
    ],
)
def test_what_is_awaited_is_said(machines: dict[str, Any], text: str) -> None:
    """Exactly while keys are not heard; the customer sees it too."""
    register = home(**machines)
    assert not register.hears_keys
    view = shown(register)
    assert view.waiting == text
    assert view.customer[1] == text[:CUSTOMER_COLUMNS]
    assert shown(home()).waiting == ""


def test_whoever_keeps_the_keys_waiting_has_words_for_it() -> None:
    """Every state of a machine that the cashier waits for."""
    for name in ("receipt", "entry", "slip", "place"):
        for state in TABLES[name].states:
            if awaited(TABLES[name], state.__name__):
                assert f"waiting-{state.__name__}" in WORDS


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (Spelling(TILL, Words.PLACE, "trh"), "Miesto predaja: trh"),
        (Spelling(TILL, Words.VOUCHER, "A1"), "Číslo poukazu: A1"),
        (Invoicing(TILL, "20260042", "5"), "Faktúra 20260042, suma: 5"),
        (Pricing(TILL, None, None, Product(3, "Syr", 5), "8.9"), "Syr: 8.9"),
    ],
)
def test_what_is_typed_is_shown_with_what_it_is_for(entry: Any, text: str) -> None:
    assert shown(home(entry=entry)).entry == text


def test_what_comes_back_is_announced() -> None:
    assert shown(after("RETURN", "ENTER")).entry == "VÝKUP OBALOV"
    asked = after("CORRECTION", "1", "2", "ENTER")
    found, _ = turn(asked, on.OriginalFound("O-7DBCDA8A56EE426DBCDA8A56EE426D1A", receipt()))
    assert shown(found).entry == "OPRAVA O-7DBCDA8A56EE426DBCDA8A56EE426D1A"


# --- Always --------------------------------------------------------------------------------------------------


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(baskets, st.integers(-1, 600), languages)
def test_any_basket_fits(items: list[Any], chosen: int, language: Language) -> None:
    mark = chosen if 0 <= chosen < len(items) else None
    basket = Composing("s-1", tuple(items), chosen=mark)
    view = shown(home(receipt=basket), language)
    assert view.total.endswith(format_cents(basket.total_cents))


@settings(deadline=None)
@given(invoices, st.lists(st.sampled_from((card(1), cash(5), currency("1.00"))), max_size=5), languages)
def test_any_invoice_fits(invoice: Any, tenders: list[Any], language: Language) -> None:
    shown(home(receipt=Composing("s-1", tenders=tuple(tenders), invoice=invoice, address="j@example.sk")), language)


TEXTS = ("57", "jana@example.sk", "22.11.2026 10:15", "17.1 48.1", "O-7DBCDA8A56EE426DBCDA8A56EE426D1A", "x" * 90, "1")
moves = st.one_of(
    st.sampled_from(sorted(on.KEYS)),
    st.sampled_from([*"123", "DEPARTMENT_1", "DEPARTMENT_2", "CASH", "CARD", "ENTER", "MENU", "CLEAR"]),
    st.sampled_from(TEXTS),
    st.integers(0, 9),
)
worlds = st.sampled_from(
    [
        home(),
        home(place=Unplaced()),
        home(service=Expiring(END, 7)),
        home(outbox=waiting(1, 2, aside=(Aside(numbered(3), -103), Aside(numbered(4), -100)))),
    ]
)


@settings(max_examples=150, deadline=None)
@given(worlds, st.lists(moves, max_size=60), languages)
def test_whatever_happens_fits_and_is_explained(register: Register, steps: list[str | int], language: Language) -> None:
    """Keys while they are heard, words, and any answer to any question."""
    world = World(register)
    for step in steps:
        world = moved(world, step)
        view = shown(world.register, language)
        assert view.notice or not world.register.notice or world.register.ended
        assert bool(view.waiting) == (not world.register.hears_keys)
        if world.register.notice:
            assert world.register.notice in WORDS


def moved(world: World, step: str | int) -> World:
    """One thing more happens: a key if keys are heard, else one of the answers that are awaited."""
    if isinstance(step, str) and world.register.hears_keys:
        return hear(world, on.KEYS.get(step) or on.TextTyped(step)).after
    if not world.asked:
        return world
    number = step if isinstance(step, int) else len(step)
    question = world.asked[number % len(world.asked)]
    choice = answers(question, world)
    return hear(world, choice[number % len(choice)], question).after


@pytest.mark.parametrize(
    ("form", "advice"), [(None, "dajte paragón"), (Form.ONLINE, "NEDÁVAJTE"), (Form.OFFLINE, "NEDÁVAJTE")]
)
def test_a_receipt_that_was_given_up_needs_a_paragon_only_if_it_is_not_on_record(
    form: Form | None, advice: str
) -> None:
    """What is on record counts in the daily report, and the authority has it or will be sent it."""
    assert advice in ended_text(Ended(receipt(), form, None), "sk")
