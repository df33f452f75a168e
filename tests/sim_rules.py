"""The invariants of one receipt, judged by what the world saw of it: the rules that are asked after every customer.

Nothing here looks into the register. A rule is asked of a ``Case`` and yields what is wrong.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise

from states.fiscal.journal import (
    Attempted,
    Delivered,
    Intent,
    MailFailed,
    Outcome,
    PrintInterrupted,
    Resolved,
    SetAside,
)
from states.fiscal.receipt import Form, Verdict, Way
from tests.sim_authority import Arrival
from tests.sim_case import Case
from tests.sim_world import LIFE_BYTES, LIMIT_S, World

BRIEF_S = 1.0
LINE_FAILURES = 3
EPSILON_S = 0.0015
DELAYS_S = 5.0
"""A slip or a drawer's pulse may stand before it in the printer's lane."""

PAPER_WITHIN_S = 2.0
POWER_CUT, EXPIRED = "power-cut", "certificate-expired"
FRAME_BYTES = 8 * 1024
"""More than the frame of any receipt of a life."""


def written_ahead(case: Case) -> Iterator[str]:
    """I4: nothing leaves but what a durable record has announced."""
    announced = {one.record.attempt.uuid: one.seq for one in case.seen if isinstance(one.record, Intent | Attempted)}
    for arrival in case.arrivals:
        if announced.get(arrival.uuid, arrival.head + 1) > arrival.head:
            yield f"{case.okp} left for the authority before its attempt {arrival.count} was durable"
    for mail in case.mails:
        if not case.has(Outcome, mail.head):
            yield f"{case.okp} was mailed before its outcome was durable"
    for one in case.prints:
        if not case.has(Outcome, one.head) or (_is_mailed(case) and not case.has(MailFailed, one.head)):
            yield f"{case.okp} was printed before paper was durable as its way"


def _is_mailed(case: Case) -> bool:
    outcome = case.outcome.record if case.outcome else None
    return isinstance(outcome, Outcome) and outcome.way is Way.EMAIL


def content_is_frozen(case: Case) -> Iterator[str]:
    """I7: every attempt carries the receipt as it was sealed."""
    if any(arrival.receipt != case.receipt for arrival in case.arrivals):
        yield f"{case.okp} left with another content than was sealed"


def seal_is_sound(case: Case) -> Iterator[str]:
    """I8: the OKP is the hash of the PKP."""
    if case.receipt is not None:
        digits = hashlib.sha1(b64decode(case.receipt.pkp), usedforsecurity=False).hexdigest().upper()
        if digits != case.okp.replace("-", ""):
            yield f"the OKP {case.okp} is not that of its PKP"


def attempts_are_counted(case: Case) -> Iterator[str]:
    """I9: 1, 2, 3 in the journal, and ever greater on the wire."""
    durable = [one.record.attempt.sending_count for one in case.seen if isinstance(one.record, Intent | Attempted)]
    if durable != list(range(1, len(durable) + 1)):
        yield f"{case.okp} was attempted as {durable}"
    sent = [arrival.count for arrival in case.arrivals]
    if any(second <= first for first, second in pairwise(sent)):
        yield f"{case.okp} was sent as {sent}"


def uids_are_its_own(case: Case) -> Iterator[str]:
    """I11: a UID is stored only if the authority gave it to this receipt."""
    given = {arrival.uid for arrival in case.arrivals}
    answers: list[Outcome | Resolved] = [*case.of(Outcome), *case.of(Resolved)]
    stored = {one.uid for one in answers if one.uid}
    yield from (f"{case.okp} has the UID {uid}, which it was not given" for uid in stored - given)


def first_uid_stays(case: Case) -> Iterator[str]:
    """I12: there is one outcome, and what was answered later does not change what was printed."""
    if len(case.of(Outcome)) > 1 or sum(bool(one.uid) for one in case.of(Resolved)) > 1:
        yield f"{case.okp} was answered twice in the journal"
    uid = case.outcome.record.uid if case.outcome and isinstance(case.outcome.record, Outcome) else ""
    for one in case.prints:
        if uid and uid not in "".join(one.text).replace(" ", ""):
            yield f"the paper of {case.okp} has not its UID"


def refused_is_not_handed_out(case: Case) -> Iterator[str]:
    """I13: what the authority refused before it was delivered reaches nobody."""
    outcome = case.outcome.record if case.outcome else None
    if isinstance(outcome, Outcome) and outcome.form is Form.REFUSED and (case.prints or case.mails):
        yield f"{case.okp} was refused with {outcome.code} and handed out"


def form_is_right(case: Case) -> Iterator[str]:
    """I14: on-line with a durable UID; off-line only when the wait was over or the exchange had failed; never both."""
    if case.outcome is None or not isinstance(case.outcome.record, Outcome):
        return
    form = case.outcome.record.form
    if any(one.is_offline != (form is Form.OFFLINE) for one in case.prints):
        yield f"{case.okp} is {form}, and its paper says otherwise"
    if form is Form.OFFLINE:
        yield from _why_offline(case, case.outcome.at_s)


def _why_offline(case: Case, at_s: float) -> Iterator[str]:
    if case.outcome_reason == EXPIRED and case.world.clock.expired_ever:
        return
    begun = [one for one in case.arrivals if one.began_s <= at_s]
    if not begun:
        yield f"{case.okp} is off-line, and nothing was sent"
        return
    last = begun[-1]
    waited_s = min(at_s, last.ended_s if last.ended else at_s) - last.began_s
    if last.ended in ("uid", "code") and waited_s < last.limit_s - EPSILON_S:
        yield f"{case.okp} is off-line, and was answered after {waited_s:.3f} s"
    elif last.ended in ("", "cut", "uid", "code") and at_s - last.began_s < last.limit_s - EPSILON_S:
        yield f"{case.okp} is off-line after {at_s - last.began_s:.3f} s, and nothing had failed"
    if last.limit_s < LIMIT_S and not _line_was_lost(case.world, last):
        yield f"{case.okp} had no more than {last.limit_s:g} s, and the authority had answered"


def _line_was_lost(world: World, arrival: Arrival) -> bool:
    """The last sales before it had no answer in their time."""
    before = [one for one in world.authority.arrivals if one.is_sale and one.began_s < arrival.began_s]
    return len(before) >= LINE_FAILURES and all(not one.is_timely for one in before[-LINE_FAILURES:])


def delivered_once(case: Case) -> Iterator[str]:
    """I15: once, and only after the mail server's word or the printer's; in the end every one that has an outcome."""
    delivered = case.of(Delivered)
    if len(delivered) > 1:
        yield f"{case.okp} was delivered {len(delivered)} times"
    for one in delivered:
        if one.way is Way.EMAIL and not any(mail.accepted and mail.verdict == "ACCEPTED" for mail in case.mails):
            yield f"{case.okp} is delivered by a mail that nobody took"
        if one.way is Way.PRINT and not any(print.confirmed and print.is_whole for print in case.prints):
            yield f"{case.okp} is delivered on paper that never came out"
    outcome = case.outcome.record if case.outcome else None
    is_refused = isinstance(outcome, Outcome) and outcome.form is Form.REFUSED
    if case.is_over and case.receipt and not delivered and not is_refused and not case.of(SetAside):
        yield f"{case.okp} was never delivered"


def mail_is_online(case: Case) -> Iterator[str]:
    """I16: a mail has a UID that was durable before it began, and consent."""
    for mail in case.mails:
        outcome = case.outcome.record if case.outcome and case.outcome.seq <= mail.head else None
        if not isinstance(outcome, Outcome) or not outcome.uid or outcome.uid != mail.uid:
            yield f"{case.okp} was mailed without its UID being durable"
        if case.receipt is not None and not case.receipt.sale.email_masked:
            yield f"{case.okp} was mailed without consent"


def failed_mail_is_printed(case: Case) -> Iterator[str]:
    """I17: any end of a mail but 250 after the dot is followed by paper within two seconds, if the power stays on."""
    for mail in case.mails:
        if mail.verdict == Verdict.ACCEPTED or not mail.ended_s:
            if mail.verdict == Verdict.ACCEPTED and any(one.phase != POWER_CUT for one in case.of(MailFailed)):
                yield f"the mail of {case.okp} was accepted and counted as failed"
            continue
        until_s = mail.ended_s + PAPER_WITHIN_S + case.world.slow_between(mail.ended_s, mail.ended_s + 12.0)
        if not case.of(MailFailed) and not case.world.was_off_between(mail.began_s, until_s):
            yield f"the mail of {case.okp} failed, and that is not durable"
        printed = any(one.at_s <= until_s for one in case.prints)
        if not printed and not case.world.was_off_between(mail.began_s, until_s):
            yield f"the mail of {case.okp} failed, and no paper followed in time"


def mailed_once(case: Case) -> Iterator[str]:
    """I18: at most one mail, whose Message-ID follows from the OKP."""
    if sum(mail.dotted for mail in case.mails) > 1 or len(case.mails) > 1:
        yield f"{case.okp} was mailed {len(case.mails)} times"
    for mail in case.mails:
        if mail.message_id != f"<{case.okp.lower()}@ekasa.invalid>":
            yield f"the mail of {case.okp} is called {mail.message_id}"


def one_original(case: Case) -> Iterator[str]:
    """I19: printed again only after an interruption that is durable, and then the torn paper is voided first."""
    for count, one in enumerate(case.prints):
        if case.has(PrintInterrupted, one.head) < count:
            yield f"{case.okp} was printed again, and no interruption was durable"
        if count and not one.is_void_first:
            yield f"{case.okp} was printed again, and its torn paper was not voided"


def money_agrees(case: Case) -> Iterator[str]:
    """I23: the cashier's books, the items, the message and the paper have one sum in cents."""
    if case.receipt is None:
        return
    sale, amount = case.receipt.sale, case.receipt.amount
    if case.account is not None:
        booked = case.account.total_cents, case.account.rounding_cents
        if (sale.total_cents, sale.rounding_cents) != booked:
            yield f"{case.receipt.key} is {amount}, and the books say {booked}"
    if cents_of(amount) != sale.total_cents or sale.sum_cents + sale.rounding_cents != sale.total_cents:
        yield f"{case.receipt.key} is {amount}, {sale.sum_cents} and {sale.rounding_cents} are {sale.total_cents}"
    for one in case.prints:
        if f"{amount} EUR" not in one.total:
            yield f"{case.receipt.key} is {amount}, and its paper says {one.total!r}"


