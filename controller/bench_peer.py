"""The peer of the benchmark: a receipt as one would write it with well-known libraries.

lxml for the message, signxml for the signature of the Body (WS-Security, exclusive, RSA-SHA256) and for checking the
answer's, cryptography for the PKP and the signer's certificate, requests with a kept connection and its own CA,
sqlite3 at its defaults for the three records, and the text in a file. What can be made once is made once; signxml's
check against the XML schema, which adds nothing to the proof, is off.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha1
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from states.fiscal.receipt import Receipt

LIBRARIES = ("signxml", "requests")

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_EKASA = "http://financnasprava.sk/ekasa/schema/v2"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_WSSE, _WSU = f"{_WSS}-wssecurity-secext-1.0.xsd", f"{_WSS}-wssecurity-utility-1.0.xsd"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_X509V3 = f"{_WSS}-x509-token-profile-1.0#X509v3"
_BASE64 = f"{_WSS}-soap-message-security-1.0#Base64Binary"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ZONE = ZoneInfo("Europe/Bratislava")
_TABLE = """CREATE TABLE IF NOT EXISTS receipt (
    number INTEGER PRIMARY KEY, created TEXT, amount TEXT, pkp TEXT, okp TEXT, message BLOB,
    uid TEXT, reply BLOB, delivered TEXT)"""


def missing_libraries() -> list[str]:
    """The libraries that are not installed; without them there is no peer."""
    missing = []
    for name in LIBRARIES:
        try:
            import_module(name)
        except ImportError:
            missing.append(name)
    return missing


class Peer:
    """A register that sells the goods of ``like`` again and again."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str,
        ca_file: Path,
        signer_ca_file: Path,
        key: RSAPrivateKey,
        certificate: x509.Certificate,
        like: Receipt,
    ) -> None:
        signxml: Any = import_module("signxml")
        self._signer = signxml.XMLSigner(
            method=signxml.methods.detached, c14n_algorithm=signxml.CanonicalizationMethod(_EXCLUSIVE)
        )
        self._verifier = signxml.XMLVerifier()
        self._session: Any = import_module("requests").Session()
        self._session.verify = str(ca_file)
        self._session.trust_env = False
        self._session.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        self._url = url
        self._key = key
        self._token = b64encode(certificate.public_bytes(Encoding.DER)).decode()
        self._signer_ca = x509.load_pem_x509_certificate(signer_ca_file.read_bytes())
        self._like = like
        self._database = sqlite3.connect(folder / "peer.sqlite")
        self._database.execute(_TABLE)
        self._number: int = self._database.execute("SELECT coalesce(max(number), 0) FROM receipt").fetchone()[0]
        self._paper = (folder / "peer.txt").open("a", encoding="utf-8")

    def sell(self) -> None:
        """One receipt, from its number to the text on paper."""
        self._number += 1
        created = datetime.now(_ZONE).isoformat(timespec="seconds")
        pkp = self._key.sign(self._pkp_base(created).encode(), PKCS1v15(), SHA256())
        okp = _okp(pkp)
        uuid = str(uuid4())
        message = self._sign(self._envelope(uuid, created, b64encode(pkp).decode(), okp), uuid)
        row = (self._number, created, self._like.amount, b64encode(pkp).decode(), okp, message)
        with self._database:
            self._database.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL)", row)
        reply = self._session.post(self._url, data=message).content
        uid = self._verify(reply, uuid)
        with self._database:
            self._database.execute("UPDATE receipt SET uid = ?, reply = ? WHERE number = ?", (uid, reply, self._number))
        self._print(created, okp, uid)
        with self._database:
            self._database.execute("UPDATE receipt SET delivered = ? WHERE number = ?", ("printed", self._number))

    def close(self) -> None:
        """Close connection, database and file."""
        self._session.close()
        self._database.close()
        self._paper.close()

    def _pkp_base(self, created: str) -> str:
        seller = self._like.seller
        return "|".join((seller.dic, seller.cash_register_code, "PD", str(self._number), created, self._like.amount))

    def _envelope(self, uuid: str, created: str, pkp: str, okp: str) -> etree._Element:
        envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soapenv": _SOAP})
        etree.SubElement(envelope, f"{{{_SOAP}}}Header")
        body = etree.SubElement(envelope, f"{{{_SOAP}}}Body", {f"{{{_WSU}}}Id": f"id-{uuid}"}, nsmap={"wsu": _WSU})
        request = etree.SubElement(body, f"{{{_EKASA}}}RegisterReceiptRequest", nsmap={"ekasa": _EKASA})
        _add(
            request,
            "Header",
            Uuid=uuid,
            RequestDate=created,
            SendingCount="1",
            SwId=self._like.sw_id,
            Exception="false",
        )
        self._add_receipt(request, created)
        codes = _add(request, "ValidationCode")
        _add(codes, "PKP", digest="SHA256", cipher="RSA2048", encoding="base64").text = pkp
        _add(codes, "OKP", digest="SHA1", encoding="base16").text = okp
        return envelope

    def _add_receipt(self, request: etree._Element, created: str) -> None:
        like, seller = self._like, self._like.seller
        facts = _add(
            request,
            "ReceiptData",
            ReceiptType="PD",
            Amount=like.amount,
            IssueDate=created,
            CreateDate=created,
            ReceiptNumber=str(self._number),
            Dic=seller.dic,
            IcDph=seller.ic_dph,
            Ico=seller.ico,
            CashRegisterCode=seller.cash_register_code,
            Paragon="false",
        )
        items = _add(facts, "Items")
        for item in like.sale.items:
            price = f"{item.price_cents // 100}.{item.price_cents % 100:02d}"
            _add(
                items,
                "Item",
                ItemType="K",
                Name=item.name,
                Quantity=f"{item.quantity:.4f}",
                Price=price,
                VatRate=f"{item.vat_rate}.00",
            )

    def _sign(self, envelope: etree._Element, uuid: str) -> bytes:
        """The Body's signature by signxml, put where WS-Security wants it."""
        header = envelope[0]
        security = etree.SubElement(header, f"{{{_WSSE}}}Security", nsmap={"wsse": _WSSE, "wsu": _WSU})
        name = {f"{{{_WSU}}}Id": f"X509-{uuid}", "EncodingType": _BASE64, "ValueType": _X509V3}
        etree.SubElement(security, f"{{{_WSSE}}}BinarySecurityToken", name).text = self._token
        key_info = etree.Element(f"{{{_DS}}}KeyInfo", nsmap={"ds": _DS})
        pointer = etree.SubElement(key_info, f"{{{_WSSE}}}SecurityTokenReference", nsmap={"wsse": _WSSE})
        etree.SubElement(pointer, f"{{{_WSSE}}}Reference", {"URI": f"#X509-{uuid}", "ValueType": _X509V3})
        signature = self._signer.sign(envelope, key=self._key, reference_uri=f"#id-{uuid}", key_info=key_info)
        security.append(signature)
        return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)

    def _verify(self, reply: bytes, uuid: str) -> str:
        """The UID of an answer that the authority signed and that is for this Uuid."""
        envelope = etree.fromstring(reply)
        token = envelope.findtext(f".//{{{_WSSE}}}BinarySecurityToken") or ""
        certificate = x509.load_der_x509_certificate(b64decode(token))
        certificate.verify_directly_issued_by(self._signer_ca)
        verified = self._verifier.verify(envelope, x509_cert=certificate, validate_schema=False)
        answer = verified.signed_xml[0]
        assert answer[0].get("RequestUuid") == uuid
        return str(answer[1].get("Id"))

    def _print(self, created: str, okp: str, uid: str) -> None:
        like = self._like
        lines = [like.seller.corporate_body_full_name, f"DIC {like.seller.dic}", created]
        lines += [f"{item.name:30} {item.quantity:>6} {item.price_cents / 100:>9.2f}" for item in like.sale.items]
        lines += [f"SPOLU {like.amount} EUR", f"OKP {okp}", f"UID {uid}", ""]
        self._paper.write("\n".join(lines))
        self._paper.flush()


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_EKASA}}}{name}", attributes)


def _okp(pkp: bytes) -> str:
    digits = sha1(pkp).hexdigest().upper()
    return "-".join(digits[place : place + 8] for place in range(0, 40, 8))
