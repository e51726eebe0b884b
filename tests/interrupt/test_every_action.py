"""Death at every single action, then observe, plan, converge: the same end, nothing recorded done twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from holdfast.converge import Ending, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.lock import held
from holdfast.hosts.observe import Inquiry, observe_all
from holdfast.hosts.transport import Unreachable
from holdfast.journal import Journal
from holdfast.model.observed import Answer, Observed
from holdfast.model.plan import Action, Change, Gate, Package, Plan, PutFile, Run, Step, Unit, Unpack
from holdfast.model.question import Question

NAMES = ("a", "b", "c")
FILES = (PutFile("/etc/w/conf", "x = 1"), PutFile("/etc/w/key", "k", mode=0o600, secret=True))
DIGEST = sha256("".join(f.digest for f in FILES).encode()).hexdigest()
ONCE = Run(("w", "migrate"), mark="w/migrate", digest="v1")
RELEASE = "/opt/r1"
INQUIRY = Inquiry((RELEASE, *(f.path for f in FILES)), ("w",), ("w.service",), (ONCE.mark,))
# Of all actions these may not be done again once the host recorded them.
RECORDED = ("run `w migrate`", "start w.service", "restart w.service")


def works() -> dict[str, Any]:
    return {"ok": True, "text": ""}


def small_plan(seen: Mapping[str, Observed], archive: str) -> Plan:
    """The real planner in the small: packages, release, files; once on the first; starts in turn."""
    steps: list[Step] = []
    for name in NAMES:
        actions: list[Action] = [] if seen[name].packages["w"] else [Package(("w",))]
        actions += [] if seen[name].files[RELEASE] else [Unpack(archive, RELEASE)]
        actions += [f for f in FILES if seen[name].files[f.path] != f.digest]
        if actions:
            steps.append(Step(f"configure@{name}", name, tuple(actions), "differs"))
    if seen["a"].marks[ONCE.mark] != ONCE.digest:
        steps.append(Step("migrate@a", "a", (ONCE,), "not done", frozenset(s.id for s in steps)))
    for name in NAMES:
        state = seen[name].units["w.service"]
        if state.active != "active" or not state.enabled or state.applied != DIGEST:
            change = Change.RESTART if state.active == "active" else Change.START
            unit = Unit("w.service", change, DIGEST)
            needs = frozenset(s.id for s in steps)
            steps.append(
                Step(f"start@{name}", name, (unit,), "not running so", needs, Gate(name, "works", 1))
            )
    return Plan(tuple(steps))


def runs(host: SimulatedHost, _question: str) -> Answer:
    active = "w.service" in host.units and host.units["w.service"].active == "active"
    return Answer(active, "runs" if active else "does not run")


@dataclass
class World:
    """Three hosts, and the archive that they get."""

    folder: Path
    hosts: dict[str, SimulatedHost] = field(
        default_factory=lambda: {name: SimulatedHost(name, answer=runs) for name in NAMES}
    )

    def __post_init__(self) -> None:
        self.archive = self.folder / "r1.tar.zst"
        self.archive.write_bytes(b"archive")
        self.journal = Journal(self.folder / "journal.jsonl")

    async def look(self) -> dict[str, Observed]:
        seen = await observe_all(self.hosts, dict.fromkeys(NAMES, INQUIRY))
        assert not any(isinstance(each, Unreachable) for each in seen.values())
        return {name: each for name, each in seen.items() if isinstance(each, Observed)}

    async def apply(self, run_id: str) -> Ending:
        plan = small_plan(await self.look(), str(self.archive))
        questions = {(name, "works"): Question("works", works, "it works") for name in NAMES}
        async with held(self.hosts, "me", "a test", run_id) as lock:
            return await converge(
                plan,
                self.hosts,
                questions,
                self.journal,
                lambda _event: None,
                run_id=run_id,
                epoch=lock.epoch,
            )

    def state(self) -> list[object]:
        return [host.state() for host in self.hosts.values()]

    def done(self, host: str) -> list[str]:
        return [subject for _, _, subject in self.hosts[host].performed]


async def undisturbed(folder: Path) -> World:
    folder.mkdir()
    world = World(folder)
    assert (await world.apply("r0")).ok
    return world


# a: package, release, two files, once, unit; b and c: the same without the once.
MOMENTS = [(name, number, when) for name in NAMES for number in range(1, 7 if name == "a" else 6)
           for when in ("before", "after")]  # fmt: skip


async def test_the_moments_are_all_there_are(tmp_path: Path) -> None:
    world = await undisturbed(tmp_path / "whole")
    assert {name: len(world.done(name)) for name in NAMES} == {"a": 6, "b": 5, "c": 5}
    assert len(MOMENTS) == 2 * 16
    assert small_plan(await world.look(), str(world.archive)).empty
    before = world.state()
    assert (await world.apply("r1")).done == ()
    assert world.state() == before


@pytest.mark.parametrize(("name", "number", "when"), MOMENTS)
async def test_death_then_another_run_ends_where_an_undisturbed_one_does(
    tmp_path: Path, name: str, number: int, when: str
) -> None:
    wanted = (await undisturbed(tmp_path / "whole")).state()
    world = World(tmp_path)
    victim = world.hosts[name]
    setattr(victim, f"die_{when}", number)
    outcome = await world.apply("r1")
    assert not outcome.ok
    assert not small_plan_needs_dead(outcome, name)
    victim.revive()
    recorded = {host: [s for s in world.done(host) if s in RECORDED] for host in NAMES}
    assert (await world.apply("r2")).ok
    assert world.state() == wanted
    for host in NAMES:
        done = [s for s in world.done(host) if s in RECORDED]
        assert len(done) == len(set(done)), f"done twice on {host}: {done}"
        assert done[: len(recorded[host])] == recorded[host]
    assert small_plan(await world.look(), str(world.archive)).empty


def small_plan_needs_dead(outcome: Ending, dead: str) -> list[str]:
    """Steps of living hosts that failed: a dead host must fail its own steps only."""
    return [step for step in outcome.failed if not step.endswith(f"@{dead}")]


@pytest.mark.parametrize("number", range(1, 17))
async def test_death_of_this_machine_at_every_action(tmp_path: Path, number: int) -> None:
    """The process ends while a host acts: no end journalled, no lock released; the next takes over."""
    wanted = (await undisturbed(tmp_path / "whole")).state()
    world = World(tmp_path)
    count, left = 0, b""

    class Killed(BaseException):
        """As a loss of power: nothing after it runs."""

    def kill(_host: SimulatedHost, _action: dict[str, Any]) -> str:
        nonlocal count, left
        count += 1
        if count == number:
            left = world.journal.path.read_bytes()
            raise Killed
        return ""

    for host in world.hosts.values():
        host.effect = kill
    with pytest.raises(Killed):
        await world.apply("r1")
    world.journal.path.write_bytes(left)
    for host in world.hosts.values():
        host.lock = {"run_id": "r1", "holder": "ghost", "why": "", "machine": "", "pid": 0}
        host.lock |= {"boot": "0", "since": 0, "expires": 1e9, "epoch": 1, "released": False}
    story = world.journal.last_run()
    assert story is not None
    assert story.unfinished
    assert story.ended is None
    assert (await world.apply("r2")).ok
    assert world.state() == wanted
    for name in NAMES:
        done = [s for s in world.done(name) if s in RECORDED]
        assert len(done) == len(set(done)), f"done twice on {name}: {done}"


async def test_a_forgotten_record_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: without marks on the hosts, done work is done again, and the check above sees it."""
    world = World(tmp_path)
    world.hosts["c"].die_before = 5
    await world.apply("r1")
    world.hosts["c"].revive()
    world.hosts["a"].marks.clear()
    await world.apply("r2")
    done = [s for s in world.done("a") if s in RECORDED]
    assert len(done) != len(set(done))
