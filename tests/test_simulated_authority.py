"""The simulated authority checks, registers, remembers, and fails on demand; training files have the official form."""

from __future__ import annotations

import stat
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from drivers.authority_message import encode_request
from drivers.identity_files import FileSigner, check_match, read_identity, read_signer
from drivers.ports import NoAnswer
from drivers.simulated.authority_checks import check_request
from drivers.simulated.authority_faults import AuthorityFault, FaultKind, Script, parse_script, read_faults, read_script
from drivers.simulated.authority_habits import Duplicates
from drivers.simulated.authority_rules import TEXTS, RefusedError
from drivers.simulated.authority_store import month_sums
from drivers.simulated.authority_world import REFUSALS_MAX, AuthorityWorld, Delivery, respond
from drivers.simulated.certificates import make_authority, make_register
from drivers.simulated.training import (
    AUTHORITY_FOLDER,
    MAIL_FOLDER,
    TRAINING_IDENTITY,
    encode_identity,
    load_authority_world,
    renew_authdata,
    server_context,
    write_training_files,
)
from drivers.soap import EKASA, parse_envelope, wire_bytes
from drivers.wssecurity import is_signed
from states.fiscal.codes import is_uid, okp, pkp_base
from states.fiscal.receipt import Acceptance, Fault, ReceiptType
from tests.authority_forging import (
    INVOICE,
    NOW,
    RECAP_GONE,
    Edit,
    all_of,
    attributes,
    element,
    facts,
    forged,
    header,
    hours,
    item,
    location,
)
from tests.authority_kit import (
    NON_PAYER,
    PASSWORD,
    SAMPLES,
    K,
    both,
    make_attempt,
    make_receipt,
    make_world,
    returned,
    samples,
    signer,
    training_folder,
)


def verdict(message: bytes, world: AuthorityWorld | None = None, now: datetime | None = None) -> int:
    """The code with which the message is refused, 0 if it is not."""
    try:
        check_request(message, (world or make_world()).policy, now or datetime.now(UTC))
    except RefusedError as error:
        return error.code
    return 0


# --- The checks, in their order --------------------------------------------------------------------------


WHOLE: tuple[Edit, ...] = (
    all_of(),
    INVOICE,
    facts(ReceiptType="ND"),
    all_of(RECAP_GONE),
    facts(Paragon="true", ParagonNumber="1", IssueDate=hours(-500)),
    facts(CustomerId="1", CustomerIdType="INE"),
    facts(IssueDate=hours(95), CreateDate=hours(95)),
    facts(CreateDate=hours(-95)),
    all_of(header(SendingCount="2"), facts(CreateDate=hours(-1000))),
    item(VatRate="23"),
    item(VatRate="23.0"),
    item(VatRate="20.00", ItemType="V", Price="-1.00", ReferenceReceiptId="57"),
    item(VatRate="10", ItemType="O", Price="1.00", ReferenceReceiptId="57"),
    item(VatRate="5.00"),
    facts(Paragon="true", ParagonNumber="4294967295"),
    all_of(INVOICE, facts(Paragon="true", ParagonNumber="1")),
    all_of(INVOICE, facts(Amount="-12.00")),
    all_of(INVOICE, facts(ReceiptType="VK", InvoiceNumber=None)),
    all_of(INVOICE, facts(ReceiptType="VY", InvoiceNumber=None)),
    item(ItemType="VO", Price="-1.00", VatRate="0.00"),
    item(ItemType="OZ", Price="-1.00"),
    item(ItemType="Z", Price="0.00"),
    header(Exception="true"),
    item(Name="Žltý € 日本"),
    item(ItemType="VP", Price="-1.00", VoucherNumber="1"),
    item(ItemType="V", Price="-1.00", ReferenceReceiptId="57"),
    item(VatRate="0.00", SpecialRegulation="OOD"),
    item(SellerId="SK1234567890", SellerIdType="IC_DPH"),
)


