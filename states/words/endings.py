"""How a receipt ended."""

from __future__ import annotations

ENDINGS: dict[str, tuple[str, str]] = {
    "ended-sent": ("ODOSLANÉ na {0}", "SENT to {0}"),
    "ended-printed": ("VYTLAČENÉ", "PRINTED"),
    "ended-printed-instead": ("VYTLAČENÉ, lebo {0}", "PRINTED, because {0}"),
    "ended-offline": ("VYTLAČENÉ OFF-LINE, odošle sa neskôr", "PRINTED OFF-LINE, will be sent later"),
    "ended-repair-refused": (
        "Oprava NEBOLA prijatá: doklad ostáva odložený",
        "The repair was NOT taken: the receipt stays set aside",
    ),
    "ended-refused": (
        "Doklad NEBOL vydaný: opravte ho, alebo stornujte a peniaze vráťte",
        "NO receipt was issued: mend it, or void it and give the money back",
    ),
    "ended-given-up": (
        "Doklad {0} sa ani tretíkrát nedokončil: je odložený. Ak ho zákazník nemá, dajte paragón. Zavolajte servis",
        "Receipt {0} was not finished the third time: it is set aside. If not handed out, give a paragon. Call service",
    ),
    "ended-left": (
        "Doklad {0} je zaevidovaný, ale ani tretíkrát sa nevydal: je odložený. NEDÁVAJTE paragón. Zavolajte servis",
        "Receipt {0} is on record, but was not handed out the third time: set aside. Give NO paragon. Call service",
    ),
    "verdict-NOT_SENT": ("e-mail sa nepodarilo odoslať", "the e-mail could not be sent"),
    "verdict-IN_DOUBT": ("e-mail nie je potvrdený", "the e-mail is not confirmed"),
}
