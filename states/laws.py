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
    "R-26": Law(
        "A discount or surcharge has the rates of what it adjusts; it leaves no rate's sum below zero.", "protocol 6.3"
    ),
    "R-27": Law("A paid invoice is a receipt of its own kind (UF): its number, its amount, no items.", "IR 2.9"),
    "R-28": Law("What was sold by hand is registered later as a paragón, with its own number and time.", "IR 2.9"),
    "R-29": Law("Practice makes invalid receipts (ND) only: registered, printed, never mailed as a sale.", "IR 2.9"),
    "R-30": Law(
        "Cash put in or taken out is a message (VK, VY) until 2025, since then the shop's own slip.", "384/2025"
    ),
    "R-31": Law("Rates, rounding and messages are those of the civil day in Slovakia.", "222/2004 § 27, 18/1996 § 3"),
    "R-32": Law("A receipt refused for its time (-103, -104) is registered anew, with the right time.", "OEC errors"),
    "R-33": Law("Who sells is chosen between two sales and stands on the receipts that follow.", "protocol 6.1, 9"),
    "R-34": Law("A verified answer after the limit is stored; the receipt's off-line paper stays.", "protocol 5"),
    "R-35": Law(
        "A message is with the authority within 96 hours; the cashier is told in time, may send at once.", "FS 629663"
    ),
    "R-36": Law(
        "After three silent sales each message still leaves at once, but the customer hardly waits.", "protocol 5"
    ),
    "R-37": Law("A portable register tells its new place before the first sale there, or off-line.", "protocol 8"),
    "R-38": Law("A location refused for its time (-108) is announced anew, with the right time.", "protocol 2.5"),
    "R-39": Law("A correction (O) is a whole item of the original with the opposite sign.", "protocol 6.3"),
    "R-40": Law("Packaging is sold at rate 0 and bought back (VO) without a reference.", "protocol 6.3"),
    "R-41": Law("A single-purpose voucher (VP) is redeemed with its number.", "IR 2.9"),
    "R-42": Law("A copy or a sample is marked as one, has no number of its own, and is never sent.", "protocol 6.1"),
    "R-43": Law("After the end of its certificate the register sells nothing; reports and the menu work.", "TS_03_02"),
    "R-44": Law("The register warns before its certificate ends: 60, 30, 14, 7 days and one day.", "TS_03_01, IA"),
    "R-45": Law(
        "What ends the process at each start is set aside at the third; the cashier is told.", "I21, OEC 9/2019"
    ),
    "R-46": Law("The register warns when its storage is 95 % full, or when its copy is no longer written.", "I25"),
}
