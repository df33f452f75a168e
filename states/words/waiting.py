"""What the register waits for."""

from __future__ import annotations

WAITING: dict[str, tuple[str, str]] = {
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
    "waiting-Gathering": ("Čítam denník", "Reading the journal"),
    "waiting-SlipPrinting": ("Tlačím", "Printing"),
    "waiting-Looking": ("Hľadám v denníku", "Looking in the journal"),
    "waiting-Announcing": ("Zapisujem miesto predaja", "Writing the place"),
    "waiting-Locating": ("Oznamujem miesto predaja", "Telling the authority the place"),
    "waiting-PlaceKeeping": ("Zapisujem odpoveď", "Writing the answer"),
}
