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
from drivers.simulated.authority_faults import AuthorityFault, FaultKind, parse_faults, read_faults
from drivers.simulated.authority_rules import CONTENT_RULES, TEXTS, RefusedError
from drivers.simulated.authority_world import AuthorityWorld, Delivery, Duplicates, respond
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
from drivers.soap import BODY, EKASA, HEADER, parse_envelope, wire_bytes
from drivers.wssecurity import sign_body
from states.fiscal.codes import create_date, is_uid, okp, pkp_base
from states.fiscal.receipt import Acceptance, Fault, ReceiptType
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

NOW = datetime.now(UTC)
NAMES = ("Dic", "CashRegisterCode", "ReceiptType", "ReceiptNumber", "CreateDate", "Amount")

Edit = Callable[[etree._Element], None]


def element(request: etree._Element, name: str) -> etree._Element:
    """The first element of this name."""
    return next(request.iter(f"{{{EKASA}}}{name}"))


def attributes(target: etree._Element) -> dict[str, str]:
    """The attributes as plain text."""
    return {str(name): str(value) for name, value in target.items()}


def facts(**changes: str | None) -> Edit:
    """Change attributes of ReceiptData; None takes one away."""
    return lambda request: change(element(request, "ReceiptData"), changes)


def item(**changes: str | None) -> Edit:
    """Change attributes of the first item."""
    return lambda request: change(element(request, "Item"), changes)


def header(**changes: str | None) -> Edit:
    """Change attributes of the Header."""
    return lambda request: change(element(request, "Header"), changes)


def change(target: etree._Element, changes: dict[str, str | None]) -> None:
    """Set or delete attributes."""
    for name, value in changes.items():
        if value is None:
            del target.attrib[name]
        else:
            target.set(name, value)


def no_items(request: etree._Element) -> None:
    """Take the items away."""
    data = element(request, "ReceiptData")
    data.remove(element(request, "Items"))


