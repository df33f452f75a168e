"""Every sentence that the register says to a person, in Slovak and in English, by a stable word."""

from __future__ import annotations

from typing import Literal

Language = Literal["sk", "en"]

WORDS: dict[str, tuple[str, str]] = {
    # The displays
    "title": ("POKLADNICA", "REGISTER"),
    "welcome": ("Vitajte", "Welcome"),
    "thanks": ("Ďakujeme", "Thank you"),
    "total": ("SUMA", "TOTAL"),
    "rest": ("DOPLATIŤ", "REST DUE"),
    "change": ("VÝDAVOK", "CHANGE"),
    "returning": ("VRÁTENIE", "RETURN"),
    "ask-address": ("E-mail zákazníka:", "Customer's e-mail:"),
    "ask-reference": ("Pôvodný doklad:", "Original receipt:"),
    "tender-cash": ("HOTOVOSŤ", "CASH"),
    "tender-card": ("KARTA", "CARD"),
    "tender-other": ("INÉ", "OTHER"),
    "menu-report-x": ("Prehľadová uzávierka X", "Interim report X"),
    "menu-report-z": ("Denná uzávierka Z", "Daily report Z"),
    "menu-report-again": ("Posledná Z ešte raz", "Last Z again"),
    # What is awaited
    "waiting-Sealing": ("Zapisujem doklad", "Writing the receipt"),
    "waiting-Registering": ("Čakám na finančnú správu", "Waiting for the tax authority"),
    "waiting-Online": ("Zapisujem UID", "Writing the UID"),
    "waiting-Offline": ("Zapisujem OFF-LINE doklad", "Writing the off-line receipt"),
    "waiting-Refusing": ("Zapisujem odmietnutie", "Writing the refusal"),
    "waiting-Emailing": ("Posielam e-mail", "Sending the e-mail"),
    "waiting-Diverting": ("E-mail nepotvrdený, tlačím", "E-mail not confirmed, printing"),
    "waiting-Printing": ("Tlačím doklad", "Printing the receipt"),
    "waiting-Interrupting": ("Tlač prerušená", "Print interrupted"),
    "waiting-Sent": ("Zapisujem odoslanie", "Writing the delivery"),
    "waiting-Printed": ("Zapisujem vytlačenie", "Writing the delivery"),
    "waiting-Reporting": ("Počítam uzávierku", "Adding up the report"),
    "waiting-ReportPrinting": ("Tlačím uzávierku", "Printing the report"),
    # How a receipt ended
    "ended-sent": ("ODOSLANÉ na {0}", "SENT to {0}"),
    "ended-printed": ("VYTLAČENÉ", "PRINTED"),
    "ended-printed-instead": ("VYTLAČENÉ, lebo {0}", "PRINTED, because {0}"),
    "ended-offline": ("VYTLAČENÉ OFF-LINE, odošle sa neskôr", "PRINTED OFF-LINE, will be sent later"),
    "ended-refused": ("Doklad NEBOL vydaný: opravte ho alebo stornujte", "NO receipt was issued; mend it or void it"),
    "verdict-NOT_SENT": ("e-mail sa nepodarilo odoslať", "the e-mail could not be sent"),
    "verdict-IN_DOUBT": ("e-mail nie je potvrdený", "the e-mail is not confirmed"),
    # Refusals at the keypad
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
    # The journey
    "refused": ("Finančná správa doklad odmietla", "The tax authority refused the receipt"),
    "refused-by-authority": (
        "ODMIETNUTÉ ({0}) {1} Doklad nevydávajte. Potvrďte: CLEAR (Esc)",
        "REFUSED ({0}) {1} Hand out no receipt. Confirm: CLEAR (Esc)",
    ),
    "mail-failed": ("E-mail zlyhal, tlačím", "The e-mail failed, printing"),
    "mail-in-doubt": ("E-mail nepotvrdený, tlačím", "The e-mail is not confirmed, printing"),
    "resend-refused": ("Odmietnutý OFF-LINE doklad: zavolajte servis", "An off-line receipt was refused: call service"),
    "recovered": ("Dokončujem doklad po výpadku", "Finishing a receipt after power loss"),
    "press-enter": ("Potom ENTER.", "Then ENTER."),
    # Failures of ports
    "late": ("Zariadenie neodpovedalo včas.", "The device did not answer in time."),
    "paper-out": ("Došiel papier.", "Out of paper."),
    "cover-open": ("Otvorený kryt tlačiarne.", "The printer's cover is open."),
    "silent": ("Tlačiareň neodpovedá.", "The printer does not answer."),
    "gone": ("Zariadenie je odpojené.", "The device is gone."),
    "error": ("Porucha tlačiarne.", "The printer reports a fault."),
    "busy": ("Zariadenie používa iný program.", "The device is used by another program."),
    "full": ("Úložisko je plné: doklad nevznikol.", "Storage is full: no receipt was made."),
    "clock-back": (
        "Hodiny idú pred posledným dokladom: nastavte čas.",
        "The clock is before the last receipt: set it.",
    ),
    "identity-unreadable": ("Identifikačné údaje sa nedajú prečítať.", "The identity data cannot be read."),
    "identity-invalid": ("Identifikačné údaje nezodpovedajú schéme.", "The identity data do not fit the schema."),
    "identity-mismatch": (
        "DIČ alebo kód pokladnice sa líši od certifikátu.",
        "DIČ or register code differ from the certificate.",
    ),
    "auth-unreadable": ("Autentifikačné údaje sa nedajú prečítať.", "The authentication data cannot be read."),
    "password-wrong": ("Nesprávne heslo k autentifikačným údajom.", "Wrong password of the authentication data."),
    "password-missing": ("Chýba súbor s heslom.", "The password file is missing."),
    "key-weak": ("Kľúč má menej ako 2048 bitov.", "The key has less than 2048 bits."),
    "certificate-not-yet-valid": (
        "Certifikát ešte neplatí: skontrolujte hodiny.",
        "The certificate is not valid yet: check the clock.",
    ),
    "ca-missing": ("Chýba súbor s certifikátmi.", "The file of certificates is missing."),
    "ca-invalid": ("Súbor s certifikátmi sa nedá prečítať.", "The file of certificates cannot be read."),
    "sender-invalid": ("Odosielateľ nie je e-mailová adresa.", "The sender is not an e-mail address."),
    "host-missing": ("Chýba meno poštového servera.", "The mail server's name is missing."),
    "host-invalid": ("Nesprávne meno poštového servera.", "The mail server's name is wrong."),
    "security-invalid": ("Zabezpečenie je tls alebo starttls.", "The security is tls or starttls."),
    "auth-invalid": ("Taký spôsob prihlásenia nie je.", "There is no such way to log in."),
    "name-invalid": ("Meno odosielateľa má nedovolené znaky.", "The sender's name has characters that may not be."),
    "username-missing": ("Chýba prihlasovacie meno.", "The user name is missing."),
    "username-invalid": ("Prihlasovacie meno má nedovolené znaky.", "The user name has characters that may not be."),
    "password-invalid": ("Heslo má nedovolené znaky.", "The password has characters that may not be."),
    "driver-ambiguous": ("Ovládač tohto mena je viac než jeden.", "More than one driver has this name."),
    "driver-broken": ("Ovládač sa nedá načítať.", "The driver cannot be loaded."),
    "driver-unknown": ("Taký ovládač nie je.", "There is no such driver."),
    "no-terminal": ("Toto nie je terminál.", "This is not a terminal."),
    "address-busy": ("Adresu používa iný program, možno druhá pokladnica.", "Another program uses the address."),
    "unusable": ("Nedá sa použiť.", "It cannot be used."),
    "settings": ("Nesprávne nastavenie.", "Wrong setting."),
    # Ends of the program
    "init-done": (
        "Cvičná pokladnica je v priečinku {0}. Spustí ju: ekasa run {0} --simulators",
        "The training register is in {0}. To start it: ekasa run {0} --simulators",
    ),
    "folder-in-use": (
        "v priečinku {0} už pokladnica je; nič sa nezmenilo",
        "there is a register in {0} already; nothing was changed",
    ),
    "journal-corrupt": (
        "denník je poškodený, nič sa nezmenilo: {0}. Nepredávajte, zavolajte servis; `ekasa verify` povie viac",
        "the journal is damaged, nothing was changed: {0}. Stop selling, call service; `ekasa verify` tells more",
    ),
    "journal-failed": (
        "zápis do denníka zlyhal ({0}). Skontrolujte disk a spustite pokladnicu znova: čo bolo zapísané, sa dokončí",
        "writing the journal failed ({0}). Check the disk and start again: what was written is finished then",
    ),
    "port-stopped": (
        "pokladnica sa zastavila: {0}. Denník je v poriadku; odstráňte príčinu a spustite ju znova",
        "the register stopped: {0}. The journal is safe; remove the cause and start it again",
    ),
    "stopped": (
        "pokladnica sa zastavila pre chybu programu ({0}). Denník je v poriadku; spustite ju znova a pošlite log.jsonl",
        "the register stopped because of a bug ({0}). The journal is safe; start it again and send log.jsonl",
    ),
    "certificate-expired": (
        "Certifikát vypršal: predaj je blokovaný.",
        "The certificate has expired: sales are blocked.",
    ),
}


def say(word: str, language: Language, *values: object) -> str:
    """The sentence of this word; a word without one is said as it is, so that nothing is hidden."""
    pair = WORDS.get(word)
    if pair is None:
        return word
    return pair[0 if language == "sk" else 1].format(*values)
