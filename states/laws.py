"""Why the register does what it does: each row of a table cites one of these.

Sources: faq-557 (the vendor's text on electronic receipts); IR (interface v2.3 of the tax authority); law 384/2025
on the registration of sales; law 18/1996 § 3 (cash rounding); FS n (answers of the authority); I-n (the
invariants of reliability, chapter 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """A rule in one sentence, and where it stands."""

    text: str
    source: str


LAWS: dict[str, Law] = {
    "R-01": Law("A receipt has items with a name, quantity, rate and price, at most 500 of them.", "IR 2.9"),
    "R-02": Law("Before it is paid a line, or the whole basket, may be taken back; it was never a receipt.", "IR 2.9"),
    "R-03": Law("An electronic receipt needs the buyer's consent before it is issued; it may be withdrawn.", "faq-557"),
    "R-04": Law("A sale is sealed when its tenders cover it: then and only then it gets a number.", "384/2025, I5"),
    "R-05": Law("Nothing leaves for the authority before the sealed receipt is durable.", "IR 2.1, I4"),
    "R-06": Law("What could not be sealed was not sold: the basket is shown again, no number is used.", "I25"),
    "R-07": Law(
        "A verified answer with the UID makes the receipt on-line; the UID is durable first.", "faq-557, I11, I14"
    ),
    "R-08": Law("Without a UID in the response limit the receipt is off-line.", "faq-557, 384/2025 (5 s), I14"),
    "R-09": Law("An on-line receipt of a buyer who wants paper is printed.", "faq-557"),
    "R-10": Law("An answer with an error code means that no receipt may be handed out.", "IR 2.5, I13"),
    "R-11": Law(
        "An on-line receipt is mailed to the buyer who agreed and gave an address; then it is not printed.", "faq-557"
    ),
    "R-12": Law("An off-line receipt is never mailed; it is always printed.", "faq-557, I16"),
    "R-13": Law("If the mail server returns any error, or nothing, the receipt is printed.", "faq-557, I17"),
    "R-14": Law(
        "A receipt is delivered when the mail server took it or the printer confirmed it, and that is durable.", "I15"
    ),
    "R-15": Law(
        "An interrupted print is journaled; the torn part is voided and the same original is printed whole.", "I19"
    ),
    "R-16": Law("The code -1 (server overloaded) is no refusal: the receipt is off-line.", "OEC 7/2020, I14"),
    "R-17": Law("A refused receipt keeps its number; the sale may be mended and issued under a new one.", "IR 2.5, I6"),
    "R-18": Law("An off-line receipt is sent again with the same content, oldest first.", "FS 629663, I7"),
    "R-19": Law("A further attempt has a new Uuid and a raised SendingCount, durable before it leaves.", "IR 2.2, I9"),
    "R-20": Law("The answer to a further attempt is stored; a refused one is set aside so that others flow.", "I21"),
    "R-21": Law("What a person types is shown, and does nothing until a key completes it.", "cashier 1"),
    "R-22": Law("Returned goods are an item of type V with the reference of the original receipt.", "IR 2.9"),
    "R-23": Law(
        "A report reads the journal; a daily report is closed in the journal before it is printed.", "protocol 7.1"
    ),
    "R-24": Law("For a sale the drawer opens once, never before it is durable; else only by its key.", "I4"),
    "R-25": Law("What a person keys amiss is refused with a beep and its reason; the basket stays.", "design rule 4"),
}
