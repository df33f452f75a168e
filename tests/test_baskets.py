"""Any basket that the register seals is printed, sent and journaled to the same cent, and the authority takes it.

Ten thousand receipts of seeds that nobody has seen before are played in every run, beside the seeds that failed once;
``make baskets COUNT=1000000`` plays a campaign. The judges are known to be able to fail: each is shown what it is for.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from states.fiscal.product import Product, ProductKind
from states.till import Till
from tests import baskets_rules as rules
from tests.baskets import SHARES, Visit, Wrong, failure, missing, smallest, told, visit
from tests.baskets_move import Adjusted, Billed, Meaning, Move, Moved, Paid, Sold, Voided
from tests.baskets_play import Disagreement, Play, Sealed
from tests.baskets_read import Vat
from tests.baskets_rules import RULES, Evidence, judge, judge_day
from tests.baskets_shop import NON_PAYER, PAYER, Shop
from tests.baskets_strategies import visits
from tests.campaign_baskets import SEED_BITS, SEEDS, Campaign, keep, kept_seeds, play_chunk, run

COUNT = 10_000
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)
TILL = Till(
    (
        Product(1, "Kladivo", 23),
        Product(2, "Chlieb", 5),
        Product(3, "Fľaša", 0, ProductKind.PACKAGING),
        Product(4, "Šalát", 19),
    )
)
SHOP = Shop(PAYER, TILL, 42)
SALE = ("1", "2", "DOT", "5", "1", "DEPARTMENT_1", "10", "PERCENT_DISCOUNT", "3", "DEPARTMENT_2", "20", "CASH")


def keys(*names: str) -> tuple[str, ...]:
    """The keys; a number is typed digit by digit."""
    return tuple(key for name in names for key in (name if name.isdigit() else (name,)))


def played(*names: str, shop: Shop = SHOP, number: int = 48) -> Play:
    """A register on which these keys were pressed; the number is one of those whose page is looked at."""
    play = Play(shop, NOON, number, judge)
    play.press(Move(keys(*names)))
    return play


def sealed(*names: str) -> Sealed:
    """The receipt that these keys seal."""
    (one,) = played(*names).sealed
    return one


# --- Any basket ----------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(visits())
def test_any_basket_agrees(tried: Visit) -> None:
    """Plain shops and few moves: what fails here is told by the smallest amounts and the fewest keys."""
    error = failure(tried)
    assert error is None, f"{told(error)}\n{tried}"


def test_the_seeds_that_failed_once_agree() -> None:
    """Nothing that was put right comes back."""
    for seed in kept_seeds():
        visit(Random(seed))


def test_ten_thousand_baskets_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """Every kind of document, item, tender and rate, on the days around each change of the law."""
    seed = secrets.randbits(SEED_BITS)
    *_, campaign = run(COUNT, seed, os.cpu_count() or 1)
    with capsys.disabled():
        print(f"\nbaskets from seed {seed}: {campaign.progress}")
    assert not campaign.faults, "\n\n".join(campaign.faults)
    assert campaign.sealed >= COUNT


def test_a_run_that_leaves_something_out_does_not_pass() -> None:
    """Without one kind of basket in a fair share a run proves nothing of it."""
    whole = Counter({**dict.fromkeys(SHARES, 100), "sealed": COUNT})
    assert missing(whole) == []
    assert missing(whole - Counter({"item VP": 1})) == ["item VP: 99"]
    assert Campaign(COUNT, 0, Counter(sealed=COUNT)).faults


def test_a_seed_is_always_the_same_basket() -> None:
    """Keys, amounts and papers follow from the seed; only the codes follow from the run's key."""
    first, second = visit(Random(7)), visit(Random(7))
    assert [one.receipt.sale for one in first] == [one.receipt.sale for one in second] != []


# --- What is found -------------------------------------------------------------------------------------------


