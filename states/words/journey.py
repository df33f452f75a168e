"""What happens to a receipt."""

from __future__ import annotations

JOURNEY: dict[str, tuple[str, str]] = {
    "refused": ("Finančná správa doklad odmietla", "The tax authority refused the receipt"),
    "refused-by-authority": (
        "ODMIETNUTÉ ({0}) {1} Doklad nevydávajte. Potvrďte: CLEAR (Esc)",
        "REFUSED ({0}) {1} Hand out no receipt. Confirm: CLEAR (Esc)",
    ),
    "mail-failed": ("E-mail zlyhal, tlačím", "The e-mail failed, printing"),
    "mail-in-doubt": ("E-mail nepotvrdený, tlačím", "The e-mail is not confirmed, printing"),
    "resend-refused": ("Odmietnutý OFF-LINE doklad: MENU 6", "An off-line receipt was refused: MENU 6"),
    "sale-given-up": ("Doklad sa nedokončil a je odložený", "A receipt was not finished and is set aside"),
    "message-given-up": (
        "OFF-LINE doklad sa nedá odoslať: MENU 6, zavolajte servis",
        "An off-line receipt cannot be sent: MENU 6, call service",
    ),
    "recovered": ("Dokončujem doklad po výpadku", "Finishing a receipt after power loss"),
    "press-enter": ("Potom ENTER.", "Then ENTER."),
}