@pytest.mark.parametrize("edit", WHOLE)
def test_what_the_rules_allow_is_accepted(edit: Edit) -> None:
    """At the near side of each limit."""
    assert verdict(forged(edit)) == 0


def test_five_hundred_items_and_no_more() -> None:
    """The schema counts."""

    def more(request: etree._Element) -> None:
        items = element(request, "Items")
        for _ in range(500 - 3):
            etree.SubElement(items, f"{{{EKASA}}}Item", attributes(items[0]))

    message = encode_request(make_receipt((K,) * 500), make_attempt(), signer())
    assert (verdict(message), verdict(forged(more))) == (0, -2)


def test_a_recap_may_be_required() -> None:
    """Rule -119 comes and goes with the years."""
    world = make_world()
    world.policy = replace(world.policy, recap_required=True)
    assert verdict(forged(RECAP_GONE), world) == -119


def test_codes_are_checked_against_the_key() -> None:
    """Another PKP, another OKP."""

    def flip(request: etree._Element) -> None:
        element(request, "PKP").text = b64encode(bytes(256)).decode()

    def swap(request: etree._Element) -> None:
        element(request, "OKP").text = "-".join(["0" * 8] * 5)

    assert verdict(forged(flip, codes=False)) == -100
    assert verdict(forged(swap, codes=False)) == -111
    assert verdict(forged(facts(Amount="14.95"), codes=False)) == -100


def test_either_case_of_an_okp_is_right() -> None:
    """Samples have lower case, the document upper."""

    def lower(request: etree._Element) -> None:
        element(request, "OKP").text = (element(request, "OKP").text or "").lower()

    assert verdict(forged(lower, codes=False)) == 0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda message: message.partition(b"\n")[2], -2),
        (lambda message: message.replace(b"UTF-8", b"UTF-16"), -2),
        (lambda message: message.replace(b"\n", b"\n<!DOCTYPE x>", 1), -2),
        (lambda message: b"", -2),
        (lambda message: message.replace(b"RegisterReceiptRequest", b"RegisterReceiptDemand"), -2),
        (lambda message: message.replace(b"schema/v2", b"schema/v1"), -8),
        (lambda message: message.replace(b"schema/v2", b"schema/v3"), -8),
        (lambda message: message.replace(b"ekasa/schema/v2", b"ekasa/schemata/v2"), -2),
        (lambda message: message.replace(b">MII", b">MIX"), -12),
        (lambda message: message.replace(b"#X509v3", b"#PKCS7"), -12),
        (lambda message: message.replace(b'Name="Kladivo"', b'Name="Kladiva"'), -10),
        (lambda message: message.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha384"), -10),
    ],
)
def test_a_spoilt_message_has_its_code(spoil: Callable[[bytes], bytes], code: int) -> None:
    """Encoding and schema before the certificate, the certificate before the signature."""
    message = forged(all_of())
    assert spoil(message) != message
    assert verdict(spoil(message)) == code


def test_an_unsigned_request_is_refused() -> None:
    """There is no certificate to begin with."""
    envelope = parse_envelope(forged(all_of()))
    envelope[0].clear()
    assert verdict(wire_bytes(envelope)) == -12


def test_strange_nodes_do_not_upset_the_checks() -> None:
    """Processing instructions where elements are expected."""
    message = forged(all_of())
    assert verdict(message.replace(b"<ekasa:Items>", b"<?x y?><ekasa:Items><?x y?>")) == -10
    assert verdict(message.replace(b"<ekasa:RegisterReceiptRequest", b"<?x y?><ekasa:RegisterReceiptRequest")) == -10


