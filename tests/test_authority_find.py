"""The public search and the page of the simulated authority: what they show, and what they refuse."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h11
import httpx
import pytest
import trio
from hypothesis import given, settings, strategies as st
from lxml import html
from PIL import Image

from drivers.simulated.authority import _answer_visitor
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_find import FIND_MAX_BYTES, FIND_PATH, answer_search, parse_query, search
from drivers.simulated.authority_habits import Duplicates
from drivers.simulated.authority_page import SHOWN_MAX, render_page
from drivers.simulated.authority_store import Registered
from drivers.simulated.authority_world import AuthorityWorld, respond
from states.fiscal.codes import paper_time
from tests.authority_forging import INVOICE, Edit, all_of, facts, forged, header, hours, item, location
from tests.authority_kit import make_world, served, training_folder

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
NASTY = "<script>alert(1)</script> \"'&amp;"

# fmt: off
FIELDS = {
    "receiptId", "okp", "pkp", "ico", "dic", "icDph", "cashRegisterCode", "issueDate", "createDate", "receiptNumber",
    "type", "paragon", "paragonNumber", "invoiceNumber", "customerId", "totalPrice", "taxBaseBasic", "taxBaseReduced",
    "freeTaxAmount", "vatAmountBasic", "vatAmountReduced", "vatRateBasic", "vatRateReduced", "items", "organization",
    "unit", "exemption", "vatSummary",
}
# fmt: on


def registered(world: AuthorityWorld, edit: Edit | None = None) -> Registered:
    """A receipt that this authority just registered."""
    _, reply = respond(world, forged(edit or all_of()))
    assert b"RegisterReceiptResponse" in reply.body, reply.body
    return list(world.receipts.values())[-1]


def offline_query(known: Registered) -> dict[str, Any]:
    """What the QR code of an off-line receipt says, as the application asks it."""
    said = known.content.facts
    return {
        "okp": known.okp,
        "cashRegisterCode": known.register,
        "issueDateFormatted": paper_time(said["CreateDate"]),
        "receiptNumber": int(said["ReceiptNumber"]),
        "totalAmount": float(said["Amount"]),
    }


def asked(world: AuthorityWorld, query: object) -> Any:
    """The answer to a query that is taken."""
    reply = answer_search(world, json.dumps(query).encode(), BROWSER, "127.0.0.1")
    assert (reply.status, reply.content_type) == (200, "application/json; charset=utf-8")
    return json.loads(reply.body)


# --- The search ------------------------------------------------------------------------------------------


def test_a_receipt_is_found_by_its_uid() -> None:
    """With every field that the service has."""
    world = make_world()
    known = registered(world)
    answer = asked(world, {"receiptId": known.uid})
    receipt = answer["receipt"]
    assert set(answer) == {"returnValue", "receipt", "searchIdentification"}
    assert set(receipt) == FIELDS
    assert (receipt["receiptId"], receipt["okp"], receipt["pkp"]) == (known.uid, known.okp, known.pkp)
    assert (receipt["totalPrice"], receipt["taxBaseBasic"], receipt["vatAmountBasic"]) == (14.94, 8.13, 1.87)
    assert (receipt["vatRateBasic"], receipt["vatRateReduced"], receipt["paragon"]) == (23, 19, False)
    assert receipt["issueDate"] == paper_time(known.content.facts["IssueDate"])
    assert receipt["items"][0] == {"name": "Kladivo", "itemType": "K", "quantity": 1, "vatRate": 23, "price": 10}
    assert [one["vatRate"] for one in receipt["vatSummary"]] == [23, 19, 5, 0]
    assert (receipt["organization"]["name"], receipt["organization"]["vatPayer"]) == ("Finančná správa i.n.t.", True)
    assert (receipt["unit"]["unitType"], receipt["unit"]["streetName"]) == ("STANDARD", "Horná")


def test_an_offline_receipt_is_found_by_what_its_qr_code_says() -> None:
    """In either case of the OKP."""
    world = make_world()
    known = registered(world)
    query = offline_query(known)
    assert asked(world, query)["receipt"]["receiptId"] == known.uid
    assert asked(world, query | {"okp": known.okp.lower()})["receipt"]["receiptId"] == known.uid


def test_the_date_may_be_that_of_a_slip_written_by_hand() -> None:
    """The field is named after IssueDate, the QR code has CreateDate."""
    world = make_world()
    known = registered(world, facts(Paragon="true", ParagonNumber="7", IssueDate=hours(-50)))
    query = offline_query(known)
    for name in ("IssueDate", "CreateDate"):
        receipt = asked(world, query | {"issueDateFormatted": paper_time(known.content.facts[name])})["receipt"]
        assert (receipt["paragon"], receipt["paragonNumber"]) == (True, 7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"okp": "-".join(["0" * 8] * 5)},
        {"cashRegisterCode": "88812345678900002"},
        {"issueDateFormatted": "01.01.2026 00:00:00"},
        {"receiptNumber": 58},
        {"totalAmount": 14.95},
    ],
    ids=str,
)
def test_an_offline_receipt_is_not_found_by_a_part_that_differs(wrong: dict[str, Any]) -> None:
    world = make_world()
    answer = asked(world, offline_query(registered(world)) | wrong)
    assert answer == {"returnValue": 0, "receipt": None, "searchIdentification": None}


def test_what_is_not_found_is_no_error() -> None:
    """Nor is a receipt found by a UID field that holds its OKP."""
    world = make_world()
    known = registered(world)
    for uid in ("O-7DBCDA8A56EE426DBCDA8A56EE4-TEST", "", known.okp):
        assert asked(world, {"receiptId": uid})["receipt"] is None


def test_every_uid_that_was_given_leads_to_the_receipt() -> None:
    """Even if the authority forgot that it had registered it."""
    world = make_world()
    world.duplicates = Duplicates.NEW_UID
    message = forged(all_of())
    for _ in range(2):
        respond(world, message)
    (known,) = world.receipts.values()
    first, second = (sending.uid for sending in known.sendings)
    assert first != second
    assert {asked(world, {"receiptId": uid})["receipt"]["receiptId"] for uid in (first, second)} == {first}


def test_an_invoice_and_an_exemption_are_told() -> None:
    world = make_world()
    known = registered(world, all_of(INVOICE, header(Exception="true")))
    receipt = asked(world, {"receiptId": known.uid})["receipt"]
    assert (receipt["type"], receipt["invoiceNumber"], receipt["items"]) == ("UF", "2026001", [])
    assert (receipt["exemption"], receipt["taxBaseBasic"], receipt["vatSummary"]) == (True, None, [])


def test_rates_are_those_of_the_day() -> None:
    """20 and 10 before 2025, 23 and 19 since."""
    world = make_world()
    old = registered(world, all_of(header(SendingCount="2"), facts(CreateDate="2024-12-31T12:00:00+01:00")))
    receipt = asked(world, {"receiptId": old.uid})["receipt"]
    assert (receipt["vatRateBasic"], receipt["vatRateReduced"]) == (20, 10)


def test_a_seller_that_is_not_known_has_no_name() -> None:
    world = make_world()
    world.sellers = {}
    known = registered(world)
    receipt = asked(world, {"receiptId": known.uid})["receipt"]
    assert (receipt["organization"]["name"], receipt["organization"]["dic"]) == (None, "1234567890")
    assert (receipt["unit"]["unitType"], receipt["unit"]["cashRegisterCode"]) == (None, known.register)


@pytest.mark.parametrize(
    "agent",
    ["", "curl/8.5.0", "python-requests/2.32.3", "Python-urllib/3.11", "python-httpx/0.28", "Go-http-client/1.1"],
)
def test_a_bare_library_is_turned_away(agent: str) -> None:
    assert answer_search(make_world(), b'{"receiptId":"x"}', agent, "127.0.0.1").status == 499


def test_an_hour_has_a_limit_of_searches() -> None:
    """For each address apart; when the hour is over, it may go on."""
    world, now = make_world(), datetime(2026, 11, 22, 10, tzinfo=UTC)
    world.clock, world.finds_per_hour = lambda: now, 2

    def statuses(address: str) -> list[int]:
        return [answer_search(world, b'{"receiptId":"x"}', BROWSER, address).status for _ in range(3)]

    assert statuses("127.0.0.1") == [200, 200, 429]
    assert statuses("::1") == [200, 200, 429]
    now += timedelta(hours=1)
    assert statuses("127.0.0.1") == [200, 200, 429]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"okp":"x"}',
        b'{"receiptId":1}',
        b'{"receiptId":null}',
        b'{"receiptId":"x","more":1}',
        b'{"receiptId":"\xff"}',
        b'{"receiptId":"x"',
        b"[" * 4000,
        b'{"okp":"x","cashRegisterCode":"1","issueDateFormatted":"1","receiptNumber":1.5,"totalAmount":1}',
        b'{"okp":"x","cashRegisterCode":"1","issueDateFormatted":"1","receiptNumber":1,"totalAmount":NaN}',
    ],
)
def test_what_is_no_query_is_refused(body: bytes) -> None:
    assert answer_search(make_world(), body, BROWSER, "127.0.0.1").status == 400


def test_a_query_has_a_limit() -> None:
    body = b'{"receiptId":"' + b"x" * FIND_MAX_BYTES + b'"}'
    assert answer_search(make_world(), body, BROWSER, "127.0.0.1").status == 413


NAMES = ("receiptId", "okp", "cashRegisterCode", "issueDateFormatted", "receiptNumber", "totalAmount", "more")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
QUERIES = st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda one: json.dumps(one).encode())
BODIES = st.binary(max_size=5000) | QUERIES


@given(body=BODIES)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_answered(body: bytes) -> None:
    """With a status, never with an exception; a query that was read is whole."""
    world = FUZZED
    reply = answer_search(world, body, BROWSER, "127.0.0.1")
    assert reply.status in (200, 400, 413)
    if (query := parse_query(body)) is not None:
        assert query.is_whole
        assert search(world, query)["receipt"] is None


FUZZED = make_world()
registered(FUZZED)

# --- The page --------------------------------------------------------------------------------------------


def busy_world() -> AuthorityWorld:
    """An authority that holds something of everything, with names that would be code if they were not text."""
    world = make_world()
    registered(world, item(Name=NASTY))
    registered(world, all_of(INVOICE, facts(InvoiceNumber="2026'<i>")))
    registered(world, facts(Paragon="true", ParagonNumber="3", ReceiptNumber="58"))
    for count in ("1", "2"):
        respond(world, location(hours(-1), count, ("Other", NASTY)))
    respond(world, location(hours(0), "1", ("Gps", {"AxisX": "17.165377", "AxisY": "48.148962"})))
    respond(world, forged(facts(Dic="1234567891")))
    respond(world, forged(item(SellerId="1")))
    world.faults.append(AuthorityFault(FaultKind.SILENCE))
    return world


def test_the_page_shows_everything_that_is_held() -> None:
    world = busy_world()
    shown = html.fromstring(render_page(world))
    text = " ".join("".join(str(one) for one in shown.itertext()).split())
    for known in world.receipts.values():
        for said in (known.uid, known.okp, known.content.facts["Amount"]):
            assert said in text
    for said in (
        "paragón 3",
        "faktúra 2026'<i>",
        "AxisX: 17.165377",
        f"Other: {' '.join(NASTY.split())}",
        "-101",
        "-129",
    ):
        assert said in text
    counts = {one.findtext("dt"): one.findtext("dd") for one in shown.iterfind(".//dl/div")}
    assert (counts["Doklady"], counts["Polohy"], counts["Odmietnutia"]) == ("3", "2", "2")
    assert (counts["Požiadavky"], counts["Čakajúce poruchy"]) == ("8", "1")


def test_an_empty_authority_has_a_page_too() -> None:
    assert render_page(make_world()).count("Zatiaľ nič.") == 4


def test_what_came_in_a_message_is_text_and_never_code() -> None:
    """The only elements are the template's own."""
    page = render_page(busy_world())
    assert NASTY not in page
    shown = html.fromstring(page)
    assert not [one for one in shown.iter() if one.tag in ("script", "i", "img", "iframe", "object", "form")]
    assert not [name for one in shown.iter() for name in one.attrib if str(name).startswith("on")]


