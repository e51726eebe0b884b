"""A plan in short: how many steps of which kind on which host, and what is taken away meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.checks.budget import Budget, budgets
from holdfast.model.catalogue import Site
from holdfast.model.plan import Change, Claim, Package, Plan, PutFile, Run, Step, Unit, Unpack
from holdfast.model.process import Ha, Process

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


class Others(StrEnum):
    """What the other members of a unit do meanwhile: serve as ever, or take over; or there are none."""

    SERVE = "serve"
    TAKE_OVER = "take over"
    NONE = "none"


@dataclass(frozen=True)
class Takeaway:
    """A unit that is restarted or stopped, host after host; each time it costs `costs`, the worst first."""

    unit: str
    change: Change
    hosts: tuple[str, ...]
    others: Others
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Precaution:
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
    """A plan in short; `steps` counts all that would be done, `takeaways` leaves out what ends by itself."""

    steps: int
    hosts: tuple[HostSteps, ...]
    takeaways: tuple[Takeaway, ...]
    safeguards: tuple[Precaution, ...]
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
        safeguards=tuple(dict.fromkeys(Precaution(guard.group, guard.meaning) for guard in guards)),
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
    fleeting = {p.unit for here in site.places for p in here.processes if not p.lasting}
    return tuple(
        _takeaway(site, known, unit, change, tuple(where))
        for (unit, change), where in hosts.items()
        if unit not in fleeting
    )


def _takeaway(
    site: Site, known: tuple[Budget, ...], unit: str, change: Change, hosts: tuple[str, ...]
) -> Takeaway:
    members = [process for here in site.places for process in here.processes if process.unit == unit]
    if len(members) <= 1:
        return Takeaway(unit, change, hosts, Others.NONE, ())
    shared = all(process.ha in (Ha.BALANCED, Ha.WORKERS) for process in members)
    others = Others.SERVE if shared else Others.TAKE_OVER
    return Takeaway(unit, change, hosts, others, _costs(known, members[0]))


def _costs(known: tuple[Budget, ...], process: Process) -> tuple[Cost, ...]:
    for family in STRIKES:
        if found := [budget for budget in known if budget.fault == f"{family}-{process.stem}"]:
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
