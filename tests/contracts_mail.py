"""What every mail port promises, whoever serves it."""

from __future__ import annotations

import trio

from drivers.ports import Mail
from states.fiscal.receipt import MailResult, Verdict
from tests.mail_receipts import ADDRESS, MESSAGE_ID, UID, receipt

PHASES = ("connect", "tls", "banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot")
TEXT_MAX = 200


def check_result(result: MailResult, address: str = ADDRESS) -> None:
    """A verdict fits its phase and code, and its text may be written down: one short line, no address."""
    assert result.phase in PHASES
    assert result.code == 0 or 200 <= result.code <= 599
    assert result.phase == "dot" or result.verdict is Verdict.NOT_SENT
    assert (result.verdict is Verdict.ACCEPTED) == (result.phase == "dot" and result.code == 250)
    assert result.verdict is not Verdict.NOT_SENT or result.phase != "dot" or result.code >= 400
    assert result.text.isprintable()
    assert len(result.text) <= TEXT_MAX
    assert address.lower() not in result.text.lower()


async def check_mail(mail: Mail, message_id: str = MESSAGE_ID) -> MailResult:
    """One mail ends in a verdict within the driver's own limit; a cancelled one ends at once."""
    with trio.move_on_after(0) as scope:
        await mail.send(receipt(), UID, ADDRESS, message_id)
    assert scope.cancelled_caught
    with trio.fail_after(30):
        result = await mail.send(receipt(), UID, ADDRESS, message_id)
    check_result(result)
    return result
