"""A walk to look at: hosts, the steps they are given, and what happened on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from holdfast.converge import Ending, Event, Happened, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.transport import Result
from holdfast.journal import Journal
from holdfast.model.plan import Action, Gate, Guard, Plan, PutFile, Run, Step, Waiting
from holdfast.model.question import Question


def works() -> dict[str, Any]:
    return {"ok": True, "text": ""}


@dataclass
class Scene:
    """Hosts a, b, c and what happened on them."""

    journal: Journal
    hosts: dict[str, Any] = field(default_factory=lambda: {name: SimulatedHost(name) for name in "abc"})
    events: list[Event] = field(default_factory=list)

    async def walk(self, *steps: Step, waiting: tuple[Waiting, ...] = ()) -> Ending:
        asked = (Question("works", works, "it works"), Question("group", works, "the group is whole"))
        questions = {(host, each.name): each for host in self.hosts for each in asked}
        return await converge(
            Plan(steps, waiting), self.hosts, questions, self.journal, self.events.append, run_id="r"
        )

    def order(self, kind: Happened = Happened.BEGUN) -> list[str]:
        return [event.step for event in self.events if event.kind is kind]

    def records(self, kind: type) -> list[str]:
        return [entry.record.step for entry in self.journal.read() if isinstance(entry.record, kind)]  # type: ignore[union-attr]


def step(
    name: str,
    host: str,
    *needs: str,
    gate: Gate | None = None,
    action: Action | None = None,
    guards: tuple[Guard, ...] = (),
) -> Step:
    actions = (action or PutFile(f"/{name}", "x"),)
    return Step(name, host, actions, f"why {name}", frozenset(needs), gate, guards)


def fails(_host: SimulatedHost, action: dict[str, Any]) -> str:
    return "it broke" if action["kind"] == "Run" else ""


BROKEN = Run(("break",))


@dataclass
class Slow(SimulatedHost):
    """Takes real time for each action, and counts how many work at once."""

    running: int = 0
    most: int = 0
    seconds: float = 0.02

    async def run(self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60) -> Result:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.seconds)
        self.running -= 1
        return await super().run(argv, stdin=stdin, timeout=timeout)


async def begun(scene: Scene, task: asyncio.Task[Ending]) -> None:
    while not scene.order():
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    task.cancel()
