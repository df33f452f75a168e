"""The certificate and the files of the identity."""

from __future__ import annotations

CERTIFICATE: dict[str, tuple[str, str]] = {
    "certificate-60": (
        "Certifikát vyprší do 60 dní: včas požiadajte o nový v eKasa zóne",
        "The certificate expires within 60 days: ask for a new one in the eKasa zone in time",
    ),
    "certificate-30": (
        "Certifikát vyprší do 30 dní: požiadajte o nový v eKasa zóne",
        "The certificate expires within 30 days: ask for a new one in the eKasa zone",
    ),
    "certificate-14": (
        "Certifikát vyprší do 14 dní: požiadajte o nový v eKasa zóne",
        "The certificate expires within 14 days: ask for a new one in the eKasa zone",
    ),
    "certificate-7": (
        "Certifikát vyprší do 7 dní: nahrajte nový, potom sa nedá predávať",
        "The certificate expires within 7 days: load a new one, without it nothing can be sold",
    ),
    "certificate-1": (
        "Certifikát vyprší do 1 dňa: nahrajte nový ešte dnes",
        "The certificate expires within 1 day: load a new one today",
    ),
    "certificate-expired": (
        "Certifikát vypršal: predaj je blokovaný.",
        "The certificate has expired: sales are blocked.",
    ),
    "identity-missing": (
        "Chýbajú identifikačné údaje (identdata). Nahrá ich: ekasa load PRIEČINOK SÚBOR",
        "The identification data (identdata) are missing. To load them: ekasa load DIR FILE",
    ),
    "auth-missing": (
        "Chýbajú autentifikačné údaje (authdata). Nahrá ich: ekasa load PRIEČINOK SÚBOR --password-file HESLO",
        "The authentication data (authdata) are missing. To load them: ekasa load DIR FILE --password-file PASSWORD",
    ),
    "load-missing": ("Taký súbor nie je.", "There is no such file."),
    "load-unreadable": ("Súbor sa nedá prečítať.", "The file cannot be read."),
    "load-unknown": (
        "Nie sú to identifikačné ani autentifikačné údaje z eKasa zóny.",
        "These are neither identification nor authentication data of the eKasa zone.",
    ),
    "load-twice": (
        "Dva súbory s rovnakým druhom údajov: nahrajte len jeden.",
        "Two files with the same kind of data: load only one of them.",
    ),
    "load-expired": (
        "Certifikát v súbore už vypršal: požiadajte o nový v eKasa zóne.",
        "The certificate in the file has expired: ask for a new one in the eKasa zone.",
    ),
    "load-ends-earlier": (
        "Certifikát v súbore skončí skôr než ten, ktorý pokladnica má.",
        "The certificate in the file ends before the one that the register has.",
    ),
    "load-other-register": (
        "Denník v tomto priečinku patrí inej pokladnici: nová pokladnica potrebuje nový priečinok.",
        "The journal in this folder is another register's: a new register needs a new folder.",
    ),
    "loaded-identity": (
        "Identifikačné údaje: {0}, DIČ {1}, kód pokladnice {2}",
        "Identification data: {0}, DIČ {1}, register code {2}",
    ),
    "loaded-auth": (
        "Autentifikačné údaje: certifikát {0} platí do {1}",
        "Authentication data: the certificate {0} is valid until {1}",
    ),
    "loaded-taken": (
        "Bežiaca pokladnica ich prevezme pri najbližšom spustení.",
        "A running register takes them at its next start.",
    ),
}