def all_of(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(request: etree._Element) -> None:
        for one in edits:
            one(request)

    return edit


def seal_codes(request: etree._Element, key: FileSigner) -> None:
    """Make PKP and OKP anew for the attributes as they are now."""
    data = element(request, "ReceiptData")
    signature = key.sign("|".join(data.get(name, "") for name in NAMES).encode())
    element(request, "PKP").text = b64encode(signature).decode()
    element(request, "OKP").text = okp(signature)


def forged(edit: Edit, *, codes: bool = True, key: FileSigner | None = None) -> bytes:
    """A receipt's message, edited, with its codes made anew unless they are what was edited, and signed again."""
    envelope = parse_envelope(encode_request(make_receipt(), make_attempt(), signer()))
    envelope.findall(HEADER)[0].clear()
    request = envelope.findall(f"{BODY}/*")[0]
    edit(request)
    signing = key or signer()
    if codes:
        seal_codes(request, signing)
    return sign_body(envelope, name="1", certificate_der=signing.certificate_der, sign=signing.sign)


def verdict(message: bytes, world: AuthorityWorld | None = None, now: datetime | None = None) -> int:
    """The code with which the message is refused, 0 if it is not."""
    try:
        check_request(message, (world or make_world()).policy, now or datetime.now(UTC))
    except RefusedError as error:
        return error.code
    return 0


# --- The checks, in their order --------------------------------------------------------------------------


def hours(count: float, now: datetime = NOW) -> str:
    """A date so many hours from now."""
    return create_date(now + timedelta(hours=count))


def other_zone(text: str) -> str:
    """The same moment, written with the offset that is not in force."""
    other = timedelta(hours=1 if text.endswith("+02:00") else 2)
    written = (datetime.fromisoformat(text).astimezone(UTC) + other).replace(tzinfo=None).isoformat()
    return f"{written}+0{other.seconds // 3600}:00"


RECAP_GONE = facts(
    TaxBaseBasic=None, BasicVatAmount=None, TaxBaseReduced=None, ReducedVatAmount=None, TaxFreeAmount=None
)
INVOICE = all_of(no_items, RECAP_GONE, facts(ReceiptType="UF", InvoiceNumber="2026001"))

BROKEN: tuple[tuple[int, Edit], ...] = (
    (-2, facts(Amount="14.9")),
    (-2, facts(Amount="14,94")),
    (-2, facts(Dic="12345678")),
    (-2, facts(Dic=None)),
    (-2, facts(Surplus="1")),
    (-2, facts(ReceiptNumber="0")),
    (-2, facts(ReceiptNumber="4294967296")),
    (-2, facts(CreateDate="2026-11-22T10:15:30Z")),
    (-2, facts(CreateDate="2026-02-30T10:15:30+01:00")),
    (-2, facts(ReceiptType="XX")),
    (-2, item(Name="")),
    (-2, item(Name="x" * 256)),
    (-2, item(Quantity="1")),
    (-2, item(Quantity="-1.0000")),
    (-2, item(ItemType="OP")),
    (-2, item(VatRate="23.000")),
    (-2, item(ItemType="V", Price="-1.00", ReferenceReceiptId="číslo")),
    (-2, header(Uuid="0f0d9f0e-6a0c-4a0e-cc52-1a2b3c4d5e6f")),
    (-2, header(SwId="x")),
    (-2, header(SendingCount="0")),
    (-132, header(RequestDate=other_zone(hours(0)))),
    (-132, facts(CreateDate=other_zone(hours(-1)))),
    (-132, facts(IssueDate=other_zone(hours(-1)))),
    (-101, facts(Dic="1234567891")),
    (-102, facts(CashRegisterCode="88812345678900002")),
    (-103, facts(IssueDate=hours(97))),
    (-104, facts(CreateDate=hours(97))),
    (-105, facts(CreateDate=hours(-97))),
    (-106, facts(IssueDate="2019-03-31T23:59:59+02:00")),
    (-107, all_of(header(SendingCount="2"), facts(CreateDate="2019-03-31T23:59:59+02:00"))),
    (-112, all_of(INVOICE, facts(InvoiceNumber=None))),
    (-113, all_of(INVOICE, facts(TaxFreeAmount="1.00"))),
    (-114, all_of(RECAP_GONE, facts(ReceiptType="UF", InvoiceNumber="2026001"))),
    (-115, facts(InvoiceNumber="2026001")),
    (-116, no_items),
    (-117, item(ItemType="V", Price="-10.00")),
    (-117, item(ItemType="O", Price="-10.00")),
    (-118, item(ReferenceReceiptId="O-7DBCDA8A56EE426DBCDA8A56EE4-TEST")),
    (-120, facts(BasicVatAmount=None)),
    (-121, facts(TaxBaseReduced=None)),
    (-122, facts(CustomerId="1")),
    (-123, facts(CustomerId="1", CustomerIdType="INE", ReceiptType="ND")),
    (-124, facts(Paragon="true")),
    (-125, facts(ParagonNumber="1")),
    (-126, facts(Paragon="true", ParagonNumber="1", ReceiptType="ND")),
    (-127, item(Price="-10.00")),
    (-128, item(ItemType="Z")),
    (-129, item(SellerId="1")),
    (-130, item(SpecialRegulation="OOD")),
    (-131, item(VoucherNumber="1")),
)


@pytest.mark.parametrize(("code", "edit"), BROKEN)
def test_a_broken_rule_has_its_code(code: int, edit: Edit) -> None:
    """Each rule alone, in a message that is otherwise signed and sealed as it should be."""
    assert verdict(forged(edit)) == code


def test_every_code_of_the_document_is_reached_or_known() -> None:
    """What the table above does not reach is tested by name below, or has no receipt to be reached with."""
    tested_below = {-1, -8, -10, -12, -13, -100, -108, -109, -110, -111, -119}
    assert {code for code, _ in BROKEN} | tested_below == set(TEXTS)
    assert {code for code, _ in CONTENT_RULES} <= set(TEXTS)


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
        (lambda message: message.replace(b"schema/v2", b"schema/v1"), -2),
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


def location(create: str, count: str = "1", other: str = "Taxi ABC EČV=BA123AA") -> bytes:
    """A location's message."""
    envelope = parse_envelope(encode_request(make_receipt(), make_attempt(), signer()))
    envelope.findall(HEADER)[0].clear()
    body = envelope.findall(BODY)[0]
    values = attributes(element(body, "Header"))
    values.pop("Exception")
    body.clear()
    request = etree.SubElement(body, f"{{{EKASA}}}RegisterLocationRequest")
    etree.SubElement(request, f"{{{EKASA}}}Header", values | {"SendingCount": count})
    who = {"Dic": "1234567890", "CashRegisterCode": "88812345678900001", "CreateDate": create}
    place = etree.SubElement(etree.SubElement(request, f"{{{EKASA}}}LocationData", who), f"{{{EKASA}}}Location")
    etree.SubElement(place, f"{{{EKASA}}}Other").text = other
    return sign_body(envelope, name="1", certificate_der=signer().certificate_der, sign=signer().sign)


def test_locations_have_time_codes_of_their_own() -> None:
    """The same three rules."""
    assert verdict(location(hours(0))) == 0
    assert verdict(location(hours(97))) == -108
    assert verdict(location(hours(-97))) == -109
    assert verdict(location("2019-03-31T23:59:59+02:00", "2")) == -110
    assert verdict(location(hours(0), other="x" * 256)) == -2


def test_a_location_is_answered_without_a_uid() -> None:
    """And nothing is registered."""
    world = make_world()
    _, reply = respond(world, location(hours(0)))
    assert b"RegisterLocationResponse" in reply.body
    assert b"ReceiptData" not in reply.body
    assert not world.receipts


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
        world.clock = lambda: NOW + timedelta(hours=97)
        answer = await authority.register(make_receipt(), make_attempt())
        assert isinstance(answer, Fault)
        assert answer.code == -105


# --- Faults as data --------------------------------------------------------------------------------------


def test_a_script_is_read() -> None:
    """Every key, every kind."""
    text = "\n".join(f'[[fault]]\nkind = "{kind}"' for kind in FaultKind)
    assert [fault.kind for fault in parse_faults(text)] == list(FaultKind)
    full = '[[fault]]\nkind = "http"\nrequest = 3\ntimes = 2\nseconds = 1\nstatus = 499\ncode = -101'
    assert parse_faults(full) == [AuthorityFault(FaultKind.HTTP, 3, 2, 1, 499, -101)]
    assert parse_faults("") == []


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
        ("delay = 1", "unknown key 'delay'"),
        ("[[fault]", "."),
    ],
)
def test_a_wrong_script_names_its_line(text: str, words: str) -> None:
    """The number of the fault and the key."""
    with pytest.raises(ValueError, match=words):
        parse_faults(text)


def test_a_script_file_is_read(tmp_path: Path) -> None:
    """As the command's option names it; one that is too long is not."""
    script = tmp_path / "faults.toml"
    script.write_text('[[fault]]\nkind = "silence"\n', encoding="utf-8")
    assert read_faults(script) == [AuthorityFault(FaultKind.SILENCE)]
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


def test_the_other_side_has_a_folder_of_its_own() -> None:
    """The register's files hold no key of the authority."""
    assert (training_folder() / AUTHORITY_FOLDER / "signer.key").exists()
    register_files = [path for path in training_folder().iterdir() if path.is_file()]
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in register_files)
