"""What the displays show all the time."""

from __future__ import annotations

DISPLAYS: dict[str, tuple[str, str]] = {
    "title": ("POKLADNICA", "REGISTER"),
    "welcome": ("Vitajte", "Welcome"),
    "thanks": ("Ďakujeme", "Thank you"),
    "total": ("SUMA", "TOTAL"),
    "rest": ("DOPLATIŤ", "REST DUE"),
    "change": ("VÝDAVOK", "CHANGE"),
    "returning": ("VRÁTENIE", "RETURN"),
    "ask-address": ("E-mail zákazníka:", "Customer's e-mail:"),
    "tender-cash": ("HOTOVOSŤ", "CASH"),
    "tender-card": ("KARTA", "CARD"),
    "refused-total": ("ODMIETNUTÉ {0}", "REFUSED {0}"),
    "correcting": ("OPRAVA", "CORRECTION"),
    "taking-back": ("VÝKUP OBALOV", "PACKAGING BACK"),
    "showing-paragon": ("PARAGÓN {0}", "PARAGON {0}"),
    "showing-invoice": ("FAKTÚRA {0}", "INVOICE {0}"),
    "unsent-count": ("NEODOSLANÉ {0}, do {1}", "UNSENT {0}, by {1}"),
    "aside-count": ("ODMIETNUTÉ DODATOČNE {0}: MENU", "REFUSED LATER {0}: MENU"),
    "unsent-line": ("{0} do {1}", "{0} by {1}"),
    "aside-line": ("{0} odmietnuté {1}", "{0} refused {1}"),
    "line-unreachable": ("FS neodpovedá", "FS does not answer"),
    "taken": ("PRIJATÉ {0}", "TAKEN {0}"),
    "tender-cheque": ("ŠEK", "CHEQUE"),
    "tender-voucher": ("POUKAZ", "VOUCHER"),
    "tender-other": ("INÉ", "OTHER"),
    "menu-report-x": ("Prehľadová uzávierka X", "Interim report X"),
    "menu-report-z": ("Denná uzávierka Z", "Daily report Z"),
    "menu-report-again": ("Posledná Z ešte raz", "Last Z again"),
}
