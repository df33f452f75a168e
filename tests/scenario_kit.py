"""What the official scenarios are played with: a shop whose register runs as a process and shows its displays on a
terminal, what a sale left behind everywhere, and files as the eKasa zone gives them.

Nothing here looks into the register: keys go in, and screen, paper, messages, mails and journal are what is seen.
"""

from __future__ import annotations

import base64
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zxingcpp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from PIL import Image

from controller.verify import verify
from drivers.escpos_profiles import GENERIC_80
from drivers.simulated.training import TRAINING_IDENTITY, encode_identity, issue_authdata
from states.fiscal.identity import Identity
from states.fiscal.journal import Delivered, Outcome, Record
from states.fiscal.receipt import Receipt
from tests.shop import Message, Shop, await_that, end, open_shop, run_ekasa

ROWS, COLUMNS = 40, 120
PASSWORD = "heslo zo zóny"
DAY = timedelta(days=1)
CERTIFICATE_DAYS = 730
NON_PAYER = replace(TRAINING_IDENTITY, ic_dph="")
SIGNED = ("Dic", "CashRegisterCode", "ReceiptType", "ReceiptNumber", "CreateDate", "Amount")

PARAGON = ("MENU", "7", "1")
TRAINING = ("MENU", "7", "2")
PLACE = ("MENU", "7", "3")
LIST_UNSENT = ("MENU", "6", "1")
PRINT_UNSENT = ("MENU", "6", "2")
SEND_NOW = ("MENU", "6", "3")
REPORT_X = ("MENU", "1")

FAULT = '[[fault]]\nkind = "{0}"\n'
CODE = FAULT.format("code") + "code = {0}\n"
SILENT = FAULT.format("silence")
BROKEN = FAULT.format("cut-tls") + "times = 99\n"
"""No request is answered; the outbox, which may try at any time, does not change that."""

_PLACED = re.compile(r"\x1b\[(\d+);1H((?:[^\x1b]|\x1b\[[0-9;]*m)*)")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_FRAME_END = "\x1b[?2026l"
_OFFLINE_QR = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{8}){4}:[0-9]{16,17}:[0-9]{12}:[1-9][0-9]*:-?[0-9]+\.[0-9]{2}")


def typed(number: str) -> tuple[str, ...]:
    """The keys of a number, for example of 12.50."""
    return tuple("DOT" if digit == "." else digit for digit in number)


