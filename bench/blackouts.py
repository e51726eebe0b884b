"""`python -m bench.blackouts --cloud FILE`: takes all lab hosts' power at once, and times the bus.

Back is what `bench.cuts` calls healed, counted from when power returns. It ends with 1 where the bus was not
back within the limit; it then goes no further, so that what hangs can be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path
from statistics import median

from bench.cuts import Bus, measured
from holdfast.front.project import Project
from holdfast.front.service import connected

DARK = (0.5, 15.0)


async def switch(project: Project, hosts: tuple[str, ...], state: str) -> None:
    """All hosts' power, at the same time."""
    await asyncio.gather(*(asyncio.to_thread(project.lab.power, host, state) for host in hosts))


async def run(project: Project, given: argparse.Namespace) -> int:
    """Loss after loss, each told on a line of its own; the site is dark for 0.5 to 15 s."""
    took: list[float] = []
    lengths = random.Random(given.seed)
    for _ in range(given.times):
        hosts = tuple(host.name for host in project.cloud.hosts)
        await switch(project, hosts, "off")
        await asyncio.sleep(lengths.uniform(*DARK))
        await switch(project, hosts, "on")
        async with connected(project) as transports:
            seconds, why = await Bus(project, transports).heal(given.limit)
        took.append(seconds)
        print(f"{len(took):3}  {seconds:5.1f} s {f'not back: {why}' if why else 'back'}", flush=True)
        if why:
            return 1
    print(f"{len(took)} losses of the whole site: median {median(took):.1f} s, longest {max(took):.1f} s")
    return 0


def main(words: list[str]) -> int:
    """0 when the bus came back each time."""
    parser = argparse.ArgumentParser(prog="python -m bench.blackouts", description=__doc__)
    parser.add_argument("--cloud", type=Path, required=True, help="the cloud file of a lab that is deployed")
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--limit", type=float, default=120.0, metavar="SECONDS", help="for each to be back")
    parser.add_argument("--seed", type=int, default=1, help="of how long the site is dark")
    given = parser.parse_args(words)
    return measured(run, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
