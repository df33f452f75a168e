"""What the displays show of a register's states."""

from __future__ import annotations

import pytest

from states import events as on
from states.fiscal.receipt import Fault, Form, Way
from states.journey import AwaitingPaper, Composing, Ended, Refused
from states.keying import Ready
from states.machines.outbox import Resting
from states.register import Register, turn
from states.screen import screen
from states.till import Department, Till
from states.view import CUSTOMER_COLUMNS, OPERATOR_COLUMNS, OPERATOR_LINES, View
from states.words import WORDS, Language
from tests.fiscal_examples import receipt

TILL = Till((Department(1, "Tovar", 23), Department(3, "Káva", 19)))


def fresh() -> Register:
    """A register before the first key."""
    return Register(Ready(TILL), Composing("session-1"), Resting(60.0))


def after(*names: str) -> Register:
    """The register after these keys."""
    register = fresh()
    for name in names:
        register, _ = turn(register, on.KEYS.get(name) or on.TextTyped(name))
    return register


def shown(register: Register, language: Language = "sk") -> View:
    """The view, which always fits both displays."""
    view = screen(register, language, training=False)
    assert len(view.operator) <= OPERATOR_LINES
    assert all(len(line) <= OPERATOR_COLUMNS for line in view.operator)
    assert all(len(line) <= CUSTOMER_COLUMNS for line in view.customer)
    return view


def test_a_line_with_its_sum_on_both_displays() -> None:
    view = shown(after("2", "TIMES", "1", "DOT", "5", "0", "DEPARTMENT_1"))
    assert view.operator == ("R POKLADNICA", "3.00 2x Tovar", "SUMA 3.00")
    assert view.customer == ("3.00 2x Tovar", "SUMA 3.00")


def test_what_is_said_has_two_rows_on_the_device() -> None:
    view = shown(after("5", "DEPARTMENT_1", "DEPARTMENT_2"))
    assert view.notice == "Najprv cena nad 0, potom oddelenie"
    assert view.operator == ("R POKLADNICA", "5.00 Tovar", "SUMA 5.00", "Najprv cena nad", "0, potom oddelen")


def test_the_menu_is_another_mode() -> None:
    view = shown(after("MENU", "DOWN"))
    assert view.mode == "X"
    assert [line[0] for line in view.lines] == [" ", ">", " "]


def test_only_departments_that_are_set_act() -> None:
    keys = shown(after("5")).keys
    assert {"DEPARTMENT_1", "DEPARTMENT_3", "CASH"} <= keys
    assert not {"DEPARTMENT_2", "PLU", "MENU"} & keys


@pytest.mark.parametrize(("form", "thanked"), [(Form.ONLINE, True), (Form.REFUSED, False)])
def test_a_customer_is_thanked_for_what_was_sold(form: Form, thanked: bool) -> None:
    register = fresh()
    ended = Ended(receipt(), form, Way.PRINT if thanked else None)
    view = shown(Register(register.entry, register.receipt, register.outbox, ended=ended))
    assert (view.customer[0] == "Ďakujeme") == thanked


def test_a_state_that_waits_for_the_cashier_says_what_to_press() -> None:
    one = receipt()
    fault = Fault(-100, "Nesprávna hodnota PKP.", "")
    for state, key in ((Refused(one, fault, ""), "CLEAR"), (AwaitingPaper(one, "", None, "paper-out"), "ENTER")):
        assert key in shown(Register(Ready(TILL), state, Resting(60.0))).notice


def test_every_sentence_is_in_both_languages() -> None:
    for word, (sk, en) in WORDS.items():
        assert sk.strip(), word
        assert en.strip(), word
        assert sk.count("{") == en.count("{"), word
