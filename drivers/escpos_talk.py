"""A conversation with a printer over a byte stream: what is sent, what must be answered, and how long silence may last.

Source: Epson ESC/POS reference: GS ( H function 48, DLE EOT, DLE DC4 function 8 (nothing may follow it until it is
answered).
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator

import trio

from drivers.escpos_encode import CLEAR, END_TORN_COMMAND, marker, opening
from drivers.escpos_profiles import Profile
from drivers.escpos_status import STATUS_REQUESTS, Answers, Cleared, Echo, InOrder, StatusByte, trouble
from drivers.ports import PortError

POLL_S = 0.2
"""How often the status is asked for while a confirmation is awaited."""

GRACE_S = 0.2
"""How long a confirmation may still be under way when the status already tells of trouble."""

_PIECE_BYTES = 256


class Talk:
    """One open connection. ``line_s`` is how long the line itself needs for a full window."""

    def __init__(self, stream: trio.abc.Stream, profile: Profile, line_s: float) -> None:
        self._stream = stream
        self._profile = profile
        self._silence_s = profile.silence_s + line_s
        self._stalled_s = profile.stalled_s + line_s
        self._answers = Answers()
        self._statuses: list[int] = []
        self._unconfirmed: deque[bytes] = deque()
        self._cleared = False
        self._worked_off = False
        self._ids = _process_ids()

    async def check(self) -> None:
        """Return when the printer says that it can print.

        Raises:
          PortError: it cannot, it is silent, or it is gone.
        """
        reason, detail = await self._trouble()
        if reason:
            raise PortError(reason, detail)

    async def clear(self) -> None:
        """Bring the printer to the start of a line with empty buffers, whatever was cut off before.

        Raises:
          PortError: it does not say that it is there.
        """
        self._unconfirmed.clear()
        if not self._profile.clears:
            return await self._settle()
        self._cleared = False
        await self.send(CLEAR)
        if not await self._until(lambda: self._cleared, self._silence_s):
            raise self._silent("no answer to the request to clear its buffers")
        return None

    async def post(self, data: bytes) -> None:
        """Send a part and ask for its confirmation."""
        process_id = next(self._ids)
        self._unconfirmed.append(process_id)
        await self.send(data + marker(self._profile, process_id))

    async def confirm(self, rest: int) -> None:
        """Return when at most ``rest`` of the posted parts are unconfirmed.

        Raises:
          PortError: paper-out, cover-open, error, silent, gone.
        """
        stalled_at = trio.current_time() + self._stalled_s
        while not await self._until(lambda: len(self._unconfirmed) <= rest, POLL_S):
            reason, detail = await self._trouble()
            if await self._until(lambda: len(self._unconfirmed) <= rest, GRACE_S if reason else 0):
                return
            if reason:
                raise PortError(reason, detail)
            if trio.current_time() > stalled_at:
                raise PortError("silent", "its status is good but it does not confirm what it printed")

    async def send(self, data: bytes) -> None:
        """Send bytes; there is no limit for all of them, only for a line that takes none at all.

        Raises:
          PortError: silent, gone.
        """
        for start in range(0, len(data), _PIECE_BYTES):
            with trio.move_on_after(self._silence_s) as limit:
                try:
                    await self._stream.send_all(data[start : start + _PIECE_BYTES])
                except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                    raise PortError("gone", str(error)) from error
            if limit.cancelled_caught:
                raise self._silent("it takes no more bytes")

    async def _trouble(self) -> tuple[str, str]:
        printer, cause, error, paper = [await self._ask(request) for request in STATUS_REQUESTS]
        return trouble(printer, cause, error, paper)

    async def _ask(self, request: bytes) -> int:
        self._statuses.clear()
        await self.send(request)
        if not await self._until(lambda: bool(self._statuses), self._silence_s):
            raise self._silent("no answer to a status request")
        return self._statuses[0]

    async def _settle(self) -> None:
        """Without DLE DC4 8 the printer works off what it still holds; old GS r answers must not count for new ones."""
        await self.post(END_TORN_COMMAND + opening(self._profile))
        await self.confirm(0)
        if self._profile.completion == "in-order":
            self._worked_off = True
            while self._worked_off:
                self._worked_off = False
                await self._until(lambda: self._worked_off, self._profile.quiet_s)

    async def _until(self, true: Callable[[], bool], limit_s: float) -> bool:
        with trio.move_on_after(limit_s):
            while not true():
                await self._hear()
        return true()

    async def _hear(self) -> None:
        try:
            data = await self._stream.receive_some(4096)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise PortError("gone", str(error)) from error
        if not data:
            raise PortError("gone", "it closed the connection")
        for answer in self._answers.feed(bytes(data)):
            self._take(answer)

    def _take(self, answer: StatusByte | Echo | InOrder | Cleared) -> None:
        match answer:
            case StatusByte(value):
                self._statuses.append(value)
            case Cleared():
                self._cleared = True
            case InOrder() if self._profile.completion == "in-order":
                self._worked_off = True
                if self._unconfirmed:
                    self._unconfirmed.popleft()
            case Echo(process_id) if process_id in self._unconfirmed:
                if self._unconfirmed.popleft() != process_id:
                    raise PortError("error", "it lost a part of the document; was it switched off and on?")

    def _silent(self, detail: str) -> PortError:
        garbage = self._answers.garbage_bytes
        return PortError("silent", f"{detail}; {garbage} bytes were no answer" if garbage else detail)


def _process_ids() -> Iterator[bytes]:
    """Ids of four printable characters that no earlier connection is likely to have used."""
    letters = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    base = int.from_bytes(os.urandom(4), "big")
    for number in itertools.count(base):
        yield bytes(letters[number // len(letters) ** place % len(letters)] for place in range(4))
