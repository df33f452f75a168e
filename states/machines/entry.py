"""The entry: from single keys to a complete line, tender, address or reference, which the receipt then hears."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from states import effects as do, events as on
from states.fiscal.address import ADDRESS_MAX, check_address
from states.fiscal.codes import is_okp, is_uid
from states.fiscal.money import QUANTITY_MAX, QUANTITY_PLACES, UNIT_PRICE_PLACES, line_price_cents, to_cents
from states.fiscal.receipt import REFERENCE_MAX, Item, ItemType
from states.keying import TYPED_MAX, Counted, Ready, Spelling, Typing, Words, euros, places
from states.table import Rest, Row, Table, Then, otherwise, then

UNIT = "ks"
Paying = TypeVar("Paying", Ready, Typing)


def begin(state: Ready | Counted, event: on.DigitPressed | on.DotPressed) -> Then[Typing]:
    """The first digit, or the point of a number below one."""
    quantity = state.quantity if isinstance(state, Counted) else None
    typed = event.digits if isinstance(event, on.DigitPressed) else "0."
    return then(Typing(state.till, state.reference, quantity, typed))


def has_room(state: Typing, event: on.DigitPressed) -> bool:
    """Twelve characters hold every amount that the message allows."""
    return len(state.typed) + len(event.digits) <= TYPED_MAX and places(state.typed + event.digits) <= UNIT_PRICE_PLACES


def type_digit(state: Typing, event: on.DigitPressed) -> Then[Typing]:
    """The next digit."""
    return then(replace(state, typed=state.typed + event.digits))


def has_no_dot(state: Typing, _event: on.DotPressed) -> bool:
    """A number has one point, and its place is among the twelve characters."""
    return "." not in state.typed and len(state.typed) < TYPED_MAX


def type_dot(state: Typing, _event: on.DotPressed) -> Then[Typing]:
    """The point."""
    return then(replace(state, typed=state.typed + "."))


def refuse_typed(state: Typing, _event: on.Key) -> Then[Typing]:
    """The number stays as it is."""
    return then(state, do.Beep("number"))


def is_quantity(state: Typing, _event: on.TimesPressed) -> bool:
    """A quantity is above zero, has at most four places, and is keyed once."""
    amount = Decimal(state.typed)
    return state.quantity is None and places(state.typed) <= QUANTITY_PLACES and 0 < amount <= QUANTITY_MAX


def count(state: Typing, _event: on.TimesPressed) -> Then[Counted]:
    """What was typed is how many."""
    return then(Counted(state.till, state.reference, Decimal(state.typed)))


def quantity_of(state: Typing) -> Decimal:
    """How many are sold: what was keyed before TIMES, or one."""
    return Decimal(1) if state.quantity is None else state.quantity


def is_price(state: Typing, event: on.DepartmentPressed) -> bool:
    """The line comes to a cent at least, and the shop has such a department."""
    price_cents = line_price_cents(euros(state.till, state.typed), quantity_of(state))
    return price_cents > 0 and state.till.department(event.number) is not None


def sell(state: Typing, event: on.DepartmentPressed) -> Then[Ready]:
    """A line is complete."""
    department = state.till.department(event.number)
    assert department is not None
    price = euros(state.till, state.typed)
    item = Item(
        name=department.name,
        quantity=quantity_of(state),
        unit=UNIT,
        unit_price=-price if state.reference else price,
        vat_rate=department.vat_rate,
        type=ItemType.RETURNED if state.reference else ItemType.SOLD,
        reference=state.reference,
    )
    return then(Ready(state.till), on.ItemKeyed(item))


def refuse_price(state: Typing, event: on.DepartmentPressed) -> Then[Typing]:
    """Say whether it was the price or the department."""
    known = state.till.department(event.number) is not None
    return then(state, do.Beep("price" if known else "department"))


def refuse_no_price(state: Ready | Counted, _event: on.DepartmentPressed) -> Then[Ready]:
    """A department has no price of its own."""
    return then(Ready(state.till, state.reference), do.Beep("price"))


def pay_rest(state: Ready, event: on.TenderPressed) -> Then[Ready]:
    """The rest due in this tender."""
    return then(Ready(state.till), on.TenderKeyed(event.kind, None))


def is_money(state: Typing, _event: on.TenderPressed) -> bool:
    """Money has at most two places and no quantity."""
    return state.quantity is None and places(state.typed) <= 2


def pay_amount(state: Typing, event: on.TenderPressed) -> Then[Ready]:
    """So much in this tender."""
    return then(Ready(state.till), on.TenderKeyed(event.kind, to_cents(euros(state.till, state.typed))))


def clear(state: Ready, _event: on.ClearPressed) -> Then[Ready]:
    """Nothing was typed: an announced return is dropped."""
    return then(Ready(state.till))


def clear_typed(state: Counted | Typing, _event: on.ClearPressed) -> Then[Ready]:
    """What was typed goes; an announced return stays announced."""
    return then(Ready(state.till, state.reference))


def is_returning(state: Ready | Typing, _event: on.TenderPressed) -> bool:
    """A return was announced, and its goods were not keyed yet."""
    return bool(state.reference)


def refuse_returning(state: Paying, _event: on.TenderPressed) -> Then[Paying]:
    """The return is not forgotten: first its goods, or CLEAR."""
    return then(state, do.Beep("return-open"))


def ask_address(state: Ready, _event: on.EmailPressed) -> Then[Spelling]:
    """The customer agrees; the address is asked for."""
    return then(Spelling(state.till, Words.ADDRESS, "", state.reference))


def ask_reference(state: Ready, _event: on.ReturnPressed) -> Then[Spelling]:
    """Goods come back; the original receipt is asked for."""
    return then(Spelling(state.till, Words.REFERENCE, ""))


def _spell(state: Spelling, text: str) -> Then[Spelling]:
    room = ADDRESS_MAX if state.words is Words.ADDRESS else REFERENCE_MAX
    if len(state.typed) + len(text) > room:
        return then(state, do.Beep("words-long"))
    return then(replace(state, typed=state.typed + text))


def spell_text(state: Spelling, event: on.TextTyped) -> Then[Spelling]:
    """The words grow."""
    return _spell(state, event.text)


def spell_digit(state: Spelling, event: on.DigitPressed) -> Then[Spelling]:
    """The words grow by a digit."""
    return _spell(state, event.digits)


def spell_dot(state: Spelling, _event: on.DotPressed) -> Then[Spelling]:
    """The words grow by a point."""
    return _spell(state, ".")


def spell_back(state: Spelling, _event: on.LeftPressed) -> Then[Spelling]:
    """The last character goes."""
    return then(replace(state, typed=state.typed[:-1]))


def is_address(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words are an e-mail address."""
    if state.words is not Words.ADDRESS:
        return False
    try:
        check_address(state.typed)
    except ValueError:
        return False
    return True


