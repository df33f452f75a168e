"""What the keypad refuses, and why."""

from __future__ import annotations

KEYPAD: dict[str, tuple[str, str]] = {
    "key-refused": ("Tento kláves tu nemá funkciu", "This key does nothing here"),
    "number": ("Číslo sa takto zadať nedá", "Such a number cannot be typed"),
    "price": ("Najprv cena nad 0, potom oddelenie", "First a price above 0, then the department"),
    "department": ("Oddelenie nie je nastavené", "This department is not set"),
    "items-max": ("Najviac 500 položiek; ukončite doklad", "At most 500 items; close the receipt"),
    "amount-max": ("Suma dokladu je príliš vysoká", "The total is too high"),
    "finish-payment": ("Najprv dokončite platbu alebo stornujte", "First finish the payment or void"),
    "basket-empty": ("Doklad je prázdny", "The basket is empty"),
    "return-open": ("Najprv zadajte vrátený tovar, alebo CLEAR", "First key the returned goods, or CLEAR"),
    "cash-max": ("Toľko hotovosti nad sumu? Skontrolujte číslo", "So much cash above the total? Check the number"),
    "give-back": ("Vráťte zákazníkovi prijaté peniaze", "Give the customer the money back"),
    "report-printed": ("Uzávierka vytlačená", "Report printed"),
    "report-lost": (
        "Uzávierka je zapísaná, ale nevytlačená: MENU 3",
        "The report is closed, but not printed: MENU 3",
    ),
    "report-none": ("Denná uzávierka ešte nebola", "There was no daily report yet"),
    "address-dropped": ("Doklad je prázdny, e-mail sa zrušil", "The basket is empty, the e-mail was dropped"),
    "nothing-due": ("Nič nie je na zaplatenie", "Nothing is due"),
    "wrong-sign": ("Takúto sumu zaplatiť nemožno", "Such an amount cannot be paid"),
    "above-rest-due": ("Bez hotovosti najviac zvyšok sumy", "Only cash may exceed the rest due"),
    "not-five-cents": ("Hotovosť po 5 centoch", "Cash goes in steps of 5 cents"),
    "too-many-tenders": ("Priveľa platidiel", "Too many tenders"),
    "address": ("Toto nie je e-mailová adresa", "This is not an e-mail address"),
    "reference": ("Zadajte UID, OKP alebo číslo dokladu", "Give a UID, an OKP or a receipt number"),
    "words-long": ("Text je príliš dlhý", "The text is too long"),
    "menu-number": ("Takáto položka v menu nie je", "There is no such entry"),
}
