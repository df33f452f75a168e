"""A page that shows what the simulated authority holds: for the technician's browser, on this machine alone.

It has no scripts and asks for nothing from anywhere; whatever came in a message is shown as text.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from drivers.simulated.authority_rules import TEXTS
from drivers.simulated.authority_store import month_sums
from drivers.simulated.authority_world import AuthorityWorld, Reply
from states.fiscal.codes import create_date, paper_time

SHOWN_MAX = 200
HTML_TYPE = "text/html; charset=utf-8"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["date"] = paper_time
_TEMPLATES.filters["moment"] = lambda at: paper_time(create_date(at))


def answer_page(world: AuthorityWorld) -> Reply:
    """The page as a reply, with headers that forbid everything that it does not need."""
    return Reply(body=render_page(world).encode(), content_type=HTML_TYPE, headers=HEADERS)


def render_page(world: AuthorityWorld) -> str:
    """The page: the newest receipts, locations and refusals (200 of each at most), and sums of all."""
    known = {
        "now": world.now(),
        "requests": world.requests,
        "receipts": world.receipts,
        "locations": world.locations,
        "refusals": world.refusals,
        "duplicates": world.duplicates_count(),
        "faults": len(world.faults),
        "months": month_sums(world.receipts.values()),
        "newest_receipts": list(islice(reversed(world.receipts.values()), SHOWN_MAX)),
        "newest_locations": list(islice(reversed(world.locations.values()), SHOWN_MAX)),
        "newest_refusals": list(islice(reversed(world.refusals), SHOWN_MAX)),
        "texts": TEXTS,
        "shown_max": SHOWN_MAX,
    }
    return _TEMPLATES.get_template("authority_page.html.j2").render(known)
