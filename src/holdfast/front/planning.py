"""Making a plan from what can be seen: of all hosts that answer, for those that were chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.front.project import Project
from holdfast.hosts.observe import observe_all
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.cloud import Cloud
from holdfast.model.errors import BadInput, CannotReach, Wanting
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Observed
from holdfast.model.plan import Plan, PutFile


class UnknownHost(BadInput):
    """A host was named that the cloud file does not have."""


class HostsUnreachable(CannotReach):
    """None of the hosts that were to be worked on can be used: each says why, and the cure."""

    def __init__(self, faults: Sequence[Unreachable]) -> None:
        super().__init__("\n".join(str(f) for f in faults))


class NotFit(Wanting):
    """Hosts were reached, and are not fit to be changed: the findings say why and what to do."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{f.subject}: {f.detail}; {f.remedy}" for f in findings))
        self.findings = findings


@dataclass(frozen=True)
class Made:
    """A plan, with the hosts that it was limited to (none: it was not) and those that cannot be reached.

    `starting` are the units that were in the middle of their start: what becomes of them nobody knows yet.
    """

    plan: Plan
    hosts: tuple[str, ...]
    unreachable: Mapping[str, Unreachable]
    starting: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wanting: a host that cannot be reached, a step that waits for anything but a choice."""
        found = [
            Finding(
                Verdict.FAIL, "waiting", host, _waits(self.plan, host, fault), f"{fault.cure}; apply again"
            )
            for host, fault in self.unreachable.items()
        ]
        found += [
            Finding(Verdict.FAIL, "waiting", each.step, each.why, "apply again when that is over")
            for each in self.plan.waiting
            if each.host not in self.unreachable and (not self.hosts or each.host in self.hosts)
        ]
        return tuple(found)


def _waits(plan: Plan, host: str, fault: Unreachable) -> str:
    count = sum(each.host == host for each in plan.waiting)
    return f"cannot be reached: {fault.why}; {count} of the steps wait for it"


async def make_plan(
    project: Project,
    transports: Mapping[str, Transport],
    hosts: tuple[str, ...] = (),
    gone: Mapping[str, Unreachable] | None = None,
) -> Made:
    """What `apply` would do now, limited to `hosts` where there are any; changes nothing.

    Hosts that are `gone` are not asked again. Raises UnknownHost, HostsUnreachable, NotFit, PlanRefused
    (which tells of the hosts that could not be asked, too).
    """
    from holdfast.plan.compile import compile_plan
    from holdfast.plan.inquiry import inquiries
    from holdfast.plan.members import PlanRefused
    from holdfast.plan.preflight import preflight

    chosen = _chosen(project.cloud, hosts)
    asked = {name: each for name, each in inquiries(project.site).items() if name not in (gone or {})}
    seen = await observe_all(transports, asked)
    observed = {name: each for name, each in seen.items() if isinstance(each, Observed)}
    missing = {name: each for name, each in seen.items() if isinstance(each, Unreachable)} | dict(gone or {})
    if not any(name in observed for name in chosen):
        raise HostsUnreachable([missing[name] for name in chosen])
    findings = preflight(project.site, {name: each for name, each in observed.items() if name in chosen})
    if any(f.verdict is Verdict.FAIL for f in findings):
        raise NotFit(findings)
    left_out = {host.name: "it was not chosen" for host in project.cloud.hosts if host.name not in chosen}
    left_out |= {name: f"it cannot be reached: {each.why}" for name, each in missing.items()}
    try:
        return Made(compile_plan(project.site, observed, left_out), hosts, missing, _starting(observed))
    except PlanRefused as refused:
        raise PlanRefused("\n".join(map(str, (refused, *missing.values())))) from None


def _starting(observed: Mapping[str, Observed]) -> tuple[str, ...]:
    return tuple(
        f"{unit} on {host}"
        for host, seen in observed.items()
        for unit, state in seen.units.items()
        if state.active == "activating"
    )


def _chosen(cloud: Cloud, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts to work on: all, where none is named. Raises UnknownHost with all that do not exist."""
    there = tuple(host.name for host in cloud.hosts)
    if unknown := [name for name in hosts if name not in there]:
        raise UnknownHost(
            f"--hosts: {cloud.name} has no host {', '.join(unknown)}: there are {', '.join(there)}"
        )
    return hosts or there


async def diffs_of(plan: Plan, transports: Mapping[str, Transport]) -> dict[tuple[str, str], str]:
    """The difference that each file of a plan makes, by host and path: one round trip a host."""
    from holdfast.hosts.contents import contents
    from holdfast.plan.diff import file_diff

    files: dict[str, list[PutFile]] = {}
    for step in plan.steps:
        files.setdefault(step.host, []).extend(a for a in step.actions if isinstance(a, PutFile))
    hosts = [host for host, wanted in files.items() if wanted]
    texts = await asyncio.gather(
        *(contents(transports[h], tuple(f.path for f in files[h] if not f.secret)) for h in hosts)
    )
    return {
        (host, wanted.path): file_diff(wanted, present.get(wanted.path))
        for host, present in zip(hosts, texts, strict=True)
        for wanted in files[host]
    }
