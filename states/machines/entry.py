"""The entry: from single keys to a complete line, tender, address or reference, which the receipt then hears.

The rows are the whole specification of the keypad. What they do stands beside ``keying``, a file an idea; here are only
the keys that one word of theirs completes.
"""

from __future__ import annotations

from states import effects as do, events as on, invoicing, looking, paying, selling, spelling, typing_numbers as numbers
from states.fiscal.receipt import NUMBER_MAX
from states.fiscal.slip import CopyOrder, SampleOrder
from states.keying import Counted, Invoicing, Looking, Pricing, Ready, Spelling, Typing
from states.table import Rest, Row, Table, Then, otherwise, then


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


def copy_last(state: Ready, _event: on.CopyPressed) -> Then[Ready]:
    """A copy of the last receipt."""
    return then(state, on.SlipOrdered(CopyOrder()))


def is_receipt_number(state: Typing, _event: on.CopyPressed) -> bool:
    """A whole number above zero, and no quantity before it."""
    return state.quantity is None and state.typed.isdigit() and 1 <= int(state.typed) <= NUMBER_MAX


def copy_numbered(state: Typing, _event: on.CopyPressed) -> Then[Ready]:
    """A copy of this month's receipt of that number."""
    return then(Ready(state.till, state.returning), on.SlipOrdered(CopyOrder(int(state.typed))))


def print_sample(state: Ready, _event: on.SamplePressed) -> Then[Ready]:
    """A sample of an off-line receipt."""
    return then(state, on.SlipOrdered(SampleOrder()))


def refuse_menu(state: Ready, _event: on.MenuPressed) -> Then[Ready]:
    """The menu is for the time between sales."""
    return then(state, do.Beep("basket-open"))