def test_the_page_can_be_used_without_a_mouse_and_without_eyes() -> None:
    """A language, one heading of the first order, named regions that can be scrolled, headers of rows and columns."""
    shown = html.fromstring(render_page(busy_world()))
    assert shown.get("lang") == "sk"
    assert len(shown.findall(".//h1")) == len(shown.findall(".//main")) == len(shown.findall(".//header")) == 1
    ids = {one.get("id") for one in shown.iter() if one.get("id")}
    assert {one.get("href") for one in shown.iterfind(".//nav//a")} <= {f"#{name}" for name in ids}
    for table in shown.iterfind(".//table"):
        region = table.getparent()
        assert region is not None
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert region.get("aria-labelledby") in ids
        assert table.find("caption") is not None
        assert all(cell.get("scope") == "col" for cell in table.iterfind("thead//th"))
        assert len(table.findall("tbody/tr")) == len(table.findall("tbody/tr/th[@scope='row']"))


def test_the_page_shows_the_newest_of_many() -> None:
    world = make_world()
    known = registered(world)
    world.receipts |= {f"{n}": replace(known, uid=f"O-{n:032X}", sendings=()) for n in range(SHOWN_MAX)}
    page = render_page(world)
    assert (known.uid in page, f"O-{SHOWN_MAX - 1:032X}" in page) == (False, True)
    assert f"<dd>{SHOWN_MAX + 1}</dd>" in page


