"""The drill's use cases: what can be struck, striking it, and healing what an earlier run left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.front.events import Say
from holdfast.front.project import Project
from holdfast.front.service import admitted, connected, observe_health
from holdfast.model.observed import Observed

if TYPE_CHECKING:
    from holdfast.drill.drill import Drill
    from holdfast.drill.result import Report
    from holdfast.faults import Target
    from holdfast.hosts.transport import Transport

ORDINARY = ("power-address", "power-writer")
"""What is struck when no name is given: the two faults that cost most."""


@dataclass(frozen=True)
class KnownFault:
    """The name of a fault, and what it does."""

    name: str
    summary: str


def known_faults(project: Project) -> tuple[KnownFault, ...]:
    """Every fault that this cloud can suffer."""
    from holdfast.faults import faults

    return tuple(
        KnownFault(strike.fault, fault.summary)
        for fault in faults()
        for strike in fault.strikes(project.design.catalogue)
    )


def grave(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that a person is asked about before. Raises FaultError, and what a site does."""
    from holdfast.faults import find

    site = project.site
    return tuple(name for name in names or ORDINARY if find(site, name)[0].grave)


async def drill(project: Project, names: Sequence[str], repeats: int, say: Say) -> Report:
    """Strikes with each fault under load.

    Raises FaultError, DrillRefused, HostsUnreachable, JournalUnwritable.
    """
    from holdfast.drill.result import Report
    from holdfast.drill.runner import run_drill

    folder = project.state / "drills" / f"{datetime.now():%Y%m%d-%H%M%S}"
    async with AsyncExitStack() as stack:
        transports = await stack.enter_async_context(connected(project))
        project.journal.prove()
        plan = _drill(project, transports, folder, say)
        return Report(folder, await run_drill(tuple(names) or ORDINARY, repeats, plan))


async def heal(project: Project, say: Say) -> tuple[Target, ...]:
    """Heals what an earlier, interrupted drill left behind."""
    from holdfast.drill.healing import heal_open

    async with connected(project) as transports:
        return await heal_open(_drill(project, transports, project.state / "drills", say))


def _drill(project: Project, transports: Mapping[str, Transport], folder: Path, say: Say) -> Drill:
    from holdfast.checks.budget import predict
    from holdfast.drill.drill import Drill
    from holdfast.faults import Hands
    from holdfast.front.labs import LabPower

    async def observe() -> Mapping[str, Observed | None]:
        _, seen = await asyncio.gather(admitted(project, transports), observe_health(project, transports))
        return {name: each if isinstance(each, Observed) else None for name, each in seen.items()}

    return Drill(
        hands=Hands(project.site, transports, LabPower(project.lab) if project.in_lab else None),
        observe=observe,
        journal=project.journal,
        folder=folder,
        predict=lambda fault, kind: predict(project.site, fault, kind),
        say=say,
    )
