"""What all steps of one walk share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from holdfast.converge.ending import Event, Happened
from holdfast.hosts.transport import Transport
from holdfast.journal import Journal
from holdfast.model.plan import Plan, Step, Waiting
from holdfast.model.question import Question


@dataclass(frozen=True)
class Walk:
    """A walk under way.

    A host works on one step at a time (`turns`), a guarded group too, from the guard to the passed gate
    (`groups`). `gone` tells of each lost host why, `halted` of each group the step at which its rolling
    change stopped.
    """

    run_id: str
    epoch: int
    transports: Mapping[str, Transport]
    questions: Mapping[tuple[str, str], Question]
    journal: Journal
    watch: Callable[[Event], None]
    steps: Mapping[str, Step]
    waiting: tuple[Waiting, ...]
    turns: Mapping[str, asyncio.Lock]
    groups: Mapping[str, asyncio.Lock]
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    barriers: dict[frozenset[str], asyncio.Future[list[None]]] = field(default_factory=dict)
    acting: set[asyncio.Task[str]] = field(default_factory=set)
    gone: dict[str, str] = field(default_factory=dict)
    halted: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    not_started: dict[str, str] = field(default_factory=dict)

    def tell(self, kind: Happened, step: str, host: str, text: str) -> None:
        """Shows an event, with how far the run has come."""
        finished = len(self.done) + len(self.failed) + len(self.not_started)
        self.watch(Event(kind, step, host, text, finished, len(self.steps)))

    def leave(self, step: Step, why: str) -> None:
        """Keeps why a step never began."""
        self.not_started[step.id] = why
        self.tell(Happened.NOT_STARTED, step.id, step.host, why)

    def end(self, step: Step, reason: str) -> None:
        """Keeps how a step ended: "" is well."""
        if reason:
            self.failed[step.id] = reason
        else:
            self.done.append(step.id)
        kind = Happened.FAILED if reason else Happened.DONE
        self.tell(kind, step.id, step.host, reason or step.why)


def faults(
    plan: Plan, transports: Mapping[str, Transport], questions: Mapping[tuple[str, str], Question]
) -> list[str]:
    """Everything for which the plan could not be walked to its end; needs must come before their step."""
    waiting = {each.step for each in plan.waiting}
    found = [f"{step.id} waits, and is to be done" for step in plan.steps if step.id in waiting]
    before: set[str] = set()
    for step in plan.steps:
        found += [f"{step.id} needs {need}, which is not before it" for need in sorted(step.needs - before)]
        asked = [(step.gate.host, step.gate.question)] if step.gate else []
        asked += [(host, guard.question) for guard in step.guards for host in guard.hosts]
        hosts = {step.host, *(host for host, _ in asked)}
        found += [f"{step.id}: no way to host {host}" for host in sorted(hosts - set(transports))]
        found += [f"{step.id}: no question {name} on {host}" for host, name in asked
                  if (host, name) not in questions]  # fmt: skip
        found += [
            f"{step.id}: guard {guard.question} asks nobody" for guard in step.guards if not guard.hosts
        ]
        if step.id in before:
            found.append(f"{step.id} is there twice")
        before.add(step.id)
    return found