def test_what_fails_is_told_by_its_fewest_keys() -> None:
    """Moves that do not matter are left out; the rest is played again without chance."""
    harmless, wrong = Move(("UP",)), Move(("5", "DEPARTMENT_1"), Sold(frozenset({501})))
    whole = Visit(SHOP, NOON, 1, (harmless,) * 9 + (wrong,) + (harmless,) * 5)
    error = failure(whole)
    assert isinstance(error, Disagreement)
    least = smallest(whole, error)
    assert least.moves == (wrong,)
    assert repr(least).splitlines()[-1] == "  > 5, DEPARTMENT_1"


def test_a_failing_seed_is_kept_once(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign appends it with what was wrong, and tests play it from then on."""
    file = tmp_path / "seeds.txt"
    file.write_text(SEEDS.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("tests.campaign_baskets.SEEDS", file)
    before = kept_seeds()
    for _ in range(2):
        keep(123, "the_total_is_the_sum: 1\nmore")
    assert kept_seeds() == (*before, 123)


def test_a_campaign_ends_with_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that repeats it stands below."""

    def fail(rng: Random) -> list[Sealed]:
        raise Wrong("the_total_is_the_sum: 1")

    monkeypatch.setattr("tests.campaign_baskets.visit", fail)
    found, failures = play_chunk(7, 2)
    assert failures == [(seed, "the_total_is_the_sum: 1") for seed in (7, 8)]
    assert "make baskets COUNT=1 SEED=7" in Campaign(10, 7, found, failures).faults[0]


# --- Each judge is able to fail --------------------------------------------------------------------------------

Spoil = Callable[[Evidence], None]


def written(old: str, new: str) -> Spoil:
    """The journal's bytes say something else."""

    def spoil(evidence: Evidence) -> None:
        payload = evidence.sealed.payload
        assert old.encode() in payload
        evidence.__dict__["sealed"] = replace(evidence.sealed, payload=payload.replace(old.encode(), new.encode()))

    return spoil


def sent(old: str, new: str) -> Spoil:
    """The message says something else."""

    def spoil(evidence: Evidence) -> None:
        message = evidence.sealed.message
        assert old.encode() in message
        evidence.__dict__["sealed"] = replace(evidence.sealed, message=message.replace(old.encode(), new.encode()))

    return spoil


def printed(**facts: Any) -> Spoil:
    """The paper says something else."""

    def spoil(evidence: Evidence) -> None:
        evidence.__dict__["paper"] = replace(evidence.paper, **facts)

    return spoil


def paid_on(day: str) -> Spoil:
    """It was paid on another day."""

    def spoil(evidence: Evidence) -> None:
        evidence.__dict__["sealed"] = replace(evidence.sealed, paid_on=day)

    return spoil


SPOILT: tuple[tuple[rules.Rule, Spoil], ...] = (
    (rules.the_authority_accepts, sent('Amount="14.25"', 'Amount="14.26"')),
    (rules.the_authority_accepts, sent('ItemType="Z"', 'ItemType="V"')),
    (rules.the_codes_are_the_same, written('"amount":"14.25"', '"amount":"14.26"')),
    (rules.the_codes_are_the_same, printed(codes="")),
    (rules.the_head_says_which, printed(head="Číslo dokladu: 49")),
    (rules.the_lines_are_the_same, written('"unit_price":"12.51"', '"unit_price":"12.52"')),
    (rules.the_lines_are_the_same, sent('Price="-1.25"', 'Price="1.25"')),
    (rules.the_lines_are_the_same, printed(items=())),
    (rules.the_total_is_the_sum, written('"rounding_cents":-1', '"rounding_cents":1')),
    (rules.the_total_is_the_sum, printed(subtotal=None)),
    (rules.the_money_covers_it, written('"change_cents":575', '"change_cents":570')),
    (rules.the_money_covers_it, written('"kind":"cash"', '"kind":"card"')),
    (rules.the_money_is_on_paper, printed(change=-575)),
    (rules.the_recap_is_sent, sent('TaxBaseBasic="9.15"', 'TaxBaseBasic="9.16"')),
    (rules.the_recap_is_sent, sent("TaxBaseReduced", "TaxBaseBasic2")),
    (rules.the_recap_is_on_paper, printed(recap={23: Vat(916, 210, 1126), 5: Vat(286, 14, 300)})),
    (rules.nothing_is_taken_off_below_zero, written('"unit_price":"-1.25"', '"unit_price":"-12.52"')),
    (rules.a_non_payer_bears_no_tax, sent('IcDph="SK1234567890"', "")),
    (rules.it_settles_again_the_same, paid_on("2022-06-30")),
    (rules.the_page_is_the_paper, printed(tenders=())),
)


@pytest.mark.parametrize(("rule", "spoil"), SPOILT, ids=lambda value: getattr(value, "__name__", ""))
def test_a_judge_finds_what_it_is_for(rule: rules.Rule, spoil: Spoil) -> None:
    """A cent more or less in one place only is found."""
    evidence = Evidence(sealed(*SALE))
    assert list(rule(evidence)) == []
    spoilt = Evidence(evidence.sealed)
    spoil(spoilt)
    assert list(rule(spoilt))


def test_every_judge_is_shown_what_it_is_for() -> None:
    """No rule goes untried."""
    assert {rule for rule, _ in SPOILT} == set(RULES)


def test_the_day_is_judged_by_its_receipts() -> None:
    """A receipt that the day's sums lack is found."""
    play = played(*SALE, *SALE)
    judge_day(play)
    play.handed_out.pop()
    with pytest.raises(Disagreement, match="total"):
        judge_day(play)


WITH_LINES = keys("1250", "DEPARTMENT_1", "300", "DEPARTMENT_2")
MEANT: tuple[tuple[tuple[str, ...], Meaning], ...] = (
    (("5", "DEPARTMENT_1"), Sold(frozenset({-500}))),
    (("10", "AMOUNT_DISCOUNT"), Adjusted(True, None, 999)),
    (("10", "AMOUNT_SURCHARGE"), Adjusted(True, None, 1000)),
    (("SUBTOTAL", "10", "PERCENT_DISCOUNT"), Adjusted(True, None, 15501)),
    (("100", "CASH"), Paid(10001)),
    (("VOID_LAST",), Sold(frozenset({0}))),
    (("5", "DEPARTMENT_1"), Voided(is_last=True)),
    (("VOID_RECEIPT",), Voided(is_last=True)),
)


@pytest.mark.parametrize(("pressed", "means"), MEANT)
def test_what_keys_mean_is_held_against_the_basket(pressed: tuple[str, ...], means: Meaning) -> None:
    """A register that did something else than what was keyed would be found."""
    play = played(*WITH_LINES)
    with pytest.raises(Disagreement):
        play.press(Move(keys(*pressed), means))


def test_an_invoice_and_moved_cash_are_held_against_what_was_keyed() -> None:
    """The same for what has no lines."""
    with pytest.raises(Disagreement, match="invoice"):
        played().press(Move(keys("INVOICE", "TEXT F1", "ENTER", "5", "RETURN"), Billed(500)))
    play = Play(SHOP, datetime(2025, 6, 1, tzinfo=UTC), 1, judge)
    with pytest.raises(Disagreement, match="moved"):
        play.press(Move(keys("5", "DEPOSIT"), Moved(-500)))


def test_a_non_payer_is_judged_too() -> None:
    """Who pays no VAT sells at rate 0, and says so nowhere."""
    till = Till((Product(1, "Kladivo", 0),))
    (one,) = played("5", "DEPARTMENT_1", "CARD", shop=Shop(NON_PAYER, till, 32)).sealed
    assert Evidence(one).sent.facts["TaxFreeAmount"] == "5.00"
    assert "%" not in Evidence(one).paper.item_text