def test_certificates_are_checked() -> None:
    """Out of date, revoked, of another authority, or of no register."""
    message, world = forged(all_of()), make_world()
    assert verdict(message, now=NOW + timedelta(days=731)) == -13
    assert verdict(message, now=NOW - timedelta(days=3)) == -13
    world.policy = replace(world.policy, revoked=frozenset({int(signer().certificate_serial)}))
    assert verdict(message, world) == -13
    stranger = make_authority("CN=TEST e-Kasa SK CA,C=SK", NOW)
    pair = make_register(stranger, TRAINING_IDENTITY.dic, TRAINING_IDENTITY.cash_register_code, NOW)
    key = pair.key
    assert isinstance(key, RSAPrivateKey)
    assert verdict(forged(all_of(), key=FileSigner(key, pair.certificate))) == -13


def test_official_samples_pass_up_to_their_certificate() -> None:
    """Encoding and schema hold (with a declaration, which the samples lack); their authority is not ours."""
    for sample in samples():
        declared = b'<?xml version="1.0" encoding="UTF-8"?>\n' + sample.read_bytes()
        assert verdict(declared) == -13
    assert verdict((SAMPLES / "pd-payer.xml").read_bytes()) == -2


def test_locations_have_time_codes_of_their_own() -> None:
    """The same three rules."""
    assert verdict(location(hours(0))) == 0
    assert verdict(location(hours(97))) == -108
    assert verdict(location(hours(-97))) == -109
    assert verdict(location("2019-03-31T23:59:59+02:00", "2")) == -110
    assert verdict(location(hours(0), place=("Other", "x" * 256))) == -2


ADDRESS = {"Municipality": "Štrkovec", "StreetName": "Horná", "BuildingNumber": "7", "PostalCode": "98045"}
PLACES = (("Other", "Taxi EČV=BA123AA"), ("Gps", {"AxisX": "17.16", "AxisY": "48.14"}), ("PhysicalAddress", ADDRESS))


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_location_is_kept_and_answered_without_a_uid(place: tuple[str, str | dict[str, str]]) -> None:
    """Sent again it is one location with two sendings; nothing is registered."""
    world, created = make_world(), hours(0)
    replies = [respond(world, location(created, count, place))[1] for count in ("1", "2")]
    assert all(b"RegisterLocationResponse" in reply.body and b"ReceiptData" not in reply.body for reply in replies)
    assert not world.receipts
    (kept,) = world.locations.values()
    kind, content = place
    assert kept.place == ({kind: content} if isinstance(content, str) else content)
    assert (kept.facts["CreateDate"], [sending.count for sending in kept.sendings]) == (created, [1, 2])


def test_a_location_is_spoilt_as_a_receipt_is() -> None:
    """A bad UID says nothing about it: it has none."""
    world = make_world()
    world.faults = [AuthorityFault(FaultKind.BAD_UID), AuthorityFault(FaultKind.UNSIGNED)]
    first, second = (respond(world, location(hours(0)))[1].body for _ in range(2))
    assert b"ReceiptData" not in first
    assert (is_signed(parse_envelope(first)), is_signed(parse_envelope(second))) == (True, False)


def test_the_version_of_the_address_counts_too() -> None:
    """An interface that was switched off, or is not there yet."""
    world, message = make_world(), forged(all_of())
    assert b'"-8"' in respond(world, message, 1)[1].body
    assert b'"-8"' in respond(world, message, 3)[1].body
    assert b"RegisterReceiptResponse" in respond(world, message, 2)[1].body


# --- Memory ----------------------------------------------------------------------------------------------


async def test_a_receipt_sent_twice_keeps_its_uid() -> None:
    """The sendings are counted, with their numbers and Uuids; the UID is the first one."""
    world, receipt, attempts = make_world(), make_receipt(), (make_attempt(1), make_attempt(2))
    async with both(world) as authority:
        answers = [await authority.register(receipt, attempt) for attempt in attempts]
    first, second = answers
    assert isinstance(first, Acceptance)
    assert isinstance(second, Acceptance)
    known = world.find(receipt.okp.lower())
    assert known is not None
    assert first.uid == second.uid == known.uid
    assert is_uid(first.uid)
    assert first.uid.endswith("-TEST")
    assert first.uid == first.uid.upper()
    sendings = [(sending.count, sending.uuid) for sending in known.sendings]
    assert sendings == [(1, attempts[0].uuid), (2, attempts[1].uuid)]
    assert (world.duplicates_count(), world.find(first.uid), world.find("O-1")) == (1, known, None)


