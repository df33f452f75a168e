"""The sections of ``register.toml``: one class each, whose fields are the keys and whose defaults are binding."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Device:
    """What the register calls itself."""

    name: str = "MRP eKASA 8000"


@dataclass(frozen=True, slots=True)
class IdentityFiles:
    """What the financial administration gave to the seller; ``exemption``: it freed the seller from sending."""

    identdata: str = "identdata.xml"
    authdata: str = "authdata.xml"
    password_file: str = "authdata.password"
    exemption: bool = False


@dataclass(frozen=True, slots=True)
class Authority:
    """The tax authority's server and whom to believe."""

    driver: str = "ekasa"
    url: str = "https://127.0.0.1:8443/soap/services/v2"
    ca_file: str = "authority-ca.pem"
    signer_ca_file: str = "authority-signer-ca.pem"
    signer_subject: str = "CN=e-Kasa,C=SK"
    resend_s: float = 60.0
    limit_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Mail:
    """The submission server of the seller's mail provider."""

    driver: str = "smtp"
    host: str = "smtp.gmail.com"
    port: int = 465
    security: str = "tls"
    auth: str = "auto"
    username: str = ""
    password_file: str = "smtp.password"
    sender: str = ""
    ca_file: str = ""
    limit_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Department:
    """A department key: the item's name, its VAT rate in per cent, and how it is sold.

    ``kind`` is goods, packaging, advance or voucher; ``regulation`` why it is not taxed; ``seller_id`` (of the type
    DIC or IC_DPH) in whose name it is sold. An empty text is none.
    """

    number: int
    name: str
    vat: int
    kind: str = "goods"
    unit: str = "ks"
    regulation: str = ""
    seller_id: str = ""
    seller_id_type: str = ""


@dataclass(frozen=True, slots=True)
class Currency:
    """A key for foreign cash: the currency's ISO 4217 code and how much of it is one euro, a decimal as text."""

    number: int
    code: str
    per_euro: str


@dataclass(frozen=True, slots=True)
class Cashier:
    """Somebody who sells; the name stands on the receipt."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Printer:
    """The receipt printer."""

    driver: str = "escpos"
    port: str = "/dev/ttyUSB0"
    baud: int = 115200
    profile: str = "generic-80"


@dataclass(frozen=True, slots=True)
class Keypad:
    """The keys, and whether amounts are typed with a decimal point."""

    driver: str = "terminal"
    port: str = ""
    decimal: str = "dot"


@dataclass(frozen=True, slots=True)
class Display:
    """The displays."""

    driver: str = "terminal"


@dataclass(frozen=True, slots=True)
class Network:
    """Servers that the network ladder asks; no resolver means the system's."""

    dns: tuple[str, ...] = ()
    ntp: tuple[str, ...] = ("sk.pool.ntp.org",)


@dataclass(frozen=True, slots=True)
class Storage:
    """Protected storage."""

    driver: str = "journal"
    path: str = "journal"
    copy: str = ""
    port: str = ""
    baud: int = 115200


@dataclass(frozen=True, slots=True)
class Console:
    """The service console."""

    driver: str = "none"
    port: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """The LAN interface; an empty address is off."""

    listen: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file. In training receipts are not valid, and the authority may get less time than the law gives it."""

    language: str = "sk"
    training: bool = False
    device: Device = Device()
    identity: IdentityFiles = IdentityFiles()
    authority: Authority = Authority()
    mail: Mail = Mail()
    department: tuple[Department, ...] = field(default=(Department(1, "Tovar", 23),))
    currency: tuple[Currency, ...] = ()
    cashier: tuple[Cashier, ...] = ()
    printer: Printer = Printer()
    keypad: Keypad = Keypad()
    display: Display = Display()
    network: Network = Network()
    storage: Storage = Storage()
    console: Console = Console()
    api: Api = Api()