class Glass:
    """The terminal on which a register shows its displays, read by a person who reads whole screens only."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._unread = ""
        self._rows: dict[int, str] = {}

    def close(self) -> None:
        """Both ends."""
        os.close(self._ours)
        os.close(self.theirs)

    def clear(self) -> None:
        """Forget what an earlier run showed."""
        self.text()
        self._rows.clear()

    def text(self) -> str:
        """The screen as it is now."""
        while select.select([self._ours], [], [], 0)[0]:
            self._unread += self._decoder.decode(os.read(self._ours, 65536))
        whole, mark, rest = self._unread.rpartition(_FRAME_END)
        if mark:
            self._unread = rest
            self._rows |= {int(found[1]): _STYLE.sub("", found[2]) for found in _PLACED.finditer(whole)}
        return "\n".join(self._rows[number].rstrip() for number in sorted(self._rows))


@dataclass(frozen=True, slots=True)
class Sold:
    """A receipt as the outside world has it: its records, its messages, and the newest paper."""

    receipt: Receipt
    records: list[Record]
    messages: list[Message]
    paper: str
    picture: Path | None

    @property
    def outcome(self) -> Outcome:
        """What the authority made of it at once."""
        (outcome,) = [record for record in self.records if isinstance(record, Outcome)]
        return outcome

    @property
    def names(self) -> list[str]:
        """Which records there are, in order."""
        return [type(record).__name__ for record in self.records]

    @property
    def facts(self) -> dict[str, str]:
        """The attributes of ReceiptData in the first message."""
        return attributes(self.messages[0], "ReceiptData")

    @property
    def items(self) -> list[dict[str, str]]:
        """The attributes of each item in the first message."""
        return items(self.messages[0])

    @property
    def codes(self) -> list[str]:
        """What a reader finds in the picture of the paper."""
        assert self.picture
        return codes_on(self.picture)


class Scene:
    """A shop, and the screen of its register."""

    def __init__(self, shop: Shop, glass: Glass) -> None:
        self.shop = shop
        self.glass = glass
        self.process: subprocess.Popen[bytes] | None = None

    # --- The register --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Start the register; it hears keys, and its displays are on the glass."""
        self.glass.clear()
        self.process = self.shop.run(stdout=self.glass.theirs)
        self.shows("POKLADNICA")

    def stop(self) -> None:
        """End the register as a service manager does."""
        if self.process is not None:
            assert end(self.process) == 0, self.shop.said()
            self.process = None

    def set(self, section: str, key: str, value: str) -> None:
        """Change a setting and start the register again."""
        self.stop()
        self.shop.set(section, key, value)
        self.run()

    def authority(self, faults: str = "") -> None:
        """Put another authority in the place of the present one, with this script; it forgets, what it kept stays."""
        kept = self.shop.folder / "authority"
        aside = self.shop.folder / "authority-kept"
        self.shop.simulate_again("authority", faults)
        (moved,) = self.shop.folder.glob("authority-[0-9]*")
        aside.mkdir(exist_ok=True)
        first = len(list(aside.glob("*-request.xml")))
        for path in sorted(moved.iterdir()):
            number = int(path.name[:4]) + first
            path.rename(aside / f"{number:04d}{path.name[4:]}")
        moved.rmdir()
        assert kept.is_dir()

    def load(self, *files: Path) -> subprocess.CompletedProcess[str]:
        """``ekasa load`` of these files, with the password that was set in the zone."""
        password = self.shop.folder / "zone" / "password"
        password.parent.mkdir(exist_ok=True)
        password.write_text(f"{PASSWORD}\n", encoding="utf-8")
        return run_ekasa("load", self.shop.folder, *files, "--password-file", password)

    def reload(self, *files: Path) -> None:
        """Load files while the register stands still."""
        self.stop()
        done = self.load(*files)
        assert (done.returncode, done.stderr) == (0, "")
        self.run()

    # --- At the counter ------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys."""
        self.shop.press(*keys)

    def shows(self, *words: str) -> str:
        """The screen, once all of these words are on it."""

        def seen() -> str:
            text = self.glass.text()
            return text if all(word in text for word in words) else ""

        try:
            return await_that(f"{words} on the screen", seen)
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.glass.text()}") from None

    def hears(self, *keys: str) -> None:
        """Press keys of which the last one is refused or ends nothing; return when it was heard."""
        before = self._heard()
        self.press(*keys)
        await_that("the keys were heard", lambda: self._heard() == before + len(keys))

    def _heard(self) -> int:
        ends = ("Pressed", "Typed")
        return sum(line.get("heard", "").endswith(ends) for line in self.shop.log())

    def refuses(self, *keys: str, says: str) -> None:
        """Press keys whose last one is refused with this sentence, and nothing is sealed or printed for it."""
        before = len(self.shop.intents()), self.papers_count(), len(self.messages())
        self.hears(*keys)
        self.shows(says)
        assert (len(self.shop.intents()), self.papers_count(), len(self.messages())) == before

    def sell(self, *keys: str) -> Sold:
        """Press the keys of one receipt; it is over when the customer has it and the register is ready again."""
        delivered, papers = len(self.shop.records(Delivered)), self.papers_count()
        self.press(*keys)

        def is_over() -> bool:
            self.glass.text()
            return len(self.shop.records(Delivered)) == delivered + 1 and self.shop.state() == "Composing"

        await_that(f"the customer has what {keys} sold", is_over)
        return self.sold(self.shop.records(Delivered)[-1].okp, self.papers_count() > papers)

    def sold(self, okp: str, on_paper: bool = True) -> Sold:
        """What is known of a receipt by now; its paper is the newest one."""
        (receipt,) = [intent.receipt for intent in self.shop.intents() if intent.receipt.okp == okp]
        messages = [message for message in self.messages() if okp in message.text]
        paper = self.shop.papers()[-1] if on_paper else ""
        return Sold(receipt, self.shop.of(okp), messages, paper, self.picture() if on_paper else None)

    def slip(self, *keys: str) -> str:
        """Press keys that print a paper which is no receipt; its text, once the register is ready again."""
        papers, slips = self.papers_count(), self._slips()
        self.press(*keys)
        await_that(f"the paper of {keys}", lambda: self.papers_count() > papers and self._slips() > slips)
        assert self.papers_count() == papers + 1
        return self.shop.papers()[-1]

    def _slips(self) -> int:
        return sum(line.get("slip_went", ["", ""])[1] == "NoSlip" for line in self.shop.log())

    def papers_count(self) -> int:
        """How many papers were cut."""
        return len(list((self.shop.folder / "paper").glob("*.txt")))

    def picture(self) -> Path:
        """The picture of the newest paper."""
        return max((self.shop.folder / "paper").glob("*.png"))

    def messages(self) -> list[Message]:
        """Every request that any authority of this shop received, in order."""
        kept = sorted((self.shop.folder / "authority-kept").glob("*-request.xml"))
        before = [Message(int(path.name[:4]), path.read_text(encoding="utf-8")) for path in kept]
        return [*before, *self.shop.messages()]

    # --- The zone ------------------------------------------------------------------------------------------

    def identdata(self, identity: Identity = TRAINING_IDENTITY) -> Path:
        """A downloaded file with identification data; its name says nothing."""
        return self._download("stiahnuté.xml", encode_identity(identity))

    def authdata(self, lasts: timedelta = CERTIFICATE_DAYS * DAY) -> Path:
        """A downloaded file with authentication data whose certificate, just issued, is valid for so long from now."""
        since = datetime.now(UTC) + lasts - CERTIFICATE_DAYS * DAY
        return self._download("stiahnuté (1).xml", issue_authdata(self.shop.folder, password=PASSWORD, now=since))

    def _download(self, name: str, content: bytes) -> Path:
        path = self.shop.folder / "zone" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path


