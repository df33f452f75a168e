"""What must agree of every receipt that is sealed: its paper, its message, its record, its page, and the law.

Each rule looks at the same evidence, read by readers of their own, and says what is wrong; the arithmetic is done here
anew. Sources: IR 2.9, 2.10 and the checks of 2.6; law 222/2004 § 27; law 18/1996 § 3; protocol 6.3 and 6.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from drivers.attachment_html import render_attachment
from drivers.simulated.authority_checks import check_request
from drivers.simulated.authority_rules import RefusedError
from states.fiscal.counting import fold
from states.fiscal.journal import Stored
from states.fiscal.original import original_lines
from states.fiscal.paper import to_text
from states.fiscal.rules import rules_on
from states.fiscal.tender import Settlement, settle
from tests.baskets_move import half_up
from tests.baskets_play import Disagreement, Play, Sealed, keys_of_the_run
from tests.baskets_read import (
    LABELS,
    Journaled,
    Line,
    Sent,
    Told,
    Vat,
    read_journal,
    read_message,
    read_page,
    read_paper,
)

GROUPS = {23: "Basic", 20: "Basic", 19: "Reduced", 10: "Reduced", 5: "Reduced", 0: "Free"}
IN_CASH = ("cash", "currency")
TAKEN_OFF = ("Z", "OZ", "VP")
CASH_OVER_MAX = 50_000 + 4
PAGES_EVERY = 16
"""A page takes longer to make than all the rest: it is made of one receipt in so many."""


@dataclass(frozen=True)
class Evidence:
    """A sealed receipt and what it says wherever it stands; every second one is printed as it is without a UID."""

    sealed: Sealed

    @cached_property
    def journal(self) -> Journaled:
        """Its record."""
        return read_journal(self.sealed.payload)

    @cached_property
    def sent(self) -> Sent:
        """Its message."""
        return read_message(self.sealed.message)

    @cached_property
    def paper(self) -> Told:
        """Its original."""
        columns = self.sealed.shop.columns
        return read_paper(to_text(original_lines(self.sealed.receipt, self.uid, columns), columns), columns)

    @property
    def uid(self) -> str:
        """Its UID, or nothing when it is printed off-line."""
        return "" if self.sealed.receipt.number % 2 else self.sealed.uid

    @property
    def sale(self) -> dict[str, Any]:
        """The sale of the record."""
        return self.journal.sale

    @property
    def is_payer(self) -> bool:
        """The seller pays VAT."""
        return "IcDph" in self.sent.facts

    @property
    def type(self) -> str:
        """The kind of document."""
        return self.sent.facts["ReceiptType"]

    @cached_property
    def due(self) -> int:
        """What is to be paid before cash is rounded, by the message: its items, its invoice, or the money moved."""
        if self.type in ("PD", "ND"):
            return sum(line.price for line in self.sent.lines)
        return int(self.sale["invoice"]["cents"] if self.type == "UF" else self.sale["total_cents"])

    @cached_property
    def vat(self) -> dict[int, Vat]:
        """The tax of each rate, worked out anew from the prices of the message."""
        return vat_of(self.sent.lines)

    @cached_property
    def supplied(self) -> dict[int, Vat]:
        """The same without advances of rate 0: these lower what is to be paid, and no supply."""
        lines = zip(self.sent.items, self.sent.lines, strict=True)
        return vat_of(line for item, line in lines if item["ItemType"] != "OZ" or line.rate)


def vat_of(lines: Iterable[Line]) -> dict[int, Vat]:
    """Base, tax and gross of each rate; the tax is rounded once, from the sum, half up and away from zero."""
    gross: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        gross[line.rate or 0] += line.price
    taxes = {rate: half_up(Fraction(cents * rate, 100 + rate)) for rate, cents in gross.items()}
    return {rate: Vat(cents - taxes[rate], taxes[rate], cents) for rate, cents in gross.items()}


@lru_cache(maxsize=16)
def evidence(sealed: Sealed) -> Evidence:
    """What is known of this receipt, read once."""
    return Evidence(sealed)


Rule = Callable[[Evidence], Iterator[str]]


def the_authority_accepts(e: Evidence) -> Iterator[str]:
    """Schema, signature, PKP, OKP, times and content, by a clock of that moment, the recap being demanded."""
    _, policy = keys_of_the_run()
    demanding = replace(policy, recap_required=not e.sent.facts["CreateDate"].startswith("2025"))
    try:
        check_request(e.sealed.message, demanding, e.sealed.at)
    except RefusedError as error:
        yield f"refused: {error}"


def the_codes_are_the_same(e: Evidence) -> Iterator[str]:
    """PKP, OKP, number, date and Amount are one text wherever they stand."""
    receipt, facts = e.journal.receipt, e.sent.facts
    named = {"create_date": "CreateDate", "amount": "Amount", "number": "ReceiptNumber"}
    yield from (f"{one} and {other} differ" for one, other in named.items() if str(receipt[one]) != facts[other])
    if (receipt["pkp"], receipt["okp"]) != (e.sent.pkp, e.sent.okp):
        yield "the codes differ"
    codes = e.paper.codes.replace(" ", "")
    told = {f"OKP:{e.sent.okp}", f"UID:{e.uid}" if e.uid else f"PKP:{e.sent.pkp}", _qr(e)}
    yield from (f"{code} is not on paper" for code in told if code not in codes)
    if e.uid and e.sent.pkp[:40] in codes:
        yield "an on-line paper has the PKP"


def _qr(e: Evidence) -> str:
    facts = e.sent.facts
    if e.type in ("VK", "VY"):
        return ""
    digits = "".join(filter(str.isdigit, facts["CreateDate"][2:19]))
    offline = ":".join((e.sent.okp, facts["CashRegisterCode"], digits, facts["ReceiptNumber"], facts["Amount"]))
    return f"[QR:{e.uid or offline}]"


def the_head_says_which(e: Evidence) -> Iterator[str]:
    """Number, date, and those of an invoice or a slip written by hand are on paper as they are sent."""
    facts, head = e.sent.facts, e.paper.head.replace(" ", "")
    told = {"Číslodokladu:": facts["ReceiptNumber"], "Vyhotovené:": _wall_time(facts["CreateDate"])}
    if e.type == "UF":
        told["Číslofaktúry:"] = facts["InvoiceNumber"].replace(" ", "")
    if facts["Paragon"] == "true":
        told |= {"Čísloparagónu:": facts["ParagonNumber"], "Dátumparagónu:": _wall_time(facts["IssueDate"])}
    elif facts["IssueDate"] != facts["CreateDate"]:
        yield "it was issued at another time than it was made"
    yield from (f"{label}{value} is not on paper" for label, value in told.items() if label + value not in head)


def _wall_time(date: str) -> str:
    return f"{date[8:10]}.{date[5:7]}.{date[:4]}{date[11:19]}"


def the_lines_are_the_same(e: Evidence) -> Iterator[str]:
    """Printed, sent and journaled are the same names, quantities, rates and prices, in the same order."""
    if e.journal.lines != e.sent.lines:
        yield f"journaled {e.journal.lines}, sent {e.sent.lines}"
    if len(e.paper.items) != len(e.sent.items):
        yield f"printed {len(e.paper.items)} lines, sent {len(e.sent.items)}"
        return
    printed = e.paper.item_text.replace(" ", "")
    for item, sent, line, paper in zip(e.sale["items"], e.sent.items, e.sent.lines, e.paper.items, strict=True):
        is_adjustment = item.get("role") in ("line", "total")
        is_packaging = item["type"] == "VO" or item["role"] == "packaging"
        rate = line.rate if e.is_payer and not is_packaging else None
        if (paper.quantity, paper.rate, paper.price) != (None if is_adjustment else line.quantity, rate, line.price):
            yield f"printed {paper}, sent {line}"
        named = (sent["Name"], sent.get("ReferenceReceiptId", ""), sent.get("VoucherNumber", ""))
        if (item["name"], item["reference"], item["voucher"]) != named or item["type"] != sent["ItemType"]:
            yield f"journaled {item}, sent {sent}"
        yield from (f"{text} is not on paper" for text in named if text.replace(" ", "") not in printed)


def the_total_is_the_sum(e: Evidence) -> Iterator[str]:
    """The lines and the rounding are the Amount, wherever they stand."""
    rounding = int(e.sale["rounding_cents"])
    totals = {e.due + rounding, e.sent.amount("Amount"), e.paper.total, e.sale["total_cents"]}
    if len(totals) != 1:
        yield f"lines {e.due}, rounding {rounding}: {totals}"
    printed = (e.due, rounding) if rounding else (None, None)
    if (e.paper.subtotal, e.paper.rounding) != printed:
        yield f"printed {e.paper.subtotal} and {e.paper.rounding}, and not {printed}"


def the_money_covers_it(e: Evidence) -> Iterator[str]:
    """Every tender less the change is the total; rounding is of cash only, on the days that have it, to five cents."""
    tenders = [(one["kind"], int(one["cents"])) for one in e.sale["tenders"]]
    change, rounding = int(e.sale["change_cents"]), int(e.sale["rounding_cents"])
    cash = sum(cents for kind, cents in tenders if kind in IN_CASH)
    exact = e.due - sum(cents for _, cents in tenders) + cash
    if e.type in ("VK", "VY"):
        if tenders or change or rounding or e.due <= 0:
            yield f"{e.type} with {tenders}, change {change}, rounding {rounding}"
        return
    to_pay = _in_fives(exact) if e.sealed.paid_on >= "2022-07-01" else exact
    is_cash = any(kind in IN_CASH for kind, _ in tenders)
    if rounding != (to_pay - exact if is_cash else 0) or (not is_cash and exact):
        yield f"rounded by {rounding}; in cash {exact}, to pay {to_pay}, on {e.sealed.paid_on}"
    if sum(cents for _, cents in tenders) - change != int(e.sale["total_cents"]):
        yield f"{tenders} less {change} is not {e.sale['total_cents']}"
    if not 0 <= change <= CASH_OVER_MAX or (change and e.due <= 0):
        yield f"change of {change}"
    if any(cents * e.due < 0 for _, cents in tenders):
        yield f"{tenders} for {e.due}"


def _in_fives(cents: int) -> int:
    size = half_up(Fraction(abs(cents), 5)) * 5
    if cents and not size:
        size = 5
    return size if cents >= 0 else -size


def the_money_is_on_paper(e: Evidence) -> Iterator[str]:
    """Each tender in its order, foreign money with its amount, code and rate; and the change."""
    told, exchanges = [], []
    for one in e.sale["tenders"]:
        foreign = one["foreign"]
        exchanges += [(Fraction(foreign["per_euro"]), foreign["code"])] if foreign else []
        more = f" {_two_places(foreign['amount'])} {foreign['code']}" if foreign else ""
        told.append((f"{LABELS[one['kind']]}{more}", int(one["cents"])))
        if foreign and half_up(Fraction(foreign["amount"]) / Fraction(foreign["per_euro"]) * 20) * 5 != one["cents"]:
            yield f"{one} is worth something else"
    if [(Fraction(rate), code) for rate, code in e.paper.exchanges] != exchanges:
        yield f"printed {e.paper.exchanges}, journaled {exchanges}"
    if (e.paper.tenders, e.paper.change) != (tuple(told), int(e.sale["change_cents"])):
        yield f"printed {e.paper.tenders} and {e.paper.change}, journaled {told} and {e.sale['change_cents']}"


def _two_places(amount: str) -> str:
    whole, _, fraction = amount.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def the_recap_is_sent(e: Evidence) -> Iterator[str]:
    """Base and tax by group are those of the lines, on the days that have them; together they are the lines."""
    expected: defaultdict[str, int] = defaultdict(int)
    if e.type in ("PD", "ND") and not e.sent.facts["CreateDate"].startswith("2025"):
        for rate, vat in e.vat.items():
            names = {"Basic": "BasicVatAmount", "Reduced": "ReducedVatAmount"}
            group = GROUPS[rate]
            expected["TaxFreeAmount" if group == "Free" else f"TaxBase{group}"] += vat.base
            if group in names:
                expected[names[group]] += vat.tax
    amounts = {name: e.sent.amount(name) for name in e.sent.facts if name.startswith("Tax") or "Vat" in name}
    if amounts != expected:
        yield f"sent {amounts}, and not {dict(expected)}"
    if amounts and sum(filter(None, amounts.values())) != e.due:
        yield f"{amounts} are not {e.due} in all"


def the_recap_is_on_paper(e: Evidence) -> Iterator[str]:
    """A payer's paper has base, tax and gross of each rate; not for packaging alone, nor where a voucher pays all."""
    kinds = {one["ItemType"] for one in e.sent.items}
    is_told = e.is_payer and bool(kinds - {"VO"}) and not ("VP" in kinds and e.due == 0)
    taxed = {rate: vat for rate, vat in e.supplied.items() if rate and is_told}
    free = e.supplied[0].gross if is_told and 0 in e.supplied else None
    if (e.paper.recap, e.paper.free) != (taxed, free):
        yield f"printed {e.paper.recap} and {e.paper.free}, and not {taxed} and {free}"
    yield from (f"{vat} does not add up" for vat in e.paper.recap.values() if vat.base + vat.tax != vat.gross)


