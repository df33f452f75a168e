"""What a printer is like, as data: its paper, its letters, and how it says that it has printed.

Code page numbers: Epson ESC/POS reference, ESC t. Clones number some pages differently, so the number is per profile.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from states.fiscal.paper import COLUMNS_MIN

Columns = Annotated[int, Meta(ge=COLUMNS_MIN, le=96)]
Dots = Annotated[int, Meta(ge=100, le=2000)]
Seconds = Annotated[float, Meta(gt=0, le=60)]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of printer; the defaults are a common 80 mm printer of 203 dpi.

    ``dots`` is the printable width. ``completion`` is how it confirms: ``process-id`` (GS ( H, the surest) or
    ``in-order`` (GS r, for printers without the former). ``clears`` says that DLE DC4 8 empties its buffers.
    ``kanji`` says that it may wake up reading two bytes as one Chinese character and must be told not to.
    At most ``window_bytes`` are on the way unconfirmed. No answer in ``silence_s`` is a fault, and so is good health
    without any confirmation for ``stalled_s``. After a failure an ``in-order`` printer must be quiet for ``quiet_s``,
    so that no old answer is taken for a new one.
    """

    columns: Columns = 48
    dots: Dots = 576
    dots_per_inch: Dots = 203
    paper_mm: Annotated[int, Meta(ge=40, le=120)] = 80
    code_page: Annotated[int, Meta(ge=0, le=255)] = 18
    encoding: str = "cp852"
    completion: Literal["process-id", "in-order"] = "process-id"
    clears: bool = True
    kanji: bool = True
    drawer_pin: Literal[0, 1] = 0
    window_bytes: Annotated[int, Meta(ge=512, le=65536)] = 2048
    silence_s: Seconds = 3.0
    stalled_s: Seconds = 10.0
    quiet_s: Seconds = 2.0


GENERIC_80 = Profile()
PROFILES = {
    "generic-80": GENERIC_80,
    "generic-80-42": Profile(columns=42, dots=512),
    "generic-58": Profile(columns=32, dots=384, paper_mm=58),
    "simple-80": Profile(completion="in-order", clears=False),
    "simple-58": Profile(columns=32, dots=384, paper_mm=58, completion="in-order", clears=False),
    "pos-5890": Profile(columns=32, dots=384, paper_mm=58, code_page=54, completion="in-order", clears=False),
    "epson-tm-t88": Profile(columns=42, dots=512, dots_per_inch=180, kanji=False),
}
"""The profiles by name; ``simple-`` ones know neither GS ( H nor DLE DC4 8."""


def load_profile(name: str, folder: Path) -> Profile:
    """The profile of this name, or of a TOML file (``name.toml``, relative to the folder) with the keys that differ
    from ``generic-80``.

    Raises:
      ValueError: no such profile, or the file says something that no profile has.
    """
    if not name.endswith(".toml"):
        if name not in PROFILES:
            raise ValueError(f"unknown printer profile {name!r}: expected a .toml file or one of {', '.join(PROFILES)}")
        return PROFILES[name]
    try:
        profile = msgspec.toml.decode((folder / name).read_bytes(), type=Profile)
        codecs.lookup(profile.encoding)
    except (OSError, LookupError, msgspec.DecodeError) as error:
        raise ValueError(f"printer profile {name}: {error}") from error
    return profile
