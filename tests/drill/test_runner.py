"""A whole drill without a cloud: clients, hosts, power and time are played."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from three_hosts import NOW, make_site, well

from holdfast.drill.drill import Drill, DrillRefused, Progress, Timing
from holdfast.drill.history import Tail, read_history, write_op
from holdfast.drill.runner import heal_open, run_drill
from holdfast.drill.workloads import deadlines
from holdfast.drill.workloads.ledger import keys
from holdfast.faults import FaultError, Hands
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.transport import Result, Unreachable
from holdfast.journal import FaultInjected, Journal
from holdfast.model.finding import Verdict
from holdfast.model.observed import Answer, Observed
from holdfast.model.op import Op, Outcome
from holdfast.probes.sessions.access import Access, access_to

SITE = make_site()
KINDS = tuple(deadlines(access_to(SITE)))
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


@dataclass
class World:
    """What is broken just now, and everything that was done, in order."""

    journal: Journal
    down: set[str] = field(default_factory=set)
    deeds: list[str] = field(default_factory=list)
    stay_down: bool = False
    clients_stopped: int = 0
    mute: str = ""

    async def off(self, host: str) -> None:
        assert [f.host for f in self.journal.open_faults()] == [host], "journalled before it is injected"
        self.deeds.append(f"off {host}")
        self.down.add(host)

    async def on(self, host: str) -> None:
        self.deeds.append(f"on {host}")
        if not self.stay_down:
            self.down.discard(host)

    async def link(self, host: str, up: bool, network: str | None = None) -> None:
        self.deeds.append(f"link {host} {up}")

    async def observe(self) -> dict[str, Observed | None]:
        seen = well(SITE, holder="c1" if "c2" in self.down else "c2")
        return {h: None if h in self.down else o for h, o in seen.items()}


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
        struck, n = 0.0, 0
        while True:
            now = self.clock()
            struck = struck or (now if self.world.down else 0.0)
            outcome = Outcome.FAIL if struck and now < struck + 0.1 else Outcome.OK
            kinds = [k for k in KINDS if k != self.world.mute]
            lines = [write_op(Op(now - 0.001, now, "a", k, outcome, str(n))) + "\n" for k in kinds]
            with self.path.open("a") as file:
                file.write("".join(lines))
            n += 1
            await asyncio.sleep(0.01)


def make(tmp_path: Path, **changes: object) -> tuple[Drill, World, list[Progress]]:
    journal = Journal(tmp_path / "journal")
    world, said = World(journal), list[Progress]()

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

    transports = {
        h.name: ScriptedHost(h.name, lambda *_: Result(0, "a log line\n", "")) for h in SITE.cloud.hosts
    }
    drill = Drill(
        hands=Hands(SITE, transports, world),
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


@pytest.fixture(autouse=True)
def _certificates_are_young(monkeypatch: pytest.MonkeyPatch) -> None:
    import holdfast.probes

    class Then:
        now: Callable[..., object] = staticmethod(lambda _zone: NOW)

    monkeypatch.setattr(holdfast.probes, "datetime", Then)


async def test_a_drill_from_the_look_before_to_the_verdict(tmp_path: Path) -> None:
    drill, world, said = make(tmp_path)
    (result,) = await run_drill(["power-address"], 2, drill)
    assert [f for f in result.findings if f.verdict is not Verdict.PASS] == []
    assert (result.target.where, result.lost, len(result.redundancy)) == ("c2", 0, 2)
    address = next(m for m in result.measures if m.kind == "address")
    assert (address.promised, address.predicted) == (0.5, (0.3, 0.5))
    assert address.worst is not None and 0.09 < address.worst < 0.5
    assert len(address.measured) == 2
    assert world.deeds == ["on c2", "off c2", "on c2", "forget"] * 2
    assert drill.journal.open_faults() == ()
    phases = [p.phase for p in said if p.repeat == 1]
    assert phases == ["look", "load", "inject", "hold", "heal", "return", "judge", "done"]


async def test_every_run_leaves_its_folder(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    (result,) = await run_drill(["power-address@c1"], 1, drill)
    folder = drill.folder / result.folders[0]
    assert {p.name for p in folder.iterdir()} == {"history.jsonl", "findings.json", "report.html", "logs"}
    assert {p.name for p in (folder / "logs").iterdir()} == {"c1.log", "c2.log", "c3.log"}
    assert len(read_history(folder / "history.jsonl")) > 50
    assert json.loads((folder / "findings.json").read_text())["target"]["hosts"] == ["c1"]
    assert json.loads((drill.folder / "results.json").read_text())[0]["fault"] == "power-address@c1"
    assert "power-address" in (drill.folder / "report.html").read_text()


async def test_a_cloud_that_is_not_healthy_is_not_broken_further(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.down, world.stay_down = {"c3"}, True
    with pytest.raises(DrillRefused, match="not healthy") as caught:
        await run_drill(["power-address"], 1, drill)
    assert any("c3" in f.subject for f in caught.value.findings)
    assert world.deeds == []


async def test_a_fault_left_by_a_dead_process_is_healed_first(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    left = {"fault": "power-host", "host": "c3", "unit": "", "address": "", "port": 0}
    drill.journal.append(FaultInjected("old", "power-host", "c3", left))
    world.down = {"c3"}
    await run_drill(["power-address"], 1, drill)
    assert world.deeds[0] == "on c3"
    assert drill.journal.open_faults() == ()
    assert await heal_open(drill) == ()


async def test_what_does_not_come_back_fails_redundancy(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.stay_down = True
    (result,) = await run_drill(["power-address"], 1, drill)
    assert result.redundancy == (None,)
    failed = {f.rule for f in result.findings if f.verdict is Verdict.FAIL}
    assert failed == {"redundancy"}
    assert "forget" not in world.deeds


async def test_an_interrupted_drill_heals_and_stops_its_clients(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path, timing=replace(QUICK, hold_least=30, hold_most=60))
    task = asyncio.create_task(run_drill(["power-address"], 1, drill))
    for _ in range(200):
        await asyncio.sleep(0.02)
        if "off c2" in world.deeds:
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.deeds[-1] == "on c2" and world.down == set()
    assert drill.journal.open_faults() == ()
    assert world.clients_stopped


async def test_a_fault_that_cannot_be_injected_is_healed_and_closed(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)

    async def off(_host: str) -> None:
        raise FaultError("the switch is stuck")

    world.off = off  # type: ignore[method-assign]
    with pytest.raises(FaultError, match="stuck"):
        await run_drill(["power-address"], 1, drill)
    assert world.deeds[-1] == "on c2" and drill.journal.open_faults() == ()


async def test_without_a_power_switch_nothing_is_journalled(tmp_path: Path) -> None:
    drill, _, _ = make(tmp_path)
    hands = replace(drill.hands, power=None)
    with pytest.raises(FaultError, match="no way to switch"):
        await run_drill(["power-address"], 1, replace(drill, hands=hands))
    assert list(drill.journal.read()) == []


async def test_clients_that_cannot_work_are_a_reason_to_break_nothing(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    world.mute = "database.write"
    with pytest.raises(DrillRefused, match=r"database\.write: no operation ended"):
        await run_drill(["power-address"], 1, drill)
    assert "off c2" not in world.deeds
    assert world.clients_stopped


async def test_an_unknown_name_is_refused_before_anything(tmp_path: Path) -> None:
    drill, world, _ = make(tmp_path)
    with pytest.raises(FaultError, match="melt-host"):
        await run_drill(["power-address", "melt-host"], 1, drill)
    assert world.deeds == []


async def test_a_log_that_cannot_be_fetched_says_why(tmp_path: Path) -> None:
    def gone(*_: object) -> Result:
        raise Unreachable("c3", "it lost its power", "switch it on")

    drill, _, _ = make(tmp_path)
    transports = {**drill.hands.transports, "c3": ScriptedHost("c3", gone)}
    drill = replace(drill, hands=replace(drill.hands, transports=transports))
    (result,) = await run_drill(["power-address"], 1, drill)
    log = drill.folder / result.folders[0] / "logs" / "c3.log"
    assert "it lost its power" in log.read_text()