def cents_of(amount: str) -> int:
    """The cents of an amount such as ``-0.05``."""
    euros, _, cents = amount.partition(".")
    return int(euros + cents)


def room_was_reserved(case: Case) -> Iterator[str]:
    """I25: a receipt is begun only where its whole life has room, in this segment or in one that is ready."""
    if case.seen and isinstance(case.seen[0].record, Intent):
        first = case.seen[0]
        if first.room_bytes < LIFE_BYTES - FRAME_BYTES and not first.is_next_ready:
            yield f"{case.okp} was begun with {first.room_bytes} bytes left"


def sale_is_not_delayed(case: Case) -> Iterator[str]:
    """I22: paper begins when the wait is over, whatever the outbox, the printer's last fault or the clock do."""
    if not case.prints or not case.seen or case.mails or case.outcome is None:
        return
    first, since_s = case.prints[0], case.seen[0].at_s
    allowed_s = LIMIT_S + DELAYS_S + case.world.slow_between(since_s, first.at_s)
    if first.at_s - since_s > allowed_s and not case.world.was_off_between(since_s, first.at_s):
        yield f"{case.okp} was printed {first.at_s - since_s:.2f} s after it was sealed"


def nothing_comes_from_nowhere(case: Case) -> Iterator[str]:
    """I5: what left the register has an Intent."""
    if case.receipt is None:
        yield f"{case.okp} left the register and has no Intent"