def nothing_is_taken_off_below_zero(e: Evidence) -> Iterator[str]:
    """No rate's sum is below zero by what is taken off; an advance without tax lowers only what is to be paid."""
    left: defaultdict[int, int] = defaultdict(int)
    lowered, has_untaxed = set(), False
    for item, line in zip(e.sale["items"], e.journal.lines, strict=True):
        is_untaxed = item["type"] == "OZ" and item["vat_rate"] == 0
        has_untaxed |= is_untaxed
        if item["type"] != "VO" and item["role"] != "packaging" and not is_untaxed:
            left[item["vat_rate"]] += line.price
            lowered |= {item["vat_rate"]} if item["type"] in TAKEN_OFF else set()
    yield from (f"{left[rate]} cents are left at {rate} %" for rate in lowered if left[rate] < 0)
    if has_untaxed and e.due < 0:
        yield f"an advance makes {e.due} of it"


def a_non_payer_bears_no_tax(e: Evidence) -> Iterator[str]:
    """Who pays no VAT has neither number nor rate, on paper or in the message."""
    if e.is_payer != e.sealed.shop.seller.is_vat_payer:
        yield "the message says otherwise who pays VAT"
    if not e.is_payer and any(line.rate for line in (*e.sent.lines, *e.paper.items)):
        yield "a rate without a payer"


