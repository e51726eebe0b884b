"""The use cases over hosts, as any front end calls them: observe, plan, apply, look, verify."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.front.project import Project, cache_folder
from holdfast.hosts.observe import observe_all
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.errors import CannotReach, Wanting
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Observed
from holdfast.model.plan import Plan, PutFile, Unpack

Say = Callable[[str], None]


class HostsUnreachable(CannotReach):
    """Hosts that could not be used: each says which, why, and the cure."""

    def __init__(self, faults: tuple[Unreachable, ...]) -> None:
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults


class NotFit(Wanting):
    """Hosts were reached, and are not fit to be changed: the findings say why and what to do."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{f.subject}: {f.detail}; {f.remedy}" for f in findings))
        self.findings = findings


@dataclass(frozen=True)
class Applied:
    """The end of an apply: the plan it walked, the steps that failed with their reasons, the state after."""

    plan: Plan
    failed: Mapping[str, str]
    findings: tuple[Finding, ...]


@asynccontextmanager
async def connected(project: Project) -> AsyncIterator[Mapping[str, Transport]]:
    """Ways to all hosts, closed at the end."""
    transports = project.transports()
    try:
        yield transports
    finally:
        await asyncio.gather(*(t.close() for t in transports.values()))


async def observe_for_plan(project: Project, transports: Mapping[str, Transport]) -> dict[str, Observed]:
    """Every host's facts. Raises HostsUnreachable with all that failed, NotFit with all in the way."""
    from holdfast.plan.inquiry import inquiries
    from holdfast.plan.preflight import preflight

    observed = _all_or_none(await observe_all(transports, inquiries(project.site)))
    findings = preflight(project.site, observed)
    if any(f.verdict is Verdict.FAIL for f in findings):
        raise NotFit(findings)
    return observed


def _all_or_none(seen: Mapping[str, Observed | Unreachable]) -> dict[str, Observed]:
    faults = tuple(each for each in seen.values() if isinstance(each, Unreachable))
    if faults:
        raise HostsUnreachable(faults)
    return {name: each for name, each in seen.items() if isinstance(each, Observed)}


async def make_plan(project: Project, transports: Mapping[str, Transport]) -> Plan:
    """What `apply` would do now. Changes nothing."""
    from holdfast.plan.compile import compile_plan

    return compile_plan(project.site, await observe_for_plan(project, transports))


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


async def apply(project: Project, transports: Mapping[str, Transport], why: str, say: Say) -> Applied:
    """Makes the hosts what the cloud file says, or touches nothing where they are.

    Raises HostsUnreachable, NotFit, PlanRefused, LockHeld, JournalUnwritable.
    """
    from holdfast.converge import converge
    from holdfast.hosts.lock import held
    from holdfast.plan.inquiry import all_questions

    project.journal.prove()
    say("looking at every host")
    plan = await make_plan(project, transports)
    if plan.empty:
        return Applied(plan, {}, await look_at(project, transports))
    run_id = uuid.uuid4().hex[:12]
    async with held(transports, _who(), why, run_id) as lock:
        for taken in lock.taken_over:
            steps = ", ".join(taken.unfinished) or "no step"
            say(f"{taken.host}: took over from {taken.holder} ({taken.why}), who left unfinished: {steps}")
        # Whoever held the lock until now may have changed what was seen before it was ours.
        plan = await make_plan(project, transports)
        await asyncio.to_thread(_build_release, project, plan, say)
        outcome = await converge(
            plan,
            transports,
            all_questions(project.site),
            project.journal,
            lambda event: say(str(event)),
            run_id=run_id,
            epoch=lock.epoch,
            why=why,
        )
    return Applied(plan, {**outcome.failed, **outcome.not_started}, await look_at(project, transports))


def _build_release(project: Project, plan: Plan, say: Say) -> None:
    if any(isinstance(action, Unpack) for step in plan.steps for action in step.actions):
        from holdfast.artefact import build_release
        from holdfast.front.labs import lab_image

        image = lab_image(say) if project.in_lab else None
        build_release(project.cloud.release, cache_folder(), image, say)


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"


async def observe_health(
    project: Project, transports: Mapping[str, Transport]
) -> dict[str, Observed | Unreachable]:
    """Each host's answers to the functional questions of what runs there."""
    from holdfast.plan.inquiry import health_inquiries

    return await observe_all(transports, health_inquiries(project.site))


async def look_at(project: Project, transports: Mapping[str, Transport]) -> tuple[Finding, ...]:
    """The state of everything, each by a functional question; an unreachable host is a failure."""
    from holdfast.probes import look

    seen = await observe_health(project, transports)
    unreachable = tuple(
        Finding(Verdict.FAIL, "reach", name, each.why, each.cure)
        for name, each in seen.items()
        if isinstance(each, Unreachable)
    )
    observed = {name: each if isinstance(each, Observed) else None for name, each in seen.items()}
    return (*unreachable, *await look(project.site, observed))


async def verify(project: Project) -> tuple[Finding, ...]:
    """The end-to-end question, asked as a client does."""
    from holdfast.probes.verify import verify as ask

    return await ask(project.site, f"verify-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}")


def check(project: Project) -> tuple[Finding, ...]:
    """Every static rule over the design; asks no host."""
    from holdfast.checks import check_design

    return check_design(project.design, datetime.now(UTC))
