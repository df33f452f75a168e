"""Every code of the authority: what breaks its rule, what people are told, and what the register makes of it."""

from __future__ import annotations

import textwrap
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from diagrams.refusals import refusals_page
from drivers.authority_reply import read_reply
from drivers.identity_files import FileSigner
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_rules import CONTENT_RULES
from drivers.simulated.authority_world import AuthorityWorld, respond
from drivers.simulated.certificates import make_authority, make_register
from drivers.simulated.training import TRAINING_IDENTITY
from states.fiscal.receipt import OVERLOADED, TIME_CODES, Fault
from states.fiscal.refusal import LOCATION_CODES, OF_PLACE, Pair, Refusal, Remedy
from states.fiscal.refusals import REFUSALS, refusal_of
from states.view import OPERATOR_COLUMNS
from tests.authority_forging import BROKEN, NOW, RECAP_GONE, Edit, all_of, element, forged, hours, location
from tests.authority_kit import make_world, trust

DOCUMENT = (-1, -2, -8, -10, -12, -13, *range(-100, -133, -1))
"""The codes of the table of errors, and -1."""

Breaker = Callable[[AuthorityWorld], bytes]

# --- The authority: each rule broken alone ---------------------------------------------------------------


def overloaded(world: AuthorityWorld) -> bytes:
    """No rule leads to -1: the system itself fails."""
    world.faults.append(AuthorityFault(FaultKind.CODE, code=OVERLOADED))
    return forged(all_of())


def strict(world: AuthorityWorld) -> bytes:
    """A summary of VAT is demanded, and is not there."""
    world.recap_required = True
    return forged(RECAP_GONE)


def stranger(_world: AuthorityWorld) -> bytes:
    """Signed by a certificate of the right form that another authority issued."""
    issuer = make_authority("CN=TEST e-Kasa SK CA,C=SK", NOW)
    pair = make_register(issuer, TRAINING_IDENTITY.dic, TRAINING_IDENTITY.cash_register_code, NOW)
    assert isinstance(pair.key, RSAPrivateKey)
    return forged(all_of(), key=FileSigner(pair.key, pair.certificate))


def expired(world: AuthorityWorld) -> bytes:
    """Two years and a day later."""
    world.clock_s = 731 * 24 * 3600.0
    return forged(all_of())


def recoded(name: str, text: str) -> Breaker:
    """A PKP or OKP that is not the receipt's."""

    def edit(request: etree._Element) -> None:
        element(request, name).text = text

    return lambda _: forged(edit, codes=False)


def spoilt(old: bytes, new: bytes) -> Breaker:
    """A whole message, changed after it was signed."""

    def spoil(_world: AuthorityWorld) -> bytes:
        message = forged(all_of())
        assert old in message
        return message.replace(old, new)

    return spoil


def edited(edit: Edit) -> Breaker:
    """A message that was edited and then sealed and signed as it should be."""
    return lambda _: forged(edit)


BREAKERS: tuple[tuple[int, Breaker], ...] = (
    (-1, overloaded),
    (-2, spoilt(b'<?xml version="1.0" encoding="UTF-8"?>\n', b"")),
    (-8, spoilt(b"/schema/v2", b"/schema/v1")),
    (-10, spoilt(b'Name="Kladivo"', b'Name="Kladiva"')),
    (-12, spoilt(b">MII", b">MIX")),
    (-13, stranger),
    (-13, expired),
    (-100, recoded("PKP", b64encode(bytes(256)).decode())),
    (-108, lambda _: location(hours(97))),
    (-109, lambda _: location(hours(-97))),
    (-110, lambda _: location("2019-03-31T23:59:59+02:00", "2")),
    (-111, recoded("OKP", "-".join(["0" * 8] * 5))),
    (-119, strict),
    *((code, edited(edit)) for code, edit in BROKEN),
)


def answered(world: AuthorityWorld, message: bytes) -> Fault:
    """The fault that the register would read in the reply, believed because it is signed."""
    _, reply = respond(world, message)
    reading = read_reply(reply.body, uuid="none", trust=trust(), now=datetime.now(UTC))
    assert isinstance(reading.answer, Fault)
    assert (reading.signed, reply.status) == (True, 500)
    return reading.answer


