"""What may stand in the repeated tables of ``register.toml``: departments, currencies, cashiers.

Sources: IR 2.10 (SpecialRegulation only with rate 0; SellerId and SellerIdType both or none); ISO 4217 (codes of
currencies). The European Central Bank publishes rates with up to five places, so six are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from controller.settings_expected import Rule, label, one_of, whole
from controller.settings_model import Department, Settings
from states.fiscal.product import ProductKind
from states.fiscal.receipt import NAME_MAX, SELLER_ID_MAX, Regulation, SellerIdType
from states.fiscal.vat import GROUPS

DEPARTMENTS_MAX = 8
CURRENCIES_MAX = 4
CASHIERS_MAX = 99
CASHIER_NAME_MAX = 99
UNIT_MAX = 10

_CODE = re.compile("[A-Z]{3}")
_PER_EURO = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_SELLER_ID = re.compile(f"[0-9a-zA-Z]{{0,{SELLER_ID_MAX}}}")


def _is_rate(text: str) -> bool:
    return bool(_PER_EURO.fullmatch(text)) and Decimal(text) > 0


KEY_RULES: dict[str, dict[str, Rule]] = {
    "department": {
        "number": one_of(*range(1, DEPARTMENTS_MAX + 1)),
        "name": label(NAME_MAX),
        "vat": one_of(*GROUPS),
        "kind": one_of(*(kind.value for kind in ProductKind)),
        "unit": label(UNIT_MAX),
        "regulation": one_of("", *(one.value for one in Regulation)),
        "seller_id": Rule(
            lambda value: bool(_SELLER_ID.fullmatch(value)),
            f"očakáva sa DIČ alebo IČ DPH iného predajcu, najviac {SELLER_ID_MAX} písmen a číslic",
            f"expected DIČ or IČ DPH of another seller, {SELLER_ID_MAX} letters and digits at most",
        ),
        "seller_id_type": one_of("", *(one.value for one in SellerIdType)),
    },
    "currency": {
        "number": one_of(*range(1, CURRENCIES_MAX + 1)),
        "code": Rule(
            lambda value: bool(_CODE.fullmatch(value)) and value != "EUR",
            "očakáva sa kód cudzej meny, tri veľké písmená, napríklad CZK",
            "expected the code of a foreign currency, three capital letters, for example CZK",
        ),
        "per_euro": Rule(
            _is_rate,
            'očakáva sa kladný kurz za jedno euro ako text, napríklad "24.285", najviac šesť miest za bodkou',
            'expected a positive rate for one euro as text, for example "24.285", six places at most',
        ),
    },
    "cashier": {"number": whole(1, CASHIERS_MAX), "name": label(CASHIER_NAME_MAX)},
}
"""One rule for each key of each table."""

DEPARTMENT_RULES: tuple[tuple[str, Rule], ...] = (
    (
        "vat",
        Rule(
            lambda one: one.kind != ProductKind.PACKAGING or one.vat == 0,
            "záloha na obal má sadzbu 0",
            "a deposit on packaging has rate 0",
        ),
    ),
    (
        "regulation",
        Rule(
            lambda one: not one.regulation or one.vat == 0,
            "osobitná úprava dane je možná len so sadzbou 0",
            "a special regulation is possible with rate 0 only",
        ),
    ),
    (
        "seller_id_type",
        Rule(
            lambda one: bool(one.seller_id) == bool(one.seller_id_type),
            "očakáva sa seller_id aj seller_id_type, alebo nič z toho",
            "expected both seller_id and seller_id_type, or neither",
        ),
    ),
)
"""Rules about several keys of a department, each at the key to change."""

OWN_NUMBERS = Rule(
    lambda table: len({one.number for one in table}) == len(table),
    "každý záznam má mať iné číslo (number)",
    "each entry needs a number of its own",
)


def broken_table_rules(settings: Settings) -> Iterator[tuple[str, Rule]]:
    """The key path and the rule, for each rule of the repeated tables that does not hold."""
    for table, rules in KEY_RULES.items():
        for index, one in enumerate(getattr(settings, table)):
            for key, rule in rules.items():
                if not rule.holds(getattr(one, key)):
                    yield f"{table}[{index}].{key}", rule
        if not OWN_NUMBERS.holds(getattr(settings, table)):
            yield table, OWN_NUMBERS
    for index, department in enumerate(settings.department):
        yield from _broken_together(index, department)


def _broken_together(index: int, department: Department) -> Iterator[tuple[str, Rule]]:
    for key, rule in DEPARTMENT_RULES:
        if not rule.holds(department):
            yield f"department[{index}].{key}", rule
