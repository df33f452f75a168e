"""What the displays show: plain text, made from the state by ``screen`` and shown by a display driver."""

from __future__ import annotations

from dataclasses import dataclass

OPERATOR_LINES = 5
OPERATOR_COLUMNS = 16
CUSTOMER_LINES = 2
CUSTOMER_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class View:
    """Both displays: the operator's 5 x 16, the customer's 2 x 20, and the same said at length.

    ``mode`` is the letter at the top left (R sale, T practice, X menu); ``lines`` the whole basket for a large screen;
    ``notice`` a sentence for the cashier; ``waiting`` what is awaited, empty when keys are heard; ``keys`` the names of
    the keys that do something now; ``departments`` the label of each department key, from 1.
    """

    mode: str = "R"
    operator: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    total: str = ""
    entry: str = ""
    notice: str = ""
    waiting: str = ""
    training: bool = False
    keys: frozenset[str] = frozenset()
    departments: tuple[str, ...] = ()
