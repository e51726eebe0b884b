"""A drill that is played: clients, hosts, power and time are; runner, probes and judges are real."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from three_hosts import NOW, make_site, well

from holdfast.drill.drill import Drill, Progress, Timing
from holdfast.drill.history import Tail, write_op
from holdfast.drill.workloads import deadlines
from holdfast.drill.workloads.ledger import keys
from holdfast.faults import Hands
from holdfast.hosts.fake import Script, ScriptedHost
from holdfast.hosts.transport import Result
from holdfast.journal import Journal
from holdfast.model.catalogue import Site
from holdfast.model.hardware import Hardware
from holdfast.model.observed import Answer, Observed
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, access_to

Play = Callable[[Site, Collection[str]], Mapping[str, Observed | None]]
"""What all hosts answer while some are down."""

SITE = make_site()
MACHINE = Hardware("A 68000", 2, 4.0, "Linux 6")
QUICK = Timing(
    warm_up=0.1,
    calm=0.1,
    hold_least=0.2,
    hold_most=0.6,
    whole=0.5,
    settle=0.05,
    ready=0.05,
    start=0.5,
    poll=0.02,
    observe=0.02,
)


def turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probes' clock says NOW, when the certificates of tests are young."""
    import holdfast.probes

    class Then:
        now: Callable[..., object] = staticmethod(lambda _zone: NOW)

    monkeypatch.setattr(holdfast.probes, "datetime", Then)


@dataclass
class World:
    """What is broken just now, and everything that was done, in order."""

    site: Site
    journal: Journal
    play: Play
    down: set[str] = field(default_factory=set)
    deeds: list[str] = field(default_factory=list)
    struck: list[float] = field(default_factory=list)
    stay_down: bool = False
    clients_stopped: int = 0
    mute: str = ""

    async def off(self, host: str) -> None:
        assert [f.host for f in self.journal.open_faults()] == [host], "journalled before it is injected"
        self.deeds.append(f"off {host}")
        self.struck.append(time.time())
        self.down.add(host)

    async def on(self, host: str) -> None:
        self.deeds.append(f"on {host}")
        if not self.stay_down:
            self.down.discard(host)

    async def link(self, host: str, up: bool, network: str | None = None) -> None:
        self.deeds.append(f"link {host} {up}")

    def logged(self, host: str) -> Script:
        """A host whose log tells, of each loss of power, that it took the address 50 ms later."""

        def script(_argv: tuple[str, ...], _stdin: bytes) -> Result:
            took = (datetime.fromtimestamp(struck + 0.05, UTC).isoformat() for struck in self.struck)
            says = "Keepalived_vrrp[1]: (address) Entering MASTER STATE"
            password = self.site.secret("bus.cookie").reveal()
            journal = "".join(f"{when} {host} {says}\n" for when in took) + f"a password: {password}\n"
            told = {
                "journal": journal,
                "files": {"/var/log/bus.log": "a line\n"},
                "hardware": asdict(MACHINE),
            }
            return Result(0, json.dumps(told), "")

        return script

    async def observe(self) -> Mapping[str, Observed | None]:
        return {h: None if h in self.down else o for h, o in self.play(self.site, self.down).items()}


def three(site: Site, down: Collection[str]) -> Mapping[str, Observed | None]:
    """The address is on c2, and on c1 while that is down."""
    return well(site, holder="c1" if "c2" in down else "c2")


@dataclass
class Clients:
    """Writes an operation of each kind every 10 ms; they fail for 0.1 s after the power goes."""

    world: World
    path: Path
    task: asyncio.Task[None] | None = None
    zero: float = 0.0

    def clock(self) -> float:
        return asyncio.get_running_loop().time() - self.zero

    async def start(self) -> Tail:
        self.zero = asyncio.get_running_loop().time()
        self.task = asyncio.create_task(self.work())
        return Tail([self.path])

    def failed(self) -> dict[str, str]:
        return {}

    async def stop(self) -> None:
        self.world.clients_stopped += 1
        if self.task:
            self.task.cancel()

    async def work(self) -> None:
        struck, n, all_kinds = 0.0, 0, tuple(deadlines(access_to(self.world.site)))
        while True:
            now = self.clock()
            struck = struck or (now if self.world.down else 0.0)
            outcome = Outcome.FAIL if struck and now < struck + 0.1 else Outcome.OK
            kinds = [k for k in all_kinds if k != self.world.mute]
            lines = [write_op(Op(now - 0.001, now, "a", k, outcome, str(n))) + "\n" for k in kinds]
            with self.path.open("a") as file:
                file.write("".join(lines))
            n += 1
            await asyncio.sleep(0.01)


def make(
    tmp_path: Path, site: Site = SITE, play: Play = three, **changes: object
) -> tuple[Drill, World, list[Progress]]:
    """A drill of a site, its world, and what it will say; `changes` are of the drill."""
    journal = Journal(tmp_path / "journal")
    world, said = World(site, journal, play), list[Progress]()

    async def fetch(url: str) -> Answer:
        return Answer(True, f"{url}: 200")

    async def collect(_access: Access, _run: str, ops: tuple[Op, ...]) -> dict[str, object]:
        written = keys(ops, Outcome.OK)
        messages = tuple(f"{a}/{n}" for a, n in written)
        return {"ledger": dict.fromkeys(("c1", "c2", "c3"), written), "messages": messages}

    async def forget(_access: Access, run: str) -> None:
        world.deeds.append("forget")

    def load(_access: Access, _run: str, folder: Path) -> Clients:
        return Clients(world, folder / "load-all.jsonl")

    transports = {h.name: ScriptedHost(h.name, world.logged(h.name)) for h in site.cloud.hosts}
    drill = Drill(
        hands=Hands(site, transports, world),
        observe=world.observe,
        journal=journal,
        folder=tmp_path / "drill",
        predict=lambda _fault, kind: (0.3, 0.5) if kind == "address" else None,
        say=said.append,
        timing=QUICK,
        fetch=fetch,
        load=load,
        collect=collect,
        forget=forget,
    )
    return replace(drill, **changes), world, said