# fmt: off
ENTRY = Table(
    name="entry",
    initial=Ready,
    rest={on.Key: Rest.REFUSE, on.WordsAsked: Rest.NEVER, on.Answer: Rest.NEVER},
    rows=(
        #   in state on event                    when                  go to     doing                      because
        Row(Ready,   on.DigitPressed,            otherwise,            Typing,   numbers.begin,             "R-21"),
        Row(Ready,   on.DotPressed,              otherwise,            Typing,   numbers.begin,             "R-21"),
        Row(Ready,   on.DepartmentPressed,       otherwise,            Ready,    selling.refuse_no_price,   "R-25"),
        Row(Ready,   on.PluPressed,              otherwise,            Ready,    selling.refuse_no_number,  "R-25"),
        Row(Ready,   on.TenderPressed,           numbers.is_returning, Ready,    numbers.refuse_returning,  "R-22"),
        Row(Ready,   on.TenderPressed,           otherwise,            Ready,    paying.pay_rest,           "R-04"),
        Row(Ready,   on.CurrencyPressed,         otherwise,            Ready,    paying.refuse_no_currency, "R-25"),
        Row(Ready,   on.PercentDiscountPressed,  otherwise,            Ready,    paying.refuse_no_percent,  "R-25"),
        Row(Ready,   on.PercentSurchargePressed, otherwise,            Ready,    paying.refuse_no_percent,  "R-25"),
        Row(Ready,   on.AmountDiscountPressed,   otherwise,            Ready,    numbers.refuse_no_amount,  "R-25"),
        Row(Ready,   on.AmountSurchargePressed,  otherwise,            Ready,    numbers.refuse_no_amount,  "R-25"),
        Row(Ready,   on.DepositPressed,          otherwise,            Ready,    numbers.refuse_no_amount,  "R-25"),
        Row(Ready,   on.WithdrawalPressed,       otherwise,            Ready,    numbers.refuse_no_amount,  "R-25"),
        Row(Ready,   on.EmailPressed,            otherwise,            Spelling, spelling.ask_address,      "R-03"),
        Row(Ready,   on.ReturnPressed,           otherwise,            Spelling, looking.ask_returned,      "R-22"),
        Row(Ready,   on.CorrectionPressed,       otherwise,            Spelling, looking.ask_corrected,     "R-39"),
        Row(Ready,   on.MenuPressed,             numbers.is_returning, Ready,    numbers.refuse_returning,  "R-22"),
        Row(Ready,   on.MenuPressed,             otherwise,            Ready,    refuse_menu,               "R-25"),
        Row(Ready,   on.InvoicePressed,          numbers.is_returning, Ready,    numbers.refuse_returning,  "R-22"),
        Row(Ready,   on.InvoicePressed,          otherwise,            Spelling, invoicing.ask_number,      "R-27"),
        Row(Ready,   on.UpPressed,               otherwise,            Ready,    choose_up,                 "R-02"),
        Row(Ready,   on.DownPressed,             otherwise,            Ready,    choose_down,               "R-02"),
        Row(Ready,   on.VoidLinePressed,         otherwise,            Ready,    void_line,                 "R-02"),
        Row(Ready,   on.VoidLastPressed,         otherwise,            Ready,    void_last,                 "R-02"),
        Row(Ready,   on.VoidReceiptPressed,      otherwise,            Ready,    void_basket,               "R-02"),
        Row(Ready,   on.SubtotalPressed,         otherwise,            Ready,    subtotal,                  "R-21"),
        Row(Ready,   on.DrawerPressed,           otherwise,            Ready,    open_drawer,               "R-24"),
        Row(Ready,   on.CopyPressed,             otherwise,            Ready,    copy_last,                 "R-42"),
        Row(Ready,   on.SamplePressed,           otherwise,            Ready,    print_sample,              "R-42"),
        Row(Ready,   on.ClearPressed,            otherwise,            Ready,    numbers.clear,             "R-21"),
        Row(Ready,   on.WordsAsked,              otherwise,            Spelling, spelling.ask_words,        "R-21"),

        Row(Typing,  on.DigitPressed,            numbers.has_room,     Typing,   numbers.type_digit,       "R-21"),
        Row(Typing,  on.DigitPressed,            otherwise,            Typing,   numbers.refuse_typed,     "R-25"),
        Row(Typing,  on.DotPressed,              numbers.has_no_dot,   Typing,   numbers.type_dot,         "R-21"),
        Row(Typing,  on.DotPressed,              otherwise,            Typing,   numbers.refuse_typed,     "R-25"),
        Row(Typing,  on.TimesPressed,            numbers.is_quantity,  Counted,  numbers.count,            "R-01"),
        Row(Typing,  on.TimesPressed,            otherwise,            Typing,   numbers.refuse_quantity,  "R-25"),
        Row(Typing,  on.DepartmentPressed,       selling.is_voucher,   Spelling, selling.ask_voucher,      "R-41"),
        Row(Typing,  on.DepartmentPressed,       selling.is_item,      Ready,    selling.sell,             "R-01"),
        Row(Typing,  on.DepartmentPressed,       otherwise,            Typing,   selling.refuse_item,      "R-25"),
        Row(Typing,  on.PluPressed,              selling.has_no_price, Pricing,  selling.ask_price,        "R-01"),
        Row(Typing,  on.PluPressed,              selling.is_voucher,   Spelling, selling.ask_voucher,      "R-41"),
        Row(Typing,  on.PluPressed,              selling.is_item,      Ready,    selling.sell,             "R-01"),
        Row(Typing,  on.PluPressed,              otherwise,            Typing,   selling.refuse_item,      "R-25"),
        Row(Typing,  on.TenderPressed,           numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.TenderPressed,           paying.is_money,      Ready,    paying.pay_amount,        "R-04"),
        Row(Typing,  on.TenderPressed,           otherwise,            Typing,   paying.refuse_money,      "R-25"),
        Row(Typing,  on.CurrencyPressed,         numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.CurrencyPressed,         paying.is_currency,   Ready,    paying.pay_currency,      "R-04"),
        Row(Typing,  on.CurrencyPressed,         otherwise,            Typing,   paying.refuse_currency,   "R-25"),
        Row(Typing,  on.PercentDiscountPressed,  numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.PercentDiscountPressed,  paying.is_percent,    Ready,    paying.adjust_percent,    "R-26"),
        Row(Typing,  on.PercentDiscountPressed,  otherwise,            Typing,   paying.refuse_percent,    "R-25"),
        Row(Typing,  on.PercentSurchargePressed, numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.PercentSurchargePressed, paying.is_percent,    Ready,    paying.adjust_percent,    "R-26"),
        Row(Typing,  on.PercentSurchargePressed, otherwise,            Typing,   paying.refuse_percent,    "R-25"),
        Row(Typing,  on.AmountDiscountPressed,   numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.AmountDiscountPressed,   paying.is_amount,     Ready,    paying.adjust_amount,     "R-26"),
        Row(Typing,  on.AmountDiscountPressed,   otherwise,            Typing,   paying.refuse_amount,     "R-25"),
        Row(Typing,  on.AmountSurchargePressed,  numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.AmountSurchargePressed,  paying.is_amount,     Ready,    paying.adjust_amount,     "R-26"),
        Row(Typing,  on.AmountSurchargePressed,  otherwise,            Typing,   paying.refuse_amount,     "R-25"),
        Row(Typing,  on.DepositPressed,          numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.DepositPressed,          paying.is_amount,     Ready,    paying.move_cash,         "R-30"),
        Row(Typing,  on.DepositPressed,          otherwise,            Typing,   paying.refuse_amount,     "R-25"),
        Row(Typing,  on.WithdrawalPressed,       numbers.is_returning, Typing,   numbers.refuse_returning, "R-22"),
        Row(Typing,  on.WithdrawalPressed,       paying.is_amount,     Ready,    paying.move_cash,         "R-30"),
        Row(Typing,  on.WithdrawalPressed,       otherwise,            Typing,   paying.refuse_amount,     "R-25"),
        Row(Typing,  on.CopyPressed,             is_receipt_number,    Ready,    copy_numbered,            "R-42"),
        Row(Typing,  on.CopyPressed,             otherwise,            Typing,   numbers.refuse_typed,     "R-25"),
        Row(Typing,  on.ClearPressed,            otherwise,            Ready,    numbers.clear_typed,      "R-21"),

        Row(Counted, on.DigitPressed,      otherwise, Typing,  numbers.begin,            "R-21"),
        Row(Counted, on.DotPressed,        otherwise, Typing,  numbers.begin,            "R-21"),
        Row(Counted, on.DepartmentPressed, otherwise, Counted, selling.refuse_no_price,  "R-25"),
        Row(Counted, on.PluPressed,        otherwise, Counted, selling.refuse_no_number, "R-25"),
        Row(Counted, on.ClearPressed,      otherwise, Ready,   numbers.clear_typed,      "R-21"),

        Row(Pricing, on.DigitPressed, numbers.has_room,   Pricing,  numbers.type_digit,   "R-21"),
        Row(Pricing, on.DigitPressed, otherwise,          Pricing,  numbers.refuse_typed, "R-25"),
        Row(Pricing, on.DotPressed,   numbers.has_no_dot, Pricing,  numbers.type_dot,     "R-21"),
        Row(Pricing, on.DotPressed,   otherwise,          Pricing,  numbers.refuse_typed, "R-25"),
        Row(Pricing, on.PluPressed,   selling.is_voucher, Spelling, selling.ask_voucher,  "R-41"),
        Row(Pricing, on.PluPressed,   selling.is_item,    Ready,    selling.sell,         "R-01"),
        Row(Pricing, on.PluPressed,   otherwise,          Pricing,  selling.refuse_item,  "R-25"),
        Row(Pricing, on.EnterPressed, selling.is_voucher, Spelling, selling.ask_voucher,  "R-41"),
        Row(Pricing, on.EnterPressed, selling.is_item,    Ready,    selling.sell,         "R-01"),
        Row(Pricing, on.EnterPressed, otherwise,          Pricing,  selling.refuse_item,  "R-25"),
        Row(Pricing, on.ClearPressed, otherwise,          Ready,    numbers.clear_typed,  "R-21"),

        Row(Spelling, on.TextTyped,    otherwise,                  Spelling,  spelling.spell_text,       "R-21"),
        Row(Spelling, on.DigitPressed, otherwise,                  Spelling,  spelling.spell_digit,      "R-21"),
        Row(Spelling, on.DotPressed,   otherwise,                  Spelling,  spelling.spell_dot,        "R-21"),
        Row(Spelling, on.LeftPressed,  otherwise,                  Spelling,  spelling.spell_back,       "R-21"),
        Row(Spelling, on.EnterPressed, spelling.is_address,        Ready,     spelling.give_address,     "R-03"),
        Row(Spelling, on.EnterPressed, looking.is_packaging,       Ready,     looking.return_packaging,  "R-40"),
        Row(Spelling, on.EnterPressed, looking.insists,            Ready,     looking.return_unknown,    "R-22"),
        Row(Spelling, on.EnterPressed, spelling.is_reference,      Looking,   looking.look_up,           "R-22"),
        Row(Spelling, on.EnterPressed, spelling.is_voucher_number, Ready,     spelling.give_voucher,     "R-41"),
        Row(Spelling, on.EnterPressed, spelling.is_invoice_number, Invoicing, invoicing.ask_amount,      "R-27"),
        Row(Spelling, on.EnterPressed, spelling.is_paragon_number, Spelling,  spelling.ask_paragon_date, "R-28"),
        Row(Spelling, on.EnterPressed, spelling.is_paragon_date,   Looking,   spelling.check_paragon,    "R-28"),
        Row(Spelling, on.EnterPressed, spelling.is_first_day,      Spelling,  spelling.ask_last_day,     "R-23"),
        Row(Spelling, on.EnterPressed, spelling.is_last_day,       Ready,     spelling.order_interval,   "R-23"),
        Row(Spelling, on.EnterPressed, spelling.is_place,          Ready,     spelling.give_place,       "R-37"),
        Row(Spelling, on.EnterPressed, spelling.is_cashier,        Ready,     spelling.choose_cashier,   "R-33"),
        Row(Spelling, on.EnterPressed, otherwise,                  Spelling,  spelling.refuse_words,     "R-25"),
        Row(Spelling, on.ClearPressed, spelling.is_consent,        Ready,     spelling.withdraw,         "R-03"),
        Row(Spelling, on.ClearPressed, spelling.is_of_voucher,     Ready,     spelling.drop_voucher,     "R-25"),
        Row(Spelling, on.ClearPressed, otherwise,                  Ready,     spelling.leave,            "R-21"),

        Row(Looking, on.OriginalFound,   otherwise,                 Ready,    looking.return_found,        "R-22"),
        Row(Looking, on.OriginalMissing, looking.is_old_number,     Ready,    looking.return_old,          "R-22"),
        Row(Looking, on.OriginalMissing, looking.may_insist,        Spelling, looking.refuse_once,         "R-22"),
        Row(Looking, on.OriginalMissing, otherwise,                 Spelling, looking.refuse_original,     "R-25"),
        Row(Looking, on.ParagonAllowed,  otherwise,                 Ready,    looking.give_paragon,        "R-28"),
        Row(Looking, on.ParagonRefused,  looking.is_number_refused, Spelling, looking.mend_paragon_number, "R-25"),
        Row(Looking, on.ParagonRefused,  otherwise,                 Spelling, looking.mend_paragon_date,   "R-25"),

        Row(Invoicing, on.DigitPressed,  numbers.has_room,    Invoicing, numbers.type_digit,    "R-21"),
        Row(Invoicing, on.DigitPressed,  otherwise,           Invoicing, numbers.refuse_typed,  "R-25"),
        Row(Invoicing, on.DotPressed,    numbers.has_no_dot,  Invoicing, numbers.type_dot,      "R-21"),
        Row(Invoicing, on.DotPressed,    otherwise,           Invoicing, numbers.refuse_typed,  "R-25"),
        Row(Invoicing, on.EnterPressed,  invoicing.is_amount, Ready,     invoicing.pay,         "R-27"),
        Row(Invoicing, on.EnterPressed,  otherwise,           Invoicing, invoicing.refuse,      "R-25"),
        Row(Invoicing, on.ReturnPressed, invoicing.is_amount, Ready,     invoicing.give_back,   "R-27"),
        Row(Invoicing, on.ReturnPressed, otherwise,           Invoicing, invoicing.refuse,      "R-25"),
        Row(Invoicing, on.ClearPressed,  numbers.has_typed,   Invoicing, numbers.clear_number,  "R-21"),
        Row(Invoicing, on.ClearPressed,  otherwise,           Spelling,  invoicing.mend_number, "R-21"),
    ),
)
# fmt: on
