"""A mail provider for training and tests: a real SMTP server over real TLS, with a drawer of faults.

Sources: RFC 5321, 3207, 4954, 8314. What it accepted it keeps, as it was received.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import trio

from drivers.simulated.mail_faults import Action, Fault, read_faults
from drivers.simulated.mail_line import MailLine
from drivers.simulated.mail_visit import MailWorld, Visit, receive

__all__ = ["Action", "Fault", "MailWorld", "read_faults", "serve_mail"]


async def serve_mail(
    world: MailWorld,
    *,
    host: str,
    port: int,
    security: str,
    certificate: Path,
    key: Path,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; ``security`` is tls or starttls; started with the port, which may be given as 0."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)

    async def welcome(tcp: trio.SocketStream) -> None:
        visit = Visit(len(world.visits) + 1)
        world.visits.append(visit)
        await receive(world, visit, MailLine(tcp), context, implicit=security == "tls")

    listeners = await trio.open_tcp_listeners(port, host=host)
    task_status.started(listeners[0].socket.getsockname()[1])
    await trio.serve_listeners(welcome, listeners)