async def test_a_forgetful_authority_gives_two_uids() -> None:
    """The document does not forbid it; the first one is remembered."""
    world, receipt = make_world(), make_receipt()
    world.duplicates = Duplicates.NEW_UID
    world.test_uids = False
    async with both(world) as authority:
        answers = [await authority.register(receipt, make_attempt(count)) for count in (1, 2)]
    uids = [answer.uid for answer in answers if isinstance(answer, Acceptance)]
    assert len(set(uids)) == 2
    assert all(is_uid(uid) and len(uid) == 34 and "TEST" not in uid for uid in uids)
    assert world.receipts[receipt.okp].uid == uids[0]


def test_a_strict_authority_refuses_the_second_sending() -> None:
    """With the code of its habit; the receipt stays as it was."""
    world, message = make_world(), forged(all_of())
    world.duplicates, world.duplicate_code = Duplicates.REFUSED, -105
    first, second = respond(world, message)[1], respond(world, message)[1]
    assert b"RegisterReceiptResponse" in first.body
    assert b'"-105"' in second.body
    assert b"is registered already" in second.body
    (known,) = world.receipts.values()
    assert len(known.sendings) == 1


def test_refusals_are_remembered_but_not_for_ever() -> None:
    """With the number of the request, by which its file is found."""
    world = make_world()
    respond(world, forged(facts(InvoiceNumber="1")))
    assert [(one.request, one.code) for one in world.refusals] == [(1, -115)]
    assert world.refusals.maxlen == REFUSALS_MAX


def test_months_are_summed_by_register_and_training_is_no_money() -> None:
    """By CreateDate, as receipts are numbered."""
    world = make_world()
    for edit in (facts(Amount="10.00"), facts(Amount="-2.50"), facts(Amount="99.00", ReceiptType="ND")):
        respond(world, forged(edit))
    (month,) = month_sums(world.receipts.values())
    assert (month.month, month.receipts, month.sendings, str(month.euros)) == (hours(0)[:7], 3, 3, "7.50")


def test_an_answer_beyond_the_limit_is_a_registered_receipt() -> None:
    """The delay comes after the judgement."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.DELAY, seconds=30.0))
    _, reply = respond(world, forged(all_of()))
    assert reply.wait_s == 30.0
    assert len(world.receipts) == 1


async def test_a_late_answer_was_registered_all_the_same() -> None:
    """Dropped after processing: the repeat gets the UID that the first sending was given."""
    world, receipt = make_world(), make_receipt()
    world.faults.append(AuthorityFault(FaultKind.DROP_AFTER_PROCESSING))
    async with both(world) as authority:
        with pytest.raises(NoAnswer):
            await authority.register(receipt, make_attempt())
        given = world.receipts[receipt.okp].uid
        answer = await authority.register(receipt, make_attempt(2))
    assert isinstance(answer, Acceptance)
    assert answer.uid == given


async def test_the_bytes_on_the_wire_are_kept(tmp_path: Path) -> None:
    """Requests and replies in order; a request without a reply stands alone."""
    world = make_world(record=tmp_path / "authority")
    receipt, attempt = make_receipt(), make_attempt()
    world.faults.append(AuthorityFault(FaultKind.CUT_TLS))
    async with both(world) as authority:
        with pytest.raises(NoAnswer):
            await authority.register(receipt, attempt)
        answer = await authority.register(receipt, attempt)
    names = sorted(path.name for path in (tmp_path / "authority").iterdir())
    assert names == ["0001-request.xml", "0002-reply.xml", "0002-request.xml"]
    message = encode_request(receipt, attempt, signer())
    assert (tmp_path / "authority" / "0001-request.xml").read_bytes() == message
    assert isinstance(answer, Acceptance)
    assert (tmp_path / "authority" / "0002-reply.xml").read_bytes() == answer.reply.encode()


async def test_a_refusal_registers_nothing() -> None:
    """The fault comes with the authority's own words."""
    world = make_world()
    async with both(world) as authority:
        answer = await authority.register(make_receipt((returned("57", 1), K), created=hours(-97)), make_attempt())
    assert isinstance(answer, Fault)
    assert (answer.code, answer.text) == (-105, TEXTS[-105])
    assert not world.receipts


