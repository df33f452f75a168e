"""The ``register.toml`` that ``ekasa init DIR --training`` writes: everything on loopback, nothing valid."""

from __future__ import annotations

import json

_TEMPLATE = """\
# Nastavenie pokladnice. Neznáme kľúče a nesprávne hodnoty pokladnica odmietne a povie, ktoré to sú.
# Relatívne cesty sú vzhľadom na tento priečinok. Po zmene treba pokladnicu spustiť znova.

language = "sk"                       # jazyk displeja a správ: "sk" alebo "en"
training = true                       # CVIČNÝ REŽIM: doklady sú neplatné; do ostrej prevádzky riadok vymazať

[device]
name = {name}  # meno odosielateľa v e-mailoch

[identity]                            # z eKasa zóny podnikateľa; tu cvičné
identdata = "identdata.xml"
authdata = "authdata.xml"
password_file = "authdata.password"   # heslo k authdata, jeden riadok
exemption = false                     # true, ak predajca nemusí posielať údaje (výnimka finančnej správy)

[authority]                           # finančná správa; tu `ekasa simulate authority`
driver = "ekasa"
url = "https://127.0.0.1:{authority_port}/soap/services/v2"
ca_file = "authority-ca.pem"                # komu veriť pri TLS
signer_ca_file = "authority-signer-ca.pem"  # komu veriť pri podpise odpovede
signer_subject = "CN=e-Kasa,C=SK"
resend_s = 60.0                       # po koľkých sekundách skúsiť znova poslať nedoručené správy
limit_s = 5.0                         # koľko čakať na odpoveď; ostro najmenej 5.0

[mail]                                # poštový server predajcu; tu `ekasa simulate mail`
driver = "smtp"
host = "127.0.0.1"
port = {mail_port}
security = "tls"                      # tls (465) alebo starttls (587)
auth = "auto"                         # auto, plain, login, xoauth2, none
username = {username}
password_file = "smtp.password"       # heslo aplikácie, jeden riadok
sender = {username}
ca_file = "mail-ca.pem"               # prázdne = certifikáty systému
limit_s = 8.0

# Oddelenia: najviac osem; vat je sadzba DPH v percentách: 23, 19, 5 alebo 0 (20 a 10 len na vrátenie starého tovaru).
# Oddelenie môže mať aj: unit = "kg"; regulation = "PDP" (OOD, CK, PT, UD, ZPS; len s vat = 0);
# kind = "packaging" (záloha na obal, vat = 0), "advance" (odpočet zálohy) alebo "voucher" (jednoúčelový poukaz);
# seller_id = "1234567890" a seller_id_type = "DIC" (alebo "IC_DPH"), ak sa predáva v mene iného predajcu.
{departments}
# Cudzie meny: najviac štyri; per_euro je kurz, koľko ich je za jedno euro.
[[currency]]
number = 1
code = "CZK"
per_euro = "24.285"

# Pokladníci: meno je na doklade.
[[cashier]]
number = 1
name = "Jana"

[[cashier]]
number = 2
name = "Peter"

[printer]                             # tlačiareň; tu `ekasa simulate printer`
driver = "escpos"
port = "tcp://127.0.0.1:{printer_port}"         # alebo sériové zariadenie, napríklad "/dev/ttyUSB0"
baud = 115200                         # len pre sériové zariadenie
profile = "generic-80"                # stĺpce, kódová stránka, QR, nôž

[keypad]
driver = "terminal"                   # terminal (klávesnica), text (jeden kláves na riadok)
port = ""                             # pre text: "-" je štandardný vstup, inak FIFO alebo zariadenie
decimal = "dot"                       # dot: 12.50 s bodkou; implied: 1250 je 12.50

[display]
driver = "terminal"                   # terminal, none

[network]
dns = []                              # prázdne = podľa systému
ntp = ["sk.pool.ntp.org"]

[storage]                             # chránené úložisko
driver = "journal"                    # journal (súbory), chdu (chránené dátové úložisko na sériovej linke)
path = "journal"
copy = ""                             # priečinok na inom médiu pre druhú kópiu; prázdne = bez nej
port = ""                             # pre chdu: sériové zariadenie, napríklad "/dev/ttyUSB1"
baud = 115200

[console]
driver = "none"
port = ""

[api]
listen = ""                           # napríklad "127.0.0.1:8080"; prázdne = vypnuté
"""

_DEPARTMENT = """\
[[department]]
number = {number}
name = {name}
vat = {vat}
"""

DEPARTMENTS: tuple[tuple[str, int], ...] = (
    ("Tovar", 23),
    ("Potraviny", 19),
    ("Chlieb a mlieko", 5),
    ("Káva a čaj", 19),
    ("Alkohol a tabak", 23),
    ("Drogéria", 23),
    ("Knihy", 5),
    ("Oslobodené od DPH", 0),
)
"""Names and rates of the eight department keys, in order."""


def training_toml(
    *,
    authority_port: int,
    mail_port: int,
    printer_port: int,
    username: str = "pokladna@example.sk",
    name: str = "MRP eKASA 8000",
) -> str:
    """The text of the file, with the loopback ports of the three simulators."""
    return _TEMPLATE.format(
        authority_port=authority_port,
        mail_port=mail_port,
        printer_port=printer_port,
        username=_quoted(username),
        name=_quoted(name),
        departments="\n".join(
            _DEPARTMENT.format(number=number, name=_quoted(label), vat=vat)
            for number, (label, vat) in enumerate(DEPARTMENTS, start=1)
        ),
    )


def _quoted(text: str) -> str:
    """JSON's string is a basic string of TOML, too, as long as the text is printable."""
    return json.dumps(text, ensure_ascii=False)
