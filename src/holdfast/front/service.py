"""The use cases that only look, as any front end calls them: at hosts, at the service, at a design."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.front.project import Project
from holdfast.hosts.observe import observe_all
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.catalogue import Here
from holdfast.model.errors import Exit
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.observed import Observed
from holdfast.model.scene import Scene

REACH = "reach"
"""The rule of findings about hosts that do not answer."""


@dataclass(frozen=True)
class Look:
    """The state of everything, and what each host answered: None where one did not."""

    findings: tuple[Finding, ...]
    scene: Scene

    @property
    def answered(self) -> bool:
        """Whether any host did."""
        return any(self.scene.values())

    @property
    def exit(self) -> Exit:
        """How a command ends that only looked."""
        return verdict_exit(self.findings) if self.answered else Exit.CANNOT_REACH


def verdict_exit(findings: tuple[Finding, ...]) -> Exit:
    """How a command ends that found these."""
    return Exit.HEALTHY if worst(findings) is Verdict.PASS else Exit.WANTING


@asynccontextmanager
async def connected(project: Project) -> AsyncIterator[Mapping[str, Transport]]:
    """Ways to all hosts, closed at the end."""
    transports = project.transports()
    try:
        yield transports
    finally:
        await asyncio.gather(*(t.close() for t in transports.values()))


async def admitted(project: Project, transports: Mapping[str, Transport]) -> None:
    """Hosts let this machine come to what operators may, for a while: what it is about to ask as a client.

    One that does not is told by what is then refused.
    """

    async def ask(here: Here) -> None:
        with suppress(Unreachable):
            await transports[here.host.name].run(here.component.admission)

    await asyncio.gather(*(ask(here) for here in project.site.places if here.component.admission))


async def observe_health(
    project: Project, transports: Mapping[str, Transport]
) -> dict[str, Observed | Unreachable]:
    """Each host's answers to the functional questions of what runs there."""
    from holdfast.plan.inquiry import health_inquiries

    return await observe_all(transports, health_inquiries(project.site))


async def look_at(project: Project, transports: Mapping[str, Transport]) -> Look:
    """The state of everything, each by a functional question; an unreachable host is a failure."""
    from holdfast.probes import look

    _, seen = await asyncio.gather(admitted(project, transports), observe_health(project, transports))
    unreachable = tuple(
        Finding(Verdict.FAIL, REACH, name, each.why, each.cure, host=name)
        for name, each in seen.items()
        if isinstance(each, Unreachable)
    )
    observed = {name: each if isinstance(each, Observed) else None for name, each in seen.items()}
    return Look((*unreachable, *await look(project.site, observed)), observed)


async def verify(project: Project) -> tuple[Finding, ...]:
    """The end-to-end question, asked as a client does."""
    from holdfast.probes.verify import verify as ask

    async with connected(project) as transports:
        await admitted(project, transports)
    return await ask(project.site, f"verify-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}")


def check(project: Project) -> tuple[Finding, ...]:
    """Every static rule over the design; asks no host."""
    from holdfast.checks import check_design

    return check_design(project.design, datetime.now(UTC))