async def test_the_server_keeps_time_of_its_own() -> None:
    """With its clock, and with a fault that shifts it for one request."""
    world = make_world()
    world.faults.append(AuthorityFault(FaultKind.CLOCK, seconds=-100 * 3600.0))
    async with both(world) as authority:
        answer = await authority.register(make_receipt(), make_attempt())
        assert isinstance(answer, Fault)
        assert answer.code in (-13, -103)
        world.clock_s = 97 * 3600.0
        answer = await authority.register(make_receipt(), make_attempt())
        assert isinstance(answer, Fault)
        assert answer.code == -105


# --- Faults as data --------------------------------------------------------------------------------------


def test_a_script_is_read() -> None:
    """Every key, every kind."""
    text = "\n".join(f'[[fault]]\nkind = "{kind}"' for kind in FaultKind)
    assert [fault.kind for fault in parse_script(text).faults] == list(FaultKind)
    full = '[[fault]]\nkind = "http"\nrequest = 3\ntimes = 2\nseconds = 1\nstatus = 499\ncode = -101\nsigned = false'
    assert parse_script(full).faults == [AuthorityFault(FaultKind.HTTP, 3, 2, 1, 499, -101, signed=False)]
    assert parse_script("") == Script([], {})


def test_a_script_may_set_habits() -> None:
    """What it does not name stays as it was."""
    world = make_world()
    world.fault_status = 400
    world.play(parse_script('[authority]\nduplicates = "refused"\nclock_s = -60\n[[fault]]\nkind = "silence"'))
    assert (world.duplicates, world.clock_s, world.fault_status) == (Duplicates.REFUSED, -60.0, 400)
    assert world.faults == [AuthorityFault(FaultKind.SILENCE)]
    world.play(parse_script("[authority]\nrecap_required = true"))
    world.faults.clear()
    assert b'"-119"' in respond(world, forged(RECAP_GONE))[1].body


