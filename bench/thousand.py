"""A child process: observes and plans simulated hosts on one core, and prints what that took as JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import json
import os
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from holdfast.artefact import known_series
from holdfast.certificates import open_certificates
from holdfast.components import enabled
from holdfast.front.project import vocabulary
from holdfast.hosts.act import act
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.observe import observe_all
from holdfast.hosts.program import Json
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud
from holdfast.model.cloudfile.reader import read
from holdfast.model.finding import Verdict, worst
from holdfast.model.observed import Answer, Observed, UnitState
from holdfast.model.plan import Plan
from holdfast.model.release import Release
from holdfast.plan.compile import compile_plan
from holdfast.plan.inquiry import inquiries
from holdfast.plan.preflight import preflight
from holdfast.vault import open_secrets, secret_names

NETWORK = ipaddress.ip_network("198.18.0.0/16")
CONTROLLERS = 3


def cloud_text(hosts: int) -> str:
    """Three controllers and `hosts` - 3 that hold the role api: the one today's catalogue lets grow."""
    addresses = [str(NETWORK[10 + n]) for n in range(hosts + 1)]
    roles = ["controller"] * CONTROLLERS + ["api"] * (hosts - CONTROLLERS)
    lines = [
        f"  - {{name: host-{n}, address: {addresses[n]}, roles: [{roles[n - 1]}], zone: rack-{n % 40}}}"
        for n in range(1, hosts + 1)
    ]
    head = f'name: thousand\nrelease: "{known_series()[-1]}"\nnetwork:\n  name: control\n'
    net = f"  cidr: {NETWORK}\n  virtual_address: {addresses[0]}\n"
    return f"{head}{net}services: [keystone]\nhosts:\n" + "\n".join(lines) + "\n"


@dataclass
class Clock:
    """Seconds of each phase, in order."""

    taken: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def lap(self, phase: str) -> None:
        """Ends a phase."""
        now = time.monotonic()
        self.taken[phase] = now - self.began
        self.began = now

    def restart(self) -> None:
        """Forgets the time since the last phase."""
        self.began = time.monotonic()


def make_site(folder: Path, hosts: int, clock: Clock) -> Site:
    """Reads the cloud file and makes its secrets and certificates, as the command line does."""
    path = folder / "cloud.yaml"
    path.write_text(cloud_text(hosts))
    archive = folder / "release.tar.zst"
    archive.write_bytes(b"simulated")
    clock.restart()
    cloud = read(path, vocabulary())
    clock.lap("read")
    site = open_site(cloud, folder, archive)
    clock.lap("made")
    open_site(cloud, folder, archive)
    clock.lap("opened")
    return site


def open_site(cloud: Cloud, folder: Path, archive: Path) -> Site:
    """What front.project.Project.site does, with a release that is never built."""
    components = enabled(cloud.services)
    secrets = open_secrets(folder, secret_names(components), {})
    pairs = open_certificates(cloud, folder, datetime.now(UTC))
    release = Release(cloud.release, "0" * 12, str(archive))
    return Site(cloud, components, secrets, pairs.ca, pairs.address, pairs.hosts, release)


@dataclass(frozen=True)
class Simulation:
    """Hosts in memory that start a clustered service as its bootstrap asks, and answer to its facts."""

    site: Site

    def hosts(self) -> dict[str, SimulatedHost]:
        """One for each host of the cloud, with nothing on it yet."""
        clustered = next(c for c in self.site.catalogue if c.bootstrap)
        here = next(place for place in self.site.places if place.component is clustered)
        unit = clustered.units[0]
        facts = {question.name for question in clustered.facts(here)}

        def answer(host: SimulatedHost, question: str) -> Answer:
            if question not in facts:
                return Answer(True, "simulated")
            state = host.units.get(unit, UnitState("", False))
            history = "h" if state.active else ""
            data = {"running": state.active == "active", "history": history, "position": 5 if history else -1}
            return Answer(True, state.active, data)

        def effect(host: SimulatedHost, action: Json) -> str:
            if action["kind"] == "Run" and not action["mark"] and action["argv"][0] != "rm":
                host.units.setdefault(unit, UnitState("active", False))
            return ""

        return {h.name: SimulatedHost(h.name, answer=answer, effect=effect) for h in self.site.cloud.hosts}


async def observe_and_plan(site: Site, hosts: Mapping[str, SimulatedHost], clock: Clock, phase: str) -> Plan:
    """What `plan` does after it has read the cloud file."""
    clock.restart()
    wanted = inquiries(site)
    clock.lap(f"{phase}.ask")
    seen = await observe_all(hosts, wanted)
    clock.lap(f"{phase}.observe")
    observed = {name: each for name, each in seen.items() if isinstance(each, Observed)}
    assert len(observed) == len(hosts)
    assert worst(preflight(site, observed)) is Verdict.PASS
    clock.lap(f"{phase}.preflight")
    plan = compile_plan(site, observed)
    clock.lap(f"{phase}.plan")
    return plan


async def deploy(plan: Plan, hosts: Mapping[str, SimulatedHost]) -> None:
    """Does every step of a plan, in its order; not measured."""
    for step in plan.steps:
        result = await act(hosts[step.host], "bench", step)
        assert result.ok, (step.id, result.error)


@dataclass
class Memory:
    """What a phase allocated at its peak, in bytes; counting it slows everything, so it is asked for."""

    counted: bool
    before: int = 0

    def begin(self) -> None:
        """From here."""
        if self.counted:
            gc.collect()
            tracemalloc.reset_peak()
            self.before = tracemalloc.get_traced_memory()[0]

    def peak(self) -> int:
        """The most since `begin` beyond what there was then; 0 where nothing is counted."""
        return tracemalloc.get_traced_memory()[1] - self.before if self.counted else 0


async def measure(folder: Path, count: int, memory: Memory) -> dict[str, object]:
    """Everything once: the first plan of empty hosts, then the plan of deployed ones, which must be empty."""
    clock, peaks, steps = Clock(), {}, {}
    site = make_site(folder, count, clock)
    hosts = Simulation(site).hosts()
    for phase in ("first", "nothing"):
        memory.begin()
        plan = await observe_and_plan(site, hosts, clock, phase)
        peaks[phase] = memory.peak()
        steps[phase] = len(plan.steps)
        if phase == "first":
            await deploy(plan, hosts)
        del plan
    assert steps["nothing"] == 0, steps
    files = sum(len(host.files) for host in hosts.values())
    units = sum(len(host.units) for host in hosts.values())
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    counts = {"steps": steps, "files": files, "units": units, "resident": resident}
    return {"seconds": clock.taken, "peaks": peaks, **counts}


def main() -> None:
    """Pins itself to one core, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.thousand")
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument(
        "--memory", action="store_true", help="count allocations; the times mean nothing then"
    )
    given = parser.parse_args()
    if given.memory:
        tracemalloc.start()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-thousand-") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), given.hosts, Memory(given.memory)))))


if __name__ == "__main__":
    main()