# --- The server ------------------------------------------------------------------------------------------


@asynccontextmanager
async def visited(world: AuthorityWorld) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of sorts at the authority's address, over real TLS."""
    trusted = ssl.create_default_context(cafile=str(training_folder() / "authority-ca.pem"))
    agent = {"User-Agent": BROWSER}
    async with served(world) as port:
        address = f"https://127.0.0.1:{port}"
        async with httpx.AsyncClient(verify=trusted, trust_env=False, base_url=address, headers=agent) as client:
            yield client


async def test_the_search_and_the_page_are_served_beside_the_registers() -> None:
    world = make_world()
    known = registered(world)
    async with visited(world) as client:
        found = await client.post(FIND_PATH.decode(), json={"receiptId": known.uid})
        bare = await client.post(FIND_PATH.decode(), json={}, headers={"User-Agent": "python-httpx/0.28"})
        page = await client.get("/")
        lost = [await client.get(path) for path in ("/other", FIND_PATH.decode(), "/soap/services/v2")]
        old = await client.post("/mdu/soap/services/v1", content=b"")
    assert found.json()["receipt"]["okp"] == known.okp
    assert bare.status_code == 499
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert known.uid in page.text
    assert [one.status_code for one in lost] == [404] * 3
    assert 'EkasaErrorCode="-8"' in old.text
    assert world.requests == 2


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.5", 404), ("8.8.8.8", 404)]
)
def test_the_page_is_for_this_machine_alone(address: str, status: int) -> None:
    """The search is public, the page is not."""
    world = make_world()
    page = h11.Request(method="GET", target="/", headers=[("Host", "x")])
    find = h11.Request(method="POST", target=FIND_PATH, headers=[("Host", "x"), ("User-Agent", BROWSER)])
    assert _answer_visitor(world, page, b"", address).status == status
    assert _answer_visitor(world, find, b'{"receiptId":"x"}', address).status == 200


def photographed(address: str, folder: Path) -> Image.Image:
    """What headless Chromium shows at an address; the certificate of the training world is not known to it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("THE PAGE WAS NOT SHOWN: chromium is not installed; make test installs it")
    switches = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "hide-scrollbars"]
    switches += ["disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"]
    switches += ["ignore-certificate-errors", f"user-data-dir={folder / 'profile'}", "window-size=1200,1600"]
    switches += [f"screenshot={folder / 'page.png'}"]
    command = [chromium, *(f"--{switch}" for switch in switches), address]
    subprocess.run(command, capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
    with Image.open(folder / "page.png") as picture:
        return picture.convert("RGB")


async def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    """Over real TLS, with its style: the stripe at the top has the colour of the template."""
    world = busy_world()
    async with served(world) as port:
        picture = await trio.to_thread.run_sync(photographed, f"https://127.0.0.1:{port}/", tmp_path)
    colours = {picture.getpixel((x, y)) for x in range(0, 1200, 2) for y in range(400)}
    assert (11, 93, 87) in colours, "the accent"
    assert (138, 59, 0) in colours, "the notice that this is a simulator"
    assert picture.getpixel((5, 5)) == (238, 241, 243), "the ground"
