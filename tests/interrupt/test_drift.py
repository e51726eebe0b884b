"""A file that others changed is put right and its reader restarted, though death comes at any action."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from holdfast.converge import Ending, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.lock import held
from holdfast.hosts.observe import Inquiry, observe
from holdfast.journal import Journal
from holdfast.model.observed import Answer
from holdfast.model.plan import Action, Change, Forget, Gate, Plan, PutFile, Step, Unit
from holdfast.model.question import Question

FILES = (PutFile("/etc/w/one", "1"), PutFile("/etc/w/two", "2"))
UNIT, DIGEST = "w.service", "".join(f.digest for f in FILES)[:16]
INQUIRY = Inquiry(tuple(f.path for f in FILES), units=(UNIT,))


def works() -> dict[str, Any]:
    return {"ok": True, "text": ""}


@dataclass
class Member:
    """A host with a unit that reads two files at its start, or when somebody restarts it by hand."""

    folder: Path
    forgets: bool = True
    running_with: dict[str, str] = field(default_factory=dict)
    well: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = SimulatedHost("a", effect=self.effect, answer=self.answer)

    def effect(self, host: SimulatedHost, action: dict[str, Any]) -> str:
        if action["kind"] == "Unit":
            self.running_with = dict(host.texts)
        return ""

    def answer(self, _host: SimulatedHost, _question: str) -> Answer:
        return Answer(self.well.pop(0) if self.well else True, "as told")

    async def plan(self) -> Plan:
        """As the planner does it: a file that differs under a unit that is on record means drift."""
        seen = await observe(self.host, INQUIRY)
        differ = [f for f in FILES if seen.files[f.path] != f.digest]
        forget: list[Action] = [Forget(UNIT)] if self.forgets and seen.units[UNIT].applied and differ else []
        steps = [Step("configure@a", "a", (*forget, *differ), "drift")] if differ else []
        if differ or seen.units[UNIT].applied != DIGEST:
            needs, gate = frozenset(s.id for s in steps), Gate("a", "works", 0.2)
            unit = Unit(UNIT, Change.RESTART, DIGEST)
            steps.append(Step("restart@a", "a", (unit,), "reads them at a start", needs, gate))
        return Plan(tuple(steps))

    async def apply(self, run_id: str) -> Ending:
        plan, journal = await self.plan(), Journal(self.folder / "journal.jsonl")
        questions = {("a", "works"): Question("works", works, "it works")}
        async with held({"a": self.host}, "me", "a test", run_id) as lock:
            return await converge(
                plan, {"a": self.host}, questions, journal, lambda _: None, run_id=run_id, epoch=lock.epoch
            )

    def drift(self) -> None:
        """Somebody writes both files and restarts the unit; the record is as before."""
        for file in FILES:
            self.host.files[file.path], self.host.texts[file.path] = "theirs", "theirs"
        self.running_with = dict(self.host.texts)


async def after_a_death(member: Member, when: str, number: int) -> bool:
    """Deployed, drifted, killed at an action of its repair, repaired: whether it runs with what is wanted."""
    assert (await member.apply("r1")).ok
    assert (await member.plan()).empty
    member.drift()
    setattr(member.host, f"die_{when}", len(member.host.performed) + number)
    assert not (await member.apply("r2")).ok
    member.host.revive()
    assert (await member.apply("r3")).ok
    assert (await member.plan()).empty
    return member.running_with == {f.path: f.content for f in FILES}


# Forget, two files, restart.
@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_it_ends_with_a_reader_that_read_what_is_wanted(tmp_path: Path, when: str, number: int) -> None:
    assert await after_a_death(Member(tmp_path), when, number)


async def test_without_forgetting_a_reader_keeps_what_others_wrote(tmp_path: Path) -> None:
    """Planted: death between the last file and the restart."""
    assert not await after_a_death(Member(tmp_path, forgets=False), "after", 2)


async def test_a_gate_that_failed_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    member = Member(tmp_path, well=[False] * 50)
    first = await member.apply("r1")
    assert set(first.failed) == {"restart@a"}
    again = await member.plan()
    assert [s.id for s in again.steps] == ["restart@a"]
    member.well = [False, True]
    assert (await member.apply("r2")).ok
    assert member.well == []
    assert (await member.plan()).empty