@pytest.mark.parametrize(("code", "breaker"), BREAKERS)
def test_a_broken_rule_is_answered_with_its_code(code: int, breaker: Breaker) -> None:
    """And with its text; nothing is registered, and the authority remembers that it refused."""
    world = make_world()
    fault = answered(world, breaker(world))
    assert (fault.code, fault.text) == (code, " ".join(REFUSALS[code].text[0].split()))
    assert (world.receipts, world.locations) == ({}, {})
    assert [one.code for one in world.refusals] == [code]


def test_the_messages_that_are_broken_here_are_whole_without_it() -> None:
    """Else a code would say nothing about the rule that was broken."""
    world = make_world()
    for message in (forged(all_of()), location(hours(0))):
        assert b"Fault" not in respond(world, message)[1].body
    assert (len(world.receipts), len(world.locations)) == (1, 1)


def test_every_code_is_broken_and_every_code_is_known() -> None:
    assert {code for code, _ in BREAKERS} == set(DOCUMENT) == set(REFUSALS)
    assert {code for code, _ in CONTENT_RULES} <= set(REFUSALS)


# --- The catalogue -----------------------------------------------------------------------------------------------


def pairs(refusal: Refusal) -> dict[str, Pair]:
    """Every sentence about a code, in both languages."""
    safety = refusal.safety
    spoken = {"text": refusal.text, "brief": refusal.brief, "cause": refusal.cause, "advice": refusal.advice}
    return spoken | {"at once": safety.at_once, "later": safety.later}


@pytest.mark.parametrize("refusal", [*REFUSALS.values(), refusal_of(-999)], ids=lambda one: str(one.code))
def test_everything_is_said_in_both_languages(refusal: Refusal) -> None:
    for name, (slovak, english) in pairs(refusal).items():
        for sentence in (slovak, english):
            assert sentence == " ".join(sentence.split())
            assert "|" not in sentence, "it stands in a table"
            assert name == "brief" or sentence.endswith((".", ").", ")"))
        assert slovak != english


@pytest.mark.parametrize("refusal", [*REFUSALS.values(), refusal_of(-999)], ids=lambda one: str(one.code))
@pytest.mark.parametrize("language", [0, 1])
def test_the_brief_advice_fits_into_two_lines_of_the_display(refusal: Refusal, language: int) -> None:
    lines = textwrap.wrap(refusal.brief[language], OPERATOR_COLUMNS)
    assert 1 <= len(lines) <= 2
    assert len(refusal.brief[language]) <= 2 * OPERATOR_COLUMNS


def test_one_code_waits_three_are_repaired_and_the_rest_is_final() -> None:
    """-1 refuses nothing; -103, -104 and -108 are the only ones that a new message mends."""
    assert {code for code, one in REFUSALS.items() if one.is_retryable} == {OVERLOADED}
    assert {code for code, one in REFUSALS.items() if one.is_repairable} == TIME_CODES
    assert {code for code, one in REFUSALS.items() if one.is_final} == set(REFUSALS) - TIME_CODES - {OVERLOADED}


def test_an_unknown_code_refuses_and_calls_service() -> None:
    for code in (0, -3, -133, -500, 7):
        unknown = refusal_of(code)
        assert (unknown.code, unknown.remedy, unknown.is_final) == (code, Remedy.SERVICE, True)


def test_places_are_no_money() -> None:
    assert {code for code, one in REFUSALS.items() if one.safety == OF_PLACE} == LOCATION_CODES


def test_the_page_for_technicians_has_every_code_and_every_sentence() -> None:
    page = refusals_page()
    for refusal in REFUSALS.values():
        assert all(page.count(f"\n| {refusal.code} | {text} |") == 1 for text in refusal.text)
        for slovak, english in pairs(refusal).values():
            assert slovak in page
            assert english in page
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in table if line.startswith(("| -2 |", "| kód |", "| code |"))} == {5}
