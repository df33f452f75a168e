"""What is known of the way to the authority: outbox, line, place."""

from __future__ import annotations

SENDING: dict[str, tuple[str, str]] = {
    "unsent-24h": (
        "Neodoslaný doklad má 24 h: skontrolujte pripojenie",
        "A message is unsent for 24 h: check the connection",
    ),
    "unsent-72h": (
        "Neodoslané 72 h, limit je 96 h: MENU, odoslať",
        "Unsent for 72 h, the limit is 96 h: MENU, send now",
    ),
    "unsent-90h": (
        "Neodoslané 90 h, ostáva 6 h: pripojte pokladnicu",
        "Unsent for 90 h, 6 h are left: connect the register",
    ),
    "unsent-96h": (
        "Lehota 96 h uplynula: odošlite a zavolajte servis",
        "The 96 h are over: send, and call service",
    ),
    "nothing-unsent": ("Nič nečaká na odoslanie", "Nothing waits to be sent"),
    "sending-now": ("Odosielam neodoslané", "Sending what is unsent"),
    "already-sending": ("Už sa odosiela", "It is being sent already"),
    "nothing-to-repair": ("Žiadny doklad na opravu času", "No receipt needs its time repaired"),
    "line-lost": (
        "Finančná správa neodpovedá: doklady sú OFF-LINE",
        "The tax authority does not answer: receipts are OFF-LINE",
    ),
    "line-back": ("Finančná správa opäť odpovedá", "The tax authority answers again"),
    "place-unknown": (
        "Prenosná pokladňa: najprv zadajte polohu (MENU)",
        "A portable register: first key its place (MENU)",
    ),
    "place-same": ("Táto poloha je už ohlásená", "This place is announced already"),
    "place-refused": (
        "Finančná správa polohu odmietla: zadajte ju znova",
        "The tax authority refused the place: key it again",
    ),
    "not-portable": ("Táto pokladnica nie je prenosná", "This register is not portable"),
}
