"""What the entry asks for and refuses."""

from __future__ import annotations

ENTRY: dict[str, tuple[str, str]] = {
    # What is asked for
    "ask-returned": ("Vrátenie k dokladu:", "Return to receipt:"),
    "ask-corrected": ("Oprava k dokladu:", "Correction of receipt:"),
    "ask-invoice": ("Číslo faktúry:", "Invoice number:"),
    "ask-amount": ("Faktúra {0}, suma:", "Invoice {0}, amount:"),
    "ask-voucher": ("Číslo poukazu:", "Voucher number:"),
    "ask-paragon-number": ("Číslo paragónu:", "Number of the slip:"),
    "ask-paragon-date": ("Dátum a čas paragónu:", "Date and time of the slip:"),
    "ask-since": ("Od dňa:", "From day:"),
    "ask-until": ("Do dňa:", "To day:"),
    "ask-place": ("Miesto predaja:", "Place of sale:"),
    "ask-cashier": ("Číslo pokladníka:", "Cashier's number:"),
    # Goods
    "plu-first": ("Najprv číslo, potom PLU", "First the number, then PLU"),
    "plu-unknown": ("Také PLU nie je nastavené", "There is no such PLU"),
    "line-high": ("Cena riadku je príliš vysoká", "The price of the line is too high"),
    "quantity-twice": ("Množstvo už je zadané", "The quantity is keyed already"),
    "quantity-zero": ("Množstvo musí byť nad 0", "The quantity must be above 0"),
    "quantity-places": ("Množstvo: najviac 4 des. miesta", "A quantity has 4 decimal places at most"),
    "quantity-max": ("Množstvo: najviac 10 000 000", "A quantity is 10,000,000 at most"),
    "voucher-dropped": ("Poukaz nebol započítaný", "The voucher was not taken off"),
    # Goods that come back
    "unknown-original": ("Doklad tu nie je. Cudzí? ENTER", "Not a receipt of this register. Another's? ENTER"),
    "no-original": ("Taký doklad tu nie je", "This register has no such receipt"),
    "not-on-original": ("Položka nie je na pôvod. doklade", "The original receipt has no such item"),
    "only-packaging": ("Bez dokladu sa vracia len obal", "Only packaging comes back without a receipt"),
    "only-goods": ("Toto nevracajte: použite OPRAVU", "This cannot be returned: use CORRECTION"),
    # Amounts
    "amount-first": ("Najprv suma, potom kláves", "First the amount, then the key"),
    "amount-zero": ("Suma musí byť nad 0", "The amount must be above 0"),
    "amount-places": ("Suma: najviac 2 des. miesta", "An amount has 2 decimal places at most"),
    "amount-high": ("Suma je príliš vysoká", "The amount is too high"),
    "amount-quantity": ("Po KRÁT zadajte tovar, alebo CLEAR", "After TIMES key the goods, or CLEAR"),
    "percent-first": ("Najprv percentá, potom kláves", "First the per cent, then the key"),
    "percent-range": ("Percentá: nad 0, najviac 100", "Per cent are above 0 and at most 100"),
    "percent-places": ("Percentá: najviac 2 des. miesta", "Per cent have 2 decimal places at most"),
    "currency-unset": ("Táto mena nie je nastavená", "This currency is not set"),
    "currency-small": ("V eurách je to menej než 0.05", "This is worth less than 0.05 euros"),
    # Words
    "words-empty": ("Zadajte aspoň jeden znak", "Give one character at least"),
    "words-plain": ("Len písmená bez diakritiky a čísla", "Only letters without accents, digits and signs"),
    "date-form": ("Zadajte napr. 22.11.2026 10:15", "Give for example 22.11.2026 10:15"),
    "date-time": ("Chýba čas: 22.11.2026 10:15", "The time is missing: 22.11.2026 10:15"),
    "date-day": ("Len deň, bez času: 22.11.2026", "Only the day, without the time: 22.11.2026"),
    "date-never": ("Taký dátum alebo čas neexistuje", "There is no such date or time"),
    "until-before-since": ("Koniec je pred začiatkom", "The end lies before the beginning"),
    "paragon-digits": ("Číslo paragónu: 1 až 4294967295", "The number of a slip: 1 to 4294967295"),
    "place": ("Zadajte miesto, najviac 255 znakov", "Give the place, 255 characters at most"),
    "place-form": ("GPS napr. 17.165377 48.148962", "GPS is for example 17.165377 48.148962"),
    "place-range": ("GPS mimo SR: najprv dĺžka 17-22", "GPS not in Slovakia: first longitude 17-22"),
    "cashier-unknown": ("Taký pokladník nie je nastavený", "There is no such cashier"),
    "old-number": ("V denníku nie je: číslo starej pokladnice", "Not in the journal: an older register's number"),
    "above-original": ("Na pôvodnom doklade je menej", "The original receipt has less"),
}
