"""What the basket refuses, and why."""

from __future__ import annotations

BASKET: dict[str, tuple[str, str]] = {
    "basket-open": (
        "Najprv dokončite doklad, alebo STORNO DOKLADU",
        "First finish the receipt, or VOID RECEIPT",
    ),
    "invoice-open": (
        "Úhrada faktúry nemá položky: zaplaťte, alebo STORNO DOKLADU",
        "An invoice has no items: pay it, or VOID RECEIPT",
    ),
    "item-name": ("Názov tovaru sa nedá vytlačiť: opravte ho", "This name of goods cannot be printed: mend it"),
    "rate-over": (
        "Táto sadzba DPH dnes neplatí: opravte oddelenie alebo PLU",
        "This rate of VAT is not in force today: mend the department or PLU",
    ),
    "rate-below-zero": (
        "Zľava, záloha či poukaz by presiahli tovar: znížte ich alebo stornujte",
        "A discount, advance or voucher would exceed the goods: lower or void it",
    ),
    "total-below-zero": (
        "Záloha by presiahla sumu dokladu: odpočítajte menej",
        "The advance would exceed the total: deduct less",
    ),
    "discount-above": (
        "Zľava je vyššia než tovar: zadajte menšiu",
        "The discount is above the goods: key a smaller one",
    ),
    "discount-nothing": (
        "Niet čo upraviť: zľava ide hneď za tovar, alebo po MEDZISÚČTE",
        "Nothing to adjust: a discount follows goods, or SUBTOTAL",
    ),
    "discount-packaging": ("Záloha za obal sa nemení: zľavu dajte na tovar", "A deposit stays as it is: adjust goods"),
    "discount-zero": ("Vychádza menej než cent: zadajte viac", "It comes to less than a cent: key more"),
    "currency-amount": (
        "Najprv suma v cudzej mene, potom jej kláves",
        "First the amount of the currency, then its key",
    ),
    "currency-payout": ("Cudzia mena sa nevydáva: vráťte eurá", "No currency is paid out: give euros back"),
    "nd-no-email": ("Cvičný doklad sa neposiela e-mailom", "A practice receipt is never mailed: it is printed"),
}
"""What to do stands in the sentence; what was keyed before stays in the basket."""
