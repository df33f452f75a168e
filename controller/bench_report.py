"""What the benchmark found, for a person and for a program: the same numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from controller.bench_series import Finding, Times, in_ms

NOTES = (
    "floor: 2 RSA-2048 signatures, 3 writes of 4 kB with fdatasync, 1 bare blocking exchange over TLS",
    "register: from the tender's key in the FIFO until its delivery is durable and it is composing again",
    "peer: lxml, signxml, cryptography, requests (connection kept), sqlite3 at its defaults, text to a file",
    "the server signs its answer anew for each of the three: that share is in all three times",
    "boot: start of the process until the register is ready; imports: the same libraries and nothing else",
    "read and hash: the bytes of a journal, SHA-256 and CRC-32 frame by frame; verify bytes: and compared",
    "verify all: each record decoded, each signature, number and invariant judged; seconds of the processor, one core",
)
_VERDICTS = {True: "holds", False: "BROKEN", None: "not measured"}


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; ``unsteady`` are the bases that moved too much even in the second run."""

    times: Times
    findings: tuple[Finding, ...]
    unsteady: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing that was measured breaks its bound, on a machine that was steady."""
        return not self.unsteady and all(finding.holds is not False for finding in self.findings)


def as_json(report: Report) -> str:
    """One object."""
    bounds = [
        {
            "what": finding.bound.what,
            "base": finding.bound.base,
            "ratio": None if finding.ratio is None else round(finding.ratio, 3),
            "limit": finding.bound.limit,
            "holds": finding.holds,
        }
        for finding in report.findings
    ]
    whole = {
        "times": {name: in_ms(times) for name, times in report.times.items()},
        "bounds": bounds,
        "unsteady": list(report.unsteady),
        "holds": report.holds,
        "notes": [*NOTES, *report.remarks],
    }
    return json.dumps(whole, indent=2)


def as_table(report: Report) -> str:
    """Two small tables, what they mean, and the verdict."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"{'':14}{'count':>7}{'median':>11}{'p95':>11}"
    for name, times in report.times.items():
        row = in_ms(times)
        yield f"{name:14}{row['count']:>7}{row['median_ms']:>8.2f} ms{row['p95_ms']:>8.2f} ms"
    yield ""
    for finding in report.findings:
        pair = f"{finding.bound.what} / {finding.bound.base}"
        ratio = "-" if finding.ratio is None else f"{finding.ratio:.2f}"
        yield f"{pair:28}{ratio:>6}   at most {finding.bound.limit:.2f}   {_VERDICTS[finding.holds]}"
    yield ""
    yield from NOTES
    yield from report.remarks
    if report.unsteady:
        yield f"UNSTEADY: {', '.join(report.unsteady)} moved between the halves of both runs; the ratios prove nothing"
