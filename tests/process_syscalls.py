"""kill -9 of the real register on entering its n-th system call, on every route of a receipt (fault class F3).

A route is first run once under strace, unharmed, and each call that matters is a point: its name and how often its
thread had made it. The restart that recovers from one kill is the victim of the next one (F2), unless a receipt would
then be near to being taken for poison; such a life is let finish, and then every book is audited.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from states.fiscal.journal import Closed, Opened
from tests.process_audit import Auditor
from tests.process_lives import (
    REFUSED,
    Silent,
    Tally,
    await_or_death,
    forget_keys,
    has_ended,
    is_near_poison,
    kept_if_wrong,
    kill,
    open_for_kills,
    recover,
    sold,
)
from tests.shop import SALE, Shop, end, mailed

CALLS = (
    *("pwrite64", "fdatasync", "fsync", "rename", "ftruncate", "unlink", "openat"),
    *("write", "sendto", "sendmsg", "recvfrom"),
)
AUDIT_EVERY = 20

_CALL = re.compile(r"(?m)^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Route:
    """What is keyed, how many receipts and reports come of it, and whether the authority is silent meanwhile."""

    name: str
    keys: tuple[str, ...] = ()
    sales: int = 0
    reports: int = 0
    is_silent: bool = False


CHAINS = (
    (Route("offline", (*SALE, *SALE), sales=2, is_silent=True), Route("drain")),
    (Route("print", SALE, sales=1), Route("report", ("MENU", "2"), reports=1)),
    (Route("mail", mailed(), sales=1), Route("mail-fails-then-print", mailed(REFUSED), sales=1)),
)
"""Routes that take turns in one shop: what one of them leaves undone the next one begins with."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """The n-th call of this name in a thread."""

    name: str
    nth: int


Choose = Callable[[list[Point], int], list[Point]]


def points_of(trace: str) -> list[Point]:
    """Every call that matters, in the order in which they were made, each once."""
    made: Counter[tuple[str, str]] = Counter()
    found: dict[Point, None] = {}
    for call in _CALL.finditer(trace):
        made[call["thread"], call["name"]] += 1
        if call["name"] != "openat" or "/journal/" in call["rest"]:
            found[Point(call["name"], made[call["thread"], call["name"]])] = None
    return list(found)


class Chain:
    """A shop and the routes that take turns in it."""

    def __init__(self, shop: Shop, authority: subprocess.Popen[bytes], routes: tuple[Route, ...]) -> None:
        self.shop = shop
        self.routes = routes
        self.tally = Tally()
        self._auditor = Auditor(shop)
        self._authority = authority
        self._since_audit = 0

    def count(self) -> dict[Route, list[Point]]:
        """The points of each route, from a life that nobody harms."""
        end(self.shop.run())
        return {route: self._count(route) for route in self.routes}

    def _count(self, route: Route) -> list[Point]:
        trace = self.shop.folder / "trace"
        self._live(route, "-o", str(trace))
        return points_of(trace.read_text(errors="replace"))

    def run(self, plan: dict[Route, list[Point]]) -> None:
        """A kill at each point, the routes by turns, and an audit at the end."""
        for turn in zip_longest(*plan.values()):
            for route, point in zip(plan, turn, strict=True):
                if point is not None:
                    self.kill_at(route, point)
        self.settle("the last kill")
        self.tally.counts["receipts"] = len(self.shop.intents())
        self.tally.counts["originals below a torn report"] = self._auditor.below_reports

    def kill_at(self, route: Route, point: Point) -> None:
        """One life that ends at this point, or when the route is over; then perhaps one that nobody harms."""
        self.tally.counts["kills"] += 1
        where = self._live(route, "-o", "/dev/null", "-e", f"inject={point.name}:signal=SIGKILL:when={point.nth}")
        self.tally.counts[f"killed {where}"] += 1
        self.tally.counts[route.name] += 1
        self._since_audit += 1
        if is_near_poison(self.shop.records()) or self._since_audit >= AUDIT_EVERY:
            self.settle(f"{route.name} {point.name} {point.nth}")

    def settle(self, last: str) -> None:
        """Let everything be finished, and audit every book."""
        self._since_audit = 0
        recover(self.shop)
        self.tally.counts["audits"] += 1
        self.tally.note(self._auditor.audit(), last)

    def _live(self, route: Route, *tracing: str) -> str:
        """A life under strace, to the kill or to the end of the route; when it was killed."""
        shop, opened = self.shop, len(self.shop.records(Opened))
        sales, reports = len(shop.intents()) + route.sales, len(shop.records(Closed)) + route.reports
        began = shop.starts()
        traced = ("strace", "-D", "-f", "-qq", "-e", f"trace={','.join(CALLS)}", *tracing)
        with Silent(self._authority, route.is_silent):
            process = shop.start(*traced)
            if await_or_death(shop, process, "the start", lambda: shop.starts() > began):
                shop.press(*route.keys)
                await_or_death(shop, process, f"the end of {route.name}", lambda: self._is_over(route, sales, reports))
            died = process.poll() is not None
            kill(process)
        forget_keys(shop)
        if not died:
            return "at rest"
        return "at work" if shop.starts() > began else "recovering" if opened else "starting"

    def _is_over(self, route: Route, sales: int, reports: int) -> bool:
        shop = self.shop
        if route.reports:
            went = [line["slip_went"][1] for line in shop.log() if "slip_went" in line]
            return len(shop.records(Closed)) >= reports and went[-1:] == ["NoSlip"]
        return sold(shop) >= sales and (route.is_silent or has_ended(shop))


def sampled(seed: int) -> Choose:
    """So many points at random, the same ones for a seed; rare calls as often as frequent ones."""
    chance = Random(seed)

    def choose(points: list[Point], count: int) -> list[Point]:
        by_name: dict[str, list[Point]] = {}
        for point in chance.sample(points, len(points)):
            by_name.setdefault(point.name, []).append(point)
        turns = [point for turn in zip_longest(*by_name.values()) for point in turn if point is not None]
        return turns[:count]

    return choose


def every(part: int, parts: int) -> Choose:
    """Every point of this part, once."""
    return lambda points, _count: points[part::parts]


def run_chain(routes: tuple[Route, ...], count: int, choose: Choose) -> Tally:
    """The kills of one chain, the routes by turns, in a shop of its own."""
    with TemporaryDirectory(prefix="ekasa-kills-") as folder, open_for_kills(Path(folder)) as (shop, authority):
        chain = Chain(shop, authority, routes)
        plan = {route: choose(points, -(-count // len(routes))) for route, points in chain.count().items()}
        with kept_if_wrong(Path(folder), chain.tally, f"syscalls-{routes[0].name}"):
            chain.run(plan)
        return chain.tally
