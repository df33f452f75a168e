"""The benchmark measures what it says, in turns, and fails when a bound is broken; no time is asserted here."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, strategies as st

from controller import bench_peer
from controller.bench import PLAN, Plan, run_bench, steadily
from controller.bench_boot import OWN, libraries_of
from controller.bench_receipts import sellers
from controller.bench_register import prepare
from controller.bench_report import Report, as_json, as_table
from controller.bench_series import Bound, Contender, Finding, Times, drift, find, interleave, percentile_95
from controller.bench_server import Mould, serving
from controller.reading import read_journal
from controller.receipts import summary, tell
from controller.settings import load_settings
from controller.verify import verify
from drivers.authority_reply import read_reply
from drivers.authority_trust import read_trust
from drivers.ports import NoAnswer
from drivers.simulated.authority_checks import check_request
from drivers.simulated.certificates import read_pair
from drivers.simulated.training import AUTHORITY_FOLDER, load_authority_world
from drivers.soap import SOAP, parse_envelope
from drivers.wssecurity import read_certificate
from states.fiscal.receipt import Acceptance

SMALL = Plan(
    receipts=4,
    receipts_warm_up=1,
    boots=2,
    boots_warm_up=0,
    verified_receipts=40,
    verifications=2,
    verifications_warm_up=0,
    drift_max=1e9,
)
NEVER_BROKEN = tuple(replace(bound, limit=1e9) for bound in PLAN.bounds)
NAMES = {"floor", "register", "peer", "boot", "imports", "read and hash", "verify bytes", "verify all"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A prepared training folder."""
    path = tmp_path / "register"
    prepare(path)
    return path


@pytest.fixture
def served(folder: Path) -> Iterator[Path]:
    """The folder with its server running."""
    with serving(folder, urlsplit(load_settings(folder).authority.url).port or 0):
        yield folder


def is_peer_there() -> bool:
    """Whether the peer's libraries are installed."""
    return not bench_peer.missing_libraries()


# --- The whole -------------------------------------------------------------------------------------------


def test_a_bound_that_holds_gives_0_and_numbers_of_all_contenders() -> None:
    """`--json` has counts, medians, ratios and verdicts, and the ratios are those of the medians."""
    out = io.StringIO()
    assert run_bench(True, out, replace(SMALL, bounds=NEVER_BROKEN)) == 0
    found = json.loads(out.getvalue())
    assert set(found["times"]) == (NAMES if is_peer_there() else NAMES - {"peer"})
    assert {name: times["count"] for name, times in found["times"].items()}["register"] == SMALL.receipts
    assert [(each["what"], each["base"]) for each in found["bounds"]] == [(b.what, b.base) for b in PLAN.bounds]
    for each in found["bounds"]:
        medians = [found["times"][name]["median_ms"] for name in (each["what"], each["base"])]
        assert each["ratio"] == pytest.approx(medians[0] / medians[1], rel=0.01)
    assert found["holds"] is True
    assert found["unsteady"] == []


def test_a_broken_bound_gives_1_and_says_which() -> None:
    """One bound that nothing can hold is enough."""
    out = io.StringIO()
    impossible = (Bound("register", "floor", 0.001), Bound("boot", "imports", 1e9))
    assert run_bench(False, out, replace(SMALL, bounds=impossible)) == 1
    assert re.search(r"register / floor +[0-9.]+ +at most 0\.00 +BROKEN", out.getvalue())
    assert re.search(r"boot / imports +[0-9.]+ +at most 1000000000\.00 +holds", out.getvalue())


# --- The contenders --------------------------------------------------------------------------------------


async def test_every_contender_does_its_work(served: Path) -> None:
    """Each round is a printed on-line receipt of the register; the journal it leaves is whole."""
    async with sellers(served) as contenders:
        times = await interleave(contenders, 3, 0)
    assert all(taken_s > 0 for series in times.values() for taken_s in series)
    told = [summary(one) for one in tell(read_journal(served))]
    assert len(told) == 4
    assert {(one["form"], one["delivery"]) for one in told} == {("online", "printed")}
    assert not verify(served).violations
    assert (served / "floor").stat().st_size > 0


@pytest.mark.skipif(not is_peer_there(), reason="signxml and requests are not installed")
async def test_the_peer_writes_real_receipts(served: Path, tmp_path: Path) -> None:
    """The simulated authority accepts its message, xmlsec1 believes it, its row is complete, its text on paper."""
    async with sellers(served) as contenders:
        await contenders["peer"]()
    with closing(sqlite3.connect(served / "peer.sqlite")) as database:
        message, uid, reply, delivered = database.execute(
            "SELECT message, uid, reply, delivered FROM receipt ORDER BY number DESC"
        ).fetchone()
    policy = load_authority_world(served).policy
    assert check_request(message, policy, datetime.now(UTC)).kind == "RegisterReceiptRequest"
    assert xmlsec1(message, tmp_path)
    assert not xmlsec1(message.replace(b'Price="', b'Price="9'), tmp_path)
    assert uid.encode() in reply
    assert delivered == "printed"
    assert uid in (served / "peer.txt").read_text(encoding="utf-8")


