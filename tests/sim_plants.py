"""Bugs that are planted on purpose: each breaks the register in one place, and some invariant must notice.

Whoever adds one writes a function and a row in one of the files; ``python -m tests.campaign --plant NAME --receipts
2000`` tells who notices it, ``python -m tests.campaign_planted`` plants all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from tests.sim_planting import Plant as Plant, replaced
from tests.sim_plants_content import CONTENT
from tests.sim_plants_delivery import DELIVERY
from tests.sim_plants_journal import JOURNAL
from tests.sim_plants_sending import SENDING
from tests.sim_plants_start import STARTS

PLANTS: dict[str, Plant] = {**JOURNAL, **SENDING, **DELIVERY, **STARTS, **CONTENT}


def planted(name: str) -> AbstractContextManager[None]:
    """The plant of this name, and what lets it be noticed soon; nothing for an empty name."""
    return replaced((*PLANTS[name].plant(), *PLANTS[name].where)) if name else nullcontext()
