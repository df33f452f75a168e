"""A copy of a receipt: all that it says, and neither UID nor QR code, OKP and PKP, so that there is one original.

Source: FS 775128; protocol facts, chapter 6.1.
"""

from __future__ import annotations

from states.fiscal.codes import paper_time
from states.fiscal.content import marks
from states.fiscal.original import content_lines, mark_lines
from states.fiscal.paper import Cut, Line, lefts, pair, rule
from states.fiscal.receipt import Form
from states.fiscal.slip import Copy

COPY = "KÓPIA"
FORMS = {Form.ONLINE: "on-line", Form.OFFLINE: "off-line"}


def copy_lines(copy: Copy, columns: int) -> tuple[Line, ...]:
    """The copy on paper; what made an invalid document of the receipt stays on it."""
    mark = mark_lines(COPY, columns)
    return (
        *mark,
        *(line for said in marks(copy.receipt, training=False) for line in mark_lines(said, columns)),
        *content_lines(copy.receipt, columns),
        rule(columns),
        *lefts(pair("Spracované:", FORMS[copy.form], columns)),
        *lefts(pair("Kópia vyhotovená:", paper_time(copy.at), columns)),
        *mark,
        Cut(),
    )
