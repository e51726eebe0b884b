"""`python -m bench.cuts --cloud FILE`: cuts lab hosts off one after another, and times how the bus heals.

Healed is: every node says that it does its work and sees all others, and each node confirms a message. It
ends with 1 where a cut was not healed within the limit; it then goes no further.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from holdfast.front.project import Project, open_project
from holdfast.front.service import admitted, connected
from holdfast.hosts.observe import ask
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.catalogue import Here
from holdfast.model.errors import BadInput
from holdfast.probes.sessions.access import Access, access_to
from holdfast.probes.sessions.bus import BusSession, NotPublished, Unconfirmed

Run = Callable[[Project, argparse.Namespace], Coroutine[None, None, int]]
QUEUE = "bench.cuts"
EVERY = 0.5


@dataclass(frozen=True)
class Cut:
    """A host that is off the network for so many seconds."""

    host: str
    seconds: float


def cuts(hosts: tuple[str, ...], times: int, shortest: float, longest: float, seed: int) -> Iterator[Cut]:
    """Lengths spread evenly over the range, in a shuffled order; the hosts take turns."""
    step = (longest - shortest) / max(1, times - 1)
    lengths = [shortest + step * n for n in range(times)]
    random.Random(seed).shuffle(lengths)
    for n, seconds in enumerate(lengths):
        yield Cut(hosts[n % len(hosts)], seconds)


class Bus:
    """The bus of a cloud, as its nodes and its clients see it."""

    def __init__(self, project: Project, transports: Mapping[str, Transport]) -> None:
        self._project, site = project, project.site
        self._placed = site.offering("bus")
        self._transports, self._access = transports, access_to(site)
        self._questions = {
            host.name: Here(site, self._placed, host).processes[0].health for host in self._placed.hosts
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its hosts, in the cloud file's order."""
        return tuple(self._questions)

    async def amiss(self) -> str:
        """What is wrong with it; "" where each node does its work and confirms a message."""
        await admitted(self._project, self._transports)
        words = await asyncio.gather(*map(self._node, self.hosts))
        if any(words):
            return next(filter(None, words))
        turns = range(len(self.hosts))
        told = await asyncio.gather(*(asyncio.to_thread(confirmed, self._access, turn) for turn in turns))
        return next(filter(None, told), "")

    async def _node(self, host: str) -> str:
        try:
            answer = await ask(self._transports[host], self._questions[host])
        except Unreachable as unreachable:
            return str(unreachable)
        return "" if answer.ok else f"{host}: {answer.text}"

    async def heal(self, limit: float) -> tuple[float, str]:
        """Seconds until nothing is amiss, and ""; past the limit what was."""
        began = time.monotonic()
        while why := await self.amiss():
            if time.monotonic() - began > limit:
                return time.monotonic() - began, why
            await asyncio.sleep(EVERY)
        return time.monotonic() - began, ""


def confirmed(access: Access, turn: int) -> str:
    """Why the node of that number confirms no message; "" where it does."""
    session = BusSession(access, QUEUE, turn=turn)
    try:
        session.publish("after a cut")
    except (NotPublished, Unconfirmed) as error:
        return str(error)
    finally:
        session.close()
    return ""


def measured(run: Run, given: argparse.Namespace) -> int:
    """What `run` ends with on the cloud of the file that was given; 2 where that file is wrong."""

    try:
        project = open_project(given.cloud)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return asyncio.run(run(project, given))


async def run(project: Project, given: argparse.Namespace) -> int:
    """Cut after cut, each told on a line of its own."""
    took: list[float] = []
    async with connected(project) as transports:
        bus = Bus(project, transports)
        if why := (await bus.heal(given.limit))[1]:
            print(f"nothing was cut: {why}", file=sys.stderr)
            return 1
        for cut in cuts(bus.hosts, given.times, given.shortest, given.longest, given.seed):
            await asyncio.to_thread(project.lab.link, cut.host, "down")
            try:
                await asyncio.sleep(cut.seconds)
            finally:
                await asyncio.to_thread(project.lab.link, cut.host, "up")
            seconds, why = await bus.heal(given.limit)
            took.append(seconds)
            end = f"not healed: {why}" if why else "healed"
            print(
                f"{len(took):3}  {cut.host:12} {cut.seconds:5.1f} s off, {seconds:5.1f} s {end}", flush=True
            )
            if why:
                return 1
    print(f"{len(took)} cuts healed: median {median(took):.1f} s, longest {max(took):.1f} s")
    return 0


def main(words: list[str]) -> int:
    """0 when every cut was healed."""
    parser = argparse.ArgumentParser(prog="python -m bench.cuts", description=__doc__)
    parser.add_argument("--cloud", type=Path, required=True, help="the cloud file of a lab that is deployed")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--shortest", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--longest", type=float, default=25.0, metavar="SECONDS")
    parser.add_argument("--limit", type=float, default=30.0, metavar="SECONDS", help="for each to heal")
    parser.add_argument("--seed", type=int, default=1, help="of the order of lengths")
    given = parser.parse_args(words)
    return measured(run, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
