"""How often the real register waits for the disk: three times a receipt, four when paper follows a mail (P3)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from states.fiscal.journal import Delivered, Intent, MailFailed, Outcome
from tests.shop import SALE, SEGMENT, Shop, await_that, end, mailed, open_shop

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")

REFUSED = "nikto@example.sk"
MAIL_FAULTS = f'[[fault]]\nphase = "rcpt"\ncode = 550\nrecipient = "{REFUSED}"\n'
SYNCS = ("fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync")
MAGIC = '"\\365eK\\377'
"""How strace writes the first bytes of a record."""

_CALL = re.compile(r"(?m)^\d+ +(?P<name>\w+)\((?:\d+<(?P<path>[^>]*)>)?(?P<rest>.*)$")


@dataclass(frozen=True)
class Call:
    """A system call that writes or syncs."""

    name: str
    path: str
    rest: str

    @property
    def is_record(self) -> bool:
        """A record goes to the journal."""
        return self.name == "pwrite64" and self.path.endswith(SEGMENT) and MAGIC in self.rest

    @property
    def is_sync(self) -> bool:
        """Something is waited for until it is on the medium."""
        return self.name in SYNCS


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[Call]]]:
    """The calls of four receipts: printed, mailed, refused by the mail server and printed, printed with change."""
    with open_shop(tmp_path_factory.mktemp("syncs"), mail=MAIL_FAULTS) as shop:
        end(shop.run())
        trace = shop.folder / "trace"
        options = ("-D", "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace=pwrite64,{','.join(SYNCS)}")
        process = shop.run("strace", *options)
        for count, keys in enumerate((SALE, mailed(), mailed(REFUSED), ("2", "0", *SALE)), 1):
            shop.press(*keys)
            shop.await_record(Delivered, count)
            await_that("the basket is empty again", lambda: shop.state() == "Composing")
        assert end(process) == 0
        yield split(trace.read_text(errors="replace"), shop)


def split(trace: str, shop: Shop) -> list[list[Call]]:
    """The calls from each Intent to the sync of the last record before the next one; what the start did is left out."""
    found = [Call(one["name"], one["path"] or "", one["rest"]) for one in _CALL.finditer(trace)]
    places = [place for place, call in enumerate(found) if call.is_record]
    records = shop.records()
    intents = [place for place, record in zip(places[::-1], records[::-1], strict=False) if isinstance(record, Intent)]
    begins = sorted(intents)
    return [found[begin:until] for begin, until in zip(begins, [*begins[1:], len(found)], strict=True)]


@pytest.mark.parametrize(
    ("receipt", "syncs"),
    [(0, 3), (1, 3), (2, 4), (3, 3)],
    ids=["printed", "mailed", "mail-then-paper", "printed-again"],
)
def test_syncs_of_a_receipt(calls: list[list[Call]], receipt: int, syncs: int) -> None:
    made = calls[receipt]
    assert [call.path for call in made if call.is_sync and not call.path.endswith(SEGMENT)] == []
    order = [call.is_sync for call in made if call.is_sync or call.is_record]
    assert order == [False, True] * syncs, "each record is one write and one sync"
    assert {call.name for call in made if call.is_sync} == {"fdatasync"}


def test_four_receipts_were_seen(calls: list[list[Call]]) -> None:
    assert len(calls) == 4


def test_records_are_those_that_the_syncs_are_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three records of a receipt, four with a failed mail: so no sync is left out and none is made in vain."""
    with open_shop(tmp_path_factory.mktemp("records"), mail=MAIL_FAULTS) as shop:
        shop.run()
        shop.press(*mailed(REFUSED))
        shop.await_record(Delivered)
        assert [type(record) for record in shop.records()[1:]] == [Intent, Outcome, MailFailed, Delivered]