@contextmanager
def open_scene(folder: Path, settings: dict[str, str] | None = None) -> Iterator[Scene]:
    """A shop with a screen, its register not running yet; afterwards every invariant of its journal must hold."""
    glass = Glass()
    try:
        with open_shop(folder) as shop:
            for path, value in ({"display.driver": '"terminal"'} | (settings or {})).items():
                section, _, key = path.rpartition(".")
                shop.set(section, key, value)
            scene = Scene(shop, glass)
            yield scene
            scene.stop()
            report = verify(folder)
            assert report.violations == ()
            assert run_ekasa("replay", folder).returncode == 0
    finally:
        glass.close()


# --- Reading what came out -----------------------------------------------------------------------------------


def element(message: Message, name: str) -> Any:
    """The one element of this name in the content of a message, whatever its prefix."""
    (found,) = content(message).iter(f"{{*}}{name}")
    return found


def content(message: Message) -> Any:
    """What the SOAP body carries."""
    (body,) = etree.fromstring(message.text.encode()).findall("{*}Body")
    (found,) = body
    return found


def attributes(message: Message, name: str) -> dict[str, str]:
    """The attributes of the one element of this name."""
    return dict(element(message, name).attrib)


def items(message: Message) -> list[dict[str, str]]:
    """The attributes of each item, in order."""
    return [dict(one.attrib) for one in content(message).iter("{*}Item")]


def signer_of(message: Message) -> x509.Certificate:
    """The certificate that came with a message."""
    return x509.load_der_x509_certificate(base64.b64decode(message.element("BinarySecurityToken")))


def pkp_of(message: Message, certificate: x509.Certificate) -> bytes:
    """The PKP in the message, proved to be a signature of its attributes by this certificate's key."""
    receipt, key = attributes(message, "ReceiptData"), certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    pkp = base64.b64decode(message.element("PKP"))
    key.verify(pkp, "|".join(receipt[name] for name in SIGNED).encode(), PKCS1v15(), SHA256())
    return pkp


def codes_on(picture: Path) -> list[str]:
    """What a reader finds in a picture of paper."""
    with Image.open(picture) as image:
        return [code.text for code in zxingcpp.read_barcodes(image)]


def code_width_mm(picture: Path) -> float:
    """How wide the one QR code on this paper is."""
    with Image.open(picture) as image:
        (code,) = zxingcpp.read_barcodes(image)
    return (code.position.top_right.x - code.position.top_left.x) * 25.4 / GENERIC_80.dots_per_inch


def is_offline_code(text: str) -> bool:
    """It has the form of the QR code of an off-line receipt."""
    return _OFFLINE_QR.fullmatch(text) is not None


def row(paper: str, start: str) -> str:
    """The one row of the paper that begins so, with single blanks."""
    (found,) = [" ".join(line.split()) for line in paper.splitlines() if line.strip().startswith(start)]
    return found


def said(paper: str) -> str:
    """The words of the paper, wherever its rows end."""
    return " ".join(paper.split())
