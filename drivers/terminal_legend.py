"""Which key of a computer's keyboard is which key of the register: the only list, for the keypad and the display.

Departments lie under the left hand as on the device (two rows of four) or on F1 to F8; the rest is mnemonic, mostly
Slovak: h hotovosť, k karta, o ostatné, b bon (poukaz), v vrátenie, u úhrada. Digits are themselves, and capitals are
the same as small letters.
"""

from __future__ import annotations

LEGEND: tuple[tuple[str, str, str, str], ...] = (
    ("F1 q", "DEPARTMENT_1", "oddelenie 1", "department 1"),
    ("F2 w", "DEPARTMENT_2", "oddelenie 2", "department 2"),
    ("F3 e", "DEPARTMENT_3", "oddelenie 3", "department 3"),
    ("F4 r", "DEPARTMENT_4", "oddelenie 4", "department 4"),
    ("F5 a", "DEPARTMENT_5", "oddelenie 5", "department 5"),
    ("F6 s", "DEPARTMENT_6", "oddelenie 6", "department 6"),
    ("F7 d", "DEPARTMENT_7", "oddelenie 7", "department 7"),
    ("F8 f", "DEPARTMENT_8", "oddelenie 8", "department 8"),
    ("x *", "TIMES", "krát", "times"),
    ("p", "PLU", "PLU", "PLU"),
    ("% /", "PERCENT_DISCOUNT", "zľava %", "discount %"),
    ("+", "PERCENT_SURCHARGE", "prirážka %", "surcharge %"),
    ("-", "AMOUNT_DISCOUNT", "zľava €", "discount €"),
    ("&", "AMOUNT_SURCHARGE", "prirážka €", "surcharge €"),
    ("h", "CASH", "hotovosť", "cash"),
    ("k", "CARD", "karta", "card"),
    ("o", "OTHER", "ostatné", "other"),
    ("#", "CHEQUE", "šek", "cheque"),
    ("b", "VOUCHER", "poukaz", "voucher"),
    ("$", "CURRENCY_1", "mena 1", "currency 1"),
    ("!", "CURRENCY_2", "mena 2", "currency 2"),
    ("[", "CURRENCY_3", "mena 3", "currency 3"),
    ("]", "CURRENCY_4", "mena 4", "currency 4"),
    ("= Space", "SUBTOTAL", "medzisúčet", "subtotal"),
    ("@ F9", "EMAIL", "e-mail", "e-mail"),
    ("z", "VOID_LAST", "zruš posl.", "void last"),
    ("l Del", "VOID_LINE", "zruš riadok", "void line"),
    ("^X", "VOID_RECEIPT", "zruš doklad", "void all"),
    ("v", "RETURN", "vrátenie", "return"),
    ("n", "CORRECTION", "oprava", "correction"),
    ("u", "INVOICE", "faktúra", "invoice"),
    ("i", "DEPOSIT", "vklad", "deposit"),
    ("y", "WITHDRAWAL", "výber", "withdrawal"),
    ("t", "COPY", "kópia", "copy"),
    ("F12", "SAMPLE", "vzor", "sample"),
    ("g", "DRAWER", "zásuvka", "drawer"),
    ("j", "FEED", "papier", "feed paper"),
    ("m F10", "MENU", "menu", "menu"),
    ("Enter", "ENTER", "potvrdiť", "enter"),
    ("Esc c", "CLEAR", "CLEAR zmaž", "CLEAR"),
    ("←", "LEFT", "späť o znak", "one back"),
    ("→", "RIGHT", "ďalší znak", "one on"),
    ("↑", "UP", "hore", "up"),
    ("↓", "DOWN", "dole", "down"),
    (". ,", "DOT", "čiarka", "point"),
    (";", "00", "dve nuly", "two zeros"),
)
"""Key text (alternatives apart by a blank), the contract's key name, the label in Slovak and in English."""
