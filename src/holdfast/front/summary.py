"""A plan in short: how many steps of which kind on which host, and what is taken away meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.checks.budget import Budget, budgets
from holdfast.model.catalogue import Here, Site
from holdfast.model.plan import Change, Claim, Package, Plan, PutFile, Run, Step, Unit, Unpack

STRIKES = ("terminate", "kill")
"""The faults that a restart is most like, the likest first: what they cost, it costs at most."""


class Kind(StrEnum):
    """What a step does, told by the gravest of its actions."""

    CONFIGURE = "configure"
    RUN = "run"
    START = "start"
    RESTART = "restart"
    RELOAD = "reload"
    STOP = "stop"
    REMOVE = "remove"


@dataclass(frozen=True)
class HostSteps:
    """How many steps of each kind a host has; kinds that it has none of are left out."""

    host: str
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class Cost:
    """Seconds without a success for a kind of operation, by the budget; `promised` as in the cloud file."""

    kind: str
    typical: float
    worst: float
    promised: float | None


@dataclass(frozen=True)
class Takeaway:
    """A unit that is restarted or stopped, host after host; each time it costs `costs`, the worst first.

    `others` says whether anybody does its work meanwhile; without others it is missed until it is back.
    """

    unit: str
    change: Change
    hosts: tuple[str, ...]
    others: bool
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Safeguard:
    """What must hold, by a question to all others of the group, before one of it is taken away."""

    group: str
    meaning: str


@dataclass(frozen=True)
class Wait:
    """How many steps wait on a host, and why."""

    host: str
    why: str
    steps: int


@dataclass(frozen=True)
class OwnOption:
    """An option that the cloud file sets itself; its value is not told, for it may be a secret."""

    service: str
    file: str
    section: str
    option: str


@dataclass(frozen=True)
class Summary:
    """A plan in short; `steps` counts all that would be done."""

    steps: int
    hosts: tuple[HostSteps, ...]
    takeaways: tuple[Takeaway, ...]
    safeguards: tuple[Safeguard, ...]
    waiting: tuple[Wait, ...]
    options: tuple[OwnOption, ...]


def summarise(site: Site, plan: Plan) -> Summary:
    """A plan for a site in short."""
    guards = [guard for step in plan.steps for guard in step.guards]
    waiting = Counter((each.host, each.why) for each in plan.waiting)
    return Summary(
        steps=len(plan.steps),
        hosts=_by_host(site, plan),
        takeaways=_takeaways(site, plan),
        safeguards=tuple(dict.fromkeys(Safeguard(guard.group, guard.meaning) for guard in guards)),
        waiting=tuple(Wait(host, why, count) for (host, why), count in waiting.items()),
        options=_options(site),
    )


def kind_of(step: Step) -> Kind:
    """What a step is counted as."""
    changes = [action.change for action in step.actions if isinstance(action, Unit)]
    if changes:
        return Kind(changes[-1].value)
    if any(isinstance(action, PutFile | Package | Unpack | Claim) for action in step.actions):
        return Kind.CONFIGURE
    return Kind.RUN if all(isinstance(action, Run) for action in step.actions) else Kind.REMOVE


def _by_host(site: Site, plan: Plan) -> tuple[HostSteps, ...]:
    counts: dict[str, Counter[Kind]] = {}
    for step in plan.steps:
        counts.setdefault(step.host, Counter())[kind_of(step)] += 1
    ordered = [host.name for host in site.cloud.hosts if host.name in counts]
    return tuple(
        HostSteps(host, {kind.value: counts[host][kind] for kind in Kind if counts[host][kind]})
        for host in ordered
    )


def _takeaways(site: Site, plan: Plan) -> tuple[Takeaway, ...]:
    hosts: dict[tuple[str, Change], list[str]] = {}
    for step in plan.steps:
        for action in step.actions:
            if isinstance(action, Unit) and action.change in (Change.RESTART, Change.STOP):
                hosts.setdefault((action.name, action.change), []).append(step.host)
    known = budgets(site) if hosts else ()
    return tuple(_takeaway(site, known, *what, tuple(where)) for what, where in hosts.items())


def _takeaway(
    site: Site, known: tuple[Budget, ...], unit: str, change: Change, hosts: tuple[str, ...]
) -> Takeaway:
    holders = [here for here in site.places if any(p.unit == unit for p in here.processes)]
    others = len(holders) > 1
    return Takeaway(unit, change, hosts, others, _costs(known, unit, holders) if others else ())


def _costs(known: tuple[Budget, ...], unit: str, holders: list[Here]) -> tuple[Cost, ...]:
    stems = {process.stem for here in holders for process in here.processes if process.unit == unit}
    for family in STRIKES:
        alike = {f"{family}-{stem}" for stem in stems}
        if found := [b for b in known if b.fault in alike]:
            costs = (Cost(b.kind, b.typical, b.worst, b.promised) for b in found)
            return tuple(sorted(costs, key=lambda cost: -cost.worst))
    return ()


def _options(site: Site) -> tuple[OwnOption, ...]:
    return tuple(
        OwnOption(service, file, section, option)
        for service, files in site.cloud.config.items()
        for file, settings in files.items()
        for section, options in settings.items()
        for option in options
    )
