"""What each command puts into its answer under `data`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.model.plan import Gate, Guard, Plan, PutFile, Waiting

if TYPE_CHECKING:
    from holdfast.checks.budget import Budget
    from holdfast.faults import Target
    from holdfast.front.applying import Applied
    from holdfast.front.drills import KnownFault
    from holdfast.front.overview import Overview
    from holdfast.front.planning import Made
    from holdfast.front.summary import Summary
    from holdfast.lab.lab import MachineState


@dataclass(frozen=True)
class StarterFile:
    """A starter: the file that was written, or its text where none was asked for."""

    file: str | None
    text: str | None


@dataclass(frozen=True)
class Checked:
    """The timing budget, in seconds; what the rules found is in `findings`."""

    budget: tuple[Budget, ...]


@dataclass(frozen=True)
class State:
    """The cloud at one look; `findings` tell of the chosen hosts and services alone, where any were."""

    overview: Overview


@dataclass(frozen=True)
class PlannedStep:
    """A step: its actions in words, and the difference that each file makes, by path."""

    id: str
    host: str
    component: str
    why: str
    needs: tuple[str, ...]
    actions: tuple[str, ...]
    diffs: Mapping[str, str]
    guards: tuple[Guard, ...]
    gate: Gate | None


@dataclass(frozen=True)
class Planned:
    """A plan; `hosts` are those that it was limited to, `file` is where it was written."""

    digest: str
    hosts: tuple[str, ...]
    summary: Summary
    steps: tuple[PlannedStep, ...]
    waiting: tuple[Waiting, ...]
    file: str | None


@dataclass(frozen=True)
class WalkedStep:
    """A step of the plan that was applied; `problem` says why it failed or never began, "" if it was done."""

    id: str
    host: str
    why: str
    problem: str


@dataclass(frozen=True)
class Walked:
    """What an `apply` did, in the plan's order, and what waits."""

    steps: tuple[WalkedStep, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class Drillable:
    """The faults that the cloud can suffer."""

    faults: tuple[KnownFault, ...]


@dataclass(frozen=True)
class Healed:
    """What an interrupted drill had left, and is healed now."""

    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Machines:
    """The machines of the lab as found now."""

    machines: tuple[MachineState, ...]


@dataclass(frozen=True)
class Switch:
    """What was switched in the lab: the power or cables of a machine, or the cables to a network."""

    name: str
    what: str
    state: str


@dataclass(frozen=True)
class Keys:
    """The numbers of the keys that a repository holds now."""

    repository: str
    keys: tuple[int, ...]


def planned(made: Made, summary: Summary, diffs: Mapping[tuple[str, str], str], file: str | None) -> Planned:
    """A plan as it leaves; `diffs` is keyed by host and path."""
    plan = made.plan
    return Planned(plan.digest, made.hosts, summary, _steps(plan, diffs), plan.waiting, file)


def _steps(plan: Plan, diffs: Mapping[tuple[str, str], str]) -> tuple[PlannedStep, ...]:
    return tuple(
        PlannedStep(
            id=step.id,
            host=step.host,
            component=step.component,
            why=step.why,
            needs=tuple(sorted(step.needs)),
            actions=tuple(action.subject for action in step.actions),
            diffs={
                a.path: diffs.get((step.host, a.path), "") for a in step.actions if isinstance(a, PutFile)
            },
            guards=step.guards,
            gate=step.gate,
        )
        for step in plan.steps
    )


def walked(done: Applied) -> Walked:
    """An apply as it leaves."""
    plan = done.made.plan
    steps = (WalkedStep(s.id, s.host, s.why, done.failed.get(s.id, "")) for s in plan.steps)
    return Walked(tuple(steps), plan.waiting)
