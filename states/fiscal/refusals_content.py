"""Refusals for the content of a receipt: -112 to -131.

Source: IR, table of errors. The register keeps these rules itself while items are keyed, so that any of them is
also a reason to tell service.
"""

from __future__ import annotations

from states.fiscal.refusal import Refusal, Remedy

_SERVICE = ("Zavolajte servis", "Call service")
_ANEW = (
    "Stornujte doklad a nablokujte ho znova; keď sa to opakuje, zavolajte servis a uveďte kód.",
    "Void the receipt and key it again; if it happens again, call service and give the code.",
)
_RECAP = (
    "Pokladnica chybne zostavila rozpis DPH: chyba programu alebo nastavenia platiteľa DPH.",
    "The register made a wrong summary of VAT: a bug, or a wrong setting of the payer of VAT.",
)
_CUSTOMER = (
    "V správe je identifikátor kupujúceho, ktorý sa už neposiela: starý program.",
    "The message has a customer's identifier, which is no longer sent: an old program.",
)
_UPDATE = ("Aktualizujte program pokladnice.", "Update the register's program.")
_REKEY = ("Položku zadajte znova", "Key the item again")

# fmt: off
CONTENT = (
    Refusal(-112, Remedy.MEND,
        ("Číslo faktúry musí byť vyplnené pre typ dokladu: Úhrada faktúry.",
         "The invoice number must be given for a receipt of the type invoice payment."),
        ("Zadajte číslo faktúry", "Key the invoice number"),
        ("Úhrada faktúry nemá číslo faktúry.", "An invoice payment has no invoice number."),
        ("Stornujte doklad a úhradu zadajte znova aj s číslom faktúry.",
         "Void the receipt and key the payment again, with the invoice number.")),
    Refusal(-113, Remedy.SERVICE,
        ("Rozpis DPH nesmie byt vyplnené pre typ dokladu: Úhrada faktúry, Vklad, Výber.",
         "The summary of VAT must not be given for: invoice payment, deposit, withdrawal."), _SERVICE, _RECAP, _ANEW),
    Refusal(-114, Remedy.SERVICE,
        ("Typ dokladu: Úhrada faktúry, Vklad, Výber nesmie obsahovať položky.",
         "An invoice payment, deposit or withdrawal must not have items."), _SERVICE,
        ("Doklad o úhrade faktúry, vklade alebo výbere má aj položky.",
         "A receipt of an invoice payment, deposit or withdrawal has items too."), _ANEW),
    Refusal(-115, Remedy.SERVICE,
        ("Číslo faktúry nesmie byť vyplnené pre typ dokladu: Pokladničný doklad, Neplatný doklad, Vklad, Výber.",
         "The invoice number must not be given for: sale, training, deposit, withdrawal."), _SERVICE,
        ("Predaj má číslo faktúry, hoci nie je úhradou faktúry.",
         "A sale has an invoice number, though it is no invoice payment."), _ANEW),
    Refusal(-116, Remedy.MEND,
        ("Typ dokladu: Pokladničný doklad, Neplatný doklad musí obsahovať položky.",
         "A sale or a training receipt must have items."),
        ("Nablokujte položku", "Key an item"),
        ("Doklad nemá ani jednu položku.", "The receipt has not a single item."),
        ("Nablokujte položky a doklad vydajte znova.", "Key the items and issue the receipt anew.")),
    Refusal(-117, Remedy.MEND,
        ("Pre typ položky: Vrátená, Opravná musí byť vyplnené Referenčné číslo dokladu, ku ktorému sa vrátenie, "
         "oprava vzťahuje.",
         "An item of the type returned or corrected must refer to the receipt that it returns or corrects."),
        ("Zadajte pôvodný doklad", "Key the original receipt"),
        ("Vrátený alebo opravený tovar nemá číslo pôvodného dokladu.",
         "Returned or corrected goods have no number of the original receipt."),
        ("Stornujte položku a zadajte ju znova aj s UID, OKP alebo číslom pôvodného dokladu.",
         "Void the item and key it again with the UID, the OKP or the number of the original receipt.")),
    Refusal(-118, Remedy.MEND,
        ("Pre typ položky: Kladná, Vrátené obaly, Zľava, Odpočítaná záloha, Výmena poukazu nesmie byť vyplnené "
         "Referenčné číslo dokladu.",
         "An item sold, packaging bought back, a discount, a deducted advance, a voucher must not refer to a receipt."),
        _REKEY,
        ("Položka, ktorá nie je vrátením ani opravou, má číslo pôvodného dokladu.",
         "An item that is neither a return nor a correction has a number of an original receipt."), _ANEW),
    Refusal(-119, Remedy.SERVICE,
        ("Rozpis DPH musí byť vyplnené pre typ dokladu: Pokladničný doklad, Neplatný doklad.",
         "The summary of VAT must be given for a sale and a training receipt."), _SERVICE, _RECAP, _UPDATE),
    Refusal(-120, Remedy.SERVICE,
        ("Suma dane základnej sadzby a Základ základnej sadzby dane musia byť vyplnené obe, alebo ani jedno.",
         "VAT and base of the basic rate must be given both, or neither."), _SERVICE, _RECAP, _UPDATE),
    Refusal(-121, Remedy.SERVICE,
        ("Suma dane zníženej sadzby a Základ zníženej sadzby dane musia byť vyplnené obe, alebo ani jedno.",
         "VAT and base of the reduced rate must be given both, or neither."), _SERVICE, _RECAP, _UPDATE),
    Refusal(-122, Remedy.SERVICE,
        ("ID kupujúceho a Typ ID kupujúceho musia byť vyplnené obe, alebo ani jedno.",
         "The customer's identifier and its type must be given both, or neither."), _SERVICE, _CUSTOMER, _UPDATE),
    Refusal(-123, Remedy.SERVICE,
        ("ID kupujúceho a Typ ID kupujúceho nesmú byť vyplnené pre typ dokladu: Neplatný doklad, Vklad, Výber.",
         "The customer's identifier must not be given for: training, deposit, withdrawal."),
        _SERVICE, _CUSTOMER, _UPDATE),
    Refusal(-124, Remedy.MEND,
        ("Číslo paragónu je povinné v prípade evidovania paragónu.",
         "A paragón that is registered must have its number."),
        ("Zadajte číslo paragónu", "Key the paragón's number"),
        ("Evidovaný paragón nemá číslo.", "A paragón that is registered has no number."),
        ("Stornujte doklad a paragón zadajte znova aj s číslom.",
         "Void the receipt and key the paragón again, with its number.")),
    Refusal(-125, Remedy.SERVICE,
        ("Číslo paragónu môže byť vyplnené iba v prípade evidovania paragónu.",
         "A paragón's number may be given only when a paragón is registered."), _SERVICE,
        ("Doklad má číslo paragónu, hoci nie je paragónom.", "A receipt has a paragón's number, though it is none."),
        _ANEW),
    Refusal(-126, Remedy.MEND,
        ("Paragón nie je možné zaevidovať pre typ dokladu: Neplatný doklad, Vklad, Výber.",
         "A training receipt, a deposit or a withdrawal cannot be registered as a paragón."),
        ("Vydajte ho bez paragónu", "Issue it without paragón"),
        ("Cvičný doklad, vklad alebo výber je označený ako paragón.",
         "A training receipt, a deposit or a withdrawal is marked as a paragón."),
        ("Stornujte doklad a zadajte ho bez paragónu.", "Void the receipt and key it without a paragón.")),
    Refusal(-127, Remedy.MEND,
        ("Typ položky: Kladná nesmie mať zápornú cenu.", "An item sold must not have a negative price."), _REKEY,
        ("Predaná položka má zápornú cenu.", "An item sold has a negative price."),
        ("Stornujte položku; tovar, ktorý sa vracia, zadajte klávesom vrátenia.",
         "Void the item; goods that come back are keyed with the key for returns.")),
    Refusal(-128, Remedy.MEND,
        ("Typ položky: Vrátené obaly, Vrátená, Zľava, Odpočítaná záloha, Výmena poukazu nesmie mať kladnú cenu.",
         "Packaging bought back, goods returned, a discount, a deducted advance and a voucher must not have a positive "
         "price."), _REKEY,
        ("Vrátenie, zľava, záloha alebo poukaz má kladnú cenu.",
         "A return, a discount, an advance or a voucher has a positive price."), _ANEW),
    Refusal(-129, Remedy.SERVICE,
        ("ID predávajúceho a Typ ID predávajúceho musia byť vyplnené obe, alebo ani jedno.",
         "The other seller's identifier and its type must be given both, or neither."), _SERVICE,
        ("Tovar predávaný v mene iného predávajúceho má neúplné údaje o ňom.",
         "Goods sold in the name of another seller lack a part of that seller's data."),
        ("Opravte v nastaveniach tovaru DIČ alebo IČ DPH druhého predávajúceho.",
         "Mend the other seller's DIČ or IČ DPH in the settings of the product.")),
    Refusal(-130, Remedy.SERVICE,
        ("Pre priradenie dane: 20, 10 nesmie byť vyplnená Slovná informácia.",
         "With a rate of 20 or 10 no words on a special regulation may be given (today: with any rate above 0)."),
        _SERVICE,
        ("Tovar so sadzbou DPH nad 0 % má aj osobitnú úpravu (napr. prenesenie daňovej povinnosti).",
         "Goods with a rate of VAT above 0 have a special regulation too (for example the reverse charge)."),
        ("Opravte v nastaveniach tovaru sadzbu na 0, alebo zrušte osobitnú úpravu.",
         "Set the rate of the product to 0, or take its special regulation away.")),
    Refusal(-131, Remedy.MEND,
        ("Pre typ položky: Kladná, Vrátené obaly, Vrátená, Zľava, Odpočítaná záloha nesmie byť vyplnené Číslo "
         "jednoúčelového poukazu.",
         "An item sold, packaging bought back, goods returned, a discount and a deducted advance must not have a "
         "voucher's number."), _REKEY,
        ("Položka, ktorá nie je výmenou poukazu, má číslo poukazu.",
         "An item that redeems no voucher has a voucher's number."), _ANEW),
)
# fmt: on