def it_settles_again_the_same(e: Evidence) -> Iterator[str]:
    """The sale that was journaled settles to the same total, rounding and change, in any order of its tenders."""
    sale = e.sealed.receipt.sale
    if e.type in ("VK", "VY"):
        return
    wanted = Settlement(sale.rounding_cents, sale.total_cents, sale.change_cents, is_covered=True)
    is_rounded = rules_on(e.sealed.at.fromisoformat(e.sealed.paid_on).date()).is_cash_rounded
    for tenders in (sale.tenders, sale.tenders[::-1]):
        if settle(sale.sum_cents, tenders, is_rounded=is_rounded) != wanted:
            yield f"{tenders} settle {sale.sum_cents} otherwise than {wanted}"


def the_page_is_the_paper(e: Evidence) -> Iterator[str]:
    """What is mailed says the same amounts."""
    if e.sealed.receipt.number % PAGES_EVERY:
        return
    page = read_page(render_attachment(e.sealed.receipt, e.uid))
    if page.amounts != e.paper.amounts:
        yield f"page {page.amounts}, paper {e.paper.amounts}"
    quantities = [line.quantity for line in page.items]
    if quantities != [line.quantity for line in e.paper.items]:
        yield f"page {quantities}"


RULES: tuple[Rule, ...] = (
    the_authority_accepts,
    the_codes_are_the_same,
    the_head_says_which,
    the_lines_are_the_same,
    the_total_is_the_sum,
    the_money_covers_it,
    the_money_is_on_paper,
    the_recap_is_sent,
    the_recap_is_on_paper,
    nothing_is_taken_off_below_zero,
    a_non_payer_bears_no_tax,
    it_settles_again_the_same,
    the_page_is_the_paper,
)
"""All of them are held against every receipt."""