def test_a_fault_may_be_unsigned_by_script_and_by_habit() -> None:
    """The document's own example is."""
    world, message = make_world(), forged(all_of())
    world.faults = [AuthorityFault(FaultKind.CODE, code=-100, signed=False), AuthorityFault(FaultKind.CODE, code=-100)]
    bodies = [respond(world, message)[1].body for _ in range(2)]
    world.faults_signed = False
    bodies.append(respond(world, forged(facts(InvoiceNumber="1")))[1].body)
    assert [is_signed(parse_envelope(body)) for body in bodies] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fault = 1", r"expected at most .* tables"),
        ("fault = [1]", "fault 1: expected a table"),
        ("[[fault]]", "fault 1: kind: expected one of silence"),
        ('[[fault]]\nkind = "silence"\n[[fault]]\nkind = "x"', "fault 2: kind"),
        ("[[fault]]\nkind = 1", "fault 1: kind"),
        ('[[fault]]\nkind = "http"\nstatus = "500"', "fault 1: status"),
        ('[[fault]]\nkind = "http"\nstatus = 99', "fault 1: status: expected 200 to 599"),
        ('[[fault]]\nkind = "code"\ncode = true', "fault 1: code"),
        ('[[fault]]\nkind = "delay"\nseconds = 1e300', "fault 1: seconds"),
        ('[[fault]]\nkind = "delay"\nseconds = nan', "fault 1: seconds"),
        ('[[fault]]\nkind = "delay"\nrequest = 0', "fault 1: request"),
        ('[[fault]]\nkind = "delay"\ntimes = 0', "fault 1: times"),
        ('[[fault]]\nkind = "delay"\nwhen = 1', "fault 1: unknown key 'when'"),
        ('[[fault]]\nkind = "code"\nsigned = 1', "fault 1: signed"),
        ("delay = 1", "unknown key 'delay'"),
        ("authority = 1", "authority: expected a table"),
        ("[authority]\nsilence = true", "authority: unknown key 'silence'; expected clock_s"),
        ('[authority]\nduplicates = "both"', "authority: Invalid enum value 'both'"),
        ("[authority]\nfault_status = 99", "authority: .*200"),
        ("[authority]\nduplicate_code = -1", "authority: .*-2"),
        ("[authority]\ntest_uids = 1", "authority: Expected `bool`"),
        ("[authority]\nclock_s = nan", "authority: Expected"),
        ("[[fault]", "."),
    ],
)
def test_a_wrong_script_names_its_line(text: str, words: str) -> None:
    """The number of the fault and the key."""
    with pytest.raises(ValueError, match=words):
        parse_script(text)


def test_a_script_file_is_read(tmp_path: Path) -> None:
    """As the command's option names it; one that is too long is not."""
    script = tmp_path / "faults.toml"
    script.write_text('[[fault]]\nkind = "silence"\n', encoding="utf-8")
    assert read_faults(script) == [AuthorityFault(FaultKind.SILENCE)]
    script.write_text("[authority]\nclock_s = 5", encoding="utf-8")
    assert read_script(script) == Script([], {"clock_s": 5.0})
    with pytest.raises(ValueError, match="unknown key 'clock_s'"):
        read_faults(script)
    script.write_text("#" * 1_000_001, encoding="utf-8")
    with pytest.raises(ValueError, match="more than"):
        read_faults(script)


def test_faults_wait_for_their_request() -> None:
    """The next one, the third one, and two in a row."""
    world, message = make_world(), forged(all_of())
    world.faults = [
        AuthorityFault(FaultKind.CODE, request=3, code=-101, times=2),
        AuthorityFault(FaultKind.SILENCE),
    ]
    replies = [respond(world, message)[1] for _ in range(5)]
    assert [reply.delivery for reply in replies[:2]] == [Delivery.HOLD, Delivery.WHOLE]
    assert [b'"-101"' in reply.body for reply in replies] == [False, False, True, True, False]
    assert world.faults == []


# --- The training folder ---------------------------------------------------------------------------------


def test_the_register_reads_its_files() -> None:
    """With the register's own reader: identity, key and certificate match."""
    identity = read_identity(training_folder() / "identdata.xml")
    key = read_signer(training_folder() / "authdata.xml", (training_folder() / "authdata.password").read_text("utf-8"))
    assert identity == TRAINING_IDENTITY
    check_match(identity, key, NOW)
    assert timedelta(days=729) < key.not_after - NOW < timedelta(days=731)


@pytest.mark.parametrize("identity", [TRAINING_IDENTITY, NON_PAYER, replace(NON_PAYER, ico="", unit_address=None)])
def test_the_files_are_valid_by_the_official_schemas(identity: object, shared_fs: Path, tmp_path: Path) -> None:
    """identdata and authdata, for payers and others."""
    assert isinstance(identity, type(TRAINING_IDENTITY))
    (tmp_path / "identdata.xml").write_bytes(encode_identity(identity))
    (tmp_path / "authdata.xml").write_bytes((training_folder() / "authdata.xml").read_bytes())
    for name in ("identdata", "authdata"):
        schema = etree.XMLSchema(etree.parse(str(shared_fs / f"{name}.xsd")))
        schema.assertValid(etree.parse(str(tmp_path / f"{name}.xml")))
    assert read_identity(tmp_path / "identdata.xml") == identity


