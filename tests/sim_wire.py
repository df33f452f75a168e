"""The authority of a life on the wire: the real driver, its messages and signatures, and the server's judgement.

One life in twenty has it; the others meet the same faults behind the port, which is ten times as fast. Here answers may
also be forged: unsigned, of another signer, to another request, repeated, or no answer at all.
"""

from __future__ import annotations

import re
import ssl
from hashlib import sha256
from random import Random
from types import SimpleNamespace

import httpx
import pytest
import trio

from drivers.authority_ekasa import EkasaAuthority
from drivers.authority_trust import read_trust
from drivers.ports import NoAnswer
from drivers.simulated.authority_checks import Policy
from drivers.simulated.authority_faults import AuthorityFault, FaultKind
from drivers.simulated.authority_habits import Duplicates
from drivers.simulated.authority_world import AuthorityWorld, Reply, respond
from drivers.simulated.training import SIGNER_SUBJECT, TRAINING_IDENTITY
from states.fiscal.receipt import Acceptance, Attempt, Fault, Receipt
from tests.sim_authority import REFUSAL_CODES, Arrival, Behaviour, SimAuthority
from tests.sim_chance import stream, uuid_objects
from tests.sim_world import World

URL = "https://authority.invalid/soap/services/v2"
FORGED = {
    "unparsable": (FaultKind.GARBAGE, FaultKind.DOCTYPE, FaultKind.BAD_UID, FaultKind.REPLAY, FaultKind.HTTP),
    "unsigned": (FaultKind.UNSIGNED, FaultKind.WRONG_SIGNER, FaultKind.WRONG_UUID),
}
HABITS = {"same": Duplicates.SAME_UID, "new": Duplicates.NEW_UID, "refused": Duplicates.REFUSED}
_UUID = re.compile(rb' Uuid="([^"]+)"')
_CONTENT = re.compile(rb"<(?:\w+:)?ReceiptData .*</(?:\w+:)?ValidationCode>", re.DOTALL)


class WireAuthority(SimAuthority):
    """What the register asks goes through its driver and comes back as bytes."""

    def __init__(self, world: World) -> None:
        before = world.authority
        super().__init__(before.fate, before.chance, before.duplicates, before.keys)
        self._world = world
        office = world.office
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        policy = Policy((office.register_ca.certificate,))
        self._server = AuthorityWorld(
            tls=context, policy=policy, signer=office.signer, other_signer=office.other_signer, clock=world.clock.true
        )
        self._server.sellers = {TRAINING_IDENTITY.cash_register_code: TRAINING_IDENTITY}
        self._server.duplicates = HABITS[before.duplicates]
        self._trust = read_trust(office.signer_ca.certificate_pem(), SIGNER_SUBJECT)
        self._client = httpx.AsyncClient(transport=Wire(self), timeout=None, trust_env=False)
        self._under_way: dict[str, tuple[Arrival, Behaviour]] = {}
        self._contents: dict[str, bytes] = {}

    async def register(self, receipt: Receipt, attempt: Attempt) -> Acceptance | Fault:
        """As Authority has it."""
        await self.fate.live()
        arrival, behaviour = self.arrive(receipt, attempt)
        self._under_way[attempt.uuid] = arrival, behaviour
        driver = EkasaAuthority(self._client, URL, self._world.signer, self._trust, self._world.clock.now)
        arrival.ended = "cut"
        try:
            answer = await driver.register(receipt, attempt)
            arrival.ended = "uid" if isinstance(answer, Acceptance) else "overloaded" if answer.code == -1 else "code"
        except NoAnswer as error:
            arrival.ended = error.reason
            raise
        finally:
            arrival.ended_s = trio.current_time()
        return answer

    async def answer(self, message: bytes) -> Reply:
        """What becomes of a message: the server's reply after its time, if any."""
        arrival, behaviour = self._under_way[_found(_UUID, message).decode()]
        self._hold_content(arrival, _found(_CONTENT, message))
        if behaviour.says == "refused":
            await trio.sleep(behaviour.after_s)
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        reply = (
            self._judged(arrival, behaviour, message) if behaviour.says != "nothing" or behaviour.registers else None
        )
        if behaviour.says == "nothing":
            await trio.sleep_forever()
        await trio.sleep(behaviour.after_s + behaviour.limits * arrival.limit_s)
        if behaviour.says == "reset" or reply is None:
            raise httpx.ReadError("reset")
        return reply

    def _judged(self, arrival: Arrival, behaviour: Behaviour, message: bytes) -> Reply | None:
        if behaviour.says == "reset" and not behaviour.registers:
            return None
        server, okp = self._server, arrival.receipt.okp
        issued = tuple(pair.certificate for pair in self._world.office.issued)
        server.policy = Policy(server.policy.authorities, earlier=issued)
        server.faults[:] = self._script(behaviour)
        _, reply = respond(server, message)
        known = server.receipts.get(okp)
        sent = known.sendings[-1] if known and known.sendings else None
        if sent is not None and sent.uuid == arrival.uuid:
            arrival.taken, arrival.uid = True, sent.uid
        return reply

    def _script(self, behaviour: Behaviour) -> list[AuthorityFault]:
        if behaviour.says in FORGED:
            return [AuthorityFault(self.chance.choice(FORGED[behaviour.says]))]
        if behaviour.says in ("code", "overloaded"):
            code = -1 if behaviour.says == "overloaded" else self.chance.choice(REFUSAL_CODES)
            return [AuthorityFault(FaultKind.CODE, code=code)]
        return []

    def _hold_content(self, arrival: Arrival, content: bytes) -> None:
        """Every message of a receipt has the same ReceiptData and codes, byte for byte."""
        digest = sha256(content).digest()
        if self._contents.setdefault(arrival.receipt.okp, digest) != digest:
            self.amiss.append(("I7", f"{arrival.receipt.okp} was sent with another content than before"))


class Wire(httpx.AsyncBaseTransport):
    """The way to the server and back; there is no socket."""

    def __init__(self, authority: WireAuthority) -> None:
        self._authority = authority

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; it may never come back, and the caller's deadline ends it."""
        reply = await self._authority.answer(await request.aread())
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(reply.body))


def _found(pattern: re.Pattern[bytes], message: bytes) -> bytes:
    found = pattern.search(message)
    assert found, pattern.pattern
    return found[1] if pattern.groups else found[0]


def seed_server(seed: int, patch: pytest.MonkeyPatch) -> None:
    """The server's own chance follows from the seed."""
    chance: Random = stream(seed, "server")
    hexes = SimpleNamespace(token_hex=lambda count: chance.randbytes(count).hex())
    patch.setattr("drivers.simulated.authority_world.uuid4", uuid_objects(chance))
    patch.setattr("drivers.simulated.authority_world.secrets", hexes)
