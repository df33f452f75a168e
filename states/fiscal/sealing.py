"""Sealing: a sale becomes a receipt, with its number, PKP and OKP, once.

Source: IR 2.7 and 3.3 (PKP, OKP); protocol, chapter 3.1.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from states.fiscal.codes import month_of, okp, pkp_base
from states.fiscal.identity import Identity
from states.fiscal.money import format_cents
from states.fiscal.receipt import Receipt, Sale
from states.fiscal.shape import flaw


def seal(
    sale: Sale,
    seller: Identity,
    number: int,
    create_date: str,
    *,
    sign: Callable[[bytes], bytes],
    sw_id: str,
    certificate_serial: str,
    exemption: bool = False,
) -> Receipt:
    """The receipt of this sale; ``sign`` is RSASSA-PKCS1-v1_5 with SHA-256, called exactly once.

    ``exemption``: the seller holds an exemption from sending today. A sale that no message could carry is a bug, and
    stops the register here, while nothing is sealed and a restart still helps.
    """
    assert not flaw(sale, seller), flaw(sale, seller)
    amount = format_cents(sale.total_cents)
    base = pkp_base(seller.dic, seller.cash_register_code, sale.type, number, create_date, amount)
    pkp = sign(base.encode())
    return Receipt(
        sale=sale,
        seller=seller,
        month=month_of(create_date),
        number=number,
        create_date=create_date,
        amount=amount,
        pkp=b64encode(pkp).decode(),
        okp=okp(pkp),
        sw_id=sw_id,
        certificate_serial=certificate_serial,
        exemption=exemption,
    )