def test_secrets_are_the_owners_alone() -> None:
    """Keys and passwords have mode 0600, certificates need not."""
    secrets = [path for path in training_folder().rglob("*") if path.suffix in (".key", ".password")]
    secrets.append(training_folder() / "authdata.xml")
    assert len(secrets) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_the_mail_server_has_a_certificate_of_the_same_authority() -> None:
    """``mail-ca.pem`` is what it is trusted by."""
    folder = training_folder()
    assert (folder / "mail-ca.pem").read_bytes() == (folder / "authority-ca.pem").read_bytes()
    assert server_context(folder / MAIL_FOLDER).cert_store_stats()["x509"] == 0


def test_a_renewed_register_may_send_what_it_sealed_before(tmp_path: Path) -> None:
    """The PKP of the old key holds in a message signed by the new one; a stranger's does not."""
    write_training_files(tmp_path, password=PASSWORD, now=NOW, certificate_days=30)
    old = read_signer(tmp_path / "authdata.xml", PASSWORD)
    renew_authdata(tmp_path, password=PASSWORD, now=NOW)
    new = read_signer(tmp_path / "authdata.xml", PASSWORD)
    receipt = make_receipt()
    seller = receipt.seller
    date, amount = receipt.create_date, receipt.amount
    pkp = old.sign(pkp_base(seller.dic, seller.cash_register_code, ReceiptType.PD, 57, date, amount).encode())
    before = replace(receipt, pkp=b64encode(pkp).decode(), okp=okp(pkp))
    world = load_authority_world(tmp_path)
    assert new.certificate_serial != old.certificate_serial
    assert verdict(encode_request(before, make_attempt(2), new), world) == 0
    assert verdict(encode_request(receipt, make_attempt(2), new), world) == -100


def test_certificates_that_are_issued_while_the_authority_runs_count(tmp_path: Path) -> None:
    """Sealed under one that was never used for a sending, sent under the next."""
    write_training_files(tmp_path, password=PASSWORD, now=NOW)
    world = load_authority_world(tmp_path)
    renew_authdata(tmp_path, password=PASSWORD, now=NOW)
    middle = read_signer(tmp_path / "authdata.xml", PASSWORD)
    renew_authdata(tmp_path, password=PASSWORD, now=NOW)
    newest = read_signer(tmp_path / "authdata.xml", PASSWORD)
    receipt = make_receipt()
    seller, date, amount = receipt.seller, receipt.create_date, receipt.amount
    base = pkp_base(seller.dic, seller.cash_register_code, ReceiptType.PD, receipt.number, date, amount)
    pkp = middle.sign(base.encode())
    sealed = replace(receipt, pkp=b64encode(pkp).decode(), okp=okp(pkp))
    _, reply = respond(world, encode_request(sealed, make_attempt(2), newest))
    assert b"RegisterReceiptResponse" in reply.body


def test_the_authority_knows_its_seller(tmp_path: Path) -> None:
    """From its own copy of identdata; an older folder has none."""
    assert make_world().sellers == {TRAINING_IDENTITY.cash_register_code: TRAINING_IDENTITY}
    write_training_files(tmp_path, password=PASSWORD, now=NOW)
    (tmp_path / AUTHORITY_FOLDER / "identdata.xml").unlink()
    assert load_authority_world(tmp_path).sellers == {}


def test_the_other_side_has_a_folder_of_its_own() -> None:
    """The register's files hold no key of the authority."""
    assert (training_folder() / AUTHORITY_FOLDER / "signer.key").exists()
    register_files = [path for path in training_folder().iterdir() if path.is_file()]
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in register_files)
