"""What the simulated authority may do wrong, as data: a list that a test appends to or a TOML file fills.

A line of the file is a table ``[[fault]]`` with the keys

    kind     what happens, one of the names of ``FaultKind``
    request  the number of the request, from 1, from which on it happens; without it, the next one
    times    for how many requests it happens (1)
    seconds  delay: how late; drip: the pause after each byte; clock: how far the server's clock is off
    status   http: the status, for example 400, 499, 500 or 301
    code     code: the EkasaErrorCode, for example -1 or -101
    signed   code: false leaves the signature out

A table ``[authority]`` sets what holds for every request (``authority_habits``).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from drivers.simulated.authority_habits import parse_habits

FAULTS_MAX = 10_000
FILE_MAX_BYTES = 1_000_000
SECONDS_MAX = 10.0 * 365 * 24 * 3600


class FaultKind(StrEnum):
    """What happens to a request. Up to CODE the receipt is not registered; from DELAY on it is."""

    SILENCE = "silence"
    CUT_TLS = "cut-tls"
    HTTP = "http"
    GARBAGE = "garbage"
    DOCTYPE = "doctype"
    CODE = "code"
    DELAY = "delay"
    DROP_AFTER_PROCESSING = "drop-after-processing"
    HALF = "half"
    DRIP = "drip"
    OVERSIZE = "oversize"
    ENDLESS = "endless"
    GZIP = "gzip"
    HEADERS = "headers"
    UNSIGNED = "unsigned"
    WRONG_SIGNER = "wrong-signer"
    WRONG_UUID = "wrong-uuid"
    BAD_UID = "bad-uid"
    REPLAY = "replay"
    WARNING = "warning"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class AuthorityFault:
    """One line of the script; the meaning of each field is at the top of this file."""

    kind: FaultKind
    request: int | None = None
    times: int = 1
    seconds: float = 0.5
    status: int = 500
    code: int = -1
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """A whole file: the faults, and the settings that it names."""

    faults: list[AuthorityFault]
    habits: dict[str, Any]


def take_fault(faults: list[AuthorityFault], request: int) -> AuthorityFault | None:
    """The first fault that is meant for this request; it is used up, or its ``times`` go down by one."""
    for place, fault in enumerate(faults):
        if fault.request is None or fault.request <= request:
            if fault.times > 1:
                faults[place] = replace(fault, times=fault.times - 1)
            else:
                del faults[place]
            return fault
    return None


def read_script(path: Path) -> Script:
    """The script of a file; ValueError names the line and the key that is wrong."""
    if path.stat().st_size > FILE_MAX_BYTES:
        raise ValueError(f"{path}: more than {FILE_MAX_BYTES} bytes")
    return parse_script(path.read_text(encoding="utf-8"))


def read_faults(path: Path) -> list[AuthorityFault]:
    """The faults of a file that has nothing else; ValueError as for a script."""
    script = read_script(path)
    if script.habits:
        raise ValueError(f"unknown key {min(script.habits)!r}; expected tables [[fault]]")
    return script.faults


def parse_script(text: str) -> Script:
    """A script; ValueError names the number of the fault and the key that is wrong."""
    script = tomllib.loads(text)
    habits = parse_habits(script.pop("authority", {}))
    return Script(_faults(script), habits)


def _faults(script: dict[str, Any]) -> list[AuthorityFault]:
    tables = script.pop("fault", [])
    if script:
        raise ValueError(f"unknown key {min(script)!r}; expected tables [[fault]]")
    if not isinstance(tables, list) or len(tables) > FAULTS_MAX:
        raise ValueError(f"fault: expected at most {FAULTS_MAX} tables [[fault]]")
    return [_fault(number, table) for number, table in enumerate(tables, start=1)]


def _fault(number: int, table: Any) -> AuthorityFault:
    if not isinstance(table, dict):
        raise ValueError(f"fault {number}: expected a table")
    known = {field.name for field in fields(AuthorityFault)}
    for key, value in table.items():
        if key not in known:
            raise ValueError(f"fault {number}: unknown key {key!r}; expected {', '.join(sorted(known))}")
        expected = _expected(key)
        if isinstance(value, bool) is not (expected is bool) or not isinstance(value, expected):
            raise ValueError(f"fault {number}: {key}: expected {expected}, found {value!r}")
    if table.get("kind") not in tuple(FaultKind):
        raise ValueError(f"fault {number}: kind: expected one of {', '.join(FaultKind)}")
    fault = AuthorityFault(**(table | {"kind": FaultKind(table["kind"])}))
    _check_ranges(number, fault)
    return fault


def _expected(key: str) -> type | tuple[type, ...]:
    kinds: dict[str, type | tuple[type, ...]] = {"kind": str, "seconds": (int, float), "signed": bool}
    return kinds.get(key, int)


def _check_ranges(number: int, fault: AuthorityFault) -> None:
    ranges = {
        "request": (fault.request is None or fault.request >= 1, "1 or more"),
        "times": (fault.times >= 1, "1 or more"),
        "seconds": (abs(fault.seconds) <= SECONDS_MAX, "at most ten years"),
        "status": (200 <= fault.status <= 599, "200 to 599"),
        "code": (-999 <= fault.code <= 999, "-999 to 999"),
    }
    for key, (holds, expected) in ranges.items():
        if not holds:
            raise ValueError(f"fault {number}: {key}: expected {expected}")
