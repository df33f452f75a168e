"""What the records of a receipt say to a person: what was answered, and in one sentence why it ended as it did."""

from __future__ import annotations

from states.fiscal import journal
from states.fiscal.journal import History
from states.fiscal.receipt import CASH_MOVES, Form, ReceiptType, Way


def detail_of(record: journal.Record) -> str:
    """What the world had answered, as a record tells it: UID, code, reason, reply of the mail server or printer."""
    match record:
        case journal.Outcome(form=Form.ONLINE):
            return f"UID {record.uid}"
        case journal.Outcome(form=Form.OFFLINE):
            return f"no UID: {record.reason}"
        case journal.Outcome():
            return f"code {record.code}: {record.reason}"
        case journal.MailFailed():
            return f"{record.verdict} in {record.phase} {record.code or '-'}: {record.text}"
        case journal.PrintInterrupted(reason=text) | journal.Delivered(evidence=text):
            return text
        case journal.Attempted(attempt=attempt):
            return f"SendingCount {attempt.sending_count}, Uuid {attempt.uuid}"
        case journal.Resolved():
            return f"UID {record.uid}" if record.uid else f"code {record.code}"
    return ""


def why(history: History) -> str:
    """In one sentence: how the receipt reached the customer, why in this way, and what became of it."""
    parts = [why_so(history)]
    if history.receipt.sale.repairs:
        parts.append(f"it registers anew OKP {history.receipt.sale.repairs}, which was refused for its time")
    if history.resolved is not None:
        answer = "registered it later" if history.resolved.uid else f"refused it later with {history.resolved.code}"
        parts.append(f"the authority {answer}")
    elif history.is_unsent:
        parts.append("the authority has not answered yet")
    return "; ".join(parts)


def why_so(history: History) -> str:
    """How the receipt reached the customer, and why in this way."""
    outcome, failed = history.outcome, history.mail_failed
    if history.set_aside is not None and history.delivered is None:
        return f"never handed out: set aside at start {history.set_aside.starts} at which the register came no further"
    if outcome is None:
        return "the power was cut before the authority's answer was durable"
    if outcome.form is not Form.REFUSED and history.delivered is None:
        return "not handed out yet: the next start goes on with it"
    if outcome.form is Form.REFUSED:
        return f"the authority answered {outcome.code}: {outcome.reason}; no receipt was handed out"
    if failed is not None:
        code = f" {failed.code}" if failed.code else ""
        return f"printed, because the mail was {failed.verdict} in phase {failed.phase}{code}: {failed.text}"
    if outcome.form is Form.OFFLINE:
        return f"printed OFF-LINE, because there was no UID in time ({outcome.reason})"
    if outcome.way is Way.EMAIL:
        return f"mailed to {history.receipt.sale.email_masked}, who agreed"
    if history.receipt.sale.type is ReceiptType.ND:
        return "printed, because practice is never mailed"
    if history.receipt.sale.type in CASH_MOVES:
        return "printed, because a slip of cash that moved is nobody's to be mailed"
    if history.receipt.sale.repairs:
        return "printed, because the customer's address was not kept"
    if history.receipt.sale.email_masked:
        return "printed, because the power was cut and the address was not kept"
    return "printed, because the customer wanted paper"
