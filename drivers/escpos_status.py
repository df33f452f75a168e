"""What a printer answers, from its bytes.

Source: Epson ESC/POS reference: DLE EOT, GS r, GS ( H function 48, DLE DC4 function 8, "differentiating between
transmitted data" (bits 0, 1, 4 and 7 tell the answers apart).
"""

from __future__ import annotations

from dataclasses import dataclass

STATUS_REQUESTS = tuple(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
"""DLE EOT n: printer, cause of being off-line, error, paper; each is answered by one byte, at once."""

_BLOCK = 0x37
_BLOCK_BYTES_MAX = 7


@dataclass(frozen=True, slots=True)
class StatusByte:
    """The answer to one DLE EOT."""

    value: int


@dataclass(frozen=True, slots=True)
class Echo:
    """All that was sent before this process id has left the head."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class InOrder:
    """All that was sent before this GS r has been worked off."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """Receive buffer and print buffer are empty."""


Answer = StatusByte | Echo | InOrder | Cleared


class Answers:
    """Takes the printer's bytes in any pieces; what is no answer is counted as garbage and dropped."""

    def __init__(self) -> None:
        self.garbage_bytes = 0
        self._block = bytearray()

    def feed(self, data: bytes) -> tuple[Answer, ...]:
        """The answers that these bytes complete."""
        found = (self._next(byte) for byte in data)
        return tuple(answer for answer in found if answer)

    def _next(self, byte: int) -> Answer | None:
        if self._block or byte == _BLOCK:
            self._block.append(byte)
            return self._block_end() if byte == 0 or len(self._block) == _BLOCK_BYTES_MAX else None
        if byte & 0b1001_0011 == 0b0001_0010:
            return StatusByte(byte)
        if byte & 0b1001_0000 == 0:
            return InOrder()
        self.garbage_bytes += 1
        return None

    def _block_end(self) -> Answer | None:
        block = bytes(self._block)
        self._block.clear()
        if block == b"\x37\x25\x00":
            return Cleared()
        if block[:2] == b"\x37\x22" and block[-1] == 0 and len(block) == _BLOCK_BYTES_MAX:
            return Echo(block[2:6])
        self.garbage_bytes += len(block)
        return None


def trouble(printer: int, cause: int, error: int, paper: int) -> tuple[str, str]:
    """Why the printer cannot print, as the reason and detail of a PortError, from its four status bytes; ("", "")
    when it can.
    """
    bits = f"status {printer:02x} {cause:02x} {error:02x} {paper:02x}"
    if cause & 0x04:
        return ("cover-open", bits)
    if cause & 0x20 or paper & 0x60:
        return ("paper-out", bits)
    if error & 0x08:
        return ("error", f"cutter, {bits}")
    if error & 0x40:
        return ("error", f"head too hot or voltage wrong, {bits}")
    if error & 0x24 or cause & 0x40:
        return ("error", f"mechanism, {bits}")
    return ("error", f"off-line, {bits}") if printer & 0x08 else ("", "")