def xmlsec1(message: bytes, folder: Path) -> bool:
    """Whether xmlsec1 verifies the signature of the Body with the certificate in the message."""
    token = read_certificate(parse_envelope(message)).public_bytes(Encoding.PEM)
    (folder / "certificate.pem").write_bytes(token)
    (folder / "message.xml").write_bytes(message)
    known = ["--id-attr:Id", f"{SOAP}:Body"]
    command = ["xmlsec1", "--verify", "--insecure", "--pubkey-cert-pem", "certificate.pem", *known, "message.xml"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


async def test_without_its_libraries_there_is_no_peer(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is measured, the ratio is not, and no bound is broken by that."""
    monkeypatch.setitem(sys.modules, "signxml", None)
    assert bench_peer.missing_libraries() == ["signxml"]
    async with sellers(served) as contenders:
        assert set(contenders) == {"floor", "register"}
    finding = find(Bound("register", "peer", 0.75), {"register": [1.0], "floor": [1.0]})
    report = Report({"register": [1.0, 1.0], "floor": [1.0, 1.0]}, (finding,))
    assert report.holds
    assert re.search(r"register / peer +- +at most 0.75 +not measured", as_table(report))
    assert json.loads(as_json(report))["bounds"][0]["ratio"] is None


def test_the_server_signs_each_answer_for_its_request(folder: Path) -> None:
    """The driver believes an answer, which has another UID each time, and notices one for another Uuid."""
    keys = folder / AUTHORITY_FOLDER
    mould = Mould(read_pair((keys / "signer.pem").read_bytes(), (keys / "signer.key").read_bytes()))
    trust = read_trust(
        (folder / "authority-signer-ca.pem").read_bytes(), load_settings(folder).authority.signer_subject
    )
    uids = set()
    for _ in range(3):
        uuid = str(uuid4())
        reply = mould.answer(b'<Header Uuid="%b" RequestDate="x"/>' % uuid.encode())
        answer = read_reply(reply, uuid=uuid, trust=trust, now=datetime.now(UTC)).answer
        assert isinstance(answer, Acceptance)
        uids.add(answer.uid)
        with pytest.raises(NoAnswer, match="wrong-uuid"):
            read_reply(reply, uuid=str(uuid4()), trust=trust, now=datetime.now(UTC))
    assert len(uids) == 3


def test_the_libraries_of_a_boot_are_those_that_it_loads(folder: Path) -> None:
    """Third-party packages and the standard library's, down to their parts, and nothing of the register's own."""
    libraries = libraries_of(folder)
    assert {"trio", "httpx", "lxml.etree", "sqlite3", "cryptography.x509", "transitions"} <= set(libraries)
    assert not {name.partition(".")[0] for name in libraries} & OWN
    assert "signxml" not in libraries


# --- The arithmetic --------------------------------------------------------------------------------------


async def test_contenders_take_turns_and_the_first_rounds_do_not_count() -> None:
    """A B C, B C A, C A B, and so on; each time is kept under its own name and in order."""
    order: list[str] = []

    def contender(name: str, step: float) -> Contender:
        async def once() -> float:
            order.append(name)
            return step * order.count(name)

        return once

    times = await interleave({"a": contender("a", 1), "b": contender("b", 10), "c": contender("c", 100)}, 3, 1)
    assert "".join(order) == "abcbcacababc"
    assert times == {"a": [2, 3, 4], "b": [20, 30, 40], "c": [200, 300, 400]}


def test_a_ratio_is_of_medians_so_that_one_slow_round_changes_nothing() -> None:
    """The bound itself still holds, a hair more does not, and what is missing is not judged."""
    times = {"register": [3.0, 4.0, 900.0], "floor": [2.0, 0.1, 700.0]}
    assert find(Bound("register", "floor", 2.0), times) == Finding(Bound("register", "floor", 2.0), 2.0)
    assert find(Bound("register", "floor", 2.0), times).holds is True
    assert find(Bound("register", "floor", 1.999), times).holds is False
    assert find(Bound("register", "peer", 1.0), times).holds is None


@given(st.lists(st.floats(0.001, 10), min_size=2, max_size=50))
def test_drift_is_between_halves_and_the_percentile_is_one_of_the_times(times: list[float]) -> None:
    """Whichever half is the slower one, drift is not negative; a run of two equal halves has none."""
    assert drift(times) >= 0
    assert drift(times + times) == 0
    assert percentile_95(times) in times


def test_an_unsteady_base_is_measured_once_more_and_then_fails() -> None:
    """The second run counts; if it moved too, the report does not hold whatever its ratios are."""
    runs = iter([[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 1.1, 1.1], [1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 1.2, 1.2]])

    async def part() -> Times:
        return {"floor": next(runs)}

    assert steadily(part, "floor", PLAN) == ({"floor": [1.0, 1.0, 1.1, 1.1]}, ())
    times, moved = steadily(part, "floor", PLAN)
    assert moved == ("floor",)
    report = Report(times, (), moved)
    assert not report.holds
    assert "UNSTEADY: floor" in as_table(report)
    assert json.loads(as_json(report))["unsteady"] == ["floor"]
