"""The storage while the register runs."""

from __future__ import annotations

STORAGE: dict[str, tuple[str, str]] = {
    "medium-filling": (
        "Úložisko je plné nad 95 %: objednajte servis",
        "Storage is more than 95 % full: order service",
    ),
    "medium-copy-lost": (
        "Druhá kópia denníka sa nezapisuje: zavolajte servis",
        "The journal's second copy is not written: call service",
    ),
    "storage-reopening": (
        "Chyba úložiska: nepredávajte, overujem denník",
        "Storage error: do not sell, verifying the journal",
    ),
    "storage-reopened": (
        "Úložisko bolo overené: rozpísaný nákup zadajte znova",
        "Storage was verified: key an unfinished sale again",
    ),
}