def judge(sealed: Sealed) -> None:
    """Hold every rule against the receipt; Disagreement names the first one that is broken."""
    for rule in RULES:
        for wrong in rule(evidence(sealed)):
            raise Disagreement(f"{rule.__name__}: {wrong}")


def judge_day(play: Play) -> None:
    """The day's sums, folded from the records, are those of the receipts that were handed out; Disagreement else."""
    day = fold(Stored(seq, 0, b"", record) for seq, record in enumerate(play.records, 1))
    counted = [evidence(one) for one in play.handed_out if not one.receipt.sale.repairs]
    taken = [one for one in counted if one.type in ("PD", "UF")]
    moved = {"VK": 1, "VY": -1}
    money, rates = _money(taken), _rates(taken)
    drawer = money["cash"] + sum(moved.get(one.type, 0) * one.sale["total_cents"] for one in counted)
    sums = {
        "total": (day.total.cents, sum(one.paper.total for one in taken)),
        "count": (day.total.count, len(taken)),
        "rounding": (day.rounding.cents, sum(one.paper.rounding or 0 for one in taken)),
        "tenders": ({kind: tally.cents for kind, tally in day.by_tender}, {kind: money[kind] for kind in LABELS}),
        "rates": ({line.rate: Vat(line.base_cents, line.vat_cents, line.gross_cents) for line in day.by_rate}, rates),
        "drawer": (day.drawer_cents, drawer),
        "items": (sum(tally.cents for _, tally in day.by_item), sum(one.due for one in taken if one.type == "PD")),
    }
    for name, (folded, summed) in sums.items():
        if folded != summed:
            raise Disagreement(f"the day's {name}: {folded}, and the receipts' {summed}")


def _money(taken: list[Evidence]) -> defaultdict[str, int]:
    money: defaultdict[str, int] = defaultdict(int)
    for one in taken:
        for tender in one.sale["tenders"]:
            money[tender["kind"]] += tender["cents"]
        money["cash"] -= one.sale["change_cents"]
    return money


def _rates(taken: list[Evidence]) -> dict[int, Vat]:
    rates: dict[int, Vat] = {}
    for one in taken:
        for rate, vat in one.supplied.items():
            known = rates.get(rate, Vat(0, 0, 0))
            rates[rate] = Vat(known.base + vat.base, known.tax + vat.tax, known.gross + vat.gross)
    return rates
