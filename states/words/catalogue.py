"""The import of PLU: what is wrong with a file, and with a line of it."""

from __future__ import annotations

CATALOGUE: dict[str, tuple[str, str]] = {
    # What was done
    "plu-set": (
        "nastavených PLU: {0}, odmietnutých riadkov: {1}. Pokladnica ich použije po spustení",
        "PLU set: {0}, lines refused: {1}. The register uses them from its next start on",
    ),
    "plu-none": (
        "nič sa nezmenilo, odmietnutých riadkov: {0}. Opravte ich, alebo použite --partial",
        "nothing was changed, lines refused: {0}. Mend them, or use --partial",
    ),
    "plu-refused": ("riadok {0}: {1} [{2}]", "line {0}: {1} [{2}]"),
    "plu-more": ("... a ďalšie, počet: {0}", "... and {0} more"),
    "plu-busy": (
        "pokladnica tohto priečinka beží: najprv ju zastavte, potom zadajte PLU znova",
        "the register of this folder is running: stop it first, then set the PLU again",
    ),
    # Files
    "csv-large": ("súbor je väčší ako {0} MiB", "the file is larger than {0} MiB"),
    "csv-encoding": ("text nie je v UTF-8 ani CP1250", "the text is neither UTF-8 nor CP1250"),
    "csv-quotes": ("riadok {0}: chybné úvodzovky alebo priveľký text", "line {0}: wrong quotes, or too long a text"),
    "csv-many": ("najviac {0} PLU", "at most {0} PLU"),
    "csv-empty": ("v súbore nie je žiadne PLU", "there is no PLU in the file"),
    "csv-unknown": ("neznámy stĺpec: {0}", "unknown column: {0}"),
    "csv-twice": ("stĺpec {0} je v súbore dvakrát", "the column {1} is there twice"),
    "csv-missing": ("chýba stĺpec {0}", "the column {1} is missing"),
    # Lines
    "plu-cells": ("priveľa buniek", "too many cells"),
    "plu-number": ("číslo PLU je od 1 do 999999", "the number of a PLU is from 1 to 999999"),
    "plu-twice": ("toto číslo už má iné PLU", "another PLU has this number already"),
    "plu-price": (
        "cena je nad 0, najviac 10 000 000, so 6 desatinnými miestami najviac",
        "the price is above 0, at most 10,000,000, with 6 decimal places at most",
    ),
    "plu-vat": ("sadzba DPH je 23, 19, 5 alebo 0 (kedysi 20, 10)", "the VAT rate is 23, 19, 5 or 0 (once 20, 10)"),
    "plu-department": ("oddelenie je od 1 do 8, alebo nič", "the department is from 1 to 8, or nothing"),
    "plu-unit": ("jednotka má najviac 10 znakov", "the unit has 10 characters at most"),
    "plu-kind": (
        "druh je tovar, obal, záloha alebo poukaz",
        "the kind is goods, packaging, advance or voucher",
    ),
    "plu-regulation": (
        "úprava dane je PDP, OOD, CK, PT, UD alebo ZPS",
        "the regulation is PDP, OOD, CK, PT, UD or ZPS",
    ),
    "plu-seller": (
        "iný predajca: DIČ alebo IČ DPH (písmená a číslice) a jeho druh DIC alebo IC_DPH, oboje alebo nič",
        "another seller: DIČ or IČ DPH (letters and digits) and its type DIC or IC_DPH, both or neither",
    ),
    "plu-packaging-rate": ("záloha na obal má sadzbu 0", "a deposit on packaging has rate 0"),
    "plu-regulation-rate": (
        "osobitná úprava dane je možná len so sadzbou 0",
        "a special regulation is possible with rate 0 only",
    ),
    "name-illegal": ("názov má nedovolené znaky", "the name has characters that may not be"),
    "name-empty": ("chýba názov", "the name is missing"),
    "name-too-long": ("názov má najviac 255 znakov", "a name has 255 characters at most"),
}
