"""The catalogue of the authority's refusals: every EkasaErrorCode, and what an unknown one is taken for.

Sources: IR, table of errors; -1 is not in it: it is known from a vendor's release notes (2020-07). The rules about a
receipt's content (-112 to -131) are in ``refusals_content``.
"""

from __future__ import annotations

from dataclasses import replace

from states.fiscal.refusal import Refusal, Remedy
from states.fiscal.refusals_content import CONTENT

_SERVICE = ("Zavolajte servis", "Call service")
_CLOCK = ("Nastavte čas, vydajte znova", "Set the clock and issue anew")
_BOTH_FILES = (
    "Nahrajte identifikačné a autentifikačné údaje tej istej pokladnice, obe stiahnuté z eKasa zóny.",
    "Load identity and authentication data of one and the same register, both from eKasa zóna.",
)
_SET_CLOCK = (
    "Nastavte čas pokladnice a doklad vydajte znova.",
    "Set the register's clock and issue the receipt anew.",
)

# fmt: off
GENERAL = (
    Refusal(-1, Remedy.WAIT,
        ("Systém je preťažený.", "The system is overloaded."),
        ("OFF-LINE, odošle sa neskôr", "OFF-LINE, will be sent later"),
        ("Systém finančnej správy je preťažený alebo má vnútornú chybu; doklad neposudzoval.",
         "The authority's system is overloaded or has an internal fault; it did not judge the receipt."),
        ("Netreba nič: doklad sa vydá OFF-LINE a pokladnica ho odošle sama, hneď ako sa dá.",
         "Nothing is needed: the receipt is issued OFF-LINE, and the register sends it by itself as soon as it can.")),
    Refusal(-2, Remedy.MEND,
        ("Zlé vstupné hodnoty.", "Wrong input values."),
        ("Zmeňte položku, inak servis", "Mend an item, else service"),
        ("Správa nezodpovedá schéme: hodnota mimo rozsahu, nedovolený znak, dlhý názov alebo viac než 500 položiek.",
         "The message does not fit the schema: a value out of range, a character that is not allowed, a long name, or "
         "more than 500 items."),
        ("Stornujte poslednú položku a skúste to znova; keď to nepomôže, zavolajte servis a uveďte číslo dokladu.",
         "Void the last item and try again; if that does not help, call service and give the receipt's number.")),
    Refusal(-8, Remedy.SERVICE,
        ("Táto verzia integračného rozhrania už nie je naďalej podporovaná.",
         "This version of the integration interface is no longer supported."),
        ("Aktualizujte program", "Update the program"),
        ("Program pokladnice alebo adresa v nastaveniach patrí k rozhraniu, ktoré finančná správa vypla.",
         "The register's program, or the address in its settings, is of an interface that the authority switched off."),
        ("Aktualizujte program pokladnice a skontrolujte [authority] url; dovtedy píšte paragóny.",
         "Update the register's program and check [authority] url; write paragóny until then.")),
    Refusal(-10, Remedy.SERVICE,
        ("Chyba v podpise dátovej správy.", "Wrong signature of the message."), _SERVICE,
        ("Podpis správy nesedí: poškodený kľúč, alebo správu po ceste niečo zmenilo.",
         "The signature of the message does not hold: a damaged key, or something changed the message on its way."),
        ("Nahrajte autentifikačné údaje znova a preverte, či do spojenia nezasahuje sieťový filter.",
         "Load the authentication data again, and check that no filter of the network meddles with the connection.")),
    Refusal(-12, Remedy.SERVICE,
        ("Nesprávny formát certifikátu.", "Wrong format of the certificate."), _SERVICE,
        ("Certifikát v autentifikačných údajoch nie je certifikát pokladnice z eKasa zóny.",
         "The certificate in the authentication data is not one of a register from eKasa zóna."),
        ("Stiahnite autentifikačné údaje z eKasa zóny znova a nahrajte ich.",
         "Download the authentication data from eKasa zóna again and load them.")),
    Refusal(-13, Remedy.SERVICE,
        ("Použitý certifikát nie je platný.", "The certificate used is not valid."),
        ("Certifikát neplatí: servis", "Bad certificate: call service"),
        ("Certifikát vypršal, ešte neplatí, je zrušený, alebo patrí do iného prostredia (skúšobného a ostrého).",
         "The certificate has expired, is not valid yet, is revoked, or is of the other environment."),
        ("Skontrolujte dátum v pokladnici; v eKasa zóne požiadajte o nové autentifikačné údaje a nahrajte ich.",
         "Check the register's date; ask for new authentication data in eKasa zóna and load them.")),
    Refusal(-100, Remedy.SERVICE,
        ("Nesprávna hodnota PKP.", "Wrong value of the PKP."), _SERVICE,
        ("Podpisový kód dokladu nevytvoril kľúč tejto pokladnice, alebo nepatrí k údajom dokladu.",
         "The receipt's signature code was not made by this register's key, or not for the receipt's facts."),
        ("Skontrolujte, či autentifikačné údaje patria tejto pokladnici; potom doklad vydajte znova.",
         "Check that the authentication data are this register's; then issue the receipt anew.")),
    Refusal(-101, Remedy.SERVICE,
        ("DIČ v dátovej správe sa nezhoduje s DIČ z certifikátu.",
         "The DIČ in the message differs from the DIČ of the certificate."), _SERVICE,
        ("Identifikačné údaje patria inému predávajúcemu než certifikát.",
         "The identity data are of another seller than the certificate."), _BOTH_FILES),
    Refusal(-102, Remedy.SERVICE,
        ("Kód ORP v dátovej správe sa nezhoduje s kódom ORP z certifikátu.",
         "The register code in the message differs from the register code of the certificate."), _SERVICE,
        ("Identifikačné údaje patria inej pokladnici než certifikát.",
         "The identity data are of another register than the certificate."), _BOTH_FILES),
    Refusal(-103, Remedy.REPAIR,
        ("Dátum a čas vyhotovenia dokladu je neskorší ako dátum a čas spracovania.",
         "The receipt's time of issue is later than the time of its processing."), _CLOCK,
        ("Hodiny pokladnice idú o viac než 96 hodín dopredu, alebo paragón má dátum v budúcnosti.",
         "The register's clock is more than 96 hours fast, or a paragón is dated in the future."),
        ("Nastavte čas a doklad vydajte znova; OFF-LINE doklad, ktorý zákazník už má, opravte v menu.",
         "Set the clock and issue the receipt anew; an OFF-LINE one that the customer has is repaired in the menu.")),
    Refusal(-104, Remedy.REPAIR,
        ("Dátum a čas vytvorenia dokladu je neskorší ako dátum a čas spracovania.",
         "The receipt's time of creation is later than the time of its processing."), _CLOCK,
        ("Hodiny pokladnice idú o viac než 96 hodín dopredu.", "The register's clock is more than 96 hours fast."),
        ("Nastavte čas a doklad vydajte znova; OFF-LINE doklad, ktorý zákazník už má, opravte v menu.",
         "Set the clock and issue the receipt anew; an OFF-LINE one that the customer has is repaired in the menu.")),
    Refusal(-105, Remedy.MEND,
        ("Dátum a čas vytvorenia dokladu je skorší ako dátum a čas spracovania.",
         "The receipt's time of creation is earlier than the time of its processing."), _CLOCK,
        ("Hodiny pokladnice meškajú o viac než 96 hodín.", "The register's clock is more than 96 hours slow."),
        _SET_CLOCK),
    Refusal(-106, Remedy.MEND,
        ("Dátum a čas vyhotovenia dokladu je skorší ako dátum a čas spustenia systému.",
         "The receipt's time of issue is earlier than the start of the system."),
        ("Opravte dátum, vydajte znova", "Mend the date and issue anew"),
        ("Paragón má dátum pred 1.4.2019, alebo hodiny pokladnice meškajú o roky.",
         "A paragón is dated before 1.4.2019, or the register's clock is years slow."),
        ("Opravte dátum paragónu alebo čas pokladnice a doklad vydajte znova.",
         "Mend the paragón's date or the register's clock and issue the receipt anew.")),
    Refusal(-107, Remedy.SERVICE,
        ("Dátum a čas vytvorenia dokladu je skorší ako dátum a čas spustenia systému.",
         "The receipt's time of creation is earlier than the start of the system."), _SERVICE,
        ("Doklad vznikol, keď hodiny pokladnice ukazovali čas pred 1.4.2019, a poslal sa až neskôr.",
         "The receipt was made while the register's clock was before 1.4.2019, and was sent later."),
        ("Nastavte čas a dajte preveriť batériu hodín; predaj z odloženej správy zaregistruje servis.",
         "Set the clock and have its battery checked; service registers the sale of the message that was set aside.")),
    Refusal(-108, Remedy.REPAIR,
        ("Dátum a čas vytvorenia údajov o polohe je neskorší ako dátum a čas spracovania.",
         "The location's time of creation is later than the time of its processing."),
        ("Nastavte čas, ohláste polohu", "Set the clock, tell the place"),
        ("Hodiny pokladnice idú o viac než 96 hodín dopredu.", "The register's clock is more than 96 hours fast."),
        ("Nastavte čas; polohu ohlási pokladnica znova, alebo ju zadajte ešte raz.",
         "Set the clock; the register tells the place again, or key it once more.")),
    Refusal(-109, Remedy.MEND,
        ("Dátum a čas vytvorenia údajov o polohe je skorší ako dátum a čas spracovania.",
         "The location's time of creation is earlier than the time of its processing."),
        ("Nastavte čas, ohláste polohu", "Set the clock, tell the place"),
        ("Hodiny pokladnice meškajú o viac než 96 hodín.", "The register's clock is more than 96 hours slow."),
        ("Nastavte čas a polohu zadajte ešte raz.", "Set the clock and key the place once more.")),
    Refusal(-110, Remedy.MEND,
        ("Dátum a čas vytvorenia údajov o polohe je skorší ako dátum a čas spustenia systému.",
         "The location's time of creation is earlier than the start of the system."),
        ("Nastavte čas, ohláste polohu", "Set the clock, tell the place"),
        ("Poloha vznikla, keď hodiny pokladnice ukazovali čas pred 1.4.2019, a poslala sa až neskôr.",
         "The location was made while the register's clock was before 1.4.2019, and was sent later."),
        ("Nastavte čas a polohu zadajte ešte raz.", "Set the clock and key the place once more.")),
    Refusal(-111, Remedy.SERVICE,
        ("Nesprávna hodnota OKP.", "Wrong value of the OKP."), _SERVICE,
        ("Overovací kód nie je odtlačkom podpisového kódu: chyba programu alebo poškodená správa.",
         "The verification code is not the digest of the signature code: a bug, or a damaged message."),
        ("Doklad vydajte znova; keď sa to opakuje, zavolajte servis.",
         "Issue the receipt anew; if it happens again, call service.")),
    Refusal(-132, Remedy.SERVICE,
        ("Nesprávna časová zóna.", "Wrong time zone."), _SERVICE,
        ("Posun času v správe nie je ten, ktorý v tej chvíli platí na Slovensku (+01:00 v zime, +02:00 v lete).",
         "The offset of a time in the message is not the one in force in Slovakia (winter +01:00, summer +02:00)."),
        ("Aktualizujte program pokladnice a skontrolujte čas.", "Update the register's program and check the clock.")),
)
# fmt: on

_UNKNOWN = Refusal(
    0,
    Remedy.SERVICE,
    ("Neznámy kód chyby.", "An unknown error code."),
    _SERVICE,
    (
        "Finančná správa odpovedala kódom, ktorý pokladnica nepozná; jeho text je v odpovedi v denníku.",
        "The authority answered with a code that the register does not know; its text is in the reply in the journal.",
    ),
    (
        "Zavolajte servis a uveďte kód a číslo dokladu.",
        "Call service and give the code and the receipt's number.",
    ),
)

REFUSALS = {one.code: one for one in sorted((*GENERAL, *CONTENT), key=lambda one: -one.code)}
"""Every known code, from -1 down to -132."""


def refusal_of(code: int) -> Refusal:
    """What this code means; one that is not known refuses, for that is the safe side."""
    return REFUSALS.get(code) or replace(_UNKNOWN, code=code)
