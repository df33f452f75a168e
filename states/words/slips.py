"""Papers that are no receipts, and the menu."""

from __future__ import annotations

SLIPS: dict[str, tuple[str, str]] = {
    "menu-report-interval": ("Intervalová uzávierka", "Interval report"),
    "menu-reports": ("Prehľady podľa...", "Reports by..."),
    "menu-report-cashiers": ("Podľa pokladníkov", "By cashier"),
    "menu-report-departments": ("Podľa oddelení", "By department"),
    "menu-report-plus": ("Podľa PLU", "By PLU"),
    "menu-unsent": ("Neodoslané správy", "Unsent messages"),
    "menu-unsent-show": ("Zobraziť zoznam", "Show the list"),
    "menu-unsent-print": ("Vytlačiť zoznam", "Print the list"),
    "menu-unsent-send": ("Odoslať teraz", "Send now"),
    "menu-unsent-repair": ("Opraviť odmietnutý", "Repair a refused one"),
    "menu-documents": ("Doklady a miesto", "Documents and place"),
    "menu-paragon": ("Paragón", "Hand-written slip"),
    "menu-training": ("Cvičný doklad (neplatný)", "Training document (invalid)"),
    "menu-place": ("Miesto predaja", "Place of sale"),
    "menu-sample": ("Vzor OFF-LINE dokladu", "Sample OFF-LINE receipt"),
    "menu-cashier": ("Pokladník", "Cashier"),
    "slip-printed": ("Vytlačené", "Printed"),
    "cash-slip-lost": (
        "Hotovosť je zapísaná, lístok nevytlačený; nezadávajte znova",
        "The cash is recorded, its slip not printed; do not key it again",
    ),
    "drawer-short": ("Toľko hotovosti v zásuvke nie je", "There is not so much cash in the drawer"),
    "no-such-receipt": ("Taký doklad nebol vydaný", "No such receipt was issued"),
}
