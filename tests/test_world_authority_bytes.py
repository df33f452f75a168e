"""The authority's reply broken off at every byte: a part is never an answer, and the message is sent again.

Reliability 2.2, F9 ("half answer"); I11, I14. All forms with all ends at all bytes: ``python -m tests.world_cuts``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trio

from controller.verify import verify
from drivers import authority_ekasa
from drivers.authority_reply import Reading
from drivers.simulated.authority_world import respond
from states.fiscal.journal import Attempted, Delivered, Intent, Outcome, Resolved
from states.fiscal.receipt import Acceptance, Form as ReceiptForm, Way
from tests.counter import Counter, open_counter
from tests.world_cuts import Breaker, End, Form, try_cuts, whole_reply

EDGE_BYTES = 12
STEP_BYTES = 19
SALE = ("1", "2", "DOT", "5", "0", "DEPARTMENT_1", "CASH")
UID = re.compile(r"[OV]-[0-9A-F]{27}-TEST")


def every_byte(length: int) -> Iterator[tuple[int, End]]:
    """Every byte, with each end in turn; the last ones and the whole with each end."""
    ends = list(End)
    yield from ((size, ends[size % len(ends)]) for size in range(length - EDGE_BYTES))
    yield from edge(length)


def some_bytes(length: int) -> Iterator[tuple[int, End]]:
    """A byte now and then, with each end in turn, and the edge."""
    ends = list(End)
    yield from ((size, ends[size % len(ends)]) for size in range(0, length - EDGE_BYTES, STEP_BYTES))
    yield from edge(length)


def edge(length: int) -> Iterator[tuple[int, End]]:
    """The last bytes with each end."""
    yield from ((size, end) for size in range(length - EDGE_BYTES, length + 1) for end in End)


async def test_no_part_of_a_reply_is_an_answer(tmp_path: Path) -> None:
    """NoAnswer, and the message had left, for every part from nothing at all to all but the last byte."""
    tried, wrong = await try_cuts(tmp_path, Form.LENGTH, every_byte)
    assert wrong == []
    assert tried > 3_500


@pytest.mark.parametrize("form", [Form.CHUNKS, Form.CLOSE])
async def test_nor_in_the_other_forms(form: Form, tmp_path: Path) -> None:
    """A body in chunks is whole with its last chunk; one that ends with the connection, when its XML does."""
    tried, wrong = await try_cuts(tmp_path, form, some_bytes)
    assert wrong == []
    assert tried > 200


async def test_a_driver_that_took_a_part_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: a lenient reader finds a UID in what came so far."""

    async def read_some(response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            async for part in response.aiter_raw():
                body += part
        except httpx.TransportError:
            pass
        return bytes(body)

    def find_uid(reply: bytes, **_: object) -> Reading:
        found = UID.search(reply.decode("utf-8", "replace"))
        return Reading(Acceptance(found[0] if found else "", "", ""), signed=True, warning="")

    monkeypatch.setattr(authority_ekasa, "_read_limited", read_some)
    monkeypatch.setattr(authority_ekasa, "read_reply", find_uid)
    _, wrong = await try_cuts(
        tmp_path, Form.LENGTH, lambda length: ((size, End.CLOSED) for size in range(0, length, 97))
    )
    assert len(wrong) > 10


# --- The whole register --------------------------------------------------------------------------------------

PLACES: dict[str, Callable[[bytes], int]] = {
    "nothing": lambda whole: 0,
    "a byte": lambda whole: 1,
    "the status": lambda whole: whole.index(b"\r\n") + 2,
    "all headers but a byte": lambda whole: whole.index(b"\r\n\r\n") + 3,
    "all headers": lambda whole: whole.index(b"\r\n\r\n") + 4,
    "the UID": lambda whole: whole.index(b"-TEST") + 5,
    "the signature": lambda whole: whole.index(b"</ds:SignatureValue>") + 20,
    "all but a byte": lambda whole: len(whole) - 1,
}


async def test_at_the_counter_it_is_off_line_and_sent_again(tmp_path: Path) -> None:
    """The customer has the off-line paper, the authority the receipt; its UID comes with the whole answer, once."""
    folder = tmp_path / "counter"
    async with open_counter(folder) as counter:
        await counter.close_authority()
        for place, end in ((place, end) for place in PLACES.values() for end in (End.CLOSED, End.RESET)):
            await sell_and_send_again(counter, place, end)
    report = verify(folder)
    assert report.holds, report.violations
    assert report.receipts == 2 * len(PLACES)


async def sell_and_send_again(counter: Counter, place: Callable[[bytes], int], end: End) -> None:
    """One sale whose answer breaks off there, and its second sending whose answer is whole."""

    def answer(message: bytes) -> bytes:
        return whole_reply(respond(counter.authority, message)[1].body, Form.LENGTH)

    breaker = Breaker(counter.authority.tls, answer, lambda whole: (place(whole), end))
    async with trio.open_nursery() as nursery:
        port = urlsplit(counter.settings.authority.url).port or 0
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, breaker.visit, listeners))
        sold = await counter.play(*SALE)
        breaker.cut = lambda whole: (len(whole), End.FAREWELL)
        await counter.send_now()
        await counter.until_sent()
        nursery.cancel_scope.cancel()
    (paper,) = sold.papers
    known, records = counter.authority.receipts[sold.okp], counter.records()[sold.okp]
    assert UID.search(paper) is None
    assert sold.okp in paper
    assert [type(record) for record in records] == [Intent, Outcome, Delivered, Attempted, Resolved]
    outcome, resolved = records[1], records[-1]
    assert isinstance(outcome, Outcome)
    assert isinstance(resolved, Resolved)
    assert (outcome.form, outcome.way, outcome.uid) == (ReceiptForm.OFFLINE, Way.PRINT, "")
    assert outcome.reason in ("reset", "unparsable")
    assert (resolved.uid, resolved.code) == (known.uid, 0)
    assert [sending.count for sending in known.sendings] == [1, 2]
