"""What the journal knows of originals and of slips written by hand."""

from __future__ import annotations

LOOKUPS: dict[str, tuple[str, str]] = {
    "original-refused": ("Ten doklad nebol vydaný", "That receipt was never issued"),
    "original-training": ("To je cvičný NEPLATNÝ DOKLAD", "That is an INVALID receipt, for practice"),
    "original-invoice": ("Na tom doklade nie je tovar", "That receipt has no goods"),
    "paragon-number-used": ("Paragón s týmto číslom už je", "A slip of this number is registered already"),
    "paragon-number-gap": ("Čísla paragónov idú po poradí", "The numbers of slips follow without gaps"),
    "paragon-number-high": ("Číslo paragónu je príliš vysoké", "The number of the slip is too high"),
    "paragon-future": ("Dátum paragónu je v budúcnosti", "The date of the slip lies in the future"),
    "paragon-too-old": ("Paragón je spred 1.4.2019", "The slip is from before 1.4.2019"),
}
