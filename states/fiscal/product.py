"""What the shop sells by a key: a department, or a PLU by its number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from states.fiscal.receipt import Regulation, SellerIdType

PLU_MAX = 5000
PLU_NUMBER_MAX = 999_999
UNIT_MAX = 10


class ProductKind(StrEnum):
    """What keying it means: goods; packaging sold (K, and VO when it comes back); OZ; VP."""

    GOODS = "goods"
    PACKAGING = "packaging"
    ADVANCE = "advance"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class Product:
    """A department (1 to 8) or a PLU: the item's name, its rate of VAT in per cent, and how it is sold.

    ``price`` (euros) only of a PLU with its own price; ``department`` is that of a PLU, 0 for none.
    """

    number: int
    name: str
    vat_rate: int
    kind: ProductKind = ProductKind.GOODS
    unit: str = "ks"
    price: Decimal | None = None
    department: int = 0
    regulation: Regulation | None = None
    seller_id: str = ""
    seller_id_type: SellerIdType | None = None