def give_address(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The consent is complete."""
    return then(Ready(state.till, state.reference), on.AddressKeyed(check_address(state.typed)))


def is_reference(state: Spelling, _event: on.EnterPressed) -> bool:
    """The words name a receipt: its UID, its OKP, or an older register's number."""
    typed = state.typed.strip()
    return state.words is Words.REFERENCE and (is_uid(typed) or is_okp(typed) or (typed.isascii() and typed.isdigit()))


def give_reference(state: Spelling, _event: on.EnterPressed) -> Then[Ready]:
    """The next item is returned goods."""
    return then(Ready(state.till, reference=state.typed.strip()))


def refuse_words(state: Spelling, _event: on.EnterPressed) -> Then[Spelling]:
    """The words stay, to be mended."""
    return then(state, do.Beep(str(state.words)))


def withdraw(state: Spelling, _event: on.ClearPressed) -> Then[Ready]:
    """EMAIL, CLEAR withdraws the consent; a reference is merely dropped."""
    if state.words is Words.ADDRESS:
        return then(Ready(state.till, state.reference), on.AddressWithdrawn())
    return then(Ready(state.till))


def choose_up(state: Ready, _event: on.UpPressed) -> Then[Ready]:
    """The mark goes up."""
    return then(state, on.LineChosen(-1))


def choose_down(state: Ready, _event: on.DownPressed) -> Then[Ready]:
    """The mark goes down."""
    return then(state, on.LineChosen(1))


def void_line(state: Ready, _event: on.VoidLinePressed) -> Then[Ready]:
    """Take the marked line back."""
    return then(state, on.LineVoided())


def void_last(state: Ready, _event: on.VoidLastPressed) -> Then[Ready]:
    """Take the last line back."""
    return then(state, on.LastVoided())


def void_basket(state: Ready, _event: on.VoidReceiptPressed) -> Then[Ready]:
    """Drop the basket."""
    return then(Ready(state.till), on.BasketVoided())


def subtotal(state: Ready, _event: on.SubtotalPressed) -> Then[Ready]:
    """Show the sum."""
    return then(state, on.SubtotalKeyed())


def open_drawer(state: Ready, _event: on.DrawerPressed) -> Then[Ready]:
    """The cashier wants the drawer."""
    return then(state, do.OpenDrawer())


# fmt: off
ENTRY = Table(
    name="entry",
    initial=Ready,
    rest={on.Key: Rest.REFUSE},
    rows=(
        #   in state  on event               when          go to     doing             because
        Row(Ready,    on.DigitPressed,       otherwise,    Typing,   begin,            "R-21"),
        Row(Ready,    on.DotPressed,         otherwise,    Typing,   begin,            "R-21"),
        Row(Ready,    on.DepartmentPressed,  otherwise,    Ready,    refuse_no_price,  "R-25"),
        Row(Ready,    on.TenderPressed,      is_returning, Ready,    refuse_returning, "R-22"),
        Row(Ready,    on.TenderPressed,      otherwise,    Ready,    pay_rest,         "R-04"),
        Row(Ready,    on.EmailPressed,       otherwise,    Spelling, ask_address,      "R-03"),
        Row(Ready,    on.ReturnPressed,      otherwise,    Spelling, ask_reference,    "R-22"),
        Row(Ready,    on.UpPressed,          otherwise,    Ready,    choose_up,        "R-02"),
        Row(Ready,    on.DownPressed,        otherwise,    Ready,    choose_down,      "R-02"),
        Row(Ready,    on.VoidLinePressed,    otherwise,    Ready,    void_line,        "R-02"),
        Row(Ready,    on.VoidLastPressed,    otherwise,    Ready,    void_last,        "R-02"),
        Row(Ready,    on.VoidReceiptPressed, otherwise,    Ready,    void_basket,      "R-02"),
        Row(Ready,    on.SubtotalPressed,    otherwise,    Ready,    subtotal,         "R-21"),
        Row(Ready,    on.DrawerPressed,      otherwise,    Ready,    open_drawer,      "R-24"),
        Row(Ready,    on.ClearPressed,       otherwise,    Ready,    clear,            "R-21"),
        Row(Typing,   on.DigitPressed,       has_room,     Typing,   type_digit,       "R-21"),
        Row(Typing,   on.DigitPressed,       otherwise,    Typing,   refuse_typed,     "R-25"),
        Row(Typing,   on.DotPressed,         has_no_dot,   Typing,   type_dot,         "R-21"),
        Row(Typing,   on.DotPressed,         otherwise,    Typing,   refuse_typed,     "R-25"),
        Row(Typing,   on.TimesPressed,       is_quantity,  Counted,  count,            "R-01"),
        Row(Typing,   on.TimesPressed,       otherwise,    Typing,   refuse_typed,     "R-25"),
        Row(Typing,   on.DepartmentPressed,  is_price,     Ready,    sell,             "R-01"),
        Row(Typing,   on.DepartmentPressed,  otherwise,    Typing,   refuse_price,     "R-25"),
        Row(Typing,   on.TenderPressed,      is_returning, Typing,   refuse_returning, "R-22"),
        Row(Typing,   on.TenderPressed,      is_money,     Ready,    pay_amount,       "R-04"),
        Row(Typing,   on.TenderPressed,      otherwise,    Typing,   refuse_typed,     "R-25"),
        Row(Typing,   on.ClearPressed,       otherwise,    Ready,    clear_typed,      "R-21"),
        Row(Counted,  on.DigitPressed,       otherwise,    Typing,   begin,            "R-21"),
        Row(Counted,  on.DotPressed,         otherwise,    Typing,   begin,            "R-21"),
        Row(Counted,  on.DepartmentPressed,  otherwise,    Ready,    refuse_no_price,  "R-25"),
        Row(Counted,  on.ClearPressed,       otherwise,    Ready,    clear_typed,      "R-21"),
        Row(Spelling, on.TextTyped,          otherwise,    Spelling, spell_text,       "R-21"),
        Row(Spelling, on.DigitPressed,       otherwise,    Spelling, spell_digit,      "R-21"),
        Row(Spelling, on.DotPressed,         otherwise,    Spelling, spell_dot,        "R-21"),
        Row(Spelling, on.LeftPressed,        otherwise,    Spelling, spell_back,       "R-21"),
        Row(Spelling, on.EnterPressed,       is_address,   Ready,    give_address,     "R-03"),
        Row(Spelling, on.EnterPressed,       is_reference, Ready,    give_reference,   "R-22"),
        Row(Spelling, on.EnterPressed,       otherwise,    Spelling, refuse_words,     "R-25"),
        Row(Spelling, on.ClearPressed,       otherwise,    Ready,    withdraw,         "R-03"),
    ),
)
# fmt: on
