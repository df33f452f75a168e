"""A real Postfix of our own on loopback: its configuration, queue and mailbox lie in a folder that is removed again.

Submission as RFC 8314 has it: one port with implicit TLS, one with mandatory STARTTLS, both with Cyrus SASL.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SBIN = Path("/usr/sbin")
DAEMONS = Path("/usr/lib/postfix/sbin")
PLUGINS = "libsasldb.so"
START_LIMIT_S = 15.0

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = {sbin}
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.sk
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = example.sk
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
smtpd_tls_chain_files = {key} {certificate}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = example.sk
cyrus_sasl_config_path = {folder}/config/sasl
smtpd_restriction_classes = late
late = sleep 3
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/config/at-rcpt permit_sasl_authenticated reject
smtpd_data_restrictions = check_recipient_access texthash:{folder}/config/at-data
smtpd_end_of_data_restrictions = check_recipient_access texthash:{folder}/config/at-dot
smtpd_relay_restrictions = permit_sasl_authenticated reject
smtpd_client_connection_count_limit = 0
"""

MASTER = """
127.0.0.1:{tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{starttls} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/data/users.db
mech_list: {mechanisms}
"""


REFUSALS = {
    "rcpt": (
        "greylisted@example.sk 450 4.2.0 Greylisted, come again",
        "unknown@example.sk 550 5.1.1 User unknown",
        "closing@example.sk 421 4.3.2 Closing the connection",
        "quota@example.sk 552 5.2.2 Mailbox full",
    ),
    "data": ("data-later@example.sk 451 4.3.0 Not now", "data-never@example.sk 554 5.7.1 Not at all"),
    "dot": (
        "dot-later@example.sk 452 4.3.1 No room",
        "dot-never@example.sk 552 5.3.4 Too large",
        "dot-closing@example.sk 421 4.3.2 Closing the connection",
        "late@example.sk late",
    ),
}
"""What becomes of mails to these recipients, in which phase; to the last one nothing is said for three seconds."""


@dataclass(frozen=True)
class Postfix:
    """A running instance; ``tls`` and ``starttls`` are its ports."""

    folder: Path = field(repr=False)
    tls: int
    starttls: int

    def delivered(self, okp: str, limit_s: float = 5.0) -> list[bytes]:
        """The mails with this OKP in the mailbox, once there are any or the time is up; Postfix puts lines on top."""
        until = time.monotonic() + limit_s
        while not (found := self._mailbox(okp)) and time.monotonic() < until:
            time.sleep(0.02)
        return found

    def _mailbox(self, okp: str) -> list[bytes]:
        mails = (path.read_bytes() for path in (self.folder / "mail" / "box" / "new").glob("*"))
        return [mail for mail in mails if f"\nMessage-ID: <{okp}@".encode() in mail]

    def log(self) -> str:
        """What the server wrote down."""
        return (self.folder / "log" / "mail.log").read_text(encoding="utf-8", errors="replace")


def missing() -> str:
    """Why no Postfix can be started here; empty when one can."""
    if not (SBIN / "postfix").exists():
        return "postfix is not installed: make test installs it"
    if not shutil.which("saslpasswd2", path=f"{os.environ.get('PATH', '')}:{SBIN}"):
        return "sasl2-bin is not installed: make test installs it"
    if not list(Path("/usr/lib").glob(f"*/sasl2/{PLUGINS}")):
        return "libsasl2-modules-db is not installed: make test installs it"
    return "" if os.geteuid() == 0 else "only root may start Postfix"


@contextmanager
def running_postfix(
    certificate: Path, key: Path, users: dict[str, str], mechanisms: str = "PLAIN LOGIN"
) -> Iterator[Postfix]:
    """An instance of its own while the block lasts; skips the test where there is none to start."""
    if reason := missing():
        pytest.skip(f"THE REAL MAIL SERVER WAS NOT TRIED: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="ekasa-postfix-"))
    try:
        tls, starttls = _free_ports()
        _write(folder, certificate, key, mechanisms, tls, starttls)
        _enroll(folder, users)
        _postfix(folder, "start")
        try:
            _await_port(tls, folder)
            yield Postfix(folder, tls, starttls)
        finally:
            _postfix(folder, "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path, certificate: Path, key: Path, mechanisms: str, tls: int, starttls: int) -> None:
    folder.chmod(0o755)
    for name in ("config", "config/sasl", "queue", "data", "mail", "log"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", 65534, 65534)
    copies = {"certificate": folder / "config" / "cert.pem", "key": folder / "config" / "key.pem"}
    shutil.copy(certificate, copies["certificate"])
    shutil.copy(key, copies["key"])
    copies["key"].chmod(0o600)
    (folder / "config" / "main.cf").write_text(MAIN.format(folder=folder, daemons=DAEMONS, sbin=SBIN, **copies))
    for phase, rows in REFUSALS.items():
        (folder / "config" / f"at-{phase}").write_text("".join(f"{row}\n" for row in rows))
    (folder / "config" / "master.cf").write_text(MASTER.format(tls=tls, starttls=starttls))
    (folder / "config" / "sasl" / "smtpd.conf").write_text(SASL.format(folder=folder, mechanisms=mechanisms))


def _enroll(folder: Path, users: dict[str, str]) -> None:
    database = folder / "data" / "users.db"
    for username, password in users.items():
        name, _, realm = username.partition("@")
        command = ["saslpasswd2", "-p", "-c", "-f", str(database), "-u", realm, name]
        subprocess.run(command, input=password.encode(), check=True, capture_output=True, env=_environment())
    shutil.chown(database, "postfix")


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{SBIN}:/usr/bin:/bin", "LC_ALL": "C"}


def _postfix(folder: Path, command: str) -> None:
    done = subprocess.run(
        [SBIN / "postfix", "-c", folder / "config", command],
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        env=_environment(),
    )
    if done.returncode:
        raise RuntimeError(f"postfix {command}: {done.stdout}{done.stderr}")


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        return first.getsockname()[1], second.getsockname()[1]


def _await_port(port: int, folder: Path) -> None:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"postfix does not listen: {Postfix(folder, port, 0).log()}")
