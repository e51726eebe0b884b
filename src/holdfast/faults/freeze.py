"""freeze-<unit>: every process of a unit is stopped in its tracks (SIGSTOP): hung is dead."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.faults import Bench, Fault, Target
from holdfast.faults.aiming import aim_unit, run, start, units
from holdfast.model.observed import Observed
from holdfast.model.site import Site

PREFIX = "freeze-"


def _targets(site: Site, observed: Mapping[str, Observed | None], name: str, host: str) -> tuple[Target, ...]:
    return aim_unit(site, observed, name, name.removeprefix(PREFIX), host)


async def _inject(bench: Bench, target: Target) -> None:
    await run(bench, target, "systemctl", "kill", "--kill-whom=all", "--signal=STOP", target.unit)


async def _heal(bench: Bench, target: Target) -> None:
    # A unit without processes refuses the signal: it is started below.
    command = ("systemctl", "kill", "--kill-whom=all", "--signal=CONT", target.unit)
    await run(bench, target, *command, tolerate=True)
    await start(bench, target)


FAULT = Fault(
    family="freeze",
    summary="SIGSTOP to every process of a unit: it accepts and never answers",
    names=lambda site: tuple(PREFIX + unit for unit in units(site)),
    targets=_targets,
    inject=_inject,
    heal=_heal,
)
